/* NextToken of listings: where the next page begins, whatever was added or deleted meanwhile. */
#ifndef SLS_SCHEDULER_SNS_LIST_PLACE_H
#define SLS_SCHEDULER_SNS_LIST_PLACE_H

#include "scheduler/sns/sns_private.h"

struct list_place {
    struct slice topic; /* the first topic's name, or one before it; empty: from the beginning */
    uint64_t number;    /* the first subscription's */
};

/* Of the operation's result. */
void list_place_put(struct sns_operation *operation, struct slice topic, uint64_t number);
/* Of its input: without a token, the beginning. */
MUST_CHECK const struct refusal *list_place_read(struct sns_operation *operation,
                                                 struct list_place *ret_place);

#endif
