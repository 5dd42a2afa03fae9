#include "scheduler/events/target_input.h"

#include "core/json_scan.h"
#include "core/mem.h"
#include "tests/support/json_path.h"

#include <criterion/criterion.h>

#define VARIABLES_MAX 4

/* The event of the tests of AWS that LocalStack recorded (tests/aws/services/events/test_events_inputs.py), and some
 * more in its detail. */
static const char event_json[] =
    "{'version':'0','id':'6a7e8feb-b491-4cf7-a9f1-bf3703467718','detail-type':'customerCreated',"
    "'source':'my.source','account':'000000000000','time':'2026-01-01T00:00:00Z',"
    "'region':'us-east-1','resources':['arn:r'],'detail':{'command':'update-account',"
    "'payload':{'acc_id':'0a787ecb-4015','sf_id':'baz'},'number':4.50,'flag':true,'nothing':null,"
    "'list':['ACTIVE','INACTIVE'],'spaced':{ 'a' : [ 1, 'x y' ] },'quoted':'say \\'hi\\'',"
    "'deep':{'list':[{'n':'first'},{'n':'second'}]}}}";

struct variable {
    const char *name, *path;
};

static enum status parse(struct arena *arena, struct target_input_spec *spec,
                         const struct variable *variables, const struct target_input **ret_input,
                         struct fault *fault)
{
    struct input_variable *list = arena_array(arena, VARIABLES_MAX, sizeof *list);
    spec->target_id = SLICE("t1");
    spec->variables = list;
    for (size_t i = 0; i < VARIABLES_MAX && variables[i].name != NULL; i++) {
        list[i] =
            (struct input_variable){slice_from(variables[i].name), slice_from(variables[i].path)};
        spec->variable_count++;
    }
    return target_input_parse(arena, spec, ret_input, fault);
}

static void expect_payload(struct arena *arena, const struct target_input *input,
                           const char *wanted, const char *about)
{
    char *event = json_quoted(event_json);
    char *payload = json_quoted(wanted);
    const struct event_origin origin = {
        .event = slice_from(event),
        .rule_arn = SLICE("arn:aws:events:us-east-1:000000000000:rule/r"),
        .rule_name = SLICE("r"),
        .ingested_ms = 1767225601999,
    };
    struct slice made = SLICE("");
    cr_assert(target_input_apply(arena, input, &origin, &made), "%s", about);
    cr_expect(slice_is(made, payload), "%s makes\n%.*s\nnot\n%s", about, SLICE_ARG(made), payload);
    mem_free(payload);
    mem_free(event);
}

/* --- templates --- */

static const struct {
    struct variable variables[VARIABLES_MAX];
    const char *input_template;
    const char *payload;
} templates[] = {
    /* Recorded: a string with an object, a list, a text. */
    {{{"command", "$.detail.command"}},
     "'Event of <command> type'",
     "'Event of update-account type'"},
    {{{"payload", "$.detail.payload"}},
     "'Payload of <payload> with nested object'",
     "'Payload of {acc_id:0a787ecb-4015,sf_id:baz} with nested object'"},
    {{{"list", "$.detail.list"}}, "'Payload of <list>'", "'Payload of [ACTIVE,INACTIVE]'"},
    {{{"command", "$.detail.command"}, {"payload", "$.detail.payload"}},
     "{'command':<command>,'payload':<payload>}",
     "{'command':'update-account','payload':{'acc_id':'0a787ecb-4015','sf_id':'baz'}}"},
    {{{"list", "$.detail.list"}}, "{'all':<list>}", "{'all':['ACTIVE','INACTIVE']}"},
    /* Recorded: lines of strings. */
    {{{"list", "$.detail.list"}, {"command", "$.detail.command"}},
     "'First <list>'\n'second <command>'",
     "'First [ACTIVE,INACTIVE]'\n'second update-account'"},
    /* Recorded: what is not there. */
    {{{"gone", "$.detail.gone"}}, "{'gone':<gone>}", "{'gone':''}"},
    {{{"gone", "$.detail.gone"}}, "'Message <gone> there'", "'Message  there'"},
    /* Recorded: reserved variables. */
    {{{NULL, NULL}},
     "{'originalEvent':<aws.events.event.json>}",
     "{'originalEvent':{'version':'0','id':'6a7e8feb-b491-4cf7-a9f1-bf3703467718',"
     "'detail-type':'customerCreated','source':'my.source','account':'000000000000',"
     "'time':'2026-01-01T00:00:00Z','region':'us-east-1','resources':['arn:r'],'detail':{'command':"
     "'update-account','payload':{'acc_id':'0a787ecb-4015','sf_id':'baz'},'number':4.50,"
     "'flag':true,'nothing':null,'list':['ACTIVE','INACTIVE'],'spaced':{ 'a' : [ 1, 'x y' ] },"
     "'quoted':'say \\'hi\\'','deep':{'list':[{'n':'first'},{'n':'second'}]}}}}"},
    {{{NULL, NULL}},
     "{'event':<aws.events.event>}",
     "{'event':{'id':'6a7e8feb-b491-4cf7-a9f1-bf3703467718','account':'000000000000',"
     "'detailType':'customerCreated','time':'2026-01-01T00:00:00Z','source':'my.source',"
     "'region':'us-east-1','resources':['arn:r'],'version':'0'}}"},
    {{{NULL, NULL}},
     "'Message containing all pre defined variables <aws.events.rule-arn> <aws.events.rule-name> "
     "<aws.events.event.ingestion-time>'",
     "'Message containing all pre defined variables "
     "arn:aws:events:us-east-1:000000000000:rule/r r 2026-01-01T00:00:01Z'"},
    {{{NULL, NULL}}, "{'rule':<aws.events.rule-name>}", "{'rule':'r'}"},
    /* Every kind of value in a slot of its own, and in a string. */
    {{{"n", "$.detail.number"}, {"f", "$.detail.flag"}, {"z", "$.detail.nothing"}},
     "{'n':<n>,'f':<f>,'z':<z>}",
     "{'n':4.50,'f':true,'z':null}"},
    {{{"n", "$.detail.number"}, {"f", "$.detail.flag"}, {"z", "$.detail.nothing"}},
     "'<n> <f> <z>'",
     "'4.50 true null'"},
    {{{"s", "$.detail.spaced"}}, "'<s>'", "'{a:[1,x y]}'"},
    /* Nothing is escaped. */
    {{{"q", "$.detail.quoted"}}, "{'q':'<q>'}", "{'q':'say 'hi''}"},
    {{{"q", "$.detail.quoted"}}, "{'q':<q>}", "{'q':'say \\'hi\\''}"},
    {{{"first", "$.detail.deep.list[0].n"}, {"all", "$.detail.deep.list[*].n"}},
     "{'first':<first>,'all':<all>}",
     "{'first':'first','all':['first','second']}"},
    /* A key may be made of a slot, and a template needs none. */
    {{{"c", "$.detail.command"}}, "{'<c>':1}", "{'update-account':1}"},
    {{{NULL, NULL}}, "{ 'a' : 1 }", "{ 'a' : 1 }"},
    {{{"c", "$.detail.command"}}, "<c>", "'update-account'"},
    {{{"c", "$.detail.command"}}, "{'a':'\\'<c>'}", "{'a':'\\'update-account'}"},
};

Test(target_input, makes_of_a_template_what_aws_makes)
{
    for (size_t i = 0; i < COUNT_OF(templates); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        const struct target_input *input;
        struct fault fault = {.text = ""};
        char *text = json_quoted(templates[i].input_template);
        struct target_input_spec spec = {.input_template = slice_from(text)};
        cr_assert_eq(parse(&arena, &spec, templates[i].variables, &input, &fault), STATUS_OK,
                     "%s: %s", text, fault.text);
        expect_payload(&arena, input, templates[i].payload, text);
        mem_free(text);
    }
}

/* --- paths and constants --- */

static const struct variable no_variables[VARIABLES_MAX];

Test(target_input, a_path_gives_the_value_as_json)
{
    static const char *const rows[][2] = {
        {"$.detail.payload.sf_id", "'baz'"},
        {"$.detail.number", "4.50"},
        {"$.detail.payload", "{'acc_id':'0a787ecb-4015','sf_id':'baz'}"},
        {"$.detail-type", "'customerCreated'"},
        {"$.detail.deep.list[1]", "{'n':'second'}"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        const struct target_input *input;
        struct fault fault;
        struct target_input_spec spec = {.input_path = slice_from(rows[i][0])};
        cr_assert_eq(parse(&arena, &spec, no_variables, &input, &fault), STATUS_OK);
        expect_payload(&arena, input, rows[i][1], rows[i][0]);
    }
}

Test(target_input, nothing_given_is_the_event_and_a_constant_is_itself)
{
    AUTO_ARENA arena = ARENA_INIT;
    const struct target_input *input;
    struct fault fault;
    struct target_input_spec event = {.input = SLICE_NULL};
    cr_assert_eq(parse(&arena, &event, no_variables, &input, &fault), STATUS_OK);
    expect_payload(&arena, input, event_json, "the event");
    struct target_input_spec constant = {.input = SLICE("{ \"a\": 1 }")};
    cr_assert_eq(parse(&arena, &constant, no_variables, &input, &fault), STATUS_OK);
    expect_payload(&arena, input, "{ 'a': 1 }", "a constant");
}

/* --- refusals --- */

static void expect_refusal(struct target_input_spec *spec, const struct variable *variables,
                           const char *words)
{
    AUTO_ARENA arena = ARENA_INIT;
    const struct target_input *input;
    struct fault fault = {.text = ""};
    cr_expect_eq(parse(&arena, spec, variables, &input, &fault), STATUS_INVALID, "%s", words);
    cr_expect(slice_starts_with(slice_from(fault.text), slice_from(words)), "%s\nnot\n%s",
              fault.text, words);
}

Test(target_input, refuses_in_the_words_of_aws)
{
    static const struct variable command[VARIABLES_MAX] = {{"command", "$.detail.command"}};
    static const struct variable broken[VARIABLES_MAX] = {{"command", "detail.command"}};
    static const char *const only_one =
        "Only one of Input, InputPath, or InputTransformer must be provided for target t1.";
    struct target_input_spec two = {.input = SLICE("1"), .input_path = SLICE("$.a")};
    struct target_input_spec others = {.input_template = SLICE("1"), .input_path = SLICE("$.a")};
    struct target_input_spec unknown = {.input_template = SLICE("\"<what>\"")};
    struct target_input_spec no_path = {.input_template = SLICE("\"<command>\"")};
    struct target_input_spec no_json = {.input = SLICE("{a}")};
    struct target_input_spec bad_path = {.input_path = SLICE("detail")};
    expect_refusal(&two, no_variables, only_one);
    expect_refusal(&others, no_variables, only_one);
    expect_refusal(&unknown, command,
                   "InputTemplate for target t1 contains invalid placeholder what.");
    expect_refusal(&no_path, broken, "Invalid InputPath for target t1.");
    expect_refusal(&no_json, no_variables, "JSON syntax error in input for target t1.");
    expect_refusal(&bad_path, no_variables, "Invalid InputPath for target t1.");
}

Test(target_input, refuses_a_template_that_is_neither_json_nor_strings)
{
    static const struct variable command[VARIABLES_MAX] = {{"c", "$.detail.command"}};
    static const char *const texts[] = {"Event of <c>", "{'a':<c>", "{'a':<c>}}", "'a' <c>",
                                        "'a\n'"};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        char *text = json_quoted(texts[i]);
        struct target_input_spec spec = {.input_template = slice_from(text)};
        expect_refusal(&spec, command, "Invalid InputTemplate for target t1 : ");
        mem_free(text);
    }
}
