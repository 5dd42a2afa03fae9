#include "scheduler/metrics/emf.h"

#include "core/json_scan.h"
#include "core/mem.h"
#include "scheduler/metrics/metric.h"

#include <math.h>

#define PREFIX_FIELD_MAX 40 /* bytes: an instant, a UUID, a level */

/* One metric of a directive, on its way to each dimension set. */
struct emf_metric {
    struct slice name;
    struct slice value; /* raw: a number or an array of them */
    enum metric_unit unit;
    uint8_t resolution_s;
};

struct emf {
    struct scheduler *scheduler;
    struct arena arena;
    struct slice root;
    int64_t at_ms;
    struct slice namespace_name;
    struct emf_metric metrics[EMF_METRICS_MAX];
    size_t metric_count;
};

/* --- values --- */

static void add_value(struct emf *emf, const struct metric_id *id, const struct emf_metric *metric,
                      struct slice raw)
{
    double number;
    if (!slice_to_double(raw, &number)) {
        return;
    }
    metric_add(emf->scheduler, id, metric->unit, METRIC_MINUTE, emf->at_ms, number);
    if (metric->resolution_s == METRIC_SECOND) {
        metric_add(emf->scheduler, id, metric->unit, METRIC_SECOND, emf->at_ms, number);
    }
}

static void add_values(struct emf *emf, const struct metric_id *id, const struct emf_metric *metric)
{
    struct json_scan scan = json_scan_init(metric->value);
    struct slice element;
    if (!json_scan_enter(&scan, '[')) {
        add_value(emf, id, metric, metric->value);
        return;
    }
    for (int i = 0; i < EMF_VALUES_MAX && json_scan_element(&scan, &element); i++) {
        add_value(emf, id, metric, element);
    }
}

/* --- dimension sets --- */

/* The values of a set's names, from the root. False: the set is not counted. */
static bool read_set(struct emf *emf, struct slice set, struct metric_dimension *dimensions,
                     size_t *ret_count)
{
    struct json_scan scan = json_scan_init(set);
    struct slice element;
    *ret_count = 0;
    if (!json_scan_enter(&scan, '[')) {
        return false;
    }
    while (json_scan_element(&scan, &element)) {
        struct metric_dimension *dimension = &dimensions[*ret_count];
        if (*ret_count == METRIC_DIMENSIONS_MAX ||
            !json_raw_string(&emf->arena, element, &dimension->name) || dimension->name.len == 0 ||
            dimension->name.len > METRIC_NAME_MAX) {
            return false;
        }
        dimension->value =
            json_text_member(&emf->arena, emf->root, arena_cstr(&emf->arena, dimension->name));
        if (dimension->value.len == 0 || dimension->value.len > METRIC_DIMENSION_VALUE_MAX) {
            return false;
        }
        (*ret_count)++;
    }
    return true;
}

static void count_set(struct emf *emf, const struct metric_dimension *dimensions, size_t count)
{
    for (size_t i = 0; i < emf->metric_count; i++) {
        const struct metric_id id = {emf->namespace_name, emf->metrics[i].name, dimensions, count};
        add_values(emf, &id, &emf->metrics[i]);
    }
}

/* --- directives --- */

static bool read_metric(struct emf *emf, struct slice json, struct emf_metric *metric)
{
    struct slice raw;
    int64_t resolution_s = METRIC_MINUTE;
    metric->name = json_text_member(&emf->arena, json, "Name");
    if (metric->name.len == 0 || metric->name.len > METRIC_NAME_MAX ||
        !json_raw_find(emf->root, arena_cstr(&emf->arena, metric->name), &metric->value)) {
        return false;
    }
    metric->unit = UNIT_NONE;
    struct slice unit = json_text_member(&emf->arena, json, "Unit");
    if (unit.ptr != NULL && !metric_unit_parse(unit, &metric->unit)) {
        return false;
    }
    if (json_raw_find(json, "StorageResolution", &raw) && !json_raw_i64(raw, &resolution_s)) {
        return false;
    }
    metric->resolution_s = (uint8_t)resolution_s;
    return resolution_s == METRIC_MINUTE || resolution_s == METRIC_SECOND;
}

static void read_metrics(struct emf *emf, struct slice directive)
{
    struct json_scan scan = json_scan_array(json_raw_member(directive, "Metrics"));
    struct slice element;
    emf->metric_count = 0;
    while (emf->metric_count < EMF_METRICS_MAX && json_scan_element(&scan, &element)) {
        emf->metric_count += read_metric(emf, element, &emf->metrics[emf->metric_count]);
    }
}

static void take_directive(struct emf *emf, struct slice directive)
{
    struct metric_dimension dimensions[METRIC_DIMENSIONS_MAX + 1];
    struct slice sets, set;
    size_t count;
    emf->namespace_name = json_text_member(&emf->arena, directive, "Namespace");
    if (emf->namespace_name.len == 0 || emf->namespace_name.len > METRIC_NAME_MAX) {
        return;
    }
    read_metrics(emf, directive);
    if (!json_raw_find(directive, "Dimensions", &sets)) { /* a metric without dimensions */
        count_set(emf, NULL, 0);
        return;
    }
    struct json_scan scan = json_scan_array(sets);
    while (json_scan_element(&scan, &set)) {
        if (read_set(emf, set, dimensions, &count)) {
            count_set(emf, dimensions, count);
        }
    }
}

static bool is_in_time(const struct emf *emf)
{
    int64_t now_ms = scheduler_now_ms(emf->scheduler);
    return emf->at_ms >= now_ms - INT64_C(1000) * METRIC_PAST_MAX_S &&
           emf->at_ms <= now_ms + INT64_C(1000) * METRIC_FUTURE_MAX_S;
}

static void take(struct emf *emf)
{
    struct slice metadata = json_raw_member(emf->root, "_aws"), directive;
    double at_ms;
    if (!slice_to_double(json_raw_member(metadata, "Timestamp"), &at_ms) || fabs(at_ms) > 1e15) {
        return;
    }
    emf->at_ms = (int64_t)at_ms;
    if (!is_in_time(emf)) {
        return;
    }
    struct json_scan scan = json_scan_array(json_raw_member(metadata, "CloudWatchMetrics"));
    for (int i = 0; i < EMF_DIRECTIVES_MAX && json_scan_element(&scan, &directive); i++) {
        if (json_raw_kind(directive) == JSON_OBJECT) {
            take_directive(emf, directive);
        }
    }
}

/* The event behind "TIME tab REQUEST tab LEVEL tab", which console.log puts before it in a Node function. */
static struct slice without_prefix(struct slice event)
{
    struct slice rest = event, field;
    for (int i = 0; i < 3; i++) {
        if (!slice_split(&rest, '\t', &field) || rest.ptr == NULL || field.len > PREFIX_FIELD_MAX) {
            return event;
        }
    }
    return rest;
}

void emf_take(struct scheduler *scheduler, struct slice event)
{
    struct slice json = slice_trim(event);
    json = json.len > 0 && json.ptr[0] != '{' ? without_prefix(json) : json;
    if (json.len == 0 || json.ptr[0] != '{' ||
        slice_search(json, SLICE("\"_aws\"")) == SLICE_NPOS || !json_validate(json, NULL)) {
        return;
    }
    struct emf *emf = mem_zalloc(sizeof *emf);
    emf->scheduler = scheduler;
    arena_init(&emf->arena, 1024);
    emf->root = json;
    take(emf);
    arena_finish(&emf->arena);
    mem_free(emf);
}
