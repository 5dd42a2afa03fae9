/* The AWS endpoint of a running `up`, as the other commands reach it. */
#ifndef SLS_CLI_EDGE_CLIENT_H
#define SLS_CLI_EDGE_CLIENT_H

#include "cli/args.h"
#include "core/arena.h"
#include "core/http/client.h"

/* --edge and --data, for a table of options. */
#define EDGE_CLIENT_OPTIONS                                                                        \
    {"edge", 0, OPTION_TEXT, "URL", "AWS endpoint of the running up; default: found by --data"},   \
    {                                                                                              \
        "data", 0, OPTION_TEXT, "DIR",                                                             \
            "data directory of the running up; default: .sls-local here or above"                  \
    }

/* "http://127.0.0.1:4566". NOT_FOUND says what to do. */
MUST_CHECK enum status edge_client_find(struct arena *arena, const struct args *args,
                                        struct slice *ret_edge, struct fault *reterr);
/* One request, waited for. The response lives in the arena. Errors are those of the client. */
MUST_CHECK enum status edge_client_send(struct arena *arena,
                                        const struct http_client_request *request,
                                        struct http_client_response *ret_response,
                                        struct fault *reterr);

/* One request to a page of the edge's own, found as args say: `request->url` is its path ("/_sls/clock"). The body of
 * its answer lives in the arena; a refusal is INVALID, with the page's words. */
MUST_CHECK enum status edge_client_ask(struct arena *arena, const struct args *args,
                                       const struct http_client_request *request,
                                       struct slice *ret_body, struct fault *reterr);

#endif
