/* The metrics of a mapping whose MetricsConfig has EventCount: namespace AWS/Lambda, dimension EventSourceMappingUUID.
 *
 * Repeats  An event that is tried again, or read again after a stop, counts again, as AWS says of retries.
 * Source   Lambda Developer Guide, "Types of metrics for Lambda functions", event source mapping metrics. */
#ifndef SLS_SCHEDULER_MAPPING_EVENT_COUNT_H
#define SLS_SCHEDULER_MAPPING_EVENT_COUNT_H

#include "scheduler/mapping/mapping.h"

enum event_count {
    EVENTS_POLLED,
    EVENTS_FILTERED_OUT,
    EVENTS_INVOKED,        /* those of each invocation */
    EVENTS_FAILED,         /* of them, what the function did not finish */
    EVENTS_DROPPED,        /* streams: given up, and told to nobody */
    EVENTS_TO_DESTINATION, /* streams: given up, and told to the on-failure destination */
    EVENTS_DELETED         /* queues: done */
};

/* Nothing for a mapping that does not count, and for no events. */
void event_count_add(const struct mapping *mapping, enum event_count what, size_t events);

#endif
