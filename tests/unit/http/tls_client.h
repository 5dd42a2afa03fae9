/* A TLS client of the tests: OpenSSL over memory, so that the tests decide how its bytes come to the server. */
#ifndef SLS_TESTS_UNIT_HTTP_TLS_CLIENT_H
#define SLS_TESTS_UNIT_HTTP_TLS_CLIENT_H

#include "support.h"

#include <openssl/ssl.h>

/* A certificate for "localhost" that signs itself, as PEM. `name`: "ec" or "rsa". */
struct tls_identity {
    struct buf certificate;
    struct buf key;
};
void tls_identity_make(struct tls_identity *identity, const char *algorithm);
void tls_identity_finish(struct tls_identity *identity);
/* The server's side of one, made and freed. */
struct tls *tls_of(const struct tls_identity *identity);

struct tls_client {
    struct fixture *fixture;
    int fd;
    SSL_CTX *ssl_ctx;
    SSL *ssl;
    struct buf received; /* plain bytes */
    bool is_slow;        /* sends byte by byte */
};

enum tls_end {
    TLS_END_CLEAN, /* close_notify, then the end of the stream */
    TLS_END_CUT,   /* the end or a reset without it */
    TLS_END_ALERT, /* a fatal alert, or what libssl could not read */
};

void tls_client_start(struct tls_client *client, struct fixture *fixture);
/* Of OpenSSL's numbers: TLS1_2_VERSION. */
void tls_client_set_version(struct tls_client *client, int version);
/* In the wire's form: "\x02h2\x08http/1.1". */
void tls_client_offer(struct tls_client *client, const char *protocols);
/* False when the server refused it. */
bool tls_client_shake_hands(struct tls_client *client);
void tls_client_send(struct tls_client *client, struct slice bytes);
void tls_client_flush(struct tls_client *client); /* what libssl has for the server */
/* True once `text` was received; false when the stream ended before. */
bool tls_client_read_until(struct tls_client *client, const char *text);
enum tls_end tls_client_read_end(struct tls_client *client);
void tls_client_finish(struct tls_client *client);

#define AUTO_TLS_CLIENT __attribute__((cleanup(tls_client_finish))) struct tls_client

#endif
