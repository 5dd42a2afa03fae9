/* links: sls_gateway */
/* Lines: 'h' or 'r' for the kind of API, then routes ("GET /a/{b}"), then the path of a request.
 * What matches can be put together again from the template and the values. */
#include "core/encode.h"
#include "core/mem.h"
#include "gateway/router.h"

#include <assert.h>

#define ROUTES_MAX 24

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static struct slice without_end(struct slice path)
{
    while (path.len > 0 && path.ptr[path.len - 1] == '/') {
        path.len--;
    }
    return path;
}

static void rebuild(struct buf *out, const struct route_match *match)
{
    struct slice rest = slice_skip(without_end(match->pattern->path), 1);
    struct slice segment;
    size_t param = 0;
    while (rest.len > 0 && slice_split(&rest, '/', &segment)) {
        buf_append_char(out, '/');
        buf_append(out, segment.ptr[0] == '{' ? match->values[param++] : segment);
    }
    assert(param == match->pattern->param_count);
}

static void check_match(enum api_kind kind, const struct route_match *match, struct slice path)
{
    if (slice_is(match->pattern->path, "$default")) {
        return;
    }
    AUTO_ARENA arena = ARENA_INIT;
    AUTO_BUF built = BUF_INIT(1 << 20);
    rebuild(&built, match);
    struct slice got = without_end(buf_slice(&built));
    struct slice want = without_end(path);
    if (kind == API_REST) { /* literals compare decoded */
        got = percent_decode(&arena, got, false);
        want = percent_decode(&arena, want, false);
    }
    assert(slice_eq(got, want) || kind == API_REST);
    assert(kind == API_HTTP || got.len <= want.len || match->pattern->param_count == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct slice rest = slice_of((const char *)bytes, len);
    struct slice line;
    if (len > 4096 || len == 0 || !slice_split(&rest, '\n', &line)) {
        return 0;
    }
    enum api_kind kind = slice_is(line, "r") ? API_REST : API_HTTP;
    struct router *router = router_create(kind);
    struct route_pattern patterns[ROUTES_MAX];
    size_t count = 0;
    while (slice_split(&rest, '\n', &line)) {
        if (rest.ptr == NULL) {
            struct route_match match;
            if (router_match(router, SLICE("GET"), line, &match)) {
                check_match(kind, &match, line);
            }
            break;
        }
        size_t blank = slice_find(line, ' ');
        struct slice method = blank == SLICE_NPOS ? SLICE("GET") : slice_take(line, blank);
        struct slice path = blank == SLICE_NPOS ? line : slice_skip(line, blank + 1);
        if (count < ROUTES_MAX && method_of(method) != METHOD_OTHER) {
            patterns[count] = (struct route_pattern){.method = method_of(method), .path = path};
            count += router_add(router, &patterns[count], NULL) == STATUS_OK;
        }
    }
    router_destroy(router);
    return 0;
}
