/* --issuer-keys URL=FILE of `up`: issuers whose keys are in a file, as where there is no way to them. */
#ifndef SLS_CLI_ISSUER_KEYS_H
#define SLS_CLI_ISSUER_KEYS_H

#include "cli/args.h"
#include "core/arena.h"
#include "gateway/jwt/jwt.h"

#define ISSUER_KEYS_MAX 32

struct issuer_keys {
    struct jwt_key_file items[ISSUER_KEYS_MAX]; /* texts are in the arena */
    size_t count;
};

/* The file may be made later. INVALID for what is no URL=FILE. */
MUST_CHECK enum status issuer_keys_read(const struct args *args, struct arena *arena,
                                        struct issuer_keys *ret_keys, struct fault *reterr);

#endif
