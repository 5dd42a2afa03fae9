/* TransactGetItems: up to 100 items as they were at one moment, which here is one snapshot. */
#include "core/mem.h"
#include "store/background.h"
#include "store/item/capacity.h"
#include "store/item/read_page.h"
#include "store/item/transact.h"

#define LOOP_BYTES_MAX (64U * 1024) /* what the loop prints itself */

struct transact_get {
    const struct record *record; /* the Get */
    struct read_input input;
    struct table *table;
    struct slice key;
    uint32_t size;
};

struct transact_read {
    struct operation *operation;
    struct transact_get *gets;
    size_t count;
    uint64_t bytes;
    bool has_failed;
    struct long_read long_read;
};

/* --- checks --- */

/* All that needs no table, of all items, before the first table is looked for. */
static const struct problem *read_inputs(struct transact_read *read)
{
    struct operation *operation = read->operation;
    const struct field *items = record_get(operation->input, MEMBER_TRANSACT_ITEMS);
    for (size_t i = 0; i < read->count; i++) {
        struct transact_get *get = &read->gets[i];
        get->record = record_get(items->items[i].record, MEMBER_GET)->record;
        const struct item_input *key = record_item(get->record, MEMBER_KEY);
        const struct problem *problem =
            read_input_item(operation->arena, get->record, key, &get->input);
        if (problem != NULL) {
            return problem;
        }
        get->key = key->item;
    }
    return NULL;
}

static const struct problem *find_tables(struct transact_read *read)
{
    struct operation *operation = read->operation;
    for (size_t i = 0; i < read->count; i++) {
        struct transact_get *get = &read->gets[i];
        const struct problem *problem =
            operation_table(operation, record_text(get->record, MEMBER_TABLE_NAME), &get->table);
        if (problem == NULL) {
            problem = write_check_empty_keys(operation->arena, get->table, get->key);
        }
        if (problem != NULL) {
            return problem;
        }
    }
    return NULL;
}

/* What a schema or the throughput refuses cancels the transaction; the first of it is told. */
static const struct problem *check_each(struct transact_read *read)
{
    struct arena *arena = read->operation->arena;
    for (size_t i = 0; i < read->count; i++) {
        const struct transact_get *get = &read->gets[i];
        const struct problem *problem = write_check_key(arena, get->table, get->key);
        if (problem == NULL) {
            problem = read_check_projection_paths(arena, get->table, &get->input);
        }
        if (problem == NULL) {
            problem = read_throttle_check(read->operation, get->table, NULL);
        }
        if (problem != NULL) {
            const struct problem **reasons =
                arena_array(arena, read->count, sizeof(const struct problem *));
            reasons[i] = problem;
            return transaction_cancelled(arena, reasons, read->count);
        }
    }
    return NULL;
}

static const struct problem *check_repeats(struct transact_read *read)
{
    for (size_t i = 1; i < read->count; i++) {
        for (size_t k = 0; k < i; k++) { /* 100 at most */
            if (read->gets[i].table == read->gets[k].table &&
                slice_eq(read->gets[i].key, read->gets[k].key)) {
                return problem_invalid(read->operation->arena,
                                       "Transaction request cannot include multiple operations on "
                                       "one item");
            }
        }
    }
    return NULL;
}

/* --- reading --- */

static void read_all(struct transact_read *read, struct txn *txn)
{
    struct json_writer *w = &read->operation->w;
    for (size_t i = 0; i < read->count && read->bytes <= TRANSACTION_BYTES_MAX; i++) {
        struct transact_get *get = &read->gets[i];
        struct slice item = read_item(txn, get->table, get->key, &get->size);
        read->bytes += get->size;
        json_open(w, '{');
        if (item.ptr != NULL) {
            json_key_text(w, "Item");
            read_print_item(w, &get->input, item);
        }
        json_close(w, '}');
    }
    read->has_failed = txn_failed(txn);
}

/* --- the reply --- */

static void print_capacity(const struct transact_read *read)
{
    struct operation *operation = read->operation;
    if (!read_is_metered(operation)) {
        return;
    }
    struct capacity *consumed = arena_array(operation->arena, read->count, sizeof(*consumed));
    size_t count = 0;
    for (size_t i = 0; i < read->count; i++) {
        struct capacity *capacity = capacity_of_table(consumed, &count, read->gets[i].table);
        capacity->is_transaction = true;
        capacity->read += TRANSACTION_FACTOR * capacity_read_units(read->gets[i].size, true);
    }
    read_meter(operation, consumed, count, true);
}

static void finish(struct long_read *long_read)
{
    struct transact_read *read = CONTAINER_OF(long_read, struct transact_read, long_read);
    struct operation *operation = read->operation;
    struct json_writer *w = &operation->w;
    if (read->has_failed) {
        operation_refuse(operation, operation_storage_problem(operation));
        return;
    }
    if (read->bytes > TRANSACTION_BYTES_MAX) {
        operation_refuse(operation,
                         problem_invalid(operation->arena,
                                         "The aggregate size of the items in the transaction "
                                         "exceeds the 4 MB limit"));
        return;
    }
    json_close(w, ']');
    print_capacity(read);
    json_close(w, '}');
    operation_reply(operation);
}

static void read_long(struct long_read *long_read, struct txn *txn)
{
    read_all(CONTAINER_OF(long_read, struct transact_read, long_read), txn);
}

static uint64_t total_size(const struct transact_read *read, struct txn *txn)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < read->count; i++) {
        uint32_t size = 0;
        (void)read_item(txn, read->gets[i].table, read->gets[i].key, &size);
        bytes += size;
    }
    return bytes;
}

/* All of it from one snapshot: the loop's when it is little, else one of the pool's. */
static void start(struct transact_read *read)
{
    struct engine *engine = store_engine(read->operation->store);
    json_open(&read->operation->w, '{');
    json_key_text(&read->operation->w, "Responses");
    json_open(&read->operation->w, '[');
    read->long_read.read = read_long;
    read->long_read.done = finish;
    struct txn *txn = engine_read_begin(engine, 0);
    bool is_small = total_size(read, txn) <= LOOP_BYTES_MAX;
    if (is_small) {
        read_all(read, txn);
    }
    engine_read_end(engine, txn);
    if (is_small) {
        finish(&read->long_read);
    } else {
        engine_read_long(engine, &read->long_read);
    }
}

const struct problem *op_transact_get_items(struct operation *operation)
{
    struct transact_read *read = arena_alloc(operation->arena, sizeof(*read));
    read->operation = operation;
    read->count = record_get(operation->input, MEMBER_TRANSACT_ITEMS)->count;
    read->gets = arena_array(operation->arena, read->count, sizeof(*read->gets));
    const struct problem *problem = read_inputs(read);
    if (problem == NULL) {
        problem = find_tables(read);
    }
    if (problem == NULL) {
        problem = check_each(read);
    }
    if (problem == NULL) {
        problem = check_repeats(read);
    }
    if (problem == NULL) {
        start(read);
    }
    return problem;
}
