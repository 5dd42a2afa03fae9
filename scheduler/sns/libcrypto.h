/* OpenSSL's libcrypto, found at run time: its headers are used for types, the library is never linked. Only signing
 * needs it, and its megabytes come into memory with the first signature.
 *
 * Thread  libcrypto_load() on any one thread; what it fills in, on all.
 * Errors  UNAVAILABLE with the loader's words. */
#ifndef SLS_SCHEDULER_SNS_LIBCRYPTO_H
#define SLS_SCHEDULER_SNS_LIBCRYPTO_H

#include "core/status.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

struct libcrypto {
    EVP_PKEY_CTX *(*EVP_PKEY_CTX_new_id)(int id, ENGINE *engine);
    void (*EVP_PKEY_CTX_free)(EVP_PKEY_CTX *ctx);
    int (*EVP_PKEY_keygen_init)(EVP_PKEY_CTX *ctx);
    int (*EVP_PKEY_CTX_ctrl_str)(EVP_PKEY_CTX *ctx, const char *type, const char *value);
    int (*EVP_PKEY_keygen)(EVP_PKEY_CTX *ctx, EVP_PKEY **ret_key);
    void (*EVP_PKEY_free)(EVP_PKEY *key);
    EVP_MD_CTX *(*EVP_MD_CTX_new)(void);
    void (*EVP_MD_CTX_free)(EVP_MD_CTX *ctx);
    const EVP_MD *(*EVP_sha1)(void);
    const EVP_MD *(*EVP_sha256)(void);
    int (*EVP_DigestSignInit)(EVP_MD_CTX *ctx, EVP_PKEY_CTX **key_ctx, const EVP_MD *digest,
                              ENGINE *engine, EVP_PKEY *key);
    int (*EVP_DigestSign)(EVP_MD_CTX *ctx, unsigned char *ret_signature, size_t *ret_len,
                          const unsigned char *text, size_t len);
    X509 *(*X509_new)(void);
    void (*X509_free)(X509 *certificate);
    int (*X509_set_version)(X509 *certificate, long version);
    ASN1_INTEGER *(*X509_get_serialNumber)(X509 *certificate);
    int (*ASN1_INTEGER_set)(ASN1_INTEGER *number, long value);
    ASN1_TIME *(*X509_getm_notBefore)(const X509 *certificate);
    ASN1_TIME *(*X509_getm_notAfter)(const X509 *certificate);
    ASN1_TIME *(*X509_gmtime_adj)(ASN1_TIME *time, long seconds);
    int (*X509_set_pubkey)(X509 *certificate, EVP_PKEY *key);
    X509_NAME *(*X509_get_subject_name)(const X509 *certificate);
    int (*X509_set_issuer_name)(X509 *certificate, const X509_NAME *name);
    int (*X509_NAME_add_entry_by_txt)(X509_NAME *name, const char *field, int type,
                                      const unsigned char *text, int len, int at, int set);
    int (*X509_sign)(X509 *certificate, EVP_PKEY *key, const EVP_MD *digest);
    BIO *(*BIO_new)(const BIO_METHOD *method);
    BIO *(*BIO_new_mem_buf)(const void *bytes, int len);
    const BIO_METHOD *(*BIO_s_mem)(void);
    int (*BIO_read)(BIO *bio, void *bytes, int len);
    int (*BIO_free)(BIO *bio);
    int (*PEM_write_bio_X509)(BIO *bio, const X509 *certificate);
    int (*PEM_write_bio_PrivateKey)(BIO *bio, const EVP_PKEY *key, const EVP_CIPHER *cipher,
                                    const unsigned char *secret, int len, pem_password_cb *ask,
                                    void *ctx);
    EVP_PKEY *(*PEM_read_bio_PrivateKey)(BIO *bio, EVP_PKEY **key, pem_password_cb *ask, void *ctx);
};

/* The library stays in the process. */
MUST_CHECK enum status libcrypto_load(struct libcrypto *ret_crypto, struct fault *reterr);

#endif
