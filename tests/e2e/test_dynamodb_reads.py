"""GetItem, Query, Scan, BatchGetItem and TransactGetItems through boto3: what real clients do with pages and indexes."""
import base64
import concurrent.futures
import decimal
import itertools
import random

import pytest
from boto3.dynamodb.conditions import Attr, Key
from botocore.exceptions import ClientError

names = (f"reads-{number}" for number in itertools.count())


def make_table(ddb, hash_key="p", range_key=None, types=None, **more):
    def key_schema(first, second):
        return [{"AttributeName": n, "KeyType": t} for n, t in ((first, "HASH"), (second, "RANGE")) if n]

    used = [hash_key, range_key]
    for kind in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
        if kind not in more:
            continue
        used += [key for _, keys, _ in more[kind] for key in keys]
        more[kind] = [{"IndexName": name, "KeySchema": key_schema(*keys, *[None] * (2 - len(keys))),
                       "Projection": projection} for name, keys, projection in more[kind]]
    name = next(names)
    ddb.create_table(TableName=name, KeySchema=key_schema(hash_key, range_key), BillingMode="PAY_PER_REQUEST",
                     AttributeDefinitions=[{"AttributeName": n, "AttributeType": (types or {}).get(n, "S")}
                                           for n in dict.fromkeys(used) if n], **more)
    return name


def put_all(resource, name, items):
    with resource.Table(name).batch_writer() as batch:
        for item in items:
            batch.put_item(Item=item)


@pytest.fixture
def resource(ddb_store):
    return ddb_store.resource()


def code_of(call, *args, **keywords):
    with pytest.raises(ClientError) as raised:
        call(*args, **keywords)
    return raised.value.response["Error"]["Code"]


ALL, KEYS_ONLY = {"ProjectionType": "ALL"}, {"ProjectionType": "KEYS_ONLY"}


def include(*attributes):
    return {"ProjectionType": "INCLUDE", "NonKeyAttributes": list(attributes)}


# --- pages ---

@pytest.mark.parametrize("size", [1, 7, 100])
def test_paginator_of_a_query_sees_every_item_once_in_the_order_of_numbers(ddb, resource, size):
    name = make_table(ddb, range_key="n", types={"n": "N"})
    numbers = [decimal.Decimal(text) for text in
               ("-1E100", "-12345.678", "-2", "-1.5", "-1", "-0.001", "0", "1E-100", "0.5", "1", "1.01", "9", "10", "99",
                "100", "12345678901234567890123456789012345678", "1E100")]
    put_all(resource, name, ({"p": "a", "n": n} for n in random.sample(numbers, len(numbers))))
    put_all(resource, name, [{"p": "b", "n": decimal.Decimal(5)}])
    for is_forward in (True, False):
        pages = ddb.get_paginator("query").paginate(
            TableName=name, KeyConditionExpression="p = :p", ExpressionAttributeValues={":p": {"S": "a"}},
            ScanIndexForward=is_forward, PaginationConfig={"PageSize": size})
        found = [decimal.Decimal(item["n"]["N"]) for page in pages for item in page["Items"]]
        assert found == (numbers if is_forward else numbers[::-1])


def test_binary_sort_keys_are_ordered_by_unsigned_bytes(ddb, resource):
    name = make_table(ddb, range_key="b", types={"b": "B"})
    keys = [bytes(row) for row in ([0], [0, 0], [0, 1], [1], [127], [128], [128, 0], [255], [255, 0], [255, 255])]
    put_all(resource, name, ({"p": "a", "b": key} for key in random.sample(keys, len(keys))))
    found = resource.Table(name).query(KeyConditionExpression=Key("p").eq("a") & Key("b").gt(b"\x00\x00"))
    assert [item["b"].value for item in found["Items"]] == keys[2:]
    found = resource.Table(name).query(KeyConditionExpression=Key("p").eq("a") & Key("b").begins_with(b"\xff"))
    assert [item["b"].value for item in found["Items"]] == keys[-3:]
    start = {"p": {"S": "a"}, "b": {"B": b"\x80"}}
    page = ddb.query(TableName=name, KeyConditionExpression="p = :p", ExpressionAttributeValues={":p": {"S": "a"}},
                     ExclusiveStartKey=start)
    assert [item["b"]["B"] for item in page["Items"]] == keys[6:]


def test_sort_keys_of_a_thousand_bytes_keep_their_order(ddb, resource):
    name = make_table(ddb, range_key="s", LocalSecondaryIndexes=[("local", ("p", "l"), ALL)])
    keys = sorted("x" * random.choice((470, 475, 480, 1000)) + random.choice(("", "a", "ab", "b", "\x7f"))
                  + format(number, "02d") for number in range(40))
    put_all(resource, name, ({"p": "a", "s": key, "l": key[::-1]} for key in random.sample(keys, len(keys))))
    pages = ddb.get_paginator("query").paginate(
        TableName=name, KeyConditionExpression="p = :p", ExpressionAttributeValues={":p": {"S": "a"}},
        PaginationConfig={"PageSize": 3})
    assert [item["s"]["S"] for page in pages for item in page["Items"]] == keys
    found = resource.Table(name).query(KeyConditionExpression=Key("p").eq("a") & Key("s").between(keys[10], keys[20]))
    assert [item["s"] for item in found["Items"]] == keys[10:21]
    found = resource.Table(name).query(IndexName="local", KeyConditionExpression=Key("p").eq("a"), ScanIndexForward=False)
    assert [item["l"] for item in found["Items"]] == sorted((key[::-1] for key in keys), reverse=True)


def test_a_page_ends_at_a_megabyte_and_paging_sees_everything(ddb, resource):
    name = make_table(ddb, range_key="s")
    put_all(resource, name, ({"p": "a", "s": format(i, "03d"), "f": "x" * 50_000} for i in range(60)))
    pages = list(ddb.get_paginator("scan").paginate(TableName=name))
    assert [page["Count"] for page in pages] == [21, 21, 18]
    assert sorted(item["s"]["S"] for page in pages for item in page["Items"]) == [format(i, "03d") for i in range(60)]
    page = ddb.scan(TableName=name, Select="COUNT", FilterExpression="s = :s", ExpressionAttributeValues={":s": {"S": "030"}},
                    ReturnConsumedCapacity="TOTAL")
    assert page["Count"] in (0, 1) and page["ScannedCount"] == 21 and "Items" not in page
    assert page["ConsumedCapacity"]["CapacityUnits"] == 128.5


def test_parallel_scan_has_every_item_in_one_segment(ddb, ddb_store, resource):
    name = make_table(ddb, range_key="s")
    put_all(resource, name, ({"p": f"p{i // 3}", "s": str(i % 3)} for i in range(300)))

    def scan(segment):
        pages = ddb_store.client().get_paginator("scan").paginate(TableName=name, Segment=segment, TotalSegments=8,
                                                                  PaginationConfig={"PageSize": 10})
        return [(item["p"]["S"], item["s"]["S"]) for page in pages for item in page["Items"]]

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        segments = list(pool.map(scan, range(8)))
    found = sum(segments, [])
    assert len(found) == 300 and len(set(found)) == 300
    for partition in {p for p, _ in found}:
        assert sum(any(p == partition for p, _ in segment) for segment in segments) == 1


# --- indexes ---

def test_an_index_is_sparse_and_shows_its_projection(ddb, resource):
    name = make_table(ddb, GlobalSecondaryIndexes=[("by-state", ("state", "at"), include("title")),
                                                   ("by-owner", ("owner",), KEYS_ONLY)], types={"at": "N"})
    put_all(resource, name, [{"p": str(i), "state": "open" if i % 2 else "done", "at": i, "title": f"t{i}", "body": "x"}
                             for i in range(10)] + [{"p": "none", "body": "x"}, {"p": "mine", "owner": "me"}])
    found = resource.Table(name).query(IndexName="by-state", KeyConditionExpression=Key("state").eq("open") & Key("at").gt(4),
                                       ScanIndexForward=False)
    assert found["Items"] == [{"p": str(i), "state": "open", "at": i, "title": f"t{i}"} for i in (9, 7, 5)]
    assert ddb.scan(TableName=name, IndexName="by-state")["Count"] == 10
    assert ddb.scan(TableName=name, IndexName="by-owner")["Items"] == [{"p": {"S": "mine"}, "owner": {"S": "me"}}]
    page = ddb.scan(TableName=name, IndexName="by-state", Limit=4)
    assert set(page["LastEvaluatedKey"]) == {"p", "state", "at"}
    rest = ddb.scan(TableName=name, IndexName="by-state", ExclusiveStartKey=page["LastEvaluatedKey"])
    assert {item["p"]["S"] for item in page["Items"] + rest["Items"]} == {str(i) for i in range(10)}


def test_equal_index_keys_page_without_gaps(ddb, resource):
    name = make_table(ddb, GlobalSecondaryIndexes=[("same", ("same", "same2"), ALL)])
    put_all(resource, name, ({"p": str(i), "same": "s", "same2": "s"} for i in range(50)))
    pages = ddb.get_paginator("query").paginate(
        TableName=name, IndexName="same", KeyConditionExpression="same = :s", ExpressionAttributeValues={":s": {"S": "s"}},
        PaginationConfig={"PageSize": 7})
    found = [item["p"]["S"] for page in pages for item in page["Items"]]
    assert len(found) == 50 and len(set(found)) == 50


def test_a_local_index_fetches_what_it_does_not_project(ddb, resource):
    name = make_table(ddb, range_key="s", LocalSecondaryIndexes=[("local", ("p", "l"), KEYS_ONLY)])
    put_all(resource, name, ({"p": "a", "s": str(i), "l": str(9 - i), "body": "x" * 5000} for i in range(4)))
    query = {"TableName": name, "IndexName": "local", "KeyConditionExpression": "p = :p", "ConsistentRead": True,
             "ExpressionAttributeValues": {":p": {"S": "a"}}, "ReturnConsumedCapacity": "INDEXES"}
    page = ddb.query(**query)
    assert page["Items"][0] == {"p": {"S": "a"}, "s": {"S": "3"}, "l": {"S": "6"}}
    assert page["ConsumedCapacity"]["CapacityUnits"] == 1
    page = ddb.query(**query, Select="ALL_ATTRIBUTES")
    assert len(page["Items"][0]["body"]["S"]) == 5000
    assert page["ConsumedCapacity"]["Table"]["CapacityUnits"] == 8
    assert page["ConsumedCapacity"]["LocalSecondaryIndexes"]["local"]["CapacityUnits"] == 1


def test_an_index_of_several_attributes_is_queried_from_left_to_right(ddb, resource):
    name = next(names)
    parts = [("tenant", "HASH"), ("region", "HASH"), ("year", "RANGE"), ("city", "RANGE")]
    ddb.create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": n, "AttributeType": "N" if n == "year" else "S"}
                              for n in ("p", "tenant", "region", "year", "city")],
        GlobalSecondaryIndexes=[{"IndexName": "multi", "Projection": ALL,
                                 "KeySchema": [{"AttributeName": n, "KeyType": t} for n, t in parts]}])
    rows = [("t1", "eu", 2024, "Bern"), ("t1", "eu", 2024, "Rome"), ("t1", "eu", 2025, "Bern"), ("t1", "us", 2024, "Bern"),
            ("t2", "eu", 2024, "Bern")]
    put_all(resource, name, ({"p": str(i), **dict(zip(("tenant", "region", "year", "city"), row))}
                             for i, row in enumerate(rows)))

    def query(condition, **values):
        page = ddb.query(TableName=name, IndexName="multi", KeyConditionExpression="tenant = :t AND #r = :r" + condition,
                         ExpressionAttributeNames={"#r": "region", **({"#y": "year"} if "#y" in condition else {})},
                         ExpressionAttributeValues={":t": {"S": "t1"}, ":r": {"S": "eu"},
                                                    **{f":{k}": v for k, v in values.items()}})
        return [item["p"]["S"] for item in page["Items"]]

    assert query("") == ["0", "1", "2"]
    assert query(" AND #y = :y", y={"N": "2024"}) == ["0", "1"]
    assert query(" AND #y = :y AND city > :c", y={"N": "2024"}, c={"S": "Bern"}) == ["1"]
    assert query(" AND #y > :y", y={"N": "2024"}) == ["2"]
    page = ddb.query(TableName=name, IndexName="multi", KeyConditionExpression="tenant = :t AND #r = :r", Limit=1,
                     ExpressionAttributeNames={"#r": "region"},
                     ExpressionAttributeValues={":t": {"S": "t1"}, ":r": {"S": "eu"}})
    assert set(page["LastEvaluatedKey"]) == {"p", "tenant", "region", "year", "city"}


def test_a_global_index_may_lag(store_factory):
    store = store_factory("--in-memory", "--gsi-lag", "60s")
    ddb = store.client()
    name = make_table(ddb, GlobalSecondaryIndexes=[("ggg", ("g",), ALL)])
    ddb.put_item(TableName=name, Item={"p": {"S": "a"}, "g": {"S": "g"}})
    assert "Item" in ddb.get_item(TableName=name, Key={"p": {"S": "a"}})
    assert ddb.scan(TableName=name)["Count"] == 1
    assert ddb.scan(TableName=name, IndexName="ggg")["Count"] == 0


# --- filters and projections ---

def test_filters_count_what_they_leave_out(ddb, resource):
    name = make_table(ddb, range_key="n", types={"n": "N"})
    put_all(resource, name, ({"p": "a", "n": i, "tags": {"even" if i % 2 == 0 else "odd"}, "m": {"deep": [i]}}
                             for i in range(20)))
    found = resource.Table(name).query(KeyConditionExpression=Key("p").eq("a"), FilterExpression=Attr("tags").contains("odd"),
                                       ProjectionExpression="m.deep[0]", Limit=10)
    assert found["Count"] == 5 and found["ScannedCount"] == 10
    assert found["Items"] == [{"m": {"deep": [i]}} for i in (1, 3, 5, 7, 9)]
    assert found["LastEvaluatedKey"] == {"p": "a", "n": 9}


def test_the_parameters_of_before_expressions(ddb, resource):
    name = make_table(ddb, range_key="s")
    put_all(resource, name, ({"p": "a", "s": str(i), "x": i, "y": "y"} for i in range(5)))
    equals = {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "a"}]}
    page = ddb.query(TableName=name, AttributesToGet=["x"],
                     KeyConditions={"p": equals, "s": {"ComparisonOperator": "GE", "AttributeValueList": [{"S": "2"}]}},
                     QueryFilter={"x": {"ComparisonOperator": "LT", "AttributeValueList": [{"N": "4"}]}})
    assert page["Items"] == [{"x": {"N": "2"}}, {"x": {"N": "3"}}]
    page = ddb.scan(TableName=name, ConditionalOperator="OR",
                    ScanFilter={"x": {"ComparisonOperator": "EQ", "AttributeValueList": [{"N": "0"}]},
                                "s": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "4"}]}})
    assert page["Count"] == 2
    assert ddb.get_item(TableName=name, Key={"p": {"S": "a"}, "s": {"S": "1"}}, AttributesToGet=["y", "none"])["Item"] == {
        "y": {"S": "y"}}


# --- single items, batches, transactions ---

def test_get_item_of_every_kind_of_value(ddb):
    name = make_table(ddb)
    item = {"p": {"S": "ключ \u0000 \"quoted\" \\ \n"}, "n": {"N": "-0.00123"}, "b": {"B": bytes(range(256))},
            "bool": {"BOOL": False}, "nix": {"NULL": True}, "ss": {"SS": ["a", "b"]}, "ns": {"NS": ["1", "2.5"]},
            "bs": {"BS": [b"\x00", b"\x01"]}, "l": {"L": [{"S": ""}, {"L": []}, {"M": {}}]},
            "m": {"M": {"empty": {"S": ""}, "a.b": {"M": {"c": {"N": "1"}}}}}}
    ddb.put_item(TableName=name, Item=item)
    found = ddb.get_item(TableName=name, Key={"p": item["p"]}, ConsistentRead=True)["Item"]
    for key in ("ss", "ns", "bs"):
        kind = key.upper()
        found[key][kind] = sorted(found[key][kind])
    assert found == item


def test_get_item_takes_the_table_by_its_arn(ddb):
    name = make_table(ddb)
    ddb.put_item(TableName=name, Item={"p": {"S": "a"}})
    arn = ddb.describe_table(TableName=name)["Table"]["TableArn"]
    assert ddb.get_item(TableName=arn, Key={"p": {"S": "a"}})["Item"] == {"p": {"S": "a"}}
    assert code_of(ddb.get_item, TableName=arn + "x", Key={"p": {"S": "a"}}) == "ResourceNotFoundException"


def test_batch_get_item_spans_tables_and_retries_what_is_left(ddb, resource):
    one, two = make_table(ddb), make_table(ddb, range_key="s")
    put_all(resource, one, ({"p": str(i), "f": "x" * 399_000} for i in range(45)))
    put_all(resource, two, [{"p": "a", "s": "1"}])
    wanted = {one: {"Keys": [{"p": {"S": str(i)}} for i in range(45)], "ProjectionExpression": "p"},
              two: {"Keys": [{"p": {"S": "a"}, "s": {"S": "1"}}, {"p": {"S": "a"}, "s": {"S": "2"}}]}}
    found, calls = {one: [], two: []}, 0
    while wanted:
        answer = ddb.batch_get_item(RequestItems=wanted)
        for table, items in answer["Responses"].items():
            found[table] += items
        wanted = answer["UnprocessedKeys"]
        calls += 1
    assert calls == 2
    assert sorted(int(item["p"]["S"]) for item in found[one]) == list(range(45))
    assert found[two] == [{"p": {"S": "a"}, "s": {"S": "1"}}]
    assert code_of(ddb.batch_get_item, RequestItems={one: {"Keys": [{"p": {"S": "1"}}] * 2}}) == "ValidationException"
    keys = [{"p": {"S": str(i)}, "s": {"S": "s"}} for i in range(51)]
    both = {one: {"Keys": [{"p": {"S": str(i)}} for i in range(50)]}, two: {"Keys": keys}}
    assert code_of(ddb.batch_get_item, RequestItems=both) == "ValidationException"


def test_transact_get_items_answers_in_the_order_of_the_request(ddb):
    one, two = make_table(ddb), make_table(ddb, range_key="s")
    ddb.put_item(TableName=one, Item={"p": {"S": "a"}, "x": {"N": "1"}, "y": {"N": "2"}})
    ddb.put_item(TableName=two, Item={"p": {"S": "a"}, "s": {"S": "s"}})
    answer = ddb.transact_get_items(TransactItems=[
        {"Get": {"TableName": two, "Key": {"p": {"S": "a"}, "s": {"S": "s"}}}},
        {"Get": {"TableName": one, "Key": {"p": {"S": "missing"}}}},
        {"Get": {"TableName": one, "Key": {"p": {"S": "a"}}, "ProjectionExpression": "#y",
                 "ExpressionAttributeNames": {"#y": "y"}}}], ReturnConsumedCapacity="TOTAL")
    assert answer["Responses"] == [{"Item": {"p": {"S": "a"}, "s": {"S": "s"}}}, {}, {"Item": {"y": {"N": "2"}}}]
    assert {entry["TableName"]: entry["CapacityUnits"] for entry in answer["ConsumedCapacity"]} == {one: 4, two: 2}
    same = {"Get": {"TableName": one, "Key": {"p": {"S": "a"}}}}
    assert code_of(ddb.transact_get_items, TransactItems=[same, same]) == "ValidationException"


def test_transact_get_items_never_sees_half_of_a_transaction(ddb_store):
    ddb = ddb_store.client()
    name = make_table(ddb)
    keys = [{"p": {"S": str(i)}} for i in range(5)]

    def write(number):
        ddb.transact_write_items(TransactItems=[
            {"Put": {"TableName": name, "Item": {**key, "n": {"N": str(number)}}}} for key in keys])

    write(0)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        writing = pool.submit(lambda: [write(number) for number in range(1, 60)])
        reader = ddb_store.client()
        seen = set()
        while not writing.done():
            answer = reader.transact_get_items(TransactItems=[{"Get": {"TableName": name, "Key": key}} for key in keys])
            values = {entry["Item"]["n"]["N"] for entry in answer["Responses"]}
            assert len(values) == 1
            seen |= values
        writing.result()
    assert seen


def test_what_was_written_is_read_after_a_restart(store_factory, tmp_path):
    store = store_factory()
    ddb = store.client()
    name = make_table(ddb, range_key="s", GlobalSecondaryIndexes=[("ggg", ("g",), ALL)])
    for i in range(5):
        ddb.put_item(TableName=name, Item={"p": {"S": "a"}, "s": {"S": "k" * 480 + str(i)}, "g": {"S": "g"}})
    assert store.stop() == 0
    ddb = store_factory().client()
    page = ddb.query(TableName=name, KeyConditionExpression="p = :p", ExpressionAttributeValues={":p": {"S": "a"}})
    assert [item["s"]["S"][-1] for item in page["Items"]] == list("01234")
    assert ddb.scan(TableName=name, IndexName="ggg")["Count"] == 5


# --- the wire ---

def test_binary_start_keys_and_numbers_of_any_notation(ddb_store, ddb):
    name = make_table(ddb, hash_key="b", range_key="n", types={"b": "B", "n": "N"})
    ddb.put_item(TableName=name, Item={"b": {"B": b"\x00\xff"}, "n": {"N": "1000"}})
    key = {"b": {"B": base64.b64encode(b"\x00\xff").decode()}, "n": {"N": "1e3"}}
    assert ddb_store.raw("GetItem", {"TableName": name, "Key": key}).json()["Item"]["n"] == {"N": "1000"}
    answer = ddb_store.raw("Scan", {"TableName": name, "ExclusiveStartKey": key}).json()
    assert answer == {"Items": [], "Count": 0, "ScannedCount": 0}


def test_limits_of_the_wire(ddb_store, ddb):
    name = make_table(ddb)
    assert ddb_store.error("Query", {"TableName": name, "Limit": 0, "KeyConditionExpression": "p = :p",
                                     "ExpressionAttributeValues": {":p": {"S": "a"}}})[0] == "ValidationException"
    assert ddb_store.error("Scan", {"TableName": name, "Limit": 0}) == (
        "ValidationException", "1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: Member must "
                               "have value greater than or equal to 1")
    assert ddb_store.error("Scan", {"TableName": "missing-table"}) == ("ResourceNotFoundException",
                                                                      "Requested resource not found")
