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

static struct slice tags_of(struct slice object)
{
    struct slice raw = json_raw_member(object, "tags");
    return json_raw_kind(raw) == JSON_OBJECT ? raw : SLICE_NULL;
}

static bool parse_shard(struct arena *arena, struct slice json, struct shard *shard)
{
    int64_t number = json_i64_member(json, "number", 0);
    *shard = (struct shard){
        .number = (uint32_t)number,
        .parents = {SHARD_NONE, SHARD_NONE},
        .created_ms = json_i64_member(json, "created", 0),
        .closed_ms = json_i64_member(json, "closed", 0),
    };
    struct json_scan scan = json_scan_array(json_raw_member(json, "parents"));
    struct slice element;
    for (size_t i = 0; i < 2 && json_scan_element(&scan, &element); i++) {
        int64_t parent;
        if (json_raw_i64(element, &parent)) {
            shard->parents[i] = (uint32_t)parent;
        }
    }
    return number >= 0 && number <= INT32_MAX &&
           hash_key_parse(json_text_member(arena, json, "first"), &shard->first) &&
           hash_key_parse(json_text_member(arena, json, "last"), &shard->last);
}

static bool parse_shards(struct kinesis_stream *stream, struct slice array)
{
    size_t count = json_raw_count(array);
    stream->shards = mem_array(count, sizeof(*stream->shards));
    struct json_scan scan = json_scan_array(array);
    struct slice element;
    bool is_valid = true;
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
    struct json_scan scan = json_scan_array(array);
    struct slice element;
    size_t count = 0;
    while (json_scan_element(&scan, &element)) {
        consumers[count++] = (struct consumer){
            .name = json_text_member(arena, element, "name"),
            .created_ms = json_i64_member(element, "created", 0),
            .tags = tags_of(element),
            .policy = json_text_member(arena, element, "policy"),
        };
    }
    stream->settings.consumers = consumers;
    stream->settings.consumer_count = count;
}

bool stream_json_parse(struct kinesis_stream *stream, struct slice json)
{
    struct arena *arena = &stream->arena;
    stream->id = (uint32_t)json_i64_member(json, "id", 0);
    stream->created_ms = json_i64_member(json, "created", 0);
    stream->settings = (struct stream_settings){
        .mode = json_bool_member(json, "onDemand") ? MODE_ON_DEMAND : MODE_PROVISIONED,
        .is_auto_distributed = json_bool_member(json, "auto"),
        .retention_hours = json_i64_member(json, "retentionHours", 0),
        .record_kib = json_i64_member(json, "recordKiB", 0),
        .warm_mib = json_i64_member(json, "warmMiB", 0),
        .monitored = (uint32_t)json_i64_member(json, "monitored", 0),
        .key_id = json_text_member(arena, json, "keyId"),
        .tags = tags_of(json),
        .policy = json_text_member(arena, json, "policy"),
    };
    parse_consumers(stream, json_raw_member(json, "consumers"));
    return stream->id != 0 && stream->settings.retention_hours >= RETENTION_HOURS_MIN &&
           parse_shards(stream, json_raw_member(json, "shards"));
}
