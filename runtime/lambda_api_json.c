/* Why a text is not JSON, said as Jackson says it, because that is what AWS answers and what people
 * search the web for. Runs only on texts that json_validate() refused, so it may take its time. */
#include "runtime/lambda_api_private.h"

#include "core/ascii.h"
#include "core/json.h"

#include <stdio.h>

#define EXCERPT_LEN_MAX 500
#define VALUES "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"

struct level {
    char open; /* '{' or '[' */
    size_t start;
};

struct reader {
    struct slice text;
    size_t at;
    size_t row_start;
    size_t row; /* from 1 */
    struct level levels[JSON_DEPTH_MAX + 1];
    size_t depth;
    struct arena *arena;
    struct slice complaint; /* ptr NULL: none yet */
};

static struct slice source(struct reader *r)
{
    struct slice excerpt = slice_take(r->text, EXCERPT_LEN_MAX);
    if (excerpt.len == r->text.len) {
        return arena_printf(r->arena, "(byte[])\"%.*s\"", SLICE_ARG(excerpt));
    }
    return arena_printf(r->arena, "(byte[])\"%.*s\"[truncated %zu bytes]", SLICE_ARG(excerpt),
                        r->text.len - excerpt.len);
}

/* False, for `return complain(...)`. Jackson tells the place behind what it has read; at the end of
 * its input it counts the whole input once more. */
static bool complain(struct reader *r, size_t at, struct slice what)
{
    size_t column = at - r->row_start + 1 + (at == r->text.len ? r->text.len : 0);
    struct slice from = source(r);
    r->complaint = arena_printf(r->arena, "%.*s\n at [Source: %.*s; line: %zu, column: %zu]",
                                SLICE_ARG(what), SLICE_ARG(from), r->row, column);
    return false;
}

static uint32_t code_point(struct slice text, size_t len)
{
    static const unsigned char masks[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    uint32_t code = (unsigned char)text.ptr[0] & masks[len];
    for (size_t i = 1; i < len; i++) {
        code = code << 6 | ((unsigned char)text.ptr[i] & 0x3F);
    }
    return code;
}

static bool complain_character(struct reader *r, size_t at, const char *where, const char *comment)
{
    struct slice rest = slice_skip(r->text, at);
    size_t len = slice_utf8_front(rest);
    if (len == 0) {
        return complain(r, at + 1,
                        arena_printf(r->arena, "Invalid UTF-8 start byte 0x%x",
                                     (unsigned)(unsigned char)rest.ptr[0]));
    }
    uint32_t code = code_point(rest, len);
    struct slice name = arena_printf(r->arena, "'%.*s' (code %u)", (int)len, rest.ptr, code);
    if (code < 0x20 || (code >= 0x7F && code < 0xA0)) {
        name = arena_printf(r->arena, "(CTRL-CHAR, code %u)", code);
    } else if (code > 0xFF) {
        name = arena_printf(r->arena, "'%.*s' (code %u / 0x%x)", (int)len, rest.ptr, code, code);
    }
    /* A place at the end of the text is not the end of input here: the character was there. */
    size_t column = at - r->row_start + 1 + len;
    struct slice from = source(r);
    r->complaint = arena_printf(
        r->arena, "Unexpected character (%.*s)%s: %s\n at [Source: %.*s; line: %zu, column: %zu]",
        SLICE_ARG(name), where, comment, SLICE_ARG(from), r->row, column);
    return false;
}

static bool complain_end(struct reader *r)
{
    if (r->depth == 0) {
        return complain(r, r->text.len, SLICE("No content to map due to end-of-input"));
    }
    const struct level *level = &r->levels[r->depth - 1];
    size_t row = 1;
    size_t row_start = 0;
    for (size_t i = 0; i < level->start; i++) {
        if (r->text.ptr[i] == '\n') {
            row++;
            row_start = i + 1;
        }
    }
    struct slice from = source(r);
    return complain(r, r->text.len,
                    arena_printf(r->arena,
                                 "Unexpected end-of-input: expected close marker for %s (start "
                                 "marker at [Source: %.*s; line: %zu, column: %zu])",
                                 level->open == '{' ? "Object" : "Array", SLICE_ARG(from), row,
                                 level->start - row_start + 1));
}

static bool is_at_end(const struct reader *r)
{
    return r->at == r->text.len;
}

static char peek(const struct reader *r)
{
    return r->text.ptr[r->at];
}

static void skip_space(struct reader *r)
{
    while (!is_at_end(r) &&
           (peek(r) == ' ' || peek(r) == '\t' || peek(r) == '\n' || peek(r) == '\r')) {
        if (peek(r) == '\n') {
            r->row++;
            r->row_start = r->at + 1;
        }
        r->at++;
    }
}

static bool read_hex4(struct reader *r)
{
    for (int i = 0; i < 4; i++, r->at++) {
        if (is_at_end(r)) {
            return complain(r, r->text.len,
                            SLICE("Unexpected end-of-input in character escape sequence"));
        }
        char lower = (char)(peek(r) | 0x20);
        if (!ascii_is_digit(peek(r)) && !(lower >= 'a' && lower <= 'f')) {
            return complain_character(r, r->at, "",
                                      "expected a hex-digit for character escape sequence");
        }
    }
    return true;
}

static bool read_escape(struct reader *r)
{
    r->at++;
    if (is_at_end(r)) {
        return complain(r, r->text.len,
                        SLICE("Unexpected end-of-input in character escape sequence"));
    }
    char c = peek(r);
    if (c == 'u') {
        r->at++;
        return read_hex4(r);
    }
    if (c == '\0' || strchr("\"\\/bfnrt", c) == NULL) {
        return complain(r, r->at + 1,
                        arena_printf(r->arena, "Unrecognized character escape '%c' (code %u)", c,
                                     (unsigned)(unsigned char)c));
    }
    r->at++;
    return true;
}

static bool read_string(struct reader *r)
{
    r->at++;
    for (;;) {
        if (is_at_end(r)) {
            return complain(
                r, r->text.len,
                SLICE("Unexpected end-of-input: was expecting closing quote for a string value"));
        }
        unsigned char c = (unsigned char)peek(r);
        if (c == '"') {
            r->at++;
            return true;
        }
        if (c == '\\') {
            if (!read_escape(r)) {
                return false;
            }
            continue;
        }
        if (c < 0x20) {
            return complain(
                r, r->at + 1,
                arena_printf(r->arena,
                             "Illegal unquoted character ((CTRL-CHAR, code %u)): has to "
                             "be escaped using backslash to be included in string value",
                             (unsigned)c));
        }
        size_t len = slice_utf8_front(slice_skip(r->text, r->at));
        if (len == 0) {
            return complain_character(r, r->at, "", "");
        }
        r->at += len;
    }
}

static bool read_digits(struct reader *r, const char *complaint)
{
    if (is_at_end(r) || !ascii_is_digit(peek(r))) {
        return is_at_end(r)
                   ? complain(r, r->text.len, SLICE("Unexpected end-of-input in a Number value"))
                   : complain_character(r, r->at, " in numeric value", complaint);
    }
    while (!is_at_end(r) && ascii_is_digit(peek(r))) {
        r->at++;
    }
    return true;
}

static bool read_number(struct reader *r)
{
    size_t start = r->at;
    if (peek(r) == '-') {
        r->at++;
    }
    bool has_zero = !is_at_end(r) && peek(r) == '0';
    if (!read_digits(r, "expected digit (0-9) to follow minus sign, for valid numeric value")) {
        return false;
    }
    size_t digits = r->at - start - (r->text.ptr[start] == '-');
    if (has_zero && digits > 1) {
        return complain(r, start + 2, SLICE("Invalid numeric value: Leading zeroes not allowed"));
    }
    if (!is_at_end(r) && peek(r) == '.') {
        r->at++;
        if (!read_digits(r, "Decimal point not followed by a digit")) {
            return false;
        }
    }
    if (!is_at_end(r) && (peek(r) | 0x20) == 'e') {
        r->at++;
        if (!is_at_end(r) && (peek(r) == '+' || peek(r) == '-')) {
            r->at++;
        }
        return read_digits(r, "Exponent indicator not followed by a digit");
    }
    return true;
}

static bool is_word_char(char c)
{
    return ascii_is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == '$';
}

static bool read_word(struct reader *r)
{
    size_t start = r->at;
    while (!is_at_end(r) && is_word_char(peek(r))) {
        r->at++;
    }
    struct slice word = slice_take(slice_skip(r->text, start), r->at - start);
    if (slice_is(word, "true") || slice_is(word, "false") || slice_is(word, "null")) {
        return true;
    }
    return complain(r, r->at,
                    arena_printf(r->arena, "Unrecognized token '%.*s': was expecting " VALUES,
                                 SLICE_ARG(word)));
}

static bool open_level(struct reader *r)
{
    if (r->depth == JSON_DEPTH_MAX) {
        return complain(r, r->at + 1,
                        arena_printf(r->arena,
                                     "Document nesting depth (%d) exceeds the maximum allowed (%d)",
                                     JSON_DEPTH_MAX + 1, JSON_DEPTH_MAX));
    }
    r->levels[r->depth++] = (struct level){peek(r), r->at};
    r->at++;
    return true;
}

static bool read_value(struct reader *r)
{
    skip_space(r);
    if (is_at_end(r)) {
        return complain_end(r);
    }
    char c = peek(r);
    if (c == '{' || c == '[') {
        return open_level(r);
    }
    if (c == '"') {
        return read_string(r);
    }
    if (c == '-' || ascii_is_digit(c)) {
        return read_number(r);
    }
    if (is_word_char(c)) {
        return read_word(r);
    }
    return complain_character(r, r->at, "", "expected a valid value " VALUES);
}

static bool read_key(struct reader *r)
{
    skip_space(r);
    if (is_at_end(r)) {
        return complain_end(r);
    }
    if (peek(r) != '"') {
        return complain_character(r, r->at, "", "was expecting double-quote to start field name");
    }
    if (!read_string(r)) {
        return false;
    }
    skip_space(r);
    if (is_at_end(r)) {
        return complain_end(r);
    }
    if (peek(r) != ':') {
        return complain_character(r, r->at, "",
                                  "was expecting a colon to separate field name and value");
    }
    r->at++;
    return true;
}

/* Steps over the closing bracket of the innermost level, when it stands here. */
static bool close_level(struct reader *r)
{
    char open = r->levels[r->depth - 1].open;
    if (is_at_end(r) || peek(r) != (open == '{' ? '}' : ']')) {
        return false;
    }
    r->depth--;
    r->at++;
    return true;
}

/* Behind a value: closes levels, and stands before the next value or at the end of the root. */
static bool read_separators(struct reader *r)
{
    for (;;) {
        skip_space(r);
        if (r->depth == 0) {
            return is_at_end(r) ||
                   complain_character(r, r->at, "", "Expected space separating root-level values");
        }
        if (is_at_end(r)) {
            return complain_end(r);
        }
        if (close_level(r)) {
            continue;
        }
        bool is_object = r->levels[r->depth - 1].open == '{';
        if (peek(r) != ',') {
            return complain_character(r, r->at, "",
                                      is_object ? "was expecting comma to separate Object entries"
                                                : "was expecting comma to separate Array entries");
        }
        r->at++;
        return !is_object || read_key(r);
    }
}

static bool read_document(struct reader *r)
{
    for (;;) {
        size_t depth = r->depth;
        if (!read_value(r)) {
            return false;
        }
        if (r->depth > depth) {
            skip_space(r);
            bool is_empty = close_level(r);
            if (!is_empty) {
                if (r->levels[r->depth - 1].open == '{' && !read_key(r)) {
                    return false;
                }
                continue;
            }
        }
        if (!read_separators(r)) {
            return false;
        }
        if (r->depth == 0) {
            return true;
        }
    }
}

struct slice json_complaint(struct arena *arena, struct slice text)
{
    struct reader *r = arena_alloc(arena, sizeof(*r));
    r->text = text;
    r->row = 1;
    r->arena = arena;
    return read_document(r) ? SLICE("Unexpected character") : r->complaint;
}
