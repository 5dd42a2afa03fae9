#include "gateway/jwt/jwk.h"

#include "core/encode.h"
#include "core/json_scan.h"
#include "core/libcrypto.h"
#include "core/mem.h"
#include "gateway/jwt/der.h"

#include <assert.h>

#define RSA_BYTES_MIN 128
#define RSA_BYTES_MAX 2048
#define EXPONENT_BYTES_MAX 8
#define DER_MAX 4096
#define KIDS_TOLD 8
#define SEEN_COUNT 64
#define SEEN_LEN_MAX 8192

struct jwk {
    struct slice kid; /* empty: none */
    bool is_rsa;
    size_t curve;       /* of der_curves; of EC keys */
    bool has_algorithm; /* it is for this one alone: */
    enum jws_algorithm algorithm;
    struct slice der; /* SubjectPublicKeyInfo */
    EVP_PKEY *key;    /* NULL until it is needed */
};

/* A signature that was good: the same bytes are, as long as the keys are the same. */
struct seen {
    uint64_t hash;
    char *bytes; /* what is signed, then the signature; NULL: none */
    size_t text_len, len;
};

struct jwk_set {
    struct arena arena;
    struct jwk *keys;
    size_t count;
    struct seen seen[SEEN_COUNT];
    bool has_crypto;
    struct libcrypto crypto; /* loaded with the first signature */
};

/* What an algorithm with public keys is made of. */
struct scheme {
    bool is_rsa, is_pss;
    size_t curve;
    int digest_bits;
};

static struct scheme scheme_of(enum jws_algorithm algorithm)
{
    assert(algorithm >= JWS_RS256 && algorithm < JWS_ALGORITHM_COUNT);
    size_t place = algorithm - JWS_RS256;
    static const int bits[] = {256, 384, 512};
    return (struct scheme){.is_rsa = place < 6,
                           .is_pss = place >= 3 && place < 6,
                           .curve = place % 3,
                           .digest_bits = bits[place % 3]};
}

/* --- reading --- */

static struct slice read_number(struct arena *arena, struct slice object, const char *name)
{
    AUTO_BUF bytes = BUF_INIT(RSA_BYTES_MAX + 1);
    struct slice text = json_text_member(arena, object, name);
    if (text.ptr == NULL || !base64_decode(&bytes, text) || buf_status(&bytes) != STATUS_OK) {
        return SLICE_NULL;
    }
    return arena_copy(arena, buf_slice(&bytes));
}

static struct slice without_zeros(struct slice number)
{
    while (number.len > 0 && number.ptr[0] == 0) {
        number = slice_skip(number, 1);
    }
    return number;
}

static bool read_rsa(struct arena *arena, struct slice object, struct jwk *key)
{
    AUTO_BUF der = BUF_INIT(DER_MAX);
    struct slice n = without_zeros(read_number(arena, object, "n"));
    struct slice e = without_zeros(read_number(arena, object, "e"));
    if (n.len < RSA_BYTES_MIN || n.len > RSA_BYTES_MAX || e.len == 0 ||
        e.len > EXPONENT_BYTES_MAX) {
        return false;
    }
    der_rsa_key(&der, n, e);
    key->is_rsa = true;
    key->der = arena_copy(arena, buf_slice(&der));
    return true;
}

static bool read_ec(struct arena *arena, struct slice object, struct jwk *key)
{
    AUTO_BUF der = BUF_INIT(DER_MAX);
    struct slice name = json_text_member(arena, object, "crv");
    struct slice x = read_number(arena, object, "x");
    struct slice y = read_number(arena, object, "y");
    for (size_t i = 0; i < COUNT_OF(der_curves); i++) {
        size_t len = der_curves[i].coordinate_len;
        if (slice_is(name, der_curves[i].name) && x.len == len && y.len == len) {
            der_ec_key(&der, &der_curves[i], x, y);
            key->curve = i;
            key->der = arena_copy(arena, buf_slice(&der));
            return true;
        }
    }
    return false;
}

static bool may_verify(struct arena *arena, struct slice object)
{
    struct slice use = json_raw_member(object, "use");
    struct slice operations = json_raw_member(object, "key_ops");
    if (use.ptr != NULL && !slice_is(json_text_member(arena, object, "use"), "sig")) {
        return false;
    }
    if (operations.ptr == NULL) {
        return true;
    }
    struct json_scan scan = json_scan_array(operations);
    struct slice raw, text;
    while (json_scan_element(&scan, &raw)) {
        if (json_raw_string(arena, raw, &text) && slice_is(text, "verify")) {
            return true;
        }
    }
    return false;
}

/* False when nobody's token can have been signed with its other half. */
static bool read_key(struct arena *arena, struct slice object, struct jwk *ret_key)
{
    struct jwk key = {.kid = arena_copy(arena, json_text_member(arena, object, "kid"))};
    struct slice kind = json_text_member(arena, object, "kty");
    bool is_read = slice_is(kind, "RSA")  ? read_rsa(arena, object, &key)
                   : slice_is(kind, "EC") ? read_ec(arena, object, &key)
                                          : false;
    if (!is_read || !may_verify(arena, object)) {
        return false;
    }
    if (json_raw_member(object, "alg").ptr != NULL) {
        struct slice name = json_text_member(arena, object, "alg");
        if (!jws_algorithm_of(name, &key.algorithm) || key.algorithm < JWS_RS256 ||
            scheme_of(key.algorithm).is_rsa != key.is_rsa) {
            return false;
        }
        key.has_algorithm = true;
    }
    *ret_key = key;
    return true;
}

enum status jwk_set_parse(struct slice json, struct jwk_set **ret_set, struct fault *reterr)
{
    struct slice list, object;
    if (json.len > JWK_SET_MAX) {
        return fault_set(reterr, STATUS_LIMIT, "the key set is larger than %d bytes", JWK_SET_MAX);
    }
    if (!json_validate(json, NULL) || json_raw_kind(json) != JSON_OBJECT ||
        !json_raw_find(json, "keys", &list) || json_raw_kind(list) != JSON_ARRAY) {
        return fault_set(reterr, STATUS_INVALID, "not a JSON object with a list of \"keys\"");
    }
    struct jwk_set *set = mem_zalloc(sizeof *set);
    arena_init(&set->arena, 4096);
    size_t count = json_raw_count(list);
    set->keys =
        arena_array(&set->arena, count < JWK_COUNT_MAX ? count : JWK_COUNT_MAX, sizeof *set->keys);
    struct json_scan scan = json_scan_array(list);
    while (set->count < JWK_COUNT_MAX && json_scan_element(&scan, &object)) {
        if (read_key(&set->arena, object, &set->keys[set->count])) {
            set->count++;
        }
    }
    *ret_set = set;
    return STATUS_OK;
}

void jwk_set_free(struct jwk_set *set)
{
    if (set == NULL) {
        return;
    }
    for (size_t i = 0; i < set->count; i++) {
        if (set->keys[i].key != NULL) {
            set->crypto.EVP_PKEY_free(set->keys[i].key);
        }
    }
    for (size_t i = 0; i < SEEN_COUNT; i++) {
        mem_free(set->seen[i].bytes);
    }
    arena_finish(&set->arena);
    mem_free(set);
}

size_t jwk_set_count(const struct jwk_set *set)
{
    return set->count;
}

/* --- signatures --- */

static const EVP_MD *digest_of(const struct libcrypto *crypto, int bits)
{
    return bits == 256   ? crypto->EVP_sha256()
           : bits == 384 ? crypto->EVP_sha384()
                         : crypto->EVP_sha512();
}

/* The two numbers of an ECDSA signature stand one behind the other (RFC 7518, section 3.4). */
static bool encode_ec_signature(struct slice signature, size_t curve, struct buf *ret_der)
{
    size_t len = der_curves[curve].coordinate_len;
    if (signature.len != 2 * len) {
        return false;
    }
    der_ec_signature(ret_der, slice_take(signature, len), slice_skip(signature, len));
    return true;
}

static bool is_signed_by(const struct libcrypto *crypto, EVP_PKEY *key, const struct jws *jws)
{
    struct scheme scheme = scheme_of(jws->algorithm);
    struct slice signature = jws->signature;
    AUTO_BUF der = BUF_INIT(DER_MAX);
    if (!scheme.is_rsa) {
        if (!encode_ec_signature(signature, scheme.curve, &der)) {
            return false;
        }
        signature = buf_slice(&der);
    }
    EVP_PKEY_CTX *key_ctx = NULL; /* the other one's */
    EVP_MD_CTX *ctx = crypto->EVP_MD_CTX_new();
    bool is_ready =
        ctx != NULL && crypto->EVP_DigestVerifyInit(
                           ctx, &key_ctx, digest_of(crypto, scheme.digest_bits), NULL, key) == 1;
    if (is_ready && scheme.is_pss) {
        /* Salts of any length, as jwt-go takes them: its own were too long for years. */
        is_ready = crypto->EVP_PKEY_CTX_ctrl_str(key_ctx, "rsa_padding_mode", "pss") == 1 &&
                   crypto->EVP_PKEY_CTX_ctrl_str(key_ctx, "rsa_pss_saltlen", "auto") == 1;
    }
    bool is_valid =
        is_ready && crypto->EVP_DigestVerify(
                        ctx, (const unsigned char *)signature.ptr, signature.len,
                        (const unsigned char *)jws->signed_text.ptr, jws->signed_text.len) == 1;
    crypto->EVP_MD_CTX_free(ctx);
    return is_valid;
}

static EVP_PKEY *need_key(const struct jwk_set *set, struct jwk *key)
{
    if (key->key == NULL) {
        const unsigned char *at = (const unsigned char *)key->der.ptr;
        key->key = set->crypto.d2i_PUBKEY(NULL, &at, (long)key->der.len);
    }
    return key->key; /* NULL: a point that is not on the curve */
}

static bool fits(const struct jwk *key, const struct jws *jws)
{
    struct scheme scheme = scheme_of(jws->algorithm);
    return slice_eq(key->kid, jws->kid) && key->is_rsa == scheme.is_rsa &&
           (key->is_rsa || key->curve == scheme.curve) &&
           (!key->has_algorithm || key->algorithm == jws->algorithm);
}

/* --- what was seen before --- */

static uint64_t hash_of(const struct jws *jws)
{
    return slice_hash(jws->signed_text) ^ slice_hash(jws->signature) << 1;
}

static bool was_seen(const struct jwk_set *set, const struct jws *jws)
{
    uint64_t hash = hash_of(jws);
    const struct seen *seen = &set->seen[hash % SEEN_COUNT];
    if (seen->bytes == NULL || seen->hash != hash) {
        return false;
    }
    struct slice bytes = slice_of(seen->bytes, seen->len);
    return slice_eq(slice_take(bytes, seen->text_len), jws->signed_text) &&
           slice_eq(slice_skip(bytes, seen->text_len), jws->signature);
}

static void remember(struct jwk_set *set, const struct jws *jws)
{
    uint64_t hash = hash_of(jws);
    struct seen *seen = &set->seen[hash % SEEN_COUNT];
    size_t len = jws->signed_text.len + jws->signature.len;
    if (len > SEEN_LEN_MAX) {
        return;
    }
    mem_free(seen->bytes);
    *seen = (struct seen){hash, mem_alloc(len), jws->signed_text.len, len};
    memcpy(seen->bytes, jws->signed_text.ptr, jws->signed_text.len);
    memcpy(seen->bytes + jws->signed_text.len, jws->signature.ptr, jws->signature.len);
}

static enum status fault_unknown(const struct jwk_set *set, const struct jws *jws,
                                 struct fault *reterr)
{
    char kid[JWS_PRINTABLE_MAX];
    AUTO_BUF list = BUF_INIT(KIDS_TOLD * (JWS_PRINTABLE_MAX + 2) + 1);
    for (size_t i = 0; i < set->count && i < KIDS_TOLD; i++) {
        buf_printf(&list, "%s%s", i > 0 ? ", " : "", jws_printable(kid, set->keys[i].kid));
    }
    return fault_set(reterr, STATUS_NOT_FOUND, "no %s key of kid %s among the issuer's: %s",
                     jws_algorithm_name(jws->algorithm), jws_printable(kid, jws->kid),
                     list.len > 0 ? buf_cstr(&list) : "none");
}

enum status jwk_set_verify(struct jwk_set *set, const struct jws *jws, struct fault *reterr)
{
    bool is_known = false;
    bool is_valid = false;
    if (was_seen(set, jws)) {
        return STATUS_OK;
    }
    for (size_t i = 0; i < set->count && !is_valid; i++) {
        struct jwk *key = &set->keys[i];
        if (!fits(key, jws)) {
            continue;
        }
        if (!set->has_crypto) {
            enum status status = libcrypto_load(&set->crypto, reterr);
            if (status != STATUS_OK) {
                return status;
            }
            set->has_crypto = true;
        }
        is_known = is_known || need_key(set, key) != NULL;
        is_valid = need_key(set, key) != NULL && is_signed_by(&set->crypto, key->key, jws);
    }
    if (is_valid) {
        remember(set, jws);
        return STATUS_OK;
    }
    if (set->has_crypto) {
        set->crypto.ERR_clear_error(); /* it is the thread's, and libcurl's TLS looks at it */
    }
    if (!is_known) {
        return fault_unknown(set, jws, reterr);
    }
    return fault_set(reterr, STATUS_DENIED, "crypto/%s: verification error",
                     scheme_of(jws->algorithm).is_rsa ? "rsa" : "ecdsa");
}
