#include "core/buf.h"
#include "core/file.h"
#include "core/mem.h"
#include "runtime/limits.h"
#include "runtime/watch.h"

#include <dirent.h>
#include <errno.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

/* Not IN_MODIFY: a file is complete when it is closed, and one that is kept open is a log. */
#define EVENTS                                                                                     \
    (IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB |            \
     IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_EXCL_UNLINK)

struct root {
    char *path;
    void *subject;
    uint32_t packages; /* node_modules within each other that are looked into */
    bool is_changed;
};

struct watch {
    struct context *context;
    watch_changed_fn *on_changed;
    void *ctx;
    char *ignored_dir;
    int fd;
    uv_poll_t poll;
    uv_timer_t timer;
    uv_prepare_t before_poll;
    bool is_current; /* read since the loop last waited */
    struct root *roots;
    size_t root_count;
    size_t root_cap;
    char **dirs; /* by watch descriptor; NULL: not ours (any more) */
    size_t dir_cap;
    size_t dir_count;
    char *changed_path;
    bool has_changes;
    bool needs_walk;
    bool has_complained;
    uint32_t open_handles;
    void (*on_closed)(void *ctx);
    void *closed_ctx;
};

static bool is_ignored_name(const char *name)
{
    static const char *const names[] = {
        ".git",          ".aws-sam", ".sls-local", "__pycache__", ".hg",         ".svn", ".venv",
        ".pytest_cache", ".idea",    ".vscode",    ".mypy_cache", ".serverless", "4913"};
    struct slice text = slice_from(name);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (slice_is(text, names[i])) {
            return true;
        }
    }
    /* What editors leave beside the file they write. */
    return slice_ends_with(text, SLICE("~")) || slice_ends_with(text, SLICE(".swp")) ||
           slice_ends_with(text, SLICE(".swx")) || slice_ends_with(text, SLICE(".pyc")) ||
           slice_starts_with(text, SLICE(".#"));
}

static bool is_within(const char *path, const char *folder)
{
    size_t len = strlen(folder);
    return strncmp(path, folder, len) == 0 && (path[len] == '/' || path[len] == '\0');
}

static void complain(struct watch *watch, const char *path, const char *reason)
{
    if (!watch->has_complained) {
        watch->has_complained = true;
        log_line(watch->context->log, LOG_WARN,
                 "cannot watch for changes path=%s reason=\"%s\" ignoring", path, reason);
    }
}

/* --- adding --- */

/* False when it was watched already, or cannot be. */
static bool add_dir(struct watch *watch, const char *path)
{
    if (watch->dir_count >= WATCHES_MAX) {
        complain(watch, path, "too many directories");
        return false;
    }
    int wd = inotify_add_watch(watch->fd, path, EVENTS);
    if (wd < 0) {
        if (errno != ENOENT && errno != ENOTDIR) {
            complain(watch, path, strerror(errno));
        }
        return false;
    }
    if ((size_t)wd >= watch->dir_cap) {
        size_t cap = (size_t)wd * 2 + 64;
        watch->dirs = mem_realloc(watch->dirs, cap * sizeof *watch->dirs);
        memset(watch->dirs + watch->dir_cap, 0, (cap - watch->dir_cap) * sizeof *watch->dirs);
        watch->dir_cap = cap;
    }
    if (watch->dirs[wd] != NULL) {
        return false;
    }
    watch->dirs[wd] = mem_strdup(path);
    watch->dir_count++;
    return true;
}

static bool is_directory(const char *folder, const struct dirent *entry, char *out, size_t max)
{
    int len = snprintf(out, max, "%s/%s", folder, entry->d_name);
    if (len < 0 || (size_t)len >= max) {
        return false;
    }
    return entry->d_type == DT_DIR || (entry->d_type == DT_UNKNOWN && file_is_dir(out));
}

static void add_tree(struct watch *watch, const char *path, uint32_t depth, uint32_t packages)
{
    const char *name = strrchr(path, '/');
    bool is_packages = name != NULL && depth > 0 && strcmp(name, "/node_modules") == 0;
    if (depth > WATCH_DEPTH_MAX || is_within(path, watch->ignored_dir)) {
        return;
    }
    /* Another root may have come by that does not look into packages. */
    bool is_new = add_dir(watch, path);
    if ((!is_new && packages == 0) || (is_packages && packages == 0)) {
        return;
    }
    packages -= is_packages ? 1 : 0;
    DIR *dir = opendir(path);
    struct dirent *entry;
    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        char child[4096];
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
            !is_ignored_name(entry->d_name) && is_directory(path, entry, child, sizeof child)) {
            add_tree(watch, child, depth + 1, packages);
        }
    }
    if (dir != NULL) {
        closedir(dir);
    }
}

static void add_root(struct watch *watch, const struct root *root)
{
    const char *path = root->path;
    struct stat status;
    if (stat(path, &status) == 0 && S_ISDIR(status.st_mode)) {
        add_tree(watch, path, 0, root->packages);
    }
    /* Its folder too: a zip is replaced, a build directory is removed and made again. */
    const char *slash = strrchr(path, '/');
    if (slash != NULL && slash != path) {
        AUTO_BUF parent = BUF_INIT(4096);
        buf_append(&parent, slice_of(path, (size_t)(slash - path)));
        (void)add_dir(watch, buf_cstr(&parent));
    }
}

static void walk(struct watch *watch)
{
    if (watch->needs_walk) {
        watch->needs_walk = false;
        for (size_t i = 0; i < watch->root_count; i++) {
            add_root(watch, &watch->roots[i]);
        }
    }
}

/* --- changes --- */

static void note_change(struct watch *watch, const char *path, bool may_be_root_only)
{
    if (is_within(path, watch->ignored_dir)) {
        return;
    }
    for (size_t i = 0; i < watch->root_count; i++) {
        if (is_within(path, watch->roots[i].path)) {
            watch->roots[i].is_changed = true;
            watch->has_changes = true;
        }
    }
    (void)may_be_root_only;
    if (watch->has_changes && watch->changed_path == NULL) {
        watch->changed_path = mem_strdup(path);
    }
}

/* How many node_modules a path below a root leads through. */
static uint32_t packages_in(const char *path)
{
    static const char name[] = "/node_modules";
    uint32_t count = 0;
    while ((path = strstr(path, name)) != NULL) {
        path += sizeof name - 1;
        count += *path == '/' || *path == '\0';
    }
    return count;
}

static void take_event(struct watch *watch, const struct inotify_event *event)
{
    if ((event->mask & IN_Q_OVERFLOW) != 0) { /* we missed some: all may have changed */
        for (size_t i = 0; i < watch->root_count; i++) {
            watch->roots[i].is_changed = true;
        }
        watch->has_changes = watch->root_count > 0;
        return;
    }
    if (event->wd < 0 || (size_t)event->wd >= watch->dir_cap || watch->dirs[event->wd] == NULL) {
        return;
    }
    const char *dir = watch->dirs[event->wd];
    if ((event->mask & IN_IGNORED) != 0) {
        mem_free(watch->dirs[event->wd]);
        watch->dirs[event->wd] = NULL;
        watch->dir_count--;
        return;
    }
    const char *name = event->len > 0 ? event->name : "";
    if (name[0] == '\0' || is_ignored_name(name)) {
        return;
    }
    char path[4096];
    int len = snprintf(path, sizeof path, "%s/%s", dir, name);
    if (len < 0 || (size_t)len >= sizeof path) {
        return;
    }
    note_change(watch, path, false);
    bool is_new_dir =
        (event->mask & IN_ISDIR) != 0 && (event->mask & (IN_CREATE | IN_MOVED_TO)) != 0;
    for (size_t i = 0; is_new_dir && i < watch->root_count; i++) {
        const struct root *root = &watch->roots[i];
        if (!is_within(path, root->path)) {
            continue;
        }
        bool is_below = is_within(dir, root->path); /* else the root itself is new */
        uint32_t entered = is_below ? packages_in(dir + strlen(root->path)) : 0;
        if (entered <= root->packages) {
            add_tree(watch, path, 1, root->packages - entered);
        }
    }
}

static void collect(struct watch *watch)
{
    _Alignas(struct inotify_event) char bytes[16384];
    ssize_t count;
    while ((count = read(watch->fd, bytes, sizeof bytes)) > 0) {
        for (ssize_t at = 0; at < count;) {
            const struct inotify_event *event = (const void *)(bytes + at);
            take_event(watch, event);
            at += (ssize_t)(sizeof *event + event->len);
        }
    }
}

static void tell(struct watch *watch)
{
    if (!watch->has_changes) {
        return;
    }
    char *path = watch->changed_path;
    watch->changed_path = NULL;
    watch->has_changes = false;
    for (size_t i = 0; i < watch->root_count; i++) {
        if (!watch->roots[i].is_changed) {
            continue;
        }
        void *subject = watch->roots[i].subject;
        for (size_t j = i; j < watch->root_count; j++) {
            if (watch->roots[j].subject == subject) {
                watch->roots[j].is_changed = false;
            }
        }
        watch->on_changed(watch->ctx, subject, slice_from(path));
    }
    mem_free(path);
}

static void drain(struct watch *watch)
{
    walk(watch);
    collect(watch);
    tell(watch);
}

void watch_drain(struct watch *watch)
{
    if (watch->needs_walk || watch->has_changes || !watch->is_current) {
        watch->is_current = true;
        drain(watch);
    }
}

/* What the loop finds when it has waited may have been caused by a change; what it finds later in
 * the same round was there by then. */
static void on_before_poll(uv_prepare_t *before_poll)
{
    CONTAINER_OF(before_poll, struct watch, before_poll)->is_current = false;
}

static void on_timer(uv_timer_t *timer)
{
    drain(CONTAINER_OF(timer, struct watch, timer));
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct watch *watch = CONTAINER_OF(poll, struct watch, poll);
    (void)status;
    (void)events;
    collect(watch);
    if (watch->has_changes) {
        uv_timer_start(&watch->timer, on_timer, WATCH_QUIET_MS, 0);
    }
}

/* --- life --- */

struct watch *watch_create(struct context *context, const char *ignored_dir,
                           watch_changed_fn *on_changed, void *ctx)
{
    int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (fd < 0) {
        log_line(context->log, LOG_WARN, "cannot watch for changes reason=\"%s\" ignoring",
                 strerror(errno));
        return NULL;
    }
    struct watch *watch = mem_zalloc(sizeof *watch);
    watch->context = context;
    watch->on_changed = on_changed;
    watch->ctx = ctx;
    watch->ignored_dir = mem_strdup(ignored_dir);
    watch->fd = fd;
    uv_poll_init(context->loop, &watch->poll, fd);
    uv_timer_init(context->loop, &watch->timer);
    uv_poll_start(&watch->poll, UV_READABLE, on_readable);
    uv_unref((uv_handle_t *)&watch->poll);
    uv_unref((uv_handle_t *)&watch->timer);
    uv_prepare_init(context->loop, &watch->before_poll);
    uv_prepare_start(&watch->before_poll, on_before_poll);
    uv_unref((uv_handle_t *)&watch->before_poll);
    return watch;
}

void watch_add(struct watch *watch, struct slice path, enum watch_depth depth, void *subject)
{
    while (path.len > 1 && path.ptr[path.len - 1] == '/') {
        path = slice_take(path, path.len - 1);
    }
    if (watch->root_count == watch->root_cap) {
        watch->root_cap = watch->root_cap * 2 + 16;
        watch->roots = mem_realloc(watch->roots, watch->root_cap * sizeof *watch->roots);
    }
    char *copy = mem_zalloc(path.len + 1);
    memcpy(copy, path.ptr, path.len);
    watch->roots[watch->root_count++] =
        (struct root){copy, subject, depth == WATCH_PACKAGES ? 1 : 0, false};
    watch->needs_walk = true;
    uv_timer_start(&watch->timer, on_timer, WATCH_BEGIN_MS, 0);
}

void watch_clear(struct watch *watch)
{
    for (size_t i = 0; i < watch->root_count; i++) {
        mem_free(watch->roots[i].path);
    }
    for (size_t wd = 0; wd < watch->dir_cap; wd++) {
        if (watch->dirs[wd] != NULL) {
            inotify_rm_watch(watch->fd, (int)wd);
            mem_free(watch->dirs[wd]);
            watch->dirs[wd] = NULL;
        }
    }
    mem_free(watch->changed_path);
    watch->changed_path = NULL;
    watch->root_count = 0;
    watch->dir_count = 0;
    watch->has_changes = false;
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct watch *watch = handle->data;
    if (--watch->open_handles > 0) {
        return;
    }
    void (*on_closed)(void *) = watch->on_closed;
    void *ctx = watch->closed_ctx;
    close(watch->fd);
    mem_free(watch->roots);
    mem_free(watch->dirs);
    mem_free(watch->ignored_dir);
    mem_free(watch);
    on_closed(ctx);
}

void watch_destroy(struct watch *watch, void (*on_closed)(void *ctx), void *ctx)
{
    watch_clear(watch);
    watch->on_closed = on_closed;
    watch->closed_ctx = ctx;
    watch->open_handles = 3;
    watch->poll.data = watch->timer.data = watch->before_poll.data = watch;
    uv_close((uv_handle_t *)&watch->poll, on_handle_closed);
    uv_close((uv_handle_t *)&watch->timer, on_handle_closed);
    uv_close((uv_handle_t *)&watch->before_poll, on_handle_closed);
}
