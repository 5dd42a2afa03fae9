#include "scheduler/sns/signing_key.h"

#include "core/encode.h"
#include "core/file.h"
#include "core/id.h"
#include "core/mem.h"
#include "core/private_key.h"

#include <sha2.h>
#include <unistd.h>

#define PEM_MAX 65536
#define SIGNATURE_MAX 1024
#define VALID_SECONDS (3600L * 24 * 3650)
#define YESTERDAY (-3600L * 24) /* of a client whose clock is behind */
#define CERTIFICATE_BEGIN "-----BEGIN CERTIFICATE-----"

struct signing_key {
    struct private_key *key;
    struct buf pem; /* the private key, then the certificate */
    struct slice certificate;
    char id[SIGNING_KEY_ID_LEN + 1];
};

/* --- making --- */

/* Signed by itself: nobody who verifies a local signature asks for more. */
static bool fill_certificate(const struct private_key *key, X509 *certificate)
{
    static const unsigned char name[] = "sns.amazonaws.com";
    const struct libcrypto *crypto = &key->crypto;
    X509_NAME *subject = crypto->X509_get_subject_name(certificate);
    return crypto->X509_set_version(certificate, 2) == 1 &&
           crypto->ASN1_INTEGER_set(crypto->X509_get_serialNumber(certificate), 1) == 1 &&
           crypto->X509_gmtime_adj(crypto->X509_getm_notBefore(certificate), YESTERDAY) != NULL &&
           crypto->X509_gmtime_adj(crypto->X509_getm_notAfter(certificate), VALID_SECONDS) !=
               NULL &&
           crypto->X509_set_pubkey(certificate, key->key) == 1 &&
           crypto->X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, name, -1, -1, 0) == 1 &&
           crypto->X509_set_issuer_name(certificate, subject) == 1 &&
           crypto->X509_sign(certificate, key->key, crypto->EVP_sha256()) != 0;
}

static bool print_certificate(const struct private_key *key, struct buf *ret_pem)
{
    const struct libcrypto *crypto = &key->crypto;
    X509 *certificate = crypto->X509_new();
    BIO *bio = crypto->BIO_new(crypto->BIO_s_mem());
    bool is_made = certificate != NULL && bio != NULL && fill_certificate(key, certificate) &&
                   crypto->PEM_write_bio_X509(bio, certificate) == 1;
    if (is_made) {
        libcrypto_read_bio(crypto, bio, ret_pem);
    }
    crypto->BIO_free(bio);
    crypto->X509_free(certificate);
    return is_made && buf_status(ret_pem) == STATUS_OK;
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

static enum status make(struct signing_key *key, const char *path, struct fault *reterr)
{
    enum status status = private_key_make(&key->key, reterr);
    if (status != STATUS_OK) {
        return status;
    }
    if (!private_key_write(key->key, &key->pem) || !print_certificate(key->key, &key->pem) ||
        !find_certificate(key)) {
        return fault_set(reterr, STATUS_UNAVAILABLE, "libcrypto cannot make a key");
    }
    (void)unlink(path); /* what is there could not be read */
    struct fault fault;
    if (file_create_private(path, buf_slice(&key->pem), &fault) != STATUS_OK) {
        return fault_set(reterr, STATUS_UNAVAILABLE, "%s", fault.text);
    }
    return STATUS_OK;
}

static bool read_pem(struct signing_key *key, const char *path)
{
    struct fault ignored;
    return file_read(path, &key->pem, &ignored) == STATUS_OK &&
           private_key_read(buf_slice(&key->pem), &key->key, &ignored) == STATUS_OK &&
           find_certificate(key);
}

enum status signing_key_open(const char *path, struct signing_key **ret_key, struct fault *reterr)
{
    struct signing_key *key = mem_zalloc(sizeof *key);
    enum status status = STATUS_OK;
    buf_init(&key->pem, PEM_MAX);
    if (!read_pem(key, path)) {
        private_key_free(key->key);
        key->key = NULL;
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
    private_key_free(key->key);
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
    AUTO_BUF signature = BUF_INIT(SIGNATURE_MAX);
    if (!private_key_sign(key->key, version == 2 ? DIGEST_SHA256 : DIGEST_SHA1, text, &signature)) {
        return STATUS_UNAVAILABLE;
    }
    base64_encode(ret_base64, buf_slice(&signature));
    return buf_status(ret_base64);
}
