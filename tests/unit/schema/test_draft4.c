/* The official suite for draft 4: fixtures/draft4.tsv. */
#include "gateway/schema/schema.h"

#include "core/file.h"

#include <criterion/criterion.h>

#define SUITE_MAX (1 << 20)
#define ROWS_MIN 500 /* there are more: fewer would mean that they are not read */

static struct schema *compile(struct slice text)
{
    struct schema_options options = {.is_imported = true};
    struct schema *schema = NULL;
    struct schema_problem problem;
    cr_expect_eq(schema_compile(text, &options, &schema, &problem), STATUS_OK, "%.*s: %s",
                 SLICE_ARG(text), problem.detail);
    return schema;
}

Test(draft4, holds_for_the_official_suite_in_the_words_of_the_library)
{
    AUTO_BUF suite = BUF_INIT(SUITE_MAX);
    struct fault fault;
    struct schema *schema = NULL;
    struct slice rest, line, kind, body, errors;
    size_t rows = 0;
    cr_assert_eq(
        file_read(TEST_SOURCE_DIR "/tests/unit/schema/fixtures/draft4.tsv", &suite, &fault),
        STATUS_OK, "%s", fault.text);
    rest = buf_slice(&suite);
    while (slice_split(&rest, '\n', &line)) {
        struct slice fields = line;
        if (!slice_split(&fields, '\t', &kind) || kind.len == 0 || kind.ptr[0] == '#') {
            continue;
        }
        if (slice_is(kind, "schema")) {
            schema_destroy(schema);
            schema = compile(fields);
            continue;
        }
        AUTO_ARENA arena = ARENA_INIT;
        struct slice expected = SLICE_NULL;
        cr_assert(slice_split(&fields, '\t', &body) && schema != NULL);
        (void)slice_split(&fields, '\t', &expected);
        bool is_valid = schema_validate(schema, &arena, body, &errors);
        cr_expect_eq(is_valid, slice_is(kind, "valid"), "%.*s", SLICE_ARG(line));
        cr_expect(is_valid || expected.ptr == NULL || slice_eq(errors, expected),
                  "%.*s\ngives %.*s", SLICE_ARG(line), SLICE_ARG(errors));
        rows++;
    }
    schema_destroy(schema);
    cr_expect_gt(rows, ROWS_MIN);
}
