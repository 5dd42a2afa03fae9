/* Names of the service model's input members, one enum value each: MEMBER_TABLE_NAME is "TableName".
 *
 * Source  The service's public model, API version 2012-08-10. */
#ifndef SLS_STORE_MEMBERS_H
#define SLS_STORE_MEMBERS_H

#include "core/api/model.h"

#define MODEL_MEMBERS(X)                                                                           \
    X(ACTION, "Action")                                                                            \
    X(APPROXIMATE_CREATION_DATE_TIME_PRECISION, "ApproximateCreationDateTimePrecision")            \
    X(ATTRIBUTE_DEFINITIONS, "AttributeDefinitions")                                               \
    X(ATTRIBUTE_NAME, "AttributeName")                                                             \
    X(ATTRIBUTE_TYPE, "AttributeType")                                                             \
    X(ATTRIBUTE_UPDATES, "AttributeUpdates")                                                       \
    X(ATTRIBUTE_VALUE_LIST, "AttributeValueList")                                                  \
    X(ATTRIBUTES_TO_GET, "AttributesToGet")                                                        \
    X(AUTO_SCALING_DISABLED, "AutoScalingDisabled")                                                \
    X(AUTO_SCALING_ROLE_ARN, "AutoScalingRoleArn")                                                 \
    X(BACKUP_ARN, "BackupArn")                                                                     \
    X(BACKUP_NAME, "BackupName")                                                                   \
    X(BACKUP_TYPE, "BackupType")                                                                   \
    X(BILLING_MODE, "BillingMode")                                                                 \
    X(BILLING_MODE_OVERRIDE, "BillingModeOverride")                                                \
    X(BULK_OPERATION_ARN, "BulkOperationArn")                                                      \
    X(CLIENT_REQUEST_TOKEN, "ClientRequestToken")                                                  \
    X(CLIENT_TOKEN, "ClientToken")                                                                 \
    X(COMPARISON_OPERATOR, "ComparisonOperator")                                                   \
    X(CONDITION_CHECK, "ConditionCheck")                                                           \
    X(CONDITION_EXPRESSION, "ConditionExpression")                                                 \
    X(CONDITIONAL_OPERATOR, "ConditionalOperator")                                                 \
    X(CONFIRM_REMOVE_SELF_RESOURCE_ACCESS, "ConfirmRemoveSelfResourceAccess")                      \
    X(CONSISTENT_READ, "ConsistentRead")                                                           \
    X(CONTRIBUTOR_INSIGHTS_ACTION, "ContributorInsightsAction")                                    \
    X(CONTRIBUTOR_INSIGHTS_MODE, "ContributorInsightsMode")                                        \
    X(CREATE, "Create")                                                                            \
    X(CSV, "Csv")                                                                                  \
    X(DELETE, "Delete")                                                                            \
    X(DELETE_REQUEST, "DeleteRequest")                                                             \
    X(DELETION_PROTECTION_ENABLED, "DeletionProtectionEnabled")                                    \
    X(DELIMITER, "Delimiter")                                                                      \
    X(DIMENSIONS, "Dimensions")                                                                    \
    X(DISABLE_SCALE_IN, "DisableScaleIn")                                                          \
    X(DISASSOCIATE, "Disassociate")                                                                \
    X(DISASSOCIATION_MODE, "DisassociationMode")                                                   \
    X(DISASSOCIATION_PROTECTION_ENABLED, "DisassociationProtectionEnabled")                        \
    X(DISTANCE_FUNCTION, "DistanceFunction")                                                       \
    X(ENABLE_KINESIS_STREAMING_CONFIGURATION, "EnableKinesisStreamingConfiguration")               \
    X(ENABLED, "Enabled")                                                                          \
    X(EXCLUSIVE_START_BACKUP_ARN, "ExclusiveStartBackupArn")                                       \
    X(EXCLUSIVE_START_GLOBAL_TABLE_NAME, "ExclusiveStartGlobalTableName")                          \
    X(EXCLUSIVE_START_KEY, "ExclusiveStartKey")                                                    \
    X(EXCLUSIVE_START_SHARD_ID, "ExclusiveStartShardId")                                           \
    X(EXCLUSIVE_START_STREAM_ARN, "ExclusiveStartStreamArn")                                       \
    X(EXCLUSIVE_START_TABLE_NAME, "ExclusiveStartTableName")                                       \
    X(EXISTS, "Exists")                                                                            \
    X(EXPECTED, "Expected")                                                                        \
    X(EXPECTED_REVISION_ID, "ExpectedRevisionId")                                                  \
    X(EXPORT_ARN, "ExportArn")                                                                     \
    X(EXPORT_FORMAT, "ExportFormat")                                                               \
    X(EXPORT_FROM_TIME, "ExportFromTime")                                                          \
    X(EXPORT_TIME, "ExportTime")                                                                   \
    X(EXPORT_TO_TIME, "ExportToTime")                                                              \
    X(EXPORT_TYPE, "ExportType")                                                                   \
    X(EXPORT_VIEW_TYPE, "ExportViewType")                                                          \
    X(EXPRESSION_ATTRIBUTE_NAMES, "ExpressionAttributeNames")                                      \
    X(EXPRESSION_ATTRIBUTE_VALUES, "ExpressionAttributeValues")                                    \
    X(FILTER_EXPRESSION, "FilterExpression")                                                       \
    X(FILTER_SPECIFICATION, "FilterSpecification")                                                 \
    X(GET, "Get")                                                                                  \
    X(GLOBAL_SECONDARY_INDEX_OVERRIDE, "GlobalSecondaryIndexOverride")                             \
    X(GLOBAL_SECONDARY_INDEX_UPDATES, "GlobalSecondaryIndexUpdates")                               \
    X(GLOBAL_SECONDARY_INDEXES, "GlobalSecondaryIndexes")                                          \
    X(GLOBAL_TABLE_BILLING_MODE, "GlobalTableBillingMode")                                         \
    X(GLOBAL_TABLE_GLOBAL_SECONDARY_INDEX_SETTINGS_UPDATE,                                         \
      "GlobalTableGlobalSecondaryIndexSettingsUpdate")                                             \
    X(GLOBAL_TABLE_NAME, "GlobalTableName")                                                        \
    X(GLOBAL_TABLE_PROVISIONED_WRITE_CAPACITY_AUTO_SCALING_SETTINGS_UPDATE,                        \
      "GlobalTableProvisionedWriteCapacityAutoScalingSettingsUpdate")                              \
    X(GLOBAL_TABLE_PROVISIONED_WRITE_CAPACITY_UNITS, "GlobalTableProvisionedWriteCapacityUnits")   \
    X(GLOBAL_TABLE_SETTINGS_REPLICATION_MODE, "GlobalTableSettingsReplicationMode")                \
    X(GLOBAL_TABLE_SOURCE_ARN, "GlobalTableSourceArn")                                             \
    X(GLOBAL_TABLE_WITNESS_UPDATES, "GlobalTableWitnessUpdates")                                   \
    X(HEADER_LIST, "HeaderList")                                                                   \
    X(IMPORT_ARN, "ImportArn")                                                                     \
    X(INCREMENTAL_EXPORT_SPECIFICATION, "IncrementalExportSpecification")                          \
    X(INDEX_NAME, "IndexName")                                                                     \
    X(INPUT_COMPRESSION_TYPE, "InputCompressionType")                                              \
    X(INPUT_FORMAT, "InputFormat")                                                                 \
    X(INPUT_FORMAT_OPTIONS, "InputFormatOptions")                                                  \
    X(INPUT_S3_CONFIGURATION, "InputS3Configuration")                                              \
    X(ITEM, "Item")                                                                                \
    X(KMS_MASTER_KEY_ID, "KMSMasterKeyId")                                                         \
    X(KEY, "Key")                                                                                  \
    X(KEY_CONDITION_EXPRESSION, "KeyConditionExpression")                                          \
    X(KEY_CONDITIONS, "KeyConditions")                                                             \
    X(KEY_SCHEMA, "KeySchema")                                                                     \
    X(KEY_TYPE, "KeyType")                                                                         \
    X(KEYS, "Keys")                                                                                \
    X(LIMIT, "Limit")                                                                              \
    X(LOCAL_SECONDARY_INDEX_OVERRIDE, "LocalSecondaryIndexOverride")                               \
    X(LOCAL_SECONDARY_INDEXES, "LocalSecondaryIndexes")                                            \
    X(MAX_READ_REQUEST_UNITS, "MaxReadRequestUnits")                                               \
    X(MAX_RESULTS, "MaxResults")                                                                   \
    X(MAX_WRITE_REQUEST_UNITS, "MaxWriteRequestUnits")                                             \
    X(MAXIMUM_UNITS, "MaximumUnits")                                                               \
    X(MINIMUM_UNITS, "MinimumUnits")                                                               \
    X(MULTI_REGION_CONSISTENCY, "MultiRegionConsistency")                                          \
    X(NEXT_TOKEN, "NextToken")                                                                     \
    X(NON_KEY_ATTRIBUTES, "NonKeyAttributes")                                                      \
    X(ON_DEMAND_THROUGHPUT, "OnDemandThroughput")                                                  \
    X(ON_DEMAND_THROUGHPUT_OVERRIDE, "OnDemandThroughputOverride")                                 \
    X(OUTPUT_S3_CONFIGURATION, "OutputS3Configuration")                                            \
    X(OUTPUT_TYPE, "OutputType")                                                                   \
    X(PAGE_SIZE, "PageSize")                                                                       \
    X(PARAMETERS, "Parameters")                                                                    \
    X(PERFORMANCE_TIER, "PerformanceTier")                                                         \
    X(POINT_IN_TIME_RECOVERY_ENABLED, "PointInTimeRecoveryEnabled")                                \
    X(POINT_IN_TIME_RECOVERY_SPECIFICATION, "PointInTimeRecoverySpecification")                    \
    X(POLICY, "Policy")                                                                            \
    X(POLICY_NAME, "PolicyName")                                                                   \
    X(PROJECTION, "Projection")                                                                    \
    X(PROJECTION_EXPRESSION, "ProjectionExpression")                                               \
    X(PROJECTION_TYPE, "ProjectionType")                                                           \
    X(PROVISIONED_READ_CAPACITY_AUTO_SCALING_SETTINGS_UPDATE,                                      \
      "ProvisionedReadCapacityAutoScalingSettingsUpdate")                                          \
    X(PROVISIONED_READ_CAPACITY_AUTO_SCALING_UPDATE, "ProvisionedReadCapacityAutoScalingUpdate")   \
    X(PROVISIONED_READ_CAPACITY_UNITS, "ProvisionedReadCapacityUnits")                             \
    X(PROVISIONED_THROUGHPUT, "ProvisionedThroughput")                                             \
    X(PROVISIONED_THROUGHPUT_OVERRIDE, "ProvisionedThroughputOverride")                            \
    X(PROVISIONED_WRITE_CAPACITY_AUTO_SCALING_SETTINGS_UPDATE,                                     \
      "ProvisionedWriteCapacityAutoScalingSettingsUpdate")                                         \
    X(PROVISIONED_WRITE_CAPACITY_AUTO_SCALING_UPDATE, "ProvisionedWriteCapacityAutoScalingUpdate") \
    X(PROVISIONED_WRITE_CAPACITY_UNITS, "ProvisionedWriteCapacityUnits")                           \
    X(PUT, "Put")                                                                                  \
    X(PUT_REQUEST, "PutRequest")                                                                   \
    X(QUERY_FILTER, "QueryFilter")                                                                 \
    X(READ_CAPACITY_UNITS, "ReadCapacityUnits")                                                    \
    X(READ_UNITS_PER_SECOND, "ReadUnitsPerSecond")                                                 \
    X(RECOVERY_PERIOD_IN_DAYS, "RecoveryPeriodInDays")                                             \
    X(REGION_NAME, "RegionName")                                                                   \
    X(REPLICA_GLOBAL_SECONDARY_INDEX_SETTINGS_UPDATE, "ReplicaGlobalSecondaryIndexSettingsUpdate") \
    X(REPLICA_GLOBAL_SECONDARY_INDEX_UPDATES, "ReplicaGlobalSecondaryIndexUpdates")                \
    X(REPLICA_PROVISIONED_READ_CAPACITY_AUTO_SCALING_SETTINGS_UPDATE,                              \
      "ReplicaProvisionedReadCapacityAutoScalingSettingsUpdate")                                   \
    X(REPLICA_PROVISIONED_READ_CAPACITY_AUTO_SCALING_UPDATE,                                       \
      "ReplicaProvisionedReadCapacityAutoScalingUpdate")                                           \
    X(REPLICA_PROVISIONED_READ_CAPACITY_UNITS, "ReplicaProvisionedReadCapacityUnits")              \
    X(REPLICA_SETTINGS_UPDATE, "ReplicaSettingsUpdate")                                            \
    X(REPLICA_TABLE_CLASS, "ReplicaTableClass")                                                    \
    X(REPLICA_UPDATES, "ReplicaUpdates")                                                           \
    X(REPLICATION_GROUP, "ReplicationGroup")                                                       \
    X(REQUEST_ITEMS, "RequestItems")                                                               \
    X(RESOURCE_ARN, "ResourceArn")                                                                 \
    X(RESOURCE_POLICY, "ResourcePolicy")                                                           \
    X(RESTORE_DATE_TIME, "RestoreDateTime")                                                        \
    X(RETURN_CONSUMED_CAPACITY, "ReturnConsumedCapacity")                                          \
    X(RETURN_ITEM_COLLECTION_METRICS, "ReturnItemCollectionMetrics")                               \
    X(RETURN_VALUES, "ReturnValues")                                                               \
    X(RETURN_VALUES_ON_CONDITION_CHECK_FAILURE, "ReturnValuesOnConditionCheckFailure")             \
    X(S3_BUCKET, "S3Bucket")                                                                       \
    X(S3_BUCKET_OWNER, "S3BucketOwner")                                                            \
    X(S3_BUCKET_SOURCE, "S3BucketSource")                                                          \
    X(S3_KEY_PREFIX, "S3KeyPrefix")                                                                \
    X(S3_PREFIX, "S3Prefix")                                                                       \
    X(S3_SSE_ALGORITHM, "S3SseAlgorithm")                                                          \
    X(S3_SSE_KMS_KEY_ID, "S3SseKmsKeyId")                                                          \
    X(SSE_SPECIFICATION, "SSESpecification")                                                       \
    X(SSE_SPECIFICATION_OVERRIDE, "SSESpecificationOverride")                                      \
    X(SSE_TYPE, "SSEType")                                                                         \
    X(SCALE_IN_COOLDOWN, "ScaleInCooldown")                                                        \
    X(SCALE_OUT_COOLDOWN, "ScaleOutCooldown")                                                      \
    X(SCALING_POLICY_UPDATE, "ScalingPolicyUpdate")                                                \
    X(SCAN_FILTER, "ScanFilter")                                                                   \
    X(SCAN_INDEX_FORWARD, "ScanIndexForward")                                                      \
    X(SEARCH_CONDITION_EXPRESSION, "SearchConditionExpression")                                    \
    X(SEARCH_SCHEMA, "SearchSchema")                                                               \
    X(SEARCH_SCHEMA_ELEMENT_TYPE, "SearchSchemaElementType")                                       \
    X(SEARCH_VECTOR, "SearchVector")                                                               \
    X(SEGMENT, "Segment")                                                                          \
    X(SELECT, "Select")                                                                            \
    X(SEQUENCE_NUMBER, "SequenceNumber")                                                           \
    X(SHARD_FILTER, "ShardFilter")                                                                 \
    X(SHARD_ID, "ShardId")                                                                         \
    X(SHARD_ITERATOR, "ShardIterator")                                                             \
    X(SHARD_ITERATOR_TYPE, "ShardIteratorType")                                                    \
    X(SOURCE_TABLE_ARN, "SourceTableArn")                                                          \
    X(SOURCE_TABLE_NAME, "SourceTableName")                                                        \
    X(STATEMENT, "Statement")                                                                      \
    X(STATEMENTS, "Statements")                                                                    \
    X(STREAM_ARN, "StreamArn")                                                                     \
    X(STREAM_ENABLED, "StreamEnabled")                                                             \
    X(STREAM_SPECIFICATION, "StreamSpecification")                                                 \
    X(STREAM_VIEW_TYPE, "StreamViewType")                                                          \
    X(TABLE_ARN, "TableArn")                                                                       \
    X(TABLE_CLASS, "TableClass")                                                                   \
    X(TABLE_CLASS_OVERRIDE, "TableClassOverride")                                                  \
    X(TABLE_CREATION_PARAMETERS, "TableCreationParameters")                                        \
    X(TABLE_NAME, "TableName")                                                                     \
    X(TAG_KEYS, "TagKeys")                                                                         \
    X(TAGS, "Tags")                                                                                \
    X(TARGET_TABLE_NAME, "TargetTableName")                                                        \
    X(TARGET_TRACKING_SCALING_POLICY_CONFIGURATION, "TargetTrackingScalingPolicyConfiguration")    \
    X(TARGET_VALUE, "TargetValue")                                                                 \
    X(TIME_RANGE_LOWER_BOUND, "TimeRangeLowerBound")                                               \
    X(TIME_RANGE_UPPER_BOUND, "TimeRangeUpperBound")                                               \
    X(TIME_TO_LIVE_SPECIFICATION, "TimeToLiveSpecification")                                       \
    X(TIMESTAMP, "Timestamp")                                                                      \
    X(TOP_K, "TopK")                                                                               \
    X(TOTAL_SEGMENTS, "TotalSegments")                                                             \
    X(TRANSACT_ITEMS, "TransactItems")                                                             \
    X(TRANSACT_STATEMENTS, "TransactStatements")                                                   \
    X(TYPE, "Type")                                                                                \
    X(UPDATE, "Update")                                                                            \
    X(UPDATE_EXPRESSION, "UpdateExpression")                                                       \
    X(UPDATE_KINESIS_STREAMING_CONFIGURATION, "UpdateKinesisStreamingConfiguration")               \
    X(USE_LATEST_RESTORABLE_TIME, "UseLatestRestorableTime")                                       \
    X(VALUE, "Value")                                                                              \
    X(VECTOR_ATTRIBUTE, "VectorAttribute")                                                         \
    X(VECTOR_INDEX_OVERRIDE, "VectorIndexOverride")                                                \
    X(VECTOR_INDEX_UPDATES, "VectorIndexUpdates")                                                  \
    X(VECTOR_INDEXES, "VectorIndexes")                                                             \
    X(WARM_THROUGHPUT, "WarmThroughput")                                                           \
    X(WRITE_CAPACITY_UNITS, "WriteCapacityUnits")                                                  \
    X(WRITE_UNITS_PER_SECOND, "WriteUnitsPerSecond")

MODEL_ENUM(MODEL_MEMBERS)

#endif
