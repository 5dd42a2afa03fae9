/* Folders below the data directory that hold code made from something else: unpacked zips, inline
 * code, merged layers. One folder per version:
 *
 *     <data>/code/<id of the zip's path>-<id of its age and size>
 *
 * What bears a dot is not whole: being made, or being removed. The age of a folder is that of its
 * last use, which tells which versions no sandbox can have any more. */
#include "core/file.h"
#include "core/id.h"
#include "core/mem.h"
#include "runtime/limits.h"
#include "runtime/platform.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

enum { ID_LEN = 20, NAME_MAX_LEN = 256 };

/* --- one version --- */

bool unpacked_find(struct plan *plan, const struct plan_settings *settings, const char *folder,
                   struct slice subject, struct slice version, struct unpacked *ret_unpacked)
{
    struct arena *arena = &plan->arena;
    char subject_id[ID_LEN + 1];
    char version_id[ID_LEN + 1];
    id_derived(subject_id, ID_LEN, subject);
    id_derived(version_id, ID_LEN, version);
    ret_unpacked->folder =
        arena_cstr(arena, arena_printf(arena, "%s/%s", settings->data_dir, folder));
    ret_unpacked->dir = arena_cstr(
        arena, arena_printf(arena, "%s/%s-%s", ret_unpacked->folder, subject_id, version_id));
    /* Two functions of one zip may unpack it at the same time: the first rename wins. */
    ret_unpacked->partial =
        arena_cstr(arena, arena_printf(arena, "%s.%p", ret_unpacked->dir, (const void *)plan));
    return utimensat(AT_FDCWD, ret_unpacked->dir, NULL, 0) == 0;
}

/* --- all of a folder --- */

struct entry {
    char name[NAME_MAX_LEN];
    struct timespec used;
};

struct listing {
    struct entry *entries;
    size_t count;
};

static struct listing list(const char *folder)
{
    struct listing listing = {0};
    DIR *dir = opendir(folder);
    struct dirent *entry;
    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        struct stat file;
        size_t len = strlen(entry->d_name);
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
            len >= NAME_MAX_LEN ||
            fstatat(dirfd(dir), entry->d_name, &file, AT_SYMLINK_NOFOLLOW) != 0) {
            continue;
        }
        listing.entries =
            mem_realloc(listing.entries, (listing.count + 1) * sizeof *listing.entries);
        struct entry *last = &listing.entries[listing.count++];
        memcpy(last->name, entry->d_name, len + 1);
        last->used = file.st_mtim;
    }
    if (dir != NULL) {
        closedir(dir);
    }
    return listing;
}

static bool is_older(const struct entry *a, const struct entry *b)
{
    return a->used.tv_sec != b->used.tv_sec ? a->used.tv_sec < b->used.tv_sec
                                            : a->used.tv_nsec < b->used.tv_nsec;
}

static bool is_whole(const struct entry *entry)
{
    return strchr(entry->name, '-') != NULL && strchr(entry->name, '.') == NULL;
}

static bool is_same_subject(const struct entry *a, const struct entry *b)
{
    size_t len = strcspn(a->name, "-");
    return strncmp(a->name, b->name, len + 1) == 0;
}

/* True when another version of the same was in use later, and before `epoch_s`. */
static bool is_superseded(const struct listing *listing, const struct entry *entry, time_t epoch_s)
{
    for (size_t i = 0; i < listing->count; i++) {
        const struct entry *other = &listing->entries[i];
        if (is_whole(other) && is_same_subject(entry, other) && is_older(entry, other) &&
            other->used.tv_sec <= epoch_s) {
            return true;
        }
    }
    return false;
}

/* Its name shall not look whole while it goes. */
static bool put_aside(const char *folder, const struct entry *entry, struct buf *ret_path)
{
    AUTO_BUF path = BUF_INIT(SIZE_MAX / 2);
    buf_printf(&path, "%s/%s", folder, entry->name);
    buf_printf(ret_path, "%s.gone", buf_cstr(&path));
    return rename(buf_cstr(&path), buf_cstr(ret_path)) == 0;
}

static void forget_superseded(const char *folder, const char *dir)
{
    struct listing listing = list(folder);
    struct entry current = {0};
    time_t epoch_s = time(NULL) - CODE_SUPERSEDED_S;
    snprintf(current.name, sizeof current.name, "%s", strrchr(dir, '/') + 1);
    for (size_t i = 0; i < listing.count; i++) {
        const struct entry *entry = &listing.entries[i];
        AUTO_BUF path = BUF_INIT(SIZE_MAX / 2);
        struct fault fault;
        if (is_whole(entry) && is_same_subject(&current, entry) &&
            is_superseded(&listing, entry, epoch_s) && put_aside(folder, entry, &path)) {
            (void)!file_remove_tree(buf_cstr(&path), &fault); /* the next start tries again */
        }
    }
    mem_free(listing.entries);
}

enum status unpacked_keep(const struct unpacked *unpacked, struct fault *reterr)
{
    if (rename(unpacked->partial, unpacked->dir) != 0 && !file_is_dir(unpacked->dir)) {
        return fault_set(reterr, STATUS_UNAVAILABLE, "cannot make %s: %s", unpacked->dir,
                         strerror(errno));
    }
    forget_superseded(unpacked->folder, unpacked->dir);
    return STATUS_OK;
}

void unpacked_sweep(struct platform *platform)
{
    static const char *const folders[] = {"code", "layers"};
    for (size_t i = 0; i < COUNT_OF(folders); i++) {
        AUTO_BUF folder = BUF_INIT(SIZE_MAX / 2);
        buf_printf(&folder, "%s/%s", platform->settings.data_dir, folders[i]);
        struct listing listing = list(buf_cstr(&folder));
        for (size_t j = 0; j < listing.count; j++) {
            const struct entry *entry = &listing.entries[j];
            AUTO_BUF path = BUF_INIT(SIZE_MAX / 2);
            if ((!is_whole(entry) || is_superseded(&listing, entry, time(NULL))) &&
                put_aside(buf_cstr(&folder), entry, &path)) {
                platform_remove_tree(platform, buf_cstr(&path));
            }
        }
        mem_free(listing.entries);
    }
}
