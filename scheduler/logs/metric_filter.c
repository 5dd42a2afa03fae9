/* Metric filters: what matches becomes a metric, and a minute in which events came and none matched its default. */
#include "scheduler/logs/logs_private.h"

#include "scheduler/metrics/metric.h"

#define MINUTE_MS 60000

/* The value that an event adds: the filter's number, or one found in the event. */
static bool value_of(const struct log_filter *filter, struct arena *arena, struct slice message,
                     double *ret_value)
{
    struct slice text;
    return slice_to_double(filter->transformation.value, ret_value) ||
           (log_pattern_value(filter->pattern, arena, message, filter->transformation.value,
                              &text) &&
            slice_to_double(text, ret_value));
}

/* An event without one of the dimensions' values has no such metric. */
static bool dimensions_of(const struct log_filter *filter, struct arena *arena,
                          struct slice message,
                          struct metric_dimension dimensions[LOG_METRIC_DIMENSIONS_MAX])
{
    const struct metric_transformation *transformation = &filter->transformation;
    for (size_t i = 0; i < transformation->dimension_count; i++) {
        dimensions[i].name = transformation->dimensions[i].name;
        if (!log_pattern_value(filter->pattern, arena, message, transformation->dimensions[i].value,
                               &dimensions[i].value) ||
            dimensions[i].value.len == 0 || dimensions[i].value.len > METRIC_DIMENSION_VALUE_MAX) {
            return false;
        }
    }
    return true;
}

static void count(struct logs *logs, const struct log_filter *filter, int64_t at_ms,
                  struct slice message)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct metric_dimension dimensions[LOG_METRIC_DIMENSIONS_MAX];
    const struct metric_transformation *transformation = &filter->transformation;
    double value;
    if (value_of(filter, &arena, message, &value) &&
        dimensions_of(filter, &arena, message, dimensions)) {
        const struct metric_id id = {transformation->namespace_name, transformation->name,
                                     dimensions, transformation->dimension_count};
        metric_add(logs->scheduler, &id, transformation->unit, METRIC_MINUTE, at_ms, value);
    }
}

/* The minute that events came in is over. */
static void end_minute(struct logs *logs, struct log_filter *filter)
{
    const struct metric_transformation *transformation = &filter->transformation;
    if (filter->minute_ms >= 0 && !filter->has_match) {
        const struct metric_id id = {.namespace_name = transformation->namespace_name,
                                     .name = transformation->name};
        metric_add(logs->scheduler, &id, transformation->unit, METRIC_MINUTE, filter->minute_ms,
                   transformation->default_value);
    }
    filter->minute_ms = -1;
    filter->has_match = false;
}

static void note_minute(struct logs *logs, struct log_filter *filter, bool is_match)
{
    int64_t now_ms = scheduler_now_ms(logs->scheduler);
    int64_t minute_ms = now_ms - now_ms % MINUTE_MS;
    if (filter->minute_ms != minute_ms) {
        end_minute(logs, filter);
        filter->minute_ms = minute_ms;
    }
    filter->has_match = filter->has_match || is_match;
    if (!alarm_is_set(&logs->minute)) {
        alarm_set(logs->scheduler->context->alarms, &logs->minute, minute_ms + MINUTE_MS);
    }
}

void metric_filter_take(struct group *group, struct log_filter *filter, int64_t at_ms,
                        struct slice message)
{
    bool is_match = log_pattern_matches(filter->pattern, message);
    if (is_match) {
        count(group->logs, filter, at_ms, message);
    }
    if (filter->transformation.has_default) {
        note_minute(group->logs, filter, is_match);
    }
}

void metric_filters_due(struct logs *logs)
{
    for (size_t i = 0; i < logs->groups.count; i++) {
        struct group *group = logs->groups.items[i];
        for (struct log_filter *filter = group->metric_filters; filter != NULL;
             filter = filter->next) {
            if (filter->transformation.has_default) {
                end_minute(logs, filter);
            }
        }
    }
}
