/* CreateTable, DescribeTable, DeleteTable, ListTables. */
#include "store/table/control.h"
#include "store/table/describe.h"
#include "store/table/policy.h"
#include "store/table/tags.h"

#define LIST_TABLES_MAX 100

/* --- CreateTable --- */

struct creation {
    struct table_place place;
    struct tags tags;
    struct policy policy; /* text empty: none */
};

static struct table *create(struct catalog_change *change, struct txn *txn,
                            const struct table *newest)
{
    (void)newest;
    struct control *control = change->ctx;
    const struct creation *creation = control->state;
    if (control_exists_already(change, txn, control->draft->name)) {
        return NULL;
    }
    struct table *table =
        table_from_draft(txn, control->draft, &creation->place, SLICE_NULL, control->now_ms);
    if (store_options(control->operation->store)->has_slow_tables) {
        table->state = TABLE_CREATING;
    }
    table_tags_put(txn, table->id, &creation->tags);
    if (creation->policy.text.len != 0) {
        policy_put(txn, table->arn, &creation->policy);
    }
    return table;
}

static void reply_created(struct control *control)
{
    struct describe how = {.status = "CREATING", .index_status = "CREATING"};
    control_describe(control->operation, "TableDescription", control->change.result, &how);
    operation_reply(control->operation);
}

static const struct problem *check_emulated(const struct operation *operation)
{
    static const enum member_id ids[] = {
        MEMBER_VECTOR_INDEXES,
        MEMBER_GLOBAL_TABLE_SOURCE_ARN,
        MEMBER_GLOBAL_TABLE_SETTINGS_REPLICATION_MODE,
    };
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        if (record_has(operation->input, ids[i])) {
            return problem_invalid(operation->arena, "sls-local does not emulate %s of CreateTable",
                                   member_name(ids[i]));
        }
    }
    return NULL;
}

const struct problem *op_create_table(struct operation *operation)
{
    struct control *control = control_create(operation);
    struct creation *creation = arena_alloc(operation->arena, sizeof(*creation));
    creation->place = control_place(operation);
    const struct problem *problem = check_emulated(operation);
    if (problem == NULL) {
        problem =
            table_input(operation->arena, operation->input, &creation->place, &control->draft);
    }
    if (problem == NULL) {
        problem = table_tags_input(operation->arena, record_get(operation->input, MEMBER_TAGS),
                                   &creation->tags);
    }
    creation->policy.text = record_text(operation->input, MEMBER_RESOURCE_POLICY);
    creation->policy.revision = arena_printf(operation->arena, "%lld", (long long)control->now_ms);
    if (problem == NULL && creation->policy.text.len != 0) {
        problem = policy_check(operation->arena, creation->policy.text);
    }
    if (problem != NULL) {
        table_unref(control->draft);
        return problem;
    }
    control->state = creation;
    control->reply = reply_created;
    control->change.name = control->draft->name;
    control->change.change = create;
    control_change(control, NULL);
    return NULL;
}

/* --- DescribeTable --- */

const struct problem *op_describe_table(struct operation *operation)
{
    struct table *table = NULL;
    const struct problem *problem =
        control_table(operation, record_text(operation->input, MEMBER_TABLE_NAME), false, &table);
    if (problem != NULL) {
        return problem;
    }
    struct describe how = {.status = NULL};
    control_describe(operation, "Table", table, &how);
    operation_reply(operation);
    return NULL;
}

/* --- DeleteTable --- */

static const struct problem *check_deletable(struct arena *arena, const struct table *table)
{
    const struct problem *problem = control_check_idle(arena, table);
    if (problem == NULL && table->is_protected) {
        problem = problem_invalid(arena, "Resource cannot be deleted as it is currently protected "
                                         "against deletion. Disable deletion protection first.");
    }
    for (size_t i = 0; i < table->index_count && problem == NULL; i++) {
        if (table->indexes[i].state != TABLE_ACTIVE) {
            problem = problem_make(arena, PROBLEM_RESOURCE_IN_USE,
                                   "Attempt to change a resource which is still in use: Cannot "
                                   "delete table while indexes are being created, updated, or "
                                   "deleted.");
        }
    }
    return problem;
}

static struct table *delete (struct catalog_change *change, struct txn *txn,
                             const struct table *newest)
{
    struct control *control = change->ctx;
    change->problem = check_deletable(change->arena, newest);
    if (change->problem != NULL) {
        return NULL;
    }
    if (!store_options(control->operation->store)->has_slow_tables) {
        control_delete(change, txn, newest, control->now_ms);
        return NULL;
    }
    struct table *table = table_copy(newest);
    table->state = TABLE_DELETING;
    return table;
}

static void reply_deleted(struct control *control)
{
    struct describe how = {.status = "DELETING", .is_leaving = true};
    control_describe(control->operation, "TableDescription", control->change.table, &how);
    operation_reply(control->operation);
}

const struct problem *op_delete_table(struct operation *operation)
{
    struct table *table = NULL;
    const struct problem *problem =
        control_table(operation, record_text(operation->input, MEMBER_TABLE_NAME), false, &table);
    if (problem != NULL) {
        return problem;
    }
    struct control *control = control_create(operation);
    control->reply = reply_deleted;
    control->change.change = delete;
    control_change(control, table);
    return NULL;
}

/* --- ListTables --- */

const struct problem *op_list_tables(struct operation *operation)
{
    const struct catalog *catalog = store_catalog(operation->store);
    const struct field *start = record_get(operation->input, MEMBER_EXCLUSIVE_START_TABLE_NAME);
    const struct field *limit = record_get(operation->input, MEMBER_LIMIT);
    size_t at = start->is_set ? catalog_after(catalog, start->text) : 0;
    size_t left = limit->is_set ? (size_t)limit->number : LIST_TABLES_MAX;
    struct json_writer *w = &operation->w;
    struct slice last = SLICE_NULL;
    json_open(w, '{');
    json_key_text(w, "TableNames");
    json_open(w, '[');
    for (; at < catalog_count(catalog) && left > 0; at++, left--) {
        last = catalog_at(catalog, at)->name;
        json_write_string(w, last);
    }
    json_close(w, ']');
    if (at < catalog_count(catalog)) {
        json_put_string(w, "LastEvaluatedTableName", last);
    }
    json_close(w, '}');
    operation_reply(operation);
    return NULL;
}
