/* The layout of the document is that of the SNS Developer Guide's examples, the event's that of recorded ones. */
#include "core/json_scan.h"
#include "core/mem.h"
#include "scheduler/sns/members.h"
#include "scheduler/sns/notification.h"

#include <criterion/criterion.h>

#define TOPIC "arn:aws:sns:us-east-1:000000000000:orders"

static const struct publication *with_attributes(struct arena *arena)
{
    static const char body[] =
        "{\"Message\":\"m\",\"MessageAttributes\":{\"n\":{\"DataType\":\"Number\",\"StringValue\":"
        "\"1\"},\"b\":{\"DataType\":\"Binary\",\"BinaryValue\":\"AgME\"}}}";
    const struct record *record;
    cr_assert(model_parse_json(&sns_model, arena, model_input(&sns_model, SLICE("Publish")),
                               slice_from(body), &record) == NULL);
    struct publication *publication = arena_alloc(arena, sizeof *publication);
    publication->attributes = record_get(record, MEMBER_MESSAGE_ATTRIBUTES)->items;
    publication->attribute_count = record_get(record, MEMBER_MESSAGE_ATTRIBUTES)->count;
    return publication;
}

static struct notification make(const struct publication *publication)
{
    return (struct notification){
        .type = NOTIFICATION,
        .message_id = SLICE("22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324"),
        .topic_arn = SLICE(TOPIC),
        .subscription_arn = SLICE(TOPIC ":sub"),
        .subject = SLICE_NULL,
        .message = SLICE("say \"hi\"\n"),
        .timestamp = SLICE("2012-05-02T00:54:06.655Z"),
        .sequence_number = SLICE(""),
        .token = SLICE(""),
        .publication = publication,
        .signature_version = 1,
        .signature = SLICE("c2ln"),
        .key_id = SLICE("f3ec"),
        .edge_url = SLICE("http://127.0.0.1:4566"),
    };
}

static void expect_document(const struct notification *notification, const char *wanted)
{
    AUTO_BUF text = BUF_INIT(65536);
    notification_print(&text, notification);
    cr_expect_str_eq(buf_cstr(&text), wanted);
    cr_expect(json_validate(buf_slice(&text), NULL));
}

Test(notification, is_laid_out_as_aws_does)
{
    AUTO_ARENA arena = ARENA_INIT;
    static const struct publication none;
    struct notification notification = make(&none);
    notification.subject = SLICE("My First Message");
    expect_document(
        &notification,
        "{\n  \"Type\" : \"Notification\",\n"
        "  \"MessageId\" : \"22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324\",\n"
        "  \"TopicArn\" : \"" TOPIC "\",\n  \"Subject\" : \"My First Message\",\n"
        "  \"Message\" : \"say \\\"hi\\\"\\n\",\n  \"Timestamp\" : \"2012-05-02T00:54:06.655Z\",\n"
        "  \"SignatureVersion\" : \"1\",\n  \"Signature\" : \"c2ln\",\n"
        "  \"SigningCertURL\" : "
        "\"http://127.0.0.1:4566/_sls/SimpleNotificationService-f3ec.pem\",\n"
        "  \"UnsubscribeURL\" : \"http://127.0.0.1:4566/?Action=Unsubscribe&SubscriptionArn=" TOPIC
        ":sub\"\n}");
    notification = make(with_attributes(&arena));
    notification.sequence_number = SLICE("10000000000000000001");
    expect_document(
        &notification,
        "{\n  \"Type\" : \"Notification\",\n"
        "  \"MessageId\" : \"22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324\",\n"
        "  \"SequenceNumber\" : \"10000000000000000001\",\n  \"TopicArn\" : \"" TOPIC "\",\n"
        "  \"Message\" : \"say \\\"hi\\\"\\n\",\n  \"Timestamp\" : \"2012-05-02T00:54:06.655Z\",\n"
        "  \"UnsubscribeURL\" : \"http://127.0.0.1:4566/?Action=Unsubscribe&SubscriptionArn=" TOPIC
        ":sub\",\n  \"MessageAttributes\" : {\n    \"n\" : {\"Type\":\"Number\",\"Value\":\"1\"},\n"
        "    \"b\" : {\"Type\":\"Binary\",\"Value\":\"AgME\"}\n  }\n}");
}

Test(notification, confirms_with_a_token_and_an_address)
{
    struct notification notification = make(NULL);
    notification.type = SUBSCRIPTION_CONFIRMATION;
    notification.token = SLICE("abcd");
    notification.signature_version = 2;
    expect_document(
        &notification,
        "{\n  \"Type\" : \"SubscriptionConfirmation\",\n"
        "  \"MessageId\" : \"22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324\",\n  \"Token\" : \"abcd\",\n"
        "  \"TopicArn\" : \"" TOPIC "\",\n  \"Message\" : \"say \\\"hi\\\"\\n\",\n"
        "  \"SubscribeURL\" : \"http://127.0.0.1:4566/?Action=ConfirmSubscription&TopicArn=" TOPIC
        "&Token=abcd\",\n  \"Timestamp\" : \"2012-05-02T00:54:06.655Z\",\n"
        "  \"SignatureVersion\" : \"2\",\n  \"Signature\" : \"c2ln\",\n  \"SigningCertURL\" : "
        "\"http://127.0.0.1:4566/_sls/SimpleNotificationService-f3ec.pem\"\n}");
}

Test(notification, signs_its_lines_in_the_order_of_their_names)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct notification notification = make(NULL);
    cr_expect(slice_is(notification_signed_text(&arena, &notification),
                       "Message\nsay \"hi\"\n\nMessageId\n22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324\n"
                       "Timestamp\n2012-05-02T00:54:06.655Z\nTopicArn\n" TOPIC
                       "\nType\nNotification\n"));
    notification.subject = SLICE("s");
    cr_expect(slice_search(notification_signed_text(&arena, &notification),
                           SLICE("\nSubject\ns\nTimestamp\n")) != SLICE_NPOS);
    notification.type = UNSUBSCRIBE_CONFIRMATION;
    notification.token = SLICE("abcd");
    cr_expect(
        slice_is(notification_signed_text(&arena, &notification),
                 "Message\nsay \"hi\"\n\nMessageId\n22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324\n"
                 "SubscribeURL\nhttp://127.0.0.1:4566/?Action=ConfirmSubscription&TopicArn=" TOPIC
                 "&Token=abcd\nTimestamp\n2012-05-02T00:54:06.655Z\nToken\nabcd\n"
                 "TopicArn\n" TOPIC "\nType\nUnsubscribeConfirmation\n"));
}

Test(notification, has_other_names_and_a_null_in_the_event_of_a_function)
{
    AUTO_ARENA arena = ARENA_INIT;
    AUTO_BUF text = BUF_INIT(65536);
    static const struct publication none;
    struct notification notification = make(&none);
    notification_print_event(&text, &notification);
    cr_expect_str_eq(
        buf_cstr(&text),
        "{\"Records\":[{\"EventSource\":\"aws:sns\",\"EventVersion\":\"1.0\","
        "\"EventSubscriptionArn\":\"" TOPIC ":sub\",\"Sns\":{\"Type\":\"Notification\","
        "\"MessageId\":\"22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324\",\"TopicArn\":\"" TOPIC "\","
        "\"Subject\":null,\"Message\":\"say \\\"hi\\\"\\n\","
        "\"Timestamp\":\"2012-05-02T00:54:06.655Z\",\"SignatureVersion\":\"1\","
        "\"Signature\":\"c2ln\",\"SigningCertUrl\":"
        "\"http://127.0.0.1:4566/_sls/SimpleNotificationService-f3ec.pem\",\"UnsubscribeUrl\":"
        "\"http://127.0.0.1:4566/?Action=Unsubscribe&SubscriptionArn=" TOPIC ":sub\","
        "\"MessageAttributes\":{}}}]}");
    buf_clear(&text);
    notification = make(with_attributes(&arena));
    notification.subject = SLICE("s");
    notification_print_event(&text, &notification);
    cr_expect(strstr(buf_cstr(&text), "\"Subject\":\"s\"") != NULL);
    cr_expect(strstr(buf_cstr(&text),
                     "\"MessageAttributes\":{\"n\":{\"Type\":\"Number\",\"Value\":"
                     "\"1\"},\"b\":{\"Type\":\"Binary\",\"Value\":\"AgME\"}}") != NULL);
}
