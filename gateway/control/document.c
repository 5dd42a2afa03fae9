#include "gateway/control/document_private.h"

#include "core/id.h"

static const char any_method[] = "x-amazon-apigateway-any-method";

struct slice document_id(struct arena *arena, size_t len, const char *what, struct slice api_id,
                         struct slice name)
{
    char *id = arena_alloc(arena, len + 1);
    id_derived(id, len,
               arena_printf(arena, "%s %.*s %.*s", what, SLICE_ARG(api_id), SLICE_ARG(name)));
    return slice_of(id, len);
}

/* --- parts --- */

void part_begin(struct part *part, struct apart *apart, enum kind_id kind)
{
    part->apart = apart;
    part->kind = kind;
    buf_init(&part->json, CONTROL_JSON_MAX);
    part->w = json_writer_init(&part->json);
    json_open(&part->w, '{');
    json_put_string(&part->w, kinds[kind].owner, apart->api->id);
}

void part_text(struct part *part, const char *property, struct slice text)
{
    if (text.len > 0) {
        json_put_string(&part->w, property, text);
    }
}

void part_raw(struct part *part, const char *property, struct slice raw)
{
    if (raw.len > 0) {
        json_put_raw(&part->w, property, raw);
    }
}

void part_end(struct part *part, struct slice id)
{
    const struct entry *api = part->apart->api;
    json_close(&part->w, '}');
    const struct entry entry = {
        .kind = &kinds[part->kind],
        .id = id,
        .owner = api->id,
        .logical_id = api->logical_id,
        .position = api->position,
        .properties = buf_slice(&part->json),
        .origin = api->origin,
        .is_managed = api->is_managed,
        .created_ms = api->created_ms,
        .changed_ms = api->changed_ms,
    };
    (void)registry_add(part->apart->registry, &entry);
    buf_finish(&part->json);
}

struct slice apart_text(struct apart *apart, struct slice object, const char *key)
{
    struct slice raw = json_raw_member(object, key);
    return raw.ptr != NULL && json_raw_kind(raw) != JSON_OBJECT && json_raw_kind(raw) != JSON_ARRAY
               ? json_text_of(apart->arena, raw)
               : SLICE_NULL;
}

bool apart_flag(struct apart *apart, struct slice object, const char *key)
{
    return slice_ieq(apart_text(apart, object, key), SLICE("true"));
}

struct slice apart_upper(struct apart *apart, struct slice text)
{
    char *copy = arena_cstr(apart->arena, text);
    for (size_t i = 0; i < text.len; i++) {
        if (copy[i] >= 'a' && copy[i] <= 'z') {
            copy[i] = (char)(copy[i] - ('a' - 'A'));
        }
    }
    return slice_of(copy, text.len);
}

struct slice apart_add_said(struct apart *apart, struct slice properties, const struct said *said,
                            size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (said[i].raw.ptr != NULL && json_raw_member(properties, said[i].property).ptr == NULL) {
            properties =
                edit_member(apart->arena, properties, slice_from(said[i].property), said[i].raw);
        }
    }
    return properties;
}

/* --- operations --- */

static bool is_method(struct slice key)
{
    static const char *const methods[] = {"get",   "post",    "put",  "delete",
                                          "patch", "options", "head", any_method};
    for (size_t i = 0; i < COUNT_OF(methods); i++) {
        if (slice_ieq(key, slice_from(methods[i]))) {
            return true;
        }
    }
    return false;
}

void apart_operations(struct apart *apart,
                      void (*take)(struct apart *apart, const struct operation *operation))
{
    struct slice path_key, methods, key, json;
    struct json_scan paths = json_scan_object(json_raw_member(apart->body, "paths"));
    while (json_scan_member(&paths, &path_key, &methods)) {
        struct operation operation = {.parameters = json_raw_member(methods, "parameters")};
        if (!json_raw_key(apart->arena, path_key, &operation.path)) {
            continue;
        }
        if (operation.path.len == 0 || operation.path.ptr[0] != '/') {
            operation.path = arena_printf(apart->arena, "/%.*s", SLICE_ARG(operation.path));
        }
        if (apart->options.prefix.len > 0) {
            operation.path =
                arena_printf(apart->arena, "%.*s%.*s", SLICE_ARG(apart->options.prefix),
                             SLICE_ARG(operation.path));
        }
        struct json_scan scan = json_scan_object(methods);
        while (json_scan_member(&scan, &key, &json)) {
            struct slice method;
            if (json_raw_key(apart->arena, key, &method) && is_method(method) &&
                json_raw_kind(json) == JSON_OBJECT) {
                operation.method =
                    slice_is(method, any_method) ? SLICE("ANY") : apart_upper(apart, method);
                operation.json = json;
                take(apart, &operation);
            }
        }
    }
}

/* --- security --- */

static struct slice find_scheme(const struct apart *apart, struct slice name)
{
    const char *key = arena_cstr(apart->arena, name);
    struct slice scheme = json_raw_member(apart->schemes[0], key);
    return scheme.ptr != NULL ? scheme : json_raw_member(apart->schemes[1], key);
}

static struct slice authorizer_id(struct apart *apart, struct slice name)
{
    return document_id(apart->arena, 6, "authorizer", apart->api->id, name);
}

/* What an authorizer is, as its scheme says: "token", "request", "cognito_user_pools", "jwt". */
static struct slice authorizer_type(struct apart *apart, struct slice scheme)
{
    struct slice json = json_raw_member(scheme, "x-amazon-apigateway-authorizer");
    struct slice type = apart_text(apart, json, "type");
    if (type.len == 0) {
        type = apart_text(apart, scheme, "x-amazon-apigateway-authtype");
    }
    return apart_upper(apart, type);
}

static void add_requirement(struct apart *apart, struct security *security, struct slice name,
                            struct slice scopes)
{
    struct slice scheme = find_scheme(apart, name);
    struct slice type = apart_text(apart, scheme, "x-amazon-apigateway-authtype");
    bool is_authorizer = json_raw_member(scheme, "x-amazon-apigateway-authorizer").ptr != NULL;
    if (slice_is(name, "NONE")) {
        return;
    }
    if (slice_ieq(type, SLICE("awsSigv4")) || slice_is(name, "AWS_IAM") ||
        slice_is(name, "sigv4")) {
        security->type = SLICE("AWS_IAM");
    } else if (!is_authorizer &&
               (slice_ieq(apart_text(apart, scheme, "name"), SLICE("x-api-key")) ||
                slice_is(name, "api_key"))) {
        security->needs_api_key = true;
    } else {
        struct slice kind = authorizer_type(apart, scheme);
        bool is_own = slice_is(kind, "JWT") || slice_is(kind, "COGNITO_USER_POOLS");
        security->type = is_own ? kind : SLICE("CUSTOM");
        security->authorizer_id = authorizer_id(apart, name);
        security->scopes = json_raw_count(scopes) > 0 ? scopes : SLICE("");
    }
}

struct security apart_security(struct apart *apart, struct slice operation)
{
    struct security security = {.type = SLICE("NONE")};
    struct slice list = json_raw_member(operation, "security");
    if (list.ptr == NULL) {
        list = json_raw_member(apart->body, "security");
    }
    struct slice auth = json_raw_member(operation, "x-amazon-apigateway-auth");
    if (slice_is(apart_text(apart, auth, "type"), "AWS_IAM")) {
        security.type = SLICE("AWS_IAM");
    }
    struct slice requirement, key, scopes, name;
    for (struct json_scan all = json_scan_array(list); json_scan_element(&all, &requirement);) {
        struct json_scan one = json_scan_object(requirement);
        while (json_scan_member(&one, &key, &scopes)) {
            if (json_raw_key(apart->arena, key, &name)) {
                add_requirement(apart, &security, name, scopes);
            }
        }
    }
    return security;
}

/* Members of x-amazon-apigateway-authorizer, and of the resources of both versions. */
static void put_authorizer(struct apart *apart, struct slice name, struct slice scheme)
{
    static const char *const members[][2] = {
        {"providerARNs", "ProviderARNs"},
        {"authorizerUri", "AuthorizerUri"},
        {"authorizerCredentials", "AuthorizerCredentials"},
        {"identitySource", "IdentitySource"},
        {"identityValidationExpression", "IdentityValidationExpression"},
        {"authorizerResultTtlInSeconds", "AuthorizerResultTtlInSeconds"},
        {"authorizerPayloadFormatVersion", "AuthorizerPayloadFormatVersion"},
        {"enableSimpleResponses", "EnableSimpleResponses"},
    };
    bool is_rest = kind_id(apart->api->kind) == KIND_REST_API;
    struct slice json = json_raw_member(scheme, "x-amazon-apigateway-authorizer");
    struct slice type = authorizer_type(apart, scheme);
    struct slice jwt = json_raw_member(json, "jwtConfiguration");
    struct part part;
    part_begin(&part, apart, is_rest ? KIND_AUTHORIZER : KIND_V2_AUTHORIZER);
    part_text(&part, "Name", name);
    part_text(&part, is_rest ? "Type" : "AuthorizerType", type);
    if (is_rest) {
        part_text(&part, "AuthType", apart_text(apart, scheme, "x-amazon-apigateway-authtype"));
    }
    for (size_t i = 0; i < COUNT_OF(members); i++) {
        part_raw(&part, members[i][1], json_raw_member(json, members[i][0]));
    }
    struct slice header = apart_text(apart, scheme, "name");
    if (is_rest && json_raw_member(json, "identitySource").ptr == NULL && header.len > 0 &&
        !slice_is(type, "REQUEST")) {
        part_text(&part, "IdentitySource",
                  arena_printf(apart->arena, "method.request.header.%.*s", SLICE_ARG(header)));
    }
    if (jwt.ptr != NULL) {
        json_key_text(&part.w, "JwtConfiguration");
        json_open(&part.w, '{');
        part_raw(&part, "Issuer", json_raw_member(jwt, "issuer"));
        part_raw(&part, "Audience", json_raw_member(jwt, "audience"));
        json_close(&part.w, '}');
    }
    part_end(&part, authorizer_id(apart, name));
}

void apart_authorizers(struct apart *apart)
{
    struct slice key, scheme, name;
    for (size_t i = 0; i < COUNT_OF(apart->schemes); i++) {
        struct json_scan scan = json_scan_object(apart->schemes[i]);
        while (json_scan_member(&scan, &key, &scheme)) {
            if (json_raw_member(scheme, "x-amazon-apigateway-authorizer").ptr != NULL &&
                json_raw_key(apart->arena, key, &name)) {
                put_authorizer(apart, name, scheme);
            }
        }
    }
}

void document_take_apart(struct registry *registry, struct entry *api,
                         const struct document_options *options)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct slice body = json_raw_member(api->properties, "Body");
    struct slice components = json_raw_member(body, "components");
    struct apart apart = {
        .registry = registry,
        .arena = &arena,
        .api = api,
        .options = options != NULL ? *options : (struct document_options){SLICE(""), false},
        .body = json_raw_kind(body) == JSON_OBJECT ? body : SLICE_NULL,
        .schemes = {json_raw_member(components, "securitySchemes"),
                    json_raw_member(body, "securityDefinitions")},
    };
    struct entry without = *api;
    without.properties =
        kind_id(api->kind) == KIND_REST_API ? document_rest(&apart) : document_http(&apart);
    registry_replace(registry, api, entry_create(&without));
    entry_free(api);
}
