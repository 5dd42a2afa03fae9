"""A Runtime API that a test scripts: one listener, events put in a queue, answers collected.

It checks what the real one checks of a client (ids, framing, one answer per invocation) and keeps
what a test wants to see: the connections used, the requests that came in one read, the chunks of a
stream and its trailers.
"""

import json
import queue
import socket
import threading
import time
import uuid


class Answer:
    """What a client said about one invocation. kind: response, error or init_error."""

    def __init__(self, kind, request_id, headers, body, chunks, trailers):
        self.kind = kind
        self.request_id = request_id
        self.headers = headers
        self.body = body
        self.chunks = chunks
        self.trailers = trailers

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"<{self.kind} {self.body[:2000]!r}>"


class _Reader:
    def __init__(self, sock, on_read):
        self.sock = sock
        self.data = b""
        self.on_read = on_read

    def _more(self):
        piece = self.sock.recv(65536)
        if not piece:
            raise ConnectionError("closed")
        self.on_read(piece)
        self.data += piece

    def line(self):
        while b"\r\n" not in self.data:
            self._more()
        line, self.data = self.data.split(b"\r\n", 1)
        return line.decode("latin-1")

    def exactly(self, size):
        while len(self.data) < size:
            self._more()
        piece, self.data = self.data[:size], self.data[size:]
        return piece

    def headers(self):
        found = {}
        while True:
            line = self.line()
            if not line:
                return found
            name, _, value = line.partition(":")
            name = name.strip().lower()
            value = value.strip()
            found[name] = f"{found[name]}, {value}" if name in found else value


class FakeRuntimeApi:
    PREFIX = "/2018-06-01/runtime/"

    def __init__(self, timeout_s=10):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=16)
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        self.timeout_s = timeout_s
        self.events = queue.Queue()
        self.answers = queue.Queue()
        self.chunk_times = []
        self.connections = 0
        self.reads = []
        self.open = []
        self.drop_next = 0  # connections to close instead of answering `next`
        self.post_status = 202
        self.lock = threading.Lock()
        self.active = None
        self.spare_asked = threading.Event()
        self.spare_answer = queue.Queue()
        self.next_asked = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    # --- the test's side

    def put(self, event, request_id=None, deadline_ms=None, headers=None, content_type="application/json"):
        """Queues an event: bytes as they are, anything else as JSON. Returns its request id."""
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        request_id = request_id or str(uuid.uuid4())
        head = {
            "Lambda-Runtime-Aws-Request-Id": request_id,
            "Lambda-Runtime-Deadline-Ms": str(deadline_ms or int(time.time() * 1000) + 3000),
            "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:000000000000:function:fn",
            "Lambda-Runtime-Trace-Id": "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0",
            "Content-Type": content_type,
        }
        head.update(headers or {})
        self.events.put((request_id, head, body))
        return request_id

    def answer(self):
        return self.answers.get(timeout=self.timeout_s)

    def invoke(self, event, **options):
        request_id = self.put(event, **options)
        answer = self.answer()
        assert answer.request_id == request_id or answer.kind == "init_error", answer
        return answer

    def close(self):
        try:
            self.listener.shutdown(socket.SHUT_RDWR)  # wakes the thread in accept()
        except OSError:
            return  # closed before
        self.listener.close()
        with self.lock:
            for sock in self.open:
                try:
                    sock.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass  # the client was quicker

    # --- the client's side

    def _accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.lock:
                self.connections += 1
                self.open.append(sock)
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock):
        reader = _Reader(sock, self.reads.append)
        try:
            while True:
                self._exchange(sock, reader)
        except (OSError, ConnectionError):
            sock.close()

    def _reply(self, sock, status, headers, body):
        head = f"HTTP/1.1 {status} Status\r\n"
        for name, value in headers.items():
            head += f"{name}: {value}\r\n"
        sock.sendall((head + f"Content-Length: {len(body)}\r\n\r\n").encode() + body)

    def _body(self, reader, headers):
        """(body, chunks, trailers)"""
        if "chunked" not in headers.get("transfer-encoding", ""):
            return reader.exactly(int(headers.get("content-length", 0))), None, {}
        chunks = []
        while True:
            size = int(reader.line(), 16)
            if size == 0:
                return b"".join(chunks), chunks, reader.headers()
            chunks.append(reader.exactly(size))
            self.chunk_times.append(time.monotonic())
            assert reader.exactly(2) == b"\r\n"

    def _exchange(self, sock, reader):
        method, path, version = reader.line().split(" ")
        assert version == "HTTP/1.1"
        headers = reader.headers()
        assert "host" in headers
        body, chunks, trailers = self._body(reader, headers)
        if (method, path) == ("GET", "/sls/spare/next"):
            self.spare_asked.set()
            self._reply(sock, 200, {"Content-Type": "application/json"},
                        json.dumps(self.spare_answer.get()).encode())
        elif (method, path) == ("GET", self.PREFIX + "invocation/next"):
            self.next_asked.set()
            request_id, head, event = self.events.get()
            if self.drop_next:
                self.drop_next -= 1
                self.events.put((request_id, head, event))
                sock.shutdown(socket.SHUT_RDWR)
                raise ConnectionError("dropped")
            self.active = request_id
            self._reply(sock, 200, head, event)
        elif (method, path) == ("POST", self.PREFIX + "init/error"):
            self.answers.put(Answer("init_error", None, headers, body, chunks, trailers))
            self._reply(sock, 202, {}, b'{"status":"OK"}\n')
        else:
            request_id, kind = path[len(self.PREFIX + "invocation/"):].split("/")
            assert method == "POST" and kind in ("response", "error"), (method, path)
            if request_id != self.active:
                self._reply(sock, 400, {}, b'{"errorType":"InvalidRequestID"}\n')
                return
            self.active = None
            self.answers.put(Answer(kind, request_id, headers, body, chunks, trailers))
            self._reply(sock, self.post_status, {"Content-Type": "application/json"},
                        b'{"status":"OK"}\n')
