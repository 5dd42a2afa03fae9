#include "scheduler/metrics/lambda_metrics.h"

#include "core/api/names.h"
#include "core/mem.h"
#include "scheduler/metrics/aggregate.h"
#include "scheduler/metrics/metric.h"

#define MINUTE_MS (METRIC_MINUTE * 1000)

/* What happened to a function, as it was invoked, in a minute. */
struct function_minute {
    struct function_minute *next;
    struct slice function, resource; /* in `text` */
    int64_t at_ms;
    double invocations, errors, throttles;
    struct aggregate duration_ms, concurrent, concurrent_all, concurrent_unreserved;
    char text[];
};

struct lambda_metrics {
    struct scheduler *scheduler;
    struct names by_resource;
    struct function_minute *first;
};

/* --- a minute's metrics --- */

/* Of so many times 0 and so many times 1. */
static struct aggregate zeros_and_ones(double zeros, double ones)
{
    struct aggregate aggregate = {.count = 0};
    aggregate_add(&aggregate, 0, zeros);
    aggregate_add(&aggregate, 1, ones);
    return aggregate;
}

static void put(struct scheduler *scheduler, const struct function_minute *minute,
                struct slice name, enum metric_unit unit, const struct aggregate *values,
                const struct aggregate *values_of_all)
{
    const struct metric_dimension dimensions[] = {{SLICE("FunctionName"), minute->function},
                                                  {SLICE("Resource"), minute->resource}};
    for (size_t i = 0; i <= COUNT_OF(dimensions); i++) {
        const struct metric_id id = {SLICE("AWS/Lambda"), name, dimensions, i};
        metric_add_values(scheduler, &id, unit, METRIC_MINUTE, minute->at_ms,
                          i == 0 ? values_of_all : values);
    }
}

static void put_all(struct scheduler *scheduler, const struct function_minute *minute)
{
    struct aggregate invocations = zeros_and_ones(0, minute->invocations);
    struct aggregate errors = zeros_and_ones(minute->invocations - minute->errors, minute->errors);
    struct aggregate throttles = zeros_and_ones(minute->invocations, minute->throttles);
    put(scheduler, minute, SLICE("Invocations"), UNIT_COUNT, &invocations, &invocations);
    put(scheduler, minute, SLICE("Errors"), UNIT_COUNT, &errors, &errors);
    put(scheduler, minute, SLICE("Throttles"), UNIT_COUNT, &throttles, &throttles);
    put(scheduler, minute, SLICE("Duration"), UNIT_MILLISECONDS, &minute->duration_ms,
        &minute->duration_ms);
    put(scheduler, minute, SLICE("ConcurrentExecutions"), UNIT_COUNT, &minute->concurrent,
        &minute->concurrent_all);
    if (minute->concurrent_unreserved.count > 0) {
        const struct metric_id id = {.namespace_name = SLICE("AWS/Lambda"),
                                     .name = SLICE("UnreservedConcurrentExecutions")};
        metric_add_values(scheduler, &id, UNIT_COUNT, METRIC_MINUTE, minute->at_ms,
                          &minute->concurrent_unreserved);
    }
    aggregate_finish(&invocations);
    aggregate_finish(&errors);
    aggregate_finish(&throttles);
}

static void clear(struct function_minute *minute)
{
    aggregate_finish(&minute->duration_ms);
    aggregate_finish(&minute->concurrent);
    aggregate_finish(&minute->concurrent_all);
    aggregate_finish(&minute->concurrent_unreserved);
    minute->invocations = minute->errors = minute->throttles = 0;
}

void lambda_metrics_sample(struct scheduler *scheduler, struct slice function, const char *metric,
                           double value, enum metric_unit unit)
{
    const struct metric_dimension dimension = {SLICE("FunctionName"), function};
    for (size_t count = 0; count <= 1; count++) {
        metric_count(scheduler, SLICE("AWS/Lambda"), slice_from(metric), &dimension, count, value,
                     unit);
    }
}

void lambda_metrics_settle(struct lambda_metrics *lambda)
{
    while (lambda->first != NULL) {
        struct function_minute *minute = lambda->first;
        lambda->first = minute->next;
        put_all(lambda->scheduler, minute);
        clear(minute);
        mem_free(minute);
    }
    names_finish(&lambda->by_resource);
}

/* --- counting --- */

static struct function_minute *find_or_add(struct lambda_metrics *lambda,
                                           const struct invocation_facts *facts)
{
    const void *found = names_get(&lambda->by_resource, facts->resource);
    if (found != NULL) {
        return (struct function_minute *)(uintptr_t)found; /* names keep const pointers */
    }
    struct function_minute *minute =
        mem_zalloc(sizeof *minute + facts->function.len + facts->resource.len);
    memcpy(minute->text, facts->function.ptr, facts->function.len);
    memcpy(minute->text + facts->function.len, facts->resource.ptr, facts->resource.len);
    minute->function = slice_of(minute->text, facts->function.len);
    minute->resource = slice_of(minute->text + facts->function.len, facts->resource.len);
    minute->next = lambda->first;
    lambda->first = minute;
    names_add(&lambda->by_resource, minute->resource, minute);
    return minute;
}

void lambda_metrics_count(struct scheduler *scheduler, const struct invocation_facts *facts)
{
    struct lambda_metrics *lambda = metrics_lambda(scheduler->metrics);
    if (lambda == NULL) {
        return;
    }
    struct function_minute *minute = find_or_add(lambda, facts);
    int64_t now_ms = scheduler_now_ms(scheduler);
    int64_t at_ms = now_ms - now_ms % MINUTE_MS;
    if (minute->at_ms != at_ms) {
        if (minute->at_ms != 0) {
            put_all(scheduler, minute);
            clear(minute);
        }
        minute->at_ms = at_ms;
        metrics_touch(scheduler->metrics);
    }
    if (facts->is_throttled) {
        minute->throttles++;
        return;
    }
    minute->invocations++;
    minute->errors += facts->is_error;
    aggregate_add(&minute->duration_ms, (double)facts->duration_us / 1000, 1);
    aggregate_add(&minute->concurrent, facts->concurrent, 1);
    aggregate_add(&minute->concurrent_all, facts->concurrent_all, 1);
    if (facts->concurrent_unreserved > 0) {
        aggregate_add(&minute->concurrent_unreserved, facts->concurrent_unreserved, 1);
    }
}

/* --- life --- */

struct lambda_metrics *lambda_metrics_create(struct scheduler *scheduler)
{
    struct lambda_metrics *lambda = mem_zalloc(sizeof *lambda);
    lambda->scheduler = scheduler;
    return lambda;
}

void lambda_metrics_destroy(struct lambda_metrics *lambda)
{
    lambda_metrics_settle(lambda);
    mem_free(lambda);
}
