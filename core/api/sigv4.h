/* Signature Version 4: who signed a request, and whether the signature is right.
 *
 *     sigv4_read()    what stands in the Authorization header or, presigned, in the query; its scope and its time
 *     sigv4_verify()  the signature, with the secret of that access key and with the body
 *
 * Ownership  What is read points into the request or lives in the arena.
 * Errors     A verdict, with AWS's words for it.
 * Limits     Those of a request's head; SIGV4_SKEW_MS either way, SIGV4_EXPIRES_MAX_S of a presigned request.
 * Source     IAM User Guide, "Create a signed AWS API request" and "Troubleshoot Signature Version 4 signing". */
#ifndef SLS_CORE_API_SIGV4_H
#define SLS_CORE_API_SIGV4_H

#include "core/arena.h"
#include "core/http/http.h"

#define SIGV4_SKEW_MS (5 * 60 * 1000)
#define SIGV4_EXPIRES_MAX_S 604800

enum sigv4_verdict {
    SIGV4_FINE,
    SIGV4_MISSING,    /* the request is not signed: no words */
    SIGV4_INCOMPLETE, /* parts of the signature are missing */
    SIGV4_INVALID     /* for something else, of another time, or of another request */
};

struct sigv4_request { /* as it was sent: encoded */
    struct slice method, path, query;
    struct http_headers headers;
};

struct sigv4_scope { /* what a signature must be for */
    struct slice service, region;
    int64_t now_ms;     /* by which presigned requests end */
    int64_t machine_ms; /* what clients sign by: their clocks are not turned */
};

struct sigv4 {
    bool is_presigned;
    struct slice access_key;
    struct slice scope; /* "20150830/us-east-1/execute-api/aws4_request" */
    struct slice date, region, service;
    struct slice signed_headers; /* "host;x-amz-date" */
    struct slice signature;
    struct slice time;  /* "20150830T123600Z" */
    struct slice token; /* X-Amz-Security-Token; SLICE_NULL: none */
};

MUST_CHECK enum sigv4_verdict sigv4_read(struct arena *arena, const struct sigv4_request *request,
                                         const struct sigv4_scope *scope, struct sigv4 *ret_sigv4,
                                         struct slice *ret_words);
MUST_CHECK enum sigv4_verdict sigv4_verify(struct arena *arena, const struct sigv4_request *request,
                                           const struct sigv4 *sigv4, struct slice secret,
                                           struct slice body, struct slice *ret_words);

/* What an Authorization header of SigV4, or the query of a presigned request, lacks, in AWS's words; SLICE_NULL:
 * nothing. */
struct slice sigv4_header_lacks(struct arena *arena, struct http_headers headers);
struct slice sigv4_query_lacks(struct arena *arena, struct http_headers params);
extern const struct slice sigv4_both; /* the words for a request with both of them */

#endif
