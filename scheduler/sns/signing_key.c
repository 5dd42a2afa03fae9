#include "scheduler/sns/signing_key.h"

#include "core/encode.h"
#include "core/file.h"
#include "core/id.h"
#include "core/mem.h"
#include "scheduler/sns/libcrypto.h"

#include <fcntl.h>
#include <sha2.h>
#include <stdio.h>
#include <unistd.h>

#define PEM_MAX 65536
#define KEY_BITS "2048"
#define SIGNATURE_MAX 1024
#define VALID_SECONDS (3600L * 24 * 3650)
#define YESTERDAY (-3600L * 24) /* of a client whose clock is behind */
#define CERTIFICATE_BEGIN "-----BEGIN CERTIFICATE-----"

struct signing_key {
    struct libcrypto crypto;
    EVP_PKEY *key;
    struct buf pem; /* the private key, then the certificate */
    struct slice certificate;
    char id[SIGNING_KEY_ID_LEN + 1];
};

/* --- making --- */

static EVP_PKEY *make_key(const struct libcrypto *crypto)
{
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *ctx = crypto->EVP_PKEY_CTX_new_id(EVP_PKEY_RSA, NULL);
    if (ctx != NULL && crypto->EVP_PKEY_keygen_init(ctx) == 1 &&
        crypto->EVP_PKEY_CTX_ctrl_str(ctx, "rsa_keygen_bits", KEY_BITS) == 1 &&
        crypto->EVP_PKEY_keygen(ctx, &key) != 1) {
        key = NULL;
    }
    crypto->EVP_PKEY_CTX_free(ctx);
    return key;
}

/* Signed by itself: nobody who verifies a local signature asks for more. */
static bool fill_certificate(const struct libcrypto *crypto, EVP_PKEY *key, X509 *certificate)
{
    static const unsigned char name[] = "sns.amazonaws.com";
    X509_NAME *subject = crypto->X509_get_subject_name(certificate);
    return crypto->X509_set_version(certificate, 2) == 1 &&
           crypto->ASN1_INTEGER_set(crypto->X509_get_serialNumber(certificate), 1) == 1 &&
           crypto->X509_gmtime_adj(crypto->X509_getm_notBefore(certificate), YESTERDAY) != NULL &&
           crypto->X509_gmtime_adj(crypto->X509_getm_notAfter(certificate), VALID_SECONDS) !=
               NULL &&
           crypto->X509_set_pubkey(certificate, key) == 1 &&
           crypto->X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, name, -1, -1, 0) == 1 &&
           crypto->X509_set_issuer_name(certificate, subject) == 1 &&
           crypto->X509_sign(certificate, key, crypto->EVP_sha256()) != 0;
}

static void read_bio(const struct libcrypto *crypto, BIO *bio, struct buf *ret_pem)
{
    char piece[1024];
    int len;
    while ((len = crypto->BIO_read(bio, piece, sizeof piece)) > 0) {
        buf_append(ret_pem, slice_of(piece, (size_t)len));
    }
}

static bool print_pem(const struct libcrypto *crypto, EVP_PKEY *key, struct buf *ret_pem)
{
    X509 *certificate = crypto->X509_new();
    BIO *bio = crypto->BIO_new(crypto->BIO_s_mem());
    bool is_made = certificate != NULL && bio != NULL &&
                   fill_certificate(crypto, key, certificate) &&
                   crypto->PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1 &&
                   crypto->PEM_write_bio_X509(bio, certificate) == 1;
    if (is_made) {
        read_bio(crypto, bio, ret_pem);
    }
    crypto->BIO_free(bio);
    crypto->X509_free(certificate);
    return is_made && buf_status(ret_pem) == STATUS_OK;
}

/* Whole or not at all, and for the owner only. */
static bool write_file(const char *path, struct slice pem)
{
    AUTO_BUF temporary = BUF_INIT(4096);
    buf_printf(&temporary, "%s.new", path);
    const char *name = buf_cstr(&temporary);
    AUTO_FD fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    return fd >= 0 && fd_write_all(fd, pem) && fsync(fd) == 0 && rename(name, path) == 0;
}

/* --- opening --- */

static bool find_certificate(struct signing_key *key)
{
    uint8_t digest[SHA256_DIGEST_LENGTH];
    struct slice pem = buf_slice(&key->pem);
    size_t at = slice_search(pem, SLICE(CERTIFICATE_BEGIN));
    if (at == SLICE_NPOS) {
        return false;
    }
    key->certificate = slice_skip(pem, at);
    SHA2_CTX sha;
    SHA256Init(&sha);
    SHA256Update(&sha, (const uint8_t *)key->certificate.ptr, key->certificate.len);
    SHA256Final(digest, &sha);
    id_hex(key->id, digest, SIGNING_KEY_ID_LEN / 2);
    return true;
}

static bool read_key(struct signing_key *key)
{
    BIO *bio = key->crypto.BIO_new_mem_buf(key->pem.ptr, (int)key->pem.len);
    if (bio != NULL) {
        key->key = key->crypto.PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
        key->crypto.BIO_free(bio);
    }
    return key->key != NULL && find_certificate(key);
}

static enum status make(struct signing_key *key, const char *path, struct fault *reterr)
{
    key->key = make_key(&key->crypto);
    if (key->key == NULL || !print_pem(&key->crypto, key->key, &key->pem) ||
        !find_certificate(key)) {
        return fault_set(reterr, STATUS_UNAVAILABLE, "libcrypto cannot make a key");
    }
    if (!write_file(path, buf_slice(&key->pem))) {
        return fault_set(reterr, STATUS_UNAVAILABLE, "%s cannot be written", path);
    }
    return STATUS_OK;
}

enum status signing_key_open(const char *path, struct signing_key **ret_key, struct fault *reterr)
{
    struct signing_key *key = mem_zalloc(sizeof *key);
    struct fault missing;
    buf_init(&key->pem, PEM_MAX);
    enum status status = libcrypto_load(&key->crypto, reterr);
    if (status == STATUS_OK &&
        (file_read(path, &key->pem, &missing) != STATUS_OK || !read_key(key))) {
        buf_clear(&key->pem);
        status = make(key, path, reterr);
    }
    if (status != STATUS_OK) {
        signing_key_close(key);
        return status;
    }
    *ret_key = key;
    return STATUS_OK;
}

void signing_key_close(struct signing_key *key)
{
    if (key == NULL) {
        return;
    }
    if (key->key != NULL) {
        key->crypto.EVP_PKEY_free(key->key);
    }
    buf_finish(&key->pem);
    mem_free(key);
}

const char *signing_key_id(const struct signing_key *key)
{
    return key->id;
}

struct slice signing_key_certificate(const struct signing_key *key)
{
    return key->certificate;
}

enum status signing_key_sign(const struct signing_key *key, int version, struct slice text,
                             struct buf *ret_base64)
{
    const struct libcrypto *crypto = &key->crypto;
    unsigned char signature[SIGNATURE_MAX];
    size_t len = sizeof signature;
    const EVP_MD *digest = version == 2 ? crypto->EVP_sha256() : crypto->EVP_sha1();
    EVP_MD_CTX *ctx = crypto->EVP_MD_CTX_new();
    bool is_signed =
        ctx != NULL && crypto->EVP_DigestSignInit(ctx, NULL, digest, NULL, key->key) == 1 &&
        crypto->EVP_DigestSign(ctx, signature, &len, (const unsigned char *)text.ptr, text.len) ==
            1;
    crypto->EVP_MD_CTX_free(ctx);
    if (!is_signed) {
        return STATUS_UNAVAILABLE;
    }
    base64_encode(ret_base64, slice_of((const char *)signature, len));
    return buf_status(ret_base64);
}
