/* AWS_IAM: whose signature a request bears, and whether it is right.
 *
 * What the person behind an access key may do is not asked: who is known may call, unless the API's policy denies it. An access key that nobody here has
 * cannot be checked; it is let in with a warning, or refused where that was asked for.
 *
 * Source  API Gateway Developer Guide, "Control access to a REST API with IAM permissions"; Lambda Developer Guide,
 *         "Security and auth model for Lambda function URLs". */
#include "core/api/sigv4.h"
#include "core/json_writer.h"
#include "core/mem.h"
#include "gateway/call/call.h"

#define USER_ID_LEN 17
#define FACTS_MAX (REQUEST_HEAD_MAX * 8)

/* Between the head of a request and its body. */
struct iam_pending {
    struct sigv4 sigv4;
    struct iam_credentials credentials;
    bool is_known;
    void (*on_signed)(struct call *call);
};

static struct sigv4_request signed_request(const struct call *call)
{
    const struct http_request *request = http_request(call->exchange);
    return (struct sigv4_request){request->method, request->path, request->query, call->headers};
}

/* The first line of AWS's words: the rest is the canonical request. */
static struct slice because(struct call *call, struct slice words)
{
    return arena_printf(http_arena(call->exchange), "AWS_IAM: %.*s",
                        SLICE_ARG(slice_trim(slice_take(words, slice_find(words, '\n')))));
}

static void refuse(struct call *call, enum sigv4_verdict verdict, struct slice words)
{
    if (verdict == SIGV4_MISSING) {
        call_refuse_signature(call, REFUSAL_NOT_SIGNED, words,
                              SLICE("AWS_IAM: the request is not signed"));
    } else {
        call_refuse_signature(call,
                              verdict == SIGV4_INCOMPLETE ? REFUSAL_INCOMPLETE_SIGNATURE
                                                          : REFUSAL_INVALID_SIGNATURE,
                              words, because(call, words));
    }
}

/* --- who it is --- */

static struct slice user_id(struct arena *arena, struct slice access_key)
{
    char text[USER_ID_LEN + 1];
    id_derived(text, USER_ID_LEN, access_key);
    for (size_t i = 0; i < USER_ID_LEN; i++) {
        text[i] = text[i] >= 'a' && text[i] <= 'z' ? (char)(text[i] - 'a' + 'A') : text[i];
    }
    return arena_printf(arena, "AIDA%s", text);
}

/* requestContext.authorizer of payload 2.0. */
static struct slice facts_of(struct arena *arena, const struct event_caller *caller)
{
    AUTO_BUF json = BUF_INIT(FACTS_MAX);
    struct json_writer w = json_writer_init(&json);
    json_open(&w, '{');
    json_key_text(&w, "iam");
    json_open(&w, '{');
    json_put_string(&w, "accessKey", caller->access_key);
    json_put_string(&w, "accountId", caller->account_id);
    json_put_string(&w, "callerId", caller->id);
    json_put_null(&w, "cognitoIdentity");
    json_put_null(&w, "principalOrgId");
    json_put_string(&w, "userArn", caller->arn);
    json_put_string(&w, "userId", caller->id);
    json_close(&w, '}');
    json_close(&w, '}');
    return arena_copy(arena, buf_slice(&json));
}

static void let_in(struct call *call)
{
    struct arena *arena = http_arena(call->exchange);
    const struct iam_pending *pending = call->iam;
    struct slice key = pending->sigv4.access_key;
    struct slice user = pending->is_known ? pending->credentials.user : key;
    call->caller = (struct event_caller){
        .account_id = slice_from(call->calls->account_id),
        .access_key = key,
        .id = user_id(arena, key),
        .arn = arena_printf(arena, "arn:aws:iam::%s:user/%.*s", call->calls->account_id,
                            SLICE_ARG(user)),
    };
    bool is_v2 = call->config->kind == API_URL ||
                 (call->config->kind == API_HTTP && !call->route->is_payload_v1);
    if (is_v2) {
        call->authorizer.event = facts_of(arena, &call->caller);
    }
    if (call_policy_admits(call, POLICY_EITHER_MAY)) {
        pending->on_signed(call);
    }
}

/* --- whether it is --- */

static void tell_stranger(struct call *call, struct slice access_key)
{
    call_warn_once(call, SLICE("AWS_IAM"),
                   arena_printf(http_arena(call->exchange),
                                "nobody here has access key %.*s: its signatures are not "
                                "checked (up --strict-iam refuses them)",
                                SLICE_ARG(access_key)));
}

static void verify(struct call *call, struct slice body)
{
    struct arena *arena = http_arena(call->exchange);
    const struct iam_pending *pending = call->iam;
    const struct sigv4_request request = signed_request(call);
    struct slice words = SLICE("");
    enum sigv4_verdict verdict =
        sigv4_verify(arena, &request, &pending->sigv4, pending->credentials.secret, body, &words);
    if (verdict == SIGV4_FINE) {
        let_in(call);
    } else {
        refuse(call, verdict, words);
    }
}

static void refuse_key(struct call *call, struct slice reason)
{
    call_refuse_signature(call, REFUSAL_UNKNOWN_KEY,
                          SLICE("The security token included in the request is invalid."), reason);
}

static void judge(struct call *call)
{
    struct calls *calls = call->calls;
    struct arena *arena = http_arena(call->exchange);
    struct iam_pending *pending = call->iam;
    struct slice key = pending->sigv4.access_key;
    pending->is_known = calls->iam.find != NULL &&
                        calls->iam.find(calls->iam.ctx, arena, key, &pending->credentials);
    if (pending->is_known) {
        struct slice token = pending->credentials.token;
        if (token.len > 0 && !slice_eq(token, pending->sigv4.token)) {
            refuse_key(call, SLICE("AWS_IAM: the session token is another one"));
        } else {
            call_read_body(call, verify);
        }
    } else if (calls->iam.is_strict) {
        refuse_key(call,
                   arena_printf(arena, "AWS_IAM: nobody here has access key %.*s", SLICE_ARG(key)));
    } else {
        tell_stranger(call, key);
        let_in(call);
    }
}

void call_guard_iam(struct call *call, void (*on_signed)(struct call *call))
{
    struct calls *calls = call->calls;
    struct arena *arena = http_arena(call->exchange);
    const struct clock *clock = calls->context->clock;
    int64_t now_ms = clock_epoch_ms(clock);
    const struct sigv4_scope scope = {
        .service = call->config->kind == API_URL ? SLICE("lambda") : SLICE("execute-api"),
        .region = slice_from(calls->backends.region),
        .now_ms = now_ms,
        .machine_ms = now_ms - clock_ahead_ms(clock),
    };
    const struct sigv4_request request = signed_request(call);
    struct slice words;
    call->iam = arena_alloc(arena, sizeof *call->iam);
    call->iam->on_signed = on_signed;
    enum sigv4_verdict verdict = sigv4_read(arena, &request, &scope, &call->iam->sigv4, &words);
    if (verdict == SIGV4_FINE) {
        judge(call);
    } else {
        refuse(call, verdict, words);
    }
}
