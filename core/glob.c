#include "core/glob.h"

static bool is_wildcard(const struct glob *glob, size_t at, char wildcard)
{
    return at < glob->pattern.len && glob->pattern.ptr[at] == wildcard &&
           (glob->literal == NULL || !glob->literal[at]);
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static bool is_same(const struct glob *glob, size_t at, char c)
{
    if (at >= glob->pattern.len) {
        return false;
    }
    char wanted = glob->pattern.ptr[at];
    return wanted == c || (glob->ignores_case && lower(wanted) == lower(c));
}

static size_t character_len(struct slice text, size_t at)
{
    size_t len = slice_utf8_front(slice_skip(text, at));
    return len == 0 ? 1 : len;
}

/* Where it does not go on, the last '*' takes one byte more: what an earlier one took needs no second look. */
bool glob_matches(struct glob glob, struct slice text)
{
    size_t star = SLICE_NPOS, taken = 0, t = 0, p = 0;
    while (t < text.len) {
        if (is_wildcard(&glob, p, '*')) {
            star = ++p;
            taken = t;
        } else if (is_wildcard(&glob, p, '?')) {
            t += character_len(text, t);
            p++;
        } else if (is_same(&glob, p, text.ptr[t])) {
            t++;
            p++;
        } else if (star != SLICE_NPOS) {
            taken += character_len(text, taken);
            t = taken;
            p = star;
        } else {
            return false;
        }
    }
    while (is_wildcard(&glob, p, '*')) {
        p++;
    }
    return p == glob.pattern.len;
}
