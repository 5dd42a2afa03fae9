/* UpdateTable. */
#include "store/table/control.h"
#include "store/table/describe.h"
#include "store/table/table_update.h"

static struct table *update_table(struct catalog_change *change, struct txn *txn,
                                  const struct table *newest)
{
    struct control *control = change->ctx;
    struct table_update *update = control->state;
    return table_update_apply(update, txn, newest, &change->problem);
}

static void reply(struct control *control)
{
    const struct table_update *update = control->state;
    struct describe how = {.status = update->changes_state ? "UPDATING" : NULL,
                           .building = update->building,
                           .units = &update->before};
    control_describe(control->operation, "TableDescription", control->change.result, &how);
    operation_reply(control->operation);
}

const struct problem *op_update_table(struct operation *operation)
{
    struct table *table = NULL;
    const struct problem *problem = table_update_check(operation->arena, operation->input);
    if (problem == NULL) {
        problem = control_table(operation, record_text(operation->input, MEMBER_TABLE_NAME), false,
                                &table);
    }
    if (problem != NULL) {
        return problem;
    }
    struct table_update *update = arena_alloc(operation->arena, sizeof(*update));
    update->arena = operation->arena;
    update->input = operation->input;
    update->place = control_place(operation);
    update->is_slow = store_options(operation->store)->has_slow_tables;
    struct control *control = control_create(operation);
    update->now_ms = control->now_ms;
    control->state = update;
    control->reply = reply;
    control->change.change = update_table;
    control_change(control, table);
    return NULL;
}
