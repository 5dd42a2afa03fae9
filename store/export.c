#include "store/export.h"

#include "core/json_scan.h"
#include "store/describe.h"

#include <stdlib.h>

static void put_text(struct json_writer *w, const char *key, struct slice text)
{
    if (text.len > 0) {
        json_put_string(w, key, text);
    }
}

void export_print(struct json_writer *w, const struct export *export)
{
    json_open(w, '{');
    json_put_string(w, "ExportArn", export->arn);
    json_put_string(w, "ExportStatus", export->status);
    describe_time(w, "StartTime", export->start_ms);
    if (export->end_ms != 0) {
        describe_time(w, "EndTime", export->end_ms);
    }
    put_text(w, "ExportManifest", export->manifest);
    json_put_string(w, "TableArn", export->table_arn);
    json_put_string(w, "TableId", export->table_id);
    put_text(w, "ClientToken", export->token);
    json_put_string(w, "S3Bucket", export->bucket);
    put_text(w, "S3BucketOwner", export->bucket_owner);
    put_text(w, "S3Prefix", export->prefix);
    put_text(w, "S3SseAlgorithm", export->sse_algorithm);
    put_text(w, "S3SseKmsKeyId", export->kms_key);
    if (export->failure.len > 0) {
        json_put_text(w, "FailureCode", "UNKNOWN");
        json_put_string(w, "FailureMessage", export->failure);
    }
    json_put_text(w, "ExportFormat", "DYNAMODB_JSON");
    if (export->end_ms != 0) {
        json_put_i64(w, "BilledSizeBytes", export->bytes);
        json_put_i64(w, "ItemCount", export->items);
    }
    if (export->is_incremental) {
        json_put_text(w, "ExportType", "INCREMENTAL_EXPORT");
        json_key_text(w, "IncrementalExportSpecification");
        json_open(w, '{');
        describe_time(w, "ExportFromTime", export->from_ms);
        describe_time(w, "ExportToTime", export->to_ms);
        json_put_text(w, "ExportViewType",
                      export->has_old_images ? "NEW_AND_OLD_IMAGES" : "NEW_IMAGE");
        json_close(w, '}');
    } else {
        json_put_text(w, "ExportType", "FULL_EXPORT");
        describe_time(w, "ExportTime", export->time_ms);
    }
    json_close(w, '}');
}

/* --- reading it back: the store's own text, so what is absent is empty --- */

static struct slice get_text(struct arena *arena, struct slice json, const char *key)
{
    struct slice value;
    struct slice text = SLICE_NULL;
    if (!json_raw_find(json, key, &value) || !json_raw_string(arena, value, &text)) {
        return SLICE_NULL;
    }
    return arena_copy(arena, text);
}

static int64_t get_time(struct arena *arena, struct slice json, const char *key)
{
    struct slice value;
    if (!json_raw_find(json, key, &value)) {
        return 0;
    }
    return (int64_t)(strtod(arena_cstr(arena, value), NULL) * 1000 + 0.5);
}

static int64_t get_count(struct slice json, const char *key)
{
    struct slice value;
    int64_t count = 0;
    return json_raw_find(json, key, &value) && json_raw_i64(value, &count) ? count : 0;
}

bool export_parse(struct arena *arena, struct slice json, struct export *ret_export)
{
    struct slice window;
    *ret_export = (struct export){
        .arn = get_text(arena, json, "ExportArn"),
        .table_arn = get_text(arena, json, "TableArn"),
        .table_id = get_text(arena, json, "TableId"),
        .status = get_text(arena, json, "ExportStatus"),
        .start_ms = get_time(arena, json, "StartTime"),
        .end_ms = get_time(arena, json, "EndTime"),
        .token = get_text(arena, json, "ClientToken"),
        .bucket = get_text(arena, json, "S3Bucket"),
        .bucket_owner = get_text(arena, json, "S3BucketOwner"),
        .prefix = get_text(arena, json, "S3Prefix"),
        .sse_algorithm = get_text(arena, json, "S3SseAlgorithm"),
        .kms_key = get_text(arena, json, "S3SseKmsKeyId"),
        .time_ms = get_time(arena, json, "ExportTime"),
        .manifest = get_text(arena, json, "ExportManifest"),
        .bytes = get_count(json, "BilledSizeBytes"),
        .items = get_count(json, "ItemCount"),
        .failure = get_text(arena, json, "FailureMessage"),
    };
    if (json_raw_find(json, "IncrementalExportSpecification", &window)) {
        ret_export->is_incremental = true;
        ret_export->from_ms = get_time(arena, window, "ExportFromTime");
        ret_export->to_ms = get_time(arena, window, "ExportToTime");
        ret_export->has_old_images =
            slice_is(get_text(arena, window, "ExportViewType"), "NEW_AND_OLD_IMAGES");
    }
    return ret_export->arn.len > 0;
}
