/* What the files that take documents apart share. */
#ifndef SLS_GATEWAY_CONTROL_DOCUMENT_PRIVATE_H
#define SLS_GATEWAY_CONTROL_DOCUMENT_PRIVATE_H

#include "core/buf.h"
#include "core/json_scan.h"
#include "core/json_writer.h"
#include "core/mem.h"
#include "gateway/control/document.h"
#include "gateway/control/edit.h"
#include "gateway/control/limits.h"

struct apart {
    struct registry *registry;
    struct arena *arena;
    const struct entry *api;
    struct document_options options;
    struct slice body;
    struct slice schemes[2]; /* of OpenAPI 3 and of Swagger 2 */
};

/* One property after the other; ended by apart_put(). */
struct part {
    struct apart *apart;
    enum kind_id kind;
    struct buf json;
    struct json_writer w;
};
void part_begin(struct part *part, struct apart *apart, enum kind_id kind);
void part_text(struct part *part, const char *property, struct slice text); /* unless it is empty */
void part_raw(struct part *part, const char *property, struct slice raw);   /* the same */
void part_end(struct part *part, struct slice id);

/* Members of the document, decoded. */
struct slice apart_text(struct apart *apart, struct slice object, const char *key);
bool apart_flag(struct apart *apart, struct slice object, const char *key);
struct slice apart_upper(struct apart *apart, struct slice text);

/* The next operation of a document's paths. */
struct operation {
    struct slice path;
    struct slice method;     /* "GET", "ANY" */
    struct slice parameters; /* of its path: a list */
    struct slice json;
};
void apart_operations(struct apart *apart,
                      void (*take)(struct apart *apart, const struct operation *operation));

/* Who may call an operation. */
struct security {
    struct slice type; /* "NONE", "AWS_IAM", "CUSTOM", "COGNITO_USER_POOLS", "JWT" */
    struct slice authorizer_id;
    struct slice scopes; /* list; may be empty */
    bool needs_api_key;
};
struct security apart_security(struct apart *apart, struct slice operation);
/* Those of the document's security schemes. */
void apart_authorizers(struct apart *apart);

/* What it says of the API itself: properties of that, unless it has them already. */
struct said {
    const char *property;
    struct slice raw; /* SLICE_NULL: nothing */
};
struct slice apart_add_said(struct apart *apart, struct slice properties, const struct said *said,
                            size_t count);

/* What the document stands for goes to the registry; the API's own properties come back. */
struct slice document_rest(struct apart *apart);
struct slice document_http(struct apart *apart);

#endif
