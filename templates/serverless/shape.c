#include "templates/serverless/shape.h"

#include <assert.h>

struct shaper {
    struct arena *arena;
    struct source_pos pos;
    const char *at;
    va_list args;
};

static struct value *read_value(struct shaper *shaper);

static void skip_blanks(struct shaper *shaper)
{
    shaper->at += strspn(shaper->at, " \n");
}

/* Takes `c` if it is next. */
static bool take(struct shaper *shaper, char c)
{
    skip_blanks(shaper);
    if (*shaper->at != c) {
        return false;
    }
    shaper->at++;
    return true;
}

static struct slice read_key(struct shaper *shaper)
{
    skip_blanks(shaper);
    if (take(shaper, '\'')) {
        size_t len = strcspn(shaper->at, "'");
        struct slice key = slice_of(shaper->at, len);
        shaper->at += len + 1;
        bool has_colon = take(shaper, ':');
        assert(has_colon && "a colon after the quoted key");
        return key;
    }
    const char *end = strstr(shaper->at, ": ");
    assert(end != NULL && "a key ends in ': '");
    struct slice key = slice_of(shaper->at, (size_t)(end - shaper->at));
    shaper->at = end + 2;
    return key;
}

static struct value *read_map(struct shaper *shaper)
{
    struct value *map = value_map(shaper->arena, shaper->pos);
    while (!take(shaper, '}')) {
        struct slice key = read_key(shaper);
        struct value *value = read_value(shaper);
        if (value != NULL) {
            value_set(shaper->arena, map, key, value);
        }
        take(shaper, ',');
    }
    return map;
}

static struct value *read_list(struct shaper *shaper)
{
    struct value *list = value_list(shaper->arena, shaper->pos);
    while (!take(shaper, ']')) {
        struct value *item = read_value(shaper);
        if (item != NULL) {
            value_push(shaper->arena, list, item);
        }
        take(shaper, ',');
    }
    return list;
}

static struct value *read_argument(struct shaper *shaper)
{
    switch (*shaper->at++) {
    case 'v':
        return va_arg(shaper->args, struct value *);
    case 's':
        return value_string(shaper->arena, shaper->pos,
                            slice_from(va_arg(shaper->args, const char *)));
    case 'S': {
        struct slice text = va_arg(shaper->args, struct slice);
        return text.ptr != NULL ? value_string(shaper->arena, shaper->pos, text) : NULL;
    }
    case 'i':
        return value_int(shaper->arena, shaper->pos, va_arg(shaper->args, int));
    default:
        assert(!"a conversion of shape()");
        return NULL;
    }
}

static struct value *read_word(struct shaper *shaper)
{
    size_t len = strcspn(shaper->at, ",}]");
    struct slice word = slice_trim(slice_of(shaper->at, len));
    shaper->at += len;
    int64_t number;
    if (slice_is(word, "true") || slice_is(word, "false")) {
        return value_bool(shaper->arena, shaper->pos, slice_is(word, "true"));
    }
    if (slice_is(word, "null")) {
        return value_null(shaper->arena, shaper->pos);
    }
    if (slice_to_i64(word, &number)) {
        return value_int(shaper->arena, shaper->pos, number);
    }
    return value_string(shaper->arena, shaper->pos, word);
}

static struct value *read_value(struct shaper *shaper)
{
    skip_blanks(shaper);
    assert(*shaper->at != '\0' && "a value");
    if (take(shaper, '{')) {
        return read_map(shaper);
    }
    if (take(shaper, '[')) {
        return read_list(shaper);
    }
    if (take(shaper, '%')) {
        return read_argument(shaper);
    }
    if (take(shaper, '\'')) {
        size_t len = strcspn(shaper->at, "'");
        struct slice text = slice_of(shaper->at, len);
        shaper->at += len + 1;
        return value_string(shaper->arena, shaper->pos, text);
    }
    return read_word(shaper);
}

struct value *shape(struct arena *arena, struct source_pos pos, const char *pattern, ...)
{
    struct shaper shaper = {.arena = arena, .pos = pos, .at = pattern};
    va_start(shaper.args, pattern);
    struct value *value = read_value(&shaper);
    va_end(shaper.args);
    return value;
}
