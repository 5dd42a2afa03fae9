/* The APIs of an application, out of CloudFormation resources: what they say becomes struct api_spec.
 *
 *     AWS::ApiGateway*::* resources, with OpenAPI documents in them -> model_create() -> specs -> gateway_configure()
 *
 * SAM and serverless.yml are expanded into such resources before, and what the control plane makes is one, too: there is
 * one form in which an API is written down, and one reader of it.
 *
 * Ownership  The model copies the resources; its specs live as long as it does.
 * Errors     INVALID, "template.yaml:12:3: what is wrong", for what AWS would refuse to deploy. What it would deploy and
 *            could not serve is warned of, and what sls-local lacks makes its route `unsupported`.
 * Source     AWS::ApiGateway and AWS::ApiGatewayV2 in the CloudFormation guide; API Gateway Developer Guide, "OpenAPI
 *            extensions". */
#ifndef SLS_GATEWAY_MODEL_H
#define SLS_GATEWAY_MODEL_H

#include "core/arena.h"
#include "core/resource.h"
#include "gateway/spec.h"
#include "runtime/invoke.h"

struct model_options {
    const struct function_directory *functions; /* NULL: every function is there */
    void (*on_warning)(void *ctx, struct slice position, struct slice text); /* may be NULL */
    void *ctx;
};

struct model {
    struct arena arena;
    struct api_spec
        *apis; /* ports are left to the owner; an API without a stage has none in its list */
    size_t api_count;
    struct usage_spec usage;
};

/* Whether resources of this type are this folder's. */
bool model_takes(struct slice type);
MUST_CHECK enum status model_create(const struct resource *resources, size_t count,
                                    const struct model_options *options, struct model **ret_model,
                                    struct fault *reterr);
void model_destroy(struct model *model); /* NULL is a no-op */

#endif
