/* The control plane from the inside. */
#ifndef SLS_GATEWAY_CONTROL_CONTROL_PRIVATE_H
#define SLS_GATEWAY_CONTROL_CONTROL_PRIVATE_H

#include "core/buf.h"
#include "core/json_scan.h"
#include "core/json_writer.h"
#include "core/mem.h"
#include "gateway/control/control.h"
#include "gateway/control/edit.h"
#include "gateway/control/limits.h"
#include "gateway/control/registry.h"

struct control_plane {
    struct context *context;
    struct gateway *gateway;
    struct control_options options;
    struct arena arena;         /* of the template's resources */
    struct resource *resources; /* the template's */
    size_t count;
    int64_t deployed_ms;
    struct registry registry;
    bool is_loaded; /* the registry is; it is not before somebody asks */
};

struct registry *control_registry(struct control_plane *control);

/* --- a request on its way: request.c --- */

enum outcome {
    OUTCOME_ANSWERED,
    OUTCOME_REFUSED,
    OUTCOME_PENDING /* the operation replies itself */
};

struct request {
    struct control_plane *control;
    struct api_call *call;
    struct arena *arena; /* the call's */
    const struct operation_row *row;
    struct registry *registry;
    struct slice owner; /* {api}, {plan} of the path */
    struct slice id;    /* {id} of the path */
    struct slice body;  /* JSON object; "{}" when there is none */
    struct objection objection;
    struct buf out; /* the answer */
    struct json_writer w;
};

typedef enum outcome operation_fn(struct request *r);

/* What an operation of a service's table does, beside it. */
struct operation_row {
    operation_fn *run;
    enum kind_id kind;
    int http_status; /* of success */
};

/* Rows, and the table of the service: OPERATION(name, method, path, run, kind, status). */
#define OPERATION_OP(name, method, path, run, kind, status)                                        \
    {name, run_operation, method, path, false},
#define OPERATION_ROW(name, method, path, run, kind, status) {run, kind, status},
/* Known and refused by their names. */
#define REFUSED_OP(name, method, path) {name, NULL, method, path, false},
/* Each service has one of its own, which knows its table. */
void control_run(struct api_call *call, struct control_plane *control,
                 const struct operation_row *row);

/* The API, plan... that the path names; refused when there is none. NULL then. */
struct entry *request_api(struct request *r, enum kind_id kind);
/* The entry that the path names. */
struct entry *request_entry(struct request *r);
void objection_no_entry(struct request *r, const struct kind *kind, struct slice id);
/* A query parameter as it is true. */
bool request_flag(const struct request *r, const char *name);

/* --- answers: render.c, pages.c --- */

/* Into an open object. */
void render_members(struct request *r, const struct entry *entry);
void render_entry(struct request *r, const struct entry *entry); /* an object */
/* The members of a resource of a REST API; `entry` is NULL for the root. */
void render_resource(struct request *r, struct slice api_id, const struct entry *entry,
                     bool has_methods);
/* A method's properties, with what PutIntegration fills in. */
struct slice render_method_properties(struct request *r, const struct entry *method);
void render_date(struct request *r, const char *name, int64_t ms);
/* {"application/json": ...}, statuses... of gateway responses that nobody defined. */
void render_default_response(struct request *r, struct slice type);
/* What an API key is worth: its own value, or the one made up for it. */
struct slice render_key_value(struct request *r, const struct entry *key);

/* A page of `entries`, by what the request says of position and limit; each through render(). */
struct listing {
    const struct entry **entries;
    size_t count, cap;
};
void listing_add(struct request *r, struct listing *listing, const struct entry *entry);
enum outcome listing_answer(struct request *r, const struct listing *listing,
                            void (*render)(struct request *r, const struct entry *entry));

#endif
