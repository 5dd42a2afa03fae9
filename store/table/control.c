#include "store/table/control.h"

#include "core/mem.h"
#include "store/copy/backup.h"
#include "store/stream.h"
#include "store/table/describe.h"
#include "store/table/index_fill.h"

#define REGION_LEN_MAX 64 /* ARNs are parts of keys */

struct table_place store_place(const struct store *store)
{
    const struct store_options *options = store_options(store);
    return (struct table_place){slice_from(options->region), slice_from(options->account_id)};
}

struct table_place control_place(const struct operation *operation)
{
    struct table_place place = store_place(operation->store);
    struct slice signed_for = api_signed_region(operation->call);
    if (signed_for.len != 0 && signed_for.len <= REGION_LEN_MAX) {
        place.region = signed_for;
    }
    return place;
}

int64_t store_now_ms(struct store *store)
{
    return clock_epoch_ms(store_context(store)->clock);
}

const struct problem *control_not_found(struct arena *arena, struct slice name_or_arn)
{
    size_t at = slice_search(name_or_arn, SLICE(":table/"));
    struct slice name = at != SLICE_NPOS ? slice_skip(name_or_arn, at + 7) : name_or_arn;
    return problem_make(arena, PROBLEM_RESOURCE_NOT_FOUND,
                        "Requested resource not found: Table: %.*s not found", SLICE_ARG(name));
}

const struct problem *control_table(struct operation *operation, struct slice name_or_arn,
                                    bool must_be_ready, struct table **ret_table)
{
    struct table *table = catalog_find_any(store_catalog(operation->store), name_or_arn);
    if (table == NULL ||
        (must_be_ready && (table->state == TABLE_CREATING || table->state == TABLE_DELETING))) {
        return control_not_found(operation->arena, name_or_arn);
    }
    *ret_table = table;
    return NULL;
}

const struct problem *control_check_idle(struct arena *arena, const struct table *table)
{
    static const char *const states[] = {
        [TABLE_CREATING] = "created",
        [TABLE_ACTIVE] = NULL,
        [TABLE_UPDATING] = "updated",
        [TABLE_DELETING] = "deleted",
    };
    if (states[table->state] == NULL) {
        return NULL;
    }
    return problem_make(arena, PROBLEM_RESOURCE_IN_USE,
                        "Attempt to change a resource which is still in use: Table is being %s: "
                        "%.*s",
                        states[table->state], SLICE_ARG(table->name));
}

bool control_exists_already(struct catalog_change *change, struct txn *txn, struct slice name)
{
    bool exists = catalog_has(txn, name);
    if (exists) {
        change->problem = problem_make(change->arena, PROBLEM_RESOURCE_IN_USE,
                                       "Table already exists: %.*s", SLICE_ARG(name));
    }
    return exists;
}

void control_delete(struct catalog_change *change, struct txn *txn, const struct table *newest,
                    int64_t now_ms)
{
    stream_record_drop(txn, newest, now_ms);
    change->deletes = true;
    change->keeps_items = newest->has_recovery;
    if (newest->has_recovery) {
        backup_of_deleted(txn, newest, now_ms);
    }
}

bool control_is_settled(const struct table *table)
{
    if (table->is_filling) {
        return true; /* whoever fills it says when */
    }
    bool is_settled = table->state == TABLE_ACTIVE;
    for (size_t i = 0; i < table->index_count; i++) {
        is_settled = is_settled && table->indexes[i].state == TABLE_ACTIVE;
    }
    return is_settled;
}

struct table *control_settle(struct catalog_change *change, struct txn *txn,
                             const struct table *newest, int64_t now_ms)
{
    if (newest->state == TABLE_DELETING) {
        control_delete(change, txn, newest, now_ms);
        return NULL;
    }
    if (control_is_settled(newest)) {
        return NULL;
    }
    struct table *table = table_copy(newest);
    table->state = TABLE_ACTIVE;
    for (size_t i = 0; i < table->index_count;) {
        struct table_index *index = &table->indexes[i];
        if (index->state == TABLE_DELETING) {
            catalog_discard(txn, DB_ENTRIES, index->id);
            table_remove_index(table, i);
            continue;
        }
        if (index->state != TABLE_CREATING || !fill_is_under_way(txn, index->id)) {
            index->state = TABLE_ACTIVE;
        }
        i++;
    }
    table_trim_definitions(table);
    return table;
}

struct control *control_create(struct operation *operation)
{
    struct control *control = arena_alloc(operation->arena, sizeof(*control));
    control->operation = operation;
    control->now_ms = store_now_ms(operation->store);
    control->change.arena = operation->arena;
    operation->state = control;
    return control;
}

static void on_changed(struct catalog_change *change, enum status status)
{
    struct control *control = change->ctx;
    struct operation *operation = control->operation;
    struct table *draft = control->draft;
    if (status != STATUS_OK) {
        operation_refuse(operation, operation_storage_problem(operation));
    } else if (change->problem != NULL) {
        operation_refuse(operation, change->problem);
    } else {
        control->reply(control);
    }
    table_unref(draft);
}

void control_change(struct control *control, struct table *table)
{
    control->change.table = table;
    control->change.ctx = control;
    control->change.done = on_changed;
    catalog_change(store_catalog(control->operation->store), &control->change);
}

static void run_write(struct write_job *job, struct txn *txn)
{
    struct control_write *write = CONTAINER_OF(job, struct control_write, job);
    write->problem = NULL;
    write->run(write, txn);
}

static void on_written(struct write_job *job, enum status status)
{
    struct control_write *write = CONTAINER_OF(job, struct control_write, job);
    struct operation *operation = write->operation;
    struct table *table = write->table;
    if (status != STATUS_OK) {
        operation_refuse(operation, operation_storage_problem(operation));
    } else if (write->problem != NULL) {
        operation_refuse(operation, write->problem);
    } else {
        write->reply(write);
    }
    table_unref(table);
}

void control_write(struct operation *operation, struct table *table,
                   void (*run)(struct control_write *write, struct txn *txn),
                   void (*reply)(struct control_write *write), void *state)
{
    struct control_write *write = arena_alloc(operation->arena, sizeof(*write));
    *write = (struct control_write){
        .operation = operation,
        .table = table != NULL ? table_ref(table) : NULL,
        .run = run,
        .reply = reply,
        .state = state,
        .job = {.run = run_write, .done = on_written},
    };
    engine_submit(store_engine(operation->store), &write->job);
}

void control_describe(struct operation *operation, const char *key, const struct table *table,
                      struct describe *how)
{
    struct engine *engine = store_engine(operation->store);
    how->txn = engine_read_begin(engine, 0);
    json_open(&operation->w, '{');
    json_key_text(&operation->w, key);
    describe_table(&operation->w, table, how);
    json_close(&operation->w, '}');
    engine_read_end(engine, how->txn);
}
