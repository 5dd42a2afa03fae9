"""The store's sections: each operation side by side with its peers, and the cost from a thousand to ten million items."""
import contextlib
import os
import subprocess
import time

from aws import Edge, lua_string, script
from figures import SECONDS, compare, record
from load import BINARY, RELEASE, Process, free_port, peer, scratch, serving, wrk

@contextlib.contextmanager
def sls_store(*options):
    with scratch({}) as directory:
        port = free_port()
        with serving([BINARY, "store", "--port", port, *options], port, cwd=directory) as (url, pid):
            yield url, pid


@contextlib.contextmanager
def bare_reply(size):
    process = subprocess.Popen([RELEASE / "bench-reply", str(size)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               text=True)
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/"
    finally:
        process.stdin.close()
        process.wait(5)


PAYLOAD = "x" * 200
KEY = """'{"TableName":"bench","Key":{"pk":{"S":"k' .. (n % 1000) .. '"}}}'"""
ITEM = """{"pk":{"S":"k' .. (n % 1000) .. '"},"a":{"S":"TEXT"},"n":{"N":"' .. n .. '"},"m":{"M":{"x":{"BOOL":true}}}}""".replace(
    "TEXT", PAYLOAD)
PUT = f"""'{{"TableName":"bench","Item":{ITEM}}}'"""
BATCH = "'{\"RequestItems\":{\"bench\":[' .. batch() .. ']}}'"
BATCH_PRELUDE = """local function batch()
  local t = {}
  for i = 1, 25 do
    t[i] = '{"PutRequest":{"Item":{"pk":{"S":"b' .. ((n * 25 + i) % 10000) .. '"},"a":{"S":"TEXT"},"n":{"N":"' .. (n * 25 + i) .. '"}}}}'
  end
  return table.concat(t, ",")
end""".replace("TEXT", PAYLOAD)

# (what, operation, Lua expression, prelude)
OPERATIONS = [
    ("GetItem", "GetItem", KEY, ""),
    ("PutItem", "PutItem", PUT, ""),
    ("UpdateItem of one counter", "UpdateItem", lua_string({
        "TableName": "bench", "Key": {"pk": {"S": "counter"}}, "UpdateExpression": "ADD hits :one",
        "ExpressionAttributeValues": {":one": {"N": "1"}}}), ""),
    ("PutItem, table with a GSI", "PutItem", PUT.replace('"bench"', '"indexed"').replace(
        '"n":', '"owner":{"S":"o\' .. (n % 100) .. \'"},"n":'), ""),
    ("TransactWriteItems of 2", "TransactWriteItems", """'{"TransactItems":[{"Put":{"TableName":"bench","Item":{"pk":{"S":"t' \
.. (n % 1000) .. '"},"n":{"N":"' .. n .. '"}}}},{"Update":{"TableName":"bench","Key":{"pk":{"S":"u' .. (n % 1000) .. '"}},\
"UpdateExpression":"ADD hits :one","ExpressionAttributeValues":{":one":{"N":"1"}}}}]}'""", ""),
    ("BatchWriteItem of 25", "BatchWriteItem", BATCH, BATCH_PRELUDE),
    ("Query of 100 items", "Query", lua_string({
        "TableName": "sorted", "KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": {"S": "p"}}}), ""),
    ("Scan, a page of 1 MB", "Scan", lua_string({"TableName": "large"}), ""),
]


def create(edge, name, **more):
    edge.call("dynamodb", "CreateTable", TableName=name, BillingMode="PAY_PER_REQUEST",
              **{"AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
                 "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}], **more})
    while edge.call("dynamodb", "DescribeTable", TableName=name)["Table"]["TableStatus"] != "ACTIVE":
        time.sleep(0.05)


def fill(edge, table, items):
    for at in range(0, len(items), 25):
        edge.call("dynamodb", "BatchWriteItem", RequestItems={
            table: [{"PutRequest": {"Item": item}} for item in items[at:at + 25]]})


def prepare(url):
    edge = Edge(url)
    create(edge, "bench")
    create(edge, "indexed", AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"},
                                                 {"AttributeName": "owner", "AttributeType": "S"}],
           GlobalSecondaryIndexes=[{"IndexName": "by-owner", "Projection": {"ProjectionType": "ALL"},
                                    "KeySchema": [{"AttributeName": "owner", "KeyType": "HASH"}]}])
    create(edge, "sorted", AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"},
                                                {"AttributeName": "sk", "AttributeType": "N"}],
           KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}])
    create(edge, "large")
    fill(edge, "bench", [{"pk": {"S": f"k{i}"}, "a": {"S": PAYLOAD}, "n": {"N": str(i)}, "m": {"M": {"x": {"BOOL": True}}}}
                        for i in range(1000)])
    fill(edge, "sorted", [{"pk": {"S": "p"}, "sk": {"N": str(i)}, "a": {"S": PAYLOAD}} for i in range(100)])
    fill(edge, "large", [{"pk": {"S": f"l{i}"}, "a": {"S": "y" * 4000}} for i in range(300)])


def measure(url, seconds):
    """{(what, connections): figures}; None for what a server refuses or does not answer."""
    prepare(url)
    figures = {}
    for what, operation, body, prelude in OPERATIONS:
        for connections in (1, 16, 64):
            lua = script("dynamodb", operation, body, prelude)
            wrk(url, connections, 1, lua)
            told = wrk(url, connections, seconds, lua)
            figures[what, connections] = told if told["errors"] == 0 and told["rate"] > 0 else None
    return figures


def measure_peers():
    figures = {}
    for name in ("dynalite", "Dynoxide", "moto"):
        try:
            with peer(name) as (url, _):
                figures[name] = measure(url, 2)
        except (RuntimeError, OSError) as error:
            print(f"{name}: left out ({error})")
    return figures


def operations():
    with sls_store() as (url, _):
        ours = measure(url, SECONDS)
        size = len(Edge(url).raw("dynamodb", "GetItem", TableName="bench", Key={"pk": {"S": "k1"}}))
    if None in ours.values():
        raise SystemExit(f"the store refused {[key for key, figure in ours.items() if figure is None]}")
    for connections in (1, 16, 64):
        with bare_reply(size) as url:
            limit = wrk(url, connections, SECONDS, script("dynamodb", "GetItem", KEY))
        get = ours["GetItem", connections]
        record(f"bare HTTP reply of a GetItem's size, {connections} connections", limit["rate"], "req/s")
        record(f"GetItem, {connections} connections", get["rate"], "req/s")
        record("  of the bare reply's rate", get["rate"] / limit["rate"], "x", 0.5 if connections == 16 else None,
               at_least=True)
        record("  p50", get["p50"], "ms", 0.08 if connections == 1 else None)
    record("PutItem, durable, 64 connections", ours["PutItem", 64]["rate"], "req/s")
    theirs = measure_peers()
    for what in ("GetItem", "PutItem"):
        other = theirs.get("dynalite", {}).get((what, 64))
        if other:
            record(f"{what} over dynalite's, 64 connections", ours[what, 64]["rate"] / other["rate"], "x", 10,
                   at_least=True)
    compare("The store, durable, beside its peers (requests/s, and how many times theirs ours is; dynalite and moto keep "
            "everything in memory, Dynoxide in SQLite)", ours, theirs)


def growth():
    """The same operations on a table of a thousand, a million and ten million items."""
    most = int(os.environ.get("BENCH_ITEMS", "10000000"))
    loader = """local function batch()
  local t = {}
  for i = 1, 25 do
    t[i] = '{"PutRequest":{"Item":{"pk":{"S":"k' .. (n * 25 - i) .. '"},"a":{"S":"some text of a small item"},"n":{"N":"' .. n .. '"}}}}'
  end
  return table.concat(t, ",")
end"""
    rates = {}
    with sls_store() as (url, pid):
        edge = Edge(url)
        create(edge, "bench")
        for count in (1000, 100_000, 1_000_000, most):
            while True:
                told = edge.call("dynamodb", "DescribeTable", TableName="bench")["Table"]["ItemCount"]
                if told >= count:
                    break
                lua = script("dynamodb", "BatchWriteItem", BATCH, loader).replace("local n = 0", f"local n = {told // 25}")
                wrk(url, 16, 1 if count < 1_000_000 else 10, lua)
            get = KEY.replace("n % 1000", f"(n * 7919) % {count}")
            put = PUT.replace("n % 1000", f"(n * 7919) % {count}")
            for what, operation, body in (("GetItem", "GetItem", get), ("PutItem", "PutItem", put)):
                wrk(url, 16, 1, script("dynamodb", operation, body))
                rates[what, count] = wrk(url, 16, SECONDS, script("dynamodb", operation, body))["rate"]
                record(f"{what} at random, 16 connections, {count:,} items", rates[what, count], "req/s")
            record("  memory of its own", Process(pid).rss_mb("RssAnon"), "MB")
    for what in ("GetItem", "PutItem"):
        record(f"{what}, {most:,} items, of the rate with 1,000", rates[what, most] / rates[what, 1000], "x")
