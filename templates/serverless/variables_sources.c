#include "templates/serverless/variables.h"

#include "core/buf.h"
#include "core/file.h"
#include "core/id.h"
#include "core/mem.h"

static const char *environment(const struct variables *variables, struct slice name)
{
    const struct template_options *options = variables->load->options;
    const char *key = arena_cstr(variables->arena, name);
    return options->getenv != NULL ? options->getenv(key) : getenv(key);
}

static struct slice named(struct name_values values, struct slice name)
{
    /* The last wins, as on a command line. */
    for (size_t i = values.count; i-- > 0;) {
        if (slice_eq(values.items[i].name, name)) {
            return values.items[i].value;
        }
    }
    return SLICE_NULL;
}

static enum found found_text(struct variables *variables, const struct source_call *call,
                             struct slice text, struct value **ret_value)
{
    if (text.ptr == NULL) {
        return FOUND_NOTHING;
    }
    *ret_value = value_string(variables->arena, call->pos, text);
    return FOUND_VALUE;
}

/* --- stage and region --- */

/* A property of provider; a null slice also while it is being resolved itself. */
static struct slice provider_text(struct variables *variables, const char *key)
{
    struct value *provider = value_get(variables->root, "provider");
    struct value *value = value_get(provider, key);
    struct source_call call = {.type = SLICE("self")};
    if (provider == NULL || variables_is_busy(variables, provider) ||
        (value != NULL && variables_is_busy(variables, value))) {
        return SLICE_NULL;
    }
    struct slice address = arena_printf(variables->arena, "provider.%s", key);
    enum found found = variables_lookup(variables, variables->root, address, &call, &value);
    struct slice text = found == FOUND_VALUE ? value_scalar_text(value) : SLICE_NULL;
    return text.len > 0 ? text : SLICE_NULL;
}

struct slice variables_stage(struct variables *variables)
{
    struct slice stage = named(variables->load->options->options, SLICE("stage"));
    if (stage.len == 0) {
        stage = provider_text(variables, "stage");
    }
    return stage.len > 0 ? stage : SLICE("dev");
}

/* What was asked for on the command line, or a null slice. */
static struct slice option_region(const struct variables *variables)
{
    struct slice region = named(variables->load->options->options, SLICE("region"));
    if (region.len == 0 && variables->load->options->region != NULL) {
        region = slice_from(variables->load->options->region);
    }
    return region.len > 0 ? region : SLICE_NULL;
}

struct slice variables_region(struct variables *variables)
{
    struct slice region = option_region(variables);
    if (region.ptr == NULL) {
        region = provider_text(variables, "region");
    }
    return region.ptr != NULL ? region : SLICE("us-east-1");
}

/* --- the sources --- */

static enum found source_self(struct variables *variables, const struct source_call *call,
                              struct value **ret_value)
{
    enum found found = variables_lookup(variables, variables->root, call->address, call, ret_value);
    if (found != FOUND_NOTHING && !(found == FOUND_VALUE && (*ret_value)->kind == VALUE_NULL)) {
        return found;
    }
    if (slice_is(call->address, "provider.stage")) {
        return found_text(variables, call, variables_stage(variables), ret_value);
    }
    if (slice_is(call->address, "provider.region")) {
        return found_text(variables, call, variables_region(variables), ret_value);
    }
    if (slice_is(call->address, "service.name")) { /* as version 1 had it */
        struct value *service = value_get(variables->root, "service");
        return found_text(variables, call, service != NULL ? service->text : SLICE_NULL, ret_value);
    }
    return FOUND_NOTHING;
}

static enum found source_opt(struct variables *variables, const struct source_call *call,
                             struct value **ret_value)
{
    struct slice text = named(variables->load->options->options, call->address);
    if (text.ptr == NULL && slice_is(call->address, "region")) {
        text = option_region(variables);
    }
    return found_text(variables, call, text, ret_value);
}

static enum found source_env(struct variables *variables, const struct source_call *call,
                             struct value **ret_value)
{
    const char *text = environment(variables, call->address);
    return found_text(variables, call,
                      text != NULL ? arena_copy(variables->arena, slice_from(text))
                                   : named(variables->dotenv, call->address),
                      ret_value);
}

static enum found source_sls(struct variables *variables, const struct source_call *call,
                             struct value **ret_value)
{
    if (slice_is(call->address, "stage")) {
        return found_text(variables, call, variables_stage(variables), ret_value);
    }
    if (slice_is(call->address, "instanceId")) {
        char id[11];
        id_derived(id, sizeof(id) - 1, variables->load->directory);
        return found_text(variables, call, arena_copy(variables->arena, slice_from(id)), ret_value);
    }
    return FOUND_NOTHING;
}

static enum found source_aws(struct variables *variables, const struct source_call *call,
                             struct value **ret_value)
{
    const struct template_options *options = variables->load->options;
    if (slice_is(call->address, "region")) {
        return found_text(variables, call, variables_region(variables), ret_value);
    }
    if (slice_is(call->address, "accountId")) {
        return found_text(
            variables, call,
            slice_from(options->account_id != NULL ? options->account_id : "000000000000"),
            ret_value);
    }
    return FOUND_UNKNOWN;
}

/* --param, then params of the stage, then the defaults; `stages` is version 4's place for the same.
 */
static enum found source_param(struct variables *variables, const struct source_call *call,
                               struct value **ret_value)
{
    struct slice text = named(variables->load->options->parameters, call->address);
    if (text.ptr != NULL) {
        return found_text(variables, call, text, ret_value);
    }
    struct slice stage = variables_stage(variables);
    const struct slice addresses[] = {
        arena_printf(variables->arena, "params.%.*s.%.*s", SLICE_ARG(stage),
                     SLICE_ARG(call->address)),
        arena_printf(variables->arena, "stages.%.*s.params.%.*s", SLICE_ARG(stage),
                     SLICE_ARG(call->address)),
        arena_printf(variables->arena, "params.default.%.*s", SLICE_ARG(call->address)),
        arena_printf(variables->arena, "stages.default.params.%.*s", SLICE_ARG(call->address)),
    };
    for (size_t i = 0; i < COUNT_OF(addresses); i++) {
        enum found found =
            variables_lookup(variables, variables->root, addresses[i], call, ret_value);
        if (found != FOUND_NOTHING) {
            return found;
        }
    }
    return FOUND_NOTHING;
}

static enum found source_str_to_bool(struct variables *variables, const struct source_call *call,
                                     struct value **ret_value)
{
    struct slice text = call->params;
    bool is_true = slice_ieq(text, SLICE("true")) || slice_is(text, "1");
    bool is_false = slice_ieq(text, SLICE("false")) || slice_is(text, "0") ||
                    slice_is(text, "null") || text.len == 0;
    if (!is_true && !is_false) {
        load_error(variables->load, call->pos,
                   "Cannot resolve \"strToBool\" variable: \"%.*s\" is not \"true\", \"false\", "
                   "\"1\" or \"0\"",
                   SLICE_ARG(text));
        return FOUND_ERROR;
    }
    *ret_value = value_bool(variables->arena, call->pos, is_true);
    return FOUND_VALUE;
}

/* --- files --- */

static bool has_extension(struct slice path, const char *const *extensions)
{
    for (; *extensions != NULL; extensions++) {
        if (slice_ends_with(path, slice_from(*extensions))) {
            return true;
        }
    }
    return false;
}

static struct value *read_text_file(struct variables *variables, const struct source_call *call,
                                    struct slice path)
{
    AUTO_BUF bytes = BUF_INIT(VARIABLE_TEXT_MAX);
    uint16_t file;
    if (load_read_file(variables->load, path, &bytes, &file) != STATUS_OK) {
        return NULL;
    }
    return value_string(variables->arena, call->pos,
                        arena_copy(variables->arena, buf_slice(&bytes)));
}

/* The root value of a file, read once; NULL when it has errors (told). */
static struct value *read_file(struct variables *variables, const struct source_call *call,
                               struct slice path)
{
    static const char *const structured[] = {".yml", ".yaml", ".json", NULL};
    for (struct included_file *it = variables->files; it != NULL; it = it->next) {
        if (slice_eq(it->path, path)) {
            return it->root;
        }
    }
    struct included_file *file = arena_alloc(variables->arena, sizeof(*file));
    file->path = path;
    if (!has_extension(path, structured)) {
        file->root = read_text_file(variables, call, path);
    } else if (yaml_load_file(variables->load, path, DIALECT_SERVERLESS, &file->root) !=
               STATUS_OK) {
        file->root = NULL;
    }
    file->next = variables->files;
    variables->files = file;
    return file->root;
}

static enum found source_file(struct variables *variables, const struct source_call *call,
                              struct value **ret_value)
{
    static const char *const scripts[] = {".js", ".cjs", ".mjs", ".ts", NULL};
    struct slice name = call->params;
    if (name.len > 1 && (name.ptr[0] == '"' || name.ptr[0] == '\'')) {
        name = slice_of(name.ptr + 1, name.len - 2);
    }
    if (slice_starts_with(name, SLICE("~/"))) {
        const char *home = environment(variables, SLICE("HOME"));
        name = arena_printf(variables->arena, "%s%.*s", home != NULL ? home : "",
                            SLICE_ARG(slice_skip(name, 1)));
    }
    struct slice path = arena_copy(variables->arena, load_path(variables->load, name));
    if (has_extension(name, scripts)) {
        load_warning(
            variables->load, call->pos,
            "%.*s is a script: sls-local does not execute it to read the template; write its "
            "values in a .yml or .json file",
            SLICE_ARG(name));
        return FOUND_UNKNOWN;
    }
    if (name.len == 0 || !file_is_regular(arena_cstr(variables->arena, path))) {
        return FOUND_NOTHING;
    }
    struct value *root = read_file(variables, call, path);
    if (root == NULL) {
        return FOUND_ERROR;
    }
    return variables_lookup(variables, root, call->address, call, ret_value);
}

/* --- the table --- */

static enum found source_elsewhere(struct variables *variables, const struct source_call *call,
                                   struct value **ret_value)
{
    (void)variables;
    (void)call;
    (void)ret_value;
    return FOUND_UNKNOWN;
}

static const struct {
    const char *type;
    enum found (*call)(struct variables *variables, const struct source_call *call,
                       struct value **ret_value);
} sources[] = {
    {"self", source_self},
    {"opt", source_opt},
    {"env", source_env},
    {"file", source_file},
    {"sls", source_sls},
    {"param", source_param},
    {"strToBool", source_str_to_bool},
    {"aws", source_aws},
    {"ssm", source_elsewhere},
    {"cf", source_elsewhere},
    {"s3", source_elsewhere},
    {"git", source_elsewhere},
    {"terraform", source_elsewhere},
    {"vault", source_elsewhere},
    {"doppler", source_elsewhere},
    {"output", source_elsewhere},
    {"state", source_elsewhere},
    {"secrets", source_elsewhere},
};

enum found variables_source(struct variables *variables, const struct source_call *call,
                            struct value **ret_value)
{
    for (size_t i = 0; i < COUNT_OF(sources); i++) {
        if (slice_is(call->type, sources[i].type)) {
            return sources[i].call(variables, call, ret_value);
        }
    }
    if (variables->has_plugins) { /* "construct:" of serverless-lift, for one */
        return FOUND_UNKNOWN;
    }
    load_error(variables->load, call->pos, "Unrecognized configuration variable sources: \"%.*s\"",
               SLICE_ARG(call->type));
    return FOUND_ERROR;
}
