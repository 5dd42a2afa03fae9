/* What is published, and who gets it in which form. Words are those that LocalStack recorded from AWS where it did. */
#include "fixture.h"

#include "core/json_scan.h"
#include "core/mem.h"
#include "tests/support/json_path.h"

#include <criterion/criterion.h>

#define ORDERS TOPIC_OF("orders")

static void expect_json(struct slice json, const char *path, const char *wanted)
{
    cr_expect(json_is(json, path, wanted), "%s is not %s in %.*s", path, wanted, SLICE_ARG(json));
}

/* --- queues --- */

Test(publish, wraps_a_message_for_a_queue_that_does_not_want_it_raw)
{
    struct bus bus;
    AUTO_ARENA arena = ARENA_INIT;
    sns_open(&bus);
    make_topic(&bus, "orders");
    make_queue(&bus, "q");
    subscribe_queue(&bus, "orders", "q", "");
    publish_to(&bus, "orders", "hi",
               ",'Subject':'s','MessageAttributes':{'n':{'DataType':'Number','StringValue':'1.0'},"
               "'b':{'DataType':'Binary','BinaryValue':'AP8='}}");
    struct slice id = arena_copy(&arena, bus_at(&bus, "MessageId"));
    struct letter letter = take(&bus, &arena, "q");
    expect_json(letter.body, "Type", "'Notification'");
    cr_expect(slice_eq(json_at(letter.body, "MessageId"), id));
    expect_json(letter.body, "TopicArn", "'" ORDERS "'");
    expect_json(letter.body, "Subject", "'s'");
    expect_json(letter.body, "Message", "'hi'");
    expect_json(letter.body, "Timestamp", "'2026-01-01T00:00:00.000Z'");
    expect_json(letter.body, "SignatureVersion", "'1'");
    expect_json(letter.body, "MessageAttributes.n", "{'Type':'Number','Value':'1.0'}");
    expect_json(letter.body, "MessageAttributes.b", "{'Type':'Binary','Value':'AP8='}");
    cr_expect_gt(json_at(letter.body, "Signature").len, 300);
    cr_expect_eq(json_at(letter.message, "MessageAttributes").len, 0);
    publish_to(&bus, "orders", "bare", "");
    letter = take(&bus, &arena, "q");
    cr_expect_eq(json_at(letter.body, "Subject").len, 0);
    cr_expect_eq(json_at(letter.body, "MessageAttributes").len, 0);
    cr_expect(is_empty(&bus, "q"));
    sns_close(&bus);
}

Test(publish, gives_the_message_alone_to_a_queue_that_wants_it_raw)
{
    struct bus bus;
    AUTO_ARENA arena = ARENA_INIT;
    sns_open(&bus);
    make_topic(&bus, "orders");
    make_queue(&bus, "q");
    subscribe_queue(&bus, "orders", "q", "'RawMessageDelivery':'true'");
    publish_to(&bus, "orders", "{\\'a\\':1}",
               ",'MessageGroupId':'g','MessageAttributes':{'s':{'DataType':'String.Array',"
               "'StringValue':'[1]'},'b':{'DataType':'Binary','BinaryValue':'AP8='}}");
    struct letter letter = take(&bus, &arena, "q");
    cr_expect(slice_is(letter.body, "{\"a\":1}"));
    expect_json(letter.message, "MessageAttributes.s",
                "{'StringValue':'[1]','DataType':'String.Array'}");
    expect_json(letter.message, "MessageAttributes.b",
                "{'BinaryValue':'AP8=','DataType':'Binary'}");
    expect_json(letter.message, "Attributes.MessageGroupId", "'g'");
    sns_close(&bus);
}

Test(publish, shows_each_protocol_its_own_text)
{
    struct bus bus;
    sns_open(&bus);
    make_topic(&bus, "orders");
    make_queue(&bus, "q");
    subscribe_queue(&bus, "orders", "q", "");
    publish_to(&bus, "orders", "{\\'default\\':\\'d\\',\\'sqs\\':\\'queue\\'}",
               ",'MessageStructure':'json'");
    expect_message(&bus, "q", "queue");
    publish_to(&bus, "orders", "{\\'default\\':\\'d\\',\\'http\\':\\'web\\',\\'sqs\\':3}",
               ",'MessageStructure':'json'");
    expect_message(&bus, "q", "d");
    sns_close(&bus);
}

/* --- functions --- */

Test(publish, gives_functions_an_event_of_lambda)
{
    struct bus bus;
    AUTO_ARENA arena = ARENA_INIT;
    sns_open(&bus);
    bus_ok(&bus, "sns", "CreateTopic", "{'Name':'orders','Attributes':{'SignatureVersion':'2'}}");
    bus_ok(&bus, "sns", "Subscribe",
           "{'TopicArn':'" ORDERS "','Protocol':'lambda','Endpoint':'" FUNCTION_OF(
               "f") "','Attributes':{'RawMessageDelivery':'true'}}");
    struct slice arn = arena_copy(&arena, bus_at(&bus, "SubscriptionArn"));
    publish_to(&bus, "orders", "hi", "");
    rest(&bus);
    cr_assert_eq(functions_of(&bus)->count, 1);
    struct slice record = json_at(buf_slice(&functions_of(&bus)->payload), "Records.0");
    expect_json(record, "EventSource", "'aws:sns'");
    expect_json(record, "EventVersion", "'1.0'");
    cr_expect(slice_eq(json_at(record, "EventSubscriptionArn"), arn));
    expect_json(record, "Sns.Type", "'Notification'");
    expect_json(record, "Sns.Message", "'hi'");
    expect_json(record, "Sns.Subject", "null");
    expect_json(record, "Sns.MessageAttributes", "{}");
    expect_json(record, "Sns.SignatureVersion", "'1'");
    cr_expect_neq(json_at(record, "Sns.SigningCertUrl").len, 0);
    cr_expect_neq(json_at(record, "Sns.UnsubscribeUrl").len, 0);
    sns_close(&bus);
}

/* --- filters --- */

Test(publish, passes_filters_of_attributes_and_of_bodies)
{
    static const struct {
        const char *attributes, *message, *members;
        bool passes;
    } rows[] = {
        {"'FilterPolicy':'{\\'k\\':[\\'a\\']}'", "m",
         ",'MessageAttributes':{'k':{'DataType':'String','StringValue':'a'}}", true},
        {"'FilterPolicy':'{\\'k\\':[\\'a\\']}'", "m",
         ",'MessageAttributes':{'k':{'DataType':'String','StringValue':'b'}}", false},
        {"'FilterPolicy':'{\\'k\\':[\\'a\\']}'", "m", "", false},
        {"'FilterPolicy':'{\\'k\\':[{\\'exists\\':false}]}'", "m", "", true},
        {"'FilterPolicy':'{\\'k\\':[{\\'numeric\\':[\\'>\\',5]}]}'", "m",
         ",'MessageAttributes':{'k':{'DataType':'Number','StringValue':'5.5'}}", true},
        {"'FilterPolicy':'{\\'k\\':[{\\'numeric\\':[\\'>\\',5]}]}'", "m",
         ",'MessageAttributes':{'k':{'DataType':'String','StringValue':'5.5'}}", false},
        {"'FilterPolicy':'{\\'k\\':[\\'b\\']}'", "m",
         ",'MessageAttributes':{'k':{'DataType':'String.Array','StringValue':'[\\'a\\',\\'b\\']'}}",
         true},
        {"'FilterPolicyScope':'MessageBody','FilterPolicy':'{\\'k\\':{\\'l\\':[1]}}'",
         "{\\'k\\':{\\'l\\':1}}", "", true},
        {"'FilterPolicyScope':'MessageBody','FilterPolicy':'{\\'k\\':{\\'l\\':[1]}}'",
         "{\\'k\\':{\\'l\\':2}}", "", false},
        {"'FilterPolicyScope':'MessageBody','FilterPolicy':'{\\'k\\':[1]}'", "not JSON", "", false},
        {"'FilterPolicyScope':'MessageBody','FilterPolicy':'{\\'k\\':[1]}'", "[1]", "", false},
        {"'FilterPolicyScope':'MessageBody','FilterPolicy':'{\\'k\\':[1]}'",
         "{\\'default\\':\\'{}\\',\\'sqs\\':\\'{\\\\\\'k\\\\\\':1}\\'}",
         ",'MessageStructure':'json'", true},
        {"'FilterPolicy':'{}'", "m", "", true},
    };
    struct bus bus;
    sns_open(&bus);
    make_queue(&bus, "q");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char topic[16];
        (void)snprintf(topic, sizeof topic, "t%zu", i);
        make_topic(&bus, topic);
        subscribe_queue(&bus, topic, "q", rows[i].attributes);
        publish_to(&bus, topic, rows[i].message, rows[i].members);
        cr_expect_eq(is_empty(&bus, "q"), !rows[i].passes, "%s %s %s", rows[i].attributes,
                     rows[i].message, rows[i].members);
    }
    sns_close(&bus);
}

/* --- refusals --- */

#define PUBLISH(members) "{'TopicArn':'" ORDERS "'," members "}"
#define WITH(attribute) PUBLISH("'Message':'m','MessageAttributes':{" attribute "}")
#define INVALID "ParameterValueInvalid"

Test(publish, refuses_what_cannot_be_published)
{
    static const struct {
        const char *body, *code, *message;
    } rows[] = {
        {PUBLISH("'Message':''"), "InvalidParameter", "Invalid parameter: Empty message"},
        {PUBLISH("'Subject':'s'"), "ValidationException",
         "1 validation error detected: Value null at 'message' failed to satisfy constraint: "
         "Member must not be null"},
        {"{'Message':'m'}", "InvalidParameter",
         "Invalid parameter: TopicArn or TargetArn Reason: no value for required parameter"},
        {"{'Message':'m','TopicArn':'x'}", "InvalidParameter",
         "Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 1"},
        {"{'Message':'m','TopicArn':'" TOPIC_OF("gone") "'}", "NotFound", "Topic does not exist"},
        {"{'Message':'m','TargetArn':'" TOPIC_OF("gone") "'}", "NotFound", "Topic does not exist"},
        {"{'Message':'m','PhoneNumber':'+15551234567'}", "InvalidParameter",
         "Invalid parameter: PhoneNumber Reason: sls-local does not send text messages"},
        {"{'Message':'m','PhoneNumber':'NAA+15551234567'}", "InvalidParameter",
         "Invalid parameter: PhoneNumber Reason: NAA+15551234567 is not valid to publish to"},
        {PUBLISH("'Message':'m','Subject':''"), "InvalidParameter", "Invalid parameter: Subject"},
        {PUBLISH("'Message':'m','Subject':'a\\nb'"), "InvalidParameter",
         "Invalid parameter: Subject"},
        {PUBLISH("'Message':'m','MessageStructure':'xml'"), "InvalidParameter",
         "Invalid parameter: MessageStructure"},
        {PUBLISH("'Message':'m','MessageStructure':'json'"), "InvalidParameter",
         "Invalid parameter: Message Structure - JSON message body failed to parse"},
        {PUBLISH("'Message':'{}','MessageStructure':'json'"), "InvalidParameter",
         "Invalid parameter: Message Structure - No default entry in JSON message body"},
        {PUBLISH("'Message':'m','MessageDeduplicationId':'d'"), "InvalidParameter",
         "Invalid parameter: MessageDeduplicationId Reason: The request includes "
         "MessageDeduplicationId parameter that is not valid for this topic type"},
        {WITH("'a':{'DataType':'String','StringValue':''}"), INVALID,
         "The message attribute 'a' must contain non-empty message attribute value for message "
         "attribute type 'String'."},
        {WITH("'a':{'DataType':'Text','StringValue':'x'}"), INVALID,
         "The message attribute 'a' has an invalid message attribute type, the set of supported "
         "type prefixes is Binary, Number, and String."},
        {WITH("'a':{'DataType':'Stringprefix','StringValue':'x'}"), INVALID,
         "The message attribute 'a' has an invalid message attribute type, the set of supported "
         "type prefixes is Binary, Number, and String."},
        {WITH("'a':{'DataType':'Number','StringValue':'x'}"), INVALID,
         "Could not cast message attribute 'a' value to number."},
        {WITH("'a':{'DataType':'Binary','StringValue':'x'}"), INVALID,
         "The message attribute 'a' with type 'Binary' must use field 'Binary'."},
        {WITH("'a':{'DataType':'String','BinaryValue':'AA=='}"), INVALID,
         "The message attribute 'a' with type 'String' must use field 'String'."},
        {WITH("'.a':{'DataType':'String','StringValue':'x'}"), INVALID,
         "Invalid message attribute name starting with character '.' was found."},
        {WITH("'a.':{'DataType':'String','StringValue':'x'}"), INVALID,
         "Invalid message attribute name ending with character '.' was found."},
        {WITH("'a..b':{'DataType':'String','StringValue':'x'}"), INVALID,
         "Message attribute name can not have successive '.' character."},
        {WITH("'a b':{'DataType':'String','StringValue':'x'}"), INVALID,
         "Invalid non-alphanumeric character '#x20' was found in the message attribute name. Can "
         "only include alphanumeric characters, hyphens, underscores, or dots."},
    };
    struct bus bus;
    sns_open(&bus);
    make_topic(&bus, "orders");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        expect_refusal(&bus, "Publish", rows[i].body, rows[i].code, rows[i].message);
    }
    bus_ok(&bus, "sns", "Publish",
           WITH("'a-_.1':{'DataType':'Number.float','StringValue':'1e3'},'b':{'DataType':"
                "'Binary.png','BinaryValue':'AA=='}"));
    sns_close(&bus);
}

Test(publish, takes_messages_up_to_their_size)
{
    struct bus bus;
    AUTO_BUF body = BUF_INIT(1 << 20);
    AUTO_ARENA arena = ARENA_INIT;
    char *message = arena_alloc(&arena, 262145);
    memset(message, 'm', 262144);
    sns_open(&bus);
    make_topic(&bus, "orders");
    buf_printf(&body, "{'TopicArn':'" ORDERS "','Message':'%s'}", message);
    bus_ok(&bus, "sns", "Publish", buf_cstr(&body));
    buf_clear(&body);
    buf_printf(&body,
               "{'TopicArn':'" ORDERS "','Message':'%s','MessageAttributes':{'a':{'DataType':"
               "'String','StringValue':'x'}}}",
               message);
    expect_refusal(&bus, "Publish", buf_cstr(&body), "InvalidParameter",
                   "Invalid parameter: Message too long");
    sns_close(&bus);
}

/* Developer Guide, "Publishing large messages with Amazon SNS". */
Test(publish, takes_larger_messages_where_the_topic_says_so)
{
    struct bus bus;
    AUTO_BUF body = BUF_INIT(2 << 20);
    AUTO_ARENA arena = ARENA_INIT;
    char *message = arena_alloc(&arena, 1000002);
    memset(message, 'm', 1000001);
    sns_open(&bus);
    make_queue(&bus, "q");
    bus_ok(&bus, "sns", "CreateTopic",
           "{'Name':'orders','Attributes':{'MaximumMessageSize':'1000000'}}");
    bus_ok(&bus, "sns", "GetTopicAttributes", "{'TopicArn':'" ORDERS "'}");
    cr_expect(bus_is(&bus, "Attributes.MaximumMessageSize", "'1000000'"));
    subscribe_queue(&bus, "orders", "q", "'RawMessageDelivery':'true'");
    expect_refusal(&bus, "Subscribe",
                   "{'TopicArn':'" ORDERS "','Protocol':'http','Endpoint':'http://h/'}",
                   "InvalidParameter",
                   "Invalid parameter: Protocol Reason: the topic's MaximumMessageSize is more "
                   "than 262144, which http does not take");
    buf_printf(&body, "{'TopicArn':'" ORDERS "','Message':'%s'}", message);
    expect_refusal(&bus, "Publish", buf_cstr(&body), "InvalidParameter",
                   "Invalid parameter: Message too long");
    buf_clear(&body);
    buf_printf(&body, "{'TopicArn':'" ORDERS "','Message':'%s'}", message + 1);
    bus_ok(&bus, "sns", "Publish", buf_cstr(&body));
    rest(&bus);
    expect_body(&bus, "q", message + 1);
    sns_close(&bus);
}

#define BATCH(entries) "{'TopicArn':'" ORDERS "','PublishBatchRequestEntries':[" entries "]}"
#define ENTRY(id) "{'Id':'" id "','Message':'m'}"

Test(publish, of_a_batch_is_all_or_nothing)
{
    static const struct {
        const char *body, *code, *message;
    } rows[] = {
        {BATCH(""), "EmptyBatchRequest", "The batch request doesn't contain any entries."},
        {BATCH(ENTRY("a") "," ENTRY("a")), "BatchEntryIdsNotDistinct",
         "Two or more batch entries in the request have the same Id."},
        {BATCH(ENTRY("a b")), "InvalidBatchEntryId",
         "The Id of a batch entry in the batch request contains an impermissible character: a b"},
        {BATCH(ENTRY("1") "," ENTRY("2") "," ENTRY("3") "," ENTRY("4") "," ENTRY("5") "," ENTRY(
             "6") "," ENTRY("7") "," ENTRY("8") "," ENTRY("9") "," ENTRY("10") "," ENTRY("11")),
         "TooManyEntriesInBatchRequest",
         "The batch request contains more entries than permissible."},
        {BATCH(ENTRY("a") ",{'Id':'b','Message':''}"), "InvalidParameter",
         "Invalid parameter: Empty message"},
    };
    struct bus bus;
    sns_open(&bus);
    make_topic(&bus, "orders");
    make_queue(&bus, "q");
    subscribe_queue(&bus, "orders", "q", "");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        expect_refusal(&bus, "PublishBatch", rows[i].body, rows[i].code, rows[i].message);
    }
    cr_expect(is_empty(&bus, "q"));
    bus_ok(&bus, "sns", "PublishBatch", BATCH("{'Id':'a','Message':'1'},{'Id':'b','Message':'2'}"));
    cr_expect(bus_is(&bus, "Successful.0.Id", "'a'"));
    cr_expect(bus_is(&bus, "Successful.1.Id", "'b'"));
    cr_expect(bus_is(&bus, "Failed", "[]"));
    expect_message(&bus, "q", "1");
    expect_message(&bus, "q", "2");
    sns_close(&bus);
}

/* --- order --- */

Test(publish, to_a_fifo_topic_keeps_numbers_and_drops_what_it_had)
{
    struct bus bus;
    AUTO_ARENA arena = ARENA_INIT;
    sns_open(&bus);
    make_topic(&bus, "o.fifo");
    make_queue(&bus, "q.fifo");
    subscribe_queue(&bus, "o.fifo", "q.fifo", "");
    publish_to(&bus, "o.fifo", "1", ",'MessageGroupId':'g','MessageDeduplicationId':'a'");
    cr_expect(bus_is(&bus, "SequenceNumber", "'10000000000000000001'"));
    struct slice first = arena_copy(&arena, bus_at(&bus, "MessageId"));
    publish_to(&bus, "o.fifo", "2", ",'MessageGroupId':'g','MessageDeduplicationId':'b'");
    publish_to(&bus, "o.fifo", "other", ",'MessageGroupId':'h','MessageDeduplicationId':'a'");
    cr_expect(bus_is(&bus, "SequenceNumber", "'10000000000000000001'"));
    cr_expect(slice_eq(bus_at(&bus, "MessageId"), first));
    struct letter letter = take(&bus, &arena, "q.fifo");
    expect_json(letter.body, "Message", "'1'");
    expect_json(letter.body, "SequenceNumber", "'10000000000000000001'");
    cr_expect_eq(json_at(letter.body, "Signature").len, 0);
    expect_json(letter.message, "Attributes.MessageGroupId", "'g'");
    expect_json(letter.message, "Attributes.MessageDeduplicationId", "'a'");
    expect_message(&bus, "q.fifo", "2");
    cr_expect(is_empty(&bus, "q.fifo"));
    sns_reopen(&bus);
    publish_to(&bus, "o.fifo", "late", ",'MessageGroupId':'g','MessageDeduplicationId':'a'");
    cr_expect(slice_eq(bus_at(&bus, "MessageId"), first), "known over a restart");
    bus_advance(&bus, 301000);
    publish_to(&bus, "o.fifo", "later", ",'MessageGroupId':'g','MessageDeduplicationId':'a'");
    cr_expect(!slice_eq(bus_at(&bus, "MessageId"), first));
    cr_expect(json_at(buf_slice(&bus.reply), "SequenceNumber").len == 22);
    expect_message(&bus, "q.fifo", "later");
    sns_close(&bus);
}

Test(publish, to_a_fifo_topic_wants_a_group_and_something_to_tell_duplicates_by)
{
    struct bus bus;
    sns_open(&bus);
    make_topic(&bus, "o.fifo");
    expect_refusal(&bus, "Publish", "{'TopicArn':'" TOPIC_OF("o.fifo") "','Message':'m'}",
                   "InvalidParameter",
                   "Invalid parameter: The MessageGroupId parameter is required for FIFO topics");
    expect_refusal(&bus, "Publish",
                   "{'TopicArn':'" TOPIC_OF("o.fifo") "','Message':'m','MessageGroupId':'g'}",
                   "InvalidParameter",
                   "Invalid parameter: The topic should either have ContentBasedDeduplication "
                   "enabled or MessageDeduplicationId provided explicitly");
    expect_refusal(&bus, "Publish",
                   "{'TopicArn':'" TOPIC_OF("o.fifo") "','Message':'m','MessageGroupId':'g h'}",
                   "InvalidParameter", "Invalid parameter: MessageGroupId");
    bus_ok(&bus, "sns", "SetTopicAttributes",
           "{'TopicArn':'" TOPIC_OF("o.fifo") "','AttributeName':'ContentBasedDeduplication',"
                                              "'AttributeValue':'true'}");
    make_queue(&bus, "q.fifo");
    subscribe_queue(&bus, "o.fifo", "q.fifo", "'RawMessageDelivery':'true'");
    publish_to(&bus, "o.fifo", "same", ",'MessageGroupId':'g'");
    publish_to(&bus, "o.fifo", "same", ",'MessageGroupId':'h'");
    publish_to(&bus, "o.fifo", "more", ",'MessageGroupId':'g'");
    expect_body(&bus, "q.fifo", "same");
    expect_body(&bus, "q.fifo", "more");
    cr_expect(is_empty(&bus, "q.fifo"));
    sns_close(&bus);
}

Test(publish, tells_duplicates_within_a_group_where_the_topic_says_so)
{
    struct bus bus;
    sns_open(&bus);
    bus_ok(&bus, "sns", "CreateTopic",
           "{'Name':'o.fifo','Attributes':{'FifoTopic':'true','FifoThroughputScope':"
           "'MessageGroup'}}");
    make_queue(&bus, "q");
    subscribe_queue(&bus, "o.fifo", "q", "");
    publish_to(&bus, "o.fifo", "1", ",'MessageGroupId':'g','MessageDeduplicationId':'a'");
    publish_to(&bus, "o.fifo", "2", ",'MessageGroupId':'h','MessageDeduplicationId':'a'");
    publish_to(&bus, "o.fifo", "3", ",'MessageGroupId':'g','MessageDeduplicationId':'a'");
    AUTO_ARENA arena = ARENA_INIT;
    struct letter letter = take(&bus, &arena, "q");
    expect_json(letter.body, "Message", "'1'");
    cr_expect_eq(json_at(letter.message, "Attributes.MessageGroupId").len, 0);
    expect_message(&bus, "q", "2");
    cr_expect(is_empty(&bus, "q"));
    sns_close(&bus);
}

/* --- failures --- */

Test(publish, leaves_what_a_queue_does_not_take_to_the_dead_letter_queue)
{
    struct bus bus;
    AUTO_ARENA arena = ARENA_INIT;
    sns_open(&bus);
    make_topic(&bus, "orders");
    make_queue(&bus, "dead");
    subscribe_queue(&bus, "orders", "gone",
                    "'RedrivePolicy':'{\\'deadLetterTargetArn\\':\\'" QUEUE_OF("dead") "\\'}'");
    subscribe_queue(
        &bus, "orders", "gone-too",
        "'RawMessageDelivery':'true','RedrivePolicy':'{\\'deadLetterTargetArn\\':\\'" QUEUE_OF(
            "dead") "\\'}'");
    publish_to(&bus, "orders", "lost",
               ",'MessageAttributes':{'a':{'DataType':'String','StringValue':'x'}}");
    struct letter letters[] = {take(&bus, &arena, "dead"), take(&bus, &arena, "dead")};
    size_t raw = slice_is(letters[0].body, "lost") ? 0 : 1;
    cr_expect(slice_is(letters[raw].body, "lost"));
    expect_json(letters[raw].message, "MessageAttributes.a.StringValue", "'x'");
    expect_json(letters[1 - raw].body, "Message", "'lost'");
    cr_expect(is_empty(&bus, "dead"));
    sns_close(&bus);
}

Test(publish, leaves_the_notification_of_a_function_that_is_gone)
{
    struct bus bus;
    sns_open(&bus);
    functions_of(&bus)->http_status = 404;
    make_topic(&bus, "orders");
    make_queue(&bus, "dead");
    bus_ok(&bus, "sns", "Subscribe",
           "{'TopicArn':'" ORDERS
           "','Protocol':'lambda','Endpoint':'" FUNCTION_OF("f") "','Attributes':{'RedrivePolicy':'"
                                                                 "{\\'deadLetterTargetArn\\':"
                                                                 "\\'" QUEUE_OF("dead") "\\'}'}}");
    publish_to(&bus, "orders", "lost", "");
    expect_message(&bus, "dead", "lost");
    cr_expect_eq(functions_of(&bus)->count, 1);
    sns_close(&bus);
}
