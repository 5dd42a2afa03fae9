/* What the store does by itself and what is done to a closed one: TTL, check, compaction. */
#include "store/background.h"
#include "store/check.h"
#include "store/item/writer.h"
#include "store/stream/change_log.h"

#include "core/file.h"
#include "core/mem.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOW_S INT64_C(1700000000)

struct shop {
    uv_loop_t loop;
    struct clock clock;
    struct log log;
    struct context context;
    char dir[64];
    struct store *store;
    struct table *table; /* borrowed */
    struct arena arena;
    bool is_done;
    struct buf lines; /* of check */
    struct store_check check;
};

static void shop_open(struct shop *shop)
{
    struct fault fault = {.text = ""};
    const struct store_options options = {.data_dir = shop->dir,
                                          .account_id = "000000000000",
                                          .region = "us-east-1",
                                          .is_volatile = true,
                                          .ttl_sweep_ms = 1,
                                          .map_bytes = 1 << 20};
    cr_assert_eq(store_open(&shop->context, &options, &shop->store, &fault), STATUS_OK, "%s",
                 fault.text);
    shop->table = catalog_find(store_catalog(shop->store), SLICE("Orders"));
}

static void shop_begin(struct shop *shop)
{
    memset(shop, 0, sizeof *shop);
    mem_install();
    cr_assert_eq(uv_loop_init(&shop->loop), 0);
    clock_init_manual(&shop->clock, NOW_S * 1000);
    log_init(&shop->log, &shop->clock, LOG_WARN);
    shop->context = (struct context){&shop->loop, &shop->clock, &shop->log, NULL, NULL};
    arena_init(&shop->arena, 4096);
    buf_init(&shop->lines, 1 << 20);
    snprintf(shop->dir, sizeof shop->dir, "/tmp/sls-upkeep-XXXXXX");
    cr_assert_not_null(mkdtemp(shop->dir));
    shop_open(shop);
}

static void shop_close(struct shop *shop)
{
    store_close(shop->store, NULL, NULL);
    uv_run(&shop->loop, UV_RUN_DEFAULT);
    shop->store = NULL;
}

static void shop_end(struct shop *shop)
{
    struct fault fault;
    if (shop->store != NULL) {
        shop_close(shop);
    }
    cr_assert_eq(uv_loop_close(&shop->loop), 0);
    arena_finish(&shop->arena);
    buf_finish(&shop->lines);
    cr_assert_eq(file_remove_tree(shop->dir, &fault), STATUS_OK);
}

static void wait_until_done(struct shop *shop)
{
    while (!shop->is_done) {
        uv_run(&shop->loop, UV_RUN_ONCE);
    }
}

/* --- a table "Orders": pk S, sk N; index ByDay: day S, sk N --- */

static struct key_schema schema_of(const char *hash)
{
    return (struct key_schema){
        .parts = {{slice_from(hash), ATTR_S}, {SLICE("sk"), ATTR_N}},
        .hash_count = 1,
        .range_count = 1,
    };
}

struct wish {
    bool has_ttl, has_stream;
};

static struct table *make_orders(struct catalog_change *change, struct txn *txn,
                                 const struct table *newest)
{
    static const struct key_part definitions[] = {
        {SLICE_INIT("day"), ATTR_S}, {SLICE_INIT("pk"), ATTR_S}, {SLICE_INIT("sk"), ATTR_N}};
    struct table *table = table_copy(NULL);
    uint32_t id = catalog_new_ids(txn, 3);
    const struct wish *wish = change->ctx;
    (void)newest;
    table->name = SLICE("Orders");
    table->arn = SLICE("arn:aws:dynamodb:us-east-1:000000000000:table/Orders");
    table->state = TABLE_ACTIVE;
    table->id = id;
    table->ttl_id = id + 1;
    table->ttl_attribute = wish->has_ttl ? SLICE("expires") : SLICE_NULL;
    table->keys = schema_of("pk");
    table->definitions = definitions;
    table->definition_count = COUNT_OF(definitions);
    table->is_on_demand = true;
    table->stream_view = wish->has_stream ? STREAM_NEW_AND_OLD : STREAM_OFF;
    table->stream_label = SLICE("2026-01-01T00:00:00.000");
    struct table_index *index = arena_alloc(table->arena, sizeof *index);
    *index = (struct table_index){.name = SLICE("ByDay"),
                                  .arn = SLICE("arn:index"),
                                  .id = id + 2,
                                  .is_global = true,
                                  .keys = schema_of("day"),
                                  .projection = PROJECT_ALL,
                                  .state = TABLE_ACTIVE};
    table->indexes = index;
    table->index_count = 1;
    return table;
}

static struct shop *changing;

static void on_changed(struct catalog_change *change, enum status status)
{
    cr_assert_eq(status, STATUS_OK);
    cr_assert_null(change->problem);
    changing->is_done = true;
}

static void make_table(struct shop *shop, bool has_ttl, bool has_stream)
{
    struct wish wish = {has_ttl, has_stream};
    struct catalog_change change = {.name = SLICE("Orders"),
                                    .arena = &shop->arena,
                                    .change = make_orders,
                                    .done = on_changed,
                                    .ctx = &wish};
    changing = shop;
    shop->is_done = false;
    catalog_change(store_catalog(shop->store), &change);
    wait_until_done(shop);
    shop->table = catalog_find(store_catalog(shop->store), SLICE("Orders"));
    cr_assert_not_null(shop->table);
}

static void on_written(struct write_request *request, enum status status)
{
    struct shop *shop = request->ctx;
    cr_assert_eq(status, STATUS_OK);
    shop->is_done = true;
}

/* `expires` NULL: without the attribute. */
static void put_order(struct shop *shop, int number, const char *expires)
{
    struct slice json =
        arena_printf(&shop->arena,
                     "{\"pk\":{\"S\":\"p%d\"},\"sk\":{\"N\":\"%d\"},\"day\":{\"S\":\"d%d\"}%s%s,"
                     "\"more\":{\"M\":{\"l\":{\"L\":[{\"NULL\":true},{\"BOOL\":false},"
                     "{\"NS\":[\"1\",\"-2.5\"]}]}}}}",
                     number % 10, number, number % 3, expires != NULL ? ",\"expires\":" : "",
                     expires != NULL ? expires : "");
    struct item_input input;
    cr_assert_null(item_parse(&shop->arena, json, &input), "%.*s", SLICE_ARG(json));
    cr_assert_null(input.bad);
    struct write_action action = {.kind = WRITE_PUT, .table = shop->table, .item = input.item};
    struct write_request request = {
        .actions = &action, .count = 1, .arena = &shop->arena, .done = on_written, .ctx = shop};
    shop->is_done = false;
    write_submit(shop->store, &request);
    wait_until_done(shop);
    cr_assert_null(action.problem);
}

static const char *seconds(struct shop *shop, int64_t epoch_s)
{
    return arena_printf(&shop->arena, "{\"N\":\"%lld\"}%c", (long long)epoch_s, 0).ptr;
}

static struct table_stats stats_of(struct shop *shop, uint32_t id)
{
    struct table_stats stats;
    struct txn *txn = engine_read_begin(store_engine(shop->store), 0);
    catalog_stats(txn, id, &stats);
    engine_read_end(store_engine(shop->store), txn);
    return stats;
}

static void wait_for_count(struct shop *shop, int64_t items)
{
    while (stats_of(shop, shop->table->id).items != items) {
        uv_run(&shop->loop, UV_RUN_ONCE);
    }
}

/* Two full sweeps, at least: what was not swept then never will be. */
static void let_sweep(struct shop *shop)
{
    uint64_t end = uv_now(&shop->loop) + 6;
    while (uv_now(&shop->loop) < end) {
        uv_run(&shop->loop, UV_RUN_ONCE);
    }
}

/* --- TTL --- */

Test(ttl, deletes_what_is_due_and_nothing_else)
{
    struct shop shop;
    shop_begin(&shop);
    make_table(&shop, true, true);
    const char *const rows[] = {
        seconds(&shop, NOW_S + 1),               /* not yet */
        seconds(&shop, NOW_S * 1000),            /* milliseconds: far away */
        seconds(&shop, NOW_S - 5 * 365 * 86400), /* older than five years */
        seconds(&shop, 0),
        "{\"N\":\"-5\"}",
        "{\"N\":\"1700000001.5\"}",
        "{\"S\":\"1699999999\"}",
        NULL,
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        put_order(&shop, (int)i, rows[i]);
    }
    put_order(&shop, 100, seconds(&shop, NOW_S));
    put_order(&shop, 101, seconds(&shop, NOW_S - 5 * 365 * 86400 + 1));
    put_order(&shop, 102, "{\"N\":\"1699999999.5\"}");
    wait_for_count(&shop, COUNT_OF(rows));
    let_sweep(&shop);
    cr_expect_eq(stats_of(&shop, shop.table->id).items, COUNT_OF(rows));
    cr_expect_eq(stats_of(&shop, shop.table->indexes[0].id).items, COUNT_OF(rows));
    shop_end(&shop);
}

Test(ttl, records_its_deletes_as_its_own)
{
    struct shop shop;
    shop_begin(&shop);
    make_table(&shop, true, true);
    put_order(&shop, 1, seconds(&shop, NOW_S - 10));
    wait_for_count(&shop, 0);
    struct txn *txn = engine_read_begin(store_engine(shop.store), 0);
    struct change_cursor cursor;
    struct change change;
    change_cursor_open(&cursor, txn, shop.table->id);
    cr_assert(change_cursor_last(&cursor, &change));
    cr_expect_eq(change.kind, CHANGE_REMOVE);
    cr_expect(change.is_expiry);
    cr_assert(change_cursor_prev(&cursor, &change));
    cr_expect_eq(change.kind, CHANGE_INSERT);
    cr_expect_not(change.is_expiry);
    change_cursor_close(&cursor);
    engine_read_end(store_engine(shop.store), txn);
    shop_end(&shop);
}

Test(ttl, notices_a_clock_that_was_turned)
{
    struct shop shop;
    shop_begin(&shop);
    make_table(&shop, true, true);
    for (int i = 0; i < 500; i++) { /* more than one batch */
        put_order(&shop, i, seconds(&shop, NOW_S + 86400 + i));
    }
    put_order(&shop, 1000, seconds(&shop, NOW_S + 10 * 86400));
    let_sweep(&shop);
    cr_expect_eq(stats_of(&shop, shop.table->id).items, 501);
    clock_advance(&shop.clock, INT64_C(2) * 86400 * 1000);
    wait_for_count(&shop, 1);
    clock_advance(&shop.clock, INT64_C(30) * 86400 * 1000);
    wait_for_count(&shop, 0);
    shop_end(&shop);
}

static void count_timer(uv_handle_t *handle, void *ctx)
{
    int *count = ctx;
    *count += handle->type == UV_TIMER && uv_is_active(handle);
}

static int count_timers(uv_loop_t *loop)
{
    int count = 0;
    uv_walk(loop, count_timer, &count);
    return count;
}

Test(ttl, has_no_timer_while_no_table_needs_one)
{
    struct shop shop;
    shop_begin(&shop);
    int others = count_timers(&shop.loop);
    make_table(&shop, false, false);
    put_order(&shop, 1, seconds(&shop, NOW_S - 10));
    cr_expect_eq(count_timers(&shop.loop), others);
    shop_end(&shop);

    shop_begin(&shop);
    make_table(&shop, true, false);
    cr_expect_eq(count_timers(&shop.loop), others + 1);
    shop_close(&shop);
    shop_open(&shop);
    cr_expect_eq(count_timers(&shop.loop), others + 1, "also after a restart");
    shop_end(&shop);
}

Test(ttl, may_be_closed_in_the_middle_of_a_sweep)
{
    struct shop shop;
    shop_begin(&shop);
    make_table(&shop, true, true);
    for (int i = 0; i < 600; i++) {
        put_order(&shop, i, seconds(&shop, NOW_S + 10));
    }
    clock_advance(&shop.clock, 20000);
    while (engine_pending(store_engine(shop.store)) == 0) {
        uv_run(&shop.loop, UV_RUN_ONCE);
    }
    shop_close(&shop);
    shop_open(&shop);
    wait_for_count(&shop, 0);
    shop_end(&shop);
}

/* --- check --- */

static void on_line(void *ctx, const char *line)
{
    struct shop *shop = ctx;
    buf_append_text(&shop->lines, line);
    buf_append_char(&shop->lines, '\n');
}

/* Of a closed store. */
static void run_check(struct shop *shop)
{
    struct fault fault = {.text = ""};
    buf_clear(&shop->lines);
    cr_assert_eq(store_check(shop->dir, on_line, shop, &shop->check, &fault), STATUS_OK, "%s",
                 fault.text);
    (void)buf_cstr(&shop->lines);
}

static void fill(struct shop *shop)
{
    make_table(shop, true, true);
    for (int i = 0; i < 40; i++) {
        put_order(shop, i, i % 2 == 0 ? seconds(shop, NOW_S + 1000 + i) : NULL);
    }
}

Test(check, finds_nothing_wrong_with_what_the_store_writes)
{
    struct shop shop;
    shop_begin(&shop);
    fill(&shop);
    for (int i = 0; i < 40; i += 4) {
        put_order(&shop, i, seconds(&shop, NOW_S - 5)); /* and the sweeper comes by */
    }
    wait_for_count(&shop, 30);
    shop_close(&shop);
    run_check(&shop);
    cr_expect_eq(shop.check.problems, 0, "%s", shop.lines.ptr);
    cr_expect_eq(shop.check.tables, 1);
    cr_expect_eq(shop.check.items, 30);
    cr_expect_eq(shop.check.entries, 30 + 10);
    cr_expect_eq(shop.check.log_records, 40 + 10 + 10);
    shop_end(&shop);
}

struct damage {
    void (*make)(struct txn *txn, const struct table *table);
    const char *words;
    uint64_t problems;
};

static struct slice first_key(struct txn *txn, enum engine_db db, uint32_t id, struct key *ret_key,
                              struct slice *ret_value)
{
    AUTO_CURSOR cursor;
    struct key prefix;
    key_prefix_id(id, &prefix);
    cursor_open(&cursor, txn, db);
    cr_assert(cursor_seek(&cursor, key_slice(&prefix)));
    cr_assert(slice_starts_with(cursor.key, key_slice(&prefix)));
    ret_key->len = (uint16_t)cursor.key.len;
    memcpy(ret_key->bytes, cursor.key.ptr, cursor.key.len);
    *ret_value = cursor.value;
    return key_slice(ret_key);
}

static void lose_item(struct txn *txn, const struct table *table)
{
    struct key key;
    struct slice value;
    txn_delete(txn, DB_ITEMS, first_key(txn, DB_ITEMS, table->id, &key, &value));
}

static void lose_index_entry(struct txn *txn, const struct table *table)
{
    struct key key;
    struct slice value;
    txn_delete(txn, DB_ENTRIES, first_key(txn, DB_ENTRIES, table->indexes[0].id, &key, &value));
}

static void lose_ttl_entry(struct txn *txn, const struct table *table)
{
    struct key key;
    struct slice value;
    txn_delete(txn, DB_ENTRIES, first_key(txn, DB_ENTRIES, table->ttl_id, &key, &value));
}

static void change_item(struct txn *txn, const struct table *table, size_t at, char by)
{
    char copy[2000];
    struct key key;
    struct slice value;
    struct slice bytes = first_key(txn, DB_ITEMS, table->id, &key, &value);
    cr_assert_lt(value.len, sizeof copy);
    memcpy(copy, value.ptr, value.len);
    copy[at] = (char)(copy[at] + by);
    txn_put(txn, DB_ITEMS, bytes, slice_of(copy, value.len));
}

static void change_size(struct txn *txn, const struct table *table)
{
    change_item(txn, table, 0, 1);
}

static void change_count(struct txn *txn, const struct table *table)
{
    change_item(txn, table, 4, 1);
}

static void cut_item(struct txn *txn, const struct table *table)
{
    struct key key;
    struct slice value;
    struct slice bytes = first_key(txn, DB_ITEMS, table->id, &key, &value);
    txn_put(txn, DB_ITEMS, bytes, SLICE("\1\0"));
}

static void move_item(struct txn *txn, const struct table *table)
{
    char copy[2000];
    struct key key;
    struct slice value;
    (void)first_key(txn, DB_ITEMS, table->id, &key, &value);
    memcpy(copy, value.ptr, value.len);
    size_t len = value.len;
    txn_delete(txn, DB_ITEMS, key_slice(&key));
    key.bytes[10] = (uint8_t)(key.bytes[10] + 1);
    txn_put(txn, DB_ITEMS, key_slice(&key), slice_of(copy, len));
}

static void turn_entry(struct txn *txn, const struct table *table)
{
    struct key key, other;
    struct slice value;
    struct slice entry = first_key(txn, DB_ENTRIES, table->indexes[0].id, &key, &value);
    AUTO_CURSOR cursor;
    cursor_open(&cursor, txn, DB_ITEMS);
    key_prefix_id(table->id, &other);
    cr_assert(cursor_seek(&cursor, key_slice(&other)));
    if (slice_eq(key_without_id(cursor.key), value)) {
        cr_assert(cursor_next(&cursor));
    }
    other.len = (uint16_t)cursor.key.len;
    memcpy(other.bytes, cursor.key.ptr, other.len);
    txn_put(txn, DB_ENTRIES, entry, key_without_id(key_slice(&other)));
}

static void miscount(struct txn *txn, const struct table *table)
{
    catalog_stats_add(txn, table->id, 1, 0);
}

static void miscount_index(struct txn *txn, const struct table *table)
{
    catalog_stats_add(txn, table->indexes[0].id, 0, -7);
}

static void lose_changes(struct txn *txn, const struct table *table)
{
    char key[12] = {0, 0, 0, (char)table->id, 0, 0, 0, 0, 0, 0, 0, 5};
    cr_assert(txn_delete(txn, DB_LOG, slice_of(key, 12)));
    key[11] = 6;
    cr_assert(txn_delete(txn, DB_LOG, slice_of(key, 12)));
}

static void lose_last_change(struct txn *txn, const struct table *table)
{
    char key[12] = {0, 0, 0, (char)table->id, 0, 0, 0, 0, 0, 0, 0, 40};
    cr_assert(txn_delete(txn, DB_LOG, slice_of(key, 12)));
}

static void cut_change(struct txn *txn, const struct table *table)
{
    char key[12] = {0, 0, 0, (char)table->id, 0, 0, 0, 0, 0, 0, 0, 9};
    txn_put(txn, DB_LOG, slice_of(key, 12), SLICE("123"));
}

static void leave_stray_items(struct txn *txn, const struct table *table)
{
    (void)table;
    txn_put(txn, DB_ENTRIES, SLICE("\0\0\1\0stray"), SLICE("nowhere"));
}

static void break_description(struct txn *txn, const struct table *table)
{
    (void)table;
    txn_put(txn, DB_META, SLICE("tOther"), SLICE("{\"Name\":"));
}

static const struct damage damages[] = {
    {lose_item, "points to no item", 0},
    {lose_index_entry, "table Orders, index ByDay: no entry of item {\"pk\":{\"S\":\"p", 2},
    {lose_ttl_entry, "table Orders: no TTL entry of item {\"pk\":{\"S\":\"p", 1},
    {change_size, "is kept with a size of", 3},
    {change_count, "has no valid form", 0},
    {cut_item, "has no valid form: too short", 0},
    {move_item, "is under a key that is not its own", 0},
    {turn_entry, "which does not belong there", 2},
    {miscount, "table Orders: statistics tell 41 items", 1},
    {miscount_index, "index ByDay: statistics tell 40 items", 1},
    {lose_changes, "table Orders: changes 5 to 6 are missing", 1},
    {lose_last_change, "the change log ends with 39, its head tells 40", 1},
    {cut_change, "records of the change log 1 are cut off", 1},
    {leave_stray_items, "entries of id 256, which belongs to nothing", 1},
    {break_description, "table Other: its description is damaged", 1},
};

struct damage_job {
    struct write_job job;
    struct shop *shop;
    const struct damage *damage;
};

static void run_damage(struct write_job *job, struct txn *txn)
{
    struct damage_job *damage = CONTAINER_OF(job, struct damage_job, job);
    damage->damage->make(txn, damage->shop->table);
}

static void on_damaged(struct write_job *job, enum status status)
{
    cr_assert_eq(status, STATUS_OK);
    CONTAINER_OF(job, struct damage_job, job)->shop->is_done = true;
}

Test(check, finds_every_kind_of_damage)
{
    for (size_t i = 0; i < COUNT_OF(damages); i++) {
        struct shop shop;
        shop_begin(&shop);
        fill(&shop);
        struct damage_job job = {
            .job = {.run = run_damage, .done = on_damaged}, .shop = &shop, .damage = &damages[i]};
        shop.is_done = false;
        engine_submit(store_engine(shop.store), &job.job);
        wait_until_done(&shop);
        shop_close(&shop);
        run_check(&shop);
        cr_expect_gt(shop.check.problems, 0, "case %zu", i);
        cr_expect(damages[i].problems == 0 || shop.check.problems == damages[i].problems,
                  "case %zu: %s", i, shop.lines.ptr);
        cr_expect_not_null(strstr(shop.lines.ptr, damages[i].words), "case %zu: %s", i,
                           shop.lines.ptr);
        shop_end(&shop);
    }
}

/* Every byte of a stored item, changed: the check may miss what still makes an item, it never crashes. */
Test(check, survives_any_changed_byte_of_an_item)
{
    struct shop shop;
    shop_begin(&shop);
    make_table(&shop, false, true);
    put_order(&shop, 1, "{\"BS\":[\"AA==\",\"AQ==\"]}");
    struct key key;
    struct slice value;
    char good[1000], bad[1000];
    struct txn *txn = engine_read_begin(store_engine(shop.store), 0);
    (void)first_key(txn, DB_ITEMS, shop.table->id, &key, &value);
    size_t len = value.len - 4;
    memcpy(good, value.ptr + 4, len);
    engine_read_end(store_engine(shop.store), txn);
    cr_expect_null(check_form(slice_of(good, len)));
    for (size_t at = 0; at < len; at++) {
        cr_expect_not_null(check_form(slice_of(good, at)), "cut at %zu", at);
        for (int by = 1; by < 256; by++) {
            memcpy(bad, good, len);
            bad[at] = (char)(bad[at] + by);
            if (check_form(slice_of(bad, len)) == NULL) {
                (void)item_size(slice_of(bad, len)); /* asserts on a bad form */
            }
        }
    }
    shop_end(&shop);
}

/* --- compaction --- */

Test(compact, makes_the_file_small_and_loses_nothing)
{
    struct shop shop;
    shop_begin(&shop);
    fill(&shop);
    for (int i = 0; i < 3000; i++) {
        put_order(&shop, i, seconds(&shop, NOW_S + 100000 + i));
    }
    clock_advance(&shop.clock, INT64_C(300000) * 1000);
    wait_for_count(&shop, 0);
    put_order(&shop, 7, NULL);
    shop_close(&shop);
    struct fault fault = {.text = ""};
    uint64_t before = 0, after = 0;
    cr_assert_eq(store_compact(shop.dir, &before, &after, &fault), STATUS_OK, "%s", fault.text);
    cr_expect_lt(after, before);
    run_check(&shop);
    cr_expect_eq(shop.check.problems, 0, "%s", shop.lines.ptr);
    cr_expect_eq(shop.check.items, 1);
    shop_open(&shop);
    put_order(&shop, 8, NULL);
    cr_expect_eq(stats_of(&shop, shop.table->id).items, 2);
    cr_expect_eq(store_compact(shop.dir, &before, &after, &fault), STATUS_UNAVAILABLE);
    cr_expect_not_null(strstr(fault.text, "another process"), "%s", fault.text);
    shop_close(&shop);
    run_check(&shop);
    cr_expect_eq(shop.check.problems, 0, "%s", shop.lines.ptr);
    shop_end(&shop);
}

/* A reader in another process keeps the file as it is. */
Test(compact, does_not_take_the_file_from_under_a_reader)
{
    struct shop shop;
    shop_begin(&shop);
    fill(&shop);
    shop_close(&shop);
    int to_child[2], to_parent[2];
    char byte = 0;
    cr_assert_eq(pipe(to_child), 0);
    cr_assert_eq(pipe(to_parent), 0);
    pid_t child = fork();
    if (child == 0) {
        struct fault fault;
        struct engine *engine;
        const struct engine_options options = {.dir = shop.dir, .is_read_only = true};
        bool is_fine = engine_open(&shop.context, &options, &engine, &fault) == STATUS_OK &&
                       write(to_parent[1], "x", 1) == 1 && read(to_child[0], &byte, 1) == 1;
        _exit(is_fine ? 0 : 1);
    }
    cr_assert_eq(read(to_parent[0], &byte, 1), 1);
    struct fault fault = {.text = ""};
    uint64_t before = 0, after = 0;
    cr_expect_eq(store_compact(shop.dir, &before, &after, &fault), STATUS_UNAVAILABLE);
    cr_expect_not_null(strstr(fault.text, "another process reads it"), "%s", fault.text);
    cr_assert_eq(write(to_child[1], "x", 1), 1);
    int status;
    waitpid(child, &status, 0);
    cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    cr_assert_eq(store_compact(shop.dir, &before, &after, &fault), STATUS_OK, "%s", fault.text);
    run_check(&shop);
    cr_expect_eq(shop.check.problems, 0, "%s", shop.lines.ptr);
    cr_expect_eq(shop.check.items, 40);
    shop_end(&shop);
}
