"""API keys, usage plans and throttles of templates, with a real client and a clock that is turned."""
import json

import apps
from wire import exchange

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Runtime: provided.al2023, CodeUri: app/, Handler: x}}
Resources:
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: Prod
      MethodSettings: [{HttpMethod: GET, ResourcePath: /slow, ThrottlingRateLimit: 1, ThrottlingBurstLimit: 1}]
      Auth:
        ApiKeyRequired: true
        UsagePlan:
          CreateUsagePlan: PER_API
          UsagePlanName: Basic
          Quota: {Limit: 4, Period: DAY}
          Throttle: {RateLimit: 100, BurstLimit: 100}
  Http:
    Type: AWS::Serverless::HttpApi
    Properties:
      DefaultRouteSettings: {ThrottlingRateLimit: 1, ThrottlingBurstLimit: 2}
      RouteSettings: {GET /never: {ThrottlingBurstLimit: 0}}
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        Key: {Type: Api, Properties: {RestApiId: !Ref Api, Method: GET, Path: /x}}
        Slow: {Type: Api, Properties: {RestApiId: !Ref Api, Method: GET, Path: /slow}}
        Open: {Type: Api, Properties: {RestApiId: !Ref Api, Method: GET, Path: /open, Auth: {ApiKeyRequired: false}}}
        Http: {Type: HttpApi, Properties: {ApiId: !Ref Http, Method: GET, Path: /x}}
        Never: {Type: HttpApi, Properties: {ApiId: !Ref Http, Method: GET, Path: /never}}
  Disabled:
    Type: AWS::ApiGateway::ApiKey
    Properties: {Name: spare, Value: a-disabled-key-of-somebody, Enabled: false}
  DisabledPlanKey:
    Type: AWS::ApiGateway::UsagePlanKey
    Properties: {KeyId: !Ref Disabled, KeyType: API_KEY, UsagePlanId: !Ref ApiUsagePlan}
"""

SERVERLESS = """\
service: keys
provider:
  name: aws
  runtime: provided.al2023
  apiGateway:
    apiKeys:
      - free: [{name: mine, value: a-value-of-twenty-and-more}]
      - paid: [theirs]
    usagePlan:
      - free: {quota: {limit: 1, period: MONTH}, throttle: {rateLimit: 5, burstLimit: 5}}
      - paid: {quota: {limit: 100, period: MONTH}}
functions:
  fn:
    handler: bootstrap
    events: [http: {path: x, method: get, private: true}]
"""


def keys_of(app):
    return app.wait_for(lambda line: line["type"] == "up")["api_keys"]


def ask(app, api, target, key=None):
    return exchange(app.api(api), "GET", target, [("x-api-key", key)] if key else [])


def reason_of(app, status):
    lines = [line for line in app.lines if line.get("status") == status]
    return app.wait_for(lambda line: line.get("status") == status and line not in lines, already=False)["reason"]


def test_case_47_a_key_is_asked_for_and_known(app_factory):
    app = app_factory({"template.yaml": TEMPLATE, "app/bootstrap": apps.ANSWER})
    keys = keys_of(app)
    assert set(keys) == {"ApiApiKey"} and len(keys["ApiApiKey"]) == 40
    for key, reason in [(None, "API key: the request has no x-api-key"),
                        ("nobody-has-this-api-key-value", "API key: no key has this value"),
                        ("a-disabled-key-of-somebody", "API key spare: it is not enabled")]:
        answer = ask(app, "Api", "/Prod/x", key)
        assert (answer.status, answer.body) == (403, b'{"message":"Forbidden"}')
        assert answer.get("x-amzn-errortype") == "ForbiddenException"
        assert reason_of(app, 403) == reason
    answer = ask(app, "Api", "/Prod/x", keys["ApiApiKey"])
    identity = json.loads(answer.body)["requestContext"]["identity"]
    assert answer.status == 200 and identity["apiKey"] == keys["ApiApiKey"] and len(identity["apiKeyId"]) == 10
    assert ask(app, "Api", "/Prod/open").status == 200


def test_a_plan_has_so_many_requests_a_day(app_factory):
    app = app_factory({"template.yaml": TEMPLATE, "app/bootstrap": apps.ANSWER})
    key = keys_of(app)["ApiApiKey"]
    assert [ask(app, "Api", "/Prod/x", key).status for _ in range(4)] == [200] * 4
    answer = ask(app, "Api", "/Prod/x", key)
    assert (answer.status, answer.body) == (429, b'{"message":"Limit Exceeded"}')
    assert answer.get("x-amzn-errortype") == "LimitExceededException"
    assert reason_of(app, 429).startswith("plan Basic: 4 requests a day used up, next in ")
    app.advance("24h")
    assert ask(app, "Api", "/Prod/x", key).status == 200


def test_a_method_of_a_stage_is_throttled_until_the_clock_gives_a_token(app_factory):
    app = app_factory({"template.yaml": TEMPLATE, "app/bootstrap": apps.ANSWER})
    key = keys_of(app)["ApiApiKey"]
    assert ask(app, "Api", "/Prod/slow", key).status == 200
    answer = ask(app, "Api", "/Prod/slow", key)
    assert (answer.status, answer.body) == (429, b'{"message":"Too Many Requests"}')
    assert answer.get("x-amzn-errortype") == "TooManyRequestsException"
    assert reason_of(app, 429).startswith("stage Prod, GET /slow: 1 request a second, next in ")
    assert ask(app, "Api", "/Prod/x", key).status == 200
    app.advance("1s")
    assert ask(app, "Api", "/Prod/slow", key).status == 200


def test_routes_of_http_apis_are_throttled(app_factory):
    app = app_factory({"template.yaml": TEMPLATE, "app/bootstrap": apps.ANSWER})
    answer = ask(app, "Http", "/never")
    assert (answer.status, answer.body) == (429, b'{"message":"Too Many Requests"}')
    assert reason_of(app, 429) == "stage $default, GET /never: a burst of 0 requests, so that none passes"
    statuses = [ask(app, "Http", "/x").status for _ in range(20)]
    assert statuses[:2] == [200, 200] and 429 in statuses


def test_plans_of_serverless_yml_have_their_keys(app_factory):
    app = app_factory({"serverless.yml": SERVERLESS, "bootstrap": apps.ANSWER})
    keys = keys_of(app)
    assert set(keys) == {"theirs"}
    api = next(iter(app.endpoints["apis"]))
    assert ask(app, api, "/dev/x").status == 403
    assert [ask(app, api, "/dev/x", "a-value-of-twenty-and-more").status for _ in range(2)] == [200, 429]
    assert [ask(app, api, "/dev/x", keys["theirs"]).status for _ in range(2)] == [200, 200]


def test_a_reload_gives_nobody_new_requests(app_factory):
    app = app_factory({"template.yaml": TEMPLATE, "app/bootstrap": apps.ANSWER})
    key = keys_of(app)["ApiApiKey"]
    assert [ask(app, "Api", "/Prod/x", key).status for _ in range(5)] == [200] * 4 + [429]
    path = app.directory / "template.yaml"
    path.write_text(TEMPLATE.replace("Limit: 4, Period", "Limit: 5, Period"))
    app.wait_for(lambda line: line["type"] == "notice" and "deployed again" in line["text"])
    assert [ask(app, "Api", "/Prod/x", key).status for _ in range(2)] == [200, 429]
