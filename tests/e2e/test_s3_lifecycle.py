"""Lifecycle rules: what expires at midnight, on the clock that is turned, and what is told of it."""
import json

import pytest
import requests

from conftest import App
from s3_support import TEMPLATE, body_of, error_of, names

FUNCTION = """
  Seen:
    Type: AWS::Lambda::Function
    Properties: {FunctionName: seen, Runtime: python3.11, Handler: app.handler, Code: ., Role: r}
  Expiring:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: expiring
      LifecycleConfiguration:
        Rules:
          - {Id: logs, Status: Enabled, Prefix: logs/, ExpirationInDays: 1}
          - {Id: uploads, Status: Enabled, AbortIncompleteMultipartUpload: {DaysAfterInitiation: 2}}
      NotificationConfiguration:
        LambdaConfigurations: [{Event: 's3:LifecycleExpiration:*', Function: !GetAtt Seen.Arn}]
"""
HANDLER = "import json\ndef handler(event, context):\n    print('EVENT ' + json.dumps(event), flush=True)\n"


@pytest.fixture
def app(tmp_path):
    (tmp_path / "template.yaml").write_text(TEMPLATE + FUNCTION)
    (tmp_path / "app.py").write_text(HANDLER)
    running = App(tmp_path)
    yield running
    assert running.stop() == 0, running.stderr


def turn(app, text):
    answer = requests.post(app.edge + "/_sls/clock", json={"advance": text})
    assert answer.status_code == 200, answer.text


def keys_of(s3, bucket):
    return [each["Key"] for each in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]


def test_a_template_s_rules_let_objects_go(app):
    s3 = app.client("s3")
    for key in ("logs/1", "logs/2", "kept"):
        put = s3.put_object(Bucket="expiring", Key=key, Body=b"x" * 20000)
    assert "Expiration" not in put
    assert 'rule-id="logs"' in s3.head_object(Bucket="expiring", Key="logs/1")["Expiration"]
    upload = s3.create_multipart_upload(Bucket="expiring", Key="big")["UploadId"]
    s3.upload_part(Bucket="expiring", Key="big", UploadId=upload, PartNumber=1, Body=b"part")
    turn(app, "23h")
    assert keys_of(s3, "expiring") == ["kept", "logs/1", "logs/2"]
    turn(app, "26h")
    assert keys_of(s3, "expiring") == ["kept"]
    line = app.wait_for(lambda line: line.get("line", "").startswith("EVENT "))
    record = json.loads(line["line"][6:])["Records"][0]
    assert record["eventName"] == "LifecycleExpiration:Delete" and record["s3"]["object"]["key"].startswith("logs/")
    assert "Uploads" in s3.list_multipart_uploads(Bucket="expiring")
    turn(app, "24h")
    assert "Uploads" not in s3.list_multipart_uploads(Bucket="expiring")


def test_older_versions_and_lonely_markers_go(app):
    s3, bucket = app.client("s3"), next(names)
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [
        {"ID": "older", "Status": "Enabled", "Filter": {"Prefix": ""}, "NoncurrentVersionExpiration":
         {"NoncurrentDays": 1, "NewerNoncurrentVersions": 1}},
        {"ID": "markers", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"ExpiredObjectDeleteMarker": True}},
        {"ID": "tagged", "Status": "Enabled", "Filter": {"Tag": {"Key": "go", "Value": "yes"}}, "Expiration": {"Days": 1}}]})
    for body in (b"1", b"2", b"3", b"4"):
        s3.put_object(Bucket=bucket, Key="k", Body=body)
    s3.put_object(Bucket=bucket, Key="tagged", Body=b"x", Tagging="go=yes")
    s3.delete_object(Bucket=bucket, Key="never-was")
    turn(app, "48h")
    told = s3.list_object_versions(Bucket=bucket)
    kept = [body_of(s3, bucket, "k", VersionId=each["VersionId"]) for each in told["Versions"] if each["Key"] == "k"]
    assert kept == [b"4", b"3"], "the current one and one older"
    assert [each["Key"] for each in told["DeleteMarkers"]] == ["tagged"], "the object that expired is hidden, the lonely marker is gone"
    assert keys_of(s3, bucket) == ["k"]


def test_rules_are_checked_and_told(app):
    s3, bucket = app.client("s3"), next(names)
    s3.create_bucket(Bucket=bucket)
    rule = {"ID": "a", "Status": "Enabled", "Filter": {"Prefix": "x"}, "Expiration": {"Days": 3}}

    def refused(*rules):
        return error_of(s3.put_bucket_lifecycle_configuration, Bucket=bucket, LifecycleConfiguration={"Rules": list(rules)})[0]

    assert refused(rule, rule) == "InvalidArgument"
    assert refused({**rule, "Expiration": {"Days": 0}}) == "MalformedXML"
    assert refused({**rule, "Expiration": {"Date": "2030-01-01T01:00:00Z"}}) == "InvalidArgument"
    assert refused({**rule, "Status": "enabled"}) == "MalformedXML"
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [rule]})
    assert s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"] == [rule]
    s3.delete_bucket_lifecycle(Bucket=bucket)
    assert error_of(s3.get_bucket_lifecycle_configuration, Bucket=bucket)[:2] == ("NoSuchLifecycleConfiguration", 404)
