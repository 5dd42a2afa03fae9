/* The filters of a log group: subscription filters pass events on, metric filters count them.
 *
 * A filter is kept as the JSON that its Describe operation gives, and read from it once.
 *
 * Ownership  A filter owns all it points to. */
#ifndef SLS_SCHEDULER_LOGS_FILTER_H
#define SLS_SCHEDULER_LOGS_FILTER_H

#include "scheduler/logs/limits.h"
#include "scheduler/logs/log_pattern.h"
#include "scheduler/metrics/metrics.h"

struct metric_transformation {
    struct slice namespace_name;
    struct slice name;
    struct slice value; /* a number, "$.latency" or "$size" */
    bool has_default;
    double default_value;
    enum metric_unit unit;
    struct metric_dimension dimensions[LOG_METRIC_DIMENSIONS_MAX]; /* values are selectors */
    size_t dimension_count;
};

struct log_filter {
    struct log_filter *next;
    struct arena arena;
    struct slice json;
    struct slice name;
    struct log_pattern *pattern;
    /* subscription filters */
    struct slice destination; /* ARN */
    bool is_random;           /* distribution */
    /* metric filters */
    struct metric_transformation transformation;
    int64_t minute_ms; /* the newest minute in which events came, -1: none; */
    bool has_match;    /* and whether one matched in it */
};

enum log_filter_kind { FILTER_SUBSCRIPTION, FILTER_METRIC };

/* INVALID with the service's words when the pattern is none, or a value cannot be found by it. */
MUST_CHECK enum status log_filter_parse(enum log_filter_kind kind, struct slice json,
                                        struct log_filter **ret_filter, struct fault *reterr);
void log_filter_destroy(struct log_filter *filter);

/* In the order of their names. */
struct log_filter *log_filter_find(struct log_filter *first, struct slice name);
size_t log_filter_count(const struct log_filter *first);
/* Takes the filter, in the place of one of the same name. */
void log_filter_insert(struct log_filter **first, struct log_filter *filter);
void log_filter_remove(struct log_filter **first, struct log_filter *filter); /* and destroys */

#endif
