/* --tls of `up`: where the certificate comes from, and how clients and functions come to trust it.
 *
 *     DATA/tls/localhost.pem   key and certificate, made by the first start and kept until near its end (mode 0600)
 *     DATA/tls/ca.pem          what clients trust: the authority of that certificate, or what --tls-cert has
 *     DATA/tls/ca-bundle.pem   that and the machine's authorities, for clients that take one file for all
 *
 * Ownership  https_close() after the last server that speaks with it.
 * Errors     NOT_FOUND, DENIED, LIMIT, INVALID of the files given; UNAVAILABLE: no OpenSSL, or a directory that cannot be
 *            written. The text names file or option. */
#ifndef SLS_CLI_HTTPS_H
#define SLS_CLI_HTTPS_H

#include "core/arena.h"
#include "core/http/tls.h"

struct https_options {
    bool is_wanted;
    const char *certificate; /* --tls-cert; NULL: one is made */
    const char *key;         /* --tls-key */
    const char *data_dir;    /* absolute */
    const char *host;        /* listened on */
    const char *region;      /* of host names like sqs.us-east-1.localhost */
};

struct https {
    struct tls *tls;         /* NULL: not wanted */
    const char *ca_file;     /* these are in the arena */
    const char *bundle_file; /* NULL: the machine has no authorities of its own */
    const char *notice;      /* what people should know; NULL: nothing */
    bool was_told[2];        /* by enum tls_trouble */
};

MUST_CHECK enum status https_open(const struct https_options *options, struct arena *arena,
                                  struct https *ret_https, struct fault *reterr);
/* What people are told of a client's trouble, once a kind, as it will try again; then nothing. */
struct slice https_trouble(struct https *https, enum tls_trouble trouble, struct arena *arena);
void https_close(struct https *https); /* of zeros it is a no-op */

#endif
