#include "scheduler/sqs/redrive.h"

#include "core/json_scan.h"
#include "scheduler/sqs/limits.h"
#include "scheduler/sqs/wire.h"

#include <string.h>

static bool is_object(struct slice json)
{
    size_t offset;
    return json_validate(json, &offset) && json_raw_kind(slice_trim(json)) == JSON_OBJECT;
}

/* Every member is one of `names`. */
static bool has_only(struct slice object, const char *const *names)
{
    struct json_scan scan = json_scan_object(object);
    struct slice key, value;
    bool is_known = true;
    while (is_known && json_scan_member(&scan, &key, &value)) {
        const char *const *name = names;
        while (*name != NULL && !slice_is(key, *name)) {
            name++;
        }
        is_known = *name != NULL;
    }
    return is_known;
}

/* --- RedrivePolicy --- */

#define REDRIVE_POLICY "RedrivePolicy"

/* A number, or a text of digits; *ret_shown is how it was written. */
static bool read_count(struct arena *arena, struct slice raw, int64_t *ret_count,
                       struct slice *ret_shown)
{
    *ret_shown = raw;
    if (json_raw_kind(raw) == JSON_STRING && !json_raw_string(arena, raw, ret_shown)) {
        return false;
    }
    return slice_to_i64(*ret_shown, ret_count);
}

static const struct refusal *check_target(struct arena *arena, struct slice policy,
                                          struct redrive *redrive)
{
    struct arn arn;
    if (!arn_parse(redrive->target_arn, &arn)) {
        return sqs_refuse_value(arena, policy, REDRIVE_POLICY,
                                "Invalid value for deadLetterTargetArn.");
    }
    if (!slice_is(arn.service, "sqs")) {
        return sqs_refuse_value(arena, policy, REDRIVE_POLICY,
                                "Only SQS queues are valid resources for deadLetterTargetArn.");
    }
    redrive->target = arn.resource;
    return NULL;
}

const struct refusal *redrive_parse(struct arena *arena, struct slice policy,
                                    struct redrive *ret_redrive)
{
    static const char *const names[] = {"maxReceiveCount", "deadLetterTargetArn", NULL};
    struct slice count_raw, target_raw, shown;
    struct redrive redrive = {.receives_max = 0};
    int64_t count;
    if (!is_object(policy)) {
        return sqs_refuse(
            arena, SQS_INVALID_ATTRIBUTE_VALUE,
            "Invalid value for the parameter RedrivePolicy. Reason: Redrive policy is "
            "not a valid JSON map.");
    }
    if (!json_raw_find(policy, "maxReceiveCount", &count_raw)) {
        return sqs_refuse_value(
            arena, policy, REDRIVE_POLICY,
            "Redrive policy does not contain mandatory attribute: maxReceiveCount.");
    }
    if (!json_raw_find(policy, "deadLetterTargetArn", &target_raw) ||
        !json_raw_string(arena, target_raw, &redrive.target_arn)) {
        return sqs_refuse_value(
            arena, policy, REDRIVE_POLICY,
            "Redrive policy does not contain mandatory attribute: deadLetterTargetArn.");
    }
    if (!read_count(arena, count_raw, &count, &shown) || count < 1 || count > RECEIVES_MAX) {
        return sqs_refuse_value(
            arena, policy, REDRIVE_POLICY,
            "Invalid value for maxReceiveCount: %.*s, valid values are from 1 to "
            "%d both inclusive.",
            SLICE_ARG(shown), RECEIVES_MAX);
    }
    if (!has_only(policy, names)) {
        return sqs_refuse_value(arena, policy, REDRIVE_POLICY,
                                "Only following attributes are supported: [maxReceiveCount, "
                                "deadLetterTargetArn].");
    }
    redrive.receives_max = (uint32_t)count;
    const struct refusal *refusal = check_target(arena, policy, &redrive);
    if (refusal == NULL) {
        *ret_redrive = redrive;
    }
    return refusal;
}

bool redrive_equals(struct slice a, struct slice b)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct redrive one, other;
    return slice_eq(a, b) ||
           (redrive_parse(&arena, a, &one) == NULL && redrive_parse(&arena, b, &other) == NULL &&
            slice_eq(one.target_arn, other.target_arn) && one.receives_max == other.receives_max);
}

/* --- RedriveAllowPolicy --- */

#define ALLOW_POLICY "RedriveAllowPolicy"
#define CANNOT "Amazon SQS can't create the redrive allow policy. "

static const struct refusal *refuse_format(struct arena *arena)
{
    return sqs_refuse(
        arena, SQS_INVALID_ATTRIBUTE_VALUE,
        "Invalid value for the parameter RedriveAllowPolicy. Reason: Amazon SQS can't "
        "create the redrive allow policy, as it\xE2\x80\x99s in an unsupported format.");
}

/* False when it is no list of texts. */
static bool count_sources(struct slice raw, size_t *ret_count)
{
    struct json_scan scan = json_scan_array(raw);
    struct slice element;
    bool are_texts = json_raw_kind(raw) == JSON_ARRAY;
    *ret_count = 0;
    while (are_texts && json_scan_element(&scan, &element)) {
        are_texts = json_raw_kind(element) == JSON_STRING;
        ++*ret_count;
    }
    return are_texts;
}

const struct refusal *redrive_allow_check(struct arena *arena, struct slice policy)
{
    static const char *const names[] = {"redrivePermission", "sourceQueueArns", NULL};
    struct slice raw, permission;
    size_t count = 0;
    if (!is_object(policy) || !json_raw_find(policy, "redrivePermission", &raw) ||
        !json_raw_string(arena, raw, &permission) || !has_only(policy, names)) {
        return refuse_format(arena);
    }
    bool by_queue = slice_is(permission, "byQueue");
    if (!by_queue && !slice_is(permission, "allowAll") && !slice_is(permission, "denyAll")) {
        return refuse_format(arena);
    }
    bool has_sources = json_raw_find(policy, "sourceQueueArns", &raw);
    if (has_sources && !count_sources(raw, &count)) {
        return refuse_format(arena);
    }
    if (has_sources && !by_queue) {
        return sqs_refuse_value(arena, policy, ALLOW_POLICY,
                                CANNOT "To specify one or more source queue ARNs, you must set "
                                       "redrivePermission to byQueue.");
    }
    if (by_queue && count == 0) {
        return sqs_refuse_value(arena, policy, ALLOW_POLICY,
                                CANNOT
                                "When you specify the byQueue permission type, you must also "
                                "specify one or more sourceQueueArns values.");
    }
    if (count > SOURCE_ARNS_MAX) {
        return sqs_refuse_value(arena, policy, ALLOW_POLICY,
                                CANNOT
                                "The maximum number of source queue ARNs you can specify is %d.",
                                SOURCE_ARNS_MAX);
    }
    return NULL;
}

bool redrive_allows(struct slice policy, struct slice source_arn)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct slice text = json_text_member(&arena, policy, "redrivePermission");
    struct slice element;
    if (text.ptr == NULL || slice_is(text, "allowAll")) {
        return true;
    }
    struct json_scan scan = json_scan_array(json_raw_member(policy, "sourceQueueArns"));
    bool is_allowed = false; /* denyAll has no sources */
    while (!is_allowed && json_scan_element(&scan, &element)) {
        is_allowed = json_raw_string(&arena, element, &text) && slice_eq(text, source_arn);
    }
    return is_allowed;
}
