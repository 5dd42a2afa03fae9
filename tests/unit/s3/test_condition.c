#include "scheduler/s3/condition.h"

#include "core/clock.h"
#include "core/mem.h"
#include "scheduler/s3/date.h"
#include "scheduler/s3/presign.h"

#include <criterion/criterion.h>

Test(condition, ranges_are_read_as_s3_reads_them)
{
    static const struct {
        const char *header;
        uint64_t size, from, len;
        bool is_partial;
        bool is_refused;
    } rows[] = {
        {"bytes=0-9", 10, 0, 10, true, false},
        {"bytes=0-", 10, 0, 10, true, false},
        {"bytes=9-9", 10, 9, 1, true, false},
        {"bytes=5-100", 10, 5, 5, true, false},
        {"bytes=-3", 10, 7, 3, true, false},
        {"bytes=-15", 10, 0, 10, true, false},
        {"bytes=-0", 10, 0, 0, false, true},
        {"bytes=10-", 10, 0, 0, false, true},
        {"bytes=0-0", 0, 0, 0, false, true},
        {"bytes=1-0", 10, 0, 10, false, false},
        {"bytes=0-1,3-4", 10, 0, 10, false, false},
        {"bytes=", 10, 0, 10, false, false},
        {"bytes=-", 10, 0, 10, false, false},
        {"bytes=a-b", 10, 0, 10, false, false},
        {"items=0-1", 10, 0, 10, false, false},
        {"bytes=0--1", 10, 0, 10, false, false},
        {"bytes=18446744073709551615-", 10, 0, 0, false, true},
        {"bytes=99999999999999999999-", 10, 0, 10, false, false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        struct byte_range range;
        const struct refusal *refusal =
            range_parse(&arena, slice_from(rows[i].header), rows[i].size, &range);
        cr_assert_eq(refusal != NULL, rows[i].is_refused, "%s", rows[i].header);
        if (refusal == NULL) {
            cr_expect_eq(range.from, rows[i].from, "%s", rows[i].header);
            cr_expect_eq(range.len, rows[i].len, "%s", rows[i].header);
            cr_expect_eq(range.is_partial, rows[i].is_partial, "%s", rows[i].header);
        }
    }
}

Test(condition, ranges_of_copies_are_strict)
{
    static const char *const bad[] = {"bytes=0-",  "bytes=-1",      "0-1",         "bytes=1-0",
                                      "bytes=x-1", "bytes=0-1,2-3", "bytes=10-11", "bytes=0-10"};
    AUTO_ARENA arena = ARENA_INIT;
    struct byte_range range;
    cr_assert_null(copy_range_parse(&arena, SLICE("bytes=2-9"), 10, &range));
    cr_expect(range.from == 2 && range.len == 8);
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        cr_expect_not_null(copy_range_parse(&arena, slice_from(bad[i]), 10, &range), "%s", bad[i]);
    }
}

Test(date, reads_what_headers_and_forms_carry)
{
    static const struct {
        const char *text;
        int64_t want; /* -1: none */
    } rows[] = {
        {"Sun, 06 Nov 1994 08:49:37 GMT", 784111777000},
        {"1994-11-06T08:49:37Z", 784111777000},
        {" 1994-11-06T08:49:37.500Z ", 784111777500},
        {"Sun, 06 Foo 1994 08:49:37 GMT", -1},
        {"Sun, 06 Nov 1994 08:49:37 CET", -1},
        {"Sunday", -1},
        {"", -1},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int64_t got = -1;
        if (!date_parse(slice_from(rows[i].text), &got)) {
            got = -1;
        }
        cr_expect_eq(got, rows[i].want, "%s: %lld", rows[i].text, (long long)got);
    }
    int64_t got;
    cr_expect(time_parse_basic(SLICE("19941106T084937Z"), &got) && got == 784111777000);
    cr_expect_not(time_parse_basic(SLICE("19941106T084937"), &got));
    cr_expect_not(time_parse_basic(SLICE("1994-1106T08493Z"), &got));
}

static struct http_header param(const char *name, const char *value)
{
    return (struct http_header){slice_from(name), slice_from(value)};
}

Test(presign, a_url_holds_until_its_last_second)
{
    struct http_header items[] = {
        param("X-Amz-Algorithm", "AWS4-HMAC-SHA256"), param("X-Amz-Credential", "c"),
        param("X-Amz-Date", "19941106T084937Z"),      param("X-Amz-Expires", "60"),
        param("X-Amz-SignedHeaders", "host"),         param("X-Amz-Signature", "s"),
    };
    static const int64_t start_ms = 784111777000;
    static const struct {
        const char *expires;
        int64_t at_ms;
        const char *code; /* NULL: fine */
    } rows[] = {
        {"60", start_ms + 60000, NULL},
        {"60", start_ms + 60001, "AccessDenied"},
        {"604800", start_ms, NULL},
        {"604801", start_ms, "AuthorizationQueryParametersError"},
        {"-1", start_ms, "AuthorizationQueryParametersError"},
        {"x", start_ms, "AuthorizationQueryParametersError"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        items[3].value = slice_from(rows[i].expires);
        const struct refusal *refusal =
            presign_check(&arena, (struct http_headers){items, COUNT_OF(items)}, rows[i].at_ms);
        cr_expect_eq(refusal == NULL, rows[i].code == NULL, "row %zu", i);
        cr_expect(refusal == NULL || strcmp(refusal->code, rows[i].code) == 0, "row %zu", i);
    }
    AUTO_ARENA arena = ARENA_INIT;
    for (size_t missing = 0; missing < COUNT_OF(items); missing++) {
        struct http_header kept = items[missing];
        items[missing].name = SLICE("other");
        const struct refusal *refusal =
            presign_check(&arena, (struct http_headers){items, COUNT_OF(items)}, start_ms);
        cr_expect_not_null(refusal, "without %.*s", SLICE_ARG(kept.name));
        items[missing] = kept;
    }
    cr_expect_null(presign_check(&arena, (struct http_headers){items, 0}, start_ms));
}
