/* Matches a request against the routes of one API.
 *
 * Templates are split into segments and kept as a tree whose literal edges live in one hash table,
 * so a match costs the segments of the path, not the number of routes.
 *
 * Templates  "/", "/items/{id}", "/files/{path+}" (greedy, last segment only), "$default" (HTTP
 *            APIs). A trailing '/' of a template is dropped.
 * HTTP APIs  Full match, then greedy, then $default. Within a class more literal segments win, then
 *            (greedy) the longer prefix, then the literal further left; at one place a method wins
 *            over ANY. The method takes part: a better path without the verb hides no other route.
 *            A trailing '/' of the path is an empty last segment, which only a variable takes: "/"
 *            matches "/{proxy+}", "/a/" matches "/a/{proxy+}", "/a" does not. "/a/" never matches
 *            "/a".
 * REST APIs  Segment by segment: literal, {variable}, {greedy+}; the first path that fits is the
 *            resource. When it lacks the verb, only a greedy resource that serves it may answer.
 *            Trailing '/' of the path are ignored, literals are compared percent-decoded, values
 *            stay encoded.
 *
 * Ownership  The router borrows the routes, whose templates must outlive it.
 * Thread     Any, once built: router_match() allocates nothing and writes only ret_match.
 * Errors     INVALID for a malformed template and for a duplicate.
 * Source     API Gateway Developer Guide, "Create routes for HTTP APIs". */
#ifndef SLS_GATEWAY_ROUTER_H
#define SLS_GATEWAY_ROUTER_H

#include "core/slice.h"
#include "gateway/gateway.h"
#include "gateway/limits.h"

enum method {
    METHOD_ANY,
    METHOD_DELETE,
    METHOD_GET,
    METHOD_HEAD,
    METHOD_OPTIONS,
    METHOD_PATCH,
    METHOD_POST,
    METHOD_PUT,
    METHOD_OTHER, /* of a request only: no route names it */
};

/* What the router must know of a route; the rest of it hangs behind `owner`. */
struct route_pattern {
    enum method method;
    struct slice path;
    const void *owner;
    const struct slice *param_names; /* set by router_add(); the router's memory */
    size_t param_count;
};

struct route_match {
    const struct route_pattern *pattern;
    struct slice values[ROUTE_PARAMS_MAX]; /* in the order of the names; point into the path */
};

struct router;

enum method
method_of(struct slice name); /* upper case, "ANY" included; METHOD_OTHER when unknown */

struct router *router_create(enum api_kind kind);
MUST_CHECK enum status router_add(struct router *router, struct route_pattern *pattern,
                                  struct fault *reterr);
/* `path` begins with '/': decoded for HTTP APIs, as sent for REST APIs. */
bool router_match(const struct router *router, struct slice method, struct slice path,
                  struct route_match *ret_match);
void router_destroy(struct router *router); /* NULL is a no-op */

#endif
