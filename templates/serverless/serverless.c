#include "templates/serverless/serverless.h"

#include "templates/serverless/variables.h"

/* What serverless.yml decides about the stack, unless it was given on the command line. */
static void settle_stack(struct service *service)
{
    struct load *load = service->load;
    struct template_options *options = arena_alloc(service->arena, sizeof(*options));
    const struct value *name = value_get(service->provider, "stackName");
    *options = *load->options;
    options->region = arena_cstr(service->arena, service->region);
    load->options = options;
    if (load->stack_name.len > 0) {
        return;
    }
    if (is_truthy(name) && value_is_scalar(name)) {
        load->stack_name = value_scalar_text(name);
    } else {
        load->stack_name = arena_printf(service->arena, "%.*s-%.*s", SLICE_ARG(service->name),
                                        SLICE_ARG(service->stage));
    }
}

static enum status resolve(struct service *service)
{
    struct variables variables = {
        .load = service->load, .arena = service->arena, .root = service->root};
    const struct value *plugins = value_get(service->root, "plugins");
    variables.has_plugins =
        is_truthy(plugins) && (!value_is_scalar(plugins)) && value_count(plugins) > 0;
    if (is_truthy(value_get(service->root, "useDotenv"))) {
        variables_load_dotenv(&variables);
    }
    enum status status = variables_resolve(&variables);
    service->stage = variables_stage(&variables);
    service->region = variables_region(&variables);
    return status;
}

enum status serverless_transform(struct load *load, struct value *root, struct value **ret_template)
{
    static const struct template_options no_options;
    struct service service = {.load = load, .arena = load->arena, .root = root};
    if (load->options == NULL) {
        load->options = &no_options;
    }
    if (root->kind != VALUE_MAP) {
        load_error(load, root->pos,
                   "serverless.yml must be a map of settings (service, provider, ...)");
        return STATUS_INVALID;
    }
    enum status status = resolve(&service);
    if (status != STATUS_OK) {
        return status;
    }
    if (!service_read(&service)) {
        return STATUS_INVALID;
    }
    settle_stack(&service);
    check_keys(&service);
    check_plugins(&service);
    service.resources = value_map(service.arena, root->pos);
    service.outputs = value_map(service.arena, root->pos);
    read_own_resources(&service);
    read_events(&service);
    compile_functions(&service);
    compile_events(&service);
    compile_state_machines(&service);
    merge_own_resources(&service);
    apply_pseudo_parameters(&service);
    *ret_template = service.template;
    return STATUS_OK;
}
