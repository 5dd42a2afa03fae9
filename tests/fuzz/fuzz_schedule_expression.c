/* links: sls_scheduler */
/* An expression, in both dialects. Its instants ascend, are whole minutes of cron() and lie within its years, and
 * whatever the expression they are found in bounded time: a hang is a bug. */
#include "core/calendar.h"
#include "scheduler/time/schedule_expression.h"

#include <assert.h>

#define INSTANTS 20

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void walk(const struct schedule_expression *expression)
{
    const int64_t start_ms = INT64_C(1768473030000); /* 2026-01-15T10:30:30Z */
    int64_t ms = start_ms;
    for (int i = 0; i < INSTANTS; i++) {
        int64_t next_ms = schedule_expression_next(expression, NULL, start_ms, ms);
        if (next_ms == INSTANT_NEVER) {
            break;
        }
        assert(next_ms > ms);
        if (expression->kind == SCHEDULE_CRON) {
            assert(next_ms % 60000 == 0 && civil_of(next_ms).year <= CRON_YEAR_MAX);
        }
        assert(schedule_expression_last(expression, NULL, start_ms, ms, next_ms) == next_ms);
        ms = next_ms;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct slice text = slice_of((const char *)bytes, len);
    struct schedule_expression expression;
    bool is_rules = schedule_expression_parse(text, DIALECT_RULE, &expression);
    bool is_schedulers = schedule_expression_parse(text, DIALECT_SCHEDULER, &expression);
    assert(is_schedulers || !is_rules);
    if (is_schedulers) {
        walk(&expression);
    }
    return 0;
}
