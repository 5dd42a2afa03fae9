"""The processes that bench.py measures, and the clocks it measures them with."""
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[1]
RELEASE = ROOT / "build/release"
BINARY = RELEASE / "sls-local"
PEER = ROOT / "build/bench/peer"
STORE_PEERS = ROOT / "build/bench/store-peers"

HELLO_NODE = "exports.handler = async () => ({message: 'hello, world!'});\n"
HELLO_PYTHON = "def handler(event, context):\n    return {'message': 'hello, world!'}\n"


def template(functions, timeout=10):
    """functions: [(id, runtime, handler, code directory, path)] -> SAM template text."""
    lines = ["Transform: AWS::Serverless-2016-10-31", "Resources:"]
    for name, runtime, handler, code, path in functions:
        lines += [f"  {name}:", "    Type: AWS::Serverless::Function", "    Properties:",
                  f"      Runtime: {runtime}", f"      Handler: {handler}", f"      CodeUri: {code}",
                  f"      Timeout: {timeout}", "      Events:", "        Http:", "          Type: HttpApi",
                  f"          Properties: {{Method: GET, Path: {path}}}"]
    return "\n".join(lines) + "\n"


@contextlib.contextmanager
def scratch(files):
    """A directory with these files; directories given as paths are copied."""
    with tempfile.TemporaryDirectory(prefix="sls-bench-", dir=ROOT / "build") as name:
        base = pathlib.Path(name)
        for path, content in files.items():
            target = base / path
            target.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, pathlib.Path):
                shutil.copytree(content, target)
            else:
                target.write_text(content)
        yield base


class Up:
    """sls-local up in a directory; `ready_s` is from the spawn to the ready line on its page."""

    def __init__(self, directory, *options):
        self.start = time.perf_counter()
        self.process = subprocess.Popen(
            [str(BINARY), "up", "--port", "0", "--edge-port", "0", "--log-format", "json", "--quiet", *options],
            cwd=directory, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
            start_new_session=True, close_fds=False)
        for raw in self.process.stdout:
            line = json.loads(raw)
            if line["type"] == "up":
                self.url = next((url for name, url in line["endpoints"].items() if name != "AWS endpoint"), None)
                self.edge = line["endpoints"]["AWS endpoint"]
            if line["type"] == "ready":
                break
        self.ready_s = time.perf_counter() - self.start
        self.port = urllib.parse.urlsplit(self.url).port if self.url else None
        # Nobody reads the page from now on; an unread pipe would stop it.
        import threading
        threading.Thread(target=lambda: [None for _ in self.process.stdout], daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)

    def rss_mb(self, kind="VmRSS"):
        return Process(self.process.pid).rss_mb(kind)


class Process:
    """What the system tells of a process; `start` tells it from another one of the same number."""

    def __init__(self, pid):
        self.pid = pid
        self.start = self.stat()[19]

    def stat(self):
        """Fields from the third on: state, parent...; raises when it is gone."""
        return pathlib.Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()

    def state(self):
        """A letter; None: it is gone."""
        try:
            stat = self.stat()
            return stat[0] if stat[19] == self.start else None
        except (FileNotFoundError, ProcessLookupError):
            return None

    def rss_mb(self, kind):
        """RssAnon: memory of its own. The mapped file's pages belong to the system's cache."""
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(rf"{kind}:\s+(\d+)", status).group(1)) / 1024

    def cpu_s(self):
        """Processor time that it has used: what else the machine does is not in it."""
        return sum(map(int, self.stat()[11:13])) / os.sysconf("SC_CLK_TCK")

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def descendants(self):
        children = {}
        for path in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                process = Process(int(path.name))
                children.setdefault(int(process.stat()[1]), []).append(process)
            except (FileNotFoundError, ProcessLookupError):
                pass
        found, todo = [], [self.pid]
        while todo:
            new = children.get(todo.pop(), [])
            found += new
            todo += [process.pid for process in new]
        return found


def http_get(port, path, timeout=30):
    """(seconds, body) of one request on a new connection; raises on anything but 200."""
    start = time.perf_counter()
    with socket.create_connection(("127.0.0.1", port), timeout) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
    took = time.perf_counter() - start
    if not answer.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(answer[:300])
    return took, answer.split(b"\r\n\r\n", 1)[1]


def wrk(url, connections, seconds, script=None):
    """{rate, p50, p99 in ms, errors}; `script` is Lua text that makes the requests."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as lua:
        lua.write(script or "")
        lua.flush()
        out = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", lua.name, url],
                             capture_output=True, text=True, check=True).stdout
    unit = {"us": 1e-3, "ms": 1, "s": 1e3}

    def percentile(name):
        value, scale = re.search(rf"{name}%\s+([\d.]+)(us|ms|s)", out).groups()
        return float(value) * unit[scale]

    errors = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    told = re.search(r"^told (\d+)", out, re.M)  # what the script itself counted
    return {"rate": float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1)),
            "count": int(re.search(r"(\d+) requests in", out).group(1)), "p50": percentile(50),
            "p99": percentile(99), "errors": int(errors.group(1)) if errors else 0,
            "told": int(told.group(1)) if told else 0}


@contextlib.contextmanager
def relay(workers):
    process = subprocess.Popen([str(RELEASE / "bench-relay"), str(workers)], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, text=True)
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/"
    finally:
        process.stdin.close()
        process.wait(5)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def serving(command, port, **options):
    """A server that is ready once its port answers; its whole process group ends with the block."""
    process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, start_new_session=True, **options)
    try:
        end = time.monotonic() + 120
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                if time.monotonic() > end or process.poll() is not None:
                    raise RuntimeError(f"{command[0]} does not start") from None
                time.sleep(0.02)
        yield f"http://127.0.0.1:{port}/", process.pid
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


@contextlib.contextmanager
def peer(name):
    """A peer of the store or of the event bus as run.sh installs it; RuntimeError or OSError when it is not there."""
    port = free_port()
    with scratch({}) as directory:
        command, env = {
            "dynalite": ([STORE_PEERS / "node_modules/.bin/dynalite", "--port", port, "--createTableMs", 0], {}),
            "moto": ([STORE_PEERS / "venv/bin/moto_server", "-p", port], {}),
            "Dynoxide": ([STORE_PEERS / "dynoxide/bin/dynoxide", "serve", "--port", port, "--db-path",
                          directory / "db.sqlite"], {}),
            "MiniStack": ([STORE_PEERS / "venv/bin/ministack"], {"GATEWAY_PORT": str(port)}),
            "ElasticMQ": (["java", f"-Drest-sqs.bind-port={port}", "-Drest-stats.enabled=false", "-cp",
                           STORE_PEERS / "elasticmq/*", "org.elasticmq.server.Main"], {}),
        }[name]
        with serving(command, port, cwd=directory, env={**os.environ, **env}) as (url, pid):
            yield url, pid


@contextlib.contextmanager
def offline(directory):
    """serverless-offline with one Node handler on /node; yields (url, seconds until the first answer, pid)."""
    port = free_port()
    start = time.perf_counter()
    env = dict(os.environ, SLS_TELEMETRY_DISABLED="1", SLS_NOTIFICATIONS_MODE="off", CI="1")
    process = subprocess.Popen([str(PEER / "node_modules/.bin/serverless"), "offline", "--httpPort", str(port),
                                "--lambdaPort", "0", "--noPrependStageInUrl"], cwd=directory, env=env,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        for raw in process.stdout:
            if b"Server ready" in raw:
                break
        http_get(port, "/node")
        first = time.perf_counter() - start
        import threading
        threading.Thread(target=lambda: [None for _ in process.stdout], daemon=True).start()
        yield f"http://127.0.0.1:{port}/node", first, process.pid
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


def best_of(count, measure):
    """The median of `count` runs of measure()."""
    values = sorted(measure() for _ in range(count))
    return values[len(values) // 2]
