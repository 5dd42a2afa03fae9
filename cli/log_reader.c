#include "cli/log_reader.h"

#include "core/file.h"
#include "core/mem.h"
#include "scheduler/logs/limits.h"
#include "scheduler/logs/segment.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

struct log_reader {
    char *dir;
    uint32_t number; /* of the segment; 0: none yet */
    int fd;
    uint64_t offset;       /* of the first frame that was not read */
    uint64_t skipped;      /* events still to pass over */
    struct slice *streams; /* of the frame being read */
    size_t stream_room;
};

struct log_reader *log_reader_create(const char *dir)
{
    struct log_reader *reader = mem_zalloc(sizeof *reader);
    reader->dir = mem_strdup(dir);
    reader->fd = -1;
    return reader;
}

void log_reader_destroy(struct log_reader *reader)
{
    fd_close_at(&reader->fd);
    mem_free(reader->streams);
    mem_free(reader->dir);
    mem_free(reader);
}

/* The number of the first segment after `number`, or the last before it; 0: there is none. */
static uint32_t neighbour(const struct log_reader *reader, uint32_t number, bool is_after)
{
    DIR *dir = opendir(reader->dir);
    struct dirent *entry;
    uint32_t best = 0;
    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        uint32_t own = segment_number(slice_from(entry->d_name));
        if (own == 0 || (is_after ? own <= number : own >= number)) {
            continue;
        }
        best = best == 0 || (is_after ? own < best : own > best) ? own : best;
    }
    if (dir != NULL) {
        closedir(dir);
    }
    return best;
}

static int open_segment(const struct log_reader *reader, uint32_t number)
{
    char path[PATH_MAX];
    int len = snprintf(path, sizeof path, "%s/%08u.log", reader->dir, (unsigned)number);
    return (size_t)len < sizeof path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
}

static bool read_from(int fd, uint64_t offset, struct buf *ret_bytes)
{
    for (;;) {
        char *room = buf_reserve(ret_bytes, 65536);
        ssize_t count = room != NULL ? pread(fd, room, 65536, (off_t)(offset + ret_bytes->len)) : 0;
        if (count <= 0) {
            return count == 0 && ret_bytes->len > 0;
        }
        buf_advance(ret_bytes, (size_t)count);
    }
}

static void name_stream(struct log_reader *reader, size_t index, struct slice name)
{
    if (index == reader->stream_room) {
        reader->stream_room = index == 0 ? 16 : index * 2;
        reader->streams = mem_realloc(reader->streams, reader->stream_room * sizeof(struct slice));
    }
    reader->streams[index] = name;
}

static void read_frame(struct log_reader *reader, const struct frame *frame,
                       log_reader_fn *on_event, void *ctx)
{
    struct record record;
    size_t named = 0;
    for (size_t at = 0; record_next(frame, &at, &record);) {
        if (record.kind == RECORD_STREAM || record.kind == RECORD_KEPT_STREAM) {
            name_stream(reader, named++, record.text);
        } else if (record.kind == RECORD_EVENT && reader->skipped > 0) {
            reader->skipped--;
        } else if (record.kind == RECORD_EVENT && record.stream < named) {
            on_event(ctx, record.at_ms, reader->streams[record.stream], record.text);
        }
    }
}

static void read_new(struct log_reader *reader, log_reader_fn *on_event, void *ctx)
{
    AUTO_BUF bytes = BUF_INIT(SEGMENT_READ_MAX);
    struct frame frame;
    uint64_t offset = 0;
    if (!read_from(reader->fd, reader->offset, &bytes)) {
        return;
    }
    while (frame_next(buf_slice(&bytes), &offset, &frame)) {
        if (frame.head.magic == FRAME_EVENTS) {
            read_frame(reader, &frame, on_event, ctx);
        }
    }
    reader->offset += offset;
}

void log_reader_read(struct log_reader *reader, log_reader_fn *on_event, void *ctx)
{
    for (;;) {
        /* Asked first: a segment with a successor grows no more, so reading it now reads all of it. */
        uint32_t next = neighbour(reader, reader->number, true);
        if (reader->fd >= 0) {
            read_new(reader, on_event, ctx);
        }
        if (next == 0) {
            return;
        }
        fd_close_at(&reader->fd);
        reader->fd = open_segment(reader, next);
        reader->number = next;
        reader->offset = 0;
    }
}

static uint64_t count_events(int fd)
{
    AUTO_BUF bytes = BUF_INIT(SEGMENT_READ_MAX);
    struct frame frame;
    uint64_t offset = 0, count = 0;
    (void)read_from(fd, 0, &bytes);
    while (frame_next(buf_slice(&bytes), &offset, &frame)) {
        count += frame.head.magic == FRAME_EVENTS ? frame.head.events : 0;
    }
    return count;
}

void log_reader_skip_to_last(struct log_reader *reader, uint64_t count)
{
    uint64_t seen = 0;
    uint32_t number = UINT32_MAX;
    while (seen < count && (number = neighbour(reader, number, false)) != 0) {
        fd_close_at(&reader->fd);
        reader->fd = open_segment(reader, number);
        reader->number = number;
        seen += count_events(reader->fd);
    }
    reader->skipped = seen > count ? seen - count : 0;
}
