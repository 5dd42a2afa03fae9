"""Queues over kill -9: nothing acknowledged is lost, nothing deleted comes back, and what was known is known still."""
import collections
import concurrent.futures
import itertools
import signal
import threading

import botocore.exceptions

from conftest import DEADLINE_S, dice, kills
from sqs_support import bodies, counts

TEMPLATE = """
Resources:
  Work: {Type: AWS::SQS::Queue, Properties: {QueueName: work, VisibilityTimeout: 2}}
  Order: {Type: AWS::SQS::Queue, Properties: {QueueName: order.fifo, FifoQueue: true, VisibilityTimeout: 2}}
"""
GONE = (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError)


class Life:
    """One run of the program: what producers and consumers were told before it was killed."""

    def __init__(self, app):
        self.app = app
        self.sqs = app.client("sqs", max_pool_connections=30, read_timeout=10, connect_timeout=2)
        self.work = self.sqs.get_queue_url(QueueName="work")["QueueUrl"]
        self.order = self.sqs.get_queue_url(QueueName="order.fifo")["QueueUrl"]


def kill(app):
    app.process.send_signal(signal.SIGKILL)
    app.process.wait(DEADLINE_S)


def test_nothing_acknowledged_is_lost_and_nothing_deleted_comes_back(app_factory):
    sent, deleted, asked = set(), set(), set()  # acknowledged; `asked`: a delete whose answer never came
    lock = threading.Lock()
    numbers = itertools.count()
    chance = dice(1)

    def produce(life, stop):
        while not stop.is_set():
            batch = [f"m{next(numbers)}" for _ in range(5)]
            try:
                done = life.sqs.send_message_batch(QueueUrl=life.work, Entries=[
                    {"Id": body, "MessageBody": body} for body in batch])
            except GONE:
                return
            with lock:
                sent.update(entry["Id"] for entry in done["Successful"])

    def consume(life, stop):
        while not stop.is_set():
            with lock:
                gone = set(deleted)  # before the request: on a slow machine another consumer has it by a lapse meanwhile
            try:
                messages = life.sqs.receive_message(QueueUrl=life.work, MaxNumberOfMessages=10).get("Messages", [])
            except GONE:
                return
            again = {m["Body"] for m in messages} & gone
            assert not again, f"deleted and back: {again}"
            with lock:
                asked.update(m["Body"] for m in messages)
            for message in messages:
                try:
                    life.sqs.delete_message(QueueUrl=life.work, ReceiptHandle=message["ReceiptHandle"])
                except GONE:
                    return
                with lock:
                    deleted.add(message["Body"])

    app = app_factory({"template.yaml": TEMPLATE})
    for _ in range(kills(6)):
        life, stop = Life(app), threading.Event()
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            running = [pool.submit(produce, life, stop) for _ in range(4)] + [pool.submit(consume, life, stop) for _ in range(3)]
            target = len(deleted) + chance.randint(20, 120)
            while len(deleted) < target and not all(future.done() for future in running):
                concurrent.futures.wait(running, timeout=0.005, return_when=concurrent.futures.FIRST_EXCEPTION)
            kill(app)
            stop.set()
            for future in running:
                future.result(DEADLINE_S)
        app = app_factory()
    life = Life(app)
    app.advance("3s")
    left = collections.Counter()
    while messages := life.sqs.receive_message(QueueUrl=life.work, MaxNumberOfMessages=10, VisibilityTimeout=600).get("Messages"):
        left.update(message["Body"] for message in messages)
    assert max(left.values(), default=1) == 1
    assert not set(left) & deleted, "deleted and back"
    lost = sent - deleted - set(left) - asked
    assert not lost, f"{len(lost)} of {len(sent)} are lost"
    assert len(sent) > 100 and len(deleted) > 50
    assert counts(life.sqs, life.work) == (0, len(left), 0)
    app.check()


def test_counts_deadlines_delays_duplicates_and_groups_outlive_a_kill(app_factory):
    app = app_factory({"template.yaml": TEMPLATE})
    life = Life(app)
    sqs = life.sqs
    sqs.send_message(QueueUrl=life.work, MessageBody="held")
    for _ in range(2):
        message = sqs.receive_message(QueueUrl=life.work, VisibilityTimeout=0)["Messages"][0]
    message = sqs.receive_message(QueueUrl=life.work, VisibilityTimeout=600)["Messages"][0]
    sqs.send_message(QueueUrl=life.work, MessageBody="late", DelaySeconds=300)
    for body in ("1", "2", "3"):
        sqs.send_message(QueueUrl=life.order, MessageBody=body, MessageGroupId="g", MessageDeduplicationId=body)
    first = sqs.receive_message(QueueUrl=life.order, VisibilityTimeout=600)["Messages"][0]
    kill(app)

    app = app_factory()
    life = Life(app)
    sqs = life.sqs
    assert counts(sqs, life.work) == (0, 1, 1)
    assert bodies(sqs.receive_message(QueueUrl=life.work, MaxNumberOfMessages=10)) == []
    assert bodies(sqs.receive_message(QueueUrl=life.order, MaxNumberOfMessages=10)) == [], "its group waits"
    sqs.send_message(QueueUrl=life.order, MessageBody="again", MessageGroupId="h", MessageDeduplicationId="1")
    assert bodies(sqs.receive_message(QueueUrl=life.order, MaxNumberOfMessages=10)) == [], "a duplicate is one still"
    sqs.delete_message(QueueUrl=life.order, ReceiptHandle=first["ReceiptHandle"])
    assert bodies(sqs.receive_message(QueueUrl=life.order, MaxNumberOfMessages=10)) == ["2", "3"]
    sqs.change_message_visibility(QueueUrl=life.work, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
    held = sqs.receive_message(QueueUrl=life.work, MaxNumberOfMessages=10, AttributeNames=["All"])["Messages"]
    assert [(m["Body"], m["Attributes"]["ApproximateReceiveCount"]) for m in held] == [("held", "4")]
    kill(app)

    app = app_factory()
    life = Life(app)
    app.advance("5m")
    found = life.sqs.receive_message(QueueUrl=life.work, MaxNumberOfMessages=10, AttributeNames=["All"])["Messages"]
    assert {(m["Body"], m["Attributes"]["ApproximateReceiveCount"]) for m in found} == {("held", "5"), ("late", "1")}
    life.sqs.send_message(QueueUrl=life.order, MessageBody="new", MessageGroupId="h", MessageDeduplicationId="1")
    assert "new" in bodies(life.sqs.receive_message(QueueUrl=life.order, MaxNumberOfMessages=10)), "five minutes are over"


def test_a_group_keeps_its_order_over_kills(app_factory):
    """One consumer, one group: what he deletes is the sequence that was sent, each once."""
    app = app_factory({"template.yaml": TEMPLATE})
    number, done, chance = 0, [], dice(7)
    for _ in range(kills(5)):
        life = Life(app)
        for _ in range(12):
            life.sqs.send_message(QueueUrl=life.order, MessageBody=str(number), MessageGroupId="g",
                                  MessageDeduplicationId=str(number))
            number += 1
        for _ in range(chance.randint(1, 3)):
            for message in life.sqs.receive_message(QueueUrl=life.order, MaxNumberOfMessages=3).get("Messages", []):
                life.sqs.delete_message(QueueUrl=life.order, ReceiptHandle=message["ReceiptHandle"])
                done.append(int(message["Body"]))
        life.sqs.receive_message(QueueUrl=life.order, MaxNumberOfMessages=2)  # and dies with them
        kill(app)
        app = app_factory()
        app.advance("2s")
    life = Life(app)
    while messages := life.sqs.receive_message(QueueUrl=life.order, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            life.sqs.delete_message(QueueUrl=life.order, ReceiptHandle=message["ReceiptHandle"])
            done.append(int(message["Body"]))
    assert done == list(range(number))
