#include "store/copy/export.h"

#include "core/json_scan.h"
#include "store/copy/copy_record.h"
#include "store/table/describe.h"

void export_print(struct json_writer *w, const struct export *export)
{
    json_open(w, '{');
    json_put_string(w, "ExportArn", export->arn);
    json_put_string(w, "ExportStatus", export->status);
    describe_time(w, "StartTime", export->start_ms);
    if (export->end_ms != 0) {
        describe_time(w, "EndTime", export->end_ms);
    }
    copy_record_put(w, "ExportManifest", export->manifest);
    json_put_string(w, "TableArn", export->table_arn);
    json_put_string(w, "TableId", export->table_id);
    copy_record_put(w, "ClientToken", export->token);
    json_put_string(w, "S3Bucket", export->bucket);
    copy_record_put(w, "S3BucketOwner", export->bucket_owner);
    copy_record_put(w, "S3Prefix", export->prefix);
    copy_record_put(w, "S3SseAlgorithm", export->sse_algorithm);
    copy_record_put(w, "S3SseKmsKeyId", export->kms_key);
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

bool export_parse(struct arena *arena, struct slice json, struct export *ret_export)
{
    struct slice window;
    *ret_export = (struct export){
        .arn = copy_record_text(arena, json, "ExportArn"),
        .table_arn = copy_record_text(arena, json, "TableArn"),
        .table_id = copy_record_text(arena, json, "TableId"),
        .status = copy_record_text(arena, json, "ExportStatus"),
        .start_ms = copy_record_time(arena, json, "StartTime"),
        .end_ms = copy_record_time(arena, json, "EndTime"),
        .token = copy_record_text(arena, json, "ClientToken"),
        .bucket = copy_record_text(arena, json, "S3Bucket"),
        .bucket_owner = copy_record_text(arena, json, "S3BucketOwner"),
        .prefix = copy_record_text(arena, json, "S3Prefix"),
        .sse_algorithm = copy_record_text(arena, json, "S3SseAlgorithm"),
        .kms_key = copy_record_text(arena, json, "S3SseKmsKeyId"),
        .time_ms = copy_record_time(arena, json, "ExportTime"),
        .manifest = copy_record_text(arena, json, "ExportManifest"),
        .bytes = copy_record_count(json, "BilledSizeBytes"),
        .items = copy_record_count(json, "ItemCount"),
        .failure = copy_record_text(arena, json, "FailureMessage"),
    };
    if (json_raw_find(json, "IncrementalExportSpecification", &window)) {
        ret_export->is_incremental = true;
        ret_export->from_ms = copy_record_time(arena, window, "ExportFromTime");
        ret_export->to_ms = copy_record_time(arena, window, "ExportToTime");
        ret_export->has_old_images =
            slice_is(copy_record_text(arena, window, "ExportViewType"), "NEW_AND_OLD_IMAGES");
    }
    return ret_export->arn.len > 0;
}
