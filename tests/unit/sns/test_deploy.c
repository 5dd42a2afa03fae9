/* The resources of a template. */
#include "fixture.h"

#include "core/mem.h"

#include <criterion/criterion.h>

#define ORDERS TOPIC_OF("orders")
#define TOPIC "AWS::SNS::Topic"
#define SUBSCRIPTION "AWS::SNS::Subscription"
#define SUB_ARN ORDERS ":12345678-1234-1234-1234-123456789012"

static void deploy(struct bus *bus, const char *type, const char *id, const char *properties)
{
    cr_expect_str_eq(bus_deploy(bus, type, id, properties), "");
}

static const char *endpoints(struct bus *bus)
{
    return bus_ok(bus, "sns", "ListSubscriptionsByTopic", "{'TopicArn':'" ORDERS "'}");
}

Test(deploy, makes_a_topic_and_changes_it_later)
{
    struct bus bus;
    sns_open(&bus);
    deploy(&bus, TOPIC, ORDERS,
           "{'TopicName':'orders','DisplayName':'Orders','SignatureVersion':2,'FifoTopic':false,"
           "'ContentBasedDeduplication':false,'Tags':[{'Key':'a','Value':1}],"
           "'DeliveryStatusLogging':[{'Protocol':'http/s','SuccessFeedbackSampleRate':'5'}]}");
    bus_ok(&bus, "sns", "GetTopicAttributes", "{'TopicArn':'" ORDERS "'}");
    cr_expect(bus_is(&bus, "Attributes.DisplayName", "'Orders'"));
    cr_expect(bus_is(&bus, "Attributes.SignatureVersion", "'2'"));
    cr_expect(bus_is(&bus, "Attributes.HTTPSuccessFeedbackSampleRate", "'5'"));
    cr_expect_eq(bus_at(&bus, "Attributes.FifoTopic").len, 0);
    bus_ok(&bus, "sns", "ListTagsForResource", "{'ResourceArn':'" ORDERS "'}");
    cr_expect(bus_is(&bus, "Tags.0", "{'Key':'a','Value':'1'}"));
    deploy(&bus, TOPIC, ORDERS, "{'TopicName':'orders'}");
    sns_reopen(&bus);
    bus_ok(&bus, "sns", "GetTopicAttributes", "{'TopicArn':'" ORDERS "'}");
    cr_expect(bus_is(&bus, "Attributes.DisplayName", "''"));
    bus_ok(&bus, "sns", "ListTagsForResource", "{'ResourceArn':'" ORDERS "'}");
    cr_expect(bus_is(&bus, "Tags", "[]"));
    sns_close(&bus);
}

Test(deploy, keeps_a_topic_s_own_subscriptions_and_those_of_clients_apart)
{
    struct bus bus;
    sns_open(&bus);
    deploy(&bus, TOPIC, ORDERS,
           "{'Subscription':[{'Protocol':'sqs','Endpoint':'" QUEUE_OF(
               "a") "'},{'Protocol':'sqs','Endpoint':'" QUEUE_OF("b") "'}]}");
    subscribe_queue(&bus, "orders", "client", "");
    deploy(&bus, TOPIC, ORDERS,
           "{'Subscription':[{'Protocol':'sqs','Endpoint':'" QUEUE_OF("b") "'}]}");
    sns_reopen(&bus);
    const char *listed = endpoints(&bus);
    cr_expect(strstr(listed, QUEUE_OF("a") "\"") == NULL, "%s", listed);
    cr_expect(strstr(listed, QUEUE_OF("b") "\"") != NULL);
    cr_expect(strstr(listed, QUEUE_OF("client") "\"") != NULL);
    sns_close(&bus);
}

Test(deploy, makes_changes_and_withdraws_a_subscription)
{
    struct bus bus;
    sns_open(&bus);
    deploy(&bus, TOPIC, ORDERS, "{}");
    deploy(&bus, SUBSCRIPTION, SUB_ARN,
           "{'TopicArn':'" ORDERS "','Protocol':'sqs','Endpoint':'" QUEUE_OF(
               "a") "','RawMessageDelivery':true,'FilterPolicy':{'k':['v']},'RedrivePolicy':"
                    "{'deadLetterTargetArn':'" QUEUE_OF("dead") "'}}");
    bus_ok(&bus, "sns", "GetSubscriptionAttributes", "{'SubscriptionArn':'" SUB_ARN "'}");
    cr_expect(bus_is(&bus, "Attributes.RawMessageDelivery", "'true'"));
    cr_expect(bus_is(&bus, "Attributes.FilterPolicy", "'{\\'k\\':[\\'v\\']}'"));
    deploy(&bus, SUBSCRIPTION, SUB_ARN,
           "{'TopicArn':'" ORDERS "','Protocol':'sqs','Endpoint':'" QUEUE_OF("b") "'}");
    bus_ok(&bus, "sns", "GetSubscriptionAttributes", "{'SubscriptionArn':'" SUB_ARN "'}");
    cr_expect(bus_is(&bus, "Attributes.Endpoint", "'" QUEUE_OF("b") "'"));
    cr_expect(bus_is(&bus, "Attributes.RawMessageDelivery", "'false'"));
    cr_expect_eq(bus_at(&bus, "Attributes.FilterPolicy").len, 0);
    deploy(&bus, TOPIC, ORDERS, "{}"); /* without the subscription */
    cr_expect_str_eq(endpoints(&bus), "{\"Subscriptions\":[]}");
    sns_close(&bus);
}

Test(deploy, takes_over_what_a_client_subscribed)
{
    struct bus bus;
    sns_open(&bus);
    deploy(&bus, TOPIC, ORDERS, "{}");
    subscribe_queue(&bus, "orders", "a", "'RawMessageDelivery':'true'");
    deploy(&bus, SUBSCRIPTION, SUB_ARN,
           "{'TopicArn':'" ORDERS "','Protocol':'sqs','Endpoint':'" QUEUE_OF("a") "'}");
    endpoints(&bus);
    cr_expect(bus_is(&bus, "Subscriptions.0.SubscriptionArn", "'" SUB_ARN "'"));
    cr_expect_eq(bus_at(&bus, "Subscriptions.1").len, 0);
    sns_close(&bus);
}

Test(deploy, says_what_is_wrong)
{
    static const struct {
        const char *type, *id, *properties, *fault;
    } rows[] = {
        {TOPIC, TOPIC_OF("a.fifo"), "{}", "Invalid parameter: Topic Name"},
        {TOPIC, TOPIC_OF("a"), "{'Subscription':[{'Protocol':'x','Endpoint':'y'}]}",
         "Invalid parameter: Amazon SNS does not support this protocol string: x"},
        {SUBSCRIPTION, TOPIC_OF("a") ":x",
         "{'TopicArn':'" TOPIC_OF("a") "','Protocol':'sqs','Endpoint':'" QUEUE_OF(
             "a") "','FilterPolicy':{'k':1}}",
         "Invalid parameter: FilterPolicy: \"k\" must be an object or an array"},
    };
    struct bus bus;
    sns_open(&bus);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *got = bus_deploy(&bus, rows[i].type, rows[i].id, rows[i].properties);
        cr_expect(strstr(got, rows[i].fault) != NULL, "%s: %s", rows[i].properties, got);
    }
    sns_close(&bus);
}

Test(deploy, keeps_the_policies_of_topics)
{
    struct bus bus;
    sns_open(&bus);
    deploy(&bus, TOPIC, ORDERS, "{}");
    deploy(&bus, "AWS::SNS::TopicPolicy", "policy",
           "{'Topics':['" ORDERS "'],'PolicyDocument':{'Statement':[]}}");
    bus_ok(&bus, "sns", "GetTopicAttributes", "{'TopicArn':'" ORDERS "'}");
    cr_expect(bus_is(&bus, "Attributes.Policy", "'{\\'Statement\\':[]}'"));
    deploy(&bus, TOPIC, ORDERS, "{}"); /* without the policy */
    bus_ok(&bus, "sns", "GetTopicAttributes", "{'TopicArn':'" ORDERS "'}");
    cr_expect(!bus_is(&bus, "Attributes.Policy", "'{\\'Statement\\':[]}'"));
    sns_close(&bus);
}

Test(deploy, goes_on_without_what_is_elsewhere)
{
    struct bus bus;
    sns_open(&bus);
    deploy(&bus, SUBSCRIPTION, SUB_ARN,
           "{'TopicArn':'" ORDERS "','Protocol':'sqs','Endpoint':'" QUEUE_OF("a") "'}");
    cr_expect_str_eq(buf_cstr(&bus.notices), SUB_ARN ": template.yaml:1:1: is left out: there is "
                                                     "no topic " ORDERS "\n");
    buf_clear(&bus.notices);
    deploy(&bus, TOPIC, ORDERS,
           "{'ArchivePolicy':{},'Subscription':[{'Protocol':'application','Endpoint':"
           "'arn:aws:sns:us-east-1:000000000000:endpoint/GCM/a/b'},{'Protocol':'sqs',"
           "'Endpoint':'" QUEUE_OF("a") "'}]}");
    cr_expect(
        slice_search(
            buf_slice(&bus.notices),
            SLICE("a subscription is left out: sls-local does not emulate platform endpoints")) !=
        SLICE_NPOS);
    endpoints(&bus);
    cr_expect(bus_is(&bus, "Subscriptions.0.Endpoint", "'" QUEUE_OF("a") "'"));
    cr_expect_eq(bus_at(&bus, "Subscriptions.1").len, 0);
    sns_close(&bus);
}

static void on_deployed(void *ctx, enum status status, const struct fault *fault)
{
    cr_expect_eq(status, STATUS_OK, "%s", fault->text);
    *(bool *)ctx = true;
}

Test(deploy, changes_a_fifo_topic_that_is_still_being_made)
{
    struct bus bus;
    bool is_done = false;
    struct resource resources[] = {
        {.logical_id = SLICE("A"), .properties = SLICE("{\"FifoTopic\":true}")},
        {.logical_id = SLICE("B"),
         .properties = SLICE("{\"FifoTopic\":true,\"DisplayName\":\"b\"}")},
    };
    sns_open(&bus);
    for (size_t i = 0; i < COUNT_OF(resources); i++) {
        resources[i].type = SLICE(TOPIC);
        resources[i].physical_id = SLICE(TOPIC_OF("o.fifo"));
        resources[i].position = SLICE("");
    }
    scheduler_deploy(bus.scheduler, resources, COUNT_OF(resources), on_deployed, &is_done);
    rest(&bus);
    cr_assert(is_done);
    make_queue(&bus, "q");
    subscribe_queue(&bus, "o.fifo", "q", "");
    sns_reopen(&bus);
    bus_ok(&bus, "sns", "GetTopicAttributes", "{'TopicArn':'" TOPIC_OF("o.fifo") "'}");
    cr_expect(bus_is(&bus, "Attributes.DisplayName", "'b'"));
    publish_to(&bus, "o.fifo", "m", ",'MessageGroupId':'g','MessageDeduplicationId':'d'");
    publish_to(&bus, "o.fifo", "m", ",'MessageGroupId':'g','MessageDeduplicationId':'d'");
    expect_message(&bus, "q", "m");
    cr_expect(is_empty(&bus, "q"));
    sns_close(&bus);
}
