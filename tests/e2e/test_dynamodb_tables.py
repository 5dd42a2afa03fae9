"""Tables through boto3: made, described, changed and deleted as programs and waiters expect it."""
import re

import botocore.exceptions
import pytest

KEYS = [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]
DEFINITIONS = [{"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "sk", "AttributeType": "N"}]
UNITS = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}


def index(name, *keys, **more):
    kinds = ["HASH", "RANGE"]
    return {"IndexName": name, "Projection": {"ProjectionType": "ALL"},
            "KeySchema": [{"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, kinds)], **more}


def create(ddb, name, **more):
    return ddb.create_table(TableName=name, **{"KeySchema": KEYS, "AttributeDefinitions": DEFINITIONS,
                                               "BillingMode": "PAY_PER_REQUEST", **more})["TableDescription"]


def describe(ddb, name):
    return ddb.describe_table(TableName=name)["Table"]


def refused(code, call, **arguments):
    with pytest.raises(botocore.exceptions.ClientError) as raised:
        call(**arguments)
    assert raised.value.response["Error"]["Code"] == code
    return raised.value.response["Error"]["Message"]


def test_a_table_is_active_on_the_first_poll_of_a_waiter(ddb):
    made = create(ddb, "waited", BillingMode="PROVISIONED", ProvisionedThroughput=UNITS,
                  Tags=[{"Key": "team", "Value": "a"}])
    assert made["TableStatus"] == "CREATING"
    ddb.get_waiter("table_exists").wait(TableName="waited", WaiterConfig={"Delay": 1, "MaxAttempts": 1})
    table = describe(ddb, "waited")
    assert table["TableStatus"] == "ACTIVE"
    assert table["TableArn"] == "arn:aws:dynamodb:us-east-1:000000000000:table/waited"
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", table["TableId"])
    assert table["ProvisionedThroughput"] == {"NumberOfDecreasesToday": 0, **UNITS}
    assert table["WarmThroughput"] == {"ReadUnitsPerSecond": 5, "WriteUnitsPerSecond": 5, "Status": "ACTIVE"}
    assert table["ItemCount"] == table["TableSizeBytes"] == 0
    assert describe(ddb, table["TableArn"])["TableId"] == table["TableId"]
    assert "BillingModeSummary" not in table and "LatestStreamArn" not in table
    ddb.delete_table(TableName="waited")
    ddb.get_waiter("table_not_exists").wait(TableName="waited", WaiterConfig={"Delay": 1, "MaxAttempts": 1})


def test_the_region_of_an_arn_is_the_one_the_client_signs_for(ddb, ddb_store):
    signed = ("AWS4-HMAC-SHA256 Credential=test/20260101/eu-nowhere-1/dynamodb/aws4_request, "
              "SignedHeaders=host, Signature=0")
    made = ddb_store.raw("CreateTable", {"TableName": "elsewhere", "BillingMode": "PAY_PER_REQUEST", "KeySchema": KEYS,
                                         "AttributeDefinitions": DEFINITIONS}, Authorization=signed).json()
    assert made["TableDescription"]["TableArn"] == "arn:aws:dynamodb:eu-nowhere-1:000000000000:table/elsewhere"
    assert describe(ddb, "elsewhere")["TableArn"] == made["TableDescription"]["TableArn"]


def test_names_are_checked_and_unique(ddb, ddb_store):
    create(ddb, "unique")
    assert refused("ResourceInUseException", create, ddb=ddb, name="unique") == "Table already exists: unique"
    assert ddb_store.error("CreateTable", {}) == (
        "ValidationException", "The parameter 'TableName' is required but was not present in the request")
    assert refused("ResourceNotFoundException", ddb.describe_table, TableName="nowhere") == \
        "Requested resource not found: Table: nowhere not found"


def test_list_tables_paginates_in_the_order_of_names(store_factory):
    ddb = store_factory().client()
    names = sorted(f"list-{i:03}" for i in range(123))
    for name in reversed(names):
        create(ddb, name)
    pages = list(ddb.get_paginator("list_tables").paginate(PaginationConfig={"PageSize": 50}))
    assert [len(page["TableNames"]) for page in pages] == [50, 50, 23]
    assert [name for page in pages for name in page["TableNames"]] == names
    assert len(ddb.list_tables()["TableNames"]) == 100


def test_counts_follow_the_items(ddb):
    create(ddb, "counted", AttributeDefinitions=[*DEFINITIONS, {"AttributeName": "g", "AttributeType": "S"}],
           GlobalSecondaryIndexes=[index("byg", "g", "sk")], LocalSecondaryIndexes=[index("local", "pk", "g")])
    for i in range(3):
        ddb.put_item(TableName="counted", Item={"pk": {"S": "a"}, "sk": {"N": str(i)}, "g": {"S": "x"}})
    ddb.put_item(TableName="counted", Item={"pk": {"S": "a"}, "sk": {"N": "9"}})
    table = describe(ddb, "counted")
    assert table["ItemCount"] == 4 and table["TableSizeBytes"] > 0
    assert table["GlobalSecondaryIndexes"][0]["ItemCount"] == 3
    assert table["LocalSecondaryIndexes"][0]["ItemCount"] == 3
    ddb.delete_item(TableName="counted", Key={"pk": {"S": "a"}, "sk": {"N": "0"}})
    assert describe(ddb, "counted")["GlobalSecondaryIndexes"][0]["ItemCount"] == 2


def test_an_index_of_a_filled_table_can_be_read_when_it_is_active(ddb):
    create(ddb, "grown")
    for i in range(30):
        ddb.put_item(TableName="grown", Item={"pk": {"S": f"p{i}"}, "sk": {"N": "1"}, "g": {"S": f"g{i % 3}"}})
    told = ddb.update_table(
        TableName="grown", AttributeDefinitions=[{"AttributeName": "g", "AttributeType": "S"}],
        GlobalSecondaryIndexUpdates=[{"Create": index("byg", "g")}])["TableDescription"]
    assert told["TableStatus"] == "UPDATING"
    assert told["GlobalSecondaryIndexes"][0]["IndexStatus"] == "CREATING"
    ddb.get_waiter("table_exists").wait(TableName="grown", WaiterConfig={"Delay": 1, "MaxAttempts": 5})
    found = ddb.query(TableName="grown", IndexName="byg", KeyConditionExpression="g = :g",
                      ExpressionAttributeValues={":g": {"S": "g1"}})
    assert found["Count"] == 10
    ddb.update_table(TableName="grown", GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "byg"}}])
    table = describe(ddb, "grown")
    assert "GlobalSecondaryIndexes" not in table
    assert table["AttributeDefinitions"] == DEFINITIONS
    assert refused("ValidationException", ddb.query, TableName="grown", IndexName="byg",
                   KeyConditionExpression="g = :g", ExpressionAttributeValues={":g": {"S": "g1"}}) == \
        "The table does not have the specified index: byg"


def test_a_table_survives_a_restart_with_all_that_was_said_of_it(store_factory):
    store = store_factory()
    ddb = store.client()
    create(ddb, "kept", DeletionProtectionEnabled=True, Tags=[{"Key": "k", "Value": "v"}],
           StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
           SSESpecification={"Enabled": True, "SSEType": "KMS"}, TableClass="STANDARD_INFREQUENT_ACCESS",
           OnDemandThroughput={"MaxReadRequestUnits": 10, "MaxWriteRequestUnits": 20})
    ddb.update_time_to_live(TableName="kept", TimeToLiveSpecification={"Enabled": True, "AttributeName": "ttl"})
    before = describe(ddb, "kept")
    store.stop(9)
    store = store_factory()
    ddb = store.client()
    assert describe(ddb, "kept") == before
    assert before["OnDemandThroughput"] == {"MaxReadRequestUnits": 10, "MaxWriteRequestUnits": 20}
    assert ddb.list_tags_of_resource(ResourceArn=before["TableArn"])["Tags"] == [{"Key": "k", "Value": "v"}]
    assert ddb.describe_time_to_live(TableName="kept")["TimeToLiveDescription"]["AttributeName"] == "ttl"
    assert "protected against deletion" in refused("ValidationException", ddb.delete_table, TableName="kept")
    ddb.update_table(TableName="kept", DeletionProtectionEnabled=False)
    ddb.delete_table(TableName="kept")
    assert ddb.list_tables()["TableNames"] == []
    store.stop()
    store.check()


def test_a_table_made_again_has_nothing_of_the_one_before(ddb):
    create(ddb, "again", Tags=[{"Key": "k", "Value": "v"}])
    ddb.put_item(TableName="again", Item={"pk": {"S": "a"}, "sk": {"N": "1"}})
    first = describe(ddb, "again")["TableId"]
    ddb.delete_table(TableName="again")
    create(ddb, "again")
    table = describe(ddb, "again")
    assert table["TableId"] != first and table["ItemCount"] == 0
    assert ddb.scan(TableName="again")["Count"] == 0
    assert ddb.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"] == []


def test_slow_tables_show_the_states_between(store_factory):
    ddb = store_factory("--slow-tables").client()
    create(ddb, "slow")
    assert describe(ddb, "slow")["TableStatus"] == "CREATING"
    refused("ResourceNotFoundException", ddb.put_item, TableName="slow", Item={"pk": {"S": "a"}, "sk": {"N": "1"}})
    refused("ResourceInUseException", ddb.delete_table, TableName="slow")
    ddb.get_waiter("table_exists").wait(TableName="slow", WaiterConfig={"Delay": 1, "MaxAttempts": 30})
    ddb.delete_table(TableName="slow")
    assert describe(ddb, "slow")["TableStatus"] == "DELETING"
    ddb.get_waiter("table_not_exists").wait(TableName="slow", WaiterConfig={"Delay": 1, "MaxAttempts": 30})
