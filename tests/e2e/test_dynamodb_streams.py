"""DynamoDB Streams through boto3: what consumers see of the changes of a table."""
import itertools
import time

import pytest
from botocore.exceptions import ClientError

from conftest import DEADLINE_S

names = (f"streams-{number}" for number in itertools.count())


@pytest.fixture
def streams(ddb_store):
    return ddb_store.client("dynamodbstreams")


def make_table(ddb, view="NEW_AND_OLD_IMAGES"):
    name = next(names)
    ddb.create_table(TableName=name, BillingMode="PAY_PER_REQUEST",
                     KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}, {"AttributeName": "s", "KeyType": "RANGE"}],
                     AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in "ps"],
                     StreamSpecification={"StreamEnabled": True, "StreamViewType": view})
    return name, ddb.describe_table(TableName=name)["Table"]["LatestStreamArn"]


def shard_of(streams, arn):
    shards = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    assert len(shards) == 1
    return shards[0]["ShardId"]


def iterator_of(streams, arn, kind="TRIM_HORIZON", **more):
    return streams.get_shard_iterator(StreamArn=arn, ShardId=shard_of(streams, arn), ShardIteratorType=kind,
                                      **more)["ShardIterator"]


def records_of(streams, arn, **options):
    return streams.get_records(ShardIterator=iterator_of(streams, arn, **options))["Records"]


def changes_of(records):
    return [(r["eventName"], r["dynamodb"].get("OldImage"), r["dynamodb"].get("NewImage")) for r in records]


def key(p, s="s"):
    return {"p": {"S": p}, "s": {"S": s}}


def code_of(call, *args, **keywords):
    with pytest.raises(ClientError) as raised:
        call(*args, **keywords)
    return raised.value.response["Error"]["Code"]


def test_every_kind_of_write_is_recorded(ddb, streams):
    name, arn = make_table(ddb)
    ddb.put_item(TableName=name, Item={**key("a"), "x": {"N": "1"}})
    ddb.put_item(TableName=name, Item={**key("a"), "x": {"N": "1.0"}})  # nothing changes
    ddb.update_item(TableName=name, Key=key("a"), UpdateExpression="ADD x :one", ExpressionAttributeValues={":one": {"N": "1"}})
    ddb.update_item(TableName=name, Key=key("b"))
    ddb.delete_item(TableName=name, Key=key("none"))
    ddb.batch_write_item(RequestItems={name: [{"PutRequest": {"Item": key("c")}}, {"DeleteRequest": {"Key": key("b")}}]})
    ddb.transact_write_items(TransactItems=[{"Put": {"TableName": name, "Item": key("d")}},
                                            {"Delete": {"TableName": name, "Key": key("a")}}])
    with pytest.raises(ClientError):
        ddb.put_item(TableName=name, Item={**key("a"), "x": {"N": "9"}}, ConditionExpression="attribute_exists(p)")
    found = changes_of(records_of(streams, arn))
    one, two = {**key("a"), "x": {"N": "1"}}, {**key("a"), "x": {"N": "2"}}
    assert found[:3] == [("INSERT", None, one), ("MODIFY", one, two), ("INSERT", None, key("b"))]
    assert sorted(found[3:], key=str) == sorted([("INSERT", None, key("c")), ("REMOVE", key("b"), None),
                                                 ("INSERT", None, key("d")), ("REMOVE", two, None)], key=str)


@pytest.mark.parametrize("view, wanted", [
    ("KEYS_ONLY", [(False, False), (False, False), (False, False)]),
    ("NEW_IMAGE", [(False, True), (False, True), (False, False)]),
    ("OLD_IMAGE", [(False, False), (True, False), (True, False)]),
    ("NEW_AND_OLD_IMAGES", [(False, True), (True, True), (True, False)])])
def test_records_have_what_the_view_says(ddb, streams, view, wanted):
    name, arn = make_table(ddb, view)
    ddb.put_item(TableName=name, Item=key("a"))
    ddb.put_item(TableName=name, Item={**key("a"), "x": {"S": "y"}})
    ddb.delete_item(TableName=name, Key=key("a"))
    records = records_of(streams, arn)
    assert [("OldImage" in r["dynamodb"], "NewImage" in r["dynamodb"]) for r in records] == wanted
    for record in records:
        assert record["dynamodb"]["Keys"] == key("a") and record["dynamodb"]["StreamViewType"] == view
        assert record["eventSource"] == "aws:dynamodb" and record["awsRegion"] == "us-east-1"
    numbers = [record["dynamodb"]["SequenceNumber"] for record in records]
    assert numbers == sorted(numbers) and len(set(map(len, numbers))) == 1
    assert len({record["eventID"] for record in records}) == 3


def test_a_consumer_follows_an_open_shard(ddb, streams):
    name, arn = make_table(ddb)
    latest = iterator_of(streams, arn, "LATEST")
    assert streams.get_records(ShardIterator=latest)["Records"] == []
    iterator, seen = latest, []
    for i in range(25):
        ddb.put_item(TableName=name, Item=key("a", str(i)))
    for _ in range(4):
        answer = streams.get_records(ShardIterator=iterator, Limit=10)
        seen += [record["dynamodb"]["Keys"]["s"]["S"] for record in answer["Records"]]
        iterator = answer["NextShardIterator"]
    assert seen == [str(i) for i in range(25)]
    third = records_of(streams, arn)[2]["dynamodb"]["SequenceNumber"]
    assert len(records_of(streams, arn, kind="AT_SEQUENCE_NUMBER", SequenceNumber=third)) == 23
    assert len(records_of(streams, arn, kind="AFTER_SEQUENCE_NUMBER", SequenceNumber=third)) == 22


def test_a_page_of_records_ends_at_a_megabyte(ddb, streams):
    name, arn = make_table(ddb, "NEW_IMAGE")
    for i in range(12):
        ddb.put_item(TableName=name, Item={**key("a", str(i)), "f": {"S": "x" * 300_000}})
    iterator, counts = iterator_of(streams, arn), []
    while sum(counts) < 12:
        answer = streams.get_records(ShardIterator=iterator)
        counts.append(len(answer["Records"]))
        iterator = answer["NextShardIterator"]
    assert counts == [4, 4, 4]


def test_a_closed_stream_is_drained_and_a_new_one_begins(ddb, streams):
    name, arn = make_table(ddb)
    ddb.put_item(TableName=name, Item=key("a"))
    ddb.update_table(TableName=name, StreamSpecification={"StreamEnabled": False})
    ddb.put_item(TableName=name, Item=key("b"))
    ddb.update_table(TableName=name, StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"})
    second = ddb.describe_table(TableName=name)["Table"]["LatestStreamArn"]
    assert second != arn
    ddb.put_item(TableName=name, Item=key("c"))
    description = streams.describe_stream(StreamArn=arn)["StreamDescription"]
    assert description["StreamStatus"] == "DISABLED"
    assert "EndingSequenceNumber" in description["Shards"][0]["SequenceNumberRange"]
    answer = streams.get_records(ShardIterator=iterator_of(streams, arn))
    assert [r["dynamodb"]["Keys"] for r in answer["Records"]] == [key("a")] and "NextShardIterator" not in answer
    assert [r["dynamodb"]["Keys"] for r in records_of(streams, second)] == [key("c")]
    listed = [stream["StreamArn"] for stream in streams.list_streams(TableName=name)["Streams"]]
    assert sorted(listed) == sorted([arn, second])
    ddb.delete_table(TableName=name)
    assert [r["dynamodb"]["Keys"] for r in records_of(streams, second)] == [key("c")]
    assert name not in ddb.list_tables()["TableNames"]


def test_positions_survive_a_restart(store_factory):
    store = store_factory()
    ddb, streams = store.client(), store.client("dynamodbstreams")
    name, arn = make_table(ddb)
    for i in range(5):
        ddb.put_item(TableName=name, Item=key("a", str(i)))
    before = records_of(streams, arn)
    iterator = streams.get_records(ShardIterator=iterator_of(streams, arn), Limit=2)["NextShardIterator"]
    store.stop()
    store = store_factory()
    ddb, streams = store.client(), store.client("dynamodbstreams")
    ddb.put_item(TableName=name, Item=key("a", "5"))
    after = records_of(streams, arn)
    assert after[:5] == before and len(after) == 6
    rest = streams.get_records(ShardIterator=iterator)["Records"]
    assert [record["dynamodb"]["Keys"]["s"]["S"] for record in rest] == ["2", "3", "4", "5"]


def test_describe_stream_and_its_errors(ddb, streams):
    name, arn = make_table(ddb)
    shard = shard_of(streams, arn)
    assert streams.describe_stream(StreamArn=arn, ExclusiveStartShardId=shard)["StreamDescription"]["Shards"] == []
    children = streams.describe_stream(StreamArn=arn, ShardFilter={"Type": "CHILD_SHARDS", "ShardId": shard})
    assert children["StreamDescription"]["Shards"] == []
    assert code_of(streams.describe_stream, StreamArn=arn[:-1] + "x") == "ResourceNotFoundException"
    assert code_of(streams.describe_stream, StreamArn="not-an-arn-but-long-enough-to-be-one-x") == "ValidationException"
    other = "shardId-00000001541626099285-f35f62ef"
    assert code_of(streams.get_shard_iterator, StreamArn=arn, ShardId=other,
                   ShardIteratorType="LATEST") == "ResourceNotFoundException"
    assert code_of(streams.get_records, ShardIterator="nonsense") == "ValidationException"
    assert code_of(streams.get_shard_iterator, StreamArn=arn, ShardId=shard,
                   ShardIteratorType="AT_SEQUENCE_NUMBER") == "ValidationException"


def test_expired_items_carry_the_service_as_their_user(ddb, streams):
    name, arn = make_table(ddb)
    ddb.update_time_to_live(TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": "ttl"})
    ddb.put_item(TableName=name, Item={**key("a"), "ttl": {"N": "1700000000"}})
    iterator, records = iterator_of(streams, arn), []
    deadline = time.monotonic() + DEADLINE_S
    while len(records) < 2:
        assert time.monotonic() < deadline, records
        answer = streams.get_records(ShardIterator=iterator)
        records += answer["Records"]
        iterator = answer["NextShardIterator"]
    assert records[1]["eventName"] == "REMOVE"
    assert records[1]["userIdentity"] == {"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"}
