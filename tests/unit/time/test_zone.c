#include "core/calendar.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/mem.h"
#include "scheduler/time/limits.h"
#include "scheduler/time/zone.h"
#include "scheduler/time/zone_rule.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <time.h>

static int64_t seconds(const char *text)
{
    int64_t ms;
    cr_assert(time_parse_iso8601(slice_from(text), &ms), "%s", text);
    return ms / 1000;
}

static const struct zone *find(struct zones *zones, const char *name)
{
    const struct zone *zone;
    cr_assert_eq(zones_find(zones, slice_from(name), &zone, NULL), STATUS_OK, "%s", name);
    return zone;
}

/* The C library reads the same files; it is the oracle. */
static int64_t oracle_local_s(int64_t utc_s)
{
    time_t at = (time_t)utc_s;
    struct tm tm;
    localtime_r(&at, &tm);
    return civil_days(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday) * 86400 + tm.tm_hour * 3600 +
           tm.tm_min * 60 + tm.tm_sec;
}

Test(zone, shows_the_time_that_the_c_library_shows)
{
    static const char *const names[] = {
        "America/New_York",   "Europe/Berlin",     "Europe/Dublin", "Australia/Lord_Howe",
        "Pacific/Apia",       "Africa/Casablanca", "Asia/Kolkata",  "America/Sao_Paulo",
        "Antarctica/Troll",   "America/Nuuk",      "Asia/Tehran",   "Etc/GMT+5",
        "Pacific/Kiritimati", "Europe/London",     "Asia/Gaza",     "EST5EDT",
    };
    struct zones *zones = zones_create(NULL);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        const struct zone *zone = find(zones, names[i]);
        setenv("TZ", names[i], 1);
        tzset();
        /* odd steps, from 1930 to 2199 */
        for (int64_t utc_s = -1262304000; utc_s < 7258118400; utc_s += 13 * 3600 + 7) {
            if (zone_local_s(zone, utc_s) != oracle_local_s(utc_s)) {
                cr_expect(false, "%s at %lld: %lld, not %lld", names[i], (long long)utc_s,
                          (long long)zone_local_s(zone, utc_s), (long long)oracle_local_s(utc_s));
                break;
            }
        }
    }
    zones_destroy(zones);
}

/* Every minute of the days around a change, one by one. */
Test(zone, finds_the_first_instant_of_every_local_time)
{
    static const struct {
        const char *zone, *from;
        size_t gap, fold; /* minutes */
    } rows[] = {
        {"America/New_York", "2026-03-07T00:00:00Z", 60, 0},
        {"America/New_York", "2026-10-31T00:00:00Z", 0, 60},
        {"Australia/Lord_Howe", "2026-10-03T00:00:00Z", 30, 0},
        {"Australia/Lord_Howe", "2026-04-04T00:00:00Z", 0, 30},
        {"Pacific/Apia", "2011-12-29T00:00:00Z", 1440, 0},
        {"Europe/Berlin", "2150-03-28T00:00:00Z", 60, 0}, /* by the rule */
        {"Europe/Berlin", "2150-10-24T00:00:00Z", 0, 60},
        {"Asia/Kolkata", "2026-03-07T00:00:00Z", 0, 0},
    };
    struct zones *zones = zones_create(NULL);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct zone *zone = find(zones, rows[i].zone);
        int64_t from_s = seconds(rows[i].from);
        int64_t newest_s = zone_local_s(zone, from_s - 60);
        size_t gap = 0;
        size_t fold = 0;
        for (int64_t utc_s = from_s; utc_s < from_s + 3 * 86400; utc_s += 60) {
            int64_t local_s = zone_local_s(zone, utc_s);
            int64_t found_s;
            for (int64_t lost_s = newest_s + 60; lost_s < local_s; lost_s += 60, gap++) {
                cr_expect_not(zone_utc_s(zone, lost_s, &found_s), "row %zu", i);
                cr_expect_eq(found_s, utc_s, "row %zu", i);
            }
            cr_assert(zone_utc_s(zone, local_s, &found_s), "row %zu", i);
            fold += local_s <= newest_s;
            cr_expect_eq(found_s == utc_s, local_s > newest_s, "row %zu", i);
            newest_s = local_s > newest_s ? local_s : newest_s;
        }
        cr_expect_eq(gap, rows[i].gap, "row %zu: %zu", i, gap);
        cr_expect_eq(fold, rows[i].fold, "row %zu: %zu", i, fold);
    }
    zones_destroy(zones);
}

Test(zone, needs_no_file_for_utc)
{
    struct zones *zones = zones_create("/nonexistent");
    const struct zone *zone;
    int64_t utc_s;
    cr_expect_eq(zones_find(zones, SLICE("UTC"), &zone, NULL), STATUS_OK);
    cr_expect_null(zone);
    cr_expect_eq(zones_find(zones, SLICE(""), &zone, NULL), STATUS_OK);
    cr_expect_null(zone);
    cr_expect_eq(zone_local_s(NULL, 42), 42);
    cr_expect(zone_utc_s(NULL, 42, &utc_s));
    cr_expect_eq(utc_s, 42);
    zones_destroy(zones);
}

Test(zone, names_the_package_when_the_machine_knows_no_zones)
{
    struct zones *zones = zones_create("/nonexistent");
    const struct zone *zone;
    struct fault fault;
    cr_expect_eq(zones_find(zones, SLICE("Europe/Berlin"), &zone, &fault), STATUS_UNAVAILABLE);
    cr_expect_neq(slice_search(slice_from(fault.text), SLICE("tzdata")), SLICE_NPOS, "%s",
                  fault.text);
    zones_destroy(zones);
}

Test(zone, is_not_found_by_a_name_that_is_none)
{
    static const char *const names[] = {
        "Europe/Nowhere", "europe/berlin",     "../zoneinfo/Europe/Berlin", "/etc/passwd",
        "Europe",         "posix/Europe/Rome", "right/Europe/Rome",         "zone.tab",
        "localtime",      "Europe/Berlin ",    "Europe//Berlin/..",         "tzdata.zi",
    };
    struct zones *zones = zones_create(NULL);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        const struct zone *zone;
        struct fault fault;
        cr_expect_eq(zones_find(zones, slice_from(names[i]), &zone, &fault), STATUS_NOT_FOUND, "%s",
                     names[i]);
    }
    zones_destroy(zones);
}

Test(zone, is_read_once)
{
    struct zones *zones = zones_create(NULL);
    cr_expect_eq(find(zones, "Europe/Berlin"), find(zones, "Europe/Berlin"));
    cr_expect_neq(find(zones, "Europe/Berlin"), find(zones, "Europe/Rome"));
    zones_destroy(zones);
}

Test(zone, is_not_made_of_a_file_cut_short_anywhere)
{
    AUTO_BUF file = BUF_INIT(ZONE_FILE_MAX);
    cr_assert_eq(file_read("/usr/share/zoneinfo/Europe/Berlin", &file, NULL), STATUS_OK);
    for (size_t len = 0; len < file.len; len++) {
        char *exact = mem_alloc(len); /* so that a byte too many is seen */
        memcpy(exact, file.ptr, len);
        struct zone *zone = zone_parse(slice_of(exact, len));
        cr_expect_null(zone, "%zu of %zu bytes", len, file.len);
        zone_free(zone);
        mem_free(exact);
    }
    struct zone *whole = zone_parse(buf_slice(&file));
    cr_expect_not_null(whole);
    zone_free(whole);
}

/* One byte of the second header or the data behind it is another. */
Test(zone, refuses_indexes_offsets_and_times_out_of_range)
{
    AUTO_BUF file = BUF_INIT(ZONE_FILE_MAX);
    cr_assert_eq(file_read("/usr/share/zoneinfo/Asia/Kolkata", &file, NULL), STATUS_OK);
    size_t second = slice_search(slice_skip(buf_slice(&file), 4), SLICE("TZif")) + 4;
    const unsigned char *counts = (const unsigned char *)file.ptr + second + 20;
    size_t count = (size_t)counts[14] << 8 | counts[15];
    size_t times = second + 44;
    size_t indexes = times + 8 * count;
    size_t types = indexes + count;
    cr_assert_gt(count, 2);
    const struct {
        size_t at;
        unsigned char value;
    } rows[] = {
        {second, 'X'},         {second + 11 + 20, 1}, /* leap seconds, and so a byte is missing */
        {indexes, 200},        {types, 0x7f},         {times + 8, 0x80}, /* before the first */
        {second + 20 + 12, 1},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char kept = file.ptr[rows[i].at];
        file.ptr[rows[i].at] = (char)rows[i].value;
        struct zone *zone = zone_parse(buf_slice(&file));
        cr_expect_null(zone, "row %zu", i);
        zone_free(zone);
        file.ptr[rows[i].at] = kept;
    }
}

/* --- the rule --- */

Test(zone_rule, reads_every_form)
{
    static const struct {
        const char *text, *at;
        int32_t offset_s;
    } rows[] = {
        {"UTC0", "2026-01-01T00:00:00Z", 0},
        {"<+0530>-5:30", "2026-01-01T00:00:00Z", 19800},
        {"CET-1CEST,M3.5.0,M10.5.0/3", "2026-03-29T00:59:59Z", 3600},
        {"CET-1CEST,M3.5.0,M10.5.0/3", "2026-03-29T01:00:00Z", 7200},
        {"CET-1CEST,M3.5.0,M10.5.0/3", "2026-10-25T00:59:59Z", 7200},
        {"CET-1CEST,M3.5.0,M10.5.0/3", "2026-10-25T01:00:00Z", 3600},
        /* the southern summer, over the new year */
        {"AEST-10AEDT,M10.1.0,M4.1.0/3", "2026-12-31T23:00:00Z", 39600},
        {"AEST-10AEDT,M10.1.0,M4.1.0/3", "2026-07-01T00:00:00Z", 36000},
        /* winter time is the exception: Europe/Dublin */
        {"IST-1GMT0,M10.5.0,M3.5.0/1", "2026-07-01T00:00:00Z", 3600},
        {"IST-1GMT0,M10.5.0,M3.5.0/1", "2026-01-01T00:00:00Z", 0},
        /* summer for ever, RFC 8536's example */
        {"EST5EDT,0/0,J365/25", "2026-01-01T05:00:00Z", -14400},
        {"EST5EDT,0/0,J365/25", "2026-12-31T23:59:59Z", -14400},
        {"EST5EDT,0/0,J365/25", "2027-01-01T04:30:00Z", -14400},
        /* times beyond a day: America/Nuuk */
        {"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-03-29T00:59:59Z", -7200},
        {"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-03-29T01:00:00Z", -3600},
        {"IST-2IDT,M3.4.4/26,M10.5.0", "2026-03-27T00:00:00Z", 10800},
        {"IST-2IDT,M3.4.4/26,M10.5.0", "2026-03-26T23:59:59Z", 7200},
        /* J days leave out 29 February, plain ones count it */
        {"AAA0BBB,J60/0,J61/0", "2024-03-01T00:00:00Z", 3600},
        {"AAA0BBB,J60/0,J61/0", "2024-02-29T12:00:00Z", 0},
        {"AAA0BBB,59/0,60/0", "2024-02-29T12:00:00Z", 3600},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct zone_rule rule;
        bool is_valid = zone_rule_parse(slice_from(rows[i].text), &rule);
        cr_assert(is_valid, "row %zu: %s", i, rows[i].text);
        struct zone_span span = zone_rule_span(&rule, seconds(rows[i].at));
        cr_expect_eq(span.offset_s, rows[i].offset_s, "row %zu: %d", i, span.offset_s);
        cr_expect(span.begin_s <= seconds(rows[i].at) && seconds(rows[i].at) < span.end_s,
                  "row %zu", i);
    }
}

Test(zone_rule, refuses_what_is_none)
{
    static const char *const texts[] = {
        "",
        "UTC",
        "U0",
        "A1",
        "<+05-5",
        "UTC25:00:01",
        "CET-1CEST",
        "CET-1CEST,M3.5.0",
        "CET-1CEST,M13.5.0,M10.5.0",
        "CET-1CEST,M3.6.0,M10.5.0",
        "CET-1CEST,M3.5.7,M10.5.0",
        "CET-1CEST,M3.5.0,M10.5.0/168",
        "CET-1CEST,J0,J365",
        "CET-1CEST,J366,J365",
        "CET-1CEST,366,1",
        "CET-1CEST,M3.5.0,M10.5.0x",
        "CET-1:60",
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct zone_rule rule;
        cr_expect_not(zone_rule_parse(slice_from(texts[i]), &rule), "%s", texts[i]);
    }
}
