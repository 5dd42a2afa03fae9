/* Looks at JSON without building a tree and without changing a byte: the hot path's reader.
 *
 *     struct json_scan scan = json_scan_init(text);
 *     if (json_scan_enter(&scan, '{')) {
 *         struct slice key, value;
 *         while (json_scan_member(&scan, &key, &value)) { ... }
 *     }
 *     if (json_scan_failed(&scan)) ...
 *
 * `value` is the raw text of a value, unparsed and unvalidated inside beyond its nesting and strings;
 * scan it again, or decode it with the functions below. RFC 8259 exactly: json_validate() checks a whole
 * text in one pass.
 *
 * Ownership  Slices point into the scanned text; decoded strings into the arena (or into the
 *            text when nothing was escaped).
 * Limits     JSON_DEPTH_MAX levels. */
#ifndef SLS_CORE_JSON_SCAN_H
#define SLS_CORE_JSON_SCAN_H

#include "core/arena.h"
#include "core/json.h"

struct json_scan {
    const char *at;
    const char *end;
    bool has_failed;
    bool is_first; /* no comma expected before the next member or element */
};

struct json_scan json_scan_init(struct slice text);
/* Steps over `open` ('{' or '['); false (and no failure) when the next value is something else. */
bool json_scan_enter(struct json_scan *scan, char open);
/* The next member of the entered object; `*ret_key` is the raw key without its quotes, still escaped.
 * False at '}' (stepped over) or on failure. */
bool json_scan_member(struct json_scan *scan, struct slice *ret_key, struct slice *ret_value);
bool json_scan_element(struct json_scan *scan, struct slice *ret_value); /* false at ']' */
bool json_scan_failed(const struct json_scan *scan);
/* Inside the object or the array already; what is none has no members and no elements. */
struct json_scan json_scan_object(struct slice text);
struct json_scan json_scan_array(struct slice text);

/* One complete value with only white space around it. On failure `*ret_offset` is where (may be NULL). */
MUST_CHECK bool json_validate(struct slice text, size_t *ret_offset);
enum json_kind json_raw_kind(struct slice value); /* by its first byte; JSON_NULL for "" */
/* A raw string value (with quotes) as UTF-8 with escapes undone, \u0000 included. A lone surrogate
 * becomes U+FFFD. False when `value` is no string or malformed. */
MUST_CHECK bool json_raw_string(struct arena *arena, struct slice value, struct slice *ret_text);
/* Any value as text: a string without its quotes, else as it is written (5, true, {"a":1}); SLICE_NULL for null and "". */
struct slice json_text_of(struct arena *arena, struct slice value);
/* json_raw_string() for the raw key of json_scan_member(). */
MUST_CHECK bool json_raw_key(struct arena *arena, struct slice key, struct slice *ret_text);
/* An integer without fraction and exponent. */
MUST_CHECK bool json_raw_i64(struct slice value, int64_t *ret_value);
/* How many bytes at the front a string literal carries as they are: ASCII without '"', '\\' and control
 * characters. */
size_t json_plain_len(struct slice text);
/* The last member named `key` (unescaped comparison is exact for plain names); false when absent. */
bool json_raw_find(struct slice object, const char *key, struct slice *ret_value);
/* That member's value as what it must be. Where it is absent, of another kind or malformed, or `object` is
 * none, it is as if it said nothing: SLICE_NULL (which "" is not), `otherwise`, or false. */
struct slice json_raw_member(struct slice object, const char *key); /* of any kind */
struct slice json_text_member(struct arena *arena, struct slice object, const char *key);
int64_t json_i64_member(struct slice object, const char *key, int64_t otherwise);
bool json_bool_member(struct slice object, const char *key);
/* The elements of a raw array; 0 for what is none. */
size_t json_raw_count(struct slice array);

#endif
