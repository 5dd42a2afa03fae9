"""CloudWatch Logs: what functions print and clients put, followed as `aws logs tail` does it, filtered and passed on."""
import json
import re
import subprocess
import threading
import time

import apps
import aws_cli
from conftest import DEADLINE_S, E2E_DIR, clean_env, needs, pytest

EMPTY = {"template.yaml": "Resources: {Nothing: {Type: AWS::CloudFormation::WaitConditionHandle}}\n"}
TALKER = """exports.handler = async (event) => {
    console.log('says', event.word);
    if (event.fails) throw new Error('told to');
    return event.word;
};
"""


@pytest.fixture
def logs(app_factory):
    app = app_factory(EMPTY)
    client = app.client("logs")
    client.app = app
    return client


def make(client, group, *streams):
    client.create_log_group(logGroupName=group)
    for stream in streams:
        client.create_log_stream(logGroupName=group, logStreamName=stream)


def put(client, group, stream, *messages, at=None):
    at = at or int(time.time() * 1000)
    return client.put_log_events(logGroupName=group, logStreamName=stream,
                                 logEvents=[{"timestamp": at, "message": message} for message in messages])


def messages(client, group, **more):
    pages = client.get_paginator("filter_log_events").paginate(logGroupName=group, **more)
    return [event["message"].rstrip("\n") for page in pages for event in page["events"]]


class Tail:
    """What `aws logs tail GROUP --follow` (cli v2) asks for and keeps: tail.py's loop, a round at a time."""

    def __init__(self, client, group):
        self.client, self.wanted = client, {"logGroupName": group, "interleaved": True, "startTime": 0}
        self.newest, self.seen, self.printed = 0, {}, []

    def round(self):
        asked = dict(self.wanted)
        while True:
            page = self.client.filter_log_events(**asked)
            for event in page["events"]:
                if event["eventId"] not in self.seen.setdefault(event["timestamp"], set()):
                    self.printed.append(event["message"])
                    self.seen[event["timestamp"]].add(event["eventId"])
                    self.newest = max(self.newest, event["timestamp"])
            if "nextToken" not in page:
                break
            asked["nextToken"] = page["nextToken"]
        self.seen = {at: ids for at, ids in self.seen.items() if at == self.newest}
        self.wanted["startTime"] = self.newest
        return self.printed


@needs("node")
def test_a_function_has_a_group_with_a_stream_for_each_sandbox(app_factory):
    app = app_factory(apps.node(TALKER, properties="FunctionName: talker"))
    client = app.client("logs")
    app.invoke("talker", {"word": "hello"})
    _, failed = app.invoke("talker", {"word": "bye", "fails": True})
    assert failed["FunctionError"]
    lines = messages(client, "/aws/lambda/talker")
    kinds = [line.split()[0] for line in lines if re.match("(START|END|REPORT) ", line)]
    assert kinds == ["START", "END", "REPORT"] * 2
    assert [line for line in lines if "\tsays hello" in line] and [line for line in lines if "told to" in line]
    (stream,) = client.describe_log_streams(logGroupName="/aws/lambda/talker")["logStreams"]
    assert re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", stream["logStreamName"])
    events = client.get_log_events(logGroupName="/aws/lambda/talker", logStreamName=stream["logStreamName"],
                                   startFromHead=True)["events"]
    assert [event["message"].rstrip("\n") for event in events] == lines
    assert messages(client, "/aws/lambda/talker", filterPattern='"says hello"') == [
        line for line in lines if "says hello" in line]
    (group,) = client.describe_log_groups(logGroupNamePrefix="/aws/lambda/")["logGroups"]
    assert group["logGroupName"] == "/aws/lambda/talker" and group["storedBytes"] > 0
    app.stop()
    assert "says hello" in app.cli("logs", "talker").stdout.decode(), "the log outlives the program"


@needs("node")
def test_functions_may_share_a_group_of_their_own(app_factory):
    app = app_factory(apps.node(TALKER, properties="FunctionName: talker\nLoggingConfig: {LogGroup: /shared/logs}"))
    app.invoke("talker", {"word": "hello"})
    client = app.client("logs")
    (stream,) = client.describe_log_streams(logGroupName="/shared/logs")["logStreams"]
    assert "/talker[$LATEST]" in stream["logStreamName"]
    assert any("says hello" in line for line in messages(client, "/shared/logs"))
    assert "says hello" in app.cli("logs", "/shared/logs").stdout.decode()


def test_following_shows_each_line_of_three_bursts_in_one_millisecond_once(logs):
    make(logs, "/app", "a", "b")
    tail, now, wanted = Tail(logs, "/app"), int(time.time() * 1000), []
    for burst in range(3):
        for stream in "ab":
            lines = [f"{stream}{burst}.{line}" for line in range(50)]
            put(logs, "/app", stream, *lines, at=now)
            wanted += lines
        assert tail.round() == wanted
        assert tail.round() == wanted
    put(logs, "/app", "a", "later", at=now + 1)
    assert tail.round() == wanted + ["later"]


def test_pages_of_ten_thousand_events(logs):
    make(logs, "/app", "s")
    for batch in range(3):
        put(logs, "/app", "s", *[f"{batch}-{i}" for i in range(7000)])
    page = logs.filter_log_events(logGroupName="/app")
    assert len(page["events"]) == 10000 and page["nextToken"] and page["searchedLogStreams"] == []
    assert messages(logs, "/app") == [f"{batch}-{i}" for batch in range(3) for i in range(7000)]
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName="/app", filterPattern="-0-")
    with pytest.raises(logs.exceptions.InvalidParameterException):
        list(pages)


def test_what_was_put_is_there_after_a_kill(app_factory, tmp_path):
    app = app_factory(EMPTY)
    client = app.client("logs")
    make(client, "/app", "s")
    accepted, is_over = [], threading.Event()

    def produce(number):
        own, i = app.client("logs"), 0
        while not is_over.is_set():
            try:
                put(own, "/app", "s", f"{number}.{i}")
                accepted.append(f"{number}.{i}")
                i += 1
            except Exception:  # the connection of a killed process
                return

    for round_number in range(5):
        is_over.clear()
        threads = [threading.Thread(target=produce, args=(f"{round_number}.{i}",)) for i in range(3)]
        for thread in threads:
            thread.start()
        wanted = len(accepted) + 40
        while len(accepted) < wanted:
            threads[0].join(0.01)
        app.kill()
        is_over.set()
        for thread in threads:
            thread.join()
        app = app_factory(EMPTY)
        there = messages(app.client("logs"), "/app")
        assert set(accepted) <= set(there) and len(there) == len(set(there))
    client = app.client("logs")
    client.delete_log_stream(logGroupName="/app", logStreamName="s")
    app.kill()
    app = app_factory(EMPTY)
    assert messages(app.client("logs"), "/app") == []


SUBSCRIBED = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Group:
    Type: AWS::Logs::LogGroup
    Properties: {LogGroupName: /app, RetentionInDays: 3}
  Reader:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: reader
      Runtime: python3.11
      Handler: app.handler
      CodeUri: app/
      Events:
        Errors:
          Type: CloudWatchLogs
          Properties: {LogGroupName: !Ref Group, FilterPattern: '{ $.level = ERROR }'}
"""
READER = """import base64, gzip, json
def handler(event, context):
    data = json.loads(gzip.decompress(base64.b64decode(event['awslogs']['data'])))
    for one in data['logEvents']:
        print('READ', data['logGroup'], data['logStream'], data['owner'], one['id'], one['message'])
"""


def test_a_function_gets_what_its_subscription_takes(app_factory):
    app = app_factory({"template.yaml": SUBSCRIBED, "app/app.py": READER})
    client = app.client("logs")
    assert client.describe_log_groups(logGroupNamePrefix="/app")["logGroups"][0]["retentionInDays"] == 3
    (found,) = client.describe_subscription_filters(logGroupName="/app")["subscriptionFilters"]
    assert found["filterPattern"] == "{ $.level = ERROR }" and found["destinationArn"].endswith(":function:reader")
    client.create_log_stream(logGroupName="/app", logStreamName="s")
    put(client, "/app", "s", '{"level":"INFO"}', '{"level":"ERROR","n":1}', "plain")
    app.wait_for(lambda line: "READ" in line.get("line", ""))
    (line,) = messages(client, "/aws/lambda/reader", filterPattern="READ")
    event_id = client.filter_log_events(logGroupName="/app", filterPattern="{ $.n = 1 }")["events"][0]["eventId"]
    assert line.split(" ", 5) == ["READ", "/app", "s", "000000000000", event_id, '{"level":"ERROR","n":1}']


WRITER = """import boto3, os, time
def handler(event, context):
    logs = boto3.client('logs')
    logs.create_log_stream(logGroupName='/app', logStreamName=context.aws_request_id)
    logs.put_log_events(logGroupName='/app', logStreamName=context.aws_request_id,
                        logEvents=[{'timestamp': int(time.time() * 1000), 'message': 'from inside'}])
    own = {'logGroupName': context.log_group_name, 'logStreamName': context.log_stream_name}
    logs.put_log_events(**own, logEvents=[{'timestamp': int(time.time() * 1000), 'message': 'into my own'}])
"""


def test_functions_call_the_logs_api(app_factory):
    packages = next((E2E_DIR / "venv/lib").glob("python3*")) / "site-packages"
    files = apps.python(WRITER, timeout=20, properties="FunctionName: writer")
    app = app_factory({**files, "env.json": json.dumps({"writer": {"PYTHONPATH": str(packages)}})},
                      "--env-vars", "env.json")
    client = app.client("logs")
    client.create_log_group(logGroupName="/app")
    payload, response = app.invoke("writer")
    assert "FunctionError" not in response, payload
    assert messages(client, "/app") == ["from inside"]
    assert "into my own" in messages(client, "/aws/lambda/writer")


def aws(app, *words):
    return aws_cli.aws(app.edge, "logs", *words)


def test_the_command_line_client(logs):
    app = logs.app
    aws(app, "create-log-group", "--log-group-name", "/cli", "--tags", "a=b")
    aws(app, "create-log-stream", "--log-group-name", "/cli", "--log-stream-name", "s")
    aws(app, "put-log-events", "--log-group-name", "/cli", "--log-stream-name", "s", "--log-events",
        f"timestamp={int(time.time() * 1000)},message=hello")
    assert [event["message"] for event in aws(app, "filter-log-events", "--log-group-name", "/cli")["events"]] == [
        "hello"]
    aws(app, "put-retention-policy", "--log-group-name", "/cli", "--retention-in-days", "1")
    assert aws(app, "describe-log-groups")["logGroups"][0]["retentionInDays"] == 1
    assert aws(app, "list-tags-log-group", "--log-group-name", "/cli")["tags"] == {"a": "b"}
    logs.app.advance("25h")
    assert aws(app, "filter-log-events", "--log-group-name", "/cli")["events"] == []
    aws(app, "delete-log-group", "--log-group-name", "/cli")
    assert aws(app, "describe-log-groups")["logGroups"] == []


SDK = """
const {CloudWatchLogsClient, CreateLogGroupCommand, CreateLogStreamCommand, PutLogEventsCommand, GetLogEventsCommand,
       paginateFilterLogEvents} = require('@aws-sdk/client-cloudwatch-logs');
(async () => {
    const client = new CloudWatchLogsClient({endpoint: process.argv[2]});
    const own = {logGroupName: '/js', logStreamName: 's'};
    await client.send(new CreateLogGroupCommand({logGroupName: '/js'}));
    await client.send(new CreateLogStreamCommand(own));
    await client.send(new PutLogEventsCommand({...own, logEvents: [{timestamp: Date.now(), message: 'two\\nlines \\u{1F600}'},
                                                                   {timestamp: Date.now(), message: 'more'}]}));
    const found = [];
    for await (const page of paginateFilterLogEvents({client, pageSize: 1}, {logGroupName: '/js'})) {
        found.push(...page.events.map(e => e.message));
    }
    const read = await client.send(new GetLogEventsCommand(own));
    const again = await client.send(new GetLogEventsCommand({...own, nextToken: read.nextForwardToken}));
    const error = await client.send(new CreateLogGroupCommand({logGroupName: '/js'})).catch(e => e.name);
    console.log(JSON.stringify({found, count: read.events.length, end: again.nextForwardToken === read.nextForwardToken,
                                error}));
})();
"""


@needs("node")
def test_the_javascript_client(logs, tmp_path):
    (tmp_path / "sdk.js").write_text(SDK)
    done = subprocess.run(["node", tmp_path / "sdk.js", logs.app.edge],
                          env=clean_env(NODE_PATH=E2E_DIR / "node_modules", AWS_REGION="us-east-1"),
                          capture_output=True, text=True, timeout=DEADLINE_S)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"found": ["two\nlines \U0001F600", "more"], "count": 2, "end": True,
                                       "error": "ResourceAlreadyExistsException"}


def test_what_is_not_emulated_is_refused_by_name(logs):
    for operation in (lambda: logs.start_query(logGroupName="/x", startTime=0, endTime=1, queryString="fields @message"),
                      lambda: logs.describe_export_tasks()):
        with pytest.raises(logs.exceptions.ClientError, match="not emulate"):
            operation()
