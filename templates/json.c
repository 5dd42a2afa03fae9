/* Templates written as JSON. Not core/json: values must know their line, and libyaml stumbles over
 * what JSON allows ("\/", surrogate pairs, tabs between tokens). */
#include "templates/reader.h"

#include <stdlib.h>

struct cursor {
    struct load *load;
    const char *at, *end;
    const char *line_start;
    uint32_t line;
    uint16_t file;
    enum dialect dialect;
    size_t depth;
};

static enum status read_value(struct cursor *cursor, struct value **ret_value);

static struct source_pos position(const struct cursor *cursor)
{
    return (struct source_pos){cursor->file, cursor->line,
                               (uint32_t)(cursor->at - cursor->line_start) + 1};
}

static void skip_blanks(struct cursor *cursor)
{
    for (; cursor->at < cursor->end; cursor->at++) {
        if (*cursor->at == '\n') {
            cursor->line++;
            cursor->line_start = cursor->at + 1;
        } else if (*cursor->at != ' ' && *cursor->at != '\t' && *cursor->at != '\r') {
            return;
        }
    }
}

static bool take(struct cursor *cursor, char c)
{
    if (cursor->at < cursor->end && *cursor->at == c) {
        cursor->at++;
        return true;
    }
    return false;
}

static bool read_hex4(struct cursor *cursor, uint32_t *ret_unit)
{
    if (cursor->end - cursor->at < 4) {
        return false;
    }
    uint32_t unit = 0;
    for (size_t i = 0; i < 4; i++) {
        char c = *cursor->at++;
        if (c >= '0' && c <= '9') {
            unit = unit * 16 + (uint32_t)(c - '0');
        } else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') {
            unit = unit * 16 + (uint32_t)((c | 0x20) - 'a') + 10;
        } else {
            return false;
        }
    }
    *ret_unit = unit;
    return true;
}

static char *put_utf8(char *out, uint32_t point)
{
    if (point < 0x80) {
        *out++ = (char)point;
    } else if (point < 0x800) {
        *out++ = (char)(0xC0 | (point >> 6));
        *out++ = (char)(0x80 | (point & 0x3F));
    } else if (point < 0x10000) {
        *out++ = (char)(0xE0 | (point >> 12));
        *out++ = (char)(0x80 | ((point >> 6) & 0x3F));
        *out++ = (char)(0x80 | (point & 0x3F));
    } else {
        *out++ = (char)(0xF0 | (point >> 18));
        *out++ = (char)(0x80 | ((point >> 12) & 0x3F));
        *out++ = (char)(0x80 | ((point >> 6) & 0x3F));
        *out++ = (char)(0x80 | (point & 0x3F));
    }
    return out;
}

/* Behind "\u"; a surrogate pair is one character, a lone surrogate U+FFFD. */
static bool read_unicode(struct cursor *cursor, uint32_t *ret_point)
{
    uint32_t unit, low;
    if (!read_hex4(cursor, &unit)) {
        return false;
    }
    *ret_point = unit >= 0xD800 && unit < 0xE000 ? 0xFFFD : unit;
    if (unit >= 0xD800 && unit < 0xDC00 && cursor->end - cursor->at >= 6 && cursor->at[0] == '\\' &&
        cursor->at[1] == 'u') {
        const char *before = cursor->at;
        cursor->at += 2;
        if (!read_hex4(cursor, &low)) {
            return false;
        }
        if (low >= 0xDC00 && low < 0xE000) {
            *ret_point = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
        } else {
            cursor->at = before;
        }
    }
    return true;
}

static bool read_string(struct cursor *cursor, struct slice *ret_text)
{
    if (!take(cursor, '"')) {
        return false;
    }
    const char *start = cursor->at;
    while (cursor->at < cursor->end && *cursor->at != '"') {
        cursor->at += *cursor->at == '\\' && cursor->end - cursor->at > 1 ? 2 : 1;
    }
    if (cursor->at >= cursor->end) {
        return false;
    }
    const char *close = cursor->at;
    char *text = arena_alloc(cursor->load->arena, (size_t)(close - start) + 1);
    char *out = text; /* escapes only ever shrink */
    cursor->at = start;
    while (cursor->at < close) {
        char c = *cursor->at++;
        if ((unsigned char)c < 0x20) {
            return false;
        }
        if (c != '\\') {
            *out++ = c;
            continue;
        }
        static const char from[] = "\"\\/bfnrt";
        static const char to[] = "\"\\/\b\f\n\r\t";
        char escape = *cursor->at++;
        const char *found = memchr(from, escape, sizeof(from) - 1);
        uint32_t point;
        if (found != NULL) {
            *out++ = to[found - from];
        } else if (escape == 'u' && read_unicode(cursor, &point)) {
            out = put_utf8(out, point);
        } else {
            return false;
        }
    }
    cursor->at = close + 1;
    *ret_text = slice_of(text, (size_t)(out - text));
    return slice_is_utf8(*ret_text);
}

static bool read_digits(struct cursor *cursor)
{
    const char *start = cursor->at;
    while (cursor->at < cursor->end && *cursor->at >= '0' && *cursor->at <= '9') {
        cursor->at++;
    }
    return cursor->at > start;
}

static enum status read_number(struct cursor *cursor, struct value **ret_value)
{
    struct arena *arena = cursor->load->arena;
    struct source_pos pos = position(cursor);
    const char *start = cursor->at;
    bool is_float = false;
    take(cursor, '-');
    const char *digits = cursor->at;
    if (!read_digits(cursor) || (*digits == '0' && cursor->at > digits + 1)) {
        return STATUS_INVALID;
    }
    if (take(cursor, '.')) {
        is_float = true;
        if (!read_digits(cursor)) {
            return STATUS_INVALID;
        }
    }
    if (take(cursor, 'e') || take(cursor, 'E')) {
        is_float = true;
        if (!take(cursor, '+')) {
            take(cursor, '-');
        }
        if (!read_digits(cursor)) {
            return STATUS_INVALID;
        }
    }
    struct slice text = slice_of(start, (size_t)(cursor->at - start));
    int64_t integer;
    if (!is_float && slice_to_i64(text, &integer)) {
        *ret_value = value_int(arena, pos, integer);
        return STATUS_OK;
    }
    *ret_value =
        scalar_float(arena, cursor->dialect, pos, text, strtod(arena_cstr(arena, text), NULL));
    return STATUS_OK;
}

static enum status read_list(struct cursor *cursor, struct value **ret_value)
{
    struct value *list = value_list(cursor->load->arena, position(cursor));
    cursor->at++;
    skip_blanks(cursor);
    while (!take(cursor, ']')) {
        if (value_count(list) > 0 && !take(cursor, ',')) {
            return STATUS_INVALID;
        }
        struct value *item;
        enum status status = read_value(cursor, &item);
        if (status != STATUS_OK) {
            return status;
        }
        value_push(cursor->load->arena, list, item);
        skip_blanks(cursor);
    }
    *ret_value = list;
    return STATUS_OK;
}

static enum status read_map(struct cursor *cursor, struct value **ret_value)
{
    struct value *map = value_map(cursor->load->arena, position(cursor));
    cursor->at++;
    skip_blanks(cursor);
    for (bool is_first = true; !take(cursor, '}'); is_first = false) {
        if (!is_first && !take(cursor, ',')) {
            return STATUS_INVALID;
        }
        skip_blanks(cursor);
        struct source_pos key_pos = position(cursor);
        struct slice key;
        if (!read_string(cursor, &key)) {
            return STATUS_INVALID;
        }
        skip_blanks(cursor);
        if (!take(cursor, ':')) {
            return STATUS_INVALID;
        }
        struct value *value;
        enum status status = read_value(cursor, &value);
        if (status == STATUS_OK) {
            status = reader_put(cursor->load, cursor->dialect, map, key, key_pos, value);
        }
        if (status != STATUS_OK) {
            return status;
        }
        skip_blanks(cursor);
    }
    *ret_value = map;
    return STATUS_OK;
}

static bool take_word(struct cursor *cursor, struct slice word)
{
    if (!slice_starts_with(slice_of(cursor->at, (size_t)(cursor->end - cursor->at)), word)) {
        return false;
    }
    cursor->at += word.len;
    return true;
}

static enum status read_value(struct cursor *cursor, struct value **ret_value)
{
    struct arena *arena = cursor->load->arena;
    skip_blanks(cursor);
    struct source_pos pos = position(cursor);
    enum status status = reader_count(cursor->load, pos, cursor->depth, 1);
    if (status != STATUS_OK) {
        return status;
    }
    char c = cursor->at < cursor->end ? *cursor->at : '\0';
    cursor->depth++;
    status = STATUS_OK;
    if (c == '{') {
        status = read_map(cursor, ret_value);
    } else if (c == '[') {
        status = read_list(cursor, ret_value);
    } else if (c == '"') {
        struct slice text;
        if (read_string(cursor, &text)) {
            *ret_value = value_string(arena, pos, text);
        } else {
            status = STATUS_INVALID;
        }
    } else if (take_word(cursor, SLICE("true"))) {
        *ret_value = value_bool(arena, pos, true);
    } else if (take_word(cursor, SLICE("false"))) {
        *ret_value = value_bool(arena, pos, false);
    } else if (take_word(cursor, SLICE("null"))) {
        *ret_value = value_null(arena, pos);
    } else {
        status = read_number(cursor, ret_value);
    }
    cursor->depth--;
    return status;
}

enum status json_load_text(struct load *load, uint16_t file, struct slice text,
                           enum dialect dialect, struct value **ret_root)
{
    struct cursor cursor = {.load = load,
                            .at = text.ptr,
                            .end = text.ptr + text.len,
                            .line_start = text.ptr,
                            .line = 1,
                            .file = file,
                            .dialect = dialect};
    struct value *root;
    enum status status = read_value(&cursor, &root);
    if (status != STATUS_OK) {
        return status;
    }
    skip_blanks(&cursor);
    if (cursor.at != cursor.end) {
        return STATUS_INVALID;
    }
    *ret_root = root;
    return STATUS_OK;
}
