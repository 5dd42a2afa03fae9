"""Time to live: what is due goes, from the table, its indexes and into its stream; the rest stays."""
import time

import pytest
from conftest import DEADLINE_S


def wait_until(condition):
    """Asks again until it holds: the sweeper tells nobody when it has been."""
    end = time.monotonic() + DEADLINE_S
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.02)


def make_table(ddb, name, **more):
    ddb.create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": n, "AttributeType": t} for n, t in
                              (("pk", "S"), ("sk", "N"), ("day", "S"))],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        GlobalSecondaryIndexes=[{"IndexName": "by-day", "Projection": {"ProjectionType": "ALL"},
                                 "KeySchema": [{"AttributeName": "day", "KeyType": "HASH"}]}], **more)


def turn_on(ddb, name, attribute="ttl"):
    ddb.update_time_to_live(TableName=name,
                            TimeToLiveSpecification={"Enabled": True, "AttributeName": attribute})


def put(ddb, name, number, **attributes):
    ddb.put_item(TableName=name, Item={"pk": {"S": "p"}, "sk": {"N": str(number)}, "day": {"S": "d"},
                                       **attributes})


def numbers(ddb, name, **more):
    return sorted(int(item["sk"]["N"]) for item in ddb.scan(TableName=name, **more)["Items"])


def test_what_is_due_goes_and_nothing_else(ddb):
    make_table(ddb, "due")
    turn_on(ddb, "due")  # a reserved word
    now = int(time.time())
    stays = [{"ttl": {"N": str(now + 3600)}}, {"ttl": {"N": str(now * 1000)}}, {"ttl": {"S": str(now - 10)}},
             {"ttl": {"N": str(now - 6 * 365 * 86400)}}, {"ttl": {"NULL": True}}, {}]
    for number, attributes in enumerate(stays):
        put(ddb, "due", number, **attributes)
    put(ddb, "due", 100, ttl={"N": str(now - 10)})
    put(ddb, "due", 101, ttl={"N": str(now - 4 * 365 * 86400)})
    put(ddb, "due", 102, ttl={"N": f"{now - 10}.25"})
    put(ddb, "due", 103, ttl={"N": f"{(now - 10) // 10}e1"})
    wait_until(lambda: numbers(ddb, "due") == list(range(len(stays))))
    assert numbers(ddb, "due", IndexName="by-day") == list(range(len(stays)))


def test_an_item_comes_back_to_life_when_its_time_is_moved(ddb):
    make_table(ddb, "moved")
    turn_on(ddb, "moved")
    now = int(time.time())
    put(ddb, "moved", 1, ttl={"N": str(now + 2)})
    put(ddb, "moved", 2, ttl={"N": str(now + 2)})
    ddb.update_item(TableName="moved", Key={"pk": {"S": "p"}, "sk": {"N": "1"}},
                    UpdateExpression="SET #t = :t", ExpressionAttributeNames={"#t": "ttl"},
                    ExpressionAttributeValues={":t": {"N": str(now + 3600)}})
    wait_until(lambda: numbers(ddb, "moved") == [1])


def test_what_was_there_before_is_swept_too_and_nothing_after_it_is_off(ddb):
    make_table(ddb, "late")
    now = int(time.time())
    for number in range(30):
        put(ddb, "late", number, at={"N": str(now - 60 + 120 * (number % 2))})
    turn_on(ddb, "late", "at")
    wait_until(lambda: numbers(ddb, "late") == list(range(1, 30, 2)))
    ddb.update_time_to_live(TableName="late",
                            TimeToLiveSpecification={"Enabled": False, "AttributeName": "at"})
    put(ddb, "late", 100, at={"N": str(now - 60)})
    make_table(ddb, "witness")
    turn_on(ddb, "witness")
    put(ddb, "witness", 1, ttl={"N": str(now - 60)})
    wait_until(lambda: numbers(ddb, "witness") == [])
    assert 100 in numbers(ddb, "late")


def test_the_stream_tells_that_the_service_deleted_it(ddb, ddb_store):
    make_table(ddb, "told", StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"})
    turn_on(ddb, "told")
    put(ddb, "told", 1, ttl={"N": str(int(time.time()) - 5)})
    wait_until(lambda: numbers(ddb, "told") == [])
    streams = ddb_store.client("dynamodbstreams")
    arn = ddb.describe_table(TableName="told")["Table"]["LatestStreamArn"]
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    iterator = streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    records = streams.get_records(ShardIterator=iterator["ShardIterator"])["Records"]
    assert [record["eventName"] for record in records] == ["INSERT", "REMOVE"]
    assert "userIdentity" not in records[0]
    assert records[1]["userIdentity"] == {"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"}
    assert records[1]["dynamodb"]["OldImage"]["sk"] == {"N": "1"}


@pytest.mark.parametrize("attribute", ["pk", "day"])
def test_a_key_attribute_of_another_type_never_expires(ddb, attribute):
    name = f"by-{attribute}"
    make_table(ddb, name)
    turn_on(ddb, name, attribute)
    put(ddb, name, 1)
    make_table(ddb, f"{name}-witness")
    turn_on(ddb, f"{name}-witness")
    put(ddb, f"{name}-witness", 1, ttl={"N": "1699999999"})
    wait_until(lambda: numbers(ddb, f"{name}-witness") == [])
    assert numbers(ddb, name) == [1]


def test_the_sort_key_may_be_what_expires(ddb):
    make_table(ddb, "by-sort")
    turn_on(ddb, "by-sort", "sk")
    now = int(time.time())
    put(ddb, "by-sort", now - 100)
    put(ddb, "by-sort", now + 3600)
    wait_until(lambda: numbers(ddb, "by-sort") == [now + 3600])
