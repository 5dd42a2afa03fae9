#include "scheduler/logs/filter.h"

#include "core/json_scan.h"
#include "core/mem.h"
#include "scheduler/metrics/metric.h"

static struct slice text_of(struct log_filter *filter, struct slice json, const char *key)
{
    return json_text_member(&filter->arena, json, key);
}

/* --- metric filters --- */

static enum status check_selector(const struct log_filter *filter, struct slice selector,
                                  const char *what, struct fault *reterr)
{
    if (log_pattern_offers(filter->pattern, selector)) {
        return STATUS_OK;
    }
    return fault_set(reterr, STATUS_INVALID, "Invalid metric transformation: %s '%.*s' is invalid",
                     what, SLICE_ARG(selector));
}

static enum status read_dimensions(struct log_filter *filter, struct slice json,
                                   struct fault *reterr)
{
    struct metric_transformation *transformation = &filter->transformation;
    struct json_scan scan = json_scan_object(json_raw_member(json, "dimensions"));
    struct slice key, value;
    while (json_scan_member(&scan, &key, &value)) {
        if (transformation->dimension_count == LOG_METRIC_DIMENSIONS_MAX) {
            return fault_set(reterr, STATUS_INVALID,
                             "The number of dimensions of a metric filter is at most %d",
                             LOG_METRIC_DIMENSIONS_MAX);
        }
        struct metric_dimension *dimension =
            &transformation->dimensions[transformation->dimension_count++];
        if (!json_raw_key(&filter->arena, key, &dimension->name) ||
            !json_raw_string(&filter->arena, value, &dimension->value)) {
            return fault_set(reterr, STATUS_INVALID, "Invalid metric transformation");
        }
        enum status status = check_selector(filter, dimension->value, "dimension value", reterr);
        if (status != STATUS_OK) {
            return status;
        }
    }
    if (transformation->dimension_count > 0 && transformation->has_default) {
        return fault_set(reterr, STATUS_INVALID,
                         "Invalid metric transformation: dimensions and default value are "
                         "mutually exclusive properties.");
    }
    return STATUS_OK;
}

static enum status read_transformation(struct log_filter *filter, struct fault *reterr)
{
    struct metric_transformation *transformation = &filter->transformation;
    struct json_scan all = json_scan_array(json_raw_member(filter->json, "metricTransformations"));
    struct slice json = SLICE("");
    (void)json_scan_element(&all, &json);
    transformation->namespace_name = text_of(filter, json, "metricNamespace");
    transformation->name = text_of(filter, json, "metricName");
    transformation->value = text_of(filter, json, "metricValue");
    transformation->has_default =
        slice_to_double(json_raw_member(json, "defaultValue"), &transformation->default_value);
    if (!metric_unit_parse(text_of(filter, json, "unit"), &transformation->unit)) {
        transformation->unit = UNIT_NONE;
    }
    double constant;
    if (!slice_to_double(transformation->value, &constant)) {
        enum status status = check_selector(filter, transformation->value, "metric value", reterr);
        if (status != STATUS_OK) {
            return status;
        }
    }
    filter->minute_ms = -1;
    return read_dimensions(filter, json, reterr);
}

/* --- life --- */

enum status log_filter_parse(enum log_filter_kind kind, struct slice json,
                             struct log_filter **ret_filter, struct fault *reterr)
{
    struct log_filter *filter = mem_zalloc(sizeof *filter);
    struct slice distribution;
    arena_init(&filter->arena, json.len + 512);
    filter->json = arena_copy(&filter->arena, json);
    filter->name = text_of(filter, filter->json, "filterName");
    enum status status =
        log_pattern_parse(text_of(filter, filter->json, "filterPattern"), &filter->pattern, reterr);
    if (status == STATUS_OK && kind == FILTER_METRIC) {
        status = read_transformation(filter, reterr);
    } else if (status == STATUS_OK) {
        filter->destination = text_of(filter, filter->json, "destinationArn");
        distribution = text_of(filter, filter->json, "distribution");
        filter->is_random = slice_is(distribution, "Random");
    }
    if (status != STATUS_OK) {
        log_filter_destroy(filter);
        return status;
    }
    *ret_filter = filter;
    return STATUS_OK;
}

void log_filter_destroy(struct log_filter *filter)
{
    if (filter == NULL) {
        return;
    }
    log_pattern_destroy(filter->pattern);
    arena_finish(&filter->arena);
    mem_free(filter);
}

/* --- lists of them --- */

struct log_filter *log_filter_find(struct log_filter *first, struct slice name)
{
    struct log_filter *filter = first;
    while (filter != NULL && !slice_eq(filter->name, name)) {
        filter = filter->next;
    }
    return filter;
}

size_t log_filter_count(const struct log_filter *first)
{
    size_t count = 0;
    for (; first != NULL; first = first->next) {
        count++;
    }
    return count;
}

void log_filter_insert(struct log_filter **first, struct log_filter *filter)
{
    struct log_filter *old = log_filter_find(*first, filter->name);
    if (old != NULL) {
        log_filter_remove(first, old);
    }
    while (*first != NULL && slice_compare((*first)->name, filter->name) < 0) {
        first = &(*first)->next;
    }
    filter->next = *first;
    *first = filter;
}

void log_filter_remove(struct log_filter **first, struct log_filter *filter)
{
    while (*first != filter) {
        first = &(*first)->next;
    }
    *first = filter->next;
    log_filter_destroy(filter);
}
