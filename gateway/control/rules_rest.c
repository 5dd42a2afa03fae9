/* REST APIs and their resources. */
#include "gateway/control/rules.h"

#include "gateway/policy/policy.h"

#define RESOURCES_MAX 300 /* of an API: API Gateway's quota */
#define PATH_PART_OTHERS "._-:"

/* --- APIs --- */

static bool check_endpoint(struct request *r, struct entry *api)
{
    struct slice endpoint = entry_member(api, "EndpointConfiguration");
    struct slice types = json_raw_member(endpoint, "Types");
    struct slice address = json_text_member(r->arena, endpoint, "IpAddressType");
    if (types.ptr != NULL && json_raw_count(types) == 0) {
        return objection_bad(
            &r->objection,
            "REGIONAL Configuration and EDGE Configuration cannot be both DISABLED.");
    }
    if (json_raw_count(types) > 1) {
        return objection_bad(&r->objection, "Cannot create an api with multiple Endpoint Types.");
    }
    bool is_private = edit_list_has(r->arena, types, SLICE("PRIVATE"));
    if (is_private && address.len > 0 && !slice_is(address, "dualstack")) {
        return objection_bad(&r->objection,
                             "Only dualstack ipAddressType is supported for Private APIs.");
    }
    if (address.len == 0) {
        endpoint = edit_text(r->arena, endpoint, "IpAddressType",
                             is_private ? SLICE("dualstack") : SLICE("ipv4"));
    }
    if (types.ptr == NULL) {
        endpoint = edit_member(r->arena, endpoint, SLICE("Types"), SLICE("[\"EDGE\"]"));
    }
    api->properties =
        edit_member(r->arena, api->properties, SLICE("EndpointConfiguration"), endpoint);
    return true;
}

static bool check_policy(struct request *r, struct entry *api)
{
    const struct policy *policy;
    struct fault why;
    struct slice raw = entry_member(api, "Policy");
    struct slice text = json_text_of(r->arena, raw);
    return text.len == 0 ||
           policy_parse(r->arena, POLICY_OF_RESOURCE, text, &policy, &why) == STATUS_OK ||
           objection_bad(&r->objection, POLICY_INVALID);
}

/* What every REST API has. */
static void put_default_models(struct request *r, struct slice api_id)
{
    static const struct {
        const char *name, *description, *schema;
    } models[] = {
        {"Empty", "This is a default empty schema model",
         "{\"$schema\":\"http://json-schema.org/draft-04/schema#\",\"title\":\"Empty Schema\","
         "\"type\":\"object\"}"},
        {"Error", "This is a default error schema model",
         "{\"$schema\":\"http://json-schema.org/draft-04/schema#\",\"title\":\"Error Schema\","
         "\"type\":\"object\",\"properties\":{\"message\":{\"type\":\"string\"}}}"},
    };
    for (size_t i = 0; i < COUNT_OF(models); i++) {
        struct entry model = {
            .kind = &kinds[KIND_MODEL], .id = slice_from(models[i].name), .owner = api_id};
        struct slice properties = edit_text(r->arena, SLICE("{}"), "RestApiId", api_id);
        properties = edit_text(r->arena, properties, "Name", model.id);
        properties =
            edit_text(r->arena, properties, "Description", slice_from(models[i].description));
        properties = edit_text(r->arena, properties, "ContentType", SLICE("application/json"));
        model.properties =
            edit_member(r->arena, properties, SLICE("Schema"), slice_from(models[i].schema));
        (void)change_put(r, &model);
    }
}

bool check_rest_api(struct request *r, struct entry *api, const struct entry *old)
{
    struct slice description = entry_member(api, "Description");
    if (entry_text(r->arena, api, "Name").len == 0 && api->logical_id.len == 0) {
        return objection_bad(&r->objection, "Name cannot be empty");
    }
    if (old == NULL && description.ptr != NULL && slice_is(description, "\"\"")) {
        return objection_bad(&r->objection, "Description cannot be an empty string");
    }
    if (!is_between(api, "MinimumCompressionSize", 0, 10485760)) {
        return objection_bad(&r->objection, "Invalid minimum compression size, must be between 0 "
                                            "and 10485760");
    }
    if (json_text_member(r->arena, r->body, "cloneFrom").len > 0) {
        return objection_bad(&r->objection,
                             "cloneFrom is not supported: export the API and import it");
    }
    if (!check_endpoint(r, api) || !check_policy(r, api) ||
        (old == NULL && !choose_api_id(r, api))) {
        return false;
    }
    if (old == NULL) {
        put_default_models(r, api->id);
    }
    return true;
}

bool delete_rest_api(struct request *r, struct entry *api)
{
    leave_plans(r, api->id, SLICE_NULL);
    delete_all_of(r, api->id);
    return true;
}

/* --- resources --- */

static bool is_variable(struct slice part)
{
    return part.len > 2 && part.ptr[0] == '{' && part.ptr[part.len - 1] == '}';
}

static bool is_greedy(struct slice part)
{
    return is_variable(part) && part.len > 3 && part.ptr[part.len - 2] == '+';
}

static bool check_part(struct request *r, struct slice part)
{
    struct slice inside = is_greedy(part)     ? slice_take(slice_skip(part, 1), part.len - 3)
                          : is_variable(part) ? slice_take(slice_skip(part, 1), part.len - 2)
                                              : part;
    if (part.len == 0) {
        return objection_bad(&r->objection, "Resource's path part must be specified");
    }
    return consists_of_name(inside, is_variable(part) ? "._-" : PATH_PART_OTHERS) ||
           objection_bad(&r->objection,
                         "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path "
                         "variable and curly braces at the beginning and the end.");
}

static bool check_siblings(struct request *r, const struct entry *resource, struct slice parent,
                           struct slice part)
{
    size_t at = 0;
    for (const struct entry *other;
         (other = registry_next(r->registry, KIND_RESOURCE, resource->owner, &at)) != NULL;) {
        struct slice name = entry_text(r->arena, other, "PathPart");
        if (slice_eq(other->id, resource->id) ||
            !slice_eq(entry_text(r->arena, other, "ParentId"), parent)) {
            continue;
        }
        if (slice_eq(name, part)) {
            return objection_conflict(&r->objection,
                                      "Another resource with the same parent already has this "
                                      "name: %.*s",
                                      SLICE_ARG(part));
        }
        if (is_variable(name) && is_variable(part)) {
            return objection_bad(&r->objection,
                                 "A sibling (%.*s) of this resource already has a variable path "
                                 "part -- only one is allowed",
                                 SLICE_ARG(name));
        }
    }
    return true;
}

static bool is_below(struct request *r, struct slice api_id, struct slice id, struct slice above)
{
    for (size_t depth = 0; depth < RESOURCES_MAX; depth++) {
        const struct entry *resource = registry_find(r->registry, KIND_RESOURCE, api_id, id);
        if (slice_eq(id, above)) {
            return true;
        }
        if (resource == NULL) {
            return false;
        }
        id = entry_text(r->arena, resource, "ParentId");
    }
    return true;
}

static bool check_parent(struct request *r, const struct entry *resource, struct slice parent,
                         const struct entry *old)
{
    const struct entry *entry = registry_find(r->registry, KIND_RESOURCE, resource->owner, parent);
    if (entry == NULL && !slice_eq(parent, registry_root(r->arena, resource->owner))) {
        objection_no_entry(r, resource->kind, parent);
        return false;
    }
    if (old != NULL && is_below(r, resource->owner, parent, old->id)) {
        return objection_bad(&r->objection, "Resources cannot be cyclical.");
    }
    struct slice name = entry != NULL ? entry_text(r->arena, entry, "PathPart") : SLICE("");
    return !is_greedy(name) ||
           objection_bad(&r->objection,
                         "Cannot create a child of a resource with a greedy path variable: %.*s",
                         SLICE_ARG(name));
}

bool check_resource(struct request *r, struct entry *resource, const struct entry *old)
{
    struct slice parent = entry_text(r->arena, resource, "ParentId");
    struct slice part = entry_text(r->arena, resource, "PathPart");
    size_t count = 0, at = 0;
    while (registry_next(r->registry, KIND_RESOURCE, resource->owner, &at) != NULL) {
        count++;
    }
    if (old == NULL && count >= RESOURCES_MAX) {
        return objection_limit(&r->objection,
                               "Maximum number of Resources for this API has been reached. Please "
                               "contact AWS if you need additional Resources.");
    }
    return check_part(r, part) && check_parent(r, resource, parent, old) &&
           check_siblings(r, resource, parent, part);
}

static bool is_part_of(struct request *r, const struct entry *entry, const void *ctx)
{
    const struct entry *resource = ctx;
    bool is_method = entry->kind == &kinds[KIND_METHOD];
    if (entry == resource || !slice_eq(entry->owner, resource->owner) ||
        (!is_method && entry->kind != &kinds[KIND_RESOURCE])) {
        return false;
    }
    struct slice id = is_method ? entry_text(r->arena, entry, "ResourceId") : entry->id;
    return is_below(r, entry->owner, id, resource->id);
}

/* With everything below it, and all their methods. */
bool delete_resource(struct request *r, struct entry *resource)
{
    delete_those(r, is_part_of, resource);
    return true;
}
