#include "scheduler/sns/subscription.h"

#include "core/id.h"
#include "core/json_scan.h"
#include "core/mem.h"

const char *const protocol_names[PROTOCOL_COUNT + 1] = {
    [PROTOCOL_SQS] = "sqs",
    [PROTOCOL_LAMBDA] = "lambda",
    [PROTOCOL_HTTP] = "http",
    [PROTOCOL_HTTPS] = "https",
    [PROTOCOL_EMAIL] = "email",
    [PROTOCOL_EMAIL_JSON] = "email-json",
    [PROTOCOL_SMS] = "sms",
    [PROTOCOL_FIREHOSE] = "firehose",
    [PROTOCOL_APPLICATION] = "application",
};

struct subscription *subscription_create(struct topic *topic, struct slice id,
                                         enum protocol protocol, struct slice endpoint)
{
    struct subscription *subscription = mem_zalloc(sizeof *subscription);
    arena_init(&subscription->arena, 512);
    arena_init(&subscription->rules.arena, 256);
    subscription->topic = topic;
    subscription->arn =
        arena_printf(&subscription->arena, "%.*s:%.*s", SLICE_ARG(topic->arn), SLICE_ARG(id));
    subscription->id = slice_skip(subscription->arn, topic->arn.len + 1);
    subscription->protocol = protocol;
    subscription->endpoint = arena_copy(&subscription->arena, endpoint);
    subscription->token = SLICE("");
    subscription->number = ++topic->subscription_number;
    subscription->attributes.names = subscription_attribute_names;
    if (topic->subscription_count == topic->subscription_cap) {
        topic->subscription_cap = topic->subscription_cap != 0 ? topic->subscription_cap * 2 : 4;
        topic->subscriptions = mem_realloc(topic->subscriptions,
                                           topic->subscription_cap * sizeof(struct subscription *));
    }
    topic->subscriptions[topic->subscription_count++] = subscription;
    return subscription;
}

void subscription_destroy(struct subscription *subscription)
{
    if (subscription == NULL) {
        return;
    }
    attributes_finish(&subscription->attributes);
    arena_finish(&subscription->rules.arena);
    arena_finish(&subscription->arena);
    mem_free(subscription);
}

void subscription_remove(struct subscription *subscription)
{
    struct topic *topic = subscription->topic;
    size_t at = 0;
    while (topic->subscriptions[at] != subscription) {
        at++;
    }
    topic->subscription_count--;
    memmove(topic->subscriptions + at, topic->subscriptions + at + 1,
            (topic->subscription_count - at) * sizeof(struct subscription *));
    subscription_destroy(subscription);
}

void subscription_make_token(struct subscription *subscription)
{
    unsigned char bytes[SUBSCRIPTION_TOKEN_LEN / 2];
    char text[SUBSCRIPTION_TOKEN_LEN + 1];
    id_random(bytes, sizeof bytes);
    id_hex(text, bytes, sizeof bytes);
    subscription->token = arena_copy(&subscription->arena, slice_from(text));
}

void subscription_change(struct subscription *subscription, const struct attributes *attributes,
                         const struct subscription_rules *rules)
{
    attributes_copy(&subscription->attributes, attributes);
    arena_finish(&subscription->rules.arena);
    subscription->rules = *rules;
}

/* --- of a topic --- */

struct subscription *topic_subscription(const struct topic *topic, struct slice id)
{
    for (size_t i = 0; i < topic->subscription_count; i++) {
        if (slice_eq(topic->subscriptions[i]->id, id)) {
            return topic->subscriptions[i];
        }
    }
    return NULL;
}

struct subscription *topic_subscription_of(const struct topic *topic, enum protocol protocol,
                                           struct slice endpoint)
{
    for (size_t i = 0; i < topic->subscription_count; i++) {
        struct subscription *each = topic->subscriptions[i];
        if (each->protocol == protocol && each->state != SUBSCRIPTION_DELETED &&
            slice_eq(each->endpoint, endpoint)) {
            return each;
        }
    }
    return NULL;
}

size_t topic_subscriptions_in(const struct topic *topic, enum subscription_state state)
{
    size_t count = 0;
    for (size_t i = 0; i < topic->subscription_count; i++) {
        count += topic->subscriptions[i]->state == state;
    }
    return count;
}

/* --- the record --- */

void subscription_write(const struct subscription *subscription, struct json_writer *w)
{
    json_open(w, '{');
    json_put_text(w, "Protocol", protocol_names[subscription->protocol]);
    json_put_string(w, "Endpoint", subscription->endpoint);
    json_put_i64(w, "State", (int64_t)subscription->state);
    json_put_i64(w, "SinceMs", subscription->since_ms);
    json_put_i64(w, "Number", (int64_t)subscription->number);
    if (subscription->token.len != 0) {
        json_put_string(w, "Token", subscription->token);
    }
    json_put_bool(w, "Authenticated", subscription->was_authenticated);
    json_put_bool(w, "Guarded", subscription->is_guarded);
    json_key_text(w, "Attributes");
    attributes_write(&subscription->attributes, w);
    json_close(w, '}');
}

static bool find_protocol(struct slice name, enum protocol *ret_protocol)
{
    for (int i = 0; i < PROTOCOL_COUNT; i++) {
        if (slice_is(name, protocol_names[i])) {
            *ret_protocol = (enum protocol)i;
            return true;
        }
    }
    return false;
}

bool subscription_read(struct topic *topic, struct slice id, struct slice json)
{
    AUTO_ARENA arena = ARENA_INIT;
    enum protocol protocol;
    struct slice raw;
    struct slice endpoint = json_text_member(&arena, json, "Endpoint");
    if (endpoint.ptr == NULL || !json_validate(json, NULL) ||
        !find_protocol(json_text_member(&arena, json, "Protocol"), &protocol)) {
        return false;
    }
    struct subscription *subscription = subscription_create(topic, id, protocol, endpoint);
    struct slice token = json_text_member(&arena, json, "Token");
    subscription->state = (enum subscription_state)json_i64_member(json, "State", 0);
    subscription->since_ms = json_i64_member(json, "SinceMs", 0);
    subscription->number = (uint64_t)json_i64_member(json, "Number", 0);
    subscription->token = token.ptr != NULL ? arena_copy(&subscription->arena, token) : SLICE("");
    subscription->was_authenticated = json_bool_member(json, "Authenticated");
    subscription->is_guarded = json_bool_member(json, "Guarded");
    if (json_raw_find(json, "Attributes", &raw)) {
        struct subscription_rules rules;
        attributes_read(&subscription->attributes, raw);
        if (subscription_rules_parse(&arena, topic, endpoint, &subscription->attributes, "",
                                     &rules) == NULL) {
            arena_finish(&subscription->rules.arena);
            subscription->rules = rules;
        }
    }
    return true;
}
