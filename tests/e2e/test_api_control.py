"""The control plane of API Gateway: what boto3 and aws-cli read of a template's APIs, and what they make."""
import json

import apps
import aws_cli
import pytest
import requests
import yaml
from botocore.exceptions import ClientError

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Runtime: provided.al2023, CodeUri: app/, Handler: x}}
Resources:
  Rest:
    Type: AWS::Serverless::Api
    Properties:
      StageName: Prod
      Cors: "'*'"
      Models: {Pet: {type: object, properties: {id: {type: integer}}}}
      MethodSettings: [{HttpMethod: GET, ResourcePath: '/pets/{id}', ThrottlingRateLimit: 9, ThrottlingBurstLimit: 9}]
      Auth:
        ApiKeyRequired: true
        UsagePlan: {CreateUsagePlan: PER_API, UsagePlanName: Basic, Quota: {Limit: 4, Period: DAY}}
  Http:
    Type: AWS::Serverless::HttpApi
    Properties: {CorsConfiguration: {AllowOrigins: ['*']}}
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        Pet: {Type: Api, Properties: {RestApiId: !Ref Rest, Method: GET, Path: '/pets/{id}'}}
        Any: {Type: Api, Properties: {RestApiId: !Ref Rest, Method: ANY, Path: '/{proxy+}'}}
        X: {Type: HttpApi, Properties: {ApiId: !Ref Http, Method: GET, Path: '/x/{id}'}}
"""
FILES = {"template.yaml": TEMPLATE, "app/bootstrap": apps.ANSWER}


def aws(app, *words):
    return aws_cli.aws(app.edge, *words)


def refused(call, **parameters):
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    error = caught.value.response
    return error["ResponseMetadata"]["HTTPStatusCode"], error["Error"]["Code"], error["Error"]["Message"]


def test_clients_read_what_a_template_makes(app_factory):
    app = app_factory(FILES)
    rest, http = app.client("apigateway"), app.client("apigatewayv2")
    api, = rest.get_rest_apis()["items"]
    pages = rest.get_paginator("get_resources").paginate(restApiId=api["id"], embed=["methods"],
                                                         PaginationConfig={"PageSize": 2})
    resources = [resource for page in pages for resource in page["items"]]
    assert [resource["path"] for resource in resources] == ["/", "/pets", "/pets/{id}", "/{proxy+}"]
    method = resources[2]["resourceMethods"]["GET"]
    assert method["apiKeyRequired"] and method["methodIntegration"]["type"] == "AWS_PROXY"
    assert ":function:" in method["methodIntegration"]["uri"]
    event = app.get("/Prod/pets/1", "Rest",
                    headers={"x-api-key": rest.get_api_keys(includeValues=True)["items"][0]["value"]}).json()
    assert event["requestContext"]["resourceId"] == resources[2]["id"]
    assert [stage["stageName"] for stage in rest.get_stages(restApiId=api["id"])["item"]] == ["Prod", "Stage"]
    plan, = rest.get_usage_plans()["items"]
    assert plan["apiStages"] == [{"apiId": api["id"], "stage": "Prod"}] and plan["quota"]["limit"] == 4

    other, = http.get_apis()["Items"]
    route, = http.get_routes(ApiId=other["ApiId"])["Items"]
    integration = http.get_integration(ApiId=other["ApiId"], IntegrationId=route["Target"].split("/")[1])
    assert route["RouteKey"] == "GET /x/{id}" and integration["PayloadFormatVersion"] == "2.0"
    stage, = http.get_stages(ApiId=other["ApiId"])["Items"]
    assert (stage["StageName"], stage["AutoDeploy"]) == ("$default", True)
    assert refused(http.get_api, ApiId="none") == (404, "NotFoundException",
                                                   "Invalid API identifier specified 000000000000:none")
    assert refused(rest.get_sdk_types)[:2] == (501, "UnknownOperationException")


def test_aws_cli_reads(app_factory):
    app = app_factory(FILES)
    api, = aws(app, "apigateway", "get-rest-apis")["items"]
    assert aws(app, "apigateway", "get-stage", "--rest-api-id", api["id"], "--stage-name", "Prod")["methodSettings"][
        "pets~1{id}/GET"]["throttlingRateLimit"] == 9
    other, = aws(app, "apigatewayv2", "get-apis")["Items"]
    assert other["ProtocolType"] == "HTTP" and other["CorsConfiguration"] == {"AllowOrigins": ["*"]}


def test_requests_without_a_signature_are_told_apart_by_their_paths(app_factory):
    app = app_factory(FILES)
    assert requests.get(app.edge + "/restapis").json()["item"][0]["name"]
    assert requests.get(app.edge + "/v2/apis").json()["items"][0]["protocolType"] == "HTTP"


def test_apis_are_exported_and_have_a_page(app_factory, tmp_path):
    app = app_factory(FILES)
    api, = aws(app, "apigateway", "get-rest-apis")["items"]
    where = ["--rest-api-id", api["id"], "--stage-name", "Prod", "--parameters", "extensions='integrations,authorizers'"]
    told = aws(app, "apigateway", "get-export", *where, "--export-type", "oas30", "--accepts", "application/json",
               tmp_path / "api.json")
    assert told["contentType"] == "application/octet-stream"
    assert told["contentDisposition"] == 'attachment; filename="oas30_1.0.json"'
    aws(app, "apigateway", "get-export", *where, "--export-type", "oas30", "--accepts", "application/yaml",
        tmp_path / "api.yaml")
    document = json.loads((tmp_path / "api.json").read_text())
    assert yaml.safe_load((tmp_path / "api.yaml").read_text()) == document
    get = document["paths"]["/pets/{id}"]["get"]
    assert get["security"] == [{"api_key": []}] and get["x-amazon-apigateway-integration"]["type"] == "aws_proxy"

    other, = aws(app, "apigatewayv2", "get-apis")["Items"]
    aws(app, "apigatewayv2", "export-api", "--api-id", other["ApiId"], "--specification", "OAS30", "--output-type",
        "YAML", tmp_path / "http.yaml")
    assert "/x/{id}" in yaml.safe_load((tmp_path / "http.yaml").read_text())["paths"]

    page = requests.get(f"{app.edge}/_sls/apis/{api['id']}")
    assert page.headers["content-type"].startswith("text/html") and "/pets/{id}" in page.text
    here = requests.get(f"{app.edge}/_sls/apis/{api['id']}/openapi.json").json()["servers"][0]
    url = here["url"].replace("{basePath}", here["variables"]["basePath"]["default"])
    assert requests.get(url + "/pets/1").status_code == 403  # a key is missing: it is the API
    assert other["ApiId"] in requests.get(app.edge + "/_sls/apis").text


def test_keys_and_plans_made_by_request_guard_and_count_and_survive(app_factory):
    app = app_factory(FILES)
    rest = app.client("apigateway")
    api, = rest.get_rest_apis()["items"]
    key = rest.create_api_key(name="mine", enabled=True)
    plan = rest.create_usage_plan(name="paid", apiStages=[{"apiId": api["id"], "stage": "Prod"}],
                                  quota={"limit": 3, "period": "MONTH"})
    assert len(key["value"]) == 40

    def ask():
        return app.get("/Prod/pets/1", "Rest", headers={"x-api-key": key["value"]}).status_code

    assert ask() == 403
    rest.create_usage_plan_key(usagePlanId=plan["id"], keyId=key["id"], keyType="API_KEY")
    assert [ask(), ask()] == [200, 200]
    today = rest.get_usage(usagePlanId=plan["id"], startDate="2020-01-01", endDate="2020-01-02")
    assert today["items"] == {key["id"]: [[0, 3], [0, 3]]}
    rest.update_usage(usagePlanId=plan["id"], keyId=key["id"],
                      patchOperations=[{"op": "replace", "path": "/remaining", "value": "1"}])
    assert [ask(), ask()] == [200, 429]

    app.kill()
    app = app_factory()
    rest = app.client("apigateway")
    assert rest.get_api_key(apiKey=key["id"], includeValue=True)["value"] == key["value"]
    assert ask() == 200
    rest.delete_api_key(apiKey=key["id"])
    assert ask() == 403
    app.check()


def test_methods_and_authorizers_are_tested(app_factory):
    app = app_factory({"template.yaml": """\
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Runtime: provided.al2023, Handler: x}}
Resources:
  Rest:
    Type: AWS::Serverless::Api
    Properties:
      StageName: Prod
      Auth: {DefaultAuthorizer: A, Authorizers: {A: {FunctionArn: !GetAtt Auth.Arn}}}
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: app/
      Events: {Pet: {Type: Api, Properties: {RestApiId: !Ref Rest, Method: GET, Path: '/pets/{id}'}}}
  Auth:
    Type: AWS::Serverless::Function
    Properties: {Runtime: python3.11, CodeUri: auth/, Handler: index.handler}
""", "app/bootstrap": apps.ANSWER, "auth/index.py": """\
def handler(event, context):
    statement = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": event["methodArn"]}
    return {"principalId": "u1", "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
"""})
    rest = app.client("apigateway")
    api, = rest.get_rest_apis()["items"]
    resource = next(r for r in rest.get_resources(restApiId=api["id"])["items"] if r["path"] == "/pets/{id}")
    told = aws(app, "apigateway", "test-invoke-method", "--rest-api-id", api["id"], "--resource-id", resource["id"],
               "--http-method", "GET", "--path-with-query-string", "/pets/7?a=b", "--headers", "X-A=1")
    event = json.loads(told["body"])
    assert told["status"] == 200 and event["pathParameters"] == {"id": "7"} and event["headers"]["X-A"] == "1"
    assert event["requestContext"]["stage"] == "test-invoke-stage"
    assert "Successfully completed execution" in told["log"] and told["latency"] >= 0
    authorizer, = rest.get_authorizers(restApiId=api["id"])["items"]
    said = rest.test_invoke_authorizer(restApiId=api["id"], authorizerId=authorizer["id"],
                                       headers={"Authorization": "allow"})
    assert said["clientStatus"] == 200 and said["principalId"] and "Statement" in json.loads(said["policy"])
    assert rest.test_invoke_authorizer(restApiId=api["id"], authorizerId=authorizer["id"])["clientStatus"] == 401
