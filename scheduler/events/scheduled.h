/* Rules with a ScheduleExpression: tickers that send the "Scheduled Event" to the rule's targets.
 *
 * Source  EventBridge User Guide, "Scheduled rules"; reference/events.md 6.1. */
#ifndef SLS_SCHEDULER_EVENTS_SCHEDULED_H
#define SLS_SCHEDULER_EVENTS_SCHEDULED_H

#include "scheduler/events/event_bus.h"
#include "scheduler/time/ticker.h"

extern const struct ticker_kind scheduled_ticker_kind;

/* Makes, changes or removes the rule's ticker, as its record says. */
void scheduled_update(struct rule *rule);
void scheduled_end(struct rule *rule);

#endif
