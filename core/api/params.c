#include "core/api/params.h"

#include "core/encode.h"

static struct http_header cut_pair(struct slice part)
{
    size_t equals = slice_find(part, '=');
    if (equals == SLICE_NPOS) {
        return (struct http_header){part, SLICE("")};
    }
    return (struct http_header){slice_take(part, equals), slice_skip(part, equals + 1)};
}

static size_t count_parts(struct slice text)
{
    size_t count = text.len != 0 ? 1 : 0;
    for (size_t i = 0; i < text.len; i++) {
        count += text.ptr[i] == '&';
    }
    return count;
}

static size_t parse_into(struct arena *arena, struct slice text, struct http_header *items)
{
    size_t count = 0;
    struct slice part;
    struct slice rest = text.len != 0 ? text : SLICE_NULL;
    while (slice_split(&rest, '&', &part)) {
        if (part.len == 0) {
            continue;
        }
        struct http_header pair = cut_pair(part);
        items[count].name = percent_decode(arena, pair.name, true);
        items[count].value = percent_decode(arena, pair.value, true);
        count++;
    }
    return count;
}

enum status params_parse(struct arena *arena, struct slice first, struct slice second,
                         struct http_headers *ret_params)
{
    size_t max = count_parts(first) + count_parts(second);
    if (max > PARAMS_MAX) {
        return STATUS_LIMIT;
    }
    struct http_header *items = arena_array(arena, max, sizeof(*items));
    size_t count = parse_into(arena, first, items);
    count += parse_into(arena, second, items + count);
    *ret_params = (struct http_headers){items, count};
    return STATUS_OK;
}

struct slice params_get(struct http_headers params, const char *name)
{
    for (size_t i = 0; i < params.count; i++) {
        if (slice_is(params.items[i].name, name)) {
            return params.items[i].value;
        }
    }
    return SLICE_NULL;
}

struct slice params_find(struct arena *arena, struct slice text, struct slice name)
{
    struct slice part;
    struct slice rest = text.len != 0 ? text : SLICE_NULL;
    while (slice_split(&rest, '&', &part)) {
        struct http_header pair = cut_pair(part);
        if (slice_eq(percent_decode(arena, pair.name, true), name)) {
            return percent_decode(arena, pair.value, true);
        }
    }
    return SLICE_NULL;
}
