/* The frame of a deployment: what all its parts need to read, and the lists of everything. */
#include "templates/build.h"

#include "core/id.h"
#include "core/mem.h"
#include "templates/resource_schema.h"

#include <stdlib.h>

struct slice build_text(struct build *build, const struct value *properties, const char *key)
{
    const struct value *value = value_get(properties, key);
    if (value == NULL || value->kind == VALUE_NULL) {
        return SLICE("");
    }
    if (!value_is_scalar(value)) {
        load_error(build->load, value->pos, "%s must be a string", key);
        return SLICE("");
    }
    return value_scalar_text(value);
}

int64_t build_integer(struct build *build, const struct value *properties, const char *key,
                      int64_t least, int64_t most, int64_t otherwise)
{
    const struct value *value = value_get(properties, key);
    if (value == NULL || value->kind == VALUE_NULL) {
        return otherwise;
    }
    int64_t number;
    if (!value_is_scalar(value) || !slice_to_i64(value_scalar_text(value), &number)) {
        if (value_is_scalar(value) && value_scalar_text(value).len == 0) {
            load_warning(build->load, value->pos, "%s has no value here; taking %lld", key,
                         (long long)otherwise);
        } else {
            load_error(build->load, value->pos, "%s must be a number, not '%.*s'", key,
                       SLICE_ARG(value_scalar_text(value)));
        }
        return otherwise;
    }
    if (number < least || number > most) {
        load_error(build->load, value->pos, "%s must be between %lld and %lld, not %lld", key,
                   (long long)least, (long long)most, (long long)number);
        return otherwise;
    }
    return number;
}

bool build_is_true(const struct value *properties, const char *key)
{
    return slice_ieq(value_scalar_text(value_get(properties, key)), SLICE("true"));
}

struct slices build_slices(struct build *build, const struct value *list)
{
    struct slices slices = {NULL, 0};
    if (value_is_scalar(list)) {
        slices.items = arena_array(build->arena, 1, sizeof(struct slice));
        slices.items[slices.count++] = value_scalar_text(list);
        return slices;
    }
    size_t count = value_count(list);
    if (list == NULL || list->kind != VALUE_LIST || count == 0) {
        return slices;
    }
    slices.items = arena_array(build->arena, count, sizeof(struct slice));
    for (size_t i = 0; i < count; i++) {
        if (value_is_scalar(list->as.list.items[i])) {
            slices.items[slices.count++] = value_scalar_text(list->as.list.items[i]);
        }
    }
    return slices;
}

struct name_values build_pairs(struct build *build, const struct value *map)
{
    struct name_values pairs = {NULL, 0};
    size_t count = value_count(map);
    if (map == NULL || map->kind != VALUE_MAP || count == 0) {
        return pairs;
    }
    pairs.items = arena_array(build->arena, count, sizeof(struct name_value));
    for (size_t i = 0; i < count; i++) {
        const struct value_entry *entry = &map->as.map.entries[i];
        struct slice text = value_scalar_text(entry->value);
        if (entry->value->kind == VALUE_LIST) {
            struct slices items = build_slices(build, entry->value);
            for (size_t k = 0; k < items.count; k++) {
                text = arena_printf(build->arena, "%.*s%s%.*s", SLICE_ARG(text), k > 0 ? "," : "",
                                    SLICE_ARG(items.items[k]));
            }
        }
        pairs.items[pairs.count++] = (struct name_value){entry->key, text};
    }
    return pairs;
}

struct slice build_path(struct build *build, struct slice path)
{
    return path_normal(build->arena, build->load->directory, path);
}

struct deployment_function *build_function(struct build *build, struct slice text,
                                           struct slice *ret_name, struct slice *ret_qualifier)
{
    *ret_name = text;
    *ret_qualifier = SLICE("");
    static const struct slice mark = SLICE_INIT(":function:");
    size_t at = slice_search(text, mark);
    if (at != SLICE_NPOS) {
        struct slice rest = slice_skip(text, at + mark.len);
        size_t end = slice_find(rest, '/');
        rest = end != SLICE_NPOS ? slice_take(rest, end) : rest;
        size_t colon = slice_find(rest, ':');
        *ret_name = colon != SLICE_NPOS ? slice_take(rest, colon) : rest;
        *ret_qualifier = colon != SLICE_NPOS ? slice_skip(rest, colon + 1) : SLICE("");
    } else if (slice_starts_with(text, SLICE("arn:"))) {
        return NULL;
    }
    const struct value *index = value_find(build->functions_by_name, *ret_name);
    return index != NULL ? &build->deployment->functions[index->as.integer] : NULL;
}

static void build_resources(struct build *build)
{
    struct deployment *deployment = build->deployment;
    size_t count = value_count(build->resources);
    deployment->resources = arena_array(build->arena, count, sizeof(struct deployment_resource));
    for (size_t i = 0; i < count; i++) {
        const struct value_entry *entry = &build->resources->as.map.entries[i];
        deployment->resources[deployment->resource_count++] = (struct deployment_resource){
            .logical_id = entry->key,
            .type = value_scalar_text(value_get(entry->value, "Type")),
            .physical_id = value_scalar_text(value_get(entry->value, "PhysicalId")),
            .properties = value_get(entry->value, "Properties"),
            .has_unknown = build_is_true(entry->value, "HasUnknown"),
            .pos = entry->key_pos,
        };
        const struct deployment_resource *resource =
            &deployment->resources[deployment->resource_count - 1];
        resource_check_properties(build->load, resource->logical_id, resource->type,
                                  resource->properties);
    }
}

static void build_outputs(struct build *build, const struct value *outputs)
{
    struct deployment *deployment = build->deployment;
    size_t count = value_count(outputs);
    deployment->outputs = arena_array(build->arena, count, sizeof(struct deployment_output));
    for (size_t i = 0; i < count; i++) {
        const struct value_entry *entry = &outputs->as.map.entries[i];
        const struct value *value = value_get(entry->value, "Value");
        if (!value_is_scalar(value)) {
            load_error(
                build->load, value->pos,
                "Template format error: The Value field of every Outputs member must evaluate "
                "to a String.");
            continue;
        }
        deployment->outputs[deployment->output_count++] = (struct deployment_output){
            .name = entry->key,
            .value = value_scalar_text(value),
            .description = value_scalar_text(value_get(entry->value, "Description")),
        };
    }
}

static struct slice option(const char *text, struct slice otherwise)
{
    return text != NULL && *text != '\0' ? slice_from(text) : otherwise;
}

enum status deployment_build(struct load *load, const struct value *resolved,
                             struct deployment *ret_deployment)
{
    size_t errors_before = load->error_count;
    struct build build = {
        .load = load,
        .arena = load->arena,
        .deployment = ret_deployment,
        .resources = value_get(resolved, "Resources"),
        .functions_by_name = value_map(load->arena, (struct source_pos){0}),
        .layers_by_arn = value_map(load->arena, (struct source_pos){0}),
        .partition = SLICE("aws"),
    };
    const struct template_options *options = load->options;
    ret_deployment->region = arena_copy(load->arena, option(options->region, SLICE("us-east-1")));
    ret_deployment->account_id =
        arena_copy(load->arena, option(options->account_id, SLICE("000000000000")));
    ret_deployment->stack_name = load->stack_name;
    ret_deployment->directory = load->directory;
    ret_deployment->description = value_scalar_text(value_get(resolved, "Description"));
    if (slice_starts_with(ret_deployment->region, SLICE("cn-"))) {
        build.partition = SLICE("aws-cn");
    } else if (slice_starts_with(ret_deployment->region, SLICE("us-gov-"))) {
        build.partition = SLICE("aws-us-gov");
    }
    build_resources(&build);
    build_functions(&build);
    build_outputs(&build, value_get(resolved, "Outputs"));
    return load->error_count == errors_before ? STATUS_OK : STATUS_INVALID;
}

const struct deployment_function *deployment_function(const struct deployment *deployment,
                                                      struct slice name_or_logical_id)
{
    for (size_t i = 0; i < deployment->function_count; i++) {
        if (slice_eq(deployment->functions[i].name, name_or_logical_id)) {
            return &deployment->functions[i];
        }
    }
    for (size_t i = 0; i < deployment->function_count; i++) {
        if (slice_eq(deployment->functions[i].logical_id, name_or_logical_id)) {
            return &deployment->functions[i];
        }
    }
    return NULL;
}

void deployment_destroy(struct deployment *deployment)
{
    if (deployment == NULL) {
        return;
    }
    arena_finish(&deployment->arena);
    mem_free(deployment);
}
