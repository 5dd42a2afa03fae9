'use strict';
// Errors as Lambda's Node.js runtime words them: the body it posts and the text it logs.

class RuntimeError extends Error {
    // `stack` of the cause, when given, follows our own first line: it names the user's file and line.
    constructor(type, message, cause) {
        super(message);
        Object.defineProperty(this, 'name', { value: `Runtime.${type}`, enumerable: false });
        const head = `Runtime.${type}: ${message}`;
        if (cause && typeof cause.stack === 'string') {
            const said = String(cause);
            this.stack = head + (cause.stack.startsWith(said) ? cause.stack.slice(said.length) :
                '\n' + cause.stack);
        } else {
            Error.captureStackTrace(this, RuntimeError);
        }
    }
}

const NODE_EXIT_TEXT =
    'The Lambda runtime client detected an unexpected Node.js exit code. ' +
    'This is most commonly caused by a Promise that was never settled. For more information, see ' +
    'https://nodejs.org/docs/latest/api/process.html#process_exit_codes';

// Our own frames say nothing to the author of a handler.
const stackLines = (stack) => stack.split('\n').filter((line) =>
    !(line.startsWith('    at ') && line.includes(__dirname)));

const visible = (text) => (typeof text === 'string' ? text.replace(/\x7F/g, '%7F') : text);

function looksLikeError(value) {
    return value instanceof Error || (value && typeof value.name === 'string' &&
        typeof value.message === 'string' && typeof value.stack === 'string' &&
        value.name && value.message && value.stack);
}

// {errorType, errorMessage, trace}: what the caller of the function sees.
function toBody(error) {
    try {
        if (looksLikeError(error)) {
            return {
                errorType: visible(error.name),
                errorMessage: visible(error.message),
                trace: stackLines(visible(error.stack || '')),
            };
        }
        return { errorType: typeof error, errorMessage: String(error), trace: [] };
    } catch {
        return {
            errorType: 'handled',
            errorMessage: 'callback called with Error argument, but there was a problem while ' +
                'retrieving one or more of its message, name, and stack',
        };
    }
}

const intoError = (value) => (value instanceof Error ? value : new Error(value));

function withEnumerableProperties(key, value) {
    if (!(value instanceof Error)) {
        return value;
    }
    const shown = Object.assign(
        { errorType: value.name, errorMessage: value.message, code: value.code }, value);
    if (typeof value.stack === 'string') {
        shown.stack = stackLines(value.stack);
    }
    return shown;
}

// The second half of a text log line such as "Invoke Error \t{...}".
function toLogText(error) {
    try {
        return '\t' + JSON.stringify(error, withEnumerableProperties);
    } catch {
        return '\t' + JSON.stringify(toBody(error));
    }
}

module.exports = { RuntimeError, NODE_EXIT_TEXT, stackLines, toBody, intoError, toLogText };
