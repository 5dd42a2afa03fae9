"""Definitions of APIs that are not in the template: paths, buckets that are folders, AWS::Include."""
import os
import subprocess

import requests
from conftest import BINARY, DEADLINE_S, App, clean_env, write_tree

DOCUMENT = """\
openapi: 3.0.1
paths:
  /%s:
    get:
      x-amazon-apigateway-integration:
        type: mock
        requestTemplates: {application/json: '{"statusCode": 200}'}
        responses: {default: {statusCode: 200, responseTemplates: {application/json: "%s"}}}
"""

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Parameters: {Bucket: {Type: String, Default: docs}}
Resources:
  Uri: {Type: AWS::Serverless::Api, Properties: {StageName: dev, DefinitionUri: s3://docs/deep/uri.yaml}}
  Pointer: {Type: AWS::Serverless::Api, Properties: {StageName: dev, DefinitionUri: {Bucket: !Ref Bucket, Key: pointer.yaml}}}
  Included:
    Type: AWS::Serverless::Api
    Properties:
      StageName: dev
      DefinitionBody: {'Fn::Transform': {Name: AWS::Include, Parameters: {Location: !Sub 's3://${Bucket}/included.yaml'}}}
  Raw: {Type: AWS::ApiGateway::RestApi, Properties: {Name: raw, BodyS3Location: {Bucket: docs, Key: raw.yaml}}}
  RawDeployment: {Type: AWS::ApiGateway::Deployment, Properties: {RestApiId: !Ref Raw, StageName: dev}}
  Path: {Type: AWS::ApiGateway::RestApi, Properties: {Name: path, BodyS3Location: ./path.yaml}}
  PathDeployment: {Type: AWS::ApiGateway::Deployment, Properties: {RestApiId: !Ref Path, StageName: dev}}
"""
FILES = {"template.yaml": TEMPLATE, "path.yaml": DOCUMENT % ("path", "path"),
         "bucket/deep/uri.yaml": DOCUMENT % ("uri", "uri")}
for word in ("pointer", "included", "raw"):
    FILES[f"bucket/{word}.yaml"] = DOCUMENT % (word, word)


def validate(directory, *options):
    return subprocess.run([BINARY, "validate", *options], cwd=directory, env=clean_env(), capture_output=True, text=True,
                          timeout=DEADLINE_S)


def test_definitions_are_read_out_of_a_bucket_that_is_a_folder(tmp_path):
    write_tree(tmp_path, FILES)
    app = App(tmp_path, "--bucket", "docs=bucket")
    try:
        for word in ("uri", "pointer", "included", "raw", "path"):
            answer = requests.get(f"{app.api(word.title())}/dev/{word}", timeout=DEADLINE_S)
            assert (answer.status_code, answer.text) == (200, word)
        temporary = tmp_path / "new"  # watched like the template
        temporary.write_text(DOCUMENT % ("raw", "changed"))
        os.replace(temporary, tmp_path / "bucket" / "raw.yaml")
        app.wait_for(lambda line: line["type"] == "notice" and "deployed again" in line["text"])
        assert requests.get(f"{app.api('Raw')}/dev/raw", timeout=DEADLINE_S).text == "changed"
    finally:
        assert app.stop() == 0


def test_without_the_folder_that_is_told_with_its_place(tmp_path):
    before, included = TEMPLATE.split("  Included:\n")
    write_tree(tmp_path, {**FILES, "template.yaml": before + included[included.index("  Raw:"):]})
    done = validate(tmp_path, "--strict")
    assert done.returncode == 1
    why = "BodyS3Location is not emulated: the definition is in a bucket that is no folder here (--bucket NAME=DIR)"
    for place in ("template.yaml:4:66: Uri: ", "template.yaml:5:70: Pointer: ", "template.yaml:6:81: Raw: "):
        assert f"{place}{why}" in done.stderr, done.stderr
    assert "Path" not in done.stderr
    assert validate(tmp_path, "--strict", "--bucket", "docs=bucket").returncode == 0


def test_what_cannot_be_read_is_told_with_its_place(tmp_path):
    def told(definition, files, *options):
        write_tree(tmp_path, {"template.yaml": "Transform: AWS::Serverless-2016-10-31\nResources:\n  Api:\n"
                              "    Type: AWS::Serverless::Api\n    Properties:\n      StageName: dev\n"
                              f"      {definition}\n", "bucket/.keep": "", **files})
        done = validate(tmp_path, "--bucket", "docs=bucket", *options)
        assert done.returncode == 1
        return done.stderr

    include = "DefinitionBody: {'Fn::Transform': {Name: AWS::Include, Parameters: {Location: '%s'}}}"
    assert f"template.yaml:7:7: BodyS3Location: no such file '{tmp_path}/bucket/none.yaml'" in \
        told("DefinitionUri: s3://docs/none.yaml", {})
    assert "bucket/bad.yaml:2:1: Template format error: YAML not well-formed" in \
        told("DefinitionUri: s3://docs/bad.yaml", {"bucket/bad.yaml": "a: [\n"})
    assert "bucket/list.yaml:1:1: BodyS3Location: the definition is no map" in \
        told("DefinitionUri: s3://docs/list.yaml", {"bucket/list.yaml": "[1]\n"})
    assert "bucket/deep.yaml:1:" in (deep := told("DefinitionUri: s3://docs/deep.yaml",
                                                  {"bucket/deep.yaml": "a: " + "[" * 200 + "]" * 200}))
    assert "nested deeper than 100 levels" in deep
    assert "larger than 8388608 bytes" in \
        told("DefinitionUri: s3://docs/big.yaml", {"bucket/big.yaml": "a: " + "x" * 8388608})
    # a key cannot lead out of the folder
    outside = told("DefinitionUri: {Bucket: docs, Key: ../template.yaml}", {}, "--strict")
    assert "a bucket that is no folder here" in outside
    for location in ("s3://elsewhere/x.yaml", "s3://docs/../template.yaml", "https://example.com/x.yaml"):
        assert f"template.yaml:7:85: AWS::Include of '{location}': only files of this machine can be included; give a " \
            "path, or the bucket as a folder (--bucket NAME=DIR)" in told(include % location, {})
    itself = include % "self.yaml"
    loop = told(itself, {"self.yaml": "paths: {'Fn::Transform': {Name: AWS::Include, Parameters: {Location: self.yaml}}}"})
    assert "self.yaml:1:70: AWS::Include of 'self.yaml': a file cannot include itself" in loop
    two = told(include % "a.yaml", {
        "a.yaml": "paths: {'Fn::Transform': {Name: AWS::Include, Parameters: {Location: b.yaml}}}",
        "b.yaml": "x: {'Fn::Transform': {Name: AWS::Include, Parameters: {Location: a.yaml}}}"})
    assert "nested deeper than 100" in two
