"""Starts the real binary on free ports in a directory of its own and reads what it announces.

Nothing here sleeps or polls: `App` reads the page's JSON lines as they come, and every wait is for a line,
with a deadline. The whole process group is killed at the end of a test, and what is left of it fails the test.
"""
import ctypes
import json
import os
import pathlib
import queue
import random
import shutil
import signal
import subprocess
import threading
import time

import boto3
import botocore.config
import pytest
import requests

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("SLS_LOCAL", str(ROOT / "build/release/sls-local"))
BUILD = pathlib.Path(os.environ.get("SLS_BUILD", ROOT / "build/release"))
E2E_DIR = pathlib.Path(os.environ.get("E2E_DIR", ROOT / "build/e2e"))
DEADLINE_S = 30

REGION = "us-east-1"
CREDENTIALS = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": REGION}


def clean_env(**more):
    env = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    env.update(AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test", AWS_DEFAULT_REGION=REGION)
    env.update({key: str(value) for key, value in more.items()})
    return env


def kills(default):
    """How often a crash test kills the gateway; CRASH_KILLS asks for more than what fits into every run."""
    return int(os.environ.get("CRASH_KILLS", default))


def dice(seed):
    """When it does; CRASH_SEED is for other moments."""
    return random.Random(f"{os.environ.get('CRASH_SEED', '')}{seed}")


def die_with_parent():
    """In a child before exec: a test run that is killed takes what it started along (prctl PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class App:
    """A running `sls-local up`."""

    def __init__(self, directory, *options, env=None, expect_ready=True):
        self.directory = pathlib.Path(directory)
        self.lines = []
        self.new_lines = queue.Queue()
        self.process = subprocess.Popen(
            [BINARY, "up", "--port", "0", "--edge-port", "0", "--log-format", "json", *map(str, options)],
            cwd=directory, env=env or clean_env(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=open(self.directory / "up.stderr", "wb"), start_new_session=True,
            preexec_fn=die_with_parent)
        threading.Thread(target=self._read, daemon=True).start()
        if expect_ready:
            self.wait_for(lambda line: line["type"] == "ready")
            if "--in-memory" in options:
                self.edge = self.wait_for(lambda line: line["type"] == "up")["endpoints"]["AWS endpoint"]
            else:
                self.endpoints = self.read_endpoints()
                self.edge = self.endpoints["edge"]

    @property
    def data_dir(self):
        return self.directory / ".sls-local"

    def read_endpoints(self):
        """As they are now: those of function URLs come and go."""
        return json.loads((self.data_dir / "endpoints.json").read_text())

    @property
    def pid(self):
        return self.process.pid

    @property
    def stderr(self):
        return (self.directory / "up.stderr").read_text()

    def _read(self):
        for raw in self.process.stdout:
            try:
                self.new_lines.put(json.loads(raw))
            except ValueError:
                self.new_lines.put({"type": "garbage", "text": raw.decode(errors="replace")})
        self.new_lines.put(None)

    def wait_for(self, wanted, deadline_s=DEADLINE_S, already=True):
        """The first page line for which wanted(line) holds, of those that came and those to come."""
        if already:
            for line in self.lines:
                if wanted(line):
                    return line
        end = time.monotonic() + deadline_s
        while True:
            try:
                line = self.new_lines.get(timeout=max(0.001, end - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"no such line in {deadline_s} s; page: {self.lines[-20:]}\n{self.stderr}\n"
                                     f"{states_of(self.pid)}")
            if line is None:
                self.new_lines.put(None)
                raise AssertionError(f"sls-local ended ({self.process.wait()}): {self.stderr}\n{self.lines[-5:]}")
            self.lines.append(line)
            if wanted(line):
                return line

    def api(self, name=None):
        apis = self.endpoints["apis"]
        return apis[name] if name else next(iter(apis.values()))

    def get(self, path, api=None, **options):
        return self.request("GET", path, api, **options)

    def post(self, path, api=None, **options):
        return self.request("POST", path, api, **options)

    def request(self, method, path, api=None, **options):
        options.setdefault("timeout", DEADLINE_S)
        return requests.request(method, self.api(api) + path, **options)

    def client(self, service="lambda", **config):
        config = {"retries": {"max_attempts": 0}, "read_timeout": 60, **config}
        return boto3.client(service, endpoint_url=self.edge, config=botocore.config.Config(**config), **CREDENTIALS)

    def invoke(self, function, event=None, **options):
        """(payload, response) of a synchronous Invoke."""
        payload = event if isinstance(event, bytes) else json.dumps(event if event is not None else {}).encode()
        response = self.client().invoke(FunctionName=function, Payload=payload, **options)
        body = response["Payload"].read()
        return (json.loads(body) if body else None), response

    def advance(self, duration):
        """Turns the clock; what is due on the way has run in order."""
        answer = requests.post(self.edge + "/_sls/clock", json={"advance": duration}, timeout=120)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def check(self):
        """`store check` finds nothing wrong in what lies on the disk: tables and messages agree with themselves."""
        done = subprocess.run([BINARY, "store", "check", "--data", self.data_dir], capture_output=True, text=True,
                              timeout=DEADLINE_S)
        assert done.returncode == 0, done.stdout + done.stderr

    def cli(self, *words, input=None, check=True):
        done = subprocess.run([BINARY, *map(str, words)], cwd=self.directory, env=clean_env(), input=input,
                              capture_output=True, timeout=DEADLINE_S)
        if check:
            assert done.returncode == 0, done.stderr.decode()
        return done

    def follow_logs(self, function, until, deadline_s=DEADLINE_S):
        """What `sls-local logs FUNCTION -f` prints, up to the line that holds `until`."""
        process = subprocess.Popen([BINARY, "logs", function, "-f"], cwd=self.directory, stdout=subprocess.PIPE,
                                   text=True)
        timer = threading.Timer(deadline_s, process.kill)
        timer.start()
        try:
            seen = []
            for line in process.stdout:
                seen.append(line)
                if until in line:
                    return "".join(seen)
            raise AssertionError(f"logs -f ended without {until!r}: {''.join(seen)}")
        finally:
            timer.cancel()
            process.kill()
            process.wait()

    def descendants(self):
        """Pids of every process below the gateway now."""
        return process_tree(self.pid)

    def stop(self, number=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(DEADLINE_S)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"it does not end; page: {self.lines[-20:]}\n{self.stderr}\n{states_of(self.pid)}")

    def kill(self):
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait(DEADLINE_S)


def process_tree(pid):
    children = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                fields = pathlib.Path(f"/proc/{entry}/stat").read_text().rsplit(")", 1)[1].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            children.setdefault(int(fields[1]), []).append(int(entry))
    found, todo = [], [pid]
    while todo:
        for child in children.get(todo.pop(), []):
            found.append(child)
            todo.append(child)
    return found


def states_of(pid):
    """What the process and those below it are waiting for: for whoever reads of one that hangs."""
    lines = []
    for each in [pid, *process_tree(pid)]:
        try:
            about = {name: pathlib.Path(f"/proc/{each}/{name}").read_text().strip() for name in ("stat", "wchan", "syscall")}
        except OSError:
            continue
        lines.append(f"{about['stat'][:60]} in {about['wchan']}, syscall {about['syscall'][:40]}")
    return "\n".join(lines)


def is_alive(pid):
    """A zombie counts as alive: nobody reaped it."""
    return pathlib.Path(f"/proc/{pid}").exists()


def wait_gone(pids, deadline_s=5):
    """Waits with pidfds, not with time, until none of the pids is left."""
    import select
    end = time.monotonic() + deadline_s
    for pid in pids:
        try:
            fd = os.pidfd_open(pid)
        except (ProcessLookupError, OSError):
            continue
        ready, _, _ = select.select([fd], [], [], max(0, end - time.monotonic()))
        os.close(fd)
        assert ready, f"process {pid} still lives: {pathlib.Path(f'/proc/{pid}/cmdline').read_bytes()}"


def write_tree(directory, files):
    """{"app/index.js": "text"}; a text that starts with #! becomes executable."""
    for name, text in files.items():
        path = pathlib.Path(directory) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        if path.read_bytes().startswith(b"#!"):
            path.chmod(0o755)


def starting(home):
    """The body of a fixture that starts applications and ends them."""
    apps = []

    def start(files=None, *options, directory=None, **keywords):
        where = pathlib.Path(directory or home)
        if isinstance(files, (str, pathlib.Path)):
            shutil.copytree(files, where, dirs_exist_ok=True)
        elif files:
            write_tree(where, files)
        apps.append(App(where, *options, **keywords))
        return apps[-1]

    yield start
    left = {}
    for app in apps:
        below = app.descendants() if app.process.poll() is None else []
        app.stop()
        left[app.pid] = below
    for below in left.values():
        wait_gone(below)


@pytest.fixture
def app_factory(tmp_path):
    yield from starting(tmp_path)


@pytest.fixture(scope="module")
def shared_app_factory(tmp_path_factory):
    """For an application that the tests of a file ask and do not change."""
    yield from starting(tmp_path_factory.mktemp("shared"))


class Store:
    """A running `sls-local store`."""

    def __init__(self, directory, *options, env=None, port=0):
        self.directory = pathlib.Path(directory)
        self.process = subprocess.Popen(
            [BINARY, "store", "--port", str(port), *map(str, options)], cwd=directory, env=env or clean_env(),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=open(self.directory / "store.stderr", "ab"),
            start_new_session=True, preexec_fn=die_with_parent)
        first = self.process.stdout.readline().decode()
        assert first.startswith("DynamoDB at "), f"{first!r} {self.stderr}"
        self.url = first.split()[2].rstrip(",")
        self.port = int(self.url.rsplit(":", 1)[1])

    @property
    def pid(self):
        return self.process.pid

    @property
    def stderr(self):
        return (self.directory / "store.stderr").read_text()

    def _config(self, config):
        return botocore.config.Config(**{"retries": {"max_attempts": 0}, "read_timeout": 60, **config})

    def client(self, service="dynamodb", **config):
        return boto3.client(service, endpoint_url=self.url, config=self._config(config), **CREDENTIALS)

    def resource(self, **config):
        return boto3.resource("dynamodb", endpoint_url=self.url, config=self._config(config), **CREDENTIALS)

    def raw(self, operation, body, service="DynamoDB_20120810", **headers):
        """The HTTP answer to one request as it is, without an SDK between."""
        data = body if isinstance(body, (bytes, str)) else json.dumps(body)
        sent = {"X-Amz-Target": f"{service}.{operation}", "Content-Type": "application/x-amz-json-1.0",
                "Authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/dynamodb/aws4_request, "
                                 "SignedHeaders=host, Signature=0", "X-Amz-Date": "20260101T000000Z", **headers}
        return requests.post(self.url, data=data, headers={k: v for k, v in sent.items() if v is not None},
                             timeout=DEADLINE_S)

    def error(self, operation, body, **options):
        """(type without its namespace, message) of a request that must fail."""
        answer = self.raw(operation, body, **options)
        assert answer.status_code != 200, answer.text
        told = answer.json()
        return told["__type"].split("#")[1], told.get("message", told.get("Message"))

    def check(self):
        """`store check` finds nothing wrong in what lies on the disk."""
        done = subprocess.run([BINARY, "store", "check", "--data", self.directory / ".sls-local"],
                              capture_output=True, text=True, timeout=DEADLINE_S)
        assert done.returncode == 0, done.stdout + done.stderr

    def stop(self, number=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(DEADLINE_S)


@pytest.fixture
def store_factory(tmp_path):
    stores = []

    def start(*options, directory=None, **keywords):
        stores.append(Store(directory or tmp_path, *options, **keywords))
        return stores[-1]

    yield start
    for store in stores:  # at leisure, so that a sanitizer may look for leaks
        store.stop()
        assert "Sanitizer" not in store.stderr and "runtime error" not in store.stderr, store.stderr


@pytest.fixture(scope="module")
def ddb_store(tmp_path_factory):
    """One store for the whole file, for tests that make tables of their own."""
    store = Store(tmp_path_factory.mktemp("store"))
    yield store
    assert store.stop() == 0, store.stderr
    assert store.stderr == ""
    store.check()


@pytest.fixture
def ddb(ddb_store):
    return ddb_store.client()


def needs(*programs):
    """Skips, with the reason, where a toolchain is absent."""
    missing = [program for program in programs if shutil.which(program) is None]
    return pytest.mark.skipif(bool(missing), reason=f"not installed: {', '.join(missing)}")
