"""FIFO queues with boto3: the order of groups, duplicates, handles that expire, dead letters."""
import collections
import concurrent.futures
import json
import random
import threading

import pytest

from conftest import DEADLINE_S
from sqs_support import app, arn_of, attributes_of, bodies, counts, error_of, make, sqs  # noqa: F401


@pytest.fixture
def put(sqs):
    def send(url, body, group="g", **more):
        return sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId=group, **more)

    return send


def take(sqs, url, count=10, **more):
    return sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=count, AttributeNames=["All"], **more).get("Messages", [])


def texts(messages):
    return [message["Body"] for message in messages]


def delete(sqs, url, *messages):
    for message in messages:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


@pytest.mark.parametrize("kept,expected", [(0, []), (1, ["foo"]), (2, ["foo", "bar"])])
def test_only_what_lies_before_a_message_that_is_kept_comes_back(app, sqs, make, put, kept, expected):
    url = make(fifo=True, ContentBasedDeduplication="true", VisibilityTimeout=2)
    for body in ("foo", "bar", "baz"):
        put(url, body)
    got = take(sqs, url)
    assert texts(got) == ["foo", "bar", "baz"]
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=got[kept]["ReceiptHandle"], VisibilityTimeout=60)
    app.advance("2s")
    assert texts(take(sqs, url)) == expected


def test_a_new_message_does_not_free_its_group(sqs, make, put):
    url = make(fifo=True, ContentBasedDeduplication="true")
    put(url, "1")
    first = take(sqs, url)
    put(url, "2")
    put(url, "other", group="h")
    assert texts(take(sqs, url)) == ["other"]
    delete(sqs, url, *first)
    assert texts(take(sqs, url)) == ["2"]


def test_a_duplicate_is_swallowed_for_five_minutes(app, sqs, make, put):
    url = make(fifo=True)
    first = put(url, "a", MessageDeduplicationId="d")
    delete(sqs, url, *take(sqs, url))
    again = put(url, "b", group="h", MessageDeduplicationId="d")
    assert (again["MessageId"], again["SequenceNumber"]) == (first["MessageId"], first["SequenceNumber"])
    assert take(sqs, url) == []
    app.advance("5m")
    put(url, "c", MessageDeduplicationId="d")
    assert texts(take(sqs, url)) == ["c"]


def test_an_expired_handle_deletes_nothing(app, sqs, make, put):
    url = make(fifo=True, ContentBasedDeduplication="true", VisibilityTimeout=1)
    put(url, "a")
    handle = take(sqs, url)[0]["ReceiptHandle"]
    app.advance("1s")
    assert error_of(sqs.delete_message, QueueUrl=url, ReceiptHandle=handle) == (
        "InvalidParameterValue", 400,
        f"Value {handle} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.")
    assert texts(take(sqs, url)) == ["a"]


def test_an_attempt_may_be_made_again(sqs, make, put):
    url = make(fifo=True, ContentBasedDeduplication="true")
    put(url, "a")
    put(url, "b")
    first = take(sqs, url, ReceiveRequestAttemptId="try")
    again = take(sqs, url, ReceiveRequestAttemptId="try")
    assert [m["ReceiptHandle"] for m in again] == [m["ReceiptHandle"] for m in first]
    assert take(sqs, url) == []


def test_a_poisonous_message_ends_as_a_dead_letter_and_its_group_goes_on(app, sqs, make, put):
    dead = make(fifo=True)
    url = make(fifo=True, ContentBasedDeduplication="true", VisibilityTimeout=1,
               RedrivePolicy=json.dumps({"deadLetterTargetArn": arn_of(dead), "maxReceiveCount": 2}))
    sent = put(url, "poison")
    put(url, "good")
    for _ in range(2):
        assert texts(take(sqs, url, 1)) == ["poison"]
        app.advance("1s")
    assert texts(take(sqs, url)) == ["good"]
    letter = take(sqs, dead)[0]
    assert letter["MessageId"] == sent["MessageId"] and letter["Attributes"]["ApproximateReceiveCount"] == "3"
    assert letter["Attributes"]["MessageGroupId"] == "g"
    assert letter["Attributes"]["MessageDeduplicationId"] == sent["MessageId"]
    assert letter["Attributes"]["DeadLetterQueueSourceArn"] == arn_of(url)


def test_groups_keep_their_order_among_many_consumers(sqs, make, put):
    url = make(fifo=True, ContentBasedDeduplication="true", VisibilityTimeout=60)
    groups = [f"group-{number}" for number in range(8)]
    lock = threading.Lock()
    seen = collections.defaultdict(list)
    under_way = collections.Counter()

    def produce(group):
        for number in range(25):
            put(url, f"{group}:{number}", group=group)

    def consume(seed):
        dice = random.Random(seed)
        while True:
            messages = take(sqs, url, dice.randint(1, 10), WaitTimeSeconds=1)
            if not messages:
                return
            groups_here = {message["Attributes"]["MessageGroupId"] for message in messages}
            with lock:
                for group in groups_here:
                    under_way[group] += 1
                    assert under_way[group] == 1, "a group is with one consumer at a time"
                for message in messages:
                    seen[message["Attributes"]["MessageGroupId"]].append(int(message["Body"].split(":")[1]))
                under_way.subtract(groups_here)
            delete(sqs, url, *messages)

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        for done in [*[pool.submit(produce, group) for group in groups], *[pool.submit(consume, seed) for seed in range(6)]]:
            done.result(DEADLINE_S)
    assert {group: numbers for group, numbers in seen.items()} == {group: list(range(25)) for group in groups}
    assert counts(sqs, url) == (0, 0, 0)


def test_fair_groups_of_a_standard_queue_are_told_and_block_nothing(sqs, make):
    url = make()
    for number in range(3):
        sqs.send_message(QueueUrl=url, MessageBody=str(number), MessageGroupId="tenant")
    first = take(sqs, url, 1)
    assert first[0]["Attributes"]["MessageGroupId"] == "tenant"
    assert texts(take(sqs, url)) == ["1", "2"]


def test_what_fifo_queues_refuse(sqs, make):
    url = make(fifo=True)
    assert error_of(sqs.send_message, QueueUrl=url, MessageBody="a", MessageDeduplicationId="d")[::2] == (
        "MissingParameter", "The request must contain the parameter MessageGroupId.")
    assert error_of(sqs.send_message_batch, QueueUrl=url, Entries=[
        {"Id": "1", "MessageBody": "a", "MessageDeduplicationId": "d"}])[::2] == (
        "InvalidParameterValue", "The request must contain the parameter MessageGroupId.")
    assert error_of(sqs.create_queue, QueueName="a.fifo")[0] == "InvalidParameterValue"
    assert error_of(sqs.create_queue, QueueName="a", Attributes={"FifoQueue": "true"})[0] == "InvalidParameterValue"
    assert attributes_of(sqs, url)["DeduplicationScope"] == "queue"
