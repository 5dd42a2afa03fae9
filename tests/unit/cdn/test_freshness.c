/* The tables of "Manage how long content stays in the cache (expiration)", CloudFront Developer Guide. */
#include "core/clock.h"
#include "core/mem.h"
#include "gateway/cdn/freshness.h"

#include <criterion/criterion.h>

#define NOW_MS 784111777000 /* Sun, 06 Nov 1994 08:49:37 GMT */

static struct freshness of(int64_t min_s, int64_t default_s, int64_t max_s, const char *control,
                           const char *expires)
{
    const struct cache_policy_spec policy = {
        .min_ttl_s = min_s, .default_ttl_s = default_s, .max_ttl_s = max_s};
    struct http_header headers[2];
    size_t count = 0;
    if (control != NULL) {
        headers[count++] = (struct http_header){SLICE("Cache-Control"), slice_from(control)};
    }
    if (expires != NULL) {
        headers[count++] = (struct http_header){SLICE("Expires"), slice_from(expires)};
    }
    return freshness_of(&policy, (struct http_headers){headers, count}, NOW_MS);
}

Test(freshness, follows_the_table_of_ttls)
{
    static const struct {
        int64_t min_s, default_s, max_s;
        const char *control, *expires;
        bool is_kept;
        int64_t fresh_s;
    } rows[] = {
        /* Minimum TTL 0 */
        {0, 100, 1000, "max-age=50", NULL, true, 50},
        {0, 100, 1000, "max-age=5000", NULL, true, 1000},
        {0, 100, 1000, NULL, NULL, true, 100},
        {0, 100, 1000, "public", NULL, true, 100},
        {0, 100, 1000, "max-age=50, s-maxage=70", NULL, true, 70},
        {0, 100, 1000, "s-maxage=7000", NULL, true, 1000},
        {0, 100, 1000, NULL, "Sun, 06 Nov 1994 08:50:37 GMT", true, 60},
        {0, 100, 1000, NULL, "Sun, 06 Nov 1995 08:50:37 GMT", true, 1000},
        {0, 100, 1000, NULL, "Sun, 06 Nov 1993 08:50:37 GMT", true, 0},
        {0, 100, 1000, NULL, "0", true, 0},
        {0, 100, 1000, "max-age=5", "Sun, 06 Nov 1994 08:50:37 GMT", true, 5},
        {0, 100, 1000, "no-cache", NULL, true, 0},
        {0, 100, 1000, "no-store", NULL, false, 0},
        {0, 100, 1000, "private, max-age=60", NULL, false, 0},
        /* Minimum TTL above 0 */
        {10, 100, 1000, "max-age=50", NULL, true, 50},
        {10, 100, 1000, "max-age=5", NULL, true, 10},
        {10, 100, 1000, "max-age=5000", NULL, true, 1000},
        {10, 100, 1000, NULL, NULL, true, 100},
        {10, 0, 1000, NULL, NULL, true, 10},
        {10, 100, 1000, NULL, "Sun, 06 Nov 1994 08:49:38 GMT", true, 10},
        {10, 100, 1000, "no-cache", NULL, true, 10},
        {10, 100, 1000, "no-store", NULL, true, 10},
        {10, 100, 1000, "private", NULL, true, 10},
        /* Nothing is kept */
        {0, 0, 0, "max-age=50", NULL, false, 0},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct freshness got =
            of(rows[i].min_s, rows[i].default_s, rows[i].max_s, rows[i].control, rows[i].expires);
        cr_expect_eq(got.is_kept, rows[i].is_kept, "case %zu: %s", i, rows[i].control);
        cr_expect_eq(got.fresh_s, rows[i].fresh_s, "case %zu: %s: %lld", i, rows[i].control,
                     (long long)got.fresh_s);
    }
}

Test(freshness, reads_cache_control_as_it_is_written)
{
    static const struct {
        const char *text;
        int64_t max_age_s;
        bool no_store;
    } rows[] = {
        {"max-age=60", 60, false},
        {"MAX-AGE=60 , No-Store", 60, true},
        {"max-age=\"60\"", 60, false},
        {"max-age=", CACHE_UNSET, false},
        {"max-age", CACHE_UNSET, false},
        {"max-age=-1", CACHE_UNSET, false},
        {"max-age=1.5", CACHE_UNSET, false},
        {"max-age=99999999999999999999999", CACHE_DURATION_MAX, false},
        {",,max-age=1,,", 1, false},
        {"private=\"a, no-store\", max-age=2", 2, false},
        {"x=\"\\\", no-store", CACHE_UNSET, false},
        {"", CACHE_UNSET, false},
        {"no-store", CACHE_UNSET, true},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct http_header header = {SLICE("cache-control"), slice_from(rows[i].text)};
        struct cache_control got = cache_control_of((struct http_headers){&header, 1});
        cr_expect_eq(got.max_age_s, rows[i].max_age_s, "case %zu: %s: %lld", i, rows[i].text,
                     (long long)got.max_age_s);
        cr_expect_eq(got.no_store, rows[i].no_store, "case %zu: %s", i, rows[i].text);
    }
}

Test(freshness, lets_stale_objects_live_as_the_origin_says)
{
    static const struct {
        const char *control;
        int64_t stale_while_s, stale_error_s;
    } rows[] = {
        {"max-age=1", 0, INT64_MAX},
        {"max-age=1, stale-while-revalidate=30", 30, INT64_MAX},
        {"max-age=1, stale-while-revalidate=5000", 1000, INT64_MAX},
        {"max-age=1, stale-if-error=60", 0, 60},
        {"max-age=1, stale-if-error=0", 0, 0},
        {"max-age=1, must-revalidate, stale-while-revalidate=30, stale-if-error=60", 0, 0},
        {"no-cache, stale-if-error=60", 0, 0},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct freshness got = of(0, 100, 1000, rows[i].control, NULL);
        cr_expect_eq(got.stale_while_s, rows[i].stale_while_s, "case %zu", i);
        cr_expect_eq(got.stale_error_s, rows[i].stale_error_s, "case %zu", i);
    }
}

Test(freshness, keeps_errors_for_the_longer_of_both_times)
{
    static const struct {
        const char *control;
        int64_t ttl_s, fresh_s;
    } rows[] = {
        {NULL, 10, 10},       {"max-age=60", 10, 60}, {"max-age=5", 10, 10},
        {"no-store", 10, 10}, {"max-age=60", 0, 60},  {NULL, 0, 0},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct http_header header = {SLICE("cache-control"), slice_from(rows[i].control)};
        struct http_headers headers = {&header, rows[i].control != NULL};
        struct freshness got = freshness_of_error(headers, rows[i].ttl_s, NOW_MS);
        cr_expect_eq(got.fresh_s, rows[i].fresh_s, "case %zu", i);
        cr_expect_eq(got.is_kept, rows[i].fresh_s > 0, "case %zu", i);
    }
}
