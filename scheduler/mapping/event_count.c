#include "scheduler/mapping/event_count.h"

#include "scheduler/metrics/metrics.h"

void event_count_add(const struct mapping *mapping, enum event_count what, size_t events)
{
    static const char *const names[] = {
        [EVENTS_POLLED] = "PolledEventCount",
        [EVENTS_FILTERED_OUT] = "FilteredOutEventCount",
        [EVENTS_INVOKED] = "InvokedEventCount",
        [EVENTS_FAILED] = "FailedInvokeEventCount",
        [EVENTS_DROPPED] = "DroppedEventCount",
        [EVENTS_TO_DESTINATION] = "OnFailureDestinationDeliveredEventCount",
        [EVENTS_DELETED] = "DeletedEventCount",
    };
    if (mapping->config.counts_events && events > 0) {
        const struct metric_dimension dimension = {SLICE("EventSourceMappingUUID"), mapping->uuid};
        metric_count(mapping->scheduler, SLICE("AWS/Lambda"), slice_from(names[what]), &dimension,
                     1, (double)events, UNIT_COUNT);
    }
}
