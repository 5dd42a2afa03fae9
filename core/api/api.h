/* The edge: one port for every AWS API. Finds the service of a request, then the operation, and
 * renders answers and errors in the service's own protocol.
 *
 *     exchange -> which service? -> which operation? -> api_call -> api_op_fn -> api_reply_*()
 *
 * Service    From, in this order: X-Amz-Target prefix (DynamoDB and its Streams share a scope),
 *            credential scope of the Authorization header or of X-Amz-Credential in the query
 *            (".../us-east-1/sqs/aws4_request"), Host ("sqs.us-east-1.localhost",
 *            "bucket.s3.localhost"), Action in the URL, path prefix (Lambda's /2015-03-31/...),
 *            Action in a form body; a plain request without any of these belongs to S3 when
 *            registered. Signatures are not verified.
 *            The only service of an edge takes every request, whatever it looks like.
 * Protocols  json (X-Amz-Target), rest-json, query and ec2 (form in, XML out), rest-xml. One
 *            operation table per service names each operation once, with what its protocols need
 *            to find it.
 * Unknown    An unknown service or operation is an error that names it (UnknownOperationException,
 *            501 for services sls-local does not have), never silence.
 * Browsers   CORS preflights and headers for local origins; foreign Host and Origin are refused
 *            (403) unless the edge was told to listen beyond loopback, or the service knows the page.
 * Own paths  GET /_sls/health and /_localstack/health list the services and their state.
 * In-process One service reaches another with api_internal_call(): same tables, no socket.
 * Thread     Loop thread only.
 * Bodies     With Content-Encoding gzip or deflate they are decoded before anybody looks at them,
 *            but for S3, whose objects keep their encoding, and operations that stream.
 * Limits     Bodies 64 MiB by default (http_limits of the edge), decoded ones too; less where the
 *            service says so. At most 10,000 query parameters or form fields. */
#ifndef SLS_CORE_API_API_H
#define SLS_CORE_API_API_H

#include "core/buf.h"
#include "core/context.h"
#include "core/http/server.h"

struct edge;
struct api_call;
struct api_service;
struct cbor_members; /* cbor.h */

enum api_protocol { API_JSON, API_REST_JSON, API_QUERY, API_EC2, API_REST_XML };

typedef void api_op_fn(struct api_call *call, void *service_ctx);

/* One operation. Fields that a service's protocols do not use stay zero. */
struct api_op {
    const char *name;   /* "Invoke", "PutItem": target suffix, query Action, and for messages */
    api_op_fn *run;     /* NULL: known but not emulated; answered as UnknownOperation with 501 */
    const char *method; /* REST protocols: "POST" */
    /* REST protocols: "/2015-03-31/functions/{FunctionName}/invocations"; "{Key+}" takes the rest.
     * A "?x" or "?x=y" suffix requires the query parameter (S3 sub-resources). */
    const char *path;
    bool streams_body; /* run at the end of the headers; the operation reads the body itself */
};

/* How a status of ours is told on this service's wire. */
struct wire_error {
    int http_status;
    const char *code; /* "ResourceNotFoundException" */
};

/* What a service says to a page. */
enum api_page {
    API_PAGE_UNKNOWN,  /* nothing: it is treated as every page is */
    API_PAGE_ADMITTED, /* it may; the service's headers are the only ones for it */
    API_PAGE_ANSWERED  /* the service replied */
};

struct api_service {
    const char *name; /* "lambda": health page, api_internal_call() */
    /* NULL-terminated: {"lambda", NULL}. REST services with the same one are told apart by their paths' first segments. */
    const char *const *signing_names;
    const char *const *target_prefixes; /* {"DynamoDB_20120810", NULL}; may be NULL */
    const char *xml_namespace;          /* query and ec2, else NULL */
    const char *query_version;          /* "2012-11-05" of unsigned Action requests, or NULL */
    enum api_protocol protocol;         /* main one */
    bool also_query;                    /* SQS: json and query */
    const char *json_version;           /* "1.0" or "1.1" for API_JSON */
    const struct api_op *ops;           /* ends with a NULL name */
    const struct wire_error *errors;    /* STATUS_COUNT entries, indexed by enum status */
    /* For errors that carry more than code and message: true when it replied (api_reply_raw()).
     * Runs for every error, the dispatcher's own included; may be NULL. */
    bool (*on_error)(struct api_call *call, int http_status, const char *code,
                     struct slice message);
    /* Sees every request of the service before its operation runs, also one that names none; true
     * when it replied. Not for in-process calls. May be NULL. */
    bool (*on_call)(struct api_call *call, void *service_ctx);
    /* Paths that are this service's when nothing else tells whose a request is: queue URLs. May be NULL. */
    bool (*owns_path)(struct slice path);
    /* Sees requests of pages (those with an Origin, preflights, pages of other sites) before anything else, when the
     * service has rules of its own for them: S3, whose buckets have. May be NULL. */
    enum api_page (*on_page)(struct api_call *call, bool is_foreign, void *service_ctx);
    /* S3: plain requests without any sign of a service are its, a Host may name a bucket. */
    bool has_buckets;
    size_t body_max; /* larger bodies are a 413; 0: what the edge allows */
    /* API_JSON: also spoken in CBOR (application/x-amz-cbor-1.1), with these members as bytes and times: requests are JSON
     * by the time an operation sees them, its answers become what the request was. NULL: not spoken. */
    const struct cbor_members *cbor_members;
    bool sends_crc32;  /* x-amz-crc32 on every reply: DynamoDB */
    bool has_long_ids; /* request ids of 52 letters and digits instead of UUIDs: DynamoDB */
};

struct edge_options {
    const char *region;     /* "us-east-1" */
    const char *account_id; /* "000000000000" */
    bool allows_foreign_hosts;
    struct http_limits limits;
    /* Paths below /_sls/ that are not the edge's own; may be NULL. True when it took over. */
    bool (*on_own_path)(void *ctx, struct http_exchange *exchange);
    struct tls *tls; /* NULL: HTTPS is not spoken; borrowed */
    void (*on_tls_trouble)(void *ctx, enum tls_trouble trouble); /* may be NULL */
    void *ctx;
};

struct edge *edge_create(struct context *context, const struct edge_options *options);
/* `service` is borrowed and must outlive the edge; `service_ctx` goes to its operations. A service may come in parts: a
 * later one of the same name adds its operations, with a context of their own, and takes the place of those that have no
 * run; all else of it (errors, hooks, names) is the first part's. */
void edge_register(struct edge *edge, const struct api_service *service, void *service_ctx);
/* Sees every request before anybody looks for its service (but for those with a foreign Host); `takes` returns true when it
 * took it over. For what is reached through the edge and is no service of it: APIs. */
void edge_set_taker(struct edge *edge, bool (*takes)(void *ctx, struct http_exchange *exchange),
                    void *ctx);
/* The service a request is signed for; empty when it is not signed. */
struct slice edge_signed_service(struct http_exchange *exchange);
/* Pages whose path begins with `prefix` ("/_sls/..."), before edge_options.on_own_path is asked. `answer` returns true
 * when it took over. `prefix` is borrowed. */
void edge_add_page(struct edge *edge, const char *prefix,
                   bool (*answer)(void *ctx, struct http_exchange *exchange), void *ctx);
MUST_CHECK enum status edge_listen(struct edge *edge, const char *host, uint16_t port,
                                   uint16_t *ret_port, struct fault *reterr);
/* Stops listening, lets calls end until `drain_ms`, then cuts their connections and calls
 * `on_closed` (may be NULL). Operations that have not replied by then still must: the edge's
 * memory stays until the last has. NULL is a no-op. */
void edge_destroy(struct edge *edge, uint32_t drain_ms, void (*on_closed)(void *ctx), void *ctx);

/* --- what an operation sees --- */

struct http_exchange *api_exchange(struct api_call *call); /* NULL for an in-process call */
const struct api_op *api_operation(const struct api_call *call);
/* Lets the operation of the same name of a later part have the call: of what belongs to several parts. False, and the call
 * is still the caller's, when there is none. */
MUST_CHECK bool api_pass_on(struct api_call *call);
enum api_protocol api_call_protocol(const struct api_call *call);
struct slice api_body(const struct api_call *call); /* empty with streams_body */
struct slice api_header(const struct api_call *call, const char *name); /* SLICE_NULL when absent */
struct http_headers api_headers(const struct api_call *call);           /* all of them, in order */
struct slice api_method(const struct api_call *call); /* empty for an in-process call */
/* Still encoded; for rest-xml with a bucket that the Host named in front. */
struct slice api_path(const struct api_call *call);
struct slice api_path_param(const struct api_call *call, const char *name); /* percent-decoded */
/* Decoded query parameter, of the URL or (query protocol) of the form; SLICE_NULL when absent. */
struct slice api_query_param(const struct api_call *call, const char *name);
/* All of them, in order: "Attribute.1.Name" and its like are for the service to walk. */
struct http_headers api_query_params(const struct api_call *call);
struct arena *api_arena(struct api_call *call);
const char *api_request_id(const struct api_call *call); /* also sent as x-amzn-RequestId */
/* An operation whose answer carries another id (Lambda's invocation id) says so first. */
void api_set_request_id(struct api_call *call, struct slice id);
const char *api_region(const struct api_call *call);
const char *api_account_id(const struct api_call *call);
/* The region the client signed for; SLICE_NULL when unsigned. One edge is one region: DynamoDB
 * alone looks here, because its clients sign for whatever they like. */
struct slice api_signed_region(const struct api_call *call);
/* The Content-Type of JSON replies to this call, instead of the service's. Static or of the arena. */
void api_set_json_type(struct api_call *call, struct slice type);
/* For what is sent otherwise than by api_reply_json(), event stream frames say: the Content-Type of JSON replies to this
 * call, and `json` (valid) in that type, appended to `out`. */
struct slice api_json_type(const struct api_call *call);
void api_encode_json(const struct api_call *call, struct slice json, struct buf *out);
/* A header for the reply, whichever it will be. Copied. */
void api_add_header(struct api_call *call, struct slice name, struct slice value);
/* Runs once if the client leaves before the reply. The operation still replies (into the void). */
void api_on_gone(struct api_call *call, void (*on_gone)(void *ctx, struct api_call *), void *ctx);

/* --- exactly one reply per call; the call is over afterwards --- */

void api_reply_json(struct api_call *call, int http_status, struct slice json);
/* Any protocol; Content-Type is among `headers`. Request-id and CORS headers are added. */
void api_reply_raw(struct api_call *call, int http_status, struct http_headers headers,
                   struct slice body);
void api_reply_empty(struct api_call *call, int http_status);
/* Query and ec2: `xml` is the inside of <OpResult> (query) or <OpResponse> (ec2); the envelope
 * with the request id is added, and api_reply_empty() sends it without a result. Rest-xml: `xml`
 * is the root element. */
void api_reply_xml(struct api_call *call, int http_status, struct slice xml);
/* By the service's error table. */
void api_reply_fault(struct api_call *call, const struct fault *fault);
/* With a code of its own, where one status has several names. */
void api_reply_error(struct api_call *call, int http_status, const char *code,
                     struct slice message);
/* Pieces: begin with http_stream_begin() on api_exchange() after api_stream_headers(), write
 * there, and end with api_stream_end() (or api_stream_abort(), when the stream failed half way).
 * Not for an in-process call, which has no exchange: refuse it. */
struct http_headers api_stream_headers(struct api_call *call, struct http_headers own);
void api_stream_end(struct api_call *call, struct http_headers trailers);
void api_stream_abort(struct api_call *call);

/* --- in process --- */

/* Calls `operation` of `service` with `body` as its main protocol sends it; a query service (SNS) also takes a JSON
 * object with the members of the operation's input, and tells errors in JSON then. The request is copied.
 * `on_reply` runs once, never inside this call (but at once with 503 when the edge is closed),
 * with slices valid during it; HTTP status 0 when the service or operation does not exist here. */
typedef void api_reply_fn(void *ctx, int http_status, struct http_headers headers,
                          struct slice body);
struct api_internal_request {
    struct slice service;
    struct slice operation;
    struct http_headers headers;
    const struct http_header *path_params; /* name and value; NULL-name entry ends; may be NULL */
    struct slice body;
    struct slice query; /* REST protocols: "Qualifier=1", encoded; may be empty */
};
void api_internal_call(struct edge *edge, const struct api_internal_request *request,
                       api_reply_fn *on_reply, void *ctx);
/* Whether there is such an operation, and it is emulated. */
bool api_internal_is_there(struct edge *edge, struct slice service, struct slice operation);

#endif
