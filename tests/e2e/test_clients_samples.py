"""The functions of functions/ and the starters, each alone over a scripted Runtime API."""

import json
import os
import re
import shutil
import subprocess

import pytest
from client_process import Client, c_function
from conftest import ROOT, needs

REQUEST = {"version": "2.0", "rawPath": "/", "queryStringParameters": {"name": "tea"},
           "requestContext": {"http": {"method": "GET", "path": "/"}}}


def sample(tmp_path, kind, name, handler=None, command=None, **env):
    shutil.copytree(ROOT / name, tmp_path, dirs_exist_ok=True)
    return Client(kind, tmp_path, {}, handler, command=command, **env)


@needs("node")
def test_hello_node(tmp_path):
    with sample(tmp_path, "node", "functions/hello-node", "index.handler") as client:
        assert json.loads(client.result(REQUEST)["body"]) == {"hello": "tea"}
        assert json.loads(client.result({})["body"]) == {"hello": "from Node.js"}


def test_hello_python(tmp_path):
    with sample(tmp_path, "python", "functions/hello-python", "app.handler") as client:
        assert json.loads(client.result(REQUEST)["body"]) == {"hello": "tea"}
        assert json.loads(client.result({})["body"]) == {"hello": "from Python"}


@needs("curl", "sed")
def test_hello_shell(tmp_path):
    with sample(tmp_path, "provided", "functions/hello-shell", "bootstrap",
                command=[str(tmp_path / "bootstrap")]) as client:
        for _ in range(2):
            got = client.result(REQUEST)
            assert got["statusCode"] == 200
            assert json.loads(got["body"]) == {"hello": "from the shell", "bytes": len(json.dumps(REQUEST))}


@pytest.mark.parametrize("name, body", [("hello-c", {"hello": "from C"}), ("echo-c", REQUEST)])
def test_functions_in_c(tmp_path, name, body):
    command = c_function(name)
    if not os.path.exists(command[0]):
        pytest.skip(f"not built: {command[0]}")
    with Client("provided", tmp_path, {}, "bootstrap", command=command) as client:
        for _ in range(3):
            got = client.result(REQUEST)
            assert got["statusCode"] == 200 and json.loads(got["body"]) == body
        assert client.api.connections == 1
        assert any(b"POST " in piece and b"GET " in piece for piece in client.api.reads)
        large = {"text": "x" * 5_000_000}
        got = json.loads(client.result(large)["body"])
        assert got == (body if name == "hello-c" else large)
        client.api.close()
        assert client.exit_code() == 1
        assert client.output == f"{name}: the Runtime API cannot be reached\n"


TROUBLES = [("node", "functions/trouble-node", "index.handler"), ("python", "functions/trouble-python", "app.handler")]


@pytest.mark.parametrize("kind, folder, handler", TROUBLES)
def test_troubles(tmp_path, kind, folder, handler):
    if kind == "node" and shutil.which("node") is None:
        pytest.skip("not installed: node")
    with sample(tmp_path, kind, folder, handler) as client:
        assert client.result({}) == {"ok": True}
        error = client.error({"trouble": "throw"})
        assert (error["errorType"], error["errorMessage"]) == ("OutOfStock", "no tea left")
        assert len(client.result({"trouble": "big", "bytes": 1000})) == 1000
        assert client.result({"trouble": "chatty", "lines": 50}) == {"lines": 50}
        assert len([line for line in client.lines if re.search(r"(^|\t)line \d+$", line)]) == 50
        assert "no such trouble: x" in client.error({"trouble": "x"})["errorMessage"]
        client.api.put({"trouble": "exit", "code": 9})
        assert client.exit_code() == 9


@pytest.mark.parametrize("kind, folder, handler", TROUBLES)
def test_trouble_at_init(tmp_path, kind, folder, handler):
    if kind == "node" and shutil.which("node") is None:
        pytest.skip("not installed: node")
    with sample(tmp_path, kind, folder, handler, TROUBLE_INIT="throw") as client:
        assert client.init_error()["errorMessage"] == "broken at init"
    with sample(tmp_path, kind, folder, handler, TROUBLE_INIT="exit") as client:
        assert client.exit_code() == 3


STARTER_EVENT = json.loads((ROOT / "templates/starters/node/events/event.json").read_text())


@pytest.mark.parametrize("kind, handler", [("node", "src/index.handler"), ("python", "src/app.handler")])
def test_starters(tmp_path, kind, handler):
    if kind == "node" and shutil.which("node") is None:
        pytest.skip("not installed: node")
    with sample(tmp_path, kind, f"templates/starters/{kind}", handler) as client:
        answer = client.result(STARTER_EVENT, request_id="the-id")
        assert answer["statusCode"] == 200
        body = json.loads(answer["body"])
        assert (body["hello"], body["requestId"]) == ("you", "the-id")
        assert client.lines[0].endswith("greeting you")


@needs("make", "cc")
def test_starter_in_c(tmp_path):
    shutil.copytree(ROOT / "templates/starters/c", tmp_path, dirs_exist_ok=True)
    (tmp_path / "sls").mkdir()
    for name in ("sls.h", "sls.c", "sls_client.h", "sls_client.c"):
        shutil.copy(ROOT / "sdk/c" / name, tmp_path / "sls" / name)
    made = subprocess.run(["make", "CFLAGS=-Wall -Wextra -Werror"], cwd=tmp_path, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    assert os.listdir(tmp_path / "build") == ["bootstrap"]
    with Client("provided", tmp_path, {}, "bootstrap", command=[str(tmp_path / "build/bootstrap")]) as client:
        for count in (1, 2):
            answer = client.result(STARTER_EVENT, request_id="the-id")
            assert json.loads(answer["body"]) == {"hello": "world", "requestId": "the-id", "served": count}
        assert client.lines == ["greeting number 1", "greeting number 2"]


def test_starters_have_one_event(tmp_path):
    events = {(ROOT / "templates/starters" / name / "events/event.json").read_text() for name in ("c", "node", "python")}
    assert len(events) == 1
