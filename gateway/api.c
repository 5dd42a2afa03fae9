#include "gateway/api.h"

#include "core/id.h"
#include "core/json_writer.h"
#include "core/mem.h"
#include "gateway/answer/gateway_response.h"
#include "gateway/auth/authorizer.h"
#include "gateway/integration/parameters.h"
#include "gateway/integration/subtype.h"
#include "gateway/integration/transform.h"
#include "gateway/policy/policy.h"
#include "gateway/spec_copy.h"
#include "gateway/stage/config.h"
#include "gateway/stage/validation.h"
#include "gateway/websocket/limits.h"
#include "gateway/websocket/ws_routes.h"

#define SHORT_ID_LEN 6

struct slice api_config_json_text(struct api_config *config, struct slice text)
{
    AUTO_BUF buf = BUF_INIT(1024 * 1024);
    struct json_writer w = json_writer_init(&buf);
    json_write_string(&w, text);
    return arena_copy(&config->arena, buf_slice(&buf));
}

/* Resource ids are the same for every method of a path and from run to run, and those that the control plane tells. */
static struct slice resource_id(struct api_config *config, const struct route_spec *spec,
                                struct slice path)
{
    char id[SHORT_ID_LEN + 1];
    if (spec->resource_id.len > 0) {
        return arena_copy(&config->arena, spec->resource_id);
    }
    if (slice_is(path, "/")) {
        return arena_printf(&config->arena, "%.*sroot", SLICE_ARG(config->id));
    }
    id_derived(
        id, SHORT_ID_LEN,
        arena_printf(&config->arena, "resource %.*s %.*s", SLICE_ARG(config->id), SLICE_ARG(path)));
    return arena_copy(&config->arena, slice_from(id));
}

static uint32_t timeout_of(const struct api_config *config, const struct route_spec *spec)
{
    if (spec->integration.timeout_ms != 0) {
        return spec->integration.timeout_ms;
    }
    if (spec->integration.streams || config->kind == API_URL) {
        return STREAM_TIMEOUT_MS; /* longer than any function runs */
    }
    return config->kind == API_REST        ? REST_TIMEOUT_MS
           : config->kind == API_WEBSOCKET ? WS_TIMEOUT_MS
                                           : HTTP_TIMEOUT_MS;
}

static enum status init_authorizers(struct api_config *config, const struct api_spec *spec,
                                    struct fault *reterr)
{
    enum status status = STATUS_OK;
    config->authorizers =
        arena_array(&config->arena, spec->authorizer_count, sizeof *config->authorizers);
    for (size_t i = 0; i < spec->authorizer_count && status == STATUS_OK; i++) {
        status = authorizer_init(&config->authorizers[config->authorizer_count++], &config->arena,
                                 &spec->authorizers[i], reterr);
    }
    return status;
}

static struct authorizer *find_authorizer(const struct api_config *config,
                                          const struct route_spec *spec)
{
    for (size_t i = 0; i < config->authorizer_count; i++) {
        if (spec->authorization == AUTHORIZATION_AUTHORIZER &&
            slice_eq(config->authorizers[i].id, spec->authorizer_id)) {
            return &config->authorizers[i];
        }
    }
    return NULL;
}

/* HTTP APIs. */
static enum status check_parameters(const struct api_config *config, const struct route_spec *spec,
                                    const struct route *route, struct fault *reterr)
{
    const struct integration_spec *integration = &spec->integration;
    struct fault fault;
    enum status status = STATUS_OK;
    if (config->kind != API_HTTP) {
        return STATUS_OK;
    }
    if (route->subtype != NULL) {
        status = subtype_check(route->subtype, integration->request_parameters, &fault);
    } else if (integration->kind == INTEGRATION_HTTP_PROXY ||
               integration->kind == INTEGRATION_LAMBDA) {
        status = mapping_check(integration->request_parameters, false, &fault);
    }
    for (size_t i = 0; i < integration->response_count && status == STATUS_OK; i++) {
        status = mapping_check(integration->responses[i].parameters, true, &fault);
    }
    return status == STATUS_OK
               ? STATUS_OK
               : fault_set(reterr, status, "%.*s%sroute %.*s %.*s: %s", SLICE_ARG(spec->position),
                           spec->position.len > 0 ? ": " : "", SLICE_ARG(spec->method),
                           SLICE_ARG(spec->path), fault.text);
}

/* A model that does not compile is refused, as a deployment on AWS would be. */
static enum status add_validation(struct api_config *config, const struct api_spec *api,
                                  const struct route_spec *spec, struct route *route,
                                  struct fault *reterr)
{
    if ((config->kind != API_REST && config->kind != API_WEBSOCKET) ||
        (!spec->validator.validates_body && !spec->validator.validates_parameters)) {
        return STATUS_OK;
    }
    route->validation = &config->validations[config->validation_count++];
    struct fault fault;
    enum status status = validation_init(route->validation, &config->arena, api, spec, &fault);
    return status == STATUS_OK
               ? STATUS_OK
               : fault_set(reterr, status, "%.*s%sroute %.*s: %s", SLICE_ARG(spec->position),
                           spec->position.len > 0 ? ": " : "", SLICE_ARG(route->key), fault.text);
}

/* A route of a WebSocket API without an integration is a mock of no type. */
static bool is_transformed(enum api_kind api, const struct integration_spec *integration)
{
    enum integration kind = integration->kind;
    if (api != API_REST && (api != API_WEBSOCKET || integration->type.len == 0)) {
        return false;
    }
    return kind == INTEGRATION_FUNCTION || kind == INTEGRATION_SERVICE ||
           kind == INTEGRATION_HTTP || kind == INTEGRATION_MOCK;
}

static enum status add_transform(struct api_config *config, const struct route_spec *spec,
                                 struct route *route, struct fault *reterr)
{
    if (!is_transformed(config->kind, &spec->integration) || route->unsupported.len > 0) {
        return STATUS_OK;
    }
    route->transform = &config->transforms[config->transform_count++];
    struct fault fault;
    enum status status =
        transform_init(route->transform, &config->arena, config->kind, &route->backend, &fault);
    return status == STATUS_OK
               ? STATUS_OK
               : fault_set(reterr, status, "%.*s%sroute %.*s: %s", SLICE_ARG(spec->position),
                           spec->position.len > 0 ? ": " : "", SLICE_ARG(route->key), fault.text);
}

static enum status add_route(struct api_config *config, const struct api_spec *api,
                             const struct route_spec *spec, struct fault *reterr)
{
    struct arena *arena = &config->arena;
    struct slice path = arena_copy(arena, spec->path);
    bool is_default = slice_is(path, "$default") || config->kind == API_WEBSOCKET;
    enum method method = is_default ? METHOD_ANY : method_of(spec->method);
    if (method == METHOD_OTHER) {
        return fault_set(reterr, STATUS_INVALID, "route '%.*s %.*s': there is no such method",
                         SLICE_ARG(spec->method), SLICE_ARG(path));
    }
    struct slice key =
        is_default ? path
                   : arena_printf(arena, "%.*s %.*s", SLICE_ARG(spec->method), SLICE_ARG(path));
    struct route *route = &config->routes[config->route_count++];
    *route = (struct route){
        .pattern = {.method = method, .path = path, .owner = route},
        .index = (size_t)(spec - api->routes),
        .key = key,
        .method = arena_copy(arena, spec->method),
        .key_json = api_config_json_text(config, key),
        .path_json = api_config_json_text(config, path),
        .resource_id = config->kind == API_REST ? resource_id(config, spec, path) : SLICE_NULL,
        .target = {arena_copy(arena, spec->integration.function),
                   arena_copy(arena, spec->integration.qualifier)},
        .unsupported = arena_copy(arena, spec->unsupported),
        .authorizer = find_authorizer(config, spec),
        .scopes = spec_copy_texts(&config->arena, spec->scopes),
        .needs_api_key = spec->needs_api_key && config->kind != API_HTTP,
        .needs_iam = spec->authorization == AUTHORIZATION_IAM,
        .integration = spec->integration.kind,
        .is_payload_v1 = spec->integration.is_payload_v1,
        .streams =
            spec->integration.streams && (config->kind == API_REST || config->kind == API_URL),
        .has_response = spec->has_response,
        .timeout_ms = timeout_of(config, spec),
        .backend = spec_copy_integration(arena, &spec->integration),
    };
    if (spec->authorization == AUTHORIZATION_AUTHORIZER && route->authorizer == NULL &&
        route->unsupported.len == 0) {
        route->unsupported = SLICE("sls-local does not know what guards this route");
    }
    if (route->integration == INTEGRATION_UNSUPPORTED && route->unsupported.len == 0) {
        route->unsupported = SLICE("sls-local does not support the integration of this route");
    }
    stages_add_route(config, api, spec, route);
    if (config->kind == API_HTTP && route->integration == INTEGRATION_SUBTYPE) {
        route->subtype = subtype_find(spec->integration.subtype);
    }
    enum status status = check_parameters(config, spec, route, reterr);
    if (status == STATUS_OK) {
        status = add_validation(config, api, spec, route, reterr);
    }
    if (status == STATUS_OK) {
        status = add_transform(config, spec, route, reterr);
    }
    return status == STATUS_OK && config->kind != API_WEBSOCKET
               ? router_add(config->router, &route->pattern, reterr)
               : status;
}

/* Whoever calls a function URL without IAM is nobody. */
static bool is_anonymous(const struct api_spec *spec)
{
    return spec->kind == API_URL && spec->routes[0].authorization == AUTHORIZATION_NONE;
}

static enum status init_policy(struct api_config *config, const struct api_spec *spec,
                               struct fault *reterr)
{
    struct fault why;
    if (spec->kind != API_REST || spec->policy.len == 0) {
        return STATUS_OK;
    }
    enum status status =
        policy_parse(&config->arena, POLICY_OF_RESOURCE, arena_copy(&config->arena, spec->policy),
                     &config->policy, &why);
    return status == STATUS_OK ? status
                               : fault_set(reterr, status, "API %.*s: " POLICY_INVALID " (%s)",
                                           SLICE_ARG(spec->logical_id), why.text);
}

enum status api_config_create(const struct api_spec *spec, const char *account_id,
                              struct api_config **ret_config, struct fault *reterr)
{
    struct api_config *config = mem_zalloc(sizeof(*config));
    config->refs = 1;
    arena_init(&config->arena, 4096);
    config->kind = spec->kind;
    config->logical_id = arena_copy(&config->arena, spec->logical_id);
    config->id = arena_copy(&config->arena, spec->id);
    config->account_json = api_config_json_text(
        config, is_anonymous(spec) ? SLICE("anonymous") : slice_from(account_id));
    config->id_json = api_config_json_text(config, config->id);
    char deployment[SHORT_ID_LEN + 1];
    id_derived(deployment, SHORT_ID_LEN,
               arena_printf(&config->arena, "deployment %.*s", SLICE_ARG(config->id)));
    config->deployment_json = api_config_json_text(config, slice_from(deployment));
    config->router = router_create(spec->kind);
    cors_init(&config->cors, &config->arena, &spec->cors, spec->kind == API_URL);
    config->binary_media_types = spec_copy_texts(&config->arena, spec->binary_media_types);
    config->compression_min = spec->kind == API_REST ? spec->compression_min : -1;
    config->takes_key_of_authorizer = spec->takes_key_of_authorizer;
    config->validations =
        arena_array(&config->arena, spec->route_count, sizeof *config->validations);
    config->transforms = arena_array(&config->arena, spec->route_count, sizeof *config->transforms);
    if (spec->gateway_response_count > 0) {
        config->gateway_responses = arena_alloc(&config->arena, sizeof *config->gateway_responses);
        *config->gateway_responses = gateway_responses_copy(&config->arena, spec->gateway_responses,
                                                            spec->gateway_response_count);
    }
    enum status status = stages_init(config, spec, reterr);
    if (status == STATUS_OK) {
        status = init_authorizers(config, spec, reterr);
    }
    if (status == STATUS_OK) {
        status = init_policy(config, spec, reterr);
    }
    config->routes = arena_array(&config->arena, spec->route_count, sizeof(*config->routes));
    for (size_t i = 0; i < spec->route_count && status == STATUS_OK; i++) {
        status = add_route(config, spec, &spec->routes[i], reterr);
    }
    if (status == STATUS_OK && config->kind == API_WEBSOCKET) {
        status = ws_routes_create(&config->arena, spec, &config->ws_routes, reterr);
    }
    if (status != STATUS_OK) {
        api_config_unref(config);
        return status;
    }
    *ret_config = config;
    return STATUS_OK;
}

struct api_config *api_config_ref(struct api_config *config)
{
    config->refs++;
    return config;
}

void api_config_unref(struct api_config *config)
{
    if (config == NULL || --config->refs > 0) {
        return;
    }
    for (size_t i = 0; i < config->authorizer_count; i++) {
        authorizer_finish(&config->authorizers[i]);
    }
    for (size_t i = 0; i < config->validation_count; i++) {
        validation_finish(&config->validations[i]);
    }
    for (size_t i = 0; i < config->transform_count; i++) {
        transform_finish(&config->transforms[i]);
    }
    api_config_unref(config->variant);
    stages_finish(config);
    router_destroy(config->router);
    arena_finish(&config->arena);
    mem_free(config);
}

void api_config_add_variant(struct api_config *config, struct api_config *variant)
{
    stages_join_canaries(config, variant);
    while (config->variant != NULL) {
        config = config->variant;
    }
    config->variant = variant;
}

bool api_config_is_binary(const struct api_config *config, struct slice mime)
{
    for (size_t i = 0; i < config->binary_media_types.count; i++) {
        struct slice known = config->binary_media_types.items[i];
        if (slice_is(known, "*/*") || slice_ieq(known, mime)) {
            return true;
        }
        if (slice_ends_with(known, SLICE("/*")) &&
            slice_istarts_with(mime, slice_take(known, known.len - 1))) {
            return true;
        }
    }
    return false;
}
