/* An export: the items of a table at one instant, or what changed in a window, as gzipped lines of DynamoDB JSON.
 *
 *     <data dir>/exports/<bucket>/<prefix>/AWSDynamoDB/<id>/_started
 *         manifest-summary.json .checksum   manifest-files.json .checksum   data/<name>.json.gz
 *
 * (an incremental export has its data in <prefix>/AWSDynamoDB/data/). Buckets are folders here.
 *
 * In DB_META an export is its description as DescribeExport prints it, under 'e' and its ARN.
 *
 * Source  reference/dynamodb.md section 15; Developer Guide, "DynamoDB table export output format". */
#ifndef SLS_STORE_EXPORT_H
#define SLS_STORE_EXPORT_H

#include "core/json_writer.h"
#include "store/copy/copy.h"

struct export
{
    struct slice arn, table_arn, table_id;
    struct slice status; /* IN_PROGRESS, COMPLETED, FAILED */
    int64_t start_ms, end_ms;
    struct slice token, bucket, bucket_owner, prefix, sse_algorithm, kms_key;
    bool is_incremental;
    int64_t time_ms;        /* full */
    int64_t from_ms, to_ms; /* incremental */
    bool has_old_images;
    struct slice manifest; /* key of the summary, once it is written */
    int64_t bytes, items;
    struct slice failure; /* FailureMessage */
};

void export_print(struct json_writer *w, const struct export *export); /* an object */
bool export_parse(struct arena *arena, struct slice json, struct export *ret_export);

/* Pool thread: writes everything below copy->data_dir, fills in manifest, bytes, items and end_ms, or failure. */
bool export_write(struct copy *copy, struct txn *txn, const struct table *table,
                  struct export *export, int64_t end_ms);

#endif
