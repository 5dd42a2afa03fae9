#include "templates/serverless/naming.h"

#include <ctype.h>

static char upper(char c)
{
    return (char)toupper((unsigned char)c);
}

static bool is_alphanumeric(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

struct replacement {
    char c;
    const char *text;
};

/* Longest replacement text below. */
#define REPLACEMENT_MAX 10

static struct slice replace(struct arena *arena, struct slice text, const struct replacement *table)
{
    char *out = arena_array(arena, text.len + 1, REPLACEMENT_MAX);
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        const struct replacement *row = table;
        while (row->text != NULL && row->c != text.ptr[i]) {
            row++;
        }
        if (row->text == NULL) {
            out[len++] = text.ptr[i];
        } else {
            memcpy(out + len, row->text, strlen(row->text));
            len += strlen(row->text);
        }
    }
    return slice_of(out, len);
}

static struct slice upper_first(struct arena *arena, struct slice text)
{
    if (text.len == 0) {
        return text;
    }
    char *copy = arena_cstr(arena, text);
    copy[0] = upper(copy[0]);
    return slice_of(copy, text.len);
}

struct slice naming_resource(struct arena *arena, struct slice name)
{
    static const struct replacement table[] = {{'-', "Dash"}, {'_', "Underscore"}, {0, NULL}};
    return upper_first(arena, replace(arena, name, table));
}

struct slice naming_alphanumeric(struct arena *arena, struct slice name)
{
    char *out = arena_alloc(arena, name.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < name.len; i++) {
        if (is_alphanumeric(name.ptr[i])) {
            out[len++] = name.ptr[i];
        }
    }
    return upper_first(arena, slice_of(out, len));
}

struct slice naming_websocket_route(struct arena *arena, struct slice route)
{
    static const struct replacement table[] = {{'$', "S"},          {'/', "Slash"},  {'-', "Dash"},
                                               {'_', "Underscore"}, {'.', "Period"}, {0, NULL}};
    return replace(arena, route, table);
}

struct slice naming_method(struct arena *arena, struct slice method)
{
    char *out = arena_cstr(arena, method);
    for (size_t i = 0; i < method.len; i++) {
        out[i] = (char)(i == 0 ? toupper((unsigned char)out[i]) : tolower((unsigned char)out[i]));
    }
    return slice_of(out, method.len);
}

/* Appends one part to `out`: lower case, '-' spelt out, "{x}" as "xVar", other characters dropped,
 * the first letter upper case. Returns the new length. */
static size_t append_part(char *out, size_t len, struct slice part)
{
    size_t start = len;
    size_t open = slice_find(part, '{');
    size_t close = slice_rfind(part, '}');
    bool has_variable = open != SLICE_NPOS && close != SLICE_NPOS && open < close;
    for (size_t i = 0; i < part.len; i++) {
        char c = part.ptr[i];
        if (c == '-') {
            memcpy(out + len, "Dash", 4);
            len += 4;
        } else if (has_variable && i == close) {
            memcpy(out + len, "Var", 3);
            len += 3;
        } else if (is_alphanumeric(c)) {
            out[len++] = (char)(i == 0 ? toupper((unsigned char)c) : tolower((unsigned char)c));
        }
    }
    if (len > start) {
        out[start] = upper(out[start]);
    }
    return len;
}

struct slice naming_path(struct arena *arena, struct slice path)
{
    char *out = arena_array(arena, path.len + 1, REPLACEMENT_MAX);
    size_t len = 0;
    struct slice part;
    while (slice_split(&path, '/', &part)) {
        len = append_part(out, len, part);
    }
    return slice_of(out, len);
}
