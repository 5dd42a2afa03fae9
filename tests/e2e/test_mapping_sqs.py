"""Queues feed functions: at once, again after failures, to the dead letters in the end; kills lose nothing."""
import json
import time

import pytest
from botocore.exceptions import ClientError

from conftest import DEADLINE_S, needs
from test_mapping_streams import read_on, wait_deployed

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Dead:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: dead{suffix}
{fifo}  Orders:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: orders{suffix}
{fifo}      VisibilityTimeout: 30
      RedrivePolicy: {{deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3}}
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: worker
      CodeUri: app/
      Handler: {handler}
      Runtime: {runtime}
      Timeout: {timeout}
      Events:
        Orders:
          Type: SQS
          Properties:
            Queue: !GetAtt Orders.Arn
{settings}"""

# Does what the bodies say.
NODE = """\
exports.handler = async event => {
  console.log("event " + JSON.stringify(event));
  const failures = [];
  for (const record of event.Records) {
    if (record.body.startsWith("fail")) throw new Error(record.body);
    if (record.body.startsWith("report")) failures.push({itemIdentifier: record.messageId});
    if (record.body.startsWith("hang")) await new Promise(resolve => setTimeout(resolve, 300));
  }
  console.log("done " + JSON.stringify(event.Records.map(record => record.body)));
  return {batchItemFailures: failures};
};
"""
PYTHON = """\
import json

def handler(event, context):
    print("event " + json.dumps(event))
    for record in event["Records"]:
        if record["body"].startswith("fail"):
            raise RuntimeError(record["body"])
    print("done " + json.dumps([record["body"] for record in event["Records"]]))
"""


def application(settings="", language="node", fifo=False, timeout=5):
    settings = "".join(f"            {line}\n" for line in settings.splitlines())
    names = {"node": ("index.handler", "nodejs20.x", "app/index.js", NODE),
             "python": ("app.handler", "python3.11", "app/app.py", PYTHON)}
    handler, runtime, path, code = names[language]
    return {"template.yaml": TEMPLATE.format(
        handler=handler, runtime=runtime, settings=settings, timeout=timeout, suffix=".fifo" if fifo else "",
        fifo="      FifoQueue: true\n      ContentBasedDeduplication: true\n" if fifo else ""), path: code}


def told(app, word):
    return [json.loads(line["line"].split(word + " ", 1)[1]) for line in app.lines
            if line["type"] == "output" and (word + " ") in line["line"]]


def wait_told(app, word, count):
    app.wait_for(lambda line: len(told(app, word)) >= count)
    return told(app, word)[:count]


def bodies(event):
    return [record["body"] for record in event["Records"]]


class Queue:
    def __init__(self, app, name="orders"):
        self.sqs = app.client("sqs")
        self.url = self.sqs.get_queue_url(QueueName=name)["QueueUrl"]

    def send(self, body, **options):
        return self.sqs.send_message(QueueUrl=self.url, MessageBody=body, **options)

    def counts(self):
        attributes = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["All"])["Attributes"]
        return (int(attributes["ApproximateNumberOfMessages"]),
                int(attributes["ApproximateNumberOfMessagesNotVisible"]))

    def wait_empty(self):
        end = time.monotonic() + DEADLINE_S
        while self.counts() != (0, 0):
            assert time.monotonic() < end, self.counts()


def mapping(app):
    return app.client().list_event_source_mappings(FunctionName="worker")["EventSourceMappings"][0]


@pytest.mark.parametrize("language", [pytest.param("node", marks=needs("node")), "python"])
def test_messages_reach_the_function_as_on_aws(app_factory, language):
    app = app_factory(application(language=language))
    queue = Queue(app)
    sent = queue.send("tea", MessageAttributes={
        "Author": {"DataType": "String", "StringValue": "J"},
        "Blob": {"DataType": "Binary", "BinaryValue": b"\x00\xff"}})
    record = wait_told(app, "event", 1)[0]["Records"][0]
    assert record == {
        "messageId": sent["MessageId"], "receiptHandle": record["receiptHandle"], "body": "tea",
        "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": record["attributes"]["SentTimestamp"],
                       "SenderId": record["attributes"]["SenderId"],
                       "ApproximateFirstReceiveTimestamp": record["attributes"]["ApproximateFirstReceiveTimestamp"]},
        "messageAttributes": {
            "Author": {"stringValue": "J", "stringListValues": [], "binaryListValues": [], "dataType": "String"},
            "Blob": {"binaryValue": "AP8=", "stringListValues": [], "binaryListValues": [], "dataType": "Binary"}},
        "md5OfMessageAttributes": sent["MD5OfMessageAttributes"], "md5OfBody": sent["MD5OfMessageBody"],
        "eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:orders",
        "awsRegion": "us-east-1"}
    queue.wait_empty()
    queue.send("plain")
    record = wait_told(app, "event", 2)[1]["Records"][0]
    assert "md5OfMessageAttributes" not in record and record["messageAttributes"] == {}
    assert mapping(app)["State"] == "Enabled" and mapping(app)["StateTransitionReason"] == "USER_INITIATED"


@needs("node")
def test_a_poison_message_is_tried_again_and_ends_among_the_dead_letters(app_factory):
    app = app_factory(application())
    queue, dead = Queue(app), Queue(app, "dead")
    message = queue.send("fail always")["MessageId"]
    wait_told(app, "event", 1)
    for attempt in (2, 3):
        app.advance("30s")
        record = wait_told(app, "event", attempt)[-1]["Records"][0]
        assert (record["messageId"], record["attributes"]["ApproximateReceiveCount"]) == (message, str(attempt))
    app.advance("30s")
    queue.wait_empty()
    assert dead.counts() == (1, 0) and len(told(app, "event")) == 3
    queue.send("tea")
    assert wait_told(app, "done", 1) == [["tea"]]


@needs("node")
def test_only_the_items_that_failed_come_again(app_factory):
    app = app_factory(application("FunctionResponseTypes: [ReportBatchItemFailures]\nEnabled: false"))
    queue = Queue(app)
    for body in ("tea", "report milk", "sugar"):
        queue.send(body)
    app.client().update_event_source_mapping(UUID=mapping(app)["UUID"], Enabled=True)
    assert wait_told(app, "done", 1) == [["tea", "report milk", "sugar"]]
    app.advance("30s")
    assert wait_told(app, "done", 2)[1] == ["report milk"]


@needs("node")
def test_filters_windows_and_concurrency(app_factory):
    app = app_factory(application("""\
BatchSize: 4
MaximumBatchingWindowInSeconds: 20
ScalingConfig: {MaximumConcurrency: 2}
FilterCriteria: {Filters: [{Pattern: '{"body": {"n": [{"numeric": [">", 100]}]}}'}]}"""))
    queue = Queue(app)
    for n in (101, 99, 102):
        queue.send(json.dumps({"n": n}))
    queue.send("no JSON")
    end = time.monotonic() + DEADLINE_S
    while queue.counts() != (0, 2):
        assert time.monotonic() < end, queue.counts()
    assert told(app, "event") == []
    app.advance("20s")
    event = wait_told(app, "event", 1)[0]
    assert [json.loads(body)["n"] for body in bodies(event)] == [101, 102]
    assert event["Records"][0]["md5OfMessageAttributes"] is None, "as AWS's other poller has it"
    queue.wait_empty()


@needs("node")
def test_groups_keep_their_order_over_kills(app_factory):
    files = application("BatchSize: 2", fifo=True)
    app = app_factory(files)
    sent = {"a": 0, "b": 0, "c": 0}
    done = []
    for _ in range(3):
        queue = Queue(app, "orders.fifo")
        for _ in range(8):
            for group in sent:
                queue.send(f"{group} {sent[group]}", MessageGroupId=group)
                sent[group] += 1
        app.wait_for(lambda line: len(told(app, "done")) >= 2)
        app.kill()
        read_on(app)
        done += told(app, "done")
        app = app_factory()
        app.advance("30s")  # what was held when it was killed
    Queue(app, "orders.fifo").wait_empty()
    app.stop()
    read_on(app)
    done += told(app, "done")
    seen = [body for batch in done for body in batch]
    for group, count in sent.items():
        own = [int(body.split()[1]) for body in seen if body.startswith(group)]
        assert list(dict.fromkeys(own)) == list(range(count)), own


@needs("node")
def test_killed_consumers_and_gateways_lose_no_message(app_factory):
    app = app_factory(application("BatchSize: 3"))
    sent, done = 0, []
    for _ in range(4):
        queue = Queue(app)
        for _ in range(15):
            queue.send(f"m{sent:03}")
            sent += 1
        app.wait_for(lambda line: len(told(app, "done")) >= 1)
        app.kill()
        read_on(app)
        done += told(app, "done")
        app = app_factory()
        app.advance("30s")
    Queue(app).wait_empty()
    assert Queue(app, "dead").counts() == (0, 0)
    app.stop()
    read_on(app)
    done += told(app, "done")
    assert {body for batch in done for body in batch} == {f"m{number:03}" for number in range(sent)}


@needs("node")
def test_a_stopped_gateway_hands_what_ran_to_the_next(app_factory):
    app = app_factory(application())
    Queue(app).send("hang on")
    wait_told(app, "event", 1)
    app.stop()
    app = app_factory()
    assert wait_told(app, "done", 1) == [["hang on"]], "without waiting for its visibility"


def test_a_queue_that_hides_messages_too_shortly_fails_the_deployment(app_factory):
    app = app_factory(application(timeout=60), expect_ready=False)
    assert app.process.wait(DEADLINE_S) == 1
    assert "Queue visibility timeout: 30 seconds is less than Function timeout: 60 seconds" in app.stderr
    assert "template.yaml:" in app.stderr


@needs("node")
def test_the_mapping_api_on_queues(app_factory):
    app = app_factory(application())
    client, sqs = app.client(), app.client("sqs")
    sqs.create_queue(QueueName="more")
    arn = "arn:aws:sqs:us-east-1:000000000000:more"
    for options, message in (
            ({"BatchSize": 15}, "Maximum batch window in seconds must be greater than 0 if maximum batch size is "
                                "greater than 10"),
            ({"FilterCriteria": {"Filters": [{"Pattern": "simple string"}]}}, "Invalid filter pattern definition."),
            ({"StartingPosition": "LATEST"}, "StartingPosition is not valid for SQS event sources."),
            ({"EventSourceArn": arn + "x"}, "Error occurred while ReceiveMessage. SQS Error Code: "
             "AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not exist."),
            ({"FunctionName": "nobody"}, "Function does not exist"),
            ({"FunctionName": "worker:none"}, "Function does not exist")):
        with pytest.raises(client.exceptions.InvalidParameterValueException) as refused:
            client.create_event_source_mapping(**{"FunctionName": "worker", "EventSourceArn": arn, **options})
        assert refused.value.response["Error"]["Message"] == message
    made = client.create_event_source_mapping(FunctionName="worker", EventSourceArn=arn)
    assert (made["State"], made["BatchSize"], made["FunctionResponseTypes"]) == ("Creating", 10, [])
    with pytest.raises(ClientError) as refused:
        client.create_event_source_mapping(FunctionName="worker", EventSourceArn=arn)
    assert refused.value.response["Error"]["Message"] == (
        f'An event source mapping with SQS arn (" {arn} ") and function (" worker ") already exists. Please update '
        f'or delete the existing mapping with UUID {made["UUID"]}')
    Queue(app, "more").send("tea")
    assert wait_told(app, "done", 1) == [["tea"]]
    pages = client.get_paginator("list_event_source_mappings").paginate(PaginationConfig={"PageSize": 1})
    assert {each["UUID"] for page in pages for each in page["EventSourceMappings"]} == {
        made["UUID"], client.list_event_source_mappings(
            EventSourceArn="arn:aws:sqs:us-east-1:000000000000:orders")["EventSourceMappings"][0]["UUID"]}
    arn = made["EventSourceMappingArn"]
    client.tag_resource(Resource=arn, Tags={"team": "blue", "a/b": "1 2"})
    client.untag_resource(Resource=arn, TagKeys=["a/b", "none"])
    assert client.list_tags(Resource=arn)["Tags"] == {"team": "blue"}
    function = client.get_function_configuration(FunctionName="worker")["FunctionArn"]
    assert client.list_tags(Resource=function)["Tags"] == {"lambda:createdBy": "SAM"}
    assert client.get_function(FunctionName="worker")["Tags"] == {"lambda:createdBy": "SAM"}
    with pytest.raises(ClientError, match="does not emulate lambda:TagResource of functions"):
        client.tag_resource(Resource=function, Tags={"team": "blue"})
    client.delete_event_source_mapping(UUID=made["UUID"])
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.list_tags(Resource=arn)
    Queue(app, "more").send("left alone")
    assert Queue(app, "more").counts() == (1, 0)


@needs("node")
def test_a_reload_while_a_batch_runs(app_factory):
    app = app_factory(application())
    queue = Queue(app)
    queue.send("hang a")
    wait_told(app, "event", 1)
    (app.directory / "template.yaml").write_text(application("BatchSize: 1")["template.yaml"])
    wait_deployed(app, 1)
    assert mapping(app)["BatchSize"] == 1
    queue.send("b")
    assert sorted(wait_told(app, "done", 2)) == [["b"], ["hang a"]]
    queue.wait_empty()


@needs("node")
def test_an_idle_function_has_the_message_within_milliseconds(app_factory):
    app = app_factory(application())
    queue = Queue(app)
    queue.send("warm")
    wait_told(app, "event", 1)
    waits = []
    for number in range(20):
        start = time.monotonic()
        queue.send(str(number))
        wait_told(app, "event", 2 + number)
        waits.append(time.monotonic() - start)
    waits.sort()
    print(f"send to handler's output, with the client: p50 {waits[10] * 1e3:.1f} ms")
    assert waits[10] < 0.25, "nobody polls"
