#include "scheduler/events/json_path.h"

#include "core/buf.h"
#include "core/mem.h"
#include "scheduler/events/limits.h"
#include "tests/support/json_path.h"

#include <criterion/criterion.h>

/* What a path finds; NULL: nothing is there. */
static const struct {
    const char *path;
    const char *json;
    const char *found;
} finds[] = {
    {"$", "{'a':1}", "{'a':1}"},
    {"$", " [1, 2] ", "[1, 2]"},
    {"$.a", "{'a':{ 'b':1 }}", "{ 'b':1 }"},
    {"$.a.b", "{'a':{'b':'x'}}", "'x'"},
    {"$.detail-type", "{'detail-type':'T'}", "'T'"},
    {"$.a", "{'a':1,'a':2}", "2"},
    {"$.a", "{'\\u0061':1}", "1"},
    {"$.b", "{'a':1}", NULL},
    {"$.a.b", "{'a':'x'}", NULL},
    {"$.a[0]", "{'a':['x','y']}", "'x'"},
    {"$.a[1].b", "{'a':[0,{'b':null}]}", "null"},
    {"$.a[2]", "{'a':['x','y']}", NULL},
    {"$.a[0]", "{'a':{'0':1}}", NULL},
    {"$['a']['b c']", "{'a':{'b c':1}}", "1"},
    {"$['a.b']", "{'a.b':1}", "1"},
    {"$.a[*]", "{'a':[1,'x',{}]}", "[1,'x',{}]"},
    {"$.a[*].b", "{'a':[{'b':1},{'c':2},{'b':[3]}]}", "[1,[3]]"},
    {"$.a[*].b", "{'a':[{'c':2}]}", NULL},
    {"$.*", "{'a':1,'b':{'c':2}}", "[1,{'c':2}]"},
};

Test(json_path, finds_the_value_as_it_stands_there)
{
    for (size_t i = 0; i < COUNT_OF(finds); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        const struct json_path *path;
        struct slice value = SLICE("");
        char *json = json_quoted(finds[i].json);
        char *found = finds[i].found != NULL ? json_quoted(finds[i].found) : NULL;
        cr_assert(json_path_parse(&arena, slice_from(finds[i].path), &path), "%s", finds[i].path);
        cr_expect_eq(json_path_find(&arena, path, slice_from(json), &value), found != NULL, "%s",
                     finds[i].path);
        cr_expect(found == NULL || slice_is(value, found), "%s finds %.*s", finds[i].path,
                  SLICE_ARG(value));
        mem_free(json);
        mem_free(found);
    }
}

Test(json_path, refuses_what_is_no_path)
{
    static const char *const texts[] = {"",        "a",        "detail.a", "$a",      "$.",
                                        "$..a",    "$.a.",     "$.a[",     "$.a[]",   "$.a[x]",
                                        "$.a[-1]", "$[0",      "$.a b",    "$.a['']", "$.a[1:2]",
                                        "$.a[?]",  "$.a[(1)]", "$.a]"};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        const struct json_path *path;
        cr_expect_not(json_path_parse(&arena, slice_from(texts[i]), &path), "%s", texts[i]);
    }
}

Test(json_path, takes_so_many_steps_and_no_more)
{
    for (size_t steps = JSON_PATH_STEPS_MAX; steps <= JSON_PATH_STEPS_MAX + 1; steps++) {
        AUTO_ARENA arena = ARENA_INIT;
        AUTO_BUF text = BUF_INIT(1024);
        const struct json_path *path;
        buf_append_char(&text, '$');
        for (size_t i = 0; i < steps; i++) {
            buf_append_text(&text, ".a");
        }
        cr_assert_eq(json_path_parse(&arena, buf_slice(&text), &path),
                     steps == JSON_PATH_STEPS_MAX);
    }
}
