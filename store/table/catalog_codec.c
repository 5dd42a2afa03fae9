#include "store/table/catalog_codec.h"

#include "core/json_scan.h"
#include "core/json_writer.h"
#include "store/table/catalog.h"

#include <stddef.h>

enum codec {
    CODEC_TEXT,
    CODEC_U32,
    CODEC_I64,
    CODEC_BOOL,
    CODEC_STATE,
    CODEC_PROJECTION,
    CODEC_VIEW
};

struct codec_field {
    const char *name;
    enum codec codec;
    size_t offset;
};

static const struct codec_field table_fields[] = {
    {"Name", CODEC_TEXT, offsetof(struct table, name)},
    {"Arn", CODEC_TEXT, offsetof(struct table, arn)},
    {"TableId", CODEC_TEXT, offsetof(struct table, table_id)},
    {"Region", CODEC_TEXT, offsetof(struct table, region)},
    {"Id", CODEC_U32, offsetof(struct table, id)},
    {"TtlId", CODEC_U32, offsetof(struct table, ttl_id)},
    {"State", CODEC_STATE, offsetof(struct table, state)},
    {"OnDemand", CODEC_BOOL, offsetof(struct table, is_on_demand)},
    {"OnDemandMs", CODEC_I64, offsetof(struct table, on_demand_ms)},
    {"ReadUnits", CODEC_I64, offsetof(struct table, throughput.read_units)},
    {"WriteUnits", CODEC_I64, offsetof(struct table, throughput.write_units)},
    {"IncreasedMs", CODEC_I64, offsetof(struct table, throughput.increased_ms)},
    {"DecreasedMs", CODEC_I64, offsetof(struct table, throughput.decreased_ms)},
    {"Protected", CODEC_BOOL, offsetof(struct table, is_protected)},
    {"Infrequent", CODEC_BOOL, offsetof(struct table, is_infrequent)},
    {"Filling", CODEC_BOOL, offsetof(struct table, is_filling)},
    {"Sse", CODEC_TEXT, offsetof(struct table, sse)},
    {"OnDemandThroughput", CODEC_TEXT, offsetof(struct table, on_demand_throughput)},
    {"WarmThroughput", CODEC_TEXT, offsetof(struct table, warm_throughput)},
    {"Replicas", CODEC_TEXT, offsetof(struct table, replicas)},
    {"CreatedMs", CODEC_I64, offsetof(struct table, created_ms)},
    {"StreamView", CODEC_VIEW, offsetof(struct table, stream_view)},
    {"StreamLabel", CODEC_TEXT, offsetof(struct table, stream_label)},
    {"StreamFirst", CODEC_I64, offsetof(struct table, stream_first)},
    {"TtlAttribute", CODEC_TEXT, offsetof(struct table, ttl_attribute)},
    {"Recovery", CODEC_BOOL, offsetof(struct table, has_recovery)},
    {"RecoverySinceMs", CODEC_I64, offsetof(struct table, recovery_since_ms)},
    {"RecoveryDays", CODEC_U32, offsetof(struct table, recovery_days)},
    {"Destination", CODEC_BOOL, offsetof(struct table, has_destination)},
    {"RestoreSummary", CODEC_TEXT, offsetof(struct table, restore_summary)},
    {NULL, CODEC_TEXT, 0},
};

static const struct codec_field index_fields[] = {
    {"Name", CODEC_TEXT, offsetof(struct table_index, name)},
    {"Arn", CODEC_TEXT, offsetof(struct table_index, arn)},
    {"Id", CODEC_U32, offsetof(struct table_index, id)},
    {"Global", CODEC_BOOL, offsetof(struct table_index, is_global)},
    {"Projection", CODEC_PROJECTION, offsetof(struct table_index, projection)},
    {"ReadUnits", CODEC_I64, offsetof(struct table_index, throughput.read_units)},
    {"WriteUnits", CODEC_I64, offsetof(struct table_index, throughput.write_units)},
    {"IncreasedMs", CODEC_I64, offsetof(struct table_index, throughput.increased_ms)},
    {"DecreasedMs", CODEC_I64, offsetof(struct table_index, throughput.decreased_ms)},
    {"OnDemandThroughput", CODEC_TEXT, offsetof(struct table_index, on_demand_throughput)},
    {"WarmThroughput", CODEC_TEXT, offsetof(struct table_index, warm_throughput)},
    {"State", CODEC_STATE, offsetof(struct table_index, state)},
    {NULL, CODEC_TEXT, 0},
};

/* --- out --- */

static void encode_fields(struct json_writer *w, const struct codec_field *fields, const void *from)
{
    for (; fields->name != NULL; fields++) {
        const void *at = (const char *)from + fields->offset;
        switch (fields->codec) {
        case CODEC_TEXT: {
            const struct slice *text = at;
            if (text->len != 0) {
                json_put_string(w, fields->name, *text);
            }
            break;
        }
        case CODEC_U32:
            json_put_i64(w, fields->name, *(const uint32_t *)at);
            break;
        case CODEC_I64:
            json_put_i64(w, fields->name, *(const int64_t *)at);
            break;
        case CODEC_BOOL:
            json_put_bool(w, fields->name, *(const bool *)at);
            break;
        case CODEC_STATE:
            json_put_i64(w, fields->name, (int64_t) * (const enum table_state *)at);
            break;
        case CODEC_PROJECTION:
            json_put_i64(w, fields->name, (int64_t) * (const enum projection_type *)at);
            break;
        case CODEC_VIEW:
            json_put_i64(w, fields->name, (int64_t) * (const enum stream_view *)at);
            break;
        }
    }
}

/* [["pk","S"],["sk","N"]] */
static void encode_parts(struct json_writer *w, const char *key, const struct key_part *parts,
                         size_t count)
{
    json_key_text(w, key);
    json_open(w, '[');
    for (size_t i = 0; i < count; i++) {
        json_open(w, '[');
        json_write_string(w, parts[i].name);
        json_write_string(w, slice_from(attr_type_name(parts[i].type)));
        json_close(w, ']');
    }
    json_close(w, ']');
}

static void encode_schema(struct json_writer *w, const struct key_schema *schema)
{
    encode_parts(w, "Hash", schema->parts, schema->hash_count);
    encode_parts(w, "Range", schema->parts + schema->hash_count, schema->range_count);
}

void catalog_encode(struct buf *buf, const struct table *table)
{
    struct json_writer w = json_writer_init(buf);
    json_open(&w, '{');
    encode_fields(&w, table_fields, table);
    encode_schema(&w, &table->keys);
    encode_parts(&w, "Definitions", table->definitions, table->definition_count);
    json_key_text(&w, "Indexes");
    json_open(&w, '[');
    for (size_t i = 0; i < table->index_count; i++) {
        const struct table_index *index = &table->indexes[i];
        json_open(&w, '{');
        encode_fields(&w, index_fields, index);
        encode_schema(&w, &index->keys);
        json_key_text(&w, "Included");
        json_open(&w, '[');
        for (size_t j = 0; j < index->included_count; j++) {
            json_write_string(&w, index->included[j]);
        }
        json_close(&w, ']');
        json_close(&w, '}');
    }
    json_close(&w, ']');
    json_close(&w, '}');
}

/* --- in: `json` was validated as a whole --- */

static bool decode_number(struct slice value, int64_t max, int64_t *ret_number)
{
    int64_t number = 0;
    if (!json_raw_i64(value, &number) || number < 0 || number > max) {
        return false;
    }
    *ret_number = number;
    return true;
}

static bool decode_field(struct arena *arena, const struct codec_field *field, struct slice value,
                         void *to)
{
    void *at = (char *)to + field->offset;
    int64_t number = 0;
    switch (field->codec) {
    case CODEC_TEXT:
        return json_raw_string(arena, value, at);
    case CODEC_U32:
        if (decode_number(value, UINT32_MAX, &number)) {
            *(uint32_t *)at = (uint32_t)number;
            return true;
        }
        return false;
    case CODEC_I64:
        return json_raw_i64(value, at);
    case CODEC_BOOL:
        *(bool *)at = slice_is(value, "true");
        return json_raw_kind(value) == JSON_BOOL;
    case CODEC_STATE:
        if (decode_number(value, TABLE_DELETING, &number)) {
            *(enum table_state *)at = (enum table_state)number;
            return true;
        }
        return false;
    case CODEC_PROJECTION:
        if (decode_number(value, PROJECT_INCLUDE, &number)) {
            *(enum projection_type *)at = (enum projection_type)number;
            return true;
        }
        return false;
    case CODEC_VIEW:
        if (decode_number(value, STREAM_NEW_AND_OLD, &number)) {
            *(enum stream_view *)at = (enum stream_view)number;
            return true;
        }
        return false;
    }
    return false;
}

/* False for a member that is none of `fields` or of another type. */
static bool decode_fields(struct arena *arena, const struct codec_field *fields, struct slice key,
                          struct slice value, void *to)
{
    for (; fields->name != NULL; fields++) {
        if (slice_is(key, fields->name)) {
            return decode_field(arena, fields, value, to);
        }
    }
    return false;
}

static bool decode_part(struct arena *arena, struct slice json, struct key_part *part)
{
    struct json_scan scan = json_scan_init(json);
    struct slice name, type, text;
    return json_scan_enter(&scan, '[') && json_scan_element(&scan, &name) &&
           json_scan_element(&scan, &type) && json_raw_string(arena, name, &part->name) &&
           json_raw_string(arena, type, &text) && attr_type_of_name(text, &part->type);
}

static bool decode_parts(struct arena *arena, struct slice json, struct key_part *parts, size_t max,
                         size_t *ret_count)
{
    struct json_scan scan = json_scan_init(json);
    struct slice element;
    size_t count = 0;
    if (!json_scan_enter(&scan, '[')) {
        return false;
    }
    while (json_scan_element(&scan, &element)) {
        if (count == max || !decode_part(arena, element, &parts[count++])) {
            return false;
        }
    }
    *ret_count = count;
    return true;
}

/* "Hash" comes before "Range", as it was written. */
static bool decode_schema(struct arena *arena, struct slice key, struct slice value,
                          struct key_schema *schema)
{
    size_t count = 0;
    if (slice_is(key, "Hash")) {
        bool is_ok = decode_parts(arena, value, schema->parts, KEY_PARTS_MAX / 2, &count);
        schema->hash_count = (uint8_t)count;
        return is_ok;
    }
    if (slice_is(key, "Range")) {
        bool is_ok = decode_parts(arena, value, schema->parts + schema->hash_count,
                                  KEY_PARTS_MAX / 2, &count);
        schema->range_count = (uint8_t)count;
        return is_ok;
    }
    return false;
}

static bool decode_included(struct arena *arena, struct slice json, struct table_index *index)
{
    struct slice *names = arena_array(arena, json_raw_count(json), sizeof(*names));
    struct json_scan scan = json_scan_init(json);
    struct slice element;
    if (!json_scan_enter(&scan, '[')) {
        return false;
    }
    while (json_scan_element(&scan, &element)) {
        if (!json_raw_string(arena, element, &names[index->included_count++])) {
            return false;
        }
    }
    index->included = names;
    return true;
}

static bool decode_index(struct arena *arena, struct slice json, struct table_index *index)
{
    struct json_scan scan = json_scan_init(json);
    struct slice key, value;
    if (!json_scan_enter(&scan, '{')) {
        return false;
    }
    while (json_scan_member(&scan, &key, &value)) {
        bool is_ok = slice_is(key, "Included")
                         ? decode_included(arena, value, index)
                         : decode_schema(arena, key, value, &index->keys) ||
                               decode_fields(arena, index_fields, key, value, index);
        if (!is_ok) {
            return false;
        }
    }
    return index->id != 0 && index->keys.hash_count != 0;
}

static bool decode_indexes(struct table *table, struct slice json)
{
    size_t count = json_raw_count(json);
    struct json_scan scan = json_scan_init(json);
    struct slice element;
    if (count > TABLE_INDEXES_MAX || !json_scan_enter(&scan, '[')) {
        return false;
    }
    table->indexes = arena_array(table->arena, count, sizeof(*table->indexes));
    while (json_scan_element(&scan, &element)) {
        if (!decode_index(table->arena, element, &table->indexes[table->index_count++])) {
            return false;
        }
    }
    return true;
}

static bool decode_definitions(struct table *table, struct slice json)
{
    size_t count = json_raw_count(json);
    struct key_part *definitions = arena_array(table->arena, count, sizeof(*definitions));
    table->definitions = definitions;
    return decode_parts(table->arena, json, definitions, count, &table->definition_count);
}

static bool decode_table(struct table *table, struct slice json)
{
    struct json_scan scan = json_scan_init(json);
    struct slice key, value;
    if (!json_validate(json, NULL) || !json_scan_enter(&scan, '{')) {
        return false;
    }
    while (json_scan_member(&scan, &key, &value)) {
        bool is_ok = slice_is(key, "Indexes") ? decode_indexes(table, value)
                     : slice_is(key, "Definitions")
                         ? decode_definitions(table, value)
                         : decode_schema(table->arena, key, value, &table->keys) ||
                               decode_fields(table->arena, table_fields, key, value, table);
        if (!is_ok) {
            return false;
        }
    }
    for (size_t i = 0; i < table->index_count; i++) {
        table_project_index(table, &table->indexes[i]);
    }
    return !json_scan_failed(&scan) && table->name.len != 0 && table->id != 0 &&
           table->keys.hash_count != 0;
}

struct table *catalog_decode(struct slice json)
{
    struct table *table = table_copy(NULL);
    /* Texts without escapes would point into the database's pages. */
    if (!decode_table(table, arena_copy(table->arena, json))) {
        table_unref(table);
        return NULL;
    }
    return table;
}
