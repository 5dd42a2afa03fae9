/* Whether a request may pass as far as numbers go: its API key, and every limit it is under. */
#include "gateway/call/call.h"
#include "gateway/stage/usage.h"

static void refuse_key(struct call *call, struct slice reason)
{
    call_refuse(call, REFUSAL_FORBIDDEN, reason, NULL);
}

/* REST and WebSocket APIs: false when the request is refused. */
static bool find_key(struct call *call, struct usage_membership *ret_membership)
{
    struct arena *arena = http_arena(call->exchange);
    bool is_of_authorizer = call->config->takes_key_of_authorizer;
    struct slice value =
        is_of_authorizer ? call->usage_key : http_header_get(call->headers, "x-api-key");
    if (value.len == 0) {
        refuse_key(call, is_of_authorizer ? SLICE("API key: the authorizer gives no "
                                                  "usageIdentifierKey")
                                          : SLICE("API key: the request has no x-api-key"));
        return false;
    }
    const struct api_key_spec *key = usage_key(call->calls->usage, value);
    if (key == NULL) {
        refuse_key(call, SLICE("API key: no key has this value"));
        return false;
    }
    if (!key->is_enabled) {
        refuse_key(call,
                   arena_printf(arena, "API key %.*s: it is not enabled", SLICE_ARG(key->name)));
        return false;
    }
    if (!usage_membership(call->calls->usage, key, call->config->id, call->chosen.stage->name,
                          ret_membership)) {
        refuse_key(call, arena_printf(arena, "API key %.*s: it is in no usage plan of stage %.*s",
                                      SLICE_ARG(key->name), SLICE_ARG(call->chosen.stage->name)));
        return false;
    }
    call->key.id = arena_copy(arena, key->id);
    call->key.value = arena_copy(arena, key->value);
    return true;
}

static void refuse_over_quota(struct call *call, const struct usage_request *request,
                              const struct usage_refusal *refusal)
{
    struct arena *arena = http_arena(call->exchange);
    const struct usage_plan_spec *plan = request->membership.plan;
    struct slice words = usage_quota_words(arena, &plan->quota, refusal);
    call_refuse(call, REFUSAL_QUOTA,
                arena_printf(arena, "plan %.*s: %.*s", SLICE_ARG(plan->name), SLICE_ARG(words)),
                NULL);
}

bool call_admit(struct call *call)
{
    const struct route *route = call->route;
    const struct route_limit *limits = call->chosen.stage->limits;
    struct clock *clock = call->calls->context->clock;
    struct usage_request request = {
        .api_id = call->config->id,
        .stage = call->chosen.stage->name,
        .route_key = route->key,
        .method = route->method,
        .path = route->pattern.path,
        .stage_limit = limits != NULL ? &limits[route->index] : NULL,
    };
    struct usage_refusal refusal;
    if (route->needs_api_key && !find_key(call, &request.membership)) {
        return false;
    }
    switch (usage_take(call->calls->usage, &request, clock_monotonic_ns(clock),
                       clock_epoch_ms(clock), &refusal)) {
    case USAGE_PASSES:
        break;
    case USAGE_OVER_QUOTA:
        refuse_over_quota(call, &request, &refusal);
        return false;
    case USAGE_OVER_RATE:
        call_refuse(call, REFUSAL_RATE,
                    usage_rate_reason(http_arena(call->exchange), &request, &refusal), NULL);
        return false;
    }
    return true;
}
