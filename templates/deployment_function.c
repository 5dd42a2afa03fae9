/* Lambda resources to functions: code, environment, layers; versions, aliases and URLs that belong
 * to them.
 *
 * Source  CloudFormation User Guide, "AWS::Lambda::Function". */
#include "templates/build.h"
#include "templates/limits.h"

#include "core/file.h"
#include "core/mem.h"

static bool is_type(const struct value_entry *entry, const char *type)
{
    return value_is(value_get(entry->value, "Type"), type);
}

/* --- code --- */

static bool is_remote(struct slice location)
{
    return slice_starts_with(location, SLICE("s3://")) ||
           slice_starts_with(location, SLICE("https://")) ||
           slice_starts_with(location, SLICE("http://"));
}

/* What a local path holds: the ending tells an archive, else the file system does. */
static enum package_kind package_of(struct build *build, struct slice path)
{
    if (slice_ends_with(path, SLICE(".zip")) || slice_ends_with(path, SLICE(".jar"))) {
        return PACKAGE_ZIP;
    }
    return file_is_regular(arena_cstr(build->arena, path)) ? PACKAGE_ZIP : PACKAGE_DIRECTORY;
}

static void set_path(struct build *build, struct deployment_function *function, struct slice path)
{
    if (is_remote(path)) {
        function->package = PACKAGE_REMOTE;
        function->code_path = path;
        return;
    }
    function->code_path = build_path(build, path);
    function->package = package_of(build, function->code_path);
}

static void read_code(struct build *build, struct deployment_function *function,
                      const struct value_entry *entry, const struct value *properties)
{
    const struct value *code = value_get(properties, "Code");
    const struct value *image = value_get(code, "ImageUri");
    const struct value *inline_code = value_get(code, "ZipFile");
    const struct value *local = value_get(code, "SlsLocalPath");
    function->code_pos = code != NULL ? code->pos : entry->key_pos;
    if (image != NULL || value_is(value_get(properties, "PackageType"), "Image")) {
        function->package = PACKAGE_IMAGE;
        function->code_path = value_scalar_text(image);
    } else if (local != NULL) {
        function->code_pos = local->pos;
        set_path(build, function, build_text(build, code, "SlsLocalPath"));
    } else if (inline_code != NULL) {
        function->package = PACKAGE_INLINE;
        function->inline_code = build_text(build, code, "ZipFile");
        function->code_pos = inline_code->pos;
    } else if (value_is_scalar(code)) { /* as SAM CLI and `cloudformation package` take it */
        set_path(build, function, value_scalar_text(code));
    } else if (value_get(code, "S3Bucket") != NULL) {
        function->package = PACKAGE_REMOTE;
        function->code_path = arena_printf(build->arena, "s3://%.*s/%.*s",
                                           SLICE_ARG(build_text(build, code, "S3Bucket")),
                                           SLICE_ARG(build_text(build, code, "S3Key")));
    } else {
        load_error(build->load, function->code_pos,
                   "function '%.*s' has no Code: a local path, ZipFile, S3Bucket and S3Key, or "
                   "ImageUri",
                   SLICE_ARG(entry->key));
    }
}

/* --- environment --- */

static bool is_variable_name(struct slice name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i], lower = (char)(c | 0x20);
        bool is_letter = lower >= 'a' && lower <= 'z';
        if (!is_letter && (i == 0 || ((c < '0' || c > '9') && c != '_'))) {
            return false;
        }
    }
    return name.len > 0;
}

static struct name_values read_environment(struct build *build, const struct value *properties)
{
    const struct value *variables = value_path(properties, "Environment", "Variables", NULL);
    if (variables == NULL || variables->kind == VALUE_NULL) {
        return (struct name_values){NULL, 0};
    }
    if (variables->kind != VALUE_MAP) {
        load_error(build->load, variables->pos, "Environment.Variables must be a map");
        return (struct name_values){NULL, 0};
    }
    for (size_t i = 0; i < variables->as.map.count; i++) {
        const struct value_entry *entry = &variables->as.map.entries[i];
        if (!is_variable_name(entry->key)) {
            load_warning(build->load, entry->key_pos,
                         "environment variable '%.*s': AWS refuses a name that is not letters, "
                         "digits and underscores with a letter first",
                         SLICE_ARG(entry->key));
        }
        if (entry->value->kind == VALUE_LIST || entry->value->kind == VALUE_MAP) {
            load_error(build->load, entry->value->pos,
                       "environment variable '%.*s' must be a string, not a %s",
                       SLICE_ARG(entry->key), entry->value->kind == VALUE_LIST ? "list" : "map");
        }
    }
    return build_pairs(build, variables);
}

/* --- the function itself --- */

static void check_runtime(struct build *build, const struct value *runtime)
{
    static const char *const families[] = {"nodejs", "python",   "java", "dotnet",
                                           "ruby",   "provided", "go1.x"};
    static const struct slice common[] = {
        SLICE_INIT("nodejs22.x"), SLICE_INIT("nodejs24.x"),      SLICE_INIT("python3.12"),
        SLICE_INIT("python3.13"), SLICE_INIT("python3.14"),      SLICE_INIT("java21"),
        SLICE_INIT("dotnet8"),    SLICE_INIT("provided.al2023"), SLICE_INIT("ruby3.3")};
    struct slice text = value_scalar_text(runtime);
    for (size_t i = 0; i < COUNT_OF(families); i++) {
        if (slice_starts_with(text, slice_from(families[i]))) {
            return;
        }
    }
    struct slice near = slice_nearest(text, common, COUNT_OF(common));
    load_warning(build->load, runtime->pos, "'%.*s' is no Lambda runtime%s%.*s%s", SLICE_ARG(text),
                 near.len > 0 ? "; did you mean '" : "", SLICE_ARG(near), near.len > 0 ? "'?" : "");
}

static void read_metadata(struct build *build, struct deployment_function *function,
                          const struct value *metadata)
{
    function->build_method = value_scalar_text(value_get(metadata, "BuildMethod"));
    struct value *properties = value_get(metadata, "BuildProperties");
    if (!slice_is(function->build_method, "esbuild") || properties == NULL ||
        properties->kind != VALUE_MAP) {
        return;
    }
    function->esbuild_entry_points = build_slices(build, value_get(properties, "EntryPoints"));
    struct value *others = value_clone(build->arena, properties);
    value_remove(others, SLICE("EntryPoints"));
    function->esbuild_properties = build_pairs(build, others);
}

static struct slice read_tags(struct build *build, const struct value *tags)
{
    AUTO_BUF json = BUF_INIT(TEMPLATE_TEXT_MAX);
    if (tags != NULL && tags->kind == VALUE_LIST) {
        value_to_json(&json, tags);
    }
    return arena_copy(build->arena, buf_slice(&json));
}

static void read_function(struct build *build, const struct value_entry *entry,
                          struct deployment_function *function)
{
    struct load *load = build->load;
    const struct value *properties = value_get(entry->value, "Properties");
    const struct value *handler = value_get(properties, "Handler");
    const struct value *runtime = value_get(properties, "Runtime");
    *function = (struct deployment_function){
        .logical_id = entry->key,
        .name = value_scalar_text(value_get(entry->value, "PhysicalId")),
        .runtime = build_text(build, properties, "Runtime"),
        .handler = build_text(build, properties, "Handler"),
        .description = build_text(build, properties, "Description"),
        .timeout_s = (uint32_t)build_integer(build, properties, "Timeout", 1, 900, 3),
        .memory_mb = (uint32_t)build_integer(build, properties, "MemorySize", 128, 10240, 128),
        .ephemeral_mb = (uint32_t)build_integer(build, value_get(properties, "EphemeralStorage"),
                                                "Size", 512, 10240, 512),
        .reserved_concurrency = (int32_t)build_integer(
            build, properties, "ReservedConcurrentExecutions", 0, INT32_MAX, -1),
        .architecture = value_scalar_text(value_at(value_get(properties, "Architectures"), 0)),
        .role = value_scalar_text(value_get(properties, "Role")),
        .tags = read_tags(build, value_get(properties, "Tags")),
        .log_format = value_scalar_text(value_path(properties, "LoggingConfig", "LogFormat", NULL)),
        .log_group = value_scalar_text(value_path(properties, "LoggingConfig", "LogGroup", NULL)),
        .environment = read_environment(build, properties),
        .tracing_active = value_is(value_path(properties, "TracingConfig", "Mode", NULL), "Active"),
        .pos = entry->key_pos,
        .handler_pos = handler != NULL ? handler->pos : entry->key_pos,
    };
    if (function->architecture.len == 0) {
        function->architecture = SLICE("x86_64");
    }
    if (function->log_format.len == 0) {
        function->log_format = SLICE("Text");
    }
    function->arn =
        arena_printf(build->arena, "arn:%.*s:lambda:%.*s:%.*s:function:%.*s",
                     SLICE_ARG(build->partition), SLICE_ARG(build->deployment->region),
                     SLICE_ARG(build->deployment->account_id), SLICE_ARG(function->name));
    read_code(build, function, entry, properties);
    read_metadata(build, function, value_get(entry->value, "Metadata"));
    if (function->package == PACKAGE_IMAGE) {
        return;
    }
    if (function->handler.len == 0 || function->runtime.len == 0) {
        load_error(
            load, handler != NULL && runtime != NULL ? runtime->pos : entry->key_pos,
            "function '%.*s': Runtime and Handler needs to be present when PackageType is of "
            "type `Zip`",
            SLICE_ARG(entry->key));
    } else {
        check_runtime(build, runtime);
    }
    if (function->name.len > 64) {
        const struct value *name = value_get(properties, "FunctionName");
        load_error(load, name != NULL ? name->pos : entry->key_pos,
                   "FunctionName has %zu characters; 64 are allowed", function->name.len);
    }
}

/* --- what belongs to functions --- */

static void read_layers(struct build *build, struct deployment_function *function)
{
    const struct value *list =
        value_path(build->resources, arena_cstr(build->arena, function->logical_id), "Properties",
                   "Layers", NULL);
    size_t count = value_count(list);
    if (count == 0 || list->kind != VALUE_LIST) {
        return;
    }
    function->layer_paths.items = arena_array(build->arena, count, sizeof(struct slice));
    for (size_t i = 0; i < count; i++) {
        const struct value *layer = list->as.list.items[i];
        struct slice arn = value_scalar_text(layer);
        if (arn.len == 0) {
            continue; /* unknown here, and told */
        }
        const struct value *content = value_find(build->layers_by_arn, arn);
        if (content == NULL) {
            load_warning(build->load, layer->pos,
                         "layer '%.*s' is not in this template: nothing of it is below /opt",
                         SLICE_ARG(arn));
            continue;
        }
        const struct value *local = value_get(content, "SlsLocalPath");
        struct slice path = value_scalar_text(local != NULL ? local : content);
        if (path.len == 0 || is_remote(path)) {
            load_warning(build->load, layer->pos,
                         "layer '%.*s' has no local content: nothing of it is below /opt",
                         SLICE_ARG(arn));
            continue;
        }
        function->layer_paths.items[function->layer_paths.count++] = build_path(build, path);
    }
}

static void read_alias(struct build *build, const struct value_entry *entry)
{
    const struct value *properties = value_get(entry->value, "Properties");
    struct slice name, qualifier;
    struct deployment_function *function =
        build_function(build, build_text(build, properties, "FunctionName"), &name, &qualifier);
    if (function != NULL) {
        function->alias = build_text(build, properties, "Name");
    }
}

void build_functions(struct build *build)
{
    struct deployment *deployment = build->deployment;
    const struct value *resources = build->resources;
    size_t count = 0;
    for (size_t i = 0; i < value_count(resources); i++) {
        const struct value_entry *entry = &resources->as.map.entries[i];
        count += is_type(entry, "AWS::Lambda::Function");
        const struct value *content = value_path(entry->value, "Properties", "Content", NULL);
        if (is_type(entry, "AWS::Lambda::LayerVersion") && content != NULL) {
            value_set(build->arena, build->layers_by_arn,
                      value_scalar_text(value_get(entry->value, "PhysicalId")),
                      value_path(entry->value, "Properties", "Content", NULL));
        }
    }
    deployment->functions = arena_array(build->arena, count, sizeof(struct deployment_function));
    for (size_t i = 0; i < value_count(resources); i++) {
        const struct value_entry *entry = &resources->as.map.entries[i];
        if (!is_type(entry, "AWS::Lambda::Function")) {
            continue;
        }
        struct deployment_function *function = &deployment->functions[deployment->function_count];
        read_function(build, entry, function);
        read_layers(build, function);
        const struct value *other = value_find(build->functions_by_name, function->name);
        if (other != NULL) {
            load_error(build->load, function->pos, "function name '%.*s' is taken by '%.*s'",
                       SLICE_ARG(function->name),
                       SLICE_ARG(deployment->functions[other->as.integer].logical_id));
        }
        value_set(build->arena, build->functions_by_name, function->name,
                  value_int(build->arena, function->pos, (int64_t)deployment->function_count++));
    }
    for (size_t i = 0; i < value_count(resources); i++) {
        const struct value_entry *entry = &resources->as.map.entries[i];
        if (is_type(entry, "AWS::Lambda::Alias")) {
            read_alias(build, entry);
        }
    }
}
