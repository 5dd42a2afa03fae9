"""What the tests of S3 share: one running `up` a file, buckets of their own."""
import itertools

import pytest
from botocore.exceptions import ClientError

from conftest import App

TEMPLATE = "Resources:\n  Queue:\n    Type: AWS::SQS::Queue\n"
names = (f"bucket-{number}" for number in itertools.count())


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    directory = tmp_path_factory.mktemp("s3")
    (directory / "template.yaml").write_text(TEMPLATE)
    running = App(directory)
    yield running
    assert running.stop() == 0, running.stderr
    assert "Sanitizer" not in running.stderr, running.stderr


@pytest.fixture(scope="module")
def s3(app):
    return app.client("s3")


@pytest.fixture
def bucket(s3):
    name = next(names)
    s3.create_bucket(Bucket=name)
    return name


def error_of(call, **arguments):
    """(code, HTTP status, the error's members) of a call that must fail."""
    with pytest.raises(ClientError) as raised:
        call(**arguments)
    response = raised.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]


def body_of(s3, bucket, key, **options):
    return s3.get_object(Bucket=bucket, Key=key, **options)["Body"].read()
