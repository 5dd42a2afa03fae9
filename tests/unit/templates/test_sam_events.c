/* Event sources: the resources they become, and what is refused. */
#include "sam_loaded.h"

#include <criterion/criterion.h>

#define STAGE_HASH "a9d64949ee" /* of "my-stage" */

static void expand(struct sam_loaded *loaded, const char *events)
{
    AUTO_BUF text = BUF_INIT(65536);
    buf_printf(&text,
               "Transform: AWS::Serverless-2016-10-31\n"
               "Resources:\n"
               "  B: {Type: AWS::S3::Bucket}\n"
               "  T: {Type: AWS::SNS::Topic}\n"
               "  U: {Type: AWS::Cognito::UserPool}\n"
               "  A: {Type: AWS::Serverless::Api, Properties: {StageName: my-stage}}\n"
               "  F:\n"
               "    Type: AWS::Serverless::Function\n"
               "    Properties: {InlineCode: x, Handler: a.b, Runtime: python3.12, Events: {%s}}\n",
               events);
    sam_loaded_read(loaded, buf_slice(&text), NULL);
}

Test(sam_events, become_resources_with_the_translators_ids)
{
    static const struct {
        const char *events, *ids; /* besides those of the frame */
    } rows[] = {
        {"E: {Type: Schedule, Properties: {Schedule: rate(1 minute)}}", "FE FEPermission"},
        {"E: {Type: Schedule, Properties: {Schedule: x, DeadLetterConfig: {Type: SQS}}}",
         "FE FEPermission FEQueue FEQueuePolicy"},
        {"E: {Type: ScheduleV2, Properties: {ScheduleExpression: x}}", "FE FERole"},
        {"E: {Type: ScheduleV2, Properties: {ScheduleExpression: x, RoleArn: r}}", "FE"},
        {"E: {Type: ScheduleV2, Properties: {ScheduleExpression: x, DeadLetterConfig: {Type: "
         "SQS}}}",
         "FE FEQueue FERole"},
        {"E: {Type: EventBridgeRule, Properties: {Pattern: {source: [a]}}}", "FE FEPermission"},
        {"E: {Type: S3, Properties: {Bucket: !Ref B, Events: x}}", "FEPermission"},
        {"E: {Type: SNS, Properties: {Topic: !Ref T}}", "FE FEPermission"},
        {"E: {Type: SNS, Properties: {Topic: !Ref T, SqsSubscription: true}}",
         "FE FEEventSourceMapping FEQueue FEQueuePolicy"},
        {"E: {Type: SNS, Properties: {Topic: !Ref T, SqsSubscription: {QueueArn: a, QueueUrl: b}}}",
         "FE FEEventSourceMapping FEQueuePolicy"},
        {"E: {Type: SQS, Properties: {Queue: q}}", "FE"},
        {"E: {Type: DynamoDB, Properties: {Stream: s, StartingPosition: LATEST}}", "FE"},
        {"E: {Type: Kinesis, Properties: {Stream: s, StartingPosition: LATEST}}", "FE"},
        {"E: {Type: Cognito, Properties: {UserPool: !Ref U, Trigger: PreSignUp}}",
         "FCognitoPermission"},
        {"E: {Type: CloudWatchLogs, Properties: {LogGroupName: g, FilterPattern: p}}",
         "FE FEPermission"},
        {"E: {Type: IoTRule, Properties: {Sql: s}}", "FE FEPermission"},
        {"E: {Type: AlexaSkill}", "FEPermission"},
        {"E: {Type: Api, Properties: {Path: /, Method: get}}",
         "FEPermissionProd ServerlessRestApi ServerlessRestApiProdStage"},
        /* A stage name that is no id part counts as a hash: sha1("my-stage"). */
        {"E: {Type: Api, Properties: {RestApiId: !Ref A, Path: /, Method: get}}",
         "FEPermission" STAGE_HASH},
        {"E: {Type: HttpApi}",
         "FEPermission ServerlessHttpApi ServerlessHttpApiApiGatewayDefaultStage"},
    };
    static const char *const frame[] = {"A", "AStage" STAGE_HASH, "B", "F", "FRole", "T", "U"};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct sam_loaded loaded;
        expand(&loaded, rows[i].events);
        struct slice rest = slice_from(sam_loaded_ids(&loaded));
        AUTO_BUF ids = BUF_INIT(4096);
        struct slice id;
        while (slice_split(&rest, ' ', &id)) {
            bool is_frame = slice_search(id, SLICE("Deployment")) != SLICE_NPOS;
            for (size_t k = 0; k < sizeof(frame) / sizeof(frame[0]); k++) {
                is_frame = is_frame || slice_is(id, frame[k]);
            }
            if (!is_frame) {
                buf_printf(&ids, "%s%.*s", ids.len > 0 ? " " : "", SLICE_ARG(id));
            }
        }
        cr_expect_str_eq(buf_cstr(&ids), rows[i].ids, "row %zu: %s %s", i, buf_cstr(&ids),
                         sam_loaded_errors(&loaded));
        sam_loaded_finish(&loaded);
    }
}

Test(sam_events, carry_their_properties)
{
#define R "Resources."
    static const struct {
        const char *events, *path, *want;
    } rows[] = {
        {"E: {Type: Schedule, Properties: {Schedule: rate(1 minute), Enabled: false, Input: '{}'}}",
         R "FE.Properties",
         "{\"ScheduleExpression\":\"rate(1 minute)\",\"State\":\"DISABLED\",\"Targets\":[{\"Arn\":{"
         "\"Fn::GetAtt\":[\"F\",\"Arn\"]},\"Id\":\"FELambdaTarget\",\"Input\":\"{}\"}]}"},
        {"E: {Type: ScheduleV2, Properties: {ScheduleExpression: rate(1 minute)}}",
         R "FE.Properties.FlexibleTimeWindow", "{\"Mode\":\"OFF\"}"},
        {"E: {Type: ScheduleV2, Properties: {ScheduleExpression: rate(1 minute)}}",
         R "FE.Properties.Name", "\"FE\""},
        {"E: {Type: ScheduleV2, Properties: {ScheduleExpression: rate(1 minute), OmitName: true}}",
         R "FE.Properties.Name", "(none)"},
        {"E: {Type: CloudWatchEvent, Properties: {Pattern: {a: [b]}, EventBusName: x, InputPath: "
         "$.a, "
         "Target: {Id: t}}}",
         R "FE.Properties",
         "{\"EventBusName\":\"x\",\"EventPattern\":{\"a\":[\"b\"]},\"Targets\":[{\"Arn\":{\"Fn::"
         "GetAtt\":[\"F\",\"Arn\"]},\"Id\":\"t\",\"InputPath\":\"$.a\"}]}"},
        {"E: {Type: S3, Properties: {Bucket: !Ref B, Events: [a, b], Filter: {S3Key: {Rules: "
         "[]}}}}",
         R "B.Properties.NotificationConfiguration.LambdaConfigurations.1",
         "{\"Function\":{\"Fn::GetAtt\":[\"F\",\"Arn\"]},\"Filter\":{\"S3Key\":{\"Rules\":[]}},"
         "\"Event\":\"b\"}"},
        {"E: {Type: S3, Properties: {Bucket: !Ref B, Events: a}}", R "B.DependsOn",
         "[\"FEPermission\"]"},
        {"E: {Type: SNS, Properties: {Topic: !Ref T, SqsSubscription: true}}",
         R "FEEventSourceMapping.Properties",
         "{\"FunctionName\":{\"Ref\":\"F\"},\"EventSourceArn\":{\"Fn::GetAtt\":[\"FEQueue\","
         "\"Arn\"]},"
         "\"BatchSize\":10,\"Enabled\":true}"},
        {"E: {Type: Kinesis, Properties: {Stream: s, StartingPosition: LATEST, DestinationConfig: "
         "{OnFailure: {Type: SQS, Destination: d}}}}",
         R "FE.Properties.DestinationConfig", "{\"OnFailure\":{\"Destination\":\"d\"}}"},
        {"E: {Type: MSK, Properties: {Stream: s, StartingPosition: LATEST, ConsumerGroupId: g}}",
         R "FE.Properties.AmazonManagedKafkaEventSourceConfig", "{\"ConsumerGroupId\":\"g\"}"},
        {"E: {Type: Cognito, Properties: {UserPool: !Ref U, Trigger: [PreSignUp]}}",
         R "U.Properties.LambdaConfig", "{\"PreSignUp\":{\"Fn::GetAtt\":[\"F\",\"Arn\"]}}"},
        {"E: {Type: Api, Properties: {Path: '/x/{id}/', Method: ANY}}",
         R "FEPermissionProd.Properties.SourceArn",
         "{\"Fn::Sub\":[\"arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:${__ApiId__}/"
         "${__Stage__}/*/x/"
         "*\",{\"__ApiId__\":{\"Ref\":\"ServerlessRestApi\"},\"__Stage__\":\"*\"}]}"},
    };
#undef R
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct sam_loaded loaded;
        expand(&loaded, rows[i].events);
        cr_expect_str_eq(sam_loaded_json(&loaded, rows[i].path), rows[i].want, "row %zu: %s %s", i,
                         sam_loaded_json(&loaded, rows[i].path), sam_loaded_errors(&loaded));
        sam_loaded_finish(&loaded);
    }
}

Test(sam_events, that_are_wrong_are_told_in_the_translators_words)
{
#define F "Resource with id [F] is invalid. Event with id [E] is invalid. "
    static const struct {
        const char *events, *want;
    } rows[] = {
        {"E: {Type: Foo}",
         F "Resource dict has missing or invalid value for key Type. Event Type is: Foo."},
        {"E: {Type: Sqs, Properties: {Queue: x}}", "Did you mean 'SQS'?"},
        {"E: {Type: SQS}", "Resource with id [FE] is invalid. Missing required property 'Queue'."},
        {"E: {Type: SQS, Properties: {Queue: a, Batch: 1}}",
         "Resource with id [FE] is invalid. property Batch not defined for resource of type SQS"},
        {"E: {Type: S3, Properties: {Bucket: b, Events: e}}",
         F "S3 events must reference an S3 bucket in the same template."},
        {"E: {Type: Schedule, Properties: {Schedule: x, Enabled: true, State: ENABLED}}",
         F "State and Enabled Properties cannot both be specified."},
        {"E: {Type: Api}", "Resource with id [FE] is invalid. Missing required property 'Path'."},
        {"E: {Type: Api, Properties: {Path: /x}}", F "Property 'Method' is required."},
        {"E: {Type: HttpApi, Properties: {Path: /x}}", F "Property 'Method' is required."},
        {"E: {Type: Api, Properties: {Path: !Sub /x, Method: get}}",
         F "Property 'Path' should be a string."},
        {"E: {Type: Api, Properties: {Path: /x, Method: get, RestApiId: !ImportValue x}}",
         F "Property 'RestApiId' should be a string."},
        {"E: {Type: Api, Properties: {Path: /x, Method: get, RestApiId: !Ref Nope}}",
         F "RestApiId must be a valid reference to an 'AWS::Serverless::Api' resource in same "
           "template."},
        {"D: {Type: Api, Properties: {Path: /x, Method: GET}}, E: {Type: Api, Properties: {Path: "
         "/x, "
         "Method: get}}",
         F "API method \"get\" defined multiple times for path \"/x\"."},
        {"E: {Type: Api, Properties: {Path: /x, Method: get, Auth: {Authorizer: Foo}}}", F
         "Unable to set Authorizer [Foo] on API method [get] for path [/x] because the related API "
         "does not define any Authorizers."},
        {"E: {Type: MQ, Properties: {Broker: b}}",
         F "No SourceAccessConfigurations for Amazon MQ event provided."},
        {"E: {Type: Kinesis, Properties: {Stream: s, StartingPosition: L, DestinationConfig: "
         "{OnFailure: {Type: Foo}}}}",
         F "The only valid values for 'Type' are 'SQS', 'SNS', 'S3', and 'Kafka'"},
    };
#undef F
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct sam_loaded loaded;
        expand(&loaded, rows[i].events);
        struct slice errors = slice_from(sam_loaded_errors(&loaded));
        cr_expect_eq(loaded.status, STATUS_INVALID, "row %zu", i);
        cr_expect_neq(slice_search(errors, slice_from(rows[i].want)), SLICE_NPOS, "row %zu: %s", i,
                      errors.ptr);
        cr_expect(slice_starts_with(errors, SLICE("template.yaml:9:")), "row %zu: %s", i,
                  errors.ptr);
        sam_loaded_finish(&loaded);
    }
}
