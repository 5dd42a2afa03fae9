#include "scheduler/s3/lifecycle.h"

#include "core/api/xml.h"
#include "core/encode.h"
#include "core/id.h"
#include "core/mem.h"
#include "scheduler/s3/date.h"
#include "scheduler/s3/limits.h"

#define DAYS_MAX 100000

/* --- reading --- */

static bool read_number(const struct xml_node *node, const char *name, uint64_t *number)
{
    struct slice text = xml_text(node, name);
    return text.ptr == NULL || slice_to_u64(slice_trim(text), number);
}

static bool read_days(const struct xml_node *node, const char *name, uint64_t *days)
{
    return read_number(node, name, days) && *days <= DAYS_MAX &&
           (xml_text(node, name).ptr == NULL || *days > 0);
}

static void read_tags(struct arena *arena, const struct xml_node *node, struct lifecycle_rule *rule)
{
    size_t count = 0;
    for (const struct xml_node *tag = xml_child(node, "Tag"); tag != NULL;
         tag = xml_next(tag, "Tag")) {
        count++;
    }
    struct http_header *items = arena_array(arena, count, sizeof(*items));
    rule->tags = (struct http_headers){items, count};
    for (const struct xml_node *tag = xml_child(node, "Tag"); tag != NULL;
         tag = xml_next(tag, "Tag")) {
        items->name = xml_text(tag, "Key");
        items->value = xml_text(tag, "Value");
        items++;
    }
}

static bool read_filter(struct arena *arena, const struct xml_node *node,
                        struct lifecycle_rule *rule)
{
    const struct xml_node *filter = xml_child(node, "Filter");
    const struct xml_node *all = xml_child(filter, "And");
    struct slice prefix =
        filter != NULL ? xml_text(all != NULL ? all : filter, "Prefix") : xml_text(node, "Prefix");
    rule->prefix = prefix.ptr != NULL ? prefix : SLICE("");
    rule->size_above = UINT64_MAX;
    rule->size_below = UINT64_MAX;
    filter = all != NULL ? all : filter;
    read_tags(arena, filter, rule);
    return read_number(filter, "ObjectSizeGreaterThan", &rule->size_above) &&
           read_number(filter, "ObjectSizeLessThan", &rule->size_below);
}

static bool read_rule(struct arena *arena, const struct xml_node *node, struct lifecycle_rule *rule)
{
    const struct xml_node *expiration = xml_child(node, "Expiration");
    const struct xml_node *older = xml_child(node, "NoncurrentVersionExpiration");
    const struct xml_node *uploads = xml_child(node, "AbortIncompleteMultipartUpload");
    struct slice status = slice_trim(xml_text(node, "Status"));
    struct slice date = xml_text(expiration, "Date");
    struct slice markers = xml_text(expiration, "ExpiredObjectDeleteMarker");
    rule->id = xml_text(node, "ID");
    rule->is_enabled = slice_is(status, "Enabled");
    rule->removes_markers = slice_ieq(markers, SLICE("true"));
    if ((!rule->is_enabled && !slice_is(status, "Disabled")) || !read_filter(arena, node, rule)) {
        return false;
    }
    if (date.ptr != NULL && !date_parse(date, &rule->date_ms)) {
        return false;
    }
    return read_days(expiration, "Days", &rule->days) &&
           read_days(older, "NoncurrentDays", &rule->older_days) &&
           read_number(older, "NewerNoncurrentVersions", &rule->newer_older) &&
           read_days(uploads, "DaysAfterInitiation", &rule->upload_days);
}

static bool read_rules(struct arena *arena, const struct xml_node *root,
                       struct lifecycle *lifecycle)
{
    size_t count = 0;
    for (const struct xml_node *node = xml_child(root, "Rule"); node != NULL;
         node = xml_next(node, "Rule")) {
        count++;
    }
    lifecycle->rules = arena_array(arena, count, sizeof(*lifecycle->rules));
    for (const struct xml_node *node = xml_child(root, "Rule"); node != NULL;
         node = xml_next(node, "Rule")) {
        if (!read_rule(arena, node, &lifecycle->rules[lifecycle->count++])) {
            return false;
        }
    }
    return count > 0 && count <= S3_LIFECYCLE_RULES_MAX;
}

struct lifecycle *lifecycle_create(struct slice xml)
{
    const struct xml_node *root;
    if (xml.ptr == NULL) {
        return NULL;
    }
    struct lifecycle *lifecycle = mem_zalloc(sizeof(*lifecycle));
    arena_init(&lifecycle->arena, 1024);
    if (xml_read(&lifecycle->arena, xml, &root) != STATUS_OK ||
        !read_rules(&lifecycle->arena, root, lifecycle)) {
        lifecycle_destroy(lifecycle);
        return NULL;
    }
    return lifecycle;
}

void lifecycle_destroy(struct lifecycle *lifecycle)
{
    if (lifecycle != NULL) {
        arena_finish(&lifecycle->arena);
        mem_free(lifecycle);
    }
}

/* --- checking --- */

static const struct refusal *check_rule(struct arena *arena, const struct xml_node *node,
                                        const struct lifecycle_rule *rule)
{
    const struct xml_node *expiration = xml_child(node, "Expiration");
    const struct xml_node *filter = xml_child(node, "Filter");
    bool has_action = false;
    for (const struct xml_node *child = node->child; child != NULL; child = child->next) {
        has_action = has_action || slice_ends_with(child->name, SLICE("Expiration")) ||
                     slice_ends_with(child->name, SLICE("Transition")) ||
                     slice_is(child->name, "AbortIncompleteMultipartUpload");
    }
    bool has_filter = filter != NULL || xml_child(node, "Prefix") != NULL;
    bool has_many = filter != NULL && filter->child != NULL && filter->child->next != NULL;
    bool is_double =
        expiration != NULL && expiration->child != NULL && expiration->child->next != NULL;
    if (!has_action || !has_filter || has_many || is_double) {
        return refuse(arena, S3_MALFORMED_XML);
    }
    if (rule->date_ms % DAY_MS != 0) {
        return refuse_argument(arena, "Date", xml_text(expiration, "Date"),
                               "'Date' must be at midnight GMT");
    }
    for (size_t i = 0; i < rule->tags.count; i++) {
        for (size_t k = 0; k < i; k++) {
            if (slice_eq(rule->tags.items[i].name, rule->tags.items[k].name)) {
                return refuse_text(arena, S3_INVALID_REQUEST,
                                   "Duplicate Tag Keys are not allowed.");
            }
        }
    }
    return NULL;
}

/* The text with an <ID> in each rule that has none. */
static struct slice with_ids(struct arena *arena, const struct lifecycle *lifecycle,
                             struct slice text)
{
    AUTO_BUF out = BUF_INIT(2 * S3_CONFIG_MAX);
    for (size_t i = 0; i < lifecycle->count; i++) {
        size_t at = slice_search(text, SLICE("<Rule>"));
        if (at == SLICE_NPOS) {
            break;
        }
        at += strlen("<Rule>");
        buf_append(&out, slice_take(text, at));
        text = slice_skip(text, at);
        if (lifecycle->rules[i].id.len == 0) {
            char id[ID_UUID_MAX];
            id_derived_uuid(id, text); /* the same for a template that says the same */
            xml_element(&out, "ID", slice_from(id));
        }
    }
    buf_append(&out, text);
    return arena_copy(arena, buf_slice(&out));
}

const struct refusal *lifecycle_check(struct arena *arena, const struct xml_node *root,
                                      struct slice *text)
{
    struct lifecycle read = {.count = 0};
    if (!read_rules(arena, root, &read)) {
        return refuse(arena, S3_MALFORMED_XML);
    }
    size_t i = 0;
    for (const struct xml_node *node = xml_child(root, "Rule"); node != NULL;
         node = xml_next(node, "Rule"), i++) {
        const struct refusal *refusal = check_rule(arena, node, &read.rules[i]);
        for (size_t k = 0; k < i && refusal == NULL; k++) {
            if (read.rules[i].id.len > 0 && slice_eq(read.rules[i].id, read.rules[k].id)) {
                refusal = refuse_argument(arena, "ID", read.rules[i].id,
                                          "Rule ID must be unique. Found same ID for more than one "
                                          "rule");
            }
        }
        if (refusal != NULL) {
            return refusal;
        }
    }
    *text = with_ids(arena, &read, *text);
    return NULL;
}

/* --- asking --- */

static bool has_tag(struct http_headers tags, const struct http_header *wanted)
{
    for (size_t i = 0; i < tags.count; i++) {
        if (slice_eq(tags.items[i].name, wanted->name) &&
            slice_eq(tags.items[i].value, wanted->value)) {
            return true;
        }
    }
    return false;
}

bool lifecycle_covers(const struct lifecycle_rule *rule, struct slice key, uint64_t size,
                      struct http_headers tags)
{
    for (size_t i = 0; i < rule->tags.count; i++) {
        if (!has_tag(tags, &rule->tags.items[i])) {
            return false;
        }
    }
    return rule->is_enabled && slice_starts_with(key, rule->prefix) &&
           (rule->size_above == UINT64_MAX || size > rule->size_above) &&
           (rule->size_below == UINT64_MAX || size < rule->size_below);
}

int64_t lifecycle_days_after(int64_t since_ms, uint64_t days)
{
    int64_t at = since_ms + (int64_t)days * DAY_MS;
    return (at + DAY_MS - 1) / DAY_MS * DAY_MS;
}

int64_t lifecycle_due_ms(const struct lifecycle_rule *rule, int64_t modified_ms)
{
    if (rule->days > 0) {
        return lifecycle_days_after(modified_ms, rule->days);
    }
    return rule->date_ms > 0 ? rule->date_ms : INT64_MAX;
}

struct slice lifecycle_header(struct arena *arena, const struct lifecycle *lifecycle,
                              struct slice key, const struct object *object)
{
    const struct lifecycle_rule *first = NULL;
    int64_t first_ms = INT64_MAX;
    for (size_t i = 0; lifecycle != NULL && i < lifecycle->count; i++) {
        const struct lifecycle_rule *rule = &lifecycle->rules[i];
        int64_t due_ms = lifecycle_due_ms(rule, object->modified_ms);
        if (due_ms < first_ms && lifecycle_covers(rule, key, object->size, object->tags)) {
            first = rule;
            first_ms = due_ms;
        }
    }
    if (first == NULL) {
        return SLICE_NULL;
    }
    AUTO_BUF id = BUF_INIT(4096);
    char date[TIME_TEXT_MAX];
    percent_encode(&id, first->id, false);
    return arena_printf(arena, "expiry-date=\"%s\", rule-id=\"%.*s\"",
                        time_http_date(date, first_ms), SLICE_ARG(buf_slice(&id)));
}
