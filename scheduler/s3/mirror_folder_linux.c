/* inotify: a watch on each folder, made before its files are listed, so that none is missed. While a walk goes on off
 * the loop, events wait in the kernel. */
#include "scheduler/s3/mirror_folder.h"

#include "core/arena.h"
#include "core/file.h"
#include "core/mem.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#define EVENTS (IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE | IN_ONLYDIR)
#define DEPTH_MAX 64 /* folders in folders; deeper ones are left alone */

/* A folder or file that a walk found; `wd` of a folder. */
struct found {
    struct found *next;
    int wd;            /* -1: a file */
    struct slice name; /* "a/" or "a/b.txt" */
};

struct walk {
    uv_work_t work;
    struct mirror_folder *folder;
    struct slice prefix;
    struct arena arena;
    struct found *first, **end;
    int error; /* errno of a watch that could not be made */
    struct walk *next;
};

struct mirror_folder {
    struct context *context;
    char *dir;
    struct mirror_folder_events events;
    int fd;
    uv_poll_t poll;
    char **prefixes; /* by watch descriptor; NULL: none */
    size_t prefix_count;
    struct walk *walks; /* the first is under way */
    bool has_poll, is_destroyed, has_told;
    void (*on_closed)(void *ctx);
    void *closed_ctx;
};

/* --- names --- */

static bool name_fits(struct slice name)
{
    return name.len > 0 && name.len < NAME_MAX && name.ptr[0] != '.' &&
           name.ptr[name.len - 1] != '~' && slice_is_utf8(name);
}

bool mirror_key_fits(struct slice key)
{
    struct slice part;
    size_t depth = 0;
    if (key.len == 0 || key.len > MIRROR_PATH_MAX / 2 || slice_find(key, '\0') != SLICE_NPOS) {
        return false;
    }
    while (slice_split(&key, '/', &part)) {
        bool is_end = key.ptr == NULL && part.len == 0; /* "a/" is a folder */
        if ((!is_end && !name_fits(part)) || ++depth > DEPTH_MAX) {
            return false;
        }
    }
    return true;
}

/* --- walking, on the pool --- */

static void add_found(struct walk *walk, struct slice prefix, struct slice name, bool is_folder,
                      int wd)
{
    struct found *found = arena_alloc(&walk->arena, sizeof(*found));
    found->wd = wd;
    found->name = arena_printf(&walk->arena, "%.*s%.*s%s", SLICE_ARG(prefix), SLICE_ARG(name),
                               is_folder ? "/" : "");
    *walk->end = found;
    walk->end = &found->next;
}

static enum { NOTHING, A_FILE, A_FOLDER } kind_of(const char *path)
{
    struct stat stat;
    if (lstat(path, &stat) != 0) {
        return NOTHING;
    }
    return S_ISREG(stat.st_mode) ? A_FILE : S_ISDIR(stat.st_mode) ? A_FOLDER : NOTHING;
}

/* Watches a folder, then lists it, then those in it: breadth first over what was found. */
static void list_folder(struct walk *walk, struct slice prefix, size_t depth)
{
    char path[MIRROR_PATH_MAX];
    int len = snprintf(path, sizeof(path), "%s/%.*s", walk->folder->dir, SLICE_ARG(prefix));
    if (len < 0 || len >= MIRROR_PATH_MAX - NAME_MAX || depth > DEPTH_MAX) {
        return;
    }
    int wd = inotify_add_watch(walk->folder->fd, path, EVENTS);
    if (wd < 0) {
        walk->error = errno;
        return;
    }
    add_found(walk, prefix, SLICE(""), false, wd);
    DIR *dir = opendir(path);
    const struct dirent *entry;
    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        struct slice name = slice_from(entry->d_name);
        if (!name_fits(name)) {
            continue;
        }
        snprintf(path + len, sizeof(path) - (size_t)len, "%s", entry->d_name);
        int kind = kind_of(path);
        if (kind == A_FILE) {
            add_found(walk, prefix, name, false, -1);
        } else if (kind == A_FOLDER) {
            list_folder(walk,
                        arena_printf(&walk->arena, "%.*s%s/", SLICE_ARG(prefix), entry->d_name),
                        depth + 1);
        }
    }
    if (dir != NULL) {
        (void)closedir(dir);
    }
}

static void run_walk(uv_work_t *work)
{
    struct walk *walk = CONTAINER_OF(work, struct walk, work);
    list_folder(walk, walk->prefix, 0);
}

/* --- closing --- */

static void maybe_close(struct mirror_folder *folder)
{
    if (!folder->is_destroyed || folder->walks != NULL || folder->has_poll) {
        return;
    }
    for (size_t i = 0; i < folder->prefix_count; i++) {
        mem_free(folder->prefixes[i]);
    }
    void (*on_closed)(void *ctx) = folder->on_closed;
    void *ctx = folder->closed_ctx;
    fd_close_at(&folder->fd);
    mem_free(folder->prefixes);
    mem_free(folder->dir);
    mem_free(folder);
    on_closed(ctx);
}

static void on_poll_closed(uv_handle_t *handle)
{
    struct mirror_folder *folder = CONTAINER_OF((uv_poll_t *)handle, struct mirror_folder, poll);
    folder->has_poll = false;
    maybe_close(folder);
}

void mirror_folder_destroy(struct mirror_folder *folder, void (*on_closed)(void *ctx), void *ctx)
{
    folder->is_destroyed = true;
    folder->on_closed = on_closed;
    folder->closed_ctx = ctx;
    if (folder->has_poll) {
        uv_close((uv_handle_t *)&folder->poll, on_poll_closed);
    } else {
        maybe_close(folder);
    }
}

/* --- walks, one after the other --- */

static void on_readable(uv_poll_t *poll, int status, int events);
static void on_walked(uv_work_t *work, int status);

static void start_walk(struct mirror_folder *folder)
{
    (void)uv_poll_stop(&folder->poll);
    uv_queue_work(folder->context->loop, &folder->walks->work, run_walk, on_walked);
}

static void add_walk(struct mirror_folder *folder, struct slice prefix)
{
    struct walk *walk = mem_zalloc(sizeof(*walk));
    arena_init(&walk->arena, 4096);
    walk->folder = folder;
    walk->prefix = arena_copy(&walk->arena, prefix);
    walk->end = &walk->first;
    struct walk **end = &folder->walks;
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = walk;
    alarms_hold(folder->context->alarms);
    if (folder->walks == walk) {
        start_walk(folder);
    }
}

static void set_prefix(struct mirror_folder *folder, int wd, struct slice prefix)
{
    size_t index = (size_t)wd;
    if (index >= folder->prefix_count) {
        size_t count = index + 64;
        folder->prefixes = mem_realloc(folder->prefixes, count * sizeof(*folder->prefixes));
        memset(folder->prefixes + folder->prefix_count, 0,
               (count - folder->prefix_count) * sizeof(*folder->prefixes));
        folder->prefix_count = count;
    }
    mem_free(folder->prefixes[index]);
    char *copy = mem_alloc(prefix.len + 1);
    memcpy(copy, prefix.ptr, prefix.len);
    copy[prefix.len] = '\0';
    folder->prefixes[index] = copy;
}

static void tell_trouble(struct mirror_folder *folder, int error)
{
    char text[256];
    if (error == 0 || error == ENOENT || error == ENOTDIR || folder->has_told) {
        return;
    }
    folder->has_told = true;
    snprintf(text, sizeof(text), "not all folders can be watched: %s%s", strerror(error),
             error == ENOSPC ? " (fs.inotify.max_user_watches)" : "");
    folder->events.on_trouble(folder->events.ctx, text);
}

static void take_walk(struct mirror_folder *folder, const struct walk *walk)
{
    for (const struct found *found = walk->first; found != NULL; found = found->next) {
        if (found->wd >= 0) {
            set_prefix(folder, found->wd, found->name);
        }
    }
    tell_trouble(folder, walk->error);
    for (const struct found *found = walk->first; found != NULL; found = found->next) {
        if (found->wd < 0) {
            folder->events.on_file(folder->events.ctx, found->name);
        }
    }
}

static void on_walked(uv_work_t *work, int status)
{
    struct walk *walk = CONTAINER_OF(work, struct walk, work);
    struct mirror_folder *folder = walk->folder;
    (void)status;
    if (!folder->is_destroyed) {
        take_walk(folder, walk);
    }
    folder->walks = walk->next;
    arena_finish(&walk->arena);
    mem_free(walk);
    alarms_release(folder->context->alarms);
    while (folder->is_destroyed && folder->walks != NULL) {
        walk = folder->walks;
        folder->walks = walk->next;
        arena_finish(&walk->arena);
        mem_free(walk);
        alarms_release(folder->context->alarms);
    }
    if (folder->walks != NULL) {
        start_walk(folder);
    } else if (!folder->is_destroyed) {
        (void)uv_poll_start(&folder->poll, UV_READABLE, on_readable);
    }
    maybe_close(folder);
}

/* --- events --- */

/* A folder that is gone: its watches, and those below, are no longer of ours. */
static void forget(struct mirror_folder *folder, struct slice prefix)
{
    for (size_t i = 0; i < folder->prefix_count; i++) {
        if (folder->prefixes[i] != NULL &&
            slice_starts_with(slice_from(folder->prefixes[i]), prefix)) {
            (void)inotify_rm_watch(folder->fd, (int)i);
            mem_free(folder->prefixes[i]);
            folder->prefixes[i] = NULL;
        }
    }
    folder->events.on_folder(folder->events.ctx, prefix);
}

static void take_event(struct mirror_folder *folder, const struct inotify_event *event)
{
    AUTO_ARENA arena = ARENA_INIT;
    if ((event->mask & IN_Q_OVERFLOW) != 0) {
        add_walk(folder, SLICE(""));
        folder->events.on_folder(folder->events.ctx, SLICE(""));
        return;
    }
    size_t index = (size_t)event->wd;
    if (event->wd < 0 || index >= folder->prefix_count || folder->prefixes[index] == NULL) {
        return;
    }
    if ((event->mask & IN_IGNORED) != 0) {
        mem_free(folder->prefixes[index]);
        folder->prefixes[index] = NULL;
        return;
    }
    if (event->len == 0 || !name_fits(slice_from(event->name))) {
        return;
    }
    bool is_folder = (event->mask & IN_ISDIR) != 0;
    struct slice key =
        arena_printf(&arena, "%s%s%s", folder->prefixes[index], event->name, is_folder ? "/" : "");
    if (is_folder && (event->mask & (IN_CREATE | IN_MOVED_TO)) != 0) {
        add_walk(folder, key);
    } else if (is_folder) {
        forget(folder, key);
    } else if ((event->mask & IN_CREATE) == 0) { /* a new file is looked at when it is written */
        folder->events.on_file(folder->events.ctx, key);
    }
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct mirror_folder *folder = CONTAINER_OF(poll, struct mirror_folder, poll);
    _Alignas(struct inotify_event) char bytes[16384];
    (void)status;
    (void)events;
    ssize_t len = read(folder->fd, bytes, sizeof(bytes));
    for (ssize_t at = 0; at < len;) {
        const struct inotify_event *event = (const void *)(bytes + at);
        take_event(folder, event);
        at += (ssize_t)(sizeof(*event) + event->len);
    }
}

/* --- life --- */

struct mirror_folder *mirror_folder_create(struct context *context, const char *dir,
                                           const struct mirror_folder_events *events)
{
    struct mirror_folder *folder = mem_zalloc(sizeof(*folder));
    folder->context = context;
    folder->dir = mem_strdup(dir);
    folder->events = *events;
    folder->fd = -1;
    return folder;
}

enum status mirror_folder_start(struct mirror_folder *folder, struct fault *reterr)
{
    enum status status = file_make_dirs(folder->dir, reterr);
    if (status != STATUS_OK) {
        return status;
    }
    folder->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (folder->fd < 0 || uv_poll_init(folder->context->loop, &folder->poll, folder->fd) != 0) {
        return fault_set(reterr, STATUS_UNAVAILABLE, "%s cannot be watched: %s", folder->dir,
                         strerror(errno));
    }
    folder->has_poll = true;
    add_walk(folder, SLICE(""));
    return STATUS_OK;
}
