"""What DynamoDB's clients see around the operations: types, checksums, encodings, refusals before anything runs."""
import gzip
import json
import re
import zlib

import boto3
import botocore.config
import botocore.session
import pytest
from botocore import UNSIGNED
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from wire import exchange

JSON10 = "application/x-amz-json-1.0"
UNKNOWN = b"<UnknownOperationException/>\n"
SIGNED = ("Authorization", "AWS4-HMAC-SHA256 Credential=a/20260101/nowhere/dynamodb/aws4_request, "
                           "SignedHeaders=host, Signature=0")
DATE = ("X-Amz-Date", "20260101T000000Z")


def ask(store, body=b"{}", operation="ListTables", type=JSON10, signed=True, headers=(), target="/"):
    sent = [*headers]
    if type:
        sent.append(("Content-Type", type))
    if operation:
        sent.append(("X-Amz-Target", f"DynamoDB_20120810.{operation}"))
    if signed:
        sent += [SIGNED, DATE]
    return exchange(store.url, "POST", target, sent, body)


def told(answer):
    error = json.loads(answer.body)
    return error["__type"], error.get("message", error.get("Message"))


def test_every_answer_has_id_checksum_and_length(ddb_store):
    answers = [ask(ddb_store), ask(ddb_store, b"{"), ask(ddb_store, operation="Nothing"),
               ask(ddb_store, type="text/plain"), exchange(ddb_store.url, "GET", "/"),
               ask(ddb_store, b'{"TableName":"missing"}', "DescribeTable")]
    ids = [answer.get("x-amzn-RequestId") for answer in answers]
    assert all(re.fullmatch("[0-9A-Z]{52}", i) for i in ids) and len(set(ids)) == len(ids), ids
    for answer in answers:
        assert answer.get("x-amz-crc32") == str(zlib.crc32(answer.body)), answer
        assert answer.get("Content-Length") == str(len(answer.body)), answer
        assert answer.get("Date"), answer


@pytest.mark.parametrize("sent, received", [(JSON10, JSON10), ("application/json", "application/json"),
                                            ("application/json; charset=utf-8", "application/json")])
def test_the_reply_has_the_type_of_the_request(ddb_store, sent, received):
    answer = ask(ddb_store, type=sent)
    assert (answer.status, answer.get("Content-Type")) == (200, received)


@pytest.mark.parametrize("type", [None, "text/plain", "application/x-amz-json-1.1", "application/jsonx"])
def test_other_types_are_no_api_request(ddb_store, type):
    answer = ask(ddb_store, type=type)
    assert (answer.status, answer.body) == (404, UNKNOWN)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_are_no_api_request(ddb_store, method):
    answer = exchange(ddb_store.url, method, "/")
    assert (answer.status, answer.body) == (404, UNKNOWN)


def test_a_store_alone_tells_that_it_is_healthy(ddb_store):
    answer = exchange(ddb_store.url, "GET", "/")
    assert (answer.status, answer.body) == (200, b"healthy: dynamodb.us-east-1.amazonaws.com ")
    assert exchange(ddb_store.url, "GET", "/other").status == 404


def test_any_key_secret_and_region_will_do(ddb_store):
    for region in ["local", "localhost", "eu-nowhere-1", "us-east-1"]:
        client = boto3.client("dynamodb", endpoint_url=ddb_store.url, region_name=region,
                              aws_access_key_id="a_b-c.d", aws_secret_access_key="x")
        assert "TableNames" in client.list_tables()


def test_a_request_without_any_authorization_is_refused(ddb_store):
    answer = ask(ddb_store, signed=False)
    assert answer.status == 400
    assert told(answer) == ("com.amazon.coral.service#MissingAuthenticationTokenException",
                            "Request is missing Authentication Token")
    unsigned = boto3.client("dynamodb", endpoint_url=ddb_store.url, region_name="us-east-1",
                            config=botocore.config.Config(signature_version=UNSIGNED))
    with pytest.raises(unsigned.exceptions.ClientError) as raised:
        unsigned.list_tables()
    assert raised.value.response["Error"]["Code"] == "MissingAuthenticationTokenException"


def test_a_presigned_request_is_served(ddb_store):
    request = AWSRequest("POST", ddb_store.url + "/", data="{}")
    SigV4QueryAuth(Credentials("a", "b"), "dynamodb", "us-east-1").add_auth(request)
    target = request.url[len(ddb_store.url):]
    answer = ask(ddb_store, signed=False, target=target)
    assert answer.status == 200, answer
    answer = ask(ddb_store, target=target)
    assert told(answer)[0].endswith("#InvalidSignatureException")


@pytest.mark.parametrize("body", [b"", b"{", b"hi", b"\xff", b"{}x", b"[" * 200000])
def test_what_is_not_json_gets_no_words(ddb_store, body):
    answer = ask(ddb_store, body)
    assert answer.status == 400
    assert json.loads(answer.body) == {"__type": "com.amazon.coral.service#SerializationException"}


def test_a_body_may_be_compressed(ddb_store):
    for encoding, body in [("gzip", gzip.compress(b'{"Limit":5}')), ("deflate", zlib.compress(b"{}")),
                           ("identity", b"{}")]:
        answer = ask(ddb_store, body, headers=[("Content-Encoding", encoding)])
        assert answer.status == 200, (encoding, answer)
        assert answer.get("Content-Encoding") is None


def test_a_body_that_cannot_be_decoded_is_an_error(ddb_store):
    answer = ask(ddb_store, b"no gzip", headers=[("Content-Encoding", "gzip")])
    assert answer.status == 500
    assert told(answer)[0] == "com.amazonaws.dynamodb.v20120810#InternalServerError"
    answer = ask(ddb_store, headers=[("Content-Encoding", "br")])
    assert answer.status == 500
    bomb = gzip.compress(b" " * (17 << 20))
    assert ask(ddb_store, bomb, headers=[("Content-Encoding", "gzip")]).status == 413


def test_more_than_16_mib_are_refused_with_an_empty_body(ddb_store):
    answer = ask(ddb_store, b" " * ((16 << 20) + 1))
    assert (answer.status, answer.body) == (413, b"")
    assert ask(ddb_store, b" " * ((16 << 20) - 2) + b"{}").status == 200


def test_pages_of_this_machine_may_ask(ddb_store):
    origin = ("Origin", "http://localhost:5173")
    answer = ask(ddb_store, headers=[origin])
    assert answer.get("Access-Control-Allow-Origin") in (origin[1], "*")
    assert "x-amz-crc32" in answer.get("Access-Control-Expose-Headers")
    asked = [origin, ("Access-Control-Request-Headers", "authorization,x-amz-target"),
             ("Access-Control-Request-Method", "POST")]
    answer = exchange(ddb_store.url, "OPTIONS", "/", asked)
    assert (answer.status, answer.body) == (200, b"")
    assert answer.get("Access-Control-Allow-Headers") == "authorization,x-amz-target"
    assert answer.get("Access-Control-Allow-Methods") == "POST"
    assert answer.get("Access-Control-Max-Age") == "172800"
    assert ask(ddb_store).get("Access-Control-Allow-Origin") is None


def test_unknown_members_and_nulls_are_ignored(ddb_store):
    answer = ask(ddb_store, b'{"Limit":null,"ExclusiveStartTableName":null,"Whatever":{"a":[1]}}')
    assert answer.status == 200, answer


def test_violated_constraints_come_together(ddb_store):
    assert ddb_store.error("PutItem", {"TableName": "a;", "ReturnValues": "x"}) == (
        "ValidationException",
        "3 validation errors detected: Value 'a;' at 'tableName' failed to satisfy constraint: Member must satisfy "
        "regular expression pattern: [a-zA-Z0-9_.-]+; Value null at 'item' failed to satisfy constraint: Member must "
        "not be null; Value 'x' at 'returnValues' failed to satisfy constraint: Member must satisfy enum value set: "
        "[ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]")


def test_the_newer_words_tell_the_first_violation_alone(store_factory):
    store = store_factory("--dynamodb-wording", "new")
    assert store.error("PutItem", {}) == (
        "ValidationException", "1 validation error detected: Value at 'TableName' failed to satisfy constraint: "
                               "Member must not be null")
    assert store.stop() == 0


def test_streams_are_told_by_their_own_target(ddb_store):
    answer = ddb_store.raw("ListStreams", {}, service="DynamoDBStreams_20120810")
    assert (answer.status_code, answer.json()) == (200, {"Streams": []})


def test_a_batch_of_nothing_is_asked_for_by_name_in_the_older_words(ddb_store, store_factory):
    for operation in "BatchGetItem", "BatchWriteItem":
        assert ddb_store.error(operation, {"RequestItems": {}}) == (
            "ValidationException", f"The requestItems parameter is required for {operation}")
    assert store_factory("--dynamodb-wording", "new").error("BatchGetItem", {"RequestItems": {}}) == (
        "ValidationException", "1 validation error detected: Value at 'RequestItems' failed to satisfy constraint: "
        "Member must have length greater than or equal to 1")


def test_old_and_new_parameters_exclude_each_other_over_the_tables_of_a_batch(ddb_store):
    tables = {"one": {"Keys": [{"p": {"S": "a"}}], "ProjectionExpression": "p"},
              "two": {"Keys": [{"p": {"S": "a"}}], "AttributesToGet": ["p"]}}
    assert ddb_store.error("BatchGetItem", {"RequestItems": tables}) == (
        "ValidationException", "Can not use both expression and non-expression parameters in the same request: "
        "Non-expression parameters: {AttributesToGet} Expression parameters: {ProjectionExpression}")


def test_a_null_that_is_false_is_refused_in_the_older_words_and_a_null_in_the_newer(ddb_store, store_factory):
    put = {"TableName": "nulls", "Item": {"p": {"S": "a"}, "n": {"NULL": False}}}
    assert ddb_store.error("PutItem", put) == (
        "ValidationException",
        "One or more parameter values were invalid: Null attribute value types must have the value of true")
    newer = store_factory("--dynamodb-wording", "new").client()
    newer.create_table(TableName="nulls", BillingMode="PAY_PER_REQUEST",
                       KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}],
                       AttributeDefinitions=[{"AttributeName": "p", "AttributeType": "S"}])
    newer.put_item(**put)
    assert newer.get_item(TableName="nulls", Key={"p": {"S": "a"}})["Item"]["n"] == {"NULL": True}
