/* CloudWatch Logs: groups, streams, events, and the filters that pass events on.
 *
 * Events come from functions (core/log_sink.h) and clients (PutLogEvents) into the log store; each batch that is
 * written is looked at once: embedded metrics, metric filters, subscription filters.
 *
 * Thread  Loop thread only.
 * Source  CloudWatch Logs API reference; CloudWatch Logs User Guide. */
#ifndef SLS_SCHEDULER_LOGS_LOGS_H
#define SLS_SCHEDULER_LOGS_LOGS_H

#include "scheduler/deploy.h"

/* options.logs holds the events. Registers the service. */
struct logs *logs_create(struct scheduler *scheduler);
/* Passes on what is pending; what is written later is only kept. NULL is a no-op. */
void logs_stop(struct logs *logs);
void logs_destroy(struct logs *logs); /* NULL is a no-op */

/* AWS::Logs::LogGroup, LogStream, SubscriptionFilter, MetricFilter. */
extern const struct resource_type logs_resources[];

#endif
