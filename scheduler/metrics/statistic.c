/* Statistics by name: how they are written, and what they are of an aggregate. */
#include "core/mem.h"
#include "scheduler/metrics/aggregate.h"

#include <math.h>

static const struct plain_statistic {
    const char *name;
    enum statistic_kind kind;
} plain_statistics[] = {
    {"SampleCount", STATISTIC_SAMPLE_COUNT}, {"Average", STATISTIC_AVERAGE}, {"Sum", STATISTIC_SUM},
    {"Minimum", STATISTIC_MINIMUM},          {"Maximum", STATISTIC_MAXIMUM},
};

/* What takes one percentile ("tm90") or bounds ("TM(10%:90%)"). */
static const struct bounded_statistic {
    const char *name;
    enum statistic_kind kind;
    bool has_short_form;
} bounded_statistics[] = {
    {"tm", STATISTIC_TRIMMED_MEAN, true},     {"wm", STATISTIC_WINSORIZED_MEAN, true},
    {"pr", STATISTIC_PERCENTILE_RANK, false}, {"tc", STATISTIC_TRIMMED_COUNT, true},
    {"ts", STATISTIC_TRIMMED_SUM, true},
};

static bool parse_percentile(struct slice text, double *ret_value)
{
    return slice_to_double(text, ret_value) && *ret_value >= 0 && *ret_value <= 100;
}

/* One side of "(10%:90%)": empty, a value, or a percentile with its sign. */
static bool parse_bound(struct slice text, double *ret_value, bool *ret_has, bool *is_percent)
{
    *ret_has = text.len > 0;
    if (text.len == 0) {
        return true;
    }
    *is_percent = slice_ends_with(text, SLICE("%"));
    return *is_percent ? parse_percentile(slice_take(text, text.len - 1), ret_value)
                       : slice_to_double(text, ret_value);
}

static bool parse_bounds(struct slice text, struct statistic *statistic)
{
    size_t colon = slice_find(text, ':');
    bool is_low_percent = false, is_high_percent = false;
    if (colon == SLICE_NPOS ||
        !parse_bound(slice_take(text, colon), &statistic->low, &statistic->has_low,
                     &is_low_percent) ||
        !parse_bound(slice_skip(text, colon + 1), &statistic->high, &statistic->has_high,
                     &is_high_percent)) {
        return false;
    }
    if (!statistic->has_low && !statistic->has_high) {
        return false;
    }
    if (statistic->has_low && statistic->has_high &&
        (is_low_percent != is_high_percent || statistic->low > statistic->high)) {
        return false;
    }
    statistic->is_absolute = !is_low_percent && !is_high_percent;
    return true;
}

static bool parse_bounded(struct slice text, const struct bounded_statistic *row,
                          struct statistic *ret_statistic)
{
    struct slice rest = slice_skip(text, strlen(row->name));
    *ret_statistic = (struct statistic){.kind = row->kind};
    if (rest.len > 2 && rest.ptr[0] == '(' && rest.ptr[rest.len - 1] == ')') {
        return parse_bounds(slice_take(slice_skip(rest, 1), rest.len - 2), ret_statistic) &&
               (row->kind != STATISTIC_PERCENTILE_RANK || ret_statistic->is_absolute);
    }
    ret_statistic->has_high = true;
    return row->has_short_form && parse_percentile(rest, &ret_statistic->high);
}

bool statistic_parse(struct slice text, struct statistic *ret_statistic)
{
    for (size_t i = 0; i < COUNT_OF(plain_statistics); i++) {
        if (slice_is(text, plain_statistics[i].name)) {
            *ret_statistic = (struct statistic){.kind = plain_statistics[i].kind};
            return true;
        }
    }
    if (slice_ieq(text, SLICE("iqm"))) { /* the mean of the middle half */
        *ret_statistic = (struct statistic){.kind = STATISTIC_TRIMMED_MEAN,
                                            .low = 25,
                                            .high = 75,
                                            .has_low = true,
                                            .has_high = true};
        return true;
    }
    for (size_t i = 0; i < COUNT_OF(bounded_statistics); i++) {
        if (slice_istarts_with(text, slice_from(bounded_statistics[i].name))) {
            return parse_bounded(text, &bounded_statistics[i], ret_statistic);
        }
    }
    *ret_statistic = (struct statistic){.kind = STATISTIC_PERCENTILE};
    return text.len > 1 && text.ptr[0] == 'p' &&
           parse_percentile(slice_skip(text, 1), &ret_statistic->high);
}

/* The value below or at which `percent` of the samples lie. */
static double percentile(const struct aggregate *aggregate, double percent)
{
    double wanted = aggregate->count * percent / 100;
    double seen = 0;
    for (uint32_t i = 0; i < aggregate->sample_count; i++) {
        seen += aggregate->samples[i].count;
        if (seen >= wanted) {
            return aggregate->samples[i].value;
        }
    }
    return aggregate->maximum;
}

struct trimmed {
    double count, sum;        /* of what lies within the bounds */
    double below, above;      /* how many lie outside */
    double low_end, high_end; /* what those count as, winsorized */
};

/* How many of the samples before `seen` + `count` lie between the ranks `from` and `to`. */
static double overlap(double seen, double count, double from, double to)
{
    double begin = fmax(seen, from), end = fmin(seen + count, to);
    return end > begin ? end - begin : 0;
}

static struct trimmed trim(const struct statistic *statistic, const struct aggregate *aggregate)
{
    struct trimmed trimmed = {.low_end = aggregate->minimum, .high_end = aggregate->maximum};
    double low = statistic->has_low ? statistic->low : 0, high = statistic->high;
    double from = statistic->has_low ? aggregate->count * low / 100 : 0;
    double to = statistic->has_high ? aggregate->count * high / 100 : aggregate->count;
    double seen = 0;
    for (uint32_t i = 0; i < aggregate->sample_count; i++) {
        const struct sample *sample = &aggregate->samples[i];
        double inside;
        if (statistic->is_absolute) { /* above `low`, up to `high` */
            bool is_below = statistic->has_low && sample->value <= low;
            bool is_above = statistic->has_high && sample->value > high;
            inside = is_below || is_above ? 0 : sample->count;
            trimmed.below += is_below ? sample->count : 0;
            trimmed.above += is_above ? sample->count : 0;
        } else {
            inside = overlap(seen, sample->count, from, to);
            trimmed.below += overlap(seen, sample->count, 0, from);
            trimmed.above += overlap(seen, sample->count, to, aggregate->count);
        }
        trimmed.count += inside;
        trimmed.sum += inside * sample->value;
        seen += sample->count;
    }
    if (statistic->has_low) {
        trimmed.low_end = statistic->is_absolute ? low : percentile(aggregate, low);
    }
    if (statistic->has_high) {
        trimmed.high_end = statistic->is_absolute ? high : percentile(aggregate, high);
    }
    return trimmed;
}

static bool distributed(const struct statistic *statistic, const struct aggregate *aggregate,
                        double *ret_value)
{
    if (aggregate->has_sets || aggregate->minimum < 0) {
        return false;
    }
    if (statistic->kind == STATISTIC_PERCENTILE) {
        *ret_value = percentile(aggregate, statistic->high);
        return true;
    }
    struct trimmed trimmed = trim(statistic, aggregate);
    if (statistic->kind == STATISTIC_TRIMMED_MEAN) {
        *ret_value = trimmed.count > 0 ? trimmed.sum / trimmed.count : 0;
        return trimmed.count > 0;
    }
    if (statistic->kind == STATISTIC_WINSORIZED_MEAN) {
        *ret_value =
            (trimmed.sum + trimmed.below * trimmed.low_end + trimmed.above * trimmed.high_end) /
            aggregate->count;
    } else if (statistic->kind == STATISTIC_PERCENTILE_RANK) {
        *ret_value = 100 * trimmed.count / aggregate->count;
    } else {
        *ret_value = statistic->kind == STATISTIC_TRIMMED_COUNT ? trimmed.count : trimmed.sum;
    }
    return true;
}

bool statistic_of(const struct statistic *statistic, const struct aggregate *aggregate,
                  double *ret_value)
{
    if (aggregate->count <= 0) {
        return false;
    }
    switch (statistic->kind) {
    case STATISTIC_SAMPLE_COUNT:
        *ret_value = aggregate->count;
        return true;
    case STATISTIC_AVERAGE:
        *ret_value = aggregate->sum / aggregate->count;
        return true;
    case STATISTIC_SUM:
        *ret_value = aggregate->sum;
        return true;
    case STATISTIC_MINIMUM:
        *ret_value = aggregate->minimum;
        return true;
    case STATISTIC_MAXIMUM:
        *ret_value = aggregate->maximum;
        return true;
    case STATISTIC_PERCENTILE:
    case STATISTIC_TRIMMED_MEAN:
    case STATISTIC_WINSORIZED_MEAN:
    case STATISTIC_PERCENTILE_RANK:
    case STATISTIC_TRIMMED_COUNT:
    case STATISTIC_TRIMMED_SUM:
        return distributed(statistic, aggregate, ret_value);
    }
    return false;
}
