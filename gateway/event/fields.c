#include "gateway/event/fields.h"

#include "core/encode.h"

#include <assert.h>

static inline unsigned char lower(unsigned char c)
{
    return c >= 'A' && c <= 'Z' ? (unsigned char)(c | 0x20) : c;
}

static uint32_t hash_name(struct slice name, bool ignores_case)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.ptr[i];
        hash = (hash ^ (ignores_case ? lower(c) : c)) * 16777619u;
    }
    return hash ^ (hash >> 15);
}

void fields_init(struct fields *fields, struct arena *arena, size_t capacity, bool ignores_case)
{
    size_t slots = 8;
    while (slots < capacity * 2) {
        slots *= 2;
    }
    *fields = (struct fields){
        .items = arena_array(arena, capacity, sizeof(struct field)),
        .capacity = capacity,
        .table = arena_array(arena, slots, sizeof(uint32_t)),
        .mask = (uint32_t)(slots - 1),
        .ignores_case = ignores_case,
    };
}

/* The slot of `name`: it holds the name's first field, or 0. */
static uint32_t *find_slot(const struct fields *fields, struct slice name)
{
    uint32_t at = hash_name(name, fields->ignores_case) & fields->mask;
    while (fields->table[at] != 0) {
        struct slice known = fields->items[fields->table[at] - 1].name;
        if (known.len == name.len &&
            (fields->ignores_case ? slice_ieq(known, name) : slice_eq(known, name))) {
            break;
        }
        at = (at + 1) & fields->mask;
    }
    return &fields->table[at];
}

void fields_add(struct fields *fields, struct slice name, struct slice value)
{
    assert(fields->count < fields->capacity);
    uint32_t index = (uint32_t)fields->count++;
    uint32_t *slot = find_slot(fields, name);
    struct field *field = &fields->items[index];
    *field = (struct field){.name = name, .value = value, .last = index, .is_first = *slot == 0};
    if (*slot == 0) {
        *slot = index + 1;
        return;
    }
    struct field *first = &fields->items[*slot - 1];
    fields->items[first->last].next = index + 1;
    first->last = index;
}

static bool is_separator(char c, bool splits_semicolon)
{
    return c == '&' || (splits_semicolon && c == ';');
}

void fields_parse_query(struct fields *fields, struct arena *arena, struct slice query,
                        bool splits_semicolon)
{
    size_t count = query.len > 0 ? 1 : 0;
    for (size_t i = 0; i < query.len; i++) {
        count += is_separator(query.ptr[i], splits_semicolon);
    }
    fields_init(fields, arena, count, false);
    size_t start = 0;
    for (size_t i = 0; i <= query.len; i++) {
        if (i < query.len && !is_separator(query.ptr[i], splits_semicolon)) {
            continue;
        }
        struct slice part = slice_of(query.ptr + start, i - start);
        start = i + 1;
        if (part.len == 0) {
            continue;
        }
        size_t equals = slice_find(part, '=');
        struct slice name = equals == SLICE_NPOS ? part : slice_take(part, equals);
        struct slice value = equals == SLICE_NPOS ? SLICE("") : slice_skip(part, equals + 1);
        fields_add(fields, percent_decode(arena, name, true), percent_decode(arena, value, true));
    }
}
