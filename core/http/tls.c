#include "core/http/tls_private.h"

#include "core/mem.h"

#include <assert.h>

#define SEALED_MAX (1u << 20) /* far more than is collected before it is sent */
/* An HTTP/2 client need not accept others (RFC 9113, 9.2.2), and nobody who speaks 1.2 today lacks them. */
#define CIPHERS_OF_1_2 "ECDHE+AESGCM:ECDHE+CHACHA20"

/* Of an empty text it is one, too. */
static BIO *open_text(const struct tls_library *library, struct slice pem)
{
    assert(pem.len <= INT32_MAX); /* who reads files has a limit */
    BIO *bio = library->BIO_new_mem_buf(pem.len != 0 ? pem.ptr : "", (int)pem.len);
    assert(bio != NULL); /* only for want of memory */
    return bio;
}

static enum status fail_of_openssl(const struct tls_library *library, const char *what,
                                   struct fault *reterr)
{
    const char *reason = library->ERR_reason_error_string(library->ERR_peek_last_error());
    return fault_set(reterr, STATUS_INVALID, "OpenSSL does not take the %s: %s", what,
                     reason != NULL ? reason : "for no reason it tells");
}

/* The first certificate is the server's; the others are sent with it. */
static enum status use_certificates(struct tls *tls, BIO *bio, struct fault *reterr)
{
    const struct tls_library *library = &tls->library;
    X509 *certificate = library->PEM_read_bio_X509(bio, NULL, libcrypto_no_passphrase, NULL);
    if (certificate == NULL) {
        return fault_set(reterr, STATUS_INVALID,
                         "the certificate is not one in PEM (-----BEGIN CERTIFICATE-----)");
    }
    bool is_taken = library->SSL_CTX_use_certificate(tls->ssl_ctx, certificate) == 1;
    library->X509_free(certificate);
    if (!is_taken) {
        return fail_of_openssl(library, "certificate", reterr);
    }
    while ((certificate = library->PEM_read_bio_X509(bio, NULL, libcrypto_no_passphrase, NULL)) !=
           NULL) {
        /* SSL_CTX_add_extra_chain_cert(): it is the context's from now on. */
        if (library->SSL_CTX_ctrl(tls->ssl_ctx, SSL_CTRL_EXTRA_CHAIN_CERT, 0, certificate) != 1) {
            library->X509_free(certificate);
            return fail_of_openssl(library, "certificates behind the first", reterr);
        }
    }
    return ERR_GET_REASON(library->ERR_peek_last_error()) == PEM_R_NO_START_LINE
               ? STATUS_OK
               : fail_of_openssl(library, "certificates behind the first", reterr);
}

static enum status read_certificates(struct tls *tls, struct slice pem, struct fault *reterr)
{
    const struct tls_library *library = &tls->library;
    BIO *bio = open_text(library, pem);
    enum status status = use_certificates(tls, bio, reterr);
    library->BIO_free(bio);
    library->ERR_clear_error();
    return status;
}

static enum status read_key(struct tls *tls, struct slice pem, struct fault *reterr)
{
    const struct tls_library *library = &tls->library;
    BIO *bio = open_text(library, pem);
    EVP_PKEY *key = library->PEM_read_bio_PrivateKey(bio, NULL, libcrypto_no_passphrase, NULL);
    library->BIO_free(bio);
    enum status status = STATUS_OK;
    if (key == NULL) {
        status = fault_set(reterr, STATUS_INVALID,
                           "the key is not a private one in PEM (-----BEGIN PRIVATE KEY-----), or "
                           "has a pass phrase, which nobody is asked for");
    } else if (library->SSL_CTX_use_PrivateKey(tls->ssl_ctx, key) != 1 ||
               library->SSL_CTX_check_private_key(tls->ssl_ctx) != 1) {
        status =
            fault_set(reterr, STATUS_INVALID, "the private key does not belong to the certificate");
    }
    library->EVP_PKEY_free(key);
    library->ERR_clear_error();
    return status;
}

static bool set_protocol(struct tls *tls)
{
    const struct tls_library *library = &tls->library;
    tls->ssl_ctx = library->SSL_CTX_new(library->TLS_server_method());
    if (tls->ssl_ctx == NULL ||
        library->SSL_CTX_ctrl(tls->ssl_ctx, SSL_CTRL_SET_MIN_PROTO_VERSION, TLS1_2_VERSION, NULL) !=
            1 ||
        library->SSL_CTX_set_cipher_list(tls->ssl_ctx, CIPHERS_OF_1_2) != 1) {
        return false;
    }
    library->SSL_CTX_set_options(tls->ssl_ctx, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
    /* Sessions go on by tickets, which clients keep. */
    library->SSL_CTX_ctrl(tls->ssl_ctx, SSL_CTRL_SET_SESS_CACHE_MODE, SSL_SESS_CACHE_OFF, NULL);
    library->SSL_CTX_ctrl(tls->ssl_ctx, SSL_CTRL_MODE, SSL_MODE_RELEASE_BUFFERS, NULL);
    library->SSL_CTX_set_alpn_select_cb(tls->ssl_ctx, tls_on_alpn, tls);
    tls->received = library->BIO_new(library->BIO_s_mem());
    tls->to_send = library->BIO_new(library->BIO_s_mem());
    return tls->received != NULL && tls->to_send != NULL;
}

enum status tls_create(struct slice certificates, struct slice key, struct tls **ret_tls,
                       struct fault *reterr)
{
    struct tls *tls = mem_zalloc(sizeof(*tls));
    buf_init(&tls->sealed, SEALED_MAX);
    enum status status = tls_library_load(&tls->library, reterr);
    if (status != STATUS_OK) {
        mem_free(tls);
        return status;
    }
    if (!set_protocol(tls)) {
        status = fault_set(reterr, STATUS_UNAVAILABLE, "libssl cannot be used for TLS 1.2 and 1.3");
    }
    if (status == STATUS_OK) {
        status = read_certificates(tls, certificates, reterr);
    }
    if (status == STATUS_OK) {
        status = read_key(tls, key, reterr);
    }
    if (status != STATUS_OK) {
        tls_destroy(tls);
        return status;
    }
    tls->opened = mem_alloc(READ_LEN);
    tls->gathered = mem_alloc(TLS_RECORD_LEN);
    *ret_tls = tls;
    return STATUS_OK;
}

void tls_destroy(struct tls *tls)
{
    if (tls == NULL) {
        return;
    }
    tls->library.SSL_CTX_free(tls->ssl_ctx);
    tls->library.BIO_free(tls->received);
    tls->library.BIO_free(tls->to_send);
    buf_finish(&tls->sealed);
    mem_free(tls->opened);
    mem_free(tls->gathered);
    mem_free(tls);
}
