#include "scheduler/sqs/wire.h"

#include "scheduler/sqs/model.h"

#include <stdarg.h>

#define MODELLED "com.amazonaws.sqs#"
#define COMMON "com.amazon.coral.service#"
#define LEGACY "AWS.SimpleQueueService."

struct error_row {
    const char *type; /* JSON */
    const char *code; /* query, and x-amzn-query-error */
    int old_status;   /* query, and JSON in query mode; other JSON is always 400 */
};

static const struct error_row rows[SQS_ERROR_COUNT] = {
    [SQS_QUEUE_DOES_NOT_EXIST] = {MODELLED "QueueDoesNotExist", LEGACY "NonExistentQueue", 400},
    [SQS_QUEUE_NAME_EXISTS] = {MODELLED "QueueNameExists", "QueueAlreadyExists", 400},
    [SQS_INVALID_PARAMETER] = {COMMON "InvalidParameterValueException", "InvalidParameterValue",
                               400},
    [SQS_MISSING_PARAMETER] = {COMMON "MissingRequiredParameterException", "MissingParameter", 400},
    [SQS_INVALID_ATTRIBUTE_NAME] = {MODELLED "InvalidAttributeName", "InvalidAttributeName", 400},
    [SQS_INVALID_ATTRIBUTE_VALUE] = {MODELLED "InvalidAttributeValue", "InvalidAttributeValue",
                                     400},
    [SQS_INVALID_MESSAGE_CONTENTS] = {MODELLED "InvalidMessageContents", "InvalidMessageContents",
                                      400},
    [SQS_RECEIPT_HANDLE_INVALID] = {MODELLED "ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid",
                                    400},
    [SQS_BATCH_IDS_NOT_DISTINCT] = {MODELLED "BatchEntryIdsNotDistinct",
                                    LEGACY "BatchEntryIdsNotDistinct", 400},
    [SQS_BATCH_TOO_LONG] = {MODELLED "BatchRequestTooLong", LEGACY "BatchRequestTooLong", 400},
    [SQS_BATCH_EMPTY] = {MODELLED "EmptyBatchRequest", LEGACY "EmptyBatchRequest", 400},
    [SQS_BATCH_ID_INVALID] = {MODELLED "InvalidBatchEntryId", LEGACY "InvalidBatchEntryId", 400},
    [SQS_BATCH_TOO_MANY] = {MODELLED "TooManyEntriesInBatchRequest",
                            LEGACY "TooManyEntriesInBatchRequest", 400},
    [SQS_PURGE_IN_PROGRESS] = {MODELLED "PurgeQueueInProgress", LEGACY "PurgeQueueInProgress", 403},
    [SQS_OVER_LIMIT] = {MODELLED "OverLimit", "OverLimit", 403},
    [SQS_RESOURCE_NOT_FOUND] = {MODELLED "ResourceNotFoundException", "ResourceNotFoundException",
                                404},
    [SQS_UNSUPPORTED] = {MODELLED "UnsupportedOperation", LEGACY "UnsupportedOperation", 400},
    [SQS_INVALID_ACTION] = {COMMON "UnknownOperationException", "InvalidAction", 400},
    [SQS_MALFORMED] = {COMMON "SerializationException", "MalformedInput", 400},
    [SQS_UNAVAILABLE] = {COMMON "InternalFailure", "InternalError", 500},
};

const struct wire_error sqs_wire_errors[STATUS_COUNT] = {
    [STATUS_INVALID] = {400, "InvalidParameterValue"},
    [STATUS_UNAVAILABLE] = {500, "InternalFailure"},
    [STATUS_INTERNAL] = {500, "InternalFailure"},
};

/* --- making refusals --- */

static const struct refusal *refuse_text(struct arena *arena, enum sqs_error error,
                                         struct slice text)
{
    struct refusal *refusal = arena_alloc(arena, sizeof *refusal);
    refusal->error = error;
    refusal->text = text;
    return refusal;
}

static struct slice format_text(struct arena *arena, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, again);
    va_end(again);
    char *text = arena_alloc(arena, (size_t)len + 1);
    (void)vsnprintf(text, (size_t)len + 1, format, args);
    return slice_of(text, (size_t)len);
}

const struct refusal *sqs_refuse(struct arena *arena, enum sqs_error error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct slice text = format_text(arena, format, args);
    va_end(args);
    return refuse_text(arena, error, text);
}

const struct refusal *sqs_refuse_value(struct arena *arena, struct slice value,
                                       const char *parameter, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct slice reason = format_text(arena, format, args);
    va_end(args);
    return sqs_refuse(arena, SQS_INVALID_PARAMETER,
                      "Value %.*s for parameter %s is invalid. Reason: %.*s", SLICE_ARG(value),
                      parameter, SLICE_ARG(reason));
}

const struct refusal *sqs_refuse_missing(struct arena *arena, const char *parameter)
{
    return sqs_refuse(arena, SQS_MISSING_PARAMETER, "The request must contain the parameter %s.",
                      parameter);
}

const struct refusal *sqs_refuse_no_queue(struct api_call *call)
{
    bool is_query = api_call_protocol(call) == API_QUERY;
    return sqs_refuse(api_arena(call), SQS_QUEUE_DOES_NOT_EXIST,
                      "The specified queue does not exist%s.",
                      is_query ? " for this wsdl version" : "");
}

const struct refusal *sqs_refuse_status(struct api_call *call, enum status status)
{
    if (status == STATUS_OK) {
        return NULL;
    }
    if (status == STATUS_NOT_FOUND) {
        return sqs_refuse_no_queue(call);
    }
    return sqs_refuse(api_arena(call), SQS_UNAVAILABLE, "The request could not be kept.");
}

/* --- telling them --- */

const char *sqs_refusal_code(const struct refusal *refusal)
{
    return rows[refusal->error].code;
}

void sqs_refusal_reply(struct api_call *call, const struct refusal *refusal)
{
    const struct error_row *row = &rows[refusal->error];
    if (api_call_protocol(call) == API_QUERY) {
        api_reply_error(call, row->old_status, row->code, refusal->text);
        return;
    }
    bool has_old_status =
        row->old_status >= 500 || slice_is(api_header(call, "x-amzn-query-mode"), "true");
    struct slice old = arena_printf(api_arena(call), "%s;%s", row->code,
                                    row->old_status < 500 ? "Sender" : "Receiver");
    api_add_header(call, SLICE("x-amzn-query-error"), old);
    api_reply_error(call, has_old_status ? row->old_status : 400, row->type, refusal->text);
}

bool sqs_read(struct api_call *call, const struct record **ret_input)
{
    static const enum sqs_error errors[] = {[MODEL_SERIALIZATION] = SQS_MALFORMED,
                                            [MODEL_MISSING] = SQS_MISSING_PARAMETER,
                                            [MODEL_VALIDATION] = SQS_INVALID_PARAMETER};
    struct arena *arena = api_arena(call);
    const struct model_fault *fault = model_parse_call(&sqs_model, call, ret_input);
    if (fault == NULL) {
        return true;
    }
    sqs_refusal_reply(call,
                      fault->kind == MODEL_MISSING
                          ? sqs_refuse_missing(arena, arena_cstr(arena, fault->member))
                          : sqs_refuse(arena, errors[fault->kind], "%.*s", SLICE_ARG(fault->text)));
    return false;
}

/* --- before an operation --- */

static bool is_account(struct slice segment)
{
    uint64_t number;
    return segment.len == 12 && slice_to_u64(segment, &number);
}

bool sqs_owns_path(struct slice path)
{
    struct slice rest = slice_skip(path, 1), segment, name;
    if (slice_starts_with(rest, SLICE("queue/"))) {
        rest = slice_skip(rest, 6);
        (void)slice_split(&rest, '/', &segment); /* the region */
    }
    return slice_split(&rest, '/', &segment) && is_account(segment) &&
           slice_split(&rest, '/', &name) && name.len > 0;
}

/* A queue's URL takes what is done with this queue, and nothing else. */
bool sqs_on_call(struct api_call *call, void *ctx)
{
    (void)ctx;
    if (api_call_protocol(call) != API_QUERY || !sqs_owns_path(api_path(call))) {
        return false;
    }
    struct slice action = api_query_param(call, "Action");
    if (action.len == 0) {
        struct http_header type = {SLICE("Content-Type"), SLICE("text/xml")};
        api_reply_raw(call, 404, (struct http_headers){&type, 1},
                      SLICE("<UnknownOperationException/>"));
        return true;
    }
    if (slice_is(action, "CreateQueue") || slice_is(action, "ListQueues")) {
        sqs_refusal_reply(call, sqs_refuse(api_arena(call), SQS_INVALID_ACTION,
                                           "The action %.*s is not valid for this endpoint.",
                                           SLICE_ARG(action)));
        return true;
    }
    return false;
}
