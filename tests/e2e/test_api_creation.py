"""APIs that no template has: made with boto3 and aws-cli, served, changed, there after a crash, gone when deleted."""
import json

import apps
import requests
import yaml
from test_api_control import aws, refused

ACCOUNT = "000000000000"
ARN = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:Fn"
URI = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{ARN}/invocations"
FILES = {"template.yaml": """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: Fn
      Runtime: provided.al2023
      CodeUri: app/
      Handler: x
      Events: {X: {Type: HttpApi, Properties: {Method: GET, Path: /template}}}
""", "app/bootstrap": apps.ANSWER}


def make_rest_api(rest, name="made"):
    """GET /pets/{id} of a function and GET /mock; (API, resources by path)."""
    api = rest.create_rest_api(name=name, endpointConfiguration={"types": ["REGIONAL"]})
    ids = {"/": api["rootResourceId"]}
    for parent, part in (("/", "pets"), ("/pets", "{id}"), ("/", "mock")):
        ids[f"{parent.rstrip('/')}/{part}"] = rest.create_resource(restApiId=api["id"], parentId=ids[parent],
                                                                   pathPart=part)["id"]
    pet = {"restApiId": api["id"], "resourceId": ids["/pets/{id}"], "httpMethod": "GET"}
    rest.put_method(**pet, authorizationType="NONE", requestParameters={"method.request.path.id": True})
    rest.put_integration(**pet, type="AWS_PROXY", integrationHttpMethod="POST", uri=URI)
    mock = {"restApiId": api["id"], "resourceId": ids["/mock"], "httpMethod": "GET"}
    rest.put_method(**mock, authorizationType="NONE")
    rest.put_integration(**mock, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})
    rest.put_method_response(**mock, statusCode="200", responseModels={"application/json": "Empty"})
    rest.put_integration_response(**mock, statusCode="200",
                                  responseTemplates={"application/json": '{"who": "$stageVariables.who"}'})
    return api, ids


def test_a_canary_has_routes_answers_and_a_cache_of_its_own(app_factory):
    app = app_factory(FILES)
    rest = app.client("apigateway")
    api, ids = make_rest_api(rest)
    mock = {"restApiId": api["id"], "resourceId": ids["/mock"], "httpMethod": "GET"}
    stage = {"restApiId": api["id"], "stageName": "dev"}
    rest.create_deployment(**stage, variables={"who": "old"}, cacheClusterEnabled=True, cacheClusterSize="0.5")
    rest.update_stage(**stage, patchOperations=[
        {"op": "replace", "path": "/*/*/caching/enabled", "value": "true"}])
    url = app.read_endpoints()["apis"][api["id"]] + "/dev/mock"
    assert requests.get(url).json() == {"who": "old"}

    template = '{"who": "$stageVariables.who", "canary": "$context.isCanaryRequest"}'
    rest.update_integration_response(**mock, statusCode="200", patchOperations=[
        {"op": "replace", "path": "/responseTemplates/application~1json", "value": template}])
    rest.create_deployment(**stage, canarySettings={"percentTraffic": 50, "stageVariableOverrides": {"who": "new"}})
    seen = [requests.get(url).text for _ in range(60)]
    assert {json.loads(text).get("who") for text in seen} == {"old", "new"}, "half of the requests are the canary's"
    assert json.loads(next(text for text in seen if "new" in text)) == {"who": "new", "canary": "true"}

    # With the stage's cache, what either of them has answered is the answer of both.
    rest.update_stage(**stage, patchOperations=[
        {"op": "replace", "path": "/canarySettings/useStageCache", "value": "true"}])
    assert len({requests.get(url).text for _ in range(60)}) == 1
    rest.update_stage(**stage, patchOperations=[{"op": "remove", "path": "/canarySettings"}])
    assert requests.get(url).json() == {"who": "old"}


def test_a_rest_api_is_made_deployed_changed_and_deleted(app_factory):
    app = app_factory(FILES)
    rest = app.client("apigateway")
    api, ids = make_rest_api(rest)
    assert api["id"] not in app.read_endpoints()["apis"]  # it is not deployed
    rest.create_deployment(restApiId=api["id"], stageName="dev", variables={"who": "me"})
    url = app.read_endpoints()["apis"][api["id"]]
    notice = app.wait_for(lambda line: line["type"] == "notice" and line["about"] == api["id"])
    assert notice["text"] == f"REST API at {url}"
    event = requests.get(url + "/dev/pets/7?a=b").json()
    assert event["pathParameters"] == {"id": "7"} and event["resource"] == "/pets/{id}"
    assert event["requestContext"]["apiId"] == api["id"] and event["requestContext"]["stage"] == "dev"
    assert event["requestContext"]["resourceId"] == ids["/pets/{id}"]
    assert requests.get(url + "/dev/mock").json() == {"who": "me"}
    edge = f"{app.edge}/_aws/execute-api/{api['id']}/dev/mock"
    assert requests.get(edge).json() == {"who": "me"}

    # a canary of templates: dev stays what it was, prod is another deployment
    mock = {"restApiId": api["id"], "resourceId": ids["/mock"], "httpMethod": "GET"}
    rest.update_integration_response(**mock, statusCode="200", patchOperations=[
        {"op": "replace", "path": "/responseTemplates/application~1json", "value": '{"now": true}'}])
    deployment = rest.create_deployment(restApiId=api["id"])
    rest.create_stage(restApiId=api["id"], stageName="prod", deploymentId=deployment["id"])
    assert requests.get(url + "/prod/mock").json() == {"now": True}
    assert requests.get(url + "/dev/mock").json() == {"who": "me"}
    summary = rest.get_deployment(restApiId=api["id"], deploymentId=deployment["id"], embed=["apisummary"])
    assert set(summary["apiSummary"]) == {"/pets/{id}", "/mock"}

    app.kill()
    app = app_factory()
    rest = app.client("apigateway")
    url = app.read_endpoints()["apis"][api["id"]]
    assert requests.get(url + "/prod/mock").json() == {"now": True}
    assert requests.get(url + "/dev/mock").json() == {"who": "me"}
    assert requests.get(url + "/dev/pets/7").json()["pathParameters"] == {"id": "7"}
    assert app.get("/template").status_code == 200
    rest.delete_rest_api(restApiId=api["id"])
    assert api["id"] not in app.read_endpoints()["apis"]
    assert refused(rest.get_rest_api, restApiId=api["id"]) == (
        404, "NotFoundException", f"Invalid API identifier specified {ACCOUNT}:{api['id']}")
    app.check()


def test_an_authorizer_made_by_request_guards_a_method(app_factory):
    app = app_factory({**FILES, "template.yaml": FILES["template.yaml"] + """\
  Auth:
    Type: AWS::Serverless::Function
    Properties: {FunctionName: Auth, Runtime: python3.11, CodeUri: auth/, Handler: index.handler}
""", "auth/index.py": """\
def handler(event, context):
    effect = "Allow" if event["authorizationToken"] == "yes" else "Deny"
    statement = {"Effect": effect, "Action": "execute-api:Invoke", "Resource": event["methodArn"]}
    return {"principalId": "u1", "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
"""})
    rest = app.client("apigateway")
    api, ids = make_rest_api(rest)
    authorizer = rest.create_authorizer(restApiId=api["id"], name="auth", type="TOKEN",
                                        authorizerUri=URI.replace(":function:Fn", ":function:Auth"),
                                        identitySource="method.request.header.Authorization")
    rest.update_method(restApiId=api["id"], resourceId=ids["/mock"], httpMethod="GET", patchOperations=[
        {"op": "replace", "path": "/authorizationType", "value": "CUSTOM"},
        {"op": "replace", "path": "/authorizerId", "value": authorizer["id"]}])
    rest.create_deployment(restApiId=api["id"], stageName="dev")
    url = app.read_endpoints()["apis"][api["id"]] + "/dev/mock"
    assert requests.get(url).status_code == 401
    assert requests.get(url, headers={"Authorization": "no"}).status_code == 403
    assert requests.get(url, headers={"Authorization": "yes"}).status_code == 200
    assert refused(rest.delete_authorizer, restApiId=api["id"], authorizerId=authorizer["id"])[:2] == (
        409, "ConflictException")


def test_aws_cli_makes_an_http_api_for_a_target(app_factory):
    app = app_factory(FILES)
    api = aws(app, "apigatewayv2", "create-api", "--name", "quick", "--protocol-type", "HTTP", "--target", ARN)
    url = api["ApiEndpoint"]
    assert requests.get(app.read_endpoints()["apis"][api["ApiId"]] + "/a/b").json()["routeKey"] == "$default"
    assert requests.get(url + "/a/b").json()["routeKey"] == "$default"
    route, = aws(app, "apigatewayv2", "get-routes", "--api-id", api["ApiId"])["Items"]
    assert route["ApiGatewayManaged"] and route["RouteKey"] == "$default"
    aws(app, "apigatewayv2", "update-api", "--api-id", api["ApiId"], "--cors-configuration",
        "AllowOrigins=https://a.example,AllowMethods=GET")
    preflight = requests.options(url + "/a", headers={"Origin": "https://a.example",
                                                      "Access-Control-Request-Method": "GET"})
    assert preflight.headers["access-control-allow-origin"] == "https://a.example"
    app.kill()
    app = app_factory()
    assert requests.get(app.read_endpoints()["apis"][api["ApiId"]] + "/a/b").json()["routeKey"] == "$default"
    aws(app, "apigatewayv2", "delete-api", "--api-id", api["ApiId"])
    assert api["ApiId"] not in app.read_endpoints()["apis"]


def test_an_http_api_deploys_itself_or_when_it_is_told_to(app_factory):
    app = app_factory(FILES)
    http = app.client("apigatewayv2")
    api = http.create_api(Name="made", ProtocolType="HTTP")
    integration = http.create_integration(ApiId=api["ApiId"], IntegrationType="AWS_PROXY", IntegrationUri=ARN,
                                          PayloadFormatVersion="2.0")
    target = f"integrations/{integration['IntegrationId']}"
    http.create_route(ApiId=api["ApiId"], RouteKey="GET /pets/{id}", Target=target)
    http.create_stage(ApiId=api["ApiId"], StageName="$default", AutoDeploy=True)
    http.create_stage(ApiId=api["ApiId"], StageName="slow")
    http.create_deployment(ApiId=api["ApiId"], StageName="slow")
    url = http.get_api(ApiId=api["ApiId"])["ApiEndpoint"]
    assert requests.get(url + "/pets/7").json()["pathParameters"] == {"id": "7"}
    http.create_route(ApiId=api["ApiId"], RouteKey="ANY /toys", Target=target)
    assert requests.post(url + "/toys").json()["routeKey"] == "ANY /toys"
    assert requests.post(url + "/slow/toys").status_code == 404
    http.create_deployment(ApiId=api["ApiId"], StageName="slow")
    assert requests.post(url + "/slow/toys").json()["requestContext"]["stage"] == "slow"
    assert refused(http.delete_integration, ApiId=api["ApiId"],
                   IntegrationId=integration["IntegrationId"])[:2] == (409, "ConflictException")
    http.delete_api(ApiId=api["ApiId"])
    assert requests.get(url + "/pets/7").status_code == 403  # as no API is there
    app.check()


def exported(rest, api, stage, kind="oas30"):
    document = json.loads(rest.get_export(restApiId=api, stageName=stage, exportType=kind, accepts="application/json",
                                          parameters={"extensions": "integrations,authorizers"})["body"].read())
    for place in ("servers", "host", "basePath", "schemes"):
        document.pop(place, None)
    document["info"].pop("version", None)
    return document


def test_what_is_exported_can_be_imported(app_factory, tmp_path):
    app = app_factory(FILES)
    rest = app.client("apigateway")
    api, ids = make_rest_api(rest)
    authorizer = rest.create_authorizer(restApiId=api["id"], name="auth", type="REQUEST", authorizerUri=URI,
                                        identitySource="method.request.header.A", authorizerResultTtlInSeconds=60)
    rest.update_method(restApiId=api["id"], resourceId=ids["/pets/{id}"], httpMethod="GET", patchOperations=[
        {"op": "replace", "path": "/authorizationType", "value": "CUSTOM"},
        {"op": "replace", "path": "/authorizerId", "value": authorizer["id"]},
        {"op": "replace", "path": "/apiKeyRequired", "value": "true"}])
    rest.create_model(restApiId=api["id"], name="Pet", contentType="application/json", schema='{"type": "object"}')
    rest.create_deployment(restApiId=api["id"], stageName="dev")
    for kind in ("oas30", "swagger"):
        aws(app, "apigateway", "get-export", "--rest-api-id", api["id"], "--stage-name", "dev", "--export-type", kind,
            "--parameters", "extensions='integrations,authorizers'", "--accepts", "application/yaml",
            tmp_path / "api.yaml")
        other = aws(app, "apigateway", "import-rest-api", "--body", f"fileb://{tmp_path}/api.yaml",
                    "--parameters", "endpointConfigurationTypes=REGIONAL")
        assert other["name"] == "made" and other["endpointConfiguration"]["types"] == ["REGIONAL"]
        rest.create_deployment(restApiId=other["id"], stageName="dev", variables={"who": "you"})
        assert exported(rest, other["id"], "dev", kind) == exported(rest, api["id"], "dev", kind)
        url = app.read_endpoints()["apis"][other["id"]]
        assert requests.get(url + "/dev/mock").json() == {"who": "you"}
        assert requests.get(url + "/dev/pets/1").status_code == 401  # the authorizer wants a header


def test_definitions_are_merged_and_replaced(app_factory, tmp_path):
    app = app_factory(FILES)
    rest, http = app.client("apigateway"), app.client("apigatewayv2")
    api, _ = make_rest_api(rest)
    integration = {"x-amazon-apigateway-integration": {"type": "aws_proxy", "httpMethod": "POST", "uri": URI}}
    document = {"swagger": "2.0", "info": {"title": "renamed", "version": "2"},
                "paths": {"/pets": {"post": integration}}}
    (tmp_path / "api.json").write_text(json.dumps(document))
    merged = aws(app, "apigateway", "put-rest-api", "--rest-api-id", api["id"], "--mode", "merge", "--body",
                 f"fileb://{tmp_path}/api.json")
    assert (merged["name"], merged["version"]) == ("renamed", "2")
    rest.create_deployment(restApiId=api["id"], stageName="dev")
    url = app.read_endpoints()["apis"][api["id"]]
    assert requests.post(url + "/dev/pets").json()["httpMethod"] == "POST"
    assert requests.get(url + "/dev/mock").status_code == 200
    rest.put_rest_api(restApiId=api["id"], mode="overwrite", body=yaml.safe_dump(document).encode())
    rest.create_deployment(restApiId=api["id"], stageName="dev")
    assert requests.post(url + "/dev/pets").status_code == 200
    assert requests.get(url + "/dev/mock").status_code == 403
    assert refused(rest.put_rest_api, restApiId=api["id"], body=b"nothing: [") == (
        400, "BadRequestException", "Invalid OpenAPI input.")

    other = http.import_api(Body=yaml.safe_dump({"openapi": "3.0.1", "info": {"title": "h", "version": "1"}, "paths": {
        "/a/{b}": {"get": {"x-amazon-apigateway-integration": {
            "type": "aws_proxy", "uri": ARN, "payloadFormatVersion": "2.0"}}}}}))
    http.create_stage(ApiId=other["ApiId"], StageName="$default", AutoDeploy=True)
    assert requests.get(other["ApiEndpoint"] + "/a/1").json()["pathParameters"] == {"b": "1"}
    app.check()
