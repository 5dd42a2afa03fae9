#include "core/api/route.h"

#include "core/api/params.h"
#include "core/mem.h"

#include <assert.h>
#include <stdlib.h>

enum segment_kind { SEGMENT_LITERAL, SEGMENT_PARAM, SEGMENT_REST };

struct segment {
    enum segment_kind kind;
    struct slice text; /* the literal, or the parameter's name */
};

struct condition {
    struct slice name;
    struct slice value; /* ptr NULL: any value will do */
};

struct route {
    const struct api_op *op;
    struct slice method;
    struct segment segments[ROUTE_SEGMENTS_MAX];
    size_t segment_count;
    struct condition conditions[ROUTE_CONDITIONS_MAX];
    size_t condition_count;
    size_t literal_count;
    size_t order; /* in the operation table */
};

static struct segment compile_segment(struct slice part)
{
    if (part.len < 2 || part.ptr[0] != '{') {
        return (struct segment){SEGMENT_LITERAL, part};
    }
    struct slice name = slice_take(slice_skip(part, 1), part.len - 2);
    if (slice_ends_with(name, SLICE("+"))) {
        return (struct segment){SEGMENT_REST, slice_take(name, name.len - 1)};
    }
    return (struct segment){SEGMENT_PARAM, name};
}

static void compile_conditions(struct route *route, struct slice query)
{
    struct slice part;
    while (slice_split(&query, '&', &part)) {
        assert(route->condition_count < ROUTE_CONDITIONS_MAX);
        struct condition *condition = &route->conditions[route->condition_count++];
        size_t equals = slice_find(part, '=');
        condition->name = slice_take(part, equals);
        condition->value = equals != SLICE_NPOS ? slice_skip(part, equals + 1) : SLICE_NULL;
    }
}

static struct route compile(const struct api_op *op, size_t order)
{
    struct route route = {.op = op, .method = slice_from(op->method), .order = order};
    struct slice path = slice_from(op->path);
    size_t question = slice_find(path, '?');
    if (question != SLICE_NPOS) {
        compile_conditions(&route, slice_skip(path, question + 1));
        path = slice_take(path, question);
    }
    struct slice part;
    path = path.len > 1 ? slice_skip(path, 1) : SLICE_NULL;
    while (slice_split(&path, '/', &part)) {
        assert(route.segment_count < ROUTE_SEGMENTS_MAX);
        struct segment segment = compile_segment(part);
        route.segments[route.segment_count++] = segment;
        route.literal_count += segment.kind == SEGMENT_LITERAL;
    }
    return route;
}

static int compare_routes(const void *left, const void *right)
{
    const struct route *a = left;
    const struct route *b = right;
    if (a->literal_count != b->literal_count) {
        return a->literal_count > b->literal_count ? -1 : 1;
    }
    if (a->condition_count != b->condition_count) {
        return a->condition_count > b->condition_count ? -1 : 1;
    }
    return a->order < b->order ? -1 : 1;
}

void routes_add(struct routes *routes, const struct api_op *ops)
{
    size_t max = routes->count;
    for (const struct api_op *op = ops; op->name != NULL; op++) {
        max += op->path != NULL;
    }
    routes->items = mem_realloc(routes->items, max * sizeof(*routes->items));
    for (const struct api_op *op = ops; op->name != NULL; op++) {
        if (op->path != NULL) {
            routes->items[routes->count] = compile(op, routes->count);
            routes->count++;
        }
    }
    if (routes->count != 0) {
        qsort(routes->items, routes->count, sizeof(*routes->items), compare_routes);
    }
}

void routes_finish(struct routes *routes)
{
    mem_free(routes->items);
    *routes = (struct routes){0};
}

/* A single '/' behind the last segment is accepted: old clients end some of Lambda's paths with it.
 */
static bool match_path(const struct route *route, struct slice path, struct route_match *match)
{
    struct slice rest = slice_skip(path, 1);
    match->param_count = 0;
    for (size_t i = 0; i < route->segment_count; i++) {
        const struct segment *segment = &route->segments[i];
        size_t end = slice_find(rest, '/');
        struct slice part = segment->kind == SEGMENT_REST ? rest : slice_take(rest, end);
        if (segment->kind == SEGMENT_LITERAL ? !slice_eq(part, segment->text) : part.len == 0) {
            return false;
        }
        if (segment->kind != SEGMENT_LITERAL) {
            match->params[match->param_count++] = (struct route_param){segment->text, part};
        }
        bool is_last = i + 1 == route->segment_count;
        rest = slice_skip(rest, part.len);
        if (!is_last && rest.len == 0) {
            return false;
        }
        rest = slice_skip(rest, 1);
    }
    return rest.len == 0;
}

static bool match_query(const struct route *route, struct arena *arena, struct slice query)
{
    for (size_t i = 0; i < route->condition_count; i++) {
        const struct condition *condition = &route->conditions[i];
        struct slice value = params_find(arena, query, condition->name);
        if (value.ptr == NULL ||
            (condition->value.ptr != NULL && !slice_eq(value, condition->value))) {
            return false;
        }
    }
    return true;
}

bool routes_match(const struct routes *routes, struct arena *arena, struct slice method,
                  struct slice path, struct slice query, struct route_match *ret_match)
{
    for (size_t i = 0; i < routes->count; i++) {
        const struct route *route = &routes->items[i];
        if (slice_eq(route->method, method) && match_path(route, path, ret_match) &&
            match_query(route, arena, query)) {
            ret_match->op = route->op;
            return true;
        }
    }
    return false;
}
