#include "scheduler/mapping/config.h"

#include "core/json.h"
#include "scheduler/arn.h"

static const char *const positions[] = {
    [START_NONE] = "",
    [START_LATEST] = "LATEST",
    [START_TRIM_HORIZON] = "TRIM_HORIZON",
    [START_AT_TIMESTAMP] = "AT_TIMESTAMP",
};

const char *starting_position_name(enum starting_position position)
{
    return positions[position];
}

enum starting_position starting_position_of(struct slice name)
{
    for (int i = START_LATEST; i <= START_AT_TIMESTAMP; i++) {
        if (slice_is(name, positions[i])) {
            return (enum starting_position)i;
        }
    }
    return START_NONE;
}

bool mapping_source_of_arn(struct slice text, enum mapping_source *ret_source)
{
    static const struct {
        const char *service;
        const char *resource; /* in its resource */
        enum mapping_source source;
    } rows[] = {
        {"sqs", "", MAPPING_QUEUE},
        {"dynamodb", "/stream/", MAPPING_DYNAMODB},
        {"kinesis", "stream/", MAPPING_KINESIS},
    };
    struct arn arn;
    for (size_t i = 0; arn_parse(text, &arn) && i < sizeof rows / sizeof rows[0]; i++) {
        if (slice_is(arn.service, rows[i].service) &&
            slice_search(arn.resource, slice_from(rows[i].resource)) != SLICE_NPOS) {
            *ret_source = rows[i].source;
            return true;
        }
    }
    return false;
}

/* What is no ARN is all resource. */
static struct arn arn_of(struct slice text)
{
    struct arn arn = {.region = SLICE("")};
    if (!arn_parse(text, &arn)) {
        arn.resource = text;
    }
    return arn;
}

/* "orders" of "orders", "notes" of "table/notes/stream/2026", "clicks" of "stream/clicks/consumer/c:1". */
static struct slice resource_name(struct slice resource)
{
    size_t slash = slice_find(resource, '/');
    if (slash == SLICE_NPOS) {
        return resource;
    }
    resource = slice_skip(resource, slash + 1);
    return slice_take(resource, slice_find(resource, '/'));
}

struct slice mapping_source_word(struct arena *arena, const struct mapping_config *config)
{
    static const char *const words[MAPPING_SOURCE_COUNT] = {"sqs", "stream", "kinesis"};
    struct arn arn = arn_of(config->source_arn);
    return arena_printf(arena, "%s %.*s", words[config->source],
                        SLICE_ARG(resource_name(arn.resource)));
}

/* --- printing --- */

static void print_stream_members(struct json_writer *w, const struct mapping_config *config)
{
    json_put_bool(w, "BisectBatchOnFunctionError", config->bisects);
    json_key_text(w, "DestinationConfig");
    json_open(w, '{');
    json_key_text(w, "OnFailure");
    json_open(w, '{');
    if (config->on_failure_arn.len > 0) {
        json_put_string(w, "Destination", config->on_failure_arn);
    }
    json_close(w, '}');
    json_close(w, '}');
    json_put_i64(w, "MaximumRecordAgeInSeconds", config->age_max_s);
    json_put_i64(w, "MaximumRetryAttempts", config->retries_max);
    json_put_i64(w, "ParallelizationFactor", config->readers);
    json_put_text(w, "StartingPosition", positions[config->starting_position]);
    if (config->starting_position == START_AT_TIMESTAMP) {
        json_key_text(w, "StartingPositionTimestamp");
        json_write_double(w, (double)config->starting_ms / 1000);
    }
    json_put_i64(w, "TumblingWindowInSeconds", config->tumbling_s);
}

static void print_filters(struct json_writer *w, const struct mapping_config *config)
{
    json_key_text(w, "FilterCriteria");
    json_open(w, '{');
    json_key_text(w, "Filters");
    json_open(w, '[');
    for (size_t i = 0; i < config->filter_count; i++) {
        json_open(w, '{');
        json_put_string(w, "Pattern", config->filters[i]);
        json_close(w, '}');
    }
    json_close(w, ']');
    json_close(w, '}');
}

static void print_scaling(struct json_writer *w, const struct mapping_config *config)
{
    if (config->max_concurrency > 0) {
        json_key_text(w, "ScalingConfig");
        json_open(w, '{');
        json_put_i64(w, "MaximumConcurrency", config->max_concurrency);
        json_close(w, '}');
    }
    if (config->pollers_max > 0) {
        json_key_text(w, "ProvisionedPollerConfig");
        json_open(w, '{');
        json_put_i64(w, "MinimumPollers", config->pollers_min);
        json_put_i64(w, "MaximumPollers", config->pollers_max);
        json_close(w, '}');
    }
}

void mapping_config_print(struct json_writer *w, const struct mapping_config *config)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct arn arn = arn_of(config->function_arn);
    struct slice resource = arena_printf(&arena, "event-source-mapping:%s", config->uuid);
    json_put_text(w, "UUID", config->uuid);
    json_put_i64(w, "BatchSize", config->batch_size);
    json_put_i64(w, "MaximumBatchingWindowInSeconds", config->window_s);
    json_put_string(w, "EventSourceArn", config->source_arn);
    json_put_string(w, "FunctionArn", config->function_arn);
    json_put_string(w, "EventSourceMappingArn",
                    arn_make(&arena, "lambda", arn.region, arn.account, resource));
    if (config->filter_count > 0) {
        print_filters(w, config);
    }
    json_key_text(w, "FunctionResponseTypes");
    json_open(w, '[');
    if (config->reports_failures) {
        json_write_string(w, SLICE("ReportBatchItemFailures"));
    }
    json_close(w, ']');
    json_key_text(w, "LastModified");
    json_write_double(w, (double)config->modified_ms / 1000);
    if (mapping_source_is_stream(config->source)) {
        print_stream_members(w, config);
    }
    print_scaling(w, config);
    if (config->has_metrics) {
        json_key_text(w, "MetricsConfig");
        json_open(w, '{');
        json_put_raw(w, "Metrics", config->counts_events ? SLICE("[\"EventCount\"]") : SLICE("[]"));
        json_close(w, '}');
    }
    if (config->kms_key_arn.len > 0) {
        json_put_string(w, "KMSKeyArn", config->kms_key_arn);
    }
}

/* --- reading what was kept --- */

static struct slice text_at(struct arena *arena, const struct json *object, const char *key)
{
    return arena_copy(arena, json_text(json_get(object, key)));
}

#define NUMBER_MAX                                                                                 \
    9e15 /* whole numbers that a double holds exactly, epoch milliseconds among them */

static int64_t whole(double number)
{
    return number > -NUMBER_MAX && number < NUMBER_MAX ? (int64_t)number : 0;
}

static int64_t number_at(const struct json *object, const char *key)
{
    return whole(json_number(json_get(object, key)));
}

static int64_t epoch_ms_at(const struct json *object, const char *key)
{
    return whole(json_number(json_get(object, key)) * 1000 + 0.5);
}

static void read_stream_members(struct arena *arena, const struct json *root,
                                struct mapping_config *config)
{
    const struct json *destination = json_get(root, "DestinationConfig");
    config->bisects = json_is_true(json_get(root, "BisectBatchOnFunctionError"));
    config->on_failure_arn = text_at(arena, json_get(destination, "OnFailure"), "Destination");
    config->age_max_s = (int32_t)number_at(root, "MaximumRecordAgeInSeconds");
    config->retries_max = (int32_t)number_at(root, "MaximumRetryAttempts");
    config->readers = (uint32_t)number_at(root, "ParallelizationFactor");
    config->starting_position = starting_position_of(json_text(json_get(root, "StartingPosition")));
    config->starting_ms = epoch_ms_at(root, "StartingPositionTimestamp");
    config->tumbling_s = (uint32_t)number_at(root, "TumblingWindowInSeconds");
}

static void read_filters(struct arena *arena, const struct json *root,
                         struct mapping_config *config)
{
    const struct json *filters = json_get(json_get(root, "FilterCriteria"), "Filters");
    for (const struct json *each = json_first(filters);
         each != NULL && config->filter_count < FILTERS_MAX; each = json_next(each)) {
        config->filters[config->filter_count++] = text_at(arena, each, "Pattern");
    }
}

bool mapping_config_read(struct arena *arena, struct slice json, struct mapping_config *ret_config)
{
    AUTO_JSON *root = NULL;
    struct mapping_config config = {.readers = 1};
    if (json_parse(json, &root, NULL) != STATUS_OK) {
        return false;
    }
    struct slice uuid = json_text(json_get(root, "UUID"));
    config.source_arn = text_at(arena, root, "EventSourceArn");
    config.function_arn = text_at(arena, root, "FunctionArn");
    if (uuid.len != ID_UUID_MAX - 1 || !mapping_source_of_arn(config.source_arn, &config.source)) {
        return false;
    }
    memcpy(config.uuid, uuid.ptr, uuid.len);
    function_name_parse(config.function_arn, &config.function, &config.qualifier);
    config.is_fifo =
        config.source == MAPPING_QUEUE && slice_ends_with(config.source_arn, SLICE(".fifo"));
    config.is_enabled = json_is_true(json_get(root, "Enabled"));
    config.batch_size = (uint32_t)number_at(root, "BatchSize");
    config.window_s = (uint32_t)number_at(root, "MaximumBatchingWindowInSeconds");
    config.max_concurrency =
        (uint32_t)number_at(json_get(root, "ScalingConfig"), "MaximumConcurrency");
    config.reports_failures = json_count(json_get(root, "FunctionResponseTypes")) > 0;
    config.kms_key_arn = text_at(arena, root, "KMSKeyArn");
    config.modified_ms = epoch_ms_at(root, "LastModified");
    const struct json *metrics = json_get(root, "MetricsConfig");
    config.has_metrics = metrics != NULL;
    config.counts_events = json_count(json_get(metrics, "Metrics")) > 0;
    const struct json *pollers = json_get(root, "ProvisionedPollerConfig");
    config.pollers_min = (uint32_t)number_at(pollers, "MinimumPollers");
    config.pollers_max = (uint32_t)number_at(pollers, "MaximumPollers");
    read_filters(arena, root, &config);
    if (mapping_source_is_stream(config.source)) {
        read_stream_members(arena, root, &config);
    }
    *ret_config = config;
    return config.batch_size >= 1 && config.batch_size <= BATCH_SIZE_MAX && config.readers >= 1 &&
           config.readers <= READERS_MAX;
}

struct mapping_config mapping_config_copy(struct arena *arena, const struct mapping_config *config)
{
    struct mapping_config copy = *config;
    struct slice *const texts[] = {&copy.source_arn, &copy.function_arn, &copy.function,
                                   &copy.qualifier,  &copy.kms_key_arn,  &copy.on_failure_arn};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        *texts[i] = arena_copy(arena, *texts[i]);
    }
    for (size_t i = 0; i < copy.filter_count; i++) {
        copy.filters[i] = arena_copy(arena, copy.filters[i]);
    }
    return copy;
}
