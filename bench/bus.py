"""The event bus: how soon a function starts after something happened, and how fast the clock turns."""
import contextlib
import http.client
import json
import socket
import threading
import time
import urllib.parse

from figures import record
from load import Up, scratch

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


class Edge:
    """One kept-alive connection to the AWS endpoint."""

    def __init__(self, url):
        self.connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc)

    def send(self, method, path, body=b"", service="", **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if service:
            headers["Authorization"] = (f"AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/{service}/aws4_request, "
                                        "SignedHeaders=host, Signature=0")
            headers["X-Amz-Date"] = "20260101T000000Z"
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {text[:300]}")
        return text

    def json(self, service, target, version, body):
        return self.send("POST", "/", json.dumps(body), service, X_Amz_Target=target,
                         Content_Type=f"application/x-amz-json-{version}")


@contextlib.contextmanager
def listener():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
        end.bind(("127.0.0.1", 0))
        end.settimeout(30)
        yield end


def causes(edge):
    """What a client does, and what it is called."""
    number = iter(range(1 << 30))
    return {
        "object put": lambda: edge.send("PUT", f"/bench/k{next(number)}", b"x" * 100, "s3"),
        "Invoke, asynchronous": lambda: edge.send("POST", "/2015-03-31/functions/ping/invocations", b"{}", "lambda",
                                                  X_Amz_Invocation_Type="Event"),
        "SendMessage": lambda: edge.json("sqs", "AmazonSQS.SendMessage", "1.0", {
            "QueueUrl": "http://localhost/000000000000/bench", "MessageBody": "x"}),
        "Publish": lambda: edge.send("POST", "/", urllib.parse.urlencode({
            "Action": "Publish", "Version": "2010-03-31", "Message": "x",
            "TopicArn": "arn:aws:sns:us-east-1:000000000000:bench"}), "sns",
            Content_Type="application/x-www-form-urlencoded"),
        "PutEvents": lambda: edge.json("events", "AWSEvents.PutEvents", "1.1", {
            "Entries": [{"Source": "bench", "DetailType": "x", "Detail": "{}"}]}),
        "PutItem of a table with a stream": lambda: edge.json("dynamodb", "DynamoDB_20120810.PutItem", "1.0", {
            "TableName": "bench", "Item": {"pk": {"S": str(next(number))}}}),
        "PutRecord": lambda: edge.json("kinesis", "Kinesis_20131202.PutRecord", "1.1", {
            "StreamName": "bench", "Data": "eA==", "PartitionKey": "p"}),
    }


def latency(times=200):
    """From before the request to the first line of the handler, warm, one after the other."""
    with listener() as end, scratch({"template.yaml": TEMPLATE.format(port=end.getsockname()[1]),
                                     "py/app.py": PING}) as directory, Up(directory) as up:
        edge = Edge(up.edge)
        for what, cause in causes(edge).items():
            took = []
            for _ in range(times):
                start = time.perf_counter()
                cause()
                end.recv(16)
                took.append((time.perf_counter() - start) * 1000)
            took.sort()
            record(f"{what} → handler runs, p50", took[times // 2], "ms", 5 if what == "object put" else None)
            record("  p99", took[times * 99 // 100], "ms")


def clock():
    for what, schedule, ticks in (("a month of a daily cron", "cron(0 2 * * ? *)", 30),
                                  ("a month of an hourly cron", "cron(0 * * * ? *)", 720)):
        with listener() as end, scratch({"template.yaml": CLOCK.format(port=end.getsockname()[1], schedule=schedule),
                                         "py/app.py": PING}) as directory, Up(directory) as up:
            # Read as they come: more datagrams than a socket holds.
            reader = threading.Thread(target=lambda: [end.recv(16) for _ in range(ticks)])
            reader.start()
            start = time.perf_counter()
            Edge(up.edge).send("POST", "/_sls/clock", json.dumps({"advance": "30d"}))
            took = time.perf_counter() - start
            reader.join(30)
            if reader.is_alive():
                raise RuntimeError(f"{what} ran less than {ticks} times")
            record(f"the clock, {what}: {ticks} invocations", took, "s", 1 if ticks == 30 else None)
