/* links: sls_scheduler */
/* Any text is an expression or is refused with a reason; its value is in order of time and made of numbers. */
#include "scheduler/metrics/expression.h"

#include <assert.h>
#include <math.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static const struct point points[] = {{0, 1}, {60, -2}, {180, 4}};
static const struct time_series series = {points, 3, 60, SLICE_INIT("a")};

static enum status value_of(void *ctx, struct slice id, struct math_value *ret_value,
                            struct fault *reterr)
{
    (void)ctx;
    *ret_value = (struct math_value){.kind = MATH_SERIES, .series = &series, .series_count = 1};
    return slice_is(id, "a") ? STATUS_OK : fault_set(reterr, STATUS_NOT_FOUND, "no such id");
}

static struct math_value metrics(void *ctx, struct arena *arena, struct slice part)
{
    (void)ctx;
    (void)arena;
    return (struct math_value){
        .kind = MATH_SERIES, .is_array = true, .series = &series, .series_count = part.len < 2};
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    AUTO_ARENA arena = ARENA_INIT;
    const struct math_scope scope = {.from_s = 0,
                                     .to_s = 600,
                                     .period_s = 60,
                                     .value_of = value_of,
                                     .metrics = metrics};
    const struct expression *expression;
    struct math_value value;
    struct fault fault = {.text = ""};
    if (len > 2048) {
        return 0;
    }
    enum status status =
        expression_parse(&arena, slice_of((const char *)bytes, len), &expression, &fault);
    if (status == STATUS_OK) {
        status = expression_evaluate(&arena, expression, &scope, &value, &fault);
    }
    assert((status == STATUS_OK) == (fault.text[0] == '\0'));
    for (size_t i = 0; status == STATUS_OK && i < value.series_count; i++) {
        for (size_t j = 0; j < value.series[i].count; j++) {
            assert(!isnan(value.series[i].points[j].value));
            assert(j == 0 || value.series[i].points[j - 1].at_s < value.series[i].points[j].at_s);
        }
    }
    return 0;
}
