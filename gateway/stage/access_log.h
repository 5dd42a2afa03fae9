/* Access logs of a stage: a line for each answer, in the words of the stage's format.
 *
 *     "$context.requestId $context.status" -> parts -> a line -> an event of the log group
 *
 * A variable that a request has no value for is "-".
 *
 * Ownership  In the arena of the stage's API; facts are borrowed for the call.
 * Source     API Gateway Developer Guide, "Set up CloudWatch logging for REST APIs", "Logging variables for HTTP APIs". */
#ifndef SLS_GATEWAY_STAGE_ACCESS_LOG_H
#define SLS_GATEWAY_STAGE_ACCESS_LOG_H

#include "core/log_sink.h"
#include "gateway/event/event.h"

#define ACCESS_LINE_MAX (256u * 1024)

struct access_stream;

/* Where lines go: streams that are open as long as the gateway runs. Zeroed but for the sink, whose members may be NULL. */
struct access_streams {
    struct log_sink sink;
    struct access_stream *first;
    bool is_closed;
};

struct access_log {
    struct slice group, stream;
    struct slice format;
};

/* What is known when an answer goes out. */
struct access_facts {
    int status;
    uint64_t response_len;
    uint64_t latency_us;
    bool has_integration;
    uint64_t integration_us;
    int integration_status;         /* what the integration answered; 0: nothing */
    struct slice integration_id;    /* of the function's run */
    struct slice integration_error; /* empty: none */
    struct slice error_message;     /* of the gateway's own answer */
    struct slice error_type;        /* "ACCESS_DENIED" */
    struct slice validation;        /* what a request validator found */
};

/* "arn:aws:logs:us-east-1:000000000000:log-group:name:*" -> "name"; SLICE_NULL for other destinations. */
struct slice access_log_group(struct slice destination);
void access_log_write(const struct access_log *log, const struct event_input *in,
                      const struct access_facts *facts, struct buf *out);
/* Without a sink, and once they are closed, lines go nowhere. */
void access_streams_write(struct access_streams *streams, const struct access_log *log,
                          struct slice line);
void access_streams_close(struct access_streams *streams);

#endif
