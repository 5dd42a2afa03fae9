/* The service on the wire: its operations, its errors, and what they share. */
#include "scheduler/logs/logs_private.h"

#include "core/api/page_token.h"
#include "scheduler/arn.h"

#include <stdarg.h>
#include <stdio.h>

/* --- errors --- */

static const struct wire_error errors[STATUS_COUNT] = {
    [STATUS_INVALID] = {400, "InvalidParameterException"},
    [STATUS_NOT_FOUND] = {400, "ResourceNotFoundException"},
    [STATUS_CONFLICT] = {400, "ResourceAlreadyExistsException"},
    [STATUS_LIMIT] = {400, "LimitExceededException"},
    [STATUS_DENIED] = {400, "InvalidOperationException"},
    [STATUS_UNAVAILABLE] = {503, "ServiceUnavailableException"},
    [STATUS_CANCELLED] = {503, "ServiceUnavailableException"},
    [STATUS_UNSUPPORTED] = {400, "UnknownOperationException"},
    [STATUS_INTERNAL] = {500, "InternalFailure"},
};

static const char serialization[] = "SerializationException";

void logs_refuse(struct api_call *call, const char *format, ...)
{
    struct fault fault;
    va_list args;
    va_start(args, format);
    (void)fault_vset(&fault, STATUS_INVALID, format, args);
    va_end(args);
    api_reply_fault(call, &fault);
}

static void reply_status(struct api_call *call, enum status status, const char *text)
{
    struct fault fault;
    (void)fault_set(&fault, status, "%s", text);
    api_reply_fault(call, &fault);
}

void logs_reply_no_group(struct api_call *call)
{
    reply_status(call, STATUS_NOT_FOUND, "The specified log group does not exist.");
}

void logs_reply_no_stream(struct api_call *call)
{
    reply_status(call, STATUS_NOT_FOUND, "The specified log stream does not exist.");
}

void logs_reply_written(void *ctx, enum status status)
{
    struct api_call *call = ctx;
    if (status != STATUS_OK) {
        reply_status(call, STATUS_UNAVAILABLE, "The service cannot complete the request.");
    } else {
        api_reply_empty(call, 200);
    }
}

/* --- requests --- */

/* This service calls violated constraints by the name of its other refusals. */
bool logs_read(struct api_call *call, const struct record **ret_input)
{
    const struct model_fault *fault = model_parse_call(&logs_model, call, ret_input);
    if (fault == NULL) {
        return true;
    }
    if (fault->kind == MODEL_SERIALIZATION) {
        api_reply_error(call, 400, serialization, fault->text);
    } else {
        api_reply_error(call, 400, errors[STATUS_INVALID].code, fault->text);
    }
    return false;
}

struct group *logs_find_group(struct logs *logs, struct slice name_or_arn)
{
    struct arn arn;
    struct slice name = name_or_arn;
    if (arn_parse(name_or_arn, &arn)) {
        if (!slice_is(arn.service, "logs") ||
            !slice_starts_with(arn.resource, SLICE("log-group:"))) {
            return NULL;
        }
        name = slice_skip(arn.resource, strlen("log-group:"));
        if (slice_ends_with(name, SLICE(":*"))) {
            name = slice_take(name, name.len - 2);
        }
    }
    return group_find(logs, name);
}

struct group *logs_named_group(struct logs *logs, struct api_call *call, const struct record *input)
{
    struct slice name = record_text(input, MEMBER_LOG_GROUP_NAME);
    struct slice identifier = record_text(input, MEMBER_LOG_GROUP_IDENTIFIER);
    if ((name.ptr == NULL) == (identifier.ptr == NULL)) {
        logs_refuse(call, "%s",
                    name.ptr == NULL ? "Either logGroupName or logGroupIdentifier must be specified"
                                     : "LogGroup name and LogGroup ARN are mutually exclusive "
                                       "parameters.");
        return NULL;
    }
    struct group *group = logs_find_group(logs, name.ptr != NULL ? name : identifier);
    if (group == NULL) {
        logs_reply_no_group(call);
    }
    return group;
}

/* --- pages by name --- */

bool logs_page_begin(struct api_call *call, const struct record *input, struct slice *ret_after,
                     size_t *ret_limit)
{
    const struct field *limit = record_get(input, MEMBER_LIMIT);
    struct slice token = record_text(input, MEMBER_NEXT_TOKEN);
    *ret_after = SLICE("");
    if (token.ptr != NULL &&
        !page_token_read(api_arena(call), api_operation(call)->name, token, ret_after)) {
        logs_refuse(call, "The specified nextToken is invalid.");
        return false;
    }
    *ret_limit = limit->is_set ? (size_t)limit->number : LOG_DESCRIBE_MAX;
    return true;
}

void logs_page_end(struct api_call *call, struct json_writer *w, struct slice last)
{
    json_put_string(w, "nextToken",
                    page_token_make(api_arena(call), api_operation(call)->name, last));
}

/* --- the table --- */

#define REFUSED(operation)                                                                         \
    {                                                                                              \
        .name = (operation)                                                                        \
    }

static const struct api_op operations[] = {
    {.name = "CreateLogGroup", .run = op_create_log_group},
    {.name = "DeleteLogGroup", .run = op_delete_log_group},
    {.name = "DescribeLogGroups", .run = op_describe_log_groups},
    {.name = "ListLogGroups", .run = op_list_log_groups},
    {.name = "PutRetentionPolicy", .run = op_put_retention_policy},
    {.name = "DeleteRetentionPolicy", .run = op_delete_retention_policy},
    {.name = "PutLogGroupDeletionProtection", .run = op_put_deletion_protection},
    {.name = "TagLogGroup", .run = op_tag_log_group},
    {.name = "UntagLogGroup", .run = op_untag_log_group},
    {.name = "ListTagsLogGroup", .run = op_list_tags_log_group},
    {.name = "TagResource", .run = op_tag_log_group},
    {.name = "UntagResource", .run = op_untag_log_group},
    {.name = "ListTagsForResource", .run = op_list_tags_log_group},
    {.name = "CreateLogStream", .run = op_create_log_stream},
    {.name = "DeleteLogStream", .run = op_delete_log_stream},
    {.name = "DescribeLogStreams", .run = op_describe_log_streams},
    {.name = "PutLogEvents", .run = op_put_log_events},
    {.name = "GetLogEvents", .run = op_get_log_events},
    {.name = "FilterLogEvents", .run = op_filter_log_events},
    {.name = "PutSubscriptionFilter", .run = op_put_subscription_filter},
    {.name = "DescribeSubscriptionFilters", .run = op_describe_subscription_filters},
    {.name = "DeleteSubscriptionFilter", .run = op_delete_subscription_filter},
    {.name = "PutMetricFilter", .run = op_put_metric_filter},
    {.name = "DescribeMetricFilters", .run = op_describe_metric_filters},
    {.name = "DeleteMetricFilter", .run = op_delete_metric_filter},
    {.name = "TestMetricFilter", .run = op_test_metric_filter},
    /* Known, and not emulated: answered so by name. */
    REFUSED("AssociateKmsKey"),
    REFUSED("DisassociateKmsKey"),
    REFUSED("StartLiveTail"),
    REFUSED("StartQuery"),
    REFUSED("StopQuery"),
    REFUSED("GetQueryResults"),
    REFUSED("GetLogRecord"), /* takes what queries give */
    REFUSED("DescribeQueries"),
    REFUSED("PutQueryDefinition"),
    REFUSED("DescribeQueryDefinitions"),
    REFUSED("DeleteQueryDefinition"),
    REFUSED("GetLogGroupFields"),
    REFUSED("CreateExportTask"),
    REFUSED("DescribeExportTasks"),
    REFUSED("CancelExportTask"),
    REFUSED("PutDestination"),
    REFUSED("PutDestinationPolicy"),
    REFUSED("DescribeDestinations"),
    REFUSED("DeleteDestination"),
    REFUSED("PutResourcePolicy"),
    REFUSED("DescribeResourcePolicies"),
    REFUSED("DeleteResourcePolicy"),
    REFUSED("PutAccountPolicy"),
    REFUSED("DescribeAccountPolicies"),
    REFUSED("DeleteAccountPolicy"),
    REFUSED("PutDataProtectionPolicy"),
    REFUSED("GetDataProtectionPolicy"),
    REFUSED("DeleteDataProtectionPolicy"),
    REFUSED("PutIndexPolicy"),
    REFUSED("DescribeIndexPolicies"),
    REFUSED("DeleteIndexPolicy"),
    REFUSED("PutTransformer"),
    REFUSED("GetTransformer"),
    REFUSED("DeleteTransformer"),
    REFUSED("TestTransformer"),
    {.name = NULL},
};

static const char *const signing_names[] = {"logs", NULL};
static const char *const target_prefixes[] = {"Logs_20140328", NULL};

const struct api_service logs_service = {
    .name = "logs",
    .signing_names = signing_names,
    .target_prefixes = target_prefixes,
    .protocol = API_JSON,
    .json_version = "1.1",
    .ops = operations,
    .errors = errors,
};
