"""Tables of a template: there when `up` says ready, kept over restarts, used by a function's own SDK."""
import signal
import subprocess

import pytest

from conftest import BINARY, E2E_DIR, needs

TABLE = """
  Orders:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: orders
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: pk, AttributeType: S}%s]
      KeySchema: [{AttributeName: pk, KeyType: HASH}]
%s"""
HEAD = "AWSTemplateFormatVersion: '2010-09-09'\nTransform: AWS::Serverless-2016-10-31\nResources:\n"


def table(definitions="", more=""):
    return HEAD + TABLE % (definitions, more)


@needs("node")
def test_the_notes_starter_keeps_its_notes(tmp_path, app_factory):
    subprocess.run([BINARY, "init", "notes", "."], cwd=tmp_path, check=True, capture_output=True)
    (tmp_path / "src/node_modules").symlink_to(E2E_DIR / "node_modules")
    app = app_factory()
    made = app.post("/notes/home", json={"text": "buy tea"})
    assert made.status_code == 201, (made.text, app.lines)
    note = made.json()
    # As curl -d sends it: no JSON by its type.
    assert app.post("/notes/home", data='{"text":"äöü ☕"}'.encode(), headers={
        "content-type": "application/x-www-form-urlencoded"}).status_code == 201
    assert app.request("PUT", f"/notes/home/{note['id']}", json={"text": "buy more tea"}).json() == {
        **note, "text": "buy more tea", "version": 2}
    assert app.request("PUT", "/notes/home/none", json={"text": "x"}).status_code == 404
    assert [each["text"] for each in app.get("/notes/home").json()] == ["buy more tea", "äöü ☕"]
    app.stop(signal.SIGKILL)

    app = app_factory()
    assert [each["text"] for each in app.get("/notes/home").json()] == ["buy more tea", "äöü ☕"]
    assert app.request("DELETE", f"/notes/home/{note['id']}").status_code == 204
    assert app.get(f"/notes/home/{note['id']}").status_code == 404


def test_a_tables_properties_reach_the_store(app_factory):
    app = app_factory({"template.yaml": table(", {AttributeName: owner, AttributeType: S}", """
      GlobalSecondaryIndexes:
        - IndexName: by-owner
          KeySchema: [{AttributeName: owner, KeyType: HASH}]
          Projection: {ProjectionType: KEYS_ONLY}
      StreamSpecification: {StreamViewType: NEW_AND_OLD_IMAGES}
      TimeToLiveSpecification: {AttributeName: expires, Enabled: true}
      PointInTimeRecoverySpecification: {PointInTimeRecoveryEnabled: true}
      DeletionProtectionEnabled: 'true'
      Tags: [{Key: team, Value: blue}]
  Small:
    Type: AWS::Serverless::SimpleTable
Outputs:
  Stream: {Value: !GetAtt Orders.StreamArn}
""")})
    ddb = app.client("dynamodb")
    told = ddb.describe_table(TableName="orders")["Table"]
    assert told["TableStatus"] == "ACTIVE"
    assert told["DeletionProtectionEnabled"] is True
    assert [index["IndexName"] for index in told["GlobalSecondaryIndexes"]] == ["by-owner"]
    assert told["LatestStreamArn"] == \
        "arn:aws:dynamodb:us-east-1:000000000000:table/orders/stream/2020-01-01T00:00:00.000"
    assert ddb.describe_time_to_live(TableName="orders")["TimeToLiveDescription"] == {
        "TimeToLiveStatus": "ENABLED", "AttributeName": "expires"}
    assert ddb.describe_continuous_backups(TableName="orders")["ContinuousBackupsDescription"][
        "PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
    assert ddb.list_tags_of_resource(ResourceArn=told["TableArn"])["Tags"] == [{"Key": "team", "Value": "blue"}]
    assert len(ddb.list_tables()["TableNames"]) == 2


def test_a_changed_template_updates_its_table_and_keeps_the_items(app_factory):
    app = app_factory({"template.yaml": table()})
    ddb = app.client("dynamodb")
    ddb.put_item(TableName="orders", Item={"pk": {"S": "1"}, "owner": {"S": "ann"}})
    (app.directory / "template.yaml").write_text(table(", {AttributeName: owner, AttributeType: S}", """
      GlobalSecondaryIndexes:
        - IndexName: by-owner
          KeySchema: [{AttributeName: owner, KeyType: HASH}]
          Projection: {ProjectionType: ALL}
"""))
    app.wait_for(lambda line: "deployed again" in line.get("text", ""))
    found = ddb.query(TableName="orders", IndexName="by-owner", KeyConditionExpression="#o = :o",
                      ExpressionAttributeNames={"#o": "owner"}, ExpressionAttributeValues={":o": {"S": "ann"}})
    assert found["Items"] == [{"pk": {"S": "1"}, "owner": {"S": "ann"}}]


@pytest.mark.parametrize("definitions, more, told", [
    (", {AttributeName: sk, AttributeType: S}", "",
     "template.yaml:5:3: table 'orders': One or more parameter values were invalid: Number of attributes in KeySchema does "
     "not exactly match number of attributes defined in AttributeDefinitions"),
])
def test_a_table_that_cannot_be_made_ends_the_start_with_its_line(app_factory, definitions, more, told):
    app = app_factory({"template.yaml": table(definitions, more)}, expect_ready=False)
    assert app.process.wait(30) == 1
    assert told in app.stderr


def test_a_key_schema_cannot_change_under_its_items(app_factory):
    app = app_factory({"template.yaml": table()})
    app.client("dynamodb").put_item(TableName="orders", Item={"pk": {"S": "1"}})
    (app.directory / "template.yaml").write_text(table().replace("pk", "id"))
    line = app.wait_for(lambda line: "key schema" in line.get("text", ""))
    assert "orders" in line["text"]
    assert app.client("dynamodb").get_item(TableName="orders", Key={"pk": {"S": "1"}})["Item"]
