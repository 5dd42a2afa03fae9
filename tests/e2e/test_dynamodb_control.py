"""What is kept and told beside tables: TTL, tags, policies, limits, destinations, replicas."""
import json

import botocore.exceptions
import pytest


@pytest.fixture
def table(ddb, request):
    name = request.node.name[:60]
    made = ddb.create_table(TableName=name, KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
                            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
                            BillingMode="PAY_PER_REQUEST")["TableDescription"]
    yield made
    ddb.delete_table(TableName=name)


def refused(code, call, **arguments):
    with pytest.raises(botocore.exceptions.ClientError) as raised:
        call(**arguments)
    assert raised.value.response["Error"]["Code"] == code
    return raised.value.response["Error"]["Message"]


def test_time_to_live_is_told_as_it_was_set(ddb, table):
    name = table["TableName"]
    wanted = {"Enabled": True, "AttributeName": "expires"}
    assert ddb.update_time_to_live(TableName=name, TimeToLiveSpecification=wanted)["TimeToLiveSpecification"] == wanted
    assert ddb.describe_time_to_live(TableName=name)["TimeToLiveDescription"] == {
        "TimeToLiveStatus": "ENABLED", "AttributeName": "expires"}
    assert refused("ValidationException", ddb.update_time_to_live, TableName=name,
                   TimeToLiveSpecification=wanted) == "TimeToLive is already enabled"


def test_tags_are_added_replaced_and_removed(ddb, table):
    arn = table["TableArn"]
    ddb.tag_resource(ResourceArn=arn, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    ddb.tag_resource(ResourceArn=arn, Tags=[{"Key": "a", "Value": "3"}])
    ddb.untag_resource(ResourceArn=arn, TagKeys=["b"])
    assert ddb.list_tags_of_resource(ResourceArn=arn)["Tags"] == [{"Key": "a", "Value": "3"}]
    many = [{"Key": f"k{i}", "Value": "x" * 256} for i in range(49)]
    ddb.tag_resource(ResourceArn=arn, Tags=many)
    assert refused("ValidationException", ddb.tag_resource, ResourceArn=arn,
                   Tags=[{"Key": "one-more", "Value": ""}]) == \
        "Number of Tags exceed the current limit for the provided ResourceArn"
    pages = ddb.get_paginator("list_tags_of_resource").paginate(ResourceArn=arn)
    assert sum(len(page["Tags"]) for page in pages) == 50


def test_tagging_answers_without_a_body(ddb_store, table):
    answer = ddb_store.raw("TagResource", {"ResourceArn": table["TableArn"], "Tags": [{"Key": "a", "Value": "b"}]})
    assert (answer.status_code, answer.content) == (200, b"")


def test_a_resource_policy_comes_back_as_it_went(ddb, table):
    arn = table["TableArn"]
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*",
                                                                 "Action": "dynamodb:*", "Resource": arn}]})
    refused("PolicyNotFoundException", ddb.get_resource_policy, ResourceArn=arn)
    revision = ddb.put_resource_policy(ResourceArn=arn, Policy=policy)["RevisionId"]
    told = ddb.get_resource_policy(ResourceArn=arn)
    assert (told["Policy"], told["RevisionId"]) == (policy, revision)
    refused("PolicyNotFoundException", ddb.put_resource_policy, ResourceArn=arn, Policy=policy,
            ExpectedRevisionId="NO_POLICY")
    assert ddb.delete_resource_policy(ResourceArn=arn)["RevisionId"] == revision
    refused("PolicyNotFoundException", ddb.get_resource_policy, ResourceArn=arn)


def test_limits_and_endpoints_are_those_of_this_store(ddb, ddb_store):
    limits = ddb.describe_limits()
    assert limits["AccountMaxReadCapacityUnits"] == 80000 and limits["TableMaxWriteCapacityUnits"] == 40000
    endpoint = ddb.describe_endpoints()["Endpoints"][0]
    assert endpoint == {"Address": f"127.0.0.1:{ddb_store.port}", "CachePeriodInMinutes": 1440}


def test_kinesis_destinations_become_active_and_disabled(ddb, table):
    name, arn = table["TableName"], "arn:aws:kinesis:us-east-1:000000000000:stream/changes"
    assert ddb.enable_kinesis_streaming_destination(TableName=name, StreamArn=arn)["DestinationStatus"] == "ENABLING"
    told = ddb.describe_kinesis_streaming_destination(TableName=name)["KinesisDataStreamDestinations"]
    assert told == [{"StreamArn": arn, "DestinationStatus": "ACTIVE"}]
    ddb.disable_kinesis_streaming_destination(TableName=name, StreamArn=arn)
    told = ddb.describe_kinesis_streaming_destination(TableName=name)["KinesisDataStreamDestinations"]
    assert told[0]["DestinationStatus"] == "DISABLED"


def test_replicas_are_shown_as_active(ddb, table):
    name = table["TableName"]
    ddb.update_table(TableName=name, ReplicaUpdates=[{"Create": {"RegionName": "eu-west-1"}}])
    told = ddb.describe_table(TableName=name)["Table"]
    assert told["GlobalTableVersion"] == "2019.11.21"
    assert told["Replicas"] == [{"RegionName": "eu-west-1", "ReplicaStatus": "ACTIVE"}]
    ddb.update_table(TableName=name, ReplicaUpdates=[{"Delete": {"RegionName": "eu-west-1"}}])
    assert "Replicas" not in ddb.describe_table(TableName=name)["Table"]


def test_contributor_insights_remember_that_they_are_on(ddb, table):
    name = table["TableName"]
    assert ddb.describe_contributor_insights(TableName=name)["ContributorInsightsStatus"] == "DISABLED"
    ddb.update_contributor_insights(TableName=name, ContributorInsightsAction="ENABLE")
    ddb.get_waiter("contributor_insights_enabled").wait(TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 1})
