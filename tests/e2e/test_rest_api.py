"""REST APIs of templates with real functions: AWS's conformance rows, from client to client."""
import base64
import json
import re
import urllib.parse

import apps
import pytest
from wire import exchange

INTERNAL = b'{"message": "Internal server error"}'
TEXT = ("Content-Type", "text/plain")


def template(events, api=""):
    """A function Fn that answers as the request's body says; `events`: ["GET /x"], on the implicit API or on `api`."""
    lines = ["  Fn:", "    Type: AWS::Serverless::Function", "    Properties:", "      CodeUri: app/",
             "      Handler: x", "      Runtime: provided.al2023", "      Events:"]
    for number, key in enumerate(events):
        method, path = key.split(" ")
        properties = {"Method": method, "Path": path, **({"RestApiId": {"Ref": "Api"}} if api else {})}
        lines.append(f"        E{number}: {json.dumps({'Type': 'Api', 'Properties': properties})}")
    return {"template.yaml": "Transform: AWS::Serverless-2016-10-31\nResources:\n" + api + "\n".join(lines) + "\n",
            "app/bootstrap": apps.ANSWER}


@pytest.fixture(scope="module")
def app(shared_app_factory):
    return shared_app_factory(template(["ANY /{proxy+}", "GET /hardcoded", "POST /x"]))


def event_of(answer):
    assert answer.status == 200, answer
    return json.loads(answer.body)


def root(app):
    """The address without the stage."""
    parts = urllib.parse.urlsplit(app.api())
    return f"{parts.scheme}://{parts.netloc}"


def says(app, payload, headers=()):
    return exchange(app.api(), "POST", "/Prod/x", [TEXT, *headers], payload)


@pytest.mark.parametrize("target, path, proxy, context_path", [
    ("/Prod/proxy-value/", "/proxy-value/", "proxy-value", "/Prod/proxy-value/"),
    ("/Prod/proxy-value//double-slash", "/proxy-value//double-slash", "proxy-value//double-slash",
     "/Prod/proxy-value//double-slash"),
    ("//Prod/proxy-value", "/proxy-value", "proxy-value", "/Prod/proxy-value"),
    ("/Prod//proxy-value", "/proxy-value", "proxy-value", "/Prod//proxy-value"),
    ("/Prod//hardcoded", "/hardcoded", None, "/Prod//hardcoded"),
    ("/Prod/user/test%2Balias@g.com/plus/test+alias@g.com", "/user/test%2Balias@g.com/plus/test+alias@g.com",
     "user/test%2Balias@g.com/plus/test+alias@g.com", "/Prod/user/test%2Balias@g.com/plus/test+alias@g.com"),
])
def test_case_33_paths_stay_as_they_were_sent(app, target, path, proxy, context_path):
    event = event_of(exchange(app.api(), "GET", target))
    assert event["path"] == path and event["requestContext"]["path"] == context_path
    assert event["pathParameters"] == ({"proxy": proxy} if proxy else None)
    assert event["resource"] == ("/{proxy+}" if proxy else "/hardcoded")
    assert event["requestContext"]["stage"] == "Prod"


@pytest.mark.parametrize("query, single, multi", [
    ("a=x%2By", {"a": "x+y"}, {"a": ["x+y"]}),
    ("plus=test+alias", {"plus": "test alias"}, {"plus": ["test alias"]}),
    ("d=2023-06-12T18:05:10+00:00", {"d": "2023-06-12T18:05:10 00:00"}, {"d": ["2023-06-12T18:05:10 00:00"]}),
    ("category=a&category=books", {"category": "books"}, {"category": ["a", "books"]}),
    ("", None, None),
])
def test_case_34_queries_are_decoded(app, query, single, multi):
    event = event_of(exchange(app.api(), "GET", f"/Prod/any?{query}" if query else "/Prod/any"))
    assert (event["queryStringParameters"], event["multiValueQueryStringParameters"]) == (single, multi)


def test_case_34_a_fragment_stays_with_the_client(app):
    assert app.get("/Prod/any?zhash=abort/#").json()["queryStringParameters"] == {"zhash": "abort/"}
    assert exchange(app.api(), "GET", "/Prod/any?zhash=abort/#").status == 400


def test_cases_35_and_36_resources_beside_each_other(app_factory):
    app = app_factory(template(["POST /test", "OPTIONS /{proxy+}", "GET /part1/{param+}", "GET /part1/hard-coded"]))
    assert event_of(exchange(app.api(), "OPTIONS", "/Prod/test"))["resource"] == "/{proxy+}"
    event = event_of(exchange(app.api(), "GET", "/Prod/part1/random"))
    assert (event["resource"], event["pathParameters"]) == ("/part1/{param+}", {"param": "random"})
    assert event_of(exchange(app.api(), "GET", "/Prod/part1/hard-coded"))["resource"] == "/part1/hard-coded"


def test_case_37_no_route_is_403(app_factory):
    app = app_factory(template(["GET /x"]))
    for method, target in [("GET", "/Prod/nothing"), ("PUT", "/Prod/x"), ("GET", "/")]:
        answer = exchange(app.api(), method, target)
        assert (answer.status, answer.body) == (403, b'{"message":"Missing Authentication Token"}')
        assert answer.get("x-amzn-errortype") == "MissingAuthenticationTokenException"
        assert re.fullmatch("[0-9a-f-]{36}", answer.get("x-amzn-requestid")) and answer.get("x-amz-apigw-id")
        assert answer.get("x-amzn-trace-id") is None


def test_case_38_header_names_keep_their_spelling(app):
    event = event_of(exchange(app.api(), "GET", "/Prod/any", [("tEsT-HEADeR", "a"), ("authorization", "key"),
                                                               ("x-two", "1"), ("x-two", "2")]))
    assert event["headers"]["tEsT-HEADeR"] == "a" and event["headers"]["Authorization"] == "key"
    assert event["headers"]["x-two"] == "2" and event["multiValueHeaders"]["x-two"] == ["1", "2"]
    assert "authorization" not in event["headers"]


def test_case_39_what_is_not_there_is_null(app):
    event = event_of(exchange(app.api(), "GET", "/Prod/hardcoded"))
    absent = {"body", "queryStringParameters", "multiValueQueryStringParameters", "pathParameters", "stageVariables"}
    assert {key for key in event if event[key] is None} == absent and event["isBase64Encoded"] is False
    assert (event["httpMethod"], event["requestContext"]["httpMethod"]) == ("GET", "GET")
    assert event["requestContext"]["resourcePath"] == "/hardcoded"


@pytest.mark.parametrize("payload, status, body", [
    (b'{"statusCode":200}', 200, b""),
    (b'{"headers":{"a":"b"}}', 200, b""),
    (b'{"statusCode":200,"headers":null}', 200, b""),
    (b'{"statusCode":"201","body":"x"}', 201, b"x"),
    (b'{"statusCode":"test"}', 502, INTERNAL),
    (b'{"statusCode":0}', 502, INTERNAL),
    (b'"just a string"', 502, INTERNAL),
    (b"[1]", 502, INTERNAL),
    (b'{"statusCode":200,"multiValueHeaders":{"a":"b"}}', 502, INTERNAL),
    (b'{"statusCode":200,"wrongValue":1}', 502, INTERNAL),
    (b"throw", 502, INTERNAL),
])
def test_case_40_what_a_function_may_answer(app, payload, status, body):
    answer = says(app, payload)
    assert (answer.status, answer.body, answer.get("content-type")) == (status, body, "application/json")
    assert answer.get("x-amzn-errortype") == ("InternalServerErrorException" if status == 502 else None)
    assert (answer.get("x-amzn-trace-id") is None) == (status == 502)


def test_case_40_a_header_that_is_true_is_text(app):
    assert says(app, b'{"statusCode":200,"headers":{"a":true}}').all("a") == ["true"]


def test_case_41_the_list_of_values_comes_first_and_spells(app):
    answer = says(app, b'{"statusCode":200,"headers":{"my-header":"single"},"multiValueHeaders":{"My-Header":["m1","m2"]}}')
    assert answer.all("My-Header") == ["m1", "m2", "single"] and answer.all("my-header") == []


def test_case_42_bytes_where_client_and_api_agree(app_factory):
    api = """\
  Api:
    Type: AWS::Serverless::Api
    Properties: {StageName: Prod, BinaryMediaTypes: [image~1png]}
"""
    app = app_factory(template(["POST /x"], api))
    png = b"\x89PNG\0\xff"
    text = base64.b64encode(png)
    payload = json.dumps({"statusCode": 200, "isBase64Encoded": True, "body": text.decode()}).encode()
    for accept, body in [("image/png", png), ("image/jpg", text), ("*/*", text), (None, text),
                         ("image/png;q=1, text/html", png), ("text/html, image/png", text)]:
        assert says(app, payload, [("Accept", accept)] if accept else []).body == body, accept
    for kind, body, encoded in [("image/png", text.decode(), True), ("text/plain", "\x01a", False)]:
        event = event_of(exchange(app.api("Api"), "POST", "/Prod/x", [("x-echo", "1"), ("Content-Type", kind)],
                                  png if encoded else b"\x01a"))
        assert (event["body"], event["isBase64Encoded"]) == (body, encoded), kind


def test_case_43_the_clients_trace_goes_on(app):
    trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
    answer = exchange(app.api(), "GET", "/Prod/any", [("X-Amzn-Trace-Id", trace)])
    assert answer.all("X-Amzn-Trace-Id") == [trace]
    assert "Root=1-5759e988-bd862e3fe1be46a994272793" in event_of(answer)["headers"]["X-Amzn-Trace-Id"]
    root = trace.split(";")[0]
    answer = exchange(app.api(), "GET", "/Prod/any", [("X-Amzn-Trace-Id", root)])
    assert re.fullmatch(root + ";Parent=[0-9a-f]{16}(;Sampled=[01])?", answer.get("X-Amzn-Trace-Id")), "a Parent is made"
    answer = exchange(app.api(), "GET", "/Prod/any")
    assert re.fullmatch(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0", answer.get("X-Amzn-Trace-Id"))


def test_case_56_a_proxy_integration_must_post(app_factory):
    uri = "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Fn.Arn}/invocations"
    integration = {method: {"x-amazon-apigateway-integration": {"type": "aws_proxy", "httpMethod": verb,
                                                                "uri": {"Fn::Sub": uri}}}
                   for method, verb in (("get", "GET"), ("post", "POST"))}
    files = template(["GET /other"], "")
    files["template.yaml"] = files["template.yaml"].replace("Resources:\n", f"""\
Resources:
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: Prod
      DefinitionBody: {json.dumps({'openapi': '3.0.1', 'info': {'title': 't', 'version': '1'}, 'paths': {'/x': integration}})}
""", 1)
    app = app_factory(files)
    answer = exchange(app.api("Api"), "GET", "/Prod/x")
    assert (answer.status, answer.body) == (500, INTERNAL)
    assert event_of(exchange(app.api("Api"), "POST", "/Prod/x"))["httpMethod"] == "POST"


def test_case_57_headers_of_the_gateway_are_remapped(app):
    answer = says(app, b'{"statusCode":200,"headers":{"Date":"then","Server":"mine","Connection":"close"}}')
    assert answer.all("x-amzn-Remapped-Date") == ["then"] and answer.all("x-amzn-Remapped-Server") == ["mine"]
    assert answer.all("x-amzn-Remapped-Connection") == ["close"]
    assert "then" not in answer.all("Date") and "mine" not in answer.all("Server")


def test_the_integrations_timeout_is_504(app_factory):
    files = template(["GET /x"])
    files["template.yaml"] = files["template.yaml"].replace('"Path": "/x"', '"Path": "/x", "TimeoutInMillis": 300')
    files["app/bootstrap"] = files["app/bootstrap"].replace("import base64", "import time; time.sleep(1.5)\nimport base64")
    answer = exchange(app_factory(files).api(), "GET", "/Prod/x")
    assert (answer.status, answer.body) == (504, b'{"message": "Endpoint request timed out"}')


def test_the_stage_may_be_left_out_as_with_sam_local(app):
    event = event_of(exchange(app.api(), "GET", "/hardcoded"))
    assert (event["path"], event["requestContext"]["stage"]) == ("/hardcoded", "Prod")
    assert event["requestContext"]["path"] == "/Prod/hardcoded", "what AWS says, whichever way it came"


def test_cors_of_the_template_is_a_mock_beside_the_methods(app_factory):
    api = """\
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: v1
      Variables: {color: blue}
      Cors: {AllowOrigin: "'https://a.example'", AllowHeaders: "'x-a,x-b'", MaxAge: "'600'"}
"""
    app = app_factory(template(["GET /x", "POST /x"], api))
    answer = exchange(app.api("Api"), "OPTIONS", "/v1/x", [("Origin", "https://a.example"),
                                                           ("Access-Control-Request-Method", "GET")])
    assert answer.status == 200 and answer.body.strip() == b"{}"
    assert {name.lower(): value for name, value in answer.headers if name.lower().startswith("access-control")} == {
        "access-control-allow-origin": "https://a.example", "access-control-allow-headers": "x-a,x-b",
        "access-control-allow-methods": "GET,OPTIONS,POST", "access-control-max-age": "600"}
    assert answer.get("x-amzn-trace-id") is None
    answer = exchange(app.api("Api"), "GET", "/v1/x", [("Origin", "https://a.example")])
    assert event_of(answer)["stageVariables"] == {"color": "blue"}
    assert answer.get("access-control-allow-origin") is None, "the function's own answers are its own"


def test_a_method_that_iam_guards_runs_nothing_for_who_is_not_known(app_factory):
    api = """\
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: Prod
      Auth: {DefaultAuthorizer: AWS_IAM}
"""
    app = app_factory(template(["GET /x"], api))
    for headers in ([], [("Authorization", "x")]):
        assert exchange(app.api("Api"), "GET", "/Prod/x", headers).status == 403
    assert not any(line["type"] == "invocation" or line.get("function") for line in app.lines)
