"""The store's sections: each operation side by side with its peers, and the cost from a thousand to ten million items."""
import contextlib
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import time
import urllib.request

from figures import SECONDS, record, tables
from load import BINARY, RELEASE, ROOT, scratch, wrk

PEERS = ROOT / "build/bench/store-peers"
TARGET = "DynamoDB_20120810."
HEADERS = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Date": "20260101T000000Z",
           "Authorization": "AWS4-HMAC-SHA256 Credential=bench/20260101/us-east-1/dynamodb/aws4_request, "
                            "SignedHeaders=host;x-amz-date;x-amz-target, Signature=0"}


def call(url, operation, body):
    request = urllib.request.Request(url, json.dumps(body).encode(), {**HEADERS, "X-Amz-Target": TARGET + operation})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.read()
    except urllib.error.HTTPError as error:
        raise RuntimeError(f"{operation}: {error.code} {error.read()[:300]}") from None


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def serving(command, port, **options):
    """A server that is ready once its port answers; its whole process group ends with the block."""
    process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, start_new_session=True, **options)
    try:
        end = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                if time.monotonic() > end or process.poll() is not None:
                    raise RuntimeError(f"{command[0]} does not start") from None
                time.sleep(0.02)
        yield f"http://127.0.0.1:{port}/", process.pid
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


@contextlib.contextmanager
def sls_store(*options):
    with scratch({}) as directory:
        port = free_port()
        with serving([BINARY, "store", "--port", port, *options], port, cwd=directory) as (url, pid):
            yield url, pid


@contextlib.contextmanager
def peer(name):
    port = free_port()
    with scratch({}) as directory:
        command = {
            "dynalite": [PEERS / "node_modules/.bin/dynalite", "--port", port, "--createTableMs", 0],
            "moto": [PEERS / "venv/bin/moto_server", "-p", port],
            "Dynoxide": [PEERS / "dynoxide/bin/dynoxide", "serve", "--port", port, "--db-path", directory / "db.sqlite"],
        }[name]
        with serving(command, port, cwd=directory) as (url, pid):
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


def script(operation, body, prelude=""):
    """Lua that sends `body` (a Lua expression over the counter n) again and again."""
    headers = "".join(f'wrk.headers["{name}"] = "{value}"\n' for name, value in HEADERS.items())
    return f"""wrk.method = "POST"
{headers}wrk.headers["X-Amz-Target"] = "{TARGET}{operation}"
local n = 0
{prelude}
function request()
  n = n + 1
  return wrk.format(nil, nil, nil, {body})
end
"""


def lua_string(value):
    return "'" + json.dumps(value, separators=(",", ":")) + "'"


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


def create(url, name, **more):
    call(url, "CreateTable", {
        "TableName": name, "BillingMode": "PAY_PER_REQUEST",
        **{"AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
           "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}], **more}})
    while b'"ACTIVE"' not in call(url, "DescribeTable", {"TableName": name}):
        time.sleep(0.05)


def fill(url, table, items):
    for at in range(0, len(items), 25):
        call(url, "BatchWriteItem", {"RequestItems": {
            table: [{"PutRequest": {"Item": item}} for item in items[at:at + 25]]}})


def prepare(url):
    create(url, "bench")
    create(url, "indexed", AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"},
                                                 {"AttributeName": "owner", "AttributeType": "S"}],
           GlobalSecondaryIndexes=[{"IndexName": "by-owner", "Projection": {"ProjectionType": "ALL"},
                                    "KeySchema": [{"AttributeName": "owner", "KeyType": "HASH"}]}])
    create(url, "sorted", AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"},
                                                {"AttributeName": "sk", "AttributeType": "N"}],
           KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}])
    create(url, "large")
    fill(url, "bench", [{"pk": {"S": f"k{i}"}, "a": {"S": PAYLOAD}, "n": {"N": str(i)}, "m": {"M": {"x": {"BOOL": True}}}}
                        for i in range(1000)])
    fill(url, "sorted", [{"pk": {"S": "p"}, "sk": {"N": str(i)}, "a": {"S": PAYLOAD}} for i in range(100)])
    fill(url, "large", [{"pk": {"S": f"l{i}"}, "a": {"S": "y" * 4000}} for i in range(300)])


def measure(url, seconds):
    """{(what, connections): figures}; None for what a server refuses or does not answer."""
    prepare(url)
    figures = {}
    for what, operation, body, prelude in OPERATIONS:
        for connections in (1, 16, 64):
            lua = script(operation, body, prelude)
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


def compare(ours, theirs):
    """One row for each operation and number of connections: rates, ours first, and how many times a peer's it is."""
    print(f"\n{'requests/s':<28}{'conns':>6}{'sls-local':>11}{'p50 ms':>8}{'p99 ms':>8}"
          + "".join(f"{name:>20}" for name in theirs))
    rows = ["| operation | connections | sls-local, req/s | p50, ms | p99, ms | " + " | ".join(theirs) + " |",
            "|---" * (5 + len(theirs)) + "|"]
    for (what, connections), figure in ours.items():
        cells = []
        for figures in theirs.values():
            other = figures.get((what, connections))
            cells.append(f"{other['rate']:,.0f} ({figure['rate'] / other['rate']:.3g} x)" if other else "refused")
        print(f"{what:<28}{connections:>6}{figure['rate']:>11,.0f}{figure['p50']:>8.3g}{figure['p99']:>8.3g}"
              + "".join(f"{cell:>20}" for cell in cells))
        rows.append(f"| {what} | {connections} | {figure['rate']:,.0f} | {figure['p50']:.3g} | {figure['p99']:.3g} | "
                    + " | ".join(cells) + " |")
    tables.append("The store, durable, beside its peers (requests/s, and how many times theirs ours is; dynalite and moto keep "
                  "everything in memory, Dynoxide in SQLite):\n\n" + "\n".join(rows) + "\n")


def operations():
    with sls_store() as (url, _):
        ours = measure(url, SECONDS)
        size = len(call(url, "GetItem", {"TableName": "bench", "Key": {"pk": {"S": "k1"}}}))
    if None in ours.values():
        raise SystemExit(f"the store refused {[key for key, figure in ours.items() if figure is None]}")
    for connections in (1, 16, 64):
        with bare_reply(size) as url:
            limit = wrk(url, connections, SECONDS, script("GetItem", KEY))
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
    compare(ours, theirs)


def rss_mb(pid):
    """Memory of its own: the mapped file's pages belong to the system's cache."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"RssAnon:\s+(\d+)", status).group(1)) / 1024


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
        create(url, "bench")
        for count in (1000, 100_000, 1_000_000, most):
            while True:
                told = json.loads(call(url, "DescribeTable", {"TableName": "bench"}))["Table"]["ItemCount"]
                if told >= count:
                    break
                lua = script("BatchWriteItem", BATCH, loader).replace("local n = 0", f"local n = {told // 25}")
                wrk(url, 16, 1 if count < 1_000_000 else 10, lua)
            get = KEY.replace("n % 1000", f"(n * 7919) % {count}")
            put = PUT.replace("n % 1000", f"(n * 7919) % {count}")
            for what, operation, body in (("GetItem", "GetItem", get), ("PutItem", "PutItem", put)):
                wrk(url, 16, 1, script(operation, body))
                rates[what, count] = wrk(url, 16, SECONDS, script(operation, body))["rate"]
                record(f"{what} at random, 16 connections, {count:,} items", rates[what, count], "req/s")
            record("  memory of its own", rss_mb(pid), "MB")
    for what in ("GetItem", "PutItem"):
        record(f"{what}, {most:,} items, of the rate with 1,000", rates[what, most] / rates[what, 1000], "x")
