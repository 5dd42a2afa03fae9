"""WebSocket APIs: the conformance table's rows with real clients, @connections with boto3, and what the page says."""
import json
import os
import signal
import subprocess
import sys

import boto3
import botocore.config
import pytest
import requests
from botocore.exceptions import ClientError
from conftest import CREDENTIALS, DEADLINE_S, E2E_DIR, clean_env, needs, write_tree
from websocket_support import HANDLER, closing, dial, events, files, http_url, recv, request_line, say, template
from websockets.exceptions import InvalidStatus

ROUTES = ["$connect", "$disconnect", "one", ("two", {"two_way": True})]


@pytest.fixture
def app(app_factory):
    return app_factory(files(ROUTES))


def manager(url):
    return boto3.client("apigatewaymanagementapi", endpoint_url=url, config=botocore.config.Config(
        retries={"max_attempts": 0}), **CREDENTIALS)


def id_of(socket, app, count=1):
    return events(app, "CONNECT", count)["requestContext"]["connectionId"]


def refused(app, **query):
    with pytest.raises(InvalidStatus) as caught:
        dial(app, query)
    return caught.value.response.status_code


def test_case_61_what_connect_says(app):
    with dial(app, {"status": 201}):
        pass
    assert refused(app, status=403) == 403
    assert refused(app, status=500) == 500
    assert refused(app, do="throw") == 502
    assert refused(app, do="none") == 502
    line = request_line(app, "CONNECT", status=502, reason="function error")
    assert line["error"]["errorMessage"] == "told to"


def test_case_62_events(app):
    with dial(app, {"token": "a b"}, additional_headers={"X-Own": "1"}) as socket:
        say(socket, action="one")
        come, said = events(app, "CONNECT"), events(app, "MESSAGE")
    gone = events(app, "DISCONNECT")
    common = {"routeKey", "eventType", "extendedRequestId", "requestTime", "messageDirection", "stage", "connectedAt",
              "requestTimeEpoch", "identity", "requestId", "domainName", "connectionId", "apiId"}
    assert set(come) == {"headers", "multiValueHeaders", "queryStringParameters", "multiValueQueryStringParameters",
                         "requestContext", "isBase64Encoded"}
    assert set(come["requestContext"]) == common
    assert come["queryStringParameters"] == {"token": "a b"}
    assert come["headers"]["X-Own"] == "1" and come["headers"]["Sec-WebSocket-Version"] == "13"
    assert not {"Connection", "Upgrade"} & set(come["headers"])
    assert set(said) == {"requestContext", "body", "isBase64Encoded"}
    assert set(said["requestContext"]) == common | {"messageId"}
    assert (said["body"], said["isBase64Encoded"]) == ('{"action": "one"}', False)
    assert set(gone) == {"headers", "multiValueHeaders", "requestContext", "isBase64Encoded"}
    assert set(gone["requestContext"]) == common | {"disconnectStatusCode", "disconnectReason"}
    assert gone["requestContext"]["disconnectStatusCode"] == 1000
    assert [e["requestContext"]["routeKey"] for e in (come, said, gone)] == ["$connect", "one", "$disconnect"]
    assert len({e["requestContext"]["connectionId"] for e in (come, said, gone)}) == 1
    assert http_url(app).startswith("http://" + said["requestContext"]["domainName"] + "/")


def error_of(text):
    told = json.loads(text)
    assert text == (f'{{"message": "{told["message"]}", "connectionId":"{told["connectionId"]}", '
                    f'"requestId":"{told["requestId"]}"}}')
    return told["message"]


def test_case_63_no_route(app):
    with dial(app) as socket:
        say(socket, action="zz")
        assert error_of(recv(socket)) == "Forbidden"
        socket.send("no JSON")
        assert error_of(recv(socket)) == "Forbidden"
    request_line(app, "MESSAGE", status=403, reason="no route")


def test_messages_of_a_route_are_throttled_until_the_clock_gives_a_token(app_factory):
    settings = ", RouteSettings: {slow: {ThrottlingRateLimit: 1, ThrottlingBurstLimit: 1}}"
    app = app_factory(files([("slow", {"two_way": True}), ("free", {"two_way": True})], stage=settings))
    with dial(app) as socket:
        say(socket, action="slow", body="first")
        assert recv(socket) == "first"
        say(socket, action="slow")
        assert error_of(recv(socket)) == "Too Many Requests"
        say(socket, action="free", body="free")
        assert recv(socket) == "free"
        app.advance("1s")
        say(socket, action="slow", body="later")
        assert recv(socket) == "later"
    assert request_line(app, "MESSAGE", status=429)["reason"].startswith("stage dev, slow: 1 request a second")


def test_case_64_an_error_leaves_the_socket_open(app):
    with dial(app) as socket:
        for do in ("throw", "none"):
            say(socket, action="one", do=do)
            assert error_of(recv(socket)) == "Internal server error"
        say(socket, action="two", body="still here")
        assert recv(socket) == "still here"


def test_case_65_route_responses(app):
    with dial(app) as socket:
        say(socket, action="one", body="unheard")
        request_line(app, "MESSAGE", route="one", status=200)
        say(socket, action="two", body="heard")
        assert recv(socket) == "heard"


def test_case_66_connections_at_both_addresses(app):
    connected = 0
    for url in (http_url(app), http_url(app).removesuffix("/dev"), app.edge, app.edge + "/dev"):
        client = manager(url)
        with dial(app) as socket:
            connected += 1
            one = id_of(socket, app, connected)
            client.post_to_connection(ConnectionId=one, Data=b"h\xc3\xa9llo")
            assert recv(socket) == "h\u00e9llo", url
            with pytest.raises(client.exceptions.PayloadTooLargeException):
                client.post_to_connection(ConnectionId=one, Data=b"x" * (128 * 1024 + 1))
            told = client.get_connection(ConnectionId=one)
            assert told["Identity"]["SourceIp"] == "127.0.0.1"
            assert told["ConnectedAt"] <= told["LastActiveAt"]
            client.delete_connection(ConnectionId=one)
            assert closing(socket)[0] == 1000
        events(app, "DISCONNECT", connected)
        for call in (client.get_connection, client.delete_connection):
            with pytest.raises(client.exceptions.GoneException):
                call(ConnectionId=one)
        with pytest.raises(client.exceptions.GoneException) as gone:
            client.post_to_connection(ConnectionId=one, Data=b"x")
        assert gone.value.response["ResponseMetadata"]["HTTPStatusCode"] == 410
        with pytest.raises(ClientError) as malformed:
            client.post_to_connection(ConnectionId="x", Data=b"x")
        assert malformed.value.response["Error"] == {"Code": "BadRequestException", "Message": "Invalid connectionId: x"}


def test_case_67_what_is_too_large_or_binary(app):
    for message, code in ((b"binary", 1003), ("x" * (32 * 1024 + 1), 1009), (["x" * 32 * 1024] * 4 + ["x" * 1024], 1009)):
        with dial(app) as socket:
            socket.send(message)
            assert closing(socket)[0] == code
    with dial(app) as socket:
        socket.send(['{"action": "two", "body": "', *["x" * 32 * 1024] * 3, '"}'])
        assert recv(socket) == "x" * 96 * 1024


def test_case_68_sub_protocols(app):
    with dial(app, {"protocol": "chat"}, subprotocols=["chat", "other"]) as socket:
        assert socket.subprotocol == "chat"
    with dial(app, subprotocols=["chat", "other"]) as socket:
        assert socket.subprotocol is None


def test_what_is_no_handshake(app):
    assert requests.get(http_url(app), timeout=DEADLINE_S).status_code == 426
    with pytest.raises(InvalidStatus) as caught:
        dial(app, path="x")
    assert caught.value.response.status_code == 403


AUTHORIZER = """\
  Guard: {Type: AWS::Serverless::Function, Properties: {Handler: app.guard}}
  Auth:
    Type: AWS::ApiGatewayV2::Authorizer
    Properties:
      ApiId: !Ref Chat
      Name: auth
      AuthorizerType: REQUEST
      IdentitySource: [route.request.header.X-Key]
      AuthorizerUri: !Sub 'arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Guard.Arn}/invocations'
"""

GUARD = """
def guard(event, context):
    key = event['headers']['X-Key']
    if key == 'nobody':
        raise Exception('Unauthorized')
    return {'principalId': key, 'context': {'n': 1}, 'policyDocument': {'Version': '2012-10-17', 'Statement': [
        {'Effect': 'Deny' if key == 'no' else 'Allow', 'Action': 'execute-api:Invoke', 'Resource': event['methodArn']}]}}
"""


def test_an_authorizer_on_connect(app_factory):
    guarded = ("$connect", {"more": ", AuthorizationType: CUSTOM, AuthorizerId: !Ref Auth"})
    app = app_factory(files([guarded, ("two", {"two_way": True})], HANDLER + GUARD, more=AUTHORIZER))

    def status(key=None):
        with pytest.raises(InvalidStatus) as caught:
            dial(app, additional_headers={"X-Key": key} if key else {})
        return caught.value.response.status_code
    assert status() == 401
    assert status("nobody") == 401
    assert status("no") == 403
    request_line(app, "CONNECT", status=401, reason="authorizer Auth: the request has no X-Key")
    with dial(app, additional_headers={"X-Key": "me"}) as socket:
        say(socket, action="two")
        assert recv(socket) == "said"
    for kind in ("CONNECT", "MESSAGE"):
        assert events(app, kind)["requestContext"]["authorizer"] | {"integrationLatency": 0} == {
            "principalId": "me", "n": "1", "integrationLatency": 0}


def test_the_page_tells_of_every_event(app):
    with dial(app) as socket:
        say(socket, action="one")
        request_line(app, "MESSAGE")
    gone = request_line(app, "DISCONNECT")
    come, said = request_line(app, "CONNECT"), request_line(app, "MESSAGE")
    assert (come["api"], come["path"], come["route"], come["status"]) == ("Chat", "/dev", "$connect", 101)
    assert (said["path"], said["route"], said["status"]) == ("/dev one", "one", 200)
    assert (gone["path"], gone["status"], gone["closeCode"]) == ("/dev $disconnect", 200, 1000)
    assert len({line["connectionId"] for line in (come, said, gone)}) == 1
    assert not [line for line in app.lines if line["type"] == "invocation"]


@needs("node")
def test_the_ws_package(app, tmp_path):
    (tmp_path / "client.js").write_text("""
        const WebSocket = require('ws');
        const socket = new WebSocket(process.argv[2] + '?protocol=chat', ['chat']);
        socket.on('open', () => socket.ping('p'));
        socket.on('pong', (data) => { console.log('pong', String(data), socket.protocol, socket.extensions);
            socket.send(JSON.stringify({action: 'two', body: 'from ws'})); });
        socket.on('message', (data, isBinary) => { console.log(String(data), isBinary); socket.close(4001, 'enough'); });
        socket.on('close', (code) => console.log('closed', code));
    """)
    done = subprocess.run(["node", tmp_path / "client.js", app.api()], env=clean_env(NODE_PATH=E2E_DIR / "node_modules"),
                          capture_output=True, text=True, timeout=DEADLINE_S)
    assert done.stdout == "pong p chat \nfrom ws false\nclosed 4001\n", done.stderr
    gone = events(app, "DISCONNECT")["requestContext"]
    assert (gone["disconnectStatusCode"], gone["disconnectReason"]) == (4001, "enough")


def test_a_client_that_is_killed(app, tmp_path):
    (tmp_path / "client.py").write_text("import sys\nfrom websockets.sync.client import connect\n"
                                        "socket = connect(sys.argv[1])\nprint('open', flush=True)\nsocket.recv()\n")
    process = subprocess.Popen([sys.executable, tmp_path / "client.py", app.api()], stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"open\n"
    one = events(app, "CONNECT")["requestContext"]["connectionId"]
    os.kill(process.pid, signal.SIGKILL)
    process.wait(DEADLINE_S)
    gone = events(app, "DISCONNECT")["requestContext"]
    assert (gone["connectionId"], gone["disconnectStatusCode"]) == (one, 1006)
    with pytest.raises(ClientError) as caught:
        manager(app.edge).post_to_connection(ConnectionId=one, Data=b"x")
    assert caught.value.response["Error"]["Code"] == "GoneException"


def test_idle_connections_end_on_the_clock(app):
    with dial(app, ping_interval=None) as socket:
        app.advance("9m")
        say(socket, action="two")
        assert recv(socket) == "said"
        app.advance("9m")
        say(socket, action="two")
        assert recv(socket) == "said"
        app.advance("10m")
        assert closing(socket) == (1001, "Going away")
    assert events(app, "DISCONNECT")["requestContext"]["disconnectStatusCode"] == 1001


def test_open_connections_go_by_the_new_deployment(app_factory, tmp_path):
    app = app_factory(files(ROUTES))
    with dial(app) as socket:
        write_tree(tmp_path, {"app/app.py": HANDLER.replace("'said'", "'edited'")})
        say(socket, action="two")
        assert recv(socket) == "edited"
        say(socket, action="three")
        assert error_of(recv(socket)) == "Forbidden"
        write_tree(tmp_path, {"template.yaml": template(ROUTES + [("three", {"two_way": True})])})
        app.wait_for(lambda line: line["type"] == "notice" and "deployed again" in line["text"])
        say(socket, action="three")
        assert recv(socket) == "edited"
        one = id_of(socket, app)
        manager(app.edge).post_to_connection(ConnectionId=one, Data=b"x")
        assert recv(socket) == "x"
    assert events(app, "DISCONNECT")["requestContext"]["connectionId"] == one


def test_the_end_is_told_to_both_sides(app_factory):
    code = HANDLER.replace("import json\n", "import json\nimport os\nimport urllib.request\n").replace(
        "    context = event", "    if event['requestContext']['eventType'] == 'DISCONNECT':\n"
        "        urllib.request.urlopen(os.environ['AWS_ENDPOINT_URL'] + '/_sls/health').read()\n"
        "        print('the services are still there')\n    context = event")
    app = app_factory(files(ROUTES, code))
    with dial(app) as socket:
        app.process.send_signal(signal.SIGTERM)
        assert closing(socket)[0] == 1001
    app.wait_for(lambda line: line["type"] == "output" and line["line"].endswith("the services are still there"))
    request_line(app, "DISCONNECT", status=200, closeCode=1001)
    assert app.process.wait(DEADLINE_S) == 0


SERVERLESS = """\
service: chat
provider: {name: aws, runtime: python3.11, stage: dev}
functions:
  guard: {handler: app.guard}
  fn:
    handler: app.handler
    events:
      - websocket: {route: $connect, authorizer: {name: guard, identitySource: ['route.request.querystring.key']}}
      - websocket: $disconnect
      - websocket: one
      - websocket: {route: two, routeResponseSelectionExpression: $default}
"""


def test_serverless_yml(app_factory):
    code = HANDLER + GUARD.replace("event['headers']['X-Key']", "event['queryStringParameters']['key']")
    app = app_factory({"serverless.yml": SERVERLESS, "app.py": code})
    assert app.api().endswith("/dev")
    with pytest.raises(InvalidStatus) as caught:
        dial(app, api=None)
    assert caught.value.response.status_code == 401
    with dial(app, {"key": "me"}, api=None) as socket:
        say(socket, action="one")
        say(socket, action="two")
        assert recv(socket) == "said"
    assert events(app, "DISCONNECT", function="fn")["requestContext"]["authorizer"]["principalId"] == "me"


SAM = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Chat:
    Type: AWS::Serverless::WebSocketApi
    Properties:
      RouteSelectionExpression: $request.body.action
      StageName: live
      Routes:
        $connect: {FunctionArn: !GetAtt Fn.Arn}
        $default: {FunctionArn: !GetAtt Fn.Arn}
  Fn:
    Type: AWS::Serverless::Function
    Properties: {Runtime: python3.11, Handler: app.handler, CodeUri: app/}
"""


def test_sam(app_factory):
    app = app_factory({"template.yaml": SAM, "app/app.py": HANDLER})
    assert app.api().endswith("/live")
    with dial(app) as socket:
        socket.send("no JSON at all")
        assert events(app, "MESSAGE")["requestContext"]["routeKey"] == "$default"
    assert request_line(app, "DISCONNECT")["function"] == ""


def test_what_is_not_emulated_says_so(app_factory):
    more = template(["three"]).split("  Fn:")[1].split("\n", 1)[1].replace("Route0", "RouteQ").replace(
        "Int0", "IntQ").replace("AWS_PROXY", "AWS").replace("lambda:path/2015-03-31/functions/${Fn.Arn}/invocations",
                                                            "states:action/StartExecution")
    app = app_factory(files(["$connect"], more=more))
    with dial(app) as socket:
        say(socket, action="three")
        assert error_of(recv(socket)) == "Internal server error"
    line = request_line(app, "MESSAGE", status=501)
    assert "states:action/StartExecution" in line["reason"] and "does not emulate" in line["reason"]


def test_many_connections_at_once(app_factory):
    """A thousand, each heard: the gateway takes less than 10 KB for one, sockets' buffers in the kernel left aside."""
    count = 1000
    app = app_factory(files([("$default", {"two_way": True})]))

    def resident_kb():
        status = open(f"/proc/{app.pid}/status").read()
        return int(status.split("VmRSS:")[1].split()[0])
    with dial(app) as socket:
        socket.send("warm")
        assert recv(socket) == "said"
    before = resident_kb()
    sockets = [dial(app, ping_interval=None) for _ in range(count)]
    try:
        idle = resident_kb()
        for socket in sockets[::50]:
            socket.send("x")
        for socket in sockets[::50]:
            assert recv(socket) == "said"
        client = manager(app.edge)
        ids = []
        while len(ids) < count + 1:
            app.wait_for(lambda line: line.get("method") == "CONNECT", already=False)
            ids = [line["connectionId"] for line in app.lines if line.get("method") == "CONNECT"]
        assert len(set(ids)) == count + 1
        for n in (1, 500, 1000):
            client.post_to_connection(ConnectionId=ids[n], Data=str(n).encode())
            assert recv(sockets[n - 1]) == str(n)
    finally:
        for socket in sockets:
            socket.close()
    assert idle - before < 10 * count, f"{before} KB, {idle} KB"
