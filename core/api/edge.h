/* What the files of this folder share: the edge, its services, and a call. Private to core/api. */
#ifndef SLS_CORE_API_EDGE_H
#define SLS_CORE_API_EDGE_H

#include "core/api/api.h"
#include "core/api/cbor.h"
#include "core/api/detect.h"
#include "core/api/names.h"
#include "core/api/route.h"
#include "core/id.h"

#define EDGE_ADDRESSES_MAX 8
#define REQUEST_ID_MAX 53 /* 32 random bytes in base32, and NUL; a UUID is shorter */

/* Operations and who runs them: those the service was registered with, and those of later parts. */
struct registered_ops {
    const struct api_op *ops;
    size_t count;
    void *ctx;
    struct registered_ops *next;
};

/* A registered service and its operations, ready to be looked up. */
struct registration {
    const struct api_service *service; /* of the first part */
    struct registered_ops *parts;
    struct names ops; /* name -> struct api_op */
    struct routes routes;
    struct slice json_type;    /* "application/x-amz-json-1.0", when it speaks json */
    struct registration *next; /* in the order of registration */
};

/* A page of a part. */
struct own_page {
    struct slice prefix;
    bool (*answer)(void *ctx, struct http_exchange *exchange);
    void *ctx;
    struct own_page *next;
};

struct edge {
    struct context *context;
    struct edge_options options; /* texts are in `arena` */
    struct arena arena;
    struct http_server *server;
    struct slice addresses[EDGE_ADDRESSES_MAX]; /* listened on, for the Host check */
    size_t address_count;
    struct registration *registrations;
    struct own_page *pages;
    bool (*takes)(void *ctx, struct http_exchange *exchange); /* NULL: nobody */
    void *taker_ctx;
    struct names by_name;    /* "lambda" */
    struct names by_scope;   /* signing name */
    struct names by_target;  /* "DynamoDB_20120810" */
    struct names by_version; /* "2012-11-05" */
    struct names by_segment; /* first path segment of a rest-json service: "2015-03-31" */
    const struct registration *fallback; /* the first rest-xml service: S3 */
    uv_idle_t deferral;                  /* active while in-process calls wait to be started */
    struct api_call *first_deferred;
    struct api_call *last_deferred;
    size_t open_calls; /* each of them holds the edge alive */
    bool is_closed;
    void (*on_closed)(void *ctx);
    void *closed_ctx;
};

struct reply_header {
    struct http_header header;
    struct reply_header *next;
};

enum call_cbor {
    CALL_JSON,       /* or another protocol */
    CALL_CBOR_AWS,   /* X-Amz-Target, application/x-amz-cbor-1.1 */
    CALL_CBOR_SMITHY /* /service/NAME/operation/NAME, RPC v2 CBOR */
};

#define SMITHY_CBOR "rpc-v2-cbor"

struct api_call {
    struct edge *edge;
    const struct registration *registration; /* NULL: no such service, only an error will be told */
    const struct api_op *op;
    enum api_protocol protocol;
    struct http_exchange *exchange; /* NULL: in process */
    struct arena *arena;            /* the exchange's, or own_arena */
    struct http_headers headers;
    struct slice method;
    struct slice path;
    struct slice query;
    struct slice body;
    struct slice operation; /* as the client named it, for messages; may be empty */
    struct route_match route;
    struct http_headers params;
    bool has_params;
    struct slice cors_origin; /* SLICE_NULL: no CORS headers */
    struct slice region;      /* signed for */
    enum call_cbor cbor;
    struct slice json_type; /* of replies; ptr NULL: the service's */
    struct slice request_id;
    char request_id_text[REQUEST_ID_MAX];
    struct reply_header *added;
    void (*on_gone)(void *ctx, struct api_call *);
    void *gone_ctx;
    /* In process only. */
    struct arena own_arena;
    const struct http_header *path_params;
    api_reply_fn *on_reply;
    void *reply_ctx;
    struct api_call *next_deferred;
};

static inline enum cbor_time call_cbor_time(const struct api_call *call)
{
    return call->cbor == CALL_CBOR_SMITHY ? CBOR_SECONDS : CBOR_MILLISECONDS;
}

/* edge.c */
void edge_on_deferral(uv_idle_t *handle); /* starts what waits in first_deferred */
void edge_call_opened(struct edge *edge);
void edge_call_closed(struct edge *edge); /* may free the edge */

/* call.c: `call` is zeroed memory of `arena`'s lifetime. */
void call_begin(struct api_call *call, struct edge *edge, struct arena *arena);
void call_identify(struct api_call *call); /* makes the request id, once the service is known */
void call_start_internal(struct api_call *call);
void call_run(struct api_call *call); /* its operation, which has a run */

/* edge.c: a 403 of the edge's own. */
void edge_refuse_page(struct http_exchange *exchange);

/* dispatch.c: takes a request that passed the Host check. `origin`: of the page, or SLICE_NULL; `is_foreign`: of
 * another site. */
void edge_dispatch(struct edge *edge, struct http_exchange *exchange, struct slice origin,
                   bool is_foreign);

/* reply.c */
void reply_unknown_service(struct api_call *call, struct slice name);
void reply_unknown_operation(struct api_call *call);

/* cors.c: the headers go behind `*count` of `items`, which has room for CORS_HEADERS_MAX more. */
#define CORS_HEADERS_MAX 3
void cors_add_headers(struct http_header *items, size_t *count, struct slice origin);
void cors_answer_preflight(struct http_exchange *exchange, struct slice origin);

/* health.c */
bool health_answer(struct edge *edge, struct http_exchange *exchange, struct slice cors_origin);

#endif
