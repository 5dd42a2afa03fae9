/* GetItem: the hot path. From the request to a key, one look, and the stored bytes printed as JSON. */
#include "store/background.h"
#include "store/item/capacity.h"
#include "store/item/read_page.h"
#include "store/item/writer.h"

static void print_capacity(struct operation *operation, const struct table *table, uint32_t size)
{
    if (!read_is_metered(operation)) {
        return;
    }
    bool is_consistent = record_get(operation->input, MEMBER_CONSISTENT_READ)->flag;
    struct capacity capacity = {.table = table, .read = capacity_read_units(size, is_consistent)};
    read_meter(operation, &capacity, 1, false);
}

/* The item is in the snapshot's pages: it is printed before the snapshot ends. False when it could not be read. */
static bool print_item(struct operation *operation, const struct read_input *input,
                       const struct table *table, uint32_t *ret_size)
{
    struct engine *engine = store_engine(operation->store);
    struct slice key = record_item(operation->input, MEMBER_KEY)->item;
    struct txn *txn = engine_read_begin(engine, 0);
    struct slice item = read_item(txn, table, key, ret_size);
    if (item.ptr != NULL) {
        json_key_text(&operation->w, "Item");
        read_print_item(&operation->w, input, item);
    }
    bool is_read = !txn_failed(txn);
    engine_read_end(engine, txn);
    return is_read;
}

const struct problem *op_get_item(struct operation *operation)
{
    const struct item_input *key = record_item(operation->input, MEMBER_KEY);
    struct read_input input;
    struct table *table = NULL;
    const struct problem *problem =
        read_input_item(operation->arena, operation->input, key, &input);
    if (problem == NULL) {
        problem =
            operation_table(operation, record_text(operation->input, MEMBER_TABLE_NAME), &table);
    }
    if (problem == NULL) {
        problem = write_check_key(operation->arena, table, key->item);
    }
    if (problem == NULL) {
        problem = read_check_projection_paths(operation->arena, table, &input);
    }
    if (problem == NULL) {
        problem = read_throttle_check(operation, table, NULL);
    }
    if (problem != NULL) {
        return problem;
    }
    uint32_t size = 0;
    json_open(&operation->w, '{');
    if (!print_item(operation, &input, table, &size)) {
        return operation_storage_problem(operation);
    }
    print_capacity(operation, table, size);
    json_close(&operation->w, '}');
    operation_reply(operation);
    return NULL;
}
