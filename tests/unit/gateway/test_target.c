#include "gateway/integration/target.h"

#include "core/mem.h"

#include <criterion/criterion.h>

/* "function|qualifier"; "none". */
static const char *text_of(struct target target)
{
    static char text[256];
    if (target.function.ptr == NULL) {
        return "none";
    }
    (void)snprintf(text, sizeof(text), "%.*s|%.*s", SLICE_ARG(target.function),
                   SLICE_ARG(target.qualifier));
    return text;
}

Test(target, forms)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"fn", "fn|"},
        {"fn:live", "fn|live"},
        {"arn:aws:lambda:us-east-1:000000000000:function:fn", "fn|"},
        {"arn:aws:lambda:us-east-1:000000000000:function:fn:live", "fn|live"},
        {"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
         "arn:aws:lambda:us-east-1:000000000000:function:fn:3/invocations",
         "fn|3"},
        {"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
         "${stageVariables.arn}/invocations",
         "${stageVariables.arn}|"},
        {"000000000000:function:fn:${stageVariables.alias}", "fn|${stageVariables.alias}"},
        {"arn:aws:apigateway:us-east-1:sqs:action/SendMessage", "none"},
        {"", "none"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct target target;
        const char *got = target_read(slice_from(rows[i].text), &target) ? text_of(target) : "none";
        cr_expect_str_eq(got, rows[i].want, "row %zu: '%s', want '%s'", i, got, rows[i].want);
    }
}

Test(target, variables)
{
    static const struct slice variables =
        SLICE_INIT("{\"fn\":\"orders\",\"alias\":\"live\",\"both\":\"orders:v2\",\"empty\":\"\","
                   "\"arn\":\"arn:aws:lambda:us-east-1:000000000000:function:orders:9\"}");
    static const struct {
        const char *function, *qualifier, *want;
    } rows[] = {
        {"plain", "", "plain|"},
        {"plain", "1", "plain|1"},
        {"${stageVariables.fn}", "", "orders|"},
        {"pre-${stageVariables.fn}-${stageVariables.alias}", "", "pre-orders-live|"},
        {"fn", "${stageVariables.alias}", "fn|live"},
        {"${stageVariables.both}", "", "orders|v2"},
        {"${stageVariables.both}", "${stageVariables.alias}", "orders|live"},
        {"${stageVariables.arn}", "", "orders|9"},
        {"${stageVariables.none}", "", "none"},
        {"fn", "${stageVariables.none}", "none"},
        {"${stageVariables.empty}", "", "none"},
        {"${context.stage}", "", "none"},
        {"open${stageVariables.fn", "", "open${stageVariables.fn|"},
    };
    struct arena arena;
    arena_init(&arena, 1024);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct target target = {slice_from(rows[i].function), slice_from(rows[i].qualifier)};
        const char *got = text_of(target_fill(&arena, target, variables));
        cr_expect_str_eq(got, rows[i].want, "row %zu: '%s', want '%s'", i, got, rows[i].want);
    }
    const struct target target = {SLICE("${stageVariables.fn}"), SLICE("")};
    cr_expect_str_eq(text_of(target_fill(&arena, target, SLICE(""))), "none");
    cr_expect_str_eq(text_of(target_fill(&arena, target, SLICE_NULL)), "none");
    arena_finish(&arena);
}
