/* Distributions of CloudFront: one listener for each edge location of each, a cache, and origins behind it.
 *
 *     request -> behavior -> cache key -> a kept object, or the origin's answer, which is kept -> client
 *
 * Origins that are here (APIs, function URLs, buckets) are reached through the edge of the AWS services, others over HTTP.
 *
 * Lifecycle  create; deploy, again when the template changes: ports and caches of known distributions stay, requests in
 *            flight end with the distribution they met; destroy.
 * Ownership  Resources are copied.
 * Thread     Loop thread only.
 * Time       TTLs are on context->clock; the latency of an edge location is real.
 * Limits     limits.h.
 * Source     CloudFront Developer Guide. */
#ifndef SLS_GATEWAY_CDN_H
#define SLS_GATEWAY_CDN_H

#include "core/context.h"
#include "core/resource.h"
#include "gateway/cdn/spec.h"
#include "gateway/gateway.h"

struct cdn_options {
    const char *host;     /* "127.0.0.1" */
    const char *edge_url; /* "http://127.0.0.1:4566"; borrowed, and read when an origin is asked */
    uint32_t edges;       /* edge locations of a distribution; 0: 1 */
    struct tls *tls;      /* of every port; NULL: HTTPS is not spoken; borrowed */
    void (*on_tls_trouble)(void *ctx, enum tls_trouble trouble);             /* may be NULL */
    void (*on_warning)(void *ctx, struct slice position, struct slice text); /* may be NULL */
    void (*on_request)(void *ctx, const struct request_report *report);      /* may be NULL */
    void *ctx;
};

struct cdn;

struct cdn *cdn_create(struct context *context, const struct cdn_options *options);
bool cdn_deploys(struct slice type); /* whether it wants resources of this type */
/* Listens from `first_port` on, or on free ports when it is 0. UNAVAILABLE when a port is taken, INVALID for what AWS would
 * refuse: nothing has changed then. */
MUST_CHECK enum status cdn_deploy(struct cdn *cdn, const struct resource *resources, size_t count,
                                  uint16_t first_port, struct fault *reterr);

/* An edge location of a distribution. */
struct cdn_address {
    struct slice name; /* logical id; of the second edge location "Site:2" */
    struct slice pop;  /* "FRA56-P1" */
    uint32_t latency_ms;
    uint16_t port;
    bool is_only; /* its distribution has no other */
};
/* Those of the last deployment, in their order; false behind the last. Names live in the arena. */
bool cdn_address(const struct cdn *cdn, struct arena *arena, size_t index,
                 struct cdn_address *ret_address);
void cdn_destroy(struct cdn *cdn, uint32_t drain_ms, void (*on_closed)(void *ctx), void *ctx);

#endif
