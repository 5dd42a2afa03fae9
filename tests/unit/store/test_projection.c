#include "expressions.h"

#include "core/json_scan.h"

#define NAMES "{\"#a\":\"a\",\"#b\":\"[3]\",\"#dot\":\"x.y\",\"#missing\":\"zz\"}"
#define ITEM                                                                                       \
    "{\"a\":{\"S\":\"1\"},\"b\":{\"M\":{\"c\":{\"N\":\"2\"},\"d\":{\"M\":{\"e\":{\"S\":\"3\"}}},"  \
    "\"x\":{\"S\":\"4\"}}},\"l\":{\"L\":[{\"S\":\"l0\"},{\"S\":\"l1\"},{\"M\":{\"m\":{\"S\":"      \
    "\"l2m\"},\"n\":{\"S\":\"l2n\"}}},{\"L\":[{\"N\":\"30\"},{\"N\":\"31\"}]}]},\"n\":{\"N\":"     \
    "\"5\"},\"x.y\":{\"BOOL\":true}}"

static const struct problem *projection_of(struct arena *arena, const char *text,
                                           struct projection *projection)
{
    struct placeholders *placeholders;
    cr_assert_null(placeholders_of(arena, NAMES, NULL, &placeholders));
    return expression_parse_projection(arena, slice_from(text), placeholders, projection);
}

struct row {
    const char *text, *wanted;
};

static const struct row prints[] = {
    {"a", "{\"a\":{\"S\":\"1\"}}"},
    {"n, a", "{\"a\":{\"S\":\"1\"},\"n\":{\"N\":\"5\"}}"},
    {"nope", "{}"},
    {"a.x", "{}"},
    {"a[0]", "{}"},
    {"b.c", "{\"b\":{\"M\":{\"c\":{\"N\":\"2\"}}}}"},
    {"b.x, b.d.e", "{\"b\":{\"M\":{\"d\":{\"M\":{\"e\":{\"S\":\"3\"}}},\"x\":{\"S\":\"4\"}}}}"},
    {"b.d.nope", "{}"},
    {"b.d.nope, b.c", "{\"b\":{\"M\":{\"c\":{\"N\":\"2\"}}}}"},
    {"l[1]", "{\"l\":{\"L\":[{\"S\":\"l1\"}]}}"},
    {"l[2].n, l[0]", "{\"l\":{\"L\":[{\"S\":\"l0\"},{\"M\":{\"n\":{\"S\":\"l2n\"}}}]}}"},
    {"l[3][1], l[9], l[3][7]", "{\"l\":{\"L\":[{\"L\":[{\"N\":\"31\"}]}]}}"},
    {"l[9]", "{}"},
    {"l.x", "{}"},
    {"#dot", "{\"x.y\":{\"BOOL\":true}}"},
    {"a, #missing, l[2]",
     "{\"a\":{\"S\":\"1\"},\"l\":{\"L\":[{\"M\":{\"m\":{\"S\":\"l2m\"},\"n\":{\"S\":\"l2n\"}}}]}}"},
    {"a, b, l, n, #dot", ITEM},
};

Test(projection, prints_the_pieces_in_the_order_of_the_item)
{
    for (size_t i = 0; i < COUNT_OF(prints); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        AUTO_BUF out = BUF_INIT(1 << 16);
        struct projection projection;
        struct slice item = item_of(&arena, ITEM);
        cr_assert_null(projection_of(&arena, prints[i].text, &projection), "case %zu", i);
        struct json_writer w = json_writer_init(&out);
        projection_print(&w, &projection, item);
        cr_expect(slice_is(buf_slice(&out), prints[i].wanted), "case %zu: %s", i, buf_cstr(&out));
        cr_expect_eq(w.depth, 0);
        /* The stored form says the same. */
        AUTO_BUF copy = BUF_INIT(1 << 16);
        projection_apply(&copy, &projection, item);
        buf_clear(&out);
        w = json_writer_init(&out);
        item_print(&w, buf_slice(&copy));
        cr_expect(slice_is(buf_slice(&out), prints[i].wanted), "case %zu: %s", i, buf_cstr(&out));
    }
}

Test(projection, several_print_one_after_the_other_into_a_list)
{
    AUTO_ARENA arena = ARENA_INIT;
    AUTO_BUF out = BUF_INIT(1 << 16);
    struct projection projection;
    struct slice item = item_of(&arena, ITEM);
    cr_assert_null(projection_of(&arena, "b.nope, n", &projection));
    struct json_writer w = json_writer_init(&out);
    json_open(&w, '[');
    projection_print(&w, &projection, item);
    projection_print(&w, &projection, item_of(&arena, "{}"));
    projection_print(&w, &projection, item);
    json_close(&w, ']');
    cr_expect(slice_is(buf_slice(&out), "[{\"n\":{\"N\":\"5\"}},{},{\"n\":{\"N\":\"5\"}}]"), "%s",
              buf_cstr(&out));
}

Test(projection, paths_in_any_order_and_overlapping_ones_work_too)
{
    AUTO_ARENA arena = ARENA_INIT;
    AUTO_BUF out = BUF_INIT(1 << 16);
    static const struct path_step n[] = {{.name = SLICE_INIT("n")}};
    static const struct path_step b_x[] = {{.name = SLICE_INIT("b")}, {.name = SLICE_INIT("x")}};
    static const struct path_step b[] = {{.name = SLICE_INIT("b")}};
    static const struct path_step b_0[] = {{.name = SLICE_INIT("b")},
                                           {.is_index = true, .index = 0}};
    const struct path paths[] = {{n, 1}, {b_x, 2}, {b_0, 2}};
    const struct projection projection = {paths, COUNT_OF(paths)};
    struct json_writer w = json_writer_init(&out);
    projection_print(&w, &projection, item_of(&arena, ITEM));
    cr_expect(
        slice_is(buf_slice(&out), "{\"b\":{\"M\":{\"x\":{\"S\":\"4\"}}},\"n\":{\"N\":\"5\"}}"),
        "%s", buf_cstr(&out));
    const struct path overlapping[] = {{b_x, 2}, {b, 1}};
    const struct projection whole = {overlapping, COUNT_OF(overlapping)};
    buf_clear(&out);
    w = json_writer_init(&out);
    projection_print(&w, &whole, item_of(&arena, "{\"b\":{\"M\":{\"c\":{\"N\":\"2\"}}}}"));
    cr_expect(slice_is(buf_slice(&out), "{\"b\":{\"M\":{\"c\":{\"N\":\"2\"}}}}"), "%s",
              buf_cstr(&out));
}

Test(projection, what_cannot_be_projected_together_is_refused)
{
    static const struct row rows[] = {
        {"", "The expression can not be empty;"},
        {"a,", "Syntax error; token: \"<EOF>\", near: \",\""},
        {"a b", "Syntax error; token: \"b\", near: \"a b\""},
        {"!!", "Syntax error; token: \"!\", near: \"!!\""},
        {":a", "Syntax error; token: \":a\", near: \":a\""},
        {"(a)", "Syntax error; token: \"(\", near: \"(a\""},
        {"size(a)", "Syntax error; token: \"(\", near: \"size(a\""},
        {"#nope, abort", "Attribute name is a reserved keyword; reserved keyword: abort"},
        {"a, a, #nope",
         "An expression attribute name used in the document path is not defined; attribute name: "
         "#nope"},
        {"a, #a",
         "Two document paths overlap with each other; must remove or rewrite one of these paths; "
         "path one: [a], path two: [a]"},
        {"a, b, a.b",
         "Two document paths overlap with each other; must remove or rewrite one of these paths; "
         "path one: [a], path two: [a, b]"},
        {"a.b, #a[1], #b",
         "Two document paths conflict with each other; must remove or rewrite one of these paths; "
         "path one: [a, b], path two: [a, [1]]"},
        {"a.b[1], #a[1], #b",
         "Two document paths conflict with each other; must remove or rewrite one of these paths; "
         "path one: [a, b, [1]], path two: [a, [1]]"},
        {"a[3].b, #a.#b.b",
         "Two document paths conflict with each other; must remove or rewrite one of these paths; "
         "path one: [a, [3], b], path two: [a, [3], b]"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        struct projection projection;
        struct slice got =
            problem_words(projection_of(&arena, rows[i].text, &projection), "ProjectionExpression");
        cr_expect(slice_is(got, rows[i].wanted), "case %zu: %s\n  %.*s", i, rows[i].text,
                  SLICE_ARG(got));
    }
}
