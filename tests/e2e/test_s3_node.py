"""S3 through the AWS SDK for JavaScript v3, as it is out of the box: its default checksums, streams, presigner, forms."""
import json
import subprocess

import pytest

from conftest import E2E_DIR, DEADLINE_S, clean_env, needs
from s3_support import app, body_of, bucket, s3  # noqa: F401 (fixtures)

pytestmark = [needs("node"), pytest.mark.skipif(not (E2E_DIR / "node_modules/@aws-sdk/client-s3").exists(),
                                                reason="the JavaScript SDK's S3 client is not installed")]

HEAD = """
const s3sdk = require("@aws-sdk/client-s3");
const { Upload } = require("@aws-sdk/lib-storage");
const { getSignedUrl } = require("@aws-sdk/s3-request-presigner");
const { createPresignedPost } = require("@aws-sdk/s3-presigned-post");
const { Readable } = require("stream");
const [endpoint, Bucket] = process.argv.slice(1);
const s3 = new s3sdk.S3({ endpoint, region: "us-east-1", forcePathStyle: true,
                          credentials: { accessKeyId: "test", secretAccessKey: "test" } });
const text = async (got) => await got.Body.transformToString();
(async () => { const out = await (async () => {
"""
TAIL = "\n})(); console.log(JSON.stringify(out ?? null)); })().catch((e) => { console.error(e); process.exit(1); });"


def run(app, bucket, script):
    done = subprocess.run(["node", "-e", HEAD + script + TAIL, app.edge, bucket], capture_output=True, text=True, timeout=DEADLINE_S,
                          env=clean_env(NODE_PATH=E2E_DIR / "node_modules"))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_strings_buffers_and_streams(app, s3, bucket):
    told = run(app, bucket, """
        const put = await s3.putObject({ Bucket, Key: "text", Body: "hello", ContentType: "text/plain" });
        await s3.putObject({ Bucket, Key: "bytes", Body: Buffer.alloc(100000, "x") });
        const pieces = Readable.from((function* () { for (let i = 0; i < 50; i++) yield Buffer.alloc(20000, String(i % 10)); })());
        await s3.putObject({ Bucket, Key: "stream", Body: pieces, ContentLength: 1000000 });
        const got = await s3.getObject({ Bucket, Key: "text" });
        const part = await s3.getObject({ Bucket, Key: "text", Range: "bytes=1-2" });
        return { etag: put.ETag, crc: put.ChecksumCRC32, text: await text(got), part: await text(part), type: got.ContentType,
                 streamed: (await text(await s3.getObject({ Bucket, Key: "stream" }))).length };
    """)
    assert told == {"etag": '"5d41402abc4b2a76b9719d911017c592"', "crc": "NhCmhg==", "text": "hello", "part": "el", "type": "text/plain",
                    "streamed": 1000000}
    assert body_of(s3, bucket, "stream") == b"".join(str(i % 10).encode() * 20000 for i in range(50))


def test_uploads_of_streams_without_length(app, s3, bucket):
    told = run(app, bucket, """
        const pieces = Readable.from((function* () { for (let i = 0; i < 60; i++) yield Buffer.alloc(200000, String(i % 10)); })());
        const done = await new Upload({ client: s3, params: { Bucket, Key: "k", Body: pieces } }).done();
        const short = await new Upload({ client: s3, params: { Bucket, Key: "short", Body: Readable.from(["abc"]) } }).done();
        return [done.ETag.endsWith('-3"'), short.ETag];
    """)
    assert told == [True, '"900150983cd24fb0d6963f7d28e17f72"']
    assert len(body_of(s3, bucket, "k")) == 12_000_000


def test_presigned_urls_and_forms(app, s3, bucket):
    told = run(app, bucket, """
        const put = await getSignedUrl(s3, new s3sdk.PutObjectCommand({ Bucket, Key: "put" }), { expiresIn: 60 });
        const status = (await fetch(put, { method: "PUT", body: "by url" })).status;
        const get = await getSignedUrl(s3, new s3sdk.GetObjectCommand({ Bucket, Key: "put" }), { expiresIn: 60 });
        const form = await createPresignedPost(s3, { Bucket, Key: "posted/${filename}", Expires: 60,
            Conditions: [["content-length-range", 1, 100], ["starts-with", "$key", "posted/"], { acl: "private" }],
            Fields: { acl: "private" } });
        const data = new FormData();
        for (const [name, value] of Object.entries(form.fields)) data.append(name, value);
        data.append("file", new Blob(["by form"], { type: "text/x-form" }), "a name.txt");
        const posted = await fetch(form.url, { method: "POST", body: data });
        return { status, got: await (await fetch(get)).text(), posted: posted.status };
    """)
    assert told == {"status": 200, "got": "by url", "posted": 204}
    assert body_of(s3, bucket, "posted/a name.txt") == b"by form"


def test_lists_deletes_and_errors(app, s3, bucket):
    told = run(app, bucket, """
        for (const Key of ["a/1", "a/2", "b c", "ü"]) await s3.putObject({ Bucket, Key, Body: Key });
        const pages = [];
        for await (const page of s3sdk.paginateListObjectsV2({ client: s3, pageSize: 1 }, { Bucket, Delimiter: "/" }))
            pages.push([(page.Contents ?? []).map((c) => c.Key), (page.CommonPrefixes ?? []).map((c) => c.Prefix)]);
        const gone = await s3.deleteObjects({ Bucket, Delete: { Objects: [{ Key: "a/1" }, { Key: "b c" }] } });
        let error;
        try { await s3.getObject({ Bucket, Key: "b c" }); } catch (e) { error = [e.name, e.$metadata.httpStatusCode, e.Key]; }
        let head;
        try { await s3.headObject({ Bucket, Key: "b c" }); } catch (e) { head = e.name; }
        return { pages, gone: gone.Deleted.map((d) => d.Key), error, head };
    """)
    assert told["pages"] == [[[], ["a/"]], [["b c"], []], [["ü"], []]]
    assert told["gone"] == ["a/1", "b c"]
    assert told["error"] == ["NoSuchKey", 404, "b c"] and told["head"] == "NotFound"
