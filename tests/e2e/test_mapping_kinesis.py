"""Kinesis streams feed functions: shard by shard, children after their parents, from the checkpoint after a kill."""
import base64
import json
import time

import pytest

from conftest import DEADLINE_S, needs
from test_mapping_streams import read_on

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Clicks:
    Type: AWS::Kinesis::Stream
    Properties: {{Name: clicks, ShardCount: {shards}}}
  Failures:
    Type: AWS::SQS::Queue
    Properties: {{QueueName: failures}}
  Counter:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: counter
      CodeUri: app/
      Handler: {handler}
      Runtime: {runtime}
      Timeout: 5
      Events:
        Clicks:
          Type: Kinesis
          Properties:
            Stream: !GetAtt Clicks.Arn
            StartingPosition: {position}
{settings}"""

NODE = """\
exports.handler = async event => {
  console.log("event " + JSON.stringify(event));
  const failures = [];
  for (const {kinesis} of event.Records) {
    const data = Buffer.from(kinesis.data, "base64").toString();
    if (data.startsWith("fail")) throw new Error(data);
    if (data.startsWith("report")) failures.push({itemIdentifier: kinesis.sequenceNumber});
  }
  return {batchItemFailures: failures};
};
"""
PYTHON = """\
import json

def handler(event, context):
    print("event " + json.dumps(event))
"""


def application(settings="", shards=1, position="TRIM_HORIZON", language="node"):
    settings = "".join(f"            {line}\n" for line in settings.splitlines())
    names = {"node": ("index.handler", "nodejs20.x", "app/index.js", NODE),
             "python": ("app.handler", "python3.11", "app/app.py", PYTHON)}
    handler, runtime, path, code = names[language]
    return {"template.yaml": TEMPLATE.format(handler=handler, runtime=runtime, settings=settings, shards=shards,
                                             position=position), path: code}


def events(app):
    return [json.loads(line["line"].split("event ", 1)[1]) for line in app.lines
            if line["type"] == "output" and "event {" in line["line"]]


def data(event):
    return [base64.b64decode(record["kinesis"]["data"]).decode() for record in event["Records"]]


def wait_events(app, count):
    app.wait_for(lambda line: len(events(app)) >= count)
    return events(app)[:count]


def wait_data(app, count):
    """What was delivered, one after the other, when it is so much."""
    app.wait_for(lambda line: sum(len(data(event)) for event in events(app)) >= count)
    return [text for event in events(app) for text in data(event)]


def put(app, text, key="k"):
    return app.client("kinesis").put_record(StreamName="clicks", Data=text.encode(), PartitionKey=key)


def mapping(app):
    return app.client().list_event_source_mappings(FunctionName="counter")["EventSourceMappings"][0]


def enable(app):
    app.client().update_event_source_mapping(UUID=mapping(app)["UUID"], Enabled=True)


def failure(app):
    """The next failure record."""
    sqs = app.client("sqs")
    url = sqs.get_queue_url(QueueName="failures")["QueueUrl"]
    [message] = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return json.loads(message["Body"])


@pytest.mark.parametrize("language", [pytest.param("node", marks=needs("node")), "python"])
def test_records_reach_the_function_as_on_aws(app_factory, language):
    app = app_factory(application(language=language))
    made = put(app, "hello", key="test_0")
    record = wait_events(app, 1)[0]["Records"][0]
    assert record == {
        "kinesis": {"kinesisSchemaVersion": "1.0", "partitionKey": "test_0", "sequenceNumber": made["SequenceNumber"],
                    "data": "aGVsbG8=",
                    "approximateArrivalTimestamp": record["kinesis"]["approximateArrivalTimestamp"]},
        "eventSource": "aws:kinesis", "eventVersion": "1.0",
        "eventID": f"shardId-000000000000:{made['SequenceNumber']}", "eventName": "aws:kinesis:record",
        "invokeIdentityArn": record["invokeIdentityArn"], "awsRegion": "us-east-1",
        "eventSourceARN": "arn:aws:kinesis:us-east-1:000000000000:stream/clicks"}
    assert abs(record["kinesis"]["approximateArrivalTimestamp"] - time.time()) < 60


@needs("node")
def test_a_poison_record_is_told_to_the_failure_destination(app_factory):
    app = app_factory(application("MaximumRetryAttempts: 1\nBatchSize: 1\n"
                                  "DestinationConfig: {OnFailure: {Destination: !GetAtt Failures.Arn}}"))
    made = put(app, "fail always")
    wait_events(app, 1)
    app.advance("2s")
    record = failure(app)
    info = record.pop("KinesisBatchInfo")
    assert record == {
        "requestContext": {"requestId": record["requestContext"]["requestId"],
                           "functionArn": "arn:aws:lambda:us-east-1:000000000000:function:counter",
                           "condition": "RetryAttemptsExhausted", "approximateInvokeCount": 2},
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "version": "1.0", "timestamp": record["timestamp"]}
    assert info == {
        "shardId": "shardId-000000000000", "startSequenceNumber": made["SequenceNumber"],
        "endSequenceNumber": made["SequenceNumber"],
        "approximateArrivalOfFirstRecord": info["approximateArrivalOfFirstRecord"],
        "approximateArrivalOfLastRecord": info["approximateArrivalOfFirstRecord"], "batchSize": 1,
        "streamArn": "arn:aws:kinesis:us-east-1:000000000000:stream/clicks"}
    assert info["approximateArrivalOfFirstRecord"][-5] == ".", "with milliseconds"
    put(app, "good")
    assert data(wait_events(app, 3)[2]) == ["good"]


@needs("node")
def test_records_that_grow_too_old_are_discarded(app_factory):
    app = app_factory(application("MaximumRecordAgeInSeconds: 60\n"
                                  "DestinationConfig: {OnFailure: {Destination: !GetAtt Failures.Arn}}"))
    put(app, "fail always")
    wait_events(app, 1)
    app.advance("70s")
    record = failure(app)
    assert record["requestContext"]["condition"] == "RecordAgeExceeded"
    assert "responseContext" not in record


@needs("node")
def test_a_partial_failure_is_repeated_from_the_record_named(app_factory):
    app = app_factory(application("FunctionResponseTypes: [ReportBatchItemFailures]\nMaximumRetryAttempts: 1\n"
                                  "Enabled: false"))
    for text in ("a", "b", "report c", "d"):
        put(app, text)
    enable(app)
    wait_events(app, 1)
    app.advance("2s")
    assert [data(event) for event in wait_events(app, 2)] == [["a", "b", "report c", "d"], ["report c", "d"]]


@needs("node")
def test_filters_look_into_the_data(app_factory):
    app = app_factory(application("FilterCriteria: {Filters: [{Pattern: '{\"data\": {\"n\": [1]}}'}]}"))
    for text in ('{"n": 2}', "no JSON", '{"n": 1}'):
        put(app, text)
    assert wait_data(app, 1) == ['{"n": 1}']
    with pytest.raises(app.client().exceptions.InvalidParameterValueException):
        app.client().update_event_source_mapping(UUID=mapping(app)["UUID"],
                                                 FilterCriteria={"Filters": [{"Pattern": '{"data": ["x"]}'}]})


@needs("node")
def test_latest_is_fixed_when_the_mapping_is_made(app_factory):
    app = app_factory(application("Enabled: false", position="LATEST"))
    put(app, "after")
    enable(app)
    assert wait_data(app, 1) == ["after"]


@needs("node")
def test_a_timestamp_may_be_where_it_begins(app_factory):
    app = app_factory(application("Enabled: false"))
    put(app, "before")
    app.advance("60s")
    since = time.time() + 30
    app.advance("1s")
    put(app, "after")
    arn = "arn:aws:kinesis:us-east-1:000000000000:stream/clicks"
    app.client().delete_event_source_mapping(UUID=mapping(app)["UUID"])
    app.client().create_event_source_mapping(FunctionName="counter", EventSourceArn=arn,
                                             StartingPosition="AT_TIMESTAMP", StartingPositionTimestamp=since)
    assert wait_data(app, 1) == ["after"]


@needs("node")
def test_child_shards_are_read_after_their_parents(app_factory):
    app = app_factory(application("Enabled: false\nBatchSize: 2"))
    kinesis = app.client("kinesis")
    for number in range(6):
        put(app, f"{number}")
    kinesis.split_shard(StreamName="clicks", ShardToSplit="shardId-000000000000",
                        NewStartingHashKey=str(2 ** 127))
    end = time.monotonic() + DEADLINE_S
    while kinesis.describe_stream_summary(StreamName="clicks")["StreamDescriptionSummary"]["StreamStatus"] != "ACTIVE":
        assert time.monotonic() < end
    for number in range(6, 12):
        put(app, f"{number}")
    enable(app)
    assert wait_data(app, 12) == [str(number) for number in range(12)]
    shards = [event["Records"][0]["eventID"].split(":")[0] for event in events(app)]
    assert shards[0] == "shardId-000000000000" and shards[-1] != shards[0]


@needs("node")
def test_a_killed_gateway_goes_on_from_the_checkpoints_and_keeps_the_order_of_keys(app_factory):
    app = app_factory(application("BatchSize: 3\nParallelizationFactor: 2", shards=2))
    seen, written = [], 0
    for round_number in range(3):
        for _ in range(6):
            for key in "abcd":
                put(app, f"{key}{written:02}", key=key)
            written += 1
        app.wait_for(lambda line: len(events(app)) > 2)
        app.kill()
        read_on(app)
        seen += [text for event in events(app) for text in data(event)]
        app = app_factory()
    put(app, "zlast", key="z")
    app.wait_for(lambda line: any("zlast" in data(event) for event in events(app)))
    end = time.monotonic() + DEADLINE_S
    while len(set(seen + [text for event in events(app) for text in data(event)])) < 4 * written + 1:
        app.wait_for(lambda line: line["type"] == "output", already=False)
        assert time.monotonic() < end
    seen += [text for event in events(app) for text in data(event)]
    for key in "abcd":
        own = list(dict.fromkeys(text for text in seen if text.startswith(key)))
        assert own == [f"{key}{number:02}" for number in range(written)]
