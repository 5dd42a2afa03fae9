/* A policy that was read. */
#ifndef SLS_GATEWAY_POLICY_POLICY_PRIVATE_H
#define SLS_GATEWAY_POLICY_POLICY_PRIVATE_H

#include "core/glob.h"
#include "gateway/policy/policy.h"

struct text_list {
    struct slice *texts;
    size_t count;
};

enum principal_kind { PRINCIPAL_AWS, PRINCIPAL_SERVICE, PRINCIPAL_OTHER };

struct principal {
    enum principal_kind kind;
    struct slice name; /* "*", an account's number, an ARN, a service */
};

/* How a value of the request compares to one of the policy. */
typedef bool compare_fn(struct slice wanted, const bool *literal, struct slice value);

struct condition_operator {
    const char *name;
    compare_fn *compare; /* NULL: Null, which looks at no value */
    /* Whether a value of the policy is one; NULL: any is. */
    bool (*is_value)(struct slice wanted);
    bool is_negated;
    bool has_variables;
};

enum condition_set { SET_NONE, SET_ANY, SET_ALL };

struct condition {
    const struct condition_operator *op;
    enum condition_set set;
    bool if_exists;
    struct slice key;
    struct text_list wanted;
};

struct statement {
    struct slice sid;
    bool is_deny;
    bool is_not_action, is_not_resource, is_not_principal;
    struct text_list actions, resources;
    struct principal *principals;
    size_t principal_count;
    struct condition *conditions;
    size_t condition_count;
};

struct policy {
    enum policy_kind kind;
    bool has_variables; /* Version is 2012-10-17 */
    struct statement *statements;
    size_t count;
};

/* --- reading --- */

struct policy_reader {
    struct arena *arena;
    enum policy_kind kind;
    size_t statement; /* its number, for errors */
    struct fault *reterr;
};

enum status policy_error(const struct policy_reader *reader, const char *format, ...)
    PRINTF_LIKE(2, 3);
/* A string, or a list of at least one; `with_scalars`, numbers and booleans as they are written. */
MUST_CHECK enum status policy_read_texts(const struct policy_reader *reader, const char *name,
                                         struct slice raw, bool with_scalars,
                                         struct text_list *ret_texts);
/* condition_parse.c: the object of operators. */
MUST_CHECK enum status policy_read_conditions(const struct policy_reader *reader, struct slice raw,
                                              struct statement *statement);

/* --- judging --- */

/* What a text with variables says for a request; without any it is itself. False: a variable has no value. */
MUST_CHECK bool policy_expand(struct arena *arena, const struct policy_request *request,
                              struct slice text, struct glob *ret_glob);
/* NULL when the request has no such key. */
const struct policy_fact *policy_fact(const struct policy_request *request, struct slice key);

enum condition_outcome {
    CONDITION_FAILS,
    CONDITION_HOLDS,
    CONDITION_VOID /* a variable without a value */
};
/* condition.c */
enum condition_outcome condition_outcome(const struct condition *condition, bool has_variables,
                                         const struct policy_request *request, struct arena *arena);
/* condition_compare.c; NULL when there is no such operator. */
const struct condition_operator *condition_operator_find(struct slice name);
/* principal.c */
bool principal_is(const struct principal *principal, struct slice who);

#endif
