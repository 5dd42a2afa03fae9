/* What EventBridge's operations take. Source: the service model of botocore 1.43; values of enumerations in the order in
 * which AWS's messages tell them. */
#include "core/api/model_shapes.h"
#include "scheduler/events/members.h"

/* --- patterns --- */

static bool is_name(struct slice text)
{
    return slice_is_alnum(text, "._-");
}

static bool is_bus_name(struct slice text)
{
    return slice_is_alnum(text, "/._-");
}

/* What follows "arn:aws...:events:region:account:"; the whole when it does not begin so. */
static struct slice resource_of(struct slice text, bool *ret_is_arn)
{
    struct slice rest = text;
    struct slice part;
    *ret_is_arn = false;
    for (int i = 0; i < 5; i++) {
        if (!slice_split(&rest, ':', &part) || (i == 0 && !slice_is(part, "arn")) ||
            (i == 1 && !slice_starts_with(part, SLICE("aws"))) ||
            (i == 2 && !slice_is(part, "events"))) {
            return text;
        }
    }
    *ret_is_arn = rest.ptr != NULL;
    return rest;
}

static bool is_bus_name_or_arn(struct slice text)
{
    bool is_arn;
    struct slice resource = resource_of(text, &is_arn);
    struct slice prefix = SLICE("event-bus/");
    if (is_arn && !slice_starts_with(resource, prefix)) {
        return false;
    }
    return is_bus_name(is_arn ? slice_skip(resource, prefix.len) : text);
}

static bool is_own_bus_name_or_arn(struct slice text)
{
    bool is_arn;
    struct slice resource = resource_of(text, &is_arn);
    return is_bus_name_or_arn(text) &&
           slice_find(is_arn ? slice_skip(resource, 10) : text, '/') == SLICE_NPOS;
}

static bool is_events_arn(struct slice text)
{
    bool is_arn;
    struct slice resource = resource_of(text, &is_arn);
    size_t slash = slice_find(resource, '/');
    return is_arn && slash != SLICE_NPOS && slash > 0 && slash + 1 < resource.len;
}

static bool is_connection_arn(struct slice text)
{
    bool is_arn;
    struct slice rest = resource_of(text, &is_arn);
    struct slice kind, name;
    return is_arn && slice_split(&rest, '/', &kind) && slice_is(kind, "connection") &&
           slice_split(&rest, '/', &name) && is_name(name) && slice_is_alnum(rest, "-");
}

static bool is_partner_source(struct slice text)
{
    return slice_starts_with(text, SLICE("aws.partner/")) && is_bus_name(text);
}

static bool is_action(struct slice text)
{
    return slice_starts_with(text, SLICE("events:")) && slice_is_alnum(slice_skip(text, 7), "");
}

static bool is_principal(struct slice text)
{
    uint64_t number;
    return slice_is(text, "*") || (text.len == 12 && slice_to_u64(text, &number));
}

static bool is_statement_id(struct slice text)
{
    return slice_is_alnum(text, "-_");
}

static bool is_variable(struct slice text)
{
    return slice_is_alnum(text, "_-");
}

static bool is_kms_key(struct slice text)
{
    return text.len == 0 || slice_is_alnum(text, "_-/:");
}

static bool is_endpoint(struct slice text)
{
    return slice_is_alnum(text, "%-()_.!~*';/?:@&=+$,]");
}

static bool is_header_name(struct slice text)
{
    return slice_is_alnum(text, "!#$%&'*+-.^_`|~,");
}

static bool is_printable(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if ((c < 0x20 && c != '\t') || c > 0x7e) {
            return false;
        }
    }
    return text.len > 0;
}

static bool is_free_of_controls(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if ((c < 0x20 && c != '\n' && c != '\r') || c == 0x7f) {
            return false;
        }
    }
    return text.len > 0;
}

static bool is_credential(struct slice text)
{
    return slice_trim(text).len > 0 && slice_find(text, ':') == SLICE_NPOS &&
           slice_find(text, '\n') == SLICE_NPOS && is_free_of_controls(text);
}

static bool is_not_blank(struct slice text)
{
    return slice_trim(text).len > 0;
}

static const struct pattern name_pattern = {"[\\.\\-_A-Za-z0-9]+", is_name};
static const struct pattern bus_name_pattern = {"[/\\.\\-_A-Za-z0-9]+", is_bus_name};
static const struct pattern bus_or_arn_pattern = {
    "(arn:aws[\\w-]*:events:[a-z]+-[a-z]+-[\\w-]+:[0-9]{12}:event-bus\\/)?[/\\.\\-_A-Za-z0-9]+",
    is_bus_name_or_arn};
static const struct pattern own_bus_or_arn_pattern = {
    "(arn:aws[\\w-]*:events:[a-z]+-[a-z]+-[\\w-]+:[0-9]{12}:event-bus\\/)?[\\.\\-_A-Za-z0-9]+",
    is_own_bus_name_or_arn};
static const struct pattern events_arn_pattern = {
    "^arn:aws([a-z]|\\-)*:events:([a-z]|\\d|\\-)*:([0-9]{12})?:.+\\/.+$", is_events_arn};
static const struct pattern connection_arn_pattern = {
    "^arn:aws([a-z]|\\-)*:events:([a-z]|\\d|\\-)*:([0-9]{12})?:connection\\/[\\.\\-_A-Za-z0-9]+\\/"
    "[\\-A-Za-z0-9]+$",
    is_connection_arn};
static const struct pattern partner_source_pattern = {"aws\\.partner(/[\\.\\-_A-Za-z0-9]+){2,}",
                                                      is_partner_source};
static const struct pattern action_pattern = {"events:[a-zA-Z]+", is_action};
static const struct pattern principal_pattern = {"(\\d{12}|\\*)", is_principal};
static const struct pattern statement_id_pattern = {"[a-zA-Z0-9-_]+", is_statement_id};
static const struct pattern variable_pattern = {"[A-Za-z0-9\\_\\-]+", is_variable};
static const struct pattern kms_key_pattern = {"^[a-zA-Z0-9_\\-/:]*$", is_kms_key};
static const struct pattern endpoint_pattern = {
    "^((%[0-9A-Fa-f]{2}|[-()_.!~*';/?:@\\x26=+$,A-Za-z0-9])+)([).!';/?:,])?$", is_endpoint};
static const struct pattern header_name_pattern = {"^[!#$%&'*+-.^_`|~0-9a-zA-Z]+$", is_header_name};
static const struct pattern header_value_pattern = {
    "^[ \\t]*[\\x20-\\x7E]+([ \\t]+[\\x20-\\x7E]+)*[ \\t]*$", is_printable};
static const struct pattern query_name_pattern = {"[^\\x00-\\x1F\\x7F]+", is_free_of_controls};
static const struct pattern query_value_pattern = {"[^\\x00-\\x09\\x0B\\x0C\\x0E-\\x1F\\x7F]+",
                                                   is_free_of_controls};
static const struct pattern credential_pattern = {
    "^[ \\t]*[^\\x00-\\x1F:\\x7F]+([ \\t]+[^\\x00-\\x1F:\\x7F]+)*[ \\t]*$", is_credential};
static const struct pattern not_blank_pattern = {"^(?!\\s*$).+", is_not_blank};

/* --- what they share --- */

static PLAIN(text, FIELD_STRING);
static PLAIN(flag, FIELD_BOOL);
static PLAIN(time, FIELD_TIMESTAMP);
static STRING(arn, BETWEEN(1, 1600));
static STRING(description, AT_MOST(512));
static STRING(next_token, BETWEEN(1, 2048));
static INTEGER(limit, BETWEEN(1, 100));
static STRING(kms_key, AT_MOST(2048), PATTERN(kms_key_pattern));
static STRUCTURE(dead_letter, "DeadLetterConfig", MAY(ARN, arn));
static STRING(tag_key, BETWEEN(1, 128));
static STRING(tag_value, AT_MOST(256));
static STRUCTURE(tag, "Tag", NEED(KEY, tag_key), NEED(VALUE, tag_value));
static LIST(tags, tag);
static LIST(tag_keys, tag_key);
static STRING(event_pattern, AT_MOST(4096));
#define PAGE MAY(NEXT_TOKEN, next_token), MAY(LIMIT, limit)

/* --- buses --- */

static STRING(bus_name, BETWEEN(1, 256), PATTERN(bus_name_pattern));
static STRING(own_bus_name, BETWEEN(1, 256), PATTERN(name_pattern));
static STRING(bus_or_arn, BETWEEN(1, 1600), PATTERN(bus_or_arn_pattern));
static STRING(partner_source, BETWEEN(1, 256), PATTERN(partner_source_pattern));
static STRING(include_detail, VALUES("NONE, FULL"));
static STRING(log_level, VALUES("OFF, ERROR, INFO, TRACE"));
static STRUCTURE(log_config, "LogConfig", MAY(INCLUDE_DETAIL, include_detail),
                 MAY(LEVEL, log_level));
static STRING(action, BETWEEN(1, 64), PATTERN(action_pattern));
static STRING(principal, BETWEEN(1, 12), PATTERN(principal_pattern));
static STRING(statement_id, BETWEEN(1, 64), PATTERN(statement_id_pattern));
static STRUCTURE(condition, "Condition", NEED(TYPE, text), NEED(KEY, text), NEED(VALUE, text));
#define BUS_SETTINGS                                                                               \
    MAY(DESCRIPTION, description), MAY(KMS_KEY_IDENTIFIER, kms_key),                               \
        MAY(DEAD_LETTER_CONFIG, dead_letter), MAY(LOG_CONFIG, log_config)

static const struct input bus_inputs[] = {
    INPUT("CreateEventBus", NEED(NAME, bus_name), MAY(EVENT_SOURCE_NAME, partner_source),
          BUS_SETTINGS, MAY(TAGS, tags)),
    INPUT("UpdateEventBus", MAY(NAME, bus_name), BUS_SETTINGS),
    INPUT("DeleteEventBus", NEED(NAME, bus_name)),
    INPUT("DescribeEventBus", MAY(NAME, bus_or_arn)),
    INPUT("ListEventBuses", MAY(NAME_PREFIX, bus_name), PAGE),
    INPUT("PutPermission", MAY(EVENT_BUS_NAME, own_bus_name), MAY(ACTION, action),
          MAY(PRINCIPAL, principal), MAY(STATEMENT_ID, statement_id), MAY(CONDITION, condition),
          MAY(POLICY, text)),
    INPUT("RemovePermission", MAY(STATEMENT_ID, statement_id), MAY(REMOVE_ALL_PERMISSIONS, flag),
          MAY(EVENT_BUS_NAME, own_bus_name)),
    INPUT("TagResource", NEED(RESOURCE_ARN, arn), NEED(TAGS, tags)),
    INPUT("UntagResource", NEED(RESOURCE_ARN, arn), NEED(TAG_KEYS, tag_keys)),
    INPUT("ListTagsForResource", NEED(RESOURCE_ARN, arn)),
    INPUTS_END};

/* --- events --- */

static STRING(own_bus_or_arn, BETWEEN(1, 1600), PATTERN(own_bus_or_arn_pattern));
static STRING(resource, AT_MOST(2048));
static LIST(resources, resource);
static STRING(trace_header, BETWEEN(1, 500));
static STRUCTURE(entry, "PutEventsRequestEntry", MAY(TIME, time), MAY(SOURCE, text),
                 MAY(RESOURCES, resources), MAY(DETAIL_TYPE, text), MAY(DETAIL, text),
                 MAY(EVENT_BUS_NAME, own_bus_or_arn), MAY(TRACE_HEADER, trace_header));
static BOUNDED_LIST(entries, entry, BETWEEN(1, 10));
static STRING(endpoint_id, BETWEEN(1, 50));

static const struct input event_inputs[] = {
    INPUT("PutEvents", NEED(ENTRIES, entries), MAY(ENDPOINT_ID, endpoint_id)),
    INPUT("TestEventPattern", NEED(EVENT_PATTERN, event_pattern), NEED(EVENT, text)), INPUTS_END};

/* --- rules --- */

static STRING(rule_name, BETWEEN(1, 64), PATTERN(name_pattern));
static STRING(schedule_expression, AT_MOST(256));
static STRING(rule_state,
              VALUES("ENABLED, DISABLED, ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"));
#define NAMED_RULE NEED(NAME, rule_name), MAY(EVENT_BUS_NAME, bus_or_arn)

static const struct input rule_inputs[] = {
    INPUT("PutRule", NEED(NAME, rule_name), MAY(SCHEDULE_EXPRESSION, schedule_expression),
          MAY(EVENT_PATTERN, event_pattern), MAY(STATE, rule_state), MAY(DESCRIPTION, description),
          MAY(ROLE_ARN, arn), MAY(TAGS, tags), MAY(EVENT_BUS_NAME, bus_or_arn)),
    INPUT("DeleteRule", NAMED_RULE, MAY(FORCE, flag)),
    INPUT("DescribeRule", NAMED_RULE),
    INPUT("EnableRule", NAMED_RULE),
    INPUT("DisableRule", NAMED_RULE),
    INPUT("ListRules", MAY(NAME_PREFIX, rule_name), MAY(EVENT_BUS_NAME, bus_or_arn), PAGE),
    INPUT("ListRuleNamesByTarget", NEED(TARGET_ARN, arn), MAY(EVENT_BUS_NAME, bus_or_arn), PAGE),
    INPUTS_END};

/* --- targets --- */

static STRING(target_id, BETWEEN(1, 64), PATTERN(name_pattern));
static STRING(target_input, AT_MOST(8192));
static STRING(target_path, AT_MOST(256));
static STRING(variable, BETWEEN(1, 256), PATTERN(variable_pattern));
static BOUNDED_MAP(variables, target_path, AT_MOST(100), .key = &shape_variable);
static STRING(input_template, BETWEEN(1, 8192));
static STRUCTURE(transformer, "InputTransformer", MAY(INPUT_PATHS_MAP, variables),
                 NEED(INPUT_TEMPLATE, input_template));
static STRUCTURE(kinesis, "KinesisParameters", NEED(PARTITION_KEY_PATH, target_path));
static STRING(message_group_id, AT_MOST(100));
static STRUCTURE(sqs, "SqsParameters", MAY(MESSAGE_GROUP_ID, message_group_id));
static STRING(path_value, PATTERN(not_blank_pattern));
static LIST(path_values, path_value);
static STRING(header_name, AT_MOST(512), PATTERN(header_name_pattern));
static STRING(header_value, AT_MOST(512), PATTERN(header_value_pattern));
static STRING(query_name, AT_MOST(512), PATTERN(query_name_pattern));
static STRING(query_value, AT_MOST(512), PATTERN(query_value_pattern));
static BOUNDED_MAP(headers, header_value, .key = &shape_header_name);
static BOUNDED_MAP(queries, query_value, .key = &shape_query_name);
static STRUCTURE(http, "HttpParameters", MAY(PATH_PARAMETER_VALUES, path_values),
                 MAY(HEADER_PARAMETERS, headers), MAY(QUERY_STRING_PARAMETERS, queries));
static INTEGER(retry_attempts, BETWEEN(0, 185));
static INTEGER(retry_age, BETWEEN(60, 86400));
static STRUCTURE(retry, "RetryPolicy", MAY(MAXIMUM_RETRY_ATTEMPTS, retry_attempts),
                 MAY(MAXIMUM_EVENT_AGE_IN_SECONDS, retry_age));
static STRUCTURE(target, "Target", NEED(ID, target_id), NEED(ARN, arn), MAY(ROLE_ARN, arn),
                 MAY(INPUT, target_input), MAY(INPUT_PATH, target_path),
                 MAY(INPUT_TRANSFORMER, transformer), MAY(KINESIS_PARAMETERS, kinesis),
                 MAY(SQS_PARAMETERS, sqs), MAY(HTTP_PARAMETERS, http),
                 MAY(DEAD_LETTER_CONFIG, dead_letter), MAY(RETRY_POLICY, retry));
static BOUNDED_LIST(targets, target, BETWEEN(1, 100));
static BOUNDED_LIST(ids, target_id, BETWEEN(1, 100));

static const struct input target_inputs[] = {
    INPUT("PutTargets", NEED(RULE, rule_name), MAY(EVENT_BUS_NAME, bus_or_arn),
          NEED(TARGETS, targets)),
    INPUT("RemoveTargets", NEED(RULE, rule_name), MAY(EVENT_BUS_NAME, bus_or_arn), NEED(IDS, ids),
          MAY(FORCE, flag)),
    INPUT("ListTargetsByRule", NEED(RULE, rule_name), MAY(EVENT_BUS_NAME, bus_or_arn), PAGE),
    INPUTS_END};

/* --- archives and replays --- */

static STRING(archive_name, BETWEEN(1, 48), PATTERN(name_pattern));
static STRING(source_arn, BETWEEN(1, 1600), PATTERN(events_arn_pattern));
static INTEGER(retention_days, AT_LEAST(0));
static STRING(archive_state,
              VALUES("ENABLED, DISABLED, CREATING, UPDATING, CREATE_FAILED, UPDATE_FAILED"));
static STRING(replay_name, BETWEEN(1, 64), PATTERN(name_pattern));
static STRING(replay_state, VALUES("STARTING, RUNNING, CANCELLING, COMPLETED, CANCELLED, FAILED"));
static LIST(filter_arns, arn);
static STRUCTURE(replay_destination, "ReplayDestination", NEED(ARN, arn),
                 MAY(FILTER_ARNS, filter_arns));
#define ARCHIVE_SETTINGS                                                                           \
    MAY(DESCRIPTION, description), MAY(EVENT_PATTERN, event_pattern),                              \
        MAY(RETENTION_DAYS, retention_days), MAY(KMS_KEY_IDENTIFIER, kms_key)

static const struct input archive_inputs[] = {
    INPUT("CreateArchive", NEED(ARCHIVE_NAME, archive_name), NEED(EVENT_SOURCE_ARN, source_arn),
          ARCHIVE_SETTINGS),
    INPUT("UpdateArchive", NEED(ARCHIVE_NAME, archive_name), ARCHIVE_SETTINGS),
    INPUT("DeleteArchive", NEED(ARCHIVE_NAME, archive_name)),
    INPUT("DescribeArchive", NEED(ARCHIVE_NAME, archive_name)),
    INPUT("ListArchives", MAY(NAME_PREFIX, archive_name), MAY(EVENT_SOURCE_ARN, source_arn),
          MAY(STATE, archive_state), PAGE),
    INPUT("StartReplay", NEED(REPLAY_NAME, replay_name), MAY(DESCRIPTION, description),
          NEED(EVENT_SOURCE_ARN, source_arn), NEED(EVENT_START_TIME, time),
          NEED(EVENT_END_TIME, time), NEED(DESTINATION, replay_destination)),
    INPUT("CancelReplay", NEED(REPLAY_NAME, replay_name)),
    INPUT("DescribeReplay", NEED(REPLAY_NAME, replay_name)),
    INPUT("ListReplays", MAY(NAME_PREFIX, replay_name), MAY(STATE, replay_state),
          MAY(EVENT_SOURCE_ARN, source_arn), PAGE),
    INPUTS_END};

/* --- connections and API destinations --- */

static STRING(connection_name, BETWEEN(1, 64), PATTERN(name_pattern));
static STRING(authorization_type, VALUES("BASIC, OAUTH_CLIENT_CREDENTIALS, API_KEY"));
static STRING(credential, BETWEEN(1, 512), PATTERN(credential_pattern));
static STRING(endpoint, BETWEEN(1, 2048), PATTERN(endpoint_pattern));
static STRING(oauth_method, VALUES("GET, POST, PUT"));
static STRUCTURE(connection_header, "ConnectionHeaderParameter", MAY(KEY, header_name),
                 MAY(VALUE, header_value), MAY(IS_VALUE_SECRET, flag));
static STRUCTURE(connection_query, "ConnectionQueryStringParameter", MAY(KEY, query_name),
                 MAY(VALUE, query_value), MAY(IS_VALUE_SECRET, flag));
static STRUCTURE(connection_body, "ConnectionBodyParameter", MAY(KEY, text), MAY(VALUE, text),
                 MAY(IS_VALUE_SECRET, flag));
static BOUNDED_LIST(connection_headers, connection_header, AT_MOST(100));
static BOUNDED_LIST(connection_queries, connection_query, AT_MOST(100));
static BOUNDED_LIST(connection_bodies, connection_body, AT_MOST(100));
static STRUCTURE(connection_http, "ConnectionHttpParameters",
                 MAY(HEADER_PARAMETERS, connection_headers),
                 MAY(QUERY_STRING_PARAMETERS, connection_queries),
                 MAY(BODY_PARAMETERS, connection_bodies));
/* Creating needs what updating may leave out. */
#define AUTH(kind, need, prefix)                                                                   \
    static STRUCTURE(basic_##kind, prefix "BasicAuthRequestParameters",                            \
                     need(USERNAME, credential), need(PASSWORD, credential));                      \
    static STRUCTURE(api_key_##kind, prefix "ApiKeyAuthRequestParameters",                         \
                     need(API_KEY_NAME, credential), need(API_KEY_VALUE, credential));             \
    static STRUCTURE(client_##kind, prefix "OAuthClientRequestParameters",                         \
                     need(CLIENT_ID, credential), need(CLIENT_SECRET, credential));                \
    static STRUCTURE(oauth_##kind, prefix "OAuthRequestParameters",                                \
                     need(CLIENT_PARAMETERS, client_##kind),                                       \
                     need(AUTHORIZATION_ENDPOINT, endpoint), need(HTTP_METHOD, oauth_method),      \
                     MAY(OAUTH_HTTP_PARAMETERS, connection_http));                                 \
    static STRUCTURE(                                                                              \
        auth_##kind, prefix "AuthRequestParameters", MAY(BASIC_AUTH_PARAMETERS, basic_##kind),     \
        MAY(OAUTH_PARAMETERS, oauth_##kind), MAY(API_KEY_AUTH_PARAMETERS, api_key_##kind),         \
        MAY(INVOCATION_HTTP_PARAMETERS, connection_http), MAY(CONNECTIVITY_PARAMETERS, any))
static PLAIN(any, FIELD_DOCUMENT);
AUTH(create, NEED, "CreateConnection");
AUTH(update, MAY, "UpdateConnection");
static STRING(connection_state,
              VALUES("CREATING, UPDATING, DELETING, AUTHORIZED, DEAUTHORIZED, AUTHORIZING, "
                     "DEAUTHORIZING, ACTIVE, FAILED_CONNECTIVITY"));
static STRING(connection_arn, BETWEEN(1, 1600), PATTERN(connection_arn_pattern));
static STRING(http_method, VALUES("HEAD, POST, PATCH, DELETE, PUT, GET, OPTIONS"));
static INTEGER(rate_limit, AT_LEAST(1));
#define NAMED NEED(NAME, connection_name)

static const struct input connection_inputs[] = {
    INPUT("CreateConnection", NAMED, MAY(DESCRIPTION, description),
          NEED(AUTHORIZATION_TYPE, authorization_type), NEED(AUTH_PARAMETERS, auth_create),
          MAY(INVOCATION_CONNECTIVITY_PARAMETERS, any), MAY(KMS_KEY_IDENTIFIER, kms_key)),
    INPUT("UpdateConnection", NAMED, MAY(DESCRIPTION, description),
          MAY(AUTHORIZATION_TYPE, authorization_type), MAY(AUTH_PARAMETERS, auth_update),
          MAY(INVOCATION_CONNECTIVITY_PARAMETERS, any), MAY(KMS_KEY_IDENTIFIER, kms_key)),
    INPUT("DeleteConnection", NAMED),
    INPUT("DescribeConnection", NAMED),
    INPUT("DeauthorizeConnection", NAMED),
    INPUT("ListConnections", MAY(NAME_PREFIX, connection_name),
          MAY(CONNECTION_STATE, connection_state), PAGE),
    INPUT("CreateApiDestination", NAMED, MAY(DESCRIPTION, description),
          NEED(CONNECTION_ARN, connection_arn), NEED(INVOCATION_ENDPOINT, endpoint),
          NEED(HTTP_METHOD, http_method), MAY(INVOCATION_RATE_LIMIT_PER_SECOND, rate_limit)),
    INPUT("UpdateApiDestination", NAMED, MAY(DESCRIPTION, description),
          MAY(CONNECTION_ARN, connection_arn), MAY(INVOCATION_ENDPOINT, endpoint),
          MAY(HTTP_METHOD, http_method), MAY(INVOCATION_RATE_LIMIT_PER_SECOND, rate_limit)),
    INPUT("DeleteApiDestination", NAMED),
    INPUT("DescribeApiDestination", NAMED),
    INPUT("ListApiDestinations", MAY(NAME_PREFIX, connection_name),
          MAY(CONNECTION_ARN, connection_arn), PAGE),
    INPUTS_END};

static const struct input *const inputs[] = {
    event_inputs, bus_inputs, rule_inputs, target_inputs, archive_inputs, connection_inputs, NULL};
MODEL_NAMES(names, MODEL_MEMBERS);
const struct model events_model = {.names = names, .inputs = inputs};
