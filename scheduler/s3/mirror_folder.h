/* A folder on the disk whose files are told, now and as they change.
 *
 * What is no file of a bucket is left alone: names that begin with a dot or end with "~", symbolic links, names that are
 * not UTF-8.
 *
 * Lifecycle  create -> start: the folder is walked, off the loop, then watched -> destroy, at any time.
 * Thread     Loop thread; callbacks never run inside start.
 * Limits     What the kernel lets one watch (fs.inotify.max_user_watches): `on_trouble` tells. */
#ifndef SLS_SCHEDULER_S3_MIRROR_FOLDER_H
#define SLS_SCHEDULER_S3_MIRROR_FOLDER_H

#include "core/context.h"

#define MIRROR_PATH_MAX 4096

struct mirror_folder;

struct mirror_folder_events {
    /* "a/b.txt" is there, was written, or is gone: look. */
    void (*on_file)(void *ctx, struct slice key);
    /* All that begins so may have changed, or gone: "a/"; "" is everything. */
    void (*on_folder)(void *ctx, struct slice prefix);
    void (*on_trouble)(void *ctx, const char *text);
    void *ctx;
};

struct mirror_folder *mirror_folder_create(struct context *context, const char *dir,
                                           const struct mirror_folder_events *events);
/* UNAVAILABLE: it cannot be made, or not watched. */
MUST_CHECK enum status mirror_folder_start(struct mirror_folder *folder, struct fault *reterr);
/* `on_closed` runs once, later. */
void mirror_folder_destroy(struct mirror_folder *folder, void (*on_closed)(void *ctx), void *ctx);

/* Whether a file of that key can be in the folder, and is looked at. */
bool mirror_key_fits(struct slice key);

#endif
