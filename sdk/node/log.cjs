'use strict';
// console.* as a function on Lambda sees it: one line a call, in the text or the JSON log format.
//
// Lines go to descriptor 1 by a synchronous write: they are out before the response is, and
// process.stdout (2 ms to construct) is only made if the function itself touches it.

const fs = require('fs');
const { intoError, stackLines, toLogText } = require('./errors.cjs');

const REQUEST_ID = Symbol.for('aws.lambda.runtime.requestId');
const TENANT_ID = Symbol.for('aws.lambda.runtime.tenantId');
const LEVELS = { TRACE: 1, DEBUG: 2, INFO: 3, WARN: 4, ERROR: 5, FATAL: 6 };

let isJson = false;
let pause = null;
let noRequestId; // what stands for the id during init: "undefined" up to Node 22, "-" after

function writeLine(text) {
    const bytes = Buffer.from(text + '\n');
    let at = 0;
    while (at < bytes.length) {
        try {
            at += fs.writeSync(1, bytes, at);
        } catch (error) {
            if (error.code !== 'EAGAIN') {
                return; // nobody reads our output any more
            }
            // The function made stdout non-blocking by using process.stdout; wait for the reader.
            pause = pause || new Int32Array(new SharedArrayBuffer(4));
            Atomics.wait(pause, 0, 0, 1);
        }
    }
}

function format(message, params) {
    if (params.length === 0 && typeof message === 'string') {
        return message;
    }
    return require('util').format(message, ...params);
}

function describe(error, always) {
    const stack = typeof error.stack === 'string' ? stackLines(error.stack) : always;
    return {
        errorType: (error.constructor && error.constructor.name) || 'UnknownError',
        errorMessage: error.message,
        stackTrace: stack,
    };
}

const errorReplacer = (key, value) =>
    value instanceof Error ? Object.assign(describe(value, value.stack), value) : value;

function jsonLine(level, message, params) {
    const line = { timestamp: new Date().toISOString(), level, requestId: current() };
    const tenantId = globalThis[TENANT_ID];
    if (tenantId !== undefined && tenantId !== null) {
        line.tenantId = tenantId;
    }
    line.message = message;
    if (params.length === 0) {
        try {
            return JSON.stringify(line, errorReplacer);
        } catch {
            line.message = format(message, [{}]).replace(/ \{\}$/, '');
            return JSON.stringify(line);
        }
    }
    line.message = format(message, params);
    const error = [message, ...params].find((value) => value instanceof Error);
    if (error) {
        Object.assign(line, describe(error, []));
    }
    return JSON.stringify(line);
}

function current() {
    const id = globalThis[REQUEST_ID];
    return id === undefined ? noRequestId : id;
}

function textLine(level, message, params) {
    return `${new Date().toISOString()}\t${current()}\t${level}\t${format(message, params)}`;
}

// Replaces the console's methods by the environment's AWS_LAMBDA_LOG_FORMAT and _LOG_LEVEL.
function install(isModern) {
    noRequestId = isModern ? '-' : undefined;
    isJson = String(process.env.AWS_LAMBDA_LOG_FORMAT).toUpperCase() === 'JSON';
    const least = LEVELS[String(process.env.AWS_LAMBDA_LOG_LEVEL).toUpperCase()] || LEVELS.TRACE;
    const line = isJson ? jsonLine : textLine;
    const method = (level) => LEVELS[level] < least ? () => {} :
        (message, ...params) => writeLine(line(level, message, params).replace(/\n/g, '\r'));
    console.trace = method('TRACE');
    console.debug = method('DEBUG');
    console.info = method('INFO');
    console.log = console.info;
    console.warn = method('WARN');
    console.error = method('ERROR');
    console.fatal = method('FATAL');
}

// "Invoke Error", "Uncaught Exception" and the like, as the runtime itself logs them.
function logError(what, error) {
    if (isJson) {
        console.error(intoError(error));
    } else {
        console.error(what, toLogText(intoError(error)));
    }
}

function setInvocation(requestId, tenantId) {
    globalThis[REQUEST_ID] = requestId;
    globalThis[TENANT_ID] = tenantId;
}

module.exports = { install, logError, setInvocation };
