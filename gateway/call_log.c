/* The line of a stage's access log for each answer. */
#include "gateway/access_log.h"
#include "gateway/call.h"

#include "core/mem.h"

/* Open as long as the gateway runs. */
struct access_stream {
    struct access_stream *next;
    struct slice group, name;
    struct log_stream *stream;
};

static struct log_stream *stream_of(struct calls *calls, const struct access_log *log)
{
    struct access_stream **link = &calls->access_streams;
    while (*link != NULL &&
           (!slice_eq((*link)->group, log->group) || !slice_eq((*link)->name, log->stream))) {
        link = &(*link)->next;
    }
    if (*link != NULL) {
        return (*link)->stream;
    }
    struct access_stream *opened = mem_zalloc(sizeof *opened + log->group.len + log->stream.len);
    char *text = (char *)(opened + 1);
    memcpy(text, log->group.ptr, log->group.len);
    memcpy(text + log->group.len, log->stream.ptr, log->stream.len);
    opened->group = slice_of(text, log->group.len);
    opened->name = slice_of(text + log->group.len, log->stream.len);
    opened->stream = calls->log_sink.open(calls->log_sink.ctx, opened->group, opened->name);
    *link = opened;
    return opened->stream;
}

void call_log_close(struct calls *calls)
{
    while (calls->access_streams != NULL) {
        struct access_stream *stream = calls->access_streams;
        calls->access_streams = stream->next;
        calls->log_sink.close(stream->stream);
        mem_free(stream);
    }
}

void call_log_access(struct call *call, int status, uint64_t response_len, struct slice reason,
                     const struct invoke_result *result)
{
    struct calls *calls = call->calls;
    const struct stage *stage = call->chosen.stage;
    if (stage == NULL || stage->access_log == NULL || calls->log_sink.open == NULL ||
        calls->is_closed || call->session != NULL) {
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
    calls->log_sink.write(stream_of(calls, stage->access_log), buf_slice(&line));
}
