"""Small applications for the tests: templates and handlers as users write them."""

HTTP_API = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: app/
      Handler: {handler}
      Runtime: {runtime}
      Timeout: {timeout}
{properties}      Events:
        Any:
          Type: HttpApi
"""


def http_api(runtime, handler, timeout=3, properties=""):
    """One function behind a catch-all HTTP API; `properties`: further YAML lines, unindented."""
    indented = "".join(f"      {line}\n" for line in properties.splitlines())
    return HTTP_API.format(runtime=runtime, handler=handler, timeout=timeout, properties=indented)


def node(code, timeout=3, properties="", runtime="nodejs20.x"):
    return {"template.yaml": http_api(runtime, "index.handler", timeout, properties), "app/index.js": code}


def python(code, timeout=3, properties="", runtime="python3.11"):
    return {"template.yaml": http_api(runtime, "app.handler", timeout, properties), "app/app.py": code}


def custom(bootstrap, timeout=3, properties=""):
    return {"template.yaml": http_api("provided.al2023", "hello.handler", timeout, properties),
            "app/bootstrap": bootstrap}


ECHO_NODE = "exports.handler = async (event, context) => ({event, id: context.awsRequestId});\n"
ECHO_PYTHON = "def handler(event, context):\n    return {'event': event, 'id': context.aws_request_id}\n"

# A custom runtime in shell: echoes the event.
ECHO_SHELL = """#!/bin/sh
set -e
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime"
while true; do
    event=$(curl -sS -D "$TMPDIR/head" "$api/invocation/next")
    id=$(tr -d '\\r' < "$TMPDIR/head" | awk 'tolower($1) == "lambda-runtime-aws-request-id:" {print $2}')
    curl -sS -o /dev/null -d "{\\"echo\\":$event}" "$api/invocation/$id/response"
done
"""

# A custom runtime in Python that says to the gateway exactly what a test wants said: it answers with
# the bytes of the request's body or, when there is none, with the event (in an envelope if it has to).
ANSWER = """#!/usr/bin/env python3
import base64, http.client, json, os
api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
while True:
    api.request("GET", "/2018-06-01/runtime/invocation/next")
    response = api.getresponse()
    request_id = response.headers["Lambda-Runtime-Aws-Request-Id"]
    event = json.loads(response.read())
    body = (event.get("body") or "").encode()
    if event.get("headers", {}).get("x-echo"):
        body = b""
    if event.get("isBase64Encoded"):
        body = base64.b64decode(body)
    if body == b"throw":
        path, body = "error", b'{"errorType":"E","errorMessage":"told to"}'
    else:
        path = "response"
        if not body:
            text = json.dumps(event)
            body = (text if event.get("version") == "2.0" else json.dumps({"statusCode": 200, "body": text})).encode()
    api.request("POST", f"/2018-06-01/runtime/invocation/{request_id}/{path}", body)
    api.getresponse().read()
"""
