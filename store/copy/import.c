#include "store/copy/import.h"

#include "store/copy/copy_record.h"
#include "store/table/describe.h"

void import_print(struct json_writer *w, const struct import *import)
{
    json_open(w, '{');
    json_put_string(w, "ImportArn", import->arn);
    json_put_string(w, "ImportStatus", import->status);
    json_put_string(w, "TableArn", import->table_arn);
    json_put_string(w, "TableId", import->table_id);
    copy_record_put(w, "ClientToken", import->token);
    json_put_raw(w, "S3BucketSource", import->source);
    json_put_i64(w, "ErrorCount", import->errors);
    json_put_string(w, "InputFormat", import->format);
    if (import->options.len > 0) {
        json_put_raw(w, "InputFormatOptions", import->options);
    }
    copy_record_put(w, "InputCompressionType", import->compression);
    json_put_raw(w, "TableCreationParameters", import->creation);
    describe_time(w, "StartTime", import->start_ms);
    if (import->end_ms != 0) {
        describe_time(w, "EndTime", import->end_ms);
    }
    json_put_i64(w, "ProcessedSizeBytes", import->bytes);
    json_put_i64(w, "ProcessedItemCount", import->items);
    json_put_i64(w, "ImportedItemCount", import->imported);
    copy_record_put(w, "FailureCode", import->failure_code);
    copy_record_put(w, "FailureMessage", import->failure);
    json_close(w, '}');
}

bool import_parse(struct arena *arena, struct slice json, struct import *ret_import)
{
    *ret_import = (struct import){
        .arn = copy_record_text(arena, json, "ImportArn"),
        .table_arn = copy_record_text(arena, json, "TableArn"),
        .table_id = copy_record_text(arena, json, "TableId"),
        .status = copy_record_text(arena, json, "ImportStatus"),
        .token = copy_record_text(arena, json, "ClientToken"),
        .source = copy_record_raw(arena, json, "S3BucketSource"),
        .options = copy_record_raw(arena, json, "InputFormatOptions"),
        .creation = copy_record_raw(arena, json, "TableCreationParameters"),
        .format = copy_record_text(arena, json, "InputFormat"),
        .compression = copy_record_text(arena, json, "InputCompressionType"),
        .start_ms = copy_record_time(arena, json, "StartTime"),
        .end_ms = copy_record_time(arena, json, "EndTime"),
        .bytes = copy_record_count(json, "ProcessedSizeBytes"),
        .items = copy_record_count(json, "ProcessedItemCount"),
        .imported = copy_record_count(json, "ImportedItemCount"),
        .errors = copy_record_count(json, "ErrorCount"),
        .failure_code = copy_record_text(arena, json, "FailureCode"),
        .failure = copy_record_text(arena, json, "FailureMessage"),
    };
    return ret_import->arn.len > 0;
}
