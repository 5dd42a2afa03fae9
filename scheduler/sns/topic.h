/* Topics in memory, as they stand in the store.
 *
 *     topics, by name ---> topic ---> its subscriptions, oldest first (subscription.h)
 *
 *     STATE_TOPIC         topic name         -> {"Attributes":{...},"Tags":{...},"Queue":7}
 *     STATE_SUBSCRIPTION  topic name ":" uuid -> subscription.h
 *     STATE_COUNTERS      "sns:" topic name  -> the last sequence number of a FIFO topic
 *
 * FIFO       A FIFO topic has a queue (queue_txn.h) that never holds a message for longer than a commit: what it is for
 *            is that it knows deduplication ids for five minutes.
 * Ownership  Topics belong to `topics`, subscriptions to their topic.
 * Source     SNS API Reference, "CreateTopic", "SetTopicAttributes". */
#ifndef SLS_SCHEDULER_SNS_TOPIC_H
#define SLS_SCHEDULER_SNS_TOPIC_H

#include "scheduler/name_index.h"
#include "scheduler/sns/attributes.h"
#include "scheduler/sns/delivery_policy.h"
#include "scheduler/sns/refusal.h"

struct subscription;

enum topic_attribute {
    TOPIC_DISPLAY_NAME,
    TOPIC_POLICY,
    TOPIC_DELIVERY_POLICY,
    TOPIC_KMS_KEY,
    TOPIC_SIGNATURE_VERSION,
    TOPIC_TRACING_CONFIG,
    TOPIC_FIFO,
    TOPIC_CONTENT_DEDUPLICATION,
    TOPIC_THROUGHPUT_SCOPE,
    TOPIC_MAXIMUM_MESSAGE_SIZE,
    TOPIC_DATA_PROTECTION, /* has operations of its own */
    TOPIC_FEEDBACK         /* from here on: roles and rates of delivery logs, kept only */
};
extern const char *const topic_attribute_names[];

struct topic {
    struct slice name, arn; /* the name is first: name_index.h */
    bool is_fifo;
    struct attributes attributes;
    struct delivery_policy delivery_policy; /* of its attribute */
    struct slice tags;                      /* {"key":"value"}, owned; ptr NULL: none */
    struct subscription **subscriptions;
    size_t subscription_count, subscription_cap;
    uint64_t subscription_number; /* of the newest */
    uint64_t queue_id;            /* FIFO; 0: still being made */
    uint64_t sequence_number;     /* FIFO: the last one given */
    struct arena arena;           /* name and ARN */
    struct arena policy_arena;
};

/* `name` has been checked. */
struct topic *topic_create(struct slice name, struct slice arn);
void topic_destroy(struct topic *topic); /* with its subscriptions; NULL is a no-op */
bool topic_is_set(const struct topic *topic, enum topic_attribute attribute, const char *value);

/* Refuses a value that the attribute cannot have: "Invalid parameter: " `where` "DisplayName: ...". */
MUST_CHECK const struct refusal *topic_attribute_check(struct arena *arena, bool is_fifo, int at,
                                                       struct slice value, const char *where);
void topic_set(struct topic *topic, int at, struct slice value);
void topic_set_tags(struct topic *topic, struct slice json);
/* The bytes that a message may have, or all messages of a batch. */
size_t topic_message_max(const struct topic *topic);
/* The access policy that holds: its own, or the one AWS gives new topics. */
struct slice topic_policy(struct arena *arena, const struct topic *topic, struct slice account);

void topic_write(const struct topic *topic, struct json_writer *w);
/* Everything but the subscriptions; false when it is no record of ours. */
MUST_CHECK bool topic_read(struct topic *topic, struct slice json);

void topics_remove(struct name_index *topics, struct topic *topic); /* and destroys it */
void topics_finish(struct name_index *topics);                      /* and destroys them */

/* 1 to 256 letters, digits, '-' and '_'; with `is_fifo` it ends in ".fifo". */
bool topic_name_is_valid(struct slice name, bool is_fifo);

#endif
