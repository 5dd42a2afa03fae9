"""The clock of a running application: shown, turned, remembered; what is due on the way has happened when it answers."""
import json
import re
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import apps
import pytest
import requests
from conftest import DEADLINE_S

HANDLER = """
import time
def handler(event, context):
    return {"now": time.time(), "left": context.get_remaining_time_in_millis()}
"""


@pytest.fixture
def app(app_factory):
    return app_factory(apps.python(HANDLER))


def turn(app, advance):
    answer = requests.post(app.edge + "/_sls/clock", json={"advance": advance}, timeout=DEADLINE_S)
    return answer.status_code, answer.json()


def now(app):
    return requests.get(app.edge + "/_sls/clock", timeout=DEADLINE_S).json()


def test_the_clock_is_turned_by_any_form_of_duration(app):
    assert now(app)["aheadMs"] == 0
    ahead = 0
    for advance, ms in (("90m", 5400000), (60, 60000), ("PT1H30M", 5400000), ("2h30m", 9000000), ("1d", 86400000)):
        status, answer = turn(app, advance)
        assert (status, answer["isTurning"]) == (200, False), answer
        # What the turn itself took counts as time that has passed.
        assert ms - 1000 < answer["aheadMs"] - ahead <= ms
        ahead = answer["aheadMs"]
    assert now(app)["aheadMs"] == ahead


def test_a_turn_that_cannot_be_remembered_says_so(app):
    in_the_way = app.directory / ".sls-local" / "clock.json"
    in_the_way.mkdir()
    status, answer = turn(app, "90m")
    assert status == 500 and "the next start will not know it" in json.dumps(answer), answer
    in_the_way.rmdir()
    assert turn(app, "1m")[0] == 200
    assert json.loads(in_the_way.read_text())["aheadMs"] > 90 * 60000


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"advance":"soon"}', b'{"advance":-5}', b'{"advance":null}',
                                  b'{"advance":"20y"}', b'{"advance":"9999d"}', b'{"advanced":"1d"}'])
def test_a_request_that_makes_no_sense_is_refused(app, body):
    answer = requests.post(app.edge + "/_sls/clock", data=body, timeout=DEADLINE_S)
    assert answer.status_code == 400
    assert answer.json()["message"]
    assert now(app)["aheadMs"] == 0


def test_other_methods_and_long_bodies_are_refused(app):
    assert requests.delete(app.edge + "/_sls/clock", timeout=DEADLINE_S).status_code == 405
    assert requests.post(app.edge + "/_sls/clock", data=b" " * 5000, timeout=DEADLINE_S).status_code == 413


def test_a_hundred_years_are_enough(app_factory):
    app = app_factory({**apps.python(HANDLER), ".sls-local/clock.json": '{"aheadMs":3155000000000}'})
    assert turn(app, "1d")[0] == 200
    assert turn(app, "365d")[0] == 400


def test_the_command_shows_and_turns_the_clock(app):
    assert "ahead" not in app.cli("clock").stdout.decode()
    told = app.cli("clock", "advance", "125m").stdout.decode()
    assert re.search(r"^20\d\d-\S+Z  \d+ instants? ran  2h [45]m ahead of the machine$", told, re.M), told
    assert json.loads(app.cli("clock", "--json", "--edge", app.edge).stdout)["aheadMs"] > 7100000
    for words in (("advance",), ("back", "1h"), ("advance", "soon")):
        assert app.cli("clock", *words, check=False).returncode == 2


def test_handlers_keep_the_time_of_the_machine(app):
    turn(app, "30d")
    payload, _ = app.invoke("Hello")
    assert abs(payload["now"] - time.time()) < 60
    assert 0 < payload["left"] <= 3000


def test_the_next_up_goes_on_where_the_clock_was(app, app_factory):
    turn(app, "3d")
    app.process.kill()
    app.process.wait()
    again = app_factory(directory=app.directory)
    again.wait_for(lambda line: "ahead of the machine" in line.get("text", ""))
    assert now(again)["aheadMs"] > 3 * 86400000 - 60000


def test_items_expire_on_the_way_with_a_record_in_the_stream(app):
    ddb, streams = app.client("dynamodb"), app.client("dynamodbstreams")
    ddb.create_table(TableName="sessions", BillingMode="PAY_PER_REQUEST",
                     AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
                     KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
                     StreamSpecification={"StreamEnabled": True, "StreamViewType": "OLD_IMAGE"})
    ddb.update_time_to_live(TableName="sessions", TimeToLiveSpecification={"Enabled": True, "AttributeName": "ttl"})
    start = int(time.time())
    for number in range(5):
        ddb.put_item(TableName="sessions", Item={"id": {"S": str(number)}, "ttl": {"N": str(start + number * 3600 + 60)}})
    status, answer = turn(app, "150m")
    assert (status, answer["ran"] >= 3) == (200, True)
    assert sorted(item["id"]["S"] for item in ddb.scan(TableName="sessions")["Items"]) == ["3", "4"]
    arn = ddb.describe_table(TableName="sessions")["Table"]["LatestStreamArn"]
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    iterator = streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    records = streams.get_records(ShardIterator=iterator["ShardIterator"])["Records"]
    removed = [r for r in records if r["eventName"] == "REMOVE"]
    assert [r["dynamodb"]["OldImage"]["id"]["S"] for r in removed] == ["0", "1", "2"]
    for number, record in enumerate(removed):  # each at its own time, not all at the end
        seconds = record["dynamodb"]["ApproximateCreationDateTime"].timestamp() - start
        assert 0 <= seconds - number * 3600 - 60 < 30


def test_records_of_streams_last_for_a_day(app):
    ddb, streams = app.client("dynamodb"), app.client("dynamodbstreams")
    ddb.create_table(TableName="changes", BillingMode="PAY_PER_REQUEST",
                     AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
                     KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
                     StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"})
    arn = ddb.describe_table(TableName="changes")["Table"]["LatestStreamArn"]

    def kept():
        shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
        first = streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
        records = streams.get_records(ShardIterator=first["ShardIterator"])["Records"]
        return [record["dynamodb"]["Keys"]["id"]["S"] for record in records]

    for number, pause in enumerate(("10h", "10h", "6h", "12h")):
        ddb.put_item(TableName="changes", Item={"id": {"S": str(number)}})
        assert turn(app, pause)[0] == 200
    assert kept() == ["2", "3"]
    turn(app, "2d")
    assert kept() == []


def test_an_application_that_ends_while_its_clock_is_turned_leaves_nobody_waiting(app):
    ddb = app.client("dynamodb")
    ddb.create_table(TableName="many", BillingMode="PAY_PER_REQUEST",
                     AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
                     KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}])
    ddb.update_time_to_live(TableName="many", TimeToLiveSpecification={"Enabled": True, "AttributeName": "ttl"})
    start = int(time.time())
    for batch in range(40):
        ddb.batch_write_item(RequestItems={"many": [
            {"PutRequest": {"Item": {"id": {"S": str(n)}, "ttl": {"N": str(start + 60 + 60 * n)}}}}
            for n in range(25 * batch, 25 * batch + 25)]})
    with ThreadPoolExecutor() as pool:
        turning = pool.submit(turn, app, "1d")
        while not now(app)["isTurning"]:
            pass
        assert turn(app, "1m")[0] == 409
        assert app.stop(signal.SIGTERM) == 0
        status, answer = turning.result()
    assert status == 200 and answer["aheadMs"] < 86400000 - 1000
