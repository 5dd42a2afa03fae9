#include "scheduler/delivery/hops.h"

#include <criterion/criterion.h>

#define FUNCTION SLICE("arn:aws:lambda:us-east-1:000000000000:function:loop")

static struct clock clock_;
static struct context context;
static struct scheduler scheduler;

static void begin(void)
{
    clock_init_manual(&clock_, INT64_C(1767225600000));
    context = (struct context){.clock = &clock_};
    scheduler = (struct scheduler){.context = &context};
}

TestSuite(hops, .init = begin);

Test(hops, a_chain_without_a_trace_begins_one)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct slice trace;
    cr_assert(hops_next(&scheduler, &arena, SLICE(""), FUNCTION, &trace));
    cr_expect(slice_starts_with(trace, SLICE("Root=1-6955b900-")), "%.*s", SLICE_ARG(trace));
    cr_expect(slice_search(trace, SLICE(";Parent=")) != SLICE_NPOS);
    cr_expect(slice_ends_with(trace, SLICE(":1")), "%.*s", SLICE_ARG(trace));
}

Test(hops, a_function_runs_sixteen_times_in_one_chain)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct slice trace = SLICE("Root=1-65a1b2c3-0123456789abcdef01234567;Sampled=0");
    for (int i = 0; i < HOPS_MAX; i++) {
        cr_assert(hops_next(&scheduler, &arena, trace, FUNCTION, &trace), "time %d", i + 1);
        cr_expect_eq(hops_count(trace), (unsigned)i + 1);
        cr_assert(slice_starts_with(
            trace, SLICE("Root=1-65a1b2c3-0123456789abcdef01234567;Sampled=0;Lineage=")));
    }
    cr_expect_not(hops_next(&scheduler, &arena, trace, FUNCTION, &trace));
    cr_expect_eq(hops_count(trace), HOPS_MAX + 1, "the first refusal");
    cr_expect_not(hops_next(&scheduler, &arena, trace,
                            SLICE("arn:aws:lambda:us-east-1:000000000000:function:loop:prod"),
                            &trace),
                  "an alias is the same function");
    cr_expect_eq(hops_count(trace), HOPS_MAX + 2, "what was told of it came back");
}

Test(hops, functions_of_one_chain_are_counted_each)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct slice other = SLICE("arn:aws:lambda:us-east-1:000000000000:function:other");
    struct slice trace = SLICE("");
    for (int i = 0; i < HOPS_MAX; i++) {
        cr_assert(hops_next(&scheduler, &arena, trace, FUNCTION, &trace));
        cr_assert(hops_next(&scheduler, &arena, trace, other, &trace));
    }
    cr_expect_not(hops_next(&scheduler, &arena, trace, FUNCTION, &trace));
    cr_expect_not(hops_next(&scheduler, &arena, trace, other, &trace));
}

Test(hops, what_is_no_lineage_of_ours_does_no_harm)
{
    const struct slice traces[] = {
        SLICE("Lineage="),
        SLICE("Lineage=|||"),
        SLICE(";;;"),
        SLICE("Lineage=xyz"),
        SLICE("Root=1-65a1b2c3-0123456789abcdef01234567;Lineage=25:25b3c7f8:3"),
        SLICE("Lineage=:99999999999999999999"),
    };
    for (size_t i = 0; i < sizeof traces / sizeof traces[0]; i++) {
        AUTO_ARENA arena = ARENA_INIT;
        struct slice trace;
        cr_expect(hops_next(&scheduler, &arena, traces[i], FUNCTION, &trace), "case %zu", i);
        cr_expect(slice_starts_with(trace, SLICE("Root=1-")), "case %zu: %.*s", i,
                  SLICE_ARG(trace));
    }
}

Test(hops, a_trace_that_is_too_long_begins_anew)
{
    AUTO_ARENA arena = ARENA_INIT;
    char long_trace[TRACE_LEN_MAX + 2];
    memset(long_trace, 'x', sizeof long_trace);
    struct slice trace;
    cr_assert(
        hops_next(&scheduler, &arena, slice_of(long_trace, sizeof long_trace), FUNCTION, &trace));
    cr_expect(slice_starts_with(trace, SLICE("Root=1-")));
}
