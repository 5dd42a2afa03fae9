#include "gateway/edge_address.h"

#include "core/mem.h"
#include "gateway/websocket/management.h"

/* The API of a Host; empty: it names none. */
static struct slice api_of_host(struct slice host)
{
    size_t dot = slice_find(host, '.');
    if (dot == SLICE_NPOS || !slice_istarts_with(slice_skip(host, dot), SLICE(".execute-api."))) {
        return SLICE("");
    }
    return slice_take(host, dot);
}

/* Takes "name/" off the front of `*path`; false when there is no such part. */
static bool take_part(struct slice *path, struct slice *ret_part)
{
    size_t slash = slice_find(*path, '/');
    *ret_part = slash == SLICE_NPOS ? *path : slice_take(*path, slash);
    *path = slash == SLICE_NPOS ? SLICE("") : slice_skip(*path, slash + 1);
    return ret_part->len != 0;
}

static bool read_localstack(struct arena *arena, struct slice path, struct edge_address *ret)
{
    static const struct slice modern = SLICE_INIT("/_aws/execute-api/");
    static const struct slice older = SLICE_INIT("/restapis/");
    bool is_older = slice_starts_with(path, older);
    struct slice stage;
    if (!is_older && !slice_starts_with(path, modern)) {
        return false;
    }
    path = slice_skip(path, is_older ? older.len : modern.len);
    if (!take_part(&path, &ret->api_id)) {
        return false;
    }
    if (!is_older) {
        ret->path = arena_printf(arena, "/%.*s", SLICE_ARG(path));
        return true;
    }
    struct slice mark;
    if (!take_part(&path, &stage) || !take_part(&path, &mark) ||
        !slice_is(mark, "_user_request_")) {
        return false;
    }
    ret->path = arena_printf(arena, "/%.*s/%.*s", SLICE_ARG(stage), SLICE_ARG(path));
    return true;
}

static bool read_connection(struct arena *arena, struct slice path, struct edge_address *ret)
{
    struct slice id = management_id(arena, path);
    if (id.ptr == NULL) { /* below a stage? */
        size_t slash = slice_find(slice_skip(path, 1), '/');
        id = slash != SLICE_NPOS ? management_id(arena, slice_skip(path, slash + 1)) : SLICE_NULL;
    }
    ret->connection_id = id;
    ret->path = path;
    return id.ptr != NULL;
}

bool edge_address_read(struct arena *arena, const struct http_request *request,
                       struct edge_address *ret_address)
{
    *ret_address = (struct edge_address){
        .api_id = api_of_host(http_header_get(request->headers, "host")),
        .path = request->path,
    };
    return ret_address->api_id.len != 0 || read_localstack(arena, request->path, ret_address) ||
           (slice_search(request->path, SLICE("connections/")) != SLICE_NPOS &&
            read_connection(arena, request->path, ret_address));
}
