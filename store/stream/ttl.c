#include "store/background.h"

#include "core/mem.h"
#include "store/item/writer.h"
#include "store/value/key.h"

#include <assert.h>

/* A sweep goes over the TTL entries that are due, table by table, a batch at a time; the writer looks at each item
 * again. What it leaves alone is met again by the next sweep, never twice by one. The timer is the machine's; while
 * the clock is turned, a source of the alarms sweeps at each period's end that has something due. */

#define SWEEP_BATCH 200
#define SWEEP_BYTES ((size_t)1 << 20) /* of key attributes in a batch */
#define TABLE_NAME_MAX 255

struct ttl_sweeper {
    struct store *store;
    uv_timer_t timer;
    struct alarm_source source;
    int64_t swept_s;  /* of the clock, when the last sweep began */
    bool is_sweeping; /* a batch is with the writer */
    bool is_destroyed, is_timer_closed;

    /* where the sweep stands */
    char name[TABLE_NAME_MAX]; /* of the table before the current one */
    size_t name_len;
    struct key position; /* of the entry that was read last; len 0: at the first */

    struct arena arena; /* of the batch */
    struct write_request request;
    struct write_action actions[SWEEP_BATCH];
};

static bool is_swept(const struct table *table)
{
    return table->ttl_attribute.len > 0 && table->ttl_id != 0 && table->state != TABLE_DELETING;
}

static int64_t now_seconds(const struct ttl_sweeper *sweeper)
{
    return clock_epoch_ms(store_context(sweeper->store)->clock) / 1000;
}

static void put_seconds(struct key *key, int64_t seconds)
{
    for (int shift = 56; shift >= 0; shift -= 8) {
        key->bytes[key->len++] = (uint8_t)((uint64_t)seconds >> shift);
    }
}

/* The item's key attributes as a Key map, in the arena. */
static struct slice key_map(struct arena *arena, const struct key_schema *keys, struct slice item)
{
    AUTO_BUF buf = BUF_INIT(PARTITION_KEY_MAX + SORT_KEY_MAX + 2048);
    size_t mark = attr_open(&buf, ATTR_NONE);
    uint32_t count = 0;
    struct slice name;
    struct attr value;
    struct attr_iter iter = item_iter(item);
    while (attr_next(&iter, &name, &value)) {
        if (key_schema_has(keys, name)) {
            attr_write_member(&buf, name, value);
            count++;
        }
    }
    attr_close(&buf, ATTR_NONE, mark, count);
    assert(!buf.is_full);
    return arena_copy(arena, buf_slice(&buf));
}

static void add_action(struct ttl_sweeper *sweeper, struct table *table, struct slice item)
{
    sweeper->actions[sweeper->request.count++] =
        (struct write_action){.kind = WRITE_DELETE,
                              .table = table_ref(table),
                              .item = key_map(&sweeper->arena, &table->keys, item),
                              .is_expiry = true};
}

static bool is_full(const struct ttl_sweeper *sweeper)
{
    return sweeper->request.count == SWEEP_BATCH || sweeper->arena.used > SWEEP_BYTES;
}

/* Takes due entries of a table into the batch, from where the sweep stands. */
static void gather(struct ttl_sweeper *sweeper, struct txn *txn, struct table *table, int64_t now_s)
{
    AUTO_CURSOR cursor;
    struct key end;
    key_prefix_id(table->ttl_id, &end);
    if (sweeper->position.len == 0) {
        sweeper->position = end;
        put_seconds(&sweeper->position,
                    now_s > EXPIRY_AGE_MAX_S ? now_s - EXPIRY_AGE_MAX_S + 1 : 0);
    }
    put_seconds(&end, now_s + 1);
    cursor_open(&cursor, txn, DB_ENTRIES);
    struct slice from = key_slice(&sweeper->position);
    bool has = cursor_seek(&cursor, from);
    if (has && slice_eq(cursor.key, from)) {
        has = cursor_next(&cursor);
    }
    for (; has && !is_full(sweeper) && slice_compare(cursor.key, key_slice(&end)) < 0;
         has = cursor_next(&cursor)) {
        struct key key;
        struct slice value;
        sweeper->position.len = (uint16_t)cursor.key.len;
        memcpy(sweeper->position.bytes, cursor.key.ptr, cursor.key.len);
        key_of_target(table->id, cursor.value, &key);
        if (txn_get(txn, DB_ITEMS, key_slice(&key), &value)) {
            add_action(sweeper, table, stored_item(value).item);
        }
    }
}

/* Fills the batch; it stays empty when the sweep has seen everything. */
static void gather_all(struct ttl_sweeper *sweeper)
{
    struct catalog *catalog = store_catalog(sweeper->store);
    struct engine *engine = store_engine(sweeper->store);
    int64_t now_s = now_seconds(sweeper);
    struct txn *txn = engine_read_begin(engine, 0);
    size_t index = catalog_after(catalog, slice_of(sweeper->name, sweeper->name_len));
    for (; index < catalog_count(catalog) && !is_full(sweeper); index++) {
        struct table *table = catalog_at(catalog, index);
        if (is_swept(table)) {
            gather(sweeper, txn, table, now_s);
        }
        if (!is_full(sweeper)) {
            sweeper->position.len = 0;
            sweeper->name_len = table->name.len;
            memcpy(sweeper->name, table->name.ptr, table->name.len);
        }
    }
    engine_read_end(engine, txn);
}

static void maybe_free(struct ttl_sweeper *sweeper)
{
    if (sweeper->is_destroyed && sweeper->is_timer_closed && !sweeper->is_sweeping) {
        arena_finish(&sweeper->arena);
        mem_free(sweeper);
    }
}

static void sweep_on(struct ttl_sweeper *sweeper);

static void on_batch_done(struct write_request *request, enum status status)
{
    struct ttl_sweeper *sweeper = request->ctx;
    for (size_t i = 0; i < request->count; i++) {
        table_unref(request->actions[i].table);
    }
    sweeper->is_sweeping = false;
    if (status == STATUS_OK && !sweeper->is_destroyed) {
        sweep_on(sweeper);
    }
    maybe_free(sweeper);
}

static void sweep_on(struct ttl_sweeper *sweeper)
{
    arena_reset(&sweeper->arena);
    sweeper->request = (struct write_request){.actions = sweeper->actions,
                                              .arena = &sweeper->arena,
                                              .done = on_batch_done,
                                              .ctx = sweeper};
    gather_all(sweeper);
    if (sweeper->request.count > 0) {
        sweeper->is_sweeping = true;
        write_submit(sweeper->store, &sweeper->request);
    }
}

static void sweep(struct ttl_sweeper *sweeper)
{
    if (sweeper->is_sweeping) {
        return; /* of the tick before */
    }
    sweeper->swept_s = now_seconds(sweeper);
    sweeper->name_len = 0;
    sweeper->position.len = 0;
    sweep_on(sweeper);
}

static void on_tick(uv_timer_t *timer)
{
    sweep(CONTAINER_OF(timer, struct ttl_sweeper, timer));
}

/* --- while the clock is turned --- */

/* The first second of a table's entries that no sweep has reached; INT64_MAX when there is none. */
static int64_t next_second(const struct ttl_sweeper *sweeper, struct txn *txn,
                           const struct table *table)
{
    AUTO_CURSOR cursor;
    struct key key;
    key_prefix_id(table->ttl_id, &key);
    size_t prefix_len = key.len;
    put_seconds(&key, sweeper->swept_s + 1);
    cursor_open(&cursor, txn, DB_ENTRIES);
    if (!cursor_seek(&cursor, key_slice(&key)) || cursor.key.len < key.len ||
        memcmp(cursor.key.ptr, key.bytes, prefix_len) != 0) {
        return INT64_MAX;
    }
    uint64_t seconds = 0;
    for (size_t i = prefix_len; i < key.len; i++) {
        seconds = seconds << 8 | (uint8_t)cursor.key.ptr[i];
    }
    return (int64_t)seconds;
}

/* When the timer would have found it. */
static int64_t next_sweep_ms(struct alarm_source *source)
{
    struct ttl_sweeper *sweeper = CONTAINER_OF(source, struct ttl_sweeper, source);
    const struct catalog *catalog = store_catalog(sweeper->store);
    struct engine *engine = store_engine(sweeper->store);
    struct txn *txn = engine_read_begin(engine, 0);
    int64_t first_s = INT64_MAX;
    for (size_t i = 0; i < catalog_count(catalog); i++) {
        const struct table *table = catalog_at(catalog, i);
        int64_t own_s = is_swept(table) ? next_second(sweeper, txn, table) : INT64_MAX;
        first_s = own_s < first_s ? own_s : first_s;
    }
    engine_read_end(engine, txn);
    int64_t period_ms = store_options(sweeper->store)->ttl_sweep_ms;
    if (first_s > INT64_MAX / 1000 - period_ms) {
        return ALARM_NEVER;
    }
    return (first_s * 1000 + period_ms - 1) / period_ms * period_ms;
}

static void on_instant(struct alarm_source *source)
{
    sweep(CONTAINER_OF(source, struct ttl_sweeper, source));
}

/* No timer while no table has a TTL attribute. */
static void start_or_stop(struct ttl_sweeper *sweeper)
{
    const struct catalog *catalog = store_catalog(sweeper->store);
    bool is_needed = false;
    for (size_t i = 0; i < catalog_count(catalog) && !is_needed; i++) {
        is_needed = is_swept(catalog_at(catalog, i));
    }
    uint32_t period_ms = store_options(sweeper->store)->ttl_sweep_ms;
    if (!is_needed) {
        uv_timer_stop(&sweeper->timer);
    } else if (!uv_is_active((uv_handle_t *)&sweeper->timer)) {
        uv_timer_start(&sweeper->timer, on_tick, period_ms, period_ms);
    }
}

/* The catalog outlives the sweeper, so it is told the store and not the sweeper. */
static void on_table_change(void *ctx, struct table *table, bool is_deleted)
{
    struct ttl_sweeper *sweeper = store_ttl_sweeper(ctx);
    (void)table;
    (void)is_deleted;
    if (sweeper != NULL) {
        start_or_stop(sweeper);
    }
}

struct ttl_sweeper *ttl_sweeper_create(struct store *store)
{
    struct ttl_sweeper *sweeper = mem_zalloc(sizeof(*sweeper));
    sweeper->store = store;
    arena_init(&sweeper->arena, 16 << 10);
    uv_timer_init(store_context(store)->loop, &sweeper->timer);
    sweeper->source = (struct alarm_source){.next_ms = next_sweep_ms, .run = on_instant};
    if (store_context(store)->alarms != NULL) {
        alarms_add_source(store_context(store)->alarms, &sweeper->source);
    }
    catalog_observe(store_catalog(store), on_table_change, store);
    start_or_stop(sweeper);
    return sweeper;
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct ttl_sweeper *sweeper = CONTAINER_OF((uv_timer_t *)handle, struct ttl_sweeper, timer);
    sweeper->is_timer_closed = true;
    maybe_free(sweeper);
}

void ttl_sweeper_destroy(struct ttl_sweeper *sweeper)
{
    if (sweeper == NULL) {
        return;
    }
    sweeper->is_destroyed = true;
    if (store_context(sweeper->store)->alarms != NULL) {
        alarms_remove_source(store_context(sweeper->store)->alarms, &sweeper->source);
    }
    uv_close((uv_handle_t *)&sweeper->timer, on_timer_closed);
}
