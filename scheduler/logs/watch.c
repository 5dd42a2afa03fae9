/* Each batch of events is looked at once, when it is in its segment. */
#include "scheduler/logs/logs_private.h"

#include "scheduler/metrics/emf.h"

static void count_events(struct group *group, const struct frame *frame)
{
    struct record record;
    for (size_t at = 0; record_next(frame, &at, &record);) {
        if (record.kind != RECORD_EVENT) {
            continue;
        }
        emf_take(group->logs->scheduler, record.text);
        for (struct log_filter *filter = group->metric_filters; filter != NULL;
             filter = filter->next) {
            metric_filter_take(group, filter, record.at_ms, record.text);
        }
    }
}

void logs_meet(void *ctx, struct log_group *events)
{
    (void)group_of_events(ctx, events);
}

void logs_watch(void *ctx, struct log_group *events, uint32_t segment, const struct frame *frame)
{
    struct group *group = group_of_events(ctx, events);
    count_events(group, frame);
    for (const struct log_filter *filter = group->subscriptions; filter != NULL;
         filter = filter->next) {
        subscription_take(group, filter, segment, frame);
    }
}
