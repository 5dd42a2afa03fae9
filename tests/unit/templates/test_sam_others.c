/* Tables, state machines, applications, connectors: the smaller SAM types. */
#include "sam_loaded.h"

#include <criterion/criterion.h>

#define FUNCTION                                                                                   \
    "  F: {Type: AWS::Serverless::Function, Properties: {InlineCode: x, Handler: a.b, Runtime: "   \
    "python3.12}}\n"

static void expand(struct sam_loaded *loaded, const char *resources)
{
    AUTO_BUF text = BUF_INIT(65536);
    buf_printf(&text, "Transform: AWS::Serverless-2016-10-31\nResources:\n%s", resources);
    sam_loaded_read(loaded, buf_slice(&text), NULL);
}

Test(sam_others, become_plain_resources)
{
    static const struct {
        const char *resources, *path, *want;
    } rows[] = {
        {"  T: {Type: AWS::Serverless::SimpleTable}\n", "T",
         "{\"Type\":\"AWS::DynamoDB::Table\",\"Properties\":{\"AttributeDefinitions\":[{"
         "\"AttributeName\":"
         "\"id\",\"AttributeType\":\"S\"}],\"KeySchema\":[{\"AttributeName\":\"id\",\"KeyType\":"
         "\"HASH\"}],"
         "\"BillingMode\":\"PAY_PER_REQUEST\"}}"},
        {"  T: {Type: AWS::Serverless::SimpleTable, Properties: {PrimaryKey: {Name: k, Type: "
         "Number}, "
         "ProvisionedThroughput: {ReadCapacityUnits: 1, WriteCapacityUnits: 2}, TableName: n}}\n",
         "T.Properties",
         "{\"AttributeDefinitions\":[{\"AttributeName\":\"k\",\"AttributeType\":\"N\"}],"
         "\"KeySchema\":[{"
         "\"AttributeName\":\"k\",\"KeyType\":\"HASH\"}],\"ProvisionedThroughput\":{"
         "\"ReadCapacityUnits\":"
         "1,\"WriteCapacityUnits\":2},\"TableName\":\"n\"}"},
        {"  S: {Type: AWS::Serverless::Application, Properties: {Location: ./app.yaml}}\n",
         "S.Properties.TemplateURL", "\"./app.yaml\""},
        {FUNCTION
         "  S: {Type: AWS::Serverless::StateMachine, Properties: {Definition: {StartAt: A, Fn: "
         "!GetAtt F.Arn}}}\n",
         "S.Properties.DefinitionString",
         "{\"Fn::Join\":[\"\\n\",[\"{\",\"    \\\"Fn\\\": "
         "\\\"${definition_substitution_1}\\\",\",\"    "
         "\\\"StartAt\\\": \\\"A\\\"\",\"}\"]]}"},
        {FUNCTION
         "  S: {Type: AWS::Serverless::StateMachine, Properties: {Definition: {StartAt: A, Fn: "
         "!GetAtt F.Arn}, DefinitionSubstitutions: {a: b}}}\n",
         "S.Properties.DefinitionSubstitutions",
         "{\"a\":\"b\",\"definition_substitution_1\":{\"Fn::GetAtt\":[\"F\",\"Arn\"]}}"},
        {"  S: {Type: AWS::Serverless::StateMachine, Properties: {DefinitionUri: s.asl.json}}\n",
         "S.Properties.DefinitionS3Location", "{\"SlsLocalPath\":\"s.asl.json\"}"},
        {"  S: {Type: AWS::Serverless::StateMachine, Properties: {Definition: {a: b}, Role: r, "
         "Events: {E: "
         "{Type: Schedule, Properties: {Schedule: x, RoleArn: q}}}}}\n",
         "SE.Properties.Targets",
         "[{\"Arn\":{\"Ref\":\"S\"},\"Id\":\"SEStepFunctionsTarget\",\"RoleArn\":\"q\"}]"},
        {"  L: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: layer/}}\n",
         "L.Properties.Content", "{\"SlsLocalPath\":\"layer/\"}"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct sam_loaded loaded;
        expand(&loaded, rows[i].resources);
        cr_assert_eq(loaded.status, STATUS_OK, "row %zu: %s", i, sam_loaded_errors(&loaded));
        AUTO_BUF path = BUF_INIT(1024);
        struct slice rest = slice_from(rows[i].path);
        /* A layer's id has a hash behind it. */
        struct value *resources = value_get(loaded.result, "Resources");
        if (slice_starts_with(rest, SLICE("L."))) {
            buf_printf(&path, "Resources.%.*s.%.*s", SLICE_ARG(resources->as.map.entries[0].key),
                       SLICE_ARG(slice_skip(rest, 2)));
        } else {
            buf_printf(&path, "Resources.%s", rows[i].path);
        }
        const char *got = sam_loaded_json(&loaded, buf_cstr(&path));
        cr_expect_str_eq(got, rows[i].want, "row %zu: %s", i, got);
        sam_loaded_finish(&loaded);
    }
}

Test(sam_others, have_the_translators_ids)
{
    static const struct {
        const char *resources, *ids;
    } rows[] = {
        {"  S: {Type: AWS::Serverless::StateMachine, Properties: {Definition: {a: b}, "
         "AutoPublishAlias: "
         "live, Events: {E: {Type: EventBridgeRule, Properties: {Pattern: {}}}, V: {Type: "
         "ScheduleV2, "
         "Properties: {ScheduleExpression: x}}}}}\n",
         "S SAliaslive SE SERole SRole SV SVRole SVersion"},
        {FUNCTION
         "  T: {Type: AWS::Serverless::SimpleTable}\n"
         "  C: {Type: AWS::Serverless::Connector, Properties: {Source: {Id: F}, Destination: "
         "{Id: T}, Permissions: [Read]}}\n",
         "CPolicy F FRole T"},
        {FUNCTION
         "  N: {Type: AWS::SNS::Topic, Connectors: {X: {Properties: {Destination: {Id: F}, "
         "Permissions: [Write]}}}}\n",
         "F FRole N NXWriteLambdaPermission"},
        {FUNCTION
         "  Q: {Type: AWS::SQS::Queue}\n  N: {Type: AWS::SNS::Topic}\n"
         "  C: {Type: AWS::Serverless::Connector, Properties: {Source: {Id: F}, Destination: "
         "[{Id: Q}, {Id: N}], Permissions: [Write]}}\n",
         "CPolicyDestination0 CPolicyDestination1 F FRole N Q"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct sam_loaded loaded;
        expand(&loaded, rows[i].resources);
        cr_expect_str_eq(sam_loaded_ids(&loaded), rows[i].ids, "row %zu: %s %s", i,
                         sam_loaded_ids(&loaded), sam_loaded_errors(&loaded));
        sam_loaded_finish(&loaded);
    }
}

Test(sam_others, that_are_wrong_are_told_in_the_translators_words)
{
    static const struct {
        const char *resources, *want;
    } rows[] = {
        {"  S: {Type: AWS::Serverless::StateMachine}\n",
         "Either 'Definition' or 'DefinitionUri' property must be specified."},
        {"  S: {Type: AWS::Serverless::StateMachine, Properties: {Definition: {a: b}, Role: x, "
         "Policies: "
         "[y]}}\n",
         "Specify either 'Role' or 'Policies' (but not both at the same time) or neither of them"},
        {"  T: {Type: AWS::Serverless::SimpleTable, Properties: {PrimaryKey: {Name: a, Type: "
         "Foo}}}\n",
         "Invalid 'Type' \"Foo\"."},
        {"  L: {Type: AWS::Serverless::LayerVersion}\n", "Missing required property 'ContentUri'."},
        {FUNCTION
         "  C: {Type: AWS::Serverless::Connector, Properties: {Source: {Id: F}, Destination: "
         "{Id: X}, Permissions: [Read]}}\n",
         "Unable to find resource with logical ID 'X'."},
        {FUNCTION
         "  T: {Type: AWS::Serverless::SimpleTable}\n"
         "  C: {Type: AWS::Serverless::Connector, Properties: {Source: {Id: T}, Destination: "
         "{Id: T}, Permissions: [Read]}}\n",
         "Unable to create connector from AWS::DynamoDB::Table to AWS::DynamoDB::Table; it's not "
         "supported or the template is invalid."},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct sam_loaded loaded;
        expand(&loaded, rows[i].resources);
        cr_expect_eq(loaded.status, STATUS_INVALID, "row %zu", i);
        cr_expect_neq(
            slice_search(slice_from(sam_loaded_errors(&loaded)), slice_from(rows[i].want)),
            SLICE_NPOS, "row %zu: %s", i, sam_loaded_errors(&loaded));
        sam_loaded_finish(&loaded);
    }
}
