#include "runtime/lambda_api_private.h"

#include "core/encode.h"
#include "core/json_scan.h"
#include "core/json_writer.h"
#include "core/mem.h"

#define LOG_RESULT_LEN_MAX 8192
#define THROTTLE_LEN_MAX 1024
#define RETRY_AFTER_SECONDS "1"

/* --- reading the request --- */

static bool read_modes(struct api_call *call, bool is_streaming, struct invoke_input *input)
{
    struct slice type = api_header(call, "x-amz-invocation-type");
    struct slice log_type = api_header(call, "x-amz-log-type");
    input->is_event = slice_is(type, "Event") && !is_streaming;
    input->is_dry_run = slice_is(type, "DryRun");
    if (type.len != 0 && !input->is_event && !input->is_dry_run &&
        !slice_is(type, "RequestResponse")) {
        reply_constraint(call, type, "invocationType",
                         is_streaming
                             ? "Member must satisfy enum value set: [RequestResponse, DryRun]"
                             : "Member must satisfy enum value set: [Event, RequestResponse, "
                               "DryRun]");
        return false;
    }
    if (log_type.len != 0 && !slice_is(log_type, "Tail") && !slice_is(log_type, "None")) {
        reply_constraint(call, log_type, "logType",
                         "Member must satisfy enum value set: [None, Tail]");
        return false;
    }
    input->request.wants_log_tail = slice_is(log_type, "Tail") && !input->is_event;
    return true;
}

static void reply_too_large(struct api_call *call, const char *type, size_t max)
{
    struct slice text =
        arena_printf(api_arena(call),
                     "%zu byte payload is too large for the %s invocation type (limit %zu bytes)",
                     api_body(call).len, type, max);
    api_reply_error(call, 413, "RequestEntityTooLargeException", text);
}

static bool check_payload(struct api_call *call, struct slice payload)
{
    if (payload.len == 0 || json_validate(payload, NULL)) {
        return true;
    }
    struct slice complaint = json_complaint(api_arena(call), payload);
    struct slice text = arena_printf(api_arena(call),
                                     "Could not parse request body into json: Could not parse "
                                     "payload into json: %.*s",
                                     SLICE_ARG(complaint));
    api_reply_error(call, 400, "InvalidRequestContentException", text);
    return false;
}

/* Synchronous invocations only, as on AWS. */
static bool read_client_context(struct api_call *call, struct invoke_input *input)
{
    struct slice encoded = api_header(call, "x-amz-client-context");
    if (encoded.len == 0 || input->is_event) {
        return true;
    }
    AUTO_BUF json = BUF_INIT(CLIENT_CONTEXT_LEN_MAX);
    if (encoded.len > CLIENT_CONTEXT_LEN_MAX || !base64_decode(&json, encoded) ||
        !json_validate(buf_slice(&json), NULL) ||
        json_raw_kind(slice_trim(buf_slice(&json))) != JSON_OBJECT) {
        api_reply_error(call, 400, "InvalidRequestContentException",
                        SLICE("Client context must be a valid Base64-encoded JSON object."));
        return false;
    }
    input->request.client_context = arena_copy(api_arena(call), buf_slice(&json));
    return true;
}

/* Another service calling in process says who it is. */
static struct slice source_of(struct api_call *call)
{
    struct slice given = api_exchange(call) == NULL ? api_header(call, "x-sls-source") : SLICE_NULL;
    return given.len != 0 ? given : SLICE("lambda");
}

/* Invoke tells a missing function with its qualifier; unqualified that is $LATEST. */
static struct slice told_qualifier(const struct function_ref *ref)
{
    return ref->qualifier.len != 0 ? ref->qualifier : SLICE("$LATEST");
}

bool invoke_input_read(struct api_call *call, const struct lambda_api *api, bool is_streaming,
                       struct invoke_input *ret_input)
{
    struct invoke_input input = {.is_event = false};
    if (!function_ref_read(call, api, &input.ref) || !read_modes(call, is_streaming, &input)) {
        return false;
    }
    struct slice payload = api_body(call);
    size_t max = input.is_event ? EVENT_LEN_MAX : REQUEST_LEN_MAX;
    if (payload.len > max) {
        reply_too_large(call, input.is_event ? "Event" : "RequestResponse", max);
        return false;
    }
    if (!input.ref.exists) {
        reply_function_not_found(call, input.ref.name, told_qualifier(&input.ref));
        return false;
    }
    if (!check_payload(call, payload) || !read_client_context(call, &input)) {
        return false;
    }
    input.request.function = input.ref.name;
    input.request.qualifier = input.ref.qualifier;
    input.request.payload = payload;
    input.request.trace_id = api_header(call, "x-amzn-trace-id");
    input.request.request_id = slice_from(api_request_id(call));
    input.request.source = source_of(call);
    *ret_input = input;
    return true;
}

/* --- invoking --- */

static void reply_throttled(struct api_call *call, struct slice reason)
{
    AUTO_BUF body = BUF_INIT(THROTTLE_LEN_MAX);
    struct json_writer w = json_writer_init(&body);
    json_open(&w, '{');
    json_put_string(&w, "Reason", reason);
    json_put_text(&w, "Type", "User");
    json_put_text(&w, "message", "Rate Exceeded.");
    json_close(&w, '}');
    struct http_header headers[] = {
        {SLICE("Content-Type"), SLICE("application/json")},
        {SLICE("x-amzn-ErrorType"), SLICE("TooManyRequestsException")},
        {SLICE("Retry-After"), SLICE(RETRY_AFTER_SECONDS)},
    };
    api_reply_raw(call, 429, (struct http_headers){headers, COUNT_OF(headers)}, buf_slice(&body));
}

/* What cannot run here is what AWS calls a function in state Failed: 409, which no SDK retries. */
static void reply_unavailable(struct api_call *call, const struct lambda_api *api,
                              struct slice name, struct slice reason)
{
    struct function_state state;
    if (!lambda_function_find(api->lambda, name, &state) || state.problem.len == 0) {
        api_reply_error(call, 500, "ServiceException", reason);
        return;
    }
    struct slice text =
        arena_printf(api_arena(call),
                     "The operation cannot be performed at this time. The function is currently in "
                     "the following state: Failed (%.*s)",
                     SLICE_ARG(reason));
    api_reply_error(call, 409, "ResourceConflictException", text);
}

void reply_not_invoked(struct api_call *call, const struct lambda_api *api,
                       const struct function_ref *ref, const struct invoke_result *result)
{
    switch (result->outcome) {
    case INVOKE_NOT_FOUND:
        reply_function_not_found(call, ref->name, told_qualifier(ref));
        break;
    case INVOKE_THROTTLED:
        reply_throttled(call, result->message);
        break;
    case INVOKE_TOO_LARGE:
        reply_too_large(call, "RequestResponse", REQUEST_LEN_MAX);
        break;
    case INVOKE_UNAVAILABLE:
        reply_unavailable(call, api, ref->name, result->message);
        break;
    case INVOKE_OK:
    case INVOKE_FUNCTION_ERROR:
        api_reply_error(call, 500, "ServiceException", SLICE("This was an invocation."));
        break;
    }
}

/* A call that waits for its function. */
struct waiting {
    struct api_call *call;
    const struct lambda_api *api;
    struct invoke_input input;
};

struct slice log_result(struct arena *arena, struct slice tail)
{
    AUTO_BUF text = BUF_INIT(LOG_RESULT_LEN_MAX);
    base64_encode(&text, tail);
    return arena_copy(arena, buf_slice(&text));
}

static void on_invoked(void *ctx, const struct invoke_result *result)
{
    struct waiting *waiting = ctx;
    struct api_call *call = waiting->call;
    bool has_failed = result->outcome == INVOKE_FUNCTION_ERROR;
    if (result->outcome != INVOKE_OK && !has_failed) {
        reply_not_invoked(call, waiting->api, &waiting->input.ref, result);
        return;
    }
    struct http_header headers[4];
    size_t count = 0;
    headers[count++] = (struct http_header){SLICE("Content-Type"), result->content_type.len != 0
                                                                       ? result->content_type
                                                                       : SLICE("application/json")};
    headers[count++] =
        (struct http_header){SLICE("X-Amz-Executed-Version"), result->executed_version};
    if (has_failed) {
        headers[count++] = (struct http_header){SLICE("X-Amz-Function-Error"), SLICE("Unhandled")};
    }
    if (waiting->input.request.wants_log_tail) {
        headers[count++] = (struct http_header){SLICE("X-Amz-Log-Result"),
                                                log_result(api_arena(call), result->log_tail)};
    }
    api_reply_raw(call, 200, (struct http_headers){headers, count}, result->payload);
}

/* --- in the background --- */

/* An event that nobody waits for. */
struct background {
    struct context *context;
    char *function;
    size_t payload_len;
    char payload[];
};

static void on_background_done(void *ctx, const struct invoke_result *result)
{
    struct background *background = ctx;
    if (result->outcome != INVOKE_OK && result->outcome != INVOKE_FUNCTION_ERROR) {
        log_line(background->context->log, LOG_WARN,
                 "event was not delivered function=%s request_id=%.*s reason=\"%.*s\"",
                 background->function, SLICE_ARG(result->request_id), SLICE_ARG(result->message));
    }
    mem_free(background->function);
    mem_free(background);
}

/* The exchange ends with the 202, so the event needs memory of its own. */
static void invoke_in_background(const struct lambda_api *api, const struct invoke_request *request)
{
    struct background *background = mem_alloc(sizeof(*background) + request->payload.len);
    background->context = api->context;
    AUTO_BUF name = BUF_INIT(4096);
    buf_append(&name, request->function);
    background->function = mem_strdup(buf_cstr(&name));
    background->payload_len = request->payload.len;
    if (request->payload.len != 0) {
        memcpy(background->payload, request->payload.ptr, request->payload.len);
    }
    struct invoke_request copy = *request;
    copy.payload = slice_of(background->payload, background->payload_len);
    invoker_invoke(&api->invoker, &copy, on_background_done, background);
}

/* A call that waits until its event is kept. */
struct accepting {
    struct api_call *call;
    struct slice reply; /* JSON, or empty */
};

static void on_accepted(void *ctx, enum status status)
{
    struct accepting *accepting = ctx;
    struct api_call *call = accepting->call;
    if (status != STATUS_OK) {
        api_reply_error(call, 500, "ServiceException", SLICE("The event could not be kept."));
    } else if (accepting->reply.len > 0) {
        api_reply_json(call, 202, accepting->reply);
    } else {
        api_reply_empty(call, 202);
    }
}

/* Answers when the event is on disk. */
static void accept_event(struct api_call *call, const struct lambda_api *api,
                         const struct invoke_request *request, struct slice reply)
{
    struct accepting *accepting = arena_alloc(api_arena(call), sizeof(*accepting));
    *accepting = (struct accepting){call, reply};
    if (api->async.accept != NULL) {
        api->async.accept(api->async.ctx, request, on_accepted, accepting);
        return;
    }
    invoke_in_background(api, request);
    on_accepted(accepting, STATUS_OK);
}

/* --- operations --- */

void lambda_op_invoke(struct api_call *call, void *ctx)
{
    const struct lambda_api *api = ctx;
    struct invoke_input input;
    if (!invoke_input_read(call, api, false, &input)) {
        return;
    }
    if (input.is_dry_run) {
        api_reply_empty(call, 204);
        return;
    }
    if (input.is_event) {
        accept_event(call, api, &input.request, SLICE(""));
        return;
    }
    struct waiting *waiting = arena_alloc(api_arena(call), sizeof(*waiting));
    *waiting = (struct waiting){call, api, input};
    invoker_invoke(&api->invoker, &waiting->input.request, on_invoked, waiting);
}

/* The operation of 2014, kept by AWS: an event with a smaller limit. */
void lambda_op_invoke_async(struct api_call *call, void *ctx)
{
    const struct lambda_api *api = ctx;
    struct function_ref ref;
    if (!function_ref_read(call, api, &ref)) {
        return;
    }
    if (api_body(call).len > INVOKE_ASYNC_LEN_MAX) {
        reply_too_large(call, "Event", INVOKE_ASYNC_LEN_MAX);
        return;
    }
    if (!ref.exists) {
        reply_function_not_found(call, ref.name, told_qualifier(&ref));
        return;
    }
    if (!check_payload(call, api_body(call))) {
        return;
    }
    struct invoke_request request = {
        .function = ref.name,
        .qualifier = ref.qualifier,
        .payload = api_body(call),
        .trace_id = api_header(call, "x-amzn-trace-id"),
        .request_id = slice_from(api_request_id(call)),
        .source = source_of(call),
    };
    accept_event(call, api, &request, SLICE("{\"Status\":202}"));
}
