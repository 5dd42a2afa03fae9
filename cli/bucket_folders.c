#include "cli/bucket_folders.h"

#include "scheduler/s3/bucket_name.h"

#include <errno.h>
#include <limits.h>
#include <unistd.h>

static enum status read_one(struct slice text, struct arena *arena, struct bucket_folder *folder,
                            struct fault *reterr)
{
    size_t equals = slice_find(text, '=');
    struct slice name = slice_take(text, equals);
    struct slice dir = slice_skip(text, equals != SLICE_NPOS ? equals + 1 : text.len);
    char here[PATH_MAX];
    while (dir.len > 1 && slice_ends_with(dir, SLICE("/"))) {
        dir.len--;
    }
    if (dir.len == 0) {
        return fault_set(reterr, STATUS_INVALID, "--bucket must be NAME=DIR, not '%.*s'",
                         SLICE_ARG(text));
    }
    if (!bucket_name_is_valid(name)) {
        return fault_set(
            reterr, STATUS_INVALID,
            "--bucket %.*s: '%.*s' is no name for a bucket: 3 to 63 lower-case letters, "
            "digits, dots and hyphens",
            SLICE_ARG(text), SLICE_ARG(name));
    }
    if (dir.ptr[0] != '/') {
        if (getcwd(here, sizeof(here)) == NULL) {
            return fault_set(reterr, STATUS_UNAVAILABLE, "the current directory: %s",
                             strerror(errno));
        }
        dir = arena_printf(arena, "%s/%.*s", here, SLICE_ARG(dir));
    }
    folder->bucket = arena_cstr(arena, name);
    folder->dir = arena_cstr(arena, dir);
    return STATUS_OK;
}

enum status bucket_folders_read(const struct args *args, struct arena *arena,
                                struct bucket_folders *ret_folders, struct fault *reterr)
{
    const char *text;
    ret_folders->count = 0;
    while ((text = args_list(args, "bucket", ret_folders->count)) != NULL) {
        if (ret_folders->count == BUCKET_FOLDERS_MAX) {
            return fault_set(reterr, STATUS_LIMIT, "--bucket may be given %d times",
                             BUCKET_FOLDERS_MAX);
        }
        struct bucket_folder *folder = &ret_folders->items[ret_folders->count];
        enum status status = read_one(slice_from(text), arena, folder, reterr);
        if (status != STATUS_OK) {
            return status;
        }
        ret_folders->count++;
    }
    return STATUS_OK;
}
