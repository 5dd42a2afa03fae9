/* Topics through the operations. Words are those that LocalStack recorded from AWS where it did. */
#include "fixture.h"

#include "core/mem.h"

#include <criterion/criterion.h>

#define ORDERS TOPIC_OF("orders")
#define MISSING TOPIC_OF("missing")

Test(topics, are_made_once)
{
    struct bus bus;
    sns_open(&bus);
    bus_ok(&bus, "sns", "CreateTopic",
           "{'Name':'orders','Attributes':{'DisplayName':'Orders','FifoTopic':'false'},"
           "'Tags':[{'Key':'a','Value':'1'}]}");
    cr_expect(bus_is(&bus, "TopicArn", "'" ORDERS "'"));
    bus_ok(&bus, "sns", "CreateTopic", "{'Name':'orders'}");
    cr_expect(bus_is(&bus, "TopicArn", "'" ORDERS "'"));
    bus_ok(
        &bus, "sns", "CreateTopic",
        "{'Name':'orders','Attributes':{'DisplayName':'Orders'},'Tags':[{'Key':'a','Value':'1'}]}");
    expect_refusal(&bus, "CreateTopic", "{'Name':'orders','Attributes':{'DisplayName':'Other'}}",
                   "InvalidParameter",
                   "Invalid parameter: Attributes Reason: Topic already exists with different "
                   "attributes");
    expect_refusal(&bus, "CreateTopic", "{'Name':'orders','Tags':[{'Key':'a','Value':'2'}]}",
                   "InvalidParameter",
                   "Invalid parameter: Tags Reason: Topic already exists with different tags");
    bus_ok(&bus, "sns", "ListTopics", "{}");
    cr_expect_str_eq(buf_cstr(&bus.reply), "{\"Topics\":[{\"TopicArn\":\"" ORDERS "\"}]}");
    sns_close(&bus);
}

Test(topics, refuse_names_and_attributes_that_cannot_be)
{
    static const struct {
        const char *body, *message;
    } rows[] = {
        {"{'Name':''}", "Invalid parameter: Topic Name"},
        {"{'Name':'a:b'}", "Invalid parameter: Topic Name"},
        {"{'Name':'a b'}", "Invalid parameter: Topic Name"},
        {"{'Name':'a.fifo'}", "Invalid parameter: Topic Name"},
        {"{'Name':'a','Attributes':{'SignatureVersion':'3'}}",
         "Invalid parameter: Attributes Reason: SignatureVersion: Invalid value [3]. Must be 1 or "
         "2."},
        {"{'Name':'a','Attributes':{'MaximumMessageSize':'1048577'}}",
         "Invalid parameter: Attributes Reason: MaximumMessageSize: must be a number from 1024 to "
         "1048576"},
        {"{'Name':'a','Attributes':{'Nope':'3'}}",
         "Invalid parameter: Attributes Reason: Unknown attribute: Nope"},
        {"{'Name':'a','Attributes':{'ContentBasedDeduplication':'true'}}",
         "Invalid parameter: Attributes Reason: ContentBasedDeduplication: is only valid for FIFO "
         "topics"},
        {"{'Name':'a.fifo','Attributes':{'FifoTopic':'true','ArchivePolicy':'{}'}}",
         "Invalid parameter: Attributes Reason: ArchivePolicy: sls-local keeps no archive of "
         "messages"},
        {"{'Name':'a','Tags':[{'Key':'k','Value':'1'},{'Key':'k','Value':'2'}]}",
         "Invalid parameter: Duplicated keys are not allowed."},
    };
    struct bus bus;
    sns_open(&bus);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        expect_refusal(&bus, "CreateTopic", rows[i].body, "InvalidParameter", rows[i].message);
    }
    bus_ok(&bus, "sns", "ListTopics", "{}");
    cr_expect_str_eq(buf_cstr(&bus.reply), "{\"Topics\":[]}");
    sns_close(&bus);
}

Test(topics, tell_all_their_attributes)
{
    struct bus bus;
    sns_open(&bus);
    bus_ok(&bus, "sns", "CreateTopic",
           "{'Name':'a.fifo','Attributes':{'FifoTopic':'true','SignatureVersion':'2'}}");
    bus_ok(&bus, "sns", "GetTopicAttributes", "{'TopicArn':'" TOPIC_OF("a.fifo") "'}");
    static const struct {
        const char *path, *json;
    } rows[] = {
        {"Attributes.TopicArn", "'" TOPIC_OF("a.fifo") "'"},
        {"Attributes.Owner", "'000000000000'"},
        {"Attributes.DisplayName", "''"},
        {"Attributes.FifoTopic", "'true'"},
        {"Attributes.ContentBasedDeduplication", "'false'"},
        {"Attributes.SignatureVersion", "'2'"},
        {"Attributes.SubscriptionsConfirmed", "'0'"},
        {"Attributes.SubscriptionsPending", "'0'"},
        {"Attributes.SubscriptionsDeleted", "'0'"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        cr_expect(bus_is(&bus, rows[i].path, rows[i].json), "%s", rows[i].path);
    }
    cr_expect_eq(bus_at(&bus, "Attributes.DeliveryPolicy").len, 0);
    cr_expect_neq(bus_at(&bus, "Attributes.EffectiveDeliveryPolicy").len, 0);
    cr_expect_neq(bus_at(&bus, "Attributes.Policy").len, 0);
    bus_ok(&bus, "sns", "CreateTopic", "{'Name':'plain'}");
    bus_ok(&bus, "sns", "GetTopicAttributes", "{'TopicArn':'" TOPIC_OF("plain") "'}");
    cr_expect_eq(bus_at(&bus, "Attributes.FifoTopic").len, 0);
    cr_expect_eq(bus_at(&bus, "Attributes.ContentBasedDeduplication").len, 0);
    cr_expect_eq(bus_at(&bus, "Attributes.SignatureVersion").len, 0);
    sns_close(&bus);
}

Test(topics, change_and_stay_changed_over_a_restart)
{
    struct bus bus;
    sns_open(&bus);
    bus_ok(&bus, "sns", "CreateTopic", "{'Name':'orders','Tags':[{'Key':'a','Value':'1'}]}");
    bus_ok(&bus, "sns", "SetTopicAttributes",
           "{'TopicArn':'" ORDERS "','AttributeName':'DisplayName','AttributeValue':'Hi'}");
    bus_ok(&bus, "sns", "TagResource",
           "{'ResourceArn':'" ORDERS "','Tags':[{'Key':'a','Value':'2'},{'Key':'b','Value':'3'}]}");
    bus_ok(&bus, "sns", "PutDataProtectionPolicy",
           "{'ResourceArn':'" ORDERS "','DataProtectionPolicy':'{}'}");
    sns_reopen(&bus);
    bus_ok(&bus, "sns", "GetTopicAttributes", "{'TopicArn':'" ORDERS "'}");
    cr_expect(bus_is(&bus, "Attributes.DisplayName", "'Hi'"));
    bus_ok(&bus, "sns", "ListTagsForResource", "{'ResourceArn':'" ORDERS "'}");
    cr_expect_str_eq(
        buf_cstr(&bus.reply),
        "{\"Tags\":[{\"Key\":\"a\",\"Value\":\"2\"},{\"Key\":\"b\",\"Value\":\"3\"}]}");
    bus_ok(&bus, "sns", "UntagResource", "{'ResourceArn':'" ORDERS "','TagKeys':['a','x']}");
    bus_ok(&bus, "sns", "ListTagsForResource", "{'ResourceArn':'" ORDERS "'}");
    cr_expect_str_eq(buf_cstr(&bus.reply), "{\"Tags\":[{\"Key\":\"b\",\"Value\":\"3\"}]}");
    bus_ok(&bus, "sns", "GetDataProtectionPolicy", "{'ResourceArn':'" ORDERS "'}");
    cr_expect_str_eq(buf_cstr(&bus.reply), "{\"DataProtectionPolicy\":\"{}\"}");
    bus_ok(&bus, "sns", "SetTopicAttributes",
           "{'TopicArn':'" ORDERS "','AttributeName':'DisplayName'}");
    bus_ok(&bus, "sns", "GetTopicAttributes", "{'TopicArn':'" ORDERS "'}");
    cr_expect(bus_is(&bus, "Attributes.DisplayName", "''"));
    sns_close(&bus);
}

Test(topics, that_are_deleted_are_gone_with_their_subscriptions)
{
    struct bus bus;
    sns_open(&bus);
    bus_ok(&bus, "sns", "CreateTopic", "{'Name':'orders'}");
    bus_ok(&bus, "sns", "Subscribe",
           "{'TopicArn':'" ORDERS "','Protocol':'sqs','Endpoint':'" QUEUE_OF("q") "'}");
    bus_ok(&bus, "sns", "DeleteTopic", "{'TopicArn':'" ORDERS "'}");
    bus_ok(&bus, "sns", "DeleteTopic", "{'TopicArn':'" ORDERS "'}");
    sns_reopen(&bus);
    bus_ok(&bus, "sns", "ListTopics", "{}");
    cr_expect_str_eq(buf_cstr(&bus.reply), "{\"Topics\":[]}");
    bus_ok(&bus, "sns", "CreateTopic", "{'Name':'orders'}");
    bus_ok(&bus, "sns", "ListSubscriptions", "{}");
    cr_expect_str_eq(buf_cstr(&bus.reply), "{\"Subscriptions\":[]}");
    sns_close(&bus);
}

Test(topics, are_found_by_their_arn_or_refused_in_aws_words)
{
    static const struct {
        const char *operation, *body, *code, *message;
    } rows[] = {
        {"GetTopicAttributes", "{'TopicArn':'" MISSING "'}", "NotFound", "Topic does not exist"},
        {"GetTopicAttributes", "{'TopicArn':'orders'}", "InvalidParameter",
         "Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 1"},
        {"GetTopicAttributes", "{'TopicArn':'a:b'}", "InvalidParameter",
         "Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 2"},
        {"GetTopicAttributes", "{}", "InvalidParameter",
         "Invalid parameter: TopicArn Reason: no value for required parameter"},
        {"GetTopicAttributes", "{'TopicArn':'arn:aws:sns:eu-west-1:000000000000:x'}",
         "InvalidParameter", "Invalid parameter: TopicArn"},
        {"GetTopicAttributes", "{'TopicArn':'arn:aws:sns:us-east-1:111111111111:x'}", "NotFound",
         "Topic does not exist"},
        {"SetTopicAttributes", "{'TopicArn':'" MISSING "','AttributeName':'DisplayName'}",
         "NotFound", "Topic does not exist"},
        {"DeleteTopic", "{'TopicArn':'x'}", "InvalidParameter",
         "Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 1"},
        {"TagResource", "{'ResourceArn':'" MISSING "','Tags':[]}", "ResourceNotFound",
         "Resource does not exist"},
        {"ListTopics", "{'NextToken':'*'}", "InvalidParameter", "Invalid parameter: NextToken"},
        {"CreateTopic", "{}", "ValidationException",
         "1 validation error detected: Value null at 'name' failed to satisfy constraint: Member "
         "must not be null"},
    };
    struct bus bus;
    sns_open(&bus);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        expect_refusal(&bus, rows[i].operation, rows[i].body, rows[i].code, rows[i].message);
    }
    bus_ok(&bus, "sns", "CreateTopic", "{'Name':'orders'}");
    expect_refusal(&bus, "SetTopicAttributes",
                   "{'TopicArn':'" ORDERS "','AttributeName':'FifoTopic','AttributeValue':'true'}",
                   "InvalidParameter", "Invalid parameter: AttributeName");
    sns_close(&bus);
}

Test(topics, come_in_pages_of_a_hundred)
{
    struct bus bus;
    char body[160];
    char token[128];
    sns_open(&bus);
    for (int i = 0; i < 101; i++) {
        (void)snprintf(body, sizeof body, "{'Name':'t%03d'}", i);
        bus_ok(&bus, "sns", "CreateTopic", body);
    }
    bus_ok(&bus, "sns", "ListTopics", "{}");
    cr_expect(bus_is(&bus, "Topics.99.TopicArn", "'" TOPIC_OF("t099") "'"));
    cr_expect_eq(bus_at(&bus, "Topics.100").len, 0);
    (void)snprintf(token, sizeof token, "%.*s", SLICE_ARG(bus_at(&bus, "NextToken")));
    (void)snprintf(body, sizeof body, "{'NextToken':%s}", token);
    bus_ok(&bus, "sns", "ListTopics", body);
    cr_expect_str_eq(buf_cstr(&bus.reply),
                     "{\"Topics\":[{\"TopicArn\":\"" TOPIC_OF("t100") "\"}]}");
    sns_close(&bus);
}

Test(topics, keep_statements_of_their_policy_by_label)
{
    struct bus bus;
    sns_open(&bus);
    bus_ok(&bus, "sns", "CreateTopic", "{'Name':'orders'}");
    bus_ok(&bus, "sns", "AddPermission",
           "{'TopicArn':'" ORDERS "','Label':'l','AWSAccountId':['111111111111'],'ActionName':"
           "['Publish','Subscribe']}");
    bus_ok(&bus, "sns", "GetTopicAttributes", "{'TopicArn':'" ORDERS "'}");
    cr_expect(slice_search(bus_at(&bus, "Attributes.Policy"),
                           SLICE("{\\\"Sid\\\":\\\"l\\\",\\\"Effect\\\":\\\"Allow\\\","
                                 "\\\"Principal\\\":{\\\"AWS\\\":\\\"arn:aws:iam::111111111111:"
                                 "root\\\"},\\\"Action\\\":[\\\"SNS:Publish\\\","
                                 "\\\"SNS:Subscribe\\\"],\\\"Resource\\\":\\\"" ORDERS
                                 "\\\"}]}")) != SLICE_NPOS,
              "%s", buf_cstr(&bus.reply));
    expect_refusal(&bus, "AddPermission",
                   "{'TopicArn':'" ORDERS "','Label':'l','AWSAccountId':['1'],'ActionName':"
                   "['Publish']}",
                   "InvalidParameter", "Invalid parameter: Statement already exists");
    expect_refusal(&bus, "AddPermission",
                   "{'TopicArn':'" ORDERS "','Label':'m','AWSAccountId':['1'],'ActionName':"
                   "['Dance']}",
                   "InvalidParameter",
                   "Invalid parameter: Policy statement action out of service scope!");
    bus_ok(&bus, "sns", "RemovePermission", "{'TopicArn':'" ORDERS "','Label':'l'}");
    bus_ok(&bus, "sns", "GetTopicAttributes", "{'TopicArn':'" ORDERS "'}");
    cr_expect(slice_search(bus_at(&bus, "Attributes.Policy"), SLICE("111111111111")) == SLICE_NPOS);
    cr_expect(slice_search(bus_at(&bus, "Attributes.Policy"), SLICE("__default_statement_ID")) !=
              SLICE_NPOS);
    sns_close(&bus);
}

Test(topics, refuse_by_name_what_is_not_emulated)
{
    struct bus bus;
    sns_open(&bus);
    (void)bus_call(&bus, "sns", "CreatePlatformApplication", "{}");
    cr_expect_eq(bus.status, 0, "in process it is as if it were not there");
    sns_close(&bus);
}
