"""A request of every operation of DynamoDB and its streams, and ways to spoil one: what a fuzzer of bytes does not reach,
because nothing behind the first check of a name would ever run."""
import copy

TABLE_ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/table"
STREAM_OPERATIONS = {"ListStreams", "DescribeStream", "GetShardIterator", "GetRecords"}

# "@backup" and the like: what an answer before told.
REQUESTS = [
    ("PutItem", {"TableName": "table",
                 "Item": {"pk": {"S": "k1"},
                          "by": {"S": "o"},
                          "n": {"N": "1.5e3"},
                          "l": {"L": [{"S": "a"}, {"M": {"x": {"B": "eA=="}}}]},
                          "ss": {"SS": ["a", "b"]},
                          "ns": {"NS": ["1", "2"]},
                          "bs": {"BS": ["eA==", "eQ=="]},
                          "t": {"BOOL": True},
                          "u": {"NULL": True}},
                 "ConditionExpression": "attribute_not_exists(#b) OR #b = :v OR size(#b) > :n OR contains(#l, :v)",
                 "ExpressionAttributeNames": {"#b": "by", "#l": "l"},
                 "ExpressionAttributeValues": {":v": {"S": "x"}, ":n": {"N": "1"}},
                 "ReturnValues": "ALL_OLD",
                 "ReturnConsumedCapacity": "INDEXES",
                 "ReturnItemCollectionMetrics": "SIZE",
                 "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}),
    ("UpdateItem", {"TableName": "table",
                    "Key": {"pk": {"S": "k1"}},
                    "UpdateExpression": "SET #b = if_not_exists(#b, :v), #l = list_append(if_not_exists(#l, :l), :l), z.y[0] = :v REMOVE q[1], r.s ADD n :n, ss :s "
                                        "DELETE tt :s",
                    "ExpressionAttributeNames": {"#b": "by", "#l": "l"},
                    "ExpressionAttributeValues": {":v": {"S": "x"}, ":n": {"N": "1"}, ":s": {"SS": ["a", "b"]}, ":l": {"L": [{"S": "q"}, {"N": "2"}]}},
                    "ReturnValues": "UPDATED_NEW"}),
    ("UpdateItem", {"TableName": "table",
                    "Key": {"pk": {"S": "k1"}},
                    "UpdateExpression": "SET l[0] = :v, l[99] = l[1], m = :m, m.a = :v REMOVE l[1]",
                    "ExpressionAttributeValues": {":v": {"S": "x"}, ":m": {"M": {"a": {"N": "1"}}}},
                    "ReturnValues": "ALL_NEW"}),
    ("UpdateItem", {"TableName": "table",
                    "Key": {"pk": {"S": "k1"}},
                    "AttributeUpdates": {"by": {"Action": "PUT", "Value": {"S": "o2"}},
                                         "n": {"Action": "ADD", "Value": {"N": "-1"}},
                                         "ss": {"Action": "DELETE", "Value": {"SS": ["a"]}}},
                    "Expected": {"n": {"ComparisonOperator": "BETWEEN", "AttributeValueList": [{"N": "0"}, {"N": "9"}]}},
                    "ConditionalOperator": "OR",
                    "ReturnValues": "UPDATED_OLD"}),
    ("DeleteItem", {"TableName": "table",
                    "Key": {"pk": {"S": "k1"}},
                    "ConditionExpression": "(begins_with(#b, :v) AND NOT n IN (:n, :v)) OR n BETWEEN :n AND :n OR attribute_type(#l, :v)",
                    "ExpressionAttributeNames": {"#b": "by", "#l": "l"},
                    "ExpressionAttributeValues": {":v": {"S": "x"}, ":n": {"N": "1"}},
                    "ReturnValues": "ALL_OLD"}),
    ("GetItem", {"TableName": "table",
                 "Key": {"pk": {"S": "k1"}},
                 "ProjectionExpression": "#b, l[0], l[1].x, m.a.b, n",
                 "ExpressionAttributeNames": {"#b": "by"},
                 "ConsistentRead": True,
                 "ReturnConsumedCapacity": "TOTAL"}),
    ("Query", {"TableName": "table",
               "IndexName": "by-by",
               "KeyConditionExpression": "#b = :v",
               "FilterExpression": "n > :n",
               "ProjectionExpression": "pk, #b",
               "ExpressionAttributeNames": {"#b": "by"},
               "ExpressionAttributeValues": {":v": {"S": "o"}, ":n": {"N": "1"}},
               "Limit": 2,
               "ScanIndexForward": False,
               "ExclusiveStartKey": {"pk": {"S": "k1"}, "by": {"S": "o"}},
               "Select": "SPECIFIC_ATTRIBUTES"}),
    ("Query", {"TableName": "ranged",
               "KeyConditionExpression": "pk = :v AND sk BETWEEN :n AND :m",
               "ExpressionAttributeValues": {":v": {"S": "k1"}, ":n": {"N": "0"}, ":m": {"N": "9"}},
               "ExclusiveStartKey": {"pk": {"S": "k1"}, "sk": {"N": "3"}}}),
    ("Query", {"TableName": "ranged",
               "KeyConditions": {"pk": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "k1"}]},
                                 "sk": {"ComparisonOperator": "GE", "AttributeValueList": [{"N": "1"}]}},
               "QueryFilter": {"x": {"ComparisonOperator": "NOT_NULL"}},
               "AttributesToGet": ["pk"]}),
    ("Scan", {"TableName": "table",
              "Segment": 0,
              "TotalSegments": 3,
              "FilterExpression": "attribute_exists(by)",
              "Limit": 5,
              "ExclusiveStartKey": {"pk": {"S": "k1"}}}),
    ("Scan", {"TableName": "table",
              "IndexName": "by-by",
              "ExclusiveStartKey": {"pk": {"S": "k1"}, "by": {"S": "o"}},
              "ScanFilter": {"n": {"ComparisonOperator": "GT", "AttributeValueList": [{"N": "0"}]}}}),
    ("BatchGetItem", {"RequestItems": {"table": {"Keys": [{"pk": {"S": "k1"}}, {"pk": {"S": "k2"}}], "ProjectionExpression": "pk"},
                                       "ranged": {"Keys": [{"pk": {"S": "k1"}, "sk": {"N": "1"}}], "ConsistentRead": True}},
                      "ReturnConsumedCapacity": "INDEXES"}),
    ("BatchWriteItem", {"RequestItems": {"table": [{"PutRequest": {"Item": {"pk": {"S": "k2"}, "by": {"S": "o"}}}}, {"DeleteRequest": {"Key": {"pk": {"S": "k3"}}}}],
                                         "ranged": [{"PutRequest": {"Item": {"pk": {"S": "k1"}, "sk": {"N": "4"}}}}]},
                        "ReturnItemCollectionMetrics": "SIZE"}),
    ("TransactWriteItems", {"ClientRequestToken": "token-1",
                            "TransactItems": [{"Put": {"TableName": "table",
                                                       "Item": {"pk": {"S": "k5"}},
                                                       "ConditionExpression": "attribute_not_exists(pk)",
                                                       "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}},
                                              {"Update": {"TableName": "ranged",
                                                          "Key": {"pk": {"S": "k1"}, "sk": {"N": "7"}},
                                                          "UpdateExpression": "ADD n :n",
                                                          "ExpressionAttributeValues": {":n": {"N": "1"}}}},
                                              {"Delete": {"TableName": "table", "Key": {"pk": {"S": "k6"}}}},
                                              {"ConditionCheck": {"TableName": "table", "Key": {"pk": {"S": "k7"}}, "ConditionExpression": "attribute_not_exists(pk)"}}]}),
    ("TransactGetItems", {"TransactItems": [{"Get": {"TableName": "table", "Key": {"pk": {"S": "k1"}}, "ProjectionExpression": "pk"}},
                                            {"Get": {"TableName": "ranged", "Key": {"pk": {"S": "k1"}, "sk": {"N": "1"}}}}]}),
    ("ExecuteStatement", {"Statement": 'SELECT pk, by FROM "table"."by-by" WHERE by = ? AND n IN [1,2,?] AND begins_with(pk, \'k\') OR NOT contains(l, \'a\') ORDER BY pk '
                                       "DESC",
                          "Parameters": [{"S": "o"}, {"N": "3"}],
                          "Limit": 3}),
    ("ExecuteStatement", {"Statement": 'UPDATE "table" SET n = n + ? SET l = list_append(l, [1, {\'a\': << \'x\' >>}]) REMOVE m.a WHERE pk = \'k1\' AND n > 0 RETURNING ALL '
                                       "NEW *",
                          "Parameters": [{"N": "1"}]}),
    ("ExecuteStatement", {"Statement": 'INSERT INTO "table" VALUE {\'pk\': \'k9\', \'by\': ?, \'l\': [1, 2.5e3, \'x\', true, null], \'s\': <<1, 2>>}',
                          "Parameters": [{"S": "o"}]}),
    ("ExecuteStatement", {"Statement": 'DELETE FROM "ranged" WHERE pk = \'k1\' AND sk = 4 RETURNING ALL OLD *'}),
    ("BatchExecuteStatement", {"Statements": [{"Statement": 'SELECT * FROM "table" WHERE pk = ?', "Parameters": [{"S": "k1"}]},
                                              {"Statement": 'SELECT * FROM "table" WHERE pk = \'k2\''}]}),
    ("ExecuteTransaction", {"TransactStatements": [{"Statement": 'UPDATE "table" SET n = 1 WHERE pk = \'k1\''}, {"Statement": 'DELETE FROM "table" WHERE pk = \'k2\''}],
                            "ClientRequestToken": "t2"}),
    ("CreateTable", {"TableName": "fresh",
                     "BillingMode": "PAY_PER_REQUEST",
                     "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "sk", "AttributeType": "N"},
                                              {"AttributeName": "by", "AttributeType": "B"}],
                     "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
                     "LocalSecondaryIndexes": [{"IndexName": "lsi",
                                                "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "by", "KeyType": "RANGE"}],
                                                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["a", "b"]}}],
                     "GlobalSecondaryIndexes": [{"IndexName": "gsi",
                                                 "KeySchema": [{"AttributeName": "by", "KeyType": "HASH"}],
                                                 "Projection": {"ProjectionType": "KEYS_ONLY"}}],
                     "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
                     "SSESpecification": {"Enabled": True, "SSEType": "KMS"},
                     "Tags": [{"Key": "a", "Value": "b"}],
                     "TableClass": "STANDARD",
                     "DeletionProtectionEnabled": False,
                     "OnDemandThroughput": {"MaxReadRequestUnits": 10},
                     "WarmThroughput": {"ReadUnitsPerSecond": 12000, "WriteUnitsPerSecond": 4000},
                     "ResourcePolicy": "{}"}),
    ("DeleteTable", {"TableName": "fresh"}),
    ("UpdateTable", {"TableName": "table",
                     "AttributeDefinitions": [{"AttributeName": "n", "AttributeType": "N"}],
                     "GlobalSecondaryIndexUpdates": [{"Create": {"IndexName": "by-n",
                                                                 "KeySchema": [{"AttributeName": "n", "KeyType": "HASH"}],
                                                                 "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["l"]}}}]}),
    ("UpdateTable", {"TableName": "table", "GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "by-n"}}]}),
    ("UpdateTable", {"TableName": "table",
                     "StreamSpecification": {"StreamEnabled": False},
                     "DeletionProtectionEnabled": True,
                     "TableClass": "STANDARD_INFREQUENT_ACCESS",
                     "SSESpecification": {"Enabled": False}}),
    ("UpdateTable", {"TableName": "table",
                     "BillingMode": "PROVISIONED",
                     "ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5},
                     "GlobalSecondaryIndexUpdates": [{"Update": {"IndexName": "by-by", "ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}}}]}),
    ("UpdateTable", {"TableName": "table", "ReplicaUpdates": [{"Create": {"RegionName": "eu-west-1", "KMSMasterKeyId": "x"}}]}),
    ("DescribeTable", {"TableName": TABLE_ARN}),
    ("ListTables", {"Limit": 2, "ExclusiveStartTableName": "a"}),
    ("UpdateTimeToLive", {"TableName": "table", "TimeToLiveSpecification": {"Enabled": True, "AttributeName": "n"}}),
    ("DescribeTimeToLive", {"TableName": "table"}),
    ("TagResource", {"ResourceArn": TABLE_ARN, "Tags": [{"Key": "k", "Value": "v"}]}),
    ("UntagResource", {"ResourceArn": TABLE_ARN, "TagKeys": ["k"]}),
    ("ListTagsOfResource", {"ResourceArn": TABLE_ARN, "NextToken": "x"}),
    ("CreateBackup", {"TableName": "table", "BackupName": "bak"}),
    ("ListBackups", {"TableName": "table",
                     "Limit": 3,
                     "TimeRangeLowerBound": 1,
                     "ExclusiveStartBackupArn": TABLE_ARN + "/backup/01489173575360-b308cd7d"}),
    ("DescribeBackup", {"BackupArn": "@backup"}),
    ("RestoreTableFromBackup", {"TargetTableName": "again",
                                "BackupArn": "@backup",
                                "BillingModeOverride": "PAY_PER_REQUEST",
                                "GlobalSecondaryIndexOverride": [{"IndexName": "by-by",
                                                                  "KeySchema": [{"AttributeName": "by", "KeyType": "HASH"}],
                                                                  "Projection": {"ProjectionType": "ALL"}}]}),
    ("DeleteTable", {"TableName": "again"}),
    ("UpdateContinuousBackups", {"TableName": "table", "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": 7}}),
    ("DescribeContinuousBackups", {"TableName": "table"}),
    ("RestoreTableToPointInTime", {"SourceTableName": "table", "TargetTableName": "again", "UseLatestRestorableTime": True}),
    ("ExportTableToPointInTime", {"TableArn": TABLE_ARN,
                                  "S3Bucket": "bucket",
                                  "S3Prefix": "p",
                                  "ExportFormat": "DYNAMODB_JSON",
                                  "ExportType": "FULL_EXPORT",
                                  "ClientToken": "x",
                                  "ExportTime": 1700000000.0}),
    ("ListExports", {"TableArn": TABLE_ARN, "MaxResults": 2}),
    ("ListImports", {"TableArn": TABLE_ARN, "PageSize": 2}),
    ("ImportTable", {"S3BucketSource": {"S3Bucket": "bucket", "S3KeyPrefix": "x"},
                     "InputFormat": "CSV",
                     "InputFormatOptions": {"Csv": {"Delimiter": ",", "HeaderList": ["pk", "a"]}},
                     "InputCompressionType": "GZIP",
                     "TableCreationParameters": {"TableName": "imported",
                                                 "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
                                                 "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
                                                 "BillingMode": "PAY_PER_REQUEST"}}),
    ("PutResourcePolicy", {"ResourceArn": TABLE_ARN,
                           "Policy": '{"Version":"2012-10-17","Statement":[]}',
                           "ExpectedRevisionId": "NO_POLICY"}),
    ("GetResourcePolicy", {"ResourceArn": TABLE_ARN}),
    ("DeleteResourcePolicy", {"ResourceArn": TABLE_ARN}),
    ("EnableKinesisStreamingDestination", {"TableName": "table",
                                           "StreamArn": "arn:aws:kinesis:us-east-1:000000000000:stream/x",
                                           "EnableKinesisStreamingConfiguration": {"ApproximateCreationDateTimePrecision": "MICROSECOND"}}),
    ("DescribeKinesisStreamingDestination", {"TableName": "table"}),
    ("DisableKinesisStreamingDestination", {"TableName": "table", "StreamArn": "arn:aws:kinesis:us-east-1:000000000000:stream/x"}),
    ("UpdateContributorInsights", {"TableName": "table", "IndexName": "by-by", "ContributorInsightsAction": "ENABLE"}),
    ("ListContributorInsights", {"TableName": "table", "MaxResults": 2}),
    ("CreateGlobalTable", {"GlobalTableName": "table", "ReplicationGroup": [{"RegionName": "us-east-1"}]}),
    ("UpdateGlobalTable", {"GlobalTableName": "table", "ReplicaUpdates": [{"Create": {"RegionName": "eu-west-1"}}]}),
    ("ListGlobalTables", {"Limit": 2}),
    ("DescribeGlobalTableSettings", {"GlobalTableName": "table"}),
    ("DescribeTableReplicaAutoScaling", {"TableName": "table"}),
    ("ListStreams", {"TableName": "table"}),
    ("DescribeStream", {"StreamArn": "@stream", "Limit": 1, "ExclusiveStartShardId": "shardId-00000001414576573621-f55eea83"}),
    ("GetShardIterator", {"StreamArn": "@stream", "ShardId": "@shard", "ShardIteratorType": "AT_SEQUENCE_NUMBER", "SequenceNumber": "100000000000000000000"}),
    ("GetShardIterator", {"StreamArn": "@stream", "ShardId": "@shard", "ShardIteratorType": "TRIM_HORIZON"}),
    ("GetRecords", {"ShardIterator": "@iterator", "Limit": 10}),
]

VALUES = [None, 0, 1, -1, 2**31, 2**63, 1.5, 1e300, True, "", "x", "k1", "table", "by-by", "pk", "n", TABLE_ARN,
          TABLE_ARN + "/index/by-by", [], {}, [None], [[]], {"a": 1}, {"S": "x"}, {"N": "1"}, {"N": ""}, {"B": "!"}, {"SS": []},
          {"L": []}, {"M": {}}, {"S": "x", "N": "1"}, {"S": None}, "x" * 256, "x" * 512, "x" * 3000, "\0", "\ud800", "\U0001F600",
          "@#$%", "SET a = a", "a[0]", "a.b.c", "(((", "))", "#b", ":v", ":n", "size(a) = :n", "*", "1e126", "-1e-130",
          "9" * 39, "NaN"]
TOKENS = ["(", ")", ".", ",", "[", "]", "'", '"', "#", "?", ":", "0", "99999999999", " ", "\u00e9", "AND", "NOT", "<<", "{", "}", "=", "-"]


def paths(value, path=()):
    yield path
    steps = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for step in steps:
        yield from paths(value[step], (*path, step))


def at(value, path):
    for step in path:
        value = value[step]
    return value


def with_names(value, names):
    """A copy with "@backup" and the like filled in."""
    if isinstance(value, dict):
        return {key: with_names(member, names) for key, member in value.items()}
    if isinstance(value, list):
        return [with_names(member, names) for member in value]
    return names.get(value, value) if isinstance(value, str) else value


def spoil_text(chance, text):
    start = chance.randrange(len(text) + 1)
    if chance.random() < 0.5:
        return text[:start] + chance.choice(TOKENS) + text[start + chance.choice((0, 1, 2, 8)):]
    words = text.split(" ")
    chance.shuffle(words)
    return " ".join(words[:chance.randrange(1, len(words) + 1)])


def spoil_once(chance, body):
    path = chance.choice([path for path in paths(body) if path])
    parent, step = at(body, path[:-1]), path[-1]
    kind = chance.random()
    if kind < 0.15:
        parent.pop(step)
    elif kind < 0.3 and isinstance(parent, list):
        parent.extend(copy.deepcopy(parent[step]) for _ in range(chance.choice((1, 3, 30, 101))))
    elif kind < 0.4 and isinstance(parent, dict):
        name = chance.choice([value for value in VALUES if isinstance(value, str)])
        parent[name] = copy.deepcopy(parent[step]) if chance.random() < 0.5 else parent.pop(step)
    elif kind < 0.65 and isinstance(parent[step], str):
        parent[step] = spoil_text(chance, parent[step])
    elif kind < 0.75:
        other = chance.choice(REQUESTS)[1]
        parent[step] = copy.deepcopy(at(other, chance.choice(list(paths(other)))))
    else:
        parent[step] = copy.deepcopy(chance.choice(VALUES))


def spoiled(chance, body, names):
    """A copy of a request's body with up to three things wrong."""
    body = with_names(copy.deepcopy(body), names)
    for _ in range(chance.choice((0, 1, 1, 1, 2, 3))):
        if body:
            spoil_once(chance, body)
    return body
