"""Schedules fire once for each due time: in their zones, over changes of the clocks, restarts and kills."""
import datetime
import json
import pathlib
import re
import signal
import threading
import time
import zoneinfo

import botocore.exceptions
import pytest
import requests
from conftest import DEADLINE_S

ROLE = "arn:aws:iam::000000000000:role/scheduler"
HELLO = {"Arn": "arn:aws:lambda:us-east-1:000000000000:function:hello", "RoleArn": ROLE}
OFF = {"Mode": "OFF"}

# Each event is a line of a file: what the page shows may be dropped, and `up` may be killed.
HANDLER = """
import json, os
def handler(event, context):
    fd = os.open(os.environ["SEEN"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(fd, (json.dumps(event) + "\\n").encode())
    os.close(fd)
"""

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: hello
      CodeUri: app/
      Handler: app.handler
      Runtime: python3.11
      Environment: {{Variables: {{SEEN: "{seen}"}}}}
{events}"""


class Scheduled:
    """An application whose function keeps what it gets."""

    def __init__(self, app_factory, directory, events="", options=()):
        self.factory, self.directory, self.options = app_factory, pathlib.Path(directory), options
        self.file = self.directory / "seen.jsonl"
        self.write(events)
        self.start()

    def write(self, events):
        (self.directory / "app").mkdir(exist_ok=True)
        (self.directory / "app/app.py").write_text(HANDLER)
        template = TEMPLATE.format(seen=self.file, events=events)
        (self.directory / "template.yaml").write_text(template)

    def start(self, *options):
        self.app = self.factory(None, *(options or self.options), directory=self.directory)
        self.scheduler = self.app.client("scheduler")

    def advance(self, duration):
        answer = requests.post(self.app.edge + "/_sls/clock", json={"advance": duration}, timeout=120)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def now(self):
        return parse(requests.get(self.app.edge + "/_sls/clock", timeout=DEADLINE_S).json()["now"])

    def advance_to(self, when):
        return self.advance(f"{int((when - self.now()).total_seconds() * 1000)}ms")

    def events(self):
        return [json.loads(line) for line in self.file.read_text().splitlines()] if self.file.exists() else []

    def create(self, name, expression, input=None, **more):
        target = HELLO if input is None else {**HELLO, "Input": json.dumps(input)}
        return self.scheduler.create_schedule(**{"Name": name, "ScheduleExpression": expression,
                                                 "FlexibleTimeWindow": OFF, "Target": target, **more})


def parse(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


@pytest.fixture
def scheduled(app_factory, tmp_path):
    return Scheduled(app_factory, tmp_path)


@pytest.fixture
def unkept(app_factory, tmp_path):
    """For hundreds of firings of which none has to outlive anything: the disk would be most of the test."""
    return Scheduled(app_factory, tmp_path, options=("--in-memory",))


def times(events):
    return [parse(event["time"]) for event in events]


def next_hour(now):
    return now.replace(minute=0, second=0, microsecond=0) + datetime.timedelta(hours=1)


# --- when ---

def test_a_month_of_an_hourly_cron_is_quick_and_complete(unkept):
    unkept.create("hourly", "cron(0 * * * ? *)")
    first = next_hour(unkept.now())
    began = time.monotonic()
    unkept.advance("30d")
    assert time.monotonic() - began < 20
    assert times(unkept.events()) == [first + datetime.timedelta(hours=n) for n in range(720)]


def local_days(zone, start, days, hour, minute):
    """What a daily cron means: skipped in a gap, the first of two in a fold."""
    day = start.astimezone(zone).date()
    for _ in range(days):
        local = datetime.datetime.combine(day, datetime.time(hour, minute), zone)
        instant = local.astimezone(datetime.timezone.utc)
        if instant.astimezone(zone).replace(fold=0) == local and instant > start:
            yield instant
        day += datetime.timedelta(days=1)


@pytest.mark.parametrize("name", ["America/New_York", "Australia/Lord_Howe"])
def test_a_year_of_local_times_over_the_changes_of_the_clocks(unkept, name):
    zone = zoneinfo.ZoneInfo(name)
    start = unkept.now()
    wanted = {}
    for hour, minute in ((1, 45), (2, 15)):  # twice or never, in one zone or the other
        unkept.create(f"at-{hour}", f"cron({minute} {hour} * * ? *)", ScheduleExpressionTimezone=name)
        wanted[f"at-{hour}"] = list(local_days(zone, start, 366, hour, minute))
    unkept.advance_to(max(times[-1] for times in wanted.values()) + datetime.timedelta(seconds=1))
    got = {}
    for event in unkept.events():
        got.setdefault(event["resources"][0].rsplit("/", 1)[1], []).append(parse(event["time"]))
    assert {key: value[:len(wanted[key])] for key, value in got.items()} == wanted


def test_a_rate_goes_at_once_and_from_there_a_one_time_schedule_once(scheduled):
    at = scheduled.now().replace(microsecond=0) + datetime.timedelta(minutes=100)
    local = at.astimezone(zoneinfo.ZoneInfo("Asia/Kolkata"))
    scheduled.create("rate", "rate(45 minutes)", {"who": "rate", "when": "<aws.scheduler.scheduled-time>"})
    scheduled.create("once", f"at({local:%Y-%m-%dT%H:%M:%S})", {"who": "once", "when": "<aws.scheduler.scheduled-time>"},
                     ScheduleExpressionTimezone="Asia/Kolkata", ActionAfterCompletion="DELETE")
    scheduled.advance("3h")
    seen = scheduled.events()
    rates = [parse(e["when"]) for e in seen if e["who"] == "rate"]
    assert [b - a for a, b in zip(rates, rates[1:])] == [datetime.timedelta(minutes=45)] * 4 and len(rates) == 5
    assert [parse(e["when"]) for e in seen if e["who"] == "once"] == [at]
    assert [s["Name"] for s in scheduled.scheduler.list_schedules()["Schedules"]] == ["rate"]


def test_a_flexible_window_delays_a_firing_within_it(scheduled):
    scheduled.create("flexible", "cron(0 * * * ? *)", FlexibleTimeWindow={"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 30})
    scheduled.advance("12h30m")
    assert len(scheduled.events()) in (12, 13)  # the last one's window may still be open


# --- whatever happens ---

def ahead(scheduled, ms):
    """Time passes while nothing runs: the next `up` begins that much later."""
    path = scheduled.app.data_dir / "clock.json"
    told = json.loads(path.read_text()) if path.exists() else {"aheadMs": 0}
    path.write_text(json.dumps({"aheadMs": told["aheadMs"] + ms}))


@pytest.mark.parametrize("mode, down_min, late, notice", [
    ("one", 32, [30], "missed its firings"), ("one", 38, [], "missed its firings"), ("one", 3, [], None),
    ("none", 32, [], "missed its firings"), ("all", 32, [10, 20, 30], None)])
def test_what_was_missed_is_caught_up_with_as_told(app_factory, tmp_path, mode, down_min, late, notice):
    scheduled = Scheduled(app_factory, tmp_path, options=("--catch-up", mode))
    scheduled.create("often", "cron(0/10 * * * ? *)")
    base = next_hour(scheduled.now())
    scheduled.advance_to(base + datetime.timedelta(seconds=1))
    before = len(scheduled.events())
    assert scheduled.app.stop(signal.SIGTERM) == 0
    ahead(scheduled, down_min * 60000)
    scheduled.start()
    scheduled.advance("0")  # what is due has run
    assert times(scheduled.events())[before:] == [base + datetime.timedelta(minutes=m) for m in late]
    if notice:
        scheduled.app.wait_for(lambda line: notice in line.get("text", ""))
    scheduled.advance("10m")
    following = (down_min // 10 + 1) * 10
    assert times(scheduled.events())[-1] == base + datetime.timedelta(minutes=following)
    assert len(scheduled.events()) == before + len(late) + 1


def test_a_kill_at_any_moment_neither_loses_nor_doubles_a_tick(scheduled):
    scheduled.create("often", "rate(1 minute)", {"when": "<aws.scheduler.scheduled-time>",
                                                 "firing": "<aws.scheduler.execution-id>"})
    edge, app = scheduled.app.edge, scheduled.app

    def turn():
        try:
            requests.post(edge + "/_sls/clock", json={"advance": "4h"}, timeout=DEADLINE_S)
        except requests.RequestException:
            pass  # killed
    kills = 8
    for kill in range(kills):
        turning = threading.Thread(target=turn)
        turning.start()
        seen = len(scheduled.events())
        end = time.monotonic() + DEADLINE_S
        while len(scheduled.events()) < seen + 3 + kill and time.monotonic() < end:
            pass
        app.process.kill()
        app.process.wait()
        turning.join()
        scheduled.start()
        edge, app = scheduled.app.edge, scheduled.app
    scheduled.advance("5m")
    firings = {}
    for event in scheduled.events():  # a delivery may come twice, a firing may not
        firings.setdefault(event["when"], set()).add(event["firing"])
    assert all(len(ids) == 1 for ids in firings.values()), firings
    ticks = sorted(parse(when) for when in firings)
    steps = {b - a for a, b in zip(ticks, ticks[1:])}
    assert steps == {datetime.timedelta(minutes=1)}, "none is lost"
    assert len(ticks) >= 3 * kills


# --- where to ---

def arn_of(name):
    return f"arn:aws:sqs:us-east-1:000000000000:{name}"


def received(sqs, url):
    return sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"],
                               MessageSystemAttributeNames=["All"]).get("Messages", [])


def test_queues_get_the_input_or_the_default_notification(scheduled):
    sqs = scheduled.app.client("sqs")
    plain = sqs.create_queue(QueueName="plain")["QueueUrl"]
    fifo = sqs.create_queue(QueueName="o.fifo", Attributes={"FifoQueue": "true", "ContentBasedDeduplication": "true"})
    targets = {
        "text": {"Arn": arn_of("plain"), "Input": "not <json>"},
        "nothing": {"Arn": arn_of("plain")},
        "ordered": {"Arn": arn_of("o.fifo"), "Input": "x", "SqsParameters": {"MessageGroupId": "g"}},
        "universal": {"Arn": "arn:aws:scheduler:::aws-sdk:sqs:sendMessage",
                      "Input": json.dumps({"QueueUrl": plain, "MessageBody": "by hand", "MessageAttributes": {
                          "a": {"DataType": "String", "StringValue": "v"}}})},
    }
    for name, target in targets.items():
        scheduled.create(name, "rate(1 day)", Target={**target, "RoleArn": ROLE})
    scheduled.advance("1h")
    messages = {m["Body"]: m for m in received(sqs, plain)}
    assert len(messages) == 3 and "not <json>" in messages
    assert messages["by hand"]["MessageAttributes"]["a"]["StringValue"] == "v"
    told = next(json.loads(body) for body in messages if body.startswith("{"))
    assert (told["source"], told["detail"]) == ("aws.scheduler", "{}")
    assert told["resources"] == ["arn:aws:scheduler:us-east-1:000000000000:schedule/default/nothing"]
    ordered, = received(sqs, fifo["QueueUrl"])
    assert (ordered["Body"], ordered["Attributes"]["MessageGroupId"]) == ("x", "g")


def test_buses_topics_and_their_operations_are_targets(scheduled):
    sqs, sns, events = (scheduled.app.client(name) for name in ("sqs", "sns", "events"))
    url = sqs.create_queue(QueueName="all")["QueueUrl"]
    events.put_rule(Name="mine", EventPattern=json.dumps({"source": ["my.app"]}))
    events.put_targets(Rule="mine", Targets=[{"Id": "1", "Arn": arn_of("all")}])
    topic = sns.create_topic(Name="news")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn_of("all"), Attributes={"RawMessageDelivery": "true"})
    entry = {"Source": "my.app", "DetailType": "put", "Detail": "{}"}
    targets = {
        "bus": {"Arn": "arn:aws:events:us-east-1:000000000000:event-bus/default", "Input": '{"n": [1]}',
                "EventBridgeParameters": {"DetailType": "Tick", "Source": "my.app"}},
        "topic": {"Arn": topic, "Input": "to the topic"},
        "publish": {"Arn": "arn:aws:scheduler:::aws-sdk:sns:publish",
                    "Input": json.dumps({"TopicArn": topic, "Message": "by its operation"})},
        "put": {"Arn": "arn:aws:scheduler:::aws-sdk:eventbridge:putEvents", "Input": json.dumps({"Entries": [entry]})},
    }
    for name, target in targets.items():
        scheduled.create(name, "rate(1 day)", Target={**target, "RoleArn": ROLE})
    scheduled.advance("1h")
    bodies = [message["Body"] for message in received(sqs, url)]
    told = {e["detail-type"]: e for e in (json.loads(body) for body in bodies if body.startswith("{"))}
    assert sorted(body for body in bodies if not body.startswith("{")) == ["by its operation", "to the topic"]
    assert told["Tick"]["detail"] == {"n": [1]} and told["Tick"]["source"] == "my.app"
    assert told["Tick"]["resources"] == ["arn:aws:scheduler:us-east-1:000000000000:schedule/default/bus"]
    assert told["put"]["detail"] == {}


def test_what_cannot_be_delivered_goes_to_the_dead_letter_queue(scheduled):
    sqs = scheduled.app.client("sqs")
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    nobody = HELLO["Arn"].replace("hello", "nobody")
    arn = scheduled.create("lost", "rate(1 day)", Target={
        "Arn": nobody, "RoleArn": ROLE, "Input": '{"a":1}', "DeadLetterConfig": {"Arn": arn_of("dead")}})["ScheduleArn"]
    scheduled.advance("1m")
    message, = received(sqs, dead)
    attributes = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert message["Body"] == '{"a":1}'
    assert (attributes["SCHEDULE_ARN"], attributes["TARGET_ARN"]) == (arn, nobody)
    assert attributes["ERROR_CODE"] == "ResourceNotFoundException"


# --- the API ---

def error_of(call, **parameters):
    with pytest.raises(botocore.exceptions.ClientError) as raised:
        call(**parameters)
    error = raised.value.response["Error"]
    return error["Code"], error["Message"], raised.value.response["ResponseMetadata"]["HTTPStatusCode"]


def test_schedules_and_groups_through_the_api(scheduled):
    client = scheduled.scheduler
    group = client.create_schedule_group(Name="nightly", Tags=[{"Key": "team", "Value": "a"}])["ScheduleGroupArn"]
    assert group == "arn:aws:scheduler:us-east-1:000000000000:schedule-group/nightly"
    start = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0) + datetime.timedelta(days=1)
    arn = scheduled.create("x", "cron(0 2 * * ? *)", {"a": 1}, GroupName="nightly", StartDate=start,
                           Description="d", ScheduleExpressionTimezone="Europe/Berlin")["ScheduleArn"]
    assert arn == "arn:aws:scheduler:us-east-1:000000000000:schedule/nightly/x"
    told = client.get_schedule(Name="x", GroupName="nightly")
    assert (told["State"], told["StartDate"], told["Description"]) == ("ENABLED", start, "d")
    assert told["Target"] == {**HELLO, "Input": '{"a": 1}',
                              "RetryPolicy": {"MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 185}}
    assert told["CreationDate"] == told["LastModificationDate"]
    client.update_schedule(Name="x", GroupName="nightly", ScheduleExpression="rate(1 day)", FlexibleTimeWindow=OFF,
                           Target=HELLO, State="DISABLED")
    told = client.get_schedule(Name="x", GroupName="nightly")
    assert "Description" not in told and told["ScheduleExpressionTimezone"] == "UTC"
    for number in range(5):
        scheduled.create(f"n{number}", "rate(1 day)")
    pages = list(client.get_paginator("list_schedules").paginate(PaginationConfig={"PageSize": 2}))
    assert [len(page["Schedules"]) for page in pages] == [2, 2, 2]
    assert [s["Name"] for s in client.list_schedules(State="DISABLED")["Schedules"]] == ["x"]
    assert [s["Name"] for s in client.list_schedules(GroupName="nightly")["Schedules"]] == ["x"]
    assert client.list_schedules(NamePrefix="n3")["Schedules"][0]["Target"] == {"Arn": HELLO["Arn"]}
    client.tag_resource(ResourceArn=group, Tags=[{"Key": "b", "Value": "2"}])
    client.untag_resource(ResourceArn=group, TagKeys=["team"])
    assert client.list_tags_for_resource(ResourceArn=group)["Tags"] == [{"Key": "b", "Value": "2"}]
    client.delete_schedule_group(Name="nightly")
    assert [g["Name"] for g in client.list_schedule_groups()["ScheduleGroups"]] == ["default"]
    assert error_of(client.get_schedule, Name="x", GroupName="nightly")[0] == "ResourceNotFoundException"
    client.delete_schedule(Name="n0")
    assert error_of(client.delete_schedule, Name="n0") == (
        "ResourceNotFoundException", "Schedule n0 does not exist.", 404)
    assert error_of(scheduled.create, name="n1", expression="rate(1 day)") == (
        "ConflictException", "Schedule n1 already exists.", 409)


@pytest.mark.parametrize("expression", ["cron(0 1 * * * *)", "cron(7 20 * * NOT *)", "cron(INVALID)", "cron()",
                                        "cron(0 dummy ? * MON-FRI *)", "cron(71 8 1 * ? *)", "rate(10 seconds)",
                                        "rate(10 years)", "rate()", "rate(10)", "rate(10 minutess)",
                                        "rate(foo minutes)", "rate(-10 minutes)", "rate( 10 minutes )",
                                        " rate(10 minutes)", "at(2021-12-31T23:59:59Z)", "at(2021-12-31)"])
def test_invalid_expressions_are_refused_as_aws_does(module_scheduler, expression):
    """LocalStack's recording of AWS: tests_create_schedule_with_invalid_schedule_expression."""
    assert error_of(module_scheduler.create_schedule, Name="x", ScheduleExpression=expression, FlexibleTimeWindow=OFF,
                    Target=HELLO) == ("ValidationException", f"Invalid Schedule Expression {expression}.", 400)


@pytest.fixture(scope="module")
def module_scheduler(tmp_path_factory):
    from conftest import App, write_tree
    directory = tmp_path_factory.mktemp("scheduler")
    write_tree(directory, {"template.yaml": TEMPLATE.format(seen=directory / "seen", events=""), "app/app.py": HANDLER})
    app = App(directory)
    yield app.client("scheduler")
    assert app.stop() == 0


def test_buckets_may_be_called_like_the_services_paths(scheduled):
    s3 = scheduled.app.client("s3", s3={"addressing_style": "path"})
    for bucket in ("schedules", "schedule-groups", "tags"):
        s3.create_bucket(Bucket=bucket)
        s3.put_object(Bucket=bucket, Key="x", Body=b"an object")
        assert s3.get_object(Bucket=bucket, Key="x")["Body"].read() == b"an object"
    assert scheduled.scheduler.list_schedules()["Schedules"] == []


# --- templates ---

SCHEDULE_V2 = """\
      Events:
        Nightly:
          Type: ScheduleV2
          Properties:
            Name: nightly
            ScheduleExpression: cron(0 2 * * ? *)
            ScheduleExpressionTimezone: Europe/Berlin
            Input: '{"job": "clean"}'
            RetryPolicy: {MaximumRetryAttempts: 2}
"""


def test_the_templates_schedules_fire_until_they_are_gone_from_it(app_factory, tmp_path):
    scheduled = Scheduled(app_factory, tmp_path, SCHEDULE_V2)
    told = scheduled.scheduler.get_schedule(Name="nightly")
    assert told["Target"]["Arn"] == HELLO["Arn"] and told["Target"]["RetryPolicy"]["MaximumRetryAttempts"] == 2
    scheduled.advance("3d")
    assert scheduled.events() == [{"job": "clean"}] * 3
    scheduled.app.stop()
    scheduled.start()
    assert scheduled.scheduler.get_schedule(Name="nightly")["LastModificationDate"] == told["LastModificationDate"]
    scheduled.write("")
    scheduled.app.wait_for(lambda line: "deployed again" in line.get("text", ""))
    assert scheduled.scheduler.list_schedules()["Schedules"] == []
    scheduled.advance("1d")
    assert len(scheduled.events()) == 3


SERVERLESS = """\
service: jobs
frameworkVersion: "3"
provider: {{name: aws, runtime: python3.11}}
functions:
  hello:
    handler: app.handler
    environment: {{SEEN: "{seen}"}}
    events:
      - schedule:
          method: scheduler
          rate: [cron(0 2 * * ? *), cron(0 14 * * ? *)]
          timezone: America/New_York
          input: {{job: clean}}
"""


def test_serverless_schedules_by_the_scheduler_fire(app_factory, tmp_path):
    seen = tmp_path / "seen.jsonl"
    app = app_factory({"serverless.yml": SERVERLESS.format(seen=seen), "app.py": HANDLER})
    zones = {s["Name"]: app.client("scheduler").get_schedule(Name=s["Name"])["ScheduleExpressionTimezone"]
             for s in app.client("scheduler").list_schedules()["Schedules"]}
    assert len(zones) == 2 and set(zones.values()) == {"America/New_York"}
    requests.post(app.edge + "/_sls/clock", json={"advance": "2d"}, timeout=DEADLINE_S)
    assert [json.loads(line) for line in seen.read_text().splitlines()] == [{"job": "clean"}] * 4


# --- the command ---

def test_rules_with_a_schedule_fire_and_are_listed_too(scheduled):
    events = scheduled.app.client("events")
    start = scheduled.now()
    events.put_rule(Name="often", ScheduleExpression="rate(45 minutes)")
    events.put_targets(Rule="often", Targets=[{"Id": "1", "Arn": HELLO["Arn"]}])
    assert re.search(r"^often +rule +rate\(45 minutes\) +UTC +enabled +function hello$",
                     scheduled.app.cli("schedule").stdout.decode(), re.M)
    scheduled.advance("2h")
    first, second = times(scheduled.events())
    assert second - first == datetime.timedelta(minutes=45)
    assert datetime.timedelta(minutes=44) < first - start < datetime.timedelta(minutes=46)
    scheduled.app.cli("schedule", "run", "often")
    scheduled.advance("0")
    assert len(scheduled.events()) == 3 and scheduled.events()[2]["source"] == "aws.events"


def test_the_command_lists_what_fires_and_fires_it(app_factory, tmp_path):
    scheduled = Scheduled(app_factory, tmp_path, SCHEDULE_V2)
    scheduled.create("paused", "rate(5 days)", State="DISABLED")
    scheduled.create("over", "cron(0 12 * * ? 2020)")
    app = scheduled.app
    text = app.cli("schedule").stdout.decode()
    assert re.search(r"^default/nightly +schedule +cron\(0 2 \* \* \? \*\) +Europe/Berlin +enabled +function hello$",
                     text, re.M), text
    assert re.search(r"^    (\w{3} \d\d \w{3} 02:00( \d{4})? *){5}$", text, re.M), text
    assert re.search(r"^default/paused .* disabled  function hello\n    not while disabled$", text, re.M), text
    assert re.search(r"^default/over .*\n    never$", text, re.M), text
    listed = json.loads(app.cli("schedule", "--json").stdout)["schedules"]
    nightly = next(s for s in listed if s["name"] == "default/nightly")
    zone = zoneinfo.ZoneInfo("Europe/Berlin")
    assert [parse(t) for t in nightly["next"]] == list(local_days(zone, scheduled.now(), 7, 2, 0))[:5]
    assert "last" not in nightly
    for name in ("nightly", "default/nightly", "schedule:default/nightly"):
        assert b"fired at" in app.cli("schedule", "run", name).stdout
    scheduled.advance("0")
    assert scheduled.events() == [{"job": "clean"}] * 3
    scheduled.advance("1d")  # a firing by hand is none of its ticks
    assert len(scheduled.events()) == 4
    failed = app.cli("schedule", "run", "nightl", check=False)
    assert failed.returncode == 1 and b"did you mean 'nightly'" in failed.stderr
    assert app.cli("schedule", "run", check=False).returncode == 2
