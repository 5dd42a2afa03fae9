#include "store/copy/copy_folder.h"

#include "core/file.h"

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>

#define FOLDER_DEPTH_MAX 32
#define NAME_LEN_MAX 255

const struct problem *copy_folder_check(struct arena *arena, const char *member,
                                        struct slice prefix)
{
    struct slice rest = prefix;
    struct slice part;
    bool is_fine = true;
    for (size_t i = 0; i < prefix.len && is_fine; i++) {
        is_fine = (unsigned char)prefix.ptr[i] >= 0x20 && prefix.ptr[i] != 0x7f;
    }
    while (prefix.len > 0 && is_fine && slice_split(&rest, '/', &part)) {
        is_fine = part.len <= NAME_LEN_MAX && !slice_is(part, "..") && !slice_is(part, ".") &&
                  (part.len > 0 || rest.ptr == NULL); /* a last slash is fine */
    }
    return is_fine ? NULL
                   : problem_invalid(arena,
                                     "%s names a folder of this machine here, and cannot be "
                                     "'%.*s'",
                                     member, SLICE_ARG(prefix));
}

/* --- reading --- */

struct walk {
    struct slice prefix;
    copy_file_fn *on_file;
    void *ctx;
};

/* Whether something below `path` may still, or does already, have the prefix. */
static bool may_match(const struct walk *walk, struct slice path)
{
    size_t len = path.len < walk->prefix.len ? path.len : walk->prefix.len;
    return slice_eq(slice_take(path, len), slice_take(walk->prefix, len));
}

static bool walk_dir(const struct walk *walk, const char *dir, struct slice below, int depth);

static bool walk_entry(const struct walk *walk, const char *dir, struct slice below,
                       const char *name, int depth)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct stat info;
    bool is_top = below.len == 0;
    struct slice path = arena_printf(&arena, "%.*s%s%s", SLICE_ARG(below), is_top ? "" : "/", name);
    const char *full = arena_cstr(&arena, arena_printf(&arena, "%s/%s", dir, name));
    if (!may_match(walk, path) || lstat(full, &info) != 0) {
        return true;
    }
    if (S_ISDIR(info.st_mode) && depth < FOLDER_DEPTH_MAX) {
        return walk_dir(walk, full, path, depth + 1);
    }
    if (S_ISREG(info.st_mode) && slice_starts_with(path, walk->prefix)) {
        return walk->on_file(walk->ctx, full);
    }
    return true;
}

static bool walk_dir(const struct walk *walk, const char *dir, struct slice below, int depth)
{
    struct dirent **entries = NULL;
    int count = scandir(dir, &entries, NULL, alphasort);
    bool goes_on = count >= 0;
    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name;
        bool is_self = strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
        if (goes_on && !is_self) {
            goes_on = walk_entry(walk, dir, below, name, depth);
        }
        free(entries[i]); /* scandir()'s own */
    }
    free(entries);
    return goes_on;
}

bool copy_folder_each(const char *dir, struct slice prefix, copy_file_fn *on_file, void *ctx)
{
    struct walk walk = {prefix, on_file, ctx};
    return walk_dir(&walk, dir, SLICE(""), 0);
}
