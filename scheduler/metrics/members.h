/* Members of the inputs of CloudWatch's operations.
 *
 * Source  The service's public model, API version 2010-08-01. */
#ifndef SLS_SCHEDULER_METRICS_MEMBERS_H
#define SLS_SCHEDULER_METRICS_MEMBERS_H

#include "core/api/model.h"

#define MODEL_MEMBERS(X)                                                                           \
    X(ACCOUNT_ID, "AccountId")                                                                     \
    X(COUNTS, "Counts")                                                                            \
    X(DIMENSIONS, "Dimensions")                                                                    \
    X(END_TIME, "EndTime")                                                                         \
    X(ENTITY_METRIC_DATA, "EntityMetricData")                                                      \
    X(EXPRESSION, "Expression")                                                                    \
    X(EXTENDED_STATISTICS, "ExtendedStatistics")                                                   \
    X(ID, "Id")                                                                                    \
    X(LABEL, "Label")                                                                              \
    X(MAXIMUM, "Maximum")                                                                          \
    X(MAX_DATAPOINTS, "MaxDatapoints")                                                             \
    X(METRIC, "Metric")                                                                            \
    X(METRIC_DATA, "MetricData")                                                                   \
    X(METRIC_DATA_QUERIES, "MetricDataQueries")                                                    \
    X(METRIC_NAME, "MetricName")                                                                   \
    X(METRIC_STAT, "MetricStat")                                                                   \
    X(MINIMUM, "Minimum")                                                                          \
    X(NAME, "Name")                                                                                \
    X(NAMESPACE, "Namespace")                                                                      \
    X(NEXT_TOKEN, "NextToken")                                                                     \
    X(PERIOD, "Period")                                                                            \
    X(RECENTLY_ACTIVE, "RecentlyActive")                                                           \
    X(RETURN_DATA, "ReturnData")                                                                   \
    X(SAMPLE_COUNT, "SampleCount")                                                                 \
    X(SCAN_BY, "ScanBy")                                                                           \
    X(START_TIME, "StartTime")                                                                     \
    X(STAT, "Stat")                                                                                \
    X(STATISTICS, "Statistics")                                                                    \
    X(STATISTIC_VALUES, "StatisticValues")                                                         \
    X(STORAGE_RESOLUTION, "StorageResolution")                                                     \
    X(SUM, "Sum")                                                                                  \
    X(TIMESTAMP, "Timestamp")                                                                      \
    X(UNIT, "Unit")                                                                                \
    X(VALUE, "Value")                                                                              \
    X(VALUES, "Values")

MODEL_ENUM(MODEL_MEMBERS)

extern const struct model cloudwatch_model;

#endif
