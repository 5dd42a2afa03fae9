#include "scheduler/metrics/lambda_metrics.h"

#include "core/mem.h"
#include "scheduler/metrics/metrics.h"

/* The metrics of an invocation under one set of dimensions. */
static void count(struct scheduler *scheduler, const struct invocation_facts *facts,
                  const struct metric_dimension *dimensions, size_t dimension_count)
{
    const struct {
        struct slice name;
        double value;
        enum metric_unit unit;
        bool is_of_runs; /* a throttled invocation has none */
    } metrics[] = {
        {SLICE("Throttles"), facts->is_throttled, UNIT_COUNT, false},
        {SLICE("Invocations"), 1, UNIT_COUNT, true},
        {SLICE("Errors"), facts->is_error, UNIT_COUNT, true},
        {SLICE("Duration"), (double)facts->duration_us / 1000, UNIT_MILLISECONDS, true},
        {SLICE("ConcurrentExecutions"),
         dimension_count == 0 ? facts->concurrent_all : facts->concurrent, UNIT_COUNT, true},
    };
    for (size_t i = 0; i < COUNT_OF(metrics); i++) {
        if (!facts->is_throttled || !metrics[i].is_of_runs) {
            metric_count(scheduler, SLICE("AWS/Lambda"), metrics[i].name, dimensions,
                         dimension_count, metrics[i].value, metrics[i].unit);
        }
    }
}

void lambda_metrics_count(struct scheduler *scheduler, const struct invocation_facts *facts)
{
    const struct metric_dimension dimensions[] = {{SLICE("FunctionName"), facts->function},
                                                  {SLICE("Resource"), facts->resource}};
    for (size_t i = 0; i <= COUNT_OF(dimensions); i++) {
        count(scheduler, facts, dimensions, i);
    }
}
