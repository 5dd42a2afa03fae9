#include "scheduler/s3/post_policy.h"

#include "core/clock.h"
#include "core/encode.h"
#include "core/json_scan.h"

struct check {
    struct arena *arena;
    const struct form_data *form;
    struct slice bucket;
    bool is_named[FORM_FIELDS_COUNT_MAX];
    struct post_policy *policy;
};

static const struct refusal *malformed(struct arena *arena, const char *what)
{
    return refuse_text(arena, S3_INVALID_POLICY_DOCUMENT, "Invalid Policy: %s", what);
}

static const struct refusal *failed(struct check *check, const char *operation, struct slice name,
                                    struct slice value)
{
    return refuse_text(check->arena, S3_ACCESS_DENIED,
                       "Invalid according to Policy: Policy Condition failed: [\"%s\", \"$%.*s\", "
                       "\"%.*s\"]",
                       operation, SLICE_ARG(name), SLICE_ARG(value));
}

/* The form's value of a name, which is named from now on. */
static struct slice value_of(struct check *check, struct slice name)
{
    if (slice_ieq(name, SLICE("bucket"))) {
        return check->bucket;
    }
    struct slice value = SLICE("");
    for (size_t i = 0; i < check->form->field_count; i++) {
        if (slice_ieq(check->form->fields[i].name, name)) {
            check->is_named[i] = true;
            value = check->form->fields[i].value;
        }
    }
    return value;
}

static const struct refusal *check_equal(struct check *check, struct slice name,
                                         struct slice wanted)
{
    return slice_eq(value_of(check, name), wanted) ? NULL : failed(check, "eq", name, wanted);
}

/* {"acl":"private"} */
static const struct refusal *check_object(struct check *check, struct slice condition)
{
    struct json_scan scan = json_scan_object(condition);
    const struct refusal *refusal = NULL;
    struct slice key, raw, name, value;
    while (refusal == NULL && json_scan_member(&scan, &key, &raw)) {
        if (!json_raw_key(check->arena, key, &name) ||
            !json_raw_string(check->arena, raw, &value)) {
            return malformed(check->arena, "Invalid Simple-Condition: value must be a string.");
        }
        refusal = check_equal(check, name, value);
    }
    return refusal;
}

static bool read_length(struct slice raw, struct arena *arena, uint64_t *ret_length)
{
    struct slice text;
    return slice_to_u64(json_raw_string(arena, raw, &text) ? text : slice_trim(raw), ret_length);
}

/* ["starts-with","$key","user/"] */
static const struct refusal *check_array(struct check *check, struct slice condition)
{
    struct json_scan scan = json_scan_array(condition);
    struct slice items[3] = {SLICE_NULL, SLICE_NULL, SLICE_NULL};
    struct slice item, operation, name, value;
    size_t count = 0;
    while (json_scan_element(&scan, &item)) {
        if (count < 3) {
            items[count] = item;
        }
        count++;
    }
    if (count != 3 || !json_raw_string(check->arena, items[0], &operation)) {
        return malformed(check->arena, "Invalid condition: it has not three members.");
    }
    if (slice_ieq(operation, SLICE("content-length-range"))) {
        return read_length(items[1], check->arena, &check->policy->min_len) &&
                       read_length(items[2], check->arena, &check->policy->max_len)
                   ? NULL
                   : malformed(check->arena, "Invalid content-length-range.");
    }
    if (!json_raw_string(check->arena, items[1], &name) ||
        !json_raw_string(check->arena, items[2], &value) || !slice_starts_with(name, SLICE("$"))) {
        return malformed(check->arena, "Invalid condition: a name begins with $.");
    }
    name = slice_skip(name, 1);
    if (slice_ieq(operation, SLICE("eq"))) {
        return check_equal(check, name, value);
    }
    if (slice_ieq(operation, SLICE("starts-with"))) {
        return slice_starts_with(value_of(check, name), value)
                   ? NULL
                   : failed(check, "starts-with", name, value);
    }
    return malformed(check->arena, "Invalid condition: unknown operation.");
}

static const struct refusal *check_conditions(struct check *check, struct slice conditions)
{
    struct json_scan scan = json_scan_init(conditions);
    const struct refusal *refusal = NULL;
    struct slice condition;
    if (!json_scan_enter(&scan, '[')) {
        return malformed(check->arena, "Invalid conditions: they must be a list.");
    }
    while (refusal == NULL && json_scan_element(&scan, &condition)) {
        refusal = json_raw_kind(condition) == JSON_OBJECT ? check_object(check, condition)
                                                          : check_array(check, condition);
    }
    return refusal;
}

static const struct refusal *check_names(struct check *check)
{
    static const char *const free_names[] = {
        "policy",         "signature", "x-amz-signature", "file",
        "awsaccesskeyid", "bucket",    "submit",          NULL};
    for (size_t i = 0; i < check->form->field_count; i++) {
        struct slice name = check->form->fields[i].name;
        size_t k = 0;
        while (free_names[k] != NULL && !slice_ieq(name, slice_from(free_names[k]))) {
            k++;
        }
        if (free_names[k] == NULL && !check->is_named[i] &&
            !slice_istarts_with(name, SLICE("x-ignore-"))) {
            return refuse_text(check->arena, S3_ACCESS_DENIED,
                               "Invalid according to Policy: Extra input fields: %.*s",
                               SLICE_ARG(name));
        }
    }
    return NULL;
}

const struct refusal *post_policy_check(struct arena *arena, struct slice policy,
                                        const struct form_data *form, struct slice bucket,
                                        int64_t now_ms, struct post_policy *ret_policy)
{
    AUTO_BUF json = BUF_INIT(S3_FORM_FIELDS_MAX);
    struct check check = {.arena = arena, .form = form, .bucket = bucket, .policy = ret_policy};
    struct slice conditions;
    int64_t end_ms;
    *ret_policy = (struct post_policy){0, UINT64_MAX};
    if (!base64_decode(&json, policy) || !json_validate(buf_slice(&json), NULL)) {
        return malformed(arena, "Invalid JSON.");
    }
    struct slice text = arena_copy(arena, buf_slice(&json));
    if (!time_parse_iso8601(json_text_member(arena, text, "expiration"), &end_ms)) {
        return malformed(arena, "Policy missing expiration.");
    }
    if (now_ms > end_ms) {
        return refuse_text(arena, S3_ACCESS_DENIED, "Invalid according to Policy: Policy expired.");
    }
    if (!json_raw_find(text, "conditions", &conditions)) {
        return malformed(arena, "Policy missing conditions.");
    }
    const struct refusal *refusal = check_conditions(&check, conditions);
    return refusal == NULL ? check_names(&check) : refusal;
}
