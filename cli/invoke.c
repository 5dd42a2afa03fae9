/* sls-local invoke: calls a function of a running `up` through its Lambda API. */
#include "cli/commands.h"
#include "cli/edge_client.h"
#include "core/encode.h"
#include "core/file.h"
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
    EDGE_CLIENT_OPTIONS,
    {NULL, 0, OPTION_FLAG, NULL, NULL},
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

static int print_answer(const struct http_client_response *response, bool shows_logs)
{
    if (shows_logs) {
        print_logs(response);
    }
    fwrite(response->body.ptr, 1, response->body.len, stdout);
    if (response->body.len > 0) {
        putchar('\n');
    }
    bool is_error = response->status >= 300 ||
                    http_header_get(response->headers, "x-amz-function-error").ptr != NULL;
    return is_error ? EXIT_FAILED : EXIT_FINE;
}

static int invoke(struct arena *arena, const struct args *args, struct slice edge,
                  struct slice event)
{
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
    struct http_client_request request = {
        .method = SLICE("POST"),
        .url = buf_slice(&url),
        .headers = {headers, COUNT_OF(headers)},
        .body = event,
        .timeout_ms = LONGEST_INVOCATION_MS,
        .max_len = ANSWER_MAX,
    };
    struct http_client_response response;
    struct fault fault;
    if (edge_client_send(arena, &request, &response, &fault) != STATUS_OK) {
        return fail("%s", fault.text);
    }
    return print_answer(&response, !args_flag(args, "no-logs"));
}

static int run(const struct args *args)
{
    AUTO_ARENA arena = ARENA_INIT;
    AUTO_BUF event = BUF_INIT(EVENT_MAX);
    struct fault fault;
    if (read_event(args_text(args, "event"), &event, &fault) != STATUS_OK) {
        return fail("%s", fault.text);
    }
    struct slice edge;
    if (edge_client_find(&arena, args, &edge, &fault) != STATUS_OK) {
        return fail("%s", fault.text);
    }
    return invoke(&arena, args, edge, buf_slice(&event));
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
