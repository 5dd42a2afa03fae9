#include "scheduler/logs/log_query.h"

#include "core/file.h"
#include "scheduler/logs/log_store_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* --- positions --- */

#define COMPARE(a, b) ((a) < (b) ? -1 : (a) > (b))

int log_position_compare(const struct log_position *a, const struct log_position *b)
{
    if (a->at_ms != b->at_ms) {
        return COMPARE(a->at_ms, b->at_ms);
    }
    return a->segment != b->segment ? COMPARE(a->segment, b->segment)
                                    : COMPARE(a->offset, b->offset);
}

#define ID_TIME_LEN 20
#define ID_SEGMENT_LEN 16
#define ID_OFFSET_LEN 20

const char *log_event_id(char out[LOG_EVENT_ID_MAX], const struct log_position *position)
{
    (void)snprintf(out, LOG_EVENT_ID_MAX, "%020" PRId64 "%016" PRIu32 "%020" PRIu64,
                   position->at_ms, position->segment, position->offset);
    return out;
}

bool log_event_id_parse(struct slice text, struct log_position *ret_position)
{
    uint64_t at_ms, segment, offset;
    if (text.len != ID_TIME_LEN + ID_SEGMENT_LEN + ID_OFFSET_LEN ||
        !slice_to_u64(slice_take(text, ID_TIME_LEN), &at_ms) || at_ms > INT64_MAX ||
        !slice_to_u64(slice_take(slice_skip(text, ID_TIME_LEN), ID_SEGMENT_LEN), &segment) ||
        segment > UINT32_MAX ||
        !slice_to_u64(slice_skip(text, ID_TIME_LEN + ID_SEGMENT_LEN), &offset)) {
        return false;
    }
    *ret_position = (struct log_position){(int64_t)at_ms, (uint32_t)segment, offset};
    return true;
}

/* --- the reader: plain data for the pool's thread --- */

struct read_segment {
    uint32_t number;
    uint64_t len;
    int64_t first_ms, last_ms;
};

/* Events of this stream before this place are hidden. */
struct read_gone {
    struct slice name;
    struct log_position place; /* only of the file */
};

struct reader {
    uv_work_t request;
    struct log_store *store;
    struct arena arena;
    struct log_query query;
    char *dir;
    struct read_segment *segments; /* in the order in which they are read */
    size_t segment_count;
    struct read_gone *gone; /* by name */
    size_t gone_count;
    struct log_event *events; /* the best so far, in the query's direction */
    size_t count, room;
    bool has_more;
    log_page_fn *on_done;
    void *ctx;
};

static int compare_forward(const void *a, const void *b)
{
    const struct log_event *left = a, *right = b;
    return log_position_compare(&left->position, &right->position);
}

static int compare_backward(const void *a, const void *b)
{
    return compare_forward(b, a);
}

/* Sorts what was found and keeps one page of it. */
static void cut_to_page(struct reader *reader)
{
    size_t bytes = 0, kept = 0;
    if (reader->count > 1) {
        qsort(reader->events, reader->count, sizeof(struct log_event),
              reader->query.is_backward ? compare_backward : compare_forward);
    }
    while (kept < reader->count && kept < reader->query.limit) {
        bytes += reader->events[kept].message.len + LOG_EVENT_OVERHEAD;
        if (bytes > LOG_PAGE_BYTES_MAX && kept > 0) {
            break;
        }
        kept++;
    }
    reader->has_more = reader->has_more || kept < reader->count;
    reader->count = kept;
}

static void add_event(struct reader *reader, const struct log_event *event)
{
    /* Sorting now and then keeps what is held to a few pages. */
    if (reader->count >= 2 * reader->query.limit + 1024) {
        cut_to_page(reader);
    }
    if (reader->count == reader->room) {
        reader->room = reader->room == 0 ? 256 : reader->room * 2;
        reader->events = mem_realloc(reader->events, reader->room * sizeof(struct log_event));
    }
    reader->events[reader->count++] = *event;
}

static bool is_wanted_stream(const struct reader *reader, struct slice name)
{
    const struct log_query *query = &reader->query;
    for (size_t i = 0; i < query->stream_count; i++) {
        if (slice_eq(query->streams[i], name)) {
            return true;
        }
    }
    return query->stream_count == 0 && slice_starts_with(name, query->stream_prefix);
}

/* The place behind which events of the stream count. */
static struct log_position shown_from(const struct reader *reader, struct slice name)
{
    struct log_position from = {.at_ms = 0};
    for (size_t low = 0, high = reader->gone_count; low < high;) {
        size_t middle = low + (high - low) / 2;
        int order = slice_compare(reader->gone[middle].name, name);
        if (order == 0) {
            return reader->gone[middle].place;
        }
        low = order < 0 ? middle + 1 : low;
        high = order < 0 ? high : middle;
    }
    return from;
}

static bool is_in_range(const struct reader *reader, const struct log_position *position)
{
    const struct log_query *query = &reader->query;
    if (position->at_ms < query->from_ms || position->at_ms > query->to_ms) {
        return false;
    }
    if (!query->has_edge) {
        return true;
    }
    int order = log_position_compare(position, &query->edge);
    return query->is_backward ? order < 0 : order > 0;
}

/* A stream as one frame names it. */
struct named_stream {
    struct slice name;
    bool is_wanted;
    struct log_position from;
};

struct named_streams {
    struct named_stream *items;
    size_t count, room;
};

static void name_stream(const struct reader *reader, struct named_streams *streams,
                        struct slice name)
{
    if (streams->count == streams->room) {
        streams->room = streams->room == 0 ? 64 : streams->room * 2;
        streams->items = mem_realloc(streams->items, streams->room * sizeof(struct named_stream));
    }
    streams->items[streams->count++] =
        (struct named_stream){name, is_wanted_stream(reader, name), shown_from(reader, name)};
}

static bool is_shown(const struct named_stream *stream, const struct log_position *position)
{
    const struct log_position place = {0, position->segment, position->offset};
    return stream->is_wanted && log_position_compare(&place, &stream->from) >= 0;
}

static void read_frame(struct reader *reader, uint32_t segment, const struct frame *frame,
                       struct named_streams *streams)
{
    const struct log_query *query = &reader->query;
    struct record record;
    streams->count = 0;
    for (size_t at = 0; record_next(frame, &at, &record);) {
        if (record.kind == RECORD_STREAM || record.kind == RECORD_KEPT_STREAM) {
            name_stream(reader, streams, record.text);
        }
        if (record.kind != RECORD_EVENT || record.stream >= streams->count) {
            continue;
        }
        const struct named_stream *stream = &streams->items[record.stream];
        const struct log_event event = {.position = {record.at_ms, segment, record.offset},
                                        .ingested_ms = frame->head.ingested_ms,
                                        .stream = stream->name,
                                        .message = record.text};
        if (is_shown(stream, &event.position) && is_in_range(reader, &event.position) &&
            (query->matches == NULL || query->matches(query->ctx, record.text))) {
            add_event(reader, &event);
        }
    }
}

/* What is kept of a file must outlive its bytes. */
static void keep_page(struct reader *reader, uint32_t segment)
{
    cut_to_page(reader);
    for (size_t i = 0; i < reader->count; i++) {
        struct log_event *event = &reader->events[i];
        if (event->position.segment == segment) {
            event->stream = arena_copy(&reader->arena, event->stream);
            event->message = arena_copy(&reader->arena, event->message);
        }
    }
}

static void read_segment(struct reader *reader, const struct read_segment *segment)
{
    const struct log_query *query = &reader->query;
    char path[SEGMENT_PATH_MAX];
    struct fault fault;
    AUTO_BUF file = BUF_INIT(SEGMENT_READ_MAX);
    struct named_streams streams = {.count = 0};
    struct frame frame;
    uint64_t offset = 0;
    (void)snprintf(path, sizeof path, "%s/%08u.log", reader->dir, (unsigned)segment->number);
    (void)!file_read(path, &file, &fault);
    struct slice bytes = slice_take(buf_slice(&file), segment->len);
    while (frame_next(bytes, &offset, &frame)) {
        if (frame.head.magic == FRAME_EVENTS && frame.head.last_ms >= query->from_ms &&
            frame.head.first_ms <= query->to_ms) {
            read_frame(reader, segment->number, &frame, &streams);
        }
    }
    mem_free(streams.items);
    keep_page(reader, segment->number);
}

/* A full page to which the segment cannot add. */
static bool is_complete(const struct reader *reader, const struct read_segment *segment)
{
    if (!reader->has_more) {
        return false;
    }
    const struct log_position *last = &reader->events[reader->count - 1].position;
    return reader->query.is_backward ? segment->last_ms < last->at_ms
                                     : segment->first_ms > last->at_ms;
}

static void read_all(uv_work_t *request)
{
    struct reader *reader = CONTAINER_OF(request, struct reader, request);
    for (size_t i = 0; i < reader->segment_count; i++) {
        if (is_complete(reader, &reader->segments[i])) {
            break; /* and all that follow begin later still */
        }
        read_segment(reader, &reader->segments[i]);
    }
    if (reader->query.is_backward) {
        for (size_t i = 0; i < reader->count / 2; i++) {
            struct log_event event = reader->events[i];
            reader->events[i] = reader->events[reader->count - 1 - i];
            reader->events[reader->count - 1 - i] = event;
        }
    }
}

/* --- on the loop --- */

static void on_read(uv_work_t *request, int status)
{
    struct reader *reader = CONTAINER_OF(request, struct reader, request);
    struct log_store *store = reader->store;
    const struct log_page page = {reader->events, reader->count, reader->has_more};
    (void)status;
    reader->on_done(reader->ctx, &page);
    mem_free(reader->events);
    arena_finish(&reader->arena);
    mem_free(reader);
    alarms_release(store->context->alarms);
    store->works--;
    log_store_maybe_close(store);
}

static int compare_first(const void *a, const void *b)
{
    const struct read_segment *left = a, *right = b;
    return COMPARE(left->first_ms, right->first_ms);
}

static int compare_last(const void *a, const void *b)
{
    const struct read_segment *left = a, *right = b;
    return COMPARE(right->last_ms, left->last_ms);
}

static void take_segments(struct reader *reader, const struct log_group *group)
{
    const struct log_query *query = &reader->query;
    int64_t from_ms = query->from_ms, to_ms = query->to_ms;
    if (query->has_edge && !query->is_backward && query->edge.at_ms > from_ms) {
        from_ms = query->edge.at_ms;
    }
    if (query->has_edge && query->is_backward && query->edge.at_ms < to_ms) {
        to_ms = query->edge.at_ms;
    }
    reader->segments =
        arena_array(&reader->arena, group->segment_count, sizeof(struct read_segment));
    for (size_t i = 0; i < group->segment_count; i++) {
        const struct segment_file *segment = &group->segments[i];
        if (segment->events > 0 && segment->last_ms >= from_ms && segment->first_ms <= to_ms) {
            reader->segments[reader->segment_count++] = (struct read_segment){
                segment->number, segment->len, segment->first_ms, segment->last_ms};
        }
    }
    if (reader->segment_count > 1) {
        qsort(reader->segments, reader->segment_count, sizeof(struct read_segment),
              query->is_backward ? compare_last : compare_first);
    }
}

static int compare_gone(const void *a, const void *b)
{
    const struct read_gone *left = a, *right = b;
    int order = slice_compare(left->name, right->name);
    return order != 0 ? order : log_position_compare(&right->place, &left->place);
}

/* The last deletion of each name. */
static void take_gone(struct reader *reader, const struct log_group *group)
{
    struct read_gone *gone = arena_array(&reader->arena, group->gone_count, sizeof *gone);
    size_t kept = 0;
    for (size_t i = 0; i < group->gone_count; i++) {
        gone[i] = (struct read_gone){
            .name = arena_copy(&reader->arena, slice_from(group->gone[i].name)),
            .place = {.segment = group->gone[i].segment, .offset = group->gone[i].offset}};
    }
    if (group->gone_count > 1) {
        qsort(gone, group->gone_count, sizeof *gone, compare_gone);
    }
    for (size_t i = 0; i < group->gone_count; i++) {
        if (kept == 0 || !slice_eq(gone[kept - 1].name, gone[i].name)) {
            gone[kept++] = gone[i];
        }
    }
    reader->gone = gone;
    reader->gone_count = kept;
}

static void take_query(struct reader *reader, const struct log_query *query)
{
    struct arena *arena = &reader->arena;
    reader->query = *query;
    reader->query.stream_prefix = arena_copy(arena, query->stream_prefix);
    struct slice *streams = arena_array(arena, query->stream_count, sizeof *streams);
    for (size_t i = 0; i < query->stream_count; i++) {
        streams[i] = arena_copy(arena, query->streams[i]);
    }
    reader->query.streams = streams;
}

void log_query_run(struct log_group *group, const struct log_query *query, log_page_fn *on_done,
                   void *ctx)
{
    struct reader *reader = mem_zalloc(sizeof *reader);
    struct log_store *store = group->store;
    (void)log_stream_count(group); /* flushed, and its segments' times are known */
    reader->store = store;
    reader->on_done = on_done;
    reader->ctx = ctx;
    arena_init(&reader->arena, 4096);
    reader->dir = arena_cstr(&reader->arena, slice_from(group->dir));
    take_query(reader, query);
    take_segments(reader, group);
    take_gone(reader, group);
    store->works++;
    alarms_hold(store->context->alarms);
    uv_queue_work(store->context->loop, &reader->request, read_all, on_read);
}
