/* The service on the wire: its operations, its errors, and what they share. */
#include "scheduler/metrics/cloudwatch.h"

#include "core/api/cbor.h"

#include <stdarg.h>

/* --- errors --- */

static const struct error_row {
    const char *type; /* JSON and CBOR */
    const char *code; /* query, and x-amzn-query-error */
    int http_status;
} rows[CLOUDWATCH_ERROR_COUNT] = {
    [CLOUDWATCH_INVALID_VALUE] = {"InvalidParameterValueException", "InvalidParameterValue", 400},
    [CLOUDWATCH_INVALID_COMBINATION] = {"InvalidParameterCombinationException",
                                        "InvalidParameterCombination", 400},
    [CLOUDWATCH_MISSING] = {"MissingRequiredParameterException", "MissingParameter", 400},
    [CLOUDWATCH_VALIDATION] = {"ValidationException", "ValidationError", 400},
    [CLOUDWATCH_INVALID_TOKEN] = {"InvalidNextToken", "InvalidNextToken", 400},
    [CLOUDWATCH_INTERNAL] = {"InternalServiceFault", "InternalServiceError", 500},
};

static const struct wire_error errors[STATUS_COUNT] = {
    [STATUS_INVALID] = {400, "InvalidParameterValue"},
    [STATUS_UNSUPPORTED] = {400, "UnknownOperationException"},
    [STATUS_UNAVAILABLE] = {500, "InternalServiceError"},
    [STATUS_INTERNAL] = {500, "InternalServiceError"},
};

static void reply_error(struct api_call *call, enum cloudwatch_error error, struct slice text)
{
    const struct error_row *row = &rows[error];
    if (api_call_protocol(call) == API_QUERY) {
        api_reply_error(call, row->http_status, row->code, text);
        return;
    }
    api_add_header(call, SLICE("x-amzn-query-error"),
                   arena_printf(api_arena(call), "%s;%s", row->code,
                                row->http_status < 500 ? "Sender" : "Receiver"));
    api_reply_error(call, row->http_status, row->type, text);
}

void cloudwatch_refuse(struct api_call *call, enum cloudwatch_error error, const char *format, ...)
{
    struct fault fault;
    va_list args;
    va_start(args, format);
    (void)fault_vset(&fault, STATUS_INVALID, format, args);
    va_end(args);
    reply_error(call, error, slice_from(fault.text));
}

/* --- requests --- */

bool cloudwatch_read(struct api_call *call, const struct record **ret_input)
{
    const struct model_fault *fault = model_parse_call(&cloudwatch_model, call, ret_input);
    if (fault == NULL) {
        return true;
    }
    if (fault->kind == MODEL_VALIDATION) {
        reply_error(call, CLOUDWATCH_VALIDATION, fault->text);
    } else {
        model_reply_fault(call, fault);
    }
    return false;
}

struct metric_id cloudwatch_metric(struct arena *arena, const struct record *record)
{
    const struct field *list = record_get(record, MEMBER_DIMENSIONS);
    struct metric_dimension *dimensions = arena_array(arena, list->count, sizeof *dimensions);
    for (size_t i = 0; i < list->count; i++) {
        dimensions[i] = (struct metric_dimension){record_text(list->items[i].record, MEMBER_NAME),
                                                  record_text(list->items[i].record, MEMBER_VALUE)};
    }
    return (struct metric_id){.namespace_name = record_text(record, MEMBER_NAMESPACE),
                              .name = record_text(record, MEMBER_METRIC_NAME),
                              .dimensions = dimensions,
                              .dimension_count = list->count};
}

/* --- reading --- */

static void read_aside(struct long_read *long_read, struct txn *txn)
{
    struct metric_read *read = CONTAINER_OF(long_read, struct metric_read, long_read);
    read->read(read, txn);
}

static void on_read(struct long_read *long_read)
{
    struct metric_read *read = CONTAINER_OF(long_read, struct metric_read, long_read);
    alarms_release(read->scheduler->context->alarms);
    read->done(read);
}

/* When the flush failed, the read sees what is there. */
static void on_flushed(void *ctx, enum status status)
{
    struct metric_read *read = ctx;
    (void)status;
    engine_read_long(read->scheduler->engine, &read->long_read);
}

void metric_read_start(struct scheduler *scheduler, struct metric_read *read)
{
    read->scheduler = scheduler;
    read->long_read = (struct long_read){.read = read_aside, .done = on_read};
    alarms_hold(scheduler->context->alarms);
    metrics_flush(scheduler->metrics, on_flushed, read);
}

/* --- the table --- */

#define REFUSED(operation)                                                                         \
    {                                                                                              \
        .name = (operation)                                                                        \
    }

static const struct api_op operations[] = {
    {.name = "PutMetricData", .run = op_put_metric_data},
    {.name = "GetMetricStatistics", .run = op_get_metric_statistics},
    {.name = "GetMetricData", .run = op_get_metric_data},
    {.name = "ListMetrics", .run = op_list_metrics},
    /* Known, and not emulated: answered so by name. */
    REFUSED("PutMetricAlarm"),
    REFUSED("PutCompositeAlarm"),
    REFUSED("DescribeAlarms"),
    REFUSED("DescribeAlarmsForMetric"),
    REFUSED("DescribeAlarmHistory"),
    REFUSED("DeleteAlarms"),
    REFUSED("SetAlarmState"),
    REFUSED("EnableAlarmActions"),
    REFUSED("DisableAlarmActions"),
    REFUSED("PutDashboard"),
    REFUSED("GetDashboard"),
    REFUSED("ListDashboards"),
    REFUSED("DeleteDashboards"),
    REFUSED("PutAnomalyDetector"),
    REFUSED("DescribeAnomalyDetectors"),
    REFUSED("DeleteAnomalyDetector"),
    REFUSED("PutInsightRule"),
    REFUSED("DescribeInsightRules"),
    REFUSED("DeleteInsightRules"),
    REFUSED("EnableInsightRules"),
    REFUSED("DisableInsightRules"),
    REFUSED("GetInsightRuleReport"),
    REFUSED("PutMetricStream"),
    REFUSED("GetMetricStream"),
    REFUSED("ListMetricStreams"),
    REFUSED("DeleteMetricStream"),
    REFUSED("StartMetricStreams"),
    REFUSED("StopMetricStreams"),
    REFUSED("GetMetricWidgetImage"),
    REFUSED("TagResource"),
    REFUSED("UntagResource"),
    REFUSED("ListTagsForResource"),
    {.name = NULL},
};

static const char *const signing_names[] = {"monitoring", NULL};
static const char *const target_prefixes[] = {"GraniteServiceVersion20100801", NULL};
static const char *const no_names[] = {NULL};
static const char *const times[] = {"Timestamp", "Timestamps", NULL};
static const struct cbor_members cbor_members = {.blobs = no_names, .times = times};

const struct api_service cloudwatch_service = {
    .name = "monitoring",
    .signing_names = signing_names,
    .target_prefixes = target_prefixes,
    .xml_namespace = "http://monitoring.amazonaws.com/doc/2010-08-01/",
    .query_version = "2010-08-01",
    .protocol = API_JSON,
    .also_query = true,
    .json_version = "1.0",
    .ops = operations,
    .errors = errors,
    .cbor_members = &cbor_members,
};
