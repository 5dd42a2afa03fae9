/* From resolved CloudFormation to struct deployment: what deployment*.c share. Private to this
 * folder. */
#ifndef SLS_TEMPLATES_BUILD_H
#define SLS_TEMPLATES_BUILD_H

#include "templates/load.h"

struct build {
    struct load *load;
    struct arena *arena;
    struct deployment *deployment;
    const struct value
        *resources; /* resolved: {Type, PhysicalId, Properties, Metadata} by logical id */
    struct value *functions_by_name; /* name -> index into deployment->functions */
    struct value *layers_by_arn;     /* ARN -> Content property */
    struct value *api_parts; /* "TYPE ID" -> resource: integrations, authorizers, paths of APIs */
    struct slice partition;
};

/* --- deployment.c --- */

/* The text of a scalar property, or the empty slice; lists and maps are told as an error. */
struct slice build_text(struct build *build, const struct value *properties, const char *key);
/* An integer property within [least, most]; `otherwise` when absent or out of range (with an
 * error). */
int64_t build_integer(struct build *build, const struct value *properties, const char *key,
                      int64_t least, int64_t most, int64_t otherwise);
bool build_is_true(const struct value *properties, const char *key);
/* The scalars of a list; one scalar counts as a list of one. */
struct slices build_slices(struct build *build, const struct value *list);
struct name_values build_pairs(struct build *build, const struct value *map);
/* An absolute path for one that is relative to the template; "." and ".." and double slashes go. */
struct slice build_path(struct build *build, struct slice path);

/* A function of this deployment that an ARN, an invoke URI or a name means; NULL when there is
 * none. `ret_name` and `ret_qualifier` are what the text says. */
struct deployment_function *build_function(struct build *build, struct slice text,
                                           struct slice *ret_name, struct slice *ret_qualifier);
struct cors_config build_cors(struct build *build, const struct value *cors);

/* --- deployment_function.c --- */

void build_functions(struct build *build);

/* --- deployment_api.c --- */

struct route_list {
    struct deployment_route *items;
    size_t count, cap;
};

void build_apis(struct build *build);
void route_add(struct build *build, struct route_list *routes,
               const struct deployment_route *route);
/* The integration of a route: `type` as written (any case, '_' or none), `uri` may be empty. */
void route_integrate(struct build *build, struct deployment_route *route, struct slice type,
                     struct slice uri);
/* REST APIs: a function that is not integrated with POST cannot be invoked. `verb` may be empty. */
void route_check_post(struct build *build, struct deployment_route *route, struct slice verb);
/* Makes an OPTIONS mock out of {"method.response.header.X": "'value'"}; false when there is no such
 * header. */
bool route_set_mock(struct build *build, struct deployment_route *route,
                    const struct value *parameters);
/* A part of an API by its type and what Ref gives for it; NULL when there is none. */
const struct value_entry *build_api_part(struct build *build, const char *type, struct slice id);

/* --- deployment_openapi.c --- */

/* The routes of an OpenAPI or Swagger body. */
void build_openapi(struct build *build, const struct deployment_api *api, const struct value *body,
                   struct route_list *routes);

/* --- deployment_rest.c --- */

/* AWS::ApiGateway::Resource and ::Method resources of one REST API. */
void build_rest_methods(struct build *build, const struct deployment_api *api,
                        struct route_list *routes);

#endif
