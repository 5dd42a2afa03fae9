"""WebSocket APIs: models, parameters and keys that routes ask for, access logs, signed @connections, and APIs made by request."""
import base64
import json
import os
import subprocess
import time

import boto3
import botocore.config
import pytest
import requests
from conftest import DEADLINE_S, E2E_DIR, REGION, clean_env
from test_iam import sign
from test_websocket_integrations import FN, LAMBDA, asked, custom, error_of, refused, reply, resources
from websocket_support import dial, http_url, recv, request_line, say

JSON_TEMPLATE = ("--template", "template.json")


def template(routes, **more):
    return {"template.json": json.dumps({"Resources": {"Fn": FN, **resources(routes, **more)}})}


def model(name, schema):
    return {"Type": "AWS::ApiGatewayV2::Model", "Properties": {
        "ApiId": {"Ref": "Chat"}, "Name": name, "ContentType": "application/json", "Schema": schema}}


ECHO = custom(None)
WORD = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "maxLength": 5}}}


def test_models_are_chosen_by_the_message(app_factory):
    app = app_factory(template({
        "by": (ECHO, {"$default": {}}, "two_way", {
            "ModelSelectionExpression": "$request.body.kind",
            "RequestModels": {"word": "Word", "$default": {"Ref": "Other"}}}),
        "none": (ECHO, {"$default": {}}, "two_way", {
            "ModelSelectionExpression": "${request.body.kind}", "RequestModels": {"word": "Word"}}),
        "proxy": ({"IntegrationType": "AWS_PROXY", "IntegrationUri": LAMBDA}, {}, "one_way", {
            "ModelSelectionExpression": "\\$default", "RequestModels": {"$default": "Word"}}),
    }, Word=model("Word", WORD), Other=model("Different", json.dumps({"type": "object", "required": ["n"]}))), *JSON_TEMPLATE)
    with dial(app) as socket:
        assert json.loads(asked(socket, action="by", kind="word", text="ok"))["text"] == "ok"
        assert error_of(asked(socket, action="by", kind="word", text="too long")) == "Bad request body"
        assert "maximum" in request_line(app, "MESSAGE", status=400, route="by")["reason"]
        assert json.loads(asked(socket, action="by", kind="x", n=1))["n"] == 1
        assert error_of(asked(socket, action="by", kind="x")) == "Bad request body"
        assert error_of(asked(socket, action="none", kind="x")) == "Bad request body"  # no model is none
        assert error_of(asked(socket, action="proxy")) == "Bad request body"
    assert request_line(app, "MESSAGE", status=400, route="proxy")["function"] == ""


def test_a_model_that_is_none_is_refused(app_factory):
    route = {"ModelSelectionExpression": "$request.body.kind", "RequestModels": {"$default": "Nobody"}}
    app = app_factory(template({"a": (ECHO, {}, "one_way", route)}), *JSON_TEMPLATE, expect_ready=False)
    app.process.wait(DEADLINE_S)
    assert "route a: there is no model 'Nobody'" in app.stderr


def test_parameters_and_keys_at_connect(app_factory):
    app = app_factory(template({
        "$connect": (ECHO, {}, "one_way", {"ApiKeyRequired": True, "RequestParameters": {
            "route.request.header.X-Who": {"Required": True}, "route.request.querystring.q": {"Required": True},
            "route.request.querystring.other": {"Required": False}}})},
        Key={"Type": "AWS::ApiGateway::ApiKey", "Properties": {"Enabled": True, "Value": "k" * 24}},
        Plan={"Type": "AWS::ApiGateway::UsagePlan", "DependsOn": "Stage", "Properties": {
            "ApiStages": [{"ApiId": {"Ref": "Chat"}, "Stage": "dev"}]}},
        PlanKey={"Type": "AWS::ApiGateway::UsagePlanKey", "Properties": {
            "KeyId": {"Ref": "Key"}, "KeyType": "API_KEY", "UsagePlanId": {"Ref": "Plan"}}}), *JSON_TEMPLATE)
    key, who = {"x-api-key": "k" * 24}, {"X-Who": "me"}
    with dial(app, {"q": 1}, additional_headers={**key, **who}) as socket:
        assert error_of(asked(socket, action="x")) == "Forbidden"
    assert refused(app, {"q": 1}, additional_headers=who) == 403
    assert refused(app, {"q": 1}, additional_headers=key) == 400
    assert refused(app, additional_headers={**key, **who}) == 400
    assert request_line(app, "CONNECT", status=400)["reason"] == "parameters are missing"


# --- access logs ---

VARIABLES = ("eventType", "routeKey", "status", "connectionId", "messageId", "stage", "apiId", "connectedAt", "requestId",
             "disconnectStatusCode", "disconnectReason", "identity.sourceIp", "error.message", "error.validationErrorString",
             "integrationStatus", "integration.requestId", "integrationErrorMessage", "authorizer.principalId", "requestTime")


def lines_of(app, count):
    """The log's lines, once there are so many."""
    end = time.monotonic() + DEADLINE_S
    while time.monotonic() < end:
        events = app.client("logs").filter_log_events(logGroupName="access")["events"]
        if len(events) >= count:
            return [dict(zip(VARIABLES, event["message"].split("|"))) for event in events]
        app.check()
    raise AssertionError(f"fewer than {count} lines: {events}")


def test_every_event_has_its_line_in_the_access_log(app_factory):
    log = {"AccessLogSettings": {"DestinationArn": {"Fn::GetAtt": ["Log", "Arn"]},
                                 "Format": "|".join("$context." + name for name in VARIABLES)}}
    app = app_factory(template({
        "$connect": (custom("#if($input.params('no') == '1'){\"fail\": 1}#else{}#end"), {}, "one_way", {}),
        "call": (ECHO, {"$default": {}}, "two_way", {
            "ModelSelectionExpression": "\\$default", "RequestModels": {"$default": "Word"}}),
        "fail": (custom('{"fail": "it"}'), {}, "one_way", {}),
        "proxy": ({"IntegrationType": "AWS_PROXY", "IntegrationUri": LAMBDA}, {}, "one_way", {}),
    }, stage=log, Word=model("Word", WORD), Log={"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "access"}}),
        *JSON_TEMPLATE)
    with dial(app) as socket:
        asked(socket, action="call", text="a")
        asked(socket, action="call")
        asked(socket, action="fail")
        asked(socket, action="lost")
        say(socket, action="proxy")
        assert error_of(recv(socket)) == "Internal server error"  # the function answers no status
        socket.close(4001, "enough")
    assert refused(app, {"no": 1}) == 502
    connect, call, invalid, fail, lost, proxy, gone, no = lines_of(app, 8)
    assert [line["eventType"] for line in (connect, call, gone)] == ["CONNECT", "MESSAGE", "DISCONNECT"]
    assert (connect["routeKey"], connect["status"], connect["messageId"]) == ("$connect", "200", "-")
    assert len({line["connectionId"] for line in (connect, call, invalid, fail, lost, proxy, gone)}) == 1
    assert (call["routeKey"], call["status"], call["error.message"], call["integrationStatus"]) == ("call", "200", "-", "200")
    assert call["messageId"].endswith("=") and len(call["integration.requestId"]) == 36 and call["stage"] == "dev"
    assert call["connectedAt"].isdigit() and call["identity.sourceIp"] == "127.0.0.1" and call["requestTime"].endswith("+0000")
    assert (invalid["status"], invalid["error.message"]) == ("400", "Bad request body")
    assert "text" in invalid["error.validationErrorString"] and invalid["integrationStatus"] == "-"
    assert (fail["status"], fail["error.message"]) == ("502", "Internal server error")
    assert fail["integrationErrorMessage"] == "function error"
    assert (lost["routeKey"], lost["status"], lost["error.message"]) == ("-", "403", "Forbidden")
    assert proxy["status"] == "502" and "statusCode" in proxy["integrationErrorMessage"]
    assert (gone["disconnectStatusCode"], gone["disconnectReason"], gone["routeKey"]) == ("4001", "enough", "-")
    assert (no["eventType"], no["status"]) == ("CONNECT", "502") and no["connectionId"] != connect["connectionId"]


# --- @connections ---


def test_connections_are_managed_by_who_signs(app_factory):
    app = app_factory(template({"me": (custom('{"id": "$context.connectionId"}'), {"$default": {}}, "two_way", {})}),
                      *JSON_TEMPLATE, "--strict-iam")
    with dial(app) as socket:
        identity = json.loads(asked(socket, action="me"))["id"]
        url = http_url(app) + "/@connections/" + identity.replace("=", "%3D")
        for method in ("POST", "GET", "DELETE"):
            answer = requests.request(method, url, data="x", timeout=DEADLINE_S)
            assert (answer.status_code, answer.json()) == (403, {"message": "Missing Authentication Token"})
            assert answer.headers["x-amzn-ErrorType"] == "MissingAuthenticationTokenException"
        for wrong in ({"who": ("test", "other", None)}, {"who": ("AKIASTRANGER", "x", None)}, {"service": "lambda"}):
            signed, headers = sign(url, "POST", b"x", **wrong)
            answer = requests.post(signed, data=b"x", headers=headers, timeout=DEADLINE_S)
            assert answer.status_code == 403, answer.text
        signed, headers = sign(url, "POST", b"x")
        assert requests.post(signed, data=b"y", headers=headers, timeout=DEADLINE_S).status_code == 403
        manager = boto3.client("apigatewaymanagementapi", endpoint_url=http_url(app), region_name=REGION,
                               aws_access_key_id="test", aws_secret_access_key="test",
                               config=botocore.config.Config(retries={"max_attempts": 0}))
        manager.post_to_connection(ConnectionId=identity, Data=b"signed")
        assert recv(socket) == "signed"
        assert manager.get_connection(ConnectionId=identity)["Identity"]["SourceIp"] == "127.0.0.1"
        with pytest.raises(manager.exceptions.PayloadTooLargeException):
            manager.post_to_connection(ConnectionId=identity, Data=b"x" * (128 * 1024 + 1))
        manager.delete_connection(ConnectionId=identity)
        with pytest.raises(Exception):
            recv(socket)


# --- made by request ---


def make_api(v2):
    """Routes with models and responses, made as aws-cli's examples do."""
    uri = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/arn:aws:lambda:{REGION}:000000000000:function:fn/invocations"
    api = {"ApiId": v2.create_api(Name="made", ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action")["ApiId"]}
    v2.create_model(**api, Name="Word", ContentType="application/json", Schema=json.dumps(WORD))
    integration = v2.create_integration(**api, IntegrationType="AWS", IntegrationMethod="POST", IntegrationUri=uri,
                                        RequestTemplates={"$default": "{\"said\": $input.json('$.text')}"},
                                        TemplateSelectionExpression="\\$default")["IntegrationId"]
    v2.create_integration_response(**api, IntegrationId=integration, IntegrationResponseKey="$default",
                                   ResponseTemplates={"$default": "said $input.path('$.said')"},
                                   TemplateSelectionExpression="\\$default")
    mock = v2.create_integration(**api, IntegrationType="MOCK", RequestTemplates={"200": '{"statusCode": 200}'},
                                 TemplateSelectionExpression="200")["IntegrationId"]
    route = v2.create_route(**api, RouteKey="say", Target=f"integrations/{integration}",
                            RouteResponseSelectionExpression="$default", ModelSelectionExpression="\\$default",
                            RequestModels={"$default": "Word"})["RouteId"]
    v2.create_route_response(**api, RouteId=route, RouteResponseKey="$default")
    v2.create_route(**api, RouteKey="$connect", Target=f"integrations/{mock}",
                    RequestParameters={"route.request.querystring.q": {"Required": True}})
    v2.create_stage(**api, StageName="dev", AutoDeploy=True)
    return api, integration


def test_an_api_made_by_request_is_executed(app_factory):
    fn = {**FN, "Properties": {**FN["Properties"], "FunctionName": "fn"}}
    app = app_factory({"template.json": json.dumps({"Resources": {"Fn": fn}})}, *JSON_TEMPLATE)
    v2 = app.client("apigatewayv2")
    api, integration = make_api(v2)
    app.endpoints = app.read_endpoints()
    assert refused(app, api=api["ApiId"]) == 400
    with dial(app, {"q": 1}, api=api["ApiId"]) as socket:
        assert asked(socket, action="say", text="hi") == "said hi"
        assert error_of(asked(socket, action="say", text="too long")) == "Bad request body"
        (response,) = v2.get_integration_responses(**api, IntegrationId=integration)["Items"]
        v2.update_integration_response(**api, IntegrationId=integration,
                                       IntegrationResponseId=response["IntegrationResponseId"],
                                       ResponseTemplates={"$default": "now $input.path('$.said')"})
        assert asked(socket, action="say", text="hi") == "now hi"  # the connection goes by what is deployed last
        v2.delete_integration_response(**api, IntegrationId=integration,
                                       IntegrationResponseId=response["IntegrationResponseId"])
        assert error_of(asked(socket, action="say", text="hi")) == "Internal server error"


def test_the_ws_package_gets_what_templates_make(app_factory, tmp_path):
    app = app_factory(template({"say": (custom("{\"said\": $input.json('$.text')}"), {
        "$default": reply("{\"said\": $input.json('$.said')}", ContentHandlingStrategy="CONVERT_TO_TEXT")}, "two_way", {}),
        "bytes": ({"IntegrationType": "MOCK"}, {"$default": reply("as bytes", ContentHandlingStrategy="CONVERT_TO_BINARY")},
                  "two_way", {}),
        "$default": ({**custom(None), "ContentHandlingStrategy": "CONVERT_TO_BINARY"}, {"$default": {}}, "two_way", {})}),
        *JSON_TEMPLATE)
    with dial(app) as socket:
        socket.send(base64.b64encode(b'{"from": "bytes"}').decode())
        assert json.loads(recv(socket)) == {"from": "bytes"}
        socket.send("no base64!")
        assert error_of(recv(socket)) == "Internal server error"
    assert "no Base64" in request_line(app, "MESSAGE", status=500)["reason"]
    (tmp_path / "client.js").write_text("""
        const WebSocket = require('ws');
        const socket = new WebSocket(process.argv[2]);
        socket.on('open', () => socket.send(JSON.stringify({action: 'say', text: 'a "x"'})));
        socket.on('message', (data, isBinary) => { console.log(String(data), isBinary);
            isBinary ? socket.close() : socket.send(JSON.stringify({action: 'bytes'})); });
    """)
    done = subprocess.run(["node", tmp_path / "client.js", app.api()],
                          env={**clean_env(NODE_PATH=E2E_DIR / "node_modules"), "PATH": os.environ["PATH"]},
                          capture_output=True, text=True, timeout=DEADLINE_S)
    assert done.stdout == '{"said": "a \\"x\\""} false\nas bytes true\n', done.stderr
