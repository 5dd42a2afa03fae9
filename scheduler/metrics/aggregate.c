#include "scheduler/metrics/aggregate.h"

#include "core/mem.h"
#include "scheduler/metrics/limits.h"

#include <math.h>

#define NEAR_FIRST 0.005 /* values so near to each other, relatively, are joined first */

void aggregate_finish(struct aggregate *aggregate)
{
    mem_free(aggregate->samples);
    *aggregate = (struct aggregate){.count = 0};
}

/* The place of the first sample that is not below `value`. */
static uint32_t place_of(const struct aggregate *aggregate, double value)
{
    uint32_t low = 0, high = aggregate->sample_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (aggregate->samples[middle].value < value) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool is_near(double low, double high, double nearness)
{
    return high - low <= nearness * fmax(fabs(low), fabs(high));
}

/* Joins neighbours that are near to the first of their group. */
static void join_near(struct aggregate *aggregate, double nearness)
{
    struct sample *samples = aggregate->samples;
    uint32_t kept = 0;
    double first = samples[0].value;
    for (uint32_t i = 1; i < aggregate->sample_count; i++) {
        if (is_near(first, samples[i].value, nearness)) {
            double count = samples[kept].count + samples[i].count;
            samples[kept].value +=
                (samples[i].value - samples[kept].value) * (samples[i].count / count);
            samples[kept].count = count;
        } else {
            first = samples[i].value;
            samples[++kept] = samples[i];
        }
    }
    aggregate->sample_count = kept + 1;
}

static void make_room(struct aggregate *aggregate)
{
    if (aggregate->sample_count == AGGREGATE_SAMPLES_MAX) {
        for (double nearness = NEAR_FIRST; aggregate->sample_count > AGGREGATE_SAMPLES_MAX * 3 / 4;
             nearness *= 1.5) {
            join_near(aggregate, nearness);
        }
    }
    if (aggregate->sample_count == aggregate->sample_room) {
        aggregate->sample_room = aggregate->sample_room == 0 ? 1 : aggregate->sample_room * 2;
        aggregate->samples =
            mem_realloc(aggregate->samples, aggregate->sample_room * sizeof(struct sample));
    }
}

static void add_sample(struct aggregate *aggregate, double value, double count)
{
    uint32_t at = place_of(aggregate, value);
    if (at < aggregate->sample_count && aggregate->samples[at].value == value) {
        aggregate->samples[at].count += count;
        return;
    }
    make_room(aggregate);
    at = place_of(aggregate, value);
    memmove(aggregate->samples + at + 1, aggregate->samples + at,
            (aggregate->sample_count - at) * sizeof(struct sample));
    aggregate->samples[at] = (struct sample){value, count};
    aggregate->sample_count++;
}

static void add_totals(struct aggregate *aggregate, double count, double sum, double minimum,
                       double maximum)
{
    bool is_first = aggregate->count == 0;
    aggregate->count += count;
    aggregate->sum += sum;
    aggregate->minimum = is_first || minimum < aggregate->minimum ? minimum : aggregate->minimum;
    aggregate->maximum = is_first || maximum > aggregate->maximum ? maximum : aggregate->maximum;
}

void aggregate_add(struct aggregate *aggregate, double value, double count)
{
    if (count <= 0) {
        return;
    }
    add_totals(aggregate, count, value * count, value, value);
    add_sample(aggregate, value, count);
}

void aggregate_add_set(struct aggregate *aggregate, const struct aggregate *set)
{
    if (set->count <= 0) {
        return;
    }
    add_totals(aggregate, set->count, set->sum, set->minimum, set->maximum);
    if (set->minimum == set->maximum) { /* all values are known after all */
        add_sample(aggregate, set->minimum, set->count);
    } else {
        aggregate->has_sets = true;
    }
}

void aggregate_merge(struct aggregate *aggregate, const struct aggregate *other)
{
    if (other->count <= 0) {
        return;
    }
    add_totals(aggregate, other->count, other->sum, other->minimum, other->maximum);
    aggregate->has_sets = aggregate->has_sets || other->has_sets;
    for (uint32_t i = 0; i < other->sample_count; i++) {
        add_sample(aggregate, other->samples[i].value, other->samples[i].count);
    }
}

/* --- on disk: a version byte, a flag byte, the number of samples (u16), then doubles --- */

#define FORMAT_VERSION 1
#define HEAD_LEN 4

static void append_double(struct buf *buf, double value)
{
    buf_append(buf, slice_of((const char *)&value, sizeof value));
}

void aggregate_encode(struct buf *buf, const struct aggregate *aggregate)
{
    uint16_t count = (uint16_t)aggregate->sample_count;
    buf_append_char(buf, FORMAT_VERSION);
    buf_append_char(buf, (char)aggregate->has_sets);
    buf_append(buf, slice_of((const char *)&count, sizeof count));
    append_double(buf, aggregate->count);
    append_double(buf, aggregate->sum);
    append_double(buf, aggregate->minimum);
    append_double(buf, aggregate->maximum);
    if (count > 0) {
        buf_append(buf, slice_of((const char *)aggregate->samples, count * sizeof(struct sample)));
    }
}

bool aggregate_decode(struct slice bytes, struct aggregate *ret_aggregate)
{
    uint16_t count;
    double totals[4];
    if (bytes.len < HEAD_LEN + sizeof totals || bytes.ptr[0] != FORMAT_VERSION) {
        return false;
    }
    memcpy(&count, bytes.ptr + 2, sizeof count);
    memcpy(totals, bytes.ptr + HEAD_LEN, sizeof totals);
    struct slice samples = slice_skip(bytes, HEAD_LEN + sizeof totals);
    if (count > AGGREGATE_SAMPLES_MAX || samples.len != count * sizeof(struct sample)) {
        return false;
    }
    *ret_aggregate = (struct aggregate){.count = totals[0],
                                        .sum = totals[1],
                                        .minimum = totals[2],
                                        .maximum = totals[3],
                                        .sample_count = count,
                                        .sample_room = count,
                                        .has_sets = bytes.ptr[1] != 0};
    if (count > 0) {
        ret_aggregate->samples = mem_alloc(samples.len);
        memcpy(ret_aggregate->samples, samples.ptr, samples.len);
    }
    return true;
}
