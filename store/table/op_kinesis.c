/* Kinesis streaming destinations of a table: enabled, disabled, changed and told. The table's change log flows to
 * them (scheduler/kinesis/table_feed.h). */
#include "core/mem.h"
#include "store/table/control.h"
#include "store/table/destination.h"

#define INVALID_STATE "Table is not in a valid state to enable Kinesis Streaming Destination: "

/* --- enable, disable, update: one change each --- */

struct destination_request {
    struct arena *arena;
    struct txn *txn;
    const struct table *table;
    struct destinations all;
    struct slice arn;
    struct slice precision; /* empty: not given */
};

struct destination_change {
    enum member_id configuration; /* the member that has the precision */
    const char *status;           /* told in the reply */
    const struct problem *(*apply)(struct destination_request *request);
};

static const struct problem *enable(struct destination_request *request)
{
    if (destinations_active(&request->all) != NULL) {
        return problem_invalid(request->arena, INVALID_STATE
                               "EnableKinesisStreamingDestination must be DISABLED or "
                               "ENABLE_FAILED to perform ENABLE operation.");
    }
    destinations_enable(request->txn, &request->all, request->table, request->arn,
                        request->precision);
    return NULL;
}

static const struct problem *disable(struct destination_request *request)
{
    struct destination *destination = destinations_find(&request->all, request->arn);
    if (request->precision.len != 0) {
        return problem_invalid(
            request->arena,
            "Stream cannot be disabled using EnableKinesisStreamingConfiguration parameters");
    }
    if (destination == NULL || !destination_is_active(destination)) {
        return problem_invalid(request->arena,
                               INVALID_STATE "KinesisStreamingDestination must be ACTIVE to "
                                             "perform DISABLE operation.");
    }
    destination_disable(request->txn, destination, request->table);
    return NULL;
}

static const struct problem *update(struct destination_request *request)
{
    struct destination *destination = destinations_find(&request->all, request->arn);
    const struct table *table = request->table;
    if (request->precision.len == 0) {
        return problem_invalid(request->arena,
                               "Streaming destination cannot be updated with given parameters: "
                               "UpdateKinesisStreamingConfiguration cannot be null or contain "
                               "only null values");
    }
    if (destination == NULL || !destination_is_active(destination)) {
        return problem_invalid(request->arena,
                               INVALID_STATE
                               "Kinesis streaming is not in ACTIVE state. Updates are only allowed "
                               "in ACTIVE state. TableName: %.*s, kdsArn: %.*s",
                               SLICE_ARG(table->name), SLICE_ARG(request->arn));
    }
    if (slice_eq(destination_precision(destination), request->precision)) {
        return problem_invalid(request->arena,
                               "Invalid Request: Precision is already set to the desired value of "
                               "%.*s for tableId: %.*s, kdsArn: %.*s",
                               SLICE_ARG(request->precision), SLICE_ARG(table->table_id),
                               SLICE_ARG(request->arn));
    }
    destination->precision = request->precision;
    return NULL;
}

static const struct destination_change enabling = {MEMBER_ENABLE_KINESIS_STREAMING_CONFIGURATION,
                                                   "ENABLING", enable};
static const struct destination_change disabling = {MEMBER_ENABLE_KINESIS_STREAMING_CONFIGURATION,
                                                    "DISABLING", disable};
static const struct destination_change updating = {MEMBER_UPDATE_KINESIS_STREAMING_CONFIGURATION,
                                                   "UPDATING", update};

/* The row of this operation: what the writer thread and the reply go by. */
static const struct destination_change *change_of(const struct operation *operation)
{
    return slice_starts_with(operation->name, SLICE("Enable"))    ? &enabling
           : slice_starts_with(operation->name, SLICE("Disable")) ? &disabling
                                                                  : &updating;
}

static struct slice wanted_precision(const struct operation *operation)
{
    const struct destination_change *change = change_of(operation);
    return record_text(record_get(operation->input, change->configuration)->record,
                       MEMBER_APPROXIMATE_CREATION_DATE_TIME_PRECISION);
}

static struct table *change_table(struct catalog_change *change, struct txn *txn,
                                  const struct table *newest)
{
    const struct operation *operation = CONTAINER_OF(change, struct control, change)->operation;
    struct destination_request request = {
        .arena = change->arena,
        .txn = txn,
        .table = newest,
        .all = destinations_get(txn, change->arena, newest->id),
        .arn = record_text(operation->input, MEMBER_STREAM_ARN),
        .precision = wanted_precision(operation),
    };
    change->problem = change_of(operation)->apply(&request);
    if (change->problem != NULL) {
        return NULL;
    }
    destinations_put(txn, newest->id, &request.all);
    struct table *table = table_copy(newest);
    table->has_destination = destinations_active(&request.all) != NULL;
    return table;
}

static void reply(struct control *control)
{
    struct operation *operation = control->operation;
    const struct destination_change *change = change_of(operation);
    struct slice precision = wanted_precision(operation);
    struct json_writer *w = &operation->w;
    json_open(w, '{');
    json_put_string(w, "TableName", control->change.result->name);
    json_put_string(w, "StreamArn", record_text(operation->input, MEMBER_STREAM_ARN));
    json_put_text(w, "DestinationStatus", change->status);
    if (precision.len != 0 || change == &enabling) {
        json_key_text(w, member_name(change->configuration));
        json_open(w, '{');
        if (precision.len != 0) {
            json_put_string(w, "ApproximateCreationDateTimePrecision", precision);
        }
        json_close(w, '}');
    }
    json_close(w, '}');
    operation_reply(operation);
}

static const struct problem *run_change(struct operation *operation)
{
    struct table *table = NULL;
    const struct problem *problem =
        control_table(operation, record_text(operation->input, MEMBER_TABLE_NAME), true, &table);
    if (problem == NULL) {
        struct control *control = control_create(operation);
        control->change.change = change_table;
        control->reply = reply;
        control_change(control, table);
    }
    return problem;
}

const struct problem *op_enable_kinesis_streaming_destination(struct operation *operation)
{
    return run_change(operation);
}

const struct problem *op_disable_kinesis_streaming_destination(struct operation *operation)
{
    return run_change(operation);
}

const struct problem *op_update_kinesis_streaming_destination(struct operation *operation)
{
    return run_change(operation);
}

const struct problem *op_describe_kinesis_streaming_destination(struct operation *operation)
{
    struct table *table = NULL;
    const struct problem *problem =
        control_table(operation, record_text(operation->input, MEMBER_TABLE_NAME), true, &table);
    if (problem != NULL) {
        return problem;
    }
    struct engine *engine = store_engine(operation->store);
    struct txn *txn = engine_read_begin(engine, 0);
    struct destinations all = destinations_get(txn, operation->arena, table->id);
    engine_read_end(engine, txn);
    json_open(&operation->w, '{');
    json_put_string(&operation->w, "TableName", table->name);
    json_key_text(&operation->w, "KinesisDataStreamDestinations");
    destinations_print(&operation->w, &all);
    json_close(&operation->w, '}');
    operation_reply(operation);
    return NULL;
}
