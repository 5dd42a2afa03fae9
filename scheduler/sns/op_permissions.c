/* Access and data protection policies: kept and told, never enforced. */
#include "core/json_scan.h"
#include "core/mem.h"
#include "scheduler/sns/limits.h"
#include "scheduler/sns/sns_private.h"

static const struct refusal *find(struct sns_operation *operation, int member, const char *name,
                                  struct topic **ret_topic)
{
    return sns_find_topic(operation, record_get(operation->input, member), name, ret_topic);
}

static void keep(struct sns_operation *operation, struct topic *topic, int at, struct slice value)
{
    struct sns_change *change = sns_change_begin(operation->sns);
    topic_set(topic, at, value);
    sns_change_topic(change, topic);
    sns_change_reply(change, operation);
}

/* --- statements --- */

static bool is_labelled(struct arena *arena, struct slice statement, struct slice label)
{
    struct slice sid = json_text_member(arena, statement, "Sid");
    return sid.ptr != NULL && slice_eq(sid, label);
}

/* The policy up to its statements, those that do not have the label; the array is still open. */
static bool copy_others(struct arena *arena, struct slice policy, struct slice label,
                        struct json_writer *w)
{
    struct json_scan scan = json_scan_object(policy);
    struct slice key, value, statements = SLICE("[]"), statement;
    bool was_there = false;
    json_open(w, '{');
    while (json_scan_member(&scan, &key, &value)) {
        if (slice_is(key, "Statement")) {
            statements = value;
        } else {
            json_write_key(w, key);
            json_write_raw(w, value);
        }
    }
    json_key_text(w, "Statement");
    json_open(w, '[');
    struct json_scan each = json_scan_init(statements);
    if (!json_scan_enter(&each, '[')) { /* a single one may stand alone */
        was_there = is_labelled(arena, statements, label);
        if (!was_there) {
            json_write_raw(w, statements);
        }
        return was_there;
    }
    while (json_scan_element(&each, &statement)) {
        if (is_labelled(arena, statement, label)) {
            was_there = true;
        } else {
            json_write_raw(w, statement);
        }
    }
    return was_there;
}

static struct slice policy_of(struct sns_operation *operation, const struct topic *topic)
{
    return topic_policy(operation->arena, topic,
                        slice_from(operation->sns->scheduler->options.account_id));
}

/* One text, or an array of several. */
static void put_texts(struct sns_operation *operation, struct json_writer *w, const char *key,
                      const struct field *list, const char *before, const char *after)
{
    json_key_text(w, key);
    if (list->count != 1) {
        json_open(w, '[');
    }
    for (size_t i = 0; i < list->count; i++) {
        json_write_string(w, arena_printf(operation->arena, "%s%.*s%s", before,
                                          SLICE_ARG(list->items[i].text), after));
    }
    if (list->count != 1) {
        json_close(w, ']');
    }
}

static const struct refusal *check_actions(struct arena *arena, const struct field *actions)
{
    static const char *const known[] = {
        "GetTopicAttributes",
        "SetTopicAttributes",
        "AddPermission",
        "RemovePermission",
        "DeleteTopic",
        "ListSubscriptionsByTopic",
        "Publish",
        "Subscribe",
        "Receive",
    };
    for (size_t i = 0; i < actions->count; i++) {
        size_t k = 0;
        while (k < COUNT_OF(known) && !slice_is(actions->items[i].text, known[k])) {
            k++;
        }
        if (k == COUNT_OF(known)) {
            return refusal_invalid(arena, "Policy statement action out of service scope!");
        }
    }
    return NULL;
}

const struct refusal *sns_add_permission(struct sns_operation *operation)
{
    struct topic *topic;
    AUTO_BUF json = BUF_INIT(4 * SNS_POLICY_MAX);
    struct json_writer w = json_writer_init(&json);
    struct slice label = record_text(operation->input, MEMBER_LABEL);
    const struct field *actions = record_get(operation->input, MEMBER_ACTION_NAME);
    const struct refusal *refusal = find(operation, MEMBER_TOPIC_ARN, "TopicArn", &topic);
    if (refusal == NULL) {
        refusal = check_actions(operation->arena, actions);
    }
    if (refusal != NULL) {
        return refusal;
    }
    if (copy_others(operation->arena, policy_of(operation, topic), label, &w)) {
        return refusal_invalid(operation->arena, "Statement already exists");
    }
    json_open(&w, '{');
    json_put_string(&w, "Sid", label);
    json_put_text(&w, "Effect", "Allow");
    json_key_text(&w, "Principal");
    json_open(&w, '{');
    put_texts(operation, &w, "AWS", record_get(operation->input, MEMBER_AWS_ACCOUNT_ID),
              "arn:aws:iam::", ":root");
    json_close(&w, '}');
    put_texts(operation, &w, "Action", actions, "SNS:", "");
    json_put_string(&w, "Resource", topic->arn);
    json_close(&w, '}');
    json_close(&w, ']');
    json_close(&w, '}');
    if (json.len > SNS_POLICY_MAX) {
        return refusal_invalid(operation->arena, "Policy: the document is too large");
    }
    keep(operation, topic, TOPIC_POLICY, buf_slice(&json));
    return NULL;
}

const struct refusal *sns_remove_permission(struct sns_operation *operation)
{
    struct topic *topic;
    AUTO_BUF json = BUF_INIT(4 * SNS_POLICY_MAX);
    struct json_writer w = json_writer_init(&json);
    struct slice label = record_text(operation->input, MEMBER_LABEL);
    const struct refusal *refusal = find(operation, MEMBER_TOPIC_ARN, "TopicArn", &topic);
    if (refusal != NULL) {
        return refusal;
    }
    (void)copy_others(operation->arena, policy_of(operation, topic), label, &w);
    json_close(&w, ']');
    json_close(&w, '}');
    keep(operation, topic, TOPIC_POLICY, buf_slice(&json));
    return NULL;
}

/* --- data protection --- */

const struct refusal *sns_get_data_protection_policy(struct sns_operation *operation)
{
    struct topic *topic;
    const struct refusal *refusal = find(operation, MEMBER_RESOURCE_ARN, "ResourceArn", &topic);
    if (refusal == NULL) {
        struct slice policy = topic->attributes.values[TOPIC_DATA_PROTECTION];
        if (policy.ptr != NULL) {
            result_text(&operation->result, "DataProtectionPolicy", policy);
        }
        sns_reply(operation);
    }
    return refusal;
}

const struct refusal *sns_put_data_protection_policy(struct sns_operation *operation)
{
    struct topic *topic;
    struct slice policy = record_text(operation->input, MEMBER_DATA_PROTECTION_POLICY);
    const struct refusal *refusal = find(operation, MEMBER_RESOURCE_ARN, "ResourceArn", &topic);
    if (refusal == NULL && policy.len != 0 && !json_validate(policy, NULL)) {
        refusal = refusal_invalid(operation->arena, "DataProtectionPolicy: failed to parse JSON.");
    }
    if (refusal == NULL) {
        keep(operation, topic, TOPIC_DATA_PROTECTION, policy.len != 0 ? policy : SLICE_NULL);
    }
    return refusal;
}
