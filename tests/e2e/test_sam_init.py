"""What `sam init` makes runs unmodified: the templates are the rendered starters of the corpus, the code beside
them is laid out as the starters lay it out."""
import pytest
from conftest import E2E_DIR, ROOT, needs

CORPUS = ROOT.parent / "shared/corpus/sam"
STARTERS = "aws+aws-sam-cli-app-templates-rendered__"

NODE = """\
export const lambdaHandler = async (event, context) => {
    const response = {
        statusCode: 200,
        body: JSON.stringify({message: 'hello world'}),
    };
    return response;
};
"""
PYTHON = """\
import json


def lambda_handler(event, context):
    return {
        "statusCode": 200,
        "body": json.dumps({"message": "hello world"}),
    }
"""


TYPESCRIPT = """\
import { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';

export const lambdaHandler = async (event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> => {
    return { statusCode: 200, body: JSON.stringify({ message: 'hello world' }) };
};
"""
NODE_TEMPLATE = """\
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Description: >
  sam-app

  Sample SAM Template for sam-app
Globals:
  Function:
    Timeout: 3

Resources:
  HelloWorldFunction:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: hello-world/
      Handler: app.lambdaHandler
      Runtime: nodejs24.x
      Architectures:
        - x86_64
      Events:
        HelloWorld:
          Type: Api
          Properties:
            Path: /hello
            Method: get
Outputs:
  HelloWorldApi:
    Value: !Sub "https://${ServerlessRestApi}.execute-api.${AWS::Region}.amazonaws.com/Prod/hello/"
"""

with_corpus = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not beside this checkout")


def starters(pattern):
    return [pytest.param(path, id=path.name[len(STARTERS):].rsplit("__", 1)[0])
            for path in sorted(CORPUS.glob(STARTERS + pattern))]


def check(app):
    for path in ("/hello", "/Prod/hello"):
        answer = app.get(path)
        assert answer.status_code == 200, (path, answer.text, app.stderr)
        assert answer.json() == {"message": "hello world"}


@needs("node")
def test_the_node_hello_world_runs(app_factory):
    check(app_factory({"template.yaml": NODE_TEMPLATE, "hello-world/app.mjs": NODE,
                       "hello-world/package.json": '{"name":"hello_world","main":"app.js"}'}))


@with_corpus
@needs("python3")
@pytest.mark.parametrize("template", starters("python3.*__hello__template.yaml"))
def test_the_python_hello_world_runs(app_factory, template):
    check(app_factory({"template.yaml": template.read_text(), "hello_world/app.py": PYTHON,
                       "hello_world/__init__.py": "", "hello_world/requirements.txt": "requests"}))


@with_corpus
@needs("node")
@pytest.mark.parametrize("template", starters("nodejs*__hello-ts__template.yaml"))
def test_the_typescript_hello_world_runs_when_esbuild_is_installed(app_factory, tmp_path, template):
    (tmp_path / "hello-world").mkdir()
    (tmp_path / "hello-world/node_modules").symlink_to(E2E_DIR / "node_modules")
    check(app_factory({"template.yaml": template.read_text(), "hello-world/app.ts": TYPESCRIPT,
                       "hello-world/package.json": '{"name":"hello_world","main":"app.js"}'}))


@with_corpus
@needs("node")
def test_typescript_without_esbuild_says_what_to_install(app_factory):
    template = next(CORPUS.glob(f"{STARTERS}nodejs*__hello-ts__template.yaml"))
    app = app_factory({"template.yaml": template.read_text(), "hello-world/app.ts": TYPESCRIPT})
    assert app.get("/hello").status_code == 500
    line = app.wait_for(lambda line: line["type"] in ("request", "notice") and "esbuild" in str(line))
    assert "install" in str(line)
