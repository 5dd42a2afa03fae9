"""What stages of an API add to its routes: a cache, a canary, access logs and packed bodies."""
import gzip
import json
import zlib

import pytest
import requests

from conftest import DEADLINE_S
from test_iam import sign
from wire import exchange

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Runtime: python3.11, CodeUri: app/, Handler: app.handler}}
Resources:
  Rest:
    Type: AWS::Serverless::Api
    Properties:
      StageName: prod
      CacheClusterEnabled: true
      MinimumCompressionSize: 200
      MethodSettings:
        - {ResourcePath: '/*', HttpMethod: '*', CachingEnabled: true, CacheTtlInSeconds: 60}
        - {ResourcePath: /fresh, HttpMethod: GET, CachingEnabled: false}
      AccessLogSetting:
        DestinationArn: !GetAtt RestLog.Arn
        Format: '{"id":"$context.requestId","status":"$context.status","length":"$context.responseLength","error":$context.error.messageString,"type":"$context.error.responseType","path":"$context.resourcePath","who":"$context.authorizer.principalId","took":"$context.responseLatency","function":"$context.integrationStatus"}'
      DefinitionBody:
        openapi: 3.0.1
        info: {title: rest, version: '1'}
        paths:
          /items:
            get: &get
              parameters: [{in: query, name: q, schema: {type: string}}]
              x-amazon-apigateway-integration: &function
                type: aws_proxy
                httpMethod: POST
                uri: !Sub arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Fn.Arn}/invocations
                cacheKeyParameters: [method.request.querystring.q]
            post: {x-amazon-apigateway-integration: *function}
          /fresh: {get: {x-amazon-apigateway-integration: *function}}
          /signed: {get: {security: [{sigv4: []}], x-amazon-apigateway-integration: *function}}
        components:
          securitySchemes:
            sigv4: {type: apiKey, name: Authorization, in: header, x-amazon-apigateway-authtype: awsSigv4}
  Canary:
    Type: AWS::Serverless::Api
    Properties:
      StageName: prod
      Variables: {flavour: plain, kept: still}
      CanarySetting: {PercentTraffic: !Ref Percent, StageVariableOverrides: {flavour: new, more: x}}
  Http:
    Type: AWS::Serverless::HttpApi
    Properties:
      AccessLogSettings:
        DestinationArn: !GetAtt HttpLog.Arn
        Format: '$context.identity.sourceIp $context.routeKey $context.status $context.protocol $context.integrationErrorMessage'
  Elsewhere:
    Type: AWS::Serverless::HttpApi
    Properties: {AccessLogSettings: {DestinationArn: 'arn:aws:firehose:us-east-1:000000000000:deliverystream/x', Format: $context.requestId}}
  RestLog: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: rest}}
  HttpLog: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: http}}
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        Canary: {Type: Api, Properties: {RestApiId: !Ref Canary, Method: GET, Path: /c}}
        Http: {Type: HttpApi, Properties: {ApiId: !Ref Http, Method: GET, Path: /h}}
        Else: {Type: HttpApi, Properties: {ApiId: !Ref Elsewhere, Method: GET, Path: /h}}
Parameters:
  Percent: {Type: Number, Default: 0}
"""
CODE = """
import base64, json
count = 0
def handler(event, context):
    global count
    count += 1
    query = event.get('queryStringParameters') or {}
    if query.get('q') == 'throw':
        raise Exception('no')
    return {'statusCode': int(query.get('status', 200)), 'headers': {'x-count': str(count)},
            'body': json.dumps({'count': count, 'body': event.get('body'), 'headers': event['headers'],
                                'variables': event.get('stageVariables'), 'context': event['requestContext'],
                                'pad': 'x' * int(query.get('pad', 0))})}
"""


@pytest.fixture
def app(app_factory):
    return app_factory({"template.yaml": TEMPLATE, "app/app.py": CODE})


def get(app, target, headers=(), api="Rest"):
    return exchange(app.api(api), "GET", target, list(headers))


def counts(app, *targets):
    return [int(get(app, target).get("x-count")) for target in targets]


def test_a_stage_keeps_answers_by_their_key(app):
    assert counts(app, "/prod/items?q=a&z=1", "/prod/items?q=a&z=2", "/prod/items?q=b", "/prod/items", "/prod/items") == [
        1, 1, 2, 3, 3]
    assert counts(app, "/prod/fresh", "/prod/fresh") == [4, 5]
    assert [int(exchange(app.api("Rest"), "POST", "/prod/items?q=a").get("x-count")) for _ in range(2)] == [6, 7]
    first, second = (get(app, "/prod/items?q=a") for _ in range(2))
    assert first.body == second.body and first.get("x-amzn-RequestId") != second.get("x-amzn-RequestId")
    assert json.loads(first.body)["count"] == 1
    app.advance("61s")
    assert counts(app, "/prod/items?q=a") == [8]


def test_what_a_function_refuses_is_kept_and_what_the_gateway_says_is_not(app):
    answers = [get(app, "/prod/items?q=c&status=429") for _ in range(2)]
    assert [(answer.status, answer.get("x-count")) for answer in answers] == [(429, "1")] * 2
    assert [get(app, "/prod/items?q=throw").status for _ in range(2)] == [502, 502]
    assert counts(app, "/prod/items?q=d") == [4]


def test_nobody_known_may_have_an_answer_fetched_anew(app):
    counts(app, "/prod/items?q=a")
    answer = get(app, "/prod/items?q=a", [("Cache-Control", "max-age=0")])
    assert answer.get("x-count") == "1" and answer.get("Warning").startswith("199 ")
    assert get(app, "/prod/items?q=a").get("Warning") is None


def test_who_signed_the_request_may(app):
    def count(**headers):
        url, signed = sign(app.api("Rest") + "/prod/signed", headers=headers)
        answer = requests.get(url, headers=signed, timeout=DEADLINE_S)
        return answer.headers["x-count"], answer.headers.get("Warning")
    assert [count(), count(), count(**{"Cache-Control": "max-age=0"}), count()] == [
        ("1", None), ("1", None), ("2", None), ("2", None)]


def test_bodies_are_packed_for_who_wants_it(app):
    packed = get(app, "/prod/fresh?pad=5000", [("Accept-Encoding", "br, gzip")])
    assert packed.get("Content-Encoding") == "gzip" and len(packed.body) < 2000
    assert json.loads(gzip.decompress(packed.body))["pad"] == "x" * 5000
    packed = get(app, "/prod/fresh?pad=5000", [("Accept-Encoding", "deflate")])
    assert packed.get("Content-Encoding") == "deflate" and zlib.decompress(packed.body)
    assert get(app, "/prod/fresh?pad=5000").get("Content-Encoding") is None


def test_packed_bodies_reach_the_function_unpacked(app):
    def post(body, coding):
        headers = [("Content-Encoding", coding), ("Content-Type", "text/plain")]
        return exchange(app.api("Rest"), "POST", "/prod/items", headers, body)

    seen = json.loads(post(gzip.compress(b"hello"), "gzip").body)
    assert seen["body"] == "hello" and "Content-Encoding" not in seen["headers"]
    for body, coding in ((b"hello", "gzip"), (gzip.compress(b"hello"), "br")):
        answer = post(body, coding)
        assert (answer.status, json.loads(answer.body)) == (415, {"message": "Unsupported Media Type"})


@pytest.mark.parametrize("percent, is_canary", [(0, False), (100, True)])
def test_case_58_a_canary_has_variables_of_its_own(app_factory, percent, is_canary):
    app = app_factory({"template.yaml": TEMPLATE, "app/app.py": CODE}, "--parameter-overrides", f"Percent={percent}")
    seen = json.loads(get(app, "/prod/c", api="Canary").body)
    assert seen["context"]["isCanaryRequest"] == str(is_canary).lower()
    assert seen["variables"] == ({"flavour": "new", "kept": "still", "more": "x"} if is_canary
                                 else {"flavour": "plain", "kept": "still"})


def lines_of(app, group):
    return [event["message"] for event in app.client("logs").filter_log_events(logGroupName=group)["events"]]


def test_every_answer_has_its_line_in_the_access_log(app):
    get(app, "/prod/items?q=a")
    get(app, "/prod/nowhere")
    get(app, "/prod/items?q=throw")
    ok, lost, failed = (json.loads(line.replace(":-,", ":null,")) for line in lines_of(app, "rest"))
    assert (ok["status"], ok["path"], ok["who"], ok["function"], ok["error"]) == ("200", "/items", "-", "200", None)
    assert int(ok["length"]) > 100 and int(ok["took"]) >= 0 and len(ok["id"]) == 36
    assert (failed["status"], failed["type"], failed["error"]) == ("502", "DEFAULT_5XX", "Internal server error")
    assert lost["status"] == "403" and lost["type"] == "MISSING_AUTHENTICATION_TOKEN"


def test_http_apis_have_access_logs_too(app):
    assert get(app, "/h", api="Http").status == 200
    assert get(app, "/h?q=throw", api="Http").status == 500
    first, second = lines_of(app, "http")
    assert first == "127.0.0.1 GET /h 200 HTTP/1.1 -"
    assert second.startswith("127.0.0.1 GET /h 500 HTTP/1.1 ") and not second.endswith(" -")


def test_a_log_that_is_not_kept_is_told(app):
    assert "stage '$default': its access log is not kept: 'arn:aws:firehose" in app.stderr
