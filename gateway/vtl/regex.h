/* Java's regular expressions, by PCRE2: near enough for what templates do with them.
 *
 * Errors  What is no regular expression is told by vtl_regex_create(). A match asks `spend` now and then, for as many
 *         bytes as it has looked at; when that says no, the match ends with REGEX_ENDED. */
#ifndef SLS_GATEWAY_VTL_REGEX_H
#define SLS_GATEWAY_VTL_REGEX_H

#include "core/slice.h"

struct vtl_regex;

typedef bool vtl_regex_spend_fn(void *ctx, size_t bytes);

enum vtl_regex_result { REGEX_NONE, REGEX_FOUND, REGEX_ENDED };

/* How many bytes' worth of looking it is to compile one. */
size_t vtl_regex_cost(struct slice pattern);
/* NULL with a fault. */
struct vtl_regex *vtl_regex_create(struct slice pattern, bool ignores_case, struct fault *reterr);
void vtl_regex_free(struct vtl_regex *regex); /* NULL is a no-op */
bool vtl_regex_is(const struct vtl_regex *regex, struct slice pattern);
/* From byte `start` on; `is_whole`: all of the text. The text needs to be UTF-8, which is not looked at each time, and
 * `start` the beginning of a character. */
enum vtl_regex_result vtl_regex_match(struct vtl_regex *regex, struct slice text, size_t start,
                                      bool is_whole, vtl_regex_spend_fn *spend, void *ctx);
/* Of the last match; group 0 is all of it. SLICE_NULL: took no part. */
size_t vtl_regex_group_count(const struct vtl_regex *regex);
struct slice vtl_regex_group(const struct vtl_regex *regex, struct slice text, size_t group);
/* SIZE_MAX: there is none. */
size_t vtl_regex_group_named(const struct vtl_regex *regex, struct slice name);

#endif
