"""What becomes of asynchronous invocations, told to each kind of destination in AWS's own records (reference/lambda.md
section 5, events.md 3.5 and row 35), to dead-letter queues beside them, and to nobody without end."""
import json
import re
import uuid

import pytest
from botocore.exceptions import ClientError

from conftest import App, DEADLINE_S, write_tree

ACCOUNT = "000000000000"
TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {Runtime: python3.11, CodeUri: app/, Timeout: 5}
Resources:
  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: told}}
  Dead: {Type: AWS::SQS::Queue, Properties: {QueueName: dead}}
  Topic:
    Type: AWS::SNS::Topic
    Properties: {TopicName: topic, Subscription: [{Protocol: sqs, Endpoint: !GetAtt Queue.Arn}]}
  DeadTopic:
    Type: AWS::SNS::Topic
    Properties: {TopicName: dead-topic, Subscription: [{Protocol: sqs, Endpoint: !GetAtt Dead.Arn}]}
  Bucket: {Type: AWS::S3::Bucket, Properties: {BucketName: records}}
  Rule:
    Type: AWS::Events::Rule
    Properties: {EventPattern: {source: [lambda]}, Targets: [{Id: q, Arn: !GetAtt Queue.Arn}]}
  Worker:
    Type: AWS::Serverless::Function
    Properties: {FunctionName: worker, Handler: app.worker, AutoPublishAlias: live}
  Doomed:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: doomed
      Handler: app.worker
      EventInvokeConfig:
        MaximumRetryAttempts: 0
        DestinationConfig: {OnFailure: {Type: SQS, Destination: !GetAtt Queue.Arn}}
      DeadLetterQueue: {Type: SQS, TargetArn: !GetAtt Dead.Arn}
  Hopeless:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: hopeless
      Handler: app.worker
      EventInvokeConfig: {MaximumRetryAttempts: 0}
      DeadLetterQueue: {Type: SNS, TargetArn: !Ref DeadTopic}
"""
CODE = """\
def worker(event, context):
    print("ran", context.aws_request_id)
    if event.get("fail"):
        raise ValueError(event["fail"])
    return {"done": event["n"]}
"""


def arn(service, rest):
    return f"arn:aws:{service}:us-east-1:{ACCOUNT}:{rest}"


WORKER = arn("lambda", "function:worker")


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    directory = tmp_path_factory.mktemp("destinations")
    write_tree(directory, {"template.yaml": TEMPLATE, "app/app.py": CODE})
    running = App(directory)
    yield running
    assert running.stop() == 0, running.stderr
    assert "Sanitizer" not in running.stderr, running.stderr


def send(app, function="worker", qualifier=None, **event):
    more = {"Qualifier": qualifier} if qualifier else {}
    return app.client().invoke(FunctionName=function, InvocationType="Event", Payload=json.dumps(event), **more)[
        "ResponseMetadata"]["RequestId"]


def take(app, name):
    sqs = app.client("sqs")
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    [message] = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20, MessageAttributeNames=["All"],
                                    AttributeNames=["All"])["Messages"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return message


def told(app):
    """The record at the queue, the trace of its message, and what stood around the record."""
    message = take(app, "told")
    body = json.loads(message["Body"])
    assert message["Attributes"]["AWSTraceHeader"].startswith("Root=1-")
    if body.get("Type") == "Notification":
        return json.loads(body["Message"]), body
    return (body["detail"], body) if "detail" in body else (body, None)


def configure(app, success=None, failure=None, qualifier=None):
    config = {"OnSuccess": {"Destination": success} if success else {},
              "OnFailure": {"Destination": failure} if failure else {}}
    more = {"Qualifier": qualifier} if qualifier else {}
    return app.client().put_function_event_invoke_config(FunctionName="worker", MaximumRetryAttempts=0,
                                                         DestinationConfig=config, **more)


def success_record(request_id, record, n, qualifier="$LATEST", version="$LATEST"):
    return {"version": "1.0", "timestamp": record["timestamp"],
            "requestContext": {"requestId": request_id, "functionArn": f"{WORKER}:{qualifier}", "condition": "Success",
                               "approximateInvokeCount": 1},
            "requestPayload": {"n": n}, "responseContext": {"statusCode": 200, "executedVersion": version},
            "responsePayload": {"done": n}}


def failure_record(request_id, record, event, function="worker"):
    payload = record["responsePayload"]
    assert (payload["errorMessage"], payload["errorType"]) == (event["fail"], "ValueError")
    return {"version": "1.0", "timestamp": record["timestamp"],
            "requestContext": {"requestId": request_id, "functionArn": arn("lambda", f"function:{function}:$LATEST"),
                               "condition": "RetriesExhausted", "approximateInvokeCount": 1},
            "requestPayload": event,
            "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
            "responsePayload": payload}


TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


@pytest.mark.parametrize("destination", [arn("sqs", "told"), arn("sns", "topic"), arn("events", "event-bus/default")])
def test_success_and_failure_are_told(app, destination):
    configure(app, destination, destination)
    request_id = send(app, n=1)
    record, around = told(app)
    assert record == success_record(request_id, record, 1) and TIMESTAMP.fullmatch(record["timestamp"])
    if ":events:" in destination:
        assert {key: around[key] for key in ("source", "detail-type", "resources")} == {
            "source": "lambda", "detail-type": "Lambda Function Invocation Result - Success",
            "resources": [destination, WORKER + ":$LATEST"]}
    elif ":sns:" in destination:
        assert around["TopicArn"] == destination and "Subject" not in around
    request_id = send(app, n=2, fail="no tea")
    record, around = told(app)
    assert record == failure_record(request_id, record, {"n": 2, "fail": "no tea"})
    if ":events:" in destination:
        assert around["detail-type"] == "Lambda Function Invocation Result - Failure"


def test_a_failure_that_is_too_long_for_a_topic_is_told_without_its_payloads(app):
    configure(app, failure=arn("sns", "topic"))
    request_id = send(app, n=8, fail="x" * 140000)
    record, _ = told(app)
    assert list(record) == ["version", "timestamp", "requestContext", "responseContext"]
    assert record["requestContext"]["requestId"] == request_id
    request_id = send(app, n=9, fail="x" * 120000)
    record, _ = told(app)
    assert record == failure_record(request_id, record, {"n": 9, "fail": "x" * 120000})


def test_an_alias_has_destinations_of_its_own(app):
    put = configure(app, arn("sqs", "told"), qualifier="live")
    assert put["FunctionArn"] == WORKER + ":live"
    app.client().delete_function_event_invoke_config(FunctionName="worker")
    request_id = send(app, qualifier="live", n=3)
    record, _ = told(app)
    assert record == success_record(request_id, record, 3, "live", "1")


def test_a_bucket_gets_the_records_of_failures(app):
    configure(app, failure="arn:aws:s3:::records")
    request_id = send(app, n=4, fail="no milk")
    app.advance("1s")  # comes back when everything due is through
    s3 = app.client("s3")
    [found] = s3.list_objects_v2(Bucket="records")["Contents"]
    record = json.load(s3.get_object(Bucket="records", Key=found["Key"])["Body"])
    assert record == failure_record(request_id, record, {"n": 4, "fail": "no milk"})
    time = record["timestamp"][:19]
    prefix = f"aws/lambda/async/worker/{time[:10].replace('-', '/')}/{time.replace(':', '.')}-"
    assert found["Key"].startswith(prefix) and uuid.UUID(found["Key"][len(prefix):])


def test_a_dead_letter_and_a_destination_are_both_told(app):
    event = {"n": 5, "fail": "ü" * 600}
    request_id = send(app, "doomed", **event)
    letter = take(app, "dead")
    assert json.loads(letter["Body"]) == event, "the event and nothing else"
    assert letter["MessageAttributes"] == {
        "RequestID": {"DataType": "String", "StringValue": request_id},
        "ErrorCode": {"DataType": "Number", "StringValue": "200"},
        "ErrorMessage": {"DataType": "String", "StringValue": "ü" * 512}}, "a kilobyte of the message"
    assert letter["Attributes"]["AWSTraceHeader"].startswith("Root=1-")
    record, _ = told(app)
    assert record == failure_record(request_id, record, event, "doomed")


def test_a_dead_letter_may_go_to_a_topic(app):
    request_id = send(app, "hopeless", n=6, fail="no sugar")
    notification = json.loads(take(app, "dead")["Body"])
    assert notification["TopicArn"] == arn("sns", "dead-topic")
    assert json.loads(notification["Message"]) == {"n": 6, "fail": "no sugar"}
    assert notification["MessageAttributes"] == {
        "RequestID": {"Type": "String", "Value": request_id}, "ErrorCode": {"Type": "Number", "Value": "200"},
        "ErrorMessage": {"Type": "String", "Value": "no sugar"}}


def sums(app, function, *names):
    """Of so many metrics of a function, over all time."""
    found = app.client("cloudwatch").get_metric_data(
        StartTime=0, EndTime=4102444800, MetricDataQueries=[{"Id": f"m{number}", "MetricStat": {
            "Period": 86400, "Stat": "Sum", "Metric": {"Namespace": "AWS/Lambda", "MetricName": name, "Dimensions": [
                {"Name": "FunctionName", "Value": function}]}}} for number, name in enumerate(names)])
    return [sum(result["Values"]) for result in found["MetricDataResults"]]


def test_what_destinations_and_dead_letter_queues_do_not_take_is_counted(app_factory):
    """FIFO queues are accepted and never reached, as on AWS."""
    app = app_factory({"app/app.py": CODE, "template.yaml": """
Resources:
  Ordered: {Type: AWS::SQS::Queue, Properties: {QueueName: o.fifo, FifoQueue: true}}
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: worker
      Runtime: python3.11
      CodeUri: app/
      Handler: app.worker
      DeadLetterQueue: {Type: SQS, TargetArn: !GetAtt Ordered.Arn}
      EventInvokeConfig:
        MaximumRetryAttempts: 1
        DestinationConfig: {OnSuccess: {Type: SQS, Destination: !GetAtt Ordered.Arn}}
Transform: AWS::Serverless-2016-10-31
"""})
    send(app, n=1)
    send(app, n=2)
    send(app, n=3, fail="no honey")
    app.wait_for(lambda line: line["type"] == "invocation" and not line["ok"])
    app.advance("5m")
    assert sums(app, "worker", "AsyncEventsReceived", "AsyncEventsDropped", "DestinationDeliveryFailures",
                "DeadLetterErrors") == [3, 1, 2, 1]
    [age] = sums(app, "worker", "AsyncEventAge")
    assert 60_000 <= age < 60_000 + 4 * DEADLINE_S * 1000, "of four attempts, one of them a minute later"


@pytest.mark.parametrize("destinations, message", [
    ({"success": "arn:aws:s3:::records", "failure": arn("sqs", "told")},
     "The provided destination config DestinationConfig(onSuccess=OnSuccess(destination=arn:aws:s3:::records), "
     f"onFailure=OnFailure(destination={arn('sqs', 'told')})) is invalid."),
    ({"failure": arn("dynamodb", "table/t")},
     "The provided destination config DestinationConfig(onSuccess=null, "
     f"onFailure=OnFailure(destination={arn('dynamodb', 'table/t')})) is invalid."),
    ({"success": arn("lambda", "function:nobody")},
     f"The destination ARN {arn('lambda', 'function:nobody')} is invalid."),
    ({"failure": WORKER}, "You can't specify the function as a destination for itself."),
    ({"success": WORKER + ":live"}, "You can't specify the function as a destination for itself.")])
def test_destinations_that_cannot_be_are_refused(app, destinations, message):
    with pytest.raises(ClientError) as raised:
        configure(app, **destinations)
    assert raised.value.response["Error"] == {"Code": "InvalidParameterValueException", "Message": message}


# --- loops ---

LOOP = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Topic: {Type: AWS::SNS::Topic, Properties: {TopicName: again}}
  Rule:
    Type: AWS::Events::Rule
    Properties: {EventPattern: {source: [lambda]}, Targets: [{Id: t, Arn: !Ref Topic, Input: '{}'}]}
  Bucket: {Type: AWS::S3::Bucket, Properties: {BucketName: loop}}
  Loop:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: loop
      Runtime: python3.11
      CodeUri: app/
      Handler: app.loop
      Events: {%s}
      EventInvokeConfig:
        MaximumRetryAttempts: 0
        DestinationConfig: {%s}
"""
LOOP_CODE = """\
def loop(event, context):
    print("ran")
    if FAILS:
        raise ValueError("again")
"""
BY_TOPIC = "E: {Type: SNS, Properties: {Topic: !Ref Topic}}"
BY_BUCKET = "E: {Type: S3, Properties: {Bucket: !Ref Bucket, Events: 's3:ObjectCreated:*'}}"


@pytest.mark.parametrize("event, destination", [
    (BY_TOPIC, f"OnSuccess: {{Type: EventBridge, Destination: '{arn('events', 'event-bus/default')}'}}"),
    (BY_BUCKET, "OnFailure: {Type: S3Bucket, Destination: 'arn:aws:s3:::loop'}")], ids=["bus-and-topic", "bucket"])
def test_a_loop_through_a_destination_ends(app_factory, event, destination):
    code = LOOP_CODE.replace("FAILS", str("OnFailure" in destination))
    app = app_factory({"template.yaml": LOOP % (event, destination), "app/app.py": code})
    app.client().invoke(FunctionName="loop", InvocationType="Event", Payload="{}")
    app.wait_for(lambda line: line["type"] == "notice" and "16 times: a loop" in line["text"], 2 * DEADLINE_S)
    app.advance("1h")
    assert sum(line["type"] == "output" and line["line"] == "ran" for line in app.lines) == 16
