/* One deployed API as requests see it: routes, stages, CORS and everything about them that can be
 * written before a request comes. Immutable; replaced as a whole when the template changes.
 *
 * Ownership  Counted: the listener holds one, each request in flight another, so a request ends
 *            with the routes it matched. The specs are copied.
 * Errors     INVALID for malformed and duplicate routes, and for an API without a stage. */
#ifndef SLS_GATEWAY_API_H
#define SLS_GATEWAY_API_H

#include "core/arena.h"
#include "core/http/http.h"
#include "gateway/answer/cors.h"
#include "gateway/gateway.h"
#include "gateway/integration/target.h"
#include "gateway/router.h"

struct authorizer;        /* auth/authorizer.h */
struct transform;         /* integration/transform.h */
struct validation;        /* stage/validation.h */
struct gateway_responses; /* answer/gateway_response.h */
struct ws_routes;         /* websocket/ws_routes.h */
struct route_limit;       /* stage/throttle.h */
struct response_cache;    /* stage/response_cache.h */
struct subtype;           /* integration/subtype.h */
struct access_log;        /* stage/access_log.h */
struct policy;            /* policy/policy.h */

/* What a stage does about the answers of one method. */
struct cache_rule {
    uint32_t ttl_s;           /* 0: they are not kept */
    bool needs_authorization; /* to have a kept answer fetched anew */
    enum unauthorized_strategy strategy;
};

struct stage {
    struct slice name;
    struct slice name_json;           /* with quotes */
    struct slice variables_json;      /* an object; empty when there are none */
    bool is_default;                  /* $default: no prefix in the path */
    struct route_limit *limits;       /* by the routes' index; NULL: none */
    struct cache_rule *cache_rules;   /* the same */
    struct target *targets;           /* the same; NULL: those of the routes */
    struct response_cache *cache;     /* NULL: none */
    struct stage *canary;             /* the one that some requests are given instead; NULL: none */
    struct api_config *canary_config; /* it is of that one, a variant; NULL: of the stage's */
    double canary_percent;
    const struct access_log *access_log; /* stage/access_log.h; NULL: none */
    bool has_canary;                     /* of both */
    bool is_canary;
    bool uses_stage_cache; /* the canary */
};

struct route {
    struct route_pattern pattern;
    size_t index;          /* among the API's */
    struct slice key;      /* "GET /items/{id}", "$default" */
    struct slice method;   /* as the route has it */
    struct slice key_json; /* the same with quotes */
    struct slice path_json;
    struct slice resource_id; /* REST: 6 characters that follow from the path */
    struct target target;
    struct slice unsupported;
    struct authorizer *authorizer; /* NULL: everybody may call */
    struct transform *transform;   /* REST, integrations that are no proxies; else NULL */
    struct validation *validation; /* REST; NULL: nothing is asked for */
    const struct subtype *subtype; /* of INTEGRATION_SUBTYPE; NULL: there is none such */
    struct texts scopes;
    bool needs_api_key;
    bool needs_iam;
    enum integration integration;
    struct integration_spec
        backend; /* all of it; the members around it are what every request needs */
    bool is_payload_v1;
    bool streams;
    bool has_response; /* WebSocket: what the integration answers goes back */
    uint32_t timeout_ms;
};

struct api_config {
    uint32_t refs;
    struct api_config *variant; /* the API with other stages, described otherwise; NULL: none */
    struct arena arena;
    enum api_kind kind;
    struct slice logical_id;
    struct slice id;
    struct slice account_json;    /* with quotes; of a public URL "anonymous" */
    struct slice id_json;         /* with quotes */
    struct slice deployment_json; /* REST: with quotes */
    struct stage *stages;
    size_t stage_count;
    struct authorizer *authorizers;
    size_t authorizer_count;
    struct validation *validations; /* of the routes that have one */
    size_t validation_count;
    struct transform *transforms; /* the same */
    size_t transform_count;
    struct route *routes;
    size_t route_count;
    struct router *router;             /* of HTTP and REST APIs */
    const struct ws_routes *ws_routes; /* of WebSocket APIs */
    struct cors cors;                  /* HTTP APIs, function URLs */
    struct texts binary_media_types;
    bool takes_key_of_authorizer;                /* REST, WebSocket: not the header x-api-key */
    struct gateway_responses *gateway_responses; /* REST; NULL: none */
    const struct policy *policy;                 /* REST; NULL: none */
    int32_t compression_min; /* bytes from which answers are packed; -1: never */
    char port[6];            /* of the listener, for X-Forwarded-Port */
};

MUST_CHECK enum status api_config_create(const struct api_spec *spec, const char *account_id,
                                         struct api_config **ret_config, struct fault *reterr);
struct api_config *api_config_ref(struct api_config *config);
void api_config_unref(struct api_config *config); /* NULL is a no-op */

/* The function that the route asks in this stage. */
static inline const struct target *route_target(const struct route *route,
                                                const struct stage *stage)
{
    return stage != NULL && stage->targets != NULL ? &stage->targets[route->index] : &route->target;
}

/* Puts `variant` at the end of the variants of `config`, which owns it then. Stages of it that are canaries are those of
 * their namesakes. */
void api_config_add_variant(struct api_config *config, struct api_config *variant);

/* For who prepares it: the text in quotes, in the API's arena. */
struct slice api_config_json_text(struct api_config *config, struct slice text);

/* `mime` (no parameters) is among the binary media types: exact, "image" + "/" + "*", or all. */
bool api_config_is_binary(const struct api_config *config, struct slice mime);

#endif
