'use strict';
// One event after the other: next, the handler, response or error, and again.
//
// isModern (Node 24 and later): promises only, and what a handler returns is the result. Before:
// also callbacks, context.done and its kin, waiting for the event loop to run empty unless
// callbackWaitsForEmptyEventLoop says otherwise, and errors outside the handler end the process
// with 129 (exception) or 128 (rejection) after they were reported.

const { RuntimeError, NODE_EXIT_TEXT, toBody } = require('./errors.cjs');
const log = require('./log.cjs');
const globals = require('./globals.cjs');

const NEXT = '/2018-06-01/runtime/invocation/next';
const ROOT = '/2018-06-01/runtime/invocation/';

const isAsyncFunction = (fn) => Object.prototype.toString.call(fn) === '[object AsyncFunction]';
const neverSettled = () => new RuntimeError('NodeJsExit', NODE_EXIT_TEXT);
const isPromise = (value) => Boolean(value) && typeof value.then === 'function';

function parseHeader(headers, name, shown) {
    const text = headers[name];
    if (text === undefined) {
        return undefined;
    }
    try {
        return JSON.parse(text);
    } catch (error) {
        throw new Error(`Cannot parse ${shown} as json: ${error}`);
    }
}

class Runtime {
    constructor(api, isModern) {
        this.api = api;
        this.isModern = isModern;
        this.handler = null;
        this.requestId = null; // of the invocation in progress
        this.onIdle = null;    // what to do when the event loop runs empty
        this.isDying = false;
        this.environment = null;
        this.onEvent = this.onEvent.bind(this);
        this.onPosted = this.onPosted.bind(this);
        process.on('beforeExit', () => {
            const idle = this.onIdle;
            this.onIdle = null;
            if (idle) {
                idle();
            }
        });
        if (!isModern) {
            process.on('uncaughtException', (error) =>
                this.die('Uncaught Exception', error, 129));
            process.on('unhandledRejection', (reason) =>
                this.die('Unhandled Promise Rejection',
                    new RuntimeError('UnhandledPromiseRejection', String(reason), reason), 128));
        }
    }

    start(handler) {
        const streaming = handler[globals.STREAMING];
        if (streaming && streaming !== 'response') {
            throw new RuntimeError('MalformedStreamingHandler', 'Only response streaming is supported.');
        }
        if (this.isModern && !streaming && handler.length >= 3) {
            throw new RuntimeError('CallbackHandlerDeprecated', 'ERROR: AWS Lambda has removed support ' +
                'for callback-based function handlers starting with Node.js 24. You need to modify ' +
                'this function to use a supported handler signature to use Node.js 24 or later. For ' +
                'more information see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.');
        }
        this.handler = handler;
        this.isStreaming = Boolean(streaming);
        const name = { functionName: process.env.AWS_LAMBDA_FUNCTION_NAME };
        const version = { functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION };
        this.environment = {
            ...(this.isModern ? name : version),
            ...(this.isModern ? version : name),
            memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
            logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
            logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
        };
        this.next();
    }

    next() {
        this.requestId = null;
        this.api.hold();
        this.api.get(NEXT, this.onEvent);
    }

    // Reports why the function cannot start, then exits.
    failInit(what, error, exitCode) {
        this.isDying = true;
        log.logError(what, error);
        const body = toBody(error);
        const type = String(body.errorType).replace(/[^\x20-\x7e]/g, '?');
        this.api.hold();
        this.api.post('/2018-06-01/runtime/init/error', JSON.stringify(body),
            `Lambda-Runtime-Function-Error-Type: ${type}\r\n`, () => process.exit(exitCode));
    }

    // Something broke outside the handler's own promise: report it for the invocation in progress.
    die(what, error, exitCode) {
        if (this.isDying) {
            return;
        }
        if (!this.handler) {
            this.failInit(what, error, exitCode);
            return;
        }
        this.isDying = true;
        this.onIdle = null;
        log.logError(what, error);
        if (this.requestId === null) {
            process.exit(exitCode); // between invocations nobody waits for an answer
        }
        this.api.hold();
        if (this.stream && this.stream.isOpen) {
            this.stream.answered = () => process.exit(exitCode);
            if (!this.stream.isClosed) {
                this.stream.fail(error);
            }
            return;
        }
        this.api.post(`${ROOT}${this.requestId}/error`, JSON.stringify(toBody(error)), '',
            () => process.exit(exitCode));
    }

    onPosted(head) {
        if (head.status === 500) {
            process.exit(1); // container error
        }
    }

    respond(requestId, text) {
        this.finish(requestId, '/response', text);
    }

    fail(requestId, error) {
        log.logError('Invoke Error', error);
        this.finish(requestId, '/error', JSON.stringify(toBody(error)));
    }

    finish(requestId, kind, text) {
        if (this.isDying) {
            return;
        }
        this.requestId = null;
        this.onIdle = null;
        this.api.hold();
        this.api.postAndGet(ROOT + requestId + kind, text, this.onPosted, NEXT, this.onEvent);
    }

    complete(requestId, result) {
        let text;
        try {
            text = JSON.stringify(result === undefined ? null : result);
            if (text === undefined) {
                text = 'null'; // a function or a symbol
            }
        } catch {
            const said = 'Unable to stringify response body';
            this.fail(requestId, this.isModern ? new RuntimeError('JSONStringifyError', said) :
                new Error(said));
            return;
        }
        this.respond(requestId, text);
    }

    onEvent(head, body) {
        if (head.status !== 200) {
            process.exit(1);
        }
        const requestId = head['lambda-runtime-aws-request-id'];
        const traceId = head['lambda-runtime-trace-id'];
        const tenantId = head['lambda-runtime-aws-tenant-id'];
        this.requestId = requestId;
        this.stream = null;
        log.setInvocation(requestId, tenantId);
        globals.setInvocation(requestId, traceId, tenantId);
        if (traceId) {
            process.env._X_AMZN_TRACE_ID = traceId;
        } else {
            delete process.env._X_AMZN_TRACE_ID;
        }
        this.api.release();
        const text = body.toString('utf8');
        if (this.isStreaming) {
            this.runStreaming(requestId, head, text);
        } else if (this.isModern) {
            this.runModern(requestId, head, text);
        } else {
            this.runClassic(requestId, head, text);
        }
    }

    fillContext(context, requestId, head) {
        const deadline = head['lambda-runtime-deadline-ms'];
        const isModern = this.isModern;
        if (!isModern) {
            Object.assign(context, this.environment);
        }
        context.clientContext = parseHeader(head, 'lambda-runtime-client-context', 'ClientContext');
        context.identity = parseHeader(head, 'lambda-runtime-cognito-identity', 'CognitoIdentity');
        context.invokedFunctionArn = head['lambda-runtime-invoked-function-arn'];
        context.awsRequestId = requestId;
        context.tenantId = head['lambda-runtime-aws-tenant-id'];
        if (isModern) {
            context.xRayTraceId = head['lambda-runtime-trace-id'];
        }
        context.getRemainingTimeInMillis = () => deadline - Date.now();
        if (isModern) {
            Object.assign(context, this.environment);
        }
        return context;
    }

    runModern(requestId, head, text) {
        let result;
        try {
            result = this.handler(JSON.parse(text), this.fillContext({}, requestId, head));
        } catch (error) {
            this.fail(requestId, error);
            return;
        }
        if (isPromise(result)) {
            let isFinished = false;
            const once = (settle) => (value) => {
                if (!isFinished) {
                    isFinished = true;
                    settle(value);
                }
            };
            const fail = once((error) => this.fail(requestId, error));
            this.onIdle = () => fail(neverSettled());
            result.then(once((value) => this.complete(requestId, value)), fail);
        } else {
            this.complete(requestId, result);
        }
    }

    runClassic(requestId, head, text) {
        const runtime = this;
        let isFinished = false; // the handler has said its word, by whichever way came first
        const once = (settle) => (first, second) => {
            if (!isFinished) {
                isFinished = true;
                runtime.onIdle = null;
                settle(first, second);
            }
        };
        const isError = (error) => error !== undefined && error !== null;
        const settleNow = (error, result) => {
            if (isError(error)) {
                runtime.fail(requestId, error);
            } else {
                runtime.complete(requestId, result);
            }
        };
        const callback = once((error, result) => {
            if (isError(error) || !context.callbackWaitsForEmptyEventLoop) {
                settleNow(error, result);
            } else {
                runtime.onIdle = () => runtime.complete(requestId, result);
            }
        });
        // No accessors here: each would be a hidden class of its own, which keeps its closures, and so the
        // whole invocation, until a full collection.
        const context = {
            callbackWaitsForEmptyEventLoop: true,
            succeed: once((result) => settleNow(null, result)),
            fail: once((error) => settleNow(isError(error) ? error : 'handled')),
            done: once(settleNow),
        };
        // A forgotten callback answers null, and so does a promise that nothing can settle, unless the
        // handler was declared async.
        this.onIdle = () => context.succeed(null);
        let result;
        try {
            result = this.handler(JSON.parse(text), this.fillContext(context, requestId, head), callback);
        } catch (error) {
            callback(error);
            return;
        }
        if (isPromise(result)) {
            if (!isFinished && isAsyncFunction(this.handler)) {
                this.onIdle = () => context.fail(neverSettled());
            }
            result.then(context.succeed, context.fail);
        }
    }

    async runStreaming(requestId, head, text) {
        const { ResponseStream } = require('./stream.cjs');
        let answered;
        const isAnswered = new Promise((resolve) => {
            answered = resolve;
        });
        const stream = new ResponseStream(this.api, requestId, this.handler[globals.HIGH_WATER_MARK],
            answered);
        this.stream = stream;
        const context = this.isModern ? {} : { callbackWaitsForEmptyEventLoop: true };
        const said = (words) => (this.isModern ? new Error(words) : words);
        try {
            const result = this.handler(JSON.parse(text), stream,
                this.fillContext(context, requestId, head));
            if (!isPromise(result)) {
                throw said('Streaming does not support non-async handlers.');
            }
            const value = await new Promise((resolve, reject) => {
                this.onIdle = () => reject(neverSettled());
                result.then(resolve, reject);
            });
            this.onIdle = null;
            if (value !== undefined) {
                console.warn('Streaming handlers ignore return values.');
            }
            if (!stream.writableFinished) {
                await this.streamFinished(stream, said('Response stream is not finished.'));
            }
            this.api.hold();
            await isAnswered;
        } catch (error) {
            if (this.isDying) {
                return;
            }
            this.onIdle = null;
            if (!stream.isOpen) {
                this.fail(requestId, error);
                return;
            }
            log.logError('Invoke Error', error);
            this.api.hold();
            if (!stream.isClosed) {
                stream.fail(error);
            }
            await isAnswered;
        }
        if (this.isDying) {
            return;
        }
        if (context.callbackWaitsForEmptyEventLoop && !this.isModern) {
            this.api.release();
            this.onIdle = () => this.next();
        } else {
            this.next();
        }
    }

    // The handler may end its stream after it returned, as long as something is left that could.
    streamFinished(stream, unfinished) {
        return new Promise((resolve, reject) => {
            this.onIdle = () => reject(unfinished);
            stream.once('finish', () => {
                this.onIdle = null;
                resolve();
            });
            stream.once('error', reject);
        });
    }
}

module.exports = { Runtime };
