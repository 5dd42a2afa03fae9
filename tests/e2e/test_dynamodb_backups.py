"""Backups, point-in-time recovery, exports and imports through boto3, and across restarts."""
import base64
import datetime
import gzip
import hashlib
import itertools
import json
import signal
import time

import pytest
from botocore.exceptions import ClientError

names = (f"copies-{number}" for number in itertools.count())
DEADLINE_S = 30


def make_table(ddb, **more):
    name = next(names)
    attributes = [{"AttributeName": n, "AttributeType": t} for n, t in (("p", "S"), ("s", "N"), ("g", "S"))]
    ddb.create_table(
        TableName=name, AttributeDefinitions=attributes, BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}, {"AttributeName": "s", "KeyType": "RANGE"}],
        GlobalSecondaryIndexes=[{"IndexName": "by-g", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
                                 "Projection": {"ProjectionType": "ALL"}}], **more)
    return name


def item(number, **more):
    return {"p": {"S": f"k{number % 7}"}, "s": {"N": str(number)}, "g": {"S": f"g{number % 3}"}, **more}


def put(ddb, table, items):
    items = list(items)
    for at in range(0, len(items), 25):
        ddb.batch_write_item(RequestItems={table: [{"PutRequest": {"Item": i}} for i in items[at:at + 25]]})


def everything(ddb, table, **more):
    pages = ddb.get_paginator("scan").paginate(TableName=table, **more)
    return sorted((i for page in pages for i in page["Items"]), key=lambda i: json.dumps(i["s"]))


def ordered(items):
    return sorted(items, key=lambda i: json.dumps(i["s"]))


def until(call, wanted):
    """The first answer for which wanted(answer) holds."""
    end = time.monotonic() + DEADLINE_S
    while time.monotonic() < end:
        answer = call()
        if wanted(answer):
            return answer
    raise AssertionError(answer)


def active(ddb, table):
    return until(lambda: ddb.describe_table(TableName=table)["Table"], lambda t: t["TableStatus"] == "ACTIVE")


def back_up(ddb, table, name="backup"):
    details = ddb.create_backup(TableName=table, BackupName=name)["BackupDetails"]
    assert details["BackupStatus"] == "CREATING" and details["BackupType"] == "USER"
    arn = details["BackupArn"]
    until(lambda: ddb.describe_backup(BackupArn=arn)["BackupDescription"]["BackupDetails"],
          lambda d: d["BackupStatus"] == "AVAILABLE")
    return arn


def error(call, *args, **keywords):
    with pytest.raises(ClientError) as raised:
        call(*args, **keywords)
    told = raised.value.response["Error"]
    return told["Code"], told["Message"]


def turn_on(ddb, table, **more):
    return ddb.update_continuous_backups(
        TableName=table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True, **more}
    )["ContinuousBackupsDescription"]


def arn_of(ddb, table):
    return ddb.describe_table(TableName=table)["Table"]["TableArn"]


# --- backups ---

def test_a_backup_holds_the_table_as_it_was_when_it_was_asked_for(ddb):
    table, target = make_table(ddb), next(names)
    before = [item(n, text={"S": "x" * n}) for n in range(130)]
    put(ddb, table, before)
    arn = back_up(ddb, table, "first")
    put(ddb, table, [item(1, changed={"BOOL": True}), item(500)])
    ddb.delete_item(TableName=table, Key={"p": {"S": "k2"}, "s": {"N": "2"}})
    made = ddb.restore_table_from_backup(TargetTableName=target, BackupArn=arn)["TableDescription"]
    assert made["TableStatus"] == "CREATING"
    assert made["RestoreSummary"]["SourceBackupArn"] == arn and made["RestoreSummary"]["RestoreInProgress"] is True
    table_now = active(ddb, target)
    assert table_now["RestoreSummary"]["RestoreInProgress"] is False
    assert table_now["ItemCount"] == 130
    assert everything(ddb, target) == ordered(before)
    assert everything(ddb, target, IndexName="by-g") == ordered(before)


def test_describe_and_list_backups(ddb):
    table = make_table(ddb, StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"})
    put(ddb, table, [item(n) for n in range(3)])
    arns = [back_up(ddb, table, f"backup-{n}") for n in range(3)]
    assert arns[0].startswith(arn_of(ddb, table) + "/backup/0")
    told = ddb.describe_backup(BackupArn=arns[0])["BackupDescription"]
    assert told["BackupDetails"]["BackupName"] == "backup-0" and told["BackupDetails"]["BackupSizeBytes"] > 0
    assert told["SourceTableDetails"]["TableName"] == table and told["SourceTableDetails"]["ItemCount"] == 3
    assert told["SourceTableDetails"]["KeySchema"][1] == {"AttributeName": "s", "KeyType": "RANGE"}
    assert told["SourceTableFeatureDetails"]["GlobalSecondaryIndexes"][0]["IndexName"] == "by-g"
    assert told["SourceTableFeatureDetails"]["StreamDescription"]["StreamViewType"] == "KEYS_ONLY"
    listed = ddb.list_backups(TableName=table)["BackupSummaries"]
    assert [b["BackupArn"] for b in listed] == arns and listed[0]["TableName"] == table
    first = ddb.list_backups(TableName=table, Limit=2)
    rest = ddb.list_backups(TableName=table, Limit=2, ExclusiveStartBackupArn=first["LastEvaluatedBackupArn"])
    assert [b["BackupArn"] for b in first["BackupSummaries"] + rest["BackupSummaries"]] == arns
    assert "LastEvaluatedBackupArn" not in rest
    assert ddb.list_backups(TableName=table, BackupType="SYSTEM")["BackupSummaries"] == []
    late = datetime.datetime.now() + datetime.timedelta(days=1)
    assert ddb.list_backups(TableName=table, TimeRangeLowerBound=late)["BackupSummaries"] == []
    assert len(ddb.list_backups(TableName=table, TimeRangeUpperBound=late)["BackupSummaries"]) == 3


def test_delete_backup(ddb):
    table = make_table(ddb)
    arn = back_up(ddb, table)
    told = ddb.delete_backup(BackupArn=arn)["BackupDescription"]
    assert told["BackupDetails"]["BackupStatus"] == "DELETED"
    assert error(ddb.describe_backup, BackupArn=arn) == ("BackupNotFoundException", f"Backup not found: {arn}")
    assert error(ddb.delete_backup, BackupArn=arn)[0] == "BackupNotFoundException"
    assert error(ddb.restore_table_from_backup, TargetTableName="restored", BackupArn=arn)[0] == \
        "BackupNotFoundException"


def test_a_backup_outlives_its_table(ddb):
    table, target = make_table(ddb), next(names)
    items = [item(n) for n in range(5)]
    put(ddb, table, items)
    arn = back_up(ddb, table)
    ddb.delete_table(TableName=table)
    ddb.restore_table_from_backup(TargetTableName=target, BackupArn=arn)
    active(ddb, target)
    assert everything(ddb, target) == ordered(items)


def test_restore_takes_overrides(ddb):
    table, target = make_table(ddb), next(names)
    arn = back_up(ddb, table)
    ddb.restore_table_from_backup(
        TargetTableName=target, BackupArn=arn, BillingModeOverride="PROVISIONED", GlobalSecondaryIndexOverride=[],
        ProvisionedThroughputOverride={"ReadCapacityUnits": 3, "WriteCapacityUnits": 4})
    told = active(ddb, target)
    assert told["ProvisionedThroughput"]["WriteCapacityUnits"] == 4
    assert "GlobalSecondaryIndexes" not in told
    assert [d["AttributeName"] for d in told["AttributeDefinitions"]] == ["p", "s"]


def test_backups_refuse_what_is_not_there(ddb):
    table = make_table(ddb)
    arn = back_up(ddb, table)
    assert error(ddb.create_backup, TableName="missing", BackupName="name") == \
        ("TableNotFoundException", "Table not found: missing")
    assert error(ddb.restore_table_from_backup, TargetTableName=table, BackupArn=arn) == \
        ("TableAlreadyExistsException", f"Table already exists: {table}")
    missing = arn[:-8] + "00000000"
    assert error(ddb.describe_backup, BackupArn=missing) == \
        ("BackupNotFoundException", f"Backup not found: {missing}")


def test_backups_survive_a_kill(store_factory):
    store = store_factory()
    ddb = store.client()
    table, target = make_table(ddb), next(names)
    items = [item(n) for n in range(40)]
    put(ddb, table, items)
    arn = ddb.create_backup(TableName=table, BackupName="backup")["BackupDetails"]["BackupArn"]
    store.stop(signal.SIGKILL)
    store = store_factory()
    ddb = store.client()
    until(lambda: ddb.describe_backup(BackupArn=arn)["BackupDescription"]["BackupDetails"],
          lambda d: d["BackupStatus"] == "AVAILABLE")
    ddb.restore_table_from_backup(TargetTableName=target, BackupArn=arn)
    store.stop(signal.SIGKILL)
    store = store_factory()
    ddb = store.client()
    active(ddb, target)
    assert everything(ddb, target) == ordered(items)
    assert store.stop() == 0
    store.check()


# --- point-in-time recovery ---

def test_continuous_backups_are_described(ddb):
    table = make_table(ddb)
    told = ddb.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    assert told["ContinuousBackupsStatus"] == "ENABLED"
    assert told["PointInTimeRecoveryDescription"] == {"PointInTimeRecoveryStatus": "DISABLED"}
    told = turn_on(ddb, table)["PointInTimeRecoveryDescription"]
    assert told["PointInTimeRecoveryStatus"] == "ENABLED" and told["RecoveryPeriodInDays"] == 35
    assert told["EarliestRestorableDateTime"] <= told["LatestRestorableDateTime"]
    told = turn_on(ddb, table, RecoveryPeriodInDays=3)["PointInTimeRecoveryDescription"]
    assert told["RecoveryPeriodInDays"] == 3
    assert error(ddb.describe_continuous_backups, TableName="missing") == \
        ("TableNotFoundException", "Table not found: missing")


def now_after(ddb, table):
    """An instant that the clock has passed, with all writes so far before it."""
    latest = ddb.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"][
        "PointInTimeRecoveryDescription"]["LatestRestorableDateTime"]
    until(lambda: ddb.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"][
        "PointInTimeRecoveryDescription"]["LatestRestorableDateTime"], lambda t: t > latest)
    return latest


def test_a_table_goes_back_to_any_instant(ddb):
    table = make_table(ddb)
    put(ddb, table, [item(n, v={"N": "0"}) for n in range(30)])
    turn_on(ddb, table)
    states = []
    for step in range(1, 5):
        put(ddb, table, [item(n, v={"N": str(step)}) for n in range(0, 30, step + 1)])
        put(ddb, table, [item(100 * step, v={"N": str(step)})])
        for n in range(step, 30, 7):
            ddb.delete_item(TableName=table, Key={k: v for k, v in item(n).items() if k in "ps"})
        states.append((now_after(ddb, table), everything(ddb, table)))
    for instant, wanted in states:
        target = next(names)
        made = ddb.restore_table_to_point_in_time(SourceTableName=table, TargetTableName=target,
                                                  RestoreDateTime=instant)["TableDescription"]
        assert made["TableStatus"] == "CREATING"
        assert made["RestoreSummary"]["SourceTableArn"] == arn_of(ddb, table)
        told = active(ddb, target)
        assert told["RestoreSummary"]["RestoreDateTime"] == instant
        assert everything(ddb, target) == wanted
        assert everything(ddb, target, IndexName="by-g") == wanted
    target = next(names)
    ddb.restore_table_to_point_in_time(SourceTableArn=arn_of(ddb, table), TargetTableName=target,
                                       UseLatestRestorableTime=True)
    active(ddb, target)
    assert everything(ddb, target) == states[-1][1]
    assert ddb.describe_continuous_backups(TableName=target)["ContinuousBackupsDescription"][
        "PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "DISABLED"


def test_recovery_refuses_times_outside_the_window(ddb):
    table = make_table(ddb)
    restore = ddb.restore_table_to_point_in_time
    assert error(restore, SourceTableName=table, TargetTableName="target", UseLatestRestorableTime=True) == \
        ("PointInTimeRecoveryUnavailableException", f"Point in time recovery is not enabled for table '{table}'")
    assert error(restore, SourceTableName="missing", TargetTableName="target", UseLatestRestorableTime=True) == \
        ("TableNotFoundException", "Source table not found: missing")
    turn_on(ddb, table)
    hour = datetime.timedelta(hours=1)
    for instant in (datetime.datetime.now() - hour, datetime.datetime.now() + hour):
        assert error(restore, SourceTableName=table, TargetTableName="target", RestoreDateTime=instant)[0] == \
            "InvalidRestoreTimeException"
    assert error(restore, SourceTableName=table, TargetTableName=table, UseLatestRestorableTime=True)[0] == \
        "TableAlreadyExistsException"
    assert error(restore, SourceTableName=table, TargetTableName="target")[0] == "ValidationException"


def test_a_deleted_table_with_recovery_leaves_a_system_backup(ddb):
    table, target = make_table(ddb), next(names)
    items = [item(n) for n in range(12)]
    put(ddb, table, items)
    turn_on(ddb, table)
    ddb.delete_table(TableName=table)
    backup, = ddb.list_backups(TableName=table, BackupType="SYSTEM")["BackupSummaries"]
    assert backup["BackupName"] == f"{table}$DeletedTableBackup" and backup["BackupStatus"] == "AVAILABLE"
    days = (backup["BackupExpiryDateTime"] - backup["BackupCreationDateTime"]).days
    assert days == 35
    ddb.restore_table_from_backup(TargetTableName=target, BackupArn=backup["BackupArn"])
    active(ddb, target)
    assert everything(ddb, target) == ordered(items)


# --- exports ---

def export(ddb, table, **more):
    told = ddb.export_table_to_point_in_time(TableArn=arn_of(ddb, table), S3Bucket="bucket", **more)
    arn = told["ExportDescription"]["ExportArn"]
    assert told["ExportDescription"]["ExportStatus"] == "IN_PROGRESS"
    return until(lambda: ddb.describe_export(ExportArn=arn)["ExportDescription"],
                 lambda d: d["ExportStatus"] != "IN_PROGRESS")


def exported(bucket, told):
    """The lines of all data files, with every checksum looked at."""
    summary_key = told["ExportManifest"]
    folder = (bucket / summary_key).parent
    assert (folder / "_started").exists()
    for name in ("manifest-summary", "manifest-files"):
        digest = hashlib.md5((folder / f"{name}.json").read_bytes()).digest()
        assert (folder / f"{name}.checksum").read_text() == base64.b64encode(digest).decode()
    summary = json.loads((folder / "manifest-summary.json").read_text())
    assert summary["exportArn"] == told["ExportArn"] and summary["itemCount"] == told["ItemCount"]
    lines = []
    for line in (bucket / summary["manifestFilesS3Key"]).read_text().splitlines():
        entry = json.loads(line)
        data = (bucket / entry["dataFileS3Key"]).read_bytes()
        assert base64.b64encode(hashlib.md5(data).digest()).decode() == entry["md5Checksum"]
        some = [json.loads(text) for text in gzip.decompress(data).splitlines()]
        assert len(some) == entry["itemCount"]
        lines += some
    return lines


def test_a_full_export_is_the_table_at_its_instant(ddb, ddb_store):
    table = make_table(ddb)
    turn_on(ddb, table)
    put(ddb, table, [item(n, name={"S": "caf\u00e9\u0000\"\n"}) for n in range(50)])
    wanted, instant = everything(ddb, table), now_after(ddb, table)
    put(ddb, table, [item(7), item(99)])
    told = export(ddb, table, ExportTime=instant, S3Prefix="some/prefix")
    assert told["ExportStatus"] == "COMPLETED" and told["ItemCount"] == 50 and told["BilledSizeBytes"] > 0
    assert told["ExportManifest"].startswith("some/prefix/AWSDynamoDB/") and told["ExportTime"] == instant
    lines = exported(ddb_store.directory / ".sls-local/exports/bucket", told)
    assert ordered(line["Item"] for line in lines) == wanted
    listed = ddb.list_exports(TableArn=arn_of(ddb, table))["ExportSummaries"]
    assert listed == [{"ExportArn": told["ExportArn"], "ExportStatus": "COMPLETED", "ExportType": "FULL_EXPORT"}]
    assert ddb.list_exports(TableArn=arn_of(ddb, table), NextToken=told["ExportArn"])["ExportSummaries"] == []
    with pytest.raises(ClientError, match="Invalid NextToken"):
        ddb.list_exports(NextToken=told["ExportArn"] + "x")


def test_an_incremental_export_has_each_changed_item_once(ddb, ddb_store):
    table = make_table(ddb)
    turn_on(ddb, table)
    put(ddb, table, [item(n, v={"N": "0"}) for n in range(6)])
    begin = now_after(ddb, table)
    for step in "123":
        put(ddb, table, [item(1, v={"N": step})])
    ddb.delete_item(TableName=table, Key={"p": {"S": "k2"}, "s": {"N": "2"}})
    put(ddb, table, [item(50)])
    end = now_after(ddb, table)
    put(ddb, table, [item(3, v={"N": "9"})])
    told = export(ddb, table, ExportType="INCREMENTAL_EXPORT", IncrementalExportSpecification={
        "ExportFromTime": begin + datetime.timedelta(milliseconds=1),
        "ExportToTime": end + datetime.timedelta(milliseconds=1), "ExportViewType": "NEW_AND_OLD_IMAGES"})
    assert told["ExportStatus"] == "COMPLETED" and told["ExportType"] == "INCREMENTAL_EXPORT"
    lines = exported(ddb_store.directory / ".sls-local/exports/bucket", told)
    changes = {line["Keys"]["s"]["N"]: line for line in lines}
    assert sorted(changes) == ["1", "2", "50"]
    assert changes["1"]["OldImage"]["v"] == {"N": "0"} and changes["1"]["NewImage"]["v"] == {"N": "3"}
    assert "NewImage" not in changes["2"] and changes["2"]["OldImage"] == item(2, v={"N": "0"})
    assert "OldImage" not in changes["50"]
    assert int(changes["1"]["Metadata"]["WriteTimestampMicros"]["N"]) > 1_600_000_000_000_000


def test_exports_refuse_what_they_cannot_do(ddb):
    table = make_table(ddb)
    call, arn = ddb.export_table_to_point_in_time, arn_of(ddb, table)
    assert error(call, TableArn=arn, S3Bucket="bucket") == \
        ("PointInTimeRecoveryUnavailableException", f"Point in time recovery is not enabled for table '{table}'")
    turn_on(ddb, table)
    assert error(call, TableArn=arn, S3Bucket="bucket", ExportFormat="ION")[0] == "ValidationException"
    for prefix in ("../up", "a/../../b", "/absolute", "a//b"):
        assert error(call, TableArn=arn, S3Bucket="bucket", S3Prefix=prefix)[0] == "ValidationException", prefix
    late = datetime.datetime.now() + datetime.timedelta(hours=1)
    assert error(call, TableArn=arn, S3Bucket="bucket", ExportTime=late)[0] == "InvalidExportTimeException"
    assert error(call, TableArn=arn + "x", S3Bucket="bucket")[0] == "TableNotFoundException"
    first = call(TableArn=arn, S3Bucket="bucket", ClientToken="token")["ExportDescription"]
    again = call(TableArn=arn, S3Bucket="bucket", ClientToken="token")["ExportDescription"]
    assert first["ExportArn"] == again["ExportArn"]
    assert error(call, TableArn=arn, S3Bucket="other", ClientToken="token")[0] == "ExportConflictException"
    assert error(ddb.describe_export, ExportArn=first["ExportArn"][:-4] + "0000")[0] == "ExportNotFoundException"


# --- imports ---

def creation(table, **types):
    types = types or {"p": "S", "s": "N"}
    return {"TableName": table, "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": n, "AttributeType": t} for n, t in types.items()],
            "KeySchema": [{"AttributeName": n, "KeyType": k} for n, k in zip(types, ("HASH", "RANGE"))]}


def import_files(ddb, store, files, creation, prefix="", **more):
    bucket = next(names)
    for name, data in files.items():
        path = store.directory / ".sls-local/imports" / bucket / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    told = ddb.import_table(S3BucketSource={"S3Bucket": bucket, "S3KeyPrefix": prefix},
                            TableCreationParameters=creation, **more)["ImportTableDescription"]
    assert told["ImportStatus"] == "IN_PROGRESS"
    return until(lambda: ddb.describe_import(ImportArn=told["ImportArn"])["ImportTableDescription"],
                 lambda d: d["ImportStatus"] != "IN_PROGRESS")


def json_lines(items):
    return b"".join(json.dumps({"Item": i}).encode() + b"\n" for i in items)


def test_what_was_exported_can_be_imported(ddb, ddb_store):
    table, target = make_table(ddb), next(names)
    turn_on(ddb, table)
    items = [item(n, m={"M": {"l": {"L": [{"N": "1"}, {"NULL": True}]}}}) for n in range(60)]
    put(ddb, table, items)
    told = export(ddb, table)
    bucket = ddb_store.directory / ".sls-local/exports/bucket"
    folder = (bucket / told["ExportManifest"]).parent / "data"
    files = {f"data/{path.name}": path.read_bytes() for path in folder.iterdir()}
    told = import_files(ddb, ddb_store, files, creation(target), prefix="data/", InputFormat="DYNAMODB_JSON",
                        InputCompressionType="GZIP")
    assert told["ImportStatus"] == "COMPLETED" and told["ImportedItemCount"] == 60 and told["ErrorCount"] == 0
    active(ddb, target)
    assert everything(ddb, target) == ordered(items)
    listed = ddb.list_imports(TableArn=arn_of(ddb, target))["ImportSummaryList"]
    assert [i["ImportArn"] for i in listed] == [told["ImportArn"]] and listed[0]["ImportStatus"] == "COMPLETED"
    with pytest.raises(ClientError, match="Invalid NextToken"):
        ddb.list_imports(NextToken="61" * 56)


def test_imports_count_what_is_no_item(ddb, ddb_store):
    target = next(names)
    good = [item(n) for n in range(3)]
    lines = json_lines(good) + b"\n{not json\n" + json_lines([{"p": {"S": "k"}}, item(9, n={"N": "x"})]) + \
        b'{"Other":{}}\n' + json_lines([item(4)]).rstrip()
    told = import_files(ddb, ddb_store, {"a/lines.json": lines, "b/other.json": b"not read"}, creation(target),
                        prefix="a/", InputFormat="DYNAMODB_JSON")
    assert told["ImportStatus"] == "FAILED" and told["FailureCode"] == "ItemValidationError"
    assert (told["ProcessedItemCount"], told["ImportedItemCount"], told["ErrorCount"]) == (8, 4, 4)
    active(ddb, target)
    assert everything(ddb, target) == ordered(good + [item(4)])


def test_csv_columns_are_strings_but_for_the_keys(ddb, ddb_store):
    target = next(names)
    rows = b'p,s,note\r\na,1,"x, ""y""\nz"\r\nb,2.50,\r\nc,no number,x\r\nd,4\r\n'
    told = import_files(ddb, ddb_store, {"rows.csv": rows}, creation(target), InputFormat="CSV")
    assert told["ErrorCount"] == 2 and told["ImportedItemCount"] == 2
    active(ddb, target)
    assert everything(ddb, target) == [
        {"p": {"S": "a"}, "s": {"N": "1"}, "note": {"S": 'x, "y"\nz'}},
        {"p": {"S": "b"}, "s": {"N": "2.5"}, "note": {"S": ""}}]


def test_csv_takes_a_delimiter_and_headers(ddb, ddb_store):
    target = next(names)
    told = import_files(ddb, ddb_store, {"1.csv": gzip.compress(b"1;a\n2;b\n"), "2.csv": b"3;c"},
                        creation(target, s="N"), InputFormat="CSV",
                        InputFormatOptions={"Csv": {"Delimiter": ";", "HeaderList": ["s", "name"]}})
    assert told["ImportStatus"] == "COMPLETED" and told["InputFormatOptions"]["Csv"]["HeaderList"] == ["s", "name"]
    active(ddb, target)
    assert [i["name"]["S"] for i in everything(ddb, target)] == ["a", "b", "c"]


def test_imports_refuse_what_they_cannot_do(ddb, ddb_store):
    table, target = make_table(ddb), next(names)
    source = {"S3Bucket": "none-of-this-name"}
    call = ddb.import_table
    assert error(call, S3BucketSource=source, InputFormat="ION", TableCreationParameters=creation(target))[0] == \
        "ValidationException"
    assert error(call, S3BucketSource=source, InputFormat="CSV", InputCompressionType="ZSTD",
                 TableCreationParameters=creation(target))[0] == "ValidationException"
    assert error(call, S3BucketSource={**source, "S3KeyPrefix": "../../etc"}, InputFormat="CSV",
                 TableCreationParameters=creation(target))[0] == "ValidationException"
    assert error(call, S3BucketSource=source, InputFormat="CSV", TableCreationParameters=creation(table)) == \
        ("ResourceInUseException", f"Table already exists: {table}")
    told = call(S3BucketSource=source, InputFormat="CSV", TableCreationParameters=creation(target),
                ClientToken="once")["ImportTableDescription"]
    told = until(lambda: ddb.describe_import(ImportArn=told["ImportArn"])["ImportTableDescription"],
                 lambda d: d["ImportStatus"] != "IN_PROGRESS")
    assert told["ImportStatus"] == "FAILED" and told["FailureCode"] == "S3NoSuchKey"
    assert error(ddb.describe_table, TableName=target)[0] == "ResourceNotFoundException"
    again = call(S3BucketSource=source, InputFormat="CSV", TableCreationParameters=creation(target),
                 ClientToken="once")["ImportTableDescription"]
    assert again["ImportArn"] == told["ImportArn"]
    assert error(call, S3BucketSource=source, InputFormat="DYNAMODB_JSON", TableCreationParameters=creation(target),
                 ClientToken="once")[0] == "ImportConflictException"
