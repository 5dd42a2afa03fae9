#include "templates/serverless/serverless.h"

#include "core/file.h"
#include "core/mem.h"

#define DEFAULT_RUNTIME "nodejs16.x" /* of version 3 */
#define DEFAULT_MEMORY_MB 1024
#define DEFAULT_TIMEOUT_S 6

/* The function's own setting, else the provider's; NULL when neither is there. */
static const struct value *setting(const struct service *service,
                                   const struct service_function *function, const char *key)
{
    const struct value *own = value_get(function->config, key);
    if (own != NULL && own->kind != VALUE_NULL) {
        return own;
    }
    const struct value *provider = value_get(service->provider, key);
    return provider != NULL && provider->kind != VALUE_NULL ? provider : NULL;
}

static void set(struct service *service, struct value *map, const char *key, struct value *value)
{
    if (value != NULL) {
        value_set(service->arena, map, slice_from(key), value);
    }
}

static void set_copy(struct service *service, struct value *map, const char *key,
                     const struct value *value)
{
    if (value != NULL && value->kind != VALUE_NULL) {
        set(service, map, key, copy_of(service, value));
    }
}

/* --- environment --- */

/* null removes, scalars become text, what CloudFormation resolves stays. */
static void lay_environment(struct service *service, struct value *variables,
                            const struct value *source)
{
    if (source == NULL || source->kind == VALUE_NULL) {
        return;
    }
    if (source->kind != VALUE_MAP) {
        if (is_truthy(source)) {
            load_error(service->load, source->pos, "'environment' must be object");
        }
        return;
    }
    for (size_t i = 0; i < source->as.map.count; i++) {
        const struct value_entry *entry = &source->as.map.entries[i];
        if (entry->value->kind == VALUE_NULL) {
            value_remove(variables, entry->key);
        } else if (value_is_scalar(entry->value)) {
            value_set(
                service->arena, variables, entry->key,
                value_string(service->arena, entry->value->pos, value_scalar_text(entry->value)));
        } else {
            value_set(service->arena, variables, entry->key, copy_of(service, entry->value));
        }
    }
}

static struct value *environment(struct service *service, const struct service_function *function)
{
    const struct value *own = value_get(function->config, "environment");
    const struct value *shared = value_get(service->provider, "environment");
    if (!is_truthy(own) && !is_truthy(shared)) {
        return NULL;
    }
    struct value *variables = value_map(service->arena, is_truthy(own) ? own->pos : shared->pos);
    lay_environment(service, variables, shared);
    lay_environment(service, variables, own);
    return shape(service->arena, variables->pos, "{Variables: %v}", variables);
}

/* --- code --- */

/* "https://s3.amazonaws.com/BUCKET/KEY", which the framework downloads first. */
static struct value *artifact_code(struct service *service, const struct value *artifact)
{
    struct slice host = SLICE("s3.amazonaws.com/");
    size_t at = slice_search(artifact->text, host);
    if (at == SLICE_NPOS) {
        return shape(service->arena, artifact->pos, "{SlsLocalPath: %S}", artifact->text);
    }
    struct slice rest = slice_skip(artifact->text, at + host.len);
    size_t slash = slice_find(rest, '/');
    return shape(service->arena, artifact->pos, "{S3Bucket: %S, S3Key: %S}",
                 slice_take(rest, slash != SLICE_NPOS ? slash : rest.len),
                 slash != SLICE_NPOS ? slice_skip(rest, slash + 1) : SLICE(""));
}

static struct value *code(struct service *service, const struct service_function *function)
{
    const struct value *own = value_path(function->config, "package", "artifact", NULL);
    const struct value *shared = value_path(service->root, "package", "artifact", NULL);
    const struct value *artifact = is_truthy(own) ? own : shared;
    if (is_truthy(artifact) && artifact->kind == VALUE_STRING) {
        return artifact_code(service, artifact);
    }
    return shape(service->arena, function->pos, "{SlsLocalPath: '.'}");
}

/* image: URI | NAME of provider.ecr.images | {uri | name, command, entryPoint, workingDirectory} */
static void set_image(struct service *service, const struct service_function *function,
                      struct value *properties, const struct value *image)
{
    const struct value *uri = image;
    if (image->kind == VALUE_MAP) {
        uri = value_get(image, "uri");
        uri = uri != NULL ? uri : value_get(image, "name");
        struct value *config = value_map(service->arena, image->pos);
        set_copy(service, config, "Command", value_get(image, "command"));
        set_copy(service, config, "EntryPoint", value_get(image, "entryPoint"));
        set_copy(service, config, "WorkingDirectory", value_get(image, "workingDirectory"));
        if (value_count(config) > 0) {
            set(service, properties, "ImageConfig", config);
        }
    }
    const struct value *named =
        value_find(value_path(service->provider, "ecr", "images", NULL), text_of(uri));
    if (named != NULL) {
        uri = named->kind == VALUE_MAP ? value_get(named, "uri") : named;
        uri = uri != NULL ? uri : value_get(named, "path");
    }
    set(service, properties, "PackageType",
        value_string(service->arena, image->pos, SLICE("Image")));
    set(service, properties, "Code",
        shape(service->arena, function->pos, "{ImageUri: %v}", copy_of(service, uri)));
}

/* --- TypeScript --- */

/* "src/app" of "src/app.api.get": up to the first dot of the last part. */
static struct slice handler_module(struct slice handler)
{
    size_t slash = slice_rfind(handler, '/');
    size_t start = slash != SLICE_NPOS ? slash + 1 : 0;
    size_t dot = slice_find(slice_skip(handler, start), '.');
    return dot != SLICE_NPOS ? slice_take(handler, start + dot) : handler;
}

static struct slice existing_file(struct service *service, struct slice module,
                                  const char *const *extensions, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct slice name =
            arena_printf(service->arena, "%.*s%s", SLICE_ARG(module), extensions[i]);
        struct slice path = load_path(service->load, name);
        if (file_is_regular(arena_cstr(service->arena, path))) {
            return name;
        }
    }
    return SLICE_NULL;
}

static struct value *external_modules(struct service *service, const struct value *settings)
{
    struct value *list = value_list(service->arena, settings->pos);
    const char *const keys[] = {"external", "exclude"};
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        const struct value *names = value_get(settings, keys[i]);
        for (size_t j = 0; names != NULL && names->kind == VALUE_LIST && j < value_count(names);
             j++) {
            value_push(service->arena, list, copy_of(service, value_at(names, j)));
        }
    }
    return value_count(list) > 0 ? list : NULL;
}

/* How the runtime builds a handler that exists as TypeScript only, or whose project bundles with an
 * esbuild of its own. */
static struct value *build_metadata(struct service *service,
                                    const struct service_function *function, struct slice handler,
                                    struct slice runtime)
{
    static const char *const scripts[] = {".js", ".cjs", ".mjs"};
    static const char *const sources[] = {".ts", ".mts", ".tsx", ".jsx"};
    if (!slice_starts_with(runtime, SLICE("nodejs"))) {
        return NULL;
    }
    struct slice module = handler_module(handler);
    struct slice entry = existing_file(service, module, scripts, COUNT_OF(scripts));
    if (entry.ptr == NULL) {
        entry = existing_file(service, module, sources, COUNT_OF(sources));
    } else {
        bool is_bundled = service_has_plugin(service, "esbuild") ||
                          service_has_plugin(service, "webpack") ||
                          service_has_plugin(service, "serverless-bundle");
        struct slice esbuild = load_path(service->load, SLICE("node_modules/.bin/esbuild"));
        if (!is_bundled || !file_is_regular(arena_cstr(service->arena, esbuild))) {
            return NULL;
        }
    }
    if (entry.ptr == NULL) {
        return NULL;
    }
    const struct value *settings = value_path(service->root, "build", "esbuild", NULL);
    if (settings == NULL || settings->kind != VALUE_MAP) {
        settings = value_path(service->root, "custom", "esbuild", NULL);
    }
    struct value *properties = shape(service->arena, function->pos, "{EntryPoints: [%S]}", entry);
    if (settings != NULL && settings->kind == VALUE_MAP) {
        set_copy(service, properties, "Target", value_get(settings, "target"));
        set_copy(service, properties, "Format", value_get(settings, "format"));
        set_copy(service, properties, "Minify", value_get(settings, "minify"));
        set_copy(service, properties, "Sourcemap", value_get(settings, "sourcemap"));
        set(service, properties, "External", external_modules(service, settings));
    }
    return shape(service->arena, function->pos, "{BuildMethod: esbuild, BuildProperties: %v}",
                 properties);
}

/* --- one function --- */

static struct value *role(struct service *service, const struct service_function *function)
{
    const struct value *own = value_get(function->config, "role");
    const struct value *shared = value_path(service->provider, "iam", "role", NULL);
    if (shared == NULL || (shared->kind == VALUE_MAP && !value_is_intrinsic(shared, NULL, NULL))) {
        shared = value_get(service->provider, "role");
    }
    const struct value *given = is_truthy(own) ? own : is_truthy(shared) ? shared : NULL;
    if (given == NULL) {
        return value_getatt(service->arena, function->pos, SLICE("IamRoleLambdaExecution"), "Arn");
    }
    if (given->kind == VALUE_STRING && slice_find(given->text, ':') == SLICE_NPOS) {
        return value_getatt(service->arena, given->pos, given->text, "Arn");
    }
    return copy_of(service, given);
}

static struct value *tags(struct service *service, const struct service_function *function)
{
    struct value *merged = value_map(service->arena, function->pos);
    const struct value *sources[] = {value_get(service->provider, "tags"),
                                     value_get(function->config, "tags")};
    for (size_t i = 0; i < COUNT_OF(sources); i++) {
        if (sources[i] != NULL && sources[i]->kind == VALUE_MAP) {
            merge_over(service->arena, merged, sources[i]);
        }
    }
    struct value *list = value_list(service->arena, function->pos);
    for (size_t i = 0; i < value_count(merged); i++) {
        struct value_entry *entry = &merged->as.map.entries[i];
        value_push(service->arena, list,
                   shape(service->arena, entry->value->pos, "{Key: %S, Value: %v}", entry->key,
                         entry->value));
    }
    return value_count(list) > 0 ? list : NULL;
}

static struct value *tracing(struct service *service, const struct service_function *function)
{
    const struct value *own = value_get(function->config, "tracing");
    const struct value *mode =
        own != NULL ? own : value_path(service->provider, "tracing", "lambda", NULL);
    if (!is_truthy(mode)) {
        return NULL;
    }
    return shape(service->arena, mode->pos, "{Mode: %S}",
                 mode->kind == VALUE_STRING ? mode->text : SLICE("Active"));
}

static struct value *vpc(struct service *service, const struct service_function *function)
{
    const struct value *config = setting(service, function, "vpc");
    const struct value *groups = value_get(config, "securityGroupIds");
    const struct value *subnets = value_get(config, "subnetIds");
    if (groups == NULL || subnets == NULL) {
        return NULL;
    }
    return shape(service->arena, config->pos, "{SecurityGroupIds: %v, SubnetIds: %v}",
                 copy_of(service, groups), copy_of(service, subnets));
}

/* {logFormat: JSON, applicationLogLevel: DEBUG, ...} under logs (provider.logs.lambda). */
static struct value *logging(struct service *service, const struct service_function *function)
{
    const struct value *config = value_get(function->config, "logs");
    if (config == NULL) {
        config = value_path(service->provider, "logs", "lambda", NULL);
    }
    if (config == NULL || config->kind != VALUE_MAP) {
        return NULL;
    }
    return shape(service->arena, config->pos,
                 "{LogFormat: %v, ApplicationLogLevel: %v, SystemLogLevel: %v, LogGroup: %v}",
                 copy_of(service, value_get(config, "logFormat")),
                 copy_of(service, value_get(config, "applicationLogLevel")),
                 copy_of(service, value_get(config, "systemLogLevel")),
                 copy_of(service, value_get(config, "logGroup")));
}

static void set_rare_properties(struct service *service, const struct service_function *function,
                                struct value *properties)
{
    const struct value *config = function->config;
    const struct value *architecture = setting(service, function, "architecture");
    const struct value *on_error = value_get(config, "onError");
    const struct value *storage = value_get(config, "ephemeralStorageSize");
    const struct value *file_system = value_get(config, "fileSystemConfig");
    struct source_pos pos = function->pos;
    set_copy(service, properties, "Description", value_get(config, "description"));
    set_copy(service, properties, "Layers", setting(service, function, "layers"));
    set_copy(service, properties, "ReservedConcurrentExecutions",
             value_get(config, "reservedConcurrency"));
    set_copy(service, properties, "KmsKeyArn", setting(service, function, "kmsKeyArn"));
    set(service, properties, "Tags", tags(service, function));
    set(service, properties, "TracingConfig", tracing(service, function));
    set(service, properties, "VpcConfig", vpc(service, function));
    set(service, properties, "LoggingConfig", logging(service, function));
    if (is_truthy(architecture)) {
        set(service, properties, "Architectures", as_list(service, architecture));
    }
    if (is_truthy(on_error)) {
        set(service, properties, "DeadLetterConfig",
            shape(service->arena, on_error->pos, "{TargetArn: %v}", copy_of(service, on_error)));
    }
    if (is_truthy(storage)) {
        set(service, properties, "EphemeralStorage",
            shape(service->arena, storage->pos, "{Size: %v}", copy_of(service, storage)));
    }
    if (is_truthy(value_get(config, "snapStart"))) {
        set(service, properties, "SnapStart",
            shape(service->arena, pos, "{ApplyOn: PublishedVersions}"));
    }
    if (file_system != NULL && file_system->kind == VALUE_MAP) {
        set(service, properties, "FileSystemConfigs",
            shape(service->arena, pos, "[{Arn: %v, LocalMountPath: %v}]",
                  copy_of(service, value_get(file_system, "arn")),
                  copy_of(service, value_get(file_system, "localMountPath"))));
    }
}

static void compile_log_group(struct service *service, const struct service_function *function)
{
    if (is_truthy(value_get(function->config, "disableLogs"))) {
        return;
    }
    struct slice group =
        arena_printf(service->arena, "/aws/lambda/%.*s", SLICE_ARG(function->name));
    add_resource(service,
                 arena_printf(service->arena, "%.*sLogGroup", SLICE_ARG(function->normalized)),
                 "AWS::Logs::LogGroup", function->pos,
                 shape(service->arena, function->pos, "{LogGroupName: %S, RetentionInDays: %v}",
                       group, copy_of(service, setting(service, function, "logRetentionInDays"))));
}

static void compile_function(struct service *service, const struct service_function *function)
{
    const struct value *config = function->config;
    const struct value *handler = value_get(config, "handler");
    const struct value *image = value_get(config, "image");
    const struct value *runtime = setting(service, function, "runtime");
    const struct value *memory = setting(service, function, "memorySize");
    const struct value *timeout = setting(service, function, "timeout");
    if (!is_truthy(handler) == !is_truthy(image)) {
        load_error(service->load, function->pos,
                   is_truthy(handler)
                       ? "Either \"handler\" or \"image\" property (not both) needs to be set on "
                         "function \"%.*s\""
                       : "Either \"handler\" or \"image\" property needs to be set on function "
                         "\"%.*s\"",
                   SLICE_ARG(function->key));
        return;
    }
    struct slice runtime_text = is_truthy(runtime) ? text_of(runtime) : SLICE(DEFAULT_RUNTIME);
    struct value *properties =
        shape(service->arena, function->pos, "{FunctionName: %S}", function->name);
    struct value *metadata = NULL;
    if (is_truthy(handler)) {
        set(service, properties, "Code", code(service, function));
        set_copy(service, properties, "Handler", handler);
        set(service, properties, "Runtime",
            value_string(service->arena, is_truthy(runtime) ? runtime->pos : function->pos,
                         runtime_text));
        metadata = build_metadata(service, function, text_of(handler), runtime_text);
    } else {
        set_image(service, function, properties, image);
    }
    set(service, properties, "MemorySize",
        is_truthy(memory) ? copy_of(service, memory)
                          : value_int(service->arena, function->pos, DEFAULT_MEMORY_MB));
    set(service, properties, "Timeout",
        is_truthy(timeout) ? copy_of(service, timeout)
                           : value_int(service->arena, function->pos, DEFAULT_TIMEOUT_S));
    set(service, properties, "Role", role(service, function));
    set(service, properties, "Environment", environment(service, function));
    set_rare_properties(service, function, properties);

    add_resource(service, function->logical_id, "AWS::Lambda::Function", function->pos, properties);
    struct value *resource = value_find(service->resources, function->logical_id);
    set(service, resource, "Metadata", metadata);
    set_copy(service, resource, "Condition", value_get(config, "condition"));
    set_copy(service, resource, "DependsOn", value_get(config, "dependsOn"));
}

void compile_functions(struct service *service)
{
    compile_role(service);
    compile_layers(service);
    for (size_t i = 0; i < service->function_count; i++) {
        const struct service_function *function = &service->functions[i];
        compile_log_group(service, function);
        compile_function(service, function);
        compile_url(service, function);
        compile_event_config(service, function);
    }
}
