/* TypeScript and bundled functions (`Metadata: BuildMethod: esbuild`): bundled below the data
 * directory with the project's own esbuild, as `sam build` does.
 *
 * Source  AWS SAM Developer Guide, "Building Node.js Lambda functions with esbuild". */
#include "core/file.h"
#include "core/mem.h"
#include "runtime/limits.h"
#include "runtime/plan.h"
#include "runtime/run.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WORDS_MAX = 128, FIXED_WORDS = 16 };

struct words {
    struct arena *arena;
    const char *items[WORDS_MAX + 1];
    size_t count;
};

static void add(struct words *words, const char *word)
{
    if (words->count < WORDS_MAX) {
        words->items[words->count++] = word;
    }
}

static const char *join(struct arena *arena, const char *folder, struct slice name)
{
    return arena_cstr(arena, arena_printf(arena, "%s/%.*s", folder, SLICE_ARG(name)));
}

/* How an option of the template is told to esbuild. */
enum option_kind { OPTION_VALUE, OPTION_FLAG, OPTION_LIST, OPTION_PAIRS };

static const struct option_row {
    const char *name; /* in the template */
    const char *flag;
    enum option_kind kind;
    const char *value; /* when the template is silent; NULL: not given */
} option_rows[] = {
    {"Target", "--target", OPTION_VALUE, "es2020"},
    {"Format", "--format", OPTION_VALUE, "cjs"},
    {"Minify", "--minify", OPTION_FLAG, "true"},
    {"Sourcemap", "--sourcemap", OPTION_FLAG, NULL},
    {"SourcesContent", "--sources-content", OPTION_VALUE, NULL},
    {"KeepNames", "--keep-names", OPTION_FLAG, NULL},
    {"TreeShaking", "--tree-shaking", OPTION_VALUE, NULL},
    {"Splitting", "--splitting", OPTION_FLAG, NULL},
    {"MainFields", "--main-fields", OPTION_VALUE, NULL},
    {"Conditions", "--conditions", OPTION_VALUE, NULL},
    {"Charset", "--charset", OPTION_VALUE, NULL},
    {"Tsconfig", "--tsconfig", OPTION_VALUE, NULL},
    {"External", "--external", OPTION_LIST, NULL},
    {"Inject", "--inject", OPTION_LIST, NULL},
    {"Loader", "--loader", OPTION_PAIRS, NULL},
    {"OutExtension", "--out-extension", OPTION_PAIRS, NULL},
    {"Define", "--define", OPTION_PAIRS, NULL},
    {"Banner", "--banner", OPTION_PAIRS, NULL},
    {"Footer", "--footer", OPTION_PAIRS, NULL},
    {"Alias", "--alias", OPTION_PAIRS, NULL},
};

static struct slice option_value(const struct function_spec *spec, const struct option_row *row)
{
    for (size_t i = 0; i < spec->esbuild_option_count; i++) {
        if (slice_ieq(spec->esbuild_options[i].name, slice_from(row->name))) {
            return spec->esbuild_options[i].value;
        }
    }
    return slice_from(row->value);
}

static void add_option(struct words *words, const struct option_row *row, struct slice value)
{
    struct slice part;
    struct arena *arena = words->arena;
    switch (row->kind) {
    case OPTION_VALUE:
        add(words, arena_cstr(arena, arena_printf(arena, "%s=%.*s", row->flag, SLICE_ARG(value))));
        break;
    case OPTION_FLAG:
        if (slice_ieq(value, SLICE("true"))) {
            add(words, row->flag);
        } else if (!slice_ieq(value, SLICE("false"))) { /* Sourcemap: linked, inline... */
            add(words,
                arena_cstr(arena, arena_printf(arena, "%s=%.*s", row->flag, SLICE_ARG(value))));
        }
        break;
    case OPTION_LIST:
    case OPTION_PAIRS: /* --external:NAME, --loader:.svg=text */
        while (slice_split(&value, ',', &part)) {
            add(words, arena_cstr(arena, arena_printf(arena, "%s:%.*s", row->flag,
                                                      SLICE_ARG(slice_trim(part)))));
        }
        break;
    }
}

/* The module of the handler: "src/app" of "src/app.lambdaHandler". */
static struct slice handler_module(struct slice handler)
{
    size_t slash = slice_rfind(handler, '/');
    size_t start = slash == SLICE_NPOS ? 0 : slash + 1;
    size_t dot = slice_find(slice_skip(handler, start), '.');
    return slice_take(handler, dot == SLICE_NPOS ? handler.len : start + dot);
}

static const char *find_source(struct plan *plan, struct slice module)
{
    static const char *const endings[] = {"", ".ts", ".tsx", ".mts", ".js", ".mjs", ".jsx"};
    for (size_t i = 0; i < COUNT_OF(endings); i++) {
        const char *path =
            arena_cstr(&plan->arena, arena_printf(&plan->arena, "%s/%.*s%s", plan->code_dir,
                                                  SLICE_ARG(module), endings[i]));
        if (file_is_regular(path)) {
            return path;
        }
    }
    return NULL;
}

/* The project's own, in the code directory or any above; else the one on the PATH. */
static const char *find_esbuild(struct plan *plan, const char **ret_modules)
{
    struct slice dir = slice_from(plan->code_dir);
    *ret_modules = NULL;
    while (dir.len > 0) {
        const char *folder = arena_cstr(&plan->arena, dir);
        const char *modules = join(&plan->arena, folder, SLICE("node_modules"));
        if (*ret_modules == NULL && file_is_dir(modules)) {
            *ret_modules = modules;
        }
        const char *program = join(&plan->arena, modules, SLICE(".bin/esbuild"));
        if (access(program, X_OK) == 0) {
            return program;
        }
        size_t slash = slice_rfind(dir, '/');
        dir = slice_take(dir, slash == SLICE_NPOS ? 0 : slash);
    }
    const char *path = getenv("PATH");
    struct slice rest = slice_from(path != NULL ? path : "/usr/local/bin:/usr/bin:/bin");
    struct slice part;
    while (slice_split(&rest, ':', &part)) {
        const char *program = join(&plan->arena, arena_cstr(&plan->arena, part), SLICE("esbuild"));
        if (part.len > 0 && access(program, X_OK) == 0) {
            return program;
        }
    }
    return NULL;
}

/* Entry points of the template, or the handler's file. */
static bool add_entries(struct plan *plan, struct words *words)
{
    const struct function_spec *spec = &plan->function->spec;
    struct slice module = handler_module(spec->handler);
    for (size_t i = 0; i < spec->esbuild_entry_point_count; i++) {
        const char *source = find_source(plan, spec->esbuild_entry_points[i]);
        if (source == NULL) {
            plan_fail(plan, PROBLEM_CANNOT_RUN, "esbuild: the entry point %.*s is not in %s",
                      SLICE_ARG(spec->esbuild_entry_points[i]), plan->code_dir);
            return false;
        }
        add(words, source);
    }
    if (spec->esbuild_entry_point_count == 0) {
        const char *source = find_source(plan, module);
        if (source == NULL) {
            plan_fail(plan, PROBLEM_CANNOT_RUN, "esbuild: no source for the handler %.*s in %s",
                      SLICE_ARG(spec->handler), plan->code_dir);
            return false;
        }
        add(words, source);
    }
    return true;
}

static bool bundle(struct plan *plan, const char *program, const char *modules, const char *out_dir)
{
    struct arena *arena = &plan->arena;
    struct words words = {.arena = arena};
    struct fault fault;
    char *messages = mem_alloc(ESBUILD_OUTPUT_MAX);
    add(&words, "esbuild");
    bool is_done = add_entries(plan, &words);
    if (is_done) {
        add(&words, "--bundle");
        add(&words, "--platform=node");
        add(&words, "--log-level=warning");
        add(&words, "--color=false");
        add(&words, arena_cstr(arena, arena_printf(arena, "--outdir=%s", out_dir)));
        if (plan->function->spec.esbuild_entry_point_count == 0) {
            /* The shape of the source tree, so that `Handler: src/app.x` finds its file. Entry
             * points of the template keep only their names, as in a `sam build`. */
            add(&words, arena_cstr(arena, arena_printf(arena, "--outbase=%s", plan->code_dir)));
        }
        for (size_t i = 0; i < COUNT_OF(option_rows); i++) {
            struct slice value = option_value(&plan->function->spec, &option_rows[i]);
            if (value.ptr != NULL) {
                add_option(&words, &option_rows[i], value);
            }
        }
        words.items[words.count] = NULL;
        is_done = run_and_read_all(program, words.items, plan->code_dir, ESBUILD_TIMEOUT_MS,
                                   messages, ESBUILD_OUTPUT_MAX);
        if (!is_done) {
            struct slice text = slice_trim(slice_from(messages));
            plan_fail(plan, PROBLEM_CANNOT_RUN, "esbuild failed: %.*s", SLICE_ARG(text));
        }
    }
    if (is_done && modules != NULL) { /* where externals are found */
        const char *link_path = join(arena, out_dir, SLICE("node_modules"));
        if (symlink(modules, link_path) != 0 && errno != EEXIST) {
            plan_fail(plan, PROBLEM_CANNOT_RUN, "cannot make %s: %s", link_path, strerror(errno));
            is_done = false;
        }
    }
    if (!is_done) {
        (void)!file_remove_tree(out_dir, &fault);
    }
    mem_free(messages);
    return is_done;
}

bool esbuild_prepare(struct plan *plan, const struct plan_settings *settings)
{
    struct arena *arena = &plan->arena;
    const struct function_spec *spec = &plan->function->spec;
    const char *modules;
    struct fault fault;
    if (!slice_is(spec->build_method, "esbuild") ||
        slice_search(slice_from(plan->code_dir), SLICE("/.aws-sam/build")) != SLICE_NPOS) {
        return true; /* not to be bundled, or `sam build` has done it */
    }
    const char *program = find_esbuild(plan, &modules);
    if (program == NULL) {
        struct slice module = handler_module(spec->handler);
        const char *plain =
            join(arena, plan->code_dir, arena_printf(arena, "%.*s.js", SLICE_ARG(module)));
        if (file_is_regular(plain)) {
            return true; /* plain JavaScript runs unbundled */
        }
        plan_fail(plan, PROBLEM_CANNOT_RUN,
                  "%.*s needs esbuild: run `npm install --save-dev esbuild` in %s",
                  SLICE_ARG(spec->logical_id), plan->code_dir);
        return false;
    }
    /* A folder for each build: what runs on the last one goes on undisturbed. */
    const char *out_dir =
        arena_cstr(arena, arena_printf(arena, "%s/build/%.*s-%llx", settings->data_dir,
                                       SLICE_ARG(spec->name), (unsigned long long)plan->number));
    if (file_remove_tree(out_dir, &fault) != STATUS_OK ||
        file_make_dirs(out_dir, &fault) != STATUS_OK) {
        plan_fail(plan, PROBLEM_CANNOT_RUN, "%s", fault.text);
        return false;
    }
    plan->built_dir = out_dir;
    if (!bundle(plan, program, modules, out_dir)) {
        return false;
    }
    plan->code_dir = out_dir;
    return true;
}
