"""Very many of one thing: 10,000 rules and one event, 100,000 schedules of which one is due, or all."""
import concurrent.futures
import datetime
import json
import threading

import bus
import queues
from aws import Edge, lua_headers, lua_string, script, signed
from figures import SECONDS, record
from load import Process, Up, peer, scratch, wrk

RULES = 10_000
SCHEDULES = 100_000
QUEUE_ARN = "arn:aws:sqs:us-east-1:000000000000:bench"
TEMPLATE = "Resources:\n  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: bench}}\n"
EVENT = {"Entries": [{"Source": "bench", "DetailType": "order", "EventBusName": "bench",
                      "Detail": json.dumps({"id": "k0", "state": "paid", "price": 7, "path": "/a/b/c.png"})}]}


# What tells rules apart that have nothing else in common with EVENT: strings, found by them, or numbers, which only a look
# at each rule can tell. The first rule is the one that matches.
def of_strings(i):
    return {"source": ["bench"], "detail": {"id": [f"k{i}"], "price": [{"numeric": ["<", 10]}]}}


def of_numbers(i):
    return {"source": ["bench"], "detail": {"price": [{"numeric": [">", 6 + 4 * i]}]}}


def put_rules(url, target_arn, count, pattern):
    Edge(url).call("events", "CreateEventBus", Name="bench")
    edges = threading.local()

    def put(i):
        if not hasattr(edges, "edge"):
            edges.edge = Edge(url)
        edges.edge.call("events", "PutRule", Name=f"rule-{i}", EventBusName="bench", EventPattern=json.dumps(pattern(i)))
        edges.edge.call("events", "PutTargets", Rule=f"rule-{i}", EventBusName="bench",
                        Targets=[{"Id": "queue", "Arn": target_arn}])

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        list(pool.map(put, range(count)))


def put_events(url, pid, connections, seconds):
    server = Process(pid)
    before = server.cpu_s()
    figures = wrk(url, connections, seconds, script("events", "PutEvents", lua_string(EVENT)))
    if figures["errors"]:
        raise RuntimeError(f"PutEvents: {figures['errors']} failed requests")
    return {**figures, "cpu_us": (server.cpu_s() - before) * 1e6 / figures["count"]}


def rules():
    one = None
    for count, what, pattern in ((1, "one rule", of_strings), (RULES, f"{RULES:,} rules of strings", of_strings),
                                 (RULES, f"{RULES:,} rules of numbers", of_numbers)):
        with scratch({"template.yaml": TEMPLATE}) as directory, Up(directory) as up:
            put_rules(up.edge, QUEUE_ARN, count, pattern)
            for connections in (1, 64):
                figures = put_events(up.edge, up.process.pid, connections, SECONDS)
                record(f"PutEvents, {what}, one matches, {connections} connections", figures["rate"], "events/s")
                record("  p50", figures["p50"], "ms")
            record("  processor time of an event", figures["cpu_us"], "us")
            if one:
                record("  of that with one rule", figures["cpu_us"] / one, "x", 1.25 if pattern == of_strings else None)
                record("  memory of a rule", up.rss_mb("RssAnon") * 1e6 / RULES, "bytes")
            one = one or figures["cpu_us"]
    few = RULES // 10  # for the peers' sake: the time of an event grows with the rules
    for name in ("MiniStack", "moto"):
        try:
            with peer(name) as (url, pid):
                edge = Edge(url)
                queue = queues.create(edge, "bench")
                told = edge.call("sqs", "GetQueueAttributes", QueueUrl=queue, AttributeNames=["QueueArn"])
                put_rules(url, told["Attributes"]["QueueArn"], few, of_strings)
                theirs = put_events(url, pid, 1, SECONDS)
                record(f"{name}: PutEvents, {few:,} rules of strings, one matches, 1 connections", theirs["rate"], "events/s")
                record("  p50", theirs["p50"], "ms")
        except (RuntimeError, OSError) as error:
            print(f"{name}: left out ({error})")


# --- schedules ---

def create_script(prefix, expression, count):
    """CreateSchedule of `count` names; an SQS queue is each one's target."""
    body = lua_string({"ScheduleExpression": expression, "FlexibleTimeWindow": {"Mode": "OFF"}, "Target": {
        "Arn": QUEUE_ARN, "RoleArn": "arn:aws:iam::000000000000:role/any", "Input": "x"}})
    return f"""wrk.method = "POST"
{lua_headers({**signed("scheduler"), "Content-Type": "application/json"})}
local n = 0
function request()
  n = n + 1
  if n == {count} then wrk.thread:stop() end
  return wrk.format(nil, "/schedules/{prefix}-" .. n, nil, {body})
end
"""


def create_schedules(up, expression, count):
    """Exactly so many; what a run that ends leaves out, the next one adds."""
    edge = Edge(up.edge)
    for turn in range(1000):
        there = len(json.loads(edge.send("GET", "/_sls/schedules"))["schedules"])
        if there >= count:
            return
        wrk(up.edge, 64, 2, create_script(f"s{turn}", expression, count - there))


def tick_every_minute(edge):
    edge.send("POST", "/schedules/minutely", json.dumps({
        "ScheduleExpression": "cron(* * * * ? *)", "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {"Arn": QUEUE_ARN, "RoleArn": "arn:aws:iam::000000000000:role/any", "Input": "x"}}), "scheduler")


def schedules():
    per_firing, memory = {}, {}
    later = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=15)).strftime("%Y-%m-%dT%H:%M:%S")
    with scratch({"template.yaml": TEMPLATE}) as directory:
        with Up(directory) as up:
            tick_every_minute(Edge(up.edge))
            for count in (1, SCHEDULES + 1):
                create_schedules(up, f"at({later})", count)
                per_firing[count] = bus.advance(Edge(up.edge), "5h") * 1000 / 300
                memory[count] = up.rss_mb("RssAnon")
            record(f"{SCHEDULES:,} schedules pending: memory of each", (memory[SCHEDULES + 1] - memory[1]) / SCHEDULES * 1e6,
                   "bytes")
            record("  a firing beside them, as the clock turns", per_firing[SCHEDULES + 1], "ms")
            record("  of one beside none", per_firing[SCHEDULES + 1] / per_firing[1], "x")
        with Up(directory) as up:
            record("  `up` until it is ready with them", up.ready_s * 1000, "ms")
            record("  memory of its own", up.rss_mb("RssAnon"), "MB")
            edge = Edge(up.edge)
            took = bus.advance(edge, "5h")
            record(f"  all {SCHEDULES:,} due at one instant, delivered to a queue: each", took * 1e6 / SCHEDULES, "us")
            there = sum(queues.waiting(edge, queues.find(edge, "bench")))
            if there < SCHEDULES + 900:
                raise SystemExit(f"only {there} messages of {SCHEDULES} schedules")
