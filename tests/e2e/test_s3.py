"""S3 through boto3 and the aws-cli: buckets, objects, listings."""
import pytest

from s3_support import app, body_of, bucket, error_of, names, s3  # noqa: F401 (fixtures)


SIZES = [0, 1, 16384, 16385, 262144, 262145, 3_000_000]


@pytest.mark.parametrize("size", SIZES)
def test_what_is_put_is_got(s3, bucket, size):
    data = bytes(i * 7 % 251 for i in range(size))
    put = s3.put_object(Bucket=bucket, Key="key", Body=data)
    got = s3.get_object(Bucket=bucket, Key="key")
    assert got["Body"].read() == data
    assert got["ETag"] == put["ETag"] and got["ContentLength"] == size
    assert s3.head_object(Bucket=bucket, Key="key")["ContentLength"] == size


@pytest.mark.parametrize("key", ["a", "a//b", "a/", "/a", "a/../b", "./a", "a%2Fb", "a b+c", "a&b=c?d#e", "ключ/€😀", "x" * 1024,
                                 "é" * 512, "a" * 501 + "b", "~!@$%^*()'\";:<>,|`{}[]\\", "_sls/health"])
def test_any_key_is_a_key(s3, bucket, key):
    s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    assert body_of(s3, bucket, key) == b"x"
    assert [each["Key"] for each in s3.list_objects_v2(Bucket=bucket)["Contents"]] == [key]
    s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key}]})
    assert error_of(s3.get_object, Bucket=bucket, Key=key)[0] == "NoSuchKey"


def test_a_key_of_1025_bytes_is_too_long(s3, bucket):
    code, status, error = error_of(s3.put_object, Bucket=bucket, Key="x" * 1025, Body=b"")
    assert (code, status, error["MaxSizeAllowed"]) == ("KeyTooLongError", 400, "1024")


def test_keys_are_listed_in_the_order_of_their_bytes_whatever_their_length(s3, bucket):
    keys = [base + end for base in ("k" * 499, "k" * 500, "k" * 501, "k" * 502, "k" * 1001, "k" * 1002, "k" * 1003)
            for end in ("", "a", "z", "/x")]
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=b"")
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, PaginationConfig={"PageSize": 3})
    assert [each["Key"] for page in pages for each in page["Contents"]] == sorted(set(keys))


def test_two_prefixes_come_on_two_pages(s3, bucket):
    for key in ("p1/a", "p1/b", "p2/a", "p2/b"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"")
    first = s3.list_objects_v2(Bucket=bucket, Delimiter="/", MaxKeys=1)
    assert (first["KeyCount"], first["CommonPrefixes"], first["IsTruncated"]) == (1, [{"Prefix": "p1/"}], True)
    second = s3.list_objects_v2(Bucket=bucket, Delimiter="/", MaxKeys=1, ContinuationToken=first["NextContinuationToken"])
    assert (second["KeyCount"], second["CommonPrefixes"], second["IsTruncated"]) == (1, [{"Prefix": "p2/"}], False)
    old = s3.list_objects(Bucket=bucket, Delimiter="/", MaxKeys=1)
    assert old["NextMarker"] == "p1/"
    assert s3.list_objects(Bucket=bucket, Delimiter="/", Marker="p1/")["CommonPrefixes"] == [{"Prefix": "p2/"}]
    assert "NextMarker" not in s3.list_objects(Bucket=bucket, MaxKeys=1)


def test_an_empty_token_is_refused(s3, bucket):
    code, status, error = error_of(s3.list_objects_v2, Bucket=bucket, ContinuationToken="")
    assert (code, status) == ("InvalidArgument", 400)
    assert error["Message"] == "The continuation token provided is incorrect" and error["ArgumentName"] == "continuation-token"


RANGES = [("bytes=0-3", 206, b"0123"), ("bytes=5-", 206, b"56789"), ("bytes=-3", 206, b"789"), ("bytes=-15", 206, b"0123456789"),
          ("bytes=0-100", 206, b"0123456789"), ("bytes=1-0", 200, b"0123456789"), ("bytes=0-1,3-4", 200, b"0123456789"),
          ("bytes=a-b", 200, b"0123456789"), ("words=0-1", 200, b"0123456789"), ("bytes=-", 200, b"0123456789")]


@pytest.mark.parametrize("range_, status, wanted", RANGES)
def test_ranges(s3, bucket, range_, status, wanted):
    s3.put_object(Bucket=bucket, Key="k", Body=b"0123456789")
    got = s3.get_object(Bucket=bucket, Key="k", Range=range_)
    assert (got["ResponseMetadata"]["HTTPStatusCode"], got["Body"].read()) == (status, wanted)
    has_checksum = "ChecksumCRC32" in got
    assert has_checksum == (len(wanted) == 10), "only what is sent whole may carry the checksum of the whole"
    head = s3.head_object(Bucket=bucket, Key="k", Range=range_)
    assert (head["ResponseMetadata"]["HTTPStatusCode"], head["ContentLength"]) == (status, len(wanted))


@pytest.mark.parametrize("range_", ["bytes=-0", "bytes=10-", "bytes=10-20"])
def test_ranges_beyond_the_object_are_416(s3, bucket, range_):
    s3.put_object(Bucket=bucket, Key="k", Body=b"0123456789")
    code, status, error = error_of(s3.get_object, Bucket=bucket, Key="k", Range=range_)
    assert (code, status, error["ActualObjectSize"], error["RangeRequested"]) == ("InvalidRange", 416, "10", range_)


def test_a_range_inside_a_large_object(s3, bucket):
    data = bytes(i % 251 for i in range(1_000_000))
    s3.put_object(Bucket=bucket, Key="k", Body=data)
    assert body_of(s3, bucket, "k", Range="bytes=262140-524300") == data[262140:524301]


def test_conditions_of_reads(s3, bucket):
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"x")["ETag"]
    modified = s3.head_object(Bucket=bucket, Key="k")["LastModified"]
    assert body_of(s3, bucket, "k", IfMatch=etag) == b"x"
    assert body_of(s3, bucket, "k", IfMatch=etag.strip('"')) == b"x"
    code, status, error = error_of(s3.get_object, Bucket=bucket, Key="k", IfMatch='"other"')
    assert (code, status, error["Condition"]) == ("PreconditionFailed", 412, "If-Match")
    assert error_of(s3.get_object, Bucket=bucket, Key="k", IfNoneMatch=etag)[1] == 304
    assert error_of(s3.head_object, Bucket=bucket, Key="k", IfModifiedSince=modified)[1] == 304
    assert body_of(s3, bucket, "k", IfModifiedSince="2000-01-01T00:00:00Z") == b"x"
    assert error_of(s3.get_object, Bucket=bucket, Key="k", IfUnmodifiedSince="2000-01-01T00:00:00Z")[1] == 412


def test_conditions_of_writes(s3, bucket):
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"1", IfNoneMatch="*")["ETag"]
    code, status, error = error_of(s3.put_object, Bucket=bucket, Key="k", Body=b"2", IfNoneMatch="*")
    assert (code, status, error["Condition"]) == ("PreconditionFailed", 412, "If-None-Match")
    assert error_of(s3.put_object, Bucket=bucket, Key="k", Body=b"2", IfNoneMatch='"x"')[:2] == ("NotImplemented", 501)
    assert error_of(s3.put_object, Bucket=bucket, Key="k", Body=b"2", IfMatch="*")[:2] == ("NotImplemented", 501)
    assert error_of(s3.put_object, Bucket=bucket, Key="k", Body=b"2", IfMatch='"x"')[:2] == ("PreconditionFailed", 412)
    assert error_of(s3.put_object, Bucket=bucket, Key="none", Body=b"2", IfMatch='"x"')[:2] == ("NoSuchKey", 404)
    s3.put_object(Bucket=bucket, Key="k", Body=b"2", IfMatch=etag)
    assert body_of(s3, bucket, "k") == b"2"


def test_metadata_comes_back(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", ContentType="text/plain", CacheControl="no-store", ContentEncoding="gzip",
                  ContentLanguage="de", ContentDisposition="inline", Metadata={"Author": "me"}, StorageClass="STANDARD_IA")
    head = s3.head_object(Bucket=bucket, Key="k")
    assert (head["ContentType"], head["CacheControl"], head["ContentEncoding"], head["ContentLanguage"]) == (
        "text/plain", "no-store", "gzip", "de")
    assert head["Metadata"] == {"author": "me"} and head["StorageClass"] == "STANDARD_IA"
    got = s3.get_object(Bucket=bucket, Key="k", ResponseContentType="x/y", ResponseCacheControl="max-age=1")
    assert (got["ContentType"], got["CacheControl"]) == ("x/y", "max-age=1")
    code, _, error = error_of(s3.put_object, Bucket=bucket, Key="k", Body=b"", Metadata={"a": "x" * 2048})
    assert (code, error["MaxSizeAllowed"]) == ("MetadataTooLarge", "2048")


def test_checksums_are_verified(s3, bucket):
    wrong = error_of(s3.put_object, Bucket=bucket, Key="k", Body=b"test data..", ChecksumCRC32="AAAAAA==")
    assert wrong[:2] == ("BadDigest", 400)
    assert wrong[2]["Message"] == "The CRC32 you specified did not match the calculated checksum."
    bad = error_of(s3.put_object, Bucket=bucket, Key="k", Body=b"test data..", ChecksumCRC32="xx")
    assert (bad[0], bad[2]["Message"]) == ("InvalidRequest", "Value for x-amz-checksum-crc32 header is invalid.")
    assert error_of(s3.put_object, Bucket=bucket, Key="k", Body=b"x", ContentMD5="AAAA")[0] == "InvalidDigest"
    assert error_of(s3.put_object, Bucket=bucket, Key="k", Body=b"x", ContentMD5="kAFQmDzST7DWlj99KOF/cg==")[0] == "BadDigest"
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket), "nothing of a refused body stays"
    for algorithm, value in [("CRC32", "cZWHwQ=="), ("CRC32C", "Pf4upw=="), ("CRC64NVME", "qUVrWYOrIAM=")]:
        put = s3.put_object(Bucket=bucket, Key="k", Body=b"test data..", **{f"Checksum{algorithm}": value})
        assert put[f"Checksum{algorithm}"] == value
        assert s3.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")[f"Checksum{algorithm}"] == value


def test_without_a_checksum_there_is_crc64nvme(app, bucket):
    s3 = app.client("s3", request_checksum_calculation="when_required")
    put = s3.put_object(Bucket=bucket, Key="k", Body=b"test data..")
    assert (put["ChecksumCRC64NVME"], put["ChecksumType"]) == ("qUVrWYOrIAM=", "FULL_OBJECT")


def test_buckets(s3):
    name = next(names)
    assert s3.create_bucket(Bucket=name)["Location"] == f"/{name}"
    assert s3.create_bucket(Bucket=name)["Location"] == f"/{name}", "once more is fine in us-east-1"
    assert name in [each["Name"] for each in s3.list_buckets()["Buckets"]]
    assert s3.head_bucket(Bucket=name)["BucketRegion"] == "us-east-1"
    assert s3.get_bucket_location(Bucket=name)["LocationConstraint"] is None
    s3.put_object(Bucket=name, Key="k", Body=b"")
    assert error_of(s3.delete_bucket, Bucket=name)[:2] == ("BucketNotEmpty", 409)
    s3.delete_object(Bucket=name, Key="k")
    s3.delete_bucket(Bucket=name)
    code, status, error = error_of(s3.list_objects_v2, Bucket=name)
    assert (code, status, error["BucketName"]) == ("NoSuchBucket", 404, name)
    assert error_of(s3.head_bucket, Bucket=name)[:2] == ("404", 404)
    assert error_of(s3.create_bucket, Bucket="Upper-Case")[0] == "InvalidBucketName"


@pytest.mark.parametrize("name", ["schedules", "queue", "2015-03-31", "tags", "my.dotted.bucket"])
def test_buckets_may_be_named_like_paths_of_other_services(s3, name):
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="functions", Body=b"mine")
    assert body_of(s3, name, "functions") == b"mine"
    s3.delete_object(Bucket=name, Key="functions")
    s3.delete_bucket(Bucket=name)


def test_encryption_by_the_bucket_key_alone_has_s3_s_own_algorithm(s3, bucket):
    rules = {"Rules": [{"BucketKeyEnabled": True}]}
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=rules)
    told = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert told == [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": True}]
