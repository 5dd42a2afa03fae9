#include "gateway/websocket/ws_routes.h"

#include "core/mem.h"
#include "gateway/websocket/selection.h"

#include <stdlib.h>

struct keyed {
    struct slice key;
    size_t index;
};

struct ws_routes {
    const struct selection *selection;
    struct keyed *keyed; /* those that messages choose, by key */
    size_t count;
    size_t connect;
    size_t disconnect;
    size_t otherwise; /* $default */
};

static int compare(const void *a, const void *b)
{
    return slice_compare(((const struct keyed *)a)->key, ((const struct keyed *)b)->key);
}

/* Where the index of one of the three predefined routes is kept; NULL: it is another's. */
static size_t *predefined(struct ws_routes *routes, struct slice key)
{
    return slice_is(key, "$connect")      ? &routes->connect
           : slice_is(key, "$disconnect") ? &routes->disconnect
           : slice_is(key, "$default")    ? &routes->otherwise
                                          : NULL;
}

static enum status refuse(const struct route_spec *route, enum status status, const char *why,
                          struct fault *reterr)
{
    return fault_set(reterr, status, "%.*s%sroute \"%.*s\": %s", SLICE_ARG(route->position),
                     route->position.len != 0 ? ": " : "", SLICE_ARG(route->path), why);
}

static enum status add(struct arena *arena, struct ws_routes *routes,
                       const struct route_spec *route, size_t index, struct fault *reterr)
{
    size_t *place = predefined(routes, route->path);
    if (route->authorization != AUTHORIZATION_NONE && place != &routes->connect) {
        return refuse(route, STATUS_INVALID,
                      "Currently, authorization is restricted to the $connect route only", reterr);
    }
    if (place != NULL) {
        if (*place != WS_ROUTE_NONE) {
            return refuse(route, STATUS_CONFLICT, "there are two of this key", reterr);
        }
        *place = index;
        return STATUS_OK;
    }
    if (route->path.len == 0 || route->path.ptr[0] == '$') {
        return refuse(route, STATUS_INVALID,
                      "a key is not empty, and begins with $ in $connect, $disconnect and "
                      "$default only",
                      reterr);
    }
    routes->keyed[routes->count++] = (struct keyed){arena_copy(arena, route->path), index};
    return STATUS_OK;
}

enum status ws_routes_create(struct arena *arena, const struct api_spec *spec,
                             const struct ws_routes **ret_routes, struct fault *reterr)
{
    struct ws_routes *routes = arena_alloc(arena, sizeof(*routes));
    routes->connect = WS_ROUTE_NONE;
    routes->disconnect = WS_ROUTE_NONE;
    routes->otherwise = WS_ROUTE_NONE;
    struct fault fault = {.text = ""};
    if (spec->route_selection.len == 0) {
        return fault_set(reterr, STATUS_INVALID, "API %.*s has no route selection expression",
                         SLICE_ARG(spec->logical_id));
    }
    if (selection_parse(arena, SELECTION_ROUTE, arena_copy(arena, spec->route_selection),
                        &routes->selection, &fault) != STATUS_OK) {
        return fault_set(reterr, STATUS_INVALID, "route selection expression of API %.*s: %s",
                         SLICE_ARG(spec->logical_id), fault.text);
    }
    routes->keyed = arena_array(arena, spec->route_count, sizeof(*routes->keyed));
    for (size_t i = 0; i < spec->route_count; i++) {
        enum status status = add(arena, routes, &spec->routes[i], i, reterr);
        if (status != STATUS_OK) {
            return status;
        }
    }
    if (routes->count != 0) {
        qsort(routes->keyed, routes->count, sizeof(*routes->keyed), compare);
    }
    for (size_t i = 1; i < routes->count; i++) {
        if (slice_eq(routes->keyed[i - 1].key, routes->keyed[i].key)) {
            return refuse(&spec->routes[routes->keyed[i].index], STATUS_CONFLICT,
                          "there are two of this key", reterr);
        }
    }
    *ret_routes = routes;
    return STATUS_OK;
}

size_t ws_routes_connect(const struct ws_routes *routes)
{
    return routes->connect;
}

size_t ws_routes_disconnect(const struct ws_routes *routes)
{
    return routes->disconnect;
}

size_t ws_routes_find(const struct ws_routes *routes, struct arena *scratch, struct slice message)
{
    struct keyed wanted = {0};
    if (routes->count == 0 ||
        !selection_evaluate(routes->selection, scratch, message, &wanted.key)) {
        return routes->otherwise;
    }
    const struct keyed *found =
        bsearch(&wanted, routes->keyed, routes->count, sizeof(wanted), compare);
    return found != NULL ? found->index : routes->otherwise;
}
