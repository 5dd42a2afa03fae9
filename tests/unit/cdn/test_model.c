#include "core/mem.h"
#include "gateway/cdn/call.h"
#include "gateway/cdn/invalidation.h"

#include <criterion/criterion.h>

#define OPTIMIZED "658327ea-f89d-4fab-a63d-7e88639e58f6"

/* A distribution of one origin, with `behavior` in front of TargetOriginId and more members of the config in `rest`. */
static enum status read(const char *behavior, const char *domain, const char *rest,
                        struct cdn_model **ret, struct fault *reterr)
{
    AUTO_ARENA arena = ARENA_INIT;
    const struct model_options options = {.functions = NULL};
    const struct resource resources[] = {
        {.logical_id = SLICE("Site"),
         .type = SLICE("AWS::CloudFront::Distribution"),
         .physical_id = SLICE("E111111ABCDEF8"),
         .position = SLICE("template.yaml:3:3"),
         .properties = arena_printf(
             &arena,
             "{\"DistributionConfig\":{\"Enabled\":\"true\",\"Origins\":[{\"Id\":\"o\","
             "\"DomainName\":\"%s\"}],\"DefaultCacheBehavior\":{%s\"TargetOriginId\":\"o\"}%s}}",
             domain, behavior, rest)},
        {.logical_id = SLICE("Own"),
         .type = SLICE("AWS::CloudFront::CachePolicy"),
         .physical_id = SLICE("own-policy"),
         .properties = SLICE(
             "{\"CachePolicyConfig\":{\"MinTTL\":5,\"DefaultTTL\":\"6\",\"MaxTTL\":7,"
             "\"ParametersInCacheKeyAndForwardedToOrigin\":{\"EnableAcceptEncodingGzip\":true,"
             "\"HeadersConfig\":{\"HeaderBehavior\":\"whitelist\",\"Headers\":[\"X-A\"]},"
             "\"CookiesConfig\":{\"CookieBehavior\":\"all\"},\"QueryStringsConfig\":{"
             "\"QueryStringBehavior\":\"allExcept\",\"QueryStrings\":[\"utm\"]}}}}")},
        {.logical_id = SLICE("Api"),
         .type = SLICE("AWS::ApiGatewayV2::Api"),
         .physical_id = SLICE("abcdefghij")},
    };
    return cdn_model_create(resources, COUNT_OF(resources), &options, ret, reterr);
}

Test(cdn_model, tells_origins_that_are_here_from_others)
{
    static const struct {
        const char *domain;
        enum origin_kind kind;
        const char *name;
    } rows[] = {
        {"abcdefghij.execute-api.us-east-1.amazonaws.com", ORIGIN_API, "abcdefghij"},
        {"strangersx.execute-api.us-east-1.amazonaws.com", ORIGIN_REMOTE, ""},
        {"xyz.lambda-url.us-east-1.on.aws", ORIGIN_URL, "xyz"},
        {"my.files.s3.us-east-1.amazonaws.com", ORIGIN_BUCKET, "my.files"},
        {"files.s3.amazonaws.com", ORIGIN_BUCKET, "files"},
        {"files.s3-us-west-2.amazonaws.com", ORIGIN_BUCKET, "files"},
        {"files.s3-website-us-east-1.amazonaws.com", ORIGIN_WEBSITE, "files"},
        {"example.com", ORIGIN_REMOTE, ""},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct cdn_model *model;
        struct fault fault;
        cr_assert_eq(
            read("\"CachePolicyId\":\"" OPTIMIZED "\",", rows[i].domain, "", &model, &fault),
            STATUS_OK, "%s", fault.text);
        cr_expect_eq(model->items[0].origins[0].kind, rows[i].kind, "%s", rows[i].domain);
        cr_expect(slice_is(model->items[0].origins[0].name, rows[i].name), "%s", rows[i].domain);
        cdn_model_destroy(model);
    }
}

Test(cdn_model, reads_policies_of_the_template_and_managed_ones)
{
    struct cdn_model *model;
    struct fault fault;
    cr_assert_eq(read("\"CachePolicyId\":\"own-policy\",", "a.b", "", &model, &fault), STATUS_OK);
    const struct cache_policy_spec *cache = &model->items[0].behaviors[0].cache;
    cr_expect_eq(cache->min_ttl_s, 5);
    cr_expect_eq(cache->default_ttl_s, 6);
    cr_expect_eq(cache->max_ttl_s, 7);
    cr_expect(cache->takes_gzip);
    cr_expect_eq(cache->headers.kind, SELECT_LISTED);
    cr_expect(slice_is(cache->headers.names.items[0], "X-A"));
    cr_expect_eq(cache->cookies.kind, SELECT_ALL);
    cr_expect_eq(cache->queries.kind, SELECT_ALL_EXCEPT);
    cr_expect(slice_is(model->items[0].domain_name, "d111111abcdef8.cloudfront.net"));
    cdn_model_destroy(model);

    cr_assert_eq(read("\"CachePolicyId\":\"" OPTIMIZED "\",\"ResponseHeadersPolicyId\":"
                      "\"67f7725c-6f97-4210-82d7-5512b31e9d03\",",
                      "a.b", "", &model, &fault),
                 STATUS_OK);
    cr_expect_eq(model->items[0].behaviors[0].cache.default_ttl_s, 86400);
    cr_expect_eq(model->items[0].behaviors[0].response_headers.count, 5);
    cdn_model_destroy(model);
}

Test(cdn_model, reads_forwarded_values_as_a_policy)
{
    struct cdn_model *model;
    struct fault fault;
    cr_assert_eq(read("\"ForwardedValues\":{\"QueryString\":true,\"QueryStringCacheKeys\":[\"v\"],"
                      "\"Cookies\":{\"Forward\":\"whitelist\",\"WhitelistedNames\":[\"s\"]}},"
                      "\"MinTTL\":0,\"DefaultTTL\":60,",
                      "a.b", "", &model, &fault),
                 STATUS_OK);
    const struct behavior_spec *behavior = &model->items[0].behaviors[0];
    cr_expect(behavior->is_legacy);
    cr_expect_eq(behavior->cache.default_ttl_s, 60);
    cr_expect_eq(behavior->cache.max_ttl_s, 31536000);
    cr_expect_eq(behavior->cache.queries.kind, SELECT_LISTED);
    cr_expect_eq(behavior->origin_request.queries.kind, SELECT_ALL, "all of them go on");
    cr_expect(slice_is(behavior->cache.cookies.names.items[0], "s"));
    cdn_model_destroy(model);
}

Test(cdn_model, answers_501_where_a_guard_would_be_lost)
{
    static const char *const rows[] = {
        "\"CachePolicyId\":\"" OPTIMIZED "\",\"TrustedKeyGroups\":[\"k\"],",
        "\"CachePolicyId\":\"" OPTIMIZED "\",\"TrustedSigners\":[\"self\"],",
        "\"CachePolicyId\":\"no-such-policy\",",
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct cdn_model *model;
        struct fault fault;
        cr_assert_eq(read(rows[i], "a.b", "", &model, &fault), STATUS_OK);
        cr_expect(model->items[0].behaviors[0].unsupported.len > 0, "case %zu", i);
        cdn_model_destroy(model);
    }
}

Test(cdn_model, refuses_what_aws_refuses)
{
    static const struct {
        const char *behavior, *rest, *text;
    } rows[] = {
        {"", "", "ForwardedValues cannot be null"},
        {"\"CachePolicyId\":\"" OPTIMIZED "\",",
         ",\"CacheBehaviors\":[{\"PathPattern\":\"a\",\"TargetOriginId\":\"none\","
         "\"CachePolicyId\":"
         "\"" OPTIMIZED "\"}]",
         "origin groups do not exist"},
        {"\"CachePolicyId\":\"" OPTIMIZED "\",",
         ",\"CustomErrorResponses\":[{\"ErrorCode\":404,\"ResponsePagePath\":\"/x\"}]",
         "both ResponseCode"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct cdn_model *model;
        struct fault fault;
        cr_assert_eq(read(rows[i].behavior, "a.b", rows[i].rest, &model, &fault), STATUS_INVALID,
                     "case %zu", i);
        cr_expect(slice_search(slice_from(fault.text), slice_from(rows[i].text)) != SLICE_NPOS,
                  "case %zu: %s", i, fault.text);
        cr_expect(slice_starts_with(slice_from(fault.text), SLICE("template.yaml:3:3: ")));
    }
}

Test(cdn, matches_path_patterns)
{
    static const struct {
        const char *pattern, *path;
        bool matches;
    } rows[] = {
        {"*", "/", true},
        {"/api/*", "/api/", true},
        {"/api/*", "/api", false},
        {"api/*", "/api/a/b", true},
        {"*.jpg", "/images/a.jpg", true},
        {"/*.jpg", "/images/a.jpg", true},
        {"*.jpg", "/images/a.JPG", false},
        {"/images/?.jpg", "/images/a.jpg", true},
        {"/images/?.jpg", "/images/ab.jpg", false},
        {"/a*b?d", "/axxbcd", true},
        {"/exact", "/exact", true},
        {"/exact", "/exactly", false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        cr_expect_eq(path_pattern_matches(slice_from(rows[i].pattern), slice_from(rows[i].path)),
                     rows[i].matches, "case %zu: %s of %s", i, rows[i].pattern, rows[i].path);
    }
}

Test(cdn, normalizes_accept_encoding)
{
    static const struct {
        bool gzip, brotli;
        const char *accept, *coding;
    } rows[] = {
        {true, true, "gzip, deflate, br", "br,gzip"},
        {true, true, "deflate", ""},
        {true, false, "br;q=1.0, gzip;q=0.5", "gzip"},
        {true, true, "gzip;q=0", ""},
        {true, true, "GZIP", "gzip"},
        {false, false, "gzip", ""},
        {true, true, "", ""},
        {true, true, "gzip;q=x", ""},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        const struct cache_policy_spec policy = {.takes_gzip = rows[i].gzip,
                                                 .takes_brotli = rows[i].brotli};
        struct slice got = accepted_coding(&arena, &policy, slice_from(rows[i].accept));
        cr_expect(slice_is(got, rows[i].coding), "case %zu: %.*s", i, SLICE_ARG(got));
    }
}

Test(cdn, knows_what_an_invalidation_means)
{
    static const struct {
        const char *path, *uri;
        bool matches;
    } rows[] = {
        {"/a", "/a", true},    {"/a", "/a?x=1", false},  {"/a?x=1", "/a?x=1", true},
        {"a", "/a", true},     {"/*", "/any?x=1", true}, {"/a*", "/ab/c?d", true},
        {"/a*", "/ba", false}, {"/*/a", "/x/a", false},  {"*", "/", true},
        {"/A", "/a", false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        cr_expect_eq(invalidation_matches(slice_from(rows[i].path), slice_from(rows[i].uri)),
                     rows[i].matches, "case %zu: %s", i, rows[i].path);
    }
}
