/* DynamoDB and DynamoDB Streams on the wire: every operation by its name, and how errors look. */
#include "store/api/operation.h"
#include "store/api/wire.h"

#define BODY_LEN_MAX (16U * 1024 * 1024)

/* One row each: the operation's name and its function, NULL while there is none. */
#define OPERATIONS(X)                                                                              \
    X("CreateTable", op_create_table)                                                              \
    X("DeleteTable", op_delete_table)                                                              \
    X("DescribeTable", op_describe_table)                                                          \
    X("ListTables", op_list_tables)                                                                \
    X("UpdateTable", op_update_table)                                                              \
                                                                                                   \
    X("BatchWriteItem", op_batch_write_item)                                                       \
    X("DeleteItem", op_delete_item)                                                                \
    X("PutItem", op_put_item)                                                                      \
    X("UpdateItem", op_update_item)                                                                \
                                                                                                   \
    X("BatchGetItem", op_batch_get_item)                                                           \
    X("GetItem", op_get_item)                                                                      \
    X("Query", op_query)                                                                           \
    X("Scan", op_scan)                                                                             \
                                                                                                   \
    X("TransactGetItems", op_transact_get_items)                                                   \
    X("TransactWriteItems", op_transact_write_items)                                               \
                                                                                                   \
    X("BatchExecuteStatement", op_batch_execute_statement)                                         \
    X("ExecuteStatement", op_execute_statement)                                                    \
    X("ExecuteTransaction", op_execute_transaction)                                                \
                                                                                                   \
    X("DescribeStream", op_describe_stream)                                                        \
    X("GetRecords", op_get_records)                                                                \
    X("GetShardIterator", op_get_shard_iterator)                                                   \
    X("ListStreams", op_list_streams)                                                              \
                                                                                                   \
    X("DescribeTimeToLive", op_describe_time_to_live)                                              \
    X("UpdateTimeToLive", op_update_time_to_live)                                                  \
                                                                                                   \
    X("ListTagsOfResource", op_list_tags_of_resource)                                              \
    X("TagResource", op_tag_resource)                                                              \
    X("UntagResource", op_untag_resource)                                                          \
                                                                                                   \
    X("DescribeEndpoints", op_describe_endpoints)                                                  \
    X("DescribeLimits", op_describe_limits)                                                        \
                                                                                                   \
    X("CreateBackup", op_create_backup)                                                            \
    X("DeleteBackup", op_delete_backup)                                                            \
    X("DescribeBackup", op_describe_backup)                                                        \
    X("ListBackups", op_list_backups)                                                              \
    X("RestoreTableFromBackup", op_restore_table_from_backup)                                      \
                                                                                                   \
    X("DescribeContinuousBackups", op_describe_continuous_backups)                                 \
    X("RestoreTableToPointInTime", op_restore_table_to_point_in_time)                              \
    X("UpdateContinuousBackups", op_update_continuous_backups)                                     \
                                                                                                   \
    X("DescribeExport", op_describe_export)                                                        \
    X("ExportTableToPointInTime", op_export_table_to_point_in_time)                                \
    X("ListExports", op_list_exports)                                                              \
                                                                                                   \
    X("DescribeImport", op_describe_import)                                                        \
    X("ImportTable", op_import_table)                                                              \
    X("ListImports", op_list_imports)                                                              \
                                                                                                   \
    X("DeleteResourcePolicy", op_delete_resource_policy)                                           \
    X("GetResourcePolicy", op_get_resource_policy)                                                 \
    X("PutResourcePolicy", op_put_resource_policy)                                                 \
                                                                                                   \
    X("DescribeKinesisStreamingDestination", op_describe_kinesis_streaming_destination)            \
    X("DisableKinesisStreamingDestination", op_disable_kinesis_streaming_destination)              \
    X("EnableKinesisStreamingDestination", op_enable_kinesis_streaming_destination)                \
    X("UpdateKinesisStreamingDestination", op_update_kinesis_streaming_destination)                \
                                                                                                   \
    X("CreateGlobalTable", op_create_global_table)                                                 \
    X("DescribeGlobalTable", op_describe_global_table)                                             \
    X("DescribeGlobalTableSettings", op_describe_global_table_settings)                            \
    X("ListGlobalTables", op_list_global_tables)                                                   \
    X("UpdateGlobalTable", op_update_global_table)                                                 \
    X("UpdateGlobalTableSettings", op_update_global_table_settings)                                \
                                                                                                   \
    X("DescribeTableReplicaAutoScaling", op_describe_table_replica_auto_scaling)                   \
    X("UpdateTableReplicaAutoScaling", op_update_table_replica_auto_scaling)                       \
                                                                                                   \
    X("DescribeContributorInsights", op_describe_contributor_insights)                             \
    X("ListContributorInsights", op_list_contributor_insights)                                     \
    X("UpdateContributorInsights", op_update_contributor_insights)

static void run_operation(struct api_call *call, void *ctx);

static const struct api_op ops[] = {
#define API_OP(op_name, function) {.name = op_name, .run = run_operation},
    OPERATIONS(API_OP)
#undef API_OP
        {.name = NULL},
};

static operation_fn *const functions[] = {
#define FUNCTION(op_name, function) function,
    OPERATIONS(FUNCTION)
#undef FUNCTION
};

static void run_operation(struct api_call *call, void *ctx)
{
    const struct api_op *op = api_operation(call);
    operation_fn *run = functions[op - ops];
    if (run == NULL) {
        struct slice text =
            arena_printf(api_arena(call), "sls-local does not emulate %s.", op->name);
        api_reply_error(call, 400, problem_wire(PROBLEM_UNKNOWN_OPERATION)->name, text);
        return;
    }
    operation_start(ctx, call, dynamodb_input(slice_from(op->name)), run);
}

/* By status, for the dispatcher; operations refuse with a struct problem. */
static const struct wire_error errors[STATUS_COUNT] = {
    [STATUS_INVALID] = {400, "ValidationException"},
    [STATUS_NOT_FOUND] = {400, "ResourceNotFoundException"},
    [STATUS_CONFLICT] = {400, "ResourceInUseException"},
    [STATUS_LIMIT] = {400, "LimitExceededException"},
    [STATUS_THROTTLED] = {400, "ThrottlingException"},
    [STATUS_DENIED] = {400, "AccessDeniedException"},
    [STATUS_CONDITION_FAILED] = {400, "ConditionalCheckFailedException"},
    [STATUS_UNAVAILABLE] = {500, "InternalServerError"},
    [STATUS_INTERNAL] = {500, "InternalServerError"},
};

const struct api_service *store_service(void)
{
    static const char *const signing_names[] = {"dynamodb", NULL};
    static const char *const target_prefixes[] = {"DynamoDB_20120810", "DynamoDBStreams_20120810",
                                                  NULL};
    static const struct api_service service = {
        .name = "dynamodb",
        .signing_names = signing_names,
        .target_prefixes = target_prefixes,
        .protocol = API_JSON,
        .json_version = "1.0",
        .ops = ops,
        .errors = errors,
        .on_error = wire_error,
        .on_call = wire_check,
        .body_max = BODY_LEN_MAX,
        .sends_crc32 = true,
        .has_long_ids = true,
    };
    return &service;
}
