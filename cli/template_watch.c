#include "cli/template_watch.h"

#include "core/mem.h"

#include <limits.h>

#define WATCHED_DIRECTORIES_MAX 64
#define SETTLE_MS 20

struct watched_directory {
    uv_fs_event_t event;
    char path[PATH_MAX];
    struct template_watch *watch;
};

struct template_watch {
    struct context *context;
    template_change_fn *on_change;
    void *ctx;
    struct watched_directory *directories[WATCHED_DIRECTORIES_MAX];
    size_t directory_count;
    uv_timer_t settle;
    struct arena arena; /* of `files` */
    struct slice *files;
    size_t file_count;
    struct slice changed; /* one of `files` */
};

struct template_watch *template_watch_create(struct context *context, template_change_fn *on_change,
                                             void *ctx)
{
    struct template_watch *watch = mem_zalloc(sizeof *watch);
    watch->context = context;
    watch->on_change = on_change;
    watch->ctx = ctx;
    arena_init(&watch->arena, 4096);
    uv_timer_init(context->loop, &watch->settle);
    uv_unref((uv_handle_t *)&watch->settle);
    watch->settle.data = watch;
    return watch;
}

static void on_settled(uv_timer_t *timer)
{
    struct template_watch *watch = timer->data;
    AUTO_ARENA arena = ARENA_INIT; /* the callback sets a new list of files */
    watch->on_change(watch->ctx, arena_copy(&arena, watch->changed));
}

static void on_event(uv_fs_event_t *handle, const char *name, int events, int status)
{
    (void)events;
    struct watched_directory *directory = CONTAINER_OF(handle, struct watched_directory, event);
    struct template_watch *watch = directory->watch;
    if (status != 0 || name == NULL) {
        return;
    }
    struct slice base = slice_from(directory->path);
    for (size_t i = 0; i < watch->file_count; i++) {
        struct slice file = watch->files[i];
        if (file.len == base.len + 1 + strlen(name) && slice_starts_with(file, base) &&
            slice_ends_with(file, slice_from(name))) {
            watch->changed = file;
            if (uv_is_active((uv_handle_t *)&watch->settle) == 0) {
                uv_timer_start(&watch->settle, on_settled, SETTLE_MS, 0);
            }
            return;
        }
    }
}

static void on_directory_closed(uv_handle_t *handle)
{
    mem_free(CONTAINER_OF((uv_fs_event_t *)handle, struct watched_directory, event));
}

static void forget_directories(struct template_watch *watch)
{
    for (size_t i = 0; i < watch->directory_count; i++) {
        uv_close((uv_handle_t *)&watch->directories[i]->event, on_directory_closed);
    }
    watch->directory_count = 0;
}

static void watch_directory_of(struct template_watch *watch, struct slice file)
{
    size_t slash = slice_rfind(file, '/');
    if (slash == SLICE_NPOS || slash == 0 || slash >= PATH_MAX ||
        watch->directory_count == WATCHED_DIRECTORIES_MAX) {
        return;
    }
    struct slice path = slice_take(file, slash);
    for (size_t i = 0; i < watch->directory_count; i++) {
        if (slice_is(path, watch->directories[i]->path)) {
            return;
        }
    }
    struct watched_directory *directory = mem_zalloc(sizeof *directory);
    directory->watch = watch;
    memcpy(directory->path, path.ptr, path.len);
    uv_fs_event_init(watch->context->loop, &directory->event);
    uv_unref((uv_handle_t *)&directory->event);
    watch->directories[watch->directory_count++] = directory;
    int error = uv_fs_event_start(&directory->event, on_event, directory->path, 0);
    if (error != 0) {
        log_line(watch->context->log, LOG_WARN, "cannot watch path=%s reason=\"%s\", ignoring",
                 directory->path, uv_strerror(error));
    }
}

static void add_file(struct template_watch *watch, struct slice path)
{
    watch->files[watch->file_count++] = arena_copy(&watch->arena, path);
    watch_directory_of(watch, path);
}

void template_watch_set(struct template_watch *watch, const struct slices *files, const char *extra)
{
    forget_directories(watch);
    arena_reset(&watch->arena);
    watch->file_count = 0;
    watch->files = arena_array(&watch->arena, files->count + 2, sizeof *watch->files);
    for (size_t i = 0; i < files->count; i++) {
        add_file(watch, files->items[i]);
    }
    char absolute[PATH_MAX];
    if (extra != NULL && realpath(extra, absolute) != NULL) {
        add_file(watch, slice_from(absolute));
    }
    if (files->count > 0) {
        size_t slash = slice_rfind(files->items[0], '/');
        if (slash != SLICE_NPOS) {
            struct slice dotenv = arena_printf(&watch->arena, "%.*s/.env",
                                               SLICE_ARG(slice_take(files->items[0], slash)));
            add_file(watch, dotenv);
        }
    }
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct template_watch *watch = handle->data;
    arena_finish(&watch->arena);
    mem_free(watch);
}

void template_watch_destroy(struct template_watch *watch)
{
    if (watch == NULL) {
        return;
    }
    forget_directories(watch);
    uv_close((uv_handle_t *)&watch->settle, on_timer_closed);
}
