/* An RSA private key: made with 2,048 bits, read from PEM and written as PEM, and what it signs.
 *
 * Ownership  What is made or read is freed with private_key_free().
 * Thread     Any, and signing on several at once. Making takes a tenth of a second, signing half a millisecond.
 * Errors     UNAVAILABLE: no libcrypto, or it failed. INVALID: what was read is not such a key. */
#ifndef SLS_CORE_PRIVATE_KEY_H
#define SLS_CORE_PRIVATE_KEY_H

#include "core/libcrypto.h"

struct private_key {
    struct libcrypto crypto; /* for who has more to do with it: a certificate, say */
    EVP_PKEY *key;
};

enum digest { DIGEST_SHA1, DIGEST_SHA256 };

MUST_CHECK enum status private_key_make(struct private_key **ret_key, struct fault *reterr);
/* The first private key in `pem`; what else stands there is passed over. */
MUST_CHECK enum status private_key_read(struct slice pem, struct private_key **ret_key,
                                        struct fault *reterr);
void private_key_free(struct private_key *key); /* NULL is a no-op */

/* All are appended. PKCS #8; false when libcrypto failed. */
MUST_CHECK bool private_key_write(const struct private_key *key, struct buf *ret_pem);
/* RSASSA-PKCS1-v1_5, as bytes. */
MUST_CHECK bool private_key_sign(const struct private_key *key, enum digest digest,
                                 struct slice text, struct buf *ret_signature);
/* Modulus and exponent, big-endian and without zeros in front. */
void private_key_numbers(const struct private_key *key, struct buf *ret_n, struct buf *ret_e);

#endif
