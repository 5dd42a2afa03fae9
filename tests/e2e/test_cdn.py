"""CloudFront distributions: behaviors, the cache, error pages, edge locations, over an API and a bucket."""
import gzip
import json
import threading

import botocore.exceptions
import pytest
import requests
from conftest import App, write_tree

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: app/
      Handler: app.handler
      Runtime: python3.11
      Events:
        Any: {Type: HttpApi}
      FunctionUrlConfig: {AuthType: NONE}
  Files: {Type: AWS::S3::Bucket, Properties: {BucketName: files}}
  Listed: {Type: AWS::S3::Bucket, Properties: {BucketName: listed}}
  ListedPolicy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Listed
      PolicyDocument:
        Statement: [{Effect: Allow, Principal: '*', Action: ['s3:ListBucket', 's3:GetObject'], Resource: '*'}]
  Keyed:
    Type: AWS::CloudFront::CachePolicy
    Properties:
      CachePolicyConfig:
        Name: keyed
        MinTTL: 0
        DefaultTTL: 0
        MaxTTL: 3600
        ParametersInCacheKeyAndForwardedToOrigin:
          EnableAcceptEncodingGzip: true
          EnableAcceptEncodingBrotli: false
          HeadersConfig: {HeaderBehavior: whitelist, Headers: [X-Lang]}
          CookiesConfig: {CookieBehavior: whitelist, Cookies: [session]}
          QueryStringsConfig: {QueryStringBehavior: whitelist, QueryStrings: [v, say, age, status, etag, size]}
  Headers:
    Type: AWS::CloudFront::ResponseHeadersPolicy
    Properties:
      ResponseHeadersPolicyConfig:
        Name: headers
        CustomHeadersConfig: {Items: [{Header: X-Own, Value: mine, Override: true}]}
        RemoveHeadersConfig: {Items: [{Header: Apigw-Requestid}]}
        CorsConfig:
          AccessControlAllowCredentials: false
          AccessControlAllowHeaders: {Items: ['*']}
          AccessControlAllowMethods: {Items: [GET]}
          AccessControlAllowOrigins: {Items: ['https://*.example.com']}
          OriginOverride: true
  Site:
    Type: AWS::CloudFront::Distribution
    Properties:
      DistributionConfig:
        Enabled: true
        Comment: a site
        DefaultRootObject: index.html
        Origins:
          - Id: api
            DomainName: !Sub "${ServerlessHttpApi}.execute-api.${AWS::Region}.${AWS::URLSuffix}"
            CustomOriginConfig: {OriginProtocolPolicy: https-only}
            OriginCustomHeaders: [{HeaderName: X-Secret, HeaderValue: s3cret}]
          - Id: files
            DomainName: !GetAtt Files.RegionalDomainName
            S3OriginConfig: {}
          - Id: listed
            DomainName: !GetAtt Listed.DomainName
            S3OriginConfig: {}
          - Id: gone
            DomainName: 127.0.0.1
            CustomOriginConfig: {OriginProtocolPolicy: http-only, HTTPPort: 1}
        OriginGroups:
          Quantity: 1
          Items:
            - Id: group
              FailoverCriteria: {StatusCodes: {Quantity: 1, Items: [403]}}
              Members: {Quantity: 2, Items: [{OriginId: files}, {OriginId: listed}]}
        DefaultCacheBehavior:
          TargetOriginId: files
          ViewerProtocolPolicy: redirect-to-https
          CachePolicyId: 658327ea-f89d-4fab-a63d-7e88639e58f6
          Compress: true
        CacheBehaviors:
          - {PathPattern: /signed/*, TargetOriginId: api, ViewerProtocolPolicy: allow-all,
             TrustedKeyGroups: [group], CachePolicyId: !Ref Keyed}
          - {PathPattern: /gone/*, TargetOriginId: gone, ViewerProtocolPolicy: allow-all, CachePolicyId: !Ref Keyed}
          - {PathPattern: /group/*, TargetOriginId: group, ViewerProtocolPolicy: allow-all, CachePolicyId: !Ref Keyed}
          - {PathPattern: /listed/*, TargetOriginId: listed, ViewerProtocolPolicy: allow-all, CachePolicyId: !Ref Keyed}
          - {PathPattern: /viewer/*, TargetOriginId: api, ViewerProtocolPolicy: allow-all,
             CachePolicyId: 4135ea2d-6df8-44a3-9df3-4b5a84be39ad,
             OriginRequestPolicyId: 216adef6-5c7f-47e4-b989-5492eafa07d3}
          - {PathPattern: /api/*, TargetOriginId: api, ViewerProtocolPolicy: allow-all,
             AllowedMethods: [GET, HEAD, OPTIONS, PUT, PATCH, POST, DELETE],
             CachePolicyId: 4135ea2d-6df8-44a3-9df3-4b5a84be39ad,
             OriginRequestPolicyId: b689b0a8-53d0-40ab-baf2-68738e2966ac}
          - {PathPattern: /cached/*, TargetOriginId: api, ViewerProtocolPolicy: allow-all, Compress: true,
             CachePolicyId: !Ref Keyed, ResponseHeadersPolicyId: !Ref Headers}
        CustomErrorResponses:
          - {ErrorCode: 403, ResponseCode: 200, ResponsePagePath: /spa.html, ErrorCachingMinTTL: 0}
          - {ErrorCode: 500, ErrorCachingMinTTL: 7}
  Other:
    Type: AWS::CloudFront::Distribution
    Properties:
      DistributionConfig:
        Enabled: true
        Origins:
          - Id: url
            DomainName: !Select [2, !Split ['/', !GetAtt HelloUrl.FunctionUrl]]
            CustomOriginConfig: {OriginProtocolPolicy: https-only}
        DefaultCacheBehavior:
          TargetOriginId: url
          ViewerProtocolPolicy: allow-all
          ForwardedValues: {QueryString: true, Cookies: {Forward: none}}
          MinTTL: 0
          DefaultTTL: 60
          MaxTTL: 60
"""

# Answers as its query says; `n` counts the requests that reached it.
APP = """\
import json, time
n = 0
def handler(event, context):
    global n
    n += 1
    query = event.get('queryStringParameters') or {}
    headers = {'content-type': 'application/json', 'cache-control': query.get('say', 'max-age=60'),
               'set-cookie': 'a=b'}
    status = int(query.get('status', 200))
    if 'etag' in query:
        headers['etag'] = '"%s"' % query['etag']
        if event['headers'].get('if-none-match') == headers['etag']:
            return {'statusCode': 304, 'headers': headers}
    if event['rawPath'].endswith('/slow'):
        time.sleep(0.2)
    body = json.dumps({'n': n, 'path': event['rawPath'], 'query': event['rawQueryString'],
                       'headers': event['headers'], 'cookies': event.get('cookies'), 'body': event.get('body')})
    return {'statusCode': status, 'headers': headers, 'body': body + ' ' * int(query.get('size', 0))}
"""

FILES = {"template.yaml": TEMPLATE, "app/app.py": APP}


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    directory = tmp_path_factory.mktemp("cdn")
    write_tree(directory, FILES)
    running = App(directory)
    s3 = running.client("s3")
    s3.put_object(Bucket="files", Key="index.html", Body=b"<h1>index</h1>", ContentType="text/html")
    s3.put_object(Bucket="files", Key="spa.html", Body=b"<h1>spa</h1>", ContentType="text/html")
    s3.put_object(Bucket="files", Key="big.txt", Body=b"0123456789" * 1000, ContentType="text/plain")
    s3.put_object(Bucket="listed", Key="group/second", Body=b"second")
    yield running
    assert running.stop() == 0, running.stderr
    assert "Sanitizer" not in running.stderr, running.stderr


def ask(app, path, method="GET", site="Site", **options):
    options.setdefault("headers", {}).setdefault("Accept-Encoding", "identity")
    return requests.request(method, app.endpoints["distributions"][site] + path, timeout=30, **options)


def cache(response):
    return response.headers["X-Cache"].removesuffix(" from cloudfront")


def test_a_second_request_is_a_hit_with_its_age(app):
    first = ask(app, "/cached/age?v=1")
    assert (first.status_code, cache(first)) == (200, "Miss")
    assert "Age" not in first.headers
    app.advance("20s")
    second = ask(app, "/cached/age?v=1")
    assert (cache(second), second.headers["Age"]) == ("Hit", "20")
    assert second.json() == first.json()
    assert second.headers["X-Amz-Cf-Pop"] == "IAD89-C1"
    assert second.headers["Via"].endswith(".cloudfront.net (CloudFront)")
    assert second.headers["X-Amz-Cf-Id"] != first.headers["X-Amz-Cf-Id"]
    app.advance("40s")
    third = ask(app, "/cached/age?v=1")
    assert cache(third) == "Miss" and third.json()["n"] > first.json()["n"]
    line = app.wait_for(lambda l: l["type"] == "request" and l.get("cache") == "Hit" and l["api"] == "Site")
    assert line["route"] == "/cached/*"


def test_the_key_is_what_the_policy_says(app):
    def n(path, **headers):
        return ask(app, path, headers=headers).json()["n"]

    base = n("/cached/key?v=1&other=1")
    assert n("/cached/key?v=1&other=2") == base
    assert n("/cached/key?v=2") != base
    assert n("/cached/key?v=1", **{"X-Lang": "de"}) != base
    assert n("/cached/key?v=1", Cookie="session=1; other=2") != base
    assert n("/cached/key?v=1", Cookie="other=2") == base
    assert n("/cached/key?v=1", **{"User-Agent": "another"}) == base
    seen = ask(app, "/cached/key2?v=1&other=1", headers={"X-Lang": "de", "X-Foo": "1", "Cookie": "session=1; x=2"}).json()
    assert (seen["query"], seen["cookies"]) == ("v=1", ["session=1"])
    assert "x-foo" not in seen["headers"] and seen["headers"]["x-lang"] == "de"
    assert seen["headers"]["user-agent"] == "Amazon CloudFront" and seen["headers"]["x-secret"] == "s3cret"


def test_what_may_not_be_kept_is_asked_for_again(app):
    for say in ("no-store", "private", "max-age=0", "no-cache"):
        path = f"/cached/not?say={say}"
        assert ask(app, path).json()["n"] != ask(app, path).json()["n"], say


def test_an_expired_object_is_asked_for_with_its_etag(app):
    path = "/cached/etag?etag=one&say=max-age=5"
    first = ask(app, path)
    app.advance("10s")
    second = ask(app, path)
    assert (cache(first), cache(second)) == ("Miss", "RefreshHit")
    assert second.json() == first.json()
    assert cache(ask(app, path)) == "Hit"
    same = ask(app, path, headers={"If-None-Match": '"one"'})
    assert (same.status_code, same.content, cache(same)) == (304, b"", "Hit")
    assert ask(app, path, headers={"If-None-Match": '"two"'}).status_code == 200
    path = "/cached/etag?etag=one&say=no-cache"
    assert [cache(ask(app, path)) for _ in range(2)] == ["Miss", "RefreshHit"]


def test_stale_while_revalidate_answers_at_once(app):
    path = "/cached/stale?say=max-age=5, stale-while-revalidate=30"
    first = ask(app, path).json()["n"]
    app.advance("10s")
    stale = ask(app, path)
    assert (cache(stale), stale.json()["n"]) == ("Hit", first)
    app.wait_for(lambda l: l["type"] == "request" and l["api"] == "ServerlessHttpApi"
                 and l["path"] == "/cached/stale", already=True)
    for _ in range(100):
        now = ask(app, path).json()["n"]
        if now != first:
            break
    assert now > first


def test_requests_for_one_key_are_one_for_the_origin(app):
    seen = []
    threads = [threading.Thread(target=lambda: seen.append(ask(app, "/cached/slow?v=9"))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({response.json()["n"] for response in seen}) == 1
    assert sorted(cache(response) for response in seen) == ["Hit"] * 5 + ["Miss"]


def test_head_and_ranges_come_from_the_object_of_get(app):
    whole = ask(app, "/big.txt")
    assert (whole.status_code, cache(whole), len(whole.content)) == (200, "Miss", 10000)
    head = ask(app, "/big.txt", "HEAD")
    assert (cache(head), head.headers["Content-Length"], head.content) == ("Hit", "10000", b"")
    for text, status, content, where in (("bytes=0-4", 206, b"01234", "bytes 0-4/10000"),
                                         ("bytes=9995-", 206, b"56789", "bytes 9995-9999/10000"),
                                         ("bytes=-3", 206, b"789", "bytes 9997-9999/10000"),
                                         ("bytes=10000-", 416, b"", "bytes */10000")):
        part = ask(app, "/big.txt", headers={"Range": text})
        assert (part.status_code, part.content, part.headers["Content-Range"]) == (status, content, where), text
    changed = ask(app, "/big.txt", headers={"Range": "bytes=0-4", "If-Range": '"other"'})
    assert (changed.status_code, len(changed.content)) == (200, 10000)


def test_text_is_packed_for_those_who_take_it(app):
    packed = ask(app, "/big.txt", headers={"Accept-Encoding": "br, gzip"}, stream=True)
    raw = packed.raw.read(decode_content=False)
    assert packed.headers["Content-Encoding"] == "gzip" and packed.headers["ETag"].startswith('W/"')
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert gzip.decompress(raw) == b"0123456789" * 1000
    assert "Content-Encoding" not in ask(app, "/big.txt").headers
    assert "Content-Encoding" not in ask(app, "/index.html", headers={"Accept-Encoding": "gzip"}).headers


def test_the_root_has_its_object_and_missing_keys_the_error_page(app):
    assert ask(app, "/").text == "<h1>index</h1>"
    page = ask(app, "/some/route")
    assert (page.status_code, page.text, cache(page)) == (200, "<h1>spa</h1>", "Error")
    assert ask(app, "/listed/nothing").status_code == 404, "a bucket policy lets others list"


def test_errors_are_kept_for_a_while(app):
    path = "/cached/error?status=500&say=no-store"
    first = ask(app, path)
    assert (first.status_code, cache(first)) == (500, "Error")
    assert ask(app, path).json() == first.json()
    app.advance("8s")
    assert ask(app, path).json()["n"] > first.json()["n"]
    path = "/cached/error?status=401"
    assert ask(app, path).json()["n"] != ask(app, path).json()["n"], "401 is never kept"


def test_an_api_gets_everything_but_the_host_of_the_viewer(app):
    seen = ask(app, "/api/a?x=1&y=2", "POST", data=b"body", 
               headers={"Authorization": "Bearer t", "Cookie": "c=1", "Content-Type": "text/plain"})
    event = seen.json()
    assert (event["path"], event["query"], event["body"]) == ("/api/a", "x=1&y=2", "body")
    assert event["headers"]["authorization"] == "Bearer t" and event["cookies"] == ["c=1"]
    assert ".execute-api." in event["headers"]["host"]
    assert cache(seen) == "Miss"
    assert ask(app, "/api/a").json()["n"] != ask(app, "/api/a").json()["n"], "CachingDisabled"


def test_the_host_of_the_viewer_finds_no_api(app):
    assert ask(app, "/viewer/a").text == "<h1>spa</h1>", "403, for which there is a page"


def test_a_response_headers_policy_is_applied(app):
    plain = ask(app, "/cached/headers")
    assert plain.headers["X-Own"] == "mine" and "Apigw-Requestid" not in plain.headers
    assert "Access-Control-Allow-Origin" not in plain.headers
    cross = ask(app, "/cached/headers", headers={"Origin": "https://a.example.com"})
    assert cross.headers["Access-Control-Allow-Origin"] == "https://a.example.com"
    assert "Access-Control-Allow-Origin" not in ask(app, "/cached/headers", headers={"Origin": "https://b.org"}).headers


def test_what_is_not_allowed_or_not_emulated_is_refused(app):
    refused = ask(app, "/index.html", "PUT", data=b"x")
    assert refused.status_code == 403
    assert "not configured to allow the HTTP request method" in refused.text
    assert ask(app, "/signed/x").status_code == 501
    assert "behavior '/signed/*' of 'Site' answers 501: signed URLs and cookies are not emulated" in app.stderr
    assert app.stderr.count("ViewerProtocolPolicy of 'Site' asks for HTTPS: plain HTTP is served without --tls") == 1
    socket = ask(app, "/api/ws", headers={"Connection": "Upgrade", "Upgrade": "websocket"})
    assert socket.status_code == 501 and "WebSockets" in socket.text
    why = requests.get(f"{app.edge}/_sls/why/{refused.headers['X-Amz-Cf-Id']}", timeout=30).json()
    assert why["chain"] == ["route *", "not among AllowedMethods"]


def test_an_origin_that_is_gone_and_one_that_takes_over(app):
    gone = ask(app, "/gone/x")
    assert gone.status_code == 502 and "wasn't able to connect to the origin" in gone.text
    assert ask(app, "/group/second").text == "second"


def test_a_function_url_and_older_settings(app):
    first = ask(app, "/u?a=1", site="Other")
    assert first.json()["path"] == "/u" and cache(first) == "Miss" and "Set-Cookie" not in first.headers
    assert cache(ask(app, "/u?a=1", site="Other")) == "Hit"
    assert cache(ask(app, "/u?a=2", site="Other")) == "Miss"


def test_invalidations_and_what_the_api_tells(app):
    client = app.client("cloudfront")
    listed = {item["Comment"] if "Comment" in item else "": item
              for item in client.list_distributions()["DistributionList"]["Items"]}
    site = listed["a site"]
    assert site["DomainName"].endswith(".cloudfront.net") and site["Status"] == "Deployed"
    whole = client.get_distribution(Id=site["Id"])
    config = client.get_distribution_config(Id=site["Id"])
    assert whole["Distribution"]["DistributionConfig"] == config["DistributionConfig"]
    assert config["ETag"] == whole["ETag"]
    config = config["DistributionConfig"]
    assert [origin["Id"] for origin in config["Origins"]["Items"]] == ["api", "files", "listed", "gone"]
    assert config["CacheBehaviors"]["Quantity"] == 7
    assert "POST" in config["CacheBehaviors"]["Items"][5]["AllowedMethods"]["Items"]
    assert config["OriginGroups"]["Items"][0]["FailoverCriteria"]["StatusCodes"]["Items"] == [403]

    def invalidate(reference, *paths):
        return client.create_invalidation(DistributionId=site["Id"], InvalidationBatch={
            "Paths": {"Quantity": len(paths), "Items": list(paths)}, "CallerReference": reference})["Invalidation"]

    paths = ["/cached/i?v=1", "/cached/i?v=2", "/cached/j"]
    assert [cache(ask(app, path)) for path in paths] == ["Miss"] * 3
    made = invalidate("one", "/cached/i?v=1")
    assert made["Status"] == "InProgress"
    assert [cache(ask(app, path)) for path in paths] == ["Miss", "Hit", "Hit"]
    assert invalidate("one", "/cached/i?v=1")["Id"] == made["Id"]
    assert [cache(ask(app, path)) for path in paths] == ["Hit"] * 3, "the same once more is nothing new"
    last = invalidate("two", "/cached/i*")
    assert [cache(ask(app, path)) for path in paths] == ["Miss", "Miss", "Hit"]
    client.get_waiter("invalidation_completed").wait(DistributionId=site["Id"], Id=last["Id"])
    found = client.list_invalidations(DistributionId=site["Id"])["InvalidationList"]
    assert [item["Id"] for item in found["Items"]] == [last["Id"], made["Id"]] and found["Quantity"] == 2
    for call, code in (
            (lambda: invalidate("one", "/other"), "InvalidArgument"),
            (lambda: client.get_distribution(Id="ENOSUCH"), "NoSuchDistribution"),
            (lambda: client.get_invalidation(DistributionId=site["Id"], Id="INOSUCH"), "NoSuchInvalidation"),
            (lambda: client.delete_distribution(Id=site["Id"], IfMatch="x"), "NotImplemented")):
        with pytest.raises(botocore.exceptions.ClientError) as refused:
            call()
        assert code in refused.value.response["Error"]["Code"]


def test_edge_locations_keep_their_own(tmp_path):
    write_tree(tmp_path, FILES)
    app = App(tmp_path, "--edges", "3")
    try:
        names = ["Site", "Site:2", "Site:3"]
        answers = [ask(app, "/cached/e?v=1", site=name) for name in names]
        assert [cache(answer) for answer in answers] == ["Miss"] * 3
        assert [answer.headers["X-Amz-Cf-Pop"] for answer in answers] == ["IAD89-C1", "FRA56-P1", "NRT57-P2"]
        far = ask(app, "/cached/e?v=1", site="Site:3")
        assert cache(far) == "Hit" and far.elapsed.total_seconds() >= 0.12
    finally:
        assert app.stop() == 0, app.stderr


def test_with_tls_plain_http_is_sent_away(tmp_path):
    write_tree(tmp_path, FILES)
    app = App(tmp_path, "--tls")
    try:
        plain = ask(app, "/a?b=c", allow_redirects=False)
        site = app.endpoints["distributions"]["Site"].replace("http:", "https:")
        assert (plain.status_code, plain.headers["Location"]) == (301, f"{site}/a?b=c")
        assert plain.headers["X-Cache"] == "Redirect from cloudfront"
        safe = requests.get(f"{site}/cached/a", verify=app.endpoints["ca"], timeout=30)
        assert (safe.status_code, cache(safe)) == (200, "Miss")
        assert "asks for HTTPS" not in app.stderr
    finally:
        assert app.stop() == 0, app.stderr


def test_a_reload_keeps_port_and_cache(tmp_path):
    write_tree(tmp_path, FILES)
    app = App(tmp_path)
    try:
        before = ask(app, "/cached/r?v=1").json()
        (tmp_path / "template.yaml").write_text(TEMPLATE.replace("PathPattern: /signed/*", "PathPattern: /closed/*"))
        app.wait_for(lambda l: "deployed again" in l.get("text", ""))
        again = ask(app, "/cached/r?v=1")
        assert (cache(again), again.json()) == ("Hit", before)
        assert ask(app, "/closed/x").status_code == 501
        assert json.loads((app.data_dir / "endpoints.json").read_text())["distributions"] == app.endpoints["distributions"]
    finally:
        assert app.stop() == 0, app.stderr
