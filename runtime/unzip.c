/* Zips of code and layers, unpacked once per version of the file.
 *
 * A zip is not trusted with paths: names and links that lead out of its folder are refused, and the
 * whole may not grow beyond Lambda's limit. Links are made when all folders and files are there, so
 * none of these can be written through a link, and a link is made in real folders only. */
#include "core/file.h"
#include "core/mem.h"
#include "runtime/limits.h"
#include "runtime/plan.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <unzip.h>

enum { NAME_MAX_LEN = 4096, PIECE_LEN = 65536 };

struct unpacking {
    unzFile zip;
    const char *dir;
    uint64_t total;
    char name[NAME_MAX_LEN];
    char path[2 * NAME_MAX_LEN];
};

/* How deep below the root `path` ends when read from folder `depth` levels below it; -1 when it
 * leaves the root on its way. */
static int depth_after(struct slice path, int depth)
{
    struct slice rest = path;
    struct slice part;
    if (path.len == 0 || path.ptr[0] == '/' || slice_find(path, '\\') != SLICE_NPOS) {
        return -1;
    }
    while (depth >= 0 && slice_split(&rest, '/', &part)) {
        if (slice_is(part, "..")) {
            depth--;
        } else if (part.len > 0 && !slice_is(part, ".")) {
            depth++;
        }
    }
    return depth;
}

/* Links may climb only at their beginning, where every folder is a real one: behind the name of
 * another link, ".." leads who knows where. */
static bool climbs_late(struct slice target)
{
    struct slice rest = target;
    struct slice part;
    bool has_name = false;
    while (slice_split(&rest, '/', &part)) {
        bool is_up = slice_is(part, "..");
        if (is_up && has_name) {
            return true;
        }
        has_name |= !is_up && part.len > 0 && !slice_is(part, ".");
    }
    return false;
}

/* True when a folder on the way from the zip's root to `u->path` is a link. */
static bool runs_through_link(struct unpacking *u)
{
    bool is_link = false;
    for (char *c = u->path + strlen(u->dir) + 1; *c != '\0' && !is_link; c++) {
        if (*c == '/') {
            struct stat file;
            *c = '\0';
            is_link = lstat(u->path, &file) == 0 && S_ISLNK(file.st_mode);
            *c = '/';
        }
    }
    return is_link;
}

static enum status make_parent(struct unpacking *u, struct fault *reterr)
{
    char *slash = strrchr(u->path, '/');
    *slash = '\0';
    enum status status = file_make_dirs(u->path, reterr);
    *slash = '/';
    return status;
}

static enum status unpack_link(struct unpacking *u, struct fault *reterr)
{
    char target[NAME_MAX_LEN];
    struct slice name = slice_from(u->name);
    int len = unzReadCurrentFile(u->zip, target, sizeof target);
    if (len <= 0 || len == (int)sizeof target) {
        return fault_set(reterr, STATUS_INVALID, "%s: bad symbolic link", u->name);
    }
    target[len] = '\0';
    int parent_depth = depth_after(name, 0) - 1;
    if (climbs_late(name) || runs_through_link(u) || climbs_late(slice_from(target)) ||
        depth_after(slice_from(target), parent_depth) < 0) {
        return fault_set(reterr, STATUS_INVALID, "%s: symbolic link out of the zip", u->name);
    }
    if (symlink(target, u->path) != 0) {
        return fault_set(reterr, STATUS_UNAVAILABLE, "%s: %s", u->path, strerror(errno));
    }
    return STATUS_OK;
}

static enum status unpack_file(struct unpacking *u, mode_t mode, struct fault *reterr)
{
    char piece[PIECE_LEN];
    int count;
    AUTO_FD fd = open(u->path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    if (fd < 0) {
        return fault_set(reterr, STATUS_UNAVAILABLE, "%s: %s", u->path, strerror(errno));
    }
    while ((count = unzReadCurrentFile(u->zip, piece, sizeof piece)) > 0) {
        u->total += (uint64_t)count;
        if (u->total > CODE_UNZIPPED_MAX) {
            return fault_set(reterr, STATUS_LIMIT, "unzipped size must be smaller than %d bytes",
                             CODE_UNZIPPED_MAX);
        }
        if (!fd_write_all(fd, slice_of(piece, (size_t)count))) {
            return fault_set(reterr, STATUS_UNAVAILABLE, "%s: %s", u->path, strerror(errno));
        }
    }
    return count < 0 ? fault_set(reterr, STATUS_INVALID, "%s: damaged", u->name) : STATUS_OK;
}

static enum status unpack_content(struct unpacking *u, mode_t mode, struct fault *reterr)
{
    enum status status = make_parent(u, reterr);
    if (status != STATUS_OK) {
        return status;
    }
    if (unzOpenCurrentFile(u->zip) != UNZ_OK) {
        return fault_set(reterr, STATUS_INVALID, "%s: cannot be read", u->name);
    }
    status = S_ISLNK(mode)
                 ? unpack_link(u, reterr)
                 : unpack_file(u, (mode & 0777) != 0 ? (mode & 0777) | 0600 : 0755, reterr);
    if (unzCloseCurrentFile(u->zip) != UNZ_OK && status == STATUS_OK) {
        status = fault_set(reterr, STATUS_INVALID, "%s: checksum differs", u->name);
    }
    return status;
}

/* The current entry, when it is of the kind that is wanted now. */
static enum status unpack_entry(struct unpacking *u, bool wants_links, struct fault *reterr)
{
    unz_file_info64 entry;
    if (unzGetCurrentFileInfo64(u->zip, &entry, u->name, sizeof u->name, NULL, 0, NULL, 0) !=
            UNZ_OK ||
        entry.size_filename >= sizeof u->name) {
        return fault_set(reterr, STATUS_INVALID, "damaged directory of the zip");
    }
    struct slice name = slice_from(u->name);
    mode_t mode = (mode_t)(entry.external_fa >> 16);
    if (depth_after(name, 0) < 0) {
        return fault_set(reterr, STATUS_INVALID, "%s: a path out of the zip", u->name);
    }
    if (S_ISLNK(mode) != wants_links) {
        return STATUS_OK;
    }
    int len = snprintf(u->path, sizeof u->path, "%s/%s", u->dir, u->name);
    if (len < 0 || (size_t)len >= sizeof u->path) {
        return fault_set(reterr, STATUS_LIMIT, "%s: name too long", u->name);
    }
    return slice_ends_with(name, SLICE("/")) ? file_make_dirs(u->path, reterr)
                                             : unpack_content(u, mode, reterr);
}

static enum status unpack_all(struct unpacking *u, bool wants_links, struct fault *reterr)
{
    enum status status = STATUS_OK;
    int at = unzGoToFirstFile(u->zip);
    while (at == UNZ_OK && status == STATUS_OK) {
        status = unpack_entry(u, wants_links, reterr);
        at = unzGoToNextFile(u->zip);
    }
    if (status == STATUS_OK && at != UNZ_END_OF_LIST_OF_FILE) {
        status = fault_set(reterr, STATUS_INVALID, "damaged directory of the zip");
    }
    return status;
}

static enum status unpack(const char *zip_path, const char *dir, struct fault *reterr)
{
    struct unpacking *u = mem_zalloc(sizeof *u);
    enum status status;
    u->dir = dir;
    u->zip = unzOpen64(zip_path);
    if (u->zip == NULL || unzGoToFirstFile(u->zip) != UNZ_OK) {
        status = fault_set(reterr, STATUS_INVALID, "%s is not a zip file", zip_path);
    } else {
        status = unpack_all(u, false, reterr);
    }
    if (status == STATUS_OK) {
        status = unpack_all(u, true, reterr);
    }
    if (u->zip != NULL) {
        unzClose(u->zip);
    }
    mem_free(u);
    return status;
}

bool code_unzip(struct plan *plan, const struct plan_settings *settings, struct slice zip_path,
                const char **ret_dir)
{
    struct arena *arena = &plan->arena;
    struct stat file;
    struct fault fault;
    struct unpacked unpacked;
    const char *path = arena_cstr(arena, zip_path);
    if (stat(path, &file) != 0) {
        plan_fail(plan, PROBLEM_CANNOT_RUN, "%s: %s", path, strerror(errno));
        return false;
    }
    struct slice version =
        arena_printf(arena, "%s %lld.%09ld %lld", path, (long long)file.st_mtim.tv_sec,
                     file.st_mtim.tv_nsec, (long long)file.st_size);
    bool is_there = unpacked_find(plan, settings, "code", zip_path, version, &unpacked);
    *ret_dir = unpacked.dir;
    if (is_there) {
        return true;
    }
    enum status status = file_make_dirs(unpacked.partial, &fault);
    if (status == STATUS_OK) {
        status = unpack(path, unpacked.partial, &fault);
    }
    if (status == STATUS_OK) {
        status = unpacked_keep(&unpacked, &fault);
    }
    if (status != STATUS_OK) {
        plan_fail(plan, PROBLEM_CANNOT_RUN, "cannot unpack %s: %s", path, fault.text);
    }
    (void)!file_remove_tree(unpacked.partial, &fault);
    return status == STATUS_OK;
}
