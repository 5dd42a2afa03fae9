#include "loaded.h"

static struct value *resolved_of(struct loaded *loaded, const char *text)
{
    loaded_read(loaded, slice_from(text), DIALECT_CLOUDFORMATION);
    cr_assert_eq(loaded->status, STATUS_OK, "%s", text);
    struct value *resolved = NULL;
    loaded->status = resolve_template(&loaded->load, loaded->root, &resolved);
    return resolved;
}

Test(resolve, conditions_are_evaluated_lazily_and_decide_what_lives)
{
    struct loaded loaded;
    struct value *resolved = resolved_of(
        &loaded, "Parameters: {Env: {Type: String, Default: dev}}\n"
                 "Mappings: {M: {dev: {flag: 'true'}}}\n"
                 "Conditions:\n"
                 "  Dev: !Equals [!Ref Env, dev]\n"
                 "  Prod: !Equals [!Ref Env, prod]\n"
                 "  Mapped: !Equals [!FindInMap [M, !Ref Env, flag], true]\n"
                 "  Both: !And [!Condition Dev, !Condition Mapped, !Not [!Condition Prod]]\n"
                 "  Any: !Or [!Condition Prod, {Condition: Both}]\n"
                 "  Broken: !Equals [!Ref Nowhere, 1]\n"
                 "Resources:\n"
                 "  A: {Type: AWS::SQS::Queue, Condition: Any}\n"
                 "  B: {Type: AWS::SQS::Queue, Condition: Prod, Properties: {X: !Ref Nowhere}}\n"
                 "Outputs:\n"
                 "  OutA: {Value: !Ref A, Condition: Both, Description: d}\n"
                 "  OutB: {Value: !Ref B, Condition: Prod}\n");
    cr_assert_eq(loaded.status, STATUS_OK, "%.*s", SLICE_ARG(loaded_messages(&loaded)));
    cr_assert_not_null(value_path(resolved, "Resources", "A", NULL));
    cr_assert_null(value_path(resolved, "Resources", "B", NULL));
    cr_assert(value_is(value_path(resolved, "Outputs", "OutA", "Description", NULL), "d"));
    cr_assert_null(value_path(resolved, "Outputs", "OutB", NULL));
    loaded_finish(&loaded);
}

Test(resolve, broken_templates_are_told_in_the_words_of_cloudformation)
{
    static const struct {
        const char *text, *message;
    } rows[] = {
        {"Resources: {}\n", "At least one Resources member must be defined."},
        {"Description: x\n", "At least one Resources member must be defined."},
        {"Resources: {A: {Properties: {}}}\n",
         "template.yaml:1:13: Template format error: [/Resources/A] Every Resources object must "
         "contain a Type member."},
        {"Resources: {A: text}\n", "[/Resources/A] resource definition is malformed"},
        {"Resources: {a-b: {Type: AWS::SQS::Queue}}\n", "Resource name a-b is non alphanumeric."},
        {"Resources: {A: {Type: AWS::SQS::Queue, DependsOn: [B]}}\n",
         "template.yaml:1:52: Template format error: Unresolved resource dependencies [B]"},
        {"Resources: {A: {Type: AWS::SQS::Queue, Condition: C}}\n",
         "unresolved condition dependency C in the Resources block"},
        {"Resources: {A: {Type: AWS::SQS::Queue}}\nOutputs: {X: {Description: d}}\n",
         "Every Outputs member must contain a Value object"},
        {"Conditions: {C: !Condition D, D: !Condition C}\n"
         "Resources: {A: {Type: AWS::SQS::Queue, Condition: C}}\n",
         "circular dependency of condition"},
        {"Conditions: {C: !Equals [!Ref A, 1]}\n"
         "Resources: {A: {Type: AWS::SQS::Queue, Condition: C}}\n",
         "Cannot reference resources in the Conditions block of the template"},
        {"Conditions: {C: !Equals [1]}\n"
         "Resources: {A: {Type: AWS::SQS::Queue, Condition: C}}\n",
         "every Fn::Equals object requires a list of 2"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct loaded loaded;
        resolved_of(&loaded, rows[i].text);
        cr_expect_eq(loaded.status, STATUS_INVALID, "case %zu", i);
        cr_expect(loaded_says(&loaded, rows[i].message), "case %zu says: %.*s", i,
                  SLICE_ARG(loaded_messages(&loaded)));
        loaded_finish(&loaded);
    }
}

Test(resolve, one_run_shows_all_errors)
{
    struct loaded loaded;
    resolved_of(&loaded,
                "Resources:\n"
                "  A: {Type: AWS::SQS::Queue, Properties: {X: !Ref One}}\n"
                "  B: {Type: AWS::SQS::Queue, Properties: {X: !Ref Two, Y: !GetAtt Three.Arn}}\n");
    cr_assert_eq(loaded.load.diagnostic_count, 3, "%.*s", SLICE_ARG(loaded_messages(&loaded)));
    loaded_finish(&loaded);
}

Test(resolve, what_is_unknown_warns_in_an_environment_and_fails_where_it_is_needed)
{
    static const struct {
        const char *property;
        enum severity severity;
    } rows[] = {
        {"Environment: {Variables: {X: !ImportValue e}}", SEVERITY_WARNING},
        {"Handler: !ImportValue e", SEVERITY_ERROR},
        {"Description: !ImportValue e", SEVERITY_NOTICE},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct loaded loaded;
        char text[256];
        snprintf(text, sizeof(text),
                 "Resources:\n  F:\n    Type: AWS::Lambda::Function\n    Properties: {%s}\n",
                 rows[i].property);
        resolved_of(&loaded, text);
        cr_assert_eq(loaded.load.diagnostic_count, 1);
        cr_expect_eq(loaded.load.diagnostics[0].severity, rows[i].severity, "%s", rows[i].property);
        cr_expect(loaded_says(&loaded, "template.yaml:4:"), "%s", rows[i].property);
        loaded_finish(&loaded);
    }
}

Test(resolve, a_circle_of_resources_is_warned_of_because_aws_refuses_it)
{
    static const struct {
        const char *text, *message; /* NULL: none */
    } rows[] = {
        {"Resources:\n"
         "  A: {Type: AWS::SQS::Queue, Properties: {X: !GetAtt B.Arn}}\n"
         "  B: {Type: AWS::SQS::Queue, Properties: {X: !Sub '${C}'}}\n"
         "  C: {Type: AWS::SQS::Queue, DependsOn: A}\n",
         "template.yaml:2:3: Circular dependency between resources: [A, B, C]: AWS refuses this"},
        {"Resources:\n  A: {Type: AWS::SQS::Queue, Properties: {X: !Ref A}}\n",
         "Circular dependency between resources: [A]"},
        /* The name of B is given, but that is a property of B, not of A. */
        {"Resources:\n"
         "  A: {Type: AWS::SNS::Topic, Properties: {X: !Ref B}}\n"
         "  B: {Type: AWS::SNS::Topic, Properties: {TopicName: !GetAtt C.QueueName}}\n"
         "  C: {Type: AWS::SQS::Queue}\n",
         NULL},
        {"Conditions: {Never: !Equals [1, 2]}\nResources:\n"
         "  A: {Type: AWS::SQS::Queue, Properties: {X: !If [Never, !Ref B, 1]}}\n"
         "  B: {Type: AWS::SQS::Queue, Properties: {X: !Ref A}}\n",
         NULL},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct loaded loaded;
        resolved_of(&loaded, rows[i].text);
        cr_expect_eq(loaded.status, STATUS_OK, "case %zu", i);
        cr_expect(rows[i].message == NULL ? loaded.load.diagnostic_count == 0
                                          : loaded_says(&loaded, rows[i].message),
                  "case %zu says: %.*s", i, SLICE_ARG(loaded_messages(&loaded)));
        loaded_finish(&loaded);
    }
}
