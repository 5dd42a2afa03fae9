/* APIs out of OpenAPI documents: made anew, merged into one that is there, or in the place of what it is. */
#include "gateway/control/document.h"
#include "gateway/control/rules.h"

/* --- the document --- */

static bool refuse_document(struct request *r)
{
    return objection_bad(&r->objection, "Invalid OpenAPI input.");
}

/* YAML or JSON, of a version that API Gateway takes. */
static bool read_document(struct request *r, struct slice text, struct slice *ret)
{
    const struct control_options *options = &r->control->options;
    *ret = slice_trim(text);
    if (text.len > CONTROL_DOCUMENT_MAX) {
        return objection_bad(&r->objection, "API definitions are 6 MB at most");
    }
    bool is_json = slice_starts_with(*ret, SLICE("{")) && json_validate(*ret, NULL);
    if (!is_json && (options->read_document == NULL ||
                     !options->read_document(options->ctx, r->arena, text, ret))) {
        return refuse_document(r);
    }
    struct slice swagger = json_text_member(r->arena, *ret, "swagger");
    struct slice openapi = json_text_member(r->arena, *ret, "openapi");
    bool is_known = slice_is(swagger, "2.0") || slice_starts_with(openapi, SLICE("3.0."));
    return (is_known && json_raw_kind(json_raw_member(*ret, "paths")) == JSON_OBJECT) ||
           refuse_document(r);
}

/* "/a/b" of "basePath", or of the first server's URL. */
static struct slice base_path(struct request *r, struct slice document)
{
    struct slice server = SLICE_NULL;
    struct json_scan servers = json_scan_array(json_raw_member(document, "servers"));
    (void)json_scan_element(&servers, &server);
    struct slice variable = json_raw_member(json_raw_member(server, "variables"), "basePath");
    struct slice path = json_text_member(r->arena, document, "basePath");
    if (variable.ptr != NULL) {
        path = json_text_member(r->arena, variable, "default");
    } else if (path.len == 0) {
        struct slice url = json_text_member(r->arena, server, "url");
        size_t host = slice_search(url, SLICE("://"));
        url = host != SLICE_NPOS ? slice_skip(url, host + 3) : url;
        path = slice_skip(url, slice_find(url, '/'));
    }
    while (path.len > 0 && path.ptr[path.len - 1] == '/') {
        path.len--;
    }
    return path.len == 0 || path.ptr[0] == '/' ? path
                                               : arena_printf(r->arena, "/%.*s", SLICE_ARG(path));
}

/* What paths begin with, as the parameter `basepath` wants it. */
static bool find_prefix(struct request *r, struct slice document, struct slice *ret)
{
    struct slice wish = api_query_param(r->call, "basepath");
    *ret = SLICE("");
    if (slice_is(wish, "prepend") || slice_is(wish, "split")) {
        *ret = base_path(r, document);
    } else if (wish.len > 0 && !slice_is(wish, "ignore")) {
        return objection_bad(&r->objection,
                             "Invalid basepath parameter specified: %.*s. Valid options are "
                             "ignore, prepend, split",
                             SLICE_ARG(wish));
    }
    if (slice_is(wish, "split") && ret->len > 0) { /* its first part is what a domain maps */
        size_t slash = slice_find(slice_skip(*ret, 1), '/');
        *ret = slash != SLICE_NPOS ? slice_skip(*ret, slash + 1) : SLICE("");
    }
    return true;
}

/* --- what it stands for --- */

static bool is_default_model(const struct entry *entry)
{
    return kind_id(entry->kind) == KIND_MODEL &&
           (slice_is(entry->id, "Empty") || slice_is(entry->id, "Error"));
}

struct replacing {
    struct slice api_id;
    const struct registry *parts; /* of the document */
};

/* What the API has and the document has not. */
static bool is_other(struct request *r, const struct entry *entry, const void *ctx)
{
    const struct replacing *replacing = ctx;
    (void)r;
    return slice_eq(entry->owner, replacing->api_id) && record_is_deployed(entry) &&
           !is_default_model(entry) &&
           registry_find(replacing->parts, kind_id(entry->kind), replacing->api_id, entry->id) ==
               NULL;
}

/* Where a method or a resource is. */
static struct slice path_of(struct request *r, const struct entry *entry)
{
    struct slice path = SLICE("/");
    struct slice id =
        kind_id(entry->kind) == KIND_METHOD ? entry_text(r->arena, entry, "ResourceId") : entry->id;
    (void)registry_path(r->registry, r->arena, entry->owner, id, &path);
    return path;
}

#define IMPORT_ERRORS "Errors found during import:\n\tUnable to "

/* What is wrong with it, and where that is. */
static bool explain(struct request *r, const struct entry *entry)
{
    struct slice text = r->objection.text;
    struct slice name =
        entry_text(r->arena, entry, kind_id(entry->kind) == KIND_V2_ROUTE ? "RouteKey" : "Name");
    if (kind_id(entry->kind) == KIND_METHOD) {
        return objection_bad(&r->objection,
                             IMPORT_ERRORS "put method '%.*s' on resource at path '%.*s': %.*s",
                             SLICE_ARG(entry_text(r->arena, entry, "HttpMethod")),
                             SLICE_ARG(path_of(r, entry)), SLICE_ARG(text));
    }
    if (kind_id(entry->kind) == KIND_RESOURCE) {
        struct slice parent = SLICE("/");
        (void)registry_path(r->registry, r->arena, entry->owner,
                            entry_text(r->arena, entry, "ParentId"), &parent);
        return objection_bad(&r->objection,
                             IMPORT_ERRORS "create resource at path '%.*s%s%.*s': %.*s",
                             SLICE_ARG(parent), parent.len > 1 ? "/" : "",
                             SLICE_ARG(entry_text(r->arena, entry, "PathPart")), SLICE_ARG(text));
    }
    char *word = arena_cstr(r->arena, slice_from(entry->kind->word));
    word[0] = (char)(word[0] | 0x20);
    return objection_bad(&r->objection, IMPORT_ERRORS "create %s for '%.*s': %.*s", word,
                         SLICE_ARG(name.len > 0 ? name : entry->id), SLICE_ARG(text));
}

static bool check_put_integration(struct request *r, const struct entry *method)
{
    struct slice integration = entry_member(method, "Integration");
    if (integration.ptr == NULL) {
        return true;
    }
    if (json_raw_kind(integration) != JSON_OBJECT ||
        json_raw_kind(json_raw_member(integration, "Uri")) == JSON_OBJECT) {
        return objection_bad(&r->objection,
                             "Unable to parse API definition because of a malformed integration "
                             "at path %.*s.",
                             SLICE_ARG(path_of(r, method)));
    }
    return check_integration(r, integration) ||
           objection_bad(&r->objection,
                         IMPORT_ERRORS "put integration on '%.*s' for resource at path '%.*s': "
                                       "%.*s",
                         SLICE_ARG(entry_text(r->arena, method, "HttpMethod")),
                         SLICE_ARG(path_of(r, method)), SLICE_ARG(r->objection.text));
}

static bool check_part(struct request *r, struct entry *entry, const struct entry *old)
{
    check_fn *checks = rules[kind_id(entry->kind)].check;
    if (checks != NULL && !checks(r, entry, old)) {
        return explain(r, entry);
    }
    return kind_id(entry->kind) != KIND_METHOD || check_put_integration(r, entry);
}

static bool put_parts(struct request *r, const struct registry *parts)
{
    for (size_t i = 0; i < parts->count; i++) {
        struct entry entry = *parts->entries[i];
        enum kind_id kind = kind_id(entry.kind);
        const struct entry *old = registry_find(r->registry, kind, entry.owner, entry.id);
        bool is_there = old != NULL && (entry.origin == ORIGIN_DERIVED ||
                                        slice_eq(old->properties, entry.properties));
        if (entry.kind->owner == NULL || is_there) {
            continue;
        }
        entry.logical_id = SLICE("");
        if (!check_part(r, &entry, old)) {
            return false;
        }
        (void)change_put(r, &entry);
    }
    return true;
}

/* --- the API --- */

/* What a document says of it, over what is said already. */
static struct slice api_properties(struct request *r, struct slice properties, struct slice said,
                                   bool is_whole)
{
    static const char *const of_documents[] = {"Description",
                                               "Version",
                                               "BinaryMediaTypes",
                                               "ApiKeySourceType",
                                               "MinimumCompressionSize",
                                               "Policy",
                                               "CorsConfiguration"};
    struct slice key, value, name;
    for (size_t i = 0; i < COUNT_OF(of_documents) && is_whole; i++) {
        properties = edit_member(r->arena, properties, slice_from(of_documents[i]), SLICE_NULL);
    }
    for (struct json_scan scan = json_scan_object(said); json_scan_member(&scan, &key, &value);) {
        if (json_raw_key(r->arena, key, &name)) {
            properties = edit_member(r->arena, properties, name, value);
        }
    }
    return properties;
}

/* The resources there are: the document's paths go on from them. */
static void seed(struct request *r, struct slice api_id, struct registry *parts)
{
    size_t at = 0;
    for (const struct entry *entry;
         (entry = registry_next(r->registry, KIND_RESOURCE, api_id, &at)) != NULL;) {
        (void)registry_add(parts, entry);
    }
}

/* `old` NULL: a new one. `merges`: what the document does not name stays. */
static bool import(struct request *r, struct entry *api, const struct entry *old,
                   struct slice document, bool merges)
{
    struct registry parts = {NULL, 0, 0};
    struct document_options options = {.continues = merges};
    struct entry whole = *api;
    if (!find_prefix(r, document, &options.prefix)) {
        return false;
    }
    whole.origin = ORIGIN_MADE;
    whole.properties = edit_member(r->arena, SLICE("{}"), SLICE("Body"), document);
    (void)registry_add(&parts, &whole);
    if (merges) {
        seed(r, api->id, &parts);
    }
    document_take_apart(&parts, parts.entries[0], &options);
    api->properties =
        api_properties(r, api->properties, parts.entries[0]->properties, old != NULL && !merges);
    r->body = SLICE("{}"); /* for what looks there beside the properties */
    bool is_right = rules[kind_id(api->kind)].check(r, api, old);
    if (is_right) {
        (void)change_put(r, api);
        if (old != NULL && !merges) {
            delete_those(r, is_other, &(struct replacing){api->id, &parts});
        }
        is_right = put_parts(r, &parts);
    }
    registry_finish(&parts);
    return is_right;
}

/* --- operations --- */

static struct slice document_text(struct request *r)
{
    return r->row->takes_document ? api_body(r->call) : json_text_member(r->arena, r->body, "body");
}

static enum outcome answer(struct request *r, const struct entry *api)
{
    bool is_rest = kind_id(api->kind) == KIND_REST_API;
    render_entry(r, registry_find(r->registry, kind_id(api->kind), SLICE_NULL, api->id));
    return request_commit(r, is_rest ? EFFECT_NONE : effect_on(r, api->id, KIND_V2_ROUTE));
}

enum outcome op_import_api(struct request *r)
{
    struct slice types = api_query_param(r->call, "endpointConfigurationTypes"), document;
    struct entry api = {
        .kind = &kinds[r->row->kind], .owner = SLICE(""), .properties = SLICE("{}")};
    if (!read_document(r, document_text(r), &document)) {
        return OUTCOME_REFUSED;
    }
    if (types.len > 0) {
        struct slice list = edit_list_add(r->arena, SLICE("[]"), types);
        api.properties = edit_member(r->arena, api.properties, SLICE("EndpointConfiguration"),
                                     edit_member(r->arena, SLICE("{}"), SLICE("Types"), list));
    }
    api.id = request_new_id(r, r->row->kind);
    return import(r, &api, NULL, document, false) ? answer(r, &api) : OUTCOME_REFUSED;
}

enum outcome op_put_api(struct request *r)
{
    struct slice mode = api_query_param(r->call, "mode"), document;
    bool merges = r->row->kind == KIND_REST_API && !slice_is(mode, "overwrite");
    const struct entry *old = request_entry(r);
    if (old == NULL) {
        return OUTCOME_REFUSED;
    }
    if (mode.len > 0 && merges && !slice_is(mode, "merge")) {
        (void)objection_bad(&r->objection,
                            "Invalid mode specified: %.*s. Valid options are "
                            "merge, overwrite",
                            SLICE_ARG(mode));
        return OUTCOME_REFUSED;
    }
    struct entry api = *old;
    if (!read_document(r, document_text(r), &document)) {
        return OUTCOME_REFUSED;
    }
    return import(r, &api, old, document, merges) ? answer(r, &api) : OUTCOME_REFUSED;
}
