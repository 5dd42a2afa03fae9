"""S3 for browsers and bare HTTP: virtual hosts, presigned URLs, CORS, raw requests."""
import pytest
import requests

from s3_support import app, body_of, bucket, error_of, s3  # noqa: F401 (fixtures)


def port_of(app):
    return app.edge.rsplit(":", 1)[1]


def raw(app, method, path, host=None, **headers):
    """A request as it is written, without a client that tidies its path."""
    session = requests.Session()
    request = requests.Request(method, app.edge + path, headers={**({"Host": host} if host else {}), **headers})
    prepared = session.prepare_request(request)
    prepared.url = app.edge + path
    return session.send(prepared)


@pytest.mark.parametrize("host", ["{bucket}.localhost:{port}", "{bucket}.s3.localhost.localstack.cloud:{port}",
                                  "{bucket}.s3.us-east-1.localhost.localstack.cloud", "{bucket}.s3.us-east-1.amazonaws.com",
                                  "{bucket}.s3.amazonaws.com", "{bucket}.s3-us-west-2.amazonaws.com",
                                  "{bucket}.s3.dualstack.us-east-1.amazonaws.com", "{bucket}.s3.localhost"])
def test_the_host_may_name_the_bucket(app, s3, bucket, host):
    s3.put_object(Bucket=bucket, Key="a/k", Body=b"data")
    host = host.format(bucket=bucket, port=port_of(app))
    assert raw(app, "GET", "/a/k", host).content == b"data"
    assert f"<Name>{bucket}</Name>" in raw(app, "GET", "/", host).text
    assert f"<Name>{bucket}</Name>" in raw(app, "GET", "/?list-type=2", host).text
    assert raw(app, "GET", "/none", host).status_code == 404


def test_a_dotted_bucket_may_be_in_the_host(app, s3):
    s3.create_bucket(Bucket="a.b.c")
    s3.put_object(Bucket="a.b.c", Key="k", Body=b"x")
    assert raw(app, "GET", "/k", "a.b.c.s3.localhost.localstack.cloud").content == b"x"


@pytest.mark.parametrize("path, key", [("//k", "/k"), ("/a%2Fb", "a/b"), ("/a/", "a/"), ("/a/../b", "a/../b"), ("/%F0%9F%98%80", "😀"),
                                       ("/a%20b", "a b"), ("/./x", "./x")])
def test_paths_are_keys_as_they_are(app, s3, bucket, path, key):
    put = raw(app, "PUT", f"/{bucket}{path}")
    assert put.status_code == 200, put.text
    assert [each["Key"] for each in s3.list_objects_v2(Bucket=bucket)["Contents"]] == [key]


def test_errors_are_xml_with_ids(app, s3, bucket):
    answer = raw(app, "GET", f"/{bucket}/none")
    assert answer.status_code == 404 and answer.headers["Content-Type"] == "application/xml"
    request_id = answer.headers["x-amz-request-id"]
    assert len(request_id) == 16 and request_id == request_id.upper()
    assert answer.text == ('<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchKey</Code><Message>The specified key does not '
                           f"exist.</Message><Key>none</Key><RequestId>{request_id}</RequestId><HostId>{request_id}</HostId></Error>")
    head = raw(app, "HEAD", f"/{bucket}/none")
    assert head.status_code == 404 and head.content == b""
    assert raw(app, "GET", f"/{bucket}/%FF").status_code == 400
    assert raw(app, "PUT", f"/{bucket}/x%00y").status_code == 400


def test_presigned_urls(app, s3, bucket):
    s3.put_object(Bucket=bucket, Key="a b", Body=b"data")
    for signature in ("s3", "s3v4"):
        signer = app.client("s3", signature_version=signature)
        url = signer.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "a b", "ResponseContentType": "x/y"}, ExpiresIn=60)
        got = requests.get(url)
        assert got.content == b"data" and got.headers["Content-Type"] == "x/y"
        put = signer.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "new"}, ExpiresIn=60)
        assert requests.put(put, data=b"new data").status_code == 200
        assert body_of(s3, bucket, "new") == b"new data"


def test_an_expired_url_is_refused_when_the_clock_says_so(app, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"data")
    urls = [app.client("s3", signature_version=signature).generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k"},
                                                                                 ExpiresIn=60) for signature in ("s3", "s3v4")]
    assert [requests.get(url).status_code for url in urls] == [200, 200]
    turned = requests.post(app.edge + "/_sls/clock", json={"advance": "61s"})
    assert turned.status_code == 200, turned.text
    for url in urls:
        answer = requests.get(url)
        assert answer.status_code == 403 and "<Code>AccessDenied</Code><Message>Request has expired</Message>" in answer.text
    assert "<X-Amz-Expires>60</X-Amz-Expires>" in requests.get(urls[1]).text
    incomplete = urls[1].split("&X-Amz-Signature")[0]
    assert "AuthorizationQueryParametersError" in requests.get(incomplete).text


PAGE = "http://localhost:3000"


def preflight(app, bucket, origin=PAGE, method="PUT", **headers):
    return raw(app, "OPTIONS", f"/{bucket}/k", **{"Origin": origin, "Access-Control-Request-Method": method, **headers})


def put_rules(s3, bucket, *rules):
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": list(rules)})


def test_without_rules_no_page_may(app, s3, bucket):
    answer = preflight(app, bucket)
    assert answer.status_code == 403 and "CORSResponse: CORS is not enabled for this bucket." in answer.text
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    plain = raw(app, "GET", f"/{bucket}/k", Origin=PAGE)
    assert plain.content == b"x" and "Access-Control-Allow-Origin" not in plain.headers
    bare = raw(app, "OPTIONS", f"/{bucket}/k")
    assert bare.status_code == 400 and "Insufficient information. Origin request header needed." in bare.text


def test_a_rule_lets_pages_in(app, s3, bucket):
    put_rules(s3, bucket, {"AllowedOrigins": [PAGE], "AllowedMethods": ["GET", "PUT"], "AllowedHeaders": ["x-amz-*"],
                           "ExposeHeaders": ["ETag", "x-amz-version-id"], "MaxAgeSeconds": 60})
    answer = preflight(app, bucket, **{"Access-Control-Request-Headers": "X-Amz-Meta-A, x-amz-date"})
    assert answer.status_code == 200 and answer.content == b""
    told = {name: answer.headers[name] for name in answer.headers if name.startswith("Access-Control")}
    assert told == {"Access-Control-Allow-Origin": PAGE, "Access-Control-Allow-Methods": "GET, PUT", "Access-Control-Max-Age": "60",
                    "Access-Control-Allow-Headers": "x-amz-meta-a, x-amz-date", "Access-Control-Allow-Credentials": "true",
                    "Access-Control-Expose-Headers": "ETag, x-amz-version-id"}
    assert answer.headers["Vary"] == "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"
    for refused in (preflight(app, bucket, method="DELETE"), preflight(app, bucket, origin="http://localhost:4000"),
                    preflight(app, bucket, **{"Access-Control-Request-Headers": "content-type"})):
        assert refused.status_code == 403 and "CORSResponse: This CORS request is not allowed." in refused.text
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    assert raw(app, "GET", f"/{bucket}/k", Origin=PAGE).headers["Access-Control-Allow-Origin"] == PAGE
    other = raw(app, "GET", f"/{bucket}/k", Origin="http://localhost:4000")
    assert other.status_code == 200 and "Access-Control-Allow-Origin" not in other.headers


def test_pages_of_other_sites_must_be_named(app, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    assert raw(app, "GET", f"/{bucket}/k", Origin="https://app.example").status_code == 403
    put_rules(s3, bucket, {"AllowedOrigins": ["*"], "AllowedMethods": ["GET"]})
    assert raw(app, "GET", f"/{bucket}/k", Origin="https://app.example").status_code == 403
    local = raw(app, "GET", f"/{bucket}/k", Origin=PAGE)
    assert local.headers["Access-Control-Allow-Origin"] == "*" and "Access-Control-Allow-Credentials" not in local.headers
    put_rules(s3, bucket, {"AllowedOrigins": ["https://*.example"], "AllowedMethods": ["GET"]})
    named = raw(app, "GET", f"/{bucket}/k", Origin="https://app.example")
    assert named.content == b"x" and named.headers["Access-Control-Allow-Origin"] == "https://app.example"


def test_other_services_keep_their_preflights(app):
    answer = raw(app, "OPTIONS", "/", Origin=PAGE, **{"Access-Control-Request-Method": "POST"})
    assert answer.status_code == 200 and answer.headers["Access-Control-Allow-Origin"] == PAGE
    foreign = raw(app, "OPTIONS", "/", Origin="https://app.example", **{"Access-Control-Request-Method": "POST"})
    assert foreign.status_code == 403


def test_cors_rules_are_checked(s3, bucket):
    rule = {"AllowedOrigins": ["*"], "AllowedMethods": ["GET"]}
    code, _, error = error_of(s3.put_bucket_cors, Bucket=bucket, CORSConfiguration={"CORSRules": [{**rule, "AllowedMethods": ["PATCH"]}]})
    assert (code, error["Message"]) == ("InvalidRequest", "Found unsupported HTTP method in CORS config. Unsupported method is PATCH")
    assert error_of(s3.put_bucket_cors, Bucket=bucket, CORSConfiguration={"CORSRules": []})[0] == "MalformedXML"
    put_rules(s3, bucket, rule)
    assert s3.get_bucket_cors(Bucket=bucket)["CORSRules"] == [rule]
    s3.delete_bucket_cors(Bucket=bucket)
    assert error_of(s3.get_bucket_cors, Bucket=bucket)[:2] == ("NoSuchCORSConfiguration", 404)


def test_aws_chunked_bodies(app, s3, bucket):
    def put(body, **headers):
        return requests.put(f"{app.edge}/{bucket}/k", data=body, headers={
            "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "Content-Encoding": "aws-chunked,gzip",
            "x-amz-trailer": "x-amz-checksum-crc32", "x-amz-decoded-content-length": "10", **headers})

    whole = b"5\r\nhello\r\n5\r\nworld\r\n0\r\nx-amz-checksum-crc32:+esgrQ==\r\n\r\n"
    assert put(whole).status_code == 200
    head = s3.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    assert (head["ContentEncoding"], head["ChecksumCRC32"]) == ("gzip", "+esgrQ==")
    assert body_of(s3, bucket, "k") == b"helloworld"
    chunked = put(iter([whole[:7], whole[7:20], whole[20:]]))  # Transfer-Encoding: chunked around it
    assert chunked.status_code == 200
    assert "<Code>BadDigest</Code>" in put(whole.replace(b"+esgrQ", b"AAAAAA")).text
    assert "<Code>IncompleteBody</Code>" in put(whole, **{"x-amz-decoded-content-length": "11"}).text
    assert "<Code>IncompleteBody</Code>" in put(whole[:12]).text
    assert "<Code>InvalidRequest</Code>" in put(b"garbage\r\n").text
    signed = b"a;chunk-signature=" + b"0" * 64 + b"\r\nhelloworld\r\n0;chunk-signature=" + b"0" * 64 + b"\r\n\r\n"
    plain = requests.put(f"{app.edge}/{bucket}/signed", data=signed, headers={
        "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "x-amz-decoded-content-length": "10"})
    assert plain.status_code == 200 and body_of(s3, bucket, "signed") == b"helloworld"


@pytest.mark.parametrize("name, value", [("crc32c", "Vsu0gA=="), ("crc64nvme", "dlX6YCbD8/M="), ("sha1", "at+xg6SiyUovktq1redipHiJpaE="),
                                         ("sha256", "k2oYXKqiZrucvpgengXLeM1zKwsygOuURBK7b4+PB68=")])
def test_trailers_hold_any_checksum(app, s3, bucket, name, value):
    def put(value, signature=b""):
        body = b"a" + signature + b"\r\nhelloworld\r\n0" + signature + b"\r\nx-amz-checksum-" + f"{name}:{value}\r\n".encode()
        body += b"x-amz-trailer-signature:" + b"0" * 64 + b"\r\n" if signature else b""
        kind = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER" if signature else "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
        return requests.put(f"{app.edge}/{bucket}/k", data=body + b"\r\n", headers={
            "x-amz-content-sha256": kind, "x-amz-trailer": f"x-amz-checksum-{name}", "x-amz-decoded-content-length": "10"})

    wrong = put("A" * (len(value) - value.count("=")) + "=" * value.count("="))
    assert wrong.status_code == 400 and f"<Message>The {name.upper()} you specified did not match" in wrong.text
    assert error_of(s3.get_object, Bucket=bucket, Key="k")[0] == "NoSuchKey"
    for signature in (b"", b";chunk-signature=" + b"0" * 64):
        assert put(value, signature).headers[f"x-amz-checksum-{name}"] == value
        assert s3.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")[f"Checksum{name.upper()}"] == value


def test_a_presigned_checksum_is_of_nothing(app, s3, bucket):
    url = app.client("s3", signature_version="s3v4").generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "k"})
    answer = requests.put(url + "&x-amz-checksum-crc32=AAAAAA%3D%3D&x-amz-sdk-checksum-algorithm=CRC32", data=b"six123")
    assert answer.status_code == 200 and body_of(s3, bucket, "k") == b"six123", "JavaScript's URL has the CRC of an empty body"


def test_the_hash_of_the_payload_is_verified(app, s3, bucket):
    answer = requests.put(f"{app.edge}/{bucket}/k", data=b"x", headers={"x-amz-content-sha256": "0" * 64})
    assert answer.status_code == 400 and "<Code>XAmzContentSHA256Mismatch</Code>" in answer.text
    answer = requests.put(f"{app.edge}/{bucket}/k", data=b"x", headers={"x-amz-content-sha256": "nonsense"})
    assert answer.status_code == 400 and "<Code>InvalidArgument</Code>" in answer.text
    assert error_of(s3.get_object, Bucket=bucket, Key="k")[0] == "NoSuchKey"


def post_form(app, s3, bucket, data=b"by form", conditions=(), expires=3600, **fields):
    form = s3.generate_presigned_post(bucket, "posted/${filename}", Fields=fields, ExpiresIn=expires,
                                      Conditions=[*({name: value} for name, value in fields.items()), *conditions])
    return requests.post(form["url"], data=form["fields"], files={"file": ("a.txt", data)}, allow_redirects=False)


def test_forms(app, s3, bucket):
    answer = post_form(app, s3, bucket, success_action_status="201", acl="private", **{"Content-Type": "text/x", "x-amz-meta-a": "1"})
    assert answer.status_code == 201 and answer.text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<PostResponse><Location>')
    assert "<Key>posted/a.txt</Key>" in answer.text
    head = s3.head_object(Bucket=bucket, Key="posted/a.txt")
    assert (head["ContentType"], head["Metadata"], head["ContentLength"]) == ("text/x", {"a": "1"}, 7)
    sent_on = post_form(app, s3, bucket, success_action_redirect="http://localhost:1/done?x=1")
    assert sent_on.status_code == 303
    assert sent_on.headers["Location"].startswith(f"http://localhost:1/done?x=1&bucket={bucket}&key=posted%2Fa.txt&etag=%22")
    big = post_form(app, s3, bucket, data=b"x" * 2_000_000)
    assert big.status_code == 204 and len(body_of(s3, bucket, "posted/a.txt")) == 2_000_000


def test_forms_are_held_to_their_policy(app, s3, bucket):
    too_long = post_form(app, s3, bucket, conditions=[["content-length-range", 1, 5]])
    assert too_long.status_code == 400 and "<Code>EntityTooLarge</Code>" in too_long.text and "<MaxSizeAllowed>5<" in too_long.text
    assert "<Code>EntityTooSmall</Code>" in post_form(app, s3, bucket, conditions=[["content-length-range", 10, 20]]).text
    form = s3.generate_presigned_post(bucket, "k", ExpiresIn=3600)
    extra = requests.post(form["url"], data={**form["fields"], "acl": "private"}, files={"file": b"x"})
    assert extra.status_code == 403 and "Invalid according to Policy: Extra input fields: acl" in extra.text
    other = requests.post(form["url"], data={**form["fields"], "key": "other"}, files={"file": b"x"})
    assert other.status_code == 403 and "Policy Condition failed" in other.text
    without = requests.post(form["url"], files={"key": (None, "k")})
    assert without.status_code == 400 and without.text.count("<Code>MalformedPOSTRequest</Code>") == 1
    assert requests.post(f"{app.edge}/{bucket}", data=b"x").status_code == 405
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)
