#include "core/mem.h"
#include "scheduler/metrics/datapoints.h"
#include "scheduler/metrics/emf.h"
#include "tests/support/bus.h"
#include "tests/support/json_path.h"

#include <criterion/criterion.h>

/* Every datapoint of every metric: "ns/name(dim=value)unit@seconds:sum/count " in the order of their names. */
struct dump {
    struct txn *txn;
    char lines[16][256];
    size_t count;
    char name[128];
};

static void see_point(void *ctx, enum metric_unit unit, int64_t at_s, struct aggregate *aggregate)
{
    struct dump *dump = ctx;
    (void)snprintf(dump->lines[dump->count++], sizeof dump->lines[0], "%s%s@%d:%g/%g", dump->name,
                   metric_unit_name(unit), (int)(at_s - BUS_START_MS / 1000), aggregate->sum,
                   aggregate->count);
}

static bool see_series(void *ctx, struct slice key, const struct metric_id *id, int64_t last_s)
{
    struct dump *dump = ctx;
    struct datapoint_range range = {.from_s = 0, .to_s = INT64_MAX};
    size_t len = (size_t)snprintf(dump->name, sizeof dump->name, "%.*s/%.*s(",
                                  SLICE_ARG(id->namespace_name), SLICE_ARG(id->name));
    (void)key;
    (void)last_s;
    for (size_t i = 0; i < id->dimension_count; i++) {
        len +=
            (size_t)snprintf(dump->name + len, sizeof dump->name - len, "%.*s=%.*s,",
                             SLICE_ARG(id->dimensions[i].name), SLICE_ARG(id->dimensions[i].value));
    }
    (void)snprintf(dump->name + len, sizeof dump->name - len, ")");
    metric_hash(id, range.hash);
    range.resolution_s = METRIC_MINUTE;
    datapoints_each(dump->txn, &range, see_point, dump);
    range.resolution_s = METRIC_SECOND;
    (void)snprintf(dump->name + strlen(dump->name), 4, "s:");
    datapoints_each(dump->txn, &range, see_point, dump);
    return true;
}

static int compare_lines(const void *a, const void *b)
{
    return strcmp(a, b);
}

static const char *metrics_of(const char *event)
{
    static char text[4096];
    struct bus bus = {.ctx = NULL};
    struct dump dump = {.count = 0};
    char *json = json_quoted(event);
    bus_open(&bus);
    emf_take(bus.scheduler, slice_from(json));
    bus_advance(&bus, METRIC_FLUSH_MS);
    dump.txn = engine_read_begin(bus.scheduler->engine, 0);
    series_each(dump.txn, SLICE(""), SLICE(""), see_series, &dump);
    engine_read_end(bus.scheduler->engine, dump.txn);
    bus_close(&bus);
    mem_free(json);
    qsort(dump.lines, dump.count, sizeof dump.lines[0], compare_lines);
    text[0] = '\0';
    for (size_t i = 0; i < dump.count; i++) {
        (void)snprintf(text + strlen(text), sizeof text - strlen(text), "%s ", dump.lines[i]);
    }
    return text;
}

#define DIRECTIVES(list) "{'_aws':{'Timestamp':1767225661000,'CloudWatchMetrics':[" list "]},"

Test(emf, events_become_metrics)
{
    static const struct {
        const char *event, *metrics;
    } rows[] = {
        {DIRECTIVES("{'Namespace':'n','Dimensions':[['f']],'Metrics':[{'Name':'m','Unit':'"
                    "Count'}]}") "'f':'x','m':3}",
         "n/m(f=x,)Count@60:3/1 "},
        {DIRECTIVES("{'Namespace':'n','Dimensions':[['f'],['f','g'],[]],'Metrics':[{'Name':'m'}"
                    "]}") "'f':'x','g':'y','m':[1,2]}",
         "n/m()None@60:3/2 n/m(f=x,)None@60:3/2 n/m(f=x,g=y,)None@60:3/2 "},
        {DIRECTIVES("{'Namespace':'n','Metrics':[{'Name':'m'},{'Name':'k'}]}") "'m':1,'k':2}",
         "n/k()None@60:2/1 n/m()None@60:1/1 "},
        {DIRECTIVES("{'Namespace':'n','Metrics':[{'Name':'m','StorageResolution':1}]}") "'m':1}",
         "n/m()None@60:1/1 n/m()s:None@61:1/1 "},
        {DIRECTIVES("{'Namespace':'n','Metrics':[{'Name':'m'}]},{'Namespace':'o','Metrics':[{'"
                    "Name':'m'}]}") "'m':1}",
         "n/m()None@60:1/1 o/m()None@60:1/1 "},
        {"2026-01-01T00:00:00.000Z\t00000000-0000-4000-8000-000000000000\tINFO\t" DIRECTIVES(
             "{'Namespace':'n','Metrics':[{'Name':'m'}]}") "'m':1}\n",
         "n/m()None@60:1/1 "},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        cr_assert_str_eq(metrics_of(rows[i].event), rows[i].metrics, "%s", rows[i].event);
    }
}

Test(emf, what_the_format_does_not_allow_is_passed_over)
{
    static const char *const rows[] = {
        "plain '_aws'",
        "{'m':1}",
        "{'_aws':1,'m':1}",
        "{'_aws':{'CloudWatchMetrics':[{'Namespace':'n','Metrics':[{'Name':'m'}]}]},'m':1}",
        "{'_aws':{'Timestamp':1,'CloudWatchMetrics':[{'Namespace':'n','Metrics':[{'Name':'m'}]}]},'"
        "m':1}",
        "{'_aws':{'Timestamp':1e300,'CloudWatchMetrics':[{'Namespace':'n','Metrics':[{'Name':'m'}]}"
        "]},'m':1}",
        DIRECTIVES("{'Namespace':'n','Metrics':[{'Name':'m'}]}") "'m':1",
        DIRECTIVES("{'Namespace':'','Metrics':[{'Name':'m'}]}") "'m':1}",
        DIRECTIVES("{'Namespace':'n','Metrics':[{'Name':'m'}]}") "'k':1}",
        DIRECTIVES("{'Namespace':'n','Metrics':[{'Name':'m'}]}") "'m':'1'}",
        DIRECTIVES("{'Namespace':'n','Metrics':[{'Name':'m','Unit':'Parsecs'}]}") "'m':1}",
        DIRECTIVES("{'Namespace':'n','Metrics':[{'Name':'m','StorageResolution':5}]}") "'m':1}",
        DIRECTIVES("{'Namespace':'n','Dimensions':[['f']],'Metrics':[{'Name':'m'}]}") "'m':1}",
        DIRECTIVES(
            "{'Namespace':'n','Dimensions':[['f']],'Metrics':[{'Name':'m'}]}") "'f':1,'m':1}",
        DIRECTIVES("7") "'m':1}",
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        cr_assert_str_eq(metrics_of(rows[i]), "", "%s", rows[i]);
    }
}
