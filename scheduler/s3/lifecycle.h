/* What a bucket lets go by itself: its lifecycle rules. Expirations happen, at midnight UTC, as on AWS; transitions to
 * other storage classes are kept and told only.
 *
 * Source  Amazon S3 User Guide, "Managing the lifecycle of objects", "Lifecycle configuration elements". */
#ifndef SLS_SCHEDULER_S3_LIFECYCLE_H
#define SLS_SCHEDULER_S3_LIFECYCLE_H

#include "core/api/xml_read.h"
#include "scheduler/s3/object.h"
#include "scheduler/s3/refusal.h"

#define DAY_MS (24LL * 3600 * 1000)

struct lifecycle_rule {
    struct slice id;
    bool is_enabled;
    struct slice prefix;
    struct http_headers tags;
    uint64_t size_above; /* objects larger than this; UINT64_MAX: not asked */
    uint64_t size_below;
    uint64_t days;        /* 0: none */
    int64_t date_ms;      /* 0: none */
    bool removes_markers; /* ExpiredObjectDeleteMarker */
    uint64_t older_days;  /* NoncurrentDays; 0: none */
    uint64_t newer_older; /* NewerNoncurrentVersions: so many are kept */
    uint64_t upload_days; /* DaysAfterInitiation; 0: none */
};

struct lifecycle {
    struct arena arena;
    struct lifecycle_rule *rules;
    size_t count;
};

/* NULL for SLICE_NULL and for what is no configuration. */
struct lifecycle *lifecycle_create(struct slice xml);
void lifecycle_destroy(struct lifecycle *lifecycle); /* NULL is a no-op */
/* Checks a new configuration; rules without id get one in *text. */
MUST_CHECK const struct refusal *lifecycle_check(struct arena *arena, const struct xml_node *root,
                                                 struct slice *text);

/* Whether the rule is about an object. */
bool lifecycle_covers(const struct lifecycle_rule *rule, struct slice key, uint64_t size,
                      struct http_headers tags);
/* When it expires by the rule; INT64_MAX: never. The next midnight UTC behind so many days. */
int64_t lifecycle_due_ms(const struct lifecycle_rule *rule, int64_t modified_ms);
int64_t lifecycle_days_after(int64_t since_ms, uint64_t days);
/* `expiry-date="...", rule-id="..."`: x-amz-expiration; ptr NULL: it does not expire. */
struct slice lifecycle_header(struct arena *arena, const struct lifecycle *lifecycle,
                              struct slice key, const struct object *object);

#endif
