/* BatchExecuteStatement: up to 25 statements that stand alone, all reads of one item or all writes. What is wrong with one
 * is told in its place; the others go on. */
#include "store/item/capacity.h"
#include "store/item/read_page.h"
#include "store/item/write_done.h"
#include "store/item/write_throttle.h"
#include "store/partiql/partiql_run.h"

struct slot {
    const struct record *record;
    const struct partiql *partiql;
    struct table *table;
    const struct problem *problem;
    struct write_action *action; /* NULL: refused before it ran */
    struct slice key;            /* reads */
    uint32_t size;
};

struct batch {
    struct operation *operation;
    struct slot *slots;
    size_t count;
    bool is_read;
    struct write_action *actions;
    size_t action_count;
    struct write_request request;
};

/* --- preparing --- */

static const struct problem *prepare_write(struct batch *batch, struct slot *slot)
{
    struct operation *operation = batch->operation;
    struct write_action *action = &batch->actions[batch->action_count];
    bool is_mismatch;
    const struct problem *problem =
        partiql_action(operation->arena, slot->partiql, slot->table, action, &is_mismatch);
    if (problem == NULL) {
        problem = write_throttle_check(operation->store, operation->arena, action);
    }
    if (problem == NULL) {
        slot->action = action;
        batch->action_count++;
    }
    return problem;
}

static const struct problem *prepare_read(struct batch *batch, struct slot *slot)
{
    struct operation *operation = batch->operation;
    const struct table_index *index;
    bool is_mismatch;
    const struct problem *problem =
        partiql_index(operation->arena, slot->partiql, slot->table, &index);
    if (problem == NULL) {
        problem = partiql_item_key(operation->arena, slot->partiql, slot->table,
                                   "BatchExecuteStatement", &slot->key, &is_mismatch);
    }
    return problem != NULL ? problem : read_throttle_check(operation, slot->table, NULL);
}

static const struct problem *bind_slot(struct batch *batch, struct slot *slot)
{
    struct arena *arena = batch->operation->arena;
    struct partiql_parameters parameters;
    const struct problem *problem = partiql_parameters(arena, slot->record, &parameters);
    if (problem == NULL) {
        problem = partiql_prepare(arena, slot->record, &parameters, &slot->partiql);
    }
    if (problem == NULL && slot->partiql->kind == PARTIQL_EXISTS) {
        problem = problem_invalid(arena, "EXISTS is for ExecuteTransaction only");
    }
    return problem;
}

static const struct problem *prepare(struct batch *batch)
{
    bool has_reads = false, has_writes = false;
    for (size_t i = 0; i < batch->count; i++) {
        struct slot *slot = &batch->slots[i];
        slot->problem = bind_slot(batch, slot);
        if (slot->problem == NULL) {
            has_reads = has_reads || partiql_is_read(slot->partiql);
            has_writes = has_writes || !partiql_is_read(slot->partiql);
        }
    }
    if (has_reads && has_writes) {
        return problem_invalid(batch->operation->arena,
                               "BatchExecuteStatement API does not support both read and write "
                               "operations in the same request.");
    }
    batch->is_read = has_reads;
    for (size_t i = 0; i < batch->count; i++) {
        struct slot *slot = &batch->slots[i];
        if (slot->problem == NULL) {
            slot->problem = operation_table(batch->operation, slot->partiql->table, &slot->table);
        }
        if (slot->problem == NULL) {
            slot->problem = batch->is_read ? prepare_read(batch, slot) : prepare_write(batch, slot);
        }
    }
    return NULL;
}

/* --- the reply --- */

static void print_error(struct json_writer *w, const struct problem *problem)
{
    json_key_text(w, "Error");
    json_open(w, '{');
    json_put_text(w, "Code", problem_wire(problem->kind)->reason_code);
    if (problem->text.ptr != NULL) {
        json_put_string(w, "Message", problem->text);
    }
    json_close(w, '}');
}

static void begin_slot(struct json_writer *w, const struct slot *slot,
                       const struct problem *problem, bool has_run)
{
    json_open(w, '{');
    if (problem != NULL) {
        print_error(w, problem);
    }
    if (has_run) {
        json_put_string(w, "TableName", slot->table->name);
    }
}

static bool is_consistent(const struct slot *slot)
{
    return record_get(slot->record, MEMBER_CONSISTENT_READ)->flag;
}

static void print_capacity(struct batch *batch)
{
    struct operation *operation = batch->operation;
    if (!read_is_metered(operation)) {
        return;
    }
    struct capacity *consumed = arena_array(operation->arena, batch->count, sizeof(*consumed));
    size_t count = 0;
    for (size_t i = 0; i < batch->count; i++) {
        const struct slot *slot = &batch->slots[i];
        if (slot->action != NULL) {
            capacity_add_action(capacity_of_table(consumed, &count, slot->table), slot->action, 1);
        } else if (batch->is_read && slot->problem == NULL) {
            capacity_of_table(consumed, &count, slot->table)->read +=
                capacity_read_units(slot->size, is_consistent(slot));
        }
    }
    if (batch->is_read) {
        read_meter(operation, consumed, count, true);
    } else {
        capacity_print(&operation->w, capacity_detail(operation->input), consumed, count, true);
    }
}

static void begin_reply(struct batch *batch)
{
    json_open(&batch->operation->w, '{');
    json_key_text(&batch->operation->w, "Responses");
    json_open(&batch->operation->w, '[');
}

static void end_reply(struct batch *batch)
{
    json_close(&batch->operation->w, ']');
    print_capacity(batch);
    json_close(&batch->operation->w, '}');
    operation_reply(batch->operation);
}

/* --- reads --- */

static const struct problem *read_slots(struct batch *batch)
{
    struct operation *operation = batch->operation;
    struct engine *engine = store_engine(operation->store);
    struct txn *txn = engine_read_begin(engine, 0);
    begin_reply(batch);
    for (size_t i = 0; i < batch->count; i++) {
        struct slot *slot = &batch->slots[i];
        begin_slot(&operation->w, slot, slot->problem, slot->problem == NULL);
        struct slice item = slot->problem == NULL
                                ? read_item(txn, slot->table, slot->key, &slot->size)
                                : SLICE_NULL;
        if (item.ptr != NULL) {
            json_key_text(&operation->w, "Item");
            partiql_print_row(&operation->w, slot->partiql, item);
        }
        json_close(&operation->w, '}');
    }
    bool has_failed = txn_failed(txn);
    engine_read_end(engine, txn);
    if (has_failed) {
        return operation_storage_problem(operation);
    }
    end_reply(batch);
    return NULL;
}

/* --- writes --- */

static void on_written(struct write_request *request, enum status status)
{
    struct batch *batch = request->ctx;
    struct operation *operation = batch->operation;
    if (!write_is_done(operation, request, status)) {
        return;
    }
    begin_reply(batch);
    for (size_t i = 0; i < batch->count; i++) {
        const struct slot *slot = &batch->slots[i];
        const struct problem *problem =
            slot->action != NULL ? slot->action->problem : slot->problem;
        begin_slot(&operation->w, slot, problem, slot->action != NULL);
        struct slice row = slot->action != NULL && problem == NULL
                               ? partiql_returned(operation->arena, slot->partiql, slot->action)
                               : SLICE_NULL;
        if (row.ptr != NULL) {
            json_key_text(&operation->w, "Item");
            item_print(&operation->w, row);
        }
        json_close(&operation->w, '}');
    }
    end_reply(batch);
}

const struct problem *op_batch_execute_statement(struct operation *operation)
{
    struct arena *arena = operation->arena;
    const struct field *statements = record_get(operation->input, MEMBER_STATEMENTS);
    struct batch *batch = arena_alloc(arena, sizeof(*batch));
    batch->operation = operation;
    batch->count = statements->count;
    batch->slots = arena_array(arena, batch->count, sizeof(*batch->slots));
    batch->actions = arena_array(arena, batch->count, sizeof(*batch->actions));
    for (size_t i = 0; i < batch->count; i++) {
        batch->slots[i].record = statements->items[i].record;
    }
    const struct problem *problem = prepare(batch);
    if (problem != NULL) {
        return problem;
    }
    if (batch->is_read || batch->action_count == 0) {
        return read_slots(batch);
    }
    batch->request = (struct write_request){.actions = batch->actions,
                                            .count = batch->action_count,
                                            .arena = arena,
                                            .done = on_written,
                                            .ctx = batch};
    write_submit(operation->store, &batch->request);
    return NULL;
}
