/* The kinds of things that API Gateway's APIs read, make and change: each is a resource of CloudFormation.
 *
 * Ownership  Static tables. */
#ifndef SLS_GATEWAY_CONTROL_KIND_H
#define SLS_GATEWAY_CONTROL_KIND_H

#include "gateway/control/attribute.h"

enum kind_id {
    KIND_REST_API,
    KIND_RESOURCE,
    KIND_METHOD,
    KIND_AUTHORIZER,
    KIND_MODEL,
    KIND_VALIDATOR,
    KIND_GATEWAY_RESPONSE,
    KIND_DEPLOYMENT,
    KIND_STAGE,
    KIND_API_KEY,
    KIND_USAGE_PLAN,
    KIND_USAGE_PLAN_KEY,
    KIND_V2_API,
    KIND_V2_ROUTE,
    KIND_V2_ROUTE_RESPONSE,
    KIND_V2_INTEGRATION,
    KIND_V2_INTEGRATION_RESPONSE,
    KIND_V2_AUTHORIZER,
    KIND_V2_MODEL,
    KIND_V2_DEPLOYMENT,
    KIND_V2_STAGE,
    KIND_COUNT
};

struct kind {
    char letter;       /* of its records: the format of what is kept, never used for another one */
    const char *type;  /* "AWS::ApiGateway::Model" */
    const char *word;  /* of input names in messages: "Model" of "createModelInput" */
    const char *owner; /* property that names the API, plan, route it is of; NULL: the account's */
    const char *id;    /* property that is its id; NULL: what Ref gives */
    const char *id_name; /* in answers, when the id is none of the attributes */
    size_t id_len;       /* of one that is made; 0: the id is a property */
    const char *missing; /* "Invalid Authorizer identifier specified" */
    bool missing_has_id; /* the id goes behind it */
    bool lists_paths;    /* refusals of patches name the paths there are */
    const struct attributes *attributes;
};

extern const struct kind kinds[KIND_COUNT];
/* NULL: it is none of API Gateway's, or none that these APIs tell of. */
const struct kind *kind_of_type(struct slice type);
const struct kind *kind_of_letter(char letter); /* NULL: there is none */
/* The kind of what an entry of `kind`, which has an owner, is of. */
enum kind_id kind_owner(enum kind_id kind);
static inline enum kind_id kind_id(const struct kind *kind)
{
    return (enum kind_id)(kind - kinds);
}

/* Parts of a method's properties, and parts of what is told. */
extern const struct attributes integration_attributes;
extern const struct attributes integration_response_attributes;
extern const struct attributes method_response_attributes;
extern const struct attributes method_setting_attributes;
extern const struct attributes throttle_attributes;

/* kind_rest.c, kind_v2.c */
extern const struct attributes rest_api_attributes, resource_attributes, method_attributes,
    authorizer_attributes, model_attributes, validator_attributes, gateway_response_attributes,
    deployment_attributes, stage_attributes, api_key_attributes, usage_plan_attributes,
    usage_plan_key_attributes;
extern const struct attributes v2_api_attributes, v2_route_attributes, v2_route_response_attributes,
    v2_integration_attributes, v2_integration_response_attributes, v2_authorizer_attributes,
    v2_model_attributes, v2_deployment_attributes, v2_stage_attributes;

#endif
