#include "cli/data_dir.h"

#include "core/file.h"
#include "core/json.h"
#include "core/json_writer.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define ENDPOINTS_MAX (1u << 20)
#define TEMPORARY_PREFIX "sls-local-"
/* A file in it: a directory of --data may have a name like that. */
#define TEMPORARY_MARK "temporary"
#define LOCK_WAIT_MS 500
#define LOCK_RETRY_MS 10

static bool join(char out[PATH_MAX], const char *dir, const char *name)
{
    int len = snprintf(out, PATH_MAX, "%s/%s", dir, name);
    return len > 0 && len < PATH_MAX;
}

static enum status fault_held(const struct data_dir *dir, int fd, struct fault *reterr)
{
    char holder[128] = "";
    ssize_t len = pread(fd, holder, sizeof holder - 1, 0);
    struct slice text = slice_trim(slice_of(holder, len > 0 ? (size_t)len : 0));
    return fault_set(reterr, STATUS_CONFLICT,
                     "%s is in use by another sls-local (process %.*s); stop it, or give this one "
                     "a directory of its own with --data DIR",
                     dir->path, SLICE_ARG(text));
}

/* One that was just killed may not be gone yet: the kernel takes its memory apart first. */
static bool lock_soon(int fd)
{
    const struct timespec pause = {.tv_nsec = LOCK_RETRY_MS * 1000000L};
    for (int waited_ms = 0; flock(fd, LOCK_EX | LOCK_NB) != 0; waited_ms += LOCK_RETRY_MS) {
        if (errno != EWOULDBLOCK || waited_ms >= LOCK_WAIT_MS) {
            return false;
        }
        nanosleep(&pause, NULL);
    }
    return true;
}

static enum status lock(struct data_dir *dir, struct fault *reterr)
{
    char path[PATH_MAX];
    if (!join(path, dir->path, "lock")) {
        return fault_set(reterr, STATUS_LIMIT, "%s: path too long", dir->path);
    }
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0) {
        return fault_set(reterr, STATUS_UNAVAILABLE, "%s: %s", path, strerror(errno));
    }
    if (!lock_soon(fd)) {
        enum status status = errno == EWOULDBLOCK ? fault_held(dir, fd, reterr)
                                                  : fault_set(reterr, STATUS_UNAVAILABLE, "%s: %s",
                                                              path, strerror(errno));
        close(fd);
        return status;
    }
    char pid[32];
    int len = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
    if (ftruncate(fd, 0) != 0 || pwrite(fd, pid, (size_t)len, 0) != len) {
        enum status status = fault_set(reterr, STATUS_UNAVAILABLE, "%s: %s", path, strerror(errno));
        close(fd);
        return status;
    }
    dir->lock_fd = fd;
    return STATUS_OK;
}

enum status data_dir_hold(struct data_dir *dir, const char *path, struct fault *reterr)
{
    *dir = (struct data_dir){.lock_fd = -1};
    enum status status = file_make_dirs(path, reterr);
    if (status != STATUS_OK) {
        return status;
    }
    if (realpath(path, dir->path) == NULL) {
        return fault_set(reterr, STATUS_UNAVAILABLE, "%s: %s", path, strerror(errno));
    }
    return lock(dir, reterr);
}

/* It is a temporary one of ours, its lock tells a process, and nobody holds it. */
static bool is_left_behind(const char *dir)
{
    char path[PATH_MAX];
    struct stat stat;
    if (lstat(dir, &stat) != 0 || !S_ISDIR(stat.st_mode) || stat.st_uid != geteuid() ||
        !join(path, dir, TEMPORARY_MARK) || access(path, F_OK) != 0 || !join(path, dir, "lock")) {
        return false;
    }
    AUTO_FD fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    return fd >= 0 && fstat(fd, &stat) == 0 && stat.st_size > 0 &&
           flock(fd, LOCK_EX | LOCK_NB) == 0;
}

/* A run that was killed could not remove its own. */
static void remove_left_behind(const char *base)
{
    DIR *entries = opendir(base);
    struct dirent *entry;
    while (entries != NULL && (entry = readdir(entries)) != NULL) {
        char path[PATH_MAX];
        struct fault fault;
        if (slice_starts_with(slice_from(entry->d_name), SLICE(TEMPORARY_PREFIX)) &&
            join(path, base, entry->d_name) && is_left_behind(path) &&
            file_remove_tree(path, &fault) != STATUS_OK) {
            fprintf(stderr, "sls-local: %s, ignoring\n", fault.text);
        }
    }
    if (entries != NULL) {
        closedir(entries);
    }
}

enum status data_dir_hold_temporary(struct data_dir *dir, struct fault *reterr)
{
    *dir = (struct data_dir){.lock_fd = -1};
    const char *base = getenv("XDG_RUNTIME_DIR");
    if (base == NULL || base[0] != '/' || access(base, W_OK) != 0) {
        base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    }
    remove_left_behind(base);
    if (!join(dir->path, base, TEMPORARY_PREFIX "XXXXXX") || mkdtemp(dir->path) == NULL) {
        return fault_set(reterr, STATUS_UNAVAILABLE, "no temporary directory below %s: %s", base,
                         strerror(errno));
    }
    dir->is_temporary = true;
    enum status status = lock(dir, reterr);
    char path[PATH_MAX];
    if (status == STATUS_OK && join(path, dir->path, TEMPORARY_MARK)) {
        AUTO_FD mark = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        (void)mark; /* without it the directory is only kept after a kill */
    }
    return status;
}

void data_dir_release(struct data_dir *dir)
{
    if (dir->lock_fd < 0) {
        return;
    }
    struct fault ignored;
    char path[PATH_MAX];
    if (dir->is_temporary) {
        if (file_remove_tree(dir->path, &ignored) != STATUS_OK) {
            fprintf(stderr, "sls-local: %s, ignoring\n", ignored.text);
        }
    } else if (join(path, dir->path, "endpoints.json")) {
        unlink(path);
    }
    close(dir->lock_fd);
    dir->lock_fd = -1;
}

const char *data_dir_file(struct arena *arena, const struct data_dir *dir, const char *name)
{
    struct slice path = arena_printf(arena, "%s/%s", dir->path, name);
    return arena_cstr(arena, path);
}

enum status data_dir_find(const char *wanted, struct data_dir *ret_dir, struct fault *reterr)
{
    *ret_dir = (struct data_dir){.lock_fd = -1};
    if (wanted != NULL) {
        return realpath(wanted, ret_dir->path) != NULL
                   ? STATUS_OK
                   : fault_set(reterr, STATUS_NOT_FOUND, "%s: %s", wanted, strerror(errno));
    }
    char at[PATH_MAX];
    if (getcwd(at, sizeof at) == NULL) {
        return fault_set(reterr, STATUS_UNAVAILABLE, "current directory: %s", strerror(errno));
    }
    for (;;) {
        if (join(ret_dir->path, at, DATA_DIR_NAME) && file_is_dir(ret_dir->path)) {
            return STATUS_OK;
        }
        char *slash = strrchr(at, '/');
        if (slash == NULL || at[1] == '\0') {
            return fault_set(reterr, STATUS_NOT_FOUND,
                             "no " DATA_DIR_NAME " here or above: start `sls-local up` first, or "
                             "name its directory with --data DIR");
        }
        slash[slash == at ? 1 : 0] = '\0';
    }
}

const char *data_dir_beside(struct arena *arena, const char *template_path)
{
    static const struct slice built = SLICE_INIT(".aws-sam/build");
    struct slice directory = SLICE(".");
    if (template_path != NULL) {
        directory = slice_from(dirname(arena_cstr(arena, slice_from(template_path))));
    }
    if (slice_eq(directory, built)) {
        directory = SLICE(".");
    } else if (slice_ends_with(directory, SLICE("/.aws-sam/build"))) {
        directory = slice_take(directory, directory.len - built.len - 1);
    }
    return arena_cstr(arena, arena_printf(arena, "%.*s/" DATA_DIR_NAME, SLICE_ARG(directory)));
}

static void write_list(struct json_writer *w, const char *name, const struct endpoint *items,
                       size_t count)
{
    json_key_text(w, name);
    json_open(w, '{');
    for (size_t i = 0; i < count; i++) {
        json_write_key(w, items[i].name);
        json_write_string(w, items[i].url);
    }
    json_close(w, '}');
}

enum status endpoints_write(const struct data_dir *dir, const struct endpoints *endpoints,
                            struct fault *reterr)
{
    AUTO_BUF text = BUF_INIT(ENDPOINTS_MAX);
    struct json_writer w = json_writer_init(&text);
    json_open(&w, '{');
    json_put_i64(&w, "pid", endpoints->pid);
    json_put_string(&w, "edge", endpoints->edge);
    write_list(&w, "apis", endpoints->apis, endpoints->api_count);
    write_list(&w, "urls", endpoints->urls, endpoints->url_count);
    write_list(&w, "distributions", endpoints->distributions, endpoints->distribution_count);
    if (endpoints->ca.len != 0) {
        json_put_string(&w, "ca", endpoints->ca);
    }
    json_close(&w, '}');
    buf_append_char(&text, '\n');
    char path[PATH_MAX];
    if (!join(path, dir->path, "endpoints.json")) {
        return fault_set(reterr, STATUS_LIMIT, "%s: path too long", dir->path);
    }
    return file_write(path, buf_slice(&text), reterr);
}

/* The lock is free exactly when no `up` lives there, whatever files it left behind. */
static bool is_held(const struct data_dir *dir)
{
    char path[PATH_MAX];
    if (!join(path, dir->path, "lock")) {
        return false;
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    bool held = flock(fd, LOCK_SH | LOCK_NB) != 0;
    close(fd);
    return held;
}

static struct endpoint *read_list(struct arena *arena, const struct json *list, size_t *ret_count)
{
    struct endpoint *items = arena_array(arena, json_count(list) + 1, sizeof *items);
    *ret_count = 0;
    for (const struct json *item = json_first(list); item != NULL; item = json_next(item)) {
        items[(*ret_count)++] = (struct endpoint){arena_copy(arena, json_key(item)),
                                                  arena_copy(arena, json_text(item))};
    }
    return items;
}

enum status endpoints_read(struct arena *arena, const struct data_dir *dir,
                           struct endpoints *ret_endpoints, struct fault *reterr)
{
    AUTO_BUF text = BUF_INIT(ENDPOINTS_MAX);
    char path[PATH_MAX];
    if (!is_held(dir) || !join(path, dir->path, "endpoints.json") ||
        file_read(path, &text, reterr) != STATUS_OK) {
        return fault_set(reterr, STATUS_NOT_FOUND, "no running `sls-local up` holds %s", dir->path);
    }
    AUTO_JSON *root = NULL;
    enum status status = json_parse(buf_slice(&text), &root, reterr);
    if (status != STATUS_OK) {
        return status;
    }
    *ret_endpoints = (struct endpoints){
        .pid = (int64_t)json_number(json_get(root, "pid")),
        .edge = arena_copy(arena, json_text(json_get(root, "edge"))),
        .ca = arena_copy(arena, json_text(json_get(root, "ca"))),
    };
    ret_endpoints->apis = read_list(arena, json_get(root, "apis"), &ret_endpoints->api_count);
    ret_endpoints->urls = read_list(arena, json_get(root, "urls"), &ret_endpoints->url_count);
    ret_endpoints->distributions =
        read_list(arena, json_get(root, "distributions"), &ret_endpoints->distribution_count);
    return STATUS_OK;
}
