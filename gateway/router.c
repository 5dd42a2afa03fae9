#include "gateway/router.h"

#include "core/arena.h"
#include "core/mem.h"

#define NONE UINT32_MAX

/* A place in the tree: the segments from the root to here. */
struct node {
    uint32_t variable; /* child for {name}, or NONE */
    uint32_t full;     /* first of the entries whose template ends here, or NONE */
    uint32_t greedy;   /* first of the entries whose {name+} begins here, or NONE */
    uint32_t depth;
    uint32_t literals; /* literal segments among them */
    bool has_literal_child;
};

struct entry {
    const struct route_pattern *pattern;
    uint32_t next; /* of the same place, with another method */
};

struct edge {
    struct slice text; /* NULL ptr: a free slot */
    uint32_t parent;
    uint32_t child;
};

struct router {
    enum api_kind kind;
    struct node *nodes; /* nodes[0] is the root */
    uint32_t node_count, node_cap;
    struct entry *entries;
    uint32_t entry_count, entry_cap;
    struct edge *edges;
    uint32_t edge_count, edge_mask;
    const struct route_pattern *default_route;
    struct arena arena; /* the names of variables */
};

static const char *const method_names[] = {
    [METHOD_ANY] = "ANY",   [METHOD_DELETE] = "DELETE",   [METHOD_GET] = "GET",
    [METHOD_HEAD] = "HEAD", [METHOD_OPTIONS] = "OPTIONS", [METHOD_PATCH] = "PATCH",
    [METHOD_POST] = "POST", [METHOD_PUT] = "PUT",
};

enum method method_of(struct slice name)
{
    for (size_t i = 0; i < COUNT_OF(method_names); i++) {
        if (slice_is(name, method_names[i])) {
            return (enum method)i;
        }
    }
    return METHOD_OTHER;
}

static uint32_t add_node(struct router *router, uint32_t depth, uint32_t literals)
{
    if (router->node_count == router->node_cap) {
        router->node_cap = router->node_cap != 0 ? router->node_cap * 2 : 16;
        router->nodes = mem_realloc(router->nodes, router->node_cap * sizeof(struct node));
    }
    router->nodes[router->node_count] = (struct node){
        .variable = NONE, .full = NONE, .greedy = NONE, .depth = depth, .literals = literals};
    return router->node_count++;
}

struct router *router_create(enum api_kind kind)
{
    struct router *router = mem_zalloc(sizeof(*router));
    router->kind = kind;
    arena_init(&router->arena, 1024);
    router->edge_mask = 15;
    router->edges = mem_array(router->edge_mask + 1, sizeof(struct edge));
    (void)add_node(router, 0, 0);
    return router;
}

void router_destroy(struct router *router)
{
    if (router == NULL) {
        return;
    }
    mem_free(router->nodes);
    mem_free(router->entries);
    mem_free(router->edges);
    arena_finish(&router->arena);
    mem_free(router);
}

/* --- segments --- */

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One byte of a segment as it compares: REST paths arrive percent-encoded. */
static unsigned char next_byte(struct slice segment, size_t *at, bool is_encoded)
{
    char c = segment.ptr[(*at)++];
    if (is_encoded && c == '%' && segment.len - *at >= 2) {
        int high = hex_value(segment.ptr[*at]);
        int low = hex_value(segment.ptr[*at + 1]);
        if (high >= 0 && low >= 0) {
            *at += 2;
            return (unsigned char)(high << 4 | low);
        }
    }
    return (unsigned char)c;
}

static uint32_t hash_edge(uint32_t parent, struct slice segment, bool is_encoded)
{
    uint32_t hash = 2166136261u ^ (parent * 2654435761u);
    for (size_t at = 0; at < segment.len;) {
        hash = (hash ^ next_byte(segment, &at, is_encoded)) * 16777619u;
    }
    return hash ^ (hash >> 15);
}

static bool segment_is(struct slice segment, struct slice literal, bool is_encoded)
{
    size_t at = 0;
    for (size_t i = 0; i < literal.len; i++) {
        if (at >= segment.len ||
            next_byte(segment, &at, is_encoded) != (unsigned char)literal.ptr[i]) {
            return false;
        }
    }
    return at == segment.len;
}

static struct edge *find_edge(const struct router *router, uint32_t parent, struct slice segment,
                              bool is_encoded)
{
    uint32_t slot = hash_edge(parent, segment, is_encoded) & router->edge_mask;
    for (;; slot = (slot + 1) & router->edge_mask) {
        struct edge *edge = &router->edges[slot];
        if (edge->text.ptr == NULL ||
            (edge->parent == parent && segment_is(segment, edge->text, is_encoded))) {
            return edge;
        }
    }
}

static uint32_t literal_child(const struct router *router, uint32_t parent, struct slice segment)
{
    if (!router->nodes[parent].has_literal_child || segment.len == 0) {
        return NONE;
    }
    const struct edge *edge = find_edge(router, parent, segment, router->kind == API_REST);
    return edge->text.ptr != NULL ? edge->child : NONE;
}

static void grow_edges(struct router *router)
{
    struct edge *old = router->edges;
    uint32_t old_mask = router->edge_mask;
    router->edge_mask = old_mask * 2 + 1;
    router->edges = mem_array(router->edge_mask + 1, sizeof(struct edge));
    for (uint32_t i = 0; i <= old_mask; i++) {
        if (old[i].text.ptr != NULL) {
            *find_edge(router, old[i].parent, old[i].text, false) = old[i];
        }
    }
    mem_free(old);
}

/* --- building --- */

static uint32_t add_literal(struct router *router, uint32_t parent, struct slice text)
{
    struct edge *edge = find_edge(router, parent, text, false);
    if (edge->text.ptr != NULL) {
        return edge->child;
    }
    struct node from = router->nodes[parent];
    uint32_t child = add_node(router, from.depth + 1, from.literals + 1);
    router->nodes[parent].has_literal_child = true;
    *edge = (struct edge){.text = text, .parent = parent, .child = child};
    if (++router->edge_count * 2 > router->edge_mask) {
        grow_edges(router);
    }
    return child;
}

static uint32_t add_variable(struct router *router, uint32_t parent)
{
    struct node from = router->nodes[parent];
    if (from.variable == NONE) {
        from.variable = add_node(router, from.depth + 1, from.literals);
        router->nodes[parent].variable = from.variable;
    }
    return from.variable;
}

static enum status add_entry(struct router *router, uint32_t node, bool is_greedy,
                             const struct route_pattern *pattern, struct fault *reterr)
{
    uint32_t *head = is_greedy ? &router->nodes[node].greedy : &router->nodes[node].full;
    for (uint32_t i = *head; i != NONE; i = router->entries[i].next) {
        const struct route_pattern *known = router->entries[i].pattern;
        if (known->method == pattern->method) {
            return fault_set(reterr, STATUS_INVALID, "%s %.*s and %s %.*s are the same route",
                             method_names[known->method], SLICE_ARG(known->path),
                             method_names[pattern->method], SLICE_ARG(pattern->path));
        }
    }
    if (router->entry_count == router->entry_cap) {
        router->entry_cap = router->entry_cap != 0 ? router->entry_cap * 2 : 16;
        router->entries = mem_realloc(router->entries, router->entry_cap * sizeof(struct entry));
    }
    router->entries[router->entry_count] = (struct entry){.pattern = pattern, .next = *head};
    *head = router->entry_count++;
    return STATUS_OK;
}

static bool is_param_name(struct slice name)
{
    return slice_is_alnum(name, "_-.:$");
}

/* What a segment of a template is: the name of its variable, or SLICE_NULL for a literal. */
static enum status parse_segment(struct slice path, struct slice segment, struct slice *ret_name,
                                 bool *ret_greedy, struct fault *reterr)
{
    *ret_name = SLICE_NULL;
    *ret_greedy = false;
    if (segment.len == 0) {
        return fault_set(reterr, STATUS_INVALID, "route %.*s has an empty segment",
                         SLICE_ARG(path));
    }
    if (slice_find(segment, '{') == SLICE_NPOS && slice_find(segment, '}') == SLICE_NPOS) {
        return STATUS_OK;
    }
    struct slice name = segment;
    if (name.ptr[0] == '{' && name.ptr[name.len - 1] == '}' && name.len > 2) {
        name = slice_of(name.ptr + 1, name.len - 2);
        if (name.ptr[name.len - 1] == '+') {
            *ret_greedy = true;
            name.len--;
        }
        if (is_param_name(name)) {
            *ret_name = name;
            return STATUS_OK;
        }
    }
    return fault_set(reterr, STATUS_INVALID,
                     "route %.*s: '%.*s' must be a literal, {name} or {name+}", SLICE_ARG(path),
                     SLICE_ARG(segment));
}

static enum status add_default(struct router *router, const struct route_pattern *pattern,
                               struct fault *reterr)
{
    if (router->kind == API_REST) {
        return fault_set(reterr, STATUS_INVALID, "a REST API has no $default route");
    }
    if (router->default_route != NULL) {
        return fault_set(reterr, STATUS_INVALID, "there are two $default routes");
    }
    router->default_route = pattern;
    return STATUS_OK;
}

enum status router_add(struct router *router, struct route_pattern *pattern, struct fault *reterr)
{
    struct slice names[ROUTE_PARAMS_MAX];
    struct slice path = pattern->path;
    if (slice_is(path, "$default")) {
        return add_default(router, pattern, reterr);
    }
    if (path.len == 0 || path.ptr[0] != '/') {
        return fault_set(reterr, STATUS_INVALID, "route '%.*s' must begin with '/'",
                         SLICE_ARG(path));
    }
    if (path.len > 1 && path.ptr[path.len - 1] == '/') {
        path.len--;
    }
    struct slice rest = path.len > 1 ? slice_skip(path, 1) : SLICE_NULL;
    struct slice segment;
    uint32_t node = 0;
    bool is_greedy = false;
    size_t count = 0;
    while (slice_split(&rest, '/', &segment)) {
        struct slice name;
        enum status status = parse_segment(path, segment, &name, &is_greedy, reterr);
        if (status != STATUS_OK) {
            return status;
        }
        if (is_greedy && rest.ptr != NULL) {
            return fault_set(reterr, STATUS_INVALID, "route %.*s: {%.*s+} must be the last segment",
                             SLICE_ARG(path), SLICE_ARG(name));
        }
        if (count == ROUTE_PARAMS_MAX || router->nodes[node].depth == ROUTE_SEGMENTS_MAX) {
            return fault_set(reterr, STATUS_INVALID, "route %.*s has too many segments",
                             SLICE_ARG(path));
        }
        if (name.ptr != NULL) {
            names[count++] = name;
        }
        if (!is_greedy) {
            node =
                name.ptr != NULL ? add_variable(router, node) : add_literal(router, node, segment);
        }
    }
    struct slice *copy = arena_array(&router->arena, count, sizeof(struct slice));
    if (count > 0) {
        memcpy(copy, names, count * sizeof(struct slice));
    }
    pattern->param_names = copy;
    pattern->param_count = count;
    return add_entry(router, node, is_greedy, pattern, reterr);
}

/* --- matching --- */

struct search {
    const struct router *router;
    enum method method;
    struct slice values[ROUTE_PARAMS_MAX]; /* of the variables on the way to the current node */
    struct route_match *match;             /* the best so far */
    const struct node *full;               /* where the best full match was found */
    const struct node *greedy;
};

/* The pattern at one place that serves the method: by name before ANY. */
static const struct route_pattern *serving(const struct search *search, uint32_t entry)
{
    const struct route_pattern *any = NULL;
    for (; entry != NONE; entry = search->router->entries[entry].next) {
        const struct route_pattern *pattern = search->router->entries[entry].pattern;
        if (pattern->method == METHOD_ANY) {
            any = pattern;
        } else if (pattern->method == search->method) {
            return pattern;
        }
    }
    /* A REST API's ANY is short for the seven methods. */
    return search->method == METHOD_OTHER && search->router->kind == API_REST ? NULL : any;
}

static void take_match(struct search *search, const struct route_pattern *pattern, size_t count)
{
    search->match->pattern = pattern;
    memcpy(search->match->values, search->values, count * sizeof(struct slice));
}

static struct slice greedy_value(struct slice rest)
{
    while (rest.len > 0 && rest.ptr[rest.len - 1] == '/') {
        rest.len--;
    }
    return rest;
}

static bool is_more_specific(const struct node *a, const struct node *b)
{
    return b == NULL || a->literals > b->literals ||
           (a->literals == b->literals && a->depth > b->depth);
}

/* HTTP APIs: looks at every place the path reaches. `rest` is NULL at its end. */
static void search_http(struct search *search, uint32_t at, struct slice rest, size_t count)
{
    const struct node *node = &search->router->nodes[at];
    if (rest.ptr == NULL) {
        const struct route_pattern *pattern = serving(search, node->full);
        if (pattern != NULL && (search->full == NULL || node->literals > search->full->literals)) {
            search->full = node;
            take_match(search, pattern, count);
        }
        return;
    }
    if (search->full == NULL && is_more_specific(node, search->greedy)) {
        const struct route_pattern *pattern = serving(search, node->greedy);
        if (pattern != NULL) {
            search->greedy = node;
            search->values[count] = greedy_value(rest);
            take_match(search, pattern, count + 1);
        }
    }
    struct slice segment;
    (void)slice_split(&rest, '/', &segment);
    uint32_t child = literal_child(search->router, at, segment);
    if (child != NONE) {
        search_http(search, child, rest, count);
    }
    if (node->variable != NONE && (segment.len > 0 || rest.ptr == NULL)) {
        search->values[count] = segment;
        search_http(search, node->variable, rest, count + 1);
    }
}

/* REST APIs: the first place that fits, whatever its verbs; or, with `only_greedy`, the first
 * greedy one that serves the method. False when there is none; a resource without the verb leaves
 * no pattern. */
static bool search_rest(struct search *search, uint32_t at, struct slice rest, size_t count,
                        bool only_greedy)
{
    const struct node *node = &search->router->nodes[at];
    if (rest.ptr == NULL) {
        if (only_greedy || node->full == NONE) {
            return false;
        }
        take_match(search, serving(search, node->full), count);
        return true;
    }
    struct slice whole = rest;
    struct slice segment;
    (void)slice_split(&rest, '/', &segment);
    uint32_t child = literal_child(search->router, at, segment);
    if (child != NONE && search_rest(search, child, rest, count, only_greedy)) {
        return true;
    }
    if (node->variable != NONE && segment.len > 0) {
        search->values[count] = segment;
        if (search_rest(search, node->variable, rest, count + 1, only_greedy)) {
            return true;
        }
    }
    if (node->greedy == NONE) {
        return false;
    }
    const struct route_pattern *pattern = serving(search, node->greedy);
    if (pattern == NULL && only_greedy) {
        return false;
    }
    search->values[count] = whole;
    take_match(search, pattern, count + 1);
    return true;
}

static bool match_http(struct search *search, struct slice path)
{
    if (path.len == 1) { /* "/" itself, before the variables that would take its emptiness */
        search_http(search, 0, SLICE_NULL, 0);
    }
    if (search->full == NULL) {
        search_http(search, 0, slice_skip(path, 1), 0);
    }
    if (search->match->pattern == NULL) {
        search->match->pattern = search->router->default_route;
    }
    return search->match->pattern != NULL;
}

static bool match_rest(struct search *search, struct slice path)
{
    while (path.len > 0 && path.ptr[path.len - 1] == '/') {
        path.len--;
    }
    struct slice rest = path.len > 0 ? slice_skip(path, 1) : SLICE_NULL;
    (void)search_rest(search, 0, rest, 0, false);
    if (search->match->pattern == NULL) {
        (void)search_rest(search, 0, rest, 0, true);
    }
    return search->match->pattern != NULL;
}

bool router_match(const struct router *router, struct slice method, struct slice path,
                  struct route_match *ret_match)
{
    struct search search;
    search.router = router;
    search.method = method_of(method);
    search.match = ret_match;
    search.full = NULL;
    search.greedy = NULL;
    ret_match->pattern = NULL;
    if (search.method == METHOD_ANY) {
        search.method = METHOD_OTHER;
    }
    if (path.len == 0 || path.ptr[0] != '/') {
        return false;
    }
    return router->kind == API_REST ? match_rest(&search, path) : match_http(&search, path);
}
