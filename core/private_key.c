#include "core/private_key.h"

#include "core/mem.h"

#define KEY_BITS "2048"
#define SIGNATURE_MAX 2048 /* bytes: a key of 16,384 bits */

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

enum status private_key_make(struct private_key **ret_key, struct fault *reterr)
{
    struct private_key *key = mem_zalloc(sizeof *key);
    enum status status = libcrypto_load(&key->crypto, reterr);
    if (status == STATUS_OK && (key->key = make_key(&key->crypto)) == NULL) {
        status = fault_set(reterr, STATUS_UNAVAILABLE, "libcrypto cannot make a key");
    }
    if (status != STATUS_OK) {
        private_key_free(key);
        return status;
    }
    *ret_key = key;
    return STATUS_OK;
}

static EVP_PKEY *read_key(const struct libcrypto *crypto, struct slice pem)
{
    BIO *bio = pem.len <= INT32_MAX ? crypto->BIO_new_mem_buf(pem.ptr, (int)pem.len) : NULL;
    EVP_PKEY *key = NULL;
    if (bio != NULL) {
        key = crypto->PEM_read_bio_PrivateKey(bio, NULL, libcrypto_no_passphrase, NULL);
        crypto->BIO_free(bio);
    }
    if (key != NULL && crypto->EVP_PKEY_get0_RSA(key) == NULL) {
        crypto->EVP_PKEY_free(key);
        key = NULL;
    }
    crypto->ERR_clear_error();
    return key;
}

enum status private_key_read(struct slice pem, struct private_key **ret_key, struct fault *reterr)
{
    struct private_key *key = mem_zalloc(sizeof *key);
    enum status status = libcrypto_load(&key->crypto, reterr);
    if (status == STATUS_OK && (key->key = read_key(&key->crypto, pem)) == NULL) {
        status = fault_set(reterr, STATUS_INVALID, "not an RSA private key in PEM");
    }
    if (status != STATUS_OK) {
        private_key_free(key);
        return status;
    }
    *ret_key = key;
    return STATUS_OK;
}

void private_key_free(struct private_key *key)
{
    if (key == NULL) {
        return;
    }
    if (key->key != NULL) {
        key->crypto.EVP_PKEY_free(key->key);
    }
    mem_free(key);
}

bool private_key_write(const struct private_key *key, struct buf *ret_pem)
{
    const struct libcrypto *crypto = &key->crypto;
    BIO *bio = crypto->BIO_new(crypto->BIO_s_mem());
    bool is_written = bio != NULL && crypto->PEM_write_bio_PrivateKey(bio, key->key, NULL, NULL, 0,
                                                                      NULL, NULL) == 1;
    if (is_written) {
        libcrypto_read_bio(crypto, bio, ret_pem);
    }
    crypto->BIO_free(bio);
    return is_written && buf_status(ret_pem) == STATUS_OK;
}

bool private_key_sign(const struct private_key *key, enum digest digest, struct slice text,
                      struct buf *ret_signature)
{
    const struct libcrypto *crypto = &key->crypto;
    unsigned char signature[SIGNATURE_MAX];
    size_t len = sizeof signature;
    EVP_MD_CTX *ctx = crypto->EVP_MD_CTX_new();
    bool is_signed =
        ctx != NULL &&
        crypto->EVP_DigestSignInit(
            ctx, NULL, digest == DIGEST_SHA256 ? crypto->EVP_sha256() : crypto->EVP_sha1(), NULL,
            key->key) == 1 &&
        crypto->EVP_DigestSign(ctx, signature, &len, (const unsigned char *)text.ptr, text.len) ==
            1;
    crypto->EVP_MD_CTX_free(ctx);
    if (!is_signed) {
        crypto->ERR_clear_error();
        return false;
    }
    buf_append(ret_signature, slice_of((const char *)signature, len));
    return buf_status(ret_signature) == STATUS_OK;
}

static void append_number(const struct libcrypto *crypto, const BIGNUM *number, struct buf *ret)
{
    size_t len = ((size_t)crypto->BN_num_bits(number) + 7) / 8;
    char *at = buf_reserve(ret, len);
    if (at != NULL) {
        crypto->BN_bn2bin(number, (unsigned char *)at);
        buf_advance(ret, len);
    }
}

void private_key_numbers(const struct private_key *key, struct buf *ret_n, struct buf *ret_e)
{
    const BIGNUM *n, *e;
    key->crypto.RSA_get0_key(key->crypto.EVP_PKEY_get0_RSA(key->key), &n, &e, NULL);
    append_number(&key->crypto, n, ret_n);
    append_number(&key->crypto, e, ret_e);
}
