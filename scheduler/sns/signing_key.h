/* The key that signs notifications, and its certificate: one PEM file in the data directory, made when it is first
 * asked for and kept from then on.
 *
 * Thread  All of it on threads of libuv's pool; signing_key_sign() on several at once. It blocks: making a key takes a
 *         tenth of a second, signing half a millisecond.
 * Source  SNS Developer Guide, "Verifying the signatures of Amazon SNS messages". */
#ifndef SLS_SCHEDULER_SNS_SIGNING_KEY_H
#define SLS_SCHEDULER_SNS_SIGNING_KEY_H

#include "core/buf.h"

#define SIGNING_KEY_ID_LEN 32

struct signing_key;

/* UNAVAILABLE: no libcrypto, or the file can neither be read nor made. */
MUST_CHECK enum status signing_key_open(const char *path, struct signing_key **ret_key,
                                        struct fault *reterr);
void signing_key_close(struct signing_key *key); /* NULL is a no-op */

/* Of its certificate: "f3ecfb7224c7233fe7bb5f59f96de52f". */
const char *signing_key_id(const struct signing_key *key);
struct slice signing_key_certificate(const struct signing_key *key); /* PEM */
/* RSA PKCS #1 v1.5 over SHA-1 (version 1) or SHA-256 (2), in base64, appended. */
MUST_CHECK enum status signing_key_sign(const struct signing_key *key, int version,
                                        struct slice text, struct buf *ret_base64);

#endif
