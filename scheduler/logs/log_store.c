#include "scheduler/logs/log_store_private.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>

#define STREAMS_OF_BATCH_MAX UINT16_MAX

/* --- batches --- */

static void begin_batch(struct log_group *group)
{
    struct log_batch *batch = &group->batch;
    struct log_store *store = group->store;
    if (group->owner == NULL && store->observer.on_group != NULL) {
        store->observer.on_group(store->observer.ctx, group);
    }
    frame_begin(&batch->bytes);
    batch->number++;
    batch->stream_count = 0;
    batch->head =
        (struct frame_head){.magic = FRAME_EVENTS, .first_ms = INT64_MAX, .last_ms = INT64_MIN};
    if (!group->is_dirty) {
        group->is_dirty = true;
        group->next_dirty = store->dirty;
        store->dirty = group;
    }
    if (!alarm_is_set(&store->flush)) {
        struct context *context = store->context;
        alarm_set(context->alarms, &store->flush, clock_epoch_ms(context->clock) + LOG_FLUSH_MS);
    }
}

/* Names the stream in the batch, before its first event there. */
static void declare(struct log_stream *stream)
{
    struct log_batch *batch = &stream->group->batch;
    if (batch->bytes.len == 0) {
        begin_batch(stream->group);
    }
    if (stream->batch_number == batch->number) {
        return;
    }
    if (batch->stream_count == STREAMS_OF_BATCH_MAX) {
        (void)!log_group_flush(stream->group);
        begin_batch(stream->group);
    }
    if (batch->stream_count == batch->stream_room) {
        batch->stream_room = batch->stream_room == 0 ? 4 : batch->stream_room * 2;
        batch->streams = mem_realloc(batch->streams, batch->stream_room * sizeof *batch->streams);
    }
    stream->batch_number = batch->number;
    stream->batch_index = (uint16_t)batch->stream_count;
    batch->streams[batch->stream_count++] = (struct batch_stream){stream, stream->times};
    frame_put(&batch->bytes, stream->is_kept ? RECORD_KEPT_STREAM : RECORD_STREAM,
              stream->batch_index, stream->created_ms, stream->name);
}

/* The batch is in the segment, at its end. */
static void note_written(struct log_group *group, struct segment_file *segment)
{
    const struct log_batch *batch = &group->batch;
    segment->events += batch->head.events;
    segment->first_ms =
        batch->head.first_ms < segment->first_ms ? batch->head.first_ms : segment->first_ms;
    segment->last_ms =
        batch->head.last_ms > segment->last_ms ? batch->head.last_ms : segment->last_ms;
    for (uint32_t i = 0; i < batch->stream_count; i++) {
        batch->streams[i].stream->last_segment = segment->number;
        batch->streams[i].stream->times.ingested_ms = batch->head.ingested_ms;
    }
}

static void take_back(struct log_batch *batch)
{
    for (uint32_t i = 0; i < batch->stream_count; i++) {
        batch->streams[i].stream->times = batch->streams[i].before;
    }
}

static void tell_observer(struct log_group *group, const struct segment_file *segment)
{
    const struct log_observer *observer = &group->store->observer;
    struct slice bytes = buf_slice(&group->batch.bytes);
    struct frame frame;
    uint64_t at = 0;
    if (observer->on_events != NULL && group->batch.head.events > 0 &&
        frame_next(bytes, &at, &frame)) {
        frame.offset = segment->len - bytes.len;
        observer->on_events(observer->ctx, group, segment->number, &frame);
    }
}

static void say_failure(struct log_group *group, int error)
{
    if (!group->has_failed) {
        group->has_failed = true;
        log_line(group->store->context->log, LOG_WARN,
                 "cannot write log events group=%.*s reason=\"%s\" ignoring",
                 SLICE_ARG(group->name), strerror(error));
    }
}

static enum status append_batch(struct log_group *group, struct segment_file **ret_segment)
{
    enum status status = log_group_current(group, ret_segment);
    if (status == STATUS_OK) {
        status = segment_append(group, *ret_segment, buf_slice(&group->batch.bytes));
    }
    return status;
}

enum status log_group_flush(struct log_group *group)
{
    struct log_batch *batch = &group->batch;
    struct segment_file *segment = NULL;
    if (batch->bytes.len == 0) {
        return STATUS_OK;
    }
    batch->head.ingested_ms = clock_epoch_ms(group->store->context->clock);
    frame_end(&batch->bytes, &batch->head);
    enum status status = append_batch(group, &segment);
    if (status != STATUS_OK && errno == ENOENT) { /* somebody removed the directory */
        group->segment_count = 0;
        group->may_append = false;
        status = append_batch(group, &segment);
    }
    if (status == STATUS_OK) {
        note_written(group, segment);
        tell_observer(group, segment);
    } else {
        say_failure(group, errno);
        take_back(batch);
    }
    buf_clear(&batch->bytes);
    return status;
}

void log_store_flush(struct log_store *store)
{
    alarm_clear(store->context->alarms, &store->flush);
    while (store->dirty != NULL) {
        struct log_group *group = store->dirty;
        store->dirty = group->next_dirty;
        group->is_dirty = false;
        (void)!log_group_flush(group);
        buf_finish(&group->batch.bytes); /* a quiet group keeps no memory */
    }
}

static void on_flush_due(struct alarm *alarm)
{
    log_store_flush(CONTAINER_OF(alarm, struct log_store, flush));
}

/* --- streams --- */

static struct log_stream *relist(struct log_stream *stream)
{
    struct log_group *group = stream->group;
    struct log_stream *other = name_index_find(&group->streams, stream->name);
    if (other != NULL) { /* a client made it anew */
        return other;
    }
    stream->is_listed = true;
    stream->created_ms = clock_epoch_ms(group->store->context->clock);
    stream->times = (struct stream_times){.first_ms = INT64_MAX, .last_ms = INT64_MIN};
    name_index_add(&group->streams, &stream->name);
    return stream;
}

void log_stream_append(struct log_stream *stream, int64_t at_ms, struct slice message)
{
    if (!stream->is_listed) {
        stream = relist(stream);
    }
    struct log_group *group = stream->group;
    struct log_batch *batch = &group->batch;
    declare(stream);
    frame_put(&batch->bytes, RECORD_EVENT, stream->batch_index, at_ms,
              slice_take(message, LOG_MESSAGE_MAX));
    struct frame_head *head = &batch->head;
    head->events++;
    head->first_ms = at_ms < head->first_ms ? at_ms : head->first_ms;
    head->last_ms = at_ms > head->last_ms ? at_ms : head->last_ms;
    struct stream_times *times = &stream->times;
    times->first_ms = at_ms < times->first_ms ? at_ms : times->first_ms;
    times->last_ms = at_ms > times->last_ms ? at_ms : times->last_ms;
}

static struct log_stream *sink_open(void *ctx, struct slice group_name, struct slice name)
{
    struct log_group *group = log_store_group(ctx, group_name);
    struct log_stream *stream = name_index_find(&group->streams, name);
    if (stream == NULL) {
        stream = log_stream_add(group, name, clock_epoch_ms(group->store->context->clock));
    }
    stream->holders++;
    return stream;
}

static void sink_write(struct log_stream *stream, struct slice message)
{
    struct log_group *group = stream->group;
    log_stream_append(stream, clock_epoch_ms(group->store->context->clock), message);
    if (group->batch.bytes.len >= LOG_BATCH_MAX) {
        (void)!log_group_flush(group);
    }
}

static void sink_close(struct log_stream *stream)
{
    if (stream != NULL) {
        assert(stream->holders > 0);
        stream->holders--;
        log_stream_maybe_free(stream);
    }
}

struct log_sink log_store_sink(struct log_store *store)
{
    return (struct log_sink){sink_open, sink_write, sink_close, store};
}

/* What a client asks for needs the whole catalog, with what is still in memory. */
static void make_ready(struct log_group *group)
{
    (void)!log_group_flush(group);
    log_group_load(group);
    group->was_used = true;
}

struct log_stream *log_stream_find(struct log_group *group, struct slice name)
{
    make_ready(group);
    return name_index_find(&group->streams, name);
}

enum status log_stream_create(struct log_group *group, struct slice name)
{
    make_ready(group);
    if (group->kept_count >= LOG_STREAMS_MAX) {
        return STATUS_LIMIT;
    }
    struct log_stream *stream =
        log_stream_add(group, name, clock_epoch_ms(group->store->context->clock));
    stream->is_kept = true;
    group->kept_count++;
    declare(stream);
    return STATUS_OK;
}

void log_stream_take_back(struct log_group *group, struct slice name)
{
    struct log_stream *stream = name_index_find(&group->streams, name);
    if (stream != NULL && stream->times.first_ms > stream->times.last_ms &&
        !log_stream_is_pending(stream)) {
        log_stream_unlist(stream);
        log_stream_maybe_free(stream);
    }
}

enum status log_stream_delete(struct log_stream *stream)
{
    struct log_group *group = stream->group;
    struct slice name = stream->name;
    make_ready(group);
    begin_batch(group);
    frame_put(&group->batch.bytes, RECORD_DELETED, 0, 0, name);
    enum status status = log_group_flush(group);
    if (status != STATUS_OK) {
        return status;
    }
    const struct segment_file *segment = log_group_last(group);
    uint64_t behind = sizeof(struct frame_tail) + sizeof(struct record_head) + name.len;
    log_group_add_gone(group, name, segment->number, segment->len - behind);
    log_stream_unlist(stream);
    log_stream_maybe_free(stream);
    return STATUS_OK;
}

size_t log_stream_count(struct log_group *group)
{
    make_ready(group);
    return group->streams.count;
}

void log_stream_at(struct log_group *group, size_t index, struct log_stream_facts *ret_facts)
{
    const struct log_stream *stream = group->streams.items[index];
    *ret_facts = (struct log_stream_facts){
        .name = stream->name, .created_ms = stream->created_ms, .times = stream->times};
}

/* --- groups --- */

struct log_group *log_store_group(struct log_store *store, struct slice name)
{
    struct log_group *group = name_index_find(&store->groups, name);
    if (group != NULL) {
        return group;
    }
    char directory[LOG_DIRECTORY_TEXT_MAX];
    group = mem_zalloc(sizeof *group + name.len);
    char *text = (char *)(group + 1);
    memcpy(text, name.ptr, name.len);
    group->name = slice_of(text, name.len);
    group->store = store;
    log_directory_name(directory, name);
    size_t size = strlen(store->dir) + strlen(directory) + 2;
    group->dir = mem_alloc(size);
    (void)snprintf(group->dir, size, "%s/%s", store->dir, directory);
    buf_init(&group->batch.bytes, SIZE_MAX / 2);
    group->waiting_end = &group->waiting;
    name_index_add(&store->groups, &group->name);
    return group;
}

struct slice log_group_name(const struct log_group *group)
{
    return group->name;
}

void log_group_set_owner(struct log_group *group, void *owner)
{
    group->owner = owner;
}

void *log_group_owner(const struct log_group *group)
{
    return group->owner;
}

uint64_t log_group_bytes(struct log_group *group)
{
    uint64_t bytes = group->batch.bytes.len;
    log_group_list(group);
    for (size_t i = 0; i < group->segment_count; i++) {
        bytes += group->segments[i].len;
    }
    return bytes;
}

void log_group_expire(struct log_group *group, int64_t before_ms)
{
    make_ready(group);
    while (group->segment_count > 1 && group->segments[0].last_ms < before_ms &&
           log_group_drop_first(group)) {
    }
}

/* --- life --- */

struct log_store *log_store_create(struct context *context, const char *dir, bool is_volatile)
{
    struct log_store *store = mem_zalloc(sizeof *store);
    assert(context->alarms != NULL);
    store->context = context;
    store->dir = mem_strdup(dir);
    store->is_volatile = is_volatile;
    store->flush.on_due = on_flush_due;
    return store;
}

void log_store_observe(struct log_store *store, struct log_observer observer)
{
    store->observer = observer;
}

static void close_group(struct log_group *group)
{
    struct segment_file *last = log_group_last(group);
    if (group->may_append && last != NULL && !last->has_summary) {
        segment_summarize(group, last);
    }
}

static void free_group(struct log_group *group)
{
    assert(group->waiting == NULL);
    log_group_drop_catalog(group);
    buf_finish(&group->batch.bytes);
    mem_free(group->batch.streams);
    mem_free(group->segments);
    mem_free(group->dir);
    mem_free(group);
}

void log_store_destroy(struct log_store *store, void (*on_closed)(void *ctx), void *ctx)
{
    if (store == NULL) {
        return;
    }
    log_store_flush(store);
    for (size_t i = 0; i < store->groups.count; i++) {
        close_group(store->groups.items[i]);
    }
    store->is_destroyed = true;
    store->on_closed = on_closed;
    store->closed_ctx = ctx;
    log_store_maybe_close(store);
}

void log_store_maybe_close(struct log_store *store)
{
    if (!store->is_destroyed || store->works > 0) {
        return;
    }
    void (*on_closed)(void *ctx) = store->on_closed;
    void *ctx = store->closed_ctx;
    for (size_t i = 0; i < store->groups.count; i++) {
        free_group(store->groups.items[i]);
    }
    name_index_finish(&store->groups);
    mem_free(store->dir);
    mem_free(store);
    if (on_closed != NULL) {
        on_closed(ctx);
    }
}
