/* Who may pass: the authorizer of a route, a token or a function's word; signatures are iam.c's. */
#include "gateway/call/call.h"

#include "core/json_scan.h"
#include "core/mem.h"
#include "gateway/auth/authorizer.h"
#include "gateway/policy/policy.h"
#include "gateway/websocket/handshake.h"

struct slice call_route_arn(const struct call *call, struct slice account)
{
    struct arena *arena = http_arena(call->exchange);
    struct slice method = call->method;
    struct slice path = slice_skip(call->chosen.path, 1);
    bool is_handshake = call->session != NULL;
    return arena_printf(arena, "arn:aws:execute-api:%s:%.*s:%.*s/%.*s/%.*s%s%.*s",
                        call->calls->backends.region, SLICE_ARG(account),
                        SLICE_ARG(call->config->id), SLICE_ARG(call->chosen.stage->name),
                        SLICE_ARG(is_handshake ? call->route->key : method),
                        is_handshake ? "" : "/", SLICE_ARG(is_handshake ? SLICE("") : path));
}

static struct slice own_arn(const struct call *call)
{
    return call_route_arn(call, slice_from(call->calls->account_id));
}

static struct slice because(struct call *call, const char *format, struct slice detail)
{
    struct arena *arena = http_arena(call->exchange);
    return arena_printf(arena, "authorizer %.*s: %s%.*s", SLICE_ARG(call->route->authorizer->name),
                        format, SLICE_ARG(detail));
}

/* --- functions --- */

static enum policy_verdict judge_policy(struct call *call, struct slice policy, struct slice arn,
                                        struct fault *reterr)
{
    const struct slice peer = slice_from(http_peer_address(call->exchange));
    const struct slice agent = http_header_get(call->headers, "user-agent");
    const struct policy_fact facts[] = {{SLICE("aws:SourceIp"), &peer, 1},
                                        {SLICE("aws:UserAgent"), &agent, agent.ptr != NULL}};
    const struct policy_request request = {
        .action = SLICE("execute-api:Invoke"),
        .resource = arn,
        .facts = facts,
        .fact_count = COUNT_OF(facts),
    };
    return policy_judge(POLICY_OF_AUTHORIZER, policy, &request, reterr);
}

static void let_in(struct call *call, const struct authorizer_answer *answer, uint64_t latency_ms)
{
    struct event_input in;
    call_event_input(call, SLICE(""), &in);
    call->authorizer = authorizer_facts(answer, &in, latency_ms);
    call->usage_key = arena_copy(in.arena, answer->usage_key);
    call_pass(call);
}

static void judge(struct call *call, const struct authorizer_answer *answer, uint64_t latency_ms)
{
    struct fault fault = {.text = ""};
    struct slice arn = own_arn(call);
    if (answer->is_simple) {
        if (answer->is_authorized) {
            let_in(call, answer, latency_ms);
        } else {
            call_refuse(call, REFUSAL_FORBIDDEN, because(call, "isAuthorized is false", SLICE("")),
                        NULL);
        }
        return;
    }
    enum policy_verdict verdict = judge_policy(call, answer->policy, arn, &fault);
    if (verdict == POLICY_NO_MATCH) { /* the API's own policy may allow it */
        struct slice reason;
        verdict = call_policy_verdict(call, POLICY_EITHER_MAY, verdict, &reason);
    }
    switch (verdict) {
    case POLICY_ALLOW:
        let_in(call, answer, latency_ms);
        return;
    case POLICY_EXPLICIT_DENY:
        call_refuse(call, REFUSAL_EXPLICIT_DENY, because(call, "its policy denies ", arn), NULL);
        return;
    case POLICY_NO_MATCH:
        call_refuse(call, REFUSAL_DENIED, because(call, "its policy does not allow ", arn), NULL);
        return;
    case POLICY_MALFORMED:
        call_refuse(call, REFUSAL_AUTHORIZER_CONFIGURATION,
                    because(call, "its policy: ", slice_from(fault.text)), NULL);
        return;
    }
}

static void judge_payload(struct call *call, struct slice payload, uint64_t latency_ms)
{
    struct authorizer_answer answer;
    struct fault fault;
    if (authorizer_read_answer(call->route->authorizer, call->config->kind, payload, &answer,
                               http_arena(call->exchange), &fault)) {
        judge(call, &answer, latency_ms);
    } else {
        call_refuse(call, REFUSAL_AUTHORIZER_CONFIGURATION,
                    because(call, "", slice_from(fault.text)), NULL);
    }
}

/* A function that throws "Unauthorized" has said so. */
static bool says_unauthorized(struct call *call, const struct invoke_result *result)
{
    struct slice message =
        json_text_member(http_arena(call->exchange), result->payload, "errorMessage");
    return result->outcome == INVOKE_FUNCTION_ERROR && slice_is(message, "Unauthorized");
}

static void on_answer(void *ctx, const struct invoke_result *result)
{
    struct call *call = ctx;
    struct authorizer *authorizer = call->route->authorizer;
    call->is_guarding = false;
    if (!call_resume(call)) {
        return;
    }
    buf_clear(&call->event);
    if (result->outcome == INVOKE_OK) {
        if (call->identity.len > 0 && authorizer->ttl_s > 0) {
            authorizer_keep(authorizer, call->identity, result->payload,
                            clock_epoch_ms(call->calls->context->clock));
        }
        judge_payload(call, result->payload, result->duration_us / 1000);
    } else if (says_unauthorized(call, result)) {
        call_refuse(call, REFUSAL_UNAUTHORIZED,
                    because(call, "its function says Unauthorized", SLICE("")), NULL);
    } else {
        call_refuse(call, REFUSAL_AUTHORIZER_FAILURE,
                    because(call, "its function failed: ",
                            result->message.len > 0 ? result->message : result->payload),
                    NULL);
    }
}

void call_guard_timed_out(struct call *call)
{
    call_refuse(call, REFUSAL_AUTHORIZER_FAILURE,
                because(call, "its function timed out", SLICE("")), NULL);
}

static void invoke_authorizer(struct call *call, const struct event_input *in,
                              const struct slice *identities)
{
    const struct authorizer *authorizer = call->route->authorizer;
    struct slice arn = own_arn(call);
    const struct target target =
        target_fill(in->arena, (struct target){authorizer->function, authorizer->qualifier},
                    in->stage->variables_json);
    if (target.function.ptr == NULL) {
        call_refuse(call, REFUSAL_AUTHORIZER_CONFIGURATION,
                    because(call, "the stage has no variable for ", authorizer->function), NULL);
        return;
    }
    if (call->session != NULL) {
        handshake_write_authorizer_event(call, in, arn);
    } else {
        authorizer_write_event(&call->event, authorizer, in, identities, arn);
    }
    if (buf_status(&call->event) != STATUS_OK) {
        call_refuse(call, REFUSAL_TOO_LARGE, SLICE("event over Lambda's limit"), NULL);
        return;
    }
    struct invoke_request request = {
        .function = target.function,
        .qualifier = target.qualifier,
        .payload = buf_slice(&call->event),
        .trace_id = call->trace.event,
        .source = buf_slice(&call->label),
    };
    call->is_invoked = true;
    call->is_guarding = true;
    (void)uv_timer_start(&call->timer, call_on_timeout, AUTHORIZER_TIMEOUT_MS, 0);
    invoker_invoke(&call->calls->backends.invoker, &request, on_answer, call);
}

/* Stage and identities, as results are kept; each with its length, so that no two of them are alike. */
static struct slice identity_key(const struct call *call, const struct slice *identities,
                                 size_t count)
{
    struct arena *arena = http_arena(call->exchange);
    struct slice key = call->chosen.stage->name;
    for (size_t i = 0; i < count; i++) {
        key = arena_printf(arena, "%.*s\n%zu %.*s", SLICE_ARG(key), identities[i].len,
                           SLICE_ARG(identities[i]));
    }
    return count > 0 ? key : SLICE("");
}

/* REST APIs without a cache ask their function even when an identity source is not there. */
static bool must_have_identity(const struct call *call)
{
    const struct authorizer *authorizer = call->route->authorizer;
    return call->config->kind != API_REST || authorizer->kind != AUTHORIZER_REQUEST ||
           authorizer->ttl_s > 0;
}

static bool matches_expression(const struct authorizer *authorizer, struct slice identity)
{
    return authorizer->kind != AUTHORIZER_TOKEN || authorizer->validation == NULL ||
           java_regex_matches(authorizer->validation, identity);
}

static void ask_function(struct call *call, const struct event_input *in)
{
    struct authorizer *authorizer = call->route->authorizer;
    struct slice *identities =
        arena_array(in->arena, authorizer->source_count + 1, sizeof *identities);
    for (size_t i = 0; i < authorizer->source_count; i++) {
        identities[i] = identity_value(&authorizer->sources[i], in);
        if (identities[i].len == 0 && must_have_identity(call)) {
            call_refuse(call, REFUSAL_UNAUTHORIZED,
                        because(call, "the request has no ", authorizer->sources[i].name), NULL);
            return;
        }
    }
    if (!matches_expression(authorizer, identities[0])) {
        call_refuse(call, REFUSAL_UNAUTHORIZED,
                    because(call, "the token does not match ", authorizer->validation_expression),
                    NULL);
        return;
    }
    call->identity = identity_key(call, identities, authorizer->source_count);
    struct slice kept = SLICE_NULL;
    if (call->identity.len > 0 && authorizer->ttl_s > 0) {
        kept = authorizer_kept(authorizer, call->identity,
                               clock_epoch_ms(call->calls->context->clock));
    }
    if (kept.ptr != NULL) {
        judge_payload(call, arena_copy(in->arena, kept), 0);
    } else {
        invoke_authorizer(call, in, identities);
    }
}

/* --- tokens --- */

static void refuse_token(struct call *call, const struct jwt_answer *answer)
{
    if (call->config->kind == API_HTTP) {
        AUTO_BUF challenge = BUF_INIT(4096);
        jwt_write_challenge(&challenge, &call->rules, answer);
        call->challenge = arena_copy(http_arena(call->exchange), buf_slice(&challenge));
    }
    if (call->config->kind == API_REST && answer->verdict == JWT_EXPIRED) {
        call_refuse_token(call, SLICE("The incoming token has expired"),
                          because(call, "", answer->reason));
        return;
    }
    call_refuse(call,
                jwt_http_status(answer->verdict) == 401 ? REFUSAL_UNAUTHORIZED : REFUSAL_FORBIDDEN,
                because(call, "", answer->reason), NULL);
}

static void judge_token(struct call *call, const struct jwt_answer *answer)
{
    if (answer->verdict != JWT_VALID) {
        refuse_token(call, answer);
        return;
    }
    struct event_input in;
    call_event_input(call, SLICE(""), &in);
    call->authorizer =
        authorizer_token_facts(call->route->authorizer, answer, &in, call->route->scopes.count > 0);
    if (call_policy_admits(call, POLICY_BOTH_MUST)) {
        call_pass(call);
    }
}

static void on_token(void *ctx, const struct jwt_answer *answer)
{
    struct call *call = ctx;
    if (call_resume(call)) {
        judge_token(call, answer);
    }
}

static void ask_token(struct call *call, const struct event_input *in)
{
    const struct authorizer *authorizer = call->route->authorizer;
    struct slice token =
        authorizer->source_count > 0 ? identity_value(&authorizer->sources[0], in) : SLICE("");
    struct jwt_answer answer;
    call->rules = authorizer->rules;
    call->rules.scopes = call->route->scopes.items;
    call->rules.scope_count = call->route->scopes.count;
    if (authorizer->kind == AUTHORIZER_COGNITO) { /* scopes are an access token's */
        call->rules.token_use = call->route->scopes.count > 0 ? SLICE("access") : SLICE("id");
    }
    if (jwt_verify(call->calls->verifier, in->arena, jwt_of_identity(token), &call->rules, &answer,
                   on_token, call)) {
        judge_token(call, &answer);
    } else {
        call->is_invoked = true; /* the exchange's arena is in use: it is not let go before */
    }
}

void call_guard(struct call *call)
{
    const struct authorizer *authorizer = call->route->authorizer;
    struct event_input in;
    if (call->route->needs_iam) {
        call_guard_iam(call, call_pass);
        return;
    }
    if (authorizer == NULL) {
        if (call_policy_admits(call, POLICY_ALONE)) {
            call_pass(call);
        }
        return;
    }
    call_event_input(call, SLICE(""), &in);
    if (authorizer->kind == AUTHORIZER_JWT || authorizer->kind == AUTHORIZER_COGNITO) {
        ask_token(call, &in);
    } else if (call_policy_admits(call,
                                  POLICY_EITHER_MAY)) { /* what it denies nobody is asked about */
        in.path = call->config->kind == API_HTTP && authorizer->is_payload_v1
                      ? stage_full_path(in.arena, &call->chosen, call->sent_path)
                      : in.path;
        ask_function(call, &in);
    }
}
