/* Which pages of other origins a bucket lets in.
 *
 * Source  events.md 4.5; Amazon S3 User Guide, "Using cross-origin resource sharing (CORS)". */
#ifndef SLS_SCHEDULER_S3_CORS_H
#define SLS_SCHEDULER_S3_CORS_H

#include "core/api/xml_read.h"
#include "scheduler/s3/request.h"

struct cors_rule {
    struct slice id;
    struct slice *methods, *origins, *allowed_headers, *exposed_headers;
    size_t method_count, origin_count, allowed_count, exposed_count;
    struct slice max_age; /* seconds; empty: not told */
};

struct cors {
    struct arena arena;
    struct cors_rule *rules;
    size_t count;
};

/* NULL for SLICE_NULL and for what is no configuration. */
struct cors *cors_create(struct slice xml);
void cors_destroy(struct cors *cors); /* NULL is a no-op */
MUST_CHECK const struct refusal *cors_check(struct arena *arena, const struct xml_node *root);

/* The first rule that lets the request in; NULL: none. `headers`: of Access-Control-Request-Headers. */
const struct cors_rule *cors_match(const struct cors *cors, struct slice origin,
                                   struct slice method, struct slice headers);
/* Whether the rule names the origin, not by "*" alone. */
bool cors_names(const struct cors_rule *rule, struct slice origin);

#endif
