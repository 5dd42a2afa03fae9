"""kill -9 at any moment: what was acknowledged is there, what was half done is not, indexes agree with their table."""
import http.client
import json
import random
import signal
import threading

import conftest

ROUNDS = 200
WRITERS = 8


class Writer(threading.Thread):
    """Writes on a connection of its own until the store is gone; knows what was acknowledged."""

    def __init__(self, store, number, round_number, on_ack):
        super().__init__(daemon=True)
        self.connection = http.client.HTTPConnection("127.0.0.1", store.port, timeout=conftest.DEADLINE_S)
        self.name_ = f"w{number}"
        self.prefix = f"{round_number}-{number}"
        self.on_ack = on_ack
        self.puts = self.hits = self.pairs = 0
        self.refused = None

    def call(self, operation, body):
        self.connection.request("POST", "/", json.dumps(body), {
            "X-Amz-Target": f"DynamoDB_20120810.{operation}", "Content-Type": "application/x-amz-json-1.0",
            "Authorization": "AWS4-HMAC-SHA256 Credential=t/20260101/us-east-1/dynamodb/aws4_request, "
                             "SignedHeaders=host, Signature=0", "X-Amz-Date": "20260101T000000Z"})
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            self.refused = text
            raise ConnectionError(text)
        self.on_ack()

    def run(self):
        try:
            while True:
                self.call("PutItem", {"TableName": "crash", "Item": {
                    "pk": {"S": f"{self.prefix}-{self.puts}"}, "owner": {"S": f"o{self.puts % 7}"},
                    "text": {"S": "x" * (self.puts * 37 % 3000)}}})
                self.puts += 1
                self.call("UpdateItem", {"TableName": "crash", "Key": {"pk": {"S": self.name_}}, "UpdateExpression": "ADD hits :one",
                                         "ExpressionAttributeValues": {":one": {"N": "1"}}})
                self.hits += 1
                self.call("TransactWriteItems", {"TransactItems": [
                    {"Put": {"TableName": "crash", "Item": {"pk": {"S": f"{self.name_}-{side}"}, "n": {"N": str(self.pairs + 1)},
                                                        "owner": {"S": f"{self.prefix}-{self.pairs}"}}}}
                    for side in ("left", "right")]})
                self.pairs += 1
        except (OSError, http.client.HTTPException):
            self.connection.close()


def one_round(store, number, random_source):
    enough, acks, lock = threading.Event(), [0], threading.Lock()
    wanted = random_source.randrange(1, 200)

    def on_ack():
        with lock:
            acks[0] += 1
            if acks[0] >= wanted:
                enough.set()

    writers = [Writer(store, i, number, on_ack) for i in range(WRITERS)]
    for writer in writers:
        writer.start()
    assert enough.wait(conftest.DEADLINE_S)
    store.stop(signal.SIGKILL)
    for writer in writers:
        writer.join(conftest.DEADLINE_S)
        assert writer.refused is None
    return writers


def number_of(client, key, name):
    item = client.get_item(TableName="crash", Key={"pk": {"S": key}}, ConsistentRead=True).get("Item", {})
    return int(item.get(name, {"N": "0"})["N"])


def verify(client, writers, totals):
    keys = [f"{writer.prefix}-{i}" for writer in writers for i in range(writer.puts)]
    found = set()
    for at in range(0, len(keys), 100):
        answer = client.batch_get_item(RequestItems={"crash": {
            "Keys": [{"pk": {"S": key}} for key in keys[at:at + 100]], "ProjectionExpression": "pk"}})
        assert answer["UnprocessedKeys"] == {}
        found |= {item["pk"]["S"] for item in answer["Responses"]["crash"]}
    assert found == set(keys), sorted(set(keys) - found)[:5]
    for writer in writers:
        # One more than was acknowledged may have been committed before its answer was cut off.
        hits = number_of(client, writer.name_, "hits")
        assert totals.get(writer.name_, 0) + writer.hits <= hits <= totals.get(writer.name_, 0) + writer.hits + 1
        totals[writer.name_] = hits
        left, right = (number_of(client, f"{writer.name_}-{side}", "n") for side in ("left", "right"))
        assert left == right
        assert writer.pairs == 0 or writer.pairs <= left <= writer.pairs + 1


def test_nothing_acknowledged_is_lost_in_200_kills(store_factory):
    random_source = random.Random(20120810)
    store = store_factory()
    store.client().create_table(
        TableName="crash", BillingMode="PAY_PER_REQUEST", StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "owner", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        GlobalSecondaryIndexes=[{"IndexName": "by-owner", "KeySchema": [{"AttributeName": "owner", "KeyType": "HASH"}],
                                 "Projection": {"ProjectionType": "ALL"}}])
    totals = {}
    for number in range(ROUNDS):
        writers = one_round(store, number, random_source)
        if number % 20 == 19:
            store.check()
        store = store_factory()
        verify(store.client(), writers, totals)
    assert store.stop() == 0
    store.check()
