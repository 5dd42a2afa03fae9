/* Two-way string matching (Crochemore and Perrin, 1991): linear time, no memory, whatever the two strings are. The needle
 * is cut where its halves repeat least; the right half is compared first, and a mismatch there moves on by as much as
 * matched, one in the left half by the needle's period. */
#include "core/slice.h"

/* Work that the plain search may waste, in bytes for each byte of the text, before two-way takes over. */
#define PLAIN_WASTE 8

/* Where the largest suffix begins, in the order of the bytes or in the reverse one, and how it repeats itself. */
static size_t largest_suffix(struct slice needle, bool is_reversed, size_t *ret_period)
{
    const unsigned char *bytes = (const unsigned char *)needle.ptr;
    size_t start = 0, next = 1, same = 0, period = 1;
    while (next + same < needle.len) {
        unsigned char of_best = bytes[start + same];
        unsigned char of_next = bytes[next + same];
        if (of_next == of_best) {
            same++;
            if (same == period) {
                next += period;
                same = 0;
            }
        } else if (is_reversed ? of_next > of_best : of_next < of_best) {
            next += same + 1;
            same = 0;
            period = next - start;
        } else {
            start = next;
            next++;
            same = 0;
            period = 1;
        }
    }
    *ret_period = period;
    return start;
}

static size_t search_two_way(struct slice s, struct slice needle)
{
    size_t period, reversed_period;
    size_t cut = largest_suffix(needle, false, &period);
    size_t reversed_cut = largest_suffix(needle, true, &reversed_period);
    if (reversed_cut > cut) {
        cut = reversed_cut;
        period = reversed_period;
    }
    bool is_periodic =
        cut + period <= needle.len && memcmp(needle.ptr, needle.ptr + period, cut) == 0;
    if (!is_periodic) {
        period = (cut > needle.len - cut ? cut : needle.len - cut) + 1;
    }
    size_t known = 0; /* bytes of the needle's front that match already */
    for (size_t at = 0; at <= s.len - needle.len;) {
        const char *text = s.ptr + at;
        size_t i = cut > known ? cut : known;
        while (i < needle.len && needle.ptr[i] == text[i]) {
            i++;
        }
        if (i < needle.len) {
            at += i - cut + 1;
            known = 0;
            continue;
        }
        for (i = cut; i > known && needle.ptr[i - 1] == text[i - 1];) {
            i--;
        }
        if (i <= known) {
            return at;
        }
        at += period;
        known = is_periodic ? needle.len - period : 0;
    }
    return SLICE_NPOS;
}

/* Plain search is the faster one where the first byte is rare or says much, which is nearly always. */
size_t slice_search(struct slice s, struct slice needle)
{
    if (needle.len == 0) {
        return 0;
    }
    size_t at = 0;
    for (size_t waste = 0; s.len - at >= needle.len && waste / PLAIN_WASTE <= s.len;) {
        size_t step = slice_find(slice_of(s.ptr + at, s.len - at - needle.len + 1), needle.ptr[0]);
        if (step == SLICE_NPOS) {
            return SLICE_NPOS;
        }
        at += step;
        if (memcmp(s.ptr + at, needle.ptr, needle.len) == 0) {
            return at;
        }
        at++;
        waste += needle.len;
    }
    if (s.len - at < needle.len) {
        return SLICE_NPOS;
    }
    size_t found = search_two_way(slice_skip(s, at), needle);
    return found != SLICE_NPOS ? at + found : SLICE_NPOS;
}
