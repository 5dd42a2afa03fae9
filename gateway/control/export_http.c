/* HTTP APIs as documents; and WebSocket APIs, whose routes stand where paths do: for the documentation page. */
#include "gateway/control/export_private.h"

static void write_parameters(struct exporting *e, struct slice path)
{
    struct slice rest = path, segment;
    if (slice_find(path, '{') == SLICE_NPOS) {
        return;
    }
    json_key_text(&e->w, "parameters");
    json_open(&e->w, '[');
    while (slice_split(&rest, '/', &segment)) {
        if (segment.len < 3 || segment.ptr[0] != '{') {
            continue;
        }
        struct slice name = slice_take(slice_skip(segment, 1), segment.len - 2);
        json_open(&e->w, '{');
        json_put_string(&e->w, "name", name);
        json_put_text(&e->w, "in", "path");
        json_put_string(
            &e->w, "description",
            arena_printf(e->arena, "Generated path parameter for %.*s", SLICE_ARG(name)));
        json_put_bool(&e->w, "required", true);
        json_put_raw(&e->w, "schema", SLICE("{\"type\":\"string\"}"));
        json_close(&e->w, '}');
    }
    json_close(&e->w, ']');
}

/* In the spelling of documents: the attribute's name without "integration" in front. */
static void write_integration(struct exporting *e, const struct entry *route)
{
    static const struct slice prefix = SLICE_INIT("integrations/");
    static const char *const names[][2] = {
        {"integrationType", "type"},
        {"integrationSubtype", "integrationSubtype"},
        {"integrationUri", "uri"},
        {"integrationMethod", "httpMethod"},
        {"credentialsArn", "credentials"},
        {"payloadFormatVersion", "payloadFormatVersion"},
        {"timeoutInMillis", "timeoutInMillis"},
        {"connectionType", "connectionType"},
        {"connectionId", "connectionId"},
        {"requestParameters", "requestParameters"},
        {"responseParameters", "responseParameters"},
    };
    struct slice target = entry_text(e->arena, route, "Target");
    const struct entry *integration =
        slice_starts_with(target, prefix)
            ? registry_find(e->registry, KIND_V2_INTEGRATION, e->api->id,
                            slice_skip(target, prefix.len))
            : NULL;
    if (integration == NULL) {
        return;
    }
    json_key_text(&e->w, "x-amazon-apigateway-integration");
    json_open(&e->w, '{');
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        const struct attribute *attribute =
            attribute_named(&v2_integration_attributes, slice_from(names[i][0]));
        struct attribute renamed = *attribute;
        struct slice type = entry_text(e->arena, integration, "IntegrationType");
        renamed.property = attribute_property(e->arena, attribute);
        renamed.name = names[i][1];
        const struct attributes one = {&renamed, 1, NULL};
        if (i == 0) {
            json_put_string(&e->w, "type", export_lower(e, type));
        } else {
            properties_write(&e->w, e->arena, &one, integration->properties);
        }
    }
    json_close(&e->w, '}');
}

/* "GET /x" apart; a route of a WebSocket API is a path of its own. */
static void split_key(struct exporting *e, struct slice key, struct slice *ret_method,
                      struct slice *ret_path)
{
    size_t blank = slice_find(key, ' ');
    *ret_method = blank != SLICE_NPOS ? slice_take(key, blank) : SLICE("");
    *ret_path = blank != SLICE_NPOS ? slice_trim(slice_skip(key, blank))
                                    : arena_printf(e->arena, "/%.*s", SLICE_ARG(key));
}

static void write_route(struct exporting *e, const struct entry *route, struct slice method,
                        struct slice path)
{
    struct slice key = entry_text(e->arena, route, "RouteKey");
    struct slice name = entry_text(e->arena, route, "OperationName");
    json_write_key(&e->w, export_method_key(e, method));
    json_open(&e->w, '{');
    if (name.len > 0) {
        json_put_string(&e->w, "operationId", name);
    }
    if (slice_is(key, "$default")) {
        json_put_bool(&e->w, "isDefaultRoute", true);
    }
    write_parameters(e, path);
    json_key_text(&e->w, "responses");
    json_open(&e->w, '{');
    json_key_text(&e->w, "default");
    json_open(&e->w, '{');
    json_put_string(&e->w, "description",
                    arena_printf(e->arena, "Default response for %.*s", SLICE_ARG(key)));
    json_close(&e->w, '}');
    json_close(&e->w, '}');
    export_security(e, route,
                    slice_ieq(entry_text(e->arena, route, "ApiKeyRequired"), SLICE("true")));
    if (e->options->has_integrations) {
        write_integration(e, route);
    }
    json_close(&e->w, '}');
}

static void write_paths(struct exporting *e)
{
    size_t at = 0;
    json_key_text(&e->w, "paths");
    json_open(&e->w, '{');
    for (const struct entry *first;
         (first = registry_next(e->registry, KIND_V2_ROUTE, e->api->id, &at)) != NULL;) {
        struct slice method, path, other_path;
        size_t before = 0, each = 0;
        bool is_written = false;
        split_key(e, entry_text(e->arena, first, "RouteKey"), &method, &path);
        for (const struct entry *other;
             (other = registry_next(e->registry, KIND_V2_ROUTE, e->api->id, &before)) != first;) {
            split_key(e, entry_text(e->arena, other, "RouteKey"), &method, &other_path);
            is_written |= slice_eq(path, other_path);
        }
        if (is_written) {
            continue;
        }
        json_write_key(&e->w, path);
        json_open(&e->w, '{');
        for (const struct entry *route;
             (route = registry_next(e->registry, KIND_V2_ROUTE, e->api->id, &each)) != NULL;) {
            split_key(e, entry_text(e->arena, route, "RouteKey"), &method, &other_path);
            if (slice_eq(path, other_path)) {
                write_route(e, route, method, path);
            }
        }
        json_close(&e->w, '}');
    }
    json_close(&e->w, '}');
}

void export_http(struct exporting *e)
{
    struct slice cors = json_raw_member(e->api->properties, "CorsConfiguration");
    const struct attribute *attribute =
        attribute_named(&v2_api_attributes, SLICE("corsConfiguration"));
    write_paths(e);
    if (export_has_schemes(e)) {
        json_key_text(&e->w, "components");
        json_open(&e->w, '{');
        json_key_text(&e->w, "securitySchemes");
        export_schemes(e);
        json_close(&e->w, '}');
    }
    if (e->options->has_integrations && cors.ptr != NULL && json_raw_kind(cors) == JSON_OBJECT) {
        json_key_text(&e->w, "x-amazon-apigateway-cors");
        json_open(&e->w, '{');
        properties_write(&e->w, e->arena, attribute->inside, cors);
        json_close(&e->w, '}');
    }
    if (e->options->has_integrations) {
        json_put_text(&e->w, "x-amazon-apigateway-importexport-version", "1.0");
    }
}
