/* SQS's errors: one row for each, as both protocols tell it.
 *
 * A function that may refuse returns NULL or a refusal, in the arena of the call. JSON replies carry the old name in
 * the header x-amzn-query-error, and the old status when the client asks for it with x-amzn-query-mode.
 *
 * Source  botocore's service model; reference/events.md section 1.3. */
#ifndef SLS_SCHEDULER_SQS_WIRE_H
#define SLS_SCHEDULER_SQS_WIRE_H

#include "core/api/api.h"
#include "core/api/model.h"

enum sqs_error {
    SQS_QUEUE_DOES_NOT_EXIST,
    SQS_QUEUE_NAME_EXISTS,
    SQS_INVALID_PARAMETER,
    SQS_MISSING_PARAMETER,
    SQS_INVALID_ATTRIBUTE_NAME,
    SQS_INVALID_ATTRIBUTE_VALUE,
    SQS_INVALID_MESSAGE_CONTENTS,
    SQS_RECEIPT_HANDLE_INVALID,
    SQS_BATCH_IDS_NOT_DISTINCT,
    SQS_BATCH_TOO_LONG,
    SQS_BATCH_EMPTY,
    SQS_BATCH_ID_INVALID,
    SQS_BATCH_TOO_MANY,
    SQS_PURGE_IN_PROGRESS,
    SQS_OVER_LIMIT,
    SQS_RESOURCE_NOT_FOUND,
    SQS_UNSUPPORTED,
    SQS_INVALID_ACTION,
    SQS_MALFORMED,
    SQS_UNAVAILABLE,
    SQS_ERROR_COUNT
};

struct refusal {
    enum sqs_error error;
    struct slice text;
};

const struct refusal *sqs_refuse(struct arena *arena, enum sqs_error error, const char *format, ...)
    PRINTF_LIKE(3, 4);
/* "Value VALUE for parameter NAME is invalid. Reason: ..." */
const struct refusal *sqs_refuse_value(struct arena *arena, struct slice value,
                                       const char *parameter, const char *format, ...)
    PRINTF_LIKE(4, 5);
/* "The request must contain the parameter NAME." */
const struct refusal *sqs_refuse_missing(struct arena *arena, const char *parameter);
/* In the words of the call's protocol. */
const struct refusal *sqs_refuse_no_queue(struct api_call *call);
/* Of a status of the store: UNAVAILABLE, or NOT_FOUND for a queue that went meanwhile. NULL for OK. */
const struct refusal *sqs_refuse_status(struct api_call *call, enum status status);

/* "InvalidParameterValue": in the entries of batches. */
const char *sqs_refusal_code(const struct refusal *refusal);
void sqs_refusal_reply(struct api_call *call, const struct refusal *refusal);
/* The call's input; false when it was answered. */
MUST_CHECK bool sqs_read(struct api_call *call, const struct record **ret_input);

/* For struct api_service: what comes before an operation. */
bool sqs_on_call(struct api_call *call, void *ctx);
bool sqs_owns_path(struct slice path);
extern const struct wire_error sqs_wire_errors[];

#endif
