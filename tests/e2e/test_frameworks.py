"""Web frameworks and event handler libraries as people deploy them: nothing about them knows of sls-local."""
import os
import pathlib
import sysconfig

import pytest
import requests

from conftest import DEADLINE_S, needs

MODULES = pathlib.Path(os.environ.get("E2E_DIR", ".")) / "node_modules"
SITE = sysconfig.get_paths()["purelib"]

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {Timeout: 20, MemorySize: 512, Environment: {Variables: {PYTHONPATH: "%(site)s", POWERTOOLS_SERVICE_NAME: shop}}}
Resources:
%(functions)s
"""
FUNCTION = """\
  %(name)s:
    Type: AWS::Serverless::Function
    Metadata: {%(metadata)s}
    Properties:
      CodeUri: %(code)s/
      Handler: %(handler)s
      Runtime: %(runtime)s
      Events:
        Rest: {Type: Api, Properties: {Method: ANY, Path: '/{proxy+}'}}
        Http: {Type: HttpApi, Properties: {Method: ANY, Path: '/{proxy+}'}}
"""
APIS = ["ServerlessRestApi", "ServerlessHttpApi"]

EXPRESS = """
const express = require('express');
const app = express();
app.use(express.json());
app.get('/express/users/:id', (req, res) => {
  res.cookie('seen', req.params.id);
  res.append('X-Many', ['1', '2']);
  res.json({id: req.params.id, query: req.query, agent: req.get('X-Agent'), ip: req.ip});
});
app.post('/express/users', (req, res) => res.status(201).json(req.body));
app.get('/express/picture', (req, res) => res.type('image/png').send(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 255])));
app.get('/express/away', (req, res) => res.redirect('/express/users/1'));
app.get('/express/broken', () => { throw new Error('broken'); });
app.use((req, res) => res.status(404).json({path: req.path}));
app.use((error, req, res, next) => res.status(500).json({error: error.message}));
exports.handler = require('@codegenie/serverless-express')({app, binarySettings: {contentTypes: ['image/*']}});
"""
FASTIFY = """
const fastify = require('fastify')();
fastify.get('/fastify/users/:id', async (req, reply) => {
  reply.header('set-cookie', 'seen=' + req.params.id).header('x-many', ['1', '2']);
  return {id: req.params.id, query: req.query, agent: req.headers['x-agent']};
});
fastify.post('/fastify/users', async (req, reply) => reply.code(201).send(req.body));
const serverlessExpress = require('@codegenie/serverless-express');
let ready;
exports.handler = async (event, context) => {
  ready = ready || fastify.ready().then(() => serverlessExpress({app: (req, res) => fastify.routing(req, res)}));
  return (await ready)(event, context);
};
"""
MANGUM = """
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from mangum import Mangum

app = FastAPI()


@app.get("/fastapi/users/{id}")
async def user(id: int, request: Request):
    answer = JSONResponse({"id": str(id), "query": dict(request.query_params), "agent": request.headers.get("x-agent")})
    answer.set_cookie("seen", str(id))
    answer.headers.append("x-many", "1")
    answer.headers.append("x-many", "2")
    return answer


@app.post("/fastapi/users", status_code=201)
async def make(body: dict):
    return body


@app.get("/fastapi/picture")
async def picture():
    return Response(b"\\x89PNG\\x00\\xff", media_type="image/png")


handler = Mangum(app, lifespan="off")
"""
POWERTOOLS = """
from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import %(resolver)s, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.shared.cookies import Cookie

logger = Logger()
app = %(resolver)s()


@app.get("/%(name)s/users/<id>")
def user(id):
    event = app.current_event
    return Response(200, "application/json", {"id": id, "query": dict(event.query_string_parameters or {}),
                                              "agent": event.headers.get("x-agent") or event.headers.get("X-Agent")},
                    headers={"x-many": ["1", "2"]}, cookies=[Cookie("seen", id)])


@app.post("/%(name)s/users")
def make():
    return app.current_event.json_body, 201


@app.get("/%(name)s/nobody")
def nobody():
    raise NotFoundError("nobody")


@logger.inject_lambda_context
def handler(event, context):
    return app.resolve(event, context)
"""
POWERTOOLS_TS = """
import { Router } from '@aws-lambda-powertools/event-handler/http';
const app = new Router();
app.get('/typescript/users/:id', ({ params, req }) => {
  const url = new URL(req.url);
  const headers = new Headers({'content-type': 'application/json'});
  headers.append('set-cookie', 'seen=' + params.id);
  headers.append('x-many', '1');
  headers.append('x-many', '2');
  return new Response(JSON.stringify({id: params.id, query: Object.fromEntries(url.searchParams),
                                      agent: req.headers.get('x-agent')}), {headers});
});
app.post('/typescript/users', async ({ req }) => new Response(JSON.stringify(await req.json()),
  {status: 201, headers: {'content-type': 'application/json'}}));
export const handler = async (event: unknown, context: any) => app.resolve(event, context);
"""


def app_of(app_factory, directory, name, files, handler, runtime):
    functions = FUNCTION % {"name": name, "code": "code", "handler": handler, "runtime": runtime,
                            "metadata": "BuildMethod: esbuild" if "index.ts" in files else ""}
    tree = {f"code/{path}": text for path, text in files.items()}
    if runtime.startswith("nodejs"):
        (directory / "code").mkdir()
        (directory / "code/node_modules").symlink_to(MODULES)
    return app_factory({"template.yaml": TEMPLATE % {"functions": functions, "site": SITE}, **tree})


def fetch(app, api, method, path, **options):
    prefix = "/Prod" if api == "ServerlessRestApi" else ""
    return requests.request(method, app.api(api) + prefix + path, timeout=DEADLINE_S, allow_redirects=False, **options)


def check_users(app, api, name):
    answer = fetch(app, api, "GET", f"/{name}/users/7?q=a%20b&r=1", headers={"X-Agent": "me"})
    assert answer.status_code == 200, answer.text
    seen = answer.json()
    assert (seen["id"], seen["query"], seen["agent"]) == ("7", {"q": "a b", "r": "1"}, "me")
    assert answer.cookies["seen"] == "7"
    assert answer.headers["x-many"].replace(" ", "") == "1,2"
    made = fetch(app, api, "POST", f"/{name}/users", json={"name": "Zoë"})
    assert (made.status_code, made.json()) == (201, {"name": "Zoë"})
    assert fetch(app, api, "GET", f"/{name}/nowhere").status_code == 404


@needs("node")
def test_express(app_factory, tmp_path):
    app = app_of(app_factory, tmp_path, "express", {"index.js": EXPRESS}, "index.handler", "nodejs20.x")
    for api in APIS:
        check_users(app, api, "express")
        assert fetch(app, api, "GET", "/express/away").headers["Location"] == "/express/users/1"
        broken = fetch(app, api, "GET", "/express/broken")
        assert (broken.status_code, broken.json()) == (500, {"error": "broken"})
    assert fetch(app, "ServerlessHttpApi", "GET", "/express/picture").content == b"\x89PNG\x00\xff"


@needs("node")
def test_fastify(app_factory, tmp_path):
    app = app_of(app_factory, tmp_path, "fastify", {"index.js": FASTIFY}, "index.handler", "nodejs20.x")
    for api in APIS:
        check_users(app, api, "fastify")


def test_fastapi_on_mangum(app_factory, tmp_path):
    app = app_of(app_factory, tmp_path, "fastapi", {"app.py": MANGUM}, "app.handler", "python3.11")
    for api in APIS:
        check_users(app, api, "fastapi")
        assert fetch(app, api, "GET", "/fastapi/users/none").status_code == 422
    assert fetch(app, "ServerlessHttpApi", "GET", "/fastapi/picture").content == b"\x89PNG\x00\xff"


@pytest.mark.parametrize("resolver, api", [("APIGatewayRestResolver", APIS[0]), ("APIGatewayHttpResolver", APIS[1])])
def test_powertools_for_python(app_factory, tmp_path, resolver, api):
    code = POWERTOOLS % {"resolver": resolver, "name": "powertools"}
    app = app_of(app_factory, tmp_path, "powertools", {"app.py": code}, "app.handler", "python3.11")
    check_users(app, api, "powertools")
    lost = fetch(app, api, "GET", "/powertools/nobody")
    assert (lost.status_code, lost.json()) == (404, {"statusCode": 404, "message": "nobody"})


@needs("node")
def test_powertools_for_typescript(app_factory, tmp_path):
    app = app_of(app_factory, tmp_path, "typescript", {"index.ts": POWERTOOLS_TS}, "index.handler", "nodejs20.x")
    for api in APIS:
        check_users(app, api, "typescript")
