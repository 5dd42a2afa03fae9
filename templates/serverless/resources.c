/* The author's own CloudFormation: `resources:`, a map or a list of maps, laid over what the
 * framework makes. */
#include "templates/serverless/serverless.h"

#include "templates/serverless/variables.h"

/* --- reading --- */

static void read_part(struct service *service, struct value *all, const struct value *part)
{
    if (part == NULL || part->kind == VALUE_NULL ||
        (part->kind == VALUE_STRING && part->text.len == 0)) {
        return;
    }
    if (part->kind != VALUE_MAP) {
        load_error(service->load, part->pos, "Configuration error at 'resources': must be object");
        return;
    }
    merge_over(service->arena, all, part);
}

/* A resource out of a file that is not there was told of; as empty text it would be told again. */
static void drop_unknown(struct value *resources)
{
    size_t kept = 0;
    for (size_t i = 0; i < resources->as.map.count; i++) {
        if (!value_is_unknown(resources->as.map.entries[i].value)) {
            resources->as.map.entries[kept++] = resources->as.map.entries[i];
        }
    }
    resources->as.map.count = kept;
}

void read_own_resources(struct service *service)
{
    const struct value *resources = value_get(service->root, "resources");
    struct value *all =
        value_map(service->arena, resources != NULL ? resources->pos : service->root->pos);
    if (resources != NULL && resources->kind == VALUE_LIST) {
        for (size_t i = 0; i < value_count(resources); i++) {
            read_part(service, all, value_at(resources, i));
        }
    } else {
        read_part(service, all, resources);
    }
    service->own_resources = value_get(all, "Resources");
    if (service->own_resources == NULL || service->own_resources->kind != VALUE_MAP) {
        service->own_resources = value_map(service->arena, all->pos);
    }
    drop_unknown(service->own_resources);
    service->template = all;
    for (size_t i = 0; i < all->as.map.count; i++) {
        struct value_entry *entry = &all->as.map.entries[i];
        bool is_section = slice_is(entry->key, "Outputs") || slice_is(entry->key, "Conditions") ||
                          slice_is(entry->key, "Mappings") || slice_is(entry->key, "Parameters");
        if (is_section && entry->value->kind == VALUE_NULL) {
            entry->value = value_map(service->arena, entry->value->pos);
        }
    }
}

/* --- laying over --- */

/* extensions: {LOGICAL-ID: {Properties, DependsOn, Metadata, ...}} patches generated resources. */
static void extend(struct service *service, const struct value *extensions)
{
    if (!is_truthy(extensions)) {
        return;
    }
    if (extensions->kind != VALUE_MAP) {
        load_error(service->load, extensions->pos,
                   "Configuration error at 'resources.extensions': must be object");
        return;
    }
    for (size_t i = 0; i < extensions->as.map.count; i++) {
        const struct value_entry *entry = &extensions->as.map.entries[i];
        struct value *resource = value_find(service->resources, entry->key);
        if (resource == NULL) {
            load_error(
                service->load, entry->key_pos,
                "Sorry, extending the %.*s resource is not possible: the template has no such "
                "resource",
                SLICE_ARG(entry->key));
            continue;
        }
        merge_over(service->arena, resource, entry->value);
    }
}

void merge_own_resources(struct service *service)
{
    struct value *all = service->template;
    struct value *own_outputs = value_get(all, "Outputs");
    const struct value *extensions = value_get(all, "extensions");
    merge_over(service->arena, service->resources, service->own_resources);
    extend(service, extensions);
    if (own_outputs != NULL) {
        merge_over(service->arena, service->outputs, own_outputs);
    }
    value_remove(all, SLICE("extensions"));
    value_set(service->arena, all, SLICE("Resources"), service->resources);
    value_set(service->arena, all, SLICE("Outputs"), service->outputs);
}
