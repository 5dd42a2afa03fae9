/* links: sls_templates */
/* Bytes through all stages: YAML or JSON, the macro, the resolver, the deployment. The first byte
 * chooses the dialect. */
#include "templates/ledger.h"
#include "templates/load.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static const char *no_environment(const char *name)
{
    (void)name;
    return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    if (len == 0) {
        return 0;
    }
    bool is_serverless = (bytes[0] & 1) != 0;
    struct arena arena;
    arena_init(&arena, 16384);
    struct template_options options = {.getenv = no_environment};
    struct load load = {.arena = &arena,
                        .options = &options,
                        .directory = SLICE("/nonexistent"),
                        .stack_name = SLICE("app")};
    load.files = arena_array(&arena, 256, sizeof(struct slice));
    load.files[load.file_count++] = SLICE("/nonexistent/template.yaml");
    enum dialect dialect = is_serverless ? DIALECT_SERVERLESS : DIALECT_CLOUDFORMATION;
    struct value *root, *plain, *resolved;
    struct deployment deployment = {0};
    enum status status =
        yaml_load_text(&load, 0, slice_of((const char *)bytes + 1, len - 1), dialect, &root);
    if (status == STATUS_OK && (is_serverless || root->kind == VALUE_MAP)) {
        if (!is_serverless) {
            ledger_collect(&load, root, false);
        }
        status = is_serverless ? serverless_transform(&load, root, &plain)
                               : sam_transform(&load, root, &plain);
        if (status == STATUS_OK && resolve_template(&load, plain, &resolved) == STATUS_OK) {
            status = deployment_build(&load, resolved, &deployment);
        }
    }
    arena_finish(&arena);
    return 0;
}
