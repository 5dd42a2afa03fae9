"""Output without measure: of functions, and of `up` itself towards a reader that is slow, deaf or gone."""
import json
import os
import select
import shutil
import subprocess
import threading
import time

import apps
from conftest import BINARY, DEADLINE_S, clean_env, needs, pytest, wait_gone, write_tree
from hardness import PROMPT_S, Caller, descriptors, eventually, files, memory_mb, post, timed_post

pytestmark = needs("node")


@pytest.fixture
def quiet_app(tmp_path):
    """`up` whose standard output the test holds and does not read unless it wants to."""
    started = []

    class Quiet:
        def __init__(self, *options, timeout=2, joined=False):
            write_tree(tmp_path, files(timeout))
            self.directory = tmp_path
            self.read_fd, write_fd = os.pipe()
            self.process = subprocess.Popen([BINARY, "up", "--port", "0", "--edge-port", "0", *options], cwd=tmp_path,
                                            env=clean_env(), stdin=subprocess.DEVNULL, stdout=write_fd,
                                            stderr=write_fd if joined else open(tmp_path / "up.stderr", "wb"),
                                            start_new_session=True)
            os.close(write_fd)
            self.pid = self.process.pid
            started.append(self)
            self.text = b""
            self.read_until(b"ready")
            self.endpoints = json.loads((tmp_path / ".sls-local/endpoints.json").read_text())
            self.edge = self.endpoints["edge"]

        def api(self):
            return next(iter(self.endpoints["apis"].values()))

        def read_until(self, words):
            end = time.monotonic() + DEADLINE_S
            while words not in self.text:
                ready, _, _ = select.select([self.read_fd], [], [], max(0, end - time.monotonic()))
                assert ready, f"no {words} in {DEADLINE_S} s: {self.text[-2000:]}"
                piece = os.read(self.read_fd, 65536)
                assert piece, self.text
                self.text += piece

        def close_page(self):
            os.close(self.read_fd)
            self.read_fd = -1

    yield Quiet
    for app in started:
        if app.read_fd >= 0:
            app.close_page()
        app.process.terminate()
        assert app.process.wait(DEADLINE_S) == 0


def test_a_page_whose_reader_has_gone_stops_no_request(quiet_app):
    app = quiet_app()
    app.close_page()  # as `sls-local up | head -1`
    for _ in range(20):
        assert post(app.api(), {"do": "echo", "text": "fine"}) == (200, b"fine")
    assert post(app.api(), {"do": "lines", "bytes": 2_000_000})[0] == 200


def test_a_page_that_nobody_reads_delays_no_request_and_tells_what_it_dropped(quiet_app):
    """The kept backlog is 2 MB, so that growth stays below 16 MB while 30 MB are printed."""
    app = quiet_app(timeout=20)
    post(app.api(), {})
    before = memory_mb(app.pid)
    for _ in range(6):
        assert post(app.api(), {"do": "lines", "bytes": 5_000_000})[0] == 200
        status, took = timed_post(app.api(), {"do": "echo", "text": "prompt"})
        assert status == 200 and took < PROMPT_S
    assert memory_mb(app.pid) < before + 16
    app.text = b""
    app.read_until(b"lines are missing here")  # who reads on gets the old lines, whole, and then the number
    lines = app.text.split(b"\n")[:-1]
    told = [line for line in lines if b"lines are missing here" in line]
    assert len(told) == 1 and int(told[0].split(b"page: ")[1].split()[0]) > 100_000
    of_function = [line for line in lines if line.startswith(b"f | a line of output")]
    assert len(of_function) > 5_000 and set(map(len, of_function[1:])) == {len(of_function[0])}
    app.text = b""
    post(app.api(), {}, "/afterwards")
    app.read_until(b"/afterwards")


def test_a_pager_over_both_outputs_stops_nothing(quiet_app):
    """As `sls-local up 2>&1 | less`: the program's own log and the diagnostics of a reload go into the full pipe too."""
    app = quiet_app(timeout=20, joined=True)
    assert post(app.api(), {"do": "lines", "bytes": 5_000_000})[0] == 200
    log = app.directory / ".sls-local/logs/+aws+lambda+f"
    while not log.exists():  # the first one is written 100 ms after its first line
        post(app.api(), {})
    shutil.rmtree(log)
    log.write_text("")  # a log that cannot be written is warned of
    template = app.directory / "template.yaml"
    template.write_text(template.read_text().replace("Handler:", "Handlr:"))
    start = time.monotonic()
    while time.monotonic() < start + 1:
        status, took = timed_post(app.api(), {"do": "echo", "text": "prompt"})
        assert status == 200 and took < PROMPT_S
    app.read_until(b"lines are missing here")
    app.text = b""
    template.write_text(template.read_text() + "\n")  # the first notice may be among the missing lines
    app.read_until(b"does not load")


def test_closed_standard_descriptors_do_not_become_files(app_factory, tmp_path):
    write_tree(tmp_path, files())
    process = subprocess.Popen(["sh", "-c", 'exec "$0" up --port 0 --edge-port 0 <&- >&- 2>&-', BINARY], cwd=tmp_path,
                               env=clean_env(), start_new_session=True)
    try:
        endpoints = tmp_path / ".sls-local/endpoints.json"
        end = time.monotonic() + DEADLINE_S
        while not endpoints.exists():
            assert process.poll() is None and time.monotonic() < end
        url = next(iter(json.loads(endpoints.read_text())["apis"].values()))
        for _ in range(3):
            assert post(url, {"do": "echo", "text": "fine"}) == (200, b"fine")
        assert (tmp_path / ".sls-local/lock").read_text() == f"{process.pid}\n"
        assert [os.readlink(f"/proc/{process.pid}/fd/{fd}") for fd in (0, 1, 2)] == ["/dev/null"] * 3
    finally:
        process.terminate()
        assert process.wait(DEADLINE_S) == 0


def test_a_slow_reader_of_the_page_loses_nothing_that_fits(quiet_app):
    app = quiet_app()
    for i in range(300):  # more than a pipe holds
        post(app.api(), {"do": "lines", "bytes": 3_000}, f"/{i:03}")
    app.read_until(b"/299")
    assert all(f"/{i:03} ".encode() in app.text for i in range(300))
    assert b"are missing" not in app.text


def test_fifty_megabytes_of_output_cost_bounded_memory(app_factory):
    app = app_factory(files(timeout=60))
    app.invoke("f")
    before = memory_mb(app.pid)
    start = time.monotonic()
    watch = threading.Thread(target=lambda: app.invoke("f", {"do": "lines", "bytes": 50_000_000}))
    watch.start()
    slowest = 0
    while watch.is_alive():
        status, took = timed_post(app.api(), {"do": "echo", "text": "prompt"})
        assert status == 200
        slowest = max(slowest, took)
        assert memory_mb(app.pid) < before + 24
    watch.join()
    assert time.monotonic() - start < 30
    assert slowest < PROMPT_S
    logs = app.data_dir / "logs"
    assert sum(path.stat().st_size for path in logs.iterdir()) <= 2 * (16 << 20) + (1 << 20)


def test_an_endless_line_is_cut_in_pieces(app_factory):
    app = app_factory(files(timeout=20))
    app.invoke("f")
    before = memory_mb(app.pid)
    answer, _ = app.invoke("f", {"do": "endless", "bytes": 5_000_000})
    assert answer["pid"]
    first = app.wait_for(lambda line: line["type"] == "output" and line["line"].startswith("eeee"))
    assert len(first["line"]) == 256 * 1024
    assert memory_mb(app.pid) < before + 24
    assert app.invoke("f", {"do": "echo", "text": "fine"})[0] == "fine"


def test_binary_output_leaves_every_line_of_the_page_valid(app_factory):
    app = app_factory(files(timeout=20))
    app.invoke("f", {"do": "binary"})
    assert app.invoke("f", {"do": "echo", "text": "fine"})[0] == "fine"
    post(app.api(), {}, "/last")
    app.wait_for(lambda line: line["type"] == "request" and line["path"] == "/last")
    assert any(line["type"] == "output" for line in app.lines)
    assert not [line for line in app.lines if line["type"] == "garbage"]


def test_a_handler_that_closes_its_output_answers_all_the_same(app_factory):
    app = app_factory(files(properties="FunctionName: f\nReservedConcurrentExecutions: 1"))
    first, _ = app.invoke("f", {"do": "close"})
    before = descriptors(app.pid)
    with Caller(app.edge) as caller:
        for _ in range(50):
            assert caller.invoke({"do": "echo", "text": "fine"}) == ("fine", None)
    cpu = sum(map(int, open(f"/proc/{app.pid}/stat").read().rsplit(")", 1)[1].split()[11:13]))
    eventually(app, lambda: descriptors(app.pid) <= before + 4)
    assert app.invoke("f")[0]["pid"] == first["pid"]
    after = sum(map(int, open(f"/proc/{app.pid}/stat").read().rsplit(")", 1)[1].split()[11:13]))
    assert after - cpu < 50, "the closed pipe keeps the loop busy"
