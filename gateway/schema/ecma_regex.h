/* ECMA 262 regular expressions, as `new RegExp(source)` of edition 5.1 reads them: translated for PCRE2, which matches.
 *
 *     source -> ecma_regex_parser.c (grammar) -> the same in PCRE2's language -> pcre2_match()
 *
 * Grammar  Section 15.10.1 with what browsers and Java's engines take besides (annex B): braces that are no quantifier,
 *          "]" and escapes of ordinary characters stand for themselves, "\7" without a seventh group is octal. Refused:
 *          what newer editions or other engines added, "(?<=a)", "(?<name>a)", "(?i)", "a++"; "\p{L}" is "p{L}".
 * Unlike   that edition a character is a code point, not a UTF-16 unit: "." takes a whole emoji.
 *
 * Thread   Any, once compiled: ecma_regex_match() changes nothing but the budget.
 * Errors   INVALID for what is no such expression, LIMIT when it is too large to compile.
 * Limits   Matching is bounded: a start position by REGEX_STEPS_MAX, a whole validation by its CPU budget, which is the
 *          machine's time and not the clock that a person may turn.
 * Source   ECMA-262 edition 5.1, 15.10; RegexECMA262Helper of json-schema-core, which API Gateway runs on. */
#ifndef SLS_GATEWAY_SCHEMA_ECMA_REGEX_H
#define SLS_GATEWAY_SCHEMA_ECMA_REGEX_H

#include "core/buf.h"

struct ecma_regex;

enum regex_outcome { REGEX_MATCHES, REGEX_DIFFERS, REGEX_GAVE_UP };

MUST_CHECK enum status ecma_regex_compile(struct slice source, struct ecma_regex **ret_regex,
                                          struct fault *reterr);
void ecma_regex_destroy(struct ecma_regex *regex); /* NULL is a no-op */

/* Whether the expression matches anywhere in `text`, which must be valid UTF-8. What it takes is subtracted from
 * `*cpu_ns`; with nothing left it gives up at once. */
enum regex_outcome ecma_regex_match(const struct ecma_regex *regex, struct slice text,
                                    int64_t *cpu_ns);

/* The translation alone, in ecma_regex_parser.c: appends PCRE2's form of `source`, for PCRE2_UTF,
 * PCRE2_MATCH_UNSET_BACKREF and no extended syntax. */
MUST_CHECK enum status ecma_regex_translate(struct slice source, struct buf *out,
                                            struct fault *reterr);

#endif
