"""PutItem, UpdateItem, DeleteItem and BatchWriteItem through boto3, and their errors word by word."""
import itertools

import pytest
from botocore.exceptions import ClientError

names = (f"writes-{number}" for number in itertools.count())

INVALID = "One or more parameter values were invalid: "
NOT_VALID = "One or more parameter values are not valid. "
SCHEMA = "The provided key element does not match the schema"


def key_schema(hash_key, range_key=None):
    schema = [{"AttributeName": hash_key, "KeyType": "HASH"}]
    return schema + ([{"AttributeName": range_key, "KeyType": "RANGE"}] if range_key else [])


def make_table(ddb, hash_key="p", range_key=None, types=None, **more):
    used = [hash_key] + ([range_key] if range_key else [])
    for index in more.get("GlobalSecondaryIndexes", []) + more.get("LocalSecondaryIndexes", []):
        used += [part["AttributeName"] for part in index["KeySchema"]]
    name = next(names)
    ddb.create_table(TableName=name, KeySchema=key_schema(hash_key, range_key), BillingMode="PAY_PER_REQUEST",
                     AttributeDefinitions=[{"AttributeName": n, "AttributeType": (types or {}).get(n, "S")}
                                           for n in dict.fromkeys(used)], **more)
    return name


def index(name, hash_key, range_key=None, projection="ALL", include=None):
    return {"IndexName": name, "KeySchema": key_schema(hash_key, range_key),
            "Projection": {"ProjectionType": projection, **({"NonKeyAttributes": include} if include else {})}}


@pytest.fixture
def table(ddb):
    return make_table(ddb)


def error_of(call, *args, **keywords):
    with pytest.raises(ClientError) as raised:
        call(*args, **keywords)
    return raised.value.response


def message_of(call, *args, **keywords):
    error = error_of(call, *args, **keywords)["Error"]
    assert error["Code"] == "ValidationException", error
    return error["Message"]


def read(ddb, table, key="a"):
    return ddb.get_item(TableName=table, Key={"p": {"S": key}}, ConsistentRead=True).get("Item")


# --- PutItem ---

def test_put_item_replaces_and_returns_the_old_item(ddb, table):
    first = {"p": {"S": "a"}, "n": {"N": "1.50"}, "s": {"SS": ["y", "x"]}, "b": {"B": b"\x00\xff"},
             "m": {"M": {"l": {"L": [{"NULL": True}, {"BOOL": False}]}}}}
    answer = ddb.put_item(TableName=table, Item=first, ReturnValues="ALL_OLD")
    assert "Attributes" not in answer
    answer = ddb.put_item(TableName=table, Item={"p": {"S": "a"}, "x": {"S": ""}}, ReturnValues="ALL_OLD")
    assert answer["Attributes"]["n"] == {"N": "1.5"}
    assert sorted(answer["Attributes"]["s"]["SS"]) == ["x", "y"]
    assert answer["Attributes"]["b"] == first["b"] and answer["Attributes"]["m"] == first["m"]
    assert read(ddb, table) == {"p": {"S": "a"}, "x": {"S": ""}}


def test_put_item_answers_an_empty_object_when_nothing_was_asked_for(ddb_store, ddb, table):
    answer = ddb_store.raw("PutItem", {"TableName": table, "Item": {"p": {"S": "a"}}})
    assert (answer.status_code, answer.text) == (200, "{}")


def test_put_item_takes_a_table_arn(ddb, table):
    arn = ddb.describe_table(TableName=table)["Table"]["TableArn"]
    ddb.put_item(TableName=arn, Item={"p": {"S": "a"}})
    assert read(ddb, table) == {"p": {"S": "a"}}


@pytest.mark.parametrize("item, text", [
    ({"x": {"S": "a"}}, INVALID + "Missing the key p in the item"),
    ({"p": {"N": "1"}}, INVALID + "Type mismatch for key p expected: S actual: N"),
    ({"p": {"S": ""}}, NOT_VALID + "The AttributeValue for a key attribute cannot contain an empty string value. Key: p"),
    ({"p": {"S": "a" * 2049}}, INVALID + "Size of hashkey has exceeded the maximum size limit of2048 bytes"),
    ({"p": {"S": "a"}, "x": {"S": "x" * 409598}}, "Item size has exceeded the maximum allowed size"),
    ({"p": {"S": "a"}, "x": {"SS": []}}, INVALID + "An string set  may not be empty"),
])
def test_put_item_refuses(ddb, table, item, text):
    assert message_of(ddb.put_item, TableName=table, Item=item) == text
    assert read(ddb, table) is None


def test_put_item_takes_an_item_of_exactly_400_kb(ddb, table):
    ddb.put_item(TableName=table, Item={"p": {"S": "a"}, "x": {"S": "x" * 409597}})
    assert len(read(ddb, table)["x"]["S"]) == 409597


@pytest.mark.parametrize("more, text", [
    ({"ConditionExpression": "attribute_exists(p)", "Expected": {"p": {"Exists": False}}},
     "Can not use both expression and non-expression parameters in the same request: "
     "Non-expression parameters: {Expected} Expression parameters: {ConditionExpression}"),
    ({"ExpressionAttributeNames": {"#a": "a"}}, "ExpressionAttributeNames can only be specified when using expressions"),
    ({"ExpressionAttributeValues": {":a": {"S": "a"}}},
     "ExpressionAttributeValues can only be specified when using expressions: ConditionExpression is null"),
    ({"ConditionExpression": "#a = :v", "ExpressionAttributeNames": {"#a": "a", "#b": "b"},
      "ExpressionAttributeValues": {":v": {"S": "a"}}},
     "Value provided in ExpressionAttributeNames unused in expressions: keys: {#b}"),
    ({"ConditionExpression": ""}, "Invalid ConditionExpression: The expression can not be empty;"),
    ({"ReturnValues": "ALL_NEW"}, "ReturnValues can only be ALL_OLD or NONE"),
])
def test_put_item_refuses_parameters(ddb, table, more, text):
    assert message_of(ddb.put_item, TableName=table, Item={"p": {"S": "a"}}, **more) == text


def test_refusals_come_in_the_order_of_the_service(ddb, table):
    """Values, then expressions, then the table, then its keys, then the condition."""
    put = {"TableName": "no-such-table", "Item": {"p": {"N": "1"}}, "ConditionExpression": "attribute_exists(p"}
    assert message_of(ddb.put_item, **{**put, "Item": {"p": {"NS": []}}}) == INVALID + "An number set  may not be empty"
    bad = {**put, "Item": {"p": {"NS": []}}, "ExpressionAttributeNames": {}, "ExpressionAttributeValues": {"b": {}}}
    assert message_of(ddb.put_item, **bad) == INVALID + "An number set  may not be empty"
    assert message_of(ddb.put_item, **{**bad, "Item": {}}) == "ExpressionAttributeNames must not be empty"
    assert message_of(ddb.put_item, **put).startswith("Invalid ConditionExpression: Syntax error")
    put["ConditionExpression"] = "attribute_exists(p)"
    error = error_of(ddb.put_item, **put)["Error"]
    assert (error["Code"], error["Message"]) == ("ResourceNotFoundException", "Requested resource not found")
    put["TableName"] = table
    assert message_of(ddb.put_item, **put) == INVALID + "Type mismatch for key p expected: S actual: N"
    put["Item"] = {"p": {"S": "a"}}
    assert error_of(ddb.put_item, **put)["Error"]["Code"] == "ConditionalCheckFailedException"


def test_a_failed_condition_shows_the_item_when_asked(ddb, table):
    put = {"TableName": table, "Item": {"p": {"S": "a"}, "n": {"N": "2"}}, "ConditionExpression": "n = :n",
           "ExpressionAttributeValues": {":n": {"N": "7"}}, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    response = error_of(ddb.put_item, **put)
    assert response["Error"]["Code"] == "ConditionalCheckFailedException"
    assert response["Error"]["Message"] == "The conditional request failed"
    assert "Item" not in response
    ddb.put_item(TableName=table, Item={"p": {"S": "a"}, "n": {"N": "1"}})
    assert error_of(ddb.put_item, **put)["Item"] == {"p": {"S": "a"}, "n": {"N": "1"}}
    put.pop("ReturnValuesOnConditionCheckFailure")
    assert "Item" not in error_of(ddb.put_item, **put)
    put["ExpressionAttributeValues"] = {":n": {"N": "1.0"}}
    ddb.put_item(**put)
    assert read(ddb, table)["n"] == {"N": "2"}


def test_expected_of_the_old_days_still_guards(ddb, table):
    new = {"p": {"S": "a"}, "n": {"N": "1"}}
    ddb.put_item(TableName=table, Item=new, Expected={"p": {"Exists": False}})
    error = error_of(ddb.put_item, TableName=table, Item=new, Expected={"p": {"Exists": False}})["Error"]
    assert error["Code"] == "ConditionalCheckFailedException"
    either = {"n": {"ComparisonOperator": "GT", "AttributeValueList": [{"N": "5"}]}, "p": {"Value": {"S": "a"}}}
    ddb.put_item(TableName=table, Item=new, Expected=either, ConditionalOperator="OR")
    assert message_of(ddb.put_item, TableName=table, Item=new, ConditionalOperator="OR") == \
        "ConditionalOperator cannot be used without Filter or Expected"


# --- UpdateItem ---

def update(ddb, table, expression, key="a", values=None, returns="NONE", **more):
    if values:
        more["ExpressionAttributeValues"] = values
    return ddb.update_item(TableName=table, Key={"p": {"S": key}}, UpdateExpression=expression,
                           ReturnValues=returns, **more).get("Attributes")


def test_update_item_upserts(ddb, table):
    assert update(ddb, table, "SET n = if_not_exists(n, :zero) + :one",
                  values={":zero": {"N": "0"}, ":one": {"N": "1"}}, returns="ALL_NEW") == \
        {"p": {"S": "a"}, "n": {"N": "1"}}
    assert update(ddb, table, "ADD n :one", values={":one": {"N": "1"}}, returns="ALL_OLD") == \
        {"p": {"S": "a"}, "n": {"N": "1"}}
    assert read(ddb, table) == {"p": {"S": "a"}, "n": {"N": "2"}}


def test_update_item_without_an_expression_makes_the_item(ddb, table):
    answer = ddb.update_item(TableName=table, Key={"p": {"S": "a"}}, ReturnValues="ALL_NEW")
    assert answer["Attributes"] == {"p": {"S": "a"}}
    assert read(ddb, table) == {"p": {"S": "a"}}


def test_update_item_that_only_removes_makes_none(ddb, table):
    assert update(ddb, table, "REMOVE x", returns="ALL_NEW") is None
    assert read(ddb, table) is None


def test_update_item_returns_what_was_touched(ddb, table):
    ddb.put_item(TableName=table, Item={"p": {"S": "a"}, "x": {"S": "x"}, "y": {"S": "y"},
                                        "m": {"M": {"k": {"N": "1"}, "o": {"N": "2"}}},
                                        "l": {"L": [{"N": "0"}, {"N": "1"}, {"N": "2"}]}})
    one = {":one": {"N": "1"}}
    assert update(ddb, table, "SET z = :one REMOVE x", values=one, returns="UPDATED_OLD") == {"x": {"S": "x"}}
    assert update(ddb, table, "SET z = :one REMOVE y", values=one, returns="UPDATED_NEW") == {"z": {"N": "1"}}
    assert update(ddb, table, "SET m.k = m.k + :one", values=one, returns="UPDATED_NEW") == \
        {"m": {"M": {"k": {"N": "2"}}}}
    assert update(ddb, table, "REMOVE l[1]", returns="UPDATED_OLD") == {"l": {"L": [{"N": "1"}]}}
    assert update(ddb, table, "REMOVE nothing", returns="UPDATED_NEW") is None


def test_update_item_takes_the_older_attribute_updates(ddb, table):
    updates = {"n": {"Action": "ADD", "Value": {"N": "3"}}, "s": {"Value": {"S": "s"}}}
    answer = ddb.update_item(TableName=table, Key={"p": {"S": "a"}}, AttributeUpdates=updates, ReturnValues="UPDATED_NEW")
    assert answer["Attributes"] == {"n": {"N": "3"}, "s": {"S": "s"}}
    ddb.update_item(TableName=table, Key={"p": {"S": "a"}}, AttributeUpdates={"s": {"Action": "DELETE"}})
    assert read(ddb, table) == {"p": {"S": "a"}, "n": {"N": "3"}}


@pytest.mark.parametrize("expression, values, text", [
    ("SET p = :v", {":v": {"S": "x"}}, INVALID + "Cannot update attribute p. This attribute is part of the key"),
    ("SET x = y", None, "The provided expression refers to an attribute that does not exist in the item"),
    ("SET x.y = :v", {":v": {"S": "x"}}, "The document path provided in the update expression is invalid for update"),
    ("SET x = :v", {":v": {"S": "x" * 409598}}, "Item size to update has exceeded the maximum allowed size"),
    ("SET x = :v", {":v": {"S": "x"}, ":w": {"S": "w"}},
     "Value provided in ExpressionAttributeValues unused in expressions: keys: {:w}"),
    ("", None, "Invalid UpdateExpression: The expression can not be empty;"),
])
def test_update_item_refuses(ddb, table, expression, values, text):
    assert message_of(update, ddb, table, expression, values=values) == text
    assert read(ddb, table) is None


def test_update_item_names_both_missing_expressions(ddb, table):
    assert message_of(ddb.update_item, TableName=table, Key={"p": {"S": "a"}},
                      ExpressionAttributeValues={":v": {"S": "v"}}) == \
        "ExpressionAttributeValues can only be specified when using expressions: " \
        "UpdateExpression and ConditionExpression are null"


# --- DeleteItem ---

def test_delete_item_returns_what_it_deleted_and_takes_a_missing_item(ddb, table):
    ddb.put_item(TableName=table, Item={"p": {"S": "a"}, "n": {"N": "1"}})
    delete = {"TableName": table, "Key": {"p": {"S": "a"}}, "ReturnValues": "ALL_OLD"}
    assert ddb.delete_item(**delete)["Attributes"] == {"p": {"S": "a"}, "n": {"N": "1"}}
    assert "Attributes" not in ddb.delete_item(**delete)
    assert error_of(ddb.delete_item, **delete, ConditionExpression="attribute_exists(p)")["Error"]["Code"] == \
        "ConditionalCheckFailedException"


@pytest.mark.parametrize("key, text", [
    ({"x": {"S": "a"}}, SCHEMA),
    ({"p": {"S": "a"}, "x": {"S": "a"}}, SCHEMA),
    ({"p": {"N": "1"}}, SCHEMA),
    ({"p": {"S": ""}}, NOT_VALID + "The AttributeValue for a key attribute cannot contain an empty string value. Key: p"),
])
def test_delete_item_refuses_keys(ddb, table, key, text):
    assert message_of(ddb.delete_item, TableName=table, Key=key) == text


# --- indexes, capacity, collections ---

def test_writes_keep_indexes_and_report_their_units(ddb):
    table = make_table(ddb, range_key="s", types={"n": "N"},
                       LocalSecondaryIndexes=[index("local", "p", "n", "KEYS_ONLY")],
                       GlobalSecondaryIndexes=[index("global", "g")])
    item = {"p": {"S": "a"}, "s": {"S": "s"}, "n": {"N": "1"}, "g": {"S": "g"}}
    put = {"TableName": table, "ReturnConsumedCapacity": "INDEXES"}
    capacity = ddb.put_item(Item=item, **put)["ConsumedCapacity"]
    assert capacity == {"TableName": table, "CapacityUnits": 3, "Table": {"CapacityUnits": 1},
                        "LocalSecondaryIndexes": {"local": {"CapacityUnits": 1}},
                        "GlobalSecondaryIndexes": {"global": {"CapacityUnits": 1}}}
    capacity = ddb.put_item(Item={**item, "x": {"S": "x"}}, **put)["ConsumedCapacity"]
    assert "LocalSecondaryIndexes" not in capacity and capacity["CapacityUnits"] == 2
    capacity = ddb.put_item(Item={**item, "n": {"N": "2"}, "g": {"S": "h"}}, **put)["ConsumedCapacity"]
    assert capacity["CapacityUnits"] == 5
    by_index = {"TableName": table, "IndexName": "global", "KeyConditionExpression": "g = :g"}
    assert ddb.query(**by_index, ExpressionAttributeValues={":g": {"S": "g"}})["Count"] == 0
    assert ddb.query(**by_index, ExpressionAttributeValues={":g": {"S": "h"}})["Count"] == 1
    table_now = ddb.describe_table(TableName=table)["Table"]
    assert table_now["ItemCount"] == 1 and table_now["GlobalSecondaryIndexes"][0]["ItemCount"] == 1
    ddb.delete_item(TableName=table, Key={"p": {"S": "a"}, "s": {"S": "s"}})
    table_now = ddb.describe_table(TableName=table)["Table"]
    assert table_now["ItemCount"] == 0 and table_now["LocalSecondaryIndexes"][0]["ItemCount"] == 0


@pytest.mark.parametrize("item, text", [
    ({"g": {"N": "1"}}, INVALID + "Type mismatch for Index Key g Expected: S Actual: N IndexName: global"),
    ({"g": {"NULL": True}}, INVALID + "Type mismatch for Index Key g Expected: S Actual: NULL IndexName: global"),
    ({"g": {"S": ""}}, NOT_VALID + "A value specified for a secondary index key is not supported. The AttributeValue for a "
                                   "key attribute cannot contain an empty string value. IndexName: global, IndexKey: g"),
])
def test_index_keys_of_an_item_are_checked(ddb, item, text):
    table = make_table(ddb, GlobalSecondaryIndexes=[index("global", "g")])
    item = {"p": {"S": "a"}, **item}
    assert message_of(ddb.put_item, TableName=table, Item=item) == text
    batch = {table: [{"PutRequest": {"Item": item}}]}
    assert message_of(ddb.batch_write_item, RequestItems=batch) == text


def test_an_update_may_not_spoil_an_index_key(ddb):
    table = make_table(ddb, GlobalSecondaryIndexes=[index("global", "g")])
    update(ddb, table, "SET n = :n", values={":n": {"N": "1"}})
    assert message_of(update, ddb, table, "SET g = n") == \
        "The update expression attempted to update the secondary index key to unsupported type"
    assert message_of(update, ddb, table, "SET g = :g", values={":g": {"S": ""}}) == \
        NOT_VALID + "The update expression attempted to update a secondary index key to a value that is not supported. " \
                    "The AttributeValue for a key attribute cannot contain an empty string value."
    update(ddb, table, "SET g = :g", values={":g": {"S": "g"}})
    update(ddb, table, "REMOVE g")
    assert ddb.scan(TableName=table, IndexName="global")["Count"] == 0


def test_units_come_from_the_larger_item(ddb, table):
    def units(call, **keywords):
        return call(TableName=table, ReturnConsumedCapacity="TOTAL", **keywords)["ConsumedCapacity"]["CapacityUnits"]
    assert units(ddb.put_item, Item={"p": {"S": "a"}, "x": {"S": "x" * 3000}}) == 3
    assert units(ddb.put_item, Item={"p": {"S": "a"}}) == 3
    assert units(ddb.put_item, Item={"p": {"S": "a"}}) == 1
    assert units(ddb.delete_item, Key={"p": {"S": "nobody"}}) == 1


def test_item_collections_are_told_of_tables_with_local_indexes(ddb, table):
    put = {"Item": {"p": {"S": "a"}, "s": {"S": "s"}}, "ReturnItemCollectionMetrics": "SIZE"}
    assert "ItemCollectionMetrics" not in ddb.put_item(TableName=table, **put)
    local = make_table(ddb, range_key="s", LocalSecondaryIndexes=[index("local", "p", "n")])
    want = {"ItemCollectionKey": {"p": {"S": "a"}}, "SizeEstimateRangeGB": [0.0, 1.0]}
    assert ddb.put_item(TableName=local, **put)["ItemCollectionMetrics"] == want
    batch = {local: [{"PutRequest": {"Item": put["Item"]}}], table: [{"PutRequest": {"Item": put["Item"]}}]}
    answer = ddb.batch_write_item(RequestItems=batch, ReturnItemCollectionMetrics="SIZE")
    assert answer["ItemCollectionMetrics"] == {local: [want]}


# --- BatchWriteItem ---

def test_batch_write_item_puts_and_deletes_over_tables(ddb, table):
    other = make_table(ddb, types={"p": "N"})
    ddb.put_item(TableName=table, Item={"p": {"S": "gone"}})
    requests = {table: [{"PutRequest": {"Item": {"p": {"S": str(n)}}}} for n in range(20)]
                       + [{"DeleteRequest": {"Key": {"p": {"S": "gone"}}}}],
                other: [{"PutRequest": {"Item": {"p": {"N": str(n)}}}} for n in range(4)]}
    answer = ddb.batch_write_item(RequestItems=requests, ReturnConsumedCapacity="TOTAL")
    assert answer["UnprocessedItems"] == {}
    assert {c["TableName"]: c["CapacityUnits"] for c in answer["ConsumedCapacity"]} == {table: 21, other: 4}
    assert ddb.scan(TableName=table)["Count"] == 20 and ddb.scan(TableName=other)["Count"] == 4


@pytest.mark.parametrize("requests, text", [
    ([{"PutRequest": {"Item": {"p": {"S": "a"}}}}, {"DeleteRequest": {"Key": {"p": {"S": "a"}}}}],
     "Provided list of item keys contains duplicates"),
    ([{"PutRequest": {"Item": {"p": {"N": "1"}}}}], SCHEMA),
    ([{"PutRequest": {"Item": {"x": {"S": "1"}}}}], SCHEMA),
    ([{"DeleteRequest": {"Key": {"x": {"S": "1"}}}}], SCHEMA),
    ([{"PutRequest": {"Item": {"p": {"S": "a"}, "x": {"S": "x" * 409598}}}}],
     "Item size has exceeded the maximum allowed size"),
    ([{}], "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes"),
])
def test_batch_write_item_refuses_as_a_whole(ddb, table, requests, text):
    good = {"PutRequest": {"Item": {"p": {"S": "good"}}}}
    assert message_of(ddb.batch_write_item, RequestItems={table: [good] + requests}) == text
    assert ddb.scan(TableName=table)["Count"] == 0


def test_batch_write_item_knows_equal_numbers(ddb):
    table = make_table(ddb, types={"p": "N"})
    requests = [{"PutRequest": {"Item": {"p": {"N": n}}}} for n in ("1000", "1e3")]
    assert message_of(ddb.batch_write_item, RequestItems={table: requests}) == \
        "Provided list of item keys contains duplicates"


def test_batch_write_item_holds_25_over_all_tables(ddb, table):
    other = make_table(ddb)
    entries = [{"PutRequest": {"Item": {"p": {"S": str(n)}}}} for n in range(13)]
    assert message_of(ddb.batch_write_item, RequestItems={table: entries, other: entries}) == \
        "Too many items requested for the BatchWriteItem call"
    error = error_of(ddb.batch_write_item, RequestItems={"no-such-table": entries})["Error"]
    assert (error["Code"], error["Message"]) == ("ResourceNotFoundException", "Requested resource not found")


def test_batch_writer_of_boto3_writes_hundreds(ddb_store, ddb, table):
    with ddb_store.resource().Table(table).batch_writer() as batch:
        for number in range(300):
            batch.put_item(Item={"p": str(number), "n": number})
    assert ddb.describe_table(TableName=table)["Table"]["ItemCount"] == 300


# --- throttling ---

def test_provisioned_tables_are_throttled_when_the_store_is_told_to(store_factory):
    ddb = store_factory("--throttle", "--in-memory").client()
    ddb.create_table(TableName="slow", KeySchema=key_schema("p"), BillingMode="PROVISIONED",
                     AttributeDefinitions=[{"AttributeName": "p", "AttributeType": "S"}],
                     ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 1})
    big = {"p": {"S": "a"}, "x": {"S": "x" * 300_000}}
    ddb.put_item(TableName="slow", Item=big)
    ddb.put_item(TableName="slow", Item=big)
    error = error_of(ddb.put_item, TableName="slow", Item={"p": {"S": "b"}})["Error"]
    assert error["Code"] == "ProvisionedThroughputExceededException"
    error = error_of(ddb.batch_write_item, RequestItems={"slow": [{"PutRequest": {"Item": {"p": {"S": "b"}}}}]})["Error"]
    assert error["Code"] == "ProvisionedThroughputExceededException"
    ddb.create_table(TableName="fast", KeySchema=key_schema("p"), BillingMode="PAY_PER_REQUEST",
                     AttributeDefinitions=[{"AttributeName": "p", "AttributeType": "S"}])
    slow, fast = ([{"PutRequest": {"Item": {"p": {"S": "b"}}}}] for _ in range(2))
    assert ddb.batch_write_item(RequestItems={"slow": slow, "fast": fast})["UnprocessedItems"] == {"slow": slow}
    reasons = error_of(ddb.transact_write_items, TransactItems=[
        {"Put": {"TableName": "fast", "Item": {"p": {"S": "c"}}}},
        {"Put": {"TableName": "slow", "Item": {"p": {"S": "c"}}}}])["CancellationReasons"]
    assert [reason["Code"] for reason in reasons] == ["None", "ProvisionedThroughputExceeded"]


# --- durability ---

def test_what_was_acknowledged_survives_a_kill(store_factory, tmp_path):
    store = store_factory()
    ddb = store.client()
    table = make_table(ddb, GlobalSecondaryIndexes=[index("global", "g")])
    for number in range(50):
        ddb.put_item(TableName=table, Item={"p": {"S": str(number)}, "g": {"S": "g"}})
    store.stop(9)
    again = store_factory()
    ddb = again.client()
    assert ddb.scan(TableName=table)["Count"] == 50
    assert ddb.scan(TableName=table, IndexName="global")["Count"] == 50
    assert again.stop() == 0
    again.check()
