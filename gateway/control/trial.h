/* One request to an API that nobody else sees: TestInvokeMethod, TestInvokeAuthorizer.
 *
 *     resources of a method -> a gateway of its own, on a port of its own -> one request -> what came of it
 *
 * Everything in it is as in the gateway that serves, so that a test and a real request cannot differ.
 *
 * Lifecycle  trial_start(); on_done runs once, later, and the trial is gone then.
 * Thread     Loop thread only. */
#ifndef SLS_GATEWAY_CONTROL_TRIAL_H
#define SLS_GATEWAY_CONTROL_TRIAL_H

#include "core/http/client.h"
#include "gateway/gateway.h"

struct trial_result {   /* valid during on_done */
    struct fault fault; /* OK: there is an answer */
    int http_status;
    struct http_headers headers;
    struct slice body;
    struct slice reason; /* why the gateway itself answered; else empty */
    struct slice request_id;
    uint64_t duration_us;
    bool has_invoked; /* a function: */
    enum invoke_outcome outcome;
    struct slice payload; /* its answer */
};

typedef void trial_done_fn(void *ctx, const struct trial_result *result);

struct trial_request {
    const struct gateway_options *options; /* of the gateway that serves */
    const struct resource *resources;      /* one API, with one stage */
    size_t resource_count;
    struct slice logical_id; /* the API's */
    struct slice method;
    struct slice target; /* "/stage/path?query", encoded */
    struct http_headers headers;
    struct slice body;
};

/* Everything is copied. INVALID: the resources are no API that could be served; on_done does not run then. */
MUST_CHECK enum status trial_start(struct context *context, struct http_client *client,
                                   const struct trial_request *request, trial_done_fn *on_done,
                                   void *ctx, struct fault *reterr);

#endif
