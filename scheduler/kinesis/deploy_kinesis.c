/* AWS::Kinesis::Stream, StreamConsumer and ResourcePolicy of a template. Streams hold data and stay. */
#include "core/api/tags.h"
#include "core/json_scan.h"
#include "core/mem.h"
#include "scheduler/kinesis/kinesis_private.h"
#include "scheduler/kinesis/limits.h"
#include "scheduler/kinesis/metric_names.h"
#include "scheduler/property.h"

#define NO_NUMBER (-1)

/* --- properties --- */

static bool read_number(struct slice properties, const char *name, int64_t *ret_number,
                        struct fault *reterr)
{
    *ret_number = NO_NUMBER;
    if (json_raw_kind(json_raw_member(properties, name)) == JSON_NULL ||
        property_i64(properties, name, ret_number)) {
        return true;
    }
    (void)fault_set(reterr, STATUS_INVALID, "%s is no number", name);
    return false;
}

static struct slice tags_of(struct arena *arena, struct slice properties)
{
    struct tags tags = tags_of_list(arena, json_raw_member(properties, "Tags"));
    return tags_object(arena, &tags);
}

static uint32_t metrics_of(struct arena *arena, struct slice properties)
{
    struct json_scan scan =
        json_scan_array(json_raw_member(properties, "DesiredShardLevelMetrics"));
    struct slice element;
    struct slice name;
    uint32_t monitored = 0;
    while (json_scan_element(&scan, &element)) {
        monitored |= json_raw_string(arena, element, &name) ? metric_bits(name) : 0;
    }
    return monitored;
}

struct stream_properties {
    struct stream_settings settings;
    int64_t shard_count;
};

static bool is_outside(int64_t number, int64_t least, int64_t most)
{
    return number != NO_NUMBER && (number < least || number > most);
}

static bool read_stream(struct arena *arena, struct slice properties,
                        struct stream_properties *ret_properties, struct fault *reterr)
{
    struct stream_settings *settings = &ret_properties->settings;
    int64_t hours;
    int64_t kib;
    int64_t warm;
    if (!read_number(properties, "ShardCount", &ret_properties->shard_count, reterr) ||
        !read_number(properties, "RetentionPeriodHours", &hours, reterr) ||
        !read_number(properties, "MaxRecordSizeInKiB", &kib, reterr) ||
        !read_number(properties, "WarmThroughputMiBps", &warm, reterr)) {
        return false;
    }
    if (is_outside(ret_properties->shard_count, 1, STREAM_SHARDS_MAX) ||
        is_outside(hours, RETENTION_HOURS_MIN, RETENTION_HOURS_MAX) ||
        is_outside(kib, RECORD_KIB_MIN, RECORD_KIB_MAX) || is_outside(warm, 0, INT32_MAX)) {
        (void)fault_set(reterr, STATUS_INVALID,
                        "ShardCount is 1 to %d, RetentionPeriodHours %d to %d, MaxRecordSizeInKiB "
                        "%d to %d",
                        STREAM_SHARDS_MAX, RETENTION_HOURS_MIN, RETENTION_HOURS_MAX, RECORD_KIB_MIN,
                        RECORD_KIB_MAX);
        return false;
    }
    struct slice mode =
        json_text_member(arena, json_raw_member(properties, "StreamModeDetails"), "StreamMode");
    bool is_on_demand =
        slice_is(mode, "ON_DEMAND") || (mode.len == 0 && ret_properties->shard_count == NO_NUMBER);
    if (!is_on_demand && ret_properties->shard_count == NO_NUMBER) {
        (void)fault_set(reterr, STATUS_INVALID, "a PROVISIONED stream needs a ShardCount");
        return false;
    }
    *settings = (struct stream_settings){
        .mode = is_on_demand ? MODE_ON_DEMAND : MODE_PROVISIONED,
        .retention_hours = hours != NO_NUMBER ? hours : RETENTION_HOURS_MIN,
        .record_kib = kib != NO_NUMBER ? kib : RECORD_KIB_MIN,
        .warm_mib = warm != NO_NUMBER ? warm : 0,
        .monitored = metrics_of(arena, properties),
        .key_id = json_text_member(arena, json_raw_member(properties, "StreamEncryption"), "KeyId"),
        .tags = tags_of(arena, properties),
    };
    return true;
}

/* --- AWS::Kinesis::Stream --- */

static bool are_alike(const struct stream_settings *a, const struct stream_settings *b)
{
    return a->mode == b->mode && a->retention_hours == b->retention_hours &&
           a->record_kib == b->record_kib && a->warm_mib == b->warm_mib &&
           a->monitored == b->monitored && slice_eq(a->key_id, b->key_id) &&
           slice_eq(a->tags, b->tags);
}

/* Step by step, each at most twice or half of what is there. */
static void scale_to(struct kinesis_stream *stream, size_t target)
{
    size_t open = stream_open_shards(stream);
    while (open != target) {
        size_t step = target > 2 * open ? 2 * open : target;
        step = 2 * step < open ? (open + 1) / 2 : step;
        stream_scale(stream, step, NULL, NULL);
        open = stream_open_shards(stream);
    }
}

static void deploy_stream(struct scheduler *scheduler, const struct resource *resource,
                          struct resource_run *run)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct stream_properties properties;
    struct fault fault;
    if (!read_stream(&arena, resource->properties, &properties, &fault)) {
        resource_end(run, fault.status, &fault);
        return;
    }
    struct kinesis *kinesis = scheduler->kinesis;
    struct kinesis_stream *stream = stream_find_name(kinesis, resource->physical_id);
    if (stream == NULL && stream_name_is_taken(kinesis, resource->physical_id)) {
        resource_refuse(run, STATUS_CONFLICT, "the stream of that name is being deleted");
        return;
    }
    if (stream == NULL) {
        int64_t count =
            properties.settings.mode == MODE_ON_DEMAND ? ON_DEMAND_SHARDS : properties.shard_count;
        (void)stream_create(kinesis, resource->physical_id, &properties.settings, (uint32_t)count,
                            resource_written, run);
        return;
    }
    struct stream_settings settings = properties.settings;
    settings.is_auto_distributed = stream->settings.is_auto_distributed;
    settings.policy = stream->settings.policy;
    settings.consumers = stream->settings.consumers;
    settings.consumer_count = stream->settings.consumer_count;
    bool is_scaled = settings.mode == MODE_PROVISIONED &&
                     stream_open_shards(stream) != (size_t)properties.shard_count;
    if (is_scaled) {
        scale_to(stream, (size_t)properties.shard_count);
    }
    if (is_scaled || !are_alike(&stream->settings, &settings)) {
        stream_change(stream, &settings, resource_written, run);
    } else {
        resource_done(run);
    }
}

/* --- AWS::Kinesis::StreamConsumer: its physical id is its ARN, the second it was made included --- */

static struct kinesis_stream *stream_of_consumer(struct scheduler *scheduler,
                                                 const struct resource *resource,
                                                 struct slice *ret_name)
{
    struct slice arn = resource->physical_id;
    size_t at = slice_search(arn, SLICE("/consumer/"));
    struct slice name =
        at != SLICE_NPOS ? slice_skip(arn, at + sizeof("/consumer/") - 1) : SLICE("");
    *ret_name = slice_take(name, slice_find(name, ':'));
    return stream_find_arn(scheduler->kinesis, slice_take(arn, at), NULL);
}

/* With one consumer more (or the one at `index` replaced), or less. */
static struct stream_settings with_consumer(struct arena *arena,
                                            const struct kinesis_stream *stream, struct slice name,
                                            const struct consumer *consumer)
{
    struct stream_settings settings = stream->settings;
    struct consumer *consumers =
        arena_array(arena, settings.consumer_count + 1, sizeof(*consumers));
    size_t count = 0;
    for (size_t i = 0; i < settings.consumer_count; i++) {
        if (!slice_eq(settings.consumers[i].name, name)) {
            consumers[count++] = settings.consumers[i];
        }
    }
    if (consumer != NULL) {
        consumers[count++] = *consumer;
    }
    settings.consumers = consumers;
    settings.consumer_count = count;
    return settings;
}

static void deploy_consumer(struct scheduler *scheduler, const struct resource *resource,
                            struct resource_run *run)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct slice name;
    uint64_t seconds;
    struct slice arn = resource->physical_id;
    struct kinesis_stream *stream = stream_of_consumer(scheduler, resource, &name);
    if (stream == NULL || name.len == 0 ||
        !slice_to_u64(slice_skip(arn, slice_rfind(arn, ':') + 1), &seconds)) {
        resource_refuse(run, STATUS_NOT_FOUND, "StreamARN names no stream of this deployment");
        return;
    }
    struct consumer consumer = {.name = name,
                                .created_ms = (int64_t)seconds * 1000,
                                .tags = tags_of(&arena, resource->properties),
                                .policy = SLICE("")};
    const struct consumer *old = stream_consumer(stream, name);
    if (old == NULL && stream->settings.consumer_count == CONSUMERS_MAX) {
        resource_refuse(run, STATUS_LIMIT, "the stream has %d consumers already", CONSUMERS_MAX);
        return;
    }
    if (old != NULL && old->created_ms == consumer.created_ms &&
        slice_eq(old->tags, consumer.tags)) {
        resource_done(run);
        return;
    }
    consumer.policy = old != NULL ? old->policy : consumer.policy;
    struct stream_settings settings = with_consumer(&arena, stream, name, &consumer);
    stream_change(stream, &settings, resource_written, run);
}

static void withdraw_consumer(struct scheduler *scheduler, const struct resource *resource,
                              struct resource_run *run)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct slice name;
    struct kinesis_stream *stream = stream_of_consumer(scheduler, resource, &name);
    if (stream == NULL || stream_consumer(stream, name) == NULL) {
        resource_done(run);
        return;
    }
    struct stream_settings settings = with_consumer(&arena, stream, name, NULL);
    stream_change(stream, &settings, resource_written, run);
}

/* --- AWS::Kinesis::ResourcePolicy, of a stream --- */

static void set_policy(struct scheduler *scheduler, const struct resource *resource,
                       struct slice policy, struct resource_run *run)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct slice arn = json_text_member(&arena, resource->properties, "ResourceArn");
    const struct consumer *consumer;
    struct kinesis_stream *stream = stream_find_arn(scheduler->kinesis, arn, &consumer);
    if (stream == NULL || consumer != NULL || slice_eq(stream->settings.policy, policy)) {
        resource_done(run); /* of something elsewhere, or nothing new: it permits nothing here */
        return;
    }
    struct stream_settings settings = stream->settings;
    settings.policy = policy;
    stream_change(stream, &settings, resource_written, run);
}

static void deploy_policy(struct scheduler *scheduler, const struct resource *resource,
                          struct resource_run *run)
{
    struct slice policy = json_raw_member(resource->properties, "ResourcePolicy");
    if (policy.len > POLICY_LEN_MAX) {
        resource_refuse(run, STATUS_LIMIT, "ResourcePolicy exceeds %d bytes", POLICY_LEN_MAX);
        return;
    }
    set_policy(scheduler, resource, policy, run);
}

static void withdraw_policy(struct scheduler *scheduler, const struct resource *resource,
                            struct resource_run *run)
{
    set_policy(scheduler, resource, SLICE(""), run);
}

const struct resource_type kinesis_resources[] = {
    {"AWS::Kinesis::Stream", PHASE_THINGS, deploy_stream, NULL},
    {"AWS::Kinesis::StreamConsumer", PHASE_WIRING, deploy_consumer, withdraw_consumer},
    {"AWS::Kinesis::ResourcePolicy", PHASE_WIRING, deploy_policy, withdraw_policy},
    {NULL, PHASE_THINGS, NULL, NULL},
};
