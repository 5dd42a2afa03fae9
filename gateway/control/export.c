#include "gateway/control/export_private.h"

#include "core/clock.h"

struct slice export_version(struct arena *arena, const struct entry *api)
{
    char time[TIME_TEXT_MAX];
    struct slice version = entry_text(arena, api, "Version");
    return version.len > 0 ? version
                           : arena_copy(arena, slice_from(time_iso8601(time, api->created_ms)));
}

struct slice export_lower(struct exporting *e, struct slice text)
{
    char *copy = arena_cstr(e->arena, text);
    for (size_t i = 0; i < text.len; i++) {
        if (copy[i] >= 'A' && copy[i] <= 'Z') {
            copy[i] = (char)(copy[i] + ('a' - 'A'));
        }
    }
    return slice_of(copy, text.len);
}

struct slice export_method_key(struct exporting *e, struct slice method)
{
    return slice_is(method, "ANY") || method.len == 0 ? SLICE("x-amazon-apigateway-any-method")
                                                      : export_lower(e, method);
}

void export_info(struct exporting *e)
{
    struct slice name = entry_text(e->arena, e->api, "Name");
    struct slice description = entry_text(e->arena, e->api, "Description");
    json_key_text(&e->w, "info");
    json_open(&e->w, '{');
    json_put_string(&e->w, "title", name.ptr != NULL ? name : e->api->logical_id);
    if (description.len > 0) {
        json_put_string(&e->w, "description", description);
    }
    json_put_string(&e->w, "version", export_version(e->arena, e->api));
    json_close(&e->w, '}');
}

/* --- addresses --- */

static struct slice host_of(struct exporting *e)
{
    return arena_printf(e->arena, "%.*s.execute-api.%s.amazonaws.com", SLICE_ARG(e->api->id),
                        e->options->region);
}

void export_address(struct exporting *e)
{
    struct slice stage = slice_is(e->options->stage, "$default") ? SLICE("") : e->options->stage;
    struct slice server = e->options->servers.len > 0
                              ? e->options->servers
                              : arena_printf(e->arena, "https://%.*s", SLICE_ARG(host_of(e)));
    if (e->options->is_swagger) {
        json_put_string(&e->w, "host", host_of(e));
        json_put_string(&e->w, "basePath", arena_printf(e->arena, "/%.*s", SLICE_ARG(stage)));
        json_put_raw(&e->w, "schemes", SLICE("[\"https\"]"));
        return;
    }
    json_key_text(&e->w, "servers");
    json_open(&e->w, '[');
    json_open(&e->w, '{');
    json_put_string(&e->w, "url", arena_printf(e->arena, "%.*s/{basePath}", SLICE_ARG(server)));
    json_key_text(&e->w, "variables");
    json_open(&e->w, '{');
    json_key_text(&e->w, "basePath");
    json_open(&e->w, '{');
    json_put_string(&e->w, "default", stage);
    json_close(&e->w, '}');
    json_close(&e->w, '}');
    json_close(&e->w, '}');
    json_close(&e->w, ']');
}

/* --- security --- */

static bool is_rest(const struct exporting *e)
{
    return kind_id(e->api->kind) == KIND_REST_API;
}

static const struct entry *authorizer_of(struct exporting *e, struct slice id)
{
    return registry_find(e->registry, is_rest(e) ? KIND_AUTHORIZER : KIND_V2_AUTHORIZER, e->api->id,
                         id);
}

static struct slice authorizer_name(struct exporting *e, const struct entry *authorizer)
{
    struct slice name = entry_text(e->arena, authorizer, "Name");
    return name.len > 0 ? name : authorizer->id;
}

static void write_requirement(struct exporting *e, struct slice name, struct slice scopes)
{
    json_open(&e->w, '{');
    json_write_key(&e->w, name);
    json_write_raw(&e->w, scopes.len > 0 ? scopes : SLICE("[]"));
    json_close(&e->w, '}');
}

void export_security(struct exporting *e, const struct entry *operation, bool needs_api_key)
{
    struct slice type = entry_text(e->arena, operation, "AuthorizationType");
    const struct entry *authorizer =
        authorizer_of(e, entry_text(e->arena, operation, "AuthorizerId"));
    bool is_iam = slice_is(type, "AWS_IAM");
    bool has_authorizer = authorizer != NULL && !is_iam && type.len > 0 && !slice_is(type, "NONE");
    if (!needs_api_key && !is_iam && !has_authorizer) {
        return;
    }
    json_key_text(&e->w, "security");
    json_open(&e->w, '[');
    if (has_authorizer) {
        write_requirement(e, authorizer_name(e, authorizer),
                          json_raw_member(operation->properties, "AuthorizationScopes"));
    }
    if (is_iam) {
        write_requirement(e, SLICE("sigv4"), SLICE_NULL);
        e->uses_sigv4 = true;
    }
    if (needs_api_key) {
        write_requirement(e, SLICE("api_key"), SLICE_NULL);
        e->uses_api_key = true;
    }
    json_close(&e->w, ']');
}

bool export_has_schemes(const struct exporting *e)
{
    size_t at = 0;
    return e->uses_api_key || e->uses_sigv4 ||
           registry_next(e->registry, is_rest(e) ? KIND_AUTHORIZER : KIND_V2_AUTHORIZER, e->api->id,
                         &at) != NULL;
}

static void write_scheme_key(struct exporting *e, const char *name, const char *header)
{
    json_key_text(&e->w, name);
    json_open(&e->w, '{');
    json_put_text(&e->w, "type", "apiKey");
    json_put_text(&e->w, "name", header);
    json_put_text(&e->w, "in", "header");
    if (strcmp(name, "sigv4") == 0) {
        json_put_text(&e->w, "x-amazon-apigateway-authtype", "awsSigv4");
    }
    json_close(&e->w, '}');
}

/* "Authorization" of "method.request.header.Authorization"; "Unused" where the source is no header. */
static struct slice header_of(struct slice source)
{
    static const struct slice prefix = SLICE_INIT("method.request.header.");
    return slice_starts_with(source, prefix) && slice_find(source, ',') == SLICE_NPOS
               ? slice_skip(source, prefix.len)
               : SLICE("Unused");
}

/* Its attributes, as documents spell them; the type stands in small letters. */
static void write_authorizer(struct exporting *e, const struct entry *authorizer)
{
    static const char *const left_out[] = {"name", "type", "authType", "authorizerType"};
    struct slice type = entry_text(e->arena, authorizer, is_rest(e) ? "Type" : "AuthorizerType");
    json_key_text(&e->w, "x-amazon-apigateway-authorizer");
    json_open(&e->w, '{');
    json_put_string(&e->w, "type", export_lower(e, type));
    struct attribute some[16];
    struct attributes rest = {some, 0, NULL};
    for (size_t i = 0; i < authorizer->kind->attributes->count; i++) {
        const struct attribute *attribute = &authorizer->kind->attributes->items[i];
        bool is_left_out = false;
        for (size_t k = 0; k < COUNT_OF(left_out); k++) {
            is_left_out |= strcmp(attribute->name, left_out[k]) == 0;
        }
        if (!is_left_out && rest.count < COUNT_OF(some)) {
            some[rest.count++] = *attribute;
        }
    }
    properties_write(&e->w, e->arena, &rest, authorizer->properties);
    json_close(&e->w, '}');
}

static void write_scheme(struct exporting *e, const struct entry *authorizer)
{
    struct slice type = entry_text(e->arena, authorizer, is_rest(e) ? "Type" : "AuthorizerType");
    bool is_jwt = slice_is(type, "JWT");
    bool is_cognito = slice_is(type, "COGNITO_USER_POOLS");
    struct slice source = entry_text(e->arena, authorizer, "IdentitySource");
    json_write_key(&e->w, authorizer_name(e, authorizer));
    json_open(&e->w, '{');
    json_put_text(&e->w, "type", is_jwt ? "oauth2" : "apiKey");
    if (!is_jwt) {
        json_put_string(&e->w, "name", is_rest(e) ? header_of(source) : SLICE("Unused"));
        json_put_text(&e->w, "in", "header");
    }
    if (is_rest(e)) {
        json_put_text(&e->w, "x-amazon-apigateway-authtype",
                      is_cognito ? "cognito_user_pools" : "custom");
    }
    if (e->options->has_authorizers) {
        write_authorizer(e, authorizer);
    }
    json_close(&e->w, '}');
}

void export_schemes(struct exporting *e)
{
    size_t at = 0;
    json_open(&e->w, '{');
    for (const struct entry *authorizer;
         (authorizer = registry_next(e->registry, is_rest(e) ? KIND_AUTHORIZER : KIND_V2_AUTHORIZER,
                                     e->api->id, &at)) != NULL;) {
        write_scheme(e, authorizer);
    }
    if (e->uses_api_key) {
        write_scheme_key(e, "api_key", "x-api-key");
    }
    if (e->uses_sigv4) {
        write_scheme_key(e, "sigv4", "Authorization");
    }
    json_close(&e->w, '}');
}

void export_api(struct buf *out, struct arena *arena, const struct registry *registry,
                const struct entry *api, const struct export_options *options)
{
    struct exporting e = {.arena = arena,
                          .registry = registry,
                          .api = api,
                          .options = options,
                          .w = json_writer_init(out)};
    json_open(&e.w, '{');
    if (options->is_swagger) {
        json_put_text(&e.w, "swagger", "2.0");
    } else {
        json_put_text(&e.w, "openapi", "3.0.1");
    }
    export_info(&e);
    export_address(&e);
    if (is_rest(&e)) {
        export_rest(&e);
    } else {
        export_http(&e);
    }
    json_close(&e.w, '}');
}
