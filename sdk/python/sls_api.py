"""The Runtime API over one kept-alive connection, spoken by hand.

http.client costs 30 ms to import and more than the rest of an invocation to use. Requests go out
together where they can (a response and the request for the next event are one send) and are sent
again when the connection is lost before their answer: the platform refuses a second answer for the
same invocation, so repeating is safe.
"""

try:
    import _socket as sockets  # the C module: socket.py brings selectors and enum along
except ImportError:
    import socket as sockets

NEXT = "/2018-06-01/runtime/invocation/next"
ROOT = "/2018-06-01/runtime/invocation/"
ATTEMPTS = 3


class Lost(Exception):
    """The platform closed the connection or cannot be reached: time to go."""


class RuntimeApi:
    def __init__(self, address):
        host, _, port = address.rpartition(":")
        self.address = address
        self.peer = (host, int(port))
        self.host_line = "Host: " + address + "\r\n"
        self.socket = None
        self.rest = b""
        self.next_request = self.get(NEXT)

    def get(self, path):
        return ("GET " + path + " HTTP/1.1\r\n" + self.host_line + "\r\n").encode()

    def post(self, path, content_type, body, extra=""):
        head = "POST %s HTTP/1.1\r\n%sContent-Type: %s\r\nContent-Length: %d\r\n%s\r\n" % (
            path,
            self.host_line,
            content_type,
            len(body),
            extra,
        )
        return head.encode() + body

    def exchange(self, requests):
        """Sends all `requests` at once; returns the (status, headers, body) of the last answer.

        The earlier ones are acknowledgements: only a container error among them matters.
        """
        pending = list(requests)
        attempts = 0
        while True:
            try:
                if self.socket is None:
                    self._connect()
                self.socket.sendall(pending[0] if len(pending) == 1 else b"".join(pending))
                while True:
                    answer = self._read()
                    attempts = 0
                    pending.pop(0)
                    if not pending:
                        return answer
                    if answer[0] == 500:
                        raise Lost("container error")
            except (OSError, EOFError) as error:
                self._close()
                attempts += 1
                if attempts >= ATTEMPTS:
                    raise Lost(str(error))

    def _connect(self):
        self.rest = b""
        self.socket = sockets.socket(sockets.AF_INET, sockets.SOCK_STREAM)
        self.socket.connect(self.peer)
        self.socket.setsockopt(sockets.IPPROTO_TCP, sockets.TCP_NODELAY, 1)

    def _close(self):
        if self.socket is not None:
            self.socket.close()
            self.socket = None

    def _read(self):
        data = self.rest
        while True:
            end = data.find(b"\r\n\r\n")
            if end >= 0:
                break
            piece = self.socket.recv(65536)
            if not piece:
                raise EOFError("connection closed")
            data += piece
        lines = data[:end].decode("utf-8", "surrogateescape").split("\r\n")
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        if "transfer-encoding" in headers:
            raise Lost(self.address + " is no Runtime API of ours")
        start = end + 4
        size = int(headers.get("content-length", 0))
        body = data[start : start + size]
        self.rest = data[start + size :]
        if len(body) < size:
            body = self._read_rest(body, size)
        return int(lines[0][9:12]), headers, body

    def _read_rest(self, body, size):
        whole = bytearray(size)
        filled = len(body)
        whole[:filled] = body
        view = memoryview(whole)
        while filled < size:
            count = self.socket.recv_into(view[filled:])
            if count == 0:
                raise EOFError("connection closed")
            filled += count
        return bytes(whole)
