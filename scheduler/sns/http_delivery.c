#include "scheduler/sns/http_delivery.h"

#define PARAMETERS_MAX (2U << 20)

struct retry_policy http_delivery_retry(const struct subscription *subscription)
{
    const struct subscription_rules *rules = &subscription->rules;
    struct retry_http http =
        delivery_policy_retry(&subscription->topic->delivery_policy,
                              rules->has_delivery_policy ? &rules->delivery_policy : NULL);
    return (struct retry_policy){.shape = RETRY_HTTP, .max_retries = http.retries, .http = http};
}

struct slice http_delivery_parameters(struct arena *arena, const struct notification *notification,
                                      struct slice content_type, bool is_raw)
{
    AUTO_BUF json = BUF_INIT(PARAMETERS_MAX);
    struct json_writer w = json_writer_init(&json);
    json_open(&w, '{');
    json_key_text(&w, "Headers");
    json_open(&w, '{');
    json_put_string(&w, "Content-Type",
                    content_type.ptr != NULL ? content_type : SLICE("text/plain; charset=UTF-8"));
    json_put_text(&w, "User-Agent", "Amazon Simple Notification Service Agent");
    json_put_text(&w, "Accept-Encoding", "gzip,deflate");
    json_put_text(&w, "x-amz-sns-message-type", notification_type_name(notification->type));
    json_put_string(&w, "x-amz-sns-message-id", notification->message_id);
    json_put_string(&w, "x-amz-sns-topic-arn", notification->topic_arn);
    if (notification->type != SUBSCRIPTION_CONFIRMATION) {
        json_put_string(&w, "x-amz-sns-subscription-arn", notification->subscription_arn);
    }
    if (is_raw) {
        json_put_text(&w, "x-amz-sns-rawdelivery", "true");
    }
    json_close(&w, '}');
    if (is_raw && notification->publication->attribute_count != 0) {
        json_key_text(&w, "MessageAttributes"); /* for the dead-letter queue */
        publication_write_attributes(notification->publication, &w);
    }
    json_close(&w, '}');
    return arena_copy(arena, buf_slice(&json));
}
