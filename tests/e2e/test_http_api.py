"""HTTP APIs of templates with real functions: AWS's conformance rows, from client to client."""
import base64
import json
import subprocess

import apps
import pytest
from conftest import needs
from wire import exchange

INTERNAL = b'{"message":"Internal Server Error"}'
TEXT = ("Content-Type", "text/plain")


def function(events, properties=""):
    """A function Fn that answers as the request's body says, with `events` {"GET /x": {property: value}}."""
    lines = ["  Fn:", "    Type: AWS::Serverless::Function", "    Properties:", "      CodeUri: app/",
             "      Handler: x", "      Runtime: provided.al2023", *(f"      {line}" for line in properties.splitlines()),
             "      Events:"]
    for number, (key, more) in enumerate(events.items()):
        method, _, path = key.partition(" ")
        place = {"Method": method, "Path": path} if path else {}
        lines.append(f"        E{number}: {json.dumps({'Type': 'HttpApi', 'Properties': {**place, **more}})}")
    return "\n".join(lines) + "\n"


def template(events, api="", properties=""):
    if api:
        events = {key: {"ApiId": {"Ref": "Api"}, **more} for key, more in events.items()}
    return {"template.yaml": "Transform: AWS::Serverless-2016-10-31\nResources:\n" + api + function(events, properties),
            "app/bootstrap": apps.ANSWER}


@pytest.fixture(scope="module")
def app(shared_app_factory):
    """Every kind of route; /v1 has payload 1.0."""
    return shared_app_factory(template({
        "GET /pets/dog/1": {}, "GET /pets/dog/{id}": {}, "GET /pets/{proxy+}": {}, "ANY /any/{proxy+}": {},
        "POST /any/items": {}, "ANY /x": {}, "GET /t/{userId}/orders": {}, "GET /only": {},
        "ANY /v1/{id}": {"PayloadFormatVersion": "1.0"}}))


def event_of(answer):
    assert answer.status == 200, answer
    return json.loads(answer.body)


def says(app, payload, path="/x", headers=()):
    """What a client sees of a function that answers `payload`."""
    return exchange(app.api(), "POST", path, [TEXT, *headers], payload)


def test_cases_1_and_4_the_most_specific_route_wins(app):
    for method, path, key in [("GET", "/pets/dog/1", "GET /pets/dog/1"), ("GET", "/pets/dog/2", "GET /pets/dog/{id}"),
                              ("GET", "/pets/cat/1", "GET /pets/{proxy+}"), ("POST", "/any/5", "ANY /any/{proxy+}"),
                              ("POST", "/any/items", "POST /any/items"), ("GET", "/any/items", "ANY /any/{proxy+}")]:
        assert event_of(exchange(app.api(), method, path))["routeKey"] == key


def test_case_2_no_route_is_404(app):
    for method, path in [("PUT", "/only"), ("GET", "/"), ("GET", "/onlyy"), ("HEAD", "/only")]:
        answer = exchange(app.api(), method, path)
        assert (answer.status, answer.get("content-type")) == (404, "application/json"), (method, path)
        assert answer.body == (b"" if method == "HEAD" else b'{"message":"Not Found"}')
        assert answer.get("content-length") == "23"
        assert len(answer.get("apigw-requestid")) == 16


def test_case_3_a_named_stage_beside_the_default_one(app_factory):
    api = """\
  Api: {Type: AWS::Serverless::HttpApi}
  Dev:
    Type: AWS::ApiGatewayV2::Stage
    Properties: {ApiId: !Ref Api, StageName: dev, AutoDeploy: true}
"""
    app = app_factory(template({"GET /items": {}}, api))
    for path, stage in [("/dev/items", "dev"), ("/items", "$default")]:
        event = event_of(exchange(app.api("Api"), "GET", path))
        assert (event["requestContext"]["stage"], event["rawPath"]) == (stage, path)


def test_a_named_stage_is_part_of_the_path_and_has_its_variables(app_factory):
    api = """\
  Api:
    Type: AWS::Serverless::HttpApi
    Properties: {StageName: live, StageVariables: {color: blue}}
"""
    app = app_factory(template({"GET /items": {}}, api))
    event = event_of(exchange(app.api("Api"), "GET", "/live/items"))
    assert (event["requestContext"]["stage"], event["rawPath"]) == ("live", "/live/items")
    assert event["stageVariables"] == {"color": "blue"}
    assert app.get("/items", "Api").json()["rawPath"] == "/live/items", "the announced address has the stage"


def test_case_5_paths_are_decoded(app):
    event = event_of(exchange(app.api(), "GET", "/t/a%20b%C3%A9/orders"))
    assert event["rawPath"] == event["requestContext"]["http"]["path"] == "/t/a bé/orders"
    assert event["pathParameters"] == {"userId": "a bé"}


def test_cases_6_7_8_query_cookies_and_what_is_absent(app):
    event = event_of(exchange(app.api(), "GET", "/x?q=Hello%20World&tag=C%23%20P&tag=.NET",
                              [("Cookie", "session=abc123; theme=dark"), ("X-Tag", "1"), ("x-tag", "2")]))
    assert event["rawQueryString"] == "q=Hello%20World&tag=C%23%20P&tag=.NET"
    assert event["queryStringParameters"] == {"q": "Hello World", "tag": "C# P,.NET"}
    assert event["cookies"] == ["session=abc123", "theme=dark"] and "cookie" not in event["headers"]
    assert event["headers"]["x-tag"] == "1,2"
    event = event_of(exchange(app.api(), "GET", "/x"))
    assert event["rawQueryString"] == "" and event["isBase64Encoded"] is False
    assert not {"queryStringParameters", "body", "pathParameters", "cookies", "stageVariables"} & set(event)
    assert None not in event.values()


def test_case_9_the_route_key_is_the_configured_one(app):
    event = event_of(exchange(app.api(), "GET", "/x"))
    assert event["routeKey"] == event["requestContext"]["routeKey"] == "ANY /x"
    assert event["requestContext"]["http"]["method"] == "GET"


@pytest.mark.parametrize("kind, is_text", [
    ("application/json", True), ("application/json; charset=UTF-8", True), ("text/css", True), ("application/xml", True),
    ("application/javascript", True), ("application/x-www-form-urlencoded", False), (None, False),
    ("text/plain; charset=iso-8859-1", False), ("application/octet-stream", False), ("multipart/form-data", False)])
def test_cases_10_11_12_which_bodies_are_text(app, kind, is_text):
    headers = [("X-Echo", "1")] + ([("Content-Type", kind)] if kind else [])
    event = event_of(exchange(app.api(), "POST", "/x", headers, b'"a=1"'))
    assert (event["body"], event["isBase64Encoded"]) == (('"a=1"', False) if is_text else ("ImE9MSI=", True))


def test_bytes_go_both_ways(app):
    every = bytes(range(256)) * 40
    event = event_of(exchange(app.api(), "POST", "/x", [("X-Echo", "1"), ("Content-Type", "image/png")], every))
    assert base64.b64decode(event["body"]) == every
    answer = says(app, json.dumps({"statusCode": 200, "headers": {"content-type": "image/png"}, "isBase64Encoded": True,
                                   "body": base64.b64encode(every).decode()}).encode())
    assert (answer.body, answer.get("content-type"), answer.get("content-length")) == (every, "image/png", "10240")


@needs("curl")
def test_curl_sends_large_bodies_and_knows_when_not_to(app, tmp_path):
    def curl(mebibytes):
        (tmp_path / "body").write_bytes(b'"' + b"x" * (mebibytes << 20) + b'"')
        done = subprocess.run(["curl", "-sS", "-w", "%{http_code}", "-H", "Content-Type: application/json", "--data-binary",
                               f"@{tmp_path}/body", app.api() + "/x"], capture_output=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout[-3:], done.stdout[:-3]

    status, body = curl(5)  # curl waits for "100 Continue" before it sends this much
    assert (status, body) == (b"200", b"x" * (5 << 20))
    for mebibytes in (7, 11):  # an event too large for Lambda; a body too large for the gateway
        assert curl(mebibytes) == (b"413", b'{"message":"Request Entity Too Large"}')


@pytest.mark.parametrize("payload, status, kind, body", [
    (b'{"message":"hi"}', 200, "application/json", b'{"message":"hi"}'),                             # 13
    (b' [1, 2]', 200, "application/json", b' [1, 2]'),
    (b'"test"', 200, "application/json", b"test"),                                                     # 14
    (b'"a\\"\\u00e9\\n"', 200, "application/json", 'a"é\n'.encode()),
    (b'{"name": "J", "age":', 200, "application/json", b'{"name": "J", "age":'),                       # 15
    (b'{"statusCode":200,"body":"x"}', 200, "text/plain; charset=utf-8", b"x"),                        # 16
    (b'{"statusCode":201,"headers":{"Content-Type":"text/html"},"body":"<p>"}', 201, "text/html", b"<p>"),
    (b'{"statusCode":0}', 500, "application/json", INTERNAL),                                          # 17
    (b'{"statusCode":200.5}', 500, "application/json", INTERNAL),
    (b"throw", 500, "application/json", INTERNAL),                                                     # 18
])
def test_cases_13_to_18_what_a_function_answers(app, payload, status, kind, body):
    answer = says(app, payload)
    assert (answer.status, answer.get("content-type"), answer.body) == (status, kind, body)
    assert answer.get("content-length") == str(len(body))


def test_cases_19_and_20_cookies_first_and_header_names_are_canonical(app):
    answer = says(app, b'{"statusCode":200,"headers":{"myheader":"v","set-cookie":"c=3"},"cookies":["a=1","b=2"]}')
    assert answer.all("Set-Cookie") == ["a=1", "b=2", "c=3"]
    assert answer.all("Myheader") == ["v"]


def test_case_21_payload_1_0_sends_the_single_header_first(app):
    answer = says(app, b'{"statusCode":200,"headers":{"myheader":"single"},"multiValueHeaders":{"myheader":["m1","m2"]}}',
                  "/v1/x")
    assert answer.all("Myheader") == ["single", "m1", "m2"]


def test_case_22_payload_1_0_keeps_the_path_encoded(app):
    event = event_of(exchange(app.api(), "GET", "/v1/a%20b?k=1&k=2", [("X-CaSe", "1"), ("Cookie", "a=1; b=2")]))
    assert (event["version"], event["path"], event["pathParameters"]) == ("1.0", "/v1/a%20b", {"id": "a b"})
    assert event["resource"] == event["requestContext"]["resourcePath"] == "/v1/{id}"
    assert event["requestContext"]["resourceId"] == "ANY /v1/{id}"
    assert event["requestContext"]["path"] == "/v1/a b"
    assert event["requestContext"]["requestId"] == event["requestContext"]["extendedRequestId"]
    assert event["queryStringParameters"] == {"k": "2"} and event["multiValueQueryStringParameters"] == {"k": ["1", "2"]}
    assert event["headers"]["X-CaSe"] == "1" and event["headers"]["Cookie"] == "a=1; b=2"
    assert event["body"] is None and event["stageVariables"] is None and event["isBase64Encoded"] is False


@pytest.mark.parametrize("payload", [b'"text"', b'{"message":"hi"}', b"[1]", b'{"statusCode":'])
def test_case_23_payload_1_0_wants_an_envelope(app, payload):
    answer = says(app, payload, "/v1/x")
    assert (answer.status, answer.body) == (500, INTERNAL)


def test_case_24_the_integrations_timeout_is_503(app_factory):
    files = template({"GET /slow": {"TimeoutInMillis": 300}}, properties="Timeout: 3")
    files["app/bootstrap"] = files["app/bootstrap"].replace("import base64", "import time; time.sleep(1.5)\nimport base64")
    answer = exchange(app_factory(files).api(), "GET", "/slow")
    assert (answer.status, answer.body) == (503, b'{"message":"Service Unavailable"}')
    assert (answer.get("content-length"), answer.get("content-type")) == ("33", "application/json")


CORS = """\
  Api:
    Type: AWS::Serverless::HttpApi
    Properties:
      CorsConfiguration: {AllowOrigins: ['*'], AllowMethods: [GET, POST], AllowHeaders: [x-a], MaxAge: 60, ExposeHeaders: [x-b]}
"""
PREFLIGHT = [("Origin", "https://example.com"), ("Access-Control-Request-Method", "GET")]


def cors_of(answer):
    return {name.lower(): value for name, value in answer.headers if name.lower().startswith("access-control-")}


def test_case_25_the_gateway_answers_preflights(app_factory):
    app = app_factory(template({"GET /x": {}}, CORS))
    answer = exchange(app.api("Api"), "OPTIONS", "/x", PREFLIGHT)
    assert (answer.status, answer.body, answer.get("content-type")) == (204, b"", None)
    assert cors_of(answer) == {"access-control-allow-origin": "*", "access-control-allow-methods": "GET,POST",
                               "access-control-allow-headers": "x-a", "access-control-max-age": "60"}
    answer = exchange(app.api("Api"), "OPTIONS", "/x")
    assert (answer.status, cors_of(answer)) == (204, {})


def test_case_26_a_route_that_takes_options_gets_the_preflight(app_factory):
    guarded = CORS + """\
      Auth:
        Authorizers:
          Jwt:
            IdentitySource: $request.header.Authorization
            JwtConfiguration: {issuer: 'https://issuer.example', audience: [a]}
"""
    app = app_factory(template({"ANY /open/{proxy+}": {}, "ANY /{proxy+}": {"Auth": {"Authorizer": "Jwt"}}}, guarded))
    event = event_of(exchange(app.api("Api"), "OPTIONS", "/open/x", PREFLIGHT))
    assert event["requestContext"]["http"]["method"] == "OPTIONS"
    answer = exchange(app.api("Api"), "OPTIONS", "/x", PREFLIGHT)
    assert (answer.status, answer.body) == (401, b'{"message":"Unauthorized"}'), "its authorizer comes first, the browser fails"


def test_case_27_the_configured_headers_replace_the_functions(app_factory):
    app = app_factory(template({"POST /x": {}}, CORS))
    payload = b'{"statusCode":200,"headers":{"Access-Control-Allow-Origin":"https://own.example","X-B":"1"}}'
    answer = says(app, payload, headers=[("Origin", "https://example.com")])
    assert cors_of(answer) == {"access-control-allow-origin": "*", "access-control-expose-headers": "x-b"}
    assert cors_of(says(app, payload)) == {}


def test_without_cors_the_functions_headers_stay_and_options_is_a_request(app):
    answer = says(app, b'{"statusCode":200,"headers":{"Access-Control-Allow-Origin":"https://own.example"}}')
    assert cors_of(answer) == {"access-control-allow-origin": "https://own.example"}
    assert exchange(app.api(), "OPTIONS", "/only", PREFLIGHT).status == 404


def test_a_route_with_an_authorizer_runs_nothing_for_a_bad_token(app_factory):
    api = """\
  Api:
    Type: AWS::Serverless::HttpApi
    Properties:
      Auth:
        DefaultAuthorizer: Jwt
        Authorizers:
          Jwt:
            IdentitySource: $request.header.Authorization
            JwtConfiguration: {issuer: 'https://issuer.example', audience: [a]}
"""
    app = app_factory(template({"GET /x": {}, "GET /open": {"Auth": {"Authorizer": "NONE"}}}, api))
    assert exchange(app.api("Api"), "GET", "/x", [("Authorization", "Bearer x")]).status == 401
    assert exchange(app.api("Api"), "GET", "/open").status == 200


def test_several_apis_have_a_port_each(app_factory):
    files = template({"GET /one": {}}, "  Api: {Type: AWS::Serverless::HttpApi}\n")
    files["template.yaml"] += """\
        Two: {Type: HttpApi, Properties: {Path: /two, Method: get}}
        Three: {Type: Api, Properties: {Path: /three, Method: get}}
"""
    app = app_factory(files)
    bases = app.endpoints["apis"]
    assert set(bases) == {"Api", "ServerlessHttpApi", "ServerlessRestApi"} and len(set(bases.values())) == 3
    for name, path, missing in [("Api", "/one", "/two"), ("ServerlessHttpApi", "/two", "/one"),
                                ("ServerlessRestApi", "/three", "/one")]:
        assert app.get(path, name).status_code == 200, name
        assert app.get(missing, name).status_code == (403 if name == "ServerlessRestApi" else 404), name
