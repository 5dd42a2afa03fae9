"""What a lesson or a test may want to see: indexes that lag, tables that take their time, throttling, the newer words,
and runs that leave nothing behind."""
import concurrent.futures
import os
import pathlib
import re
import signal
import time

import pytest
from botocore.exceptions import ClientError
from conftest import DEADLINE_S, clean_env
from dynamodb_talk import Talk, eventually, fill, index_on, make_table

BY = {"AttributeName": "by", "AttributeType": "S"}


def by(talk, owner, **more):
    page = talk.call("Query", {"TableName": "table", "IndexName": "by-by", "KeyConditionExpression": "#b = :b",
                               "ExpressionAttributeNames": {"#b": "by"}, "ExpressionAttributeValues": {":b": {"S": owner}}, **more})
    return [item["pk"]["S"] for item in page["Items"]]


# --- --gsi-lag ---


def test_a_lagging_index_shows_writes_later_and_never_goes_back(store_factory):
    store = store_factory("--gsi-lag", "400ms")
    make_table(store, "table", index="by")
    with Talk(store) as talk:
        seen, told = 0, {}
        start = time.monotonic()
        for i in range(10_000):
            talk.put("table", f"k{i:05}", by={"S": "me"})
            told[i] = time.monotonic()
            assert "Item" in talk.call("GetItem", {"TableName": "table", "Key": {"pk": {"S": f"k{i:05}"}}})
            asked = time.monotonic()
            found = talk.call("Query", {"TableName": "table", "IndexName": "by-by", "KeyConditionExpression": "#b = :b",
                                        "Select": "COUNT", "ExpressionAttributeNames": {"#b": "by"},
                                        "ExpressionAttributeValues": {":b": {"S": "me"}}})["Count"]
            assert found >= seen
            seen = found
            for late in range(found):  # what it shows is at least as old as was asked for
                assert asked - told.pop(late, 0) >= 0.4 - 0.1, late
            if time.monotonic() - start > 2:
                break
        assert 0 < seen < i, "it shows something, and not all"
        assert talk.count("table") == i + 1
        eventually(store, lambda: len(by(talk, "me")) == i + 1, 5)


def test_an_index_lags_behind_updates_and_deletes_alike(store_factory):
    store = store_factory("--gsi-lag", "300ms", "--in-memory")
    make_table(store, "table", index="by")
    with Talk(store) as talk:
        talk.put("table", "a", by={"S": "old"})
        talk.put("table", "b", by={"S": "old"})
        eventually(store, lambda: sorted(by(talk, "old")) == ["a", "b"])
        talk.call("UpdateItem", {"TableName": "table", "Key": {"pk": {"S": "a"}}, "UpdateExpression": "SET #b = :b",
                                 "ExpressionAttributeNames": {"#b": "by"}, "ExpressionAttributeValues": {":b": {"S": "new"}}})
        talk.call("DeleteItem", {"TableName": "table", "Key": {"pk": {"S": "b"}}})
        assert (sorted(by(talk, "old")), by(talk, "new")) == (["a", "b"], [])
        assert talk.count("table") == 1
        eventually(store, lambda: (by(talk, "old"), by(talk, "new")) == ([], ["a"]))


def test_a_lag_survives_a_growing_file(store_factory):
    """Kept snapshots end when the map grows; nobody reads a closed one."""
    store = store_factory("--gsi-lag", "200ms")
    make_table(store, "table", index="by")
    fill(store, "table", 20_000, lambda i: {"by": {"S": f"o{i % 10}"}, "t": {"S": "x" * 500}})
    with Talk(store) as talk:
        eventually(store, lambda: talk.count("table", IndexName="by-by") == 20_000)
    assert store.stop() == 0 and store.stderr == ""
    store.check()


# --- --slow-tables ---


def state(talk, index=False):
    table = talk.call("DescribeTable", {"TableName": "table"})["Table"]
    return table["GlobalSecondaryIndexes"][0]["IndexStatus"] if index else table["TableStatus"]


def wait_state(store, talk, wanted, index=False):
    eventually(store, lambda: state(talk, index) == wanted)


def test_slow_tables_take_their_time_for_every_change(store_factory):
    store = store_factory("--slow-tables")
    make_table(store, "table")
    with Talk(store) as talk:
        assert state(talk) == "CREATING"
        assert talk.send("PutItem", {"TableName": "table", "Item": {"pk": {"S": "x"}}})[1]["__type"].endswith("#ResourceNotFoundException")
        wait_state(store, talk, "ACTIVE")
        talk.put("table", "x", by={"S": "me"})
        talk.call("UpdateTable", {"TableName": "table", "AttributeDefinitions": [BY],
                                  "GlobalSecondaryIndexUpdates": [{"Create": index_on("by")}]})
        assert (state(talk), state(talk, index=True)) == ("UPDATING", "CREATING")
        status, answer = talk.send("Query", {"TableName": "table", "IndexName": "by-by", "KeyConditionExpression": "#b = :b",
                                             "ExpressionAttributeNames": {"#b": "by"}, "ExpressionAttributeValues": {":b": {"S": "me"}}})
        assert status == 400 and "backfilling" in answer["message"], answer
        status, answer = talk.send("UpdateTable", {"TableName": "table", "BillingMode": "PROVISIONED", "ProvisionedThroughput": {
            "ReadCapacityUnits": 1, "WriteCapacityUnits": 1}})
        assert status == 400 and answer["__type"].endswith("#ResourceInUseException"), answer
        talk.put("table", "y", by={"S": "me"})  # an UPDATING table is written and read
        wait_state(store, talk, "ACTIVE", index=True)
        assert sorted(by(talk, "me")) == ["x", "y"]
        talk.call("UpdateTable", {"TableName": "table", "GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "by-by"}}]})
        assert state(talk, index=True) == "DELETING"
        eventually(store, lambda: "GlobalSecondaryIndexes" not in talk.call("DescribeTable", {"TableName": "table"})["Table"])
        wait_state(store, talk, "ACTIVE")
        talk.call("DeleteTable", {"TableName": "table"})
        assert state(talk) == "DELETING"
        assert talk.call("ListTables", {})["TableNames"] == ["table"]
        eventually(store, lambda: talk.call("ListTables", {})["TableNames"] == [])
    assert store.stop() == 0
    store.check()


@pytest.mark.parametrize("when", ["CREATING", "UPDATING", "DELETING"])
def test_a_slow_state_ends_with_the_next_start(store_factory, when):
    store = store_factory("--slow-tables")
    make_table(store, "table")
    with Talk(store) as talk:
        if when != "CREATING":
            wait_state(store, talk, "ACTIVE")
            talk.put("table", "x", by={"S": "me"})
        if when == "UPDATING":
            talk.call("UpdateTable", {"TableName": "table", "AttributeDefinitions": [BY],
                                      "GlobalSecondaryIndexUpdates": [{"Create": index_on("by")}]})
        if when == "DELETING":
            talk.call("DeleteTable", {"TableName": "table"})
        assert state(talk) == when
    store.stop(signal.SIGKILL)
    store.check()
    store = store_factory()
    with Talk(store) as talk:
        if when == "DELETING":
            eventually(store, lambda: talk.call("ListTables", {})["TableNames"] == [])
        else:
            wait_state(store, talk, "ACTIVE")
            talk.put("table", "y", by={"S": "me"})
        if when == "UPDATING":
            wait_state(store, talk, "ACTIVE", index=True)
            assert sorted(by(talk, "me")) == ["x", "y"]
    assert store.stop() == 0
    store.check()


# --- --throttle ---

PROVISIONED = {"BillingMode": "PROVISIONED", "ProvisionedThroughput": {"ReadCapacityUnits": 100, "WriteCapacityUnits": 100}}


def throttled_table(store, name="table"):
    make_table(store, name, **PROVISIONED)
    item = {"pk": {"S": "burst"}, "t": {"S": "x" * 390_000}}
    with Talk(store) as talk:  # what it has saved up, 300 s of units, is for 77 of these
        refusals = [talk.send("PutItem", {"TableName": name, "Item": item})[0] for _ in range(90)]
    assert 0 < refusals.count(400) < 20


def code_of(call, *words, **parameters):
    try:
        call(*words, **parameters)
        return None
    except ClientError as error:
        return error.response["Error"]["Code"]


def test_a_throttled_table_refuses_and_sdks_that_try_again_get_through(store_factory):
    store = store_factory("--throttle")
    throttled_table(store)
    impatient, patient = store.client(), store.client(retries={"max_attempts": 12, "mode": "standard"})
    one = {"TableName": "table", "Item": {"pk": {"S": "one"}, "t": {"S": "x" * 20_000}}}
    codes = [code_of(impatient.put_item, **one) for _ in range(3)]
    assert "ProvisionedThroughputExceededException" in codes, codes
    assert set(codes) <= {None, "ProvisionedThroughputExceededException"}
    retries = []
    for i in range(4):
        answer = patient.put_item(TableName="table", Item={"pk": {"S": f"p{i}"}, "t": {"S": "x" * 20_000}})
        retries.append(answer["ResponseMetadata"]["RetryAttempts"])
    assert max(retries) > 0, retries
    with patient_batch(store) as batch:  # a writer of many sends again what was left
        for i in range(20):
            batch.put_item(Item={"pk": f"b{i}"})
    with Talk(store) as talk:
        for i in range(20):
            eventually(store, lambda: talk.send("GetItem", {"TableName": "table", "Key": {"pk": {"S": f"b{i}"}}})[1].get("Item"))


def patient_batch(store):
    return store.resource(retries={"max_attempts": 12, "mode": "standard"}).Table("table").batch_writer()


def test_reads_are_throttled_by_what_they_read(store_factory):
    store = store_factory("--throttle")
    make_table(store, "table", **PROVISIONED)
    with Talk(store) as talk:
        for i in range(10):
            talk.put("table", f"k{i}", t={"S": "x" * 390_000})
        refusals = 0
        for _ in range(150):  # 1 MB a page: 256 units each; the burst holds 30,000
            status, answer = talk.send("Scan", {"TableName": "table", "ConsistentRead": True})
            if status == 400:
                assert answer["__type"].endswith("#ProvisionedThroughputExceededException"), answer
                assert answer["message"].startswith("The level of configured provisioned throughput for the table was exceeded.")
                refusals += 1
        assert refusals > 5
        talk.put("table", "writes are not touched")
    patient = store.client(retries={"max_attempts": 12, "mode": "standard"})
    assert "Item" in patient.get_item(TableName="table", Key={"pk": {"S": "k1"}})


def test_many_writers_of_a_throttled_table_all_end(store_factory):
    store = store_factory("--throttle")
    throttled_table(store)
    client = store.client(retries={"max_attempts": 20, "mode": "standard"}, max_pool_connections=8)

    def write(i):
        return client.put_item(TableName="table", Item={"pk": {"S": f"w{i}"}, "t": {"S": "x" * 1000}})["ResponseMetadata"]["RetryAttempts"]

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        retries = list(pool.map(write, range(60)))
    assert len(retries) == 60
    assert store.stop() == 0
    assert store.stderr == ""
    store.check()


def test_on_demand_tables_and_stores_without_the_option_are_never_throttled(store_factory):
    store = store_factory("--throttle")
    make_table(store, "table")
    with Talk(store) as talk:
        for i in range(100):
            talk.put("table", "x", t={"S": "x" * 390_000})
    assert store.stop() == 0
    store = store_factory()
    make_table(store, "small", **{**PROVISIONED, "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}})
    with Talk(store) as talk:
        for i in range(10):
            talk.put("small", "x", t={"S": "x" * 390_000})


# --- --dynamodb-wording ---

REFUSALS = [
    ("PutItem", {}),
    ("PutItem", {"TableName": "a"}),
    ("GetItem", {"TableName": "table", "Key": {}}),
    ("GetItem", {"TableName": "table", "Key": {"pk": {"S": ""}}}),
    ("UpdateItem", {"TableName": "table", "Key": {"pk": {"S": "x"}}, "UpdateExpression": "SET a ="}),
    ("UpdateItem", {"TableName": "table", "Key": {"pk": {"S": "x"}}, "UpdateExpression": "SET a = :missing"}),
    ("DeleteItem", {"TableName": "table", "Key": {"pk": {"S": "x"}}, "ReturnValues": "ALL_NEW"}),
    ("PutItem", {"TableName": "table", "Item": {"pk": {"S": "x"}, "n": {"N": "nought"}}}),
    ("PutItem", {"TableName": "table", "Item": {"pk": {"S": "x"}, "s": {"SS": []}}}),
    ("PutItem", {"TableName": "table", "Item": {"pk": {"N": "1"}}}),
    ("Query", {"TableName": "table"}),
    ("Query", {"TableName": "table", "KeyConditionExpression": "other = :v", "ExpressionAttributeValues": {":v": {"S": "x"}}}),
    ("BatchWriteItem", {"RequestItems": {}}),
    ("BatchGetItem", {"RequestItems": {"table": {"Keys": []}}}),
    ("TransactWriteItems", {"TransactItems": []}),
    ("CreateTable", {"TableName": "x"}),
    ("DescribeTable", {"TableName": "missing"}),
    ("Scan", {"TableName": "table", "Limit": 0}),
    ("TagResource", {"ResourceArn": "x", "Tags": []}),
]


def test_both_generations_of_words_refuse_the_same_for_the_same_reason(store_factory, tmp_path):
    told = {}
    for wording in ("old", "new"):
        store = store_factory("--in-memory", "--dynamodb-wording", wording, directory=tmp_path)
        make_table(store, "table")
        told[wording] = [store.error(operation, body) for operation, body in REFUSALS]
        with Talk(store) as talk:  # and do the same
            talk.put("table", "x")
            assert talk.count("table") == 1
        assert store.stop() == 0
    for (operation, body), old, new in zip(REFUSALS, told["old"], told["new"]):
        assert old[0] == new[0], (operation, body, old, new)
        assert old[1] and new[1], (operation, body)
    assert sum(old != new for old, new in zip(told["old"], told["new"])) >= 5


# --- --in-memory ---


def kept_where(store):
    """The temporary directory, from the open files of the process."""
    for fd in pathlib.Path(f"/proc/{store.pid}/fd").iterdir():
        try:
            target = os.readlink(fd)
        except FileNotFoundError:
            continue
        if target.endswith("/store.mdb"):
            return pathlib.Path(target).parent
    raise AssertionError("no store is open")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_in_memory_leaves_nothing_behind(store_factory, tmp_path, number):
    runtime = tmp_path / "runtime"
    runtime.mkdir()
    (tmp_path / "cwd").mkdir()
    store = store_factory("--in-memory", directory=tmp_path / "cwd", env=clean_env(XDG_RUNTIME_DIR=runtime))
    make_table(store, "table", index="by")
    fill(store, "table", 2000, lambda i: {"by": {"S": "me"}, "t": {"S": "x" * 500}})
    where = kept_where(store)
    assert where.parent == runtime
    with Talk(store) as talk:
        assert talk.count("table", IndexName="by-by") == 2000
        arn = talk.call("CreateBackup", {"TableName": "table", "BackupName": "whole"})["BackupDetails"]["BackupArn"]
        talk.send("RestoreTableFromBackup", {"TargetTableName": "again", "BackupArn": arn})
        assert store.stop(number) in (0, 130)
    assert store.stderr == ""
    assert list(runtime.iterdir()) == []
    assert [path.name for path in (tmp_path / "cwd").iterdir()] == ["store.stderr"]


def test_the_next_in_memory_run_starts_empty_and_removes_what_a_killed_one_left(store_factory, tmp_path):
    env = clean_env(XDG_RUNTIME_DIR=tmp_path)
    kept = tmp_path / "sls-local-mydata"  # somebody's own directory, though its name looks like that
    store_factory("--data", kept).stop()
    first = store_factory("--in-memory", env=env)
    make_table(first, "table")
    living = store_factory("--in-memory", env=env)
    make_table(living, "living")
    left = kept_where(first)
    first.stop(signal.SIGKILL)
    assert left.exists()
    second = store_factory("--in-memory", env=env)
    with Talk(second) as talk:
        assert talk.call("ListTables", {})["TableNames"] == []
    assert not left.exists() and kept_where(second).exists() and (kept / "store.mdb").exists()
    with Talk(living) as talk:  # one that still runs keeps its own
        assert talk.call("ListTables", {})["TableNames"] == ["living"]
        talk.put("living", "x")


def test_options_that_make_no_sense_are_refused(tmp_path):
    import subprocess
    from conftest import BINARY
    for words, text in ((["--gsi-lag", "5"], "--gsi-lag must be a time"), (["--gsi-lag", "2h"], "--gsi-lag must be a time"),
                        (["--gsi-lag", "61s"], "--gsi-lag must be a time"), (["--gsi-lag", "99999999999999999999s"], "--gsi-lag must"),
                        (["--dynamodb-wording", "newest"], "--dynamodb-wording must be old or new"),
                        (["--in-memory", "--data", "x"], "exclude each other"), (["--port", "70000"], "port")):
        done = subprocess.run([BINARY, "store", *words], cwd=tmp_path, capture_output=True, text=True, timeout=DEADLINE_S)
        assert done.returncode == 2, (words, done)
        assert text in done.stderr, (words, done.stderr)
    assert list(tmp_path.iterdir()) == []


def test_host_tells_who_may_come(store_factory, tmp_path):
    """Naming loopback is not opening the door; listening everywhere is, and this machine comes by loopback."""
    near = store_factory("--host", "127.0.0.1")
    assert near.raw("ListTables", {}, Origin="https://evil.example").status_code == 403
    (tmp_path / "wide").mkdir()
    wide = store_factory("--host", "0.0.0.0", directory=tmp_path / "wide")
    assert wide.url.startswith("http://127.0.0.1:")
    assert wide.raw("ListTables", {}, Origin="https://elsewhere.example").status_code == 200
