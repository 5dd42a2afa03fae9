#include "store/table/catalog.h"

#include "core/mem.h"
#include "store/table/catalog_codec.h"
#include "store/table/meta.h"

#include <assert.h>

#define TABLE_TEXT_MAX (4 * 1024 * 1024) /* of one description */

struct observer {
    catalog_observer_fn *on_change;
    void *ctx;
};

struct catalog {
    struct engine *engine;
    struct table **tables; /* by name */
    size_t count, capacity;
    struct table **slots; /* by the name's hash, open addressing; NULL: free */
    size_t slot_count;    /* a power of two, at most half full */
    struct observer *observers;
    size_t observer_count;
};

/* --- found by name --- */

static struct table **find_slot(const struct catalog *catalog, struct slice name)
{
    size_t mask = catalog->slot_count - 1;
    size_t at = (size_t)slice_hash(name) & mask;
    while (catalog->slots[at] != NULL && !slice_eq(catalog->slots[at]->name, name)) {
        at = (at + 1) & mask;
    }
    return &catalog->slots[at];
}

static void fill_slots(struct catalog *catalog, size_t slot_count)
{
    mem_free(catalog->slots);
    catalog->slots = mem_array(slot_count, sizeof(struct table *));
    catalog->slot_count = slot_count;
    for (size_t i = 0; i < catalog->count; i++) {
        *find_slot(catalog, catalog->tables[i]->name) = catalog->tables[i];
    }
}

/* Where a table of this name stands, or would. */
static size_t position(const struct catalog *catalog, struct slice name, bool *ret_found)
{
    size_t low = 0, high = catalog->count;
    *ret_found = false;
    while (low < high && !*ret_found) {
        size_t middle = low + (high - low) / 2;
        int order = slice_compare(catalog->tables[middle]->name, name);
        if (order == 0) {
            *ret_found = true;
            low = middle;
        } else if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Takes over one reference. */
static void insert(struct catalog *catalog, struct table *table)
{
    bool is_found = false;
    size_t at = position(catalog, table->name, &is_found);
    assert(!is_found);
    if (catalog->count == catalog->capacity) {
        catalog->capacity = catalog->capacity != 0 ? catalog->capacity * 2 : 16;
        catalog->tables =
            mem_realloc(catalog->tables, catalog->capacity * sizeof(*catalog->tables));
    }
    memmove(catalog->tables + at + 1, catalog->tables + at,
            (catalog->count - at) * sizeof(*catalog->tables));
    catalog->tables[at] = table;
    catalog->count++;
    if (catalog->count * 2 > catalog->slot_count) {
        fill_slots(catalog, catalog->slot_count * 2);
    } else {
        *find_slot(catalog, table->name) = table;
    }
}

static void take_out(struct catalog *catalog, struct table *table)
{
    bool is_found = false;
    size_t at = position(catalog, table->name, &is_found);
    assert(is_found && catalog->tables[at] == table);
    catalog->count--;
    memmove(catalog->tables + at, catalog->tables + at + 1,
            (catalog->count - at) * sizeof(*catalog->tables));
    fill_slots(catalog, catalog->slot_count);
    table_unref(table);
}

struct table *catalog_find(const struct catalog *catalog, struct slice name)
{
    return *find_slot(catalog, name);
}

/* "arn:aws:dynamodb:us-east-1:000000000000:table/x": x */
static struct slice name_in_arn(struct slice arn)
{
    size_t at = slice_search(arn, SLICE(":table/"));
    return at != SLICE_NPOS ? slice_skip(arn, at + 7) : SLICE_NULL;
}

struct table *catalog_find_any(const struct catalog *catalog, struct slice name_or_arn)
{
    if (!slice_starts_with(name_or_arn, SLICE("arn:"))) {
        return catalog_find(catalog, name_or_arn);
    }
    struct table *table = catalog_find(catalog, name_in_arn(name_or_arn));
    return table != NULL && slice_eq(table->arn, name_or_arn) ? table : NULL;
}

const struct problem *catalog_find_for_data(const struct catalog *catalog, struct arena *arena,
                                            struct slice name_or_arn, struct table **ret_table)
{
    struct table *table = catalog_find_any(catalog, name_or_arn);
    if (table == NULL || table->state == TABLE_CREATING || table->state == TABLE_DELETING) {
        return problem_make(arena, PROBLEM_RESOURCE_NOT_FOUND, "Requested resource not found");
    }
    *ret_table = table;
    return NULL;
}

size_t catalog_count(const struct catalog *catalog)
{
    return catalog->count;
}

struct table *catalog_at(const struct catalog *catalog, size_t index)
{
    assert(index < catalog->count);
    return catalog->tables[index];
}

size_t catalog_after(const struct catalog *catalog, struct slice name)
{
    bool is_found = false;
    size_t at = position(catalog, name, &is_found);
    return is_found ? at + 1 : at;
}

/* --- changes --- */

/* Writer thread: what goes with a table, but for its log (stream_record_drop()). */
static void discard_table(struct txn *txn, const struct table *table, bool keeps_items)
{
    if (!keeps_items) {
        catalog_discard(txn, DB_ITEMS, table->id);
    }
    for (size_t i = 0; i < table->index_count; i++) {
        catalog_discard(txn, DB_ENTRIES, table->indexes[i].id);
    }
    if (table->ttl_id != 0) {
        catalog_discard(txn, DB_ENTRIES, table->ttl_id);
    }
    meta_put_of_id(txn, 'a', table->id, SLICE_NULL);
    meta_put_of_id(txn, 'c', table->id, SLICE_NULL);
    meta_put_of_id(txn, 'k', table->id, SLICE_NULL);
    meta_put(txn, 'p', table->arn, SLICE_NULL);
    meta_put(txn, 't', table->name, SLICE_NULL);
}

static void put_table(struct txn *txn, const struct table *table)
{
    AUTO_BUF text = BUF_INIT(TABLE_TEXT_MAX);
    catalog_encode(&text, table);
    assert(!text.is_full);
    meta_put(txn, 't', table->name, buf_slice(&text));
}

static void run_change(struct write_job *job, struct txn *txn)
{
    struct catalog_change *change = CONTAINER_OF(job, struct catalog_change, job);
    /* Left by a first run of this batch. */
    table_unref(change->result);
    change->result = NULL;
    change->problem = NULL;
    change->deletes = false;
    change->keeps_items = false;
    struct table *newest = change->table != NULL ? table_newest(change->table) : NULL;
    if (change->table != NULL && newest == NULL) {
        change->problem = problem_make(change->arena, PROBLEM_RESOURCE_NOT_FOUND,
                                       "Requested resource not found: Table: %.*s not found",
                                       SLICE_ARG(change->table->name));
        return;
    }
    struct table *result = change->change(change, txn, newest);
    if (change->problem != NULL) {
        table_unref(result);
        return;
    }
    if (change->deletes) {
        assert(newest != NULL && result == NULL);
        discard_table(txn, newest, change->keeps_items);
        return;
    }
    if (result == NULL) {
        return; /* nothing to change after all */
    }
    assert(newest != NULL || !catalog_has(txn, result->name));
    put_table(txn, result);
    change->result = result;
}

static void commit_change(struct write_job *job)
{
    struct catalog_change *change = CONTAINER_OF(job, struct catalog_change, job);
    struct table *newest = change->table != NULL ? table_newest(change->table) : NULL;
    if (newest == NULL) {
        return;
    }
    if (change->deletes) {
        newest->is_deleted = true;
    } else if (change->result != NULL) {
        newest->successor = change->result;
    }
}

static void tell(struct catalog *catalog, struct table *table, bool is_deleted)
{
    for (size_t i = 0; i < catalog->observer_count; i++) {
        catalog->observers[i].on_change(catalog->observers[i].ctx, table, is_deleted);
    }
}

/* The loop sees what the writer sees since the commit. */
static void publish(struct catalog *catalog, struct catalog_change *change)
{
    struct table *result = change->result;
    if (change->deletes) {
        struct table *old = catalog_find(catalog, change->table->name);
        table_ref(old);
        take_out(catalog, old);
        tell(catalog, old, true);
        table_unref(old);
    } else if (result != NULL && change->table == NULL) {
        insert(catalog, result);
        tell(catalog, result, false);
    } else if (result != NULL) {
        bool is_found = false;
        size_t at = position(catalog, result->name, &is_found);
        assert(is_found);
        struct table *old = catalog->tables[at];
        struct table **slot = find_slot(catalog, result->name);
        assert(*slot == old && old->successor == result);
        table_ref(result); /* the predecessor's; the first one is ours */
        *slot = catalog->tables[at] = result;
        table_unref(old);
        tell(catalog, result, false);
    }
}

static void on_change_done(struct write_job *job, enum status status)
{
    struct catalog_change *change = CONTAINER_OF(job, struct catalog_change, job);
    struct table *table = change->table;
    if (status == STATUS_OK) {
        publish(change->catalog, change);
    } else {
        table_unref(change->result);
        change->result = NULL;
    }
    change->done(change, status); /* frees it, perhaps */
    table_unref(table);
}

void catalog_change(struct catalog *catalog, struct catalog_change *change)
{
    if (change->table != NULL) {
        table_ref(change->table);
    }
    change->catalog = catalog;
    change->result = NULL;
    change->job = (struct write_job){
        .run = run_change, .committed = commit_change, .done = on_change_done, .is_alone = true};
    engine_submit(catalog->engine, &change->job);
}

void catalog_observe(struct catalog *catalog, catalog_observer_fn *on_change, void *ctx)
{
    catalog->observers = mem_realloc(catalog->observers,
                                     (catalog->observer_count + 1) * sizeof(*catalog->observers));
    catalog->observers[catalog->observer_count++] = (struct observer){on_change, ctx};
}

void catalog_unobserve(struct catalog *catalog, void *ctx)
{
    size_t kept = 0;
    for (size_t i = 0; i < catalog->observer_count; i++) {
        if (catalog->observers[i].ctx != ctx) {
            catalog->observers[kept++] = catalog->observers[i];
        }
    }
    catalog->observer_count = kept;
}

/* --- open and close --- */

static enum status load(struct catalog *catalog, struct txn *txn, struct fault *reterr)
{
    AUTO_CURSOR cursor;
    cursor_open(&cursor, txn, DB_META);
    for (bool has = cursor_seek(&cursor, SLICE("t"));
         has && slice_starts_with(cursor.key, SLICE("t")); has = cursor_next(&cursor)) {
        struct table *table = catalog_decode(cursor.value);
        if (table == NULL || !slice_eq(table->name, slice_skip(cursor.key, 1))) {
            table_unref(table);
            return fault_set(reterr, STATUS_INVALID,
                             "the description of table '%.*s' is damaged, or of a newer version",
                             (int)cursor.key.len - 1, cursor.key.ptr + 1);
        }
        insert(catalog, table);
    }
    return txn_failed(txn) ? fault_set(reterr, STATUS_UNAVAILABLE, "the store cannot be read")
                           : STATUS_OK;
}

enum status catalog_open(struct engine *engine, struct catalog **ret_catalog, struct fault *reterr)
{
    struct catalog *catalog = mem_zalloc(sizeof(*catalog));
    catalog->engine = engine;
    fill_slots(catalog, 16);
    struct txn *txn = engine_read_begin(engine, 0);
    enum status status = load(catalog, txn, reterr);
    engine_read_end(engine, txn);
    if (status != STATUS_OK) {
        catalog_close(catalog);
        return status;
    }
    *ret_catalog = catalog;
    return STATUS_OK;
}

void catalog_close(struct catalog *catalog)
{
    if (catalog == NULL) {
        return;
    }
    for (size_t i = 0; i < catalog->count; i++) {
        table_unref(catalog->tables[i]);
    }
    mem_free(catalog->observers);
    mem_free(catalog->tables);
    mem_free(catalog->slots);
    mem_free(catalog);
}
