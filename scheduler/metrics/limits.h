/* The quotas of CloudWatch metrics and our own bounds, with their units.
 *
 * Source  CloudWatch API reference (PutMetricData, GetMetricData, ListMetrics); CloudWatch User Guide, "CloudWatch
 *         service quotas" and "Embedded metric format specification". */
#ifndef SLS_SCHEDULER_METRICS_LIMITS_H
#define SLS_SCHEDULER_METRICS_LIMITS_H

/* --- CloudWatch's --- */

#define METRIC_NAME_MAX 255 /* characters of a namespace, a metric's or dimension's name */
#define METRIC_DIMENSION_VALUE_MAX 1024 /* characters */
#define METRIC_DIMENSIONS_MAX 30        /* of one metric */
#define METRIC_DATA_MAX 1000            /* data of one request */
#define METRIC_FILTERS_MAX 10           /* dimensions that ListMetrics looks for */
#define METRIC_LIST_MAX 500             /* metrics in one answer */
#define METRIC_EXTENDED_MAX 10          /* extended statistics of one request */
#define METRIC_EXPRESSION_MAX 2048      /* characters */
#define METRIC_QUERIES_MAX 500          /* of one GetMetricData */
#define METRIC_STATISTICS_MAX 1440      /* datapoints of one GetMetricStatistics */
#define METRIC_DATAPOINTS_MAX 100800    /* in one answer of GetMetricData */
#define METRIC_VALUES_MAX 150           /* values of one datum */
#define METRIC_VALUE_EXPONENT_MAX 360   /* values lie between -2^360 and 2^360 */
#define METRIC_PAST_MAX_S (14 * 86400)  /* how old data may be that are put */
#define METRIC_FUTURE_MAX_S (2 * 3600)
#define EMF_METRICS_MAX 100                /* of one directive of an embedded metric event */
#define EMF_VALUES_MAX 100                 /* of one metric in it */
#define METRIC_SECONDS_KEPT_S (3 * 3600)   /* data of one second's resolution */
#define METRIC_MINUTES_KEPT_S (15 * 86400) /* data of one minute's; AWS goes on with coarser ones */
#define METRIC_LISTED_S (14 * 86400)       /* without new data; then ListMetrics forgets it */

/* --- ours --- */

#define AGGREGATE_SAMPLES_MAX 256 /* distinct values of one datapoint that are told apart */
#define EMF_DIRECTIVES_MAX 100    /* of one event */
#define EXPRESSION_DEPTH_MAX 32   /* of brackets, and of expressions that use others */
#define METRIC_FLUSH_MS 5000      /* after which what the system itself counted is written */
#define METRIC_SWEEP_MS (24 * 3600 * 1000)
#define METRIC_SWEEP_BATCH 200 /* series looked at by one job */

#endif
