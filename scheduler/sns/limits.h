/* Quotas of SNS. Source: AWS General Reference, "Amazon Simple Notification Service endpoints and quotas"; SNS API
 * Reference, "Publish", "PublishBatch", "CreateTopic"; SNS Developer Guide, "Filter policy constraints". */
#ifndef SLS_SCHEDULER_SNS_LIMITS_H
#define SLS_SCHEDULER_SNS_LIMITS_H

#define SNS_MESSAGE_MAX 1048576         /* bytes of a message with its attributes, and of a batch */
#define SNS_MESSAGE_MAX_DEFAULT 262144  /* the same, unless the topic says otherwise */
#define SNS_MESSAGE_MAX_LEAST 1024      /* what a topic may say */
#define SNS_LARGE_SUBSCRIPTIONS_MAX 100 /* of a topic that takes more than the default */
#define SNS_SUBJECT_MAX 100             /* characters */
#define SNS_TOPIC_NAME_MAX 256          /* characters */
#define SNS_DISPLAY_NAME_MAX 100        /* characters */
#define SNS_ATTRIBUTE_NAME_MAX 256      /* bytes, of a message attribute */
#define SNS_FIFO_ID_MAX 128             /* characters of a message group or deduplication id */
#define SNS_BATCH_ENTRIES_MAX 10        /* of PublishBatch */
#define SNS_BATCH_ID_MAX 80             /* characters */
#define SNS_TAG_KEY_MAX 128             /* characters */
#define SNS_TAG_VALUE_MAX 256           /* characters */
#define SNS_FILTER_KEYS_MAX 5           /* of a filter policy */
#define SNS_FILTER_COMBINATIONS_MAX 150
#define SNS_FILTER_POLICY_MAX 262144      /* bytes */
#define SNS_POLICY_MAX 30720              /* bytes of an access policy */
#define SNS_ENDPOINT_MAX 2048             /* bytes; ours */
#define SNS_SUBSCRIPTIONS_MAX 100000      /* of a topic; ours, AWS's are 12,500,000 */
#define SNS_PAGE_MAX 100                  /* topics or subscriptions of a listing */
#define SNS_PENDING_MS INT64_C(172800000) /* two days: how long a token confirms a subscription */
#define SNS_EXPIRE_AGAIN_MS 60000         /* ours: after a full disk */
#define SNS_RETRY_SECONDS_MAX 3600        /* of a delivery policy, all its delays together */
#define SNS_RETRIES_MAX 100               /* of a delivery policy */

#endif
