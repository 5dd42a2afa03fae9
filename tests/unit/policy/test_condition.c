#include "gateway/policy/policy.h"

#include "core/mem.h"

#include <criterion/criterion.h>

#define VALUES_MAX 3

/* A key "k" of the request with these values; no value at all: there is no such key. */
struct row {
    const char *operator_name;
    const char *wanted; /* JSON */
    const char *values[VALUES_MAX];
    bool holds;
};

static bool condition_holds(const struct row *row)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct slice values[VALUES_MAX];
    size_t count = 0;
    while (count < VALUES_MAX && row->values[count] != NULL) {
        values[count] = slice_from(row->values[count]);
        count++;
    }
    struct slice ann = SLICE("ann*");
    struct slice several[] = {SLICE("a"), SLICE("b")};
    struct policy_fact facts[] = {{SLICE("aws:username"), &ann, 1},
                                  {SLICE("several"), several, 2},
                                  {SLICE("K"), values, count}};
    struct slice text = arena_printf(&arena,
                                     "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":"
                                     "\"Allow\",\"Action\":\"*\",\"Resource\":\"*\",\"Condition\":{"
                                     "\"%s\":{\"k\":%s}}}}",
                                     row->operator_name, row->wanted);
    struct policy_request request = {.action = SLICE("a"),
                                     .resource = SLICE("r"),
                                     .facts = facts,
                                     .fact_count = count > 0 ? 3 : 2};
    struct fault fault = {.text = ""};
    enum policy_verdict verdict = policy_judge(POLICY_OF_AUTHORIZER, text, &request, &fault);
    cr_expect_neq(verdict, POLICY_MALFORMED, "%.*s: %s", SLICE_ARG(text), fault.text);
    return verdict == POLICY_ALLOW;
}

static void expect_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        cr_expect_eq(condition_holds(&rows[i]), rows[i].holds, "%s %s %s", rows[i].operator_name,
                     rows[i].wanted, rows[i].values[0] != NULL ? rows[i].values[0] : "-");
    }
}

Test(condition, compares_each_kind_of_value)
{
    static const struct row rows[] = {
        {"StringEquals", "\"a\"", {"a"}, true},
        {"StringEquals", "\"a\"", {"A"}, false},
        {"StringEquals", "[\"b\",\"a\"]", {"a"}, true},
        {"StringEquals", "\"a*\"", {"ab"}, false},
        {"StringNotEquals", "[\"b\",\"c\"]", {"a"}, true},
        {"StringNotEquals", "[\"b\",\"a\"]", {"a"}, false},
        {"StringEqualsIgnoreCase", "\"aB\"", {"Ab"}, true},
        {"StringNotEqualsIgnoreCase", "\"aB\"", {"Ab"}, false},
        {"StringLike", "\"a*c?\"", {"abbcd"}, true},
        {"StringNotLike", "\"a*\"", {"b"}, true},
        {"stringlike", "\"a*\"", {"ab"}, true},
        {"NumericEquals", "\"10\"", {"1e1"}, true},
        {"NumericEquals", "10", {"10.0"}, true},
        {"NumericEquals", "10", {"ten"}, false},
        {"NumericNotEquals", "10", {"11"}, true},
        {"NumericLessThan", "10", {"9.5"}, true},
        {"NumericLessThan", "10", {"10"}, false},
        {"NumericLessThanEquals", "10", {"10"}, true},
        {"NumericLessThanEquals", "10", {"x"}, false},
        {"NumericGreaterThan", "10", {"10.1"}, true},
        {"NumericGreaterThanEquals", "10", {"10"}, true},
        {"NumericGreaterThanEquals", "10", {"9"}, false},
        {"DateEquals", "\"2020-01-01T00:00:00Z\"", {"1577836800"}, true},
        {"DateNotEquals", "\"2020-01-01\"", {"2020-01-01T00:00:00Z"}, false},
        {"DateLessThan", "\"2020-01-01T02:00:00+02:00\"", {"2019-12-31T23:59:59Z"}, true},
        {"DateGreaterThan", "\"2020-01-01\"", {"2020-01-01T00:00:01Z"}, true},
        {"DateGreaterThanEquals", "1577836800", {"2020-01-01T00:00:00Z"}, true},
        {"DateLessThanEquals", "\"2020-01-01\"", {"yesterday"}, false},
        {"Bool", "\"true\"", {"true"}, true},
        {"Bool", "false", {"False"}, true},
        {"Bool", "true", {"false"}, false},
        {"BinaryEquals", "\"QmluYXJ5\"", {"QmluYXJ5"}, true},
        {"IpAddress", "\"10.1.2.3\"", {"10.1.2.3"}, true},
        {"IpAddress", "\"10.0.0.0/9\"", {"10.127.0.1"}, true},
        {"IpAddress", "\"10.0.0.0/9\"", {"10.128.0.1"}, false},
        {"IpAddress", "\"0.0.0.0/0\"", {"1.2.3.4"}, true},
        {"IpAddress", "\"0.0.0.0/0\"", {"::1"}, false},
        {"IpAddress", "\"2001:db8:8000::/33\"", {"2001:db8:ffff::1"}, true},
        {"IpAddress", "\"2001:db8:8000::/33\"", {"2001:db8:7fff::1"}, false},
        {"IpAddress", "\"10.0.0.0/8\"", {"nowhere"}, false},
        {"NotIpAddress", "\"10.0.0.0/8\"", {"11.0.0.1"}, true},
        {"ArnLike", "\"arn:aws:s3:::bucket/*\"", {"arn:aws:s3:::bucket/a:b"}, true},
        {"ArnEquals", "\"arn:aws:sqs:*:1:q*\"", {"arn:aws:sqs:eu-west-1:1:queue"}, true},
        {"ArnLike", "\"arn:aws:*:*:*:q\"", {"arn:aws:sqs:eu-west-1:1:q"}, true},
        {"ArnLike", "\"arn:aws:sqs:*:1:q:*\"", {"arn:aws:sqs:eu-west-1:1:2:1:q:x"}, false},
        {"ArnNotLike", "\"arn:aws:sqs:*:1:q\"", {"arn:aws:sqs:eu-west-1:2:q"}, true},
        {"ArnLike", "\"arn:aws:sqs:*:1:q\"", {"no arn"}, false},
        {"ArnNotEquals", "\"*\"", {"arn:aws:sqs:eu-west-1:2:q"}, false},
    };
    expect_rows(rows, COUNT_OF(rows));
}

Test(condition, treats_a_missing_key_by_its_operator)
{
    static const struct row rows[] = {
        {"StringEquals", "\"a\"", {NULL}, false},
        {"StringNotEquals", "\"a\"", {NULL}, true},
        {"NotIpAddress", "\"10.0.0.0/8\"", {NULL}, true},
        {"StringEqualsIfExists", "\"a\"", {NULL}, true},
        {"StringEqualsIfExists", "\"a\"", {"b"}, false},
        {"StringNotEqualsIfExists", "\"a\"", {"a"}, false},
        {"Null", "\"true\"", {NULL}, true},
        {"Null", "true", {"a"}, false},
        {"Null", "\"false\"", {"a"}, true},
        {"Null", "\"false\"", {NULL}, false},
    };
    expect_rows(rows, COUNT_OF(rows));
}

Test(condition, compares_sets)
{
    static const struct row rows[] = {
        {"ForAnyValue:StringEquals", "[\"a\",\"b\"]", {"x", "b"}, true},
        {"ForAnyValue:StringEquals", "[\"a\",\"b\"]", {"x", "y"}, false},
        {"ForAnyValue:StringEquals", "\"a\"", {NULL}, false},
        {"ForAnyValue:StringNotEquals", "\"a\"", {NULL}, false},
        {"ForAnyValue:StringNotEquals", "\"a\"", {"a", "b"}, true},
        {"ForAnyValue:StringNotEquals", "\"a\"", {"a"}, false},
        {"ForAllValues:StringLike", "[\"a*\",\"b*\"]", {"ax", "by"}, true},
        {"ForAllValues:StringLike", "[\"a*\",\"b*\"]", {"ax", "cy"}, false},
        {"ForAllValues:StringLike", "\"a*\"", {NULL}, true},
        {"ForAllValues:StringNotEquals", "\"a\"", {"b", "c"}, true},
        {"ForAllValues:StringNotEquals", "\"a\"", {"a", "c"}, false},
        {"ForAnyValue:StringEqualsIfExists", "\"a\"", {NULL}, true},
        {"StringEquals", "\"a\"", {"x", "a"}, true},
        {"StringNotEquals", "\"a\"", {"x", "a"}, false},
        {"StringNotEquals", "\"a\"", {"x", "y"}, true},
    };
    expect_rows(rows, COUNT_OF(rows));
}

Test(condition, replaces_variables)
{
    static const struct row rows[] = {
        {"StringEquals", "\"${aws:username}\"", {"ann*"}, true},
        {"StringEquals", "\"${AWS:UserName}/x\"", {"ann*/x"}, true},
        {"StringLike", "\"${aws:username}/*\"", {"ann*/x"}, true},
        {"StringLike", "\"${aws:username}/*\"", {"anna/x"}, false}, /* its star is one */
        {"StringLike", "\"a${*}b${?}${$}\"", {"a*b?$"}, true},
        {"StringLike", "\"a${*}b\"", {"axb"}, false},
        {"StringEquals", "\"${nobody, 'x'}\"", {"x"}, true},
        {"StringEquals", "\"${aws:username, 'x'}\"", {"ann*"}, true},
        {"StringEquals", "\"${nobody}\"", {"${nobody}"}, false},
        {"StringNotEquals", "\"${nobody}\"", {"x"}, false}, /* the statement counts for nothing */
        {"StringEquals", "\"${several}\"", {"a"}, false},
        {"StringEquals", "\"${several, 'x'}\"", {"x"}, true},
        {"StringEquals", "\"${open\"", {"${open"}, true},
        {"ArnLike", "\"arn:aws:iam::1:user/${aws:username}\"", {"arn:aws:iam::1:user/ann*"}, true},
        {"ArnLike", "\"arn:aws:iam::1:user/${aws:username}\"", {"arn:aws:iam::1:user/anna"}, false},
    };
    expect_rows(rows, COUNT_OF(rows));
}

Test(condition, replaces_variables_of_resources_in_the_new_version_only)
{
    struct slice name = SLICE("ann");
    struct policy_fact fact = {SLICE("aws:username"), &name, 1};
    struct policy_request request = {
        .action = SLICE("a"), .resource = SLICE("users/ann"), .facts = &fact, .fact_count = 1};
    struct fault fault;
    static const struct {
        const char *version, *resource;
        bool matches;
    } rows[] = {
        {"2012-10-17", "users/${aws:username}", true},
        {"2008-10-17", "users/${aws:username}", false},
        {"2012-10-17", "*/${aws:userid}", false},
    };
    AUTO_ARENA arena = ARENA_INIT;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct slice text = arena_printf(
            &arena,
            "{\"Version\":\"%s\",\"Statement\":{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":"
            "\"%s\"}}",
            rows[i].version, rows[i].resource);
        cr_expect_eq(policy_judge(POLICY_OF_AUTHORIZER, text, &request, &fault),
                     rows[i].matches ? POLICY_EXPLICIT_DENY : POLICY_NO_MATCH, "%zu", i);
    }
}

Test(condition, needs_all_of_a_statement)
{
    struct slice yes = SLICE("yes");
    struct policy_fact fact = {SLICE("a"), &yes, 1};
    struct policy_request request = {
        .action = SLICE("a"), .resource = SLICE("r"), .facts = &fact, .fact_count = 1};
    static const struct {
        const char *conditions;
        bool holds;
    } rows[] = {
        {"{}", true},
        {"{\"StringEquals\":{\"a\":\"yes\"},\"StringLike\":{\"a\":\"y*\"}}", true},
        {"{\"StringEquals\":{\"a\":\"yes\"},\"StringLike\":{\"a\":\"n*\"}}", false},
        {"{\"StringEquals\":{\"a\":\"yes\",\"b\":\"x\"}}", false},
    };
    AUTO_ARENA arena = ARENA_INIT;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fault fault;
        struct slice text = arena_printf(&arena,
                                         "{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\","
                                         "\"Resource\":\"*\",\"Condition\":%s}}",
                                         rows[i].conditions);
        cr_expect_eq(policy_judge(POLICY_OF_AUTHORIZER, text, &request, &fault),
                     rows[i].holds ? POLICY_ALLOW : POLICY_NO_MATCH, "%s", rows[i].conditions);
    }
}
