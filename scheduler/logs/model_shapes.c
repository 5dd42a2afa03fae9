/* What each operation of CloudWatch Logs takes. */
#include "core/api/model_shapes.h"

#include "core/api/tags.h"
#include "scheduler/logs/limits.h"
#include "scheduler/logs/members.h"
#include "scheduler/metrics/metrics.h"

/* --- patterns --- */

static bool is_group_name(struct slice text)
{
    return slice_is_alnum(text, ".-_/#");
}

static bool is_group_name_part(struct slice text)
{
    return text.len == 0 || slice_is_alnum(text, ".-_/#");
}

static bool is_identifier(struct slice text)
{
    return text.len == 0 || slice_is_alnum(text, "_#+=/:,.@-");
}

static bool is_stream_name(struct slice text)
{
    return slice_find(text, ':') == SLICE_NPOS && slice_find(text, '*') == SLICE_NPOS;
}

static bool is_metric_name(struct slice text)
{
    return is_stream_name(text) && slice_find(text, '$') == SLICE_NPOS;
}

static const struct pattern group_name_pattern = {"[\\.\\-_/#A-Za-z0-9]+", is_group_name};
static const struct pattern group_part_pattern = {"[\\.\\-_/#A-Za-z0-9]*", is_group_name_part};
static const struct pattern identifier_pattern = {"[\\w#+=/:,.@-]*", is_identifier};
static const struct pattern stream_name_pattern = {"[^:*]*", is_stream_name};
static const struct pattern metric_name_pattern = {"[^:*$]*", is_metric_name};
static const struct pattern resource_pattern = {"[\\w+=/:,.@-]*", is_identifier};
static const struct pattern tag_key_pattern = {"^([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+)$",
                                               tag_text_is_valid};
static const struct pattern tag_value_pattern = {"^([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)$",
                                                 tag_text_is_valid};

/* --- shapes --- */

static PLAIN(anything, FIELD_DOCUMENT);
static PLAIN(text, FIELD_STRING);
static LIST(texts, text);
static PLAIN(flag, FIELD_BOOL);
static PLAIN(days, FIELD_INTEGER);
static SHAPE(time, FIELD_LONG, AT_LEAST(0));
static STRING(token, AT_LEAST(1));
static STRING(group_name, BETWEEN(1, LOG_NAME_MAX), PATTERN(group_name_pattern));
static STRING(group_part, BETWEEN(0, LOG_NAME_MAX), PATTERN(group_part_pattern));
static STRING(identifier, BETWEEN(1, LOG_IDENTIFIER_MAX), PATTERN(identifier_pattern));
static BOUNDED_LIST(identifiers, identifier, BETWEEN(1, 50));
static STRING(group_class, VALUES("STANDARD, INFREQUENT_ACCESS, DELIVERY, ESSENTIALS"));
static STRING(stream_name, BETWEEN(1, LOG_NAME_MAX), PATTERN(stream_name_pattern));
static BOUNDED_LIST(stream_names, stream_name, BETWEEN(1, LOG_QUERY_STREAMS_MAX));
static STRING(key_id, AT_MOST(256));
static STRING(resource, BETWEEN(1, 1011), PATTERN(resource_pattern));
static STRING(order, VALUES("LogStreamName, LastEventTime"));
static INTEGER(describe_limit, BETWEEN(1, LOG_DESCRIBE_MAX));
static INTEGER(list_limit, BETWEEN(1, LOG_LIST_MAX));
static INTEGER(events_limit, BETWEEN(1, LOG_PAGE_EVENTS_MAX));

static STRING(tag_key, BETWEEN(1, 128), PATTERN(tag_key_pattern));
static STRING(tag_value, AT_MOST(256), PATTERN(tag_value_pattern));
static SHAPE(tags, FIELD_MAP, .element = &shape_tag_value, .key = &shape_tag_key,
             BETWEEN(1, TAGS_MAX));
static BOUNDED_LIST(tag_keys, tag_key, BETWEEN(0, TAGS_MAX));

static STRING(message, AT_LEAST(1));
static BOUNDED_LIST(messages, message, BETWEEN(1, 50));
static STRUCTURE(event, "InputLogEvent", NEED(TIMESTAMP, time), NEED(MESSAGE, message));
static BOUNDED_LIST(events, event, BETWEEN(1, LOG_PUT_EVENTS_MAX));

static STRING(pattern, BETWEEN(0, PATTERN_LEN_MAX));
static STRING(criteria, BETWEEN(0, 2000));
static STRING(distribution, VALUES("Random, ByLogStream"));
static PLAIN(number, FIELD_DOUBLE);
static STRING(metric_name, AT_MOST(255), PATTERN(metric_name_pattern));
static STRING(metric_value, AT_MOST(100));
static STRING(dimension, AT_MOST(255));
static SHAPE(dimensions, FIELD_MAP, .element = &shape_dimension, .key = &shape_dimension);
static STRING(unit, VALUES(METRIC_UNITS));
static STRUCTURE(transformation, "MetricTransformation", NEED(METRIC_NAME, metric_name),
                 NEED(METRIC_NAMESPACE, metric_name), NEED(METRIC_VALUE, metric_value),
                 MAY(DEFAULT_VALUE, number), MAY(DIMENSIONS, dimensions), MAY(UNIT, unit));
static BOUNDED_LIST(transformations, transformation, BETWEEN(1, 1));

/* --- inputs --- */

#define GROUP NEED(LOG_GROUP_NAME, group_name)
#define GROUP_OR_IDENTIFIER MAY(LOG_GROUP_NAME, group_name), MAY(LOG_GROUP_IDENTIFIER, identifier)
#define PAGE MAY(NEXT_TOKEN, token), MAY(LIMIT, describe_limit)

static const struct input group_inputs[] = {
    INPUT("CreateLogGroup", GROUP, MAY(KMS_KEY_ID, key_id), MAY(TAGS, tags),
          MAY(LOG_GROUP_CLASS, group_class), MAY(DELETION_PROTECTION_ENABLED, flag)),
    INPUT("DeleteLogGroup", GROUP),
    INPUT("DescribeLogGroups", MAY(ACCOUNT_IDENTIFIERS, texts),
          MAY(LOG_GROUP_NAME_PREFIX, group_name), MAY(LOG_GROUP_NAME_PATTERN, group_part), PAGE,
          MAY(INCLUDE_LINKED_ACCOUNTS, flag), MAY(LOG_GROUP_CLASS, group_class),
          MAY(LOG_GROUP_IDENTIFIERS, identifiers)),
    INPUT("ListLogGroups", MAY(LOG_GROUP_NAME_PATTERN, text), MAY(LOG_GROUP_CLASS, group_class),
          MAY(INCLUDE_LINKED_ACCOUNTS, flag), MAY(NEXT_TOKEN, token), MAY(LIMIT, list_limit),
          MAY(DATA_SOURCES, anything), MAY(FIELD_INDEX_NAMES, anything),
          MAY(LOG_GROUP_TAGS, anything)),
    INPUT("PutRetentionPolicy", GROUP, NEED(RETENTION_IN_DAYS, days)),
    INPUT("DeleteRetentionPolicy", GROUP),
    INPUT("PutLogGroupDeletionProtection", NEED(LOG_GROUP_IDENTIFIER, identifier),
          NEED(DELETION_PROTECTION_ENABLED, flag)),
    INPUT("TagLogGroup", GROUP, NEED(TAGS, tags)),
    INPUT("UntagLogGroup", GROUP, NEED(TAGS, tag_keys)),
    INPUT("ListTagsLogGroup", GROUP),
    INPUT("TagResource", NEED(RESOURCE_ARN, resource), NEED(TAGS, tags)),
    INPUT("UntagResource", NEED(RESOURCE_ARN, resource), NEED(TAG_KEYS, tag_keys)),
    INPUT("ListTagsForResource", NEED(RESOURCE_ARN, resource)),
    INPUTS_END,
};

static const struct input event_inputs[] = {
    INPUT("CreateLogStream", GROUP, NEED(LOG_STREAM_NAME, stream_name)),
    INPUT("DeleteLogStream", GROUP, NEED(LOG_STREAM_NAME, stream_name)),
    INPUT("DescribeLogStreams", GROUP_OR_IDENTIFIER, MAY(LOG_STREAM_NAME_PREFIX, stream_name),
          MAY(ORDER_BY, order), MAY(DESCENDING, flag), PAGE),
    INPUT("PutLogEvents", GROUP, NEED(LOG_STREAM_NAME, stream_name), NEED(LOG_EVENTS, events),
          MAY(SEQUENCE_TOKEN, token)),
    INPUT("GetLogEvents", GROUP_OR_IDENTIFIER, NEED(LOG_STREAM_NAME, stream_name),
          MAY(START_TIME, time), MAY(END_TIME, time), MAY(NEXT_TOKEN, token),
          MAY(LIMIT, events_limit), MAY(START_FROM_HEAD, flag), MAY(UNMASK, flag)),
    INPUT("FilterLogEvents", GROUP_OR_IDENTIFIER, MAY(LOG_STREAM_NAMES, stream_names),
          MAY(LOG_STREAM_NAME_PREFIX, stream_name), MAY(START_TIME, time), MAY(END_TIME, time),
          MAY(FILTER_PATTERN, pattern), MAY(NEXT_TOKEN, token), MAY(LIMIT, events_limit),
          MAY(INTERLEAVED, flag), MAY(START_FROM_HEAD, flag), MAY(UNMASK, flag)),
    INPUTS_END,
};

static const struct input filter_inputs[] = {
    INPUT("PutSubscriptionFilter", GROUP, NEED(FILTER_NAME, stream_name),
          NEED(FILTER_PATTERN, pattern), NEED(DESTINATION_ARN, token), MAY(ROLE_ARN, token),
          MAY(DISTRIBUTION, distribution), MAY(APPLY_ON_TRANSFORMED_LOGS, flag),
          MAY(FIELD_SELECTION_CRITERIA, criteria), MAY(EMIT_SYSTEM_FIELDS, texts)),
    INPUT("DescribeSubscriptionFilters", GROUP, MAY(FILTER_NAME_PREFIX, stream_name), PAGE),
    INPUT("DeleteSubscriptionFilter", GROUP, NEED(FILTER_NAME, stream_name)),
    INPUT("PutMetricFilter", GROUP, NEED(FILTER_NAME, stream_name), NEED(FILTER_PATTERN, pattern),
          NEED(METRIC_TRANSFORMATIONS, transformations), MAY(APPLY_ON_TRANSFORMED_LOGS, flag),
          MAY(FIELD_SELECTION_CRITERIA, criteria), MAY(EMIT_SYSTEM_FIELD_DIMENSIONS, texts)),
    INPUT("DescribeMetricFilters", MAY(LOG_GROUP_NAME, group_name),
          MAY(FILTER_NAME_PREFIX, stream_name), PAGE, MAY(METRIC_NAME, metric_name),
          MAY(METRIC_NAMESPACE, metric_name)),
    INPUT("DeleteMetricFilter", GROUP, NEED(FILTER_NAME, stream_name)),
    INPUT("TestMetricFilter", NEED(FILTER_PATTERN, pattern), NEED(LOG_EVENT_MESSAGES, messages)),
    INPUTS_END,
};

static const struct input *const inputs[] = {group_inputs, event_inputs, filter_inputs, NULL};
MODEL_NAMES(names, MODEL_MEMBERS);
const struct model logs_model = {.names = names, .inputs = inputs};
