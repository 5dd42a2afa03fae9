/* Documents and quick creates of HTTP APIs: routes and integrations. */
#include "gateway/control/document_private.h"

#include "core/ascii.h"

static struct slice put_integration(struct apart *apart, struct slice json, struct slice name)
{
    static const char *const members[][2] = {
        {"type", "IntegrationType"},
        {"integrationSubtype", "IntegrationSubtype"},
        {"uri", "IntegrationUri"},
        {"httpMethod", "IntegrationMethod"},
        {"credentials", "CredentialsArn"},
        {"description", "Description"},
        {"payloadFormatVersion", "PayloadFormatVersion"},
        {"timeoutInMillis", "TimeoutInMillis"},
        {"connectionType", "ConnectionType"},
        {"connectionId", "ConnectionId"},
        {"requestParameters", "RequestParameters"},
        {"responseParameters", "ResponseParameters"},
    };
    struct slice id = document_id(apart->arena, 7, "integration", apart->api->id, name);
    struct part part;
    part_begin(&part, apart, KIND_V2_INTEGRATION);
    for (size_t i = 0; i < COUNT_OF(members); i++) {
        struct slice raw = json_raw_member(json, members[i][0]);
        if (i == 0) {
            part_text(&part, members[i][1], apart_upper(apart, json_text_of(apart->arena, raw)));
        } else {
            part_raw(&part, members[i][1], raw);
        }
    }
    part_end(&part, id);
    return id;
}

static void put_route(struct apart *apart, const struct operation *operation)
{
    bool is_default = slice_is(operation->path, "/$default");
    struct slice key = is_default
                           ? SLICE("$default")
                           : arena_printf(apart->arena, "%.*s %.*s", SLICE_ARG(operation->method),
                                          SLICE_ARG(operation->path));
    struct slice json = json_raw_member(operation->json, "x-amazon-apigateway-integration");
    struct security security = apart_security(apart, operation->json);
    struct part part;
    part_begin(&part, apart, KIND_V2_ROUTE);
    part_text(&part, "RouteKey", key);
    part_text(&part, "AuthorizationType", security.type);
    part_text(&part, "AuthorizerId", security.authorizer_id);
    part_raw(&part, "AuthorizationScopes", security.scopes);
    part_text(&part, "OperationName", apart_text(apart, operation->json, "operationId"));
    if (json.ptr != NULL) {
        part_text(&part, "Target",
                  arena_printf(apart->arena, "integrations/%.*s",
                               SLICE_ARG(put_integration(apart, json, key))));
    }
    part_end(&part, document_id(apart->arena, 7, "route", apart->api->id, key));
}

/* The API names a target itself, and has a route, an integration and a stage for it. */
static void put_quick_create(struct apart *apart, struct slice target)
{
    struct slice properties = apart->api->properties;
    struct slice key = apart_text(apart, properties, "RouteKey");
    key = key.len > 0 ? key : SLICE("$default");
    bool is_function = slice_search(target, SLICE(":function:")) != SLICE_NPOS;
    struct slice id = document_id(apart->arena, 7, "integration", apart->api->id, key);
    struct part part;
    part_begin(&part, apart, KIND_V2_INTEGRATION);
    part_text(&part, "IntegrationType", is_function ? SLICE("AWS_PROXY") : SLICE("HTTP_PROXY"));
    part_text(&part, "IntegrationUri", target);
    part_text(&part, "IntegrationMethod", is_function ? SLICE("POST") : SLICE("ANY"));
    part_text(&part, "PayloadFormatVersion", is_function ? SLICE("2.0") : SLICE("1.0"));
    part_raw(&part, "CredentialsArn", json_raw_member(properties, "CredentialsArn"));
    part_end(&part, id);
    part_begin(&part, apart, KIND_V2_ROUTE);
    part_text(&part, "RouteKey", key);
    part_text(&part, "Target", arena_printf(apart->arena, "integrations/%.*s", SLICE_ARG(id)));
    part_end(&part, document_id(apart->arena, 7, "route", apart->api->id, key));
    part_begin(&part, apart, KIND_V2_STAGE);
    part_text(&part, "StageName", SLICE("$default"));
    part_raw(&part, "AutoDeploy", SLICE("true"));
    part_end(&part, SLICE("$default"));
}

/* CloudFormation's spelling of x-amazon-apigateway-cors. */
static struct slice cors_of(struct apart *apart, struct slice json)
{
    AUTO_BUF out = BUF_INIT(CONTROL_JSON_MAX);
    struct json_writer w = json_writer_init(&out);
    struct slice key, value, name;
    json_open(&w, '{');
    for (struct json_scan scan = json_scan_object(json); json_scan_member(&scan, &key, &value);) {
        if (json_raw_key(apart->arena, key, &name) && name.len > 0) {
            char *upper = arena_cstr(apart->arena, name);
            upper[0] = (char)(ascii_is_letter(upper[0]) ? upper[0] & ~0x20 : upper[0]);
            json_write_key(&w, slice_of(upper, name.len));
            json_write_raw(&w, value);
        }
    }
    json_close(&w, '}');
    return arena_copy(apart->arena, buf_slice(&out));
}

static struct slice api_properties(struct apart *apart)
{
    static const char *const gone[] = {"Body", "Target", "RouteKey"};
    struct slice info = json_raw_member(apart->body, "info");
    struct slice cors = json_raw_member(apart->body, "x-amazon-apigateway-cors");
    const struct said said[] = {
        {"Name", json_raw_member(info, "title")},
        {"Description", json_raw_member(info, "description")},
        {"Version", json_raw_member(info, "version")},
        {"ProtocolType", apart->body.ptr != NULL ? SLICE("\"HTTP\"") : SLICE_NULL},
        {"CorsConfiguration", cors.ptr != NULL ? cors_of(apart, cors) : SLICE_NULL},
    };
    struct slice properties = apart->api->properties;
    for (size_t i = 0; i < COUNT_OF(gone); i++) {
        properties = edit_member(apart->arena, properties, slice_from(gone[i]), SLICE_NULL);
    }
    return apart_add_said(apart, properties, said, COUNT_OF(said));
}

struct slice document_http(struct apart *apart)
{
    struct slice target = apart_text(apart, apart->api->properties, "Target");
    apart_authorizers(apart);
    apart_operations(apart, put_route);
    if (target.len > 0) {
        const struct entry *own = apart->api;
        struct entry managed = *own;
        managed.is_managed = true;
        apart->api = &managed;
        put_quick_create(apart, target);
        apart->api = own;
    }
    return api_properties(apart);
}
