/* What the operations have in common: the thing a request names, or the refusal; and pages of lists.
 *
 *     struct registry_page page;
 *     if (!registry_page_begin(&page, call, input, &bus->rules, "Rules")) { return; }
 *     while ((rule = registry_page_next(&page)) != NULL) {
 *         if (... && registry_page_takes(&page)) { write it to page.w }
 *     }
 *     registry_page_reply(&page);
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

/* A page of a registry: at most Limit things behind the one that NextToken names. */
struct registry_page {
    struct api_call *call;
    const struct registry *registry;
    size_t at;
    size_t left;
    struct slice last; /* the name of the last that was taken */
    bool has_more;
    struct buf buf;
    struct json_writer w;
};

/* Opens {"`list`":[. False: it has replied. */
MUST_CHECK bool registry_page_begin(struct registry_page *page, struct api_call *call,
                                    const struct record *input, const struct registry *registry,
                                    const char *list);
const void *registry_page_next(struct registry_page *page); /* NULL at the end */
/* Whether there is room for the thing registry_page_next() gave. */
bool registry_page_takes(struct registry_page *page);
void registry_page_reply(struct registry_page *page);

#endif
