#include "gateway/router.h"

#include "core/mem.h"

#include <criterion/criterion.h>

#define ROUTES_MAX 16

struct table {
    struct router *router;
    struct route_pattern patterns[ROUTES_MAX];
    char keys[ROUTES_MAX][64];
};

/* Routes as "GET /path" texts; the last is NULL. */
static void table_open(struct table *table, enum api_kind kind, const char *const *keys)
{
    struct fault fault = {.text = ""};
    table->router = router_create(kind);
    for (size_t i = 0; keys[i] != NULL; i++) {
        struct slice key = slice_from(keys[i]);
        size_t blank = slice_find(key, ' ');
        table->patterns[i] = (struct route_pattern){.owner = keys[i], .path = key};
        if (blank != SLICE_NPOS) {
            table->patterns[i].method = method_of(slice_take(key, blank));
            table->patterns[i].path = slice_skip(key, blank + 1);
        }
        cr_assert_eq(router_add(table->router, &table->patterns[i], &fault), STATUS_OK, "%s",
                     fault.text);
    }
}

/* "GET /path -> GET /{id} id=path"; "none". */
static const char *match_text(const struct table *table, const char *method, const char *path)
{
    static char text[512];
    struct route_match match;
    if (!router_match(table->router, slice_from(method), slice_from(path), &match)) {
        return "none";
    }
    int len = snprintf(text, sizeof(text), "%s", (const char *)match.pattern->owner);
    for (size_t i = 0; i < match.pattern->param_count; i++) {
        len += snprintf(text + len, sizeof(text) - (size_t)len, " %.*s=%.*s",
                        SLICE_ARG(match.pattern->param_names[i]), SLICE_ARG(match.values[i]));
    }
    return text;
}

struct row {
    const char *method, *path, *want;
};

static void expect_rows(enum api_kind kind, const char *const *keys, const struct row *rows,
                        size_t count)
{
    struct table table;
    table_open(&table, kind, keys);
    for (size_t i = 0; i < count; i++) {
        const char *got = match_text(&table, rows[i].method, rows[i].path);
        cr_expect_str_eq(got, rows[i].want, "row %zu: %s %s gives '%s', want '%s'", i,
                         rows[i].method, rows[i].path, got, rows[i].want);
    }
    router_destroy(table.router);
}

Test(router, prefers_full_over_greedy_over_default_in_http_apis)
{
    static const char *const keys[] = {"$default",
                                       "ANY /{proxy+}",
                                       "GET /pets/{proxy+}",
                                       "GET /pets/dog/{id}",
                                       "GET /pets/dog/1",
                                       "ANY /pets/dog/2",
                                       "POST /a/{x}/c",
                                       "POST /a/b/{y}",
                                       "GET /a/{p+}",
                                       "GET /a/{x}/{q+}",
                                       "GET /{w}/b/c/d",
                                       "GET /a/{x}/{y}/{z}",
                                       NULL};
    static const struct row rows[] = {
        {"GET", "/pets/dog/1", "GET /pets/dog/1"},
        {"GET", "/pets/dog/7", "GET /pets/dog/{id} id=7"},
        {"GET", "/pets/dog/2", "ANY /pets/dog/2"}, /* a literal wins over a method */
        {"GET", "/pets/cat/1", "GET /pets/{proxy+} proxy=cat/1"},
        {"GET", "/pets/dog/", "GET /pets/dog/{id} id="},
        {"GET", "/pets", "ANY /{proxy+} proxy=pets"},
        {"GET", "/pets/", "GET /pets/{proxy+} proxy="},
        {"POST", "/pets/dog/1", "ANY /{proxy+} proxy=pets/dog/1"},
        {"GET", "/", "ANY /{proxy+} proxy="},
        {"POST", "/a/b/c", "POST /a/b/{y} y=c"},      /* as many literals: the one further left */
        {"GET", "/a/b/c", "GET /a/{x}/{q+} x=b q=c"}, /* the longer prefix */
        {"GET", "/a/b/c/d", "GET /{w}/b/c/d w=a"},    /* more literals */
        {"GET", "/a/b/c/e", "GET /a/{x}/{y}/{z} x=b y=c z=e"},
        {"GET", "/a/b/c/d/e/", "GET /a/{x}/{q+} x=b q=c/d/e"},
        {"BREW", "/x", "ANY /{proxy+} proxy=x"},
    };
    expect_rows(API_HTTP, keys, rows, COUNT_OF(rows));
}

Test(router, falls_back_to_default_or_nothing_in_http_apis)
{
    static const char *const with_default[] = {"$default", "GET /x", "GET /y/{p+}", NULL};
    static const char *const without[] = {"GET /x", "GET /y/{p+}", "GET /", "GET /z/{id}", NULL};
    static const struct row rows_with[] = {
        {"PUT", "/x", "$default"}, {"GET", "/", "$default"}, {"GET", "/x/", "$default"}};
    static const struct row rows_without[] = {
        {"PUT", "/x", "none"},  {"GET", "/X", "none"},   {"GET", "/y", "none"},
        {"GET", "/x/", "none"}, {"GET", "/", "GET /"},   {"HEAD", "/x", "none"},
        {"GET", "//", "none"},  {"GET", "/z//", "none"}, {"ANY", "/x", "none"},
        {"GET", "", "none"},    {"GET", "x", "none"},
    };
    expect_rows(API_HTTP, with_default, rows_with, COUNT_OF(rows_with));
    expect_rows(API_HTTP, without, rows_without, COUNT_OF(rows_without));
}

Test(router, does_not_depend_on_the_order_of_routes)
{
    static const char *const one[] = {"POST /items", "ANY /{proxy+}", NULL};
    static const char *const other[] = {"ANY /{proxy+}", "POST /items", NULL};
    static const struct row rows[] = {{"POST", "/items", "POST /items"}};
    expect_rows(API_HTTP, one, rows, 1); /* case 4 */
    expect_rows(API_HTTP, other, rows, 1);
    expect_rows(API_REST, one, rows, 1);
    expect_rows(API_REST, other, rows, 1);
}

Test(router, goes_segment_by_segment_in_rest_apis)
{
    static const char *const keys[] = {"GET /",
                                       "ANY /{proxy+}",
                                       "GET /hardcoded",
                                       "GET /part1/{param+}",
                                       "GET /part1/hard",
                                       "GET /{x}/fixed",
                                       "GET /a/{g+}",
                                       "GET /u/{id}",
                                       "POST /u/me",
                                       "GET /v/{id}/w/{name}",
                                       NULL};
    static const struct row rows[] = {
        {"GET", "/", "GET /"},
        {"POST", "/", "none"},
        {"GET", "/hardcoded", "GET /hardcoded"},
        {"GET", "/hardcoded/", "GET /hardcoded"},
        {"GET", "/hard%63oded", "GET /hardcoded"},
        {"GET", "/part1/random", "GET /part1/{param+} param=random"}, /* case 36 */
        {"GET", "/part1/hard", "GET /part1/hard"},
        {"POST", "/hardcoded", "ANY /{proxy+} proxy=hardcoded"}, /* case 35, 50 */
        {"GET", "/a/fixed", "GET /a/{g+} g=fixed"}, /* a literal first, whatever follows */
        {"GET", "/b/fixed", "GET /{x}/fixed x=b"},
        {"GET", "/u/me", "ANY /{proxy+} proxy=u/me"}, /* not /u/{id}: only a greedy one helps */
        {"GET", "/v/a%20b/w/c%2Fd", "GET /v/{id}/w/{name} id=a%20b name=c%2Fd"},
        {"GET", "/proxy-value//double-slash", "ANY /{proxy+} proxy=proxy-value//double-slash"},
        {"GET", "/proxy-value/", "ANY /{proxy+} proxy=proxy-value"},
        {"BREW", "/x", "none"},
    };
    expect_rows(API_REST, keys, rows, COUNT_OF(rows));
}

Test(router, refuses_malformed_and_duplicate_routes)
{
    static const struct {
        enum api_kind kind;
        const char *path, *says;
    } rows[] = {
        {API_HTTP, "", "must begin with '/'"},
        {API_HTTP, "items", "must begin with '/'"},
        {API_HTTP, "/a//b", "empty segment"},
        {API_HTTP, "/a{b}", "'a{b}' must be a literal"},
        {API_HTTP, "/{}", "must be a literal"},
        {API_HTTP, "/{+}", "must be a literal"},
        {API_HTTP, "/{a b}", "must be a literal"},
        {API_HTTP, "/{a+}/b", "must be the last segment"},
        {API_HTTP, "/known/{other}", "same route"},
        {API_HTTP, "/greedy/{other+}", "same route"},
        {API_REST, "$default", "no $default route"},
    };
    static const char *const known[] = {"GET /known/{id}", "GET /greedy/{p+}", NULL};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct table table;
        struct fault fault = {.text = ""};
        table_open(&table, rows[i].kind, known);
        struct route_pattern pattern = {.method = METHOD_GET, .path = slice_from(rows[i].path)};
        cr_expect_eq(router_add(table.router, &pattern, &fault), STATUS_INVALID, "%s",
                     rows[i].path);
        cr_expect(strstr(fault.text, rows[i].says) != NULL, "%s: %s", rows[i].path, fault.text);
        router_destroy(table.router);
    }
}

Test(router, finds_each_of_a_thousand_routes)
{
    enum { COUNT = 1000 };
    static struct route_pattern patterns[COUNT];
    static char paths[COUNT][32];
    struct router *router = router_create(API_HTTP);
    for (int i = 0; i < COUNT; i++) {
        (void)snprintf(paths[i], sizeof(paths[i]), i % 2 == 0 ? "/r%d/x" : "/r%d/{id}", i);
        patterns[i] = (struct route_pattern){
            .method = METHOD_GET, .path = slice_from(paths[i]), .owner = &patterns[i]};
        cr_assert_eq(router_add(router, &patterns[i], NULL), STATUS_OK);
    }
    for (int i = 0; i < COUNT; i++) {
        char path[32];
        struct route_match match;
        (void)snprintf(path, sizeof(path), "/r%d/x", i);
        cr_assert(router_match(router, SLICE("GET"), slice_from(path), &match), "%s", path);
        cr_expect_eq(match.pattern, &patterns[i], "%s", path);
    }
    router_destroy(router);
}
