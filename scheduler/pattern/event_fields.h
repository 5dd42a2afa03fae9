/* What an event says in the fields somebody asks for: read off its bytes once, whatever the number of patterns.
 *
 * Scopes     Where a field was found: which element it took of each array on the way. Two fields agree when they took
 *            the same element of every array they share; of arrays that only one of them passed nothing is asked.
 * Ownership  All of it is in the arena; texts point into the event where nothing was escaped. */
#ifndef SLS_SCHEDULER_PATTERN_EVENT_FIELDS_H
#define SLS_SCHEDULER_PATTERN_EVENT_FIELDS_H

#include "scheduler/pattern/paths.h"
#include "scheduler/pattern/pattern.h"

#define SCOPE_EVENT 0u /* inside no array */

enum field_kind { FIELD_TEXT, FIELD_NUMBER, FIELD_TRUE, FIELD_FALSE, FIELD_NULL };

struct event_field {
    enum field_kind kind;
    bool is_comparable; /* FIELD_NUMBER: see number.h */
    uint32_t scope;
    int64_t millionths;
    struct slice text;        /* of a string; of a number as it is written */
    struct event_field *next; /* of the same path, in the order of the event */
};

struct event_fields;

/* `paths` are those of interest; it must not grow while the fields are in use. */
struct event_fields *event_fields_create(struct arena *arena, const struct paths *paths);
void event_fields_add_parts(struct event_fields *fields, const struct pattern_part *parts,
                            size_t count);
void event_fields_add_attribute(struct event_fields *fields,
                                const struct pattern_attribute *attribute);

const struct event_field *event_fields_first(const struct event_fields *fields, uint32_t path_id);
bool event_fields_agree(const struct event_fields *fields, uint32_t scope, uint32_t other);

#endif
