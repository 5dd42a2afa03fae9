"""What was acknowledged is on the disk: kill -9 at any moment, a full disk, a second process, compaction."""
import resource
import signal
import subprocess
import threading

import botocore.exceptions
import conftest
import pytest
from conftest import BINARY, DEADLINE_S


def make_table(ddb, name="kept"):
    ddb.create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"},
                              {"AttributeName": "by", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        GlobalSecondaryIndexes=[{"IndexName": "by-letter", "Projection": {"ProjectionType": "KEYS_ONLY"},
                                 "KeySchema": [{"AttributeName": "by", "KeyType": "HASH"}]}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"})


def put(ddb, key, size=100):
    ddb.put_item(TableName="kept", Item={"pk": {"S": key}, "by": {"S": key[:1]}, "more": {"S": "x" * size}})


def keys(ddb, **more):
    pages = ddb.get_paginator("scan").paginate(TableName="kept", ProjectionExpression="pk", **more)
    return {item["pk"]["S"] for page in pages for item in page["Items"]}


def test_every_acknowledged_write_survives_kill_9(store_factory, tmp_path):
    store = store_factory()
    make_table(store.client())
    acknowledged = set()
    enough = threading.Event()
    for round in range(3):
        client = store.client(max_pool_connections=8)
        enough.clear()

        def write(writer):
            number = 0
            try:
                while True:
                    key = f"{round}-{writer}-{number}"
                    put(client, key)
                    acknowledged.add(key)
                    number += 1
                    if number == 40:
                        enough.set()
            except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError):
                pass

        writers = [threading.Thread(target=write, args=(n,)) for n in range(8)]
        for writer in writers:
            writer.start()
        assert enough.wait(DEADLINE_S)
        store.stop(signal.SIGKILL)
        for writer in writers:
            writer.join(DEADLINE_S)
        store.check()
        store = store_factory(directory=tmp_path)
        found = keys(store.client())
        assert acknowledged <= found
        assert keys(store.client(), IndexName="by-letter") == found
    assert store.stop() == 0
    store.check()


@pytest.fixture
def ignores_sigxfsz(monkeypatch):
    """A limit of the file's size stands for a full disk; its signal has no counterpart there."""
    plain = conftest.die_with_parent

    def before_exec():
        plain()
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    monkeypatch.setattr(conftest, "die_with_parent", before_exec)


def test_a_full_disk_refuses_writes_and_loses_nothing(store_factory, ignores_sigxfsz):
    store = store_factory()
    ddb = store.client()
    make_table(ddb)
    put(ddb, "before")
    limit = 2 << 20
    resource.prlimit(store.pid, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    kept = {"before"}
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        for number in range(100):
            put(ddb, f"n{number}", 100_000)
            kept.add(f"n{number}")
    assert refused.value.response["Error"]["Code"] == "InternalServerError"
    assert keys(ddb) == kept
    resource.prlimit(store.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    put(ddb, "after", 100_000)
    assert keys(ddb) == kept | {"after"}
    assert store.stop() == 0
    assert "store cannot write" in store.stderr and "store writes again" in store.stderr
    store.check()


def test_check_runs_beside_a_running_store(store_factory):
    store = store_factory()
    make_table(store.client())
    for number in range(50):
        put(store.client(), f"k{number}")
    store.check()


def test_compact_makes_the_file_small(store_factory, tmp_path):
    store = store_factory()
    ddb = store.client()
    make_table(ddb)
    for number in range(60):
        put(ddb, f"k{number}", 100_000)
    for number in range(59):
        ddb.delete_item(TableName="kept", Key={"pk": {"S": f"k{number}"}})
    command = [BINARY, "store", "compact", "--data", tmp_path / ".sls-local"]
    refused = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE_S)
    assert refused.returncode == 1, refused.stdout
    assert store.stop() == 0
    file = tmp_path / ".sls-local" / "store.mdb"
    before = file.stat().st_size
    done = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE_S)
    assert done.returncode == 0, done.stderr
    assert file.stat().st_size < before
    store.check()
    store = store_factory(directory=tmp_path)
    assert keys(store.client()) == {"k59"}
    put(store.client(), "more")
    assert store.stop() == 0
    store.check()
