/* Updates as clients write them: the item as it was, the expression, the item as it is. */
#include "store/expression/expression.h"

#include <criterion/criterion.h>

static struct slice parse_item(struct arena *arena, const char *json)
{
    if (json == NULL) {
        return SLICE_NULL;
    }
    struct item_input input;
    const struct problem *problem = item_parse(arena, slice_from(json), &input);
    cr_assert(problem == NULL && input.bad == NULL, "%s", json);
    return input.item;
}

static const char *print_item(struct arena *arena, struct slice item)
{
    if (item.ptr == NULL) {
        return "nothing";
    }
    AUTO_BUF buf = BUF_INIT(1 << 20);
    struct json_writer w = json_writer_init(&buf);
    item_print(&w, item);
    return arena_cstr(arena, buf_slice(&buf));
}

static void parse_update(struct arena *arena, const char *text, const char *names,
                         const char *values, struct update *ret_update)
{
    struct item_input input = {.is_set = false};
    const struct problem *problem = NULL;
    if (values != NULL) {
        problem = item_parse(arena, slice_from(values), &input);
        cr_assert_null(problem);
    }
    struct placeholders *placeholders = NULL;
    problem =
        placeholders_parse(arena, slice_from(names), values != NULL ? &input : NULL, &placeholders);
    cr_assert(problem == NULL, "%s: %.*s", text, SLICE_ARG(problem->text));
    problem = expression_parse_update(arena, slice_from(text), placeholders, ret_update);
    cr_assert(problem == NULL, "%s: %.*s", text, SLICE_ARG(problem->text));
}

struct row {
    const char *item; /* NULL: none */
    const char *text, *values;
    const char *want; /* the new item, or the refusal */
};

static const char *apply(struct arena *arena, const struct row *row, struct slice *ret_item)
{
    struct update update;
    parse_update(arena, row->text, NULL, row->values, &update);
    struct slice key = parse_item(arena, "{\"p\":{\"S\":\"k\"}}");
    const struct problem *problem =
        update_apply(arena, &update, parse_item(arena, row->item), key, ret_item);
    return problem != NULL ? arena_cstr(arena, problem->text) : print_item(arena, *ret_item);
}

static void check(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        AUTO_ARENA arena = ARENA_INIT;
        struct slice item;
        const char *got = apply(&arena, &rows[i], &item);
        cr_expect_str_eq(got, rows[i].want, "%s: %s", rows[i].text, got);
    }
}
#define CHECK(rows) check(rows, sizeof(rows) / sizeof((rows)[0]))

#define MISSING "The provided expression refers to an attribute that does not exist in the item"
#define WRONG_TYPE "An operand in the update expression has an incorrect data type"
#define BAD_PATH "The document path provided in the update expression is invalid for update"
#define OVERFLOW                                                                                   \
    "Number overflow. Attempting to store a number with magnitude larger than supported range"

Test(update, sets_attributes_and_keeps_names_sorted)
{
    static const struct row rows[] = {
        {"{\"b\":{\"N\":\"1\"}}", "SET b = :v", "{\":v\":{\"N\":\"2\"}}", "{\"b\":{\"N\":\"2\"}}"},
        {"{\"b\":{\"N\":\"1\"}}", "SET c = :v, a = :v", "{\":v\":{\"S\":\"\"}}",
         "{\"a\":{\"S\":\"\"},\"b\":{\"N\":\"1\"},\"c\":{\"S\":\"\"}}"},
        {"{\"b\":{\"N\":\"1\"},\"d\":{\"BOOL\":true}}", "SET c = d, d = b", NULL,
         "{\"b\":{\"N\":\"1\"},\"c\":{\"BOOL\":true},\"d\":{\"N\":\"1\"}}"},
        {"{\"b\":{\"N\":\"1\"}}", "SET a = x", NULL, MISSING},
        {"{\"b\":{\"N\":\"1\"}}", "SET a = b.c", NULL, MISSING},
    };
    CHECK(rows);
}

Test(update, swaps_two_attributes_because_right_hand_sides_read_the_old_item)
{
    static const struct row rows[] = {
        {"{\"a\":{\"N\":\"1\"},\"b\":{\"N\":\"2\"}}", "SET a = b, b = a", NULL,
         "{\"a\":{\"N\":\"2\"},\"b\":{\"N\":\"1\"}}"},
        {"{\"a\":{\"N\":\"1\"},\"b\":{\"N\":\"2\"}}", "SET c = a REMOVE a", NULL,
         "{\"b\":{\"N\":\"2\"},\"c\":{\"N\":\"1\"}}"},
        {"{\"a\":{\"N\":\"1\"}}", "SET b = a + :v ADD a :v", "{\":v\":{\"N\":\"5\"}}",
         "{\"a\":{\"N\":\"6\"},\"b\":{\"N\":\"6\"}}"},
    };
    CHECK(rows);
}

Test(update, creates_an_item_that_is_missing_from_its_key)
{
    static const struct row rows[] = {
        {NULL, "SET b = :v", "{\":v\":{\"N\":\"2\"}}", "{\"b\":{\"N\":\"2\"},\"p\":{\"S\":\"k\"}}"},
        {NULL, "ADD z :v", "{\":v\":{\"N\":\"2\"}}", "{\"p\":{\"S\":\"k\"},\"z\":{\"N\":\"2\"}}"},
        {NULL, "SET b = if_not_exists(b, :v)", "{\":v\":{\"L\":[]}}",
         "{\"b\":{\"L\":[]},\"p\":{\"S\":\"k\"}}"},
        {NULL, "SET b = c", NULL, MISSING},
        {NULL, "SET b.c = :v", "{\":v\":{\"N\":\"2\"}}", BAD_PATH},
        {NULL, "SET b = :v REMOVE x.y", "{\":v\":{\"N\":\"2\"}}",
         "{\"b\":{\"N\":\"2\"},\"p\":{\"S\":\"k\"}}"},
    };
    CHECK(rows);
}

Test(update, creates_nothing_when_it_only_removes)
{
    static const struct row rows[] = {
        {NULL, "REMOVE a", NULL, "nothing"},
        {NULL, "REMOVE x.y, z[3]", NULL, "nothing"},
        {NULL, "DELETE a :v", "{\":v\":{\"SS\":[\"x\"]}}", "nothing"},
    };
    CHECK(rows);
    AUTO_ARENA arena = ARENA_INIT;
    struct update none = {.is_empty_request = true};
    struct slice key = parse_item(&arena, "{\"p\":{\"S\":\"k\"}}");
    struct slice item;
    cr_expect_null(update_apply(&arena, &none, SLICE_NULL, key, &item));
    cr_expect(slice_eq(item, key), "an update without any action creates the key");
    struct slice old = parse_item(&arena, "{\"a\":{\"N\":\"1\"},\"p\":{\"S\":\"k\"}}");
    cr_expect_null(update_apply(&arena, &none, old, key, &item));
    cr_expect(slice_eq(item, old), "and changes nothing of an item that is there");
}

Test(update, follows_paths_into_maps_and_lists)
{
    static const struct row rows[] = {
        {"{\"m\":{\"M\":{\"a\":{\"N\":\"1\"},\"c\":{\"N\":\"3\"}}},\"z\":{\"S\":\"z\"}}",
         "SET m.b = :v", "{\":v\":{\"N\":\"2\"}}",
         "{\"m\":{\"M\":{\"a\":{\"N\":\"1\"},\"b\":{\"N\":\"2\"},\"c\":{\"N\":\"3\"}}},\"z\":{"
         "\"S\":\"z\"}}"},
        {"{\"m\":{\"M\":{\"l\":{\"L\":[{\"M\":{\"x\":{\"N\":\"1\"}}},{\"S\":\"t\"}]}}}}",
         "SET m.l[0].y = m.l[1] REMOVE m.l[0].x, m.l[1]", NULL,
         "{\"m\":{\"M\":{\"l\":{\"L\":[{\"M\":{\"y\":{\"S\":\"t\"}}}]}}}}"},
        {"{\"a\":{\"N\":\"1\"}}", "SET a.b = :v", "{\":v\":{\"N\":\"2\"}}", BAD_PATH},
        {"{\"a\":{\"M\":{}}}", "SET a[0] = :v", "{\":v\":{\"N\":\"2\"}}", BAD_PATH},
        {"{\"a\":{\"L\":[]}}", "SET a.b = :v", "{\":v\":{\"N\":\"2\"}}", BAD_PATH},
        {"{\"a\":{\"L\":[]}}", "SET a[3].b = :v", "{\":v\":{\"N\":\"2\"}}", BAD_PATH},
        {"{\"a\":{\"N\":\"1\"}}", "REMOVE x.y", NULL, BAD_PATH},
        {"{\"a\":{\"M\":{}}}", "REMOVE a.b", NULL, "{\"a\":{\"M\":{}}}"},
        {"{\"a\":{\"M\":{}}}", "ADD a.b :v", "{\":v\":{\"N\":\"2\"}}",
         "{\"a\":{\"M\":{\"b\":{\"N\":\"2\"}}}}"},
    };
    CHECK(rows);
}

Test(update, counts_list_positions_in_the_old_list)
{
#define ABC "{\"l\":{\"L\":[{\"S\":\"a\"},{\"S\":\"b\"},{\"S\":\"c\"}]}}"
    static const struct row rows[] = {
        {ABC, "REMOVE l[0], l[2]", NULL, "{\"l\":{\"L\":[{\"S\":\"b\"}]}}"},
        {ABC, "REMOVE l[0] SET l[1] = :v", "{\":v\":{\"N\":\"1\"}}",
         "{\"l\":{\"L\":[{\"N\":\"1\"},{\"S\":\"c\"}]}}"},
        {ABC, "SET l[9] = :v, l[5] = :w", "{\":v\":{\"N\":\"9\"},\":w\":{\"N\":\"5\"}}",
         "{\"l\":{\"L\":[{\"S\":\"a\"},{\"S\":\"b\"},{\"S\":\"c\"},{\"N\":\"5\"},{\"N\":\"9\"}]}}"},
        {ABC, "REMOVE l[3], l[700]", NULL, ABC},
        {ABC, "REMOVE l[0], l[1], l[2] SET l[3] = l[0]", NULL, "{\"l\":{\"L\":[{\"S\":\"a\"}]}}"},
        {ABC, "REMOVE l[1], l[0], l[2]", NULL, "{\"l\":{\"L\":[]}}"},
    };
    CHECK(rows);
}

Test(update, appends_lists_and_takes_defaults)
{
    static const struct row rows[] = {
        {"{\"l\":{\"L\":[{\"S\":\"a\"}]}}", "SET l = list_append(l, :v)",
         "{\":v\":{\"L\":[{\"N\":\"1\"}]}}", "{\"l\":{\"L\":[{\"S\":\"a\"},{\"N\":\"1\"}]}}"},
        {"{\"l\":{\"L\":[{\"S\":\"a\"}]}}", "SET l = list_append(:v, l)",
         "{\":v\":{\"L\":[{\"N\":\"1\"}]}}", "{\"l\":{\"L\":[{\"N\":\"1\"},{\"S\":\"a\"}]}}"},
        {"{\"a\":{\"N\":\"1\"}}", "SET l = list_append(if_not_exists(l, :e), :v)",
         "{\":v\":{\"L\":[{\"N\":\"1\"}]},\":e\":{\"L\":[]}}",
         "{\"a\":{\"N\":\"1\"},\"l\":{\"L\":[{\"N\":\"1\"}]}}"},
        {"{\"a\":{\"N\":\"1\"}}", "SET l = list_append(a, :v)", "{\":v\":{\"L\":[{\"N\":\"1\"}]}}",
         WRONG_TYPE},
        {"{\"a\":{\"N\":\"1\"}}", "SET l = list_append(l, :v)", "{\":v\":{\"L\":[{\"N\":\"1\"}]}}",
         MISSING},
        {"{\"a\":{\"N\":\"1\"}}", "SET a = if_not_exists(a, :v)", "{\":v\":{\"N\":\"9\"}}",
         "{\"a\":{\"N\":\"1\"}}"},
        {"{\"a\":{\"N\":\"1\"}}", "SET b = if_not_exists(c, a)", NULL,
         "{\"a\":{\"N\":\"1\"},\"b\":{\"N\":\"1\"}}"},
        {"{\"a\":{\"N\":\"1\"}}", "SET b = if_not_exists(b, :z) + :v",
         "{\":v\":{\"N\":\"9\"},\":z\":{\"N\":\"0\"}}",
         "{\"a\":{\"N\":\"1\"},\"b\":{\"N\":\"9\"}}"},
    };
    CHECK(rows);
}

Test(update, calculates_exactly)
{
    static const struct row rows[] = {
        {"{\"a\":{\"N\":\"0.1\"}}", "SET a = a + :v", "{\":v\":{\"N\":\"0.2\"}}",
         "{\"a\":{\"N\":\"0.3\"}}"},
        {"{\"a\":{\"N\":\"1\"}}", "SET a = :v - a", "{\":v\":{\"N\":\"0\"}}",
         "{\"a\":{\"N\":\"-1\"}}"},
        {"{\"a\":{\"N\":\"9007199254740993\"}}", "ADD a :v", "{\":v\":{\"N\":\"-2\"}}",
         "{\"a\":{\"N\":\"9007199254740991\"}}"},
        {"{\"a\":{\"S\":\"x\"}}", "SET a = a + :v", "{\":v\":{\"N\":\"1\"}}", WRONG_TYPE},
        {"{\"a\":{\"N\":\"1\"}}", "SET a = b + :v", "{\":v\":{\"N\":\"1\"}}", MISSING},
        {"{\"a\":{\"N\":\"9e125\"}}", "ADD a :v", "{\":v\":{\"N\":\"9e125\"}}", OVERFLOW},
        {"{\"a\":{\"N\":\"1e100\"}}", "SET a = a + :v", "{\":v\":{\"N\":\"1\"}}", OVERFLOW},
    };
    CHECK(rows);
}

Test(update, adds_to_and_deletes_from_sets)
{
    static const struct row rows[] = {
        {"{\"s\":{\"SS\":[\"b\",\"d\"]}}", "ADD s :v", "{\":v\":{\"SS\":[\"a\",\"b\",\"e\"]}}",
         "{\"s\":{\"SS\":[\"a\",\"b\",\"d\",\"e\"]}}"},
        {"{\"s\":{\"NS\":[\"10\",\"-2\"]}}", "ADD s :v", "{\":v\":{\"NS\":[\"1e1\",\"0\"]}}",
         "{\"s\":{\"NS\":[\"-2\",\"0\",\"10\"]}}"},
        {"{\"s\":{\"BS\":[\"AQ==\"]}}", "ADD t :v", "{\":v\":{\"BS\":[\"AA==\"]}}",
         "{\"s\":{\"BS\":[\"AQ==\"]},\"t\":{\"BS\":[\"AA==\"]}}"},
        {"{\"s\":{\"SS\":[\"b\",\"d\"]}}", "DELETE s :v", "{\":v\":{\"SS\":[\"b\",\"x\"]}}",
         "{\"s\":{\"SS\":[\"d\"]}}"},
        {"{\"a\":{\"N\":\"1\"},\"s\":{\"SS\":[\"b\",\"d\"]}}", "DELETE s :v",
         "{\":v\":{\"SS\":[\"b\",\"d\"]}}", "{\"a\":{\"N\":\"1\"}}"},
        {"{\"a\":{\"N\":\"1\"}}", "DELETE s :v", "{\":v\":{\"SS\":[\"b\"]}}",
         "{\"a\":{\"N\":\"1\"}}"},
        {"{\"s\":{\"SS\":[\"b\"]}}", "DELETE s :v", "{\":v\":{\"NS\":[\"1\"]}}", WRONG_TYPE},
        {"{\"s\":{\"SS\":[\"b\"]}}", "ADD s :v", "{\":v\":{\"N\":\"1\"}}", WRONG_TYPE},
        {"{\"s\":{\"SS\":[\"b\"]}}", "ADD s :v", "{\":v\":{\"NS\":[\"1\"]}}", WRONG_TYPE},
        {"{\"l\":{\"L\":[{\"SS\":[\"b\"]},{\"N\":\"1\"}]}}", "DELETE l[0] :v",
         "{\":v\":{\"SS\":[\"b\"]}}", "{\"l\":{\"L\":[{\"N\":\"1\"}]}}"},
    };
    CHECK(rows);
}

Test(update, refuses_a_value_that_would_nest_beyond_the_limit)
{
    AUTO_ARENA arena = ARENA_INIT;
    for (size_t maps = 29; maps <= 30; maps++) {
        AUTO_BUF value = BUF_INIT(4096);
        buf_append_text(&value, "{\":v\":");
        for (size_t i = 0; i < maps; i++) {
            buf_append_text(&value, "{\"M\":{\"a\":");
        }
        buf_append_text(&value, "{\"N\":\"1\"}");
        for (size_t i = 0; i < maps; i++) {
            buf_append_text(&value, "}}");
        }
        buf_append_text(&value, "}");
        /* Two levels of paths: `maps` maps and a leaf below are 2 + maps + 1 levels. */
        struct row row = {"{\"a\":{\"M\":{\"b\":{\"M\":{}}}}}", "SET a.b.c = :v", buf_cstr(&value),
                          NULL};
        struct slice item;
        const char *got = apply(&arena, &row, &item);
        bool is_refused = strstr(got, "Nesting Levels have exceeded supported limits") == got;
        cr_expect_eq(is_refused, maps == 30, "%zu: %s", maps, got);
    }
}

Test(update, refuses_early_what_would_copy_a_large_value_many_times)
{
    AUTO_ARENA arena = ARENA_INIT;
    AUTO_BUF item = BUF_INIT(1 << 20);
    AUTO_BUF text = BUF_INIT(4096);
    buf_append_text(&item, "{\"a\":{\"S\":\"");
    for (size_t i = 0; i < 399000; i++) {
        buf_append_char(&item, 'x');
    }
    buf_append_text(&item, "\"}}");
    buf_append_text(&text, "SET ");
    for (size_t i = 0; i < 300; i++) {
        buf_printf(&text, "%sb%zu=a", i == 0 ? "" : ",", i);
    }
    struct row row = {buf_cstr(&item), buf_cstr(&text), NULL, NULL};
    struct slice copy;
    cr_expect_str_eq(apply(&arena, &row, &copy),
                     "Item size to update has exceeded the maximum allowed size");
}

Test(update, writes_items_in_the_form_in_which_they_are_stored)
{
    static const struct row rows[] = {
        {"{\"a\":{\"N\":\"1\"},\"m\":{\"M\":{\"x\":{\"L\":[]}}}}",
         "SET m.x[0] = :v, b = :v ADD s :s REMOVE a",
         "{\":v\":{\"N\":\"2\"},\":s\":{\"NS\":[\"3\",\"1\"]}}",
         "{\"b\":{\"N\":\"2\"},\"m\":{\"M\":{\"x\":{\"L\":[{\"N\":\"2\"}]}}},\"s\":{\"NS\":[\"1\","
         "\"3\"]}}"},
    };
    AUTO_ARENA arena = ARENA_INIT;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct slice item;
        cr_expect_str_eq(apply(&arena, &rows[i], &item), rows[i].want);
        cr_expect(slice_eq(item, parse_item(&arena, rows[i].want)), "%s", rows[i].text);
    }
}

/* --- what was touched --- */

Test(update, returns_only_what_it_touched)
{
#define NESTED                                                                                     \
    "{\"a\":{\"M\":{\"b\":{\"N\":\"1\"},\"c\":{\"N\":\"2\"}}},\"l\":{\"L\":[{\"S\":\"x\"},{\"S\":" \
    "\"y\"},{\"S\":\"z\"}]}}"
#define NESTED_PARTS                                                                               \
    "{\"a\":{\"M\":{\"b\":{\"N\":\"1\"},\"c\":{\"N\":\"2\"}}},\"l\":{\"L\":[{\"S\":\"z\"}]}}"
    static const struct {
        const char *item, *text, *values, *old_part, *new_part;
    } rows[] = {
        {NESTED, "SET q = :v", "{\":v\":{\"N\":\"7\"}}", "nothing", "{\"q\":{\"N\":\"7\"}}"},
        {NESTED, "SET a.b = :v", "{\":v\":{\"N\":\"7\"}}", "{\"a\":{\"M\":{\"b\":{\"N\":\"1\"}}}}",
         "{\"a\":{\"M\":{\"b\":{\"N\":\"7\"}}}}"},
        {NESTED, "REMOVE l[1]", NULL, "{\"l\":{\"L\":[{\"S\":\"y\"}]}}",
         "{\"l\":{\"L\":[{\"S\":\"z\"}]}}"},
        {NESTED, "REMOVE l[2]", NULL, "{\"l\":{\"L\":[{\"S\":\"z\"}]}}", "nothing"},
        {NESTED, "SET l[100] = :v", "{\":v\":{\"N\":\"7\"}}", "nothing", "nothing"},
        {NESTED, "REMOVE a", NULL, "{\"a\":{\"M\":{\"b\":{\"N\":\"1\"},\"c\":{\"N\":\"2\"}}}}",
         "nothing"},
        {NULL, "SET q = :v", "{\":v\":{\"N\":\"7\"}}", "nothing", "{\"q\":{\"N\":\"7\"}}"},
        {NESTED, "SET r = :v, a.c = :v, l[2] = :v REMOVE a.b", "{\":v\":{\"N\":\"7\"}}",
         NESTED_PARTS,
         "{\"a\":{\"M\":{\"c\":{\"N\":\"7\"}}},\"l\":{\"L\":[{\"N\":\"7\"}]},\"r\":{\"N\":\"7\"}}"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        struct slice old_item = parse_item(&arena, rows[i].item);
        struct slice key = parse_item(&arena, "{\"p\":{\"S\":\"k\"}}");
        struct slice item;
        struct update update;
        parse_update(&arena, rows[i].text, NULL, rows[i].values, &update);
        cr_assert_null(update_apply(&arena, &update, old_item, key, &item));
        cr_expect_str_eq(print_item(&arena, update_touched(&arena, &update, old_item)),
                         rows[i].old_part, "old of %s", rows[i].text);
        cr_expect_str_eq(print_item(&arena, update_touched(&arena, &update, item)),
                         rows[i].new_part, "new of %s", rows[i].text);
    }
}

/* --- keys --- */

Test(update, leaves_keys_alone)
{
#define SCALARS                                                                                    \
    "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: "
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"SET a = :v", NULL},
        {"SET p = :v",
         "One or more parameter values were invalid: Cannot update attribute p. This attribute is "
         "part of the key"},
        {"SET a = :v REMOVE r",
         "One or more parameter values were invalid: Cannot update attribute r. This attribute is "
         "part of the key"},
        {"SET p.x = :v",
         "One or more parameter values were invalid: Cannot update attribute p. This attribute is "
         "part of the key"},
        {"SET p = p.x, a = r[0]",
         "One or more parameter values were invalid: Cannot update attribute p. This attribute is "
         "part of the key"},
        {"SET a = r[0]", SCALARS "Key: r"},
        {"SET a = if_not_exists(p.q, :v)", SCALARS "Key: p"},
        {"SET a = p", NULL},
    };
    static const struct key_schema keys = {
        .parts = {{SLICE_INIT("p"), ATTR_S}, {SLICE_INIT("r"), ATTR_S}},
        .hash_count = 1,
        .range_count = 1};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        struct update update;
        parse_update(&arena, rows[i].text, NULL, "{\":v\":{\"N\":\"7\"}}", &update);
        const struct problem *problem = update_check_keys(&arena, &update, &keys);
        if (problem == NULL) {
            problem = update_check_key_paths(&arena, &update, &keys);
        }
        struct slice text = problem != NULL ? problem->text : SLICE_NULL;
        cr_expect(slice_is(text, rows[i].want), "%s: %.*s", rows[i].text, SLICE_ARG(text));
    }
    AUTO_ARENA arena = ARENA_INIT;
    struct update update;
    parse_update(&arena, "SET p = :v, r.x = :v", NULL, "{\":v\":{\"N\":\"7\"}}", &update);
    const struct problem *problem = update_check_index_keys(&arena, &update, &keys);
    cr_assert_not_null(problem);
    cr_expect(slice_is(problem->text, SCALARS "IndexKey: r"), "%.*s", SLICE_ARG(problem->text));
}
