"""One HTTP exchange as it is on the wire: the target is sent as it stands, names keep their spelling."""
import http.client
import urllib.parse

from conftest import DEADLINE_S


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.getheaders()  # in order, spelled as sent
        self.body = response.read()

    def all(self, name):
        """The values of a header, by its exact spelling."""
        return [value for key, value in self.headers if key == name]

    def get(self, name):
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        return values[0] if values else None

    def __repr__(self):
        return f"<{self.status} {self.headers} {self.body[:500]!r}>"


def exchange(base, method, target, headers=(), body=None):
    """`headers`: (name, value) pairs, sent in their order; only Host and Content-Length are added."""
    address = urllib.parse.urlsplit(base).netloc
    connection = http.client.HTTPConnection(address, timeout=DEADLINE_S)
    try:
        connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        connection.putheader("Host", address)
        for name, value in headers:
            connection.putheader(name, value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        return Answer(connection.getresponse())
    finally:
        connection.close()
