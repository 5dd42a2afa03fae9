#include "loaded.h"

#include "core/id.h"

struct built {
    struct loaded loaded;
    struct deployment deployment;
    enum status status;
};

static void build(struct built *built, const char *text)
{
    *built = (struct built){.status = STATUS_INVALID};
    loaded_read(&built->loaded, slice_from(text), DIALECT_CLOUDFORMATION);
    cr_assert_eq(built->loaded.status, STATUS_OK, "%.*s",
                 SLICE_ARG(loaded_messages(&built->loaded)));
    struct value *resolved;
    built->status = resolve_template(&built->loaded.load, built->loaded.root, &resolved);
    if (built->status == STATUS_OK) {
        built->status = deployment_build(&built->loaded.load, resolved, &built->deployment);
    }
}

static void expect_good(struct built *built)
{
    cr_assert_eq(built->status, STATUS_OK, "%.*s", SLICE_ARG(loaded_messages(&built->loaded)));
}

#define FUNCTION                                                                                   \
    "  Fn: {Type: AWS::Lambda::Function, Properties: {Code: {SlsLocalPath: src}, Handler: a.b, "   \
    "Runtime: python3.12}}\n"

Test(deployment, a_function_has_its_values_and_lambda_s_defaults)
{
    struct built built;
    build(&built,
          "Resources:\n"
          "  Small: {Type: AWS::Lambda::Function, Properties: {Code: {SlsLocalPath: ./a/../src/}, "
          "Handler: app.main, Runtime: nodejs22.x}}\n"
          "  Big:\n"
          "    Type: AWS::Lambda::Function\n"
          "    Metadata: {BuildMethod: esbuild, BuildProperties: {Minify: true, Target: es2022, "
          "EntryPoints: [app.ts], External: [a, b]}}\n"
          "    Properties:\n"
          "      FunctionName: big-one\n"
          "      Code: {ZipFile: 'print(1)'}\n"
          "      Handler: index.main\n"
          "      Runtime: python3.12\n"
          "      Timeout: 30\n"
          "      MemorySize: '512'\n"
          "      EphemeralStorage: {Size: 1024}\n"
          "      ReservedConcurrentExecutions: 0\n"
          "      Architectures: [arm64]\n"
          "      TracingConfig: {Mode: Active}\n"
          "      LoggingConfig: {LogFormat: JSON}\n"
          "      Tags: [{Key: team, Value: !Ref Small}]\n"
          "      Environment: {Variables: {A: 1, B: yes, C: 1.50, D: ~, E: !Ref Small, F: ''}}\n");
    expect_good(&built);
    cr_assert_eq(built.deployment.function_count, 2);
    const struct deployment_function *small = &built.deployment.functions[0];
    cr_assert(slice_is(small->name, "app-Small"));
    cr_expect_eq(small->tags.len, 0);
    cr_expect(slice_is(built.deployment.functions[1].tags,
                       "[{\"Key\":\"team\",\"Value\":\"app-Small\"}]"));
    cr_assert(slice_is(small->arn, "arn:aws:lambda:us-east-1:000000000000:function:app-Small"));
    cr_assert(slice_is(small->code_path, "/app/src"));
    cr_assert_eq(small->package, PACKAGE_DIRECTORY);
    cr_assert(small->timeout_s == 3 && small->memory_mb == 128 && small->ephemeral_mb == 512);
    cr_assert_eq(small->reserved_concurrency, -1);
    cr_assert(slice_is(small->architecture, "x86_64") && slice_is(small->log_format, "Text"));
    cr_assert_eq(small->handler_pos.line, 2);
    const struct deployment_function *big =
        deployment_function(&built.deployment, SLICE("big-one"));
    cr_assert_not_null(big);
    cr_assert_eq(deployment_function(&built.deployment, SLICE("Big")), big);
    cr_assert_null(deployment_function(&built.deployment, SLICE("Bog")));
    cr_assert(big->package == PACKAGE_INLINE && slice_is(big->inline_code, "print(1)"));
    cr_assert(big->timeout_s == 30 && big->memory_mb == 512 && big->ephemeral_mb == 1024);
    cr_assert_eq(big->reserved_concurrency, 0);
    cr_assert(big->tracing_active && slice_is(big->log_format, "JSON"));
    static const char *const environment[][2] = {{"A", "1"}, {"B", "true"},      {"C", "1.50"},
                                                 {"D", ""},  {"E", "app-Small"}, {"F", ""}};
    cr_assert_eq(big->environment.count, 6);
    for (size_t i = 0; i < 6; i++) {
        cr_expect(slice_is(big->environment.items[i].name, environment[i][0]) &&
                      slice_is(big->environment.items[i].value, environment[i][1]),
                  "variable %s", environment[i][0]);
    }
    cr_assert(slice_is(big->build_method, "esbuild"));
    cr_assert_eq(big->esbuild_entry_points.count, 1);
    cr_assert_eq(big->esbuild_properties.count, 3);
    cr_assert(slice_is(big->esbuild_properties.items[2].value, "a,b"));
    loaded_finish(&built.loaded);
}

Test(deployment, code_is_found_wherever_an_author_may_put_it)
{
    static const struct {
        const char *code;
        enum package_kind package;
        const char *path;
    } rows[] = {
        {"{SlsLocalPath: .}", PACKAGE_DIRECTORY, "/app"},
        {"{SlsLocalPath: ../other}", PACKAGE_DIRECTORY, "/other"},
        {"{SlsLocalPath: build/f.zip}", PACKAGE_ZIP, "/app/build/f.zip"},
        {"{SlsLocalPath: target/f.jar}", PACKAGE_ZIP, "/app/target/f.jar"},
        {"src/", PACKAGE_DIRECTORY, "/app/src"},
        {"{S3Bucket: b, S3Key: k/f.zip}", PACKAGE_REMOTE, "s3://b/k/f.zip"},
        {"s3://b/k", PACKAGE_REMOTE, "s3://b/k"},
        {"{ImageUri: 'repo:tag'}", PACKAGE_IMAGE, "repo:tag"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[256];
        snprintf(
            text, sizeof(text),
            "Resources: {F: {Type: AWS::Lambda::Function, Properties: {Code: %s, Handler: a.b, "
            "Runtime: ruby3.3}}}\n",
            rows[i].code);
        struct built built;
        build(&built, text);
        expect_good(&built);
        const struct deployment_function *function = &built.deployment.functions[0];
        cr_expect_eq(function->package, rows[i].package, "%s", rows[i].code);
        cr_expect(slice_is(function->code_path, rows[i].path), "%s gives %.*s", rows[i].code,
                  SLICE_ARG(function->code_path));
        loaded_finish(&built.loaded);
    }
}

Test(deployment, mistakes_in_functions_have_their_line)
{
    static const struct {
        const char *properties, *message;
    } rows[] = {
        {"Handler: a.b, Runtime: ruby3.3", "template.yaml:3:3: function 'F' has no Code"},
        {"Code: ., Runtime: ruby3.3", "Runtime and Handler needs to be present"},
        {"Code: ., Handler: a.b", "Runtime and Handler needs to be present"},
        {"Code: ., Handler: a.b, Runtime: pyhton3.12",
         "template.yaml:5:50: 'pyhton3.12' is no Lambda runtime; did you mean 'python3.12'?"},
        {"Code: ., Handler: a.b, Runtime: ruby3.3, Timeout: 901",
         "template.yaml:5:68: Timeout must be between 1 and 900, not 901"},
        {"Code: ., Handler: a.b, Runtime: ruby3.3, MemorySize: 1GB",
         "MemorySize must be a number, not '1GB'"},
        {"Code: ., Handler: a.b, Runtime: ruby3.3, Environment: {Variables: {A: [1]}}",
         "environment variable 'A' must be a string, not a list"},
        {"Code: ., Handler: a.b, Runtime: ruby3.3, Environment: {Variables: {1A: x}}",
         "environment variable '1A': AWS refuses"},
        {"Code: ., Handler: a.b, Runtime: ruby3.3, Layers: ['arn:aws:lambda:x:1:layer:l:2']",
         "layer 'arn:aws:lambda:x:1:layer:l:2' is not in this template"},
        {"Code: ., Handler: a.b, Runtime: ruby3.3, FunctionName: taken",
         "function name 'taken' is taken by 'G'"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[512];
        snprintf(text, sizeof(text),
                 "Resources:\n"
                 "  G: {Type: AWS::Lambda::Function, Properties: {Code: ., Handler: a.b, Runtime: "
                 "ruby3.3, FunctionName: taken}}\n"
                 "  F:\n    Type: AWS::Lambda::Function\n    Properties: {%s}\n",
                 rows[i].properties);
        struct built built;
        build(&built, text);
        cr_expect(loaded_says(&built.loaded, rows[i].message), "%s says %.*s", rows[i].properties,
                  SLICE_ARG(loaded_messages(&built.loaded)));
        loaded_finish(&built.loaded);
    }
}

Test(deployment, layers_aliases_and_urls_find_their_function)
{
    struct built built;
    build(&built,
          "Resources:\n"
          "  Fn: {Type: AWS::Lambda::Function, Properties: {Code: ., Handler: a.b, Runtime: "
          "python3.12, Layers: [!Ref Layer, 'arn:aws:lambda:us-east-1:1:layer:other:3']}}\n"
          "  Layer: {Type: AWS::Lambda::LayerVersion, Properties: {LayerName: deps, Content: "
          "{SlsLocalPath: layer/}}}\n"
          "  Version: {Type: AWS::Lambda::Version, Properties: {FunctionName: !Ref Fn}}\n"
          "  Alias: {Type: AWS::Lambda::Alias, Properties: {FunctionName: !Ref Fn, Name: live, "
          "FunctionVersion: !GetAtt Version.Version}}\n"
          "  Url: {Type: AWS::Lambda::Url, Properties: {TargetFunctionArn: !Ref Alias, AuthType: "
          "AWS_IAM}}\n"
          "  Other: {Type: AWS::Lambda::Url, Properties: {TargetFunctionArn: !Ref Fn, Qualifier: "
          "live, AuthType: NONE}}\n"
          "Outputs:\n"
          "  Url: {Value: !GetAtt Url.FunctionUrl}\n"
          "  Other: {Value: !GetAtt Other.FunctionUrl}\n");
    expect_good(&built);
    const struct deployment_function *function = &built.deployment.functions[0];
    cr_assert_eq(function->layer_paths.count, 1);
    cr_assert(slice_is(function->layer_paths.items[0], "/app/layer"));
    cr_assert(slice_is(function->alias, "live"));
    char id[33]; /* which follows from the ARN, however the alias was given */
    id_derived(id, 32, SLICE("arn:aws:lambda:us-east-1:000000000000:function:app-Fn:live"));
    for (size_t i = 0; i < 2; i++) {
        struct slice url = built.deployment.outputs[i].value;
        cr_expect(slice_starts_with(url, SLICE("http://localhost:4566/_aws/lambda-url/")));
        cr_expect(slice_search(url, slice_from(id)) != SLICE_NPOS, "%.*s", SLICE_ARG(url));
    }
    loaded_finish(&built.loaded);
}

Test(deployment, resources_and_outputs_are_listed_with_what_ref_gives)
{
    struct built built;
    build(&built, "Description: a shop\nResources:\n  Q: {Type: AWS::SQS::Queue, Properties: "
                  "{DelaySeconds: 5}}\nOutputs:\n  Url: {Value: !Ref Q, Description: where}\n"
                  "  Bad: {Value: [1]}\n");
    cr_assert_eq(built.status, STATUS_INVALID);
    cr_assert(loaded_says(&built.loaded,
                          "The Value field of every Outputs member must evaluate to a "
                          "String."));
    cr_assert_eq(built.deployment.resource_count, 1);
    const struct deployment_resource *queue = &built.deployment.resources[0];
    cr_assert(slice_is(queue->type, "AWS::SQS::Queue"));
    cr_assert(slice_is(queue->physical_id, "http://localhost:4566/000000000000/app-Q"));
    cr_assert(value_is(value_get(queue->properties, "DelaySeconds"), "5"));
    cr_assert_eq(built.deployment.output_count, 1);
    cr_assert(slice_is(built.deployment.outputs[0].description, "where"));
    cr_assert(slice_is(built.deployment.description, "a shop"));
    loaded_finish(&built.loaded);
}

/* What another stack, the account or whoever starts it would have to tell. */
Test(deployment, a_resource_knows_whether_some_of_it_is_unknown_here)
{
    static const struct {
        const char *value;
        bool has_unknown;
    } rows[] = {
        {"x", false},
        {"!Ref Given", false},
        {"!Ref Missing", true},
        {"!Sub 'a-${Missing}'", true},
        {"!Join ['-', [a, !Ref Missing]]", true},
        {"!If [Never, !Ref Missing, x]", false},
        {"!Ref Stored", true},
        {"!ImportValue e", true},
        {"!GetAtt Nested.Outputs.Arn", true},
        {"!Select [0, [!Ref Missing, x]]", true},
        {"!Select [0, !Split [',', !Ref Missing]]", true},
        {"!FindInMap [Names, !Ref Missing, k]", true},
        {"!FindInMap [Names, g, k]", false},
        {"'{{resolve:ssm:/core/bus}}'", true},
        {"!Ref Other", false}, /* whose own properties have something unknown */
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct built built;
        char text[1024];
        snprintf(text, sizeof(text),
                 "Parameters:\n"
                 "  Given: {Type: String, Default: g}\n"
                 "  Missing: {Type: String}\n"
                 "  Stored: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /core/bus}\n"
                 "Conditions: {Never: !Equals [a, b]}\n"
                 "Mappings: {Names: {g: {k: v}}}\n"
                 "Resources:\n"
                 "  Topic: {Type: AWS::SNS::Topic, Properties: {DisplayName: %s}}\n"
                 "  Other: {Type: AWS::SNS::Topic, Properties: {TopicName: !Ref Missing}}\n"
                 "  Nested: {Type: AWS::CloudFormation::Stack}\n",
                 rows[i].value);
        build(&built, text);
        expect_good(&built);
        cr_expect_eq(built.deployment.resources[0].has_unknown, rows[i].has_unknown, "%s",
                     rows[i].value);
        loaded_finish(&built.loaded);
    }
}
