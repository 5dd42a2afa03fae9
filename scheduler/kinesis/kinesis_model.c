#include "scheduler/kinesis/kinesis_model.h"

#include "scheduler/arn.h"
#include "scheduler/kinesis/limits.h"

/* --- patterns --- */

static bool is_name(struct slice text)
{
    return slice_is_alnum(text, "_.-");
}

/* A decimal number of at most `digits` digits without leading zeros. */
static bool is_number(struct slice text, size_t digits)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') {
            return false;
        }
    }
    return text.len != 0 && text.len <= digits && (text.len == 1 || text.ptr[0] != '0');
}

static bool is_hash_key(struct slice text)
{
    return is_number(text, 39);
}

static bool is_sequence_number(struct slice text)
{
    return is_number(text, 129);
}

static bool is_arn(struct slice text, const char *resource)
{
    struct arn arn;
    uint64_t account;
    return arn_parse(text, &arn) && slice_is(arn.service, "kinesis") && arn.account.len == 12 &&
           slice_to_u64(arn.account, &account) && slice_find(arn.resource, ' ') == SLICE_NPOS &&
           slice_search(arn.resource, slice_from(resource)) != SLICE_NPOS;
}

static bool is_stream_arn(struct slice text)
{
    struct arn arn;
    return is_arn(text, "stream/") && arn_parse(text, &arn) &&
           slice_starts_with(arn.resource, SLICE("stream/")) &&
           arn.resource.len > sizeof("stream/") - 1;
}

static bool is_resource_arn(struct slice text)
{
    return is_arn(text, "stream/") || is_arn(text, "channel/") || is_arn(text, "queue/");
}

static bool is_consumer_arn(struct slice text)
{
    size_t colon = slice_rfind(text, ':');
    uint64_t seconds;
    return is_arn(text, "stream/") && is_arn(text, "/consumer/") && colon != SLICE_NPOS &&
           slice_to_u64(slice_skip(text, colon + 1), &seconds);
}

static const struct pattern name_pattern = {"[a-zA-Z0-9_.-]+", is_name};
static const struct pattern hash_key_pattern = {"0|([1-9]\\d{0,38})", is_hash_key};
static const struct pattern sequence_number_pattern = {"0|([1-9]\\d{0,128})", is_sequence_number};
static const struct pattern stream_arn_pattern = {"arn:aws.*:kinesis:.*:\\d{12}:stream/\\S+",
                                                  is_stream_arn};
static const struct pattern resource_arn_pattern = {
    "arn:aws.*:kinesis:.*:\\d{12}:.*(stream|channel|queue)/\\S+", is_resource_arn};
static const struct pattern consumer_arn_pattern = {
    "^(arn):aws.*:kinesis:.*:\\d{12}:.*stream\\/[a-zA-Z0-9_.-]+\\/consumer\\/"
    "[a-zA-Z0-9_.-]+:[0-9]+",
    is_consumer_arn};

/* --- shapes --- */

static PLAIN(flag, FIELD_BOOL);
static PLAIN(timestamp, FIELD_TIMESTAMP);
static PLAIN(integer, FIELD_INTEGER);
static STRING(text, AT_LEAST(0));
static STRING(stream_name, BETWEEN(1, STREAM_NAME_MAX), PATTERN(name_pattern));
static STRING(stream_arn, BETWEEN(1, 2048), PATTERN(stream_arn_pattern));
static STRING(resource_arn, BETWEEN(1, 2048), PATTERN(resource_arn_pattern));
static STRING(consumer_arn, BETWEEN(1, 2048), PATTERN(consumer_arn_pattern));
static STRING(consumer_name, BETWEEN(1, 128), PATTERN(name_pattern));
static STRING(shard_id, BETWEEN(1, 128), PATTERN(name_pattern));
static STRING(hash_key, PATTERN(hash_key_pattern));
static STRING(sequence_number, PATTERN(sequence_number_pattern));
static STRING(shard_iterator, BETWEEN(1, 512));
static STRING(next_token, BETWEEN(1, 1048576));
static STRING(tag_key, BETWEEN(1, 128));
static STRING(tag_value, BETWEEN(0, 256));
static STRING(kms_key, BETWEEN(1, 2048));
static STRING(partition_key, BETWEEN(1, PARTITION_KEY_MAX));
static STRING(encryption_type, VALUES("NONE, KMS"));
static STRING(stream_mode, VALUES("PROVISIONED, ON_DEMAND"));
static STRING(distribution, VALUES("AUTO, USER_PARTITION_KEY"));
static STRING(scaling_type, VALUES("UNIFORM_SCALING"));
static STRING(
    iterator_type,
    VALUES("AFTER_SEQUENCE_NUMBER, LATEST, AT_TIMESTAMP, AT_SEQUENCE_NUMBER, TRIM_HORIZON"));
static STRING(filter_type, VALUES("AFTER_SHARD_ID, AT_TRIM_HORIZON, FROM_TRIM_HORIZON, AT_LATEST, "
                                  "AT_TIMESTAMP, FROM_TIMESTAMP"));
static STRING(metric_name,
              VALUES("IncomingBytes, IncomingRecords, OutgoingBytes, OutgoingRecords, "
                     "WriteProvisionedThroughputExceeded, ReadProvisionedThroughputExceeded, "
                     "IteratorAgeMilliseconds, ALL"));
static INTEGER(positive, AT_LEAST(1));
static INTEGER(natural, AT_LEAST(0));
static INTEGER(record_kib, BETWEEN(RECORD_KIB_MIN, RECORD_KIB_MAX));
static INTEGER(limit, BETWEEN(1, 10000));
static INTEGER(tags_limit, BETWEEN(1, 50));
static SHAPE(data, FIELD_BLOB, BETWEEN(0, RECORD_KIB_MAX * 1024));
static BOUNDED_LIST(metrics, metric_name, BETWEEN(1, 7));
static BOUNDED_LIST(tag_keys, tag_key, BETWEEN(1, 50));
static BOUNDED_MAP(tags, tag_value, BETWEEN(1, 200), .key = &shape_tag_key);
static STRUCTURE(mode_details, "StreamModeDetails", NEED(STREAM_MODE, stream_mode));
static STRUCTURE(shard_filter, "ShardFilter", NEED(TYPE, filter_type), MAY(SHARD_ID, shard_id),
                 MAY(TIMESTAMP, timestamp));
static STRUCTURE(starting_position, "StartingPosition", NEED(TYPE, iterator_type),
                 MAY(SEQUENCE_NUMBER, sequence_number), MAY(TIMESTAMP, timestamp));
/* The partition key is needed but for streams that distribute records themselves. */
static STRUCTURE(record, "PutRecordsRequestEntry", NEED(DATA, data),
                 MAY(EXPLICIT_HASH_KEY, hash_key), MAY(PARTITION_KEY, partition_key));
static BOUNDED_LIST(records, record, BETWEEN(1, PUT_RECORDS_MAX));

#define STREAM MAY(STREAM_NAME, stream_name), MAY(STREAM_ARN, stream_arn)

static const struct input stream_inputs[] = {
    INPUT("CreateStream", NEED(STREAM_NAME, stream_name), MAY(SHARD_COUNT, positive),
          MAY(STREAM_MODE_DETAILS, mode_details), MAY(TAGS, tags),
          MAY(WARM_THROUGHPUT_MIBPS, natural), MAY(MAX_RECORD_SIZE_IN_KIB, record_kib),
          MAY(RECORD_DISTRIBUTION_STRATEGY, distribution)),
    INPUT("DeleteStream", STREAM, MAY(ENFORCE_CONSUMER_DELETION, flag)),
    INPUT("DescribeStream", STREAM, MAY(LIMIT, limit), MAY(EXCLUSIVE_START_SHARD_ID, shard_id)),
    INPUT("DescribeStreamSummary", STREAM),
    INPUT("ListStreams", MAY(LIMIT, limit), MAY(EXCLUSIVE_START_STREAM_NAME, stream_name),
          MAY(NEXT_TOKEN, next_token)),
    EMPTY_INPUT("DescribeLimits"),
    INPUT("IncreaseStreamRetentionPeriod", STREAM, NEED(RETENTION_PERIOD_HOURS, integer)),
    INPUT("DecreaseStreamRetentionPeriod", STREAM, NEED(RETENTION_PERIOD_HOURS, integer)),
    INPUT("EnableEnhancedMonitoring", STREAM, NEED(SHARD_LEVEL_METRICS, metrics)),
    INPUT("DisableEnhancedMonitoring", STREAM, NEED(SHARD_LEVEL_METRICS, metrics)),
    INPUT("StartStreamEncryption", STREAM, NEED(ENCRYPTION_TYPE, encryption_type),
          NEED(KEY_ID, kms_key)),
    INPUT("StopStreamEncryption", STREAM, NEED(ENCRYPTION_TYPE, encryption_type),
          NEED(KEY_ID, kms_key)),
    INPUT("UpdateStreamMode", NEED(STREAM_ARN, stream_arn), NEED(STREAM_MODE_DETAILS, mode_details),
          MAY(WARM_THROUGHPUT_MIBPS, natural)),
    INPUT("UpdateMaxRecordSize", MAY(STREAM_ARN, stream_arn),
          NEED(MAX_RECORD_SIZE_IN_KIB, record_kib)),
    INPUT("UpdateStreamWarmThroughput", STREAM, NEED(WARM_THROUGHPUT_MIBPS, natural)),
    INPUT("UpdateStreamRecordDistributionStrategy", NEED(STREAM_ARN, stream_arn),
          NEED(RECORD_DISTRIBUTION_STRATEGY, distribution)),
    INPUTS_END,
};

static const struct input shard_inputs[] = {
    INPUT("ListShards", STREAM, MAY(NEXT_TOKEN, next_token),
          MAY(EXCLUSIVE_START_SHARD_ID, shard_id), MAY(MAX_RESULTS, limit),
          MAY(STREAM_CREATION_TIMESTAMP, timestamp), MAY(SHARD_FILTER, shard_filter)),
    INPUT("SplitShard", STREAM, NEED(SHARD_TO_SPLIT, shard_id),
          NEED(NEW_STARTING_HASH_KEY, hash_key)),
    INPUT("MergeShards", STREAM, NEED(SHARD_TO_MERGE, shard_id),
          NEED(ADJACENT_SHARD_TO_MERGE, shard_id)),
    INPUT("UpdateShardCount", STREAM, NEED(TARGET_SHARD_COUNT, positive),
          NEED(SCALING_TYPE, scaling_type)),
    INPUTS_END,
};

static const struct input record_inputs[] = {
    INPUT("PutRecord", STREAM, NEED(DATA, data), MAY(PARTITION_KEY, partition_key),
          MAY(EXPLICIT_HASH_KEY, hash_key), MAY(SEQUENCE_NUMBER_FOR_ORDERING, sequence_number),
          MAY(DRY_RUN, flag)),
    INPUT("PutRecords", STREAM, NEED(RECORDS, records), MAY(DRY_RUN, flag)),
    INPUT("GetShardIterator", STREAM, NEED(SHARD_ID, shard_id),
          NEED(SHARD_ITERATOR_TYPE, iterator_type), MAY(STARTING_SEQUENCE_NUMBER, sequence_number),
          MAY(TIMESTAMP, timestamp), MAY(DRY_RUN, flag)),
    INPUT("GetRecords", NEED(SHARD_ITERATOR, shard_iterator), MAY(LIMIT, limit),
          MAY(STREAM_ARN, stream_arn), MAY(DRY_RUN, flag)),
    INPUTS_END,
};

static const struct input consumer_inputs[] = {
    INPUT("RegisterStreamConsumer", NEED(STREAM_ARN, stream_arn),
          NEED(CONSUMER_NAME, consumer_name), MAY(TAGS, tags)),
    INPUT("DeregisterStreamConsumer", MAY(STREAM_ARN, stream_arn),
          MAY(CONSUMER_NAME, consumer_name), MAY(CONSUMER_ARN, consumer_arn)),
    INPUT("DescribeStreamConsumer", MAY(STREAM_ARN, stream_arn), MAY(CONSUMER_NAME, consumer_name),
          MAY(CONSUMER_ARN, consumer_arn)),
    INPUT("ListStreamConsumers", NEED(STREAM_ARN, stream_arn), MAY(NEXT_TOKEN, next_token),
          MAY(MAX_RESULTS, limit), MAY(STREAM_CREATION_TIMESTAMP, timestamp)),
    INPUT("SubscribeToShard", NEED(CONSUMER_ARN, consumer_arn), NEED(SHARD_ID, shard_id),
          NEED(STARTING_POSITION, starting_position), MAY(DRY_RUN, flag)),
    INPUTS_END,
};

static const struct input resource_inputs[] = {
    INPUT("AddTagsToStream", STREAM, NEED(TAGS, tags)),
    INPUT("RemoveTagsFromStream", STREAM, NEED(TAG_KEYS, tag_keys)),
    INPUT("ListTagsForStream", STREAM, MAY(EXCLUSIVE_START_TAG_KEY, tag_key),
          MAY(LIMIT, tags_limit)),
    INPUT("TagResource", NEED(RESOURCE_ARN, resource_arn), NEED(TAGS, tags)),
    INPUT("UntagResource", NEED(RESOURCE_ARN, resource_arn), NEED(TAG_KEYS, tag_keys)),
    INPUT("ListTagsForResource", NEED(RESOURCE_ARN, resource_arn)),
    INPUT("PutResourcePolicy", NEED(RESOURCE_ARN, resource_arn), NEED(POLICY, text)),
    INPUT("GetResourcePolicy", NEED(RESOURCE_ARN, resource_arn)),
    INPUT("DeleteResourcePolicy", NEED(RESOURCE_ARN, resource_arn)),
    INPUTS_END,
};

static const struct input *const inputs[] = {stream_inputs,   shard_inputs,    record_inputs,
                                             consumer_inputs, resource_inputs, NULL};

MODEL_NAMES(names, MODEL_MEMBERS);

const struct model kinesis_model = {.names = names, .inputs = inputs};
