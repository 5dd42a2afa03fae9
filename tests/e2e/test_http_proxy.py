"""HTTP_PROXY integrations: a backend of the test's, behind HTTP and REST APIs."""
import http.server
import json
import threading

import pytest
from wire import exchange

TEMPLATE = """\
Resources:
  Http: {{Type: AWS::ApiGatewayV2::Api, Properties: {{Name: h, ProtocolType: HTTP, CorsConfiguration: {{AllowOrigins: ['*']}}}}}}
  Stage: {{Type: AWS::ApiGatewayV2::Stage, Properties: {{ApiId: !Ref Http, StageName: $default, StageVariables: {{v: one}}}}}}
  Plain: {{Type: AWS::ApiGatewayV2::Integration, Properties: {{ApiId: !Ref Http, IntegrationType: HTTP_PROXY,
    IntegrationMethod: ANY, IntegrationUri: '{base}/in/{{proxy}}', PayloadFormatVersion: '1.0'}}}}
  Mapped:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      ApiId: !Ref Http
      IntegrationType: HTTP_PROXY
      IntegrationMethod: POST
      IntegrationUri: '{base}/${{stageVariables.v}}'
      PayloadFormatVersion: '1.0'
      RequestParameters:
        append:header.x-one: a-$request.header.x-in
        overwrite:header.x-two: 'id ${{request.path.id}} of ${{context.stage}}'
        remove:querystring.gone: "''"
        overwrite:querystring.name: $request.body.pet.name
        overwrite:header.x-three: $context.httpMethod
      ResponseParameters:
        '200': {{ResponseParameters: [{{Source: '203', Destination: 'overwrite:statuscode'}},
          {{Source: $response.body.method, Destination: 'append:header.x-method'}},
          {{Source: "''", Destination: 'remove:header.x-secret'}}]}}
  To: {{Type: AWS::ApiGatewayV2::Integration, Properties: {{ApiId: !Ref Http, IntegrationType: HTTP_PROXY,
    IntegrationMethod: GET, IntegrationUri: '{base}/', PayloadFormatVersion: '1.0',
    RequestParameters: {{'remove:querystring.to': "''", 'overwrite:path': $request.querystring.to}}}}}}
  Nowhere: {{Type: AWS::ApiGatewayV2::Integration, Properties: {{ApiId: !Ref Http, IntegrationType: HTTP_PROXY,
    IntegrationMethod: GET, IntegrationUri: 'http://127.0.0.1:1/', PayloadFormatVersion: '1.0'}}}}
  Slow: {{Type: AWS::ApiGatewayV2::Integration, Properties: {{ApiId: !Ref Http, IntegrationType: HTTP_PROXY, TimeoutInMillis: 100,
    IntegrationMethod: GET, IntegrationUri: '{base}/slow', PayloadFormatVersion: '1.0'}}}}
  R1: {{Type: AWS::ApiGatewayV2::Route, Properties: {{ApiId: !Ref Http, RouteKey: 'ANY /p/{{proxy+}}', Target: !Sub 'integrations/${{Plain}}'}}}}
  R2: {{Type: AWS::ApiGatewayV2::Route, Properties: {{ApiId: !Ref Http, RouteKey: 'PUT /m/{{id}}', Target: !Sub 'integrations/${{Mapped}}'}}}}
  R5: {{Type: AWS::ApiGatewayV2::Route, Properties: {{ApiId: !Ref Http, RouteKey: 'GET /to', Target: !Sub 'integrations/${{To}}'}}}}
  R3: {{Type: AWS::ApiGatewayV2::Route, Properties: {{ApiId: !Ref Http, RouteKey: 'GET /nowhere', Target: !Sub 'integrations/${{Nowhere}}'}}}}
  R4: {{Type: AWS::ApiGatewayV2::Route, Properties: {{ApiId: !Ref Http, RouteKey: 'GET /slow', Target: !Sub 'integrations/${{Slow}}'}}}}
  Rest:
    Type: AWS::ApiGateway::RestApi
    Properties:
      Body:
        openapi: 3.0.1
        info: {{title: r, version: '1'}}
        paths:
          /r/{{proxy+}}:
            x-amazon-apigateway-any-method:
              parameters: [{{name: proxy, in: path, required: true}}]
              x-amazon-apigateway-integration:
                type: http_proxy
                httpMethod: ANY
                uri: '{base}/rest/{{proxy}}'
                requestParameters:
                  integration.request.path.proxy: method.request.path.proxy
                  integration.request.querystring.testVar: method.request.header.x-var
                  integration.request.header.x-stage: context.stage
                  integration.request.header.x-constant: "'c'"
          /gone:
            get: {{x-amazon-apigateway-integration: {{type: http_proxy, httpMethod: GET, uri: 'http://127.0.0.1:1/'}}}}
  RestStage: {{Type: AWS::ApiGateway::Stage, Properties: {{RestApiId: !Ref Rest, StageName: prod}}}}
"""


class Backend(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length).decode()
        if self.path == "/slow":
            self.server.released.wait(20)
        seen = json.dumps({"method": self.command, "path": self.path, "body": body,
                           "headers": {k.lower(): v for k, v in self.headers.items()}}).encode()
        self.send_response(404 if "missing" in self.path else 200)
        for name, value in (("Content-Type", "application/json"), ("X-Secret", "s"), ("Content-Length", str(len(seen))),
                            ("Access-Control-Allow-Origin", "backend")):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(seen)

    do_GET = do_POST = do_PUT = do_DELETE = answer

    def log_message(self, *args):
        pass


@pytest.fixture
def app(app_factory):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Backend)
    server.released = threading.Event()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield app_factory({"template.yaml": TEMPLATE.format(base=f"http://127.0.0.1:{server.server_port}")})
    server.released.set()
    server.shutdown()
    thread.join()
    server.server_close()


def seen(answer):
    return json.loads(answer.body)


def test_a_request_goes_on_as_it_is(app):
    answer = exchange(app.api("Http"), "PUT", "/p/a%20b/c?x=1&y=%20", [("X-Any", "v"), ("Connection", "x-hop")], b"body")
    got = seen(answer)
    assert (answer.status, got["method"], got["path"], got["body"]) == (200, "PUT", "/in/a%20b/c?x=1&y=%20", "body")
    assert got["headers"]["x-any"] == "v" and "connection" not in got["headers"]
    assert got["headers"]["forwarded"].startswith("by=") and "x-forwarded-for" not in got["headers"]
    assert answer.get("x-secret") == "s" and answer.get("apigw-requestid")
    assert answer.get("access-control-allow-origin") is None, "the backend's CORS headers go when the API has its own"
    assert exchange(app.api("Http"), "GET", "/p/missing").status == 404


def test_requests_and_responses_are_mapped(app):
    answer = exchange(app.api("Http"), "PUT", "/m/7?gone=1&kept=2", [("X-In", "v"), ("X-One", "0")],
                      b'{"pet":{"name":"a b"}}')
    got = seen(answer)
    assert (got["method"], got["path"]) == ("POST", "/one?kept=2&name=a%20b")
    assert (got["headers"]["x-two"], got["headers"]["x-three"]) == ("id 7 of $default", "PUT")
    assert (answer.status, answer.get("x-method"), answer.get("x-secret")) == (203, "POST", None)


def test_a_path_that_is_mapped_is_one_of_a_url(app):
    for to, path in (("/a%20b%0D%0AX%3A+y%23z", "/a%20b%0D%0AX:%20y%23z"), ("r%C3%A9/%252F", "/r%C3%A9/%2F")):
        answer = exchange(app.api("Http"), "GET", "/to?to=" + to)
        assert (answer.status, seen(answer)["path"]) == (200, path)


def test_backends_that_do_not_answer(app):
    nowhere = exchange(app.api("Http"), "GET", "/nowhere")
    assert (nowhere.status, nowhere.body) == (503, b'{"message":"Service Unavailable"}')
    app.wait_for(lambda line: "127.0.0.1:1" in (line.get("reason") or ""))
    slow = exchange(app.api("Http"), "GET", "/slow")
    assert (slow.status, slow.body) == (503, b'{"message":"Service Unavailable"}')
    gone = exchange(app.api("Rest"), "GET", "/prod/gone")
    assert (gone.status, gone.body) == (504, b'{"message": "Network error communicating with endpoint"}')


def test_rest_apis_map_by_name(app):
    answer = exchange(app.api("Rest"), "DELETE", "/prod/r/a/b?q=1", [("X-Var", "foo")])
    got = seen(answer)
    assert (got["method"], got["path"]) == ("DELETE", "/rest/a/b?q=1&testVar=foo")
    assert (got["headers"]["x-stage"], got["headers"]["x-constant"]) == ("prod", "c")
    assert answer.status == 200 and answer.get("x-amzn-requestid")
    assert answer.get("x-amzn-remapped-server").startswith("BaseHTTP") and answer.get("x-amzn-remapped-date"), "case 57"
