#include "scheduler/kinesis/kinesis.h"

#include "core/api/cbor.h"
#include "core/mem.h"
#include "scheduler/kinesis/operations.h"
#include "scheduler/kinesis/table_feed.h"

#include <assert.h>

#define TRIM_START_MS 1000 /* after the start, which is not to wait for it */

static const struct api_op ops[] = {
    {"CreateStream", kinesis_op_create_stream, NULL, NULL, false},
    {"DeleteStream", kinesis_op_delete_stream, NULL, NULL, false},
    {"DescribeStream", kinesis_op_describe_stream, NULL, NULL, false},
    {"DescribeStreamSummary", kinesis_op_describe_stream_summary, NULL, NULL, false},
    {"ListStreams", kinesis_op_list_streams, NULL, NULL, false},
    {"DescribeLimits", kinesis_op_describe_limits, NULL, NULL, false},
    {"IncreaseStreamRetentionPeriod", kinesis_op_increase_retention, NULL, NULL, false},
    {"DecreaseStreamRetentionPeriod", kinesis_op_decrease_retention, NULL, NULL, false},
    {"EnableEnhancedMonitoring", kinesis_op_enable_monitoring, NULL, NULL, false},
    {"DisableEnhancedMonitoring", kinesis_op_disable_monitoring, NULL, NULL, false},
    {"StartStreamEncryption", kinesis_op_start_encryption, NULL, NULL, false},
    {"StopStreamEncryption", kinesis_op_stop_encryption, NULL, NULL, false},
    {"UpdateStreamMode", kinesis_op_update_mode, NULL, NULL, false},
    {"UpdateMaxRecordSize", kinesis_op_update_record_size, NULL, NULL, false},
    {"UpdateStreamWarmThroughput", kinesis_op_update_warm_throughput, NULL, NULL, false},
    {"UpdateStreamRecordDistributionStrategy", kinesis_op_update_distribution, NULL, NULL, false},
    {"ListShards", kinesis_op_list_shards, NULL, NULL, false},
    {"SplitShard", kinesis_op_split_shard, NULL, NULL, false},
    {"MergeShards", kinesis_op_merge_shards, NULL, NULL, false},
    {"UpdateShardCount", kinesis_op_update_shard_count, NULL, NULL, false},
    {"PutRecord", kinesis_op_put_record, NULL, NULL, false},
    {"PutRecords", kinesis_op_put_records, NULL, NULL, false},
    {"GetShardIterator", kinesis_op_get_shard_iterator, NULL, NULL, false},
    {"GetRecords", kinesis_op_get_records, NULL, NULL, false},
    {"RegisterStreamConsumer", kinesis_op_register_consumer, NULL, NULL, false},
    {"DeregisterStreamConsumer", kinesis_op_deregister_consumer, NULL, NULL, false},
    {"DescribeStreamConsumer", kinesis_op_describe_consumer, NULL, NULL, false},
    {"ListStreamConsumers", kinesis_op_list_consumers, NULL, NULL, false},
    {"SubscribeToShard", kinesis_op_subscribe, NULL, NULL, false},
    {"AddTagsToStream", kinesis_op_add_tags, NULL, NULL, false},
    {"RemoveTagsFromStream", kinesis_op_remove_tags, NULL, NULL, false},
    {"ListTagsForStream", kinesis_op_list_tags, NULL, NULL, false},
    {"TagResource", kinesis_op_tag_resource, NULL, NULL, false},
    {"UntagResource", kinesis_op_untag_resource, NULL, NULL, false},
    {"ListTagsForResource", kinesis_op_list_resource_tags, NULL, NULL, false},
    {"PutResourcePolicy", kinesis_op_put_policy, NULL, NULL, false},
    {"GetResourcePolicy", kinesis_op_get_policy, NULL, NULL, false},
    {"DeleteResourcePolicy", kinesis_op_delete_policy, NULL, NULL, false},
    /* known, and refused by name */
    {"DescribeAccountSettings", NULL, NULL, NULL, false},
    {"UpdateAccountSettings", NULL, NULL, NULL, false},
    {"CreateChannel", NULL, NULL, NULL, false},
    {"DeleteChannel", NULL, NULL, NULL, false},
    {"DescribeChannel", NULL, NULL, NULL, false},
    {"ListChannels", NULL, NULL, NULL, false},
    {"UpdateChannel", NULL, NULL, NULL, false},
    {"CreateQueue", NULL, NULL, NULL, false},
    {"DeleteQueue", NULL, NULL, NULL, false},
    {"DescribeQueue", NULL, NULL, NULL, false},
    {"ListQueues", NULL, NULL, NULL, false},
    {"UpdateQueue", NULL, NULL, NULL, false},
    {"ReceiveQueueRecords", NULL, NULL, NULL, false},
    {"AcknowledgeQueueRecords", NULL, NULL, NULL, false},
    {NULL, NULL, NULL, NULL, false},
};

static const struct wire_error errors[STATUS_COUNT] = {
    [STATUS_INVALID] = {400, "InvalidArgumentException"},
    [STATUS_NOT_FOUND] = {400, "ResourceNotFoundException"},
};

static const char *const signing_names[] = {"kinesis", NULL};
static const char *const target_prefixes[] = {"Kinesis_20131202", NULL};
static const char *const blobs[] = {"Data", NULL};
static const char *const times[] = {"ApproximateArrivalTimestamp", "StreamCreationTimestamp",
                                    "ConsumerCreationTimestamp", NULL};
static const struct cbor_members cbor_members = {blobs, times};

static const struct api_service service = {
    .name = "kinesis",
    .signing_names = signing_names,
    .target_prefixes = target_prefixes,
    .protocol = API_JSON,
    .json_version = "1.1",
    .ops = ops,
    .errors = errors,
    .cbor_members = &cbor_members,
};

struct kinesis *kinesis_create(struct scheduler *scheduler)
{
    struct kinesis *kinesis = mem_zalloc(sizeof(*kinesis));
    kinesis->scheduler = scheduler;
    kinesis->wake.on_due = stream_log_on_wake;
    kinesis->trim_alarm.on_due = trim_on_alarm;
    streams_load(kinesis);
    if (kinesis->streams.count != 0 || kinesis->dead_count != 0) {
        trim_expects(kinesis, kinesis_now_ms(kinesis) + TRIM_START_MS);
    }
    edge_register(scheduler->edge, &service, kinesis);
    return kinesis;
}

void kinesis_start(struct kinesis *kinesis)
{
    table_feeds_start(kinesis);
}

/* While it closes, it is a part of the scheduler as long as there are jobs: a delivery may still put a record. */
void kinesis_job_begun(struct kinesis *kinesis)
{
    if (kinesis->jobs++ == 0 && kinesis->is_closing) {
        scheduler_part_opened(kinesis->scheduler);
    }
}

void kinesis_job_done(struct kinesis *kinesis)
{
    assert(kinesis->jobs != 0);
    if (--kinesis->jobs == 0 && kinesis->is_closing) {
        scheduler_part_closed(kinesis->scheduler);
    }
}

void kinesis_stop(struct kinesis *kinesis)
{
    struct alarms *alarms = kinesis->scheduler->context->alarms;
    assert(kinesis->subscriptions == NULL);
    table_feeds_stop(kinesis);
    alarm_clear(alarms, &kinesis->wake);
    alarm_clear(alarms, &kinesis->trim_alarm);
    kinesis->is_closing = true;
    if (kinesis->jobs != 0) {
        scheduler_part_opened(kinesis->scheduler);
    }
}

void kinesis_destroy(struct kinesis *kinesis)
{
    if (kinesis != NULL) {
        streams_free(kinesis);
        mem_free(kinesis);
    }
}
