/* The walk over a template: which resources live, and every value below them. */
#include "templates/resolve.h"

#include "core/id.h"
#include "core/mem.h"
#include "templates/limits.h"

#include <stdarg.h>

void note_unknown(struct resolver *resolver)
{
    resolver->has_unknown = resolver->has_unknown || !resolver->is_aside;
}

struct value *unknown_value(struct resolver *resolver, struct source_pos pos)
{
    note_unknown(resolver);
    return value_unknown(resolver->arena, pos);
}

struct value *tell_unknown(struct resolver *resolver, struct source_pos pos, const char *format,
                           ...)
{
    struct fault words;
    va_list args;
    va_start(args, format);
    fault_vset(&words, STATUS_INVALID, format, args);
    va_end(args);
    switch (resolver->unknown) {
    case UNKNOWN_ERROR:
        load_error(resolver->load, pos, "%s", words.text);
        break;
    case UNKNOWN_WARNING:
        load_warning(resolver->load, pos, "%s; it is empty here", words.text);
        break;
    case UNKNOWN_NOTICE:
        load_notice(resolver->load, pos, "%s; it is empty here", words.text);
        break;
    case UNKNOWN_QUIET:
        break;
    }
    return unknown_value(resolver, pos);
}

struct value *tell_error(struct resolver *resolver, struct source_pos pos, const char *format, ...)
{
    struct fault words;
    va_list args;
    va_start(args, format);
    fault_vset(&words, STATUS_INVALID, format, args);
    va_end(args);
    load_error(resolver->load, pos, "%s", words.text);
    return unknown_value(resolver, pos);
}

bool resolver_allows_text(struct resolver *resolver, struct source_pos pos, size_t len)
{
    if (resolver->is_exhausted) {
        return false;
    }
    if (len > TEMPLATE_TEXT_MAX || resolver->text_bytes + len > TEMPLATE_TEXTS_MAX) {
        resolver->is_exhausted = true;
        load_error(resolver->load, pos, "this makes a text of more than %u bytes",
                   TEMPLATE_TEXT_MAX);
        return false;
    }
    resolver->text_bytes += len;
    return true;
}

struct slice resolve_text(struct resolver *resolver, const struct value *value, const char *what)
{
    if (value == NULL || value->kind == VALUE_NULL) {
        return SLICE("");
    }
    if (!value_is_scalar(value)) {
        tell_error(resolver, value->pos, "%s must be a string, not a %s", what,
                   value->kind == VALUE_LIST ? "list" : "map");
        return SLICE("");
    }
    return value_scalar_text(value);
}

static struct value *call_intrinsic(struct resolver *resolver, struct value *call,
                                    struct slice name, struct value *arg)
{
    if (resolver->is_exhausted) {
        return unknown_value(resolver, call->pos);
    }
    intrinsic_fn *intrinsic = intrinsic_find(name);
    if (intrinsic == NULL) {
        if (slice_starts_with(name, SLICE("Fn::ForEach"))) {
            return tell_error(resolver, call->pos,
                              "%.*s: Fn::ForEach is not supported; write the copies out",
                              SLICE_ARG(name));
        }
        return tell_error(resolver, call->pos,
                          "Template error: %.*s is not an intrinsic function that may stand here",
                          SLICE_ARG(name));
    }
    if (++resolver->steps > TEMPLATE_EVAL_STEPS_MAX || resolver->depth > TEMPLATE_EVAL_DEPTH_MAX) {
        resolver->is_exhausted = true;
        return tell_error(resolver, call->pos,
                          resolver->depth > TEMPLATE_EVAL_DEPTH_MAX
                              ? "intrinsic functions and references nested deeper than %d"
                              : "more than %d intrinsic functions to evaluate",
                          resolver->depth > TEMPLATE_EVAL_DEPTH_MAX ? TEMPLATE_EVAL_DEPTH_MAX
                                                                    : TEMPLATE_EVAL_STEPS_MAX);
    }
    resolver->depth++;
    struct value *result = intrinsic(resolver, call, arg);
    resolver->depth--;
    return result;
}

static struct value *resolve_list(struct resolver *resolver, struct value *list)
{
    struct value *copy = NULL; /* made when the first member changes */
    for (size_t i = 0; i < list->as.list.count; i++) {
        struct value *item = list->as.list.items[i];
        struct value *resolved = resolve_value(resolver, item);
        if (resolved == item && copy == NULL) {
            continue;
        }
        if (copy == NULL) {
            copy = value_list(resolver->arena, list->pos);
            for (size_t before = 0; before < i; before++) {
                value_push(resolver->arena, copy, list->as.list.items[before]);
            }
        }
        if (resolved != NULL) {
            value_push(resolver->arena, copy, resolved);
        }
    }
    return copy != NULL ? copy : list;
}

static struct value *resolve_map(struct resolver *resolver, struct value *map)
{
    struct value *copy = NULL;
    for (size_t i = 0; i < map->as.map.count; i++) {
        const struct value_entry *entry = &map->as.map.entries[i];
        bool is_transform = slice_is(entry->key, "Fn::Transform");
        struct value *resolved = is_transform ? intrinsic_transform(resolver, map, entry->value)
                                              : resolve_value(resolver, entry->value);
        if (resolved == entry->value && copy == NULL) {
            continue;
        }
        if (copy == NULL) {
            copy = value_map(resolver->arena, map->pos);
            for (size_t before = 0; before < i; before++) {
                const struct value_entry *kept = &map->as.map.entries[before];
                value_set_at(resolver->arena, copy, kept->key, kept->key_pos, kept->value);
            }
        }
        if (is_transform) {
            /* The macro's siblings stay, and win over what it brings. */
            for (size_t k = 0; resolved != NULL && k < value_count(resolved); k++) {
                if (resolved->kind != VALUE_MAP) {
                    break;
                }
                const struct value_entry *added = &resolved->as.map.entries[k];
                if (value_find(map, added->key) == NULL) {
                    value_set_at(resolver->arena, copy, added->key, added->key_pos, added->value);
                }
            }
        } else if (resolved != NULL) {
            value_set_at(resolver->arena, copy, entry->key, entry->key_pos, resolved);
        }
    }
    return copy != NULL ? copy : map;
}

struct value *resolve_value(struct resolver *resolver, struct value *value)
{
    struct slice name;
    struct value *arg;
    switch (value->kind) {
    case VALUE_NULL:
    case VALUE_BOOL:
    case VALUE_INT:
    case VALUE_FLOAT:
        return value;
    case VALUE_STRING:
        if (value->has_unknown || value_is_unknown(value)) {
            note_unknown(resolver); /* of a variable of serverless.yml */
        }
        return dynamic_references(resolver, value);
    case VALUE_LIST:
        return resolve_list(resolver, value);
    case VALUE_MAP:
        break;
    }
    if (value_is_intrinsic(value, &name, &arg) && !slice_is(name, "Condition")) {
        struct value *result = call_intrinsic(resolver, value, name, arg);
        return result != NULL && result->kind == VALUE_STRING && !value_is_unknown(result)
                   ? dynamic_references(resolver, result)
                   : result;
    }
    return resolve_map(resolver, value);
}

struct value *resolve_property(struct resolver *resolver, struct slice logical_id, const char *name)
{
    struct value *property =
        value_get(value_get(value_find(resolver->resources, logical_id), "Properties"), name);
    if (property == NULL) {
        return NULL;
    }
    /* Whoever resolves that resource itself tells what is unknown there. */
    enum unknown_is unknown = resolver->unknown;
    bool is_aside = resolver->is_aside;
    resolver->unknown = UNKNOWN_QUIET;
    resolver->is_aside = true;
    resolver->depth++;
    struct value *resolved = NULL;
    if (resolver->depth > TEMPLATE_EVAL_DEPTH_MAX) {
        resolver->is_exhausted = true;
        tell_error(resolver, property->pos, "references nested deeper than %d",
                   TEMPLATE_EVAL_DEPTH_MAX);
    } else {
        resolved = resolve_value(resolver, property);
    }
    resolver->depth--;
    resolver->is_aside = is_aside;
    resolver->unknown = unknown;
    return resolved != NULL && resolved->kind == VALUE_NULL ? NULL : resolved;
}

bool resource_is_live(struct resolver *resolver, struct slice logical_id)
{
    const struct value *known = value_find(resolver->live, logical_id);
    if (known != NULL) {
        return known->as.boolean;
    }
    const struct value *resource = value_find(resolver->resources, logical_id);
    if (resource == NULL || resource->kind != VALUE_MAP) {
        return false;
    }
    bool is_live = condition_attribute_holds(resolver, resource);
    value_set(resolver->arena, resolver->live, logical_id,
              value_bool(resolver->arena, resource->pos, is_live));
    return is_live;
}

/* --- sections --- */

static const struct value *section(struct load *load, const struct value *root, const char *name)
{
    const struct value *value = value_get(root, name);
    if (value == NULL || value->kind == VALUE_NULL) {
        return NULL;
    }
    if (value->kind != VALUE_MAP) {
        load_error(load, value->pos, "Template format error: [/%s] must be an object", name);
        return NULL;
    }
    return value;
}

static bool has_transform(const struct value *transform, const char *name)
{
    if (value_is(transform, name)) {
        return true;
    }
    for (size_t i = 0; i < value_count(transform); i++) {
        if (value_is(value_at(transform, i), name)) {
            return true;
        }
    }
    return false;
}

static struct slice option(const char *text, struct slice otherwise)
{
    return text != NULL && *text != '\0' ? slice_from(text) : otherwise;
}

void resolver_init(struct resolver *resolver, struct load *load, const struct value *root)
{
    const struct template_options *options = load->options;
    struct arena *arena = load->arena;
    *resolver = (struct resolver){
        .load = load,
        .arena = arena,
        .parameters = section(load, root, "Parameters"),
        .mappings = section(load, root, "Mappings"),
        .conditions = section(load, root, "Conditions"),
        .resources = section(load, root, "Resources"),
        .account = option(options->account_id, SLICE("000000000000")),
        .region = option(options->region, SLICE("us-east-1")),
        .partition = SLICE("aws"),
        .url_suffix = SLICE("amazonaws.com"),
        .stack_name = load->stack_name.len > 0 ? load->stack_name : SLICE("local"),
        .edge_url = option(options->edge_url, SLICE("http://localhost:4566")),
        .has_language_extensions =
            has_transform(value_get(root, "Transform"), "AWS::LanguageExtensions"),
        .unknown = UNKNOWN_NOTICE,
    };
    struct source_pos nowhere = {0};
    resolver->parameter_values = value_map(arena, nowhere);
    resolver->stand_ins = value_map(arena, nowhere);
    resolver->condition_values = value_map(arena, nowhere);
    resolver->resource_ids = value_map(arena, nowhere);
    resolver->resource_names = value_map(arena, nowhere);
    resolver->live = value_map(arena, nowhere);
    if (slice_starts_with(resolver->region, SLICE("cn-"))) {
        resolver->partition = SLICE("aws-cn");
        resolver->url_suffix = SLICE("amazonaws.com.cn");
    } else if (slice_starts_with(resolver->region, SLICE("us-gov-"))) {
        resolver->partition = SLICE("aws-us-gov");
    }
    char uuid[ID_UUID_MAX];
    id_derived_uuid(uuid, resolver->stack_name);
    resolver->stack_id =
        arena_printf(arena, "arn:%.*s:cloudformation:%.*s:%.*s:stack/%.*s/%s",
                     SLICE_ARG(resolver->partition), SLICE_ARG(resolver->region),
                     SLICE_ARG(resolver->account), SLICE_ARG(resolver->stack_name), uuid);
}

/* How loudly a property complains about what cannot be known here. */
static enum unknown_is loudness(struct slice type, struct slice property)
{
    static const char *const needed[] = {"Handler", "Runtime", "Code", "PackageType"};
    if (slice_is(type, "AWS::Lambda::Function")) {
        for (size_t i = 0; i < COUNT_OF(needed); i++) {
            if (slice_is(property, needed[i])) {
                return UNKNOWN_ERROR;
            }
        }
        return slice_is(property, "Environment") || slice_is(property, "Layers") ? UNKNOWN_WARNING
                                                                                 : UNKNOWN_NOTICE;
    }
    if (slice_is(type, "AWS::Lambda::EventSourceMapping")) {
        return UNKNOWN_WARNING;
    }
    /* Of what is not emulated, nobody looks at the value. */
    static const char *const services[] = {
        "Lambda",  "ApiGateway", "DynamoDB",       "SQS",
        "SNS",     "S3",         "Events",         "Scheduler",
        "Kinesis", "SSM",        "SecretsManager", "StepFunctions"};
    for (size_t i = 0; i < COUNT_OF(services); i++) {
        if (slice_starts_with(type, SLICE("AWS::")) &&
            slice_starts_with(slice_skip(type, 5), slice_from(services[i]))) {
            return UNKNOWN_NOTICE;
        }
    }
    return UNKNOWN_QUIET;
}

static bool may_hold_null(struct slice type, struct slice property)
{
    return slice_is(property, "Body") || slice_starts_with(property, SLICE("Definition")) ||
           slice_is(type, "AWS::AppSync::GraphQLSchema");
}

static void warn_of_nulls(struct load *load, const struct value *value)
{
    if (value->kind == VALUE_NULL) {
        load_warning(load, value->pos,
                     "'null' values are not allowed in templates: AWS refuses this");
    }
    for (size_t i = 0; i < value_count(value); i++) {
        warn_of_nulls(load, value->kind == VALUE_LIST ? value->as.list.items[i]
                                                      : value->as.map.entries[i].value);
    }
}

static struct value *resolve_properties(struct resolver *resolver, struct slice type,
                                        struct value *properties)
{
    struct value *resolved = value_map(resolver->arena, properties->pos);
    for (size_t i = 0; i < value_count(properties); i++) {
        const struct value_entry *entry = &properties->as.map.entries[i];
        if (!may_hold_null(type, entry->key)) {
            warn_of_nulls(resolver->load, entry->value);
        }
        resolver->unknown = loudness(type, entry->key);
        if (slice_is(entry->key, "Fn::Transform")) {
            struct value *included = intrinsic_transform(resolver, properties, entry->value);
            for (size_t k = 0;
                 included != NULL && included->kind == VALUE_MAP && k < included->as.map.count;
                 k++) {
                const struct value_entry *added = &included->as.map.entries[k];
                value_set_at(resolver->arena, resolved, added->key, added->key_pos, added->value);
            }
            continue;
        }
        struct value *value = resolve_value(resolver, entry->value);
        if (value != NULL) {
            value_set_at(resolver->arena, resolved, entry->key, entry->key_pos, value);
        }
    }
    resolver->unknown = UNKNOWN_NOTICE;
    return resolved;
}

static void check_depends_on(struct resolver *resolver, const struct value *depends_on)
{
    size_t count = depends_on == NULL               ? 0
                   : depends_on->kind == VALUE_LIST ? value_count(depends_on)
                                                    : 1;
    for (size_t i = 0; i < count; i++) {
        const struct value *name =
            depends_on->kind == VALUE_LIST ? value_at(depends_on, i) : depends_on;
        if (value_is_scalar(name) &&
            value_find(resolver->resources, value_scalar_text(name)) == NULL) {
            tell_error(resolver, name->pos,
                       "Template format error: Unresolved resource dependencies [%.*s] in the "
                       "Resources block of the template",
                       SLICE_ARG(value_scalar_text(name)));
        } else if (value_is_scalar(name)) {
            dependencies_note(resolver, value_scalar_text(name));
        }
    }
}

static bool is_alphanumeric(struct slice name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i], lower = (char)(c | 0x20);
        if ((c < '0' || c > '9') && (lower < 'a' || lower > 'z')) {
            return false;
        }
    }
    return name.len > 0;
}

static struct value *resolve_resource(struct resolver *resolver, const struct value_entry *entry)
{
    struct load *load = resolver->load;
    struct value *resource = entry->value;
    if (resource->kind != VALUE_MAP) {
        load_error(load, entry->key_pos,
                   "Template format error: [/Resources/%.*s] resource definition is malformed",
                   SLICE_ARG(entry->key));
        return NULL;
    }
    if (!is_alphanumeric(entry->key)) {
        load_error(load, entry->key_pos,
                   "Template format error: Resource name %.*s is non alphanumeric.",
                   SLICE_ARG(entry->key));
    }
    struct value *type = value_get(resource, "Type");
    if (!value_is_scalar(type)) {
        load_error(load, entry->key_pos,
                   "Template format error: [/Resources/%.*s] Every Resources object must contain a "
                   "Type member.",
                   SLICE_ARG(entry->key));
        return NULL;
    }
    bool is_live = resource_is_live(resolver, entry->key);
    resolver->resource = is_live ? entry->key : SLICE_NULL;
    check_depends_on(resolver, value_get(resource, "DependsOn"));
    if (!is_live) {
        return NULL;
    }
    struct arena *arena = resolver->arena;
    struct value *resolved = value_map(arena, resource->pos);
    value_set(arena, resolved, SLICE("Type"), type);
    struct slice id = resource_id(resolver, entry->key, entry->key_pos);
    value_set(arena, resolved, SLICE("PhysicalId"), value_string(arena, entry->key_pos, id));
    struct value *properties = value_get(resource, "Properties");
    if (properties != NULL && properties->kind == VALUE_MAP) {
        const struct value_entry *key = value_entry(resource, SLICE("Properties"));
        resolver->has_unknown = false;
        value_set_at(arena, resolved, SLICE("Properties"), key->key_pos,
                     resolve_properties(resolver, value_scalar_text(type), properties));
        value_set(arena, resolved, SLICE("HasUnknown"),
                  value_bool(arena, resource->pos, resolver->has_unknown));
    } else if (properties != NULL && properties->kind != VALUE_NULL) {
        load_error(load, properties->pos,
                   "Template format error: [/Resources/%.*s/Properties] must be an object",
                   SLICE_ARG(entry->key));
    }
    struct value *metadata = value_get(resource, "Metadata");
    if (metadata != NULL && metadata->kind == VALUE_MAP) {
        resolver->unknown = UNKNOWN_QUIET;
        metadata = resolve_value(resolver, metadata);
        resolver->unknown = UNKNOWN_NOTICE;
        if (metadata != NULL) {
            value_set(arena, resolved, SLICE("Metadata"), metadata);
        }
    }
    struct value *depends_on = value_get(resource, "DependsOn");
    if (depends_on != NULL) {
        value_set(arena, resolved, SLICE("DependsOn"), depends_on);
    }
    resolver->resource = SLICE_NULL;
    return resolved;
}

static struct value *resolve_outputs(struct resolver *resolver, const struct value *outputs)
{
    struct arena *arena = resolver->arena;
    struct value *resolved = value_map(arena, outputs->pos);
    resolver->block = SLICE("Outputs");
    for (size_t i = 0; i < outputs->as.map.count; i++) {
        const struct value_entry *entry = &outputs->as.map.entries[i];
        struct value *value = value_get(entry->value, "Value");
        if (value == NULL) {
            load_error(resolver->load, entry->key_pos,
                       "Template format error: Every Outputs member must contain a Value object");
            continue;
        }
        if (!condition_attribute_holds(resolver, entry->value)) {
            continue;
        }
        value = resolve_value(resolver, value);
        if (value == NULL) {
            continue;
        }
        struct value *output = value_map(arena, entry->value->pos);
        value_set(arena, output, SLICE("Value"), value);
        struct value *description = value_get(entry->value, "Description");
        if (value_is_scalar(description)) {
            value_set(arena, output, SLICE("Description"), description);
        }
        value_set_at(arena, resolved, entry->key, entry->key_pos, output);
    }
    return resolved;
}

enum status resolve_template(struct load *load, struct value *template_root,
                             struct value **ret_resolved)
{
    size_t errors_before = load->error_count;
    struct resolver resolver;
    resolver_init(&resolver, load, template_root);
    struct arena *arena = load->arena;
    if (value_count(resolver.resources) == 0) {
        const struct value *resources = value_get(template_root, "Resources");
        load_error(load, resources != NULL ? resources->pos : template_root->pos,
                   "Template format error: At least one Resources member must be defined.");
        return STATUS_INVALID;
    }
    if (resolver.resources->as.map.count > TEMPLATE_RESOURCES_MAX) {
        load_error(load, resolver.resources->pos, "more than %d resources", TEMPLATE_RESOURCES_MAX);
        return STATUS_LIMIT;
    }
    parameters_resolve(&resolver);
    struct value *resolved = value_map(arena, template_root->pos);
    struct value *description = value_get(template_root, "Description");
    if (value_is_scalar(description)) {
        value_set(arena, resolved, SLICE("Description"), description);
    }
    struct value *resources = value_map(arena, resolver.resources->pos);
    resolver.block = SLICE("Resources");
    for (size_t i = 0; i < resolver.resources->as.map.count; i++) {
        const struct value_entry *entry = &resolver.resources->as.map.entries[i];
        dependencies_begin(&resolver, i);
        struct value *resource = resolve_resource(&resolver, entry);
        if (resource != NULL) {
            value_set_at(arena, resources, entry->key, entry->key_pos, resource);
        }
    }
    value_set(arena, resolved, SLICE("Resources"), resources);
    dependencies_check(&resolver);
    const struct value *outputs = section(load, template_root, "Outputs");
    if (outputs != NULL) {
        value_set(arena, resolved, SLICE("Outputs"), resolve_outputs(&resolver, outputs));
    }
    *ret_resolved = resolved;
    return load->error_count == errors_before ? STATUS_OK : STATUS_INVALID;
}
