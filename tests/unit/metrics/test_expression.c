#include "core/buf.h"
#include "core/mem.h"
#include "scheduler/metrics/expression.h"
#include "scheduler/metrics/limits.h"

#include <criterion/criterion.h>

/* a: 1 2 4 at 0 60 180; b: 10 20 30 at 0 60 120; e: nothing. The request is about four minutes. */
static const struct point a_points[] = {{0, 1}, {60, 2}, {180, 4}};
static const struct point b_points[] = {{0, 10}, {60, 20}, {120, 30}};
static const struct time_series a = {a_points, 3, 60, SLICE_INIT("A")};
static const struct time_series b = {b_points, 3, 60, SLICE_INIT("B")};
static const struct time_series nothing = {a_points, 0, 60, SLICE_INIT("E")};

static enum status value_of(void *ctx, struct slice id, struct math_value *ret_value,
                            struct fault *reterr)
{
    (void)ctx;
    const struct time_series *series = slice_is(id, "a")   ? &a
                                       : slice_is(id, "b") ? &b
                                       : slice_is(id, "e") ? &nothing
                                                           : NULL;
    *ret_value = (struct math_value){.kind = MATH_SERIES, .series = series, .series_count = 1};
    return series != NULL ? STATUS_OK : fault_set(reterr, STATUS_INVALID, "no such id");
}

static struct math_value metrics(void *ctx, struct arena *arena, struct slice part)
{
    struct time_series *series = arena_array(arena, 2, sizeof *series);
    (void)ctx;
    series[0] = a;
    series[1] = b;
    bool has_a = slice_search(SLICE("a"), part) != SLICE_NPOS;
    bool has_b = slice_search(SLICE("b"), part) != SLICE_NPOS;
    return (struct math_value){.kind = MATH_SERIES,
                               .is_array = true,
                               .series = has_a ? series : series + 1,
                               .series_count = (size_t)has_a + has_b};
}

static const struct math_scope scope = {
    .from_s = 0, .to_s = 240, .period_s = 60, .value_of = value_of, .metrics = metrics};

/* "0=1 60=2 180=4 " of a series, "3" of a number; series of an array with '|' behind each; the fault. */
static const char *evaluate(const char *text)
{
    static char out[1024];
    AUTO_ARENA arena = ARENA_INIT;
    AUTO_BUF buf = BUF_INIT(1000);
    const struct expression *expression;
    struct math_value value;
    struct fault fault = {.text = ""};
    enum status status = expression_parse(&arena, slice_from(text), &expression, &fault);
    if (status == STATUS_OK) {
        status = expression_evaluate(&arena, expression, &scope, &value, &fault);
    }
    if (status != STATUS_OK) {
        (void)snprintf(out, sizeof out, "%s", fault.text);
        return out;
    }
    for (size_t i = 0; value.kind == MATH_SERIES && i < value.series_count; i++) {
        for (size_t j = 0; j < value.series[i].count; j++) {
            buf_printf(&buf, "%d=%g ", (int)value.series[i].points[j].at_s,
                       value.series[i].points[j].value);
        }
        buf_append_text(&buf, value.is_array ? "|" : "");
    }
    if (value.kind == MATH_NUMBER) {
        buf_printf(&buf, "%g", value.number);
    }
    (void)snprintf(out, sizeof out, "%s", buf_cstr(&buf));
    return out;
}

Test(expression, is_worth_what_the_user_guide_says)
{
    static const struct {
        const char *text, *value;
    } rows[] = {
        {"1 + 2 * 3 ^ 2", "19"},
        {"(1 + 2) * -3", "-9"},
        {"2 - 1 - 1", "0"},
        {"8 / 4 / 2", "1"},
        {"1.5e1", "15"},
        {"a", "0=1 60=2 180=4 "},
        {"a * 10", "0=10 60=20 180=40 "},
        {"100 - a", "0=99 60=98 180=96 "},
        {"a + b", "0=11 60=22 "},
        {"b / a", "0=10 60=10 "},
        {"a / 0", ""},
        {"a / (a - 2)", "0=-1 180=2 "},
        {"a + e", ""},
        {"a > 1", "0=0 60=1 180=1 "},
        {"a >= 2 AND a < 4", "0=0 60=1 180=0 "},
        {"a == 1 || a == 4", "0=1 60=0 180=1 "},
        {"[a, b] * 2", "0=2 60=4 180=8 |0=20 60=40 120=60 |"},
        {"[a, b] - [b, a]", "0=-9 60=-18 |0=9 60=18 |"},
        {"[[], a] * 1", "0=1 60=2 180=4 |"},
        {"0 + [[]]", ""},
        {"SUM(a)", "7"},
        {"AVG(b)", "20"},
        {"MAX(a) - MIN(a)", "3"},
        {"SUM(e)", "0"},
        {"SUM([a, b])", "0=11 60=22 120=30 180=4 "},
        {"SUM(METRICS())", "0=11 60=22 120=30 180=4 "},
        {"AVG(METRICS())", "0=5.5 60=11 120=30 180=4 "},
        {"MAX(METRICS(\"b\"))", "0=10 60=20 120=30 "},
        {"STDDEV([a, b])", "0=4.5 60=9 120=0 180=0 "},
        {"METRIC_COUNT(METRICS())", "2"},
        {"100 * a / SUM(a)", "0=14.2857 60=28.5714 180=57.1429 "},
        {"FILL(a, 0)", "0=1 60=2 120=0 180=4 "},
        {"FILL(a, REPEAT)", "0=1 60=2 120=2 180=4 "},
        {"FILL(a, LINEAR)", "0=1 60=2 120=3 180=4 "},
        {"FILL(b, REPEAT)", "0=10 60=20 120=30 180=30 "},
        {"FILL(b, LINEAR)", "0=10 60=20 120=30 "},
        {"FILL(e, 5)", "0=5 60=5 120=5 180=5 "},
        {"FILL(METRICS(), 0)", "0=1 60=2 120=0 180=4 |0=10 60=20 120=30 180=0 |"},
        {"ABS(0 - a)", "0=1 60=2 180=4 "},
        {"CEIL(a / 4)", "0=1 60=1 180=1 "},
        {"FLOOR(2.7)", "2"},
        {"LOG10(1000)", "3"},
        {"RATE(b)", "60=0.166667 120=0.166667 "},
        {"DIFF(a)", "60=1 180=2 "},
        {"RUNNING_SUM(a)", "0=1 60=3 180=7 "},
        {"PERIOD(a)", "60"},
        {"a / PERIOD(a)", "0=0.0166667 60=0.0333333 180=0.0666667 "},
        {"TIME_SERIES(7)", "0=7 60=7 120=7 180=7 "},
        {"IF(a > 1, a, 0)", "0=0 60=2 180=4 "},
        {"IF(a > 1, b)", "60=20 "},
        {"IF(1 > 2, a, b)", "0=10 60=20 120=30 "},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *got = evaluate(rows[i].text);
        cr_assert_str_eq(got, rows[i].value, "%s: %s, not %s", rows[i].text, got, rows[i].value);
    }
}

Test(expression, says_what_is_wrong)
{
    static const struct {
        const char *text, *fault;
    } rows[] = {
        {"", "Something is missing or not understood at position 0"},
        {"1 +", "Something is missing or not understood at position 3"},
        {"(1", "A bracket is not closed at position 2"},
        {"[a", "A list is not closed at position 2"},
        {"1 2", "Something is not understood at position 2"},
        {"\"x", "A text is not closed at position 0"},
        {"c", "no such id"},
        {"NONE(a)", "There is no function NONE"},
        {"SEARCH('x', 'Sum')", "sls-local does not emulate the function SEARCH"},
        {"SUM()", "SUM does not take 0 arguments"},
        {"FILL(a)", "FILL does not take 1 arguments"},
        {"a + \"x\"", "An operator does not take a text"},
        {"[a, b] + [a]", "An operator does not take arrays of different lengths"},
        {"[1]", "An array holds time series, at most 500"},
        {"RATE(1)", "A function wants a time series here"},
        {"FILL(a, \"x\")", "FILL takes a number, REPEAT or LINEAR"},
        {"IF(METRICS(), 1)", "IF takes numbers and single time series"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        cr_assert_str_eq(evaluate(rows[i].text), rows[i].fault, "%s", rows[i].text);
    }
}

Test(expression, nesting_has_a_limit)
{
    char text[256];
    for (size_t depth = EXPRESSION_DEPTH_MAX - 1; depth <= EXPRESSION_DEPTH_MAX; depth++) {
        memset(text, '(', depth);
        text[depth] = '1';
        memset(text + depth + 1, ')', depth);
        text[2 * depth + 1] = '\0';
        cr_assert_eq(strcmp(evaluate(text), "1") == 0, depth < EXPRESSION_DEPTH_MAX, "%zu", depth);
    }
}
