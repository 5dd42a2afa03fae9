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

ROOT = pathlib.Path(__file__).resolve().parents[1]
RELEASE = ROOT / "build/release"
BINARY = RELEASE / "sls-local"
PEER = ROOT / "build/bench/peer"

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
                self.url = next(url for name, url in line["endpoints"].items() if name != "AWS endpoint")
                self.edge = line["endpoints"]["AWS endpoint"]
            if line["type"] == "ready":
                break
        self.ready_s = time.perf_counter() - self.start
        self.port = int(self.url.rsplit(":", 1)[1])
        # Nobody reads the page from now on; an unread pipe would stop it.
        import threading
        threading.Thread(target=lambda: [None for _ in self.process.stdout], daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)

    def rss_mb(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) / 1024


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
    return {"rate": float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1)), "p50": percentile(50),
            "p99": percentile(99), "errors": int(errors.group(1)) if errors else 0}


@contextlib.contextmanager
def relay(workers):
    process = subprocess.Popen([str(RELEASE / "bench-relay"), str(workers)], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, text=True)
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/"
    finally:
        process.stdin.close()
        process.wait(5)


@contextlib.contextmanager
def offline(directory):
    """serverless-offline with one Node handler on /node; yields (url, seconds until the first answer, pid)."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
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
