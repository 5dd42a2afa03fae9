#include "scheduler/pattern/wildcard.h"

static size_t count_stars(struct slice text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\\') {
            i++;
        } else if (text.ptr[i] == '*') {
            count++;
        }
    }
    return count;
}

/* Positions are told as event-ruler counts them: with the quote in front of the text. */
static const char *check(struct arena *arena, struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        char next = i + 1 < text.len ? text.ptr[i + 1] : '\0';
        if (text.ptr[i] == '*' && next == '*') {
            return arena_printf(arena, "Consecutive wildcard characters at pos %zu", i + 1).ptr;
        }
        if (text.ptr[i] == '\\') {
            if (next != '*' && next != '\\') {
                return arena_printf(arena, "Invalid escape character at pos %zu", i + 1).ptr;
            }
            i++;
        }
    }
    return NULL;
}

const char *wildcard_parse(struct arena *arena, struct slice text, struct wildcard *ret_wildcard)
{
    const char *problem = check(arena, text);
    if (problem != NULL) {
        return problem;
    }
    size_t count = count_stars(text) + 1;
    struct slice *parts = arena_array(arena, count, sizeof *parts);
    char *bytes = arena_alloc(arena, text.len + 1);
    size_t part = 0;
    parts[0] = slice_of(bytes, 0);
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '*') {
            parts[part + 1] = slice_of(parts[part].ptr + parts[part].len, 0);
            part++;
            continue;
        }
        i += text.ptr[i] == '\\' ? 1 : 0;
        bytes[(size_t)(parts[part].ptr - bytes) + parts[part].len++] = text.ptr[i];
    }
    *ret_wildcard = (struct wildcard){.parts = parts, .count = count};
    return NULL;
}

bool wildcard_matches(const struct wildcard *wildcard, struct slice text)
{
    const struct slice *parts = wildcard->parts;
    size_t last = wildcard->count - 1;
    if (last == 0) {
        return slice_eq(text, parts[0]);
    }
    if (!slice_starts_with(text, parts[0])) {
        return false;
    }
    text = slice_skip(text, parts[0].len);
    if (!slice_ends_with(text, parts[last])) {
        return false;
    }
    text = slice_take(text, text.len - parts[last].len);
    for (size_t i = 1; i < last; i++) {
        size_t at = slice_search(text, parts[i]);
        if (at == SLICE_NPOS) {
            return false;
        }
        text = slice_skip(text, at + parts[i].len);
    }
    return true;
}
