#include "cli/certificate.h"

#include "core/id.h"
#include "core/libcrypto.h"
#include "core/mem.h"

#include <time.h>

#define PEM_MAX 65536
#define DAY_S (3600L * 24)
#define YESTERDAY (-DAY_S) /* of a client whose clock is behind */

/* --- making --- */

struct extension {
    int nid;
    const char *value;
};

static EVP_PKEY *make_key(const struct libcrypto *crypto)
{
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *ctx = crypto->EVP_PKEY_CTX_new_id(EVP_PKEY_EC, NULL);
    if (ctx != NULL && crypto->EVP_PKEY_keygen_init(ctx) == 1 &&
        crypto->EVP_PKEY_CTX_ctrl_str(ctx, "ec_paramgen_curve", "P-256") == 1 &&
        crypto->EVP_PKEY_keygen(ctx, &key) != 1) {
        key = NULL;
    }
    crypto->EVP_PKEY_CTX_free(ctx);
    return key;
}

static bool extend(const struct libcrypto *crypto, X509 *certificate, X509 *issuer,
                   const struct extension *extension)
{
    X509V3_CTX ctx = {0};
    crypto->X509V3_set_ctx(&ctx, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *made =
        crypto->X509V3_EXT_nconf_nid(NULL, &ctx, extension->nid, extension->value);
    bool is_added = made != NULL && crypto->X509_add_ext(certificate, made, -1) == 1;
    crypto->X509_EXTENSION_free(made);
    return is_added;
}

/* A browser refuses two of one issuer with the same number. */
static bool number(const struct libcrypto *crypto, X509 *certificate)
{
    uint64_t random;
    id_random(&random, sizeof random);
    return crypto->ASN1_INTEGER_set(crypto->X509_get_serialNumber(certificate),
                                    (long)(random >> 2 | 1)) == 1;
}

/* Of that key and subject, signed by `issuer` (NULL: by itself). NULL when libcrypto failed. */
static X509 *make_one(const struct libcrypto *crypto, EVP_PKEY *key, const char *subject,
                      X509 *issuer, EVP_PKEY *issuer_key, const struct extension *extensions)
{
    X509 *made = crypto->X509_new();
    if (made == NULL) {
        return NULL;
    }
    X509_NAME *name = crypto->X509_get_subject_name(made);
    bool is_made = crypto->X509_set_version(made, 2) == 1 && number(crypto, made) &&
                   crypto->X509_gmtime_adj(crypto->X509_getm_notBefore(made), YESTERDAY) != NULL &&
                   crypto->X509_gmtime_adj(crypto->X509_getm_notAfter(made),
                                           CERTIFICATE_DAYS * DAY_S) != NULL &&
                   crypto->X509_set_pubkey(made, key) == 1 &&
                   crypto->X509_NAME_add_entry_by_txt(
                       name, "CN", MBSTRING_ASC, (const unsigned char *)subject, -1, -1, 0) == 1 &&
                   crypto->X509_set_issuer_name(
                       made, issuer == NULL ? name : crypto->X509_get_subject_name(issuer)) == 1;
    for (const struct extension *each = extensions; is_made && each->value != NULL; each++) {
        is_made = extend(crypto, made, issuer == NULL ? made : issuer, each);
    }
    if (!is_made || crypto->X509_sign(made, issuer_key, crypto->EVP_sha256()) == 0) {
        crypto->X509_free(made);
        return NULL;
    }
    return made;
}

/* Its own name: several of them may be trusted by one browser. */
static X509 *make_authority(const struct libcrypto *crypto, EVP_PKEY *key)
{
    static const struct extension extensions[] = {
        {NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
        {NID_key_usage, "critical,keyCertSign,cRLSign"},
        {NID_subject_key_identifier, "hash"},
        {NID_undef, NULL},
    };
    unsigned char random[4];
    char hex[2 * sizeof random + 1];
    char subject[sizeof "sls-local authority " + sizeof hex];
    id_random(random, sizeof random);
    id_hex(hex, random, sizeof random);
    (void)snprintf(subject, sizeof subject, "sls-local authority %s", hex);
    return make_one(crypto, key, subject, NULL, key, extensions);
}

static X509 *make_own(const struct libcrypto *crypto, EVP_PKEY *key, const char *names,
                      X509 *authority, EVP_PKEY *authority_key)
{
    const struct extension extensions[] = {
        {NID_basic_constraints, "critical,CA:FALSE"},
        {NID_key_usage, "critical,digitalSignature"},
        {NID_ext_key_usage, "serverAuth"},
        {NID_subject_key_identifier, "hash"},
        {NID_authority_key_identifier, "keyid:always"},
        {NID_subject_alt_name, names},
        {NID_undef, NULL},
    };
    return make_one(crypto, key, "localhost", authority, authority_key, extensions);
}

static bool print(const struct libcrypto *crypto, X509 *certificate, EVP_PKEY *key,
                  struct buf *ret_pem)
{
    BIO *bio = crypto->BIO_new(crypto->BIO_s_mem());
    bool is_printed =
        bio != NULL && (certificate != NULL ? crypto->PEM_write_bio_X509(bio, certificate)
                                            : crypto->PEM_write_bio_PrivateKey(bio, key, NULL, NULL,
                                                                               0, NULL, NULL)) == 1;
    if (is_printed) {
        libcrypto_read_bio(crypto, bio, ret_pem);
    }
    crypto->BIO_free(bio);
    return is_printed && buf_status(ret_pem) == STATUS_OK;
}

static bool make(const struct libcrypto *crypto, const char *names, struct certificate *ret)
{
    EVP_PKEY *authority_key = make_key(crypto);
    EVP_PKEY *key = make_key(crypto);
    X509 *authority = NULL;
    X509 *own = NULL;
    if (authority_key != NULL && key != NULL) {
        authority = make_authority(crypto, authority_key);
    }
    if (authority != NULL) {
        own = make_own(crypto, key, names, authority, authority_key);
    }
    bool is_made = own != NULL && print(crypto, NULL, key, &ret->key) &&
                   print(crypto, own, NULL, &ret->own) &&
                   print(crypto, authority, NULL, &ret->authority);
    crypto->X509_free(own);
    crypto->X509_free(authority);
    crypto->EVP_PKEY_free(key);
    crypto->EVP_PKEY_free(authority_key);
    crypto->ERR_clear_error();
    return is_made;
}

enum status certificate_make(const char *names, struct certificate *ret_certificate,
                             struct fault *reterr)
{
    struct libcrypto crypto;
    struct certificate made;
    buf_init(&made.key, PEM_MAX);
    buf_init(&made.own, PEM_MAX);
    buf_init(&made.authority, PEM_MAX);
    enum status status = libcrypto_load(&crypto, reterr);
    if (status == STATUS_OK && !make(&crypto, names, &made)) {
        status = fault_set(reterr, STATUS_UNAVAILABLE, "libcrypto cannot make a certificate for %s",
                           names);
    }
    if (status != STATUS_OK) {
        certificate_finish(&made);
        return status;
    }
    *ret_certificate = made;
    return STATUS_OK;
}

void certificate_finish(struct certificate *certificate)
{
    buf_finish(&certificate->key);
    buf_finish(&certificate->own);
    buf_finish(&certificate->authority);
}

/* --- reading --- */

enum status certificate_lasts(struct slice pem, uint32_t days, bool *ret_lasts,
                              struct fault *reterr)
{
    struct libcrypto crypto;
    enum status status = libcrypto_load(&crypto, reterr);
    if (status != STATUS_OK) {
        return status;
    }
    BIO *bio = pem.len <= INT32_MAX
                   ? crypto.BIO_new_mem_buf(pem.len != 0 ? pem.ptr : "", (int)pem.len)
                   : NULL;
    X509 *certificate =
        bio != NULL ? crypto.PEM_read_bio_X509(bio, NULL, libcrypto_no_passphrase, NULL) : NULL;
    crypto.BIO_free(bio);
    crypto.ERR_clear_error();
    if (certificate == NULL) {
        return fault_set(reterr, STATUS_INVALID, "not a certificate in PEM");
    }
    time_t now = time(NULL); /* not the clock that can be turned: clients know only this one */
    time_t then = now + (time_t)days * DAY_S;
    *ret_lasts = crypto.X509_cmp_time(crypto.X509_get0_notBefore(certificate), &now) < 0 &&
                 crypto.X509_cmp_time(crypto.X509_get0_notAfter(certificate), &then) > 0;
    crypto.X509_free(certificate);
    return STATUS_OK;
}

bool certificate_next(struct slice *rest, struct slice *ret_pem)
{
    static const struct slice begin = SLICE_INIT("-----BEGIN CERTIFICATE-----");
    static const struct slice end = SLICE_INIT("-----END CERTIFICATE-----");
    size_t at = slice_search(*rest, begin);
    size_t len = at != SLICE_NPOS ? slice_search(slice_skip(*rest, at), end) : SLICE_NPOS;
    if (len == SLICE_NPOS) {
        return false;
    }
    *ret_pem = slice_take(slice_skip(*rest, at), len + end.len);
    *rest = slice_skip(*rest, at + len + end.len);
    return true;
}
