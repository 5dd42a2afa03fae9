"""Asynchronous invocations: kept, tried again, told to destinations; lost by nothing."""
import json
import time

import pytest
from botocore.exceptions import ClientError

from conftest import DEADLINE_S

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    Runtime: nodejs20.x
    CodeUri: app/
    Timeout: 5
Resources:
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: worker
      Handler: index.worker
{properties}
  Sink:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: sink
      Handler: index.sink
{resources}
"""

CODE = """\
exports.worker = async (event, context) => {
  console.log("ran " + JSON.stringify({n: event.n, id: context.awsRequestId}));
  if (event.fail) throw Object.assign(new Error(event.fail), {name: "Broken"});
  if (event.hang) await new Promise(resolve => setTimeout(resolve, event.hang));
  return {done: event.n};
};
exports.sink = async event => { console.log("sink " + JSON.stringify(event)); };
"""


def application(properties="", resources=""):
    properties = "".join(f"      {line}\n" for line in properties.splitlines())
    return {"template.yaml": TEMPLATE.format(properties=properties, resources=resources), "app/index.js": CODE}


def output(app, function, word, number=1):
    """The JSON behind the number-th line that begins with `word`."""
    seen = []

    def wanted(line):
        if line["type"] == "output" and line["function"] == function and (word + " ") in line["line"]:
            if line not in seen:
                seen.append(line)
        return len(seen) >= number

    app.wait_for(wanted)
    return json.loads(seen[number - 1]["line"].split(word + " ", 1)[1])


def runs(app):
    return [json.loads(line["line"].split("ran ", 1)[1]) for line in app.lines
            if line["type"] == "output" and "ran " in line["line"]]


def send(app, function="worker", **event):
    answer = app.client().invoke(FunctionName=function, InvocationType="Event", Payload=json.dumps(event))
    assert answer["StatusCode"] == 202
    return answer["ResponseMetadata"]["RequestId"]


def arn(function):
    return f"arn:aws:lambda:us-east-1:000000000000:function:{function}"


def test_an_event_that_fails_is_tried_after_one_and_two_minutes_with_one_request_id(app_factory):
    app = app_factory(application("EventInvokeConfig:\n  DestinationConfig:\n    OnFailure:\n      Type: Lambda\n"
                                  "      Destination: !GetAtt Sink.Arn"))
    request_id = send(app, n=1, fail="no tea")
    output(app, "worker", "ran")
    app.advance("59s")
    assert len(runs(app)) == 1
    app.advance("1s")
    output(app, "worker", "ran", 2)
    app.advance("119s")
    assert len(runs(app)) == 2
    app.advance("1s")
    record = output(app, "sink", "sink")
    assert [run["id"] for run in runs(app)] == [request_id] * 3
    assert record["version"] == "1.0"
    assert record["requestContext"] == {"requestId": request_id, "functionArn": arn("worker") + ":$LATEST",
                                        "condition": "RetriesExhausted", "approximateInvokeCount": 3}
    assert record["requestPayload"] == {"n": 1, "fail": "no tea"}
    assert record["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"}
    assert record["responsePayload"]["errorMessage"] == "no tea"
    app.advance("6h")
    assert len(runs(app)) == 3


def test_success_is_told_and_nothing_is_tried_again(app_factory):
    app = app_factory(application("EventInvokeConfig:\n  DestinationConfig:\n    OnSuccess:\n      Type: Lambda\n"
                                  "      Destination: !GetAtt Sink.Arn"))
    request_id = send(app, n=7)
    record = output(app, "sink", "sink")
    assert record["requestContext"]["condition"] == "Success"
    assert record["requestContext"]["approximateInvokeCount"] == 1
    assert record["requestContext"]["requestId"] == request_id
    assert record["responsePayload"] == {"done": 7}
    assert "functionError" not in record["responseContext"]
    app.advance("1h")
    assert len(runs(app)) == 1


def test_what_was_accepted_runs_after_kill_9(app_factory):
    app = app_factory(application())
    for number in range(20):
        send(app, n=number, hang=60000)
    app.kill()
    app = app_factory(directory=app.directory)
    for number in range(20):
        output(app, "worker", "ran", number + 1)
    assert sorted(run["n"] for run in runs(app)) == list(range(20))


def test_retries_go_on_after_a_restart_and_count_on(app_factory):
    app = app_factory(application("EventInvokeConfig:\n  MaximumRetryAttempts: 1"))
    request_id = send(app, n=1, fail="x")
    output(app, "worker", "ran")
    app.wait_for(lambda line: line["type"] == "invocation" and line["function"] == "worker")
    app.advance("1s")  # the retry is on disk
    app.kill()
    app = app_factory(directory=app.directory)
    app.advance("2m")
    assert output(app, "worker", "ran")["id"] == request_id
    app.advance("1h")
    assert len(runs(app)) == 1


def test_an_event_grows_too_old(app_factory):
    app = app_factory(application("EventInvokeConfig:\n  MaximumEventAgeInSeconds: 60\n  DestinationConfig:\n"
                                  "    OnFailure:\n      Type: Lambda\n      Destination: !GetAtt Sink.Arn"))
    send(app, n=1, fail="x")
    record = output(app, "sink", "sink")
    assert record["requestContext"]["condition"] == "EventAgeExceeded"
    assert record["requestContext"]["approximateInvokeCount"] == 1


def test_no_concurrency_means_no_attempt(app_factory):
    app = app_factory(application("ReservedConcurrentExecutions: 0\nEventInvokeConfig:\n  DestinationConfig:\n"
                                  "    OnFailure:\n      Type: Lambda\n      Destination: !GetAtt Sink.Arn"))
    send(app, n=1)
    record = output(app, "sink", "sink")
    assert record["requestContext"]["condition"] == "ZeroReservedConcurrency"
    assert record["requestContext"]["approximateInvokeCount"] == 0
    assert "responseContext" not in record and "responsePayload" not in record


def test_throttled_events_wait_and_all_run(app_factory):
    app = app_factory(application("ReservedConcurrentExecutions: 1"))
    for number in range(5):
        send(app, n=number, hang=30)
    for number in range(5):
        output(app, "worker", "ran", number + 1)
    assert sorted(run["n"] for run in runs(app)) == [0, 1, 2, 3, 4]


def test_the_configuration_through_its_api(app_factory):
    app = app_factory(application())
    client = app.client()
    with pytest.raises(ClientError) as raised:
        client.get_function_event_invoke_config(FunctionName="worker")
    assert raised.value.response["Error"]["Code"] == "ResourceNotFoundException"
    assert raised.value.response["Error"]["Message"] == (
        f"The function {arn('worker')}:$LATEST doesn't have an EventInvokeConfig")
    before = time.time()
    put = client.put_function_event_invoke_config(
        FunctionName="worker", MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": arn("sink")}})
    assert put["FunctionArn"] == arn("worker") + ":$LATEST"
    assert put["MaximumRetryAttempts"] == 0 and "MaximumEventAgeInSeconds" not in put
    assert put["DestinationConfig"] == {"OnSuccess": {}, "OnFailure": {"Destination": arn("sink")}}
    assert abs(put["LastModified"].timestamp() - before) < DEADLINE_S
    updated = client.update_function_event_invoke_config(FunctionName="worker", MaximumEventAgeInSeconds=3600)
    assert updated["MaximumRetryAttempts"] == 0 and updated["MaximumEventAgeInSeconds"] == 3600
    send(app, n=1, fail="once")
    assert output(app, "sink", "sink")["requestContext"]["approximateInvokeCount"] == 1
    app.kill()
    app = app_factory(directory=app.directory)
    client = app.client()
    kept = client.get_function_event_invoke_config(FunctionName=arn("worker"))
    assert kept["MaximumEventAgeInSeconds"] == 3600
    assert client.list_function_event_invoke_configs(FunctionName="worker")["FunctionEventInvokeConfigs"][0][
        "MaximumRetryAttempts"] == 0
    client.delete_function_event_invoke_config(FunctionName="worker")
    assert client.list_function_event_invoke_configs(FunctionName="worker")["FunctionEventInvokeConfigs"] == []


def test_what_is_not_there_has_no_configuration_and_gets_none(app_factory):
    app = app_factory(application("AutoPublishAlias: live"))
    client = app.client()
    assert client.put_function_event_invoke_config(FunctionName="worker", Qualifier="live", MaximumRetryAttempts=1)[
        "FunctionArn"] == arn("worker") + ":live"
    assert client.put_function_event_invoke_config(FunctionName="worker:1", MaximumRetryAttempts=1)["MaximumRetryAttempts"] == 1
    no_config = "The function {} doesn't have an EventInvokeConfig".format
    for call, function, message in (
            (client.put_function_event_invoke_config, "worker:none", "The function doesn't exist."),
            (client.put_function_event_invoke_config, "nobody", "The function doesn't exist."),
            (client.update_function_event_invoke_config, "worker:none", "The function doesn't exist."),
            (client.list_function_event_invoke_configs, "nobody", "The function doesn't exist."),
            (client.get_function_event_invoke_config, "worker:none", no_config(arn("worker") + ":none")),
            (client.get_function_event_invoke_config, "nobody", no_config(arn("nobody") + ":$LATEST")),
            (client.delete_function_event_invoke_config, "worker", no_config(arn("worker") + ":$LATEST"))):
        more = {"MaximumRetryAttempts": 1} if call in (client.put_function_event_invoke_config,
                                                       client.update_function_event_invoke_config) else {}
        with pytest.raises(client.exceptions.ResourceNotFoundException) as raised:
            call(FunctionName=function, **more)
        assert raised.value.response["Error"]["Message"] == message, function


@pytest.mark.parametrize("change, text", [
    ({"MaximumRetryAttempts": 3}, "Member must have value less than or equal to 2"),
    ({"MaximumEventAgeInSeconds": 59}, "Member must have value greater than or equal to 60"),
    ({"DestinationConfig": {"OnSuccess": {"Destination": "nowhere"}}}, "regular expression pattern"),
    ({"DestinationConfig": {"OnSuccess": {"Destination": "arn:aws:dynamodb:us-east-1:000000000000:table/t"}}},
     "is invalid")])
def test_a_wrong_configuration_is_refused(app_factory, change, text):
    app = app_factory(application())
    with pytest.raises(ClientError) as raised:
        app.client(parameter_validation=False).put_function_event_invoke_config(FunctionName="worker", **change)
    assert text in raised.value.response["Error"]["Message"]


def test_permissions_are_kept_and_shown(app_factory):
    app = app_factory(application())
    client = app.client()
    statement = json.loads(client.add_permission(
        FunctionName="worker", StatementId="s3", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com",
        SourceArn="arn:aws:s3:::bucket", SourceAccount="000000000000")["Statement"])
    assert statement == {"Sid": "s3", "Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"},
                         "Action": "lambda:InvokeFunction", "Resource": arn("worker"),
                         "Condition": {"StringEquals": {"AWS:SourceAccount": "000000000000"},
                                       "ArnLike": {"AWS:SourceArn": "arn:aws:s3:::bucket"}}}
    with pytest.raises(ClientError) as raised:
        client.add_permission(FunctionName="worker", StatementId="s3", Action="lambda:InvokeFunction", Principal="*")
    assert raised.value.response["Error"]["Code"] == "ResourceConflictException"
    app.kill()
    app = app_factory(directory=app.directory)
    client = app.client()
    policy = json.loads(client.get_policy(FunctionName="worker")["Policy"])
    assert policy == {"Version": "2012-10-17", "Id": "default", "Statement": [statement]}
    client.remove_permission(FunctionName="worker", StatementId="s3")
    with pytest.raises(ClientError) as raised:
        client.get_policy(FunctionName="worker")
    assert raised.value.response["Error"]["Code"] == "ResourceNotFoundException"


def test_full_stop_waits_for_what_runs(app_factory):
    app = app_factory(application())
    send(app, n=1, hang=300)
    output(app, "worker", "ran")
    assert app.stop() == 0
    assert app.stderr == ""
