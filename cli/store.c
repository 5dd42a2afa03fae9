/* sls-local store: the DynamoDB-compatible store alone, and the care of its file. */
#include "cli/address.h"
#include "cli/commands.h"
#include "cli/data_dir.h"
#include "cli/descriptor_limit.h"
#include "cli/stop_signals.h"
#include "cli/store_options.h"
#include "core/api/api.h"
#include "core/mem.h"
#include "scheduler/scheduler.h"

#include <inttypes.h>

#define DRAIN_MS 5000
#define REGION "us-east-1"
#define ACCOUNT "000000000000"

struct server {
    uv_loop_t loop;
    struct clock clock;
    struct log log;
    struct context context;
    struct data_dir data_dir;
    struct stop_signals signals;
    struct edge *edge;
    struct store *store;
};

static const struct option options[] = {
    {"port", 'p', OPTION_TEXT, "PORT", "default: 8000, as DynamoDB Local; 0: any free one"},
    {"host", 0, OPTION_TEXT, "ADDR", "address to listen on; default: 127.0.0.1"},
    {"data", 0, OPTION_TEXT, "DIR",
     "where the tables live; default: .sls-local of the current directory"},
    {"in-memory", 0, OPTION_FLAG, NULL, "keep nothing, sync nothing: for throw-away runs"},
    {"region", 0, OPTION_TEXT, "REGION", "of requests that are not signed; default: " REGION},
    {"shared-db", 0, OPTION_FLAG, NULL,
     "always so: every region and access key sees the same tables"},
    STORE_OPTIONS("provisioned tables refuse requests beyond their capacity units"),
    {NULL, 0, OPTION_FLAG, NULL, NULL},
};

static void on_store_closed(void *ctx)
{
    struct server *server = ctx;
    server->store = NULL;
}

static void on_edge_closed(void *ctx)
{
    struct server *server = ctx;
    server->edge = NULL;
    store_close(server->store, on_store_closed, server);
}

static void on_stop(void *ctx)
{
    struct server *server = ctx;
    edge_destroy(server->edge, DRAIN_MS, on_edge_closed, server);
}

static void on_exit_at_once(void *ctx)
{
    struct server *server = ctx;
    data_dir_release(&server->data_dir);
}

static enum status hold_data_dir(struct server *server, const struct args *args,
                                 struct fault *reterr)
{
    const char *data = args_text(args, "data");
    if (!args_flag(args, "in-memory")) {
        return data_dir_hold(&server->data_dir, data != NULL ? data : DATA_DIR_NAME, reterr);
    }
    return data == NULL
               ? data_dir_hold_temporary(&server->data_dir, reterr)
               : fault_set(reterr, STATUS_INVALID, "--data and --in-memory exclude each other");
}

static enum status start(struct server *server, const struct args *args,
                         const struct store_options *store_options, uint16_t port,
                         struct fault *reterr)
{
    const char *host = args_text(args, "host") != NULL ? args_text(args, "host") : "127.0.0.1";
    struct edge_options edge_options = {
        .region = store_options->region,
        .account_id = ACCOUNT,
        .allows_foreign_hosts = !address_is_loopback(host),
    };
    enum status status = store_open(&server->context, store_options, &server->store, reterr);
    if (status != STATUS_OK) {
        return status;
    }
    server->edge = edge_create(&server->context, &edge_options);
    edge_register(server->edge, store_service(), server->store);
    status = edge_listen(server->edge, host, port, &port, reterr);
    if (status != STATUS_OK) {
        return status;
    }
    char url[URL_MAX];
    address_url(url, host, port);
    struct endpoints endpoints = {.pid = uv_os_getpid(), .edge = slice_from(url)};
    status = endpoints_write(&server->data_dir, &endpoints, reterr);
    if (status == STATUS_OK) {
        printf("DynamoDB at %s, tables in %s%s\n"
               "aws dynamodb list-tables --endpoint-url %s    Ctrl-C ends\n",
               url, server->data_dir.path,
               server->data_dir.is_temporary ? " (kept until the end)" : "", url);
        fflush(stdout);
    }
    return status;
}

/* The exit code. */
static int serve(struct server *server, const struct args *args,
                 const struct store_options *store_options, uint16_t port)
{
    server->context = (struct context){&server->loop, &server->clock, &server->log, NULL, NULL};
    server->signals = (struct stop_signals){
        .on_stop = on_stop, .on_exit = on_exit_at_once, .ctx = server, .exit_code = EXIT_FAILED};
    struct fault fault;
    int error = stop_signals_start(&server->signals, &server->loop);
    if (error != 0) {
        fail("cannot start: %s", uv_strerror(error));
    } else if (start(server, args, store_options, port, &fault) == STATUS_OK) {
        uv_run(&server->loop, UV_RUN_DEFAULT);
    } else {
        fail("%s", fault.text);
        edge_destroy(server->edge, 0, NULL, NULL);
        store_close(server->store, NULL, NULL);
    }
    stop_signals_close(&server->signals);
    uv_run(&server->loop, UV_RUN_DEFAULT);
    if (uv_loop_close(&server->loop) != 0) {
        log_line(&server->log, LOG_ERROR, "handles left open at the end, ignoring");
    }
    return server->signals.exit_code;
}

static int run_server(const struct args *args)
{
    struct server server = {.data_dir = {.lock_fd = -1}};
    clock_init_system(&server.clock);
    log_init(&server.log, &server.clock, LOG_WARN);
    struct fault fault;
    uint32_t port = 0;
    struct store_options store_options = {
        .account_id = ACCOUNT,
        .region = args_text(args, "region") != NULL ? args_text(args, "region") : REGION};
    if (args_number(args, "port", 0, UINT16_MAX, 8000, &port, &fault) != STATUS_OK ||
        store_options_read(args, &store_options, &fault) != STATUS_OK) {
        return fail_usage(args->command, &fault);
    }
    if (descriptor_limit_raise(&fault) != STATUS_OK ||
        hold_data_dir(&server, args, &fault) != STATUS_OK) {
        return fault.status == STATUS_INVALID ? fail_usage(args->command, &fault)
                                              : fail("%s", fault.text);
    }
    store_options.data_dir = server.data_dir.path;
    store_options.is_volatile = server.data_dir.is_temporary;
    int error = uv_loop_init(&server.loop);
    int exit_code = error == 0 ? serve(&server, args, &store_options, (uint16_t)port)
                               : fail("cannot start: %s", uv_strerror(error));
    data_dir_release(&server.data_dir);
    return exit_code;
}

/* --- care --- */

static void print_line(void *ctx, const char *line)
{
    (void)ctx;
    puts(line);
}

static int run_check(const struct args *args)
{
    struct data_dir dir;
    struct fault fault;
    struct store_check check;
    struct scheduler_check bus;
    if (data_dir_find(args_text(args, "data"), &dir, &fault) != STATUS_OK ||
        store_check(dir.path, print_line, NULL, &check, &fault) != STATUS_OK ||
        scheduler_check(dir.path, print_line, NULL, &bus, &fault) != STATUS_OK) {
        return fail("%s", fault.text);
    }
    printf("%" PRIu64 " tables, %" PRIu64 " items, %" PRIu64 " index entries, %" PRIu64
           " log records",
           check.tables, check.items, check.entries, check.log_records);
    if (check.garbage > 0) {
        printf(", %" PRIu64 " still to be swept", check.garbage);
    }
    if (bus.queues > 0) {
        printf(", %" PRIu64 " messages in %" PRIu64 " queues", bus.messages, bus.queues);
    }
    bool is_fine = check.problems + bus.problems == 0;
    puts(is_fine ? ": all fine" : ": damaged");
    return is_fine ? EXIT_FINE : EXIT_FAILED;
}

static int run_compact(const struct args *args)
{
    struct data_dir found;
    struct data_dir dir;
    struct fault fault;
    uint64_t before = 0;
    uint64_t after = 0;
    if (data_dir_find(args_text(args, "data"), &found, &fault) != STATUS_OK ||
        data_dir_hold(&dir, found.path, &fault) != STATUS_OK) {
        return fail("%s", fault.text);
    }
    enum status status = store_compact(dir.path, &before, &after, &fault);
    data_dir_release(&dir);
    if (status != STATUS_OK) {
        return fail("%s", fault.text);
    }
    printf("%.1f MB -> %.1f MB\n", (double)before / 1e6, (double)after / 1e6);
    return EXIT_FINE;
}

static int run(const struct args *args)
{
    const char *what = args_positional(args, 0);
    if (what == NULL) {
        return run_server(args);
    }
    if (strcmp(what, "check") == 0) {
        return run_check(args);
    }
    if (strcmp(what, "compact") == 0) {
        return run_compact(args);
    }
    struct fault fault;
    (void)fault_set(&fault, STATUS_INVALID, "'%s' is neither check nor compact", what);
    return fail_usage(args->command, &fault);
}

static struct slice word(size_t index)
{
    return index == 0 ? SLICE("check") : index == 1 ? SLICE("compact") : SLICE_NULL;
}

const struct command store_command = {
    .name = "store",
    .usage = "[check|compact] [options]",
    .summary = "the DynamoDB-compatible store alone",
    .details =
        "Serves DynamoDB and DynamoDB Streams on one port, as DynamoDB Local does, and keeps the\n"
        "tables on disk: what was acknowledged survives kill -9. `up` has the same store on its\n"
        "AWS endpoint; both keep it in store.mdb of the data directory.\n\n"
        "check    walks every item, index entry, log record and message and tells what does not "
        "agree;\n"
        "         also while the store runs\n"
        "compact  rewrites the file without its free pages; the store must not be running",
    .options = options,
    .word = word,
    .positional_max = 1,
    .run = run,
};
