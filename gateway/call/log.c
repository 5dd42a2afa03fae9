/* The line of a stage's access log for each answer. */
#include "gateway/call/call.h"

void call_log_access(struct call *call, int status, uint64_t response_len, struct slice reason,
                     const struct invoke_result *result)
{
    struct calls *calls = call->calls;
    const struct stage *stage = call->chosen.stage;
    if (stage == NULL || stage->access_log == NULL) {
        return;
    }
    uint64_t now = uv_hrtime();
    bool has_failed = call->integration_started_ns != 0 && call->error_message.ptr != NULL;
    struct access_facts facts = {
        .status = status,
        .response_len = response_len,
        .latency_us = (now - call->started_ns) / 1000,
        .has_integration = call->integration_started_ns != 0,
        .integration_us = (now - call->integration_started_ns) / 1000,
        .integration_status = has_failed || call->integration_started_ns == 0 ? 0
                              : call->integration_status != 0 ? call->integration_status
                                                              : 200,
        .integration_id = result != NULL ? result->request_id : SLICE_NULL,
        .integration_error = has_failed ? reason : SLICE_NULL,
        .error_message = call->error_message,
        .error_type = call->error_type,
        .validation = call->error_validation,
    };
    struct event_input in;
    AUTO_BUF line = BUF_INIT(ACCESS_LINE_MAX);
    call_event_input(call, SLICE(""), &in);
    access_log_write(stage->access_log, &in, &facts, &line);
    access_streams_write(&calls->logs, stage->access_log, buf_slice(&line));
}
