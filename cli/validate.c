/* sls-local validate: loads a template and tells what of it is emulated. */
#include "cli/commands.h"
#include "cli/project.h"
#include "cli/resources.h"
#include "core/mem.h"
#include "gateway/model/model.h"

#include <unistd.h>

static const struct option options[] = {
    PROJECT_OPTIONS,
    {"all", 'a', OPTION_FLAG, NULL, "list what is enforced and what is harmless, too"},
    {NULL, 0, OPTION_FLAG, NULL, NULL},
};

static const char *const words[] = {
    [SUPPORT_ENFORCED] = "enforced",
    [SUPPORT_APPROXIMATED] = "approximated",
    [SUPPORT_IGNORED] = "ignored",
    [SUPPORT_NOT_EMULATED] = "not emulated",
};

static void print_entry(const struct deployment *deployment, const struct ledger_entry *entry,
                        bool is_terminal)
{
    static const char *const colours[] = {"\033[32m", "\033[36m", "\033[2m", "\033[33m"};
    struct slice file = entry->pos.file < deployment->files.count
                            ? deployment->files.items[entry->pos.file]
                            : deployment->template_path;
    size_t slash = slice_rfind(file, '/');
    char position[256];
    snprintf(position, sizeof position,
             "%.*s:%u:%u:", SLICE_ARG(slash != SLICE_NPOS ? slice_skip(file, slash + 1) : file),
             (unsigned)entry->pos.line, (unsigned)entry->pos.column);
    printf("%-24s %s%-12s%s  %.*s%s%.*s", position, is_terminal ? colours[entry->support] : "",
           words[entry->support], is_terminal ? "\033[0m" : "", SLICE_ARG(entry->resource),
           entry->what.len > 0 ? "." : "", SLICE_ARG(entry->what));
    if (entry->note.len > 0) {
        printf("  (%.*s)", SLICE_ARG(entry->note));
    }
    putchar('\n');
}

static bool find_function(void *ctx, struct slice function, struct function_facts *ret_facts)
{
    const struct deployment *deployment = ctx;
    *ret_facts = (struct function_facts){.name = function};
    return deployment_function(deployment, function) != NULL;
}

static void print_warning(void *ctx, struct slice position, struct slice text)
{
    (void)ctx;
    project_print_warning(position, text, -1);
}

struct api_counts {
    size_t apis, routes;
    size_t refused; /* routes that answer 501 */
};

/* Reads the APIs as the gateway would; what is wrong with them is printed. `is_strict`: a route that answers 501 is. */
static enum status count_apis(struct deployment *deployment, bool is_strict,
                              struct api_counts *ret_counts)
{
    AUTO_ARENA arena = ARENA_INIT;
    const struct function_directory functions = {.find = find_function, .ctx = deployment};
    const struct model_options model_options = {.functions = &functions,
                                                .on_warning = print_warning};
    struct fault fault;
    struct model *model;
    size_t count;
    struct resource *resources = resources_of(&arena, deployment, model_takes, &count);
    enum status status = model_create(resources, count, &model_options, &model, &fault);
    if (status != STATUS_OK) {
        fprintf(stderr, "error: %s\n", fault.text);
        return status;
    }
    struct api_counts counts = {0};
    for (size_t i = 0; i < model->api_count; i++) {
        const struct api_spec *api = &model->apis[i];
        counts.apis += api->kind != API_URL;
        counts.routes += api->route_count;
        for (size_t k = 0; k < api->route_count; k++) {
            counts.refused += api->routes[k].unsupported.len > 0;
        }
    }
    model_destroy(model);
    *ret_counts = counts;
    if (counts.refused > 0 && is_strict) {
        fprintf(stderr, "error: routes that answer 501: %zu\n", counts.refused);
        return STATUS_INVALID;
    }
    return STATUS_OK;
}

static void print_ledger(const struct deployment *deployment, const struct api_counts *apis,
                         bool all)
{
    size_t counts[COUNT_OF(words)] = {0};
    bool is_terminal = isatty(1) != 0;
    for (size_t i = 0; i < deployment->ledger_count; i++) {
        const struct ledger_entry *entry = &deployment->ledger[i];
        counts[entry->support]++;
        if (all || entry->support == SUPPORT_NOT_EMULATED ||
            entry->support == SUPPORT_APPROXIMATED) {
            print_entry(deployment, entry, is_terminal);
        }
    }
    printf("functions: %zu, APIs: %zu, routes: %zu (%zu answer 501), resources: %zu; of what the "
           "template says %zu enforced, %zu approximated, %zu harmlessly ignored, %zu not "
           "emulated\n",
           deployment->function_count, apis->apis, apis->routes, apis->refused,
           deployment->resource_count, counts[SUPPORT_ENFORCED], counts[SUPPORT_APPROXIMATED],
           counts[SUPPORT_IGNORED], counts[SUPPORT_NOT_EMULATED]);
}

static int run(const struct args *args)
{
    struct project project;
    struct fault fault;
    if (project_init(&project, args, &fault) != STATUS_OK) {
        return fail_usage(args->command, &fault);
    }
    struct deployment *deployment = NULL;
    enum status status = template_load(&project.options, &deployment, &fault);
    if (deployment != NULL) {
        project_print_diagnostics(deployment, SEVERITY_NOTICE, -1);
    }
    int exit_code = EXIT_FINE;
    struct api_counts apis;
    if (status == STATUS_OK) {
        exit_code = count_apis(deployment, project.options.is_strict, &apis) == STATUS_OK
                        ? EXIT_FINE
                        : EXIT_FAILED;
    }
    if (status == STATUS_OK && exit_code == EXIT_FINE) {
        print_ledger(deployment, &apis, args_flag(args, "all"));
    } else if (status == STATUS_OK) {
        /* told */
    } else if (deployment == NULL || deployment->diagnostic_count == 0) {
        exit_code = fail("%s", fault.text);
    } else {
        exit_code = EXIT_FAILED;
    }
    deployment_destroy(deployment);
    project_finish(&project);
    return exit_code;
}

const struct command validate_command = {
    .name = "validate",
    .usage = "[options]",
    .summary = "check a template and tell what of it is emulated",
    .details =
        "Prints errors and warnings as FILE:LINE:COLUMN, then every property and resource that is\n"
        "only approximated or not emulated, and routes that answer 501. Exit code 1 when the\n"
        "template does not load, or with --strict when something is not emulated.",
    .options = options,
    .run = run,
};
