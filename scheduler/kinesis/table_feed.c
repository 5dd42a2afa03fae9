#include "scheduler/kinesis/table_feed.h"

#include "core/mem.h"
#include "scheduler/kinesis/kinesis_private.h"
#include "store/table/destination.h"

#include <assert.h>
#include <ctype.h>
#include <md5.h>

#define BATCH_RECORDS 500
#define BATCH_BYTES ((size_t)1 << 20) /* but for the last record */
#define RECORD_MAX (16u << 20) /* two images of 400 KiB as JSON at its longest, and their keys */

/* One destination of one table. */
struct table_feed {
    struct table_feed *next;
    struct kinesis *kinesis;
    struct stream_watch watch; /* of the table's log */
    struct table *table;       /* a version of it, referenced */
    struct arena arena;        /* of the ARN */
    struct slice stream_arn;
    bool in_microseconds;
    uint64_t position; /* the first change that is not in the stream */
    uint64_t end;      /* and the first that does not go there */
    bool is_told;      /* that there is no such stream */
    bool is_sending;   /* a batch is with the writer */
    bool is_closed;
    /* the batch */
    struct arena batch_arena; /* what the entries point to */
    struct append_entry *entries;
    size_t count;
    size_t cap;
    size_t bytes;
    uint64_t batch_end; /* the position behind it */
};

struct reading {
    struct table_feed *feed;
    struct stream log;
};

/* --- the batch --- */

/* The same for all changes of an item; 32 digits, as DynamoDB's look. */
static struct slice partition_key(struct arena *arena, const struct key_schema *keys,
                                  struct slice item)
{
    MD5_CTX md5;
    char text[MD5_DIGEST_STRING_LENGTH];
    MD5Init(&md5);
    for (size_t i = 0; i < key_part_count(keys); i++) {
        struct slice value = item_get(item, keys->parts[i].name).raw;
        uint32_t len = (uint32_t)value.len;
        MD5Update(&md5, (const uint8_t *)&len, sizeof(len));
        MD5Update(&md5, (const uint8_t *)value.ptr, value.len);
    }
    MD5End(&md5, text);
    for (char *at = text; *at != '\0'; at++) {
        *at = (char)toupper((unsigned char)*at);
    }
    return arena_copy(arena, slice_from(text));
}

static struct slice print_record(const struct reading *reading, const struct change *change)
{
    AUTO_BUF json = BUF_INIT(RECORD_MAX);
    struct json_writer w = json_writer_init(&json);
    stream_print_record(&w, &reading->log, change, reading->feed->in_microseconds);
    assert(!json.is_full);
    return arena_copy(&reading->feed->batch_arena, buf_slice(&json));
}

static struct append_entry *add_entry(struct table_feed *feed)
{
    if (feed->count == feed->cap) {
        feed->cap = feed->cap != 0 ? 2 * feed->cap : 8;
        feed->entries = mem_realloc(feed->entries, feed->cap * sizeof(*feed->entries));
    }
    return &feed->entries[feed->count++];
}

static bool take_change(void *ctx, const struct change *change)
{
    const struct reading *reading = ctx;
    struct table_feed *feed = reading->feed;
    if (feed->count == BATCH_RECORDS || feed->bytes >= BATCH_BYTES) {
        return false;
    }
    struct slice item = change->new_item.ptr != NULL ? change->new_item : change->old_item;
    struct append_entry *entry = add_entry(feed);
    *entry = (struct append_entry){
        .partition_key = partition_key(&feed->batch_arena, reading->log.keys, item),
        .data = print_record(reading, change),
    };
    feed->bytes += entry->data.len;
    return true;
}

static void read_batch(struct table_feed *feed)
{
    arena_reset(&feed->batch_arena);
    feed->count = 0;
    feed->bytes = 0;
    struct reading reading = {feed, destination_log(feed->table, feed->end)};
    feed->batch_end = stream_read(feed->kinesis->scheduler->store, &reading.log, feed->position,
                                  take_change, &reading);
}

/* --- sending --- */

static void free_feed(struct table_feed *feed)
{
    table_unref(feed->table);
    arena_finish(&feed->batch_arena);
    arena_finish(&feed->arena);
    mem_free(feed->entries);
    mem_free(feed);
}

static void go_on(struct table_feed *feed);

/* Writer thread: with the records. */
static void advance(void *ctx, struct txn *txn)
{
    const struct table_feed *feed = ctx;
    destination_advance(txn, feed->watch.table_id, feed->stream_arn, feed->batch_end);
}

/* Enabled anew, a destination leaves out what lies between. */
static void reach(struct table_feed *feed, uint64_t position)
{
    feed->position = position > feed->position ? position : feed->position;
}

/* Takes it out of the list. */
static void close_feed(struct table_feed *feed)
{
    struct table_feed **at = &feed->kinesis->feeds;
    while (*at != feed) {
        at = &(*at)->next;
    }
    *at = feed->next;
    stream_unwatch(feed->kinesis->scheduler->store, &feed->watch);
    feed->is_closed = true;
    if (!feed->is_sending) {
        free_feed(feed);
    }
}

/* What could not be written is tried again with the next change. */
static void on_sent(void *ctx, enum status status)
{
    struct table_feed *feed = ctx;
    feed->is_sending = false;
    if (feed->is_closed) {
        free_feed(feed);
        return;
    }
    if (status == STATUS_OK) {
        reach(feed, feed->batch_end);
        if (feed->position >= feed->end) {
            close_feed(feed);
        } else {
            go_on(feed);
        }
    }
}

static struct kinesis_stream *find_stream(const struct table_feed *feed)
{
    const struct consumer *consumer;
    struct kinesis_stream *stream = stream_find_arn(feed->kinesis, feed->stream_arn, &consumer);
    return stream != NULL && consumer == NULL ? stream : NULL;
}

static void tell_there_is_none(struct table_feed *feed)
{
    feed->is_told = true;
    scheduler_notice(feed->kinesis->scheduler, feed->table->name,
                     "changes wait, for 24 hours: there is no stream %.*s",
                     SLICE_ARG(feed->stream_arn));
}

static void send_batch(struct table_feed *feed, struct kinesis_stream *stream)
{
    for (size_t i = 0; i < feed->count; i++) {
        feed->entries[i].shard = stream_shard_for(stream, feed->entries[i].partition_key)->number;
    }
    feed->is_told = false;
    feed->is_sending = true;
    records_append(stream, &feed->batch_arena, feed->entries, feed->count, advance, on_sent, feed);
}

static void go_on(struct table_feed *feed)
{
    struct kinesis_stream *stream = find_stream(feed);
    if (feed->is_sending || (stream == NULL && feed->is_told)) {
        return;
    }
    read_batch(feed);
    if (feed->count == 0) {
        return;
    }
    if (stream == NULL) {
        tell_there_is_none(feed);
    } else {
        send_batch(feed, stream);
    }
}

static void on_change(struct stream_watch *watch)
{
    go_on(watch->ctx);
}

/* --- which feeds there are --- */

static void change_feed(struct table_feed *feed, struct table *table,
                        const struct destination *destination)
{
    table_ref(table);
    table_unref(feed->table);
    feed->table = table;
    feed->in_microseconds = slice_is(destination->precision, "MICROSECOND");
    reach(feed, destination->next);
    feed->end = destination->end;
}

static void open_feed(struct kinesis *kinesis, struct table *table,
                      const struct destination *destination)
{
    struct table_feed *feed = mem_zalloc(sizeof(*feed));
    feed->kinesis = kinesis;
    arena_init(&feed->arena, 256);
    arena_init(&feed->batch_arena, 4096);
    feed->stream_arn = arena_copy(&feed->arena, destination->arn);
    change_feed(feed, table, destination);
    feed->watch = (struct stream_watch){.on_change = on_change, .table_id = table->id, .ctx = feed};
    stream_watch(kinesis->scheduler->store, &feed->watch);
    feed->next = kinesis->feeds;
    kinesis->feeds = feed;
    go_on(feed);
}

static struct destinations read_destinations(struct kinesis *kinesis, struct arena *arena,
                                             const struct table *table)
{
    struct txn *txn = engine_read_begin(kinesis->scheduler->engine, 0);
    struct destinations all = destinations_get(txn, arena, table->id);
    engine_read_end(kinesis->scheduler->engine, txn);
    return all;
}

static struct table_feed *find_feed(const struct kinesis *kinesis, uint32_t table_id,
                                    struct slice stream_arn)
{
    struct table_feed *feed = kinesis->feeds;
    while (feed != NULL &&
           !(feed->watch.table_id == table_id && slice_eq(feed->stream_arn, stream_arn))) {
        feed = feed->next;
    }
    return feed;
}

/* A disabled one, too, until it has what it is to get. */
static bool is_fed(const struct destination *destination)
{
    return destination != NULL && destination->next < destination->end;
}

/* Makes the feeds of a table those that its destinations say. */
static void follow(struct kinesis *kinesis, struct table *table, bool is_deleted)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct destinations all = {NULL, 0};
    if (!is_deleted) {
        all = read_destinations(kinesis, &arena, table);
    }
    struct table_feed *next;
    for (struct table_feed *feed = kinesis->feeds; feed != NULL; feed = next) {
        next = feed->next;
        if (feed->watch.table_id == table->id &&
            !is_fed(destinations_find(&all, feed->stream_arn))) {
            close_feed(feed);
        }
    }
    for (size_t i = 0; i < all.count; i++) {
        struct table_feed *feed = find_feed(kinesis, table->id, all.items[i].arn);
        if (feed != NULL) {
            change_feed(feed, table, &all.items[i]);
        } else if (is_fed(&all.items[i])) {
            open_feed(kinesis, table, &all.items[i]);
        }
    }
}

static void on_table_change(void *ctx, struct table *table, bool is_deleted)
{
    follow(ctx, table, is_deleted);
}

void table_feeds_start(struct kinesis *kinesis)
{
    struct catalog *catalog = store_catalog(kinesis->scheduler->store);
    for (size_t i = 0; i < catalog_count(catalog); i++) {
        follow(kinesis, catalog_at(catalog, i), false);
    }
    catalog_observe(catalog, on_table_change, kinesis);
}

void table_feeds_stop(struct kinesis *kinesis)
{
    catalog_unobserve(store_catalog(kinesis->scheduler->store), kinesis);
    while (kinesis->feeds != NULL) {
        close_feed(kinesis->feeds);
    }
}

void table_feeds_on_stream(struct kinesis *kinesis)
{
    for (struct table_feed *feed = kinesis->feeds; feed != NULL; feed = feed->next) {
        go_on(feed);
    }
}
