"""A WebSocket API for the tests: a template of CloudFormation resources, as there is no SAM event for it, and clients."""
import json
import urllib.parse

from conftest import DEADLINE_S
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

HEAD = """\
Transform: AWS::Serverless-2016-10-31
Globals: {{Function: {{Runtime: python3.11, CodeUri: app/, Timeout: 5}}}}
Resources:
  Chat:
    Type: AWS::ApiGatewayV2::Api
    Properties: {{Name: chat, ProtocolType: WEBSOCKET, RouteSelectionExpression: {selection}}}
  Stage: {{Type: AWS::ApiGatewayV2::Stage, Properties: {{ApiId: !Ref Chat, StageName: dev, AutoDeploy: true{stage}}}}}
  Fn: {{Type: AWS::Serverless::Function, Properties: {{Handler: app.handler}}}}
"""

ROUTE = """\
  Route{n}:
    Type: AWS::ApiGatewayV2::Route
    Properties: {{ApiId: !Ref Chat, RouteKey: {key}, Target: !Sub 'integrations/${{Int{n}}}'{more}}}
  Int{n}:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      ApiId: !Ref Chat
      IntegrationType: AWS_PROXY
      IntegrationUri: !Sub 'arn:aws:apigateway:${{AWS::Region}}:lambda:path/2015-03-31/functions/${{{function}.Arn}}/invocations'
"""

RESPONSE = """\
  Response{n}:
    Type: AWS::ApiGatewayV2::RouteResponse
    Properties: {{ApiId: !Ref Chat, RouteId: !Ref Route{n}, RouteResponseKey: $default}}
"""

# Does what the query of the handshake or the message says, and says on the page what it got.
HANDLER = """\
import json

def handler(event, context):
    print(json.dumps(event))
    context = event['requestContext']
    said = (event.get('queryStringParameters') or {}) if context['eventType'] == 'CONNECT' else {}
    if context['eventType'] == 'MESSAGE':
        try:
            said = json.loads(event['body'])
        except ValueError:
            pass
    if said.get('do') == 'throw':
        raise RuntimeError('told to')
    if said.get('do') == 'none':
        return None
    headers = {'Sec-WebSocket-Protocol': said['protocol']} if 'protocol' in said else {}
    return {'statusCode': int(said.get('status', 200)), 'headers': headers, 'body': said.get('body', 'said')}
"""


def template(routes, selection="$request.body.action", more="", stage=""):
    """`routes`: a key, or (key, {"two_way": True, "function": "Fn", "more": ", AuthorizationType: ..."}), each."""
    text = HEAD.format(selection=selection, stage=stage)
    for n, route in enumerate(routes):
        key, options = (route, {}) if isinstance(route, str) else route
        extra = options.get("more", "")
        if options.get("two_way"):
            extra += ", RouteResponseSelectionExpression: $default"
            text += RESPONSE.format(n=n)
        text += ROUTE.format(n=n, key=key, more=extra, function=options.get("function", "Fn"))
    return text + more


def files(routes, code=HANDLER, **options):
    return {"template.yaml": template(routes, **options), "app/app.py": code}


def dial(app, query="", api="Chat", path="", **options):
    url = app.api(api) + path + ("?" + urllib.parse.urlencode(query) if query else "")
    options.setdefault("open_timeout", DEADLINE_S)
    return connect(url, close_timeout=DEADLINE_S, max_size=1 << 20, **options)


def say(socket, **message):
    socket.send(json.dumps(message))


def recv(socket):
    return socket.recv(timeout=DEADLINE_S)


def closing(socket):
    """(code, reason) with which the other side closed."""
    try:
        while True:
            recv(socket)
    except ConnectionClosed as closed:
        return (closed.rcvd.code, closed.rcvd.reason) if closed.rcvd else (1006, "")


def http_url(app, api="Chat"):
    """Of the API's own address, stage included: what @connections stands below."""
    return app.api(api).replace("ws://", "http://")


def events(app, kind, count=1, function="Fn"):
    """The last of `count` events of that kind that the function was told of."""
    def is_event(line):
        return (line["type"] == "output" and line["function"].endswith(function) and f'"eventType": "{kind}"' in line["line"])
    while True:
        seen = [line for line in app.lines if is_event(line)]
        if len(seen) >= count:
            return json.loads(seen[count - 1]["line"])
        app.wait_for(is_event, already=False)


def request_line(app, method, **fields):
    return app.wait_for(lambda line: line["type"] == "request" and line["method"] == method and
                        all(line.get(key) == value for key, value in fields.items()))
