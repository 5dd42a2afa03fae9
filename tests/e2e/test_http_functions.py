"""Functions behind routes: named by stage variables, and given requests that the route has mapped."""
import json

import pytest
from conftest import DEADLINE_S
from websockets.sync.client import connect
from wire import exchange

INVOKE = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions"
TEMPLATE = f"""\
Transform: AWS::Serverless-2016-10-31
Globals: {{Function: {{Runtime: python3.11, CodeUri: app/, Handler: app.handler}}}}
Resources:
  One: {{Type: AWS::Serverless::Function, Properties: {{FunctionName: fn-one, AutoPublishAlias: live}}}}
  Two: {{Type: AWS::Serverless::Function, Properties: {{FunctionName: fn-two}}}}
  Guard: {{Type: AWS::Serverless::Function, Properties: {{FunctionName: fn-guard, Handler: app.guard}}}}
  Http: {{Type: AWS::ApiGatewayV2::Api, Properties: {{Name: h, ProtocolType: HTTP}}}}
  Default: {{Type: AWS::ApiGatewayV2::Stage, Properties: {{ApiId: !Ref Http, StageName: $default, StageVariables: {{n: one, alias: live,
    arn: 'arn:aws:lambda:us-east-1:000000000000:function:fn-one:live', guard: fn-guard, gone: no-such}}}}}}
  Dev: {{Type: AWS::ApiGatewayV2::Stage, Properties: {{ApiId: !Ref Http, StageName: dev, StageVariables: {{n: two}}}}}}
  Auth:
    Type: AWS::ApiGatewayV2::Authorizer
    Properties:
      {{ApiId: !Ref Http, Name: a, AuthorizerType: REQUEST, AuthorizerPayloadFormatVersion: '2.0', EnableSimpleResponses: true,
        IdentitySource: [$request.header.x-key],
        AuthorizerUri: '{INVOKE}/arn:aws:lambda:us-east-1:000000000000:function:${{stageVariables.guard}}/invocations'}}
  Mapped:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      ApiId: !Ref Http
      IntegrationType: AWS_PROXY
      IntegrationUri: !GetAtt Two.Arn
      PayloadFormatVersion: '2.0'
      RequestParameters:
        append:header.x-many: '2'
        overwrite:header.x-body: $request.body.pet.name
        overwrite:header.x-id: 'id-${{request.path.id}}'
        remove:header.x-secret: "''"
        overwrite:querystring.q: $context.stage
        remove:querystring.gone: "''"
        overwrite:path: '/new/${{request.path.id}}'
"""
INTEGRATION = """\
  I{n}: {{Type: AWS::ApiGatewayV2::Integration, Properties: {{ApiId: !Ref {api}, IntegrationType: AWS_PROXY, PayloadFormatVersion: '{format}',
    IntegrationUri: '{uri}'}}}}
"""
ROUTE = """\
  R{n}: {{Type: AWS::ApiGatewayV2::Route, Properties: {{ApiId: !Ref {api}, RouteKey: '{key}', Target: !Sub 'integrations/${{{target}}}'{more}}}}}
"""
ARN = "arn:aws:lambda:us-east-1:000000000000:function"
ROUTES = [
    ("GET /name", f"{ARN}:fn-${{stageVariables.n}}", ""),
    ("GET /alias", f"{ARN}:fn-${{stageVariables.n}}:${{stageVariables.alias}}", ""),
    ("GET /uri", f"{INVOKE}/{ARN}:fn-${{stageVariables.n}}/invocations", ""),
    ("GET /arn", f"{INVOKE}/${{stageVariables.arn}}/invocations", ""),
    ("GET /all", "${stageVariables.arn}", ""),
    ("GET /guarded", f"{ARN}:fn-two", ", AuthorizationType: CUSTOM, AuthorizerId: !Ref Auth"),
    ("GET /gone", f"{ARN}:${{stageVariables.gone}}", ""),
]
REST = f"""\
  Rest:
    Type: AWS::ApiGateway::RestApi
    Properties:
      Body:
        openapi: 3.0.1
        info: {{title: r, version: '1'}}
        paths:
          /proxy: {{get: {{x-amazon-apigateway-integration: &proxy {{type: aws_proxy, httpMethod: POST,
            uri: '{INVOKE}/{ARN}:fn-${{stageVariables.n}}/invocations'}}}}}}
          /plain: {{get: {{responses: {{'200': {{}}}}, x-amazon-apigateway-integration: {{type: aws, httpMethod: POST,
            uri: '{INVOKE}/{ARN}:fn-${{stageVariables.n}}/invocations', responses: {{default: {{statusCode: '200'}}}}}}}}}}
  Prod: {{Type: AWS::ApiGateway::Stage, Properties: {{RestApiId: !Ref Rest, StageName: prod, Variables: {{n: one}},
    CanarySetting: {{PercentTraffic: !Ref Percent, StageVariableOverrides: {{n: two}}}}}}}}
  Chat: {{Type: AWS::ApiGatewayV2::Api, Properties: {{Name: c, ProtocolType: WEBSOCKET, RouteSelectionExpression: $request.body.do}}}}
  ChatDev: {{Type: AWS::ApiGatewayV2::Stage, Properties: {{ApiId: !Ref Chat, StageName: dev, StageVariables: {{n: two}}}}}}
  IChat: {{Type: AWS::ApiGatewayV2::Integration, Properties: {{ApiId: !Ref Chat, IntegrationType: AWS_PROXY,
    IntegrationUri: '{INVOKE}/{ARN}:fn-${{stageVariables.n}}/invocations'}}}}
  IChatBad: {{Type: AWS::ApiGatewayV2::Integration, Properties: {{ApiId: !Ref Chat, IntegrationType: AWS_PROXY,
    IntegrationUri: '{INVOKE}/{ARN}:fn-${{stageVariables.none}}/invocations'}}}}
  RConnect: {{Type: AWS::ApiGatewayV2::Route, Properties: {{ApiId: !Ref Chat, RouteKey: $connect, Target: !Sub 'integrations/${{IChat}}'}}}}
  RHi: {{Type: AWS::ApiGatewayV2::Route, Properties: {{ApiId: !Ref Chat, RouteKey: hi, RouteResponseSelectionExpression: $default,
    Target: !Sub 'integrations/${{IChat}}'}}}}
  RBad: {{Type: AWS::ApiGatewayV2::Route, Properties: {{ApiId: !Ref Chat, RouteKey: bad, Target: !Sub 'integrations/${{IChatBad}}'}}}}
  RHiResponse: {{Type: AWS::ApiGatewayV2::RouteResponse, Properties: {{ApiId: !Ref Chat, RouteId: !Ref RHi, RouteResponseKey: $default}}}}
Parameters:
  Percent: {{Type: Number, Default: 0}}
"""
CODE = """
import json
def handler(event, context):
    return {'statusCode': 200, 'body': json.dumps({'arn': context.invoked_function_arn, 'event': event})}
def guard(event, context):
    return {'isAuthorized': event['headers']['x-key'] == 'k'}
"""


def template():
    parts = [TEMPLATE]
    for n, (key, uri, more) in enumerate(ROUTES):
        parts.append(INTEGRATION.format(n=n, api="Http", format="2.0", uri=uri))
        parts.append(ROUTE.format(n=n, api="Http", key=key, target=f"I{n}", more=more))
    parts.append(ROUTE.format(n="M", api="Http", key="POST /pets/{id}", target="Mapped", more=""))
    return "".join(parts) + REST


@pytest.fixture(scope="module")
def app(shared_app_factory):
    return shared_app_factory({"template.yaml": template(), "app/app.py": CODE})


def asked(answer):
    """The function that answered: "fn-one:live"."""
    assert answer.status == 200, answer
    said = json.loads(answer.body)
    said = json.loads(said["body"]) if "arn" not in said else said
    return said["arn"].partition(":function:")[2]


def ask(app, target, api="Http", headers=()):
    return exchange(app.api(api), "GET", target, headers)


def expect_reason(app, reason):
    return app.wait_for(lambda line: line["type"] == "request" and line.get("reason") == reason)


def test_stage_variables_name_functions_of_http_apis(app):
    assert [asked(ask(app, target)) for target in ("/name", "/alias", "/uri", "/arn", "/all", "/dev/name", "/dev/uri")] == [
        "fn-one", "fn-one:live", "fn-one", "fn-one:live", "fn-one:live", "fn-two", "fn-two"]
    line = app.wait_for(lambda line: line["type"] == "request" and line["path"] == "/dev/name")
    assert line["function"] == "fn-two"


def test_a_variable_that_is_not_there_is_told(app):
    answer = ask(app, "/dev/alias")
    assert (answer.status, json.loads(answer.body)) == (500, {"message": "Internal Server Error"})
    expect_reason(app, "stage dev has no variable for fn-${stageVariables.n}:${stageVariables.alias}")
    assert ask(app, "/gone").status == 500
    expect_reason(app, "no such function")


def test_stage_variables_name_authorizers(app):
    assert ask(app, "/guarded", headers=[("x-key", "k")]).status == 200
    assert ask(app, "/guarded", headers=[("x-key", "other")]).status == 403
    assert ask(app, "/dev/guarded", headers=[("x-key", "k")]).status == 500
    expect_reason(app, "authorizer Auth: the stage has no variable for ${stageVariables.guard}")


@pytest.mark.parametrize("percent, name", [("0", "fn-one"), ("100", "fn-two")])
def test_stage_variables_name_functions_of_rest_apis(app_factory, percent, name):
    app = app_factory({"template.yaml": template().replace("Default: 0", f"Default: {percent}"), "app/app.py": CODE})
    assert [asked(ask(app, target, "Rest")) for target in ("/prod/proxy", "/prod/plain")] == [name, name]


def test_stage_variables_name_functions_of_websocket_apis(app):
    with connect(app.api("Chat"), open_timeout=DEADLINE_S) as client:
        client.send('{"do":"hi"}')
        assert json.loads(client.recv(DEADLINE_S))["arn"].endswith(":fn-two")
        client.send('{"do":"bad"}')
        assert json.loads(client.recv(DEADLINE_S))["message"] == "Internal server error"
    expect_reason(app, "the stage has no variable for the function's name")


def test_requests_are_mapped_on_their_way_to_functions(app):
    answer = exchange(app.api("Http"), "POST", "/dev/pets/7?gone=1&q=mine&left=x", [
        ("x-many", "1"), ("x-secret", "s"), ("content-type", "application/json")], b'{"pet":{"name":"rex"}}')
    event = json.loads(answer.body)["event"]
    headers = event["headers"]
    assert (headers["x-many"], headers["x-body"], headers["x-id"]) == ("1,2", "rex", "id-7") and "x-secret" not in headers
    assert event["queryStringParameters"] == {"q": "dev", "left": "x"} and event["rawQueryString"] == "left=x&q=dev"
    assert event["rawPath"] == "/new/7" and event["requestContext"]["http"]["path"] == "/dev/pets/7"
    assert event["pathParameters"] == {"id": "7"} and event["body"] == '{"pet":{"name":"rex"}}'


def test_a_mapping_that_is_none_is_refused(app_factory):
    app = app_factory({"template.yaml": template().replace("remove:header.x-secret", "remove:header.Authorization"),
                       "app/app.py": CODE}, expect_ready=False)
    assert app.process.wait(DEADLINE_S) != 0
    assert "route POST /pets/{id}: Operations on header Authorization are restricted" in app.stderr
