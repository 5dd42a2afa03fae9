"""Standard queues with their clients: boto3, the aws-cli, the JavaScript SDK, and both protocols on the wire."""
import concurrent.futures
import hashlib
import json
import os
import socket
import subprocess
import threading
import time
import urllib.parse
import xml.etree.ElementTree as ET

import aws_cli
import pytest
import requests

from conftest import DEADLINE_S, E2E_DIR, clean_env, needs
from sqs_support import (ACCOUNT, app, arn_of, attributes_of, bodies, counts, drain, error_of, make,  # noqa: F401
                         sqs)

NAMESPACE = "{http://queue.amazonaws.com/doc/2012-11-05/}"


# --- queues ---

def test_a_queue_is_found_by_its_url_name_and_list(app, sqs, make):
    url = make("found")
    assert url == f"{app.edge}/{ACCOUNT}/found"
    assert sqs.get_queue_url(QueueName="found")["QueueUrl"] == url
    assert sqs.list_queues(QueueNamePrefix="foun")["QueueUrls"] == [url]
    assert "QueueUrls" not in sqs.list_queues(QueueNamePrefix="nothing")
    pages = list(sqs.get_paginator("list_queues").paginate(PaginationConfig={"PageSize": 1}))
    assert url in [u for page in pages for u in page.get("QueueUrls", [])]
    found = attributes_of(sqs, url)
    assert found["QueueArn"] == arn_of(url) and found["MaximumMessageSize"] == "1048576"
    assert found["VisibilityTimeout"] == "30" and found["SqsManagedSseEnabled"] == "true"


def test_errors_keep_their_old_codes(app, sqs):
    url = f"{app.edge}/{ACCOUNT}/missing"
    with pytest.raises(sqs.exceptions.QueueDoesNotExist) as raised:
        sqs.get_queue_url(QueueName="missing")
    assert raised.value.response["Error"] == {
        "Code": "AWS.SimpleQueueService.NonExistentQueue", "QueryErrorCode": "QueueDoesNotExist", "Type": "Sender",
        "Message": "The specified queue does not exist."}
    answer = requests.post(app.edge, data=json.dumps({"QueueUrl": url}), headers={
        "X-Amz-Target": "AmazonSQS.ReceiveMessage", "Content-Type": "application/x-amz-json-1.0"}, timeout=DEADLINE_S)
    assert answer.status_code == 400
    assert answer.headers["x-amzn-query-error"] == "AWS.SimpleQueueService.NonExistentQueue;Sender"
    assert answer.json() == {"__type": "com.amazonaws.sqs#QueueDoesNotExist",
                             "message": "The specified queue does not exist."}


def test_a_purge_is_refused_for_a_minute(sqs, make, app):
    url = make()
    sqs.send_message(QueueUrl=url, MessageBody="a")
    sqs.purge_queue(QueueUrl=url)
    assert counts(sqs, url) == (0, 0, 0)
    name = url.rsplit("/", 1)[1]
    assert error_of(sqs.purge_queue, QueueUrl=url) == (
        "AWS.SimpleQueueService.PurgeQueueInProgress", 403,
        f"Only one PurgeQueue operation on {name} is allowed every 60 seconds.")


# --- messages ---

def test_a_message_comes_as_it_was_sent(sqs, make):
    url = make()
    body = 'plain, "quoted" & <marked>,\ttabs\r\nlines, ünïcödé \U0001F600'
    attributes = {"Text": {"DataType": "String", "StringValue": "Zürich"},
                  "Number.int": {"DataType": "Number", "StringValue": "-12.50"},
                  "Bytes": {"DataType": "Binary.raw", "BinaryValue": bytes(range(256))}}
    sent = sqs.send_message(QueueUrl=url, MessageBody=body, MessageAttributes=attributes)
    assert sent["MD5OfMessageBody"] == hashlib.md5(body.encode()).hexdigest()
    message = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"],
                                  MessageSystemAttributeNames=["All"])["Messages"][0]
    assert message["Body"] == body and message["MessageId"] == sent["MessageId"]
    assert message["MessageAttributes"] == attributes
    assert message["MD5OfMessageAttributes"] == sent["MD5OfMessageAttributes"]
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"
    assert abs(int(message["Attributes"]["SentTimestamp"]) / 1000 - time.time()) < 60


def test_the_trace_of_a_request_goes_along(app, sqs, make):
    url = make()
    trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1"
    requests.post(app.edge, data=json.dumps({"QueueUrl": url, "MessageBody": "a"}), headers={
        "X-Amz-Target": "AmazonSQS.SendMessage", "Content-Type": "application/x-amz-json-1.0",
        "X-Amzn-Trace-Id": trace}, timeout=DEADLINE_S).raise_for_status()
    message = sqs.receive_message(QueueUrl=url, AttributeNames=["AWSTraceHeader"])["Messages"][0]
    assert message["Attributes"] == {"AWSTraceHeader": trace}


def test_a_message_may_have_a_mebibyte_and_no_more(sqs, make):
    url = make()
    largest = "x" * 1048576
    sqs.send_message(QueueUrl=url, MessageBody=largest)
    assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == largest
    assert error_of(sqs.send_message, QueueUrl=url, MessageBody=largest + "x") == (
        "InvalidParameterValue", 400,
        "One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes.")


def test_ten_of_the_largest_come_in_one_answer(sqs, make):
    url = make()
    for number in range(10):
        sqs.send_message(QueueUrl=url, MessageBody=str(number) + '"' * 1048575)
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    assert [m["Body"][0] for m in found] == list("0123456789") and all(len(m["Body"]) == 1048576 for m in found)


def test_batches_tell_what_failed(sqs, make):
    url = make(MaximumMessageSize=1024)
    done = sqs.send_message_batch(QueueUrl=url, Entries=[
        {"Id": "good", "MessageBody": "a"}, {"Id": "large", "MessageBody": "x" * 1025},
        {"Id": "late", "MessageBody": "b", "DelaySeconds": 900}])
    assert [entry["Id"] for entry in done["Successful"]] == ["good", "late"]
    assert [(entry["Id"], entry["Code"], entry["SenderFault"]) for entry in done["Failed"]] == [
        ("large", "InvalidParameterValue", True)]
    assert counts(sqs, url) == (1, 0, 1)


def test_time_moves_messages(app, sqs, make):
    url = make(VisibilityTimeout=60, DelaySeconds=10, MessageRetentionPeriod=600)
    sqs.send_message(QueueUrl=url, MessageBody="a")
    sqs.send_message(QueueUrl=url, MessageBody="b", DelaySeconds=0)
    assert bodies(sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)) == ["b"]
    assert counts(sqs, url) == (0, 1, 1)
    app.advance("10s")
    assert bodies(sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)) == ["a"]
    app.advance("50s")
    assert bodies(sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)) == ["b"]
    app.advance("9m")
    assert counts(sqs, url) == (0, 0, 0), "both are too old"


# --- long polls ---

def test_a_long_poll_is_answered_when_a_message_comes(sqs, make):
    url = make()
    with concurrent.futures.ThreadPoolExecutor() as pool:
        polls = [pool.submit(sqs.receive_message, QueueUrl=url, WaitTimeSeconds=20) for _ in range(4)]
        for number in range(4):
            sqs.send_message(QueueUrl=url, MessageBody=str(number))
        assert sorted(bodies(poll.result(10))[0] for poll in polls) == list("0123")


def test_a_long_poll_ends_with_nothing_after_its_time(sqs, make):
    url = make()
    begun = time.monotonic()
    assert "Messages" not in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1)
    assert 0.95 <= time.monotonic() - begun < 5


def test_who_leaves_while_he_waits_takes_nothing(app, sqs, make):
    url = make()
    host, port = app.edge.removeprefix("http://").split(":")
    body = json.dumps({"QueueUrl": url, "WaitTimeSeconds": 20})
    for _ in range(5):
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall((
                f"POST / HTTP/1.1\r\nHost: {host}\r\nX-Amz-Target: AmazonSQS.ReceiveMessage\r\n"
                f"Content-Type: application/x-amz-json-1.0\r\nContent-Length: {len(body)}\r\n\r\n{body}").encode())
            counts(sqs, url)  # answered after the poll has been taken in
    sqs.send_message(QueueUrl=url, MessageBody="a")
    message = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5, AttributeNames=["All"])["Messages"][0]
    assert message["Body"] == "a" and message["Attributes"]["ApproximateReceiveCount"] == "1"


def test_many_wait_and_the_program_ends_at_once(app_factory):
    own = app_factory({"template.yaml": "Resources:\n  Q: {Type: AWS::SQS::Queue, Properties: {QueueName: q}}\n"})
    client = own.client("sqs", max_pool_connections=30)
    url = client.get_queue_url(QueueName="q")["QueueUrl"]
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        polls = [pool.submit(client.receive_message, QueueUrl=url, WaitTimeSeconds=20) for _ in range(20)]
        client.get_queue_attributes(QueueUrl=url)
        begun = time.monotonic()
        assert own.stop() == 0, own.stderr
        assert time.monotonic() - begun < 3
        for poll in polls:
            assert poll.exception(5) is not None or "Messages" not in poll.result()


def test_consumers_side_by_side_share_the_messages(sqs, make):
    url = make()
    wanted = {str(number) for number in range(400)}
    seen, lock = [], threading.Lock()

    def produce(part):
        for number in range(part, 400, 4):
            sqs.send_message(QueueUrl=url, MessageBody=str(number))

    def consume():
        while True:
            messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages")
            if not messages:
                return
            with lock:
                seen.extend(message["Body"] for message in messages)
            sqs.delete_message_batch(QueueUrl=url, Entries=[
                {"Id": str(i), "ReceiptHandle": m["ReceiptHandle"]} for i, m in enumerate(messages)])

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        for done in [*[pool.submit(produce, part) for part in range(4)], *[pool.submit(consume) for _ in range(8)]]:
            done.result(DEADLINE_S)
    assert sorted(seen) == sorted(wanted)
    assert counts(sqs, url) == (0, 0, 0)


# --- the query protocol ---

class Query:
    def __init__(self, app):
        self.app = app

    def __call__(self, action, path="/", method="POST", expect=200, **parameters):
        form = {"Action": action, "Version": "2012-11-05", **{k.replace("__", "."): v for k, v in parameters.items()}}
        if method == "GET":
            answer = requests.get(self.app.edge + path, params=form, timeout=DEADLINE_S)
        else:
            answer = requests.post(self.app.edge + path, data=form, timeout=DEADLINE_S)
        assert answer.status_code == expect, answer.text
        assert answer.headers["content-type"].startswith("text/xml")
        return ET.fromstring(answer.text)


@pytest.fixture
def query(app):
    return Query(app)


def texts(tree, *names):
    return [element.text for element in tree.iter() if element.tag in [NAMESPACE + name for name in names]]


def test_the_query_protocol_from_making_a_queue_to_deleting_it(app, query):
    made = query("CreateQueue", QueueName="old", Attribute__1__Name="DelaySeconds", Attribute__1__Value="0",
                 Tag__1__Key="team", Tag__1__Value="a&b")
    assert made.tag == NAMESPACE + "CreateQueueResponse"
    url = texts(made, "QueueUrl")[0]
    assert url == f"{app.edge}/{ACCOUNT}/old"
    path = urllib.parse.urlparse(url).path
    sent = query("SendMessage", path, MessageBody="<a> & \"b\"\r\n",
                 MessageAttribute__1__Name="Foo", MessageAttribute__1__Value__DataType="String",
                 MessageAttribute__1__Value__StringValue="Bar")
    assert texts(sent, "MD5OfMessageAttributes") == ["ae7155c6026991b6d54b11589678bf9c"]
    got = query("ReceiveMessage", path, "GET", AttributeName__1="ApproximateReceiveCount", MessageAttributeName__1="All")
    assert got.find(f"{NAMESPACE}ReceiveMessageResult/{NAMESPACE}Message") is not None
    assert texts(got, "Body") == ["<a> & \"b\"\r\n"]
    assert texts(got, "Name", "Value", "StringValue", "DataType")[:2] == ["ApproximateReceiveCount", "1"]
    assert texts(got, "StringValue", "DataType") == ["Bar", "String"]
    query("DeleteMessage", path, ReceiptHandle=texts(got, "ReceiptHandle")[0])
    assert texts(query("ListQueueTags", path), "Key", "Value") == ["team", "a&b"]
    batch = query("SendMessageBatch", "/", QueueUrl=url, SendMessageBatchRequestEntry__1__Id="x",
                  SendMessageBatchRequestEntry__1__MessageBody="1", SendMessageBatchRequestEntry__2__Id="y",
                  SendMessageBatchRequestEntry__2__MessageBody="2")
    assert texts(batch, "Id") == ["x", "y"]
    attributes = query("GetQueueAttributes", f"/queue/us-east-1/{ACCOUNT}/old", AttributeName__1="ApproximateNumberOfMessages")
    assert texts(attributes, "Name", "Value") == ["ApproximateNumberOfMessages", "2"]
    assert query("DeleteQueue", path).tag == NAMESPACE + "DeleteQueueResponse"


def test_forms_that_old_clients_send(query, make):
    """One element without a number, as the query guide writes it; members by their own names, as Java's SDK did."""
    path = urllib.parse.urlparse(make()).path
    query("SetQueueAttributes", path, Attribute__Name="DelaySeconds", Attribute__Value="7")
    assert texts(query("GetQueueAttributes", path, AttributeName="DelaySeconds"), "Name", "Value") == ["DelaySeconds", "7"]
    query("TagQueue", path, Tags__1__Key="team", Tags__1__Value="a", Tags__2__Key="x", Tags__2__Value="")
    query("UntagQueue", path, TagKey="x")
    assert texts(query("ListQueueTags", path), "Key", "Value") == ["team", "a"]
    query("SetQueueAttributes", path, Attribute__1__Name="DelaySeconds", Attribute__1__Value="0")
    query("SendMessage", path, MessageBody="a", MessageAttribute__1__Name="b",
          MessageAttribute__1__Value__DataType="String", MessageAttribute__1__Value__StringValue="c")
    got = query("ReceiveMessage", path, AttributeName="All", MessageAttributeName="All")
    assert texts(got, "StringValue") == ["c"] and "ApproximateReceiveCount" in texts(got, "Name")


def test_query_errors(query):
    missing = query("GetQueueUrl", expect=400, QueueName="missing")
    assert texts(missing, "Code", "Message", "Type") == [
        "Sender", "AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist for this wsdl version."]
    assert texts(query("SendMessage", expect=400, MessageBody="a"), "Code") == ["MissingParameter"]


def test_a_queues_url_takes_what_is_done_with_the_queue_alone(app, query, make):
    path = urllib.parse.urlparse(make()).path
    for action in ("CreateQueue", "ListQueues"):
        assert texts(query(action, path, expect=400, QueueName="x"), "Code") == ["InvalidAction"]
    answer = requests.get(app.edge + path, timeout=DEADLINE_S)
    assert (answer.status_code, answer.text) == (404, "<UnknownOperationException/>")


def test_json_on_a_queues_url(app, sqs, make):
    """As the PHP SDK sends it."""
    url = make()
    sqs.send_message(QueueUrl=url, MessageBody="a")
    answer = requests.post(url, data="{}", headers={"X-Amz-Target": "AmazonSQS.ReceiveMessage",
                                                    "Content-Type": "application/x-amz-json-1.0"}, timeout=DEADLINE_S)
    assert bodies(answer.json()) == ["a"]


# --- other clients ---

def aws(app, *words):
    return aws_cli.aws(app.edge, "sqs", *words)


def test_the_aws_cli(app):
    url = aws(app, "create-queue", "--queue-name", "cli", "--attributes", "DelaySeconds=0", "--tags", "a=1")["QueueUrl"]
    aws(app, "send-message", "--queue-url", url, "--message-body", "hello", "--message-attributes",
        '{"n":{"DataType":"Number","StringValue":"1"}}')
    got = aws(app, "receive-message", "--queue-url", url, "--attribute-names", "All", "--message-attribute-names", "All")
    assert got["Messages"][0]["MessageAttributes"]["n"] == {"StringValue": "1", "DataType": "Number"}
    aws(app, "delete-message", "--queue-url", url, "--receipt-handle", got["Messages"][0]["ReceiptHandle"])
    assert aws(app, "get-queue-attributes", "--queue-url", url, "--attribute-names",
               "ApproximateNumberOfMessages")["Attributes"] == {"ApproximateNumberOfMessages": "0"}
    assert aws(app, "list-queue-tags", "--queue-url", url) == {"Tags": {"a": "1"}}


SDK = """
const {SQSClient, CreateQueueCommand, SendMessageCommand, SendMessageBatchCommand, ReceiveMessageCommand,
       DeleteMessageBatchCommand, GetQueueUrlCommand} = require('@aws-sdk/client-sqs');
(async () => {
    const client = new SQSClient(process.argv[2] ? {endpoint: process.argv[2]} : {});
    const {QueueUrl} = await client.send(new CreateQueueCommand({QueueName: 'js'}));
    const sent = await client.send(new SendMessageCommand({QueueUrl, MessageBody: 'h\\u00e9llo \\u{1F600}', MessageAttributes: {
        a: {DataType: 'String', StringValue: 'x'}, b: {DataType: 'Binary', BinaryValue: Buffer.from([0, 255])}}}));
    await client.send(new SendMessageBatchCommand({QueueUrl, Entries: [{Id: '1', MessageBody: 'one'}, {Id: '2', MessageBody: 'two'}]}));
    const got = await client.send(new ReceiveMessageCommand({QueueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'],
                                                             MessageSystemAttributeNames: ['All']}));
    const deleted = await client.send(new DeleteMessageBatchCommand({QueueUrl, Entries: got.Messages.map((m, i) =>
        ({Id: String(i), ReceiptHandle: m.ReceiptHandle}))}));
    const empty = await client.send(new ReceiveMessageCommand({QueueUrl}));
    const error = await client.send(new GetQueueUrlCommand({QueueName: 'none'})).catch(e => [e.name, e.Code, e.message]);
    console.log(JSON.stringify({bodies: got.Messages.map(m => m.Body), bytes: [...got.Messages[0].MessageAttributes.b.BinaryValue],
        same: sent.MessageId === got.Messages[0].MessageId, deleted: deleted.Successful.length, empty: empty.Messages ?? null, error}));
})().catch(e => { console.error(e); process.exit(1); });
"""


@needs("node")
def test_the_javascript_client_which_verifies_digests(app, tmp_path):
    (tmp_path / "sdk.js").write_text(SDK)
    done = subprocess.run(["node", tmp_path / "sdk.js", app.edge],
                          env=clean_env(NODE_PATH=E2E_DIR / "node_modules", AWS_REGION="us-east-1"),
                          capture_output=True, text=True, timeout=DEADLINE_S)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "bodies": ["héllo \U0001F600", "one", "two"], "bytes": [0, 255], "same": True, "deleted": 3, "empty": None,
        "error": ["QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist."]}


# --- templates ---

def test_the_queues_of_a_template(app_factory, tmp_path):
    own = app_factory({"template.yaml": """
Resources:
  Work:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: work
      VisibilityTimeout: '5'
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 1}
      Tags: [{Key: team, Value: a}]
  Dead: {Type: AWS::SQS::Queue, Properties: {QueueName: dead, FifoQueue: false}}
  Order:
    Type: AWS::SQS::Queue
    Properties: {QueueName: order.fifo, FifoQueue: true, ContentBasedDeduplication: true}
  Policy:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Work]
      PolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Allow, Principal: '*', Action: 'sqs:*', Resource: '*'}]}
"""})
    client = own.client("sqs")
    url = client.get_queue_url(QueueName="work")["QueueUrl"]
    found = attributes_of(client, url)
    assert found["VisibilityTimeout"] == "5" and json.loads(found["Policy"])["Version"] == "2012-10-17"
    assert client.list_queue_tags(QueueUrl=url)["Tags"] == {"team": "a"}
    assert attributes_of(client, client.get_queue_url(QueueName="order.fifo")["QueueUrl"])["ContentBasedDeduplication"] == "true"
    client.send_message(QueueUrl=url, MessageBody="poison")
    assert bodies(client.receive_message(QueueUrl=url)) == ["poison"]
    own.advance("5s")
    assert "Messages" not in client.receive_message(QueueUrl=url)
    dead = client.get_queue_url(QueueName="dead")["QueueUrl"]
    message = client.receive_message(QueueUrl=dead, AttributeNames=["All"])["Messages"][0]
    assert message["Attributes"]["DeadLetterQueueSourceArn"] == arn_of(url)
    task = client.start_message_move_task(SourceArn=arn_of(dead))
    assert task["TaskHandle"]
    client.delete_message(QueueUrl=dead, ReceiptHandle=message["ReceiptHandle"])
    client.send_message(QueueUrl=url, MessageBody="kept")
    own.stop()
    again = app_factory({"template.yaml": "Resources:\n  Q: {Type: AWS::SQS::Queue}\n"})
    client = again.client("sqs")
    url = client.get_queue_url(QueueName="work")["QueueUrl"]
    assert bodies(client.receive_message(QueueUrl=url)) == ["kept"], "what holds messages stays"
    assert "Policy" not in attributes_of(client, url), "the policy went with its resource"


def test_move_tasks_bring_dead_letters_back(app, sqs, make):
    dead = make()
    url = make(VisibilityTimeout=0, RedrivePolicy=json.dumps({"deadLetterTargetArn": arn_of(dead), "maxReceiveCount": 1}))
    for number in range(25):
        sqs.send_message(QueueUrl=url, MessageBody=str(number))
    for _ in range(6):
        sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    assert counts(sqs, dead) == (25, 0, 0)
    sqs.start_message_move_task(SourceArn=arn_of(dead))
    end = time.monotonic() + DEADLINE_S
    while (task := sqs.list_message_move_tasks(SourceArn=arn_of(dead))["Results"][0])["Status"] == "RUNNING":
        assert time.monotonic() < end
    assert task["Status"] == "COMPLETED" and task["ApproximateNumberOfMessagesMoved"] == 25
    assert counts(sqs, url) == (25, 0, 0) and counts(sqs, dead) == (0, 0, 0)


def test_hostile_bytes_are_refused(app):
    headers = {"X-Amz-Target": "AmazonSQS.SendMessage", "Content-Type": "application/x-amz-json-1.0"}
    for body in (b"", b"{", b"[]", b'{"QueueUrl":{}}', b'{"QueueUrl":"' + b"x" * 100000 + b'"}', b"\xff\xfe", os.urandom(500)):
        answer = requests.post(app.edge, data=body, headers=headers, timeout=DEADLINE_S)
        assert answer.status_code == 400 and answer.json()["__type"], (body[:50], answer.text)
