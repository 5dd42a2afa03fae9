/* What tables still have to do after a change was published: fill new indexes, leave the states of --slow-tables,
 * and sweep what deleted tables and indexes left behind. One job at a time, each of one chunk. */
#include "store/background.h"

#include "core/mem.h"
#include "store/table/catalog.h"
#include "store/table/control.h"
#include "store/table/index_fill.h"

#include <assert.h>

#define SLOW_STATE_MS 2000
#define RETRY_MS 500 /* after a write that failed: the disk may have space again */

/* A table that leaves its state when the timer ends, or the work that goes on then. */
struct delay {
    uv_timer_t timer;
    struct backfill *backfill;
    struct table *table; /* NULL: the one job */
    struct delay *next;
};

struct backfill {
    struct store *store;
    struct delay *delays;
    bool is_stopped;
    size_t pending; /* jobs, changes and timers that still come back */
    /* The one job: */
    bool is_busy;
    bool is_fill; /* else a sweep */
    bool is_done; /* by run(): the last chunk */
    struct table *table;
    uint32_t id;
    enum engine_db db; /* of a sweep */
    struct write_job job;
};

static void look_for_work(struct backfill *backfill);
static void start_delay(struct backfill *backfill, struct table *table, uint64_t delay_ms);

/* The last of what was pending frees a stopped backfill. */
static void came_back(struct backfill *backfill)
{
    assert(backfill->pending > 0);
    if (--backfill->pending == 0 && backfill->is_stopped) {
        mem_free(backfill);
    }
}

/* --- states that end --- */

struct settling {
    struct catalog_change change;
    struct arena arena;
    struct backfill *backfill;
    int64_t now_ms;
};

/* Writer thread. */
static struct table *settle(struct catalog_change *change, struct txn *txn,
                            const struct table *newest)
{
    struct settling *settling = change->ctx;
    return control_settle(change, txn, newest, settling->now_ms);
}

static void on_settled(struct catalog_change *change, enum status status)
{
    struct settling *settling = change->ctx;
    struct backfill *backfill = settling->backfill;
    if (status != STATUS_OK) {
        start_delay(backfill, change->table, RETRY_MS);
    }
    arena_finish(&settling->arena);
    mem_free(settling);
    came_back(backfill);
}

static void start_settling(struct backfill *backfill, struct table *table)
{
    struct settling *settling = mem_zalloc(sizeof(*settling));
    arena_init(&settling->arena, 256);
    settling->backfill = backfill;
    settling->now_ms = store_now_ms(backfill->store);
    settling->change = (struct catalog_change){
        .table = table,
        .arena = &settling->arena,
        .change = settle,
        .done = on_settled,
        .ctx = settling,
    };
    backfill->pending++;
    catalog_change(store_catalog(backfill->store), &settling->change);
}

static void on_delay_closed(uv_handle_t *handle)
{
    struct delay *delay = CONTAINER_OF((uv_timer_t *)(void *)handle, struct delay, timer);
    struct backfill *backfill = delay->backfill;
    table_unref(delay->table);
    mem_free(delay);
    came_back(backfill);
}

static void end_delay(struct delay *delay)
{
    struct delay **at = &delay->backfill->delays;
    while (*at != delay) {
        at = &(*at)->next;
    }
    *at = delay->next;
    uv_close((uv_handle_t *)&delay->timer, on_delay_closed);
}

static void on_delay(uv_timer_t *timer)
{
    struct delay *delay = CONTAINER_OF(timer, struct delay, timer);
    struct backfill *backfill = delay->backfill;
    end_delay(delay);
    if (delay->table != NULL) {
        start_settling(backfill, delay->table);
    } else {
        look_for_work(backfill);
    }
}

static bool is_delayed(const struct backfill *backfill, const struct table *table)
{
    for (const struct delay *delay = backfill->delays; delay != NULL; delay = delay->next) {
        if (table == NULL ? delay->table == NULL
                          : delay->table != NULL && delay->table->id == table->id) {
            return true;
        }
    }
    return false;
}

static void start_delay(struct backfill *backfill, struct table *table, uint64_t delay_ms)
{
    if (backfill->is_stopped || is_delayed(backfill, table)) {
        return;
    }
    struct delay *delay = mem_zalloc(sizeof(*delay));
    delay->backfill = backfill;
    delay->table = table != NULL ? table_ref(table) : NULL;
    delay->next = backfill->delays;
    backfill->delays = delay;
    backfill->pending++;
    uv_timer_init(store_context(backfill->store)->loop, &delay->timer);
    uv_timer_start(&delay->timer, on_delay, delay_ms, 0);
}

/* --- chunks --- */

static uint32_t read_u32(const char *bytes)
{
    const uint8_t *b = (const uint8_t *)bytes;
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static void run_sweep(struct backfill *backfill, struct txn *txn)
{
    struct key prefix;
    key_prefix_id(backfill->id, &prefix);
    backfill->is_done = true;
    for (size_t i = 0; i < BACKGROUND_BATCH; i++) {
        struct key key = {0};
        struct cursor cursor;
        cursor_open(&cursor, txn, backfill->db);
        if (cursor_seek(&cursor, key_slice(&prefix)) &&
            slice_starts_with(cursor.key, key_slice(&prefix))) {
            key.len = (uint16_t)cursor.key.len;
            memcpy(key.bytes, cursor.key.ptr, cursor.key.len);
        }
        cursor_close(&cursor);
        if (key.len == 0) {
            const char garbage[] = {'g',
                                    (char)prefix.bytes[0],
                                    (char)prefix.bytes[1],
                                    (char)prefix.bytes[2],
                                    (char)prefix.bytes[3],
                                    (char)backfill->db};
            txn_delete(txn, DB_META, slice_of(garbage, sizeof(garbage)));
            return;
        }
        txn_delete(txn, backfill->db, key_slice(&key));
    }
    backfill->is_done = false;
}

static void run_job(struct write_job *job, struct txn *txn)
{
    struct backfill *backfill = CONTAINER_OF(job, struct backfill, job);
    if (!backfill->is_fill) {
        run_sweep(backfill, txn);
        return;
    }
    const struct table *newest = table_newest(backfill->table);
    backfill->is_done = newest == NULL || fill_go_on(txn, newest, backfill->id);
}

static void on_job_done(struct write_job *job, enum status status)
{
    struct backfill *backfill = CONTAINER_OF(job, struct backfill, job);
    struct table *table = backfill->table;
    backfill->table = NULL;
    backfill->is_busy = false;
    if (status != STATUS_OK) {
        start_delay(backfill, NULL, RETRY_MS);
    } else if (!backfill->is_stopped) {
        if (backfill->is_fill && backfill->is_done && !control_is_settled(table) &&
            !is_delayed(backfill, table)) {
            start_settling(backfill, table);
        }
        look_for_work(backfill);
    }
    table_unref(table);
    came_back(backfill);
}

static struct table *table_of_id(const struct catalog *catalog, uint32_t id)
{
    for (size_t i = 0; i < catalog_count(catalog); i++) {
        struct table *table = catalog_at(catalog, i);
        if (table->ttl_id == id) {
            return table;
        }
        for (size_t j = 0; j < table->index_count; j++) {
            if (table->indexes[j].id == id) {
                return table;
            }
        }
    }
    return NULL;
}

/* The first document of a kind: its id, and for garbage its database. */
static bool find_work(struct txn *txn, char kind, uint32_t *ret_id, enum engine_db *ret_db)
{
    AUTO_CURSOR cursor;
    cursor_open(&cursor, txn, DB_META);
    if (!cursor_seek(&cursor, slice_of(&kind, 1)) || cursor.key.ptr[0] != kind) {
        return false;
    }
    *ret_id = read_u32(cursor.key.ptr + 1);
    *ret_db = kind == 'g' ? (enum engine_db)cursor.key.ptr[5] : DB_ENTRIES;
    return true;
}

static void look_for_work(struct backfill *backfill)
{
    if (backfill->is_busy || backfill->is_stopped) {
        return;
    }
    struct engine *engine = store_engine(backfill->store);
    struct txn *txn = engine_read_begin(engine, 0);
    bool is_fill = find_work(txn, 'f', &backfill->id, &backfill->db);
    struct table *table =
        is_fill ? table_of_id(store_catalog(backfill->store), backfill->id) : NULL;
    backfill->is_fill = table != NULL;
    bool has_work = table != NULL || find_work(txn, 'g', &backfill->id, &backfill->db);
    engine_read_end(engine, txn);
    if (!has_work) {
        return;
    }
    backfill->table = table != NULL ? table_ref(table) : NULL;
    backfill->is_busy = true;
    backfill->pending++;
    backfill->job = (struct write_job){.run = run_job, .done = on_job_done};
    engine_submit(engine, &backfill->job);
}

void backfill_kick(struct backfill *backfill)
{
    if (backfill != NULL) {
        look_for_work(backfill);
    }
}

/* --- */

static void on_table_change(void *ctx, struct table *table, bool is_deleted)
{
    struct backfill *backfill = ctx;
    if (!is_deleted && store_options(backfill->store)->has_slow_tables &&
        !control_is_settled(table)) {
        start_delay(backfill, table, SLOW_STATE_MS);
    }
    look_for_work(backfill);
}

struct backfill *backfill_create(struct store *store)
{
    struct backfill *backfill = mem_zalloc(sizeof(*backfill));
    struct catalog *catalog = store_catalog(store);
    backfill->store = store;
    catalog_observe(catalog, on_table_change, backfill);
    for (size_t i = 0; i < catalog_count(catalog); i++) {
        if (!control_is_settled(catalog_at(catalog, i))) {
            start_settling(backfill, catalog_at(catalog, i));
        }
    }
    look_for_work(backfill);
    return backfill;
}

void backfill_destroy(struct backfill *backfill)
{
    if (backfill == NULL) {
        return;
    }
    catalog_unobserve(store_catalog(backfill->store), backfill);
    backfill->is_stopped = true;
    backfill->pending++;
    while (backfill->delays != NULL) {
        end_delay(backfill->delays);
    }
    came_back(backfill);
}
