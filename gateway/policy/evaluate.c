#include "gateway/policy/policy_private.h"

#include "core/mem.h"

#define SHORT_FORM "execute-api:/"

static bool matches_action(const struct statement *statement, struct slice action)
{
    bool matches = false;
    for (size_t i = 0; i < statement->actions.count && !matches; i++) {
        matches = glob_matches(
            (struct glob){.pattern = statement->actions.texts[i], .ignores_case = true}, action);
    }
    return matches != statement->is_not_action;
}

static bool matches_principal(const struct statement *statement, struct slice who)
{
    bool matches = false;
    for (size_t i = 0; i < statement->principal_count && !matches; i++) {
        matches = principal_is(&statement->principals[i], who);
    }
    return matches != statement->is_not_principal;
}

/* The short form says nothing of region, account and API: they are the request's. */
static bool matches_glob(enum policy_kind kind, struct glob glob, struct slice resource)
{
    static const struct slice prefix = SLICE_INIT("execute-api:");
    if (kind == POLICY_OF_RESOURCE && slice_starts_with(glob.pattern, SLICE(SHORT_FORM))) {
        size_t slash = slice_find(resource, '/');
        if (slash == SLICE_NPOS) {
            return false;
        }
        resource = slice_skip(resource, slash);
        glob.pattern = slice_skip(glob.pattern, prefix.len);
        glob.literal = glob.literal != NULL ? glob.literal + prefix.len : NULL;
    }
    return glob_matches(glob, resource);
}

static bool matches_resource(const struct policy *policy, const struct statement *statement,
                             const struct policy_request *request, struct arena *arena)
{
    bool matches = false;
    for (size_t i = 0; i < statement->resources.count; i++) {
        struct glob glob = {.pattern = statement->resources.texts[i]};
        if (policy->has_variables && !policy_expand(arena, request, glob.pattern, &glob)) {
            return false; /* whatever it is, NotResource too */
        }
        matches = matches || matches_glob(policy->kind, glob, request->resource);
    }
    return matches != statement->is_not_resource;
}

/* What the network has to say. */
static bool is_on_network(struct slice key)
{
    static const struct slice places[] = {
        SLICE_INIT("aws:SourceIp"),     SLICE_INIT("aws:VpcSourceIp"),
        SLICE_INIT("aws:SourceVpc"),    SLICE_INIT("aws:SourceVpcArn"),
        SLICE_INIT("aws:SourceVpce"),   SLICE_INIT("aws:VpceAccount"),
        SLICE_INIT("aws:VpceOrgPaths"), SLICE_INIT("aws:VpceOrgID")};
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        if (slice_ieq(key, places[i])) {
            return true;
        }
    }
    return false;
}

/* Or the organization that who has a name belongs to. */
static bool is_on_place(struct slice key, struct slice principal)
{
    return is_on_network(key) ||
           (principal.len > 0 && slice_istarts_with(key, SLICE("aws:PrincipalOrg")));
}

/* A list of places that an Allow demands, or that a Deny spares, has this one, whichever it is. */
static bool is_favoured(const struct statement *statement, const struct condition *condition,
                        const struct policy_request *request)
{
    bool is_null = condition->op->compare == NULL;
    return request->comes_from_anywhere && is_on_place(condition->key, request->principal) &&
           (is_null || condition->op->is_negated == statement->is_deny);
}

static bool matches_conditions(const struct policy *policy, const struct statement *statement,
                               const struct policy_request *request, struct arena *arena)
{
    for (size_t i = 0; i < statement->condition_count; i++) {
        if (is_favoured(statement, &statement->conditions[i], request)) {
            if (statement->is_deny) {
                return false;
            }
            continue;
        }
        if (condition_outcome(&statement->conditions[i], policy->has_variables, request, arena) !=
            CONDITION_HOLDS) {
            return false;
        }
    }
    return true;
}

static bool matches(const struct policy *policy, const struct statement *statement,
                    const struct policy_request *request)
{
    AUTO_ARENA arena = ARENA_INIT;
    return matches_action(statement, request->action) &&
           (policy->kind != POLICY_OF_RESOURCE ||
            matches_principal(statement, request->principal)) &&
           matches_resource(policy, statement, request, &arena) &&
           matches_conditions(policy, statement, request, &arena);
}

struct policy_decision policy_evaluate(const struct policy *policy,
                                       const struct policy_request *request)
{
    struct policy_decision decision = {.verdict = POLICY_NO_MATCH, .statement = SIZE_MAX};
    for (size_t i = 0; i < policy->count; i++) {
        const struct statement *statement = &policy->statements[i];
        bool decides = statement->is_deny || decision.verdict == POLICY_NO_MATCH;
        if (!decides || !matches(policy, statement, request)) {
            continue;
        }
        decision = (struct policy_decision){
            .verdict = statement->is_deny ? POLICY_EXPLICIT_DENY : POLICY_ALLOW,
            .statement = i,
            .sid = statement->sid,
        };
        if (statement->is_deny) {
            break;
        }
    }
    return decision;
}

struct slice policy_place(const struct policy *policy, size_t statement, struct arena *arena)
{
    for (size_t i = 0; i < policy->statements[statement].condition_count; i++) {
        const struct condition *condition = &policy->statements[statement].conditions[i];
        bool is_place = is_on_place(condition->key, SLICE("somebody"));
        struct slice text = condition->key;
        for (size_t k = 0; is_place && k < condition->wanted.count; k++) {
            text = arena_printf(arena, "%.*s%s%.*s", SLICE_ARG(text), k > 0 ? ", " : " ",
                                SLICE_ARG(condition->wanted.texts[k]));
        }
        if (is_place) {
            return text;
        }
    }
    return SLICE("");
}

enum policy_verdict policy_judge(enum policy_kind kind, struct slice text,
                                 const struct policy_request *request, struct fault *reterr)
{
    AUTO_ARENA arena = ARENA_INIT;
    const struct policy *policy;
    if (policy_parse(&arena, kind, text, &policy, reterr) != STATUS_OK) {
        return POLICY_MALFORMED;
    }
    return policy_evaluate(policy, request).verdict;
}

enum policy_verdict policy_combine(enum policy_partner partner, enum policy_verdict of_partner,
                                   enum policy_verdict of_resource)
{
    if (partner == POLICY_ALONE) {
        return of_resource;
    }
    if (of_partner == POLICY_EXPLICIT_DENY || of_resource == POLICY_EXPLICIT_DENY) {
        return POLICY_EXPLICIT_DENY;
    }
    bool partner_allows = of_partner == POLICY_ALLOW;
    bool resource_allows = of_resource == POLICY_ALLOW;
    bool allows = partner == POLICY_EITHER_MAY ? partner_allows || resource_allows
                                               : partner_allows && resource_allows;
    return allows ? POLICY_ALLOW : POLICY_NO_MATCH;
}

const char *policy_verdict_name(enum policy_verdict verdict)
{
    switch (verdict) {
    case POLICY_NO_MATCH:
        return "no match";
    case POLICY_ALLOW:
        return "allow";
    case POLICY_EXPLICIT_DENY:
        return "explicit deny";
    case POLICY_MALFORMED:
        break;
    }
    return "malformed";
}
