#include "core/api/sigv4.h"

#include "core/clock.h"
#include "core/mem.h"

#include <criterion/criterion.h>

#define SECRET "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
#define TIME "20150830T123600Z"
#define CREDENTIAL "AKIDEXAMPLE/20150830/us-east-1/service/aws4_request"
#define HOST "Host: example.amazonaws.com\n"
#define DATED HOST "X-Amz-Date: " TIME "\n"
#define SIGNED(names, signature)                                                                   \
    "Authorization: AWS4-HMAC-SHA256 Credential=" CREDENTIAL ", SignedHeaders=" names              \
    ", Signature=" signature "\n"
#define PRESIGNED(seconds, names, signature)                                                       \
    "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20150830%2Fus-east-1%2F"      \
    "service%2Faws4_request&X-Amz-Date=" TIME "&X-Amz-Expires=" seconds                            \
    "&X-Amz-SignedHeaders=" names "&X-Amz-Signature=" signature
#define PLAIN "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"

struct row {
    const char *method, *path, *query, *headers, *body;
};

/* "Name: value\n" lines. */
static struct http_headers headers_of(struct arena *arena, const char *text)
{
    struct http_header *items = arena_array(arena, 16, sizeof *items);
    size_t count = 0;
    struct slice rest = slice_from(text), line;
    while (slice_split(&rest, '\n', &line)) {
        size_t colon = slice_find(line, ':');
        if (colon != SLICE_NPOS) {
            items[count++] =
                (struct http_header){slice_take(line, colon), slice_skip(line, colon + 2)};
        }
    }
    return (struct http_headers){items, count};
}

static struct sigv4_scope scope_at(int64_t now_ms, int64_t machine_ms)
{
    return (struct sigv4_scope){SLICE("service"), SLICE("us-east-1"), now_ms, machine_ms};
}

static int64_t signed_ms(void)
{
    int64_t ms;
    cr_assert(time_parse_basic(SLICE(TIME), &ms));
    return ms;
}

static enum sigv4_verdict judge(struct arena *arena, const struct row *row,
                                const struct sigv4_scope *scope, const char *secret,
                                struct slice *ret_words)
{
    const struct sigv4_request request = {slice_from(row->method), slice_from(row->path),
                                          slice_from(row->query), headers_of(arena, row->headers)};
    struct sigv4 sigv4;
    enum sigv4_verdict verdict = sigv4_read(arena, &request, scope, &sigv4, ret_words);
    return verdict == SIGV4_FINE ? sigv4_verify(arena, &request, &sigv4, slice_from(secret),
                                                slice_from(row->body), ret_words)
                                 : verdict;
}

/* The first three are of AWS's own test suite, the others were signed by botocore. */
static const struct row good[] = {
    {"GET", "/", "", DATED SIGNED("host;x-amz-date", PLAIN), ""},
    {"GET", "/", "Param2=value2&Param1=value1",
     DATED SIGNED("host;x-amz-date",
                  "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"),
     ""},
    {"POST", "/", "",
     "Content-Type: application/x-www-form-urlencoded\n" DATED SIGNED(
         "content-type;host;x-amz-date",
         "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"),
     "Param1=value1"},
    {"GET", "/a%20b/%C3%A9/%2Fx~y", "b=2&a=%20%26&a=1",
     DATED SIGNED("host;x-amz-date",
                  "a8286cb2c0117796f654609821d5ae8b801de696bb20d4535bcd152c83cfabd5"),
     ""},
    {"GET", "//a/./b/../c/", "",
     DATED SIGNED("host;x-amz-date",
                  "03815191a982245f233767bed9d5022ca4cf6dc96e4c7598525bfdbc1932b50c"),
     ""},
    {"POST", "/items", "",
     "Host: 127.0.0.1:3000\nContent-Type: application/json\nX-Two:   a   b \nX-Amz-Date: " TIME
     "\n" SIGNED("content-type;host;x-amz-date;x-two",
                 "a953adeed7e599c5f288c7d71c7bdd9167652cda97af57959efd6b84ee5fa08b"),
     "{\"a\":1}"},
    {"GET", "/a%20b/%C3%A9/%2Fx~y",
     "b=2&a=%20%26&" PRESIGNED("600", "host",
                               "8eb858762bed6c91f0d450374e7b2ba944fa7206b62eb2e7e024ceec6b794ad5"),
     HOST, ""},
};

Test(sigv4, accepts_what_sdks_sign)
{
    struct sigv4_scope scope = scope_at(signed_ms(), signed_ms());
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        struct slice words;
        cr_expect_eq(judge(&arena, &good[i], &scope, SECRET, &words), SIGV4_FINE, "row %zu: %.*s",
                     i, SLICE_ARG(words));
    }
}

Test(sigv4, refuses_another_secret_method_path_query_header_and_body)
{
    struct sigv4_scope scope = scope_at(signed_ms(), signed_ms());
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        struct row rows[] = {good[i], good[i], good[i], good[i]};
        struct slice words = SLICE("");
        rows[0].method = "PUT";
        rows[1].path = "/other";
        rows[2].body = "other";
        rows[3].query = arena_cstr(&arena, arena_printf(&arena, "%s%sz=1", good[i].query,
                                                        good[i].query[0] != '\0' ? "&" : ""));
        for (size_t k = 0; k < COUNT_OF(rows); k++) {
            cr_expect_eq(judge(&arena, &rows[k], &scope, SECRET, &words), SIGV4_INVALID,
                         "row %zu, change %zu", i, k);
        }
        cr_expect_eq(judge(&arena, &good[i], &scope, "other", &words), SIGV4_INVALID);
        cr_expect(slice_search(words, SLICE("The Canonical String for this request should have "
                                            "been\n'")) != SLICE_NPOS,
                  "%.*s", SLICE_ARG(words));
    }
}

Test(sigv4, knows_its_time)
{
    static const int64_t minute = 60000;
    const struct {
        size_t row;
        int64_t now, machine; /* minutes after it was signed */
        const char *words;    /* NULL: it is fine */
    } rows[] = {
        {0, 5, 5, NULL},
        {0, 90, 5, NULL}, /* the clock was turned, the client's was not */
        {0, 0, 6,
         "Signature expired: 20150830T123600Z is now earlier than 20150830T123700Z "
         "(20150830T124200Z - 5 min.)"},
        {0, 0, -6,
         "Signature not yet current: 20150830T123600Z is still later than 20150830T123500Z "
         "(20150830T123000Z + 5 min.)"},
        {6, 10, 10, NULL},
        {6, 11, 0,
         "Signature expired: 20150830T123600Z is now earlier than 20150830T123700Z "
         "(20150830T124700Z - 10 min.)"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        struct sigv4_scope scope =
            scope_at(signed_ms() + rows[i].now * minute, signed_ms() + rows[i].machine * minute);
        struct slice words = SLICE("");
        enum sigv4_verdict verdict = judge(&arena, &good[rows[i].row], &scope, SECRET, &words);
        cr_expect_eq(verdict, rows[i].words == NULL ? SIGV4_FINE : SIGV4_INVALID, "row %zu", i);
        if (rows[i].words != NULL) {
            cr_expect(slice_is(words, rows[i].words), "row %zu: %.*s", i, SLICE_ARG(words));
        }
    }
}

Test(sigv4, says_what_is_missing_or_wrong)
{
    static const struct {
        struct row row;
        enum sigv4_verdict verdict;
        const char *words;
    } rows[] = {
        {{"GET", "/", "", HOST, ""}, SIGV4_MISSING, ""},
        {{"GET", "/", "", HOST "Authorization: Bearer x\n", ""},
         SIGV4_INCOMPLETE,
         "Authorization header requires 'Credential' parameter. Authorization header requires "
         "'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. "
         "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
         "Authorization=Bearer x"},
        {{"GET", "/", "", DATED SIGNED("host", ""), ""},
         SIGV4_INCOMPLETE,
         "Authorization header requires 'Signature' parameter. Authorization=AWS4-HMAC-SHA256 "
         "Credential=" CREDENTIAL ", SignedHeaders=host, Signature="},
        {{"GET", "/", "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=1&X-Amz-Signature=1", HOST, ""},
         SIGV4_INCOMPLETE,
         "AWS query-string parameters must include 'X-Amz-Credential'. AWS query-string "
         "parameters must include 'X-Amz-SignedHeaders'. Re-examine the query-string parameters."},
        {{"GET", "/", PRESIGNED("600", "host", "0"), DATED SIGNED("host", "0"), ""},
         SIGV4_INVALID,
         "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP "
         "header."},
        {{"GET", "/", PRESIGNED("604801", "host", "0"), HOST, ""},
         SIGV4_INVALID,
         "X-Amz-Expires must be between 0 and 604800 seconds"},
        {{"GET", "/", "", DATED SIGNED("x-amz-date", PLAIN), ""},
         SIGV4_INVALID,
         "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."},
        {{"GET", "/", "",
          DATED "Authorization: AWS4-HMAC-SHA256 Credential=A/us-east-1/service/aws4_request, "
                "SignedHeaders=host, Signature=0\n",
          ""},
         SIGV4_INCOMPLETE,
         "Credential must have exactly 5 slash-delimited elements, e.g. "
         "keyid/date/region/service/term, got 'A/us-east-1/service/aws4_request'"},
        {{"GET", "/", "",
          DATED "Authorization: AWS4-HMAC-SHA256 Credential=A/20150830/eu-west-1/service/"
                "aws4_request, SignedHeaders=host, Signature=0\n",
          ""},
         SIGV4_INVALID,
         "Credential should be scoped to a valid region, not 'eu-west-1'. "},
        {{"GET", "/", "",
          DATED "Authorization: AWS4-HMAC-SHA256 Credential=A/20150830/us-east-1/s3/aws4_request, "
                "SignedHeaders=host, Signature=0\n",
          ""},
         SIGV4_INVALID,
         "Credential should be scoped to correct service: 'service'. "},
        {{"GET", "/", "",
          DATED "Authorization: AWS4-HMAC-SHA256 Credential=A/20150829/us-east-1/service/"
                "aws4_request, SignedHeaders=host, Signature=0\n",
          ""},
         SIGV4_INVALID,
         "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from "
         "HTTP: '20150829' != '20150830', from '20150830T123600Z'."},
        {{"GET", "/", "",
          DATED "Authorization: AWS4-ECDSA-P256-SHA256 Credential=A/20150830/us-east-1/service/"
                "aws4_request, SignedHeaders=host, Signature=0\n",
          ""},
         SIGV4_INCOMPLETE,
         "Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256'."},
    };
    struct sigv4_scope scope = scope_at(signed_ms(), signed_ms());
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        struct slice words;
        cr_expect_eq(judge(&arena, &rows[i].row, &scope, SECRET, &words), rows[i].verdict,
                     "row %zu", i);
        cr_expect(slice_is(words, rows[i].words), "row %zu: %.*s", i, SLICE_ARG(words));
    }
}

Test(sigv4, takes_the_date_header_where_x_amz_date_is_missing)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct sigv4_scope scope = scope_at(signed_ms(), signed_ms());
    const struct sigv4_request request = {
        SLICE("GET"), SLICE("/"), SLICE(""),
        headers_of(&arena, HOST "Date: Sun, 30 Aug 2015 12:36:00 GMT\n" SIGNED("host;date", "0"))};
    struct sigv4 sigv4;
    struct slice words;
    cr_assert_eq(sigv4_read(&arena, &request, &scope, &sigv4, &words), SIGV4_FINE, "%.*s",
                 SLICE_ARG(words));
    cr_expect(slice_is(sigv4.time, TIME));
    cr_expect(slice_is(sigv4.access_key, "AKIDEXAMPLE"));
}
