"""AWS_IAM: routes of HTTP, REST and WebSocket APIs and function URLs, called with signatures of real clients."""
import datetime
import json
import os
import subprocess

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest
import requests
from conftest import DEADLINE_S, E2E_DIR, REGION, App, clean_env, write_tree
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Http:
    Type: AWS::Serverless::HttpApi
    Properties: {Auth: {EnableIamAuthorizer: true, DefaultAuthorizer: AWS_IAM}}
  Rest:
    Type: AWS::Serverless::Api
    Properties: {StageName: Prod, Auth: {DefaultAuthorizer: AWS_IAM}}
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: app/
      Handler: app.handler
      Runtime: python3.11
      FunctionUrlConfig: {AuthType: AWS_IAM}
      Events:
        V2: {Type: HttpApi, Properties: {ApiId: !Ref Http, Path: '/v2/{proxy+}', Method: ANY}}
        V1: {Type: HttpApi, Properties: {ApiId: !Ref Http, Path: /v1, Method: GET, PayloadFormatVersion: '1.0'}}
        Rest: {Type: Api, Properties: {RestApiId: !Ref Rest, Path: '/r/{proxy+}', Method: ANY}}
  Signer:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: app/, Handler: app.sign, Runtime: python3.11}
  Socket: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: s, ProtocolType: WEBSOCKET, RouteSelectionExpression: $request.body.action}}
  Stage: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Socket, StageName: dev, AutoDeploy: true}}
  Connect: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Socket, RouteKey: $connect, AuthorizationType: AWS_IAM,
    Target: !Sub 'integrations/${Int}'}}
  Default: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Socket, RouteKey: $default, Target: !Sub 'integrations/${Int}',
    RouteResponseSelectionExpression: $default}}
  Response: {Type: AWS::ApiGatewayV2::RouteResponse, Properties: {ApiId: !Ref Socket, RouteId: !Ref Default, RouteResponseKey: $default}}
  Int:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      ApiId: !Ref Socket
      IntegrationType: AWS_PROXY
      IntegrationUri: !Sub 'arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Fn.Arn}/invocations'
"""

HANDLER = """\
import json

def handler(event, context):
    return {'statusCode': 200, 'body': json.dumps(event)}
"""

FILES = {"template.yaml": TEMPLATE, "app/app.py": HANDLER}
KNOWN = ("test", "test", None)
STRANGER = ("AKIASTRANGER", "whatever", None)
OF_FILE = ("AKIAFROMFILE", "secret+of/file", "its-token")
CREDENTIALS = "[work]\naws_access_key_id = {}\naws_secret_access_key = {}\naws_session_token = {}\n".format(*OF_FILE)
MISSING = '{"message":"Missing Authentication Token"}'
URL_FORBIDDEN = ("Forbidden. For troubleshooting Function URL authorization issues, see: "
                 "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html")


def start(directory, *options):
    write_tree(directory, FILES)
    (directory / "credentials").write_text(CREDENTIALS)
    return App(directory, *options, env=clean_env(AWS_SHARED_CREDENTIALS_FILE=directory / "credentials"))


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    running = start(tmp_path_factory.mktemp("iam"))
    yield running
    assert running.stop() == 0, running.stderr
    assert "Sanitizer" not in running.stderr, running.stderr


def sign(url, method="GET", data=None, headers=None, who=KNOWN, service="execute-api", region=REGION, presign=None):
    """The URL and the headers of a request as botocore signs it."""
    credentials = botocore.credentials.Credentials(*who)
    request = botocore.awsrequest.AWSRequest(method=method, url=url, data=data, headers=headers or {})
    if presign is None:
        botocore.auth.SigV4Auth(credentials, service, region).add_auth(request)
    else:
        botocore.auth.SigV4QueryAuth(credentials, service, region, expires=presign).add_auth(request)
    return request.url, dict(request.headers)


def call(url, method="GET", data=None, **options):
    url, headers = sign(url, method, data, **options)
    return requests.request(method, url, data=data, headers=headers, timeout=DEADLINE_S)


def why(app, answer):
    """What decided, at the end of the chain that leads to it."""
    request_id = answer.headers.get("x-amzn-requestid") or answer.headers["apigw-requestid"]
    return requests.get(f"{app.edge}/_sls/why/{request_id}", timeout=DEADLINE_S).json()["chain"][-1]


# --- those that are let in ---

def check_iam(context, who=KNOWN, user="test"):
    iam = context["authorizer"]["iam"]
    assert iam["accessKey"] == who[0]
    assert iam["accountId"] == "000000000000"
    assert iam["userArn"] == f"arn:aws:iam::000000000000:user/{user}"
    assert iam["userId"].startswith("AIDA") and len(iam["userId"]) == 21
    assert iam["callerId"] == iam["userId"]
    assert (iam["cognitoIdentity"], iam["principalOrgId"]) == (None, None)


@pytest.mark.parametrize("path", ["/v2/x", "/v2/a%20b/%C3%A9?b=2&a=%20%26&a=1", "/v2//a/./c/", "/v2/~x?empty=&k"])
def test_a_signed_request_to_an_http_api_is_let_in(app, path):
    answer = call(app.api("Http") + path)
    assert answer.status_code == 200, (answer.text, why(app, answer))
    check_iam(answer.json()["requestContext"])


def test_the_body_is_signed_too(app):
    answer = call(app.api("Http") + "/v2/x", "POST", b'{"a":1}', headers={"Content-Type": "application/json"})
    assert answer.json()["body"] == '{"a":1}'
    url, headers = sign(app.api("Http") + "/v2/x", "POST", b'{"a":1}')
    answer = requests.post(url, data=b'{"a":2}', headers=headers, timeout=DEADLINE_S)
    assert (answer.status_code, answer.text) == (403, '{"message":"Forbidden"}')


def test_identity_of_payload_1_0_and_of_rest_apis(app):
    for url in (app.api("Http") + "/v1", app.api("Rest") + "/Prod/r/x", app.api("Rest") + "/r/x?y=1"):
        identity = call(url).json()["requestContext"]["identity"]
        assert identity["accessKey"] == "test"
        assert identity["accountId"] == "000000000000"
        assert identity["userArn"] == "arn:aws:iam::000000000000:user/test"
        assert identity["user"] == identity["caller"] and identity["user"].startswith("AIDA")
        assert identity["cognitoIdentityId"] is None


def test_a_function_url_is_signed_for_lambda(app):
    url = app.endpoints["urls"]["Fn"]
    answer = call(url + "x", "POST", b"text", service="lambda", headers={"Content-Type": "text/plain"})
    event = answer.json()
    check_iam(event["requestContext"])
    assert event["requestContext"]["accountId"] == "000000000000"
    assert "authorization" not in event["headers"]
    assert event["headers"]["x-amz-date"]
    assert event["body"] == "text"
    by_path = app.edge + f"/_aws/lambda-url/{event['requestContext']['apiId']}/y"
    assert call(by_path, service="lambda").json()["rawPath"] == "/y"


@pytest.mark.parametrize("service, path", [("execute-api", "/v2/x?a=b"), ("lambda", "x?a=b")])
def test_a_presigned_url_is_let_in_until_it_expires(app, service, path):
    base = app.api("Http") if service == "execute-api" else app.endpoints["urls"]["Fn"]
    url, _ = sign(base + path, service=service, presign=60)
    answer = requests.get(url, timeout=DEADLINE_S)
    assert answer.status_code == 200
    check_iam(answer.json()["requestContext"])
    answer = requests.get(url.replace("a=b", "a=c"), timeout=DEADLINE_S)
    assert answer.status_code == 403


def test_presigned_urls_end_by_the_clock_that_can_be_turned(tmp_path):
    app = start(tmp_path)
    try:
        url, _ = sign(app.api("Http") + "/v2/x", presign=60)
        app.advance("2m")
        answer = requests.get(url, timeout=DEADLINE_S)
        assert answer.status_code == 403
        assert why(app, answer).startswith("AWS_IAM: Signature expired: ")
        assert call(app.api("Http") + "/v2/x").status_code == 200  # clients' clocks are not turned
    finally:
        assert app.stop() == 0


def test_credentials_of_the_shared_file_are_known(app):
    answer = call(app.api("Http") + "/v2/x", who=OF_FILE)
    check_iam(answer.json()["requestContext"], OF_FILE, "work")
    answer = call(app.api("Http") + "/v2/x", who=(*OF_FILE[:2], "another"))
    assert answer.status_code == 403
    assert why(app, answer) == "AWS_IAM: the session token is another one"
    assert call(app.api("Http") + "/v2/x", who=(OF_FILE[0], "wrong", OF_FILE[2])).status_code == 403


def test_a_websocket_handshake_is_signed(app):
    base = app.api("Socket")
    with pytest.raises(InvalidStatus) as refused:
        connect(base, open_timeout=DEADLINE_S)
    assert refused.value.response.status_code == 403
    url, _ = sign(base.replace("ws://", "http://"), presign=60)
    with connect(url.replace("http://", "ws://"), open_timeout=DEADLINE_S) as socket:
        socket.send("{}")
        identity = json.loads(socket.recv(timeout=DEADLINE_S))["requestContext"]["identity"]
    assert identity["userArn"] == "arn:aws:iam::000000000000:user/test"
    assert identity["sourceIp"] == "127.0.0.1"
    _, headers = sign(base.replace("ws://", "http://"))
    with connect(base, additional_headers=headers, open_timeout=DEADLINE_S) as socket:
        socket.ping()


# --- those that are not ---

def test_what_is_not_signed_is_refused(app):
    answer = requests.get(app.api("Http") + "/v2/x", timeout=DEADLINE_S)
    assert (answer.status_code, answer.text) == (403, '{"message":"Forbidden"}')
    assert why(app, answer) == "AWS_IAM: the request is not signed"
    answer = requests.get(app.api("Rest") + "/r/x", timeout=DEADLINE_S)
    assert (answer.status_code, answer.text) == (403, MISSING)
    assert answer.headers["x-amzn-errortype"] == "MissingAuthenticationTokenException"
    answer = requests.get(app.endpoints["urls"]["Fn"], timeout=DEADLINE_S)
    assert (answer.status_code, answer.json()) == (403, {"Message": URL_FORBIDDEN})
    assert answer.headers["x-amzn-errortype"] == "AccessDeniedException"


def refused(url, error_type, text, **options):
    answer = call(url, **options)
    assert answer.status_code == 403
    assert answer.headers["x-amzn-errortype"] == error_type
    assert text in answer.json()["message"], answer.text
    return answer


def test_rest_apis_and_urls_say_what_is_wrong(app):
    rest, url = app.api("Rest") + "/r/x?y=1", app.endpoints["urls"]["Fn"]
    for base, service in ((rest, "execute-api"), (url, "lambda")):
        answer = refused(base, "InvalidSignatureException",
                         "The Canonical String for this request should have been\n'GET\n/",
                         who=("test", "wrong", None), service=service)
        assert why(app, answer).endswith("Consult the service documentation for details.")
        refused(base, "InvalidSignatureException", f"scoped to correct service: '{service}'", service="s3")
        refused(base, "InvalidSignatureException", "valid region, not 'eu-west-3'", region="eu-west-3", service=service)
    answer = requests.get(rest, headers={"Authorization": "Bearer x"}, timeout=DEADLINE_S)
    assert answer.headers["x-amzn-errortype"] == "IncompleteSignatureException"
    assert answer.json()["message"].startswith("Authorization header requires 'Credential' parameter. ")


def test_an_old_signature_is_refused(app, monkeypatch):
    url, headers = sign(app.api("Rest") + "/r/x")
    old = (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=6)).strftime("%Y%m%dT%H%M%SZ")
    headers["X-Amz-Date"] = old
    headers["Authorization"] = headers["Authorization"].replace(f"/{datetime.date.today():%Y%m%d}/", f"/{old[:8]}/")
    answer = requests.get(url, headers=headers, timeout=DEADLINE_S)
    assert answer.json()["message"].startswith(f"Signature expired: {old} is now earlier than ")


def test_a_strangers_signature_is_not_checked_unless_that_is_asked_for(app, tmp_path):
    answer = call(app.api("Http") + "/v2/x", who=STRANGER)
    check_iam(answer.json()["requestContext"], STRANGER, STRANGER[0])
    assert call(app.api("Http") + "/v2/x", who=STRANGER).status_code == 200
    assert app.stderr.count("nobody here has access key AKIASTRANGER") == 1
    strict = start(tmp_path, "--strict-iam")
    try:
        refused(strict.api("Rest") + "/r/x", "UnrecognizedClientException",
                "The security token included in the request is invalid.", who=STRANGER)
        assert call(strict.api("Rest") + "/r/x").status_code == 200
    finally:
        assert strict.stop() == 0


# --- other clients ---

def test_curl_signs(app):
    for url, service in ((app.api("Http") + "/v2/x", "execute-api"), (app.endpoints["urls"]["Fn"], "lambda")):
        done = subprocess.run(["curl", "-sS", "--aws-sigv4", f"aws:amz:{REGION}:{service}", "--user", "test:test",
                               "-H", "Content-Type: application/json", "-d", '{"a":1}', url],
                              capture_output=True, text=True, timeout=DEADLINE_S)
        assert done.returncode == 0, done.stderr
        event = json.loads(done.stdout)
        check_iam(event["requestContext"])
        assert event["body"] == '{"a":1}'


SDK_V3 = """\
const {SignatureV4} = require('@smithy/signature-v4');
const crypto = require('crypto');
class Sha256 {
  constructor(secret) { this.hash = secret ? crypto.createHmac('sha256', secret) : crypto.createHash('sha256'); }
  update(data) { this.hash.update(data); }
  async digest() { return new Uint8Array(this.hash.digest()); }
}
const [base, service] = process.argv.slice(2);
const url = new URL(base);
const signer = new SignatureV4({service, region: 'us-east-1', sha256: Sha256,
  credentials: {accessKeyId: 'test', secretAccessKey: 'test'}});
(async () => {
  const request = {method: 'POST', protocol: url.protocol, hostname: url.hostname, port: Number(url.port),
    path: url.pathname, query: Object.fromEntries(url.searchParams), body: '{"a":1}',
    headers: {host: url.host, 'content-type': 'application/json'}};
  const signed = await signer.sign(request);
  const answer = await fetch(base, {method: 'POST', body: signed.body, headers: signed.headers});
  const get = {...request, method: 'GET', body: undefined, headers: {host: url.host}};
  const {query, path} = await signer.presign(get, {expiresIn: 60});
  const presigned = await fetch(`${url.origin}${path}?${new URLSearchParams(query)}`);
  console.log(JSON.stringify([await answer.json(), await presigned.json()]));
})();
"""


@pytest.mark.parametrize("service", ["execute-api", "lambda"])
def test_sdk_v3_signs(app, service, tmp_path):
    base = app.api("Http") + "/v2/a%20b/x?q=1&r=%20" if service == "execute-api" else app.endpoints["urls"]["Fn"] + "x?q=1"
    (tmp_path / "sign.js").write_text(SDK_V3)
    done = subprocess.run(["node", tmp_path / "sign.js", base, service], capture_output=True, text=True,
                          timeout=DEADLINE_S, env={**os.environ, "NODE_PATH": str(E2E_DIR / "node_modules")})
    assert done.returncode == 0, done.stderr
    posted, presigned = json.loads(done.stdout)
    check_iam(posted["requestContext"])
    check_iam(presigned["requestContext"])
