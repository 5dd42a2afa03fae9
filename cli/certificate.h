/* A certificate for names of this machine, and an authority that signed it and nothing else: its key is forgotten at once, so
 * that who trusts the authority trusts this certificate alone. Keys are on P-256.
 *
 * Thread  Any; making takes a millisecond.
 * Errors  UNAVAILABLE: no libcrypto, or it failed. INVALID: what was read is no certificate. */
#ifndef SLS_CLI_CERTIFICATE_H
#define SLS_CLI_CERTIFICATE_H

#include "core/buf.h"

#define CERTIFICATE_DAYS 730 /* macOS takes none that lasts longer than 825 */

struct certificate {
    struct buf key;       /* PEM each; private */
    struct buf own;       /* what the server shows */
    struct buf authority; /* what clients trust */
};

/* `names` as OpenSSL writes them: "DNS:localhost,DNS:*.s3.localhost,IP:127.0.0.1". */
MUST_CHECK enum status certificate_make(const char *names, struct certificate *ret_certificate,
                                        struct fault *reterr);
void certificate_finish(struct certificate *certificate);
/* Whether the first certificate in `pem` is valid now and will be in so many days. */
MUST_CHECK enum status certificate_lasts(struct slice pem, uint32_t days, bool *ret_lasts,
                                         struct fault *reterr);
/* The next certificate in `*rest`, with the lines around it; false when there is none. */
bool certificate_next(struct slice *rest, struct slice *ret_pem);

#endif
