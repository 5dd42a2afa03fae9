/* One DynamoDB request on its way: the frame around every operation.
 *
 *     edge -> dynamodb.c (checks 1-8, model) -> operation_fn -> operation_reply() or a problem
 *
 * An operation_fn returns a problem to refuse at once; with NULL it has replied, or will later with
 * operation_reply() or operation_refuse(), exactly once.
 *
 * Thread     Loop thread. While a write job of the operation is queued its arena belongs to the writer.
 * Ownership  The operation and its arena end with the reply. */
#ifndef SLS_STORE_OPERATION_H
#define SLS_STORE_OPERATION_H

#include "core/api/api.h"
#include "core/json_writer.h"
#include "store/api/model.h"
#include "store/store.h"
#include "store/table/table.h"

struct operation {
    struct store *store;
    struct api_call *call;
    struct arena *arena;
    struct slice name; /* "PutItem" */
    const struct record *input;
    struct buf body;          /* of the reply, under construction */
    struct json_writer w;     /* over `body` */
    void *state;              /* the operation's own, in the arena */
    struct table_use *tables; /* operation.c: what operation_table() gave out */
};

typedef const struct problem *operation_fn(struct operation *operation);

/* Parses the call's body by `input` and starts `run`. */
void operation_start(struct store *store, struct api_call *call, const struct shape *input,
                     operation_fn *run);
/* `{"__type":...,"message":...}` with what the problem carries. */
void problem_print(struct json_writer *w, const struct problem *problem);

/* Sends `body`; "{}" when nothing was written. */
void operation_reply(struct operation *operation);
void operation_reply_empty(struct operation *operation); /* 200 without a body: TagResource */
void operation_refuse(struct operation *operation, const struct problem *problem);
/* What an engine job's UNAVAILABLE becomes: InternalServerError. */
const struct problem *operation_storage_problem(struct operation *operation);

/* The table of TableName (a name or an ARN) for a data operation; RESOURCE_NOT_FOUND. Referenced until the reply. */
MUST_CHECK const struct problem *
operation_table(struct operation *operation, struct slice name_or_arn, struct table **ret_table);
/* Takes over a reference: it is given back with the reply, whatever that is. */
void operation_hold(struct operation *operation, struct table *table);

/* Every operation, one row in dynamodb.c; families live in op_*.c. */
operation_fn op_create_table, op_update_table, op_describe_table, op_delete_table, op_list_tables;
operation_fn op_put_item, op_update_item, op_delete_item, op_batch_write_item,
    op_transact_write_items;
operation_fn op_get_item, op_batch_get_item, op_transact_get_items, op_query, op_scan;
operation_fn op_execute_statement, op_batch_execute_statement, op_execute_transaction;
operation_fn op_list_streams, op_describe_stream, op_get_shard_iterator, op_get_records;
operation_fn op_update_time_to_live, op_describe_time_to_live;
operation_fn op_tag_resource, op_untag_resource, op_list_tags_of_resource;
operation_fn op_describe_limits, op_describe_endpoints;
operation_fn op_create_backup, op_describe_backup, op_list_backups, op_delete_backup,
    op_restore_table_from_backup;
operation_fn op_update_continuous_backups, op_describe_continuous_backups,
    op_restore_table_to_point_in_time;
operation_fn op_export_table_to_point_in_time, op_describe_export, op_list_exports;
operation_fn op_import_table, op_describe_import, op_list_imports;
operation_fn op_put_resource_policy, op_get_resource_policy, op_delete_resource_policy;
operation_fn op_enable_kinesis_streaming_destination, op_disable_kinesis_streaming_destination,
    op_describe_kinesis_streaming_destination, op_update_kinesis_streaming_destination;
operation_fn op_create_global_table, op_describe_global_table, op_list_global_tables,
    op_update_global_table, op_describe_global_table_settings, op_update_global_table_settings;
operation_fn op_describe_table_replica_auto_scaling, op_update_table_replica_auto_scaling;
operation_fn op_describe_contributor_insights, op_update_contributor_insights,
    op_list_contributor_insights;

#endif
