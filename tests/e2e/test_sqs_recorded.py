"""SQS as LocalStack recorded it of AWS: what it refuses, in both protocols, and how messages move (the numbers are rows
of reference/events.md, section 11; its other rows of SQS are in test_sqs.py and test_sqs_fifo.py)."""
import json
import xml.etree.ElementTree as ET

import pytest
import requests
from conftest import DEADLINE_S
from sqs_support import app, arn_of, attributes_of, bodies, counts, drain, make, sqs  # noqa: F401

# --- refusals, in both protocols ---

FLAT = {"Attributes": "Attribute", "MessageAttributes": "MessageAttribute", "AttributeNames": "AttributeName",
        "MessageSystemAttributes": "MessageSystemAttribute", "Tags": "Tag", "TagKeys": "TagKey"}


def form_of(operation, parameters):
    """The parameters of the JSON protocol as a form."""
    form = {}

    def put(prefix, value):
        if isinstance(value, dict):
            for key, inner in value.items():
                put(f"{prefix}.{key}", inner)
        else:
            form[prefix] = value

    def members(prefix, parameters):
        for name, value in parameters.items():
            flat = f"{operation}RequestEntry" if name == "Entries" else FLAT.get(name, name)
            if isinstance(value, dict):
                value = [{"Name": key, "Value": inner} for key, inner in value.items()]
            if not isinstance(value, list):
                form[prefix + flat] = value
                continue
            for number, element in enumerate(value, 1):
                if name == "Entries":
                    members(f"{prefix}{flat}.{number}.", element)
                else:
                    put(f"{prefix}{flat}.{number}", element)

    members("", parameters)
    return form


def ask_json(app, operation, parameters):
    """(status, legacy code, message)"""
    answer = requests.post(app.edge, data=json.dumps(parameters), timeout=DEADLINE_S, headers={
        "X-Amz-Target": f"AmazonSQS.{operation}", "Content-Type": "application/x-amz-json-1.0",
        "x-amzn-query-mode": "true"})
    code, blame = answer.headers["x-amzn-query-error"].split(";")
    assert blame == "Sender" and "#" in answer.json()["__type"]
    return answer.status_code, code, answer.json()["message"]


def ask_query(app, operation, parameters):
    form = {"Action": operation, "Version": "2012-11-05", **form_of(operation, parameters)}
    answer = requests.post(app.edge, data=form, timeout=DEADLINE_S)
    error = ET.fromstring(answer.text).find("{http://queue.amazonaws.com/doc/2012-11-05/}Error")
    told = {element.tag.rsplit("}", 1)[1]: element.text for element in error}
    assert told["Type"] == "Sender"
    return answer.status_code, told["Code"], told["Message"]


OLD = "AWS.SimpleQueueService."
BATCH_ID = ("A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 "
            "letters long.")
BODY = {"MessageBody": "a"}
Q, FIFO = {"QueueUrl": "base"}, {"QueueUrl": "base.fifo"}
ARN = "arn:aws:sqs:us-east-1:000000000000:"


def entries(count, **more):
    return {"Entries": [{"Id": str(number), "MessageBody": "a", **more} for number in range(count)]}


def invalid(name, value, reason):
    return "InvalidParameterValue", f"Value {value} for parameter {name} is invalid. Reason: {reason}"


NOT_FIFO = "The request include parameter that is not valid for this queue type."
IDS = "{} can only include alphanumeric and punctuation characters. 1 to 128 in length."
REFUSALS = [
    ("3", "CreateQueue", {"QueueName": "base", "Attributes": {"DelaySeconds": "5"}}, "QueueAlreadyExists",
     "A queue already exists with the same name and a different value for attribute DelaySeconds"),
    ("5", "SendMessage", {**Q, "MessageBody": "x" * 1048577}, "InvalidParameterValue",
     "One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes."),
    ("7", "SendMessageBatch", {**Q, "Entries": [{**BODY, "Id": "a:b"}]}, OLD + "InvalidBatchEntryId", BATCH_ID),
    ("7", "SendMessageBatch", {**Q, "Entries": [{**BODY, "Id": "a" * 81}]}, OLD + "InvalidBatchEntryId", BATCH_ID),
    ("7", "SendMessageBatch", {**Q, "Entries": [{**BODY, "Id": ""}]}, OLD + "InvalidBatchEntryId", BATCH_ID),
    ("8", "SendMessageBatch", {**Q, **entries(20)}, OLD + "TooManyEntriesInBatchRequest",
     "Maximum number of entries per request are 10. You have sent 20."),
    ("2.2 distinct", "SendMessageBatch", {**Q, "Entries": [{**BODY, "Id": "a"}] * 2}, OLD + "BatchEntryIdsNotDistinct",
     "Id a repeated."),
    ("2.2 empty", "DeleteMessageBatch", Q, OLD + "EmptyBatchRequest",
     "There should be at least one DeleteMessageBatchRequestEntry in the request."),
    ("2.2 size", "SendMessageBatch", {**Q, "Entries": [{"Id": n, "MessageBody": "x" * 600000} for n in "ab"]},
     OLD + "BatchRequestTooLong", "Batch requests cannot be longer than 1048576 bytes. You have sent 1200000 bytes."),
    ("11", "ReceiveMessage", {**Q, "MaxNumberOfMessages": 11},
     *invalid("MaxNumberOfMessages", 11, "Must be between 1 and 10, if provided.")),
    ("11", "ReceiveMessage", {**Q, "WaitTimeSeconds": 21},
     *invalid("WaitTimeSeconds", 21, "Must be >= 0 and <= 20, if provided.")),
    ("18", "SendMessage", {**FIFO, **BODY, "MessageGroupId": "g", "MessageDeduplicationId": "d", "DelaySeconds": 2},
     *invalid("DelaySeconds", 2, NOT_FIFO)),
    ("19", "SendMessage", {**FIFO, **BODY}, "MissingParameter", "The request must contain the parameter MessageGroupId."),
    ("19", "SendMessageBatch", {**FIFO, **entries(1)}, "InvalidParameterValue",
     "The request must contain the parameter MessageGroupId."),
    ("2.4 ids", "SendMessage", {**FIFO, **BODY, "MessageGroupId": "a b", "MessageDeduplicationId": "d"},
     *invalid("MessageGroupId", "a b", IDS.format("MessageGroupId"))),
    ("2.4 ids", "SendMessage", {**FIFO, **BODY, "MessageGroupId": "g", "MessageDeduplicationId": "d" * 129},
     *invalid("MessageDeduplicationId", "d" * 129, IDS.format("MessageDeduplicationId"))),
    ("2.4 dedup", "SendMessage", {**FIFO, **BODY, "MessageGroupId": "g"}, "InvalidParameterValue",
     "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly"),
    ("2.1 body", "SendMessage", {**Q, "MessageBody": ""}, "MissingParameter",
     "The request must contain the parameter MessageBody."),
    ("2.1 attributes", "SendMessage", {**Q, **BODY, "MessageAttributes": {
        "X": {"DataType": "String", "StringValue": ""}}}, "InvalidParameterValue",
     "Message (user) attribute 'X' must contain a non-empty value of type 'String'."),
    ("2.1 fifo", "CreateQueue", {"QueueName": "plain", "Attributes": {"FifoQueue": "false"}}, "InvalidAttributeName",
     "Unknown Attribute FifoQueue."),
    ("2.2 label", "RemovePermission", {**Q, "Label": "none"}, *invalid("Label", "none", "can't find label.")),
    ("2.5 keys", "SetQueueAttributes", {**Q, "Attributes": {"RedrivePolicy": '{"maxReceiveCount":3}'}},
     *invalid("RedrivePolicy", '{"maxReceiveCount":3}',
              "Redrive policy does not contain mandatory attribute: deadLetterTargetArn.")),
    ("2.5 move", "StartMessageMoveTask", {"SourceArn": ARN + "base"}, "InvalidParameterValue",
     "Source queue must be configured as a Dead Letter Queue."),
    ("2.5 move", "StartMessageMoveTask", {"SourceArn": ARN + "dead", "DestinationArn": ARN + "nowhere"},
     "ResourceNotFoundException", "The resource that you specified for the DestinationArn parameter doesn't exist."),
    ("2.5 cancel", "CancelMessageMoveTask", {"TaskHandle": "garbage"}, "InvalidParameterValue",
     "Value for parameter TaskHandle is invalid."),
]
STATUS = {"ResourceNotFoundException": 404}


@pytest.fixture(scope="module")
def queues(sqs):
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    for name, attributes in (("base", {}), ("base.fifo", {"FifoQueue": "true"}), ("source", {
            "RedrivePolicy": json.dumps({"deadLetterTargetArn": arn_of(dead), "maxReceiveCount": 1})})):
        sqs.create_queue(QueueName=name, Attributes=attributes)


@pytest.mark.parametrize("ask", [ask_json, ask_query], ids=["json", "query"])
@pytest.mark.parametrize("row, operation, parameters, code, message", REFUSALS,
                         ids=[f"{row[0]}-{row[1]}" for row in REFUSALS])
def test_refusals_are_those_of_aws(app, queues, ask, row, operation, parameters, code, message):
    assert ask(app, operation, parameters) == (STATUS.get(code, 400), code, message)


# --- messages ---

def test_row_9_the_digest_is_of_the_attributes_that_are_returned(sqs, make):
    url = make(VisibilityTimeout=0)
    sqs.send_message(QueueUrl=url, MessageBody="msg", MessageAttributes={
        name: {"DataType": "String", "StringValue": value}
        for name, value in (("Help.Me", "Me"), ("Hello", "There"), ("General", "Kenobi"))})
    for names, digest in ((["All"], "4c360f3fdafd970e05fae2f149d997f5"), (["Hel.*"], "83fee93c1bcd8b9a5a923ffacdc636c7"),
                          (["Hello", "General"], "fca026605781cb4126a1e9044df24232"), (["Foo"], None)):
        [message] = sqs.receive_message(QueueUrl=url, MessageAttributeNames=names)["Messages"]
        assert message.get("MD5OfMessageAttributes") == digest, names


def test_row_12_an_old_handle_deletes_a_message_of_a_standard_queue(app, sqs, make):
    url = make(VisibilityTimeout=1)
    sqs.send_message(QueueUrl=url, MessageBody="a")
    handle = sqs.receive_message(QueueUrl=url)["Messages"][0]["ReceiptHandle"]
    app.advance("2s")
    assert counts(sqs, url) == (1, 0, 0)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=handle)
    assert counts(sqs, url) == (0, 0, 0)


def test_row_14_a_handle_lasts_as_long_as_its_message_is_held(app, sqs, make):
    url = make(fifo=True, ContentBasedDeduplication="true", VisibilityTimeout=2)
    sqs.send_message(QueueUrl=url, MessageBody="a", MessageGroupId="g")
    handle = sqs.receive_message(QueueUrl=url)["Messages"][0]["ReceiptHandle"]
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=5)
    app.advance("4s")
    sqs.delete_message(QueueUrl=url, ReceiptHandle=handle)
    assert counts(sqs, url) == (0, 0, 0)


def test_row_17_groups_may_have_duplicates_of_their_own(sqs, make):
    url = make(fifo=True, DeduplicationScope="messageGroup")
    for group in ("g1", "g2", "g1"):
        sqs.send_message(QueueUrl=url, MessageBody=group, MessageGroupId=group, MessageDeduplicationId="d")
    assert sorted(message["Body"] for message in drain(sqs, url)) == ["g1", "g2"]


def test_row_18_a_delay_of_nothing_leaves_that_of_a_fifo_queue(app, sqs, make):
    url = make(fifo=True, ContentBasedDeduplication="true", DelaySeconds=2)
    sqs.send_message(QueueUrl=url, MessageBody="a", MessageGroupId="g", DelaySeconds=0)
    assert "Messages" not in sqs.receive_message(QueueUrl=url) and counts(sqs, url) == (0, 0, 1)
    app.advance("2s")
    assert bodies(sqs.receive_message(QueueUrl=url)) == ["a"]


def test_row_20_a_dead_letter_keeps_its_id_and_counts_on(sqs, make):
    dead = make()
    url = make(VisibilityTimeout=0, RedrivePolicy=json.dumps({"deadLetterTargetArn": arn_of(dead), "maxReceiveCount": 1}))
    sent = sqs.send_message(QueueUrl=url, MessageBody="a")
    [first] = sqs.receive_message(QueueUrl=url, AttributeNames=["All"])["Messages"]
    assert "DeadLetterQueueSourceArn" not in first["Attributes"]
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    [letter] = sqs.receive_message(QueueUrl=dead, AttributeNames=["All"])["Messages"]
    assert letter["MessageId"] == sent["MessageId"] == first["MessageId"]
    assert letter["Attributes"] == {**first["Attributes"], "ApproximateReceiveCount": "2",
                                    "DeadLetterQueueSourceArn": arn_of(url)}


def test_row_21_dead_letters_go_back_each_to_its_own_queue(app, sqs, make):
    dead = make()
    policy = json.dumps({"deadLetterTargetArn": arn_of(dead), "maxReceiveCount": 1})
    sources = [make(VisibilityTimeout=0, RedrivePolicy=policy) for _ in range(2)]
    for number, url in enumerate(sources * 2):
        sqs.send_message(QueueUrl=url, MessageBody=f"{number % 2}")
    for url in sources * 2:
        sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    assert counts(sqs, dead) == (4, 0, 0)
    assert sorted(sqs.list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"]) == sorted(sources)
    sqs.start_message_move_task(SourceArn=arn_of(dead))
    app.advance("1s")  # comes back when everything due is through
    [task] = sqs.list_message_move_tasks(SourceArn=arn_of(dead))["Results"]
    assert (task["Status"], task["ApproximateNumberOfMessagesMoved"]) == ("COMPLETED", 4)
    assert "TaskHandle" not in task and "DestinationArn" not in task
    for number, url in enumerate(sources):
        assert bodies(sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)) == [str(number)] * 2


def test_an_empty_redrive_policy_takes_it_away(sqs, make):
    dead = make()
    url = make(RedrivePolicy=json.dumps({"deadLetterTargetArn": arn_of(dead), "maxReceiveCount": "3"}))
    assert json.loads(attributes_of(sqs, url, "RedrivePolicy")["RedrivePolicy"])["maxReceiveCount"] == "3"
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": ""})
    assert attributes_of(sqs, url, "RedrivePolicy") == {}
