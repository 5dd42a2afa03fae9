'use strict';
// The Runtime API over one kept-alive connection, spoken by hand: Node's http module costs more
// than the rest of an invocation together.
//
// Requests may be pipelined; answers come in order. A request whose connection is lost before its
// answer is sent again on a new one: the platform refuses a second answer for the same invocation,
// so repeating is safe. A body handed to `done` is only valid during the call.

const net = require('net');

const READ_SIZE = 64 * 1024;
const ATTEMPTS = 3;

function parseHead(head) {
    const headers = { status: Number(head.slice(9, 12)) };
    let at = head.indexOf('\r\n');
    while (at >= 0) {
        const from = at + 2;
        at = head.indexOf('\r\n', from);
        const line = at < 0 ? head.slice(from) : head.slice(from, at);
        const colon = line.indexOf(':');
        headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
    }
    return headers;
}

class RuntimeApi {
    constructor(address) {
        const colon = address.lastIndexOf(':');
        this.address = address;
        this.host = address.slice(0, colon);
        this.port = Number(address.slice(colon + 1));
        this.socket = null;
        this.isHeld = false;   // keeps the event loop alive
        this.unanswered = [];  // {text, done}, oldest first; text null: cannot be sent again
        this.attempts = 0;
        this.head = null;      // of an answer whose body is still coming
        this.body = null;
        this.filled = 0;
        this.rest = null;      // an unfinished head
        this.onLost = () => process.exit(1);
    }

    connect() {
        this.rest = this.head = this.body = null;
        const socket = net.connect({
            host: this.host,
            port: this.port,
            noDelay: true,
            onread: {
                buffer: Buffer.allocUnsafeSlow(READ_SIZE),
                callback: (size, buffer) => {
                    this.read(buffer.subarray(0, size));
                    return true;
                },
            },
        });
        socket.setNoDelay(true);
        socket.on('error', () => {}); // 'close' follows
        socket.on('close', () => this.lost(socket));
        this.socket = socket;
        if (!this.isHeld) {
            socket.unref();
        }
    }

    lost(socket) {
        if (socket !== this.socket) {
            return;
        }
        this.socket = null;
        const again = this.unanswered.filter((request) => request.text !== null);
        const gone = this.unanswered.filter((request) => request.text === null);
        this.unanswered = again;
        for (const request of gone) {
            request.done({ status: 0 }, null);
        }
        if (again.length === 0 || this.socket) {
            return;
        }
        if (++this.attempts > ATTEMPTS) {
            this.onLost();
            return;
        }
        this.connect();
        this.socket.write(again.map((request) => request.text).join(''));
    }

    read(chunk) {
        if (this.body) {
            const size = Math.min(chunk.length, this.body.length - this.filled);
            chunk.copy(this.body, this.filled, 0, size);
            this.filled += size;
            if (this.filled < this.body.length) {
                return;
            }
            const { head, body } = this;
            this.head = this.body = null;
            this.answer(head, body);
            chunk = chunk.subarray(size);
        } else if (this.rest) {
            chunk = Buffer.concat([this.rest, chunk]);
            this.rest = null;
        }
        let at = 0;
        while (at < chunk.length) {
            const end = chunk.indexOf('\r\n\r\n', at, 'latin1');
            if (end < 0) {
                this.rest = Buffer.from(chunk.subarray(at));
                return;
            }
            const head = parseHead(chunk.toString('utf8', at, end));
            const from = end + 4;
            const size = Number(head['content-length'] || 0);
            if (head['transfer-encoding'] || !(size >= 0) || !head.status) {
                process.stderr.write(`sls-local: ${this.address} is no Runtime API of ours\n`);
                process.exit(1);
            }
            at = from + size;
            if (at > chunk.length) {
                this.head = head;
                this.body = Buffer.allocUnsafe(size);
                this.filled = chunk.copy(this.body, 0, from);
                return;
            }
            this.answer(head, chunk.subarray(from, at));
        }
    }

    answer(head, body) {
        this.attempts = 0;
        const request = this.unanswered.shift();
        if (request) {
            request.done(head, body);
        }
    }

    // While a handler runs, only its own work may keep the event loop alive.
    hold() {
        this.isHeld = true;
        if (this.socket) {
            this.socket.ref();
        }
    }

    release() {
        this.isHeld = false;
        if (this.socket) {
            this.socket.unref();
        }
    }

    raw(data, written) {
        if (!this.socket) {
            this.connect();
        }
        return this.socket.write(data, written);
    }

    get(path, done) {
        const text = `GET ${path} HTTP/1.1\r\nHost: ${this.address}\r\n\r\n`;
        this.unanswered.push({ text, done });
        this.raw(text);
    }

    post(path, body, extra, done) {
        const text = this.postText(path, body, extra);
        this.unanswered.push({ text, done });
        this.raw(text);
    }

    // A response and the request for the next event, in one write.
    postAndGet(postPath, body, posted, getPath, done) {
        const post = this.postText(postPath, body, '');
        const get = `GET ${getPath} HTTP/1.1\r\nHost: ${this.address}\r\n\r\n`;
        this.unanswered.push({ text: post, done: posted }, { text: get, done });
        this.raw(post + get);
    }

    postText(path, body, extra) {
        return `POST ${path} HTTP/1.1\r\nHost: ${this.address}\r\n` +
            `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
            `${extra}\r\n${body}`;
    }

    // A request whose body the caller writes itself with raw().
    open(headText, done) {
        this.unanswered.push({ text: null, done });
        this.raw(headText);
    }
}

module.exports = { RuntimeApi };
