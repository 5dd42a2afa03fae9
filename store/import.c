#include "store/import.h"

#include "core/json_scan.h"
#include "store/describe.h"

#include <stdlib.h>

static void put_text(struct json_writer *w, const char *key, struct slice text)
{
    if (text.len > 0) {
        json_put_string(w, key, text);
    }
}

void import_print(struct json_writer *w, const struct import *import)
{
    json_open(w, '{');
    json_put_string(w, "ImportArn", import->arn);
    json_put_string(w, "ImportStatus", import->status);
    json_put_string(w, "TableArn", import->table_arn);
    json_put_string(w, "TableId", import->table_id);
    put_text(w, "ClientToken", import->token);
    json_put_raw(w, "S3BucketSource", import->source);
    json_put_i64(w, "ErrorCount", import->errors);
    json_put_string(w, "InputFormat", import->format);
    if (import->options.len > 0) {
        json_put_raw(w, "InputFormatOptions", import->options);
    }
    put_text(w, "InputCompressionType", import->compression);
    json_put_raw(w, "TableCreationParameters", import->creation);
    describe_time(w, "StartTime", import->start_ms);
    if (import->end_ms != 0) {
        describe_time(w, "EndTime", import->end_ms);
    }
    json_put_i64(w, "ProcessedSizeBytes", import->bytes);
    json_put_i64(w, "ProcessedItemCount", import->items);
    json_put_i64(w, "ImportedItemCount", import->imported);
    put_text(w, "FailureCode", import->failure_code);
    put_text(w, "FailureMessage", import->failure);
    json_close(w, '}');
}

/* --- reading it back --- */

static struct slice get_raw(struct arena *arena, struct slice json, const char *key)
{
    struct slice value;
    return json_raw_find(json, key, &value) ? arena_copy(arena, slice_trim(value)) : SLICE_NULL;
}

static struct slice get_text(struct arena *arena, struct slice json, const char *key)
{
    struct slice text;
    struct slice value = get_raw(arena, json, key);
    return value.len > 0 && json_raw_string(arena, value, &text) ? text : SLICE_NULL;
}

static int64_t get_time(struct arena *arena, struct slice json, const char *key)
{
    struct slice value = get_raw(arena, json, key);
    return value.len > 0 ? (int64_t)(strtod(arena_cstr(arena, value), NULL) * 1000 + 0.5) : 0;
}

static int64_t get_count(struct arena *arena, struct slice json, const char *key)
{
    int64_t count = 0;
    struct slice value = get_raw(arena, json, key);
    return value.len > 0 && json_raw_i64(value, &count) ? count : 0;
}

bool import_parse(struct arena *arena, struct slice json, struct import *ret_import)
{
    *ret_import = (struct import){
        .arn = get_text(arena, json, "ImportArn"),
        .table_arn = get_text(arena, json, "TableArn"),
        .table_id = get_text(arena, json, "TableId"),
        .status = get_text(arena, json, "ImportStatus"),
        .token = get_text(arena, json, "ClientToken"),
        .source = get_raw(arena, json, "S3BucketSource"),
        .options = get_raw(arena, json, "InputFormatOptions"),
        .creation = get_raw(arena, json, "TableCreationParameters"),
        .format = get_text(arena, json, "InputFormat"),
        .compression = get_text(arena, json, "InputCompressionType"),
        .start_ms = get_time(arena, json, "StartTime"),
        .end_ms = get_time(arena, json, "EndTime"),
        .bytes = get_count(arena, json, "ProcessedSizeBytes"),
        .items = get_count(arena, json, "ProcessedItemCount"),
        .imported = get_count(arena, json, "ImportedItemCount"),
        .errors = get_count(arena, json, "ErrorCount"),
        .failure_code = get_text(arena, json, "FailureCode"),
        .failure = get_text(arena, json, "FailureMessage"),
    };
    return ret_import->arn.len > 0;
}
