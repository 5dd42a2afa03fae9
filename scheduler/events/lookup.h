/* What the operations have in common: the thing a request names, or the refusal; and pages of lists. */
#ifndef SLS_SCHEDULER_EVENTS_LOOKUP_H
#define SLS_SCHEDULER_EVENTS_LOOKUP_H

#include "scheduler/events/event_bus.h"
#include "scheduler/list_page.h"

/* NULL: it has replied. */
struct event_bus *lookup_bus(struct events *events, struct api_call *call,
                             struct slice name_or_arn);
/* The input, and what it names in `member` (and EventBusName). NULL: it has replied. */
struct event_bus *read_bus(struct events *events, struct api_call *call, int member,
                           const struct record **ret_input);
struct rule *read_rule(struct events *events, struct api_call *call, int member,
                       const struct record **ret_input);

/* list_page_open() by Limit and NextToken of the input. False: it has replied. */
MUST_CHECK bool list_page_begin(struct list_page *page, struct api_call *call,
                                const struct record *input, const struct name_index *index,
                                const char *list);

#endif
