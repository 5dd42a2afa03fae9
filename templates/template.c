/* template_load(): finds the file, and leads it through the stages. */
#include "templates/deployment.h"

#include "core/file.h"
#include "core/mem.h"
#include "templates/ledger.h"
#include "templates/limits.h"
#include "templates/load.h"
#include "templates/resolve.h"
#include "templates/serverless/serverless.h"

#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const built_template = ".aws-sam/build/template.yaml";
static const char *const template_names[] = {"template.yaml",   "template.yml",
                                             "template.json",   "serverless.yml",
                                             "serverless.yaml", "serverless.json"};

/* --- which file --- */

static struct slice join(struct arena *arena, const char *directory, const char *name)
{
    return directory == NULL || *directory == '\0' ? slice_from(name)
                                                   : arena_printf(arena, "%s/%s", directory, name);
}

/* sam build leaves a copy; whoever edits the source and forgets to build wonders. */
static void warn_if_stale(struct load *load, const char *directory)
{
    struct stat built, source;
    const char *built_path = arena_cstr(load->arena, join(load->arena, directory, built_template));
    for (size_t i = 0; i < 3; i++) {
        const char *path = arena_cstr(load->arena, join(load->arena, directory, template_names[i]));
        if (stat(path, &source) != 0) {
            continue;
        }
        bool is_stale = stat(built_path, &built) == 0 && built.st_mtime < source.st_mtime;
        if (is_stale) {
            load_warning(load, (struct source_pos){0},
                         "this is what `sam build` left, and %s has changed since: build again, or "
                         "give -t %s",
                         template_names[i], template_names[i]);
        } else {
            load_notice(load, (struct source_pos){0},
                        "this is what `sam build` left; -t %s runs the source", template_names[i]);
        }
        return;
    }
}

static enum status find_template(struct load *load, struct slice *ret_path, bool *ret_is_built)
{
    const struct template_options *options = load->options;
    const char *directory = options->directory;
    if (options->path != NULL) {
        *ret_path = options->path[0] == '/' ? slice_from(options->path)
                                            : join(load->arena, directory, options->path);
        if (!file_is_dir(arena_cstr(load->arena, *ret_path))) {
            return STATUS_OK;
        }
        directory = arena_cstr(load->arena, *ret_path);
    }
    *ret_path = join(load->arena, directory, built_template);
    *ret_is_built = file_is_regular(arena_cstr(load->arena, *ret_path));
    for (size_t i = 0; !*ret_is_built && i < COUNT_OF(template_names); i++) {
        *ret_path = join(load->arena, directory, template_names[i]);
        if (file_is_regular(arena_cstr(load->arena, *ret_path))) {
            return STATUS_OK;
        }
    }
    if (*ret_is_built) {
        return STATUS_OK;
    }
    load_error(
        load, (struct source_pos){0},
        "no template.yaml, template.yml, template.json or serverless.yml in %s; name one with "
        "-t",
        directory != NULL ? directory : "this directory");
    return STATUS_NOT_FOUND;
}

static bool absolute(struct arena *arena, struct slice path, struct slice *ret_path)
{
    char here[PATH_MAX];
    if (path.ptr[0] == '/') {
        *ret_path = path_normal(arena, SLICE("/"), path);
        return true;
    }
    if (getcwd(here, sizeof(here)) == NULL) {
        return false;
    }
    *ret_path = path_normal(arena, slice_from(here), path);
    return true;
}

/* --- stack name --- */

/* A name CloudFormation would accept out of the name of a directory. */
static struct slice stack_name_of(struct arena *arena, struct slice directory)
{
    static const struct slice build = SLICE_INIT("/.aws-sam/build");
    if (slice_ends_with(directory, build)) {
        directory = slice_take(directory, directory.len - build.len);
    }
    size_t slash = slice_rfind(directory, '/');
    struct slice base = slash != SLICE_NPOS ? slice_skip(directory, slash + 1) : directory;
    char *name = arena_alloc(arena, base.len + 8);
    size_t len = 0;
    for (size_t i = 0; i < base.len && len < 100; i++) {
        char c = base.ptr[i], lower = (char)(c | 0x20);
        bool is_letter = lower >= 'a' && lower <= 'z';
        if (len == 0 && !is_letter) {
            memcpy(name, "app-", 4);
            len = 4;
        }
        if (is_letter || (c >= '0' && c <= '9')) {
            name[len++] = c;
        } else if (len > 0 && name[len - 1] != '-') {
            name[len++] = '-';
        }
    }
    while (len > 0 && name[len - 1] == '-') {
        len--;
    }
    return len > 0 ? slice_of(name, len) : SLICE("app");
}

/* --- options --- */

static const char *copy_text(struct arena *arena, const char *text)
{
    return text != NULL ? arena_cstr(arena, slice_from(text)) : NULL;
}

static struct name_values copy_pairs(struct arena *arena, struct name_values pairs)
{
    struct name_values copy = {arena_array(arena, pairs.count, sizeof(struct name_value)),
                               pairs.count};
    for (size_t i = 0; i < pairs.count; i++) {
        copy.items[i] = (struct name_value){arena_copy(arena, pairs.items[i].name),
                                            arena_copy(arena, pairs.items[i].value)};
    }
    return copy;
}

/* Values of the deployment may be pieces of the options, so they live as long. */
static struct template_options *copy_options(struct arena *arena,
                                             const struct template_options *options)
{
    struct template_options *copy = arena_alloc(arena, sizeof(*copy));
    if (options == NULL) {
        return copy;
    }
    *copy = (struct template_options){
        .path = copy_text(arena, options->path),
        .directory = copy_text(arena, options->directory),
        .parameters = copy_pairs(arena, options->parameters),
        .options = copy_pairs(arena, options->options),
        .buckets = copy_pairs(arena, options->buckets),
        .region = copy_text(arena, options->region),
        .account_id = copy_text(arena, options->account_id),
        .stack_name = copy_text(arena, options->stack_name),
        .edge_url = copy_text(arena, options->edge_url),
        .is_strict = options->is_strict,
        .getenv = options->getenv,
    };
    return copy;
}

/* --- stages --- */

static bool is_serverless_file(struct slice path)
{
    size_t slash = slice_rfind(path, '/');
    struct slice name = slash != SLICE_NPOS ? slice_skip(path, slash + 1) : path;
    return slice_starts_with(name, SLICE("serverless.")) ||
           slice_starts_with(name, SLICE("serverless-"));
}

static bool looks_serverless(const struct value *root)
{
    return value_get(root, "Resources") == NULL && value_get(root, "service") != NULL &&
           (value_get(root, "provider") != NULL || value_get(root, "functions") != NULL);
}

/* The file decides how scalars are read, so a serverless file under another name is read again. */
static enum status read_root(struct load *load, struct slice path, enum dialect *ret_dialect,
                             struct value **ret_root)
{
    *ret_dialect = is_serverless_file(path) ? DIALECT_SERVERLESS : DIALECT_CLOUDFORMATION;
    enum status status = yaml_load_file(load, path, *ret_dialect, ret_root);
    if (status == STATUS_OK && *ret_dialect == DIALECT_CLOUDFORMATION &&
        looks_serverless(*ret_root)) {
        *ret_dialect = DIALECT_SERVERLESS;
        status = yaml_load_file(load, path, *ret_dialect, ret_root);
    }
    return status;
}

static void check_sections(struct load *load, const struct value *root)
{
    static const struct slice sections[] = {
        SLICE_INIT("AWSTemplateFormatVersion"),
        SLICE_INIT("Description"),
        SLICE_INIT("Metadata"),
        SLICE_INIT("Parameters"),
        SLICE_INIT("Rules"),
        SLICE_INIT("Mappings"),
        SLICE_INIT("Conditions"),
        SLICE_INIT("Transform"),
        SLICE_INIT("Globals"),
        SLICE_INIT("Resources"),
        SLICE_INIT("Outputs"),
        SLICE_INIT("Hooks"),
        SLICE_INIT("Fn::Transform"),
    };
    for (size_t i = 0; i < value_count(root); i++) {
        const struct value_entry *entry = &root->as.map.entries[i];
        bool is_known = false;
        for (size_t k = 0; k < COUNT_OF(sections) && !is_known; k++) {
            is_known = slice_eq(entry->key, sections[k]);
        }
        if (!is_known) {
            struct slice near = slice_nearest(entry->key, sections, COUNT_OF(sections));
            load_error(load, entry->key_pos,
                       "Invalid template property or properties [%.*s]%s%.*s%s",
                       SLICE_ARG(entry->key), near.len > 0 ? "; did you mean '" : "",
                       SLICE_ARG(near), near.len > 0 ? "'?" : "");
        }
    }
}

static enum status expand(struct load *load, struct slice path, struct value **ret_plain)
{
    enum dialect dialect;
    struct value *root;
    enum status status = read_root(load, path, &dialect, &root);
    if (status == STATUS_NOT_FOUND) {
        load_error(load, (struct source_pos){0}, "no such file '%.*s'", SLICE_ARG(path));
    }
    if (status != STATUS_OK) {
        return status;
    }
    if (dialect == DIALECT_SERVERLESS) {
        status = serverless_transform(load, root, ret_plain);
        if (status == STATUS_OK) {
            serverless_ledger(load, root);
            ledger_collect(load, *ret_plain, true);
        }
        return status;
    }
    if (load->stack_name.len == 0) {
        load->stack_name = stack_name_of(load->arena, load->directory);
    }
    if (root->kind != VALUE_MAP) {
        load_error(load, root->pos,
                   root->kind == VALUE_NULL
                       ? "the template is empty: 'Resources' section is required"
                       : "Template format error: unsupported structure.");
        return STATUS_INVALID;
    }
    include_sections(load, root);
    check_sections(load, root);
    ledger_collect(load, root, false);
    return sam_transform(load, root, ret_plain);
}

static int by_position(const void *a, const void *b)
{
    const struct source_pos *x = &((const struct ledger_entry *)a)->pos;
    const struct source_pos *y = &((const struct ledger_entry *)b)->pos;
    if (x->file != y->file) {
        return x->file < y->file ? -1 : 1;
    }
    if (x->line != y->line) {
        return x->line < y->line ? -1 : 1;
    }
    return x->column < y->column ? -1 : x->column > y->column;
}

static void refuse_what_is_not_emulated(struct load *load)
{
    for (size_t i = 0; i < load->ledger_count; i++) {
        const struct ledger_entry *entry = &load->ledger[i];
        if (entry->support == SUPPORT_NOT_EMULATED) {
            load_error(load, entry->pos, "%.*s: %.*s is not emulated%s%.*s",
                       SLICE_ARG(entry->resource), SLICE_ARG(entry->what),
                       entry->note.len > 0 ? ": " : "", SLICE_ARG(entry->note));
        }
    }
}

static enum status load_stages(struct load *load, struct deployment *deployment)
{
    struct slice path, given;
    bool is_built = false;
    enum status status = find_template(load, &given, &is_built);
    if (status != STATUS_OK) {
        return status;
    }
    if (!absolute(load->arena, given, &path)) {
        load_error(load, (struct source_pos){0}, "the current directory is gone");
        return STATUS_NOT_FOUND;
    }
    size_t slash = slice_rfind(path, '/');
    load->directory = slash == 0 ? SLICE("/") : slice_take(path, slash);
    deployment->template_path = path;
    load->stack_name = slice_from(load->options->stack_name);
    if (is_built) {
        warn_if_stale(load,
                      load->options->path != NULL ? load->options->path : load->options->directory);
    }
    struct value *plain, *resolved;
    status = expand(load, path, &plain);
    if (status == STATUS_OK) {
        status = resolve_template(load, plain, &resolved);
    }
    if (status == STATUS_OK) {
        definitions_read(load, resolved);
        status = deployment_build(load, resolved, deployment);
    }
    if (status == STATUS_OK && load->options->is_strict) {
        refuse_what_is_not_emulated(load);
    }
    return status;
}

/* On failure only what helps to tell and to watch is left. */
static void forget_resources(struct deployment *deployment)
{
    deployment->functions = NULL;
    deployment->resources = NULL;
    deployment->outputs = NULL;
    deployment->function_count = 0;
    deployment->resource_count = deployment->output_count = 0;
}

enum status template_load(const struct template_options *options,
                          struct deployment **ret_deployment, struct fault *reterr)
{
    struct deployment *deployment = mem_zalloc(sizeof(*deployment));
    arena_init(&deployment->arena, 64 * 1024);
    struct load load = {.arena = &deployment->arena,
                        .options = copy_options(&deployment->arena, options)};
    enum status status = load_stages(&load, deployment);
    if (status == STATUS_OK && load.error_count > 0) {
        status = STATUS_INVALID;
    }
    deployment->directory = load.directory;
    deployment->files = (struct slices){load.files, load.file_count};
    deployment->diagnostics = load.diagnostics;
    deployment->diagnostic_count = load.diagnostic_count;
    deployment->ledger = load.ledger;
    deployment->ledger_count = load.ledger_count;
    if (load.ledger_count > 0) {
        qsort(load.ledger, load.ledger_count, sizeof(*load.ledger), by_position);
    }
    *ret_deployment = deployment;
    if (status == STATUS_OK) {
        return STATUS_OK;
    }
    forget_resources(deployment);
    for (size_t i = 0; i < load.diagnostic_count; i++) {
        if (load.diagnostics[i].severity == SEVERITY_ERROR) {
            return fault_set(reterr, status, "%.*s", SLICE_ARG(load.diagnostics[i].text));
        }
    }
    return fault_set(reterr, status, "the template could not be loaded");
}
