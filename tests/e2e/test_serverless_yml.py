"""serverless.yml applications run as they are."""
import base64
import json

from conftest import needs
from test_templates import archive
from wire import exchange

HEAD = """\
service: shop
frameworkVersion: '3'
provider:
  name: aws
  runtime: nodejs20.x
"""
ECHO = "exports.handler = async (e) => ({statusCode: 200, body: JSON.stringify(e)});\n"


def api(app, rest):
    return next(name for name in app.endpoints["apis"] if name.startswith("ApiGateway") == rest)


@needs("node")
def test_stage_option_and_prefix(app_factory):
    app = app_factory({"serverless.yml": HEAD + """\
  stage: ${opt:stage, 'dev'}
custom: ${file(custom.yml):prod}
functions:
  hello-world:
    handler: index.handler
    timeout: ${self:custom.timeout}
    events:
      - http: GET things
      - http: {method: any, path: '/deep/{proxy+}'}
""", "custom.yml": "prod: {timeout: 11}\n", "index.js": ECHO}, "--stage", "live")
    told = app.client().list_functions()["Functions"]
    assert [(f["FunctionName"], f["Timeout"]) for f in told] == [("shop-live-hello-world", 11)]
    name = api(app, True)
    event = app.get("/live/things", name).json()
    assert (event["resource"], event["path"], event["requestContext"]["path"]) == ("/things", "/things", "/live/things")
    event = app.request("DELETE", "/live/deep/a/b", name).json()
    assert (event["resource"], event["pathParameters"], event["httpMethod"]) == ("/deep/{proxy+}", {"proxy": "a/b"}, "DELETE")
    assert app.get("/live/nothing", name).status_code == 403


@needs("node")
def test_http_api_settings_of_the_provider(app_factory):
    app = app_factory({"serverless.yml": HEAD + """\
  httpApi: {cors: true, payload: '1.0'}
functions:
  f: {handler: index.handler, events: [{httpApi: GET /x}]}
""", "index.js": ECHO})
    name = api(app, False)
    assert app.get("/x", name).json()["version"] == "1.0"
    answer = exchange(app.api(name), "OPTIONS", "/x", [("Origin", "https://a.example"),
                                                       ("Access-Control-Request-Method", "GET")])
    assert answer.status == 204 and answer.get("access-control-allow-origin") == "*"


@needs("node")
def test_artifacts_layers_and_binary(app_factory):
    app = app_factory({"serverless.yml": HEAD + """\
  apiGateway: {binaryMediaTypes: ['*/*']}
layers:
  words: {path: layer}
functions:
  zipped: {handler: index.handler, package: {artifact: f.zip}, layers: [!Ref WordsLambdaLayer]}
  bytes: {handler: bytes.handler, events: [{http: POST b}]}
""", "f.zip": archive({"index.js": "exports.handler = async () => require('words');\n"}),
        "layer/nodejs/node_modules/words/index.js": "module.exports = 'layered';\n",
        "bytes.js": "exports.handler = async (e) => ({statusCode: 200, isBase64Encoded: true, body: e.body, "
                    "headers: {'content-type': 'image/png', encoded: String(e.isBase64Encoded)}});\n"})
    assert app.invoke("shop-dev-zipped")[0] == "layered"
    every = bytes(range(256))
    answer = exchange(app.api(), "POST", "/dev/b", [("Accept", "image/png"), ("Content-Type", "image/png")], every)
    assert (answer.body, answer.get("encoded")) == (every, "true")


@needs("node")
def test_environment_and_dotenv(app_factory):
    app = app_factory({"serverless.yml": "useDotenv: true\n" + HEAD + """\
  environment: {A: provider, B: provider, N: 1.50, FLAG: true, GONE: null}
functions:
  f:
    handler: index.handler
    environment: {B: own, C: "${env:FROM_DOTENV}", D: !Ref Things, E: "${self:service}-${sls:stage}", F: "${AWS::Region}"}
resources:
  - Resources:
      Things:
        Type: AWS::DynamoDB::Table
        Properties:
          TableName: things
          BillingMode: PAY_PER_REQUEST
          AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
          KeySchema: [{AttributeName: id, KeyType: HASH}]
""", ".env": "FROM_DOTENV=dotted\n",
        "index.js": "exports.handler = async () => ['A','B','C','D','E','N','FLAG','GONE'].map(k => process.env[k] ?? null);\n"})
    assert app.invoke("shop-dev-f")[0] == ["provider", "own", "dotted", "things", "shop-dev", "1.5", "true", None]


GUARD = """\
exports.guard = async (e) => ({principalId: e.authorizationToken, policyDocument: {Version: '2012-10-17', Statement: [
  {Action: 'execute-api:Invoke', Effect: e.authorizationToken == 'me' ? 'Allow' : 'Deny', Resource: e.methodArn}]}});
"""


@needs("node")
def test_authorizers_and_private_routes_refuse(app_factory):
    app = app_factory({"serverless.yml": HEAD + """\
functions:
  guard: {handler: index.guard}
  f:
    handler: index.handler
    events:
      - http: {path: a, method: get, authorizer: guard}
      - http: {path: b, method: get, private: true}
      - http: {path: c, method: get}
""", "index.js": ECHO + GUARD})
    assert [app.get(f"/dev/{path}").status_code for path in "abc"] == [401, 403, 200]
    answer = app.get("/dev/a", headers={"Authorization": "me"})
    assert answer.json()["requestContext"]["authorizer"]["principalId"] == "me"
    assert app.get("/dev/a", headers={"Authorization": "you"}).status_code == 403


ELSEWHERE = """\
service: elsewhere
provider: {name: aws, runtime: python3.11}
functions:
  hello:
    handler: app.handler
    events:
      - sqs: ${ssm:/queue/arn}
      - eventBridge: {eventBus: "${cf:core.Bus}", pattern: {source: [app]}}
resources:
  Resources:
    Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: here}}
    Subscription:
      Type: AWS::SNS::Subscription
      Properties: {Protocol: sqs, TopicArn: "arn:aws:sns:us-east-1:${cf:core.Account}:news", Endpoint: !GetAtt Queue.Arn}
    Mapping:
      Type: AWS::Lambda::EventSourceMapping
      Properties: {FunctionName: !Ref HelloLambdaFunction, EventSourceArn: "${cf:core.Queue}"}
    Rule:
      Type: AWS::Events::Rule
      Properties: {ScheduleExpression: "${ssm:/rate}"}
"""


def test_what_other_stacks_would_tell_is_left_out_and_the_rest_is_there(app_factory):
    app = app_factory({"serverless.yml": ELSEWHERE, "app.py": "def handler(event, context):\n    return event\n"})
    left_out = {line["about"] for line in app.lines if line["type"] == "notice" and ": is left out" in line["text"]}
    assert left_out == {"Subscription", "Mapping", "Rule"}
    assert "serverless.yml:7:9: at 'functions.hello.events[0].sqs': the event is left out" in app.stderr
    assert "serverless.yml:8:9: at 'functions.hello.events[1].eventBridge': the event is left out" in app.stderr
    assert app.client("sqs").get_queue_url(QueueName="here")["QueueUrl"]
    assert app.client("events").list_rules()["Rules"] == []
    assert app.invoke("elsewhere-dev-hello", {"n": 1})[0] == {"n": 1}
