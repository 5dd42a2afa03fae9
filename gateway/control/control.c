#include "gateway/control/control_private.h"

#define ARENA_BLOCK 8192

struct control_plane *control_plane_create(struct context *context, struct gateway *gateway,
                                           const struct control_options *options)
{
    struct control_plane *control = mem_zalloc(sizeof *control);
    control->context = context;
    control->gateway = gateway;
    control->options = *options;
    arena_init(&control->arena, ARENA_BLOCK);
    return control;
}

void control_plane_destroy(struct control_plane *control)
{
    if (control != NULL) {
        registry_finish(&control->registry);
        arena_finish(&control->arena);
        mem_free(control);
    }
}

/* The template's resources are kept: documents in them are taken apart when somebody asks, not before. */
static void keep(struct control_plane *control, const struct resource *resources, size_t count)
{
    arena_finish(&control->arena);
    arena_init(&control->arena, ARENA_BLOCK);
    control->resources = arena_array(&control->arena, count, sizeof *control->resources);
    control->count = count;
    for (size_t i = 0; i < count; i++) {
        struct resource *kept = &control->resources[i];
        kept->logical_id = arena_copy(&control->arena, resources[i].logical_id);
        kept->type = arena_copy(&control->arena, resources[i].type);
        kept->physical_id = arena_copy(&control->arena, resources[i].physical_id);
        kept->properties = arena_copy(&control->arena, resources[i].properties);
        kept->has_unknown = resources[i].has_unknown;
        kept->position = arena_copy(&control->arena, resources[i].position);
    }
}

enum status control_plane_deploy(struct control_plane *control, const struct resource *resources,
                                 size_t count, uint16_t first_port, struct fault *reterr)
{
    enum status status = gateway_deploy(control->gateway, resources, count, first_port, reterr);
    if (status == STATUS_OK) {
        keep(control, resources, count);
        registry_finish(&control->registry);
        control->is_loaded = false;
        control->deployed_ms = clock_epoch_ms(control->context->clock);
    }
    return status;
}

struct registry *control_registry(struct control_plane *control)
{
    if (!control->is_loaded) {
        registry_load(&control->registry, control->resources, control->count, control->deployed_ms);
        control->is_loaded = true;
    }
    return &control->registry;
}
