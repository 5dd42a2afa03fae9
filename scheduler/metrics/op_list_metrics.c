/* ListMetrics: the metrics that had data in the last two weeks. */
#include "scheduler/metrics/cloudwatch.h"
#include "scheduler/metrics/datapoints.h"

#include "core/api/page_token.h"

#define RECENT_S (3 * 3600)

struct listing {
    struct metric_read read;
    struct api_call *call;
    struct arena arena; /* of what was read */
    struct slice namespace_name, name;
    const struct field *dimensions;
    int64_t since_s;
    struct metric_key after; /* len 0: from the first */
    struct metric_id *found;
    size_t count;
    struct metric_key last;
    bool has_more;
};

static bool has_dimensions(const struct listing *listing, const struct metric_id *id)
{
    for (size_t i = 0; i < listing->dimensions->count; i++) {
        const struct record *wanted = listing->dimensions->items[i].record;
        struct slice value = record_text(wanted, MEMBER_VALUE);
        const struct metric_dimension *dimension =
            metric_dimension_of(id, record_text(wanted, MEMBER_NAME));
        if (dimension == NULL || (value.ptr != NULL && !slice_eq(dimension->value, value))) {
            return false;
        }
    }
    return true;
}

static bool take(void *ctx, struct slice key, const struct metric_id *id, int64_t last_s)
{
    struct listing *listing = ctx;
    if (last_s < listing->since_s ||
        (listing->name.len > 0 && !slice_eq(id->name, listing->name)) ||
        !has_dimensions(listing, id)) {
        return true;
    }
    if (listing->count == METRIC_LIST_MAX) {
        listing->has_more = true;
        return false;
    }
    listing->found[listing->count++] = metric_id_copy(&listing->arena, id);
    memcpy(listing->last.bytes, key.ptr, key.len);
    listing->last.len = key.len;
    return true;
}

static void read_series(struct metric_read *read, struct txn *txn)
{
    struct listing *listing = CONTAINER_OF(read, struct listing, read);
    listing->found = arena_array(&listing->arena, METRIC_LIST_MAX, sizeof *listing->found);
    series_each(txn, listing->namespace_name, metric_key_slice(&listing->after), take, listing);
}

static void print_metric(struct result *result, const struct metric_id *id)
{
    result_item(result);
    result_text(result, "Namespace", id->namespace_name);
    result_text(result, "MetricName", id->name);
    result_list(result, "Dimensions", NULL);
    for (size_t i = 0; i < id->dimension_count; i++) {
        result_item(result);
        result_text(result, "Name", id->dimensions[i].name);
        result_text(result, "Value", id->dimensions[i].value);
        result_close(result);
    }
    result_close(result);
    result_close(result);
}

static void reply(struct metric_read *read)
{
    struct listing *listing = CONTAINER_OF(read, struct listing, read);
    struct result result;
    result_begin(&result, listing->call);
    result_list(&result, "Metrics", NULL);
    for (size_t i = 0; i < listing->count; i++) {
        print_metric(&result, &listing->found[i]);
    }
    result_close(&result);
    if (listing->has_more) {
        result_text(&result, "NextToken",
                    page_token_make(api_arena(listing->call), "ListMetrics",
                                    metric_key_slice(&listing->last)));
    }
    arena_finish(&listing->arena);
    result_reply(&result);
}

static bool read_token(struct arena *arena, struct slice token, struct metric_key *ret_after)
{
    struct slice key;
    ret_after->len = 0;
    if (token.len == 0) {
        return true;
    }
    if (!page_token_read(arena, "ListMetrics", token, &key) || key.len > METRIC_KEY_MAX) {
        return false;
    }
    memcpy(ret_after->bytes, key.ptr, key.len);
    ret_after->len = key.len;
    return true;
}

void op_list_metrics(struct api_call *call, void *ctx)
{
    struct scheduler *scheduler = ctx;
    const struct record *input;
    if (!cloudwatch_read(call, &input)) {
        return;
    }
    struct listing *listing = arena_alloc(api_arena(call), sizeof *listing);
    listing->call = call;
    listing->namespace_name = record_text(input, MEMBER_NAMESPACE);
    listing->name = record_text(input, MEMBER_METRIC_NAME);
    listing->dimensions = record_get(input, MEMBER_DIMENSIONS);
    listing->since_s = scheduler_now_ms(scheduler) / 1000 -
                       (record_has(input, MEMBER_RECENTLY_ACTIVE) ? RECENT_S : METRIC_LISTED_S);
    if (!read_token(api_arena(call), record_text(input, MEMBER_NEXT_TOKEN), &listing->after)) {
        cloudwatch_refuse(call, CLOUDWATCH_INVALID_TOKEN, "The token is invalid.");
        return;
    }
    arena_init(&listing->arena, 16384);
    listing->read.read = read_series;
    listing->read.done = reply;
    metric_read_start(scheduler, &listing->read);
}
