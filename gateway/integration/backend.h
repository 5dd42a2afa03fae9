/* Backends behind templates: a function, an HTTP backend, an AWS service or nothing at all is asked with what a template made of
 * a request, and what it answers goes through another template to the client.
 *
 *     backend_render() -> backend_ask() -> on_done -> backend_render() with the template of a response
 *
 * A service is asked as AWS's gateway does it: an HTTP request to its endpoint, which is the edge; action/X is the POST that
 * the service's protocol has for X, path/x is that path. So what the service answers is what the client's SDK would see.
 *
 * Ownership  An asking is its owner's and lives until on_done, with its payload; what a function is asked stands in that,
 *            everything else is copied. An answer is valid during on_done.
 * Thread     Loop thread only. on_done runs exactly once; for a mock inside of backend_ask().
 * Source     API Gateway Developer Guide, "Set up data transformations in API Gateway", "AWS service integrations". */
#ifndef SLS_GATEWAY_INTEGRATION_BACKEND_H
#define SLS_GATEWAY_INTEGRATION_BACKEND_H

#include "core/http/client.h"
#include "gateway/answer/refusal.h"
#include "gateway/event/event.h"
#include "gateway/integration/transform.h"

/* Who can be asked: one of a gateway. */
struct backends {
    struct clock *clock;
    struct invoker invoker;
    struct async_invoker async;
    struct http_client *client;
    char *region;
    char *edge_url; /* of AWS services; NULL: there are none */
};

struct backend_answer {
    bool has_failed;      /* there is none: */
    enum refusal refusal; /* what becomes of that, */
    struct slice reason;  /* and why */
    int status;           /* HTTP backends, services, mocks; a function's is 200 */
    struct http_headers headers;
    struct slice body;
    const struct invoke_result *invocation; /* a function's; NULL: none */
};

typedef void asking_done_fn(void *ctx, const struct backend_answer *answer);

struct asking {
    const struct backends *backends;
    const struct route *route;
    const struct target *target; /* of a function */
    struct slice source;         /* for the log: "GET /hello" */
    struct slice trace;          /* empty: none */
    struct buf *payload;
    asking_done_fn *on_done;
    void *ctx;
    struct vtl_overrides overrides; /* of the templates so far; in the arena of the request */
};

/* `body` becomes what the template makes of it. INVALID...: it failed. */
MUST_CHECK enum status backend_render(struct asking *asking, const struct event_input *in,
                                      const struct vtl_template *vtl, struct slice *body,
                                      struct fault *reterr);
/* on_done runs exactly once, for a mock before this returns. */
void backend_ask(struct asking *asking, const struct event_input *in, struct slice body);

/* What patterns of responses look at: a status, a function's errorMessage; SLICE_NULL: it went well. */
struct slice backend_said(struct arena *arena, const struct backend_answer *answer);
/* Why a status is none that was hoped for, with the beginning of what the backend said; empty below 400. */
struct slice backend_complaint(struct arena *arena, int status, struct slice body);
/* integration.response.header.x, .multivalueheader.x, .body[.path], and whatever rest_value() knows. */
struct slice backend_value(const struct event_input *in, const struct backend_answer *answer,
                           struct slice expression);

#endif
