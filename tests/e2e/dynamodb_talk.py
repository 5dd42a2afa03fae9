"""What the store's hardness tests share: requests without an SDK, cheap enough for thousands; tables; a look at the
process from outside."""
import http.client
import json
import socket
import time

from conftest import DEADLINE_S

HEADERS = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Date": "20260101T000000Z",
           "Authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/dynamodb/aws4_request, "
                            "SignedHeaders=host, Signature=0"}


class Talk:
    """A kept-alive connection to the store."""

    def __init__(self, store):
        self.connection = http.client.HTTPConnection("127.0.0.1", store.port, timeout=DEADLINE_S)

    def send(self, operation, body, service="DynamoDB_20120810"):
        """(status, answer)"""
        text = body if isinstance(body, (bytes, str)) else json.dumps(body)
        self.connection.request("POST", "/", text, {**HEADERS, "X-Amz-Target": f"{service}.{operation}"})
        answer = self.connection.getresponse()
        told = answer.read()
        return answer.status, json.loads(told) if told[:1] in (b"{", b"[") else told

    def call(self, operation, body, service="DynamoDB_20120810"):
        status, answer = self.send(operation, body, service)
        assert status == 200, (operation, status, answer)
        return answer

    def put(self, table, pk, **more):
        return self.call("PutItem", {"TableName": table, "Item": {"pk": {"S": pk}, **more}})

    def count(self, table, **more):
        """Items that a scan of the table or index finds."""
        found, start = 0, {}
        while True:
            page = self.call("Scan", {"TableName": table, "Select": "COUNT", **more, **start})
            found += page["Count"]
            if "LastEvaluatedKey" not in page:
                return found
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()


def request_bytes(operation, body, **headers):
    """One request as bytes, for sockets that misbehave."""
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = {**HEADERS, "Host": "localhost", "X-Amz-Target": f"DynamoDB_20120810.{operation}",
            "Content-Length": str(len(text)), **headers}
    return b"POST / HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in head.items()).encode() + b"\r\n" + text


def dial(store, receive_buffer=None):
    sock = socket.socket()
    if receive_buffer:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    sock.settimeout(DEADLINE_S)
    sock.connect(("127.0.0.1", store.port))
    return sock


def make_table(store, name, index=None, range=None, **more):
    definitions = [{"AttributeName": "pk", "AttributeType": "S"}]
    keys = [{"AttributeName": "pk", "KeyType": "HASH"}]
    if range:
        definitions.append({"AttributeName": range, "AttributeType": "N"})
        keys.append({"AttributeName": range, "KeyType": "RANGE"})
    if index:
        definitions.append({"AttributeName": index, "AttributeType": "S"})
        more["GlobalSecondaryIndexes"] = [index_on(index)]
    with Talk(store) as talk:
        talk.call("CreateTable", {"TableName": name, "BillingMode": "PAY_PER_REQUEST",
                                  "AttributeDefinitions": definitions,
                                  "KeySchema": keys, **more})


def index_on(attribute, name=None, projection="ALL"):
    return {"IndexName": name or f"by-{attribute}", "Projection": {"ProjectionType": projection},
            "KeySchema": [{"AttributeName": attribute, "KeyType": "HASH"}]}


def eventually(store, holds, deadline_s=20):
    """Asks the store until holds() is true: each try is a turn of its loop, not a pause."""
    end = time.monotonic() + deadline_s
    with Talk(store) as talk:
        while not holds():
            assert time.monotonic() < end, f"not true after {deadline_s} s"
            talk.call("ListTables", {})


def fill(store, table, count, make=None, threads=4):
    """`count` items with pk k0..., 25 a request."""
    import concurrent.futures
    make = make or (lambda i: {})

    def write(part):
        with Talk(store) as talk:
            for at in range(part * 25, count, threads * 25):
                talk.call("BatchWriteItem", {"RequestItems": {table: [
                    {"PutRequest": {"Item": {"pk": {"S": f"k{i}"}, **make(i)}}}
                    for i in range(at, min(at + 25, count))]}})

    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        list(pool.map(write, range(threads)))
