#include "kinesis_client.h"

#include "core/encode.h"
#include "core/json_scan.h"
#include "core/mem.h"

#include <criterion/criterion.h>

#include <stdarg.h>
#include <stdio.h>

#define BODY_MAX (1u << 20)

static const char *ask_with(struct bus *bus, const char *operation, const char *format,
                            va_list args)
{
    char *body = mem_alloc(BODY_MAX);
    int len = vsnprintf(body, BODY_MAX, format, args);
    cr_assert_lt(len, (int)BODY_MAX);
    const char *reply = bus_call(bus, "kinesis", operation, body);
    mem_free(body);
    return reply;
}

const char *ask(struct bus *bus, const char *operation, const char *body, ...)
{
    va_list args;
    va_start(args, body);
    const char *reply = ask_with(bus, operation, body, args);
    va_end(args);
    return reply;
}

const char *ask_ok(struct bus *bus, const char *operation, const char *body, ...)
{
    va_list args;
    va_start(args, body);
    const char *reply = ask_with(bus, operation, body, args);
    va_end(args);
    cr_assert_eq(bus->status, 200, "%s: %s", operation, reply);
    return reply;
}

void expect_refusal(struct bus *bus, const char *code, const char *message)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct slice text = SLICE("");
    cr_expect_eq(bus->status, 400, "%d", bus->status);
    cr_expect(json_raw_string(&arena, bus_at(bus, "__type"), &text));
    cr_expect(slice_is(text, code), "%.*s", SLICE_ARG(text));
    cr_expect(json_raw_string(&arena, bus_at(bus, "message"), &text));
    cr_expect(slice_is(text, message), "%.*s", SLICE_ARG(text));
}

void make_stream(struct bus *bus, const char *name, int shards)
{
    ask_ok(bus, "CreateStream", "{'StreamName':'%s','ShardCount':%d}", name, shards);
}

/* Of a string in the last reply. */
static struct slice unquoted(const struct bus *bus, const char *path)
{
    struct slice raw = bus_at(bus, path);
    cr_assert_gt(raw.len, 2, "no %s", path);
    return slice_of(raw.ptr + 1, raw.len - 2);
}

struct slice put(struct bus *bus, const char *stream, const char *data, const char *hash_key)
{
    AUTO_BUF text = BUF_INIT(BODY_MAX);
    base64_encode(&text, slice_from(data));
    ask_ok(bus, "PutRecord", "{'StreamName':'%s','Data':'%s','PartitionKey':'k'%s%s%s}", stream,
           buf_cstr(&text), hash_key != NULL ? ",'ExplicitHashKey':'" : "",
           hash_key != NULL ? hash_key : "", hash_key != NULL ? "'" : "");
    return unquoted(bus, "SequenceNumber");
}

struct slice get_iterator(struct bus *bus, const char *stream, int shard, const char *type)
{
    ask_ok(bus, "GetShardIterator",
           "{'StreamName':'%s','ShardId':'shardId-%012d','ShardIteratorType':'%s'}", stream, shard,
           type);
    return unquoted(bus, "ShardIterator");
}

static struct slice decoded(struct arena *arena, struct slice record)
{
    struct slice raw;
    struct slice text;
    AUTO_BUF bytes = BUF_INIT(BODY_MAX);
    cr_assert(json_raw_find(record, "Data", &raw) && json_raw_string(arena, raw, &text));
    cr_assert(base64_decode(&bytes, text));
    return arena_copy(arena, buf_slice(&bytes));
}

const char *data_of(struct bus *bus, struct arena *arena, const char *stream, int shard)
{
    AUTO_BUF list = BUF_INIT(BODY_MAX);
    struct slice at = arena_copy(arena, get_iterator(bus, stream, shard, "TRIM_HORIZON"));
    ask_ok(bus, "GetRecords", "{'ShardIterator':'%.*s'}", SLICE_ARG(at));
    struct json_scan scan = json_scan_init(bus_at(bus, "Records"));
    struct slice record;
    if (json_scan_enter(&scan, '[')) {
        while (json_scan_element(&scan, &record)) {
            buf_append_text(&list, list.len != 0 ? " " : "");
            buf_append(&list, decoded(arena, record));
        }
    }
    return arena_cstr(arena, buf_slice(&list));
}

const char *shards_of(struct bus *bus, struct arena *arena, const char *stream, const char *more)
{
    AUTO_BUF list = BUF_INIT(BODY_MAX);
    ask_ok(bus, "ListShards", "{'StreamName':'%s'%s}", stream, more);
    struct json_scan scan = json_scan_init(bus_at(bus, "Shards"));
    struct slice shard;
    struct slice raw;
    if (json_scan_enter(&scan, '[')) {
        while (json_scan_element(&scan, &shard)) {
            uint32_t number = 0;
            cr_assert(json_raw_find(shard, "ShardId", &raw));
            cr_assert(shard_id_parse(slice_of(raw.ptr + 1, raw.len - 2), &number));
            buf_printf(&list, "%s%u", list.len != 0 ? " " : "", number);
        }
    }
    return arena_cstr(arena, buf_slice(&list));
}
