/* API Gateway: one listener per API, routes to functions, events in and responses out.
 *
 *     request -> stage -> route -> event (payload 1.0, 2.0 or REST proxy) -> invoker -> response rules -> client
 *     handshake -> $connect -> session: message -> route -> event -> invoker -> route response -> client
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
#include "core/http/server.h"
#include "core/log_sink.h"
#include "core/resource.h"
#include "gateway/jwt/jwt.h"
#include "gateway/spec.h"
#include "runtime/invoke.h"

/* One answered request, or event of a WebSocket connection, for the line `up` prints. Valid during the call. */
struct request_report {
    struct slice api;    /* logical id */
    struct slice method; /* of a connection's events: "CONNECT", "MESSAGE", "DISCONNECT" */
    struct slice
        path; /* as sent, without query; of a connection's events "/dev join", stage and route */
    struct slice route_key; /* empty when none matched */
    struct slice function;  /* empty when none was asked */
    int status;
    uint64_t duration_us;
    struct slice
        reason; /* why the gateway itself answered: "no route", "integration timeout"; else empty */
    struct slice request_id;
    struct slice connection_id;             /* of a connection's events; else empty */
    uint16_t close_code;                    /* of DISCONNECT; else 0 */
    const struct invoke_result *invocation; /* of the function; NULL when none ran or it runs on */
    struct slice cache; /* "Hit", "Miss"... of a distribution (cdn/cdn.h); else empty */
};

/* What belongs to an access key. */
struct iam_credentials {
    struct slice secret;
    struct slice token; /* session token; empty: none */
    struct slice user;  /* name: "test" */
};

/* Whose signatures routes that AWS_IAM guards accept. */
struct iam_options {
    /* False: nobody here has that access key. NULL: nobody has any. What it gives lives in the arena. */
    bool (*find)(void *ctx, struct arena *arena, struct slice access_key,
                 struct iam_credentials *ret_credentials);
    void *ctx;
    bool
        is_strict; /* a key that nobody has is refused, as on AWS; else its signature is not checked */
};

struct gateway_options {
    const char *host; /* "127.0.0.1" */
    const char *region;
    const char *account_id;
    const char *edge_url; /* of AWS services: "http://127.0.0.1:4566"; NULL: there are none */
    struct invoker invoker;
    struct function_directory functions; /* find NULL: every function is there */
    bool throttles; /* whether the account has its limit of 10,000 requests a second, too */
    /* What is served otherwise than it is written; may be NULL. */
    void (*on_warning)(void *ctx, struct slice position, struct slice text);
    struct jwt_verifier_options tokens; /* what it points to outlives the gateway */
    struct log_sink log_sink; /* of access logs; its members may be NULL: nobody keeps them */
    struct iam_options iam;
    /* The service that a request on the edge is signed for, empty when for none; may be NULL. */
    struct slice (*signed_service)(struct http_exchange *exchange);
    void (*on_request)(void *ctx, const struct request_report *report); /* may be NULL */
    struct tls *tls; /* of every API's port; NULL: HTTPS is not spoken; borrowed */
    void (*on_tls_trouble)(void *ctx, enum tls_trouble trouble); /* may be NULL */
    void *ctx;
};

struct gateway;
struct usage;

struct gateway *gateway_create(struct context *context, const struct gateway_options *options);
/* Makes the APIs that resources describe (model/model.h); each listens on `first_port`, the next, and so on, or on free
 * ports when it is 0, or when no template has it. Errors as below. */
MUST_CHECK enum status gateway_deploy(struct gateway *gateway, const struct resource *resources,
                                      size_t count, uint16_t first_port, struct fault *reterr);
/* The same of several lists, each of which stands for itself. An API of one logical id in more than one of them is one API
 * whose stages are described differently: a request is for the description that has its stage. Keys and plans are the first
 * list's. */
struct resource_list {
    const struct resource *items;
    size_t count;
};
MUST_CHECK enum status gateway_deploy_lists(struct gateway *gateway,
                                            const struct resource_list *lists, size_t count,
                                            uint16_t first_port, struct fault *reterr);
/* Replaces keys and plans alone, after a deployment; APIs, and what they have kept, stay. */
MUST_CHECK enum status gateway_deploy_usage(struct gateway *gateway,
                                            const struct resource *resources, size_t count,
                                            struct fault *reterr);
bool gateway_deploys(struct slice type); /* whether resources of this type are this folder's */
/* The APIs of the last deployment, those that are not served included; valid until the next one. */
const struct api_spec *gateway_apis(const struct gateway *gateway, size_t *ret_count);
/* Listens for new APIs, replaces the routes of known ones (by logical id), stops those that are gone.
 * UNAVAILABLE when a port is taken; INVALID for a malformed or duplicate route: nothing has changed then. */
MUST_CHECK enum status gateway_configure(struct gateway *gateway, const struct api_spec *specs,
                                         size_t count, struct fault *reterr);
/* Replaces the account's API keys and usage plans (stage/usage.h); what was used of them lives on. */
void gateway_configure_usage(struct gateway *gateway, const struct usage_spec *usage);
/* The keys and plans of the last deployment; valid until the next one. */
const struct usage_spec *gateway_usage(const struct gateway *gateway);
/* What was used of them (stage/usage.h). */
struct usage *gateway_used(struct gateway *gateway);
/* What X-Amz-Invocation-Type 'Event' goes through; before the first request. */
void gateway_set_async(struct gateway *gateway, struct async_invoker async);
/* Forgets what a stage has kept: results of authorizers, answers. False: there is no such stage. */
bool gateway_flush_authorizers(struct gateway *gateway, struct slice api_id, struct slice stage);
bool gateway_flush_cache(struct gateway *gateway, struct slice api_id, struct slice stage);
/* The port an API listens on; 0 when there is no such API. */
uint16_t gateway_port(const struct gateway *gateway, struct slice logical_id);
/* Requests of another server, the edge's, for an API of ours: takes them over (edge_address.h). False: it is none of ours. */
MUST_CHECK bool gateway_take(struct gateway *gateway, struct http_exchange *exchange);
/* Requests that were taken from another server may outlive the gateway: they end when that server is closed. */
void gateway_destroy(struct gateway *gateway, uint32_t drain_ms, void (*on_closed)(void *ctx),
                     void *ctx);

#endif
