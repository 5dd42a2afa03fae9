/* What core/http/tls*.c share, and how a connection speaks through TLS. */
#ifndef SLS_CORE_HTTP_TLS_PRIVATE_H
#define SLS_CORE_HTTP_TLS_PRIVATE_H

#include "core/http/private.h"
#include "core/http/tls.h"
#include "core/http/tls_library.h"

#define TLS_RECORD_LEN 16384 /* plain bytes of a record, at most (RFC 8446, 5.1) */

/* libssl reads from and writes into memory. It has taken all that a read brought when that is over, and what it writes is
 * sent at once: so one pair of these memories serves all connections. */
struct tls {
    struct tls_library library;
    SSL_CTX *ssl_ctx;
    BIO *received;
    BIO *to_send;
    struct buf sealed; /* on its way from there to the socket */
    char *opened;      /* READ_LEN: what a read brought, in plain bytes */
    char *gathered;    /* TLS_RECORD_LEN: the parts of a write, to be sealed as one record */
};

/* tls_channel.c: the protocol of a connection, of those the client offers. */
int tls_on_alpn(SSL *ssl, const unsigned char **ret_protocol, unsigned char *ret_len,
                const unsigned char *offered, unsigned int offered_len, void *ctx);

#endif
