#include "scheduler/s3/body_writer.h"

#include "core/file.h"
#include "core/mem.h"
#include "scheduler/s3/bodies_private.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUFFER_MAX (2U * S3_PIECE) /* a piece, and what one put brings beyond it */

struct body_writer {
    struct bodies *bodies;
    struct body_writer_options options;
    struct hashes hashes; /* the pool thread's while is_working */
    uint64_t size;        /* that came */
    struct buf filling;   /* by put() */
    struct buf writing;   /* by the pool thread */
    uint64_t id;
    int fd;
    int error; /* errno of the first failure */
    uv_work_t work;
    bool is_working;
    bool is_last;  /* the step under way syncs and closes */
    bool is_full;  /* put() said false */
    bool is_ended; /* by end() */
    bool is_inline;
    bool is_kept, is_destroyed;
};

/* --- pool thread --- */

static bool sync_dir(const char *path)
{
    AUTO_FD fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd >= 0 && fsync(fd) == 0;
}

/* The folder of a file: what the path says without its last name. */
static bool with_folder(const char *path, bool (*act)(const char *folder))
{
    char folder[BODY_PATH_MAX];
    size_t len = (size_t)(strrchr(path, '/') - path);
    memcpy(folder, path, len);
    folder[len] = '\0';
    return act(folder);
}

static bool make_folder(const char *folder)
{
    return file_make_dirs(folder, NULL) == STATUS_OK && with_folder(folder, sync_dir);
}

static bool open_file(struct body_writer *writer)
{
    char path[BODY_PATH_MAX];
    int flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC;
    bodies_path(writer->bodies, writer->id, path);
    writer->fd = open(path, flags, 0644);
    if (writer->fd < 0 && errno == ENOENT && with_folder(path, make_folder)) {
        writer->fd = open(path, flags, 0644);
    }
    return writer->fd >= 0;
}

static bool sync_file(struct body_writer *writer)
{
    char path[BODY_PATH_MAX];
    if (writer->bodies->scheduler->options.is_volatile) {
        return true;
    }
    bodies_path(writer->bodies, writer->id, path);
    return fsync(writer->fd) == 0 && with_folder(path, sync_dir);
}

static void write_piece(uv_work_t *work)
{
    struct body_writer *writer = CONTAINER_OF(work, struct body_writer, work);
    hashes_update(&writer->hashes, buf_slice(&writer->writing));
    errno = 0;
    if ((writer->fd < 0 && !open_file(writer)) ||
        !fd_write_all(writer->fd, buf_slice(&writer->writing)) ||
        (writer->is_last && !sync_file(writer))) {
        writer->error = errno != 0 ? errno : EIO;
    }
    if (writer->is_last) {
        fd_close_at(&writer->fd);
        writer->fd = -1;
    }
}

/* --- loop thread --- */

static void free_writer(struct body_writer *writer)
{
    fd_close_at(&writer->fd);
    if (writer->id != 0 && !writer->is_inline && !writer->is_kept) {
        bodies_unlink(writer->bodies, &writer->id, 1);
    }
    buf_finish(&writer->filling);
    buf_finish(&writer->writing);
    mem_free(writer);
}

static void on_written(uv_work_t *work, int status);

static void step(struct body_writer *writer)
{
    struct buf written = writer->writing;
    if (writer->id == 0) {
        writer->id = bodies_new_id(writer->bodies);
    }
    writer->writing = writer->filling;
    writer->filling = written;
    buf_clear(&writer->filling);
    writer->is_last = writer->is_ended;
    writer->is_working = true;
    bodies_work_begun(writer->bodies);
    uv_queue_work(writer->bodies->scheduler->context->loop, &writer->work, write_piece, on_written);
}

static void on_written(uv_work_t *work, int status)
{
    struct body_writer *writer = CONTAINER_OF(work, struct body_writer, work);
    const struct body_writer_events *events = &writer->options.events;
    struct bodies *bodies = writer->bodies;
    bool was_full = writer->is_full;
    (void)status;
    writer->is_working = false;
    writer->is_full = false;
    if (writer->is_destroyed) {
        free_writer(writer);
    } else if (writer->is_last || (writer->is_ended && writer->error != 0)) {
        events->on_done(events->ctx);
    } else {
        if (writer->error == 0 && (was_full || writer->is_ended)) {
            step(writer);
        }
        if (was_full) {
            events->on_ready(events->ctx);
        }
    }
    bodies_work_ended(bodies);
}

struct body_writer *body_writer_create(struct bodies *bodies,
                                       const struct body_writer_options *options)
{
    struct body_writer *writer = mem_zalloc(sizeof(*writer));
    writer->bodies = bodies;
    writer->options = *options;
    writer->fd = -1;
    buf_init(&writer->filling, BUFFER_MAX);
    buf_init(&writer->writing, BUFFER_MAX);
    hashes_init(&writer->hashes, bodies_crc_tables(bodies), options->checksums);
    return writer;
}

bool body_writer_put(struct body_writer *writer, struct slice bytes)
{
    assert(!writer->is_full && !writer->is_ended && bytes.len <= S3_PIECE);
    writer->size += bytes.len;
    if (writer->error != 0) {
        return true;
    }
    buf_append(&writer->filling, bytes);
    if (writer->filling.len < S3_PIECE) {
        return true;
    }
    writer->is_full = writer->is_working;
    if (!writer->is_working) {
        step(writer);
    }
    return !writer->is_full;
}

bool body_writer_end(struct body_writer *writer)
{
    writer->is_ended = true;
    if (writer->is_working) {
        return false;
    }
    if (writer->error != 0) {
        return true;
    }
    if (writer->id == 0 && writer->size <= S3_INLINE_MAX && !writer->options.is_part) {
        writer->id = writer->size > 0 ? bodies_new_id(writer->bodies) : 0;
        writer->is_inline = true;
        hashes_update(&writer->hashes, buf_slice(&writer->filling));
        return true;
    }
    step(writer);
    return false;
}

uint64_t body_writer_size(const struct body_writer *writer)
{
    return writer->size;
}

enum status body_writer_status(const struct body_writer *writer, struct fault *reterr)
{
    if (writer->error == 0) {
        return STATUS_OK;
    }
    return fault_set(reterr, STATUS_UNAVAILABLE, "The body could not be kept: %s.",
                     strerror(writer->error));
}

const struct hashes *body_writer_hashes(const struct body_writer *writer)
{
    return &writer->hashes;
}

struct body body_writer_body(const struct body_writer *writer)
{
    return (struct body){writer->id, writer->size, writer->is_inline};
}

struct slice body_writer_bytes(const struct body_writer *writer)
{
    return buf_slice(&writer->filling);
}

void body_writer_keep(struct body_writer *writer)
{
    writer->is_kept = true;
}

void body_writer_destroy(struct body_writer *writer)
{
    if (writer == NULL) {
        return;
    }
    writer->is_destroyed = true;
    if (!writer->is_working) {
        free_writer(writer);
    }
}
