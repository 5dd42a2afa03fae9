/* Query strings and form bodies: "a=1&b=x%20y+z" as names and values.
 *
 * Ownership  Decoded texts live in the arena or in `text` itself.
 * Limits     PARAMS_MAX of one request; beyond it LIMIT. */
#ifndef SLS_CORE_API_PARAMS_H
#define SLS_CORE_API_PARAMS_H

#include "core/arena.h"
#include "core/http/http.h"

#define PARAMS_MAX 10000

/* `struct http_header` serves as the pair of name and value. `ret_params` gets what is in `first`,
 * then what is in `second`. */
MUST_CHECK enum status params_parse(struct arena *arena, struct slice first, struct slice second,
                                    struct http_headers *ret_params);
/* The first of that name, with case; SLICE_NULL when absent. */
struct slice params_get(struct http_headers params, const char *name);
/* The same without parsing the rest, for a single look. */
struct slice params_find(struct arena *arena, struct slice text, struct slice name);

#endif
