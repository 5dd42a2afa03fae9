"""Kinesis Data Streams through boto3 and the aws-cli: streams, shards, records, iterators, consumers, durability."""
import base64
import collections
import hashlib
import threading
import time

import aws_cli
import botocore.exceptions
import cbor2
import pytest
import requests
from conftest import App, DEADLINE_S

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Clicks:
    Type: AWS::Kinesis::Stream
    Properties:
      Name: clicks
      ShardCount: {shards}
      RetentionPeriodHours: 48
      Tags: [{{Key: team, Value: web}}]
  Reader:
    Type: AWS::Kinesis::StreamConsumer
    Properties: {{ConsumerName: reader, StreamARN: !GetAtt Clicks.Arn}}
Outputs:
  Reader: {{Value: !Ref Reader}}
"""
ACCOUNT = "000000000000"
CLICKS_ARN = f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/clicks"


@pytest.fixture(scope="module")
def up(tmp_path_factory):
    """One application for the whole file; each test makes its own streams."""
    directory = tmp_path_factory.mktemp("kinesis")
    (directory / "template.yaml").write_text(TEMPLATE.format(shards=2))
    app = App(directory)
    yield app
    assert app.stop() == 0
    assert "Sanitizer" not in app.stderr and "runtime error" not in app.stderr, app.stderr


@pytest.fixture
def kinesis(up):
    return up.client("kinesis")


def advance(app, duration):
    app.cli("clock", "advance", duration)


def error(call, **arguments):
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(**arguments)
    told = caught.value.response["Error"]
    return told["Code"], told["Message"]


def iterator(kinesis, stream, shard=0, kind="TRIM_HORIZON", **more):
    return kinesis.get_shard_iterator(StreamName=stream, ShardId=f"shardId-{shard:012}", ShardIteratorType=kind,
                                      **more)["ShardIterator"]


def read(kinesis, stream, shard=0, kind="TRIM_HORIZON", **more):
    return kinesis.get_records(ShardIterator=iterator(kinesis, stream, shard, kind, **more))["Records"]


def put(kinesis, stream, data, key="k", **more):
    return kinesis.put_record(StreamName=stream, Data=data, PartitionKey=key, **more)


def make(kinesis, name, shards=1):
    kinesis.create_stream(StreamName=name, ShardCount=shards)
    kinesis.get_waiter("stream_exists").wait(StreamName=name)
    return name


def test_the_stream_of_a_template_is_there_with_its_consumer(kinesis):
    told = kinesis.describe_stream(StreamName="clicks")["StreamDescription"]
    assert told["StreamARN"] == CLICKS_ARN and told["StreamStatus"] == "ACTIVE"
    assert told["RetentionPeriodHours"] == 48 and told["StreamModeDetails"] == {"StreamMode": "PROVISIONED"}
    assert [each["HashKeyRange"] for each in told["Shards"]] == [
        {"StartingHashKey": "0", "EndingHashKey": str(2 ** 127 - 1)},
        {"StartingHashKey": str(2 ** 127), "EndingHashKey": str(2 ** 128 - 1)}]
    assert kinesis.list_tags_for_stream(StreamName="clicks")["Tags"] == [{"Key": "team", "Value": "web"}]
    consumers = kinesis.list_stream_consumers(StreamARN=CLICKS_ARN)["Consumers"]
    assert [(each["ConsumerName"], each["ConsumerStatus"]) for each in consumers] == [("reader", "ACTIVE")]


def test_records_come_back_as_they_went_in_shard_by_shard(kinesis):
    make(kinesis, "data", 4)
    sent = collections.defaultdict(list)
    for i in range(20):
        data = bytes([i]) * i
        answer = put(kinesis, "data", data, f"key-{i}")
        shard = int(hashlib.md5(f"key-{i}".encode()).hexdigest(), 16) * 4 >> 128
        assert answer["ShardId"] == f"shardId-{shard:012}"
        assert answer["SequenceNumber"].startswith("49") and len(answer["SequenceNumber"]) == 56
        sent[shard].append((answer["SequenceNumber"], f"key-{i}", data))
    answers = kinesis.put_records(StreamName="data", Records=[
        {"Data": b"a", "PartitionKey": "x", "ExplicitHashKey": "0"},
        {"Data": b"b", "PartitionKey": "x", "ExplicitHashKey": str(2 ** 128 - 1)}])
    assert answers["FailedRecordCount"] == 0
    sent[0].append((answers["Records"][0]["SequenceNumber"], "x", b"a"))
    sent[3].append((answers["Records"][1]["SequenceNumber"], "x", b"b"))
    for shard in range(4):
        records = read(kinesis, "data", shard)
        assert [(r["SequenceNumber"], r["PartitionKey"], r["Data"]) for r in records] == sent[shard]
        numbers = [int(r["SequenceNumber"]) for r in records]
        assert numbers == sorted(numbers) and len(set(numbers)) == len(numbers)
        assert all(abs(r["ApproximateArrivalTimestamp"].timestamp() - time.time()) < 60 for r in records)


def test_each_iterator_begins_where_it_says(kinesis):
    make(kinesis, "places")
    latest = iterator(kinesis, "places", kind="LATEST")
    numbers = [put(kinesis, "places", b"%d" % i)["SequenceNumber"] for i in range(5)]

    def got(kind, **more):
        return [r["Data"] for r in read(kinesis, "places", kind=kind, **more)]

    assert [r["Data"] for r in kinesis.get_records(ShardIterator=latest)["Records"]] == [b"0", b"1", b"2", b"3", b"4"]
    assert got("TRIM_HORIZON") == [b"0", b"1", b"2", b"3", b"4"]
    assert got("LATEST") == []
    assert got("AT_SEQUENCE_NUMBER", StartingSequenceNumber=numbers[3]) == [b"3", b"4"]
    assert got("AFTER_SEQUENCE_NUMBER", StartingSequenceNumber=numbers[3]) == [b"4"]
    assert got("AT_TIMESTAMP", Timestamp=time.time() - 3600) == [b"0", b"1", b"2", b"3", b"4"]
    times = [r["ApproximateArrivalTimestamp"] for r in read(kinesis, "places")]
    first = next(i for i, at in enumerate(times) if at >= times[2])
    assert got("AT_TIMESTAMP", Timestamp=times[2]) == [b"%d" % i for i in range(first, 5)]
    start = kinesis.list_shards(StreamName="places")["Shards"][0]["SequenceNumberRange"]["StartingSequenceNumber"]
    assert got("AT_SEQUENCE_NUMBER", StartingSequenceNumber=start) == [b"0", b"1", b"2", b"3", b"4"]


def test_pages_have_a_limit_and_tell_how_far_behind_they_are(kinesis):
    make(kinesis, "pages")
    kinesis.put_records(StreamName="pages", Records=[{"Data": b"%d" % i, "PartitionKey": "k"} for i in range(7)])
    at, seen = iterator(kinesis, "pages"), []
    for want in (3, 3, 1, 0):
        page = kinesis.get_records(ShardIterator=at, Limit=3)
        assert len(page["Records"]) == want
        assert (page["MillisBehindLatest"] > 0) <= (len(seen) + want < 7)
        seen += [r["Data"] for r in page["Records"]]
        assert page["NextShardIterator"] != at
        at = page["NextShardIterator"]
    assert seen == [b"%d" % i for i in range(7)]
    kinesis.update_max_record_size(StreamARN=kinesis.describe_stream_summary(StreamName="pages")[
        "StreamDescriptionSummary"]["StreamARN"], MaxRecordSizeInKiB=10240)
    for _ in range(3):
        put(kinesis, "pages", b"x" * (6 << 20))
    page = kinesis.get_records(ShardIterator=at)  # 10 MiB at most
    assert [len(r["Data"]) for r in page["Records"]] == [6 << 20]
    page = kinesis.get_records(ShardIterator=page["NextShardIterator"])
    assert [len(r["Data"]) for r in page["Records"]] == [6 << 20]


def test_refusals_use_the_words_of_aws(kinesis):
    make(kinesis, "words")
    number = put(kinesis, "words", b"x")["SequenceNumber"]
    missing = "ResourceNotFoundException", f"Stream none under account {ACCOUNT} not found."
    assert error(kinesis.describe_stream, StreamName="none") == missing
    assert error(kinesis.delete_stream, StreamARN=f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/none") == missing
    assert error(kinesis.create_stream, StreamName="words", ShardCount=1) == (
        "ResourceInUseException", f"Stream words under account {ACCOUNT} already exists.")
    assert error(iterator, kinesis=kinesis, stream="words", shard=7) == (
        "ResourceNotFoundException", f"Could not find shard shardId-000000000007 in stream words under account {ACCOUNT}.")
    assert error(kinesis.get_records, ShardIterator="garbage") == ("InvalidArgumentException", "Invalid ShardIterator.")
    assert error(iterator, kinesis=kinesis, stream="words", kind="LATEST", StartingSequenceNumber=number) == (
        "InvalidArgumentException",
        "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or (2) "
        "TRIM_HORIZON or LATEST and no StartingSequenceNumber. Request specified LATEST and also a "
        "StartingSequenceNumber.")
    assert error(put, kinesis=kinesis, stream="words", data=b"x", ExplicitHashKey=str(2 ** 128)) == (
        "InvalidArgumentException", "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. "
        f"Specified value was {2 ** 128}")
    assert error(put, kinesis=kinesis, stream="words", data=b"x" * (1 << 20)) == (
        "ValidationException", "1 validation error detected: Value at 'data' failed to satisfy constraint: Member must "
        "have length less than or equal to 1048576")
    assert error(kinesis.put_records, StreamName="words",
                 Records=[{"Data": b"x" * 1000000, "PartitionKey": "k"}] * 11) == (
        "InvalidArgumentException", "Records size exceeds 10 MB limit")
    assert error(kinesis.increase_stream_retention_period, StreamName="words", RetentionPeriodHours=8761) == (
        "InvalidArgumentException", "Maximum allowed retention period is 8760 hours. Requested retention period (8761 "
        "hours) is too long.")
    code, text = error(kinesis.create_queue, QueueName="q", StreamConfigurationList=[{"StreamARN": CLICKS_ARN}])
    assert code == "UnknownOperationException" and "CreateQueue" in text


def test_shards_are_split_and_merged_and_their_families_told(kinesis):
    make(kinesis, "family")
    put(kinesis, "family", b"old")
    kinesis.split_shard(StreamName="family", ShardToSplit="shardId-000000000000", NewStartingHashKey=str(2 ** 127))
    old, left, right = kinesis.list_shards(StreamName="family")["Shards"]
    assert "EndingSequenceNumber" in old["SequenceNumberRange"] and "EndingSequenceNumber" not in left["SequenceNumberRange"]
    assert left["ParentShardId"] == right["ParentShardId"] == old["ShardId"]
    page = kinesis.get_records(ShardIterator=iterator(kinesis, "family"))
    assert [r["Data"] for r in page["Records"]] == [b"old"] and "NextShardIterator" not in page
    assert [(c["ShardId"], c["ParentShards"]) for c in page["ChildShards"]] == [
        ("shardId-000000000001", ["shardId-000000000000"]), ("shardId-000000000002", ["shardId-000000000000"])]
    assert put(kinesis, "family", b"new", ExplicitHashKey="0")["ShardId"] == "shardId-000000000001"
    assert error(kinesis.split_shard, StreamName="family", ShardToSplit="shardId-000000000000", NewStartingHashKey="9")[
        0] == "InvalidArgumentException"
    kinesis.merge_shards(StreamName="family", ShardToMerge="shardId-000000000001",
                         AdjacentShardToMerge="shardId-000000000002")
    merged = kinesis.list_shards(StreamName="family", ShardFilter={"Type": "AT_LATEST"})["Shards"]
    assert [(s["ShardId"], s["ParentShardId"], s["AdjacentParentShardId"]) for s in merged] == [
        ("shardId-000000000003", "shardId-000000000001", "shardId-000000000002")]
    assert merged[0]["HashKeyRange"] == {"StartingHashKey": "0", "EndingHashKey": str(2 ** 128 - 1)}
    answer = kinesis.update_shard_count(StreamName="family", TargetShardCount=2, ScalingType="UNIFORM_SCALING")
    assert (answer["CurrentShardCount"], answer["TargetShardCount"]) == (1, 2)
    assert error(kinesis.update_shard_count, StreamName="family", TargetShardCount=5, ScalingType="UNIFORM_SCALING") == (
        "LimitExceededException", "UpdateShardCount cannot scale up over double your current open shard count. Current "
        "open shard count: 2, Target shard count: 5")
    seen, page = [], kinesis.list_shards(StreamName="family", MaxResults=4)
    seen += page["Shards"]
    assert error(kinesis.list_shards, StreamName="family", NextToken=page["NextToken"]) == (
        "InvalidArgumentException", "NextToken and StreamName cannot be provided together.")
    page = kinesis.list_shards(NextToken=page["NextToken"])
    seen += page["Shards"]
    assert [s["ShardId"][-1] for s in seen] == list("012345") and "NextToken" not in page
    pages = kinesis.get_paginator("describe_stream").paginate(StreamName="family", PaginationConfig={"PageSize": 4})
    assert [s["ShardId"][-1] for page in pages for s in page["StreamDescription"]["Shards"]] == list("012345")


def test_streams_are_listed_and_described_and_deleted(kinesis):
    names = sorted(make(kinesis, f"list-{i}") for i in range(5))
    pages = kinesis.get_paginator("list_streams").paginate(PaginationConfig={"PageSize": 2})
    listed = [page for page in pages]
    found = [name for page in listed for name in page["StreamNames"]]
    assert found == sorted(found) and set(names) <= set(found)
    assert [s["StreamName"] for page in listed for s in page["StreamSummaries"]] == found
    after = kinesis.list_streams(ExclusiveStartStreamName="list-1", Limit=2)
    assert after["StreamNames"] == ["list-2", "list-3"] and after["HasMoreStreams"]
    kinesis.create_stream(StreamName="demand", StreamModeDetails={"StreamMode": "ON_DEMAND"})
    summary = kinesis.describe_stream_summary(StreamName="demand")["StreamDescriptionSummary"]
    assert (summary["OpenShardCount"], summary["StreamModeDetails"]["StreamMode"]) == (4, "ON_DEMAND")
    arn = summary["StreamARN"]
    kinesis.enable_enhanced_monitoring(StreamARN=arn, ShardLevelMetrics=["IncomingBytes"])
    kinesis.start_stream_encryption(StreamARN=arn, EncryptionType="KMS", KeyId="alias/aws/kinesis")
    kinesis.tag_resource(ResourceARN=arn, Tags={"b": "2", "a": "1"})
    kinesis.untag_resource(ResourceARN=arn, TagKeys=["b"])
    kinesis.put_resource_policy(ResourceARN=arn, Policy='{"Version":"2012-10-17"}')
    summary = kinesis.describe_stream_summary(StreamARN=arn)["StreamDescriptionSummary"]
    assert summary["EnhancedMonitoring"] == [{"ShardLevelMetrics": ["IncomingBytes"]}]
    assert (summary["EncryptionType"], summary["KeyId"]) == ("KMS", "alias/aws/kinesis")
    assert kinesis.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "a", "Value": "1"}]
    assert kinesis.get_resource_policy(ResourceARN=arn)["Policy"] == '{"Version":"2012-10-17"}'
    assert kinesis.put_record(StreamARN=arn, Data=b"x", PartitionKey="k")["EncryptionType"] == "KMS"
    kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="c")
    assert error(kinesis.delete_stream, StreamName="demand")[0] == "ResourceInUseException"
    kinesis.delete_stream(StreamName="demand", EnforceConsumerDeletion=True)
    kinesis.get_waiter("stream_not_exists").wait(StreamName="demand")


def test_a_subscription_pushes_what_comes_until_its_shard_ends(kinesis, up):
    make(kinesis, "push")
    arn = f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/push"
    consumer = kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="c")["Consumer"]
    assert consumer["ConsumerARN"].startswith(arn + "/consumer/c:")
    assert error(kinesis.register_stream_consumer, StreamARN=arn, ConsumerName="c")[0] == "ResourceInUseException"
    put(kinesis, "push", b"before")
    subscribe = dict(ConsumerARN=consumer["ConsumerARN"], ShardId="shardId-000000000000")
    stream = kinesis.subscribe_to_shard(**subscribe, StartingPosition={"Type": "TRIM_HORIZON"})["EventStream"]
    events = (event["SubscribeToShardEvent"] for event in stream)
    assert [r["Data"] for r in next(events)["Records"]] == [b"before"]
    assert error(kinesis.subscribe_to_shard, **subscribe, StartingPosition={"Type": "LATEST"})[0] == "ResourceInUseException"
    for i in range(3):
        began = time.monotonic()
        number = put(kinesis, "push", b"%d" % i)["SequenceNumber"]
        event = next(events)
        assert [(r["Data"], r["SequenceNumber"]) for r in event["Records"]] == [(b"%d" % i, number)]
        assert int(event["ContinuationSequenceNumber"]) >= int(number) and time.monotonic() - began < 2
    kinesis.split_shard(StreamName="push", ShardToSplit="shardId-000000000000", NewStartingHashKey=str(2 ** 127))
    last = list(events)[-1]
    assert [c["ShardId"] for c in last["ChildShards"]] == ["shardId-000000000001", "shardId-000000000002"]


def test_a_subscription_lasts_five_minutes_of_the_clock(app_factory):
    app = app_factory({"template.yaml": TEMPLATE.format(shards=1)})
    kinesis = app.client("kinesis")
    arn = kinesis.list_stream_consumers(StreamARN=CLICKS_ARN)["Consumers"][0]["ConsumerARN"]
    stream = kinesis.subscribe_to_shard(ConsumerARN=arn, ShardId="shardId-000000000000",
                                        StartingPosition={"Type": "LATEST"})["EventStream"]
    advance(app, "6m")
    events = [event["SubscribeToShardEvent"] for event in stream]
    assert events and all(event["Records"] == [] for event in events)


def test_a_subscription_does_not_hold_up_the_end(app_factory):
    app = app_factory({"template.yaml": TEMPLATE.format(shards=1)})
    kinesis = app.client("kinesis")
    arn = kinesis.list_stream_consumers(StreamARN=CLICKS_ARN)["Consumers"][0]["ConsumerARN"]
    stream = kinesis.subscribe_to_shard(ConsumerARN=arn, ShardId="shardId-000000000000",
                                        StartingPosition={"Type": "LATEST"})["EventStream"]
    began = time.monotonic()
    assert app.stop() == 0
    assert time.monotonic() - began < 3
    assert len(list(stream)) == 1, "an orderly end"


def test_iterators_expire_and_records_too(app_factory):
    app = app_factory({"template.yaml": TEMPLATE.format(shards=1)})
    kinesis = app.client("kinesis")
    put(kinesis, "clicks", b"first")
    at = iterator(kinesis, "clicks")
    advance(app, "6m")
    code, text = error(kinesis.get_records, ShardIterator=at)
    assert code == "ExpiredIteratorException" and text.startswith("Iterator expired. The iterator was created at time ")
    advance(app, "1h")
    last = put(kinesis, "clicks", b"second")["SequenceNumber"]
    kinesis.update_shard_count(StreamName="clicks", TargetShardCount=2, ScalingType="UNIFORM_SCALING")
    advance(app, "47h")  # 48 hours since the first
    assert [r["Data"] for r in read(kinesis, "clicks")] == [b"second"]
    assert len(kinesis.list_shards(StreamName="clicks")["Shards"]) == 3
    advance(app, "2h")
    assert len(kinesis.list_shards(StreamName="clicks")["Shards"]) == 2, "the closed shard is forgotten"
    app.stop()
    again = app_factory(directory=app.directory)
    kinesis = again.client("kinesis")
    number = put(kinesis, "clicks", b"third", ExplicitHashKey="0")["SequenceNumber"]
    assert int(number) > int(last)


def test_nothing_acknowledged_is_lost_to_a_kill_and_the_order_stays(app_factory):
    app = app_factory({"template.yaml": TEMPLATE.format(shards=2)})
    told = {}  # data -> (shard, sequence)
    directory = app.directory
    for round_ in range(4):
        kinesis = app.client("kinesis")
        stop = threading.Event()

        def produce(worker):
            for i in range(10000):
                if stop.is_set():
                    return
                batch = [b"%d-%d-%d-%d" % (round_, worker, i, k) for k in range(3)]
                try:
                    answer = kinesis.put_records(StreamName="clicks", Records=[
                        {"Data": data, "PartitionKey": f"w{worker}"} for data in batch])
                except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError):
                    return
                for data, each in zip(batch, answer["Records"]):
                    told[data] = (each["ShardId"], int(each["SequenceNumber"]))

        workers = [threading.Thread(target=produce, args=(n,)) for n in range(4)]
        wanted = len(told) + 120
        for worker in workers:
            worker.start()
        end = time.monotonic() + DEADLINE_S
        while len(told) < wanted:
            assert time.monotonic() < end
            time.sleep(0.005)
        app.kill()
        stop.set()
        for worker in workers:
            worker.join()
        app = app_factory(directory=directory)
    kinesis = app.client("kinesis")
    found = {}
    for shard in range(2):
        at, numbers = iterator(kinesis, "clicks", shard), []
        while True:
            page = kinesis.get_records(ShardIterator=at)
            for record in page["Records"]:
                assert record["Data"] not in found, "twice"
                found[record["Data"]] = (f"shardId-{shard:012}", int(record["SequenceNumber"]))
                numbers.append(int(record["SequenceNumber"]))
            if not page["Records"]:
                break
            at = page["NextShardIterator"]
        assert numbers == sorted(set(numbers))
    assert told.items() <= found.items()
    per_worker = collections.defaultdict(list)
    for data, (_, number) in sorted(found.items(), key=lambda item: item[1]):
        round_, worker, i, k = map(int, data.split(b"-"))
        per_worker[worker].append((round_, i, k))
    assert all(order == sorted(order) for order in per_worker.values())


def test_a_deleted_stream_leaves_nothing_for_the_next_of_its_name(kinesis):
    make(kinesis, "again")
    for i in range(30):
        kinesis.put_records(StreamName="again", Records=[{"Data": b"old", "PartitionKey": str(k)} for k in range(100)])
    at = iterator(kinesis, "again")
    kinesis.delete_stream(StreamName="again")
    assert error(kinesis.get_records, ShardIterator=at) == (
        "ResourceNotFoundException", f"Shard shardId-000000000000 in stream again under account {ACCOUNT} does not exist")
    make(kinesis, "again")
    assert read(kinesis, "again") == []
    put(kinesis, "again", b"new")
    assert [r["Data"] for r in read(kinesis, "again")] == [b"new"]
    assert error(kinesis.get_records, ShardIterator=at)[0] == "ResourceNotFoundException"


def test_cbor_is_spoken_as_the_java_sdk_speaks_it(kinesis, up):
    make(kinesis, "binary")

    def call(operation, body):
        answer = requests.post(up.edge, data=cbor2.dumps(body), timeout=DEADLINE_S, headers={
            "X-Amz-Target": f"Kinesis_20131202.{operation}", "Content-Type": "application/x-amz-cbor-1.1",
            "Authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/kinesis/aws4_request, "
                             "SignedHeaders=host, Signature=0"})
        assert answer.headers.get("content-type") == "application/x-amz-cbor-1.1", answer.headers
        return answer.status_code, cbor2.loads(answer.content, tag_hook=lambda decoder, tag: tag) if answer.content else None

    status, placed = call("PutRecord", {"StreamName": "binary", "Data": b"\0\1\2", "PartitionKey": "k"})
    assert status == 200 and len(placed["SequenceNumber"]) == 56
    put(kinesis, "binary", b"json")
    status, got = call("GetShardIterator", {"StreamName": "binary", "ShardId": "shardId-000000000000",
                                            "ShardIteratorType": "TRIM_HORIZON"})
    raw = requests.post(up.edge, data=cbor2.dumps({"ShardIterator": got["ShardIterator"]}), headers={
        "X-Amz-Target": "Kinesis_20131202.GetRecords", "Content-Type": "application/x-amz-cbor-1.1"}).content
    stamp = raw.index(b"ApproximateArrivalTimestamp") + len("ApproximateArrivalTimestamp")
    assert raw[stamp:stamp + 2] == b"\xc1\x1b", "a tagged 64-bit number"
    assert abs(int.from_bytes(raw[stamp + 2:stamp + 10], "big") / 1000 - time.time()) < 60, "of milliseconds"
    records = cbor2.loads(raw.replace(b"\xc1\x1b", b"\x1b"))["Records"]
    assert [record["Data"] for record in records] == [b"\0\1\2", b"json"]
    assert call("DescribeStream", {"StreamName": "none"}) == (400, {
        "__type": "ResourceNotFoundException", "message": f"Stream none under account {ACCOUNT} not found."})


def test_the_aws_cli_makes_feeds_and_reads_a_stream(up):
    def aws(*words):
        return aws_cli.aws(up.edge, "kinesis", *words)

    aws("create-stream", "--stream-name", "shell", "--shard-count", "1")
    aws("wait", "stream-exists", "--stream-name", "shell")
    aws("put-record", "--stream-name", "shell", "--partition-key", "k", "--data", base64.b64encode(b"hi").decode())
    at = aws("get-shard-iterator", "--stream-name", "shell", "--shard-id", "shardId-000000000000",
             "--shard-iterator-type", "TRIM_HORIZON")["ShardIterator"]
    records = aws("get-records", "--shard-iterator", at)["Records"]
    assert [base64.b64decode(base64.b64decode(record["Data"])) for record in records] == [b"hi"] or [
        base64.b64decode(record["Data"]) for record in records] == [b"hi"]
    assert "shell" in aws("list-streams")["StreamNames"]
