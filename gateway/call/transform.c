/* Non-proxy integrations of calls: what their templates make of a request, and of what the backend answers. */
#include "gateway/integration/transform.h"
#include "core/mem.h"
#include "gateway/call/call.h"
#include "gateway/integration/content.h"

/* False when the template failed: then the request is refused. */
static bool render(struct call *call, const struct event_input *in, const struct vtl_template *vtl,
                   struct slice *body, const struct invoke_result *result)
{
    struct fault fault;
    if (backend_render(&call->asking, in, vtl, body, &fault) == STATUS_OK) {
        return true;
    }
    call_refuse(call, REFUSAL_INTERNAL, slice_from(fault.text), result);
    return false;
}

/* --- the way back --- */

static void map_headers(const struct event_input *in, const struct transform_response *chosen,
                        const struct backend_answer *answer, struct response *response)
{
    static const struct slice method = SLICE_INIT("method.response.header."),
                              route = SLICE_INIT("route.response.header.");
    for (size_t i = 0; i < chosen->parameters.count; i++) {
        const struct name_value_pair *pair = &chosen->parameters.items[i];
        struct slice value = backend_value(in, answer, pair->value);
        struct slice name =
            slice_skip(pair->name, slice_starts_with(pair->name, method) ? method.len : route.len);
        if (value.ptr != NULL && http_header_is_valid(name, value)) {
            response_set(response, name, value);
        }
    }
}

static void override_headers(const struct vtl_overrides *overrides, struct response *response)
{
    for (size_t i = 0; i < overrides->response_header.count; i++) {
        const struct vtl_override *header = &overrides->response_header.items[i];
        if (header->count > 0 && http_header_is_valid(header->name, header->values[0])) {
            response_set(response, header->name, header->values[0]);
        }
    }
}

static const struct transform_template *choose_template(const struct call *call,
                                                        const struct transform_response *chosen,
                                                        const struct backend_answer *answer)
{
    const struct selection_source source = {SLICE(""), answer->status, answer->headers};
    return call->session != NULL
               ? transform_choose_template_of(chosen, http_arena(call->exchange), &source)
               : transform_choose_template(chosen, http_header_get(call->headers, "accept"));
}

/* A handshake's is the backend's own: a function that failed has none. */
static int status_of(const struct call *call, const struct transform_response *chosen,
                     const struct backend_answer *answer)
{
    const struct invoke_result *invocation = answer->invocation;
    return call->session == NULL                                                ? chosen->status
           : answer->status != 0                                                ? answer->status
           : invocation != NULL && invocation->outcome == INVOKE_FUNCTION_ERROR ? 502
                                                                                : 200;
}

static bool convert_answer(struct call *call, enum content_handling handling,
                           const struct backend_answer *answer, struct slice *body)
{
    const struct api_config *config = call->config;
    struct arena *arena = http_arena(call->exchange);
    if (call->session != NULL) {
        return content_of_message(arena, handling, body);
    }
    return content_of_response(
        arena, handling,
        content_is_binary(config, http_header_get(answer->headers, "content-type")),
        content_wants_binary(config, http_header_get(call->headers, "accept")), body);
}

static bool convert_request(struct call *call, struct slice *body)
{
    const struct api_config *config = call->config;
    struct arena *arena = http_arena(call->exchange);
    enum content_handling handling = call->route->backend.content_handling;
    if (call->session != NULL) {
        return content_of_message(arena, handling, body);
    }
    return content_of_request(
        arena, handling, content_is_binary(config, http_header_get(call->headers, "content-type")),
        body);
}

static void refuse_content(struct call *call, const struct invoke_result *result)
{
    call_refuse(call, REFUSAL_INTERNAL, SLICE("contentHandling: the body is no Base64"), result);
}

static void answer_with(struct call *call, const struct transform_response *chosen,
                        const struct backend_answer *answer)
{
    struct event_input in;
    call_event_input(call, SLICE(""), &in);
    struct slice body = answer->body;
    if (!convert_answer(call, chosen->content_handling, answer, &body)) {
        refuse_content(call, answer->invocation);
        return;
    }
    const struct transform_template *template = choose_template(call, chosen, answer);
    if (template != NULL && !render(call, &in, template->vtl, &body, answer->invocation)) {
        return;
    }
    struct response response;
    response_init(&response, in.arena, status_of(call, chosen, answer));
    response_add(&response, SLICE("Content-Type"),
                 template != NULL ? template->content_type : SLICE("application/json"));
    map_headers(&in, chosen, answer, &response);
    override_headers(&call->asking.overrides, &response);
    if (call->asking.overrides.response_status != 0) {
        response.status = (int)call->asking.overrides.response_status;
    }
    if (call->route->integration == INTEGRATION_FUNCTION && call->trace.reply.len > 0) {
        response_add(&response, SLICE("X-Amzn-Trace-Id"), call->trace.reply);
    }
    response.body = body;
    call_answer(call, &response, answer->invocation);
}

/* A mock has no answer: what chooses among its responses is its status. */
static const struct transform_response *choose(const struct call *call,
                                               const struct backend_answer *answer)
{
    const struct transform *transform = call->route->transform;
    bool is_mock = call->route->integration == INTEGRATION_MOCK && call->session == NULL;
    for (size_t i = 0; i < transform->response_count && is_mock; i++) {
        if (transform->responses[i].status == answer->status) {
            return &transform->responses[i];
        }
    }
    return transform_choose_response(
        transform, is_mock ? SLICE_NULL : backend_said(http_arena(call->exchange), answer));
}

static void come_back(struct call *call, const struct backend_answer *answer)
{
    static const struct transform_response plain; /* a handshake needs none */
    const struct transform_response *chosen = choose(call, answer);
    if (chosen == NULL && call->session != NULL && !call->route->has_response) {
        chosen = &plain;
    }
    if (chosen == NULL) {
        call_refuse(call, REFUSAL_INTERNAL,
                    SLICE("no integration response is for what the backend said"),
                    answer->invocation);
        return;
    }
    answer_with(call, chosen, answer);
}

static void on_answer(void *ctx, const struct backend_answer *answer)
{
    struct call *call = ctx;
    if (!call_resume(call)) {
        return;
    }
    if (call->route->integration != INTEGRATION_MOCK) {
        call->integration_status = answer->status;
    }
    if (answer->has_failed) {
        call_refuse(call, answer->refusal, answer->reason, answer->invocation);
        return;
    }
    come_back(call, answer);
}

/* --- the way there --- */

void call_transform(struct call *call, struct slice body)
{
    struct event_input in;
    struct vtl_template *vtl;
    bool is_function = call->route->integration == INTEGRATION_FUNCTION;
    call_event_input(call, body, &in);
    call->asking = (struct asking){
        .backends = &call->calls->backends,
        .route = call->route,
        .target = route_target(call->route, call->chosen.stage),
        .source = buf_slice(&call->label),
        .trace = call->trace.event,
        .payload = &call->event,
        .on_done = on_answer,
        .ctx = call,
    };
    bool is_known =
        call->session != NULL
            ? transform_choose_request_of(call->route->transform, in.arena, body, &vtl)
            : transform_choose_request(call->route->transform,
                                       http_header_get(call->headers, "content-type"), &vtl);
    if (!is_known) {
        call_refuse(call, REFUSAL_MEDIA_TYPE, SLICE("no request template is for this content type"),
                    NULL);
        return;
    }
    struct slice text = body;
    if (!convert_request(call, &text)) {
        refuse_content(call, NULL);
        return;
    }
    if (vtl != NULL && !render(call, &in, vtl, &text, NULL)) {
        return;
    }
    call->is_invoked = true;
    call->was_invoked = is_function;
    if (is_function) {
        (void)uv_timer_start(&call->timer, call_on_timeout, call->route->timeout_ms, 0);
    }
    backend_ask(&call->asking, &in, text);
}
