"""contentHandling of REST APIs: bytes and Base64 between clients and a bucket, as binary media types say."""
import base64

import pytest
import requests
from conftest import DEADLINE_S

RESOURCE = """{{get: {{parameters: &key [{{name: key, in: path, required: true}}],
          x-amazon-apigateway-integration: {{type: aws, httpMethod: GET, uri: 'arn:aws:apigateway:us-east-1:s3:path/shelf/{{key}}',
            passthroughBehavior: when_no_match,
            requestParameters: {{integration.request.path.key: method.request.path.key}},
            responses: {{default: {{statusCode: 200{answer}, responseParameters: {{
              method.response.header.Content-Type: integration.response.header.Content-Type}}}}}}}}}},
        put: {{parameters: *key,
          x-amazon-apigateway-integration: {{type: aws, httpMethod: PUT, uri: 'arn:aws:apigateway:us-east-1:s3:path/shelf/{{key}}',
            passthroughBehavior: when_no_match{request},
            requestParameters: {{integration.request.path.key: method.request.path.key,
              integration.request.header.Content-Type: method.request.header.Content-Type}},
            responses: {{default: {{statusCode: 200}}}}}}}}}}"""


def path(handling):
    return RESOURCE.format(answer=f", contentHandling: {handling}" if handling else "",
                      request=f", contentHandling: {handling}" if handling else "")


TEMPLATE = f"""\
Resources:
  Shelf: {{Type: AWS::S3::Bucket, Properties: {{BucketName: shelf}}}}
  Api:
    Type: AWS::ApiGateway::RestApi
    Properties:
      Name: content
      BinaryMediaTypes: [image/png]
      Body:
        openapi: 3.0.1
        paths:
          /plain/{{key}}: {path("")}
          /text/{{key}}: {path("CONVERT_TO_TEXT")}
          /binary/{{key}}: {path("CONVERT_TO_BINARY")}
  Deployment: {{Type: AWS::ApiGateway::Deployment, Properties: {{RestApiId: !Ref Api, StageName: dev}}}}
"""
BYTES = b"\x89PNG\r\n\x1a\n\xff\x00"
BASE64 = base64.b64encode(BYTES)


@pytest.fixture
def app(app_factory):
    return app_factory({"template.yaml": TEMPLATE})


def test_bytes_and_text_on_their_way_to_a_bucket_and_back(app):
    s3 = app.client("s3")

    def put(how, mime, body):
        answer = requests.put(f"{app.api()}/dev/{how}/k", data=body, headers={"Content-Type": mime}, timeout=DEADLINE_S)
        assert answer.status_code == 200, answer.text
        return s3.get_object(Bucket="shelf", Key="k")["Body"].read()

    assert put("plain", "image/png", BYTES) == BYTES
    assert put("plain", "text/plain", BYTES) == BYTES.decode(errors="replace").encode()
    assert put("text", "image/png", BYTES) == BASE64
    assert put("text", "text/plain", b"hello") == b"hello"
    assert put("binary", "image/png", BYTES) == BYTES
    assert put("binary", "text/plain", BASE64) == BYTES
    wrong = requests.put(f"{app.api()}/dev/binary/k", data="no base64!", headers={"Content-Type": "text/plain"},
                         timeout=DEADLINE_S)
    assert (wrong.status_code, wrong.json()) == (500, {"message": "Internal server error"})
    why = requests.get(f"{app.edge}/_sls/why/{wrong.headers['x-amzn-requestid']}", timeout=DEADLINE_S).json()["chain"]
    assert why[-1] == "contentHandling: the body is no Base64"

    def get(how, accept):
        answer = requests.get(f"{app.api()}/dev/{how}/k", headers={"Accept": accept}, timeout=DEADLINE_S)
        assert answer.status_code == 200, answer.text
        return answer.content

    s3.put_object(Bucket="shelf", Key="k", Body=BYTES, ContentType="image/png")
    assert get("plain", "image/png") == BYTES and get("plain", "text/plain") == BASE64
    assert get("text", "image/png") == BASE64 and get("binary", "text/plain") == BYTES
    s3.put_object(Bucket="shelf", Key="k", Body=BASE64, ContentType="text/plain")
    assert get("plain", "image/png, */*") == BYTES and get("plain", "*/*, image/png") == BASE64
    assert get("text", "image/png") == BASE64 and get("binary", "text/plain") == BYTES
