/* The Lambda service on an edge, over a fake of the runtime: three functions, and an invoker that
 * completes with what the test puts into `result`, on the next turn of the loop. */
#ifndef SLS_TESTS_UNIT_LAMBDA_API_SUPPORT_H
#define SLS_TESTS_UNIT_LAMBDA_API_SUPPORT_H

#include "core/api/api.h"
#include "core/mem.h"
#include "runtime/lambda_api.h"
#include "tests/support/talk.h"

/* "Hello" (logical id HelloFunction, alias "live", 2 reserved), "other", and "zbroken", which
 * cannot run here. */
#define FUNCTION_COUNT 3

struct lambda { /* the fake's */
    struct function_state states[FUNCTION_COUNT];
    size_t count;
};

struct fixture {
    uv_loop_t loop;
    struct clock clock;
    struct log log;
    struct context context;
    struct lambda lambda;
    struct lambda_api api;
    struct edge *edge;
    uint16_t port;
    bool is_closed;
    struct buf received;
    int log_pipe[2];
    /* The fake invoker. */
    struct invoke_result result; /* what every invocation ends with */
    size_t invocations;
    struct buf seen; /* "name|qualifier|payload|trace|context|source|tail" of the last */
    struct buf request_id;
    const char *chunks[4]; /* of a stream, before the result; NULL ends */
    bool holds;            /* complete only when told to */
    const struct invoke_request *pending;
    invoke_done_fn *on_done;
    void *done_ctx;
    bool has_resumed;
    uv_idle_t turn;
};

void fixture_init(struct fixture *fixture);
void fixture_finish(struct fixture *fixture);
/* "POST /path\nheader: value\n" and a body; returns the whole response, or only its body. */
const char *ask(struct fixture *fixture, const char *head, struct slice body);
const char *body_of(const char *response);
bool has(const char *response, const char *text);
/* Completes the invocation that is held. */
void complete(struct fixture *fixture);

#endif
