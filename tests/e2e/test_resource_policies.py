"""Resource policies of REST APIs: in SAM's forms, in documents, in serverless.yml and by request."""
import json
import subprocess

import botocore.exceptions
import pytest
import requests
from conftest import BINARY, DEADLINE_S, App, clean_env, needs, write_tree
from requests.adapters import HTTPAdapter
from test_iam import HANDLER, sign

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Runtime: python3.11, CodeUri: app/, Handler: app.handler}}
Resources:
  Listed:
    Type: AWS::Serverless::Api
    Properties:
      StageName: Prod
      Auth: {ResourcePolicy: {IpRangeWhitelist: [203.0.113.0/24], SourceVpcWhitelist: [vpce-1a2b3c4d]}}
  Barred:
    Type: AWS::Serverless::Api
    Properties: {StageName: Prod, Auth: {ResourcePolicy: {IpRangeBlacklist: [127.0.0.5/32]}}}
  Custom:
    Type: AWS::Serverless::Api
    Properties:
      StageName: Prod
      Auth:
        ResourcePolicy:
          CustomStatements:
            - {Effect: Allow, Principal: '*', Action: execute-api:Invoke, Resource: 'execute-api:/Prod/GET/*'}
            - Sid: NoRobots
              Effect: Deny
              Principal: '*'
              Action: execute-api:Invoke
              Resource: execute-api:/*
              Condition: {StringLike: {aws:UserAgent: '*robot*'}}
  Barring:
    Type: AWS::Serverless::Api
    Properties:
      StageName: Prod
      Auth: {DefaultAuthorizer: AWS_IAM, InvokeRole: NONE, ResourcePolicy: {AwsAccountBlacklist: ['000000000000']}}
  Welcoming:
    Type: AWS::Serverless::Api
    Properties:
      StageName: Prod
      Auth: {DefaultAuthorizer: AWS_IAM, InvokeRole: NONE, ResourcePolicy: {AwsAccountWhitelist: ['000000000000']}}
  Private:
    Type: AWS::Serverless::Api
    Properties:
      StageName: Prod
      Auth: {ResourcePolicy: {IntrinsicVpceWhitelist: [!Ref AWS::StackName]}}
  Document:
    Type: AWS::Serverless::Api
    Properties:
      StageName: Prod
      Auth: {Authorizers: {Pool: {UserPoolArn: 'arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_Abc'}}}
      DefinitionBody:
        openapi: 3.0.1
        x-amazon-apigateway-policy:
          Version: '2012-10-17'
          Statement:
            - {Effect: Allow, Principal: '*', Action: execute-api:Invoke, Resource: execute-api:/Prod/GET/open}
            - Effect: Deny
              Principal: {AWS: !Sub 'arn:aws:iam::${AWS::AccountId}:user/test'}
              Action: execute-api:Invoke
              Resource: !Sub 'arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:*/Prod/GET/not-test'
              Condition: {StringEquals: {aws:PrincipalType: User, aws:username: test,
                                         aws:PrincipalAccount: !Ref AWS::AccountId}}
        paths:
          /open: {get: {x-amazon-apigateway-integration: &int {type: aws_proxy, httpMethod: POST,
            uri: !Sub 'arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Fn.Arn}/invocations'}}}
          /closed: {get: {x-amazon-apigateway-integration: *int}}
          /signed: {get: {x-amazon-apigateway-auth: {type: AWS_IAM}, x-amazon-apigateway-integration: *int}}
          /not-test: {get: {x-amazon-apigateway-auth: {type: AWS_IAM}, x-amazon-apigateway-integration: *int}}
          /pool: {get: {security: [Pool: []], x-amazon-apigateway-integration: *int}}
  OfEvent: {Type: AWS::Serverless::Api, Properties: {StageName: Prod}}
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        Listed: {Type: Api, Properties: {RestApiId: !Ref Listed, Path: /x, Method: get}}
        Barred: {Type: Api, Properties: {RestApiId: !Ref Barred, Path: /x, Method: any}}
        Barring: {Type: Api, Properties: {RestApiId: !Ref Barring, Path: /x, Method: get}}
        Welcoming: {Type: Api, Properties: {RestApiId: !Ref Welcoming, Path: /x, Method: get}}
        Private: {Type: Api, Properties: {RestApiId: !Ref Private, Path: /x, Method: get}}
        OfEvent:
          Type: Api
          Properties:
            RestApiId: !Ref OfEvent
            Path: /x
            Method: get
            Auth: {ResourcePolicy: {CustomStatements: [{Effect: Allow, Principal: '*', Action: execute-api:Invoke,
              Resource: execute-api:/Prod/GET/y}]}}
        OfEventY: {Type: Api, Properties: {RestApiId: !Ref OfEvent, Path: /y, Method: get}}
        Get: {Type: Api, Properties: {RestApiId: !Ref Custom, Path: /x, Method: get}}
        Post: {Type: Api, Properties: {RestApiId: !Ref Custom, Path: /x, Method: post}}
"""
FILES = {"template.yaml": TEMPLATE, "app/app.py": HANDLER}


class From(HTTPAdapter):
    """Requests of another address of this machine."""

    def __init__(self, address):
        self.address = address
        super().__init__()

    def init_poolmanager(self, *args, **kwargs):
        super().init_poolmanager(*args, source_address=(self.address, 0), **kwargs)


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    directory = tmp_path_factory.mktemp("policies")
    write_tree(directory, FILES)
    running = App(directory)
    yield running
    assert running.stop() == 0


def get(url, address="127.0.0.1", method="GET", **headers):
    with requests.Session() as session:
        session.mount("http://", From(address))
        return session.request(method, url, headers=headers, timeout=DEADLINE_S)


def why(app, answer):
    request_id = answer.headers["x-amzn-requestid"]
    return requests.get(f"{app.edge}/_sls/why/{request_id}", timeout=DEADLINE_S).json()["chain"][-1]


def denied(app, answer, place, who="anonymous", explicit=False):
    assert answer.status_code == 403
    assert answer.headers["x-amzn-errortype"] == "AccessDeniedException"
    start, arn = answer.json()["Message"].split(" on resource: ")
    assert start == f"User: {who} is not authorized to perform: execute-api:Invoke"
    arn, blank, rest = arn.partition(" ")
    assert (blank + rest) == (" with an explicit deny" if explicit else "")
    assert arn.startswith("arn:aws:execute-api:us-east-1:********0000:") and arn.endswith(place)
    assert answer.text == json.dumps(answer.json(), separators=(",", ":"))
    return why(app, answer)


def test_networks_that_are_demanded_are_met_by_this_machine(app):
    assert get(app.api("Listed") + "/Prod/x").status_code == 200
    assert get(app.api("Listed") + "/Prod/x").status_code == 200
    told = [line for line in app.stderr.splitlines() if "warning: Listed: resource policy: " in line]
    assert len(told) == 1 and "--strict-iam" in told[0] and "from 127.0.0.1" in told[0]


def test_but_not_with_strict_iam(tmp_path):
    write_tree(tmp_path, FILES)
    strict = App(tmp_path, "--strict-iam")
    try:
        reason = denied(strict, get(strict.api("Listed") + "/Prod/x"), "/Prod/GET/x", explicit=True)
        assert reason.startswith("resource policy: Statement[")
        assert reason.endswith("denies anonymous from 127.0.0.1, which is outside aws:SourceIp 203.0.113.0/24")
        assert get(strict.api("Barred") + "/Prod/x").status_code == 200
        assert get(strict.api("Custom") + "/Prod/x").status_code == 200
    finally:
        assert strict.stop() == 0


def test_a_list_of_addresses_that_are_barred_is_judged(app):
    assert get(app.api("Barred") + "/Prod/x").status_code == 200
    reason = denied(app, get(app.api("Barred") + "/Prod/x", "127.0.0.5"), "/Prod/GET/x", explicit=True)
    assert "denies anonymous from 127.0.0.5" in reason
    line = app.wait_for(lambda line: line.get("api") == "Barred" and line["status"] == 403)
    assert line["reason"] == reason


def test_statements_of_ones_own_with_short_resources_and_user_agents(app):
    assert get(app.api("Custom") + "/Prod/x").status_code == 200
    reason = denied(app, get(app.api("Custom") + "/Prod/x", method="POST"), "/Prod/POST/x")
    assert reason == "resource policy: no statement allows anonymous from 127.0.0.1 to call POST /x"
    reason = denied(app, get(app.api("Custom") + "/Prod/x", **{"User-Agent": "a robot"}), "/Prod/GET/x", explicit=True)
    assert reason == "resource policy: Statement[1] (NoRobots) denies anonymous from 127.0.0.1"
    answer = get(app.api("Custom") + "/Prod/y")
    assert answer.json() == {"message": "Missing Authentication Token"}


def test_accounts_endpoints_and_statements_of_events(app):
    def signed(name):
        url, headers = sign(app.api(name) + "/Prod/x")
        return requests.get(url, headers=headers, timeout=DEADLINE_S)
    assert signed("Welcoming").status_code == 200
    denied(app, signed("Barring"), "/Prod/GET/x", "arn:aws:iam::000000000000:user/test", True)
    assert get(app.api("Private") + "/Prod/x").status_code == 200
    assert "warning: Private: resource policy: Statement[1] denies anonymous from 127.0.0.1, which is outside " \
        "aws:SourceVpce " in app.stderr
    assert get(app.api("OfEvent") + "/Prod/y").status_code == 200
    denied(app, get(app.api("OfEvent") + "/Prod/x"), "/Prod/GET/x")


def test_a_documents_policy_beside_iam_and_user_pools(app):
    base = app.api("Document") + "/Prod"
    assert get(base + "/open").status_code == 200
    denied(app, get(base + "/closed"), "/Prod/GET/closed")
    # IAM allows, the policy says nothing: table A
    url, headers = sign(base + "/signed")
    assert requests.get(url, headers=headers, timeout=DEADLINE_S).status_code == 200
    assert get(base + "/signed").json() == {"message": "Missing Authentication Token"}
    url, headers = sign(base + "/not-test")
    user = "arn:aws:iam::000000000000:user/test"
    reason = denied(app, requests.get(url, headers=headers, timeout=DEADLINE_S), "/Prod/GET/not-test", user, True)
    assert reason == f"resource policy: Statement[1] denies {user} from 127.0.0.1"
    # the pool lets in, the policy says nothing: table B
    assert get(base + "/pool").status_code == 401
    token = subprocess.run([BINARY, "token", "--sub", "u1"], cwd=app.directory, env=clean_env(), capture_output=True,
                           text=True, timeout=DEADLINE_S).stdout.strip()
    denied(app, get(base + "/pool", Authorization=token), "/Prod/GET/pool")


def test_a_policy_is_put_changed_and_taken_away_by_request(app):
    api = app.client("apigateway")
    policy = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"}]}
    made = api.create_rest_api(name="made", policy=json.dumps(policy))["id"]
    root = api.get_resources(restApiId=made)["items"][0]["id"]
    api.put_method(restApiId=made, resourceId=root, httpMethod="GET", authorizationType="NONE")
    api.put_integration(restApiId=made, resourceId=root, httpMethod="GET", type="MOCK",
                        requestTemplates={"application/json": '{"statusCode": 200}'})
    api.put_method_response(restApiId=made, resourceId=root, httpMethod="GET", statusCode="200")
    api.put_integration_response(restApiId=made, resourceId=root, httpMethod="GET", statusCode="200")
    api.create_deployment(restApiId=made, stageName="dev")
    url = f"{app.edge}/_aws/execute-api/{made}/dev/"
    denied(app, get(url), f":{made}/dev/GET/", explicit=True)
    assert api.test_invoke_method(restApiId=made, resourceId=root, httpMethod="GET")["status"] == 200, "it passes by"
    told = json.loads(api.get_rest_api(restApiId=made)["policy"])
    assert told["Statement"][0].pop("Resource") == f"arn:aws:execute-api:us-east-1:000000000000:{made}/*"
    assert told == {"Version": policy["Version"], "Statement": [
        {key: value for key, value in policy["Statement"][0].items() if key != "Resource"}]}

    def patch(value):
        api.update_rest_api(restApiId=made, patchOperations=[{"op": "replace", "path": "/policy", "value": value}])
        api.create_deployment(restApiId=made, stageName="dev")

    patch(json.dumps(policy).replace("Deny", "Allow"))
    assert get(url).status_code == 200
    for wrong in ('{"Statement":[{}]}', "{"):
        with pytest.raises(botocore.exceptions.ClientError) as raised:
            patch(wrong)
        assert raised.value.response["Error"]["Code"] == "BadRequestException"
    patch("")
    assert get(url).status_code == 200
    for statements, code in (([{"Effect": "Allow"}], "BadRequestException"), (policy["Statement"], None)):
        document = {"openapi": "3.0.1", "info": {"title": "made", "version": "1"}, "paths": {},
                    "x-amazon-apigateway-policy": {**policy, "Statement": statements}}
        if code is None:
            api.put_rest_api(restApiId=made, mode="merge", body=json.dumps(document).encode())
            continue
        with pytest.raises(botocore.exceptions.ClientError) as raised:
            api.put_rest_api(restApiId=made, mode="merge", body=json.dumps(document).encode())
        assert raised.value.response["Error"]["Code"] == code
    api.create_deployment(restApiId=made, stageName="dev")
    denied(app, get(url), f":{made}/dev/GET/", explicit=True)


def test_a_policy_that_is_none_is_told_with_its_place(tmp_path):
    write_tree(tmp_path, {"template.yaml": """\
Resources:
  Api:
    Type: AWS::ApiGateway::RestApi
    Properties:
      Name: a
      Policy: {Statement: [{Effect: Allow, Action: execute-api:Invoke, Resource: '*'}]}
"""})
    done = subprocess.run([BINARY, "up", "--port", "0", "--edge-port", "0"], cwd=tmp_path, env=clean_env(),
                          capture_output=True, text=True, timeout=DEADLINE_S)
    assert done.returncode == 1
    assert "template.yaml:2:3: Invalid policy document. Please check the policy syntax and ensure that " \
           "Principals are valid. (statement 0: it has neither 'Principal' nor 'NotPrincipal')" in done.stderr


@needs("node")
def test_serverless_yml(app_factory):
    app = app_factory({"serverless.yml": """\
service: s
provider:
  name: aws
  runtime: nodejs20.x
  apiGateway:
    resourcePolicy:
      - {Effect: Allow, Principal: '*', Action: execute-api:Invoke, Resource: ['execute-api:/*/GET/*']}
functions:
  f:
    handler: index.handler
    events: [{http: {path: a, method: get}}, {http: {path: a, method: post}}]
""", "index.js": "exports.handler = async () => ({statusCode: 200});\n"})
    assert app.get("/dev/a").status_code == 200
    denied(app, app.post("/dev/a"), "/dev/POST/a")
