/* APIs by way of the edge, the port of the AWS services: which API a request means, and its path there.
 *
 *     Host {apiId}.execute-api.us-east-1.localhost          any path; the region may be left out
 *     Host {urlId}.lambda-url.us-east-1.localhost           of a function URL, the same
 *     /_aws/execute-api/{apiId}/{stage}/...                 as LocalStack has it
 *     /_aws/lambda-url/{urlId}/...                          of a function URL: names below localhost are not known to
 *                                                           every resolver
 *     /restapis/{apiId}/{stage}/_user_request_/...          the same, older
 *     [/{stage}]/@connections/{connectionId}                no API: connections are found by their ids
 *
 * Source  LocalStack's documentation, "API Gateway" and "Lambda" (function URLs); API Gateway Developer Guide, "Use @connections commands". */
#ifndef SLS_GATEWAY_EDGE_ADDRESS_H
#define SLS_GATEWAY_EDGE_ADDRESS_H

#include "core/arena.h"
#include "core/http/server.h"

struct edge_address {
    struct slice api_id;        /* empty for @connections without one */
    bool is_url;                /* it is a function URL's */
    struct slice path;          /* of the API, encoded */
    struct slice connection_id; /* decoded; empty: not @connections */
};

/* False: the request is for no API. What it gives points into the request or lives in the arena. */
MUST_CHECK bool edge_address_read(struct arena *arena, const struct http_request *request,
                                  struct edge_address *ret_address);

#endif
