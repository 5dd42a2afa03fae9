/* The data directory (.sls-local/ beside the template, or --data): who holds it, and where he
 * listens.
 *
 * One `up` at a time holds it (flock on DIR/lock, which dies with the process). endpoints.json in
 * it tells other commands and test runners the addresses; it is written whole once everything
 * listens and removed at the end. */
#ifndef SLS_CLI_DATA_DIR_H
#define SLS_CLI_DATA_DIR_H

#include "core/arena.h"

#include <limits.h>

#define DATA_DIR_NAME ".sls-local"

struct data_dir {
    char path[PATH_MAX]; /* absolute */
    int lock_fd;         /* -1: not held */
    bool is_temporary;   /* removed when released */
};

/* Makes and locks `path`. CONFLICT names the process that holds it. */
MUST_CHECK enum status data_dir_hold(struct data_dir *dir, const char *path, struct fault *reterr);
/* A fresh temporary directory instead, for --in-memory; removes those of runs that were killed. */
MUST_CHECK enum status data_dir_hold_temporary(struct data_dir *dir, struct fault *reterr);
void data_dir_release(struct data_dir *dir); /* removes endpoints.json, or all when temporary */

/* "DIR/name" in the arena. */
const char *data_dir_file(struct arena *arena, const struct data_dir *dir, const char *name);

/* --data, else .sls-local in the current directory or the nearest one above. NOT_FOUND says what to
 * do. */
MUST_CHECK enum status data_dir_find(const char *wanted, struct data_dir *ret_dir,
                                     struct fault *reterr);

/* Where `up` keeps it unless told otherwise: .sls-local beside the template, in the project's root when that is the
 * built one. `template_path` NULL: the current directory. In the arena. */
const char *data_dir_beside(struct arena *arena, const char *template_path);

struct endpoint {
    struct slice name;
    struct slice url;
};

struct endpoints {
    int64_t pid;
    struct slice edge; /* "http://127.0.0.1:4566" */
    struct endpoint *apis;
    size_t api_count;
    struct endpoint *urls; /* of functions */
    size_t url_count;
    struct endpoint *distributions;
    size_t distribution_count;
    struct slice ca; /* file of what HTTPS clients have to trust; empty: HTTPS is not spoken */
};

MUST_CHECK enum status endpoints_write(const struct data_dir *dir,
                                       const struct endpoints *endpoints, struct fault *reterr);
/* NOT_FOUND when nothing runs there (also when the process that wrote the file is gone). */
MUST_CHECK enum status endpoints_read(struct arena *arena, const struct data_dir *dir,
                                      struct endpoints *ret_endpoints, struct fault *reterr);

#endif
