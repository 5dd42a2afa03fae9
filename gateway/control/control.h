/* The control plane of API Gateway: `apigateway` (REST APIs, API keys, usage plans) and `apigatewayv2` (HTTP and WebSocket
 * APIs) on the edge.
 *
 *     template's resources -> control_plane_deploy() -> gateway_deploy()
 *     requests on the edge -> registry (registry.h) -> answers, or other resources -> gateway_deploy()
 *
 * There is one form in which an API is written down, CloudFormation's resources, whoever wrote it; gateway/model reads it.
 *
 * Lifecycle  create before the first deployment; control_plane_deploy() instead of gateway_deploy(); stop before the gateway is
 *            destroyed; destroy when edge and records are closed.
 * Ownership  Options and resources are copied; gateway and edge are borrowed.
 * Thread     Loop thread only.
 * Limits     limits.h.
 * Source     API Gateway API references, versions 1 and 2. */
#ifndef SLS_GATEWAY_CONTROL_CONTROL_H
#define SLS_GATEWAY_CONTROL_CONTROL_H

#include "core/api/api.h"
#include "gateway/gateway.h"

/* What requests made and changed outlives the process as records: JSON by key. */
struct control_record {
    struct slice key;
    struct slice json; /* SLICE_NULL: there is none any more */
};

struct control_records {
    /* Every record there is; texts are valid during the call. */
    void (*each)(void *ctx, void (*take)(void *take_ctx, struct slice key, struct slice json),
                 void *take_ctx);
    /* All of them or none; copied. `on_written` runs once, later: OK, or UNAVAILABLE when they could not be kept. */
    void (*write)(void *ctx, const struct control_record *records, size_t count,
                  void (*on_written)(void *written_ctx, enum status status), void *written_ctx);
    void *ctx;
};

struct control_options {
    const char *region;
    const char *account_id;
    const char *edge_url; /* "http://127.0.0.1:4566"; borrowed, read when a request asks for it */
    const struct gateway_options
        *gateway; /* with which the gateway was made; copied: tests of methods have one, too */
    struct control_records records; /* they are there as long as the control plane is */
    /* YAML as JSON, in the arena; false: it is none. May be NULL: documents are JSON then. */
    bool (*read_document)(void *ctx, struct arena *arena, struct slice text,
                          struct slice *ret_json);
    /* A request has changed what is served: APIs, or their addresses. May be NULL. */
    void (*on_change)(void *ctx);
    void *ctx;
};

struct control_plane;

struct control_plane *control_plane_create(struct context *context, struct gateway *gateway,
                                           const struct control_options *options);
/* The gateway is about to go: requests are answered with a 503 from now on, tests under way are given up. NULL is a no-op. */
void control_plane_stop(struct control_plane *control);
void control_plane_destroy(struct control_plane *control); /* NULL is a no-op */

/* gateway_deploy() of a template's resources. */
MUST_CHECK enum status control_plane_deploy(struct control_plane *control,
                                            const struct resource *resources, size_t count,
                                            uint16_t first_port, struct fault *reterr);

/* Documentation pages below /_sls/apis of the edge: for edge_add_page(), with the control plane as context. */
bool control_plane_answer_page(void *control, struct http_exchange *exchange);

/* Both services of the edge, with the control as their context. */
extern const struct api_service control_rest_service, control_v2_service;

#endif
