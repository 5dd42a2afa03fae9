#include "core/json_scan.h"
#include "core/mem.h"
#include "gateway/jwt/claims.h"

#include <criterion/criterion.h>

#define NOW_S 1700000000
#define ISSUER "https://issuer.example.com"

static const struct slice issuers[] = {SLICE_INIT(ISSUER),
                                       SLICE_INIT("https://second.example.com")};
static const struct slice audiences[] = {SLICE_INIT("one"), SLICE_INIT("two")};
static const struct slice scopes[] = {SLICE_INIT("pets/read"), SLICE_INIT("pets/write")};

static const struct jwt_rules plain_rules = {.issuers = issuers, .issuer_count = 1};

static struct jwt_answer judge(struct arena *arena, const struct jwt_rules *rules,
                               const char *claims)
{
    struct jwt_answer answer;
    cr_assert(json_validate(slice_from(claims), NULL), "%s", claims);
    claims_judge(arena, rules, slice_from(claims), NOW_S * INT64_C(1000) + 999, &answer);
    cr_expect_eq(answer.verdict == JWT_VALID, answer.error.len == 0);
    cr_expect_eq(answer.verdict == JWT_VALID, answer.reason.len == 0);
    return answer;
}

struct row {
    const char *claims;
    enum jwt_verdict verdict;
    const char *reason;
};

static void judge_rows(const struct jwt_rules *rules, const struct row *rows, size_t count)
{
    AUTO_ARENA arena = ARENA_INIT;
    for (size_t i = 0; i < count; i++) {
        struct jwt_answer answer = judge(&arena, rules, rows[i].claims);
        cr_expect_eq(answer.verdict, rows[i].verdict, "%s: %d", rows[i].claims, answer.verdict);
        cr_expect(rows[i].reason == NULL || slice_is(answer.reason, rows[i].reason), "%s: %.*s",
                  rows[i].claims, SLICE_ARG(answer.reason));
    }
}

Test(claims, iss_is_one_of_the_issuers_to_the_letter)
{
    static const struct row rows[] = {
        {"{\"iss\":\"" ISSUER "\"}", JWT_VALID, NULL},
        {"{\"iss\":\"https://second.example.com\"}", JWT_VALID, NULL},
        {"{\"iss\":\"" ISSUER "/\"}", JWT_ISSUER_WRONG,
         "iss \"" ISSUER "/\" is not \"" ISSUER "\", \"https://second.example.com\""},
        {"{\"iss\":\"HTTPS://issuer.example.com\"}", JWT_ISSUER_WRONG, NULL},
        {"{\"iss\":[\"" ISSUER "\"]}", JWT_ISSUER_WRONG, NULL},
        {"{\"iss\":\"\"}", JWT_ISSUER_WRONG, NULL},
        {"{}", JWT_ISSUER_WRONG,
         "iss (none) is not \"" ISSUER "\", \"https://second.example.com\""},
        {"null", JWT_ISSUER_WRONG, NULL},
    };
    const struct jwt_rules rules = {.issuers = issuers, .issuer_count = 2};
    judge_rows(&rules, rows, COUNT_OF(rows));
}

#define ISS "{\"iss\":\"" ISSUER "\","

/* Developer Guide: client_id is looked at only where there is no aud. */
Test(claims, aud_or_else_client_id_is_one_of_the_audiences)
{
    static const struct row rows[] = {
        {ISS "\"aud\":\"one\"}", JWT_VALID, NULL},
        {ISS "\"aud\":[\"none\",\"two\"]}", JWT_VALID, NULL},
        {ISS "\"client_id\":\"two\"}", JWT_VALID, NULL},
        {ISS "\"aud\":null,\"client_id\":\"two\"}", JWT_VALID, NULL},
        {ISS "\"aud\":\"three\",\"client_id\":\"one\"}", JWT_AUDIENCE_WRONG,
         "aud \"three\" is none of \"one\", \"two\""},
        {ISS "\"aud\":[],\"client_id\":\"one\"}", JWT_AUDIENCE_WRONG,
         "aud (none) is none of \"one\", \"two\""},
        {ISS "\"aud\":7,\"client_id\":\"one\"}", JWT_AUDIENCE_WRONG, NULL},
        {ISS "\"aud\":[1,\"a\",[\"one\"]]}", JWT_AUDIENCE_WRONG,
         "aud \"a\" is none of \"one\", \"two\""},
        {ISS "\"aud\":{\"one\":\"one\"}}", JWT_AUDIENCE_WRONG, NULL},
        {ISS "\"aud\":\"on\"}", JWT_AUDIENCE_WRONG, NULL},
        {ISS "\"client_id\":\"three\"}", JWT_AUDIENCE_WRONG,
         "client_id \"three\" is none of \"one\", \"two\""},
        {ISS "\"client_id\":[\"one\"]}", JWT_AUDIENCE_WRONG, "it has neither aud nor client_id"},
        {ISS "\"sub\":\"one\"}", JWT_AUDIENCE_WRONG, "it has neither aud nor client_id"},
    };
    const struct jwt_rules rules = {
        .issuers = issuers, .issuer_count = 1, .audiences = audiences, .audience_count = 2};
    judge_rows(&rules, rows, COUNT_OF(rows));
}

/* To the second, without leeway; a part of one is cut off, as jwt-go does. */
Test(claims, dates_are_to_the_second)
{
    static const struct row rows[] = {
        {ISS "\"exp\":1700000001,\"nbf\":1700000000,\"iat\":1700000000}", JWT_VALID, NULL},
        {ISS "\"exp\":1700000000}", JWT_VALID, NULL},
        {ISS "\"exp\":1699999999}", JWT_EXPIRED, "exp was 1 s ago"},
        {ISS "\"exp\":1699999999.9}", JWT_EXPIRED, NULL},
        {ISS "\"exp\":1.7e9}", JWT_VALID, NULL},
        {ISS "\"exp\":0}", JWT_EXPIRED, "exp was 1700000000 s ago"},
        {ISS "\"exp\":-1}", JWT_EXPIRED, NULL},
        {ISS "\"exp\":9999999999999999999999}", JWT_VALID, NULL},
        {ISS "\"exp\":\"1800000000\"}", JWT_EXPIRED, "exp is not a number of seconds"},
        {ISS "\"exp\":1e999}", JWT_EXPIRED, "exp is not a number of seconds"},
        {ISS "\"exp\":null}", JWT_VALID, NULL},
        {ISS "\"nbf\":1700000000.9}", JWT_VALID, NULL},
        {ISS "\"nbf\":1700000001}", JWT_NOT_YET_VALID, "nbf is in 1 s"},
        {ISS "\"nbf\":true}", JWT_NOT_YET_VALID, NULL},
        {ISS "\"iat\":1700000060}", JWT_ISSUED_IN_FUTURE, "iat is in 60 s"},
        {ISS "\"iat\":[]}", JWT_ISSUED_IN_FUTURE, NULL},
        {ISS "\"exp\":1,\"nbf\":1800000000,\"iat\":1800000000}", JWT_EXPIRED, NULL},
        {ISS "\"nbf\":1800000000,\"iat\":1800000000}", JWT_NOT_YET_VALID, NULL},
    };
    judge_rows(&plain_rules, rows, COUNT_OF(rows));
}

Test(claims, token_use_is_what_the_rules_say)
{
    static const struct row rows[] = {
        {ISS "\"token_use\":\"id\"}", JWT_VALID, NULL},
        {ISS "\"token_use\":\"access\"}", JWT_USE_WRONG, "token_use is \"access\", not \"id\""},
        {ISS "\"token_use\":7}", JWT_USE_WRONG, "token_use is missing, not \"id\""},
        {ISS "\"sub\":\"u\"}", JWT_USE_WRONG, NULL},
    };
    const struct jwt_rules rules = {
        .issuers = issuers, .issuer_count = 1, .token_use = SLICE("id")};
    judge_rows(&rules, rows, COUNT_OF(rows));
}

Test(claims, one_of_the_routes_scopes_is_enough)
{
    static const struct row rows[] = {
        {ISS "\"scope\":\"openid pets/write\"}", JWT_VALID, NULL},
        {ISS "\"scp\":[\"pets/read\"]}", JWT_VALID, NULL},
        {ISS "\"scp\":\"pets/read email\"}", JWT_VALID, NULL},
        {ISS "\"scope\":[\"pets/read\"]}", JWT_VALID, NULL},
        {ISS "\"scp\":null,\"scope\":\"pets/read\"}", JWT_VALID, NULL},
        {ISS "\"scp\":\"email\",\"scope\":\"pets/read\"}", JWT_SCOPE_INSUFFICIENT,
         "the token's scopes are \"email\"; the route wants \"pets/read\", \"pets/write\""},
        {ISS "\"scope\":\"pets/rea\"}", JWT_SCOPE_INSUFFICIENT, NULL},
        {ISS "\"scope\":\"\"}", JWT_SCOPE_INSUFFICIENT, NULL},
        {ISS "\"token_use\":\"id\"}", JWT_SCOPE_INSUFFICIENT,
         "the token's scopes are none; the route wants \"pets/read\", \"pets/write\""},
    };
    AUTO_ARENA arena = ARENA_INIT;
    const struct jwt_rules rules = {
        .issuers = issuers, .issuer_count = 1, .scopes = scopes, .scope_count = 2};
    judge_rows(&rules, rows, COUNT_OF(rows));
    struct jwt_answer answer = judge(&arena, &rules, ISS "\"scope\":\"a\"}");
    cr_expect(slice_is(answer.error, "expected scopes: [pets/read pets/write]"));
}

Test(claims, the_tokens_scopes_are_told_whether_the_route_wants_any_or_not)
{
    static const struct {
        const char *claims, *list;
    } rows[] = {{ISS "\"scope\":\" a  b \"}", "a|b|"},
                {ISS "\"scope\":\"a\"}", "a|"},
                {ISS "\"scp\":[\"a b\",1,\"c\"],\"scope\":\"d\"}", "a b|c|"},
                {ISS "\"scp\":{},\"scope\":\"d\"}", "d|"},
                {ISS "\"scope\":\"\"}", ""},
                {ISS "\"a\":1}", ""}};
    AUTO_ARENA arena = ARENA_INIT;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_BUF list = BUF_INIT(256);
        struct jwt_answer answer = judge(&arena, &plain_rules, rows[i].claims);
        for (size_t j = 0; j < answer.scope_count; j++) {
            buf_printf(&list, "%.*s|", SLICE_ARG(answer.scopes[j]));
        }
        cr_expect(slice_is(buf_slice(&list), rows[i].list), "case %zu", i);
        cr_expect(slice_is(answer.claims, rows[i].claims), "case %zu", i);
    }
}

/* --- events --- */

static void write_rows(enum claims_style style, const char *const (*rows)[2], size_t count)
{
    AUTO_ARENA arena = ARENA_INIT;
    for (size_t i = 0; i < count; i++) {
        AUTO_BUF text = BUF_INIT(8192);
        struct json_writer w = json_writer_init(&text);
        cr_assert(json_validate(slice_from(rows[i][0]), NULL), "%s", rows[i][0]);
        claims_write(&arena, &w, slice_from(rows[i][0]), style);
        cr_expect_str_eq(buf_cstr(&text), rows[i][1], "case %zu: %s", i, buf_cstr(&text));
    }
}

/* H-30 of the conformance cases. The nested ones are as in events of Firebase tokens. */
Test(claims, http_apis_write_them_as_go_prints)
{
    static const char *const rows[][2] = {
        {"{}", "{}"},
        {"null", "{}"},
        {"{\"sub\":\"u1\",\"exp\":1744672436,\"email_verified\":true,\"nothing\":null}",
         "{\"email_verified\":\"true\",\"exp\":\"1744672436\",\"sub\":\"u1\"}"},
        {"{\"cognito:groups\":[\"admin\",\"poweruser\"],\"one\":[\"a b\"],\"none\":[]}",
         "{\"cognito:groups\":\"[admin poweruser]\",\"none\":\"[]\",\"one\":\"[a b]\"}"},
        {"{\"firebase\":{\"sign_in_provider\":\"google.com\",\"identities\":{\"google.com\":"
         "[\"1051\"],\"email\":[\"a@example.com\"]}}}",
         "{\"firebase\":\"map[identities:map[email:[a@example.com] google.com:[1051]] "
         "sign_in_provider:google.com]\"}"},
        {"{\"mixed\":[1,-0.50,1e3,true,null,[],{}],\"m\":{\"b\":null,\"a\":[false]}}",
         "{\"m\":\"map[a:[false] b:<nil>]\",\"mixed\":\"[1 -0.50 1e3 true <nil> [] map[]]\"}"},
        {"{\"big\":12345678901234567890123,\"pi\":3.14159265358979323846,\"e\":1E+2}",
         "{\"big\":\"12345678901234567890123\",\"e\":\"1E+2\",\"pi\":\"3.14159265358979323846\"}"},
        {"{\"a\":1,\"a\":\"last\",\"b\\u0061\":\"\\u00e9\\n\\\"\"}",
         "{\"a\":\"last\",\"ba\":\"\xc3\xa9\\n\\\"\"}"},
        {"{\"z\":\"\",\"Z\":\"\",\"_\":\"\"}", "{\"Z\":\"\",\"_\":\"\",\"z\":\"\"}"},
    };
    write_rows(CLAIMS_HTTP, rows, COUNT_OF(rows));
}

/* Of events of Cognito authorizers: the token's order, Java's dates and lists. */
Test(claims, rest_apis_write_them_as_java_prints)
{
    static const char *const rows[][2] = {
        {"{}", "{}"},
        {"{\"sub\":\"s\",\"aud\":\"a\",\"email_verified\":true,\"auth_time\":1675156084,"
         "\"exp\":1675242484,\"iat\":1675156084,\"nothing\":null}",
         "{\"sub\":\"s\",\"aud\":\"a\",\"email_verified\":\"true\",\"auth_time\":\"1675156084\","
         "\"exp\":\"Wed Feb 01 09:08:04 UTC 2023\",\"iat\":\"Tue Jan 31 09:08:04 UTC 2023\"}"},
        {"{\"cognito:groups\":[\"developers\",\"administrators\"],\"none\":[]}",
         "{\"cognito:groups\":\"developers,administrators\",\"none\":\"\"}"},
        {"{\"identities\":[{\"userId\":\"1\",\"primary\":true}],\"m\":{\"a\":[1]}}",
         "{\"identities\":\"{\\\"userId\\\":\\\"1\\\",\\\"primary\\\":true}\",\"m\":\"{\\\"a\\\":["
         "1]}\"}"},
        {"{\"exp\":1.5,\"iat\":\"x\",\"b\":2,\"a\":1,\"b\":3}",
         "{\"exp\":\"1.5\",\"iat\":\"x\",\"a\":\"1\",\"b\":\"3\"}"},
        {"{\"exp\":9223372036854775807}", "{\"exp\":\"9223372036854775807\"}"},
    };
    write_rows(CLAIMS_REST, rows, COUNT_OF(rows));
}

Test(claims, one_is_written_as_among_all)
{
    static const char claims[] =
        "{\"sub\":\"u\",\"exp\":1675242484,\"groups\":[\"a\",\"b\"],\"n\":null}";
    static const struct {
        const char *name;
        enum claims_style style;
        const char *text; /* NULL: there is none */
    } rows[] = {{"sub", CLAIMS_HTTP, "u"},
                {"exp", CLAIMS_HTTP, "1675242484"},
                {"groups", CLAIMS_HTTP, "[a b]"},
                {"groups", CLAIMS_REST, "a,b"},
                {"exp", CLAIMS_REST, "Wed Feb 01 09:08:04 UTC 2023"},
                {"n", CLAIMS_HTTP, NULL},
                {"other", CLAIMS_HTTP, NULL}};
    AUTO_ARENA arena = ARENA_INIT;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_BUF text = BUF_INIT(256);
        cr_expect_eq(claims_write_one(&arena, &text, slice_from(claims), slice_from(rows[i].name),
                                      rows[i].style),
                     rows[i].text != NULL, "case %zu", i);
        cr_expect(slice_is(buf_slice(&text), rows[i].text), "case %zu", i);
    }
}
