"""The aws-cli and the SDK for JavaScript where the other tests of the event bus speak through boto3 alone: schedules,
event source mappings, asynchronous invocations and their metrics."""
import json
import subprocess

import aws_cli
import pytest
from conftest import App, DEADLINE_S, E2E_DIR, clean_env, needs, write_tree

ACCOUNT = "000000000000"
TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: queue}}
  Told: {Type: AWS::SQS::Queue, Properties: {QueueName: told}}
  Stream: {Type: AWS::Kinesis::Stream, Properties: {Name: stream, ShardCount: 1}}
  Worker:
    Type: AWS::Serverless::Function
    Properties: {FunctionName: worker, Runtime: python3.11, CodeUri: app/, Handler: app.worker}
"""
CODE = """\
import json
def worker(event, context):
    print("event " + json.dumps(event))
    return {"n": event.get("n")}
"""


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    directory = tmp_path_factory.mktemp("clients")
    write_tree(directory, {"template.yaml": TEMPLATE, "app/app.py": CODE})
    running = App(directory)
    yield running
    assert running.stop() == 0, running.stderr
    assert "Sanitizer" not in running.stderr, running.stderr


def arn(service, rest):
    return f"arn:aws:{service}:us-east-1:{ACCOUNT}:{rest}"


def events(app):
    return [json.loads(line["line"][6:]) for line in app.lines
            if line["type"] == "output" and line["line"].startswith("event ")]


def wait_event(app, wanted):
    app.wait_for(lambda line: any(map(wanted, events(app))))
    return next(filter(wanted, events(app)))


def take(app):
    """The body of the one message that is told next."""
    sqs = app.client("sqs")
    url = sqs.get_queue_url(QueueName="told")["QueueUrl"]
    [message] = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return json.loads(message["Body"])


@pytest.fixture
def aws(app):
    def run(*words, refused=None):
        if not refused:
            return aws_cli.aws(app.edge, *words)
        done = aws_cli.aws_run(app.edge, *words)
        assert done.returncode != 0 and refused in done.stderr.decode(), done.stderr
        return None

    return run


def test_schedules_by_the_command_line(app, aws):
    target = json.dumps({"Arn": arn("lambda", "function:worker"), "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/r",
                         "Input": '{"n": "scheduled"}'})
    settings = ["--flexible-time-window", "Mode=OFF", "--target", target]
    made = aws("scheduler", "create-schedule", "--name", "cli", "--schedule-expression", "rate(1 hour)", *settings)
    assert made == {"ScheduleArn": arn("scheduler", "schedule/default/cli")}
    assert wait_event(app, lambda event: event.get("n") == "scheduled"), "a rate begins at once"
    told = aws("scheduler", "get-schedule", "--name", "cli")
    assert (told["ScheduleExpression"], told["State"], told["ScheduleExpressionTimezone"]) == ("rate(1 hour)", "ENABLED", "UTC")
    aws("scheduler", "update-schedule", "--name", "cli", "--schedule-expression", "cron(0 2 * * ? *)", "--state", "DISABLED",
        "--schedule-expression-timezone", "Europe/Berlin", *settings)
    listed = aws("scheduler", "list-schedules", "--state", "DISABLED")["Schedules"]
    assert [(each["Name"], each["State"]) for each in listed] == [("cli", "DISABLED")]
    aws("scheduler", "create-schedule", "--name", "no", "--schedule-expression", "at(2021-12-31)", *settings,
        refused="(ValidationException) when calling the CreateSchedule operation: Invalid Schedule Expression at(2021-12-31).")
    aws("scheduler", "delete-schedule", "--name", "cli")


def test_mappings_and_asynchronous_invocations_by_the_command_line(app, aws, tmp_path):
    made = aws("lambda", "create-event-source-mapping", "--function-name", "worker", "--event-source-arn",
               arn("kinesis", "stream/stream"), "--starting-position", "TRIM_HORIZON", "--filter-criteria",
               json.dumps({"Filters": [{"Pattern": '{"data": {"n": [7]}}'}]}))
    assert (made["State"], made["BatchSize"], made["StateTransitionReason"]) == ("Creating", 100, "User action")
    for n in (6, 7):
        app.client("kinesis").put_record(StreamName="stream", PartitionKey="k", Data=json.dumps({"n": n}))
    event = wait_event(app, lambda event: event.get("Records", [{}])[0].get("eventSource") == "aws:kinesis")
    assert len(event["Records"]) == 1 and event["Records"][0]["kinesis"]["data"] == "eyJuIjogN30="
    told = aws("lambda", "update-event-source-mapping", "--uuid", made["UUID"], "--no-enabled", "--batch-size", "5")
    assert told["BatchSize"] == 5
    app.advance("1s")  # comes back when everything due is through
    assert aws("lambda", "get-event-source-mapping", "--uuid", made["UUID"])["State"] == "Disabled"
    assert aws("lambda", "delete-event-source-mapping", "--uuid", made["UUID"])["State"] == "Deleting"
    put = aws("lambda", "put-function-event-invoke-config", "--function-name", "worker", "--maximum-retry-attempts", "0",
              "--destination-config", json.dumps({"OnSuccess": {"Destination": arn("sqs", "told")}}))
    assert put["FunctionArn"] == arn("lambda", "function:worker:$LATEST")
    answer = aws("lambda", "invoke", "--function-name", "worker", "--invocation-type", "Event", "--payload",
                 '{"n": 1}', str(tmp_path / "out"))
    assert answer == {"StatusCode": 202} and (tmp_path / "out").read_bytes() == b""
    record = take(app)
    assert (record["requestContext"]["condition"], record["responsePayload"]) == ("Success", {"n": 1})
    statistics = aws("cloudwatch", "get-metric-statistics", "--namespace", "AWS/Lambda", "--metric-name",
                     "AsyncEventsReceived", "--dimensions", "Name=FunctionName,Value=worker", "--statistics", "Sum",
                     "--start-time", "2020-01-01T00:00:00Z", "--end-time", "2099-01-01T00:00:00Z", "--period", "31536000")
    assert sum(each["Sum"] for each in statistics["Datapoints"]) >= 1


SCRIPT = """
import { LambdaClient, CreateEventSourceMappingCommand, DeleteEventSourceMappingCommand, GetEventSourceMappingCommand,
         InvokeCommand, PutFunctionEventInvokeConfigCommand, ResourceConflictException,
         DeleteFunctionEventInvokeConfigCommand } from "@aws-sdk/client-lambda";
const [endpoint, queue, told] = process.argv.slice(2);
const client = new LambdaClient({ endpoint, region: "us-east-1", maxAttempts: 1 });
const source = { FunctionName: "worker", EventSourceArn: queue };
const made = await client.send(new CreateEventSourceMappingCommand({ ...source, BatchSize: 1 }));
const twice = await client.send(new CreateEventSourceMappingCommand(source)).catch((e) => e);
const got = await client.send(new GetEventSourceMappingCommand({ UUID: made.UUID }));
await client.send(new PutFunctionEventInvokeConfigCommand({ FunctionName: "worker", MaximumEventAgeInSeconds: 60,
    DestinationConfig: { OnSuccess: { Destination: told } } }));
const sent = await client.send(new InvokeCommand({ FunctionName: "worker", InvocationType: "Event",
    Payload: JSON.stringify({ n: "js" }) }));
const gone = await client.send(new DeleteEventSourceMappingCommand({ UUID: made.UUID }));
console.log(JSON.stringify({ batch: made.BatchSize, modified: got.LastModified instanceof Date, status: sent.StatusCode,
    conflict: twice instanceof ResourceConflictException, state: gone.State }));
"""


@needs("node")
def test_mappings_and_asynchronous_invocations_by_the_sdk_for_javascript(app, tmp_path):
    (tmp_path / "node_modules").symlink_to(E2E_DIR / "node_modules")
    (tmp_path / "run.mjs").write_text(SCRIPT)
    done = subprocess.run(["node", "run.mjs", app.edge, arn("sqs", "queue"), arn("sqs", "told")], cwd=tmp_path,
                          env=clean_env(), capture_output=True, text=True, timeout=DEADLINE_S)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"batch": 1, "modified": True, "status": 202, "conflict": True, "state": "Deleting"}
    record = take(app)
    assert (record["requestPayload"], record["responsePayload"]) == ({"n": "js"}, {"n": "js"})
