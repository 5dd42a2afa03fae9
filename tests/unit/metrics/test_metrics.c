#include "core/mem.h"
#include "scheduler/metrics/datapoints.h"
#include "tests/support/bus.h"

#include <criterion/criterion.h>

#define START_S (BUS_START_MS / 1000)

static const struct metric_dimension hello[] = {{SLICE_INIT("FunctionName"), SLICE_INIT("hello")}};
static const struct metric_id errors = {SLICE_INIT("AWS/Lambda"), SLICE_INIT("Errors"), hello, 1};

/* What was read: "unit@seconds since the start=sum/count " of each datapoint. */
struct seen {
    char text[1024];
    size_t len;
};

static void see(void *ctx, enum metric_unit unit, int64_t at_s, struct aggregate *aggregate)
{
    struct seen *seen = ctx;
    seen->len += (size_t)snprintf(seen->text + seen->len, sizeof seen->text - seen->len,
                                  "%s@%d=%g/%g ", metric_unit_name(unit), (int)(at_s - START_S),
                                  aggregate->sum, aggregate->count);
}

static struct seen read_range(struct bus *bus, const struct metric_id *id, uint8_t resolution_s,
                              int64_t from_s, int64_t to_s)
{
    struct seen seen = {.text = ""};
    struct datapoint_range range = {
        .resolution_s = resolution_s, .from_s = START_S + from_s, .to_s = START_S + to_s};
    metric_hash(id, range.hash);
    struct txn *txn = engine_read_begin(bus->scheduler->engine, 0);
    datapoints_each(txn, &range, see, &seen);
    engine_read_end(bus->scheduler->engine, txn);
    return seen;
}

static void count(struct bus *bus, const struct metric_id *id, double value, enum metric_unit unit)
{
    metric_count(bus->scheduler, id->namespace_name, id->name, id->dimensions, id->dimension_count,
                 value, unit);
}

Test(metrics, what_is_counted_is_there_by_the_minute)
{
    struct bus bus = {.ctx = NULL};
    bus_open(&bus);
    count(&bus, &errors, 1, UNIT_COUNT);
    count(&bus, &errors, 2, UNIT_COUNT);
    bus_advance(&bus, 61000);
    count(&bus, &errors, 5, UNIT_COUNT);
    count(&bus, &errors, 7, UNIT_NONE);
    cr_assert_str_eq(read_range(&bus, &errors, METRIC_MINUTE, 0, 3600).text, "Count@0=3/2 ");
    bus_advance(&bus, METRIC_FLUSH_MS);
    cr_assert_str_eq(read_range(&bus, &errors, METRIC_MINUTE, 0, 3600).text,
                     "None@60=7/1 Count@0=3/2 Count@60=5/1 ");
    count(&bus, &errors, 4, UNIT_COUNT);
    bus_reopen(&bus); /* a stop writes what was counted; it is added to the minute */
    cr_assert_str_eq(read_range(&bus, &errors, METRIC_MINUTE, 0, 3600).text,
                     "None@60=7/1 Count@0=3/2 Count@60=9/2 ");
    cr_assert_str_eq(read_range(&bus, &errors, METRIC_MINUTE, 60, 3600).text,
                     "None@60=7/1 Count@60=9/2 ");
    cr_assert_str_eq(read_range(&bus, &errors, METRIC_MINUTE, 0, 60).text, "Count@0=3/2 ");
    bus_close(&bus);
}

Test(metrics, the_order_of_dimensions_does_not_matter)
{
    static const struct metric_dimension there[] = {{SLICE_INIT("A"), SLICE_INIT("1")},
                                                    {SLICE_INIT("B"), SLICE_INIT("2")}};
    static const struct metric_dimension back[] = {{SLICE_INIT("B"), SLICE_INIT("2")},
                                                   {SLICE_INIT("A"), SLICE_INIT("1")}};
    static const struct metric_dimension other[] = {{SLICE_INIT("A"), SLICE_INIT("2")},
                                                    {SLICE_INIT("B"), SLICE_INIT("1")}};
    struct metric_id id = {SLICE("app"), SLICE("x"), there, 2};
    struct bus bus = {.ctx = NULL};
    bus_open(&bus);
    count(&bus, &id, 1, UNIT_COUNT);
    count(&bus, &(struct metric_id){SLICE("app"), SLICE("x"), back, 2}, 1, UNIT_COUNT);
    count(&bus, &(struct metric_id){SLICE("app"), SLICE("x"), other, 2}, 1, UNIT_COUNT);
    bus_advance(&bus, METRIC_FLUSH_MS);
    cr_assert_str_eq(read_range(&bus, &id, METRIC_MINUTE, 0, 60).text, "Count@0=2/2 ");
    bus_close(&bus);
}

static bool collect(void *ctx, struct slice key, const struct metric_id *id, int64_t last_s)
{
    struct seen *seen = ctx;
    (void)key;
    seen->len += (size_t)snprintf(seen->text + seen->len, sizeof seen->text - seen->len,
                                  "%.*s/%.*s(%.*s=%.*s)@%d ", SLICE_ARG(id->namespace_name),
                                  SLICE_ARG(id->name), SLICE_ARG(id->dimensions[0].name),
                                  SLICE_ARG(id->dimensions[0].value), (int)(last_s - START_S));
    return true;
}

static struct seen list(struct bus *bus, struct slice namespace_name)
{
    struct seen seen = {.text = ""};
    struct txn *txn = engine_read_begin(bus->scheduler->engine, 0);
    series_each(txn, namespace_name, SLICE(""), collect, &seen);
    engine_read_end(bus->scheduler->engine, txn);
    return seen;
}

Test(metrics, are_listed_by_namespace_and_forgotten_when_old)
{
    struct bus bus = {.ctx = NULL};
    bus_open(&bus);
    count(&bus, &errors, 1, UNIT_COUNT);
    count(&bus, &(struct metric_id){SLICE("app"), SLICE("n"), hello, 1}, 1, UNIT_COUNT);
    bus_advance(&bus, METRIC_FLUSH_MS);
    cr_assert_str_eq(list(&bus, SLICE("app")).text, "app/n(FunctionName=hello)@0 ");
    cr_assert_eq(list(&bus, SLICE("none")).len, 0);
    bus_advance(&bus, INT64_C(1000) * METRIC_MINUTES_KEPT_S - 2 * METRIC_SWEEP_MS);
    count(&bus, &errors, 1, UNIT_COUNT);
    cr_assert_neq(list(&bus, SLICE("app")).len, 0);
    bus_advance(&bus, 4 * METRIC_SWEEP_MS);
    cr_assert_eq(list(&bus, SLICE("app")).len, 0);
    cr_assert_str_eq(read_range(&bus, &errors, METRIC_MINUTE, 0, 100 * 86400).text,
                     "Count@1123200=1/1 ", "only what is young enough");
    bus_close(&bus);
}

Test(metrics, seconds_are_kept_apart_from_minutes)
{
    struct bus bus = {.ctx = NULL};
    bus_open(&bus);
    struct metric_batch *batch = metric_batch_create();
    for (int second = 0; second < 3; second++) {
        aggregate_add(metric_batch_add(batch, &errors, UNIT_NONE, METRIC_SECOND,
                                       BUS_START_MS + second * 1000 + 999),
                      second, 1);
    }
    metric_batch_submit(bus.scheduler->engine, batch, NULL, NULL);
    bus_advance(&bus, 1000);
    cr_assert_str_eq(read_range(&bus, &errors, METRIC_SECOND, 1, 60).text,
                     "None@1=1/1 None@2=2/1 ");
    cr_assert_eq(read_range(&bus, &errors, METRIC_MINUTE, 0, 60).len, 0);
    bus_advance(&bus, METRIC_SWEEP_MS);
    cr_assert_eq(read_range(&bus, &errors, METRIC_SECOND, 0, 60).len, 0, "kept for three hours");
    bus_close(&bus);
}
