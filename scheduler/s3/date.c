#include "scheduler/s3/date.h"

#include "core/clock.h"

#include <stdio.h>

static bool digits(struct slice text, size_t at, size_t count)
{
    for (size_t i = at; i < at + count; i++) {
        if (i >= text.len || text.ptr[i] < '0' || text.ptr[i] > '9') {
            return false;
        }
    }
    return true;
}

static bool parse_http(struct slice text, int64_t *ret_epoch_ms)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char iso[32];
    if (text.len != 29 || !slice_starts_with(slice_skip(text, 3), SLICE(", ")) ||
        !slice_ends_with(text, SLICE(" GMT")) || !digits(text, 5, 2) || !digits(text, 12, 4)) {
        return false;
    }
    for (int month = 0; month < 12; month++) {
        if (memcmp(months + 3 * month, text.ptr + 8, 3) == 0) {
            snprintf(iso, sizeof(iso), "%.4s-%02d-%.2sT%.8sZ", text.ptr + 12, month + 1,
                     text.ptr + 5, text.ptr + 17);
            return time_parse_iso8601(slice_from(iso), ret_epoch_ms);
        }
    }
    return false;
}

bool date_parse(struct slice text, int64_t *ret_epoch_ms)
{
    text = slice_trim(text);
    return parse_http(text, ret_epoch_ms) || time_parse_iso8601(text, ret_epoch_ms);
}

bool date_parse_basic(struct slice text, int64_t *ret_epoch_ms)
{
    char iso[32];
    if (text.len != 16 || !digits(text, 0, 8) || text.ptr[8] != 'T' || !digits(text, 9, 6) ||
        text.ptr[15] != 'Z') {
        return false;
    }
    snprintf(iso, sizeof(iso), "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", text.ptr, text.ptr + 4,
             text.ptr + 6, text.ptr + 9, text.ptr + 11, text.ptr + 13);
    return time_parse_iso8601(slice_from(iso), ret_epoch_ms);
}
