#include "scheduler/kinesis/kinesis_private.h"

#include "core/json_scan.h"
#include "core/mem.h"
#include "scheduler/kinesis/limits.h"

/* --- writing --- */

static void put_hash(struct json_writer *w, const char *key, struct hash_key hash)
{
    char text[DECIMAL_TEXT_MAX];
    json_put_text(w, key, hash_key_print(hash, text));
}

static void print_shard(struct json_writer *w, const struct shard *shard)
{
    json_open(w, '{');
    json_put_i64(w, "number", shard->number);
    json_key_text(w, "parents");
    json_open(w, '[');
    for (size_t i = 0; i < 2 && shard->parents[i] != SHARD_NONE; i++) {
        json_write_i64(w, shard->parents[i]);
    }
    json_close(w, ']');
    put_hash(w, "first", shard->first);
    put_hash(w, "last", shard->last);
    json_put_i64(w, "created", shard->created_ms);
    if (!shard_is_open(shard)) {
        json_put_i64(w, "closed", shard->closed_ms);
    }
    json_close(w, '}');
}

static void put_known(struct json_writer *w, const char *key, struct slice text)
{
    if (text.len != 0) {
        json_put_string(w, key, text);
    }
}

static void print_consumer(struct json_writer *w, const struct consumer *consumer)
{
    json_open(w, '{');
    json_put_string(w, "name", consumer->name);
    json_put_i64(w, "created", consumer->created_ms);
    json_put_raw(w, "tags", consumer->tags); /* null: none */
    put_known(w, "policy", consumer->policy);
    json_close(w, '}');
}

void stream_json_print(struct json_writer *w, const struct kinesis_stream *stream)
{
    const struct stream_settings *settings = &stream->settings;
    json_open(w, '{');
    json_put_i64(w, "id", stream->id);
    json_put_i64(w, "created", stream->created_ms);
    json_put_bool(w, "onDemand", settings->mode == MODE_ON_DEMAND);
    json_put_bool(w, "auto", settings->is_auto_distributed);
    json_put_i64(w, "retentionHours", settings->retention_hours);
    json_put_i64(w, "recordKiB", settings->record_kib);
    json_put_i64(w, "warmMiB", settings->warm_mib);
    json_put_i64(w, "monitored", settings->monitored);
    put_known(w, "keyId", settings->key_id);
    json_put_raw(w, "tags", settings->tags);
    put_known(w, "policy", settings->policy);
    json_key_text(w, "consumers");
    json_open(w, '[');
    for (size_t i = 0; i < settings->consumer_count; i++) {
        print_consumer(w, &settings->consumers[i]);
    }
    json_close(w, ']');
    json_key_text(w, "shards");
    json_open(w, '[');
    for (size_t i = 0; i < stream->shard_count; i++) {
        print_shard(w, &stream->shards[i]);
    }
    json_close(w, ']');
    json_close(w, '}');
}

/* --- reading --- */

static int64_t number_of(struct slice object, const char *key)
{
    struct slice raw;
    int64_t number = 0;
    return json_raw_find(object, key, &raw) && json_raw_i64(raw, &number) ? number : 0;
}

static bool flag_of(struct slice object, const char *key)
{
    struct slice raw;
    return json_raw_find(object, key, &raw) && slice_is(raw, "true");
}

static struct slice text_of(struct arena *arena, struct slice object, const char *key)
{
    struct slice raw;
    struct slice text;
    return json_raw_find(object, key, &raw) && json_raw_string(arena, raw, &text) ? text
                                                                                  : SLICE("");
}

static struct slice tags_of(struct slice object)
{
    struct slice raw = json_raw_member(object, "tags");
    return json_raw_kind(raw) == JSON_OBJECT ? raw : SLICE_NULL;
}

static bool parse_shard(struct arena *arena, struct slice json, struct shard *shard)
{
    struct slice parents = SLICE("[]");
    int64_t number = number_of(json, "number");
    *shard = (struct shard){
        .number = (uint32_t)number,
        .parents = {SHARD_NONE, SHARD_NONE},
        .created_ms = number_of(json, "created"),
        .closed_ms = number_of(json, "closed"),
    };
    (void)json_raw_find(json, "parents", &parents);
    struct json_scan scan = json_scan_init(parents);
    struct slice element;
    if (json_scan_enter(&scan, '[')) {
        for (size_t i = 0; i < 2 && json_scan_element(&scan, &element); i++) {
            int64_t parent;
            if (json_raw_i64(element, &parent)) {
                shard->parents[i] = (uint32_t)parent;
            }
        }
    }
    return number >= 0 && number <= INT32_MAX &&
           hash_key_parse(text_of(arena, json, "first"), &shard->first) &&
           hash_key_parse(text_of(arena, json, "last"), &shard->last);
}

static bool parse_shards(struct kinesis_stream *stream, struct slice array)
{
    size_t count = json_raw_count(array);
    stream->shards = mem_array(count, sizeof(*stream->shards));
    struct json_scan scan = json_scan_init(array);
    struct slice element;
    bool is_valid = json_scan_enter(&scan, '[');
    while (is_valid && json_scan_element(&scan, &element)) {
        is_valid = parse_shard(&stream->arena, element, &stream->shards[stream->shard_count]);
        stream->shard_count += is_valid;
    }
    return is_valid && count != 0;
}

static void parse_consumers(struct kinesis_stream *stream, struct slice array)
{
    struct arena *arena = &stream->arena;
    struct consumer *consumers = arena_array(arena, json_raw_count(array), sizeof(*consumers));
    struct json_scan scan = json_scan_init(array);
    struct slice element;
    size_t count = 0;
    if (json_scan_enter(&scan, '[')) {
        while (json_scan_element(&scan, &element)) {
            consumers[count++] = (struct consumer){
                .name = text_of(arena, element, "name"),
                .created_ms = number_of(element, "created"),
                .tags = tags_of(element),
                .policy = text_of(arena, element, "policy"),
            };
        }
    }
    stream->settings.consumers = consumers;
    stream->settings.consumer_count = count;
}

bool stream_json_parse(struct kinesis_stream *stream, struct slice json)
{
    struct arena *arena = &stream->arena;
    struct slice consumers = SLICE("[]");
    struct slice shards = SLICE("[]");
    stream->id = (uint32_t)number_of(json, "id");
    stream->created_ms = number_of(json, "created");
    stream->settings = (struct stream_settings){
        .mode = flag_of(json, "onDemand") ? MODE_ON_DEMAND : MODE_PROVISIONED,
        .is_auto_distributed = flag_of(json, "auto"),
        .retention_hours = number_of(json, "retentionHours"),
        .record_kib = number_of(json, "recordKiB"),
        .warm_mib = number_of(json, "warmMiB"),
        .monitored = (uint32_t)number_of(json, "monitored"),
        .key_id = text_of(arena, json, "keyId"),
        .tags = tags_of(json),
        .policy = text_of(arena, json, "policy"),
    };
    (void)json_raw_find(json, "consumers", &consumers);
    (void)json_raw_find(json, "shards", &shards);
    parse_consumers(stream, consumers);
    return stream->id != 0 && stream->settings.retention_hours >= RETENTION_HOURS_MIN &&
           parse_shards(stream, shards);
}
