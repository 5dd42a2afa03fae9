#include "cli/page.h"
#include "core/mem.h"

#include <criterion/criterion.h>
#include <unistd.h>

static struct clock frozen;
static int ends[2];

static void open_page(struct page *page, enum page_format format)
{
    clock_init_manual(&frozen, 1768478400000);
    cr_assert_eq(pipe(ends), 0);
    page_init(page, &frozen, format, ends[1]);
}

static const char *shown(struct page *page)
{
    static char text[65536];
    page_end(page);
    close(ends[1]);
    ssize_t len = read(ends[0], text, sizeof text - 1);
    close(ends[0]);
    text[len > 0 ? len : 0] = '\0';
    return text;
}

Test(page, shows_level_and_words_of_a_stamped_line)
{
    static const struct {
        const char *line;
        const char *want;
    } cases[] = {
        {"plain words", "f | plain words\n"},
        {"2026-02-18T11:19:29.123Z\td4f76e91-eeaf-4c81-9776-e83a66efecdb\tINFO\ta\tb",
         "f | INFO a\tb\n"},
        {"[ERROR]\t2026-02-18T11:19:29.123Z\td4f76e91-eeaf-4c81-9776-e83a66efecdb\tbad",
         "f | ERROR bad\n"},
        {"2026-02-18T11:19:29.123Z\tnot-an-id\tINFO\ta",
         "f | 2026-02-18T11:19:29.123Z\tnot-an-id\tINFO\ta\n"},
        {"a\tb", "f | a\tb\n"},
        {"\t\t\t", "f | \t\t\t\n"},
        {"", "f | \n"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct page page;
        open_page(&page, PAGE_TEXT);
        page_output(&page, SLICE("f"), slice_from(cases[i].line), false);
        const char *text = shown(&page);
        cr_expect_str_eq(text, cases[i].want, "case %zu: %s", i, text);
    }
}

static struct request_report failed_request(struct invoke_result *result)
{
    *result = (struct invoke_result){
        .outcome = INVOKE_FUNCTION_ERROR,
        .failure = FAILURE_HANDLED,
        .payload = SLICE("{\"errorType\":\"TypeError\",\"errorMessage\":\"no tea\",\"trace\":"
                         "[\"TypeError: no tea\",\"    at brew (/app/index.js:3:9)\"]}"),
        .request_id = SLICE("d4f76e91-eeaf-4c81-9776-e83a66efecdb"),
        .init_us = 20400,
        .max_memory_mb = 42,
    };
    return (struct request_report){.api = SLICE("Api"),
                                   .method = SLICE("GET"),
                                   .path = SLICE("/tea"),
                                   .route_key = SLICE("GET /tea"),
                                   .function = SLICE("teapot"),
                                   .status = 502,
                                   .duration_us = 1234,
                                   .invocation = result};
}

Test(page, shows_a_failed_request_with_its_stack)
{
    struct page page;
    struct invoke_result result;
    struct request_report report = failed_request(&result);
    open_page(&page, PAGE_TEXT);
    page_request(&page, &report);
    const char *text = shown(&page);
    static const char *const wanted[] = {"GET     /tea", "502   1.23 ms  teapot",
                                         "init 20 ms  42 MB", "\n  TypeError: no tea\n",
                                         "\n      at brew (/app/index.js:3:9)\n"};
    for (size_t i = 0; i < COUNT_OF(wanted); i++) {
        cr_expect_not_null(strstr(text, wanted[i]), "'%s' in: %s", wanted[i], text);
    }
    cr_expect_null(strstr(strstr(text, "no tea") + 1, "no tea"), "the message stands once");
    cr_expect_eq(page.errors, 1);
}

Test(page, what_others_wrote_stays_on_its_line)
{
    struct page page;
    struct invoke_result result;
    struct request_report report = failed_request(&result);
    report.invocation = NULL;
    report.reason = SLICE("it said\n\x1b[2Jthis");
    open_page(&page, PAGE_TEXT);
    page_request(&page, &report);
    page_notice(&page, SLICE("a\rb"), SLICE("two\nlines"));
    const char *text = shown(&page);
    cr_expect_not_null(strstr(text, "reason=\"it said\\n\\x1b[2Jthis\"\n"), "%s", text);
    cr_expect_not_null(strstr(text, "a\\x0db: two\\nlines\n"), "%s", text);
}

Test(page, writes_one_json_object_a_line)
{
    struct page page;
    struct invoke_result result;
    struct request_report report = failed_request(&result);
    open_page(&page, PAGE_JSON);
    page_request(&page, &report);
    cr_expect_str_eq(
        shown(&page),
        "{\"time\":\"2026-01-15T12:00:00.000Z\",\"type\":\"request\",\"api\":\"Api\",\"method\":"
        "\"GET\",\"path\":\"/tea\",\"route\":\"GET /tea\",\"function\":\"teapot\",\"status\":502,"
        "\"tookUs\":1234,\"requestId\":\"d4f76e91-eeaf-4c81-9776-e83a66efecdb\",\"durationUs\":0,"
        "\"initUs\":20400,\"billedMs\":0,\"maxMemoryMb\":42,\"error\":{\"errorType\":\"TypeError\","
        "\"errorMessage\":\"no tea\",\"trace\":[\"TypeError: no tea\",\"    at brew "
        "(/app/index.js:3:9)\"]}}\n");
}

Test(page, a_quiet_page_shows_only_what_fails)
{
    struct page page;
    struct invoke_result result;
    struct request_report report = failed_request(&result);
    open_page(&page, PAGE_TEXT);
    page.is_quiet = true;
    struct request_report fine = report;
    fine.status = 200;
    fine.invocation = NULL;
    page_request(&page, &fine);
    cr_expect_eq(page.out.len, 0);
    page_request(&page, &report);
    cr_expect_neq(page.out.len, 0);
    page_end(&page);
}
