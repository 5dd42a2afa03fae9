"""AWS's own runtime clients, unmodified, serve functions of the real `sls-local up`.

prepare_runtimes.sh has built them from their registries; aws-lambda-cpp from the source that AWS packs into
aws-lambda-ric. The functions are in runtimes/: they answer alike, so most tests are rows of one table.
"""
import base64
import concurrent.futures
import functools
import json
import os
import re
import shutil

import pytest
import requests
from conftest import DEADLINE_S, E2E_DIR, ROOT

RIC = E2E_DIR / "ric"
SOURCES = ROOT / "tests/e2e/runtimes"
ARN = "arn:aws:lambda:us-east-1:000000000000:function:official"
TOO_LARGE = {"errorType": "Function.ResponseSizeTooLarge",
             "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes)."}

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Official:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: official
      CodeUri: app/
      Handler: {handler}
      Runtime: provided.al2023
      Timeout: {timeout}
      MemorySize: 1024
      ReservedConcurrentExecutions: 1
      FunctionUrlConfig: {{AuthType: NONE, InvokeMode: RESPONSE_STREAM}}
      Events:
        Any: {{Type: HttpApi}}
      Environment:
        Variables: {variables}
"""


class Client:
    """How one of AWS's clients is started. `command`: of an interpreter; without one, `bootstrap` is compiled."""

    def __init__(self, name, handler, stream=None, command=None, variables=None):
        self.name = name
        self.handler = handler
        self.stream = stream
        self.command = command
        self.variables = variables or {}

    def write(self, directory, handler, timeout):
        bootstrap = directory / "app/bootstrap"
        if self.command:
            shutil.copytree(SOURCES / self.name, directory / "app")
            bootstrap.write_text(f"#!/bin/sh\nexec {self.command}\n")
            bootstrap.chmod(0o755)
        else:
            bootstrap.parent.mkdir()
            shutil.copy2(RIC / self.name / "bootstrap", bootstrap)
        (directory / "template.yaml").write_text(TEMPLATE.format(
            handler=handler, timeout=timeout, variables=json.dumps(self.variables)))


NODE = f"{shutil.which('node')} {RIC}/node/node_modules/aws-lambda-ric/index.mjs"
CLIENTS = {
    "node": Client("node", "index.handler", "index.stream", NODE),
    # The same client with its JavaScript HTTP core in place of curl.
    "node-js": Client("node", "index.handler", "index.stream", NODE,
                      {"AWS_LAMBDA_NODEJS_USE_ALTERNATIVE_CLIENT_1": "true"}),
    "python": Client("python", "app.handler", None, f'{RIC}/python/venv/bin/python -m awslambdaric "$_HANDLER"'),
    "go": Client("go", "buffered.handler", "stream.handler"),
    "rust": Client("rust", "buffered.handler", "stream.handler"),
    "cpp": Client("cpp", "buffered.handler"),
}
EVERY = list(CLIENTS)
STREAMING = [name for name, client in CLIENTS.items() if client.stream]


def starter(factory, directory_of):
    def start(name, handler=None, timeout=10):
        client = CLIENTS[name]
        if not (RIC / client.name / "stamp").exists():
            pytest.skip(f"AWS's {client.name} client was not built here")
        directory = directory_of(name)
        client.write(directory, handler or client.handler, timeout)
        return factory(directory=directory)

    return start


@pytest.fixture
def official(app_factory, tmp_path):
    """official("go", timeout=1): the application, its only function is `official`."""
    return starter(app_factory, lambda name: tmp_path)


@pytest.fixture(scope="module")
def asked(shared_app_factory, tmp_path_factory):
    """The same for tests that only ask: one application for all of them."""
    return functools.cache(starter(shared_app_factory, tmp_path_factory.mktemp))


def result(app, event=None, **options):
    """What the function returned, with its request id."""
    answer, response = app.invoke("official", event, **options)
    assert "FunctionError" not in response, answer
    return answer, response["ResponseMetadata"]["RequestId"]


def error(app, event=None):
    answer, response = app.invoke("official", event)
    assert (response["StatusCode"], response.get("FunctionError")) == (200, "Unhandled"), answer
    return answer, response["ResponseMetadata"]["RequestId"]


@pytest.mark.parametrize("name", EVERY)
def test_events_come_in_answers_go_out_and_one_process_serves_them(official, name):
    app = official(name)
    seen = []
    for number in range(1, 31):
        event = {"n": number, "text": "Grüße, 世界 \\ \"", "list": [None, True, 1.5, 9007199254740991]}
        answer, request_id = result(app, event)
        assert answer["event"] == event
        assert (answer["calls"], answer["id"]) == (number, request_id)
        seen.append(answer["pid"])
    assert len(set(seen)) == 1


@pytest.mark.parametrize("name", EVERY)
def test_a_route_reaches_the_function(asked, name):
    app = asked(name)
    answer = app.post("/some/path?q=1", data="text")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json"), answer.text
    event = answer.json()["event"]
    assert (event["version"], event["rawPath"], event["rawQueryString"]) == ("2.0", "/some/path", "q=1")


@pytest.mark.parametrize("name", EVERY)
def test_the_context_is_the_invocations(official, name):
    app = official(name, timeout=7)
    context = base64.b64encode(json.dumps({"custom": {"k": "v"}}).encode()).decode()
    answer, _ = result(app, {}, ClientContext=context)
    assert (answer["name"], answer["version"], answer["memory"], answer["arn"]) == ("official", "$LATEST", 1024, ARN)
    assert 5000 < answer["remaining"] <= 7000
    assert answer["client_context"]["custom"] == {"k": "v"}
    assert re.match(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=[01]", answer["trace"])
    later, _ = result(app, {})
    assert later["trace"] != answer["trace"] and 6000 < later["remaining"] <= 7000


ERRORS = {
    "node": {"errorType": "OddError", "errorMessage": "told to", "trace": list},
    "python": {"errorType": "OddError", "errorMessage": "told to", "requestId": str, "stackTrace": list},
    "go": {"errorType": "oddError", "errorMessage": "told to"},
    "rust": {"errorType": "OddError", "errorMessage": "told to"},
    "cpp": {"errorType": "OddError", "errorMessage": "told to", "stackTrace": list},
}


@pytest.mark.parametrize("name", EVERY)
def test_an_error_keeps_its_clients_shape_and_the_process(asked, name):
    app = asked(name)
    before, _ = result(app)
    answer, request_id = error(app, {"do": "fail"})
    want = ERRORS[CLIENTS[name].name]
    assert {key: type(value) if isinstance(want.get(key), type) else value for key, value in answer.items()} == want
    if "trace" in answer:
        assert answer["trace"][0] == "OddError: told to" and "index.mjs" in answer["trace"][1]
    if "requestId" in answer:
        assert answer["requestId"] == request_id and "app.py" in answer["stackTrace"][0]
    after, _ = result(app)
    assert (after["pid"], after["calls"]) == (before["pid"], before["calls"] + 2)


@pytest.mark.parametrize("name", EVERY)
def test_a_timeout_ends_the_process(official, name):
    app = official(name, timeout=1)
    before, _ = result(app)
    answer, request_id = error(app, {"do": "hang"})
    assert answer == {"errorType": "Sandbox.Timedout",
                      "errorMessage": f"RequestId: {request_id} Error: Task timed out after 1.00 seconds"}
    after, _ = result(app)
    assert after["pid"] != before["pid"] and after["calls"] == 1


@pytest.mark.parametrize("name", EVERY)
def test_payloads_up_to_the_limit_pass_and_one_byte_more_is_refused(official, name):
    app = official(name, timeout=60)
    event = {"do": "length", "pad": ""}
    event["pad"] = "x" * (6291456 - len(json.dumps(event)))
    length, _ = result(app, event)
    whole = length == 6291456
    compact = length == len(json.dumps(event, separators=(",", ":")))  # the client parsed, we print again
    assert whole or compact, length
    answer, _ = result(app, {"do": "big", "size": 6291556})
    assert len(answer) == 6291554
    assert error(app, {"do": "big", "size": 6291557})[0] == TOO_LARGE
    assert result(app)[0]["name"] == "official"


# What the caller gets when the function cannot start, by the handler that cannot.
INIT_ERRORS = [
    ("node", "broken.handler", {"errorType": "TypeError", "errorMessage": "no database"}),
    ("node", "absent.handler", {"errorType": "Runtime.ImportModuleError"}),
    ("node", "index.absent", {"errorType": "Runtime.HandlerNotFound",
                              "errorMessage": "index.absent is undefined or not exported"}),
    ("node-js", "broken.handler", {"errorType": "TypeError", "errorMessage": "no database"}),
    ("python", "broken.handler", {"errorType": "TypeError", "errorMessage": "no database", "requestId": ""}),
    ("python", "absent.handler", {"errorType": "Runtime.ImportModuleError",
                                  "errorMessage": "Unable to import module 'absent': No module named 'absent'"}),
    ("python", "app.absent", {"errorType": "Runtime.HandlerNotFound",
                              "errorMessage": "Handler 'absent' missing on module 'app'"}),
    ("cpp", "init.error", {"errorType": "OddInit", "errorMessage": "no database"}),
]


@pytest.mark.parametrize("name, handler, want", INIT_ERRORS, ids=[f"{row[0]}-{row[1]}" for row in INIT_ERRORS])
def test_an_init_error_reaches_the_caller_each_time(official, name, handler, want):
    app = official(name, handler)
    for _ in range(2):
        answer, _ = error(app)
        assert {key: answer.get(key) for key in want} == want


@pytest.mark.parametrize("name", ["go", "rust", "cpp"])
def test_a_client_without_init_errors_just_exits(official, name):
    app = official(name, "init.exit")
    for _ in range(2):
        answer, request_id = error(app)
        assert answer == {"errorType": "Runtime.ExitError",
                          "errorMessage": f"RequestId: {request_id} Error: Runtime exited with error: exit status 1"}


def test_a_go_panic_is_told_with_its_stack_and_ends_the_process(official):
    app = official("go")
    before, _ = result(app)
    answer, _ = error(app, {"do": "panic"})
    assert (answer["errorType"], answer["errorMessage"]) == ("string", "told to")
    assert {"path", "line", "label"} == set(answer["stackTrace"][0])
    assert any(frame["label"] == "handle" for frame in answer["stackTrace"])
    assert result(app)[0]["pid"] != before["pid"]


def test_a_rust_panic_is_told_and_keeps_the_process(official):
    app = official("rust")
    before, _ = result(app)
    answer, _ = error(app, {"do": "panic"})
    assert answer["errorMessage"] == "Lambda panicked: told to" and set(answer) == {"errorType", "errorMessage"}
    assert result(app)[0]["pid"] == before["pid"]


@pytest.mark.parametrize("name", ["node", "node-js"])
def test_node_answers_null_for_nothing_and_exits_on_a_rejection_nobody_waits_for(official, name):
    app = official(name)
    assert result(app, {"do": "nothing"})[0] is None
    answer, request_id = error(app, {"do": "reject-later"})
    assert answer == {"errorType": "Runtime.ExitError",
                      "errorMessage": f"RequestId: {request_id} Error: Runtime exited with error: exit status 1"}
    assert result(app)[0]["calls"] == 1


def test_python_answers_bytes_as_they_are_and_tells_what_it_cannot_write(official):
    app = official("python")
    response = app.client().invoke(FunctionName="official", Payload=b'{"do":"bytes"}')
    assert response["Payload"].read() == b"\x00\xff"
    answer, _ = error(app, {"do": "unserializable"})
    assert answer["errorType"] == "Runtime.MarshalError" and "not JSON serializable" in answer["errorMessage"]
    assert result(app)[0]["calls"] == 3


class Gate:
    """A pipe on which a function waits until the test has seen what came before."""

    def __init__(self, directory):
        self.path = str(directory / "gate")
        os.mkfifo(self.path)
        self.fd = os.open(self.path, os.O_RDWR)

    def open(self):
        os.write(self.fd, b"\n")


@pytest.fixture
def gate(tmp_path):
    gate = Gate(tmp_path)
    yield gate
    os.close(gate.fd)


def stream(app, event):
    """An iterator over the payload's pieces; the last item is the InvokeComplete event."""
    answer = app.client().invoke_with_response_stream(FunctionName="official", Payload=json.dumps(event))
    for item in answer["EventStream"]:
        yield item["PayloadChunk"]["Payload"] if "PayloadChunk" in item else item["InvokeComplete"]


def until(pieces, text):
    """Reads pieces until they end with `text`; fails where the stream ends before, as it does at a timeout."""
    seen = b""
    while not seen.endswith(text):
        piece = next(pieces)
        assert isinstance(piece, bytes), (seen, piece)
        seen += piece
    return seen


@pytest.mark.parametrize("name", STREAMING)
def test_a_stream_is_passed_on_as_it_comes(asked, gate, name):
    app = asked(name, CLIENTS[name].stream)
    for _ in range(2):
        pieces = stream(app, {"do": "gated", "gate": gate.path})
        first = until(pieces, b"first,")  # the function has not written more: it waits for us
        gate.open()
        assert until(pieces, b"second") == b"second"
        complete = next(pieces)
        assert complete.get("ErrorCode") is None, complete
        prelude = first[:-len(b"first,")]
        assert prelude == b"" or prelude.endswith(b"}" + bytes(8)), first


@pytest.mark.parametrize("name", STREAMING)
def test_a_stream_that_breaks_says_so_at_its_end(official, gate, name):
    app = official(name, CLIENTS[name].stream)
    for _ in range(2):
        pieces = stream(app, {"do": "break", "gate": gate.path})
        until(pieces, b"first,")
        gate.open()
        if name == "rust":  # it writes the trailers into the body
            text = until(pieces, b"=\r\n").decode()
            assert text.startswith("Lambda-Runtime-Function-Error-Type: ") and "ErrorCode" not in next(pieces)
            continue
        complete = next(pieces)
        details = json.loads(complete["ErrorDetails"])
        assert complete["ErrorCode"].lower() == details["errorType"].lower() == "odderror", complete
        assert details["errorMessage"] == "midway"


@pytest.mark.parametrize("name", ["node", "node-js", "go"])
def test_who_wants_one_piece_gets_the_error_of_a_broken_stream(official, gate, name):
    app = official(name, CLIENTS[name].stream)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        call = pool.submit(error, app, {"do": "break", "gate": gate.path})
        app.wait_for(lambda line: line["type"] == "output" and "at the gate" in line["line"])
        gate.open()
        answer, _ = call.result()
    assert (answer["errorType"].lower(), answer["errorMessage"]) == ("odderror", "midway")
    gate.open()
    response = app.client().invoke(FunctionName="official", Payload=json.dumps({"do": "gated", "gate": gate.path}))
    assert (response.get("FunctionError"), response["Payload"].read()) == (None, b"first,second")


@pytest.mark.parametrize("name", STREAMING)
def test_a_stream_that_fails_before_its_first_byte_is_an_error(asked, gate, name):
    app = asked(name, CLIENTS[name].stream)
    answer, _ = error(app, {"do": "early"})
    assert answer["errorMessage"] == "before the first byte"
    pieces = stream(app, {"do": "gated", "gate": gate.path})
    until(pieces, b"first,")
    gate.open()
    until(pieces, b"second")


@pytest.mark.parametrize("name", STREAMING)
def test_a_prelude_is_part_of_the_payload(asked, name):
    app = asked(name, CLIENTS[name].stream)
    *pieces, complete = stream(app, {})
    prelude, body = b"".join(pieces).split(bytes(8))
    told = json.loads(prelude)
    assert (told["statusCode"], told["cookies"], body) == (201, ["a=1", "b=2"], b"from a stream")
    assert {key.lower(): value for key, value in told["headers"].items()} == \
        {"content-type": "text/plain", "x-odd": "yes"}
    assert "ErrorCode" not in complete


@pytest.mark.parametrize("name", STREAMING)
def test_a_function_url_applies_a_streams_prelude(asked, name):
    app = asked(name, CLIENTS[name].stream)
    if not app.endpoints.get("urls"):
        pytest.skip("this sls-local serves no function URLs")
    url = next(iter(app.endpoints["urls"].values()))
    for _ in range(2):
        answer = requests.get(url, timeout=DEADLINE_S)
        assert (answer.status_code, answer.text) == (201, "from a stream")
        assert (answer.headers["content-type"], answer.headers["x-odd"]) == ("text/plain", "yes")
        assert answer.cookies.get_dict() == {"a": "1", "b": "2"}
