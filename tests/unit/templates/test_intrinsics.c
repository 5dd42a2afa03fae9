#include "loaded.h"

#include "templates/limits.h"

/* Resolves a template whose resource R (a queue, so that nothing is required) has `property:
 * <yaml>`, and gives that property as JSON; "(none)" when it went away. */
static const char *property_of(struct loaded *loaded, const char *yaml)
{
    static const char head[] =
        "Transform: AWS::LanguageExtensions\n"
        "Parameters:\n"
        "  Stage: {Type: String, Default: dev}\n"
        "  Zones: {Type: CommaDelimitedList, Default: 'a, b ,c'}\n"
        "  Count: {Type: Number, Default: 007}\n"
        "  Empty: {Type: String}\n"
        "Mappings:\n"
        "  Sizes: {dev: {memory: 128, zones: [x, y]}, prod: {memory: 1024}}\n"
        "Conditions:\n"
        "  IsDev: !Equals [!Ref Stage, dev]\n"
        "  IsProd: !Not [!Condition IsDev]\n"
        "Resources:\n"
        "  Queue: {Type: AWS::SQS::Queue}\n"
        "  Table: {Type: AWS::DynamoDB::Table, Properties: {TableName: !Sub '${Stage}-orders'}}\n"
        "  Fn: {Type: AWS::Lambda::Function, Properties: {Code: {ZipFile: x}, Handler: a.b, "
        "Runtime: "
        "python3.12}}\n"
        "  Never: {Type: AWS::SQS::Queue, Condition: IsProd}\n"
        "  Version: {Type: AWS::Lambda::Version, Properties: {FunctionName: !Ref Fn}}\n"
        "  Alias: {Type: AWS::Lambda::Alias, Properties: {FunctionName: !GetAtt Fn.Arn, Name: "
        "live, "
        "FunctionVersion: !GetAtt Version.Version}}\n"
        "  Rule: {Type: AWS::Events::Rule, Properties: {Name: r, EventBusName: !GetAtt Bus.Arn}}\n"
        "  Bus: {Type: AWS::Events::EventBus, Properties: {Name: orders}}\n"
        "  Bucket: {Type: AWS::S3::Bucket}\n"
        "  Fifo: {Type: AWS::SQS::Queue, Properties: {FifoQueue: true}}\n"
        "  Secret: {Type: AWS::SecretsManager::Secret, Properties: {Name: db, SecretString: "
        "'{\"user\":\"bob\",\"port\":5432}'}}\n"
        "  Setting: {Type: AWS::SSM::Parameter, Properties: {Name: /a/b, Type: String, Value: "
        "42}}\n"
        "  Nested: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: x.yaml}}\n"
        "  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}\n"
        "  R:\n"
        "    Type: AWS::SQS::Queue\n"
        "    Properties:\n"
        "      QueueName: r\n"
        "      Value: ";
    AUTO_BUF text = BUF_INIT(64 * 1024);
    buf_append_text(&text, head);
    buf_append_text(&text, yaml);
    loaded_read(loaded, buf_slice(&text), DIALECT_CLOUDFORMATION);
    cr_assert_eq(loaded->status, STATUS_OK, "%s: %.*s", yaml, SLICE_ARG(loaded_messages(loaded)));
    struct value *resolved = NULL;
    loaded->status = resolve_template(&loaded->load, loaded->root, &resolved);
    return loaded_json(loaded, value_path(resolved, "Resources", "R", "Properties", "Value", NULL));
}

Test(intrinsics, values_come_out_as_cloudformation_makes_them)
{
    static const struct {
        const char *yaml, *json;
    } rows[] = {
        {"!Ref Stage", "\"dev\""},
        {"!Ref Zones", "[\"a\",\"b\",\"c\"]"},
        {"!Ref Count", "\"7\""},
        {"!Ref AWS::Region", "\"us-east-1\""},
        {"!Ref AWS::AccountId", "\"000000000000\""},
        {"!Ref AWS::StackName", "\"app\""},
        {"!Ref AWS::Partition", "\"aws\""},
        {"!Ref AWS::URLSuffix", "\"amazonaws.com\""},
        {"!Ref AWS::NotificationARNs", "[]"},
        {"!Ref AWS::NoValue", "(none)"},
        {"[1, !Ref AWS::NoValue, 2]", "[1,2]"},
        {"{a: 1, b: !Ref AWS::NoValue}", "{\"a\":1}"},
        {"!Ref Queue", "\"http://localhost:4566/000000000000/app-Queue\""},
        {"!Ref Table", "\"dev-orders\""},
        {"!Ref Fn", "\"app-Fn\""},
        {"!Ref Bucket", "\"app-bucket\""},
        {"!Ref Version", "\"arn:aws:lambda:us-east-1:000000000000:function:app-Fn:1\""},
        {"!Ref Alias", "\"arn:aws:lambda:us-east-1:000000000000:function:app-Fn:live\""},
        {"!Ref Rule", "\"orders|r\""},
        {"!GetAtt Rule.Arn", "\"arn:aws:events:us-east-1:000000000000:rule/orders/r\""},
        {"!GetAtt Fifo.QueueName", "\"app-Fifo.fifo\""},
        {"!GetAtt Queue.Arn", "\"arn:aws:sqs:us-east-1:000000000000:app-Queue\""},
        {"!GetAtt [Fn, Arn]", "\"arn:aws:lambda:us-east-1:000000000000:function:app-Fn\""},
        {"{Fn::GetAtt: Fn.Arn}", "\"arn:aws:lambda:us-east-1:000000000000:function:app-Fn\""},
        {"!GetAtt Bucket.Arn", "\"arn:aws:s3:::app-bucket\""},
        {"!GetAtt Vpc.CidrBlock", "\"10.0.0.0/16\""},
        {"!Sub '${Stage}/${AWS::Region}/${Queue.QueueName}/${!Literal}'",
         "\"dev/us-east-1/app-Queue/${Literal}\""},
        {"!Sub '${ Stage }'", "\"dev\""},
        {"!Sub ['${A}-${Stage}', {A: !Ref Count}]", "\"7-dev\""},
        {"!Sub ['${Stage}', {Stage: own}]", "\"own\""},
        {"!Sub 'cost: $5, ${'", "\"cost: $5, ${\""},
        {"!Sub '${AWS::StackName}${AWS::StackName}'", "\"appapp\""},
        {"!Join ['-', [a, !Ref Stage, 1, true]]", "\"a-dev-1-true\""},
        {"!Join [',', !Ref Zones]", "\"a,b,c\""},
        {"!Join ['', [a, !Ref AWS::NoValue, b]]", "\"ab\""},
        {"!Split ['::', 'a::b::']", "[\"a\",\"b\",\"\"]"},
        {"!Select [1, !Ref Zones]", "\"b\""},
        {"!Select ['2', [x, y, z]]", "\"z\""},
        {"!Select [3, !Split [':', !GetAtt Queue.Arn]]", "\"us-east-1\""},
        {"!FindInMap [Sizes, !Ref Stage, memory]", "128"},
        {"!FindInMap [Sizes, dev, zones]", "[\"x\",\"y\"]"},
        {"!FindInMap [Sizes, dev, nope, {DefaultValue: 9}]", "9"},
        {"!If [IsDev, yes please, !Ref Nowhere]", "\"yes please\""},
        {"!If [IsProd, !GetAtt Never.Arn, !Ref AWS::NoValue]", "(none)"},
        {"!Base64 hello", "\"aGVsbG8=\""},
        {"!GetAZs ''", "[\"us-east-1a\",\"us-east-1b\",\"us-east-1c\"]"},
        {"!Select [0, !GetAZs {Ref: AWS::Region}]", "\"us-east-1a\""},
        {"!Cidr [10.0.0.0/16, 3, 8]", "[\"10.0.0.0/24\",\"10.0.1.0/24\",\"10.0.2.0/24\"]"},
        {"!Select [1, !Cidr [!GetAtt Vpc.CidrBlock, 2, 12]]", "\"10.0.16.0/20\""},
        {"!ToJsonString {a: [1, !Ref Stage]}", "\"{\\\"a\\\":[1,\\\"dev\\\"]}\""},
        {"!Length [1, 2, 3]", "3"},
        {"!Length {Ref: Zones}", "3"},
        {"'{{resolve:secretsmanager:db:SecretString:user}}'", "\"bob\""},
        {"'{{resolve:secretsmanager:db:SecretString:port}}'", "\"5432\""},
        {"!Sub "
         "'pg://{{resolve:secretsmanager:${Secret}:SecretString:user}}@{{resolve:ssm:/a/b:1}}'",
         "\"pg://bob@42\""},
        {"{Condition: {Bool: {x: true}}}", "{\"Condition\":{\"Bool\":{\"x\":true}}}"},
        /* What nobody can know here is empty, also through other functions. */
        {"!Ref Empty", "\"\""},
        {"!GetAtt Nested.Outputs.Url", "\"\""},
        {"!ImportValue other", "\"\""},
        {"!Select [3, !Split ['/', !ImportValue other]]", "\"\""},
        {"!Sub 'a${Empty}b'", "\"ab\""},
        {"'{{resolve:ssm:/not/here}}'", "\"\""},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct loaded loaded;
        const char *json = property_of(&loaded, rows[i].yaml);
        cr_expect_str_eq(json, rows[i].json, "%s gives %s, not %s", rows[i].yaml, json,
                         rows[i].json);
        cr_expect_eq(loaded.load.error_count, 0, "%s: %.*s", rows[i].yaml,
                     SLICE_ARG(loaded_messages(&loaded)));
        loaded_finish(&loaded);
    }
}

Test(intrinsics, mistakes_are_told_in_the_words_of_cloudformation)
{
    static const struct {
        const char *yaml, *message;
    } rows[] = {
        {"!Ref Quue",
         "template.yaml:31:14: Template format error: Unresolved resource dependencies "
         "[Quue] in the Resources block of the template; did you mean 'Queue'?"},
        {"!Ref Never", "Unresolved resource dependencies [Never] in the Resources block of the "
                       "template: its condition is false"},
        {"!Ref [a]", "every Ref object must have a single String value."},
        {"!GetAtt Queue", "every Fn::GetAtt object requires two non-empty parameters"},
        {"!GetAtt Nope.Arn", "instance of Fn::GetAtt references undefined resource Nope"},
        {"!GetAtt Queue.Arm",
         "resource Queue does not support attribute type Arm in Fn::GetAtt; did "
         "you mean 'Arn'?"},
        {"!Sub '${Nope}'", "Unresolved resource dependencies [Nope]"},
        {"!Sub '${Queue.Nope}'", "does not support attribute type Nope"},
        {"!Sub '${a-b}'", "variable names in Fn::Sub syntax must contain only alphanumeric"},
        {"!Sub '${Zones}'", "variable Zones in Fn::Sub expression does not resolve to a string"},
        {"!Sub [a]", "One or more Fn::Sub intrinsic functions don't specify expected arguments"},
        {"!Join [a]", "every Fn::Join object requires two parameters"},
        {"!Join ['', [!Ref Zones]]", "a member of Fn::Join must be a string, not a list"},
        {"!Select [3, [a, b]]", "Fn::Select cannot select nonexistent value at index 3"},
        {"!Select [a, [a, b]]", "Fn::Select requires a list argument with two elements: an integer "
                                "index and a list"},
        {"!Select [0, [~]]", "Fn::Select cannot select null values"},
        {"!Split ['', a]", "every Fn::Split object requires two parameters"},
        {"!FindInMap [Sizes, dev, nope]", "Unable to get mapping for Sizes::dev::nope"},
        {"!FindInMap [Sizes, dev]", "every Fn::FindInMap object requires three parameters"},
        {"!If [Nope, 1, 2]", "unresolved condition dependency Nope in Fn::If"},
        {"!If [IsDev, 1]", "every Fn::If object requires three parameters"},
        {"!Cidr [10.0.0.0/30, 5, 1]", "Fn::Cidr cannot cut '10.0.0.0/30' into 5 blocks of 1 bits"},
        {"!Nope 1", "Fn::Nope is not an intrinsic function that may stand here"},
        {"!Equals [1, 1]", "Fn::Equals is not an intrinsic function that may stand here"},
        {"{Fn::ForEach::X: [A, [b], {}]}", "Fn::ForEach is not supported"},
        {"{Fn::Transform: {Name: Mine}}", "the macro 'Mine' is not known locally"},
        {"{Fn::Transform: {Name: AWS::Include, Parameters: {Location: nope.yaml}}}",
         "AWS::Include: no such file '/app/nope.yaml'"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct loaded loaded;
        property_of(&loaded, rows[i].yaml);
        cr_expect_eq(loaded.status, STATUS_INVALID, "%s", rows[i].yaml);
        cr_expect(loaded_says(&loaded, rows[i].message), "%s says: %.*s", rows[i].yaml,
                  SLICE_ARG(loaded_messages(&loaded)));
        loaded_finish(&loaded);
    }
}

Test(intrinsics, names_that_need_themselves_end_in_an_error)
{
    static const char *const rows[] = {
        "Resources:\n  A: {Type: AWS::SNS::Topic, Properties: {TopicName: !Ref B}}\n"
        "  B: {Type: AWS::SNS::Topic, Properties: {TopicName: !Ref A}}\n",
        "Resources:\n  A: {Type: AWS::DynamoDB::Table, Properties: {TableName: !Ref A}}\n",
        "Resources:\n  A: {Type: AWS::SSM::Parameter, Properties: {Name: n, Type: String, Value: "
        "!GetAtt A.Value}}\n",
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct loaded loaded;
        struct value *resolved;
        loaded_read(&loaded, slice_from(rows[i]), DIALECT_CLOUDFORMATION);
        cr_expect_eq(resolve_template(&loaded.load, loaded.root, &resolved), STATUS_INVALID,
                     "case %zu", i);
        loaded_finish(&loaded);
    }
}

Test(intrinsics, references_cannot_blow_a_text_up)
{
    struct loaded loaded;
    loaded_start(&loaded);
    AUTO_BUF text = BUF_INIT(64 * 1024);
    buf_append_text(&text, "Resources:\n");
    for (size_t i = 0; i < 60; i++) {
        buf_printf(
            &text,
            "  A%zu: {Type: AWS::SSM::Parameter, Properties: {Name: n%zu, Type: String, Value: "
            "!Sub 'x${A%zu.Value}${A%zu.Value}'}}\n",
            i, i, i + 1, i + 1);
    }
    buf_append_text(&text, "  A60: {Type: AWS::SSM::Parameter, Properties: {Name: n, Type: String, "
                           "Value: x}}\n");
    struct value *resolved;
    cr_assert_eq(
        yaml_load_text(&loaded.load, 0, buf_slice(&text), DIALECT_CLOUDFORMATION, &loaded.root),
        STATUS_OK);
    cr_assert_eq(resolve_template(&loaded.load, loaded.root, &resolved), STATUS_INVALID);
    loaded_finish(&loaded);
}
