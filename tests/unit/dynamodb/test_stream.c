#include "client.h"

#include "core/encode.h"
#include "core/mem.h"
#include "store/background.h"
#include "store/stream.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define HOUR_MS (3600LL * 1000)

/* --- a stream is opened or closed as a change of its table does it --- */

struct stream_change {
    struct catalog_change change;
    struct world *world;
    enum stream_view view; /* STREAM_OFF: closed */
    struct slice label;
    bool drops;
    bool is_done;
};

static struct table *run_change(struct catalog_change *base, struct txn *txn,
                                const struct table *newest)
{
    struct stream_change *change = CONTAINER_OF(base, struct stream_change, change);
    int64_t now_ms = clock_epoch_ms(&change->world->clock);
    if (change->drops) {
        stream_record_drop(txn, newest, now_ms);
        base->deletes = true;
        return NULL;
    }
    struct table *table = table_copy(newest);
    if (change->view != STREAM_OFF) {
        stream_record_open(txn, table, change->view, change->label, now_ms);
    } else {
        stream_record_close(txn, table, now_ms);
    }
    return table;
}

static void on_changed(struct catalog_change *base, enum status status)
{
    cr_assert_eq(status, STATUS_OK);
    CONTAINER_OF(base, struct stream_change, change)->is_done = true;
}

static struct table *change_labelled(struct world *world, struct table *table,
                                     enum stream_view view, const char *label, bool drops)
{
    struct stream_change change = {
        .change = {.table = table,
                   .name = table->name,
                   .arena = &world->arena,
                   .change = run_change,
                   .done = on_changed},
        .world = world,
        .view = view,
        .label = slice_from(label),
        .drops = drops,
    };
    catalog_change(store_catalog(world->store), &change.change);
    while (!change.is_done) {
        (void)uv_run(&world->loop, UV_RUN_ONCE);
    }
    return catalog_find(store_catalog(world->store), SLICE("ttt"));
}

static struct table *change_stream(struct world *world, struct table *table, enum stream_view view,
                                   bool drops)
{
    return change_labelled(world, table, view, NULL, drops);
}

static const struct world_schema plain = {.name = "ttt", .hash = "p"};

static struct table *begin(struct world *world, struct client *client, enum stream_view view)
{
    world_begin(world, NULL);
    client_begin(client, world);
    return change_stream(world, world_table(world, &plain), view, false);
}

static void end(struct world *world, struct client *client)
{
    client_end(client);
    world_end(world);
}

static const char *arn_of(struct world *world, const struct table *table)
{
    return arena_cstr(&world->arena,
                      arena_printf(&world->arena, "%.*s/stream/%.*s", SLICE_ARG(table->arn),
                                   SLICE_ARG(table->stream_label)));
}

static const char *shard_of(struct client *client, const char *arn)
{
    client_callf(client, "DescribeStream", "{'StreamArn':'%s'}", arn);
    return client_value(client, "ShardId");
}

static const char *iterator_of(struct client *client, const char *arn, const char *how)
{
    client_callf(client, "GetShardIterator",
                 "{'StreamArn':'%s','ShardId':'%s','ShardIteratorType':%s}", arn,
                 shard_of(client, arn), how);
    return client_value(client, "ShardIterator");
}

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, part)) != NULL; at += strlen(part)) {
        count++;
    }
    return count;
}

static size_t records_of(struct client *client, const char *iterator, int limit)
{
    client_callf(client, "GetRecords", "{'ShardIterator':'%s','Limit':%d}", iterator, limit);
    cr_assert_eq(client->status, 200, "%s", client->body);
    return count_of(client->body, "'eventID'");
}

Test(stream, is_listed_and_described)
{
    struct world world;
    struct client client;
    struct table *table = begin(&world, &client, STREAM_NEW_IMAGE);
    client_call(&client, "ListStreams", "{}");
    cr_expect_str_eq(
        client.body,
        "{'Streams':[{'StreamArn':'arn:aws:dynamodb:us-east-1:000000000000:table/ttt/stream/"
        "2023-11-14T22:13:20.000','StreamLabel':'2023-11-14T22:13:20.000','TableName':'ttt'}]}");
    client_callf(&client, "DescribeStream", "{'StreamArn':'%s'}", arn_of(&world, table));
    cr_expect_str_eq(
        client.body,
        arena_cstr(&world.arena,
                   arena_printf(&world.arena,
                                "{'StreamDescription':{'StreamArn':'%s','StreamLabel':"
                                "'2023-11-14T22:13:20.000','StreamStatus':'ENABLED',"
                                "'StreamViewType':'NEW_IMAGE','CreationRequestDateTime':1700000000,"
                                "'TableName':'ttt','KeySchema':[{'AttributeName':'p','KeyType':"
                                "'HASH'}],'Shards':[{'ShardId':'%s','SequenceNumberRange':"
                                "{'StartingSequenceNumber':'100000000000000000001'}}]}}",
                                arn_of(&world, table), client_value(&client, "ShardId"))));
    const char *shard = client_value(&client, "ShardId");
    cr_expect(strncmp(shard, "shardId-00000001700000000000-", 29) == 0 && strlen(shard) == 37, "%s",
              shard);
    client_callf(&client, "DescribeStream", "{'StreamArn':'%s','ExclusiveStartShardId':'%s'}",
                 arn_of(&world, table), shard);
    cr_expect_str_eq(client_value(&client, "Shards"), "[]");
    end(&world, &client);
}

Test(stream, lists_page_by_page_and_by_table)
{
    struct world world;
    struct client client;
    struct table *table = begin(&world, &client, STREAM_KEYS_ONLY);
    for (int i = 0; i < 3; i++) { /* within one millisecond */
        table = change_stream(&world, table, STREAM_OFF, false);
        table = change_stream(&world, table, STREAM_KEYS_ONLY, false);
    }
    const char *start = "";
    for (int i = 0; i < 4; i++) {
        client_callf(&client, "ListStreams", "{'Limit':1%s%s%s}",
                     start[0] != '\0' ? ",'ExclusiveStartStreamArn':'" : "", start,
                     start[0] != '\0' ? "'" : "");
        cr_expect_eq(count_of(client.body, "'StreamLabel'"), 1);
        start = client_value(&client, "LastEvaluatedStreamArn");
        cr_expect_eq(start[0] == '\0', i == 3);
    }
    client_call(&client, "ListStreams", "{'TableName':'ttt'}");
    cr_expect_eq(count_of(client.body, "'StreamLabel'"), 4);
    client_call(&client, "ListStreams", "{'TableName':'other'}");
    cr_expect_str_eq(client.body, "{'Streams':[]}");
    client_call(&client, "ListStreams",
                "{'ExclusiveStartStreamArn':'no-arn-of-any-stream-but-of-a-good-length'}");
    cr_expect_eq(client.status, 400);
    cr_expect_str_eq(client_value(&client, "message"), "Invalid StreamArn");
    end(&world, &client);
}

Test(stream, shows_what_its_view_says)
{
    static const struct {
        enum stream_view view;
        const char *insert, *modify, *remove;
    } rows[] = {
        {STREAM_KEYS_ONLY, "'Keys':{'p':{'S':'a'}}", "'Keys':{'p':{'S':'a'}}",
         "'Keys':{'p':{'S':'a'}}"},
        {STREAM_NEW_IMAGE, "'Keys':{'p':{'S':'a'}},'NewImage':{'p':{'S':'a'},'x':{'N':'1'}}",
         "'Keys':{'p':{'S':'a'}},'NewImage':{'p':{'S':'a'},'x':{'N':'22'}}",
         "'Keys':{'p':{'S':'a'}}"},
        {STREAM_OLD_IMAGE, "'Keys':{'p':{'S':'a'}}",
         "'Keys':{'p':{'S':'a'}},'OldImage':{'p':{'S':'a'},'x':{'N':'1'}}",
         "'Keys':{'p':{'S':'a'}},'OldImage':{'p':{'S':'a'},'x':{'N':'22'}}"},
        {STREAM_NEW_AND_OLD, "'Keys':{'p':{'S':'a'}},'NewImage':{'p':{'S':'a'},'x':{'N':'1'}}",
         "'Keys':{'p':{'S':'a'}},'NewImage':{'p':{'S':'a'},'x':{'N':'22'}},"
         "'OldImage':{'p':{'S':'a'},'x':{'N':'1'}}",
         "'Keys':{'p':{'S':'a'}},'OldImage':{'p':{'S':'a'},'x':{'N':'22'}}"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct world world;
        struct client client;
        struct table *table = begin(&world, &client, rows[i].view);
        world_put(&world, table, "{'p':{'S':'a'},'x':{'N':'1'}}");
        world_put(&world, table, "{'x':{'N':'1.0'},'p':{'S':'a'}}"); /* nothing changes */
        world_put(&world, table, "{'p':{'S':'a'},'x':{'N':'22'}}");
        world_delete(&world, table, "{'p':{'S':'a'}}");
        world_delete(&world, table, "{'p':{'S':'a'}}");
        const char *iterator = iterator_of(&client, arn_of(&world, table), "'TRIM_HORIZON'");
        cr_expect_eq(records_of(&client, iterator, 1000), 3, "%s", client.body);
        const char *parts[] = {rows[i].insert, rows[i].modify, rows[i].remove};
        const char *names[] = {"'eventName':'INSERT'", "'eventName':'MODIFY'",
                               "'eventName':'REMOVE'"};
        const char *at = client.body;
        for (size_t k = 0; k < COUNT_OF(parts); k++) {
            at = strstr(at, names[k]);
            cr_assert_not_null(at, "view %zu: %s", i, client.body);
            char wanted[300];
            (void)snprintf(wanted, sizeof(wanted),
                           "'eventVersion':'1.1','eventSource':'aws:dynamodb','awsRegion':"
                           "'us-east-1','dynamodb':{'ApproximateCreationDateTime':1700000000,%s,"
                           "'SequenceNumber':'10000000000000000000%zu','SizeBytes':",
                           parts[k], k + 1);
            cr_expect_not_null(strstr(at, wanted), "view %zu record %zu: %s", i, k, at);
        }
        end(&world, &client);
    }
}

Test(stream, counts_the_bytes_of_what_it_shows)
{
    struct world world;
    struct client client;
    struct table *table = begin(&world, &client, STREAM_NEW_AND_OLD);
    world_put(&world, table, "{'p':{'S':'test'}}");
    (void)records_of(&client, iterator_of(&client, arn_of(&world, table), "'TRIM_HORIZON'"), 10);
    cr_expect_str_eq(client_value(&client, "SizeBytes"), "10");
    end(&world, &client);
}

static void put_count(struct world *world, struct table *table, int first, int count)
{
    for (int i = first; i < first + count; i++) {
        struct slice json = arena_printf(&world->arena, "{'p':{'S':'%d'}}", i);
        world_put(world, table, arena_cstr(&world->arena, json));
    }
}

Test(stream, is_read_page_by_page_and_from_every_kind_of_place)
{
    struct world world;
    struct client client;
    struct table *table = begin(&world, &client, STREAM_KEYS_ONLY);
    const char *arn = arn_of(&world, table);
    put_count(&world, table, 0, 10);
    const char *latest = iterator_of(&client, arn, "'LATEST'");
    const char *iterator = iterator_of(&client, arn, "'TRIM_HORIZON'");
    static const size_t counts[] = {4, 4, 2, 0};
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        cr_expect_eq(records_of(&client, iterator, 4), counts[i]);
        iterator = client_value(&client, "NextShardIterator");
        cr_expect_str_neq(iterator, "", "an open shard always goes on");
    }
    put_count(&world, table, 10, 3);
    cr_expect_eq(records_of(&client, iterator, 1000), 3);
    cr_expect_eq(records_of(&client, latest, 1000), 3);
    iterator =
        iterator_of(&client, arn, "'AT_SEQUENCE_NUMBER','SequenceNumber':'100000000000000000012'");
    cr_expect_eq(records_of(&client, iterator, 1000), 2);
    iterator = iterator_of(&client, arn,
                           "'AFTER_SEQUENCE_NUMBER','SequenceNumber':'100000000000000000012'");
    cr_expect_eq(records_of(&client, iterator, 1000), 1);
    cr_expect_str_eq(client_value(&client, "SequenceNumber"), "100000000000000000013");
    end(&world, &client);
}

Test(stream, stays_readable_for_a_day_after_it_was_closed)
{
    struct world world;
    struct client client;
    struct table *table = begin(&world, &client, STREAM_KEYS_ONLY);
    const char *arn = arn_of(&world, table);
    put_count(&world, table, 0, 3);
    table = change_stream(&world, table, STREAM_OFF, false);
    put_count(&world, table, 3, 1); /* in no stream */
    client_callf(&client, "DescribeStream", "{'StreamArn':'%s'}", arn);
    cr_expect_str_eq(client_value(&client, "StreamStatus"), "DISABLED");
    cr_expect_str_eq(client_value(&client, "EndingSequenceNumber"), "100000000000000000003");
    table = change_stream(&world, table, STREAM_KEYS_ONLY, false);
    cr_expect_str_neq(arn, arn_of(&world, table));
    put_count(&world, table, 4, 2);
    cr_expect_eq(records_of(&client, iterator_of(&client, arn, "'TRIM_HORIZON'"), 2), 2);
    const char *iterator = client_value(&client, "NextShardIterator");
    cr_expect_eq(records_of(&client, iterator, 1000), 1);
    cr_expect_str_eq(client_value(&client, "NextShardIterator"), "", "closed and drained");
    iterator = iterator_of(&client, arn_of(&world, table), "'TRIM_HORIZON'");
    cr_expect_eq(records_of(&client, iterator, 1000), 2);
    clock_advance(&world.clock, 24 * HOUR_MS - 1);
    client_callf(&client, "DescribeStream", "{'StreamArn':'%s'}", arn);
    cr_expect_eq(client.status, 200);
    clock_advance(&world.clock, 1);
    client_callf(&client, "DescribeStream", "{'StreamArn':'%s'}", arn);
    cr_expect_str_eq(
        client.body,
        arena_cstr(&world.arena,
                   arena_printf(&world.arena,
                                "{'__type':'com.amazonaws.dynamodb.v20120810#"
                                "ResourceNotFoundException','message':'Requested resource not "
                                "found: Stream: %s not found'}",
                                arn)));
    end(&world, &client);
}

Test(stream, outlives_its_table)
{
    struct world world;
    struct client client;
    struct table *table = begin(&world, &client, STREAM_NEW_IMAGE);
    const char *arn = arn_of(&world, table);
    put_count(&world, table, 0, 2);
    cr_expect_null(change_stream(&world, table, STREAM_OFF, true));
    client_call(&client, "ListStreams", "{}");
    cr_expect_eq(count_of(client.body, "'StreamLabel'"), 1);
    cr_expect_eq(records_of(&client, iterator_of(&client, arn, "'TRIM_HORIZON'"), 1000), 2);
    cr_expect_str_eq(client_value(&client, "NextShardIterator"), "");
    end(&world, &client);
}

Test(stream, of_a_label_takes_the_place_of_an_earlier_table_s)
{
    struct world world;
    struct client client;
    world_begin(&world, NULL);
    client_begin(&client, &world);
    struct table *table = world_table(&world, &plain);
    uint32_t old_id = table->id;
    table = change_labelled(&world, table, STREAM_KEYS_ONLY, "label", false);
    put_count(&world, table, 0, 2);
    client_callf(&client, "PutResourcePolicy",
                 "{'ResourceArn':'%s','Policy':'{\\\"Statement\\\":[]}'}", arn_of(&world, table));
    cr_expect_eq(client.status, 200, "%s", client.body);
    cr_expect_null(change_stream(&world, table, STREAM_OFF, true));
    table = change_labelled(&world, world_table(&world, &plain), STREAM_KEYS_ONLY, "label", false);
    put_count(&world, table, 0, 1);
    cr_expect_eq(
        records_of(&client, iterator_of(&client, arn_of(&world, table), "'TRIM_HORIZON'"), 1000),
        1);
    client_callf(&client, "GetResourcePolicy", "{'ResourceArn':'%s'}", arn_of(&world, table));
    cr_expect_not_null(strstr(client.body, "#PolicyNotFoundException"), "%s", client.body);
    client_call(&client, "ListStreams", "{}");
    cr_expect_eq(count_of(client.body, "'StreamLabel'"), 1);
    struct txn *txn = engine_read_begin(store_engine(world.store), 0);
    cr_expect_eq(change_log_next(txn, old_id), 1, "nothing is left of the log");
    engine_read_end(store_engine(world.store), txn);
    end(&world, &client);
}

Test(stream, shows_no_record_of_more_than_a_day)
{
    struct world world;
    struct client client;
    struct table *table = begin(&world, &client, STREAM_KEYS_ONLY);
    const char *arn = arn_of(&world, table);
    for (int i = 0; i < 20; i++) {
        put_count(&world, table, i, 1);
        clock_advance(&world.clock, 2 * HOUR_MS);
    }
    /* The last was written two hours ago, number 9 (the tenth) twenty-two, number 8 a full day. */
    const char *iterator = iterator_of(&client, arn, "'TRIM_HORIZON'");
    cr_expect_eq(records_of(&client, iterator, 1), 1);
    cr_expect_str_eq(client_value(&client, "SequenceNumber"), "100000000000000000009");
    iterator = client_value(&client, "NextShardIterator");
    cr_expect_eq(records_of(&client, iterator, 1000), 11);
    (void)iterator_of(&client, arn,
                      "'AT_SEQUENCE_NUMBER','SequenceNumber':"
                      "'100000000000000000008'");
    cr_expect_not_null(strstr(client.body, "#TrimmedDataAccessException"), "%s", client.body);
    iterator = iterator_of(&client, arn,
                           "'AT_SEQUENCE_NUMBER','SequenceNumber':"
                           "'100000000000000000009'");
    clock_advance(&world.clock, 10 * 60 * 1000);
    client_callf(&client, "GetRecords", "{'ShardIterator':'%s'}", iterator);
    cr_expect_not_null(strstr(client.body, "#TrimmedDataAccessException"), "%s", client.body);
    clock_advance(&world.clock, 100 * HOUR_MS);
    iterator = iterator_of(&client, arn, "'TRIM_HORIZON'");
    cr_expect_eq(records_of(&client, iterator, 1000), 0);
    put_count(&world, table, 30, 1);
    iterator = client_value(&client, "NextShardIterator");
    cr_expect_eq(records_of(&client, iterator, 1000), 1);
    end(&world, &client);
}

static size_t logged(struct world *world, uint32_t table_id)
{
    struct change_cursor cursor;
    struct change change;
    struct txn *txn = engine_read_begin(store_engine(world->store), 0);
    size_t count = 0;
    change_cursor_open(&cursor, txn, table_id);
    for (bool has = change_cursor_from(&cursor, 0, &change); has;
         has = change_cursor_next(&cursor, &change)) {
        count++;
    }
    change_cursor_close(&cursor);
    engine_read_end(store_engine(world->store), txn);
    return count;
}

static void trim(struct world *world)
{
    streams_trim(store_streams(world->store));
    while (engine_pending(store_engine(world->store)) != 0) {
        (void)uv_run(&world->loop, UV_RUN_ONCE);
    }
}

Test(stream, forgets_records_and_streams_when_their_time_is_over)
{
    struct world world;
    struct client client;
    struct table *table = begin(&world, &client, STREAM_KEYS_ONLY);
    uint32_t id = table->id;
    put_count(&world, table, 0, 1200); /* more than one job takes */
    clock_advance(&world.clock, 12 * HOUR_MS);
    put_count(&world, table, 2000, 10);
    trim(&world);
    cr_expect_eq(logged(&world, id), 1210);
    clock_advance(&world.clock, 12 * HOUR_MS + 1);
    trim(&world);
    cr_expect_eq(logged(&world, id), 10);
    table = change_stream(&world, table, STREAM_OFF, false);
    trim(&world);
    cr_expect_eq(logged(&world, id), 10, "the closed stream still shows them");
    clock_advance(&world.clock, 24 * HOUR_MS);
    trim(&world);
    trim(&world);
    cr_expect_eq(logged(&world, id), 0);
    struct txn *txn = engine_read_begin(store_engine(world.store), 0);
    struct stream stream;
    cr_expect_not(stream_after(txn, &world.arena, SLICE(""), 0, &stream));
    engine_read_end(store_engine(world.store), txn);
    end(&world, &client);
}

Test(stream, refuses_iterators_that_are_old_or_not_its_own)
{
    struct world world;
    struct client client;
    struct table *table = begin(&world, &client, STREAM_KEYS_ONLY);
    const char *arn = arn_of(&world, table);
    const char *iterator = iterator_of(&client, arn, "'LATEST'");
    clock_advance(&world.clock, 15 * 60 * 1000);
    cr_expect_eq(records_of(&client, iterator, 1000), 0);
    clock_advance(&world.clock, 1);
    client_callf(&client, "GetRecords", "{'ShardIterator':'%s'}", iterator);
    cr_expect_not_null(strstr(client.body, "#ExpiredIteratorException"), "%s", client.body);
    static const char *const strangers[] = {
        "x",        "a|1|",    "a|1|!!!!",
        "a|1|eHh4", "|1|fHx8", "arn:aws:dynamodb:us-east-1:0:table/a|1|fHx8"};
    for (size_t i = 0; i < COUNT_OF(strangers); i++) {
        client_callf(&client, "GetRecords", "{'ShardIterator':'%s'}", strangers[i]);
        cr_expect_not_null(strstr(client.body, "#ValidationException"), "case %zu: %s", i,
                           client.body);
    }
    AUTO_BUF first = BUF_INIT(1024), oldest = BUF_INIT(1024);
    cr_assert(base64_decode(&first, slice_from(strrchr(iterator, '|') + 1)));
    struct slice shard = slice_take(buf_slice(&first), slice_find(buf_slice(&first), '|'));
    AUTO_BUF inner = BUF_INIT(1024);
    buf_printf(&inner, "%.*s|1|-9223372036854775808|1", SLICE_ARG(shard));
    base64_encode(&oldest, buf_slice(&inner));
    client_callf(&client, "GetRecords", "{'ShardIterator':'%s|1|%s'}", arn, buf_cstr(&oldest));
    cr_expect_not_null(strstr(client.body, "#ExpiredIteratorException"), "%s", client.body);
    client_callf(&client, "GetShardIterator",
                 "{'StreamArn':'%s','ShardId':'shardId-00000001541626099285-f35f62ef',"
                 "'ShardIteratorType':'LATEST'}",
                 arn);
    cr_expect_not_null(strstr(client.body, "#ResourceNotFoundException"), "%s", client.body);
    (void)iterator_of(&client, arn, "'LATEST','SequenceNumber':'100000000000000000001'");
    cr_expect_not_null(strstr(client.body, "#ValidationException"), "%s", client.body);
    (void)iterator_of(&client, arn, "'AT_SEQUENCE_NUMBER'");
    cr_expect_not_null(strstr(client.body, "#ValidationException"), "%s", client.body);
    client_call(&client, "DescribeStream",
                "{'StreamArn':'arn:aws:dynamodb:us-east-1:000000000000:table/ttt'}");
    cr_expect_not_null(strstr(client.body, "#ValidationException"), "%s", client.body);
    end(&world, &client);
}

/* --- what the event bus uses --- */

struct watcher {
    struct stream_watch watch;
    struct world *world;
    int calls;
    bool leaves;
};

static void on_change(struct stream_watch *watch)
{
    struct watcher *watcher = CONTAINER_OF(watch, struct watcher, watch);
    watcher->calls++;
    if (watcher->leaves) {
        stream_unwatch(watcher->world->store, watch);
    }
}

static void run_until_idle(struct world *world)
{
    for (int i = 0; i < 3; i++) {
        (void)uv_run(&world->loop, UV_RUN_NOWAIT);
    }
}

Test(stream, tells_its_watchers_once_for_many_changes)
{
    struct world world;
    struct client client;
    struct table *table = begin(&world, &client, STREAM_KEYS_ONLY);
    struct watcher watchers[3] = {{.leaves = false}, {.leaves = true}, {.leaves = false}};
    for (size_t i = 0; i < COUNT_OF(watchers); i++) {
        watchers[i].world = &world;
        watchers[i].watch = (struct stream_watch){.on_change = on_change,
                                                  .table_id = table->id + (i == 2 ? 1000 : 0)};
        stream_watch(world.store, &watchers[i].watch);
    }
    for (int i = 0; i < 5; i++) {
        stream_changed(world.store, table->id);
    }
    cr_expect_eq(watchers[0].calls, 0, "later, never inside the call");
    run_until_idle(&world);
    stream_changed(world.store, table->id);
    run_until_idle(&world);
    cr_expect_eq(watchers[0].calls, 2);
    cr_expect_eq(watchers[1].calls, 1, "it left when it was told");
    cr_expect_eq(watchers[2].calls, 0, "of another table");
    stream_unwatch(world.store, &watchers[0].watch);
    stream_changed(world.store, table->id);
    run_until_idle(&world);
    cr_expect_eq(watchers[0].calls, 2);
    stream_unwatch(world.store, &watchers[2].watch);
    end(&world, &client);
}

struct taken {
    uint64_t sequences[20];
    size_t count, most;
};

static bool take(void *ctx, const struct change *change)
{
    struct taken *taken = ctx;
    if (taken->count == taken->most) {
        return false;
    }
    taken->sequences[taken->count++] = change->sequence;
    return true;
}

Test(stream, is_read_on_from_where_the_reader_stopped)
{
    struct world world;
    struct client client;
    struct table *table = begin(&world, &client, STREAM_KEYS_ONLY);
    struct stream stream;
    put_count(&world, table, 0, 10);
    cr_assert(stream_find(world.store, &world.arena, slice_from(arn_of(&world, table)), &stream));
    uint64_t next = 0;
    struct taken taken = {.count = 0};
    for (size_t most = 4; most <= 12; most += 4) {
        taken.most = most;
        next = stream_read(world.store, &stream, next, take, &taken);
        cr_expect_eq(next, (most < 10 ? most : 10) + 1);
    }
    cr_expect_eq(taken.count, 10);
    for (size_t i = 0; i < taken.count; i++) {
        cr_expect_eq(taken.sequences[i], i + 1);
    }
    end(&world, &client);
}

Test(stream, prints_records_for_lambda)
{
    struct world world;
    struct client client;
    struct table *table = begin(&world, &client, STREAM_KEYS_ONLY);
    struct stream stream;
    cr_assert(stream_find(world.store, &world.arena, slice_from(arn_of(&world, table)), &stream));
    struct change change = {.sequence = 7,
                            .time_ms = 1500,
                            .kind = CHANGE_REMOVE,
                            .is_expiry = true,
                            .new_item = SLICE_NULL};
    change.old_item = world_item(&world, "{'p':{'S':'a'},'x':{'N':'1'}}");
    struct buf buf = BUF_INIT(10000);
    struct json_writer w = json_writer_init(&buf);
    stream_print(&w, &stream, &change, true);
    const char *text = buf_cstr(&buf);
    cr_expect_not_null(strstr(text, "\"userIdentity\":{\"type\":\"Service\",\"principalId\":"
                                    "\"dynamodb.amazonaws.com\"}"));
    cr_expect_not_null(strstr(text, "\"eventSourceARN\":\"arn:aws:dynamodb:us-east-1:000000000000:"
                                    "table/ttt/stream/"));
    buf_clear(&buf);
    w = json_writer_init(&buf);
    stream_print(&w, &stream, &change, false);
    text = buf_cstr(&buf);
    cr_expect_not_null(strstr(text, "\"userIdentity\":{\"Type\":\"Service\",\"PrincipalId\":"
                                    "\"dynamodb.amazonaws.com\"}"));
    cr_expect_null(strstr(text, "eventSourceARN"));
    buf_finish(&buf);
    end(&world, &client);
}

Test(stream, parses_what_it_prints_of_a_sequence)
{
    static const uint64_t rows[] = {0, 1, 12345, UINT64_MAX};
    char text[STREAM_SEQUENCE_DIGITS + 1];
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        uint64_t sequence = 42;
        stream_print_sequence(rows[i], text);
        cr_expect_eq(strlen(text), STREAM_SEQUENCE_DIGITS);
        cr_expect(stream_parse_sequence(slice_from(text), &sequence));
        cr_expect_eq(sequence, rows[i]);
    }
    static const char *const bad[] = {"",
                                      "1",
                                      "200000000000000000001",
                                      "1x0000000000000000001",
                                      "199999999999999999999",
                                      "1000000000000000000010"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        uint64_t sequence = 0;
        cr_expect_not(stream_parse_sequence(slice_from(bad[i]), &sequence), "%s", bad[i]);
    }
}
