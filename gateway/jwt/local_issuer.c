#include "gateway/jwt/local_issuer.h"

#include "core/file.h"
#include "core/id.h"
#include "core/json_scan.h"
#include "core/mem.h"
#include "core/private_key.h"
#include "gateway/jwt/jws.h"

#define PEM_MAX 65536
#define NUMBER_MAX 4096
#define SIGNATURE_MAX 2048
#define KID_DIGITS 22 /* of the thumbprint's 43: 128 bits */

struct local_issuer {
    struct private_key *key;
    struct buf n, e; /* base64url */
    char kid[sizeof LOCAL_ISSUER_KID + KID_DIGITS];
};

/* --- the key --- */

/* RFC 7638: the digest of the key's required members, without white space and in this order. */
static bool name_key(struct local_issuer *issuer)
{
    const struct libcrypto *crypto = &issuer->key->crypto;
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned digest_len = 0;
    AUTO_BUF text = BUF_INIT(2 * NUMBER_MAX);
    AUTO_BUF thumbprint = BUF_INIT(2 * EVP_MAX_MD_SIZE);
    buf_printf(&text, "{\"e\":\"%s\",\"kty\":\"RSA\",\"n\":\"%s\"}", buf_cstr(&issuer->e),
               buf_cstr(&issuer->n));
    if (crypto->EVP_Digest(text.ptr, text.len, digest, &digest_len, crypto->EVP_sha256(), NULL) !=
        1) {
        return false;
    }
    jws_encode(&thumbprint, slice_of((const char *)digest, digest_len));
    (void)snprintf(issuer->kid, sizeof issuer->kid, LOCAL_ISSUER_KID "%.*s", KID_DIGITS,
                   buf_cstr(&thumbprint));
    return true;
}

static enum status take_key(struct private_key *key, struct local_issuer **ret_issuer,
                            struct fault *reterr)
{
    struct local_issuer *issuer = mem_zalloc(sizeof *issuer);
    AUTO_BUF n = BUF_INIT(NUMBER_MAX);
    AUTO_BUF e = BUF_INIT(NUMBER_MAX);
    issuer->key = key;
    buf_init(&issuer->n, 2 * NUMBER_MAX);
    buf_init(&issuer->e, 2 * NUMBER_MAX);
    private_key_numbers(key, &n, &e);
    jws_encode(&issuer->n, buf_slice(&n));
    jws_encode(&issuer->e, buf_slice(&e));
    if (!name_key(issuer)) {
        local_issuer_close(issuer);
        return fault_set(reterr, STATUS_UNAVAILABLE, "libcrypto knows no SHA-256");
    }
    *ret_issuer = issuer;
    return STATUS_OK;
}

enum status local_issuer_open(const char *path, struct local_issuer **ret_issuer,
                              struct fault *reterr)
{
    AUTO_BUF pem = BUF_INIT(PEM_MAX);
    struct private_key *key;
    struct fault fault;
    enum status status = file_read(path, &pem, reterr);
    if (status != STATUS_OK) {
        return status;
    }
    status = private_key_read(buf_slice(&pem), &key, &fault);
    if (status != STATUS_OK) {
        return fault_set(reterr, status, "%s: %s", path, fault.text);
    }
    return take_key(key, ret_issuer, reterr);
}

enum status local_issuer_make(const char *path, struct local_issuer **ret_issuer,
                              struct fault *reterr)
{
    AUTO_BUF pem = BUF_INIT(PEM_MAX);
    struct private_key *key;
    enum status status = local_issuer_open(path, ret_issuer, reterr);
    if (status != STATUS_NOT_FOUND) {
        return status;
    }
    status = private_key_make(&key, reterr);
    if (status != STATUS_OK) {
        return status;
    }
    if (!private_key_write(key, &pem)) {
        status = fault_set(reterr, STATUS_UNAVAILABLE, "libcrypto cannot write a key");
    } else {
        status = file_create_private(path, buf_slice(&pem), reterr);
    }
    private_key_free(key);
    /* Read in any case: CONFLICT is another process that was faster. */
    return status == STATUS_OK || status == STATUS_CONFLICT
               ? local_issuer_open(path, ret_issuer, reterr)
               : status;
}

void local_issuer_close(struct local_issuer *issuer)
{
    if (issuer == NULL) {
        return;
    }
    private_key_free(issuer->key);
    buf_finish(&issuer->n);
    buf_finish(&issuer->e);
    mem_free(issuer);
}

const char *local_issuer_kid(const struct local_issuer *issuer)
{
    return issuer->kid;
}

/* --- tokens --- */

static bool has(struct slice claims, const char *name)
{
    return json_raw_member(claims, name).ptr != NULL;
}

/* The claims without their last bracket, and what is added to them. */
static void put_claims(struct buf *buf, struct slice claims, const struct token_defaults *defaults)
{
    char jti[ID_UUID_MAX];
    struct slice inside = slice_trim(claims);
    inside = slice_trim(slice_skip(slice_take(inside, inside.len - 1), 1));
    struct json_writer w = json_writer_init(buf);
    json_open(&w, '{');
    if (inside.len > 0) {
        buf_append(buf, inside);
        w.needs_comma = true;
    }
    if (!has(claims, "iss")) {
        json_put_string(&w, "iss", defaults->issuer);
    }
    if (!has(claims, "iat")) {
        json_put_i64(&w, "iat", defaults->now_ms / 1000);
    }
    if (!has(claims, "exp")) {
        json_put_i64(&w, "exp", (defaults->now_ms + defaults->ttl_ms) / 1000);
    }
    if (!has(claims, "jti")) {
        json_put_text(&w, "jti", id_uuid(jti));
    }
    json_close(&w, '}');
}

enum status local_issuer_sign(const struct local_issuer *issuer, struct slice claims,
                              const struct token_defaults *defaults, struct buf *ret_token,
                              struct fault *reterr)
{
    AUTO_BUF header = BUF_INIT(256);
    AUTO_BUF payload = BUF_INIT(2 * LOCAL_ISSUER_CLAIMS_MAX);
    AUTO_BUF signature = BUF_INIT(SIGNATURE_MAX);
    AUTO_BUF text = BUF_INIT(4 * LOCAL_ISSUER_CLAIMS_MAX);
    if (claims.len > LOCAL_ISSUER_CLAIMS_MAX) {
        return fault_set(reterr, STATUS_LIMIT, "the claims are longer than %d bytes",
                         LOCAL_ISSUER_CLAIMS_MAX);
    }
    if (!json_validate(claims, NULL) || json_raw_kind(claims) != JSON_OBJECT) {
        return fault_set(reterr, STATUS_INVALID, "the claims are not a JSON object");
    }
    buf_printf(&header, "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"%s\"}", issuer->kid);
    put_claims(&payload, claims, defaults);
    jws_encode(&text, buf_slice(&header));
    buf_append_char(&text, '.');
    jws_encode(&text, buf_slice(&payload));
    if (!private_key_sign(issuer->key, DIGEST_SHA256, buf_slice(&text), &signature)) {
        return fault_set(reterr, STATUS_UNAVAILABLE, "libcrypto cannot sign");
    }
    buf_append(ret_token, buf_slice(&text));
    buf_append_char(ret_token, '.');
    jws_encode(ret_token, buf_slice(&signature));
    return buf_status(ret_token);
}

/* --- documents --- */

void local_issuer_write_keys(const struct local_issuer *issuer, struct json_writer *w)
{
    json_open(w, '{');
    json_key_text(w, "keys");
    json_open(w, '[');
    json_open(w, '{');
    json_put_text(w, "kty", "RSA");
    json_put_text(w, "use", "sig");
    json_put_text(w, "alg", "RS256");
    json_put_text(w, "kid", issuer->kid);
    json_put_string(w, "n", buf_slice(&issuer->n));
    json_put_string(w, "e", buf_slice(&issuer->e));
    json_close(w, '}');
    json_close(w, ']');
    json_close(w, '}');
}

static void put_list(struct json_writer *w, const char *key, const char *item)
{
    json_key_text(w, key);
    json_open(w, '[');
    json_write_string(w, slice_from(item));
    json_close(w, ']');
}

void local_issuer_write_configuration(struct slice url, struct json_writer *w)
{
    AUTO_BUF keys = BUF_INIT(8192);
    buf_printf(&keys, "%.*s/.well-known/jwks.json", SLICE_ARG(url));
    json_open(w, '{');
    json_put_string(w, "issuer", url);
    json_put_string(w, "jwks_uri", buf_slice(&keys));
    put_list(w, "response_types_supported", "token");
    put_list(w, "subject_types_supported", "public");
    put_list(w, "id_token_signing_alg_values_supported", "RS256");
    json_close(w, '}');
}
