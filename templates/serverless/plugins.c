/* Plugins are not run. Of a few, what they make out of the file is made here; of the others, the
 * author is told what he will miss. */
#include "templates/serverless/serverless.h"

#include "core/mem.h"

/* --- what is missed --- */

static const struct {
    const char *part; /* of the plugin's name */
    const char *note; /* NULL: nothing is missed without it */
} plugins[] = {
    {"offline", NULL},
    {"dotenv", NULL},
    {"prune", NULL},
    {"pseudo-parameters", NULL},
    {"dynamodb", NULL},
    {"deployment-bucket", NULL},
    {"iam-roles-per-function", NULL},
    {"stack-", NULL},
    {"export-env", NULL},
    {"warmup", NULL},
    {"plugin-log", NULL},
    {"optimize", NULL},
    {"layers", NULL},
    {"esbuild",
     "handlers that exist as TypeScript only are built with esbuild, if it is installed"},
    {"typescript",
     "handlers that exist as TypeScript only are built with esbuild, if it is installed"},
    {"webpack",
     "handlers that exist as TypeScript only are built with esbuild, if it is installed"},
    {"bundle", "handlers that exist as TypeScript only are built with esbuild, if it is installed"},
    {"babel", "handlers are used as they are; what Node does not understand fails"},
    {"python-requirements",
     "install requirements.txt into the service directory or the Python environment yourself"},
    {"ruby-layer", "install the gems yourself (bundle install --path vendor/bundle)"},
    {"wsgi", "its handler wsgi_handler.handler exists in a deployed package only"},
    {"lift", "its constructs are not made"},
    {"step-functions", "its state machines are made, the events that start them are not"},
    {"appsync", "its GraphQL API is not made"},
    {"domain", "its custom domain is not made; routes are served under their plain paths"},
    {"s3-sync", "its files are not copied to the bucket"},
    {"apigateway-service-proxy", "its routes are not made"},
};

static void check_plugin(struct service *service, const struct value *plugin)
{
    struct slice name = text_of(plugin);
    for (size_t i = 0; i < COUNT_OF(plugins); i++) {
        if (slice_search(name, slice_from(plugins[i].part)) == SLICE_NPOS) {
            continue;
        }
        if (plugins[i].note != NULL) {
            load_notice(service->load, plugin->pos, "plugin \"%.*s\" is not run: %s",
                        SLICE_ARG(name), plugins[i].note);
        }
        return;
    }
    if (name.len > 0) {
        load_notice(service->load, plugin->pos, "plugin \"%.*s\" is not run", SLICE_ARG(name));
    }
}

void check_plugins(struct service *service)
{
    const struct value *list = value_get(service->root, "plugins");
    if (list != NULL && list->kind == VALUE_MAP) {
        list = value_get(list, "modules");
    }
    for (size_t i = 0; list != NULL && list->kind == VALUE_LIST && i < value_count(list); i++) {
        check_plugin(service, value_at(list, i));
    }
}

/* --- serverless-step-functions --- */

/* Definitions name functions by their keys: {Fn::GetAtt: [hello, Arn]}. */
static void name_functions(struct service *service, struct value *value)
{
    struct slice name;
    struct value *arg;
    if (value_is_intrinsic(value, &name, &arg) && slice_is(name, "Fn::GetAtt")) {
        struct value *id = arg->kind == VALUE_LIST ? value_at(arg, 0) : NULL;
        const struct service_function *function =
            id != NULL ? service_find_function(service, text_of(id)) : NULL;
        if (function != NULL) {
            *id = *value_string(service->arena, id->pos, function->logical_id);
        }
        return;
    }
    for (size_t i = 0; value->kind == VALUE_LIST && i < value_count(value); i++) {
        name_functions(service, value_at(value, i));
    }
    for (size_t i = 0; value->kind == VALUE_MAP && i < value_count(value); i++) {
        name_functions(service, value->as.map.entries[i].value);
    }
}

static void make_state_machine(struct service *service, const struct value_entry *entry)
{
    const struct value *machine = entry->value;
    const struct value *id = value_get(machine, "id");
    const struct value *name = value_get(machine, "name");
    const struct value *type = value_get(machine, "type");
    struct value *definition = copy_of(service, value_get(machine, "definition"));
    struct slice logical_id;
    if (is_truthy(id) || (is_truthy(name) && value_is_scalar(name))) {
        logical_id = naming_resource(service->arena, text_of(is_truthy(id) ? id : name));
    } else {
        logical_id = arena_printf(service->arena, "%.*sStepFunctionsStateMachine",
                                  SLICE_ARG(naming_resource(service->arena, entry->key)));
    }
    if (definition != NULL) {
        name_functions(service, definition);
    }
    bool is_text = definition != NULL && definition->kind == VALUE_STRING;
    add_resource(service, logical_id, "AWS::StepFunctions::StateMachine", entry->key_pos,
                 shape(service->arena, entry->key_pos,
                       "{StateMachineName: %v, StateMachineType: %v, Definition: %v, "
                       "DefinitionString: %v, RoleArn: %v}",
                       copy_of(service, name), copy_of(service, type), is_text ? NULL : definition,
                       is_text ? definition : NULL, copy_of(service, value_get(machine, "role"))));
}

void compile_state_machines(struct service *service)
{
    const struct value *machines =
        value_path(service->root, "stepFunctions", "stateMachines", NULL);
    for (size_t i = 0; machines != NULL && machines->kind == VALUE_MAP && i < value_count(machines);
         i++) {
        const struct value_entry *entry = &machines->as.map.entries[i];
        if (entry->value->kind == VALUE_MAP) {
            make_state_machine(service, entry);
        }
    }
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
