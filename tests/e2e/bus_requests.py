"""A request of every operation of the event bus, made from botocore's own models, and ways to spoil one on the wire: what
a fuzzer of bytes does not reach, because nothing behind the first check would ever run."""
import base64
import copy
import hashlib
import json
import re
import struct
import urllib.parse
import xml.etree.ElementTree
from functools import partial

import botocore.serialize
import botocore.session

ACCOUNT = "000000000000"
REGION = "us-east-1"
SERVICES = ["sqs", "sns", "s3", "events", "scheduler", "kinesis", "logs", "cloudwatch", "lambda"]
# Optional for AWS, but without them a request is about nothing that is there.
ALWAYS = {"StreamARN", "EventSourceArn", "ConsumerName", "AccessControlPolicy", "MaximumEventAgeInSeconds",
          "EventBusName", "EventPattern", "logGroupName", "StreamName", "PartitionKey", "Endpoint", "Statistics", "Action", "Principal", "StatementId", "TopicArn"}
LAMBDA_PARTS = re.compile("EventSourceMapping|EventInvokeConfig|Permission$|Policy$")
STREAMING = {"SubscribeToShard"}  # answers without an end

_models = {name: botocore.session.get_session().get_service_model(name) for name in SERVICES}


def arn(service, resource, region=REGION, account=ACCOUNT):
    return f"arn:aws:{service}:{region}:{account}:{resource}"


QUEUE, DLQ, FIFO = arn("sqs", "queue"), arn("sqs", "dlq"), arn("sqs", "line.fifo")
TOPIC, FUNCTION, STREAM = arn("sns", "topic"), arn("lambda", "function:f"), arn("kinesis", "stream/stream")
ROLE = arn("iam", "role/r", region="")
PATTERN = '{"source":["a",{"prefix":"b"}],"detail":{"n":[{"numeric":[">",1]}]}}'
POLICY = '{"Version":"2012-10-17","Statement":[{"Sid":"s","Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}'
TAGS = [{"Key": "k", "Value": "v"}]
ANY = "any"
TARGET = {"Arn": QUEUE, "RoleArn": ROLE, "Input": '{"a":1}', "DeadLetterConfig": {"Arn": DLQ},
          "RetryPolicy": {"MaximumEventAgeInSeconds": 60, "MaximumRetryAttempts": 1}}
CREDENTIALS = {"ApiKeyAuthParameters": {"ApiKeyName": "x-key", "ApiKeyValue": "secret"},
               "InvocationHttpParameters": {"HeaderParameters": [{"Key": "a", "Value": "b", "IsValueSecret": True}]}}

# What members are called there, by service; what is not here follows from the model. "@x": what World found.
VALUES = {
    "sqs": {"QueueUrl": "@queue", "QueueName": "fresh", "ReceiptHandle": "@receipt", "SourceArn": DLQ, "DestinationArn": QUEUE,
            "TaskHandle": "@task", "AttributeNames": ["All"], "MessageSystemAttributeNames": ["All"], "MessageAttributeNames": ["All", "a.*"],
            "Attributes": {"VisibilityTimeout": "30", "RedrivePolicy": json.dumps({"deadLetterTargetArn": DLQ, "maxReceiveCount": 3})},
            "MessageAttributes": {"a": {"DataType": "String", "StringValue": "x"}, "b": {"DataType": "Binary.x", "BinaryValue": b"x"}},
            "MessageSystemAttributes": {"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1-5759e988-bd862e3fe1be46a994272793"}},
            "Actions": ["SendMessage"], "AWSAccountIds": [ACCOUNT], "WaitTimeSeconds": 0, "MaxNumberOfMessages": 2, "MessageGroupId": "g",
            "MessageDeduplicationId": "d", "MaxNumberOfMessagesPerSecond": 10, "MaxResults": 5, "Id": "a", "NextToken": None},
    "sns": {"TopicArn": TOPIC, "TargetArn": None, "PhoneNumber": None, "ResourceArn": TOPIC, "Name": "fresh", "Protocol": "sqs", "Endpoint": DLQ,
            "SubscriptionArn": "@subscription", "AWSAccountId": [ACCOUNT], "ActionName": ["Publish"], "Message": '{"default":"x","sqs":"y"}',
            "MessageStructure": "json", "Subject": "hello", "Token": "0" * 64, "NextToken": None, "nextToken": None, "Tags": TAGS,
            "MessageAttributes": {"a": {"DataType": "String", "StringValue": "x"}, "n": {"DataType": "Number", "StringValue": "1.5"}},
            "AttributeName": "DisplayName", "AttributeValue": "told", "TagKeys": ["k"], "AuthenticateOnUnsubscribe": "false",
            "DataProtectionPolicy": None, "Attributes": {"DisplayName": "d"}, "Id": "a", "MessageGroupId": None, "MessageDeduplicationId": None,
            "ReturnSubscriptionArn": True, "Label": "label"},
    "s3": {"Bucket": "bucket", "Key": "key", "CopySource": "bucket/key", "UploadId": "@upload", "Body": b"body", "VersionId": None,
           "ExpectedBucketOwner": ACCOUNT, "ExpectedSourceBucketOwner": ACCOUNT, "ContentMD5": None, "RequestPayer": "requester",
           "Tagging": {"TagSet": TAGS}, "PartNumber": 1, "Policy": POLICY.replace('"Resource":"*"', '"Resource":"arn:aws:s3:::bucket/*"'),
           "NotificationConfiguration": {"QueueConfigurations": [{"Id": "n", "QueueArn": QUEUE, "Events": ["s3:ObjectCreated:*"], "Filter": {
               "Key": {"FilterRules": [{"Name": "prefix", "Value": "a"}]}}}], "EventBridgeConfiguration": {}},
           "VersioningConfiguration": {"Status": "Suspended"}, "EncodingType": "url", "Range": "bytes=0-2", "LocationConstraint": "eu-west-1",
           "CORSConfiguration": {"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"], "AllowedHeaders": ["*"], "MaxAgeSeconds": 9}]},
           "LifecycleConfiguration": {"Rules": [{"ID": "r", "Status": "Enabled", "Filter": {"And": {"Prefix": "a", "Tags": TAGS}}, "Expiration": {"Days": 3},
                                                 "NoncurrentVersionExpiration": {"NoncurrentDays": 3}, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}}]},
           "WebsiteConfiguration": {"IndexDocument": {"Suffix": "i.html"}, "ErrorDocument": {"Key": "e.html"}, "RoutingRules": [
               {"Condition": {"KeyPrefixEquals": "x"}, "Redirect": {"ReplaceKeyPrefixWith": "y"}}]},
           "ServerSideEncryptionConfiguration": {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]},
           "OwnershipControls": {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}, "MFA": None, "SSECustomerAlgorithm": None, "SSECustomerKey": None,
           "Delete": {"Objects": [{"Key": "gone"}, {"Key": "key 2"}], "Quiet": True}, "MultipartUpload": {"Parts": [{"ETag": "@etag", "PartNumber": 1}]},
           "ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}},
           "BucketLoggingStatus": {"LoggingEnabled": {"TargetBucket": "bucket", "TargetPrefix": "l"}}, "ObjectAttributes": ["ETag", "ObjectSize"],
           "AccelerateConfiguration": {"Status": "Enabled"}, "Metadata": {"a": "b"}, "GrantRead": 'id="x"', "ContinuationToken": None,
           "AccessControlPolicy": {"Owner": {"ID": "x"}, "Grants": [{"Grantee": {"Type": "CanonicalUser", "ID": "x"}, "Permission": "READ"}]},
           "ReplicationConfiguration": {"Role": ROLE, "Rules": [{"Status": "Enabled", "Destination": {"Bucket": "arn:aws:s3:::bucket"}}]}},
    "events": {"EventBusName": "bus", "Name": "rule", "Rule": "rule", "EventPattern": PATTERN, "Event": '{"id":"1","source":"a","detail-type":"t","account":"1",'
               '"time":"2026-01-01T00:00:00Z","region":"us-east-1","resources":[],"detail":{"n":2}}', "ScheduleExpression": None, "RoleArn": ROLE,
               "Targets": [{"Id": "t", "Arn": QUEUE, "InputTransformer": {"InputPathsMap": {"a": "$.detail.n"}, "InputTemplate": '"n is <a>"'}}],
               "Ids": ["t"], "TargetArn": QUEUE, "ResourceARN": arn("events", "rule/bus/rule"), "Tags": TAGS, "TagKeys": ["k"], "State": None,
               "ArchiveName": "archive",
               "EventSourceArn": "@archive", "RetentionDays": 1, "ReplayName": "replay", "EventStartTime": 1700000000, "EventEndTime": 1700000060,
               "Destination": {"Arn": arn("events", "event-bus/bus")}, "ConnectionArn": "@connection", "ApiDestinationName": "api", "Limit": 5,
               "InvocationEndpoint": "http://127.0.0.1:9/x", "HttpMethod": "POST", "NextToken": None, "EndpointId": None, "AuthorizationType": "API_KEY",
               "AuthParameters": CREDENTIALS, "StatementId": "s", "Action": "events:PutEvents", "Principal": "*", "Policy": None, "EventSourceName": None,
               "Condition": {"Type": "StringEquals", "Key": "aws:PrincipalOrgID", "Value": "o"}, "KmsKeyIdentifier": None, "Force": False,
               "InvocationRateLimitPerSecond": 1, "DeadLetterConfig": {"Arn": DLQ}, "LogConfig": {"IncludeDetail": "FULL", "Level": "INFO"}},
    "scheduler": {"Name": "schedule", "GroupName": "default", "ScheduleExpression": "cron(0 10 * * ? *)", "ScheduleExpressionTimezone": "Europe/Berlin",
                  "Target": TARGET, "FlexibleTimeWindow": {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 5}, "ResourceArn": arn("scheduler", "schedule-group/group"),
                  "Tags": TAGS, "TagKeys": ["k"], "NextToken": None, "KmsKeyArn": None, "StartDate": 1700000000, "EndDate": 4000000000,
                  "ClientToken": "token", "State": "DISABLED", "NamePrefix": "s", "ActionAfterCompletion": "DELETE", "Description": "d"},
    "kinesis": {"StreamName": "stream", "StreamARN": None, "ShardIterator": "@iterator", "ShardId": "shardId-000000000000", "PartitionKey": "p", "Data": b"x",
                "ShardToSplit": "shardId-000000000000", "NewStartingHashKey": "1000", "ShardToMerge": "shardId-000000000000", "Limit": 5, "MaxResults": 5,
                "AdjacentShardToMerge": "shardId-000000000001", "ShardIteratorType": "TRIM_HORIZON", "StartingSequenceNumber": None, "Timestamp": 1700000000,
                "ExplicitHashKey": "5", "SequenceNumberForOrdering": None, "ConsumerName": "consumer", "ConsumerARN": "@consumer", "ResourceARN": STREAM,
                "StartingPosition": {"Type": "LATEST"}, "Tags": {"k": "v"}, "TagKeys": ["k"], "RetentionPeriodHours": 48, "TargetShardCount": 2,
                "Policy": POLICY, "KeyId": "alias/aws/kinesis", "EncryptionType": "KMS", "ShardLevelMetrics": ["ALL"], "ScalingType": "UNIFORM_SCALING",
                "StreamModeDetails": {"StreamMode": "PROVISIONED"}, "ShardCount": 2, "StreamId": None, "NextToken": None, "ExclusiveStartShardId": None,
                "StreamCreationTimestamp": None, "ExclusiveStartStreamName": None, "MaxRecordSizeInKiB": 1024, "ShardFilter": {"Type": "AT_LATEST"}},
    "logs": {"logGroupName": "group", "logGroupIdentifier": None, "logStreamName": "stream", "logEvents": [{"timestamp": "@now", "message": "x"}],
             "filterPattern": "{ $.a = 1 && $.b = \"x*\" }", "filterName": "filter", "destinationArn": FUNCTION, "roleArn": None, "distribution": "ByLogStream",
             "metricTransformations": [{"metricName": "m", "metricNamespace": "n", "metricValue": "$.a", "defaultValue": 0.0, "unit": "Count"}],
             "retentionInDays": 7, "resourceArn": arn("logs", "log-group:group"), "tags": {"k": "v"}, "tagKeys": ["k"], "nextToken": None, "limit": 5,
             "logEventMessages": ['{"a":1,"b":"xy"}'], "kmsKeyId": None, "logGroupClass": None, "startTime": 0, "endTime": 4000000000000,
             "logGroupNamePrefix": "g", "logGroupNamePattern": None, "logStreamNamePrefix": None, "logStreamNames": ["stream"], "sequenceToken": None,
             "interleaved": True, "unmask": False, "includeLinkedAccounts": False, "accountIdentifiers": None, "logGroupIdentifiers": None, "entity": None,
             "orderBy": "LogStreamName", "descending": False, "fieldSelectionCriteria": None, "emitSystemFieldDimensions": None, "applyOnTransformedLogs": False,
             "metricName": None, "metricNamespace": None, "emitSystemFields": None, "startFromHead": True},
    "cloudwatch": {"Namespace": "n", "MetricName": "m", "StartTime": 1700000000, "EndTime": 1700003600, "Period": 60, "Statistics": ["Sum", "Average"],
                   "MetricData": [{"MetricName": "m", "Value": 1.5, "Dimensions": [{"Name": "a", "Value": "b"}], "Unit": "Count", "Timestamp": "@seconds"}],
                   "MetricDataQueries": [{"Id": "a", "MetricStat": {"Metric": {"Namespace": "n", "MetricName": "m"}, "Period": 60, "Stat": "p99"}, "ReturnData": False},
                                         {"Id": "b", "Expression": "SUM([a, a*2, FILL(a, 0)])"}],
                   "NextToken": None, "ExtendedStatistics": None, "EntityMetricData": None, "Dimensions": [{"Name": "a", "Value": "b"}],
                   "IncludeLinkedAccounts": False, "OwningAccount": None, "ScanBy": "TimestampAscending", "Unit": "Count", "RecentlyActive": "PT3H"},
    "lambda": {"FunctionName": "f", "UUID": "@mapping", "EventSourceArn": QUEUE, "Qualifier": None, "StatementId": "s", "Action": "lambda:InvokeFunction",
               "Principal": "s3.amazonaws.com", "SourceArn": "arn:aws:s3:::bucket", "SourceAccount": ACCOUNT, "MaximumRetryAttempts": 1, "BatchSize": 5,
               "MaximumEventAgeInSeconds": 60, "DestinationConfig": {"OnFailure": {"Destination": DLQ}}, "Marker": None, "MaxItems": 5, "RevisionId": None,
               "FilterCriteria": {"Filters": [{"Pattern": '{"body":{"a":[1]}}'}]}, "FunctionResponseTypes": ["ReportBatchItemFailures"], "Enabled": True,
               "ScalingConfig": {"MaximumConcurrency": 2}, "MaximumBatchingWindowInSeconds": 1, "KMSKeyArn": None, "StartingPosition": None,
               "StartingPositionTimestamp": None, "ParallelizationFactor": None, "BisectBatchOnFunctionError": None, "TumblingWindowInSeconds": None,
               "MaximumRecordAgeInSeconds": None, "Topics": None, "Queues": None, "SourceAccessConfigurations": None, "SelfManagedEventSource": None,
               "AmazonManagedKafkaEventSourceConfig": None, "SelfManagedKafkaEventSourceConfig": None, "DocumentDBEventSourceConfig": None,
               "MetricsConfig": None, "ProvisionedPollerConfig": None, "LoggingConfig": None, "EventSourceToken": None, "FunctionUrlAuthType": None,
               "InvokedViaFunctionUrl": None, "PrincipalOrgID": None, "Tags": {"k": "v"}},
}
# Where one operation calls something else by the name of a member.
OWN_VALUES = {
    ("sqs", "DeleteQueue"): {"QueueUrl": "@other"}, ("sqs", "PurgeQueue"): {"QueueUrl": "@other"},
    ("sqs", "ChangeMessageVisibility"): {"VisibilityTimeout": 5}, ("sqs", "StartMessageMoveTask"): {"DestinationArn": None},
    ("sqs", "GetQueueUrl"): {"QueueName": "queue"}, ("sqs", "SetQueueAttributes"): {"Attributes": {"DelaySeconds": "0"}},
    ("sns", "SetSubscriptionAttributes"): {"AttributeName": "FilterPolicy", "AttributeValue": '{"a":["b",{"prefix":"x"}]}'},
    ("sns", "Subscribe"): {"Attributes": {"RawMessageDelivery": "true", "FilterPolicy": '{"a":["x"]}'}},
    ("sns", "PutDataProtectionPolicy"): {"DataProtectionPolicy": POLICY}, ("sns", "Publish"): {"TargetArn": None},
    ("s3", "CreateBucket"): {"Bucket": "fresh", "CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}},
    ("s3", "DeleteBucket"): {"Bucket": "fresh"}, ("s3", "PutObject"): {"Tagging": "a=b"},
    **{("s3", f"{verb}Object{what}"): {"Bucket": "locked", "BypassGovernanceRetention": True, "RetainUntilDate": 4000000000}
       for verb in ("Get", "Put") for what in ("LockConfiguration", "Retention", "LegalHold")},
    ("s3", "CopyObject"): {"Tagging": "a=b", "Key": "copy"}, ("s3", "CreateMultipartUpload"): {"Tagging": "a=b"},
    ("events", "PutEvents"): {"Entries": [{"Source": "a", "DetailType": "t", "Detail": '{"n":2}', "EventBusName": "bus", "Resources": ["r"]}]},
    ("events", "CreateEventBus"): {"Name": "fresh"}, ("events", "DeleteEventBus"): {"Name": "fresh"}, ("events", "DescribeEventBus"): {"Name": "bus"},
    ("events", "UpdateEventBus"): {"Name": "bus"}, ("events", "CreateConnection"): {"Name": "fresh"}, ("events", "ListReplays"): {"EventSourceArn": None},
    ("events", "CreateArchive"): {"ArchiveName": "fresh", "EventSourceArn": arn("events", "event-bus/bus"), "EventPattern": '{"source":["never"]}'},
    ("events", "ListArchives"): {"EventSourceArn": None}, ("events", "CreateApiDestination"): {"Name": "fresh"},
    **{("events", f"{verb}Connection"): {"Name": "connection"} for verb in ("Update", "Delete", "Describe", "Deauthorize")},
    **{("events", f"{verb}ApiDestination"): {"Name": "api"} for verb in ("Update", "Delete", "Describe")},
    ("scheduler", "CreateSchedule"): {"Name": "fresh"}, **{("scheduler", f"{verb}ScheduleGroup"): {"Name": "group"} for verb in ("Get", "Delete")},
    ("scheduler", "CreateScheduleGroup"): {"Name": "fresh"}, ("kinesis", "CreateStream"): {"StreamName": "fresh"},
    ("kinesis", "RegisterStreamConsumer"): {"StreamARN": STREAM, "ConsumerName": "fresh"}, ("kinesis", "UpdateStreamMode"): {"StreamARN": STREAM},
    ("kinesis", "ListStreamConsumers"): {"StreamARN": STREAM}, ("kinesis", "UpdateMaxRecordSize"): {"StreamARN": STREAM},
    **{("kinesis", f"{verb}StreamConsumer"): {"StreamARN": STREAM, "StreamName": None} for verb in ("Describe", "Deregister")},
    ("kinesis", "UpdateStreamWarmThroughput"): {"StreamName": "ondemand"}, ("kinesis", "DeleteStream"): {"StreamName": "fresh"},
    **{("kinesis", name): {"ShardToSplit": "@open", "ShardToMerge": "@open", "AdjacentShardToMerge": "@next"} for name in ("SplitShard", "MergeShards")},
    ("kinesis", "DecreaseStreamRetentionPeriod"): {"RetentionPeriodHours": 24}, ("kinesis", "ListShards"): {"MaxResults": 5},
    ("kinesis", "UpdateStreamRecordDistributionStrategy"): {"StreamARN": STREAM.replace("/stream", "/ondemand")}, ("kinesis", "SubscribeToShard"): {"ShardId": "shardId-000000000000"}, ("kinesis", "GetRecords"): {"StreamARN": STREAM},
    ("logs", "PutLogGroupDeletionProtection"): {"logGroupIdentifier": "group"}, ("logs", "CreateLogGroup"): {"logGroupName": "fresh"}, ("logs", "CreateLogStream"): {"logStreamName": "fresh"},
    ("cloudwatch", "ListMetrics"): {"Dimensions": [{"Name": "a"}]},
    ("lambda", "CreateEventSourceMapping"): {"EventSourceArn": FIFO, "MaximumBatchingWindowInSeconds": None},
    ("lambda", "UpdateEventSourceMapping"): {"DestinationConfig": None},
}


# What is emulated of each service; everything else its model has is refused by name.
EMULATED = {service: set(names.split()) for service, names in {
    "sqs": """
        AddPermission CancelMessageMoveTask ChangeMessageVisibility ChangeMessageVisibilityBatch CreateQueue DeleteMessage DeleteMessageBatch
        DeleteQueue GetQueueAttributes GetQueueUrl ListDeadLetterSourceQueues ListMessageMoveTasks ListQueueTags ListQueues PurgeQueue
        ReceiveMessage RemovePermission SendMessage SendMessageBatch SetQueueAttributes StartMessageMoveTask TagQueue UntagQueue""",
    "sns": """
        AddPermission ConfirmSubscription CreateTopic DeleteTopic GetDataProtectionPolicy GetSubscriptionAttributes GetTopicAttributes
        ListSubscriptions ListSubscriptionsByTopic ListTagsForResource ListTopics Publish PublishBatch PutDataProtectionPolicy RemovePermission
        SetSubscriptionAttributes SetTopicAttributes Subscribe TagResource Unsubscribe UntagResource""",
    "s3": """
        AbortMultipartUpload CompleteMultipartUpload CopyObject CreateBucket CreateMultipartUpload DeleteBucket DeleteBucketCors
        DeleteBucketEncryption DeleteBucketLifecycle DeleteBucketOwnershipControls DeleteBucketPolicy DeleteBucketReplication DeleteBucketTagging
        DeleteBucketWebsite DeleteObject DeleteObjectTagging DeleteObjects DeletePublicAccessBlock GetBucketAccelerateConfiguration GetBucketAcl
        GetBucketCors GetBucketEncryption GetBucketLifecycleConfiguration GetBucketLocation GetBucketLogging GetBucketNotificationConfiguration
        GetBucketOwnershipControls GetBucketPolicy GetBucketReplication GetBucketRequestPayment GetBucketTagging GetBucketVersioning
        GetBucketWebsite GetObject GetObjectAcl GetObjectAttributes GetObjectLegalHold GetObjectLockConfiguration GetObjectRetention
        GetObjectTagging GetPublicAccessBlock HeadBucket HeadObject ListBuckets ListMultipartUploads ListObjectVersions ListObjects ListObjectsV2
        ListParts PutBucketAccelerateConfiguration PutBucketAcl PutBucketCors PutBucketEncryption PutBucketLifecycleConfiguration
        PutBucketLogging PutBucketNotificationConfiguration PutBucketOwnershipControls PutBucketPolicy PutBucketRequestPayment PutBucketTagging
        PutBucketVersioning PutBucketWebsite PutObject PutObjectAcl PutObjectLegalHold PutObjectLockConfiguration PutObjectRetention
        PutObjectTagging PutPublicAccessBlock UploadPart UploadPartCopy""",
    "events": """
        CancelReplay CreateApiDestination CreateArchive CreateConnection CreateEventBus DeauthorizeConnection DeleteApiDestination DeleteArchive
        DeleteConnection DeleteEventBus DeleteRule DescribeApiDestination DescribeArchive DescribeConnection DescribeEventBus DescribeReplay
        DescribeRule DisableRule EnableRule ListApiDestinations ListArchives ListConnections ListEventBuses ListReplays ListRuleNamesByTarget
        ListRules ListTagsForResource ListTargetsByRule PutEvents PutPermission PutRule PutTargets RemovePermission RemoveTargets StartReplay
        TagResource TestEventPattern UntagResource UpdateApiDestination UpdateArchive UpdateConnection UpdateEventBus""",
    "scheduler": """
        CreateSchedule CreateScheduleGroup DeleteSchedule DeleteScheduleGroup GetSchedule GetScheduleGroup ListScheduleGroups ListSchedules
        ListTagsForResource TagResource UntagResource UpdateSchedule""",
    "kinesis": """
        AddTagsToStream CreateStream DecreaseStreamRetentionPeriod DeleteResourcePolicy DeleteStream DeregisterStreamConsumer DescribeLimits
        DescribeStream DescribeStreamConsumer DescribeStreamSummary DisableEnhancedMonitoring EnableEnhancedMonitoring GetRecords
        GetResourcePolicy GetShardIterator IncreaseStreamRetentionPeriod ListShards ListStreamConsumers ListStreams ListTagsForResource
        ListTagsForStream MergeShards PutRecord PutRecords PutResourcePolicy RegisterStreamConsumer RemoveTagsFromStream SplitShard
        StartStreamEncryption StopStreamEncryption SubscribeToShard TagResource UntagResource UpdateMaxRecordSize UpdateShardCount
        UpdateStreamMode UpdateStreamRecordDistributionStrategy UpdateStreamWarmThroughput""",
    "logs": """
        CreateLogGroup CreateLogStream DeleteLogGroup DeleteLogStream DeleteMetricFilter DeleteRetentionPolicy DeleteSubscriptionFilter
        DescribeLogGroups DescribeLogStreams DescribeMetricFilters DescribeSubscriptionFilters FilterLogEvents GetLogEvents ListLogGroups
        ListTagsForResource PutLogEvents PutLogGroupDeletionProtection PutMetricFilter PutRetentionPolicy PutSubscriptionFilter TagResource
        TestMetricFilter UntagResource""",
    "cloudwatch": """
        GetMetricData GetMetricStatistics ListMetrics PutMetricData""",
    "lambda": """
        AddPermission CreateEventSourceMapping DeleteEventSourceMapping DeleteFunctionEventInvokeConfig GetEventSourceMapping
        GetFunctionEventInvokeConfig GetPolicy ListEventSourceMappings ListFunctionEventInvokeConfigs PutFunctionEventInvokeConfig
        RemovePermission UpdateEventSourceMapping UpdateFunctionEventInvokeConfig""",
}.items()}


def model_of(service):
    return _models[service]


def operations_of(service):
    """The names of the operations that are this part's: all of a service, of Lambda's those of sources and permissions."""
    names = [name for name in model_of(service).operation_names if not model_of(service).operation_model(name).deprecated]
    return [name for name in names if service != "lambda" or LAMBDA_PARTS.search(name)]


class Maker:
    """Makes parameters of an operation. `wants` is asked for each optional member."""

    def __init__(self, service, operation, world, wants):
        self.values = {**VALUES[service], **OWN_VALUES.get((service, operation), {})}
        self.world, self.wants = world, wants

    def fill(self, value):
        """A copy with "@queue" and the like filled in."""
        if isinstance(value, dict):
            return {key: self.fill(member) for key, member in value.items()}
        if isinstance(value, list):
            return [self.fill(member) for member in value]
        return self.world.get(value, value) if isinstance(value, str) and value.startswith("@") else value

    def make(self, shape, name=None, depth=0):
        if name in self.values and self.values[name] is not None:
            return self.fill(self.values[name])
        kind = shape.type_name
        if kind == "structure":
            return self.structure(shape, depth)
        if kind == "list":
            return [self.make(shape.member, None, depth + 1)]
        if kind == "map":
            return {self.make(shape.key, None, depth + 1): self.make(shape.value, None, depth + 1)}
        if kind == "string":
            return shape.enum[0] if getattr(shape, "enum", None) else "x" * max(1, shape.metadata.get("min", 1))
        least = shape.metadata.get("min", 1)
        return {"integer": least, "long": least, "float": 1.0, "double": 1.0, "boolean": True, "timestamp": 1700000000, "blob": b"x"}[kind]

    def structure(self, shape, depth=0):
        made = {}
        always = ALWAYS | {shape.serialization.get("payload")}
        for name, member in shape.members.items():
            is_wanted = depth < 6 and self.values.get(name, ANY) is not None and (name in always or self.wants(name))
            if name in shape.required_members or is_wanted:
                made[name] = self.make(member, name, depth + 1)
        return made


DIGEST = "the body's"  # what it is when it is sent


class Request:
    """An HTTP request whose body is of a kind: json, form, xml, cbor, or bytes."""

    def __init__(self, service, operation, method, path, query, headers, body, kind):
        self.service, self.operation, self.method = service, operation, method
        self.path, self.query, self.headers, self.body, self.kind = path, query, headers, body, kind
        self.spoilt = []  # what was done to it

    @property
    def target(self):
        query = "&".join(name + ("=" + value if value is not None else "") for name, value in self.query)
        return self.path + ("?" + query if query else "")

    def bytes(self):
        """As it goes over the wire, kept alive."""
        lines = [f"{self.method} {self.target} HTTP/1.1".encode("latin-1", "replace")]
        for name, value in {"Host": "localhost", **self.headers, "Content-Length": str(len(self.body))}.items():
            value = base64.b64encode(hashlib.md5(self.body).digest()) if value is DIGEST else value
            lines.append(name.encode() + b": " + (value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass")))
        return b"\r\n".join(lines) + b"\r\n\r\n" + self.body

    def __repr__(self):
        return f"<{self.service}.{self.operation} {self.kind} {self.spoilt} {self.method} {self.target} {self.headers} {self.body[:2000]!r}>"


def protocols_of(service):
    return {"sqs": ["json", "query"], "cloudwatch": ["json", "query", "smithy-rpc-v2-cbor"], "kinesis": ["json", "aws-cbor"]}.get(
        service, [model_of(service).metadata["protocol"]])


def authorization(service):
    scope = model_of(service).signing_name
    return f"AWS4-HMAC-SHA256 Credential=test/20260101/{REGION}/{scope}/aws4_request, SignedHeaders=host, Signature=0"


# The form's own names of SQS, which the model no longer tells: {name: (its name there, names of key and value)}.
SQS_NAMES = {"Attributes": ("Attribute", "Name", "Value"), "MessageAttributes": ("MessageAttribute", "Name", "Value"),
             "MessageSystemAttributes": ("MessageSystemAttribute", "Name", "Value"), "Tags": ("Tag", "Key", "Value"), "tags": ("Tag", "Key", "Value"),
             "AttributeNames": ("AttributeName",), "MessageAttributeNames": ("MessageAttributeName",), "AWSAccountIds": ("AWSAccountId",),
             "MessageSystemAttributeNames": ("MessageSystemAttributeName",), "Actions": ("ActionName",), "TagKeys": ("TagKey",)}


def sqs_name(operation, name):
    steps = []
    for step in name.split("."):
        before = steps[-2] if len(steps) > 1 else ""
        names = next((row for row in SQS_NAMES.values() if row[0] == before), ())
        steps.append(operation + "RequestEntry" if step == "Entries" else SQS_NAMES[step][0] if step in SQS_NAMES
                     else names[1] if step == "key" else names[2] if step == "value" else step)
    return ".".join(steps)


def parameters_of(service, operation, world, wants=lambda name: False):
    """What boto3 would be given: the required members and those that are wanted."""
    shape = model_of(service).operation_model(operation).input_shape
    return Maker(service, operation, world, wants).structure(shape) if shape else {}


def request(service, operation, world, wants=lambda name: False, protocol=None):
    """A good request of the operation, its required members and those that are wanted."""
    model = model_of(service).operation_model(operation)
    protocol = protocol or protocols_of(service)[0]
    parameters = parameters_of(service, operation, world, wants)
    serializer = botocore.serialize.create_serializer("json" if protocol == "aws-cbor" else protocol, False)
    made = serializer.serialize_to_request(parameters, model)
    path, _, asked = made["url_path"].partition("?")
    query = [(name, value if separator else None) for name, separator, value in (part.partition("=") for part in asked.split("&") if part)]
    for name, values in (made["query_string"] or {}).items():
        for value in values if isinstance(values, list) else [values]:
            query.append((urllib.parse.quote(name), urllib.parse.quote(str(value), safe="")))
    body = made["body"]
    kind = "form" if isinstance(body, dict) else "cbor" if protocol.endswith("cbor") else "bytes"
    if kind == "form":
        if service == "sqs":
            body = {sqs_name(operation, name): value for name, value in body.items()}
        body = urllib.parse.urlencode(body).encode()
    body = body.encode() if isinstance(body, str) else body or b""
    if kind == "bytes":
        kind = {b"{": "json", b"<": "xml"}.get(body[:1], kind)
    headers = {**made["headers"], "Authorization": authorization(service), "X-Amz-Date": "20260101T000000Z"}
    if protocol == "aws-cbor":
        body, headers["Content-Type"] = cbor(json.loads(body)), "application/x-amz-cbor-1.1"
    if service == "s3":
        headers["x-amz-content-sha256"] = "UNSIGNED-PAYLOAD"
        if kind == "xml":
            headers["Content-MD5"] = DIGEST
    return Request(service, operation, made["method"], path, query, headers, body, kind)


def cbor(value):
    """CBOR of what JSON can say; "Data" is bytes where the service's own clients send them so."""
    def head(major, count):
        if count < 24:
            return bytes([major << 5 | count])
        return bytes([major << 5 | 25]) + struct.pack(">H", count) if count < 65536 else bytes([major << 5 | 26]) + struct.pack(">I", count)
    if isinstance(value, bool) or value is None:
        return {True: b"\xf5", False: b"\xf4", None: b"\xf6"}[value]
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, float):
        return b"\xfb" + struct.pack(">d", value)
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(cbor(member) for member in value)
    return head(5, len(value)) + b"".join(cbor(key) + cbor(member) for key, member in value.items())


# --- spoiling ---

TEXTS = ["", " ", "x", "0", "-1", "1", "3", "99999999999999999999", "1e400", "NaN", "true", "null", "[]", "{}", "{", "[[[[", "x" * 300, "y" * 3000, "\0", "\x01\x1f",
         "\ud800", "\U0001F600", "\u202e\ufeff", "%s%n%d", "../../etc/passwd", "a/b", "*", "$default", "$.a[0]..b", "<a>", "'\"`", "arn:", "arn:aws:sqs:::",
         QUEUE, FIFO, TOPIC, FUNCTION, STREAM, arn("sqs", "nowhere"), arn("lambda", "function:"), arn("events", "event-bus/bus"), ROLE, "http://127.0.0.1:9/",
         PATTERN, POLICY, "cron(* * * * ? *)", "rate(1 minute)", "at(2026-01-01T00:00:00)", "PT1H", "2026-01-01T00:00:00Z", "eA==", "eA", "All", ".*", "k=v&k=v", "\r\nX: y"]
VALUES_JSON = [None, True, False, 0, 1, -1, 11, 2**31 - 1, 2**31, 2**53 + 1, 2**63, -2**63 - 1, 1.5, -0.0, 1e300, [], {}, [None], [[]], {"": ""}, {"a": 1}, [1, "x", {}], ["x"] * 101,
               {"Key": "k", "Value": "v"}, [{"Key": "k", "Value": "v"}] * 60]
RAW_JSON = [b"[" * 50_000, b'{"a":' * 50_000, b"1e999999999", b"-", b"01", b"1" * 5000, b'"\\ud800"', b'"\xff\xfe"', b'"\\u0000"', b'"\x01"', b'"\\x"', b"nul", b"'x'", b"1,1",
            b'"x" "y"', b"/**/1", b"[1,]", b'{"a":1,}', b"[" * 90 + b"]" * 90, b"\xef\xbb\xbf{}"]
RAW_XML = [b"<a>" * 20_000, b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>", b"&nothing;", b"&#0;", b"&#x110000;", b"\xff\xfe", b"<![CDATA[x]]>", b"<a b='c' b='d'/>", b"<a></b>",
           b"<?xml version='1.0' encoding='utf-16'?>", b"<x:y/>", b"]]>", b"<!--" + b"-" * 1000, b"<a " + b"b='c' " * 1 + b"/>", b"\0"]
CONTENT_TYPES = ["", "text/plain", "application/json", "application/x-amz-json-1.0", "application/x-www-form-urlencoded", "application/xml", "application/x-amz-cbor-1.1",
                 "multipart/form-data; boundary=x", "multipart/form-data", "\xff", "application/x-amz-json-1.1; charset=utf-16"]
ENCODINGS = ["gzip", "deflate", "br", "aws-chunked", "identity", "gzip, gzip", "x" * 100]


def paths(value, path=()):
    yield path
    steps = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for step in steps:
        yield from paths(value[step], (*path, step))


def at(value, path):
    for step in path:
        value = value[step]
    return value


MARK = "\ue000mark\ue000"


def with_raw(tree, path, raw):
    """The JSON text of `tree` with `raw` bytes in the place of one value."""
    tree = copy.deepcopy(tree)
    if not path:
        return raw
    at(tree, path[:-1])[path[-1]] = MARK
    return json.dumps(tree, ensure_ascii=False).encode("utf-8", "surrogatepass").replace(json.dumps(MARK, ensure_ascii=False).encode(), raw)


def with_change(tree, path, change):
    """The JSON text of `tree` after change(what holds the value, its step)."""
    tree = copy.deepcopy(tree)
    change(at(tree, path[:-1]), path[-1])
    return json.dumps(tree).encode()


def multiply(times):
    def change(where, step):
        if isinstance(where, list):
            where.extend(copy.deepcopy(where[step]) for _ in range(times - 1))
        else:
            where.update({f"{step}{i}": where[step] for i in range(times - 1)})
    return change


def rename(name):
    def change(where, step):
        where[name] = where.pop(step)
    return change


def spoiled_json(body):
    """(what, maker of a body) for everything that can be wrong with one value."""
    tree = json.loads(body or b"{}")
    for path in paths(tree):
        for value in TEXTS + VALUES_JSON:
            yield f"{path}={str(value)[:40]!r}", partial(with_raw, tree, path, json.dumps(value).encode())
        for raw in RAW_JSON:
            yield f"{path}={raw[:40]!r}", partial(with_raw, tree, path, raw)
        if not path:
            continue
        parent, step = at(tree, path[:-1]), path[-1]
        for times in (2, 11, 101, 1001):  # an element, or an entry under other names
            yield f"{path} x{times}", partial(with_change, tree, path, multiply(times))
        yield f"{path} removed", partial(with_change, tree, path, lambda where, step: where.pop(step))
        if isinstance(step, str):
            text = json.dumps(parent[step]).encode()
            yield f"{path} twice", partial(with_raw, tree, path, text + b"," + json.dumps(step).encode() + b":" + text)
            for name in ("", step.lower(), step + "\0", "x" * 3000, "\ud800"):
                yield f"{path} is {name[:20]!r}", partial(with_change, tree, path, rename(name))


def quoted(text):
    return urllib.parse.quote(text.encode("utf-8", "surrogatepass"), safe="")


RAW_QUOTED = ["%", "%zz", "%00", "%ff%fe", "%ed%a0%80", "+", "%2B%2F%3D", "a=b=c", "%25%32%35", ";", "a" * 9000]


def spoiled_pairs(pairs):
    """(what, pairs) for form fields or query parameters, encoded as they are sent."""
    for i, (name, value) in enumerate(pairs):
        before, after = pairs[:i], pairs[i + 1:]
        for other in [quoted(text) for text in TEXTS] + RAW_QUOTED + [None]:
            yield f"{name}={str(other)[:40]!r}", before + [(name, other)] + after
        yield f"{name} removed", before + after
        yield f"{name} twice", pairs + [(name, value)]
        for other in (name.lower(), name + ".1", name + ".1.1.1", re.sub("1", "0", name), re.sub("1", "-1", name), re.sub("1", "99999999999", name),
                      re.sub("1", "", name), name + ".", "." + name, name + "%00", "x" * 3000, "Nothing.entry.1.key"):
            yield f"{name} is {other[:40]!r}", before + [(other, value)] + after
        yield f"{name} x100", pairs + [(re.sub("1", str(k), name) if "1" in name else f"{name}.{k}", value) for k in range(2, 102)]


def spoiled_form(body):
    pairs = [tuple(pair.split("=", 1)) for pair in body.decode().split("&")]
    for what, other in spoiled_pairs(pairs):
        yield what, "&".join(name + ("=" + value if value is not None else "") for name, value in other).encode("utf-8", "surrogatepass")


def xml_text(root, index, change, mark=b""):
    """The document after change(its element number `index`, that one's parent), with `mark` in the place of MARK."""
    tree = copy.deepcopy(root)
    parents = {child: parent for parent in tree.iter() for child in parent}
    node = list(tree.iter())[index]
    change(node, parents.get(node))
    return xml.etree.ElementTree.tostring(tree, "utf-8").replace(MARK.encode(), mark)


def xml_mark(node, parent):
    node.text = MARK


def xml_rename(name):
    def change(node, parent):
        node.tag = name
    return change


def xml_multiply(times):
    def change(node, parent):
        if times == 0:
            parent.remove(node)
        parent.extend(copy.deepcopy(node) for _ in range(times - 1))
    return change


def spoiled_xml(body):
    root = xml.etree.ElementTree.fromstring(body)
    for index, node in enumerate(root.iter()):
        for value in TEXTS if not len(node) else ():
            safe = value.replace("&", "&amp;").replace("<", "&lt;").encode("utf-8", "surrogatepass")
            yield f"{node.tag}={value[:40]!r}", partial(xml_text, root, index, xml_mark, safe)
        for raw in RAW_XML:
            yield f"<{index}>={raw[:40]!r}", partial(xml_text, root, index, xml_mark, raw)
        for name in ("Nothing", "x" * 3000):
            yield f"<{index}> is {name[:20]}", partial(xml_text, root, index, xml_rename(name))
        for times in (0, 2, 11, 1001) if index > 0 else ():
            yield f"<{index}> x{times}", partial(xml_text, root, index, xml_multiply(times))


def spoiled_bytes(body):
    """Cut, grown and flipped, at places spread over the body."""
    step = max(1, len(body) // 12)
    for place in range(0, len(body), step):
        yield f"cut at {place}", body[:place]
        for byte in (0, 0xff, 0x80, body[place] ^ 0x20):
            yield f"{byte:#x} at {place}", body[:place] + bytes([byte]) + body[place + 1:]
    yield "and more", body + b"}"
    yield "twice", body + body
    for tail in (b"\0", b"\xff" * 9, b" " * 100_000):
        yield f"and {tail[:4]!r}", body + tail


SPOILERS = {"json": spoiled_json, "form": spoiled_form, "xml": spoiled_xml}


def changed(made, what, **members):
    other = copy.copy(made)
    other.spoilt = [*made.spoilt, what]
    for name, value in members.items():
        setattr(other, name, value)
    return other


def spoiled(made):
    """Requests like `made` with one thing wrong; a body that is a function makes the one that is sent."""
    for what, body in SPOILERS.get(made.kind, lambda body: ())(made.body):
        yield changed(made, what, body=body)
    if made.body:
        for what, body in spoiled_bytes(made.body):
            yield changed(made, what, body=body)
    for value in CONTENT_TYPES:
        yield changed(made, f"content type {value!r}", headers={**made.headers, "Content-Type": value.encode("latin-1")})
    for value in ENCODINGS:
        yield changed(made, f"encoding {value!r}", headers={**made.headers, "Content-Encoding": value})
    for name in [name for name in made.headers if name.lower().startswith(("x-amz-", "content-md5", "range", "if-", "authorization"))]:
        for value in TEXTS:
            if not set("\0\r\n\x01") & set(value):
                yield changed(made, f"{name}: {value[:40]!r}", headers={**made.headers, name: value})
        yield changed(made, f"no {name}", headers={key: value for key, value in made.headers.items() if key != name})
    for what, query in spoiled_pairs(made.query):
        yield changed(made, "?" + what, query=query)
    parts = made.path.split("/")
    for i in range(1, len(parts)):
        for other in [quoted(text) for text in TEXTS] + [raw for raw in RAW_QUOTED if "=" not in raw]:
            yield changed(made, f"path {i} {other[:40]!r}", path="/".join(parts[:i] + [other] + parts[i + 1:]))
    for method in ("GET", "PUT", "POST", "DELETE", "HEAD", "PATCH", "OPTIONS"):
        if method != made.method:
            yield changed(made, method, method=method)
