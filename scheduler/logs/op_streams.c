/* Log streams: made, removed, described. */
#include "scheduler/logs/logs_private.h"

#include <inttypes.h>
#include <stdlib.h>

/* What was appended is answered when it is synced. */
static void sync(struct log_group *events, log_synced_fn *on_synced, void *ctx)
{
    if (log_group_flush(events) != STATUS_OK) {
        on_synced(ctx, STATUS_UNAVAILABLE);
        return;
    }
    log_group_sync(events, on_synced, ctx);
}

struct creation {
    struct api_call *call;
    struct log_group *events;
    struct slice name;
};

static void on_created(void *ctx, enum status status)
{
    const struct creation *creation = ctx;
    if (status != STATUS_OK) {
        log_stream_take_back(creation->events, creation->name);
    }
    logs_reply_written(creation->call, status);
}

void op_create_log_stream(struct api_call *call, void *ctx)
{
    const struct record *input;
    struct group *group;
    if (!logs_read(call, &input) || (group = logs_named_group(ctx, call, input)) == NULL) {
        return;
    }
    struct slice name = record_text(input, MEMBER_LOG_STREAM_NAME);
    struct fault fault;
    if (log_stream_find(group->events, name) != NULL) {
        (void)fault_set(&fault, STATUS_CONFLICT, "The specified log stream already exists");
        api_reply_fault(call, &fault);
    } else if (log_stream_create(group->events, name) != STATUS_OK) {
        (void)fault_set(&fault, STATUS_LIMIT, "Resource limit exceeded.");
        api_reply_fault(call, &fault);
    } else {
        struct creation *creation = arena_alloc(api_arena(call), sizeof *creation);
        *creation = (struct creation){call, group->events, name};
        sync(group->events, on_created, creation);
    }
}

void op_delete_log_stream(struct api_call *call, void *ctx)
{
    const struct record *input;
    struct group *group;
    if (!logs_read(call, &input) || (group = logs_named_group(ctx, call, input)) == NULL) {
        return;
    }
    struct log_stream *stream =
        log_stream_find(group->events, record_text(input, MEMBER_LOG_STREAM_NAME));
    if (stream == NULL) {
        logs_reply_no_stream(call);
    } else if (log_stream_delete(stream) != STATUS_OK) {
        logs_reply_written(call, STATUS_UNAVAILABLE);
    } else {
        sync(group->events, logs_reply_written, call);
    }
}

/* --- describing --- */

/* A stream's place in the order that is asked for: the time first, 0 where the name alone counts. */
struct place {
    int64_t last_ms;
    struct slice name;
    size_t index;
};

struct description {
    struct slice prefix;
    bool by_time, is_descending;
    size_t limit;
    bool has_edge; /* goes on behind `edge` */
    struct place edge;
};

static int compare_places(const void *a, const void *b)
{
    const struct place *left = a, *right = b;
    if (left->last_ms != right->last_ms) {
        return left->last_ms < right->last_ms ? -1 : 1;
    }
    return slice_compare(left->name, right->name);
}

static struct place place_of(const struct description *description,
                             const struct log_stream_facts *facts, size_t index)
{
    bool has_events = facts->times.first_ms <= facts->times.last_ms;
    return (struct place){.last_ms = description->by_time && has_events ? facts->times.last_ms : 0,
                          .name = facts->name,
                          .index = index};
}

/* "TIME:NAME" in base64. */
static bool read_edge(struct api_call *call, struct description *description, struct slice token)
{
    size_t colon = slice_find(token, ':');
    if (token.len == 0) {
        return true;
    }
    description->has_edge = true;
    description->edge.name = slice_skip(token, colon == SLICE_NPOS ? 0 : colon + 1);
    if (colon != SLICE_NPOS && slice_to_i64(slice_take(token, colon), &description->edge.last_ms)) {
        return true;
    }
    logs_refuse(call, "The specified nextToken is invalid.");
    return false;
}

static bool read_description(struct api_call *call, const struct record *input,
                             struct description *description)
{
    struct slice token;
    *description = (struct description){
        .prefix = record_text(input, MEMBER_LOG_STREAM_NAME_PREFIX),
        .by_time = slice_is(record_text(input, MEMBER_ORDER_BY), "LastEventTime"),
        .is_descending = record_get(input, MEMBER_DESCENDING)->flag,
    };
    if (description->by_time && description->prefix.len > 0) {
        logs_refuse(call, "Cannot order by LastEventTime with a logStreamNamePrefix.");
        return false;
    }
    return logs_page_begin(call, input, &token, &description->limit) &&
           read_edge(call, description, token);
}

static void print_stream(struct json_writer *w, struct arena *arena, const struct group *group,
                         size_t index)
{
    struct log_stream_facts facts;
    log_stream_at(group->events, index, &facts);
    json_open(w, '{');
    json_put_string(w, "logStreamName", facts.name);
    json_put_i64(w, "creationTime", facts.created_ms);
    if (facts.times.first_ms <= facts.times.last_ms) {
        json_put_i64(w, "firstEventTimestamp", facts.times.first_ms);
        json_put_i64(w, "lastEventTimestamp", facts.times.last_ms);
        json_put_i64(w, "lastIngestionTime", facts.times.ingested_ms);
    }
    json_put_string(w, "arn",
                    arena_printf(arena, "%.*s:log-stream:%.*s", SLICE_ARG(group_arn(arena, group)),
                                 SLICE_ARG(facts.name)));
    json_put_i64(w, "storedBytes", 0); /* as AWS has it since 2019 */
    json_close(w, '}');
}

/* The streams that are asked for, in the order that is asked for. */
static struct place *gather(struct api_call *call, const struct group *group,
                            const struct description *description, size_t *ret_count)
{
    size_t all = log_stream_count(group->events), count = 0;
    struct place *places = arena_array(api_arena(call), all, sizeof *places);
    for (size_t i = 0; i < all; i++) {
        struct log_stream_facts facts;
        log_stream_at(group->events, i, &facts);
        struct place place = place_of(description, &facts, i);
        int order = description->has_edge ? compare_places(&place, &description->edge) : 1;
        bool is_behind =
            !description->has_edge || (description->is_descending ? order < 0 : order > 0);
        if (is_behind && slice_starts_with(facts.name, description->prefix)) {
            places[count++] = place;
        }
    }
    if (description->by_time && count > 1) {
        qsort(places, count, sizeof *places, compare_places);
    }
    *ret_count = count;
    return places;
}

void op_describe_log_streams(struct api_call *call, void *ctx)
{
    const struct record *input;
    struct group *group;
    struct description description;
    if (!logs_read(call, &input) || (group = logs_named_group(ctx, call, input)) == NULL ||
        !read_description(call, input, &description)) {
        return;
    }
    size_t count;
    struct place *places = gather(call, group, &description, &count);
    AUTO_BUF body = BUF_INIT(LOGS_REPLY_MAX);
    struct json_writer w = json_writer_init(&body);
    json_open(&w, '{');
    json_key_text(&w, "logStreams");
    json_open(&w, '[');
    const struct place *last = NULL;
    for (size_t i = 0; i < count && i < description.limit; i++) {
        last = &places[description.is_descending ? count - 1 - i : i];
        print_stream(&w, api_arena(call), group, last->index);
    }
    json_close(&w, ']');
    if (count > description.limit) {
        logs_page_end(call, &w,
                      arena_printf(api_arena(call), "%" PRId64 ":%.*s", last->last_ms,
                                   SLICE_ARG(last->name)));
    }
    json_close(&w, '}');
    api_reply_json(call, 200, buf_slice(&body));
}
