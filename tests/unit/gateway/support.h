/* A gateway with a fake invoker behind a real loopback listener, and a client that speaks bytes.
 *
 * Lifecycle  fixture_open, fixture_configure, any number of fixture_send, fixture_close: which
 *            checks that the loop has nothing left. */
#ifndef SLS_TESTS_GATEWAY_SUPPORT_H
#define SLS_TESTS_GATEWAY_SUPPORT_H

#include "core/buf.h"
#include "core/mem.h"
#include "gateway/gateway.h"

#include <criterion/criterion.h>

struct fixture {
    uv_loop_t loop;
    struct clock clock;
    struct log log;
    struct context context;
    struct gateway *gateway;
    uint16_t port;
    bool is_closed;

    /* What the fake function answers. */
    enum invoke_outcome outcome;
    enum invoke_failure failure;
    const char *payload;
    size_t payload_len; /* 0: strlen */
    const char *message;
    uint32_t delay_ms;
    const struct slice *chunks; /* of a streamed answer; ends with a NULL ptr */
    const char *stream_error;

    /* The same of the function "auth". */
    enum invoke_outcome auth_outcome;
    const char *auth_payload;
    uint32_t auth_delay_ms;
    char auth_event[8192];
    size_t auth_invocations;

    /* What it was asked, and what was reported. */
    struct buf event;
    char function[64];
    char source[256];
    char trace[256];
    size_t invocations, running;
    size_t pauses; /* of streams */
    size_t reports, warnings;
    int report_status;
    uint64_t report_us;
    bool report_has_invocation;
    char report_reason[256], report_route[128], report_path[256], report_api[64];
};

/* What its gateway is made with. */
void fixture_options(struct fixture *f, bool throttles, struct gateway_options *ret_options);
void fixture_open(struct fixture *f);
void fixture_open_throttled(struct fixture *f);              /* with the limit of the account */
void fixture_open_strict(struct fixture *f, bool is_strict); /* as with --strict-iam */
void fixture_configure(struct fixture *f, const struct api_spec *spec);
/* Sends the bytes and returns all that came until the server closed; the request should say so. The
 * text lives until the next call. */
const char *fixture_send(struct fixture *f, const char *request);
struct slice fixture_send_bytes(struct fixture *f, struct slice request);
/* Sends the request, reads nothing, and resets the connection when the function or the authorizer was asked, when its
 * stream was told to wait, or when the request was reported. */
enum leave { LEAVE_INVOKED, LEAVE_AUTH, LEAVE_PAUSED, LEAVE_REPORTED };
void fixture_send_and_leave(struct fixture *f, const char *request, enum leave when);
/* "GET /path HTTP/1.1", Host and Connection: close, and the extra lines (each with CRLF). */
const char *fixture_get(struct fixture *f, const char *method, const char *target,
                        const char *headers, const char *body);
/* Runs the loop until every invocation has ended. */
void fixture_settle(struct fixture *f);
const char *fixture_event(struct fixture *f);
void fixture_close(struct fixture *f);

int response_status(const char *response);
const char *response_body(const char *response);
/* The value of the `index`th header of that exact spelling; NULL when there is none. The text lives
 * until the next call. */
const char *response_header(const char *response, const char *name, size_t index);

/* Spec literals. */
#define LAMBDA_ROUTE(verb, template)                                                               \
    {                                                                                              \
        .method = SLICE_INIT(verb), .path = SLICE_INIT(template),                                  \
        .integration.function = SLICE_INIT("fn")                                                   \
    }
#define LAMBDA_ROUTE_V1(verb, template)                                                            \
    {                                                                                              \
        .method = SLICE_INIT(verb), .path = SLICE_INIT(template),                                  \
        .integration.function = SLICE_INIT("fn"), .integration.is_payload_v1 = true                \
    }

#endif
