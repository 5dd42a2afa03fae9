"""S3 when the machine says no: killed in the middle of everything, and a disk that is full."""
import hashlib
import itertools
import json
import os
import random
import subprocess
import threading

import pytest
import requests

from conftest import App
from s3_support import TEMPLATE

ROUNDS = 15
SIZES = [0, 100, 16384, 16385, 300_000, 1_500_000]


def content(key, version, size):
    seed = hashlib.sha256(f"{key}/{version}".encode()).digest()
    return (seed * (size // len(seed) + 1))[:size]


class Writer(threading.Thread):
    """Puts and deletes keys of its own until the connection breaks; remembers what was answered, and what was not."""

    def __init__(self, edge, number, state):
        super().__init__()
        self.edge, self.number, self.state = edge, number, state

    def run(self):
        random_ = random.Random(self.number)
        session = requests.Session()
        try:
            while True:
                key = f"w{self.number}/{random_.randrange(20)}"
                version = self.state["next"] = self.state.get("next", 0) + 1
                size = random_.choice(SIZES)
                before = self.state["keys"].get(key, {None})
                wanted = None if random_.randrange(5) == 0 else (version, size)
                self.state["keys"][key] = {*before, wanted}  # while it is under way either may be found
                if wanted is None:
                    answer = session.delete(f"{self.edge}/crash/{key}", timeout=20)
                else:
                    answer = session.put(f"{self.edge}/crash/{key}", data=content(key, version, size), timeout=20)
                assert answer.status_code in (200, 204), answer.text
                self.state["keys"][key] = {wanted}
        except requests.exceptions.RequestException:
            pass


def check(app, states):
    """Every key has one of the contents that it may have, whole."""
    for state in states:
        for key, allowed in state["keys"].items():
            answer = requests.get(f"{app.edge}/crash/{key}", timeout=20)
            if answer.status_code == 404:
                assert None in allowed, f"{key} is lost: {allowed}"
                state["keys"][key] = {None}
                continue
            assert answer.status_code == 200, answer.text
            found = [wanted for wanted in allowed if wanted is not None and content(key, *wanted) == answer.content]
            assert found, f"{key} has {len(answer.content)} bytes, none of {allowed}"
            assert answer.headers["ETag"] == f'"{hashlib.md5(answer.content).hexdigest()}"'
            state["keys"][key] = {found[0]}


def files_of(app):
    return sum(len(names) for _, _, names in os.walk(app.data_dir / "objects"))


def test_what_was_answered_is_there_after_any_kill(tmp_path):
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    states = [{"keys": {}} for _ in range(4)]
    for round_ in range(ROUNDS):
        app = App(tmp_path)
        try:
            requests.put(f"{app.edge}/crash").raise_for_status()
            check(app, states)
            writers = [Writer(app.edge, number, state) for number, state in enumerate(states)]
            for writer in writers:
                writer.start()
            threading.Event().wait(0.05 + 0.02 * round_)  # a moment of its own for each kill
            app.kill()
            for writer in writers:
                writer.join()
        finally:
            app.kill()
    app = App(tmp_path)
    check(app, states)
    # What the kills left behind is swept: as many files as large objects.
    large = sum(1 for state in states for [wanted] in state["keys"].values() if wanted is not None and wanted[1] > 16384)
    end = threading.Event()
    for _ in range(200):
        if files_of(app) == large:
            break
        end.wait(0.05)
    assert files_of(app) == large
    assert app.stop() == 0
    assert files_of(app) == large


def test_every_object_that_was_answered_is_told(tmp_path):
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    answered = set()
    for round_ in range(8):
        app = App(tmp_path)
        try:
            s3, sqs = app.client("s3"), app.client("sqs")
            queue = sqs.create_queue(QueueName="told")["QueueUrl"]
            arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
            s3.create_bucket(Bucket="telling")
            if round_ == 0:
                s3.put_bucket_notification_configuration(Bucket="telling", NotificationConfiguration={"QueueConfigurations": [
                    {"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}]})

            def put(number):
                session = requests.Session()
                try:
                    for count in itertools.count():
                        key = f"{round_}-{number}-{count}"
                        if session.put(f"{app.edge}/telling/{key}", data=b"x" * random.choice([10, 40000]), timeout=20).status_code == 200:
                            answered.add(key)
                except requests.exceptions.RequestException:
                    pass

            threads = [threading.Thread(target=put, args=(number,)) for number in range(4)]
            for thread in threads:
                thread.start()
            threading.Event().wait(0.05 + 0.03 * round_)
            app.kill()
            for thread in threads:
                thread.join()
        finally:
            app.kill()
    app = App(tmp_path)
    sqs = app.client("sqs")
    told = set()
    while not answered <= told:
        messages = sqs.receive_message(QueueUrl=queue_url(app), MaxNumberOfMessages=10, WaitTimeSeconds=10).get("Messages", [])
        assert messages, f"never told: {sorted(answered - told)[:10]} of {len(answered)}"
        for message in messages:
            sqs.delete_message(QueueUrl=queue_url(app), ReceiptHandle=message["ReceiptHandle"])
            told |= {record["s3"]["object"]["key"] for record in json.loads(message["Body"]).get("Records", [])}
    assert len(answered) > 100
    assert app.stop() == 0


def queue_url(app):
    return f"{app.edge}/000000000000/told"


@pytest.fixture
def small_disk(tmp_path):
    where = tmp_path / "disk"
    where.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(where)], capture_output=True)
    if made.returncode != 0:
        pytest.skip("a disk of its own needs the right to mount one")
    yield where
    subprocess.run(["umount", "-l", str(where)], check=True)


def test_a_full_disk_is_told_and_leaves_nothing_half(tmp_path, small_disk):
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    app = App(tmp_path, "--data", small_disk / "data", expect_ready=False)
    app.wait_for(lambda line: line["type"] == "ready")
    edge = json.loads((small_disk / "data/endpoints.json").read_text())["edge"]
    requests.put(f"{edge}/bkt").raise_for_status()
    requests.put(f"{edge}/bkt/kept", data=b"k" * 1_000_000).raise_for_status()
    full = requests.put(f"{edge}/bkt/large", data=b"x" * 30_000_000)
    assert full.status_code == 507 and "<Code>InsufficientStorage</Code>" in full.text, full.text
    assert "No space left" in full.text
    assert requests.get(f"{edge}/bkt/large").status_code == 404
    assert requests.get(f"{edge}/bkt/kept").content == b"k" * 1_000_000
    assert "<KeyCount>1</KeyCount>" in requests.get(f"{edge}/bkt?list-type=2").text
    after = requests.put(f"{edge}/bkt/after", data=b"a" * 1_000_000)
    assert after.status_code == 200, "the room of what was refused is free again"
    assert app.stop() == 0, app.stderr
