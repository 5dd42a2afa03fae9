#include "runtime/lambda_api_private.h"

#include "core/api/event_stream.h"
#include "core/json_scan.h"
#include "core/json_writer.h"
#include "core/mem.h"

#define CHUNK_LEN_MAX (1024 * 1024) /* of one PayloadChunk; botocore takes 24 MiB */
#define DETAILS_LEN_MAX                                                                            \
    (1024 * 1024) /* of an error's body; escaped it may be six times as long   \
                                       */
#define COMPLETE_LEN_MAX                                                                           \
    (8 * 1024 *                                                                                    \
     1024) /* of InvokeComplete, which may carry an error's body                        \
                       */

/* A call that gets its answer in frames. */
struct streaming {
    struct api_call *call;
    const struct lambda_api *api;
    struct invoke_input input;
    struct invoke_stream stream;
    struct buf frame; /* reused from chunk to chunk */
    bool has_begun;
    bool is_gone;
    bool is_paused; /* on_data said so, and resume was not called since */
};

static void resume(struct streaming *streaming)
{
    if (streaming->is_paused) {
        streaming->is_paused = false;
        streaming->stream.resume(streaming->stream.resume_ctx);
    }
}

static void on_drain(void *ctx, struct http_exchange *exchange)
{
    (void)exchange;
    resume(ctx);
}

/* The function runs to its end whoever listens, so nothing may wait for a client that left. */
static void on_gone(void *ctx, struct api_call *call)
{
    struct streaming *streaming = ctx;
    (void)call;
    streaming->is_gone = true;
    resume(streaming);
}

static void begin(struct streaming *streaming, struct slice content_type)
{
    struct api_call *call = streaming->call;
    struct http_header headers[] = {
        {SLICE("Content-Type"), SLICE(EVENT_STREAM_TYPE)},
        {SLICE("X-Amz-Executed-Version"), streaming->input.ref.version},
        {SLICE("X-Amzn-Remapped-Content-Type"), content_type},
    };
    size_t count = content_type.len != 0 ? 3 : 2;
    http_stream_begin(api_exchange(call), 200,
                      api_stream_headers(call, (struct http_headers){headers, count}), -1);
    http_on_drain(api_exchange(call), on_drain, streaming);
    streaming->has_begun = true;
}

static void on_start(void *ctx, struct slice content_type)
{
    struct streaming *streaming = ctx;
    begin(streaming, arena_copy(api_arena(streaming->call), content_type));
}

static bool write_frame(struct streaming *streaming, const char *event_type,
                        const char *content_type, struct slice payload)
{
    buf_clear(&streaming->frame);
    event_stream_event(&streaming->frame, event_type, slice_from(content_type), payload);
    return http_stream_write(api_exchange(streaming->call), buf_slice(&streaming->frame));
}

static bool on_data(void *ctx, struct slice bytes)
{
    struct streaming *streaming = ctx;
    bool may_go_on = true;
    while (bytes.len != 0 && !streaming->is_gone) {
        struct slice chunk = slice_take(bytes, CHUNK_LEN_MAX);
        may_go_on = write_frame(streaming, "PayloadChunk", "application/octet-stream", chunk);
        bytes = slice_skip(bytes, chunk.len);
    }
    streaming->is_paused = !may_go_on && !streaming->is_gone;
    return !streaming->is_paused;
}

/* "Unhandled" unless the error tells its type. */
static struct slice error_code(struct arena *arena, struct slice body)
{
    struct slice text = json_text_member(arena, body, "errorType");
    return text.len != 0 ? text : SLICE("Unhandled");
}

static void write_error(struct json_writer *w, struct arena *arena,
                        const struct invoke_result *result)
{
    bool is_midstream = result->stream_error_type.len != 0 || result->stream_error_body.len != 0;
    struct slice details = is_midstream ? result->stream_error_body : result->payload;
    struct slice code = result->stream_error_type;
    if (is_midstream || result->outcome == INVOKE_FUNCTION_ERROR) {
        json_put_string(w, "ErrorCode", code.len != 0 ? code : error_code(arena, details));
        json_put_string(w, "ErrorDetails", slice_take(details, DETAILS_LEN_MAX));
    }
}

static void write_complete(struct streaming *streaming, const struct invoke_result *result)
{
    struct arena *arena = api_arena(streaming->call);
    AUTO_BUF json = BUF_INIT(COMPLETE_LEN_MAX);
    struct json_writer w = json_writer_init(&json);
    json_open(&w, '{');
    write_error(&w, arena, result);
    if (streaming->input.request.wants_log_tail) {
        json_put_string(&w, "LogResult", log_result(arena, result->log_tail));
    }
    json_close(&w, '}');
    (void)write_frame(streaming, "InvokeComplete", "application/json", buf_slice(&json));
}

static void on_done(void *ctx, const struct invoke_result *result)
{
    struct streaming *streaming = ctx;
    struct api_call *call = streaming->call;
    streaming->is_paused = false; /* there is nothing left to resume */
    bool is_invocation = result->outcome == INVOKE_OK || result->outcome == INVOKE_FUNCTION_ERROR;
    if (!streaming->has_begun && !is_invocation) {
        reply_not_invoked(call, streaming->api, &streaming->input.ref, result);
        buf_finish(&streaming->frame);
        mem_free(streaming);
        return;
    }
    if (!streaming->has_begun) {
        begin(streaming, SLICE_NULL);
    }
    write_complete(streaming, result);
    buf_finish(&streaming->frame);
    mem_free(streaming);
    api_stream_end(call, (struct http_headers){NULL, 0});
}

void lambda_op_invoke_with_response_stream(struct api_call *call, void *ctx)
{
    const struct lambda_api *api = ctx;
    if (api_exchange(call) == NULL) {
        struct fault fault;
        (void)fault_set(&fault, STATUS_UNSUPPORTED,
                        "InvokeWithResponseStream cannot be called in process: use Invoke.");
        api_reply_fault(call, &fault);
        return;
    }
    struct invoke_input input;
    if (!invoke_input_read(call, api, true, &input)) {
        return;
    }
    if (input.is_dry_run) {
        api_reply_empty(call, 204);
        return;
    }
    struct streaming *streaming = mem_zalloc(sizeof(*streaming));
    streaming->call = call;
    streaming->api = api;
    streaming->input = input;
    streaming->stream =
        (struct invoke_stream){.on_start = on_start, .on_data = on_data, .ctx = streaming};
    streaming->input.request.stream = &streaming->stream;
    buf_init(&streaming->frame, COMPLETE_LEN_MAX + EVENT_STREAM_OVERHEAD_MAX);
    api_on_gone(call, on_gone, streaming);
    invoker_invoke(&api->invoker, &streaming->input.request, on_done, streaming);
}
