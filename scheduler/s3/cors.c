#include "scheduler/s3/cors.h"

#include "core/mem.h"

static size_t count_of(const struct xml_node *node, const char *name)
{
    size_t count = 0;
    for (const struct xml_node *each = xml_child(node, name); each != NULL;
         each = xml_next(each, name)) {
        count++;
    }
    return count;
}

static struct slice *texts_of(struct arena *arena, const struct xml_node *node, const char *name,
                              size_t *ret_count)
{
    *ret_count = count_of(node, name);
    struct slice *texts = arena_array(arena, *ret_count, sizeof(*texts));
    size_t i = 0;
    for (const struct xml_node *each = xml_child(node, name); each != NULL;
         each = xml_next(each, name)) {
        texts[i++] = slice_trim(each->text);
    }
    return texts;
}

static void read_rule(struct arena *arena, const struct xml_node *node, struct cors_rule *rule)
{
    rule->id = xml_text(node, "ID");
    rule->methods = texts_of(arena, node, "AllowedMethod", &rule->method_count);
    rule->origins = texts_of(arena, node, "AllowedOrigin", &rule->origin_count);
    rule->allowed_headers = texts_of(arena, node, "AllowedHeader", &rule->allowed_count);
    rule->exposed_headers = texts_of(arena, node, "ExposeHeader", &rule->exposed_count);
    rule->max_age = slice_trim(xml_text(node, "MaxAgeSeconds"));
}

static void read_rules(struct arena *arena, const struct xml_node *root, struct cors *cors)
{
    cors->rules = arena_array(arena, count_of(root, "CORSRule"), sizeof(*cors->rules));
    for (const struct xml_node *each = xml_child(root, "CORSRule"); each != NULL;
         each = xml_next(each, "CORSRule")) {
        read_rule(arena, each, &cors->rules[cors->count++]);
    }
}

struct cors *cors_create(struct slice xml)
{
    const struct xml_node *root;
    if (xml.ptr == NULL) {
        return NULL;
    }
    struct cors *cors = mem_zalloc(sizeof(*cors));
    arena_init(&cors->arena, 1024);
    if (xml_read(&cors->arena, xml, &root) != STATUS_OK) {
        cors_destroy(cors);
        return NULL;
    }
    read_rules(&cors->arena, root, cors);
    return cors;
}

void cors_destroy(struct cors *cors)
{
    if (cors != NULL) {
        arena_finish(&cors->arena);
        mem_free(cors);
    }
}

static bool has_only_known(const struct xml_node *rule)
{
    static const char *const known[] = {
        "ID", "AllowedMethod", "AllowedOrigin", "AllowedHeader", "ExposeHeader", "MaxAgeSeconds",
        NULL};
    for (const struct xml_node *child = rule->child; child != NULL; child = child->next) {
        size_t i = 0;
        while (known[i] != NULL && !slice_is(child->name, known[i])) {
            i++;
        }
        if (known[i] == NULL) {
            return false;
        }
    }
    return true;
}

static const struct refusal *check_rule(struct arena *arena, const struct cors_rule *rule)
{
    static const char *const methods[] = {"GET", "PUT", "HEAD", "POST", "DELETE", NULL};
    if (rule->method_count == 0 || rule->origin_count == 0) {
        return refuse(arena, S3_MALFORMED_XML);
    }
    for (size_t i = 0; i < rule->method_count; i++) {
        size_t k = 0;
        while (methods[k] != NULL && !slice_is(rule->methods[i], methods[k])) {
            k++;
        }
        if (methods[k] == NULL) {
            return refuse_text(
                arena, S3_INVALID_REQUEST,
                "Found unsupported HTTP method in CORS config. Unsupported method is "
                "%.*s",
                SLICE_ARG(rule->methods[i]));
        }
    }
    for (size_t i = 0; i < rule->origin_count; i++) {
        size_t star = slice_find(rule->origins[i], '*');
        if (star != SLICE_NPOS && slice_rfind(rule->origins[i], '*') != star) {
            return refuse_text(arena, S3_INVALID_REQUEST,
                               "AllowedOrigin \"%.*s\" can not have more than one wildcard.",
                               SLICE_ARG(rule->origins[i]));
        }
    }
    return NULL;
}

const struct refusal *cors_check(struct arena *arena, const struct xml_node *root)
{
    struct cors cors = {.count = 0};
    read_rules(arena, root, &cors);
    if (cors.count == 0 || cors.count > S3_CORS_RULES_MAX) {
        return refuse(arena, S3_MALFORMED_XML);
    }
    for (const struct xml_node *each = root->child; each != NULL; each = each->next) {
        if (!slice_is(each->name, "CORSRule") || !has_only_known(each)) {
            return refuse(arena, S3_MALFORMED_XML);
        }
    }
    for (size_t i = 0; i < cors.count; i++) {
        const struct refusal *refusal = check_rule(arena, &cors.rules[i]);
        if (refusal != NULL) {
            return refusal;
        }
    }
    return NULL;
}

/* "*.example.com": the star stands for at least one character. */
static bool fits(struct slice pattern, struct slice text, bool ignores_case)
{
    size_t star = slice_find(pattern, '*');
    if (star == SLICE_NPOS) {
        return ignores_case ? slice_ieq(pattern, text) : slice_eq(pattern, text);
    }
    struct slice before = slice_take(pattern, star);
    struct slice behind = slice_skip(pattern, star + 1);
    if (text.len <= before.len + behind.len && pattern.len > 1) {
        return false;
    }
    struct slice end = slice_skip(text, text.len - behind.len);
    return ignores_case ? slice_istarts_with(text, before) && slice_ieq(end, behind)
                        : slice_starts_with(text, before) && slice_eq(end, behind);
}

static bool any_fits(const struct slice *patterns, size_t count, struct slice text,
                     bool ignores_case)
{
    for (size_t i = 0; i < count; i++) {
        if (fits(patterns[i], text, ignores_case)) {
            return true;
        }
    }
    return false;
}

static bool allows_headers(const struct cors_rule *rule, struct slice headers)
{
    struct slice header;
    while (slice_split(&headers, ',', &header)) {
        header = slice_trim(header);
        if (header.len > 0 && !any_fits(rule->allowed_headers, rule->allowed_count, header, true)) {
            return false;
        }
    }
    return true;
}

const struct cors_rule *cors_match(const struct cors *cors, struct slice origin,
                                   struct slice method, struct slice headers)
{
    for (size_t i = 0; i < cors->count; i++) {
        const struct cors_rule *rule = &cors->rules[i];
        if (any_fits(rule->methods, rule->method_count, method, false) &&
            any_fits(rule->origins, rule->origin_count, origin, false) &&
            allows_headers(rule, headers)) {
            return rule;
        }
    }
    return NULL;
}

bool cors_names(const struct cors_rule *rule, struct slice origin)
{
    for (size_t i = 0; i < rule->origin_count; i++) {
        if (!slice_is(rule->origins[i], "*") && fits(rule->origins[i], origin, false)) {
            return true;
        }
    }
    return false;
}
