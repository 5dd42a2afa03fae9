/* Keys from a file: a JSON Web Key Set, or the local issuer's own key. Read when a token needs them, and again whenever
 * the file has changed.
 *
 * Ownership  The path is borrowed. */
#ifndef SLS_GATEWAY_JWT_KEY_FILE_H
#define SLS_GATEWAY_JWT_KEY_FILE_H

#include "gateway/jwt/jwk.h"

#include <sys/stat.h>

struct key_file {
    const char *path;
    bool is_local_issuer; /* a private key in PEM instead of a key set */
    struct jwk_set *keys; /* of the file as it was then: */
    struct stat facts;
};

/* NOT_FOUND, INVALID, LIMIT and what file_read() says; a file that became unreadable has no keys. */
MUST_CHECK enum status key_file_read(struct key_file *file, struct jwk_set **ret_keys,
                                     struct fault *reterr);
void key_file_finish(struct key_file *file);

#endif
