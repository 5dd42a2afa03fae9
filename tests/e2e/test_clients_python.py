"""The runtime client of python* functions (sdk/python), in a real python, over a scripted Runtime API."""

import json
import os
import re

import pytest
from client_process import Client
from conftest import write_tree


@pytest.fixture
def python(tmp_path):
    clients = []

    def start(files, handler="app.handler", **options):
        if isinstance(files, str):
            files = {"app.py": files}
        clients.append(Client("python", tmp_path, files, handler, **options))
        return clients[-1]

    yield start
    for client in clients:
        client.__exit__()


def returning(expression):
    return f"def handler(event, context):\n    return {expression}\n"


def test_answers_and_asks_for_the_next_event_in_one_write(python):
    client = python(returning("{'got': event}"))
    for event in ({"a": "é"}, [1, 2], "text", None, 1.5):
        answer = client.invoke(event)
        assert answer.json == {"got": event}
        assert answer.headers["content-type"] == "application/json"
    assert any(b"POST " in piece and b"GET " in piece for piece in client.api.reads)
    assert client.api.connections == 1


@pytest.mark.parametrize("files, handler", [
    ({"a.py": returning("'found'")}, "a.handler"),
    ({"src/app/a.py": returning("'found'")}, "src/app/a.handler"),
    ({"src/app/a.py": returning("'found'")}, "src.app.a.handler"),
    ({"pkg/__init__.py": "from .inner import handler", "pkg/inner.py": returning("'found'")}, "pkg.handler"),
    ({"bootstrap.py": returning("'found'")}, "bootstrap.handler"),
    ({"json_.py": returning("'found'"), "sls.py": "import nothing"}, "json_.handler"),
])
def test_finds_the_handler(python, files, handler):
    assert python(files, handler).result({}) == "found"


@pytest.mark.parametrize("files, handler, error_type, message", [
    ({}, "gone.h", "Runtime.ImportModuleError", "Unable to import module 'gone': No module named 'gone'"),
    ({"a.py": "import nope"}, "a.h", "Runtime.ImportModuleError",
     "Unable to import module 'a': No module named 'nope'"),
    ({"a.py": "x = ("}, "a.h", "Runtime.UserCodeSyntaxError", "Syntax error in module 'a': "),
    ({"a.py": ""}, "a.h", "Runtime.HandlerNotFound", "Handler 'h' missing on module 'a'"),
    ({"a.py": ""}, "a", "Runtime.MalformedHandlerName",
     "Bad handler 'a': not enough values to unpack (expected 2, got 1)"),
    ({}, "sys.h", "Runtime.BuiltInModuleConflict", "Cannot use built-in module sys as a handler module"),
    ({"a.py": "raise KeyError('at load')"}, "a.h", "KeyError", "'at load'"),
])
def test_says_why_a_handler_cannot_be_loaded(python, files, handler, error_type, message):
    client = python(files, handler)
    error = client.init_error()
    assert error["errorType"] == error_type
    assert error["errorMessage"].startswith(message)
    assert list(error) == ["errorMessage", "errorType", "requestId", "stackTrace"]
    assert error["requestId"] == ""
    assert client.exit_code() == 1
    assert client.lines[0].startswith(f"[ERROR] {error_type}: {message}")


def test_the_trace_of_a_failing_import_begins_in_the_functions_own_file(python, tmp_path):
    error = python({"a.py": "import b\n", "b.py": "\n1/0\n"}, "a.h").init_error()
    assert [line.splitlines()[0] for line in error["stackTrace"]] == [
        f'  File "{tmp_path}/a.py", line 1, in <module>', f'  File "{tmp_path}/b.py", line 2, in <module>']


def test_errors_have_lambdas_shape(python, tmp_path):
    client = python("class OutOfStock(Exception):\n    pass\n\n"
                    "def handler(event, context):\n    sell(event)\n\n"
                    "def sell(event):\n    raise OutOfStock('no tea\\nleft')\n")
    request_id = client.api.put({}, request_id="the-id")
    answer = client.api.answer()
    assert answer.kind == "error"
    assert answer.json == {
        "errorMessage": "no tea\nleft", "errorType": "OutOfStock", "requestId": request_id,
        "stackTrace": [f'  File "{tmp_path}/app.py", line 5, in handler\n    sell(event)\n',
                       f'  File "{tmp_path}/app.py", line 8, in sell\n    raise OutOfStock(\'no tea\\nleft\')\n']}
    nbsp = "\u00a0"
    assert client.output == (
        f"[ERROR] OutOfStock: no tea\nleft\rTraceback (most recent call last):\r"
        f'{nbsp * 2}File "{tmp_path}/app.py", line 5, in handler\r{nbsp * 4}sell(event)\r'
        f'{nbsp * 2}File "{tmp_path}/app.py", line 8, in sell\r{nbsp * 4}raise OutOfStock(\'no tea\\nleft\')\n')
    assert client.error({})["errorType"] == "OutOfStock", "the sandbox lives on"


@pytest.mark.parametrize("expression, want", [
    ("None", b"null"),
    ("'é'", '"é"'.encode()),
    ("{'a': (1, 2.0, True, None)}", b'{"a": [1, 2.0, true, null]}'),
    ("{5: 'k', None: 2, True: 3}", b'{"5": "k", "null": 2, "true": 3}'),
    ("D('1.10')", b"1.10"),
    ("{'d': [D('12345678901234567890.1234567890'), 'é\"']}",
     '{"d": [12345678901234567890.1234567890, "é\\""]}'.encode()),
    ("D('NaN')", b"NaN"),
    ("{'body': b'bytes'}", b'{"body": "bytes"}'),
])
def test_writes_responses_as_lambda_does(python, expression, want):
    client = python("from decimal import Decimal as D\n" + returning(expression))
    answer = client.invoke({})
    assert (answer.kind, answer.body, answer.headers["content-type"]) == ("response", want, "application/json")


def test_escapes_to_ascii_before_python_3_12(python):
    client = python(returning("'é'"), AWS_EXECUTION_ENV="AWS_Lambda_python3.11")
    assert client.invoke({}).body == b'"\\u00e9"'


@pytest.mark.parametrize("expression, message", [
    ("{1, 2}", "Unable to marshal response: Object of type set is not JSON serializable"),
    ("object()", "Unable to marshal response: Object of type object is not JSON serializable"),
    ("{(1,): 2}", "Unable to marshal response: keys must be str, int, float, bool or None, not tuple"),
])
def test_says_what_it_cannot_marshal(python, expression, message):
    error = python(returning(expression)).error({})
    assert error["errorType"] == "Runtime.MarshalError"
    assert error["errorMessage"] == message
    assert error["stackTrace"] == []


def test_bytes_pass_as_they_are(python):
    client = python(returning("b'\\x00\\xff'"))
    answer = client.invoke({})
    assert (answer.body, answer.headers["content-type"]) == (b"\x00\xff", "application/unknown")


def test_parses_events_of_type_json_only(python):
    client = python(returning("repr(event)"))
    assert client.result(b'{"a": 1}', content_type="text/plain") == repr(b'{"a": 1}')
    assert client.result(b'{"a": 1}') == repr({"a": 1})
    error = client.error(b"{x")
    assert error["errorType"] == "Runtime.UnmarshalError"
    assert error["errorMessage"].startswith("Unable to unmarshal input: Expecting property name")


def test_the_context_has_lambdas_attributes(python):
    client = python("""import os
def handler(event, context):
    c = context.client_context
    return [context.aws_request_id, context.function_name, context.function_version, context.memory_limit_in_mb,
            context.invoked_function_arn, context.log_group_name, context.log_stream_name,
            context.identity.cognito_identity_id, context.identity.cognito_identity_pool_id,
            c and [c.client.app_title, c.client.installation_id, c.custom, c.env], context.tenant_id,
            0 < context.get_remaining_time_in_millis() <= 3000, os.environ.get("_X_AMZN_TRACE_ID", "none")[:7],
            context.log("logged\\n")]
""")
    common = ["the-id", "fn", "$LATEST", "128", "arn:aws:lambda:us-east-1:000000000000:function:fn",
              "/aws/lambda/fn", "2026/02/18/[$LATEST]0123"]
    assert client.result({}, request_id="the-id", headers={
        "Lambda-Runtime-Client-Context": '{"client":{"app_title":"é"},"custom":{"x":1},"env":{"y":"z"}}',
        "Lambda-Runtime-Cognito-Identity": '{"cognitoIdentityId":"i","cognitoIdentityPoolId":"p"}',
        "Lambda-Runtime-Aws-Tenant-Id": "t",
    }) == common + ["i", "p", ["é", None, {"x": 1}, {"y": "z"}], "t", True, "Root=1-", None]
    assert client.result({}, request_id="the-id") == common + [None, None, None, None, True, "Root=1-", None]
    assert client.output == "logged\nlogged\n"


def test_a_context_that_cannot_be_parsed_fails_the_invocation(python):
    error = python(returning("1")).error({}, headers={"Lambda-Runtime-Client-Context": "{x"})
    assert error["errorType"] == "Runtime.LambdaContextUnmarshalError"
    assert error["errorMessage"].startswith("Unable to parse Client Context JSON: ")


LOGS = """import logging
logging.basicConfig(level=logging.INFO)  # does nothing: the root logger has its handler
logging.warning('at init')
logger = logging.getLogger('mine')
logger.setLevel('INFO')
def handler(event, context):
    print('printed')
    logging.info('below the level of the root')
    logger.info('two\\nlines %s', 5, extra={'more': 1})
    try:
        1 / 0
    except ZeroDivisionError:
        logger.exception('failed')
"""


def test_logging_writes_lambdas_lines(python, tmp_path):
    client = python(LOGS)
    client.invoke({}, request_id="the-id")
    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", "TIME", client.output)
    assert text.startswith("[WARNING]\tTIME\t\tat init\nprinted\n[INFO]\tTIME\tthe-id\ttwo\nlines 5\n"
                           "[ERROR]\tTIME\tthe-id\tfailed\n"
                           f'Traceback (most recent call last):\n  File "{tmp_path}/app.py", line 11, in handler\n')


def test_logging_writes_json_when_asked(python):
    client = python(LOGS, AWS_LAMBDA_LOG_FORMAT="JSON")
    client.invoke({}, request_id="the-id")
    first, printed, second, third = client.lines
    assert printed == "printed"
    assert json.loads(first)["level"] == "WARNING" and json.loads(first)["requestId"] == ""
    line = json.loads(second)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", line.pop("timestamp"))
    assert line == {"level": "INFO", "message": "two\nlines 5", "logger": "mine", "requestId": "the-id", "more": 1}
    line = json.loads(third)
    assert (line["errorType"], line["errorMessage"]) == ("ZeroDivisionError", "division by zero")
    assert "1 / 0" in line["stackTrace"][0] and line["location"].endswith("app.py:handler:13")


def test_the_log_level_can_be_set(python):
    client = python("import logging\ndef handler(event, context):\n"
                    "    logging.debug('d')\n    logging.error('e')\n", AWS_LAMBDA_LOG_LEVEL="TRACE")
    client.invoke({})
    assert [line.split("\t")[0] for line in client.lines] == ["[DEBUG]", "[ERROR]"]


def test_an_error_is_logged_as_json_when_asked(python):
    client = python("def handler(event, context):\n    raise ValueError('no')\n", AWS_LAMBDA_LOG_FORMAT="JSON")
    client.error({}, request_id="the-id")
    line = json.loads(client.lines[0])
    assert list(line) == ["timestamp", "level", "errorMessage", "errorType", "requestId", "stackTrace"]
    assert (line["level"], line["errorType"], line["requestId"]) == ("ERROR", "ValueError", "the-id")


def test_logging_is_not_imported_for_a_handler_that_does_not(python):
    client = python("import sys\n" + returning("[name in sys.modules for name in ('logging', 'http', 'traceback')]"))
    assert client.result({}) == [False, False, False]


def test_output_is_there_before_the_answer(python):
    client = python("import sys\ndef handler(event, context):\n"
                    "    print('no newline', end='')\n    sys.stderr.write('|err')\n")
    client.result({})
    assert client.output in ("no newline|err", "|errno newline")


def test_sys_exit_ends_the_process(python):
    client = python("import sys\ndef handler(event, context):\n    print('bye', end='')\n    sys.exit(7)\n")
    client.api.put({})
    assert client.exit_code() == 7
    assert client.output == "bye"


def test_payloads_of_the_limit_pass_unchanged(python):
    client = python(returning("event"))
    event = {"text": "é" * 3_000_000}
    assert client.result(event) == event
    assert client.result({"n": 9007199254740993}) == {"n": 9007199254740993}


def test_survives_a_lost_connection(python):
    client = python(returning("event"))
    assert client.result(1) == 1
    client.api.drop_next = 2
    assert client.result(2) == 2
    assert client.api.connections == 3
    assert client.result(3) == 3


def test_exits_when_the_platform_is_gone(python):
    client = python(returning("1"))
    client.result({})
    client.api.close()
    assert client.exit_code() == 1


def test_a_spare_becomes_the_function(python, tmp_path):
    files = {
        "lib/shared.py": "word = 'shared'",
        "app.py": """import os, sys, logging
from shared import word
logging.warning('init')
def handler(event, context):
    return [word, os.getcwd(), os.environ.get('LEFT_OVER'), os.environ.get('SLS_SPARE'), os.environ.get('OWN'),
            context.function_name, event]
""",
    }
    client = python(files, spare=True, OWN="1", PYTHONPATH=f"{tmp_path}/lib")
    assert client.result({"a": 1}) == ["shared", str(tmp_path), None, None, "1", "fn", {"a": 1}]
    assert re.fullmatch(r"\[WARNING\]\t[^\t]+Z\t\tinit", client.lines[0])
    assert client.api.connections == 1


@pytest.mark.parametrize("spare", [False, True])
def test_bytecode_stays_out_of_the_project_and_the_standard_library_keeps_its_own(python, tmp_path, spare):
    files = {"task/app.py": "import colorsys, pkg.mod, shared\n" + returning("colorsys.__cached__"),
             "task/pkg/mod.py": "", "lib/shared.py": ""}
    write_tree(tmp_path, files)
    for path in tmp_path.rglob("*.py"):  # a source of the last two seconds may still change: it is not cached
        os.utime(path, (1700000000, 1700000000))
    client = python({}, LAMBDA_TASK_ROOT=f"{tmp_path}/task", PYTHONPATH=f"{tmp_path}/lib", spare=spare,
                    task_root=tmp_path / "task", SLS_PYCACHE=f"{tmp_path}/pyc", PYTHONDONTWRITEBYTECODE="")
    assert str(tmp_path) not in client.result({})
    cached = sorted(path.name.split(".")[0] for path in tmp_path.rglob("*.pyc"))
    assert cached == ["app", "mod", "shared"]
    assert all(path.is_relative_to(tmp_path / "pyc") for path in tmp_path.rglob("*.pyc"))


def test_a_spare_reports_a_function_that_cannot_start(python):
    client = python({}, "gone.h", spare=True)
    assert client.init_error()["errorType"] == "Runtime.ImportModuleError"
    assert client.exit_code() == 1


def test_signals_reach_handlers_while_waiting(python):
    client = python("import signal, sys\nsignal.signal(signal.SIGTERM, lambda *a: (print('term'), sys.exit(0)))\n"
                    + returning("1"))
    client.result({})
    client.process.terminate()
    assert client.exit_code() == 0
    assert client.output == "term\n"
