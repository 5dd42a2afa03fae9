'use strict';
// Response streaming: the writable that a streamified handler gets, written to the Runtime API as a
// chunked body, each chunk at once. A failure after the first byte ends the body with error trailers.

const { Writable } = require('stream');
const { RuntimeError, toBody } = require('./errors.cjs');

const PRELUDE_TYPE = 'application/vnd.awslambda.http-integration-response';
const ERROR_TYPE = 'Lambda-Runtime-Function-Error-Type';
const ERROR_BODY = 'Lambda-Runtime-Function-Error-Body';

const headerSafe = (text) => String(text).replace(/[^\x20-\x7e]/g, '?');

class ResponseStream extends Writable {
    // `answered(status)` runs when the platform has answered the POST.
    constructor(api, requestId, highWaterMark, answered) {
        super({ highWaterMark });
        this.api = api;
        this.requestId = requestId;
        this.contentType = 'application/octet-stream';
        this.answered = answered;
        this.isOpen = false;   // the head of the POST is out
        this.isClosed = false; // and so is the end of its body
        this.hasPrelude = false;
    }

    setContentType(type) {
        if (this.isOpen || this.writableLength > 0) {
            throw new RuntimeError('InvalidStreamingOperation', 'Cannot set content-type, too late.');
        }
        this.contentType = type;
    }

    write(chunk, encoding, callback) {
        if (typeof chunk !== 'string' && !(chunk instanceof Uint8Array)) {
            chunk = JSON.stringify(chunk);
        }
        this.beforeFirstWrite();
        return super.write(chunk, encoding, callback);
    }

    end(chunk, encoding, callback) {
        if (this._onBeforeFirstWrite && !this.hasPrelude) {
            // So it is on Lambda; there nothing tells.
            console.warn('HttpResponseStream: end() without a write() before it sends no status and ' +
                "no headers; call write('') first.");
            this.hasPrelude = true;
        }
        return super.end(chunk, encoding, callback);
    }

    beforeFirstWrite() {
        if (this.hasPrelude) {
            return;
        }
        this.hasPrelude = true;
        if (typeof this._onBeforeFirstWrite === 'function') {
            this._onBeforeFirstWrite((bytes) => super.write(bytes));
        }
    }

    open() {
        if (this.isOpen) {
            return;
        }
        this.isOpen = true;
        this.api.open(
            `POST /2018-06-01/runtime/invocation/${this.requestId}/response HTTP/1.1\r\n` +
            `Host: ${this.api.address}\r\nContent-Type: ${headerSafe(this.contentType)}\r\n` +
            'Lambda-Runtime-Function-Response-Mode: streaming\r\nTransfer-Encoding: chunked\r\n' +
            `Trailer: ${ERROR_TYPE}, ${ERROR_BODY}\r\n\r\n`,
            (head) => this.answered(head.status));
        this.socket = this.api.socket;
    }

    // A body cannot go on over another connection than the one it began on.
    raw(bytes, callback) {
        if (this.socket !== this.api.socket) {
            callback(new Error('the Runtime API closed the connection'));
            return;
        }
        this.api.raw(bytes, callback);
    }

    _write(chunk, encoding, callback) {
        this.open();
        if (chunk.length === 0) {
            callback(); // an empty chunk would end the body
            return;
        }
        const size = chunk.length.toString(16);
        this.raw(Buffer.concat([Buffer.from(`${size}\r\n`), chunk, Buffer.from('\r\n')]), callback);
    }

    _final(callback) {
        this.open();
        this.isClosed = true;
        this.raw('0\r\n\r\n', callback);
    }

    // Ends a body that has begun with the error in its trailers.
    fail(error) {
        const body = toBody(error);
        const encoded = Buffer.from(JSON.stringify(body)).toString('base64');
        this.isClosed = true;
        this.raw(`0\r\n${ERROR_TYPE}: ${headerSafe(body.errorType)}\r\n` +
            `${ERROR_BODY}: ${encoded}\r\n\r\n`, () => {});
        this.destroy();
    }
}

const HttpResponseStream = {
    from(stream, prelude) {
        stream.setContentType(PRELUDE_TYPE);
        const text = JSON.stringify(prelude);
        stream._onBeforeFirstWrite = (write) => {
            write(text);
            write(new Uint8Array(8));
        };
        return stream;
    },
};

module.exports = { ResponseStream, HttpResponseStream };
