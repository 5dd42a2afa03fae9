#include "scheduler/pattern/pattern.h"

#include "core/buf.h"

#include <criterion/criterion.h>

struct row {
    const char *pattern;
    const char *event;
    bool is_match;
};

static void check_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        AUTO_ARENA arena = ARENA_INIT;
        const struct pattern *pattern = NULL;
        struct pattern_fault fault;
        enum status status = pattern_parse(&arena, slice_from(rows[i].pattern), &pattern, &fault);
        cr_assert_eq(status, STATUS_OK, "row %zu: %s: %.*s", i, rows[i].pattern,
                     SLICE_ARG(fault.reason));
        cr_expect_eq(pattern_matches(pattern, slice_from(rows[i].event)), rows[i].is_match,
                     "row %zu: %s on %s", i, rows[i].pattern, rows[i].event);
    }
}

#define CHECK(rows) check_rows(rows, sizeof rows / sizeof rows[0])

Test(pattern, values_are_exact_and_typed)
{
    static const struct row rows[] = {
        {"{\"a\":[\"x\"]}", "{\"a\":\"x\"}", true},
        {"{\"a\":[\"x\"]}", "{\"a\":\"X\"}", false},
        {"{\"a\":[\"x\"]}", "{\"A\":\"x\"}", false},
        {"{\"a\":[\"x\",\"y\"]}", "{\"a\":\"y\"}", true},
        {"{\"a\":[\"1\"]}", "{\"a\":1}", false},
        {"{\"a\":[1]}", "{\"a\":\"1\"}", false},
        {"{\"a\":[true]}", "{\"a\":true}", true},
        {"{\"a\":[true]}", "{\"a\":\"true\"}", false},
        {"{\"a\":[false]}", "{\"a\":true}", false},
        {"{\"a\":[null]}", "{\"a\":null}", true},
        {"{\"a\":[null]}", "{\"a\":\"\"}", false},
        {"{\"a\":[null]}", "{}", false},
        {"{\"a\":[\"\"]}", "{\"a\":\"\"}", true},
        {"{\"a\":[\"\"]}", "{\"a\":null}", false},
        {"{\"a\":[\"\\u0041\\n\"]}", "{\"a\":\"A\\u000a\"}", true},
        {"{\"\\u0061\":[1]}", "{\"\\u0061\":1}", true},
        {"{\"a\":[{\"exactly\":\"x\"}]}", "{\"a\":\"x\"}", true},
    };
    CHECK(rows);
}

Test(pattern, numbers_compare_by_value)
{
    static const struct row rows[] = {
        {"{\"a\":[300]}", "{\"a\":300.0}", true},
        {"{\"a\":[300]}", "{\"a\":3e2}", true},
        {"{\"a\":[300]}", "{\"a\":300.000001}", false},
        {"{\"a\":[-0.5]}", "{\"a\":-5E-1}", true},
        {"{\"a\":[0]}", "{\"a\":-0.0}", true},
        {"{\"a\":[111122223333444455]}", "{\"a\":111122223333444455}", true},
        {"{\"a\":[9007199254740993]}", "{\"a\":9007199254740992}", false},
        {"{\"a\":[{\"numeric\":[\">\",0,\"<=\",5]}]}", "{\"a\":5}", true},
        {"{\"a\":[{\"numeric\":[\">\",0,\"<=\",5]}]}", "{\"a\":0}", false},
        {"{\"a\":[{\"numeric\":[\"=\",5]}]}", "{\"a\":5.000}", true},
        {"{\"a\":[{\"numeric\":[\"<\",10]}]}", "{\"a\":\"9\"}", false},
        {"{\"a\":[{\"numeric\":[\">=\",-1.5]}]}", "{\"a\":-1.5}", true},
        {"{\"a\":[{\"numeric\":[\">\",-1.5]}]}", "{\"a\":-1.5}", false},
        {"{\"a\":[{\"numeric\":[\"<\",10]}]}", "{\"a\":null}", false},
        {"{\"a\":[{\"numeric\":[\">\",0]}]}", "{\"a\":1700000000000}", false},
    };
    CHECK(rows);
}

Test(pattern, texts_have_beginnings_ends_and_wildcards)
{
    static const struct row rows[] = {
        {"{\"a\":[{\"prefix\":\"ab\"}]}", "{\"a\":\"abc\"}", true},
        {"{\"a\":[{\"prefix\":\"ab\"}]}", "{\"a\":\"Abc\"}", false},
        {"{\"a\":[{\"prefix\":\"\"}]}", "{\"a\":\"x\"}", true},
        {"{\"a\":[{\"prefix\":\"1\"}]}", "{\"a\":12}", false},
        {"{\"a\":[{\"suffix\":\".png\"}]}", "{\"a\":\"x.png\"}", true},
        {"{\"a\":[{\"suffix\":\".png\"}]}", "{\"a\":\"png\"}", false},
        {"{\"a\":[{\"prefix\":{\"equals-ignore-case\":\"EVENTB\"}}]}", "{\"a\":\"eventBridge\"}",
         true},
        {"{\"a\":[{\"suffix\":{\"equals-ignore-case\":\".PNG\"}}]}", "{\"a\":\"x.png\"}", true},
        {"{\"a\":[{\"suffix\":{\"equals-ignore-case\":\"É\"}}]}", "{\"a\":\"café\"}", true},
        {"{\"a\":[{\"equals-ignore-case\":\"ALICE Ж\"}]}", "{\"a\":\"alice ж\"}", true},
        {"{\"a\":[{\"equals-ignore-case\":\"alice\"}]}", "{\"a\":\"alice2\"}", false},
        {"{\"a\":[{\"wildcard\":\"*.png\"}]}", "{\"a\":\".png\"}", true},
        {"{\"a\":[{\"wildcard\":\"a*b*c\"}]}", "{\"a\":\"a--b--c\"}", true},
        {"{\"a\":[{\"wildcard\":\"a*b*c\"}]}", "{\"a\":\"acb\"}", false},
        {"{\"a\":[{\"wildcard\":\"ab*ba\"}]}", "{\"a\":\"aba\"}", false},
        {"{\"a\":[{\"wildcard\":\"\"}]}", "{\"a\":\"\"}", true},
        {"{\"a\":[{\"wildcard\":\"\"}]}", "{\"a\":\"x\"}", false},
        {"{\"a\":[{\"wildcard\":\"\\\\*x\"}]}", "{\"a\":\"*x\"}", true},
        {"{\"a\":[{\"wildcard\":\"\\\\*x\"}]}", "{\"a\":\"yx\"}", false},
        {"{\"a\":[{\"wildcard\":\"\\\\\\\\*\"}]}", "{\"a\":\"\\\\yx\"}", true},
        {"{\"a\":[{\"wildcard\":\"*\"}]}", "{\"a\":1}", false},
    };
    CHECK(rows);
}

Test(pattern, anything_but_needs_a_field)
{
    static const struct row rows[] = {
        {"{\"a\":[{\"anything-but\":\"x\"}]}", "{\"a\":\"y\"}", true},
        {"{\"a\":[{\"anything-but\":\"x\"}]}", "{\"a\":\"x\"}", false},
        {"{\"a\":[{\"anything-but\":\"x\"}]}", "{\"b\":1}", false},
        {"{\"a\":[{\"anything-but\":\"x\"}]}", "{\"a\":null}", true},
        {"{\"a\":[{\"anything-but\":[\"x\",\"y\"]}]}", "{\"a\":\"y\"}", false},
        {"{\"a\":[{\"anything-but\":[1,2]}]}", "{\"a\":2.0}", false},
        {"{\"a\":[{\"anything-but\":[1,2]}]}", "{\"a\":3}", true},
        {"{\"a\":[{\"anything-but\":{\"prefix\":\"x\"}}]}", "{\"a\":\"xy\"}", false},
        {"{\"a\":[{\"anything-but\":{\"prefix\":[\"x\",\"y\"]}}]}", "{\"a\":\"zy\"}", true},
        {"{\"a\":[{\"anything-but\":{\"suffix\":[\"x\",\"y\"]}}]}", "{\"a\":\"zy\"}", false},
        {"{\"a\":[{\"anything-but\":{\"equals-ignore-case\":[\"X\"]}}]}", "{\"a\":\"x\"}", false},
        {"{\"a\":[{\"anything-but\":{\"wildcard\":\"*/lib/*\"}}]}", "{\"a\":\"/usr/lib/x\"}",
         false},
        {"{\"a\":[{\"anything-but\":{\"wildcard\":\"*/lib/*\"}}]}", "{\"a\":\"/usr/x\"}", true},
        {"{\"a\":[{\"anything-but\":{\"prefix\":\"1\"}}]}", "{\"a\":12}", true},
        {"{\"a\":[{\"anything-but\":\"x\"}]}", "{\"a\":[\"x\",\"y\"]}", true},
    };
    CHECK(rows);
}

Test(pattern, exists_looks_at_leaves)
{
    static const struct row rows[] = {
        {"{\"a\":[{\"exists\":true}]}", "{\"a\":null}", true},
        {"{\"a\":[{\"exists\":true}]}", "{\"a\":{\"b\":1}}", false},
        {"{\"a\":[{\"exists\":false}]}", "{\"a\":{\"b\":1}}", true},
        {"{\"a\":[{\"exists\":false}]}", "{\"a\":1}", false},
        {"{\"a\":[{\"exists\":false}]}", "{}", true},
        {"{\"a\":[{\"exists\":true}]}", "{\"a\":[]}", false},
        {"{\"a\":[{\"exists\":false}]}", "{\"a\":[]}", true},
        {"{\"a\":[{\"exists\":false},\"x\"]}", "{\"a\":\"x\"}", true},
        {"{\"a\":[{\"exists\":false},\"x\"]}", "{\"a\":\"y\"}", false},
    };
    CHECK(rows);
}

Test(pattern, addresses_are_compared_as_addresses)
{
    static const struct row rows[] = {
        {"{\"a\":[{\"cidr\":\"10.0.0.0/24\"}]}", "{\"a\":\"10.0.0.255\"}", true},
        {"{\"a\":[{\"cidr\":\"10.0.0.0/24\"}]}", "{\"a\":\"10.0.1.0\"}", false},
        {"{\"a\":[{\"cidr\":\"2001:db8::/32\"}]}", "{\"a\":\"2001:db8:1::5\"}", true},
        {"{\"a\":[{\"cidr\":\"2001:db8::/32\"}]}", "{\"a\":\"2001:db9::\"}", false},
        {"{\"a\":[{\"cidr\":\"10.0.0.0/24\"}]}", "{\"a\":\"xx\"}", false},
        {"{\"a\":[{\"cidr\":\"0.0.0.0/0\"}]}", "{\"a\":\"255.1.1.1\"}", true},
        {"{\"a\":[\"2001:DB8:0:0::1\"]}", "{\"a\":\"2001:db8::1\"}", true},
        {"{\"a\":[\"10.0.0.1\"]}", "{\"a\":\"10.0.0.1\"}", true},
        {"{\"a\":[\"10.0.0.1\"]}", "{\"a\":\"10.0.0.2\"}", false},
    };
    CHECK(rows);
}

Test(pattern, fields_of_a_match_come_from_one_element)
{
    static const struct row rows[] = {
        {"{\"a\":[\"y\"]}", "{\"a\":[\"x\",\"y\"]}", true},
        {"{\"a\":[\"z\"]}", "{\"a\":[\"x\",\"y\"]}", false},
        {"{\"a\":[null]}", "{\"a\":[]}", false},
        {"{\"a\":[1]}", "{\"a\":[[0],[1]]}", true},
        {"{\"e\":{\"f\":[\"Anna\"],\"l\":[\"Jones\"]}}",
         "{\"e\":[{\"f\":\"Anna\",\"l\":\"Smith\"},{\"f\":\"Ben\",\"l\":\"Jones\"}]}", false},
        {"{\"e\":{\"f\":[\"Ben\"],\"l\":[\"Jones\"]}}",
         "{\"e\":[{\"f\":\"Anna\",\"l\":\"Smith\"},{\"f\":\"Ben\",\"l\":\"Jones\"}]}", true},
        {"{\"a\":{\"x\":[1]},\"b\":{\"x\":[2]}}",
         "{\"a\":[{\"x\":0},{\"x\":1}],\"b\":[{\"x\":2},{\"x\":1}]}", true},
        {"{\"e\":{\"n\":[\"p\"],\"s\":{\"k\":[1],\"v\":[2]}}}",
         "{\"e\":[{\"n\":\"p\",\"s\":[{\"k\":1,\"v\":0},{\"k\":0,\"v\":2}]},{\"n\":\"q\",\"s\":[{"
         "\"k\":1,\"v\":2}]}]}",
         false},
        {"{\"e\":{\"n\":[\"q\"],\"s\":{\"k\":[1],\"v\":[2]}}}",
         "{\"e\":[{\"n\":\"p\",\"s\":[{\"k\":1,\"v\":0},{\"k\":0,\"v\":2}]},{\"n\":\"q\",\"s\":[{"
         "\"k\":1,\"v\":2}]}]}",
         true},
        {"{\"e\":{\"b\":[1],\"x\":[{\"exists\":false}]}}", "{\"e\":[{\"x\":1},{\"b\":1}]}", true},
        {"{\"e\":{\"b\":[1],\"x\":[{\"exists\":false}]}}", "{\"e\":[{\"x\":1},{\"b\":1,\"x\":2}]}",
         false},
        {"{\"e\":{\"a\":[{\"exists\":false}],\"b\":[1]}}", "{\"e\":[{\"a\":1},{\"b\":1}]}", false},
        {"{\"t\":[3]}", "{\"t\":[1,{\"u\":2},3]}", true},
    };
    CHECK(rows);
}

Test(pattern, dots_join_names)
{
    static const struct row rows[] = {
        {"{\"d\":{\"s.t\":[\"x\"]}}", "{\"d\":{\"s\":{\"t\":\"x\"}}}", true},
        {"{\"d\":{\"s\":{\"t\":[\"x\"]}}}", "{\"d\":{\"s.t\":\"x\"}}", true},
        {"{\"d.s.t\":[\"x\"]}", "{\"d\":{\"s.t\":\"x\"}}", true},
        {"{\"d\":{\"s.t\":[\"x\"]}}", "{\"d\":{\"s.t\":{\"u\":\"x\"}}}", false},
        {"{\"d\":{\"s\":[\"x\"]}}", "{\"d\":{\"s\":{\"t\":\"x\"}}}", false},
    };
    CHECK(rows);
}

Test(pattern, the_last_rule_of_a_field_wins)
{
    static const struct row rows[] = {
        {"{\"a\":[\"x\"],\"a\":[\"y\"]}", "{\"a\":\"x\"}", false},
        {"{\"a\":[\"x\"],\"a\":[\"y\"]}", "{\"a\":\"y\"}", true},
        {"{\"d\":{\"a\":[1]},\"d\":{\"b\":[2]}}", "{\"d\":{\"a\":1,\"b\":2}}", true},
        {"{\"d\":{\"a\":[1]},\"d\":{\"b\":[2]}}", "{\"d\":{\"b\":2}}", false},
        {"{\"a\":[1],\"$or\":[{\"a\":[2]},{\"b\":[1]}]}", "{\"a\":2}", true},
        {"{\"a\":[1],\"$or\":[{\"a\":[2]},{\"b\":[1]}]}", "{\"a\":1}", false},
        {"{\"a\":[\"x\"]}", "{\"a\":\"y\",\"a\":\"x\"}", true},
    };
    CHECK(rows);
}

Test(pattern, or_takes_one_of_its_branches)
{
    static const struct row rows[] = {
        {"{\"s\":[\"x\"],\"$or\":[{\"a\":[1]},{\"b\":[2],\"c\":[3]}]}", "{\"s\":\"x\",\"a\":1}",
         true},
        {"{\"s\":[\"x\"],\"$or\":[{\"a\":[1]},{\"b\":[2],\"c\":[3]}]}", "{\"s\":\"x\",\"b\":2}",
         false},
        {"{\"s\":[\"x\"],\"$or\":[{\"a\":[1]},{\"b\":[2],\"c\":[3]}]}",
         "{\"s\":\"x\",\"b\":2,\"c\":3}", true},
        {"{\"s\":[\"x\"],\"$or\":[{\"a\":[1]},{\"b\":[2]}]}", "{\"a\":1}", false},
        {"{\"d\":{\"$or\":[{\"a\":[1]},{\"$or\":[{\"b\":[1]},{\"c\":[1]}]}]}}", "{\"d\":{\"c\":1}}",
         true},
        {"{\"$or\":[{\"a\":[1]},{\"b\":[1]}],\"x\":[1]}", "{\"b\":1,\"x\":1}", true},
        {"{\"$or\":[{\"a\":[{\"exists\":false}]},{\"a\":[\"x\"]}]}", "{\"b\":1}", true},
        {"{\"$or\":[\"x\"]}", "{\"$or\":\"x\"}", true},
        {"{\"$or\":[{\"prefix\":\"x\"},{\"suffix\":\"y\"}]}", "{\"$or\":\"ay\"}", true},
    };
    CHECK(rows);
}

struct refusal {
    const char *pattern;
    const char *text;
};

#define AT(column) "; line: 1, column: " #column "]"
#define SOURCE(pattern) "\n at [Source: (String)\"" pattern "\""

static void check_refusals(const struct refusal *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        AUTO_ARENA arena = ARENA_INIT;
        const struct pattern *pattern = NULL;
        struct pattern_fault fault;
        struct slice text = slice_from(rows[i].pattern);
        cr_assert_eq(pattern_parse(&arena, text, &pattern, &fault), STATUS_INVALID, "row %zu: %s",
                     i, rows[i].pattern);
        struct slice got = pattern_fault_text(&arena, &fault, text);
        cr_expect(slice_is(got, rows[i].text), "row %zu: %s\n got %.*s\nwant %s", i,
                  rows[i].pattern, SLICE_ARG(got), rows[i].text);
    }
}

#define CHECK_REFUSALS(rows) check_refusals(rows, sizeof rows / sizeof rows[0])

Test(pattern, refusals_are_told_as_aws_tells_them)
{
    static const struct refusal rows[] = {
        {"{\"int\": 42}", "\"int\" must be an object or an array" SOURCE("{\"int\": 42}") AT(11)},
        {"{\"string\": \"my-value\"}",
         "\"string\" must be an object or an array" SOURCE("{\"string\": \"my-value\"}") AT(13)},
        {"{\"resources\": []}",
         "Empty arrays are not allowed" SOURCE("{\"resources\": []}") AT(17)},
        {"{\"detail\": {\"equal\": [{\"NUMERIC\": [\"=\", 5]}]}}",
         "Unrecognized match type NUMERIC" SOURCE(
             "{\"detail\": {\"equal\": [{\"NUMERIC\": [\"=\", 5]}]}}") AT(36)},
        {"{\"my_key\": [{\"EXISTS\": true}]}",
         "Unrecognized match type EXISTS" SOURCE("{\"my_key\": [{\"EXISTS\": true}]}") AT(28)},
        {"{\"detail\": {\"c-count\": [{\"numeric\": [\">\", 0, \">\", 0]}]}}",
         "Bad numeric range operator: >" SOURCE(
             "{\"detail\": {\"c-count\": [{\"numeric\": [\">\", 0, \">\", 0]}]}}") AT(49)},
        {"{\"detail\": {\"c-count\": [{\"numeric\": [\">\", 0, \"<\"]}]}}",
         "Value of < must be numeric" SOURCE(
             "{\"detail\": {\"c-count\": [{\"numeric\": [\">\", 0, \"<\"]}]}}") AT(50)},
        {"{\"detail-type\": [{\"equals-ignore-case\": [\"ec2 instance state-change "
         "notification\"]}]}",
         "equals-ignore-case match pattern must be a string" SOURCE(
             "{\"detail-type\": [{\"equals-ignore-case\": [\"ec2 instance state-change "
             "notification\"]}]}") AT(42)},
        {"{\"detail-type\": [{\"equals-ignore-case\": {\"prefix\": \"ec2\"}}]}",
         "equals-ignore-case match pattern must be a string" SOURCE(
             "{\"detail-type\": [{\"equals-ignore-case\": {\"prefix\": \"ec2\"}}]}") AT(42)},
        {"{\"a\": [{\"cidr\": \"bad-filter\"}]}", "Malformed CIDR, one '/' required"},
        {"{\"a\": [{\"cidr\": \"xx.11.xx/8\"}]}", "Nonstandard IP address: xx.11.xx"},
        {"{\"a\": [{\"cidr\": \"xxxx:db8:1234:1a00::/64\"}]}",
         "Nonstandard IP address: xxxx:db8:1234:1a00::"},
        {"{\"a\": [{\"cidr\": \"10.0.0.0/xx\"}]}", "Malformed CIDR, mask bits must be an integer"},
        {"{\"a\": [{\"cidr\": \"10.0.0.0/32\"}]}", "IPv4 mask bits must be < 32"},
        {"{\"detail\": {\"sourceIPAddress\": [{\"cidr\": [\"bad-type\"]}]}}",
         "prefix match pattern must be a string" SOURCE(
             "{\"detail\": {\"sourceIPAddress\": [{\"cidr\": [\"bad-type\"]}]}}") AT(43)},
        {"{\"detail\": {\"state\": [{\"anything-but\": {\"equals-ignore-case\": 123}}]}}",
         "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not "
         "supported." SOURCE(
             "{\"detail\": {\"state\": [{\"anything-but\": {\"equals-ignore-case\": 123}}]}}")
             AT(66)},
        {"{\"detail\": {\"state\": [{\"anything-but\": {\"equals-ignore-case\": [123, 456]}}]}}",
         "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not "
         "supported." SOURCE("{\"detail\": {\"state\": [{\"anything-but\": "
                             "{\"equals-ignore-case\": [123, 456]}}]}}") AT(67)
             SOURCE("{\"detail\": {\"state\": [{\"anything-but\": {\"equals-ignore-case\": [123, "
                    "456]}}]}}") AT(67)},
        {"{\"EventBusArn\": [{\"wildcard\": 123}]}",
         "wildcard match pattern must be a string" SOURCE(
             "{\"EventBusArn\": [{\"wildcard\": 123}]}") AT(34)},
        {"{\"EventBusArn\": [{\"wildcard\": [\"arn:aws:events:us-east-1:**:event-bus/*\"]}]}",
         "wildcard match pattern must be a string" SOURCE(
             "{\"EventBusArn\": [{\"wildcard\": [\"arn:aws:events:us-east-1:**:event-bus/*\"]}]}")
             AT(32)},
        {"{\"EventBusArn\": [{\"wildcard\": \"arn:aws:events:us-east-1:**:event-bus/*\"}]}",
         "Consecutive wildcard characters at pos 26" SOURCE(
             "{\"EventBusArn\": [{\"wildcard\": \"arn:aws:events:us-east-1:**:event-bus/*\"}]}")
             AT(72)},
        {"{\"detail\": {\"state\": [{\"anything-but\": {\"wildcard\": [123, \"*/dir/*\"]}}]}}",
         "wildcard match pattern must be a string" SOURCE(
             "{\"detail\": {\"state\": [{\"anything-but\": {\"wildcard\": [123, \"*/dir/*\"]}}]}}")
             AT(57) SOURCE("{\"detail\": {\"state\": [{\"anything-but\": {\"wildcard\": [123, "
                           "\"*/dir/*\"]}}]}}") AT(57)},
        {"{\"detail\": {\"FilePath\": [{\"anything-but\": {\"wildcard\": 123}}]}}",
         "wildcard match pattern must be a string" SOURCE(
             "{\"detail\": {\"FilePath\": [{\"anything-but\": {\"wildcard\": 123}}]}}") AT(59)},
        {"{\"detail\": {\"FileName\": [{\"anything-but\": {\"suffix\": [123, \".txt\"]}}]}}",
         "prefix/suffix match pattern must be a string" SOURCE(
             "{\"detail\": {\"FileName\": [{\"anything-but\": {\"suffix\": [123, \".txt\"]}}]}}")
             AT(58) SOURCE("{\"detail\": {\"FileName\": [{\"anything-but\": {\"suffix\": [123, "
                           "\".txt\"]}}]}}") AT(58)},
        {"{\"detail\": {\"state\": [{\"anything-but\": {\"prefix\": 123}}]}}",
         "prefix/suffix match pattern must be a string" SOURCE(
             "{\"detail\": {\"state\": [{\"anything-but\": {\"prefix\": 123}}]}}") AT(54)},
        {"{\"time\": [{\"prefix\": [\"2022-07-13\"]}]}",
         "prefix match pattern must be a string" SOURCE(
             "{\"time\": [{\"prefix\": [\"2022-07-13\"]}]}") AT(23)},
        {"{\"FileName\": [{\"suffix\": 123}]}", "suffix match pattern must be a string" SOURCE(
                                                    "{\"FileName\": [{\"suffix\": 123}]}") AT(29)},
        {"{\"detail\": {\"FileName\": [{\"anything-but\": {\"prefix\": {\"equals-ignore-case\": "
         "\"file\"}}}]}}",
         "Value of anything-but must be an array or single string/number value." SOURCE(
             "{\"detail\": {\"FileName\": [{\"anything-but\": {\"prefix\": "
             "{\"equals-ignore-case\": \"file\"}}}]}}") AT(55)},
        {"{\"EventBusArn\": [{\"wildcard\": \"*:*:*:*:*:event-bus/*\"}]}",
         "Rule is too complex - try using fewer wildcard characters or fewer repeating character "
         "sequences after a wildcard character"},
        {"this is valid json but not a dict",
         "Unrecognized token 'this': was expecting (JSON String, Number, Array, Object or token "
         "'null', 'true' or 'false')" SOURCE("this is valid json but not a dict") AT(5)},
        {"{'bad': 'quotation'}", "Unexpected character (''' (code 39)): was expecting double-quote "
                                 "to start field name" SOURCE("{'bad': 'quotation'}") AT(2)},
        {"{\"not\": closed mark\"",
         "Unrecognized token 'closed': was expecting (JSON String, Number, Array, Object or token "
         "'null', 'true' or 'false')" SOURCE("{\"not\": closed mark\"") AT(15)},
        {"[\"not\", \"a\", \"dict\", \"but valid json\"]",
         "Filter is not an object" SOURCE("[\"not\", \"a\", \"dict\", \"but valid json\"]") AT(2)},
    };
    CHECK_REFUSALS(rows);
}

Test(pattern, what_event_ruler_refuses_is_refused)
{
    static const struct refusal rows[] = {
        {"{}", "Empty objects are not allowed" SOURCE("{}") AT(3)},
        {"{\"a\":{}}", "Empty objects are not allowed" SOURCE("{\"a\":{}}") AT(8)},
        {"{\"a\":[[\"x\"]]}", "Match value must be String, number, true, false, or null" SOURCE(
                                  "{\"a\":[[\"x\"]]}") AT(8)},
        {"{\"a\":[{\"prefix\":\"x\",\"suffix\":\"y\"}]}",
         "Only one key allowed in match expression" SOURCE(
             "{\"a\":[{\"prefix\":\"x\",\"suffix\":\"y\"}]}") AT(31)},
        {"{\"a\":[{}]}", "Match expression name not found" SOURCE("{\"a\":[{}]}") AT(9)},
        {"{\"a\":[{\"exists\":\"x\"}]}",
         "exists match pattern must be either true or false." SOURCE("{\"a\":[{\"exists\":\"x\"}]}")
             AT(18)},
        {"{\"a\":[{\"numeric\":5}]}",
         "Value of numeric must be an array." SOURCE("{\"a\":[{\"numeric\":5}]}") AT(19)},
        {"{\"a\":[{\"numeric\":[5]}]}",
         "Invalid member in numeric match: 5" SOURCE("{\"a\":[{\"numeric\":[5]}]}") AT(20)},
        {"{\"a\":[{\"numeric\":[\"<>\",5]}]}", "Unrecognized numeric range operator: <>" SOURCE(
                                                   "{\"a\":[{\"numeric\":[\"<>\",5]}]}") AT(23)},
        {"{\"a\":[{\"numeric\":[\"=\",\"x\"]}]}",
         "Value of equals must be numeric" SOURCE("{\"a\":[{\"numeric\":[\"=\",\"x\"]}]}") AT(24)},
        {"{\"a\":[{\"numeric\":[\"<\",5,\">\",1]}]}",
         "Too many elements in numeric expression" SOURCE(
             "{\"a\":[{\"numeric\":[\"<\",5,\">\",1]}]}") AT(26)},
        {"{\"a\":[{\"numeric\":[\">\",5,\"<\",1]}]}",
         "Bottom must be less than top" SOURCE("{\"a\":[{\"numeric\":[\">\",5,\"<\",1]}]}") AT(31)},
        {"{\"a\":[{\"numeric\":[\">\",1,\"<\",5,6]}]}",
         "Too many terms in numeric range expression" SOURCE(
             "{\"a\":[{\"numeric\":[\">\",1,\"<\",5,6]}]}") AT(32)},
        {"{\"a\":[{\"numeric\":[\">\",1700000000000]}]}",
         "Value must be between -5.0E11 and 5.0E11, inclusive" SOURCE(
             "{\"a\":[{\"numeric\":[\">\",1700000000000]}]}") AT(36)},
        {"{\"a\":[{\"anything-but\":[1,\"x\"]}]}",
         "Inside anything but list, either all values are number or string, mixed type is not "
         "supported" SOURCE("{\"a\":[{\"anything-but\":[1,\"x\"]}]}") AT(30)},
        {"{\"a\":[{\"anything-but\":[]}]}",
         "Inside anything but list, either all values are number or string, mixed type is not "
         "supported" SOURCE("{\"a\":[{\"anything-but\":[]}]}") AT(25)},
        {"{\"a\":[{\"anything-but\":[null]}]}",
         "Inside anything but list, start|null|boolean is not supported." SOURCE(
             "{\"a\":[{\"anything-but\":[null]}]}") AT(28)
             SOURCE("{\"a\":[{\"anything-but\":[null]}]}") AT(28)},
        {"{\"a\":[{\"anything-but\":true}]}",
         "Value of anything-but must be an array or single string/number value." SOURCE(
             "{\"a\":[{\"anything-but\":true}]}") AT(27)},
        {"{\"a\":[{\"anything-but\":{\"numeric\":[\"=\",1]}}]}",
         "Unsupported anything-but pattern: numeric" SOURCE(
             "{\"a\":[{\"anything-but\":{\"numeric\":[\"=\",1]}}]}") AT(35)},
        {"{\"a\":[{\"anything-but\":{\"prefix\":\"\"}}]}",
         "Null prefix/suffix not allowed" SOURCE("{\"a\":[{\"anything-but\":{\"prefix\":\"\"}}]}")
             AT(35)},
        {"{\"a\":[{\"prefix\":{\"suffix\":\"x\"}}]}",
         "Unsupported prefix pattern: suffix" SOURCE("{\"a\":[{\"prefix\":{\"suffix\":\"x\"}}]}")
             AT(28)},
        {"{\"a\":[{\"wildcard\":\"a\\\\b\"}]}",
         "Invalid escape character at pos 2" SOURCE("{\"a\":[{\"wildcard\":\"a\\\\b\"}]}") AT(25)},
        {"{\"$or\":[{\"a\":[1]}]}",
         "There must have at least 2 Objects in $or relationship." SOURCE("{\"$or\":[{\"a\":[1]}]}")
             AT(19)},
        {"{\"a\":[1]", "Unexpected end-of-input" SOURCE("{\"a\":[1]") AT(9)},
        {"{\"a\":[1]} x",
         "Unexpected character ('x' (code 120)): was expecting comma to separate entries" SOURCE(
             "{\"a\":[1]} x") AT(11)},
    };
    CHECK_REFUSALS(rows);
}

Test(pattern, an_event_may_come_in_parts)
{
    AUTO_ARENA arena = ARENA_INIT;
    const struct pattern *pattern = NULL;
    struct pattern_fault fault;
    struct slice text = SLICE("{\"body\":{\"n\":[1]},\"id\":[\"a\"]}");
    cr_assert_eq(pattern_parse(&arena, text, &pattern, &fault), STATUS_OK);
    struct pattern_part parts[] = {
        {SLICE(""), SLICE("{\"id\":\"a\",\"body\":{\"n\":1},\"x\":{\"body\":2}}")},
        {SLICE("body"), SLICE("{\"n\":2}")},
    };
    cr_expect(pattern_matches_parts(pattern, parts, 1));
    cr_expect_not(pattern_matches_parts(pattern, parts, 2),
                  "the part stands in place of the member");
    parts[1].json = SLICE("[{\"n\":1}]");
    cr_expect(pattern_matches_parts(pattern, parts, 2));
    cr_expect_eq(pattern_uses(pattern, SLICE("body")), PATTERN_USES_OBJECT);
    cr_expect_eq(pattern_uses(pattern, SLICE("id")), PATTERN_USES_VALUE);
    cr_expect_eq(pattern_uses(pattern, SLICE("data")), PATTERN_USES_NOT);
}

Test(pattern, attributes_of_a_message_have_types)
{
    static const struct {
        const char *pattern;
        struct pattern_attribute attribute;
        bool is_match;
    } rows[] = {
        {"{\"a\":[\"x\"]}", {SLICE_INIT("a"), SLICE_INIT("String"), SLICE_INIT("x")}, true},
        {"{\"a\":[\"x\"]}", {SLICE_INIT("b"), SLICE_INIT("String"), SLICE_INIT("x")}, false},
        {"{\"a\":[100]}", {SLICE_INIT("a"), SLICE_INIT("Number"), SLICE_INIT("1e2")}, true},
        {"{\"a\":[100]}", {SLICE_INIT("a"), SLICE_INIT("String"), SLICE_INIT("100")}, false},
        {"{\"a\":[{\"numeric\":[\">\",1]}]}",
         {SLICE_INIT("a"), SLICE_INIT("Number.int"), SLICE_INIT("2")},
         true},
        {"{\"a\":[\"y\"]}",
         {SLICE_INIT("a"), SLICE_INIT("String.Array"), SLICE_INIT("[\"x\",\"y\"]")},
         true},
        {"{\"a\":[2]}", {SLICE_INIT("a"), SLICE_INIT("String.Array"), SLICE_INIT("[1,2]")}, true},
        {"{\"a\":[2]}", {SLICE_INIT("a"), SLICE_INIT("String.Array"), SLICE_INIT("[1,2")}, false},
        {"{\"a\":[\"x\"]}", {SLICE_INIT("a"), SLICE_INIT("Binary"), SLICE_INIT("x")}, false},
        {"{\"a\":[{\"exists\":false}]}",
         {SLICE_INIT("a"), SLICE_INIT("Binary"), SLICE_INIT("x")},
         true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        AUTO_ARENA arena = ARENA_INIT;
        const struct pattern *pattern = NULL;
        struct pattern_fault fault;
        cr_assert_eq(pattern_parse(&arena, slice_from(rows[i].pattern), &pattern, &fault),
                     STATUS_OK);
        cr_expect_eq(pattern_matches_attributes(pattern, &rows[i].attribute, 1), rows[i].is_match,
                     "row %zu", i);
    }
}

Test(pattern, services_can_ask_what_they_limit)
{
    static const struct {
        const char *pattern;
        struct pattern_facts facts;
    } rows[] = {
        {"{\"a\":[1,2],\"b\":[1,2,3]}", {2, 2, 6, false}},
        /* The example of the SNS Developer Guide, "Filter policy constraints". */
        {"{\"a\":{\"b\":{\"c\":[1,2,3,4]}},\"d\":{\"e\":[1,2,3]}}", {2, 2, 72, true}},
        {"{\"a\":[1,2],\"$or\":[{\"b\":[1]},{\"c\":[1,2]}]}", {2, 3, 6, false}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        AUTO_ARENA arena = ARENA_INIT;
        const struct pattern *pattern = NULL;
        struct pattern_fault fault;
        cr_assert_eq(pattern_parse(&arena, slice_from(rows[i].pattern), &pattern, &fault),
                     STATUS_OK);
        struct pattern_facts facts = pattern_facts(pattern);
        cr_expect_eq(facts.names, rows[i].facts.names, "row %zu", i);
        cr_expect_eq(facts.rules, rows[i].facts.rules, "row %zu", i);
        cr_expect_eq(facts.combinations, rows[i].facts.combinations, "row %zu", i);
        cr_expect_eq(facts.is_nested, rows[i].facts.is_nested, "row %zu", i);
    }
}

static enum status parse_text(struct arena *arena, const struct buf *text)
{
    const struct pattern *pattern = NULL;
    struct pattern_fault fault;
    return pattern_parse(arena, buf_slice(text), &pattern, &fault);
}

/* "$or" of `first` branches and another of `second`: so many conjunctions. */
static void write_ors(struct buf *text, size_t first, size_t second)
{
    buf_append_text(text, "{\"x\":{\"$or\":[");
    for (size_t i = 0; i < first; i++) {
        buf_printf(text, "%s{\"a\":[%zu]}", i > 0 ? "," : "", i);
    }
    buf_append_text(text, "]},\"$or\":[");
    for (size_t i = 0; i < second; i++) {
        buf_printf(text, "%s{\"b\":[%zu]}", i > 0 ? "," : "", i);
    }
    buf_append_text(text, "]}");
}

Test(pattern, a_thousand_combinations_are_the_limit)
{
    AUTO_ARENA arena = ARENA_INIT;
    AUTO_BUF most = BUF_INIT(1 << 16);
    AUTO_BUF too_many = BUF_INIT(1 << 16);
    write_ors(&most, 25, 40);
    write_ors(&too_many, 7, 143);
    cr_expect_eq(parse_text(&arena, &most), STATUS_OK);
    cr_expect_eq(parse_text(&arena, &too_many), STATUS_INVALID);
}

Test(pattern, wildcards_that_a_value_could_match_in_too_many_ways_at_once_are_refused)
{
    static const struct {
        const char *items;
        bool is_fine;
    } rows[] = {
        {"{\"wildcard\":\"*.bif\"},{\"wildcard\":\"*.tiff\"},{\"wildcard\":\"*.tif\"},"
         "{\"wildcard\":\"*.svs\"}",
         true},
        {"{\"wildcard\":\"*/datasync/*.bif\"},{\"wildcard\":\"*/datasync/*.tif\"}", true},
        {"{\"wildcard\":\"*/datasync/*.bif\"},{\"wildcard\":\"*/datasync/*.tif\"},"
         "{\"wildcard\":\"*/datasync/*.tiff\"},{\"wildcard\":\"*/datasync/*.svs\"}",
         false},
        {"{\"wildcard\":\"a*b*c*d*e*f*g*h*\"}", true},
        {"{\"wildcard\":\"*a*a*a*a*a*\"}", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        AUTO_ARENA arena = ARENA_INIT;
        AUTO_BUF text = BUF_INIT(4096);
        buf_printf(&text, "{\"key\":[%s]}", rows[i].items);
        cr_expect_eq(parse_text(&arena, &text) == STATUS_OK, rows[i].is_fine, "%s", rows[i].items);
    }
}

Test(pattern, elements_that_never_agree_are_given_up)
{
    AUTO_ARENA arena = ARENA_INIT;
    AUTO_BUF event = BUF_INIT(1 << 22);
    const struct pattern *pattern = NULL;
    struct pattern_fault fault;
    struct slice text =
        SLICE("{\"a\":{\"p\":[1],\"q\":[1],\"r\":[1]},\"b\":{\"p\":[1],\"q\":[1]}}");
    cr_assert_eq(pattern_parse(&arena, text, &pattern, &fault), STATUS_OK);
    for (int member = 'a'; member <= 'b'; member++) {
        buf_printf(&event, "%s\"%c\":[", member == 'a' ? "{" : "],", member);
        for (size_t i = 0; i < 3000; i++) {
            buf_printf(&event, "%s{\"%c\":1}", i > 0 ? "," : "", "pqr"[i % 3]);
        }
    }
    buf_append_text(&event, "]}");
    cr_expect_not(pattern_matches(pattern, buf_slice(&event)));
}
