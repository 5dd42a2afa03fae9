/* Entries as the APIs tell them: their attributes, and what follows from others. */
#include "gateway/control/control_private.h"
#include "gateway/control/document.h"
#include "gateway/control/response_type.h"

void render_date(struct request *r, const char *name, int64_t ms)
{
    char text[TIME_TEXT_MAX];
    if (slice_starts_with(api_path(r->call), SLICE("/v2/"))) {
        json_put_text(&r->w, name, time_iso8601(text, ms));
    } else {
        json_put_i64(&r->w, name, ms / 1000);
    }
}

/* --- REST APIs --- */

/* As PutIntegration fills it in. */
struct slice render_method_properties(struct request *r, const struct entry *method)
{
    struct slice integration = json_raw_member(method->properties, "Integration");
    if (integration.ptr == NULL || json_raw_member(integration, "CacheNamespace").ptr != NULL) {
        return method->properties;
    }
    integration = edit_text(r->arena, integration, "CacheNamespace",
                            entry_text(r->arena, method, "ResourceId"));
    return edit_member(r->arena, method->properties, SLICE("Integration"), integration);
}

static void render_methods(struct request *r, struct slice api_id, struct slice resource_id,
                           bool has_methods)
{
    bool is_open = false;
    size_t at = 0;
    for (const struct entry *method;
         (method = registry_next(r->registry, KIND_METHOD, api_id, &at)) != NULL;) {
        if (!slice_eq(entry_text(r->arena, method, "ResourceId"), resource_id)) {
            continue;
        }
        if (!is_open) {
            json_key_text(&r->w, "resourceMethods");
            json_open(&r->w, '{');
            is_open = true;
        }
        json_write_key(&r->w, entry_text(r->arena, method, "HttpMethod"));
        json_open(&r->w, '{');
        if (has_methods) {
            render_members(r, method);
        }
        json_close(&r->w, '}');
    }
    if (is_open) {
        json_close(&r->w, '}');
    }
}

void render_resource(struct request *r, struct slice api_id, const struct entry *entry,
                     bool has_methods)
{
    struct slice id = entry != NULL ? entry->id : registry_root(r->arena, api_id);
    struct slice path;
    json_put_string(&r->w, "id", id);
    if (registry_path(r->registry, r->arena, api_id, id, &path)) {
        json_put_string(&r->w, "path", path);
    }
    if (entry != NULL) {
        properties_write(&r->w, r->arena, &resource_attributes, entry->properties);
    }
    render_methods(r, api_id, id, has_methods);
}

/* One that nobody defined is as DEFAULT_4XX or DEFAULT_5XX has it. */
void render_default_response(struct request *r, struct slice type)
{
    const char *own = response_type_status(type);
    bool is_default = slice_starts_with(type, SLICE("DEFAULT_"));
    const struct entry *fallback =
        is_default ? NULL
                   : registry_find(r->registry, KIND_GATEWAY_RESPONSE, r->owner,
                                   own != NULL && own[0] == '5' ? SLICE("DEFAULT_5XX")
                                                                : SLICE("DEFAULT_4XX"));
    struct slice properties = fallback != NULL ? fallback->properties : SLICE("{}");
    properties = edit_text(r->arena, properties, "ResponseType", type);
    if (json_raw_member(properties, "StatusCode").ptr == NULL && own != NULL) {
        properties = edit_text(r->arena, properties, "StatusCode", slice_from(own));
    }
    json_open(&r->w, '{');
    properties_write(&r->w, r->arena, &gateway_response_attributes, properties);
    json_put_bool(&r->w, "defaultResponse", true);
    json_close(&r->w, '}');
}

static void render_response(struct request *r, const struct entry *entry)
{
    struct slice properties = entry->properties;
    const char *own = response_type_status(entry->id);
    if (json_raw_member(properties, "StatusCode").ptr == NULL && own != NULL) {
        properties = edit_text(r->arena, properties, "StatusCode", slice_from(own));
    }
    properties_write(&r->w, r->arena, &gateway_response_attributes, properties);
    json_put_bool(&r->w, "defaultResponse", false);
}

/* --- API keys and plans --- */

struct slice render_key_value(struct request *r, const struct entry *key)
{
    const struct usage_spec *usage = gateway_usage(r->control->gateway);
    for (size_t i = 0; i < usage->key_count; i++) {
        if (slice_eq(usage->keys[i].id, key->id)) {
            return usage->keys[i].value;
        }
    }
    return entry_text(r->arena, key, "Value");
}

static void render_key(struct request *r, const struct entry *entry)
{
    struct slice properties = edit_member(r->arena, entry->properties, SLICE("Value"), SLICE_NULL);
    if (json_raw_member(properties, "Name").ptr == NULL) {
        properties = edit_text(r->arena, properties, "Name", entry->logical_id);
    }
    properties_write(&r->w, r->arena, &api_key_attributes, properties);
    render_date(r, "createdDate", entry->created_ms);
    render_date(r, "lastUpdatedDate", entry->changed_ms);
    json_key_text(&r->w, "stageKeys");
    json_write_raw(&r->w, SLICE("[]"));
}

static void render_plan(struct request *r, const struct entry *entry)
{
    struct slice properties = entry->properties;
    if (json_raw_member(properties, "UsagePlanName").ptr == NULL) {
        properties = edit_text(r->arena, properties, "UsagePlanName", entry->logical_id);
    }
    properties_write(&r->w, r->arena, &usage_plan_attributes, properties);
}

static void render_plan_key(struct request *r, const struct entry *entry)
{
    const struct entry *key = registry_find(r->registry, KIND_API_KEY, SLICE_NULL, entry->id);
    struct slice name = key != NULL ? entry_text(r->arena, key, "Name") : SLICE_NULL;
    json_put_string(&r->w, "id", entry->id);
    json_put_text(&r->w, "type", "API_KEY");
    if (key != NULL) {
        json_put_string(&r->w, "value", render_key_value(r, key));
        json_put_string(&r->w, "name", name.ptr != NULL ? name : key->logical_id);
    }
}

/* --- HTTP and WebSocket APIs --- */

static bool is_websocket(struct request *r, struct slice api_id)
{
    const struct entry *api = registry_find(r->registry, KIND_V2_API, SLICE_NULL, api_id);
    return api != NULL && slice_is(entry_text(r->arena, api, "ProtocolType"), "WEBSOCKET");
}

/* An address that answers here, with or without a stage behind it (edge_address.h). */
static void render_endpoint(struct request *r, const struct entry *api)
{
    struct slice url = slice_from(r->control->options.edge_url);
    struct slice path = arena_printf(r->arena, "/_aws/execute-api/%.*s", SLICE_ARG(api->id));
    bool is_ws = is_websocket(r, api->id) && slice_starts_with(url, SLICE("http"));
    json_put_string(
        &r->w, "apiEndpoint",
        is_ws ? arena_printf(r->arena, "ws%.*s%.*s", SLICE_ARG(slice_skip(url, 4)), SLICE_ARG(path))
              : arena_printf(r->arena, "%.*s%.*s", SLICE_ARG(url), SLICE_ARG(path)));
}

static void render_v2_integration(struct request *r, const struct entry *entry)
{
    bool is_ws = is_websocket(r, entry->owner);
    if (json_raw_member(entry->properties, "TimeoutInMillis").ptr == NULL) {
        json_put_i64(&r->w, "timeoutInMillis", is_ws ? 29000 : 30000);
    }
    if (is_ws) {
        json_put_text(&r->w, "integrationResponseSelectionExpression",
                      "${integration.response.statuscode}");
    }
}

/* --- all of them --- */

static void render_rest(struct request *r, const struct entry *entry)
{
    render_date(r, "createdDate", entry->created_ms);
    json_put_string(&r->w, "rootResourceId", registry_root(r->arena, entry->id));
    if (json_raw_member(entry->properties, "Name").ptr == NULL) {
        json_put_string(&r->w, "name", entry->logical_id);
    }
}

static void render_stage(struct request *r, const struct entry *entry)
{
    bool has_cache = slice_ieq(entry_text(r->arena, entry, "CacheClusterEnabled"), SLICE("true"));
    render_date(r, "createdDate", entry->created_ms);
    render_date(r, "lastUpdatedDate", entry->changed_ms);
    json_put_text(&r->w, "cacheClusterStatus", has_cache ? "AVAILABLE" : "NOT_AVAILABLE");
}

/* What is told beside the attributes. */
static void render_more(struct request *r, const struct entry *entry)
{
    switch (kind_id(entry->kind)) {
    case KIND_REST_API:
        render_rest(r, entry);
        break;
    case KIND_MODEL:
        json_put_string(&r->w, "id", document_id(r->arena, 6, "model", entry->owner, entry->id));
        break;
    case KIND_DEPLOYMENT:
        render_date(r, "createdDate", entry->created_ms);
        break;
    case KIND_STAGE:
        render_stage(r, entry);
        break;
    case KIND_V2_API:
        render_endpoint(r, entry);
        render_date(r, "createdDate", entry->created_ms);
        if (json_raw_member(entry->properties, "Name").ptr == NULL) {
            json_put_string(&r->w, "name", entry->logical_id);
        }
        break;
    case KIND_V2_INTEGRATION:
        render_v2_integration(r, entry);
        break;
    case KIND_V2_DEPLOYMENT:
        render_date(r, "createdDate", entry->created_ms);
        json_put_text(&r->w, "deploymentStatus", "DEPLOYED");
        json_put_bool(&r->w, "autoDeployed", entry->is_managed);
        return;
    case KIND_V2_STAGE:
        render_date(r, "createdDate", entry->created_ms);
        render_date(r, "lastUpdatedDate", entry->changed_ms);
        break;
    case KIND_RESOURCE:
    case KIND_METHOD:
    case KIND_AUTHORIZER:
    case KIND_VALIDATOR:
    case KIND_GATEWAY_RESPONSE:
    case KIND_API_KEY:
    case KIND_USAGE_PLAN:
    case KIND_USAGE_PLAN_KEY:
    case KIND_V2_ROUTE:
    case KIND_V2_ROUTE_RESPONSE:
    case KIND_V2_INTEGRATION_RESPONSE:
    case KIND_V2_AUTHORIZER:
    case KIND_V2_MODEL:
    case KIND_COUNT:
        break;
    }
    if (entry->is_managed) {
        json_put_bool(&r->w, "apiGatewayManaged", true);
    }
}

/* Resources of a policy in their short form, "execute-api:/dev/GET/x", are told in full. */
static struct slice render_api_properties(struct request *r, const struct entry *api)
{
    static const struct slice short_form = SLICE_INIT("execute-api:/");
    const struct control_options *options = &r->control->options;
    struct slice rest = json_raw_member(api->properties, "Policy");
    if (rest.ptr == NULL) {
        return api->properties;
    }
    AUTO_BUF policy = BUF_INIT(CONTROL_JSON_MAX);
    for (size_t at; (at = slice_search(rest, short_form)) != SLICE_NPOS;) {
        buf_append(&policy, slice_take(rest, at));
        buf_printf(&policy, "arn:aws:execute-api:%s:%s:%.*s/", options->region, options->account_id,
                   SLICE_ARG(api->id));
        rest = slice_skip(rest, at + short_form.len);
    }
    buf_append(&policy, rest);
    return edit_member(r->arena, api->properties, SLICE("Policy"), buf_slice(&policy));
}

void render_members(struct request *r, const struct entry *entry)
{
    const struct kind *kind = entry->kind;
    enum kind_id id = kind_id(kind);
    if (kind->id_name != NULL && id != KIND_RESOURCE) {
        json_put_string(&r->w, kind->id_name, entry->id);
    }
    if (id == KIND_RESOURCE) {
        render_resource(r, entry->owner, entry, false);
    } else if (id == KIND_GATEWAY_RESPONSE) {
        render_response(r, entry);
    } else if (id == KIND_API_KEY) {
        render_key(r, entry);
    } else if (id == KIND_USAGE_PLAN) {
        render_plan(r, entry);
    } else if (id == KIND_USAGE_PLAN_KEY) {
        render_plan_key(r, entry);
    } else {
        properties_write(&r->w, r->arena, kind->attributes,
                         id == KIND_METHOD     ? render_method_properties(r, entry)
                         : id == KIND_REST_API ? render_api_properties(r, entry)
                                               : entry->properties);
        render_more(r, entry);
    }
}

void render_entry(struct request *r, const struct entry *entry)
{
    json_open(&r->w, '{');
    render_members(r, entry);
    json_close(&r->w, '}');
}
