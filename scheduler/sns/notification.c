#include "scheduler/sns/notification.h"

#include "core/encode.h"
#include "core/mem.h"
#include "scheduler/sns/limits.h"

const char *notification_type_name(enum notification_type type)
{
    static const char *const names[] = {
        [NOTIFICATION] = "Notification",
        [SUBSCRIPTION_CONFIRMATION] = "SubscriptionConfirmation",
        [UNSUBSCRIBE_CONFIRMATION] = "UnsubscribeConfirmation",
    };
    return names[type];
}

struct slice notification_subscribe_url(struct arena *arena,
                                        const struct notification *notification)
{
    return arena_printf(arena, "%.*s/?Action=ConfirmSubscription&TopicArn=%.*s&Token=%.*s",
                        SLICE_ARG(notification->edge_url), SLICE_ARG(notification->topic_arn),
                        SLICE_ARG(notification->token));
}

static struct slice unsubscribe_url(struct arena *arena, const struct notification *notification)
{
    return arena_printf(arena, "%.*s/?Action=Unsubscribe&SubscriptionArn=%.*s",
                        SLICE_ARG(notification->edge_url),
                        SLICE_ARG(notification->subscription_arn));
}

static struct slice certificate_url(struct arena *arena, const struct notification *notification)
{
    return arena_printf(arena, "%.*s/_sls/SimpleNotificationService-%.*s.pem",
                        SLICE_ARG(notification->edge_url), SLICE_ARG(notification->key_id));
}

/* --- what is signed --- */

static void sign_line(struct buf *buf, const char *key, struct slice value)
{
    buf_append_text(buf, key);
    buf_append_char(buf, '\n');
    buf_append(buf, value);
    buf_append_char(buf, '\n');
}

struct slice notification_signed_text(struct arena *arena, const struct notification *notification)
{
    AUTO_BUF text = BUF_INIT(2 * SNS_MESSAGE_MAX);
    bool is_confirmation = notification->type != NOTIFICATION;
    sign_line(&text, "Message", notification->message);
    sign_line(&text, "MessageId", notification->message_id);
    if (is_confirmation) {
        sign_line(&text, "SubscribeURL", notification_subscribe_url(arena, notification));
    } else if (notification->subject.ptr != NULL) {
        sign_line(&text, "Subject", notification->subject);
    }
    sign_line(&text, "Timestamp", notification->timestamp);
    if (is_confirmation) {
        sign_line(&text, "Token", notification->token);
    }
    sign_line(&text, "TopicArn", notification->topic_arn);
    sign_line(&text, "Type", slice_from(notification_type_name(notification->type)));
    return arena_copy(arena, buf_slice(&text));
}

/* --- the document --- */

/* `  "key" : "value",` */
static void put_line(struct buf *buf, const char *key, struct slice value)
{
    buf_printf(buf, "%s\n  \"%s\" : \"", buf->len > 1 ? "," : "", key);
    json_escape(buf, value);
    buf_append_char(buf, '"');
}

static struct slice attribute_text(struct arena *arena,
                                   const struct publication_attribute *attribute)
{
    if (!attribute->is_binary) {
        return attribute->value;
    }
    AUTO_BUF base64 = BUF_INIT(2 * SNS_MESSAGE_MAX);
    base64_encode(&base64, attribute->value);
    return arena_copy(arena, buf_slice(&base64));
}

static void put_attribute_lines(struct arena *arena, struct buf *buf,
                                const struct publication *publication)
{
    buf_append_text(buf, ",\n  \"MessageAttributes\" : {");
    for (size_t i = 0; i < publication->attribute_count; i++) {
        struct publication_attribute attribute = publication_attribute(publication, i);
        buf_printf(buf, "%s\n    \"", i != 0 ? "," : "");
        json_escape(buf, attribute.name);
        buf_append_text(buf, "\" : {\"Type\":\"");
        json_escape(buf, attribute.type);
        buf_append_text(buf, "\",\"Value\":\"");
        json_escape(buf, attribute_text(arena, &attribute));
        buf_append_text(buf, "\"}");
    }
    buf_append_text(buf, "\n  }");
}

static void put_signature_lines(struct arena *arena, struct buf *buf,
                                const struct notification *notification)
{
    put_line(buf, "SignatureVersion", arena_printf(arena, "%d", notification->signature_version));
    put_line(buf, "Signature", notification->signature);
    put_line(buf, "SigningCertURL", certificate_url(arena, notification));
}

static void put_optional_line(struct buf *buf, const char *key, struct slice value)
{
    if (value.len != 0) {
        put_line(buf, key, value);
    }
}

void notification_print(struct buf *buf, const struct notification *notification)
{
    AUTO_ARENA arena = ARENA_INIT;
    bool is_confirmation = notification->type != NOTIFICATION;
    const struct publication *publication = notification->publication;
    buf_append_char(buf, '{');
    put_line(buf, "Type", slice_from(notification_type_name(notification->type)));
    put_line(buf, "MessageId", notification->message_id);
    put_optional_line(buf, "SequenceNumber", notification->sequence_number);
    put_optional_line(buf, "Token", notification->token);
    put_line(buf, "TopicArn", notification->topic_arn);
    put_optional_line(buf, "Subject", notification->subject);
    put_line(buf, "Message", notification->message);
    if (is_confirmation) {
        put_line(buf, "SubscribeURL", notification_subscribe_url(&arena, notification));
    }
    put_line(buf, "Timestamp", notification->timestamp);
    if (notification->sequence_number.len == 0) {
        put_signature_lines(&arena, buf, notification);
    }
    if (!is_confirmation) {
        put_line(buf, "UnsubscribeURL", unsubscribe_url(&arena, notification));
    }
    if (publication != NULL && publication->attribute_count != 0) {
        put_attribute_lines(&arena, buf, publication);
    }
    buf_append_text(buf, "\n}");
}

/* --- the event of a function --- */

static void write_attributes(struct arena *arena, struct json_writer *w,
                             const struct publication *publication)
{
    json_key_text(w, "MessageAttributes");
    json_open(w, '{');
    for (size_t i = 0; i < publication->attribute_count; i++) {
        struct publication_attribute attribute = publication_attribute(publication, i);
        json_write_key(w, attribute.name);
        json_open(w, '{');
        json_put_string(w, "Type", attribute.type);
        json_put_string(w, "Value", attribute_text(arena, &attribute));
        json_close(w, '}');
    }
    json_close(w, '}');
}

static void write_record(struct arena *arena, struct json_writer *w,
                         const struct notification *notification)
{
    json_open(w, '{');
    json_put_text(w, "Type", notification_type_name(notification->type));
    json_put_string(w, "MessageId", notification->message_id);
    json_put_string(w, "TopicArn", notification->topic_arn);
    if (notification->subject.ptr != NULL) {
        json_put_string(w, "Subject", notification->subject);
    } else {
        json_put_null(w, "Subject");
    }
    json_put_string(w, "Message", notification->message);
    json_put_string(w, "Timestamp", notification->timestamp);
    json_key_text(w, "SignatureVersion");
    json_write_string(w, arena_printf(arena, "%d", notification->signature_version));
    json_put_string(w, "Signature", notification->signature);
    json_put_string(w, "SigningCertUrl", certificate_url(arena, notification));
    json_put_string(w, "UnsubscribeUrl", unsubscribe_url(arena, notification));
    write_attributes(arena, w, notification->publication);
    json_close(w, '}');
}

void notification_print_event(struct buf *buf, const struct notification *notification)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct json_writer w = json_writer_init(buf);
    json_open(&w, '{');
    json_key_text(&w, "Records");
    json_open(&w, '[');
    json_open(&w, '{');
    json_put_text(&w, "EventSource", "aws:sns");
    json_put_text(&w, "EventVersion", "1.0");
    json_put_string(&w, "EventSubscriptionArn", notification->subscription_arn);
    json_key_text(&w, "Sns");
    write_record(&arena, &w, notification);
    json_close(&w, '}');
    json_close(&w, ']');
    json_close(&w, '}');
}
