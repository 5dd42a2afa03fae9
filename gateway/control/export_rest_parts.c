/* REST APIs as documents: what stands beside the paths. */
#include "gateway/control/export_private.h"

/* --- models --- */

#define SCHEMA_DEPTH_MAX 64

/* References to models become those of this document; "$schema" stays out. */
static void write_schema(struct exporting *e, struct slice raw, size_t depth)
{
    struct slice key, value, name;
    enum json_kind kind = json_raw_kind(raw);
    if (depth > SCHEMA_DEPTH_MAX || (kind != JSON_OBJECT && kind != JSON_ARRAY)) {
        json_write_raw(&e->w, raw);
        return;
    }
    json_open(&e->w, kind == JSON_OBJECT ? '{' : '[');
    for (struct json_scan scan = json_scan_object(raw); json_scan_member(&scan, &key, &value);) {
        if (!json_raw_key(e->arena, key, &name) || (depth == 0 && slice_is(name, "$schema"))) {
            continue;
        }
        struct slice text = json_text_of(e->arena, value);
        size_t slash = slice_rfind(text, '/');
        json_write_key(&e->w, name);
        if (slice_is(name, "$ref") && json_raw_kind(value) == JSON_STRING && slash != SLICE_NPOS) {
            json_write_string(&e->w, arena_printf(e->arena, "%s%.*s",
                                                  e->options->is_swagger ? "#/definitions/"
                                                                         : "#/components/schemas/",
                                                  SLICE_ARG(slice_skip(text, slash + 1))));
        } else {
            write_schema(e, value, depth + 1);
        }
    }
    for (struct json_scan scan = json_scan_array(raw); json_scan_element(&scan, &value);) {
        write_schema(e, value, depth + 1);
    }
    json_close(&e->w, kind == JSON_OBJECT ? '}' : ']');
}

static bool has_value(struct exporting *e, struct slice map, struct slice text)
{
    struct slice key, value;
    for (struct json_scan scan = json_scan_object(map); json_scan_member(&scan, &key, &value);) {
        if (slice_eq(json_text_of(e->arena, value), text)) {
            return true;
        }
    }
    return false;
}

static bool is_used(struct exporting *e, const struct entry *model)
{
    size_t at = 0;
    for (const struct entry *method;
         (method = registry_next(e->registry, KIND_METHOD, e->api->id, &at)) != NULL;) {
        if (has_value(e, json_raw_member(method->properties, "RequestModels"), model->id)) {
            return true;
        }
        struct json_scan scan =
            json_scan_array(json_raw_member(method->properties, "MethodResponses"));
        for (struct slice response; json_scan_element(&scan, &response);) {
            if (has_value(e, json_raw_member(response, "ResponseModels"), model->id)) {
                return true;
            }
        }
    }
    return false;
}

void export_rest_models(struct exporting *e)
{
    bool is_open = false;
    size_t at = 0;
    for (const struct entry *model;
         (model = registry_next(e->registry, KIND_MODEL, e->api->id, &at)) != NULL;) {
        struct slice schema = json_raw_member(model->properties, "Schema");
        if (model->origin == ORIGIN_DERIVED && !is_used(e, model)) {
            continue;
        }
        if (!is_open) {
            json_key_text(&e->w, e->options->is_swagger ? "definitions" : "schemas");
            json_open(&e->w, '{');
            is_open = true;
        }
        if (schema.ptr != NULL && json_raw_kind(schema) == JSON_STRING) {
            schema = json_text_of(e->arena, schema);
        }
        json_write_key(&e->w, model->id);
        write_schema(e, json_validate(schema, NULL) ? schema : SLICE("{}"), 0);
    }
    if (is_open) {
        json_close(&e->w, '}');
    }
}

/* --- extensions --- */

static void write_validators(struct exporting *e)
{
    bool is_open = false;
    size_t at = 0;
    for (const struct entry *validator;
         (validator = registry_next(e->registry, KIND_VALIDATOR, e->api->id, &at)) != NULL;) {
        struct slice name = entry_text(e->arena, validator, "Name");
        if (!is_open) {
            json_key_text(&e->w, "x-amazon-apigateway-request-validators");
            json_open(&e->w, '{');
            is_open = true;
        }
        json_write_key(&e->w, name.len > 0 ? name : validator->id);
        json_open(&e->w, '{');
        properties_write(&e->w, e->arena, &validator_attributes,
                         edit_member(e->arena, validator->properties, SLICE("Name"), SLICE_NULL));
        json_close(&e->w, '}');
    }
    if (is_open) {
        json_close(&e->w, '}');
    }
}

static void write_gateway_responses(struct exporting *e)
{
    bool is_open = false;
    size_t at = 0;
    for (const struct entry *response;
         (response = registry_next(e->registry, KIND_GATEWAY_RESPONSE, e->api->id, &at)) != NULL;) {
        if (!is_open) {
            json_key_text(&e->w, "x-amazon-apigateway-gateway-responses");
            json_open(&e->w, '{');
            is_open = true;
        }
        json_write_key(&e->w, response->id);
        json_open(&e->w, '{');
        properties_write(
            &e->w, e->arena, &gateway_response_attributes,
            edit_member(e->arena, response->properties, SLICE("ResponseType"), SLICE_NULL));
        json_close(&e->w, '}');
    }
    if (is_open) {
        json_close(&e->w, '}');
    }
}

void export_rest_extensions(struct exporting *e)
{
    static const char *const members[][2] = {
        {"BinaryMediaTypes", "x-amazon-apigateway-binary-media-types"},
        {"MinimumCompressionSize", "x-amazon-apigateway-minimum-compression-size"},
        {"Policy", "x-amazon-apigateway-policy"},
    };
    write_gateway_responses(e);
    write_validators(e);
    if (slice_is(entry_text(e->arena, e->api, "ApiKeySourceType"), "AUTHORIZER")) {
        json_put_text(&e->w, "x-amazon-apigateway-api-key-source", "AUTHORIZER");
    }
    for (size_t i = 0; i < COUNT_OF(members); i++) {
        struct slice raw = json_raw_member(e->api->properties, members[i][0]);
        if (raw.ptr != NULL && json_raw_kind(raw) != JSON_NULL) {
            json_key_text(&e->w, members[i][1]);
            json_write_raw(&e->w, raw);
        }
    }
}
