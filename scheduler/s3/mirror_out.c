/* An object becomes a file: written beside its place under a name that is not looked at, given the object's time, and
 * renamed. Or the file of an object that is gone goes, and the folders that it leaves empty. */
#include "scheduler/s3/mirror_private.h"

#include "core/file.h"
#include "core/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- on the pool --- */

/* The path up to its last slash, in `folder`. */
static void folder_of(const char *path, char folder[MIRROR_PATH_MAX])
{
    size_t len = (size_t)(strrchr(path, '/') - path);
    memcpy(folder, path, len);
    folder[len] = '\0';
}

static void run_open(uv_work_t *work)
{
    struct mirror *mirror = CONTAINER_OF(work, struct mirror, work);
    char folder[MIRROR_PATH_MAX];
    mirror->error = 0;
    folder_of(mirror->path, folder);
    if (file_make_dirs(folder, NULL) != STATUS_OK) {
        mirror->error = ENOTDIR; /* a file stands where a folder would be */
        return;
    }
    mirror->fd = open(mirror->temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (mirror->fd < 0 || (mirror->bytes.len > 0 && !fd_write_all(mirror->fd, mirror->bytes))) {
        mirror->error = errno;
    }
}

static void run_piece(uv_work_t *work)
{
    struct mirror *mirror = CONTAINER_OF(work, struct mirror, work);
    if (!fd_write_all(mirror->fd, mirror->piece)) {
        mirror->error = errno;
    }
}

/* Whether the file still is what the task found: nobody's work is overwritten. */
static bool is_unchanged(const struct mirror *mirror)
{
    struct file_state now;
    file_look(mirror->path, &now);
    return !now.is_other &&
           (mirror->state.is_there ? file_is_same(&now, &mirror->state) : !now.is_there);
}

static void run_finish(uv_work_t *work)
{
    struct mirror *mirror = CONTAINER_OF(work, struct mirror, work);
    struct file_state wanted = file_of_object(&mirror->object);
    struct timespec time = {.tv_sec = (time_t)(wanted.mtime_ns / 1000000000),
                            .tv_nsec = (long)(wanted.mtime_ns % 1000000000)};
    struct timespec times[2] = {time, time};
    if (mirror->fd >= 0 && mirror->error == 0 && futimens(mirror->fd, times) != 0) {
        mirror->error = errno;
    }
    fd_close_at(&mirror->fd);
    mirror->fd = -1;
    if (mirror->error == 0 && is_unchanged(mirror) &&
        rename(mirror->temporary, mirror->path) == 0) {
        return;
    }
    (void)unlink(mirror->temporary);
}

static void run_remove(uv_work_t *work)
{
    struct mirror *mirror = CONTAINER_OF(work, struct mirror, work);
    char folder[MIRROR_PATH_MAX];
    if (!is_unchanged(mirror) || unlink(mirror->path) != 0) {
        return;
    }
    folder_of(mirror->path, folder);
    size_t root = strlen(mirror->dir);
    while (strlen(folder) > root && rmdir(folder) == 0) {
        *strrchr(folder, '/') = '\0';
    }
}

static void run_make_folder(uv_work_t *work)
{
    struct mirror *mirror = CONTAINER_OF(work, struct mirror, work);
    bool is_made = mirror->has_object && file_make_dirs(mirror->path, NULL) == STATUS_OK;
    if (!is_made && !mirror->has_object) {
        (void)rmdir(mirror->path); /* one that holds files stays */
    }
}

/* --- on the loop --- */

static void on_finished(uv_work_t *work, int status)
{
    struct mirror *mirror = CONTAINER_OF(work, struct mirror, work);
    (void)status;
    if (mirror->error == ENOTDIR || mirror->error == EISDIR) {
        mirror_trouble(mirror, "there is no file for",
                       "another key is a file where this one needs a folder, or the reverse");
    } else if (mirror->error != 0) {
        mirror_trouble(mirror, "cannot write", strerror(mirror->error));
    }
    mirror_task_done(mirror);
}

static void on_removed(uv_work_t *work, int status)
{
    (void)status;
    mirror_task_done(CONTAINER_OF(work, struct mirror, work));
}

static void finish(struct mirror *mirror)
{
    body_reader_destroy(mirror->reader);
    mirror->reader = NULL;
    uv_queue_work(mirror_loop(mirror), &mirror->work, run_finish, on_finished);
}

static void on_piece_written(uv_work_t *work, int status)
{
    struct mirror *mirror = CONTAINER_OF(work, struct mirror, work);
    (void)status;
    if (mirror->error != 0 || mirror->mirrors->is_closing) {
        mirror->error = mirror->error != 0 ? mirror->error : ECANCELED;
        finish(mirror);
    } else {
        body_reader_resume(mirror->reader);
    }
}

static bool on_data(void *ctx, struct slice bytes)
{
    struct mirror *mirror = ctx;
    mirror->piece = bytes; /* the reader keeps it while it is paused */
    uv_queue_work(mirror_loop(mirror), &mirror->work, run_piece, on_piece_written);
    return false;
}

static void on_end(void *ctx, enum status status)
{
    struct mirror *mirror = ctx;
    if (status != STATUS_OK) {
        mirror->error = EIO;
    }
    finish(mirror);
}

static void on_opened(uv_work_t *work, int status)
{
    struct mirror *mirror = CONTAINER_OF(work, struct mirror, work);
    const struct object *object = &mirror->object;
    const struct body_events events = {on_data, on_end, mirror};
    (void)status;
    if (mirror->error != 0 || mirror->bytes.ptr != NULL) {
        finish(mirror);
        return;
    }
    mirror->reader =
        body_reader_create(mirror_s3(mirror)->bodies, object_bodies(&mirror->arena, object),
                           object->part_count, 0, object->size, &events);
}

static bool is_folder(const struct mirror *mirror)
{
    return slice_ends_with(mirror_key(mirror), SLICE("/"));
}

void mirror_write_file(struct mirror *mirror)
{
    if (is_folder(mirror)) {
        mirror->error = 0;
        uv_queue_work(mirror_loop(mirror), &mirror->work, run_make_folder, on_removed);
        return;
    }
    char folder[MIRROR_PATH_MAX];
    folder_of(mirror->path, folder);
    mirror->temporary =
        arena_cstr(&mirror->arena, arena_printf(&mirror->arena, "%s/.sls-local.%llx", folder,
                                                (unsigned long long)mirror->object.number));
    uv_queue_work(mirror_loop(mirror), &mirror->work, run_open, on_opened);
}

void mirror_remove_file(struct mirror *mirror)
{
    uv_queue_work(mirror_loop(mirror), &mirror->work,
                  is_folder(mirror) ? run_make_folder : run_remove, on_removed);
}
