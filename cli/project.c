#include "cli/project.h"

#include "core/mem.h"

#include <poll.h>
#include <unistd.h>

static enum status split_pair(struct slice text, const char *option, struct name_value *ret,
                              struct fault *reterr)
{
    size_t equals = slice_find(text, '=');
    if (equals == SLICE_NPOS || equals == 0) {
        return fault_set(reterr, STATUS_INVALID, "--%s must be K=V, not '%.*s'", option,
                         SLICE_ARG(text));
    }
    *ret = (struct name_value){slice_take(text, equals), slice_skip(text, equals + 1)};
    return STATUS_OK;
}

static enum status read_overrides(struct project *project, const struct args *args,
                                  struct fault *reterr)
{
    struct arena *arena = &project->arena;
    struct name_values all = {arena_array(arena, ARGS_VALUES_MAX + 1, sizeof(struct name_value)),
                              0};
    const char *word;
    for (size_t i = 0; (word = args_list(args, "parameter-overrides", i)) != NULL; i++) {
        struct name_values some = {0};
        enum status status = template_parse_overrides(arena, slice_from(word), &some, reterr);
        if (status != STATUS_OK) {
            return status;
        }
        for (size_t k = 0; k < some.count; k++) {
            if (all.count == ARGS_VALUES_MAX) {
                return fault_set(reterr, STATUS_LIMIT, "too many parameters");
            }
            all.items[all.count++] = some.items[k];
        }
    }
    for (size_t i = 0; (word = args_list(args, "param", i)) != NULL; i++) {
        enum status status = split_pair(slice_from(word), "param", &all.items[all.count], reterr);
        if (status != STATUS_OK) {
            return status;
        }
        all.count++;
    }
    project->options.parameters = all;
    return STATUS_OK;
}

static enum status read_buckets(struct project *project, const struct args *args,
                                struct fault *reterr)
{
    enum status status = bucket_folders_read(args, &project->arena, &project->folders, reterr);
    size_t count = status == STATUS_OK ? project->folders.count : 0;
    struct name_values *buckets = &project->options.buckets;
    buckets->items = arena_array(&project->arena, count, sizeof *buckets->items);
    for (buckets->count = 0; buckets->count < count; buckets->count++) {
        const struct bucket_folder *folder = &project->folders.items[buckets->count];
        buckets->items[buckets->count] =
            (struct name_value){slice_from(folder->bucket), slice_from(folder->dir)};
    }
    return status;
}

enum status project_init(struct project *project, const struct args *args, struct fault *reterr)
{
    *project = (struct project){.arena = ARENA_INIT};
    struct template_options *options = &project->options;
    options->path = args_text(args, "template");
    options->region = args_text(args, "region");
    options->stack_name = args_text(args, "stack-name");
    options->is_strict = args_flag(args, "strict");
    options->options.items = arena_array(&project->arena, 2, sizeof(struct name_value));
    static const char *const passed_on[] = {"stage", "region"};
    for (size_t i = 0; i < COUNT_OF(passed_on); i++) {
        const char *text = args_text(args, passed_on[i]);
        if (text != NULL) {
            options->options.items[options->options.count++] =
                (struct name_value){slice_from(passed_on[i]), slice_from(text)};
        }
    }
    enum status status = read_overrides(project, args, reterr);
    if (status == STATUS_OK) {
        status = read_buckets(project, args, reterr);
    }
    if (status != STATUS_OK) {
        project_finish(project);
    }
    return status;
}

void project_finish(struct project *project)
{
    arena_finish(&project->arena);
}

static void print_line(enum severity severity, struct slice position, struct slice text)
{
    static const char *const words[] = {"notice", "warning", "error"};
    static const char *const colours[] = {"\033[36m", "\033[33m", "\033[31m"};
    bool is_terminal = isatty(2) != 0;
    fprintf(stderr, "%s%s%s: %.*s%s%.*s\n", is_terminal ? colours[severity] : "", words[severity],
            is_terminal ? "\033[0m" : "", SLICE_ARG(position), position.len > 0 ? ": " : "",
            SLICE_ARG(text));
}

static bool waits_for_reader(int wait_ms)
{
    struct pollfd ready = {.fd = STDERR_FILENO, .events = POLLOUT};
    return poll(&ready, 1, wait_ms) != 0;
}

void project_print_diagnostics(const struct deployment *deployment, enum severity least,
                               int wait_ms)
{
    for (size_t i = 0; i < deployment->diagnostic_count; i++) {
        const struct diagnostic *diagnostic = &deployment->diagnostics[i];
        if (diagnostic->severity < least) {
            continue;
        }
        if (waits_for_reader(wait_ms)) {
            print_line(diagnostic->severity, SLICE(""), diagnostic->text);
        } else {
            wait_ms = 0; /* it was waited once for all of them */
        }
    }
}

void project_print_warning(struct slice position, struct slice text, int wait_ms)
{
    if (waits_for_reader(wait_ms)) {
        print_line(SEVERITY_WARNING, position, text);
    }
}
