"""S3 through boto3: uploads in parts, copies, versions, tags, locks."""
import base64
import hashlib
import io
import zlib

import pytest

from s3_support import app, body_of, bucket, error_of, s3  # noqa: F401 (fixtures)

PART = 5 * 1024 * 1024
DATA = bytes(i * 31 % 251 for i in range(PART)) + b"tail"


def upload(s3, bucket, key, parts, **options):
    """Begins an upload and sends the parts; (upload id, what completes it)."""
    upload_id = s3.create_multipart_upload(Bucket=bucket, Key=key, **options)["UploadId"]
    told = [{"PartNumber": number, "ETag": s3.upload_part(Bucket=bucket, Key=key, UploadId=upload_id, PartNumber=number,
                                                           Body=body)["ETag"]} for number, body in parts.items()]
    return upload_id, {"Parts": told}


def test_the_transfer_manager_uploads_and_downloads(s3, bucket):
    data = DATA * 4
    s3.upload_fileobj(io.BytesIO(data), bucket, "big")
    head = s3.head_object(Bucket=bucket, Key="big", ChecksumMode="ENABLED")
    parts = [data[at:at + 8 * 1024 * 1024] for at in range(0, len(data), 8 * 1024 * 1024)]
    digests = b"".join(hashlib.md5(part).digest() for part in parts)
    assert head["ETag"] == f'"{hashlib.md5(digests).hexdigest()}-{len(parts)}"'
    assert head["ChecksumType"] == "COMPOSITE" and head["ChecksumCRC32"].endswith(f"-{len(parts)}")
    out = io.BytesIO()
    s3.download_fileobj(bucket, "big", out)
    assert out.getvalue() == data
    second = s3.get_object(Bucket=bucket, Key="big", PartNumber=2)
    assert second["Body"].read() == parts[1] and second["PartsCount"] == len(parts)
    across = body_of(s3, bucket, "big", Range=f"bytes={8 * 1024 * 1024 - 3}-{8 * 1024 * 1024 + 2}")
    assert across == data[8 * 1024 * 1024 - 3:8 * 1024 * 1024 + 3]


def test_an_upload_without_algorithm_has_the_crc64nvme_of_the_whole(s3, bucket):
    upload_id, parts = upload(s3, bucket, "k", {1: DATA[:PART], 2: DATA[PART:]})
    done = s3.complete_multipart_upload(Bucket=bucket, Key="k", UploadId=upload_id, MultipartUpload=parts)
    assert done["ChecksumType"] == "FULL_OBJECT"
    whole = s3.put_object(Bucket=bucket, Key="whole", Body=DATA, ChecksumAlgorithm="CRC32")
    told = s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/k", ChecksumAlgorithm="CRC32")
    assert told["CopyObjectResult"]["ChecksumCRC32"] == whole["ChecksumCRC32"]
    again = s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/whole", ChecksumAlgorithm="CRC64NVME")
    assert again["CopyObjectResult"]["ChecksumCRC64NVME"] == done["ChecksumCRC64NVME"]


def test_a_full_crc32_is_joined_from_the_parts(s3, bucket):
    upload_id, parts = upload(s3, bucket, "k", {1: DATA[:PART], 2: DATA[PART:]}, ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT")
    done = s3.complete_multipart_upload(Bucket=bucket, Key="k", UploadId=upload_id, MultipartUpload=parts)
    assert base64.b64decode(done["ChecksumCRC32"]) == zlib.crc32(DATA).to_bytes(4, "big")
    assert body_of(s3, bucket, "k") == DATA


def test_parts_are_checked_when_an_upload_is_completed(s3, bucket):
    upload_id, parts = upload(s3, bucket, "k", {1: b"abcd", 2: b"efgh"})

    def fails(told, **more):
        return error_of(s3.complete_multipart_upload, Bucket=bucket, Key="k", UploadId=upload_id, MultipartUpload={"Parts": told}, **more)

    first, second = parts["Parts"]
    code, status, error = fails([first, second])
    assert (code, status) == ("EntityTooSmall", 400)
    assert (error["MinSizeAllowed"], error["ProposedSize"], error["PartNumber"]) == (str(PART), "4", "1")
    assert fails([second, first])[0] == "InvalidPartOrder"
    assert fails([{**first, "ETag": second["ETag"]}])[0] == "InvalidPart"
    assert fails([{**first, "PartNumber": 3}])[0] == "InvalidPart"
    assert fails([])[0] in ("MalformedXML", "InvalidRequest")
    assert fails([second], IfMatch='"x"')[0] == "NoSuchKey"
    assert error_of(s3.upload_part, Bucket=bucket, Key="k", UploadId=upload_id, PartNumber=10001, Body=b"")[0] == "InvalidArgument"
    assert error_of(s3.upload_part, Bucket=bucket, Key="other", UploadId=upload_id, PartNumber=1, Body=b"")[0] == "NoSuchUpload"
    s3.complete_multipart_upload(Bucket=bucket, Key="k", UploadId=upload_id, MultipartUpload={"Parts": [second]})
    assert body_of(s3, bucket, "k") == b"efgh"
    assert fails([second])[:2] == ("NoSuchUpload", 404)


def test_a_part_that_is_sent_again_replaces_the_first(app, s3, bucket):
    upload_id, _ = upload(s3, bucket, "k", {1: b"first"})
    etag = s3.upload_part(Bucket=bucket, Key="k", UploadId=upload_id, PartNumber=1, Body=b"second")["ETag"]
    listed = s3.list_parts(Bucket=bucket, Key="k", UploadId=upload_id)
    assert [(part["PartNumber"], part["ETag"], part["Size"]) for part in listed["Parts"]] == [(1, etag, 6)]
    s3.abort_multipart_upload(Bucket=bucket, Key="k", UploadId=upload_id)
    assert error_of(s3.list_parts, Bucket=bucket, Key="k", UploadId=upload_id)[0] == "NoSuchUpload"
    assert error_of(s3.get_object, Bucket=bucket, Key="k")[0] == "NoSuchKey"


def test_uploads_are_listed_by_key_and_then_as_they_began(s3, bucket):
    ids = [s3.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"] for key in ("b", "a/1", "b", "a/2", "c")]
    told = s3.list_multipart_uploads(Bucket=bucket)["Uploads"]
    assert [(each["Key"], each["UploadId"]) for each in told] == [("a/1", ids[1]), ("a/2", ids[3]), ("b", ids[0]), ("b", ids[2]), ("c", ids[4])]
    pages = s3.get_paginator("list_multipart_uploads").paginate(Bucket=bucket, PaginationConfig={"PageSize": 2})
    assert [each["UploadId"] for page in pages for each in page.get("Uploads", [])] == [ids[1], ids[3], ids[0], ids[2], ids[4]]
    rolled = s3.list_multipart_uploads(Bucket=bucket, Delimiter="/")
    assert rolled["CommonPrefixes"] == [{"Prefix": "a/"}] and len(rolled["Uploads"]) == 3
    s3.delete_bucket(Bucket=bucket)  # uploads under way do not hold it


def test_copies(s3, bucket):
    s3.put_object(Bucket=bucket, Key="a b+c€", Body=b"data", ContentType="text/plain", Metadata={"x": "1"}, Tagging="t=1")
    s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "a b+c€"})
    head = s3.head_object(Bucket=bucket, Key="copy")
    assert (head["ContentType"], head["Metadata"], head["TagCount"]) == ("text/plain", {"x": "1"}, 1)
    s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "copy"}, MetadataDirective="REPLACE",
                   Metadata={"y": "2"}, TaggingDirective="REPLACE", Tagging="t=2&u=3")
    head = s3.head_object(Bucket=bucket, Key="copy")
    assert (head["ContentType"], head["Metadata"], head["TagCount"]) == ("binary/octet-stream", {"y": "2"}, 2)
    code, _, error = error_of(s3.copy_object, Bucket=bucket, Key="copy", CopySource=f"{bucket}/copy")
    assert code == "InvalidRequest" and error["Message"].startswith("This copy request is illegal")
    assert error_of(s3.copy_object, Bucket=bucket, Key="x", CopySource=f"{bucket}/none")[:2] == ("NoSuchKey", 404)
    assert error_of(s3.copy_object, Bucket=bucket, Key="x", CopySource=f"{bucket}/copy", CopySourceIfMatch='"x"')[1] == 412
    upload_id = s3.create_multipart_upload(Bucket=bucket, Key="parts")["UploadId"]
    part = s3.upload_part_copy(Bucket=bucket, Key="parts", UploadId=upload_id, PartNumber=1, CopySource=f"{bucket}/copy",
                               CopySourceRange="bytes=1-2")["CopyPartResult"]
    s3.complete_multipart_upload(Bucket=bucket, Key="parts", UploadId=upload_id,
                                 MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]})
    assert body_of(s3, bucket, "parts") == b"at"
    assert error_of(s3.upload_part_copy, Bucket=bucket, Key="p", UploadId=upload_id, PartNumber=1, CopySource=f"{bucket}/copy",
                    CopySourceRange="bytes=1-")[0] in ("InvalidArgument", "NoSuchUpload")


def versions_of(s3, bucket, **options):
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket, **options)
    return [each for page in pages for each in page.get("Versions", []) + page.get("DeleteMarkers", [])]


def test_versions(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"null")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    first = s3.put_object(Bucket=bucket, Key="k", Body=b"1")["VersionId"]
    second = s3.put_object(Bucket=bucket, Key="k", Body=b"2")["VersionId"]
    assert body_of(s3, bucket, "k") == b"2"
    assert body_of(s3, bucket, "k", VersionId=first) == b"1" and body_of(s3, bucket, "k", VersionId="null") == b"null"
    marker = s3.delete_object(Bucket=bucket, Key="k")
    assert marker["DeleteMarker"] and "k" not in str(s3.list_objects_v2(Bucket=bucket).get("Contents"))
    with pytest.raises(s3.exceptions.NoSuchKey) as raised:
        s3.get_object(Bucket=bucket, Key="k")
    assert raised.value.response["ResponseMetadata"]["HTTPHeaders"]["x-amz-delete-marker"] == "true"
    assert error_of(s3.get_object, Bucket=bucket, Key="k", VersionId=marker["VersionId"])[:2] == ("MethodNotAllowed", 405)
    listed = [(each["VersionId"], each["IsLatest"]) for each in versions_of(s3, bucket)]
    assert sorted(listed) == sorted([(marker["VersionId"], True), (second, False), (first, False), ("null", False)])
    assert versions_of(s3, bucket, PaginationConfig={"PageSize": 1}) == sorted(
        versions_of(s3, bucket), key=lambda each: [marker["VersionId"], second, first, "null"].index(each["VersionId"]))
    assert s3.delete_object(Bucket=bucket, Key="k", VersionId=marker["VersionId"])["DeleteMarker"]
    assert body_of(s3, bucket, "k") == b"2", "the version before the marker is the current one again"
    s3.delete_object(Bucket=bucket, Key="k", VersionId=second)
    assert body_of(s3, bucket, "k") == b"1"
    assert error_of(s3.get_object, Bucket=bucket, Key="k", VersionId=second)[:2] == ("NoSuchVersion", 404)
    assert error_of(s3.delete_object, Bucket=bucket, Key="k", VersionId="nonsense")[0] == "InvalidArgument"
    assert error_of(s3.delete_bucket, Bucket=bucket)[0] == "BucketNotEmpty"


def test_suspended_versioning_replaces_the_null_version(s3, bucket):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    kept = s3.put_object(Bucket=bucket, Key="k", Body=b"kept")["VersionId"]
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    assert s3.put_object(Bucket=bucket, Key="k", Body=b"1")["VersionId"] == "null"
    s3.put_object(Bucket=bucket, Key="k", Body=b"2")
    assert sorted(each["VersionId"] for each in versions_of(s3, bucket)) == sorted([kept, "null"])
    assert s3.delete_object(Bucket=bucket, Key="k")["VersionId"] == "null"
    assert sorted(("Size" in each, each["VersionId"]) for each in versions_of(s3, bucket)) == [(False, "null"), (True, kept)]
    s3.delete_object(Bucket=bucket, Key="k", VersionId="null")
    assert body_of(s3, bucket, "k") == b"kept"
    for status in ("Disabled", "enabled"):
        assert error_of(s3.put_bucket_versioning, Bucket=bucket, VersioningConfiguration={"Status": status})[0] == "MalformedXML"


def test_versions_are_listed_by_key_with_prefixes_rolled_up(s3, bucket):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for key in ("a/1", "a/2", "b", "c/1", "a/1"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"")
    s3.delete_object(Bucket=bucket, Key="c/1")
    s3.delete_object(Bucket=bucket, Key="d/gone")
    page = s3.list_object_versions(Bucket=bucket, Delimiter="/")
    assert [each["Prefix"] for each in page["CommonPrefixes"]] == ["a/", "c/", "d/"]
    assert [each["Key"] for each in page["Versions"]] == ["b"]
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Delimiter="/", PaginationConfig={"PageSize": 1})
    told = [(page.get("CommonPrefixes") or page.get("Versions")) for page in pages]
    assert [each[0].get("Prefix", each[0].get("Key")) for each in told] == ["a/", "b", "c/", "d/"]


def test_many_are_deleted_at_once(s3, bucket):
    for number in range(5):
        s3.put_object(Bucket=bucket, Key=f"k{number}", Body=b"x" * 20000)
    done = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": f"k{number}"} for number in range(6)]})
    assert [each["Key"] for each in done["Deleted"]] == [f"k{number}" for number in range(6)]
    quiet = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "x"}, {"Key": "y", "VersionId": "nope"}], "Quiet": True})
    assert "Deleted" not in quiet and [each["Code"] for each in quiet["Errors"]] == ["NoSuchVersion"]
    assert error_of(s3.delete_objects, Bucket=bucket, Delete={"Objects": [{"Key": "x"}] * 1001})[0] == "MalformedXML"


def test_tags(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"", Tagging="a=1&b=x%20y")
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "x y"}]
    s3.put_object_tagging(Bucket=bucket, Key="k", Tagging={"TagSet": [{"Key": "c", "Value": "2"}]})
    assert s3.head_object(Bucket=bucket, Key="k")["TagCount"] == 1
    s3.delete_object_tagging(Bucket=bucket, Key="k")
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == []
    twice = [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]
    code, _, error = error_of(s3.put_object_tagging, Bucket=bucket, Key="k", Tagging={"TagSet": twice})
    assert (code, error["Message"]) == ("InvalidTag", "Cannot provide multiple Tags with the same key")
    many = [{"Key": str(number), "Value": ""} for number in range(11)]
    assert error_of(s3.put_object_tagging, Bucket=bucket, Key="k", Tagging={"TagSet": many})[0] == "BadRequest"
    assert error_of(s3.put_object, Bucket=bucket, Key="k", Body=b"", Tagging="a=1&a=2")[0] == "InvalidArgument"
    assert error_of(s3.get_object_tagging, Bucket=bucket, Key="none")[0] == "NoSuchKey"


def test_attributes(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"test data..", ChecksumCRC32C="Pf4upw==")
    told = s3.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=["ETag", "Checksum", "ObjectSize", "StorageClass"])
    assert told["ObjectSize"] == 11 and told["StorageClass"] == "STANDARD"
    assert told["Checksum"] == {"ChecksumCRC32C": "Pf4upw==", "ChecksumType": "FULL_OBJECT"}
    assert told["ETag"] == hashlib.md5(b"test data..").hexdigest()


def test_locked_versions_stay(s3):
    s3.create_bucket(Bucket="locked", ObjectLockEnabledForBucket=True)
    version = s3.put_object(Bucket="locked", Key="k", Body=b"x", ObjectLockMode="GOVERNANCE",
                            ObjectLockRetainUntilDate="2100-01-01T00:00:00Z")["VersionId"]
    assert error_of(s3.delete_object, Bucket="locked", Key="k", VersionId=version)[:2] == ("AccessDenied", 403)
    s3.put_object_legal_hold(Bucket="locked", Key="k", VersionId=version, LegalHold={"Status": "ON"})
    assert error_of(s3.delete_object, Bucket="locked", Key="k", VersionId=version, BypassGovernanceRetention=True)[0] == "AccessDenied"
    s3.put_object_legal_hold(Bucket="locked", Key="k", VersionId=version, LegalHold={"Status": "OFF"})
    s3.delete_object(Bucket="locked", Key="k", VersionId=version, BypassGovernanceRetention=True)
    assert error_of(s3.put_object, Bucket="locked", Key="k", Body=b"", ObjectLockMode="GOVERNANCE")[0] == "InvalidArgument"


def test_versions_are_locked_by_default_where_the_bucket_says_so(s3):
    s3.create_bucket(Bucket="retained", ObjectLockEnabledForBucket=True)
    lock = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 2}}}
    s3.put_object_lock_configuration(Bucket="retained", ObjectLockConfiguration=lock)
    s3.put_object(Bucket="retained", Key="k", Body=b"x")
    head = s3.head_object(Bucket="retained", Key="k")
    left = head["ObjectLockRetainUntilDate"] - head["LastModified"]
    assert head["ObjectLockMode"] == "GOVERNANCE" and abs(left.total_seconds() - 2 * 86400) <= 1
    assert error_of(s3.delete_object, Bucket="retained", Key="k", VersionId=head["VersionId"])[0] == "AccessDenied"
    s3.copy_object(Bucket="retained", Key="copy", CopySource="retained/k", ObjectLockMode="COMPLIANCE",
                   ObjectLockRetainUntilDate="2100-01-01T00:00:00Z")
    assert s3.head_object(Bucket="retained", Key="copy")["ObjectLockMode"] == "COMPLIANCE", "a request's own lock comes first"
    lock["Rule"]["DefaultRetention"]["Days"] = 0
    assert error_of(s3.put_object_lock_configuration, Bucket="retained", ObjectLockConfiguration=lock)[0] == "InvalidArgument"


def test_deletes_may_name_what_they_expect(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"12345")
    for expected in ({"ETag": '"x"'}, {"Size": 4}, {"LastModifiedTime": "2020-01-01"}):
        told = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "k", **expected}]})
        assert [each["Code"] for each in told["Errors"]] == ["PreconditionFailed"], expected
    assert error_of(s3.delete_object, Bucket=bucket, Key="k", IfMatchSize=4)[0] == "PreconditionFailed"
    told = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "k", "Size": 5}]})
    assert [each["Key"] for each in told["Deleted"]] == ["k"]


def test_what_is_not_emulated_says_so(s3, bucket):
    code, status, error = error_of(s3.put_object, Bucket=bucket, Key="k", Body=b"", WriteOffsetBytes=0)
    assert (code, status) == ("NotImplemented", 501) and "x-amz-write-offset-bytes" in error["Message"]
    s3.put_object(Bucket=bucket, Key="k", Body=b"")
    assert error_of(s3.put_object, Bucket=bucket, Key="k", Body=b"", ServerSideEncryption="rot13")[0] == "InvalidArgument"
    code, status, error = error_of(s3.restore_object, Bucket=bucket, Key="k", RestoreRequest={"Days": 1})
    assert (code, status, error["Message"]) == ("NotImplemented", 501, "sls-local does not emulate s3:RestoreObject.")
    key = b"0" * 32
    assert error_of(s3.put_object, Bucket=bucket, Key="k", Body=b"", SSECustomerKey=key, SSECustomerAlgorithm="AES256")[0] == "NotImplemented"
