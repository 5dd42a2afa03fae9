/* The streams of a group: known from its segments, and while they are written. */
#include "core/file.h"
#include "scheduler/logs/log_store_private.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* --- streams and what became of them --- */

struct log_stream *log_stream_add(struct log_group *group, struct slice name, int64_t created_ms)
{
    struct log_stream *stream = mem_zalloc(sizeof *stream + name.len + 1);
    memcpy(stream->text, name.ptr, name.len);
    stream->name = slice_of(stream->text, name.len);
    stream->group = group;
    stream->is_listed = true;
    stream->created_ms = created_ms;
    stream->times = (struct stream_times){.first_ms = INT64_MAX, .last_ms = INT64_MIN};
    name_index_add(&group->streams, &stream->name);
    return stream;
}

void log_stream_unlist(struct log_stream *stream)
{
    assert(stream->is_listed);
    stream->is_listed = false;
    if (stream->is_kept) {
        stream->is_kept = false;
        stream->group->kept_count--;
    }
    name_index_remove(&stream->group->streams, &stream->name);
}

void log_stream_maybe_free(struct log_stream *stream)
{
    if (stream->holders == 0 && !stream->is_listed) {
        mem_free(stream);
    }
}

void log_group_add_gone(struct log_group *group, struct slice name, uint32_t segment,
                        uint64_t offset)
{
    group->gone = mem_realloc(group->gone, (group->gone_count + 1) * sizeof(struct gone_stream));
    char *copy = mem_alloc(name.len + 1);
    memcpy(copy, name.ptr, name.len);
    copy[name.len] = '\0';
    group->gone[group->gone_count++] = (struct gone_stream){copy, segment, offset};
}

static void clear_gone(struct log_group *group)
{
    for (size_t i = 0; i < group->gone_count; i++) {
        mem_free(group->gone[i].name);
    }
    mem_free(group->gone);
    group->gone = NULL;
    group->gone_count = 0;
}

void log_group_drop_catalog(struct log_group *group)
{
    clear_gone(group);
    for (size_t i = 0; i < group->streams.count; i++) {
        struct log_stream *stream = group->streams.items[i];
        assert(stream->holders == 0);
        mem_free(stream);
    }
    name_index_finish(&group->streams);
    group->kept_count = 0;
}

void log_group_unload(struct log_group *group)
{
    const struct segment_file *last = log_group_last(group);
    for (size_t i = group->streams.count; i > 0; i--) {
        struct log_stream *stream = group->streams.items[i - 1];
        if (stream->holders == 0 && !log_stream_is_pending(stream)) {
            log_stream_unlist(stream);
            log_stream_maybe_free(stream);
        }
    }
    clear_gone(group);
    group->is_loaded = last == NULL;
}

/* --- replaying a segment --- */

/* The streams that a frame has named, by their numbers in it. */
struct frame_streams {
    struct log_stream **items;
    size_t room;
};

static struct log_stream *name_stream(struct log_group *group, const struct record *record,
                                      uint32_t segment)
{
    struct log_stream *stream = name_index_find(&group->streams, record->text);
    stream = stream != NULL ? stream : log_stream_add(group, record->text, record->at_ms);
    stream->created_ms = record->at_ms < stream->created_ms ? record->at_ms : stream->created_ms;
    stream->last_segment = segment > stream->last_segment ? segment : stream->last_segment;
    if (record->kind == RECORD_KEPT_STREAM && !stream->is_kept) {
        stream->is_kept = true;
        group->kept_count++;
    }
    return stream;
}

static void add_times(struct stream_times *times, const struct stream_times *other)
{
    times->first_ms = other->first_ms < times->first_ms ? other->first_ms : times->first_ms;
    times->last_ms = other->last_ms > times->last_ms ? other->last_ms : times->last_ms;
    times->ingested_ms =
        other->ingested_ms > times->ingested_ms ? other->ingested_ms : times->ingested_ms;
}

static void remove_stream(struct log_group *group, struct slice name, uint32_t segment,
                          uint64_t offset)
{
    struct log_stream *stream = name_index_find(&group->streams, name);
    if (stream != NULL && !stream->is_current) { /* otherwise it was made again since */
        log_stream_unlist(stream);
        log_stream_maybe_free(stream);
    }
    log_group_add_gone(group, name, segment, offset);
}

static void replay_frame(struct log_group *group, uint32_t segment, const struct frame *frame,
                         struct frame_streams *streams)
{
    struct record record;
    struct log_stream *newest = NULL;
    size_t named = 0;
    for (size_t at = 0; record_next(frame, &at, &record);) {
        struct stream_times times = {record.at_ms, record.at_ms, frame->head.ingested_ms};
        switch (record.kind) {
        case RECORD_STREAM:
        case RECORD_KEPT_STREAM:
            newest = name_stream(group, &record, segment);
            if (named == streams->room) {
                streams->room = streams->room == 0 ? 64 : streams->room * 2;
                streams->items =
                    mem_realloc(streams->items, streams->room * sizeof(struct log_stream *));
            }
            streams->items[named++] = newest;
            break;
        case RECORD_EVENT:
            if (record.stream < named) {
                add_times(&streams->items[record.stream]->times, &times);
            }
            break;
        case RECORD_TIMES:
            if (newest != NULL && record.text.len == sizeof times) {
                memcpy(&times, record.text.ptr, sizeof times);
                add_times(&newest->times, &times);
            }
            break;
        case RECORD_DELETED:
            remove_stream(group, record.text, segment, record.offset);
            newest = NULL;
            named = 0; /* nothing follows a deletion in its frame */
            break;
        case RECORD_GONE:
            if (record.text.len >= 8) {
                uint64_t offset;
                memcpy(&offset, record.text.ptr, sizeof offset);
                remove_stream(group, slice_skip(record.text, 8), segment, offset);
            }
            break;
        case RECORD_GROUP:
            break;
        }
    }
}

static void note_times(struct segment_file *segment, const struct frame_head *head)
{
    segment->events += head->events;
    segment->first_ms = head->first_ms < segment->first_ms ? head->first_ms : segment->first_ms;
    segment->last_ms = head->last_ms > segment->last_ms ? head->last_ms : segment->last_ms;
}

/* --- summaries --- */

static bool pread_all(int fd, char *bytes, size_t len, uint64_t offset)
{
    while (len > 0) {
        ssize_t count = pread(fd, bytes, len, (off_t)offset);
        if (count <= 0) {
            return false;
        }
        bytes += count;
        len -= (size_t)count;
        offset += (uint64_t)count;
    }
    return true;
}

/* Applies the summary at the end of a segment; false when there is none. */
static bool replay_summary(struct log_group *group, struct segment_file *segment)
{
    char path[SEGMENT_PATH_MAX], last_bytes[sizeof(struct frame_tail)];
    struct frame_tail tail;
    segment_path(path, group, segment->number);
    AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || segment->len < sizeof tail ||
        !pread_all(fd, last_bytes, sizeof last_bytes, segment->len - sizeof tail) ||
        !frame_tail_read(slice_of(last_bytes, sizeof last_bytes), &tail) ||
        tail.magic != FRAME_SUMMARY || tail.len > segment->len || tail.len > SEGMENT_READ_MAX) {
        return false;
    }
    AUTO_BUF bytes = BUF_INIT(SEGMENT_READ_MAX);
    struct frame frame;
    uint64_t offset = 0;
    char *room = buf_reserve(&bytes, tail.len);
    if (!pread_all(fd, room, tail.len, segment->len - tail.len)) {
        return false;
    }
    buf_advance(&bytes, tail.len);
    if (!frame_next(buf_slice(&bytes), &offset, &frame) || !frame_is_whole(&frame)) {
        return false;
    }
    struct frame_streams streams = {NULL, 0};
    replay_frame(group, segment->number, &frame, &streams);
    mem_free(streams.items);
    segment->events = 0;
    note_times(segment, &frame.head);
    segment->has_summary = true;
    return true;
}

bool log_group_resume(struct log_group *group)
{
    return replay_summary(group, log_group_last(group));
}

void segment_summarize(struct log_group *group, struct segment_file *segment)
{
    AUTO_BUF bytes = BUF_INIT(SEGMENT_READ_MAX);
    frame_begin(&bytes);
    for (size_t i = 0; i < group->gone_count; i++) {
        const struct gone_stream *gone = &group->gone[i];
        if (gone->segment == segment->number) {
            AUTO_BUF text = BUF_INIT(LOG_NAME_MAX + 16);
            buf_append(&text, slice_of((const char *)&gone->offset, sizeof gone->offset));
            buf_append_text(&text, gone->name);
            frame_put(&bytes, RECORD_GONE, 0, 0, buf_slice(&text));
        }
    }
    for (size_t i = 0; i < group->streams.count; i++) {
        const struct log_stream *stream = group->streams.items[i];
        if (stream->last_segment == segment->number) {
            frame_put(&bytes, stream->is_kept ? RECORD_KEPT_STREAM : RECORD_STREAM, 0,
                      stream->created_ms, stream->name);
            frame_put(&bytes, RECORD_TIMES, 0, 0,
                      slice_of((const char *)&stream->times, sizeof stream->times));
        }
    }
    frame_end(&bytes, &(struct frame_head){.magic = FRAME_SUMMARY,
                                           .events = segment->events,
                                           .first_ms = segment->first_ms,
                                           .last_ms = segment->last_ms});
    if (buf_status(&bytes) == STATUS_OK &&
        segment_append(group, segment, buf_slice(&bytes)) == STATUS_OK) {
        segment->has_summary = true;
    }
}

/* --- loading --- */

/* Reads a segment that has no summary, and cuts off what a crash left at its end. */
static void replay_file(struct log_group *group, struct segment_file *segment)
{
    char path[SEGMENT_PATH_MAX];
    struct fault fault;
    AUTO_BUF file = BUF_INIT(SEGMENT_READ_MAX);
    struct frame_streams streams = {NULL, 0};
    struct frame frame;
    uint64_t offset = 0, end = 0;
    segment_path(path, group, segment->number);
    (void)!file_read(path, &file, &fault);
    struct slice bytes = buf_slice(&file);
    segment->events = 0;
    while (frame_next(bytes, &offset, &frame) && frame_is_whole(&frame)) {
        end = offset;
        replay_frame(group, segment->number, &frame, &streams);
        if (frame.head.magic == FRAME_EVENTS) {
            note_times(segment, &frame.head);
        }
    }
    mem_free(streams.items);
    if (end < segment->len && truncate(path, (off_t)end) == 0) {
        segment->len = end;
    }
}

void log_group_load(struct log_group *group)
{
    log_group_list(group);
    if (group->is_loaded) {
        return;
    }
    group->is_loaded = true;
    for (size_t i = 0; i < group->streams.count; i++) {
        ((struct log_stream *)group->streams.items[i])->is_current = true;
    }
    clear_gone(group);
    for (size_t i = 0; i < group->segment_count; i++) {
        struct segment_file *segment = &group->segments[i];
        bool is_last = i + 1 == group->segment_count;
        if (replay_summary(group, segment)) {
            group->may_append = group->may_append || is_last;
            continue;
        }
        replay_file(group, segment);
        if (is_last) {
            group->may_append = true;
        } else {
            segment_summarize(group, segment);
        }
    }
    for (size_t i = 0; i < group->streams.count; i++) {
        ((struct log_stream *)group->streams.items[i])->is_current = false;
    }
}
