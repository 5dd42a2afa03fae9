"""Authorizers, request validators and gateway responses of templates, with real functions, tokens and clients."""
import json
import subprocess

import pytest
import requests
from conftest import BINARY, DEADLINE_S, clean_env
from wire import exchange

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Runtime: python3.11, CodeUri: app/}}
Resources:
  Http:
    Type: AWS::Serverless::HttpApi
    Properties:
      Auth:
        DefaultAuthorizer: Simple
        Authorizers:
          Simple:
            FunctionArn: !GetAtt Auth.Arn
            AuthorizerPayloadFormatVersion: '2.0'
            EnableSimpleResponses: true
            EnableFunctionDefaultPermissions: true
            Identity: {Headers: [X-Key], ReauthorizeEvery: 60}
          Policy:
            FunctionArn: !GetAtt Auth.Arn
            AuthorizerPayloadFormatVersion: '1.0'
            Identity: {Headers: [X-Key], ReauthorizeEvery: 60}
          Jwt:
            IdentitySource: $request.header.Authorization
            JwtConfiguration: {issuer: 'https://idp.example.com', audience: [web, app]}
          Scoped:
            IdentitySource: $request.header.Authorization
            AuthorizationScopes: [pets.write, pets.read]
            JwtConfiguration: {issuer: 'https://idp.example.com', audience: [web, app]}
  Rest:
    Type: AWS::Serverless::Api
    Properties:
      StageName: prod
      Auth:
        AddDefaultAuthorizerToCorsPreflight: false
        Authorizers:
          Token: {FunctionArn: !GetAtt Auth.Arn, Identity: {Header: X-Key, ReauthorizeEvery: 300}}
          Pool: {UserPoolArn: 'arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_Abc'}
      Models:
        Sum: {type: object, required: [a, b], properties: {a: {type: number}, b: {type: number}}}
      GatewayResponses:
        BAD_REQUEST_BODY:
          StatusCode: 422
          ResponseParameters: {Headers: {Access-Control-Allow-Origin: "'*'"}}
          ResponseTemplates: {application/json: '{"why": "$context.error.validationErrorString"}'}
  Auth: {Type: AWS::Serverless::Function, Properties: {Handler: app.auth}}
  Echo:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.echo
      Events:
        A: {Type: HttpApi, Properties: {ApiId: !Ref Http, Path: /a, Method: get}}
        B: {Type: HttpApi, Properties: {ApiId: !Ref Http, Path: /b, Method: get, Auth: {Authorizer: Policy}}}
        C: {Type: HttpApi, Properties: {ApiId: !Ref Http, Path: /c, Method: get, Auth: {Authorizer: Policy}}}
        Open: {Type: HttpApi, Properties: {ApiId: !Ref Http, Path: /open, Method: get, Auth: {Authorizer: NONE}}}
        Me: {Type: HttpApi, Properties: {ApiId: !Ref Http, Path: /me, Method: get, Auth: {Authorizer: Jwt}}}
        Pets: {Type: HttpApi, Properties: {ApiId: !Ref Http, Path: /pets, Method: get, Auth: {Authorizer: Scoped}}}
        RC: {Type: Api, Properties: {RestApiId: !Ref Rest, Path: /pool, Method: get, Auth: {Authorizer: Pool}}}
        RA: {Type: Api, Properties: {RestApiId: !Ref Rest, Path: /alpha, Method: get, Auth: {Authorizer: Token}}}
        RB: {Type: Api, Properties: {RestApiId: !Ref Rest, Path: /beta, Method: get, Auth: {Authorizer: Token}}}
        Admin: {Type: Api, Properties: {RestApiId: !Ref Rest, Path: /admin, Method: post, Auth: {Authorizer: Token}}}
        Any: {Type: Api, Properties: {RestApiId: !Ref Rest, Path: '/{proxy+}', Method: any}}
        Sum:
          Type: Api
          Properties:
            RestApiId: !Ref Rest
            Path: /sum
            Method: post
            RequestModel: {Model: Sum, Required: true, ValidateBody: true, ValidateParameters: true}
            RequestParameters: [method.request.querystring.q: {Required: true}]
"""

CODE = """\
import json
count = 0

def echo(event, context):
    return {'statusCode': 200, 'body': json.dumps(event)}

def auth(event, context):
    global count
    count += 1
    key = event.get('authorizationToken') or event['headers']['x-key']
    if key == 'throw':
        raise Exception('Unauthorized')
    if key == 'fail':
        raise Exception('else')
    if event.get('version') == '2.0':
        return {'isAuthorized': key == 'yes', 'context': {'count': count, 'key': key}}
    arn = event['methodArn']
    return {'principalId': key, 'context': {'count': count}, 'policyDocument': {'Version': '2012-10-17', 'Statement': [
        {'Effect': 'Deny' if key == 'no' else 'Allow', 'Action': 'execute-api:Invoke', 'Resource': arn}]}}
"""


@pytest.fixture
def app(app_factory):
    return app_factory({"template.yaml": TEMPLATE, "app/app.py": CODE})


def get(app, api, path, key=None):
    return exchange(app.api(api), "GET", path, [("X-Key", key)] if key else [])


def authorizer_of(answer):
    assert answer.status == 200, answer
    return json.loads(answer.body)["requestContext"]["authorizer"]


def test_simple_responses_are_kept_for_every_route(app):
    assert authorizer_of(get(app, "Http", "/a", "yes")) == {"lambda": {"count": 1, "key": "yes"}}
    assert authorizer_of(get(app, "Http", "/a", "yes")) == {"lambda": {"count": 1, "key": "yes"}}
    refused = get(app, "Http", "/a", "no")
    assert (refused.status, refused.body) == (403, b'{"message":"Forbidden"}')
    missing = get(app, "Http", "/a")
    assert (missing.status, missing.body) == (401, b'{"message":"Unauthorized"}')
    assert get(app, "Http", "/a", "throw").status == 401
    assert get(app, "Http", "/a", "fail").status == 500
    assert get(app, "Http", "/open").status == 200
    app.wait_for(lambda line: line.get("reason") == "authorizer Simple: isAuthorized is false")


def test_case_31_policies_are_judged_for_each_route(app):
    assert authorizer_of(get(app, "Http", "/b", "me"))["lambda"] == {"count": 1}
    refused = get(app, "Http", "/c", "me")
    assert (refused.status, refused.body) == (403, b'{"message":"Forbidden"}')
    assert get(app, "Http", "/b", "me").status == 200


def test_case_32_who_names_no_identity_is_refused_without_a_call(app):
    for _ in range(2):
        refused = get(app, "Http", "/b")
        assert (refused.status, refused.body) == (401, b'{"message":"Unauthorized"}')
    assert authorizer_of(get(app, "Http", "/b", "me"))["lambda"] == {"count": 1}, "the first call of the authorizer"


def test_cases_48_to_50_of_rest_apis(app):
    assert authorizer_of(get(app, "Rest", "/prod/alpha", "me")) | {"integrationLatency": 0} == {
        "principalId": "me", "count": "1", "integrationLatency": 0}
    other = get(app, "Rest", "/prod/beta", "me")
    assert other.status == 403 and other.get("x-amzn-ErrorType") == "AccessDeniedException"
    assert other.body == b'{"Message":"User is not authorized to access this resource"}'
    denied = get(app, "Rest", "/prod/alpha", "no")
    assert denied.status == 403 and b"with an explicit deny" in denied.body
    missing = get(app, "Rest", "/prod/alpha")
    assert (missing.status, missing.get("x-amzn-ErrorType")) == (401, "UnauthorizedException")
    assert get(app, "Rest", "/prod/alpha", "throw").status == 401
    failed = get(app, "Rest", "/prod/alpha", "fail")
    assert (failed.status, failed.body) == (500, b'{"message":null}')
    assert json.loads(get(app, "Rest", "/prod/admin").body)["resource"] == "/{proxy+}", "the open route answers GET"


def test_validators_have_the_gateway_response_of_the_api(app):
    json_type = [("Content-Type", "application/json")]
    api = app.api("Rest")
    missing = exchange(api, "POST", "/prod/sum", json_type, b'{"a":1,"b":2}')
    assert (missing.status, missing.body) == (400, b'{"message": "Missing required request parameters: [q]"}')
    bad = exchange(api, "POST", "/prod/sum?q=1", json_type, b'{"a":1}')
    assert bad.status == 422 and bad.get("Access-Control-Allow-Origin") == "*"
    assert b"object has missing required properties" in bad.body
    assert exchange(api, "POST", "/prod/sum?q=1", json_type, b'{"a":1,"b":2}').status == 200


# --- tokens: the template's issuer is nowhere; the local one signs in its name ---

ISSUER = "https://idp.example.com"


def token(app, *words):
    done = subprocess.run([BINARY, "token", "--sub", "u1", *words], cwd=app.directory, env=clean_env(),
                          capture_output=True, text=True, timeout=DEADLINE_S)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def ask(app, path, text, api="Http"):
    return exchange(app.api(api), "GET", path, [("Authorization", text)] if text else [])


def test_case_28_tokens_that_are_refused(app):
    def refused(text, description):
        answer = ask(app, "/me", text)
        assert (answer.status, answer.body) == (401, b'{"message":"Unauthorized"}'), answer
        wanted = f'Bearer scope="" error="invalid_token" error_description="{description}"' if description else "Bearer"
        assert answer.get("www-authenticate") == wanted
    refused(None, None)
    refused("Bearer not-a-token", "token contains an invalid number of segments")
    refused("Bearer " + token(app, "--issuer", ISSUER, "--aud", "other"), "the token does not have a valid audience")
    refused("Bearer " + token(app, "--issuer", "https://other.example.com", "--aud", "web"), "issuer does not match")
    good = token(app, "--issuer", ISSUER, "--aud", "web", "--ttl", "1h")
    assert ask(app, "/me", good).status == 200, "without Bearer"
    assert ask(app, "/me", "Bearer " + good).status == 200
    subprocess.run([BINARY, "clock", "advance", "61m"], cwd=app.directory, env=clean_env(), check=True,
                   capture_output=True, timeout=DEADLINE_S)
    refused("Bearer " + good, "the token has expired")


def test_case_29_scopes_of_a_route(app):
    def scoped(scope):
        return ask(app, "/pets", "Bearer " + token(app, "--issuer", ISSUER, "--aud", "app", "--scope", scope))
    lacking = scoped("pets.delete")
    assert (lacking.status, lacking.body) == (403, b'{"message":"Forbidden"}')
    assert lacking.get("www-authenticate") == ('Bearer scope="pets.write pets.read" error="insufficient_scope" '
                                               'error_description="expected scopes: [pets.write pets.read]"')
    assert authorizer_of(scoped("x pets.read"))["jwt"]["scopes"] == ["x", "pets.read"]


def test_case_30_claims_are_strings(app):
    text = token(app, "--issuer", ISSUER, "--aud", "web", "--claim", "n:=7", "--claim", "ok:=true", "--claim",
                 "none:=null", "--claim", 'nested:={"a": [1, true]}', "--groups", "admin,dev")
    seen = authorizer_of(ask(app, "/me", "Bearer " + text))["jwt"]
    assert seen["scopes"] is None
    claims = seen["claims"]
    assert (claims["sub"], claims["n"], claims["ok"], claims["groups"]) == ("u1", "7", "true", "[admin dev]")
    assert claims["nested"] == "map[a:[1 true]]", "as Go prints it"
    assert "none" not in claims and claims["exp"].isdigit()


def test_user_pools_of_rest_apis(app):
    pool = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Abc"
    good = token(app, "--issuer", pool, "--claim", "token_use=id", "--claim", "email=a@b.c")
    claims = authorizer_of(ask(app, "/prod/pool", good, "Rest"))["claims"]
    assert (claims["sub"], claims["email"]) == ("u1", "a@b.c")
    missing = ask(app, "/prod/pool", None, "Rest")
    assert (missing.status, missing.body) == (401, b'{"message":"Unauthorized"}')
    assert ask(app, "/prod/pool", token(app, "--issuer", pool, "--claim", "token_use=access"), "Rest").status == 401
    subprocess.run([BINARY, "clock", "advance", "61m"], cwd=app.directory, env=clean_env(), check=True,
                   capture_output=True, timeout=DEADLINE_S)
    old = ask(app, "/prod/pool", good, "Rest")
    assert (old.status, old.body) == (401, b'{"message":"The incoming token has expired"}')
    assert old.get("x-amzn-ErrorType") == "UnauthorizedException" and not old.get("www-authenticate")
    why = requests.get(f"{app.edge}/_sls/why/{old.get('x-amzn-RequestId')}", timeout=DEADLINE_S).json()
    assert why["chain"][-1].startswith("authorizer Pool: exp was ")


# --- and why ---

def test_a_refusal_can_be_asked_for_its_reason(app):
    refused = get(app, "Rest", "/prod/alpha", "no")
    page = app.edge + "/_sls/why"
    why = requests.get(f"{page}/{refused.get('x-amzn-RequestId')}", timeout=DEADLINE_S).json()
    assert (why["status"], why["api"], why["method"], why["path"]) == (403, "Rest", "GET", "/prod/alpha")
    assert why["chain"][0] == "route GET /alpha" and why["chain"][1].startswith("authorizer Token: its policy denies arn:")
    assert requests.get(page, timeout=DEADLINE_S).json()["refused"][0] == why
    assert get(app, "Http", "/open").status == 200
    assert len(requests.get(page, timeout=DEADLINE_S).json()["refused"]) == 1, "what was answered is not kept"
    assert requests.get(page + "/none", timeout=DEADLINE_S).status_code == 404
