#include "gateway/model/building.h"

#include "core/mem.h"

#define ARENA_BLOCK 8192

static const char *const types[] = {
    "AWS::ApiGateway::Account",
    "AWS::ApiGateway::ApiKey",
    "AWS::ApiGateway::Authorizer",
    "AWS::ApiGateway::Deployment",
    "AWS::ApiGateway::GatewayResponse",
    "AWS::ApiGateway::Method",
    "AWS::ApiGateway::Model",
    "AWS::ApiGateway::RequestValidator",
    "AWS::ApiGateway::Resource",
    "AWS::ApiGateway::RestApi",
    "AWS::ApiGateway::Stage",
    "AWS::ApiGateway::UsagePlan",
    "AWS::ApiGateway::UsagePlanKey",
    "AWS::ApiGatewayV2::Api",
    "AWS::ApiGatewayV2::Authorizer",
    "AWS::ApiGatewayV2::Integration",
    "AWS::ApiGatewayV2::IntegrationResponse",
    "AWS::ApiGatewayV2::Model",
    "AWS::ApiGatewayV2::Route",
    "AWS::ApiGatewayV2::RouteResponse",
    "AWS::ApiGatewayV2::Stage",
    "AWS::Lambda::Url",
};

bool model_takes(struct slice type)
{
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        if (slice_is(type, types[i])) {
            return true;
        }
    }
    return false;
}

/* --- while one is built --- */

void building_fail(struct building *b, struct slice position, const char *format, ...)
{
    if (b->has_failed) {
        return;
    }
    struct fault what;
    va_list args;
    va_start(args, format);
    (void)fault_vset(&what, STATUS_INVALID, format, args);
    va_end(args);
    b->has_failed = true;
    (void)fault_set(b->fault, STATUS_INVALID, "%.*s%s%s", SLICE_ARG(position),
                    position.len > 0 ? ": " : "", what.text);
}

void building_warn(struct building *b, struct slice position, const char *format, ...)
{
    if (b->options->on_warning == NULL) {
        return;
    }
    struct fault text;
    va_list args;
    va_start(args, format);
    (void)fault_vset(&text, STATUS_OK, format, args);
    va_end(args);
    b->options->on_warning(b->options->ctx, position, slice_from(text.text));
}

const struct resource *building_find(const struct building *b, const char *type, struct slice id)
{
    for (size_t i = 0; i < b->count; i++) {
        if (slice_eq(b->resources[i].physical_id, id) && slice_is(b->resources[i].type, type)) {
            return &b->resources[i];
        }
    }
    return NULL;
}

struct parts building_parts(struct building *b, const char *type, const char *key,
                            struct slice api_id)
{
    size_t count = 0;
    for (size_t i = 0; i < b->count; i++) {
        count += slice_is(b->resources[i].type, type);
    }
    struct parts parts = {arena_array(b->arena, count, sizeof *parts.items), 0};
    for (size_t i = 0; i < b->count; i++) {
        const struct resource *resource = &b->resources[i];
        if (slice_is(resource->type, type) &&
            slice_eq(model_text(b, resource->properties, key), api_id)) {
            parts.items[parts.count++] = resource;
        }
    }
    return parts;
}

struct route_spec *route_list_add(struct building *b, struct route_list *list)
{
    if (list->count == list->cap) {
        size_t cap = list->cap == 0 ? 8 : list->cap * 2;
        struct route_spec *larger = arena_array(b->arena, cap, sizeof *larger);
        if (list->count > 0) {
            memcpy(larger, list->items, list->count * sizeof *larger);
        }
        list->items = larger;
        list->cap = cap;
    }
    return &list->items[list->count++];
}

void route_list_end(struct building *b, struct route_list *list, struct api_spec *api)
{
    for (size_t i = 0; i < list->count; i++) {
        list->items[i].unsupported = route_unsupported(b, api, &list->items[i]);
    }
    api->routes = list->items;
    api->route_count = list->count;
}

/* --- the model --- */

static void read_api(struct building *b, const struct resource *resource, struct api_spec *api)
{
    bool is_rest = slice_is(resource->type, "AWS::ApiGateway::RestApi");
    bool is_socket = slice_is(model_text(b, resource->properties, "ProtocolType"), "WEBSOCKET");
    *api = (struct api_spec){
        .kind = is_rest     ? API_REST
                : is_socket ? API_WEBSOCKET
                            : API_HTTP,
        .is_made = resource->position.len == 0,
        .logical_id = resource->logical_id,
        .id = resource->physical_id,
        .name = model_text(b, resource->properties, "Name"),
        .cors = {.max_age_s = -1},
        .compression_min = -1,
    };
    model_stages(b, api);
    model_authorizers(b, api);
    if (is_rest) {
        model_rest_api(b, resource, api);
    } else {
        model_v2_api(b, resource, api);
    }
    if (api->name.len == 0) {
        api->name = resource->logical_id;
    }
    if (api->stage_count == 0 && !api->is_made) { /* AWS makes it; it has no address there either */
        building_warn(b, resource->position, "API '%.*s' has no stage: it is not served",
                      SLICE_ARG(resource->logical_id));
    }
}

static bool is_api(const struct resource *resource)
{
    return slice_ends_with(resource->type, SLICE("Api"));
}

static bool is_url(const struct resource *resource)
{
    return slice_is(resource->type, "AWS::Lambda::Url");
}

/* A function, or an alias of it, has one. */
static void read_url(struct building *b, struct model *model, const struct resource *resource)
{
    struct api_spec *api = &model->apis[model->api_count++];
    model_url(b, resource, api);
    for (size_t i = 0; i + 1 < model->api_count; i++) {
        if (slice_eq(model->apis[i].id, api->id)) {
            building_fail(b, resource->position,
                          "Failed to create function url config for [functionArn = %.*s]. Error "
                          "message:  FunctionUrlConfig exists for this Lambda function",
                          SLICE_ARG(resource->physical_id));
        }
    }
}

struct resource building_keep(struct arena *arena, const struct resource *resource)
{
    return (struct resource){
        .logical_id = arena_copy(arena, resource->logical_id),
        .type = arena_copy(arena, resource->type),
        .physical_id = arena_copy(arena, resource->physical_id),
        .properties = arena_copy(arena, resource->properties),
        .has_unknown = resource->has_unknown,
        .position = arena_copy(arena, resource->position),
    };
}

enum status model_create(const struct resource *resources, size_t count,
                         const struct model_options *options, struct model **ret_model,
                         struct fault *reterr)
{
    struct model *model = mem_zalloc(sizeof *model);
    arena_init(&model->arena, ARENA_BLOCK);
    struct resource *kept = arena_array(&model->arena, count, sizeof *kept);
    struct building b = {
        .arena = &model->arena, .options = options, .resources = kept, .fault = reterr};
    size_t apis = 0;
    for (size_t i = 0; i < count; i++) {
        if (model_takes(resources[i].type)) {
            kept[b.count++] = building_keep(&model->arena, &resources[i]);
            apis += is_api(&resources[i]) || is_url(&resources[i]);
        }
    }
    model->apis = arena_array(&model->arena, apis, sizeof *model->apis);
    for (size_t i = 0; i < b.count; i++) {
        if (is_api(&kept[i])) {
            read_api(&b, &kept[i], &model->apis[model->api_count++]);
        }
    }
    for (size_t i = 0; i < b.count; i++) { /* behind the APIs, whose ports do not depend on them */
        if (is_url(&kept[i])) {
            read_url(&b, model, &kept[i]);
        }
    }
    model_usage(&b, model);
    if (b.has_failed) {
        model_destroy(model);
        return STATUS_INVALID;
    }
    *ret_model = model;
    return STATUS_OK;
}

void model_destroy(struct model *model)
{
    if (model != NULL) {
        arena_finish(&model->arena);
        mem_free(model);
    }
}
