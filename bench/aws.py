"""Requests of AWS's clients, as cheap as they can be made: for one connection, and for wrk."""
import base64
import http.client
import io
import json
import urllib.parse
import zipfile

# service: (prefix of its targets, version of its JSON)
JSON_SERVICES = {"dynamodb": ("DynamoDB_20120810.", "1.0"), "sqs": ("AmazonSQS.", "1.0"), "events": ("AWSEvents.", "1.1"),
                 "kinesis": ("Kinesis_20131202.", "1.1"), "monitoring": ("GraniteServiceVersion20100801.", "1.0")}


def signed(service):
    return {"X-Amz-Date": "20260101T000000Z",
            "Authorization": f"AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/{service}/aws4_request, "
                             "SignedHeaders=host;x-amz-date;x-amz-target, Signature=0"}


def json_headers(service, operation):
    prefix, version = JSON_SERVICES[service]
    return {**signed(service), "Content-Type": f"application/x-amz-json-{version}", "X-Amz-Target": prefix + operation}


class Edge:
    """One kept-alive connection to an AWS endpoint."""

    def __init__(self, url, timeout=600):
        self.connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=timeout)

    def send(self, method, path, body=b"", service="", **headers):
        self.connection.request(method, path, body, {**(signed(service) if service else {}), **{
            name.replace("_", "-"): value for name, value in headers.items()}})
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {text[:300]}")
        return text

    def raw(self, service, operation, **members):
        return self.send("POST", "/", json.dumps(members), **json_headers(service, operation))

    def call(self, service, operation, **members):
        """An operation of a service that speaks JSON; what it answers."""
        return json.loads(self.raw(service, operation, **members) or "{}")


def create_function(edge, name, code, variables):
    """A Python function with the handler of `code`, as a client makes one."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as writer:
        writer.writestr("app.py", code)
    edge.send("POST", "/2015-03-31/functions", json.dumps({
        "FunctionName": name, "Runtime": "python3.11", "Handler": "app.handler", "Timeout": 10,
        "Role": "arn:aws:iam::000000000000:role/any", "Environment": {"Variables": variables},
        "Code": {"ZipFile": base64.b64encode(archive.getvalue()).decode()}}), "lambda")


def create_mapping(edge, function, queue_arn, **settings):
    """An event source mapping; its id."""
    body = {"FunctionName": function, "EventSourceArn": queue_arn, **settings}
    return json.loads(edge.send("POST", "/2015-03-31/event-source-mappings/", json.dumps(body), "lambda"))["UUID"]


def lua_headers(headers):
    return "".join(f'wrk.headers["{name}"] = "{value}"\n' for name, value in headers.items())


def script(service, operation, body, prelude=""):
    """Lua that sends `body` (a Lua expression over the counter n) again and again."""
    return f"""wrk.method = "POST"
{lua_headers(json_headers(service, operation))}
local n = 0
{prelude}
function request()
  n = n + 1
  return wrk.format(nil, nil, nil, {body})
end
"""


def lua_string(value):
    text = json.dumps(value, separators=(",", ":")).replace("\\", "\\\\").replace("'", "\\'")
    return f"'{text}'"
