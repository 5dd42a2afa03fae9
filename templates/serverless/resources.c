/* The author's own CloudFormation: `resources:`, a map or a list of maps, laid over what the
 * framework makes. */
#include "templates/serverless/serverless.h"

#include "core/buf.h"
#include "templates/limits.h"

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

/* --- serverless-pseudo-parameters --- */

/* "#{AWS::Region}" -> "${AWS::Region}" */
static struct slice to_sub(struct service *service, struct slice text)
{
    char *copy = arena_cstr(service->arena, text);
    for (size_t i = 0; i + 1 < text.len; i++) {
        if (copy[i] == '#' && copy[i + 1] == '{') {
            copy[i] = '$';
        }
    }
    return slice_of(copy, text.len);
}

static void apply_to(struct service *service, struct value *value, bool is_sub)
{
    switch (value->kind) {
    case VALUE_LIST:
        for (size_t i = 0; i < value->as.list.count; i++) {
            apply_to(service, value->as.list.items[i], is_sub);
        }
        break;
    case VALUE_MAP:
        for (size_t i = 0; i < value->as.map.count; i++) {
            struct value_entry *entry = &value->as.map.entries[i];
            apply_to(service, entry->value, slice_is(entry->key, "Fn::Sub"));
        }
        break;
    case VALUE_STRING:
        if (slice_search(value->text, SLICE("#{")) != SLICE_NPOS) {
            struct slice text = to_sub(service, value->text);
            *value = is_sub ? *value_string(service->arena, value->pos, text)
                            : *value_sub(service->arena, value->pos, text);
        }
        break;
    case VALUE_NULL:
    case VALUE_BOOL:
    case VALUE_INT:
    case VALUE_FLOAT:
        break;
    }
}

void apply_pseudo_parameters(struct service *service)
{
    if (service_has_plugin(service, "pseudo-parameters")) {
        apply_to(service, service->resources, false);
        apply_to(service, service->outputs, false);
    }
}
