/* The paths of a REST service's operations, compiled once and matched per request.
 *
 *     path    = { "/" segment } [ "?" name [ "=" value ] { "&" name [ "=" value ] } ]
 *     segment = text | "{" name "}" | "{" name "+}"    (the last takes the rest, slashes included)
 *
 * Precedence  More literal segments first, then more required query parameters, then the table's
 *             order.
 * Ownership   Borrows the operation table. Matched values point into the path, still encoded.
 * Limits      ROUTE_SEGMENTS_MAX segments, ROUTE_CONDITIONS_MAX conditions (asserted: the tables
 *             are ours). */
#ifndef SLS_CORE_API_ROUTE_H
#define SLS_CORE_API_ROUTE_H

#include "core/api/api.h"

#define ROUTE_SEGMENTS_MAX 10
#define ROUTE_CONDITIONS_MAX 3

struct route_param {
    struct slice name;
    struct slice value;
};

struct route_match {
    const struct api_op *op;
    size_t param_count;
    struct route_param params[ROUTE_SEGMENTS_MAX];
};

struct routes {
    struct route *items;
    size_t count;
};

/* To a zeroed `routes`, or to what is there already: those operations that have a path. */
void routes_add(struct routes *routes, const struct api_op *ops);
/* `arena` holds decoded query names, if any had to be decoded. */
bool routes_match(const struct routes *routes, struct arena *arena, struct slice method,
                  struct slice path, struct slice query, struct route_match *ret_match);
void routes_finish(struct routes *routes);

#endif
