/* String of Java, but for what takes regular expressions. Places are in UTF-16 units, as there. */
#include "gateway/vtl/method.h"

#include "core/mem.h"

#include <limits.h>
#include <locale.h>
#include <stdlib.h>
#include <wchar.h>
#include <wctype.h>

/* --- places --- */

static size_t ascii_len(struct slice text)
{
    size_t len = 0;
    while (len < text.len && (unsigned char)text.ptr[len] < 0x80) {
        len++;
    }
    return len;
}

size_t vtl_utf16_len(struct slice text)
{
    size_t units = ascii_len(text);
    for (size_t at = units; at < text.len; at++) {
        unsigned char c = (unsigned char)text.ptr[at];
        units += (c & 0xc0) != 0x80 ? 1 : 0; /* characters */
        units += c >= 0xf0 ? 1 : 0;          /* of two units */
    }
    return units;
}

size_t vtl_utf16_byte(struct slice text, size_t place)
{
    size_t at = ascii_len(text), units = at;
    if (place <= at) {
        return place;
    }
    while (at < text.len) {
        unsigned char c = (unsigned char)text.ptr[at];
        size_t width = c >= 0xf0 ? 2 : 1;
        if (units + width > place) {
            return at;
        }
        units += width;
        do {
            at++;
        } while (at < text.len && ((unsigned char)text.ptr[at] & 0xc0) == 0x80);
    }
    return text.len;
}

static int64_t place_of(struct slice text, size_t byte)
{
    return byte == SLICE_NPOS ? -1 : (int64_t)vtl_utf16_len(slice_take(text, byte));
}

/* --- what a text is --- */

METHOD(string_length)
{
    (void)arguments;
    (void)vtl_spend(run, self.of.text.len);
    return vtl_integer((int64_t)vtl_utf16_len(self.of.text));
}

METHOD(string_is_empty)
{
    (void)run, (void)arguments;
    return vtl_boolean(self.of.text.len == 0);
}

METHOD(string_is_blank)
{
    (void)run, (void)arguments;
    return vtl_boolean(slice_trim(self.of.text).len == 0);
}

METHOD(string_hash_code)
{
    (void)arguments;
    uint32_t hash = 0;
    if (ascii_len(self.of.text) < self.of.text.len) {
        vtl_fail(run, STATUS_UNSUPPORTED, "sls-local has hashCode() of ASCII texts only");
        return vtl_null();
    }
    for (size_t i = 0; i < self.of.text.len; i++) {
        hash = hash * 31 + (unsigned char)self.of.text.ptr[i];
    }
    return vtl_integer((int32_t)hash);
}

METHOD(string_equals_ignore_case)
{
    (void)run;
    return vtl_boolean(slice_ieq(self.of.text, arguments[0].of.text));
}

METHOD(string_compare_to)
{
    (void)run;
    struct slice a = self.of.text, b = arguments[0].of.text;
    size_t same = 0;
    while (same < a.len && same < b.len && a.ptr[same] == b.ptr[same]) {
        same++;
    }
    if (same == a.len || same == b.len) { /* by how much one is longer */
        return vtl_integer((int64_t)vtl_utf16_len(a) - (int64_t)vtl_utf16_len(b));
    }
    return vtl_integer((unsigned char)a.ptr[same] - (unsigned char)b.ptr[same]);
}

METHOD(string_contains)
{
    (void)vtl_spend(run, self.of.text.len);
    return vtl_boolean(slice_search(self.of.text, arguments[0].of.text) != SLICE_NPOS);
}

METHOD(string_starts_with)
{
    (void)run;
    return vtl_boolean(slice_starts_with(self.of.text, arguments[0].of.text));
}

METHOD(string_ends_with)
{
    (void)run;
    return vtl_boolean(slice_ends_with(self.of.text, arguments[0].of.text));
}

/* --- where something is --- */

/* A text, or the character that an integer is. */
static struct slice needle_of(struct vtl_run *run, struct vtl_value value)
{
    return value.kind == VTL_STRING ? value.of.text
           : value.of.integer > 0 && value.of.integer < 0x80
               ? arena_printf(run->arena, "%c", (char)value.of.integer)
               : SLICE_NULL;
}

static struct vtl_value index_from(struct vtl_run *run, struct slice text, struct vtl_value wanted,
                                   int64_t place)
{
    size_t start = place <= 0 ? 0 : vtl_utf16_byte(text, (size_t)place);
    struct slice needle = needle_of(run, wanted);
    (void)vtl_spend(run, text.len);
    size_t found = needle.ptr == NULL ? SLICE_NPOS : slice_search(slice_skip(text, start), needle);
    return vtl_integer(place_of(text, found == SLICE_NPOS ? found : found + start));
}

METHOD(string_index_of)
{
    return index_from(run, self.of.text, arguments[0], 0);
}

METHOD(string_index_of_from)
{
    return index_from(run, self.of.text, arguments[0], arguments[1].of.integer);
}

METHOD(string_last_index_of)
{
    struct slice text = self.of.text, needle = needle_of(run, arguments[0]);
    for (size_t len = text.len;
         needle.ptr != NULL && needle.len <= len && vtl_spend(run, needle.len); len--) {
        if (slice_ends_with(slice_take(text, len), needle)) {
            return vtl_integer(place_of(text, len - needle.len));
        }
    }
    return vtl_integer(-1);
}

/* --- parts --- */

static struct vtl_value substring(struct vtl_run *run, struct slice text, int64_t from, int64_t to)
{
    int64_t len = (int64_t)vtl_utf16_len(text);
    (void)vtl_spend(run, text.len * (len < (int64_t)text.len ? 8 : 1));
    if (from < 0 || to > len || from > to) {
        vtl_fail(run, STATUS_INVALID,
                 "substring(%lld, %lld) of a text with %lld characters: out of range",
                 (long long)from, (long long)to, (long long)len);
        return vtl_null();
    }
    size_t start = vtl_utf16_byte(text, (size_t)from), end = vtl_utf16_byte(text, (size_t)to);
    return vtl_string(slice_of(text.ptr + start, end - start));
}

METHOD(string_substring_from)
{
    return substring(run, self.of.text, arguments[0].of.integer,
                     (int64_t)vtl_utf16_len(self.of.text));
}

METHOD(string_substring)
{
    return substring(run, self.of.text, arguments[0].of.integer, arguments[1].of.integer);
}

METHOD(string_char_at)
{
    int64_t place = arguments[0].of.integer;
    return substring(run, self.of.text, place, place < INT32_MAX ? place + 1 : place);
}

METHOD(string_trim)
{
    (void)run, (void)arguments;
    struct slice text = self.of.text;
    while (text.len > 0 && (unsigned char)text.ptr[0] <= ' ') {
        text = slice_skip(text, 1);
    }
    while (text.len > 0 && (unsigned char)text.ptr[text.len - 1] <= ' ') {
        text.len--;
    }
    return vtl_string(text);
}

METHOD(string_strip_leading)
{
    struct slice text = string_trim(run, self, arguments).of.text;
    return vtl_string(slice_of(text.ptr, (size_t)(self.of.text.ptr + self.of.text.len - text.ptr)));
}

METHOD(string_strip_trailing)
{
    struct slice text = string_trim(run, self, arguments).of.text;
    return vtl_string(slice_of(self.of.text.ptr, (size_t)(text.ptr + text.len - self.of.text.ptr)));
}

/* --- other texts made of it --- */

METHOD(string_concat)
{
    struct buf text = vtl_buf();
    buf_append(&text, self.of.text);
    buf_append(&text, arguments[0].of.text);
    return vtl_string(vtl_take(run, &text));
}

METHOD(string_repeat)
{
    struct buf text = vtl_buf();
    int64_t count = arguments[0].of.integer;
    if (count < 0) {
        vtl_fail(run, STATUS_INVALID, "repeat(%lld): count is negative", (long long)count);
    }
    for (int64_t i = 0; i < count && self.of.text.len > 0 && !text.is_full && vtl_spend(run, 0);
         i++) {
        buf_append(&text, self.of.text);
    }
    return vtl_string(vtl_take(run, &text));
}

/* Before, between and behind all characters when there is nothing to look for. */
METHOD(string_replace)
{
    struct slice rest = self.of.text, from = arguments[0].of.text, to = arguments[1].of.text;
    struct buf text = vtl_buf();
    size_t found = 0;
    while (vtl_spend(run, 0) && !text.is_full && (found = slice_search(rest, from)) != SLICE_NPOS &&
           (from.len > 0 || rest.len > 0)) {
        size_t front = from.len > 0 ? found : vtl_utf16_byte(rest, 1);
        front = from.len == 0 && front == 0 ? rest.len < 4 ? rest.len : 4 : front;
        buf_append(&text, from.len > 0 ? slice_take(rest, found) : to);
        buf_append(&text, from.len > 0 ? to : slice_take(rest, front));
        rest = slice_skip(rest, from.len > 0 ? found + from.len : front);
    }
    buf_append(&text, from.len > 0 ? rest : to);
    return vtl_string(vtl_take(run, &text));
}

/* Characters beyond ASCII by the C library's tables, which need a locale that has them. */
static void append_cased(struct buf *text, struct slice rest, bool is_upper)
{
    locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    locale_t before = locale != (locale_t)0 ? uselocale(locale) : (locale_t)0;
    while (rest.len > 0) {
        size_t len = slice_utf8_front(rest);
        char bytes[MB_LEN_MAX * 2];
        wchar_t wide[2] = {0};
        char copy[8] = "";
        memcpy(copy, rest.ptr, len < 5 ? len : 0);
        size_t wide_count = len > 0 && locale != (locale_t)0 ? mbstowcs(wide, copy, 1) : 0;
        wide[0] =
            is_upper ? (wchar_t)towupper((wint_t)wide[0]) : (wchar_t)towlower((wint_t)wide[0]);
        size_t byte_count = wide_count == 1 ? wcstombs(bytes, wide, sizeof(bytes)) : SIZE_MAX;
        len = len > 0 ? len : 1;
        buf_append(text,
                   byte_count != SIZE_MAX ? slice_of(bytes, byte_count) : slice_take(rest, len));
        rest = slice_skip(rest, len);
    }
    if (locale != (locale_t)0) {
        uselocale(before);
        freelocale(locale);
    }
}

static struct vtl_value cased(struct vtl_run *run, struct slice source, bool is_upper)
{
    struct buf text = vtl_buf();
    char first = is_upper ? 'a' : 'A';
    size_t plain = ascii_len(source);
    for (size_t i = 0; i < plain; i++) {
        char c = source.ptr[i];
        buf_append_char(&text, c >= first && c <= first + 25 ? (char)(c ^ 0x20) : c);
    }
    (void)vtl_spend(run, plain);
    if (plain < source.len && vtl_spend(run, (source.len - plain) * 32)) {
        append_cased(&text, slice_skip(source, plain), is_upper);
    }
    return vtl_string(vtl_take(run, &text));
}

METHOD(string_to_upper_case)
{
    (void)arguments;
    return cased(run, self.of.text, true);
}

METHOD(string_to_lower_case)
{
    (void)arguments;
    return cased(run, self.of.text, false);
}

/* --- static ones, which Velocity calls on any text --- */

METHOD(string_value_of)
{
    (void)self;
    return vtl_string(vtl_text(run, arguments[0]));
}

METHOD(string_join)
{
    struct buf text = vtl_buf();
    struct vtl_list *list = arguments[1].of.list;
    size_t count = vtl_list_count(run, list);
    (void)self;
    for (size_t i = 0; i < count && vtl_spend(run, 0); i++) {
        buf_append(&text, i > 0 ? arguments[0].of.text : SLICE(""));
        vtl_print(run, &text, list->items[i]);
    }
    return vtl_string(vtl_take(run, &text));
}

static const struct vtl_method rows[] = {
    {"length", "", string_length},
    {"isEmpty", "", string_is_empty},
    {"isBlank", "", string_is_blank},
    {"hashCode", "", string_hash_code},
    {"equalsIgnoreCase", "s", string_equals_ignore_case},
    {"compareTo", "s", string_compare_to},
    {"contentEquals", "s", NULL},
    {"compareToIgnoreCase", "s", NULL},
    {"contains", "s", string_contains},
    {"startsWith", "s", string_starts_with},
    {"startsWith", "si", NULL},
    {"endsWith", "s", string_ends_with},
    {"indexOf", "s", string_index_of},
    {"indexOf", "i", string_index_of},
    {"indexOf", "si", string_index_of_from},
    {"indexOf", "ii", string_index_of_from},
    {"lastIndexOf", "s", string_last_index_of},
    {"lastIndexOf", "i", string_last_index_of},
    {"lastIndexOf", "si", NULL},
    {"lastIndexOf", "ii", NULL},
    {"substring", "i", string_substring_from},
    {"substring", "ii", string_substring},
    {"subSequence", "ii", string_substring},
    {"charAt", "i", string_char_at},
    {"trim", "", string_trim},
    {"strip", "", string_trim},
    {"stripLeading", "", string_strip_leading},
    {"stripTrailing", "", string_strip_trailing},
    {"concat", "s", string_concat},
    {"repeat", "i", string_repeat},
    {"replace", "ss", string_replace},
    {"toUpperCase", "", string_to_upper_case},
    {"toLowerCase", "", string_to_lower_case},
    {"valueOf", "o", string_value_of},
    {"join", "sl", string_join},
    {"join", "*", NULL},
    {"format", "*", NULL},
    {"getBytes", "*", NULL},
    {"toCharArray", "", NULL},
    {"chars", "", NULL},
    {"lines", "", NULL},
    {"codePointAt", "i", NULL},
    {"regionMatches", "*", NULL},
};
const struct vtl_methods vtl_string_methods = {rows, COUNT_OF(rows)};
