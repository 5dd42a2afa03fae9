/* Function URLs: AWS::Lambda::Url, of a template or of the Lambda API. */
#include "gateway/model/building.h"

#include "core/id.h"
#include "core/mem.h"

#define METHODS_MAX 6 /* Lambda API reference, "Cors" */
#define CORS_ITEMS_MAX 100
#define MAX_AGE_MAX_S 86400
#define URL_ID_LEN 32

static const struct stage_spec default_stage = {.name = SLICE_INIT("$default")};

/* "arn:aws:lambda:us-east-1:000000000000:function:hello:live" of the resource's function and qualifier. */
static struct slice qualified_arn(struct building *b, const struct resource *resource,
                                  struct slice qualifier)
{
    struct slice arn = resource->physical_id; /* Ref gives the function's, unqualified */
    return qualifier.len == 0
               ? arn
               : arena_printf(b->arena, "%.*s:%.*s", SLICE_ARG(arn), SLICE_ARG(qualifier));
}

static void check_cors(struct building *b, const struct resource *resource,
                       const struct cors_spec *cors)
{
    const struct {
        const char *name;
        size_t count, max;
    } rows[] = {
        {"AllowMethods", cors->allow_methods.count, METHODS_MAX},
        {"AllowOrigins", cors->allow_origins.count, CORS_ITEMS_MAX},
        {"AllowHeaders", cors->allow_headers.count, CORS_ITEMS_MAX},
        {"ExposeHeaders", cors->expose_headers.count, CORS_ITEMS_MAX},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (rows[i].count > rows[i].max) {
            building_fail(b, resource->position, "Cors.%s has %zu items; at most %zu may be",
                          rows[i].name, rows[i].count, rows[i].max);
        }
    }
    if (cors->max_age_s > MAX_AGE_MAX_S) {
        building_fail(b, resource->position, "Cors.MaxAge %d is more than %d", (int)cors->max_age_s,
                      MAX_AGE_MAX_S);
    }
}

/* One of two words; the first when there is none and `is_optional`. */
static bool read_word(struct building *b, const struct resource *resource, const char *key,
                      const char *no, const char *yes, bool is_optional)
{
    struct slice text = model_text(b, resource->properties, key);
    if (slice_is(text, yes)) {
        return true;
    }
    if (!slice_is(text, no) && !(is_optional && text.len == 0)) {
        building_fail(b, resource->position,
                      "%s '%.*s' of function URL '%.*s' is neither %s nor %s", key, SLICE_ARG(text),
                      SLICE_ARG(resource->logical_id), no, yes);
    }
    return false;
}

void model_url(struct building *b, const struct resource *resource, struct api_spec *api)
{
    struct route_list routes = {NULL, 0, 0};
    struct slice target = model_text(b, resource->properties, "TargetFunctionArn");
    struct slice given = model_text(b, resource->properties, "Qualifier");
    struct route_spec route = {.path = SLICE("$default"), .position = resource->position};
    struct integration_spec *integration = &route.integration;
    *integration =
        (struct integration_spec){.kind = INTEGRATION_LAMBDA, .type = SLICE("AWS_PROXY")};
    (void)model_function(target, &integration->function, &integration->qualifier);
    if (given.len > 0) {
        integration->qualifier = given;
    }
    integration->streams =
        read_word(b, resource, "InvokeMode", "BUFFERED", "RESPONSE_STREAM", true);
    route.authorization = read_word(b, resource, "AuthType", "NONE", "AWS_IAM", false)
                              ? AUTHORIZATION_IAM
                              : AUTHORIZATION_NONE;
    char *id = arena_alloc(b->arena, URL_ID_LEN + 1);
    id_derived(id, URL_ID_LEN, qualified_arn(b, resource, integration->qualifier));
    *api = (struct api_spec){
        .kind = API_URL,
        .is_made = resource->position.len == 0,
        .logical_id = resource->logical_id,
        .id = slice_from(id),
        .name = resource->logical_id,
        .stages = &default_stage,
        .stage_count = 1,
        .cors = model_cors(b, json_raw_member(resource->properties, "Cors")),
        .compression_min = -1,
    };
    check_cors(b, resource, &api->cors);
    *route_list_add(b, &routes) = route;
    route_list_end(b, &routes, api);
}
