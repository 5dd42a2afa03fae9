/* The policy of a POST form: until when and under which conditions its bearer may upload.
 *
 *     {"expiration":"2026-01-01T00:00:00Z","conditions":[{"acl":"private"},["eq","$key","k"],
 *      ["starts-with","$key","user/"],["content-length-range",1,1048576]]}
 *
 * Every field must be named by a condition, but for the signature's own, `file`, and x-ignore-*.
 *
 * Source  Amazon S3 API Reference, "POST Policy". */
#ifndef SLS_SCHEDULER_S3_POST_POLICY_H
#define SLS_SCHEDULER_S3_POST_POLICY_H

#include "scheduler/s3/form_data.h"
#include "scheduler/s3/refusal.h"

struct post_policy {
    uint64_t min_len, max_len; /* of the file */
};

/* `policy` as the form has it, in base64. The form's bucket is the URL's. */
MUST_CHECK const struct refusal *post_policy_check(struct arena *arena, struct slice policy,
                                                   const struct form_data *form,
                                                   struct slice bucket, int64_t now_ms,
                                                   struct post_policy *ret_policy);

#endif
