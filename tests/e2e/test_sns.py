"""Topics with their clients: to functions, queues and HTTP endpoints, signed, filtered, in order, over kills."""
import hashlib
import http.server
import itertools
import json
import queue
import signal
import subprocess
import threading

import aws_cli
import pytest
import requests
from botocore.exceptions import ClientError

from conftest import DEADLINE_S, E2E_DIR, App, clean_env, needs

ACCOUNT = "000000000000"
numbers = itertools.count()

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Orders:
    Type: AWS::SNS::Topic
    Properties:
      TopicName: template-orders
      DisplayName: Orders
      Subscription:
        - {Protocol: sqs, Endpoint: !GetAtt Inbox.Arn}
  Inbox:
    Type: AWS::SQS::Queue
    Properties: {QueueName: template-inbox}
  Dead:
    Type: AWS::SQS::Queue
    Properties: {QueueName: template-dead}
  Large:
    Type: AWS::SNS::Subscription
    Properties:
      TopicArn: !Ref Orders
      Protocol: sqs
      Endpoint: !GetAtt LargeInbox.Arn
      RawMessageDelivery: true
      FilterPolicyScope: MessageBody
      FilterPolicy: {amount: [{numeric: ['>', 1000]}]}
  LargeInbox:
    Type: AWS::SQS::Queue
    Properties: {QueueName: template-large}
  Seen:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: seen
      Runtime: python3.11
      Handler: app.handler
      CodeUri: .
      Events:
        Order:
          Type: SNS
          Properties:
            Topic: !Ref Orders
            FilterPolicy: {kind: [order]}
            RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn}
        Queued:
          Type: SNS
          Properties: {Topic: !Ref Audits, SqsSubscription: true}
  Audits:
    Type: AWS::SNS::Topic
    Properties: {TopicName: template-audits}
"""
APP = """
import json, os
def handler(event, context):
    event['trace'] = os.environ.get('_X_AMZN_TRACE_ID')
    print('EVENT ' + json.dumps(event), flush=True)
    if event['Records'][0].get('Sns', {}).get('Message') == 'fail':
        raise Exception('told to')
"""


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    directory = tmp_path_factory.mktemp("sns")
    (directory / "template.yaml").write_text(TEMPLATE)
    (directory / "app.py").write_text(APP)
    running = App(directory)
    yield running
    assert running.stop() == 0, running.stderr
    assert "Sanitizer" not in running.stderr, running.stderr


class Topics:
    """What a test makes through one application's edge."""

    def __init__(self, app):
        self.app = app
        self.sns, self.sqs = app.client("sns"), app.client("sqs")

    def topic(self, fifo=False, **attributes):
        if fifo:
            attributes["FifoTopic"] = "true"
        name = f"topic-{next(numbers)}" + (".fifo" if fifo else "")
        return self.sns.create_topic(Name=name, Attributes=attributes)["TopicArn"]

    def queue(self, fifo=False):
        """(URL, ARN) of a new queue."""
        name = f"queue-{next(numbers)}" + (".fifo" if fifo else "")
        url = self.sqs.create_queue(QueueName=name, Attributes={"FifoQueue": "true"} if fifo else {})["QueueUrl"]
        return url, f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}"

    def subscribe(self, topic, protocol, endpoint, **attributes):
        return self.sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint=endpoint, Attributes=attributes,
                                  ReturnSubscriptionArn=True)["SubscriptionArn"]

    def receive(self, url, count=1):
        """The next messages of a queue, deleted there."""
        messages = []
        while len(messages) < count:
            got = self.sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20, MaxNumberOfMessages=10,
                                           MessageAttributeNames=["All"], AttributeNames=["All"]).get("Messages")
            assert got, f"{len(messages)} of {count} messages came"
            for message in got:
                self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            messages += got
        return messages

    def is_empty(self, url):
        return not self.sqs.receive_message(QueueUrl=url, WaitTimeSeconds=0).get("Messages")


@pytest.fixture(scope="module")
def topics(app):
    return Topics(app)


class Endpoint:
    """An HTTP server that keeps what it is sent and answers as told, 200 by default."""

    def __init__(self):
        self.requests = queue.Queue()
        self.statuses = queue.Queue()
        endpoint = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                endpoint.requests.put((self.headers, body.decode()))
                try:
                    status = endpoint.statuses.get_nowait()
                except queue.Empty:
                    status = 200
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def next(self):
        """(headers, body) of the next request."""
        return self.requests.get(timeout=DEADLINE_S)

    def next_json(self):
        return json.loads(self.next()[1])

    def answer(self, *statuses):
        for status in statuses:
            self.statuses.put(status)


@pytest.fixture
def endpoint():
    server = Endpoint()
    yield server
    server.server.shutdown()
    server.server.server_close()


def confirmed(topics, topic, endpoint, **attributes):
    """The ARN of an endpoint's subscription, confirmed as an endpoint does it: by its SubscribeURL."""
    arn = topics.subscribe(topic, "http", endpoint.url, **attributes)
    answer = requests.get(endpoint.next_json()["SubscribeURL"], timeout=DEADLINE_S)
    assert answer.status_code == 200 and arn in answer.text
    return arn


def code_of(call, **arguments):
    with pytest.raises(ClientError) as raised:
        call(**arguments)
    return raised.value.response["Error"]["Code"]


# --- a template ---

def events(app):
    return [json.loads(line["line"][6:]) for line in app.lines if line.get("line", "").startswith("EVENT ")]


def next_event(app, message, **options):
    def is_it(line):
        text = line.get("line", "")
        return text.startswith("EVENT ") and json.loads(text[6:])["Records"][0].get("Sns", {}).get("Message") == message
    return json.loads(app.wait_for(is_it, **options)["line"][6:])


def order(kind="order"):
    return {"kind": {"DataType": "String", "StringValue": kind}}


def test_a_template_s_topic_reaches_its_functions_and_queues(app, topics):
    topic = f"arn:aws:sns:us-east-1:{ACCOUNT}:template-orders"
    urls = {name: topics.sqs.create_queue(QueueName="template-" + name)["QueueUrl"] for name in ("inbox", "dead", "large")}
    topics.sns.publish(TopicArn=topic, Message='{"amount": 5}', MessageAttributes=order("other"))
    message_id = topics.sns.publish(TopicArn=topic, Message='{"amount": 5000}', Subject="Big",
                                    MessageAttributes=order())["MessageId"]
    event = next_event(app, '{"amount": 5000}')
    [record] = event["Records"]
    assert record["EventSource"] == "aws:sns" and record["EventVersion"] == "1.0"
    sns = record["Sns"]
    assert (sns["Type"], sns["MessageId"], sns["TopicArn"], sns["Subject"]) == ("Notification", message_id, topic, "Big")
    assert sns["MessageAttributes"] == {"kind": {"Type": "String", "Value": "order"}}
    assert record["EventSubscriptionArn"].startswith(topic + ":") and len(sns["Signature"]) > 300
    assert len(events(app)) == 1
    bodies = [json.loads(message["Body"])["Message"] for message in topics.receive(urls["inbox"], 2)]
    assert sorted(bodies) == ['{"amount": 5000}', '{"amount": 5}']
    assert [message["Body"] for message in topics.receive(urls["large"])] == ['{"amount": 5000}']
    attributes = topics.sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    assert (attributes["DisplayName"], attributes["SubscriptionsConfirmed"]) == ("Orders", "3")


def test_a_function_gets_names_of_its_own_for_addresses_and_empty_attributes(app, topics):
    """Row 46 of reference/events.md: not as queues and endpoints get them, and version 1 whatever the topic's is."""
    topic = topics.topic(SignatureVersion="2")
    subscription = topics.subscribe(topic, "lambda", f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:seen")
    message_id = topics.sns.publish(TopicArn=topic, Message="bare")["MessageId"]
    [record] = next_event(app, "bare")["Records"]
    sns = record["Sns"]
    given = ("Timestamp", "Signature", "SigningCertUrl", "UnsubscribeUrl")
    assert record == {"EventSource": "aws:sns", "EventVersion": "1.0", "EventSubscriptionArn": subscription, "Sns": {
        "Type": "Notification", "MessageId": message_id, "TopicArn": topic, "Subject": None, "Message": "bare",
        "SignatureVersion": "1", "MessageAttributes": {}, **{name: sns[name] for name in given}}}
    assert sns["SigningCertUrl"].endswith(".pem") and sns["UnsubscribeUrl"].endswith("&SubscriptionArn=" + subscription)


def test_a_function_may_hear_of_a_topic_through_a_queue_of_its_own(app, topics):
    topics.sns.publish(TopicArn=f"arn:aws:sns:us-east-1:{ACCOUNT}:template-audits", Message="queued")
    [record] = json.loads(app.wait_for(lambda line: "aws:sqs" in line.get("line", ""))["line"][6:])["Records"]
    assert json.loads(record["body"])["Message"] == "queued"


def test_a_function_that_keeps_failing_is_no_matter_of_the_subscription(app, topics):
    topic = f"arn:aws:sns:us-east-1:{ACCOUNT}:template-orders"
    dead = topics.sqs.create_queue(QueueName="template-dead")["QueueUrl"]
    topics.sns.publish(TopicArn=topic, Message="fail", MessageAttributes=order())
    first = next_event(app, "fail")
    app.advance("10m")  # Lambda has the event, and tries it twice more
    for _ in range(2):
        assert next_event(app, "fail", already=False)["Records"] == first["Records"]
    assert topics.is_empty(dead)


def test_the_trace_of_a_publisher_goes_on(app, topics):
    root = "1-67891233-abcdef012345678912345678"
    sns = app.client("sns")
    sns.meta.events.register("before-send.sns.Publish", lambda request, **_: request.headers.update(
        {"X-Amzn-Trace-Id": f"Root={root};Parent=53995c3f42cd8ad8;Sampled=1"}))
    sns.publish(TopicArn=f"arn:aws:sns:us-east-1:{ACCOUNT}:template-orders", Message="traced", MessageAttributes=order())
    assert f"Root={root}" in next_event(app, "traced")["trace"]


# --- queues ---

def test_queues_get_an_envelope_or_the_message_alone(topics):
    topic, (url, arn), (raw_url, raw_arn) = topics.topic(), topics.queue(), topics.queue()
    topics.subscribe(topic, "sqs", arn)
    topics.subscribe(topic, "sqs", raw_arn, RawMessageDelivery="true")
    attributes = {"s": {"DataType": "String", "StringValue": "é"}, "n": {"DataType": "Number", "StringValue": "1.50"},
                  "b": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
                  "a": {"DataType": "String.Array", "StringValue": '["x",1]'}}
    message_id = topics.sns.publish(TopicArn=topic, Message="héllo <&\"\n", MessageAttributes=attributes)["MessageId"]
    [message] = topics.receive(url)
    body = json.loads(message["Body"])
    assert list(body) == ["Type", "MessageId", "TopicArn", "Message", "Timestamp", "SignatureVersion", "Signature",
                          "SigningCertURL", "UnsubscribeURL", "MessageAttributes"]
    assert (body["MessageId"], body["Message"], body["SignatureVersion"]) == (message_id, "héllo <&\"\n", "1")
    assert body["MessageAttributes"] == {"s": {"Type": "String", "Value": "é"}, "n": {"Type": "Number", "Value": "1.50"},
                                         "b": {"Type": "Binary", "Value": "AP8="},
                                         "a": {"Type": "String.Array", "Value": '["x",1]'}}
    assert "MessageAttributes" not in message
    [raw] = topics.receive(raw_url)
    assert raw["Body"] == "héllo <&\"\n"
    told = {name: {key: value for key, value in attribute.items() if key in attributes[name]}
            for name, attribute in raw["MessageAttributes"].items()}
    assert told == attributes


def test_filters_choose_who_gets_a_message(topics):
    topic = topics.topic()
    policies = {
        "by-attribute": {"FilterPolicy": {"store": ["books", {"prefix": "toys-"}], "price": [{"numeric": ["<", 10]}]}},
        "by-body": {"FilterPolicyScope": "MessageBody", "FilterPolicy": {"store": {"name": [{"anything-but": "books"}]}}},
        "absent": {"FilterPolicy": {"price": [{"exists": False}]}},
    }
    urls, arns = {}, {}
    for name, attributes in policies.items():
        urls[name], arn = topics.queue()
        arns[name] = topics.subscribe(topic, "sqs", arn, RawMessageDelivery="true",
                                      **{key: value if isinstance(value, str) else json.dumps(value) for key, value in attributes.items()})

    def publish(message, **attributes):
        topics.sns.publish(TopicArn=topic, Message=message, MessageAttributes={
            name: {"DataType": "Number" if isinstance(value, int) else "String", "StringValue": str(value)}
            for name, value in attributes.items()})

    publish('{"store":{"name":"toys"}}', store="toys-1", price=9)
    publish('{"store":{"name":"books"}}', store="books", price=10)
    publish("not JSON", store="food")
    assert [each["Body"] for each in topics.receive(urls["by-attribute"])] == ['{"store":{"name":"toys"}}']
    assert [each["Body"] for each in topics.receive(urls["by-body"])] == ['{"store":{"name":"toys"}}']
    assert [each["Body"] for each in topics.receive(urls["absent"])] == ["not JSON"]
    topics.sns.set_subscription_attributes(SubscriptionArn=arns["absent"], AttributeName="FilterPolicy",
                                           AttributeValue='{"price":[10]}')
    publish("ten", price=10)
    assert [each["Body"] for each in topics.receive(urls["absent"])] == ["ten"]
    assert all(topics.is_empty(url) for url in urls.values())


def test_fifo_topics_keep_order_and_drop_what_they_had(topics):
    topic, (url, arn), (plain_url, plain_arn) = topics.topic(fifo=True, ContentBasedDeduplication="true"), topics.queue(fifo=True), topics.queue()
    topics.subscribe(topic, "sqs", arn, RawMessageDelivery="true")
    topics.subscribe(topic, "sqs", plain_arn)
    answers = [topics.sns.publish(TopicArn=topic, Message=f"m{number}", MessageGroupId="g") for number in range(25)]
    again = topics.sns.publish(TopicArn=topic, Message="m3", MessageGroupId="g")
    assert again["MessageId"] == answers[3]["MessageId"] and again["SequenceNumber"] == answers[3]["SequenceNumber"]
    sequence = [answer["SequenceNumber"] for answer in answers]
    assert sequence == sorted(sequence) and len(set(sequence)) == 25 and all(len(number) == 20 for number in sequence)
    messages = topics.receive(url, 25)
    assert [message["Body"] for message in messages] == [f"m{number}" for number in range(25)]
    assert {message["Attributes"]["MessageGroupId"] for message in messages} == {"g"}
    assert sorted(json.loads(message["Body"])["SequenceNumber"] for message in topics.receive(plain_url, 25)) == sequence
    assert topics.is_empty(url) and topics.is_empty(plain_url)
    topics.app.advance("6m")
    topics.sns.publish(TopicArn=topic, Message="m3", MessageGroupId="g")
    assert topics.receive(url)[0]["Body"] == "m3"
    assert code_of(topics.sns.publish, TopicArn=topic, Message="m") == "InvalidParameter"


def test_a_fifo_topic_numbers_what_it_does_not_sign(topics):
    """Row 47: the digest of the message tells duplicates apart; a plain queue hears neither of it nor of the group."""
    topic, (url, arn), (plain_url, plain_arn) = topics.topic(fifo=True, ContentBasedDeduplication="true"), topics.queue(fifo=True), topics.queue()
    topics.subscribe(topic, "sqs", arn)
    topics.subscribe(topic, "sqs", plain_arn)
    answer = topics.sns.publish(TopicArn=topic, Message="Test", MessageGroupId="group", Subject="s")
    [message], [plain] = topics.receive(url), topics.receive(plain_url)
    for each in (message, plain):
        body = json.loads(each["Body"])
        assert list(body) == ["Type", "MessageId", "SequenceNumber", "TopicArn", "Subject", "Message", "Timestamp",
                              "UnsubscribeURL"]
        assert (body["MessageId"], body["SequenceNumber"]) == (answer["MessageId"], answer["SequenceNumber"])
    assert message["Attributes"]["MessageDeduplicationId"] == hashlib.sha256(b"Test").hexdigest()
    assert message["Attributes"]["MessageGroupId"] == "group"
    assert not {"MessageGroupId", "MessageDeduplicationId"} & set(plain["Attributes"])


@pytest.mark.parametrize("policy, message", [
    ({f"k{number}": ["a"] for number in range(6)}, "Filter policy can not have more than 5 keys"),
    ({f"k{number}": [f"v{value}" for value in range(6)] for number in range(3)}, "Filter policy is too complex")])
def test_filter_policies_have_limits(topics, policy, message):
    """Row 49, in the words of either operation."""
    topic, (_, arn) = topics.topic(), topics.queue()

    def refusal(call, **parameters):
        with pytest.raises(ClientError) as raised:
            call(**parameters)
        assert raised.value.response["Error"]["Code"] == "InvalidParameter"
        return raised.value.response["Error"]["Message"]

    assert refusal(topics.subscribe, topic=topic, protocol="sqs", endpoint=arn, FilterPolicy=json.dumps(policy)) == (
        f"Invalid parameter: Attributes Reason: FilterPolicy: {message}")
    subscription = topics.subscribe(topic, "sqs", arn)
    assert refusal(topics.sns.set_subscription_attributes, SubscriptionArn=subscription, AttributeName="FilterPolicy",
                   AttributeValue=json.dumps(policy)) == f"Invalid parameter: FilterPolicy: {message}"


def test_a_batch_tells_of_each_entry(topics):
    topic, (url, arn) = topics.topic(), topics.queue()
    topics.subscribe(topic, "sqs", arn, RawMessageDelivery="true")
    answer = topics.sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=[
        {"Id": "a", "Message": "one"}, {"Id": "c", "Message": '{"default":"three","sqs":"3"}', "MessageStructure": "json"}])
    assert [each["Id"] for each in answer["Successful"]] == ["a", "c"] and not answer.get("Failed")
    assert len({each["MessageId"] for each in answer["Successful"]}) == 2
    assert sorted(message["Body"] for message in topics.receive(url, 2)) == ["3", "one"]
    assert code_of(topics.sns.publish_batch, TopicArn=topic, PublishBatchRequestEntries=[
        {"Id": "a", "Message": "1"}, {"Id": "a", "Message": "2"}]) == "BatchEntryIdsNotDistinct"


def test_a_queue_that_is_gone_leaves_its_messages_to_the_dead_letter_queue(topics):
    topic, (url, arn), (dead_url, dead_arn) = topics.topic(), topics.queue(), topics.queue()
    topics.subscribe(topic, "sqs", arn, RedrivePolicy=json.dumps({"deadLetterTargetArn": dead_arn}))
    topics.sqs.delete_queue(QueueUrl=url)
    message_id = topics.sns.publish(TopicArn=topic, Message="lost")["MessageId"]
    [dead] = topics.receive(dead_url)
    assert json.loads(dead["Body"])["MessageId"] == message_id


# --- HTTP ---

def test_an_endpoint_is_asked_before_it_is_told(topics, endpoint):
    topic = topics.topic()
    arn = topics.subscribe(topic, "http", endpoint.url)
    headers, body = endpoint.next()
    asked = json.loads(body)
    assert headers["Content-Type"] == "text/plain; charset=UTF-8" and headers["x-amz-sns-message-type"] == "SubscriptionConfirmation"
    assert headers["User-Agent"] == "Amazon Simple Notification Service Agent" and headers["x-amz-sns-topic-arn"] == topic
    assert (asked["Type"], asked["TopicArn"]) == ("SubscriptionConfirmation", topic) and len(asked["Token"]) == 288
    assert topics.sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]["PendingConfirmation"] == "true"
    topics.sns.publish(TopicArn=topic, Message="too early")
    confirmed_arn = topics.sns.confirm_subscription(TopicArn=topic, Token=asked["Token"])["SubscriptionArn"]
    assert confirmed_arn == arn
    topics.sns.publish(TopicArn=topic, Message="now", Subject="S")
    headers, body = endpoint.next()
    told = json.loads(body)
    assert (told["Type"], told["Message"], told["Subject"]) == ("Notification", "now", "S")
    assert headers["x-amz-sns-message-id"] == told["MessageId"] and headers["x-amz-sns-subscription-arn"] == arn
    assert headers.get("x-amz-sns-rawdelivery") is None
    answer = requests.get(told["UnsubscribeURL"], timeout=DEADLINE_S)
    assert answer.status_code == 200 and "UnsubscribeResponse" in answer.text
    goodbye = endpoint.next_json()
    assert goodbye["Type"] == "UnsubscribeConfirmation"
    assert topics.sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"] == []
    requests.get(goodbye["SubscribeURL"], timeout=DEADLINE_S)
    assert len(topics.sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]) == 1


def test_raw_delivery_to_an_endpoint(topics, endpoint):
    topic = topics.topic()
    policy = {"requestPolicy": {"headerContentType": "application/json"}}
    confirmed(topics, topic, endpoint, RawMessageDelivery="true", DeliveryPolicy=json.dumps(policy))
    topics.sns.publish(TopicArn=topic, Message='{"a":1}')
    headers, body = endpoint.next()
    assert (body, headers["x-amz-sns-rawdelivery"], headers["Content-Type"]) == ('{"a":1}', "true", "application/json")


def test_an_endpoint_is_tried_again_and_then_given_up(topics, endpoint):
    topic, (dead_url, dead_arn) = topics.topic(), topics.queue()
    policy = {"healthyRetryPolicy": {"numRetries": 4, "numNoDelayRetries": 1, "minDelayTarget": 30, "maxDelayTarget": 60}}
    confirmed(topics, topic, endpoint, DeliveryPolicy=json.dumps(policy),
              RedrivePolicy=json.dumps({"deadLetterTargetArn": dead_arn}))
    endpoint.answer(500, 503)
    topics.sns.publish(TopicArn=topic, Message="third time lucky")
    first, at_once = endpoint.next()[1], endpoint.next()[1]
    topics.app.advance("2m")
    assert first == at_once == endpoint.next()[1]
    endpoint.answer(*[500] * 5)
    topics.sns.publish(TopicArn=topic, Message="never")
    endpoint.next()
    topics.app.advance("10m")
    assert endpoint.requests.qsize() == 4
    [dead] = topics.receive(dead_url)
    assert json.loads(dead["Body"])["Message"] == "never"


VALIDATE = """
const http = require('http'), https = require('https');
https.get = (url, done) => http.get(url.replace('https:', 'http:'), done);  // the validator takes https only
const Validator = require('sns-validator');
const message = JSON.parse(require('fs').readFileSync(0));
message.SigningCertURL = message.SigningCertURL.replace('http:', 'https:');
new Validator(/^127\\.0\\.0\\.1:\\d+$|^localhost:\\d+$/).validate(message, (error) => {
    console.log(error ? error.message : 'valid');
});
"""


def validate(message):
    done = subprocess.run(["node", "-e", VALIDATE], input=json.dumps(message), capture_output=True, text=True,
                          timeout=DEADLINE_S, env=clean_env(NODE_PATH=E2E_DIR / "node_modules"))
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@needs("node")
@pytest.mark.parametrize("version", ["1", "2"])
def test_signatures_convince_the_official_validator(topics, endpoint, version):
    topic, (url, arn) = topics.topic(SignatureVersion=version), topics.queue()
    topics.subscribe(topic, "http", endpoint.url)
    topics.subscribe(topic, "sqs", arn)
    topics.sns.publish(TopicArn=topic, Message="signed", Subject="With a subject")
    notification = json.loads(topics.receive(url)[0]["Body"])
    assert notification["SignatureVersion"] == version
    assert validate(notification) == "valid"
    assert validate(endpoint.next_json()) == "valid"
    assert validate({**notification, "Message": "forged"}) == "The message signature is invalid."


# --- what outlives a kill ---

def test_what_is_published_survives_a_kill(app_factory, endpoint, tmp_path):
    (tmp_path / "template.yaml").write_text("Resources: {Unused: {Type: AWS::SNS::Topic}}\n")
    app = app_factory(None, directory=tmp_path)
    topics = Topics(app)
    topic, (url, arn) = topics.topic(), topics.queue()
    topics.subscribe(topic, "sqs", arn, RawMessageDelivery="true")
    confirmed(topics, topic, endpoint, RawMessageDelivery="true")
    endpoint.answer(503)
    topics.sns.publish(TopicArn=topic, Message="first")
    endpoint.next()
    answered, stop = [], threading.Event()

    def publish():
        sns = app.client("sns")
        try:
            for number in itertools.count():
                sns.publish(TopicArn=topic, Message=str(number))
                answered.append(str(number))
                if number == 20:
                    stop.set()
        except Exception:  # the gateway is gone
            pass

    publisher = threading.Thread(target=publish)
    publisher.start()
    assert stop.wait(DEADLINE_S)
    app.process.send_signal(signal.SIGKILL)
    app.process.wait(DEADLINE_S)
    publisher.join(DEADLINE_S)

    topics = Topics(app_factory(None, directory=tmp_path))
    topics.app.advance("1m")  # what failed is tried again
    wanted = {"first", *answered}
    got = set()
    while not wanted <= got:
        got |= {message["Body"] for message in topics.receive(url)}
    heard = set()
    while not wanted <= heard:
        heard.add(endpoint.next()[1])
    assert topics.sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"][0]["TopicArn"] == topic


# --- other clients ---

def test_the_command_line(app, topics):
    def aws(*words):
        return aws_cli.aws(app.edge, "sns", *words)

    url, arn = topics.queue()
    topic = aws("create-topic", "--name", f"cli-{next(numbers)}", "--tags", "Key=a,Value=b")["TopicArn"]
    aws("subscribe", "--topic-arn", topic, "--protocol", "sqs", "--notification-endpoint", arn)
    message_id = aws("publish", "--topic-arn", topic, "--message", "from the command line", "--message-attributes",
                     '{"k":{"DataType":"String","StringValue":"v"}}')["MessageId"]
    assert json.loads(topics.receive(url)[0]["Body"])["MessageId"] == message_id
    assert aws("list-tags-for-resource", "--resource-arn", topic)["Tags"] == [{"Key": "a", "Value": "b"}]
    aws("delete-topic", "--topic-arn", topic)


NODE = """
const { SNSClient, CreateTopicCommand, SubscribeCommand, PublishBatchCommand, PublishCommand, GetTopicAttributesCommand,
        ListSubscriptionsByTopicCommand, NotFoundException } = require('@aws-sdk/client-sns');
const [endpoint, name, queue] = process.argv.slice(1);
const sns = new SNSClient({ endpoint, region: 'us-east-1', maxAttempts: 1 });
(async () => {
    const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: name, Attributes: { DisplayName: 'Node' } }));
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: queue, Attributes: { RawMessageDelivery: 'true' } }));
    await sns.send(new PublishCommand({ TopicArn, Message: 'one' }));
    const batch = await sns.send(new PublishBatchCommand({ TopicArn,
        PublishBatchRequestEntries: [{ Id: 'a', Message: 'two' }, { Id: 'b', Message: 'three' }] }));
    const { Attributes } = await sns.send(new GetTopicAttributesCommand({ TopicArn }));
    const { Subscriptions } = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }));
    const missing = await sns.send(new PublishCommand({ TopicArn: TopicArn + 'x', Message: 'm' })).catch((error) => error);
    console.log(JSON.stringify({ batch: batch.Successful.length, name: Attributes.DisplayName, endpoint: Subscriptions[0].Endpoint,
                                 isNotFound: missing instanceof NotFoundException, message: missing.message }));
})();
"""


@needs("node")
def test_the_javascript_sdk(app, topics):
    url, arn = topics.queue()
    done = subprocess.run(["node", "-e", NODE, app.edge, f"node-{next(numbers)}", arn], capture_output=True, text=True,
                          timeout=DEADLINE_S, env=clean_env(NODE_PATH=E2E_DIR / "node_modules"))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"batch": 2, "name": "Node", "endpoint": arn, "isNotFound": True,
                                       "message": "Topic does not exist"}
    assert sorted(message["Body"] for message in topics.receive(url, 3)) == ["one", "three", "two"]


def test_what_is_not_there_is_refused_by_name(topics):
    assert code_of(topics.sns.publish, TopicArn=f"arn:aws:sns:us-east-1:{ACCOUNT}:nope", Message="m") == "NotFound"
    with pytest.raises(ClientError) as raised:
        topics.sns.publish(PhoneNumber="+15551234567", Message="m")
    assert "text message" in raised.value.response["Error"]["Message"].lower()
    assert code_of(topics.sns.create_platform_application, Name="n", Platform="GCM", Attributes={}) == "InvalidAction"
    email = topics.subscribe(topic := topics.topic(), "email", "someone@example.com")
    assert topics.sns.get_subscription_attributes(SubscriptionArn=email)["Attributes"]["PendingConfirmation"] == "true"
    assert topics.sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"][0]["SubscriptionArn"] == "PendingConfirmation"
