/* The public keys of an issuer, as it publishes them: a JSON Web Key Set, and signatures checked with them.
 *
 * A key that is for something else (use "enc", an alg of encryption, key_ops without "verify"), of a kind that signs
 * nothing here (oct, OKP), too small, or malformed is passed over: it costs the others nothing. A token's kid must be the
 * key's; where neither has one that is the same. An alg, where the key says one, must be the token's.
 *
 * Ownership  jwk_set_free() frees all. The text is copied.
 * Thread     Loop thread. The first signature loads libcrypto and makes a key of the numbers; the next ones take 30 us
 *            (RS256) to 1 ms (ES384). The last 64 good ones, by their bytes, are remembered: 1 us.
 * Limits     JWK_SET_MAX bytes, JWK_COUNT_MAX keys; RSA from 1,024 to 16,384 bits.
 * Source     RFC 7517; RFC 7518, section 6. API Gateway Developer Guide, "Control access to HTTP APIs with JWT
 *            authorizers" (the size). */
#ifndef SLS_GATEWAY_JWT_JWK_H
#define SLS_GATEWAY_JWT_JWK_H

#include "gateway/jwt/jws.h"

#define JWK_SET_MAX 150000 /* bytes */
#define JWK_COUNT_MAX 256  /* those that can be used; more are passed over */

struct jwk_set;

/* INVALID: not JSON, or no object with a list "keys". A set without usable keys is one. */
MUST_CHECK enum status jwk_set_parse(struct slice json, struct jwk_set **ret_set,
                                     struct fault *reterr);
void jwk_set_free(struct jwk_set *set); /* NULL is a no-op */
size_t jwk_set_count(const struct jwk_set *set);

/* NOT_FOUND: no key of that kid and kind, the fault tells which there are. DENIED: the signature is another's, in
 * the words of the library AWS uses. UNAVAILABLE: no libcrypto. `jws` must be of an algorithm with public keys
 * (asserted). */
MUST_CHECK enum status jwk_set_verify(struct jwk_set *set, const struct jws *jws,
                                      struct fault *reterr);

#endif
