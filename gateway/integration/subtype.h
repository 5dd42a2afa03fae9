/* Service integrations of HTTP APIs: AWS_PROXY with an IntegrationSubtype ("SQS-SendMessage"), whose request parameters are
 * those of a service's operation.
 *
 * Errors  INVALID for a parameter that is missing, or that the operation has not.
 * Source  API Gateway Developer Guide, "Integration subtype reference". */
#ifndef SLS_GATEWAY_INTEGRATION_SUBTYPE_H
#define SLS_GATEWAY_INTEGRATION_SUBTYPE_H

#include "gateway/spec.h"

#define SUBTYPE_PARAMETERS_MAX 9

enum subtype_form {
    SUBTYPE_TEXT,
    SUBTYPE_BYTES,      /* sent as base64 */
    SUBTYPE_TIME,       /* ISO 8601 or epoch seconds, sent as the latter */
    SUBTYPE_LIST,       /* a JSON array of strings, or a text with commas */
    SUBTYPE_ATTRIBUTES, /* a JSON object: of names and members */
    SUBTYPE_REGION      /* of whom is asked */
};

struct subtype_parameter {
    const char *name;
    enum subtype_form form;
    bool is_required;
};

struct subtype {
    const char *name;
    const char *service; /* as signatures name it */
    const char *action;
    bool is_form;     /* the query protocol, whose answers are XML; else JSON */
    const char *list; /* JSON: of whose one element the parameters are; NULL: none */
    struct subtype_parameter parameters[SUBTYPE_PARAMETERS_MAX]; /* up to a NULL name */
};

/* NULL: none that sls-local has the service of. */
const struct subtype *subtype_find(struct slice name);
/* Its index; SLICE_NPOS: there is none. */
size_t subtype_parameter_find(const struct subtype *subtype, struct slice name);
MUST_CHECK enum status subtype_check(const struct subtype *subtype, struct pairs parameters,
                                     struct fault *reterr);

#endif
