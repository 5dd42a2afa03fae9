/* Methods of REST APIs, and what they refer to: authorizers, models, validators. */
#include "gateway/control/rules.h"

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

bool check_models(struct request *r, struct slice api_id, struct slice models)
{
    struct slice key, value;
    for (struct json_scan scan = json_scan_object(models); json_scan_member(&scan, &key, &value);) {
        struct slice name = json_text_of(r->arena, value);
        if (registry_find(r->registry, KIND_MODEL, api_id, name) == NULL) {
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
    return check_models(r, method->owner, entry_member(method, "RequestModels")) &&
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
