/* links: sls_schema */
/* A model, a line feed, a body. What compiles validates twice alike; what does not has a reason. */
#include "gateway/schema/schema.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static bool find_model(void *ctx, struct slice rest_api_id, struct slice name,
                       struct slice *ret_schema)
{
    *ret_schema = *(const struct slice *)ctx;
    return rest_api_id.len > 0 && name.len < 3;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct slice input = slice_of((const char *)bytes, len);
    size_t line = slice_find(input, '\n');
    struct slice model = line == SLICE_NPOS ? input : slice_take(input, line);
    struct slice body = line == SLICE_NPOS ? SLICE("{}") : slice_skip(input, line + 1);
    struct schema_options options = {
        .find_model = find_model, .ctx = &model, .is_imported = len % 2 == 0};
    struct schema *schema;
    struct schema_problem problem;
    AUTO_ARENA arena = ARENA_INIT;
    struct slice errors = SLICE_NULL, again = SLICE_NULL;
    if (schema_compile(model, &options, &schema, &problem) != STATUS_OK) {
        assert(problem.fault.status != STATUS_OK);
        assert(problem.fault.text[0] != '\0' && problem.detail[0] != '\0');
        return 0;
    }
    bool is_valid = schema_validate(schema, &arena, body, &errors);
    bool is_valid_again = schema_validate(schema, &arena, body, &again);
    assert(is_valid == is_valid_again && slice_eq(errors, again));
    assert(is_valid ||
           (slice_starts_with(errors, SLICE("[")) && slice_ends_with(errors, SLICE("]"))));
    assert(slice_is_utf8(errors));
    schema_destroy(schema);
    return 0;
}
