/* CloudFront's own policies, by their ids. */
#include "core/mem.h"
#include "gateway/model/distributing.h"

#define LIST(...)                                                                                  \
    {                                                                                              \
        (const struct slice[]){__VA_ARGS__},                                                       \
            sizeof((const struct slice[]){__VA_ARGS__}) / sizeof(struct slice)                     \
    }
#define S(text) SLICE_INIT(text)
#define LISTED(...)                                                                                \
    {                                                                                              \
        SELECT_LISTED, LIST(__VA_ARGS__)                                                           \
    }
#define ALL                                                                                        \
    {                                                                                              \
        SELECT_ALL,                                                                                \
        {                                                                                          \
            NULL, 0                                                                                \
        }                                                                                          \
    }
#define NONE                                                                                       \
    {                                                                                              \
        SELECT_NONE,                                                                               \
        {                                                                                          \
            NULL, 0                                                                                \
        }                                                                                          \
    }
#define ORIGIN_CONTROL_HEADERS                                                                     \
    LISTED(S("Host"), S("Origin"), S("X-HTTP-Method-Override"), S("X-HTTP-Method"),                \
           S("X-Method-Override"))

static const struct {
    const char *id;
    struct cache_policy_spec policy;
} cache_policies[] = {
    /* Amplify */
    {"2e54312d-136d-493c-8eb9-b001f22f67d2",
     {2, 2, 600, LISTED(S("Authorization"), S("CloudFront-Viewer-Country"), S("Host")), ALL, ALL,
      true, true}},
    /* CachingDisabled */
    {"4135ea2d-6df8-44a3-9df3-4b5a84be39ad", {0, 0, 0, NONE, NONE, NONE, false, false}},
    /* CachingOptimized */
    {"658327ea-f89d-4fab-a63d-7e88639e58f6",
     {1, CDN_DEFAULT_TTL_S, CDN_MAX_TTL_S, NONE, NONE, NONE, true, true}},
    /* CachingOptimizedForUncompressedObjects */
    {"b2884449-e4de-46a7-ac36-70bc7f1ddd6d",
     {1, CDN_DEFAULT_TTL_S, CDN_MAX_TTL_S, NONE, NONE, NONE, false, false}},
    /* Elemental-MediaPackage */
    {"08627262-05a9-4f76-9ded-b50ca2e3a84f",
     {0, CDN_DEFAULT_TTL_S, CDN_MAX_TTL_S, LISTED(S("Origin")), NONE,
      LISTED(S("aws.manifestfilter"), S("start"), S("end"), S("m")), true, false}},
    /* UseOriginCacheControlHeaders */
    {"83da9c7e-98b4-4e11-a168-04f0df8e2c65",
     {0, 0, CDN_MAX_TTL_S, ORIGIN_CONTROL_HEADERS, ALL, NONE, true, true}},
    /* UseOriginCacheControlHeaders-QueryStrings */
    {"4cc15a8a-d715-48a4-82b8-cc0b614638fe",
     {0, 0, CDN_MAX_TTL_S, ORIGIN_CONTROL_HEADERS, ALL, ALL, true, true}},
};

const struct cache_policy_spec *managed_cache_policy(struct slice id)
{
    for (size_t i = 0; i < COUNT_OF(cache_policies); i++) {
        if (slice_is(id, cache_policies[i].id)) {
            return &cache_policies[i].policy;
        }
    }
    return NULL;
}

static const struct {
    const char *id;
    struct origin_request_spec policy;
} origin_requests[] = {
    /* AllViewer */
    {"216adef6-5c7f-47e4-b989-5492eafa07d3", {ALL, ALL, ALL, {NULL, 0}}},
    /* AllViewerAndCloudFrontHeaders-2022-06: those that can be known here */
    {"33f36d7e-f396-46d9-90e0-52428a34d9dc",
     {ALL, ALL, ALL,
      LIST(S("CloudFront-Forwarded-Proto"), S("CloudFront-Viewer-Address"),
           S("CloudFront-Viewer-Http-Version"))}},
    /* AllViewerExceptHostHeader */
    {"b689b0a8-53d0-40ab-baf2-68738e2966ac",
     {{SELECT_ALL_EXCEPT, LIST(S("Host"))}, ALL, ALL, {NULL, 0}}},
    /* CORS-CustomOrigin */
    {"59781a5b-3903-41f3-afcb-af62929ccde1", {LISTED(S("Origin")), NONE, NONE, {NULL, 0}}},
    /* CORS-S3Origin */
    {"88a5eaf4-2fd4-4709-b370-b4c650ea3fcf",
     {LISTED(S("Origin"), S("Access-Control-Request-Headers"), S("Access-Control-Request-Method")),
      NONE,
      NONE,
      {NULL, 0}}},
    /* Elemental-MediaTailor-PersonalizedManifests */
    {"775133bc-15f2-49f9-abea-afb2e0bf67d2",
     {LISTED(S("Origin"), S("Access-Control-Request-Headers"), S("Access-Control-Request-Method"),
             S("User-Agent"), S("X-Forwarded-For")),
      NONE,
      ALL,
      {NULL, 0}}},
    /* HostHeaderOnly */
    {"bf0718e1-ba1e-49d1-88b1-f726733018ae", {LISTED(S("Host")), NONE, NONE, {NULL, 0}}},
    /* UserAgentRefererHeaders */
    {"acba4595-bd28-49b8-b9fe-13317c0390fa",
     {LISTED(S("User-Agent"), S("Referer")), NONE, NONE, {NULL, 0}}},
};

const struct origin_request_spec *managed_origin_request(struct slice id)
{
    for (size_t i = 0; i < COUNT_OF(origin_requests); i++) {
        if (slice_is(id, origin_requests[i].id)) {
            return &origin_requests[i].policy;
        }
    }
    return NULL;
}

static const struct response_header_spec security[] = {
    {S("Referrer-Policy"), S("strict-origin-when-cross-origin"), false},
    {S("Strict-Transport-Security"), S("max-age=31536000"), false},
    {S("X-Content-Type-Options"), S("nosniff"), true},
    {S("X-Frame-Options"), S("SAMEORIGIN"), false},
    {S("X-XSS-Protection"), S("1; mode=block"), false},
};

#define ANY_ORIGIN .is_set = true, .max_age_s = -1, .allow_origins = LIST(S("*"))
#define SIMPLE_CORS                                                                                \
    {                                                                                              \
        ANY_ORIGIN                                                                                 \
    }
#define PREFLIGHT_CORS                                                                             \
    {                                                                                              \
        ANY_ORIGIN,                                                                                \
            .allow_methods = LIST(S("DELETE"), S("GET"), S("HEAD"), S("OPTIONS"), S("PATCH"),      \
                                  S("POST"), S("PUT")),                                            \
            .expose_headers = LIST(S("*")),                                                        \
    }

static const struct {
    const char *id;
    struct response_headers_spec policy;
} response_headers[] = {
    /* CORS-and-SecurityHeadersPolicy */
    {"e61eb60c-9c35-4d20-a928-2b84e02af89c",
     {.is_set = true, .cors = SIMPLE_CORS, .items = security, .count = COUNT_OF(security)}},
    /* CORS-With-Preflight */
    {"5cc3b908-e619-4b99-88e5-2cf7f45965bd", {.is_set = true, .cors = PREFLIGHT_CORS}},
    /* CORS-with-preflight-and-SecurityHeadersPolicy */
    {"eaab4381-ed33-4a86-88ca-d9558dc6cd63",
     {.is_set = true, .cors = PREFLIGHT_CORS, .items = security, .count = COUNT_OF(security)}},
    /* SecurityHeadersPolicy */
    {"67f7725c-6f97-4210-82d7-5512b31e9d03",
     {.is_set = true, .items = security, .count = COUNT_OF(security)}},
    /* SimpleCORS */
    {"60669652-455b-4ae9-85a4-c4c02393f86c", {.is_set = true, .cors = SIMPLE_CORS}},
};

const struct response_headers_spec *managed_response_headers(struct slice id)
{
    for (size_t i = 0; i < COUNT_OF(response_headers); i++) {
        if (slice_is(id, response_headers[i].id)) {
            return &response_headers[i].policy;
        }
    }
    return NULL;
}
