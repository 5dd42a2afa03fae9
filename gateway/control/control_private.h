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
    struct gateway *gateway; /* NULL: it is gone, or about to go */
    struct control_options options;
    struct gateway_options gateway_options;
    struct http_client *client; /* of tests; NULL: there was none yet */
    struct arena arena;         /* of the template's resources */
    struct resource *resources; /* the template's */
    size_t count;
    int64_t deployed_ms;
    uint16_t first_port;
    struct registry registry;
    bool is_loaded;      /* the registry is; it is not before somebody asks */
    bool has_records;    /* somebody has changed something */
    uint64_t generation; /* of the registry: another one after each deployment */
};

struct registry *control_registry(struct control_plane *control);
/* Forgets it: what the template and the records say is there again. */
void control_reload(struct control_plane *control);
struct http_client *control_client(struct control_plane *control);
/* What there is now is served; nothing has changed when that fails. */
MUST_CHECK enum status control_serve(struct control_plane *control, struct fault *reterr);
MUST_CHECK enum status control_serve_usage(struct control_plane *control, struct fault *reterr);

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
    struct change *changes; /* change.c; NULL: none */
    size_t change_count, change_cap;
    uint64_t generation; /* of the registry the changes were made in */
};

typedef enum outcome operation_fn(struct request *r);

/* What an operation of a service's table does, beside it. */
struct operation_row {
    operation_fn *run;
    enum kind_id kind;
    int http_status;     /* of success */
    bool takes_document; /* the body is no JSON of the service's own */
};

/* Of both services. */
extern const struct wire_error control_errors[STATUS_COUNT];
extern const char *const control_signing_names[];

/* Rows, and the table of the service: OPERATION(name, method, path, run, kind, status). */
#define OPERATION_OP(name, method, path, run, kind, status)                                        \
    {name, run_operation, method, path, false},
#define OPERATION_ROW(name, method, path, RUN, KIND, status)                                       \
    {.run = RUN, .kind = KIND, .http_status = status},
#define DOCUMENT_ROW(name, method, path, RUN, KIND, status)                                        \
    {.run = RUN, .kind = KIND, .http_status = status, .takes_document = true},
/* Known and refused by their names. */
#define REFUSED_OP(name, method, path) {name, NULL, method, path, false},
/* Each service has one of its own, which knows its table. */
void control_run(struct api_call *call, struct control_plane *control,
                 const struct operation_row *row);

void request_answer(struct request *r); /* with what is in `out`; the request is gone then */
/* The API, plan... that the path names; refused when there is none. NULL then. */
struct entry *request_api(struct request *r, enum kind_id kind);
/* The entry that the path names. */
struct entry *request_entry(struct request *r);
void objection_no_entry(struct request *r, const struct kind *kind, struct slice id);
/* The body as properties of `kind`, over those of `base`; refused when it is none. */
MUST_CHECK bool request_read(struct request *r, const struct kind *kind, struct slice base,
                             struct slice *ret_properties);
/* A query parameter as it is true. */
bool request_flag(const struct request *r, const char *name);

/* --- what it changes: change.c ---
 *
 * Changes are made in the registry at once. request_commit() has them served, and kept; the answer, which is in the request
 * by then, goes out when they are on disk. What cannot be served or kept is undone. */

/* Puts a copy of `entry` in the place of what there is of its kind, owner and id. Times and base are filled in. */
struct entry *change_put(struct request *r, const struct entry *entry);
void change_delete(struct request *r, struct entry *entry);

enum change_effect {
    EFFECT_NONE,  /* nothing that is served */
    EFFECT_USAGE, /* API keys and usage plans */
    EFFECT_APIS
};
/* All of them, before they are committed. */
void request_undo(struct request *r);
enum outcome request_commit(struct request *r, enum change_effect effect);
/* An id that nobody has. */
struct slice request_new_id(struct request *r, enum kind_id kind);

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
