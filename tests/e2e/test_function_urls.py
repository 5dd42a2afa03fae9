"""Function URLs: the event, what answers mean, CORS, streams, and where they are reached."""
import base64
import json
import urllib.parse

import apps
import pytest
import requests
from conftest import DEADLINE_S, App, write_tree
from wire import exchange

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Answer:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: app/
      Handler: x
      Runtime: provided.al2023
      FunctionUrlConfig: {AuthType: NONE}
  Aliased:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: node/
      Handler: index.arn
      Runtime: nodejs20.x
      AutoPublishAlias: live
      FunctionUrlConfig:
        AuthType: NONE
        Cors:
          AllowOrigins: ['https://a.example', 'https://b.example']
          AllowMethods: [GET, PUT]
          AllowHeaders: [x-one, x-two]
          ExposeHeaders: [x-out]
          AllowCredentials: true
          MaxAge: 60
  Stream:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: node/
      Handler: index.stream
      Runtime: nodejs20.x
      FunctionUrlConfig: {AuthType: NONE, InvokeMode: RESPONSE_STREAM, Cors: {AllowOrigins: ['*']}}
  Unstreamed:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: node/
      Handler: index.arn
      Runtime: nodejs20.x
      FunctionUrlConfig: {AuthType: NONE, InvokeMode: RESPONSE_STREAM}
  Slow:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: node/
      Handler: index.never
      Runtime: nodejs20.x
      Timeout: 1
      FunctionUrlConfig: {AuthType: NONE}
  None:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: node/
      Handler: index.arn
      Runtime: nodejs20.x
      ReservedConcurrentExecutions: 0
      FunctionUrlConfig: {AuthType: NONE}
  Caller:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: node/
      Handler: index.call
      Runtime: nodejs20.x
      Environment: {Variables: {URL: !GetAtt AliasedUrl.FunctionUrl}}
Outputs:
  Url: {Value: !GetAtt AliasedUrl.FunctionUrl}
"""

NODE = """\
const fs = require('fs');
exports.arn = async (event, context) => ({statusCode: 200, body: context.invokedFunctionArn,
  headers: {'access-control-allow-origin': 'mine', 'x-out': '1'}});
exports.never = () => new Promise(() => setInterval(() => {}, 1000));
exports.call = async () => (await fetch(process.env.URL)).text();
exports.stream = awslambda.streamifyResponse(async (event, stream) => {
  const {head, wait, fail, type} = event.queryStringParameters || {};
  if (fail === 'before') throw new Error('told to');
  if (head) stream = awslambda.HttpResponseStream.from(stream, JSON.parse(head));
  if (type) stream.setContentType(type);
  stream.write('one');
  while (wait && !fs.existsSync(wait)) await new Promise((done) => setTimeout(done, 1));
  if (fail === 'after') stream.destroy(new Error('told to'));
  else stream.end('two');
});
"""

FILES = {"template.yaml": TEMPLATE, "app/bootstrap": apps.ANSWER, "node/index.js": NODE}
JSON = [("Content-Type", "application/json")]


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    directory = tmp_path_factory.mktemp("urls")
    write_tree(directory, FILES)
    running = App(directory)
    yield running
    assert running.stop() == 0, running.stderr
    assert "Sanitizer" not in running.stderr, running.stderr


def url_of(app, name):
    return app.endpoints["urls"][name]


def say(app, body):
    """The answer to a function that returns these bytes."""
    return exchange(url_of(app, "Answer"), "POST", "/", JSON, body)


def test_each_function_has_an_address_in_the_endpoints_and_on_the_page(app):
    assert set(app.endpoints["urls"]) == {"Answer", "Aliased:live", "Stream", "Unstreamed", "Slow", "None"}
    up = app.wait_for(lambda line: line["type"] == "up")
    assert up["endpoints"]["Answer"] == url_of(app, "Answer")
    assert url_of(app, "Answer").endswith("/")


def test_the_event_is_payload_2_0(app):
    answer = exchange(url_of(app, "Answer"), "PUT", "/a%20b/c%2Fd//e?x=1&x=2&y=%20", [
        ("X-Echo", "1"), ("X-Twice", "a"), ("x-twice", "b"), ("Cookie", "one=1; two=2"), ("User-Agent", "me"),
        ("Content-Type", "text/plain")], b"text")
    event = json.loads(answer.body)
    context = event["requestContext"]
    assert (event["version"], event["routeKey"], event["rawPath"]) == ("2.0", "$default", "/a%20b/c%2Fd//e")
    assert event["rawQueryString"] == "x=1&x=2&y=%20"
    assert event["queryStringParameters"] == {"x": "1,2", "y": " "}
    assert event["cookies"] == ["one=1", "two=2"]
    assert event["headers"]["cookie"] == "one=1; two=2"  # which HTTP APIs leave out
    assert event["headers"]["x-twice"] == "a,b"
    assert event["headers"]["x-forwarded-proto"] == "http"
    assert event["headers"]["x-amzn-trace-id"].startswith("Root=1-")
    assert (event["body"], event["isBase64Encoded"]) == ("text", False)
    assert context["accountId"] == "anonymous"
    assert len(context["apiId"]) == 32
    assert context["http"] == {"method": "PUT", "path": "/a%20b/c%2Fd//e", "protocol": "HTTP/1.1",
                               "sourceIp": "127.0.0.1", "userAgent": "me"}
    assert (context["stage"], context["routeKey"]) == ("$default", "$default")
    assert context["domainName"] == "127.0.0.1"
    assert not {"pathParameters", "stageVariables"} & set(event)
    assert not {"authorizer", "authentication"} & set(context)
    assert answer.get("x-amzn-requestid") == context["requestId"]
    assert answer.get("x-amzn-trace-id").startswith("Root=1-")
    assert answer.get("apigw-requestid") is None


def test_the_request_id_is_the_invocations(app):
    answer = requests.get(url_of(app, "Aliased:live"), timeout=DEADLINE_S)
    line = app.wait_for(lambda line: line["type"] == "request" and
                        line.get("requestId") == answer.headers["x-amzn-requestid"])
    assert line["status"] == 200
    app.follow_logs(line["function"], f"END RequestId: {answer.headers['x-amzn-requestid']}")


@pytest.mark.parametrize("kind, is_base64", [
    ("application/json", False), ("text/html; charset=UTF-8", False), ("application/octet-stream", True),
    ("multipart/form-data; boundary=x", True), (None, True)])
def test_bodies_that_are_not_text_come_in_base64(app, kind, is_base64):
    headers = [("X-Echo", "1")] + ([("Content-Type", kind)] if kind else [])
    event = json.loads(exchange(url_of(app, "Answer"), "POST", "/", headers, b"{}").body)
    assert event["isBase64Encoded"] is is_base64
    assert event["body"] == (base64.b64encode(b"{}").decode() if is_base64 else "{}")


@pytest.mark.parametrize("payload, status, body, content_type", [
    # conformance case 32 of lambda.md and its neighbours, recorded from the service
    (b'"hello"', 200, b"hello", "application/json"),
    (b'{"a": 1}', 200, b'{"a":1}', "application/json"),
    (b'["hello", 3, true]', 200, b'["hello",3,true]', "application/json"),
    (b'{"a b": "c \\" d"}', 200, b'{"a b":"c \\" d"}', "application/json"),
    (b"3.1", 200, b"3.1", "application/json"),
    (b"true", 200, b"true", "application/json"),
    (b"null", 200, b"null", "application/json"),
    (b'{"statusCode": 200, "body": "body123"}', 200, b"body123", "application/json"),
    (b'{"statusCode": "418", "body": "x", "headers": {"content-type": "text/x"}}', 418, b"x", "text/x"),
    (b'{"statusCode": 200, "body": "aGk=", "isBase64Encoded": true}', 200, b"hi", "application/json"),
    (b'{"statusCode": 200, "body": {}}', 502, b"Internal Server Error", "application/json"),
    (b'{"statusCode": "x"}', 502, b"Internal Server Error", "application/json"),
    (b"throw", 502, b"Internal Server Error", "application/json"),
    (b"no json", 502, b"Internal Server Error", "application/json"),
])
def test_what_an_answer_means(app, payload, status, body, content_type):
    answer = say(app, payload)
    assert (answer.status, answer.body, answer.get("content-type")) == (status, body, content_type)


def test_cookies_become_set_cookie(app):
    answer = say(app, b'{"statusCode":201,"cookies":["a=1","b=2"],"headers":{"x-my":"v"}}')
    assert answer.all("Set-Cookie") == ["a=1", "b=2"]
    assert (answer.status, answer.get("x-my")) == (201, "v")


def test_an_alias_is_invoked_by_its_name(app):
    answer = requests.get(url_of(app, "Aliased:live"), timeout=DEADLINE_S)
    assert answer.text.endswith(":live")


def test_a_timeout_is_a_502_and_a_throttle_a_429(app):
    answer = exchange(url_of(app, "Slow"), "GET", "/")
    assert (answer.status, answer.body) == (502, b"Internal Server Error")
    line = app.wait_for(lambda line: line["type"] == "request" and line["api"] == "SlowUrl")
    assert line["reason"] == "function timed out"
    answer = exchange(url_of(app, "None"), "GET", "/")
    assert answer.status == 429
    assert json.loads(answer.body)["message"] == "Rate Exceeded."
    assert answer.get("x-amzn-errortype") == "TooManyRequestsException"


def test_events_over_lambdas_limit_are_refused(app):
    answer = exchange(url_of(app, "Answer"), "POST", "/", [("Content-Type", "text/plain")], b"x" * (6 << 20))
    assert answer.status == 413
    assert b"6291456" in answer.body
    answer = exchange(url_of(app, "Answer"), "POST", "/", [("Content-Type", "text/plain")], b"x" * (10 << 20) + b"x")
    assert answer.status == 413


# --- CORS ---

def preflight(app, origin, method="PUT"):
    return exchange(url_of(app, "Aliased:live"), "OPTIONS", "/x",
                    [("Origin", origin), ("Access-Control-Request-Method", method)])


def test_a_preflight_is_answered_by_the_url(app):
    answer = preflight(app, "https://b.example")
    assert (answer.status, answer.body) == (200, b"")
    assert answer.get("access-control-allow-origin") == "https://b.example"
    assert answer.get("access-control-allow-methods") == "GET,PUT"
    assert answer.get("access-control-allow-headers") == "x-one,x-two"
    assert answer.get("access-control-allow-credentials") == "true"
    assert answer.get("access-control-max-age") == "60"
    assert answer.get("vary") == "Origin"
    assert answer.get("x-amzn-requestid")
    answer = preflight(app, "https://evil.example")
    assert answer.status == 200
    assert not [name for name, _ in answer.headers if name.lower().startswith("access-control")]


def test_the_urls_cors_headers_replace_the_functions(app):
    answer = exchange(url_of(app, "Aliased:live"), "GET", "/", [("Origin", "https://a.example")])
    assert answer.all("Access-Control-Allow-Origin") == ["https://a.example"]
    assert answer.get("access-control-expose-headers") == "x-out"
    answer = exchange(url_of(app, "Aliased:live"), "GET", "/")
    assert answer.get("access-control-allow-origin") is None
    # Without CORS the function's own pass, and it is asked for OPTIONS, too.
    answer = say(app, b'{"statusCode":200,"headers":{"access-control-allow-origin":"mine"}}')
    assert answer.get("access-control-allow-origin") == "mine"
    answer = exchange(url_of(app, "Answer"), "OPTIONS", "/", [("Origin", "https://a.example"),
                                                             ("Access-Control-Request-Method", "GET")])
    assert json.loads(answer.body)["requestContext"]["http"]["method"] == "OPTIONS"


# --- streams ---

def stream_url(app, **query):
    return url_of(app, "Stream") + "?" + urllib.parse.urlencode(query)


def test_a_stream_reaches_the_client_piece_by_piece(app, tmp_path):
    go_on = tmp_path / "go-on"
    with requests.get(stream_url(app, wait=go_on), stream=True, timeout=DEADLINE_S) as answer:
        pieces = answer.iter_content(None)
        assert next(pieces) == b"one"  # and the function still waits
        go_on.touch()
        assert b"".join(pieces) == b"two"
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["transfer-encoding"] == "chunked"


def test_a_streams_metadata_is_status_headers_and_cookies(app):
    head = {"statusCode": 202, "headers": {"x-a": "b", "content-type": "text/x"}, "cookies": ["c=1", "d=2"]}
    answer = exchange(stream_url(app), "GET", "/?" + urllib.parse.urlencode({"head": json.dumps(head)}),
                      [("Origin", "https://a.example")])
    assert (answer.status, answer.body) == (202, b"onetwo")
    assert (answer.get("x-a"), answer.get("content-type")) == ("b", "text/x")
    assert answer.all("Set-Cookie") == ["c=1", "d=2"]
    assert answer.get("access-control-allow-origin") == "*"
    assert requests.get(stream_url(app, type="text/html"), timeout=DEADLINE_S).headers["content-type"] == "text/html"


def test_an_answer_in_one_piece_is_a_stream_of_its_json(app):
    answer = requests.get(url_of(app, "Unstreamed"), timeout=DEADLINE_S)
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["statusCode"] == 200  # nobody reads the envelope: recorded from the service


def test_a_stream_that_fails_is_a_502_before_and_cut_after_its_first_byte(app):
    answer = requests.get(stream_url(app, fail="before"), timeout=DEADLINE_S)
    assert (answer.status_code, answer.text) == (502, "Internal Server Error")
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        requests.get(stream_url(app, fail="after"), timeout=DEADLINE_S)


# --- by way of the edge ---

def test_a_url_is_reached_through_the_edge_by_host_and_by_path(app):
    event = json.loads(exchange(url_of(app, "Answer"), "GET", "/").body)
    url_id = event["requestContext"]["apiId"]
    host = f"{url_id}.lambda-url.us-east-1.localhost:4566"
    answer = requests.get(app.edge + "/x?y=1", headers={"Host": host}, timeout=DEADLINE_S)
    event = answer.json()
    assert (event["rawPath"], event["requestContext"]["domainPrefix"]) == ("/x", url_id)
    event = requests.get(f"{app.edge}/_aws/lambda-url/{url_id}/x/y", timeout=DEADLINE_S).json()
    assert event["rawPath"] == "/x/y"
    answer = requests.get(app.edge, headers={"Host": "nobody.lambda-url.us-east-1.localhost"}, timeout=DEADLINE_S)
    assert (answer.status_code, answer.text) == (403, '{"Message":null}')
    assert answer.headers["x-amzn-errortype"] == "AccessDeniedException"


def test_get_att_gives_an_address_that_works(app):
    payload, _ = app.invoke("Caller")
    assert payload.endswith(":live")
