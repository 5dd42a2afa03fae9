/* The records of streams: DB_META, 'x' and the ARN -> an item (attr.h) with what DescribeStream needs. They outlive
 * their tables, so they repeat what they need of them. */
#include "store/stream.h"

#include "store/table/meta.h"
#include "store/table/policy.h"
#include "store/value/number.h"

#include <assert.h>
#include <stdio.h>

#define RECORD_LEN_MAX 8192

/* A record and what only this file needs of it. */
struct record_entry {
    struct stream stream;
    bool is_dropped; /* the table is gone: the last stream takes the log along */
};

static struct slice record_key(struct buf *buf, struct slice arn)
{
    buf_clear(buf);
    buf_append_char(buf, 'x');
    buf_append(buf, arn);
    return buf_slice(buf);
}

/* --- the form of a record --- */

static void write_number(struct buf *buf, const char *name, int64_t value)
{
    struct number number;
    number_from_i64(value, &number);
    attr_write_member(buf, slice_from(name), (struct attr){ATTR_N, number_slice(&number)});
}

static void write_text(struct buf *buf, const char *name, struct slice text)
{
    attr_write_member(buf, slice_from(name), (struct attr){ATTR_S, text});
}

/* Names and types, one after the other. */
static void write_keys(struct buf *buf, const struct key_schema *keys)
{
    AUTO_BUF list = BUF_INIT(RECORD_LEN_MAX);
    uint32_t count = (uint32_t)keys->hash_count + keys->range_count;
    size_t mark = attr_open(&list, ATTR_NONE);
    for (uint32_t i = 0; i < count; i++) {
        attr_write(&list, (struct attr){ATTR_S, keys->parts[i].name});
        attr_write(&list, (struct attr){ATTR_S, slice_from(attr_type_name(keys->parts[i].type))});
    }
    attr_close(&list, ATTR_NONE, mark, 2 * count);
    attr_write_member(buf, SLICE("keys"), (struct attr){ATTR_L, buf_slice(&list)});
}

/* Members in the order of their names. */
static void put_record(struct txn *txn, const struct record_entry *entry)
{
    const struct stream *stream = &entry->stream;
    AUTO_BUF key = BUF_INIT(ENGINE_KEY_MAX);
    AUTO_BUF buf = BUF_INIT(RECORD_LEN_MAX);
    bool is_closed = stream->last != UINT64_MAX;
    uint32_t count = 7;
    size_t mark = attr_open(&buf, ATTR_NONE);
    if (is_closed) {
        write_number(&buf, "closed", stream->closed_ms);
        count += 2;
    }
    write_number(&buf, "created", stream->created_ms);
    if (entry->is_dropped) {
        attr_write_member(&buf, SLICE("dropped"), (struct attr){ATTR_NULL, SLICE("")});
        count++;
    }
    write_number(&buf, "first", (int64_t)stream->first);
    write_keys(&buf, stream->keys);
    if (is_closed) {
        write_number(&buf, "last", (int64_t)stream->last);
    }
    write_text(&buf, "region", stream->region);
    write_text(&buf, "table", stream->table_name);
    write_number(&buf, "table_id", stream->table_id);
    write_number(&buf, "view", stream->view);
    attr_close(&buf, ATTR_NONE, mark, count);
    assert(!buf.is_full && !key.is_full);
    txn_put(txn, DB_META, record_key(&key, stream->arn), buf_slice(&buf));
}

static int64_t read_number(struct slice item, const char *name)
{
    struct attr attr = item_get(item, slice_from(name));
    int64_t value = 0;
    bool is_number = attr.type == ATTR_N && number_to_i64(attr.raw, &value);
    assert(is_number);
    return value;
}

static const struct key_schema *read_keys(struct arena *arena, struct slice item)
{
    struct key_schema *keys = arena_alloc(arena, sizeof(*keys));
    struct attr list = item_get(item, SLICE("keys"));
    uint32_t count = attr_count(list.raw) / 2;
    for (uint32_t i = 0; i < count; i++) {
        keys->parts[i].name = attr_element(list.raw, 2 * i).raw;
        bool is_type =
            attr_type_of_name(attr_element(list.raw, 2 * i + 1).raw, &keys->parts[i].type);
        assert(is_type);
    }
    keys->hash_count = 1;
    keys->range_count = (uint8_t)(count - 1);
    return keys;
}

static void make_shard_id(struct stream *stream)
{
    (void)snprintf(stream->shard_id, sizeof(stream->shard_id), "shardId-%020lld-%08x",
                   (long long)stream->created_ms, (uint32_t)slice_hash(stream->arn));
}

static void read_record(struct arena *arena, struct slice arn, struct slice value,
                        struct record_entry *ret_entry)
{
    struct slice item = arena_copy(arena, value);
    struct stream *stream = &ret_entry->stream;
    *ret_entry = (struct record_entry){.is_dropped = false};
    stream->arn = arena_copy(arena, arn);
    size_t at = slice_search(stream->arn, SLICE("/stream/"));
    assert(at != SLICE_NPOS);
    stream->table_arn = slice_take(stream->arn, at);
    stream->label = slice_skip(stream->arn, at + strlen("/stream/"));
    stream->table_name = item_get(item, SLICE("table")).raw;
    stream->region = item_get(item, SLICE("region")).raw;
    stream->table_id = (uint32_t)read_number(item, "table_id");
    stream->view = (enum stream_view)read_number(item, "view");
    stream->keys = read_keys(arena, item);
    stream->first = (uint64_t)read_number(item, "first");
    stream->created_ms = read_number(item, "created");
    stream->last = UINT64_MAX;
    if (item_get(item, SLICE("last")).type != ATTR_NONE) {
        stream->last = (uint64_t)read_number(item, "last");
        stream->closed_ms = read_number(item, "closed");
    }
    ret_entry->is_dropped = item_get(item, SLICE("dropped")).type != ATTR_NONE;
    make_shard_id(stream);
}

static bool get_record(struct txn *txn, struct arena *arena, struct slice arn,
                       struct record_entry *ret_entry)
{
    AUTO_BUF key = BUF_INIT(ENGINE_KEY_MAX);
    struct slice value;
    (void)record_key(&key, arn);
    if (key.is_full || !txn_get(txn, DB_META, buf_slice(&key), &value)) {
        return false;
    }
    read_record(arena, arn, value, ret_entry);
    return true;
}

/* --- finding --- */

bool stream_has_expired(const struct stream *stream, int64_t now_ms)
{
    return stream->last != UINT64_MAX && now_ms - stream->closed_ms >= STREAM_RETENTION_MS;
}

bool stream_find(struct store *store, struct arena *arena, struct slice arn,
                 struct stream *ret_stream)
{
    struct engine *engine = store_engine(store);
    struct record_entry entry;
    struct txn *txn = engine_read_begin(engine, 0);
    bool is_found = get_record(txn, arena, arn, &entry);
    engine_read_end(engine, txn);
    if (!is_found ||
        stream_has_expired(&entry.stream, clock_epoch_ms(store_context(store)->clock))) {
        return false;
    }
    *ret_stream = entry.stream;
    return true;
}

static bool next_record(struct txn *txn, struct arena *arena, struct slice after,
                        struct record_entry *ret_entry)
{
    AUTO_CURSOR cursor;
    AUTO_BUF key = BUF_INIT(4096);
    (void)record_key(&key, after);
    if (after.len != 0) {
        buf_append_char(&key, '\0'); /* the next key there can be */
    }
    cursor_open(&cursor, txn, DB_META);
    if (!cursor_seek(&cursor, slice_take(buf_slice(&key), ENGINE_KEY_MAX)) ||
        !slice_starts_with(cursor.key, SLICE("x"))) {
        return false;
    }
    read_record(arena, slice_skip(cursor.key, 1), cursor.value, ret_entry);
    return true;
}

bool stream_after(struct txn *txn, struct arena *arena, struct slice after, int64_t now_ms,
                  struct stream *ret_stream)
{
    struct record_entry entry;
    while (next_record(txn, arena, after, &entry)) {
        if (!stream_has_expired(&entry.stream, now_ms)) {
            *ret_stream = entry.stream;
            return true;
        }
        after = entry.stream.arn;
    }
    return false;
}

/* --- opening, closing --- */

static struct slice arn_of(struct arena *arena, const struct table *table, struct slice label)
{
    return arena_printf(arena, "%.*s/stream/%.*s", SLICE_ARG(table->arn), SLICE_ARG(label));
}

/* "2015-05-11T21:21:33.291", the first of `now_ms` and after that has no stream yet. */
static struct slice make_label(struct txn *txn, struct arena *arena, const struct table *table,
                               int64_t now_ms)
{
    char text[TIME_TEXT_MAX];
    struct record_entry entry;
    for (;; now_ms++) {
        struct slice label = slice_from(time_iso8601_ms(text, now_ms));
        label = slice_take(label, label.len - 1); /* without the zone */
        if (!get_record(txn, arena, arn_of(arena, table, label), &entry)) {
            return arena_copy(arena, label);
        }
    }
}

/* Forgets a table's log: its records are the sweeper's. */
static void drop_log(struct txn *txn, uint32_t table_id)
{
    meta_put_of_id(txn, 'l', table_id, SLICE_NULL);
    catalog_discard(txn, DB_LOG, table_id);
}

/* A stream goes with its policy; the last one of a dropped table takes the log along. */
static void forget(struct txn *txn, const struct record_entry *entry)
{
    AUTO_ARENA arena = ARENA_INIT;
    AUTO_BUF key = BUF_INIT(ENGINE_KEY_MAX);
    struct record_entry other;
    struct slice after = SLICE_NULL;
    bool is_last = true;
    (void)txn_delete(txn, DB_META, record_key(&key, entry->stream.arn));
    policy_remove(txn, entry->stream.arn);
    while (is_last && next_record(txn, &arena, after, &other)) {
        after = other.stream.arn;
        is_last = other.stream.table_id != entry->stream.table_id;
    }
    if (is_last && entry->is_dropped) {
        drop_log(txn, entry->stream.table_id);
    }
}

void stream_record_open(struct txn *txn, struct table *table, enum stream_view view,
                        struct slice label, int64_t now_ms)
{
    assert(view != STREAM_OFF);
    table->stream_view = view;
    table->stream_label = label.len != 0 ? arena_copy(table->arena, label)
                                         : make_label(txn, table->arena, table, now_ms);
    table->stream_first = change_log_next(txn, table->id);
    struct slice arn = arn_of(table->arena, table, table->stream_label);
    struct record_entry entry;
    if (get_record(txn, table->arena, arn, &entry)) {
        forget(txn, &entry); /* of the same label, perhaps of an earlier table of this name */
    }
    entry = (struct record_entry){.stream = {.arn = arn,
                                             .table_name = table->name,
                                             .region = table->region,
                                             .table_id = table->id,
                                             .view = view,
                                             .keys = &table->keys,
                                             .first = table->stream_first,
                                             .last = UINT64_MAX,
                                             .created_ms = now_ms}};
    put_record(txn, &entry);
}

void stream_record_close(struct txn *txn, struct table *table, int64_t now_ms)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct record_entry entry;
    table->stream_view = STREAM_OFF;
    if (get_record(txn, &arena, arn_of(&arena, table, table->stream_label), &entry) &&
        entry.stream.last == UINT64_MAX) {
        entry.stream.last = change_log_next(txn, table->id) - 1;
        entry.stream.closed_ms = now_ms;
        put_record(txn, &entry);
    }
}

void stream_record_drop(struct txn *txn, const struct table *newest, int64_t now_ms)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct record_entry entry;
    struct slice after = SLICE_NULL;
    bool has_streams = false;
    while (next_record(txn, &arena, after, &entry)) {
        after = entry.stream.arn;
        if (entry.stream.table_id != newest->id) {
            continue;
        }
        has_streams = true;
        entry.is_dropped = true;
        if (entry.stream.last == UINT64_MAX) {
            entry.stream.last = change_log_next(txn, newest->id) - 1;
            entry.stream.closed_ms = now_ms;
        }
        put_record(txn, &entry);
    }
    if (!has_streams) {
        drop_log(txn, newest->id);
    }
}

bool stream_record_expire(struct txn *txn, int64_t now_ms)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct record_entry entry;
    struct slice after = SLICE_NULL;
    do {
        if (!next_record(txn, &arena, after, &entry)) {
            return false;
        }
        after = entry.stream.arn;
    } while (!stream_has_expired(&entry.stream, now_ms));
    forget(txn, &entry);
    return true;
}
