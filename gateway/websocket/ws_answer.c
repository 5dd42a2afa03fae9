#include "gateway/websocket/ws_answer.h"

#include "core/encode.h"
#include "core/json_scan.h"
#include "gateway/answer/envelope.h"
#include "gateway/limits.h"

static void find_protocol(struct header_list list, struct slice *ret_protocol)
{
    for (size_t i = 0; i < list.count; i++) {
        if (slice_ieq(list.items[i].name, SLICE("Sec-WebSocket-Protocol"))) {
            *ret_protocol = list.items[i].value;
        }
    }
}

static enum status decode(struct arena *arena, struct slice *body, struct fault *reterr)
{
    AUTO_BUF bytes = BUF_INIT(RESPONSE_LEN_MAX);
    if (!base64_decode(&bytes, *body) || buf_status(&bytes) != STATUS_OK) {
        return fault_set(reterr, STATUS_INVALID, "body is not base64");
    }
    *body = arena_copy(arena, buf_slice(&bytes));
    return STATUS_OK;
}

enum status ws_answer_read(struct arena *arena, struct slice payload, struct ws_answer *ret_answer,
                           struct fault *reterr)
{
    struct envelope envelope;
    struct ws_answer answer = {0};
    struct header_list single;
    struct header_list multi;
    if (!envelope_read(arena, payload, &envelope)) {
        return fault_set(reterr, STATUS_INVALID, "the answer is not an object with a statusCode");
    }
    enum status status = envelope_status(arena, envelope.status, &answer.status, reterr);
    if (status == STATUS_OK) {
        status = envelope_multi_headers(arena, envelope.multi_headers, &multi, reterr);
    }
    if (status == STATUS_OK) {
        status = envelope_headers(arena, envelope.headers, &single, reterr);
    }
    if (status == STATUS_OK) {
        status = envelope_body(arena, envelope.body, &answer.body, reterr);
    }
    if (status == STATUS_OK && slice_is(envelope.base64, "true")) {
        status = decode(arena, &answer.body, reterr);
    }
    if (status != STATUS_OK) {
        return status;
    }
    if (!slice_is_utf8(answer.body)) {
        return fault_set(reterr, STATUS_INVALID, "body is not text: clients get text messages");
    }
    find_protocol(multi, &answer.protocol);
    find_protocol(single, &answer.protocol);
    *ret_answer = answer;
    return STATUS_OK;
}
