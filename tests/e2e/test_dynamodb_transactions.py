"""TransactWriteItems through boto3: all or nothing, reasons, tokens."""
import itertools
import threading

import pytest
from botocore.exceptions import ClientError

names = (f"transactions-{number}" for number in itertools.count())

INVALID = "One or more parameter values were invalid: "
EMPTY_KEY = "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty " \
            "string value. Key: p"
SCHEMA = "The provided key element does not match the schema"


@pytest.fixture
def table(ddb):
    name = next(names)
    ddb.create_table(TableName=name, KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}], BillingMode="PAY_PER_REQUEST",
                     AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in ("p", "g")],
                     GlobalSecondaryIndexes=[{"IndexName": "global", "Projection": {"ProjectionType": "ALL"},
                                              "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}]}])
    return name


def key(text):
    return {"p": {"S": text}}


def put(table, text, **more):
    return {"Put": {"TableName": table, "Item": {**key(text), **more.pop("item", {})}, **more}}


def add(table, text, amount="1", **more):
    return {"Update": {"TableName": table, "Key": key(text), "UpdateExpression": "ADD n :n",
                       "ExpressionAttributeValues": {":n": {"N": amount}}, **more}}


def delete(table, text, **more):
    return {"Delete": {"TableName": table, "Key": key(text), **more}}


def check(table, text, condition="attribute_exists(p)", **more):
    return {"ConditionCheck": {"TableName": table, "Key": key(text), "ConditionExpression": condition, **more}}


def refusal(ddb, actions, **more):
    with pytest.raises(ClientError) as raised:
        ddb.transact_write_items(TransactItems=actions, **more)
    return raised.value.response


def cancelled(ddb, actions, **more):
    """The reasons, after a look at the message that repeats them."""
    response = refusal(ddb, actions, **more)
    assert response["Error"]["Code"] == "TransactionCanceledException", response
    codes = ", ".join(reason["Code"] for reason in response["CancellationReasons"])
    assert response["Error"]["Message"] == \
        f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]"
    return response["CancellationReasons"]


def invalid(ddb, actions, **more):
    error = refusal(ddb, actions, **more)["Error"]
    assert error["Code"] == "ValidationException", error
    return error["Message"]


def read(ddb, table, text):
    return ddb.get_item(TableName=table, Key=key(text), ConsistentRead=True).get("Item")


def test_all_four_actions_happen_together(ddb, table):
    ddb.put_item(TableName=table, Item=key("old"))
    ddb.put_item(TableName=table, Item=key("there"))
    answer = ddb.transact_write_items(TransactItems=[put(table, "new", item={"g": {"S": "g"}}), delete(table, "old"),
                                                     add(table, "counter", "5"), check(table, "there")])
    assert set(answer) == {"ResponseMetadata"}
    assert read(ddb, table, "new") and read(ddb, table, "old") is None
    assert read(ddb, table, "counter")["n"] == {"N": "5"}
    assert ddb.scan(TableName=table, IndexName="global")["Count"] == 1


def test_one_failed_condition_cancels_all_and_every_action_has_its_reason(ddb, table):
    ddb.put_item(TableName=table, Item={**key("there"), "n": {"N": "1"}})
    absent = {"ConditionExpression": "attribute_not_exists(p)"}
    reasons = cancelled(ddb, [put(table, "new"), put(table, "there", **absent, ReturnValuesOnConditionCheckFailure="ALL_OLD"),
                              delete(table, "there-not", ConditionExpression="attribute_exists(p)")])
    assert reasons == [{"Code": "None"},
                       {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed",
                        "Item": {**key("there"), "n": {"N": "1"}}},
                       {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"}]
    assert read(ddb, table, "new") is None


def test_only_the_first_validation_error_is_told(ddb, table):
    bad = {"TableName": table, "UpdateExpression": "SET x = y"}
    reasons = cancelled(ddb, [{"Update": {**bad, "Key": key("a")}}, {"Update": {**bad, "Key": key("b")}}, check(table, "c")])
    assert [reason["Code"] for reason in reasons] == ["ValidationError", "None", "ConditionalCheckFailed"]
    assert reasons[0]["Message"] == "The provided expression refers to an attribute that does not exist in the item"


@pytest.mark.parametrize("action, text", [
    ({"Put": {"Item": {"p": {"N": "5"}}}}, INVALID + "Type mismatch for key p expected: S actual: N"),
    ({"Put": {"Item": {"x": {"N": "5"}}}}, INVALID + "Missing the key p in the item"),
    ({"Put": {"Item": {"p": {"S": "a"}, "g": {"N": "5"}}}},
     INVALID + "Type mismatch for Index Key g Expected: S Actual: N IndexName: global"),
    ({"Delete": {"Key": {"p": {"N": "5"}}}}, SCHEMA),
    ({"Update": {"Key": {"p": {"L": []}}, "UpdateExpression": "REMOVE x"}}, SCHEMA),
    ({"ConditionCheck": {"Key": {"p": {"N": "5"}}, "ConditionExpression": "attribute_exists(p)"}}, SCHEMA),
    ({"Update": {"Key": {"p": {"S": "a"}}, "UpdateExpression": "SET x = :x",
                 "ExpressionAttributeValues": {":x": {"S": "x" * 409598}}}},
     "Item size to update has exceeded the maximum allowed size"),
])
def test_what_does_not_fit_the_schema_cancels(ddb, table, action, text):
    (kind, body), = action.items()
    reasons = cancelled(ddb, [put(table, "good"), {kind: {"TableName": table, **body}}])
    assert reasons == [{"Code": "None"}, {"Code": "ValidationError", "Message": text}]
    assert read(ddb, table, "good") is None


@pytest.mark.parametrize("action, text", [
    ({"Put": {"Item": {"p": {"S": ""}}}}, EMPTY_KEY),
    ({"Delete": {"Key": {"p": {"S": ""}}}}, EMPTY_KEY),
    ({"Update": {"Key": {"p": {"S": ""}}, "UpdateExpression": "REMOVE x"}}, EMPTY_KEY),
    ({"Put": {"Item": {"p": {"S": "a"}, "x": {"S": "x" * 409598}}}}, "Item size has exceeded the maximum allowed size"),
    ({"Put": {"Item": {"p": {"S": "a"}, "x": {"NS": []}}}}, INVALID + "An number set  may not be empty"),
    ({"Put": {"Item": {"p": {"S": "a"}}, "ConditionExpression": "attribute_not_exists("}},
     'Invalid ConditionExpression: Syntax error; token: "<EOF>", near: "("'),
    ({"Delete": {"Key": {"p": {"S": "a"}}, "ConditionExpression": "attribute_exists(p)",
                 "ExpressionAttributeValues": {":v": {"S": "x"}}}},
     "Value provided in ExpressionAttributeValues unused in expressions: keys: {:v}"),
])
def test_what_the_request_itself_tells_is_refused_plainly(ddb, table, action, text):
    (kind, body), = action.items()
    assert invalid(ddb, [put(table, "good"), {kind: {"TableName": table, **body}}]) == text
    assert read(ddb, table, "good") is None


def test_one_item_may_not_be_named_twice(ddb, table):
    assert invalid(ddb, [put(table, "a"), delete(table, "a")]) == \
        "Transaction request cannot include multiple operations on one item"


def test_an_action_is_one_thing(ddb_store, table):
    for action in ({}, {**put(table, "a"), **delete(table, "b")}):
        assert ddb_store.error("TransactWriteItems", {"TransactItems": [action]}) == \
            ("ValidationException", "TransactItems can only contain one of Check, Put, Update or Delete")


def test_syntax_goes_before_a_missing_table_and_that_before_keys(ddb, table):
    missing = put("no-such-table", "a")
    assert invalid(ddb, [missing, check(table, "b", "attribute_exists(")]).startswith("Invalid ConditionExpression")
    error = refusal(ddb, [{"Delete": {"TableName": table, "Key": {"p": {"N": "1"}}}}, missing])["Error"]
    assert (error["Code"], error["Message"]) == ("ResourceNotFoundException", "Requested resource not found")


def test_a_hundred_actions_and_no_more(ddb, table):
    ddb.transact_write_items(TransactItems=[put(table, str(n)) for n in range(100)])
    assert ddb.scan(TableName=table)["Count"] == 100
    assert invalid(ddb, [put(table, str(n)) for n in range(101)]).endswith(
        "Member must have length less than or equal to 100")


def test_four_megabytes_and_no_more(ddb, table):
    def puts(length):
        return [put(table, str(n), item={"s": {"S": "x" * length}}) for n in range(50)]

    ddb.transact_write_items(TransactItems=puts(80_000))
    assert "size cannot exceed" in invalid(ddb, puts(100_000))


def test_units_are_doubled(ddb, table):
    answer = ddb.transact_write_items(TransactItems=[put(table, "a", item={"g": {"S": "g"}}), check(table, "b", "attribute_not_exists(p)")],
                                      ReturnConsumedCapacity="INDEXES")
    assert answer["ConsumedCapacity"] == [{
        "TableName": table, "CapacityUnits": 6, "WriteCapacityUnits": 6,
        "Table": {"CapacityUnits": 4, "WriteCapacityUnits": 4},
        "GlobalSecondaryIndexes": {"global": {"CapacityUnits": 2, "WriteCapacityUnits": 2}}}]


def test_a_token_is_good_for_one_transaction(ddb, table):
    first = ddb.transact_write_items(TransactItems=[add(table, "n")], ClientRequestToken="token-1",
                                     ReturnConsumedCapacity="TOTAL")
    again = ddb.transact_write_items(TransactItems=[add(table, "n")], ClientRequestToken="token-1",
                                     ReturnConsumedCapacity="TOTAL")
    assert first["ConsumedCapacity"][0]["WriteCapacityUnits"] == 2
    assert again["ConsumedCapacity"][0]["ReadCapacityUnits"] == 2
    assert read(ddb, table, "n")["n"] == {"N": "1"}
    error = refusal(ddb, [add(table, "n", "2")], ClientRequestToken="token-1")["Error"]
    assert error["Code"] == "IdempotentParameterMismatchException"
    ddb.transact_write_items(TransactItems=[add(table, "n", "2")], ClientRequestToken="token-2")
    assert read(ddb, table, "n")["n"] == {"N": "3"}


def test_a_cancelled_transaction_leaves_its_token_free(ddb, table):
    cancelled(ddb, [check(table, "later")], ClientRequestToken="token-3")
    ddb.put_item(TableName=table, Item=key("later"))
    ddb.transact_write_items(TransactItems=[check(table, "later")], ClientRequestToken="token-3")


def test_transfers_at_once_lose_nothing(ddb_store, ddb, table):
    """Serializable: the sum of two accounts stays, whatever comes in between."""
    for account in ("a", "b"):
        ddb.put_item(TableName=table, Item={**key(account), "n": {"N": "100"}})

    def transfer(source, target):
        client = ddb_store.client()
        for _ in range(40):
            enough = {"ConditionExpression": "n >= :least",
                      "ExpressionAttributeValues": {":n": {"N": "-7"}, ":least": {"N": "7"}}}
            try:
                client.transact_write_items(TransactItems=[add(table, source, **enough), add(table, target, "7")])
            except client.exceptions.TransactionCanceledException as error:
                assert [r["Code"] for r in error.response["CancellationReasons"]] == ["ConditionalCheckFailed", "None"]

    threads = [threading.Thread(target=transfer, args=pair) for pair in (("a", "b"), ("b", "a"), ("a", "b"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    balances = [int(read(ddb, table, account)["n"]["N"]) for account in ("a", "b")]
    assert sum(balances) == 200 and min(balances) >= 0
