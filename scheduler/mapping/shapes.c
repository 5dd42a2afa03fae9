#include "scheduler/mapping/members.h"

#include "core/api/model_shapes.h"
#include "core/api/tags.h"
#include "core/id.h"
#include "core/json_scan.h"
#include "scheduler/arn.h"

/* --- texts --- */

/* The characters of it; what they name is looked for anyway. */
static bool is_function_name(struct slice text)
{
    return slice_is_alnum(text, "-_.:$");
}

static bool is_arn(struct slice text)
{
    struct slice rest = text, part;
    size_t parts = 0;
    while (parts < 5 && slice_split(&rest, ':', &part)) {
        bool is_good = parts == 0   ? slice_is(part, "arn")
                       : parts == 1 ? slice_starts_with(part, SLICE("aws"))
                       : parts == 2 ? part.len > 0
                       : parts == 4 ? part.len == 0 || part.len == 12
                                    : true;
        if (!is_good) {
            return false;
        }
        parts++;
    }
    return parts == 5 && rest.ptr != NULL;
}

/* "arn:aws:kms:...", or nothing. */
static bool is_key_arn(struct slice text)
{
    size_t colon =
        slice_starts_with(text, SLICE("arn:")) ? slice_find(slice_skip(text, 4), ':') : 0;
    struct slice partition = slice_take(slice_skip(text, 4), colon);
    return text.len == 0 ||
           (colon != 0 && colon != SLICE_NPOS && slice_starts_with(partition, SLICE("aws")) &&
            slice_find(slice_skip(text, colon + 5), ':') != SLICE_NPOS);
}

static bool is_poller_group(struct slice text)
{
    return text.len == 0 || slice_is_alnum(text, "-_");
}

/* ARNs of what has tags; only functions and mappings are here. */
static bool is_taggable(struct slice text)
{
    struct slice name;
    struct arn arn;
    if (!arn_parse(text, &arn) || !slice_is(arn.service, "lambda") || arn.account.len != 12) {
        return false;
    }
    size_t colon = slice_find(arn.resource, ':');
    name = colon == SLICE_NPOS ? SLICE("") : slice_skip(arn.resource, colon + 1);
    return slice_is(slice_take(arn.resource, colon), "event-source-mapping")
               ? name.len == ID_UUID_MAX - 1
               : is_function_name(name) && slice_is(slice_take(arn.resource, colon), "function");
}

static bool is_destination(struct slice text)
{
    return text.len == 0 || slice_starts_with(text, SLICE("kafka://")) || is_arn(text);
}

static const struct pattern function_pattern = {
    "(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?"
    "(\\d{12}:)?(function:)?([a-zA-Z0-9-_\\.]+)(:(\\$LATEST(\\.PUBLISHED)?|[a-zA-Z0-9-_]+))?",
    is_function_name};
static const struct pattern arn_pattern = {
    "arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-"
    "\\d{1})?:(\\d{12})?:(.*)",
    is_arn};
static const struct pattern destination_pattern = {
    "$|kafka://([^.]([a-zA-Z0-9\\-_.]{0,248}))|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-])+:((eusc-)?"
    "[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1})?:(\\d{12})?:(.*)",
    is_destination};
static const struct pattern key_arn_pattern = {"(arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()",
                                               is_key_arn};
static const struct pattern poller_group_pattern = {"[a-zA-Z0-9-_]*", is_poller_group};
static const struct pattern tag_pattern = {"([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)", tag_text_is_valid};
static const struct pattern taggable_pattern = {
    "arn:(aws[a-zA-Z-]*):lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:\\d{12}:("
    "function:[a-zA-Z0-9-_]+(:(\\$LATEST|[a-zA-Z0-9-_]+))?|code-signing-config:csc-[a-z0-9]{17}|"
    "event-source-mapping:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{"
    "12}|(capacity-provider|network-connector):[a-zA-Z0-9-_]{1,64})",
    is_taggable};

/* --- types --- */

static PLAIN(text, FIELD_STRING);
static PLAIN(flag, FIELD_BOOL);
static PLAIN(instant, FIELD_TIMESTAMP);
static PLAIN(document, FIELD_DOCUMENT);
static STRING(uuid, BETWEEN(36, 36));
static STRING(function, BETWEEN(1, 256), PATTERN(function_pattern));
static STRING(arn, BETWEEN(0, 10000), PATTERN(arn_pattern));
static STRING(destination, BETWEEN(0, 350), PATTERN(destination_pattern));
static STRING(position, VALUES("LATEST, AT_TIMESTAMP, TRIM_HORIZON"));
static STRING(response_type, VALUES("ReportBatchItemFailures"));
static STRING(filter_text, BETWEEN(0, 4096));
static INTEGER(batch_size, BETWEEN(1, 10000));
static INTEGER(window, BETWEEN(0, 300));
static INTEGER(factor, BETWEEN(1, 10));
static INTEGER(age, BETWEEN(-1, 604800));
static INTEGER(retries, BETWEEN(-1, 10000));
static INTEGER(tumbling, BETWEEN(0, 900));
static INTEGER(concurrency, BETWEEN(2, 1000));
static INTEGER(max_items, BETWEEN(1, 10000));
static STRING(key_arn, BETWEEN(0, 10000), PATTERN(key_arn_pattern));
static STRING(metric, VALUES("ErrorCount, KafkaMetrics, EventCount"));
static STRING(poller_group, BETWEEN(0, 128), PATTERN(poller_group_pattern));
static INTEGER(pollers_min, BETWEEN(1, 200));
static INTEGER(pollers_max, BETWEEN(1, 10000));
static STRING(taggable, BETWEEN(1, 10000), PATTERN(taggable_pattern));
static STRING(tag_key, BETWEEN(1, 128), PATTERN(tag_pattern));
static STRING(tag_value, BETWEEN(0, 256), PATTERN(tag_pattern));

static STRUCTURE(filter, "Filter", MAY(PATTERN_TEXT, filter_text));
static LIST(filters, filter);
static STRUCTURE(criteria, "FilterCriteria", MAY(FILTERS, filters));
static STRUCTURE(scaling, "ScalingConfig", MAY(MAXIMUM_CONCURRENCY, concurrency));
static STRUCTURE(on_success, "OnSuccess", MAY(DESTINATION, destination));
static STRUCTURE(on_failure, "OnFailure", MAY(DESTINATION, destination));
static STRUCTURE(destinations, "DestinationConfig", MAY(ON_SUCCESS, on_success),
                 MAY(ON_FAILURE, on_failure));
static BOUNDED_LIST(response_types, response_type, BETWEEN(0, 1));
static BOUNDED_LIST(metrics, metric, BETWEEN(0, 3));
static STRUCTURE(metrics_config, "EventSourceMappingMetricsConfig", MAY(METRICS, metrics));
static STRUCTURE(pollers, "ProvisionedPollerConfig", MAY(MINIMUM_POLLERS, pollers_min),
                 MAY(MAXIMUM_POLLERS, pollers_max), MAY(POLLER_GROUP_NAME, poller_group));
static LIST(tag_keys, tag_key);
static BOUNDED_MAP(tags, tag_value, .key = &shape_tag_key);

/* --- operations --- */

/* What a mapping may be told when it is made and later. */
#define SETTINGS                                                                                   \
    MAY(ENABLED, flag), MAY(BATCH_SIZE, batch_size), MAY(FILTER_CRITERIA, criteria),               \
        MAY(MAXIMUM_BATCHING_WINDOW_IN_SECONDS, window), MAY(PARALLELIZATION_FACTOR, factor),      \
        MAY(DESTINATION_CONFIG, destinations), MAY(MAXIMUM_RECORD_AGE_IN_SECONDS, age),            \
        MAY(BISECT_BATCH_ON_FUNCTION_ERROR, flag), MAY(MAXIMUM_RETRY_ATTEMPTS, retries),           \
        MAY(TUMBLING_WINDOW_IN_SECONDS, tumbling), MAY(FUNCTION_RESPONSE_TYPES, response_types),   \
        MAY(SCALING_CONFIG, scaling), MAY(METRICS_CONFIG, metrics_config),                         \
        MAY(LOGGING_CONFIG, document), MAY(PROVISIONED_POLLER_CONFIG, pollers),                    \
        MAY(SOURCE_ACCESS_CONFIGURATIONS, document),                                               \
        MAY(AMAZON_MANAGED_KAFKA_EVENT_SOURCE_CONFIG, document),                                   \
        MAY(SELF_MANAGED_KAFKA_EVENT_SOURCE_CONFIG, document),                                     \
        MAY(DOCUMENT_DB_EVENT_SOURCE_CONFIG, document)

/* And when it is made. */
#define BEGINNING                                                                                  \
    MAY(EVENT_SOURCE_ARN, arn), NEED(FUNCTION_NAME, function), SETTINGS,                           \
        MAY(STARTING_POSITION, position), MAY(STARTING_POSITION_TIMESTAMP, instant),               \
        MAY(TOPICS, document), MAY(QUEUES, document), MAY(SELF_MANAGED_EVENT_SOURCE, document)

#define TAGGED NEED(RESOURCE, taggable, .from = FROM_PATH)

static const struct input mapping_inputs[] = {
    INPUT("CreateEventSourceMapping", BEGINNING, MAY(KMS_KEY_ARN, key_arn), MAY(TAGS, tags)),
    INPUT("UpdateEventSourceMapping", NEED(UUID, uuid, .from = FROM_PATH),
          MAY(FUNCTION_NAME, function), SETTINGS, MAY(KMS_KEY_ARN, key_arn)),
    INPUT("GetEventSourceMapping", NEED(UUID, uuid, .from = FROM_PATH)),
    INPUT("DeleteEventSourceMapping", NEED(UUID, uuid, .from = FROM_PATH)),
    INPUT("ListEventSourceMappings", MAY(EVENT_SOURCE_ARN, arn, .from = FROM_QUERY),
          MAY(FUNCTION_NAME, function, .from = FROM_QUERY), MAY(MARKER, text, .from = FROM_QUERY),
          MAY(MAX_ITEMS, max_items, .from = FROM_QUERY)),
    INPUT("TagResource", TAGGED, NEED(TAGS, tags)),
    INPUT("UntagResource", TAGGED, NEED(TAG_KEYS, tag_keys, .from = FROM_QUERY, .wire = "tagKeys")),
    INPUT("ListTags", TAGGED),
    INPUTS_END};
static const struct input *const inputs[] = {mapping_inputs, NULL};

MODEL_NAMES(names, MAPPING_MEMBERS);
const struct model mapping_model = {.names = names, .inputs = inputs};

/* --- templates --- */

/* "10" and "true", as parameters and functions of templates leave them. */
static bool convert(const struct shape *shape, struct slice raw, struct field *field)
{
    if (raw.len < 2 || raw.ptr[0] != '"') {
        return false;
    }
    struct slice inside = slice_of(raw.ptr + 1, raw.len - 2);
    switch (shape->type) {
    case FIELD_BOOL:
        field->flag = slice_is(inside, "true");
        return field->flag || slice_is(inside, "false");
    case FIELD_INTEGER:
    case FIELD_LONG:
        return slice_to_i64(inside, &field->number);
    case FIELD_TIMESTAMP:
        if (slice_to_i64(inside, &field->number)) {
            field->number *= 1000;
            return true;
        }
        return time_parse_iso8601(inside, &field->number);
    case FIELD_STRING:
    case FIELD_DOUBLE:
    case FIELD_BLOB:
    case FIELD_STRUCT:
    case FIELD_LIST:
    case FIELD_MAP:
    case FIELD_DOCUMENT:
    case FIELD_OWN:
        break;
    }
    return false;
}

static const struct input resource_inputs[] = {INPUT("CreateEventSourceMapping", BEGINNING,
                                                     MAY(KMS_KEY_ARN_OF_TEMPLATES, key_arn),
                                                     MAY(TAGS, document)),
                                               INPUTS_END};
static const struct input *const template_inputs[] = {resource_inputs, NULL};
static const struct model_hooks template_hooks = {.convert = convert};
const struct model mapping_template_model = {
    .names = names, .inputs = template_inputs, .hooks = &template_hooks};
