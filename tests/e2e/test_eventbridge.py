"""EventBridge through its clients: rules and their targets, archives, schedules, API destinations, templates, kills."""
import datetime
import http.server
import itertools
import json
import queue
import subprocess
import threading

import aws_cli
import botocore.exceptions
import pytest
from conftest import App, DEADLINE_S, E2E_DIR, clean_env, needs, write_tree

ACCOUNT = "000000000000"
names = (f"n{number}" for number in itertools.count())

# `seen` prints what it gets; `reply` ends in an event on the bus.
TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Orders: {Type: AWS::Events::EventBus, Properties: {Name: orders}}
  Seen:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: seen
      Runtime: python3.11
      Handler: app.seen
      CodeUri: .
      Events:
        Placed:
          Type: EventBridgeRule
          Properties:
            EventBusName: !Ref Orders
            Pattern: {source: [shop], detail: {total: [{numeric: ['>', 100]}]}}
            InputTransformer:
              InputPathsMap: {id: $.detail.id, lines: $.detail.lines}
              InputTemplate: '{"order": <id>, "says": "lines <lines>", "rule": <aws.events.rule-name>}'
        Every:
          Type: Schedule
          Properties: {Name: every-hour, Schedule: cron(0 * * * ? *)}
  Reply:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: reply
      Runtime: python3.11
      Handler: app.reply
      CodeUri: .
      EventInvokeConfig:
        DestinationConfig: {OnSuccess: {Type: EventBridge, Destination: !GetAtt Orders.Arn}}
  Photos:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: photos
      NotificationConfiguration: {EventBridgeConfiguration: {EventBridgeEnabled: true}}
"""
CODE = """
import json
def seen(event, context):
    print('EVENT ' + json.dumps(event), flush=True)
def reply(event, context):
    return {'answer': event['n'] + 1}
"""


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    directory = tmp_path_factory.mktemp("eventbridge")
    write_tree(directory, {"template.yaml": TEMPLATE, "app.py": CODE})
    running = App(directory)
    yield running
    assert running.stop() == 0, running.stderr
    assert "Sanitizer" not in running.stderr, running.stderr
    running.check()


@pytest.fixture(scope="module")
def events(app):
    return app.client("events")


@pytest.fixture(scope="module")
def sqs(app):
    return app.client("sqs")


@pytest.fixture
def bus(events):
    """A bus of its own, by name."""
    name = next(names)
    events.create_event_bus(Name=name)
    return name


class Queue:
    def __init__(self, sqs, name, **attributes):
        self.sqs, self.arn = sqs, f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}"
        self.url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]

    def take_any(self):
        """The messages that come next."""
        answer = self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10, WaitTimeSeconds=20,
                                          AttributeNames=["All"], MessageAttributeNames=["All"])
        messages = answer.get("Messages")
        assert messages, "nothing came"
        self.sqs.delete_message_batch(QueueUrl=self.url, Entries=[
            {"Id": str(n), "ReceiptHandle": message["ReceiptHandle"]} for n, message in enumerate(messages)])
        return messages

    def take(self):
        [message] = self.take_any()
        return message

    def event(self):
        return json.loads(self.take()["Body"])


@pytest.fixture
def queued(sqs):
    return Queue(sqs, next(names))


def rule(events, bus, pattern, *targets, name="r"):
    events.put_rule(Name=name, EventBusName=bus, EventPattern=json.dumps(pattern))
    done = events.put_targets(Rule=name, EventBusName=bus,
                              Targets=[{"Id": str(n), **target} for n, target in enumerate(targets)])
    assert done["FailedEntryCount"] == 0


def put(events, bus, detail, source="app", **more):
    done = events.put_events(Entries=[{"Source": source, "DetailType": "T", "EventBusName": bus,
                                       "Detail": detail if isinstance(detail, str) else json.dumps(detail), **more}])
    assert done["FailedEntryCount"] == 0, done
    return done["Entries"][0]["EventId"]


def seen(app, wanted):
    """The first event that the function printed for which wanted(event) holds."""
    line = app.wait_for(lambda line: line.get("line", "").startswith("EVENT ") and wanted(json.loads(line["line"][6:])))
    return json.loads(line["line"][6:])


def fails(call, code, message=None, **arguments):
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(**arguments)
    assert caught.value.response["Error"]["Code"] == code
    if message:
        assert caught.value.response["Error"]["Message"] == message
    return caught.value.response["Error"]["Message"]


# --- templates ---

def test_a_function_gets_what_its_rule_makes_of_an_event(app, events):
    put(events, "orders", {"id": "small", "total": 100, "lines": []}, "shop")
    put(events, "orders", {"id": "big", "total": 100.5, "lines": [{"sku": "a b"}, 2]}, "shop")
    event = seen(app, lambda event: "order" in event)
    assert event["order"] == "big" and event["says"] == "lines [{sku:a b},2]"
    assert event["rule"] == events.list_rules(EventBusName="orders")["Rules"][0]["Name"]


def test_a_schedule_of_the_template_is_due_by_the_clock(app, events):
    described = events.describe_rule(Name="every-hour")
    assert (described["ScheduleExpression"], described["State"]) == ("cron(0 * * * ? *)", "ENABLED")
    app.advance("1h")
    event = seen(app, lambda event: event.get("detail-type") == "Scheduled Event")
    assert event["source"] == "aws.events" and event["detail"] == {} and event["version"] == "0"
    assert event["resources"] == [f"arn:aws:events:us-east-1:{ACCOUNT}:rule/every-hour"]
    assert datetime.datetime.fromisoformat(event["time"].replace("Z", "+00:00")).minute == 0
    app.cli("schedule", "run", "every-hour")
    assert seen(app, lambda other: other.get("detail-type") == "Scheduled Event" and other["id"] != event["id"])


def test_objects_and_results_of_functions_are_events(app, events, queued):
    rule(events, "default", {"source": ["aws.s3"], "detail-type": ["Object Created"]}, {"Arn": queued.arn}, name="s3")
    app.client("s3").put_object(Bucket="photos", Key="a b.jpg", Body=b"xyz")
    event = queued.event()
    assert event["detail"]["bucket"] == {"name": "photos"} and event["detail"]["object"]["size"] == 3
    rule(events, "orders", {"detail-type": [{"prefix": "Lambda Function Invocation Result"}]}, {"Arn": queued.arn},
         name="results")
    app.client("lambda").invoke(FunctionName="reply", InvocationType="Event", Payload=b'{"n": 1}')
    event = queued.event()
    assert (event["source"], event["detail-type"]) == ("lambda", "Lambda Function Invocation Result - Success")
    assert event["detail"]["responsePayload"] == {"answer": 2}


SERVERLESS = """
service: shop
provider: {name: aws, runtime: python3.11, stage: dev}
functions:
  seen:
    handler: app.seen
    events:
      - eventBridge:
          eventBus: shop-bus
          pattern: {source: [app]}
          inputPath: $.detail
      - schedule: {rate: [rate(10 minutes)], input: {by: schedule}}
      - cloudwatchEvent: {event: {source: [other]}, inputPath: $.detail}
"""


def test_the_events_of_serverless_yml(app_factory):
    app = app_factory({"serverless.yml": SERVERLESS, "app.py": CODE})
    events = app.client("events")
    put(events, "shop-bus", {"by": "bus"})
    put(events, "default", {"by": "cloudwatch"}, "other")
    assert seen(app, lambda event: event["by"] == "bus") and seen(app, lambda event: event["by"] == "cloudwatch")
    app.advance("10m")
    assert seen(app, lambda event: event["by"] == "schedule") == {"by": "schedule"}


def test_what_leaves_the_template_is_gone(app_factory, tmp_path):
    app = app_factory({"template.yaml": TEMPLATE, "app.py": CODE})
    events = app.client("events")
    [placed] = events.list_rules(EventBusName="orders")["Rules"]
    (tmp_path / "template.yaml").write_text(TEMPLATE.replace("cron(0 * * * ? *)", "rate(2 hours)").replace(
        "        Placed:\n          Type: EventBridgeRule\n          Properties:\n",
        "        Placed:\n          Type: EventBridgeRule\n          Properties:\n            RuleName: other\n"))
    app.wait_for(lambda line: line["type"] == "notice" and line["text"].startswith("deployed again"))
    assert events.describe_rule(Name="every-hour")["ScheduleExpression"] == "rate(2 hours)"
    assert [each["Name"] for each in events.list_rules(EventBusName="orders")["Rules"]] == ["other"] != [placed["Name"]]


# --- targets ---

def test_every_kind_of_target(app, events, bus, sqs, queued):
    fifo = Queue(sqs, next(names) + ".fifo", FifoQueue="true", ContentBasedDeduplication="true")
    topic = app.client("sns").create_topic(Name=next(names))["TopicArn"]
    app.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queued.arn)
    kinesis, stream = app.client("kinesis"), next(names)
    kinesis.create_stream(StreamName=stream, ShardCount=1)
    stream_arn = kinesis.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]["StreamARN"]
    logs, group = app.client("logs"), f"/aws/events/{next(names)}"
    logs.create_log_group(logGroupName=group)
    rule(events, bus, {"source": ["app"]},
         {"Arn": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:seen"},
         {"Arn": fifo.arn, "InputPath": "$.detail", "SqsParameters": {"MessageGroupId": "g"}},
         {"Arn": topic, "Input": json.dumps({"hello": "topic"})},
         {"Arn": stream_arn, "KinesisParameters": {"PartitionKeyPath": "$.detail.key"}},
         {"Arn": f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:{group}"})
    event_id = put(events, bus, {"key": "k", "bus": bus})
    assert seen(app, lambda event: event.get("id") == event_id)["detail"] == {"key": "k", "bus": bus}
    message = fifo.take()
    assert json.loads(message["Body"]) == {"key": "k", "bus": bus}
    assert message["Attributes"]["MessageGroupId"] == "g"
    assert json.loads(queued.event()["Message"]) == {"hello": "topic"}
    app.advance("1s")  # comes back when everything due is through
    shard = kinesis.get_shard_iterator(StreamName=stream, ShardId="shardId-000000000000",
                                       ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    [record] = kinesis.get_records(ShardIterator=shard)["Records"]
    assert record["PartitionKey"] == "k" and json.loads(record["Data"])["id"] == event_id
    [line] = logs.filter_log_events(logGroupName=group)["events"]
    assert json.loads(line["message"])["id"] == event_id


class Endpoint:
    """An HTTP server that keeps what it is asked."""

    def __init__(self):
        asked = self.asked = queue.Queue()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                asked.put((self.path, dict(self.headers), body))
                answer = json.dumps({"access_token": "t0ken", "expires_in": 3600}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def endpoint():
    endpoint = Endpoint()
    yield endpoint
    endpoint.server.shutdown()
    endpoint.server.server_close()


def test_api_destinations_are_called_with_a_token(events, bus, endpoint):
    name = next(names)
    connection = events.create_connection(
        Name=name, AuthorizationType="OAUTH_CLIENT_CREDENTIALS", AuthParameters={
            "OAuthParameters": {"ClientParameters": {"ClientID": "id", "ClientSecret": "hush"},
                                "AuthorizationEndpoint": endpoint.url + "/token", "HttpMethod": "POST"},
            "InvocationHttpParameters": {"HeaderParameters": [{"Key": "X-More", "Value": "1", "IsValueSecret": False}]}})
    destination = events.create_api_destination(Name=name, ConnectionArn=connection["ConnectionArn"],
                                                InvocationEndpoint=endpoint.url + "/hook/*", HttpMethod="POST")
    rule(events, bus, {"source": ["app"]}, {"Arn": destination["ApiDestinationArn"], "InputPath": "$.detail",
                                            "HttpParameters": {"PathParameterValues": ["7"]}})
    put(events, bus, {"a": 1})
    path, _, body = endpoint.asked.get(timeout=DEADLINE_S)
    assert (path, body) == ("/token", b"grant_type=client_credentials&client_id=id&client_secret=hush")
    path, headers, body = endpoint.asked.get(timeout=DEADLINE_S)
    assert (path, body) == ("/hook/7", b'{"a": 1}')
    assert (headers["Authorization"], headers["X-More"]) == ("Bearer t0ken", "1")
    assert "hush" not in json.dumps(events.describe_connection(Name=name), default=str)


def test_what_cannot_be_delivered_is_a_dead_letter(events, bus, queued):
    rule(events, bus, {"source": ["app"]}, {"Arn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:nowhere",
                                            "DeadLetterConfig": {"Arn": queued.arn}})
    put(events, bus, {"a": 1})
    letter = queued.take()
    assert json.loads(letter["Body"])["detail"] == {"a": 1}
    told = {key: value["StringValue"] for key, value in letter["MessageAttributes"].items()}
    assert told["RULE_ARN"] == f"arn:aws:events:us-east-1:{ACCOUNT}:rule/{bus}/r"
    assert told["TARGET_ARN"].endswith(":nowhere") and told["ERROR_CODE"] and told["ERROR_MESSAGE"]


# --- refusals ---

def test_clients_do_not_speak_for_aws(events):
    done = events.put_events(Entries=[{"Source": "aws.s3", "DetailType": "T", "Detail": "{}"},
                                      {"Source": "awsome", "DetailType": "T", "Detail": "{}"}])
    assert done["FailedEntryCount"] == 1
    assert done["Entries"][0] == {"ErrorCode": "NotAuthorizedForSource", "ErrorMessage": "Not authorized for the source."}
    assert done["Entries"][1]["EventId"]


def test_entries_that_are_none_fail_alone(events, bus, queued):
    """Rows 50 and 51 of reference/events.md, and its section 6.4."""
    rule(events, bus, {"source": ["app"]}, {"Arn": queued.arn, "InputPath": "$.detail.n"})
    whole = {"Source": "app", "DetailType": "T", "Detail": '{"n":1}', "EventBusName": bus}
    entries = [{**whole, "EventBusName": "nowhere"}, {**whole, "Detail": "[1]"}, whole,
               *({**whole, name: ""} for name in ("Source", "DetailType", "Detail")), {**whole, "Detail": "no JSON"}]
    answer = events.put_events(Entries=entries)
    assert answer["FailedEntryCount"] == 5
    assert len({answer["Entries"][number]["EventId"] for number in (0, 2)}) == 2, "one is dropped, and nobody is told"
    malformed = {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}
    assert [answer["Entries"][number] for number in (1, 6)] == [malformed] * 2
    assert [answer["Entries"][number] for number in (3, 4, 5)] == [
        {"ErrorCode": "InvalidArgument", "ErrorMessage": f"Parameter {name} is not valid. Reason: {name} is a required "
         "argument."} for name in ("Source", "DetailType", "Detail")]
    assert queued.take()["Body"] == "1"
    message = fails(events.put_events, "ValidationException", Entries=[whole] * 11)
    assert message.endswith("Member must have length less than or equal to 10")


@pytest.mark.parametrize("expression", [
    "rate(1 minutes)", "rate(0 minutes)", "rate(10 minute)", "rate(10 seconds)", "rate(1 Minute)", "rate( 1 minute )",
    "rate(-1 minutes)", "rate(1 year)", "rate()", "rate(minute)", "cron(0 1 * * * *)", "cron(7 20 * * NOT *)", "cron()",
    "cron(INVALID)", "cron(0 dummy ? * MON-FRI *)", "cron(71 8 1 * ? *)", "cron(0 1 * * 1-7 *)", "at(2030-01-01T00:00:00)"])
def test_schedules_that_are_none_are_refused(events, expression):
    """Row 54 and section 6.1."""
    fails(events.put_rule, "ValidationException", "Parameter ScheduleExpression is not valid.", Name="x",
          ScheduleExpression=expression)


def test_what_is_not_emulated_is_refused_by_name(events, bus):
    for call, arguments in [(events.put_partner_events, {"Entries": [{"Source": "a", "DetailType": "b", "Detail": "{}"}]}),
                            (events.list_endpoints, {}), (events.list_event_sources, {})]:
        with pytest.raises(botocore.exceptions.ClientError) as caught:
            call(**arguments)
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
        assert caught.value.operation_name in caught.value.response["Error"]["Message"]
    events.put_rule(Name="r", EventBusName=bus, EventPattern='{"source":["a"]}')
    message = fails(events.put_targets, "ValidationException", Rule="r", EventBusName=bus, Targets=[
        {"Id": "t", "Arn": f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:m", "RoleArn": "arn:aws:iam::1:role/r"}])
    assert "service states" in message


def test_errors_are_those_of_aws(events, bus):
    fails(events.describe_rule, "ResourceNotFoundException", f"Rule x does not exist on EventBus {bus}.", Name="x",
          EventBusName=bus)
    fails(events.put_rule, "ValidationException", "ScheduleExpression is supported only on the default event bus.",
          Name="x", EventBusName=bus, ScheduleExpression="rate(5 minutes)")
    fails(events.put_rule, "InvalidEventPatternException", Name="x", EventPattern='{"source": "a"}')
    fails(events.delete_event_bus, "ValidationException", "Cannot delete event bus default.", Name="default")
    rule(events, bus, {"source": ["app"]}, {"Arn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:q"})
    fails(events.delete_rule, "ValidationException", "Rule can't be deleted since it has targets.", Name="r",
          EventBusName=bus)
    for target, message in (
            ({"Input": "1", "InputPath": "$"},
             "Only one of Input, InputPath, or InputTransformer must be provided for target T."),
            ({"InputTransformer": {"InputTemplate": '"<who>"'}},
             "InputTemplate for target T contains invalid placeholder who.")):
        fails(events.put_targets, "ValidationException", message, Rule="r", EventBusName=bus, Targets=[
            {"Id": "T", "Arn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:q", **target}])
    fails(events.put_events, "ValidationException",
          "Total size of the entries in the request is over the limit.",
          Entries=[{"Source": "a", "DetailType": "T", "Detail": json.dumps({"a": "x" * 262144})}])


# --- clients ---

def test_the_aws_cli(app, bus, queued):
    def aws(*words):
        return aws_cli.aws(app.edge, "events", *words)

    aws("put-rule", "--name", "r", "--event-bus-name", bus, "--event-pattern", '{"source": ["cli"]}')
    aws("put-targets", "--rule", "r", "--event-bus-name", bus, "--targets", f"Id=1,Arn={queued.arn}")
    entry = {"Source": "cli", "DetailType": "T", "Detail": '{"a": 1}', "EventBusName": bus, "Time": "2026-01-01T10:00:00Z"}
    assert aws("put-events", "--entries", json.dumps([entry]))["FailedEntryCount"] == 0
    event = queued.event()
    assert event["time"] == "2026-01-01T10:00:00Z" and event["detail"] == {"a": 1}
    assert aws("test-event-pattern", "--event-pattern", '{"source": ["cli"]}', "--event",
               json.dumps(event)) == {"Result": True}
    assert [each["Name"] for each in aws("list-rules", "--event-bus-name", bus)["Rules"]] == ["r"]


SCRIPT = """
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand, PutEventsCommand, DescribeRuleCommand,
         ListTargetsByRuleCommand, ResourceNotFoundException } from "@aws-sdk/client-eventbridge";
const [endpoint, bus, arn] = process.argv.slice(2);
const client = new EventBridgeClient({ endpoint, region: "us-east-1", maxAttempts: 1 });
await client.send(new PutRuleCommand({ Name: "js", EventBusName: bus, EventPattern: JSON.stringify({ source: ["js"] }) }));
await client.send(new PutTargetsCommand({ Rule: "js", EventBusName: bus, Targets: [{ Id: "1", Arn: arn, InputTransformer: {
    InputPathsMap: { who: "$.detail.who" }, InputTemplate: '"hello <who>"' } }] }));
const put = await client.send(new PutEventsCommand({ Entries: [
    { Source: "js", DetailType: "T", EventBusName: bus, Time: new Date(0), Detail: JSON.stringify({ who: "world" }) },
    { Source: "js", DetailType: "T", Detail: "no" }] }));
const rule = await client.send(new DescribeRuleCommand({ Name: "js", EventBusName: bus }));
const targets = await client.send(new ListTargetsByRuleCommand({ Rule: "js", EventBusName: bus }));
const error = await client.send(new DescribeRuleCommand({ Name: "none", EventBusName: bus })).catch((e) => e);
console.log(JSON.stringify({ failed: put.FailedEntryCount, code: put.Entries[1].ErrorCode, state: rule.State,
    target: targets.Targets[0].InputTransformer.InputTemplate, missing: error instanceof ResourceNotFoundException }));
"""


@needs("node")
def test_the_sdk_for_javascript(app, bus, queued, tmp_path):
    (tmp_path / "node_modules").symlink_to(E2E_DIR / "node_modules")
    (tmp_path / "run.mjs").write_text(SCRIPT)
    done = subprocess.run(["node", "run.mjs", app.edge, bus, queued.arn], cwd=tmp_path, env=clean_env(),
                          capture_output=True, text=True, timeout=DEADLINE_S)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"failed": 1, "code": "MalformedDetail", "state": "ENABLED",
                                       "target": '"hello <who>"', "missing": True}
    assert queued.take()["Body"] == '"hello world"'


# --- archives ---

def test_a_replay_brings_events_back_once_more(app, events, bus, queued):
    source = events.describe_event_bus(Name=bus)["Arn"]
    archive = events.create_archive(ArchiveName=bus, EventSourceArn=source, RetentionDays=1,
                                    EventPattern='{"detail":{"keep":[true]}}')
    event_id = put(events, bus, {"keep": True})
    put(events, bus, {"keep": False})
    rule(events, bus, {"source": ["app"]}, {"Arn": queued.arn})
    now = events.describe_archive(ArchiveName=bus)["CreationTime"]
    hour = datetime.timedelta(hours=1)
    started = events.start_replay(ReplayName=bus, EventSourceArn=archive["ArchiveArn"], EventStartTime=now - hour,
                                  EventEndTime=now + hour, Destination={"Arn": source})
    assert started["State"] == "STARTING"
    event = queued.event()
    assert event["replay-name"] == bus and event["detail"] == {"keep": True} and event["id"] == event_id
    app.advance("1s")
    assert events.describe_replay(ReplayName=bus)["State"] == "COMPLETED"
    described = events.describe_archive(ArchiveName=bus)
    assert described["EventCount"] == 1 and described["SizeBytes"] > 100
    fails(events.start_replay, "ValidationException",
          "Parameter Destination.Arn is not valid. Reason: Cross event bus replay is not permitted.", ReplayName="x",
          EventSourceArn=archive["ArchiveArn"], EventStartTime=now - hour, EventEndTime=now + hour,
          Destination={"Arn": f"arn:aws:events:us-east-1:{ACCOUNT}:event-bus/default"})


# --- kills ---

QUEUE_ONLY = """
Resources:
  Q: {Type: AWS::SQS::Queue, Properties: {QueueName: q}}
  A: {Type: AWS::Events::Archive, Properties: {ArchiveName: a, SourceArn: "arn:aws:events:us-east-1:000000000000:event-bus/default"}}
  R:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: {source: [app]}
      Targets: [{Id: q, Arn: !GetAtt Q.Arn, InputPath: $.detail.n}]
"""


def test_what_was_accepted_is_delivered_and_archived_after_kill_9(app_factory, tmp_path):
    app = app_factory({"template.yaml": QUEUE_ONLY})
    accepted, enough = [], threading.Event()

    def send(first):
        events = app.client("events")
        for n in itertools.count(first, 40):
            entries = [{"Source": "app", "DetailType": "T", "Detail": json.dumps({"n": n + i})} for i in range(10)]
            try:
                assert events.put_events(Entries=entries)["FailedEntryCount"] == 0
            except botocore.exceptions.BotoCoreError:
                return
            accepted.extend(range(n, n + 10))
            if len(accepted) >= 400:
                enough.set()

    senders = [threading.Thread(target=send, args=(10 * i,)) for i in range(4)]
    for sender in senders:
        sender.start()
    assert enough.wait(DEADLINE_S)
    app.kill()
    for sender in senders:
        sender.join(DEADLINE_S)
    app = app_factory(directory=tmp_path)
    app.advance("10s")  # whatever was in flight is tried again
    got, queued = set(), Queue(app.client("sqs"), "q")
    while not set(accepted) <= got:
        got.update(int(message["Body"]) for message in queued.take_any())
    assert app.client("events").describe_archive(ArchiveName="a")["EventCount"] >= len(accepted)
    assert app.stop() == 0
    app.check()
