/* links: sls_gateway_control sls_gateway_model */
/* An OpenAPI document, of a REST API and of an HTTP API: taken apart for the control plane, and read into routes. */
#include "core/json_scan.h"
#include "core/mem.h"
#include "gateway/control/document.h"
#include "gateway/model/model.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void expect_parts(const struct registry *registry)
{
    for (size_t i = 0; i < registry->count; i++) {
        const struct entry *entry = registry->entries[i];
        assert(json_validate(entry->properties, NULL));
        assert(registry_find_even_gone(registry, kind_id(entry->kind), entry->owner, entry->id) !=
               NULL);
    }
}

static void read_document(const char *type, struct slice document)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct resource api = {
        .logical_id = SLICE("Api"),
        .type = slice_from(type),
        .physical_id = SLICE("abc123"),
        .properties = arena_printf(&arena, "{\"Body\":%.*s}", SLICE_ARG(document)),
        .position = SLICE("template.yaml:1:1"),
    };
    struct registry registry = {NULL, 0, 0};
    struct model_options options = {.functions = NULL};
    struct model *model;
    struct fault fault = {.text = ""};
    registry_load(&registry, &api, 1, 0);
    expect_parts(&registry);
    registry_finish(&registry);
    if (model_create(&api, 1, &options, &model, &fault) == STATUS_OK) {
        assert(model->api_count == 1);
        model_destroy(model);
    } else {
        assert(fault.text[0] != '\0');
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct slice document = slice_of((const char *)bytes, len);
    if (json_validate(document, NULL)) {
        read_document("AWS::ApiGateway::RestApi", document);
        read_document("AWS::ApiGatewayV2::Api", document);
    }
    return 0;
}
