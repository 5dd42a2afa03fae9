/* The embedded metric format: a log event that is one JSON object with a member "_aws" becomes metrics.
 *
 *     {"_aws":{"Timestamp":1574109732004,"CloudWatchMetrics":[{"Namespace":"app","Dimensions":[["fn","v"]],
 *      "Metrics":[{"Name":"time","Unit":"Milliseconds"}]}]},"fn":"hello","v":"$LATEST","time":[1,2.5]}
 *
 * A Node function's console.log puts the time, the request id and the level before it.
 *
 * What the format does not allow is passed over, as the service does it: the event itself is kept all the same.
 *
 * Limits  EMF_METRICS_MAX metrics of a directive, METRIC_DIMENSIONS_MAX names of a dimension set, EMF_VALUES_MAX values
 *         of a metric, EMF_DIRECTIVES_MAX directives.
 * Source  CloudWatch User Guide, "Embedded metric format specification". */
#ifndef SLS_SCHEDULER_METRICS_EMF_H
#define SLS_SCHEDULER_METRICS_EMF_H

#include "scheduler/metrics/metrics.h"

/* Cheap for events that are none. */
void emf_take(struct scheduler *scheduler, struct slice event);

#endif
