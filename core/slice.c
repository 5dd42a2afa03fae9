#include "core/slice.h"

#include <math.h>
#include <stdlib.h>

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

bool slice_ieq(struct slice a, struct slice b)
{
    return a.len == b.len && slice_istarts_with(a, b);
}

int slice_compare(struct slice a, struct slice b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len != 0 ? memcmp(a.ptr, b.ptr, len) : 0;
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

bool slice_starts_with(struct slice s, struct slice prefix)
{
    return slice_eq(slice_take(s, prefix.len), prefix);
}

bool slice_istarts_with(struct slice s, struct slice prefix)
{
    if (s.len < prefix.len) {
        return false;
    }
    for (size_t i = 0; i < prefix.len; i++) {
        if (lower(s.ptr[i]) != lower(prefix.ptr[i])) {
            return false;
        }
    }
    return true;
}

bool slice_ends_with(struct slice s, struct slice suffix)
{
    return s.len >= suffix.len && slice_eq(slice_skip(s, s.len - suffix.len), suffix);
}

bool slice_is_alnum(struct slice s, const char *others)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i], lower = (char)(c | 0x20);
        bool is_alnum = (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9');
        if (!is_alnum && (c == '\0' || strchr(others, c) == NULL)) {
            return false;
        }
    }
    return s.len > 0;
}

size_t slice_find(struct slice s, char c)
{
    const char *found = s.len != 0 ? memchr(s.ptr, c, s.len) : NULL;
    return found != NULL ? (size_t)(found - s.ptr) : SLICE_NPOS;
}

size_t slice_rfind(struct slice s, char c)
{
    for (size_t i = s.len; i > 0; i--) {
        if (s.ptr[i - 1] == c) {
            return i - 1;
        }
    }
    return SLICE_NPOS;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct slice slice_trim(struct slice s)
{
    while (s.len > 0 && is_space(s.ptr[0])) {
        s.ptr++;
        s.len--;
    }
    while (s.len > 0 && is_space(s.ptr[s.len - 1])) {
        s.len--;
    }
    return s;
}

struct slice slice_skip(struct slice s, size_t count)
{
    if (s.ptr == NULL) {
        return s;
    }
    count = count < s.len ? count : s.len;
    return slice_of(s.ptr + count, s.len - count);
}

struct slice slice_take(struct slice s, size_t count)
{
    return slice_of(s.ptr, count < s.len ? count : s.len);
}

bool slice_split(struct slice *rest, char separator, struct slice *ret_part)
{
    if (rest->ptr == NULL) {
        return false;
    }
    size_t at = slice_find(*rest, separator);
    if (at == SLICE_NPOS) {
        *ret_part = *rest;
        *rest = SLICE_NULL;
    } else {
        *ret_part = slice_take(*rest, at);
        *rest = slice_skip(*rest, at + 1);
    }
    return true;
}

bool slice_to_u64(struct slice s, uint64_t *ret_value)
{
    uint64_t value = 0;
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9') {
            return false;
        }
        uint64_t digit = (uint64_t)(s.ptr[i] - '0');
        if (value > (UINT64_MAX - digit) / 10) {
            return false;
        }
        value = value * 10 + digit;
    }
    if (s.len == 0) {
        return false;
    }
    *ret_value = value;
    return true;
}

bool slice_to_i64(struct slice s, int64_t *ret_value)
{
    bool is_negative = s.len > 0 && s.ptr[0] == '-';
    uint64_t value;
    if (!slice_to_u64(is_negative ? slice_skip(s, 1) : s, &value) ||
        value > (uint64_t)INT64_MAX + is_negative) {
        return false;
    }
    /* Through -1, so that INT64_MIN has no positive twin to overflow. */
    *ret_value = is_negative && value > 0 ? -(int64_t)(value - 1) - 1 : (int64_t)value;
    return true;
}

#define DOUBLE_TEXT_MAX 64

bool slice_to_double(struct slice s, double *ret_value)
{
    char copy[DOUBLE_TEXT_MAX + 1];
    char *end;
    if (s.len == 0 || s.len > DOUBLE_TEXT_MAX) {
        return false;
    }
    memcpy(copy, s.ptr, s.len);
    copy[s.len] = '\0';
    if (strspn(copy, "+-.0123456789eE") < s.len) { /* neither names nor hexadecimals */
        return false;
    }
    double value = strtod(copy, &end);
    if (end == copy || *end != '\0' || !isfinite(value)) {
        return false;
    }
    *ret_value = value;
    return true;
}

size_t slice_utf8_front(struct slice s)
{
    const unsigned char *c = (const unsigned char *)s.ptr;
    if (s.len == 0) {
        return 0;
    }
    if (c[0] < 0x80) {
        return 1;
    }
    /* The second byte's range keeps out overlong forms (E0, F0), surrogates (ED) and what lies
     * beyond U+10FFFF (F4); Unicode, table 3-7. */
    unsigned char low = 0x80;
    unsigned char high = 0xbf;
    size_t len;
    if (c[0] >= 0xc2 && c[0] <= 0xdf) {
        len = 2;
    } else if (c[0] >= 0xe0 && c[0] <= 0xef) {
        len = 3;
        low = c[0] == 0xe0 ? 0xa0 : low;
        high = c[0] == 0xed ? 0x9f : high;
    } else if (c[0] >= 0xf0 && c[0] <= 0xf4) {
        len = 4;
        low = c[0] == 0xf0 ? 0x90 : low;
        high = c[0] == 0xf4 ? 0x8f : high;
    } else {
        return 0;
    }
    if (s.len < len || c[1] < low || c[1] > high) {
        return 0;
    }
    for (size_t i = 2; i < len; i++) {
        if ((c[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    return len;
}

bool slice_is_utf8(struct slice s)
{
    for (size_t i = 0; i < s.len;) {
        uint64_t word;
        if (s.len - i >= sizeof(word)) {
            memcpy(&word, s.ptr + i, sizeof(word));
            if ((word & UINT64_C(0x8080808080808080)) == 0) {
                i += sizeof(word);
                continue;
            }
        }
        size_t step = slice_utf8_front(slice_of(s.ptr + i, s.len - i));
        if (step == 0) {
            return false;
        }
        i += step;
    }
    return true;
}

uint64_t slice_hash(struct slice s)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < s.len; i++) {
        hash = (hash ^ (unsigned char)s.ptr[i]) * UINT64_C(0x100000001b3);
    }
    return hash;
}

#define NEAREST_LEN_MAX 64 /* longer words get no suggestion */
#define NEAREST_DISTANCE 3

/* Insertions, deletions, replacements, and two neighbours that changed places (one slip, one edit). */
static size_t edit_distance(struct slice a, struct slice b)
{
    size_t rows[3][NEAREST_LEN_MAX + 1];
    size_t *before = rows[0];
    size_t *above = rows[1];
    size_t *row = rows[2];
    for (size_t j = 0; j <= b.len; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= a.len; i++) {
        size_t *reused = before;
        before = above;
        above = row;
        row = reused;
        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            size_t replace = above[j - 1] + (a.ptr[i - 1] != b.ptr[j - 1]);
            size_t insert_or_delete = (above[j] < row[j - 1] ? above[j] : row[j - 1]) + 1;
            row[j] = replace < insert_or_delete ? replace : insert_or_delete;
            if (i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] && a.ptr[i - 2] == b.ptr[j - 1] &&
                before[j - 2] + 1 < row[j]) {
                row[j] = before[j - 2] + 1;
            }
        }
    }
    return row[b.len];
}

struct slice slice_nearest(struct slice word, const struct slice *candidates, size_t count)
{
    struct slice nearest = SLICE_NULL;
    size_t best = NEAREST_DISTANCE + 1;
    for (size_t i = 0; i < count && word.len <= NEAREST_LEN_MAX; i++) {
        if (candidates[i].len > NEAREST_LEN_MAX) {
            continue;
        }
        size_t distance = edit_distance(word, candidates[i]);
        if (distance < best && distance * 2 < word.len) {
            best = distance;
            nearest = candidates[i];
        }
    }
    return nearest;
}
