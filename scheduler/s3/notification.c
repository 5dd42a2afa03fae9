#include "scheduler/s3/notification.h"

#include "core/api/xml.h"
#include "core/id.h"
#include "core/mem.h"
#include "scheduler/arn.h"
#include "scheduler/s3/limits.h"
#include "scheduler/s3/request.h"

const struct notification_form notification_forms[NOTIFICATION_TARGET_COUNT] = {
    [TO_FUNCTION] = {"CloudFunctionConfiguration", "CloudFunction", "lambda"},
    [TO_QUEUE] = {"QueueConfiguration", "Queue", "sqs"},
    [TO_TOPIC] = {"TopicConfiguration", "Topic", "sns"},
};

/* All that S3 knows; some of it never happens here. */
static const char *const known_events[] = {
    "s3:ReducedRedundancyLostObject",
    "s3:ObjectCreated:*",
    "s3:ObjectCreated:Put",
    "s3:ObjectCreated:Post",
    "s3:ObjectCreated:Copy",
    "s3:ObjectCreated:CompleteMultipartUpload",
    "s3:ObjectRemoved:*",
    "s3:ObjectRemoved:Delete",
    "s3:ObjectRemoved:DeleteMarkerCreated",
    "s3:ObjectRestore:*",
    "s3:ObjectRestore:Post",
    "s3:ObjectRestore:Completed",
    "s3:ObjectRestore:Delete",
    "s3:Replication:*",
    "s3:Replication:OperationFailedReplication",
    "s3:Replication:OperationNotTracked",
    "s3:Replication:OperationMissedThreshold",
    "s3:Replication:OperationReplicatedAfterThreshold",
    "s3:LifecycleTransition",
    "s3:IntelligentTiering",
    "s3:ObjectAcl:Put",
    "s3:LifecycleExpiration:*",
    "s3:LifecycleExpiration:Delete",
    "s3:LifecycleExpiration:DeleteMarkerCreated",
    "s3:ObjectTagging:*",
    "s3:ObjectTagging:Put",
    "s3:ObjectTagging:Delete",
    NULL,
};

static bool is_known(struct slice event)
{
    size_t i = 0;
    while (known_events[i] != NULL && !slice_is(event, known_events[i])) {
        i++;
    }
    return known_events[i] != NULL;
}

/* "s3:ObjectCreated:*" is everything that begins so. */
static bool event_covers(struct slice pattern, struct slice event)
{
    return slice_ends_with(pattern, SLICE("*"))
               ? slice_starts_with(event, slice_take(pattern, pattern.len - 1))
               : slice_eq(pattern, event);
}

bool notification_matches(const struct notification_rule *rule, struct slice event,
                          struct slice key)
{
    bool has_event = false;
    for (size_t i = 0; i < rule->event_count && !has_event; i++) {
        has_event = event_covers(rule->events[i], event);
    }
    return has_event && slice_starts_with(key, rule->prefix) && slice_ends_with(key, rule->suffix);
}

/* --- reading --- */

static size_t count_of(const struct xml_node *node, const char *name)
{
    size_t count = 0;
    for (const struct xml_node *each = xml_child(node, name); each != NULL;
         each = xml_next(each, name)) {
        count++;
    }
    return count;
}

static const struct refusal *read_filter(struct arena *arena, const struct xml_node *filter,
                                         struct notification_rule *rule)
{
    const struct xml_node *key = xml_child(filter, "S3Key");
    for (const struct xml_node *each = xml_child(key, "FilterRule"); each != NULL;
         each = xml_next(each, "FilterRule")) {
        struct slice name = xml_text(each, "Name");
        struct slice value = xml_text(each, "Value");
        if (name.ptr == NULL || value.ptr == NULL || value.len > S3_KEY_MAX) {
            return refuse(arena, S3_MALFORMED_XML);
        }
        bool is_prefix = slice_ieq(name, SLICE("prefix"));
        if (!is_prefix && !slice_ieq(name, SLICE("suffix"))) {
            return refuse_argument(arena, "FilterRule.Name", name,
                                   "filter rule name must be either prefix or suffix");
        }
        struct slice *place = is_prefix ? &rule->prefix : &rule->suffix;
        if (place->ptr != NULL) {
            return refuse_argument(arena, "FilterRule.Name", name,
                                   is_prefix
                                       ? "Cannot specify more than one prefix rule in a filter."
                                       : "Cannot specify more than one suffix rule in a filter.");
        }
        *place = value;
    }
    return NULL;
}

static const struct refusal *read_rule(struct arena *arena, const struct xml_node *node,
                                       struct notification_rule *rule)
{
    const struct notification_form *form = &notification_forms[rule->kind];
    rule->id = xml_text(node, "Id");
    rule->target = slice_trim(xml_text(node, form->element));
    rule->prefix = SLICE_NULL;
    rule->suffix = SLICE_NULL;
    rule->events = arena_array(arena, count_of(node, "Event"), sizeof(*rule->events));
    for (const struct xml_node *each = xml_child(node, "Event"); each != NULL;
         each = xml_next(each, "Event")) {
        if (!is_known(slice_trim(each->text))) {
            return refuse_argument(arena, "Event", each->text,
                                   "The event is not supported for notifications");
        }
        rule->events[rule->event_count++] = slice_trim(each->text);
    }
    if (rule->event_count == 0 || rule->target.ptr == NULL) {
        return refuse(arena, S3_MALFORMED_XML);
    }
    return read_filter(arena, xml_child(node, "Filter"), rule);
}

static const struct refusal *read_rules(struct arena *arena, const struct xml_node *root,
                                        struct notifications *read)
{
    for (int kind = 0; kind < NOTIFICATION_TARGET_COUNT; kind++) {
        read->count += count_of(root, notification_forms[kind].configuration);
    }
    if (read->count > S3_NOTIFICATIONS_MAX) {
        return refuse_text(arena, S3_INVALID_ARGUMENT,
                           "A bucket has at most %d notification configurations.",
                           S3_NOTIFICATIONS_MAX);
    }
    read->rules = arena_array(arena, read->count, sizeof(*read->rules));
    read->goes_to_event_bridge = xml_child(root, "EventBridgeConfiguration") != NULL;
    struct notification_rule *rule = read->rules;
    for (int kind = 0; kind < NOTIFICATION_TARGET_COUNT; kind++) {
        const char *name = notification_forms[kind].configuration;
        for (const struct xml_node *each = xml_child(root, name); each != NULL;
             each = xml_next(each, name), rule++) {
            rule->kind = (enum notification_target)kind;
            const struct refusal *refusal = read_rule(arena, each, rule);
            if (refusal != NULL) {
                return refusal;
            }
        }
    }
    return NULL;
}

struct notifications *notifications_create(struct slice xml)
{
    struct notifications *notifications;
    const struct xml_node *root;
    if (xml.ptr == NULL) {
        return NULL;
    }
    notifications = mem_zalloc(sizeof(*notifications));
    arena_init(&notifications->arena, 1024);
    if (xml_read(&notifications->arena, xml, &root) != STATUS_OK ||
        read_rules(&notifications->arena, root, notifications) != NULL) {
        notifications_destroy(notifications);
        return NULL;
    }
    return notifications;
}

void notifications_destroy(struct notifications *notifications)
{
    if (notifications != NULL) {
        arena_finish(&notifications->arena);
        mem_free(notifications);
    }
}

/* --- checking --- */

static const struct refusal *check_target(struct arena *arena, const struct notification_rule *rule)
{
    const struct notification_form *form = &notification_forms[rule->kind];
    struct arn arn;
    if (!arn_parse(rule->target, &arn) || !slice_is(arn.service, form->service)) {
        return refuse_argument(arena, form->element, rule->target, "The ARN could not be parsed");
    }
    if (rule->kind != TO_FUNCTION && slice_ends_with(arn.resource, SLICE(".fifo"))) {
        return refuse_argument(
            arena, form->element, rule->target,
            rule->kind == TO_QUEUE
                ? "FIFO SQS queues are not supported as destinations of notifications"
                : "FIFO SNS topics are not supported as destinations of notifications");
    }
    return NULL;
}

static bool share_event(const struct notification_rule *a, const struct notification_rule *b)
{
    for (size_t i = 0; i < a->event_count; i++) {
        for (size_t k = 0; k < b->event_count; k++) {
            if (event_covers(a->events[i], b->events[k]) ||
                event_covers(b->events[k], a->events[i])) {
                return true;
            }
        }
    }
    return false;
}

static bool share_prefix(const struct notification_rule *a, const struct notification_rule *b)
{
    return slice_starts_with(a->prefix, b->prefix) || slice_starts_with(b->prefix, a->prefix);
}

static bool share_suffix(const struct notification_rule *a, const struct notification_rule *b)
{
    return slice_ends_with(a->suffix, b->suffix) || slice_ends_with(b->suffix, a->suffix);
}

/* One object must not go to two places of the same configuration. */
static const struct refusal *check_overlaps(struct arena *arena, const struct notifications *read)
{
    for (size_t i = 0; i < read->count; i++) {
        for (size_t k = 0; k < i; k++) {
            const struct notification_rule *a = &read->rules[i];
            const struct notification_rule *b = &read->rules[k];
            if (slice_eq(a->id, b->id)) {
                return refuse_text(arena, S3_INVALID_ARGUMENT,
                                   "Same ID used for multiple configurations. IDs must be unique");
            }
            if (!share_event(a, b) || !share_prefix(a, b) || !share_suffix(a, b)) {
                continue;
            }
            bool has_filters = a->prefix.len + a->suffix.len + b->prefix.len + b->suffix.len > 0;
            return refuse_text(
                arena, S3_INVALID_ARGUMENT, "%s",
                has_filters
                    ? "Configuration is ambiguously defined. Cannot have overlapping suffixes in "
                      "two rules if the prefixes are overlapping for the same event type."
                    : "Configurations overlap. Configurations on the same bucket cannot share a "
                      "common event type.");
        }
    }
    return NULL;
}

static void write_filter_rule(struct buf *xml, const char *name, struct slice value)
{
    if (value.ptr != NULL) {
        buf_printf(xml, "<FilterRule><Name>%s</Name>", name);
        xml_element(xml, "Value", value);
        buf_append_text(xml, "</FilterRule>");
    }
}

static void write_rule(struct buf *xml, const struct notification_rule *rule)
{
    const struct notification_form *form = &notification_forms[rule->kind];
    buf_printf(xml, "<%s>", form->configuration);
    xml_element(xml, "Id", rule->id);
    xml_element(xml, form->element, rule->target);
    for (size_t i = 0; i < rule->event_count; i++) {
        xml_element(xml, "Event", rule->events[i]);
    }
    if (rule->prefix.ptr != NULL || rule->suffix.ptr != NULL) {
        buf_append_text(xml, "<Filter><S3Key>");
        write_filter_rule(xml, "Prefix", rule->prefix);
        write_filter_rule(xml, "Suffix", rule->suffix);
        buf_append_text(xml, "</S3Key></Filter>");
    }
    buf_printf(xml, "</%s>", form->configuration);
}

/* Follows from the rule, so that a template that says the same changes nothing. */
static struct slice make_id(struct arena *arena, const struct notification_rule *rule)
{
    AUTO_BUF text = BUF_INIT(S3_CONFIG_MAX);
    char id[ID_UUID_MAX];
    write_rule(&text, rule);
    id_derived_uuid(id, buf_slice(&text));
    return arena_copy(arena, slice_from(id));
}

const struct refusal *notification_check(struct arena *arena, const struct xml_node *root,
                                         struct slice *ret_xml)
{
    struct notifications read = {.count = 0};
    AUTO_BUF xml = BUF_INIT(S3_CONFIG_MAX);
    if (!slice_is(root->name, "NotificationConfiguration")) {
        return refuse(arena, S3_MALFORMED_XML);
    }
    const struct refusal *refusal = read_rules(arena, root, &read);
    for (size_t i = 0; i < read.count && refusal == NULL; i++) {
        struct notification_rule *rule = &read.rules[i];
        refusal = check_target(arena, rule);
        if (rule->id.len == 0) {
            rule->id = make_id(arena, rule);
        }
    }
    if (refusal == NULL) {
        refusal = check_overlaps(arena, &read);
    }
    if (refusal != NULL) {
        return refusal;
    }
    write_root(&xml, "NotificationConfiguration");
    for (size_t i = 0; i < read.count; i++) {
        write_rule(&xml, &read.rules[i]);
    }
    if (read.goes_to_event_bridge) {
        buf_append_text(&xml, "<EventBridgeConfiguration></EventBridgeConfiguration>");
    }
    buf_append_text(&xml, "</NotificationConfiguration>");
    if (buf_status(&xml) != STATUS_OK) {
        return refuse(arena, S3_MALFORMED_XML);
    }
    *ret_xml = arena_copy(arena, buf_slice(&xml));
    return NULL;
}
