/* links: sls_templates */
/* A variable text as a value of a small serverless.yml: parsed, resolved, transformed. */
#include "templates/load.h"
#include "templates/serverless/serverless.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static const char *no_environment(const char *name)
{
    return name[0] == 'X' ? "${self:custom.text}" : NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct template_options options = {.getenv = no_environment};
    struct load load = {
        .arena = &arena, .options = &options, .directory = SLICE("/var/empty/sls-fuzz")};
    struct source_pos pos = {.line = 1, .column = 1};
    /* Lines are values, so that they can refer to one another. */
    struct value *custom = shape(&arena, pos, "{text: hello, list: [a, {b: c}], number: 7}");
    struct slice rest = arena_copy(&arena, slice_of((const char *)bytes, len));
    struct slice line;
    for (char name = 'a'; name <= 'h' && slice_split(&rest, '\n', &line); name++) {
        value_set(&arena, custom, arena_printf(&arena, "%c", name),
                  value_string(&arena, pos, line));
    }
    struct value *root =
        shape(&arena, pos, "{service: s, provider: {name: aws}, custom: %v}", custom);
    struct value *template;
    if (serverless_transform(&load, root, &template) == STATUS_OK) {
        serverless_ledger(&load, root);
    }
    return 0;
}
