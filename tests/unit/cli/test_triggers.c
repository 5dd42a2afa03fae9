#include "cli/triggers.h"

#include "core/file.h"
#include "core/mem.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

static const char template_text[] =
    "Transform: AWS::Serverless-2016-10-31\n"
    "Resources:\n"
    "  Orders: {Type: AWS::SQS::Queue, Properties: {QueueName: orders}}\n"
    "  Topic: {Type: AWS::SNS::Topic, Properties: {TopicName: news}}\n"
    "  Uploads: {Type: AWS::S3::Bucket, Properties: {BucketName: uploads}}\n"
    "  Table:\n"
    "    Type: AWS::DynamoDB::Table\n"
    "    Properties:\n"
    "      TableName: items\n"
    "      KeySchema: [{AttributeName: p, KeyType: HASH}]\n"
    "      AttributeDefinitions: [{AttributeName: p, AttributeType: S}]\n"
    "      StreamSpecification: {StreamViewType: NEW_IMAGE}\n"
    "  Fn:\n"
    "    Type: AWS::Serverless::Function\n"
    "    Properties:\n"
    "      Runtime: nodejs20.x\n"
    "      Handler: index.handler\n"
    "      InlineCode: 'exports.handler = async () => {}'\n"
    "      Events:\n"
    "        Q: {Type: SQS, Properties: {Queue: !GetAtt Orders.Arn}}\n"
    "        T: {Type: SNS, Properties: {Topic: !Ref Topic}}\n"
    "        B: {Type: S3, Properties: {Bucket: !Ref Uploads, Events: 's3:ObjectCreated:*'}}\n"
    "        D: {Type: DynamoDB, Properties: {Stream: !GetAtt Table.StreamArn, StartingPosition: "
    "LATEST}}\n"
    "        C: {Type: Schedule, Properties: {Schedule: rate(5 minutes)}}\n"
    "        V: {Type: ScheduleV2, Properties: {ScheduleExpression: 'cron(0 2 * * ? *)', "
    "ScheduleExpressionTimezone: Europe/Berlin}}\n"
    "        R: {Type: EventBridgeRule, Properties: {Pattern: {source: [shop]}}}\n"
    "  Elsewhere:\n"
    "    Type: AWS::SNS::Subscription\n"
    "    Properties: {Protocol: sqs, TopicArn: !Ref Topic, Endpoint: !GetAtt Orders.Arn}\n";

static bool has(const struct triggers *triggers, const char *kind, const char *source)
{
    for (size_t i = 0; i < triggers->count; i++) {
        if (strcmp(triggers->items[i].kind, kind) == 0 &&
            slice_is(triggers->items[i].source, source) &&
            slice_is(triggers->items[i].function->logical_id, "Fn")) {
            return true;
        }
    }
    return false;
}

Test(triggers, are_found_whatever_causes_the_function_to_run)
{
    static const struct {
        const char *kind, *source;
    } rows[] = {{"queue", "orders"},
                {"topic", "news"},
                {"bucket", "uploads ObjectCreated:*"},
                {"stream", "items"},
                {"cron", "rate(5 minutes)"},
                {"cron", "cron(0 2 * * ? *) Europe/Berlin"},
                {"rule", "app-FnR"}};
    char dir[] = "/tmp/sls-triggers-XXXXXX";
    char path[64];
    struct fault fault = {.text = ""};
    cr_assert_not_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/template.yaml", dir);
    cr_assert_eq(file_write(path, slice_from(template_text), &fault), STATUS_OK);
    const struct template_options options = {.path = path, .stack_name = "app"};
    struct deployment *deployment = NULL;
    cr_assert_eq(template_load(&options, &deployment, &fault), STATUS_OK, "%s", fault.text);
    AUTO_ARENA arena = ARENA_INIT;
    struct triggers triggers = triggers_of(&arena, deployment);
    cr_expect_eq(triggers.count, COUNT_OF(rows), "%zu", triggers.count);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        cr_expect(has(&triggers, rows[i].kind, rows[i].source), "%s %s", rows[i].kind,
                  rows[i].source);
    }
    deployment_destroy(deployment);
    cr_assert_eq(file_remove_tree(dir, &fault), STATUS_OK);
}
