/* What servers need to speak TLS: a certificate with its key, and OpenSSL's libssl, which is loaded for it. Several
 * servers of one loop share it.
 *
 *     socket <-> tls_channel (records) <-> connection (HTTP/1.1, HTTP/2, WebSocket)
 *
 * A connection whose first byte is that of a TLS handshake becomes TLS, every other one stays plain: one port serves both.
 *
 * Protocol   TLS 1.2 and 1.3, ciphers with authentication only, no renegotiation, no compression, no early data. ALPN:
 *            http/1.1, and h2 before it where the server speaks it.
 * Ownership  Outlives the servers it is given to.
 * Thread     Loop thread.
 * Memory     The buffers of records being opened and sealed are here, once; a connection that waits keeps none of them, and
 *            about 14 KB of libssl's own. */
#ifndef SLS_CORE_HTTP_TLS_H
#define SLS_CORE_HTTP_TLS_H

#include "core/slice.h"

struct tls;

/* What people who start servers should know of what their clients do. */
enum tls_trouble {
    TLS_TROUBLE_NOT_SPOKEN, /* a client began with TLS, which the server was not told to speak */
    TLS_TROUBLE_UNTRUSTED,  /* a client does not trust the certificate, or whoever signed it */
};

/* Both as PEM: the server's certificate, then those that link it to the root, if there are any; and its private key.
 * UNAVAILABLE: no libssl. INVALID says which of the two is wrong. */
MUST_CHECK enum status tls_create(struct slice certificates, struct slice key, struct tls **ret_tls,
                                  struct fault *reterr);
void tls_destroy(struct tls *tls); /* NULL is a no-op */

#endif
