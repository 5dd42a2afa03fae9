#include "core/mem.h"
#include "scheduler/metrics/lambda_metrics.h"
#include "scheduler/metrics/limits.h"
#include "tests/support/bus.h"

#include <criterion/criterion.h>
#include <stdio.h>

static void count(struct bus *bus, const char *function, const char *resource, bool is_error,
                  uint32_t concurrent)
{
    const struct invocation_facts facts = {.function = slice_from(function),
                                           .resource = slice_from(resource),
                                           .is_error = is_error,
                                           .duration_us = 1500,
                                           .concurrent = concurrent,
                                           .concurrent_all = concurrent + 10,
                                           /* g has reserved concurrency */
                                           .concurrent_unreserved =
                                               function[0] == 'g' ? 0 : concurrent + 5};
    lambda_metrics_count(bus->scheduler, &facts);
}

/* The statistic of each minute of the first five, as JSON. */
static void expect(struct bus *bus, const char *name, const char *dimensions, const char *statistic,
                   const char *values)
{
    char body[512];
    (void)snprintf(body, sizeof body,
                   "{'StartTime':1767225600,'EndTime':1767225900,'ScanBy':'TimestampAscending','"
                   "MetricDataQueries':["
                   "{'Id':'q','MetricStat':{'Metric':{'Namespace':'AWS/"
                   "Lambda','MetricName':'%s','Dimensions':[%s]},"
                   "'Period':60,'Stat':'%s'}}]}",
                   name, dimensions, statistic);
    bus_ok(bus, "monitoring", "GetMetricData", body);
    cr_assert(bus_is(bus, "MetricDataResults.0.Values", values), "%s %s %s: %.*s", name, dimensions,
              statistic, SLICE_ARG(bus_at(bus, "MetricDataResults.0.Values")));
}

#define F "{'Name':'FunctionName','Value':'f'}"
#define F_PROD F ",{'Name':'Resource','Value':'f:prod'}"

Test(lambda_metrics, invocations_count_for_function_resource_and_all)
{
    struct bus bus = {.ctx = NULL};
    bus_open(&bus);
    count(&bus, "f", "f", false, 1);
    count(&bus, "f", "f:prod", true, 2);
    count(&bus, "g", "g", false, 1);
    lambda_metrics_count(bus.scheduler, &(struct invocation_facts){.function = SLICE("f"),
                                                                   .resource = SLICE("f"),
                                                                   .is_throttled = true});
    bus_advance(&bus, 61000);
    count(&bus, "f", "f", true, 1);
    expect(&bus, "Invocations", F, "Sum", "[2,1]");
    expect(&bus, "Invocations", F_PROD, "Sum", "[1]");
    expect(&bus, "Invocations", "", "Sum", "[3,1]");
    expect(&bus, "Errors", F, "Sum", "[1,1]");
    expect(&bus, "Errors", F, "Average", "[0.5,1]");
    expect(&bus, "Throttles", F, "Sum", "[1,0]");
    expect(&bus, "Throttles", F, "SampleCount", "[3,1]");
    expect(&bus, "UnreservedConcurrentExecutions", "", "Maximum", "[7,6]");
    expect(&bus, "UnreservedConcurrentExecutions", "", "SampleCount", "[2,1]");
    expect(&bus, "UnreservedConcurrentExecutions", F, "SampleCount", "[]");
    expect(&bus, "Duration", F, "Average", "[1.5,1.5]");
    expect(&bus, "ConcurrentExecutions", F, "Maximum", "[2,1]");
    expect(&bus, "ConcurrentExecutions", "", "Maximum", "[12,11]");
    bus_close(&bus);
}

Test(lambda_metrics, a_minute_that_ends_between_two_flushes_is_kept_apart)
{
    struct bus bus = {.ctx = NULL};
    bus_open(&bus);
    bus_advance(&bus, 60000 - 1000);
    count(&bus, "f", "f", false, 1);
    bus_advance(&bus, 2000);
    count(&bus, "f", "f", false, 1);
    count(&bus, "f", "f", false, 1);
    bus_reopen(&bus); /* nothing is lost at a stop */
    expect(&bus, "Invocations", F, "Sum", "[1,2]");
    bus_close(&bus);
}
