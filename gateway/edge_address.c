#include "gateway/edge_address.h"

#include "core/mem.h"
#include "gateway/websocket/management.h"

static bool read_host(struct slice host, struct edge_address *ret)
{
    size_t dot = slice_find(host, '.');
    if (dot == 0 || dot == SLICE_NPOS) {
        return false;
    }
    struct slice rest = slice_skip(host, dot);
    ret->api_id = slice_take(host, dot);
    ret->is_url = slice_istarts_with(rest, SLICE(".lambda-url."));
    return ret->is_url || slice_istarts_with(rest, SLICE(".execute-api."));
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
    static const struct slice url = SLICE_INIT("/_aws/lambda-url/");
    static const struct slice older = SLICE_INIT("/restapis/");
    const struct slice *prefix = slice_starts_with(path, modern) ? &modern
                                 : slice_starts_with(path, url)  ? &url
                                                                 : &older;
    struct slice stage;
    if (!slice_starts_with(path, *prefix)) {
        return false;
    }
    path = slice_skip(path, prefix->len);
    if (!take_part(&path, &ret->api_id)) {
        return false;
    }
    ret->is_url = prefix == &url;
    if (prefix != &older) {
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
    *ret_address = (struct edge_address){.path = request->path};
    if (read_host(http_header_get(request->headers, "host"), ret_address)) {
        return true;
    }
    *ret_address = (struct edge_address){.path = request->path};
    return read_localstack(arena, request->path, ret_address) ||
           (slice_search(request->path, SLICE("connections/")) != SLICE_NPOS &&
            read_connection(arena, request->path, ret_address));
}
