"""A full disk: what is refused has had no effect, what is asked for again is there after a kill."""
import contextlib
import resource

import apps
import botocore.exceptions
import pytest

HANDLER = """
def handler(event, context):
    return {}
"""
QUEUE = "arn:aws:sqs:us-east-1:000000000000:q"
ROLE = "arn:aws:iam::000000000000:role/r"
SCHEDULE = {"Name": "s", "ScheduleExpression": "rate(1 day)", "FlexibleTimeWindow": {"Mode": "OFF"},
            "Target": {"Arn": QUEUE, "RoleArn": ROLE}}

# service, what makes a thing, what finds it, what takes it away
THINGS = {
    "sqs": (lambda c: c.create_queue(QueueName="q"), lambda c: c.list_queues().get("QueueUrls"),
            lambda c: c.delete_queue(QueueUrl=c.get_queue_url(QueueName="q")["QueueUrl"])),
    "sns": (lambda c: c.create_topic(Name="t"), lambda c: c.list_topics()["Topics"],
            lambda c: c.delete_topic(TopicArn="arn:aws:sns:us-east-1:000000000000:t")),
    "events": (lambda c: c.put_rule(Name="r", EventPattern='{"source":["x"]}'), lambda c: c.list_rules()["Rules"],
               lambda c: c.delete_rule(Name="r")),
    "scheduler": (lambda c: c.create_schedule(**SCHEDULE), lambda c: c.list_schedules()["Schedules"],
                  lambda c: c.delete_schedule(Name="s")),
    "s3": (lambda c: c.create_bucket(Bucket="bkt"), lambda c: c.list_buckets()["Buckets"],
           lambda c: c.delete_bucket(Bucket="bkt")),
    "kinesis": (lambda c: c.create_stream(StreamName="s", ShardCount=1), lambda c: c.list_streams()["StreamNames"],
                lambda c: c.delete_stream(StreamName="s")),
    "logs": (lambda c: c.create_log_group(logGroupName="g"),
             lambda c: c.describe_log_groups(logGroupNamePrefix="g")["logGroups"],
             lambda c: c.delete_log_group(logGroupName="g")),
}


@contextlib.contextmanager
def full_disk(app):
    """A limit of the file's size stands for it."""
    resource.prlimit(app.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    yield
    resource.prlimit(app.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def expect_refused(app, change, client):
    with full_disk(app), pytest.raises(botocore.exceptions.ClientError) as refused:
        change(client)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] >= 500


def test_what_is_refused_has_no_effect_and_what_is_asked_for_again_stays(app_factory):
    app = app_factory(apps.python(HANDLER))
    for service, (make, find, _) in THINGS.items():
        client = app.client(service)
        expect_refused(app, make, client)
        assert not find(client), service
        make(client)
        assert find(client), service
    app.kill()
    app = app_factory(directory=app.directory)
    for service, (_, find, take_away) in THINGS.items():
        client = app.client(service)
        assert find(client), service
        expect_refused(app, take_away, client)
        assert find(client), service
        take_away(client)
        assert not find(client), service
    app.kill()
    app = app_factory(directory=app.directory)
    for service, (_, find, _) in THINGS.items():
        assert not find(app.client(service)), service
