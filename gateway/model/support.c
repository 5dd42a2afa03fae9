/* What of a route sls-local lacks: such a route answers 501 with these words, and nothing is let through. */
#include "gateway/model/building.h"

#include "core/mem.h"

static const struct authorizer_spec *find_authorizer(const struct api_spec *api, struct slice id)
{
    for (size_t i = 0; i < api->authorizer_count; i++) {
        if (slice_eq(api->authorizers[i].id, id)) {
            return &api->authorizers[i];
        }
    }
    return NULL;
}

static const char *const authorizer_words[] = {
    [AUTHORIZER_JWT] = "JWT",
    [AUTHORIZER_REQUEST] = "Lambda",
    [AUTHORIZER_TOKEN] = "Lambda",
    [AUTHORIZER_COGNITO] = "Cognito",
};

/* "JWT authorizer Auth, API key"; empty when nothing does. */
static struct slice guard_of(struct building *b, const struct api_spec *api,
                             const struct route_spec *route)
{
    struct slice words = SLICE("");
    if (route->authorization == AUTHORIZATION_IAM) {
        words = SLICE("AWS_IAM");
    } else if (route->authorization == AUTHORIZATION_AUTHORIZER) {
        const struct authorizer_spec *authorizer = find_authorizer(api, route->authorizer_id);
        words = authorizer != NULL
                    ? arena_printf(b->arena, "%s authorizer %.*s",
                                   authorizer_words[authorizer->kind], SLICE_ARG(authorizer->name))
                    : arena_printf(b->arena, "authorizer %.*s", SLICE_ARG(route->authorizer_id));
    }
    if (route->needs_api_key) {
        words =
            arena_printf(b->arena, "%.*s%sAPI key", SLICE_ARG(words), words.len > 0 ? ", " : "");
    }
    return words;
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

static bool is_served(const struct route_spec *route)
{
    const struct integration_spec *integration = &route->integration;
    return integration->kind == INTEGRATION_LAMBDA || integration->kind == INTEGRATION_NOT_POSTED ||
           (integration->kind == INTEGRATION_MOCK && integration->mock_headers.count > 0);
}

/* A function that another stack has; a name with stage variables is known when a request comes. */
static bool is_function_missing(struct building *b, const struct integration_spec *integration)
{
    const struct function_directory *functions = b->options->functions;
    struct function_facts facts;
    return integration->kind == INTEGRATION_LAMBDA && functions != NULL &&
           slice_search(integration->function, SLICE("${")) == SLICE_NPOS &&
           !functions->find(functions->ctx, integration->function, &facts);
}

struct slice route_unsupported(struct building *b, const struct api_spec *api,
                               const struct route_spec *route)
{
    struct slice guard = guard_of(b, api, route);
    if (guard.len > 0) {
        return arena_printf(b->arena, "%.*s guards this route; sls-local does not emulate it yet",
                            SLICE_ARG(guard));
    }
    if (is_function_missing(b, &route->integration)) {
        struct slice words = arena_printf(b->arena, "function '%.*s' is not in this template",
                                          SLICE_ARG(route->integration.function));
        building_warn(b, route->position, "route %.*s %.*s: %.*s", SLICE_ARG(route->method),
                      SLICE_ARG(route->path), SLICE_ARG(words));
        return words;
    }
    if (!is_served(route)) {
        return arena_printf(b->arena, "%.*s: sls-local does not emulate this integration",
                            SLICE_ARG(integration_words(b, &route->integration)));
    }
    return SLICE("");
}
