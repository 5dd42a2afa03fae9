#include "core/json_scan.h"

#include "core/ascii.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

static bool is_plain(char c)
{
    return (unsigned char)c >= 0x20 && (unsigned char)c < 0x80 && c != '"' && c != '\\';
}

#ifdef __SSE2__

/* Sixteen bytes at a time. Compared as signed numbers, control characters and bytes from 0x80 on are both below 0x20. */
static const char *skip_blocks(const char *at, const char *end)
{
    const __m128i quote = _mm_set1_epi8('"');
    const __m128i backslash = _mm_set1_epi8('\\');
    const __m128i space = _mm_set1_epi8(0x20);
    for (; end - at >= 16; at += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
        __m128i special = _mm_or_si128(
            _mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash)),
            _mm_cmplt_epi8(bytes, space));
        unsigned marks = (unsigned)_mm_movemask_epi8(special);
        if (marks != 0) {
            return at + __builtin_ctz(marks);
        }
    }
    return at;
}

#else

#define ONES UINT64_C(0x0101010101010101)
#define HIGHS UINT64_C(0x8080808080808080)

/* Nonzero when one of the eight bytes is not plain. `(x - n) & ~x & HIGHS` marks bytes below n; a
 * borrow may mark a higher byte too, which does not matter to the question whether there is one at
 * all. */
static uint64_t special_bytes(uint64_t x)
{
    uint64_t quote = x ^ (ONES * '"');
    uint64_t backslash = x ^ (ONES * '\\');
    uint64_t marks = ((x - ONES * 0x20) & ~x) | ((quote - ONES) & ~quote) |
                     ((backslash - ONES) & ~backslash) | x;
    return marks & HIGHS;
}

static const char *skip_blocks(const char *at, const char *end)
{
    uint64_t word;
    for (; (size_t)(end - at) >= sizeof word; at += sizeof word) {
        memcpy(&word, at, sizeof word);
        if (special_bytes(word) != 0) {
            break;
        }
    }
    return at;
}

#endif

static const char *skip_plain(const char *at, const char *end)
{
    at = skip_blocks(at, end);
    while (at < end && is_plain(*at)) {
        at++;
    }
    return at;
}

size_t json_plain_len(struct slice text)
{
    if (text.len == 0) {
        return 0;
    }
    return (size_t)(skip_plain(text.ptr, text.ptr + text.len) - text.ptr);
}

/* The readers below take the place where something should begin, move it behind what they read and
 * return true; otherwise they leave it at the offence. */

static void skip_space(const char **at, const char *end)
{
    const char *c = *at;
    while (c < end && (*c == ' ' || *c == '\n' || *c == '\r' || *c == '\t')) {
        c++;
    }
    *at = c;
}

static int hex_digit(char c)
{
    if (ascii_is_digit(c)) {
        return c - '0';
    }
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* The four hex digits of \uXXXX, or -1. */
static int32_t hex4(const char *at, const char *end)
{
    int32_t unit = 0;
    if (end - at < 4) {
        return -1;
    }
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(at[i]);
        if (digit < 0) {
            return -1;
        }
        unit = unit << 4 | digit;
    }
    return unit;
}

static bool read_escape(const char **at, const char *end)
{
    if (end - *at < 2) {
        return false;
    }
    char c = (*at)[1];
    if (c == 'u') {
        if (hex4(*at + 2, end) < 0) {
            return false;
        }
        *at += 6;
        return true;
    }
    if (c == '\0' || strchr("\"\\/bfnrt", c) == NULL) {
        return false;
    }
    *at += 2;
    return true;
}

/* The inside of a string, up to its closing quote or the end of the text. */
static bool read_characters(const char **at, const char *end)
{
    for (;;) {
        *at = skip_plain(*at, end);
        if (*at == end || **at == '"') {
            return true;
        }
        if (**at == '\\') {
            if (!read_escape(at, end)) {
                return false;
            }
            continue;
        }
        size_t len = slice_utf8_front(slice_of(*at, (size_t)(end - *at)));
        if (len < 2) { /* a control character, or invalid UTF-8 */
            return false;
        }
        *at += len;
    }
}

static bool read_string(const char **at, const char *end)
{
    if (*at == end || **at != '"') {
        return false;
    }
    ++*at;
    if (!read_characters(at, end) || *at == end) {
        return false;
    }
    ++*at;
    return true;
}

static bool read_digits(const char **at, const char *end)
{
    const char *start = *at;
    while (*at < end && ascii_is_digit(**at)) {
        ++*at;
    }
    return *at > start;
}

static bool read_number(const char **at, const char *end)
{
    if (*at < end && **at == '-') {
        ++*at;
    }
    if (*at < end && **at == '0') {
        ++*at;
    } else if (!read_digits(at, end)) {
        return false;
    }
    if (*at < end && **at == '.') {
        ++*at;
        if (!read_digits(at, end)) {
            return false;
        }
    }
    if (*at < end && (**at | 0x20) == 'e') {
        ++*at;
        if (*at < end && (**at == '+' || **at == '-')) {
            ++*at;
        }
        return read_digits(at, end);
    }
    return true;
}

static bool read_word(const char **at, const char *end, struct slice word)
{
    if (!slice_starts_with(slice_of(*at, (size_t)(end - *at)), word)) {
        return false;
    }
    *at += word.len;
    return true;
}

static bool read_scalar(const char **at, const char *end)
{
    if (*at == end) {
        return false;
    }
    switch (**at) {
    case '"':
        return read_string(at, end);
    case 't':
        return read_word(at, end, SLICE("true"));
    case 'f':
        return read_word(at, end, SLICE("false"));
    case 'n':
        return read_word(at, end, SLICE("null"));
    default:
        return read_number(at, end);
    }
}

static bool read_value(const char **at, const char *end, unsigned depth);

/* What stands between the brackets, the closing one included. */
static bool read_items(const char **at, const char *end, unsigned depth, char close)
{
    skip_space(at, end);
    if (*at < end && **at == close) {
        ++*at;
        return true;
    }
    for (;;) {
        skip_space(at, end);
        if (close == '}') {
            if (!read_string(at, end)) {
                return false;
            }
            skip_space(at, end);
            if (*at == end || **at != ':') {
                return false;
            }
            ++*at;
            skip_space(at, end);
        }
        if (!read_value(at, end, depth)) {
            return false;
        }
        skip_space(at, end);
        if (*at == end || (**at != ',' && **at != close)) {
            return false;
        }
        if (*(*at)++ == close) {
            return true;
        }
    }
}

static bool read_value(const char **at, const char *end, unsigned depth)
{
    if (*at == end || (**at != '{' && **at != '[')) {
        return read_scalar(at, end);
    }
    if (depth == JSON_DEPTH_MAX) {
        return false;
    }
    char close = **at == '{' ? '}' : ']';
    ++*at;
    return read_items(at, end, depth + 1, close);
}

bool json_validate(struct slice text, size_t *ret_offset)
{
    const char *start = text.ptr != NULL ? text.ptr : "";
    const char *at = start;
    const char *end = start + text.len;
    skip_space(&at, end);
    bool is_valid = read_value(&at, end, 0);
    if (is_valid) {
        skip_space(&at, end);
        is_valid = at == end;
    }
    if (!is_valid && ret_offset != NULL) {
        *ret_offset = (size_t)(at - start);
    }
    return is_valid;
}

/* Steps over an object or array by its brackets and strings alone. */
static bool skip_container(const char **at, const char *end)
{
    char closers[JSON_DEPTH_MAX];
    size_t depth = 0;
    while (*at < end) {
        char c = **at;
        if (c == '"') {
            if (!read_string(at, end)) {
                return false;
            }
            continue;
        }
        if (c == '{' || c == '[') {
            if (depth == JSON_DEPTH_MAX) {
                return false;
            }
            closers[depth++] = c == '{' ? '}' : ']';
        } else if (c == '}' || c == ']') {
            if (closers[depth - 1] != c) {
                return false;
            }
            depth--;
        }
        ++*at;
        if (depth == 0) {
            return true;
        }
    }
    return false;
}

struct json_scan json_scan_init(struct slice text)
{
    const char *start = text.ptr != NULL ? text.ptr : "";
    return (struct json_scan){.at = start, .end = start + text.len};
}

bool json_scan_enter(struct json_scan *scan, char open)
{
    if (scan->has_failed) {
        return false;
    }
    skip_space(&scan->at, scan->end);
    if (scan->at == scan->end || *scan->at != open) {
        return false;
    }
    scan->at++;
    scan->is_first = true;
    return true;
}

static bool fail(struct json_scan *scan)
{
    scan->has_failed = true;
    return false;
}

/* Steps to the next item: over the comma, unless it is the first. False at `close` or on failure.
 */
static bool step(struct json_scan *scan, char close)
{
    if (scan->has_failed) {
        return false;
    }
    skip_space(&scan->at, scan->end);
    if (scan->at == scan->end) {
        return fail(scan);
    }
    if (*scan->at == close) {
        scan->at++;
        return false;
    }
    if (!scan->is_first) {
        if (*scan->at != ',') {
            return fail(scan);
        }
        scan->at++;
        skip_space(&scan->at, scan->end);
    }
    scan->is_first = false;
    return true;
}

static bool take_value(struct json_scan *scan, struct slice *ret_value)
{
    const char *start = scan->at;
    bool is_container = start < scan->end && (*start == '{' || *start == '[');
    bool is_read =
        is_container ? skip_container(&scan->at, scan->end) : read_scalar(&scan->at, scan->end);
    if (!is_read) {
        return fail(scan);
    }
    *ret_value = slice_of(start, (size_t)(scan->at - start));
    return true;
}

bool json_scan_member(struct json_scan *scan, struct slice *ret_key, struct slice *ret_value)
{
    if (!step(scan, '}')) {
        return false;
    }
    const char *start = scan->at;
    if (!read_string(&scan->at, scan->end)) {
        return fail(scan);
    }
    struct slice key = slice_of(start + 1, (size_t)(scan->at - start) - 2);
    skip_space(&scan->at, scan->end);
    if (scan->at == scan->end || *scan->at != ':') {
        return fail(scan);
    }
    scan->at++;
    skip_space(&scan->at, scan->end);
    if (!take_value(scan, ret_value)) {
        return false;
    }
    *ret_key = key;
    return true;
}

bool json_scan_element(struct json_scan *scan, struct slice *ret_value)
{
    return step(scan, ']') && take_value(scan, ret_value);
}

bool json_scan_failed(const struct json_scan *scan)
{
    return scan->has_failed;
}

static struct json_scan entered(struct slice text, char open, struct slice rest_of_empty)
{
    struct json_scan scan = json_scan_init(text);
    if (!json_scan_enter(&scan, open)) {
        scan = json_scan_init(rest_of_empty);
        scan.is_first = true;
    }
    return scan;
}

struct json_scan json_scan_object(struct slice text)
{
    return entered(text, '{', SLICE("}"));
}

struct json_scan json_scan_array(struct slice text)
{
    return entered(text, '[', SLICE("]"));
}

enum json_kind json_raw_kind(struct slice value)
{
    value = slice_trim(value);
    switch (value.len != 0 ? value.ptr[0] : 'n') {
    case '{':
        return JSON_OBJECT;
    case '[':
        return JSON_ARRAY;
    case '"':
        return JSON_STRING;
    case 't':
    case 'f':
        return JSON_BOOL;
    case 'n':
        return JSON_NULL;
    default:
        return JSON_NUMBER;
    }
}

static char *put_utf8(char *out, uint32_t code)
{
    if (code < 0x80) {
        *out++ = (char)code;
    } else if (code < 0x800) {
        *out++ = (char)(0xc0 | code >> 6);
        *out++ = (char)(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
        *out++ = (char)(0xe0 | code >> 12);
        *out++ = (char)(0x80 | (code >> 6 & 0x3f));
        *out++ = (char)(0x80 | (code & 0x3f));
    } else {
        *out++ = (char)(0xf0 | code >> 18);
        *out++ = (char)(0x80 | (code >> 12 & 0x3f));
        *out++ = (char)(0x80 | (code >> 6 & 0x3f));
        *out++ = (char)(0x80 | (code & 0x3f));
    }
    return out;
}

/* The code point of the \uXXXX at `*at`, a surrogate pair taken together. */
static uint32_t take_unicode_escape(const char **at, const char *end)
{
    uint32_t code = (uint32_t)hex4(*at + 2, end);
    *at += 6;
    if (code < 0xd800 || code > 0xdfff) {
        return code;
    }
    if (code <= 0xdbff && end - *at >= 6 && (*at)[0] == '\\' && (*at)[1] == 'u') {
        uint32_t low = (uint32_t)hex4(*at + 2, end);
        if (low >= 0xdc00 && low <= 0xdfff) {
            *at += 6;
            return 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        }
    }
    return 0xfffd;
}

/* `inside` is valid, and never longer when decoded than as it stands. */
static struct slice decode(struct arena *arena, struct slice inside)
{
    static const char escapes[256] = {['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
                                      ['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t'};
    const char *at = inside.ptr;
    const char *end = at + inside.len;
    char *text = arena_cstr(arena, inside);
    char *out = text;
    while (at < end) {
        const char *escape = memchr(at, '\\', (size_t)(end - at));
        size_t run = (size_t)((escape != NULL ? escape : end) - at);
        memcpy(out, at, run);
        out += run;
        at += run;
        if (at == end) {
            break;
        }
        if (at[1] == 'u') {
            out = put_utf8(out, take_unicode_escape(&at, end));
        } else {
            *out++ = escapes[(unsigned char)at[1]];
            at += 2;
        }
    }
    return slice_of(text, (size_t)(out - text));
}

struct slice json_text_of(struct arena *arena, struct slice value)
{
    struct slice text;
    if (json_raw_kind(value) == JSON_NULL) {
        return SLICE_NULL;
    }
    return json_raw_string(arena, value, &text) ? text : value;
}

bool json_raw_key(struct arena *arena, struct slice key, struct slice *ret_text)
{
    const char *at = key.ptr != NULL ? key.ptr : "";
    const char *end = at + key.len;
    if (!read_characters(&at, end) || at != end) {
        return false;
    }
    *ret_text = slice_find(key, '\\') == SLICE_NPOS ? key : decode(arena, key);
    return true;
}

bool json_raw_string(struct arena *arena, struct slice value, struct slice *ret_text)
{
    if (value.len < 2 || value.ptr[0] != '"' || value.ptr[value.len - 1] != '"') {
        return false;
    }
    return json_raw_key(arena, slice_of(value.ptr + 1, value.len - 2), ret_text);
}

bool json_raw_i64(struct slice value, int64_t *ret_value)
{
    const char *at = value.ptr != NULL ? value.ptr : "";
    const char *end = at + value.len;
    return read_number(&at, end) && at == end && slice_to_i64(value, ret_value);
}

static bool key_is(struct slice raw, struct slice wanted)
{
    if (slice_find(raw, '\\') == SLICE_NPOS) {
        return slice_eq(raw, wanted);
    }
    AUTO_ARENA arena = ARENA_INIT;
    return slice_eq(decode(&arena, raw), wanted);
}

bool json_raw_find(struct slice object, const char *key, struct slice *ret_value)
{
    struct json_scan scan = json_scan_init(object);
    struct slice wanted = slice_from(key);
    struct slice name;
    struct slice value;
    struct slice found = SLICE_NULL;
    if (!json_scan_enter(&scan, '{')) {
        return false;
    }
    while (json_scan_member(&scan, &name, &value)) {
        if (key_is(name, wanted)) {
            found = value;
        }
    }
    if (json_scan_failed(&scan) || found.ptr == NULL) {
        return false;
    }
    *ret_value = found;
    return true;
}

struct slice json_raw_member(struct slice object, const char *key)
{
    struct slice value;
    return json_raw_find(object, key, &value) ? value : SLICE_NULL;
}

struct slice json_text_member(struct arena *arena, struct slice object, const char *key)
{
    struct slice text;
    return json_raw_string(arena, json_raw_member(object, key), &text) ? text : SLICE_NULL;
}

int64_t json_i64_member(struct slice object, const char *key, int64_t otherwise)
{
    int64_t number;
    return json_raw_i64(json_raw_member(object, key), &number) ? number : otherwise;
}

bool json_bool_member(struct slice object, const char *key)
{
    return slice_is(json_raw_member(object, key), "true");
}

size_t json_raw_count(struct slice array)
{
    struct json_scan scan = json_scan_array(array);
    struct slice element;
    size_t count = 0;
    while (json_scan_element(&scan, &element)) {
        count++;
    }
    return count;
}
