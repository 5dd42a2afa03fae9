/* Subscriptions through the operations. Words are those that LocalStack recorded from AWS where it did. */
#include "fixture.h"

#include "core/mem.h"

#include <criterion/criterion.h>

#define ORDERS TOPIC_OF("orders")
#define UNKNOWN ORDERS ":12345678-1234-1234-1234-123456789012"
#define TO_QUEUE(attributes)                                                                       \
    "{'TopicArn':'" ORDERS                                                                         \
    "','Protocol':'sqs','Endpoint':'" QUEUE_OF("q") "','Attributes':{" attributes "}}"

static void subscribe_with_arn(struct bus *bus, const char *body, char *ret_arn, size_t size)
{
    bus_ok(bus, "sns", "Subscribe", body);
    (void)snprintf(ret_arn, size, "%.*s", SLICE_ARG(bus_at(bus, "SubscriptionArn")));
}

Test(subscriptions, are_one_for_each_endpoint)
{
    struct bus bus;
    char first[160], again[160];
    sns_open(&bus);
    make_topic(&bus, "orders");
    subscribe_with_arn(&bus, TO_QUEUE("'RawMessageDelivery':'true'"), first, sizeof first);
    subscribe_with_arn(&bus, TO_QUEUE(""), again, sizeof again);
    cr_expect_str_eq(first, again);
    subscribe_with_arn(&bus, TO_QUEUE("'RawMessageDelivery':'true'"), again, sizeof again);
    cr_expect_str_eq(first, again);
    expect_refusal(&bus, "Subscribe", TO_QUEUE("'RawMessageDelivery':'false'"), "InvalidParameter",
                   "Invalid parameter: Attributes Reason: Subscription already exists with "
                   "different attributes");
    bus_ok(&bus, "sns", "ListSubscriptions", "{}");
    cr_expect_neq(bus_at(&bus, "Subscriptions.0").len, 0);
    cr_expect_eq(bus_at(&bus, "Subscriptions.1").len, 0);
    sns_close(&bus);
}

Test(subscriptions, tell_their_attributes_and_stay_changed_over_a_restart)
{
    static const struct {
        const char *path, *json;
    } rows[] = {
        {"Attributes.TopicArn", "'" ORDERS "'"},
        {"Attributes.Owner", "'000000000000'"},
        {"Attributes.Protocol", "'sqs'"},
        {"Attributes.Endpoint", "'" QUEUE_OF("q") "'"},
        {"Attributes.SubscriptionPrincipal", "'arn:aws:iam::000000000000:root'"},
        {"Attributes.ConfirmationWasAuthenticated", "'true'"},
        {"Attributes.PendingConfirmation", "'false'"},
        {"Attributes.RawMessageDelivery", "'true'"},
        {"Attributes.FilterPolicy", "'{\\'k\\':[1]}'"},
        {"Attributes.FilterPolicyScope", "'MessageBody'"},
    };
    struct bus bus;
    char arn[160], body[512];
    sns_open(&bus);
    make_topic(&bus, "orders");
    make_queue(&bus, "q");
    subscribe_with_arn(&bus, TO_QUEUE("'RawMessageDelivery':'true'"), arn, sizeof arn);
    (void)snprintf(body, sizeof body, "{'SubscriptionArn':%s}", arn);
    bus_ok(&bus, "sns", "GetSubscriptionAttributes", body);
    cr_expect_eq(bus_at(&bus, "Attributes.FilterPolicyScope").len, 0);
    static const char *const changes[] = {
        "'FilterPolicyScope','AttributeValue':'MessageBody'",
        "'FilterPolicy','AttributeValue':'{\\'k\\':[1]}'",
    };
    for (size_t i = 0; i < COUNT_OF(changes); i++) {
        (void)snprintf(body, sizeof body, "{'SubscriptionArn':%s,'AttributeName':%s}", arn,
                       changes[i]);
        bus_ok(&bus, "sns", "SetSubscriptionAttributes", body);
    }
    sns_reopen(&bus);
    (void)snprintf(body, sizeof body, "{'SubscriptionArn':%s}", arn);
    bus_ok(&bus, "sns", "GetSubscriptionAttributes", body);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        cr_expect(bus_is(&bus, rows[i].path, rows[i].json), "%s: %s", rows[i].path,
                  buf_cstr(&bus.reply));
    }
    publish_to(&bus, "orders", "{\\'k\\':2}", "");
    publish_to(&bus, "orders", "{\\'k\\':1}", "");
    expect_body(&bus, "q", "{\"k\":1}");
    (void)snprintf(body, sizeof body,
                   "{'SubscriptionArn':%s,'AttributeName':'FilterPolicy','AttributeValue':''}",
                   arn);
    bus_ok(&bus, "sns", "SetSubscriptionAttributes", body);
    publish_to(&bus, "orders", "anything", "");
    expect_body(&bus, "q", "anything");
    sns_close(&bus);
}

#define SUBSCRIBE(protocol, endpoint)                                                              \
    "{'TopicArn':'" ORDERS "','Protocol':'" protocol "','Endpoint':'" endpoint "'}"
#define INVALID "InvalidParameter"
#define ATTRIBUTES "Invalid parameter: Attributes Reason: "

Test(subscriptions, are_refused_for_what_cannot_be)
{
    static const struct {
        const char *operation, *body, *code, *message;
    } rows[] = {
        {"Subscribe", SUBSCRIBE("pigeon", "coop"), INVALID,
         "Invalid parameter: Amazon SNS does not support this protocol string: pigeon"},
        {"Subscribe", SUBSCRIBE("sqs", "q"), INVALID, "Invalid parameter: SQS endpoint ARN"},
        {"Subscribe", SUBSCRIBE("lambda", "f"), INVALID, "Invalid parameter: Lambda endpoint ARN"},
        {"Subscribe", SUBSCRIBE("http", "https://x"), INVALID,
         "Invalid parameter: Endpoint must match the specified protocol"},
        {"Subscribe", SUBSCRIBE("sms", "NAA"), INVALID, "Invalid SMS endpoint: NAA"},
        {"Subscribe", SUBSCRIBE("application", "arn:aws:sns:us-east-1:0:endpoint/GCM/a/b"), INVALID,
         "Invalid parameter: Endpoint Reason: sls-local does not emulate platform endpoints"},
        {"Subscribe", SUBSCRIBE("sqs", QUEUE_OF("q.fifo")), INVALID,
         "Invalid parameter: Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be "
         "subscribed to standard SNS topics"},
        {"Subscribe",
         "{'TopicArn':'" TOPIC_OF("o.fifo") "','Protocol':'lambda','Endpoint':'" FUNCTION_OF(
             "f") "'}",
         INVALID, "Invalid parameter: Invalid parameter: Endpoint Reason: Please use an SQS queue"},
        {"Subscribe",
         "{'TopicArn':'" TOPIC_OF("gone") "','Protocol':'sqs','Endpoint':'" QUEUE_OF("q") "'}",
         "NotFound", "Topic does not exist"},
        {"Subscribe", TO_QUEUE("'Nope':'1'"), INVALID, ATTRIBUTES "AttributeName"},
        {"Subscribe", TO_QUEUE("'RawMessageDelivery':'maybe'"), INVALID,
         ATTRIBUTES "RawMessageDelivery: Invalid value [maybe]. Must be true or false."},
        {"Subscribe", TO_QUEUE("'ReplayPolicy':'{}'"), INVALID,
         ATTRIBUTES "ReplayPolicy: sls-local keeps no archive of messages"},
        {"Subscribe", TO_QUEUE("'RedrivePolicy':'{\\'deadLetterTargetArn\\':\\'x\\'}'"), INVALID,
         ATTRIBUTES "RedrivePolicy: deadLetterTargetArn is an invalid arn"},
        {"Subscribe",
         TO_QUEUE("'RedrivePolicy':'{\\'deadLetterTargetArn\\':\\'arn:aws:sqs:us-east-1:"
                  "000000000000:dead.fifo\\'}'"),
         INVALID,
         ATTRIBUTES "RedrivePolicy: must use a standard queue as DLQ for a Subscription to a "
                    "standard Topic."},
        {"Subscribe", TO_QUEUE("'FilterPolicyScope':'Subject'"), INVALID,
         ATTRIBUTES "FilterPolicyScope: Invalid value [Subject]. Please use either MessageBody or "
                    "MessageAttributes"},
        {"Subscribe", TO_QUEUE("'FilterPolicy':'{\\'a\\':{\\'b\\':[1]}}'"), INVALID,
         ATTRIBUTES "Filter policy scope MessageAttributes does not support nested filter policy"},
        {"Subscribe", TO_QUEUE("'FilterPolicy':'{\\'a\\':1}'"), INVALID,
         ATTRIBUTES "FilterPolicy: \"a\" must be an object or an array\n at [Source: "
                    "(String)\"{\"a\":1}\"; line: 1, column: 7]"},
        {"Subscribe",
         TO_QUEUE("'FilterPolicyScope':'MessageBody','FilterPolicy':'{\\'a\\':[1],\\'b\\':[1],"
                  "\\'c\\':[1],\\'d\\':[1],\\'e\\':[1],\\'f\\':[1]}'"),
         INVALID, ATTRIBUTES "FilterPolicy: Filter policy can not have more than 5 keys"},
        {"Subscribe",
         TO_QUEUE("'FilterPolicy':'{\\'a\\':[1,2,3,4,5,6],\\'b\\':[1,2,3,4,5,6],\\'c\\':[1,2,3,4,"
                  "5]}'"),
         INVALID, ATTRIBUTES "FilterPolicy: Filter policy is too complex"},
        {"GetSubscriptionAttributes", "{'SubscriptionArn':'" UNKNOWN "'}", "NotFound",
         "Subscription does not exist"},
        {"GetSubscriptionAttributes", "{'SubscriptionArn':'x'}", INVALID,
         "Invalid parameter: SubscriptionArn Reason: An ARN must have at least 6 elements, not 1"},
        {"GetSubscriptionAttributes", "{'SubscriptionArn':'" ORDERS "'}", INVALID,
         "Invalid parameter: SubscriptionId"},
        {"SetSubscriptionAttributes",
         "{'SubscriptionArn':'" UNKNOWN "','AttributeName':'RawMessageDelivery'}", "NotFound",
         "Subscription does not exist"},
        {"Unsubscribe", "{'SubscriptionArn':'" ORDERS "'}", INVALID,
         "Invalid parameter: SubscriptionId"},
        {"ConfirmSubscription", "{'TopicArn':'" ORDERS "','Token':'51b2ff3e'}", INVALID,
         "Invalid parameter: Token"},
        {"ConfirmSubscription", "{'TopicArn':'x','Token':'51b2ff3e'}", INVALID,
         "Invalid parameter: Topic"},
        {"ListSubscriptionsByTopic", "{'TopicArn':'" TOPIC_OF("gone") "'}", "NotFound",
         "Topic does not exist"},
    };
    struct bus bus;
    sns_open(&bus);
    make_topic(&bus, "orders");
    make_topic(&bus, "o.fifo");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        expect_refusal(&bus, rows[i].operation, rows[i].body, rows[i].code, rows[i].message);
    }
    bus_ok(&bus, "sns", "ListSubscriptions", "{}");
    cr_expect_str_eq(buf_cstr(&bus.reply), "{\"Subscriptions\":[]}");
    sns_close(&bus);
}

Test(subscriptions, say_set_without_the_words_of_subscribe)
{
    struct bus bus;
    char arn[160], body[512];
    sns_open(&bus);
    make_topic(&bus, "orders");
    subscribe_with_arn(&bus, TO_QUEUE(""), arn, sizeof arn);
    (void)snprintf(body, sizeof body,
                   "{'SubscriptionArn':%s,'AttributeName':'RawMessageDelivery',"
                   "'AttributeValue':'x'}",
                   arn);
    expect_refusal(&bus, "SetSubscriptionAttributes", body, INVALID,
                   "Invalid parameter: RawMessageDelivery: Invalid value [x]. Must be true or "
                   "false.");
    (void)snprintf(body, sizeof body, "{'SubscriptionArn':%s,'AttributeName':'Nope'}", arn);
    expect_refusal(&bus, "SetSubscriptionAttributes", body, INVALID,
                   "Invalid parameter: AttributeName");
    sns_close(&bus);
}

Test(subscriptions, end_once_and_for_all)
{
    struct bus bus;
    char arn[160], body[512];
    sns_open(&bus);
    make_topic(&bus, "orders");
    make_queue(&bus, "q");
    subscribe_with_arn(&bus, TO_QUEUE(""), arn, sizeof arn);
    (void)snprintf(body, sizeof body, "{'SubscriptionArn':%s}", arn);
    bus_ok(&bus, "sns", "Unsubscribe", body);
    bus_ok(&bus, "sns", "Unsubscribe", body);
    publish_to(&bus, "orders", "nobody hears", "");
    sns_reopen(&bus);
    bus_ok(&bus, "sns", "ListSubscriptionsByTopic", "{'TopicArn':'" ORDERS "'}");
    cr_expect_str_eq(buf_cstr(&bus.reply), "{\"Subscriptions\":[]}");
    cr_expect(is_empty(&bus, "q"));
    sns_close(&bus);
}

Test(subscriptions, to_which_nothing_is_sent_stay_pending_and_say_so)
{
    static const struct {
        const char *protocol, *endpoint;
    } rows[] = {
        {"email", "a@example.com"},
        {"email-json", "a@example.com"},
        {"sms", "+15551234567"},
        {"firehose", "arn:aws:firehose:us-east-1:000000000000:deliverystream/d"},
    };
    struct bus bus;
    char body[512];
    sns_open(&bus);
    make_topic(&bus, "orders");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        (void)snprintf(body, sizeof body,
                       "{'TopicArn':'" ORDERS "','Protocol':'%s','Endpoint':'%s'}",
                       rows[i].protocol, rows[i].endpoint);
        bus_ok(&bus, "sns", "Subscribe", body);
        cr_expect(bus_is(&bus, "SubscriptionArn", "'pending confirmation'"));
        (void)snprintf(body, sizeof body, "orders: nothing is sent to %s %s: its subscription",
                       rows[i].protocol, rows[i].endpoint);
        cr_expect(slice_search(buf_slice(&bus.notices), slice_from(body)) != SLICE_NPOS, "%s",
                  buf_cstr(&bus.notices));
    }
    bus_ok(&bus, "sns", "ListSubscriptions", "{}");
    cr_expect(bus_is(&bus, "Subscriptions.3.SubscriptionArn", "'PendingConfirmation'"));
    bus_ok(&bus, "sns", "GetTopicAttributes", "{'TopicArn':'" ORDERS "'}");
    cr_expect(bus_is(&bus, "Attributes.SubscriptionsPending", "'4'"));
    sns_close(&bus);
}

Test(subscriptions, come_in_pages_of_a_hundred_over_all_topics)
{
    struct bus bus;
    char body[512];
    sns_open(&bus);
    for (int i = 0; i < 102; i++) {
        char topic[16], queue[16];
        (void)snprintf(topic, sizeof topic, "t%d", i / 60);
        (void)snprintf(queue, sizeof queue, "q%d", i);
        if (i % 60 == 0) {
            make_topic(&bus, topic);
        }
        subscribe_queue(&bus, topic, queue, "");
    }
    bus_ok(&bus, "sns", "ListSubscriptions", "{}");
    cr_expect_neq(bus_at(&bus, "Subscriptions.99").len, 0);
    cr_expect_eq(bus_at(&bus, "Subscriptions.100").len, 0);
    (void)snprintf(body, sizeof body, "{'NextToken':%.*s}", SLICE_ARG(bus_at(&bus, "NextToken")));
    bus_ok(&bus, "sns", "ListSubscriptions", body);
    cr_expect(bus_is(&bus, "Subscriptions.1.Endpoint", "'" QUEUE_OF("q101") "'"));
    cr_expect_eq(bus_at(&bus, "NextToken").len, 0);
    bus_ok(&bus, "sns", "ListSubscriptionsByTopic", "{'TopicArn':'" TOPIC_OF("t1") "'}");
    cr_expect_neq(bus_at(&bus, "Subscriptions.41").len, 0);
    cr_expect_eq(bus_at(&bus, "Subscriptions.42").len, 0);
    sns_close(&bus);
}
