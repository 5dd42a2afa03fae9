/* Answers, and what clients are told of them. */
#include "core/encode.h"
#include "core/file.h"
#include "support.h"
#include "vectors.h"

static struct fixture f;

static void set_up(void)
{
    fixture_open(&f);
}

static void tear_down(void)
{
    fixture_close(&f);
}

TestSuite(jwt, .init = set_up, .fini = tear_down);

static const char *challenge(const struct jwt_rules *rules)
{
    AUTO_BUF text = BUF_INIT(8192);
    jwt_write_challenge(&text, rules, &f.answer);
    return arena_cstr(&f.arena, buf_slice(&text));
}

#define REFUSED(scope, error)                                                                      \
    "Bearer scope=\"" scope "\" error=\"invalid_token\" error_description=\"" error "\""

/* H-28 and H-29 of the conformance cases; the words are those of real answers where jwt.h says so. */
Test(jwt, a_refused_token_is_answered_in_awss_words)
{
    static const struct slice audiences[] = {SLICE_INIT("app")};
    static const struct slice scopes[] = {SLICE_INIT("HelloAPI/hello.read"),
                                          SLICE_INIT("HelloAPI/hello.write")};
    static const struct {
        const char *claims; /* signed; or a whole token */
        bool is_token, has_scopes;
        int status;
        const char *challenge;
    } rows[] = {
        {"", true, false, 401, "Bearer"},
        {"not-a-token", true, false, 401,
         REFUSED("", "token contains an invalid number of segments")},
        {"abcd.e30.", true, false, 401,
         REFUSED("", "invalid character 'i' looking for beginning of value")},
        {"Ig.e30.", true, false, 401, REFUSED("", "unexpected end of JSON input")},
        {"-iJ-.e30.", true, false, 401,
         REFUSED("", "invalid character '\\\\xfa' looking for beginning of value")},
        {NONE_TOKEN, true, false, 401, REFUSED("", "signing method none is invalid")},
        {HS256_TOKEN, true, false, 401, REFUSED("", "signing method HS256 is invalid")},
        {ES256_TOKEN, true, true, 401,
         REFUSED("HelloAPI/hello.read HelloAPI/hello.write", "signing method ES256 is invalid")},
        {RS256_TOKEN, true, false, 401, REFUSED("", "unable to find a key of the token's kid")},
        {"{\"iss\":\"https://other.example.com\"}", false, false, 401,
         REFUSED("", "issuer does not match")},
        {"{\"aud\":\"other\"}", false, false, 401,
         REFUSED("", "the token does not have a valid audience")},
        {"{\"aud\":\"app\",\"exp\":1}", false, true, 401,
         REFUSED("HelloAPI/hello.read HelloAPI/hello.write", "the token has expired")},
        {"{\"aud\":\"app\",\"nbf\":9999999999}", false, false, 401,
         REFUSED("", "token is not valid yet")},
        {"{\"aud\":\"app\",\"iat\":9999999999}", false, false, 401,
         REFUSED("", "Token used before issued")},
        {"{\"aud\":\"app\",\"scope\":\"openid\"}", false, true, 403,
         "Bearer scope=\"HelloAPI/hello.read HelloAPI/hello.write\" error=\"insufficient_scope\" "
         "error_description=\"expected scopes: [HelloAPI/hello.read HelloAPI/hello.write]\""},
        {"{\"aud\":\"app\",\"scope\":\"openid HelloAPI/hello.read\"}", false, true, 0, NULL},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct jwt_rules rules = fixture_rules(&f);
        rules.audiences = audiences;
        rules.audience_count = 1;
        rules.scopes = scopes;
        rules.scope_count = rows[i].has_scopes ? COUNT_OF(scopes) : 0;
        struct slice token = rows[i].is_token ? slice_from(rows[i].claims)
                                              : fixture_token(&f, f.issuer, rows[i].claims);
        enum jwt_verdict verdict = fixture_check(&f, token, &rules);
        if (rows[i].challenge == NULL) {
            cr_expect_eq(verdict, JWT_VALID, "%.*s", SLICE_ARG(f.answer.reason));
            continue;
        }
        cr_assert_neq(verdict, JWT_VALID, "case %zu", i);
        cr_expect_eq(jwt_http_status(verdict), rows[i].status, "case %zu", i);
        cr_expect_str_eq(challenge(&rules), rows[i].challenge, "case %zu: %s", i,
                         challenge(&rules));
        cr_expect_gt(f.answer.reason.len, 0);
    }
}

Test(jwt, access_logs_get_code_and_words)
{
    static const struct {
        const char *token, *error;
    } rows[] = {{"", "missing: token not provided"},
                {"x", "invalid_token: token contains an invalid number of segments"}};
    struct jwt_rules rules = fixture_rules(&f);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_BUF text = BUF_INIT(1024);
        (void)fixture_check(&f, slice_from(rows[i].token), &rules);
        jwt_write_error(&text, &f.answer);
        cr_expect_str_eq(buf_cstr(&text), rows[i].error);
    }
    static const struct slice scope = SLICE_INIT("a");
    AUTO_BUF text = BUF_INIT(1024);
    rules.scopes = &scope;
    rules.scope_count = 1;
    (void)fixture_check(&f, fixture_token(&f, f.issuer, "{}"), &rules);
    jwt_write_error(&text, &f.answer);
    cr_expect_str_eq(buf_cstr(&text), "insufficient_scope: expected scopes: [a]");
}

Test(jwt, a_signature_of_another_is_refused)
{
    struct jwt_rules rules = fixture_rules(&f);
    struct slice token = fixture_token(&f, f.issuer, "{\"sub\":\"me\"}");
    struct slice other = fixture_token(&f, f.issuer, "{\"sub\":\"you\"}");
    size_t dot = slice_rfind(token, '.');
    struct slice mixed = arena_printf(&f.arena, "%.*s%.*s", SLICE_ARG(slice_take(token, dot)),
                                      SLICE_ARG(slice_skip(other, slice_rfind(other, '.'))));
    cr_expect_eq(fixture_check(&f, mixed, &rules), JWT_SIGNATURE_INVALID);
    cr_expect_str_eq(challenge(&rules), REFUSED("", "crypto/rsa: verification error"));
    cr_expect_eq(fixture_check(&f, slice_take(token, dot + 1), &rules), JWT_SIGNATURE_INVALID);
    cr_expect_eq(fixture_check(&f, token, &rules), JWT_VALID);
}

/* A public key is no secret: a signature made with it as one (HS256) must not count. */
Test(jwt, algorithms_without_a_public_key_are_refused_even_where_the_rules_name_them)
{
    struct jwt_rules rules = fixture_rules(&f);
    rules.algorithms = UINT32_MAX;
    cr_expect_eq(fixture_check(&f, SLICE(HS256_TOKEN), &rules), JWT_ALGORITHM_REFUSED);
    cr_expect_eq(fixture_check(&f, SLICE(NONE_TOKEN), &rules), JWT_ALGORITHM_REFUSED);
    rules.algorithms = JWT_ALGORITHM(JWS_RS384) | JWT_ALGORITHM(JWS_ES256);
    cr_expect_eq(fixture_check(&f, fixture_token(&f, f.issuer, "{}"), &rules),
                 JWT_ALGORITHM_REFUSED);
    cr_expect(slice_is(f.answer.reason, "alg is RS256; accepted are RS384 ES256"), "%.*s",
              SLICE_ARG(f.answer.reason));
    cr_expect_eq(f.configurations, 0, "nothing is fetched for them");
}

Test(jwt, claims_are_those_that_were_signed)
{
    struct jwt_rules rules = fixture_rules(&f);
    cr_assert_eq(
        fixture_check(
            &f,
            fixture_token(&f, f.issuer, "{\"sub\" :\"u\\u0031\",\"n\": 1.50,\"scope\":\"a b\"}"),
            &rules),
        JWT_VALID);
    cr_expect(slice_starts_with(f.answer.claims,
                                SLICE("{\"sub\" :\"u\\u0031\",\"n\": 1.50,\"scope\":\"a b\",")));
    cr_expect_eq(f.answer.scope_count, 2);
    rules.token_use = SLICE("access");
    cr_assert_eq(fixture_check(&f, fixture_token(&f, f.issuer, "{}"), &rules), JWT_USE_WRONG);
    cr_expect_null(f.answer.claims.ptr);
}

Test(jwt, bearer_may_stand_before_the_token_or_not)
{
    static const char *const rows[][2] = {{"Bearer a.b.c", "a.b.c"},
                                          {"bearer  a.b.c ", "a.b.c"},
                                          {"a.b.c", "a.b.c"},
                                          {"Bearer", ""},
                                          {"Bearer ", ""},
                                          {"", ""},
                                          {"Basic dTpw", "Basic dTpw"},
                                          {"Bearerx", "Bearerx"}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        cr_expect(slice_is(jwt_of_identity(slice_from(rows[i][0])), rows[i][1]), "case %zu", i);
    }
}

/* --- the local issuer --- */

#define COGNITO "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Example"

Test(jwt, the_local_issuer_speaks_for_any_issuer_without_a_network)
{
    static const struct slice issuer = SLICE_INIT(COGNITO);
    const struct jwt_rules rules = {
        .issuers = &issuer, .issuer_count = 1, .algorithms = JWT_ALGORITHMS_RSA};
    const char *path = fixture_path(&f, "issuer.pem");
    struct local_issuer *local = fixture_issuer(&f, "issuer.pem");
    const struct jwt_verifier_options options = {.local_key = path};
    fixture_verifier(&f, &options);

    cr_expect(fixture_begin(&f, fixture_token(&f, local, "{\"iss\":\"" COGNITO "\"}"), &rules));
    cr_expect_eq(f.answer.verdict, JWT_VALID, "%.*s", SLICE_ARG(f.answer.reason));
    cr_expect(f.answer.is_local);
    /* All else counts as always. */
    cr_expect(fixture_begin(&f, fixture_token(&f, local, "{}"), &rules));
    cr_expect_eq(f.answer.verdict, JWT_ISSUER_WRONG);
    cr_expect(
        fixture_begin(&f, fixture_token(&f, local, "{\"iss\":\"" COGNITO "\",\"exp\":1}"), &rules));
    cr_expect_eq(f.answer.verdict, JWT_EXPIRED);
    cr_expect(f.answer.is_local);
    /* Another directory's key is as good as a stranger's, and its user is told. */
    struct slice other = fixture_token(&f, f.issuer, "{\"iss\":\"" COGNITO "\"}");
    cr_expect(fixture_begin(&f, other, &rules));
    cr_expect_eq(f.answer.verdict, JWT_KEY_UNKNOWN);
    cr_expect(slice_search(f.answer.reason, SLICE("another data directory")) != SLICE_NPOS);
    local_issuer_close(local);
}

Test(jwt, a_local_issuer_that_is_not_there_yet_speaks_for_nobody)
{
    struct jwt_rules rules = fixture_rules(&f);
    const char *path = fixture_path(&f, "issuer.pem");
    const struct jwt_verifier_options options = {.local_key = path};
    fixture_verifier(&f, &options);
    cr_expect(fixture_begin(&f, fixture_token(&f, f.issuer, "{}"), &rules));
    cr_expect_eq(f.answer.verdict, JWT_KEY_UNKNOWN);
    cr_expect(slice_search(f.answer.reason, SLICE("issuer.pem")) != SLICE_NPOS);
    /* As soon as it is made it counts. */
    struct local_issuer *local = fixture_issuer(&f, "issuer.pem");
    cr_expect(fixture_begin(&f, fixture_token(&f, local, "{}"), &rules));
    cr_expect_eq(f.answer.verdict, JWT_VALID);
    local_issuer_close(local);
}

/* --- key files --- */

static void write_keys(const char *path, const struct local_issuer *issuer)
{
    AUTO_BUF json = BUF_INIT(8192);
    struct json_writer w = json_writer_init(&json);
    if (issuer != NULL) {
        local_issuer_write_keys(issuer, &w);
    } else {
        buf_append_text(&json, "{}");
    }
    cr_assert_eq(file_write(path, buf_slice(&json), NULL), STATUS_OK);
}

Test(jwt, keys_from_a_file_stand_for_their_issuer_as_the_file_is_now)
{
    struct jwt_rules rules = fixture_rules(&f);
    const struct jwt_key_file file = {f.url, fixture_path(&f, "jwks.json")};
    const struct jwt_verifier_options options = {.key_files = &file, .key_file_count = 1};
    struct local_issuer *other = fixture_issuer(&f, "other.pem");
    struct slice token = fixture_token(&f, f.issuer, "{}");
    fixture_verifier(&f, &options);

    cr_expect_eq(fixture_check(&f, token, &rules), JWT_KEYS_UNREACHABLE);
    cr_expect(slice_search(f.answer.reason, SLICE("jwks.json")) != SLICE_NPOS);
    write_keys(file.path, f.issuer);
    cr_expect_eq(fixture_check(&f, token, &rules), JWT_VALID);
    write_keys(file.path, other);
    cr_expect_eq(fixture_check(&f, token, &rules), JWT_KEY_UNKNOWN);
    cr_expect_eq(fixture_check(&f, fixture_token(&f, other, "{}"), &rules), JWT_VALID);
    write_keys(file.path, NULL);
    cr_expect_eq(fixture_check(&f, token, &rules), JWT_KEYS_UNREACHABLE);
    cr_expect_eq(f.configurations, 0);
    local_issuer_close(other);
}
