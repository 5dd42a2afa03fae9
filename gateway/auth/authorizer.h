/* An authorizer as requests meet it: compiled from its specification, with the results it has given.
 *
 *     identity of the request -> kept result, or a new one -> verdict for this route -> what events say of the caller
 *
 * Results are kept by identity and stage for the authorizer's TTL. What is kept is what the function said, not the
 * verdict: a policy is judged for each route anew.
 *
 * Ownership  Lives in its API's arena; the kept results are freed with the API.
 * Limits     AUTHORIZER_KEPT_MAX results and AUTHORIZER_KEPT_SIZE_MAX bytes of them; beyond, the one used longest ago goes.
 * Source     API Gateway Developer Guide, "Control access to HTTP APIs with AWS Lambda authorizers", "Use API Gateway
 *            Lambda authorizers". */
#ifndef SLS_GATEWAY_AUTH_AUTHORIZER_H
#define SLS_GATEWAY_AUTH_AUTHORIZER_H

#include "gateway/auth/identity.h"
#include "gateway/java_regex.h"
#include "gateway/jwt/jwt.h"

#define AUTHORIZER_KEPT_MAX 1000
#define AUTHORIZER_KEPT_SIZE_MAX (8u * 1024 * 1024)
#define AUTHORIZER_TIMEOUT_MS 10000 /* of its function */

struct lru; /* lru.h */

struct authorizer {
    enum authorizer_kind kind;
    struct slice name;
    struct slice id;
    struct identity_source *sources;
    size_t source_count;
    struct slice function, qualifier;
    struct slice validation_expression;
    struct java_regex *validation; /* TOKEN; NULL: none */
    bool is_payload_v1;
    bool has_simple_responses;
    int32_t ttl_s;
    struct jwt_rules rules; /* JWT, COGNITO; scopes are the route's */
    struct lru *kept;       /* NULL: nothing was, yet */
};

/* INVALID for identity sources that cannot be read. */
MUST_CHECK enum status authorizer_init(struct authorizer *authorizer, struct arena *arena,
                                       const struct authorizer_spec *spec, struct fault *reterr);
void authorizer_finish(struct authorizer *authorizer);

/* What a function's answer says, as it is kept: JSON texts in the arena of who reads it. */
struct authorizer_answer {
    bool is_simple;
    bool is_authorized;     /* simple */
    struct slice principal; /* text */
    struct slice policy;    /* JSON; not simple */
    struct slice context;   /* JSON object; "{}" when there is none */
    struct slice usage_key; /* usageIdentifierKey; empty: none */
};

/* False: it is no answer; `reterr` says what is wrong. */
MUST_CHECK bool authorizer_read_answer(const struct authorizer *authorizer, enum api_kind kind,
                                       struct slice payload, struct authorizer_answer *ret_answer,
                                       struct arena *arena, struct fault *reterr);

/* The kept answer, as the function sent it, until the next is kept; SLICE_NULL when there is none that holds still. */
struct slice authorizer_kept(struct authorizer *authorizer, struct slice key, int64_t now_ms);
void authorizer_keep(struct authorizer *authorizer, struct slice key, struct slice payload,
                     int64_t now_ms);

/* Forgets the results of a stage: keys are the stage's name, a line's end, and identities. */
void authorizer_forget(struct authorizer *authorizer, struct slice stage);

/* --- what its function gets --- */

/* `identities` are the values of its sources. `arn` is the route's. */
void authorizer_write_event(struct buf *buf, const struct authorizer *authorizer,
                            const struct event_input *in, const struct slice *identities,
                            struct slice arn);

/* --- what the others get: requestContext.authorizer --- */

/* Of a function's answer, for the events of `route`. */
struct event_authorizer authorizer_facts(const struct authorizer_answer *answer,
                                         const struct event_input *in, uint64_t latency_ms);
/* Of a token. */
struct event_authorizer authorizer_token_facts(const struct authorizer *authorizer,
                                               const struct jwt_answer *answer,
                                               const struct event_input *in, bool has_scopes);

#endif
