/* Which service does a request belong to? The order is in api.h. Private to core/api. */
#ifndef SLS_CORE_API_DETECT_H
#define SLS_CORE_API_DETECT_H

#include "core/http/server.h"

struct edge;
struct registration;

struct detection {
    const struct registration *registration; /* NULL: unknown */
    struct slice name;      /* of a service that is not here, for the message; may be empty */
    struct slice operation; /* from X-Amz-Target or the URL's Action; may be empty */
    struct slice bucket;    /* from a virtual-hosted S3 request; may be empty */
    struct slice region;    /* from the credential scope; SLICE_NULL when unsigned */
    bool has_target;
    bool is_smithy;  /* named by the path of Smithy RPC v2 */
    bool needs_form; /* undecided: the body may name an Action */
};

/* `arena` holds what had to be decoded. */
struct detection detect_service(const struct edge *edge, const struct http_request *request,
                                struct arena *arena);
/* Completes a detection that needs the form. */
void detect_by_form(const struct edge *edge, const struct http_request *request,
                    struct arena *arena, struct slice form, struct detection *detection);

/* The pieces of ".../20250101/us-east-1/lambda/aws4_request". */
struct credential_scope {
    struct slice service;
    struct slice region;
};
/* From the Authorization header or X-Amz-Credential; false when there is none. */
bool credential_scope_find(const struct http_request *request, struct arena *arena,
                           struct credential_scope *ret_scope);

#endif
