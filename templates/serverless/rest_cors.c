/* cors of http events: a preflight answer for each path. */
#include "templates/serverless/rest.h"

#include "core/mem.h"

static bool list_has(const struct value *list, struct slice text)
{
    for (size_t i = 0; i < value_count(list); i++) {
        if (slice_eq(text_of(value_at(list, i)), text)) {
            return true;
        }
    }
    return false;
}

static void list_add(struct service *service, struct value *list, struct slice text)
{
    if (text.len > 0 && !list_has(list, text)) {
        value_push(service->arena, list, value_string(service->arena, list->pos, text));
    }
}

static void list_add_all(struct service *service, struct value *list, const struct value *more)
{
    if (more != NULL && more->kind == VALUE_STRING) {
        struct slice rest = more->text;
        struct slice part;
        while (slice_split(&rest, ',', &part)) {
            list_add(service, list, slice_trim(part));
        }
        return;
    }
    for (size_t i = 0; i < value_count(more); i++) {
        list_add(service, list, text_of(value_at(more, i)));
    }
}

void rest_add_cors(struct rest *rest, struct rest_path *path, const struct service_event *event,
                   struct slice method)
{
    struct service *service = rest->service;
    const struct value *cors = value_get(event->config, "cors");
    if (!is_truthy(cors)) {
        return;
    }
    if (path->cors == NULL) {
        path->cors = shape(service->arena, cors->pos, "{headers: [], methods: [], origins: []}");
    }
    const struct value *headers = value_get(cors, "headers");
    const struct value *origins = value_get(cors, "origins");
    const struct value *origin = value_get(cors, "origin");
    struct value *methods = value_get(path->cors, "methods");
    if (headers == NULL) {
        headers =
            shape(service->arena, cors->pos,
                  "[Content-Type, X-Amz-Date, Authorization, X-Api-Key, X-Amz-Security-Token, "
                  "X-Amz-User-Agent, X-Amzn-Trace-Id]");
    }
    list_add_all(service, value_get(path->cors, "headers"), headers);
    list_add_all(service, value_get(path->cors, "origins"), origins);
    if (origin != NULL && slice_find(text_of(origin), ',') != SLICE_NPOS) {
        list_add_all(service, value_get(path->cors, "origins"), origin);
    }
    list_add_all(service, methods, value_get(cors, "methods"));
    list_add(service, methods, SLICE("OPTIONS"));
    list_add(service, methods, method);
    if (origin != NULL || value_get(path->cors, "origin") == NULL) {
        value_set(service->arena, path->cors, SLICE("origin"),
                  origin != NULL ? copy_of(service, origin)
                                 : value_string(service->arena, cors->pos, SLICE("*")));
    }
    const char *const single[] = {"allowCredentials", "maxAge", "cacheControl"};
    for (size_t i = 0; i < COUNT_OF(single); i++) {
        const struct value *value = value_get(cors, single[i]);
        if (is_truthy(value)) {
            value_set(service->arena, path->cors, slice_from(single[i]), copy_of(service, value));
        }
    }
}

static struct slice joined(struct service *service, const struct value *list)
{
    struct slice text = SLICE("");
    for (size_t i = 0; i < value_count(list); i++) {
        struct slice item = text_of(value_at(list, i));
        if (slice_is(item, "ANY")) {
            item = SLICE("DELETE,GET,HEAD,PATCH,POST,PUT");
        }
        text = arena_printf(service->arena, "%.*s%s%.*s", SLICE_ARG(text), i > 0 ? "," : "",
                            SLICE_ARG(item));
    }
    return text;
}

static void set_header(struct service *service, struct value *values, struct value *flags,
                       const char *name, struct slice value)
{
    struct slice key = arena_printf(service->arena, "method.response.header.%s", name);
    value_set(service->arena, values, key,
              value_text(service->arena, values->pos, "'%.*s'", SLICE_ARG(value)));
    value_set(service->arena, flags, key, value_bool(service->arena, values->pos, true));
}

void rest_make_preflight(struct rest *rest, const struct rest_path *path)
{
    struct service *service = rest->service;
    struct source_pos pos = path->cors->pos;
    struct value *values = value_map(service->arena, pos);
    struct value *flags = value_map(service->arena, pos);
    const struct value *origins = value_get(path->cors, "origins");
    const struct value *age = value_get(path->cors, "maxAge");
    const struct value *cache = value_get(path->cors, "cacheControl");
    struct slice origin =
        text_of(value_count(origins) > 0 ? value_at(origins, 0) : value_get(path->cors, "origin"));
    set_header(service, values, flags, "Access-Control-Allow-Origin", origin);
    set_header(service, values, flags, "Access-Control-Allow-Headers",
               joined(service, value_get(path->cors, "headers")));
    set_header(service, values, flags, "Access-Control-Allow-Methods",
               joined(service, value_get(path->cors, "methods")));
    if (value_get(path->cors, "allowCredentials") != NULL) {
        set_header(service, values, flags, "Access-Control-Allow-Credentials", SLICE("true"));
    }
    if (age != NULL) {
        set_header(service, values, flags, "Access-Control-Max-Age", text_of(age));
    }
    if (cache != NULL) {
        set_header(service, values, flags, "Cache-Control", text_of(cache));
    }
    add_resource(
        service,
        arena_printf(service->arena, "ApiGatewayMethod%.*sOptions", SLICE_ARG(path->normalized)),
        "AWS::ApiGateway::Method", pos,
        shape(
            service->arena, pos,
            "{AuthorizationType: NONE, HttpMethod: OPTIONS, MethodResponses: [{StatusCode: '200', "
            "ResponseParameters: %v, ResponseModels: {}}], RequestParameters: {}, Integration: "
            "{Type: MOCK, RequestTemplates: {application/json: %s}, ContentHandling: "
            "CONVERT_TO_TEXT, IntegrationResponses: [{StatusCode: '200', ResponseParameters: %v, "
            "ResponseTemplates: {application/json: ''}}]}, ResourceId: %v, RestApiId: %v}",
            flags, "{statusCode:200}", values, rest_resource_id(rest, path), rest->api_id));
}
