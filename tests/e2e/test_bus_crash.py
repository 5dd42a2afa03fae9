"""Every road of the event bus at once, and kill -9 in the middle: what was acknowledged reaches its function."""
import itertools
import json
import threading
import time

from conftest import DEADLINE_S, dice, kills

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Collect:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: collect
      Runtime: python3.11
      Handler: app.handler
      CodeUri: app/
      Timeout: 10
      Environment: {{Variables: {{SEEN: {seen}}}}}
      Events:
        Queue: {{Type: SQS, Properties: {{Queue: !GetAtt Queue.Arn}}}}
        Fifo: {{Type: SQS, Properties: {{Queue: !GetAtt Fifo.Arn}}}}
        Topic: {{Type: SNS, Properties: {{Topic: !Ref Topic}}}}
        Bucket: {{Type: S3, Properties: {{Bucket: !Ref Bucket, Events: "s3:ObjectCreated:*"}}}}
        Rule: {{Type: EventBridgeRule, Properties: {{Pattern: {{source: [crash]}}}}}}
        Table: {{Type: DynamoDB, Properties: {{Stream: !GetAtt Table.StreamArn, StartingPosition: TRIM_HORIZON}}}}
        Stream: {{Type: Kinesis, Properties: {{Stream: !GetAtt Stream.Arn, StartingPosition: TRIM_HORIZON}}}}
  Queue: {{Type: AWS::SQS::Queue, Properties: {{QueueName: plain, VisibilityTimeout: 60}}}}
  Fifo: {{Type: AWS::SQS::Queue, Properties: {{QueueName: line.fifo, FifoQueue: true, VisibilityTimeout: 60}}}}
  Topic: {{Type: AWS::SNS::Topic, Properties: {{TopicName: news}}}}
  Bucket: {{Type: AWS::S3::Bucket, Properties: {{BucketName: crash}}}}
  Stream: {{Type: AWS::Kinesis::Stream, Properties: {{Name: clicks, ShardCount: 2}}}}
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: items
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{{AttributeName: pk, AttributeType: S}}]
      KeySchema: [{{AttributeName: pk, KeyType: HASH}}]
      StreamSpecification: {{StreamViewType: NEW_IMAGE}}
"""

# Appends what it was given, one line each, in one write: a line is whole or absent.
HANDLER = """\
import base64, os

def ids(event):
    for record in event.get("Records", []):
        if record.get("EventSource") == "aws:sns":
            yield record["Sns"]["Message"]
        elif record["eventSource"] == "aws:sqs":
            yield record["body"]
        elif record["eventSource"] == "aws:s3":
            yield record["s3"]["object"]["key"]
        elif record["eventSource"] == "aws:dynamodb":
            yield record["dynamodb"]["Keys"]["pk"]["S"]
        else:
            yield base64.b64decode(record["kinesis"]["data"]).decode()
    if "detail" in event:
        yield event["detail"]["id"]
    elif "id" in event:
        yield event["id"]

def handler(event, context):
    fd = os.open(os.environ["SEEN"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(fd, "".join(line + "\\n" for line in ids(event)).encode())
    os.close(fd)
"""

ACCOUNT = "000000000000"


class Senders:
    """One thread for each road: sends without a pause while there is a gateway, remembers what was acknowledged."""

    def __init__(self, app):
        self.acknowledged = []
        self.numbers = itertools.count()
        self.is_over = False
        self.app = app
        self.threads = [threading.Thread(target=self._send, args=(road,), daemon=True) for road in self.roads]
        for thread in self.threads:
            thread.start()

    roads = ["sqs", "fifo", "sns", "s3", "events", "lambda", "dynamodb", "kinesis"]

    def _send_one(self, app, road, name, clients):
        if road in ("sqs", "fifo"):
            queue = "plain" if road == "sqs" else "line.fifo"
            more = {} if road == "sqs" else {"MessageGroupId": "g", "MessageDeduplicationId": name}
            clients("sqs").send_message(QueueUrl=f"{app.edge}/{ACCOUNT}/{queue}", MessageBody=name, **more)
        elif road == "sns":
            clients("sns").publish(TopicArn=f"arn:aws:sns:us-east-1:{ACCOUNT}:news", Message=name)
        elif road == "s3":
            clients("s3").put_object(Bucket="crash", Key=name, Body=name.encode())
        elif road == "events":
            answer = clients("events").put_events(
                Entries=[{"Source": "crash", "DetailType": "x", "Detail": json.dumps({"id": name})}])
            assert answer["FailedEntryCount"] == 0
        elif road == "lambda":
            clients("lambda").invoke(FunctionName="collect", InvocationType="Event", Payload=json.dumps({"id": name}))
        elif road == "dynamodb":
            clients("dynamodb").put_item(TableName="items", Item={"pk": {"S": name}})
        else:
            clients("kinesis").put_record(StreamName="clicks", PartitionKey=name, Data=name.encode())

    def _send(self, road):
        app, made = None, {}
        while not self.is_over:
            if app is not self.app:
                app, made = self.app, {}
            name = f"{road}-{next(self.numbers)}"
            try:
                self._send_one(app, road, name, lambda service: made.setdefault(
                    service, app.client(service, connect_timeout=2, read_timeout=5)))
            except Exception:  # the gateway was killed: nothing was acknowledged
                time.sleep(0.01)
                continue
            self.acknowledged.append(name)

    def end(self):
        self.is_over = True
        for thread in self.threads:
            thread.join(DEADLINE_S)
            assert not thread.is_alive()


def test_nothing_acknowledged_is_lost_on_any_road(app_factory, tmp_path):
    chance = dice(4)
    seen_file = tmp_path / "seen"
    files = {"template.yaml": TEMPLATE.format(seen=seen_file), "app/app.py": HANDLER}
    app = app_factory(files)
    senders = Senders(app)
    for _ in range(kills(5)):
        before = len(senders.acknowledged)
        end = time.monotonic() + DEADLINE_S
        while len(senders.acknowledged) < before + chance.randrange(100, 400):
            assert time.monotonic() < end, f"only {len(senders.acknowledged) - before} in {DEADLINE_S} s; {app.stderr}"
            time.sleep(0.001)
        app.kill()
        app.check()
        app = app_factory(directory=app.directory)
        senders.app = app
    senders.end()
    acknowledged = set(senders.acknowledged)
    assert {name.split("-")[0] for name in acknowledged} == set(Senders.roads)

    def missing():
        return acknowledged - set(seen_file.read_text().split())

    end = time.monotonic() + 2 * DEADLINE_S
    while left := missing():
        assert time.monotonic() < end, (len(left), sorted(left)[:20])
        app.advance("20s")  # visibility of what the killed gateways held, and their retries
    lines = [line for line in seen_file.read_text().split() if line.startswith("fifo-")]
    firsts = list(dict.fromkeys(lines))
    order = [name for name in senders.acknowledged if name.startswith("fifo-")]
    assert [name for name in firsts if name in set(order)] == order, "a group stays in order"
    sqs = app.client("sqs")
    for queue in ("plain", "line.fifo"):
        counts = sqs.get_queue_attributes(QueueUrl=f"{app.edge}/{ACCOUNT}/{queue}", AttributeNames=["All"])["Attributes"]
        assert (counts["ApproximateNumberOfMessages"], counts["ApproximateNumberOfMessagesDelayed"]) == ("0", "0")
    assert app.stop() == 0
    assert app.stderr == ""
    app.check()
