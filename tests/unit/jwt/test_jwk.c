#include "core/encode.h"
#include "core/mem.h"
#include "gateway/jwt/jwk.h"
#include "vectors.h"

#include <criterion/criterion.h>

static struct jwk_set *parse(const char *json)
{
    struct jwk_set *set;
    struct fault fault = {.text = ""};
    cr_assert_eq(jwk_set_parse(slice_from(json), &set, &fault), STATUS_OK, "%s", fault.text);
    return set;
}

static enum status verify(const char *keys, enum jws_algorithm algorithm, const char *kid,
                          const char *text, struct slice signature, struct fault *fault)
{
    AUTO_BUF bytes = BUF_INIT(4096);
    struct jwk_set *set = parse(keys);
    cr_assert(base64_decode(&bytes, signature));
    struct jws jws = {.algorithm = algorithm,
                      .kid = slice_from(kid),
                      .signed_text = slice_from(text),
                      .signature = buf_slice(&bytes)};
    enum status status = jwk_set_verify(set, &jws, fault);
    jwk_set_free(set);
    return status;
}

static const struct vector {
    const char *key;
    enum jws_algorithm algorithm;
    const char *kid, *text, *signature; /* without one: text is a token */
} vectors[] = {
    {RS256_KEY, JWS_RS256, NULL, RS256_TOKEN, NULL},
    {ES256_KEY, JWS_ES256, NULL, ES256_TOKEN, NULL},
    {ES512_KEY, JWS_ES512, NULL, ES512_TEXT, ES512_SIGNATURE},
    {BILBO_RSA_KEY, JWS_RS256, BILBO, BILBO_RS256_TEXT, BILBO_RS256_SIGNATURE},
    {BILBO_RSA_KEY, JWS_PS384, BILBO, BILBO_PS384_TEXT, BILBO_PS384_SIGNATURE},
    {BILBO_EC_KEY, JWS_ES512, BILBO, BILBO_ES512_TEXT, BILBO_ES512_SIGNATURE},
};

static const char *text_of(struct buf *buf, const struct vector *vector,
                           struct slice *ret_signature)
{
    struct slice text = slice_from(vector->text);
    *ret_signature = slice_from(vector->signature);
    if (vector->signature == NULL) {
        size_t dot = slice_rfind(text, '.');
        *ret_signature = slice_skip(text, dot + 1);
        text = slice_take(text, dot);
    }
    buf_append(buf, text);
    return buf_cstr(buf);
}

Test(jwk, published_signatures_are_those_of_the_published_keys)
{
    for (size_t i = 0; i < COUNT_OF(vectors); i++) {
        const struct vector *vector = &vectors[i];
        AUTO_BUF text = BUF_INIT(4096);
        AUTO_BUF keys = BUF_INIT(8192);
        AUTO_BUF changed = BUF_INIT(4096);
        struct fault fault = {.text = ""};
        struct slice signature;
        const char *signed_text = text_of(&text, vector, &signature);
        buf_printf(&keys, "{\"keys\":[%s]}", vector->key);
        cr_expect_eq(
            verify(buf_cstr(&keys), vector->algorithm, vector->kid, signed_text, signature, &fault),
            STATUS_OK, "case %zu: %s", i, fault.text);

        /* Another text, another signature, one cut short, none. */
        buf_append(&changed, signature);
        changed.ptr[10] = changed.ptr[10] == 'A' ? 'B' : 'A';
        const struct {
            const char *text;
            struct slice signature;
        } wrong[] = {{"x", signature},
                     {signed_text, buf_slice(&changed)},
                     {signed_text, slice_take(signature, signature.len - 2)},
                     {signed_text, SLICE("")}};
        for (size_t j = 0; j < COUNT_OF(wrong); j++) {
            cr_expect_eq(verify(buf_cstr(&keys), vector->algorithm, vector->kid, wrong[j].text,
                                wrong[j].signature, &fault),
                         STATUS_DENIED, "case %zu, %zu", i, j);
            cr_expect_str_eq(fault.text, vector->algorithm >= JWS_ES256
                                             ? "crypto/ecdsa: verification error"
                                             : "crypto/rsa: verification error");
        }
    }
}

Test(jwk, the_signature_of_one_algorithm_is_not_anothers)
{
    AUTO_BUF keys = BUF_INIT(8192);
    buf_printf(&keys, "{\"keys\":[%s,%s]}", BILBO_RSA_KEY, BILBO_EC_KEY);
    for (int i = JWS_RS256; i < JWS_ALGORITHM_COUNT; i++) {
        struct fault fault;
        enum status status = verify(buf_cstr(&keys), (enum jws_algorithm)i, BILBO, BILBO_PS384_TEXT,
                                    SLICE(BILBO_PS384_SIGNATURE), &fault);
        cr_expect_eq(status,
                     i == JWS_PS384                     ? STATUS_OK
                     : i == JWS_ES256 || i == JWS_ES384 ? STATUS_NOT_FOUND
                                                        : STATUS_DENIED,
                     "%s", jws_algorithm_name((enum jws_algorithm)i));
    }
}

Test(jwk, a_key_is_found_by_its_kid_among_others)
{
    AUTO_BUF keys = BUF_INIT(16384);
    buf_printf(&keys,
               "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\",\"kid\":\"%s\"},%s,%s,null,7,%s]}",
               BILBO, ES256_KEY, BILBO_EC_KEY, BILBO_RSA_KEY);
    const char *json = buf_cstr(&keys);
    struct fault fault = {.text = ""};
    cr_expect_eq(
        verify(json, JWS_PS384, BILBO, BILBO_PS384_TEXT, SLICE(BILBO_PS384_SIGNATURE), &fault),
        STATUS_OK, "%s", fault.text);
    cr_expect_eq(
        verify(json, JWS_PS384, "frodo", BILBO_PS384_TEXT, SLICE(BILBO_PS384_SIGNATURE), &fault),
        STATUS_NOT_FOUND);
    cr_expect_str_eq(fault.text, "no PS384 key of kid \"frodo\" among the issuer's: \"\", \"" BILBO
                                 "\", \"" BILBO "\"");
    cr_expect_eq(
        verify(json, JWS_PS384, NULL, BILBO_PS384_TEXT, SLICE(BILBO_PS384_SIGNATURE), &fault),
        STATUS_NOT_FOUND, "a key with a kid is not for tokens without one");
    cr_expect_eq(verify("{\"keys\":[]}", JWS_RS256, "a", "x", SLICE(""), &fault), STATUS_NOT_FOUND);
    cr_expect_str_eq(fault.text, "no RS256 key of kid \"a\" among the issuer's: none");
}

Test(jwk, a_set_needs_its_text_no_more)
{
    AUTO_BUF keys = BUF_INIT(8192);
    AUTO_BUF signature = BUF_INIT(4096);
    struct jwk_set *set;
    struct fault fault = {.text = ""};
    buf_append_text(&keys, "{\"keys\":[" BILBO_RSA_KEY "]}");
    cr_assert_eq(jwk_set_parse(buf_slice(&keys), &set, &fault), STATUS_OK, "%s", fault.text);
    memset(keys.ptr, 'x', keys.len);
    cr_assert(base64_decode(&signature, SLICE(BILBO_PS384_SIGNATURE)));
    const struct jws jws = {.algorithm = JWS_PS384,
                            .kid = SLICE(BILBO),
                            .signed_text = SLICE(BILBO_PS384_TEXT),
                            .signature = buf_slice(&signature)};
    cr_expect_eq(jwk_set_verify(set, &jws, &fault), STATUS_OK, "%s", fault.text);
    jwk_set_free(set);
}

/* What was good once is not looked at again, so nothing like it may count as seen. */
Test(jwk, a_signature_seen_before_is_good_again_and_no_other_is)
{
    AUTO_BUF signature = BUF_INIT(4096);
    AUTO_BUF text = BUF_INIT(4096);
    struct jwk_set *set = parse("{\"keys\":[" BILBO_RSA_KEY "]}");
    cr_assert(base64_decode(&signature, SLICE(BILBO_PS384_SIGNATURE)));
    buf_append_text(&text, BILBO_PS384_TEXT);
    const struct jws jws = {.algorithm = JWS_PS384,
                            .kid = SLICE(BILBO),
                            .signed_text = buf_slice(&text),
                            .signature = buf_slice(&signature)};
    for (int round = 0; round < 3; round++) {
        cr_expect_eq(jwk_set_verify(set, &jws, NULL), STATUS_OK);
    }
    for (size_t i = 0; i < signature.len; i += 51) {
        signature.ptr[i] ^= 1;
        cr_expect_eq(jwk_set_verify(set, &jws, NULL), STATUS_DENIED, "signature, %zu", i);
        signature.ptr[i] ^= 1;
    }
    for (size_t i = 0; i < text.len; i += 51) {
        text.ptr[i] ^= 1;
        cr_expect_eq(jwk_set_verify(set, &jws, NULL), STATUS_DENIED, "text, %zu", i);
        text.ptr[i] ^= 1;
    }
    /* The same bytes, divided elsewhere. */
    struct jws moved = jws;
    moved.signed_text.len--;
    cr_expect_eq(jwk_set_verify(set, &moved, NULL), STATUS_DENIED);
    cr_expect_eq(jwk_set_verify(set, &jws, NULL), STATUS_OK);
    jwk_set_free(set);
}

/* What stands before the numbers of RFC 7520's key decides whether it may be used. */
Test(jwk, a_key_is_for_what_it_says)
{
    static const struct {
        const char *members;
        bool is_used;
    } rows[] = {
        {"\"use\":\"sig\"", true},
        {"\"use\":\"enc\"", false},
        {"\"use\":7", false},
        {"\"key_ops\":[\"verify\"]", true},
        {"\"key_ops\":[\"sign\",\"verify\"]", true},
        {"\"key_ops\":[\"encrypt\"]", false},
        {"\"key_ops\":[]", false},
        {"\"alg\":\"PS384\"", true},
        {"\"alg\":\"RS256\"", false},
        {"\"alg\":\"RSA-OAEP\"", false},
        {"\"alg\":\"ES256\"", false},
        {"\"alg\":\"HS256\"", false},
        {"\"alg\":null", false},
        {"\"kid\":\"other\"", false},
        {"\"x5t\":\"anything\"", true},
    };
    static const char numbers[] = BILBO_RSA_KEY;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_BUF keys = BUF_INIT(8192);
        struct fault fault = {.text = ""};
        buf_printf(&keys, "{\"keys\":[{\"kty\":\"RSA\",%s,%s]}", rows[i].members,
                   strstr(numbers, "\"n\""));
        enum status status = verify(buf_cstr(&keys), JWS_PS384, NULL, BILBO_PS384_TEXT,
                                    SLICE(BILBO_PS384_SIGNATURE), &fault);
        cr_expect_eq(status, rows[i].is_used ? STATUS_OK : STATUS_NOT_FOUND, "case %zu: %s", i,
                     fault.text);
    }
}

Test(jwk, malformed_keys_are_passed_over)
{
    static const struct {
        const char *key;
        size_t count;
    } rows[] = {
        {RS256_KEY, 1},
        {ES256_KEY, 1},
        {"{}", 0},
        {"{\"kty\":\"RSA\"}", 0},
        {"{\"kty\":\"RSA\",\"n\":\"\",\"e\":\"\"}", 0},
        {"{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}", 0}, /* 17 bits */
        {"{\"kty\":\"RSA\",\"n\":7,\"e\":\"AQAB\"}", 0},
        {"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\"}",
         0},
        {"{\"kty\":\"EC\",\"crv\":\"secp256k1\",\"x\":"
         "\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
         "\"y\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\"}",
         0},
        {"{\"kty\":\"EC\",\"crv\":\"P-384\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
         "\"y\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\"}",
         0},
        {"{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_"
         "7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}",
         0},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_BUF keys = BUF_INIT(8192);
        buf_printf(&keys, "{\"keys\":[%s]}", rows[i].key);
        struct jwk_set *set = parse(buf_cstr(&keys));
        cr_expect_eq(jwk_set_count(set), rows[i].count, "case %zu", i);
        jwk_set_free(set);
    }
    /* A point that is not on its curve is found out only when it is to be used. */
    struct fault fault;
    cr_expect_eq(verify("{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":"
                        "\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\",\"y\":"
                        "\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\"}]}",
                        JWS_ES256, NULL, "x", SLICE(""), &fault),
                 STATUS_NOT_FOUND);
}

Test(jwk, what_is_no_key_set_is_refused)
{
    static const char *const rows[] = {"",   "[]",           "{\"keys\":{}}",   "{\"keys\":[}",
                                       "{}", "{\"keys\":1}", "<html>503</html>"};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct jwk_set *set = NULL;
        struct fault fault;
        cr_expect_eq(jwk_set_parse(slice_from(rows[i]), &set, &fault), STATUS_INVALID, "%zu", i);
        cr_expect_null(set);
    }
}

Test(jwk, a_set_has_at_most_150000_bytes_and_256_keys)
{
    AUTO_BUF json = BUF_INIT(JWK_SET_MAX + 1);
    struct jwk_set *set = NULL;
    buf_append_text(&json, "{\"keys\":[");
    for (int i = 0; i < 600; i++) {
        buf_printf(&json, "%s%s", i > 0 ? "," : "", ES256_KEY);
    }
    buf_append_text(&json, "]}");
    while (json.len < JWK_SET_MAX) {
        buf_append_char(&json, ' ');
    }
    cr_assert_eq(jwk_set_parse(buf_slice(&json), &set, NULL), STATUS_OK);
    cr_expect_eq(jwk_set_count(set), JWK_COUNT_MAX);
    jwk_set_free(set);
    buf_append_char(&json, ' ');
    cr_expect_eq(jwk_set_parse(buf_slice(&json), &set, NULL), STATUS_LIMIT);
}
