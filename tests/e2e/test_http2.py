"""HTTP/2 with prior knowledge on the edge, as some SDKs speak it to http:// endpoints: curl and Node as clients."""
import json
import socket
import subprocess

from conftest import DEADLINE_S, needs
from hardness import memory_mb

SIGNED = {
    "authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/dynamodb/aws4_request, "
                     "SignedHeaders=host, Signature=0",
    "x-amz-date": "20260101T000000Z", "content-type": "application/x-amz-json-1.0"}
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


def frame(kind, flags, stream, payload=b""):
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def curl(*options):
    done = subprocess.run(["curl", "-sS", "--max-time", str(DEADLINE_S), *options], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@needs("curl")
def test_curl_speaks_http2_with_prior_knowledge_and_http1_when_it_asks_for_an_upgrade(store_factory):
    store = store_factory()
    call = ["-H", "X-Amz-Target: DynamoDB_20120810.ListTables", "-w", "|%{http_version} %{http_code}", store.url]
    for name, value in SIGNED.items():
        call += ["-H", f"{name}: {value}"]
    for data in ("{}", json.dumps({"ExclusiveStartTableName": "a" * 100}), json.dumps({"x": "y" * 3000000})):
        for how, version in (("--http2-prior-knowledge", "2"), ("--http2", "1.1"), ("--http1.1", "1.1")):
            done = subprocess.run(["curl", "-sS", how, "--data-binary", "@-", *call], input=data, text=True,
                                  capture_output=True, timeout=DEADLINE_S)
            assert done.stdout == f'{{"TableNames":[]}}|{version} 200', (how, done)


@needs("curl")
def test_a_foreign_authority_is_a_foreign_host(store_factory):
    store = store_factory()
    said = curl("--http2-prior-knowledge", "-H", "Host: evil.example", "-w", "|%{http_version} %{http_code}",
                store.url + "/_sls/health")
    assert said.endswith("|2 403"), said


NODE = """
const http2 = require('node:http2');
const session = http2.connect(process.argv[2]);
const signed = JSON.parse(process.argv[3]);
session.on('error', (error) => { console.error(error); process.exit(1); });
function call(operation, body) {
    return new Promise((resolve, reject) => {
        const stream = session.request({ ':method': 'POST', ':path': '/', ...signed,
            'x-amz-target': 'DynamoDB_20120810.' + operation });
        let text = '', status;
        stream.on('response', (headers) => { status = headers[':status']; });
        stream.on('data', (piece) => { text += piece; });
        stream.on('end', () => resolve({ status, body: JSON.parse(text) }));
        stream.on('error', reject);
        stream.end(JSON.stringify(body));
    });
}
(async () => {
    const text = 'x'.repeat(300000);
    const puts = [];
    for (let i = 0; i < 300; i++) {
        puts.push(call('PutItem', { TableName: 'table', Item: { k: { S: 'k' + i }, v: { S: i % 10 ? 'v' : text } } }));
    }
    const statuses = new Set((await Promise.all(puts)).map((each) => each.status));
    const gets = await Promise.all([10, 20].map((i) => call('GetItem', { TableName: 'table', Key: { k: { S: 'k' + i } } })));
    console.log(JSON.stringify({ statuses: [...statuses], lengths: gets.map((each) => each.body.Item.v.S.length) }));
    session.close();
})();
"""


@needs("node")
def test_node_sends_hundreds_of_requests_over_one_connection(store_factory, tmp_path):
    store = store_factory()
    ddb = store.client()
    ddb.create_table(TableName="table", BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
                     AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}])
    ddb.get_waiter("table_exists").wait(TableName="table", WaiterConfig={"Delay": 1})
    (tmp_path / "client.js").write_text(NODE)
    done = subprocess.run(["node", "client.js", store.url, json.dumps(SIGNED)], cwd=tmp_path, capture_output=True,
                          text=True, timeout=DEADLINE_S)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"statuses": [200], "lengths": [300000, 300000]}


def test_a_flood_ends_its_own_connection_only(store_factory):
    store = store_factory()
    before = memory_mb(store.pid)
    resets = b"".join(frame(1, 5, 1 + 2 * i, b"\x82\x84\x86\x41\x09localhost") + frame(3, 0, 1 + 2 * i, b"\0\0\0\x08")
                      for i in range(20000))
    for flood in (resets, frame(6, 0, 0, b"12345678") * 50000, frame(4, 0, 0) * 50000,
                  frame(1, 1, 1, b"\x82") + frame(9, 0, 1, b"\x82" * 100) * 20000):
        with socket.create_connection(("127.0.0.1", store.port), DEADLINE_S) as sock:
            try:
                sock.sendall(PREFACE + frame(4, 0, 0) + flood)
            except ConnectionError:
                pass
            received = b""
            try:
                while piece := sock.recv(65536):
                    received += piece
            except ConnectionError:
                pass
            assert len(received) < 100000
    assert store.client().list_tables()["TableNames"] == []
    assert memory_mb(store.pid) - before < 20
