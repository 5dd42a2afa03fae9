"""Non-proxy integrations of WebSocket APIs: templates chosen by expressions around functions, services, HTTP and mocks."""
import http.server
import json
import subprocess
import threading

import pytest
from conftest import BINARY, DEADLINE_S, App, clean_env, write_tree
from websocket_support import closing, dial, recv, request_line, say
from websockets.exceptions import InvalidStatus

ACCOUNT = "000000000000"
LAMBDA = {"Fn::Sub": "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${Fn.Arn}/invocations"}
EMPTY = "\\$default"  # the key $default, as AWS's own examples escape it


def service(action):
    return f"arn:aws:apigateway:us-east-1:{action}"


def resources(routes, api="Chat", stage=None, **more):
    """`routes`: key -> (integration, its responses by key, "two_way", route properties)."""
    made = {
        api: {"Type": "AWS::ApiGatewayV2::Api", "Properties": {
            "Name": api, "ProtocolType": "WEBSOCKET", "RouteSelectionExpression": "$request.body.action"}},
        "Stage": {"Type": "AWS::ApiGatewayV2::Stage", "Properties": {
            "ApiId": {"Ref": api}, "StageName": "dev", "AutoDeploy": True, "StageVariables": {"v": "one"}, **(stage or {})}},
        **more,
    }
    for n, (key, (integration, responses, ways, route)) in enumerate(routes.items()):
        own = {"ApiId": {"Ref": api}}
        two_way = {"RouteResponseSelectionExpression": "$default"} if ways == "two_way" else {}
        made[f"Route{n}"] = {"Type": "AWS::ApiGatewayV2::Route", "Properties": {
            **own, "RouteKey": key, "Target": {"Fn::Sub": f"integrations/${{Int{n}}}"}, **two_way, **route}}
        made[f"Int{n}"] = {"Type": "AWS::ApiGatewayV2::Integration", "Properties": {**own, **integration}}
        if two_way:
            made[f"Back{n}"] = {"Type": "AWS::ApiGatewayV2::RouteResponse", "Properties": {
                **own, "RouteId": {"Ref": f"Route{n}"}, "RouteResponseKey": "$default"}}
        for k, (response, rest) in enumerate(responses.items()):
            made[f"Int{n}R{k}"] = {"Type": "AWS::ApiGatewayV2::IntegrationResponse", "Properties": {
                **own, "IntegrationId": {"Ref": f"Int{n}"}, "IntegrationResponseKey": response, **rest}}
    return made


def aws(uri, template=None, **more):
    return {"IntegrationType": "AWS", "IntegrationMethod": "POST", "IntegrationUri": uri,
            **({"RequestTemplates": {"$default": template}, "TemplateSelectionExpression": EMPTY} if template else {}), **more}


def custom(template, **more):
    return aws(LAMBDA, template, **more)


def reply(template, **more):
    return {"ResponseTemplates": {"$default": template}, "TemplateSelectionExpression": EMPTY, **more}


CODE = """\
def handler(event, context):
    if 'fail' in event:
        raise Exception(event['fail'])
    return event
"""
FN = {"Type": "AWS::Lambda::Function", "Properties": {
    "Runtime": "python3.11", "Handler": "index.handler", "Role": "r", "Code": {"ZipFile": CODE}}}
STORES = {
    "Fn": FN,
    "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "inbox"}},
    "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "news"}},
    "Tap": {"Type": "AWS::SNS::Subscription", "Properties": {
        "TopicArn": {"Ref": "Topic"}, "Protocol": "sqs", "Endpoint": {"Fn::GetAtt": ["Heard", "Arn"]},
        "RawMessageDelivery": True}},
    "Heard": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "heard"}},
    "Rule": {"Type": "AWS::Events::Rule", "Properties": {
        "EventPattern": {"source": ["chat"]}, "Targets": [{"Id": "q", "Arn": {"Fn::GetAtt": ["Heard", "Arn"]}}]}},
    "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "shelf"}},
    "Table": {"Type": "AWS::DynamoDB::Table", "Properties": {
        "TableName": "items", "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}]}},
}
FORM = {"integration.request.header.Content-Type": "'application/x-www-form-urlencoded'"}
ITEM = '{"TableName": "%s", "Item": {"pk": {"S": "$input.path(\'$.pk\')"}, "by": {"S": "$context.connectionId"}}}'

ROUTES = {
    # $connect writes to a table, as CDK's example does: the template is application/json's, and there is no response.
    "$connect": ({"IntegrationType": "AWS", "IntegrationMethod": "POST", "IntegrationUri": service("dynamodb:action/PutItem"),
                  "RequestTemplates": {"application/json": json.dumps({"TableName": "items", "Item": {
                      "pk": {"S": "$context.connectionId"}, "type": {"S": "$context.eventType"},
                      "q": {"S": "$input.params('q')"}}})}}, {}, "one_way", {}),
    "$disconnect": (aws(service("dynamodb:action/DeleteItem"),
                        '{"TableName": "items", "Key": {"pk": {"S": "$context.connectionId"}}}'), {}, "one_way", {}),
    "queue": (aws({"Fn::Sub": "arn:aws:apigateway:us-east-1:sqs:path/${AWS::AccountId}/${Queue.QueueName}"},
                  "Action=SendMessage&MessageBody=$util.urlEncode($input.body)", RequestParameters=FORM), {}, "one_way", {}),
    "put": (aws(service("dynamodb:action/PutItem"), ITEM % "items"),
            {"$default": reply('{"put": "$context.routeKey", "id": "$context.messageId"}'),
             "/4\\d\\d/": reply('{"refused": "$input.path(\'$.message\')"}')}, "two_way", {}),
    "bad": (aws(service("dynamodb:action/PutItem"), ITEM % "none"),
            {"/2\\d\\d/": reply("{}"), "400": reply('{"refused": true}')}, "two_way", {}),
    "publish": (aws(service("sns:action/Publish"), RequestParameters={
        "integration.request.querystring.TopicArn": f"'arn:aws:sns:us-east-1:{ACCOUNT}:news'",
        "integration.request.querystring.Message": "route.request.body.text"}), {}, "one_way", {}),
    "event": (aws(service("events:action/PutEvents"), '{"Entries": [{"Source": "chat", "DetailType": "t", "Detail": '
                                                      '"$util.escapeJavaScript($input.body)"}]}'), {}, "one_way", {}),
    "store": ({**aws(service("s3:path/shelf/{key}"), "$input.path('$.text')"), "IntegrationMethod": "PUT",
               "RequestParameters": {"integration.request.path.key": "route.request.body.key"}},
              {"$default": reply("stored")}, "two_way", {}),
    "states": (aws(service("states:action/StartExecution"), "{}"), {"$default": {}}, "two_way", {}),
    # A function with templates around it, chosen by what the message says.
    "call": (custom(None, RequestTemplates={
        "loud": '{"said": "$util.escapeJavaScript($input.path(\'$.text\').toUpperCase())", "v": "$stageVariables.v"}',
        "$default": '{"said": "$input.path(\'$.text\')", "stage": "$context.stage", "api": "$context.apiId"}'},
        TemplateSelectionExpression="${request.body.how}"),
        {"$default": {}}, "two_way", {}),
    "fail": (custom('{"fail": "$input.path(\'$.why\')"}'),
             {"$default": {}, "/.*known.*/": reply('{"sorry": $input.json(\'$.errorMessage\')}')}, "two_way", {}),
    "later": (custom(None, RequestParameters={"integration.request.header.X-Amz-Invocation-Type": "'Event'"}),
              {"$default": reply("accepted $context.stage")}, "two_way", {}),
    "quiet": (custom('{"fail": "quietly"}'), {}, "one_way", {}),
    "unmapped": (custom('{"a": 1}'), {"/no/": {}}, "two_way", {}),
    "broken": (custom("#set($l = [1])$l[7]$util.parseJson('{')"), {"$default": {}}, "two_way", {}),
    "never": (custom(None, RequestTemplates={"known": "{}"}, TemplateSelectionExpression="$request.body.how",
                     PassthroughBehavior="NEVER"), {"$default": {}}, "two_way", {}),
    "plain": (custom(None), {"$default": {}}, "two_way", {}),
    "mock": ({"IntegrationType": "MOCK", "TemplateSelectionExpression": EMPTY,
              "RequestTemplates": {"$default": '{"statusCode": $input.path(\'$.status\')}'}},
             {"/2\\d\\d/": reply("fine"), "$default": reply("$input.path('$.no')other")}, "two_way", {}),
    "mute": ({"IntegrationType": "MOCK"}, {"$default": reply("never said")}, "one_way", {}),
}


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    directory = tmp_path_factory.mktemp("websocket")
    write_tree(directory, {"template.json": json.dumps({"Resources": {**STORES, **resources(ROUTES)}})})
    running = App(directory, "--template", "template.json")
    yield running
    assert running.stop() == 0, running.stderr
    assert "Sanitizer" not in running.stderr, running.stderr


def error_of(text):
    error = json.loads(text)
    assert set(error) == {"message", "connectionId", "requestId"}, text
    return error["message"]


def asked(socket, **message):
    say(socket, **message)
    return recv(socket)


def take(app, queue):
    sqs = app.client("sqs")
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    (message,) = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=10)["Messages"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return message["Body"]


def test_connect_and_disconnect_of_a_service(app):
    table = app.client("dynamodb")
    with dial(app, {"q": "hello"}) as socket:
        (item,) = [item for item in table.scan(TableName="items")["Items"] if item.get("q", {}).get("S") == "hello"]
        assert item["type"]["S"] == "CONNECT"
        assert error_of(asked(socket, action="none")) == "Forbidden"  # it is open
    line = request_line(app, "DISCONNECT", status=200, connectionId=item["pk"]["S"])
    assert "reason" not in line
    assert "Item" not in table.get_item(TableName="items", Key={"pk": item["pk"]})


def test_services_are_asked(app):
    with dial(app) as socket:
        say(socket, action="queue", text="a&b")
        assert json.loads(take(app, "inbox")) == {"action": "queue", "text": "a&b"}
        say(socket, action="publish", text="read all about it")
        assert take(app, "heard") == "read all about it"
        say(socket, action="event", n=1)
        assert json.loads(take(app, "heard"))["detail"] == {"action": "event", "n": 1}
        said = json.loads(asked(socket, action="put", pk="p1"))
        assert said["put"] == "put" and said["id"].endswith("=")
        item = app.client("dynamodb").get_item(TableName="items", Key={"pk": {"S": "p1"}})["Item"]
        assert item["by"]["S"].endswith("=")
        assert asked(socket, action="store", key="k/1", text="hi") == "stored"
        assert app.client("s3").get_object(Bucket="shelf", Key="k/1")["Body"].read() == b"hi"


def test_responses_are_chosen_by_status(app):
    with dial(app) as socket:
        said = json.loads(asked(socket, action="put", pk=""))
        assert "empty string" in said["refused"]
        assert json.loads(asked(socket, action="bad", pk="x")) == {"refused": True}
        assert asked(socket, action="mock", status=204) == "fine"
        assert asked(socket, action="mock", status=500) == "other"
        assert error_of(asked(socket, action="mock", status='"no"')) == "Internal server error"


def test_what_is_not_emulated_is_told(app):
    with dial(app) as socket:
        assert error_of(asked(socket, action="states")) == "Internal server error"
    assert "states:action/StartExecution" in request_line(app, "MESSAGE", status=501)["reason"]


def test_templates_of_functions_are_chosen_by_the_message(app):
    with dial(app) as socket:
        assert json.loads(asked(socket, action="call", how="loud", text="x\"")) == {"said": 'X"', "v": "one"}
        quiet = json.loads(asked(socket, action="call", how="soft", text="x"))
        assert quiet["said"] == "x" and quiet["stage"] == "dev" and len(quiet["api"]) == 10
        assert json.loads(asked(socket, action="plain", any=[1])) == {"action": "plain", "any": [1]}
        assert json.loads(asked(socket, action="never", how="known")) == {}
        assert error_of(asked(socket, action="never", how="other")) == "Unsupported Media Type"
        assert request_line(app, "MESSAGE", status=415)["route"] == "never"


def test_what_a_function_fails_with_chooses_the_response(app):
    with dial(app) as socket:
        assert json.loads(asked(socket, action="fail", why="a known one")) == {"sorry": "a known one"}
        assert json.loads(asked(socket, action="fail", why="another"))["errorMessage"] == "another"
        assert error_of(asked(socket, action="quiet")) == "Internal server error"
        assert error_of(asked(socket, action="unmapped")) == "Internal server error"
        assert "no integration response" in request_line(app, "MESSAGE", status=500, route="unmapped")["reason"]
        assert error_of(asked(socket, action="broken")) == "Internal server error"
        assert "mapping template" in request_line(app, "MESSAGE", route="broken")["reason"]
        assert asked(socket, action="later", fail="nobody hears") == "accepted dev"
        say(socket, action="mute")
        assert json.loads(asked(socket, action="plain")) == {"action": "plain"}  # nothing came before it


def test_validate_tells_what_answers_501(tmp_path):
    (tmp_path / "template.json").write_text(json.dumps({"Resources": resources({
        "states": (aws(service("states:action/StartExecution"), "{}", CredentialsArn="role"), {}, "one_way", {})})}))
    for options, code in (((), 0), (("--strict",), 1)):
        done = subprocess.run([BINARY, "validate", "--template", "template.json", "--all", *options], cwd=tmp_path, env=clean_env(),
                              capture_output=True, text=True, timeout=DEADLINE_S)
        assert done.returncode == code, done.stderr
        assert "route states: AWS integration with arn:aws:apigateway:us-east-1:states:action/StartExecution" in done.stderr
        assert ("error: routes that answer 501: 1" in done.stderr) == (code == 1)
        assert code == 1 or "services are asked without a role" in done.stdout


# --- HTTP backends ---


class Backend(http.server.BaseHTTPRequestHandler):
    """Says what it got; X-Status decides the status, X-Kind goes back."""

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        said = json.dumps({"method": self.command, "path": self.path, "body": body,
                           "headers": {name.lower(): value for name, value in self.headers.items()}}).encode()
        self.send_response(int(self.headers.get("X-Status", 200)))
        for name, value in (("Content-Length", len(said)), ("X-Kind", self.headers.get("X-Kind", "none")),
                            ("Sec-WebSocket-Protocol", self.headers.get("X-Protocol", ""))):
            if value != "":
                self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(said)

    def do_POST(self):
        if self.path.startswith("/slow"):
            self.server.release.wait(DEADLINE_S)
        self.answer()

    do_GET = do_PUT = answer

    def log_message(self, *words):
        pass


@pytest.fixture(scope="module")
def backend():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Backend)
    server.release = threading.Event()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.release.set()
    server.shutdown()


def test_http_backends(app_factory, backend):
    status = {"integration.request.header.X-Status": "route.request.body.status",
              "integration.request.header.X-Kind": "route.request.body.kind",
              "integration.request.header.Connection-Id": "context.connectionId",
              "integration.request.querystring.v": "stageVariables.v"}
    by_kind = {"TemplateSelectionExpression": "${integration.response.statuscode}-${integration.response.header.x-kind}"}
    http_of = {"IntegrationType": "HTTP", "IntegrationUri": backend + "/in?a=b", "RequestParameters": status}
    app = app_factory({"template.json": json.dumps({"Resources": resources({
        "http": ({**http_of, "IntegrationMethod": "PUT"}, {
            "/2\\d\\d/": {**by_kind, "ResponseTemplates": {"200-new": "$input.path('$.method') $input.path('$.path')",
                                                          "$default": "$input.path('$.headers.connection-id')"}},
            "$default": reply("failed")}, "two_way", {}),
        "proxy": ({**http_of, "IntegrationType": "HTTP_PROXY", "IntegrationMethod": "POST"}, {}, "two_way", {}),
        "silent": ({**http_of, "IntegrationType": "HTTP_PROXY", "IntegrationMethod": "POST"}, {}, "one_way", {}),
        "slow": ({"IntegrationType": "HTTP", "IntegrationMethod": "POST", "IntegrationUri": backend + "/slow",
                  "TimeoutInMillis": 50}, {"$default": {}}, "two_way", {}),
        "nobody": ({**http_of, "IntegrationType": "HTTP_PROXY", "IntegrationMethod": "POST",
                    "IntegrationUri": "http://127.0.0.1:1/"}, {}, "two_way", {}),
    })})}, "--template", "template.json")
    with dial(app) as socket:
        assert asked(socket, action="http", status=200, kind="new") == "PUT /in?a=b&v=one"
        assert asked(socket, action="http", status=201, kind="new").endswith("=")
        assert asked(socket, action="http", status=404, kind="new") == "failed"
        said = json.loads(asked(socket, action="proxy", status=500, kind="x"))
        assert said["method"] == "POST" and json.loads(said["body"])["kind"] == "x"
        say(socket, action="silent", status=500, kind="x")
        assert error_of(asked(socket, action="slow")) == "Endpoint request timed out"
        assert error_of(asked(socket, action="nobody", status=1, kind="x")) == "Internal server error"
    silent = request_line(app, "MESSAGE", route="silent")
    assert silent["status"] == 500 and silent["reason"].startswith('the integration answered 500: {"method": "POST"')


def test_the_end_does_not_wait_for_a_backend(app_factory, backend):
    app = app_factory({"template.json": json.dumps({"Resources": resources({
        "slow": ({"IntegrationType": "HTTP", "IntegrationMethod": "POST", "IntegrationUri": backend + "/slow"},
                 {"$default": {}}, "two_way", {}),
        "mock": ROUTES["mock"]})})}, "--template", "template.json")
    with dial(app) as socket:
        say(socket, action="slow")
        assert asked(socket, action="mock", status=200) == "fine"  # it waits for nobody
        assert app.stop() == 0, app.stderr
        assert closing(socket)[0] == 1001


def connect_app(app_factory, integration, responses, ways="one_way", **route):
    return app_factory({"template.json": json.dumps({"Resources": {
        "Fn": FN, **resources({"$connect": (integration, responses, ways, route)})}})}, "--template", "template.json")


def refused(app, query=None, **options):
    with pytest.raises(InvalidStatus) as error:
        dial(app, query or {}, **options)
    return error.value.response.status_code


def test_the_status_of_a_backend_decides_at_connect(app_factory, backend):
    app = connect_app(app_factory, {
        "IntegrationType": "HTTP", "IntegrationMethod": "GET", "IntegrationUri": backend, "RequestParameters": {
            "integration.request.header.X-Status": "route.request.querystring.status",
            "integration.request.header.X-Protocol": "route.request.header.Sec-WebSocket-Protocol"}},
        {"$default": {"ResponseParameters": {"route.response.header.Sec-WebSocket-Protocol":
                                             "integration.response.header.Sec-WebSocket-Protocol"}}})
    with dial(app, {"status": 201}, subprotocols=["chat"]) as socket:
        assert socket.subprotocol == "chat"
    assert refused(app, {"status": 403}) == 403
    assert refused(app, {"status": 503}) == 503
    assert request_line(app, "CONNECT", status=503)["reason"].startswith("the integration answered 503: {")


def test_a_proxy_to_http_at_connect(app_factory, backend):
    app = connect_app(app_factory, {"IntegrationType": "HTTP_PROXY", "IntegrationMethod": "GET", "IntegrationUri": backend}, {})
    with dial(app, additional_headers={"X-Status": "200", "X-Protocol": "b"}, subprotocols=["a", "b"]) as socket:
        assert socket.subprotocol == "b"
    assert refused(app, additional_headers={"X-Status": "404"}) == 404


def test_functions_and_mocks_at_connect(app_factory):
    app = connect_app(app_factory, custom('#if($input.params("do") == "fail"){"fail": "told to"}#else{"do": "$input.params("do")"}#end'),
                      {"$default": reply("#if($input.path('$.do') == 'no')#set($context.responseOverride.status = 418)#end")})
    with dial(app, {"do": "yes"}):
        pass
    assert refused(app, {"do": "fail"}) == 502
    assert refused(app, {"do": "no"}) == 418
    app.stop()
    app = connect_app(app_factory, {"IntegrationType": "MOCK", "TemplateSelectionExpression": "200", "RequestTemplates": {
        "200": '{"statusCode": $input.params("status")}'}},
        {"$default": {"ResponseParameters": {"method.response.header.Sec-WebSocket-Protocol": "'fixed'"}}})
    with dial(app, {"status": 200}, subprotocols=["fixed"]) as socket:
        assert socket.subprotocol == "fixed"
    assert refused(app, {"status": 400}) == 400
