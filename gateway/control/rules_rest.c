/* REST APIs: resources, methods, and what stands beside them. */
#include "gateway/control/rules.h"

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

/* "_custom_id_" is how emulators let people choose. */
static bool choose_id(struct request *r, struct entry *api)
{
    struct slice id = json_text_member(r->arena, entry_member(api, "Tags"), "_custom_id_");
    if (id.len == 0) {
        return true;
    }
    if (!consists_of_name(id, "-") || id.len > 64) {
        return objection_bad(&r->objection, "Invalid _custom_id_ specified: %.*s", SLICE_ARG(id));
    }
    if (registry_find_even_gone(r->registry, KIND_REST_API, SLICE_NULL, id) != NULL ||
        registry_find_even_gone(r->registry, KIND_V2_API, SLICE_NULL, id) != NULL) {
        return objection_conflict(&r->objection, "API %.*s already exists", SLICE_ARG(id));
    }
    api->id = id;
    return true;
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
    if (!check_endpoint(r, api) || (old == NULL && !choose_id(r, api))) {
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

/* With everything below it, and all their methods. */
bool delete_resource(struct request *r, struct entry *resource)
{
    for (size_t i = r->registry->count; i-- > 0;) {
        struct entry *entry = i < r->registry->count ? r->registry->entries[i] : NULL;
        if (entry == NULL || entry->is_gone || entry == resource ||
            !slice_eq(entry->owner, resource->owner)) {
            continue;
        }
        bool goes =
            (entry->kind == &kinds[KIND_METHOD] &&
             is_below(r, entry->owner, entry_text(r->arena, entry, "ResourceId"), resource->id)) ||
            (entry->kind == &kinds[KIND_RESOURCE] &&
             is_below(r, entry->owner, entry->id, resource->id));
        if (goes && entry->kind == &kinds[KIND_METHOD]) {
            change_delete(r, entry);
        }
    }
    bool has_more = true;
    while (has_more) { /* leaves first: the way up is needed to the end */
        has_more = false;
        for (size_t i = 0; i < r->registry->count; i++) {
            struct entry *entry = r->registry->entries[i];
            if (!entry->is_gone && entry != resource && entry->kind == &kinds[KIND_RESOURCE] &&
                slice_eq(entry->owner, resource->owner) &&
                is_below(r, entry->owner, entry->id, resource->id) &&
                find_namesake(r, entry, "ParentId", entry->id) == NULL) {
                change_delete(r, entry);
                has_more = true;
                break;
            }
        }
    }
    return true;
}

/* --- methods --- */

/* "//ANY", "/test/ANY": where something is referenced. */
static struct slice place_of(struct request *r, const struct entry *method)
{
    struct slice path = SLICE("/");
    (void)registry_path(r->registry, r->arena, method->owner,
                        entry_text(r->arena, method, "ResourceId"), &path);
    return arena_printf(r->arena, "%.*s/%.*s", SLICE_ARG(path),
                        SLICE_ARG(entry_text(r->arena, method, "HttpMethod")));
}

static bool check_models(struct request *r, const struct entry *entry, struct slice models)
{
    struct slice key, value;
    for (struct json_scan scan = json_scan_object(models); json_scan_member(&scan, &key, &value);) {
        struct slice name = json_text_of(r->arena, value);
        if (registry_find(r->registry, KIND_MODEL, entry->owner, name) == NULL) {
            return objection_bad(&r->objection, "Invalid model identifier specified: %.*s",
                                 SLICE_ARG(name));
        }
    }
    return true;
}

/* "b" of "method.request.path.b". */
static struct slice parameter_name(struct slice text)
{
    for (size_t i = 0; i < 3; i++) {
        text = slice_skip(text, slice_find(text, '.') + 1);
    }
    return text;
}

static bool check_parameters(struct request *r, struct slice parameters)
{
    struct slice key, value, other_key, other_value, name, other;
    struct json_scan scan = json_scan_object(parameters);
    while (json_scan_member(&scan, &key, &value)) {
        struct json_scan rest = scan;
        if (!json_raw_key(r->arena, key, &name)) {
            continue;
        }
        if (!slice_starts_with(name, SLICE("method.request."))) {
            return objection_bad(&r->objection,
                                 "Invalid mapping expression specified: Validation Result: "
                                 "warnings : [], errors : [Invalid mapping expression parameter "
                                 "specified: %.*s]",
                                 SLICE_ARG(name));
        }
        while (json_scan_member(&rest, &other_key, &other_value)) {
            if (json_raw_key(r->arena, other_key, &other) &&
                slice_eq(parameter_name(name), parameter_name(other))) {
                return objection_bad(&r->objection, "Parameter names must be unique across "
                                                    "querystring, header and path");
            }
        }
    }
    return true;
}

static bool check_authorization(struct request *r, struct entry *method)
{
    struct slice type = entry_text(r->arena, method, "AuthorizationType");
    struct slice id = entry_text(r->arena, method, "AuthorizerId");
    bool needs_one = slice_is(type, "CUSTOM") || slice_is(type, "COGNITO_USER_POOLS");
    if (!needs_one && !slice_is(type, "NONE") && !slice_is(type, "AWS_IAM")) {
        return objection_bad(&r->objection,
                             "Invalid authorization type specified. Valid options are NONE, "
                             "AWS_IAM, CUSTOM, COGNITO_USER_POOLS");
    }
    if (needs_one && registry_find(r->registry, KIND_AUTHORIZER, method->owner, id) == NULL) {
        return objection_bad(&r->objection,
                             "Invalid authorizer ID specified. Setting the authorization type to "
                             "CUSTOM or COGNITO_USER_POOLS requires a valid authorizer.");
    }
    if (!needs_one) {
        method->properties =
            edit_member(r->arena, method->properties, SLICE("AuthorizerId"), SLICE_NULL);
    }
    return true;
}

bool check_method(struct request *r, struct entry *method, const struct entry *old)
{
    static const char verbs[] = "GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY";
    struct slice name = entry_text(r->arena, method, "HttpMethod"), rest = slice_from(verbs), verb;
    struct slice validator = entry_text(r->arena, method, "RequestValidatorId");
    bool is_known = false;
    while (slice_split(&rest, ',', &verb)) {
        is_known |= slice_eq(verb, name);
    }
    if (!is_known) {
        return objection_bad(&r->objection, "Invalid HttpMethod specified. Valid options are %s",
                             verbs);
    }
    if (old == NULL && registry_find(r->registry, KIND_METHOD, method->owner, method->id) != NULL) {
        return objection_conflict(&r->objection, "Method already exists for this resource");
    }
    if (!check_authorization(r, method)) {
        return false;
    }
    if (validator.len > 0 &&
        registry_find(r->registry, KIND_VALIDATOR, method->owner, validator) == NULL) {
        return objection_bad(&r->objection, "Invalid Request Validator identifier specified");
    }
    return check_models(r, method, entry_member(method, "RequestModels")) &&
           check_parameters(r, entry_member(method, "RequestParameters"));
}

/* --- authorizers --- */

bool check_authorizer(struct request *r, struct entry *authorizer, const struct entry *old)
{
    struct slice name = entry_text(r->arena, authorizer, "Name");
    struct slice type = entry_text(r->arena, authorizer, "Type");
    bool is_pool = slice_is(type, "COGNITO_USER_POOLS");
    (void)old;
    if (name.len == 0) {
        return objection_bad(&r->objection, "Authorizer name must be non-empty");
    }
    if (type.len == 0) {
        return objection_bad(&r->objection, "Authorizer type must be non-empty");
    }
    if (find_namesake(r, authorizer, "Name", name) != NULL) {
        return objection_conflict(&r->objection,
                                  "Authorizer name must be unique. Authorizer %.*s already exists "
                                  "in this RestApi.",
                                  SLICE_ARG(name));
    }
    if (!is_pool && entry_text(r->arena, authorizer, "AuthorizerUri").len == 0) {
        return objection_bad(&r->objection, "Authorizer URI must be non-empty");
    }
    if (is_pool && json_raw_count(entry_member(authorizer, "ProviderARNs")) == 0) {
        return objection_bad(&r->objection, "Invalid Authorizer provider ARN specified");
    }
    if (!slice_is(type, "REQUEST") && entry_text(r->arena, authorizer, "IdentitySource").len == 0) {
        return objection_bad(&r->objection, "Authorizer identity source must be non-empty");
    }
    return is_between(authorizer, "AuthorizerResultTtlInSeconds", 0, 3600) ||
           objection_bad(&r->objection, "Authorizer result TTL must be between 0 and 3600 seconds");
}

/* The method that names it so; NULL: none does. */
static const struct entry *referrer(struct request *r, const struct entry *entry,
                                    const char *property)
{
    size_t at = 0;
    for (const struct entry *method;
         (method = registry_next(r->registry, KIND_METHOD, entry->owner, &at)) != NULL;) {
        if (slice_eq(entry_text(r->arena, method, property), entry->id)) {
            return method;
        }
    }
    return NULL;
}

bool delete_authorizer(struct request *r, struct entry *authorizer)
{
    const struct entry *method = referrer(r, authorizer, "AuthorizerId");
    return method == NULL ||
           objection_conflict(
               &r->objection, "Cannot delete authorizer '%.*s', is referenced in method: %.*s",
               SLICE_ARG(entry_text(r->arena, authorizer, "Name")), SLICE_ARG(place_of(r, method)));
}

/* --- models, validators, gateway responses --- */

bool check_model(struct request *r, struct entry *model, const struct entry *old)
{
    struct slice schema = entry_member(model, "Schema");
    if (model->id.len == 0) {
        return objection_bad(&r->objection, "Model name must be non-empty");
    }
    if (!consists_of_name(model->id, "")) {
        return objection_bad(&r->objection, "Model name must be alphanumeric: %.*s",
                             SLICE_ARG(model->id));
    }
    if (schema.ptr == NULL || slice_is(schema, "\"\"")) {
        return objection_bad(&r->objection,
                             "Model schema must have at least 1 property or array items defined");
    }
    if (json_raw_kind(schema) != JSON_OBJECT &&
        slice_is(entry_text(r->arena, model, "ContentType"), "application/json")) {
        return objection_bad(&r->objection,
                             "Invalid model specified: Validation Result: warnings : [], errors : "
                             "[Invalid model schema specified]");
    }
    return old != NULL || registry_find(r->registry, KIND_MODEL, model->owner, model->id) == NULL ||
           objection_conflict(&r->objection, "Model name already exists for this REST API");
}

static bool has_value(struct request *r, struct slice map, struct slice text)
{
    struct slice key, value;
    for (struct json_scan scan = json_scan_object(map); json_scan_member(&scan, &key, &value);) {
        if (slice_eq(json_text_of(r->arena, value), text)) {
            return true;
        }
    }
    return false;
}

bool delete_model(struct request *r, struct entry *model)
{
    size_t at = 0;
    for (const struct entry *method;
         (method = registry_next(r->registry, KIND_METHOD, model->owner, &at)) != NULL;) {
        if (has_value(r, entry_member(method, "RequestModels"), model->id)) {
            return objection_conflict(&r->objection,
                                      "Cannot delete model '%.*s', is referenced in method "
                                      "request: %.*s",
                                      SLICE_ARG(model->id), SLICE_ARG(place_of(r, method)));
        }
        struct json_scan scan = json_scan_array(entry_member(method, "MethodResponses"));
        for (struct slice response; json_scan_element(&scan, &response);) {
            if (has_value(r, json_raw_member(response, "ResponseModels"), model->id)) {
                return objection_conflict(&r->objection,
                                          "Cannot delete model '%.*s', is referenced in method "
                                          "response: %.*s",
                                          SLICE_ARG(model->id), SLICE_ARG(place_of(r, method)));
            }
        }
    }
    return true;
}

bool check_validator(struct request *r, struct entry *validator, const struct entry *old)
{
    return old == NULL || entry_text(r->arena, validator, "Name").len > 0 ||
           objection_bad(&r->objection, "Request Validator name cannot be blank");
}

bool delete_validator(struct request *r, struct entry *validator)
{
    const struct entry *method = referrer(r, validator, "RequestValidatorId");
    return method == NULL ||
           objection_conflict(&r->objection,
                              "Cannot delete request validator '%.*s', is referenced in method: "
                              "%.*s",
                              SLICE_ARG(validator->id), SLICE_ARG(place_of(r, method)));
}

bool check_gateway_response(struct request *r, struct entry *response, const struct entry *old)
{
    struct slice status = entry_text(r->arena, response, "StatusCode");
    uint64_t number;
    (void)old;
    return status.len == 0 || (status.len == 3 && slice_to_u64(status, &number)) ||
           objection_bad(&r->objection, "Invalid status code specified: %.*s", SLICE_ARG(status));
}
