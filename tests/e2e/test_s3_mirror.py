"""`up --bucket NAME=DIR`: a bucket that is a folder."""
import os
import threading

import pytest

from conftest import App, DEADLINE_S
from s3_support import TEMPLATE, body_of

FUNCTION = """
  Seen:
    Type: AWS::Lambda::Function
    Properties: {FunctionName: seen, Runtime: python3.11, Handler: app.handler, Code: code, Role: r}
  Inbox:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: inbox
      NotificationConfiguration:
        LambdaConfigurations:
          - {Event: 's3:ObjectCreated:*', Function: !GetAtt Seen.Arn}
          - {Event: 's3:ObjectRemoved:*', Function: !GetAtt Seen.Arn}
"""
HANDLER = """
def handler(event, context):
    record = event["Records"][0]
    print("EVENT", record["eventName"], record["s3"]["object"]["key"], flush=True)
"""


def start(directory, **options):
    (directory / "code").mkdir(exist_ok=True)
    (directory / "code/app.py").write_text(HANDLER)
    (directory / "template.yaml").write_text(TEMPLATE + FUNCTION)
    return App(directory, "--bucket", f"inbox={directory / 'inbox'}", "--bucket", "other=other", **options)


@pytest.fixture
def app(tmp_path):
    running = start(tmp_path)
    yield running
    assert running.stop() == 0, running.stderr
    assert "Sanitizer" not in running.stderr, running.stderr


def events(app):
    return [line["line"][6:] for line in app.lines if line.get("line", "").startswith("EVENT ")]


def wait_event(app, text):
    app.wait_for(lambda line: line.get("line", "") == f"EVENT {text}")


def expect_events(app, *wanted):
    """These and no others. Events for a function come in any order: all are waited for before they are counted."""
    for event in wanted:
        wait_event(app, event)
    eventually(lambda: len(events(app)) >= len(wanted))
    assert sorted(events(app)) == sorted(wanted)


def eventually(holds):
    """Files are looked at when their turn comes: waits until holds() is true, with a deadline."""
    moment = threading.Event()
    for _ in range(DEADLINE_S * 50):
        if holds():
            return
        moment.wait(0.02)
    raise AssertionError("it did not come true")


def keys_of(s3, bucket="inbox"):
    return [each["Key"] for each in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]


def test_a_file_that_is_dropped_is_an_upload(app, tmp_path):
    s3, inbox = app.client("s3"), tmp_path / "inbox"
    (inbox / "a.txt").write_bytes(b"hello")
    wait_event(app, "ObjectCreated:Put a.txt")
    got = s3.get_object(Bucket="inbox", Key="a.txt")
    assert got["Body"].read() == b"hello" and got["ContentType"] == "text/plain" and got["Metadata"] == {}
    assert not [name for name in got["ResponseMetadata"]["HTTPHeaders"] if "sls" in name]
    (inbox / "new/deep").mkdir(parents=True)
    (inbox / "new/deep/b.bin").write_bytes(b"x" * 3_000_000)
    eventually(lambda: "new/deep/b.bin" in keys_of(s3) and len(body_of(s3, "inbox", "new/deep/b.bin")) == 3_000_000)
    (inbox / "a.txt").write_bytes(b"changed")
    eventually(lambda: body_of(s3, "inbox", "a.txt") == b"changed")
    os.rename(inbox / "a.txt", inbox / "c.txt")
    eventually(lambda: keys_of(s3) == ["c.txt", "new/deep/b.bin"])
    os.remove(inbox / "c.txt")
    wait_event(app, "ObjectRemoved:Delete c.txt")
    os.rename(inbox / "new", tmp_path / "elsewhere")
    eventually(lambda: keys_of(s3) == [])


def test_an_object_that_is_put_is_a_file(app, tmp_path):
    s3, inbox = app.client("s3"), tmp_path / "inbox"
    for key, size in (("k.txt", 5), ("deep/er/large", 2_000_000), ("empty", 0), ("folder/", 0)):
        s3.put_object(Bucket="inbox", Key=key, Body=b"x" * size)
    for key, size in (("k.txt", 5), ("deep/er/large", 2_000_000), ("empty", 0)):
        eventually(lambda: (inbox / key).is_file() and (inbox / key).read_bytes() == b"x" * size)
    eventually(lambda: (inbox / "folder").is_dir())
    s3.put_object(Bucket="inbox", Key="k.txt", Body=b"second")
    eventually(lambda: (inbox / "k.txt").read_bytes() == b"second")
    s3.delete_object(Bucket="inbox", Key="deep/er/large")
    eventually(lambda: not (inbox / "deep").exists())
    assert (inbox / "k.txt").exists()
    # Our own writes are no uploads: what comes last comes after all that they could have caused.
    (inbox / "last").write_bytes(b"")
    expect_events(app, *["ObjectCreated:Put k.txt"] * 2, "ObjectCreated:Put deep/er/large", "ObjectCreated:Put empty",
                  "ObjectCreated:Put folder/", "ObjectRemoved:Delete deep/er/large", "ObjectCreated:Put last")


def test_what_is_no_file_stays_in_the_bucket_alone(app, tmp_path):
    s3, inbox = app.client("s3"), tmp_path / "inbox"
    for key in ("../escape", "/absolute", "a//b", ".hidden", "a/.git/x", "back~", "n" * 300, "ok"):
        s3.put_object(Bucket="inbox", Key=key, Body=b"x")
    eventually(lambda: (inbox / "ok").exists())
    assert sorted(os.listdir(inbox)) == ["ok"] and not (tmp_path / "escape").exists()
    (inbox / ".part").write_bytes(b"x")
    (inbox / "draft~").write_bytes(b"x")
    os.symlink("/etc/passwd", inbox / "link")
    (inbox / "seen").write_bytes(b"x")
    eventually(lambda: "seen" in keys_of(s3))
    assert not {".part", "draft~", "link"} & set(keys_of(s3))


def test_a_start_brings_both_into_step(tmp_path):
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "before").write_bytes(b"file")
    app = start(tmp_path)
    s3 = app.client("s3")
    eventually(lambda: keys_of(s3) == ["before"])
    s3.put_object(Bucket="inbox", Key="object", Body=b"object")
    eventually(lambda: (inbox / "object").exists())
    # What has not ended is delivered again after the next start.
    app.wait_for(lambda _: len([line for line in app.lines if line["type"] == "invocation"]) == 2)
    assert sorted(events(app)) == ["ObjectCreated:Put before", "ObjectCreated:Put object"]
    assert app.stop() == 0
    (inbox / "while-away").write_bytes(b"new")
    (inbox / "before").write_bytes(b"changed")
    os.remove(inbox / "object")
    app = start(tmp_path)
    s3 = app.client("s3")
    eventually(lambda: keys_of(s3) == ["before", "object", "while-away"] and body_of(s3, "inbox", "before") == b"changed")
    eventually(lambda: (inbox / "object").exists())
    (inbox / "last").write_bytes(b"")
    expect_events(app, "ObjectCreated:Put before", "ObjectCreated:Put last", "ObjectCreated:Put while-away")
    assert app.stop() == 0, app.stderr
    assert (tmp_path / "other").is_dir(), "a bucket that nobody described is made"


def test_many_files_at_once(app, tmp_path):
    s3, inbox = app.client("s3"), tmp_path / "inbox"
    for number in range(300):
        (inbox / f"f{number:03}").write_bytes(b"x")
    eventually(lambda: len(keys_of(s3)) == 300)
    for number in range(300):
        os.remove(inbox / f"f{number:03}")
    eventually(lambda: keys_of(s3) == [])
