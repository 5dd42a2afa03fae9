#include "loaded.h"

#include "templates/ledger.h"

/* "LINE:COLUMN support resource what" a line, without what is enforced. */
static const char *ledger_of(struct loaded *loaded, const char *text, bool with_enforced)
{
    static const char *const words[] = {"enforced", "approximated", "ignored", "not emulated"};
    loaded_read(loaded, slice_from(text), DIALECT_CLOUDFORMATION);
    cr_assert_eq(loaded->status, STATUS_OK);
    ledger_collect(&loaded->load, loaded->root, false);
    struct slice all = SLICE("");
    for (size_t i = 0; i < loaded->load.ledger_count; i++) {
        const struct ledger_entry *entry = &loaded->load.ledger[i];
        if (entry->support != SUPPORT_ENFORCED || with_enforced) {
            all = arena_printf(&loaded->arena, "%.*s%u:%u %s %.*s %.*s\n", SLICE_ARG(all),
                               entry->pos.line, entry->pos.column, words[entry->support],
                               SLICE_ARG(entry->resource), SLICE_ARG(entry->what));
        }
    }
    return arena_cstr(&loaded->arena, all);
}

Test(ledger, speaks_in_the_author_s_words_and_lines)
{
    struct loaded loaded;
    cr_assert_str_eq(
        ledger_of(&loaded,
                  "Globals:\n"
                  "  Function:\n"
                  "    Timeout: 3\n"
                  "    Tracing: Active\n"
                  "Resources:\n"
                  "  Fn:\n"
                  "    Type: AWS::Serverless::Function\n"
                  "    Metadata: {BuildMethod: makefile}\n"
                  "    Properties:\n"
                  "      Handler: a.b\n"
                  "      Policies: []\n"
                  "      TenancyConfig: {TenantIsolationMode: PER_TENANT}\n"
                  "      Events:\n"
                  "        Web:\n"
                  "          Type: Api\n"
                  "          Properties: {Path: /, Method: get, Auth: {ApiKeyRequired: true}}\n"
                  "        Open:\n"
                  "          Type: Api\n"
                  "          Properties: {Path: /, Method: get, Auth: {Authorizer: NONE}}\n"
                  "        Job:\n"
                  "          Type: AlexaSkill\n"
                  "          Properties: {SkillId: s}\n"
                  "  State: {Type: AWS::StepFunctions::StateMachine}\n"
                  "  Role: {Type: AWS::IAM::Role}\n"
                  "  Robot: {Type: AWS::RoboMaker::Robot}\n",
                  false),
        "4:5 ignored Globals Function.Tracing\n"
        "11:7 ignored Fn Policies\n"
        "12:7 not emulated Fn TenancyConfig\n"
        "16:46 approximated Fn Events.Web.Auth\n"
        "20:9 not emulated Fn Events.Job (AlexaSkill)\n"
        "8:16 approximated Fn Metadata.BuildMethod (makefile)\n"
        "23:17 not emulated State AWS::StepFunctions::StateMachine\n"
        "24:16 ignored Role AWS::IAM::Role\n"
        "25:17 not emulated Robot AWS::RoboMaker::Robot\n");
    loaded_finish(&loaded);
}

Test(ledger, leaves_out_what_a_condition_switches_off)
{
    struct loaded loaded;
    cr_assert_str_eq(ledger_of(&loaded,
                               "Parameters: {Env: {Type: String, Default: dev}}\n"
                               "Conditions: {Prod: !Equals [!Ref Env, prod]}\n"
                               "Resources:\n"
                               "  A: {Type: AWS::SQS::Queue, Condition: Prod}\n"
                               "  B: {Type: AWS::StepFunctions::StateMachine}\n",
                               true),
                     "5:13 not emulated B AWS::StepFunctions::StateMachine\n");
    loaded_finish(&loaded);
}

Test(ledger, warns_of_attributes_that_stand_beside_properties)
{
    static const struct {
        const char *attribute, *message;
    } rows[] = {
        {"Handler",
         "template.yaml:1:50: Invalid template resource property 'Handler': without effect "
         "here, it belongs below Properties"},
        {"DependOn", "Invalid template resource property 'DependOn'; did you mean 'DependsOn'?"},
        {"Nonsense", "Invalid template resource property 'Nonsense'"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct loaded loaded;
        char text[256];
        snprintf(text, sizeof(text), "Resources: {F: {Type: AWS::Serverless::Function, %s: x}}\n",
                 rows[i].attribute);
        ledger_of(&loaded, text, false);
        cr_expect(loaded_says(&loaded, rows[i].message), "%s says %.*s", rows[i].attribute,
                  SLICE_ARG(loaded_messages(&loaded)));
        loaded_finish(&loaded);
    }
}

Test(ledger, every_type_has_a_row)
{
    static const struct {
        const char *type;
        enum support support;
    } rows[] = {
        {"AWS::Serverless::Function", SUPPORT_ENFORCED},
        {"AWS::IAM::Role", SUPPORT_IGNORED},
        {"AWS::EC2::VPCEndpoint", SUPPORT_IGNORED},
        {"AWS::EC2::Instance", SUPPORT_NOT_EMULATED},
        {"Custom::Thing", SUPPORT_NOT_EMULATED},
        {"AWS::SQS::QueuePolicy", SUPPORT_IGNORED},
        {"AWS::WAFv2::WebACL", SUPPORT_IGNORED},
        {"Nonsense", SUPPORT_NOT_EMULATED},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cr_expect_eq(type_support(slice_from(rows[i].type))->support, rows[i].support, "%s",
                     rows[i].type);
    }
}
