/* What readers in process see: changes as they are committed, shards with their families, records from a place on. */
#include "kinesis_client.h"

#include "core/json_scan.h"
#include "core/mem.h"

#include <criterion/criterion.h>

struct reader {
    struct bus *bus;
    struct stream_log_watch watch;
    size_t changes;
    struct buf seen; /* "a b " */
    size_t max;      /* records to take */
    char last[SEQUENCE_TEXT_LEN];
    int64_t arrived_ms;
};

static void on_change(struct stream_log_watch *watch)
{
    struct reader *reader = watch->ctx;
    reader->changes++;
}

static void open_reader(struct reader *reader, struct bus *bus, const char *arn)
{
    *reader = (struct reader){.bus = bus, .watch = {.on_change = on_change}, .max = SIZE_MAX};
    reader->watch.ctx = reader;
    buf_init(&reader->seen, 1 << 16);
    cr_assert(stream_log_watch(bus->scheduler, slice_from(arn), &reader->watch));
}

static void close_reader(struct reader *reader)
{
    stream_log_unwatch(reader->bus->scheduler, &reader->watch);
    buf_finish(&reader->seen);
}

static bool on_record(void *ctx, const struct stream_log_record *record)
{
    struct reader *reader = ctx;
    if (reader->max == 0) {
        return false;
    }
    reader->max--;
    buf_append(&reader->seen, record->data);
    buf_append_char(&reader->seen, ' ');
    cr_assert_eq(record->sequence.len, STREAM_LOG_SEQUENCE_DIGITS);
    memcpy(reader->last, record->sequence.ptr, record->sequence.len);
    reader->arrived_ms = record->arrived_ms;
    cr_expect(slice_is(record->partition_key, "k"));
    return true;
}

static bool read_on(struct reader *reader, int shard, struct slice after)
{
    char id[SHARD_ID_LEN];
    shard_id_print((uint32_t)shard, id);
    buf_clear(&reader->seen);
    return stream_log_read(reader->bus->scheduler, &reader->watch, slice_from(id), after, on_record,
                           reader);
}

static void open_bus(struct bus *bus, int shards)
{
    *bus = (struct bus){.ctx = NULL};
    bus_open(bus);
    make_stream(bus, "s", shards);
}

static bool has_changed(struct bus *bus)
{
    const struct reader *reader = bus->ctx;
    return reader->changes != 0;
}

static void expect_change(struct bus *bus, struct reader *reader)
{
    bus->ctx = reader;
    bus_wait(bus, has_changed, "a change");
    reader->changes = 0;
}

Test(stream_log, only_streams_and_their_consumers_can_be_watched)
{
    struct bus bus;
    struct reader reader;
    open_bus(&bus, 1);
    ask_ok(&bus, "RegisterStreamConsumer", "{'StreamARN':'" STREAM_OF("s") "','ConsumerName':'c'}");
    static const char *const wrong[] = {
        "",
        "s",
        STREAM_OF("t"),
        STREAM_OF("s") "/consumer/c:1",
        STREAM_OF("s") "/consumer/d:1767225600",
        STREAM_OF("s") "/other/c:1767225600",
        "arn:aws:kinesis:eu-west-1:000000000000:stream/s",
        "arn:aws:sqs:us-east-1:000000000000:stream/s",
    };
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct stream_log_watch watch = {.on_change = on_change};
        cr_expect_not(stream_log_watch(bus.scheduler, slice_from(wrong[i]), &watch), "%s",
                      wrong[i]);
    }
    open_reader(&reader, &bus, STREAM_OF("s") "/consumer/c:1767225600");
    put(&bus, "s", "a", NULL);
    expect_change(&bus, &reader);
    close_reader(&reader);
    bus_close(&bus);
}

Test(stream_log, tells_of_commits_and_reads_from_a_position_on)
{
    struct bus bus;
    struct reader reader;
    AUTO_ARENA arena = ARENA_INIT;
    open_bus(&bus, 1);
    put(&bus, "s", "before", NULL);
    open_reader(&reader, &bus, STREAM_OF("s"));
    char after[SEQUENCE_TEXT_LEN];
    stream_log_position(bus.scheduler, &reader.watch, SLICE("shardId-000000000000"),
                        STREAM_LOG_LATEST, 0, after);
    cr_expect_eq(reader.changes, 0);
    struct slice a = arena_copy(&arena, put(&bus, "s", "a", NULL));
    expect_change(&bus, &reader);
    put(&bus, "s", "b", NULL);
    put(&bus, "s", "c", NULL);
    cr_expect_not(read_on(&reader, 0, slice_from(after)));
    cr_expect_str_eq(buf_cstr(&reader.seen), "a b c ");
    cr_expect_not(read_on(&reader, 0, a));
    cr_expect_str_eq(buf_cstr(&reader.seen), "b c ");
    cr_expect_not(read_on(&reader, 0, SLICE("")));
    cr_expect_str_eq(buf_cstr(&reader.seen), "before a b c ");
    cr_expect_eq(reader.arrived_ms, BUS_START_MS);
    reader.max = 2;
    cr_expect_not(read_on(&reader, 0, SLICE("")));
    cr_expect_str_eq(buf_cstr(&reader.seen), "before a ");
    cr_expect(slice_is(a, reader.last));
    stream_log_position(bus.scheduler, &reader.watch, SLICE("shardId-000000000000"),
                        STREAM_LOG_TRIM_HORIZON, 0, after);
    reader.max = SIZE_MAX;
    (void)read_on(&reader, 0, slice_from(after));
    cr_expect_str_eq(buf_cstr(&reader.seen), "before a b c ");
    close_reader(&reader);
    reader.changes = 0;
    put(&bus, "s", "d", NULL);
    bus_advance(&bus, 0);
    cr_expect_eq(reader.changes, 0, "nobody watches any more");
    bus_close(&bus);
}

Test(stream_log, a_position_at_a_time_is_in_front_of_what_came_then)
{
    struct bus bus;
    struct reader reader;
    open_bus(&bus, 1);
    for (int i = 0; i < 5; i++) {
        char data[2] = {(char)('a' + i), '\0'};
        put(&bus, "s", data, NULL);
        bus_advance(&bus, 1000);
    }
    open_reader(&reader, &bus, STREAM_OF("s"));
    static const struct {
        int64_t ms;
        const char *want;
    } rows[] = {{-1, "a b c d e "}, {0, "a b c d e "}, {1, "b c d e "}, {1000, "b c d e "},
                {3999, "e "},       {4000, "e "},      {4001, ""}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char after[SEQUENCE_TEXT_LEN];
        stream_log_position(bus.scheduler, &reader.watch, SLICE("shardId-000000000000"),
                            STREAM_LOG_AT_TIMESTAMP, BUS_START_MS + rows[i].ms, after);
        (void)read_on(&reader, 0, slice_from(after));
        cr_expect_str_eq(buf_cstr(&reader.seen), rows[i].want, "%d ms", (int)rows[i].ms);
    }
    close_reader(&reader);
    bus_close(&bus);
}

static void on_shard(void *ctx, const struct stream_log_shard *shard)
{
    buf_printf(ctx, "%.*s(%.*s,%.*s)%s ", SLICE_ARG(slice_skip(shard->id, 19)),
               SLICE_ARG(slice_skip(shard->parents[0], 19)),
               SLICE_ARG(slice_skip(shard->parents[1], 19)), shard->last.len != 0 ? "closed" : "");
}

Test(stream_log, tells_of_closed_shards_and_their_children)
{
    struct bus bus;
    struct reader reader;
    open_bus(&bus, 2);
    put(&bus, "s", "a", "0");
    open_reader(&reader, &bus, STREAM_OF("s"));
    ask_ok(&bus, "MergeShards",
           "{'StreamName':'s','ShardToMerge':'shardId-000000000000','AdjacentShardToMerge':"
           "'shardId-000000000001'}");
    expect_change(&bus, &reader);
    AUTO_BUF shards = BUF_INIT(4096);
    stream_log_each_shard(&reader.watch, on_shard, &shards);
    cr_expect_str_eq(buf_cstr(&shards), "0(,)closed 1(,)closed 2(0,1) ");
    reader.max = 0;
    cr_expect_not(read_on(&reader, 0, SLICE("")), "closed, but not to its end");
    reader.max = SIZE_MAX;
    cr_expect(read_on(&reader, 0, SLICE("")));
    cr_expect_str_eq(buf_cstr(&reader.seen), "a ");
    cr_expect(read_on(&reader, 0, slice_from(reader.last)));
    cr_expect_not(read_on(&reader, 2, SLICE("")));
    cr_expect(read_on(&reader, 7, SLICE("")), "a shard that is not there has nothing more");
    close_reader(&reader);
    bus_close(&bus);
}

Test(stream_log, a_deleted_stream_has_nothing_and_is_told_of_once)
{
    struct bus bus;
    struct reader reader;
    open_bus(&bus, 1);
    put(&bus, "s", "a", NULL);
    open_reader(&reader, &bus, STREAM_OF("s"));
    ask_ok(&bus, "DeleteStream", "{'StreamName':'s'}");
    expect_change(&bus, &reader);
    make_stream(&bus, "s", 1);
    put(&bus, "s", "b", NULL);
    cr_expect(read_on(&reader, 0, SLICE("")));
    cr_expect_eq(reader.seen.len, 0);
    cr_expect_eq(stream_log_retention_ms(&reader.watch), 0);
    close_reader(&reader);
    bus_close(&bus);
}

static bool on_printed(void *ctx, const struct stream_log_record *record)
{
    struct reader *reader = ctx;
    struct json_writer w = json_writer_init(&reader->seen);
    stream_log_print(reader->bus->scheduler, &w, SLICE("shardId-000000000000"), record,
                     SLICE(STREAM_OF("s")));
    return true;
}

Test(stream_log, prints_a_record_as_lambda_gets_it)
{
    struct bus bus;
    struct reader reader;
    AUTO_ARENA arena = ARENA_INIT;
    open_bus(&bus, 1);
    bus_advance(&bus, 987);
    struct slice number = arena_copy(&arena, put(&bus, "s", "hello", NULL));
    open_reader(&reader, &bus, STREAM_OF("s"));
    (void)stream_log_read(bus.scheduler, &reader.watch, SLICE("shardId-000000000000"), SLICE(""),
                          on_printed, &reader);
    const char *want = arena_cstr(
        &arena,
        arena_printf(&arena,
                     "{\"kinesis\":{\"kinesisSchemaVersion\":\"1.0\",\"partitionKey\":\"k\","
                     "\"sequenceNumber\":\"%.*s\",\"data\":\"aGVsbG8=\","
                     "\"approximateArrivalTimestamp\":1767225600.987},\"eventSource\":"
                     "\"aws:kinesis\",\"eventVersion\":\"1.0\",\"eventID\":"
                     "\"shardId-000000000000:%.*s\",\"eventName\":\"aws:kinesis:record\","
                     "\"invokeIdentityArn\":\"arn:aws:iam::000000000000:role/lambda-role\","
                     "\"awsRegion\":\"us-east-1\",\"eventSourceARN\":\"" STREAM_OF("s") "\"}",
                     SLICE_ARG(number), SLICE_ARG(number)));
    cr_expect_str_eq(buf_cstr(&reader.seen), want);
    close_reader(&reader);
    bus_close(&bus);
}

/* A watcher that goes, and takes another along, while it is told. */
struct leaving {
    struct reader *other;
    size_t changes;
    struct bus *bus;
    struct stream_log_watch watch;
};

static void on_leaving(struct stream_log_watch *watch)
{
    struct leaving *leaving = watch->ctx;
    leaving->changes++;
    stream_log_unwatch(leaving->bus->scheduler, &leaving->other->watch);
    stream_log_unwatch(leaving->bus->scheduler, watch);
}

Test(stream_log, a_watcher_may_unwatch_itself_and_others)
{
    struct bus bus;
    struct reader reader;
    open_bus(&bus, 1);
    open_reader(&reader, &bus, STREAM_OF("s"));
    struct leaving leaving = {.other = &reader, .bus = &bus, .watch = {.on_change = on_leaving}};
    leaving.watch.ctx = &leaving;
    cr_assert(stream_log_watch(bus.scheduler, SLICE(STREAM_OF("s")), &leaving.watch));
    put(&bus, "s", "a", NULL);
    put(&bus, "s", "b", NULL);
    for (int i = 0; i < 5; i++) {
        bus_turn(&bus);
    }
    cr_expect_eq(leaving.changes, 1);
    cr_expect_leq(reader.changes, 1);
    buf_finish(&reader.seen);
    bus_close(&bus);
}
