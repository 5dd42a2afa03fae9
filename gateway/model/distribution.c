#include "core/mem.h"
#include "gateway/model/distributing.h"

#define ARENA_BLOCK 8192
#define DISTRIBUTION "AWS::CloudFront::Distribution"

bool cdn_model_takes(struct slice type)
{
    static const char *const types[] = {
        DISTRIBUTION,
        "AWS::CloudFront::CachePolicy",
        "AWS::CloudFront::OriginRequestPolicy",
        "AWS::CloudFront::ResponseHeadersPolicy",
        "AWS::ApiGateway::RestApi",
        "AWS::ApiGatewayV2::Api",
        "AWS::S3::BucketPolicy",
    };
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        if (slice_is(type, types[i])) {
            return true;
        }
    }
    return false;
}

static bool has_items(struct slice object, const char *key)
{
    struct slice raw = json_raw_member(object, key);
    return raw.ptr != NULL && json_raw_kind(raw) == JSON_ARRAY && json_raw_count(raw) > 0;
}

/* What people would miss; none of it guards a behaviour that is served all the same. */
static void warn_of_behavior(struct building *b, const struct resource *resource, struct slice json,
                             struct slice pattern)
{
    const struct {
        const char *key, *what;
    } rows[] = {
        {"LambdaFunctionAssociations", "Lambda@Edge functions are not run"},
        {"FunctionAssociations", "CloudFront Functions are not run"},
        {"FieldLevelEncryptionId", "fields are not encrypted"},
        {"RealtimeLogConfigArn", "no real-time logs are written"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct slice text = model_text(b, json, rows[i].key);
        if (has_items(json, rows[i].key) || text.len > 0) {
            building_warn(b, resource->position, "behavior '%.*s' of '%.*s' has %s: %s",
                          SLICE_ARG(pattern), SLICE_ARG(resource->logical_id), rows[i].key,
                          rows[i].what);
        }
    }
}

static enum method_set methods_of(struct building *b, struct slice json, const char *key)
{
    struct texts methods = model_texts(b, json, key);
    enum method_set set = METHODS_GET;
    for (size_t i = 0; i < methods.count; i++) {
        if (slice_is(methods.items[i], "POST")) {
            return METHODS_ALL;
        }
        if (slice_is(methods.items[i], "OPTIONS")) {
            set = METHODS_OPTIONS;
        }
    }
    return set;
}

static enum viewer_protocol viewer_protocol(struct slice word)
{
    return slice_is(word, "https-only")          ? VIEWER_HTTPS
           : slice_is(word, "redirect-to-https") ? VIEWER_REDIRECT
                                                 : VIEWER_ANY;
}

static struct slice unknown_policy(struct building *b, const char *key, struct slice id)
{
    return arena_printf(b->arena, "%s '%.*s' is no policy of this template, nor a managed one", key,
                        SLICE_ARG(id));
}

static void read_policies(struct building *b, const struct resource *resource, struct slice json,
                          struct behavior_spec *behavior)
{
    struct slice cache = model_text(b, json, "CachePolicyId");
    struct slice origin = model_text(b, json, "OriginRequestPolicyId");
    struct slice response = model_text(b, json, "ResponseHeadersPolicyId");
    bool has_values = json_raw_member(json, "ForwardedValues").ptr != NULL;
    if (cache.len == 0 && !has_values) {
        building_fail(
            b, resource->position,
            "The parameter ForwardedValues cannot be null. (behavior '%.*s' of '%.*s' has "
            "no CachePolicyId either)",
            SLICE_ARG(behavior->path_pattern), SLICE_ARG(resource->logical_id));
    } else if (cache.len == 0) {
        behavior->is_legacy = true;
        behavior->cache = model_forwarded_values(b, json);
        if (behavior->cache.queries.kind == SELECT_LISTED) { /* of the key; all of them go on */
            behavior->origin_request.queries.kind = SELECT_ALL;
        }
    } else if (!model_cache_policy(b, cache, &behavior->cache)) {
        behavior->unsupported = unknown_policy(b, "CachePolicyId", cache);
    }
    if (origin.len > 0 && !model_origin_request(b, origin, &behavior->origin_request)) {
        behavior->unsupported = unknown_policy(b, "OriginRequestPolicyId", origin);
    }
    if (response.len > 0 && !model_response_headers(b, response, &behavior->response_headers)) {
        behavior->unsupported = unknown_policy(b, "ResponseHeadersPolicyId", response);
    }
}

static void read_behavior(struct building *b, const struct resource *resource,
                          const struct origins *origins, struct slice json, bool is_default,
                          struct behavior_spec *behavior)
{
    *behavior = (struct behavior_spec){
        .path_pattern = is_default ? SLICE("*") : model_text(b, json, "PathPattern"),
        .allowed = methods_of(b, json, "AllowedMethods"),
        .cached = methods_of(b, json, "CachedMethods"),
        .viewer_protocol = viewer_protocol(model_text(b, json, "ViewerProtocolPolicy")),
        .compresses = model_bool(b, json, "Compress"),
    };
    struct slice target = model_text(b, json, "TargetOriginId");
    if (!model_target(b, origins, target, &behavior->target)) {
        building_fail(b, resource->position,
                      "One or more of your origins or origin groups do not exist. ('%.*s')",
                      SLICE_ARG(target));
    }
    read_policies(b, resource, json, behavior);
    if (has_items(json, "TrustedKeyGroups") || has_items(json, "TrustedSigners")) {
        behavior->unsupported = SLICE("signed URLs and cookies are not emulated");
    }
    if (behavior->unsupported.len > 0) {
        building_warn(b, resource->position, "behavior '%.*s' of '%.*s' answers 501: %.*s",
                      SLICE_ARG(behavior->path_pattern), SLICE_ARG(resource->logical_id),
                      SLICE_ARG(behavior->unsupported));
    }
    warn_of_behavior(b, resource, json, behavior->path_pattern);
}

static void read_behaviors(struct building *b, const struct resource *resource, struct slice config,
                           const struct origins *origins, struct distribution_spec *spec)
{
    struct slice list = json_raw_member(config, "CacheBehaviors"), each;
    struct slice last = json_raw_member(config, "DefaultCacheBehavior");
    size_t max = json_raw_count(list);
    struct behavior_spec *behaviors = arena_array(b->arena, max + 1, sizeof *behaviors);
    if (max > CDN_BEHAVIORS_MAX || last.ptr == NULL) {
        building_fail(b, resource->position,
                      last.ptr == NULL ? "'%.*s' has no DefaultCacheBehavior"
                                       : "'%.*s' has more than 75 cache behaviors",
                      SLICE_ARG(resource->logical_id));
        return;
    }
    for (struct json_scan scan = json_scan_array(list); json_scan_element(&scan, &each);) {
        read_behavior(b, resource, origins, each, false, &behaviors[spec->behavior_count++]);
    }
    read_behavior(b, resource, origins, last, true, &behaviors[spec->behavior_count++]);
    spec->behaviors = behaviors;
}

static void read_errors(struct building *b, const struct resource *resource, struct slice config,
                        struct distribution_spec *spec)
{
    struct slice list = json_raw_member(config, "CustomErrorResponses"), each;
    struct error_response_spec *errors =
        arena_array(b->arena, json_raw_count(list), sizeof *errors);
    for (struct json_scan scan = json_scan_array(list); json_scan_element(&scan, &each);) {
        struct error_response_spec *error = &errors[spec->error_count++];
        *error = (struct error_response_spec){
            .code = (int)model_i64(b, each, "ErrorCode", 0),
            .response_code = (int)model_i64(b, each, "ResponseCode", 0),
            .page = model_text(b, each, "ResponsePagePath"),
            .ttl_s = model_i64(b, each, "ErrorCachingMinTTL", CDN_ERROR_TTL_S),
        };
        if ((error->page.len > 0) != (error->response_code != 0) ||
            (error->page.len > 0 && error->page.ptr[0] != '/')) {
            building_fail(b, resource->position,
                          "a custom error response of '%.*s' needs both ResponseCode and a "
                          "ResponsePagePath that begins with a slash, or neither",
                          SLICE_ARG(resource->logical_id));
        }
    }
    spec->errors = errors;
}

static void warn_of_rest(struct building *b, const struct resource *resource, struct slice config)
{
    struct slice geo = json_raw_member(json_raw_member(config, "Restrictions"), "GeoRestriction");
    struct slice kind = model_text(b, geo, "RestrictionType");
    if (kind.len > 0 && !slice_is(kind, "none")) {
        building_warn(b, resource->position, "'%.*s' has a GeoRestriction: nobody is kept out here",
                      SLICE_ARG(resource->logical_id));
    }
    if (model_text(b, config, "WebACLId").len > 0) {
        building_warn(b, resource->position, "'%.*s' has a WebACLId: AWS WAF is not emulated",
                      SLICE_ARG(resource->logical_id));
    }
}

/* "d111111abcdef8.cloudfront.net" of "E111111ABCDEF8", as templates/resource_names_table.c gives both. */
static struct slice domain_of(struct building *b, struct slice id)
{
    char *name = arena_cstr(b->arena, id);
    for (size_t i = 0; i < id.len; i++) {
        name[i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] + ('a' - 'A') : name[i]);
    }
    return arena_printf(b->arena, "d%s.cloudfront.net", id.len > 0 ? name + 1 : "");
}

static void read_distribution(struct building *b, const struct resource *resource,
                              struct distribution_spec *spec)
{
    struct slice config = json_raw_member(resource->properties, "DistributionConfig");
    struct slice root = model_text(b, config, "DefaultRootObject");
    *spec = (struct distribution_spec){
        .logical_id = resource->logical_id,
        .id = resource->physical_id,
        .domain_name = domain_of(b, resource->physical_id),
        .position = resource->position,
        .config = config,
        .comment = model_text(b, config, "Comment"),
        .is_enabled = model_bool(b, config, "Enabled"),
        .default_root = slice_starts_with(root, SLICE("/")) ? slice_skip(root, 1) : root,
    };
    struct origins origins = model_origins(b, resource, config);
    spec->origins = origins.items;
    spec->origin_count = origins.count;
    read_behaviors(b, resource, config, &origins, spec);
    read_errors(b, resource, config, spec);
    warn_of_rest(b, resource, config);
}

enum status cdn_model_create(const struct resource *resources, size_t count,
                             const struct model_options *options, struct cdn_model **ret_model,
                             struct fault *reterr)
{
    struct cdn_model *model = mem_zalloc(sizeof *model);
    arena_init(&model->arena, ARENA_BLOCK);
    struct resource *kept = arena_array(&model->arena, count, sizeof *kept);
    struct building b = {
        .arena = &model->arena, .options = options, .resources = kept, .fault = reterr};
    size_t distributions = 0;
    for (size_t i = 0; i < count; i++) {
        if (cdn_model_takes(resources[i].type)) {
            kept[b.count++] = building_keep(&model->arena, &resources[i]);
            distributions += slice_is(resources[i].type, DISTRIBUTION);
        }
    }
    model->items = arena_array(&model->arena, distributions, sizeof *model->items);
    for (size_t i = 0; i < b.count; i++) {
        if (slice_is(kept[i].type, DISTRIBUTION)) {
            read_distribution(&b, &kept[i], &model->items[model->count++]);
        }
    }
    if (b.has_failed) {
        cdn_model_destroy(model);
        return STATUS_INVALID;
    }
    *ret_model = model;
    return STATUS_OK;
}

void cdn_model_destroy(struct cdn_model *model)
{
    if (model != NULL) {
        arena_finish(&model->arena);
        mem_free(model);
    }
}
