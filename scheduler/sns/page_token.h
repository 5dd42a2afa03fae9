/* NextToken of listings: where the next page begins, whatever was added or deleted meanwhile. */
#ifndef SLS_SCHEDULER_SNS_PAGE_TOKEN_H
#define SLS_SCHEDULER_SNS_PAGE_TOKEN_H

#include "core/api/model.h"
#include "scheduler/sns/refusal.h"

struct page_token {
    struct slice topic; /* the first topic's name, or one before it; empty: from the beginning */
    uint64_t number;    /* the first subscription's */
};

struct slice page_token_make(struct arena *arena, struct slice topic, uint64_t number);
MUST_CHECK const struct refusal *page_token_read(struct arena *arena, const struct field *field,
                                                 struct page_token *ret_token);

#endif
