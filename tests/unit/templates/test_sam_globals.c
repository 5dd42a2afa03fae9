/* Globals, parameters and the document checks of the SAM transform. */
#include "sam_loaded.h"

#include <criterion/criterion.h>

#define FUNCTION(more)                                                                             \
    "Resources: {F: {Type: AWS::Serverless::Function, " more "}}\n"                                \
    "Transform: AWS::Serverless-2016-10-31\n"
#define MINIMAL "Properties: {InlineCode: x, Handler: a.b, Runtime: python3.12}"

static void expect(size_t row, const char *text, const char *path, const char *want)
{
    struct sam_loaded loaded;
    sam_loaded_read(&loaded, slice_from(text), NULL);
    cr_expect_eq(loaded.status, STATUS_OK, "row %zu: %s", row, sam_loaded_errors(&loaded));
    cr_expect_str_eq(sam_loaded_json(&loaded, path), want, "row %zu: %s", row, text);
    sam_loaded_finish(&loaded);
}

Test(sam_globals, merge_maps_append_lists_and_prefer_the_resource)
{
#define P "Resources.F.Properties."
    static const struct {
        const char *text, *path, *want;
    } rows[] = {
        {"Globals: {Function: {Timeout: 7}}\n" FUNCTION(MINIMAL), P "Timeout", "7"},
        {"Globals: {Function: {Timeout: 7}}\n" FUNCTION(
             "Properties: {InlineCode: x, Handler: a.b, Runtime: python3.12, Timeout: 9}"),
         P "Timeout", "9"},
        {"Globals: {Function: {Runtime: python3.12, Handler: a.b, CodeUri: src}}\n" FUNCTION(
             "Metadata: {a: b}"),
         P "Code", "{\"SlsLocalPath\":\"src\"}"},
        {"Globals: {Function: {Environment: {Variables: {A: 1, B: 2}}}}\n" FUNCTION(
             "Properties: {InlineCode: x, Handler: a.b, Runtime: python3.12, Environment: "
             "{Variables: {B: 3, C: 4}}}"),
         P "Environment", "{\"Variables\":{\"A\":1,\"B\":3,\"C\":4}}"},
        {"Globals: {Function: {Layers: [a, b]}}\n" FUNCTION(
             "Properties: {InlineCode: x, Handler: a.b, Runtime: python3.12, Layers: [b, c]}"),
         P "Layers", "[\"a\",\"b\",\"b\",\"c\"]"},
        {"Globals: {Function: {VpcConfig: {SubnetIds: [a]}}}\n" FUNCTION(
             "Properties: {InlineCode: x, Handler: a.b, Runtime: python3.12, VpcConfig: {Ref: V}}"),
         P "VpcConfig", "{\"Ref\":\"V\"}"},
        {"Globals: {Function: {Timeout: }}\n" FUNCTION(
             "Properties: {InlineCode: x, Handler: a.b, Runtime: python3.12, Timeout: 9}"),
         P "Timeout", "9"},
        {"Globals: {Function: {Timeout: 7, MemorySize: 256}}\n" FUNCTION(
             "IgnoreGlobals: '*', " MINIMAL),
         P "Timeout", "(none)"},
        {"Globals: {Function: {Timeout: 7, MemorySize: 256}}\n" FUNCTION(
             "IgnoreGlobals: [Timeout], " MINIMAL),
         P "MemorySize", "256"},
        {"Globals: {Function: {Timeout: 7, MemorySize: 256}}\n" FUNCTION(
             "IgnoreGlobals: [Timeout], " MINIMAL),
         P "Timeout", "(none)"},
        {"Globals: {Api: {TracingEnabled: true}}\n" FUNCTION(
             "Properties: {InlineCode: x, Handler: a.b, Runtime: python3.12, Events: {E: {Type: "
             "Api, "
             "Properties: {Path: /, Method: get}}}}"),
         "Resources.ServerlessRestApiProdStage.Properties.TracingEnabled", "true"},
    };
#undef P
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        expect(i, rows[i].text, rows[i].path, rows[i].want);
    }
}

Test(sam_globals, wrong_documents_are_told_in_the_translators_words)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"Globals: {Function: {Role: x}}\n" FUNCTION(MINIMAL),
         "template.yaml:1:22: 'Globals' section is invalid. 'Role' is not a supported property of "
         "'Function'. Must be one of the following values - ['Handler', 'Runtime', 'CodeUri', "},
        {"Globals: {Foo: {Role: x}}\n" FUNCTION(MINIMAL),
         "template.yaml:1:11: 'Globals' section is invalid. 'Foo' is not supported. Must be one of "
         "the following values - ['Api', 'CapacityProvider', 'Function', 'HttpApi', "
         "'LayerVersion', "
         "'SimpleTable', 'StateMachine', 'WebSocketApi']"},
        {"Globals:\n" FUNCTION(MINIMAL),
         "template.yaml:1:1: 'Globals' section is invalid. It must be a non-empty dictionary"},
        {"Globals: {Function: {Timeout: 1}}\n" FUNCTION("IgnoreGlobals: [Foo], " MINIMAL),
         "template.yaml:2:66: Resource with id [F] is invalid. Resource F has invalid resource "
         "attribute 'IgnoreGlobals' on item 'Foo'."},
        {"Transform: AWS::Serverless-2016-10-31\n",
         "Structure of the SAM template is invalid. 'Resources' section is required"},
        {"Transform: AWS::Serverless-2016-10-31\nResources: {A: [1]}\n",
         "Structure of the SAM template is invalid. All 'Resources' must be Objects. If you're "
         "using "
         "YAML, this may be an indentation issue."},
        {FUNCTION("Properties: "), "Attribute 'Properties' should be a map."},
        {FUNCTION("Properties: {InlineCode: x}"),
         "template.yaml:1:13: Resource with id [F] is invalid. Runtime and Handler needs to be "
         "present when PackageType is of type `Zip`"},
        {FUNCTION("Properties: {InlineCode: x, Handlr: a.b, Runtime: y}"),
         "template.yaml:1:78: Resource with id [F] is invalid. property Handlr not defined for "
         "resource of type AWS::Serverless::Function; did you mean 'Handler'?"},
        {FUNCTION("Properties: {InlineCode: x, Handler: a.b, Runtime: y, Tags: [a]}"),
         "Resource with id [F] is invalid. Property 'Tags' should be a map."},
        {FUNCTION("Properties: {PackageType: Image}"),
         "Resource with id [F] is invalid. 'ImageUri' must be set."},
        {FUNCTION(
             "Properties: {InlineCode: x, Handler: a, Runtime: y, DeadLetterQueue: {Type: SQS}}"),
         "'DeadLetterQueue' requires Type and TargetArn properties to be specified."},
        {"Resources: {F-1: {Type: AWS::Serverless::SimpleTable}}\n",
         "Resource with id [F-1] is invalid. Logical ids must be alphanumeric."},
        {"Resources: {F: {Type: AWS::Serverless::Functon}}\n",
         "There is no type AWS::Serverless::Functon; did you mean 'AWS::Serverless::Function'?"},
        {"Resources: {FRole: {Type: AWS::IAM::Role}, F: {Type: AWS::Serverless::Function, " MINIMAL
         "}}\n",
         "Transforming resource with id [F] attempts to create a new resource with id [FRole] and "
         "type \"AWS::IAM::Role\". A resource with that id already exists within this template. "
         "Please use a different id for that resource."},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct sam_loaded loaded;
        sam_loaded_read(&loaded, slice_from(rows[i].text), NULL);
        cr_expect_eq(loaded.status, STATUS_INVALID, "row %zu: %s", i, rows[i].text);
        cr_expect_neq(
            slice_search(slice_from(sam_loaded_errors(&loaded)), slice_from(rows[i].want)),
            SLICE_NPOS, "row %zu: %s", i, sam_loaded_errors(&loaded));
        sam_loaded_finish(&loaded);
    }
}

Test(sam_globals, all_errors_of_a_template_are_told_at_once)
{
    struct sam_loaded loaded;
    sam_loaded_read(&loaded,
                    SLICE("Resources:\n"
                          "  A: {Type: AWS::Serverless::Function, Properties: {InlineCode: x}}\n"
                          "  B: {Type: AWS::Serverless::Function, Properties: {Handler: x.y}}\n"
                          "  C: {Type: AWS::Serverless::SimpleTable, Properties: {Foo: 1}}\n"),
                    NULL);
    cr_expect_eq(loaded.load.error_count, 3, "%s", sam_loaded_errors(&loaded));
    sam_loaded_finish(&loaded);
}

Test(sam_globals, a_template_without_sam_resources_is_left_alone)
{
    struct sam_loaded loaded;
    sam_loaded_read(&loaded, SLICE("Resources: {Q: {Type: AWS::SQS::Queue}}\n"), NULL);
    cr_expect_eq(loaded.status, STATUS_OK);
    cr_expect_eq(loaded.result, loaded.root);
    sam_loaded_finish(&loaded);
}

Test(sam_globals, the_transform_is_gone_and_others_stay)
{
    struct sam_loaded loaded;
    sam_loaded_read(&loaded,
                    SLICE("Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]\n"
                          "Resources: {T: {Type: AWS::Serverless::SimpleTable}}\n"),
                    NULL);
    cr_expect_str_eq(sam_loaded_json(&loaded, "Transform"), "[\"AWS::LanguageExtensions\"]");
    cr_expect_eq(value_get(loaded.root, "Transform")->as.list.count, 2,
                 "the author's tree is kept");
    sam_loaded_finish(&loaded);
}

Test(sam_globals, parameters_decide_ids_by_override_or_default)
{
    static const char text[] = "Parameters: {S: {Type: String, Default: dev-1_x}}\n"
                               "Resources:\n"
                               "  F:\n"
                               "    Type: AWS::Serverless::Function\n"
                               "    Properties: {InlineCode: x, Handler: a.b, Runtime: python3.12, "
                               "AutoPublishAlias: !Ref S}\n";
    struct sam_loaded loaded;
    sam_loaded_read(&loaded, slice_from(text), NULL);
    cr_expect_neq(sam_loaded_at(&loaded, "Resources.FAliasdevD1Ux"), NULL);
    sam_loaded_finish(&loaded);
    const char *const overrides[] = {"S", "live-1_x", NULL};
    sam_loaded_read(&loaded, slice_from(text), overrides);
    cr_expect_neq(sam_loaded_at(&loaded, "Resources.FAliasliveD1Ux"), NULL, "%s",
                  sam_loaded_errors(&loaded));
    sam_loaded_finish(&loaded);
}
