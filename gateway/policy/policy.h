/* IAM policy documents, as API Gateway judges requests by them: what a Lambda authorizer answers, and resource policies.
 *
 *     text -> policy_parse() -> struct policy (immutable) -> policy_evaluate(request), any number of times
 *
 * Statements  One or a list; Effect; Action or NotAction; Resource or NotResource, strings or lists of them, with '*' and '?'
 *             that take in '/' and ':' too. Actions ignore case. Of resource policies, Principal or NotPrincipal, and
 *             resources in their short form "execute-api:/stage/GET/path".
 * Condition   String*, Numeric*, Date*, Bool, BinaryEquals, IpAddress, Arn* and their opposites, Null; ...IfExists,
 *             ForAnyValue:, ForAllValues:. All of a statement's conditions must hold, one of a key's values must match.
 * Variables   ${aws:SourceIp}, ${key, 'default'}, ${*}, ${?}, ${$} in resources and in conditions of strings and ARNs, where
 *             Version is 2012-10-17. One without a value makes its statement count for nothing, a Deny too.
 * Verdict     An explicit deny beats an allow; what no statement is about is NO_MATCH, which denies too. policy_combine() is what
 *             an API's policy and who else guards a method say together.
 *
 * Ownership   A policy lives in the arena it was parsed into and points into the text.
 * Thread      Any, once parsed.
 * Errors      INVALID with the statement and the reason, LIMIT. What API Gateway makes of them: of an authorizer 500
 *             AuthorizerConfigurationException, in the log "Could not parse policy"; of an API
 *             POLICY_INVALID.
 * Limits      POLICY_TEXT_MAX. Evaluation costs at most the length of the policy times that of the request's texts.
 * Source      IAM User Guide, "IAM JSON policy elements reference"; API Gateway Developer Guide, "Output from a Lambda
 *             authorizer", "Access policy language overview", "How API Gateway resource policies affect authorization workflow", "Quotas". */
#ifndef SLS_GATEWAY_POLICY_POLICY_H
#define SLS_GATEWAY_POLICY_POLICY_H

#include "core/arena.h"

#define POLICY_TEXT_MAX                                                                            \
    8192u /* bytes; of a resource policy and of an authorizer's result, AWS's quota for both */

/* What AWS says of a resource policy that is none. */
#define POLICY_INVALID                                                                             \
    "Invalid policy document. Please check the policy syntax and ensure that Principals are "      \
    "valid."

enum policy_kind {
    POLICY_OF_AUTHORIZER, /* principals are not looked at */
    POLICY_OF_RESOURCE,   /* every statement has them */
};

enum policy_verdict { POLICY_NO_MATCH, POLICY_ALLOW, POLICY_EXPLICIT_DENY, POLICY_MALFORMED };

struct policy;

/* A key of the request's context, "aws:SourceIp": names ignore case. */
struct policy_fact {
    struct slice key;
    const struct slice *values;
    size_t count;
};

struct policy_request {
    struct slice action;   /* "execute-api:Invoke" */
    struct slice resource; /* the method's ARN */
    /* Who asks: the ARN of a user, a role's session or an account's root, or a service's name. Empty: anonymous. */
    struct slice principal;
    const struct policy_fact *facts;
    size_t fact_count;
    /* Which network or organization the request is from cannot be known: it comes from the one that each condition on that
     * (aws:SourceIp, aws:SourceVpce, of those who have a name aws:PrincipalOrgID...) wants. Where it must not come from is
     * judged as ever. */
    bool comes_from_anywhere;
};

struct policy_decision {
    enum policy_verdict verdict;
    /* Who decided, for people: the first statement that allows, or that denies. SIZE_MAX for NO_MATCH. */
    size_t statement;
    struct slice sid; /* its name; often empty */
};

MUST_CHECK enum status policy_parse(struct arena *arena, enum policy_kind kind, struct slice text,
                                    const struct policy **ret_policy, struct fault *reterr);
struct policy_decision policy_evaluate(const struct policy *policy,
                                       const struct policy_request *request);
/* Where a statement wants requests to come from, for people: "aws:SourceIp 203.0.113.0/24"; empty when it does not say. */
struct slice policy_place(const struct policy *policy, size_t statement, struct arena *arena);
/* Both at once; MALFORMED with the reason where the text is no policy. */
enum policy_verdict policy_judge(enum policy_kind kind, struct slice text,
                                 const struct policy_request *request, struct fault *reterr);

/* Who guards a method besides the API's resource policy. */
enum policy_partner {
    POLICY_ALONE, /* nobody */
    POLICY_EITHER_MAY, /* IAM in the API's account, a Lambda authorizer: table A, one of both must allow */
    POLICY_BOTH_MUST, /* a user pool: table B */
};
/* Of `partner`'s verdict (POLICY_ALONE: any) and the resource policy's; neither is MALFORMED. */
enum policy_verdict policy_combine(enum policy_partner partner, enum policy_verdict of_partner,
                                   enum policy_verdict of_resource);

/* "explicit deny": for logs and tests. */
const char *policy_verdict_name(enum policy_verdict verdict);

#endif
