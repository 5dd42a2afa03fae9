"""Function URLs by the Lambda API: made, read, changed, deleted, kept over restarts; and what it says of a template's."""
import boto3
import botocore.exceptions
import pytest
import requests
from conftest import DEADLINE_S, App, write_tree

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {CodeUri: app/, Runtime: python3.11, AutoPublishAlias: live}}
Resources:
  Plain: {Type: AWS::Serverless::Function, Properties: {Handler: app.handler, FunctionName: plain}}
  WithUrl:
    Type: AWS::Serverless::Function
    Properties: {Handler: app.handler, FunctionName: with-url, FunctionUrlConfig: {AuthType: NONE}}
"""

FILES = {"template.yaml": TEMPLATE,
         "app/app.py": "def handler(event, context):\n    return {'statusCode': 200, 'body': context.invoked_function_arn}\n"}
ARN = "arn:aws:lambda:us-east-1:000000000000:function:"
NOTHING = "The resource you requested does not exist."
NO_FUNCTION = "Function does not exist"


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    directory = tmp_path_factory.mktemp("urls")
    write_tree(directory, FILES)
    running = App(directory)
    yield running
    assert running.stop() == 0, running.stderr
    assert "Sanitizer" not in running.stderr, running.stderr


@pytest.fixture
def aws(app):
    """The Lambda API; URLs of `plain` are gone at the end."""
    client = app.client()
    yield client
    for config in client.list_function_url_configs(FunctionName="plain")["FunctionUrlConfigs"]:
        qualifier = config["FunctionArn"].removeprefix(ARN + "plain").removeprefix(":")
        client.delete_function_url_config(FunctionName="plain", **({"Qualifier": qualifier} if qualifier else {}))


def get(url, **options):
    return requests.get(url, timeout=DEADLINE_S, **options)


def refusal(call, **arguments):
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        call(**arguments)
    response = refused.value.response
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"], response["Error"]["Message"]


def test_a_url_is_made_served_changed_and_deleted(app, aws):
    made = aws.create_function_url_config(FunctionName="plain", AuthType="NONE")
    assert made["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert made["FunctionArn"] == ARN + "plain"
    assert made["AuthType"] == "NONE"
    assert "InvokeMode" not in made and "Cors" not in made
    url = made["FunctionUrl"]
    assert get(url).text == ARN + "plain"
    assert get(app.edge, headers={"Host": f"{url.split('/')[-2]}.lambda-url.us-east-1.localhost"}).status_code == 200

    read = aws.get_function_url_config(FunctionName=ARN + "plain")
    assert (read["FunctionUrl"], read["CreationTime"], read["InvokeMode"]) == (url, made["CreationTime"], "BUFFERED")

    cors = {"AllowOrigins": ["https://a.example"], "AllowMethods": ["GET"], "MaxAge": 5, "AllowCredentials": True}
    changed = aws.update_function_url_config(FunctionName="plain", Cors=cors, InvokeMode="RESPONSE_STREAM")
    assert (changed["Cors"], changed["InvokeMode"], changed["AuthType"]) == (cors, "RESPONSE_STREAM", "NONE")
    assert changed["FunctionUrl"] == url
    answer = get(url, headers={"Origin": "https://a.example"})
    assert answer.headers["access-control-allow-origin"] == "https://a.example"
    assert answer.json()["statusCode"] == 200  # streamed, and so not read

    assert aws.update_function_url_config(FunctionName="plain", AuthType="AWS_IAM")["Cors"] == cors
    assert get(url).status_code == 403
    assert aws.delete_function_url_config(FunctionName="plain")["ResponseMetadata"]["HTTPStatusCode"] == 204
    answer = get(url)
    assert (answer.status_code, answer.text) == (403, '{"Message":null}')
    assert refusal(aws.get_function_url_config, FunctionName="plain") == (404, "ResourceNotFoundException", NOTHING)


def test_urls_are_among_the_endpoints(app, aws):
    aws.create_function_url_config(FunctionName="plain", AuthType="NONE", Qualifier="live")
    urls = app.read_endpoints()["urls"]
    assert get(urls["Plain:live"]).text == ARN + "plain:live"
    aws.delete_function_url_config(FunctionName="plain:live")
    assert "Plain:live" not in app.read_endpoints()["urls"]
    with pytest.raises(requests.exceptions.ConnectionError):
        get(urls["Plain:live"])


def test_an_alias_has_a_url_of_its_own_and_pages_hold_both(aws):
    plain = aws.create_function_url_config(FunctionName="plain", AuthType="NONE")["FunctionUrl"]
    live = aws.create_function_url_config(FunctionName="plain:live", Qualifier="live", AuthType="NONE")
    assert live["FunctionArn"] == ARN + "plain:live"
    assert (get(plain).text, get(live["FunctionUrl"]).text) == (ARN + "plain", ARN + "plain:live")
    configs = aws.list_function_url_configs(FunctionName="plain")["FunctionUrlConfigs"]
    assert {config["FunctionUrl"] for config in configs} == {plain, live["FunctionUrl"]}
    pages = list(aws.get_paginator("list_function_url_configs").paginate(
        FunctionName="plain", PaginationConfig={"PageSize": 1}))
    assert [len(page["FunctionUrlConfigs"]) for page in pages] == [1, 1]
    assert [page["FunctionUrlConfigs"][0]["FunctionUrl"] for page in pages] == [plain, live["FunctionUrl"]]


def test_the_services_words_for_what_is_not_there(aws):
    missing = (404, "ResourceNotFoundException")
    for name in ("gone", ARN + "gone"):
        assert refusal(aws.create_function_url_config, FunctionName=name, AuthType="NONE") == (*missing, NO_FUNCTION)
        assert refusal(aws.update_function_url_config, FunctionName=name) == (*missing, NO_FUNCTION)
        assert refusal(aws.list_function_url_configs, FunctionName=name) == (*missing, NO_FUNCTION)
        assert refusal(aws.get_function_url_config, FunctionName=name) == (*missing, NOTHING)
        assert refusal(aws.delete_function_url_config, FunctionName=name) == (*missing, NOTHING)
    assert refusal(aws.create_function_url_config, FunctionName="plain", Qualifier="v1",
                   AuthType="NONE") == (*missing, NO_FUNCTION)
    assert refusal(aws.get_function_url_config, FunctionName="plain") == (*missing, NOTHING)
    assert refusal(aws.update_function_url_config, FunctionName="plain", AuthType="NONE") == (*missing, NOTHING)
    assert refusal(aws.delete_function_url_config, FunctionName="plain") == (*missing, NOTHING)
    status, code, text = refusal(aws.create_function_url_config, FunctionName="plain:live", Qualifier="other", AuthType="NONE")
    assert (status, code) == (400, "InvalidParameterValueException")
    for qualifier in ("1", "$LATEST"):
        status, code, text = refusal(aws.get_function_url_config, FunctionName="plain", Qualifier=qualifier)
        assert (status, code) == (400, "ValidationException")
        assert text == (f"1 validation error detected: Value '{qualifier}' at 'qualifier' failed to satisfy constraint: "
                        "Member must satisfy regular expression pattern: ((?!^\\d+$)^[0-9a-zA-Z-_]+$)")
    aws.create_function_url_config(FunctionName="plain", AuthType="NONE")
    assert refusal(aws.create_function_url_config, FunctionName="plain", AuthType="NONE") == (
        409, "ResourceConflictException", f"Failed to create function url config for [functionArn = {ARN}plain]. "
        "Error message:  FunctionUrlConfig exists for this Lambda function")


@pytest.mark.parametrize("arguments, words", [
    ({"AuthType": "MAYBE"}, "at 'authType' failed to satisfy constraint: Member must satisfy enum value set: [NONE, AWS_IAM]"),
    ({"AuthType": "NONE", "InvokeMode": "TRICKLE"}, "Member must satisfy enum value set: [RESPONSE_STREAM, BUFFERED]"),
    ({"AuthType": "NONE", "Cors": {"MaxAge": 86401}}, "Member must have value less than or equal to 86400"),
    ({"AuthType": "NONE", "Cors": {"AllowMethods": ["OPTIONS"]}}, "length"),
    ({"AuthType": "NONE", "Cors": {"AllowOrigins": ["x"] * 101}}, "length less than or equal to 100"),
])
def test_what_does_not_hold_is_a_validation_error(app, arguments, words):
    client = boto3.client("lambda", endpoint_url=app.edge, region_name="us-east-1", aws_access_key_id="test",
                          aws_secret_access_key="test", config=botocore.config.Config(parameter_validation=False))
    status, code, text = refusal(client.create_function_url_config, FunctionName="plain", **arguments)
    assert (status, code) == (400, "ValidationException")
    assert words in text


def test_what_the_template_has_is_read_and_changed_until_it_is_deployed_again(app, aws):
    url = aws.get_function_url_config(FunctionName="with-url", Qualifier="live")
    assert get(url["FunctionUrl"]).text == ARN + "with-url:live"
    port_url = app.endpoints["urls"]["WithUrl:live"]
    aws.update_function_url_config(FunctionName="with-url", Qualifier="live", AuthType="AWS_IAM")
    assert get(port_url).status_code == 403  # on the port it had
    aws.delete_function_url_config(FunctionName="with-url", Qualifier="live")
    assert get(url["FunctionUrl"]).text == '{"Message":null}'
    aws.create_function_url_config(FunctionName="with-url", Qualifier="live", AuthType="NONE")
    assert get(url["FunctionUrl"]).status_code == 200
    aws.delete_function_url_config(FunctionName="with-url", Qualifier="live")
    template = app.directory / "template.yaml"
    template.write_text(TEMPLATE + "  # changed\n")
    app.wait_for(lambda line: line["type"] == "notice" and "deployed again" in line["text"], already=False)
    assert aws.get_function_url_config(FunctionName="with-url", Qualifier="live")["AuthType"] == "NONE"
    assert get(url["FunctionUrl"]).status_code == 200


def test_urls_of_the_api_outlive_a_restart_and_give_way_to_the_template(app_factory):
    app = app_factory(FILES)
    client = app.client()
    made = client.create_function_url_config(FunctionName="plain", AuthType="NONE", Cors={"AllowOrigins": ["*"]})
    client.update_function_url_config(FunctionName="with-url", Qualifier="live", AuthType="AWS_IAM")
    app.kill()
    app = app_factory(None, directory=app.directory)
    client = app.client()
    assert get(app.endpoints["urls"]["Plain"]).text == ARN + "plain"
    again = client.get_function_url_config(FunctionName="plain")
    assert (again["CreationTime"], again["Cors"]) == (made["CreationTime"], {"AllowOrigins": ["*"]})
    assert client.get_function_url_config(FunctionName="with-url", Qualifier="live")["AuthType"] == "NONE"
    (app.directory / "template.yaml").write_text(TEMPLATE.replace(
        "FunctionName: plain}", "FunctionName: plain, FunctionUrlConfig: {AuthType: AWS_IAM}, AutoPublishAlias: ''}"))
    app.wait_for(lambda line: line["type"] == "notice" and "deployed again" in line["text"])
    assert client.get_function_url_config(FunctionName="plain")["AuthType"] == "AWS_IAM"
    assert get(app.read_endpoints()["urls"]["Plain"]).status_code == 403
