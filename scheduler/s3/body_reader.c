#include "scheduler/s3/body_reader.h"

#include "core/file.h"
#include "core/mem.h"
#include "scheduler/s3/body_reader_private.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* Pool thread: the next piece of the body, whose file is opened first and closed behind its end. */
static void read_piece(uv_work_t *work)
{
    struct body_reader *reader = CONTAINER_OF(work, struct body_reader, work);
    if (reader->left == 0) {
        return; /* paused by the last piece: only the end is to be told */
    }
    const struct body *body = &reader->list[reader->at];
    uint64_t want = body->size - reader->offset;
    want = want < reader->left ? want : reader->left;
    want = want < reader->buffer_len ? want : reader->buffer_len;
    if (reader->fd < 0) {
        char path[BODY_PATH_MAX];
        bodies_path(reader->bodies, body->id, path);
        reader->fd = open(path, O_RDONLY | O_CLOEXEC);
    }
    do {
        reader->got = reader->fd < 0
                          ? -1
                          : pread(reader->fd, reader->buffer, (size_t)want, (off_t)reader->offset);
    } while (reader->got < 0 && reader->fd >= 0 && errno == EINTR);
    if (reader->got <= 0) {
        reader->got = -1; /* the file is shorter than its record says */
    } else if (reader->offset + (uint64_t)reader->got == body->size) {
        fd_close_at(&reader->fd);
        reader->fd = -1;
    }
}

static void free_reader(struct body_reader *reader)
{
    fd_close_at(&reader->fd);
    bodies_unhold(reader->bodies, reader);
    mem_free(reader->buffer);
    mem_free(reader->list);
    mem_free(reader);
}

static void on_piece(uv_work_t *work, int status);

static void step(struct body_reader *reader)
{
    reader->is_working = true;
    bodies_work_begun(reader->bodies);
    uv_queue_work(reader->bodies->scheduler->context->loop, &reader->work, read_piece, on_piece);
}

static void on_piece(uv_work_t *work, int status)
{
    struct body_reader *reader = CONTAINER_OF(work, struct body_reader, work);
    struct bodies *bodies = reader->bodies;
    (void)status;
    reader->is_working = false;
    if (reader->is_destroyed) {
        free_reader(reader);
        bodies_work_ended(bodies);
        return;
    }
    if (reader->got < 0 || reader->left == 0) {
        reader->events.on_end(reader->events.ctx, reader->got < 0 ? STATUS_UNAVAILABLE : STATUS_OK);
        bodies_work_ended(bodies);
        return;
    }
    reader->offset += (uint64_t)reader->got;
    reader->left -= (uint64_t)reader->got;
    if (reader->offset == reader->list[reader->at].size) {
        reader->at++;
        reader->offset = 0;
    }
    bool is_last = reader->left == 0;
    struct body_events events = reader->events;
    reader->is_working = true; /* a destroy inside waits for the end of this function */
    bool goes_on = events.on_data(events.ctx, slice_of(reader->buffer, (size_t)reader->got));
    reader->is_working = false;
    if (reader->is_destroyed) {
        free_reader(reader);
    } else if (goes_on && is_last) {
        events.on_end(events.ctx, STATUS_OK);
    } else if (goes_on) {
        step(reader);
    }
    bodies_work_ended(bodies);
}

struct body_reader *body_reader_create(struct bodies *bodies, const struct body *list, size_t count,
                                       uint64_t from, uint64_t len,
                                       const struct body_events *events)
{
    struct body_reader *reader = mem_zalloc(sizeof(*reader));
    reader->bodies = bodies;
    reader->events = *events;
    reader->count = count;
    reader->list = mem_array(count, sizeof(list[0]));
    memcpy(reader->list, list, count * sizeof(list[0]));
    reader->left = len;
    reader->fd = -1;
    while (from >= list[reader->at].size) {
        from -= list[reader->at++].size;
    }
    reader->offset = from;
    reader->buffer_len = len < S3_PIECE ? (size_t)len : S3_PIECE;
    reader->buffer = mem_alloc(reader->buffer_len);
    bodies_hold(bodies, reader);
    step(reader);
    return reader;
}

void body_reader_resume(struct body_reader *reader)
{
    step(reader);
}

void body_reader_destroy(struct body_reader *reader)
{
    if (reader == NULL) {
        return;
    }
    reader->is_destroyed = true;
    if (!reader->is_working) {
        free_reader(reader);
    }
}
