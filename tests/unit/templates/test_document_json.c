#include "templates/document_json.h"

#include <criterion/criterion.h>

Test(document_json, turns_documents_into_json)
{
    static const struct {
        const char *text, *json; /* NULL: refused */
    } rows[] = {
        {"a: 1\nb: [x, 'y']\n", "{\"a\":1,\"b\":[\"x\",\"y\"]}"},
        {"{\"a\": {\"b\": null}}", "{\"a\":{\"b\":null}}"},
        {"a: &x {b: c}\nd: *x\n", "{\"a\":{\"b\":\"c\"},\"d\":{\"b\":\"c\"}}"},
        {"swagger: \"2.0\"\nversion: 1.0\n200: ok\n",
         "{\"swagger\":\"2.0\",\"version\":1.0,\"200\":\"ok\"}"},
        {"- a\n", NULL},
        {"", NULL},
        {"a: [", NULL},
        {"just text", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO_ARENA arena = ARENA_INIT;
        struct fault fault;
        struct slice json = SLICE("");
        enum status status = document_json(&arena, slice_from(rows[i].text), 4096, &json, &fault);
        cr_expect_eq(status, rows[i].json != NULL ? STATUS_OK : STATUS_INVALID, "%s", rows[i].text);
        cr_expect(rows[i].json == NULL || slice_is(json, rows[i].json), "%.*s", SLICE_ARG(json));
    }
}

Test(document_json, holds_to_its_limit)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct fault fault;
    struct slice json;
    cr_expect_eq(
        document_json(&arena, SLICE("a: &x [1, 2, 3]\nb: [*x, *x, *x]\n"), 20, &json, &fault),
        STATUS_INVALID);
}
