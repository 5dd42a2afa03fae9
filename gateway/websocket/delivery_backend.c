/* Deliveries to what is no proxy to a function: templates around functions, services, mocks and HTTP backends. */
#include "gateway/integration/content.h"
#include "gateway/websocket/delivery.h"
#include "gateway/websocket/limits.h"

static const struct slice no_base64 = SLICE_INIT("contentHandlingStrategy: the body is no Base64");

/* --- the way back --- */

static void fail_as(struct delivery *delivery, const struct backend_answer *answer)
{
    delivery_fail(delivery, refusal_text(API_WEBSOCKET, answer->refusal)->status,
                  answer->refusal == REFUSAL_TIMEOUT ? ERROR_FRAME_TIMEOUT : ERROR_FRAME_INTERNAL,
                  answer->reason, answer->invocation);
}

/* What `chosen` makes of the body. False: it could not, and the client has an error frame. */
static bool make_frame(struct delivery *delivery, const struct transform_response *chosen,
                       const struct backend_answer *answer, struct slice *ret_body)
{
    struct arena *arena = &delivery->arena;
    const struct selection_source source = {delivery->in.body, answer->status, answer->headers};
    const struct transform_template *template =
        transform_choose_template_of(chosen, arena, &source);
    struct fault fault;
    *ret_body = answer->body;
    if (!content_of_message(arena, chosen->content_handling, ret_body)) {
        delivery_fail(delivery, 500, ERROR_FRAME_INTERNAL, no_base64, answer->invocation);
        return false;
    }
    if (template != NULL && backend_render(&delivery->asking, &delivery->in, template->vtl,
                                           ret_body, &fault) != STATUS_OK) {
        delivery_fail(delivery, 500, ERROR_FRAME_INTERNAL, slice_from(fault.text),
                      answer->invocation);
        return false;
    }
    return true;
}

static void send_back(struct delivery *delivery, const struct transform_response *chosen,
                      const struct backend_answer *answer)
{
    struct delivery_outcome outcome = {
        .status = answer->status != 0 ? answer->status : 200,
        .frame = answer->body,
        .is_binary = chosen != NULL && chosen->content_handling == CONTENT_TO_BINARY,
        .invocation = answer->invocation,
    };
    if (chosen != NULL && !make_frame(delivery, chosen, answer, &outcome.frame)) {
        return;
    }
    if (outcome.frame.len > WS_MESSAGE_MAX) {
        delivery_fail(delivery, 502, ERROR_FRAME_INTERNAL, SLICE("the answer is over 128 KB"),
                      answer->invocation);
    } else if (!outcome.is_binary && !slice_is_utf8(outcome.frame)) {
        delivery_fail(delivery, 502, ERROR_FRAME_INTERNAL, SLICE("the answer is not text"),
                      answer->invocation);
    } else {
        delivery_finish(delivery, &outcome);
    }
}

/* Responses are for what goes back; a function that failed and is mapped by none is an error in any case. */
static void respond(struct delivery *delivery, const struct backend_answer *answer)
{
    const struct transform *transform = delivery->route->transform;
    struct slice said = backend_said(&delivery->arena, answer);
    const struct transform_response *chosen =
        transform != NULL ? transform_choose_response(transform, said) : NULL;
    bool has_failed = answer->status == 0 && said.ptr != NULL;
    bool goes_back = delivery->route->has_response && !delivery->is_disconnect;
    if (chosen == NULL && has_failed) {
        delivery_fail(delivery, 502, ERROR_FRAME_INTERNAL, SLICE("function error"),
                      answer->invocation);
    } else if (!goes_back) {
        const struct delivery_outcome outcome = {
            .status = answer->status != 0 ? answer->status : 200,
            .reason = backend_complaint(&delivery->arena, answer->status, answer->body),
            .invocation = answer->invocation};
        delivery_finish(delivery, &outcome);
    } else if (chosen == NULL && transform != NULL) {
        delivery_fail(delivery, 500, ERROR_FRAME_INTERNAL,
                      SLICE("no integration response is for what the backend said"),
                      answer->invocation);
    } else {
        send_back(delivery, chosen, answer);
    }
}

static void on_answer(void *ctx, const struct backend_answer *answer)
{
    struct delivery *delivery = ctx;
    if (!delivery_end(delivery)) {
        return;
    }
    delivery->integration_status = answer->status != 0 ? answer->status : 200;
    if (answer->has_failed) {
        delivery->integration_status = 0;
        fail_as(delivery, answer);
    } else {
        respond(delivery, answer);
    }
    delivery_release(delivery);
}

/* --- the way there --- */

/* False: there is nothing to be asked, and the client knows. */
static bool make_request(struct delivery *delivery, struct slice *text)
{
    const struct transform *transform = delivery->route->transform;
    struct vtl_template *vtl;
    struct fault fault;
    if (!content_of_message(&delivery->arena, delivery->route->backend.content_handling, text)) {
        delivery_fail(delivery, 500, ERROR_FRAME_INTERNAL, no_base64, NULL);
        return false;
    }
    if (transform == NULL) {
        return true;
    }
    if (!transform_choose_request_of(transform, &delivery->arena, delivery->in.body, &vtl)) {
        delivery_fail(delivery, 415, ERROR_FRAME_MEDIA_TYPE,
                      SLICE("no request template is for this message"), NULL);
        return false;
    }
    if (vtl != NULL &&
        backend_render(&delivery->asking, &delivery->in, vtl, text, &fault) != STATUS_OK) {
        delivery_fail(delivery, 500, ERROR_FRAME_INTERNAL, slice_from(fault.text), NULL);
        return false;
    }
    return true;
}

void delivery_ask(struct delivery *delivery, struct slice message)
{
    const struct route *route = delivery->route;
    struct arena *arena = &delivery->arena;
    delivery->in.body = arena_copy(arena, message);
    delivery->asking = (struct asking){
        .backends = delivery->all->options.backends,
        .route = route,
        .target = delivery->target,
        .source = buf_slice(&delivery->label),
        .payload = &delivery->event,
        .on_done = on_answer,
        .ctx = delivery,
    };
    struct slice text = delivery->in.body;
    if (!make_request(delivery, &text)) {
        delivery_release(delivery);
    } else if (delivery_begin(delivery, message.len + text.len)) {
        backend_ask(&delivery->asking, &delivery->in, text);
    }
}
