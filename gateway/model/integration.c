/* Integrations. REST and HTTP APIs differ in what they allow, CloudFormation and OpenAPI in how it is spelt; what
 * it means is the same. */
#include "gateway/model/building.h"

#include "core/mem.h"
#include "gateway/integration/target.h"

struct integration_spelling {
    const char *type, *subtype, *uri, *method, *format, *timeout, *transfer, *request_parameters,
        *request_templates, *template_selection, *passthrough, *content_handling,
        *cache_key_parameters, *cache_namespace, *responses;
    /* of one response */
    const char *status, *pattern, *response_parameters, *response_templates;
};

const struct integration_spelling model_v2_spelling = {
    .type = "IntegrationType",
    .subtype = "IntegrationSubtype",
    .uri = "IntegrationUri",
    .method = "IntegrationMethod",
    .format = "PayloadFormatVersion",
    .timeout = "TimeoutInMillis",
    .transfer = "ResponseTransferMode",
    .request_parameters = "RequestParameters",
    .request_templates = "RequestTemplates",
    .template_selection = "TemplateSelectionExpression",
    .passthrough = "PassthroughBehavior",
    .content_handling = "ContentHandlingStrategy",
    .cache_key_parameters = "CacheKeyParameters",
    .cache_namespace = "CacheNamespace",
    .responses = "ResponseParameters",
};

const struct integration_spelling model_rest_spelling = {
    .type = "Type",
    .subtype = "IntegrationSubtype",
    .uri = "Uri",
    .method = "IntegrationHttpMethod",
    .format = "PayloadFormatVersion",
    .timeout = "TimeoutInMillis",
    .transfer = "ResponseTransferMode",
    .request_parameters = "RequestParameters",
    .request_templates = "RequestTemplates",
    .template_selection = "TemplateSelectionExpression",
    .passthrough = "PassthroughBehavior",
    .content_handling = "ContentHandling",
    .cache_key_parameters = "CacheKeyParameters",
    .cache_namespace = "CacheNamespace",
    .responses = "IntegrationResponses",
    .status = "StatusCode",
    .pattern = "SelectionPattern",
    .response_parameters = "ResponseParameters",
    .response_templates = "ResponseTemplates",
};

const struct integration_spelling model_openapi_spelling = {
    .type = "type",
    .subtype = "integrationSubtype",
    .uri = "uri",
    .method = "httpMethod",
    .format = "payloadFormatVersion",
    .timeout = "timeoutInMillis",
    .transfer = "responseTransferMode",
    .request_parameters = "requestParameters",
    .request_templates = "requestTemplates",
    .template_selection = "templateSelectionExpression",
    .passthrough = "passthroughBehavior",
    .content_handling = "contentHandling",
    .cache_key_parameters = "cacheKeyParameters",
    .cache_namespace = "cacheNamespace",
    .responses = "responses",
    .status = "statusCode",
    .pattern = "selectionPattern",
    .response_parameters = "responseParameters",
    .response_templates = "responseTemplates",
};

bool model_function(struct slice uri, struct slice *ret_name, struct slice *ret_qualifier)
{
    struct target target;
    bool is_function = target_read(uri, &target);
    *ret_name = target.function;
    *ret_qualifier = target.qualifier;
    return is_function;
}

enum content_handling model_content_handling(struct building *b, struct slice json, const char *key)
{
    struct slice text = model_text(b, json, key);
    return slice_is(text, "CONVERT_TO_TEXT")     ? CONTENT_TO_TEXT
           : slice_is(text, "CONVERT_TO_BINARY") ? CONTENT_TO_BINARY
                                                 : CONTENT_AS_IS;
}

static enum passthrough read_passthrough(struct building *b, struct slice json, const char *key)
{
    struct slice text = model_text(b, json, key);
    return slice_ieq(text, SLICE("NEVER"))               ? PASSTHROUGH_NEVER
           : slice_ieq(text, SLICE("WHEN_NO_TEMPLATES")) ? PASSTHROUGH_WHEN_NO_TEMPLATES
                                                         : PASSTHROUGH_WHEN_NO_MATCH;
}

/* --- responses --- */

/* CloudFormation's [{Source, Destination}] of HTTP APIs. */
static struct pairs read_destinations(struct building *b, struct slice list)
{
    struct pairs pairs = {NULL, 0};
    struct name_value_pair *items = arena_array(b->arena, json_raw_count(list), sizeof *items);
    struct json_scan scan = json_scan_array(list);
    struct slice element;
    while (json_scan_element(&scan, &element)) {
        items[pairs.count].name = model_text(b, element, "Destination");
        items[pairs.count++].value = model_text(b, element, "Source");
    }
    pairs.items = items;
    return pairs;
}

static struct integration_response_spec read_response(struct building *b, struct slice json,
                                                      const struct integration_spelling *spelling)
{
    return (struct integration_response_spec){
        .status = model_text(b, json, spelling->status),
        .selection_pattern = model_text(b, json, spelling->pattern),
        .parameters = model_pairs(b, json, spelling->response_parameters),
        .templates = model_pairs(b, json, spelling->response_templates),
        .content_handling = model_content_handling(b, json, spelling->content_handling),
    };
}

/* A list (CloudFormation), an object by pattern (OpenAPI, REST) or an object of parameters by status (HTTP). */
static void read_responses(struct building *b, const struct api_spec *api,
                           struct integration_spec *integration, struct slice json,
                           const struct integration_spelling *spelling)
{
    bool is_rest = api->kind == API_REST;
    const char *key =
        is_rest || spelling != &model_openapi_spelling ? spelling->responses : "responseParameters";
    struct slice all = json_raw_member(json, key);
    struct slice name, value;
    size_t count = json_raw_count(all);
    for (struct json_scan scan = json_scan_object(all); json_scan_member(&scan, &name, &value);) {
        count++;
    }
    struct integration_response_spec *responses = arena_array(b->arena, count, sizeof *responses);
    size_t at = 0;
    for (struct json_scan scan = json_scan_array(all); json_scan_element(&scan, &value);) {
        responses[at++] = read_response(b, value, spelling);
    }
    for (struct json_scan scan = json_scan_object(all); json_scan_member(&scan, &name, &value);) {
        struct integration_response_spec *response = &responses[at];
        struct slice text;
        if (!json_raw_key(b->arena, name, &text)) {
            continue;
        }
        at++;
        if (is_rest) {
            *response = read_response(b, value, spelling);
            response->selection_pattern = slice_is(text, "default") ? SLICE("") : text;
            continue;
        }
        *response = (struct integration_response_spec){.status = text};
        struct slice list = json_raw_member(value, "ResponseParameters");
        response->parameters = list.ptr != NULL ? read_destinations(b, list)
                                                : model_pairs(b, all, arena_cstr(b->arena, text));
    }
    integration->responses = responses;
    integration->response_count = at;
}

/* --- what kind it is --- */

static bool is_type(struct slice type, const char *name)
{
    struct slice wanted = slice_from(name);
    for (size_t i = 0; i < type.len && i < wanted.len; i++) {
        char c = type.ptr[i] == '-' ? '_' : type.ptr[i];
        if ((c >= 'a' && c <= 'z' ? c - ('a' - 'A') : c) != wanted.ptr[i]) {
            return false;
        }
    }
    return type.len == wanted.len;
}

/* A variable that is all of a URI means a function where no URL can be meant. */
static bool means_function(struct slice uri, bool is_proxy)
{
    return slice_search(uri, SLICE(":function:")) != SLICE_NPOS ||
           slice_search(uri, SLICE(":lambda:path/")) != SLICE_NPOS ||
           (is_proxy && slice_starts_with(uri, SLICE("${stageVariables.")));
}

static void read_kind(struct building *b, const struct api_spec *api, struct route_spec *route,
                      struct slice type)
{
    struct integration_spec *integration = &route->integration;
    bool is_function = means_function(integration->uri, is_type(type, "AWS_PROXY"));
    integration->kind = INTEGRATION_UNSUPPORTED;
    if (is_type(type, "AWS_PROXY")) {
        if (integration->subtype.len > 0) {
            integration->kind = INTEGRATION_SUBTYPE;
        } else if (is_function) {
            integration->kind = INTEGRATION_LAMBDA;
        }
    } else if (is_type(type, "AWS")) {
        integration->kind = is_function ? INTEGRATION_FUNCTION : INTEGRATION_SERVICE;
    } else if (is_type(type, "HTTP")) {
        integration->kind = INTEGRATION_HTTP;
    } else if (is_type(type, "HTTP_PROXY")) {
        integration->kind = INTEGRATION_HTTP_PROXY;
    } else if (is_type(type, "MOCK")) {
        integration->kind = INTEGRATION_MOCK;
    }
    if (is_function) {
        (void)model_function(integration->uri, &integration->function, &integration->qualifier);
    }
    if (api->kind == API_REST && integration->kind == INTEGRATION_LAMBDA &&
        integration->http_method.len > 0 && !slice_ieq(integration->http_method, SLICE("POST"))) {
        integration->kind = INTEGRATION_NOT_POSTED;
        building_warn(b, route->position,
                      "route %.*s %.*s: functions are invoked by POST, the integration says %.*s: "
                      "API Gateway answers 500",
                      SLICE_ARG(route->method), SLICE_ARG(route->path),
                      SLICE_ARG(integration->http_method));
    }
}

/* An object in the place of a text would be left out, and nobody would know. */
static void check_texts(struct building *b, const struct route_spec *route, struct slice pairs)
{
    struct slice name, value, text;
    for (struct json_scan scan = json_scan_object(pairs); json_scan_member(&scan, &name, &value);) {
        enum json_kind kind = json_raw_kind(value);
        if ((kind == JSON_OBJECT || kind == JSON_ARRAY) && json_raw_key(b->arena, name, &text)) {
            building_fail(b, route->position,
                          "route %.*s %.*s: request parameter %.*s is no string",
                          SLICE_ARG(route->method), SLICE_ARG(route->path), SLICE_ARG(text));
        }
    }
}

void model_integration(struct building *b, const struct api_spec *api, struct route_spec *route,
                       struct slice json, const struct integration_spelling *spelling)
{
    struct integration_spec *integration = &route->integration;
    struct slice type = model_text(b, json, spelling->type);
    struct slice format = model_text(b, json, spelling->format);
    *integration = (struct integration_spec){
        .type = type,
        .subtype = model_text(b, json, spelling->subtype),
        .uri = model_text(b, json, spelling->uri),
        .http_method = model_text(b, json, spelling->method),
        .is_payload_v1 = !slice_is(format, "2.0") || api->kind != API_HTTP,
        .streams = slice_ieq(model_text(b, json, spelling->transfer), SLICE("STREAM")),
        .timeout_ms = model_between(b, json, spelling->timeout, 50,
                                    api->kind == API_REST        ? 900000
                                    : api->kind == API_WEBSOCKET ? 29000
                                                                 : 30000,
                                    route->position),
        .request_parameters = model_pairs(b, json, spelling->request_parameters),
        .request_templates = model_pairs(b, json, spelling->request_templates),
        .template_selection = model_text(b, json, spelling->template_selection),
        .passthrough = read_passthrough(b, json, spelling->passthrough),
        .content_handling = model_content_handling(b, json, spelling->content_handling),
        .cache_key_parameters = model_texts(b, json, spelling->cache_key_parameters),
        .cache_namespace = model_text(b, json, spelling->cache_namespace),
    };
    for (size_t i = 0; i < integration->request_parameters.count; i++) {
        const struct name_value_pair *pair = &integration->request_parameters.items[i];
        integration->is_async |=
            slice_ieq(pair->name, SLICE("integration.request.header.X-Amz-Invocation-Type")) &&
            slice_is(pair->value, "'Event'");
    }
    check_texts(b, route, json_raw_member(json, spelling->request_parameters));
    read_responses(b, api, integration, json, spelling);
    read_kind(b, api, route, type);
}
