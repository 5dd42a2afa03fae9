/* The Runtime API of one sandbox: a listener of its own on 127.0.0.1, and the state machine of its
 * runtime.
 *
 *     Started --> Ready --> Running --> InvocationResponse      --> RuntimeResponseSentState
 *        |          ^               \-> InvocationErrorResponse -/           |
 *        v          +------------------------- /next ------------------------+
 *     InitError
 *
 * What the table in runtime_api.c does not have is refused with 403. A /next that arrives while an
 * answer is still being read is held, because real clients do that. A client may pipeline its /next
 * behind its answer: the 202 goes out first.
 *
 * Lifecycle  create, listen, dispatch once per on_next, destroy; `on_closed` when the memory is
 *            gone.
 * Ownership  Slices of an event must live until on_answer or destroy. Those of an answer live
 *            during the call.
 * Thread     Loop thread only. on_next may run inside a call of dispatch's owner, never inside
 *            dispatch.
 * Source     Lambda Developer Guide, "Using the Lambda runtime API". */
#ifndef SLS_RUNTIME_RUNTIME_API_H
#define SLS_RUNTIME_RUNTIME_API_H

#include "core/context.h"
#include "core/slice.h"

struct runtime_api;

struct runtime_event {
    struct slice request_id;
    struct slice arn;      /* as invoked */
    struct slice trace_id; /* may be empty, like the next */
    struct slice client_context;
    struct slice payload;
    int64_t deadline_epoch_ms;
    bool wants_stream; /* the caller takes the answer as it comes */
};

enum answer_kind {
    ANSWER_RESPONSE,  /* body: what the function returned; empty when it was streamed */
    ANSWER_ERROR,     /* body: what the runtime posted to /error */
    ANSWER_TOO_LARGE, /* the runtime was told 413 and goes on */
    ANSWER_TRUNCATED, /* a stream that was cut off */
    ANSWER_BAD_MODE,  /* an unknown response mode */
};

struct runtime_answer {
    enum answer_kind kind;
    bool is_streamed; /* on_stream has run, or would have if there had been a byte */
    struct slice body;
    struct slice content_type;
    struct slice error_type; /* header or trailer of the runtime, unchecked */
    struct slice error_body; /* of a stream that failed half way: JSON */
};

struct runtime_api_events {
    /* The runtime waits for an event: after its init, and after each invocation. */
    void (*on_next)(void *ctx);
    void (*on_init_error)(void *ctx, struct slice body, struct slice error_type);
    /* A piece of a streamed answer; false pauses until runtime_api_resume(). */
    bool (*on_stream)(void *ctx, struct slice content_type, struct slice bytes);
    /* Exactly once per dispatched event whose answer arrives at all. */
    void (*on_answer)(void *ctx, const struct runtime_answer *answer);
    void *ctx;
};

struct runtime_api *runtime_api_create(struct context *context,
                                       const struct runtime_api_events *events);
MUST_CHECK enum status runtime_api_listen(struct runtime_api *api, uint16_t *ret_port,
                                          struct fault *reterr);
/* Requires that on_next has run since the last dispatch (asserted). */
void runtime_api_dispatch(struct runtime_api *api, const struct runtime_event *event);
void runtime_api_resume(struct runtime_api *api);
/* Tells a spare process (which asks GET /sls/spare/next) what function it is from now on. Copied.
 */
void runtime_api_adopt(struct runtime_api *api, struct slice json);
/* No callback but `on_closed` runs after this. */
void runtime_api_destroy(struct runtime_api *api, void (*on_closed)(void *ctx), void *ctx);

#endif
