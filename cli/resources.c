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

void resources_deploy(struct scheduler *scheduler, const struct deployment *deployment,
                      scheduler_deployed_fn *on_done, void *ctx)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct resource *resources = arena_array(&arena, deployment->resource_count, sizeof *resources);
    size_t count = 0;
    for (size_t i = 0; i < deployment->resource_count; i++) {
        const struct deployment_resource *resource = &deployment->resources[i];
        if (scheduler_deploys(resource->type)) {
            resources[count++] = (struct resource){
                .logical_id = resource->logical_id,
                .type = resource->type,
                .physical_id = resource->physical_id,
                .properties = properties_of(&arena, resource->properties),
                .has_unknown = resource->has_unknown,
                .position = position_text(&arena, deployment, resource->pos),
            };
        }
    }
    scheduler_deploy(scheduler, resources, count, on_done, ctx);
}
