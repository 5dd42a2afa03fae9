/* What a REST API's resource policy says of a request.
 *
 * Networks  A request of this machine comes from no network that a policy could mean. What a policy demands of networks
 *           (aws:SourceIp, aws:SourceVpce...) is taken as met then, with a warning; with --strict-iam it is judged by the
 *           loopback address, as every other peer is by its own. A list that a request must not be in is always judged.
 *
 * Source    API Gateway Developer Guide, "How API Gateway resource policies affect authorization workflow", "AWS condition
 *           keys that can be used in API Gateway resource policies". */
#include "gateway/call/call.h"

#include "core/mem.h"

#include <assert.h>

#define ACCOUNT_DIGITS_SHOWN 4 /* of the account's number, in what clients are told */
#define FACTS_MAX 11

/* As AWS tells it: "********0000". */
static struct slice masked_account(const struct call *call)
{
    struct slice account = slice_from(call->calls->account_id);
    size_t hidden = account.len > ACCOUNT_DIGITS_SHOWN ? account.len - ACCOUNT_DIGITS_SHOWN : 0;
    return arena_printf(http_arena(call->exchange), "********%.*s",
                        SLICE_ARG(slice_skip(account, hidden)));
}

/* --- the request, as policies see it --- */

struct facts {
    struct policy_fact items[FACTS_MAX];
    struct slice values[FACTS_MAX];
    size_t count;
};

/* An empty value is a key that is not there. */
static void add_fact(struct facts *facts, const char *key, struct slice value)
{
    size_t i = facts->count;
    assert(i < FACTS_MAX);
    if (value.len > 0) {
        facts->values[i] = value;
        facts->items[i] = (struct policy_fact){slice_from(key), &facts->values[i], 1};
        facts->count++;
    }
}

static void collect_facts(const struct call *call, struct facts *facts)
{
    struct arena *arena = http_arena(call->exchange);
    int64_t now_ms = clock_epoch_ms(call->calls->context->clock);
    char now[TIME_TEXT_MAX];
    facts->count = 0;
    add_fact(facts, "aws:SourceIp", slice_from(http_peer_address(call->exchange)));
    add_fact(facts, "aws:UserAgent", http_header_get(call->headers, "user-agent"));
    add_fact(facts, "aws:Referer", http_header_get(call->headers, "referer"));
    add_fact(facts, "aws:SecureTransport", SLICE("true")); /* AWS serves nothing else */
    add_fact(facts, "aws:CurrentTime", arena_copy(arena, slice_from(time_iso8601(now, now_ms))));
    add_fact(facts, "aws:EpochTime", arena_printf(arena, "%lld", (long long)now_ms / 1000));
    if (call->caller.arn.len > 0) {
        size_t slash = slice_rfind(call->caller.arn, '/');
        add_fact(facts, "aws:PrincipalType", SLICE("User"));
        add_fact(facts, "aws:PrincipalArn", call->caller.arn);
        add_fact(facts, "aws:PrincipalAccount", call->caller.account_id);
        add_fact(facts, "aws:userid", call->caller.id);
        add_fact(facts, "aws:username", slice_skip(call->caller.arn, slash + 1));
    } else {
        add_fact(facts, "aws:PrincipalType", SLICE("Anonymous"));
    }
}

static bool is_of_this_machine(const struct call *call)
{
    struct slice peer = slice_from(http_peer_address(call->exchange));
    return slice_starts_with(peer, SLICE("127.")) || slice_is(peer, "::1");
}

/* --- the judgement --- */

struct judgement {
    enum policy_verdict verdict; /* with the partner's */
    struct policy_decision exact, favoured;
};

static struct judgement judge(struct call *call, enum policy_partner partner,
                              enum policy_verdict of_partner)
{
    struct facts facts;
    collect_facts(call, &facts);
    struct policy_request request = {
        .action = SLICE("execute-api:Invoke"),
        .resource = call_route_arn(call, slice_from(call->calls->account_id)),
        .principal = call->caller.arn,
        .facts = facts.items,
        .fact_count = facts.count,
    };
    struct judgement judgement;
    judgement.exact = policy_evaluate(call->config->policy, &request);
    judgement.favoured = judgement.exact;
    judgement.verdict = policy_combine(partner, of_partner, judgement.exact.verdict);
    if (judgement.verdict != POLICY_ALLOW && is_of_this_machine(call)) {
        request.comes_from_anywhere = true;
        judgement.favoured = policy_evaluate(call->config->policy, &request);
    }
    return judgement;
}

/* "resource policy: Statement[2] (Inside)" */
static struct slice statement_name(const struct call *call, const struct policy_decision *decision)
{
    if (decision->verdict == POLICY_NO_MATCH) {
        return SLICE("resource policy: no statement");
    }
    return arena_printf(http_arena(call->exchange), "resource policy: Statement[%zu]%s%.*s%s",
                        decision->statement, decision->sid.len > 0 ? " (" : "",
                        SLICE_ARG(decision->sid), decision->sid.len > 0 ? ")" : "");
}

/* Which statement decided, or would have from another network. */
static struct slice because(const struct call *call, const struct judgement *judgement)
{
    struct arena *arena = http_arena(call->exchange);
    const struct policy *policy = call->config->policy;
    const struct policy_decision *exact = &judgement->exact, *favoured = &judgement->favoured;
    struct slice who = call->caller.arn.len > 0 ? call->caller.arn : SLICE("anonymous");
    const char *peer = http_peer_address(call->exchange);
    if (exact->verdict == POLICY_EXPLICIT_DENY) {
        struct slice place = favoured->verdict != POLICY_EXPLICIT_DENY
                                 ? policy_place(policy, exact->statement, arena)
                                 : SLICE("");
        return arena_printf(arena, "%.*s denies %.*s from %s%s%.*s",
                            SLICE_ARG(statement_name(call, exact)), SLICE_ARG(who), peer,
                            place.len > 0 ? ", which is outside " : "", SLICE_ARG(place));
    }
    if (favoured->verdict == POLICY_ALLOW) {
        struct slice place = policy_place(policy, favoured->statement, arena);
        return arena_printf(arena, "%.*s allows it from %.*s only, not from %s",
                            SLICE_ARG(statement_name(call, favoured)), SLICE_ARG(place), peer);
    }
    return arena_printf(arena, "%.*s allows %.*s from %s to call %.*s",
                        SLICE_ARG(statement_name(call, exact)), SLICE_ARG(who), peer,
                        SLICE_ARG(call->route->key));
}

enum policy_verdict call_policy_verdict(struct call *call, enum policy_partner partner,
                                        enum policy_verdict of_partner, struct slice *ret_reason)
{
    struct arena *arena = http_arena(call->exchange);
    *ret_reason = SLICE("");
    if (call->config->policy == NULL) {
        return of_partner;
    }
    const struct judgement judgement = judge(call, partner, of_partner);
    if (judgement.verdict == POLICY_ALLOW) {
        return POLICY_ALLOW;
    }
    enum policy_verdict favoured = policy_combine(partner, of_partner, judgement.favoured.verdict);
    *ret_reason = because(call, &judgement);
    if (favoured != POLICY_ALLOW || call->calls->iam.is_strict) {
        return judgement.verdict;
    }
    call_warn_once(call, call->config->logical_id,
                   arena_printf(arena,
                                "%.*s; requests of this machine are let in (up "
                                "--strict-iam refuses them)",
                                SLICE_ARG(*ret_reason)));
    return POLICY_ALLOW;
}

bool call_policy_admits(struct call *call, enum policy_partner partner)
{
    struct arena *arena = http_arena(call->exchange);
    struct slice reason;
    enum policy_verdict verdict = call_policy_verdict(call, partner, POLICY_ALLOW, &reason);
    if (verdict == POLICY_ALLOW) {
        return true;
    }
    struct slice who = call->caller.arn.len > 0 ? call->caller.arn : SLICE("anonymous");
    struct slice arn = call_route_arn(call, masked_account(call));
    call_refuse_access(
        call,
        arena_printf(arena,
                     "User: %.*s is not authorized to perform: execute-api:Invoke on resource: "
                     "%.*s%s",
                     SLICE_ARG(who), SLICE_ARG(arn),
                     verdict == POLICY_EXPLICIT_DENY ? " with an explicit deny" : ""),
        reason);
    return false;
}
