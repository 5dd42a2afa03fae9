"""DynamoDB tables with a Kinesis stream as destination: each change is a record, once and in order, also over kill -9."""
import collections
import json
import random
import threading
import time

from conftest import DEADLINE_S

TEMPLATE = """\
Resources:
  Changes:
    Type: AWS::Kinesis::Stream
    Properties: {Name: changes, ShardCount: 2}
  Items:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: items
      BillingMode: PAY_PER_REQUEST
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KinesisStreamSpecification: {StreamArn: !GetAtt Changes.Arn, ApproximateCreationDateTimePrecision: MICROSECOND}
"""


def read_all(kinesis, stream):
    """The records of all shards, each shard from its oldest one on."""
    records = []
    for shard in kinesis.list_shards(StreamName=stream)["Shards"]:
        at = kinesis.get_shard_iterator(StreamName=stream, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")
        at = at["ShardIterator"]
        while True:
            page = kinesis.get_records(ShardIterator=at)
            records += page["Records"]
            at = page["NextShardIterator"]
            if not page["Records"]:
                break
    return records


def changes(kinesis, stream):
    return [json.loads(record["Data"]) for record in read_all(kinesis, stream)]


def wait_for(find, is_done):
    end = time.monotonic() + DEADLINE_S
    while not is_done(found := find()):
        assert time.monotonic() < end, found
        time.sleep(0.01)
    return found


def test_the_destination_of_a_template_gets_each_change(app_factory):
    app = app_factory({"template.yaml": TEMPLATE})
    dynamodb, kinesis = app.client("dynamodb"), app.client("kinesis")
    (told,) = dynamodb.describe_kinesis_streaming_destination(TableName="items")["KinesisDataStreamDestinations"]
    arn = kinesis.describe_stream_summary(StreamName="changes")["StreamDescriptionSummary"]["StreamARN"]
    assert told == {"StreamArn": arn, "DestinationStatus": "ACTIVE",
                    "ApproximateCreationDateTimePrecision": "MICROSECOND"}

    dynamodb.put_item(TableName="items", Item={"id": {"S": "a"}, "n": {"N": "1"}})
    dynamodb.update_item(TableName="items", Key={"id": {"S": "a"}}, UpdateExpression="SET n = n + :one",
                         ExpressionAttributeValues={":one": {"N": "1"}})
    dynamodb.transact_write_items(TransactItems=[{"Delete": {"TableName": "items", "Key": {"id": {"S": "a"}}}}])
    records = wait_for(lambda: read_all(kinesis, "changes"), lambda found: len(found) == 3)
    assert len({record["PartitionKey"] for record in records}) == 1, "changes of an item stay together"
    told = [json.loads(record["Data"]) for record in records]
    images = [(change["eventName"], change["dynamodb"].get("OldImage"), change["dynamodb"].get("NewImage"))
              for change in told]
    one, two = {"id": {"S": "a"}, "n": {"N": "1"}}, {"id": {"S": "a"}, "n": {"N": "2"}}
    assert images == [("INSERT", None, one), ("MODIFY", one, two), ("REMOVE", two, None)]
    for change in told:
        seconds = change["dynamodb"].pop("ApproximateCreationDateTime") / 1e6
        assert abs(seconds - time.time()) < 60
        assert change["dynamodb"]["Keys"] == {"id": {"S": "a"}}
        assert change["dynamodb"]["ApproximateCreationDateTimePrecision"] == "MICROSECOND"
        assert {key: change[key] for key in change if key not in ("eventName", "dynamodb", "eventID")} == {
            "awsRegion": "us-east-1", "userIdentity": None, "recordFormat": "application/json", "tableName": "items",
            "eventSource": "aws:dynamodb"}
    assert len({change["eventID"] for change in told}) == 3

    dynamodb.disable_kinesis_streaming_destination(TableName="items", StreamArn=arn)
    dynamodb.put_item(TableName="items", Item={"id": {"S": "unseen"}})
    dynamodb.enable_kinesis_streaming_destination(TableName="items", StreamArn=arn)
    dynamodb.put_item(TableName="items", Item={"id": {"S": "seen"}})
    last = wait_for(lambda: changes(kinesis, "changes"), lambda found: len(found) > 3)
    assert sorted(change["dynamodb"]["Keys"]["id"]["S"] for change in last) == ["a", "a", "a", "seen"]


class Writer(threading.Thread):
    """Counts an item up, from one gateway to the next; `acknowledged` holds what was answered."""

    def __init__(self, app, name):
        super().__init__(daemon=True)
        self.app, self.name_of_item = app, name
        self.acknowledged = []
        self.is_over = False
        self.start()

    def run(self):
        app, dynamodb, number = None, None, 0
        while not self.is_over:
            if app is not self.app:
                app = self.app
                dynamodb = app.client("dynamodb", connect_timeout=2, read_timeout=5)
            try:
                number += 1
                dynamodb.put_item(TableName="items",
                                  Item={"id": {"S": self.name_of_item}, "n": {"N": str(number)}})
            except Exception:  # the gateway was killed: whether it is there is not known
                time.sleep(0.01)
                continue
            self.acknowledged.append(number)


def test_each_change_arrives_once_and_in_order_over_kills(app_factory):
    chance = random.Random(7)
    app = app_factory({"template.yaml": TEMPLATE})
    writers = [Writer(app, f"item-{i}") for i in range(6)]
    for _ in range(4):
        before = sum(len(writer.acknowledged) for writer in writers)
        wait_for(lambda: sum(len(writer.acknowledged) for writer in writers),
                 lambda count, wanted=before + chance.randrange(100, 400): count >= wanted)
        app.kill()
        app.check()
        app = app_factory(directory=app.directory)
        for writer in writers:
            writer.app = app
    for writer in writers:
        writer.is_over = True
        writer.join(DEADLINE_S)
        assert not writer.is_alive()

    kinesis = app.client("kinesis")
    lasts = {writer.name_of_item: writer.acknowledged[-1] for writer in writers}

    def numbers():
        found = collections.defaultdict(list)
        for change in changes(kinesis, "changes"):
            image = change["dynamodb"]["NewImage"]
            found[image["id"]["S"]].append(int(image["n"]["N"]))
        return found

    arrived = wait_for(numbers, lambda found: all(found[name] and found[name][-1] >= last
                                                  for name, last in lasts.items()))
    for writer in writers:
        got = arrived[writer.name_of_item]
        assert got == sorted(set(got)), "once and in order"
        assert set(writer.acknowledged) <= set(got)
    kinds = collections.Counter(change["eventName"] for change in changes(kinesis, "changes"))
    assert kinds["INSERT"] == len(writers) and set(kinds) == {"INSERT", "MODIFY"}
    assert app.stop() == 0
    assert app.stderr == ""
