/* A JSON Web Signature in its compact form: header.payload.signature, each in base64url without padding, header and
 * payload being JSON.
 *
 * What cannot be read is told in the words of the library AWS uses (dgrijalva/jwt-go v3, parser.go), for clients see
 * them in www-authenticate.
 *
 * Ownership  `signed_text` points into the token, all else lives in the arena.
 * Errors     INVALID: not a token, or an algorithm that nobody knows. LIMIT.
 * Limits     JWS_TOKEN_MAX.
 * Source     RFC 7515, section 3; RFC 7518, section 3.1. */
#ifndef SLS_GATEWAY_JWT_JWS_H
#define SLS_GATEWAY_JWT_JWS_H

#include "core/arena.h"
#include "core/buf.h"

#define JWS_TOKEN_MAX 65536 /* bytes; a listener's limit of its head is usually met before */

enum jws_algorithm {
    JWS_NONE, /* known, so that they are refused by name, and never verified: */
    JWS_HS256,
    JWS_HS384,
    JWS_HS512,
    JWS_RS256, /* RSASSA-PKCS1-v1_5 */
    JWS_RS384,
    JWS_RS512,
    JWS_PS256, /* RSASSA-PSS */
    JWS_PS384,
    JWS_PS512,
    JWS_ES256, /* ECDSA over P-256 */
    JWS_ES384, /* P-384 */
    JWS_ES512, /* P-521 */
    JWS_ALGORITHM_COUNT
};

struct jws {
    enum jws_algorithm algorithm;
    struct slice kid;    /* SLICE_NULL: the header names no key */
    struct slice header; /* JSON objects, valid as a whole */
    struct slice payload;
    struct slice signed_text; /* "header.payload" as sent */
    struct slice signature;   /* bytes */
};

const char *jws_algorithm_name(enum jws_algorithm algorithm);
/* False when nobody knows it. */
MUST_CHECK bool jws_algorithm_of(struct slice name, enum jws_algorithm *ret_algorithm);

MUST_CHECK enum status jws_parse(struct arena *arena, struct slice token, struct jws *ret_jws,
                                 struct fault *reterr);
/* A token's words between quotes, for people: the front of what is long, and nothing that a terminal would obey.
 * NUL-terminated in `out`, and returned. */
#define JWS_PRINTABLE_MAX 104
const char *jws_printable(char out[JWS_PRINTABLE_MAX], struct slice text);
/* Base64url without padding; appended. */
void jws_encode(struct buf *buf, struct slice bytes);

#endif
