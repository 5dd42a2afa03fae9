/* Whole files and small directory work, with sizes capped and errno told in words.
 *
 * Errors  NOT_FOUND, DENIED, CONFLICT (exists already), LIMIT (larger than `max`), UNAVAILABLE; the text names the path. */
#ifndef SLS_CORE_FILE_H
#define SLS_CORE_FILE_H

#include "core/buf.h"

/* Appends the file to `ret_bytes`, whose own maximum is the limit. */
MUST_CHECK enum status file_read(const char *path, struct buf *ret_bytes, struct fault *reterr);
/* Replaces `path` in one step (temporary file, rename): a reader sees the old or the new, whenever
 * this process is killed. Not synced: a power cut may leave it empty. */
MUST_CHECK enum status file_write(const char *path, struct slice bytes, struct fault *reterr);
/* A file for its owner's eyes, whole and synced or not at all. CONFLICT when there is one of that name. */
MUST_CHECK enum status file_create_private(const char *path, struct slice bytes,
                                           struct fault *reterr);
MUST_CHECK enum status file_make_dirs(const char *path, struct fault *reterr); /* mkdir -p */
/* Removes a tree; does not follow symbolic links. A missing tree is fine. */
MUST_CHECK enum status file_remove_tree(const char *path, struct fault *reterr);
bool file_is_dir(const char *path);
bool file_is_regular(const char *path);

/* Goes on after short writes and signals; false with errno set. */
MUST_CHECK bool fd_write_all(int fd, struct slice bytes);
void fd_close_at(int *fd); /* closes unless negative */
#define AUTO_FD __attribute__((cleanup(fd_close_at))) int

#endif
