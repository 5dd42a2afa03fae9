/* Wildcards as AWS has them in policies and ARNs: '*' is any run of characters, '?' is one.
 *
 * A character is a code point of UTF-8; bytes that are none are one each. Matching takes no memory, and steps of at most the
 * product of both lengths. */
#ifndef SLS_CORE_GLOB_H
#define SLS_CORE_GLOB_H

#include "core/slice.h"

struct glob {
    struct slice pattern;
    const bool
        *literal; /* for each byte whether it stands for itself, wildcard or not; NULL: none does */
    bool ignores_case; /* of ASCII letters */
};

bool glob_matches(struct glob glob, struct slice text);

/* Without literals and with case, the most common form. */
static inline bool glob_matches_text(struct slice pattern, struct slice text)
{
    return glob_matches((struct glob){.pattern = pattern}, text);
}

#endif
