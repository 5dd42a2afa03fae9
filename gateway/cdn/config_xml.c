#include "gateway/cdn/config_xml.h"

#include "core/api/xml.h"
#include "core/json_scan.h"
#include "core/mem.h"

/* Lists, what the API calls them, and what it calls one of them. */
static const struct {
    const char *list, *name, *member;
} lists[] = {
    {"Aliases", "Aliases", "CNAME"},
    {"AllowedMethods", "AllowedMethods", "Method"},
    {"CacheBehaviors", "CacheBehaviors", "CacheBehavior"},
    {"CachedMethods", "CachedMethods", "Method"},
    {"CustomErrorResponses", "CustomErrorResponses", "CustomErrorResponse"},
    {"FunctionAssociations", "FunctionAssociations", "FunctionAssociation"},
    {"Headers", "Headers", "Name"},
    {"LambdaFunctionAssociations", "LambdaFunctionAssociations", "LambdaFunctionAssociation"},
    {"Locations", "Locations", "Location"},
    {"Members", "Members", "OriginGroupMember"},
    {"OriginCustomHeaders", "CustomHeaders", "OriginCustomHeader"},
    {"OriginGroups", "OriginGroups", "OriginGroup"},
    {"OriginSSLProtocols", "OriginSslProtocols", "SslProtocol"},
    {"Origins", "Origins", "Origin"},
    {"QueryStringCacheKeys", "QueryStringCacheKeys", "Name"},
    {"StatusCodes", "StatusCodes", "StatusCode"},
    {"TrustedKeyGroups", "TrustedKeyGroups", "KeyGroup"},
    {"TrustedSigners", "TrustedSigners", "AwsAccountNumber"},
    {"WhitelistedNames", "WhitelistedNames", "Name"},
};

/* Other members that the API spells otherwise. */
static const struct {
    const char *ours, *name;
} renamed[] = {
    {"AcmCertificateArn", "ACMCertificateArn"},
    {"IamCertificateId", "IAMCertificateId"},
    {"SslSupportMethod", "SSLSupportMethod"},
    {"IPV6Enabled", "IsIPV6Enabled"},
};

static const char *name_of(const char *key)
{
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        key = strcmp(key, lists[i].list) == 0 ? lists[i].name : key;
    }
    for (size_t i = 0; i < COUNT_OF(renamed); i++) {
        key = strcmp(key, renamed[i].ours) == 0 ? renamed[i].name : key;
    }
    return key;
}

static const char *member_of(const char *key)
{
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        if (strcmp(key, lists[i].list) == 0) {
            return lists[i].member;
        }
    }
    return "Item";
}

static void put_object(struct buf *xml, struct arena *arena, struct slice object, const char *of);

static void put_items(struct buf *xml, struct arena *arena, struct slice list, const char *of)
{
    const char *member = member_of(of);
    struct slice each;
    xml_open(xml, "Items");
    for (struct json_scan scan = json_scan_array(list); json_scan_element(&scan, &each);) {
        if (json_raw_kind(each) == JSON_OBJECT) {
            xml_open(xml, member);
            put_object(xml, arena, each, "");
            xml_close(xml, member);
        } else {
            xml_element(xml, member, json_text_of(arena, each));
        }
    }
    xml_close(xml, "Items");
}

static void put_list(struct buf *xml, struct arena *arena, struct slice list, const char *of)
{
    buf_printf(xml, "<Quantity>%zu</Quantity>", json_raw_count(list));
    put_items(xml, arena, list, of);
}

/* `of` is the member that the object is; of a list in the API's own form that tells what its Items are. */
static void put_object(struct buf *xml, struct arena *arena, struct slice object, const char *of)
{
    struct slice raw, value;
    struct slice cached = json_raw_member(object, "CachedMethods");
    for (struct json_scan scan = json_scan_object(object); json_scan_member(&scan, &raw, &value);) {
        struct slice text;
        if (!json_raw_key(arena, raw, &text) || text.len == 0 || slice_is(text, "CachedMethods")) {
            continue; /* those stand inside AllowedMethods */
        }
        const char *key = arena_cstr(arena, text);
        bool is_list = json_raw_kind(value) == JSON_ARRAY;
        if (strcmp(key, "Items") == 0 && is_list) {
            put_items(xml, arena, value, of);
            continue;
        }
        xml_open(xml, name_of(key));
        if (is_list) {
            put_list(xml, arena, value, key);
        } else if (json_raw_kind(value) == JSON_OBJECT) {
            put_object(xml, arena, value, key);
        } else {
            xml_escape(xml, json_text_of(arena, value));
        }
        if (strcmp(key, "AllowedMethods") == 0 && cached.ptr != NULL) {
            xml_open(xml, "CachedMethods");
            put_list(xml, arena, cached, "CachedMethods");
            xml_close(xml, "CachedMethods");
        }
        xml_close(xml, name_of(key));
    }
}

void config_xml(struct buf *xml, struct arena *arena, struct slice config)
{
    put_object(xml, arena, config, "");
}
