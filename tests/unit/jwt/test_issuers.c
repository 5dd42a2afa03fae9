/* Where keys come from, when, and how often. */
#include "gateway/jwt/issuers.h"
#include "support.h"

static struct fixture f;

static void set_up(void)
{
    fixture_open(&f);
}

static void tear_down(void)
{
    fixture_close(&f);
}

TestSuite(issuers, .init = set_up, .fini = tear_down);

static void expect_reason(const char *text)
{
    cr_expect(slice_search(f.answer.reason, slice_from(text)) != SLICE_NPOS, "%.*s",
              SLICE_ARG(f.answer.reason));
}

Test(issuers, keys_are_found_by_discovery_and_fetched_once_for_all)
{
    struct slice token = fixture_token(&f, f.issuer, "{\"sub\":\"u\"}");
    struct jwt_rules rules = fixture_rules(&f);
    for (int i = 0; i < 5; i++) {
        cr_assert_not(fixture_begin(&f, token, &rules), "keys have to come first");
    }
    fixture_wait(&f, 5);
    cr_expect_eq(f.answer.verdict, JWT_VALID, "%.*s", SLICE_ARG(f.answer.reason));
    cr_expect_not(f.answer.is_local);
    cr_expect(fixture_begin(&f, token, &rules), "now they are here");
    cr_expect_eq(f.answer.verdict, JWT_VALID);
    cr_expect_eq(f.configurations, 1);
    cr_expect_eq(f.key_sets, 1);
}

Test(issuers, a_slash_at_the_end_of_an_issuer_is_not_doubled)
{
    char url[80];
    (void)snprintf(url, sizeof url, "%s/", f.url);
    const struct slice issuer = slice_from(url);
    const struct jwt_rules rules = {
        .issuers = &issuer, .issuer_count = 1, .algorithms = JWT_ALGORITHMS_RSA};
    AUTO_BUF claims = BUF_INIT(256);
    buf_printf(&claims, "{\"iss\":\"%s\"}", url);
    cr_expect_eq(fixture_check(&f, fixture_token(&f, f.issuer, buf_cstr(&claims)), &rules),
                 JWT_VALID, "%.*s", SLICE_ARG(f.answer.reason));
    cr_expect_eq(fixture_check(&f, fixture_token(&f, f.issuer, "{}"), &rules), JWT_ISSUER_WRONG);
}

Test(issuers, keys_are_two_hours_old_at_most)
{
    struct jwt_rules rules = fixture_rules(&f);
    cr_assert_eq(fixture_check(&f, fixture_token(&f, f.issuer, "{}"), &rules), JWT_VALID);
    clock_advance(&f.clock, ISSUER_KEYS_MAX_AGE_MS - 60000);
    cr_assert_eq(fixture_check(&f, fixture_token(&f, f.issuer, "{}"), &rules), JWT_VALID);
    cr_expect_eq(f.key_sets, 1);
    clock_advance(&f.clock, 60000);
    cr_assert_eq(fixture_check(&f, fixture_token(&f, f.issuer, "{}"), &rules), JWT_VALID);
    cr_expect_eq(f.configurations, 2);
    cr_expect_eq(f.key_sets, 2);
}

Test(issuers, old_keys_serve_on_while_new_ones_cannot_be_had)
{
    struct jwt_rules rules = fixture_rules(&f);
    cr_assert_eq(fixture_check(&f, fixture_token(&f, f.issuer, "{}"), &rules), JWT_VALID);
    f.configuration_status = 503;
    clock_advance(&f.clock, ISSUER_KEYS_MAX_AGE_MS);
    cr_expect_eq(fixture_check(&f, fixture_token(&f, f.issuer, "{}"), &rules), JWT_VALID);
    cr_expect_eq(f.configurations, 2);
    cr_expect_eq(fixture_check(&f, fixture_token(&f, f.issuer, "{}"), &rules), JWT_VALID);
    cr_expect_eq(f.configurations, 2, "the next try is a minute later");
    clock_advance(&f.clock, ISSUER_RETRY_MS);
    cr_expect_eq(fixture_check(&f, fixture_token(&f, f.issuer, "{}"), &rules), JWT_VALID);
    cr_expect_eq(f.configurations, 3);
}

Test(issuers, a_key_that_nobody_knows_makes_them_be_fetched_again_once_a_minute)
{
    struct jwt_rules rules = fixture_rules(&f);
    struct local_issuer *old = f.issuer;
    struct slice before = fixture_token(&f, old, "{}");
    cr_assert_eq(fixture_check(&f, before, &rules), JWT_VALID);
    f.issuer = fixture_issuer(&f, "rotated.pem");
    struct slice after = fixture_token(&f, f.issuer, "{}");
    cr_expect(fixture_begin(&f, after, &rules), "the last fetch was just now");
    cr_expect_eq(f.answer.verdict, JWT_KEY_UNKNOWN);
    expect_reason(local_issuer_kid(f.issuer));
    clock_advance(&f.clock, ISSUER_RETRY_MS);
    cr_expect_eq(fixture_check(&f, after, &rules), JWT_VALID);
    cr_expect_eq(f.key_sets, 2);
    cr_expect_eq(fixture_check(&f, before, &rules), JWT_KEY_UNKNOWN, "its key is gone");
    cr_expect_eq(f.key_sets, 2);
    local_issuer_close(old);
}

static char *large_key_set(void)
{
    char *text = mem_alloc(JWK_SET_MAX + 2);
    memset(text, ' ', JWK_SET_MAX + 1);
    memcpy(text, "{\"keys\":[]}", sizeof "{\"keys\":[]}" - 1);
    text[JWK_SET_MAX + 1] = '\0';
    return text;
}

Test(issuers, what_cannot_be_fetched_is_told_in_awss_words_and_not_remembered)
{
    char *large = large_key_set();
    const struct {
        int configuration_status, keys_status;
        const char *configuration, *keys, *error, *reason;
    } rows[] = {
        {404, 0, NULL, NULL, "OIDC discovery endpoint communication error", "answered 404"},
        {302, 0, NULL, NULL, "OIDC discovery endpoint communication error", "answered 302"},
        {0, 0, "<html>", NULL, "OIDC discovery endpoint communication error", "no jwks_uri"},
        {0, 0, "{\"jwks_uri\":\"file:///etc/passwd\"}", NULL,
         "OIDC discovery endpoint communication error", "no jwks_uri"},
        {0, 0, "{\"jwks_uri\":[]}", NULL, "OIDC discovery endpoint communication error",
         "no jwks_uri"},
        {0, 0, large, NULL, "OIDC discovery endpoint communication error", "larger than allowed"},
        {0, 500, NULL, NULL, "JWKS communication error", "answered 500"},
        {0, 0, NULL, "[]", "JWKS communication error", "list of \"keys\""},
        {0, 0, NULL, large, "JWKS communication error", "larger than allowed"},
        {0, 0, "{\"jwks_uri\":\"http://127.0.0.1:1/\"}", NULL, "JWKS communication error",
         "the key set of http"},
        {-1, 0, NULL, NULL, "OIDC discovery endpoint communication error",
         "openid-configuration of http"},
    };
    struct jwt_rules rules = fixture_rules(&f);
    struct slice token = fixture_token(&f, f.issuer, "{}");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        f.configuration_status = rows[i].configuration_status;
        f.configuration = rows[i].configuration;
        f.keys_status = rows[i].keys_status;
        f.keys = rows[i].keys;
        uint64_t start = uv_hrtime();
        cr_expect_eq(fixture_check(&f, token, &rules), JWT_KEYS_UNREACHABLE, "case %zu", i);
        cr_expect_lt(uv_hrtime() - start, UINT64_C(5000000000), "case %zu", i);
        cr_expect(slice_is(f.answer.error, rows[i].error), "case %zu: %.*s", i,
                  SLICE_ARG(f.answer.error));
        expect_reason(rows[i].reason);
    }
    f.configuration_status = 0;
    cr_expect_eq(fixture_check(&f, token, &rules), JWT_VALID);
    mem_free(large);
}

Test(issuers, an_issuer_that_is_no_url_has_no_keys)
{
    const struct slice issuer = SLICE("auth.example.com");
    const struct jwt_rules rules = {
        .issuers = &issuer, .issuer_count = 1, .algorithms = JWT_ALGORITHMS_RSA};
    cr_expect(fixture_begin(&f, fixture_token(&f, f.issuer, "{}"), &rules));
    cr_expect_eq(f.answer.verdict, JWT_KEYS_UNREACHABLE);
    cr_expect(slice_is(f.answer.error, "OIDC discovery endpoint communication error"));
}

Test(issuers, who_waits_when_the_verifier_ends_is_answered)
{
    struct jwt_rules rules = fixture_rules(&f);
    f.configuration_status = -1;
    cr_assert_not(fixture_begin(&f, fixture_token(&f, f.issuer, "{}"), &rules));
    cr_assert_not(fixture_begin(&f, fixture_token(&f, f.issuer, "{}"), &rules));
    jwt_verifier_destroy(f.verifier);
    f.verifier = NULL;
    cr_expect_eq(f.answers, 2);
    cr_expect_eq(f.answer.verdict, JWT_KEYS_UNREACHABLE);
}

/* A Cognito authorizer of several user pools: the token says whose keys. */
Test(issuers, of_several_the_one_that_the_token_names_is_asked)
{
    const struct slice issuers[] = {SLICE("http://127.0.0.1:1/nobody"), slice_from(f.url)};
    const struct jwt_rules rules = {
        .issuers = issuers, .issuer_count = 2, .algorithms = JWT_ALGORITHMS_RSA};
    cr_expect_eq(fixture_check(&f, fixture_token(&f, f.issuer, "{}"), &rules), JWT_VALID);
    cr_expect_eq(fixture_check(&f, fixture_token(&f, f.issuer, "{\"iss\":\"x\"}"), &rules),
                 JWT_KEYS_UNREACHABLE);
    expect_reason("http://127.0.0.1:1/nobody");
}
