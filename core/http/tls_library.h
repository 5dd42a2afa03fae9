/* OpenSSL's libssl, found at run time by who is given a certificate: its headers are used for types, the library is never
 * linked. What is libcrypto's comes through libssl too, so that both are of one version.
 *
 * Errors  UNAVAILABLE with the loader's words when there is no libssl, or one too old. */
#ifndef SLS_CORE_HTTP_TLS_LIBRARY_H
#define SLS_CORE_HTTP_TLS_LIBRARY_H

#include "core/libcrypto.h" /* its headers, for types */

#include <openssl/ssl.h>

/* What 1.1.1 and 3 have alike. The prototypes are the headers' own. */
#define TLS_LIBRARY_FUNCTIONS(X)                                                                   \
    X(TLS_server_method)                                                                           \
    X(SSL_CTX_new)                                                                                 \
    X(SSL_CTX_free)                                                                                \
    X(SSL_CTX_ctrl)                                                                                \
    X(SSL_CTX_set_options)                                                                         \
    X(SSL_CTX_set_cipher_list)                                                                     \
    X(SSL_CTX_use_certificate)                                                                     \
    X(SSL_CTX_use_PrivateKey)                                                                      \
    X(SSL_CTX_check_private_key)                                                                   \
    X(SSL_CTX_set_alpn_select_cb)                                                                  \
    X(SSL_select_next_proto)                                                                       \
    X(SSL_new)                                                                                     \
    X(SSL_free)                                                                                    \
    X(SSL_set_bio)                                                                                 \
    X(SSL_set_ex_data)                                                                             \
    X(SSL_get_ex_data)                                                                             \
    X(SSL_set_accept_state)                                                                        \
    X(SSL_version)                                                                                 \
    X(SSL_is_init_finished)                                                                        \
    X(SSL_read)                                                                                    \
    X(SSL_write)                                                                                   \
    X(SSL_shutdown)                                                                                \
    X(SSL_get_error)                                                                               \
    X(BIO_new)                                                                                     \
    X(BIO_new_mem_buf)                                                                             \
    X(BIO_s_mem)                                                                                   \
    X(BIO_up_ref)                                                                                  \
    X(BIO_read)                                                                                    \
    X(BIO_write)                                                                                   \
    X(BIO_free)                                                                                    \
    X(PEM_read_bio_X509)                                                                           \
    X(PEM_read_bio_PrivateKey)                                                                     \
    X(X509_free)                                                                                   \
    X(EVP_PKEY_free)                                                                               \
    X(ERR_peek_last_error)                                                                         \
    X(ERR_reason_error_string)                                                                     \
    X(ERR_clear_error)

struct tls_library {
#define TLS_LIBRARY_POINTER(name) __typeof__(name) *name;
    TLS_LIBRARY_FUNCTIONS(TLS_LIBRARY_POINTER)
#undef TLS_LIBRARY_POINTER
};

MUST_CHECK enum status tls_library_load(struct tls_library *ret_library, struct fault *reterr);

#endif
