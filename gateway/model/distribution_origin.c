#include "core/mem.h"
#include "gateway/model/distributing.h"

#define READ_TIMEOUT_S 30
#define CONNECT_TIMEOUT_S 10

/* "id" of "id.execute-api.us-east-1.amazonaws.com"; false when the name does not go on like that. */
static bool label_before(struct slice domain, struct slice middle, struct slice *ret_label)
{
    size_t at = slice_search(domain, middle);
    if (at == SLICE_NPOS || at == 0) {
        return false;
    }
    *ret_label = slice_take(domain, at);
    return true;
}

static bool is_api(const struct building *b, struct slice id)
{
    for (size_t i = 0; i < b->count; i++) {
        if (slice_ends_with(b->resources[i].type, SLICE("Api")) &&
            slice_eq(b->resources[i].physical_id, id)) {
            return true;
        }
    }
    return false;
}

/* A bucket policy that lets others list: then a key that is not there is a 404. */
static bool is_listed(struct building *b, struct slice bucket)
{
    static const struct slice actions[] = {SLICE_INIT("\"s3:ListBucket\""), SLICE_INIT("\"s3:*\""),
                                           SLICE_INIT("\"s3:List*\"")};
    for (size_t i = 0; i < b->count; i++) {
        const struct resource *resource = &b->resources[i];
        if (!slice_is(resource->type, "AWS::S3::BucketPolicy") ||
            !slice_eq(model_text(b, resource->properties, "Bucket"), bucket)) {
            continue;
        }
        for (size_t k = 0; k < COUNT_OF(actions); k++) {
            if (slice_search(resource->properties, actions[k]) != SLICE_NPOS) {
                return true;
            }
        }
    }
    return false;
}

/* Buckets are here whether the template has them or not: functions find them here, too. */
static void locate(struct building *b, struct origin_spec *origin)
{
    struct slice domain = origin->domain_name, label;
    if (label_before(domain, SLICE(".execute-api."), &label) && is_api(b, label)) {
        origin->kind = ORIGIN_API;
    } else if (label_before(domain, SLICE(".lambda-url."), &label)) {
        origin->kind = ORIGIN_URL;
    } else if (label_before(domain, SLICE(".s3-website"), &label)) {
        origin->kind = ORIGIN_WEBSITE;
    } else if (slice_search(domain, SLICE(".amazonaws.com")) != SLICE_NPOS &&
               (label_before(domain, SLICE(".s3."), &label) ||
                label_before(domain, SLICE(".s3-"), &label))) {
        origin->kind = ORIGIN_BUCKET;
        origin->lists = is_listed(b, label);
    } else {
        return;
    }
    origin->name = label;
}

static struct pairs custom_headers(struct building *b, struct slice json)
{
    struct slice list = json_raw_member(json, "OriginCustomHeaders"), each;
    struct name_value_pair *items = arena_array(b->arena, json_raw_count(list), sizeof *items);
    size_t count = 0;
    for (struct json_scan scan = json_scan_array(list); json_scan_element(&scan, &each);) {
        items[count++] = (struct name_value_pair){model_text(b, each, "HeaderName"),
                                                  model_text(b, each, "HeaderValue")};
    }
    return (struct pairs){items, count};
}

static void read_origin(struct building *b, const struct resource *resource, struct slice json,
                        struct origin_spec *origin)
{
    struct slice custom = json_raw_member(json, "CustomOriginConfig");
    struct slice protocol = model_text(b, custom, "OriginProtocolPolicy");
    *origin = (struct origin_spec){
        .id = model_text(b, json, "Id"),
        .domain_name = model_text(b, json, "DomainName"),
        .path = model_text(b, json, "OriginPath"),
        .is_https = slice_is(protocol, "https-only"),
        .matches_viewer = slice_is(protocol, "match-viewer"),
        .http_port = (uint16_t)model_i64(b, custom, "HTTPPort", 80),
        .https_port = (uint16_t)model_i64(b, custom, "HTTPSPort", 443),
        .timeout_ms = (uint32_t)model_i64(b, custom, "OriginReadTimeout", READ_TIMEOUT_S) * 1000,
        .connect_timeout_ms =
            (uint32_t)model_i64(b, json, "ConnectionTimeout", CONNECT_TIMEOUT_S) * 1000,
        .headers = custom_headers(b, json),
    };
    if (origin->id.len == 0 || origin->domain_name.len == 0) {
        building_fail(b, resource->position, "an origin of '%.*s' has no %s",
                      SLICE_ARG(resource->logical_id), origin->id.len == 0 ? "Id" : "DomainName");
    }
    if (slice_search(origin->domain_name, SLICE("/")) != SLICE_NPOS) {
        building_fail(b, resource->position,
                      "The parameter Origin DomainName does not refer to a valid S3 bucket or "
                      "domain: '%.*s'",
                      SLICE_ARG(origin->domain_name));
    }
    if (origin->path.len > 0 &&
        (origin->path.ptr[0] != '/' || origin->path.ptr[origin->path.len - 1] == '/')) {
        building_fail(
            b, resource->position,
            "The parameter origin path is invalid: '%.*s' must begin with a slash and not "
            "end with one",
            SLICE_ARG(origin->path));
    }
    locate(b, origin);
}

struct origins model_origins(struct building *b, const struct resource *resource,
                             struct slice config)
{
    struct slice list = json_raw_member(config, "Origins"), each;
    size_t max = json_raw_count(list);
    struct origins origins = {
        .items = arena_array(b->arena, max, sizeof(struct origin_spec)),
        .groups = json_raw_member(json_raw_member(config, "OriginGroups"), "Items"),
    };
    if (max == 0 || max > CDN_ORIGINS_MAX) {
        building_fail(b, resource->position, "'%.*s' has %zu origins; 1 to %u may be",
                      SLICE_ARG(resource->logical_id), max, CDN_ORIGINS_MAX);
        return origins;
    }
    for (struct json_scan scan = json_scan_array(list); json_scan_element(&scan, &each);) {
        read_origin(b, resource, each, &origins.items[origins.count++]);
    }
    return origins;
}

static const struct origin_spec *find_origin(const struct origins *origins, struct slice id)
{
    for (size_t i = 0; i < origins->count; i++) {
        if (slice_eq(origins->items[i].id, id)) {
            return &origins->items[i];
        }
    }
    return NULL;
}

static void read_group(struct building *b, const struct origins *origins, struct slice group,
                       struct target_spec *ret)
{
    struct slice members = json_raw_member(json_raw_member(group, "Members"), "Items"), each;
    for (struct json_scan scan = json_scan_array(members); json_scan_element(&scan, &each);) {
        const struct origin_spec *origin = find_origin(origins, model_text(b, each, "OriginId"));
        *(ret->first == NULL ? &ret->first : &ret->second) = origin;
    }
    struct slice criteria = json_raw_member(group, "FailoverCriteria");
    struct texts codes = model_texts(b, json_raw_member(criteria, "StatusCodes"), "Items");
    uint16_t *statuses = arena_array(b->arena, codes.count, sizeof *statuses);
    uint64_t code;
    for (size_t i = 0; i < codes.count; i++) {
        statuses[i] = slice_to_u64(codes.items[i], &code) && code < 600 ? (uint16_t)code : 0;
    }
    ret->statuses = statuses;
    ret->status_count = codes.count;
}

bool model_target(struct building *b, const struct origins *origins, struct slice id,
                  struct target_spec *ret)
{
    *ret = (struct target_spec){.first = find_origin(origins, id)};
    struct slice each;
    for (struct json_scan scan = json_scan_array(origins->groups);
         ret->first == NULL && json_scan_element(&scan, &each);) {
        if (slice_eq(model_text(b, each, "Id"), id)) {
            read_group(b, origins, each, ret);
            return ret->first != NULL && ret->second != NULL;
        }
    }
    return ret->first != NULL;
}
