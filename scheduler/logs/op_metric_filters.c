/* PutMetricFilter and its family, TestMetricFilter. */
#include "scheduler/logs/logs_private.h"

#define FILTER_JSON_MAX (64U << 10)

/* --- putting --- */

static void print_transformation(struct json_writer *w, const struct record *transformation)
{
    const struct field *dimensions = record_get(transformation, MEMBER_DIMENSIONS);
    const struct field *absent = record_get(transformation, MEMBER_DEFAULT_VALUE);
    struct slice unit = record_text(transformation, MEMBER_UNIT);
    json_open(w, '{');
    json_put_string(w, "metricName", record_text(transformation, MEMBER_METRIC_NAME));
    json_put_string(w, "metricNamespace", record_text(transformation, MEMBER_METRIC_NAMESPACE));
    json_put_string(w, "metricValue", record_text(transformation, MEMBER_METRIC_VALUE));
    if (absent->is_set) {
        json_key_text(w, "defaultValue");
        json_write_double(w, absent->real);
    }
    if (dimensions->is_set) {
        json_put_raw(w, "dimensions", dimensions->raw);
    }
    if (unit.ptr != NULL) {
        json_put_string(w, "unit", unit);
    }
    json_close(w, '}');
}

static void print_filter(struct buf *json, const struct record *input, const struct group *group)
{
    const struct field *transformations = record_get(input, MEMBER_METRIC_TRANSFORMATIONS);
    struct json_writer w = json_writer_init(json);
    json_open(&w, '{');
    json_put_string(&w, "filterName", record_text(input, MEMBER_FILTER_NAME));
    json_put_string(&w, "filterPattern", record_text(input, MEMBER_FILTER_PATTERN));
    json_key_text(&w, "metricTransformations");
    json_open(&w, '[');
    for (size_t i = 0; i < transformations->count; i++) {
        print_transformation(&w, transformations->items[i].record);
    }
    json_close(&w, ']');
    json_put_i64(&w, "creationTime", scheduler_now_ms(group->logs->scheduler));
    json_put_string(&w, "logGroupName", group->name);
    json_put_bool(&w, "applyOnTransformedLogs", false);
    json_close(&w, '}');
}

void op_put_metric_filter(struct api_call *call, void *ctx)
{
    const struct record *input;
    struct group *group;
    struct log_filter *filter;
    struct fault fault;
    AUTO_BUF json = BUF_INIT(FILTER_JSON_MAX);
    if (!logs_read(call, &input) || (group = logs_named_group(ctx, call, input)) == NULL ||
        logs_is_beyond_us(call, input)) {
        return;
    }
    struct log_filter *old =
        log_filter_find(group->metric_filters, record_text(input, MEMBER_FILTER_NAME));
    if (old == NULL && log_filter_count(group->metric_filters) == LOG_METRIC_FILTERS_MAX) {
        (void)fault_set(&fault, STATUS_LIMIT, "Resource limit exceeded.");
        api_reply_fault(call, &fault);
        return;
    }
    print_filter(&json, input, group);
    if (log_filter_parse(FILTER_METRIC, buf_slice(&json), &filter, &fault) != STATUS_OK) {
        api_reply_fault(call, &fault);
        return;
    }
    log_filter_insert(&group->metric_filters, filter);
    group_save(group, logs_reply_written, call);
}

void op_delete_metric_filter(struct api_call *call, void *ctx)
{
    logs_delete_filter(call, ctx, FILTER_METRIC);
}

/* --- describing: of one group, or of all --- */

static bool counts(const struct log_filter *filter, const struct record *input)
{
    struct slice name = record_text(input, MEMBER_METRIC_NAME);
    struct slice namespace_name = record_text(input, MEMBER_METRIC_NAMESPACE);
    return name.ptr == NULL || (slice_eq(filter->transformation.name, name) &&
                                slice_eq(filter->transformation.namespace_name, namespace_name));
}

/* Filters are in the order of their groups' names, then of their own: a token names both. */
static struct slice token_of(struct arena *arena, const struct group *group,
                             const struct log_filter *filter)
{
    return arena_printf(arena, "%.*s:%.*s", SLICE_ARG(group->name), SLICE_ARG(filter->name));
}

struct listing {
    struct api_call *call;
    const struct record *input;
    struct slice prefix;
    struct slice after_group, after_filter; /* of the token */
    size_t limit, count;
    bool has_more;
    struct slice last;
};

static bool is_listed_before(const struct listing *listing, const struct group *group,
                             const struct log_filter *filter)
{
    int order = slice_compare(group->name, listing->after_group);
    return order < 0 || (order == 0 && slice_compare(filter->name, listing->after_filter) <= 0);
}

static void list_group(struct listing *listing, struct json_writer *w, const struct group *group)
{
    const struct log_filter *filter = group->metric_filters;
    for (; filter != NULL && !listing->has_more; filter = filter->next) {
        if (!slice_starts_with(filter->name, listing->prefix) || !counts(filter, listing->input) ||
            is_listed_before(listing, group, filter)) {
            continue;
        }
        listing->has_more = listing->count == listing->limit;
        if (!listing->has_more) {
            json_write_raw(w, filter->json);
            listing->last = token_of(api_arena(listing->call), group, filter);
            listing->count++;
        }
    }
}

static bool begin_listing(struct api_call *call, const struct record *input,
                          struct listing *listing)
{
    struct slice token;
    *listing = (struct listing){.call = call, .input = input, .last = SLICE("")};
    listing->prefix = record_text(input, MEMBER_FILTER_NAME_PREFIX);
    if (record_has(input, MEMBER_METRIC_NAME) != record_has(input, MEMBER_METRIC_NAMESPACE)) {
        logs_refuse(call, "metricName and metricNamespace must be specified together");
        return false;
    }
    if (!logs_page_begin(call, input, &token, &listing->limit)) {
        return false;
    }
    (void)slice_split(&token, ':', &listing->after_group);
    listing->after_filter = token;
    return true;
}

void op_describe_metric_filters(struct api_call *call, void *ctx)
{
    struct logs *logs = ctx;
    const struct record *input;
    struct listing listing;
    struct group *only = NULL;
    if (!logs_read(call, &input) || !begin_listing(call, input, &listing)) {
        return;
    }
    if (record_has(input, MEMBER_LOG_GROUP_NAME) &&
        (only = logs_named_group(logs, call, input)) == NULL) {
        return;
    }
    AUTO_BUF body = BUF_INIT(LOGS_REPLY_MAX);
    struct json_writer w = json_writer_init(&body);
    json_open(&w, '{');
    json_key_text(&w, "metricFilters");
    json_open(&w, '[');
    for (size_t i = 0; i < logs->groups.count; i++) {
        const struct group *group = logs->groups.items[i];
        if (only == group || (only == NULL && !group->is_leaving)) {
            list_group(&listing, &w, group);
        }
    }
    json_close(&w, ']');
    if (listing.has_more) {
        logs_page_end(call, &w, listing.last);
    }
    json_close(&w, '}');
    api_reply_json(call, 200, buf_slice(&body));
}

/* --- trying a pattern --- */

static void print_value(void *ctx, struct slice name, struct slice value)
{
    struct json_writer *w = ctx;
    json_write_key(w, name);
    json_write_string(w, value);
}

void op_test_metric_filter(struct api_call *call, void *ctx)
{
    const struct record *input;
    struct log_pattern *pattern;
    struct fault fault;
    (void)ctx;
    if (!logs_read(call, &input)) {
        return;
    }
    if (log_pattern_parse(record_text(input, MEMBER_FILTER_PATTERN), &pattern, &fault) !=
        STATUS_OK) {
        api_reply_fault(call, &fault);
        return;
    }
    const struct field *messages = record_get(input, MEMBER_LOG_EVENT_MESSAGES);
    AUTO_BUF body = BUF_INIT(LOGS_REPLY_MAX);
    struct json_writer w = json_writer_init(&body);
    json_open(&w, '{');
    json_key_text(&w, "matches");
    json_open(&w, '[');
    for (size_t i = 0; i < messages->count; i++) {
        struct slice message = messages->items[i].text;
        if (!log_pattern_matches(pattern, message)) {
            continue;
        }
        json_open(&w, '{');
        json_put_i64(&w, "eventNumber", (int64_t)i + 1);
        json_put_string(&w, "eventMessage", message);
        json_key_text(&w, "extractedValues");
        json_open(&w, '{');
        log_pattern_values(pattern, message, print_value, &w);
        json_close(&w, '}');
        json_close(&w, '}');
    }
    json_close(&w, ']');
    json_close(&w, '}');
    log_pattern_destroy(pattern);
    api_reply_json(call, 200, buf_slice(&body));
}
