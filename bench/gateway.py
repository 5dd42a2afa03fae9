"""What each feature of API Gateway adds to a request: rates beside that of the same function on a bare route."""
import base64
import contextlib
import json
import os
import resource
import socket
import subprocess
import time
import urllib.parse

from aws import Edge
from figures import SECONDS, record
from load import BINARY, RELEASE, Up, best_of, scratch, wrk

CONNECTIONS = 16
ISSUER = "https://issuer.example.com"
CROWD = 10000

AUTH = """
def token(event, context):
    return {"principalId": "me", "policyDocument": {"Version": "2012-10-17", "Statement": [
        {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": "*"}]}}

def simple(event, context):
    return {"isAuthorized": True}

def echo(event, context):
    return {"statusCode": 200, "body": event["requestContext"]["connectionId"]}
"""
FUNCTION = "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${C.Arn}/invocations"


def integration(kind, **rest):
    return {"type": kind, "httpMethod": "POST", "uri": {"Fn::Sub": FUNCTION}, **rest}


def operation(integration, **rest):
    return {**rest, "x-amazon-apigateway-integration": integration}


PROXY = integration("aws_proxy")
TEMPLATED = {"requestTemplates": {"application/json": "{\"a\": $input.json('$.a'), \"q\": \"$input.params('q')\", "
                                                      "\"ip\": \"$context.identity.sourceIp\"}"},
             "responses": {"default": {"statusCode": "200"}}}
MODEL = {"type": "object", "required": ["a", "b"], "properties": {"a": {"type": "number"}, "b": {"type": "string"}}}
REST = {"openapi": "3.0.1", "info": {"title": "rest", "version": "1"},
        "components": {"schemas": {"Body": MODEL}, "securitySchemes": {"token": {
            "type": "apiKey", "name": "X-Key", "in": "header", "x-amazon-apigateway-authtype": "custom",
            "x-amazon-apigateway-authorizer": {"type": "token", "authorizerResultTtlInSeconds": 300, "authorizerUri": {
                "Fn::Sub": FUNCTION.replace("C.Arn", "Token.Arn")}}}}},
        "x-amazon-apigateway-request-validators": {"all": {"validateRequestBody": True, "validateRequestParameters": True}},
        "paths": {
            "/bare": {"get": operation(PROXY), "post": operation(PROXY)},
            "/token": {"get": operation(PROXY, security=[{"token": []}])},
            "/model": {"post": operation(PROXY, **{
                "x-amazon-apigateway-request-validator": "all",
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Body"}}}}})},
            "/templates": {"post": operation(integration("aws", **TEMPLATED))},
            "/mock": {"get": operation({"type": "mock", "requestTemplates": {"application/json": "{\"statusCode\": 200}"},
                                        "responses": {"default": {"statusCode": "200", "responseTemplates": {
                                            "application/json": "{\"id\": \"$context.requestId\"}"}}}})},
            "/cached": {"get": operation(PROXY)},
        }}
TEMPLATE = {
    "Transform": "AWS::Serverless-2016-10-31",
    "Globals": {"Function": {"Runtime": "python3.13", "CodeUri": "py", "Timeout": 10}},
    "Resources": {
        "C": {"Type": "AWS::Serverless::Function", "Properties": {
            "Runtime": "provided.al2023", "Handler": "x", "CodeUri": "c", "Events": {
                name: {"Type": "HttpApi", "Properties": {"ApiId": {"Ref": api}, "Method": "GET", "Path": path, **auth}}
                for name, api, path, auth in (("Bare", "Http", "/bare", {}), ("Logged", "Logged", "/bare", {}),
                                              ("Jwt", "Http", "/jwt", {"Auth": {"Authorizer": "Jwt"}}),
                                              ("Simple", "Http", "/simple", {"Auth": {"Authorizer": "Simple"}}))}}},
        "Token": {"Type": "AWS::Serverless::Function", "Properties": {"Handler": "app.token"}},
        "Simple": {"Type": "AWS::Serverless::Function", "Properties": {"Handler": "app.simple"}},
        "Echo": {"Type": "AWS::Serverless::Function", "Properties": {"Handler": "app.echo"}},
        "Http": {"Type": "AWS::Serverless::HttpApi", "Properties": {"Auth": {"Authorizers": {
            "Jwt": {"IdentitySource": "$request.header.Authorization",
                    "JwtConfiguration": {"issuer": ISSUER, "audience": ["bench"]}},
            "Simple": {"FunctionArn": {"Fn::GetAtt": "Simple.Arn"}, "AuthorizerPayloadFormatVersion": "2.0",
                       "EnableSimpleResponses": True, "Identity": {"Headers": ["X-Key"], "ReauthorizeEvery": 300}}}}}},
        "Logged": {"Type": "AWS::Serverless::HttpApi", "Properties": {
            "AccessLogSettings": {"DestinationArn": {"Fn::GetAtt": "Log.Arn"},
                                  "Format": "$context.requestId $context.status $context.identity.sourceIp"}}},
        "Log": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "access"}},
        "Rest": {"Type": "AWS::Serverless::Api", "Properties": {
            "StageName": "prod", "DefinitionBody": REST, "CacheClusterEnabled": True,
            "MethodSettings": [{"ResourcePath": "/cached", "HttpMethod": "GET", "CachingEnabled": True}]}},
        "Socket": {"Type": "AWS::ApiGatewayV2::Api", "Properties": {
            "ProtocolType": "WEBSOCKET", "Name": "socket", "RouteSelectionExpression": "$request.body.action"}},
        "SocketStage": {"Type": "AWS::ApiGatewayV2::Stage", "Properties": {"ApiId": {"Ref": "Socket"}, "StageName": "prod"}},
        "SocketRoute": {"Type": "AWS::ApiGatewayV2::Route", "Properties": {
            "ApiId": {"Ref": "Socket"}, "RouteKey": "$default", "RouteResponseSelectionExpression": "$default",
            "Target": {"Fn::Sub": "integrations/${SocketEcho}"}}},
        "SocketEcho": {"Type": "AWS::ApiGatewayV2::Integration", "Properties": {
            "ApiId": {"Ref": "Socket"}, "IntegrationType": "AWS_PROXY", "IntegrationUri": {
                "Fn::Sub": FUNCTION.replace("C.Arn", "Echo.Arn")}}},
        "SocketAnswer": {"Type": "AWS::ApiGatewayV2::RouteResponse", "Properties": {
            "ApiId": {"Ref": "Socket"}, "RouteId": {"Ref": "SocketRoute"}, "RouteResponseKey": "$default"}},
    },
}
FILES = {"template.yaml": json.dumps(TEMPLATE), "c": RELEASE / "functions/hello-c", "py/app.py": AUTH}


def lua(method="GET", body="", **headers):
    lines = [f'wrk.method = "{method}"', f"wrk.body = {json.dumps(body)}"]
    lines += [f'wrk.headers["{name.replace("_", "-")}"] = {json.dumps(value)}' for name, value in headers.items()]
    return "\n".join(lines) + "\n"


def rate(url, script=None):
    wrk(url, CONNECTIONS, 1, script)
    figures = wrk(url, CONNECTIONS, SECONDS, script)
    if figures["errors"]:
        raise SystemExit(f"{url}: {figures['errors']} failed requests")
    return figures["rate"]


def compare(bare, rows):
    record(f"{bare[0]}, {CONNECTIONS} connections", base := rate(*bare[1:]), "req/s")
    for what, url, script in rows:
        record(f"  {what}, of the bare route's rate", rate(url, script) / base, "x")


def features():
    with scratch(FILES) as directory, Up(directory) as up:
        urls = json.loads((directory / ".sls-local/endpoints.json").read_text())["apis"]
        http, rest = urls["Http"], urls["Rest"] + "/prod"
        token = subprocess.run([BINARY, "token", "--sub", "me", "--aud", "bench", "--issuer", ISSUER], cwd=directory, check=True,
                               capture_output=True, text=True).stdout.strip()
        body = json.dumps({"a": 1, "b": "text"})
        post = lua("POST", body, Content_Type="application/json")
        compare(("HTTP API, bare route", http + "/bare", None), [
            ("JWT authorizer", http + "/jwt", lua(Authorization=f"Bearer {token}")),
            ("Lambda authorizer, cached", http + "/simple", lua(X_Key="me")),
            ("access log", urls["Logged"] + "/bare", None)])
        compare(("REST API, bare route", rest + "/bare", None), [
            ("Lambda authorizer, cached policy", rest + "/token", lua(X_Key="me")),
            ("kept answer", rest + "/cached", None),
            ("mock with a template", rest + "/mock", None)])
        compare(("REST API, bare route, POST", rest + "/bare", post), [
            ("request validator", rest + "/model", post),
            ("templates instead of a proxy", rest + "/templates", post)])


# --- WebSockets ---

class Socket:
    """As cheap as a client can be: one connection, frames of less than 126 bytes."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port))
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(f"GET /prod HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode())
        answer = self.socket.recv(4096)
        if not answer.startswith(b"HTTP/1.1 101"):
            raise RuntimeError(answer)

    def ask(self, text):
        self.socket.sendall(bytes([0x81, 0x80 | len(text), 0, 0, 0, 0]) + text)
        return self.receive()

    def receive(self):
        frame = self.socket.recv(4096)
        if frame[0] != 0x81 or len(frame) != 2 + frame[1]:
            raise RuntimeError(frame)
        return frame[2:].decode()


def timed_ms(ask):
    start = time.perf_counter()
    ask()
    return (time.perf_counter() - start) * 1000


@contextlib.contextmanager
def crowd(port, count):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    sockets = []
    try:
        while len(sockets) < min(count, hard - 500):
            sockets.append(Socket(port))
        yield sockets
    finally:
        for each in sockets:
            each.socket.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def websockets():
    with scratch(FILES) as directory, Up(directory) as up:
        found = json.loads((directory / ".sls-local/endpoints.json").read_text())["apis"]
        port = urllib.parse.urlsplit(found["Socket"]).port
        edge = Edge(up.edge)
        before_mb = up.rss_mb("RssAnon")
        with crowd(port, CROWD) as sockets:
            record(f"{len(sockets):,} WebSocket connections, memory of each",
                   (up.rss_mb("RssAnon") - before_mb) * 1024 / len(sockets), "KB")
            record("message → Python handler → answer, p50", best_of(201, lambda: timed_ms(lambda: sockets[0].ask(b"{}"))), "ms")
            ids = [each.ask(b"{}") for each in sockets]
            start = time.perf_counter()
            for number in ids:
                edge.send("POST", f"/prod/@connections/{number.replace('=', '%3D')}", b"hello", "execute-api")
            sent_s = time.perf_counter() - start
            for each in sockets:
                each.receive()
            record(f"a message to each of {len(sockets):,}, one PostToConnection after the other", len(sockets) / sent_s, "/s")
