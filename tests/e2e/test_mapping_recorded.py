"""Event source mappings as they were recorded on AWS: answers of functions, attempts, records of failures (rows 23 to 25
and 30 of reference/events.md and its sections 3.2 and 3.3; the other rows are in test_mapping_sqs.py, ..._kinesis.py and
..._streams.py)."""
import base64
import json

import pytest
from conftest import App, write_tree

ACCOUNT = "000000000000"
TEMPLATE = """\
Resources:
  Stream: {Type: AWS::Kinesis::Stream, Properties: {Name: clicks, ShardCount: 1}}
  Told: {Type: AWS::SQS::Queue, Properties: {QueueName: told}}
  Topic:
    Type: AWS::SNS::Topic
    Properties: {TopicName: topic, Subscription: [{Protocol: sqs, Endpoint: !GetAtt Told.Arn}]}
  Worker:
    Type: AWS::Lambda::Function
    Properties: {FunctionName: worker, Handler: x, Runtime: provided.al2023, Code: app/, Timeout: 5}
"""

# A runtime that answers with the bytes that the first record asks for.
BOOTSTRAP = """#!/usr/bin/env python3
import base64, http.client, json, os
api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
while True:
    api.request("GET", "/2018-06-01/runtime/invocation/next")
    response = api.getresponse()
    request_id = response.headers["Lambda-Runtime-Aws-Request-Id"]
    text = response.read().decode()
    print("event " + text, flush=True)
    record = json.loads(text)["Records"][0]
    body = record.get("body") or base64.b64decode(record["kinesis"]["data"]).decode()
    if "kinesis" in record:
        body = body.replace("NUMBER", record["kinesis"]["sequenceNumber"])
    api.request("POST", f"/2018-06-01/runtime/invocation/{request_id}/response", json.loads(body)["answer"].encode())
    api.getresponse().read()
"""


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    directory = tmp_path_factory.mktemp("mapping")
    write_tree(directory, {"template.yaml": TEMPLATE, "app/bootstrap": BOOTSTRAP})
    running = App(directory)
    yield running
    assert running.stop() == 0, running.stderr
    assert "Sanitizer" not in running.stderr, running.stderr


def arn(service, rest):
    return f"arn:aws:{service}:us-east-1:{ACCOUNT}:{rest}"


def events(app, source):
    found = [json.loads(line["line"][6:]) for line in app.lines
             if line["type"] == "output" and line["line"].startswith("event ")]
    return [event for event in found if event["Records"][0]["eventSourceARN"] == source]


def wait_events(app, source, count):
    app.wait_for(lambda line: len(events(app, source)) >= count)
    return events(app, source)


class Queue:
    def __init__(self, app, name, **attributes):
        self.sqs, self.arn = app.client("sqs"), arn("sqs", name)
        self.url = self.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]

    def send(self, body, **options):
        return self.sqs.send_message(QueueUrl=self.url, MessageBody=body, **options)

    def counts(self):
        found = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["All"])["Attributes"]
        return int(found["ApproximateNumberOfMessages"]), int(found["ApproximateNumberOfMessagesNotVisible"])


def ask_for(answer):
    return json.dumps({"answer": answer})


# --- answers (section 3.2) ---

SUCCESSES = {
    "empty-object": "{}", "null": "null", "nothing": "", "no-list": '{"batchItemFailures":null}',
    "empty-list": '{"batchItemFailures":[]}', "other": '{"done":true}'}
FAILURES = {
    "no-json": "{batchItemFailures", "unknown": '{"batchItemFailures":[{"itemIdentifier":"x"}]}',
    "empty-id": '{"batchItemFailures":[{"itemIdentifier":""}]}',
    "null-id": '{"batchItemFailures":[{"itemIdentifier":null}]}',
    "wrong-key": '{"batchItemFailures":[{"foo":"x"}]}'}


def test_rows_24_and_25_answers_let_a_batch_go_or_hold_it_whole(app):
    sources = {}
    dead = Queue(app, "dead")
    policy = json.dumps({"deadLetterTargetArn": dead.arn, "maxReceiveCount": 1})
    for name, answer in {**SUCCESSES, **FAILURES}.items():
        sources[name] = Queue(app, name, VisibilityTimeout="30", RedrivePolicy=policy)
        for _ in range(2):
            sources[name].send(ask_for(answer))
        app.client().create_event_source_mapping(FunctionName="worker", EventSourceArn=sources[name].arn,
                                                 FunctionResponseTypes=["ReportBatchItemFailures"])
    for queue in sources.values():
        wait_events(app, queue.arn, 1)
    app.advance("1s")  # comes back when everything due is through
    assert {name: queue.counts() for name, queue in sources.items()} == {
        **dict.fromkeys(SUCCESSES, (0, 0)), **dict.fromkeys(FAILURES, (0, 2))}
    app.advance("30s")
    assert all(queue.counts() == (0, 0) for queue in sources.values())
    assert dead.counts() == (2 * len(FAILURES), 0)


def test_row_23_a_message_comes_again_after_its_visibility_with_a_new_handle(app):
    queue = Queue(app, "again", VisibilityTimeout="8")
    app.client().create_event_source_mapping(FunctionName="worker", EventSourceArn=queue.arn,
                                             FunctionResponseTypes=["ReportBatchItemFailures"])
    queue.send(ask_for("no JSON"))
    [first] = wait_events(app, queue.arn, 1)[0]["Records"]
    app.advance("7s")
    assert queue.counts() == (0, 1)
    app.advance("1s")
    [second] = wait_events(app, queue.arn, 2)[1]["Records"]
    assert second["messageId"] == first["messageId"] and second["receiptHandle"] != first["receiptHandle"]
    counts = [record["attributes"]["ApproximateReceiveCount"] for record in (first, second)]
    assert counts == ["1", "2"]
    assert second["attributes"]["ApproximateFirstReceiveTimestamp"] == first["attributes"]["ApproximateFirstReceiveTimestamp"]


# --- records ---

def test_messages_of_fifo_queues_and_of_dead_letters_have_attributes_of_their_own(app):
    dead = Queue(app, "dead.fifo", FifoQueue="true")
    queue = Queue(app, "orders.fifo", FifoQueue="true", VisibilityTimeout="0", RedrivePolicy=json.dumps(
        {"deadLetterTargetArn": dead.arn, "maxReceiveCount": 1}))
    trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1"
    sent = queue.send(ask_for("{}"), MessageGroupId="g", MessageDeduplicationId="d", MessageSystemAttributes={
        "AWSTraceHeader": {"DataType": "String", "StringValue": trace}})
    queue.sqs.receive_message(QueueUrl=queue.url)
    assert "Messages" not in queue.sqs.receive_message(QueueUrl=queue.url)
    app.client().create_event_source_mapping(FunctionName="worker", EventSourceArn=dead.arn)
    [record] = wait_events(app, dead.arn, 1)[0]["Records"]
    attributes = record["attributes"]
    assert attributes == {
        **{name: attributes[name] for name in ("SentTimestamp", "SenderId", "ApproximateFirstReceiveTimestamp")},
        "ApproximateReceiveCount": "2", "SequenceNumber": attributes["SequenceNumber"], "MessageGroupId": "g",
        "MessageDeduplicationId": sent["MessageId"], "AWSTraceHeader": trace, "DeadLetterQueueSourceArn": queue.arn}
    assert record["messageId"] == sent["MessageId"] and len(attributes["SequenceNumber"]) == 20


# --- what is given up ---

@pytest.mark.parametrize("answer", ["no JSON", '{"batchItemFailures":[{"itemIdentifier":"NUMBER"}]}'],
                         ids=["malformed", "item"])
def test_a_topic_is_told_of_a_batch_whose_answers_used_up_its_retries(app, answer):
    """Row 30; the function has not failed, so there is no error of it."""
    kinesis, client = app.client("kinesis"), app.client()
    stream = arn("kinesis", "stream/clicks")
    made = client.create_event_source_mapping(
        FunctionName="worker", EventSourceArn=stream, StartingPosition="LATEST", MaximumRetryAttempts=1,
        FunctionResponseTypes=["ReportBatchItemFailures"],
        DestinationConfig={"OnFailure": {"Destination": arn("sns", "topic")}})
    before = len(events(app, stream))
    put = kinesis.put_record(StreamName="clicks", Data=ask_for(answer).encode(), PartitionKey="k")
    wait_events(app, stream, before + 1)
    app.advance("1m")
    wait_events(app, stream, before + 2)
    told = Queue(app, "told")
    [message] = told.sqs.receive_message(QueueUrl=told.url, WaitTimeSeconds=20)["Messages"]
    told.sqs.delete_message(QueueUrl=told.url, ReceiptHandle=message["ReceiptHandle"])
    notification = json.loads(message["Body"])
    record = json.loads(notification["Message"])
    info = record.pop("KinesisBatchInfo")
    assert record == {
        "requestContext": {"requestId": record["requestContext"]["requestId"], "functionArn": arn("lambda", "function:worker"),
                           "condition": "RetryAttemptsExhausted", "approximateInvokeCount": 2},
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": None},
        "version": "1.0", "timestamp": record["timestamp"]}
    assert (info["startSequenceNumber"], info["endSequenceNumber"], info["batchSize"]) == (
        put["SequenceNumber"], put["SequenceNumber"], 1)
    assert base64.b64decode(events(app, stream)[-1]["Records"][0]["kinesis"]["data"]).decode() == ask_for(answer)
    client.delete_event_source_mapping(UUID=made["UUID"])
