/* The queues of a template. */
#include "sqs_client.h"

#include "core/mem.h"
#include "tests/support/json_path.h"

TestSuite(deploy_sqs, .init = open_bus, .fini = close_bus);

#define ARN "arn:aws:sqs:us-east-1:000000000000:"
#define URL "http://127.0.0.1:4566/000000000000/"

static void deploy(const char *type, const char *name, const char *properties, const char *expected)
{
    cr_expect_str_eq(bus_deploy(&bus, type, body_of(URL "%s", name), properties), expected);
}

static void deploy_queue(const char *name, const char *properties)
{
    deploy("AWS::SQS::Queue", name, properties, "");
}

static uint64_t jobs(void)
{
    struct engine_stats stats;
    engine_stats(bus.scheduler->engine, &stats);
    return stats.jobs;
}

Test(deploy_sqs, makes_a_queue_whatever_form_its_numbers_have)
{
    deploy_queue("q", "{'QueueName':'q','DelaySeconds':5,'VisibilityTimeout':'60','FifoQueue':"
                      "false,'Tags':[{'Key':'a','Value':'1'}]}");
    attribute("q", "DelaySeconds", "5");
    attribute("q", "VisibilityTimeout", "60");
    ok("ListQueueTags", "{'QueueUrl':'q'}");
    cr_expect(bus_is(&bus, "Tags", "{'a':'1'}"));
    deploy_queue("f.fifo", "{'FifoQueue':'true','ContentBasedDeduplication':true}");
    attribute("f.fifo", "ContentBasedDeduplication", "true");
}

Test(deploy_sqs, changes_what_changed_and_writes_nothing_otherwise)
{
    deploy_queue("q", "{'DelaySeconds':5,'MaximumMessageSize':2048}");
    ok("AddPermission", "{'QueueUrl':'q','Label':'l','AWSAccountIds':['111111111111'],'Actions':["
                        "'*']}");
    send_more("q", "kept", ",'DelaySeconds':0");
    deploy_queue("q", "{'DelaySeconds':6}");
    attribute("q", "DelaySeconds", "6");
    attribute("q", "MaximumMessageSize", "1048576");
    attribute("q", "ApproximateNumberOfMessages", "1");
    ok("GetQueueAttributes", "{'QueueUrl':'q','AttributeNames':['Policy']}");
    cr_expect_gt(bus_at(&bus, "Attributes.Policy").len, 10, "what others set stays");
    uint64_t before = jobs();
    deploy_queue("q", "{'DelaySeconds':'6'}");
    cr_expect_eq(jobs(), before);
}

Test(deploy_sqs, refuses_in_the_words_of_sqs)
{
    deploy("AWS::SQS::Queue", "q", "{'DelaySeconds':901}",
           "template.yaml:1:1: " URL "q: Invalid value for the parameter DelaySeconds.");
    deploy("AWS::SQS::Queue", "q",
           "{'RedrivePolicy':{'deadLetterTargetArn':'" ARN "none','maxReceiveCount':1}}",
           "template.yaml:1:1: " URL "q: Value {\"deadLetterTargetArn\":\"" ARN
           "none\",\"maxReceiveCount\":1} for parameter RedrivePolicy is invalid. Reason: Dead "
           "letter target does not exist.");
}

static void on_deployed(void *ctx, enum status status, const struct fault *fault)
{
    cr_assert_eq(status, STATUS_OK, "%s", fault->text);
    *(bool *)ctx = true;
}

static bool is_deployed;

static bool has_deployed(struct bus *waiting)
{
    (void)waiting;
    return is_deployed;
}

Test(deploy_sqs, lets_a_queue_wait_for_its_dead_letter_queue)
{
    char *properties[3] = {
        json_quoted("{'RedrivePolicy':{'deadLetterTargetArn':'" ARN "b','maxReceiveCount':'1'}}"),
        json_quoted("{'RedrivePolicy':'{\\'deadLetterTargetArn\\':\\'" ARN
                    "c\\',\\'maxReceiveCount\\':2}'}"),
        json_quoted("{}"),
    };
    static const char *const urls[3] = {URL "a", URL "b", URL "c"};
    struct resource resources[3];
    for (size_t i = 0; i < 3; i++) {
        resources[i] = (struct resource){.logical_id = slice_from(urls[i]),
                                         .type = SLICE("AWS::SQS::Queue"),
                                         .physical_id = slice_from(urls[i]),
                                         .properties = slice_from(properties[i]),
                                         .position = SLICE("t")};
    }
    is_deployed = false;
    scheduler_deploy(bus.scheduler, resources, 3, on_deployed, &is_deployed);
    bus_wait(&bus, has_deployed, "the deployment ends");
    ok("ListDeadLetterSourceQueues", "{'QueueUrl':'b'}");
    cr_expect(bus_is(&bus, "queueUrls", "['" URL "a']"));
    send_text("a", "x");
    for (int i = 0; i < 2; i++) {
        (void)receive_some("a", 1, ",'VisibilityTimeout':0");
    }
    for (int i = 0; i < 2; i++) {
        (void)receive_some("b", 1, ",'VisibilityTimeout':0");
    }
    cr_expect_str_eq(receive("c"), "x");
    for (size_t i = 0; i < 3; i++) {
        mem_free(properties[i]);
    }
}

Test(deploy_sqs, keeps_policies_and_takes_them_away)
{
    deploy_queue("q", "{}");
    deploy("AWS::SQS::QueuePolicy", "p",
           "{'Queues':['" URL "q'],'PolicyDocument':{'Version':'2012-10-17','Statement':[{'Effect':"
           "'Allow'}]}}",
           "");
    attribute(
        "q", "Policy",
        "{\\\"Version\\\":\\\"2012-10-17\\\",\\\"Statement\\\":[{\\\"Effect\\\":\\\"Allow\\\"}"
        "]}");
    deploy_queue("q", "{'DelaySeconds':1}"); /* a deployment without the policy */
    attribute("q", "Policy", "");
    deploy("AWS::SQS::QueueInlinePolicy", "p",
           "{'Queue':'" URL "none','PolicyDocument':{'Statement':{'Effect':'Allow'}}}", "");
    cr_expect_str_eq(buf_cstr(&bus.notices),
                     URL "p: template.yaml:1:1: is left out: none: there is no such queue\n");
}
