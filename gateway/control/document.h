/* OpenAPI documents and quick creates taken apart: into the resources they stand for.
 *
 *     {"paths": {"/pets": {"get": {...}}}} -> Resource /pets, Method GET, Authorizer, Model, RequestValidator...   (REST)
 *                                          -> Route "GET /pets", Integration, Authorizer...                        (HTTP)
 *
 * Ids follow from paths and names: they are the same from run to run.
 *
 * Source  API Gateway Developer Guide, "OpenAPI extensions for API Gateway". model/openapi.c reads the same for requests. */
#ifndef SLS_GATEWAY_CONTROL_DOCUMENT_H
#define SLS_GATEWAY_CONTROL_DOCUMENT_H

#include "gateway/control/registry.h"

struct document_options {
    struct slice prefix; /* of its paths; may be empty */
    bool continues; /* resources that the registry has already are those of the document's paths */
};

/* `api` is of the registry: it is replaced by one without Body and Target, and what it had there is added. Nothing
 * happens when it has none, but that every REST API gets the models it has anyway. */
void document_take_apart(struct registry *registry, struct entry *api,
                         const struct document_options *options); /* NULL: neither */

/* The 6 characters that a path, a name... of an API always has as its id. */
struct slice document_id(struct arena *arena, size_t len, const char *what, struct slice api_id,
                         struct slice name);

#endif
