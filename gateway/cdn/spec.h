/* What a distribution is, as its requests need it.
 *
 *     AWS::CloudFront::* resources -> cdn_model_create() -> struct distribution_spec -> cdn_deploy()
 *
 * Ownership  Plain data, of the model that made it.
 * Source     CloudFront API reference: a member is named as there, where it has a name. */
#ifndef SLS_GATEWAY_CDN_SPEC_H
#define SLS_GATEWAY_CDN_SPEC_H

#include "gateway/spec.h"

/* Which headers, cookies or query strings. */
enum selection_kind { SELECT_NONE, SELECT_LISTED, SELECT_ALL, SELECT_ALL_EXCEPT };

struct selection_spec {
    enum selection_kind kind;
    struct texts names; /* of LISTED and ALL_EXCEPT */
};

/* What is part of the cache key; it goes to the origin, too. */
struct cache_policy_spec {
    int64_t min_ttl_s, default_ttl_s, max_ttl_s;
    struct selection_spec headers, cookies, queries;
    bool takes_gzip, takes_brotli; /* EnableAcceptEncoding* */
};

/* What goes to the origin besides. */
struct origin_request_spec {
    struct selection_spec headers, cookies, queries;
    struct texts cloudfront_headers; /* made by CloudFront, of allViewerAndWhitelistCloudFront */
};

struct response_header_spec {
    struct slice name, value;
    bool overrides; /* what the origin sent */
};

struct response_headers_spec {
    bool is_set;
    struct cors_spec cors;
    bool cors_overrides;
    const struct response_header_spec *items;
    size_t count;
    struct texts removed;
};

enum origin_kind {
    ORIGIN_REMOTE,
    ORIGIN_API,    /* of API Gateway, here */
    ORIGIN_URL,    /* of a function, here */
    ORIGIN_BUCKET, /* here */
    ORIGIN_WEBSITE /* of a bucket, here */
};

struct origin_spec {
    struct slice id;
    struct slice domain_name;
    struct slice path; /* OriginPath: "/prod", or empty */
    enum origin_kind kind;
    struct slice name;   /* of what is here: API id, URL id, bucket */
    bool is_https;       /* REMOTE: of OriginProtocolPolicy */
    bool matches_viewer; /* REMOTE: "match-viewer" */
    uint16_t http_port, https_port;
    bool lists; /* BUCKET: who is not allowed to list it gets 403 for a key that is not there */
    uint32_t timeout_ms, connect_timeout_ms;
    struct pairs headers; /* OriginCustomHeaders */
};

/* An origin, or the two of a group. */
struct target_spec {
    const struct origin_spec *first;
    const struct origin_spec *second; /* NULL: no group */
    const uint16_t *statuses;         /* with which the first one fails */
    size_t status_count;
};

enum method_set {
    METHODS_GET = 1,     /* GET, HEAD */
    METHODS_OPTIONS = 2, /* and OPTIONS */
    METHODS_ALL = 4      /* and PUT, POST, PATCH, DELETE */
};

enum viewer_protocol { VIEWER_ANY, VIEWER_REDIRECT, VIEWER_HTTPS };

struct behavior_spec {
    struct slice path_pattern; /* "*" of the default one */
    struct target_spec target;
    enum method_set allowed, cached;      /* the largest set of them */
    enum viewer_protocol viewer_protocol; /* ViewerProtocolPolicy; kept where HTTPS is spoken */
    bool compresses;
    bool is_legacy; /* ForwardedValues: all headers but some go to the origin */
    struct cache_policy_spec cache;
    struct origin_request_spec origin_request;
    struct response_headers_spec response_headers;
    struct slice unsupported; /* why it answers 501; else empty */
};

struct error_response_spec {
    int code;
    int response_code; /* 0: the same */
    struct slice page; /* "/404.html", or empty */
    int64_t ttl_s;
};

struct distribution_spec {
    struct slice logical_id;
    struct slice id;          /* "E1ABC..." */
    struct slice domain_name; /* "d111111abcdef8.cloudfront.net" */
    struct slice position;
    struct slice config; /* DistributionConfig, JSON */
    struct slice comment;
    bool is_enabled;
    struct slice default_root; /* DefaultRootObject */
    const struct origin_spec *origins;
    size_t origin_count;
    const struct behavior_spec *behaviors; /* in their order; the default one is the last */
    size_t behavior_count;
    const struct error_response_spec *errors;
    size_t error_count;
};

#endif
