/* Wildcards: '*' is any run of characters, "\*" and "\\" are a star and a backslash.
 *
 * Kept as the literal parts between the stars, so that matching is a search for each in turn: linear in the text. */
#ifndef SLS_SCHEDULER_PATTERN_WILDCARD_H
#define SLS_SCHEDULER_PATTERN_WILDCARD_H

#include "core/arena.h"

struct wildcard {
    const struct slice
        *parts; /* at least one; the first is a prefix, the last a suffix, one alone is the whole */
    size_t count;
};

/* NULL, or what is wrong with it in event-ruler's words. The parts are in the arena. */
MUST_CHECK const char *wildcard_parse(struct arena *arena, struct slice text,
                                      struct wildcard *ret_wildcard);
bool wildcard_matches(const struct wildcard *wildcard, struct slice text);

/* Whether some text could stand at more than PATTERN_WILDCARD_PLACES_MAX places of these wildcards at once, which
 * is what "Rule is too complex" means. */
bool wildcards_are_complex(const struct wildcard *const *wildcards, size_t count);

#endif
