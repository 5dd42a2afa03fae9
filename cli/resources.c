#include "cli/resources.h"

#include "cli/position.h"
#include "core/buf.h"

#define PROPERTIES_MAX (4U << 20)

static struct slice properties_of(struct arena *arena, const struct value *properties)
{
    AUTO_BUF json = BUF_INIT(PROPERTIES_MAX);
    if (properties != NULL) {
        value_to_json(&json, properties);
    }
    return arena_copy(arena, buf_slice(&json));
}

struct resource *resources_of(struct arena *arena, const struct deployment *deployment,
                              bool (*takes)(struct slice type), size_t *ret_count)
{
    struct resource *resources = arena_array(arena, deployment->resource_count, sizeof *resources);
    size_t count = 0;
    for (size_t i = 0; i < deployment->resource_count; i++) {
        const struct deployment_resource *resource = &deployment->resources[i];
        if (takes(resource->type)) {
            resources[count++] = (struct resource){
                .logical_id = resource->logical_id,
                .type = resource->type,
                .physical_id = resource->physical_id,
                .properties = properties_of(arena, resource->properties),
                .has_unknown = resource->has_unknown,
                .position = position_text(arena, deployment, resource->pos),
            };
        }
    }
    *ret_count = count;
    return resources;
}
