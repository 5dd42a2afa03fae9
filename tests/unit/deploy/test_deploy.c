/* What a deployment remembers for the next one. */
#include "tests/support/bus.h"

#include "core/mem.h"
#include "tests/support/json_path.h"

#include <criterion/criterion.h>

#define RULE "AWS::Events::Rule"
#define PROPERTIES "{'ScheduleExpression':'rate(1 day)'}"

struct deployment {
    struct bus *bus;
    struct fault fault;
    bool deploys_again; /* nothing, as soon as it is through */
    bool is_through;
};

static void deploy_nothing(struct deployment *deployment);

static void on_deployed(void *ctx, enum status status, const struct fault *fault)
{
    struct deployment *deployment = ctx;
    if (deployment->deploys_again) {
        cr_assert_eq(status, STATUS_OK, "%s", fault->text);
        deployment->deploys_again = false;
        deploy_nothing(deployment);
        return;
    }
    deployment->fault = *fault;
    deployment->is_through = true;
}

static void deploy_nothing(struct deployment *deployment)
{
    scheduler_deploy(deployment->bus->scheduler, NULL, 0, on_deployed, deployment);
}

static void deploy_rule(struct deployment *deployment)
{
    const struct resource rule = {.logical_id = SLICE("Nightly"),
                                  .type = SLICE(RULE),
                                  .physical_id = SLICE("nightly"),
                                  .properties = SLICE("{\"ScheduleExpression\":\"rate(1 day)\"}"),
                                  .position = SLICE("template.yaml:1:1")};
    scheduler_deploy(deployment->bus->scheduler, &rule, 1, on_deployed, deployment);
}

static bool is_through(struct bus *bus)
{
    return ((struct deployment *)bus->ctx)->is_through;
}

static void open_bus(struct bus *bus, struct deployment *deployment)
{
    *deployment = (struct deployment){.bus = bus};
    bus->ctx = deployment;
    bus_open(bus);
}

Test(deployment, withdraws_at_once_what_the_one_just_before_has_made)
{
    struct bus bus = {.ctx = NULL};
    struct deployment deployment;
    open_bus(&bus, &deployment);
    deployment.deploys_again = true;
    deploy_rule(&deployment);
    bus_wait(&bus, is_through, "both deployments end");
    cr_expect_eq(deployment.fault.status, STATUS_OK, "%s", deployment.fault.text);
    bus_ok(&bus, "events", "ListRules", "{}");
    cr_expect(bus_is(&bus, "Rules", "[]"), "%s", buf_cstr(&bus.reply));
    bus_close(&bus);
}

Test(deployment, says_that_its_records_could_not_be_kept_and_withdraws_the_next_time)
{
    struct bus bus = {.ctx = NULL};
    struct deployment deployment;
    open_bus(&bus, &deployment);
    cr_assert_str_eq(bus_deploy(&bus, RULE, "nightly", PROPERTIES), "");
    bus_fill_disk(true);
    deploy_nothing(&deployment);
    bus_wait(&bus, is_through, "the deployment ends on a full disk");
    cr_expect_eq(deployment.fault.status, STATUS_UNAVAILABLE);
    cr_expect_str_eq(deployment.fault.text, "nightly: what was deployed could not be kept");
    bus_fill_disk(false);
    deployment.is_through = false;
    deploy_nothing(&deployment);
    bus_wait(&bus, is_through, "the deployment ends");
    cr_expect_eq(deployment.fault.status, STATUS_OK, "%s", deployment.fault.text);
    bus_ok(&bus, "events", "ListRules", "{}");
    cr_expect(bus_is(&bus, "Rules", "[]"), "%s", buf_cstr(&bus.reply));
    bus_close(&bus);
}

#define ACCOUNT "us-east-1:000000000000:"
#define FUNCTION_ARN "arn:aws:lambda:" ACCOUNT "function:f"
#define QUEUE_ARN "arn:aws:sqs:" ACCOUNT "q"
#define QUEUE_URL "http://127.0.0.1:4566/000000000000/q"
#define TOPIC_ARN "arn:aws:sns:" ACCOUNT "t"
#define STREAM_ARN "arn:aws:kinesis:" ACCOUNT "stream/s"
#define POLICY(action, resource)                                                                   \
    "'PolicyDocument':{'Version':'2012-10-17','Statement':[{'Effect':'Allow','Principal':'*',"     \
    "'Action':'" action "','Resource':'" resource "'}]}"

/* One of every type. */
static const struct {
    const char *type, *id, *properties;
} template[] = {
    {"AWS::SQS::Queue", QUEUE_URL, "{'QueueName':'q'}"},
    {"AWS::SQS::QueuePolicy", "queue-policy",
     "{'Queues':['" QUEUE_URL "']," POLICY("sqs:SendMessage", QUEUE_ARN) "}"},
    {"AWS::SNS::Topic", TOPIC_ARN, "{'TopicName':'t'}"},
    {"AWS::SNS::Subscription", TOPIC_ARN ":12345678-1234-1234-1234-123456789012",
     "{'TopicArn':'" TOPIC_ARN "','Protocol':'sqs','Endpoint':'" QUEUE_ARN "'}"},
    {"AWS::SNS::TopicPolicy", "topic-policy",
     "{'Topics':['" TOPIC_ARN "']," POLICY("sns:Publish", TOPIC_ARN) "}"},
    {"AWS::S3::Bucket", "bucket",
     "{'NotificationConfiguration':{'QueueConfigurations':[{'Event':'s3:ObjectCreated:*',"
     "'Queue':'" QUEUE_ARN "'}]}}"},
    {"AWS::S3::BucketPolicy", "bucket-policy",
     "{'Bucket':'bucket'," POLICY("s3:GetObject", "arn:aws:s3:::bucket/*") "}"},
    {"AWS::Kinesis::Stream", "s", "{'Name':'s','ShardCount':1}"},
    {"AWS::Kinesis::StreamConsumer", STREAM_ARN "/consumer/c:1",
     "{'ConsumerName':'c','StreamARN':'" STREAM_ARN "'}"},
    {"AWS::Kinesis::ResourcePolicy", "stream-policy",
     "{'ResourceArn':'" STREAM_ARN "','ResourcePolicy':{'Version':'2012-10-17','Statement':[]}}"},
    {"AWS::Logs::LogGroup", "group", "{'LogGroupName':'group'}"},
    {"AWS::Logs::LogStream", "stream", "{'LogGroupName':'group','LogStreamName':'stream'}"},
    {"AWS::Logs::SubscriptionFilter", "filter",
     "{'LogGroupName':'group','FilterPattern':'','DestinationArn':'" FUNCTION_ARN "'}"},
    {"AWS::Logs::MetricFilter", "metric-filter",
     "{'LogGroupName':'group','FilterPattern':'','MetricTransformations':[{'MetricName':'m',"
     "'MetricNamespace':'n','MetricValue':'1'}]}"},
    {"AWS::Events::EventBus", "b", "{'Name':'b'}"},
    {"AWS::Events::Connection", "connection",
     "{'AuthorizationType':'API_KEY','AuthParameters':{'ApiKeyAuthParameters':{'ApiKeyName':'k',"
     "'ApiKeyValue':'v'}}}"},
    {"AWS::Events::Archive", "archive",
     "{'SourceArn':'arn:aws:events:" ACCOUNT "event-bus/default'}"},
    {RULE, "nightly", PROPERTIES},
    {"AWS::Events::EventBusPolicy", "bus-policy",
     "{'StatementId':'s','Action':'events:PutEvents','Principal':'000000000001'}"},
    {"AWS::Scheduler::ScheduleGroup", "schedules", "{'Name':'schedules'}"},
    {"AWS::Scheduler::Schedule", "schedule",
     "{'Name':'schedule','ScheduleExpression':'rate(1 day)','FlexibleTimeWindow':{'Mode':'OFF'},"
     "'Target':{'Arn':'" QUEUE_ARN "','RoleArn':'arn:aws:iam::000000000000:role/r'}}"},
    {"AWS::Lambda::EventSourceMapping", "12345678-1234-1234-1234-123456789012",
     "{'FunctionName':'f','EventSourceArn':'" QUEUE_ARN "'}"},
    {"AWS::Lambda::EventInvokeConfig", "f:$LATEST",
     "{'FunctionName':'f','Qualifier':'$LATEST','MaximumRetryAttempts':1}"},
    {"AWS::Lambda::Permission", "permission",
     "{'FunctionName':'f','Action':'lambda:InvokeFunction','Principal':'sns.amazonaws.com'}"},
};

static void deploy_template(struct deployment *deployment)
{
    struct resource resources[COUNT_OF(template)];
    char *texts[COUNT_OF(template)];
    for (size_t i = 0; i < COUNT_OF(template); i++) {
        texts[i] = json_quoted(template[i].properties);
        resources[i] = (struct resource){.logical_id = slice_from(template[i].id),
                                         .type = slice_from(template[i].type),
                                         .physical_id = slice_from(template[i].id),
                                         .properties = slice_from(texts[i]),
                                         .position = SLICE("template.yaml:1:1")};
    }
    scheduler_deploy(deployment->bus->scheduler, resources, COUNT_OF(resources), on_deployed,
                     deployment);
    for (size_t i = 0; i < COUNT_OF(template); i++) {
        mem_free(texts[i]);
    }
}

Test(deployment, of_a_resource_of_every_type_leaves_none_out)
{
    struct bus bus = {.ctx = NULL};
    struct deployment deployment;
    open_bus(&bus, &deployment);
    deploy_template(&deployment);
    bus_wait(&bus, is_through, "the deployment ends");
    cr_expect_str_eq(deployment.fault.text, "");
    cr_expect_str_eq(buf_cstr(&bus.notices), "");
    bus_close(&bus);
}

/* Wherever it is then: the loop is turned once more each time. */
static void close_under_way(bool withdraws)
{
    bool was_through = false;
    for (int turns = 0; !was_through; turns++) {
        struct bus bus = {.ctx = NULL};
        struct deployment deployment;
        open_bus(&bus, &deployment);
        deploy_template(&deployment);
        if (withdraws) {
            bus_wait(&bus, is_through, "the deployment ends");
            deployment.is_through = false;
            deploy_nothing(&deployment);
        }
        for (int i = 0; i < turns; i++) {
            bus_turn(&bus);
        }
        was_through = deployment.is_through;
        bus_close(&bus);
        cr_expect(deployment.is_through, "after %d turns", turns);
    }
}

Test(deployment, may_be_under_way_when_the_bus_closes)
{
    close_under_way(false);
}

Test(deployment, may_be_withdrawing_when_the_bus_closes)
{
    close_under_way(true);
}

Test(deployment, reads_the_scalars_of_a_permission_however_they_are_written)
{
    struct bus bus = {.ctx = NULL};
    struct deployment deployment;
    open_bus(&bus, &deployment);
    cr_assert_str_eq(bus_deploy(&bus, "AWS::Lambda::Permission", "p",
                                "{'FunctionName':'f','Action':'lambda:InvokeFunctionUrl',"
                                "'Principal':'s3.amazonaws.com','SourceAccount':123456789012,"
                                "'InvokedViaFunctionUrl':'true'}"),
                     "");
    const char *policy = bus_rest(&bus, "lambda", "GetPolicy", "FunctionName=f", "", "");
    cr_expect_eq(bus.status, 200, "%s", policy);
    cr_expect_not_null(strstr(policy, "123456789012"), "%s", policy);
    cr_expect_not_null(strstr(policy, "lambda:InvokedViaFunctionUrl"), "%s", policy);
    bus_close(&bus);
}

#define URL "AWS::Lambda::Url"

/* "logical id {properties}" of each. */
static const char *merged_urls(struct bus *bus, const struct resource *resources, size_t count)
{
    static char text[1024];
    AUTO_ARENA arena = ARENA_INIT;
    size_t merged_count;
    const struct resource *merged =
        scheduler_function_urls(bus->scheduler, &arena, resources, count, &merged_count);
    text[0] = '\0';
    for (size_t i = 0; i < merged_count; i++) {
        size_t len = strlen(text);
        snprintf(text + len, sizeof text - len, "%.*s %.*s;", SLICE_ARG(merged[i].logical_id),
                 SLICE_ARG(merged[i].properties));
    }
    return text;
}

Test(deployment, function_urls_of_the_api_stand_beside_and_instead_of_the_template_s)
{
    static const struct resource of_template = {
        .logical_id = SLICE_INIT("FUrl"),
        .type = SLICE_INIT(URL),
        .properties = SLICE_INIT("{\"TargetFunctionArn\":\"f\",\"AuthType\":\"NONE\"}"),
        .position = SLICE_INIT("template.yaml:1:1")};
    static const char *const as_written =
        "FUrl {\"TargetFunctionArn\":\"f\",\"AuthType\":\"NONE\"};";
    struct bus bus = {.ctx = NULL};
    struct deployment deployment;
    open_bus(&bus, &deployment);
    cr_expect_str_eq(merged_urls(&bus, &of_template, 1), as_written);

    (void)bus_rest(&bus, "lambda", "CreateFunctionUrlConfig", "FunctionName=f", "",
                   "{'AuthType':'AWS_IAM'}");
    cr_assert_eq(bus.status, 201, "%s", buf_cstr(&bus.reply));
    cr_expect_str_eq(merged_urls(&bus, NULL, 0),
                     "f URL {\"TargetFunctionArn\":\"f\",\"AuthType\":\"AWS_IAM\"};");
    cr_expect_str_eq(merged_urls(&bus, &of_template, 1), as_written, "the template wins");

    cr_assert_str_eq(bus_deploy_resource(&bus, &of_template), "");
    cr_expect_str_eq(merged_urls(&bus, &of_template, 1), as_written);
    (void)bus_rest(&bus, "lambda", "UpdateFunctionUrlConfig", "FunctionName=f", "",
                   "{'InvokeMode':'RESPONSE_STREAM'}");
    cr_assert_eq(bus.status, 200, "%s", buf_cstr(&bus.reply));
    cr_expect_str_eq(merged_urls(&bus, &of_template, 1),
                     "FUrl {\"TargetFunctionArn\":\"f\",\"AuthType\":\"NONE\","
                     "\"InvokeMode\":\"RESPONSE_STREAM\"};");
    (void)bus_rest(&bus, "lambda", "DeleteFunctionUrlConfig", "FunctionName=f", "", "");
    cr_assert_eq(bus.status, 204, "%s", buf_cstr(&bus.reply));
    cr_expect_str_eq(merged_urls(&bus, &of_template, 1), "");
    cr_assert_str_eq(bus_deploy_resource(&bus, &of_template), "");
    cr_expect_str_eq(merged_urls(&bus, &of_template, 1), as_written);
    bus_close(&bus);
}

static bool has_bucket(struct bus *bus, const char *name)
{
    (void)bus_rest(bus, "s3", "ListBuckets", "", "", "");
    return slice_search(buf_slice(&bus->reply), slice_from(name)) != SLICE_NPOS;
}

Test(deployment, makes_no_bucket_of_one_that_it_refuses)
{
    struct bus bus = {.ctx = NULL};
    bus_open(&bus);
    const char *fault =
        bus_deploy(&bus, "AWS::S3::Bucket", "first-bucket",
                   "{'LifecycleConfiguration':{'Rules':[{'Id':'r','Status':'On'}]}}");
    cr_expect_neq(*fault, '\0');
    cr_expect_not(has_bucket(&bus, "first-bucket"));
    (void)bus_rest(&bus, "s3", "CreateBucket", "Bucket=second-bucket", "",
                   "<CreateBucketConfiguration><Tags><Tag><Key>a</Key><Value>1</Value></Tag><Tag>"
                   "<Key>a</Key><Value>2</Value></Tag></Tags></CreateBucketConfiguration>");
    cr_expect_eq(bus.status, 400);
    cr_expect_not(has_bucket(&bus, "second-bucket"));
    bus_close(&bus);
}
