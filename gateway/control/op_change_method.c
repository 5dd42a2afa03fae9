/* Methods with their integrations and responses: Put, Update and Delete of each part. */
#include "gateway/control/response_type.h"
#include "gateway/control/rules.h"

static struct slice path_param(struct request *r, const char *name)
{
    return api_path_param(r->call, name);
}

/* --- methods --- */

enum outcome op_put_method(struct request *r)
{
    struct entry method = {.kind = &kinds[KIND_METHOD], .owner = r->owner};
    struct slice resource = path_param(r, "resource"), name = path_param(r, "method");
    if (!request_has_resource(r) || !request_read(r, method.kind, SLICE_NULL, &method.properties)) {
        return OUTCOME_REFUSED;
    }
    method.id = registry_method_id(r->arena, resource, name);
    method.properties = edit_text(r->arena, method.properties, "RestApiId", r->owner);
    method.properties = edit_text(r->arena, method.properties, "ResourceId", resource);
    method.properties = edit_text(r->arena, method.properties, "HttpMethod", name);
    if (!rules[KIND_METHOD].check(r, &method, NULL)) {
        return OUTCOME_REFUSED;
    }
    render_entry(r, change_put(r, &method));
    return request_commit(r, EFFECT_NONE);
}

enum outcome op_update_method(struct request *r)
{
    const struct entry *old = request_method(r);
    if (old == NULL) {
        return OUTCOME_REFUSED;
    }
    struct entry method = *old;
    if (!patch_all(r->arena, old->kind, old->kind->attributes, r->body, NULL, &method.properties,
                   &r->objection) ||
        !rules[KIND_METHOD].check(r, &method, old)) {
        return OUTCOME_REFUSED;
    }
    render_entry(r, change_put(r, &method));
    return request_commit(r, EFFECT_NONE);
}

enum outcome op_delete_method(struct request *r)
{
    struct entry *method = request_method(r);
    if (method == NULL) {
        return OUTCOME_REFUSED;
    }
    change_delete(r, method);
    return request_commit(r, EFFECT_NONE);
}

/* --- parts: an object in the method's properties, or one of a list in an object --- */

static void answer(struct request *r, const struct attributes *attributes, struct slice part)
{
    json_open(&r->w, '{');
    properties_write(&r->w, r->arena, attributes, part);
    json_close(&r->w, '}');
}

/* `part` SLICE_NULL takes it away. */
static enum outcome change_part(struct request *r, const struct entry *method, const char *property,
                                struct slice part)
{
    struct entry changed = *method;
    changed.properties = edit_member(r->arena, method->properties, slice_from(property), part);
    (void)change_put(r, &changed);
    return request_commit(r, EFFECT_NONE);
}

/* --- integrations --- */

static bool is_lambda_or_firehose(struct slice uri)
{
    return slice_search(uri, SLICE(":lambda:path/")) != SLICE_NPOS ||
           slice_search(uri, SLICE(":firehose:")) != SLICE_NPOS ||
           slice_search(uri, SLICE("${stageVariables.")) != SLICE_NPOS;
}

static bool check_aws_uri(struct request *r, struct slice uri, bool is_proxy)
{
    if (!slice_starts_with(uri, SLICE("arn:"))) {
        return objection_bad(&r->objection, "Invalid ARN specified in the request");
    }
    if (slice_search(uri, SLICE(":path/")) == SLICE_NPOS &&
        slice_search(uri, SLICE(":action/")) == SLICE_NPOS) {
        return objection_bad(&r->objection, "AWS ARN for integration must contain path or action");
    }
    return !is_proxy || is_lambda_or_firehose(uri) ||
           objection_bad(&r->objection,
                         "Integrations of type 'AWS_PROXY' currently only supports Lambda "
                         "function and Firehose stream invocations.");
}

bool check_integration(struct request *r, struct slice json)
{
    struct slice type = json_text_member(r->arena, json, "Type");
    struct slice uri = json_text_member(r->arena, json, "Uri");
    struct slice passthrough = json_text_member(r->arena, json, "PassthroughBehavior");
    bool streams = slice_is(json_text_member(r->arena, json, "ResponseTransferMode"), "STREAM");
    struct entry as_entry = {.properties = json};
    if (type.len == 0) {
        return objection_bad(&r->objection, "Enumeration value for Type must be non-empty");
    }
    if (!slice_is(type, "MOCK") &&
        json_text_member(r->arena, json, "IntegrationHttpMethod").len == 0) {
        return objection_bad(&r->objection, "Enumeration value for HttpMethod must be non-empty");
    }
    if (slice_is(type, "AWS") || slice_is(type, "AWS_PROXY")) {
        if (!check_aws_uri(r, uri, slice_is(type, "AWS_PROXY"))) {
            return false;
        }
    } else if (!slice_is(type, "MOCK") && !slice_starts_with(uri, SLICE("http://")) &&
               !slice_starts_with(uri, SLICE("https://")) &&
               slice_search(uri, SLICE("${stageVariables.")) == SLICE_NPOS) {
        return objection_bad(&r->objection, "Invalid HTTP endpoint specified for URI");
    }
    if (passthrough.len > 0 && !slice_is(passthrough, "WHEN_NO_MATCH") &&
        !slice_is(passthrough, "WHEN_NO_TEMPLATES") && !slice_is(passthrough, "NEVER")) {
        return objection_bad(&r->objection,
                             "Invalid PassthroughBehavior specified. Valid options are "
                             "WHEN_NO_MATCH, WHEN_NO_TEMPLATES, NEVER");
    }
    return is_between(&as_entry, "TimeoutInMillis", 50, streams ? 900000 : 29000) ||
           objection_bad(&r->objection, "Timeout should be between 50 ms and %d ms",
                         streams ? 900000 : 29000);
}

enum outcome op_put_integration(struct request *r)
{
    const struct entry *method = request_method(r);
    struct slice json = r->body, given = json_raw_member(json, "integrationHttpMethod");
    struct slice part;
    if (method == NULL) {
        return OUTCOME_REFUSED;
    }
    if (given.ptr != NULL && json_raw_member(json, "httpMethod").ptr == NULL) {
        json = edit_member(r->arena, json, SLICE("httpMethod"), given);
    }
    if (!properties_read(r->arena, &integration_attributes, json, SLICE_NULL,
                         SLICE("putIntegrationInput"), &part, &r->objection) ||
        !check_integration(r, part)) {
        return OUTCOME_REFUSED;
    }
    if (json_raw_member(part, "CacheNamespace").ptr == NULL) {
        part = edit_text(r->arena, part, "CacheNamespace", path_param(r, "resource"));
    }
    answer(r, &integration_attributes, part);
    return change_part(r, method, "Integration", part);
}

/* The integration of the method that the path names; SLICE_NULL: refused. */
static struct slice find_integration(struct request *r, const struct entry **ret_method)
{
    const struct entry *method = request_method(r);
    struct slice integration = method != NULL ? entry_member(method, "Integration") : SLICE_NULL;
    if (method != NULL && integration.ptr == NULL) {
        (void)objection_missing(&r->objection, "Invalid Integration identifier specified");
    }
    *ret_method = method;
    return integration;
}

enum outcome op_update_integration(struct request *r)
{
    const struct entry *method;
    struct slice part = find_integration(r, &method);
    if (part.ptr == NULL ||
        !patch_all(r->arena, method->kind, &integration_attributes, r->body, NULL, &part,
                   &r->objection) ||
        !check_integration(r, part)) {
        return OUTCOME_REFUSED;
    }
    answer(r, &integration_attributes, part);
    return change_part(r, method, "Integration", part);
}

enum outcome op_delete_integration(struct request *r)
{
    const struct entry *method;
    if (find_integration(r, &method).ptr == NULL) {
        return OUTCOME_REFUSED;
    }
    return change_part(r, method, "Integration", SLICE_NULL);
}

/* --- responses, of a method or of its integration --- */

struct response_place {
    const struct entry *method;
    bool is_integration;
    struct slice status;
    struct slice list;
    struct slice old; /* SLICE_NULL: there is none of this status */
};

static const struct attributes *attributes_of(const struct response_place *place)
{
    return place->is_integration ? &integration_response_attributes : &method_response_attributes;
}

static bool find_response(struct request *r, struct response_place *place)
{
    struct slice integration = SLICE_NULL;
    *place = (struct response_place){
        .is_integration = slice_search(api_path(r->call), SLICE("/integration/")) != SLICE_NPOS,
        .status = path_param(r, "status")};
    if (place->is_integration) {
        integration = find_integration(r, &place->method);
        if (integration.ptr == NULL) {
            if (r->objection.code != NULL &&
                slice_is(r->objection.text, kinds[KIND_METHOD].missing)) {
                (void)objection_missing(&r->objection, "Invalid Integration identifier specified");
            }
            return false;
        }
        place->list = json_raw_member(integration, "IntegrationResponses");
    } else {
        place->method = request_method(r);
        if (place->method == NULL) {
            return false;
        }
        place->list = entry_member(place->method, "MethodResponses");
    }
    struct json_scan scan = json_scan_array(place->list);
    for (struct slice each; json_scan_element(&scan, &each);) {
        if (slice_eq(json_text_of(r->arena, json_raw_member(each, "StatusCode")), place->status)) {
            place->old = each;
        }
    }
    return true;
}

/* The list with `response` (SLICE_NULL: nothing) in the place of the old one. */
static enum outcome change_response(struct request *r, const struct response_place *place,
                                    struct slice response)
{
    AUTO_BUF out = BUF_INIT(CONTROL_JSON_MAX);
    struct json_writer w = json_writer_init(&out);
    struct json_scan scan = json_scan_array(place->list);
    json_open(&w, '[');
    for (struct slice each; json_scan_element(&scan, &each);) {
        if (each.ptr != place->old.ptr) {
            json_write_raw(&w, each);
        }
    }
    if (response.ptr != NULL) {
        json_write_raw(&w, response);
    }
    json_close(&w, ']');
    struct slice list = arena_copy(r->arena, buf_slice(&out));
    if (!place->is_integration) {
        return change_part(r, place->method, "MethodResponses", list);
    }
    struct slice integration = entry_member(place->method, "Integration");
    return change_part(r, place->method, "Integration",
                       edit_member(r->arena, integration, SLICE("IntegrationResponses"), list));
}

static bool check_response(struct request *r, const struct response_place *place,
                           struct slice response)
{
    uint64_t number;
    if (!slice_to_u64(place->status, &number) || number < 100 || number > 599) {
        return objection_bad(&r->objection, "Invalid status code specified: %.*s",
                             SLICE_ARG(place->status));
    }
    return check_models(r, r->owner, json_raw_member(response, "ResponseModels"));
}

enum outcome op_put_response(struct request *r)
{
    struct response_place place;
    struct slice response;
    if (!find_response(r, &place)) {
        return OUTCOME_REFUSED;
    }
    if (!place.is_integration && place.old.ptr != NULL) {
        (void)objection_conflict(&r->objection, "Response already exists for this resource");
        return OUTCOME_REFUSED;
    }
    struct slice with_status = edit_text(r->arena, r->body, "statusCode", place.status);
    if (!properties_read(r->arena, attributes_of(&place), with_status, SLICE_NULL,
                         place.is_integration ? SLICE("putIntegrationResponseInput")
                                              : SLICE("putMethodResponseInput"),
                         &response, &r->objection) ||
        !check_response(r, &place, response)) {
        return OUTCOME_REFUSED;
    }
    answer(r, attributes_of(&place), response);
    return change_response(r, &place, response);
}

/* The one there is; refused when there is none. */
static bool find_old_response(struct request *r, struct response_place *place)
{
    if (!find_response(r, place)) {
        return false;
    }
    return place->old.ptr != NULL ||
           objection_missing(&r->objection, "Invalid Response status code specified");
}

enum outcome op_update_response(struct request *r)
{
    struct response_place place;
    if (!find_old_response(r, &place)) {
        return OUTCOME_REFUSED;
    }
    struct slice response = place.old;
    if (!patch_all(r->arena, place.method->kind, attributes_of(&place), r->body, NULL, &response,
                   &r->objection) ||
        !check_response(r, &place, response)) {
        return OUTCOME_REFUSED;
    }
    answer(r, attributes_of(&place), response);
    return change_response(r, &place, response);
}

enum outcome op_delete_response(struct request *r)
{
    struct response_place place;
    if (!find_old_response(r, &place)) {
        return OUTCOME_REFUSED;
    }
    return change_response(r, &place, SLICE_NULL);
}

/* --- gateway responses: what is not defined begins as the default is --- */

static struct slice defined_response(struct request *r, const struct entry *old)
{
    struct slice properties = edit_text(r->arena, SLICE("{}"), "RestApiId", r->owner);
    properties = edit_text(r->arena, properties, "ResponseType", r->id);
    return old != NULL ? old->properties : properties;
}

static enum outcome put_gateway_response(struct request *r, struct slice properties,
                                         const struct entry *old)
{
    struct entry response = {.kind = &kinds[KIND_GATEWAY_RESPONSE],
                             .id = r->id,
                             .owner = r->owner,
                             .properties = properties};
    if (!rules[KIND_GATEWAY_RESPONSE].check(r, &response, old)) {
        return OUTCOME_REFUSED;
    }
    render_entry(r, change_put(r, &response));
    return request_commit(r, EFFECT_NONE);
}

enum outcome op_put_gateway_response(struct request *r)
{
    struct slice properties;
    if (!response_type_check(&r->objection, r->id) || request_api(r, KIND_REST_API) == NULL ||
        !request_read(r, &kinds[KIND_GATEWAY_RESPONSE], defined_response(r, NULL), &properties)) {
        return OUTCOME_REFUSED;
    }
    return put_gateway_response(r, properties, NULL);
}

enum outcome op_update_gateway_response(struct request *r)
{
    const struct entry *old = registry_find(r->registry, KIND_GATEWAY_RESPONSE, r->owner, r->id);
    struct slice properties = defined_response(r, old);
    if (!response_type_check(&r->objection, r->id) || request_api(r, KIND_REST_API) == NULL ||
        !patch_all(r->arena, &kinds[KIND_GATEWAY_RESPONSE], &gateway_response_attributes, r->body,
                   NULL, &properties, &r->objection)) {
        return OUTCOME_REFUSED;
    }
    return put_gateway_response(r, properties, old);
}

enum outcome op_delete_gateway_response(struct request *r)
{
    if (!response_type_check(&r->objection, r->id) || request_api(r, KIND_REST_API) == NULL) {
        return OUTCOME_REFUSED;
    }
    return op_delete(r);
}
