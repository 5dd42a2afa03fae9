/* BatchWriteItem: up to 25 puts and deletes, checked as a whole, each written for itself in one write request. */
#include "store/api/operation.h"

#include "store/item/capacity.h"
#include "store/item/item_collection.h"
#include "store/item/write_done.h"
#include "store/item/write_throttle.h"

#define BATCH_WRITES_MAX 25

/* The tables of RequestItems, each with a run of actions. */
struct batch_table {
    struct slice name; /* as the client calls it */
    struct table *table;
    const struct field *entries;
    size_t entry_count;
};

struct batch_write {
    struct operation *operation;
    struct batch_table *tables;
    size_t table_count;
    struct write_action *actions; /* that are carried out */
    size_t action_count;
    const struct field **unprocessed; /* by table, NULL-terminated runs; throttled entries */
    struct write_request request;
};

static const struct field *put_item_of(const struct field *entry)
{
    return record_get(record_get(entry->record, MEMBER_PUT_REQUEST)->record, MEMBER_ITEM);
}

static const struct field *delete_key_of(const struct field *entry)
{
    return record_get(record_get(entry->record, MEMBER_DELETE_REQUEST)->record, MEMBER_KEY);
}

static const struct problem *check_entry(struct arena *arena, const struct field *entry)
{
    bool has_put = record_has(entry->record, MEMBER_PUT_REQUEST);
    bool has_delete = record_has(entry->record, MEMBER_DELETE_REQUEST);
    if (has_put == has_delete) {
        return problem_invalid(arena, "Supplied AttributeValue has more than one datatypes set, "
                                      "must contain exactly one of the supported datatypes");
    }
    const struct field *item = has_put ? put_item_of(entry) : delete_key_of(entry);
    if (field_item(item)->bad != NULL) {
        return field_item(item)->bad;
    }
    return has_put ? write_check_size(arena, field_item(item)->item) : NULL;
}

/* What can be said without the tables. */
static const struct problem *check_entries(struct arena *arena, const struct field *requested,
                                           size_t *ret_count)
{
    size_t count = 0;
    for (size_t t = 0; t < requested->count; t++) {
        count += requested->items[t].count;
    }
    if (requested->count == 0) {
        return problem_invalid(arena, "The requestItems parameter is required for BatchWriteItem");
    }
    if (count > BATCH_WRITES_MAX) {
        return problem_invalid(arena, "Too many items requested for the BatchWriteItem call");
    }
    for (size_t t = 0; t < requested->count; t++) {
        for (size_t i = 0; i < requested->items[t].count; i++) {
            const struct problem *problem = check_entry(arena, &requested->items[t].items[i]);
            if (problem != NULL) {
                return problem;
            }
        }
    }
    *ret_count = count;
    return NULL;
}

/* A batch words a key that does not fit as a Key parameter does, also in an item. */
static const struct problem *check_put(struct arena *arena, const struct table *table,
                                       struct slice item)
{
    enum key_fit fit = key_check(&table->keys, item, NULL);
    if (fit == KEY_MISSING || fit == KEY_WRONG_TYPE) {
        return problem_invalid(arena, "The provided key element does not match the schema");
    }
    return write_check_item(arena, table, item);
}

static const struct problem *make_action(struct arena *arena, const struct batch_table *table,
                                         const struct field *entry, struct write_action *ret_action)
{
    bool is_put = record_has(entry->record, MEMBER_PUT_REQUEST);
    struct slice item =
        is_put ? field_item(put_item_of(entry))->item : field_item(delete_key_of(entry))->item;
    *ret_action = (struct write_action){
        .kind = is_put ? WRITE_PUT : WRITE_DELETE, .table = table->table, .item = item};
    return is_put ? check_put(arena, table->table, item)
                  : write_check_key(arena, table->table, item);
}

static const struct problem *make_actions(struct batch_write *batch)
{
    struct arena *arena = batch->operation->arena;
    for (size_t t = 0; t < batch->table_count; t++) {
        struct batch_table *table = &batch->tables[t];
        const struct problem *problem =
            operation_table(batch->operation, table->name, &table->table);
        for (size_t i = 0; i < table->entry_count && problem == NULL; i++) {
            problem = make_action(arena, table, &table->entries[i],
                                  &batch->actions[batch->action_count++]);
        }
        if (problem != NULL) {
            return problem;
        }
    }
    return write_repeats_item(arena, batch->actions, batch->action_count)
               ? problem_invalid(arena, "Provided list of item keys contains duplicates")
               : NULL;
}

/* Throttled entries go back to the client; when that is all of them the request is refused. */
static const struct problem *set_aside_throttled(struct batch_write *batch)
{
    const struct problem *problem = NULL;
    size_t kept = 0, at = 0;
    for (size_t t = 0; t < batch->table_count; t++) {
        for (size_t i = 0; i < batch->tables[t].entry_count; i++, at++) {
            const struct problem *refused = write_throttle_check(
                batch->operation->store, batch->operation->arena, &batch->actions[at]);
            if (refused != NULL) {
                problem = refused;
                batch->unprocessed[at] = &batch->tables[t].entries[i];
            } else {
                batch->actions[kept++] = batch->actions[at];
            }
        }
    }
    batch->action_count = kept;
    return kept > 0 ? NULL : problem;
}

/* --- the reply --- */

static void print_unprocessed(struct json_writer *w, const struct batch_write *batch)
{
    json_key_text(w, "UnprocessedItems");
    json_open(w, '{');
    size_t at = 0;
    for (size_t t = 0; t < batch->table_count; t++) {
        bool is_open = false;
        for (size_t i = 0; i < batch->tables[t].entry_count; i++, at++) {
            if (batch->unprocessed[at] == NULL) {
                continue;
            }
            if (!is_open) {
                json_write_key(w, batch->tables[t].name);
                json_open(w, '[');
                is_open = true;
            }
            json_write_raw(w, batch->unprocessed[at]->raw);
        }
        if (is_open) {
            json_close(w, ']');
        }
    }
    json_close(w, '}');
}

static void print_collections(struct json_writer *w, const struct batch_write *batch)
{
    json_key_text(w, "ItemCollectionMetrics");
    json_open(w, '{');
    for (size_t t = 0; t < batch->table_count; t++) {
        const struct table *table = batch->tables[t].table;
        bool is_first = item_collection_is_known(table);
        for (size_t k = 0; k < t && is_first; k++) { /* once by its name, once by its ARN */
            is_first = batch->tables[k].table != table;
        }
        if (!is_first) {
            continue;
        }
        json_write_key(w, table->name);
        json_open(w, '[');
        for (size_t i = 0; i < batch->action_count; i++) {
            if (batch->actions[i].table == table) {
                item_collection_print(w, table, batch->actions[i].item);
            }
        }
        json_close(w, ']');
    }
    json_close(w, '}');
}

static void print_capacity(struct json_writer *w, const struct batch_write *batch)
{
    enum capacity_detail detail = capacity_detail(batch->operation->input);
    if (detail == CAPACITY_NONE) {
        return;
    }
    struct capacity *consumed =
        arena_array(batch->operation->arena, batch->table_count, sizeof(*consumed));
    size_t count = 0;
    for (size_t i = 0; i < batch->action_count; i++) {
        const struct write_action *action = &batch->actions[i];
        capacity_add_action(capacity_of_table(consumed, &count, action->table), action, 1);
    }
    capacity_print(w, detail, consumed, count, true);
}

static void on_written(struct write_request *request, enum status status)
{
    struct batch_write *batch = request->ctx;
    struct operation *operation = batch->operation;
    if (!write_is_done(operation, request, status)) {
        return;
    }
    for (size_t i = 0; i < batch->action_count; i++) {
        if (batch->actions[i].problem != NULL) { /* its table went meanwhile */
            operation_refuse(operation, batch->actions[i].problem);
            return;
        }
    }
    struct json_writer *w = &operation->w;
    json_open(w, '{');
    print_unprocessed(w, batch);
    if (item_collection_is_wanted(operation->input)) {
        print_collections(w, batch);
    }
    print_capacity(w, batch);
    json_close(w, '}');
    operation_reply(operation);
}

const struct problem *op_batch_write_item(struct operation *operation)
{
    struct arena *arena = operation->arena;
    const struct field *requested = record_get(operation->input, MEMBER_REQUEST_ITEMS);
    size_t count = 0;
    const struct problem *problem = check_entries(arena, requested, &count);
    if (problem != NULL) {
        return problem;
    }
    struct batch_write *batch = arena_alloc(arena, sizeof(*batch));
    batch->operation = operation;
    batch->table_count = requested->count;
    batch->tables = arena_array(arena, requested->count, sizeof(*batch->tables));
    batch->actions = arena_array(arena, count, sizeof(*batch->actions));
    batch->unprocessed = arena_array(arena, count, sizeof(*batch->unprocessed));
    for (size_t t = 0; t < requested->count; t++) {
        batch->tables[t] = (struct batch_table){.name = requested->items[t].key,
                                                .entries = requested->items[t].items,
                                                .entry_count = requested->items[t].count};
    }
    problem = make_actions(batch);
    if (problem == NULL) {
        problem = set_aside_throttled(batch);
    }
    if (problem != NULL) {
        return problem;
    }
    batch->request = (struct write_request){.actions = batch->actions,
                                            .count = batch->action_count,
                                            .arena = arena,
                                            .done = on_written,
                                            .ctx = batch};
    write_submit(operation->store, &batch->request);
    return NULL;
}
