#include "cli/duration.h"
#include "core/mem.h"

#include <criterion/criterion.h>

Test(duration, reads_what_people_write)
{
    static const struct {
        const char *text;
        int64_t ms;
    } rows[] = {
        {"0", 0},
        {"45", 45000},
        {"90m", 5400000},
        {"2h30m", 9000000},
        {"1d", 86400000},
        {"1w2d3h4m5s6ms", 788645006},
        {"500ms", 500},
        {"1m500ms", 60500},
        {"PT90M", 5400000},
        {"P1D", 86400000},
        {"P1W", 604800000},
        {"P1DT12H", 129600000},
        {"PT1H30M15S", 5415000},
        {"3660d", DURATION_MAX_MS},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int64_t ms;
        struct fault fault = {.text = ""};
        cr_expect_eq(duration_parse(slice_from(rows[i].text), &ms, &fault), STATUS_OK, "%s: %s",
                     rows[i].text, fault.text);
        cr_expect_eq(ms, rows[i].ms, "%s: %lld", rows[i].text, (long long)ms);
    }
}

Test(duration, refuses_what_is_none)
{
    static const char *const texts[] = {
        "",   "-5",   "m",   "90 m", "90min",  "30m2h", "5m5m", "1.5h", "1h30",  "90M", "P",
        "PT", "P1DT", "P1H", "PT1D", "PT1M1H", "P-1D",  "T1H",  "1hT",  "pt90m", "h1m", "1y",
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        int64_t ms;
        cr_expect_eq(duration_parse(slice_from(texts[i]), &ms, NULL), STATUS_INVALID, "%s",
                     texts[i]);
    }
}

Test(duration, is_at_most_ten_years)
{
    static const char *const texts[] = {
        "3661d",
        "3660d1s",
        "99999999999999999999d",
        "999999999999999999",
        "18446744073709551615",
        "18446744073709551615ms",
        "P9999W",
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        int64_t ms;
        cr_expect_neq(duration_parse(slice_from(texts[i]), &ms, NULL), STATUS_OK, "%s", texts[i]);
    }
}

Test(duration, is_told_by_its_two_largest_units)
{
    static const struct {
        int64_t ms;
        const char *text;
    } rows[] = {{0, "0s"},        {999, "999ms"},    {1000, "1s"},        {5400000, "1h 30m"},
                {86400000, "1d"}, {86405000, "1d"},  {90000000, "1d 1h"}, {31536000000, "365d"},
                {61500, "1m 1s"}, {1500, "1s 500ms"}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char out[DURATION_TEXT_MAX];
        cr_expect_str_eq(duration_text(out, rows[i].ms), rows[i].text, "row %zu: %s", i, out);
    }
}
