"""The aws-cli as people run it: its own code, in a process of its own for each call.

Nearly all of the second that it takes to start goes into imports and tables of services. One process has been through
these, the program at the end of this file; each call is a fork of that one.
"""
import atexit
import functools
import gc
import json
import os
import signal
import subprocess
import sys
import tempfile

if __name__ != "__main__":
    from conftest import DEADLINE_S, clean_env


class Server:
    """The process that has imported the aws-cli; it ends with its standard input."""

    def __init__(self):
        env = clean_env(AWS_CONFIG_FILE="/dev/null", AWS_SHARED_CREDENTIALS_FILE="/dev/null", AWS_EC2_METADATA_DISABLED="true")
        self.process = subprocess.Popen([sys.executable, __file__], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)
        atexit.register(self.process.wait)
        atexit.register(self.process.stdin.close)

    def run(self, call):
        print(json.dumps(call), file=self.process.stdin, flush=True)
        return json.loads(self.process.stdout.readline())


server = functools.cache(Server)


def aws_run(url, *words, input=None):
    """`aws --endpoint-url URL words...`, as subprocess.run() gives it, with bytes."""
    words = ["--endpoint-url", url, *map(str, words)]
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        said.write(input or b"")
        said.seek(0)
        files = [f"/proc/{os.getpid()}/fd/{file.fileno()}" for file in (said, out, err)]
        code = server().run({"words": words, "files": files, "deadline_s": DEADLINE_S})
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(["aws", *words], code, out.read(), err.read())


def aws(url, *words, input=None):
    """What it prints, read as JSON; None where it prints nothing. It must succeed."""
    done = aws_run(url, *words, input=input)
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout) if done.stdout.strip() else None


def run_forked(driver, call):
    for number, name in enumerate(call["files"]):
        os.dup2(os.open(name, os.O_RDWR), number)
    signal.alarm(call["deadline_s"])
    code = driver.main(call["words"])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    import awscli.clidriver
    import awscli.handlers  # noqa: F401 (with every customization)
    driver = awscli.clidriver.create_clidriver()
    loader = driver.session.get_component("data_loader")
    for name in ("cli", "endpoints", "partitions", "_retry"):
        loader.load_data(name)
    loader.list_available_services("service-2")
    gc.freeze()  # collections in the children would copy its pages
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            run_forked(driver, json.loads(line))
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
