/* Amazon Resource Names: arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE.
 *
 * Ownership  The parts point into the text. */
#ifndef SLS_SCHEDULER_ARN_H
#define SLS_SCHEDULER_ARN_H

#include "core/arena.h"

struct arn {
    struct slice partition; /* "aws" */
    struct slice service;   /* "sqs" */
    struct slice region;    /* may be empty: S3 */
    struct slice account;   /* may be empty: S3 */
    struct slice
        resource; /* all that follows: "function:hello:prod", "rule/nightly", "orders.fifo" */
};

/* False when it is no ARN: fewer than six parts, a wrong first, or no service or resource. */
MUST_CHECK bool arn_parse(struct slice text, struct arn *ret_arn);
/* "arn:aws:sqs:us-east-1:000000000000:NAME" */
struct slice arn_make(struct arena *arena, const char *service, struct slice region,
                      struct slice account, struct slice resource);

/* The name and qualifier (may be empty) of a function that is given as Lambda allows: "hello", "hello:prod",
 * "000000000000:function:hello:prod" or its ARN. */
void function_name_parse(struct slice text, struct slice *ret_name, struct slice *ret_qualifier);

#endif
