"""Measures sls-local against the budgets of its design, a bare relay and serverless-offline, in one run.

usage: ./dev bench [GROUP or SECTION...]
       ./dev bench soak [MINUTES]

Groups of sections: functions (start first warm cold burst reload idle growth peer), tables (store store-growth), events
(queues queue-growth batches enqueue bus rules schedules clock), gateway (features websockets); all of them, when none is named. Prints figures and ratios;
those of a whole group are written, with the machine it ran on, to bench/README.md. A soak is no section: 30 minutes, unless
told otherwise.
"""
import concurrent.futures
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import bus
import crowd
import gateway
import queues
import soak
import store
from figures import SECONDS, record, results, write_part
from load import (BINARY, HELLO_NODE, HELLO_PYTHON, PEER, RELEASE, ROOT, Up, best_of, http_get, offline, relay,
                  scratch, template, wrk)

HELLO_C = RELEASE / "functions/hello-c"
SLEEP_C = RELEASE / "functions/sleep-c"


def app(count_c=1, extra=()):
    functions = [(f"C{i}", "provided.al2023", "x", "c", f"/c{i}" if i else "/c") for i in range(count_c)]
    return scratch({"template.yaml": template(functions + list(extra)), "c": HELLO_C,
                    "node/index.js": HELLO_NODE, "py/app.py": HELLO_PYTHON})


NODE = ("Node", "nodejs22.x", "index.handler", "node", "/node")
PYTHON = ("Python", "python3.13", "app.handler", "py", "/python")


def start():
    def once():
        with app(50) as directory, Up(directory, "--in-memory") as up:
            return up.ready_s * 1000
    record("`up` until it listens, 50 functions", best_of(9, once), "ms", 10)


def bare_ms(*command):
    def once():
        begin = time.perf_counter()
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL, close_fds=False)
        return (time.perf_counter() - begin) * 1000
    return best_of(15, once)


def first():
    def once(path):
        with app(1, [NODE, PYTHON]) as directory, Up(directory, "--in-memory") as up:
            http_get(up.port, path)
            return (time.perf_counter() - up.start) * 1000
    record("`up` until the first answer, C handler", best_of(9, lambda: once("/c")), "ms", 20)
    python = bare_ms("python3", "-c", "0")
    record("`up` until the first answer, Python handler", best_of(9, lambda: once("/python")), "ms", python + 15)
    node = bare_ms("node", "-e", "0")
    record("`up` until the first answer, Node handler", best_of(9, lambda: once("/node")), "ms", node + 20)


warm_rates = {}  # of warm(), for peer()


def warm():
    with app(1, [NODE, PYTHON]) as directory, Up(directory, "--in-memory") as up:
        for connections in (1, 16, 64):
            with relay(connections) as url:
                wrk(url, connections, 1)
                warm_rates["relay", connections] = wrk(url, connections, SECONDS)
            for path in ("c", "node", "python"):
                wrk(f"{up.url}/{path}", connections, 1)
                warm_rates[path, connections] = wrk(f"{up.url}/{path}", connections, SECONDS)
    for connections in (1, 16, 64):
        limit = warm_rates["relay", connections]["rate"]
        record(f"bare relay, {connections} connections", limit, "req/s")
        for path, name in (("c", "C"), ("node", "Node"), ("python", "Python")):
            measured = warm_rates[path, connections]
            if measured["errors"]:
                raise SystemExit(f"{path}: {measured['errors']} failed requests")
            record(f"{name} handler, {connections} connections", measured["rate"], "req/s")
            record(f"  of the relay's rate", measured["rate"] / limit, "x",
                   0.6 if (path, connections) == ("c", 16) else None, at_least=True)
            is_node_1 = (path, connections) == ("node", 1)
            record(f"  p50", measured["p50"], "ms", 0.3 if is_node_1 else None)
            record(f"  p99", measured["p99"], "ms", 1.0 if is_node_1 else None)


def cold():
    """The first request of a function nobody called, with the gateway warm, beyond a warm one."""
    handlers = {"C": ("provided.al2023", "x", "c", 5), "Python": ("python3.13", "app.handler", "py", 10),
                "Node": ("nodejs22.x", "index.handler", "node", 15)}
    for name, (runtime, handler, code, budget) in handlers.items():
        functions = [(f"F{i}", runtime, handler, code, f"/f{i}") for i in range(8)]
        with scratch({"template.yaml": template(functions), "c": HELLO_C, "node/index.js": HELLO_NODE,
                      "py/app.py": HELLO_PYTHON}) as directory, Up(directory, "--in-memory") as up:
            http_get(up.port, "/f0")
            took = []
            for i in range(1, 8):
                time.sleep(0.4)  # the used spare is replaced meanwhile
                took.append(http_get(up.port, f"/f{i}")[0] * 1000)
            warm_ms = best_of(9, lambda: http_get(up.port, "/f0")[0] * 1000)
        record(f"cold start once running, {name}, beyond a warm request", sorted(took)[3] - warm_ms, "ms", budget)


def burst():
    files = {"template.yaml": template([("Sleep", "provided.al2023", "x", "c", "/sleep")]), "c": SLEEP_C}
    with scratch(files) as directory, Up(directory, "--in-memory") as up:
        begin = time.perf_counter()
        with concurrent.futures.ThreadPoolExecutor(50) as pool:
            list(pool.map(lambda _: http_get(up.port, "/sleep"), range(50)))
        record("50 parallel requests to a 200 ms handler, cold, C", (time.perf_counter() - begin) * 1000, "ms", 500)


def reload_time():
    with app(1, [NODE]) as directory, Up(directory, "--in-memory") as up:
        warm_ms = best_of(9, lambda: http_get(up.port, "/node")[0] * 1000)
        took = []
        for i in range(7):
            time.sleep(0.4)
            (directory / "node/index.js").write_text(f"exports.handler = async () => ({{edit: {i}}});\n")
            seconds, body = http_get(up.port, "/node")
            if body != f'{{"edit":{i}}}'.encode():
                raise SystemExit(f"edit {i} is not live: {body}")
            took.append(seconds * 1000)
        record("edit to live: the next request, beyond a warm one (Node)", sorted(took)[3] - warm_ms, "ms", 10)


def idle():
    with app(1, [NODE, PYTHON]) as directory, Up(directory, "--in-memory") as up:
        http_get(up.port, "/c")
        record("resident memory of the idle gateway", up.rss_mb(), "MB", 5)
    with tempfile.TemporaryDirectory() as name:
        stripped = pathlib.Path(name) / "stripped"
        subprocess.run(["strip", "-o", stripped, BINARY], check=True)
        record("stripped binary", stripped.stat().st_size / 1e6, "MB", 3)


def growth():
    rates, starts = {}, {}
    for count in (1, 1000):
        with app(count) as directory, Up(directory, "--in-memory") as up:
            starts[count] = up.ready_s * 1000
            path = f"/c{count - 1}" if count > 1 else "/c"
            wrk(up.url + path, 16, 1)
            rates[count] = wrk(up.url + path, 16, SECONDS)["rate"]
    record("`up` until it listens, 1,000 functions and routes", starts[1000], "ms")
    record("rate with 1,000 functions and routes, of that with 1", rates[1000] / rates[1], "x", 0.9, at_least=True)


def peer():
    if not (PEER / "node_modules/.bin/serverless").exists() or shutil.which("npm") is None:
        print("serverless-offline could not be installed: left out")
        return
    service = ("service: bench\nframeworkVersion: '3'\nprovider: {name: aws, runtime: nodejs20.x}\n"
               "plugins: [serverless-offline]\n"
               "functions:\n  node:\n    handler: index.handler\n    events: [{httpApi: 'GET /node'}]\n")
    with scratch({"serverless.yml": service, "index.js": HELLO_NODE, "package.json": "{}"}) as directory:
        (directory / "node_modules").symlink_to(PEER / "node_modules")
        with offline(directory) as (url, first_s, _):
            record("serverless-offline until the first answer", first_s * 1000, "ms")
            theirs = {}
            for connections in (1, 16):
                wrk(url, connections, 1)
                theirs[connections] = wrk(url, connections, SECONDS)
                record(f"serverless-offline, Node, {connections} connections", theirs[connections]["rate"], "req/s")
            record("  p50 on one connection", theirs[1]["p50"], "ms")
            record("  p99 on one connection", theirs[1]["p99"], "ms")
    if warm_rates:
        record("Node handler's rate over serverless-offline's, 16 connections",
               warm_rates["node", 16]["rate"] / theirs[16]["rate"], "x", 4, at_least=True)


def main():
    if sys.argv[1:2] == ["soak"]:
        return soak.run(int(sys.argv[2]) if len(sys.argv) > 2 else 30)
    groups = {
        "functions": {"start": start, "first": first, "warm": warm, "cold": cold, "burst": burst, "reload": reload_time,
                      "idle": idle, "growth": growth, "peer": peer},
        "tables": {"store": store.operations, "store-growth": store.growth},
        "events": {"queues": queues.operations, "queue-growth": queues.growth, "batches": queues.batches,
                   "enqueue": bus.enqueue, "bus": bus.latency, "rules": crowd.rules, "schedules": crowd.schedules,
                   "clock": bus.clock},
        "gateway": {"features": gateway.features, "websockets": gateway.websockets},
    }
    every = [name for sections in groups.values() for name in sections]
    unknown = [word for word in sys.argv[1:] if word not in (*groups, *every)]
    if unknown:
        raise SystemExit(f"no section {unknown}; there are {' '.join([*groups, *every, 'soak'])}")
    for group, sections in groups.items():
        wanted = [name for name in sections if len(sys.argv) == 1 or {group, name} & set(sys.argv[1:])]
        for name in wanted:
            sections[name]()
        if len(wanted) == len(sections):
            write_part(group)
    missed = [what for what, _, _, holds in results if holds is False]
    print(f"\n{sum(holds is True for *_, holds in results)} budgets hold, {len(missed)} missed"
          + (": " + "; ".join(missed) if missed else ""))


main()
