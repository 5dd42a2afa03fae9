"""Events of buckets: to functions, queues, topics and EventBridge, from templates and through the API."""
import itertools
import json

import pytest
from botocore.exceptions import ClientError

from conftest import App

names = (f"events-{number}" for number in itertools.count())

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Photos:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: photos
  Seen:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: seen
      Runtime: python3.11
      Handler: app.handler
      CodeUri: .
      Events:
        Pictures:
          Type: S3
          Properties:
            Bucket: !Ref Photos
            Events: ['s3:ObjectCreated:*', 's3:ObjectRemoved:*']
            Filter: {S3Key: {Rules: [{Name: prefix, Value: in/}, {Name: suffix, Value: .jpg}]}}
"""
APP = "import json\ndef handler(event, context):\n    print('EVENT ' + json.dumps(event), flush=True)\n"


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    directory = tmp_path_factory.mktemp("s3-events")
    (directory / "template.yaml").write_text(TEMPLATE)
    (directory / "app.py").write_text(APP)
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


def next_event(app, wanted):
    """The first event that the function printed for which wanted(record) holds."""
    def is_it(line):
        text = line.get("line", "")
        return text.startswith("EVENT ") and wanted(json.loads(text[6:])["Records"][0])
    return json.loads(app.wait_for(is_it)["line"][6:])


def test_a_template_s_function_hears_of_objects(app, s3):
    etag = s3.put_object(Bucket="photos", Key="in/red flower@1.jpg", Body=b"x" * 1024)["ETag"].strip('"')
    event = next_event(app, lambda record: "red" in record["s3"]["object"]["key"])
    [record] = event["Records"]
    assert (record["eventVersion"], record["eventSource"], record["eventName"]) == ("2.1", "aws:s3", "ObjectCreated:Put")
    assert record["s3"]["bucket"]["name"] == "photos" and record["s3"]["bucket"]["arn"] == "arn:aws:s3:::photos"
    thing = record["s3"]["object"]
    assert (thing["key"], thing["size"], thing["eTag"]) == ("in/red+flower%401.jpg", 1024, etag)
    assert "versionId" not in thing
    s3.delete_object(Bucket="photos", Key="in/red flower@1.jpg")
    removed = next_event(app, lambda record: record["eventName"].startswith("ObjectRemoved"))["Records"][0]
    assert removed["eventName"] == "ObjectRemoved:Delete"
    assert set(removed["s3"]["object"]) == {"key", "sequencer"}
    assert int(removed["s3"]["object"]["sequencer"], 16) > int(thing["sequencer"], 16)


def test_filters_keep_other_objects_away(app, s3):
    for key in ("out/a.jpg", "in/a.png", "a.jpg"):
        s3.put_object(Bucket="photos", Key=key, Body=b"")
    s3.put_object(Bucket="photos", Key="in/last.jpg", Body=b"")
    next_event(app, lambda record: record["s3"]["object"]["key"] == "in/last.jpg")
    events = [line["line"] for line in app.lines if line.get("line", "").startswith("EVENT ")]
    assert not [line for line in events if ".png" in line or "out/" in line]


def test_the_configuration_of_a_template_is_told(s3):
    told = s3.get_bucket_notification_configuration(Bucket="photos")["LambdaFunctionConfigurations"]
    assert sorted(each["Events"][0] for each in told) == ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]
    assert told[0]["Filter"]["Key"]["FilterRules"] == [{"Name": "Prefix", "Value": "in/"}, {"Name": "Suffix", "Value": ".jpg"}]
    assert told[0]["LambdaFunctionArn"].endswith(":function:seen")


def put_error(s3, bucket, **configuration):
    with pytest.raises(ClientError) as raised:
        s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=configuration)
    return raised.value.response["Error"]


FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:seen"


def to_function(*events, **filters):
    rules = [{"Name": name, "Value": value} for name, value in filters.items()]
    return {"LambdaFunctionArn": FUNCTION, "Events": list(events), **({"Filter": {"Key": {"FilterRules": rules}}} if rules else {})}


def test_configurations_are_checked(s3, bucket):
    error = put_error(s3, bucket, QueueConfigurations=[{"QueueArn": "invalid", "Events": ["s3:ObjectCreated:*"]}])
    assert (error["Code"], error["Message"], error["ArgumentName"]) == ("InvalidArgument", "The ARN could not be parsed", "Queue")
    gone = "arn:aws:sqs:us-east-1:000000000000:gone"
    error = put_error(s3, bucket, QueueConfigurations=[{"QueueArn": gone, "Events": ["s3:ObjectCreated:*"]}])
    assert error["Message"] == "Unable to validate the following destination configurations"
    assert error["ArgumentName"] == gone and error["ArgumentValue"] == "The destination queue does not exist"
    error = put_error(s3, bucket, LambdaFunctionConfigurations=[to_function("s3:ObjectCreated:*", infix="x")])
    assert error["Message"] == "filter rule name must be either prefix or suffix"
    error = put_error(s3, bucket, LambdaFunctionConfigurations=[to_function("s3:ObjectCreated:Put"), to_function("s3:ObjectCreated:*")])
    assert error["Code"] == "InvalidArgument" and "overlap" in error["Message"]
    error = put_error(s3, bucket, LambdaFunctionConfigurations=[to_function("s3:ObjectCreated:*", prefix="a"),
                                                                to_function("s3:ObjectCreated:*", prefix="ab")])
    assert "ambiguously" in error["Message"]
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={"LambdaFunctionConfigurations": [
        to_function("s3:ObjectCreated:*", prefix="a"), to_function("s3:ObjectCreated:*", PREFIX="b")]})
    told = s3.get_bucket_notification_configuration(Bucket=bucket)["LambdaFunctionConfigurations"]
    assert [each["Filter"]["Key"]["FilterRules"] for each in told] == [[{"Name": "Prefix", "Value": "a"}], [{"Name": "Prefix", "Value": "b"}]]
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={})
    assert "LambdaFunctionConfigurations" not in s3.get_bucket_notification_configuration(Bucket=bucket)


def test_versions_are_told(app, s3, bucket):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={"LambdaFunctionConfigurations": [
        to_function("s3:ObjectCreated:*", "s3:ObjectRemoved:*")]})
    version = s3.put_object(Bucket=bucket, Key="k", Body=b"1")["VersionId"]
    created = next_event(app, lambda record: record["s3"]["bucket"]["name"] == bucket)["Records"][0]
    assert created["s3"]["object"]["versionId"] == version
    marker = s3.delete_object(Bucket=bucket, Key="k")["VersionId"]
    removed = next_event(app, lambda record: record["eventName"] == "ObjectRemoved:DeleteMarkerCreated")["Records"][0]
    assert removed["s3"]["object"]["versionId"] == marker
    assert removed["s3"]["object"]["eTag"] == "d41d8cd98f00b204e9800998ecf8427e" and "size" not in removed["s3"]["object"]
    s3.delete_object(Bucket=bucket, Key="k", VersionId=version)
    gone = next_event(app, lambda record: record["eventName"] == "ObjectRemoved:Delete"
                      and record["s3"]["object"].get("versionId") == version)
    assert gone
