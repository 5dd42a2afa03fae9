/* UpdateTimeToLive, DescribeTimeToLive. */
#include "store/table/control.h"
#include "store/table/index_fill.h"

static const struct problem *check(struct arena *arena, const struct table *table, bool enables,
                                   struct slice name)
{
    if (!enables && table->ttl_attribute.len == 0) {
        return problem_invalid(arena, "TimeToLive is already disabled");
    }
    if (table->ttl_attribute.len != 0 && !slice_eq(table->ttl_attribute, name)) {
        return problem_invalid(
            arena,
            "TimeToLive is active on a different AttributeName: current AttributeName is %.*s",
            SLICE_ARG(table->ttl_attribute));
    }
    if (enables && table->ttl_attribute.len != 0) {
        return problem_invalid(arena, "TimeToLive is already enabled");
    }
    return NULL;
}

void table_set_ttl(struct txn *txn, struct table *table, struct slice attribute)
{
    if (table->ttl_id != 0) {
        catalog_discard(txn, DB_ENTRIES, table->ttl_id);
        table->ttl_id = 0;
    }
    table->ttl_attribute = SLICE_NULL;
    if (attribute.len != 0) {
        table->ttl_attribute = arena_copy(table->arena, attribute);
        table->ttl_id = catalog_new_ids(txn, 1);
        (void)fill_start(txn, table, table->ttl_id, false);
    }
}

static const struct record *specification(const struct control *control)
{
    return record_get(control->operation->input, MEMBER_TIME_TO_LIVE_SPECIFICATION)->record;
}

static struct table *set_ttl(struct catalog_change *change, struct txn *txn,
                             const struct table *newest)
{
    struct control *control = change->ctx;
    const struct record *wanted = specification(control);
    bool enables = record_get(wanted, MEMBER_ENABLED)->flag;
    struct slice name = record_text(wanted, MEMBER_ATTRIBUTE_NAME);
    change->problem = check(change->arena, newest, enables, name);
    if (change->problem != NULL) {
        return NULL;
    }
    struct table *table = table_copy(newest);
    table_set_ttl(txn, table, enables ? name : SLICE_NULL);
    return table;
}

static void reply(struct control *control)
{
    struct operation *operation = control->operation;
    const struct record *wanted = specification(control);
    json_open(&operation->w, '{');
    json_key_text(&operation->w, "TimeToLiveSpecification");
    json_open(&operation->w, '{');
    json_put_bool(&operation->w, "Enabled", record_get(wanted, MEMBER_ENABLED)->flag);
    json_put_string(&operation->w, "AttributeName", record_text(wanted, MEMBER_ATTRIBUTE_NAME));
    json_close(&operation->w, '}');
    json_close(&operation->w, '}');
    operation_reply(operation);
}

const struct problem *op_update_time_to_live(struct operation *operation)
{
    struct table *table = NULL;
    const struct problem *problem =
        control_table(operation, record_text(operation->input, MEMBER_TABLE_NAME), true, &table);
    if (problem != NULL) {
        return problem;
    }
    struct control *control = control_create(operation);
    control->reply = reply;
    control->change.change = set_ttl;
    control_change(control, table);
    return NULL;
}

const struct problem *op_describe_time_to_live(struct operation *operation)
{
    struct table *table = NULL;
    const struct problem *problem =
        control_table(operation, record_text(operation->input, MEMBER_TABLE_NAME), false, &table);
    if (problem != NULL) {
        return problem;
    }
    if (table->state == TABLE_CREATING || table->state == TABLE_DELETING) {
        const char *state = table_state_name(table->state);
        return problem_invalid(operation->arena,
                               "Cannot describe time to live while table is in %s state: Current "
                               "table state is %s",
                               state, state);
    }
    bool is_enabled = table->ttl_attribute.len != 0;
    json_open(&operation->w, '{');
    json_key_text(&operation->w, "TimeToLiveDescription");
    json_open(&operation->w, '{');
    json_put_text(&operation->w, "TimeToLiveStatus", is_enabled ? "ENABLED" : "DISABLED");
    if (is_enabled) {
        json_put_string(&operation->w, "AttributeName", table->ttl_attribute);
    }
    json_close(&operation->w, '}');
    json_close(&operation->w, '}');
    operation_reply(operation);
    return NULL;
}
