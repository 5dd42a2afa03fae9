/* Signs notifications off the loop, with a key that is made when the first one is due (signing_key.h).
 *
 * Ownership  Requests and their texts are borrowed until on_signed. The signer holds the alarms meanwhile.
 * Thread     Loop thread. on_signed runs once, later.
 * Errors     Without libcrypto nothing is signed: a notice says so once, and signatures stay empty. */
#ifndef SLS_SCHEDULER_SNS_SIGNER_H
#define SLS_SCHEDULER_SNS_SIGNER_H

#include "scheduler/parts.h"

struct signer;

struct signature {
    int version;         /* 1 or 2 */
    struct slice text;   /* what is signed */
    struct slice base64; /* the result, in the arena; empty: there is no key */
};

typedef void signed_fn(void *ctx);

struct signer *signer_create(struct scheduler *scheduler);
/* No signing is under way any more (asserted). NULL is a no-op. */
void signer_destroy(struct signer *signer);

/* `arena` gets the results; it belongs to another thread until on_signed. */
void signer_sign(struct signer *signer, struct arena *arena, struct signature *signatures,
                 size_t count, signed_fn *on_signed, void *ctx);

/* Empty before the first signing, one of nothing included, and without libcrypto. */
const char *signer_key_id(const struct signer *signer);
struct slice signer_certificate(const struct signer *signer);

#endif
