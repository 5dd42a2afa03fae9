/* What becomes of a function: code, alias, URL, destinations, references. */
#include "sam_loaded.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define VERSION_HASH "e71dd8f558"
#define LAYER_HASH "bdefe78c4e"

static void expand(struct sam_loaded *loaded, const char *properties, const char *rest)
{
    AUTO_BUF text = BUF_INIT(65536);
    buf_printf(&text,
               "Transform: AWS::Serverless-2016-10-31\n"
               "Resources:\n"
               "  F:\n"
               "    Type: AWS::Serverless::Function\n"
               "    Properties: {Handler: a.b, Runtime: python3.12, %s}\n%s",
               properties, rest);
    sam_loaded_read(loaded, buf_slice(&text), NULL);
}

Test(sam_functions, code_is_a_local_path_s3_or_inline)
{
    static const struct {
        const char *properties, *want;
    } rows[] = {
        {"Timeout: 3", "{\"SlsLocalPath\":\".\"}"},
        {"CodeUri: ./src/app", "{\"SlsLocalPath\":\"./src/app\"}"},
        {"CodeUri: !Sub 'src/${AWS::StackName}'",
         "{\"SlsLocalPath\":{\"Fn::Sub\":\"src/${AWS::StackName}\"}}"},
        {"CodeUri: 's3://b/k/x.zip?versionId=7'",
         "{\"S3Bucket\":\"b\",\"S3Key\":\"k/x.zip\",\"S3ObjectVersion\":\"7\"}"},
        {"CodeUri: {Bucket: b, Key: k}", "{\"S3Bucket\":\"b\",\"S3Key\":\"k\"}"},
        {"InlineCode: 'print(1)'", "{\"ZipFile\":\"print(1)\"}"},
        {"InlineCode: 'print(1)', CodeUri: src", "{\"ZipFile\":\"print(1)\"}"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct sam_loaded loaded;
        expand(&loaded, rows[i].properties, "");
        cr_expect_str_eq(sam_loaded_json(&loaded, "Resources.F.Properties.Code"), rows[i].want,
                         "row %zu: %s", i, sam_loaded_errors(&loaded));
        sam_loaded_finish(&loaded);
    }
}

Test(sam_functions, an_image_without_uri_is_what_sam_build_would_tag)
{
    struct sam_loaded loaded;
    sam_loaded_read(&loaded,
                    SLICE("Resources:\n"
                          "  HelloFn:\n"
                          "    Type: AWS::Serverless::Function\n"
                          "    Properties: {PackageType: Image}\n"
                          "    Metadata: {Dockerfile: Dockerfile, DockerTag: v1}\n"),
                    NULL);
    cr_expect_str_eq(sam_loaded_json(&loaded, "Resources.HelloFn.Properties.Code"),
                     "{\"ImageUri\":\"hellofn:v1\"}");
    sam_loaded_finish(&loaded);
}

/* The ids and hashes here are those of AWS's translator (1.110) for the same text. */
Test(sam_functions, an_alias_has_a_version_with_the_translators_hash)
{
    struct sam_loaded loaded;
    expand(&loaded,
           "CodeUri: 's3://bucket/key', AutoPublishAlias: live, MemorySize: 256, Environment: "
           "{Variables: {A: '\xc3\xa9', C: 1.5}}",
           "Outputs: {A: {Value: !Sub '${F.Version} ${F.Alias} ${F.Arn}'}, B: {Value: !Ref "
           "F.Alias}}\n");
    cr_expect_str_eq(sam_loaded_ids(&loaded), "F FAliaslive FRole FVersion" VERSION_HASH);
    cr_expect_str_eq(sam_loaded_json(&loaded, "Outputs.A.Value"),
                     "{\"Fn::Sub\":\"${FVersion" VERSION_HASH "} ${FAliaslive} ${F.Arn}\"}");
    cr_expect_str_eq(sam_loaded_json(&loaded, "Outputs.B.Value"), "{\"Ref\":\"FAliaslive\"}");
    cr_expect_str_eq(sam_loaded_json(&loaded, "Resources.FVersion" VERSION_HASH ".DeletionPolicy"),
                     "\"Retain\"");
    sam_loaded_finish(&loaded);
}

Test(sam_functions, an_alias_is_what_events_and_the_url_lead_to)
{
    struct sam_loaded loaded;
    expand(
        &loaded,
        "InlineCode: x, AutoPublishAlias: live, FunctionUrlConfig: {AuthType: NONE}, Events: {Q: "
        "{Type: SQS, Properties: {Queue: arn}}, A: {Type: Api, Properties: {Path: /x, Method: "
        "get}}}",
        "");
    cr_expect_str_eq(sam_loaded_json(&loaded, "Resources.FQ.Properties.FunctionName"),
                     "{\"Ref\":\"FAliaslive\"}");
    cr_expect_str_eq(sam_loaded_json(&loaded, "Resources.FUrl.Properties.TargetFunctionArn"),
                     "{\"Ref\":\"FAliaslive\"}");
    cr_expect_str_eq(
        sam_loaded_json(&loaded, "Resources.ServerlessRestApi.Properties.Body.paths./x.get."
                                 "x-amazon-apigateway-integration.uri"),
        "{\"Fn::Sub\":\"arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/"
        "${FAliaslive}/invocations\"}");
    sam_loaded_finish(&loaded);
}

Test(sam_functions, a_url_without_iam_is_public)
{
    struct sam_loaded loaded;
    expand(&loaded,
           "InlineCode: x, FunctionUrlConfig: {AuthType: NONE, InvokeMode: RESPONSE_STREAM}", "");
    cr_expect_str_eq(sam_loaded_ids(&loaded),
                     "F FRole FURLInvokeAllowPublicAccess FUrl FUrlPublicPermissions");
    cr_expect_str_eq(sam_loaded_json(&loaded, "Resources.FUrl.Properties"),
                     "{\"AuthType\":\"NONE\",\"TargetFunctionArn\":{\"Ref\":\"F\"},\"InvokeMode\":"
                     "\"RESPONSE_STREAM\"}");
    sam_loaded_finish(&loaded);
    expand(&loaded, "InlineCode: x, FunctionUrlConfig: {AuthType: AWS_IAM}", "");
    cr_expect_str_eq(sam_loaded_ids(&loaded), "F FRole FUrl");
    sam_loaded_finish(&loaded);
    expand(&loaded, "InlineCode: x, FunctionUrlConfig: {}", "");
    cr_expect_str_eq(sam_loaded_ids(&loaded), "F FRole");
    sam_loaded_finish(&loaded);
}

Test(sam_functions, destinations_without_arn_are_made)
{
    struct sam_loaded loaded;
    expand(&loaded,
           "InlineCode: x, EventInvokeConfig: {MaximumRetryAttempts: 1, DestinationConfig: "
           "{OnSuccess: "
           "{Type: SNS}, OnFailure: {Type: SQS}}}",
           "Outputs: {Q: {Value: !GetAtt F.DestinationQueue.Arn}}\n");
    cr_expect_str_eq(sam_loaded_ids(&loaded),
                     "F FEventInvokeConfig FEventInvokeConfigOnFailureQueue "
                     "FEventInvokeConfigOnSuccessTopic FRole");
    cr_expect_str_eq(
        sam_loaded_json(&loaded, "Resources.FEventInvokeConfig.Properties.DestinationConfig"),
        "{\"OnSuccess\":{\"Destination\":{\"Ref\":\"FEventInvokeConfigOnSuccessTopic\"}},"
        "\"OnFailure\":{\"Destination\":{\"Fn::GetAtt\":[\"FEventInvokeConfigOnFailureQueue\","
        "\"Arn\"]}}"
        "}");
    cr_expect_str_eq(sam_loaded_json(&loaded, "Outputs.Q.Value"),
                     "{\"Fn::GetAtt\":[\"FEventInvokeConfigOnFailureQueue\",\"Arn\"]}");
    sam_loaded_finish(&loaded);
}

Test(sam_functions, a_condition_is_copied_to_what_is_generated)
{
    struct sam_loaded loaded;
    sam_loaded_read(&loaded,
                    SLICE("Conditions: {C: {'Fn::Equals': [a, b]}}\n"
                          "Resources:\n"
                          "  B: {Type: AWS::S3::Bucket}\n"
                          "  F:\n"
                          "    Type: AWS::Serverless::Function\n"
                          "    Condition: C\n"
                          "    Properties:\n"
                          "      InlineCode: x\n"
                          "      Handler: a.b\n"
                          "      Runtime: python3.12\n"
                          "      Events:\n"
                          "        S: {Type: S3, Properties: {Bucket: !Ref B, Events: e}}\n"
                          "        H: {Type: HttpApi, Properties: {Path: /x, Method: get}}\n"),
                    NULL);
    static const char *const ids[] = {"F", "FRole", "FSPermission", "FHPermission",
                                      "ServerlessHttpApi"};
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        char path[128];
        snprintf(path, sizeof(path), "Resources.%s.Condition", ids[i]);
        cr_expect_str_eq(sam_loaded_json(&loaded, path), "\"C\"", "%s", ids[i]);
    }
    cr_expect_str_eq(
        sam_loaded_json(&loaded,
                        "Resources.B.Properties.NotificationConfiguration.LambdaConfigurations"),
        "[{\"Fn::If\":[\"C\",{\"Function\":{\"Fn::GetAtt\":[\"F\",\"Arn\"]},\"Event\":\"e\"},{"
        "\"Ref\":"
        "\"AWS::NoValue\"}]}]");
    cr_expect_str_eq(
        sam_loaded_json(&loaded, "Resources.ServerlessHttpApi.Properties.Body.paths./x.`Fn::If`.0"),
        "\"C\"");
    sam_loaded_finish(&loaded);
}

Test(sam_functions, generated_values_stand_at_the_authors_line)
{
    struct sam_loaded loaded;
    sam_loaded_read(&loaded,
                    SLICE("Resources:\n"
                          "  F:\n"
                          "    Type: AWS::Serverless::Function\n"
                          "    Properties:\n"
                          "      InlineCode: x\n"
                          "      Handler: a.b\n"
                          "      Runtime: python3.12\n"
                          "      Events:\n"
                          "        A: {Type: Api, Properties: {Path: /x, Method: get}}\n"
                          "        Q: {Type: SQS, Properties: {Queue: arn}}\n"),
                    NULL);
    static const struct {
        const char *path;
        uint32_t line;
    } rows[] = {
        {"Resources.F", 2},
        {"Resources.FRole", 2},
        {"Resources.FQ", 10},
        {"Resources.FAPermissionProd", 9},
        {"Resources.ServerlessRestApi", 9},
        {"Resources.ServerlessRestApi.Properties.Body.paths./x.get", 9},
        {"Resources.ServerlessRestApi.Properties.Body.paths./x.get.x-amazon-apigateway-integration",
         9},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct value *value = sam_loaded_at(&loaded, rows[i].path);
        cr_assert_neq(value, NULL, "%s", rows[i].path);
        cr_expect_eq(value->pos.line, rows[i].line, "%s: %u", rows[i].path, value->pos.line);
    }
    const struct value_entry *entry =
        value_entry(value_get(loaded.result, "Resources"), SLICE("FQ"));
    cr_expect_eq(entry->key_pos.line, 10);
    sam_loaded_finish(&loaded);
}

/* The hash is that of AWS's translator (1.110) for the same text. */
Test(sam_functions, references_follow_a_layers_changed_id)
{
    struct sam_loaded loaded;
    sam_loaded_read(&loaded,
                    SLICE("Resources:\n"
                          "  L: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: "
                          "'s3://b/k', CompatibleRuntimes: [python3.12]}}\n"
                          "  Q: {Type: AWS::SQS::Queue, DependsOn: [L]}\n"
                          "Outputs: {A: {Value: !Sub '${L}'}, B: {Value: !Ref L}}\n"),
                    NULL);
    cr_expect_str_eq(sam_loaded_ids(&loaded), "L" LAYER_HASH " Q");
    cr_expect_str_eq(sam_loaded_json(&loaded, "Outputs.A.Value"),
                     "{\"Fn::Sub\":\"${L" LAYER_HASH "}\"}");
    cr_expect_str_eq(sam_loaded_json(&loaded, "Outputs.B.Value"), "{\"Ref\":\"L" LAYER_HASH "\"}");
    cr_expect_str_eq(sam_loaded_json(&loaded, "Resources.Q.DependsOn"), "[\"L" LAYER_HASH "\"]");
    cr_expect_str_eq(sam_loaded_json(&loaded, "Resources.L" LAYER_HASH ".Properties.LayerName"),
                     "\"L\"");
    sam_loaded_finish(&loaded);
}
