"""`sls-local token` and the local issuer of a running application, as other people's verifiers see them."""
import functools
import http.server
import json
import os
import stat
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import apps
import jwt
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from conftest import BINARY, DEADLINE_S, clean_env

HANDLER = "def handler(event, context):\n    return {}\n"


def token(cwd, *words, check=True):
    done = subprocess.run([BINARY, "token", *map(str, words)], cwd=cwd, env=clean_env(), capture_output=True,
                          text=True, timeout=DEADLINE_S)
    if not check:
        return done
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def claims(text):
    return jwt.decode(text, options={"verify_signature": False})


@pytest.fixture(scope="module")
def app(shared_app_factory):
    return shared_app_factory(apps.python(HANDLER))


def verified(app, text, **options):
    """As any consumer does: discovery, the key of the token's kid, the signature."""
    issuer = app.edge + "/_sls/issuer"
    found = requests.get(issuer + "/.well-known/openid-configuration", timeout=DEADLINE_S).json()
    assert found["issuer"] == issuer
    key = jwt.PyJWKClient(found["jwks_uri"]).get_signing_key_from_jwt(text)
    return jwt.decode(text, key.key, algorithms=found["id_token_signing_alg_values_supported"], **options)


def test_a_token_is_verified_by_the_keys_of_the_running_application(app):
    text = token(app.directory, "--sub", "me", "--scope", "a b", "--aud", "web", "--claim", "admin:=true",
                 "--claim", "name=Zoë = me", "--groups", "x,y", "--ttl", "10m")
    assert jwt.get_unverified_header(text)["alg"] == "RS256"
    seen = verified(app, text, audience="web", issuer=app.edge + "/_sls/issuer")
    assert (seen["sub"], seen["scope"], seen["admin"], seen["name"], seen["groups"]) == \
        ("me", "a b", True, "Zoë = me", ["x", "y"])
    assert seen["exp"] - seen["iat"] == 600 and abs(seen["iat"] - time.time()) < 60
    head, body, signature = text.split(".")
    with pytest.raises(jwt.InvalidSignatureError):
        verified(app, ".".join((head, body, signature[:20] + ("A" if signature[20] != "A" else "B") + signature[21:])),
                 audience="web")


def test_the_key_is_made_once_and_is_its_owners_alone(app_factory):
    app = app_factory(apps.python(HANDLER))
    key = app.data_dir / "issuer.pem"
    assert not key.exists(), "nobody has asked yet"
    keys = app.edge + "/_sls/issuer/.well-known/jwks.json"
    with ThreadPoolExecutor(8) as pool:  # pages and commands at once agree on one
        pages = [pool.submit(requests.get, keys, timeout=DEADLINE_S) for _ in range(4)]
        tokens = [pool.submit(token, app.directory) for _ in range(4)]
    kids = {page.result().json()["keys"][0]["kid"] for page in pages}
    kids |= {jwt.get_unverified_header(text.result())["kid"] for text in tokens}
    assert len(kids) == 1
    assert stat.S_IMODE(os.stat(key).st_mode) == 0o600
    assert {name for name in os.listdir(app.data_dir) if name.startswith("issuer.pem")} == {"issuer.pem"}
    before = requests.get(keys, timeout=DEADLINE_S).json()
    assert set(before["keys"][0]) == {"kty", "use", "alg", "kid", "n", "e"}
    app.stop()
    assert jwt.get_unverified_header(token(app.directory))["kid"] in kids, "an up need not run"


def test_the_application_makes_tokens_for_tests(app):
    url = app.edge + "/_sls/issuer/token"
    answer = requests.post(url, json={"sub": "u", "n": 1}, timeout=DEADLINE_S)
    seen = verified(app, answer.json()["token"])
    assert (seen["sub"], seen["n"], seen["exp"] - seen["iat"]) == ("u", 1, 3600)
    answer = requests.post(url, params={"ttl": "2m"}, data='{"iss":"https://else.example.com","exp":5}',
                           timeout=DEADLINE_S)
    assert claims(answer.json()["token"]) | {"iat": 0, "jti": ""} == \
        {"iss": "https://else.example.com", "exp": 5, "iat": 0, "jti": ""}
    over_edge = token(app.directory, "--edge", app.edge, "--sub", "far", "--ttl", "5m")
    seen = verified(app, over_edge, issuer=app.edge + "/_sls/issuer")
    assert (seen["sub"], seen["exp"] - seen["iat"]) == ("far", 300)


@pytest.mark.parametrize("method, path, body, status", [
    ("POST", "token", "", 400), ("POST", "token", "[]", 400), ("POST", "token", '{"a":', 400),
    ("POST", "token?ttl=soon", "{}", 400), ("POST", "token", '{"a":"' + "x" * 40000 + '"}', 413),
    ("GET", "token", None, 405), ("DELETE", "token", None, 405), ("POST", ".well-known/jwks.json", "{}", 405),
    ("GET", "", None, 404), ("GET", ".well-known/other", None, 404)])
def test_what_makes_no_sense_is_refused(app, method, path, body, status):
    answer = requests.request(method, app.edge + "/_sls/issuer/" + path, data=body, timeout=DEADLINE_S)
    assert answer.status_code == status
    assert answer.json()["message"]


def test_times_are_those_of_the_applications_clock(app_factory):
    app = app_factory(apps.python(HANDLER))
    app.advance("1d")
    for text in (token(app.directory), token(app.directory, "--edge", app.edge)):
        assert 86000 < claims(text)["iat"] - time.time() < 87000


JWT_API = """
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Resources:
  Api:
    Type: AWS::Serverless::HttpApi
    Properties:
      Auth:
        DefaultAuthorizer: Main
        Authorizers:
          Main:
            IdentitySource: $request.header.Authorization
            JwtConfiguration:
              issuer: %(issuer)s
              audience: [web, mobile]
%(more)s
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      Handler: index.handler
      InlineCode: "def handler(event, context): return {}"
      Events:
        Get: {Type: HttpApi, Properties: {ApiId: !Ref Api, Path: /, Method: get}}
"""
OTHER = """
          Other:
            IdentitySource: $request.header.Authorization
            JwtConfiguration: {issuer: https://other.example.com, audience: [other]}
"""
POOL = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Example"


def template(tmp_path, issuer, more=""):
    (tmp_path / "template.yaml").write_text(JWT_API % {"issuer": issuer, "more": more})


def test_issuer_and_audience_are_the_authorizers(tmp_path):
    template(tmp_path, "https://example.auth0.com/")
    seen = claims(token(tmp_path, "--groups", "a"))
    assert (seen["iss"], seen["aud"], seen["groups"]) == ("https://example.auth0.com/", "web", ["a"])
    assert "token_use" not in seen
    assert (tmp_path / ".sls-local/issuer.pem").exists(), "where the application will look for it"
    assert claims(token(tmp_path, "--aud", "x", "--aud", "y"))["aud"] == ["x", "y"]
    seen = claims(token(tmp_path, "--issuer", "https://else.example.com"))
    assert seen["iss"] == "https://else.example.com" and "aud" not in seen
    seen = claims(token(tmp_path, "--client-id", "app"))
    assert seen["client_id"] == "app" and "aud" not in seen
    seen = claims(token(tmp_path, "--claim", "aud=mine", "--claim", "sub:=7", "--claim", "iss=me"))
    assert (seen["aud"], seen["iss"]) == ("mine", "me")


def test_tokens_of_user_pools_are_of_their_two_kinds(tmp_path):
    template(tmp_path, POOL)
    seen = claims(token(tmp_path, "--sub", "u", "--groups", "a,b"))
    assert (seen["iss"], seen["aud"], seen["token_use"]) == (POOL, "web", "id")
    assert (seen["cognito:username"], seen["cognito:groups"]) == ("u", ["a", "b"])
    seen = claims(token(tmp_path, "--sub", "u", "--scope", "pets/read"))
    assert (seen["client_id"], seen["token_use"], seen["username"]) == ("web", "access", "u")
    assert "aud" not in seen


def test_of_several_authorizers_one_must_be_named(tmp_path):
    template(tmp_path, "https://one.example.com", OTHER)
    done = token(tmp_path, check=False)
    assert done.returncode == 1 and "--authorizer (Main, Other)" in done.stderr
    seen = claims(token(tmp_path, "--authorizer", "Other"))
    assert (seen["iss"], seen["aud"]) == ("https://other.example.com", "other")
    assert claims(token(tmp_path, "--issuer", "https://one.example.com"))["aud"] == "web"
    done = token(tmp_path, "--authorizer", "Third", check=False)
    assert done.returncode == 1 and "Main, Other" in done.stderr


def test_without_application_and_data_directory_there_is_no_key(tmp_path):
    done = token(tmp_path, check=False)
    assert done.returncode == 1 and "--data DIR" in done.stderr
    assert os.listdir(tmp_path) == []
    seen = claims(token(tmp_path, "--data", tmp_path / "made"))
    assert seen["iss"] == "http://127.0.0.1:4566/_sls/issuer"
    (tmp_path / "made/issuer.pem").write_text("mine")
    done = token(tmp_path, "--data", tmp_path / "made", check=False)
    assert done.returncode == 1 and "issuer.pem: not an RSA private key" in done.stderr
    (tmp_path / "template.yaml").write_text("Resources: [")
    assert token(tmp_path, "--data", "made", check=False).returncode == 1


@pytest.mark.parametrize("words", [("--claim", "x"), ("--claim", "=1"), ("--claim", "x:={"), ("--ttl", "soon"),
                                   ("--sbu", "me"), ("extra",)])
def test_wrong_usage_is_told(tmp_path, words):
    done = token(tmp_path, *words, check=False)
    assert done.returncode == 2 and done.stderr
    assert os.listdir(tmp_path) == []


def test_many_claims_are_refused_before_they_are_signed(tmp_path):
    done = token(tmp_path, "--data", "d", "--claim", "x=" + "y" * 40000, check=False)
    assert done.returncode == 1 and "longer than 32768 bytes" in done.stderr
    assert claims(token(tmp_path, "--data", "d", "--claim", "x=" + "y" * 30000))["x"] == "y" * 30000


@functools.cache
def rsa_key(kid):
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Issuer:
    """An issuer of the outside world, with keys of its own; it counts who asks."""

    def __init__(self):
        self.keys = {}
        self.asked = []
        issuer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                issuer.asked.append(self.path)
                pages = {"/tenant/.well-known/openid-configuration": {"issuer": issuer.url,
                                                                      "jwks_uri": issuer.url + "/oauth2/keys"},
                         "/tenant/oauth2/keys": issuer.key_set()}
                body = json.dumps(pages.get(self.path, {})).encode()
                self.send_response(200 if self.path in pages else 404)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/tenant"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def add_key(self, kid, key=None):
        self.keys[kid] = key or rsa_key(kid)

    def key_set(self):
        found = []
        for kid, key in self.keys.items():
            kind = jwt.algorithms.ECAlgorithm if isinstance(key, ec.EllipticCurvePrivateKey) else \
                jwt.algorithms.RSAAlgorithm
            found.append({**json.loads(kind.to_jwk(key.public_key())), "kid": kid, "use": "sig"})
        return {"keys": found}

    def token(self, kid, algorithm="RS256", **more):
        now = int(time.time())
        said = {"iss": self.url, "aud": "web", "sub": "u", "iat": now, "exp": now + 600, **more}
        return jwt.encode(said, self.keys[kid], algorithm=algorithm, headers={"kid": kid})


@pytest.fixture
def issuer():
    issuer = Issuer()
    issuer.add_key("one")
    yield issuer
    issuer.server.shutdown()
    issuer.server.server_close()


def call(app, text):
    answer = app.get("/", headers={"Authorization": "Bearer " + text})
    return answer.status_code, answer.headers.get("www-authenticate", "")


def refused(description):
    return 401, f'Bearer scope="" error="invalid_token" error_description="{description}"'


def api(issuer):
    return {"template.yaml": JWT_API % {"issuer": issuer, "more": ""}}


def test_tokens_of_an_issuer_are_accepted_with_the_keys_it_publishes(app_factory, issuer):
    app = app_factory(api(issuer.url))
    for algorithm in ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"):
        assert call(app, issuer.token("one", algorithm)) == (200, ""), algorithm
    assert issuer.asked == ["/tenant/.well-known/openid-configuration", "/tenant/oauth2/keys"]
    issuer.add_key("curve", ec.generate_private_key(ec.SECP256R1()))
    assert call(app, issuer.token("curve", "ES256")) == refused("signing method ES256 is invalid")
    assert call(app, issuer.token("one", exp=1)) == refused("the token has expired")
    assert call(app, issuer.token("one", aud="other")) == refused("the token does not have a valid audience")
    assert call(app, issuer.token("one", iss=issuer.url + "/")) == refused("issuer does not match")
    assert len(issuer.asked) == 2


def test_a_new_key_of_the_issuer_is_found_within_a_minute(app_factory, issuer):
    app = app_factory(api(issuer.url))
    assert call(app, issuer.token("one"))[0] == 200
    issuer.add_key("two")
    assert call(app, issuer.token("two"))[0] == 401
    app.advance("1m")
    assert call(app, issuer.token("two", exp=int(time.time()) + 6000)) == (200, "")


def test_an_issuer_out_of_reach_is_told_in_awss_words(app_factory, issuer):
    app = app_factory(api(issuer.url.replace("/tenant", "/nobody")))
    assert call(app, issuer.token("one")) == refused("OIDC discovery endpoint communication error")
    line = app.wait_for(lambda line: line["type"] == "request")
    assert "answered 404" in json.dumps(line)


def test_keys_of_an_issuer_may_come_from_a_file(app_factory, issuer):
    url = "https://idp.example.com"
    app = app_factory({**api(url), "keys/jwks.json": json.dumps(issuer.key_set())}, "--issuer-keys",
                      url + "=keys/jwks.json")
    assert call(app, issuer.token("one", iss=url)) == (200, "")
    issuer.add_key("two")
    assert call(app, issuer.token("two", iss=url))[0] == 401
    (app.directory / "keys/jwks.json").write_text(json.dumps(issuer.key_set()))
    assert call(app, issuer.token("two", iss=url)) == (200, "")
    assert issuer.asked == []


@pytest.mark.parametrize("word", ["keys.json", "https://idp.example.com", "https://idp.example.com=", "idp=keys.json"])
def test_a_file_of_keys_is_an_issuers(tmp_path, word):
    done = subprocess.run([BINARY, "up", "--issuer-keys", word], cwd=tmp_path, env=clean_env(), capture_output=True,
                          text=True, timeout=DEADLINE_S)
    assert done.returncode == 2 and "URL=FILE" in done.stderr


def test_one_line_calls_a_guarded_route_without_a_network(app_factory):
    app = app_factory(api("https://nowhere.invalid/"))
    assert call(app, token(app.directory, "--sub", "me")) == (200, "")
    other = requests.post(app.edge + "/_sls/issuer/token", json={"iss": "https://nowhere.invalid/", "aud": "mobile"},
                          timeout=DEADLINE_S).json()["token"]
    assert call(app, other) == (200, "")
    stranger = token(app.directory, "--data", app.directory / "elsewhere")
    assert call(app, stranger)[0] == 401
    line = app.wait_for(lambda line: line["type"] == "request" and "data directory" in json.dumps(line))
    assert "--data DIR" in json.dumps(line)
