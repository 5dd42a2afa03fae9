/* EventBridge: buses, rules and their targets, archives and replays, connections and API destinations.
 *
 *     PutEvents -> bus -> the rules that match -> deliveries of their targets, archived copies
 *                            '-> another bus -> its rules ...
 *
 * Durable    PutEvents finds on the loop what an event causes; deliveries and archived copies are one write job, and the
 *            answer comes after its commit.
 * Schedules  A rule with a ScheduleExpression is a ticker (time/ticker.h); its "Scheduled Event" goes to its targets.
 * Sources    Only calls in process may put events whose source begins with "aws.".
 * Thread     Loop thread.
 * Source     EventBridge User Guide and API reference; reference/events.md 6. */
#ifndef SLS_SCHEDULER_EVENTS_H
#define SLS_SCHEDULER_EVENTS_H

#include "scheduler/deploy.h"

struct events;

/* Reads the records and registers the service. */
struct events *events_create(struct scheduler *scheduler);
/* Replays that were running go on. */
void events_start(struct events *events);
void events_destroy(struct events *events); /* NULL is a no-op */

extern const struct resource_type events_resources[];

#endif
