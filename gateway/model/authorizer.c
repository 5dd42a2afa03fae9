/* Authorizers: of HTTP and WebSocket APIs, of REST APIs, and of documents. */
#include "gateway/model/building.h"

#include "core/mem.h"

#define TTL_REST 300 /* seconds, when nothing is said */
#define TTL_MAX 3600

static struct slice lower_first(struct building *b, const char *text)
{
    char *copy = arena_cstr(b->arena, slice_from(text));
    copy[0] = (char)(copy[0] | 0x20);
    return slice_from(copy);
}

/* A member that documents spell with a small first letter. */
static struct slice member(struct building *b, struct slice json, const char *key, bool is_document)
{
    return json_raw_member(json, is_document ? lower_first(b, key).ptr : key);
}

static struct slice text_member(struct building *b, struct slice json, const char *key,
                                bool is_document)
{
    return model_scalar(b, member(b, json, key, is_document));
}

static void read_lambda(struct building *b, struct authorizer_spec *authorizer, struct slice json,
                        bool is_document)
{
    struct slice uri = text_member(b, json, "AuthorizerUri", is_document);
    (void)model_function(uri, &authorizer->function, &authorizer->qualifier);
    authorizer->validation_expression =
        text_member(b, json, "IdentityValidationExpression", is_document);
    authorizer->is_payload_v1 =
        !slice_is(text_member(b, json, "AuthorizerPayloadFormatVersion", is_document), "2.0");
    authorizer->has_simple_responses =
        slice_ieq(text_member(b, json, "EnableSimpleResponses", is_document), SLICE("true"));
}

static void read_jwt(struct building *b, struct authorizer_spec *authorizer, struct slice json,
                     bool is_document)
{
    struct slice configuration = member(b, json, "JwtConfiguration", is_document);
    const char *issuer = model_spelling(configuration, "Issuer", "issuer");
    const char *audience = model_spelling(configuration, "Audience", "audience");
    authorizer->issuer = model_text(b, configuration, issuer);
    authorizer->audience = model_texts(b, configuration, audience);
}

/* "a, b" of REST APIs and documents, a list of HTTP APIs. */
static struct texts read_sources(struct building *b, struct slice json, bool is_document)
{
    struct slice raw = member(b, json, "IdentitySource", is_document);
    struct slice text = model_scalar(b, raw);
    if (text.ptr != NULL) {
        return model_comma_list(b, text);
    }
    return model_texts(b, json, is_document ? "identitySource" : "IdentitySource");
}

static bool read_kind(struct slice type, enum authorizer_kind *ret_kind)
{
    static const struct {
        const char *type;
        enum authorizer_kind kind;
    } kinds[] = {{"JWT", AUTHORIZER_JWT},
                 {"REQUEST", AUTHORIZER_REQUEST},
                 {"TOKEN", AUTHORIZER_TOKEN},
                 {"COGNITO_USER_POOLS", AUTHORIZER_COGNITO}};
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        if (slice_ieq(type, slice_from(kinds[i].type))) {
            *ret_kind = kinds[i].kind;
            return true;
        }
    }
    return false;
}

static void read_authorizer(struct building *b, const struct api_spec *api,
                            struct authorizer_spec *authorizer, struct slice json, bool is_document)
{
    struct slice ttl = text_member(b, json, "AuthorizerResultTtlInSeconds", is_document);
    const char *ttl_key =
        is_document ? "authorizerResultTtlInSeconds" : "AuthorizerResultTtlInSeconds";
    authorizer->ttl_s = ttl.len > 0             ? (int32_t)model_i64(b, json, ttl_key, 0)
                        : api->kind == API_REST ? TTL_REST
                                                : 0;
    authorizer->identity_sources = read_sources(b, json, is_document);
    authorizer->user_pool_arns =
        model_texts(b, json, is_document ? "providerARNs" : "ProviderARNs");
    read_lambda(b, authorizer, json, is_document);
    read_jwt(b, authorizer, json, is_document);
}

static bool check_ttl(struct building *b, const struct authorizer_spec *authorizer,
                      struct slice position)
{
    if (authorizer->ttl_s < 0 || authorizer->ttl_s > TTL_MAX) {
        building_fail(b, position, "AuthorizerResultTtlInSeconds must be between 0 and %d",
                      TTL_MAX);
        return false;
    }
    return true;
}

void model_authorizers(struct building *b, struct api_spec *api)
{
    bool is_rest = api->kind == API_REST;
    struct parts parts =
        building_parts(b, is_rest ? "AWS::ApiGateway::Authorizer" : "AWS::ApiGatewayV2::Authorizer",
                       is_rest ? "RestApiId" : "ApiId", api->id);
    struct authorizer_spec *list = arena_array(b->arena, parts.count, sizeof *list);
    for (size_t i = 0; i < parts.count; i++) {
        const struct resource *resource = parts.items[i];
        struct authorizer_spec *authorizer = &list[api->authorizer_count];
        struct slice type =
            model_text(b, resource->properties, is_rest ? "Type" : "AuthorizerType");
        *authorizer =
            (struct authorizer_spec){.id = resource->physical_id, .name = resource->logical_id};
        if (!read_kind(type, &authorizer->kind)) {
            building_fail(b, resource->position, "there is no authorizer type '%.*s'",
                          SLICE_ARG(type));
            continue;
        }
        read_authorizer(b, api, authorizer, resource->properties, false);
        if (check_ttl(b, authorizer, resource->position)) {
            api->authorizer_count++;
        }
    }
    api->authorizers = list;
}

/* In a document the header of a TOKEN or Cognito authorizer is the scheme's own name. */
static void read_scheme_source(struct building *b, const struct api_spec *api,
                               struct authorizer_spec *authorizer, struct slice scheme)
{
    struct slice name = model_text(b, scheme, "name");
    if (authorizer->identity_sources.count > 0 || name.len == 0 || api->kind != API_REST ||
        authorizer->kind == AUTHORIZER_REQUEST) {
        return;
    }
    struct slice *source = arena_alloc(b->arena, sizeof *source);
    *source = arena_printf(b->arena, "method.request.header.%.*s", SLICE_ARG(name));
    authorizer->identity_sources = (struct texts){source, 1};
}

void model_document_authorizers(struct building *b, struct api_spec *api, struct slice schemes)
{
    struct slice key, scheme;
    size_t count = api->authorizer_count;
    for (struct json_scan scan = json_scan_object(schemes);
         json_scan_member(&scan, &key, &scheme);) {
        count++;
    }
    struct authorizer_spec *list = arena_array(b->arena, count, sizeof *list);
    if (api->authorizer_count > 0) {
        memcpy(list, api->authorizers, api->authorizer_count * sizeof *list);
    }
    for (struct json_scan scan = json_scan_object(schemes);
         json_scan_member(&scan, &key, &scheme);) {
        struct slice json = json_raw_member(scheme, "x-amazon-apigateway-authorizer");
        struct authorizer_spec *authorizer = &list[api->authorizer_count];
        *authorizer = (struct authorizer_spec){.kind = AUTHORIZER_REQUEST};
        struct slice type = model_text(b, json, "type");
        if (type.len == 0) {
            type = model_text(b, scheme, "x-amazon-apigateway-authtype");
        }
        if (json.ptr == NULL || !json_raw_key(b->arena, key, &authorizer->name) ||
            !read_kind(type, &authorizer->kind)) {
            continue;
        }
        authorizer->id = authorizer->name;
        read_authorizer(b, api, authorizer, json, true);
        read_scheme_source(b, api, authorizer, scheme);
        api->authorizer_count++;
    }
    api->authorizers = list;
}

enum authorization model_authorization(struct slice type)
{
    return slice_is(type, "AWS_IAM")                 ? AUTHORIZATION_IAM
           : type.len > 0 && !slice_is(type, "NONE") ? AUTHORIZATION_AUTHORIZER
                                                     : AUTHORIZATION_NONE;
}
