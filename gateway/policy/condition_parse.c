#include "gateway/policy/policy_private.h"

#include "core/json_scan.h"

/* "ForAnyValue:StringLikeIfExists" */
static bool read_operator(struct slice name, struct condition *condition)
{
    static const struct slice any = SLICE_INIT("ForAnyValue:");
    static const struct slice all = SLICE_INIT("ForAllValues:");
    static const struct slice if_exists = SLICE_INIT("IfExists");
    if (slice_istarts_with(name, any)) {
        condition->set = SET_ANY;
        name = slice_skip(name, any.len);
    } else if (slice_istarts_with(name, all)) {
        condition->set = SET_ALL;
        name = slice_skip(name, all.len);
    }
    if (name.len > if_exists.len &&
        slice_ieq(slice_skip(name, name.len - if_exists.len), if_exists)) {
        condition->if_exists = true;
        name = slice_take(name, name.len - if_exists.len);
    }
    condition->op = condition_operator_find(name);
    return condition->op != NULL && (condition->op->compare != NULL || !condition->if_exists);
}

static enum status check_values(const struct policy_reader *reader,
                                const struct condition *condition)
{
    for (size_t i = 0; i < condition->wanted.count; i++) {
        struct slice value = condition->wanted.texts[i];
        if (condition->op->is_value != NULL && !condition->op->is_value(value)) {
            return policy_error(reader, "'%.*s' is no value for %s", SLICE_ARG(value),
                                condition->op->name);
        }
    }
    return STATUS_OK;
}

/* One operator with its keys: a condition for each. */
static enum status read_keys(const struct policy_reader *reader, struct slice name,
                             struct slice keys, struct statement *statement)
{
    struct slice key, values;
    struct condition condition = {.set = SET_NONE};
    struct json_scan scan = json_scan_object(keys);
    enum status status = STATUS_OK;
    if (!read_operator(name, &condition)) {
        return policy_error(reader, "there is no condition operator '%.*s'", SLICE_ARG(name));
    }
    if (json_raw_kind(keys) != JSON_OBJECT) {
        return policy_error(reader, "'%.*s' must be an object", SLICE_ARG(name));
    }
    while (status == STATUS_OK && json_scan_member(&scan, &key, &values)) {
        struct condition *kept = &statement->conditions[statement->condition_count];
        *kept = condition;
        status = json_raw_key(reader->arena, key, &kept->key)
                     ? policy_read_texts(reader, "Condition", values, true, &kept->wanted)
                     : STATUS_INVALID;
        if (status == STATUS_OK) {
            status = check_values(reader, kept);
            statement->condition_count++;
        }
    }
    return status;
}

static size_t count_members(struct slice object)
{
    struct slice key, value;
    struct json_scan scan = json_scan_object(object);
    size_t count = 0;
    while (json_scan_member(&scan, &key, &value)) {
        count++;
    }
    return count;
}

static size_t count_conditions(struct slice operators)
{
    struct slice key, keys;
    struct json_scan scan = json_scan_object(operators);
    size_t count = 0;
    while (json_scan_member(&scan, &key, &keys)) {
        count += count_members(keys);
    }
    return count;
}

enum status policy_read_conditions(const struct policy_reader *reader, struct slice raw,
                                   struct statement *statement)
{
    struct slice key, keys, name;
    struct json_scan scan = json_scan_object(raw);
    enum status status = STATUS_OK;
    if (json_raw_kind(raw) != JSON_OBJECT) {
        return policy_error(reader, "'Condition' must be an object");
    }
    statement->conditions =
        arena_array(reader->arena, count_conditions(raw), sizeof *statement->conditions);
    while (status == STATUS_OK && json_scan_member(&scan, &key, &keys)) {
        status = json_raw_key(reader->arena, key, &name) ? read_keys(reader, name, keys, statement)
                                                         : STATUS_INVALID;
    }
    return status;
}
