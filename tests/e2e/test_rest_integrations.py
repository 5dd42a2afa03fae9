"""Non-proxy integrations of REST APIs: templates around functions, services, HTTP backends and mocks."""
import json

import pytest
from wire import exchange

LAMBDA = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${Fn.Arn}/invocations"


def operation(integration, parameters=None):
    return {"x-amazon-apigateway-integration": integration, **({"parameters": parameters} if parameters else {})}


def mock(template, answers):
    return operation({"type": "mock", "requestTemplates": {"application/json": template}, "responses": answers})


def aws(uri, **rest):
    return operation({"type": "aws", "httpMethod": "POST", "uri": uri, "responses": {"default": {"statusCode": "200"}}, **rest})


PATHS = {
    # Conformance 51: AWS, three patterns.
    "/select": {"post": operation({
        "type": "aws", "httpMethod": "POST", "uri": {"Fn::Sub": LAMBDA}, "passthroughBehavior": "when_no_match",
        "responses": {"default": {"statusCode": "200"},
                      ".*four hundred.*": {"statusCode": "405"},
                      ".+": {"statusCode": "502", "responseTemplates": {
                          "application/json": "{\"why\": $input.json('$.errorMessage')}"}}}})},
    "/only-default": {"post": operation({
        "type": "aws", "httpMethod": "POST", "uri": {"Fn::Sub": LAMBDA},
        "responses": {"default": {"statusCode": "201"}}})},
    "/echo/{id}": {"post": operation({
        "type": "aws", "httpMethod": "POST", "uri": {"Fn::Sub": LAMBDA},
        "requestTemplates": {"application/json":
                             "#set($in = $input.path('$'))\n{\"id\": \"$input.params('id')\", \"q\": \"$input.params('q')\", "
                             "\"n\": $in.n, \"stage\": \"$context.stage\", \"v\": \"$stageVariables.v\", "
                             "\"h\": \"$util.escapeJavaScript($input.params().header.get('X-H'))\"}"},
        "passthroughBehavior": "never",
        "responses": {"default": {"statusCode": "202", "responseParameters": {
            "method.response.header.X-Id": "integration.response.body.id", "method.response.header.X-C": "'constant'"}}}})},
    "/async": {"post": operation({
        "type": "aws", "httpMethod": "POST", "uri": {"Fn::Sub": LAMBDA},
        "requestParameters": {"integration.request.header.X-Amz-Invocation-Type": "'Event'"},
        "responses": {"default": {"statusCode": "202"}}})},
    # Conformance 52 and 53.
    "/path": {"post": operation({
        "type": "aws", "httpMethod": "POST", "uri": {"Fn::Sub": LAMBDA}, "responses": {"default": {
            "statusCode": "200", "responseTemplates": {"application/json":
                                                       "#set($result = $input.path(\"$.json\"))$result"}}}})},
    "/body": {"post": operation({
        "type": "aws", "httpMethod": "POST", "uri": {"Fn::Sub": LAMBDA},
        "requestTemplates": {"application/json": "{\"encoded\": \"$util.urlEncode($input.body)\", "
                                                 "\"member\": \"$util.urlEncode($input.body.access)\"}"},
        "responses": {"default": {"statusCode": "200"}}})},
    # Conformance 44, 45 and 46.
    "/asks/{proxy+}": {"post": {
        "x-amazon-apigateway-request-validator": "parameters",
        **operation({"type": "aws_proxy", "httpMethod": "POST", "uri": {"Fn::Sub": LAMBDA}},
                    [{"name": name, "in": where, "required": True, "schema": {"type": "string"}}
                     for name, where in (("qs1", "query"), ("issuer", "path"), ("x-header-param", "header"))])}},
    "/sum": {"post": {
        "x-amazon-apigateway-request-validator": "body",
        "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Sum"}}}},
        **mock("{\"statusCode\": 200}", {"default": {"statusCode": "200"}})}},
    "/pets": {"post": {
        "x-amazon-apigateway-request-validator": "body",
        "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pets"}}}},
        **mock("{\"statusCode\": 200}", {"default": {"statusCode": "200"}})}},
    # Conformance 54 and 55.
    "/mock/{status}": {"get": mock("{\"statusCode\": $input.params('status')}", {
        "default": {"statusCode": "200"}, "404": {"statusCode": "404", "responseTemplates": {
            "application/json": "{\"none\": \"$context.httpMethod\"}", "text/plain": "none"}}})},
    "/lax": {"post": mock("$input.body", {"default": {"statusCode": "200"}})},
    "/override": {"get": mock("#set($context.responseOverride.status = 444)\n"
                              "#set($context.responseOverride.header.X-O = \"o\")\n{\"statusCode\": 200}",
                              {"default": {"statusCode": "200"}})},
    # Conformance 60.
    "/put": {"post": aws("arn:aws:apigateway:us-east-1:dynamodb:action/PutItem",
                         requestTemplates={"application/json": "{\"TableName\": \"items\", \"Item\": {\"pk\": {\"S\": "
                                                               "\"$input.path('$.pk')\"}}}"})},
    "/get/{pk}": {"get": aws("arn:aws:apigateway:us-east-1:dynamodb:action/GetItem",
                             requestTemplates={"application/json": "{\"TableName\": \"items\", \"Key\": {\"pk\": {\"S\": "
                                                                   "\"$input.params('pk')\"}}}"},
                             responses={"default": {"statusCode": "200", "responseTemplates": {
                                 "application/json": "{\"found\": \"$input.path('$.Item.pk.S')\"}"}}})},
    "/send": {"post": aws({"Fn::Sub": "arn:aws:apigateway:us-east-1:sqs:path/${AWS::AccountId}/${Queue.QueueName}"},
                          requestParameters={"integration.request.header.Content-Type": "'application/x-www-form-urlencoded'"},
                          requestTemplates={"application/json": "Action=SendMessage&MessageBody=$util.urlEncode($input.body)"})},
    "/publish": {"post": aws("arn:aws:apigateway:us-east-1:sns:action/Publish", requestParameters={
        "integration.request.querystring.TopicArn": "'arn:aws:sns:us-east-1:000000000000:news'",
        "integration.request.querystring.Message": "method.request.querystring.m"})},
    "/events": {"post": aws("arn:aws:apigateway:us-east-1:events:action/PutEvents", requestTemplates={
        "application/json": "{\"Entries\": [{\"Source\": \"api\", \"DetailType\": \"t\", \"Detail\": "
                            "\"$util.escapeJavaScript($input.body)\"}]}"})},
    "/machine": {"post": aws("arn:aws:apigateway:us-east-1:states:action/StartExecution")},
    "/object/{key}": {"put": operation({
        "type": "aws", "httpMethod": "PUT", "uri": "arn:aws:apigateway:us-east-1:s3:path/shelf/{key}",
        "requestParameters": {"integration.request.path.key": "method.request.path.key"},
        "responses": {"default": {"statusCode": "200"}}}), "get": operation({
            "type": "aws", "httpMethod": "GET", "uri": "arn:aws:apigateway:us-east-1:s3:path/shelf/{key}",
            "requestParameters": {"integration.request.path.key": "method.request.path.key"},
            "responses": {"default": {"statusCode": "200"}, "404": {"statusCode": "404", "responseTemplates": {
                "application/json": "{\"message\": \"no such object\"}"}}}})},
}

TEMPLATE = {
    "Resources": {
        "Fn": {"Type": "AWS::Lambda::Function", "Properties": {
            "Runtime": "python3.11", "Handler": "index.handler", "Role": "r", "Code": {"ZipFile": (
                "def handler(event, context):\n"
                "    if 'fail' in event:\n        raise Exception(event['fail'])\n"
                "    return event\n")}}},
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "inbox"}},
        "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "news"}},
        "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "shelf"}},
        "Table": {"Type": "AWS::DynamoDB::Table", "Properties": {
            "TableName": "items", "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}]}},
        "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Body": {
            "openapi": "3.0.1", "info": {"title": "t", "version": "1"}, "paths": PATHS,
            "x-amazon-apigateway-request-validators": {
                "body": {"validateRequestBody": True, "validateRequestParameters": False},
                "parameters": {"validateRequestBody": False, "validateRequestParameters": True}},
            "components": {"schemas": {
                "Sum": {"type": "object", "required": ["a", "b"],
                        "properties": {"a": {"type": "number"}, "b": {"type": "number"}}},
                "Pet": {"type": "object", "required": ["name"], "properties": {
                    "name": {"type": "string"}, "owner": {"oneOf": [{"type": "null"}, {"type": "string"}]}}},
                "Pets": {"type": "array", "items": {"$ref": "#/components/schemas/Pet"}}}}}}},
        "Stage": {"Type": "AWS::ApiGateway::Stage", "Properties": {
            "RestApiId": {"Ref": "Api"}, "StageName": "prod", "Variables": {"v": "one"}}},
    }
}

JSON = [("Content-Type", "application/json")]


@pytest.fixture(scope="module")
def app(shared_app_factory):
    return shared_app_factory({"template.yaml": json.dumps(TEMPLATE)})


def post(app, path, value, headers=JSON):
    return exchange(app.api(), "POST", "/prod" + path, headers,
                    value if isinstance(value, bytes) else json.dumps(value).encode())


def test_case_51_selection_patterns(app):
    good = post(app, "/select", {"a": [1, {"b": None}], "statusCode": 418})
    assert (good.status, json.loads(good.body)) == (200, {"a": [1, {"b": None}], "statusCode": 418})
    assert good.get("X-Amzn-Trace-Id")
    assert post(app, "/select", {"fail": "the four hundred and five"}).status == 405
    other = post(app, "/select", {"fail": "something else"})
    assert (other.status, json.loads(other.body)) == (502, {"why": "something else"})
    plain = post(app, "/only-default", {"fail": "x"})
    assert plain.status == 201 and json.loads(plain.body)["errorMessage"] == "x"


def test_templates_and_parameters_around_a_function(app):
    answer = post(app, "/echo/7?q=a%20b", {"n": 1.5}, [*JSON, ("X-H", 'say "x"')])
    assert (answer.status, answer.get("X-Id"), answer.get("X-C")) == (202, "7", "constant")
    assert json.loads(answer.body) == {"id": "7", "q": "a b", "n": 1.5, "stage": "prod", "v": "one", "h": 'say "x"'}
    refused = post(app, "/echo/7", b"x", [("Content-Type", "text/plain")])
    assert (refused.status, refused.body) == (415, b'{"message": "Unsupported Media Type"}')


def test_case_44_parameters_that_are_missing_are_named(app):
    refused = post(app, "/asks/x", {})
    assert (refused.status, refused.get("x-amzn-errortype")) == (400, "BadRequestException")
    assert refused.body == b'{"message": "Missing required request parameters: [x-header-param, issuer, qs1]"}'


def test_case_45_bodies_are_held_against_their_model(app):
    assert post(app, "/sum", {"a": 1, "b": 2.5}).status == 200
    for body in ({"a": 1, "b": "2"}, {"a": 1}, b"[", b""):
        refused = post(app, "/sum", body)
        assert (refused.status, refused.body) == (400, b'{"message": "Invalid request body"}'), body


def test_case_46_models_refer_to_models_and_take_one_of_several(app):
    for body in ([], [{"name": "a"}], [{"name": "a", "owner": None}, {"name": "b", "owner": "c"}]):
        assert post(app, "/pets", body).status == 200, body
    for body in ({}, [{}], [{"name": 1}], [{"name": "a", "owner": 5}], [{"name": "a"}, None]):
        refused = post(app, "/pets", body)
        assert (refused.status, refused.body) == (400, b'{"message": "Invalid request body"}'), body


@pytest.mark.parametrize("value, printed", [
    ({"foo": "bar"}, "{foo=bar}"),
    ([{"foo": "bar"}], '[{"foo":"bar"}]'),
    ({"foo": [{"nested": "bar"}]}, '{foo=[{"nested":"bar"}]}'),
    ({"bigger": "dict", "to": "test", "with": "separators"}, "{bigger=dict, to=test, with=separators}"),
    (None, ""),
])
def test_case_52_what_a_path_finds_is_printed_as_java_does(app, value, printed):
    assert post(app, "/path", {"json": value}).body.decode() == printed


@pytest.mark.parametrize("body, encoded", [
    (b"", "%7B%7D"), (b'{"some": "value"}', "%7B%22some%22%3A+%22value%22%7D"), (b"some raw data", "some+raw+data")])
def test_case_53_the_body_as_it_came(app, body, encoded):
    assert json.loads(post(app, "/body", body).body) == {"encoded": encoded, "member": ""}


def test_an_event_is_accepted_at_once(app):
    assert post(app, "/async", {"a": 1}).status == 202
    app.wait_for(lambda line: line["type"] == "invocation" and line["function"].endswith("-Fn"))


def test_cases_54_and_55_mocks(app):
    def get(path, accept=None):
        return exchange(app.api(), "GET", "/prod" + path, [("Accept", accept)] if accept else [])
    assert get("/mock/200").status == 200
    assert (get("/mock/404").status, get("/mock/404").body) == (404, b'{"none": "GET"}')
    plain = get("/mock/404", "text/plain")
    assert (plain.body, plain.get("Content-Type")) == (b"none", "text/plain")
    override = get("/override")
    assert (override.status, override.get("X-O")) == (444, "o")
    for text in ["{ statusCode: 200 }", "{'statusCode': 200, '': ''}", '{"statusCode": 200 ,, }',
                 "{statusCode: 200, }foo: [ba r]}"]:
        assert post(app, "/lax", text.encode()).status == 200, text
    for text in ['{"statusCode": "200"}', '{"statusCode": 200', "statusCode: 200", "{\"statusCode': 200}",
                 "{statusCode: 200, {foo: [ba r]}"]:
        refused = post(app, "/lax", text.encode())
        assert (refused.status, refused.body) == (500, b'{"message": "Internal server error"}'), text


def test_case_60_services(app):
    assert (post(app, "/put", {"pk": "k1"}).status, post(app, "/put", {"pk": "k1"}).body) == (200, b"{}")
    assert json.loads(exchange(app.api(), "GET", "/prod/get/k1").body) == {"found": "k1"}
    sent = post(app, "/send", {"hello": "a&b=c"})
    assert sent.status == 200 and b"MessageId" in sent.body, sent
    queue = app.client("sqs")
    url = queue.get_queue_url(QueueName="inbox")["QueueUrl"]
    assert json.loads(queue.receive_message(QueueUrl=url)["Messages"][0]["Body"]) == {"hello": "a&b=c"}
    published = post(app, "/publish?m=hi", {})
    assert published.status == 200 and b"MessageId" in published.body, published
    assert json.loads(post(app, "/events", {"x": 'a "b"'}).body)["FailedEntryCount"] == 0
    assert exchange(app.api(), "PUT", "/prod/object/a.txt", [("Content-Type", "text/plain")], b"bytes").status == 200
    assert exchange(app.api(), "GET", "/prod/object/a.txt").body == b"bytes"
    missing = exchange(app.api(), "GET", "/prod/object/none")
    assert (missing.status, missing.body) == (404, b'{"message": "no such object"}')
    machine = post(app, "/machine", {})
    assert machine.status == 501 and b"states:action/StartExecution: sls-local does not emulate" in machine.body
