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
  Round:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: round
  Again:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: again
      Runtime: python3.11
      Handler: app.again
      CodeUri: .
      Events:
        Any: {Type: S3, Properties: {Bucket: !Ref Round, Events: 's3:ObjectCreated:*'}}
  Jobs:
    Type: AWS::SQS::Queue
    Properties: {QueueName: jobs}
  Wired:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: wired
      NotificationConfiguration:
        QueueConfigurations: [{Event: 's3:ObjectCreated:*', Queue: !GetAtt Jobs.Arn}]
"""
APP = """\
import json, os, urllib.request

def handler(event, context):
    print('EVENT ' + json.dumps(event), flush=True)

def again(event, context):  # writes what makes it run, with the trace as every SDK sends it
    request = urllib.request.Request(os.environ["AWS_ENDPOINT_URL"] + "/round/next", data=b"x", method="PUT",
                                     headers={"X-Amzn-Trace-Id": os.environ["_X_AMZN_TRACE_ID"]})
    urllib.request.urlopen(request).read()
"""


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


def queue_of(app, name):
    """(URL, ARN, receive) of a new queue; receive() gives the bodies of what is there, waiting for the first."""
    sqs = app.client("sqs")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]

    def receive():
        told = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"]
        for each in told:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
        return [json.loads(each["Body"]) for each in told]

    return url, arn, receive


def test_a_queue_gets_a_test_event_and_then_records(app, s3, bucket):
    _, arn, receive = queue_of(app, f"{bucket}-queue")
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={"QueueConfigurations": [
        {"Id": "mine", "QueueArn": arn, "Events": ["s3:ObjectCreated:*", "s3:ObjectTagging:*", "s3:ObjectAcl:Put"]}]})
    [test] = receive()
    assert (test["Service"], test["Event"], test["Bucket"]) == ("Amazon S3", "s3:TestEvent", bucket)
    assert set(test) == {"Service", "Event", "Time", "Bucket", "RequestId", "HostId"}
    put = s3.put_object(Bucket=bucket, Key="a@b", Body=b"data")
    [message] = receive()
    [record] = message["Records"]
    assert record["s3"]["configurationId"] == "mine" and record["responseElements"]["x-amz-request-id"] == put["ResponseMetadata"]["RequestId"]
    assert (record["s3"]["object"]["key"], record["s3"]["object"]["size"]) == ("a%40b", 4)
    assert record["requestParameters"] == {"sourceIPAddress": "127.0.0.1"} and record["awsRegion"] == "us-east-1"
    s3.put_object_tagging(Bucket=bucket, Key="a@b", Tagging={"TagSet": [{"Key": "a", "Value": "1"}]})
    tagged = receive()[0]["Records"][0]
    assert (tagged["eventVersion"], tagged["eventName"]) == ("2.3", "ObjectTagging:Put")
    assert set(tagged["s3"]["object"]) == {"key", "eTag"}
    s3.delete_object_tagging(Bucket=bucket, Key="a@b")
    assert receive()[0]["Records"][0]["eventName"] == "ObjectTagging:Delete"
    s3.put_object_acl(Bucket=bucket, Key="a@b", ACL="public-read")
    assert receive()[0]["Records"][0]["eventName"] == "ObjectAcl:Put"
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/a@b")
    assert receive()[0]["Records"][0]["eventName"] == "ObjectCreated:Copy"
    upload = s3.create_multipart_upload(Bucket=bucket, Key="parts")["UploadId"]
    etag = s3.upload_part(Bucket=bucket, Key="parts", UploadId=upload, PartNumber=1, Body=b"x" * 100)["ETag"]
    s3.complete_multipart_upload(Bucket=bucket, Key="parts", UploadId=upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag}]})
    done = receive()[0]["Records"][0]
    assert (done["eventName"], done["s3"]["object"]["size"]) == ("ObjectCreated:CompleteMultipartUpload", 100)


def test_the_queue_of_a_template_gets_records(app, s3):
    sqs = app.client("sqs")
    s3.put_object(Bucket="wired", Key="k", Body=b"x")
    url = sqs.get_queue_url(QueueName="jobs")["QueueUrl"]
    [message] = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"]
    assert json.loads(message["Body"])["Records"][0]["s3"]["object"]["key"] == "k"


def test_a_topic_gets_the_record_with_its_subject(app, s3, bucket):
    sns = app.client("sns")
    topic = sns.create_topic(Name=f"{bucket}-topic")["TopicArn"]
    _, queue, receive = queue_of(app, f"{bucket}-subscriber")
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={"TopicConfigurations": [
        {"TopicArn": topic, "Events": ["s3:ObjectRemoved:*"], "Filter": {"Key": {"FilterRules": [{"Name": "suffix", "Value": ".txt"}]}}}]})
    [test] = receive()
    assert json.loads(test["Message"])["Event"] == "s3:TestEvent" and test["Subject"] == "Amazon S3 Notification"
    s3.put_object(Bucket=bucket, Key="a.txt", Body=b"x")
    s3.delete_object(Bucket=bucket, Key="a.txt")
    [told] = receive()
    assert told["Subject"] == "Amazon S3 Notification"
    assert json.loads(told["Message"])["Records"][0]["eventName"] == "ObjectRemoved:Delete"
    assert put_error(s3, bucket, TopicConfigurations=[{"TopicArn": topic + "-gone", "Events": ["s3:ObjectCreated:*"]}])["ArgumentValue"] == (
        "The destination topic does not exist")


def test_event_bridge_gets_its_own_form(app, s3, bucket):
    events = app.client("events")
    _, queue, receive = queue_of(app, f"{bucket}-bridge")
    events.put_rule(Name=bucket, EventPattern=json.dumps({"source": ["aws.s3"], "detail": {"bucket": {"name": [bucket]}}}))
    events.put_targets(Rule=bucket, Targets=[{"Id": "1", "Arn": queue}])
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={"EventBridgeConfiguration": {}})
    assert "EventBridgeConfiguration" in s3.get_bucket_notification_configuration(Bucket=bucket)
    put = s3.put_object(Bucket=bucket, Key="a b/€", Body=b"data")
    [event] = receive()
    assert (event["source"], event["detail-type"], event["resources"]) == ("aws.s3", "Object Created", [f"arn:aws:s3:::{bucket}"])
    detail = event["detail"]
    assert detail["object"]["key"] == "a b/€" and detail["object"]["etag"] == put["ETag"].strip('"') and detail["object"]["size"] == 4
    assert (detail["version"], detail["reason"], detail["requester"]) == ("0", "PutObject", "000000000000")
    assert detail["request-id"] == put["ResponseMetadata"]["RequestId"] and detail["source-ip-address"] == "127.0.0.1"
    s3.delete_object(Bucket=bucket, Key="a b/€")
    [gone] = receive()
    assert (gone["detail-type"], gone["detail"]["deletion-type"], gone["detail"]["reason"]) == (
        "Object Deleted", "Permanently Deleted", "DeleteObject")
    assert set(gone["detail"]["object"]) == {"key", "sequencer"}


def test_a_function_that_writes_to_its_own_bucket_is_told_of_and_stopped(app, s3):
    s3.put_object(Bucket="round", Key="first", Body=b"")
    told = app.wait_for(lambda line: line["type"] == "notice" and line["about"] == "again")
    assert told["text"] == ("runs again because of what it did itself (by way of bucket round); if this does not end, "
                            "it is stopped after 16 times")
    app.wait_for(lambda line: line["type"] == "notice" and line["about"] == "again" and "16 times: a loop" in line["text"])
    assert len([line for line in app.lines if line["type"] == "invocation" and line["function"] == "again"]) == 16


def test_fifo_queues_are_refused(app, s3, bucket):
    sqs = app.client("sqs")
    url = sqs.create_queue(QueueName=f"{bucket}.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    error = put_error(s3, bucket, QueueConfigurations=[{"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}])
    assert error["Code"] == "InvalidArgument" and "FIFO" in error["Message"]
