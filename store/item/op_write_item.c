/* PutItem, UpdateItem and DeleteItem: one action each, and what the client wants to see of it. */
#include "store/api/operation.h"

#include "store/background.h"
#include "store/item/capacity.h"
#include "store/item/item_collection.h"
#include "store/item/write_done.h"
#include "store/item/write_input.h"
#include "store/item/write_throttle.h"

enum return_values { RETURN_NONE, ALL_OLD, UPDATED_OLD, ALL_NEW, UPDATED_NEW };

struct item_write {
    struct operation *operation;
    struct write_input input;
    enum return_values returns;
    struct write_action action;
    struct write_request request;
};

static enum return_values return_values(const struct record *input)
{
    static const char *const names[] = {[RETURN_NONE] = "NONE",
                                        [ALL_OLD] = "ALL_OLD",
                                        [UPDATED_OLD] = "UPDATED_OLD",
                                        [ALL_NEW] = "ALL_NEW",
                                        [UPDATED_NEW] = "UPDATED_NEW"};
    struct slice text = record_text(input, MEMBER_RETURN_VALUES);
    for (enum return_values i = RETURN_NONE; i <= UPDATED_NEW; i++) {
        if (slice_is(text, names[i])) {
            return i;
        }
    }
    return RETURN_NONE;
}

/* What ReturnValues asks for; SLICE_NULL when there is nothing to show. */
static struct slice returned_item(const struct item_write *write)
{
    const struct write_action *action = &write->action;
    struct slice old_item = action->had_old ? action->old_item : SLICE_NULL;
    struct slice new_item = action->has_new ? action->new_item : SLICE_NULL;
    switch (write->returns) {
    case RETURN_NONE:
        return SLICE_NULL;
    case ALL_OLD:
        return old_item;
    case ALL_NEW:
        return new_item;
    case UPDATED_OLD:
        return old_item.ptr != NULL
                   ? update_touched(write->operation->arena, action->update, old_item)
                   : SLICE_NULL;
    case UPDATED_NEW:
        return new_item.ptr != NULL
                   ? update_touched(write->operation->arena, action->update, new_item)
                   : SLICE_NULL;
    }
    return SLICE_NULL;
}

static void print_reply(struct item_write *write)
{
    struct operation *operation = write->operation;
    struct json_writer *w = &operation->w;
    json_open(w, '{');
    struct slice item = returned_item(write);
    if (item.ptr != NULL) {
        json_key_text(w, "Attributes");
        item_print(w, item);
    }
    enum capacity_detail detail = capacity_detail(operation->input);
    if (detail != CAPACITY_NONE) {
        struct capacity capacity = {.table = write->action.table};
        capacity_add_action(&capacity, &write->action, 1);
        capacity_print(w, detail, &capacity, 1, false);
    }
    if (item_collection_is_wanted(operation->input) &&
        item_collection_is_known(write->action.table)) {
        json_key_text(w, "ItemCollectionMetrics");
        item_collection_print(w, write->action.table, write->action.item);
    }
    json_close(w, '}');
}

static void on_written(struct write_request *request, enum status status)
{
    struct item_write *write = request->ctx;
    struct operation *operation = write->operation;
    if (!write_is_done(operation, request, status)) {
        return;
    }
    if (write->action.problem != NULL) {
        operation_refuse(operation, write->action.problem);
        return;
    }
    print_reply(write);
    operation_reply(operation);
}

static const struct problem *start(struct operation *operation, enum write_kind kind)
{
    struct item_write *write = arena_alloc(operation->arena, sizeof(*write));
    write->operation = operation;
    const struct problem *problem =
        write_input_read(operation->arena, operation->input, kind, &write->input);
    if (problem != NULL) {
        return write_input_envelope(operation->arena, problem);
    }
    struct table *table = NULL;
    problem = operation_table(operation, record_text(operation->input, MEMBER_TABLE_NAME), &table);
    if (problem == NULL) {
        problem = write_input_check(operation->arena, &write->input, table);
    }
    if (problem != NULL) {
        return problem;
    }
    write->action = write_input_action(&write->input, table);
    write->returns = return_values(operation->input);
    write->action.needs_old = write->returns == ALL_OLD || write->returns == UPDATED_OLD;
    write->action.needs_new = write->returns == ALL_NEW || write->returns == UPDATED_NEW;
    problem = write_throttle_check(operation->store, operation->arena, &write->action);
    if (problem != NULL) {
        return problem;
    }
    write->request = (struct write_request){.actions = &write->action,
                                            .count = 1,
                                            .arena = operation->arena,
                                            .done = on_written,
                                            .ctx = write};
    write_submit(operation->store, &write->request);
    return NULL;
}

const struct problem *op_put_item(struct operation *operation)
{
    return start(operation, WRITE_PUT);
}

const struct problem *op_update_item(struct operation *operation)
{
    return start(operation, WRITE_UPDATE);
}

const struct problem *op_delete_item(struct operation *operation)
{
    return start(operation, WRITE_DELETE);
}
