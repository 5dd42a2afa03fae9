#include "serverless_loaded.h"

#include "templates/serverless/serverless.h"

#include <stdio.h>

/* A function `hello` with these settings, the provider with those. */
static void with_settings(struct transformed *transformed, const char *provider,
                          const char *function)
{
    char yaml[4096];
    snprintf(yaml, sizeof(yaml),
             "service: shop\nprovider: {name: aws%s}\nfunctions:\n  hello: {handler: app.main%s}\n"
             "  other: {handler: app.other}\n",
             provider, function);
    transform(transformed, yaml);
    cr_assert_not_null(transformed->template, "%s", messages_of(transformed));
}

Test(serverless_functions, carry_their_settings)
{
    static const struct {
        const char *provider, *function, *id, *property, *want;
    } rows[] = {
        {"", "", "HelloLambdaFunction", "FunctionName", "\"shop-dev-hello\""},
        {", stage: prod", "", "HelloLambdaFunction", "FunctionName", "\"shop-prod-hello\""},
        {"", ", name: mine", "HelloLambdaFunction", "FunctionName", "\"mine\""},
        {"", "", "HelloLambdaFunction", "Runtime", "\"nodejs16.x\""},
        {", runtime: python3.12", "", "HelloLambdaFunction", "Runtime", "\"python3.12\""},
        {", runtime: python3.12", ", runtime: ruby3.2", "HelloLambdaFunction", "Runtime",
         "\"ruby3.2\""},
        {"", "", "HelloLambdaFunction", "MemorySize", "1024"},
        {", memorySize: 256", "", "HelloLambdaFunction", "MemorySize", "256"},
        {", memorySize: 256", ", memorySize: 512", "HelloLambdaFunction", "MemorySize", "512"},
        {"", "", "HelloLambdaFunction", "Timeout", "6"},
        {", timeout: 20", "", "HelloLambdaFunction", "Timeout", "20"},
        {"", "", "HelloLambdaFunction", "Code", "{\"SlsLocalPath\":\".\"}"},
        {"", ", package: {artifact: build/a.zip}", "HelloLambdaFunction", "Code",
         "{\"SlsLocalPath\":\"build/a.zip\"}"},
        {"", ", package: {artifact: 'https://s3.amazonaws.com/b/k/a.zip'}", "HelloLambdaFunction",
         "Code", "{\"S3Bucket\":\"b\",\"S3Key\":\"k/a.zip\"}"},
        {"", "", "HelloLambdaFunction", "Environment", "(none)"},
        {", environment: {A: 1, B: x}", ", environment: {B: true, C: 1.50}", "HelloLambdaFunction",
         "Environment", "{\"Variables\":{\"A\":\"1\",\"B\":\"true\",\"C\":\"1.5\"}}"},
        {", environment: {A: 1, B: x}", ", environment: {A: , D: 0123, E: on}",
         "HelloLambdaFunction", "Environment",
         "{\"Variables\":{\"B\":\"x\",\"D\":\"123\",\"E\":\"on\"}}"},
        {"", ", environment: {T: !Ref Table}", "HelloLambdaFunction", "Environment",
         "{\"Variables\":{\"T\":{\"Ref\":\"Table\"}}}"},
        {", layers: [a]", ", layers: [{Ref: ToolsLambdaLayer}]", "HelloLambdaFunction", "Layers",
         "[{\"Ref\":\"ToolsLambdaLayer\"}]"},
        {", layers: [a]", "", "HelloLambdaFunction", "Layers", "[\"a\"]"},
        {"", ", reservedConcurrency: 0", "HelloLambdaFunction", "ReservedConcurrentExecutions",
         "0"},
        {", architecture: arm64", "", "HelloLambdaFunction", "Architectures", "[\"arm64\"]"},
        {", tracing: {lambda: true}", "", "HelloLambdaFunction", "TracingConfig",
         "{\"Mode\":\"Active\"}"},
        {"", ", ephemeralStorageSize: 2048", "HelloLambdaFunction", "EphemeralStorage",
         "{\"Size\":2048}"},
        {"", ", onError: 'arn:aws:sns:r:1:t'", "HelloLambdaFunction", "DeadLetterConfig",
         "{\"TargetArn\":\"arn:aws:sns:r:1:t\"}"},
        {", tags: {a: 1, b: 2}", ", tags: {b: 3}", "HelloLambdaFunction", "Tags",
         "[{\"Key\":\"a\",\"Value\":1},{\"Key\":\"b\",\"Value\":3}]"},
        {"", "", "HelloLambdaFunction", "Role",
         "{\"Fn::GetAtt\":[\"IamRoleLambdaExecution\",\"Arn\"]}"},
        {"", ", role: MyRole", "HelloLambdaFunction", "Role",
         "{\"Fn::GetAtt\":[\"MyRole\",\"Arn\"]}"},
        {", iam: {role: 'arn:aws:iam::1:role/r'}", "", "HelloLambdaFunction", "Role",
         "\"arn:aws:iam::1:role/r\""},
        {", logRetentionInDays: 7", "", "HelloLogGroup", "RetentionInDays", "7"},
        {"", "", "HelloLogGroup", "LogGroupName", "\"/aws/lambda/shop-dev-hello\""},
        {"", ", url: true", "HelloLambdaFunctionUrl", "AuthType", "\"NONE\""},
        {"", ", url: {authorizer: aws_iam}", "HelloLambdaFunctionUrl", "AuthType", "\"AWS_IAM\""},
        {"", ", url: {invokeMode: RESPONSE_STREAM}", "HelloLambdaFunctionUrl", "InvokeMode",
         "\"RESPONSE_STREAM\""},
        {"", ", url: {cors: {allowedOrigins: [a], maxAge: 5}}", "HelloLambdaFunctionUrl", "Cors",
         "{\"AllowOrigins\":[\"a\"],\"AllowHeaders\":[\"Content-Type\",\"X-Amz-Date\","
         "\"Authorization\",\"X-Api-Key\",\"X-Amz-Security-Token\",\"X-Amzn-Trace-Id\"],"
         "\"AllowMethods\":[\"*\"],\"MaxAge\":5}"},
        {"", ", maximumRetryAttempts: 0, destinations: {onFailure: other}", "HelloLambdaEvConf",
         "DestinationConfig",
         "{\"OnFailure\":{\"Destination\":{\"Fn::GetAtt\":[\"OtherLambdaFunction\",\"Arn\"]}}}"},
        {"", ", maximumRetryAttempts: 0", "HelloLambdaEvConf", "MaximumRetryAttempts", "0"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct transformed transformed;
        with_settings(&transformed, rows[i].provider, rows[i].function);
        const char *got = property_json(&transformed, rows[i].id, rows[i].property);
        cr_expect_str_eq(got, rows[i].want, "case %zu: {%s} {%s}: %s.%s is %s\n%s", i,
                         rows[i].provider, rows[i].function, rows[i].id, rows[i].property, got,
                         messages_of(&transformed));
        loaded_finish(&transformed.loaded);
    }
}

Test(serverless_functions, that_exist_as_typescript_only_are_to_be_built)
{
    static const struct {
        const char *handler, *want;
    } rows[] = {
        {"src/typed.main", "{\"BuildMethod\":\"esbuild\",\"BuildProperties\":{\"EntryPoints\":["
                           "\"src/typed.ts\"],\"Target\":\"node18\",\"External\":[\"aws-sdk\"]}}"},
        {"src/plain.main", "(none)"},
        {"src/nowhere.main", "(none)"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char yaml[1024];
        struct transformed transformed;
        snprintf(yaml, sizeof(yaml),
                 "service: s\nplugins: [serverless-esbuild]\nprovider: {name: aws, runtime: "
                 "nodejs20.x}\ncustom: {esbuild: {target: node18, external: [aws-sdk]}}\n"
                 "functions: {f: {handler: %s}}\n",
                 rows[i].handler);
        transform_in(&transformed, TEST_SOURCE_DIR "/tests/unit/templates/serverless", NULL,
                     slice_from(yaml));
        const char *got =
            loaded_json(&transformed.loaded,
                        value_get(resource_of(&transformed, "FLambdaFunction"), "Metadata"));
        cr_expect_str_eq(got, rows[i].want, "case %zu: %s", i, got);
        loaded_finish(&transformed.loaded);
    }
}

Test(serverless_service, layers_become_layer_versions_of_their_path)
{
    struct transformed transformed;
    transform(&transformed, "service: s\nprovider: {name: aws}\nlayers:\n  my-tools: {path: tools, "
                            "compatibleRuntimes: [python3.12]}\n  broken: {name: x}\n");
    cr_expect_str_eq(property_json(&transformed, "MyDashtoolsLambdaLayer", "Content"),
                     "{\"SlsLocalPath\":\"tools\"}");
    cr_expect_str_eq(property_json(&transformed, "MyDashtoolsLambdaLayer", "LayerName"),
                     "\"my-tools\"");
    cr_expect(loaded_says(&transformed.loaded, "at 'layers.broken': must have required property"));
    loaded_finish(&transformed.loaded);
}

Test(serverless_service, own_resources_are_laid_over_the_generated_ones)
{
    struct transformed transformed;
    transform(
        &transformed,
        "service: s\nprovider: {name: aws}\nfunctions:\n  f:\n    handler: a.b\n    events: [{s3: "
        "photos}, {httpApi: GET /x}]\nresources:\n  - Resources:\n      S3BucketPhotos:\n"
        "        Type: AWS::S3::Bucket\n        DeletionPolicy: Retain\n        Properties: "
        "{VersioningConfiguration: {Status: Enabled}}\n  - Resources:\n      FLogGroup: "
        "{Properties: {RetentionInDays: 1}}\n    Conditions: {Never: !Equals [a, b]}\n"
        "    Outputs:\n      HttpApiUrl: {Value: mine}\n      Mine: {Value: x}\n"
        "    extensions:\n      FLambdaFunction: {Properties: {Timeout: 3}}\n"
        "      Nobody: {Properties: {}}\n");
    cr_expect_str_eq(property_json(&transformed, "S3BucketPhotos", "BucketName"), "\"photos\"");
    cr_expect_str_eq(property_json(&transformed, "S3BucketPhotos", "VersioningConfiguration"),
                     "{\"Status\":\"Enabled\"}");
    cr_expect(value_is(value_get(resource_of(&transformed, "S3BucketPhotos"), "DeletionPolicy"),
                       "Retain"));
    cr_expect_str_eq(property_json(&transformed, "FLogGroup", "LogGroupName"),
                     "\"/aws/lambda/s-dev-f\"");
    cr_expect_str_eq(property_json(&transformed, "FLogGroup", "RetentionInDays"), "1");
    cr_expect_str_eq(property_json(&transformed, "FLambdaFunction", "Timeout"), "3");
    cr_expect(
        value_is(value_path(transformed.template, "Outputs", "HttpApiUrl", "Value", NULL), "mine"));
    cr_expect_not_null(value_path(transformed.template, "Outputs", "Mine", NULL));
    cr_expect_not_null(value_path(transformed.template, "Conditions", "Never", NULL));
    cr_expect_null(value_get(transformed.template, "extensions"));
    cr_expect(loaded_says(&transformed.loaded, "extending the Nobody resource"), "%s",
              messages_of(&transformed));
    loaded_finish(&transformed.loaded);
}

Test(serverless_service, that_is_wrong_is_told)
{
    static const struct {
        const char *yaml, *want;
    } rows[] = {
        {"provider: {name: aws}", "must have required property 'service'"},
        {"service: s", "must have required property 'provider'"},
        {"service: s\nprovider: {runtime: x}", "must have required property 'name'"},
        {"service: s\nprovider: {name: google}",
         "serverless.yml:2:18: provider \"google\" is not supported"},
        {"service: s\nprovider: azure", "provider \"azure\" is not supported"},
        {"[]", "must be a map"},
        {"service: s\nprovider: aws\nfunctions: {f: {runtime: x}}",
         "Either \"handler\" or \"image\" property needs to be set on function \"f\""},
        {"service: s\nprovider: aws\nfunctions: {f: {handler: a.b, image: x}}",
         "Either \"handler\" or \"image\" property (not both)"},
        {"service: s\nprovider: aws\nfunctions: {f: x}", "at 'functions.f': must be object"},
        {"service: s\nprovider: aws\nfunctions: {a.b: {handler: x}}",
         "unrecognized property 'a.b'"},
        {"service: s\nprovider: aws\nfunctions: [{f: {handler: x}}, {f: {handler: y}}]",
         "function \"f\" is defined twice"},
        {"service: s\nprovider: aws\nfunctions: {f: {handler: x, events: x}}",
         "at 'functions.f.events': must be array"},
        {"service: s\nprovider: {name: aws, Runtime: x}",
         "at 'provider': unrecognized property 'Runtime'; did you mean 'runtime'?"},
        {"service: s\nprovider: aws\nfunctions: {f: {handler: x, memory: 1}}",
         "at 'functions.f': unrecognized property 'memory'"},
        {"service: s\nprovider: aws\nfuncs: {}", "at root: unrecognized property 'funcs'"},
        {"service: s\nconfigValidationMode: error\nprovider: aws\nfuncs: {}",
         "Configuration error at root: unrecognized property 'funcs'"},
        {"service: s\nprovider: aws\nplugins: [serverless-wsgi]",
         "plugin \"serverless-wsgi\" is not run: its handler"},
        {"service: s\nprovider: aws\nresources: x", "at 'resources': must be object"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct transformed transformed;
        transform(&transformed, rows[i].yaml);
        cr_expect(loaded_says(&transformed.loaded, rows[i].want), "case %zu: %s\nsays\n%s", i,
                  rows[i].yaml, messages_of(&transformed));
        loaded_finish(&transformed.loaded);
    }
}

Test(serverless_service, pseudo_parameters_of_the_plugin_become_subs)
{
    struct transformed transformed;
    transform(&transformed,
              "service: s\nprovider: {name: aws}\nplugins: [serverless-pseudo-parameters]\n"
              "functions: {f: {handler: a.b, environment: {A: 'x:#{AWS::Region}'}}}\n");
    cr_expect_str_eq(property_json(&transformed, "FLambdaFunction", "Environment"),
                     "{\"Variables\":{\"A\":{\"Fn::Sub\":\"x:${AWS::Region}\"}}}");
    loaded_finish(&transformed.loaded);
}

Test(serverless_service, state_machines_of_the_plugin_become_resources)
{
    struct transformed transformed;
    transform(
        &transformed,
        "service: s\nprovider: {name: aws}\nplugins: [serverless-step-functions]\n"
        "functions: {f: {handler: a.b}}\nstepFunctions:\n  stateMachines:\n"
        "    one: {name: My-machine, type: EXPRESS, definition: {StartAt: A, States: {A: {Type: "
        "Task, Resource: !GetAtt f.Arn}}}}\n    two: {definition: {StartAt: B}}\n");
    cr_expect_str_eq(property_json(&transformed, "MyDashmachine", "StateMachineType"),
                     "\"EXPRESS\"");
    cr_expect_str_eq(property_json(&transformed, "MyDashmachine", "Definition"),
                     "{\"StartAt\":\"A\",\"States\":{\"A\":{\"Type\":\"Task\",\"Resource\":{"
                     "\"Fn::GetAtt\":[\"FLambdaFunction\",\"Arn\"]}}}}");
    cr_expect_not_null(resource_of(&transformed, "TwoStepFunctionsStateMachine"));
    loaded_finish(&transformed.loaded);
}

Test(serverless_ledger, names_what_no_resource_shows)
{
    struct transformed transformed;
    transform(
        &transformed,
        "service: s\nprovider: {name: aws, profile: me}\nplugins: [serverless-lift]\n"
        "constructs: {a: {type: storage}}\nfunctions:\n  f:\n    handler: a.b\n"
        "    provisionedConcurrency: 2\n    tracing: true\n    events: [{alexaSkill: x}, {http: "
        "{path: a, method: post, request: {schemas: {application/json: x}}}}]\n");
    serverless_ledger(&transformed.loaded.load, transformed.loaded.root);
    static const struct {
        const char *resource, *what;
        enum support support;
        uint32_t line;
    } rows[] = {
        {"service", "constructs", SUPPORT_NOT_EMULATED, 4},
        {"provider", "profile", SUPPORT_IGNORED, 2},
        {"f", "provisionedConcurrency", SUPPORT_APPROXIMATED, 8},
        {"f", "events[0] (alexaSkill)", SUPPORT_NOT_EMULATED, 10},
        {"f", "events[1] (http) request.schemas", SUPPORT_NOT_EMULATED, 10},
    };
    cr_assert_eq(transformed.loaded.load.ledger_count, sizeof(rows) / sizeof(rows[0]));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct ledger_entry *entry = &transformed.loaded.load.ledger[i];
        cr_expect(slice_is(entry->resource, rows[i].resource), "case %zu", i);
        cr_expect(slice_is(entry->what, rows[i].what), "case %zu: %.*s", i, SLICE_ARG(entry->what));
        cr_expect_eq(entry->support, rows[i].support, "case %zu", i);
        cr_expect_eq(entry->pos.line, rows[i].line, "case %zu: line %u", i, entry->pos.line);
    }
    loaded_finish(&transformed.loaded);
}
