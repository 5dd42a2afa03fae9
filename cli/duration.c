#include "cli/duration.h"

#include "core/mem.h"

#include <inttypes.h>
#include <stdio.h>

struct unit {
    const char *name;
    int64_t ms;
};

/* The longer first. */
static const struct unit units[] = {{"w", INT64_C(604800000)},
                                    {"d", 86400000},
                                    {"h", 3600000},
                                    {"m", 60000},
                                    {"s", 1000},
                                    {"ms", 1}};
static const struct unit iso_dates[] = {{"W", INT64_C(604800000)}, {"D", 86400000}};
static const struct unit iso_times[] = {{"H", 3600000}, {"M", 60000}, {"S", 1000}};

static bool take_number(struct slice *text, int64_t *ret_value)
{
    size_t len = 0;
    while (len < text->len && text->ptr[len] >= '0' && text->ptr[len] <= '9') {
        len++;
    }
    uint64_t value;
    if (!slice_to_u64(slice_take(*text, len), &value)) {
        return false;
    }
    *text = slice_skip(*text, len);
    *ret_value = value > (uint64_t)DURATION_MAX_MS ? DURATION_MAX_MS + 1 : (int64_t)value;
    return true;
}

/* A sum that has passed the maximum stays beyond it. */
static void add(int64_t *sum_ms, int64_t value, int64_t unit_ms)
{
    if (value > DURATION_MAX_MS / unit_ms || *sum_ms + value * unit_ms > DURATION_MAX_MS) {
        *sum_ms = DURATION_MAX_MS + 1;
    } else {
        *sum_ms += value * unit_ms;
    }
}

/* "2h30m" up to its end, or to a 'T': each unit at most once, in their order. False when there is none. */
static bool take_units(struct slice *text, const struct unit *table, size_t count, int64_t *sum_ms)
{
    size_t next = 0;
    bool has_any = false;
    while (text->len > 0 && text->ptr[0] != 'T') {
        int64_t value;
        if (!take_number(text, &value)) {
            return false;
        }
        size_t name_len = 0;
        while (name_len < text->len && (text->ptr[name_len] < '0' || text->ptr[name_len] > '9') &&
               text->ptr[name_len] != 'T') {
            name_len++;
        }
        while (next < count && !slice_is(slice_take(*text, name_len), table[next].name)) {
            next++;
        }
        if (next == count) {
            return false;
        }
        add(sum_ms, value, table[next++].ms);
        *text = slice_skip(*text, name_len);
        has_any = true;
    }
    return has_any;
}

static bool read_iso(struct slice text, int64_t *sum_ms)
{
    bool has_date = take_units(&text, iso_dates, COUNT_OF(iso_dates), sum_ms);
    if (text.len == 0 || text.ptr[0] != 'T') {
        return has_date && text.len == 0;
    }
    text = slice_skip(text, 1);
    return take_units(&text, iso_times, COUNT_OF(iso_times), sum_ms) && text.len == 0;
}

enum status duration_parse(struct slice text, int64_t *ret_ms, struct fault *reterr)
{
    struct slice rest = text;
    int64_t sum_ms = 0;
    int64_t seconds;
    bool is_valid;
    if (text.len > 0 && text.ptr[0] == 'P') {
        is_valid = read_iso(slice_skip(text, 1), &sum_ms);
    } else if (take_number(&rest, &seconds) && rest.len == 0) {
        add(&sum_ms, seconds, 1000);
        is_valid = true;
    } else {
        rest = text;
        is_valid = take_units(&rest, units, COUNT_OF(units), &sum_ms) && rest.len == 0;
    }
    if (!is_valid) {
        return fault_set(reterr, STATUS_INVALID,
                         "'%.*s' is not a duration: write 90m, 2h30m, 1d, 45s, seconds or PT90M",
                         SLICE_ARG(slice_take(text, DURATION_TEXT_MAX)));
    }
    if (sum_ms > DURATION_MAX_MS) {
        return fault_set(reterr, STATUS_LIMIT, "'%.*s' is more than ten years",
                         SLICE_ARG(slice_take(text, DURATION_TEXT_MAX)));
    }
    *ret_ms = sum_ms;
    return STATUS_OK;
}

const char *duration_text(char out[DURATION_TEXT_MAX], int64_t ms)
{
    size_t len = 0;
    int shown = 0;
    for (size_t i = 1; i < COUNT_OF(units) && shown < 2; i++) { /* weeks are days to people */
        int64_t count = ms / units[i].ms;
        if (count > 0) {
            len += (size_t)snprintf(out + len, DURATION_TEXT_MAX - len, "%s%" PRId64 "%s",
                                    shown > 0 ? " " : "", count, units[i].name);
            ms -= count * units[i].ms;
        }
        shown += count > 0 || shown > 0;
    }
    return len > 0 ? out : "0s";
}
