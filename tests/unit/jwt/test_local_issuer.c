#include "core/encode.h"
#include "core/file.h"
#include "core/json_scan.h"
#include "gateway/jwt/jwk.h"
#include "support.h"

#include <sys/stat.h>

#define NOW_MS INT64_C(1700000000123)

static struct arena arena;
static char dir[32];

static void set_up(void)
{
    arena_init(&arena, 4096);
    memcpy(dir, "/tmp/sls-issuer-XXXXXX", sizeof "/tmp/sls-issuer-XXXXXX");
    cr_assert_not_null(mkdtemp(dir));
}

static void tear_down(void)
{
    struct fault fault;
    arena_finish(&arena);
    cr_expect_eq(file_remove_tree(dir, &fault), STATUS_OK);
}

TestSuite(local_issuer, .init = set_up, .fini = tear_down);

static const char *path_of(const char *name)
{
    return arena_cstr(&arena, arena_printf(&arena, "%s/%s", dir, name));
}

static struct local_issuer *make(const char *path)
{
    struct local_issuer *issuer;
    struct fault fault = {.text = ""};
    cr_assert_eq(local_issuer_make(path, &issuer, &fault), STATUS_OK, "%s", fault.text);
    return issuer;
}

Test(local_issuer, its_key_is_made_once_and_its_owners_alone)
{
    const char *path = path_of("issuer.pem");
    struct stat facts;
    struct fault fault;
    struct local_issuer *issuer = NULL;
    cr_expect_eq(local_issuer_open(path, &issuer, &fault), STATUS_NOT_FOUND);
    cr_expect_null(issuer);
    issuer = make(path);
    cr_assert_eq(stat(path, &facts), 0);
    cr_expect_eq(facts.st_mode & 0777, 0600);
    struct local_issuer *again = make(path);
    cr_expect_str_eq(local_issuer_kid(issuer), local_issuer_kid(again));
    cr_expect_eq(strlen(local_issuer_kid(issuer)), strlen(LOCAL_ISSUER_KID) + 22);
    cr_expect(slice_starts_with(slice_from(local_issuer_kid(issuer)), SLICE(LOCAL_ISSUER_KID)));
    struct local_issuer *other = make(path_of("other.pem"));
    cr_expect_str_neq(local_issuer_kid(issuer), local_issuer_kid(other));
    local_issuer_close(issuer);
    local_issuer_close(again);
    local_issuer_close(other);
}

Test(local_issuer, a_file_that_is_no_key_is_not_overwritten)
{
    const char *path = path_of("issuer.pem");
    struct local_issuer *issuer = NULL;
    struct fault fault;
    AUTO_BUF text = BUF_INIT(64);
    cr_assert_eq(file_write(path, SLICE("precious"), NULL), STATUS_OK);
    cr_expect_eq(local_issuer_make(path, &issuer, &fault), STATUS_INVALID);
    cr_expect_not_null(strstr(fault.text, "issuer.pem: not an RSA private key in PEM"));
    cr_assert_eq(file_read(path, &text, NULL), STATUS_OK);
    cr_expect(slice_is(buf_slice(&text), "precious"));
    cr_expect_neq(local_issuer_make("/nowhere/at/all.pem", &issuer, &fault), STATUS_OK);
}

/* What stands in the token, whose signature is of the key that is published. */
static struct slice payload_of(const struct local_issuer *issuer, const char *claims)
{
    static const struct token_defaults defaults = {
        .issuer = SLICE_INIT("http://127.0.0.1:4566/_sls/issuer"),
        .now_ms = NOW_MS,
        .ttl_ms = 90 * 1000};
    AUTO_BUF token = BUF_INIT(262144);
    AUTO_BUF keys = BUF_INIT(8192);
    struct jwk_set *set;
    struct jws jws;
    struct fault fault = {.text = ""};
    struct json_writer w = json_writer_init(&keys);
    cr_assert_eq(local_issuer_sign(issuer, slice_from(claims), &defaults, &token, &fault),
                 STATUS_OK, "%s", fault.text);
    cr_assert_eq(jws_parse(&arena, buf_slice(&token), &jws, &fault), STATUS_OK, "%s", fault.text);
    cr_expect_eq(jws.algorithm, JWS_RS256);
    cr_expect(slice_is(jws.kid, local_issuer_kid(issuer)));
    cr_expect(slice_is(json_text_member(&arena, jws.header, "typ"), "JWT"));
    local_issuer_write_keys(issuer, &w);
    cr_assert_eq(jwk_set_parse(buf_slice(&keys), &set, &fault), STATUS_OK, "%s", fault.text);
    cr_expect_eq(jwk_set_verify(set, &jws, &fault), STATUS_OK, "%s", fault.text);
    jwk_set_free(set);
    return jws.payload;
}

Test(local_issuer, claims_stand_in_the_token_as_given_and_what_lacks_is_added)
{
    static const struct {
        const char *claims, *front;
    } rows[] = {
        {"{}", "{\"iss\":\"http://127.0.0.1:4566/_sls/issuer\",\"iat\":1700000000,"
               "\"exp\":1700000090,\"jti\":\""},
        {" { \"sub\":\"u\" , \"n\": 1.50 } ",
         "{\"sub\":\"u\" , \"n\": 1.50,\"iss\":\"http://127.0.0.1:4566/_sls/issuer\","},
        {"{\"iss\":\"https://a/\",\"exp\":1,\"iat\":null,\"jti\":\"x\"}",
         "{\"iss\":\"https://a/\",\"exp\":1,\"iat\":null,\"jti\":\"x\"}"},
    };
    struct local_issuer *issuer = make(path_of("issuer.pem"));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct slice payload = payload_of(issuer, rows[i].claims);
        cr_expect(json_validate(payload, NULL));
        cr_expect(slice_starts_with(payload, slice_from(rows[i].front)), "case %zu: %.*s", i,
                  SLICE_ARG(payload));
    }
    struct slice one = json_text_member(&arena, payload_of(issuer, "{}"), "jti");
    struct slice two = json_text_member(&arena, payload_of(issuer, "{}"), "jti");
    cr_expect_eq(one.len, 36);
    cr_expect_not(slice_eq(one, two));
    local_issuer_close(issuer);
}

Test(local_issuer, claims_are_an_object_of_at_most_32_kilobytes)
{
    static const char *const rows[] = {"", "[]", "null", "\"x\"", "{\"a\":1", "{}{}"};
    static const struct token_defaults defaults = {.ttl_ms = 1};
    struct local_issuer *issuer = make(path_of("issuer.pem"));
    AUTO_BUF token = BUF_INIT(262144);
    AUTO_BUF claims = BUF_INIT(LOCAL_ISSUER_CLAIMS_MAX + 1);
    struct fault fault;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        cr_expect_eq(local_issuer_sign(issuer, slice_from(rows[i]), &defaults, &token, &fault),
                     STATUS_INVALID, "case %zu", i);
    }
    buf_append_text(&claims, "{\"a\":\"");
    while (claims.len < LOCAL_ISSUER_CLAIMS_MAX - 2) {
        buf_append_char(&claims, 'x');
    }
    buf_append_text(&claims, "\"}");
    cr_expect_eq(local_issuer_sign(issuer, buf_slice(&claims), &defaults, &token, &fault),
                 STATUS_OK);
    buf_append_char(&claims, ' ');
    cr_expect_eq(local_issuer_sign(issuer, buf_slice(&claims), &defaults, &token, &fault),
                 STATUS_LIMIT);
    local_issuer_close(issuer);
}

Test(local_issuer, its_configuration_leads_to_its_keys)
{
    AUTO_BUF text = BUF_INIT(4096);
    struct json_writer w = json_writer_init(&text);
    local_issuer_write_configuration(SLICE("http://127.0.0.1:4566/_sls/issuer"), &w);
    cr_expect_str_eq(buf_cstr(&text),
                     "{\"issuer\":\"http://127.0.0.1:4566/_sls/issuer\","
                     "\"jwks_uri\":\"http://127.0.0.1:4566/_sls/issuer/.well-known/jwks.json\","
                     "\"response_types_supported\":[\"token\"],"
                     "\"subject_types_supported\":[\"public\"],"
                     "\"id_token_signing_alg_values_supported\":[\"RS256\"]}");
}
