/* The configurations of a bucket that are kept as text and told again: one table for all their operations. What has an
 * effect here: cors, lifecycle, notification, object-lock, tagging; the others are kept and told only.
 *
 * Source  events.md 4.1; Amazon S3 API Reference. */
#ifndef SLS_SCHEDULER_S3_CONFIG_H
#define SLS_SCHEDULER_S3_CONFIG_H

#include "core/api/xml_read.h"
#include "scheduler/s3/bucket.h"

struct config_row {
    const char *parameter;          /* "cors": of the query, and the name in the bucket's record */
    const char *get, *put, *remove; /* operations; NULL: there is none */
    const char *root;               /* element of the text; NULL: JSON */
    const char *missing; /* code of the 404 when it is not set; NULL: `unset` is told instead */
    const char *unset;   /* words of that 404, or the inside of the root element */
    /* Checks a new text; may give another form of it in *text. NULL: any of that root. */
    const struct refusal *(*check)(struct arena *arena, const struct bucket *bucket,
                                   const struct xml_node *root, struct slice *text);
};

extern const struct config_row config_rows[CONFIG_COUNT];

/* What a client or template wants kept: checked, in the form that is kept. */
MUST_CHECK const struct refusal *config_check(struct arena *arena, const struct bucket *bucket,
                                              enum bucket_config config, struct slice text,
                                              struct slice *ret_text);
/* The row of an operation of that name; CONFIG_COUNT: none. */
enum bucket_config config_of_operation(const char *operation);

#endif
