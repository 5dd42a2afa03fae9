"""The Runtime API seen by a runtime that does what it is told, and what its caller sees of it."""
import json
import re
import time

import apps
import pytest

# A runtime whose event is the Python text to run. What a test wants to know of a text that has already
# answered is kept in `said` until the next one asks.
SCRIPTED = """#!/usr/bin/env python3
import http.client, json, os, select, signal, socket, sys, time
HOST = os.environ["AWS_LAMBDA_RUNTIME_API"]
said = []

def ask(method, path, body=None, headers={}):
    connection = http.client.HTTPConnection(HOST)
    connection.request(method, path if path.startswith("/") else "/2018-06-01/runtime/" + path, body, headers)
    response = connection.getresponse()
    answer = response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
    connection.close()
    return answer

def answer(value, of=None):
    return ask("POST", f"invocation/{of or id}/response", json.dumps(value))

def brief(answered):
    return [answered[0], answered[1].get("content-type"), answered[2].decode()]

exec(os.environ.get("INIT", ""))
while True:
    status, head, body = ask("GET", "invocation/next")
    received_ms = time.time() * 1000
    id = head["lambda-runtime-aws-request-id"]
    event = json.loads(body)
    if isinstance(event, str):
        exec(event)
    else:
        answer({"status": status, "head": head, "body": body.decode(), "received": received_ms})
"""
OK = [202, "application/json", '{"status":"OK"}\n']
BAD_ID = [400, "application/json", '{"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"}\n']


def scripted(app_factory, properties="", timeout=3):
    return app_factory(apps.custom(SCRIPTED, timeout, f"FunctionName: it\nReservedConcurrentExecutions: 1\n{properties}"))


@pytest.fixture
def app(app_factory):
    return scripted(app_factory)


def run(app, text):
    answer, response = app.invoke("it", text)
    assert "FunctionError" not in response, answer
    return answer


def refused(state, wanted):
    return (f'{{"errorMessage":"State transition from {state} to {wanted} failed for runtime. Error: State transition is not '
            'allowed","errorType":"InvalidStateTransition"}\n')


def test_case_1_next_has_the_bytes_and_the_headers_of_an_event(app):
    run(app, "answer(1)")
    event = b' {"n" : 9007199254740993,\n "n": 1.50, "s":"\\u00e9\xc3\xa9"}'
    before_ms = time.time() * 1000
    answer, response = app.invoke("it", event)
    head = answer["head"]
    assert answer["status"] == 200 and answer["body"].encode() == event
    assert head["content-type"] == "application/json" and head["content-length"] == str(len(event))
    assert re.fullmatch("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", head["lambda-runtime-aws-request-id"])
    assert head["lambda-runtime-aws-request-id"] == response["ResponseMetadata"]["RequestId"]
    assert before_ms + 3000 - 50 <= int(head["lambda-runtime-deadline-ms"]) <= answer["received"] + 3000 + 50
    assert head["lambda-runtime-invoked-function-arn"] == "arn:aws:lambda:us-east-1:000000000000:function:it"
    assert re.fullmatch(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=[01](;Lineage=.*)?",
                        head["lambda-runtime-trace-id"])
    assert "" not in head.values()
    assert not {"lambda-runtime-client-context", "lambda-runtime-cognito-identity", "lambda-runtime-aws-tenant-id"} & set(head)


def test_case_2_an_unknown_id_is_refused_and_the_active_one_goes_on(app):
    for path in ("response", "error"):
        text = f"answer(brief(ask('POST', 'invocation/00000000-0000-4000-8000-000000000000/{path}', '1')))"
        assert run(app, text) == BAD_ID


def test_cases_3_and_4_a_second_answer_is_refused(app):
    run(app, "said.append(brief(answer('first'))); said.append(brief(answer('second'))); "
             "said.append(brief(ask('POST', f'invocation/{id}/error', '{}'))); old = id")
    first, second, error, late = run(app, "said.append(brief(answer('late', old))); answer(said)")
    assert first == OK
    assert second == [403, "application/json", refused("RuntimeResponseSentState", "InvocationResponse")]
    assert error == [403, "application/json", refused("RuntimeResponseSentState", "InvocationErrorResponse")]
    assert late == BAD_ID


def test_case_5_next_while_running_is_the_same_event(app):
    again = run(app, "s, h, b = ask('GET', 'invocation/next'); "
                     "answer([s, h['lambda-runtime-aws-request-id'] == id, b == body, h['lambda-runtime-deadline-ms'] == "
                     "head['lambda-runtime-deadline-ms']])")
    assert again == [200, True, True, True]


def test_case_6_init_error_after_the_first_next_is_refused(app):
    status, kind, text = run(app, "answer(brief(ask('POST', 'init/error', '{}')))")
    assert (status, kind, text) == (403, "application/json", refused("Running", "InitError"))


def test_case_7_an_init_error_is_the_answer_of_the_next_invocation(app_factory):
    init = ("said.append(brief(ask('POST', 'init/error', '{\\\"errorType\\\" : \\\"X\\\", \\\"odd\\\":[1.0]}', "
            "{'Lambda-Runtime-Function-Error-Type': 'Runtime.Broken'}))); "
            "print('START', said, flush=True); sys.exit(1)")
    app = scripted(app_factory, f"Environment: {{Variables: {{INIT: \"{init}\"}}}}")
    response = app.client().invoke(FunctionName="it", Payload=b"{}")
    assert (response["StatusCode"], response["FunctionError"]) == (200, "Unhandled")
    assert response["Payload"].read() == b'{"errorType" : "X", "odd":[1.0]}'
    text = app.follow_logs("it", "REPORT")
    assert "Phase: init\tStatus: error\tError Type: Runtime.Broken\n" in text
    assert str(OK) in text and text.count("START [") <= 2, "at most one reset: " + text


def test_case_8_an_error_reaches_the_caller_as_it_is(app):
    before = run(app, "answer(os.getpid())")
    odd = '{"odd" : [1.0, "\\\\u0000"], "errorType":7 }'
    text = (f"said.append(brief(ask('POST', f'invocation/{{id}}/error', {odd!r}, "
            "{'Lambda-Runtime-Function-Error-Type': 'Function.Odd', 'Content-Type': 'application/vnd.aws.lambda.error+json'})))")
    response = app.client().invoke(FunctionName="it", Payload=json.dumps(text).encode())
    assert (response["StatusCode"], response["FunctionError"]) == (200, "Unhandled")
    assert response["Payload"].read().decode() == odd
    assert run(app, "answer([os.getpid(), said])") == [before, [OK]]


def test_case_9_a_response_over_the_limit_gets_413(app):
    before = run(app, "answer(os.getpid())")
    response = app.client().invoke(FunctionName="it", Payload=json.dumps(
        "said.append(brief(ask('POST', f'invocation/{id}/response', b'1' * 6291556)))").encode())
    assert "FunctionError" not in response and len(response["Payload"].read()) == 6291556
    answer, response = app.invoke("it", "said.append(brief(ask('POST', f'invocation/{id}/response', b'1' * 6291557)))")
    assert response["FunctionError"] == "Unhandled" and answer["errorType"] == "Function.ResponseSizeTooLarge"
    assert run(app, "answer([os.getpid(), said])") == [before, [OK, [
        413, "application/json", '{"errorMessage":"Exceeded maximum allowed payload size (6291556 bytes).",'
                                 '"errorType":"RequestEntityTooLarge"}\n']]]


def test_case_15_a_wrapper_that_is_not_there_is_status_127(app_factory):
    app = scripted(app_factory, "Environment: {Variables: {AWS_LAMBDA_EXEC_WRAPPER: /opt/nothing}}")
    answer, response = app.invoke("it")
    request_id = response["ResponseMetadata"]["RequestId"]
    assert answer == {"errorType": "Runtime.ExitError",
                      "errorMessage": f"RequestId: {request_id} Error: Runtime exited with error: exit status 127"}


@pytest.mark.parametrize("bootstrap, mode, text", [
    (None, 0, "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"),
    ("no program", 0o755, "fork/exec /var/task/bootstrap: exec format error"),
    ("#!/bin/sh\n", 0o644, "fork/exec /var/task/bootstrap: permission denied"),
])
def test_case_16_a_bootstrap_that_cannot_start(app_factory, tmp_path, bootstrap, mode, text):
    files = apps.custom("", properties="FunctionName: it")
    del files["app/bootstrap"]
    (tmp_path / "app").mkdir()
    if bootstrap is not None:
        (tmp_path / "app/bootstrap").write_text(bootstrap)
        (tmp_path / "app/bootstrap").chmod(mode)
    answer, response = app_factory(files).invoke("it")
    request_id = response["ResponseMetadata"]["RequestId"]
    assert response["FunctionError"] == "Unhandled"
    assert answer == {"errorType": "Runtime.InvalidEntrypoint", "errorMessage": f"RequestId: {request_id} Error: {text}"}


def test_case_18_a_cause_of_one_and_a_half_mebibytes_is_taken(app):
    answer, response = app.invoke("it", "said.append(brief(ask('POST', f'invocation/{id}/error', '{\"errorType\":\"E\"}', "
                                        "{'Lambda-Runtime-Function-XRay-Error-Cause': 'c' * 1572864})))")
    assert (answer, response["FunctionError"]) == ({"errorType": "E"}, "Unhandled")
    assert run(app, "answer(said)") == [OK]


def test_case_22_only_streaming_is_a_response_mode(app):
    _, response = app.invoke("it", "said.append(brief(ask('POST', f'invocation/{id}/response', '1', "
                                   "{'Lambda-Runtime-Function-Response-Mode': 'buffered'})))")
    assert response["FunctionError"] == "Unhandled"
    assert run(app, "answer(said)") == [[400, "application/json", '{"errorMessage":"Invalid function response mode",'
                                                                 '"errorType":"InvalidFunctionResponseMode"}\n']]


def test_case_23_next_is_held_while_a_response_is_open(app):
    text = """
host, port = HOST.split(":")
one = socket.create_connection((host, port))
two = socket.create_connection((host, port))
one.sendall(f"POST /2018-06-01/runtime/invocation/{id}/response HTTP/1.1\\r\\nHost: x\\r\\n"
            "Transfer-Encoding: chunked\\r\\n\\r\\n3\\r\\n\\"ab\\r\\n".encode())
two.sendall(b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n")
said.append(bool(select.select([two], [], [], 0.2)[0]))
one.sendall(b"2\\r\\nc\\"\\r\\n0\\r\\n\\r\\n")
response = http.client.HTTPResponse(two)
response.begin()
id = response.headers["Lambda-Runtime-Aws-Request-Id"]
answer([said, response.status, json.loads(response.read())])
"""
    assert run(app, text) == "abc"
    assert run(app, "the next event") == [[False], 200, "the next event"]


CUT = """
one = socket.create_connection(HOST.split(":"))
one.sendall(f"POST /2018-06-01/runtime/invocation/{id}/response HTTP/1.1\\r\\nHost: x\\r\\n%s".encode())
one.shutdown(socket.SHUT_WR)
response = http.client.HTTPResponse(one)
response.begin()
said.append([response.status, response.headers["Content-Type"], response.read().decode()])
%s
"""
TRUNCATED = [400, "application/json", '{"errorMessage":"HTTP request detected as truncated","errorType":"TruncatedHTTPRequest"}\n']


@pytest.mark.parametrize("sent", ["Content-Length: 9\\r\\n\\r\\n1", "Transfer-Encoding: chunked\\r\\n\\r\\n9\\r\\n1"])
def test_a_response_that_breaks_off_can_be_sent_again(app, sent):
    assert run(app, CUT % (sent, "answer(said)")) == [TRUNCATED]


def test_a_stream_that_breaks_off_fails_the_invocation(app):
    sent = "Lambda-Runtime-Function-Response-Mode: streaming\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n9\\r\\n1"
    answer, response = app.invoke("it", CUT % (sent, ""))
    assert response["FunctionError"] == "Unhandled" and answer["errorType"] == "Runtime.TruncatedResponse"
    assert run(app, "answer(said)") == [TRUNCATED]


def test_ping_and_what_is_not_there(app):
    assert run(app, "answer(ask('GET', '/2018-06-01/ping')[2].decode())") == "pong"
    assert run(app, "answer([ask('GET', 'restore/next')[0], ask('GET', '/2018-06-01/nothing')[0]])") == [404, 404]


def test_case_40_the_arn_is_as_invoked(app_factory):
    app = scripted(app_factory, "AutoPublishAlias: live")
    arn = "arn:aws:lambda:us-east-1:000000000000:function:it"
    for qualifier, want, version in [(None, arn, "$LATEST"), ("live", arn + ":live", "1"),
                                     ("$LATEST", arn + ":$LATEST", "$LATEST")]:
        options = {"Qualifier": qualifier} if qualifier else {}
        answer, response = app.invoke("it", {}, **options)
        assert (answer["head"]["lambda-runtime-invoked-function-arn"], response["ExecutedVersion"]) == (want, version)


def test_client_context_and_trace_go_through(app):
    import base64
    import requests
    trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
    answer = requests.post(f"{app.edge}/2015-03-31/functions/it/invocations", data=b"{}", timeout=10, headers={
        "X-Amzn-Trace-Id": trace, "X-Amz-Client-Context": base64.b64encode(b'{"custom": {"a":1}}').decode()})
    head = answer.json()["head"]
    assert head["lambda-runtime-client-context"] == '{"custom": {"a":1}}'
    assert head["lambda-runtime-trace-id"].startswith("Root=1-5759e988-bd862e3fe1be46a994272793;")
    assert "Sampled=1" in head["lambda-runtime-trace-id"]
