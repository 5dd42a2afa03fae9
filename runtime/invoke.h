/* The one contract through which anything causes an invocation.
 *
 * The pool of a function implements it, an asynchronous queue may wrap it, a remote pool could.
 * Gateway and scheduler receive a `struct invoker`, tests pass a fake; callers never see a sandbox.
 *
 * Ownership   Slices of the request are copied or used up inside invoke(), except `payload`, which
 *             must live until on_done: it travels to the sandbox uncopied. Slices of the result are
 *             valid during on_done.
 * Completion  on_done runs exactly once per invoke(), never inside it. Cancelling (the caller's
 *             client left) is not offered: Lambda runs an invocation to its end whoever waits.
 * Thread      Loop thread only.
 * Source      Lambda API reference, "Invoke". */
#ifndef SLS_RUNTIME_INVOKE_H
#define SLS_RUNTIME_INVOKE_H

#include "core/id.h"
#include "core/slice.h"

enum invoke_outcome {
    INVOKE_OK,             /* the function answered */
    INVOKE_FUNCTION_ERROR, /* it reported, crashed, timed out...: payload holds AWS's JSON for it */
    INVOKE_NOT_FOUND,      /* no such function or qualifier */
    INVOKE_THROTTLED,      /* reserved concurrency used up; `message` is the reason code */
    INVOKE_TOO_LARGE,      /* the request payload */
    INVOKE_UNAVAILABLE,    /* not here (no such runtime installed, shutting down): see `message` */
};

/* Why an INVOKE_FUNCTION_ERROR happened, for those who must tell (gateway status, log line). */
enum invoke_failure {
    FAILURE_NONE,
    FAILURE_HANDLED,  /* posted to /error by the runtime */
    FAILURE_TIMEOUT,  /* killed at the deadline */
    FAILURE_EXIT,     /* process ended, by itself or by a signal */
    FAILURE_MEMORY,   /* killed for memory */
    FAILURE_INIT,     /* init failed, or no bootstrap */
    FAILURE_TOO_LARGE /* response over the limit */
};

/* A streamed response, for callers that want the pieces as they come. Runs between invoke() and
 * on_done; with a stream, the payload given to on_done is empty unless the outcome is an error
 * before the first byte. */
struct invoke_stream {
    /* Called once before the first bytes; content_type as the runtime sent it. */
    void (*on_start)(void *ctx, struct slice content_type);
    /* False asks the sandbox to wait until resume is called (back-pressure). */
    bool (*on_data)(void *ctx, struct slice bytes);
    /* Given to the caller at the start; call it when it can take more. */
    void (*resume)(void *resume_ctx);
    void *resume_ctx;
    void *ctx;
};

struct invoke_request {
    struct slice function;       /* name (not logical id), without qualifier */
    struct slice qualifier;      /* empty: unqualified, which is $LATEST */
    struct slice payload;        /* empty counts as {} */
    struct slice trace_id;       /* X-Amzn-Trace-Id of the caller, or empty */
    struct slice client_context; /* decoded JSON or empty */
    struct slice request_id; /* empty: a new one; the asynchronous queue keeps it over attempts */
    struct slice source;     /* one word or path for the log line: "GET /hello", "lambda", "sqs" */
    bool wants_log_tail;
    struct invoke_stream *stream; /* NULL: buffered; borrowed until on_done */
};

struct invoke_result {
    enum invoke_outcome outcome;
    enum invoke_failure failure;
    struct slice payload;
    struct slice content_type; /* of the payload, as the runtime sent it; may be empty */
    struct slice request_id;
    struct slice executed_version; /* "$LATEST" or a number */
    struct slice message;
    struct slice log_tail;          /* last 4,096 bytes, only when asked for */
    struct slice stream_error_type; /* a stream that failed after its first byte, else empty */
    struct slice stream_error_body;
    uint64_t duration_us;
    uint64_t init_us; /* 0 when warm */
    uint64_t billed_ms;
    uint32_t max_memory_mb;
};

typedef void invoke_done_fn(void *ctx, const struct invoke_result *result);
typedef void invoke_fn(void *ctx, const struct invoke_request *request, invoke_done_fn *on_done,
                       void *done_ctx);

struct invoker {
    invoke_fn *invoke;
    void *ctx;
};

/* An asynchronous invocation: accepted means durable. It is tried, tried again and told to destinations by whoever
 * accepted it. `on_accepted` runs once, later: OK, or UNAVAILABLE when it could not be kept. The request is copied;
 * its stream, log tail and client context have no meaning here. */
typedef void async_accepted_fn(void *ctx, enum status status);
struct async_invoker {
    void (*accept)(void *ctx, const struct invoke_request *request, async_accepted_fn *on_accepted,
                   void *done_ctx); /* NULL: there is none */
    void *ctx;
};

/* What is known of a function before it is invoked. Valid until the next deployment. */
struct function_facts {
    struct slice name;
    struct slice arn; /* unqualified */
    uint32_t timeout_ms;
    int32_t reserved_concurrency; /* -1: unreserved */
    uint32_t concurrency;         /* invocations that may run at once */
    uint32_t available;           /* invocations that could start now, neither waiting nor throttled */
    bool has_no_such_version;     /* as the qualifier names that the function was asked for with */
};

/* Somebody who waits for room: for an invocation, of whatever function, to end. */
struct function_watch {
    /* Once for each watch(), while that invocation completes: it may ask for nothing there, only note it. */
    void (*on_room)(struct function_watch *watch);
    struct function_watch *next;                   /* the directory's */
};

struct function_directory {
    /* By name, logical id or ARN, without or with a qualifier. */
    bool (*find)(void *ctx, struct slice function, struct function_facts *ret_facts);
    void *ctx;
    /* NULL where nothing is ever waited for. One that does not wait any more is left alone by unwatch(). */
    void (*watch)(void *ctx, struct function_watch *watch);
    void (*unwatch)(void *ctx, struct function_watch *watch);
};

static inline void invoker_invoke(const struct invoker *invoker,
                                  const struct invoke_request *request, invoke_done_fn *on_done,
                                  void *done_ctx)
{
    invoker->invoke(invoker->ctx, request, on_done, done_ctx);
}

#endif
