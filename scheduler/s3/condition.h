/* Conditions and ranges of reads.
 *
 * Source  events.md 4.5; RFC 9110 sections 13 and 14, as S3 reads them. */
#ifndef SLS_SCHEDULER_S3_CONDITION_H
#define SLS_SCHEDULER_S3_CONDITION_H

#include "scheduler/s3/request.h"

/* Which headers hold the four conditions: of the object itself, or of the source of a copy. */
struct condition_names {
    const char *match, *none_match, *unmodified_since, *modified_since;
};
extern const struct condition_names read_conditions;
extern const struct condition_names copy_conditions;

/* Preconditions that failed are 412; a copy has no 304. */
MUST_CHECK const struct refusal *check_read_conditions(struct request *request,
                                                       const struct condition_names *names,
                                                       const struct object *object);

struct byte_range {
    uint64_t from, len;
    bool is_partial; /* 206, also when it is all of the object */
};

/* "bytes=0-9", "bytes=5-", "bytes=-5": what S3 does not understand is all of it. 416 for what is beyond. */
MUST_CHECK const struct refusal *range_parse(struct arena *arena, struct slice header,
                                             uint64_t size, struct byte_range *ret_range);
/* x-amz-copy-source-range: strict. */
MUST_CHECK const struct refusal *copy_range_parse(struct arena *arena, struct slice header,
                                                  uint64_t size, struct byte_range *ret_range);

#endif
