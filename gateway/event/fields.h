/* Names with one or more values, in the order they came: the headers or the query parameters of a
 * request. Values of one name are chained behind its first one, so that an event writer sees each
 * name once:
 *
 *     for (size_t i = 0; i < fields.count; i++) {
 *         const struct field *field = &fields.items[i];
 *         if (field->is_first) { ... for (; field != NULL; field = fields_next(&fields, field)) }
 *     }
 *
 * Ownership  Memory comes from the arena; names and values are borrowed.
 * Limits     The head of a request is bounded (REQUEST_HEAD_MAX), and so is their number. */
#ifndef SLS_GATEWAY_EVENT_FIELDS_H
#define SLS_GATEWAY_EVENT_FIELDS_H

#include "core/arena.h"

struct field {
    struct slice name; /* spelled as it came first */
    struct slice value;
    uint32_t next; /* index of the next value plus one; 0: the last */
    uint32_t last; /* of a first one: index of the chain's end */
    bool is_first;
};

struct fields {
    struct field *items;
    size_t count;
    size_t capacity;
    uint32_t *table; /* open addressing over first fields: index plus one */
    uint32_t mask;
    bool ignores_case;
};

/* `capacity` is the most that will ever be added. */
void fields_init(struct fields *fields, struct arena *arena, size_t capacity, bool ignores_case);
void fields_add(struct fields *fields, struct slice name, struct slice value);

static inline const struct field *fields_next(const struct fields *fields,
                                              const struct field *field)
{
    return field->next != 0 ? &fields->items[field->next - 1] : NULL;
}

static inline const struct field *fields_last(const struct fields *fields,
                                              const struct field *first)
{
    return &fields->items[first->last];
}

/* The parameters of a query string, decoded; '+' is a blank. `splits_semicolon`: ';' separates like
 * '&' (REST APIs). */
void fields_parse_query(struct fields *fields, struct arena *arena, struct slice query,
                        bool splits_semicolon);

#endif
