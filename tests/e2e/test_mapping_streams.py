"""Table streams feed functions: in order, again after failures, from the checkpoint after a kill."""
import json
import signal
import time

import pytest
from botocore.exceptions import ClientError

from conftest import DEADLINE_S, needs

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Notes:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: notes
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{{AttributeName: pk, AttributeType: S}}]
      KeySchema: [{{AttributeName: pk, KeyType: HASH}}]
      StreamSpecification: {{StreamViewType: NEW_AND_OLD_IMAGES}}
      TimeToLiveSpecification: {{AttributeName: expires, Enabled: true}}
  Auditor:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: auditor
      CodeUri: app/
      Handler: {handler}
      Runtime: {runtime}
      Timeout: 5
      Events:
        Changes:
          Type: DynamoDB
          Properties:
            Stream: !GetAtt Notes.StreamArn
            StartingPosition: TRIM_HORIZON
{settings}{resources}"""

# Fails for as long as a record's item says so.
NODE = """\
const fs = require("fs");
exports.handler = async event => {
  console.log("event " + JSON.stringify(event));
  const failures = [];
  for (const record of event.Records) {
    const item = record.dynamodb.NewImage || {};
    if (item.fail) throw new Error(item.fail.S);
    if (item.report) failures.push({itemIdentifier: record.dynamodb.SequenceNumber});
    if (item.hang && !fs.existsSync("/tmp/hung")) await new Promise(() => {});
  }
  return {batchItemFailures: failures, state: {}};
};
"""
PYTHON = """\
import json

def handler(event, context):
    print("event " + json.dumps(event))
    for record in event["Records"]:
        fail = record["dynamodb"].get("NewImage", {}).get("fail")
        if fail:
            raise RuntimeError(fail["S"])
    return {"batchItemFailures": []}
"""


def application(settings="", resources="", language="node"):
    settings = "".join(f"            {line}\n" for line in settings.splitlines())
    names = {"node": ("index.handler", "nodejs20.x", "app/index.js", NODE),
             "python": ("app.handler", "python3.11", "app/app.py", PYTHON)}
    handler, runtime, path, code = names[language]
    return {"template.yaml": TEMPLATE.format(handler=handler, runtime=runtime, settings=settings,
                                             resources=resources), path: code}


def events(app):
    return [json.loads(line["line"].split("event ", 1)[1]) for line in app.lines
            if line["type"] == "output" and line["line"].find("event {") >= 0]


def wait_events(app, count):
    """The first `count` events, when there are so many."""
    app.wait_for(lambda line: len(events(app)) >= count)
    return events(app)[:count]


def read_on(app):
    """What a page that has ended still had to say."""
    while (line := app.new_lines.get(timeout=DEADLINE_S)) is not None:
        app.lines.append(line)


def wait_deployed(app, times):
    app.wait_for(lambda _: sum(line["type"] == "notice" and "deployed again" in line["text"]
                               for line in app.lines) >= times)


def keys(event):
    return [record["dynamodb"]["Keys"]["pk"]["S"] for record in event["Records"]]


def put(app, key, **item):
    item = {name: {"S": str(value)} if name != "expires" else {"N": str(value)} for name, value in item.items()}
    app.client("dynamodb").put_item(TableName="notes", Item={"pk": {"S": key}, **item})


def mapping(app):
    """The one mapping there is, when it is settled."""
    return app.client().list_event_source_mappings(FunctionName="auditor")["EventSourceMappings"][0]


@pytest.mark.parametrize("language", [pytest.param("node", marks=needs("node")), "python"])
def test_changes_of_a_table_reach_the_function_as_on_aws(app_factory, language):
    app = app_factory(application(language=language))
    put(app, "a", text="one")
    put(app, "a", text="one")  # the same again: no record
    wait_events(app, 1)
    put(app, "a", text="two")
    wait_events(app, 2)
    app.client("dynamodb").delete_item(TableName="notes", Key={"pk": {"S": "a"}})
    seen = [event["Records"] for event in wait_events(app, 3)]
    assert [[record["eventName"] for record in records] for records in seen] == [["INSERT"], ["MODIFY"], ["REMOVE"]]
    arn = "arn:aws:dynamodb:us-east-1:000000000000:table/notes/stream/2020-01-01T00:00:00.000"
    record = seen[1][0]
    assert set(record) == {"eventID", "eventName", "eventVersion", "eventSource", "awsRegion", "dynamodb",
                           "eventSourceARN"}
    assert record["eventSourceARN"] == arn
    assert record["dynamodb"] == {
        "ApproximateCreationDateTime": record["dynamodb"]["ApproximateCreationDateTime"],
        "Keys": {"pk": {"S": "a"}},
        "NewImage": {"pk": {"S": "a"}, "text": {"S": "two"}},
        "OldImage": {"pk": {"S": "a"}, "text": {"S": "one"}},
        "SequenceNumber": record["dynamodb"]["SequenceNumber"],
        "SizeBytes": 3 + 10 + 10, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    told = mapping(app)
    assert told["State"] == "Enabled" and told["LastProcessingResult"] == "OK"
    assert told["EventSourceArn"] == arn and told["StartingPosition"] == "TRIM_HORIZON"


@needs("node")
def test_an_expired_item_is_removed_by_the_service(app_factory):
    app = app_factory(application())
    put(app, "a", expires=int(time.time()) - 10)
    wait_events(app, 1)
    removal = wait_events(app, 2)[1]["Records"][0]
    assert removal["eventName"] == "REMOVE"
    assert removal["userIdentity"] == {"type": "Service", "principalId": "dynamodb.amazonaws.com"}


@needs("node")
def test_only_what_the_filters_let_through_is_delivered(app_factory):
    app = app_factory(application("""\
FilterCriteria:
  Filters:
    - Pattern: '{"eventName": ["INSERT"], "dynamodb": {"NewImage": {"kind": {"S": [{"prefix": "ord"}]}}}}'
    - Pattern: '{"dynamodb": {"NewImage": {"n": {"S": ["7"]}}}}'"""))
    put(app, "a", kind="order")
    put(app, "b", kind="note")
    put(app, "a", kind="order", changed="yes")  # no INSERT
    put(app, "c", n=7)
    put(app, "d", kind="ordinary")
    app.wait_for(lambda line: sum(map(len, map(keys, events(app)))) >= 3)
    assert [key for event in events(app) for key in keys(event)] == ["a", "c", "d"]


@needs("node")
def test_a_poison_record_is_isolated_retried_and_told_to_a_bucket(app_factory):
    app = app_factory(application("""\
MaximumRetryAttempts: 1
BisectBatchOnFunctionError: true
DestinationConfig: {OnFailure: {Destination: !GetAtt Failures.Arn}}""", """
  Failures:
    Type: AWS::S3::Bucket
    Properties: {BucketName: failures}
"""))
    app.client().update_event_source_mapping(UUID=mapping(app)["UUID"], Enabled=False)
    for key in "abcd":
        put(app, key, **({"fail": "poison"} if key == "c" else {}))
    wait_state(app, "Disabled")
    app.client().update_event_source_mapping(UUID=mapping(app)["UUID"], Enabled=True)
    wait_events(app, 4)
    app.advance("5s")
    assert [keys(event) for event in wait_events(app, 6)] == [
        ["a", "b", "c", "d"], ["a", "b"], ["c", "d"], ["c"], ["c"], ["d"]]
    s3 = app.client("s3")
    [entry] = s3.list_objects_v2(Bucket="failures")["Contents"]
    assert entry["Key"].startswith(f"aws/lambda/{mapping(app)['UUID']}/shardId-")
    told = json.loads(s3.get_object(Bucket="failures", Key=entry["Key"])["Body"].read())
    assert told["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert told["requestContext"]["approximateInvokeCount"] == 2
    assert told["requestContext"]["functionArn"] == "arn:aws:lambda:us-east-1:000000000000:function:auditor"
    assert told["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"}
    assert told["DDBStreamBatchInfo"]["batchSize"] == 1
    assert keys(told["payload"]) == ["c"]


def wait_state(app, state):
    end = time.monotonic() + DEADLINE_S
    while mapping(app)["State"] != state:
        assert time.monotonic() < end, mapping(app)


@needs("node")
def test_a_partial_failure_is_repeated_from_the_record_named(app_factory):
    app = app_factory(application("FunctionResponseTypes: [ReportBatchItemFailures]\nMaximumRetryAttempts: 1\n"
                                  "Enabled: false"))
    for key in "abcd":
        put(app, key, **({"report": "yes"} if key == "b" else {}))
    app.client().update_event_source_mapping(UUID=mapping(app)["UUID"], Enabled=True)
    wait_events(app, 1)
    app.advance("2s")
    assert [keys(event) for event in wait_events(app, 2)] == [["a", "b", "c", "d"], ["b", "c", "d"]]
    put(app, "e")
    assert keys(wait_events(app, 3)[2]) == ["e"]


@needs("node")
def test_a_killed_gateway_goes_on_from_the_checkpoint_and_loses_nothing(app_factory):
    files = application("BatchSize: 3")
    app = app_factory(files)
    seen, written = [], 0
    for round_number in range(4):
        for _ in range(12):
            put(app, f"k{written:03}")
            written += 1
        app.wait_for(lambda line: len(events(app)) > round_number)
        app.kill()
        # What was printed before the kill counts as delivered; the rest must come again.
        read_on(app)
        seen += [key for event in events(app) for key in keys(event)]
        app = app_factory()
    put(app, "last")
    app.wait_for(lambda line: any("last" in keys(event) for event in events(app)))
    seen += [key for event in events(app) for key in keys(event)]
    assert set(seen) == {f"k{n:03}" for n in range(written)} | {"last"}
    firsts = list(dict.fromkeys(seen))
    assert firsts == sorted(firsts), "in order, but for what comes again"
    assert len(seen) < 2 * len(firsts), "only unfinished batches come again"


@needs("node")
def test_the_api_makes_changes_lists_and_deletes_mappings(app_factory):
    app = app_factory(application())
    client = app.client()
    arn = mapping(app)["EventSourceArn"]
    with pytest.raises(ClientError) as refused:
        client.create_event_source_mapping(FunctionName="auditor", EventSourceArn=arn, StartingPosition="LATEST")
    assert refused.value.response["Error"]["Code"] == "ResourceConflictException"
    assert mapping(app)["UUID"] in refused.value.response["Error"]["Message"]
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 409
    deleted = client.delete_event_source_mapping(UUID=mapping(app)["UUID"])
    assert deleted["State"] == "Deleting" and deleted["ResponseMetadata"]["HTTPStatusCode"] == 202
    made = client.create_event_source_mapping(FunctionName="auditor", EventSourceArn=arn, StartingPosition="LATEST",
                                              BatchSize=5, MaximumRetryAttempts=2)
    assert made["State"] == "Creating" and made["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert made["EventSourceMappingArn"].endswith(":event-source-mapping:" + made["UUID"])
    put(app, "a")
    assert keys(wait_events(app, 1)[0]) == ["a"]
    changed = client.update_event_source_mapping(UUID=made["UUID"], BatchSize=7)
    assert (changed["State"], changed["BatchSize"], changed["MaximumRetryAttempts"]) == ("Updating", 7, 2)
    with pytest.raises(client.exceptions.InvalidParameterValueException) as refused:
        client.update_event_source_mapping(UUID=made["UUID"], FilterCriteria={"Filters": [{"Pattern": "text"}]})
    assert refused.value.response["Error"]["Message"] == "Invalid filter pattern definition."
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_event_source_mapping(UUID="00000000-0000-4000-8000-000000000000")


@needs("node")
def test_a_mapping_follows_its_template(app_factory):
    app = app_factory(application())
    put(app, "a")
    wait_events(app, 1)
    uuid = mapping(app)["UUID"]
    template = application()["template.yaml"]
    path = app.directory / "template.yaml"
    path.write_text(application("BatchSize: 1")["template.yaml"])
    wait_deployed(app, 1)
    assert (mapping(app)["UUID"], mapping(app)["BatchSize"]) == (uuid, 1)
    put(app, "b")
    assert keys(wait_events(app, 2)[1]) == ["b"], "from where it was"
    path.write_text(template[:template.index("      Events:")])
    wait_deployed(app, 2)
    end = time.monotonic() + DEADLINE_S
    while app.client().list_event_source_mappings()["EventSourceMappings"]:
        assert time.monotonic() < end


@needs("node")
def test_tumbling_windows_hand_the_state_on(app_factory):
    app = app_factory(application("TumblingWindowInSeconds: 30"))
    put(app, "a")
    first = wait_events(app, 1)[0]
    assert first["state"] == {} and first["isFinalInvokeForWindow"] is False
    assert first["shardId"].startswith("shardId-")
    app.advance("31s")
    final = wait_events(app, 2)[1]
    assert final["Records"] == [] and final["isFinalInvokeForWindow"] is True
    assert final["window"] == first["window"]


@needs("node")
def test_an_idle_function_has_the_event_within_milliseconds(app_factory):
    app = app_factory(application())
    put(app, "warm")
    wait_events(app, 1)
    waits, client = [], app.client("dynamodb")
    for number in range(20):
        start = time.monotonic()
        client.put_item(TableName="notes", Item={"pk": {"S": f"k{number}"}})
        wait_events(app, 2 + number)
        waits.append(time.monotonic() - start)
    waits.sort()
    print(f"put to handler's output, with the client: p50 {waits[10] * 1e3:.1f} ms")
    assert waits[10] < 0.25, "nobody polls"
