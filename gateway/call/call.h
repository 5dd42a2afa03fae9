/* A call is one request on its way through the gateway: routed, turned into an event, invoked,
 * answered.
 *
 *     on_request -> route -> read body -> event -> invoke -> response rules -> respond -> report
 *
 * Lifecycle  A call ends when its request is answered and its invocation is done, in either order:
 *            a request that ran into the integration timeout is answered while the function runs
 *            on. Ended calls are kept and used again, with their buffers.
 * Ownership  A call holds a reference to the API it matched in. The exchange's arena holds what
 *            the answer needs; the event lives in the call, because it must outlast the exchange.
 * Thread     Loop thread only.
 * Source     API Gateway Developer Guide, "AWS Lambda proxy integrations". */
#ifndef SLS_GATEWAY_CALL_CALL_H
#define SLS_GATEWAY_CALL_CALL_H

#include "core/http/client.h"
#include "core/http/server.h"
#include "core/id.h"
#include "gateway/answer/refusal.h"
#include "gateway/answer/response.h"
#include "gateway/api.h"
#include "gateway/event/event.h"
#include "gateway/integration/backend.h"
#include "gateway/jwt/jwt.h"
#include "gateway/policy/policy.h"
#include "gateway/stage/access_log.h"
#include "gateway/stage/stage.h"

struct ws_session;  /* websocket/sessions.h */
struct ws_sessions; /* the same */

/* All calls of a gateway. */
struct calls {
    struct context *context;
    struct backends backends;
    char *account_id;
    struct jwt_verifier *verifier;
    struct ws_sessions *sessions;
    struct usage *usage; /* stage/usage.h; the gateway's */
    struct access_streams logs;
    struct iam_options iam;
    uint64_t told[WARNINGS_TOLD_MAX]; /* hashes of what call_warn_once() said */
    size_t told_count;
    void (*on_warning)(void *ctx, struct slice position, struct slice text); /* with report_ctx */
    void (*on_request)(void *ctx, const struct request_report *report);
    void *report_ctx;
    struct call *all;  /* every call there is */
    struct call *idle; /* those that wait for a request */
    size_t idle_count;
    size_t open_timers;
    int64_t time_second; /* what `time` says; requests of one second share the text */
    char time[TIME_TEXT_MAX];
    bool is_closing;
    bool is_closed; /* on_closed has run; the last call frees the rest */
    void (*on_closed)(void *ctx);
    void *close_ctx;
};

struct call;
/* Goes on with the whole body, empty when there is none. */
typedef void call_body_fn(struct call *call, struct slice body);

enum stream_state { STREAM_NONE, STREAM_PRELUDE, STREAM_BODY };

struct call {
    struct calls *calls;
    struct call *all_prev, *all_next;
    struct call *idle_next;
    uv_timer_t timer; /* the integration timeout */
    bool is_timer_open;
    bool is_invoked;  /* the invoker holds the event */
    bool was_invoked; /* for the report */
    bool is_guarding; /* what is invoked is the authorizer's function */

    struct api_config *config;
    struct http_exchange *exchange; /* NULL once answered */
    struct http_headers headers;
    const struct route *route; /* NULL: none matched */
    struct stage_path chosen;
    struct route_match match;
    struct slice method;
    struct slice sent_path; /* encoded */
    struct slice path;      /* decoded for HTTP APIs, encoded for REST */
    struct slice query;
    struct trace trace;
    char request_id[ID_UUID_MAX];
    char extended_id[ID_SHORT_MAX]; /* REST */
    uint64_t started_ns;
    uint64_t integration_started_ns; /* 0: it was not asked */
    int integration_status;          /* what an HTTP backend answered; 0: it is none */
    struct slice error_message, error_type, error_validation; /* of the gateway's own answer */
    /* of the authorizer; in the exchange's arena */
    struct event_authorizer authorizer;
    struct event_caller caller;
    struct iam_pending *iam; /* iam.c; in the exchange's arena */
    struct slice identity;   /* by which its results are kept */
    struct slice challenge;  /* www-authenticate */
    struct slice usage_key;  /* usageIdentifierKey */
    call_body_fn *on_body;
    struct slice body; /* once it was read */
    bool has_read_body;
    struct ws_session *session; /* a handshake's, until it is open */
    char connection_id[ID_SHORT_MAX];
    struct event_key key;
    struct jwt_rules rules;
    struct slice cache_key; /* under which the answer is to be kept; NULL: it is not */
    bool warns_of_cache;    /* Cache-Control was ignored */
    struct asking asking;   /* of what stands behind templates */

    struct buf event; /* the payload of the invocation */
    struct buf label; /* "GET /hello": for the report and the log, after the exchange is gone too */
    size_t method_len;  /* of the label */
    struct buf reason;  /* for the report, which comes when the exchange is over */
    struct buf scratch; /* a decoded body; a streamed response's metadata */
    struct invoke_stream stream;
    enum stream_state stream_state;
    int stream_status;
    uint64_t stream_len;
    bool is_stream_paused;
};

struct calls *calls_create(struct context *context, const struct gateway_options *options,
                           struct usage *usage);
/* A new request for `path`, its own one or what the edge made of that; never fails: it is answered in any case. */
void calls_handle(struct calls *calls, struct api_config *config, struct http_exchange *exchange,
                  struct slice path);
/* When no listener is left: closes the timers, then runs `on_closed` (never inside). Calls whose
 * invocation is still running are freed when it ends. */
void calls_close(struct calls *calls, void (*on_closed)(void *ctx), void *ctx);

/* --- between call*.c and websocket/handshake.c --- */

void call_event_input(struct call *call, struct slice body, struct event_input *ret_in);
void call_on_timeout(uv_timer_t *timer);
/* Asks the route's authorizer; then call_pass(), or a refusal. */
void call_guard(struct call *call);
void call_guard_timed_out(struct call *call);
/* The same where AWS_IAM guards; goes on with `on_signed`. */
void call_guard_iam(struct call *call, void (*on_signed)(struct call *call));
/* "arn:aws:execute-api:us-east-1:000000000000:a1b2c3d4e5/Prod/GET/items/1"; a handshake's ends in ".../dev/$connect". */
struct slice call_route_arn(const struct call *call, struct slice account);
/* What the API's resource policy and who else guards the route say together; `of_partner` where there is none. The reason is
 * empty for ALLOW. */
enum policy_verdict call_policy_verdict(struct call *call, enum policy_partner partner,
                                        enum policy_verdict of_partner, struct slice *ret_reason);
/* The same where the partner allows: false when the request is refused. */
MUST_CHECK bool call_policy_admits(struct call *call, enum policy_partner partner);
/* What is served otherwise than AWS would; each text once. */
void call_warn_once(struct call *call, struct slice position, struct slice text);
/* Reads the body, once, and goes on; at once when it was read before. */
void call_read_body(struct call *call, call_body_fn *on_body);
/* Whether its API key and all limits let the request through; false when it is refused. */
MUST_CHECK bool call_admit(struct call *call);
/* Goes on with the integration, if it may. */
void call_pass(struct call *call);

/* Ends the call once nobody needs it: the client has its answer and the invoker its payload no
 * more. */
void call_release(struct call *call);
/* What was asked has answered. False when nobody waits for it any more: the call is gone then. */
bool call_resume(struct call *call);

/* `result` may be NULL. The call may be gone afterwards. */
void call_refuse(struct call *call, enum refusal refusal, struct slice reason,
                 const struct invoke_result *result);
/* The same with a message of its own, and with $context.error.validationErrorString (may be empty). */
void call_refuse_because(struct call *call, enum refusal refusal, struct slice message,
                         struct slice validation, struct slice reason);
/* A 403 of a resource policy: {"Message":...}. */
void call_refuse_access(struct call *call, struct slice message, struct slice reason);
/* A 401 of a user pool, where it says more than Unauthorized. */
void call_refuse_token(struct call *call, struct slice message, struct slice reason);
/* A 403 of AWS_IAM; the words go to clients of REST APIs and URLs. */
void call_refuse_signature(struct call *call, enum refusal refusal, struct slice words,
                           struct slice reason);
/* Answers with `response`; ids and CORS headers are added. The call may be gone afterwards. */
void call_respond(struct call *call, struct response *response, struct slice reason,
                  const struct invoke_result *result);
/* Adds the headers every answer has. */
void call_add_headers(struct call *call, struct response *response);
/* The exchange is over: reports, and lets go of the call unless its invocation runs on. */
void call_end_exchange(struct call *call, int status, struct slice reason,
                       const struct invoke_result *result);
/* Answers by what came of the invocation. */
void call_answer_outcome(struct call *call, const struct invoke_result *result);
/* Answers with what an integration said, mapped as the route has it. */
void call_answer(struct call *call, struct response *response, const struct invoke_result *result);
void call_refuse_unsupported(struct call *call);
/* A preflight to an HTTP API with CORS that no route takes. */
bool call_answers_preflight(const struct call *call);
void call_answer_preflight(struct call *call);
struct response_input call_response_input(struct call *call, struct slice payload);

/* cache.c, REST APIs: true when the stage's cache answers, or refuses to. */
MUST_CHECK bool call_cache_answer(struct call *call);
/* Before an answer of the integration goes out: it is kept, if the stage keeps it; and packed, if the client wants that. */
void call_cache_keep(struct call *call, struct response *response);
void call_pack(struct call *call, struct response *response);
/* The body without its Content-Encoding; false when the request is refused. */
MUST_CHECK bool call_unpack(struct call *call, struct slice *body);

/* Before the exchange ends: its line in the stage's access log, if it has one. */
void call_log_access(struct call *call, int status, uint64_t response_len, struct slice reason,
                     const struct invoke_result *result);

/* HTTP_PROXY. */
void call_proxy(struct call *call, struct slice body);
/* Answers as a backend did. */
void call_pass_on(struct call *call, const struct http_client_response *answer);
/* A service of an HTTP API. */
void call_subtype(struct call *call, struct slice body);
/* Functions, HTTP backends, services and mocks with templates around them. */
void call_transform(struct call *call, struct slice body);

/* The stream for the invocation of a route that streams. */
struct invoke_stream *call_stream_start(struct call *call);
/* True when the stream had begun, and is ended now. */
bool call_stream_finish(struct call *call, const struct invoke_result *result);
/* Cuts a stream that has begun: the integration timeout. False when it has not. */
bool call_stream_cut(struct call *call, struct slice reason);

#endif
