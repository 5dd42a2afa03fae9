/* What all lists of keys, versions, uploads and parts take and tell. */
#ifndef SLS_SCHEDULER_S3_LIST_INPUT_H
#define SLS_SCHEDULER_S3_LIST_INPUT_H

#include "scheduler/s3/request.h"

struct list_input {
    struct slice prefix, delimiter;
    size_t max;      /* entries of the page */
    bool is_encoded; /* names are percent-encoded */
};

MUST_CHECK const struct refusal *list_input(struct request *request, const char *max_name,
                                            struct list_input *ret_input);
/* A number of 0 to 2^31 - 1, at most S3_LIST_MAX counted; absent: S3_LIST_MAX. */
MUST_CHECK const struct refusal *list_max(struct request *request, const char *name,
                                          size_t *ret_max);
/* Empty when absent. */
struct slice list_param(const struct request *request, const char *name);
/* <element>name</element>, encoded as it was asked for. */
void list_write_name(struct buf *xml, const struct list_input *input, const char *element,
                     struct slice name);
/* The first of all keys behind those that begin with `prefix`. */
struct slice list_behind(struct arena *arena, struct slice prefix);

#endif
