/* Text as pointer and length: passed by value, never owning, not NUL-terminated.
 *
 * Print with "%.*s" and SLICE_ARG(s). ASCII only where case or white space matters. */
#ifndef SLS_CORE_SLICE_H
#define SLS_CORE_SLICE_H

#include "core/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
    const char *ptr;
    size_t len;
};

#define SLICE(literal) ((struct slice){"" literal, sizeof(literal) - 1})
#define SLICE_INIT(literal)                                                                        \
    {                                                                                              \
        "" literal, sizeof(literal) - 1                                                            \
    } /* for static initialisers */
#define SLICE_NULL ((struct slice){NULL, 0})
#define SLICE_ARG(s) (int)(s).len, ((s).ptr != NULL ? (s).ptr : "")
#define SLICE_NPOS SIZE_MAX

static inline struct slice slice_of(const char *ptr, size_t len)
{
    return (struct slice){ptr, len};
}

static inline struct slice slice_from(const char *text) /* NULL gives the empty slice */
{
    return (struct slice){text, text != NULL ? strlen(text) : 0};
}

static inline bool slice_eq(struct slice a, struct slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool slice_is(struct slice a, const char *text)
{
    return slice_eq(a, slice_from(text));
}

bool slice_ieq(struct slice a, struct slice b);    /* ignores ASCII case */
int slice_compare(struct slice a, struct slice b); /* bytewise, shorter first */
bool slice_starts_with(struct slice s, struct slice prefix);
bool slice_istarts_with(struct slice s, struct slice prefix);
bool slice_ends_with(struct slice s, struct slice suffix);
/* Only ASCII letters, digits and the characters of `others`, and not empty. */
bool slice_is_alnum(struct slice s, const char *others);
size_t slice_find(struct slice s, char c);  /* SLICE_NPOS when absent */
size_t slice_rfind(struct slice s, char c); /* SLICE_NPOS when absent */
size_t slice_search(struct slice s, struct slice needle);
struct slice slice_trim(struct slice s);               /* blanks, tabs, CR, LF at both ends */
struct slice slice_skip(struct slice s, size_t count); /* without the first `count` bytes */
struct slice slice_take(struct slice s, size_t count); /* only the first `count` bytes */

/* Cuts the text before the next `separator` off the front of *rest, without the separator. False when
 * *rest.ptr is NULL, which is how the end is marked: "a,," gives "a", "", "". */
bool slice_split(struct slice *rest, char separator, struct slice *ret_part);

/* Whole text must be decimal digits (one leading '-' for the signed form) and fit. */
MUST_CHECK bool slice_to_u64(struct slice s, uint64_t *ret_value);
MUST_CHECK bool slice_to_i64(struct slice s, int64_t *ret_value);
/* Whole text must be a finite decimal number of at most 64 bytes: a sign, digits, a point, an exponent. */
MUST_CHECK bool slice_to_double(struct slice s, double *ret_value);

/* Valid UTF-8 without surrogates and overlong forms. */
bool slice_is_utf8(struct slice s);
/* Bytes of the first character; 0 when it is not valid UTF-8 or `s` is empty. */
size_t slice_utf8_front(struct slice s);

uint64_t slice_hash(struct slice s); /* FNV-1a; stable across runs, not for hostile keys */

/* The candidate nearest to `word` by edit distance (at most 3 and under half its length;
 * swapped neighbours count once), for "did you
 * mean" in errors; SLICE_NULL when none is near. */
struct slice slice_nearest(struct slice word, const struct slice *candidates, size_t count);

#endif
