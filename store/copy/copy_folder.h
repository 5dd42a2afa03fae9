/* Buckets as folders, until there are buckets: what a client may name there, and reading below it.
 *
 * Source  reference/dynamodb.md section 15. */
#ifndef SLS_STORE_COPY_FOLDER_H
#define SLS_STORE_COPY_FOLDER_H

#include "store/problem.h"

/* A key or a prefix must stay inside its bucket's folder: no empty, "." or ".." parts, no control characters. */
MUST_CHECK const struct problem *copy_folder_check(struct arena *arena, const char *member,
                                                   struct slice prefix);

/* Calls `on_file` for every regular file below `dir` whose path from there starts with `prefix`, in the order of
 * their names; links are not followed. False when `on_file` said so, or there is no such folder. */
typedef bool copy_file_fn(void *ctx, const char *path);
bool copy_folder_each(const char *dir, struct slice prefix, copy_file_fn *on_file, void *ctx);

#endif
