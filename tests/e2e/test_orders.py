"""The orders starter as its README tells it: a queue, a table, a bus, a bucket and a clock, with plain SDK code."""
import subprocess

from conftest import BINARY, DEADLINE_S, E2E_DIR, needs


def start(tmp_path, app_factory):
    subprocess.run([BINARY, "init", "orders", "."], cwd=tmp_path, check=True, capture_output=True)
    (tmp_path / "src/node_modules").symlink_to(E2E_DIR / "node_modules")
    return app_factory()


def says(app, function, words):
    return app.wait_for(lambda line: line["type"] == "output" and line["function"] == function and words in line["line"])


@needs("node")
def test_an_order_goes_all_the_way(tmp_path, app_factory):
    app = start(tmp_path, app_factory)
    answer = app.post("/orders", json={"item": "tea"})
    assert answer.status_code == 202, (answer.text, app.lines)
    number = answer.json()["id"]
    says(app, "announce", f"receipt {number}.txt, 6 bytes")
    bucket = app.client("s3").list_buckets()["Buckets"][0]["Name"]
    receipt = app.client("s3").get_object(Bucket=bucket, Key=f"{number}.txt")
    assert receipt["Body"].read() == b"1 tea\n"
    app.advance("24h")
    says(app, "report", "1 orders shipped so far")
    listed = app.cli("schedule").stdout.decode()
    assert "nightly-report" in listed and "Europe/Berlin" in listed


@needs("node")
def test_an_order_for_nothing_ends_with_the_failed(tmp_path, app_factory):
    app = start(tmp_path, app_factory)
    number = app.post("/orders", json={}).json()["id"]
    says(app, "ship", f"order {number} is for nothing")
    app.advance("2m")
    sqs = app.client("sqs")
    failed = next(url for url in sqs.list_queues()["QueueUrls"] if "Failed" in url)
    message = sqs.receive_message(QueueUrl=failed, AttributeNames=["All"])["Messages"][0]
    assert number in message["Body"] and message["Attributes"]["ApproximateReceiveCount"] == "4"
    app.stop()
    while (line := app.new_lines.get(timeout=DEADLINE_S)) is not None:
        app.lines.append(line)
    tries = [line for line in app.lines if line["type"] == "output" and "is for nothing" in line["line"]]
    assert len(tries) == 3


@needs("node")
def test_what_was_accepted_is_shipped_after_kill_9(tmp_path, app_factory):
    app = start(tmp_path, app_factory)
    numbers = [app.post("/orders", json={"item": str(i)}).json()["id"] for i in range(20)]
    app.kill()
    app.check()
    app = app_factory()
    app.advance("2m")  # the visibility of what was under way
    for number in numbers:
        says(app, "announce", f"receipt {number}.txt")
