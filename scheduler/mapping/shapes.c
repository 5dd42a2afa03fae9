#include "scheduler/mapping/members.h"

#include "core/api/model_shapes.h"
#include "core/json_scan.h"

/* --- texts --- */

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
}

/* The characters of it; what they name is looked for anyway. */
static bool is_function_name(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!is_word(text.ptr[i]) && memchr(".:$", text.ptr[i], 3) == NULL) {
            return false;
        }
    }
    return text.len > 0;
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

static STRUCTURE(filter, "Filter", MAY(PATTERN_TEXT, filter_text));
static LIST(filters, filter);
static STRUCTURE(criteria, "FilterCriteria", MAY(FILTERS, filters));
static STRUCTURE(scaling, "ScalingConfig", MAY(MAXIMUM_CONCURRENCY, concurrency));
static STRUCTURE(on_success, "OnSuccess", MAY(DESTINATION, destination));
static STRUCTURE(on_failure, "OnFailure", MAY(DESTINATION, destination));
static STRUCTURE(destinations, "DestinationConfig", MAY(ON_SUCCESS, on_success),
                 MAY(ON_FAILURE, on_failure));
static BOUNDED_LIST(response_types, response_type, BETWEEN(0, 1));

/* --- operations --- */

/* What a mapping may be told when it is made and later. */
#define SETTINGS                                                                                   \
    MAY(ENABLED, flag), MAY(BATCH_SIZE, batch_size), MAY(FILTER_CRITERIA, criteria),               \
        MAY(MAXIMUM_BATCHING_WINDOW_IN_SECONDS, window), MAY(PARALLELIZATION_FACTOR, factor),      \
        MAY(DESTINATION_CONFIG, destinations), MAY(MAXIMUM_RECORD_AGE_IN_SECONDS, age),            \
        MAY(BISECT_BATCH_ON_FUNCTION_ERROR, flag), MAY(MAXIMUM_RETRY_ATTEMPTS, retries),           \
        MAY(TUMBLING_WINDOW_IN_SECONDS, tumbling), MAY(FUNCTION_RESPONSE_TYPES, response_types),   \
        MAY(SCALING_CONFIG, scaling), MAY(KMS_KEY_ARN, text), MAY(KMS_KEY_ARN_OF_TEMPLATES, text), \
        MAY(METRICS_CONFIG, document), MAY(LOGGING_CONFIG, document),                              \
        MAY(PROVISIONED_POLLER_CONFIG, document), MAY(SOURCE_ACCESS_CONFIGURATIONS, document),     \
        MAY(AMAZON_MANAGED_KAFKA_EVENT_SOURCE_CONFIG, document),                                   \
        MAY(SELF_MANAGED_KAFKA_EVENT_SOURCE_CONFIG, document),                                     \
        MAY(DOCUMENT_DB_EVENT_SOURCE_CONFIG, document)

static const struct input mapping_inputs[] = {
    INPUT("CreateEventSourceMapping", MAY(EVENT_SOURCE_ARN, arn), NEED(FUNCTION_NAME, function),
          SETTINGS, MAY(STARTING_POSITION, position), MAY(STARTING_POSITION_TIMESTAMP, instant),
          MAY(TOPICS, document), MAY(QUEUES, document), MAY(SELF_MANAGED_EVENT_SOURCE, document),
          MAY(TAGS, document)),
    INPUT("UpdateEventSourceMapping", NEED(UUID, uuid, .from = FROM_PATH),
          MAY(FUNCTION_NAME, function), SETTINGS),
    INPUT("GetEventSourceMapping", NEED(UUID, uuid, .from = FROM_PATH)),
    INPUT("DeleteEventSourceMapping", NEED(UUID, uuid, .from = FROM_PATH)),
    INPUT("ListEventSourceMappings", MAY(EVENT_SOURCE_ARN, arn, .from = FROM_QUERY),
          MAY(FUNCTION_NAME, function, .from = FROM_QUERY), MAY(MARKER, text, .from = FROM_QUERY),
          MAY(MAX_ITEMS, max_items, .from = FROM_QUERY)),
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

static const struct model_hooks template_hooks = {.convert = convert};
const struct model mapping_template_model = {
    .names = names, .inputs = inputs, .hooks = &template_hooks};
