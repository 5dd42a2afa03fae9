/* The distributions of an application, out of AWS::CloudFront::* resources.
 *
 * Ownership  The model copies the resources; its specs live as long as it does.
 * Errors     INVALID, "template.yaml:12:3: what is wrong", for what AWS would refuse to deploy. What it would deploy and
 *            sls-local lacks is warned of; where it guards something, its behaviour is `unsupported`.
 * Source     AWS::CloudFront in the CloudFormation guide; CloudFront Developer Guide, "Use managed ... policies". */
#ifndef SLS_GATEWAY_MODEL_DISTRIBUTION_H
#define SLS_GATEWAY_MODEL_DISTRIBUTION_H

#include "core/arena.h"
#include "core/resource.h"
#include "gateway/cdn/spec.h"
#include "gateway/model/model.h"

struct cdn_model {
    struct arena arena;
    struct distribution_spec *items;
    size_t count;
};

/* Whether resources of this type are read here. Buckets and APIs are not among them: their names tell whose an origin is. */
bool cdn_model_takes(struct slice type);
MUST_CHECK enum status cdn_model_create(const struct resource *resources, size_t count,
                                        const struct model_options *options,
                                        struct cdn_model **ret_model, struct fault *reterr);
void cdn_model_destroy(struct cdn_model *model); /* NULL is a no-op */

#endif
