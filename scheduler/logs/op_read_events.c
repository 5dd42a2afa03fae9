/* FilterLogEvents and GetLogEvents: pages of events, over log_query.h.
 *
 * A token is "f/ID" (go on after this event) or "b/ID" (before it); the ID is that of an event, or a place between. */
#include "scheduler/logs/log_query.h"
#include "scheduler/logs/logs_private.h"

#include <stdio.h>

struct reading {
    struct api_call *call;
    struct log_query query;
    struct log_pattern *pattern; /* NULL: every event */
};

static struct slice make_token(struct arena *arena, bool is_backward,
                               const struct log_position *position)
{
    char id[LOG_EVENT_ID_MAX];
    return arena_printf(arena, "%c/%s", is_backward ? 'b' : 'f', log_event_id(id, position));
}

/* False: it is none. Without a token the query stays as it is. */
static bool read_token(struct slice token, struct log_query *query)
{
    if (token.ptr == NULL) {
        return true;
    }
    if (token.len < 2 || token.ptr[1] != '/' || (token.ptr[0] != 'f' && token.ptr[0] != 'b')) {
        return false;
    }
    query->is_backward = token.ptr[0] == 'b';
    query->has_edge = true;
    return log_event_id_parse(slice_skip(token, 2), &query->edge);
}

static int64_t time_of(const struct record *input, int member, int64_t absent)
{
    const struct field *field = record_get(input, member);
    return field->is_set ? field->number : absent;
}

/* What both operations ask for. Events beyond the group's retention are not there any more. */
static bool read_common(struct api_call *call, const struct group *group,
                        const struct record *input, struct log_query *query)
{
    const struct field *limit = record_get(input, MEMBER_LIMIT);
    int64_t kept_from_ms = group_kept_from_ms(group);
    query->limit = limit->is_set ? (size_t)limit->number : LOG_PAGE_EVENTS_MAX;
    query->from_ms = time_of(input, MEMBER_START_TIME, 0);
    query->to_ms = time_of(input, MEMBER_END_TIME, INT64_MAX);
    if (query->from_ms > query->to_ms) {
        logs_refuse(call, "The start time cannot be greater than the end time.");
        return false;
    }
    query->from_ms = query->from_ms < kept_from_ms ? kept_from_ms : query->from_ms;
    if (!read_token(record_text(input, MEMBER_NEXT_TOKEN), query)) {
        logs_refuse(call, "The specified nextToken is invalid.");
        return false;
    }
    return true;
}

/* --- FilterLogEvents --- */

static void print_filtered(struct json_writer *w, const struct log_event *event)
{
    char id[LOG_EVENT_ID_MAX];
    json_open(w, '{');
    json_put_string(w, "logStreamName", event->stream);
    json_put_i64(w, "timestamp", event->position.at_ms);
    json_put_string(w, "message", event->message);
    json_put_i64(w, "ingestionTime", event->ingested_ms);
    json_put_text(w, "eventId", log_event_id(id, &event->position));
    json_close(w, '}');
}

static void on_filtered(void *ctx, const struct log_page *page)
{
    struct reading *reading = ctx;
    bool is_backward = reading->query.is_backward;
    AUTO_BUF body = BUF_INIT(LOGS_REPLY_MAX);
    struct json_writer w = json_writer_init(&body);
    json_open(&w, '{');
    json_key_text(&w, "events");
    json_open(&w, '[');
    for (size_t i = 0; i < page->count; i++) {
        print_filtered(&w, &page->events[is_backward ? page->count - 1 - i : i]);
    }
    json_close(&w, ']');
    json_key_text(&w, "searchedLogStreams");
    json_write_raw(&w, SLICE("[]"));
    if (page->has_more && page->count > 0) {
        const struct log_event *last = &page->events[is_backward ? 0 : page->count - 1];
        json_put_string(&w, "nextToken",
                        make_token(api_arena(reading->call), is_backward, &last->position));
    }
    json_close(&w, '}');
    log_pattern_destroy(reading->pattern);
    api_reply_json(reading->call, 200, buf_slice(&body));
}

static bool matches(void *pattern, struct slice message)
{
    return log_pattern_matches(pattern, message);
}

static bool read_streams(struct api_call *call, const struct record *input, struct log_query *query)
{
    const struct field *names = record_get(input, MEMBER_LOG_STREAM_NAMES);
    query->stream_prefix = record_text(input, MEMBER_LOG_STREAM_NAME_PREFIX);
    if (names->is_set && query->stream_prefix.ptr != NULL) {
        logs_refuse(call,
                    "logStreamNames and logStreamNamePrefix cannot be specified at the same time.");
        return false;
    }
    struct slice *streams = arena_array(api_arena(call), names->count, sizeof *streams);
    for (size_t i = 0; i < names->count; i++) {
        streams[i] = names->items[i].text;
    }
    query->streams = streams;
    query->stream_count = names->count;
    return true;
}

void op_filter_log_events(struct api_call *call, void *ctx)
{
    const struct record *input;
    struct group *group;
    struct fault fault;
    if (!logs_read(call, &input) || (group = logs_named_group(ctx, call, input)) == NULL) {
        return;
    }
    struct reading *reading = arena_alloc(api_arena(call), sizeof *reading);
    struct log_query *query = &reading->query;
    const struct field *from_head = record_get(input, MEMBER_START_FROM_HEAD);
    struct slice text = record_text(input, MEMBER_FILTER_PATTERN);
    reading->call = call;
    query->is_backward = from_head->is_set && !from_head->flag;
    if (!read_common(call, group, input, query) || !read_streams(call, input, query)) {
        return;
    }
    if (text.len > 0) {
        if (log_pattern_parse(text, &reading->pattern, &fault) != STATUS_OK) {
            api_reply_fault(call, &fault);
            return;
        }
        query->matches = matches;
        query->ctx = reading->pattern;
    }
    log_query_run(group->events, query, on_filtered, reading);
}

/* --- GetLogEvents --- */

static void print_event(struct json_writer *w, const struct log_event *event)
{
    json_open(w, '{');
    json_put_i64(w, "timestamp", event->position.at_ms);
    json_put_string(w, "message", event->message);
    json_put_i64(w, "ingestionTime", event->ingested_ms);
    json_close(w, '}');
}

/* The places before and after a page. Of an empty one: around where it was looked for, so that the same token comes
 * back at an end, and what comes later is found by it. */
static void find_edges(const struct reading *reading, const struct log_page *page,
                       struct log_position *ret_before, struct log_position *ret_after)
{
    const struct log_query *query = &reading->query;
    if (page->count > 0) {
        *ret_before = page->events[0].position;
        *ret_after = page->events[page->count - 1].position;
        return;
    }
    *ret_before = *ret_after =
        query->has_edge ? query->edge : (struct log_position){.at_ms = query->from_ms};
    if (query->has_edge && query->is_backward && ret_after->offset > 0) {
        ret_after->offset--; /* the event at the edge is after an empty page before it */
    } else if (query->has_edge && !query->is_backward) {
        ret_before->offset++;
    }
}

static void on_read(void *ctx, const struct log_page *page)
{
    const struct reading *reading = ctx;
    struct log_position before, after;
    struct arena *arena = api_arena(reading->call);
    AUTO_BUF body = BUF_INIT(LOGS_REPLY_MAX);
    struct json_writer w = json_writer_init(&body);
    json_open(&w, '{');
    json_key_text(&w, "events");
    json_open(&w, '[');
    for (size_t i = 0; i < page->count; i++) {
        print_event(&w, &page->events[i]);
    }
    json_close(&w, ']');
    find_edges(reading, page, &before, &after);
    json_put_string(&w, "nextForwardToken", make_token(arena, false, &after));
    json_put_string(&w, "nextBackwardToken", make_token(arena, true, &before));
    json_close(&w, '}');
    api_reply_json(reading->call, 200, buf_slice(&body));
}

void op_get_log_events(struct api_call *call, void *ctx)
{
    const struct record *input;
    struct group *group;
    if (!logs_read(call, &input) || (group = logs_named_group(ctx, call, input)) == NULL) {
        return;
    }
    struct reading *reading = arena_alloc(api_arena(call), sizeof *reading);
    struct log_query *query = &reading->query;
    struct slice *stream = arena_alloc(api_arena(call), sizeof *stream);
    *stream = record_text(input, MEMBER_LOG_STREAM_NAME);
    reading->call = call;
    query->is_backward = !record_get(input, MEMBER_START_FROM_HEAD)->flag;
    query->streams = stream;
    query->stream_count = 1;
    if (!read_common(call, group, input, query)) {
        return;
    }
    if (query->to_ms != INT64_MAX) {
        query->to_ms--; /* here the end is exclusive */
    }
    if (log_stream_find(group->events, *stream) == NULL) {
        logs_reply_no_stream(call);
        return;
    }
    log_query_run(group->events, query, on_read, reading);
}
