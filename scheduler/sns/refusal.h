/* Why SNS refuses a request: an error of its wire and the words.
 *
 * Functions that may refuse return `const struct refusal *`, NULL when all is well; it lives in the arena it was made
 * in. The wire's codes stand in refusal.c alone. */
#ifndef SLS_SCHEDULER_SNS_REFUSAL_H
#define SLS_SCHEDULER_SNS_REFUSAL_H

#include "core/api/api.h"

enum sns_error {
    SNS_INVALID_PARAMETER,
    SNS_INVALID_VALUE, /* of a message attribute */
    SNS_NOT_FOUND,
    SNS_RESOURCE_NOT_FOUND, /* of tags */
    SNS_UNAUTHORIZED,
    SNS_TAG_LIMIT,
    SNS_SUBSCRIPTION_LIMIT,
    SNS_EMPTY_BATCH,
    SNS_TOO_MANY_ENTRIES,
    SNS_IDS_NOT_DISTINCT,
    SNS_INVALID_ENTRY_ID,
    SNS_BATCH_TOO_LONG,
    SNS_INTERNAL,
    SNS_ERROR_COUNT
};

struct refusal {
    enum sns_error error;
    struct slice text;
};

const struct refusal *refusal_make(struct arena *arena, enum sns_error error, const char *format,
                                   ...) PRINTF_LIKE(3, 4);
/* InvalidParameter, with "Invalid parameter: " in front. */
const struct refusal *refusal_invalid(struct arena *arena, const char *format, ...)
    PRINTF_LIKE(2, 3);
void refusal_reply(struct api_call *call, const struct refusal *refusal);

#endif
