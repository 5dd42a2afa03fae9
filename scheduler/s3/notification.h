/* What a bucket tells to whom: its notification configuration, checked and ready to be matched.
 *
 *     <NotificationConfiguration>
 *       <CloudFunctionConfiguration><Id/><CloudFunction>arn</CloudFunction><Event>s3:ObjectCreated:*</Event>...
 *         <Filter><S3Key><FilterRule><Name>prefix</Name><Value>images/</Value></FilterRule>...
 *       <QueueConfiguration>...<Queue>arn   <TopicConfiguration>...<Topic>arn   <EventBridgeConfiguration/>
 *
 * Filters    are held against the key as events tell it, form-encoded.
 * Ownership  notifications_create() copies.
 * Source     events.md 4.6; Amazon S3 User Guide, "Amazon S3 Event Notifications". */
#ifndef SLS_SCHEDULER_S3_NOTIFICATION_H
#define SLS_SCHEDULER_S3_NOTIFICATION_H

#include "core/api/xml_read.h"
#include "scheduler/s3/refusal.h"

enum notification_target { TO_FUNCTION, TO_QUEUE, TO_TOPIC, NOTIFICATION_TARGET_COUNT };

/* How a target's configurations are told. */
struct notification_form {
    const char *configuration; /* element: "QueueConfiguration" */
    const char *element;       /* of the ARN: "Queue"; also the name in errors */
    const char *service;       /* of the ARN: "sqs" */
};
extern const struct notification_form notification_forms[NOTIFICATION_TARGET_COUNT];

struct notification_rule {
    enum notification_target kind;
    struct slice id;
    struct slice target; /* ARN */
    struct slice *events;
    size_t event_count;
    struct slice prefix, suffix; /* form-encoded; empty: any */
};

struct notifications {
    struct arena arena;
    struct notification_rule *rules;
    size_t count;
    bool goes_to_event_bridge;
};

/* NULL for SLICE_NULL and for what is no configuration. */
struct notifications *notifications_create(struct slice xml);
void notifications_destroy(struct notifications *notifications); /* NULL is a no-op */

/* The configuration of a request: every rule checked, missing ids made, nothing ambiguous. `ret_xml`: how it is kept
 * and told. */
MUST_CHECK const struct refusal *
notification_check(struct arena *arena, const struct xml_node *root, struct slice *ret_xml);

/* "s3:ObjectCreated:Put" of "key", form-encoded. */
bool notification_matches(const struct notification_rule *rule, struct slice event,
                          struct slice key);

#endif
