/* Kinesis streaming destinations of a table: kept and told (DB_META 'k' id -> a list of destinations), nothing is
 * sent to them. A destination stays in the list when it is disabled, as on AWS. */
#include "core/json_scan.h"
#include "store/table/control.h"
#include "store/table/meta.h"

#include <assert.h>

#define DESTINATIONS_MAX 100 /* kept of a table */
#define DESTINATIONS_LEN_MAX (1024 * 1024)
#define INVALID_STATE "Table is not in a valid state to enable Kinesis Streaming Destination: "

struct destination {
    struct slice arn;
    struct slice precision; /* "MILLISECOND" */
    bool is_active;
};

struct destinations {
    struct destination *items;
    size_t count;
};

static struct slice text_of(struct arena *arena, struct slice object, const char *key)
{
    struct slice value, text;
    return json_raw_find(object, key, &value) && json_raw_string(arena, value, &text) ? text
                                                                                      : SLICE("");
}

/* With room for one more. */
static struct destinations read_destinations(struct txn *txn, struct arena *arena, uint32_t id)
{
    struct slice json = meta_get_of_id(txn, arena, 'k', id), element;
    struct json_scan count = json_scan_init(json), scan = count;
    struct destinations all = {NULL, 0};
    size_t room = 1;
    if (json_scan_enter(&count, '[')) {
        while (json_scan_element(&count, &element)) {
            room++;
        }
    }
    all.items = arena_array(arena, room, sizeof(*all.items));
    if (json_scan_enter(&scan, '[')) {
        while (json_scan_element(&scan, &element)) {
            all.items[all.count++] = (struct destination){
                .arn = text_of(arena, element, "StreamArn"),
                .precision = text_of(arena, element, "ApproximateCreationDateTimePrecision"),
                .is_active = slice_is(text_of(arena, element, "DestinationStatus"), "ACTIVE"),
            };
        }
    }
    return all;
}

static void print_destinations(struct json_writer *w, const struct destinations *all)
{
    json_open(w, '[');
    for (size_t i = 0; i < all->count; i++) {
        json_open(w, '{');
        json_put_string(w, "StreamArn", all->items[i].arn);
        json_put_text(w, "DestinationStatus", all->items[i].is_active ? "ACTIVE" : "DISABLED");
        json_put_string(w, "ApproximateCreationDateTimePrecision", all->items[i].precision);
        json_close(w, '}');
    }
    json_close(w, ']');
}

static void write_destinations(struct txn *txn, uint32_t id, const struct destinations *all)
{
    AUTO_BUF json = BUF_INIT(DESTINATIONS_LEN_MAX);
    struct json_writer w = json_writer_init(&json);
    print_destinations(&w, all);
    assert(!json.is_full);
    meta_put_of_id(txn, 'k', id, buf_slice(&json));
}

static struct destination *find(const struct destinations *all, struct slice arn)
{
    for (size_t i = 0; i < all->count; i++) {
        if (slice_eq(all->items[i].arn, arn)) {
            return &all->items[i];
        }
    }
    return NULL;
}

/* Where a new one goes, when need be in the place of one that is disabled; NULL: all are active. */
static struct destination *make_room(struct destinations *all)
{
    if (all->count < DESTINATIONS_MAX) {
        return &all->items[all->count++];
    }
    for (size_t i = 0; i < all->count; i++) {
        if (!all->items[i].is_active) {
            return &all->items[i];
        }
    }
    return NULL;
}

/* --- enable, disable, update: one change each --- */

struct change {
    enum member_id configuration; /* the member that has the precision */
    const char *status;           /* told in the reply */
    const struct problem *(*apply)(struct arena *arena, const struct table *table,
                                   struct destinations *all, struct slice arn,
                                   struct slice precision);
};

static const struct problem *enable(struct arena *arena, const struct table *table,
                                    struct destinations *all, struct slice arn,
                                    struct slice precision)
{
    struct destination *destination = find(all, arn);
    (void)table;
    if (destination != NULL && destination->is_active) {
        return problem_invalid(arena, INVALID_STATE
                               "EnableKinesisStreamingDestination must be DISABLED or "
                               "ENABLE_FAILED to perform ENABLE operation.");
    }
    destination = destination != NULL ? destination : make_room(all);
    if (destination == NULL) {
        return problem_make(arena, PROBLEM_LIMIT_EXCEEDED,
                            "Subscriber limit exceeded: A table can have at most %d Kinesis "
                            "streaming destinations",
                            DESTINATIONS_MAX);
    }
    *destination = (struct destination){
        .arn = arn,
        .precision = precision.len != 0 ? precision : SLICE("MILLISECOND"),
        .is_active = true,
    };
    return NULL;
}

static const struct problem *disable(struct arena *arena, const struct table *table,
                                     struct destinations *all, struct slice arn,
                                     struct slice precision)
{
    struct destination *destination = find(all, arn);
    (void)table;
    if (precision.len != 0) {
        return problem_invalid(
            arena,
            "Stream cannot be disabled using EnableKinesisStreamingConfiguration parameters");
    }
    if (destination == NULL || !destination->is_active) {
        return problem_invalid(arena, INVALID_STATE "KinesisStreamingDestination must be ACTIVE to "
                                                    "perform DISABLE operation.");
    }
    destination->is_active = false;
    return NULL;
}

static const struct problem *update(struct arena *arena, const struct table *table,
                                    struct destinations *all, struct slice arn,
                                    struct slice precision)
{
    struct destination *destination = find(all, arn);
    if (precision.len == 0) {
        return problem_invalid(arena, "Streaming destination cannot be updated with given "
                                      "parameters: UpdateKinesisStreamingConfiguration cannot be "
                                      "null or contain only null values");
    }
    if (destination == NULL || !destination->is_active) {
        return problem_invalid(arena,
                               INVALID_STATE
                               "Kinesis streaming is not in ACTIVE state. Updates are only allowed "
                               "in ACTIVE state. TableName: %.*s, kdsArn: %.*s",
                               SLICE_ARG(table->name), SLICE_ARG(arn));
    }
    if (slice_eq(destination->precision, precision)) {
        return problem_invalid(arena,
                               "Invalid Request: Precision is already set to the desired value of "
                               "%.*s for tableId: %.*s, kdsArn: %.*s",
                               SLICE_ARG(precision), SLICE_ARG(table->table_id), SLICE_ARG(arn));
    }
    destination->precision = precision;
    return NULL;
}

static const struct change enabling = {MEMBER_ENABLE_KINESIS_STREAMING_CONFIGURATION, "ENABLING",
                                       enable};
static const struct change disabling = {MEMBER_ENABLE_KINESIS_STREAMING_CONFIGURATION, "DISABLING",
                                        disable};
static const struct change updating = {MEMBER_UPDATE_KINESIS_STREAMING_CONFIGURATION, "UPDATING",
                                       update};

/* The row of this operation: what the writer thread and the reply go by. */
static const struct change *change_of(const struct operation *operation)
{
    return slice_starts_with(operation->name, SLICE("Enable"))    ? &enabling
           : slice_starts_with(operation->name, SLICE("Disable")) ? &disabling
                                                                  : &updating;
}

static struct slice wanted_precision(const struct operation *operation)
{
    const struct change *change = change_of(operation);
    return record_text(record_get(operation->input, change->configuration)->record,
                       MEMBER_APPROXIMATE_CREATION_DATE_TIME_PRECISION);
}

static void apply(struct control_write *write, struct txn *txn)
{
    struct operation *operation = write->operation;
    const struct table *newest = table_newest(write->table);
    if (newest == NULL) {
        write->problem = control_not_found(operation->arena, write->table->name);
        return;
    }
    struct destinations all = read_destinations(txn, operation->arena, newest->id);
    write->problem = change_of(operation)->apply(operation->arena, newest, &all,
                                                 record_text(operation->input, MEMBER_STREAM_ARN),
                                                 wanted_precision(operation));
    if (write->problem == NULL) {
        write_destinations(txn, newest->id, &all);
    }
}

static void reply(struct control_write *write)
{
    struct operation *operation = write->operation;
    const struct change *change = change_of(operation);
    struct slice precision = wanted_precision(operation);
    struct json_writer *w = &operation->w;
    json_open(w, '{');
    json_put_string(w, "TableName", write->table->name);
    json_put_string(w, "StreamArn", record_text(operation->input, MEMBER_STREAM_ARN));
    json_put_text(w, "DestinationStatus", change->status);
    if (precision.len != 0) {
        json_key_text(w, member_name(change->configuration));
        json_open(w, '{');
        json_put_string(w, "ApproximateCreationDateTimePrecision", precision);
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
        control_write(operation, table, apply, reply, NULL);
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
    struct destinations all = read_destinations(txn, operation->arena, table->id);
    engine_read_end(engine, txn);
    json_open(&operation->w, '{');
    json_put_string(&operation->w, "TableName", table->name);
    json_key_text(&operation->w, "KinesisDataStreamDestinations");
    print_destinations(&operation->w, &all);
    json_close(&operation->w, '}');
    operation_reply(operation);
    return NULL;
}
