"""The runtime client of nodejs* functions (sdk/node), in a real node, over a scripted Runtime API."""

import base64
import json
import re
import shutil
import subprocess
import time

import pytest
from client_process import Client

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="not installed: node")

NODE24 = "AWS_Lambda_nodejs24.x"


@pytest.fixture
def node(tmp_path):
    clients = []

    def start(files, handler="index.handler", **options):
        if isinstance(files, str):
            files = {"index.js": files}
        clients.append(Client("node", tmp_path, files, handler, **options))
        return clients[-1]

    yield start
    for client in clients:
        client.__exit__()


def test_answers_and_asks_for_the_next_event_in_one_write(node):
    client = node("exports.handler = async (event) => ({ got: event });")
    for event in ({"a": "é"}, [1, 2], "text", None):
        answer = client.invoke(event)
        assert answer.json == {"got": event}
        assert answer.headers["content-type"] == "application/json"
    assert any(b"POST " in piece and b"GET " in piece for piece in client.api.reads)
    assert client.api.connections == 1


@pytest.mark.parametrize("files, handler, want", [
    ({"a.js": "exports.h = async () => 'js'"}, "a.h", "js"),
    ({"a.cjs": "exports.h = async () => 'cjs'"}, "a.h", "cjs"),
    ({"a.mjs": "export const h = async () => 'mjs'"}, "a.h", "mjs"),
    ({"a.js": "export const h = async () => 'typed'", "package.json": '{"type":"module"}'}, "a.h", "typed"),
    ({"a": "exports.h = async () => 'bare'", "a.js": "x("}, "a.h", "bare"),
    ({"src/app/a.js": "exports.h = async () => 'deep'"}, "src/app/a.h", "deep"),
    ({"src/package.json": '{"type":"module"}', "src/a.js": "export const h = async () => 'near'"}, "src/a.h", "near"),
    ({"a.js": "exports.x = { y: { h: async () => 'nested' } }"}, "a.x.y.h", "nested"),
    ({"lib/index.js": "exports.h = async () => 'folder'"}, "lib.h", "folder"),
    ({"node_modules/pkg/index.js": "exports.h = async () => 'package'"}, "pkg.h", "package"),
    ({"a.mjs": "await null; export const h = async () => import.meta.url.endsWith('a.mjs')"}, "a.h", True),
])
def test_finds_the_handler(node, files, handler, want):
    assert node(files, handler).result({}) == want


@pytest.mark.parametrize("files, handler, error_type, message", [
    ({}, "gone.h", "Runtime.ImportModuleError", "Error: Cannot find module 'gone'"),
    ({"a.js": "require('nope')"}, "a.h", "Runtime.ImportModuleError", "Error: Cannot find module 'nope'"),
    ({"a.js": "const x = ;"}, "a.h", "Runtime.UserCodeSyntaxError", "SyntaxError: Unexpected token ';'"),
    ({"a.mjs": "const x = ;"}, "a.h", "Runtime.UserCodeSyntaxError", "SyntaxError: Unexpected token ';'"),
    ({"a.js": ""}, "a.h", "Runtime.HandlerNotFound", "a.h is undefined or not exported"),
    ({"a.js": "exports.h = 1"}, "a.h", "Runtime.HandlerNotFound", "a.h is not a function"),
    ({"a.js": ""}, "a", "Runtime.MalformedHandlerName", "Bad handler"),
    ({"a.js": ""}, "../a.h", "Runtime.MalformedHandlerName", "'../a.h' is not a valid handler name. Use absolute "
     "paths when specifying root directories in handler names."),
    ({"a.js": "throw new TypeError('at load')"}, "a.h", "TypeError", "at load"),
    ({"a.mjs": "await new Promise(() => {})"}, "a.h", "Runtime.NodeJsExit", "The Lambda runtime client detected"),
])
def test_says_why_a_handler_cannot_be_loaded(node, files, handler, error_type, message):
    client = node(files, handler)
    error = client.init_error()
    assert error["errorType"] == error_type
    assert error["errorMessage"].startswith(message)
    assert error["trace"][0].startswith(f"{error_type}: {message.splitlines()[0]}")
    assert list(error) == ["errorType", "errorMessage", "trace"]
    assert client.exit_code() == (13 if error_type == "Runtime.NodeJsExit" else 129)
    assert re.search(r"Z\tundefined\tERROR\tUncaught Exception \t\{\"errorType\":", client.output)


def test_a_syntax_error_names_file_and_line(node):
    error = node({"a.js": "\n\nconst x = ;"}, "a.h").init_error()
    assert any(line.endswith("/a.js:3") for line in error["trace"])


@pytest.mark.parametrize("name", ["index.ts", "index.mts"])
def test_runs_typescript_where_this_node_can_and_else_names_esbuild(node, name):
    client = node({name: "export const handler = async (event: { a: number }): Promise<number> => event.a;"})
    strips = subprocess.run(["node", "-p", "Boolean(process.features.typescript)"], capture_output=True, text=True)
    if strips.stdout.strip() == "true":
        assert client.result({"a": 5}) == 5
    else:
        error = client.init_error()
        assert error["errorType"] == "Runtime.ImportModuleError"
        assert "esbuild" in error["errorMessage"] and name in error["errorMessage"]


def test_finds_packages_of_layers_for_both_kinds_of_module(node, tmp_path):
    files = {
        "opt/node_modules/shared/package.json": '{"name":"shared","main":"main.js"}',
        "opt/node_modules/shared/main.js": "exports.word = 'from the layer';",
        "task/cjs.js": "const { word } = require('shared'); exports.handler = async () => word;",
        "task/esm.mjs": "import shared from 'shared'; export const handler = async () => shared.word;",
        "loose/bare.js": "exports.word = 'from the layer';",
        "task/loose.mjs": "import bare from 'bare'; export const handler = async () => bare.word;",
    }
    for handler in ("task/cjs.handler", "task/esm.handler", "task/loose.handler"):
        client = node(files, handler, NODE_PATH=f"{tmp_path}/opt/node_modules:/nowhere:{tmp_path}/loose:{tmp_path}")
        if handler != "task/cjs.handler" and node_version() < (18, 19):
            continue
        assert client.result({}) == "from the layer"


def node_version():
    text = subprocess.run(["node", "--version"], capture_output=True, text=True).stdout
    return tuple(int(part) for part in re.findall(r"\d+", text)[:2])


@pytest.mark.parametrize("body, want", [
    ("callback(null, 'x')", "x"),
    ("callback()", None),
    ("setTimeout(() => callback(null, 'later'), 5)", "later"),
    ("context.succeed('s')", "s"),
    ("context.done(null, 'd')", "d"),
    ("callback(null, 1); callback(null, 2); context.succeed(3)", 1),
    ("return 'ignored'", None),
    ("", None),
    ("return { then: (resolve) => resolve('thenable') }", "thenable"),
    ("callback(null, () => {})", None),
])
def test_callbacks_settle_an_invocation(node, body, want):
    client = node("exports.handler = (event, context, callback) => { %s };" % body)
    assert client.result({}) == want
    assert client.result({}) == want


@pytest.mark.parametrize("body, error_type, message", [
    ("callback(new RangeError('bad'))", "RangeError", "bad"),
    ("callback('text')", "string", "text"),
    ("context.fail()", "string", "handled"),
    ("context.fail(new Error('f'))", "Error", "f"),
    ("context.done('d')", "string", "d"),
    ("throw new Error('sync')", "Error", "sync"),
    ("return Promise.reject(new SyntaxError('async'))", "SyntaxError", "async"),
    ("throw { name: 'Own', message: 'shape', stack: 'Own: shape' }", "Own", "shape"),
    ("throw 5", "number", "5"),
    ("throw undefined", None, None),
    ("const a = {}; a.a = a; callback(null, a)", "Error", "Unable to stringify response body"),
    ("return Promise.resolve(1n)", "Error", "Unable to stringify response body"),
])
def test_errors_have_lambdas_shape(node, body, error_type, message):
    client = node("exports.handler = (event, context, callback) => { %s };" % body)
    if error_type is None:  # throwing nothing is no error: the callback gets no error either
        assert client.result({}) is None
        return
    error = client.error({})
    assert (error["errorType"], error["errorMessage"]) == (error_type, message)
    assert error["trace"] == [] if error_type in ("string", "number") else message in error["trace"][0]
    assert "\tERROR\tInvoke Error \t{" in client.output
    assert client.process.poll() is None
    assert client.error({})["errorType"] == error_type, "the sandbox lives on"


def test_waits_for_the_event_loop_unless_told_not_to(node):
    client = node("""exports.handler = (event, context, callback) => {
        context.callbackWaitsForEmptyEventLoop = event.waits;
        setTimeout(() => console.log('late'), 100);
        callback(null, process.uptime());
    };""")
    client.result({"waits": True})
    assert "late" in client.output
    began = time.monotonic()
    client.result({"waits": False})
    assert time.monotonic() - began < 0.09
    assert client.output.count("late") == 1


def test_an_async_handler_does_not_wait_for_the_event_loop(node):
    client = node("exports.handler = async () => { setTimeout(() => {}, 60000); return 1; };")
    assert client.result({}) == 1


@pytest.mark.parametrize("env", [{}, {"AWS_EXECUTION_ENV": NODE24}])
def test_a_promise_that_nothing_can_settle_fails_the_invocation(node, env):
    client = node("exports.handler = async (event) => event.ok || new Promise(() => {});", **env)
    error = client.error({})
    assert error["errorType"] == "Runtime.NodeJsExit"
    assert "most commonly caused by a Promise that was never settled" in error["errorMessage"]
    assert client.result({"ok": 1}) == 1, "the sandbox lives on"


def test_a_promise_that_nothing_can_settle_is_null_where_the_handler_is_not_declared_async(node):
    assert node("exports.handler = () => new Promise(() => {});").result({}) is None


def test_a_streaming_promise_that_nothing_can_settle_fails_the_invocation(node):
    client = node(STREAM % "if (event.ok) { stream.end('x'); } else { await new Promise(() => {}); }")
    assert client.error({})["errorType"] == "Runtime.NodeJsExit"
    assert client.invoke({"ok": 1}).body == b"x"


@pytest.mark.parametrize("body, error_type, message, code, said", [
    ("setTimeout(() => { throw new TypeError('late') }, 1); await new Promise((r) => setTimeout(r, 9000))",
     "TypeError", "late", 129, "Uncaught Exception"),
    ("Promise.reject(new TypeError('loose')); await new Promise((r) => setTimeout(r, 9000))",
     "Runtime.UnhandledPromiseRejection", "TypeError: loose", 128, "Unhandled Promise Rejection"),
])
def test_errors_outside_the_handler_are_reported_and_end_the_process(node, body, error_type, message, code, said):
    client = node("exports.handler = async () => { %s };" % body)
    error = client.error({})
    assert (error["errorType"], error["errorMessage"]) == (error_type, message)
    assert client.exit_code() == code
    assert f"\tERROR\t{said} \t{{" in client.output


def test_node_24_knows_promises_only(node):
    client = node("exports.handler = (event, context) => [event, context.xRayTraceId, 'done' in context];",
                  AWS_EXECUTION_ENV=NODE24)
    assert client.result(1) == [1, "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0", False]


def test_node_24_refuses_callbacks(node):
    client = node("exports.handler = (event, context, callback) => callback();", AWS_EXECUTION_ENV=NODE24)
    error = client.init_error()
    assert error["errorType"] == "Runtime.CallbackHandlerDeprecated"
    assert error["errorMessage"].startswith("ERROR: AWS Lambda has removed support for callback-based function "
                                            "handlers starting with Node.js 24.")
    assert client.exit_code() == 1
    assert "Z\t-\tERROR\tInit Error \t{" in client.output


def test_node_24_looks_into_the_default_export(node):
    client = node({"index.mjs": "export default { handler: async () => 'default' };"}, AWS_EXECUTION_ENV=NODE24)
    assert client.result({}) == "default"


def test_the_context_has_lambdas_members(node):
    client = node("""exports.handler = async (event, context) => ({
        keys: Object.keys(context), context, remaining: context.getRemainingTimeInMillis(),
        trace: process.env._X_AMZN_TRACE_ID });""")
    request_id = "3b9e3d5a-0d5a-4c7e-9d3e-4d5a0d5a4c7e"
    got = client.result({}, request_id=request_id, headers={
        "Lambda-Runtime-Client-Context": '{"client":{"app_title":"é"}}',
        "Lambda-Runtime-Cognito-Identity": '{"cognitoIdentityId":"i","cognitoIdentityPoolId":"p"}',
        "Lambda-Runtime-Aws-Tenant-Id": "t"})
    assert got["keys"] == ["callbackWaitsForEmptyEventLoop", "succeed", "fail", "done", "functionVersion",
                           "functionName", "memoryLimitInMB", "logGroupName", "logStreamName", "clientContext",
                           "identity", "invokedFunctionArn", "awsRequestId", "tenantId",
                           "getRemainingTimeInMillis"]
    assert got["context"] == {
        "callbackWaitsForEmptyEventLoop": True, "functionName": "fn", "functionVersion": "$LATEST",
        "memoryLimitInMB": "128", "logGroupName": "/aws/lambda/fn", "logStreamName": "2026/02/18/[$LATEST]0123",
        "clientContext": {"client": {"app_title": "é"}},
        "identity": {"cognitoIdentityId": "i", "cognitoIdentityPoolId": "p"},
        "invokedFunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:fn", "awsRequestId": request_id,
        "tenantId": "t"}
    assert 0 < got["remaining"] <= 3000
    assert got["trace"].startswith("Root=1-")


def test_console_writes_lambdas_lines(node):
    client = node("""console.log('at init');
        exports.handler = async () => {
            console.log('two\\nlines', { a: 1 }, 'and %s');
            console.log('%s=%d', 'x', 5);
            console.debug('d'); console.info('i'); console.warn('w'); console.error('e'); console.trace('t');
            console.fatal('f'); console.log(); console.log(new Map([[1, 2]]));
        };""")
    client.result({}, request_id="the-id")
    stamp = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\t"
    want = ["undefined\tINFO\tat init", "the-id\tINFO\ttwo\rlines { a: 1 } and %s", "the-id\tINFO\tx=5",
            "the-id\tDEBUG\td", "the-id\tINFO\ti", "the-id\tWARN\tw", "the-id\tERROR\te", "the-id\tTRACE\tt",
            "the-id\tFATAL\tf", "the-id\tINFO\tundefined", "the-id\tINFO\tMap(1) { 1 => 2 }"]
    assert [re.sub("^" + stamp, "", line) for line in client.lines] == want
    assert all(re.match(stamp, line) for line in client.lines)


def test_console_writes_json_when_asked(node):
    client = node("""exports.handler = async () => {
            console.debug('not at this level');
            console.info('plain'); console.info({ a: 1 }); console.warn('n=%d', 5, { b: 2 });
            console.error('failed:', new TypeError('inner')); console.error(new RangeError('alone'));
            throw new Error('thrown');
        };""", AWS_LAMBDA_LOG_FORMAT="JSON", AWS_LAMBDA_LOG_LEVEL="INFO")
    client.invoke({}, request_id="the-id", headers={"Lambda-Runtime-Aws-Tenant-Id": "t"})
    lines = [json.loads(line) for line in client.lines]
    assert [line["level"] for line in lines] == ["INFO", "INFO", "WARN", "ERROR", "ERROR", "ERROR"]
    assert all(line["requestId"] == "the-id" and line["tenantId"] == "t" for line in lines)
    assert list(lines[0]) == ["timestamp", "level", "requestId", "tenantId", "message"]
    assert [line["message"] for line in lines[:3]] == ["plain", {"a": 1}, "n=5 { b: 2 }"]
    assert lines[3]["errorType"] == "TypeError" and lines[3]["errorMessage"] == "inner"
    assert lines[3]["stackTrace"][0] == "TypeError: inner"
    assert lines[4]["message"]["errorType"] == "RangeError"
    assert lines[5]["message"]["errorMessage"] == "thrown"


def test_output_through_process_stdout_stays_in_order(node):
    client = node("""exports.handler = async () => {
        for (let i = 0; i < 2000; i++) { process.stdout.write(`a${i}\\n`); console.log(`b${i}`); } };""")
    client.result({})
    seen = [re.sub(r".*\t", "", line) for line in client.lines]
    assert seen == [name for i in range(2000) for name in (f"a{i}", f"b{i}")]


STREAM = "exports.handler = awslambda.streamifyResponse(async (event, stream, context) => { %s });"


def test_streams_each_write_at_once(node):
    client = node(STREAM % """
        stream.setContentType('text/plain');
        stream.write('one');
        await new Promise((resolve) => setTimeout(resolve, 100));
        stream.write(Buffer.from('two'));
        stream.write({ three: 3 });
        stream.end();""")
    answer = client.invoke({})
    assert answer.headers["lambda-runtime-function-response-mode"] == "streaming"
    assert answer.headers["content-type"] == "text/plain"
    assert answer.headers["trailer"] == "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body"
    assert answer.chunks == [b"one", b"two", b'{"three":3}'] and answer.trailers == {}
    assert client.api.chunk_times[1] - client.api.chunk_times[0] > 0.08
    assert client.invoke({}).body == answer.body


def test_streams_a_prelude(node):
    client = node(STREAM % """
        stream = awslambda.HttpResponseStream.from(stream, { statusCode: 201, cookies: ['a=b'] });
        stream.write('body');
        stream.end('!');""")
    answer = client.invoke({})
    assert answer.headers["content-type"] == "application/vnd.awslambda.http-integration-response"
    assert answer.body == b'{"statusCode":201,"cookies":["a=b"]}' + bytes(8) + b"body!"


def test_a_stream_that_fails_half_way_says_so_in_its_trailers(node):
    client = node(STREAM % "stream.write('begun'); throw new RangeError('half way');")
    answer = client.invoke({})
    assert answer.kind == "response" and answer.body == b"begun"
    assert answer.trailers["lambda-runtime-function-error-type"] == "RangeError"
    body = json.loads(base64.b64decode(answer.trailers["lambda-runtime-function-error-body"]))
    assert body["errorMessage"] == "half way" and body["trace"][0] == "RangeError: half way"
    assert client.invoke({}).body == b"begun", "the sandbox lives on"


@pytest.mark.parametrize("body, error_type, message", [
    ("throw new Error('before')", "Error", "before"),
    ("", "string", "Response stream is not finished."),
])
def test_a_stream_that_never_begins_is_an_error(node, body, error_type, message):
    error = node(STREAM % body).error({})
    assert (error["errorType"], error["errorMessage"]) == (error_type, message)


def test_a_streaming_handler_must_be_async(node):
    client = node("exports.handler = awslambda.streamifyResponse((event, stream) => { stream.end('x'); return 1; });")
    answer = client.invoke({})
    body = answer.json if answer.kind == "error" else json.loads(
        base64.b64decode(answer.trailers["lambda-runtime-function-error-body"]))
    assert body["errorMessage"] == "Streaming does not support non-async handlers."


def test_an_exception_outside_a_streaming_handler_ends_stream_and_process(node):
    client = node(STREAM % """stream.write('begun'); setTimeout(() => { throw new Error('late') }, 20);
        await new Promise((resolve) => setTimeout(resolve, 9000));""")
    answer = client.invoke({})
    assert answer.body == b"begun"
    assert answer.trailers["lambda-runtime-function-error-type"] == "Error"
    assert client.exit_code() == 129


def test_streams_more_than_a_socket_holds_with_back_pressure(node):
    client = node("""const { pipeline } = require('stream/promises'); const { Readable } = require('stream');
        exports.handler = awslambda.streamifyResponse(async (event, stream) => {
            await pipeline(Readable.from((function* () {
                for (let i = 0; i < 300; i++) yield Buffer.alloc(65536, 97 + i % 26); })()), stream); });""")
    answer = client.invoke({})
    assert len(answer.body) == 300 * 65536
    assert answer.body[65536:65537] == b"b"


def test_the_globals_can_be_turned_off(node):
    client = node("exports.handler = async () => typeof awslambda;", AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA="1")
    assert client.result({}) == "undefined"


def test_payloads_of_the_limit_pass_unchanged(node):
    client = node("exports.handler = async (event) => event;")
    event = {"text": "é" * 3_000_000}
    assert client.result(event) == event
    assert client.result({"n": 9007199254740991}) == {"n": 9007199254740991}


def test_an_event_that_is_no_json_is_an_error(node):
    client = node("exports.handler = async (event) => event;")
    assert client.error(b"{x")["errorType"] == "SyntaxError"


def test_survives_a_lost_connection(node):
    files = "exports.handler = async (event) => event;"
    client = node(files)
    assert client.result(1) == 1
    client.api.drop_next = 2
    assert client.result(2) == 2
    assert client.api.connections >= 2
    assert client.result(3) == 3


def test_exits_when_the_platform_is_gone(node):
    client = node("exports.handler = async () => 1;")
    client.result({})
    client.api.close()
    assert client.exit_code() == 1


def test_a_spare_becomes_the_function(node, tmp_path):
    files = {
        "lib/shared.js": "exports.word = 'shared';",
        "app.js": """const { word } = require('shared');
            console.log('init');
            exports.handler = async (event, context) => ({ word, cwd: process.cwd(), left: process.env.LEFT_OVER,
                spare: process.env.SLS_SPARE, own: process.env.OWN, name: context.functionName, event });""",
    }
    client = node(files, "app.handler", spare=True, OWN="1", NODE_PATH=f"{tmp_path}/lib")
    assert client.result({"a": 1}) == {"word": "shared", "cwd": str(tmp_path), "own": "1", "name": "fn",
                                       "event": {"a": 1}}
    assert client.lines[0].endswith("\tundefined\tINFO\tinit")
    assert client.api.connections == 1


def test_a_spare_becomes_a_function_that_is_an_es_module(node):
    client = node({"index.mjs": "export const handler = async () => 'esm';"}, spare=True)
    assert client.result({}) == "esm"


def test_a_spare_reports_a_function_that_cannot_start(node):
    client = node({}, "gone.h", spare=True)
    assert client.init_error()["errorType"] == "Runtime.ImportModuleError"
    assert client.exit_code() == 129
