/* What a gateway serves, as it was described: the models of all lists of resources, as one.
 *
 * Ownership  Owns its models; what is read from it lives as long as it does. */
#ifndef SLS_GATEWAY_SERVED_H
#define SLS_GATEWAY_SERVED_H

#include "gateway/gateway.h"
#include "gateway/model/model.h"

struct served {
    struct model **models;
    size_t model_count;
    struct api_spec *apis; /* of all models, in their order */
    size_t api_count;
    struct model *usage; /* keys and plans that were changed later; NULL: the first model's */
};

/* APIs get ports from `first_port` on (0, and what no template has: free ones); those of one logical id share theirs. INVALID, as a model is. */
MUST_CHECK enum status served_create(const struct resource_list *lists, size_t count,
                                     const struct model_options *options, uint16_t first_port,
                                     struct served **ret_served, struct fault *reterr);
void served_destroy(struct served *served); /* NULL is a no-op */
/* Those of another list from now on. */
MUST_CHECK enum status served_change_usage(struct served *served, const struct resource *resources,
                                           size_t count, const struct model_options *options,
                                           struct fault *reterr);
const struct usage_spec *served_usage(const struct served *served); /* NULL: none */

static inline bool served_has_stage(const struct api_spec *api)
{
    return api->stage_count > 0;
}

#endif
