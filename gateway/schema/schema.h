/* Models of REST APIs: JSON Schema, draft 4, as API Gateway holds request bodies against it.
 *
 *     model -> schema_compile() -> struct schema (immutable) -> schema_validate(body), any number of times
 *
 * API Gateway runs the json-schema-validator library for Java, and what it says of a body is that library's: the order of
 * errors, what is left out once one was found, and the words. So is what differs from the letter of the draft: 1.0 and 1e2 are
 * no "integer"; additionalItems goes for all elements where there is no items; formats are date-time, email, hostname, ipv4,
 * ipv6, uri, regex, and base64, json-pointer, mac, md5, sha1, sha256, sha512, uuid; any other is not looked at.
 *
 * $ref       "#" and "#/definitions/x" within the model, https://apigateway.amazonaws.com/restapis/{id}/models/{Name} through a
 *            callback, with a "#/..." behind it or not. They may be recursive, but not so that a value is held against the same
 *            schema again without end. What stands beside a $ref is not looked at. "id" changes nothing.
 *
 * Ownership  A schema owns all it needs, the models it refers to included.
 * Thread     Any, once compiled: schema_validate() changes nothing but the arena.
 * Errors     of a model: INVALID, or LIMIT for one that is too large, with AWS's words and the author's.
 * Limits     limits.h: sizes of models; and of validation its steps and its CPU time, past which a body is refused.
 * Source     API Gateway Developer Guide, "Data models for REST APIs", "Request validation for REST APIs", "Amazon API
 *            Gateway important notes"; json-schema-validator 2.2; reference/api-gateway.md 2.7. */
#ifndef SLS_GATEWAY_SCHEMA_SCHEMA_H
#define SLS_GATEWAY_SCHEMA_SCHEMA_H

#include "core/arena.h"

struct schema;

/* The schema of another model, valid until the call returns that asked for it; false when there is none. */
typedef bool schema_model_fn(void *ctx, struct slice rest_api_id, struct slice name,
                             struct slice *ret_schema);

struct schema_options {
    schema_model_fn *find_model; /* NULL: there are no others */
    void *ctx;
    /* An import of OpenAPI drops keywords that API Gateway does not know, which CreateModel refuses, and its models refer to
     * each other within the document: "#/components/schemas/{Name}", "#/definitions/{Name}" (find_model: no API's id). */
    bool is_imported;
};

/* Why a model is none. */
struct schema_problem {
    /* AWS's words, which stand between the brackets of "Invalid model specified: Validation Result: warnings : [], errors :
     * [...]": "Invalid model schema specified". */
    struct fault fault;
    /* Where and why, for who wrote it: "/properties/age: ...". */
    char detail[FAULT_TEXT_MAX];
};

/* NULL options: no other models, unknown keywords refused. */
MUST_CHECK enum status schema_compile(struct slice text, const struct schema_options *options,
                                      struct schema **ret_schema,
                                      struct schema_problem *ret_problem);
void schema_destroy(struct schema *schema); /* NULL is a no-op */

/* Whether `body` is as the model says. If it is not, `*ret_errors` is $context.error.validationErrorString, in the arena:
 * "[object has missing required properties ([\"name\"])]"; of what is no JSON "[Unknown error parsing request body]". An empty
 * body is the caller's business: API Gateway validates it as "{}". */
MUST_CHECK bool schema_validate(const struct schema *schema, struct arena *arena, struct slice body,
                                struct slice *ret_errors);

#endif
