/* What of a route sls-local lacks: such a route answers 501 with these words, and nothing is let through. */
#include "gateway/model/building.h"

#include "core/mem.h"
#include "gateway/integration/subtype.h"

static const struct authorizer_spec *find_authorizer(const struct api_spec *api, struct slice id)
{
    for (size_t i = 0; i < api->authorizer_count; i++) {
        if (slice_eq(api->authorizers[i].id, id)) {
            return &api->authorizers[i];
        }
    }
    return NULL;
}

/* A function that another stack has; a name with stage variables is known when a request comes. */
static bool is_missing(const struct building *b, struct slice function)
{
    const struct function_directory *functions = b->options->functions;
    struct function_facts facts;
    return functions != NULL && slice_search(function, SLICE("${")) == SLICE_NPOS &&
           !functions->find(functions->ctx, function, &facts);
}

/* What sls-local cannot ask who guards a route; empty when it can. */
static struct slice guard_unsupported(struct building *b, const struct api_spec *api,
                                      const struct route_spec *route)
{
    if (route->needs_api_key && api->kind == API_HTTP) { /* ApiKeyRequired is a WebSocket API's */
        return SLICE("HTTP APIs have no API keys");
    }
    if (route->authorization != AUTHORIZATION_AUTHORIZER) {
        return SLICE("");
    }
    const struct authorizer_spec *authorizer = find_authorizer(api, route->authorizer_id);
    if (authorizer == NULL) {
        return arena_printf(b->arena, "authorizer '%.*s' is not in this template",
                            SLICE_ARG(route->authorizer_id));
    }
    if (api->kind == API_WEBSOCKET && authorizer->kind != AUTHORIZER_REQUEST) {
        return arena_printf(b->arena,
                            "authorizer %.*s: WebSocket APIs have REQUEST authorizers only",
                            SLICE_ARG(authorizer->name));
    }
    bool is_function =
        authorizer->kind == AUTHORIZER_REQUEST || authorizer->kind == AUTHORIZER_TOKEN;
    if (is_function && is_missing(b, authorizer->function)) {
        return arena_printf(b->arena, "authorizer %.*s: function '%.*s' is not in this template",
                            SLICE_ARG(authorizer->name), SLICE_ARG(authorizer->function));
    }
    return SLICE("");
}

static struct slice integration_words(struct building *b,
                                      const struct integration_spec *integration)
{
    struct slice uri = integration->subtype.len > 0 ? integration->subtype : integration->uri;
    if (integration->type.len == 0) {
        return SLICE("no integration");
    }
    return arena_printf(b->arena, "%.*s integration%s%.*s", SLICE_ARG(integration->type),
                        uri.len > 0 ? " with " : "", SLICE_ARG(uri));
}

/* A URL may begin with a stage variable; a VPC link has an ARN. */
static bool is_url(struct slice uri)
{
    return slice_istarts_with(uri, SLICE("http")) || slice_starts_with(uri, SLICE("${"));
}

/* Those whose API the edge has; state machines and the others are told by name. */
static bool is_service(struct slice uri)
{
    static const char *const services[] = {"dynamodb", "events", "kinesis", "logs",
                                           "s3",       "sns",    "sqs"};
    struct slice part = SLICE("");
    for (int i = 0; i < 5; i++) {
        if (!slice_split(&uri, ':', &part)) {
            return false;
        }
    }
    size_t dot = slice_rfind(part, '.');
    struct slice service = dot != SLICE_NPOS ? slice_skip(part, dot + 1) : part;
    for (size_t i = 0; i < COUNT_OF(services); i++) {
        if (slice_is(service, services[i])) {
            return true;
        }
    }
    return false;
}

static bool is_served(const struct api_spec *api, const struct route_spec *route)
{
    const struct integration_spec *integration = &route->integration;
    return integration->kind == INTEGRATION_LAMBDA || integration->kind == INTEGRATION_NOT_POSTED ||
           (integration->kind == INTEGRATION_HTTP_PROXY && is_url(integration->uri)) ||
           (api->kind == API_HTTP && integration->kind == INTEGRATION_SUBTYPE &&
            subtype_find(integration->subtype) != NULL) ||
           ((api->kind == API_REST || api->kind == API_WEBSOCKET) &&
            (integration->kind == INTEGRATION_MOCK || integration->kind == INTEGRATION_FUNCTION ||
             (integration->kind == INTEGRATION_HTTP && is_url(integration->uri)) ||
             (integration->kind == INTEGRATION_SERVICE && is_service(integration->uri))));
}

static struct slice find_gap(struct building *b, const struct api_spec *api,
                             const struct route_spec *route)
{
    const struct integration_spec *integration = &route->integration;
    struct slice guard = guard_unsupported(b, api, route);
    if (guard.len > 0) {
        return guard;
    }
    if ((integration->kind == INTEGRATION_LAMBDA || integration->kind == INTEGRATION_FUNCTION) &&
        is_missing(b, integration->function)) {
        return arena_printf(b->arena, "function '%.*s' is not in this template",
                            SLICE_ARG(integration->function));
    }
    return is_served(api, route)
               ? SLICE("")
               : arena_printf(b->arena, "%.*s: sls-local does not emulate this integration",
                              SLICE_ARG(integration_words(b, integration)));
}

struct slice route_unsupported(struct building *b, const struct api_spec *api,
                               const struct route_spec *route)
{
    struct slice gap = find_gap(b, api, route);
    if (gap.len == 0) {
        return gap;
    }
    if (api->kind == API_URL) {
        building_warn(b, route->position, "function URL '%.*s': %.*s", SLICE_ARG(api->logical_id),
                      SLICE_ARG(gap));
    } else {
        building_warn(b, route->position, "route %.*s%s%.*s: %.*s", SLICE_ARG(route->method),
                      route->method.len > 0 ? " " : "", SLICE_ARG(route->path), SLICE_ARG(gap));
    }
    return gap;
}
