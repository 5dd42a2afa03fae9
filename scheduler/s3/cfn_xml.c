#include "scheduler/s3/cfn_xml.h"

#include "core/api/xml.h"
#include "scheduler/property.h"
#include "scheduler/s3/config.h"
#include "scheduler/s3/limits.h"

/* A member's name, and the element's; of an array, each element's. What is not listed has the same name. */
struct renaming {
    const char *member, *element;
};

static const struct renaming cors_names[] = {
    {"CorsRules", "CORSRule"},           {"AllowedHeaders", "AllowedHeader"},
    {"AllowedMethods", "AllowedMethod"}, {"AllowedOrigins", "AllowedOrigin"},
    {"ExposedHeaders", "ExposeHeader"},  {"Id", "ID"},
    {"MaxAge", "MaxAgeSeconds"},         {NULL, NULL}};
static const struct renaming notification_names[] = {
    {"LambdaConfigurations", "CloudFunctionConfiguration"},
    {"QueueConfigurations", "QueueConfiguration"},
    {"TopicConfigurations", "TopicConfiguration"},
    {"Function", "CloudFunction"},
    {"Rules", "FilterRule"},
    {NULL, NULL}};
static const struct renaming encryption_names[] = {
    {"ServerSideEncryptionConfiguration", "Rule"},
    {"ServerSideEncryptionByDefault", "ApplyServerSideEncryptionByDefault"},
    {NULL, NULL}};
static const struct renaming rule_names[] = {{"Rules", "Rule"}, {NULL, NULL}};
static const struct renaming no_names[] = {{NULL, NULL}};

static void write_value(struct buf *xml, struct arena *arena, const struct renaming *names,
                        const char *element, struct slice value);

static const char *element_of(struct arena *arena, const struct renaming *names, struct slice key)
{
    for (; names->member != NULL; names++) {
        if (slice_is(key, names->member)) {
            return names->element;
        }
    }
    return arena_cstr(arena, key);
}

static void write_members(struct buf *xml, struct arena *arena, const struct renaming *names,
                          struct slice object)
{
    struct json_scan scan = json_scan_object(object);
    struct slice key, value;
    while (json_scan_member(&scan, &key, &value)) {
        write_value(xml, arena, names, element_of(arena, names, key), value);
    }
}

/* CloudFormation takes numbers and booleans as they are, and as strings. */
static void write_value(struct buf *xml, struct arena *arena, const struct renaming *names,
                        const char *element, struct slice value)
{
    struct slice text, each;
    struct json_scan scan = json_scan_init(value);
    if (json_scan_enter(&scan, '[')) {
        while (json_scan_element(&scan, &each)) {
            write_value(xml, arena, names, element, each);
        }
        return;
    }
    if (json_raw_kind(value) == JSON_OBJECT) {
        buf_printf(xml, "<%s>", element);
        write_members(xml, arena, names, value);
        buf_printf(xml, "</%s>", element);
        return;
    }
    xml_element(xml, element, json_raw_string(arena, value, &text) ? text : slice_trim(value));
}

/* --- what is not only called otherwise --- */

static void write_notification(struct buf *xml, struct arena *arena, struct slice json)
{
    struct json_scan scan = json_scan_object(json);
    struct slice key, value;
    while (json_scan_member(&scan, &key, &value)) {
        if (!slice_is(key, "EventBridgeConfiguration")) {
            write_value(xml, arena, notification_names, element_of(arena, notification_names, key),
                        value);
        } else if (property_bool(value, "EventBridgeEnabled", true)) {
            buf_append_text(xml, "<EventBridgeConfiguration/>");
        }
    }
}

/* A member of a lifecycle rule in an element of its own. */
static const struct {
    const char *member, *outer, *inner;
} lifecycle_members[] = {
    {"ExpirationInDays", "Expiration", "Days"},
    {"ExpirationDate", "Expiration", "Date"},
    {"ExpiredObjectDeleteMarker", "Expiration", "ExpiredObjectDeleteMarker"},
    {"NoncurrentVersionExpirationInDays", "NoncurrentVersionExpiration", "NoncurrentDays"},
    {NULL, NULL, NULL},
};

static bool write_lifecycle_member(struct buf *xml, struct arena *arena, struct slice key,
                                   struct slice value)
{
    for (size_t i = 0; lifecycle_members[i].member != NULL; i++) {
        if (slice_is(key, lifecycle_members[i].member)) {
            buf_printf(xml, "<%s>", lifecycle_members[i].outer);
            write_value(xml, arena, no_names, lifecycle_members[i].inner, value);
            buf_printf(xml, "</%s>", lifecycle_members[i].outer);
            return true;
        }
    }
    return false;
}

/* What chooses objects goes into the filter. */
static void write_lifecycle_filter(struct buf *xml, struct arena *arena, struct slice rule)
{
    static const struct renaming names[] = {{"TagFilters", "Tag"}, {NULL, NULL}};
    static const char *const members[] = {"Prefix", "TagFilters", "ObjectSizeGreaterThan",
                                          "ObjectSizeLessThan", NULL};
    struct slice value;
    buf_append_text(xml, "<Filter><And>");
    for (size_t i = 0; members[i] != NULL; i++) {
        if (json_raw_find(rule, members[i], &value)) {
            write_value(xml, arena, names, element_of(arena, names, slice_from(members[i])), value);
        }
    }
    buf_append_text(xml, "</And></Filter>");
}

static void write_lifecycle_rule(struct buf *xml, struct arena *arena, struct slice rule)
{
    static const struct renaming names[] = {
        {"Id", "ID"},
        {"Transitions", "Transition"},
        {"TransitionInDays", "Days"},
        {"TransitionDate", "Date"},
        {"NoncurrentVersionTransitions", "NoncurrentVersionTransition"},
        {NULL, NULL}};
    struct json_scan scan = json_scan_object(rule);
    struct slice key, value;
    buf_append_text(xml, "<Rule>");
    write_lifecycle_filter(xml, arena, rule);
    while (json_scan_member(&scan, &key, &value)) {
        bool is_filter = slice_is(key, "Prefix") || slice_is(key, "TagFilters") ||
                         slice_starts_with(key, SLICE("ObjectSize"));
        if (!is_filter && !write_lifecycle_member(xml, arena, key, value)) {
            write_value(xml, arena, names, element_of(arena, names, key), value);
        }
    }
    buf_append_text(xml, "</Rule>");
}

static void write_lifecycle(struct buf *xml, struct arena *arena, struct slice json)
{
    struct json_scan scan = json_scan_array(json_raw_member(json, "Rules"));
    struct slice rule;
    while (json_scan_element(&scan, &rule)) {
        write_lifecycle_rule(xml, arena, rule);
    }
}

static void write_tags(struct buf *xml, struct arena *arena, struct slice json)
{
    buf_append_text(xml, "<TagSet>");
    write_value(xml, arena, no_names, "Tag", json);
    buf_append_text(xml, "</TagSet>");
}

/* A document's suffix or key is a member of its own here. */
static void write_website(struct buf *xml, struct arena *arena, struct slice json)
{
    static const struct {
        const char *member, *inner;
    } documents[] = {{"IndexDocument", "Suffix"}, {"ErrorDocument", "Key"}};
    struct slice value;
    for (size_t i = 0; i < 2; i++) {
        if (json_raw_find(json, documents[i].member, &value)) {
            buf_printf(xml, "<%s>", documents[i].member);
            write_value(xml, arena, no_names, documents[i].inner, value);
            buf_printf(xml, "</%s>", documents[i].member);
        }
    }
    if (json_raw_find(json, "RedirectAllRequestsTo", &value)) {
        write_value(xml, arena, no_names, "RedirectAllRequestsTo", value);
    }
    if (json_raw_find(json, "RoutingRules", &value)) {
        static const struct renaming names[] = {
            {"RoutingRuleCondition", "Condition"}, {"RedirectRule", "Redirect"}, {NULL, NULL}};
        buf_append_text(xml, "<RoutingRules>");
        write_value(xml, arena, names, "RoutingRule", value);
        buf_append_text(xml, "</RoutingRules>");
    }
}

/* --- the table --- */

static const struct {
    const char *property;
    const struct renaming *names;
    /* For what is not only called otherwise. */
    void (*write)(struct buf *xml, struct arena *arena, struct slice json);
} rows[CONFIG_COUNT] = {
    [CONFIG_CORS] = {"CorsConfiguration", cors_names, NULL},
    [CONFIG_ENCRYPTION] = {"BucketEncryption", encryption_names, NULL},
    [CONFIG_LIFECYCLE] = {"LifecycleConfiguration", no_names, write_lifecycle},
    [CONFIG_NOTIFICATION] = {"NotificationConfiguration", no_names, write_notification},
    [CONFIG_OBJECT_LOCK] = {"ObjectLockConfiguration", no_names, NULL},
    [CONFIG_OWNERSHIP] = {"OwnershipControls", rule_names, NULL},
    [CONFIG_PUBLIC_ACCESS] = {"PublicAccessBlockConfiguration", no_names, NULL},
    [CONFIG_TAGGING] = {"Tags", no_names, write_tags},
    [CONFIG_WEBSITE] = {"WebsiteConfiguration", no_names, write_website},
};

const char *cfn_property(enum bucket_config config)
{
    return rows[config].property;
}

struct slice cfn_xml(struct arena *arena, enum bucket_config config, struct slice json)
{
    AUTO_BUF xml = BUF_INIT(S3_CONFIG_MAX);
    const char *root = config_rows[config].root;
    buf_printf(&xml, "<%s xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">", root);
    size_t empty = xml.len;
    if (rows[config].write != NULL) {
        rows[config].write(&xml, arena, json);
    } else {
        write_members(&xml, arena, rows[config].names, json);
    }
    if (xml.len == empty) {
        return SLICE_NULL;
    }
    buf_printf(&xml, "</%s>", root);
    return arena_copy(arena, buf_slice(&xml));
}
