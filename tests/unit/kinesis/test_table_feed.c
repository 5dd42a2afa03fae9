/* Streams as destinations of tables: each change of an item becomes a record. */
#include "kinesis_client.h"
#include "tests/support/json_path.h"

#include "core/json_scan.h"
#include "core/mem.h"

#include <criterion/criterion.h>
#include <stdio.h>

static struct bus bus;

static void start_bus(void)
{
    bus = (struct bus){.ctx = NULL};
    bus_open(&bus);
    scheduler_start(bus.scheduler);
    make_stream(&bus, "marks", 1);
}

static void close_bus(void)
{
    bus_close(&bus);
}

TestSuite(table_feed, .init = start_bus, .fini = close_bus, .timeout = 60);

#define KEYED_BY_ID                                                                                \
    "'BillingMode':'PAY_PER_REQUEST','KeySchema':[{'AttributeName':'id','KeyType':'HASH'}],"       \
    "'AttributeDefinitions':[{'AttributeName':'id','AttributeType':'S'}]"

static void make_table(void)
{
    bus_ok(&bus, "dynamodb", "CreateTable", "{'TableName':'tab'," KEYED_BY_ID "}");
}

static const char *change_destination(const char *operation, const char *stream, const char *more)
{
    char body[512];
    (void)snprintf(body, sizeof(body), "{'TableName':'tab','StreamArn':'" STREAM_OF("%s") "'%s}",
                   stream, more);
    return bus_ok(&bus, "dynamodb", operation, body);
}

static void enable(const char *stream)
{
    change_destination("EnableKinesisStreamingDestination", stream, "");
}

static void disable(const char *stream)
{
    change_destination("DisableKinesisStreamingDestination", stream, "");
}

static void put_item(const char *id, int number)
{
    char body[256];
    (void)snprintf(body, sizeof(body),
                   "{'TableName':'tab','Item':{'id':{'S':'%s'},'n':{'N':'%d'}}}", id, number);
    bus_ok(&bus, "dynamodb", "PutItem", body);
}

static void delete_item(const char *id)
{
    char body[256];
    (void)snprintf(body, sizeof(body), "{'TableName':'tab','Key':{'id':{'S':'%s'}}}", id);
    bus_ok(&bus, "dynamodb", "DeleteItem", body);
}

/* The records of a shard as an array: none of them has a space inside. */
static struct slice records(struct arena *arena, const char *stream, int shard)
{
    AUTO_BUF array = BUF_INIT(1u << 20);
    buf_append_char(&array, '[');
    for (const char *at = data_of(&bus, arena, stream, shard); *at != '\0'; at++) {
        buf_append_char(&array, *at == ' ' ? ',' : *at);
    }
    buf_append_char(&array, ']');
    return arena_copy(arena, buf_slice(&array));
}

static struct slice text_at(struct arena *arena, struct slice record, const char *path)
{
    struct slice text;
    return json_raw_string(arena, json_at(record, path), &text) ? text : SLICE("-");
}

/* "INSERT a -1": what happened, to which item, n before and n after. */
static const char *changes(struct arena *arena, const char *stream, int shard)
{
    AUTO_BUF list = BUF_INIT(1u << 16);
    struct json_scan scan = json_scan_init(records(arena, stream, shard));
    struct slice record;
    cr_assert(json_scan_enter(&scan, '['));
    while (json_scan_element(&scan, &record)) {
        buf_printf(&list, "%s%.*s %.*s %.*s>%.*s", list.len != 0 ? ", " : "",
                   SLICE_ARG(text_at(arena, record, "eventName")),
                   SLICE_ARG(text_at(arena, record, "dynamodb.Keys.id.S")),
                   SLICE_ARG(text_at(arena, record, "dynamodb.OldImage.n.N")),
                   SLICE_ARG(text_at(arena, record, "dynamodb.NewImage.n.N")));
    }
    return arena_cstr(arena, buf_slice(&list));
}

static bool has_settled(struct bus *of)
{
    AUTO_ARENA arena = ARENA_INIT;
    (void)of;
    const char *wanted = bus.ctx;
    return strcmp(changes(&arena, "s", 0), wanted) == 0;
}

static void expect_changes(const char *wanted)
{
    AUTO_ARENA arena = ARENA_INIT;
    bus.ctx = arena_cstr(&arena, slice_from(wanted));
    bus_wait(&bus, has_settled, wanted);
}

/* What is under way has come to rest: jobs are written in their order, and each round waits for one of ours. */
static void settle(void)
{
    for (int i = 0; i < 4; i++) {
        (void)put(&bus, "marks", "m", NULL);
    }
}

static void reopen(void)
{
    bus_reopen(&bus);
    scheduler_start(bus.scheduler);
}

/* --- what arrives --- */

Test(table_feed, each_change_of_an_item_becomes_one_record_in_order)
{
    make_stream(&bus, "s", 1);
    make_table();
    put_item("before", 0);
    enable("s");
    put_item("a", 1);
    put_item("a", 2);
    put_item("a", 2); /* changes nothing */
    put_item("b", 3);
    delete_item("a");
    delete_item("none");
    expect_changes("INSERT a ->1, MODIFY a 1>2, INSERT b ->3, REMOVE a 2>-");
}

/* Sizes as of a record of AWS's that a translator of such records has among its tests. */
Test(table_feed, a_record_looks_as_that_of_aws)
{
    AUTO_ARENA arena = ARENA_INIT;
    make_stream(&bus, "s", 1);
    bus_ok(&bus, "dynamodb", "CreateTable",
           "{'TableName':'tab','BillingMode':'PAY_PER_REQUEST','KeySchema':["
           "{'AttributeName':'device','KeyType':'HASH'},"
           "{'AttributeName':'timestamp','KeyType':'RANGE'}],'AttributeDefinitions':["
           "{'AttributeName':'device','AttributeType':'S'},"
           "{'AttributeName':'timestamp','AttributeType':'S'}]}");
    enable("s");
    bus_ok(
        &bus, "dynamodb", "PutItem",
        "{'TableName':'tab','Item':{'device':{'S':'foo'},'timestamp':{'S':'2024-07-12T01:17:42'},"
        "'temperature':{'N':'42.42'},'humidity':{'N':'84.84'}}}");
    settle();
    struct slice record = json_at(records(&arena, "s", 0), "0");
    static const struct {
        const char *path;
        const char *json;
    } rows[] = {
        {"awsRegion", "'us-east-1'"},
        {"eventName", "'INSERT'"},
        {"userIdentity", "null"},
        {"recordFormat", "'application/json'"},
        {"tableName", "'tab'"},
        {"dynamodb.ApproximateCreationDateTime", "1767225600000"},
        {"dynamodb.Keys", "{'device':{'S':'foo'},'timestamp':{'S':'2024-07-12T01:17:42'}}"},
        {"dynamodb.NewImage.temperature", "{'N':'42.42'}"},
        {"dynamodb.SizeBytes", "99"},
        {"dynamodb.OldImage", ""},
        {"dynamodb.ApproximateCreationDateTimePrecision", ""},
        {"dynamodb.SequenceNumber", ""},
        {"eventSource", "'aws:dynamodb'"},
        {"eventSourceARN", ""},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cr_expect(json_is(record, rows[i].path, rows[i].json), "%s: %.*s", rows[i].path,
                  SLICE_ARG(json_at(record, rows[i].path)));
    }
    cr_expect_eq(json_at(record, "eventID").len, strlen("'6f773704-d244-414f-9590-5e9e9045409d'"));
}

Test(table_feed, times_are_as_precise_as_the_destination_says_at_the_time)
{
    AUTO_ARENA arena = ARENA_INIT;
    make_stream(&bus, "s", 1);
    make_table();
    enable("s");
    put_item("a", 1);
    expect_changes("INSERT a ->1");
    change_destination("UpdateKinesisStreamingDestination", "s",
                       ",'UpdateKinesisStreamingConfiguration':{"
                       "'ApproximateCreationDateTimePrecision':'MICROSECOND'}");
    put_item("a", 2);
    expect_changes("INSERT a ->1, MODIFY a 1>2");
    struct slice all = records(&arena, "s", 0);
    cr_expect(json_is(all, "0.dynamodb.ApproximateCreationDateTime", "1767225600000"));
    cr_expect(json_is(all, "1.dynamodb.ApproximateCreationDateTime", "1767225600000000"));
    cr_expect(json_is(all, "1.dynamodb.ApproximateCreationDateTimePrecision", "'MICROSECOND'"));
}

Test(table_feed, an_item_that_expires_is_removed_by_the_service)
{
    AUTO_ARENA arena = ARENA_INIT;
    make_stream(&bus, "s", 1);
    make_table();
    bus_ok(&bus, "dynamodb", "UpdateTimeToLive",
           "{'TableName':'tab','TimeToLiveSpecification':{'Enabled':true,'AttributeName':'n'}}");
    put_item("a", (int)(BUS_START_MS / 1000) + 60);
    enable("s");
    bus_advance(&bus, 120000);
    expect_changes("REMOVE a 1767225660>-");
    cr_expect(json_is(records(&arena, "s", 0), "0.userIdentity",
                      "{'type':'Service','principalId':'dynamodb.amazonaws.com'}"));
}

Test(table_feed, changes_of_an_item_stay_in_one_shard_and_items_spread_over_all)
{
    enum { ITEMS = 20, SHARDS = 3 };
    AUTO_ARENA arena = ARENA_INIT;
    size_t counts[SHARDS] = {0};
    make_stream(&bus, "s", SHARDS);
    make_table();
    enable("s");
    for (int i = 0; i < ITEMS; i++) {
        char id[16];
        (void)snprintf(id, sizeof(id), "i%d", i);
        put_item(id, i);
        put_item(id, i + 1);
    }
    settle();
    for (int shard = 0; shard < SHARDS; shard++) {
        const char *text = changes(&arena, "s", shard);
        for (int i = 0; i < ITEMS; i++) {
            char inserted[64], modified[64];
            (void)snprintf(inserted, sizeof(inserted), "INSERT i%d ->%d", i, i);
            (void)snprintf(modified, sizeof(modified), "MODIFY i%d %d>%d", i, i, i + 1);
            const char *first = strstr(text, inserted);
            const char *second = strstr(text, modified);
            cr_expect_eq(first != NULL, second != NULL, "%s", text);
            cr_expect(first <= second, "%s", text);
            counts[shard] += first != NULL;
        }
        cr_expect_gt(counts[shard], 0);
    }
    cr_expect_eq(counts[0] + counts[1] + counts[2], ITEMS);
}

/* --- when --- */

Test(table_feed, what_was_changed_before_a_stop_arrives_once_after_it)
{
    make_stream(&bus, "s", 1);
    make_table();
    enable("s");
    put_item("a", 1);
    expect_changes("INSERT a ->1");
    bus_reopen(&bus); /* not started: nothing flows */
    put_item("a", 2);
    delete_item("a");
    settle();
    expect_changes("INSERT a ->1");
    reopen();
    expect_changes("INSERT a ->1, MODIFY a 1>2, REMOVE a 2>-");
    reopen();
    put_item("b", 1);
    expect_changes("INSERT a ->1, MODIFY a 1>2, REMOVE a 2>-, INSERT b ->1");
}

Test(table_feed, a_disabled_destination_gets_what_came_before_and_nothing_after)
{
    make_stream(&bus, "s", 1);
    bus_reopen(&bus); /* nothing flows */
    bus_ok(&bus, "dynamodb", "CreateTable",
           "{'TableName':'tab','StreamSpecification':{'StreamEnabled':true,'StreamViewType':"
           "'KEYS_ONLY'}," KEYED_BY_ID "}");
    enable("s");
    put_item("a", 1);
    disable("s");
    put_item("b", 2); /* is in the log: of the table's stream */
    reopen();
    expect_changes("INSERT a ->1");
    put_item("c", 3);
    settle();
    expect_changes("INSERT a ->1");
    enable("s");
    put_item("d", 4);
    expect_changes("INSERT a ->1, INSERT d ->4");
    disable("s");
    put_item("e", 5);
    settle();
    expect_changes("INSERT a ->1, INSERT d ->4");
}

Test(table_feed, changes_wait_for_a_stream_that_is_not_there)
{
    make_stream(&bus, "s", 1);
    make_table();
    enable("s");
    ask_ok(&bus, "DeleteStream", "{'StreamName':'s'}");
    put_item("a", 1);
    put_item("a", 2);
    settle();
    cr_expect_str_eq(buf_cstr(&bus.notices),
                     "tab: changes wait, for 24 hours: there is no stream " STREAM_OF("s") "\n");
    make_stream(&bus, "s", 1);
    expect_changes("INSERT a ->1, MODIFY a 1>2");
    put_item("b", 1);
    expect_changes("INSERT a ->1, MODIFY a 1>2, INSERT b ->1");
}

Test(table_feed, a_table_of_the_same_name_is_another)
{
    make_stream(&bus, "s", 1);
    make_table();
    enable("s");
    put_item("a", 1);
    expect_changes("INSERT a ->1");
    bus_ok(&bus, "dynamodb", "DeleteTable", "{'TableName':'tab'}");
    make_table();
    put_item("a", 2);
    settle();
    expect_changes("INSERT a ->1");
    enable("s");
    put_item("a", 3);
    expect_changes("INSERT a ->1, MODIFY a 2>3");
}

Test(table_feed, a_table_may_change_its_stream_and_a_stream_have_several_tables)
{
    AUTO_ARENA arena = ARENA_INIT;
    make_stream(&bus, "s", 1);
    make_stream(&bus, "other", 1);
    make_table();
    bus_ok(&bus, "dynamodb", "CreateTable", "{'TableName':'two'," KEYED_BY_ID "}");
    bus_ok(&bus, "dynamodb", "EnableKinesisStreamingDestination",
           "{'TableName':'two','StreamArn':'" STREAM_OF("s") "'}");
    enable("s");
    put_item("a", 1);
    expect_changes("INSERT a ->1");
    bus_ok(&bus, "dynamodb", "PutItem", "{'TableName':'two','Item':{'id':{'S':'z'}}}");
    expect_changes("INSERT a ->1, INSERT z ->-");
    disable("s");
    enable("other");
    put_item("a", 2);
    settle();
    cr_expect_str_eq(changes(&arena, "other", 0), "MODIFY a 1>2");
    expect_changes("INSERT a ->1, INSERT z ->-");
}

Test(table_feed, a_long_log_arrives_batch_by_batch)
{
    enum { COUNT = 601 };
    AUTO_ARENA arena = ARENA_INIT;
    make_stream(&bus, "s", 1);
    bus_reopen(&bus); /* nothing flows */
    make_table();
    enable("s");
    for (int i = 0; i < COUNT; i++) {
        put_item("a", i);
    }
    reopen();
    settle();
    size_t count = json_raw_count(records(&arena, "s", 0));
    cr_expect_eq(count, COUNT, "%zu", count);
}

/* --- of a template --- */

static void on_deployed(void *ctx, enum status status, const struct fault *fault)
{
    (void)ctx;
    cr_assert_eq(status, STATUS_OK, "%s", fault->text);
    bus.has_reply = true;
}

static bool has_deployed(struct bus *of)
{
    return of->has_reply;
}

static void deploy(const char *stream_arn, const char *precision)
{
    char *create_json = json_quoted("{'TableName':'tab'," KEYED_BY_ID "}");
    const struct store_table_spec spec = {
        .create_json = slice_from(create_json),
        .destination_arn = slice_from(stream_arn),
        .destination_precision = slice_from(precision),
    };
    bus.has_reply = false;
    store_deploy(bus.store, &spec, 1, on_deployed, NULL);
    bus_wait(&bus, has_deployed, "the deployment");
    mem_free(create_json);
}

Test(table_feed, a_template_says_which_stream_gets_the_changes)
{
    AUTO_ARENA arena = ARENA_INIT;
    make_stream(&bus, "s", 1);
    make_stream(&bus, "other", 1);
    deploy(STREAM_OF("s"), "");
    put_item("a", 1);
    expect_changes("INSERT a ->1");
    deploy(STREAM_OF("s"), "MICROSECOND");
    put_item("a", 2);
    expect_changes("INSERT a ->1, MODIFY a 1>2");
    cr_expect(json_is(records(&arena, "s", 0), "1.dynamodb.ApproximateCreationDateTimePrecision",
                      "'MICROSECOND'"));
    deploy(STREAM_OF("other"), "");
    put_item("a", 3);
    settle();
    cr_expect_str_eq(changes(&arena, "other", 0), "MODIFY a 2>3");
    deploy("", "");
    put_item("a", 4);
    settle();
    cr_expect_str_eq(changes(&arena, "other", 0), "MODIFY a 2>3");
    expect_changes("INSERT a ->1, MODIFY a 1>2");
}
