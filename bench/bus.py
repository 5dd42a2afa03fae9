"""The event bus: how soon a function starts after something happened, and how fast the clock turns."""
import contextlib
import json
import socket
import threading
import time
import urllib.parse

from aws import Edge, create_function, create_mapping, lua_headers, signed
from figures import SECONDS, record
from load import RELEASE, Up, peer, scratch, template, wrk

# Tells the bench that it runs; a datagram is cheaper than anything an SDK could do.
PING = """import os, socket
end = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
def handler(event, context):
    end.sendto(b"!", ("127.0.0.1", int(os.environ["PORT"])))
"""

TEMPLATE = """Transform: AWS::Serverless-2016-10-31
Resources:
  Ping:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: ping
      Runtime: python3.13
      Handler: app.handler
      CodeUri: py
      Environment: {{Variables: {{PORT: "{port}"}}}}
      Events:
        Http: {{Type: HttpApi, Properties: {{Method: GET, Path: /ping}}}}
        Queue: {{Type: SQS, Properties: {{Queue: !GetAtt Queue.Arn}}}}
        Topic: {{Type: SNS, Properties: {{Topic: !Ref Topic}}}}
        Bucket: {{Type: S3, Properties: {{Bucket: !Ref Bucket, Events: "s3:ObjectCreated:*"}}}}
        Rule: {{Type: EventBridgeRule, Properties: {{Pattern: {{source: [bench]}}}}}}
        Table: {{Type: DynamoDB, Properties: {{Stream: !GetAtt Table.StreamArn, StartingPosition: LATEST}}}}
        Stream: {{Type: Kinesis, Properties: {{Stream: !GetAtt Stream.Arn, StartingPosition: LATEST}}}}
  Queue: {{Type: AWS::SQS::Queue, Properties: {{QueueName: bench}}}}
  Topic: {{Type: AWS::SNS::Topic, Properties: {{TopicName: bench}}}}
  Bucket: {{Type: AWS::S3::Bucket, Properties: {{BucketName: bench}}}}
  Stream: {{Type: AWS::Kinesis::Stream, Properties: {{Name: bench, ShardCount: 1}}}}
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: bench
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{{AttributeName: pk, AttributeType: S}}]
      KeySchema: [{{AttributeName: pk, KeyType: HASH}}]
      StreamSpecification: {{StreamViewType: NEW_IMAGE}}
"""

CLOCK = """Transform: AWS::Serverless-2016-10-31
Resources:
  Tick:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: tick
      Runtime: python3.13
      Handler: app.handler
      CodeUri: py
      Environment: {{Variables: {{PORT: "{port}"}}}}
      Events:
        Http: {{Type: HttpApi, Properties: {{Method: GET, Path: /tick}}}}
        Cron: {{Type: Schedule, Properties: {{Schedule: "{schedule}"}}}}
"""


@contextlib.contextmanager
def listener():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
        end.bind(("127.0.0.1", 0))
        end.settimeout(30)
        yield end


def causes(edge, first=0):
    """What a client does, and what it is called; keys of objects are numbered from `first`."""
    keys, number = iter(range(first, 1 << 30)), iter(range(first, 1 << 30))
    return {
        "object put": lambda: edge.send("PUT", f"/bench/k{next(keys)}", b"x" * 100, "s3"),
        "Invoke, asynchronous": lambda: edge.send("POST", "/2015-03-31/functions/ping/invocations", b"{}", "lambda",
                                                  X_Amz_Invocation_Type="Event"),
        "SendMessage": lambda: edge.call("sqs", "SendMessage", MessageBody="x",
                                         QueueUrl="http://localhost/000000000000/bench"),
        "Publish": lambda: edge.send("POST", "/", urllib.parse.urlencode({
            "Action": "Publish", "Version": "2010-03-31", "Message": "x",
            "TopicArn": "arn:aws:sns:us-east-1:000000000000:bench"}), "sns",
            Content_Type="application/x-www-form-urlencoded"),
        "PutEvents": lambda: edge.call("events", "PutEvents", Entries=[
            {"Source": "bench", "DetailType": "x", "Detail": "{}"}]),
        "PutItem of a table with a stream": lambda: edge.call("dynamodb", "PutItem", TableName="bench",
                                                              Item={"pk": {"S": str(next(number))}}),
        "PutRecord": lambda: edge.call("kinesis", "PutRecord", StreamName="bench", Data="eA==", PartitionKey="p"),
    }


def measure_latency(end, cause, times):
    """(p50, p99) in ms from before the request to the first line of the handler, warm, one after the other."""
    took = []
    for _ in range(times):
        start = time.perf_counter()
        cause()
        end.recv(16)
        took.append((time.perf_counter() - start) * 1000)
    took.sort()
    return took[times // 2], took[times * 99 // 100]


def latency(times=200):
    with listener() as end, scratch({"template.yaml": TEMPLATE.format(port=end.getsockname()[1]),
                                     "py/app.py": PING}) as directory, Up(directory) as up:
        for what, cause in causes(Edge(up.edge)).items():
            p50, p99 = measure_latency(end, cause, times)
            record(f"{what} → handler runs, p50", p50, "ms", 5 if what == "object put" else None)
            record("  p99", p99, "ms")
    try:
        with listener() as end, peer("MiniStack") as (url, _):
            edge = Edge(url)
            deploy_by_api(edge, end.getsockname()[1])
            for what in ("object put", "Invoke, asynchronous", "SendMessage"):
                cause = causes(edge)[what]
                measure_latency(end, cause, 10)
                record(f"MiniStack: {what} → handler runs, p50", measure_latency(end, cause, times // 4)[0], "ms")
    except (RuntimeError, OSError) as error:
        print(f"MiniStack: left out ({error})")


def deploy_by_api(edge, port):
    """The part of TEMPLATE that a peer has."""
    create_function(edge, "ping", PING, {"PORT": str(port)})
    edge.call("sqs", "CreateQueue", QueueName="bench")
    create_mapping(edge, "ping", "arn:aws:sqs:us-east-1:000000000000:bench")
    edge.send("PUT", "/bench", service="s3")
    edge.send("PUT", "/bench?notification", "<NotificationConfiguration><CloudFunctionConfiguration><CloudFunction>"
              "arn:aws:lambda:us-east-1:000000000000:function:ping</CloudFunction><Event>s3:ObjectCreated:*</Event>"
              "</CloudFunctionConfiguration></NotificationConfiguration>", "s3")


def invocations(edge):
    """Of all functions, as CloudWatch counts them."""
    now = int(time.time())
    told = edge.call("monitoring", "GetMetricStatistics", Namespace="AWS/Lambda", MetricName="Invocations",
                     StartTime=now - 86400, EndTime=now + 7 * 86400, Period=86400, Statistics=["Sum"])
    return sum(point["Sum"] for point in told["Datapoints"])


INVOKE = """wrk.method = "POST"
{headers}
function request() return wrk.format(nil, "/2015-03-31/functions/{function}/invocations", nil, "{{}}") end
"""


def enqueue():
    """Asynchronous invocations: how many are accepted a second, while they run, and how many then run."""
    files = {"template.yaml": template([("Hello", "provided.al2023", "x", "c", "/c")]).replace(
        "Runtime:", "FunctionName: hello\n      Runtime:"), "c": RELEASE / "functions/hello-c"}
    lua = INVOKE.format(function="hello", headers=lua_headers({**signed("lambda"), "X-Amz-Invocation-Type": "Event"}))
    with scratch(files) as directory, Up(directory) as up:
        edge = Edge(up.edge)
        for connections in (1, 16, 64):
            advance(edge, "1m")  # a minute of its own: what is there before has run
            start, before = time.perf_counter(), invocations(edge)
            figures = wrk(up.edge, connections, SECONDS, lua)
            if figures["errors"]:
                raise SystemExit(f"Invoke: {figures['errors']} failed requests")
            advance(edge, "1s")
            ran = invocations(edge) - before
            record(f"Invoke, asynchronous, accepted, {connections} connections", figures["rate"], "req/s")
            record("  p50", figures["p50"], "ms")
            record("  of these run, from the first request to the last one's end", ran / (time.perf_counter() - start), "/s")


def advance(edge, by):
    """Seconds until the clock is on and all that is due has run."""
    start = time.perf_counter()
    edge.send("POST", "/_sls/clock", json.dumps({"advance": by}))
    return time.perf_counter() - start


def clock():
    for what, schedule, ticks in (("a month of a daily cron", "cron(0 2 * * ? *)", 30),
                                  ("a month of an hourly cron", "cron(0 * * * ? *)", 720)):
        with listener() as end, scratch({"template.yaml": CLOCK.format(port=end.getsockname()[1], schedule=schedule),
                                         "py/app.py": PING}) as directory, Up(directory) as up:
            # Read as they come: more datagrams than a socket holds.
            reader = threading.Thread(target=lambda: [end.recv(16) for _ in range(ticks)])
            reader.start()
            took = advance(Edge(up.edge), "30d")
            reader.join(30)
            if reader.is_alive():
                raise RuntimeError(f"{what} ran less than {ticks} times")
            record(f"the clock, {what}: {ticks} invocations", took, "s", 1 if ticks == 30 else None)
