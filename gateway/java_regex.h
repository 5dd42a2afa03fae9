/* Java's regular expressions where API Gateway takes them: a selection pattern or a validation expression must match
 * the whole text. PCRE2 reads them: the two agree but for possessive corners that nobody writes there.
 *
 * Errors  INVALID for what does not compile.
 * Limits  JAVA_REGEX_STEPS_MAX steps a match; a match beyond does not match. */
#ifndef SLS_GATEWAY_JAVA_REGEX_H
#define SLS_GATEWAY_JAVA_REGEX_H

#include "core/slice.h"

#define JAVA_REGEX_STEPS_MAX 100000u

struct java_regex;

MUST_CHECK enum status java_regex_compile(struct slice pattern, struct java_regex **ret_regex,
                                          struct fault *reterr);
bool java_regex_matches(const struct java_regex *regex, struct slice text);
void java_regex_destroy(struct java_regex *regex); /* NULL is a no-op */

#endif
