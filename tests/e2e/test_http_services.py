"""Service integrations of HTTP APIs: by subtype, to queues, buses and streams, without a function or a template between."""
import base64
import json
import re

import pytest
import requests
from conftest import DEADLINE_S

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Http: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: h, ProtocolType: HTTP}}
  Stage: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Http, StageName: $default, StageVariables: {source: my.app}}}
  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: plain}}
  Fifo: {Type: AWS::SQS::Queue, Properties: {QueueName: strict.fifo, FifoQueue: true}}
  Stream: {Type: AWS::Kinesis::Stream, Properties: {Name: numbers, ShardCount: 1}}
  Bus: {Type: AWS::Events::EventBus, Properties: {Name: orders}}
  Rule: {Type: AWS::Events::Rule, Properties: {EventBusName: !Ref Bus, EventPattern: {source: [my.app]},
    Targets: [{Id: q, Arn: !GetAtt Queue.Arn}]}}
"""
PART = """\
  I{n}:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      ApiId: !Ref Http
      IntegrationType: AWS_PROXY
      IntegrationSubtype: {subtype}
      PayloadFormatVersion: '1.0'
      CredentialsArn: arn:aws:iam::000000000000:role/x
      RequestParameters: {parameters}{more}
  R{n}: {{Type: AWS::ApiGatewayV2::Route, Properties: {{ApiId: !Ref Http, RouteKey: '{key}', Target: !Sub 'integrations/${{I{n}}}'}}}}
"""
MAPPED = """
      ResponseParameters:
        '200': {ResponseParameters: [{Destination: 'overwrite:statuscode', Source: '202'}, {Destination: 'append:header.x-a', Source: 'b'}]}"""
ROUTES = [
    ("POST /send", "SQS-SendMessage", "{QueueUrl: !Ref Queue, MessageBody: $request.body}", MAPPED),
    ("POST /attributes", "SQS-SendMessage", """
        QueueUrl: !Ref Queue
        MessageBody: $request.body.message
        MessageAttributes: '{"Agent_co": {"DataType": "String", "StringValue": "${request.header.user-agent}"},
                             "n": {"DataType": "Number", "StringValue": "7"}}'""", ""),
    ("POST /fifo", "SQS-SendMessage", "{QueueUrl: !Ref Fifo, MessageBody: $request.body, MessageGroupId: 'g-${context.stage}', "
     "MessageDeduplicationId: $request.header.x-id}", ""),
    ("GET /receive", "SQS-ReceiveMessage", "{QueueUrl: !Ref Queue, AttributeNames: All, MessageAttributeNames: '[\"n\"]', "
     "MaxNumberOfMessages: 10, WaitTimeSeconds: $request.querystring.wait}", ""),
    ("DELETE /messages", "SQS-DeleteMessage", "{QueueUrl: !Ref Queue, ReceiptHandle: $request.querystring.handle}", ""),
    ("DELETE /all", "SQS-PurgeQueue", "{QueueUrl: !Ref Queue}", ""),
    ("POST /events", "EventBridge-PutEvents", "{EventBusName: !Ref Bus, Source: $stageVariables.source, DetailType: made, "
     "Detail: $request.body, Time: '2024-02-03T04:05:06Z', Resources: 'arn:one, arn:two'}", ""),
    ("POST /records", "Kinesis-PutRecord", "{StreamName: $request.header.x-stream, Data: $request.body, "
     "PartitionKey: $request.header.x-key}", ""),
    ("POST /machine", "StepFunctions-StartExecution", "{StateMachineArn: 'arn:aws:states:us-east-1:000000000000:stateMachine:m'}", ""),
]


def template(routes=ROUTES):
    return TEMPLATE + "".join(PART.format(n=n, key=key, subtype=subtype, parameters=parameters, more=more)
                              for n, (key, subtype, parameters, more) in enumerate(routes))


@pytest.fixture(scope="module")
def app(shared_app_factory):
    return shared_app_factory({"template.yaml": template()})


def ask(app, method, path, data=None, headers=None):
    return requests.request(method, app.api("Http") + path, data=data, headers=headers, timeout=DEADLINE_S)


def receive(app, name):
    client = app.client("sqs")
    url = client.get_queue_url(QueueName=name)["QueueUrl"]
    return client.receive_message(QueueUrl=url, AttributeNames=["All"], MessageAttributeNames=["All"], WaitTimeSeconds=10,
                                  MaxNumberOfMessages=10).get("Messages", [])


def refused(app, answer, status, reason):
    words = {400: "Bad Request", 500: "Internal Server Error"}[status]
    assert (answer.status_code, answer.json()) == (status, {"message": words})
    assert answer.headers["content-type"] == "application/json"
    app.wait_for(lambda line: line["type"] == "request" and line.get("reason", "").startswith(reason))


def test_a_message_is_sent_and_the_answer_is_the_queue_s(app):
    body = 'a=1&b="é"\n'
    answer = ask(app, "POST", "/send", body.encode())
    assert answer.status_code == 202 and answer.headers["x-a"] == "b" and answer.headers["apigw-requestid"]
    assert answer.headers["content-type"].startswith("text/xml")
    message_id = re.search("<SendMessageResponse.*<MessageId>(.*)</MessageId>", answer.text, re.S).group(1)
    [message] = receive(app, "plain")
    assert (message["MessageId"], message["Body"]) == (message_id, body)


def test_attributes_are_filled_in(app):
    answer = ask(app, "POST", "/attributes", json.dumps({"message": "hi"}), {"User-Agent": "me/1 &?"})
    assert answer.status_code == 200
    [message] = receive(app, "plain")
    assert message["Body"] == "hi" and message["MessageAttributes"] == {
        "Agent_co": {"DataType": "String", "StringValue": "me/1 &?"}, "n": {"DataType": "Number", "StringValue": "7"}}
    refused(app, ask(app, "POST", "/attributes", json.dumps({"message": "hi"}), {"User-Agent": 'quo"te'}), 400,
            "what the request gives for MessageAttributes is none")


def test_a_fifo_queue_has_its_group_and_id(app):
    for _ in range(2):
        assert ask(app, "POST", "/fifo", "x", {"x-id": "one"}).status_code == 200
    [message] = receive(app, "strict.fifo")
    assert (message["Attributes"]["MessageGroupId"], message["Attributes"]["MessageDeduplicationId"]) == ("g-$default", "one")


def test_messages_are_received_and_deleted(app):
    ask(app, "POST", "/attributes", json.dumps({"message": "hi"}))
    answer = ask(app, "GET", "/receive?wait=5")
    assert answer.status_code == 200 and "<Body>hi</Body>" in answer.text and "<Name>n</Name>" in answer.text
    assert "SentTimestamp" in answer.text and "Agent" not in answer.text
    handle = re.search("<ReceiptHandle>(.*)</ReceiptHandle>", answer.text).group(1)
    answer = requests.delete(app.api("Http") + "/messages", params={"handle": handle}, timeout=DEADLINE_S)
    assert answer.status_code == 200 and "<DeleteMessageResponse" in answer.text
    ask(app, "POST", "/send", "more")
    assert ask(app, "DELETE", "/all").status_code == 200
    url = app.client("sqs").get_queue_url(QueueName="plain")["QueueUrl"]
    counts = app.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert (counts["ApproximateNumberOfMessages"], counts["ApproximateNumberOfMessagesNotVisible"]) == ("0", "0")


def test_an_event_is_put(app):
    answer = ask(app, "POST", "/events", '{"a": [1, "\\u00e9"]}')
    assert answer.status_code == 200 and answer.json()["FailedEntryCount"] == 0
    [message] = receive(app, "plain")
    event = json.loads(message["Body"])
    assert event["id"] == answer.json()["Entries"][0]["EventId"]
    assert (event["source"], event["detail-type"], event["detail"]) == ("my.app", "made", {"a": [1, "é"]})
    assert (event["time"], event["resources"]) == ("2024-02-03T04:05:06Z", ["arn:one", "arn:two"])


def test_a_record_is_put(app):
    data = b"\x00\xff any bytes"
    answer = ask(app, "POST", "/records", data, {"x-stream": "numbers", "x-key": "k"})
    assert answer.status_code == 200 and answer.headers["content-type"] == "application/x-amz-json-1.1"
    kinesis = app.client("kinesis")
    iterator = kinesis.get_shard_iterator(StreamName="numbers", ShardId=answer.json()["ShardId"], ShardIteratorType="TRIM_HORIZON")
    [record] = kinesis.get_records(ShardIterator=iterator["ShardIterator"])["Records"]
    assert (record["Data"], record["PartitionKey"]) == (data, "k")
    assert record["SequenceNumber"] == answer.json()["SequenceNumber"]


def test_what_has_no_value_is_a_bad_request(app):
    refused(app, ask(app, "POST", "/send"), 400, "Unable to resolve property MessageBody from source $request.body")
    refused(app, ask(app, "POST", "/records", b"x", {"x-key": "k"}), 400, "Unable to resolve property StreamName")
    refused(app, ask(app, "GET", "/receive"), 400, "Unable to resolve property WaitTimeSeconds")  # though it is optional
    refused(app, ask(app, "GET", "/receive?wait="), 400, "Unable to resolve property WaitTimeSeconds")


def test_what_a_service_refuses_is_an_internal_error(app):
    refused(app, ask(app, "POST", "/records", b"x", {"x-stream": "none", "x-key": "k"}), 500,
            "Kinesis-PutRecord: 400: Stream none under account 000000000000 not found")
    refused(app, ask(app, "DELETE", "/messages?handle=none"), 500, "SQS-DeleteMessage: 40")


def test_state_machines_are_refused_by_name(app):
    answer = ask(app, "POST", "/machine")
    assert answer.status_code == 501
    assert "StepFunctions-StartExecution: sls-local does not emulate this integration" in answer.json()["message"]


@pytest.mark.parametrize("parameters, words", [
    ("{QueueUrl: !Ref Queue}", "route POST /send: SQS-SendMessage needs the parameter MessageBody"),
    ("{QueueUrl: !Ref Queue, MessageBody: x, Body: x}", "route POST /send: SQS-SendMessage has no parameter 'Body'"),
    ("{QueueUrl: !Ref Queue, MessageBody: x, MessageAttributes: {a: {DataType: String, StringValue: b}}}",
     "route POST /send: request parameter MessageAttributes is no string"),
])
def test_parameters_are_checked_before(app_factory, parameters, words):
    app = app_factory({"template.yaml": template([("POST /send", "SQS-SendMessage", parameters, "")])}, expect_ready=False)
    assert app.process.wait(DEADLINE_S) != 0 and words in app.stderr


def test_a_document_has_them(app_factory):
    document = """
  Doc:
    Type: AWS::Serverless::HttpApi
    Properties:
      DefinitionBody:
        openapi: 3.0.1
        info: {title: d, version: '1'}
        paths:
          /send: {post: {x-amazon-apigateway-integration: {type: aws_proxy, integrationSubtype: SQS-SendMessage, payloadFormatVersion: '1.0',
            connectionType: INTERNET, credentials: 'arn:aws:iam::000000000000:role/x',
            requestParameters: {QueueUrl: !Ref Queue, MessageBody: $request.body}}}}
"""
    app = app_factory({"template.yaml": template([]) + document})
    assert requests.post(app.api("Doc") + "/send", data=base64.b64encode(b"x"), timeout=DEADLINE_S).status_code == 200
    assert receive(app, "plain")[0]["Body"] == "eA=="
