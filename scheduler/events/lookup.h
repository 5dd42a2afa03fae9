/* What the operations have in common: the thing a request names, or the refusal; and pages of lists.
 *
 *     struct list_page page;
 *     if (!list_page_begin(&page, call, input, &bus->rules, "Rules")) { return; }
 *     while ((rule = list_page_next(&page)) != NULL) {
 *         if (... && list_page_takes(&page)) { write it to page.w }
 *     }
 *     list_page_reply(&page);
 */
#ifndef SLS_SCHEDULER_EVENTS_LOOKUP_H
#define SLS_SCHEDULER_EVENTS_LOOKUP_H

#include "scheduler/events/event_bus.h"

/* NULL: it has replied. */
struct event_bus *lookup_bus(struct events *events, struct api_call *call,
                             struct slice name_or_arn);
/* The input, and what it names in `member` (and EventBusName). NULL: it has replied. */
struct event_bus *read_bus(struct events *events, struct api_call *call, int member,
                           const struct record **ret_input);
struct rule *read_rule(struct events *events, struct api_call *call, int member,
                       const struct record **ret_input);

/* A page of an index: at most Limit things behind the one that NextToken names. */
struct list_page {
    struct api_call *call;
    const struct name_index *index;
    size_t at;
    size_t left;
    struct slice last; /* the name of the last that was taken */
    bool has_more;
    struct buf buf;
    struct json_writer w;
};

/* Opens {"`list`":[. False: it has replied. */
MUST_CHECK bool list_page_begin(struct list_page *page, struct api_call *call,
                                const struct record *input, const struct name_index *index,
                                const char *list);
const void *list_page_next(struct list_page *page); /* NULL at the end */
/* Whether there is room for the thing list_page_next() gave. */
bool list_page_takes(struct list_page *page);
void list_page_reply(struct list_page *page);

#endif
