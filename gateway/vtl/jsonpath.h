/* JSONPath as $input.json(), $input.path() and parameter mappings (method.request.body.*) take it.
 *
 *     path     := ["$" | "@"] segment* [function]         "a.b" is "$.a.b"
 *     segment  := "." name | ".*" | ".." (name | "*" | bracket) | bracket
 *     bracket  := "['name'" ("," "'name'")* "]" | "[*]" | "[" index ("," index)* "]" | "[" from? ":" to? "]"
 *               | "[?(" filter ")]"                        an index or a bound below 0 counts from the end
 *     function := ".length()" | size | min | max | avg | sum | stddev | keys | first | last | index(n)
 *     filter   := filter "||" filter | filter "&&" filter | "!" filter | "(" filter ")"
 *               | operand [operator operand]               alone: it is there
 *     operator := == != < <= > >= =~ in nin contains size empty subsetof anyof noneof
 *     operand  := path from @ (the element) or $ | 'text' | number | true | false | null | [JSON] | {JSON} | /regex/i
 *
 * A definite path (names and single indexes only) finds one value as it stands in the text; any other finds an array
 * of all there are, which may be empty.
 *
 * Ownership  A path lives in the arena and points into its text; so does a result, or it points into the JSON.
 * Thread     Any: finding changes nothing but the arena.
 * Errors     INVALID: no path, with the character; NOT_FOUND: a definite path leads nowhere; LIMIT.
 * Limits     limits.h: the path's text, and the bytes looked at and found, so that ".." over a large text is bounded.
 * Source     JsonPath of Jayway, which API Gateway runs; its README and its answers (tests/unit/gateway_vtl). */
#ifndef SLS_GATEWAY_VTL_JSONPATH_H
#define SLS_GATEWAY_VTL_JSONPATH_H

#include "core/arena.h"

struct jsonpath;

MUST_CHECK enum status jsonpath_parse(struct arena *arena, struct slice text,
                                      const struct jsonpath **ret_path, struct fault *reterr);

/* `json` is one valid value (json_validate()). `budget` is how many bytes may be looked at, JSONPATH_SCANNED_MAX where
 * nobody counts across several paths; what was looked at is taken off. */
MUST_CHECK enum status jsonpath_find(struct arena *arena, const struct jsonpath *path,
                                     struct slice json, uint64_t *budget, struct slice *ret_value,
                                     struct fault *reterr);

#endif
