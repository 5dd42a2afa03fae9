"""What the tests of SQS share: one running `up` a file, queues of their own."""
import itertools

import pytest
from botocore.exceptions import ClientError

from conftest import App

ACCOUNT = "000000000000"
TEMPLATE = "Resources:\n  Queue:\n    Type: AWS::SQS::Queue\n"
numbers = itertools.count()


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    directory = tmp_path_factory.mktemp("sqs")
    (directory / "template.yaml").write_text(TEMPLATE)
    running = App(directory)
    yield running
    assert running.stop() == 0, running.stderr
    assert "Sanitizer" not in running.stderr, running.stderr


@pytest.fixture(scope="module")
def sqs(app):
    return app.client("sqs", max_pool_connections=50)


@pytest.fixture
def make(sqs):
    def create(name=None, fifo=False, **attributes):
        name = name or f"queue-{next(numbers)}" + (".fifo" if fifo else "")
        if fifo:
            attributes["FifoQueue"] = "true"
        return sqs.create_queue(QueueName=name, Attributes={k: str(v) for k, v in attributes.items()})["QueueUrl"]

    return create


def arn_of(url):
    return f"arn:aws:sqs:us-east-1:{ACCOUNT}:{url.rsplit('/', 1)[1]}"


def bodies(response):
    return [message["Body"] for message in response.get("Messages", [])]


def attributes_of(sqs, url, *names):
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(names) or ["All"]).get("Attributes", {})


def counts(sqs, url):
    """(visible, in flight, delayed)"""
    found = attributes_of(sqs, url)
    return tuple(int(found["ApproximateNumberOfMessages" + suffix]) for suffix in ("", "NotVisible", "Delayed"))


def error_of(call, **arguments):
    """(code, HTTP status, message) of a call that must fail."""
    with pytest.raises(ClientError) as raised:
        call(**arguments)
    response = raised.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Message"]


def drain(sqs, url, **options):
    """Receives and deletes until nothing is there."""
    found = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, **options).get("Messages"):
        found += messages
        sqs.delete_message_batch(QueueUrl=url, Entries=[
            {"Id": str(i), "ReceiptHandle": m["ReceiptHandle"]} for i, m in enumerate(messages)])
    return found
