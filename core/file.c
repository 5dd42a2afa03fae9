#include "core/file.h"

#include "core/id.h"
#include "core/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

void fd_close_at(int *fd)
{
    if (*fd >= 0) {
        close(*fd);
    }
}

static enum status status_of_errno(int error)
{
    switch (error) {
    case ENOENT:
    case ENOTDIR:
        return STATUS_NOT_FOUND;
    case EACCES:
    case EPERM:
    case EROFS:
        return STATUS_DENIED;
    default:
        return STATUS_UNAVAILABLE;
    }
}

static enum status fail(struct fault *reterr, int error, const char *what, const char *path)
{
    char reason[128];
    if (strerror_r(error, reason, sizeof(reason)) != 0) {
        (void)snprintf(reason, sizeof(reason), "error %d", error);
    }
    return fault_set(reterr, status_of_errno(error), "cannot %s %s: %s", what, path, reason);
}

static bool read_all(int fd, struct buf *buf)
{
    for (;;) {
        size_t room = buf->max - buf->len;
        /* At the limit one byte more is asked for, to tell a full buffer from a larger file. */
        char beyond;
        char *at = room != 0 ? buf_reserve(buf, room < 65536 ? room : 65536) : &beyond;
        size_t len = room == 0 ? 1 : room < 65536 ? room : 65536;
        ssize_t count = read(fd, at, len);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            return count == 0;
        }
        if (room == 0) {
            errno = EFBIG;
            return false;
        }
        buf_advance(buf, (size_t)count);
    }
}

enum status file_read(const char *path, struct buf *ret_bytes, struct fault *reterr)
{
    if (buf_status(ret_bytes) != STATUS_OK) {
        return fault_set(reterr, STATUS_LIMIT, "cannot read %s: the buffer is full", path);
    }
    AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return fail(reterr, errno, "read", path);
    }
    size_t before = ret_bytes->len;
    struct stat st;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 &&
        (uint64_t)st.st_size <= ret_bytes->max - before) {
        buf_reserve(ret_bytes, (size_t)st.st_size); /* no growing in steps */
    }
    if (!read_all(fd, ret_bytes)) {
        int error = errno;
        ret_bytes->len = before;
        if (error == EFBIG) {
            return fault_set(reterr, STATUS_LIMIT, "cannot read %s: larger than %zu bytes", path,
                             ret_bytes->max - before);
        }
        return fail(reterr, error, "read", path);
    }
    return STATUS_OK;
}

bool fd_write_all(int fd, struct slice bytes)
{
    while (bytes.len > 0) {
        ssize_t count = write(fd, bytes.ptr, bytes.len);
        if (count < 0 && errno != EINTR) {
            return false;
        }
        bytes = slice_skip(bytes, count > 0 ? (size_t)count : 0);
    }
    return true;
}

static int write_new(const char *path, struct slice bytes, mode_t mode, bool is_synced)
{
    AUTO_FD fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0) {
        return errno;
    }
    if (!fd_write_all(fd, bytes) || (is_synced && fsync(fd) != 0)) {
        int error = errno;
        (void)unlink(path);
        return error;
    }
    return 0;
}

static const char *temporary_name(struct buf *out, const char *path)
{
    unsigned char random[8];
    char suffix[2 * sizeof(random) + 1];
    id_random(random, sizeof(random));
    id_hex(suffix, random, sizeof(random));
    buf_printf(out, "%s.%s", path, suffix);
    return buf_cstr(out);
}

enum status file_write(const char *path, struct slice bytes, struct fault *reterr)
{
    AUTO_BUF name = BUF_INIT(SIZE_MAX / 2);
    const char *temporary = temporary_name(&name, path);
    int error = write_new(temporary, bytes, 0644, false);
    if (error == 0 && rename(temporary, path) != 0) {
        error = errno;
        (void)unlink(temporary);
    }
    return error == 0 ? STATUS_OK : fail(reterr, error, "write", path);
}

enum status file_create_private(const char *path, struct slice bytes, struct fault *reterr)
{
    AUTO_BUF name = BUF_INIT(SIZE_MAX / 2);
    const char *temporary = temporary_name(&name, path);
    int error = write_new(temporary, bytes, 0600, true);
    if (error == 0) {
        error = link(temporary, path) != 0 ? errno : 0; /* unlike rename() it replaces nothing */
        (void)unlink(temporary);
    }
    if (error == EEXIST) {
        return fault_set(reterr, STATUS_CONFLICT, "%s is there already", path);
    }
    return error == 0 ? STATUS_OK : fail(reterr, error, "write", path);
}

static int make_dir(const char *path)
{
    if (mkdir(path, 0755) == 0 || (errno == EEXIST && file_is_dir(path))) {
        return 0;
    }
    return errno;
}

enum status file_make_dirs(const char *path, struct fault *reterr)
{
    char *prefix = mem_strdup(path);
    int error = 0;
    for (char *c = prefix; *c != '\0' && error == 0; c++) {
        if (*c == '/' && c != prefix) {
            *c = '\0';
            error = make_dir(prefix);
            *c = '/';
        }
    }
    mem_free(prefix);
    if (error == 0) {
        error = make_dir(path);
    }
    return error == 0 ? STATUS_OK : fail(reterr, error, "make directory", path);
}

/* Removing a tree that a handler may have built to be unpleasant: directories without permissions,
 * and nested deeper than we have descriptors or stack for. Below REMOVE_DEPTH_MAX a directory is
 * moved up to the root of the tree, whose own loop comes past it again. */
#define REMOVE_DEPTH_MAX 32

struct removal {
    int root_fd;
    uint64_t moved_count;
};

static int open_dir_at(int parent_fd, const char *name)
{
    const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    int fd = openat(parent_fd, name, flags);
    if (fd < 0 && errno == EACCES && fchmodat(parent_fd, name, 0700, 0) == 0) {
        fd = openat(parent_fd, name, flags);
    }
    struct stat st;
    if (fd >= 0 && fstat(fd, &st) == 0 && (st.st_mode & 0700) != 0700) {
        (void)fchmod(fd, 0700); /* without it unlinkat() fails below, and says why */
    }
    return fd;
}

static int move_to_root(struct removal *removal, int dir_fd, const char *name)
{
    char moved[40];
    do {
        (void)snprintf(moved, sizeof(moved), ".sls-removed-%llu",
                       (unsigned long long)removal->moved_count++);
    } while (faccessat(removal->root_fd, moved, F_OK, AT_SYMLINK_NOFOLLOW) == 0);
    return renameat(dir_fd, name, removal->root_fd, moved) == 0 ? 0 : errno;
}

static int remove_contents(struct removal *removal, int dir_fd, unsigned depth);

static int remove_entry(struct removal *removal, int dir_fd, const char *name, unsigned depth)
{
    if (unlinkat(dir_fd, name, 0) == 0 || errno == ENOENT) {
        return 0;
    }
    if (errno != EISDIR && errno != EPERM) {
        return errno;
    }
    if (unlinkat(dir_fd, name, AT_REMOVEDIR) == 0) {
        return 0;
    }
    if (errno != ENOTEMPTY && errno != EEXIST) {
        return errno;
    }
    if (depth == REMOVE_DEPTH_MAX) {
        return move_to_root(removal, dir_fd, name);
    }
    int child_fd = open_dir_at(dir_fd, name);
    if (child_fd < 0) {
        return errno;
    }
    int error = remove_contents(removal, child_fd, depth + 1);
    if (error == 0 && unlinkat(dir_fd, name, AT_REMOVEDIR) != 0) {
        error = errno;
    }
    return error;
}

/* Takes `dir_fd`. Reads the directory until a whole pass finds nothing: what readdir() shows of
 * entries that come and go during a pass is unspecified. */
static int remove_contents(struct removal *removal, int dir_fd, unsigned depth)
{
    DIR *dir = fdopendir(dir_fd);
    if (dir == NULL) {
        int error = errno;
        close(dir_fd);
        return error;
    }
    int error = 0;
    bool found_some = true;
    while (found_some && error == 0) {
        found_some = false;
        rewinddir(dir);
        for (struct dirent *entry; error == 0 && (entry = readdir(dir)) != NULL;) {
            if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
                found_some = true;
                error = remove_entry(removal, dir_fd, entry->d_name, depth);
            }
        }
    }
    closedir(dir);
    return error;
}

enum status file_remove_tree(const char *path, struct fault *reterr)
{
    struct stat st;
    if (lstat(path, &st) != 0) {
        return errno == ENOENT ? STATUS_OK : fail(reterr, errno, "remove", path);
    }
    int error = 0;
    if (!S_ISDIR(st.st_mode)) {
        error = unlink(path) == 0 ? 0 : errno;
    } else {
        struct removal removal = {.root_fd = open_dir_at(AT_FDCWD, path)};
        error = removal.root_fd < 0 ? errno : remove_contents(&removal, removal.root_fd, 0);
        if (error == 0 && rmdir(path) != 0) {
            error = errno;
        }
    }
    return error == 0 || error == ENOENT ? STATUS_OK : fail(reterr, error, "remove", path);
}

bool file_is_dir(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

bool file_is_regular(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}
