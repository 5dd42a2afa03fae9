/* The issuers that authorizers trust, and their keys: fetched when a token needs them, kept for a while.
 *
 *     GET {issuer}/.well-known/openid-configuration -> "jwks_uri" -> GET -> struct jwk_set
 *
 * Age       Keys are two hours old at most. When new ones cannot be had then, the old ones serve on, and the next try is
 *           a minute later. A kid that nobody knows makes them be fetched again, once a minute at most. Ages are those
 *           of context->clock, so turning it turns them.
 * Sharing   Whoever waits for an issuer's keys waits for one and the same fetch. A fetch that failed is not
 *           remembered: the next token tries again.
 * Cost      libcurl is loaded by the first fetch.
 * Limits    1,500 ms for each of the two requests; JWK_SET_MAX bytes for each answer. Redirects are not followed.
 * Source    API Gateway Developer Guide, "Control access to HTTP APIs with JWT authorizers". */
#ifndef SLS_GATEWAY_JWT_ISSUERS_H
#define SLS_GATEWAY_JWT_ISSUERS_H

#include "core/context.h"
#include "gateway/jwt/jwk.h"

#define ISSUER_TIMEOUT_MS 1500
#define ISSUER_KEYS_MAX_AGE_MS (2 * 3600 * 1000)
#define ISSUER_RETRY_MS (60 * 1000)

struct issuers;
struct issuer;

struct issuers *issuers_create(struct context *context);
/* Waiters are told UNAVAILABLE inside the call. NULL is a no-op. */
void issuers_destroy(struct issuers *issuers);

/* Made when it is not there yet; NULL when `url` is not one (http or https). */
struct issuer *issuers_find(struct issuers *issuers, struct slice url);
/* Those of the last fetch that succeeded; NULL: there are none yet. Valid until the loop runs again. */
struct jwk_set *issuer_keys(const struct issuer *issuer);
/* Whether it is time to fetch: there are no keys, they are too old, or (`is_unknown`) a token's kid is not among them. */
bool issuer_is_due(const struct issuer *issuer, bool is_unknown);

/* In its owner's memory until on_fetched. */
struct issuer_waiter {
    /* OK, or UNAVAILABLE: `fault` is for people, `error` what AWS says of it. issuer_keys() tells what there is. */
    void (*on_fetched)(struct issuer_waiter *waiter, const char *error, const struct fault *fault);
    struct issuer_waiter *next;
};

/* on_fetched runs once, later. */
void issuer_fetch(struct issuer *issuer, struct issuer_waiter *waiter);

#endif
