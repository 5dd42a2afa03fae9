/* An import: files of a folder below <data dir>/imports/<bucket> become a new table.
 *
 * DYNAMODB_JSON has one {"Item":{...}} a line, as exports write them; CSV a header, in each file or in the request,
 * and then rows whose columns are strings but for the keys. Gzipped files are recognised by themselves. What is no item
 * is counted and left out.
 *
 * In DB_META an import is its description as DescribeImport prints it, under 'm' and its ARN.
 *
 * Source  reference/dynamodb.md section 15; Developer Guide, "DynamoDB data import formats". */
#ifndef SLS_STORE_IMPORT_H
#define SLS_STORE_IMPORT_H

#include "core/json_writer.h"
#include "store/copy/copy.h"

struct import {
    struct slice arn, table_arn, table_id;
    struct slice status; /* IN_PROGRESS, COMPLETED, FAILED */
    struct slice token;
    struct slice source;   /* S3BucketSource as JSON; also the next two */
    struct slice options;  /* InputFormatOptions, or empty */
    struct slice creation; /* TableCreationParameters */
    struct slice format, compression;
    int64_t start_ms, end_ms;
    int64_t bytes, items, imported, errors;
    struct slice failure_code, failure;
};

void import_print(struct json_writer *w, const struct import *import); /* an object */
bool import_parse(struct arena *arena, struct slice json, struct import *ret_import);

/* Pool thread: spools every item of the files; counts, and fills in failure_code and failure. */
bool import_read(struct copy *copy, const struct table *table, struct import *import);

#endif
