/* Event patterns: of EventBridge rules, of the filter criteria of event source mappings, of SNS filter policies.
 *
 *     text -> lexer (token.h) -> parser -> struct pattern (immutable) -> evaluator, over an event's bytes
 *
 *     pattern := { field: rule | pattern, ..., "$or": [ pattern, pattern, ... ] }     all of them; of "$or", one
 *     rule    := [ item, ... ]                                                        one of them
 *     item    := string | number | true | false | null
 *              | {"prefix": s | {"equals-ignore-case": s}} | {"suffix": the same}
 *              | {"equals-ignore-case": s} | {"wildcard": s} | {"exists": true | false} | {"cidr": block}
 *              | {"numeric": [op, n]} | {"numeric": [">" | ">=", n, "<" | "<=", m]} | {"exactly": s}
 *              | {"anything-but": s | n | [s...] | [n...] | {"prefix" | "suffix" | "equals-ignore-case" | "wildcard":
 *                                                            s | [s...]}}
 *
 * Fields     A field is the names that lead to it, joined by dots; names that have dots themselves are the same.
 *            Only leaves are fields: an object or an empty array has none. The last rule of a field wins.
 * Arrays     Any element may match, but all fields of one match come from the same element.
 * Numbers    By value, exactly (number.h); a string is no number.
 * "$or"      That is no array of two objects or more, or whose objects have operators for names, is a field.
 * Ownership  A pattern lives in the arena it was parsed into, its text included.
 * Thread     Any, once parsed.
 * Limits     limits.h; each service has limits of its own on top, see pattern_facts(). Matching takes time linear in
 *            the event, but for events whose arrays are tried against one another: those are given up as no match
 *            after PATTERN_STEPS_MAX steps.
 * Source     EventBridge User Guide, "Event patterns"; aws/event-ruler, which AWS runs; events recorded on AWS by
 *            LocalStack's test suite. */
#ifndef SLS_SCHEDULER_PATTERN_H
#define SLS_SCHEDULER_PATTERN_H

#include "core/arena.h"

struct pattern;

/* What AWS says is wrong with a pattern. */
struct pattern_fault {
    struct slice reason;   /* "Unrecognized match type EXISTS"; static, or in the arena */
    uint32_t line, column; /* where AWS's parser stood, from 1; 0: it does not say */
    uint32_t times;        /* it says so once, or (inside lists) twice */
};

/* INVALID or LIMIT. */
MUST_CHECK enum status pattern_parse(struct arena *arena, struct slice text,
                                     const struct pattern **ret_pattern,
                                     struct pattern_fault *reterr);
/* The reason with the place, as EventBridge and SNS tell it:
 * `Unrecognized match type EXISTS\n at [Source: (String)"{...}"; line: 1, column: 28]`. */
struct slice pattern_fault_text(struct arena *arena, const struct pattern_fault *fault,
                                struct slice text);

/* What services have limits on. */
struct pattern_facts {
    uint32_t names; /* members of the pattern itself */
    uint32_t rules; /* fields with a rule, wherever they are */
    uint64_t
        combinations; /* SNS: items of each rule times its depth, multiplied; of "$or", the sum */
    bool is_nested;   /* some field is inside another; an "$or" nests nothing */
};
struct pattern_facts pattern_facts(const struct pattern *pattern);

/* How a pattern asks for a member of the event ("body", "data"): bits, for with "$or" it may do both. */
enum pattern_use { PATTERN_USES_NOT = 0, PATTERN_USES_VALUE = 1, PATTERN_USES_OBJECT = 2 };
unsigned pattern_uses(const struct pattern *pattern, struct slice member);

/* --- matching --- */

/* An event may come in parts: each JSON value stands at the member it is named after, in place of what the part
 * without a name (the event itself, an object) has there. Valid JSON; what is not never matches. */
struct pattern_part {
    struct slice member; /* empty: the event itself */
    struct slice json;
};
bool pattern_matches(const struct pattern *pattern, struct slice event);
bool pattern_matches_parts(const struct pattern *pattern, const struct pattern_part *parts,
                           size_t count);

/* SNS message attributes: a String is a string, a Number a number, each element of a String.Array a value; a Binary
 * is not there. */
struct pattern_attribute {
    struct slice name;
    struct slice type; /* "String", "Number.int"... */
    struct slice value;
};
bool pattern_matches_attributes(const struct pattern *pattern,
                                const struct pattern_attribute *attributes, size_t count);

#endif
