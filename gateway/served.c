#include "gateway/served.h"

#include "core/mem.h"

static size_t count_apis(const struct served *served)
{
    size_t count = 0;
    for (size_t i = 0; i < served->model_count; i++) {
        count += served->models[i]->api_count;
    }
    return count;
}

/* An API that an earlier list has, too, is another description of it. */
static void mark_variant(struct served *served, struct api_spec *api, size_t earlier)
{
    for (size_t i = 0; i < earlier; i++) {
        api->is_variant |= slice_eq(served->apis[i].logical_id, api->logical_id);
    }
}

static void join_models(struct served *served)
{
    served->apis = mem_array(count_apis(served), sizeof *served->apis);
    for (size_t i = 0; i < served->model_count; i++) {
        const struct model *model = served->models[i];
        size_t earlier = served->api_count;
        for (size_t k = 0; k < model->api_count; k++) {
            served->apis[served->api_count] = model->apis[k];
            mark_variant(served, &served->apis[served->api_count++], earlier);
        }
    }
}

/* What no template has takes a free port: those of the template stay what they are. */
static enum status set_ports(struct served *served, uint16_t first_port, struct fault *reterr)
{
    size_t port = first_port;
    for (size_t i = 0; i < served->api_count; i++) {
        struct api_spec *api = &served->apis[i];
        if (!served_has_stage(api) || api->is_variant || api->is_made) {
            continue;
        }
        if (port > UINT16_MAX) {
            return fault_set(reterr, STATUS_INVALID, "--port %u leaves no port for %.*s",
                             (unsigned)first_port, SLICE_ARG(api->logical_id));
        }
        api->port = (uint16_t)port;
        port += first_port != 0;
    }
    return STATUS_OK;
}

enum status served_create(const struct resource_list *lists, size_t count,
                          const struct model_options *options, uint16_t first_port,
                          struct served **ret_served, struct fault *reterr)
{
    struct served *served = mem_zalloc(sizeof *served);
    enum status status = STATUS_OK;
    served->models = mem_array(count, sizeof *served->models);
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        status = model_create(lists[i].items, lists[i].count, options, &served->models[i], reterr);
        served->model_count += status == STATUS_OK;
    }
    if (status == STATUS_OK) {
        join_models(served);
        status = set_ports(served, first_port, reterr);
    }
    if (status != STATUS_OK) {
        served_destroy(served);
        return status;
    }
    *ret_served = served;
    return STATUS_OK;
}

void served_destroy(struct served *served)
{
    if (served == NULL) {
        return;
    }
    for (size_t i = 0; i < served->model_count; i++) {
        model_destroy(served->models[i]);
    }
    model_destroy(served->usage);
    mem_free(served->models);
    mem_free(served->apis);
    mem_free(served);
}

enum status served_change_usage(struct served *served, const struct resource *resources,
                                size_t count, const struct model_options *options,
                                struct fault *reterr)
{
    struct model *model;
    enum status status = model_create(resources, count, options, &model, reterr);
    if (status == STATUS_OK) {
        model_destroy(served->usage);
        served->usage = model;
    }
    return status;
}

const struct usage_spec *served_usage(const struct served *served)
{
    static const struct usage_spec none = {.keys = NULL};
    if (served == NULL || served->model_count == 0) {
        return &none;
    }
    return served->usage != NULL ? &served->usage->usage : &served->models[0]->usage;
}
