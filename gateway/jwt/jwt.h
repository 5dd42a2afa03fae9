/* JSON Web Tokens as API Gateway's authorizers check them: JWT authorizers of HTTP APIs, and Cognito authorizers of
 * REST APIs.
 *
 *     token -> jws.h -> keys of the issuer (issuer_keys.h) -> jwk.h: signature -> claims.h -> struct jwt_answer
 *
 * Order     As AWS documents it: form, algorithm, key, signature, iss, aud (client_id where there is no aud), exp, nbf,
 *           iat, token_use, scope. The first that does not hold is the answer.
 * Words     jwt_answer.error is what AWS tells the client. Seen in real answers: those of the form, of algorithms, iss,
 *           aud, exp, scopes, and of an issuer out of reach. Of keys, signatures, nbf and iat none is on record: jwt-go
 *           v3's are given.
 * Time      context->clock; there is no leeway, as with AWS.
 *
 * The local issuer (local_issuer.h) makes tokens in any issuer's name, `sls-local token --issuer URL`. A token whose kid
 * is that of its key is checked with that key whatever issuer the rules name, and in all else like any other. So an
 * application whose authorizer names Cognito or Auth0 is tried without a network, an account or an option, and a
 * refused token is refused for the same reason and in the same words as in the cloud. Nothing is weakened by it: only who
 * can read the private key in the data directory can make such a token, and tokens of every other kid are the
 * configured issuer's alone. A fallback for issuers out of reach was the other way; then what is accepted would
 * depend on the network of the moment. Answers say is_local, so that people are told.
 *
 * Ownership Rules, token and arena are the caller's, and stay until the answer; answers live in the arena.
 * Thread    Loop thread.
 * Source    API Gateway Developer Guide, "Control access to HTTP APIs with JWT authorizers", "Troubleshooting issues
 *           with HTTP API JWT authorizers", "Control access to REST APIs using Amazon Cognito user pools". */
#ifndef SLS_GATEWAY_JWT_JWT_H
#define SLS_GATEWAY_JWT_JWT_H

#include "core/context.h"
#include "gateway/jwt/jws.h"

/* Sets of algorithms, as bits. */
#define JWT_ALGORITHM(algorithm) (1u << (algorithm))
/* What HTTP APIs accept; their documentation says "RSA-based". */
#define JWT_ALGORITHMS_RSA                                                                         \
    (JWT_ALGORITHM(JWS_RS256) | JWT_ALGORITHM(JWS_RS384) | JWT_ALGORITHM(JWS_RS512) |              \
     JWT_ALGORITHM(JWS_PS256) | JWT_ALGORITHM(JWS_PS384) | JWT_ALGORITHM(JWS_PS512))
#define JWT_ALGORITHMS_EC                                                                          \
    (JWT_ALGORITHM(JWS_ES256) | JWT_ALGORITHM(JWS_ES384) | JWT_ALGORITHM(JWS_ES512))

/* What an authorizer and a route ask of a token. */
struct jwt_rules {
    const struct slice
        *issuers; /* a token's iss must be one of them; its keys are used, else the first's */
    size_t issuer_count; /* 1 or more; several: the user pools of one Cognito authorizer */
    const struct slice *audiences; /* aud, or client_id, must have one of them */
    size_t audience_count;         /* 0: whomever it is for (Cognito) */
    const struct slice *scopes;    /* the route's; one is enough */
    size_t scope_count;            /* 0: none is asked for */
    struct slice token_use;        /* Cognito's "id" or "access"; empty: either */
    uint32_t algorithms;           /* JWT_ALGORITHMS_...; "none" and HS... are never verified */
};

enum jwt_verdict {
    JWT_VALID,
    JWT_MISSING,           /* the token is empty */
    JWT_MALFORMED,         /* no three segments, base64, JSON; an unknown algorithm */
    JWT_ALGORITHM_REFUSED, /* one that the rules do not accept */
    JWT_KEYS_UNREACHABLE, /* discovery or key set: no answer in time, not 200, too large, not what it should be */
    JWT_KEY_UNKNOWN,
    JWT_SIGNATURE_INVALID,
    JWT_ISSUER_WRONG,
    JWT_AUDIENCE_WRONG,
    JWT_EXPIRED,
    JWT_NOT_YET_VALID,      /* nbf */
    JWT_ISSUED_IN_FUTURE,   /* iat */
    JWT_USE_WRONG,          /* token_use */
    JWT_SCOPE_INSUFFICIENT, /* the token is good, and not for this route: 403 */
    JWT_VERDICT_COUNT
};

struct jwt_answer {
    enum jwt_verdict verdict;
    bool is_local;      /* signed with the local issuer's key */
    struct slice error; /* AWS's words: "the token has expired"; empty when valid */
    struct slice
        reason; /* for the developer: "exp was 2h 3m ago"; printable ASCII; empty when valid */
    /* From here on: of tokens that were verified, which is verdicts VALID and SCOPE_INSUFFICIENT. */
    struct slice
        claims; /* the JSON object as it was signed; claims_write() writes it as events have it */
    const struct slice *scopes; /* the token's: of scp, else of scope */
    size_t scope_count;
};

/* A set of keys from a file instead of from its issuer. */
struct jwt_key_file {
    const char *issuer; /* "https://example.com" as rules name it */
    const char *path;   /* a JSON Web Key Set; read again whenever it has changed */
};

struct jwt_verifier_options {
    const char *
        local_key; /* file of the local issuer's key, which need not be there; NULL: no local issuer */
    const struct jwt_key_file *key_files;
    size_t key_file_count;
};

struct jwt_verifier;

/* Options are borrowed. It costs nothing until the first token. */
struct jwt_verifier *jwt_verifier_create(struct context *context,
                                         const struct jwt_verifier_options *options);
/* Answers what waits for keys with KEYS_UNREACHABLE, then frees. NULL is a no-op. */
void jwt_verifier_destroy(struct jwt_verifier *verifier);

/* Must not destroy the verifier. */
typedef void jwt_done_fn(void *ctx, const struct jwt_answer *answer);

/* True: `*ret_answer` is the answer; so it is whenever the issuer's keys are here. False: they are on their way, and
 * on_done runs once, later, 3 s from now at most. `token` is without "Bearer ". */
MUST_CHECK bool jwt_verify(struct jwt_verifier *verifier, struct arena *arena, struct slice token,
                           const struct jwt_rules *rules, struct jwt_answer *ret_answer,
                           jwt_done_fn *on_done, void *ctx);

/* --- the wire --- */

/* The token in an identity source's value: without "Bearer " and white space, which may be there. */
struct slice jwt_of_identity(struct slice value);
/* 401, or 403 for a scope that lacks. Not of VALID. */
int jwt_http_status(enum jwt_verdict verdict);
/* The value of www-authenticate: `Bearer`, or
 * `Bearer scope="a b" error="invalid_token" error_description="the token has expired"`; the scopes are the route's. */
void jwt_write_challenge(struct buf *buf, const struct jwt_rules *rules,
                         const struct jwt_answer *answer);
/* $context.authorizer.error: "invalid_token: the token has expired", "missing: token not provided". */
void jwt_write_error(struct buf *buf, const struct jwt_answer *answer);

#endif
