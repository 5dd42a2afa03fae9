#include "scheduler/sqs/policy.h"

#include "core/json_scan.h"
#include "core/json_writer.h"
#include "scheduler/sqs/limits.h"
#include "scheduler/sqs/model.h"
#include "scheduler/sqs/wire.h"

/* --- a policy as it is given --- */

static const struct refusal *refuse_policy(struct arena *arena)
{
    return sqs_refuse(arena, SQS_INVALID_ATTRIBUTE_VALUE,
                      "Invalid value for the parameter Policy.");
}

static bool is_known_version(struct arena *arena, struct slice policy)
{
    struct slice raw, version;
    return !json_raw_find(policy, "Version", &raw) ||
           (json_raw_string(arena, raw, &version) &&
            (slice_is(version, "2012-10-17") || slice_is(version, "2008-10-17")));
}

/* A list of objects, or one object; false when it is neither. */
static bool count_statements(struct slice policy, size_t *ret_count)
{
    struct slice raw, element;
    *ret_count = 1;
    if (!json_raw_find(policy, "Statement", &raw)) {
        return false;
    }
    if (json_raw_kind(raw) == JSON_OBJECT) {
        return true;
    }
    struct json_scan scan = json_scan_array(raw);
    bool are_objects = true;
    *ret_count = 0;
    while (are_objects && json_scan_element(&scan, &element)) {
        are_objects = json_raw_kind(element) == JSON_OBJECT;
        ++*ret_count;
    }
    return are_objects && *ret_count > 0;
}

const struct refusal *sqs_policy_check(struct arena *arena, struct slice policy)
{
    size_t offset, count;
    if (policy.len > POLICY_LEN_MAX || !json_validate(policy, &offset) ||
        json_raw_kind(slice_trim(policy)) != JSON_OBJECT || !is_known_version(arena, policy) ||
        !count_statements(policy, &count)) {
        return refuse_policy(arena);
    }
    if (count > POLICY_STATEMENTS_MAX) {
        return sqs_refuse(arena, SQS_OVER_LIMIT,
                          "%zu statements were found in the submitted policy, max allowed is %d",
                          count, POLICY_STATEMENTS_MAX);
    }
    return NULL;
}

/* --- statements of permissions --- */

static bool is_action(struct slice name)
{
    return slice_is(name, "*") || model_input(&sqs_model, name) != NULL;
}

static const struct refusal *check_permission(struct arena *arena,
                                              const struct permission_input *permission)
{
    if (permission->accounts->count == 0) {
        return sqs_refuse_missing(arena, "AWSAccountIds");
    }
    if (permission->actions->count == 0) {
        return sqs_refuse_missing(arena, "Actions");
    }
    for (size_t i = 0; i < permission->actions->count; i++) {
        struct slice action = permission->actions->items[i].text;
        if (!is_action(action)) {
            return sqs_refuse(arena, SQS_INVALID_PARAMETER,
                              "Value SQS:%.*s for parameter ActionName is invalid. Reason: Please "
                              "refer to the appropriate WSDL for a list of valid actions. ",
                              SLICE_ARG(action));
        }
    }
    return NULL;
}

/* One text as itself, several as a list; each between `before` and `after`. */
static void write_texts(struct arena *arena, struct json_writer *w, const char *before,
                        const struct field *texts, const char *after)
{
    if (texts->count > 1) {
        json_open(w, '[');
    }
    for (size_t i = 0; i < texts->count; i++) {
        json_write_string(
            w, arena_printf(arena, "%s%.*s%s", before, SLICE_ARG(texts->items[i].text), after));
    }
    if (texts->count > 1) {
        json_close(w, ']');
    }
}

static void write_statement(struct arena *arena, struct json_writer *w, struct slice queue_arn,
                            const struct permission_input *permission)
{
    json_open(w, '{');
    json_put_string(w, "Sid", permission->label);
    json_put_text(w, "Effect", "Allow");
    json_key_text(w, "Principal");
    json_open(w, '{');
    json_key_text(w, "AWS");
    write_texts(arena, w, "arn:aws:iam::", permission->accounts, ":root");
    json_close(w, '}');
    json_key_text(w, "Action");
    write_texts(arena, w, "SQS:", permission->actions, "");
    json_put_string(w, "Resource", queue_arn);
    json_close(w, '}');
}

static bool is_labelled(struct arena *arena, struct slice statement, struct slice label)
{
    struct slice sid = json_text_member(arena, statement, "Sid");
    return sid.ptr != NULL && slice_eq(sid, label);
}

/* Writes the statements that are not of this label; returns how many are. */
static size_t write_others(struct arena *arena, struct json_writer *w, struct slice policy,
                           struct slice label, size_t *ret_others)
{
    struct slice raw, element;
    size_t count = 0;
    *ret_others = 0;
    if (!json_raw_find(policy, "Statement", &raw)) {
        return 0;
    }
    if (json_raw_kind(raw) == JSON_OBJECT) {
        raw = arena_printf(arena, "[%.*s]", SLICE_ARG(raw));
    }
    struct json_scan scan = json_scan_array(raw);
    while (json_scan_element(&scan, &element)) {
        if (is_labelled(arena, element, label)) {
            count++;
        } else {
            json_write_raw(w, element);
            ++*ret_others;
        }
    }
    return count;
}

/* "Version" and "Id" as they were, or as SQS makes them. */
static void write_head(struct arena *arena, struct json_writer *w, struct slice policy,
                       struct slice queue_arn)
{
    struct slice raw;
    json_open(w, '{');
    if (json_raw_find(policy, "Version", &raw)) {
        json_put_raw(w, "Version", raw);
    } else {
        json_put_text(w, "Version", "2008-10-17");
    }
    if (json_raw_find(policy, "Id", &raw)) {
        json_put_raw(w, "Id", raw);
    } else if (policy.len == 0) {
        json_put_string(w, "Id",
                        arena_printf(arena, "%.*s/SQSDefaultPolicy", SLICE_ARG(queue_arn)));
    }
    json_key_text(w, "Statement");
    json_open(w, '[');
}

const struct refusal *sqs_policy_add(struct arena *arena, struct slice policy,
                                     struct slice queue_arn,
                                     const struct permission_input *permission,
                                     struct slice *ret_policy)
{
    const struct refusal *refusal = check_permission(arena, permission);
    if (refusal != NULL) {
        return refusal;
    }
    AUTO_BUF json = BUF_INIT(2 * POLICY_LEN_MAX);
    struct json_writer w = json_writer_init(&json);
    size_t others;
    write_head(arena, &w, policy, queue_arn);
    if (write_others(arena, &w, policy, permission->label, &others) > 0) {
        return sqs_refuse_value(arena, permission->label, "Label", "Already exists.");
    }
    write_statement(arena, &w, queue_arn, permission);
    json_close(&w, ']');
    json_close(&w, '}');
    *ret_policy = arena_copy(arena, buf_slice(&json));
    return buf_status(&json) == STATUS_OK ? sqs_policy_check(arena, *ret_policy)
                                          : refuse_policy(arena);
}

const struct refusal *sqs_policy_remove(struct arena *arena, struct slice policy,
                                        struct slice label, struct slice *ret_policy)
{
    AUTO_BUF json = BUF_INIT(2 * POLICY_LEN_MAX);
    struct json_writer w = json_writer_init(&json);
    size_t others;
    write_head(arena, &w, policy, SLICE(""));
    if (write_others(arena, &w, policy, label, &others) == 0) {
        return sqs_refuse_value(arena, label, "Label", "can't find label.");
    }
    json_close(&w, ']');
    json_close(&w, '}');
    *ret_policy = others > 0 ? arena_copy(arena, buf_slice(&json)) : SLICE("");
    return NULL;
}
