#include "scheduler/mapping/window.h"

#include "core/mem.h"
#include "scheduler/mapping/limits.h"

#include <criterion/criterion.h>

#define AT_MS INT64_C(1607497475000) /* 2020-12-09T07:04:35Z */

static void expect_print(const struct window *window, bool is_final, const char *wanted)
{
    AUTO_BUF json = BUF_INIT(10000);
    struct json_writer w = json_writer_init(&json);
    json_open(&w, '{');
    window_print(&w, window, SLICE("shardId-000000000006"), SLICE("arn:s"), is_final);
    json_close(&w, '}');
    cr_expect(slice_is(buf_slice(&json), wanted), "%.*s", SLICE_ARG(buf_slice(&json)));
}

Test(window, begins_at_a_multiple_of_its_length_and_prints_as_aws_does)
{
    struct window window;
    window_init(&window);
    window_open(&window, AT_MS, 120);
    expect_print(
        &window, false,
        "{\"window\":{\"start\":\"2020-12-09T07:04:00Z\",\"end\":\"2020-12-09T07:06:00Z\"},"
        "\"state\":{},\"shardId\":\"shardId-000000000006\",\"eventSourceARN\":\"arn:s\","
        "\"isFinalInvokeForWindow\":false,\"isWindowTerminatedEarly\":false}");
    cr_assert(window_take_state(&window, SLICE("{\"state\":{\"1\":282}}")));
    expect_print(
        &window, true,
        "{\"window\":{\"start\":\"2020-12-09T07:04:00Z\",\"end\":\"2020-12-09T07:06:00Z\"},"
        "\"state\":{\"1\":282},\"shardId\":\"shardId-000000000006\",\"eventSourceARN\":"
        "\"arn:s\",\"isFinalInvokeForWindow\":true,\"isWindowTerminatedEarly\":false}");
    window_finish(&window);
}

Test(window, boundaries_are_inclusive_at_the_start)
{
    static const struct {
        int64_t at_ms;
        uint32_t length_s;
        int64_t end_ms;
    } rows[] = {{1000000, 1, 1001000},
                {1000999, 1, 1001000},
                {1001000, 1, 1002000},
                {899999, 900, 900000},
                {900000, 900, 1800000}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        cr_expect_eq(window_end_of(rows[i].at_ms, rows[i].length_s), rows[i].end_ms, "case %zu", i);
    }
}

Test(window, takes_a_state_of_any_kind_and_misses_none)
{
    static const struct {
        const char *response;
        const char *state; /* NULL: there is none, and the old one stays */
    } rows[] = {
        {"{\"state\":{\"a\":1}}", "{\"a\":1}"},
        {"{\"state\":7,\"batchItemFailures\":[]}", "7"},
        {"{\"state\":null}", "null"},
        {"{}", NULL},
        {"", NULL},
        {"null", NULL},
        {"[{\"state\":1}]", NULL},
        {"{\"state\":", NULL},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct window window;
        window_init(&window);
        window_open(&window, AT_MS, 60);
        cr_assert(window_take_state(&window, SLICE("{\"state\":\"old\"}")));
        cr_expect_eq(window_take_state(&window, slice_from(rows[i].response)),
                     rows[i].state != NULL, "case %zu", i);
        cr_expect(
            slice_is(window_state(&window), rows[i].state != NULL ? rows[i].state : "\"old\""),
            "case %zu: %.*s", i, SLICE_ARG(window_state(&window)));
        window_finish(&window);
    }
}

Test(window, is_terminated_by_a_state_over_a_megabyte_and_renewed)
{
    struct window window;
    AUTO_BUF response = BUF_INIT(4U << 20);
    window_init(&window);
    window_open(&window, AT_MS, 60);
    for (size_t over = 0; over < 2; over++) {
        buf_clear(&response);
        buf_append_text(&response, "{\"state\":\"");
        for (size_t i = 0; i < WINDOW_STATE_LEN_MAX - 2 + over; i++) {
            buf_append_char(&response, 'x');
        }
        buf_append_text(&response, "\"}");
        cr_assert(window_take_state(&window, buf_slice(&response)));
        cr_expect_eq(window.is_terminated, over == 1);
    }
    window_renew(&window);
    cr_expect(slice_is(window_state(&window), "{}"));
    cr_expect(window.is_open);
    cr_expect_not(window.is_terminated);
    window_finish(&window);
}
