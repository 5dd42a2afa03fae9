"""The other commands: invoke, logs, validate, init, event, completion, help."""
import json
import os
import subprocess
import time

import apps
import pytest
from conftest import BINARY, clean_env, needs, write_tree

COMMANDS = ["up", "invoke", "logs", "validate", "init", "event", "schedule", "clock", "token", "store", "completion"]


def run(*words, cwd=None, input=None):
    return subprocess.run([BINARY, *map(str, words)], cwd=cwd, env=clean_env(), input=input, capture_output=True,
                          text=True, timeout=30)


def test_help_names_every_command():
    done = run("--help")
    assert done.returncode == 0
    for command in COMMANDS:
        assert f"\n  {command} " in done.stdout
        assert run(command, "--help").stdout.startswith(f"usage: sls-local {command}")


def test_wrong_usage_exits_with_2():
    assert run().returncode == 2
    done = run("upp")
    assert done.returncode == 2 and "did you mean 'up'" in done.stderr
    done = run("up", "--prot", "80")
    assert done.returncode == 2 and "did you mean '--port'" in done.stderr
    done = run("up", "--port", "99999")
    assert done.returncode == 2 and "--port must be a number" in done.stderr


@needs("node")
def test_invoke_prints_the_answer_and_the_log(app_factory, tmp_path):
    app = app_factory(apps.node("exports.handler = async (e) => { console.log('hi'); if (e.bad) throw new Error('no'); "
                                "return {got: e}; };\n"))
    write_tree(tmp_path, {"event.json": '{"n": 1}'})
    done = app.cli("invoke", "Hello", "-e", "event.json")
    assert json.loads(done.stdout) == {"got": {"n": 1}}
    assert "INFO\thi" in done.stderr.decode() and "REPORT RequestId" in done.stderr.decode()
    assert json.loads(app.cli("invoke", "Hello", "-e", "-", input=b'{"n":2}').stdout) == {"got": {"n": 2}}
    assert json.loads(app.cli("invoke", "Hello").stdout) == {"got": {}}
    failed = app.cli("invoke", "Hello", "-e", "-", input=b'{"bad":1}', check=False)
    assert failed.returncode == 1 and json.loads(failed.stdout)["errorMessage"] == "no"
    assert app.cli("invoke", "Nope", check=False).returncode == 1


def test_invoke_without_up_says_what_to_do(tmp_path):
    done = run("invoke", "F", cwd=tmp_path)
    assert done.returncode == 1 and "sls-local up" in done.stderr


@needs("node")
def test_logs_follow_before_anything_was_logged(app_factory):
    app = app_factory(apps.node("exports.handler = async () => 1;\n", properties="FunctionName: told"))
    follower = subprocess.Popen([BINARY, "logs", "told", "-f"], cwd=app.directory, env=clean_env(),
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        app.get("/")
        assert b"START RequestId" in follower.stdout.readline()
        follower.stdout.close()  # as `logs -f | head -1`: it ends with the next lines, not never
        follower.stdout = None
        end = time.monotonic() + 20
        while follower.poll() is None:
            assert time.monotonic() < end
            app.get("/")
    finally:
        follower.kill()
        follower.communicate()


@needs("node")
def test_logs_prints_and_follows(app_factory):
    app = app_factory(apps.node("exports.handler = async (e) => { console.log('line', e.rawPath); };\n",
                                properties="FunctionName: told"))
    app.get("/a")
    text = app.follow_logs("told", "REPORT")
    assert text.index("START") < text.index("line /a") < text.index("END") < text.index("REPORT")
    app.get("/b")
    app.follow_logs("told", "line /b")
    assert "line /b" in app.cli("logs", "told").stdout.decode()
    assert "told | " in app.cli("logs").stdout.decode()
    app.stop()
    tail = app.cli("logs", "told", "--tail", "1").stdout.decode()
    assert len(tail.splitlines()) == 1 and "REPORT" in tail, "the log outlives the program"
    filtered = app.cli("logs", "told", "--filter", '"line /" -REPORT').stdout.decode()
    assert [line.split()[-1] for line in filtered.splitlines()] == ["/a", "/b"]
    assert app.cli("logs", "told", "--filter", "{", check=False).returncode == 2


def test_validate_tells_what_is_not_emulated(tmp_path):
    write_tree(tmp_path, {"template.yaml": """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Work:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: "exports.handler = async () => 1"
      Handler: index.handler
      Runtime: nodejs20.x
      Events:
        Job:
          Type: Schedule
          Properties: {Schedule: rate(1 minute)}
  Brain:
    Type: AWS::SageMaker::Model
"""})
    done = run("validate", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "not emulated" in done.stdout and "Job" not in done.stdout and "template.yaml:" in done.stdout
    assert "AWS::SageMaker::Model" in done.stdout
    assert run("validate", "--strict", cwd=tmp_path).returncode == 1


ROUTES = """\
Resources:
  Http: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: h, ProtocolType: HTTP}}
  Stage: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Http, StageName: $default, AutoDeploy: true}}
  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: q}}
  Send: {Type: AWS::ApiGatewayV2::Integration, Properties: {ApiId: !Ref Http, IntegrationType: AWS_PROXY,
    IntegrationSubtype: SQS-SendMessage, PayloadFormatVersion: '1.0',
    RequestParameters: {QueueUrl: !Ref Queue, MessageBody: $request.body}}}
  Away: {Type: AWS::ApiGatewayV2::Integration, Properties: {ApiId: !Ref Http, IntegrationType: HTTP_PROXY,
    IntegrationMethod: ANY, IntegrationUri: 'http://127.0.0.1:9/x', PayloadFormatVersion: '1.0'}}
  Machine: {Type: AWS::ApiGatewayV2::Integration, Properties: {ApiId: !Ref Http, IntegrationType: AWS_PROXY,
    IntegrationSubtype: StepFunctions-StartExecution, PayloadFormatVersion: '1.0'}}
  R1: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Http, RouteKey: POST /orders, Target: !Sub 'integrations/${Send}'}}
  R2: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Http, RouteKey: GET /away, Target: !Sub 'integrations/${Away}'}}
  R3: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Http, RouteKey: POST /run, Target: !Sub 'integrations/${Machine}'}}
  Rest:
    Type: AWS::ApiGateway::RestApi
    Properties:
      Name: r
      Body:
        openapi: 3.0.1
        paths:
          /item: {post: {x-amazon-apigateway-integration: {type: aws, httpMethod: POST,
            uri: 'arn:aws:apigateway:us-east-1:dynamodb:action/PutItem', responses: {default: {statusCode: 200}}}}}
          /message: {post: {x-amazon-apigateway-integration: {type: aws, httpMethod: POST,
            uri: 'arn:aws:apigateway:us-east-1:sqs:path/000000000000/q', responses: {default: {statusCode: 200}}}}}
          /mock: {get: {x-amazon-apigateway-integration: {type: mock}}}
  Deployment: {Type: AWS::ApiGateway::Deployment, Properties: {RestApiId: !Ref Rest, StageName: dev}}
"""


def test_routes_tell_what_they_ask_and_which_of_them_answer_501(tmp_path):
    write_tree(tmp_path, {"template.yaml": ROUTES})
    done = run("validate", cwd=tmp_path)
    why = "AWS_PROXY integration with StepFunctions-StartExecution: sls-local does not emulate this integration"
    assert done.returncode == 0 and f"template.yaml:14:3: route POST /run: {why}\n" in done.stderr, done.stderr
    assert "APIs: 2, routes: 6 (1 answer 501), resources: " in done.stdout
    strict = run("validate", "--strict", cwd=tmp_path)
    assert strict.returncode == 1 and "error: routes that answer 501: 1\n" in strict.stderr
    up = subprocess.Popen([BINARY, "up", "--port", "0", "--edge-port", "0"], cwd=tmp_path, env=clean_env(),
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        banner = ""
        for line in up.stdout:
            banner += line
            if line.startswith("ready"):
                break
    finally:
        up.terminate()
        up.communicate(timeout=20)
    shown = [" ".join(line.split()) for line in banner.splitlines()]
    for line in ("POST /orders -> sqs:SendMessage", "GET /away -> http://127.0.0.1:9/x", f"POST /run 501: {why}",
                 "POST /item -> dynamodb:PutItem", "POST /message -> sqs:path/000000000000/q", "GET /mock -> mock"):
        assert line in shown, banner


def test_validate_fails_with_the_line_of_the_error(tmp_path):
    write_tree(tmp_path, {"template.yaml": "Transform: AWS::Serverless-2016-10-31\nResources:\n  A:\n"
                                           "    Type: AWS::Serverless::Function\n    Properties:\n"
                                           "      Runtime: !Ref Nope\n      Handler: a.b\n"})
    done = run("validate", cwd=tmp_path)
    assert done.returncode == 1 and "template.yaml:6:16: " in done.stderr and "Nope" in done.stderr


@needs("node", "python3")
@pytest.mark.parametrize("starter", ["node", "python"])
def test_init_makes_an_application_that_runs(app_factory, tmp_path, starter):
    done = run("init", starter, "made", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert run("init", starter, "made", cwd=tmp_path).returncode == 1, "nothing is overwritten"
    app = app_factory(directory=tmp_path / "made")
    answer = app.get("/hello")
    assert answer.status_code == 200 and "hello" in answer.json()


@needs("make", "cc")
def test_the_c_starter_builds_with_make_and_runs(app_factory, tmp_path):
    assert run("init", "c", "made", cwd=tmp_path).returncode == 0
    subprocess.run(["make"], cwd=tmp_path / "made", check=True, capture_output=True)
    answer = app_factory(directory=tmp_path / "made").get("/hello")
    assert answer.status_code == 200 and "hello" in answer.json()


def test_init_fills_the_directory_it_was_given_however_long_its_name(tmp_path):
    directory = tmp_path / ("a" * 200) / ("b" * 200) / ("c" * 200)
    assert run("init", "node", directory, cwd=tmp_path).returncode == 0
    assert (directory / "template.yaml").exists()


def test_init_lists_the_starters(tmp_path):
    done = run("init", cwd=tmp_path)
    for starter in ("audit", "c", "nightly", "node", "notes", "orders", "python", "thumbnails"):
        assert f"  {starter}\n" in done.stdout
    assert run("init", "nope", cwd=tmp_path).returncode == 2


@pytest.mark.parametrize("service, kind", [("apigw", "v1"), ("apigw", "v2"), ("s3", "put"), ("sqs", "receive"),
                                           ("sns", "notification"), ("dynamodb", "update"), ("kinesis", "records"),
                                           ("schedule", "rule")])
def test_event_prints_json(service, kind):
    done = run("event", service, kind)
    assert done.returncode == 0 and json.loads(done.stdout)
    assert f"{service} {kind}" in run("event").stdout
    assert run("event", service, "nope").returncode == 2


@pytest.mark.parametrize("words,expected", [
    ("cl", "clock"), ("up --po", "--port"), ("up --buck", "--bucket"), ("logs --fil", "--filter"),
    ("up --catch-up ''", "one none all"), ("up --log-format j", "json"), ("up -p ''", ""), ("invoke -e ''", ""),
    ("clock a", "advance"), ("schedule r", "run"), ("store c", "check compact"), ("init n", "nightly node notes"),
    ("event s", "s3 schedule sns sqs"), ("completion ''", "bash zsh --help"), ("clock advance --js", "--json")])
def test_completion_in_bash(words, expected):
    script = run("completion", "bash").stdout
    probe = script + f"""
COMP_WORDS=(sls-local {words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); _sls_local; echo ${{COMPREPLY[@]}}
"""
    done = subprocess.run(["bash", "-c", probe], capture_output=True, text=True)
    assert (done.stdout.split(), done.stderr) == (expected.split(), "")


def test_completion_in_zsh_names_what_bash_does():
    script = run("completion", "zsh").stdout
    for line in ["#compdef sls-local", "'1:what:(advance)'", ":one|none|all:(one none all)'", "'-p[", "'*--bucket["]:
        assert line in script, line
    assert run("completion", "fish").returncode == 2


def test_environment_is_built_from_nothing(app_factory):
    env = clean_env(MY_SECRET="do not tell", HOME=os.environ.get("HOME", "/root"))
    app = app_factory(apps.node("exports.handler = async () => process.env;\n",
                                properties="Environment: {Variables: {MINE: yes it is}}"), env=env)
    seen = app.get("/").json()
    assert "MY_SECRET" not in seen
    assert seen["MINE"] == "yes it is"
    wanted = {"AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1", "_HANDLER": "index.handler",
              "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
              "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand", "AWS_EXECUTION_ENV": "AWS_Lambda_nodejs20.x",
              "AWS_SAM_LOCAL": "true", "AWS_ENDPOINT_URL": app.edge, "TZ": ":UTC", "LANG": "en_US.UTF-8"}
    assert {key: seen.get(key) for key in wanted} == wanted
    assert seen["AWS_LAMBDA_LOG_GROUP_NAME"] == "/aws/lambda/" + seen["AWS_LAMBDA_FUNCTION_NAME"]
