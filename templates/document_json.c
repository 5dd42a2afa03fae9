#include "templates/document_json.h"

#include "core/buf.h"
#include "templates/load.h"

enum status document_json(struct arena *arena, struct slice text, size_t max,
                          struct slice *ret_json, struct fault *reterr)
{
    const struct template_options options = {.path = NULL};
    struct slice name = SLICE("document");
    struct load load = {.arena = arena, .options = &options, .files = &name, .file_count = 1};
    struct value *root = NULL;
    enum status status = yaml_load_text(&load, 0, text, DIALECT_CLOUDFORMATION, &root);
    if (status == STATUS_OK && load.error_count == 0 && root != NULL && root->kind == VALUE_MAP) {
        AUTO_BUF json = BUF_INIT(max);
        value_to_json(&json, root);
        *ret_json = arena_copy(arena, buf_slice(&json));
        if (buf_status(&json) == STATUS_OK) {
            return STATUS_OK;
        }
    }
    return fault_set(
        reterr, STATUS_INVALID, "%.*s",
        SLICE_ARG(load.diagnostic_count > 0 ? load.diagnostics[0].text : SLICE("it is no map")));
}
