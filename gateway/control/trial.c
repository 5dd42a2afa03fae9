#include "gateway/control/trial.h"

#include "core/buf.h"
#include "core/mem.h"

#define TIMEOUT_MS 910000      /* beyond every integration's own */
#define PAYLOAD_MAX (8U << 20) /* what is told of a function's answer */

struct trial {
    struct gateway *gateway;
    struct invoker invoker; /* the real one */
    trial_done_fn *on_done;
    void *ctx;
    struct buf reason, request_id, payload;
    uint64_t duration_us;
    bool has_invoked;
    enum invoke_outcome outcome;
    size_t open; /* the answer, the report, the gateway, invocations */
};

static void let_go(struct trial *trial)
{
    if (--trial->open > 0) {
        return;
    }
    buf_finish(&trial->reason);
    buf_finish(&trial->request_id);
    buf_finish(&trial->payload);
    mem_free(trial);
}

/* --- functions: what they answer is seen on its way --- */

struct seen_invocation {
    struct trial *trial;
    invoke_done_fn *on_done;
    void *ctx;
};

static void on_invoked(void *ctx, const struct invoke_result *result)
{
    struct seen_invocation *seen = ctx;
    struct trial *trial = seen->trial;
    trial->has_invoked = true;
    trial->outcome = result->outcome;
    buf_clear(&trial->payload);
    buf_append(&trial->payload, result->payload);
    seen->on_done(seen->ctx, result);
    mem_free(seen);
    let_go(trial);
}

static void invoke(void *ctx, const struct invoke_request *request, invoke_done_fn *on_done,
                   void *done_ctx)
{
    struct trial *trial = ctx;
    struct seen_invocation *seen = mem_zalloc(sizeof *seen);
    *seen = (struct seen_invocation){trial, on_done, done_ctx};
    trial->open++;
    invoker_invoke(&trial->invoker, request, on_invoked, seen);
}

/* --- the request --- */

static void on_report(void *ctx, const struct request_report *report)
{
    struct trial *trial = ctx;
    trial->duration_us = report->duration_us;
    buf_append(&trial->reason, report->reason);
    buf_append(&trial->request_id, report->request_id);
}

static void on_gateway_closed(void *ctx)
{
    let_go(ctx);
}

static void on_answer(void *ctx, enum status status, const struct http_client_response *response,
                      const struct fault *fault)
{
    struct trial *trial = ctx;
    struct trial_result result = {
        .fault = {.status = status},
        .reason = buf_slice(&trial->reason),
        .request_id = buf_slice(&trial->request_id),
        .duration_us = trial->duration_us,
        .has_invoked = trial->has_invoked,
        .outcome = trial->outcome,
        .payload = buf_slice(&trial->payload),
    };
    if (status == STATUS_OK) {
        result.http_status = response->status;
        result.headers = response->headers;
        result.body = response->body;
    } else {
        result.fault = *fault;
    }
    trial->on_done(trial->ctx, &result);
    gateway_destroy(trial->gateway, 0, on_gateway_closed, trial);
}

static void send_request(struct trial *trial, struct http_client *client,
                         const struct trial_request *request)
{
    AUTO_ARENA arena = ARENA_INIT;
    const struct http_client_request sent = {
        .method = request->method,
        .url = arena_printf(&arena, "http://127.0.0.1:%u%.*s",
                            (unsigned)gateway_port(trial->gateway, request->logical_id),
                            SLICE_ARG(request->target)),
        .headers = request->headers,
        .body = request->body,
        .timeout_ms = TIMEOUT_MS,
    };
    http_client_send(client, &sent, on_answer, trial);
}

enum status trial_start(struct context *context, struct http_client *client,
                        const struct trial_request *request, trial_done_fn *on_done, void *ctx,
                        struct fault *reterr)
{
    struct trial *trial = mem_zalloc(sizeof *trial);
    struct gateway_options options = *request->options;
    *trial = (struct trial){.invoker = options.invoker,
                            .on_done = on_done,
                            .ctx = ctx,
                            .reason = BUF_INIT(65536),
                            .request_id = BUF_INIT(256),
                            .payload = BUF_INIT(PAYLOAD_MAX),
                            .open = 1};
    options.host = "127.0.0.1";
    options.throttles = false;
    options.tls = NULL;
    options.log_sink = (struct log_sink){0};
    options.on_warning = NULL;
    options.on_request = on_report;
    options.ctx = trial;
    options.invoker = (struct invoker){invoke, trial};
    trial->gateway = gateway_create(context, &options);
    enum status status =
        gateway_deploy(trial->gateway, request->resources, request->resource_count, 0, reterr);
    if (status == STATUS_OK) {
        send_request(trial, client, request);
    } else {
        gateway_destroy(trial->gateway, 0, on_gateway_closed, trial);
    }
    return status;
}
