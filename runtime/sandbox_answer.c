/* A sandbox's invocations: from START to REPORT, and what the caller gets. */
#include "core/mem.h"
#include "runtime/errors.h"
#include "runtime/limits.h"
#include "runtime/sandbox_private.h"

#include <assert.h>
#include <sys/time.h>

/* --- log lines --- */

static bool is_json_log(const struct sandbox *sandbox)
{
    return slice_is(sandbox->plan->function->spec.log_format, "JSON");
}

static void log_text(struct sandbox *sandbox, struct slice line)
{
    if (sandbox->log != NULL) {
        sandbox->platform->log_sink.write(sandbox->log, line);
    }
    if (sandbox->invocation != NULL && sandbox->invocation->wants_log_tail) {
        struct buf *tail = &sandbox->tail;
        if (line.len > LOG_TAIL_LEN) {
            line = slice_skip(line, line.len - LOG_TAIL_LEN);
        }
        buf_append(tail, line);
        buf_append_char(tail, '\n');
        if (tail->len > 2 * LOG_TAIL_LEN) {
            buf_consume(tail, tail->len - LOG_TAIL_LEN);
        }
    }
}

void sandbox_log_output(void *ctx, struct slice line, bool is_error)
{
    struct sandbox *sandbox = ctx;
    const struct lambda_observer *observer = &sandbox->platform->observer;
    if (sandbox->log_stream[0] == '\0') { /* a spare says nothing worth keeping */
        return;
    }
    log_text(sandbox, line);
    if (observer->on_output != NULL) {
        observer->on_output(observer->ctx, sandbox->plan->function->spec.name, line, is_error);
    }
}

void sandbox_flush_output(struct sandbox *sandbox)
{
    output_flush(&sandbox->output[0], sandbox_log_output, sandbox);
    output_flush(&sandbox->output[1], sandbox_log_output, sandbox);
}

static void log_report(struct sandbox *sandbox, enum report_line line, const struct report *report)
{
    buf_clear(&sandbox->text);
    if (report_write(&sandbox->text, line, report, is_json_log(sandbox),
                     clock_epoch_ms(sandbox->platform->context->clock))) {
        log_text(sandbox, buf_slice(&sandbox->text));
    }
}

void sandbox_log_init_failure(struct sandbox *sandbox, const char *status, struct slice error_type)
{
    struct report report = {
        .init_us = (platform_now_ns() - sandbox->started_ns) / 1000,
        .status = status,
        .error_type = error_type,
    };
    buf_clear(&sandbox->text);
    report_write_init(&sandbox->text, &report, sandbox->invocation != NULL ? "invoke" : "init",
                      is_json_log(sandbox), clock_epoch_ms(sandbox->platform->context->clock));
    log_text(sandbox, buf_slice(&sandbox->text));
}

/* --- the beginning --- */

void sandbox_begin(struct sandbox *sandbox, struct invocation *invocation)
{
    const struct function_spec *spec = &sandbox->plan->function->spec;
    invocation->started_ns = platform_now_ns();
    invocation->deadline_ns = sandbox->plan->debug_port != 0
                                  ? 0
                                  : invocation->started_ns + (uint64_t)spec->timeout_ms * 1000000;
    sandbox->invocation = invocation;
    buf_clear(&sandbox->tail);
    struct report report = {.request_id = invocation->request_id, .version = invocation->version};
    log_report(sandbox, REPORT_START, &report);
    sandbox_set_deadline(sandbox, invocation->deadline_ns);
}

/* The deadline that the handler compares with its own clock: machine time, whatever context->clock
 * says. */
static int64_t deadline_epoch_ms(const struct invocation *invocation)
{
    struct timeval now;
    gettimeofday(&now, NULL);
    int64_t now_ms = (int64_t)now.tv_sec * 1000 + now.tv_usec / 1000;
    if (invocation->deadline_ns == 0) { /* debugging */
        return now_ms + 24 * 3600 * 1000;
    }
    return now_ms + ((int64_t)invocation->deadline_ns - (int64_t)platform_now_ns()) / 1000000;
}

void sandbox_dispatch(struct sandbox *sandbox)
{
    struct invocation *invocation = sandbox->invocation;
    struct runtime_event event = {
        .request_id = invocation->request_id,
        .arn = invocation->arn,
        .trace_id = invocation->trace_id,
        .client_context = invocation->client_context,
        .payload = invocation->payload,
        .deadline_epoch_ms = deadline_epoch_ms(invocation),
        .wants_stream = invocation->stream != NULL,
    };
    sandbox->state = SANDBOX_BUSY;
    sandbox->was_active = true;
    platform_tick_soon(sandbox->platform);
    runtime_api_dispatch(sandbox->api, &event);
}

/* --- the end --- */

struct ending {
    enum invoke_outcome outcome;
    enum invoke_failure failure;
    struct slice payload;
    struct slice content_type;
    struct slice stream_error_type;
    struct slice stream_error_body;
    const char *status; /* for REPORT; NULL on success */
    struct slice error_type;
    uint64_t duration_us; /* 0: measured now */
};

/* END, REPORT, and the caller's result, in this order: the log tail holds all of it. */
static void finish(struct sandbox *sandbox, const struct ending *ending)
{
    struct invocation *invocation = sandbox->invocation;
    uint64_t duration_us = ending->duration_us != 0
                               ? ending->duration_us
                               : (platform_now_ns() - invocation->started_ns) / 1000;
    struct report report = {
        .request_id = invocation->request_id,
        .version = invocation->version,
        .duration_us = duration_us,
        .init_us = sandbox->init_us,
        .billed_ms = (duration_us + sandbox->init_us + 999) / 1000,
        .memory_mb = sandbox->plan->function->spec.memory_mb,
        .max_memory_mb = sandbox->max_memory_mb,
        .status = ending->status,
        .error_type = ending->error_type,
    };
    struct invoke_result result = {
        .outcome = ending->outcome,
        .failure = ending->failure,
        .payload = ending->payload,
        .content_type = ending->content_type,
        .request_id = invocation->request_id,
        .executed_version = invocation->version,
        .stream_error_type = ending->stream_error_type,
        .stream_error_body = ending->stream_error_body,
        .duration_us = duration_us,
        .init_us = sandbox->init_us,
        .billed_ms = report.billed_ms,
        .max_memory_mb = sandbox->max_memory_mb,
    };
    log_report(sandbox, REPORT_END, &report);
    log_report(sandbox, REPORT_REPORT, &report);
    if (invocation->wants_log_tail) {
        struct slice tail = buf_slice(&sandbox->tail);
        result.log_tail =
            tail.len > LOG_TAIL_LEN ? slice_skip(tail, tail.len - LOG_TAIL_LEN) : tail;
    }
    sandbox->init_us = 0;
    sandbox->invocation = NULL;
    sandbox->owner.on_result(sandbox->owner.ctx, sandbox, invocation, &result);
}

/* A platform's own error: the payload, unless bytes of a stream are with the caller already. */
static void finish_error(struct sandbox *sandbox, struct ending *ending, struct slice body,
                         const char *stream_error_type)
{
    ending->outcome = INVOKE_FUNCTION_ERROR;
    if (sandbox->invocation->has_streamed) {
        ending->stream_error_type = slice_from(stream_error_type);
        ending->stream_error_body = body;
    } else {
        ending->payload = body;
        ending->content_type = SLICE("application/json");
    }
    finish(sandbox, ending);
}

void sandbox_finish_timeout(struct sandbox *sandbox)
{
    uint32_t timeout_ms = sandbox->plan->function->spec.timeout_ms;
    struct ending ending = {
        .failure = FAILURE_TIMEOUT,
        .status = "timeout",
        .duration_us = (uint64_t)timeout_ms * 1000, /* AWS reports exactly the limit */
    };
    AUTO_BUF body = BUF_INIT(1024);
    process_drain(&sandbox->process);
    sandbox_flush_output(sandbox);
    if (sandbox->state == SANDBOX_STARTING) {
        sandbox_log_init_failure(sandbox, "timeout", SLICE_NULL);
    }
    error_timeout(&body, sandbox->invocation->request_id, timeout_ms);
    finish_error(sandbox, &ending, buf_slice(&body), "Sandbox.Timeout");
}

/* The process is gone, or posted an init error: sandbox->end or ->init_error say how. */
void sandbox_finish_exit(struct sandbox *sandbox)
{
    struct ending ending = {.failure = FAILURE_EXIT, .status = "error"};
    AUTO_BUF body = BUF_INIT(1024 + INIT_ERROR_MAX);
    const char *type = error_type_exit;
    bool is_init = sandbox->state == SANDBOX_STARTING;
    if (sandbox->has_init_error) {
        ending.failure = FAILURE_INIT;
        ending.error_type = slice_from(sandbox->init_error_type);
        buf_append(&body, buf_slice(&sandbox->init_error));
    } else {
        type = error_process_end(&body, sandbox->invocation->request_id, &sandbox->end);
        ending.error_type = slice_from(type);
        if (sandbox->is_over_memory) {
            ending.failure = FAILURE_MEMORY;
            ending.error_type = slice_from(error_type_memory);
        } else if (is_init || sandbox->end.end == PROCESS_EXEC_FAILED) {
            ending.failure = FAILURE_INIT;
        }
    }
    finish_error(sandbox, &ending, buf_slice(&body), type);
}

void sandbox_finish_cancelled(struct sandbox *sandbox)
{
    struct invocation *invocation = sandbox->invocation;
    struct invoke_result result = {
        .outcome = INVOKE_UNAVAILABLE,
        .request_id = invocation->request_id,
        .executed_version = invocation->version,
        .message = SLICE("sls-local is shutting down"),
        .duration_us = (platform_now_ns() - invocation->started_ns) / 1000,
    };
    sandbox->invocation = NULL;
    sandbox->owner.on_result(sandbox->owner.ctx, sandbox, invocation, &result);
}

/* --- answers --- */

static void on_caller_resume(void *ctx)
{
    struct sandbox *sandbox = ctx;
    if (sandbox->invocation != NULL) {
        runtime_api_resume(sandbox->api);
    }
}

static bool stream_to_caller(struct sandbox *sandbox, struct slice content_type, struct slice bytes)
{
    struct invocation *invocation = sandbox->invocation;
    struct invoke_stream *stream = invocation->stream;
    if (!invocation->has_streamed) {
        invocation->has_streamed = true;
        stream->resume = on_caller_resume;
        stream->resume_ctx = sandbox;
        if (stream->on_start != NULL) {
            stream->on_start(stream->ctx, content_type);
        }
    }
    return bytes.len == 0 || stream->on_data(stream->ctx, bytes);
}

bool sandbox_on_stream(void *ctx, struct slice content_type, struct slice bytes)
{
    struct sandbox *sandbox = ctx;
    if (sandbox->invocation == NULL) {
        return true;
    }
    if (sandbox->invocation->stream != NULL) {
        return stream_to_caller(sandbox, content_type, bytes);
    }
    /* A caller that wants one piece: the buffered limit holds. */
    if (sandbox->stream_body.len + bytes.len > RESPONSE_LEN_MAX) {
        sandbox->is_stream_over_limit = true;
    } else {
        buf_append(&sandbox->stream_body, bytes);
    }
    return true;
}

static void finish_response(struct sandbox *sandbox, const struct runtime_answer *answer)
{
    struct ending ending = {.outcome = INVOKE_OK, .content_type = answer->content_type};
    if (answer->error_type.len > 0 || answer->error_body.len > 0) {
        /* A stream that failed half way. */
        ending.outcome = INVOKE_FUNCTION_ERROR;
        ending.failure = FAILURE_HANDLED;
        ending.status = "failure";
        ending.error_type = error_type_known(answer->error_type);
        ending.stream_error_type = answer->error_type;
        ending.stream_error_body = answer->error_body;
    }
    if (sandbox->invocation->stream != NULL) {
        if (!answer->is_streamed || !sandbox->invocation->has_streamed) {
            (void)stream_to_caller(sandbox, answer->content_type, answer->body);
        }
    } else if (answer->error_body.len > 0) { /* nothing is with the caller yet: it gets the error */
        ending.payload = answer->error_body;
        ending.content_type = SLICE("application/json");
    } else {
        ending.payload = answer->is_streamed ? buf_slice(&sandbox->stream_body) : answer->body;
    }
    finish(sandbox, &ending);
}

static void finish_too_large(struct sandbox *sandbox)
{
    struct ending ending = {
        .failure = FAILURE_TOO_LARGE,
        .status = "error",
        .error_type = slice_from(error_type_too_large),
    };
    AUTO_BUF body = BUF_INIT(1024);
    error_response_too_large(&body);
    finish_error(sandbox, &ending, buf_slice(&body), error_type_too_large);
}

static void finish_broken(struct sandbox *sandbox, const char *type, const char *text)
{
    struct ending ending = {
        .failure = FAILURE_HANDLED,
        .status = "error",
        .error_type = slice_from(type),
    };
    AUTO_BUF body = BUF_INIT(1024);
    error_platform(&body, type, sandbox->invocation->request_id, text);
    finish_error(sandbox, &ending, buf_slice(&body), type);
}

void sandbox_on_answer(void *ctx, const struct runtime_answer *answer)
{
    struct sandbox *sandbox = ctx;
    if (sandbox->invocation == NULL) { /* too late: the deadline has passed */
        return;
    }
    process_drain(&sandbox->process);
    switch (answer->kind) {
    case ANSWER_RESPONSE:
        if (sandbox->is_stream_over_limit) {
            finish_too_large(sandbox);
        } else {
            finish_response(sandbox, answer);
        }
        break;
    case ANSWER_ERROR: {
        struct ending ending = {
            .outcome = INVOKE_FUNCTION_ERROR,
            .failure = FAILURE_HANDLED,
            .payload = answer->body,
            .content_type = answer->content_type,
            .status = "failure",
            .error_type = error_type_known(answer->error_type),
        };
        finish(sandbox, &ending);
        break;
    }
    case ANSWER_TOO_LARGE:
        finish_too_large(sandbox);
        break;
    case ANSWER_TRUNCATED:
        finish_broken(sandbox, error_type_truncated, "Response was cut off by the runtime");
        break;
    case ANSWER_BAD_MODE:
        finish_broken(sandbox, "Runtime.InvalidResponseModeHeader",
                      "Invalid function response mode");
        break;
    }
    buf_finish(&sandbox->stream_body);
    sandbox->is_stream_over_limit = false;
}
