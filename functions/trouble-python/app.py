"""What can go wrong in a function, on request: {"trouble": "timeout"}.

See ../README.md for what the caller gets in each case. trouble-node does the same in JavaScript.
"""

import os
import signal
import sys
import time


class OutOfStock(Exception):
    pass


def none(event):
    return {"ok": True}


def timeout(event):
    time.sleep(3600)


def throw(event):
    raise OutOfStock("no tea left")


def exit_(event):
    sys.exit(event.get("code", 1))


def kill(event):
    os.kill(os.getpid(), signal.SIGKILL)


def segfault(event):
    os.kill(os.getpid(), signal.SIGSEGV)


def unserializable(event):
    return {1, 2, 3}


def big(event):
    return "x" * event.get("bytes", 7 * 1024 * 1024)


def chatty(event):
    lines = event.get("lines", 1000)
    for line in range(1, lines + 1):
        print("line", line)
    return {"lines": lines}


def memory(event):
    hoard = []
    for _ in range(event.get("mb", 4096)):
        hoard.append(b"x" * 1024 * 1024)
    return {"mb": len(hoard)}


TROUBLES = {
    "none": none,
    "timeout": timeout,
    "throw": throw,
    "exit": exit_,
    "kill": kill,
    "segfault": segfault,
    "unserializable": unserializable,
    "big": big,
    "chatty": chatty,
    "memory": memory,
}

if os.environ.get("TROUBLE_INIT") == "throw":
    raise RuntimeError("broken at init")
if os.environ.get("TROUBLE_INIT") == "exit":
    sys.exit(3)

invocations = 0


def handler(event, context):
    global invocations
    name = event.get("trouble", "none")
    if name not in TROUBLES:
        raise KeyError("no such trouble: %s; there is %s" % (name, ", ".join(TROUBLES)))
    invocations += 1
    print(
        "trouble=%s pid=%d invocations=%d remaining_ms=%d"
        % (name, os.getpid(), invocations, context.get_remaining_time_in_millis())
    )
    return TROUBLES[name](event)
