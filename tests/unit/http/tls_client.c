#include "tls_client.h"

#include "core/http/tls.h"

#include <criterion/criterion.h>

#include <errno.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <sys/socket.h>

/* --- certificates --- */

static EVP_PKEY *make_key(const char *algorithm)
{
    bool is_ec = strcmp(algorithm, "ec") == 0;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_id(is_ec ? EVP_PKEY_EC : EVP_PKEY_RSA, NULL);
    EVP_PKEY *key = NULL;
    cr_assert_eq(EVP_PKEY_keygen_init(ctx), 1);
    cr_assert_eq(EVP_PKEY_CTX_ctrl_str(ctx, is_ec ? "ec_paramgen_curve" : "rsa_keygen_bits",
                                       is_ec ? "P-256" : "2048"),
                 1);
    cr_assert_eq(EVP_PKEY_keygen(ctx, &key), 1);
    EVP_PKEY_CTX_free(ctx);
    return key;
}

static void take_bio(BIO *bio, struct buf *ret)
{
    char *at;
    long len = BIO_get_mem_data(bio, &at);
    buf_append(ret, slice_of(at, (size_t)len));
    BIO_free(bio);
}

void tls_identity_make(struct tls_identity *identity, const char *algorithm)
{
    buf_init(&identity->certificate, 65536);
    buf_init(&identity->key, 65536);
    EVP_PKEY *key = make_key(algorithm);
    X509 *certificate = X509_new();
    X509_NAME *name = X509_get_subject_name(certificate);
    cr_assert_eq(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                            (const unsigned char *)"localhost", -1, -1, 0),
                 1);
    cr_assert_eq(X509_set_issuer_name(certificate, name), 1);
    cr_assert_eq(ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1), 1);
    cr_assert_not_null(X509_gmtime_adj(X509_getm_notBefore(certificate), -3600));
    cr_assert_not_null(X509_gmtime_adj(X509_getm_notAfter(certificate), 3600));
    cr_assert_eq(X509_set_pubkey(certificate, key), 1);
    cr_assert_neq(X509_sign(certificate, key, EVP_sha256()), 0);
    BIO *bio = BIO_new(BIO_s_mem());
    cr_assert_eq(PEM_write_bio_X509(bio, certificate), 1);
    take_bio(bio, &identity->certificate);
    bio = BIO_new(BIO_s_mem());
    cr_assert_eq(PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL), 1);
    take_bio(bio, &identity->key);
    X509_free(certificate);
    EVP_PKEY_free(key);
}

void tls_identity_finish(struct tls_identity *identity)
{
    buf_finish(&identity->certificate);
    buf_finish(&identity->key);
}

struct tls *tls_of(const struct tls_identity *identity)
{
    struct fault fault;
    struct tls *tls = NULL;
    cr_assert_eq(
        tls_create(buf_slice(&identity->certificate), buf_slice(&identity->key), &tls, &fault),
        STATUS_OK, "%s", fault.text);
    return tls;
}

/* --- the client --- */

void tls_client_start(struct tls_client *client, struct fixture *fixture)
{
    *client = (struct tls_client){.fixture = fixture, .fd = client_connect(fixture)};
    buf_init(&client->received, 1u << 26);
    client->ssl_ctx = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_security_level(client->ssl_ctx, 0); /* it may speak what the server must refuse */
    client->ssl = SSL_new(client->ssl_ctx);
    SSL_set_bio(client->ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_connect_state(client->ssl);
    cr_assert_eq(SSL_set_tlsext_host_name(client->ssl, "localhost"), 1);
}

void tls_client_set_version(struct tls_client *client, int version)
{
    cr_assert_eq(SSL_set_min_proto_version(client->ssl, version), 1);
    cr_assert_eq(SSL_set_max_proto_version(client->ssl, version), 1);
}

void tls_client_offer(struct tls_client *client, const char *protocols)
{
    cr_assert_eq(SSL_set_alpn_protos(client->ssl, (const unsigned char *)protocols,
                                     (unsigned)strlen(protocols)),
                 0);
}

void tls_client_flush(struct tls_client *client)
{
    char bytes[16384];
    int len;
    while ((len = BIO_read(SSL_get_wbio(client->ssl), bytes, sizeof(bytes))) > 0) {
        struct slice piece = slice_of(bytes, (size_t)len);
        if (client->is_slow) {
            client_send_slowly(client->fixture, client->fd, piece);
        } else {
            client_send(client->fixture, client->fd, piece);
        }
    }
}

/* What the server has sent goes to libssl. 1: something came; 0: nothing yet; -1: it was the end. */
static int receive(struct tls_client *client)
{
    char bytes[16384];
    tls_client_flush(client);
    pump(client->fixture, client->fd);
    ssize_t count = recv(client->fd, bytes, sizeof(bytes), 0);
    if (count > 0) {
        cr_assert_eq(BIO_write(SSL_get_rbio(client->ssl), bytes, (int)count), (int)count);
        return 1;
    }
    return count < 0 && errno == EAGAIN ? 0 : -1;
}

bool tls_client_shake_hands(struct tls_client *client)
{
    uint64_t end_ns = uv_hrtime() + UINT64_C(1000000) * WAIT_MS;
    for (;;) {
        cr_assert_lt(uv_hrtime(), end_ns, "no end of the handshake");
        ERR_clear_error();
        int result = SSL_do_handshake(client->ssl);
        if (result == 1) {
            tls_client_flush(client);
            return true;
        }
        if (SSL_get_error(client->ssl, result) != SSL_ERROR_WANT_READ || receive(client) < 0) {
            tls_client_flush(client); /* our alert */
            return false;
        }
    }
}

void tls_client_send(struct tls_client *client, struct slice bytes)
{
    while (bytes.len != 0) {
        struct slice piece = slice_take(bytes, 65536);
        cr_assert_eq(SSL_write(client->ssl, piece.ptr, (int)piece.len), (int)piece.len);
        bytes = slice_skip(bytes, piece.len);
        tls_client_flush(client);
    }
}

/* As many plain bytes as there are; SSL_ERROR_* of what is behind them. */
static int open_all(struct tls_client *client)
{
    char bytes[16384];
    int count;
    ERR_clear_error();
    while ((count = SSL_read(client->ssl, bytes, sizeof(bytes))) > 0) {
        buf_append(&client->received, slice_of(bytes, (size_t)count));
    }
    return SSL_get_error(client->ssl, count);
}

bool tls_client_read_until(struct tls_client *client, const char *text)
{
    uint64_t end_ns = uv_hrtime() + UINT64_C(1000000) * WAIT_MS;
    bool is_over = false;
    for (;;) {
        int why = open_all(client);
        if (slice_search(buf_slice(&client->received), slice_from(text)) != SLICE_NPOS) {
            return true;
        }
        if (why != SSL_ERROR_WANT_READ || is_over) {
            return false;
        }
        cr_assert_lt(uv_hrtime(), end_ns, "no \"%s\"", text);
        is_over = receive(client) < 0;
    }
}

enum tls_end tls_client_read_end(struct tls_client *client)
{
    uint64_t end_ns = uv_hrtime() + UINT64_C(1000000) * WAIT_MS;
    bool is_over = false;
    for (;;) {
        int why = open_all(client);
        if (why == SSL_ERROR_ZERO_RETURN) {
            return TLS_END_CLEAN;
        }
        if (why != SSL_ERROR_WANT_READ) {
            return TLS_END_ALERT;
        }
        if (is_over) {
            return TLS_END_CUT;
        }
        cr_assert_lt(uv_hrtime(), end_ns, "no end");
        is_over = receive(client) < 0;
    }
}

void tls_client_finish(struct tls_client *client)
{
    client_close(&client->fd);
    SSL_free(client->ssl);
    SSL_CTX_free(client->ssl_ctx);
    buf_finish(&client->received);
}
