"""What stages have kept is let go on request: answers, and results of authorizers."""
import pytest
import requests
from botocore.exceptions import ClientError
from conftest import DEADLINE_S

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Runtime: python3.11, CodeUri: app/}}
Resources:
  Rest:
    Type: AWS::Serverless::Api
    Properties:
      StageName: dev
      CacheClusterEnabled: true
      CacheClusterSize: '0.5'
      MethodSettings: [{HttpMethod: '*', ResourcePath: '/*', CachingEnabled: true, CacheTtlInSeconds: 300}]
      Auth: {Authorizers: {Gate: {FunctionArn: !GetAtt Auth.Arn, Identity: {Header: X-Key, ReauthorizeEvery: 300}}}}
  Http:
    Type: AWS::Serverless::HttpApi
    Properties:
      Auth:
        Authorizers:
          Gate: {FunctionArn: !GetAtt Auth.Arn, AuthorizerPayloadFormatVersion: '2.0', EnableSimpleResponses: true,
                 EnableFunctionDefaultPermissions: true, Identity: {Headers: [X-Key], ReauthorizeEvery: 300}}
          Jwt: {IdentitySource: $request.header.Authorization, JwtConfiguration: {issuer: 'https://i.example', audience: [a]}}
  Auth: {Type: AWS::Serverless::Function, Properties: {FunctionName: auth, Handler: app.auth}}
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: fn
      Handler: app.handler
      Events:
        Rest: {Type: Api, Properties: {RestApiId: !Ref Rest, Path: /x, Method: get}}
        Guarded: {Type: Api, Properties: {RestApiId: !Ref Rest, Path: /guarded, Method: post, Auth: {Authorizer: Gate}}}
        Http: {Type: HttpApi, Properties: {ApiId: !Ref Http, Path: /x, Method: get, Auth: {Authorizer: Gate}}}
        Token: {Type: HttpApi, Properties: {ApiId: !Ref Http, Path: /token, Method: get, Auth: {Authorizer: Jwt}}}
"""
CODE = """\
count = 0

def handler(event, context):
    global count
    count += 1
    key = (event["requestContext"].get("authorizer") or {})
    return {"statusCode": 200, "body": f"{count} {key.get('asked') or key.get('lambda', {}).get('asked')}"}

asked = 0

def auth(event, context):
    global asked
    asked += 1
    statement = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*"}
    return {"principalId": "u", "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
            "isAuthorized": True, "context": {"asked": asked}}
"""


@pytest.fixture
def app(app_factory):
    return app_factory({"template.yaml": TEMPLATE, "app/app.py": CODE})


def ask(app, method, path, api):
    answer = requests.request(method, app.api(api) + path, headers={"X-Key": "me"}, timeout=DEADLINE_S)
    assert answer.status_code == 200, answer.text
    return answer.text


def asked(app, method, path, api):
    return int(ask(app, method, path, api).split()[1])


def test_answers_of_a_stage_are_let_go(app):
    rest = app.client("apigateway")
    api = rest.get_rest_apis()["items"][0]["id"]
    first = ask(app, "GET", "/dev/x", "Rest")
    assert ask(app, "GET", "/dev/x", "Rest") == first
    rest.flush_stage_cache(restApiId=api, stageName="dev")
    second = ask(app, "GET", "/dev/x", "Rest")
    assert second != first and ask(app, "GET", "/dev/x", "Rest") == second
    rest.flush_stage_authorizers_cache(restApiId=api, stageName="dev")
    assert ask(app, "GET", "/dev/x", "Rest") == second, "the other cache stays"


def test_results_of_authorizers_are_let_go(app):
    rest, v2 = app.client("apigateway"), app.client("apigatewayv2")
    rest_id, http_id = rest.get_rest_apis()["items"][0]["id"], v2.get_apis()["Items"][0]["ApiId"]
    first = asked(app, "POST", "/dev/guarded", "Rest")
    assert asked(app, "POST", "/dev/guarded", "Rest") == first
    rest.flush_stage_cache(restApiId=rest_id, stageName="dev")
    assert asked(app, "POST", "/dev/guarded", "Rest") == first, "the other cache stays"
    rest.flush_stage_authorizers_cache(restApiId=rest_id, stageName="dev")
    assert asked(app, "POST", "/dev/guarded", "Rest") == first + 1
    of_http = asked(app, "GET", "/x", "Http")
    assert asked(app, "GET", "/x", "Http") == of_http
    v2.reset_authorizers_cache(ApiId=http_id, StageName="$default")
    assert asked(app, "GET", "/x", "Http") == of_http + 1


def test_what_is_not_there_is_refused_by_name(app):
    rest, v2 = app.client("apigateway"), app.client("apigatewayv2")
    rest_id, http_id = rest.get_rest_apis()["items"][0]["id"], v2.get_apis()["Items"][0]["ApiId"]
    jwt = next(a["AuthorizerId"] for a in v2.get_authorizers(ApiId=http_id)["Items"] if a["AuthorizerType"] == "JWT")

    def refused(call, **parameters):
        with pytest.raises(ClientError) as caught:
            call(**parameters)
        return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]
    missing = ("NotFoundException", "Invalid stage identifier specified")
    assert refused(rest.flush_stage_cache, restApiId=rest_id, stageName="none") == missing
    assert refused(rest.flush_stage_authorizers_cache, restApiId=rest_id, stageName="none") == missing
    assert refused(v2.reset_authorizers_cache, ApiId=http_id, StageName="none")[0] == "NotFoundException"
    # tokens of HTTP APIs cannot be tried: REST APIs alone have TestInvokeAuthorizer
    assert refused(rest.test_invoke_authorizer, restApiId=http_id, authorizerId=jwt) == (
        "NotFoundException", f"Invalid API identifier specified 000000000000:{http_id}")
