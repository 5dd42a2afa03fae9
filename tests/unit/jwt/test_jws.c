#include "core/json_scan.h"
#include "core/mem.h"
#include "gateway/jwt/jws.h"
#include "vectors.h"

#include <criterion/criterion.h>

Test(jws, the_examples_of_rfc_7515_read_as_they_are_meant)
{
    static const struct {
        const char *token;
        enum jws_algorithm algorithm;
        size_t signature_len;
    } rows[] = {{HS256_TOKEN, JWS_HS256, 32},
                {NONE_TOKEN, JWS_NONE, 0},
                {RS256_TOKEN, JWS_RS256, 256},
                {ES256_TOKEN, JWS_ES256, 64}};
    AUTO_ARENA arena = ARENA_INIT;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct jws jws;
        struct fault fault = {.text = ""};
        struct slice token = slice_from(rows[i].token);
        cr_assert_eq(jws_parse(&arena, token, &jws, &fault), STATUS_OK, "%zu: %s", i, fault.text);
        cr_expect_eq(jws.algorithm, rows[i].algorithm, "case %zu", i);
        cr_expect_eq(jws.signature.len, rows[i].signature_len, "case %zu", i);
        cr_expect(slice_is(jws.payload, JOE_CLAIMS), "case %zu", i);
        cr_expect_null(jws.kid.ptr, "case %zu", i);
        cr_expect(slice_eq(jws.signed_text, slice_take(token, slice_rfind(token, '.'))));
    }
}

/* header.payload, encoded, and a signature */
static const char *token_of(struct buf *buf, const char *header, const char *payload)
{
    buf_clear(buf);
    jws_encode(buf, slice_from(header));
    buf_append_char(buf, '.');
    jws_encode(buf, slice_from(payload));
    buf_append_text(buf, ".c2ln");
    return buf_cstr(buf);
}

Test(jws, what_is_no_token_is_told_in_jwt_gos_words)
{
    static const struct {
        const char *token, *error;
    } rows[] = {
        {"", "token contains an invalid number of segments"},
        {"not-a-token", "token contains an invalid number of segments"},
        {"a.b", "token contains an invalid number of segments"},
        {"a.b.c.d", "token contains an invalid number of segments"},
        {"a.b.c", "illegal base64 data at input byte 1"},
        {"e30=.e30.", "illegal base64 data at input byte 3"},
        {"e3 0.e30.", "illegal base64 data at input byte 2"},
        {"eyJh+GciOiJub25lIn0.e30.", "illegal base64 data at input byte 4"},
        {"..", "unexpected end of JSON input"},
        {"abcd.e30.", "invalid character 'i' looking for beginning of value"},
        {"-_-_.e30.", "invalid character '\\xfb' looking for beginning of value"},
        {"Jyc.e30.", "invalid character '\\'' looking for beginning of value"},
        {"e30.e30.", "signing method (alg) is unspecified."},
        {"bnVsbA.e30.", "signing method (alg) is unspecified."},
        {"W10.e30.", "json: cannot unmarshal array into Go value of type map[string]interface {}"},
        {"MQ.e30.", "json: cannot unmarshal number into Go value of type map[string]interface {}"},
        {"eyJhbGciOiJub25lIn0.IiI.",
         "json: cannot unmarshal string into Go value of type map[string]interface {}"},
        {"eyJhbGciOiJub25lIn0.e30.x", "illegal base64 data at input byte 1"},
    };
    AUTO_ARENA arena = ARENA_INIT;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct jws jws;
        struct fault fault = {.text = ""};
        cr_expect_eq(jws_parse(&arena, slice_from(rows[i].token), &jws, &fault), STATUS_INVALID);
        cr_expect_str_eq(fault.text, rows[i].error, "case %zu: %s", i, fault.text);
    }
}

Test(jws, an_algorithm_must_be_named_and_known)
{
    static const struct {
        const char *header, *error;
    } rows[] = {
        {"{\"alg\":null}", "signing method (alg) is unspecified."},
        {"{\"alg\":[\"RS256\"]}", "signing method (alg) is unspecified."},
        {"{\"alg\":\"\"}", "signing method (alg) is unavailable."},
        {"{\"alg\":\"rs256\"}", "signing method (alg) is unavailable."},
        {"{\"alg\":\"EdDSA\"}", "signing method (alg) is unavailable."},
        {"{\"ALG\":\"RS256\"}", "signing method (alg) is unspecified."},
        {"{\"alg\":\"RS256\",\"crit\":[\"exp\"]}", "the header's crit is not understood"},
        {"{\"alg\":\"RS256\",\"crit\":null}", "the header's crit is not understood"},
        {"{\"alg\":\"RS256\"", "unexpected end of JSON input"},
        {"{\"alg\":\"RS256\"}x", "invalid character 'x'"},
    };
    AUTO_ARENA arena = ARENA_INIT;
    AUTO_BUF token = BUF_INIT(4096);
    struct jws jws;
    struct fault fault = {.text = ""};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *text = token_of(&token, rows[i].header, "{}");
        cr_expect_eq(jws_parse(&arena, slice_from(text), &jws, &fault), STATUS_INVALID);
        cr_expect_str_eq(fault.text, rows[i].error, "case %zu: %s", i, fault.text);
    }
    for (int i = 0; i < JWS_ALGORITHM_COUNT; i++) {
        enum jws_algorithm algorithm;
        cr_assert(jws_algorithm_of(slice_from(jws_algorithm_name(i)), &algorithm));
        cr_expect_eq((int)algorithm, i);
    }
}

Test(jws, kid_is_a_text_or_not_there)
{
    static const struct {
        const char *header, *kid;
    } rows[] = {{"{\"alg\":\"RS256\",\"kid\":\"a\\u0062\"}", "ab"},
                {"{\"alg\":\"RS256\",\"kid\":\"x\",\"kid\":\"y\"}", "y"},
                {"{\"alg\":\"RS256\",\"kid\":\"\"}", ""},
                {"{\"alg\":\"RS256\",\"kid\":7}", NULL},
                {"{\"alg\":\"RS256\",\"kid\":null}", NULL}};
    AUTO_ARENA arena = ARENA_INIT;
    AUTO_BUF token = BUF_INIT(4096);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct jws jws;
        const char *text = token_of(&token, rows[i].header, "{}");
        cr_assert_eq(jws_parse(&arena, slice_from(text), &jws, NULL), STATUS_OK);
        cr_expect_eq(jws.kid.ptr == NULL, rows[i].kid == NULL, "case %zu", i);
        cr_expect(slice_is(jws.kid, rows[i].kid), "case %zu", i);
    }
}

Test(jws, a_token_longer_than_any_is_not_looked_at)
{
    AUTO_ARENA arena = ARENA_INIT;
    AUTO_BUF token = BUF_INIT(JWS_TOKEN_MAX + 1);
    struct jws jws;
    memset(buf_reserve(&token, JWS_TOKEN_MAX + 1), 'a', JWS_TOKEN_MAX + 1);
    buf_advance(&token, JWS_TOKEN_MAX + 1);
    cr_expect_eq(jws_parse(&arena, buf_slice(&token), &jws, NULL), STATUS_LIMIT);
    cr_expect_eq(jws_parse(&arena, slice_take(buf_slice(&token), JWS_TOKEN_MAX), &jws, NULL),
                 STATUS_INVALID);
}

Test(jws, nothing_printable_is_longer_than_its_room_or_obeyed_by_a_terminal)
{
    static const struct {
        const char *text, *printed;
    } rows[] = {
        {"", "\"\""}, {"key-1", "\"key-1\""}, {"a\"b\x1b[2J\n\x7f\xc3\xa9", "\"a?b?[2J????\""}};
    char out[JWS_PRINTABLE_MAX];
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        cr_expect_str_eq(jws_printable(out, slice_from(rows[i].text)), rows[i].printed);
    }
    char text[200];
    memset(text, 'k', sizeof text);
    for (size_t len = 90; len < sizeof text; len++) {
        jws_printable(out, slice_of(text, len));
        cr_assert_lt(strlen(out), JWS_PRINTABLE_MAX);
        cr_expect_eq(strstr(out, "k...\"") != NULL, len > 98, "%zu: %s", len, out);
    }
}

Test(jws, encodes_for_urls_and_without_padding)
{
    static const struct {
        struct slice bytes;
        const char *text;
    } rows[] = {{SLICE_INIT(""), ""},
                {SLICE_INIT("\xff"), "_w"},
                {SLICE_INIT("\xff\xef"), "_-8"},
                {SLICE_INIT("\xfb\xef\xbe"), "----"}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_BUF buf = BUF_INIT(64);
        buf_append_text(&buf, "=+/");
        jws_encode(&buf, rows[i].bytes);
        cr_expect(slice_is(slice_skip(buf_slice(&buf), 3), rows[i].text), "case %zu", i);
        cr_expect(slice_starts_with(buf_slice(&buf), SLICE("=+/")), "what was there stays");
    }
}
