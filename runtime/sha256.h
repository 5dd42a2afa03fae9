/* SHA-256 (FIPS 180-4), for CodeSha256. */
#ifndef SLS_RUNTIME_SHA256_H
#define SLS_RUNTIME_SHA256_H

#include "core/slice.h"

#define SHA256_LEN 32

struct sha256 {
    uint32_t state[8];
    uint64_t len;
    unsigned char block[64];
};

void sha256_init(struct sha256 *sha);
void sha256_add(struct sha256 *sha, struct slice bytes);
void sha256_end(struct sha256 *sha, unsigned char out[SHA256_LEN]);

#endif
