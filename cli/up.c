/* sls-local up: runs the application of a template until it is told to end. */
#include "cli/application.h"
#include "cli/clock_page.h"
#include "cli/commands.h"
#include "cli/descriptor_limit.h"
#include "cli/issuer_keys.h"
#include "cli/project.h"
#include "cli/stop_signals.h"
#include "cli/store_options.h"
#include "core/mem.h"

#include <unistd.h>

#define DRAIN_MS 5000

struct up {
    uv_loop_t loop;
    struct clock clock;
    struct log log;
    struct context context;
    struct page page;
    struct data_dir data_dir;
    struct application *application;
    struct stop_signals signals;
    int exit_code;
};

static const struct option options[] = {
    PROJECT_OPTIONS,
    {"port", 'p', OPTION_TEXT, "PORT",
     "of the first API; the others take the next ones, CloudFront distributions those from 100\n"
     "further on; default: 3000, 0: any free one"},
    {"edge-port", 0, OPTION_TEXT, "PORT", "of the AWS endpoint; default: 4566, 0: any free one"},
    {"host", 0, OPTION_TEXT, "ADDR", "address to listen on; default: 127.0.0.1"},
    {"tls", 0, OPTION_FLAG, NULL,
     "speak HTTPS, too, on the same ports, with a certificate made for this machine"},
    {"tls-cert", 0, OPTION_TEXT, "FILE",
     "or with this one (PEM; those that signed it behind it); means --tls"},
    {"tls-key", 0, OPTION_TEXT, "FILE", "its private key (PEM)"},
    {"data", 0, OPTION_TEXT, "DIR",
     "where state and logs live; default: .sls-local beside the template"},
    {"in-memory", 0, OPTION_FLAG, NULL, "keep nothing: a temporary directory, removed at the end"},
    {"env-vars", 'n', OPTION_TEXT, "FILE",
     "JSON file with local values for declared environment variables, as SAM CLI's"},
    {"no-watch", 0, OPTION_FLAG, NULL, "do not reload when code or template change"},
    {"debug", 'd', OPTION_LIST, "FUNCTION[=PORT]",
     "start the function under its debugger and wait for it; ports from 5858"},
    {"issuer-keys", 0, OPTION_LIST, "URL=FILE",
     "take the keys of a token issuer from a file (JSON Web Key Set), not over the network"},
    {"strict-iam", 0, OPTION_FLAG, NULL,
     "where AWS_IAM guards, refuse access keys that nobody here has; without it their signatures\n"
     "are not checked; and requests of this machine come from no network that a resource policy "
     "wants"},
    {"catch-up", 0, OPTION_TEXT, "one|none|all",
     "firings of schedules missed while nothing ran: the newest, if at most 5 minutes old, none, "
     "or "
     "all;\ndefault: one"},
    {"edges", 0, OPTION_TEXT, "N",
     "edge locations of each CloudFront distribution, 1 to 8, each on a port of its own with a\n"
     "cache of its own; the second to eighth are 40, 120, 160, 110, 180, 60 and 220 ms away"},
    {"concurrency", 0, OPTION_TEXT, "N",
     "most sandboxes of one function without a reserved limit; default: by memory"},
    STORE_OPTIONS("what is beyond AWS's limits is refused: capacity units of provisioned tables, "
                  "and 10,000 API requests a second"),
    {"quiet", 'q', OPTION_FLAG, NULL, "show only errors and notices"},
    {"log-format", 0, OPTION_TEXT, "text|json", "json: one object a line; default: text"},
    {NULL, 0, OPTION_FLAG, NULL, NULL},
};

static void on_stop(void *ctx)
{
    struct up *up = ctx;
    application_stop(up->application, DRAIN_MS);
}

static void on_end(void *ctx)
{
    struct up *up = ctx;
    stop_signals_close(&up->signals);
}

/* Sandboxes die with this process. */
static void on_exit_at_once(void *ctx)
{
    struct up *up = ctx;
    data_dir_release(&up->data_dir);
}

static enum status hold_data_dir(struct up *up, const struct args *args, struct fault *reterr)
{
    if (args_flag(args, "in-memory")) {
        if (args_text(args, "data") != NULL) {
            return fault_set(reterr, STATUS_INVALID, "--data and --in-memory exclude each other");
        }
        return data_dir_hold_temporary(&up->data_dir, reterr);
    }
    if (args_text(args, "data") != NULL) {
        return data_dir_hold(&up->data_dir, args_text(args, "data"), reterr);
    }
    AUTO_ARENA arena = ARENA_INIT;
    return data_dir_hold(&up->data_dir, data_dir_beside(&arena, args_text(args, "template")),
                         reterr);
}

static enum status read_catch_up(const char *word, enum catch_up *ret, struct fault *reterr)
{
    static const char *const words[] = {
        [CATCH_UP_ONE] = "one", [CATCH_UP_NONE] = "none", [CATCH_UP_ALL] = "all"};
    for (size_t i = 0; word != NULL && i < COUNT_OF(words); i++) {
        if (strcmp(word, words[i]) == 0) {
            *ret = (enum catch_up)i;
            return STATUS_OK;
        }
    }
    return word == NULL ? STATUS_OK
                        : fault_set(reterr, STATUS_INVALID,
                                    "--catch-up must be one, none or all, not '%s'", word);
}

static enum status read_tls(const struct args *args, struct https_options *ret,
                            struct fault *reterr)
{
    ret->certificate = args_text(args, "tls-cert");
    ret->key = args_text(args, "tls-key");
    ret->is_wanted = args_flag(args, "tls") || ret->certificate != NULL;
    return (ret->certificate == NULL) == (ret->key == NULL)
               ? STATUS_OK
               : fault_set(reterr, STATUS_INVALID, "--tls-cert and --tls-key go together");
}

static enum status read_options(const struct args *args, struct application_options *ret,
                                enum page_format *ret_format, struct fault *reterr)
{
    uint32_t port = 0;
    uint32_t edge_port = 0;
    enum status status = args_number(args, "port", 0, UINT16_MAX, 3000, &port, reterr);
    if (status == STATUS_OK) {
        status = args_number(args, "edge-port", 0, UINT16_MAX, 4566, &edge_port, reterr);
    }
    if (status == STATUS_OK) {
        status = args_number(args, "concurrency", 1, 10000, 0, &ret->concurrency, reterr);
    }
    if (status == STATUS_OK) {
        status = args_number(args, "edges", 1, 8, 1, &ret->edges, reterr);
    }
    if (status == STATUS_OK) {
        status = read_catch_up(args_text(args, "catch-up"), &ret->catch_up, reterr);
    }
    if (status == STATUS_OK) {
        status = read_tls(args, &ret->https, reterr);
    }
    if (status != STATUS_OK) {
        return status;
    }
    ret->port = (uint16_t)port;
    ret->edge_port = (uint16_t)edge_port;
    ret->host = args_text(args, "host") != NULL ? args_text(args, "host") : "127.0.0.1";
    status = store_options_read(args, &ret->store, reterr);
    if (status != STATUS_OK) {
        return status;
    }
    ret->env_vars = args_text(args, "env-vars");
    ret->watches = !args_flag(args, "no-watch");
    ret->is_iam_strict = args_flag(args, "strict-iam");
    const char *format = args_text(args, "log-format");
    if (format != NULL && strcmp(format, "text") != 0 && strcmp(format, "json") != 0) {
        return fault_set(reterr, STATUS_INVALID, "--log-format must be text or json, not '%s'",
                         format);
    }
    *ret_format = format != NULL && strcmp(format, "json") == 0 ? PAGE_JSON : PAGE_TEXT;
    return STATUS_OK;
}

/* Runs the loop to its end and checks that nothing is left behind. */
static void run_loop(struct up *up)
{
    uv_run(&up->loop, UV_RUN_DEFAULT);
    if (uv_loop_close(&up->loop) != 0) {
        log_line(&up->log, LOG_ERROR, "handles left open at the end, ignoring");
    }
}

static void serve(struct up *up, const struct application_options *application_options)
{
    up->context = (struct context){&up->loop, &up->clock, &up->log,
                                   alarms_create(&up->loop, &up->clock), NULL};
    up->signals = (struct stop_signals){
        .on_stop = on_stop, .on_exit = on_exit_at_once, .ctx = up, .exit_code = EXIT_FAILED};
    /* Before "ready" is told: who reads it may end us at once. */
    int error = stop_signals_start(&up->signals, &up->loop);
    if (error != 0) {
        fail("cannot start: %s", uv_strerror(error));
    } else if (application_start(&up->context, application_options, &up->application) ==
               STATUS_OK) {
        uv_run(&up->loop, UV_RUN_DEFAULT);
        if (up->signals.is_stopping) {
            page_summary(&up->page);
        }
    }
    up->exit_code = up->signals.exit_code;
    stop_signals_close(&up->signals);
    uv_run(&up->loop, UV_RUN_DEFAULT);
    alarms_destroy(up->context.alarms);
    run_loop(up);
}

static int run(const struct args *args)
{
    struct up up = {.data_dir = {.lock_fd = -1}};
    clock_init_system(&up.clock);
    uint64_t started_ns = uv_hrtime();
    log_init(&up.log, &up.clock, LOG_WARN);
    struct application_options application_options = {.data_dir = &up.data_dir,
                                                      .page = &up.page,
                                                      .started_ns = started_ns,
                                                      .on_end = on_end,
                                                      .ctx = &up};
    enum page_format format = PAGE_TEXT;
    struct project project;
    struct fault fault;
    AUTO_ARENA arena = ARENA_INIT;
    struct issuer_keys issuer_keys;
    if (read_options(args, &application_options, &format, &fault) != STATUS_OK ||
        issuer_keys_read(args, &arena, &issuer_keys, &fault) != STATUS_OK ||
        project_init(&project, args, &fault) != STATUS_OK) {
        return fail_usage(args->command, &fault);
    }
    application_options.mirrors = project.folders.items;
    application_options.mirror_count = project.folders.count;
    application_options.key_files = issuer_keys.items;
    application_options.key_file_count = issuer_keys.count;
    if (descriptor_limit_raise(&fault) != STATUS_OK ||
        hold_data_dir(&up, args, &fault) != STATUS_OK) {
        project_finish(&project);
        return fail("%s", fault.text);
    }
    clock_page_resume(&up.clock, &up.data_dir);
    const char *debug[ARGS_VALUES_MAX + 1] = {NULL};
    for (size_t i = 0; (debug[i] = args_list(args, "debug", i)) != NULL; i++) {
    }
    application_options.debug = debug;
    application_options.template_options = project.options;
    page_init(&up.page, &up.clock, format, STDOUT_FILENO);
    up.page.is_quiet = args_flag(args, "quiet");
    up.log.format = format == PAGE_JSON ? LOG_JSON : LOG_TEXT;

    int error = uv_loop_init(&up.loop);
    if (error == 0) {
        serve(&up, &application_options);
    } else {
        up.exit_code = fail("cannot start: %s", uv_strerror(error));
    }
    page_end(&up.page);
    data_dir_release(&up.data_dir);
    project_finish(&project);
    return up.exit_code;
}

const struct command up_command = {
    .name = "up",
    .usage = "[options]",
    .summary = "run the application: routes, functions and the AWS endpoint",
    .details =
        "Serves every API of the template on a port of its own and all AWS APIs on one edge port,\n"
        "runs the functions as local processes, and reloads when code or template change.\n"
        "Addresses are printed and kept in endpoints.json of the data directory.\n\n"
        "Environment variables a template declares can be given local values: --env-vars wins "
        "over\n"
        "the shell, the shell over .env beside the template, that over the template itself.\n\n"
        "NO_COLOR turns colours off. Where AWS_IAM guards, the keys of the shared credentials file\n"
        "are known, too (AWS_SHARED_CREDENTIALS_FILE).",
    .options = options,
    .run = run,
};
