/* Subscriptions: who gets what is published to a topic, what of it, and how.
 *
 *     Subscribe ---> PENDING ---ConfirmSubscription---> CONFIRMED ---Unsubscribe---> gone
 *        '---- sqs, lambda: at once ----------------------^  ^
 *                                                             '--ConfirmSubscription-- DELETED (http: for two days)
 *
 * STATE_SUBSCRIPTION  topic name ":" uuid -> {"Protocol","Endpoint","State","SinceMs","Number","Token","Authenticated",
 *                     "Guarded","Attributes":{...}}
 *
 * Ownership  A subscription belongs to its topic.
 * Source     SNS API Reference, "Subscribe", "SetSubscriptionAttributes"; words recorded by LocalStack. */
#ifndef SLS_SCHEDULER_SNS_SUBSCRIPTION_H
#define SLS_SCHEDULER_SNS_SUBSCRIPTION_H

#include "scheduler/sns/filter_policy.h"
#include "scheduler/sns/topic.h"

enum protocol {
    PROTOCOL_SQS,
    PROTOCOL_LAMBDA,
    PROTOCOL_HTTP,
    PROTOCOL_HTTPS,
    PROTOCOL_EMAIL, /* from here on nothing is delivered: these stay pending */
    PROTOCOL_EMAIL_JSON,
    PROTOCOL_SMS,
    PROTOCOL_FIREHOSE,
    PROTOCOL_APPLICATION, /* refused */
    PROTOCOL_COUNT
};
extern const char *const protocol_names[PROTOCOL_COUNT + 1]; /* the last NULL */

/* Values are the file's format. */
enum subscription_state { SUBSCRIPTION_PENDING, SUBSCRIPTION_CONFIRMED, SUBSCRIPTION_DELETED };

enum subscription_attribute {
    SUBSCRIPTION_DELIVERY_POLICY,
    SUBSCRIPTION_FILTER_POLICY,
    SUBSCRIPTION_FILTER_SCOPE,
    SUBSCRIPTION_RAW,
    SUBSCRIPTION_REDRIVE_POLICY,
    SUBSCRIPTION_ROLE
};
extern const char *const subscription_attribute_names[];

/* What the attributes say, ready to use. */
struct subscription_rules {
    struct arena arena;
    const struct pattern *filter; /* NULL: everything */
    enum filter_scope scope;
    bool is_raw;
    struct slice dead_letter_arn; /* empty: none */
    bool has_delivery_policy;
    struct delivery_policy delivery_policy;
};

#define SUBSCRIPTION_TOKEN_LEN 288 /* hexadecimal digits */

struct subscription {
    struct topic *topic;
    struct slice arn;
    struct slice id; /* the end of the ARN */
    enum protocol protocol;
    struct slice endpoint;
    enum subscription_state state;
    int64_t since_ms;       /* in this state */
    uint64_t number;        /* of its topic */
    struct slice token;     /* empty: it needs no confirmation */
    bool was_authenticated; /* by who owns the topic, when it was confirmed */
    bool is_guarded;        /* only a signed Unsubscribe ends it */
    struct attributes attributes;
    struct subscription_rules rules;
    struct arena arena;
};

/* Into the list of its topic, as its newest. */
struct subscription *subscription_create(struct topic *topic, struct slice id,
                                         enum protocol protocol, struct slice endpoint);
void subscription_destroy(
    struct subscription *subscription); /* not out of the list; NULL is a no-op */
void subscription_remove(struct subscription *subscription); /* out of the list, and destroyed */
/* 288 random digits: what confirms it from now on. */
void subscription_make_token(struct subscription *subscription);

/* Refuses attributes that cannot hold together, `where` being "Attributes Reason: " for Subscribe. `*ret_rules` has an
 * arena of its own when it returns NULL. */
MUST_CHECK const struct refusal *
subscription_rules_parse(struct arena *arena, const struct topic *topic, struct slice endpoint,
                         const struct attributes *attributes, const char *where,
                         struct subscription_rules *ret_rules);
/* Copies the attributes, takes the rules over. */
void subscription_change(struct subscription *subscription, const struct attributes *attributes,
                         const struct subscription_rules *rules);

/* By the last part of its ARN; NULL when there is none. */
struct subscription *topic_subscription(const struct topic *topic, struct slice id);
struct subscription *topic_subscription_of(const struct topic *topic, enum protocol protocol,
                                           struct slice endpoint); /* not a deleted one */
size_t topic_subscriptions_in(const struct topic *topic, enum subscription_state state);

void subscription_write(const struct subscription *subscription, struct json_writer *w);
/* Made and in the list of `topic`; false when it is no record of ours. */
MUST_CHECK bool subscription_read(struct topic *topic, struct slice id, struct slice json);

#endif
