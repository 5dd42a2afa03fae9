#include "runtime/errors.h"
#include "runtime/limits.h"

#include <ctype.h>
#include <inttypes.h>
#include <signal.h>

const char error_type_timeout[] = "Sandbox.Timedout";
const char error_type_exit[] = "Runtime.ExitError";
const char error_type_entrypoint[] = "Runtime.InvalidEntrypoint";
const char error_type_memory[] = "Runtime.OutOfMemory";
const char error_type_too_large[] = "Function.ResponseSizeTooLarge";
const char error_type_truncated[] = "Runtime.TruncatedResponse";
static const char error_type_working_dir[] = "Runtime.InvalidWorkingDir";

/* As Go's runtime names them, because Lambda's supervisor is written in Go. */
static const char *const signal_names[] = {
    [SIGHUP] = "hangup",
    [SIGINT] = "interrupt",
    [SIGQUIT] = "quit",
    [SIGILL] = "illegal instruction",
    [SIGTRAP] = "trace/breakpoint trap",
    [SIGABRT] = "aborted",
    [SIGBUS] = "bus error",
    [SIGFPE] = "floating point exception",
    [SIGKILL] = "killed",
    [SIGUSR1] = "user defined signal 1",
    [SIGSEGV] = "segmentation fault",
    [SIGUSR2] = "user defined signal 2",
    [SIGPIPE] = "broken pipe",
    [SIGALRM] = "alarm clock",
    [SIGTERM] = "terminated",
};

/* The errorMessage follows; request ids are made of characters that JSON need not escape. */
static void open_error(struct buf *buf, const char *type, struct slice request_id)
{
    buf_printf(buf, "{\"errorType\":\"%s\",\"errorMessage\":\"RequestId: %.*s Error: ", type,
               SLICE_ARG(request_id));
}

static void close_error(struct buf *buf)
{
    buf_append(buf, SLICE("\"}"));
}

void error_timeout(struct buf *buf, struct slice request_id, uint32_t timeout_ms)
{
    open_error(buf, error_type_timeout, request_id);
    buf_printf(buf, "Task timed out after %" PRIu32 ".%02" PRIu32 " seconds", timeout_ms / 1000,
               timeout_ms % 1000 / 10);
    close_error(buf);
}

/* "exec format error" where C says "Exec format error". */
static void append_errno(struct buf *buf, int number)
{
    const char *text = strerror(number);
    buf_append_char(buf, (char)tolower((unsigned char)text[0]));
    buf_append_text(buf, text + 1);
}

const char *error_process_end(struct buf *buf, struct slice request_id,
                              const struct process_exit *end)
{
    const char *type = error_type_exit;
    switch (end->end) {
    case PROCESS_EXITED:
        open_error(buf, type, request_id);
        if (end->code == 0) {
            buf_append(buf, SLICE("Runtime exited without providing a reason"));
        } else {
            buf_printf(buf, "Runtime exited with error: exit status %d", end->code);
        }
        break;
    case PROCESS_SIGNALLED:
        open_error(buf, type, request_id);
        buf_append(buf, SLICE("Runtime exited with error: signal: "));
        if (end->code > 0 && (size_t)end->code < sizeof signal_names / sizeof signal_names[0] &&
            signal_names[end->code] != NULL) {
            buf_append_text(buf, signal_names[end->code]);
        } else {
            buf_printf(buf, "signal %d", end->code);
        }
        break;
    case PROCESS_EXEC_FAILED:
        /* With the path a developer knows from AWS; the real one is in the notice. */
        type = error_type_entrypoint;
        open_error(buf, type, request_id);
        buf_append(buf, SLICE("fork/exec /var/task/bootstrap: "));
        append_errno(buf, end->code);
        break;
    case PROCESS_CWD_FAILED:
        type = error_type_working_dir;
        open_error(buf, type, request_id);
        buf_append(buf, SLICE("chdir /var/task: "));
        append_errno(buf, end->code);
        break;
    }
    close_error(buf);
    return type;
}

void error_no_bootstrap(struct buf *buf, struct slice request_id)
{
    open_error(buf, error_type_entrypoint, request_id);
    buf_append(buf,
               SLICE("Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"));
    close_error(buf);
}

void error_response_too_large(struct buf *buf)
{
    buf_printf(buf,
               "{\"errorMessage\":\"Response payload size exceeded maximum allowed payload size "
               "(%d bytes).\",\"errorType\":\"%s\"}",
               RESPONSE_LEN_MAX, error_type_too_large);
}

void error_platform(struct buf *buf, const char *type, struct slice request_id, const char *text)
{
    open_error(buf, type, request_id);
    buf_append_text(buf, text);
    close_error(buf);
}

struct slice error_type_known(struct slice header)
{
    bool is_function = slice_starts_with(header, SLICE("Function."));
    struct slice word = SLICE_NULL;
    if (is_function) {
        word = slice_skip(header, 9);
    } else if (slice_starts_with(header, SLICE("Runtime."))) {
        word = slice_skip(header, 8);
    }
    bool is_known = word.len >= 2 && isupper((unsigned char)word.ptr[0]);
    for (size_t i = 0; is_known && i < word.len; i++) {
        is_known = isalpha((unsigned char)word.ptr[i]);
    }
    if (is_known) {
        return header;
    }
    return is_function ? SLICE("Function.Unknown") : SLICE("Runtime.Unknown");
}

/* --- for the runtime --- */

const int refusal_status[REFUSAL_COUNT] = {
    [REFUSAL_REQUEST_ID] = 400,
    [REFUSAL_TOO_LARGE] = 413,
    [REFUSAL_TRUNCATED] = 400,
    [REFUSAL_RESPONSE_MODE] = 400,
};

static const struct slice refusal_bodies[REFUSAL_COUNT] = {
    [REFUSAL_REQUEST_ID] = SLICE_INIT(
        "{\"errorMessage\":\"Invalid request ID\",\"errorType\":\"InvalidRequestID\"}\n"),
    [REFUSAL_TOO_LARGE] =
        SLICE_INIT("{\"errorMessage\":\"Exceeded maximum allowed payload size (6291556 bytes).\","
                   "\"errorType\":\"RequestEntityTooLarge\"}\n"),
    [REFUSAL_TRUNCATED] = SLICE_INIT("{\"errorMessage\":\"HTTP request detected as truncated\","
                                     "\"errorType\":\"TruncatedHTTPRequest\"}\n"),
    [REFUSAL_RESPONSE_MODE] = SLICE_INIT("{\"errorMessage\":\"Invalid function response mode\","
                                         "\"errorType\":\"InvalidFunctionResponseMode\"}\n"),
};

struct slice refusal_body(enum runtime_refusal refusal)
{
    return refusal_bodies[refusal];
}

void refusal_transition(struct buf *buf, const char *from, const char *to)
{
    buf_printf(buf,
               "{\"errorMessage\":\"State transition from %s to %s failed for runtime. Error: "
               "State transition is not allowed\",\"errorType\":\"InvalidStateTransition\"}\n",
               from, to);
}
