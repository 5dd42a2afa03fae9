#include "core/mem.h"
#include "gateway/model/distributing.h"

/* "whitelist" of both policies, "none", "all", "allExcept", "allViewer"... and the list that belongs to it. */
static struct selection_spec selection(struct building *b, struct slice config,
                                       const char *behavior, const char *list, const char *inner)
{
    struct slice word = model_text(b, config, behavior);
    struct slice raw = json_raw_member(config, list);
    /* CloudFormation has a plain list, the API one in an Items member. */
    struct texts names = raw.ptr != NULL && json_raw_kind(raw) == JSON_OBJECT
                             ? model_texts(b, raw, inner)
                             : model_texts(b, config, list);
    if (slice_is(word, "all") || slice_is(word, "allViewer") ||
        slice_is(word, "allViewerAndWhitelistCloudFront")) {
        return (struct selection_spec){SELECT_ALL, {NULL, 0}};
    }
    if (slice_is(word, "whitelist")) {
        return (struct selection_spec){SELECT_LISTED, names};
    }
    if (slice_is(word, "allExcept")) {
        return (struct selection_spec){SELECT_ALL_EXCEPT, names};
    }
    return (struct selection_spec){SELECT_NONE, {NULL, 0}};
}

static void read_ttls(struct building *b, struct slice object, struct cache_policy_spec *policy)
{
    policy->min_ttl_s = model_i64(b, object, "MinTTL", 0);
    int64_t otherwise =
        policy->min_ttl_s > CDN_DEFAULT_TTL_S ? policy->min_ttl_s : CDN_DEFAULT_TTL_S;
    policy->default_ttl_s = model_i64(b, object, "DefaultTTL", otherwise);
    otherwise = policy->default_ttl_s > CDN_MAX_TTL_S ? policy->default_ttl_s : CDN_MAX_TTL_S;
    policy->max_ttl_s = model_i64(b, object, "MaxTTL", otherwise);
}

static void check_ttls(struct building *b, const struct resource *resource,
                       const struct cache_policy_spec *policy)
{
    if (policy->min_ttl_s < 0 || policy->default_ttl_s < policy->min_ttl_s ||
        policy->max_ttl_s < policy->default_ttl_s) {
        building_fail(
            b, resource->position,
            "The parameter MinTTL must be less than or equal to DefaultTTL, and DefaultTTL "
            "less than or equal to MaxTTL, in cache policy '%.*s'",
            SLICE_ARG(resource->logical_id));
    }
}

bool model_cache_policy(struct building *b, struct slice id, struct cache_policy_spec *ret)
{
    const struct cache_policy_spec *managed = managed_cache_policy(id);
    if (managed != NULL) {
        *ret = *managed;
        return true;
    }
    const struct resource *resource = building_find(b, "AWS::CloudFront::CachePolicy", id);
    if (resource == NULL) {
        return false;
    }
    struct slice config = json_raw_member(resource->properties, "CachePolicyConfig");
    struct slice key = json_raw_member(config, "ParametersInCacheKeyAndForwardedToOrigin");
    struct slice headers = json_raw_member(key, "HeadersConfig");
    struct slice cookies = json_raw_member(key, "CookiesConfig");
    struct slice queries = json_raw_member(key, "QueryStringsConfig");
    read_ttls(b, config, ret);
    check_ttls(b, resource, ret);
    ret->headers = selection(b, headers, "HeaderBehavior", "Headers", "Items");
    ret->cookies = selection(b, cookies, "CookieBehavior", "Cookies", "Items");
    ret->queries = selection(b, queries, "QueryStringBehavior", "QueryStrings", "Items");
    ret->takes_gzip = model_bool(b, key, "EnableAcceptEncodingGzip");
    ret->takes_brotli = model_bool(b, key, "EnableAcceptEncodingBrotli");
    return true;
}

bool model_origin_request(struct building *b, struct slice id, struct origin_request_spec *ret)
{
    const struct origin_request_spec *managed = managed_origin_request(id);
    if (managed != NULL) {
        *ret = *managed;
        return true;
    }
    const struct resource *resource = building_find(b, "AWS::CloudFront::OriginRequestPolicy", id);
    if (resource == NULL) {
        return false;
    }
    struct slice config = json_raw_member(resource->properties, "OriginRequestPolicyConfig");
    struct slice headers = json_raw_member(config, "HeadersConfig");
    struct slice cookies = json_raw_member(config, "CookiesConfig");
    struct slice queries = json_raw_member(config, "QueryStringsConfig");
    ret->headers = selection(b, headers, "HeaderBehavior", "Headers", "Items");
    ret->cookies = selection(b, cookies, "CookieBehavior", "Cookies", "Items");
    ret->queries = selection(b, queries, "QueryStringBehavior", "QueryStrings", "Items");
    if (slice_is(model_text(b, headers, "HeaderBehavior"), "allViewerAndWhitelistCloudFront")) {
        ret->cloudfront_headers = model_texts(b, headers, "Headers");
    }
    return true;
}

/* "Items" of {"Items": [...]}. */
static struct texts items_of(struct building *b, struct slice object, const char *key)
{
    return model_texts(b, json_raw_member(object, key), "Items");
}

static struct cors_spec read_cors(struct building *b, struct slice json)
{
    if (json.ptr == NULL) {
        return (struct cors_spec){.max_age_s = -1};
    }
    return (struct cors_spec){
        .is_set = true,
        .allow_credentials = model_bool(b, json, "AccessControlAllowCredentials"),
        .max_age_s = (int32_t)model_i64(b, json, "AccessControlMaxAgeSec", -1),
        .allow_origins = items_of(b, json, "AccessControlAllowOrigins"),
        .allow_methods = items_of(b, json, "AccessControlAllowMethods"),
        .allow_headers = items_of(b, json, "AccessControlAllowHeaders"),
        .expose_headers = items_of(b, json, "AccessControlExposeHeaders"),
    };
}

#define SECURITY_HEADERS 6

/* "max-age=1; includeSubDomains; preload". */
static struct slice transport_security(struct building *b, struct slice json)
{
    return arena_printf(b->arena, "max-age=%lld%s%s",
                        (long long)model_i64(b, json, "AccessControlMaxAgeSec", 0),
                        model_bool(b, json, "IncludeSubdomains") ? "; includeSubDomains" : "",
                        model_bool(b, json, "Preload") ? "; preload" : "");
}

static struct slice xss_protection(struct building *b, struct slice json)
{
    struct slice report = model_text(b, json, "ReportUri");
    if (!model_bool(b, json, "Protection")) {
        return SLICE("0");
    }
    return arena_printf(b->arena, "1%s%s%.*s",
                        model_bool(b, json, "ModeBlock") ? "; mode=block" : "",
                        report.len > 0 ? "; report=" : "", SLICE_ARG(report));
}

static size_t read_security(struct building *b, struct slice json,
                            struct response_header_spec *items)
{
    const struct {
        const char *key;
        struct slice name;
        const char *value; /* the member that has it; NULL: made below */
    } rows[SECURITY_HEADERS] = {
        {"ContentSecurityPolicy", SLICE("Content-Security-Policy"), "ContentSecurityPolicy"},
        {"ContentTypeOptions", SLICE("X-Content-Type-Options"), NULL},
        {"FrameOptions", SLICE("X-Frame-Options"), "FrameOption"},
        {"ReferrerPolicy", SLICE("Referrer-Policy"), "ReferrerPolicy"},
        {"StrictTransportSecurity", SLICE("Strict-Transport-Security"), NULL},
        {"XSSProtection", SLICE("X-XSS-Protection"), NULL},
    };
    size_t count = 0;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct slice each = json_raw_member(json, rows[i].key);
        if (each.ptr == NULL) {
            continue;
        }
        struct slice value = rows[i].value != NULL ? model_text(b, each, rows[i].value)
                             : i == 1              ? SLICE("nosniff")
                             : i == 4              ? transport_security(b, each)
                                                   : xss_protection(b, each);
        items[count++] =
            (struct response_header_spec){rows[i].name, value, model_bool(b, each, "Override")};
    }
    return count;
}

bool model_response_headers(struct building *b, struct slice id, struct response_headers_spec *ret)
{
    const struct response_headers_spec *managed = managed_response_headers(id);
    if (managed != NULL) {
        *ret = *managed;
        return true;
    }
    const struct resource *resource =
        building_find(b, "AWS::CloudFront::ResponseHeadersPolicy", id);
    if (resource == NULL) {
        return false;
    }
    struct slice config = json_raw_member(resource->properties, "ResponseHeadersPolicyConfig");
    struct slice cors = json_raw_member(config, "CorsConfig");
    struct slice custom = json_raw_member(json_raw_member(config, "CustomHeadersConfig"), "Items");
    struct slice removed = json_raw_member(json_raw_member(config, "RemoveHeadersConfig"), "Items");
    size_t max = json_raw_count(custom) + SECURITY_HEADERS;
    struct response_header_spec *items = arena_array(b->arena, max, sizeof *items);
    size_t count = read_security(b, json_raw_member(config, "SecurityHeadersConfig"), items);
    struct slice each;
    for (struct json_scan scan = json_scan_array(custom); json_scan_element(&scan, &each);) {
        items[count++] = (struct response_header_spec){model_text(b, each, "Header"),
                                                       model_text(b, each, "Value"),
                                                       model_bool(b, each, "Override")};
    }
    struct slice *names = arena_array(b->arena, json_raw_count(removed), sizeof *names);
    size_t name_count = 0;
    for (struct json_scan scan = json_scan_array(removed); json_scan_element(&scan, &each);) {
        names[name_count++] = model_text(b, each, "Header");
    }
    *ret = (struct response_headers_spec){
        .is_set = true,
        .cors = read_cors(b, cors),
        .cors_overrides = model_bool(b, cors, "OriginOverride"),
        .items = items,
        .count = count,
        .removed = {names, name_count},
    };
    return true;
}

struct cache_policy_spec model_forwarded_values(struct building *b, struct slice behavior)
{
    struct slice values = json_raw_member(behavior, "ForwardedValues");
    struct slice cookies = json_raw_member(values, "Cookies");
    struct texts headers = model_texts(b, values, "Headers");
    struct texts keys = model_texts(b, values, "QueryStringCacheKeys");
    struct cache_policy_spec policy = {.takes_gzip = true};
    read_ttls(b, behavior, &policy);
    policy.headers.kind = headers.count == 0                ? SELECT_NONE
                          : slice_is(headers.items[0], "*") ? SELECT_ALL
                                                            : SELECT_LISTED;
    policy.headers.names = headers;
    policy.cookies = selection(b, cookies, "Forward", "WhitelistedNames", "Items");
    policy.queries.kind = !model_bool(b, values, "QueryString") ? SELECT_NONE
                          : keys.count > 0                      ? SELECT_LISTED
                                                                : SELECT_ALL;
    policy.queries.names = keys;
    if (policy.headers.kind == SELECT_ALL) { /* nothing is kept then */
        policy.max_ttl_s = policy.default_ttl_s = policy.min_ttl_s = 0;
    }
    return policy;
}
