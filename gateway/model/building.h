/* What the files of the model share while they build one; nobody else includes it.
 *
 *     model.c        resources by their ids, APIs one after the other
 *     read.c         JSON by member names
 *     api_v2.c       HTTP and WebSocket APIs, resource by resource
 *     websocket.c    what only the latter have
 *     api_rest.c     REST APIs, resource by resource
 *     openapi.c      both, in a document
 *     integration.c  integrations, as each of those spells them
 *     authorizer.c   authorizers, the same
 *     stage.c        stages and their settings
 *     plan.c         API keys and usage plans
 *     url.c          function URLs
 *     support.c      what sls-local lacks */
#ifndef SLS_GATEWAY_MODEL_BUILDING_H
#define SLS_GATEWAY_MODEL_BUILDING_H

#include "core/json_scan.h"
#include "gateway/model/model.h"

struct building {
    struct arena *arena;
    const struct model_options *options;
    const struct resource *resources; /* of this folder, copied */
    size_t count;
    struct fault *fault;
    bool has_failed; /* `fault` is the first failure */
};

void building_fail(struct building *b, struct slice position, const char *format, ...)
    PRINTF_LIKE(3, 4);
void building_warn(struct building *b, struct slice position, const char *format, ...)
    PRINTF_LIKE(3, 4);
/* A copy of it in the model's arena. */
struct resource building_keep(struct arena *arena, const struct resource *resource);
/* By what Ref gives for it; NULL when there is none. */
const struct resource *building_find(const struct building *b, const char *type, struct slice id);

/* The resources of a type whose property `key` names an API. */
struct parts {
    const struct resource **items;
    size_t count;
};
struct parts building_parts(struct building *b, const char *type, const char *key,
                            struct slice api_id);

struct route_list {
    struct route_spec *items;
    size_t count, cap;
};
/* A route to fill in; valid until the next call. */
struct route_spec *route_list_add(struct building *b, struct route_list *list);
/* They become the API's, each with what of it is unsupported. */
void route_list_end(struct building *b, struct route_list *list, struct api_spec *api);

/* --- read.c: CloudFormation writes numbers and booleans as strings, too --- */

/* A string, or a number or boolean as text; SLICE_NULL for what is not there, a list or an object. */
struct slice model_text(struct building *b, struct slice object, const char *key);
struct slice model_scalar(struct building *b, struct slice raw);
/* A schema or a policy: JSON as it stands, or the characters of a text that has it. */
struct slice model_json(struct building *b, struct slice raw);
int64_t model_i64(struct building *b, struct slice object, const char *key, int64_t otherwise);
double model_double(struct building *b, struct slice object, const char *key, double otherwise);
bool model_bool(struct building *b, struct slice object, const char *key);
/* Within [least, most], or a failure at `position`; 0 when absent. */
uint32_t model_between(struct building *b, struct slice object, const char *key, int64_t least,
                       int64_t most, struct slice position);
struct texts model_texts(struct building *b, struct slice object,
                         const char *key); /* of a list, or of one scalar */
struct texts model_comma_list(struct building *b, struct slice text);
struct pairs model_pairs(struct building *b, struct slice object,
                         const char *key);                          /* scalars of an object */
struct cors_spec model_cors(struct building *b, struct slice json); /* of an object; else unset */
/* The member `upper`, or else `lower`: CloudFormation and OpenAPI spell alike but for the first letter. */
const char *model_spelling(struct slice object, const char *upper, const char *lower);

/* --- integration.c --- */

struct integration_spelling;
extern const struct integration_spelling model_v2_spelling; /* AWS::ApiGatewayV2::Integration */
extern const struct integration_spelling
    model_rest_spelling; /* AWS::ApiGateway::Method.Integration */
extern const struct integration_spelling
    model_openapi_spelling; /* x-amazon-apigateway-integration */
/* `route` has its method, path and position. */
void model_integration(struct building *b, const struct api_spec *api, struct route_spec *route,
                       struct slice json, const struct integration_spelling *spelling);
enum content_handling model_content_handling(struct building *b, struct slice json,
                                             const char *key);
/* The function that an ARN, an invocation URI or a name means. False when it means none. */
bool model_function(struct slice uri, struct slice *ret_name, struct slice *ret_qualifier);

/* --- authorizer.c --- */

/* AuthorizationType of a method or a route. */
enum authorization model_authorization(struct slice type);

/* Those that stand as resources of their own. */
void model_authorizers(struct building *b, struct api_spec *api);
/* Those of a document's security schemes, after the others. */
void model_document_authorizers(struct building *b, struct api_spec *api, struct slice schemes);

/* --- stage.c --- */

void model_stages(struct building *b, struct api_spec *api);
/* "/pets/{id}" of "/~1pets~1{id}", as settings of methods write a path. */
struct slice model_path(struct building *b, struct slice text);
/* What CloudFormation calls them differs: "ThrottlingRateLimit" of stages, "RateLimit" of plans. */
struct throttle_spec model_throttle(struct building *b, struct slice json, const char *rate,
                                    const char *burst);

/* --- plan.c --- */

/* After the APIs: plans name them. */
void model_usage(struct building *b, struct model *model);

/* --- websocket.c --- */

/* Before its routes. */
void model_socket_api(struct building *b, const struct resource *resource, struct api_spec *api);
/* What a route asks of its requests, and whether something goes back. */
void model_socket_route(struct building *b, struct route_spec *route,
                        const struct resource *resource);
/* The responses of an integration. */
void model_socket_responses(struct building *b, struct integration_spec *integration,
                            const struct resource *resource);

/* --- the kinds of API --- */

void model_v2_api(struct building *b, const struct resource *resource, struct api_spec *api);
void model_rest_api(struct building *b, const struct resource *resource, struct api_spec *api);
/* Routes, authorizers, models... of the document of an API; nothing when it has none. */
void model_document(struct building *b, const struct resource *resource, struct api_spec *api,
                    struct route_list *routes);

/* AWS::Lambda::Url: an API of one route. */
void model_url(struct building *b, const struct resource *resource, struct api_spec *api);

/* --- support.c --- */

/* What of a route sls-local lacks; empty when it is served as it is written. */
struct slice route_unsupported(struct building *b, const struct api_spec *api,
                               const struct route_spec *route);

#endif
