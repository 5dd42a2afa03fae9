"""The Lambda API on the edge, driven by boto3, aws-cli and the AWS SDK for JavaScript v3."""
import base64
import json
import os
import re
import subprocess
import textwrap

import apps
import aws_cli
import botocore.exceptions
import pytest
from conftest import E2E_DIR, clean_env, needs, write_tree
from wire import exchange

ECHO = """
exports.handler = async (event, context) => {
    console.log('seen', JSON.stringify(event));
    if (event && event.fail) throw new Error('told to');
    if (event && event.wait) await new Promise(r => setTimeout(r, event.wait));
    return {event, arn: context.invokedFunctionArn, client: context.clientContext, version: context.functionVersion};
};
"""


@pytest.fixture(scope="module")
def app(shared_app_factory):
    return shared_app_factory(apps.node(ECHO, properties="FunctionName: echo"))


def test_invoke_returns_payload_status_and_version(app):
    answer, response = app.invoke("echo", {"a": [1, "ü", 9007199254740993]})
    assert response["StatusCode"] == 200 and response["ExecutedVersion"] == "$LATEST"
    assert answer["event"]["a"][:2] == [1, "ü"]
    assert answer["arn"] == "arn:aws:lambda:us-east-1:000000000000:function:echo"


def test_case_24_tail_ends_with_the_report_line(app_factory):
    app = app_factory(apps.node(ECHO, properties="FunctionName: echo"))
    _, response = app.invoke("echo", {"x": "y" * 6000}, LogType="Tail")
    log = base64.b64decode(response["LogResult"])
    assert len(log) <= 4096
    last = log.decode().splitlines()[-1]
    assert re.fullmatch(r"REPORT RequestId: [0-9a-f-]{36}\tDuration: \d+\.\d\d ms\tBilled Duration: \d+ ms\t"
                        r"Memory Size: 128 MB\tMax Memory Used: \d+ MB\tInit Duration: \d+\.\d\d ms\t", last), last
    _, response = app.invoke("echo", {}, LogType="Tail")
    log = base64.b64decode(response["LogResult"]).decode()
    assert "Init Duration" not in log
    request_id = response["ResponseMetadata"]["RequestId"]
    assert log.startswith(f"START RequestId: {request_id} Version: $LATEST\n")
    assert f"\t{request_id}\tINFO\tseen {{}}\n" in log
    assert f"END RequestId: {request_id}\n" in log


def test_case_25_dry_run_and_event_have_no_body_and_no_version(app):
    client = app.client()
    dry = client.invoke(FunctionName="echo", InvocationType="DryRun")
    assert dry["StatusCode"] == 204 and "ExecutedVersion" not in dry and dry["Payload"].read() == b""
    event = client.invoke(FunctionName="echo", InvocationType="Event", Payload=b'{"later":1}')
    assert event["StatusCode"] == 202 and "ExecutedVersion" not in event and event["Payload"].read() == b""
    app.wait_for(lambda line: line["type"] == "output" and 'seen {"later":1}' in line["line"])


@pytest.mark.parametrize("call, code, status, text", [
    (lambda c: c.invoke(FunctionName="nope"), "ResourceNotFoundException", 404,
     "Function not found: arn:aws:lambda:us-east-1:000000000000:function:nope:$LATEST"),
    (lambda c: c.get_function(FunctionName="nope"), "ResourceNotFoundException", 404,
     "Function not found: arn:aws:lambda:us-east-1:000000000000:function:nope"),
    (lambda c: c.invoke(FunctionName="echo:1", Qualifier="2"), "InvalidParameterValueException", 400,
     "The derived qualifier from the function name does not match the specified qualifier."),
    (lambda c: c.invoke(FunctionName="echo", Payload=b"{x"), "InvalidRequestContentException", 400,
     "Could not parse request body into json"),
    (lambda c: c.invoke(FunctionName="echo", InvocationType="Event", Payload=b"{x"),
     "InvalidRequestContentException", 400, "Could not parse request body into json"),
    (lambda c: c.invoke(FunctionName="echo", Payload=b'"' + b"x" * 6291455 + b'"'), "RequestEntityTooLargeException",
     413, "6291457 byte payload is too large for the RequestResponse invocation type (limit 6291456 bytes)"),
    (lambda c: c.invoke(FunctionName="echo", InvocationType="Event", Payload=b'"' + b"x" * 1048575 + b'"'),
     "RequestEntityTooLargeException", 413,
     "1048577 byte payload is too large for the Event invocation type (limit 1048576 bytes)"),
])
def test_errors_are_the_services_own(app, call, code, status, text):
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(app.client())
    answer = caught.value.response
    assert answer["Error"]["Code"] == code
    assert text in answer["Error"]["Message"]
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == status


def test_case_29_a_reserved_limit_throttles(app_factory):
    import concurrent.futures
    app = app_factory(apps.node(ECHO, 10, "FunctionName: one\nReservedConcurrentExecutions: 1"))
    with concurrent.futures.ThreadPoolExecutor() as pool:
        first = pool.submit(app.invoke, "one", {"wait": 1500})
        app.wait_for(lambda line: line["type"] == "output" and "wait" in line["line"])
        with pytest.raises(botocore.exceptions.ClientError) as caught:
            app.invoke("one")
        assert caught.value.response["Error"]["Code"] == "TooManyRequestsException"
        assert caught.value.response["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"
        assert first.result()[1]["StatusCode"] == 200


def test_names_arns_and_client_context(app):
    arn = "arn:aws:lambda:us-east-1:000000000000:function:echo"
    for name in ("echo", "function:echo", "000000000000:function:echo", arn, arn + ":$LATEST"):
        answer, _ = app.invoke(name)
        assert answer["arn"] == (arn + ":$LATEST" if name.endswith("$LATEST") else arn), name
    context = base64.b64encode(b'{"custom":{"k":"v"}}').decode()
    answer, _ = app.invoke("echo", ClientContext=context)
    assert answer["client"]["custom"] == {"k": "v"} or answer["client"]["Custom"] == {"k": "v"}


def test_functions_are_listed_and_described(app):
    client = app.client()
    listed = client.list_functions()["Functions"]
    assert [function["FunctionName"] for function in listed] == ["echo"]
    found = client.get_function(FunctionName="echo")["Configuration"]
    assert (found["Runtime"], found["Handler"], found["Timeout"], found["MemorySize"], found["State"]) == \
        ("nodejs20.x", "index.handler", 3, 128, "Active")
    assert client.get_function_configuration(FunctionName="echo")["CodeSha256"] == found["CodeSha256"]
    client.get_waiter("function_active_v2").wait(FunctionName="echo")


def test_the_digest_changes_with_the_code_and_the_revision_with_the_settings_too(app_factory, tmp_path):
    files = apps.node("exports.handler = async () => 1;\n", properties="FunctionName: echo")
    app = app_factory(files)

    def seen():
        told = app.client().get_function_configuration(FunctionName="echo")
        assert app.client().list_functions()["Functions"][0]["CodeSha256"] == told["CodeSha256"]
        assert len(base64.b64decode(told["CodeSha256"], validate=True)) == 32
        assert re.fullmatch("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", told["RevisionId"])
        return told["CodeSha256"], told["CodeSize"], told["RevisionId"]

    before = seen()  # of a function that has never run
    assert before[1] == len(files["app/index.js"])
    assert app.invoke("echo")[0] == 1
    assert seen() == before
    write_tree(tmp_path, {"app/index.js": "exports.handler = async () => 22;\n"})
    assert app.invoke("echo")[0] == 22
    edited = seen()
    assert edited[1] == before[1] + 1 and edited[0] != before[0] and edited[2] != before[2]
    write_tree(tmp_path, {"template.yaml": files["template.yaml"].replace("Timeout: 3", "Timeout: 4")})
    app.wait_for(lambda line: line["type"] == "notice" and "deployed again" in line["text"])
    configured = seen()
    assert configured[:2] == edited[:2] and configured[2] != edited[2]


def test_an_alias_is_a_qualifier(app_factory):
    app = app_factory(apps.node(ECHO, properties="FunctionName: echo\nAutoPublishAlias: live"))
    arn = "arn:aws:lambda:us-east-1:000000000000:function:echo"
    for name, options, want, version in [("echo", {}, arn, "$LATEST"), ("echo:live", {}, arn + ":live", "1"),
                                         ("echo", {"Qualifier": "live"}, arn + ":live", "1"),
                                         ("echo", {"Qualifier": "1"}, arn + ":1", "1")]:
        answer, response = app.invoke(name, **options)
        assert (answer["arn"], response["ExecutedVersion"]) == (want, version)
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        app.invoke("echo", Qualifier="other")
    assert f"Function not found: {arn}:other" in str(caught.value)
    # SAM: with an alias, routes invoke the alias.
    assert app.get("/").json()["arn"] == arn + ":live"


@pytest.mark.parametrize("call, status, body", [
    (("POST", "/2015-03-31/functions/nope/invocations", b"{}"), 404,
     b'{"Type":"User","Message":"Function not found: arn:aws:lambda:us-east-1:000000000000:function:nope:$LATEST"}'),
    (("GET", "/2015-03-31/functions/nope", None), 404,
     b'{"Type":"User","Message":"Function not found: arn:aws:lambda:us-east-1:000000000000:function:nope"}'),
    (("POST", "/2015-03-31/functions/echo:1/invocations?Qualifier=2", b"{}"), 400,
     b'{"Type":"User","message":"The derived qualifier from the function name does not match the specified qualifier."}'),
])
def test_cases_26_and_27_errors_byte_for_byte(app, call, status, body):
    method, target, sent = call
    answer = exchange(app.edge, method, target, body=sent)
    assert (answer.status, answer.body, answer.get("content-type")) == (status, body, "application/json")
    assert answer.get("x-amzn-errortype") == ("ResourceNotFoundException" if status == 404 else
                                              "InvalidParameterValueException")
    assert re.fullmatch("[0-9a-f-]{36}", answer.get("x-amzn-requestid"))


def test_what_is_not_emulated_is_refused_by_name(app):
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        app.client().create_alias(FunctionName="echo", Name="a", FunctionVersion="1")
    assert "CreateAlias" in str(caught.value)


def test_aws_cli_invokes_and_lists(app, tmp_path):
    out = tmp_path / "out.json"
    answer = aws_cli.aws(app.edge, "lambda", "invoke", "--function-name", "echo", "--payload", '{"from":"cli"}',
                         "--log-type", "Tail", out)
    assert answer["StatusCode"] == 200
    assert json.loads(out.read_text())["event"] == {"from": "cli"}
    done = aws_cli.aws_run(app.edge, "lambda", "list-functions", "--query", "Functions[].FunctionName", "--output", "text")
    assert done.stdout.strip() == b"echo", done.stderr


@needs("node")
def test_the_javascript_sdk_invokes_and_streams(app, tmp_path):
    script = textwrap.dedent("""
        const {LambdaClient, InvokeCommand, InvokeWithResponseStreamCommand} = require('@aws-sdk/client-lambda');
        (async () => {
            const client = new LambdaClient({endpoint: process.argv[2], region: 'us-east-1', maxAttempts: 1,
                credentials: {accessKeyId: 'test', secretAccessKey: 'test'}});
            const plain = await client.send(new InvokeCommand({FunctionName: 'echo', Payload: '{"n":1}'}));
            const failed = await client.send(new InvokeCommand({FunctionName: 'echo', Payload: '{"fail":1}'}));
            const streamed = await client.send(new InvokeWithResponseStreamCommand({FunctionName: 'echo', Payload: '{"n":2}'}));
            let text = '', complete = false;
            for await (const event of streamed.EventStream) {
                if (event.PayloadChunk) text += Buffer.from(event.PayloadChunk.Payload).toString();
                if (event.InvokeComplete) complete = true;
            }
            let missing;
            try { await client.send(new InvokeCommand({FunctionName: 'nope'})); } catch (e) { missing = e.name; }
            console.log(JSON.stringify({plain: JSON.parse(Buffer.from(plain.Payload)), failed: failed.FunctionError,
                                        streamed: JSON.parse(text), complete, missing}));
        })();
    """)
    path = tmp_path / "sdk.js"
    path.write_text(script)
    done = subprocess.run(["node", path, app.edge], env=clean_env(NODE_PATH=E2E_DIR / "node_modules"),
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen["plain"]["event"] == {"n": 1} and seen["streamed"]["event"] == {"n": 2}
    assert (seen["failed"], seen["complete"], seen["missing"]) == ("Unhandled", True, "ResourceNotFoundException")


def test_health_lists_the_services(app):
    import requests
    for path in ("/_sls/health", "/_localstack/health"):
        assert requests.get(app.edge + path, timeout=5).json()["services"]["lambda"] in ("running", "available")
