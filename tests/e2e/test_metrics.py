"""CloudWatch metrics: what clients put, what functions embed in their logs, and what Lambda counts itself."""
import concurrent.futures
import datetime
import json
import subprocess
import threading

import apps
import botocore.model
from conftest import DEADLINE_S, E2E_DIR, clean_env, needs, pytest

EMPTY = {"template.yaml": "Resources: {Nothing: {Type: AWS::CloudFormation::WaitConditionHandle}}\n"}
MINUTES = datetime.timedelta(minutes=1)


def now():
    return datetime.datetime.now(datetime.timezone.utc)


def around(at=None):
    at = at or now()
    return {"StartTime": at - 30 * MINUTES, "EndTime": at + 30 * MINUTES}


@pytest.fixture
def cloudwatch(app_factory):
    app = app_factory(EMPTY)
    client = app.client("cloudwatch")
    client.app = app
    return client


def total(client, namespace, name, stat="Sum", period=3600, **dimensions):
    """One statistic over everything there is of a metric; None when there is nothing."""
    query = {"Id": "q", "MetricStat": {"Stat": stat, "Period": period, "Metric": {
        "Namespace": namespace, "MetricName": name,
        "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()]}}}
    at = now()
    found = client.get_metric_data(MetricDataQueries=[query], StartTime=at - 120 * MINUTES, EndTime=at + 120 * MINUTES)
    values = found["MetricDataResults"][0]["Values"]
    return (max(values) if stat == "Maximum" else sum(values)) if values else None


PROTOCOLS = ["json", "query", "smithy-rpc-v2-cbor"]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_every_protocol_of_the_service(app_factory, monkeypatch, protocol):
    monkeypatch.setattr(botocore.model.ServiceModel, "resolved_protocol", property(lambda self: protocol))
    client = app_factory(EMPTY).client("cloudwatch")
    at = now().replace(second=0, microsecond=0)
    dimensions = [{"Name": "a", "Value": "1"}, {"Name": "b", "Value": "x y"}]
    client.put_metric_data(Namespace="app", MetricData=[
        {"MetricName": "m", "Timestamp": at, "Value": 2.5, "Unit": "Seconds", "Dimensions": dimensions},
        {"MetricName": "m", "Timestamp": at, "Values": [1, 10], "Counts": [2, 1], "Unit": "Seconds",
         "Dimensions": dimensions}])
    (point,) = client.get_metric_statistics(Namespace="app", MetricName="m", Dimensions=dimensions[::-1], Period=60,
                                            Statistics=["Sum", "SampleCount", "Maximum"], **around(at))["Datapoints"]
    assert (point["Timestamp"], point["Sum"], point["SampleCount"], point["Maximum"], point["Unit"]) == (
        at, 14.5, 4, 10, "Seconds")
    (point,) = client.get_metric_statistics(Namespace="app", MetricName="m", Dimensions=dimensions, Period=60,
                                            ExtendedStatistics=["p50"], **around(at))["Datapoints"]
    assert point["ExtendedStatistics"] == {"p50": 1}
    (metric,) = client.list_metrics(Namespace="app")["Metrics"]
    assert metric == {"Namespace": "app", "MetricName": "m", "Dimensions": dimensions}
    stat = {"Metric": metric, "Period": 60, "Stat": "Average"}
    result = client.get_metric_data(MetricDataQueries=[
        {"Id": "m1", "MetricStat": stat}, {"Id": "e1", "Expression": "m1 * 2", "Label": "twice"}], **around(at))
    first, second = result["MetricDataResults"]
    assert (first["Timestamps"], first["Values"], first["StatusCode"]) == ([at], [3.625], "Complete")
    assert (second["Label"], second["Values"]) == ("twice", [7.25])
    with pytest.raises(client.exceptions.InvalidParameterValueException, match="must be less than") as caught:
        client.get_metric_statistics(Namespace="app", MetricName="m", Period=60, Statistics=["Sum"], StartTime=at,
                                     EndTime=at)
    assert caught.value.response["Error"]["Code"] == "InvalidParameterValue"
    with pytest.raises(client.exceptions.ClientError):
        client.put_metric_alarm(AlarmName="a", EvaluationPeriods=1, ComparisonOperator="GreaterThanThreshold")


def test_paginators_walk_through_many_metrics(cloudwatch):
    for start in range(0, 1200, 600):
        cloudwatch.put_metric_data(Namespace="app", MetricData=[
            {"MetricName": f"m{i}", "Value": i} for i in range(start, start + 600)])
    pages = cloudwatch.get_paginator("list_metrics").paginate(Namespace="app")
    assert sorted(metric["MetricName"] for page in pages for metric in page["Metrics"]) == sorted(
        f"m{i}" for i in range(1200))


def test_what_was_put_is_there_after_a_kill(app_factory):
    app, accepted = app_factory(EMPTY), 0
    for _ in range(5):
        stop, counts = threading.Event(), [0] * 3

        def produce(index):
            client = app.client("cloudwatch")
            while not stop.is_set():
                try:
                    client.put_metric_data(Namespace="app", MetricData=[{"MetricName": "m", "Value": 1}])
                except Exception:  # the connection of a killed process
                    return
                counts[index] += 1

        threads = [threading.Thread(target=produce, args=(index,)) for index in range(3)]
        for thread in threads:
            thread.start()
        while sum(counts) < 60:
            threads[0].join(0.01)
        app.kill()
        stop.set()
        for thread in threads:
            thread.join()
        accepted += sum(counts)
        app = app_factory(EMPTY)
        there = total(app.client("cloudwatch"), "app", "m", "SampleCount")
        assert accepted <= there <= accepted + 15, "at most one request of each producer was not answered"
        accepted = int(there)


WORKER = """exports.handler = async (event) => {
    if (event.fails) throw new Error('told to');
    await new Promise(resolve => setTimeout(resolve, event.ms ?? 0));
};
"""


@needs("node")
def test_lambda_counts_its_invocations(app_factory):
    app = app_factory(apps.node(WORKER, properties="FunctionName: worker\nReservedConcurrentExecutions: 1"))
    for event in ({}, {"ms": 50}, {"fails": True}):
        app.invoke("worker", event)
    client = app.client()

    def is_throttled(event):
        try:
            client.invoke(FunctionName="worker", Payload=json.dumps(event))
        except client.exceptions.TooManyRequestsException:
            return True

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        assert any(pool.map(is_throttled, [{"ms": 1000}] * 2)), "two at once where one may run"
    metrics = app.client("cloudwatch")
    invocations = total(metrics, "AWS/Lambda", "Invocations", FunctionName="worker")
    assert invocations == 4 and total(metrics, "AWS/Lambda", "Errors", FunctionName="worker") == 1
    assert total(metrics, "AWS/Lambda", "Throttles", FunctionName="worker") == 1
    assert total(metrics, "AWS/Lambda", "Duration", "SampleCount", FunctionName="worker") == invocations
    assert 1000 <= total(metrics, "AWS/Lambda", "Duration", "Maximum", FunctionName="worker") < 3000
    assert total(metrics, "AWS/Lambda", "ConcurrentExecutions", "Maximum") == 1
    assert total(metrics, "AWS/Lambda", "UnreservedConcurrentExecutions") is None, "it has one of its own"
    assert total(metrics, "AWS/Lambda", "Invocations", FunctionName="worker", Resource="worker") == invocations
    assert total(metrics, "AWS/Lambda", "Invocations") == invocations
    names = {metric["MetricName"] for metric in metrics.list_metrics(
        Namespace="AWS/Lambda", Dimensions=[{"Name": "FunctionName", "Value": "worker"}])["Metrics"]}
    assert names == {"Invocations", "Errors", "Throttles", "Duration", "ConcurrentExecutions"}


EMBEDDED_NODE = """const { metricScope, Unit } = require('aws-embedded-metrics');
exports.handler = metricScope(metrics => async (event) => {
    metrics.setNamespace('shop');
    metrics.setDimensions({ Service: 'cart' });
    metrics.putMetric('Items', event.items, Unit.Count);
});
"""
EMBEDDED_PYTHON = """import json, time
def handler(event, context):
    print(json.dumps({"_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [
        {"Namespace": "shop", "Dimensions": [["Service"], []], "Metrics": [{"Name": "Items", "Unit": "Count"}]}]},
        "Service": "cart", "Items": [event["items"], 1], "request": context.aws_request_id}))
"""


@needs("node")
def test_a_node_handler_embeds_metrics(app_factory, tmp_path):
    (tmp_path / "app").mkdir()
    (tmp_path / "app/node_modules").symlink_to(E2E_DIR / "node_modules")
    app = app_factory(apps.node(EMBEDDED_NODE, properties="FunctionName: cart"))
    for items in (3, 4):
        payload, response = app.invoke("cart", {"items": items})
        assert "FunctionError" not in response, payload
    app.client("logs").filter_log_events(logGroupName="/aws/lambda/cart")  # what was printed is written by now
    metrics = app.client("cloudwatch")
    assert total(metrics, "shop", "Items", Service="cart") == 7
    assert total(metrics, "shop", "Items", "SampleCount", Service="cart") == 2


def test_a_python_handler_embeds_metrics_and_clients_do(app_factory):
    app = app_factory(apps.python(EMBEDDED_PYTHON, properties="FunctionName: cart"))
    app.invoke("cart", {"items": 3})
    logs, metrics = app.client("logs"), app.client("cloudwatch")
    (line,) = logs.filter_log_events(logGroupName="/aws/lambda/cart", filterPattern="{ $.Service = cart }")["events"]
    assert total(metrics, "shop", "Items", Service="cart") == 4
    logs.create_log_group(logGroupName="/own")
    logs.create_log_stream(logGroupName="/own", logStreamName="s")
    logs.put_log_events(logGroupName="/own", logStreamName="s", logEvents=[
        {"timestamp": line["timestamp"], "message": line["message"].strip()}])
    assert total(metrics, "shop", "Items", Service="cart") == 8
    assert total(metrics, "shop", "Items") == 8


def test_a_metric_filter_of_the_template_counts_what_functions_print(app_factory):
    template = apps.http_api("python3.11", "app.handler", properties="FunctionName: slow") + """\
  Slow:
    Type: AWS::Logs::MetricFilter
    Properties:
      LogGroupName: /aws/lambda/slow
      FilterPattern: '[kind=REPORT, label, id, duration_label, duration, ...]'
      MetricTransformations:
        - {MetricName: Milliseconds, MetricNamespace: app, MetricValue: $duration, Unit: Milliseconds}
"""
    app = app_factory({"template.yaml": template, "app/app.py": "def handler(event, context):\n    return 1\n"})
    for _ in range(3):
        app.invoke("slow")
    app.client("logs").filter_log_events(logGroupName="/aws/lambda/slow")
    assert total(app.client("cloudwatch"), "app", "Milliseconds", "SampleCount") == 3


SDK = """
const {CloudWatchClient, PutMetricDataCommand, GetMetricDataCommand, ListMetricsCommand} = require('@aws-sdk/client-cloudwatch');
(async () => {
    const client = new CloudWatchClient({endpoint: process.argv[2]});
    const at = new Date(Math.floor(Date.now() / 60000) * 60000);
    await client.send(new PutMetricDataCommand({Namespace: 'js', MetricData: [
        {MetricName: 'm', Value: 1.25, Timestamp: at, Dimensions: [{Name: 'd', Value: 'v'}]}]}));
    const [metric] = (await client.send(new ListMetricsCommand({Namespace: 'js'}))).Metrics;
    const data = await client.send(new GetMetricDataCommand({
        StartTime: new Date(at - 600000), EndTime: new Date(+at + 600000),
        MetricDataQueries: [{Id: 'a', MetricStat: {Metric: metric, Period: 60, Stat: 'Sum'}}]}));
    const [result] = data.MetricDataResults;
    const error = await client.send(new PutMetricDataCommand({Namespace: 'AWS/x', MetricData: []})).catch(e => e.name);
    console.log(JSON.stringify({values: result.Values, same: +result.Timestamps[0] === +at, error}));
})();
"""


@needs("node")
def test_the_javascript_client(cloudwatch, tmp_path):
    (tmp_path / "sdk.js").write_text(SDK)
    done = subprocess.run(["node", tmp_path / "sdk.js", cloudwatch.app.edge],
                          env=clean_env(NODE_PATH=E2E_DIR / "node_modules", AWS_REGION="us-east-1"),
                          capture_output=True, text=True, timeout=DEADLINE_S)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"values": [1.25], "same": True, "error": "InvalidParameterValueException"}
