/* What the files of this folder share; nobody else includes it.
 *
 *     cdn.c        distributions, their edge locations, deployments
 *     call.c       a request: behavior, key, what is kept
 *     fetch.c      a request to an origin, and for whom it is
 *     request.c    the key, and what the origin is asked
 *     object.c     what is kept
 *     answer.c     what the client gets
 *     freshness.c  for how long
 *     invalidation.c  until somebody says otherwise
 *     service.c, config_xml.c  the AWS API */
#ifndef SLS_GATEWAY_CDN_PRIVATE_H
#define SLS_GATEWAY_CDN_PRIVATE_H

#include "core/http/client.h"
#include "core/http/server.h"
#include "gateway/cdn/cdn.h"
#include "gateway/cdn/freshness.h"
#include "gateway/cdn/limits.h"
#include "gateway/lru.h"
#include "gateway/model/distribution.h"

/* A deployment; requests in flight hold on to theirs. */
struct cdn_config {
    size_t refs;
    struct cdn_model *model;
};
struct cdn_config *cdn_config_ref(struct cdn_config *config);
void cdn_config_unref(struct cdn_config *config);

struct cdn {
    struct context *context;
    struct cdn_options options;
    struct http_client *client;
    struct cdn_config *config;
    struct location *locations; /* in their order */
    size_t open_locations;      /* those that are being closed included */
    size_t open_servers;
    struct invalidation *invalidations; /* newest first */
    int64_t deployed_ms;
    bool is_closing;
    void (*on_closed)(void *ctx);
    void *close_ctx;
};

/* An edge location of a distribution. */
struct location {
    struct cdn *cdn;
    struct location *next;
    struct http_server *server;
    struct cdn_config *config;
    const struct distribution_spec *spec; /* of config */
    char *logical_id;
    size_t number; /* from 0 */
    uint16_t port;
    const char *pop;
    uint32_t latency_ms;
    struct lru cache;
    struct fetch *fetches;  /* those others may join */
    uint64_t invalidations; /* so far: what was asked for before one is not kept */
    size_t refs;            /* its server, fetches and delayed calls */
};
void location_unref(struct location *location);

/* --- what is kept --- */

struct object {
    struct lru_entry entry;
    int status;
    bool is_error;                                               /* kept for an error's time */
    int64_t stored_ms, fresh_ms, stale_while_ms, stale_error_ms; /* until then */
    struct slice uri; /* path, and the part of the query that belongs to the key */
    struct slice body;
    size_t header_count;
    struct http_header headers[];
};

/* An answer, kept or not. */
struct answer {
    int status;
    struct http_headers headers;
    struct slice body;
    int64_t age_s; /* -1: it comes from the origin just now */
};

struct object *cdn_object_find(struct location *location, struct slice key);
struct answer cdn_object_answer(const struct object *object, int64_t now_ms);
/* NULL when it is too large. */
struct object *cdn_object_keep(struct location *location, struct slice key, struct slice uri,
                               const struct answer *answer, const struct freshness *freshness,
                               bool is_error, int64_t now_ms);
/* The origin says that it has not changed. */
void cdn_object_refresh(struct object *object, const struct freshness *freshness, int64_t now_ms);
void cdn_object_drop(struct location *location, struct object *object);

/* --- a request --- */

#define CF_ID_MAX 64

struct call {
    struct location *location;
    struct cdn_config *config;
    const struct distribution_spec *spec;
    const struct behavior_spec *behavior;
    struct http_exchange *exchange;
    struct arena *arena;
    struct call *next; /* of a fetch */
    struct slice method;
    struct slice path;  /* with the default root object; of an error page */
    struct slice query; /* as sent; empty for an error page */
    struct slice body;
    bool is_cacheable; /* the cache is asked, and may keep the answer */
    struct slice key, uri;
    const struct error_response_spec *page; /* whose page is being found */
    struct answer failed; /* what the page stands for, should it be missing; in the arena */
    char id[CF_ID_MAX];
};

/* Looks the key up, and goes on from there. */
void cdn_call_run(struct call *call);
/* A fetch of its own, that nobody joins. */
void cdn_call_fetch_alone(struct call *call);
/* Answers, or goes on to the error page that stands for it. */
enum cdn_result { RESULT_HIT, RESULT_MISS, RESULT_REFRESH, RESULT_ERROR, RESULT_TO_HTTPS };
void cdn_call_finish(struct call *call, const struct answer *answer, enum cdn_result result,
                     struct slice reason);

/* --- request.c --- */

/* Sets key and uri. */
void cdn_request_key(struct call *call);
/* The origin's request of a call, in the arena; `stale` has validators to ask with, or is NULL. `ret_reason` tells what
 * cannot come out well, else it is empty. */
struct http_client_request cdn_request_of(struct call *call, struct arena *arena,
                                          const struct origin_spec *origin,
                                          const struct object *stale, struct slice *ret_reason);
bool is_end_to_end(struct slice header_name);
/* "br,gzip", "gzip", "br" or "", of what a client accepts and a policy takes. */
struct slice accepted_coding(struct arena *arena, const struct cache_policy_spec *policy,
                             struct slice accept_encoding);

/* --- fetch.c --- */

/* The call is the fetch's until it is finished; with `shares` others of its key may join. */
void cdn_fetch_start(struct call *call, const struct object *stale, bool shares);
/* Asks again for what is stale, for nobody in particular. */
void cdn_fetch_in_background(struct call *call, const struct object *stale);
/* True when one for the key is under way: the call has joined it. */
bool cdn_fetch_join(struct call *call);

/* --- answer.c --- */

/* An answer of CloudFront's own, in the arena. */
struct answer cdn_answer_own(struct arena *arena, int status, struct slice words, const char *id);
/* Sends it; the call is over. */
void cdn_answer_send(struct call *call, const struct answer *answer, enum cdn_result result,
                     struct slice reason);
/* What Compress makes of an origin's answer. */
void cdn_answer_compress(struct arena *arena, struct slice coding, struct answer *answer);

const struct error_response_spec *error_response(const struct distribution_spec *spec, int status);

#endif
