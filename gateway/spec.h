/* What an API is, as its requests need it: typed, every text that can be resolved before a request comes resolved.
 *
 *     template, OpenAPI document or control plane -> model (records) -> struct api_spec -> gateway_configure()
 *
 * Plain data. Names in braces ("${stageVariables.fn}") stay in texts that AWS resolves per request.
 *
 * Ownership  Everything is borrowed from whoever made the spec; gateway_configure() copies.
 * Source     API Gateway's control plane APIs (v1, v2): a member is named as there, where it has a name. */
#ifndef SLS_GATEWAY_SPEC_H
#define SLS_GATEWAY_SPEC_H

#include "core/slice.h"
#include "gateway/throttle/quota.h"

#include <stdint.h>

enum api_kind {
    API_HTTP,
    API_REST,
    API_WEBSOCKET,
    API_URL /* of a function: one stage and one route, both called $default */
};

struct name_value_pair {
    struct slice name;
    struct slice value;
};

struct pairs {
    const struct name_value_pair *items;
    size_t count;
};

struct texts {
    const struct slice *items;
    size_t count;
};

struct cors_spec { /* HTTP APIs and function URLs */
    bool is_set;
    bool allow_credentials;
    int32_t max_age_s; /* -1: unset */
    struct texts allow_origins, allow_methods, allow_headers, expose_headers;
};

/* --- who may call --- */

enum authorizer_kind {
    AUTHORIZER_JWT,     /* HTTP */
    AUTHORIZER_REQUEST, /* a function; all kinds of API */
    AUTHORIZER_TOKEN,   /* a function; REST */
    AUTHORIZER_COGNITO  /* REST */
};

struct authorizer_spec {
    enum authorizer_kind kind;
    struct slice id; /* what routes name */
    struct slice name;
    /* HTTP, WebSocket: "$request.header.Auth"; REST: "method.request.header.Auth". One for all but REQUEST. */
    struct texts identity_sources;
    int32_t ttl_s; /* of cached results; 0: none are */
    /* REQUEST, TOKEN */
    struct slice function;
    struct slice qualifier;
    struct slice validation_expression; /* TOKEN; empty: none */
    bool is_payload_v1;                 /* HTTP: format 1.0 */
    bool has_simple_responses;          /* HTTP */
    /* JWT */
    struct slice issuer;
    struct texts audience;
    /* COGNITO */
    struct texts user_pool_arns;
};

enum authorization { AUTHORIZATION_NONE, AUTHORIZATION_IAM, AUTHORIZATION_AUTHORIZER };

/* --- what answers --- */

enum integration {
    INTEGRATION_LAMBDA,   /* AWS_PROXY to a function */
    INTEGRATION_FUNCTION, /* AWS to a function: templates around it */
    INTEGRATION_SERVICE,  /* AWS to a service's action or path; REST, WebSocket */
    INTEGRATION_SUBTYPE,  /* HTTP APIs: "SQS-SendMessage" */
    INTEGRATION_HTTP,     /* templates around it */
    INTEGRATION_HTTP_PROXY,
    INTEGRATION_MOCK,
    INTEGRATION_NOT_POSTED, /* REST: a function cannot be invoked by another method than POST: 500 */
    INTEGRATION_UNSUPPORTED
};

enum passthrough { PASSTHROUGH_WHEN_NO_MATCH, PASSTHROUGH_WHEN_NO_TEMPLATES, PASSTHROUGH_NEVER };
enum content_handling { CONTENT_AS_IS, CONTENT_TO_TEXT, CONTENT_TO_BINARY };

struct integration_response_spec {
    struct slice status;            /* REST: "200"; WebSocket: the key, "$default" or "/400/" */
    struct slice selection_pattern; /* REST; empty: the default */
    /* REST: "method.response.header.X" -> "'literal'" or "integration.response..."; HTTP: "overwrite:header.X" */
    struct pairs parameters;
    struct pairs templates;          /* content type, WebSocket: key -> template */
    struct slice template_selection; /* WebSocket; empty: none */
    enum content_handling content_handling;
};

struct integration_spec {
    enum integration kind;
    struct slice type;     /* as written: for what is told */
    struct slice function; /* LAMBDA, FUNCTION: a name, or a text with stage variables */
    struct slice qualifier;
    bool is_payload_v1;  /* HTTP APIs; REST proxy events are their own format */
    bool is_async;       /* X-Amz-Invocation-Type 'Event' */
    bool streams;        /* REST, responseTransferMode STREAM; URL, InvokeMode RESPONSE_STREAM */
    uint32_t timeout_ms; /* 0: 30,000 (HTTP), 29,000 (REST, WebSocket) */
    struct slice uri;    /* HTTP*: a URL; SERVICE: "arn:aws:apigateway:us-east-1:sqs:path/..." */
    struct slice http_method; /* of the backend; empty or "ANY": the request's */
    struct slice subtype;
    /* REST: "integration.request.header.X" -> "method.request.header.Y"; HTTP: "append:header.X" -> "$request...",
     * or the parameters of the subtype. */
    struct pairs request_parameters;
    struct pairs request_templates;  /* content type -> template */
    struct slice template_selection; /* WebSocket */
    enum passthrough passthrough;
    enum content_handling content_handling;
    const struct integration_response_spec *responses;
    size_t response_count;
    struct texts cache_key_parameters; /* REST: "method.request.querystring.q" */
    struct slice cache_namespace;
};

/* --- routes --- */

struct validator_spec {
    bool validates_body;
    bool validates_parameters;
};

struct route_spec {
    struct slice method;      /* "GET", "ANY"; empty with path "$default" and for WebSocket */
    struct slice path;        /* "/items/{id}", "/{proxy+}", "$default"; WebSocket: the route key */
    struct slice resource_id; /* REST; empty: it follows from the path */
    struct slice operation_name;
    struct integration_spec integration;
    enum authorization authorization;
    struct slice authorizer_id; /* of api_spec.authorizers */
    struct texts scopes;
    bool needs_api_key;
    struct validator_spec validator;
    struct pairs models;              /* content type, WebSocket: key -> model name */
    struct slice model_selection;     /* WebSocket; empty: bodies are not held against models */
    struct texts required_parameters; /* "method.request.header.X"; WebSocket: "route...." */
    bool has_response;                /* WebSocket: what the integration answers goes back */
    /* Not empty: the route is guarded or integrated by something sls-local lacks; it answers 501 with this text
     * instead of letting the request through. */
    struct slice unsupported;
    struct slice position; /* "template.yaml:12:3" */
};

struct model_spec {
    struct slice name;
    struct slice content_type;
    struct slice schema; /* JSON Schema draft 4 */
};

struct gateway_response_spec { /* REST */
    struct slice type;         /* "ACCESS_DENIED", "DEFAULT_4XX" */
    struct slice status;       /* "403"; empty: the type's own */
    struct pairs parameters;   /* "gatewayresponse.header.X" -> "'*'" */
    struct pairs templates;
};

/* --- stages --- */

struct throttle_spec {
    double rate;   /* requests a second; negative: not limited here */
    int32_t burst; /* -1: not limited here */
};

/* unauthorizedCacheControlHeaderStrategy: what becomes of Cache-Control from who may not invalidate. */
enum unauthorized_strategy { UNAUTHORIZED_WARNS, UNAUTHORIZED_IS_IGNORED, UNAUTHORIZED_FAILS };

/* Of one method of a stage (REST: methodSettings; HTTP, WebSocket: routeSettings) or of all of them. */
struct route_settings_spec {
    struct slice method; /* "*": every; HTTP, WebSocket: empty */
    struct slice
        path; /* "/pets/{id}", "*"; HTTP, WebSocket: the route key, empty: the stage's default */
    struct throttle_spec throttle;
    bool caches;
    int32_t cache_ttl_s;            /* -1: 300 */
    bool cache_needs_authorization; /* requireAuthorizationForCacheControl */
    enum unauthorized_strategy unauthorized_strategy;
};

struct canary_spec {
    bool is_set;
    bool is_it; /* the stage is the canary of its namesake in another variant */
    double percent;
    struct pairs variables;
    bool uses_stage_cache;
};

struct stage_spec {
    struct slice name; /* "$default", "Prod" */
    struct pairs variables;
    const struct route_settings_spec *settings;
    size_t setting_count;
    bool has_cache; /* REST: cacheClusterEnabled */
    struct canary_spec canary;
    struct slice access_log_format; /* empty: no access log */
    struct slice access_log_group;  /* ARN */
};

/* --- the API --- */

struct api_spec {
    enum api_kind kind;
    bool is_variant; /* other stages of the API of the same logical id before it */
    bool is_made;    /* by request: no template has it */
    struct slice logical_id;
    struct slice id; /* "a1b2c3d4e5" */
    struct slice name;
    uint16_t port; /* wanted; 0: a free one */
    const struct stage_spec *stages;
    size_t stage_count;
    const struct route_spec *routes;
    size_t route_count;
    const struct authorizer_spec *authorizers;
    size_t authorizer_count;
    const struct model_spec *models;
    size_t model_count;
    struct cors_spec cors; /* HTTP, URL */
    /* REST */
    struct texts binary_media_types;
    const struct gateway_response_spec *gateway_responses;
    size_t gateway_response_count;
    bool takes_key_of_authorizer; /* apiKeySource AUTHORIZER */
    int32_t compression_min;      /* minimumCompressionSize; -1: no compression */
    struct slice policy;          /* resource policy, JSON; empty: none */
    /* WebSocket */
    struct slice route_selection; /* "$request.body.action" */
};

/* --- keys and plans: of the account, not of an API --- */

struct api_key_spec {
    struct slice id;
    struct slice name;
    struct slice value;
    bool is_enabled;
    bool is_generated; /* nobody wrote the value down */
};

struct plan_stage_spec {
    struct slice api_id;
    struct slice stage;
    const struct route_settings_spec *throttles; /* only their throttle counts */
    size_t throttle_count;
};

struct usage_plan_spec {
    struct slice id;
    struct slice name;
    const struct plan_stage_spec *stages;
    size_t stage_count;
    struct texts key_ids;
    struct throttle_spec throttle;
    bool has_quota;
    struct quota_settings quota;
};

struct usage_spec {
    const struct api_key_spec *keys;
    size_t key_count;
    const struct usage_plan_spec *plans;
    size_t plan_count;
};

#endif
