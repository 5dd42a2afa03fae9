#include "scheduler/sns/topic.h"

#include "core/json_scan.h"
#include "core/mem.h"
#include "scheduler/sns/limits.h"
#include "scheduler/sns/subscription.h"

bool topic_name_is_valid(struct slice name, bool is_fifo)
{
    if (name.len == 0 || name.len > SNS_TOPIC_NAME_MAX) {
        return false;
    }
    if (is_fifo) {
        if (!slice_ends_with(name, SLICE(".fifo")) || name.len == 5) {
            return false;
        }
        name = slice_take(name, name.len - 5);
    }
    return slice_is_alnum(name, "-_");
}

struct topic *topic_create(struct slice name, struct slice arn)
{
    struct topic *topic = mem_zalloc(sizeof *topic);
    arena_init(&topic->arena, 256);
    arena_init(&topic->policy_arena, 128);
    topic->name = arena_copy(&topic->arena, name);
    topic->arn = arena_copy(&topic->arena, arn);
    topic->is_fifo = slice_ends_with(name, SLICE(".fifo"));
    topic->attributes.names = topic_attribute_names;
    topic->tags = SLICE_NULL;
    return topic;
}

void topic_destroy(struct topic *topic)
{
    if (topic == NULL) {
        return;
    }
    for (size_t i = 0; i < topic->subscription_count; i++) {
        subscription_destroy(topic->subscriptions[i]);
    }
    mem_free(topic->subscriptions);
    attributes_finish(&topic->attributes);
    topic_set_tags(topic, SLICE_NULL);
    arena_finish(&topic->policy_arena);
    arena_finish(&topic->arena);
    mem_free(topic);
}

bool topic_is_set(const struct topic *topic, enum topic_attribute attribute, const char *value)
{
    return slice_is(topic->attributes.values[attribute], value);
}

void topic_set(struct topic *topic, int at, struct slice value)
{
    attributes_set(&topic->attributes, at, value);
    if (at == TOPIC_DELIVERY_POLICY) {
        struct fault fault; /* it was checked */
        arena_reset(&topic->policy_arena);
        if (delivery_policy_parse(&topic->policy_arena, value, true, &topic->delivery_policy,
                                  &fault) != STATUS_OK) {
            topic->delivery_policy = (struct delivery_policy){.has_retry = false};
        }
    }
}

void topic_set_tags(struct topic *topic, struct slice json)
{
    char *kept = NULL;
    if (json.ptr != NULL) {
        kept = mem_alloc(json.len + 1);
        memcpy(kept, json.ptr, json.len);
    }
    mem_free((void *)(uintptr_t)topic->tags.ptr);
    topic->tags = slice_of(kept, json.ptr != NULL ? json.len : 0);
}

/* --- the record --- */

void topic_write(const struct topic *topic, struct json_writer *w)
{
    json_open(w, '{');
    json_key_text(w, "Attributes");
    attributes_write(&topic->attributes, w);
    if (topic->tags.ptr != NULL) {
        json_put_raw(w, "Tags", topic->tags);
    }
    if (topic->queue_id != 0) {
        json_put_i64(w, "Queue", (int64_t)topic->queue_id);
    }
    json_close(w, '}');
}

bool topic_read(struct topic *topic, struct slice json)
{
    struct slice attributes;
    if (!json_validate(json, NULL) || !json_raw_find(json, "Attributes", &attributes)) {
        return false;
    }
    attributes_read(&topic->attributes, attributes);
    topic_set(topic, TOPIC_DELIVERY_POLICY, topic->attributes.values[TOPIC_DELIVERY_POLICY]);
    topic_set_tags(topic, json_raw_member(json, "Tags"));
    topic->queue_id = (uint64_t)json_i64_member(json, "Queue", 0);
    return true;
}

/* --- all of them --- */

void topics_remove(struct name_index *topics, struct topic *topic)
{
    name_index_remove(topics, &topic->name);
    topic_destroy(topic);
}

void topics_finish(struct name_index *topics)
{
    for (size_t i = 0; i < topics->count; i++) {
        topic_destroy(topics->items[i]);
    }
    name_index_finish(topics);
}
