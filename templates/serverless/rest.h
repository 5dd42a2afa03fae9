/* What the http events of one service make together: the REST API. Private to this folder. */
#ifndef SLS_TEMPLATES_SERVERLESS_REST_H
#define SLS_TEMPLATES_SERVERLESS_REST_H

#include "templates/serverless/events.h"

struct rest_path {
    struct slice path;       /* "users/{id}"; empty: the root */
    struct slice normalized; /* "UsersIdVar" */
    struct value *cors;      /* of all its events: {origin, headers, methods, ...}; NULL without */
    struct source_pos pos;
};

struct rest {
    struct service *service;
    struct value *api_id; /* Ref, or what provider.apiGateway.restApiId says */
    struct value *root_id;
    struct rest_path *paths;
    size_t count, cap;
    struct value *indexes; /* path -> its index in `paths` */
    struct value *names;   /* the normalized names in use */
};

/* Ref or GetAtt of the path's resource; NULL is the root. */
struct value *rest_resource_id(const struct rest *rest, const struct rest_path *path);
/* AuthorizationType and the like of a method; makes the authorizer it needs. */
void rest_set_authorization(struct rest *rest, const struct service_event *event,
                            struct value *method);
/* Lays the cors of one event over that of its path: lists grow, the last single value wins. */
void rest_add_cors(struct rest *rest, struct rest_path *path, const struct service_event *event,
                   struct slice method);
/* The OPTIONS mock of a path with cors. */
void rest_make_preflight(struct rest *rest, const struct rest_path *path);
/* provider.apiGateway.apiKeys and the usage plan around them. */
void rest_make_api_keys(struct rest *rest);

#endif
