/* Zips of code and layers, unpacked once per version of the file.
 *
 * A zip is not trusted with paths: names and links that lead out of its folder are refused, and the
 * whole may not grow beyond Lambda's limit. */
#include "core/file.h"
#include "core/id.h"
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

/* True when `path`, read from folder `depth` levels below the root, never climbs above the root. */
static bool stays_inside(struct slice path, int depth)
{
    struct slice rest = path;
    struct slice part;
    if (path.len == 0 || path.ptr[0] == '/' || slice_find(path, '\\') != SLICE_NPOS) {
        return false;
    }
    while (slice_split(&rest, '/', &part)) {
        if (slice_is(part, "..")) {
            depth--;
        } else if (part.len > 0 && !slice_is(part, ".")) {
            depth++;
        }
        if (depth < 0) {
            return false;
        }
    }
    return true;
}

static int depth_of(struct slice name)
{
    int depth = 0;
    for (size_t i = 0; i < name.len; i++) {
        depth += name.ptr[i] == '/' ? 1 : 0;
    }
    return depth;
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
    int len = unzReadCurrentFile(u->zip, target, sizeof target - 1);
    if (len <= 0) {
        return fault_set(reterr, STATUS_INVALID, "%s: bad symbolic link", u->name);
    }
    target[len] = '\0';
    if (!stays_inside(slice_from(target), depth_of(slice_from(u->name)))) {
        return fault_set(reterr, STATUS_INVALID, "%s: symbolic link out of the zip", u->name);
    }
    if (symlink(target, u->path) != 0 && errno != EEXIST) {
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
        if (write(fd, piece, (size_t)count) != count) {
            return fault_set(reterr, STATUS_UNAVAILABLE, "%s: %s", u->path, strerror(errno));
        }
    }
    return count < 0 ? fault_set(reterr, STATUS_INVALID, "%s: damaged", u->name) : STATUS_OK;
}

static enum status unpack_entry(struct unpacking *u, struct fault *reterr)
{
    unz_file_info64 entry;
    if (unzGetCurrentFileInfo64(u->zip, &entry, u->name, sizeof u->name, NULL, 0, NULL, 0) !=
            UNZ_OK ||
        entry.size_filename >= sizeof u->name) {
        return fault_set(reterr, STATUS_INVALID, "damaged directory of the zip");
    }
    struct slice name = slice_from(u->name);
    if (!stays_inside(name, 0)) {
        return fault_set(reterr, STATUS_INVALID, "%s: a path out of the zip", u->name);
    }
    int len = snprintf(u->path, sizeof u->path, "%s/%s", u->dir, u->name);
    if (len < 0 || (size_t)len >= sizeof u->path) {
        return fault_set(reterr, STATUS_LIMIT, "%s: name too long", u->name);
    }
    if (slice_ends_with(name, SLICE("/"))) {
        return file_make_dirs(u->path, reterr);
    }
    mode_t mode = (mode_t)(entry.external_fa >> 16);
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
    if (unzCloseCurrentFile(u->zip) == UNZ_CRCERROR && status == STATUS_OK) {
        status = fault_set(reterr, STATUS_INVALID, "%s: checksum differs", u->name);
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
        do {
            status = unpack_entry(u, reterr);
        } while (status == STATUS_OK && unzGoToNextFile(u->zip) == UNZ_OK);
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
    char id[24];
    const char *path = arena_cstr(arena, zip_path);
    if (stat(path, &file) != 0) {
        plan_fail(plan, PROBLEM_CANNOT_RUN, "%s: %s", path, strerror(errno));
        return false;
    }
    id_derived(id, 20,
               arena_printf(arena, "%s %lld.%09ld %lld", path, (long long)file.st_mtim.tv_sec,
                            file.st_mtim.tv_nsec, (long long)file.st_size));
    const char *dir = arena_cstr(arena, arena_printf(arena, "%s/code/%s", settings->data_dir, id));
    /* Two functions of one zip may unpack it at the same time: the first rename wins. */
    const char *partial = arena_cstr(arena, arena_printf(arena, "%s.%p", dir, (const void *)plan));
    *ret_dir = dir;
    if (file_is_dir(dir)) {
        return true;
    }
    enum status status = file_make_dirs(partial, &fault);
    if (status == STATUS_OK) {
        status = unpack(path, partial, &fault);
    }
    if (status == STATUS_OK && rename(partial, dir) != 0 && !file_is_dir(dir)) {
        status = fault_set(&fault, STATUS_UNAVAILABLE, "cannot make %s: %s", dir, strerror(errno));
    }
    if (status != STATUS_OK) {
        plan_fail(plan, PROBLEM_CANNOT_RUN, "cannot unpack %s: %s", path, fault.text);
    }
    (void)!file_remove_tree(partial, &fault);
    return status == STATUS_OK;
}
