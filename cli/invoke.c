/* sls-local invoke: calls a function of a running `up` through its Lambda API. */
#include "cli/commands.h"
#include "cli/data_dir.h"
#include "core/encode.h"
#include "core/file.h"
#include "core/http/client.h"
#include "core/mem.h"

#include <errno.h>
#include <unistd.h>

#define EVENT_MAX (8u << 20) /* the service refuses more than 6 MB itself, with its own words */
#define ANSWER_MAX (16u << 20)
#define LONGEST_INVOCATION_MS (16u * 60 * 1000)

static const struct option options[] = {
    {"event", 'e', OPTION_TEXT, "FILE", "JSON event; - reads standard input; default: {}"},
    {"asynchronous", 0, OPTION_FLAG, NULL, "InvocationType Event: do not wait for the answer"},
    {"qualifier", 0, OPTION_TEXT, "Q", "version or alias"},
    {"no-logs", 0, OPTION_FLAG, NULL, "do not show the function's log on stderr"},
    {"edge", 0, OPTION_TEXT, "URL", "AWS endpoint of the running up; default: found by --data"},
    {"data", 0, OPTION_TEXT, "DIR",
     "data directory of the running up; default: .sls-local here or above"},
    {NULL, 0, OPTION_FLAG, NULL, NULL},
};

struct call {
    struct http_client *client;
    bool shows_logs;
    int exit_code;
};

static enum status read_event(const char *path, struct buf *event, struct fault *reterr)
{
    if (path == NULL) {
        buf_append_text(event, "{}");
        return STATUS_OK;
    }
    if (strcmp(path, "-") != 0) {
        return file_read(path, event, reterr);
    }
    for (;;) {
        char *room = buf_reserve(event, 65536);
        if (room == NULL) {
            return fault_set(reterr, STATUS_LIMIT, "the event is larger than %u bytes", EVENT_MAX);
        }
        ssize_t len = read(STDIN_FILENO, room, 65536);
        if (len < 0 && errno != EINTR) {
            return fault_set(reterr, STATUS_UNAVAILABLE, "standard input: %s", strerror(errno));
        }
        if (len == 0) {
            return STATUS_OK;
        }
        buf_advance(event, len > 0 ? (size_t)len : 0);
    }
}

static void print_logs(const struct http_client_response *response)
{
    struct slice encoded = http_header_get(response->headers, "x-amz-log-result");
    AUTO_BUF log = BUF_INIT(65536);
    if (encoded.len > 0 && base64_decode(&log, encoded)) {
        fwrite(log.ptr, 1, log.len, stderr);
    }
}

static void on_done(void *ctx, enum status status, const struct http_client_response *response,
                    const struct fault *fault)
{
    struct call *call = ctx;
    if (status != STATUS_OK) {
        call->exit_code = fail("%s", fault->text);
    } else {
        if (call->shows_logs) {
            print_logs(response);
        }
        fwrite(response->body.ptr, 1, response->body.len, stdout);
        if (response->body.len > 0) {
            putchar('\n');
        }
        bool is_error = response->status >= 300 ||
                        http_header_get(response->headers, "x-amz-function-error").ptr != NULL;
        call->exit_code = is_error ? EXIT_FAILED : EXIT_FINE;
    }
    http_client_destroy(call->client);
}

static int invoke(const struct args *args, struct slice edge, struct slice event)
{
    uv_loop_t loop;
    struct clock clock;
    struct log log;
    uv_loop_init(&loop);
    clock_init_system(&clock);
    log_init(&log, &clock, LOG_WARN);
    struct context context = {&loop, &clock, &log, NULL};

    bool is_asynchronous = args_flag(args, "asynchronous");
    AUTO_BUF url = BUF_INIT(65536);
    buf_append(&url, edge);
    buf_append_text(&url, "/2015-03-31/functions/");
    percent_encode(&url, slice_from(args_positional(args, 0)), false);
    buf_append_text(&url, "/invocations");
    if (args_text(args, "qualifier") != NULL) {
        buf_append_text(&url, "?Qualifier=");
        percent_encode(&url, slice_from(args_text(args, "qualifier")), false);
    }
    struct http_header headers[] = {
        {SLICE("Content-Type"), SLICE("application/json")},
        {SLICE("X-Amz-Invocation-Type"),
         is_asynchronous ? SLICE("Event") : SLICE("RequestResponse")},
        {SLICE("X-Amz-Log-Type"), is_asynchronous ? SLICE("None") : SLICE("Tail")},
    };
    struct call call = {.client = http_client_create(&context),
                        .shows_logs = !args_flag(args, "no-logs"),
                        .exit_code = EXIT_FAILED};
    struct http_client_request request = {
        .method = SLICE("POST"),
        .url = buf_slice(&url),
        .headers = {headers, COUNT_OF(headers)},
        .body = event,
        .timeout_ms = LONGEST_INVOCATION_MS,
        .max_len = ANSWER_MAX,
    };
    http_client_send(call.client, &request, on_done, &call);
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
    return call.exit_code;
}

static int run(const struct args *args)
{
    AUTO_ARENA arena = ARENA_INIT;
    AUTO_BUF event = BUF_INIT(EVENT_MAX);
    struct fault fault;
    if (read_event(args_text(args, "event"), &event, &fault) != STATUS_OK) {
        return fail("%s", fault.text);
    }
    struct slice edge = slice_from(args_text(args, "edge"));
    if (edge.len == 0) {
        struct data_dir dir;
        struct endpoints endpoints;
        if (data_dir_find(args_text(args, "data"), &dir, &fault) != STATUS_OK ||
            endpoints_read(&arena, &dir, &endpoints, &fault) != STATUS_OK) {
            return fail("%s", fault.text);
        }
        edge = endpoints.edge;
    }
    return invoke(args, edge, buf_slice(&event));
}

const struct command invoke_command = {
    .name = "invoke",
    .usage = "FUNCTION [options]",
    .summary = "invoke a function of the running application",
    .details =
        "FUNCTION is a logical id, a function name or an ARN. The answer goes to stdout, the\n"
        "function's log to stderr. Exit code 1 when the function reports an error.",
    .options = options,
    .positional_min = 1,
    .positional_max = 1,
    .run = run,
};
