/* An issuer of tokens on this machine, so that an application is tried without an account and a network: an RSA key of
 * 2,048 bits in the data directory, made when it is first asked for, and tokens signed with it (RS256).
 *
 * Its tokens may name any issuer: what a verifier does with them stands in jwt.h. Their kid begins with
 * LOCAL_ISSUER_KID and follows from the key (RFC 7638), so that tokens of two data directories are told apart.
 *
 * Thread     Any; it blocks: making the key takes a tenth of a second, opening and signing a millisecond each. Two
 *            processes that make the key at once get the same one.
 * Errors     NOT_FOUND: no key yet. INVALID: the file holds no RSA key, or the claims are no JSON object. UNAVAILABLE: no
 *            libcrypto, or the file cannot be written.
 * Limits     LOCAL_ISSUER_CLAIMS_MAX.
 * Source     OpenID Connect Discovery 1.0, section 3; RFC 7519. */
#ifndef SLS_GATEWAY_JWT_LOCAL_ISSUER_H
#define SLS_GATEWAY_JWT_LOCAL_ISSUER_H

#include "core/json_writer.h"
#include "core/status.h"

#define LOCAL_ISSUER_FILE "issuer.pem"   /* in the data directory; its owner's alone */
#define LOCAL_ISSUER_PATH "/_sls/issuer" /* of the edge: the issuer's URL */
#define LOCAL_ISSUER_KID "sls-local-"
#define LOCAL_ISSUER_CLAIMS_MAX 32768 /* bytes */

struct local_issuer;

MUST_CHECK enum status local_issuer_open(const char *path, struct local_issuer **ret_issuer,
                                         struct fault *reterr);
/* The same, and never NOT_FOUND: the key is made. */
MUST_CHECK enum status local_issuer_make(const char *path, struct local_issuer **ret_issuer,
                                         struct fault *reterr);
void local_issuer_close(struct local_issuer *issuer); /* NULL is a no-op */
const char *local_issuer_kid(const struct local_issuer *issuer);

/* What a token says where its claims do not. */
struct token_defaults {
    struct slice issuer; /* iss */
    int64_t now_ms;      /* iat */
    int64_t ttl_ms;      /* from now to exp */
};

/* Appends a token. `claims` is a JSON object and stands in it byte for byte; iss, iat, exp and a random jti are added
 * behind it unless they are there. */
MUST_CHECK enum status local_issuer_sign(const struct local_issuer *issuer, struct slice claims,
                                         const struct token_defaults *defaults,
                                         struct buf *ret_token, struct fault *reterr);

/* The JSON Web Key Set with the public key. */
void local_issuer_write_keys(const struct local_issuer *issuer, struct json_writer *w);
/* The document at URL/.well-known/openid-configuration. */
void local_issuer_write_configuration(struct slice url, struct json_writer *w);

#endif
