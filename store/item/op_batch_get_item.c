/* BatchGetItem: up to 100 items of several tables, each read for itself, until 16 MB are reached. */
#include "core/mem.h"
#include "store/background.h"
#include "store/item/capacity.h"
#include "store/item/read_page.h"
#include "store/item/writer.h"

#define BATCH_KEYS_MAX 100
#define BATCH_BYTES_MAX (16U * 1024 * 1024)
#define LOOP_BUDGET (64U * 1024) /* what the loop reads itself; the rest is the pool's */

struct batch_table {
    const struct field *entry; /* of RequestItems */
    const struct field *keys;
    struct table *table;
    struct read_input input;
    bool is_consistent;
    bool is_throttled; /* none of it is read */
    size_t read;       /* keys looked up so far */
    double units;
};

struct batch_get {
    struct operation *operation;
    struct batch_table *tables;
    size_t count;
    size_t at;      /* the table under way */
    bool is_open;   /* its list is */
    uint64_t bytes; /* of whole items */
    bool has_failed;
    struct long_read long_read;
};

/* --- checks --- */

static bool repeats_key(const struct field *keys, size_t at)
{
    for (size_t i = 0; i < at; i++) { /* 100 at most */
        if (slice_eq(field_item(&keys->items[i])->item, field_item(&keys->items[at])->item)) {
            return true;
        }
    }
    return false;
}

static const struct problem *check_keys(struct arena *arena, const struct field *keys,
                                        size_t *count)
{
    for (size_t i = 0; i < keys->count; i++) {
        if (field_item(&keys->items[i])->bad != NULL) {
            return field_item(&keys->items[i])->bad;
        }
        if (repeats_key(keys, i)) {
            return problem_invalid(arena, "Provided list of item keys contains duplicates");
        }
        (*count)++;
        if (*count > BATCH_KEYS_MAX) {
            return problem_invalid(arena, "Too many items requested for the BatchGetItem call");
        }
    }
    return NULL;
}

/* Old and new parameters exclude each other over all tables of the request. */
static const struct problem *check_mixture(struct batch_get *batch)
{
    bool has_names = false, has_expression = false;
    for (size_t i = 0; i < batch->count; i++) {
        const struct record *record = batch->tables[i].entry->record;
        has_names = has_names || record_has(record, MEMBER_ATTRIBUTES_TO_GET);
        has_expression = has_expression || record_has(record, MEMBER_PROJECTION_EXPRESSION);
    }
    if (!has_names || !has_expression) {
        return NULL;
    }
    return problem_invalid(batch->operation->arena,
                           "Can not use both expression and non-expression parameters in the same "
                           "request: Non-expression parameters: {AttributesToGet} Expression "
                           "parameters: {ProjectionExpression}");
}

static const struct problem *read_inputs(struct batch_get *batch)
{
    struct arena *arena = batch->operation->arena;
    size_t count = 0;
    const struct problem *mixture = check_mixture(batch);
    if (mixture != NULL) {
        return mixture;
    }
    for (size_t i = 0; i < batch->count; i++) {
        struct batch_table *table = &batch->tables[i];
        const struct problem *problem =
            read_input_item(arena, table->entry->record, NULL, &table->input);
        if (problem == NULL) {
            problem = check_keys(arena, table->keys, &count);
        }
        if (problem != NULL) {
            return problem;
        }
    }
    return NULL;
}

static const struct problem *check_tables(struct batch_get *batch)
{
    struct operation *operation = batch->operation;
    for (size_t i = 0; i < batch->count; i++) {
        struct batch_table *table = &batch->tables[i];
        const struct problem *problem =
            operation_table(operation, table->entry->key, &table->table);
        for (size_t k = 0; k < table->keys->count && problem == NULL; k++) {
            problem = write_check_key(operation->arena, table->table,
                                      field_item(&table->keys->items[k])->item);
        }
        if (problem == NULL) {
            problem = read_check_projection_paths(operation->arena, table->table, &table->input);
        }
        if (problem != NULL) {
            return problem;
        }
    }
    return NULL;
}

/* Tables without read units left are not read; when that is all of them, the request is refused. */
static const struct problem *check_throughput(struct batch_get *batch)
{
    const struct problem *problem = NULL;
    bool has_any = false;
    for (size_t i = 0; i < batch->count; i++) {
        struct batch_table *table = &batch->tables[i];
        const struct problem *refused = read_throttle_check(batch->operation, table->table, NULL);
        table->is_throttled = refused != NULL;
        has_any = has_any || refused == NULL;
        problem = refused != NULL ? refused : problem;
    }
    return has_any ? NULL : problem;
}

/* --- reading --- */

static uint32_t read_one(struct batch_get *batch, struct batch_table *table, struct txn *txn)
{
    struct json_writer *w = &batch->operation->w;
    uint32_t size = 0;
    struct slice key = field_item(&table->keys->items[table->read])->item;
    struct slice item = read_item(txn, table->table, key, &size);
    if (batch->bytes + size > BATCH_BYTES_MAX) {
        return 0;
    }
    if (item.ptr != NULL) {
        read_print_item(w, &table->input, item);
    }
    table->read++;
    table->units += capacity_read_units(size, table->is_consistent);
    return size;
}

static bool is_table_done(const struct batch_table *table)
{
    return table->is_throttled || table->read == table->keys->count;
}

/* Goes on where it stopped, until `budget` bytes are read; true when all is done. Beyond 16 MB all that is left stays
 * unprocessed. */
static bool read_some(struct batch_get *batch, struct txn *txn, uint64_t budget)
{
    struct json_writer *w = &batch->operation->w;
    uint64_t spent = 0;
    bool is_full = false;
    while (batch->at < batch->count) {
        struct batch_table *table = &batch->tables[batch->at];
        if (!batch->is_open) {
            json_write_key(w, table->entry->key);
            json_open(w, '[');
            batch->is_open = true;
        }
        while (!is_full && !is_table_done(table) && spent < budget) {
            size_t before = table->read;
            uint32_t size = read_one(batch, table, txn);
            is_full = table->read == before;
            batch->bytes += size;
            spent += size;
        }
        if (!is_full && !is_table_done(table)) {
            return false;
        }
        json_close(w, ']');
        batch->is_open = false;
        batch->at++;
    }
    batch->has_failed = batch->has_failed || txn_failed(txn);
    return true;
}

/* --- the reply --- */

static void put_option(struct json_writer *w, const struct record *record, enum member_id member)
{
    const struct field *field = record_get(record, member);
    if (field->is_set) {
        json_put_raw(w, member_name(member), field->raw);
    }
}

/* What was not read, in a form to be sent again as RequestItems. */
static void print_unprocessed(struct json_writer *w, const struct batch_get *batch)
{
    static const enum member_id options[] = {MEMBER_CONSISTENT_READ, MEMBER_PROJECTION_EXPRESSION,
                                             MEMBER_EXPRESSION_ATTRIBUTE_NAMES,
                                             MEMBER_ATTRIBUTES_TO_GET};
    json_key_text(w, "UnprocessedKeys");
    json_open(w, '{');
    for (size_t i = 0; i < batch->count; i++) {
        const struct batch_table *table = &batch->tables[i];
        if (table->read == table->keys->count) {
            continue;
        }
        json_write_key(w, table->entry->key);
        json_open(w, '{');
        json_key_text(w, "Keys");
        json_open(w, '[');
        for (size_t k = table->read; k < table->keys->count; k++) {
            item_print(w, field_item(&table->keys->items[k])->item);
        }
        json_close(w, ']');
        for (size_t k = 0; k < COUNT_OF(options); k++) {
            put_option(w, table->entry->record, options[k]);
        }
        json_close(w, '}');
    }
    json_close(w, '}');
}

static void print_capacity(const struct batch_get *batch)
{
    struct operation *operation = batch->operation;
    if (!read_is_metered(operation)) {
        return;
    }
    struct capacity *consumed = arena_array(operation->arena, batch->count, sizeof(*consumed));
    for (size_t i = 0; i < batch->count; i++) {
        consumed[i].table = batch->tables[i].table;
        consumed[i].read = batch->tables[i].units;
    }
    read_meter(operation, consumed, batch->count, true);
}

static void finish(struct batch_get *batch)
{
    struct operation *operation = batch->operation;
    struct json_writer *w = &operation->w;
    if (batch->has_failed) {
        operation_refuse(operation, operation_storage_problem(operation));
        return;
    }
    json_close(w, '}');
    print_unprocessed(w, batch);
    print_capacity(batch);
    json_close(w, '}');
    operation_reply(operation);
}

static void read_rest(struct long_read *long_read, struct txn *txn)
{
    struct batch_get *batch = CONTAINER_OF(long_read, struct batch_get, long_read);
    (void)read_some(batch, txn, UINT64_MAX);
}

static void on_rest_read(struct long_read *long_read)
{
    finish(CONTAINER_OF(long_read, struct batch_get, long_read));
}

static void start(struct batch_get *batch)
{
    struct operation *operation = batch->operation;
    struct engine *engine = store_engine(operation->store);
    json_open(&operation->w, '{');
    json_key_text(&operation->w, "Responses");
    json_open(&operation->w, '{');
    struct txn *txn = engine_read_begin(engine, 0);
    bool is_done = read_some(batch, txn, LOOP_BUDGET);
    batch->has_failed = txn_failed(txn);
    engine_read_end(engine, txn);
    if (is_done) {
        finish(batch);
        return;
    }
    batch->long_read.read = read_rest;
    batch->long_read.done = on_rest_read;
    engine_read_long(engine, &batch->long_read);
}

const struct problem *op_batch_get_item(struct operation *operation)
{
    const struct field *requested = record_get(operation->input, MEMBER_REQUEST_ITEMS);
    struct batch_get *batch = arena_alloc(operation->arena, sizeof(*batch));
    batch->operation = operation;
    batch->count = requested->count;
    batch->tables = arena_array(operation->arena, batch->count, sizeof(*batch->tables));
    for (size_t i = 0; i < batch->count; i++) {
        struct batch_table *table = &batch->tables[i];
        table->entry = &requested->items[i];
        table->keys = record_get(table->entry->record, MEMBER_KEYS);
        table->is_consistent = record_get(table->entry->record, MEMBER_CONSISTENT_READ)->flag;
    }
    const struct problem *problem = NULL;
    if (batch->count == 0) {
        problem = problem_invalid(operation->arena,
                                  "The requestItems parameter is required for BatchGetItem");
    }
    if (problem == NULL) {
        problem = read_inputs(batch);
    }
    if (problem == NULL) {
        problem = check_tables(batch);
    }
    if (problem == NULL) {
        problem = check_throughput(batch);
    }
    if (problem == NULL) {
        start(batch);
    }
    return problem;
}
