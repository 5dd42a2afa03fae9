/* OpenSSL's libcrypto, found at run time: its headers are used for types, the library is never linked. Only signatures
 * and certificates need it, and its megabytes come into memory with the first of them.
 *
 * Thread  libcrypto_load() on any one thread; what it fills in, on all.
 * Errors  UNAVAILABLE with the loader's words. */
#ifndef SLS_CORE_LIBCRYPTO_H
#define SLS_CORE_LIBCRYPTO_H

#include "core/buf.h"

#define OPENSSL_SUPPRESS_DEPRECATED /* what 1.1.1 has nothing newer for */

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

/* What 1.1.1 and 3 have alike. The prototypes are the headers' own. */
#define LIBCRYPTO_FUNCTIONS(X)                                                                     \
    X(EVP_PKEY_CTX_new_id)                                                                         \
    X(EVP_PKEY_CTX_free)                                                                           \
    X(EVP_PKEY_CTX_ctrl_str)                                                                       \
    X(EVP_PKEY_keygen_init)                                                                        \
    X(EVP_PKEY_keygen)                                                                             \
    X(EVP_PKEY_free)                                                                               \
    X(EVP_MD_CTX_new)                                                                              \
    X(EVP_MD_CTX_free)                                                                             \
    X(EVP_sha1)                                                                                    \
    X(EVP_sha256)                                                                                  \
    X(EVP_sha384)                                                                                  \
    X(EVP_sha512)                                                                                  \
    X(EVP_Digest)                                                                                  \
    X(EVP_DigestSignInit)                                                                          \
    X(EVP_DigestSign)                                                                              \
    X(EVP_DigestVerifyInit)                                                                        \
    X(EVP_DigestVerify)                                                                            \
    X(d2i_PUBKEY)                                                                                  \
    X(EVP_PKEY_get0_RSA)                                                                           \
    X(RSA_get0_key)                                                                                \
    X(BN_num_bits)                                                                                 \
    X(BN_bn2bin)                                                                                   \
    X(ERR_clear_error)                                                                             \
    X(X509_new)                                                                                    \
    X(X509_free)                                                                                   \
    X(X509_set_version)                                                                            \
    X(X509_get_serialNumber)                                                                       \
    X(ASN1_INTEGER_set)                                                                            \
    X(X509_getm_notBefore)                                                                         \
    X(X509_getm_notAfter)                                                                          \
    X(X509_gmtime_adj)                                                                             \
    X(X509_set_pubkey)                                                                             \
    X(X509_get_subject_name)                                                                       \
    X(X509_set_issuer_name)                                                                        \
    X(X509_NAME_add_entry_by_txt)                                                                  \
    X(X509_sign)                                                                                   \
    X(X509_get0_notBefore)                                                                         \
    X(X509_get0_notAfter)                                                                          \
    X(X509_cmp_time)                                                                               \
    X(X509_add_ext)                                                                                \
    X(X509_EXTENSION_free)                                                                         \
    X(X509V3_set_ctx)                                                                              \
    X(X509V3_EXT_nconf_nid)                                                                        \
    X(BIO_new)                                                                                     \
    X(BIO_new_mem_buf)                                                                             \
    X(BIO_s_mem)                                                                                   \
    X(BIO_read)                                                                                    \
    X(BIO_free)                                                                                    \
    X(PEM_write_bio_X509)                                                                          \
    X(PEM_read_bio_X509)                                                                           \
    X(PEM_write_bio_PrivateKey)                                                                    \
    X(PEM_read_bio_PrivateKey)

struct libcrypto {
#define LIBCRYPTO_POINTER(name) __typeof__(name) *name;
    LIBCRYPTO_FUNCTIONS(LIBCRYPTO_POINTER)
#undef LIBCRYPTO_POINTER
};

/* The library stays in the process. */
MUST_CHECK enum status libcrypto_load(struct libcrypto *ret_crypto, struct fault *reterr);
/* All that is in a memory BIO, appended. */
void libcrypto_read_bio(const struct libcrypto *crypto, BIO *bio, struct buf *ret_bytes);
/* For PEM_read_bio_*(): nobody is there to be asked for a pass phrase, which libcrypto would do on the terminal. */
int libcrypto_no_passphrase(char *out, int size, int is_writing, void *ctx);

#endif
