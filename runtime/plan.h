/* What to run for one function at one moment: its configuration, where its unpacked code lies, and
 * the command and variables of its processes. A changed file or template makes a new plan;
 * sandboxes of the old one drain.
 *
 *     function (copied spec) -> plan_prepare: code, layers, bundle, interpreter, command
 *                            -> sandboxes
 *
 * Lifecycle  plan_create, plan_prepare once (maybe on another thread), then immutable until the
 *            last unref.
 * Ownership  Reference-counted, because sandboxes outlive the deployment that started them. The
 *            counts belong to the loop thread.
 * Thread     plan_prepare() touches nothing but its plan and the file system. */
#ifndef SLS_RUNTIME_PLAN_H
#define SLS_RUNTIME_PLAN_H

#include "core/arena.h"
#include "core/buf.h"
#include "runtime/function.h"
#include "runtime/process.h"

/* --- the copied configuration --- */

struct function {
    uint32_t refs;
    struct arena arena;
    struct function_spec spec;
    struct slice arn;       /* unqualified */
    struct slice log_group; /* "/aws/lambda/NAME" */
};

struct function *function_create(const struct function_spec *spec, const char *region,
                                 const char *account_id);
struct function *function_ref(struct function *function);
void function_unref(struct function *function); /* NULL is a no-op */
/* Different when function_spec_equals() would say no. */
uint64_t function_hash(const struct function_spec *spec);
bool function_spec_equals(const struct function_spec *a, const struct function_spec *b);

/* --- interpreters --- */

enum runtime_family {
    FAMILY_PROVIDED, /* brings its own bootstrap; go1.x too */
    FAMILY_NODE,
    FAMILY_PYTHON,
    FAMILY_RUBY,
    FAMILY_JAVA,
    FAMILY_DOTNET,
    FAMILY_UNKNOWN,
};

enum runtime_family runtime_family_of(struct slice runtime);

#define INTERPRETER_TEXT_MAX 512

struct interpreter {
    char path[INTERPRETER_TEXT_MAX]; /* "" when there is none */
    char version[32];                /* "20.20.2", "3.11"; "" when not known without running it */
    char problem[INTERPRETER_TEXT_MAX]; /* what to install */
};

/* Finds the program for "nodejs22.x", "python3.12"...: the exact version when it is on the PATH,
 * else the general name. With `may_run` false it returns false where a candidate is a script
 * (pyenv's shims) that must be run to know what it stands for. */
bool interpreter_find(struct slice runtime, bool may_run, struct interpreter *ret_interpreter);
/* The sentence for a version that is not the one asked for; "" when it fits. Runs it. */
void interpreter_notice(struct slice runtime, const struct interpreter *interpreter, char *out,
                        size_t max);

/* --- the plan --- */

enum plan_problem {
    PROBLEM_NONE,
    PROBLEM_CANNOT_RUN,   /* the machine or sls-local cannot: UNAVAILABLE with the words */
    PROBLEM_NO_BOOTSTRAP, /* as on AWS: Runtime.InvalidEntrypoint */
};

/* What all plans of one `lambda` share; outlives them. */
struct plan_settings {
    char *data_dir;
    char *runtimes_dir; /* where our language clients are unpacked */
    char *region;
    char *account_id;
    char *endpoint_url; /* these three NULL: none */
    char *ca_file;
    char *ca_bundle;
    char *path; /* PATH of the host */
    enum isolation isolation;
};

struct plan {
    uint32_t refs;
    uint64_t number; /* different for each plan of a run */
    struct arena arena;
    struct function *function;
    enum runtime_family family;
    /* From plan_prepare(): */
    enum plan_problem problem_kind;
    struct slice problem;
    struct interpreter interpreter;
    bool has_interpreter;  /* given before preparing, or found by it */
    const char *built_dir; /* made for this plan alone, removed with it; NULL: none */
    const char *code_dir;  /* LAMBDA_TASK_ROOT and working directory */
    const char *layer_dir; /* all layers merged; NULL: none */
    const char *opt_path;  /* what functions call /opt: "/opt" when it is mounted there */
    const char *path;      /* executable */
    char *const *argv;
    bool has_private_tmp;
    bool has_private_opt;
    bool has_extensions;    /* in a layer: told, not started */
    bool has_wrapper;       /* AWS_LAMBDA_EXEC_WRAPPER */
    bool needs_own_process; /* its variables cannot be given to a spare */
    uint16_t debug_port;    /* 0: no debugger */
};

struct plan *plan_create(struct function *function, uint64_t number);
struct plan *plan_ref(struct plan *plan);
void plan_unref(struct plan *plan);
/* True when plan_prepare() would unpack, bundle or run something: not for the loop thread. */
bool plan_needs_thread(const struct plan *plan);
void plan_prepare(struct plan *plan, const struct plan_settings *settings);
void plan_fail(struct plan *plan, enum plan_problem kind, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* --- steps of plan_prepare() --- */

/* Sets code_dir: a directory as it is, zips and inline code unpacked below the data directory. */
bool code_prepare(struct plan *plan, const struct plan_settings *settings);
/* Where one version of unpacked code lies; the texts are in the plan's arena. */
struct unpacked {
    const char *folder;  /* of all versions */
    const char *dir;     /* of this one */
    const char *partial; /* where it is made */
};

/* True when the folder is there already. `subject` is what it is made from, `version` its state. */
bool unpacked_find(struct plan *plan, const struct plan_settings *settings, const char *folder,
                   struct slice subject, struct slice version, struct unpacked *ret_unpacked);
/* Gives the finished folder its name, and removes versions that no sandbox can use any more. */
MUST_CHECK enum status unpacked_keep(const struct unpacked *unpacked, struct fault *reterr);
/* Unpacks one zip, once per version of the file; on failure the plan says why. */
bool code_unzip(struct plan *plan, const struct plan_settings *settings, struct slice zip_path,
                const char **ret_dir);
/* CodeSha256 and CodeSize; walks a directory. */
void code_hash(const struct plan *plan, struct buf *ret_base64, uint64_t *ret_size);
/* Sets layer_dir. */
bool code_merge_layers(struct plan *plan, const struct plan_settings *settings);
/* Bundles and points code_dir at the result. */
bool esbuild_prepare(struct plan *plan, const struct plan_settings *settings);
/* Sets path and argv. */
bool command_prepare(struct plan *plan, const struct plan_settings *settings);
/* Writes our language clients below the data directory; returns the folder (mem_free it). */
MUST_CHECK enum status assets_unpack(const char *data_dir, char **ret_dir, struct fault *reterr);

/* --- variables --- */

struct sandbox_variables {
    const char *runtime_api; /* "127.0.0.1:40123" */
    const char *log_stream;
    const char *tmp_dir; /* for TMPDIR; NULL when /tmp is private */
};

/* All variables of a process, built from nothing; in the arena. */
size_t environment_build(struct arena *arena, const struct plan *plan,
                         const struct plan_settings *settings,
                         const struct sandbox_variables *sandbox,
                         struct environment_variable **ret_variables);
/* KEY=VALUE, NULL-terminated. */
char **environment_block(struct arena *arena, const struct environment_variable *variables,
                         size_t count);
/* The customer's value of a variable, or SLICE_NULL. */
struct slice environment_get(const struct function_spec *spec, const char *name);

#endif
