/* The Lambda service on the edge: Invoke (RequestResponse, Event, DryRun),
 * InvokeWithResponseStream, InvokeAsync, ListFunctions, GetFunction, GetFunctionConfiguration,
 * GetFunctionConcurrency, account settings; operations that are not there are refused by name.
 * `service_ctx` of edge_register() is a `struct lambda_api`.
 *
 * Source  Lambda API reference. */
#ifndef SLS_RUNTIME_LAMBDA_API_H
#define SLS_RUNTIME_LAMBDA_API_H

#include "core/api/api.h"
#include "runtime/lambda.h"

struct lambda_api {
    struct lambda *lambda;
    struct invoker invoker; /* what Invoke calls */
    struct async_invoker async; /* who keeps events; without one they run once, in memory */
    struct context *context;
};

extern const struct api_service lambda_service;

#endif
