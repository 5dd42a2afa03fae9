"""Runs one of our runtime clients, with a real interpreter, against a FakeRuntimeApi."""

import os
import pathlib
import shutil
import subprocess
import sys

from conftest import BUILD, ROOT, write_tree
from fake_runtime_api import FakeRuntimeApi

COMMANDS = {
    "node": [shutil.which("node") or "node", str(ROOT / "sdk/node/index.cjs")],
    "python": [os.environ.get("CLIENT_PYTHON", sys.executable), str(ROOT / "sdk/python/bootstrap.py")],
}
EXECUTION_ENV = {"node": "AWS_Lambda_nodejs22.x", "python": "AWS_Lambda_python3.13"}
DEADLINE_S = 10


class Client:
    """A context manager: the process with a handler's files below `directory`."""

    def __init__(self, kind, directory, files, handler, spare=False, command=None, task_root=None, **env):
        self.directory = pathlib.Path(directory)
        write_tree(self.directory, files)
        self.api = FakeRuntimeApi(DEADLINE_S)
        self.env = {
            "PATH": os.environ["PATH"],
            "AWS_LAMBDA_RUNTIME_API": self.api.address,
            "_HANDLER": handler,
            "LAMBDA_TASK_ROOT": str(self.directory),
            "AWS_LAMBDA_FUNCTION_NAME": "fn",
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
            "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/fn",
            "AWS_LAMBDA_LOG_STREAM_NAME": "2026/02/18/[$LATEST]0123",
            "AWS_EXECUTION_ENV": EXECUTION_ENV.get(kind, ""),
            "PYTHONDONTWRITEBYTECODE": "1",
            "TZ": ":UTC",
        }
        self.env.update(env)
        start = {"PATH": os.environ["PATH"], "AWS_LAMBDA_RUNTIME_API": self.api.address, "SLS_SPARE": "1",
                 "LEFT_OVER": "1"} if spare else self.env
        self.output_file = open(self.directory / "output", "w+b")
        self.process = subprocess.Popen(command or COMMANDS[kind], env=start, cwd="/" if spare else directory,
                                        stdin=subprocess.DEVNULL, stdout=self.output_file,
                                        stderr=subprocess.STDOUT)
        if spare:
            assert self.api.spare_asked.wait(DEADLINE_S)
            self.api.spare_answer.put(
                {"env": self.env, "cwd": str(self.directory), "task_root": str(task_root or self.directory)})

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.process.kill()
        self.process.wait()
        self.output_file.close()
        self.api.close()

    def invoke(self, event, **options):
        return self.api.invoke(event, **options)

    def result(self, event, **options):
        """What the handler returned; fails the test when it failed."""
        answer = self.invoke(event, **options)
        assert answer.kind == "response", answer
        return answer.json

    def error(self, event=None, **options):
        answer = self.invoke(event, **options)
        assert answer.kind == "error", answer
        return answer.json

    def init_error(self):
        answer = self.api.answer()
        assert answer.kind == "init_error", answer
        assert answer.headers["lambda-runtime-function-error-type"] == answer.json["errorType"]
        return answer.json

    def exit_code(self):
        return self.process.wait(DEADLINE_S)

    @property
    def output(self):
        return (self.directory / "output").read_bytes().decode()

    @property
    def lines(self):
        return self.output.split("\n")[:-1]


def c_function(name):
    return [str(BUILD / "functions" / name / "bootstrap")]
