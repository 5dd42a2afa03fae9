#include "templates/serverless/serverless.h"

#include "core/buf.h"
#include "templates/limits.h"

#include <math.h>

bool is_truthy(const struct value *value)
{
    if (value == NULL) {
        return false;
    }
    switch (value->kind) {
    case VALUE_NULL:
        return false;
    case VALUE_BOOL:
        return value->as.boolean;
    case VALUE_INT:
        return value->as.integer != 0;
    case VALUE_FLOAT:
        return fpclassify(value->as.number) != FP_ZERO;
    case VALUE_STRING:
        return value->text.len > 0;
    case VALUE_LIST:
    case VALUE_MAP:
        return true;
    }
    return false;
}

struct slice text_of(const struct value *value)
{
    return value != NULL ? value_scalar_text(value) : SLICE_NULL;
}

const struct service_function *service_find_function(const struct service *service,
                                                     struct slice key)
{
    for (size_t i = 0; i < service->function_count; i++) {
        if (slice_eq(service->functions[i].key, key)) {
            return &service->functions[i];
        }
    }
    return NULL;
}

bool service_has_plugin(const struct service *service, const char *part_of_name)
{
    const struct value *plugins = value_get(service->root, "plugins");
    if (plugins != NULL && plugins->kind == VALUE_MAP) {
        plugins = value_get(plugins, "modules");
    }
    for (size_t i = 0; plugins != NULL && plugins->kind == VALUE_LIST && i < value_count(plugins);
         i++) {
        if (slice_search(text_of(value_at(plugins, i)), slice_from(part_of_name)) != SLICE_NPOS) {
            return true;
        }
    }
    return false;
}

/* --- service and provider --- */

static bool read_service_name(struct service *service)
{
    const struct value *name = value_get(service->root, "service");
    if (name != NULL && name->kind == VALUE_MAP) { /* as version 1 wrote it */
        name = value_get(name, "name");
    }
    service->name = text_of(name);
    if (service->name.ptr != NULL) {
        /* An empty one comes of a variable that was told of. */
        service->name = service->name.len > 0 ? service->name : SLICE("service");
        return true;
    }
    load_error(service->load, service->root->pos,
               "Configuration error at root: must have required property 'service' (a name)");
    return false;
}

static bool read_provider(struct service *service)
{
    const struct value *provider = value_get(service->root, "provider");
    if (provider != NULL && provider->kind == VALUE_STRING) {
        service->provider = shape(service->arena, provider->pos, "{name: %S}", provider->text);
        provider = service->provider;
    }
    if (provider == NULL || provider->kind != VALUE_MAP) {
        load_error(service->load, provider != NULL ? provider->pos : service->root->pos,
                   "Configuration error at root: must have required property 'provider'");
        return false;
    }
    service->provider = provider;
    const struct value *name = value_get(provider, "name");
    if (name == NULL || !value_is_scalar(name)) {
        load_error(service->load, provider->pos,
                   "Configuration error at 'provider': must have required property 'name'");
        return false;
    }
    if (!value_is(name, "aws")) {
        load_error(
            service->load, name->pos,
            "provider \"%.*s\" is not supported: sls-local runs services of provider \"aws\"",
            SLICE_ARG(text_of(name)));
        return false;
    }
    return true;
}

/* --- functions --- */

static bool is_function_key(struct slice key)
{
    return slice_is_alnum(key, "-_");
}

static void add_function(struct service *service, const struct value_entry *entry)
{
    struct service_function *function = &service->functions[service->function_count];
    const struct value *config = entry->value;
    if (!is_function_key(entry->key)) {
        load_error(service->load, entry->key_pos,
                   "Configuration error at 'functions': unrecognized property '%.*s': a function's "
                   "name consists of letters, digits, '-' and '_'",
                   SLICE_ARG(entry->key));
        return;
    }
    if (config->kind == VALUE_NULL) { /* the plugins' doing, for the framework */
        return;
    }
    if (config->kind != VALUE_MAP) {
        load_error(service->load, config->pos,
                   "Configuration error at 'functions.%.*s': must be object",
                   SLICE_ARG(entry->key));
        return;
    }
    if (service_find_function(service, entry->key) != NULL) {
        load_error(service->load, entry->key_pos, "function \"%.*s\" is defined twice",
                   SLICE_ARG(entry->key));
        return;
    }
    function->key = entry->key;
    function->normalized = naming_resource(service->arena, entry->key);
    function->logical_id =
        arena_printf(service->arena, "%.*sLambdaFunction", SLICE_ARG(function->normalized));
    function->config = config;
    function->pos = entry->key_pos;
    function->name = text_of(value_get(config, "name"));
    if (function->name.len == 0) {
        function->name = arena_printf(service->arena, "%.*s-%.*s-%.*s", SLICE_ARG(service->name),
                                      SLICE_ARG(service->stage), SLICE_ARG(entry->key));
    }
    service->function_count++;
}

static size_t count_functions(const struct value *functions)
{
    size_t count = 0;
    if (functions->kind == VALUE_MAP) {
        return value_count(functions);
    }
    for (size_t i = 0; i < value_count(functions); i++) {
        count += value_count(value_at(functions, i));
    }
    return count;
}

/* A map, or a list of maps. */
static void read_functions(struct service *service)
{
    const struct value *functions = value_get(service->root, "functions");
    if (functions == NULL || !is_truthy(functions)) {
        return;
    }
    if (functions->kind != VALUE_MAP && functions->kind != VALUE_LIST) {
        load_error(service->load, functions->pos,
                   "Configuration error at 'functions': must be object");
        return;
    }
    size_t parts = functions->kind == VALUE_LIST ? value_count(functions) : 1;
    service->functions =
        arena_array(service->arena, count_functions(functions) + 1, sizeof(*service->functions));
    for (size_t i = 0; i < parts; i++) {
        const struct value *part =
            functions->kind == VALUE_LIST ? value_at(functions, i) : functions;
        if (part->kind != VALUE_MAP) {
            if (is_truthy(part)) {
                load_error(service->load, part->pos,
                           "Configuration error at 'functions[%zu]': must be object", i);
            }
            continue;
        }
        for (size_t j = 0; j < part->as.map.count; j++) {
            add_function(service, &part->as.map.entries[j]);
        }
    }
}

bool service_read(struct service *service)
{
    bool has_provider = read_provider(service);
    if (!has_provider || !read_service_name(service)) {
        return false;
    }
    read_functions(service);
    return true;
}

/* --- making resources --- */

void add_resource(struct service *service, struct slice logical_id, const char *type,
                  struct source_pos pos, struct value *properties)
{
    struct value *resource = value_map(service->arena, pos);
    value_set_text(service->arena, resource, "Type", type);
    if (properties != NULL) {
        value_set(service->arena, resource, SLICE("Properties"), properties);
    }
    value_set(service->arena, service->resources, logical_id, resource);
}

struct value *function_arn(struct service *service, const struct service_function *function,
                           struct source_pos pos)
{
    return value_getatt(service->arena, pos, function->logical_id, "Arn");
}

struct value *arn_or_function(struct service *service, const struct value *value)
{
    if (value == NULL) {
        return NULL;
    }
    if (value->kind == VALUE_MAP && value_get(value, "arn") != NULL) {
        return copy_of(service, value_get(value, "arn"));
    }
    if (value->kind != VALUE_STRING || slice_find(value->text, ':') != SLICE_NPOS) {
        return copy_of(service, value);
    }
    const struct service_function *function = service_find_function(service, value->text);
    if (function == NULL) {
        load_error(service->load, value->pos,
                   "\"%.*s\" is neither an ARN nor a function of this service",
                   SLICE_ARG(value->text));
        return NULL;
    }
    return function_arn(service, function, value->pos);
}

void add_permission(struct service *service, const struct service_event *event,
                    struct slice logical_id, const char *principal, struct value *source_arn)
{
    add_resource(service, logical_id, "AWS::Lambda::Permission", event->pos,
                 shape(service->arena, event->pos,
                       "{FunctionName: %v, Action: lambda:InvokeFunction, Principal: %s, "
                       "SourceArn: %v}",
                       function_arn(service, event->function, event->pos), principal, source_arn));
}

struct value *invocation_uri(struct service *service, struct value *arn, struct source_pos pos)
{
    return shape(
        service->arena, pos,
        "{Fn::Join: ['', ['arn:', {Ref: AWS::Partition}, ':apigateway:', {Ref: AWS::Region}, "
        "':lambda:path/2015-03-31/functions/', %v, '/invocations']]}",
        arn);
}

struct value *value_json_text(struct service *service, const struct value *value)
{
    if (value == NULL || value->kind == VALUE_STRING) {
        return copy_of(service, value);
    }
    AUTO_BUF text = BUF_INIT(TEMPLATE_FILE_MAX);
    value_to_json(&text, value);
    return value_string(service->arena, value->pos, arena_copy(service->arena, buf_slice(&text)));
}

struct value *copy_of(struct service *service, const struct value *value)
{
    return value != NULL ? value_clone(service->arena, value) : NULL;
}

struct value *as_list(struct service *service, const struct value *value)
{
    if (value == NULL || value->kind == VALUE_LIST) {
        return copy_of(service, value);
    }
    return shape(service->arena, value->pos, "[%v]", copy_of(service, value));
}

void merge_over(struct arena *arena, struct value *target, const struct value *source)
{
    if (target->kind == VALUE_MAP && source->kind == VALUE_MAP) {
        for (size_t i = 0; i < source->as.map.count; i++) {
            const struct value_entry *entry = &source->as.map.entries[i];
            struct value *old = value_find(target, entry->key);
            bool is_deep = old != NULL && old->kind == entry->value->kind &&
                           (old->kind == VALUE_MAP || old->kind == VALUE_LIST);
            if (is_deep) {
                merge_over(arena, old, entry->value);
            } else {
                value_set(arena, target, entry->key, value_clone(arena, entry->value));
            }
        }
    } else if (target->kind == VALUE_LIST && source->kind == VALUE_LIST) {
        for (size_t i = 0; i < source->as.list.count; i++) {
            const struct value *item = source->as.list.items[i];
            struct value *old = value_at(target, i);
            if (old == NULL) {
                value_push(arena, target, value_clone(arena, item));
            } else if (old->kind == item->kind &&
                       (old->kind == VALUE_MAP || old->kind == VALUE_LIST)) {
                merge_over(arena, old, item);
            } else {
                target->as.list.items[i] = value_clone(arena, item);
            }
        }
    }
}

struct slice api_name(struct service *service, const struct value *settings,
                      const struct value *other_name)
{
    const struct value *name = value_get(settings, "name");
    name = is_truthy(name) ? name : other_name;
    if (is_truthy(name) && value_is_scalar(name)) {
        return value_scalar_text(name);
    }
    bool service_first = is_truthy(value_get(settings, "shouldStartNameWithService"));
    return arena_printf(service->arena, "%.*s-%.*s",
                        SLICE_ARG(service_first ? service->name : service->stage),
                        SLICE_ARG(service_first ? service->stage : service->name));
}
