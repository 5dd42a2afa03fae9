#include "scheduler/sns/refusal.h"

static const struct wire_error wires[SNS_ERROR_COUNT] = {
    [SNS_INVALID_PARAMETER] = {400, "InvalidParameter"},
    [SNS_INVALID_VALUE] = {400, "ParameterValueInvalid"},
    [SNS_NOT_FOUND] = {404, "NotFound"},
    [SNS_RESOURCE_NOT_FOUND] = {404, "ResourceNotFound"},
    [SNS_UNAUTHORIZED] = {403, "AuthorizationError"},
    [SNS_TAG_LIMIT] = {400, "TagLimitExceeded"},
    [SNS_SUBSCRIPTION_LIMIT] = {403, "SubscriptionLimitExceeded"},
    [SNS_EMPTY_BATCH] = {400, "EmptyBatchRequest"},
    [SNS_TOO_MANY_ENTRIES] = {400, "TooManyEntriesInBatchRequest"},
    [SNS_IDS_NOT_DISTINCT] = {400, "BatchEntryIdsNotDistinct"},
    [SNS_INVALID_ENTRY_ID] = {400, "InvalidBatchEntryId"},
    [SNS_BATCH_TOO_LONG] = {400, "BatchRequestTooLong"},
    [SNS_INTERNAL] = {500, "InternalError"},
};

static const struct refusal *refusal_of(struct arena *arena, enum sns_error error,
                                        struct slice text)
{
    struct refusal *refusal = arena_alloc(arena, sizeof *refusal);
    *refusal = (struct refusal){error, text};
    return refusal;
}

const struct refusal *refusal_make(struct arena *arena, enum sns_error error, const char *format,
                                   ...)
{
    va_list args;
    va_start(args, format);
    struct slice text = arena_vprintf(arena, format, args);
    va_end(args);
    return refusal_of(arena, error, text);
}

const struct refusal *refusal_invalid(struct arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct slice text = arena_vprintf(arena, format, args);
    va_end(args);
    return refusal_make(arena, SNS_INVALID_PARAMETER, "Invalid parameter: %.*s", SLICE_ARG(text));
}

void refusal_reply(struct api_call *call, const struct refusal *refusal)
{
    const struct wire_error *wire = &wires[refusal->error];
    api_reply_error(call, wire->http_status, wire->code, refusal->text);
}
