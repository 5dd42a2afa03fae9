/* Records on disk: their order, where times are found, what is trimmed and what is remembered. */
#include "kinesis_client.h"

#include "core/mem.h"
#include "scheduler/kinesis/record.h"

#include <criterion/criterion.h>

/* A job that the test fills in. */
struct work {
    struct write_job job;
    void (*run)(struct txn *txn, void *ctx);
    void *ctx;
    bool is_done;
};

static void run(struct write_job *job, struct txn *txn)
{
    struct work *work = CONTAINER_OF(job, struct work, job);
    work->run(txn, work->ctx);
}

static void done(struct write_job *job, enum status status)
{
    cr_assert_eq(status, STATUS_OK);
    CONTAINER_OF(job, struct work, job)->is_done = true;
}

static void write_with(struct bus *bus, void (*work_run)(struct txn *txn, void *ctx), void *ctx)
{
    struct work work = {.job = {.run = run, .done = done}, .run = work_run, .ctx = ctx};
    engine_submit(bus->scheduler->engine, &work.job);
    while (!work.is_done) {
        bus_turn(bus);
    }
}

static void put_at(struct txn *txn, uint32_t stream, uint32_t shard, uint64_t index,
                   int64_t time_ms)
{
    struct record_key key;
    char head[RECORD_HEAD_LEN];
    const struct stored_record record = {.time_ms = time_ms, .partition_key = SLICE("")};
    stored_record_head(head, &record);
    txn_put2(txn, DB_RECORDS, stored_record_key_of(&key, stream, shard, index),
             slice_of(head, sizeof(head)), SLICE("data"));
}

/* 100 records in shard 1 of stream 7, with neighbours on all sides; two a millisecond from 1000 on, with gaps. */
static void fill(struct txn *txn, void *ctx)
{
    (void)ctx;
    put_at(txn, 7, 0, 500, 5);
    put_at(txn, 7, 2, 1, 5);
    put_at(txn, 6, 1, 9, 5);
    put_at(txn, 8, 1, 9, 5);
    for (uint64_t i = 0; i < 100; i++) {
        put_at(txn, 7, 1, 10 + 3 * i, 1000 + (int64_t)i / 2);
    }
}

Test(records, the_first_since_a_time_is_found_as_by_looking_at_all)
{
    struct bus bus = {.ctx = NULL};
    bus_open(&bus);
    write_with(&bus, fill, NULL);
    struct txn *txn = engine_read_begin(bus.scheduler->engine, 0);
    {
        AUTO_CURSOR cursor;
        cursor_open(&cursor, txn, DB_RECORDS);
        for (int64_t since = 995; since < 1055; since++) {
            uint64_t want = 400;
            struct stored_record record;
            for (bool has = stored_record_at(&cursor, 7, 1, 0, &record); has && want == 400;
                 has = stored_record_next(&cursor, 7, 1, &record)) {
                want = record.time_ms >= since ? record.index : want;
            }
            uint64_t got = stored_record_since(&cursor, 7, 1, 400, since);
            bool is_same =
                want == 400 ? !stored_record_at(&cursor, 7, 1, got, &record)
                            : stored_record_at(&cursor, 7, 1, got, &record) && record.index == want;
            cr_expect(is_same, "since %d: %d, not %d", (int)since, (int)got, (int)want);
        }
        struct stored_record last;
        cr_assert(stored_record_last(&cursor, 7, 1, &last));
        cr_expect_eq(last.index, 307);
        cr_expect_not(stored_record_last(&cursor, 7, 3, &last));
    }
    engine_read_end(bus.scheduler->engine, txn);
    bus_close(&bus);
}

struct trimming {
    int64_t horizon_ms;
    size_t max, count;
};

static void trim(struct txn *txn, void *ctx)
{
    struct trimming *trimming = ctx;
    trimming->count = stored_record_trim(txn, 7, 1, trimming->horizon_ms, trimming->max);
}

static void erase(struct txn *txn, void *ctx)
{
    struct trimming *trimming = ctx;
    trimming->count = stored_record_erase(txn, 7, trimming->max);
}

static size_t count_all(struct bus *bus, uint64_t *ret_next)
{
    struct txn *txn = engine_read_begin(bus->scheduler->engine, 0);
    size_t count = 0;
    int64_t time_ms;
    *ret_next = 0;
    stored_record_floor_get(txn, 7, 1, ret_next, &time_ms);
    {
        AUTO_CURSOR cursor;
        cursor_open(&cursor, txn, DB_RECORDS);
        for (bool has = cursor_seek(&cursor, SLICE("kr"));
             has && slice_starts_with(cursor.key, SLICE("kr")); has = cursor_next(&cursor)) {
            count++;
        }
    }
    engine_read_end(bus->scheduler->engine, txn);
    return count;
}

Test(records, trimming_takes_the_old_ones_in_pieces_and_remembers_the_last)
{
    struct bus bus = {.ctx = NULL};
    bus_open(&bus);
    write_with(&bus, fill, NULL);
    uint64_t next;
    struct trimming trimming = {1010, 15, 0};
    write_with(&bus, trim, &trimming);
    cr_expect_eq(trimming.count, 15);
    write_with(&bus, trim, &trimming);
    cr_expect_eq(trimming.count, 5);
    cr_expect_eq(count_all(&bus, &next), 84);
    cr_expect_eq(next, 0, "the newest is still there");
    trimming = (struct trimming){2000, 1000, 0};
    write_with(&bus, trim, &trimming);
    cr_expect_eq(trimming.count, 80);
    cr_expect_eq(count_all(&bus, &next), 4);
    cr_expect_eq(next, 308);
    write_with(&bus, trim, &trimming);
    cr_expect_eq(trimming.count, 0);
    bus_close(&bus);
}

Test(records, erasing_takes_all_of_one_stream_and_nothing_of_others)
{
    struct bus bus = {.ctx = NULL};
    bus_open(&bus);
    write_with(&bus, fill, NULL);
    uint64_t next;
    struct trimming trimming = {2000, 1000, 0};
    write_with(&bus, trim, &trimming);
    trimming.max = 2;
    write_with(&bus, erase, &trimming);
    cr_expect_eq(trimming.count, 2);
    trimming.max = 100;
    write_with(&bus, erase, &trimming);
    cr_expect_eq(trimming.count, 1, "the floor");
    cr_expect_eq(count_all(&bus, &next), 2);
    cr_expect_eq(next, 0);
    bus_close(&bus);
}
