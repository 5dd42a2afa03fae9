"""HTTPS on request: the ports of plain HTTP speak TLS, too, to the clients people use, from outside and in handlers."""
import datetime
import ipaddress
import json
import pathlib
import socket
import ssl
import struct
import subprocess

import apps
import boto3
import botocore.config
import pytest
import requests
from conftest import BINARY, CREDENTIALS, DEADLINE_S, E2E_DIR, clean_env, needs
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hardness import address, descriptors, eventually, memory_mb
from websocket_support import template as chat_template

ECHO = apps.node("exports.handler = async (event) => event;\n")


def https(url):
    return url.replace("http://", "https://")


def ca(app):
    return app.endpoints["ca"]


def curl(*options):
    return subprocess.run(["curl", "-sS", "--max-time", str(DEADLINE_S), *map(str, options)], capture_output=True, text=True)


def trusting(app):
    return ssl.create_default_context(cafile=ca(app))


def dial_tls(app, url):
    return trusting(app).wrap_socket(socket.create_connection(address(url), timeout=DEADLINE_S), server_hostname="localhost")


def notice(app, words):
    return app.wait_for(lambda line: line["type"] == "notice" and words in json.dumps(line))


def boto(app, service, **options):
    config = botocore.config.Config(retries={"max_attempts": 0}, read_timeout=60)
    return boto3.client(service, endpoint_url=https(app.edge), verify=ca(app), config=config, **CREDENTIALS, **options)


@needs("curl")
def test_curl_speaks_both_on_one_port(app_factory):
    app = app_factory(ECHO, "--tls")
    up = app.wait_for(lambda line: line["type"] == "up")
    assert up["ca"] == ca(app) == str(app.data_dir / "tls/ca.pem")
    told = ["-o", "/dev/null", "-w", "%{http_version} %{http_code} %{ssl_verify_result}"]
    port = address(app.edge)[1]
    for how, url, said in (
            ([], app.edge, "1.1"), ([], https(app.edge), "2"), (["--http1.1"], https(app.edge), "1.1"),
            (["--tls-max", "1.2"], https(app.edge), "2"), ([], app.api(), "1.1"), ([], https(app.api()), "1.1"),
            ([], f"https://localhost:{port}", "2"),
            (["--resolve", f"b.s3.localhost:{port}:127.0.0.1"], f"https://b.s3.localhost:{port}", "2")):
        done = curl("--cacert", ca(app), *how, *told, url + ("/_sls/health" if str(port) in url else "/x"))
        assert done.stdout == f"{said} 200 0", (how, url, done)
    for url, proto in ((app.api(), "http"), (https(app.api()), "https")):
        event = json.loads(curl("--cacert", ca(app), url + "/x").stdout)
        assert event["headers"]["x-forwarded-proto"] == proto
        assert event["requestContext"]["domainName"] == "127.0.0.1"


@needs("curl")
def test_who_does_not_trust_it_is_told_what_to_trust(app_factory):
    app = app_factory(ECHO, "--tls")
    done = curl(https(app.edge))
    assert done.returncode == 60, done
    assert ca(app) in notice(app, "does not trust")["text"]


@needs("curl")
def test_without_tls_a_client_is_refused_and_the_option_named(app_factory):
    app = app_factory(ECHO)
    for _ in range(3):
        assert curl("-k", https(app.api())).returncode == 35
    assert curl("-k", https(app.edge)).returncode == 35
    assert "--tls" in notice(app, "HTTPS")["text"]
    assert app.get("/x").status_code == 200
    assert len([line for line in app.lines if line["type"] == "notice" and "--tls" in line["text"]]) == 1
    assert "libssl" not in pathlib.Path(f"/proc/{app.pid}/maps").read_text()
    assert "ca" not in app.endpoints and not (app.data_dir / "tls").exists()


def test_boto3_and_requests(app_factory):
    app = app_factory(ECHO, "--tls")
    answer = requests.get(https(app.api()) + "/x", verify=ca(app), timeout=DEADLINE_S)
    assert answer.json()["rawPath"] == "/x"
    s3 = boto(app, "s3")
    s3.create_bucket(Bucket="bucket")
    body = bytes(range(256)) * 4096 * 12
    s3.put_object(Bucket="bucket", Key="k", Body=body)
    assert s3.get_object(Bucket="bucket", Key="k")["Body"].read() == body
    sqs = boto(app, "sqs")
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    assert url == https(app.edge) + "/000000000000/q"
    sqs.send_message(QueueUrl=url, MessageBody="hello")
    assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "hello"
    assert app.client("sqs").get_queue_url(QueueName="q")["QueueUrl"] == app.edge + "/000000000000/q"


STREAM = """
const pause = () => new Promise((resolve) => setTimeout(resolve, 1));
exports.handler = awslambda.streamifyResponse(async (event, stream) => {
    for (let i = 0; i < 200; i++) { stream.write(String(i).padStart(6, '0').repeat(1000)); await pause(); }
    stream.end();
});
"""


def test_a_streamed_answer(app_factory):
    app = app_factory(apps.node(STREAM, properties="FunctionName: f"), "--tls")
    answer = boto(app, "lambda").invoke_with_response_stream(FunctionName="f")
    pieces = [event["PayloadChunk"]["Payload"] for event in answer["EventStream"] if "PayloadChunk" in event]
    assert b"".join(pieces).decode() == "".join(str(i).zfill(6) * 1000 for i in range(200))


SDK = """
const { DynamoDBClient, ListTablesCommand } = require('@aws-sdk/client-dynamodb');
const { KinesisClient, CreateStreamCommand, ListStreamsCommand } = require('@aws-sdk/client-kinesis');
const { S3Client, ListBucketsCommand } = require('@aws-sdk/client-s3');
(async () => {
    const options = { endpoint: process.argv[2], region: 'us-east-1', maxAttempts: 1 };
    const kinesis = new KinesisClient(options); // speaks HTTP/2
    await kinesis.send(new CreateStreamCommand({ StreamName: 's', ShardCount: 1 }));
    console.log((await kinesis.send(new ListStreamsCommand({}))).StreamNames.join());
    console.log((await new DynamoDBClient(options).send(new ListTablesCommand({}))).TableNames.length);
    console.log((await new S3Client(options).send(new ListBucketsCommand({}))).$metadata.httpStatusCode);
    process.exit(0);
})();
"""


@needs("node")
def test_the_sdk_for_javascript(app_factory, tmp_path):
    app = app_factory(ECHO, "--tls")
    (tmp_path / "sdk.js").write_text(SDK)
    env = clean_env(NODE_PATH=E2E_DIR / "node_modules", NODE_EXTRA_CA_CERTS=ca(app))
    done = subprocess.run(["node", tmp_path / "sdk.js", https(app.edge)], env=env, capture_output=True, text=True,
                          timeout=DEADLINE_S)
    assert done.stdout == "s\n0\n200\n", done.stderr


# As AWS's own samples have it: nothing in it knows of this machine.
CHAT_NODE = """
const { ApiGatewayManagementApiClient, PostToConnectionCommand } = require('@aws-sdk/client-apigatewaymanagementapi');
exports.handler = async (event) => {
    const { domainName, stage, connectionId, eventType } = event.requestContext;
    if (eventType !== 'MESSAGE') return { statusCode: 200 };
    const client = new ApiGatewayManagementApiClient({ endpoint: 'https://' + domainName + '/' + stage });
    await client.send(new PostToConnectionCommand({ ConnectionId: connectionId, Data: 'from node' }));
    return { statusCode: 200 };
};
"""

CHAT_PYTHON = """
import boto3

def handler(event, context):
    asked = event['requestContext']
    if asked['eventType'] == 'MESSAGE':
        client = boto3.client('apigatewaymanagementapi', endpoint_url=f"https://{asked['domainName']}/{asked['stage']}")
        client.post_to_connection(ConnectionId=asked['connectionId'], Data=b'from python')
    return {'statusCode': 200}
"""

WS_CLIENT = """
const WebSocket = require('ws');
const socket = new WebSocket(process.argv[2]);
socket.on('open', () => socket.send(JSON.stringify({ action: 'x', text: 'y'.repeat(20000) })));
socket.on('message', (data) => { console.log(String(data)); socket.close(1000); });
socket.on('close', (code) => console.log('closed', code));
"""


@needs("node")
@pytest.mark.parametrize("scheme", ["ws", "wss"])
def test_handlers_of_aws_samples_answer_over_websockets(app_factory, tmp_path, scheme):
    routes = ["$connect", "$disconnect", ("$default", {"function": "Other" if scheme == "ws" else "Fn"})]
    other = """\
  Other: {Type: AWS::Serverless::Function, Properties: {Handler: index.handler, Runtime: nodejs20.x, CodeUri: js/}}
"""
    venv = next((E2E_DIR / "venv/lib").glob("python3*")) / "site-packages"
    (tmp_path / "js").mkdir()
    (tmp_path / "js/node_modules").symlink_to(E2E_DIR / "node_modules")
    text = chat_template(routes, more=other).replace("Handler: app.handler}", "Handler: app.handler, Timeout: 20, "
                                                     f"Environment: {{Variables: {{PYTHONPATH: '{venv}'}}}}}}")
    app = app_factory({"template.yaml": text, "app/app.py": CHAT_PYTHON, "js/index.js": CHAT_NODE,
                       "client.js": WS_CLIENT}, "--tls")
    url = app.api("Chat").replace("ws://", scheme + "://")
    env = clean_env(NODE_PATH=E2E_DIR / "node_modules", NODE_EXTRA_CA_CERTS=ca(app))
    done = subprocess.run(["node", tmp_path / "client.js", url], env=env, capture_output=True, text=True,
                          timeout=DEADLINE_S)
    said = "from node" if scheme == "ws" else "from python"
    assert done.stdout == f"{said}\nclosed 1000\n", (done.stderr, app.lines[-9:])


# --- certificates ---

def name(text):
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


def signed(subject, key, issuer, issuer_key, days, *extensions):
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = (x509.CertificateBuilder().subject_name(name(subject)).issuer_name(name(issuer)).public_key(key.public_key())
               .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=60))
               .not_valid_after(now + datetime.timedelta(days=days)))
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(issuer_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


def own_certificate(directory, days=90):
    """cert.pem (the authority's behind it), key.pem and ca.pem for localhost and 127.0.0.1."""
    authority, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    root = signed("my authority", authority, "my authority", authority, days, x509.BasicConstraints(True, None))
    own = signed("localhost", key, "my authority", authority, days, names)
    (directory / "ca.pem").write_text(root)
    (directory / "cert.pem").write_text(own + root)
    (directory / "key.pem").write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return own


ASK = """
import os, urllib.request

def handler(event, context):
    url = os.environ['AWS_ENDPOINT_URL'].replace('http://', 'https://')
    return urllib.request.urlopen(url + '/_sls/health').status
"""


@needs("curl")
def test_a_certificate_of_the_users_own(app_factory, tmp_path):
    own_certificate(tmp_path)
    app = app_factory(apps.python(ASK), "--tls-cert", "cert.pem", "--tls-key", "key.pem")
    assert curl("--cacert", tmp_path / "ca.pem", https(app.edge) + "/_sls/health").returncode == 0
    assert app.get("/").text == "200", "a function trusts it, too"
    assert not (app.data_dir / "tls/localhost.pem").exists()


def test_a_certificate_that_has_expired_is_told(app_factory, tmp_path):
    own_certificate(tmp_path, days=-1)
    app = app_factory(ECHO, "--tls-cert", "cert.pem", "--tls-key", "key.pem")
    assert "cert.pem" in notice(app, "is not valid now")["text"]


def test_files_that_cannot_be_used_are_refused_by_name(tmp_path):
    own_certificate(tmp_path)
    (tmp_path / "template.yaml").write_text(ECHO["template.yaml"])
    (tmp_path / "other").mkdir()
    own_certificate(tmp_path / "other")
    key = serialization.load_pem_private_key((tmp_path / "key.pem").read_bytes(), None)
    (tmp_path / "locked.pem").write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"secret")))
    for cert, key, code, words in (
            ("none.pem", "key.pem", 1, "cannot read none.pem: No such file"),
            ("cert.pem", "other/key.pem", 1, "--tls-key other/key.pem: the private key does not belong to the certificate"),
            ("cert.pem", "locked.pem", 1, "has a pass phrase"),
            ("template.yaml", "key.pem", 1, "the certificate is not one in PEM"),
            ("cert.pem", None, 2, "--tls-cert and --tls-key go together"),
            (None, "key.pem", 2, "--tls-cert and --tls-key go together")):
        options = (["--tls-cert", cert] if cert else []) + (["--tls-key", key] if key else [])
        done = subprocess.run([BINARY, "up", "--port", "0", "--edge-port", "0", *options], cwd=tmp_path, env=clean_env(),
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=DEADLINE_S)
        assert (done.returncode, words in done.stderr) == (code, True), done


def test_the_certificate_is_kept_until_it_nears_its_end(app_factory):
    app = app_factory(ECHO, "--tls")
    kept, trusted = app.data_dir / "tls/localhost.pem", pathlib.Path(ca(app)).read_text()
    before = kept.read_text()
    assert kept.stat().st_mode & 0o777 == 0o600
    assert app.stop() == 0, app.stderr
    app = app_factory(None, "--tls", directory=app.directory)
    assert (kept.read_text(), pathlib.Path(ca(app)).read_text()) == (before, trusted)
    assert app.stop() == 0, app.stderr
    heading, own = before.split("-----BEGIN", 1)[0], own_certificate(app.directory, days=29)
    kept.write_text(heading + (app.directory / "key.pem").read_text() + own + (app.directory / "ca.pem").read_text())
    app = app_factory(None, "--tls", directory=app.directory)
    assert ca(app) in notice(app, "made anew")["text"]
    assert requests.get(https(app.edge) + "/_sls/health", verify=ca(app), timeout=DEADLINE_S).status_code == 200
    assert pathlib.Path(ca(app)).read_text() not in (trusted, own)


# --- hostile and many ---

def test_two_hundred_idle_connections_cost_little(app_factory):
    app = app_factory(ECHO, "--tls")
    hello = b"GET /_sls/health HTTP/1.1\r\nHost: localhost\r\n\r\n"

    def open_one():
        sock = dial_tls(app, app.edge)
        sock.sendall(hello)
        assert sock.recv(65536).startswith(b"HTTP/1.1 200")
        return sock
    open_one().close()
    before, files = memory_mb(app.pid), descriptors(app.pid)
    idle = [open_one() for _ in range(200)]
    grown = memory_mb(app.pid) - before
    assert grown < 200 * 32 / 1024, f"{grown * 1024 / 200} kB each"
    for sock in idle:  # all of them still answer
        sock.sendall(hello)
        assert sock.recv(65536).startswith(b"HTTP/1.1 200")
        sock.unwrap().close()
    eventually(app, lambda: descriptors(app.pid) < files + 40)


def test_handshakes_that_do_not_end_are_closed_and_harm_nobody(app_factory):
    app = app_factory(ECHO, "--tls")
    hello = ssl.MemoryBIO()
    half = trusting(app).wrap_bio(ssl.MemoryBIO(), hello, server_hostname="localhost")
    with pytest.raises(ssl.SSLWantReadError):
        half.do_handshake()
    hello = hello.read()
    stuck = []
    for url in (app.edge, app.api()):
        for first in (hello[:1], hello[:len(hello) // 2], hello):
            stuck.append(socket.create_connection(address(url), timeout=DEADLINE_S))
            stuck[-1].sendall(first)
    assert requests.get(https(app.api()), verify=ca(app), timeout=DEADLINE_S).status_code == 200
    for sock in stuck:
        while sock.recv(65536):  # what the server has answered, until it gives up
            pass


def test_a_client_that_is_cut_in_the_middle_or_sends_garbage_harms_nobody(app_factory):
    app = app_factory(ECHO, "--tls")
    s3 = boto(app, "s3")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="k", Body=b"x" * (8 << 20))
    files = descriptors(app.pid)
    for _ in range(20):
        with dial_tls(app, app.edge) as sock:
            sock.sendall(b"GET /bucket/k HTTP/1.1\r\nHost: s3.localhost\r\n\r\n")
            assert sock.recv(100).startswith(b"HTTP/1.1 200")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        with dial_tls(app, app.api()) as sock:
            plain = socket.socket(fileno=sock.detach())  # past TLS
            plain.settimeout(DEADLINE_S)
            plain.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            while plain.recv(65536):
                pass
            plain.close()
    assert s3.get_object(Bucket="bucket", Key="k")["ContentLength"] == 8 << 20
    eventually(app, lambda: descriptors(app.pid) < files + 20)


# --- our own client ---

def test_integrations_and_subscriptions_reach_what_is_served_here(app_factory):
    app = app_factory({"template.yaml": """\
Transform: AWS::Serverless-2016-10-31
Resources:
  News: {Type: AWS::SNS::Topic, Properties: {TopicName: news}}
  Sink: {Type: AWS::SQS::Queue, Properties: {QueueName: sink}}
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: nodejs20.x
      Handler: index.handler
      InlineCode: |
        exports.handler = async (event) => ({statusCode: 200, headers: {'x-proto': event.headers['x-forwarded-proto']},
          body: 'hello ' + (event.body || '')})
      Events: {Any: {Type: HttpApi, Properties: {Path: '/{proxy+}', Method: ANY}}}
"""}, "--tls")
    target = https(app.api()).replace("127.0.0.1", "localhost")
    v2 = app.client("apigatewayv2")
    v2.create_api(Name="proxy", ProtocolType="HTTP", Target=target + "/from/proxy")
    made = next(api for api in v2.get_apis()["Items"] if api["Name"] == "proxy")
    answer = requests.get(f"{app.edge}/_aws/execute-api/{made['ApiId']}/", timeout=DEADLINE_S)
    assert (answer.status_code, answer.text, answer.headers["x-proto"]) == (200, "hello ", "https"), answer.text
    sns = app.client("sns")
    topic = sns.list_topics()["Topics"][0]["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="https", Endpoint=target + "/news")
    app.wait_for(lambda line: line["type"] == "request" and line["path"] == "/news" and line["status"] == 200)
