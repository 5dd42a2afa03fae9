/* API Gateway: one listener per API, routes to functions, events in and responses out.
 *
 *     request -> stage -> route -> event (payload 1.0, 2.0 or REST proxy) -> invoker -> response rules -> client
 *
 * Lifecycle  create, configure (again when the template changes: listeners stay, routes are
 *            replaced; requests in flight end with the routes they matched), destroy.
 * Ownership  gateway_configure() copies the specs.
 * Thread     Loop thread only.
 * Limits     gateway/limits.h: 10 MB bodies, 10,240 bytes of request line and headers, 29 s / 30
 *            s integration timeout.
 * Source     API Gateway Developer Guide. */
#ifndef SLS_GATEWAY_GATEWAY_H
#define SLS_GATEWAY_GATEWAY_H

#include "core/context.h"
#include "runtime/invoke.h"

enum api_kind { API_HTTP, API_REST };

struct name_value_pair {
    struct slice name;
    struct slice value;
};

struct cors_spec { /* HTTP APIs */
    bool is_set;
    bool allow_credentials;
    int32_t max_age_s; /* -1: unset */
    const struct slice *allow_origins, *allow_methods, *allow_headers, *expose_headers;
    size_t allow_origin_count, allow_method_count, allow_header_count, expose_header_count;
};

enum integration {
    INTEGRATION_LAMBDA,
    INTEGRATION_MOCK,
    INTEGRATION_NOT_POSTED, /* REST: a function cannot be invoked by another method than POST: 500 */
    INTEGRATION_UNSUPPORTED
};

struct route_spec {
    struct slice method;       /* "GET", "ANY"; empty with path "$default" */
    struct slice path;         /* "/items/{id}", "/{proxy+}", "$default" */
    enum integration integration;
    struct slice function;     /* INTEGRATION_LAMBDA */
    struct slice qualifier;
    bool is_payload_v1;        /* HTTP APIs; REST proxy events are their own format */
    bool streams;              /* REST, responseTransferMode STREAM */
    uint32_t timeout_ms;       /* 0: 30,000 (HTTP), 29,000 (REST) */
    /* Not empty: the route is guarded or integrated by something sls-local lacks; it answers 501 with
     * this text instead of letting the request through. */
    struct slice unsupported;
    const struct name_value_pair *mock_headers; /* INTEGRATION_MOCK: 200, body {} and these */
    size_t mock_header_count;
};

struct stage_spec {
    struct slice name;         /* "$default", "Prod" */
    const struct name_value_pair *variables;
    size_t variable_count;
};

struct api_spec {
    enum api_kind kind;
    struct slice logical_id;
    struct slice id;           /* "a1b2c3d4e5" */
    struct slice name;
    uint16_t port;             /* wanted; 0: a free one */
    const struct stage_spec *stages;
    size_t stage_count;
    const struct route_spec *routes;
    size_t route_count;
    struct cors_spec cors;
    const struct slice *binary_media_types; /* REST */
    size_t binary_media_type_count;
};

/* One answered request, for the line `up` prints. Valid during the call. */
struct request_report {
    struct slice api;      /* logical id */
    struct slice method;
    struct slice path;     /* as sent, without query */
    struct slice route_key; /* empty when none matched */
    struct slice function; /* empty when none was asked */
    int status;
    uint64_t duration_us;
    struct slice reason;   /* why the gateway itself answered: "no route", "integration timeout"; else empty */
    struct slice request_id;
    const struct invoke_result *invocation; /* of the function; NULL when none ran or it runs on */
};

struct gateway_options {
    const char *host;       /* "127.0.0.1" */
    const char *region;
    const char *account_id;
    struct invoker invoker;
    void (*on_request)(void *ctx, const struct request_report *report); /* may be NULL */
    void *ctx;
};

struct gateway;

struct gateway *gateway_create(struct context *context, const struct gateway_options *options);
/* Listens for new APIs, replaces the routes of known ones (by logical id), stops those that are gone.
 * UNAVAILABLE when a port is taken; INVALID for a malformed or duplicate route: nothing has changed then. */
MUST_CHECK enum status gateway_configure(struct gateway *gateway, const struct api_spec *specs, size_t count,
                                         struct fault *reterr);
/* The port an API listens on; 0 when there is no such API. */
uint16_t gateway_port(const struct gateway *gateway, struct slice logical_id);
void gateway_destroy(struct gateway *gateway, uint32_t drain_ms, void (*on_closed)(void *ctx), void *ctx);

#endif
