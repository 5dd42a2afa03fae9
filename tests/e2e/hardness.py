"""What the robustness tests share: raw sockets, a look at the gateway's memory and descriptors, waiting paced by
requests instead of by time."""
import concurrent.futures
import http.client
import json
import os
import pathlib
import socket
import time
import urllib.parse

import apps
from conftest import DEADLINE_S

# What "answered promptly" means on a machine that runs other tests too; what it must catch waits for ever, or for
# the slowest client.
PROMPT_S = 2

# One function with every way to misbehave, behind a catch-all route. POST {"do": ...}, or Invoke with the same.
HANDLER = """
const {spawn} = require('child_process');
const fs = require('fs');
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const blocking = (write) => { // the pipe is non-blocking for node: try again until all is written
    for (;;) { try { return write(); } catch (error) { if (error.code !== 'EAGAIN') throw error; } }
};
const pour = (bytes, total) => {
    for (let left = total; left > 0;) left -= blocking(() => fs.writeSync(1, bytes, 0, Math.min(left, bytes.length)));
};
exports.handler = async (input, context) => {
    const event = input.body !== undefined ? JSON.parse(
        input.isBase64Encoded ? Buffer.from(input.body, 'base64').toString() : input.body) : input;
    switch (event.do) {
    case 'api': return {api: process.env.AWS_LAMBDA_RUNTIME_API, pid: process.pid, parent: process.ppid};
    case 'exit': process.exit(event.code);
    case 'throw': throw new RangeError('out of it');
    case 'hang': console.log(`hanging ${event.tag} deadline=${Date.now() + context.getRemainingTimeInMillis()}`);
        await pause(1 << 30);
    case 'spin': for (;;) {}
    case 'slow': await pause(event.ms); break;
    case 'big': return 'x'.repeat(event.size);
    case 'echo': return event.text;
    case 'children':
        for (let i = 0; i < 3; i++) spawn('sh', ['-c', 'sleep 1000 & sleep 1000'], {stdio: 'ignore'});
        console.log('hanging ' + (event.tag ?? ''));
        await pause(1 << 30);
    case 'daemons':
        for (let i = 0; i < event.count; i++) {
            spawn('setsid', ['sh', '-c', '(setsid sleep 1000 &) ; exec sleep 1000'],
                {detached: true, stdio: 'ignore'}).unref();
        }
        await pause(1 << 30);
    case 'lines': pour(Buffer.from(('a line of output '.repeat(6) + '\\n').repeat(600)), event.bytes); break;
    case 'endless': pour(Buffer.alloc(65536, 'e'), event.bytes); break;
    case 'binary':
        for (let i = 0; i < 64; i++) pour(Buffer.from(Array.from({length: 4096}, (_, j) => (i * 7 + j * 13) & 255)), 4096);
        break;
    case 'close': fs.closeSync(1); fs.closeSync(2); break;
    }
    return {pid: process.pid};
};
"""

def files(timeout=2, properties="FunctionName: f\nMemorySize: 512"):
    return apps.node(HANDLER, timeout, properties)


def address(url):
    parts = urllib.parse.urlsplit(url)
    return parts.hostname, parts.port


def dial(url, deadline_s=DEADLINE_S):
    return socket.create_connection(address(url), timeout=deadline_s)


def read_to_end(sock, most=1 << 24):
    """What the other side sends until it closes; a reset counts as an end."""
    seen = bytearray()
    try:
        while len(seen) < most:
            piece = sock.recv(65536)
            if not piece:
                break
            seen += piece
    except ConnectionError:
        pass
    return bytes(seen)


def exchange(url, request, half_close=True):
    """Sends bytes, says there are no more, reads all that comes back."""
    with dial(url) as sock:
        try:
            sock.sendall(request)
            if half_close:
                sock.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # refused before we had sent it all
        return read_to_end(sock)


def status_of(answer):
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.") else None


class Caller:
    """A kept-alive connection to the API: cheap enough for thousands of requests."""

    def __init__(self, url, deadline_s=DEADLINE_S):
        self.connection = http.client.HTTPConnection(*address(url), timeout=deadline_s)

    def post(self, event, path="/"):
        self.connection.request("POST", path, json.dumps(event), {"content-type": "application/json"})
        answer = self.connection.getresponse()
        return answer.status, answer.read()

    def invoke(self, event, function="f"):
        """(payload, function error) of an Invoke on the edge."""
        self.connection.request("POST", f"/2015-03-31/functions/{function}/invocations", json.dumps(event))
        answer = self.connection.getresponse()
        body = answer.read()
        assert answer.status == 200, (answer.status, body)
        return json.loads(body), answer.headers.get("x-amz-function-error")

    def close(self):
        self.connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def post(url, event, path="/"):
    with Caller(url) as caller:
        return caller.post(event, path)


def timed_post(url, event):
    start = time.monotonic()
    status, _ = post(url, event)
    return status, time.monotonic() - start


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def memory_mb(pid):
    """Anonymous resident memory: what the gateway itself holds, not the pages of its file. A sanitizer's shadow and
    quarantine would drown it: then 0, and only the rest of a test counts."""
    maps = pathlib.Path(f"/proc/{pid}/maps").read_text()
    if "libasan" in maps or "libtsan" in maps:
        return 0
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) / 1024
    raise AssertionError("no RssAnon")


def zombies(pids):
    found = []
    for pid in pids:
        try:
            if pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
                found.append(pid)
        except (FileNotFoundError, ProcessLookupError):
            pass
    return found


def eventually(app, holds, deadline_s=10):
    """Asks the gateway for its health until holds() is true: each try is a turn of its loop, not a pause."""
    end = time.monotonic() + deadline_s
    while not holds():
        assert time.monotonic() < end, f"not true after {deadline_s} s: {holds.__doc__ or holds}"
        post(app.api(), {"do": "slow", "ms": 5})


def many(count, work, workers=16):
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        return list(pool.map(work, range(count)))
