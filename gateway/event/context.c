#include "gateway/event/context.h"

#include "core/json_scan.h"
#include "core/mem.h"

typedef struct slice value_fn(const struct event_input *in);

static struct slice unquoted(const struct event_input *in, struct slice json)
{
    struct slice text;
    return json.len > 0 && json_raw_string(in->arena, json, &text) ? text : SLICE_NULL;
}

static struct slice account_id(const struct event_input *in)
{
    return unquoted(in, in->config->account_json);
}

static struct slice api_id(const struct event_input *in)
{
    return in->config->id;
}

static struct slice deployment_id(const struct event_input *in)
{
    return unquoted(in, in->config->deployment_json);
}

static struct slice domain_name(const struct event_input *in)
{
    return in->domain;
}

static struct slice domain_prefix(const struct event_input *in)
{
    return event_domain_prefix(in->domain);
}

static struct slice request_id(const struct event_input *in)
{
    return in->request_id;
}

static struct slice extended_id(const struct event_input *in)
{
    return in->extended_id.len > 0 ? in->extended_id : in->request_id;
}

static struct slice method(const struct event_input *in)
{
    return in->method;
}

static struct slice path(const struct event_input *in)
{
    return in->context_path;
}

static struct slice protocol(const struct event_input *in)
{
    (void)in;
    return SLICE("HTTP/1.1");
}

static struct slice request_time(const struct event_input *in)
{
    return in->time;
}

static struct slice request_time_epoch(const struct event_input *in)
{
    return arena_printf(in->arena, "%lld", (long long)in->epoch_ms);
}

static struct slice resource_id(const struct event_input *in)
{
    return in->route == NULL                ? SLICE_NULL
           : in->route->resource_id.len > 0 ? in->route->resource_id
                                            : in->route->key;
}

static struct slice resource_path(const struct event_input *in)
{
    return in->route != NULL ? in->route->pattern.path : SLICE_NULL;
}

static struct slice route_key(const struct event_input *in)
{
    return in->route != NULL ? in->route->key : SLICE_NULL;
}

static struct slice stage(const struct event_input *in)
{
    return in->stage != NULL ? in->stage->name : SLICE_NULL;
}

static struct slice api_key(const struct event_input *in)
{
    return in->key.value;
}

static struct slice api_key_id(const struct event_input *in)
{
    return in->key.id;
}

static struct slice caller_account(const struct event_input *in)
{
    return in->caller.account_id;
}

static struct slice access_key(const struct event_input *in)
{
    return in->caller.access_key;
}

static struct slice caller_id(const struct event_input *in)
{
    return in->caller.id;
}

static struct slice caller_arn(const struct event_input *in)
{
    return in->caller.arn;
}

static struct slice source_ip(const struct event_input *in)
{
    return in->peer;
}

static struct slice user_agent(const struct event_input *in)
{
    return http_header_get(in->headers, "user-agent");
}

static struct slice trace_id(const struct event_input *in)
{
    return in->trace;
}

struct slice context_is_canary(const struct event_input *in)
{
    return in->stage == NULL || !in->stage->has_canary ? SLICE_NULL
           : in->stage->is_canary                      ? SLICE("true")
                                                       : SLICE("false");
}

static const struct {
    const char *name;
    value_fn *value;
} values[] = {
    {"accountId", account_id},
    {"apiId", api_id},
    {"deploymentId", deployment_id},
    {"domainName", domain_name},
    {"domainPrefix", domain_prefix},
    {"extendedRequestId", extended_id},
    {"httpMethod", method},
    {"identity.accessKey", access_key},
    {"identity.accountId", caller_account},
    {"identity.apiKey", api_key},
    {"identity.apiKeyId", api_key_id},
    {"identity.caller", caller_id},
    {"identity.sourceIp", source_ip},
    {"identity.user", caller_id},
    {"identity.userAgent", user_agent},
    {"identity.userArn", caller_arn},
    {"isCanaryRequest", context_is_canary},
    {"path", path},
    {"protocol", protocol},
    {"requestId", request_id},
    {"requestTime", request_time},
    {"requestTimeEpoch", request_time_epoch},
    {"resourceId", resource_id},
    {"resourcePath", resource_path},
    {"routeKey", route_key},
    {"stage", stage},
    {"xrayTraceId", trace_id},
};

/* A scalar as text, other JSON as it is; names go down by their dots. */
static struct slice json_value(const struct event_input *in, struct slice json, struct slice name)
{
    struct slice part;
    while (json.ptr != NULL && slice_split(&name, '.', &part)) {
        json = json_raw_member(json, arena_cstr(in->arena, part));
    }
    if (json.ptr == NULL || json_raw_kind(json) == JSON_NULL) {
        return SLICE_NULL;
    }
    struct slice text;
    return json_raw_kind(json) != JSON_STRING        ? slice_trim(json)
           : json_raw_string(in->arena, json, &text) ? text
                                                     : SLICE_NULL;
}

struct slice context_value(const struct event_input *in, struct slice name)
{
    static const struct slice authorizer = SLICE_INIT("authorizer.");
    struct slice own = in->context.len > 0 ? json_value(in, in->context, name) : SLICE_NULL;
    if (own.ptr != NULL) {
        return own;
    }
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        if (slice_is(name, values[i].name)) {
            return values[i].value(in);
        }
    }
    if (slice_starts_with(name, authorizer)) {
        return json_value(in, in->authorizer.facts, slice_skip(name, authorizer.len));
    }
    return SLICE_NULL;
}

struct slice context_stage_variable(const struct event_input *in, struct slice name)
{
    if (in->stage == NULL || in->stage->variables_json.len == 0) {
        return SLICE_NULL;
    }
    return json_value(in, in->stage->variables_json, name);
}
