/* What is read of a REST API: its tree of resources, its methods and their parts. */
#include "gateway/control/operations.h"
#include "gateway/control/response_type.h"

#include <stdlib.h>

static bool has_embed(const struct request *r, const char *what)
{
    struct http_headers params = api_query_params(r->call);
    for (size_t i = 0; i < params.count; i++) {
        if (slice_is(params.items[i].name, "embed") && slice_is(params.items[i].value, what)) {
            return true;
        }
    }
    return false;
}

/* --- resources --- */

struct placed {
    struct slice path;
    const struct entry *entry; /* NULL: the root */
};

static int compare_paths(const void *a, const void *b)
{
    return slice_compare(((const struct placed *)a)->path, ((const struct placed *)b)->path);
}

/* The root stands for itself in a list: an entry that is nobody's. */
static struct entry *root_of(struct request *r)
{
    struct entry *root = arena_alloc(r->arena, sizeof *root);
    root->kind = &kinds[KIND_RESOURCE];
    root->id = registry_root(r->arena, r->owner);
    return root;
}

static void render_placed(struct request *r, const struct entry *entry)
{
    json_open(&r->w, '{');
    render_resource(r, r->owner, entry->owner.ptr != NULL ? entry : NULL, has_embed(r, "methods"));
    json_close(&r->w, '}');
}

enum outcome op_list_resources(struct request *r)
{
    struct listing listing = {NULL, 0, 0};
    size_t at = 0, count = 0;
    if (request_api(r, KIND_REST_API) == NULL) {
        return OUTCOME_REFUSED;
    }
    struct placed *all = arena_array(r->arena, r->registry->count + 1, sizeof *all);
    all[count++] = (struct placed){SLICE("/"), root_of(r)};
    for (const struct entry *entry;
         (entry = registry_next(r->registry, KIND_RESOURCE, r->owner, &at)) != NULL;) {
        if (registry_path(r->registry, r->arena, r->owner, entry->id, &all[count].path)) {
            all[count++].entry = entry;
        }
    }
    qsort(all, count, sizeof *all, compare_paths);
    for (size_t i = 0; i < count; i++) {
        listing_add(r, &listing, all[i].entry);
    }
    return listing_answer(r, &listing, render_placed);
}

enum outcome op_get_resource(struct request *r)
{
    bool is_root = registry_find(r->registry, KIND_REST_API, SLICE_NULL, r->owner) != NULL &&
                   slice_eq(r->id, registry_root(r->arena, r->owner));
    const struct entry *entry = is_root ? NULL : request_entry(r);
    if (!is_root && entry == NULL) {
        return OUTCOME_REFUSED;
    }
    json_open(&r->w, '{');
    render_resource(r, r->owner, entry, has_embed(r, "methods"));
    json_close(&r->w, '}');
    return OUTCOME_ANSWERED;
}

/* --- methods and their parts --- */

bool request_has_resource(struct request *r)
{
    struct slice id = api_path_param(r->call, "resource");
    bool is_root = registry_find(r->registry, KIND_REST_API, SLICE_NULL, r->owner) != NULL &&
                   slice_eq(id, registry_root(r->arena, r->owner));
    if (!is_root && registry_find(r->registry, KIND_RESOURCE, r->owner, id) == NULL) {
        objection_no_entry(r, &kinds[KIND_RESOURCE], id);
        return false;
    }
    return true;
}

struct entry *request_method(struct request *r)
{
    struct slice resource = api_path_param(r->call, "resource");
    struct slice id = registry_method_id(r->arena, resource, api_path_param(r->call, "method"));
    struct entry *method =
        request_has_resource(r) ? registry_find(r->registry, KIND_METHOD, r->owner, id) : NULL;
    if (method == NULL && r->objection.code == NULL) {
        objection_no_entry(r, &kinds[KIND_METHOD], id);
    }
    return method;
}

/* The struct of a list whose member has this text. */
static struct slice find_by(struct request *r, struct slice list, const char *member,
                            struct slice text)
{
    struct json_scan scan = json_scan_array(list);
    for (struct slice item; json_scan_element(&scan, &item);) {
        if (slice_eq(json_text_of(r->arena, json_raw_member(item, member)), text)) {
            return item;
        }
    }
    return SLICE_NULL;
}

/* What the rest of the path says: the method, its integration, or a response of either. */
enum outcome op_get_method_part(struct request *r)
{
    const struct entry *method = request_method(r);
    struct slice status = api_path_param(r->call, "status");
    bool is_integration = slice_search(api_path(r->call), SLICE("/integration")) != SLICE_NPOS;
    if (method == NULL) {
        return OUTCOME_REFUSED;
    }
    struct entry whole = *method;
    whole.properties = render_method_properties(r, method);
    struct slice integration = json_raw_member(whole.properties, "Integration");
    struct slice part = is_integration ? integration : whole.properties;
    const struct attributes *attributes =
        is_integration ? &integration_attributes : &method_attributes;
    if (is_integration && part.ptr == NULL) {
        (void)objection_missing(&r->objection, "Invalid Integration identifier specified");
        return OUTCOME_REFUSED;
    }
    if (status.ptr != NULL) {
        attributes =
            is_integration ? &integration_response_attributes : &method_response_attributes;
        part = find_by(
            r, json_raw_member(part, is_integration ? "IntegrationResponses" : "MethodResponses"),
            "StatusCode", status);
    }
    if (part.ptr == NULL) {
        (void)objection_missing(&r->objection, "Invalid Response status code specified");
        return OUTCOME_REFUSED;
    }
    json_open(&r->w, '{');
    properties_write(&r->w, r->arena, attributes, part);
    json_close(&r->w, '}');
    return OUTCOME_ANSWERED;
}

/* --- the rest --- */

/* All of them: this list has no pages. */
enum outcome op_list_stages(struct request *r)
{
    struct slice deployment = api_query_param(r->call, "deploymentId");
    size_t at = 0;
    if (request_api(r, KIND_REST_API) == NULL) {
        return OUTCOME_REFUSED;
    }
    json_open(&r->w, '{');
    json_key_text(&r->w, "item");
    json_open(&r->w, '[');
    for (const struct entry *stage;
         (stage = registry_next(r->registry, KIND_STAGE, r->owner, &at)) != NULL;) {
        if (deployment.len == 0 ||
            slice_eq(entry_text(r->arena, stage, "DeploymentId"), deployment)) {
            render_entry(r, stage);
        }
    }
    json_close(&r->w, ']');
    json_close(&r->w, '}');
    return OUTCOME_ANSWERED;
}

static void render_gateway_response(struct request *r, struct slice type)
{
    const struct entry *entry = registry_find(r->registry, KIND_GATEWAY_RESPONSE, r->owner, type);
    if (entry != NULL) {
        render_entry(r, entry);
    } else {
        render_default_response(r, type);
    }
}

enum outcome op_list_gateway_responses(struct request *r)
{
    const char *type;
    if (request_api(r, KIND_REST_API) == NULL) {
        return OUTCOME_REFUSED;
    }
    json_open(&r->w, '{');
    json_key_text(&r->w, "item");
    json_open(&r->w, '[');
    for (size_t i = 0; (type = response_type_name(i)) != NULL; i++) {
        render_gateway_response(r, slice_from(type));
    }
    json_close(&r->w, ']');
    json_close(&r->w, '}');
    return OUTCOME_ANSWERED;
}

enum outcome op_get_gateway_response(struct request *r)
{
    if (request_api(r, KIND_REST_API) == NULL || !response_type_check(&r->objection, r->id)) {
        return OUTCOME_REFUSED;
    }
    render_gateway_response(r, r->id);
    return OUTCOME_ANSWERED;
}

/* {"/pets": {"GET": {"authorizationType": "NONE", "apiKeyRequired": false}}} */
static void render_summary(struct request *r)
{
    struct slice open_path = SLICE_NULL;
    size_t at = 0;
    json_key_text(&r->w, "apiSummary");
    json_open(&r->w, '{');
    for (const struct entry *method;
         (method = registry_next(r->registry, KIND_METHOD, r->owner, &at)) != NULL;) {
        struct slice path;
        struct slice id = entry_text(r->arena, method, "ResourceId");
        struct slice type = entry_text(r->arena, method, "AuthorizationType");
        if (!registry_path(r->registry, r->arena, r->owner, id, &path)) {
            continue;
        }
        if (!slice_eq(path, open_path)) {
            if (open_path.ptr != NULL) {
                json_close(&r->w, '}');
            }
            json_write_key(&r->w, path);
            json_open(&r->w, '{');
            open_path = path;
        }
        json_write_key(&r->w, entry_text(r->arena, method, "HttpMethod"));
        json_open(&r->w, '{');
        json_put_string(&r->w, "authorizationType", type.len > 0 ? type : SLICE("NONE"));
        json_put_bool(&r->w, "apiKeyRequired",
                      slice_ieq(entry_text(r->arena, method, "ApiKeyRequired"), SLICE("true")));
        json_close(&r->w, '}');
    }
    if (open_path.ptr != NULL) {
        json_close(&r->w, '}');
    }
    json_close(&r->w, '}');
}

enum outcome op_get_deployment(struct request *r)
{
    const struct entry *entry = request_entry(r);
    if (entry == NULL) {
        return OUTCOME_REFUSED;
    }
    json_open(&r->w, '{');
    render_members(r, entry);
    if (has_embed(r, "apisummary")) {
        render_summary(r);
    }
    json_close(&r->w, '}');
    return OUTCOME_ANSWERED;
}

/* --- what stages have kept --- */

enum outcome op_flush_authorizers(struct request *r)
{
    if (!gateway_flush_authorizers(r->control->gateway, r->owner, r->id)) {
        objection_no_entry(r, &kinds[r->row->kind], r->id);
        return OUTCOME_REFUSED;
    }
    return OUTCOME_ANSWERED;
}

enum outcome op_flush_cache(struct request *r)
{
    if (!gateway_flush_cache(r->control->gateway, r->owner, r->id)) {
        objection_no_entry(r, &kinds[r->row->kind], r->id);
        return OUTCOME_REFUSED;
    }
    return OUTCOME_ANSWERED;
}
