"""Where the code of a function comes from and what templates may look like: every kind runs as it is written."""
import base64
import hashlib
import io
import json
import re
import zipfile

import apps
import pytest
from conftest import App, needs, write_tree
from wire import exchange

NODE = "exports.handler = async () => '%s';\n"


def sam(resources, head=""):
    return f"Transform: AWS::Serverless-2016-10-31\n{head}Resources:\n{resources}"


def function(name, properties):
    lines = "".join(f"      {line}\n" for line in properties.strip().splitlines())
    return f"  {name}:\n    Type: AWS::Serverless::Function\n    Properties:\n{lines}"


def archive(files, mode=0o644):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, text in files.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = (0o100000 | mode) << 16
            zipped.writestr(entry, text, zipfile.ZIP_DEFLATED)
    return out.getvalue()


@needs("node", "python3")
def test_code_in_a_folder_a_zip_and_in_the_template(app_factory):
    zipped = archive({"index.js": NODE % "zip", "lib/a.js": ""})
    executable = archive({"bootstrap": apps.ANSWER}, 0o755)
    app = app_factory({"template.yaml": sam(
        function("Folder", "{FunctionName: folder, CodeUri: ./src/one, Handler: index.handler, Runtime: nodejs20.x}") +
        function("Zip", "{FunctionName: zip, CodeUri: code.zip, Handler: index.handler, Runtime: nodejs20.x}") +
        function("Custom", "{FunctionName: custom, CodeUri: custom.zip, Handler: x, Runtime: provided.al2023}") +
        function("Beside", "{FunctionName: beside, Handler: beside.handler, Runtime: nodejs20.x}") +
        function("InlineNode", """
FunctionName: inline-node
Handler: index.handler
Runtime: nodejs20.x
InlineCode: |
  exports.handler = async (event) => 'inline ' + event.n;
""") + function("InlinePython", """
FunctionName: inline-python
Handler: index.main
Runtime: python3.11
InlineCode: |
  def main(event, context):
      return 'inline %d' % event['n']
""")), "src/one/index.js": NODE % "folder", "code.zip": zipped, "custom.zip": executable, "beside.js": NODE % "beside"})
    for name, want in [("folder", "folder"), ("zip", "zip"), ("beside", "beside"), ("inline-node", "inline 1"),
                       ("inline-python", "inline 1")]:
        answer, response = app.invoke(name, {"n": 1})
        assert (answer, response.get("FunctionError")) == (want, None), name
    assert app.invoke("custom", {"version": "2.0"})[0] == {"version": "2.0"}
    told = app.client().get_function(FunctionName="zip")["Configuration"]
    assert told["CodeSha256"] == base64.b64encode(hashlib.sha256(zipped).digest()).decode()
    assert told["CodeSize"] == len(zipped)


@needs("node", "python3")
def test_layers_are_where_the_runtimes_search(app_factory):
    app = app_factory({"template.yaml": sam("""\
  Shared:
    Type: AWS::Serverless::LayerVersion
    Properties: {ContentUri: layers/shared, CompatibleRuntimes: [nodejs20.x, python3.11]}
  Later:
    Type: AWS::Serverless::LayerVersion
    Properties: {ContentUri: later.zip}
""" + function("Node", """
FunctionName: node
CodeUri: app/
Handler: index.handler
Runtime: nodejs20.x
Layers: [!Ref Shared, !Ref Later]
""") + function("Python", """
FunctionName: python
CodeUri: app/
Handler: app.handler
Runtime: python3.11
Layers: [!Ref Shared]
""")),
        "layers/shared/nodejs/node_modules/words/index.js": "module.exports = {word: 'from the layer'};\n",
        "layers/shared/python/words.py": "WORD = 'from the layer'\n",
        "layers/shared/bin/say": "#!/bin/sh\necho said by a layer\n",
        "layers/shared/text.txt": "first",
        "later.zip": archive({"text.txt": "later"}),
        "app/index.js": "const {word} = require('words');\nexports.handler = async () => [word, "
                        "require('child_process').execSync('say').toString(), "
                        "require('fs').readFileSync('/opt/text.txt', 'utf8')];\n",
        "app/app.py": "import words\ndef handler(event, context):\n    return words.WORD\n"})
    answer, response = app.invoke("python")
    assert answer == "from the layer"
    answer, response = app.invoke("node")
    assert answer == ["from the layer", "said by a layer\n", "later"], answer


@needs("node", "python3")
@pytest.mark.parametrize("runtime, files, handler", [
    ("nodejs20.x", {"app/src/api/get.js": "exports.http = {v1: {handler: async () => 'found'}};\n"}, "src/api/get.http.v1.handler"),
    ("nodejs20.x", {"app/index.mjs": "export const handler = async () => 'found';\n"}, "index.handler"),
    ("nodejs20.x", {"app/package.json": '{"type":"module"}', "app/m.js": "export const handler = async () => 'found';\n"},
     "m.handler"),
    ("python3.11", {"app/src/api/get.py": "def handler(event, context):\n    return 'found'\n"}, "src/api/get.handler"),
    ("python3.11", {"app/src/__init__.py": "", "app/src/api.py": "def handler(event, context):\n    return 'found'\n"},
     "src.api.handler"),
])
def test_handlers_with_slashes_and_dots(app_factory, runtime, files, handler):
    properties = f"{{FunctionName: it, CodeUri: app/, Handler: {handler}, Runtime: {runtime}}}"
    app = app_factory({"template.yaml": sam(function("It", properties)), **files})
    assert app.invoke("it")[0] == "found"


@needs("node")
def test_a_json_template_runs(app_factory):
    template = {"Transform": "AWS::Serverless-2016-10-31", "Resources": {"F": {
        "Type": "AWS::Serverless::Function",
        "Properties": {"CodeUri": "app", "Handler": "index.handler", "Runtime": "nodejs20.x",
                       "Environment": {"Variables": {"WHERE": {"Fn::Sub": "in ${AWS::Region}"}}},
                       "Events": {"E": {"Type": "HttpApi", "Properties": {"Path": "/w", "Method": "GET"}}}}}}}
    app = app_factory({"template.json": json.dumps(template, indent=1),
                       "app/index.js": "exports.handler = async () => process.env.WHERE;\n"})
    assert app.get("/w").text == "in us-east-1"


@needs("node")
def test_what_sam_build_made_is_taken_before_the_source(app_factory):
    properties = "{FunctionName: it, CodeUri: %s, Handler: index.handler, Runtime: nodejs20.x}"
    app = app_factory({"template.yaml": sam(function("It", properties % "src/")), "src/index.js": NODE % "source",
                       ".aws-sam/build/template.yaml": sam(function("It", properties % "It")),
                       ".aws-sam/build/It/index.js": NODE % "built"})
    assert app.invoke("it")[0] == "built"


@needs("node")
def test_a_template_given_by_name_has_its_code_beside_it(app_factory):
    files = {"sub/other.yaml": sam(function("It", "{FunctionName: it, CodeUri: code, Handler: index.handler, Runtime: nodejs20.x}")),
             "sub/code/index.js": NODE % "beside"}
    assert app_factory(files, "--template", "sub/other.yaml", "--data", ".sls-local").invoke("it")[0] == "beside"


PARAMETERS = """\
Parameters:
  Word: {Type: String, Default: default}
  Other: {Type: String}
"""


@needs("node")
@pytest.mark.parametrize("options, want", [
    (["--parameter-overrides", "Word=given Other=two"], ["given", "two"]),
    (["--parameter-overrides", "ParameterKey=Word,ParameterValue=given ParameterKey=Other,ParameterValue=two"],
     ["given", "two"]),
    (["--parameter-overrides", 'Other="a b"'], ["default", "a b"]),
    ([], ["default", ""]),
])
def test_parameters_may_be_given(app_factory, options, want):
    app = app_factory({"template.yaml": sam(function("It", """
FunctionName: it
CodeUri: app
Handler: index.handler
Runtime: nodejs20.x
Environment: {Variables: {WORD: !Ref Word, OTHER: !Ref Other}}
"""), PARAMETERS), "app/index.js": "exports.handler = async () => [process.env.WORD, process.env.OTHER];\n"}, *options)
    assert app.invoke("it")[0] == want


SERVERLESS = """\
service: shop
provider:
  name: aws
  runtime: nodejs20.x
  stage: ${opt:stage, 'dev'}
  environment: {TABLE: "${self:service}-${sls:stage}"}
functions:
  old:
    handler: src/handler.rest
    events:
      - http: {path: 'things/{id}', method: get, cors: true}
  new:
    handler: src/handler.http
    environment: {OWN: "1"}
    events:
      - httpApi: 'GET /things/{id}'
      - httpApi: '*'
"""


@needs("node")
def test_a_serverless_application_runs(app_factory):
    app = app_factory({"serverless.yml": SERVERLESS, "src/handler.js": """
exports.rest = async (e) => ({statusCode: 200, body: JSON.stringify({e, table: process.env.TABLE})});
exports.http = async (e) => ({route: e.routeKey, id: e.pathParameters?.id ?? null, own: process.env.OWN});
"""})
    names = {function["FunctionName"]: function for function in app.client().list_functions()["Functions"]}
    assert set(names) == {"shop-dev-old", "shop-dev-new"}
    assert (names["shop-dev-old"]["Timeout"], names["shop-dev-old"]["MemorySize"]) == (6, 1024)
    rest = next(name for name in app.endpoints["apis"] if "Rest" in name)
    http = next(name for name in app.endpoints["apis"] if "Rest" not in name)
    seen = app.get("/dev/things/7", rest).json()
    assert seen["table"] == "shop-dev" and seen["e"]["pathParameters"] == {"id": "7"}
    assert (seen["e"]["path"], seen["e"]["requestContext"]["path"]) == ("/things/7", "/dev/things/7")
    answer = exchange(app.api(rest), "OPTIONS", "/dev/things/7", [("Origin", "https://a.example"),
                                                                  ("Access-Control-Request-Method", "GET")])
    assert answer.status == 200 and answer.get("access-control-allow-origin") == "*"
    assert "X-Amz-Date" in answer.get("access-control-allow-headers")
    assert set(answer.get("access-control-allow-methods").split(",")) == {"OPTIONS", "GET"}
    assert app.get("/things/7", http).json() == {"route": "GET /things/{id}", "id": "7", "own": "1"}
    assert app.get("/else", http).json() == {"route": "$default", "id": None, "own": "1"}


@needs("node")
def test_log_lines_of_node_are_lambdas(app_factory):
    app = app_factory({"template.yaml": sam(function("It", "{FunctionName: it, CodeUri: app, Handler: index.handler, Runtime: nodejs20.x}")),
                       "app/index.js": "exports.handler = async () => { console.warn('careful', {a: 1}); console.error('bad'); "
                                       "process.stdout.write('plain\\n'); };\n"})
    _, response = app.invoke("it")
    request_id = response["ResponseMetadata"]["RequestId"]
    text = app.follow_logs("it", "REPORT")
    time = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
    assert re.search(rf"{time}\t{request_id}\tWARN\tcareful \{{ a: 1 \}}\n", text), text
    assert re.search(rf"{time}\t{request_id}\tERROR\tbad\n", text), text
    assert re.search(r"(^|\s)plain\n", text), text


@needs("python3")
def test_log_lines_of_python_are_lambdas(app_factory):
    app = app_factory({"template.yaml": sam(function("It", "{FunctionName: it, CodeUri: app, Handler: app.handler, Runtime: python3.11}")),
                       "app/app.py": "import logging\nlogger = logging.getLogger()\nlogger.setLevel('INFO')\n"
                                     "def handler(event, context):\n    logger.info('informed %d', 7)\n    print('plain')\n"
                                     "    if event.get('fail'):\n        raise ValueError('no such luck')\n"})
    _, response = app.invoke("it")
    request_id = response["ResponseMetadata"]["RequestId"]
    text = app.follow_logs("it", "REPORT")
    assert re.search(rf"\[INFO\]\t\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{{3}}Z\t{request_id}\tinformed 7\n", text), text
    assert re.search(r"(^|\s)plain\n", text), text
    app.invoke("it", {"fail": 1})
    text = app.follow_logs("it", "[ERROR] ValueError: no such luck")
    assert "Traceback" in app.follow_logs("it", "Traceback")


def test_missing_code_is_told_with_its_place(app_factory):
    app = app_factory({"template.yaml": sam(function("It", "{FunctionName: it, CodeUri: nowhere/, Handler: a.b, Runtime: nodejs20.x}"))})
    line = app.wait_for(lambda line: line["type"] == "notice" and "does not exist" in line["text"])
    assert line["text"].startswith("template.yaml:3:3: the code directory "), line


PLAIN = """\
Resources:
  Role: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {}}}
  Fn:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: plain
      Runtime: nodejs20.x
      Handler: index.handler
      Role: !GetAtt Role.Arn
      Code:
        ZipFile: |
          exports.handler = async (e) => ({statusCode: 200, body: JSON.stringify([e.version || '', e.resource || e.routeKey])});
  Http: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: h, ProtocolType: HTTP}}
  HttpIntegration:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      ApiId: !Ref Http
      IntegrationType: AWS_PROXY
      PayloadFormatVersion: '2.0'
      IntegrationUri: !Sub 'arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Fn.Arn}/invocations'
  HttpRoute:
    Type: AWS::ApiGatewayV2::Route
    Properties: {ApiId: !Ref Http, RouteKey: 'GET /h/{id}', Target: !Join [/, [integrations, !Ref HttpIntegration]]}
  HttpStage: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Http, StageName: $default, AutoDeploy: true}}
  Quick: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: q, ProtocolType: HTTP, Target: !GetAtt Fn.Arn}}
  Rest: {Type: AWS::ApiGateway::RestApi, Properties: {Name: r}}
  RestResource:
    Type: AWS::ApiGateway::Resource
    Properties: {RestApiId: !Ref Rest, ParentId: !GetAtt Rest.RootResourceId, PathPart: '{id}'}
  RestMethod:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Rest
      ResourceId: !Ref RestResource
      HttpMethod: ANY
      AuthorizationType: NONE
      Integration:
        Type: AWS_PROXY
        IntegrationHttpMethod: POST
        Uri: !Sub 'arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Fn.Arn}/invocations'
  RestDeployment:
    Type: AWS::ApiGateway::Deployment
    DependsOn: RestMethod
    Properties: {RestApiId: !Ref Rest, StageName: test}
"""


@needs("node")
def test_plain_cloudformation_runs(app_factory):
    app = app_factory({"template.yaml": PLAIN})
    assert app.get("/h/1", "Http").json() == ["2.0", "GET /h/{id}"]
    assert app.get("/h", "Http").status_code == 404
    assert app.get("/anything", "Quick").json() == ["2.0", "$default"]
    assert app.get("/test/7", "Rest").json() == ["", "/{id}"]
    assert app.get("/test/7/8", "Rest").status_code == 403


OPENAPI = """\
openapi: 3.0.1
info: {title: file, version: '1'}
paths:
  /from/{file}:
    get:
      x-amazon-apigateway-integration:
        type: aws_proxy
        httpMethod: POST
        payloadFormatVersion: '2.0'
        uri: {Fn::Sub: 'arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${It.Arn}/invocations'}
  /$default:
    x-amazon-apigateway-any-method:
      isDefaultRoute: true
      x-amazon-apigateway-integration:
        type: aws_proxy
        httpMethod: POST
        payloadFormatVersion: '2.0'
        uri: {Fn::Sub: 'arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${It.Arn}/invocations'}
"""
ROUTE = "exports.handler = async (e) => e.routeKey;\n"


@needs("node")
def test_routes_of_an_openapi_body_and_of_events_beside_it(app_factory):
    body = "".join(f"        {line}\n" for line in OPENAPI.splitlines())
    app = app_factory({"template.yaml": sam(f"""\
  Api:
    Type: AWS::Serverless::HttpApi
    Properties:
      DefinitionBody:
{body}""" + function("It", """
CodeUri: app
Handler: index.handler
Runtime: nodejs20.x
Events:
  More: {Type: HttpApi, Properties: {ApiId: !Ref Api, Path: /more, Method: post}}
""")), "app/index.js": ROUTE})
    assert app.get("/from/x", "Api").text == "GET /from/{file}"
    assert app.post("/more", "Api").text == "POST /more"
    assert app.get("/other", "Api").text == "$default"


@needs("node")
def test_routes_of_a_file_included_by_transform(app_factory):
    app = app_factory({"template.yaml": sam("""\
  Api:
    Type: AWS::Serverless::HttpApi
    Properties:
      DefinitionBody:
        Fn::Transform: {Name: AWS::Include, Parameters: {Location: api.yaml}}
""" + function("It", "{CodeUri: app, Handler: index.handler, Runtime: nodejs20.x}")),
        "api.yaml": OPENAPI, "app/index.js": ROUTE})
    assert app.get("/from/x", "Api").text == "GET /from/{file}"


@needs("node")
def test_globals_conditions_and_intrinsics_reach_the_function(app_factory):
    app = app_factory({"template.yaml": sam(function("It", """
FunctionName: !Join ['-', [it, !FindInMap [Sizes, !Ref Size, name]]]
Handler: index.handler
MemorySize: !FindInMap [Sizes, !Ref Size, memory]
Environment:
  Variables:
    OWN: !If [IsBig, big, !Ref AWS::NoValue]
    SHARED: own
    ARN: !GetAtt Table.Arn
    LIST: !Select [1, !Split [',', 'a,b,c']]
    SUB: !Sub ['${X} in ${AWS::AccountId}', {X: !Ref Table}]
""") + """\
  Table:
    Type: AWS::DynamoDB::Table
    Properties: {TableName: things, BillingMode: PAY_PER_REQUEST, KeySchema: [{AttributeName: id, KeyType: HASH}],
                 AttributeDefinitions: [{AttributeName: id, AttributeType: S}]}
  Never:
    Type: AWS::Serverless::Function
    Condition: IsSmall
    Properties: {FunctionName: never, Handler: index.handler}
""", """\
Globals:
  Function:
    Runtime: nodejs20.x
    CodeUri: app
    Timeout: 7
    Environment: {Variables: {SHARED: global, GLOBAL: yes}}
Parameters:
  Size: {Type: String, Default: big, AllowedValues: [big, small]}
Mappings:
  Sizes: {big: {name: large, memory: 256}, small: {name: tiny, memory: 128}}
Conditions:
  IsBig: !Equals [!Ref Size, big]
  IsSmall: !Not [!Condition IsBig]
"""), "app/index.js": "exports.handler = async () => ['OWN', 'SHARED', 'GLOBAL', 'ARN', 'LIST', 'SUB'].map(k => process.env[k]);\n"})
    told = app.client().list_functions()["Functions"]
    assert [(f["FunctionName"], f["MemorySize"], f["Timeout"]) for f in told] == [("it-large", 256, 7)]
    assert app.invoke("it-large")[0] == ["big", "own", "true", "arn:aws:dynamodb:us-east-1:000000000000:table/things", "b",
                                         "things in 000000000000"]


@needs("node")
def test_json_logging_is_one_object_a_line(app_factory):
    app = app_factory({"template.yaml": sam(function("It", """
FunctionName: it
CodeUri: app
Handler: index.handler
Runtime: nodejs20.x
LoggingConfig: {LogFormat: JSON}
""")), "app/index.js": "exports.handler = async () => { console.info('told', {a: 1}); };\n"})
    _, response = app.invoke("it", LogType="Tail")
    request_id = response["ResponseMetadata"]["RequestId"]
    lines = [json.loads(line) for line in base64.b64decode(response["LogResult"]).decode().splitlines()]
    told = next(line for line in lines if line.get("level") == "INFO")
    assert (told["requestId"], told["message"]) == (request_id, "told { a: 1 }")
    assert [line["type"] for line in lines if "type" in line][0] == "platform.start"
    report = lines[-1]
    assert report["type"] == "platform.report" and report["record"]["requestId"] == request_id
    assert report["record"]["metrics"]["memorySizeMB"] == 128 and report["record"]["metrics"]["billedDurationMs"] >= 1


@pytest.mark.parametrize("runtime, handler, tool", [
    ("java21", "example.Handler::handle", "java"), ("ruby3.4", "app.handler", "ruby"), ("dotnet8", "A::B.C::D", "dotnet")])
def test_a_runtime_that_is_not_there_says_what_to_install(app_factory, runtime, handler, tool):
    app = app_factory({"template.yaml": sam(function("It", f"{{FunctionName: it, CodeUri: app, Handler: '{handler}', Runtime: {runtime}}}")),
                       "app/x": ""})
    with pytest.raises(Exception) as caught:
        app.invoke("it")
    assert tool in str(caught.value).lower(), caught.value
    line = app.wait_for(lambda line: line["type"] == "notice" and line["about"] == "it")
    assert line["text"].startswith("template.yaml:3:3: ") and tool in line["text"].lower()


@needs("node", "python3")
@pytest.mark.parametrize("runtime, handler, error_type, message", [
    ("nodejs20.x", "nothing.handler", "Runtime.ImportModuleError", "Error: Cannot find module 'nothing'"),
    ("nodejs20.x", "index.nothing", "Runtime.HandlerNotFound", "index.nothing is undefined or not exported"),
    ("nodejs20.x", "../index.handler", "Runtime.MalformedHandlerName", "'../index.handler' is not a valid handler name."),
    ("python3.11", "nothing.handler", "Runtime.ImportModuleError", "Unable to import module 'nothing': No module named 'nothing'"),
    ("python3.11", "app.nothing", "Runtime.HandlerNotFound", "Handler 'nothing' missing on module 'app'"),
    ("python3.11", "app", "Runtime.MalformedHandlerName", "Bad handler 'app': not enough values to unpack"),
])
def test_a_handler_that_is_not_there(app_factory, runtime, handler, error_type, message):
    properties = f"{{FunctionName: it, CodeUri: app, Handler: {handler}, Runtime: {runtime}}}"
    app = app_factory({"template.yaml": sam(function("It", properties)), "app/index.js": NODE % "x",
                       "app/app.py": "def handler(event, context):\n    return 1\n"})
    answer, response = app.invoke("it")
    assert response["FunctionError"] == "Unhandled" and answer["errorType"] == error_type
    assert answer["errorMessage"].startswith(message), answer
