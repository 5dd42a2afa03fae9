/* Streamed responses of REST APIs and function URLs: metadata, eight NULs, then the body, passed on as it comes. A URL's
 * function may do without the metadata, which the content type of its answer tells.
 *
 * Nothing is answered before the metadata is complete, so everything that goes wrong until then is
 * an ordinary error; what goes wrong later cuts the connection. */
#include "gateway/call/call.h"

#include "core/encode.h"
#include "core/mem.h"

static const char prelude_end[8];
static const struct slice with_metadata =
    SLICE_INIT("application/vnd.awslambda.http-integration-response");

static void resume_function(struct call *call)
{
    if (call->is_stream_paused) {
        call->is_stream_paused = false;
        call->stream.resume(call->stream.resume_ctx);
    }
}

static void on_drained(void *ctx, struct http_exchange *exchange)
{
    (void)exchange;
    resume_function(ctx);
}

/* Nobody reads any more, so nothing would drain: the function runs to its end into the void. */
static void on_client_gone(void *ctx, struct http_exchange *exchange)
{
    (void)exchange;
    resume_function(ctx);
}

static bool pass_on(struct call *call, struct slice bytes)
{
    call->stream_len += bytes.len;
    if (bytes.len == 0 || http_is_gone(call->exchange) ||
        http_stream_write(call->exchange, bytes)) {
        return true;
    }
    call->is_stream_paused = true;
    http_on_drain(call->exchange, on_drained, call);
    return false;
}

static void send_head(struct call *call, struct response *response)
{
    if (call->trace.reply.len > 0) {
        response_add(response, SLICE("X-Amzn-Trace-Id"), call->trace.reply);
    }
    call_add_headers(call, response);
    call->stream_state = STREAM_BODY;
    call->stream_status = response->status;
    http_stream_begin(call->exchange, response->status,
                      (struct http_headers){response->headers, response->header_count}, -1);
}

static bool begin_response(struct call *call, struct slice metadata, struct slice rest)
{
    struct fault fault = {.text = ""};
    struct response response;
    struct response_input in = call_response_input(call, metadata);
    if (response_read_metadata(&in, &response, &fault) != 0) {
        call_refuse(call, REFUSAL_INTERNAL, slice_from(fault.text), NULL);
        return true;
    }
    send_head(call, &response);
    return pass_on(call, rest);
}

/* A REST API has the body's type in the metadata, and cannot do without. */
static void on_stream_start(void *ctx, struct slice content_type)
{
    struct call *call = ctx;
    struct response response;
    if (call->exchange == NULL || call->config->kind != API_URL ||
        slice_ieq(mime_essence(content_type), with_metadata)) {
        return;
    }
    response_init(&response, http_arena(call->exchange), 200);
    response_add(&response, SLICE("Content-Type"),
                 content_type.len > 0 ? arena_copy(response.arena, content_type)
                                      : SLICE("application/octet-stream"));
    send_head(call, &response);
}

static bool on_stream_data(void *ctx, struct slice bytes)
{
    struct call *call = ctx;
    if (call->exchange == NULL) { /* refused, timed out or cut */
        return true;
    }
    if (call->stream_state == STREAM_BODY) {
        return pass_on(call, bytes);
    }
    buf_append(&call->scratch, bytes);
    struct slice all = buf_slice(&call->scratch);
    size_t end = slice_search(all, slice_of(prelude_end, sizeof(prelude_end)));
    bool is_whole = end != SLICE_NPOS && end <= STREAM_PRELUDE_MAX - sizeof(prelude_end);
    if (is_whole) {
        return begin_response(call, slice_take(all, end),
                              slice_skip(all, end + sizeof(prelude_end)));
    }
    if (all.len >= STREAM_PRELUDE_MAX || call->scratch.is_full) {
        call_refuse(call, REFUSAL_INTERNAL, SLICE("no end of the stream's metadata in 16 KB"),
                    NULL);
    }
    return true;
}

struct invoke_stream *call_stream_start(struct call *call)
{
    call->stream_state = STREAM_PRELUDE;
    call->stream = (struct invoke_stream){
        .on_start = on_stream_start,
        .on_data = on_stream_data,
        .ctx = call,
    };
    http_on_gone(call->exchange, on_client_gone, call);
    return &call->stream;
}

static void abort_stream(struct call *call, struct slice reason, const struct invoke_result *result)
{
    struct http_exchange *exchange = call->exchange;
    call_log_access(call, call->stream_status, call->stream_len, reason, result);
    http_abort(exchange);
    call->is_stream_paused = false;
    call_end_exchange(call, call->stream_status, reason, result);
}

bool call_stream_finish(struct call *call, const struct invoke_result *result)
{
    if (call->stream_state == STREAM_NONE) {
        return false;
    }
    http_on_gone(call->exchange, NULL, NULL);
    if (call->stream_state == STREAM_PRELUDE) {
        if (result->outcome != INVOKE_OK) {
            return false;
        }
        call_refuse(call, REFUSAL_INTERNAL, SLICE("the stream has no metadata and eight NULs"),
                    result);
        return true;
    }
    if (result->outcome != INVOKE_OK || result->stream_error_type.len > 0) {
        abort_stream(call, SLICE("function failed while it streamed"), result);
        return true;
    }
    call_log_access(call, call->stream_status, call->stream_len, SLICE(""), result);
    http_stream_end(call->exchange, (struct http_headers){0});
    call_end_exchange(call, call->stream_status, SLICE_NULL, result);
    return true;
}

bool call_stream_cut(struct call *call, struct slice reason)
{
    if (call->stream_state != STREAM_BODY) {
        return false;
    }
    struct invoke_stream *stream = &call->stream;
    bool was_paused = call->is_stream_paused;
    abort_stream(call, reason, NULL);
    if (was_paused) { /* the call lives on: its invocation does */
        stream->resume(stream->resume_ctx);
    }
    return true;
}
