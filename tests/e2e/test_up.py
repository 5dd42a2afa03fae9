"""`sls-local up`: an unmodified application runs, in each kind of runtime, and ends without leaving anything."""
import json
import signal
import socket

import apps
import pytest
from conftest import App, is_alive, needs, wait_gone

KINDS = {
    "node": (apps.node, apps.ECHO_NODE),
    "python": (apps.python, apps.ECHO_PYTHON),
}


@needs("node")
def test_a_node_handler_answers_a_route(app_factory):
    app = app_factory(apps.node(apps.ECHO_NODE))
    answer = app.get("/any/path?q=1")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    event = answer.json()["event"]
    assert (event["version"], event["routeKey"], event["rawPath"]) == ("2.0", "$default", "/any/path")
    assert event["queryStringParameters"] == {"q": "1"}


@needs("python3")
def test_a_python_handler_answers_a_route(app_factory):
    app = app_factory(apps.python(apps.ECHO_PYTHON))
    answer = app.post("/x", data="text", headers={"content-type": "text/plain"})
    assert answer.status_code == 200
    assert answer.json()["event"]["body"] == "text"


@needs("curl")
def test_a_custom_runtime_in_shell_answers_a_route(app_factory):
    app = app_factory(apps.custom(apps.ECHO_SHELL))
    assert app.get("/shell").json()["echo"]["rawPath"] == "/shell"


def test_the_page_tells_request_function_and_duration(app_factory):
    app = app_factory(apps.node(apps.ECHO_NODE))
    app.get("/told")
    line = app.wait_for(lambda line: line["type"] == "request")
    assert (line["method"], line["path"], line["status"], line["function"]) == ("GET", "/told", 200, line["function"])
    assert line["durationUs"] > 0 and line["initUs"] > 0 and line["billedMs"] >= 1


def test_ctrl_c_ends_with_130_and_sigterm_with_0(app_factory):
    for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 0)):
        app = app_factory(apps.node(apps.ECHO_NODE))
        app.get("/")
        below = app.descendants()
        assert below
        assert app.stop(number) == code, app.stderr
        wait_gone(below)
        assert not (app.data_dir / "endpoints.json").exists()


def test_a_request_in_flight_is_answered_while_the_program_ends(app_factory):
    import concurrent.futures
    app = app_factory(apps.node(
        "exports.handler = async () => { console.log('begun'); await new Promise(r => setTimeout(r, 500)); return 'done'; };\n"))
    with concurrent.futures.ThreadPoolExecutor() as pool:
        answer = pool.submit(app.get, "/slow")
        app.wait_for(lambda line: line["type"] == "output" and "begun" in line["line"])
        app.process.send_signal(signal.SIGTERM)
        assert answer.result().text == "done"
    assert app.process.wait(10) == 0


def test_a_second_up_on_one_directory_says_who_holds_it(app_factory, tmp_path):
    app = app_factory(apps.node(apps.ECHO_NODE))
    second = App(tmp_path, expect_ready=False)
    assert second.process.wait(10) == 1
    assert f"process {app.pid}" in second.stderr


def test_nothing_survives_kill_9_of_the_gateway(app_factory):
    app = app_factory(apps.node("""
const {spawn} = require('child_process');
// A daemon of its own session, which must die too.
exports.handler = async () => {
    const child = spawn('setsid', ['sh', '-c', 'sleep 1000 & sleep 1000'], {detached: true, stdio: 'ignore'});
    child.unref();
    return {pid: process.pid, child: child.pid};
};
"""))
    pids = app.get("/").json()
    below = app.descendants()
    assert pids["pid"] in below
    assert len(below) >= 3
    app.process.send_signal(signal.SIGKILL)
    app.process.wait(10)
    wait_gone(below)
    assert not is_alive(pids["child"])
    again = app_factory()  # the same directory is free again
    assert again.get("/").status_code == 200


def test_in_memory_leaves_no_directory(app_factory, tmp_path):
    files = apps.node(apps.ECHO_NODE)
    from conftest import BINARY, clean_env, write_tree
    import subprocess
    write_tree(tmp_path, files)
    process = subprocess.Popen([BINARY, "up", "--in-memory", "--port", "0", "--edge-port", "0", "--log-format", "json"],
                               cwd=tmp_path, stdout=subprocess.PIPE, env=clean_env())
    for raw in process.stdout:
        if json.loads(raw)["type"] == "ready":
            break
    process.send_signal(signal.SIGTERM)
    process.stdout.read()
    assert process.wait(10) == 0
    assert not (tmp_path / ".sls-local").exists()


def test_a_broken_template_is_told_with_file_line_and_column(app_factory, tmp_path):
    app = app_factory({"template.yaml": "Transform: AWS::Serverless-2016-10-31\nResources:\n  F:\n"
                                        "    Type: AWS::Serverless::Function\n    Properties:\n      Handlr: a.b\n"},
                      expect_ready=False)
    assert app.process.wait(10) == 1
    assert "template.yaml:6:7: " in app.stderr
    assert "Handler" in app.stderr


def test_a_taken_port_is_told(app_factory, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        app = app_factory(apps.node(apps.ECHO_NODE), "--port", port, expect_ready=False)
        assert app.process.wait(10) == 1
        assert str(port) in app.stderr


def test_apis_beyond_the_last_port_are_refused(app_factory):
    files = apps.node(apps.ECHO_NODE)
    files["template.yaml"] += "        Rest: {Type: Api, Properties: {Path: /, Method: get}}\n"
    app = app_factory(files, "--port", 65535, expect_ready=False)
    assert app.process.wait(10) == 1
    assert "--port 65535 leaves no port for Serverless" in app.stderr


def test_an_ipv6_host_stands_in_brackets_in_every_url(app_factory):
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        pytest.skip("no IPv6 loopback here")
    app = app_factory(apps.node(apps.ECHO_NODE), "--host", "::1")
    urls = [app.edge, *app.endpoints["apis"].values()]
    assert all(url.startswith("http://[::1]:") for url in urls), urls
    assert app.get("/").status_code == 200
