/* What each operation of CloudWatch takes. */
#include "core/api/model_shapes.h"

#include "scheduler/metrics/limits.h"
#include "scheduler/metrics/members.h"
#include "scheduler/metrics/metrics.h"

static bool is_namespace(struct slice text)
{
    return text.len > 0 && text.ptr[0] != ':';
}

static const struct pattern namespace_pattern = {"[^:].*", is_namespace};

static PLAIN(text, FIELD_STRING);
static PLAIN(flag, FIELD_BOOL);
static PLAIN(number, FIELD_DOUBLE);
static PLAIN(time, FIELD_TIMESTAMP);
static LIST(numbers, number);
static STRING(namespace, BETWEEN(1, METRIC_NAME_MAX), PATTERN(namespace_pattern));
static STRING(metric_name, BETWEEN(1, METRIC_NAME_MAX));
static STRING(dimension_value, BETWEEN(1, METRIC_DIMENSION_VALUE_MAX));
static STRUCTURE(dimension, "Dimension", NEED(NAME, metric_name), NEED(VALUE, dimension_value));
static BOUNDED_LIST(dimensions, dimension, AT_MOST(METRIC_DIMENSIONS_MAX));
static STRUCTURE(dimension_filter, "DimensionFilter", NEED(NAME, metric_name),
                 MAY(VALUE, dimension_value));
static BOUNDED_LIST(dimension_filters, dimension_filter, AT_MOST(METRIC_FILTERS_MAX));
static STRING(unit, VALUES(METRIC_UNITS));
static INTEGER(period, AT_LEAST(1));

static STRUCTURE(statistic_set, "StatisticSet", NEED(SAMPLE_COUNT, number), NEED(SUM, number),
                 NEED(MINIMUM, number), NEED(MAXIMUM, number));
static STRUCTURE(datum, "MetricDatum", NEED(METRIC_NAME, metric_name), MAY(DIMENSIONS, dimensions),
                 MAY(TIMESTAMP, time), MAY(VALUE, number), MAY(STATISTIC_VALUES, statistic_set),
                 MAY(VALUES, numbers), MAY(COUNTS, numbers), MAY(UNIT, unit),
                 MAY(STORAGE_RESOLUTION, period));
static LIST(data, datum);
static PLAIN(document, FIELD_DOCUMENT);

static STRING(statistic, VALUES("SampleCount, Average, Sum, Minimum, Maximum"));
static BOUNDED_LIST(statistics, statistic, BETWEEN(1, 5));
static BOUNDED_LIST(extended_statistics, text, BETWEEN(1, METRIC_EXTENDED_MAX));

static STRUCTURE(metric, "Metric", MAY(NAMESPACE, namespace), MAY(METRIC_NAME, metric_name),
                 MAY(DIMENSIONS, dimensions));
static STRUCTURE(metric_stat, "MetricStat", NEED(METRIC, metric), NEED(PERIOD, period),
                 NEED(STAT, text), MAY(UNIT, unit));
static STRING(id, BETWEEN(1, METRIC_NAME_MAX));
static STRING(expression, BETWEEN(1, METRIC_EXPRESSION_MAX));
static STRUCTURE(query, "MetricDataQuery", NEED(ID, id), MAY(METRIC_STAT, metric_stat),
                 MAY(EXPRESSION, expression), MAY(LABEL, text), MAY(RETURN_DATA, flag),
                 MAY(PERIOD, period), MAY(ACCOUNT_ID, text));
static LIST(queries, query);
static STRING(scan_by, VALUES("TimestampDescending, TimestampAscending"));
static STRING(activity, VALUES("PT3H"));

static const struct input metric_inputs[] = {
    INPUT("PutMetricData", NEED(NAMESPACE, namespace), MAY(METRIC_DATA, data),
          MAY(ENTITY_METRIC_DATA, document)),
    INPUT("GetMetricStatistics", NEED(NAMESPACE, namespace), NEED(METRIC_NAME, metric_name),
          MAY(DIMENSIONS, dimensions), NEED(START_TIME, time), NEED(END_TIME, time),
          NEED(PERIOD, period), MAY(STATISTICS, statistics),
          MAY(EXTENDED_STATISTICS, extended_statistics), MAY(UNIT, unit)),
    INPUT("GetMetricData", NEED(METRIC_DATA_QUERIES, queries), NEED(START_TIME, time),
          NEED(END_TIME, time), MAY(NEXT_TOKEN, text), MAY(SCAN_BY, scan_by),
          MAY(MAX_DATAPOINTS, period)),
    INPUT("ListMetrics", MAY(NAMESPACE, namespace), MAY(METRIC_NAME, metric_name),
          MAY(DIMENSIONS, dimension_filters), MAY(NEXT_TOKEN, text),
          MAY(RECENTLY_ACTIVE, activity)),
    INPUTS_END,
};

static const struct input *const inputs[] = {metric_inputs, NULL};
MODEL_NAMES(names, MODEL_MEMBERS);
const struct model cloudwatch_model = {.names = names, .inputs = inputs};
