/* RequestModel and RequestParameters of Api events: what API Gateway checks before it invokes. */
#include "templates/sam/sam.h"

#define INTEGRATION "x-amazon-apigateway-integration"

struct change {
    struct event *event;
    struct value *body;
    struct value *value;
};

static void push_parameter(struct sam *sam, struct value *definition, struct value *parameter)
{
    struct value *list = sam_get(definition, "parameters");
    if (!sam_is_list(list)) {
        list = value_list(sam->arena, definition->pos);
        sam_put(sam, definition, "parameters", list);
    }
    value_push(sam->arena, list, parameter);
}

static void set_request_model(void *ctx, struct slice path, struct slice method,
                              struct value *definition)
{
    struct change *change = ctx;
    struct sam *sam = change->event->macro->sam;
    struct source_pos pos = change->value->pos;
    struct slice name = sam_lower(sam, sam_get(change->value, "Model")->text);
    struct value *required = sam_get(change->value, "Required");
    (void)path;
    (void)method;
    if (sam_get(change->body, "swagger") != NULL) {
        struct value *schema =
            sam_map(sam, pos, "$ref",
                    value_text(sam->arena, pos, "#/definitions/%.*s", SLICE_ARG(name)), NULL);
        push_parameter(sam, definition,
                       sam_map(sam, pos, "in", sam_text(sam, pos, "body"), "name",
                               sam_string(sam, pos, name), "schema", schema, "required", required,
                               NULL));
    } else if (openapi_version_matches_3(sam_get(change->body, "openapi"))) {
        struct value *schema = sam_map(
            sam, pos, "$ref",
            value_text(sam->arena, pos, "#/components/schemas/%.*s", SLICE_ARG(name)), NULL);
        struct value *content =
            sam_map(sam, pos, "application/json", sam_map(sam, pos, "schema", schema, NULL), NULL);
        sam_put(sam, definition, "requestBody",
                sam_map(sam, pos, "content", content, "required", required, NULL));
    }
}

static void set_validator(void *ctx, struct slice path, struct slice method,
                          struct value *definition)
{
    struct change *change = ctx;
    (void)path;
    (void)method;
    sam_put(change->event->macro->sam, definition, "x-amazon-apigateway-request-validator",
            change->value);
}

static void add_validator(struct event *event, struct value *body, struct slice path,
                          struct slice method, const struct value *model)
{
    struct sam *sam = event->macro->sam;
    struct value *of_body = sam_get(model, "ValidateBody");
    struct value *of_parameters = sam_get(model, "ValidateParameters");
    if (of_body == NULL && of_parameters == NULL) {
        return;
    }
    if ((of_body != NULL && of_body->kind != VALUE_BOOL) ||
        (of_parameters != NULL && of_parameters->kind != VALUE_BOOL)) {
        event_error(event, model->pos,
                    "Unable to set Validator to RequestModel [%.*s] on API method [%.*s] for path "
                    "[%.*s] ValidateBody and ValidateParameters must be a boolean type, strings or "
                    "intrinsics are not supported.",
                    SLICE_ARG(value_scalar_text(sam_get(model, "Model"))), SLICE_ARG(method),
                    SLICE_ARG(path));
        return;
    }
    static const char *const names[2][2] = {{"no-validation", "params-only"},
                                            {"body-only", "body-and-params"}};
    const char *name = names[sam_is_true(of_body)][sam_is_true(of_parameters)];
    struct value *all = openapi_section(sam, body, "x-amazon-apigateway-request-validators");
    if (sam_get(all, name) == NULL) {
        sam_put(sam, all, name,
                sam_map(sam, model->pos, "validateRequestBody",
                        value_bool(sam->arena, model->pos, sam_is_true(of_body)),
                        "validateRequestParameters",
                        value_bool(sam->arena, model->pos, sam_is_true(of_parameters)), NULL));
    }
    struct change change = {event, body, sam_text(sam, model->pos, name)};
    openapi_each_method(body, path, openapi_method(sam, method), set_validator, &change);
}

static void add_request_model(struct event *event, const struct value *api, struct value *body,
                              struct slice path, struct slice method)
{
    struct value *model = event_get(event, "RequestModel");
    struct value *name = sam_get(model, "Model");
    struct value *models = sam_get(api, "Models");
    if (!sam_is_truthy(name)) {
        return;
    }
    const char *reason =
        !sam_is_truthy(models) ? "the related API does not define any Models."
        : !sam_is_map(models)  ? "the related API Models defined is of invalid type."
        : !sam_is_string(name) ? "the related API does not contain valid Models."
        : !sam_is_truthy(value_find(models, name->text)) ? "it wasn't defined in the API's Models."
                                                         : NULL;
    if (reason != NULL) {
        event_error(
            event, event_pos_of(event, "RequestModel"),
            "Unable to set RequestModel [%.*s] on API method [%.*s] for path [%.*s] because "
            "%s",
            SLICE_ARG(value_scalar_text(name)), SLICE_ARG(method), SLICE_ARG(path), reason);
        return;
    }
    struct change change = {event, body, model};
    openapi_each_method(body, path, openapi_method(event->macro->sam, method), set_request_model,
                        &change);
    add_validator(event, body, path, method, model);
}

/* "method.request.querystring.page" to its place and name. */
static bool split_parameter(struct slice text, struct slice *ret_place, struct slice *ret_name)
{
    struct slice prefix = SLICE("method.request.");
    if (!slice_starts_with(text, prefix)) {
        return false;
    }
    struct slice rest = slice_skip(text, prefix.len);
    size_t dot = slice_find(rest, '.');
    if (dot == SLICE_NPOS) {
        return false;
    }
    *ret_place = slice_take(rest, dot);
    *ret_name = slice_skip(rest, dot + 1);
    if (slice_is(*ret_place, "querystring")) {
        *ret_place = SLICE("query");
        return true;
    }
    return slice_is(*ret_place, "path") || slice_is(*ret_place, "header");
}

static void set_parameters(void *ctx, struct slice path, struct slice method,
                           struct value *definition)
{
    struct change *change = ctx;
    struct event *event = change->event;
    struct sam *sam = event->macro->sam;
    (void)path;
    (void)method;
    for (size_t i = 0; i < sam_items(change->value); i++) {
        struct value *item = value_at(change->value, i);
        struct value *settings = NULL;
        struct slice text = value_scalar_text(item);
        if (sam_is_map(item) && value_count(item) > 0) {
            text = item->as.map.entries[0].key;
            settings = item->as.map.entries[0].value;
        }
        struct slice place, name;
        if (!split_parameter(text, &place, &name)) {
            event_error(
                event, item->pos,
                "Invalid value for 'RequestParameters' property. Keys must be in the format "
                "'method.request.[querystring|path|header].{value}', e.g "
                "'method.request.header.Authorization'.");
            continue;
        }
        if (settings != NULL && !sam_is_map(settings)) {
            event_error(event, item->pos,
                        "Invalid value for 'RequestParameters' property. Values must be an object, "
                        "e.g { Required: true, Caching: false }");
            continue;
        }
        struct value *required = sam_get(settings, "Required");
        push_parameter(
            sam, definition,
            sam_map(sam, item->pos, "in", sam_string(sam, item->pos, place), "name",
                    sam_string(sam, item->pos, name), "required",
                    required != NULL ? required : value_bool(sam->arena, item->pos, false), "type",
                    sam_text(sam, item->pos, "string"), NULL));
        if (sam_is_truthy(sam_get(settings, "Caching"))) {
            struct value *integration = sam_get(definition, INTEGRATION);
            struct value *keys = sam_get(integration, "cacheKeyParameters");
            if (keys == NULL) {
                keys = value_list(sam->arena, item->pos);
                sam_put(sam, integration, "cacheKeyParameters", keys);
            }
            value_push(sam->arena, keys, sam_string(sam, item->pos, text));
        }
    }
}

void event_api_request(struct event *event, const struct value *api, struct value *body,
                       struct slice path, struct slice method)
{
    if (sam_is_truthy(event_get(event, "RequestModel"))) {
        add_request_model(event, api, body, path, method);
    }
    struct change change = {event, body, event_get(event, "RequestParameters")};
    if (sam_is_truthy(change.value)) {
        openapi_each_method(body, path, openapi_method(event->macro->sam, method), set_parameters,
                            &change);
    }
}
