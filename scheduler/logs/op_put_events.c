/* PutLogEvents: what is accepted is synced before it is answered. */
#include "scheduler/logs/logs_private.h"

#define NEXT_TOKEN                                                                                 \
    "49590302600355554439462837266482263871268271023420768482" /* nobody looks at it any more */

/* Which events of a request count; the rest is told in the answer. */
struct acceptance {
    size_t first, end;  /* of the accepted ones */
    size_t old_end;     /* those before are beyond what the service takes, 0: none */
    size_t expired_end; /* or beyond the group's retention */
    size_t new_start;   /* those from here on are too far ahead */
};

static int64_t time_of(const struct field *events, size_t index)
{
    return record_get(events->items[index].record, MEMBER_TIMESTAMP)->number;
}

static struct slice message_of(const struct field *events, size_t index)
{
    return record_text(events->items[index].record, MEMBER_MESSAGE);
}

/* What refuses the whole request; true when it has replied. */
static bool is_refused(struct api_call *call, const struct field *events)
{
    size_t bytes = 0;
    for (size_t i = 0; i < events->count; i++) {
        bytes += message_of(events, i).len + LOG_EVENT_OVERHEAD;
        if (i > 0 && time_of(events, i) < time_of(events, i - 1)) {
            logs_refuse(call, "Log events in a single PutLogEvents request must be in "
                              "chronological order.");
            return true;
        }
    }
    if (bytes > LOG_PUT_BYTES_MAX) {
        logs_refuse(call, "Upload too large: %zu bytes exceeds limit of %d", bytes,
                    LOG_PUT_BYTES_MAX);
        return true;
    }
    if (time_of(events, events->count - 1) - time_of(events, 0) > LOG_PUT_SPAN_MAX_MS) {
        logs_refuse(call, "The batch of log events in a single PutLogEvents request cannot span "
                          "more than 24 hours.");
        return true;
    }
    return false;
}

static struct acceptance judge(const struct group *group, const struct field *events)
{
    int64_t now_ms = scheduler_now_ms(group->logs->scheduler);
    int64_t kept_from_ms = group_kept_from_ms(group);
    struct acceptance acceptance = {.new_start = events->count};
    for (size_t i = 0; i < events->count; i++) {
        int64_t at_ms = time_of(events, i);
        if (at_ms < now_ms - LOG_PUT_PAST_MAX_MS) {
            acceptance.old_end = i + 1;
        } else if (at_ms < kept_from_ms) {
            acceptance.expired_end = i + 1;
        }
        if (at_ms > now_ms + LOG_PUT_FUTURE_MAX_MS && acceptance.new_start == events->count) {
            acceptance.new_start = i;
        }
    }
    acceptance.first =
        acceptance.old_end > acceptance.expired_end ? acceptance.old_end : acceptance.expired_end;
    acceptance.end = acceptance.new_start;
    return acceptance;
}

struct put {
    struct api_call *call;
    struct acceptance acceptance;
    size_t count;
};

static void on_synced(void *ctx, enum status status)
{
    const struct put *put = ctx;
    const struct acceptance *acceptance = &put->acceptance;
    if (status != STATUS_OK) {
        logs_reply_written(put->call, status);
        return;
    }
    AUTO_BUF body = BUF_INIT(4096);
    struct json_writer w = json_writer_init(&body);
    json_open(&w, '{');
    json_put_text(&w, "nextSequenceToken", NEXT_TOKEN);
    if (acceptance->end - acceptance->first < put->count) {
        json_key_text(&w, "rejectedLogEventsInfo");
        json_open(&w, '{');
        if (acceptance->new_start < put->count) {
            json_put_i64(&w, "tooNewLogEventStartIndex", (int64_t)acceptance->new_start);
        }
        if (acceptance->old_end > 0) {
            json_put_i64(&w, "tooOldLogEventEndIndex", (int64_t)acceptance->old_end);
        }
        if (acceptance->expired_end > 0) {
            json_put_i64(&w, "expiredLogEventEndIndex", (int64_t)acceptance->expired_end);
        }
        json_close(&w, '}');
    }
    json_close(&w, '}');
    api_reply_json(put->call, 200, buf_slice(&body));
}

void op_put_log_events(struct api_call *call, void *ctx)
{
    const struct record *input;
    struct group *group;
    if (!logs_read(call, &input) || (group = logs_named_group(ctx, call, input)) == NULL) {
        return;
    }
    struct log_stream *stream =
        log_stream_find(group->events, record_text(input, MEMBER_LOG_STREAM_NAME));
    if (stream == NULL) {
        logs_reply_no_stream(call);
        return;
    }
    const struct field *events = record_get(input, MEMBER_LOG_EVENTS);
    if (is_refused(call, events)) {
        return;
    }
    struct put *put = arena_alloc(api_arena(call), sizeof *put);
    *put = (struct put){call, judge(group, events), events->count};
    for (size_t i = put->acceptance.first; i < put->acceptance.end; i++) {
        log_stream_append(stream, time_of(events, i), message_of(events, i));
    }
    if (log_group_flush(group->events) != STATUS_OK) {
        logs_reply_written(call, STATUS_UNAVAILABLE);
        return;
    }
    log_group_sync(group->events, on_synced, put);
}
