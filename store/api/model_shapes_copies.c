#include "store/api/model_shapes.h"

#include "core/ascii.h"

/* --- patterns of names that live elsewhere --- */

static bool is_letter(char c)
{
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'z';
}

static bool is_account(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!ascii_is_digit(text.ptr[i])) {
            return false;
        }
    }
    return text.len == 12;
}

static bool is_bucket(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool is_end = i == 0 || i + 1 == text.len;
        bool is_mark = c == '.' || c == '-' || c == '_';
        if (!is_letter(c) && !ascii_is_digit(c) && (is_end || !is_mark)) {
            return false;
        }
    }
    return text.len >= 2;
}

static bool has_no_dollar(struct slice text)
{
    return text.len != 0 && slice_find(text, '$') == SLICE_NPOS;
}

static bool is_hex_groups(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (!ascii_is_digit(c) && !(c >= 'a' && c <= 'f')) {
            return false;
        }
    }
    return text.len != 0 && text.len % 16 == 0;
}

static bool is_delimiter(struct slice text)
{
    return text.len == 1 && slice_find(SLICE(",;:|\t "), text.ptr[0]) != SLICE_NPOS;
}

static bool is_header(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c < 0x20 || c > 0x7e || c == '"' || c == ',') {
            return false;
        }
    }
    return true;
}

static const struct pattern account_pattern = {"[0-9]{12}", is_account};
static const struct pattern bucket_pattern = {"^[a-z0-9A-Z]+[\\.\\-\\w]*[a-z0-9A-Z]+$", is_bucket};
static const struct pattern token_pattern = {"^[^\\$]+$", has_no_dollar};
static const struct pattern page_pattern = {"([0-9a-f]{16})+", is_hex_groups};
static const struct pattern delimiter_pattern = {"[,;:|\\t ]", is_delimiter};
static const struct pattern header_pattern = {"[\\x20-\\x21\\x23-\\x2B\\x2D-\\x7E]*", is_header};

/* --- backups and restores --- */

static STRING(backup_type, VALUES("USER, SYSTEM, AWS_BACKUP, ALL"));
static INTEGER(recovery_days, BETWEEN(1, 35));
static STRUCTURE(recovery, "PointInTimeRecoverySpecification",
                 NEED(POINT_IN_TIME_RECOVERY_ENABLED, flag),
                 MAY(RECOVERY_PERIOD_IN_DAYS, recovery_days));
#define OVERRIDES                                                                                  \
    MAY(BILLING_MODE_OVERRIDE, billing_mode),                                                      \
        MAY(GLOBAL_SECONDARY_INDEX_OVERRIDE, global_indexes),                                      \
        MAY(LOCAL_SECONDARY_INDEX_OVERRIDE, local_indexes),                                        \
        MAY(PROVISIONED_THROUGHPUT_OVERRIDE, throughput),                                          \
        MAY(ON_DEMAND_THROUGHPUT_OVERRIDE, on_demand), MAY(SSE_SPECIFICATION_OVERRIDE, sse),       \
        MAY(VECTOR_INDEX_OVERRIDE, vector_indexes)

/* --- export to and import from a bucket --- */

static STRING(token, PATTERN(token_pattern));
static STRING(bucket, AT_MOST(255), PATTERN(bucket_pattern));
static STRING(account, PATTERN(account_pattern));
static STRING(prefix, AT_MOST(1024));
static STRING(encryption, VALUES("AES256, KMS"));
static STRING(encryption_key, BETWEEN(1, 2048));
static STRING(export_format, VALUES("DYNAMODB_JSON, ION"));
static STRING(export_type, VALUES("FULL_EXPORT, INCREMENTAL_EXPORT"));
static STRING(export_view, VALUES("NEW_IMAGE, NEW_AND_OLD_IMAGES"));
static INTEGER(page, BETWEEN(1, 25));
static STRING(import_page, BETWEEN(112, 1024), PATTERN(page_pattern));
static STRUCTURE(increment, "IncrementalExportSpecification", MAY(EXPORT_FROM_TIME, timestamp),
                 MAY(EXPORT_TO_TIME, timestamp), MAY(EXPORT_VIEW_TYPE, export_view));
static STRUCTURE(filter, "FilterSpecification", MAY(FILTER_EXPRESSION, text),
                 MAY(PROJECTION_EXPRESSION, text), MAY(KEY_CONDITION_EXPRESSION, text),
                 MAY(EXPRESSION_ATTRIBUTE_NAMES, attribute_names),
                 MAY(EXPRESSION_ATTRIBUTE_VALUES, item));

static STRUCTURE(source, "S3BucketSource", MAY(S3_BUCKET_OWNER, account), NEED(S3_BUCKET, bucket),
                 MAY(S3_KEY_PREFIX, prefix));
static STRING(import_format, VALUES("DYNAMODB_JSON, ION, CSV"));
static STRING(compression, VALUES("GZIP, ZSTD, NONE"));
static STRING(delimiter, BETWEEN(1, 1), PATTERN(delimiter_pattern));
static STRING(header, BETWEEN(1, 65536), PATTERN(header_pattern));
static BOUNDED_LIST(headers, header, BETWEEN(1, 255));
static STRUCTURE(csv, "CsvOptions", MAY(DELIMITER, delimiter), MAY(HEADER_LIST, headers));
static STRUCTURE(format_options, "InputFormatOptions", MAY(CSV, csv));
static STRUCTURE(creation, "TableCreationParameters", NEED(TABLE_NAME, new_name),
                 NEED(ATTRIBUTE_DEFINITIONS, definitions), NEED(KEY_SCHEMA, key_schema),
                 MAY(BILLING_MODE, billing_mode), MAY(PROVISIONED_THROUGHPUT, throughput),
                 MAY(ON_DEMAND_THROUGHPUT, on_demand), MAY(SSE_SPECIFICATION, sse),
                 MAY(GLOBAL_SECONDARY_INDEXES, global_indexes),
                 MAY(VECTOR_INDEXES, vector_indexes));

const struct input copy_inputs[] = {
    INPUT("CreateBackup", NEED(TABLE_NAME, table), NEED(BACKUP_NAME, new_name)),
    INPUT("DescribeBackup", NEED(BACKUP_ARN, long_arn)),
    INPUT("DeleteBackup", NEED(BACKUP_ARN, long_arn)),
    INPUT("ListBackups", MAY(TABLE_NAME, table), MAY(LIMIT, hundred),
          MAY(TIME_RANGE_LOWER_BOUND, timestamp), MAY(TIME_RANGE_UPPER_BOUND, timestamp),
          MAY(EXCLUSIVE_START_BACKUP_ARN, long_arn), MAY(BACKUP_TYPE, backup_type)),
    INPUT("RestoreTableFromBackup", NEED(TARGET_TABLE_NAME, new_name), NEED(BACKUP_ARN, long_arn),
          OVERRIDES),

    INPUT("UpdateContinuousBackups", NEED(TABLE_NAME, table),
          NEED(POINT_IN_TIME_RECOVERY_SPECIFICATION, recovery)),
    INPUT("DescribeContinuousBackups", NEED(TABLE_NAME, table)),
    INPUT("RestoreTableToPointInTime", MAY(SOURCE_TABLE_ARN, table),
          MAY(SOURCE_TABLE_NAME, new_name), NEED(TARGET_TABLE_NAME, new_name),
          MAY(USE_LATEST_RESTORABLE_TIME, flag), MAY(RESTORE_DATE_TIME, timestamp), OVERRIDES),

    INPUT("ExportTableToPointInTime", NEED(TABLE_ARN, table), MAY(EXPORT_TIME, timestamp),
          MAY(CLIENT_TOKEN, token), NEED(S3_BUCKET, bucket), MAY(S3_BUCKET_OWNER, account),
          MAY(S3_PREFIX, prefix), MAY(S3_SSE_ALGORITHM, encryption),
          MAY(S3_SSE_KMS_KEY_ID, encryption_key), MAY(EXPORT_FORMAT, export_format),
          MAY(EXPORT_TYPE, export_type), MAY(INCREMENTAL_EXPORT_SPECIFICATION, increment),
          MAY(FILTER_SPECIFICATION, filter)),
    INPUT("DescribeExport", NEED(EXPORT_ARN, long_arn)),
    INPUT("ListExports", MAY(TABLE_ARN, table), MAY(MAX_RESULTS, page), MAY(NEXT_TOKEN, text)),

    INPUT("ImportTable", MAY(CLIENT_TOKEN, token), NEED(S3_BUCKET_SOURCE, source),
          NEED(INPUT_FORMAT, import_format), MAY(INPUT_FORMAT_OPTIONS, format_options),
          MAY(INPUT_COMPRESSION_TYPE, compression), NEED(TABLE_CREATION_PARAMETERS, creation)),
    INPUT("DescribeImport", NEED(IMPORT_ARN, long_arn)),
    INPUT("ListImports", MAY(TABLE_ARN, table), MAY(PAGE_SIZE, page), MAY(NEXT_TOKEN, import_page)),
    INPUTS_END,
};
