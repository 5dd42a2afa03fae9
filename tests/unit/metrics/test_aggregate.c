#include "core/mem.h"
#include "scheduler/metrics/aggregate.h"
#include "scheduler/metrics/limits.h"

#include <criterion/criterion.h>
#include <math.h>

static double of(const struct aggregate *aggregate, const char *name)
{
    struct statistic statistic;
    double value = NAN;
    cr_assert(statistic_parse(slice_from(name), &statistic), "%s", name);
    return statistic_of(&statistic, aggregate, &value) ? value : NAN;
}

static struct aggregate one_to(int last)
{
    struct aggregate aggregate = {.count = 0};
    for (int i = last; i >= 1; i--) {
        aggregate_add(&aggregate, i, 1);
    }
    return aggregate;
}

Test(aggregate, knows_the_plain_statistics)
{
    struct aggregate aggregate = {.count = 0};
    aggregate_add(&aggregate, 4, 1);
    aggregate_add(&aggregate, -2, 3);
    cr_assert_eq(of(&aggregate, "SampleCount"), 4);
    cr_assert_eq(of(&aggregate, "Sum"), -2);
    cr_assert_eq(of(&aggregate, "Average"), -0.5);
    cr_assert_eq(of(&aggregate, "Minimum"), -2);
    cr_assert_eq(of(&aggregate, "Maximum"), 4);
    aggregate_finish(&aggregate);
}

Test(aggregate, tells_the_distribution_of_few_values_exactly)
{
    static const struct {
        const char *name;
        double wanted;
    } rows[] = {
        {"p50", 50},         {"p99", 99},        {"p100", 100},     {"p0", 1},
        {"p99.5", 100},      {"tm50", 25.5},     {"IQM", 50.5},     {"TM(10%:90%)", 50.5},
        {"TM(20:40)", 30.5}, {"TM(:10)", 5.5},   {"TM(90:)", 95.5}, {"PR(0:25)", 25},
        {"PR(:100)", 100},   {"TC(50:)", 50},    {"tc10", 10},      {"ts10", 55},
        {"TS(98:)", 199},    {"WM(:50)", 37.75}, {"wm90", 50.05},
    };
    struct aggregate aggregate = one_to(100);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        double got = of(&aggregate, rows[i].name);
        cr_assert(fabs(got - rows[i].wanted) < 0.1, "%s: %g, not %g", rows[i].name, got,
                  rows[i].wanted);
    }
    aggregate_finish(&aggregate);
}

Test(aggregate, has_no_percentiles_of_statistic_sets_and_negative_values)
{
    struct aggregate aggregate = {.count = 0};
    aggregate_add_set(&aggregate,
                      &(struct aggregate){.count = 5, .sum = 25, .minimum = 5, .maximum = 5});
    cr_assert_eq(of(&aggregate, "p50"), 5, "five equal values are known");
    aggregate_add_set(&aggregate,
                      &(struct aggregate){.count = 2, .sum = 3, .minimum = 1, .maximum = 2});
    cr_assert(isnan(of(&aggregate, "p50")));
    cr_assert_eq(of(&aggregate, "SampleCount"), 7);
    cr_assert_eq(of(&aggregate, "Minimum"), 1);
    aggregate_finish(&aggregate);
    aggregate_add(&aggregate, -1, 1);
    cr_assert(isnan(of(&aggregate, "p50")));
    aggregate_finish(&aggregate);
    cr_assert(isnan(of(&aggregate, "Average")), "nothing has no average");
}

Test(aggregate, stays_small_and_near_the_truth_with_many_values)
{
    struct aggregate aggregate = one_to(20000);
    cr_assert_leq(aggregate.sample_count, AGGREGATE_SAMPLES_MAX);
    cr_assert_eq(aggregate.count, 20000);
    static const double percents[] = {1, 10, 50, 90, 99, 99.9};
    for (size_t i = 0; i < COUNT_OF(percents); i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "p%g", percents[i]);
        double wanted = 200 * percents[i], got = of(&aggregate, name);
        cr_assert(fabs(got - wanted) <= 0.08 * wanted, "%s: %g, not %g", name, got, wanted);
    }
    double total = 0;
    for (uint32_t i = 0; i < aggregate.sample_count; i++) {
        total += aggregate.samples[i].count;
    }
    cr_assert_eq(total, 20000, "every value is in one sample");
    aggregate_finish(&aggregate);
}

Test(aggregate, merged_is_as_if_all_had_been_added_to_one)
{
    struct aggregate all = one_to(60), low = one_to(30), high = {.count = 0};
    for (int i = 31; i <= 60; i++) {
        aggregate_add(&high, i, 1);
    }
    aggregate_merge(&low, &high);
    cr_assert_eq(low.count, all.count);
    cr_assert_eq(low.sum, all.sum);
    cr_assert_eq(of(&low, "p75"), of(&all, "p75"));
    aggregate_finish(&all);
    aggregate_finish(&low);
    aggregate_finish(&high);
}

Test(aggregate, comes_back_from_its_bytes)
{
    struct aggregate aggregate = one_to(7), again;
    AUTO_BUF buf = BUF_INIT(1 << 16);
    aggregate_encode(&buf, &aggregate);
    struct slice bytes = buf_slice(&buf);
    cr_assert(aggregate_decode(bytes, &again));
    cr_assert_eq(again.sum, 28);
    cr_assert_eq(of(&again, "p50"), of(&aggregate, "p50"));
    aggregate_finish(&again);
    for (size_t len = 0; len < bytes.len; len++) {
        cr_assert_not(aggregate_decode(slice_take(bytes, len), &again), "%zu bytes", len);
    }
    aggregate_finish(&aggregate);
}

Test(statistic, refuses_what_is_none)
{
    static const char *const rows[] = {
        "",          "sum", "p",    "p101",      "p-1",     "px",     "p0x10",  "TM()", "TM(:)",
        "TM(10%:5)", "tm",  "pr50", "PR(1%:2%)", "TM(9:1)", "TM(1:2", "Median", "pnan", "tm101"};
    struct statistic statistic;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        cr_assert_not(statistic_parse(slice_from(rows[i]), &statistic), "%s", rows[i]);
    }
}
