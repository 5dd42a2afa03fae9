#include "loaded.h"

#include "templates/ledger.h"
#include "templates/resource_schema.h"

static void check(struct loaded *loaded, const char *text, const char *type)
{
    loaded_read(loaded, slice_from(text), DIALECT_CLOUDFORMATION);
    cr_assert_eq(loaded->status, STATUS_OK);
    resource_check_properties(&loaded->load, SLICE("R"), slice_from(type), loaded->root);
}

Test(resource_schema, tells_of_properties_that_a_type_does_not_have)
{
    static const struct {
        const char *type, *properties, *message;
    } rows[] = {
        {"AWS::SQS::Queue", "VisibilityTimout: 3",
         "template.yaml:1:1: R: AWS::SQS::Queue has no property VisibilityTimout (did you mean "
         "VisibilityTimeout?); CloudFormation refuses it, here it is without effect\n"},
        {"AWS::SQS::Queue", "{VisibilityTimeout: 3, Tags: [{Key: a, Value: b}]}", ""},
        {"AWS::SQS::Queue", "RedrivePolicy: {deadLetterTargetArn: x, whatever: 1}", ""},
        {"AWS::Events::Rule", "Targets: [{Id: a, Arn: b}, {Id: a, Arn: b, RetryPolicy: {Max: 1}}]",
         "template.yaml:1:58: R: AWS::Events::Rule has no property Targets.RetryPolicy.Max; "
         "CloudFormation refuses it, here it is without effect\n"},
        {"AWS::S3::Bucket",
         "NotificationConfiguration:\n"
         "  QueueConfigurations:\n"
         "    - {Event: e, Queue: q, Filter: {S3Key: {Rules: [{Name: prefix, Valu: a}]}}}",
         "template.yaml:3:68: R: AWS::S3::Bucket has no property "
         "NotificationConfiguration.QueueConfigurations.Filter.S3Key.Rules.Valu (did you mean "
         "Value?); CloudFormation refuses it, here it is without effect\n"},
        {"AWS::Scheduler::Schedule", "FlexibleTimeWindow: {Mode: 'OFF', mode: 'OFF'}",
         "template.yaml:1:35: R: AWS::Scheduler::Schedule has no property FlexibleTimeWindow.mode "
         "(did you mean Mode?); CloudFormation refuses it, here it is without effect\n"},
        {"AWS::SQS::Queue", "Tags: {Key: a, Valu: b}", ""}, /* the service says what is wrong */
        {"AWS::Nobody::Knows", "Anything: 1", ""},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct loaded loaded;
        check(&loaded, rows[i].properties, rows[i].type);
        const char *told = arena_cstr(&loaded.arena, loaded_messages(&loaded));
        cr_expect_str_eq(told, rows[i].message, "row %zu says %s", i, told);
        cr_expect_eq(loaded.load.error_count, 0, "row %zu", i);
        loaded_finish(&loaded);
    }
}

Test(resource_schema, is_an_error_when_the_load_is_strict)
{
    struct loaded loaded;
    loaded_read(&loaded, SLICE("Foo: 1"), DIALECT_CLOUDFORMATION);
    loaded.options.is_strict = true;
    resource_check_properties(&loaded.load, SLICE("R"), SLICE("AWS::SNS::Topic"), loaded.root);
    cr_expect_eq(loaded.load.error_count, 1);
    loaded_finish(&loaded);
}

static void expect_row(void *ctx, struct slice name)
{
    const struct type_support *support = ctx;
    cr_expect_not_null(property_support(support, name), "%s: nothing is said of %.*s",
                       support->type, SLICE_ARG(name));
}

/* A property that CloudFormation got is told of here, whether it is emulated or not. */
Test(resource_schema, every_property_has_a_row_in_the_ledger)
{
    static const char *const types[] = {
        "AWS::DynamoDB::Table",
        "AWS::Events::Archive",
        "AWS::Events::Connection",
        "AWS::Events::EventBus",
        "AWS::Events::Rule",
        "AWS::Kinesis::Stream",
        "AWS::Lambda::EventSourceMapping",
        "AWS::Lambda::Function",
        "AWS::Logs::LogGroup",
        "AWS::Logs::MetricFilter",
        "AWS::Logs::SubscriptionFilter",
        "AWS::S3::Bucket",
        "AWS::SNS::Subscription",
        "AWS::SNS::Topic",
        "AWS::SQS::Queue",
        "AWS::Scheduler::Schedule",
    };
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        struct type_support support = *type_support(slice_from(types[i]));
        cr_assert_not_null(resource_schema(slice_from(types[i])), "%s", types[i]);
        schema_each_name(resource_schema(slice_from(types[i])), expect_row, &support);
    }
}
