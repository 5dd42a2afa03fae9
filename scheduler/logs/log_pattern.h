/* Filter patterns: which log events a filter takes, and the values it finds in them.
 *
 *     text -> lexer -> parser -> struct log_pattern (immutable) -> evaluator
 *
 *     pattern    = ""                                        all events
 *                | term*                                     events of text
 *                | "{" or "}"                                JSON events
 *                | "[" field ("," field)* "]"                events of fields between blanks
 *     term       = ["-" | "?"] (word | quoted | regex)       all of them, none of "-", one of "?" (which count only by
 *                                                            themselves)
 *     or         = and ("||" and)*      and = basic ("&&" basic)*      basic = "(" or ")" | condition
 *     condition  = selector operator value | selector "IS" ("NULL" | "TRUE" | "FALSE") | selector "NOT" "EXISTS"
 *     selector   = "$" ("." name | ".*" | "[" number "]" | "[*]" | "['" text "']")+
 *     field      = "..." | [name [operator value (("&&" | "||") [name] operator value)*]]
 *     operator   = "=" | "!=" | "<" | "<=" | ">" | ">="
 *     value      = word | quoted | regex                     "*" at either end stands for anything
 *     regex      = "%" text "%"                              without groups
 *
 * Words are found anywhere in an event, also inside longer words; case matters. A field is what stands between blanks,
 * brackets or double quotes; their number must be the pattern's, unless it has an ellipsis. A condition on an array, an
 * object or what is not there does not hold, "!=" neither.
 *
 * Ownership  A pattern copies its text.
 * Thread     Any, once parsed.
 * Errors     INVALID, with the service's words.
 * Limits     PATTERN_DEPTH_MAX levels of parentheses, PATTERN_REGEX_MAX expressions, PATTERN_FIELDS_MAX fields,
 *            PATTERN_STEPS_MAX steps of an expression on one event: beyond them it does not match.
 * Source     CloudWatch Logs User Guide, "Filter pattern syntax for metric filters, subscription filters, filter log
 *            events, and Live Tail". */
#ifndef SLS_SCHEDULER_LOGS_LOG_PATTERN_H
#define SLS_SCHEDULER_LOGS_LOG_PATTERN_H

#include "core/arena.h"

struct log_pattern;

MUST_CHECK enum status log_pattern_parse(struct slice text, struct log_pattern **ret_pattern,
                                         struct fault *reterr);
void log_pattern_destroy(struct log_pattern *pattern); /* NULL is a no-op */
bool log_pattern_matches(const struct log_pattern *pattern, struct slice message);

/* What a pattern of fields finds in an event that it matches: "$status" and "404", "$2" where a field has no name. The
 * other kinds find nothing. */
typedef void log_pattern_value_fn(void *ctx, struct slice name, struct slice value);
void log_pattern_values(const struct log_pattern *pattern, struct slice message,
                        log_pattern_value_fn *each, void *ctx);
/* One value: by a selector ("$.latency") of a JSON event, or by a name of the pattern's fields ("$bytes"). False when
 * there is none; the text is in the arena or in the message. */
MUST_CHECK bool log_pattern_value(const struct log_pattern *pattern, struct arena *arena,
                                  struct slice message, struct slice selector,
                                  struct slice *ret_value);
/* Whether log_pattern_value() may ever find it: a selector with a JSON pattern, a name with its fields. */
bool log_pattern_offers(const struct log_pattern *pattern, struct slice selector);
bool log_pattern_takes_all(const struct log_pattern *pattern);

#endif
