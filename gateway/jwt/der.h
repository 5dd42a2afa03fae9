/* As much of ASN.1's DER as it takes to hand a JSON Web Key and a JSON Web Signature to libcrypto.
 *
 * Source  ITU-T X.690; RFC 3279, section 2.3 (keys); RFC 3279, section 2.2.3 (ECDSA signatures). */
#ifndef SLS_GATEWAY_JWT_DER_H
#define SLS_GATEWAY_JWT_DER_H

#include "core/buf.h"

struct der_curve {
    const char *name;      /* "P-256" */
    struct slice oid;      /* as DER */
    size_t coordinate_len; /* bytes */
};

extern const struct der_curve der_curves[3]; /* of ES256, ES384, ES512 */

/* Each appends. Numbers are big-endian and unsigned. SubjectPublicKeyInfo: */
void der_rsa_key(struct buf *buf, struct slice n, struct slice e);
/* Both coordinates are of the curve's length (asserted). */
void der_ec_key(struct buf *buf, const struct der_curve *curve, struct slice x, struct slice y);
/* ECDSA-Sig-Value */
void der_ec_signature(struct buf *buf, struct slice r, struct slice s);

#endif
