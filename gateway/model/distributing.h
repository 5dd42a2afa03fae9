/* What the files of distributions share; nobody else includes it.
 *
 *     distribution.c          distributions, their behaviours and error pages
 *     distribution_origin.c   origins, and whether they are here
 *     distribution_policy.c   policies, of the template and older ways to say the same
 *     managed_policy.c        CloudFront's own policies */
#ifndef SLS_GATEWAY_MODEL_DISTRIBUTING_H
#define SLS_GATEWAY_MODEL_DISTRIBUTING_H

#include "gateway/cdn/limits.h"
#include "gateway/model/building.h"
#include "gateway/model/distribution.h"

struct origins {
    struct origin_spec *items;
    size_t count;
    struct slice groups; /* JSON array */
};

struct origins model_origins(struct building *b, const struct resource *resource,
                             struct slice config);
/* What TargetOriginId names; false when it names nothing. */
MUST_CHECK bool model_target(struct building *b, const struct origins *origins, struct slice id,
                             struct target_spec *ret);

/* False: there is no policy of this id. */
MUST_CHECK bool model_cache_policy(struct building *b, struct slice id,
                                   struct cache_policy_spec *ret);
MUST_CHECK bool model_origin_request(struct building *b, struct slice id,
                                     struct origin_request_spec *ret);
MUST_CHECK bool model_response_headers(struct building *b, struct slice id,
                                       struct response_headers_spec *ret);
/* ForwardedValues, MinTTL, DefaultTTL and MaxTTL of a behaviour. */
struct cache_policy_spec model_forwarded_values(struct building *b, struct slice behavior);

const struct cache_policy_spec *managed_cache_policy(struct slice id); /* NULL: it is none */
const struct origin_request_spec *managed_origin_request(struct slice id);
const struct response_headers_spec *managed_response_headers(struct slice id);

#endif
