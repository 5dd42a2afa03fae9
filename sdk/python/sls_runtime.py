"""Finds the handler, then one event after the other: next, the handler, response or error."""

import os
import sys

import sls_logging
from sls_api import NEXT, ROOT, Lost, RuntimeApi

INIT_ERROR = "/2018-06-01/runtime/init/error"
OUR_FOLDER = __file__.rpartition("/")[0] + "/"


class Fault(Exception):
    """An error that the runtime itself words; `kind` is its errorType."""

    def __init__(self, kind, message, trace=None):
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.trace = trace


def find_handler(handler):
    module_name, dot, function_name = handler.rpartition(".")
    if not dot:
        # The text of the ValueError that Lambda's own unpacking raises here.
        raise Fault(
            "Runtime.MalformedHandlerName",
            "Bad handler '%s': not enough values to unpack (expected 2, got 1)" % handler,
        )
    if module_name.split(".")[0] in sys.builtin_module_names:
        raise Fault(
            "Runtime.BuiltInModuleConflict",
            "Cannot use built-in module %s as a handler module" % module_name,
        )
    name = module_name.replace("/", ".")
    try:
        __import__(name)
    except ImportError as error:
        raise Fault(
            "Runtime.ImportModuleError",
            "Unable to import module '%s': %s" % (module_name, error),
        )
    except SyntaxError as error:
        raise Fault(
            "Runtime.UserCodeSyntaxError",
            "Syntax error in module '%s': %s" % (module_name, error),
            ['  File "%s" Line %s\n    %s' % (error.filename, error.lineno, error.text)],
        )
    try:
        return getattr(sys.modules[name], function_name)
    except AttributeError:
        raise Fault(
            "Runtime.HandlerNotFound",
            "Handler '%s' missing on module '%s'" % (function_name, module_name),
        )


def describe(error, request_id=""):
    """{errorMessage, errorType, requestId, stackTrace}: what the caller of the function sees."""
    if isinstance(error, Fault):
        kind, message, trace = error.kind, error.message, error.trace
    else:
        import traceback

        kind, message = type(error).__name__, str(error)
        frames = [
            (frame.filename, frame.lineno, frame.name, frame.line)
            for frame in traceback.extract_tb(error.__traceback__)
        ]
        while frames and frames[0][0].startswith(OUR_FOLDER):
            frames.pop(0)
        trace = traceback.format_list(frames)
    return {
        "errorMessage": message or "",
        "errorType": kind or "",
        "requestId": request_id,
        "stackTrace": trace or [],
    }


def log_error(body):
    if sls_logging.is_json():
        import time

        import sls_json

        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        sys.stdout.write(sls_json.dumps({"timestamp": stamp, "level": "ERROR", **body}) + "\n")
        return
    first = "[ERROR]"
    if body["errorType"]:
        first += " " + body["errorType"]
    if body["errorMessage"]:
        first += (":" if body["errorType"] else "") + " " + body["errorMessage"]
    lines = [first, "Traceback (most recent call last):"]
    for element in body["stackTrace"]:
        for line in element.splitlines() or [""]:
            text = line.lstrip(" ")
            lines.append("\u00a0" * (len(line) - len(text)) + text)
    sys.stdout.write("\r".join(lines) + "\n")


def parse_header(headers, name, shown):
    text = headers.get(name)
    if not text:
        return None
    import json

    try:
        return json.loads(text)
    except Exception as error:
        raise Fault(
            "Runtime.LambdaContextUnmarshalError", "Unable to parse %s JSON: %s" % (shown, error)
        )


def unmarshal(body, content_type):
    if content_type != "application/json":
        return body
    import json

    try:
        return json.loads(body)
    except Exception as error:
        raise Fault("Runtime.UnmarshalError", "Unable to unmarshal input: %s" % error)


def marshal(response):
    if isinstance(response, bytes):
        return response, "application/unknown"
    import sls_json

    try:
        return sls_json.dumps(response).encode("utf-8"), "application/json"
    except Exception as error:
        raise Fault("Runtime.MarshalError", "Unable to marshal response: %s" % error)


def handle(handler, headers, body):
    """Runs one invocation; returns (kind of answer, body, content type)."""
    from sls_context import LambdaContext

    request_id = headers["lambda-runtime-aws-request-id"]
    try:
        context = LambdaContext(
            request_id,
            parse_header(headers, "lambda-runtime-client-context", "Client Context"),
            parse_header(headers, "lambda-runtime-cognito-identity", "Cognito Identity"),
            int(headers["lambda-runtime-deadline-ms"]),
            headers.get("lambda-runtime-invoked-function-arn"),
            headers.get("lambda-runtime-aws-tenant-id"),
        )
        event = unmarshal(body, headers.get("content-type"))
        answer, content_type = marshal(handler(event, context))
        return "/response", answer, content_type
    except Exception as error:
        import sls_json

        described = describe(error, request_id)
        log_error(described)
        return "/error", sls_json.dumps(described).encode("utf-8"), "application/json"


def flush():
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            pass  # closed by the function, or nobody reads any more


def serve(api, handler):
    status, headers, body = api.exchange([api.next_request])
    while status == 200:
        request_id = headers["lambda-runtime-aws-request-id"]
        sls_logging.request_id = request_id
        sls_logging.tenant_id = headers.get("lambda-runtime-aws-tenant-id")
        trace_id = headers.get("lambda-runtime-trace-id")
        if trace_id is not None:
            os.environ["_X_AMZN_TRACE_ID"] = trace_id
        else:
            os.environ.pop("_X_AMZN_TRACE_ID", None)
        kind, answer, content_type = handle(handler, headers, body)
        flush()
        posted = api.post(ROOT + request_id + kind, content_type, answer)
        status, headers, body = api.exchange([posted, api.next_request])
    raise Lost("the Runtime API answered %s with %d" % (NEXT, status))


def set_path(task_root):
    version = "python%d.%d" % sys.version_info[:2]
    layers = ["/opt/python/lib/%s/site-packages" % version, "/opt/python"]
    front = [task_root] + [folder for folder in layers if os.path.isdir(folder)]
    sys.path[:0] = [folder for folder in front if folder not in sys.path[:1]]


def keep_bytecode_out(task_root):
    """Bytecode of the function's own modules goes below SLS_PYCACHE, not into the project.

    PYTHONPYCACHEPREFIX would take the whole standard library along, compiled anew: 30 ms at a first start.
    It is set for the programs that the function may start.
    """
    pycache = os.environ.pop("SLS_PYCACHE", None)
    if not pycache or sys.pycache_prefix:
        return
    os.environ.setdefault("PYTHONPYCACHEPREFIX", pycache)
    extra = os.environ.get("PYTHONPATH", "").split(":")
    roots = [task_root, "/opt"] + [folder for folder in extra if folder]
    import _frozen_importlib_external as external
    import _imp
    import time

    class TaskLoader(external.SourceFileLoader):
        def get_code(self, fullname):
            before, sys.pycache_prefix = sys.pycache_prefix, pycache
            try:
                return super().get_code(fullname)
            finally:
                sys.pycache_prefix = before

        def _cache_bytecode(self, source_path, bytecode_path, data):
            # A cache knows its source by the second and the size: what was written just now could change
            # unseen, and the next request would run old code.
            if time.time() - os.stat(source_path).st_mtime > 2:
                super()._cache_bytecode(source_path, bytecode_path, data)

    finder = external.FileFinder.path_hook(
        (external.ExtensionFileLoader, _imp.extension_suffixes()),
        (TaskLoader, external.SOURCE_SUFFIXES),
        (external.SourcelessFileLoader, external.BYTECODE_SUFFIXES),
    )

    def hook(path):
        if not any(path == root or path.startswith(root + "/") for root in roots):
            raise ImportError("not a folder of the function")
        return finder(path)

    sys.path_hooks.insert(0, hook)
    for root in roots:
        sys.path_importer_cache.pop(root, None)


def cold_start(api, task_root):
    for stream in (sys.stdout, sys.stderr):
        # One write a line; AWS writes through, but a pipe would then see `print` in pieces.
        stream.reconfigure(encoding="utf-8", line_buffering=True)
    set_path(task_root)
    keep_bytecode_out(task_root)
    sls_logging.install()
    try:
        try:
            handler = find_handler(os.environ.get("_HANDLER", ""))
        except Exception as error:
            fail_init(api, error)
        serve(api, handler)
    except Lost:
        flush()
        sys.exit(1)


def fail_init(api, error):
    import sls_json

    body = describe(error)
    log_error(body)
    flush()
    kind = body["errorType"].encode("ascii", "replace").decode()
    api.exchange(
        [
            api.post(
                INIT_ERROR,
                "application/json",
                sls_json.dumps(body).encode("utf-8"),
                "Lambda-Runtime-Function-Error-Type: %s\r\n" % kind,
            )
        ]
    )
    sys.exit(1)


def spare(api):
    """Loads what most functions need, then waits for the platform to name the function to become."""
    import base64  # noqa: F401
    import datetime  # noqa: F401
    import json
    import logging  # noqa: F401
    import time
    import traceback  # noqa: F401

    import sls_context  # noqa: F401
    import sls_json

    json.loads(sls_json.dumps({"warm": [1, 2.5, None, "é"]}))
    try:
        status, _, body = api.exchange([api.get("/sls/spare/next")])
    except Lost:
        status = 0
    if status != 200:
        sys.exit(0)  # the platform is going
    given = json.loads(body)
    os.environ.clear()
    os.environ.update(given["env"])
    time.tzset()
    os.chdir(given["cwd"])
    extra = os.environ.get("PYTHONPATH", "")
    sys.path[:0] = [folder for folder in extra.split(":") if folder]
    address = os.environ.get("AWS_LAMBDA_RUNTIME_API", api.address)
    api = api if address == api.address else RuntimeApi(address)
    cold_start(api, given["task_root"])


def main():
    address = os.environ.get("AWS_LAMBDA_RUNTIME_API")
    if not address:
        sys.exit("AWS_LAMBDA_RUNTIME_API is not set: this is started by sls-local")
    api = RuntimeApi(address)
    if os.environ.get("SLS_SPARE") == "1":
        spare(api)
    else:
        cold_start(api, os.environ.get("LAMBDA_TASK_ROOT") or os.getcwd())
