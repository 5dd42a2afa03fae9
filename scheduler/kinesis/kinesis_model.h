/* Members of the inputs of Kinesis' operations. Private to scheduler/kinesis.
 *
 * Source  The service's public model, API version 2013-12-02. */
#ifndef SLS_SCHEDULER_KINESIS_KINESIS_MODEL_H
#define SLS_SCHEDULER_KINESIS_KINESIS_MODEL_H

#include "core/api/model_shapes.h"

#define MODEL_MEMBERS(X)                                                                           \
    X(ADJACENT_SHARD_TO_MERGE, "AdjacentShardToMerge")                                             \
    X(CONSUMER_ARN, "ConsumerARN")                                                                 \
    X(CONSUMER_NAME, "ConsumerName")                                                               \
    X(DATA, "Data")                                                                                \
    X(DRY_RUN, "DryRun")                                                                           \
    X(ENCRYPTION_TYPE, "EncryptionType")                                                           \
    X(ENFORCE_CONSUMER_DELETION, "EnforceConsumerDeletion")                                        \
    X(EXCLUSIVE_START_SHARD_ID, "ExclusiveStartShardId")                                           \
    X(EXCLUSIVE_START_STREAM_NAME, "ExclusiveStartStreamName")                                     \
    X(EXCLUSIVE_START_TAG_KEY, "ExclusiveStartTagKey")                                             \
    X(EXPLICIT_HASH_KEY, "ExplicitHashKey")                                                        \
    X(KEY_ID, "KeyId")                                                                             \
    X(LIMIT, "Limit")                                                                              \
    X(MAX_RECORD_SIZE_IN_KIB, "MaxRecordSizeInKiB")                                                \
    X(MAX_RESULTS, "MaxResults")                                                                   \
    X(NEW_STARTING_HASH_KEY, "NewStartingHashKey")                                                 \
    X(NEXT_TOKEN, "NextToken")                                                                     \
    X(PARTITION_KEY, "PartitionKey")                                                               \
    X(POLICY, "Policy")                                                                            \
    X(RECORD_DISTRIBUTION_STRATEGY, "RecordDistributionStrategy")                                  \
    X(RECORDS, "Records")                                                                          \
    X(RESOURCE_ARN, "ResourceARN")                                                                 \
    X(RETENTION_PERIOD_HOURS, "RetentionPeriodHours")                                              \
    X(SCALING_TYPE, "ScalingType")                                                                 \
    X(SEQUENCE_NUMBER, "SequenceNumber")                                                           \
    X(SEQUENCE_NUMBER_FOR_ORDERING, "SequenceNumberForOrdering")                                   \
    X(SHARD_COUNT, "ShardCount")                                                                   \
    X(SHARD_FILTER, "ShardFilter")                                                                 \
    X(SHARD_ID, "ShardId")                                                                         \
    X(SHARD_ITERATOR, "ShardIterator")                                                             \
    X(SHARD_ITERATOR_TYPE, "ShardIteratorType")                                                    \
    X(SHARD_LEVEL_METRICS, "ShardLevelMetrics")                                                    \
    X(SHARD_TO_MERGE, "ShardToMerge")                                                              \
    X(SHARD_TO_SPLIT, "ShardToSplit")                                                              \
    X(STARTING_POSITION, "StartingPosition")                                                       \
    X(STARTING_SEQUENCE_NUMBER, "StartingSequenceNumber")                                          \
    X(STREAM_ARN, "StreamARN")                                                                     \
    X(STREAM_CREATION_TIMESTAMP, "StreamCreationTimestamp")                                        \
    X(STREAM_MODE, "StreamMode")                                                                   \
    X(STREAM_MODE_DETAILS, "StreamModeDetails")                                                    \
    X(STREAM_NAME, "StreamName")                                                                   \
    X(TAG_KEYS, "TagKeys")                                                                         \
    X(TAGS, "Tags")                                                                                \
    X(TARGET_SHARD_COUNT, "TargetShardCount")                                                      \
    X(TIMESTAMP, "Timestamp")                                                                      \
    X(TYPE, "Type")                                                                                \
    X(WARM_THROUGHPUT_MIBPS, "WarmThroughputMiBps")

MODEL_ENUM(MODEL_MEMBERS)

extern const struct model kinesis_model;

#endif
