"""What the hostile requests of the event bus are about: one of everything, made again when a request took it away."""
import json
import time
import xml.etree.ElementTree

import botocore.exceptions
import http.client
import socket
import urllib.parse

import bus_requests
from bus_requests import DLQ, FUNCTION, QUEUE, STREAM, TOPIC, arn
from conftest import DEADLINE_S

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Function:
    Type: AWS::Serverless::Function
    Properties: {FunctionName: f, Runtime: python3.11, Handler: app.handler, CodeUri: app/}
"""
FILES = {"template.yaml": TEMPLATE, "app/app.py": "def handler(event, context):\n    return {}\n"}


class World:
    """`names`: what "@queue" and the like stand for."""

    def __init__(self, app):
        self.app = app
        self.clients = {name: app.client(name) for name in bus_requests.SERVICES}
        self.queue = f"{app.edge}/000000000000/queue"
        self.names = {"@queue": self.queue, "@other": f"{app.edge}/000000000000/other", "@receipt": "x", "@task": "x", "@upload": "x", "@etag": "x",
                      "@subscription": TOPIC + ":x", "@archive": arn("events", "archive/archive"), "@connection": "x", "@iterator": "x",
                      "@consumer": STREAM + "/consumer/consumer:1", "@mapping": "x"}
        for service in ("sqs", "events", "logs", "kinesis", "s3", "scheduler", "sns", "lambda"):
            self.restore(service)

    def try_(self, service, operation, **arguments):
        try:
            return getattr(self.clients[service], operation)(**arguments)
        except botocore.exceptions.ClientError as error:
            assert error.response["ResponseMetadata"]["HTTPStatusCode"] < 500, error.response
            return {}

    def restore(self, service):
        """Makes what is missing of a service's part of the world; learns the names it gave."""
        self.names.update({"@now": int(time.time() * 1000), "@seconds": int(time.time())})
        getattr(self, service, lambda: None)()

    def sqs(self):
        for name in ("queue", "other", "dlq"):
            self.try_("sqs", "create_queue", QueueName=name)
        self.try_("sqs", "create_queue", QueueName="line.fifo", Attributes={"FifoQueue": "true"})
        self.try_("sqs", "set_queue_attributes", QueueUrl=self.queue, Attributes={
            "RedrivePolicy": json.dumps({"deadLetterTargetArn": DLQ, "maxReceiveCount": 1000}), "DelaySeconds": "0", "Policy": ""})
        self.try_("sqs", "send_message", QueueUrl=self.queue, MessageBody="x")
        messages = self.try_("sqs", "receive_message", QueueUrl=self.queue).get("Messages", [])
        if messages:
            self.names["@receipt"] = messages[0]["ReceiptHandle"]
        self.names["@task"] = self.try_("sqs", "start_message_move_task", SourceArn=DLQ).get("TaskHandle", "x")

    def sns(self):
        self.try_("sns", "create_topic", Name="topic")
        told = self.try_("sns", "subscribe", TopicArn=TOPIC, Protocol="sqs", Endpoint=QUEUE, ReturnSubscriptionArn=True)
        self.names["@subscription"] = told.get("SubscriptionArn", TOPIC + ":x")

    def s3(self):
        self.try_("s3", "create_bucket", Bucket="bucket")
        self.try_("s3", "put_object", Bucket="bucket", Key="key", Body=b"something")
        self.try_("s3", "create_bucket", Bucket="locked", ObjectLockEnabledForBucket=True)
        self.try_("s3", "put_object", Bucket="locked", Key="key", Body=b"something")
        upload = self.try_("s3", "create_multipart_upload", Bucket="bucket", Key="key").get("UploadId", "x")
        self.names.update({"@upload": upload, "@etag": self.try_("s3", "upload_part", Bucket="bucket", Key="key", UploadId=upload, PartNumber=1,
                                                                Body=b"part").get("ETag", "x")})

    def events(self):
        self.try_("events", "create_event_bus", Name="bus")
        self.try_("events", "put_rule", Name="rule", EventBusName="bus", EventPattern=bus_requests.PATTERN)
        self.try_("events", "put_targets", Rule="rule", EventBusName="bus", Targets=[{"Id": "t", "Arn": QUEUE}])
        self.try_("events", "create_archive", ArchiveName="archive", EventSourceArn=arn("events", "event-bus/bus"))
        self.try_("events", "create_connection", Name="connection", AuthorizationType="API_KEY", AuthParameters=bus_requests.CREDENTIALS)
        self.names["@connection"] = self.try_("events", "describe_connection", Name="connection").get("ConnectionArn", "x")
        self.try_("events", "create_api_destination", Name="api", ConnectionArn=self.names["@connection"], HttpMethod="POST",
                  InvocationEndpoint="http://127.0.0.1:9/x")

    def scheduler(self):
        self.try_("scheduler", "create_schedule_group", Name="group")
        self.try_("scheduler", "create_schedule", Name="schedule", ScheduleExpression="rate(1 day)", FlexibleTimeWindow={"Mode": "OFF"},
                  Target={"Arn": QUEUE, "RoleArn": bus_requests.ROLE})

    def kinesis(self):
        self.try_("kinesis", "create_stream", StreamName="stream", ShardCount=2)
        self.try_("kinesis", "put_record", StreamName="stream", PartitionKey="p", Data=b"x")
        self.try_("kinesis", "create_stream", StreamName="ondemand", StreamModeDetails={"StreamMode": "ON_DEMAND"})
        shards = self.try_("kinesis", "list_shards", StreamName="stream", ShardFilter={"Type": "AT_LATEST"}).get("Shards", [])
        if len(shards) > 8 or not shards:  # splitting goes on for ever
            self.try_("kinesis", "delete_stream", StreamName="stream", EnforceConsumerDeletion=True)
            self.try_("kinesis", "create_stream", StreamName="stream", ShardCount=2)
        shards.sort(key=lambda shard: int(shard["HashKeyRange"]["StartingHashKey"]))
        self.names.update({"@open": shards[0]["ShardId"] if shards else "x", "@next": shards[1]["ShardId"] if len(shards) > 1 else "x"})
        self.names["@iterator"] = self.try_("kinesis", "get_shard_iterator", StreamName="stream", ShardId="shardId-000000000000",
                                            ShardIteratorType="TRIM_HORIZON").get("ShardIterator", "x")
        self.try_("kinesis", "register_stream_consumer", StreamARN=STREAM, ConsumerName="consumer")
        consumers = self.try_("kinesis", "list_stream_consumers", StreamARN=STREAM).get("Consumers", [])
        self.names["@consumer"] = next((c["ConsumerARN"] for c in consumers if c["ConsumerName"] == "consumer"), self.names["@consumer"])

    def logs(self):
        self.try_("logs", "create_log_group", logGroupName="group")
        self.try_("logs", "create_log_stream", logGroupName="group", logStreamName="stream")

    def lambda_(self):
        found = self.try_("lambda", "create_event_source_mapping", FunctionName="f", EventSourceArn=QUEUE, Enabled=False).get("UUID")
        mappings = self.try_("lambda", "list_event_source_mappings").get("EventSourceMappings", [])
        for mapping in mappings:
            if mapping["State"] != "Deleting" and (len(mappings) > 20 or mapping["EventSourceArn"] != QUEUE):
                self.try_("lambda", "delete_event_source_mapping", UUID=mapping["UUID"])
        self.names["@mapping"] = found or next((m["UUID"] for m in mappings if m["EventSourceArn"] == QUEUE), "x")


setattr(World, "lambda", World.lambda_)


class Silence(AssertionError):
    """The connection ended without an answer."""


class Wire:
    """A connection that is kept alive, for requests as bytes; made again when the other side closed it."""

    def __init__(self, url, deadline_s=DEADLINE_S):
        parts = urllib.parse.urlsplit(url)
        self.address, self.deadline_s, self.sock = (parts.hostname, parts.port), deadline_s, None

    def close(self):
        if self.sock:
            self.sock.close()
            self.sock = None

    def send(self, request):
        """(status, headers, body); of an answer without an end only the head."""
        if self.sock is None:
            self.sock = socket.create_connection(self.address, timeout=self.deadline_s)
        try:
            try:
                self.sock.sendall(request.bytes())
            except ConnectionError:
                pass  # refused before all was sent
            answer = http.client.HTTPResponse(self.sock, method=request.method)
            answer.begin()
            is_endless = answer.headers.get("Content-Type", "").startswith("application/vnd.amazon.eventstream")
            body = b"" if is_endless else answer.read()
        except (ConnectionError, http.client.HTTPException) as error:
            self.close()
            raise Silence(f"{error!r} {request}") from error
        if is_endless or answer.will_close:
            self.close()
        return answer.status, answer.headers, body


# What an operation that is not emulated may be refused with, whatever the service.
NOT_EMULATED = ("UnknownOperation", "NotImplemented", "InvalidAction", "MethodNotAllowed")


def fault_of(request, status, headers, body):
    """What is wrong with an answer, or None."""
    if request.method != "HEAD" and headers.get("Content-Type", "").startswith(("application/cbor", "application/x-amz-cbor")):
        if not 200 <= status <= 501 or status == 500:
            return f"status {status}"
        return None if status < 300 or (body.startswith(b"\xbff__type") and b"message" in body.lower()) else "CBOR of another kind"
    if status == 501:
        return None if any(name in body.decode() + headers.get("x-amzn-ErrorType", "") for name in NOT_EMULATED) else "501 without a name"
    if not 200 <= status < 500:
        return f"status {status}"
    if status < 300 or status == 304:
        return None
    if request.method == "HEAD":
        return None if body == b"" else "a body"
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return "not UTF-8"
    if not text:
        return "no words"
    if text.startswith("<"):
        try:
            root = xml.etree.ElementTree.fromstring(text)
        except xml.etree.ElementTree.ParseError as error:
            return f"no XML: {error}"
        error = root if root.tag == "Error" else root.find("{*}Error") if root.tag.endswith("ErrorResponse") else None
        if error is None:
            return "XML of another kind"
        return None if error.findtext("{*}Code") and error.find("{*}Message") is not None else "no code or message"
    try:
        told = json.loads(text)
    except ValueError:
        return "neither XML nor JSON"
    if not isinstance(told, dict):
        return "no object"
    if not (told.get("__type") or headers.get("x-amzn-ErrorType")):
        return "no type"
    words = told.get("message", told.get("Message"))
    return None if words is None or isinstance(words, str) else "no message"
