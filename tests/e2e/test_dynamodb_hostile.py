"""The store survives its clients, its disk and its own death: garbage, lies, crowds, slow readers and those that leave
get an answer or a closed connection and cost bounded memory; a full disk refuses writes and loses nothing; what was
half done when it was killed is finished or cleaned up by the next start."""
import http.client
import json
import os
import random
import resource
import shutil
import signal
import socket
import struct
import subprocess
import threading
import time

import dynamodb_requests
import pytest
from conftest import BINARY, DEADLINE_S, Store
from dynamodb_talk import Talk, dial, eventually, fill, index_on, make_table, request_bytes
from hardness import PROMPT_S, descriptors, memory_mb, read_to_end, status_of
from test_hostile_http import garbage

MB = 1 << 20
BODY_MAX = 16 * MB


def fine(store):
    """The store answers promptly."""
    start = time.monotonic()
    with Talk(store) as talk:
        talk.call("ListTables", {})
    assert time.monotonic() - start < PROMPT_S


def exchange(store, sent):
    with dial(store) as sock:
        try:
            sock.sendall(sent)
            sock.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # refused before all was sent
        return read_to_end(sock)


def ended_well(store):
    assert store.stop() == 0, store.stderr
    assert store.stderr == ""
    store.check()


# --- bytes ---


def is_http2(answer):
    """A server's preface: a SETTINGS frame of stream 0."""
    return len(answer) >= 9 and answer[3:9] == b"\x04\0\0\0\0\0"


def test_garbage_harms_nobody(store_factory):
    store = store_factory()
    fine(store)
    before, open_before = memory_mb(store.pid), descriptors(store.pid)
    for i, sent in enumerate(garbage()):
        answer = exchange(store, sent)
        assert answer == b"" or status_of(answer) is not None or is_http2(answer), f"{i}: {answer[:100]}"
    chance = random.Random(7)
    good = request_bytes("PutItem", {"TableName": "some-table", "Item": {"pk": {"S": "x"}, "l": {"L": [{"N": "1"}]}}})
    for i in range(300):
        bad = bytearray(good)
        for _ in range(chance.randrange(1, 5)):
            bad[chance.randrange(len(bad))] = chance.randrange(256)
        answer = exchange(store, bytes(bad[:chance.randrange(1, len(bad) + 1)]))
        assert answer == b"" or status_of(answer) is not None, f"{i}: {answer[:100]}"
    fine(store)
    eventually(store, lambda: descriptors(store.pid) <= open_before + 1)
    assert memory_mb(store.pid) < before + 16
    ended_well(store)


def test_heads_beyond_the_limit_are_refused(store_factory):
    store = store_factory()
    fine(store)
    before = memory_mb(store.pid)
    for head in ({"X-Long": "x" * 70_000}, {f"X-{i}": "y" for i in range(5000)}):
        assert status_of(exchange(store, request_bytes("ListTables", {}, **head))) == 431
    assert status_of(exchange(store, b"POST /" + b"x" * 70_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")) in (414, 431)
    fine(store)
    assert memory_mb(store.pid) < before + 16
    ended_well(store)


def test_a_body_may_have_16_mb_and_not_a_byte_more(store_factory):
    store = store_factory()
    make_table(store, "table")
    before = memory_mb(store.pid)
    item = json.dumps({"TableName": "table", "Item": {"pk": {"S": "padded"}}}).encode()
    padded = item[:-1] + b" " * (BODY_MAX - len(item)) + b"}"
    assert len(padded) == BODY_MAX
    with Talk(store) as talk:
        assert talk.send("PutItem", padded)[0] == 200
        assert talk.count("table") == 1
    for sent in (request_bytes("PutItem", padded + b" "),
                 request_bytes("PutItem", padded + b" ").replace(b"Content-Length: 16777217", b"Transfer-Encoding: chunked")
                 .replace(b"\r\n\r\n", b"\r\n\r\n1000001\r\n", 1) + b"\r\n0\r\n\r\n"):
        answer = exchange(store, sent)
        assert status_of(answer) == 413, answer[:300]
    fine(store)
    assert memory_mb(store.pid) < before + 40  # a body is held once while it is read, freed pages come back late
    ended_well(store)


def test_a_body_that_never_ends_writes_nothing(store_factory):
    store = store_factory()
    make_table(store, "table")
    open_before = descriptors(store.pid)
    sent = request_bytes("PutItem", {"TableName": "table", "Item": {"pk": {"S": "half"}, "t": {"S": "x" * 10000}}})
    for i in range(300):
        with dial(store) as sock:
            sock.sendall(sent[:len(sent) - 1 - i * 30])
            if i % 3 == 0:  # RST instead of FIN
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    eventually(store, lambda: descriptors(store.pid) <= open_before + 1)
    with Talk(store) as talk:
        assert talk.count("table") == 0
    ended_well(store)


DEEP = 100_000
HOSTILE_BODIES = {
    "arrays": b"[" * DEEP,
    "objects": b'{"a":' * DEEP,
    "lists": b'{"TableName":"table","Item":{"pk":{"S":"x"},"l":' + b'{"L":[' * DEEP + b']}' * DEEP + b"}}",
    "maps": b'{"TableName":"table","Item":{"pk":{"S":"x"},"m":' + b'{"M":{"a":' * DEEP + b'{"S":"x"}' + b'}}' * DEEP + b"}}",
    "33 levels": b'{"TableName":"table","Item":{"pk":{"S":"x"},"l":' + b'{"L":[' * 33 + b']}' * 33 + b"}}",
    "unknown": b'{"TableName":"table","Nothing":' + b"[" * DEEP + b"]" * DEEP + b"}",
    "surrogates": b'{"TableName":"table","Item":{"pk":{"S":"\\ud800"}}}',
    "not utf-8": b'{"TableName":"table","Item":{"pk":{"S":"\xff\xfe"}}}',
    "cut": b'{"TableName":"table","Item":{"pk":{"S":"',
    "NUL": b"\0" * 100,
    "parentheses": json.dumps({"TableName": "table", "Key": {"pk": {"S": "x"}}, "ConditionExpression": "(" * 4000, "ProjectionExpression": "(" * 4000}).encode(),
    "nots": json.dumps({"TableName": "table", "Key": {"pk": {"S": "x"}}, "ConditionExpression": "NOT " * 1000 + "a = a"}).encode(),
    "path": json.dumps({"TableName": "table", "Key": {"pk": {"S": "x"}}, "ProjectionExpression": "a" + "[0]" * 1300}).encode(),
    "expression": json.dumps({"TableName": "table", "Key": {"pk": {"S": "x"}}, "ConditionExpression": "a" * MB}).encode(),
    "same names": b'{"TableName":"table","Item":{' + b'"pk":{"S":"x"},' * 50_000 + b'"pk":{"S":"x"}}}',
}


def test_json_that_means_harm_is_refused(store_factory):
    store = store_factory()
    make_table(store, "table")
    fine(store)
    before = memory_mb(store.pid)
    with Talk(store) as talk:
        for name, body in HOSTILE_BODIES.items():
            refused = 0
            for operation in ("PutItem", "DeleteItem", "GetItem", "CreateTable", "TransactWriteItems", "Query", "BatchGetItem"):
                start = time.monotonic()
                status, _ = talk.send(operation, body)
                assert status in (200, 400), (name, operation)
                refused += status == 400
                assert time.monotonic() - start < PROMPT_S, (name, operation)
            assert refused >= 5, name
    fine(store)
    assert memory_mb(store.pid) < before + 24
    ended_well(store)


def test_maps_of_100000_members_take_no_longer_than_their_bytes(store_factory):
    store = store_factory()
    make_table(store, "table")
    backwards = {f"{i:05}": {"N": str(i)} for i in reversed(range(30_000))}  # 30,000 x (5 + 4) bytes fit into an item
    many = {f"{i:06}": {"BOOL": True} for i in range(100_000)}  # and these do not
    with Talk(store) as talk:
        start = time.monotonic()
        talk.put("table", "wide", m={"M": backwards})
        got = talk.call("GetItem", {"TableName": "table", "Key": {"pk": {"S": "wide"}}})["Item"]["m"]["M"]
        assert got == backwards
        talk.call("UpdateItem", {"TableName": "table", "Key": {"pk": {"S": "wide"}}, "UpdateExpression": "SET m.#n = :v REMOVE m.#o",
                                 "ExpressionAttributeNames": {"#n": "zzzzz", "#o": "00017"},
                                 "ExpressionAttributeValues": {":v": {"S": "new"}}})
        for body in ({"TableName": "table", "Item": {"pk": {"S": "x"}, "m": {"M": many}}},
                     {"TableName": "table", "Item": {"pk": {"S": "x"}, **many}},
                     {"TableName": "table", "Item": {"pk": {"S": "x"}, "l": {"L": [{"NULL": True}] * 500_000}}},
                     {"TableName": "table", "Item": {"pk": {"S": "x"}, "s": {"SS": [f"{i:06}" for i in range(100_000)]}}},
                     {"TableName": "table", "Item": {"pk": {"S": "x"}, "s": {"NS": [str(i) for i in range(200_000)]}}}):
            status, answer = talk.send("PutItem", body)
            assert (status, answer["message"]) == (400, "Item size has exceeded the maximum allowed size"), answer
        assert time.monotonic() - start < 5 * PROMPT_S
    ended_well(store)


def test_names_longer_than_any_key_find_nothing(store_factory):
    store = store_factory()
    arn = "arn:aws:dynamodb:us-east-1:000000000000:table/" + "x" * 900
    with Talk(store) as talk:
        for operation, body, status in (
                ("ListExports", {"TableArn": arn}, 200), ("ListImports", {"TableArn": arn}, 200),
                ("DescribeExport", {"ExportArn": arn}, 400), ("DescribeImport", {"ImportArn": arn}, 400),
                ("DescribeBackup", {"BackupArn": arn}, 400), ("ListBackups", {"TableName": arn}, 200),
                ("GetResourcePolicy", {"ResourceArn": arn}, 400), ("DescribeTable", {"TableName": arn}, 400)):
            assert talk.send(operation, body)[0] == status, (operation, talk.send(operation, body))
    ended_well(store)


def tables_of_requests(store, talk):
    """The tables that the requests are about, made again when one of them took them away."""
    there = talk.call("ListTables", {})["TableNames"]
    for name in there:
        if name not in ("table", "ranged"):
            talk.send("DeleteTable", {"TableName": name})
    if "table" not in there:
        make_table(store, "table", index="by", StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"})
    if "ranged" not in there:
        make_table(store, "ranged", range="sk")


@pytest.mark.parametrize("seed", [1, 2])
def test_no_request_ends_the_process_whatever_is_wrong_with_it(store_factory, seed):
    store = store_factory()
    chance = random.Random(seed)
    names = {"@backup": dynamodb_requests.TABLE_ARN + "/backup/x", "@stream": dynamodb_requests.TABLE_ARN + "/stream/x",
             "@shard": "shardId-x", "@iterator": "x"}
    good = set()
    with Talk(store) as talk:
        for round in range(100):
            if round % 5 == 0:
                tables_of_requests(store, talk)
            for operation, body in dynamodb_requests.REQUESTS:
                body = dynamodb_requests.spoiled(chance, body, names)
                is_stream = operation in dynamodb_requests.STREAM_OPERATIONS
                start = time.monotonic()
                try:
                    status, answer = talk.send(operation, body, "DynamoDBStreams_20120810" if is_stream else "DynamoDB_20120810")
                except (ConnectionError, http.client.HTTPException):
                    raise AssertionError(f"{operation} {json.dumps(body)}: {store.stderr}")
                assert status in (200, 400), (operation, body, answer)
                assert status == 200 or answer["__type"], (operation, body, answer)
                assert time.monotonic() - start < PROMPT_S, (operation, body)
                if status == 200:
                    good.add(operation)
                    learn(names, operation, answer)
    assert len(good) > 40, good
    ended_well(store)


def learn(names, operation, answer):
    if operation == "CreateBackup":
        names["@backup"] = answer["BackupDetails"]["BackupArn"]
    elif operation == "ListStreams" and answer["Streams"]:
        names["@stream"] = answer["Streams"][-1]["StreamArn"]
    elif operation == "DescribeStream" and answer["StreamDescription"]["Shards"]:
        names["@shard"] = answer["StreamDescription"]["Shards"][0]["ShardId"]
    elif operation == "GetShardIterator":
        names["@iterator"] = answer["ShardIterator"]


def test_searching_hostile_texts_does_not_hold_up_the_writer(store_factory):
    """Quadratic search of these takes seconds each."""
    store = store_factory()
    make_table(store, "table")
    with Talk(store) as talk:
        talk.put("table", "x", t={"S": "a" * 390_000})
        start = time.monotonic()
        for word in ("a" * 190_000 + "b", "b" + "a" * 190_000, "a" * 95_000 + "b" + "a" * 95_000):
            status, answer = talk.send("UpdateItem", {
                "TableName": "table", "Key": {"pk": {"S": "x"}}, "UpdateExpression": "SET n = :one",
                "ConditionExpression": " OR ".join(["contains(t, :w)"] * 100),
                "ExpressionAttributeValues": {":w": {"S": word}, ":one": {"N": "1"}}})
            assert status == 400 and "ConditionalCheckFailed" in answer["__type"], answer
        assert time.monotonic() - start < 5 * PROMPT_S
    ended_well(store)


# --- crowds and slow ones ---


def test_a_thousand_idle_connections_cost_little_and_delay_nobody(store_factory):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 2500:
        pytest.skip(f"the hard limit of descriptors is {hard}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (1024, hard))  # a shell's usual one: the store raises its own
    try:
        store = store_factory()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (2500, hard))
    make_table(store, "table")
    held = []
    try:
        fine(store)
        open_before, before = descriptors(store.pid), memory_mb(store.pid)
        for i in range(1000):
            sock = dial(store)
            if i % 2:
                sock.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
            held.append(sock)
        eventually(store, lambda: descriptors(store.pid) >= open_before + 1000)
        with Talk(store) as talk:
            for i in range(200):
                talk.put("table", f"k{i}")
            assert talk.count("table") == 200
        fine(store)
        assert memory_mb(store.pid) < before + 16
        for sock in held:
            sock.close()
        eventually(store, lambda: descriptors(store.pid) <= open_before + 1)
    finally:
        for sock in held:
            sock.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    ended_well(store)


def big_table(store, items=40, size=399_000):
    make_table(store, "big")
    with Talk(store) as talk:
        for i in range(items):
            talk.put("big", f"k{i}", t={"S": "x" * size})


def test_slow_readers_of_16_mb_cost_one_answer_each(store_factory):
    store = store_factory()
    big_table(store)
    sent = request_bytes("BatchGetItem", {"RequestItems": {"big": {"Keys": [{"pk": {"S": f"k{i}"}} for i in range(40)]}}})
    size = len(exchange(store, sent).split(b"\r\n\r\n", 1)[1])
    assert size > 15 * MB
    before = memory_mb(store.pid)
    held = []
    try:
        for _ in range(8):
            sock = dial(store, receive_buffer=4096)
            sock.sendall(sent)
            held.append(sock)
            sock.recv(1)  # it has begun
        fine(store)
        assert memory_mb(store.pid) < before + 8 * 20
        with Talk(store) as talk:
            talk.put("big", "more")
        answer = bytearray()  # one reads slowly, and gets all of it
        while b"\r\n\r\n" not in answer or len(answer) < answer.index(b"\r\n\r\n") + 4 + size:
            piece = held[0].recv(65536)
            assert piece, len(answer)
            answer += piece
        for sock in held[1:4]:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    finally:
        for sock in held:
            sock.close()
    eventually(store, lambda: memory_mb(store.pid) < before + 32)
    ended_well(store)


def test_clients_that_leave_cost_nothing_and_their_writes_end(store_factory):
    store = store_factory()
    big_table(store, items=12)
    make_table(store, "table", index="by")
    fine(store)
    open_before, before = descriptors(store.pid), memory_mb(store.pid)
    requests = [request_bytes("Scan", {"TableName": "big"}),
                request_bytes("Scan", {"TableName": "big", "FilterExpression": "contains(t, :y)",
                                       "ExpressionAttributeValues": {":y": {"S": "y"}}}),
                request_bytes("BatchGetItem", {"RequestItems": {"big": {"Keys": [{"pk": {"S": f"k{i}"}} for i in range(12)]}}})]
    for i in range(300):
        put = request_bytes("PutItem", {"TableName": "table", "Item": {"pk": {"S": f"p{i}"}, "by": {"S": "me"}}})
        update = request_bytes("UpdateItem", {"TableName": "table", "Key": {"pk": {"S": f"u{i}"}}, "UpdateExpression": "SET n = :n",
                                              "ExpressionAttributeValues": {":n": {"N": "1"}}})
        with dial(store) as sock:
            sock.sendall(requests[i % 3])
        with dial(store) as sock:  # two at once: the second has not begun when the client is gone
            sock.sendall(put + update)
            if i % 2:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    fine(store)
    eventually(store, lambda: descriptors(store.pid) <= open_before + 1)
    eventually(store, lambda: memory_mb(store.pid) < before + 32)
    with Talk(store) as talk:
        found = talk.count("table")
        assert 0 < found <= 600
        assert talk.count("table", IndexName="by-by") <= 300
    ended_well(store)


def mixed(store, part, rounds):
    with Talk(store) as talk:
        for i in range(rounds):
            key = {"pk": {"S": f"{part}-{i % 50}"}}
            talk.put("table", f"{part}-{i % 50}", by={"S": f"b{i % 5}"}, t={"S": "x" * (i * 37 % 2000)})
            talk.call("UpdateItem", {"TableName": "table", "Key": key, "UpdateExpression": "ADD n :n",
                                     "ExpressionAttributeValues": {":n": {"N": "1"}}, "ReturnValues": "ALL_NEW"})
            talk.call("GetItem", {"TableName": "table", "Key": key, "ConsistentRead": True})
            talk.call("Query", {"TableName": "table", "IndexName": "by-by", "KeyConditionExpression": "#b = :b", "Limit": 20,
                                "ExpressionAttributeNames": {"#b": "by"}, "ExpressionAttributeValues": {":b": {"S": f"b{i % 5}"}}})
            talk.call("TransactWriteItems", {"TransactItems": [
                {"Put": {"TableName": "table", "Item": {"pk": {"S": f"{part}-t{i % 20}-{j}"}, "by": {"S": "t"}}}} for j in range(3)]})
            talk.call("Scan", {"TableName": "table", "Limit": 30})
            talk.call("BatchGetItem", {"RequestItems": {"table": {"Keys": [key]}}})
            status, _ = talk.send("PutItem", {"TableName": "table", "Item": {"pk": {"N": "1"}}})
            assert status == 400
            talk.call("DescribeTable", {"TableName": "table"})
            talk.call("DeleteItem", {"TableName": "table", "Key": key})


def test_descriptors_and_memory_stay_flat_over_10000_requests(store_factory):
    store = store_factory()
    make_table(store, "table", index="by", StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"})

    def run(rounds):
        threads = [threading.Thread(target=mixed, args=(store, part, rounds)) for part in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    run(50)
    eventually(store, lambda: True)
    before, open_before = memory_mb(store.pid), descriptors(store.pid)
    run(250)
    eventually(store, lambda: descriptors(store.pid) <= open_before + 1)
    assert memory_mb(store.pid) < before + 4
    ended_well(store)


# --- the disk ---


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 24 MB."""
    where = tmp_path / "disk"
    where.mkdir()
    mounted = os.geteuid() == 0 and shutil.which("mount") and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", where], capture_output=True).returncode == 0
    if not mounted:
        pytest.skip("no right to mount")
    yield where
    subprocess.run(["umount", "-l", where], check=True)


def test_a_full_disk_refuses_writes_until_there_is_space(small_disk, store_factory):
    store = store_factory(directory=small_disk)
    make_table(store, "table", index="by", StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"})
    kept = set()
    with Talk(store) as talk:
        for i in range(20):
            talk.put("table", f"k{i}", by={"S": "x"})
            kept.add(f"k{i}")
        ballast = small_disk / "ballast"
        with open(ballast, "wb") as file:
            with pytest.raises(OSError):
                for _ in range(100):
                    file.write(b"x" * MB)
                    file.flush()
        refused = 0
        for i in range(60):
            status, answer = talk.send("PutItem", {"TableName": "table", "Item": {
                "pk": {"S": f"n{i}"}, "by": {"S": "x"}, "t": {"S": "x" * 100_000}}})
            if status == 200:
                kept.add(f"n{i}")
                continue
            refused += 1
            assert status == 500 and answer["__type"].endswith("#InternalServerError"), answer
            assert talk.count("table", ConsistentRead=True) == len(kept)
        assert refused > 10
        status, answer = talk.send("TransactWriteItems", {"TransactItems": [{"Put": {"TableName": "table", "Item": {
            "pk": {"S": f"t{i}"}, "t": {"S": "x" * 100_000}}}} for i in range(10)]})
        assert status == 500 and answer["__type"].endswith("#InternalServerError"), answer
        ballast.unlink()
        talk.put("table", "after", by={"S": "x"}, t={"S": "x" * 100_000})
        kept.add("after")
        assert talk.count("table", IndexName="by-by") == len(kept)
    store.stop(signal.SIGKILL)
    store.check()
    store = store_factory(directory=small_disk)
    with Talk(store) as talk:
        assert talk.count("table") == len(kept)
        for key in kept:
            assert "Item" in talk.call("GetItem", {"TableName": "table", "Key": {"pk": {"S": key}}}), key
    assert store.stop() == 0
    assert "store writes again" in store.stderr  # "cannot write" had no room: it is kept on the same disk
    store.check()


def test_an_index_is_filled_when_the_disk_has_space_again(small_disk, store_factory):
    store = store_factory(directory=small_disk)
    make_table(store, "table")
    fill(store, "table", 5000, lambda i: {"by": {"S": f"a long name of an owner, so that entries need room {i % 7}"}})
    ballast = small_disk / "ballast"
    with Talk(store) as talk:
        talk.call("UpdateTable", {"TableName": "table", "AttributeDefinitions": [{"AttributeName": "by", "AttributeType": "S"}],
                                  "GlobalSecondaryIndexUpdates": [{"Create": index_on("by")}]})
        with open(ballast, "wb") as file:
            with pytest.raises(OSError):
                for _ in range(100):
                    file.write(b"x" * MB)
                    file.flush()
        for i in range(20):
            talk.send("PutItem", {"TableName": "table", "Item": {"pk": {"S": f"n{i}"}, "t": {"S": "x" * 100_000}}})
        ballast.unlink()
        eventually(store, lambda: talk.call("DescribeTable", {"TableName": "table"})["Table"]
                   ["GlobalSecondaryIndexes"][0]["IndexStatus"] == "ACTIVE")
        assert talk.count("table", IndexName="by-by") == 5000
    assert store.stop() == 0
    store.check()


# --- its own death ---

MANY = 40_000


@pytest.fixture(scope="module")
def many_items(tmp_path_factory):
    """A data directory with a table of MANY items, made once."""
    store = Store(tmp_path_factory.mktemp("many"))
    make_table(store, "table")
    fill(store, "table", MANY, lambda i: {"by": {"S": f"o{i % 10}"}, "t": {"S": "x" * 200}})
    assert store.stop() == 0
    return store.directory / ".sls-local"


def start_with(store_factory, tmp_path, many_items):
    shutil.copytree(many_items, tmp_path / ".sls-local")
    return store_factory()


def test_killed_while_an_index_is_filled(store_factory, tmp_path, many_items):
    store = start_with(store_factory, tmp_path, many_items)
    for round in range(3):  # dies twice on the way
        with Talk(store) as talk:
            if round == 0:
                talk.call("UpdateTable", {"TableName": "table", "AttributeDefinitions": [{"AttributeName": "by", "AttributeType": "S"}],
                                          "GlobalSecondaryIndexUpdates": [{"Create": index_on("by")}]})
            talk.put("table", f"new{round}", by={"S": "o1"})  # some of the filling is on the disk now
            status = talk.call("DescribeTable", {"TableName": "table"})["Table"]["GlobalSecondaryIndexes"][0]["IndexStatus"]
            assert round > 0 or status == "CREATING"
        store.stop(signal.SIGKILL)
        store.check()
        store = store_factory()
    with Talk(store) as talk:
        eventually(store, lambda: talk.call("DescribeTable", {"TableName": "table"})["Table"]
                   ["GlobalSecondaryIndexes"][0]["IndexStatus"] == "ACTIVE")
        assert talk.count("table", IndexName="by-by") == MANY + 3 == talk.count("table")
    ended_well(store)


def numbers(store):
    """What `store check` counts: tables, items, index entries, log records, and what is still to be swept if there is
    some."""
    done = subprocess.run([BINARY, "store", "check", "--data", store.directory / ".sls-local"],
                          capture_output=True, text=True, timeout=DEADLINE_S)
    assert done.returncode == 0, done.stdout + done.stderr
    return [int(word) for word in done.stdout.replace(",", "").split() if word.isdigit()]


def test_killed_while_a_deleted_table_is_swept(store_factory, tmp_path, many_items):
    store = start_with(store_factory, tmp_path, many_items)
    with dial(store) as sock:
        sock.sendall(request_bytes("DeleteTable", {"TableName": "table"}))
        assert sock.recv(1) == b"H"
        store.stop(signal.SIGKILL)
    store.check()
    assert numbers(store)[4] > 0, "a larger table is needed"
    store = store_factory()
    with Talk(store) as talk:
        status, answer = talk.send("DescribeTable", {"TableName": "table"})
        assert status == 400 and "ResourceNotFound" in answer["__type"]
        make_table(store, "table")  # the same name is another table
        talk.put("table", "new")
        eventually(store, lambda: numbers(store) == [1, 1, 0, 0])
        assert talk.count("table") == 1
    ended_well(store)


@pytest.mark.parametrize("acts", ["at once", "while it fills"])
def test_killed_while_a_backup_is_restored(store_factory, tmp_path, many_items, acts):
    store = start_with(store_factory, tmp_path, many_items)
    with Talk(store) as talk:
        arn = talk.call("CreateBackup", {"TableName": "table", "BackupName": "whole"})["BackupDetails"]["BackupArn"]
        eventually(store, lambda: talk.call("DescribeBackup", {"BackupArn": arn})["BackupDescription"]
                   ["BackupDetails"]["BackupStatus"] == "AVAILABLE")
        talk.call("DeleteTable", {"TableName": "table"})
        talk.call("RestoreTableFromBackup", {"TargetTableName": "again", "BackupArn": arn})
        if acts == "while it fills":
            eventually(store, lambda: numbers(store)[1] > MANY)
    store.stop(signal.SIGKILL)
    store.check()
    store = store_factory()
    with Talk(store) as talk:
        eventually(store, lambda: talk.call("DescribeTable", {"TableName": "again"})["Table"]["TableStatus"] == "ACTIVE", 40)
        assert talk.count("again") == MANY
        item = talk.call("GetItem", {"TableName": "again", "Key": {"pk": {"S": "k17"}}})["Item"]
        assert item["by"] == {"S": "o7"}
    ended_well(store)


def test_told_to_end_in_the_middle_of_everything_it_ends_at_once_and_goes_on_later(store_factory, tmp_path, many_items):
    store = start_with(store_factory, tmp_path, many_items)
    make_table(store, "swept")
    fill(store, "swept", 20_000)
    with Talk(store) as talk:
        talk.call("UpdateContinuousBackups", {"TableName": "table", "PointInTimeRecoverySpecification": {
            "PointInTimeRecoveryEnabled": True}})
        arn = talk.call("CreateBackup", {"TableName": "table", "BackupName": "whole"})["BackupDetails"]["BackupArn"]
        eventually(store, lambda: talk.call("DescribeBackup", {"BackupArn": arn})["BackupDescription"]
                   ["BackupDetails"]["BackupStatus"] == "AVAILABLE")
        scan = request_bytes("Scan", {"TableName": "table", "FilterExpression": "contains(t, :y)",
                                      "ExpressionAttributeValues": {":y": {"S": "y"}}})
        held = [dial(store) for _ in range(8)]
        for sock in held:
            sock.sendall(scan)
        talk.call("RestoreTableFromBackup", {"TargetTableName": "again", "BackupArn": arn})
        talk.call("RestoreTableToPointInTime", {"SourceTableName": "table", "TargetTableName": "then",
                                                "UseLatestRestorableTime": True})
        talk.call("UpdateTable", {"TableName": "table", "AttributeDefinitions": [{"AttributeName": "by", "AttributeType": "S"}],
                                  "GlobalSecondaryIndexUpdates": [{"Create": index_on("by")}]})
        talk.call("DeleteTable", {"TableName": "swept"})
        start = time.monotonic()
        assert store.stop() == 0, store.stderr
        assert time.monotonic() - start < 4 * PROMPT_S
        for sock in held:
            answer = read_to_end(sock)
            assert status_of(answer) in (None, 200, 503), answer[:200]
            sock.close()
    assert store.stderr == ""
    store.check()
    store = store_factory()
    with Talk(store) as talk:
        for name in ("again", "then"):
            eventually(store, lambda: talk.call("DescribeTable", {"TableName": name})["Table"]["TableStatus"] == "ACTIVE", 40)
            assert talk.count(name) == MANY
        eventually(store, lambda: talk.call("DescribeTable", {"TableName": "table"})["Table"]
                   ["GlobalSecondaryIndexes"][0]["IndexStatus"] == "ACTIVE")
        assert talk.count("table", IndexName="by-by") == MANY
        eventually(store, lambda: len(numbers(store)) == 4)  # nothing is left to be swept
    ended_well(store)
