/* Names known at start-up and looked up by every request: targets, signing names, actions.
 *
 * Ownership  Names and values are borrowed.
 * Errors     A name added twice keeps its first value, unless it is set. */
#ifndef SLS_CORE_API_NAMES_H
#define SLS_CORE_API_NAMES_H

#include "core/slice.h"

struct name_slot {
    struct slice name; /* ptr NULL: free */
    const void *value;
};

struct names {
    struct name_slot *slots;
    size_t capacity; /* 0 or a power of two, never full */
    size_t count;
};

void names_add(struct names *names, struct slice name, const void *value);
void names_set(struct names *names, struct slice name, const void *value); /* adds or replaces */
const void *names_get(const struct names *names, struct slice name); /* NULL when absent */
void names_finish(struct names *names);

#endif
