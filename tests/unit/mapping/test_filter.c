#include "scheduler/mapping/filter.h"

#include "core/mem.h"
#include "tests/support/json_path.h"

#include <criterion/criterion.h>

/* What Lambda's guide says of each kind of content and pattern; ' for ", and in records too. */
static bool matches(enum mapping_source source, const char *pattern, const char *record)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct mapping_config config = {.source = source, .filter_count = 1};
    struct filter *filter = NULL;
    struct fault fault = {.text = ""};
    char *pattern_json = json_quoted(pattern);
    char *record_json = json_quoted(record);
    config.filters[0] = slice_from(pattern_json);
    cr_assert_eq(filter_compile(&arena, &config, &filter, &fault), STATUS_OK, "%s", pattern);
    bool does = filter_matches(filter, slice_from(record_json));
    mem_free(pattern_json);
    mem_free(record_json);
    return does;
}

Test(filter, asks_into_what_it_names)
{
    static const struct {
        enum mapping_source source;
        const char *pattern, *record;
        bool matches;
    } rows[] = {
        /* queues: JSON and text are different kinds of body */
        {MAPPING_QUEUE, "{'body':{'n':[{'numeric':['>',100]}]}}", "{'body':'{\\'n\\':101}'}", true},
        {MAPPING_QUEUE, "{'body':{'n':[{'numeric':['>',100]}]}}", "{'body':'{\\'n\\':99}'}", false},
        {MAPPING_QUEUE, "{'body':{'n':[{'exists':false}]}}", "{'body':'text'}", false},
        {MAPPING_QUEUE, "{'body':['text']}", "{'body':'text'}", true},
        {MAPPING_QUEUE, "{'body':['text']}", "{'body':'other'}", false},
        {MAPPING_QUEUE, "{'body':[{'prefix':'{'}]}", "{'body':'{\\'n\\':1}'}", false},
        {MAPPING_QUEUE, "{'eventSource':['aws:sqs']}", "{'body':'x','eventSource':'aws:sqs'}",
         true},
        {MAPPING_QUEUE, "{'eventSource':['aws:sqs']}", "{'body':'{}','eventSource':'aws:sqs'}",
         true},
        {MAPPING_QUEUE, "{'messageAttributes':{'kind':{'stringValue':['a']}}}",
         "{'body':'x','messageAttributes':{'kind':{'stringValue':'a','dataType':'String'}}}", true},
        /* DynamoDB: the record as it is */
        {MAPPING_DYNAMODB, "{'dynamodb':{'NewImage':{'x':{'S':[{'prefix':'a'}]}}}}",
         "{'dynamodb':{'NewImage':{'x':{'S':'abc'}}}}", true},
        {MAPPING_DYNAMODB, "{'dynamodb':{'NewImage':{'x':{'S':[{'prefix':'a'}]}}}}",
         "{'dynamodb':{'NewImage':{'x':{'S':'cba'}}}}", false},
        {MAPPING_DYNAMODB, "{'eventName':['INSERT','MODIFY']}", "{'eventName':'MODIFY'}", true},
        {MAPPING_DYNAMODB, "{'eventName':['INSERT','MODIFY']}", "{'eventName':'REMOVE'}", false},
        /* Kinesis: what is under "kinesis" stands at the top, the data decoded: {"n":1}, {"n":2}, hello */
        {MAPPING_KINESIS, "{'data':{'n':[1]}}", "{'kinesis':{'data':'eyJuIjoxfQ=='}}", true},
        {MAPPING_KINESIS, "{'data':{'n':[1]}}", "{'kinesis':{'data':'eyJuIjoyfQ=='}}", false},
        {MAPPING_KINESIS, "{'data':{'n':[{'exists':false}]}}", "{'kinesis':{'data':'aGVsbG8='}}",
         false},
        {MAPPING_KINESIS, "{'partitionKey':['k']}",
         "{'kinesis':{'data':'aGVsbG8=','partitionKey':'k'}}", true},
        {MAPPING_KINESIS, "{'kinesis':{'partitionKey':['k']}}",
         "{'kinesis':{'data':'aGVsbG8=','partitionKey':'k'}}", false},
        {MAPPING_KINESIS, "{'eventName':['aws:kinesis:record']}",
         "{'kinesis':{'data':'aGVsbG8='},'eventName':'aws:kinesis:record'}", true},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        cr_expect_eq(matches(rows[i].source, rows[i].pattern, rows[i].record), rows[i].matches,
                     "case %zu: %s of %s", i, rows[i].pattern, rows[i].record);
    }
}

Test(filter, one_of_several_patterns_is_enough)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct mapping_config config = {.source = MAPPING_DYNAMODB, .filter_count = 2};
    struct filter *filter = NULL;
    config.filters[0] = SLICE("{\"eventName\":[\"INSERT\"]}");
    config.filters[1] = SLICE("{\"eventName\":[\"REMOVE\"]}");
    cr_assert_eq(filter_compile(&arena, &config, &filter, NULL), STATUS_OK);
    cr_expect(filter_matches(filter, SLICE("{\"eventName\":\"REMOVE\"}")));
    cr_expect(filter_matches(filter, SLICE("{\"eventName\":\"INSERT\"}")));
    cr_expect_not(filter_matches(filter, SLICE("{\"eventName\":\"MODIFY\"}")));
}

Test(filter, without_patterns_there_is_none)
{
    AUTO_ARENA arena = ARENA_INIT;
    const struct mapping_config config = {.source = MAPPING_QUEUE};
    struct filter *filter = NULL;
    cr_assert_eq(filter_compile(&arena, &config, &filter, NULL), STATUS_OK);
    cr_expect_null(filter);
}

Test(filter, refuses_what_is_no_pattern)
{
    static const struct {
        enum mapping_source source;
        const char *pattern;
    } rows[] = {
        {MAPPING_QUEUE, "simple string"},
        {MAPPING_QUEUE, ""},
        {MAPPING_QUEUE, "'text'"},
        {MAPPING_DYNAMODB, "[{'eventName': ['INSERT'=123}]"},
        {MAPPING_DYNAMODB, "{'eventName':'INSERT'}"},
        {MAPPING_KINESIS, "{'data':['text']}"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        struct mapping_config config = {.source = rows[i].source, .filter_count = 1};
        struct filter *filter = NULL;
        struct fault fault = {.text = ""};
        char *json = json_quoted(rows[i].pattern);
        config.filters[0] = slice_from(json);
        cr_expect_eq(filter_compile(&arena, &config, &filter, &fault), STATUS_INVALID, "case %zu",
                     i);
        cr_expect_str_eq(fault.text, "Invalid filter pattern definition.");
        mem_free(json);
    }
}
