#include "scheduler/schedules/schedules_model.h"

#include "core/mem.h"
#include "scheduler/arn.h"
#include "scheduler/schedules/limits.h"
#include "scheduler/time/limits.h"

/* --- patterns --- */

static bool is_name(struct slice text)
{
    return slice_is_alnum(text, "-_.");
}

static bool is_token(struct slice text)
{
    return slice_is_alnum(text, "-_");
}

static bool is_account(struct slice text)
{
    uint64_t number;
    return text.len == 12 && slice_to_u64(text, &number);
}

/* An ARN of `service` whose resource begins with `front`; what follows consists of `others`. */
static bool is_arn_of(struct slice text, const char *service, const char *front, const char *others)
{
    struct arn arn;
    return arn_parse(text, &arn) && slice_starts_with(arn.partition, SLICE("aws")) &&
           slice_is(arn.service, service) && is_account(arn.account) &&
           slice_starts_with(arn.resource, slice_from(front)) &&
           slice_is_alnum(slice_skip(arn.resource, strlen(front)), others);
}

static bool is_role(struct slice text)
{
    struct arn arn;
    return is_arn_of(text, "iam", "role/", "_+=,.@-/") && arn_parse(text, &arn) &&
           arn.region.len == 0;
}

static bool is_queue(struct slice text)
{
    return is_arn_of(text, "sqs", "", "-_");
}

static bool is_key(struct slice text)
{
    return is_arn_of(text, "kms", "key/", "-_") || is_arn_of(text, "kms", "alias/", "-_");
}

static bool is_group(struct slice text)
{
    return is_arn_of(text, "scheduler", "schedule-group/", "-_.");
}

/* A path of "$.detail.x" is for events that come in; a schedule has none, and AWS takes it as text. */
static bool is_source(struct slice text)
{
    return slice_starts_with(text, SLICE("$")) ||
           (slice_is_alnum(slice_take(text, 1), "/.-_") && !slice_starts_with(text, SLICE("aws.")));
}

static const struct pattern name_pattern = {"[0-9a-zA-Z-_.]+", is_name};
static const struct pattern token_pattern = {"[a-zA-Z0-9-_]+", is_token};
static const struct pattern role_pattern = {"arn:aws[a-z-]*:iam::\\d{12}:role\\/[\\w+=,.@\\/-]+",
                                            is_role};
static const struct pattern queue_pattern = {
    "arn:aws[a-z-]*:sqs:[a-z0-9\\-]+:\\d{12}:[a-zA-Z0-9\\-_]+", is_queue};
static const struct pattern key_pattern = {
    "arn:aws[a-z-]*:kms:[a-z0-9\\-]+:\\d{12}:(key|alias)\\/[0-9a-zA-Z-_]*", is_key};
static const struct pattern group_pattern = {
    "arn:aws[a-z-]*:scheduler:[a-z0-9\\-]+:\\d{12}:schedule-group\\/[0-9a-zA-Z-_.]+", is_group};
static const struct pattern source_pattern = {
    "(?=[/\\.\\-_A-Za-z0-9]+)((?!aws\\.).*)|(\\$(\\.[\\w_-]+(\\[(\\d+|\\*)\\])*)*)", is_source};

/* --- shapes --- */

static PLAIN(any, FIELD_DOCUMENT);
static PLAIN(time, FIELD_TIMESTAMP);
static STRING(name, BETWEEN(1, SCHEDULE_NAME_MAX), PATTERN(name_pattern));
static STRING(token, BETWEEN(1, 64), PATTERN(token_pattern));
static STRING(next_token, BETWEEN(1, 2048));
static INTEGER(page, BETWEEN(1, SCHEDULE_PAGE_MAX));
static STRING(state, VALUES("ENABLED, DISABLED"));
static STRING(action, VALUES("NONE, DELETE"));
static STRING(mode, VALUES("OFF, FLEXIBLE"));
static INTEGER(window, BETWEEN(1, 1440));
static STRUCTURE(flexible_window, "FlexibleTimeWindow", NEED(MODE, mode),
                 MAY(MAXIMUM_WINDOW_IN_MINUTES, window));
static STRING(expression, BETWEEN(1, SCHEDULE_EXPRESSION_MAX));
static STRING(zone, BETWEEN(1, ZONE_NAME_MAX));
static STRING(description, BETWEEN(0, 512));
static STRING(kms_key, BETWEEN(1, 2048), PATTERN(key_pattern));

static STRING(target_arn, BETWEEN(1, 1600));
static STRING(role, BETWEEN(1, 1600), PATTERN(role_pattern));
static STRING(queue, BETWEEN(1, 1600), PATTERN(queue_pattern));
static STRING(payload, AT_LEAST(1));
static INTEGER(age, BETWEEN(60, 86400));
static INTEGER(retries, BETWEEN(0, 185));
static STRING(message_group, BETWEEN(1, 128));
static STRING(partition_key, BETWEEN(1, 256));
static STRING(detail_type, BETWEEN(1, 128));
static STRING(source, BETWEEN(1, 256), PATTERN(source_pattern));
static STRUCTURE(dead_letter, "DeadLetterConfig", MAY(ARN, queue));
static STRUCTURE(retry_policy, "RetryPolicy", MAY(MAXIMUM_EVENT_AGE_IN_SECONDS, age),
                 MAY(MAXIMUM_RETRY_ATTEMPTS, retries));
static STRUCTURE(bus_parameters, "EventBridgeParameters", NEED(DETAIL_TYPE, detail_type),
                 NEED(SOURCE, source));
static STRUCTURE(stream_parameters, "KinesisParameters", NEED(PARTITION_KEY, partition_key));
static STRUCTURE(queue_parameters, "SqsParameters", MAY(MESSAGE_GROUP_ID, message_group));
static STRUCTURE(target, "Target", NEED(ARN, target_arn), NEED(ROLE_ARN, role),
                 MAY(DEAD_LETTER_CONFIG, dead_letter), MAY(RETRY_POLICY, retry_policy),
                 MAY(INPUT, payload), MAY(ECS_PARAMETERS, any),
                 MAY(EVENT_BRIDGE_PARAMETERS, bus_parameters),
                 MAY(KINESIS_PARAMETERS, stream_parameters),
                 MAY(EVENT_BRIDGE_PUT_EVENTS_V2_PARAMETERS, any),
                 MAY(EVENT_BRIDGE_PUT_RAW_EVENTS_PARAMETERS, any),
                 MAY(SAGE_MAKER_PIPELINE_PARAMETERS, any), MAY(SQS_PARAMETERS, queue_parameters));

static STRING(tag_key, BETWEEN(1, 128));
static STRING(tag_value, BETWEEN(1, 256));
static STRUCTURE(tag, "Tag", NEED(KEY, tag_key), NEED(VALUE, tag_value));
static BOUNDED_LIST(tags, tag, BETWEEN(0, 200));
static BOUNDED_LIST(tag_keys, tag_key, BETWEEN(0, 200));
static STRING(group_arn, BETWEEN(1, 1011), PATTERN(group_pattern));

#define NAMED NEED(NAME, name, .from = FROM_PATH)
#define GROUP_ARN NEED(RESOURCE_ARN, group_arn, .from = FROM_PATH)
#define TOKEN_OF_QUERY MAY(CLIENT_TOKEN, token, .from = FROM_QUERY, .wire = "clientToken")
#define GROUP_OF_QUERY MAY(GROUP_NAME, name, .from = FROM_QUERY, .wire = "groupName")
#define PAGE                                                                                       \
    MAY(NAME_PREFIX, name, .from = FROM_QUERY), MAY(NEXT_TOKEN, next_token, .from = FROM_QUERY),   \
        MAY(MAX_RESULTS, page, .from = FROM_QUERY)
#define SCHEDULE                                                                                   \
    MAY(GROUP_NAME, name), NEED(SCHEDULE_EXPRESSION, expression), MAY(START_DATE, time),           \
        MAY(END_DATE, time), MAY(DESCRIPTION, description),                                        \
        MAY(SCHEDULE_EXPRESSION_TIMEZONE, zone), MAY(STATE, state), MAY(KMS_KEY_ARN, kms_key),     \
        NEED(TARGET, target), NEED(FLEXIBLE_TIME_WINDOW, flexible_window),                         \
        MAY(CLIENT_TOKEN, token), MAY(ACTION_AFTER_COMPLETION, action)

static const struct input operations[] = {
    INPUT("CreateSchedule", NAMED, SCHEDULE),
    INPUT("UpdateSchedule", NAMED, SCHEDULE),
    INPUT("GetSchedule", NAMED, GROUP_OF_QUERY),
    INPUT("DeleteSchedule", NAMED, GROUP_OF_QUERY, TOKEN_OF_QUERY),
    INPUT("ListSchedules", MAY(GROUP_NAME, name, .from = FROM_QUERY, .wire = "ScheduleGroup"),
          MAY(STATE, state, .from = FROM_QUERY), PAGE),
    INPUT("CreateScheduleGroup", NAMED, MAY(TAGS, tags), MAY(CLIENT_TOKEN, token)),
    INPUT("GetScheduleGroup", NAMED),
    INPUT("DeleteScheduleGroup", NAMED, TOKEN_OF_QUERY),
    INPUT("ListScheduleGroups", PAGE),
    INPUT("TagResource", GROUP_ARN, NEED(TAGS, tags)),
    INPUT("UntagResource", GROUP_ARN, NEED(TAG_KEYS, tag_keys, .from = FROM_QUERY)),
    INPUT("ListTagsForResource", GROUP_ARN),
    INPUTS_END};

/* Properties of resources: nothing is in a path. */
static const struct input resources[] = {
    INPUT("AWS::Scheduler::Schedule", NEED(NAME, name), SCHEDULE),
    INPUT("AWS::Scheduler::ScheduleGroup", NEED(NAME, name), MAY(TAGS, tags)), INPUTS_END};
static const struct input *const inputs[] = {operations, resources, NULL};
MODEL_NAMES(names, MODEL_MEMBERS);
const struct model schedules_model = {.names = names, .inputs = inputs};
