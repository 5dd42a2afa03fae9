/* A file becomes an object: read piece by piece off the loop, dropped when it changed meanwhile (then it is told again). */
#include "scheduler/s3/mirror_private.h"

#include "core/encode.h"
#include "core/file.h"
#include "core/id.h"
#include "core/mem.h"
#include "scheduler/s3/event.h"

#include <fcntl.h>
#include <sys/stat.h>

/* --- the write --- */

static void prepare_event(struct mirror *mirror, enum event_kind kind)
{
    struct object_change *change = &mirror->change;
    const struct object *object = &change->object;
    char id[ID_UUID_MAX];
    bool has_version = mirror->bucket->versioning != VERSIONING_NEVER && !object->is_null;
    const struct event event = {
        .kind = kind,
        .bucket = mirror->bucket,
        .key = change->key,
        .version_id = has_version ? object_version_id(&mirror->arena, object) : SLICE_NULL,
        .number = object->number,
        .size = object->size,
        .etag = object->etag,
        .request_id = slice_from(id_uuid(id)),
        .source_ip = SLICE("127.0.0.1"),
        .trace = SLICE(""),
        .now_ms = scheduler_now_ms(mirror_s3(mirror)->scheduler),
    };
    event_prepare(mirror_s3(mirror), &mirror->arena, &event, &change->deliveries);
}

static void on_written(struct object_write *write, enum status status)
{
    struct mirror *mirror = write->ctx;
    bool is_kept = status == STATUS_OK && mirror->change.refusal == NULL;
    if (is_kept && mirror->writer != NULL) {
        body_writer_keep(mirror->writer);
    }
    if (!is_kept) {
        mirror_trouble(mirror, "the bucket cannot follow the file",
                       status != STATUS_OK ? status_name(status) : mirror->change.refusal->code);
    }
    body_writer_destroy(mirror->writer);
    mirror->writer = NULL;
    mirror_task_done(mirror);
}

static void submit(struct mirror *mirror, enum event_kind kind)
{
    struct object_change *change = &mirror->change;
    object_change_number(mirror_s3(mirror), mirror->bucket, change);
    prepare_event(mirror, kind);
    mirror->write = (struct object_write){
        .s3 = mirror_s3(mirror),
        .bucket = mirror->bucket,
        .arena = &mirror->arena,
        .changes = change,
        .count = 1,
        .on_written = on_written,
        .ctx = mirror,
    };
    object_write(&mirror->write);
}

static void begin_change(struct mirror *mirror, enum change_kind kind)
{
    mirror->change =
        (struct object_change){.kind = kind, .key = mirror_key(mirror), .version_id = SLICE_NULL};
    mirror->change.condition.etag = SLICE_NULL;
    mirror->change.condition.size = SLICE_NULL;
}

void mirror_delete_object(struct mirror *mirror)
{
    begin_change(mirror, CHANGE_DELETE);
    bool has_versions = mirror->bucket->versioning != VERSIONING_NEVER;
    mirror->change.object.is_marker = has_versions;
    mirror->change.object.etag = SLICE("");
    mirror->change.condition.etag = mirror->object.etag;
    submit(mirror, has_versions ? EVENT_REMOVED_MARKER : EVENT_REMOVED_DELETE);
}

static void put_object(struct mirror *mirror)
{
    const struct hashes *hashes = body_writer_hashes(mirror->writer);
    struct digest md5 = hashes_digest(hashes, CHECKSUM_MD5);
    struct digest crc = hashes_digest(hashes, CHECKSUM_CRC64NVME);
    struct http_header *headers = arena_array(&mirror->arena, 2, sizeof(*headers));
    begin_change(mirror, CHANGE_PUT);
    struct object *object = &mirror->change.object;
    mirror->part = (struct object_part){.body = body_writer_body(mirror->writer), .number = 1};
    object->parts = &mirror->part;
    object->part_count = 1;
    object->size = mirror->part.body.size;
    object->etag = digest_hex(&mirror->arena, &md5);
    object->algorithm = CHECKSUM_CRC64NVME;
    object->checksum = digest_base64(&mirror->arena, &crc);
    headers[0] = (struct http_header){SLICE("content-type"), mime_of_path(mirror_key(mirror))};
    headers[1] =
        (struct http_header){SLICE(FILE_MARK), arena_printf(&mirror->arena, "%llu %lld",
                                                            (unsigned long long)mirror->state.size,
                                                            (long long)mirror->state.mtime_ns)};
    object->headers = (struct http_headers){headers, 2};
    mirror->change.bytes = body_writer_bytes(mirror->writer);
    submit(mirror, EVENT_CREATED_PUT);
}

/* --- reading --- */

static void read_on(struct mirror *mirror);

static void give_up(struct mirror *mirror, const char *reason)
{
    if (reason != NULL) {
        mirror_trouble(mirror, "cannot read", reason);
    }
    body_writer_destroy(mirror->writer);
    mirror->writer = NULL;
    mirror_task_done(mirror);
}

static void on_taken(void *ctx)
{
    struct mirror *mirror = ctx;
    struct fault fault;
    if (body_writer_status(mirror->writer, &fault) != STATUS_OK) {
        give_up(mirror, fault.text);
    } else {
        put_object(mirror);
    }
}

/* Closed, and looked at once more. */
static void run_close(uv_work_t *work)
{
    struct mirror *mirror = CONTAINER_OF(work, struct mirror, work);
    struct file_state now;
    fd_close_at(&mirror->fd);
    mirror->fd = -1;
    file_look(mirror->path, &now);
    mirror->error = !file_is_same(&now, &mirror->state);
}

static void on_read_closed(uv_work_t *work, int status)
{
    struct mirror *mirror = CONTAINER_OF(work, struct mirror, work);
    (void)status;
    mem_free(mirror->buffer);
    mirror->buffer = NULL;
    if (mirror->error != 0 || mirror->mirrors->is_closing ||
        body_writer_size(mirror->writer) != mirror->state.size) {
        give_up(mirror, NULL); /* it is being written: its end will be told */
    } else if (body_writer_end(mirror->writer)) {
        on_taken(mirror);
    }
}

static void end_reading(struct mirror *mirror)
{
    uv_queue_work(mirror_loop(mirror), &mirror->work, run_close, on_read_closed);
}

static void on_read(uv_fs_t *fs)
{
    struct mirror *mirror = CONTAINER_OF(fs, struct mirror, fs);
    ssize_t got = fs->result;
    uv_fs_req_cleanup(fs);
    if (got <= 0 || mirror->mirrors->is_closing) {
        end_reading(mirror);
    } else if (body_writer_put(mirror->writer, slice_of(mirror->buffer, (size_t)got))) {
        read_on(mirror);
    }
}

static void read_on(struct mirror *mirror)
{
    uv_buf_t buf = uv_buf_init(mirror->buffer, S3_PIECE);
    if (uv_fs_read(mirror_loop(mirror), &mirror->fs, mirror->fd, &buf, 1, -1, on_read) != 0) {
        end_reading(mirror);
    }
}

static void on_ready(void *ctx)
{
    read_on(ctx);
}

static void on_opened(uv_fs_t *fs)
{
    struct mirror *mirror = CONTAINER_OF(fs, struct mirror, fs);
    ssize_t fd = fs->result;
    uv_fs_req_cleanup(fs);
    if (fd < 0) {
        /* Gone again: that is told, too. */
        if (fd != UV_ENOENT) {
            mirror_trouble(mirror, "cannot open", uv_strerror((int)fd));
        }
        mirror_task_done(mirror);
        return;
    }
    const struct body_writer_options options = {
        .checksums = 1U << CHECKSUM_CRC64NVME,
        .events = {.on_ready = on_ready, .on_done = on_taken, .ctx = mirror},
    };
    mirror->fd = (int)fd;
    mirror->buffer = mem_alloc(S3_PIECE);
    mirror->writer = body_writer_create(mirror_s3(mirror)->bodies, &options);
    read_on(mirror);
}

void mirror_upload(struct mirror *mirror)
{
    if (mirror->state.size > S3_PUT_MAX) {
        mirror_trouble(mirror, "cannot upload", "it is larger than 5 GB");
        mirror_task_done(mirror);
        return;
    }
    int failed = uv_fs_open(mirror_loop(mirror), &mirror->fs, mirror->path,
                            O_RDONLY | O_NOFOLLOW | O_CLOEXEC, 0, on_opened);
    if (failed != 0) {
        mirror_trouble(mirror, "cannot open", uv_strerror(failed));
        mirror_task_done(mirror);
    }
}
