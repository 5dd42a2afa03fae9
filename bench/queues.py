"""Queues: each operation beside its peers and the store, the cost of a long queue, and how fast a mapping drains one."""
import contextlib
import pathlib
import statistics
import tempfile
import time

import store
from aws import Edge, create_function, create_mapping, lua_string, script
from figures import SECONDS, compare, record
from load import RELEASE, Up, peer, scratch, wrk

BODY = store.PAYLOAD
CONNECTIONS = (1, 16, 64)
PEERS = ("ElasticMQ", "MiniStack", "moto")
RECEIVE_SECONDS = 3  # leaves enough handles for a second of deletions, and holds less than the quota of 120,000 messages
OPERATIONS = ("SendMessage", "ReceiveMessage", "DeleteMessage")

# What the receivers hold goes to a file, one receipt handle a line; the deleters read it. `told` counts answers without a
# message, and deletions beyond the handles that there were: cheaper than what is to be measured, and none of ours.
KEEP_HANDLES = """told = 0
local file = io.open("FILE", "w")
file:setvbuf("line")
function response(status, headers, body)
  local handle = body:match('"ReceiptHandle":%s*"([^"]*)"')
  if handle then file:write(handle, "\\n") else told = told + 1 end
end"""
READ_HANDLES = """told = 0
local handles = {}
for line in io.lines("FILE") do handles[#handles + 1] = line end
local function handle()
  if n > #handles then told = told + 1 end
  return handles[math.min(n, #handles)] or ''
end"""
TELL = """
local threads = {}
function setup(thread) threads[#threads + 1] = thread end
function done(summary, latency, requests)
  for _, thread in ipairs(threads) do print("told " .. thread:get("told")) end
end
"""

TEMPLATE = """Transform: AWS::Serverless-2016-10-31
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: bench
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: pk, AttributeType: S}]
      KeySchema: [{AttributeName: pk, KeyType: HASH}]
"""


def create(edge, name):
    return edge.call("sqs", "CreateQueue", QueueName=name)["QueueUrl"]


def find(edge, name):
    return edge.call("sqs", "GetQueueUrl", QueueName=name)["QueueUrl"]


def waiting(edge, queue):
    """(visible, held) messages of a queue."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    told = edge.call("sqs", "GetQueueAttributes", QueueUrl=queue, AttributeNames=names)["Attributes"]
    return int(told[names[0]]), int(told[names[1]])


def fill(edge, url, queue, count):
    """At least `count` messages, ten a request."""
    entries = [{"Id": str(i), "MessageBody": BODY} for i in range(10)]
    lua = script("sqs", "SendMessageBatch", lua_string({"QueueUrl": queue, "Entries": entries}))
    while (there := waiting(edge, queue)[0]) < count:
        wrk(url, 16, 1 if count - there < 100_000 else 4, lua)


def send_script(queue):
    return script("sqs", "SendMessage", lua_string({"QueueUrl": queue, "MessageBody": BODY}))


def receive_script(queue, handles=None):
    lua = script("sqs", "ReceiveMessage", lua_string({"QueueUrl": queue, "VisibilityTimeout": 3600}),
                 KEEP_HANDLES.replace("FILE", handles) if handles else "")
    return lua + TELL if handles else lua


def delete_script(queue, handles):
    body = lua_string({"QueueUrl": queue, "ReceiptHandle": "HANDLE"}).replace("HANDLE", "' .. handle() .. '")
    return script("sqs", "DeleteMessage", body, READ_HANDLES.replace("FILE", handles)) + TELL


def measure(url, connections, seconds):
    """{operation: figures}; None for what a server refuses."""
    edge = Edge(url)
    queue, warm = create(edge, f"bench-{connections}"), create(edge, f"warm-{connections}")
    wrk(url, connections, 1, send_script(warm))
    figures = {"SendMessage": wrk(url, connections, seconds, send_script(queue))}
    fill(edge, url, warm, 10)
    rate = wrk(url, connections, 1, receive_script(warm))["rate"]
    fill(edge, url, queue, 1.5 * rate * RECEIVE_SECONDS)
    with tempfile.TemporaryDirectory() as directory:
        handles = str(pathlib.Path(directory) / "handles")
        figures["ReceiveMessage"] = wrk(url, connections, RECEIVE_SECONDS, receive_script(queue, handles))
        figures["DeleteMessage"] = wrk(url, connections, 1, delete_script(queue, handles))
    return {what: figure if figure["errors"] == 0 and figure["rate"] > 0 else None for what, figure in figures.items()}


def warm_up(url):
    """A JVM needs long: until it gets no faster."""
    lua = send_script(create(Edge(url), "warm-up"))
    rate, before = wrk(url, 16, 4, lua)["rate"], 0
    for _ in range(20):
        if rate < 1.1 * before:
            break
        rate, before = wrk(url, 16, 4, lua)["rate"], rate


def measure_all(url, seconds):
    warm_up(url)
    return {(what, connections): figure for connections in CONNECTIONS
            for what, figure in measure(url, connections, seconds).items()}


@contextlib.contextmanager
def ours(files=None):
    with scratch(files or {"template.yaml": TEMPLATE}) as directory, Up(directory) as up:
        yield up


def in_order(figures):
    return {(what, connections): figures[what, connections] for what in OPERATIONS for connections in CONNECTIONS}


def of_put_item(up):
    """SendMessage's rate over PutItem's, and PutItem's: in turns, so that what else the machine does meets both."""
    queue = create(Edge(up.edge), "turns")
    put = script("dynamodb", "PutItem", store.PUT)
    ratios, rates = [], []
    for _ in range(5):
        rates.append(wrk(up.edge, 64, max(1, SECONDS // 2), put)["rate"])
        ratios.append(wrk(up.edge, 64, max(1, SECONDS // 2), send_script(queue))["rate"] / rates[-1])
    return statistics.median(ratios), statistics.median(rates)


def operations():
    with ours() as up:
        figures = measure_all(up.edge, SECONDS // 2)
        ratio, put_item = of_put_item(up)
    bad = [key for key, figure in figures.items() if figure is None or figure["told"] > 0]
    if bad:
        raise SystemExit(f"refused, or not enough messages: {bad}")
    record("PutItem, durable, 64 connections, beside the queues", put_item, "req/s")
    record("SendMessage, durable, of PutItem's rate, 64 connections", ratio, "x", 0.9, at_least=True)
    theirs = {}
    for name in PEERS:
        try:
            with peer(name) as (url, _):
                theirs[name] = in_order(measure_all(url, SECONDS // 2))
        except (RuntimeError, OSError) as error:
            print(f"{name}: left out ({error})")
    compare("Queues, durable, beside their peers, which keep messages in memory (requests/s, and how many times theirs ours "
            "is)", in_order(figures), theirs)


def growth():
    """A receive of one message among few and among very many, in turns."""
    rates = {1000: [], 1_000_000: []}
    with ours() as up:
        edge = Edge(up.edge)
        scripts = {}
        for count in rates:
            queue = create(edge, f"long-{count}")
            fill(edge, up.edge, queue, count)
            # What is held for no time at all is received again: the queue stays as long as it is.
            scripts[count] = script("sqs", "ReceiveMessage", lua_string({"QueueUrl": queue, "VisibilityTimeout": 0}))
        for _ in range(5):
            for count, lua in scripts.items():
                rates[count].append(wrk(up.edge, 16, max(1, SECONDS // 2), lua)["rate"])
        own = up.rss_mb("RssAnon")
    for count, told in rates.items():
        record(f"ReceiveMessage, 16 connections, {count:,} messages waiting", statistics.median(told), "req/s")
    record("  of the rate with 1,000", statistics.median(
        many / few for few, many in zip(rates[1000], rates[1_000_000])), "x", 0.8, at_least=True)
    record("  memory of its own", own, "MB")


# --- a mapping that drains a queue ---

SIZES = (1, 10, 100)  # more than 10 wait for a window
PYTHON = "def handler(event, context):\n    return None\n"
HANDLERS = {"C": ("provided.al2023", "x", "c"), "Node": ("nodejs22.x", "index.handler", "node"),
            "Python": ("python3.13", "app.handler", "py")}
HANDLER = """Resources:
  Handler:
    Type: AWS::Serverless::Function
    Properties: {{FunctionName: handler, Runtime: {0}, Handler: {1}, CodeUri: {2}, Timeout: 10}}
"""


def drain(edge, queue, arn, size):
    """Messages a second from when the queue is mapped until all are handled."""
    count = waiting(edge, queue)[0]
    start = time.perf_counter()
    create_mapping(edge, "handler", arn, BatchSize=size, MaximumBatchingWindowInSeconds=1 if size > 10 else 0)
    while (left := waiting(edge, queue)) != (0, 0):
        if time.perf_counter() > start + 120:
            raise RuntimeError(f"{left} of {count} messages are left")
        time.sleep(0.01)
    return count / (time.perf_counter() - start)


def drain_each(edge, url, sizes, count):
    """{batch size: messages a second}, each with a queue of its own."""
    rates = {}
    for size in sizes:
        queue = create(edge, f"batch-{size}")
        fill(edge, url, queue, count)
        rates[size] = drain(edge, queue, f"arn:aws:sqs:us-east-1:000000000000:batch-{size}", size)
    return rates


def batches():
    ours_python = None
    for name, handler in HANDLERS.items():
        files = {"template.yaml": "Transform: AWS::Serverless-2016-10-31\n" + HANDLER.format(*handler),
                 "c": RELEASE / "functions/hello-c", "py/app.py": PYTHON,
                 "node/index.js": "exports.handler = async () => null;\n"}
        with ours(files) as up:
            rates = drain_each(Edge(up.edge), up.edge, SIZES, 20_000)
        for size, rate in rates.items():
            record(f"queue → {name} handler, batches of {size}", rate, "messages/s")
        ours_python = rates[10] if name == "Python" else None
    try:
        with peer("MiniStack") as (url, _):
            edge = Edge(url)
            create_function(edge, "handler", PYTHON, {})
            rate = drain_each(edge, url, [10], 1000)[10]
        record("MiniStack: queue → Python handler, batches of 10", rate, "messages/s")
        record("  ours over it", ours_python / rate, "x")
    except (RuntimeError, OSError) as error:
        print(f"MiniStack: left out ({error})")
