/* What the operations of SNS share. Private to scheduler/sns. */
#ifndef SLS_SCHEDULER_SNS_PRIVATE_H
#define SLS_SCHEDULER_SNS_PRIVATE_H

#include "core/api/result.h"
#include "scheduler/sns/members.h"
#include "scheduler/sns/signer.h"
#include "scheduler/sns/sns.h"
#include "scheduler/sns/subscription.h"
#include "scheduler/state.h"

struct sns {
    struct scheduler *scheduler;
    struct name_index topics;
    struct signer *signer;
    struct alarm expiry; /* of subscriptions that nobody confirmed, and of deleted ones */
    size_t users;        /* operations under way, and its owner */
};

void sns_use(struct sns *sns);
void sns_unuse(struct sns *sns); /* may free it */
struct slice sns_topic_arn(const struct sns *sns, struct arena *arena, struct slice name);
/* NULL when there is none. */
struct topic *sns_topic(const struct sns *sns, struct slice arn);
/* After a subscription became pending or deleted: it will expire. */
void sns_expect_expiry(struct sns *sns, const struct subscription *subscription);

/* --- an operation --- */

struct sns_operation {
    struct sns *sns;
    struct api_call *call;
    struct arena *arena; /* the call's */
    const struct record *input;
    struct result result;
    bool has_result; /* the operation has an output at all */
};

/* A refusal: replied with it. NULL: it has replied, or will with sns_reply(). */
typedef const struct refusal *sns_op_fn(struct sns_operation *operation);
void sns_reply(struct sns_operation *operation); /* with its result */
void sns_refuse(struct sns_operation *operation, const struct refusal *refusal);

sns_op_fn sns_create_topic, sns_delete_topic, sns_get_topic_attributes, sns_set_topic_attributes,
    sns_list_topics;
sns_op_fn sns_add_permission, sns_remove_permission, sns_get_data_protection_policy,
    sns_put_data_protection_policy;
sns_op_fn sns_tag_resource, sns_untag_resource, sns_list_tags_for_resource;
sns_op_fn sns_subscribe, sns_confirm_subscription, sns_unsubscribe, sns_get_subscription_attributes,
    sns_set_subscription_attributes, sns_list_subscriptions, sns_list_subscriptions_by_topic;
sns_op_fn sns_publish, sns_publish_batch;

/* The topic of an ARN that a client gave. `member`: "TopicArn", for the words. */
MUST_CHECK const struct refusal *sns_find_topic(struct sns_operation *operation,
                                                const struct field *arn, const char *member,
                                                struct topic **ret_topic);
/* The parts of an ARN that a client gave; refused when there are fewer than six. */
MUST_CHECK const struct refusal *sns_check_arn(struct arena *arena, const struct field *arn,
                                               const char *member);

bool sns_is_phone_number(struct slice text); /* "+12065550100" */

/* --- changes on their way to the disk --- */

struct sns_change;

struct sns_change *sns_change_begin(struct sns *sns);
void sns_change_topic(struct sns_change *change, const struct topic *topic);
void sns_change_gone_topic(struct sns_change *change, const struct topic *topic);
void sns_change_subscription(struct sns_change *change, const struct subscription *subscription);
void sns_change_gone_subscription(struct sns_change *change,
                                  const struct subscription *subscription);
/* Its HTTP(S) endpoint is sent the SubscriptionConfirmation or UnsubscribeConfirmation, when the change is on disk. */
void sns_change_tell(struct sns_change *change, const struct subscription *subscription,
                     bool is_end);
/* `on_written` runs once, later; NULL: nobody waits. */
void sns_change_submit(struct sns_change *change, void (*on_written)(void *ctx, enum status status),
                       void *ctx);
/* The usual end of an operation: replies with its result when the change is on disk. */
void sns_change_reply(struct sns_change *change, struct sns_operation *operation);

/* --- between the operations and deployments --- */

struct new_subscription {
    struct topic *topic;
    struct slice protocol, endpoint;
    struct attributes attributes; /* owned by the caller */
    struct slice id;              /* empty: a random one */
    const char *where;            /* of refusals: "Attributes Reason: " */
    struct slice position;        /* "template.yaml:12:3"; empty: a client's */
};
/* Checks, and makes it unless the endpoint has one already. Nothing is written yet: `*ret_is_new`. */
MUST_CHECK const struct refusal *subscribe(struct sns *sns, struct arena *arena,
                                           const struct new_subscription *wanted,
                                           struct subscription **ret_subscription,
                                           bool *ret_is_new);
/* confirmation.c: at once. */
void send_confirmation(struct sns *sns, const struct subscription *subscription, bool is_end);

#endif
