"""S3 through the aws-cli: cp, sync, ls, mv, rm, presign, s3api."""
import json

import requests

from aws_cli import aws_run
from s3_support import app, body_of, bucket, s3  # noqa: F401 (fixtures)


def aws(app, *words, check=True, input=None):
    done = aws_run(app.edge, *words, input=input)
    if check:
        assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode() if check else done


def test_files_go_there_and_back(app, s3, bucket, tmp_path):
    source, target = tmp_path / "source", tmp_path / "target"
    (source / "sub").mkdir(parents=True)
    (source / "a.txt").write_bytes(b"hello")
    (source / "sub/b c.html").write_bytes(b"<p>")
    (source / "large").write_bytes(bytes(range(256)) * 36864)  # in parts
    aws(app, "s3", "cp", source / "a.txt", f"s3://{bucket}/one")
    assert body_of(s3, bucket, "one") == b"hello"
    aws(app, "s3", "sync", source, f"s3://{bucket}/all")
    assert s3.head_object(Bucket=bucket, Key="all/sub/b c.html")["ContentType"] == "text/html"
    assert aws(app, "s3", "sync", source, f"s3://{bucket}/all") == "", "a second time there is nothing to do"
    aws(app, "s3", "sync", f"s3://{bucket}/all", target)
    for name in ("a.txt", "sub/b c.html", "large"):
        assert (target / name).read_bytes() == (source / name).read_bytes()
    (source / "a.txt").unlink()
    aws(app, "s3", "sync", "--delete", source, f"s3://{bucket}/all")
    listed = aws(app, "s3", "ls", "--recursive", f"s3://{bucket}/all").splitlines()
    assert [line.split(maxsplit=3)[2:] for line in listed] == [["9437184", "all/large"], ["3", "all/sub/b c.html"]]
    assert aws(app, "s3", "ls", f"s3://{bucket}").split() == ["PRE", "all/", *aws(app, "s3", "ls", f"s3://{bucket}/one").split()]
    aws(app, "s3", "mv", f"s3://{bucket}/all/large", f"s3://{bucket}/moved")
    assert body_of(s3, bucket, "moved") == bytes(range(256)) * 36864
    aws(app, "s3", "cp", "-", f"s3://{bucket}/piped", input=b"from a pipe")
    assert aws(app, "s3", "cp", f"s3://{bucket}/piped", "-") == "from a pipe"
    aws(app, "s3", "rm", "--recursive", f"s3://{bucket}")
    assert aws(app, "s3", "ls", f"s3://{bucket}", check=False).stdout == b""
    missing = aws(app, "s3", "cp", f"s3://{bucket}/none", tmp_path / "x", check=False)
    assert missing.returncode == 1 and b"(404)" in missing.stderr


def test_buckets_presigned_urls_and_waiters(app, s3):
    aws(app, "s3", "mb", "s3://made-by-cli")
    aws(app, "s3api", "wait", "bucket-exists", "--bucket", "made-by-cli")
    aws(app, "s3api", "put-object", "--bucket", "made-by-cli", "--key", "k", "--metadata", "a=1")
    aws(app, "s3api", "wait", "object-exists", "--bucket", "made-by-cli", "--key", "k")
    url = aws(app, "s3", "presign", "s3://made-by-cli/k").strip()
    assert requests.get(url).status_code == 200
    told = json.loads(aws(app, "s3api", "head-object", "--bucket", "made-by-cli", "--key", "k"))
    assert told["Metadata"] == {"a": "1"} and told["ContentLength"] == 0
    aws(app, "s3", "rb", "--force", "s3://made-by-cli")
    aws(app, "s3api", "wait", "bucket-not-exists", "--bucket", "made-by-cli")
