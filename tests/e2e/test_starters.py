"""The starters of the event bus, as their READMEs tell it: plain SDK code, real triggers."""
import http.server
import io
import json
import subprocess
import threading

from PIL import Image

from conftest import BINARY, DEADLINE_S, E2E_DIR, needs

CURLS_OWN = "application/x-www-form-urlencoded"  # what curl -d calls its body


def start(tmp_path, app_factory, *options, starter="orders"):
    subprocess.run([BINARY, "init", starter, "."], cwd=tmp_path, check=True, capture_output=True)
    if (tmp_path / "src/package.json").exists():  # npm install --prefix src
        (tmp_path / "src/node_modules").symlink_to(E2E_DIR / "node_modules")
    if (tmp_path / "src/requirements.txt").exists():  # pip install -t src
        for package in next((E2E_DIR / "venv/lib").glob("python3*/site-packages")).iterdir():
            (tmp_path / "src" / package.name).symlink_to(package)
    return app_factory(None, *options)


def says(app, function, words):
    return app.wait_for(lambda line: line["type"] == "output" and line["function"] == function and words in line["line"])


@needs("node")
def test_an_order_goes_all_the_way(tmp_path, app_factory):
    app = start(tmp_path, app_factory)
    answer = app.post("/orders", data='{"item":"tea"}', headers={"content-type": CURLS_OWN})
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


def picture(width, height):
    png = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(png, "PNG")
    return png.getvalue()


def test_a_photo_becomes_a_thumbnail(tmp_path, app_factory):
    app = start(tmp_path, app_factory, starter="thumbnails")
    s3 = app.client("s3")
    s3.put_object(Bucket="photos-000000000000", Key="summer 2026/sea & sky.png", Body=picture(1024, 512))
    says(app, "shrink", "summer 2026/sea & sky.png: 1024x512 became 128x64")
    small = s3.get_object(Bucket="thumbnails-000000000000", Key="summer 2026/sea & sky.png")
    assert small["ContentType"] == "image/png"
    assert Image.open(io.BytesIO(small["Body"].read())).size == (128, 64)


def test_a_photo_dropped_into_a_folder_becomes_a_thumbnail_in_another(tmp_path, app_factory):
    app = start(tmp_path, app_factory, "--bucket", "photos-000000000000=photos",
                "--bucket", "thumbnails-000000000000=thumbnails", starter="thumbnails")
    (tmp_path / "photos/hill.png").write_bytes(picture(300, 600))
    says(app, "shrink", "hill.png: 300x600 became 64x128")
    thumbnail, moment = tmp_path / "thumbnails/hill.png", threading.Event()
    for _ in range(DEADLINE_S * 50):  # the file is written after the object
        if thumbnail.exists():
            break
        moment.wait(0.02)
    assert Image.open(thumbnail).size == (64, 128)


@needs("node")
def test_every_change_of_a_table_is_written_down(tmp_path, app_factory):
    app = start(tmp_path, app_factory, starter="audit")
    for body in ({"owner": "ada", "balance": 10}, {"owner": "ada", "balance": 25}):
        sent = app.request("PUT", "/accounts/1", data=json.dumps(body), headers={"content-type": CURLS_OWN})
        assert sent.status_code == 204
    assert app.request("DELETE", "/accounts/1").status_code == 204
    says(app, "audit", "REMOVE 1: balance, id, owner")
    trail = app.request("GET", "/accounts/1/trail").json()
    assert [(line["what"], line["changed"]) for line in trail] == [
        ("INSERT", ["balance", "id", "owner"]), ("MODIFY", ["balance"]), ("REMOVE", ["balance", "id", "owner"])]


@needs("node")
def test_the_trail_goes_on_after_kill_9(tmp_path, app_factory):
    app = start(tmp_path, app_factory, starter="audit")
    for balance in range(20):
        app.request("PUT", "/accounts/1", json={"balance": balance})
    app.kill()
    app = app_factory()
    app.request("PUT", "/accounts/1", json={"balance": 20})
    app.request("PUT", "/accounts/2", json={})
    says(app, "audit", "INSERT 2: id")
    app.wait_for(lambda line: line["type"] == "output" and "MODIFY 1: balance" in line["line"])
    trail = app.request("GET", "/accounts/1/trail").json()
    assert [line["after"]["balance"] for line in trail] == list(range(21))


class Site(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, *words):
        pass


def test_the_nightly_job_runs_every_night(tmp_path, app_factory):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site) as site:
        threading.Thread(target=site.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{site.server_port}"
        app = start(tmp_path, app_factory, "--parameter-overrides", f"Site={url}", starter="nightly")
        assert "nightly-check" in app.cli("schedule").stdout.decode()
        app.cli("schedule", "run", "nightly-check")
        says(app, "check", f"{url} is up: 200, 5 bytes")
        app.advance("7d")
        site.shutdown()
    assert app.stop() == 0
    while (line := app.new_lines.get(timeout=DEADLINE_S)) is not None:
        app.lines.append(line)
    assert sum("is up" in line.get("line", "") for line in app.lines) == 1 + 7


def test_a_night_that_fails_ends_in_the_queue(tmp_path, app_factory):
    app = start(tmp_path, app_factory, "--parameter-overrides", "Site=http://127.0.0.1:1", starter="nightly")
    app.cli("schedule", "run", "nightly-check")
    app.advance("5m")
    sqs = app.client("sqs")
    failed = next(url for url in sqs.list_queues()["QueueUrls"] if "Failed" in url)
    record = json.loads(sqs.receive_message(QueueUrl=failed, WaitTimeSeconds=20)["Messages"][0]["Body"])
    assert record["requestContext"]["approximateInvokeCount"] == 3
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert "Connection refused" in record["responsePayload"]["errorMessage"]
