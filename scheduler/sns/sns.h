/* SNS: topics, subscriptions, and what is published delivered to them.
 *
 *     Publish -> who passes the filters -> signed off the loop -> one commit with all deliveries -> answered
 *
 * In process  Publish also takes JSON with the members of its input ({"TopicArn","Message","Subject",
 *             "MessageAttributes":{"n":{"DataType","StringValue"}},...}), and answers {"MessageId":...} then.
 * Unsigned    SubscribeURL and UnsubscribeURL work with a plain GET at the edge; the certificate of the signatures is
 *             at /_sls/SimpleNotificationService-<id>.pem.
 * Pending     Subscriptions of e-mail, text messages and Firehose stay pending: nothing is sent there.
 * Refused     By name: platform applications and endpoints, phone numbers, archives and replays.
 * Thread      Loop thread.
 * Source      SNS API Reference, version 2010-03-31; reference/events.md section 5. */
#ifndef SLS_SCHEDULER_SNS_SNS_H
#define SLS_SCHEDULER_SNS_SNS_H

#include "scheduler/deploy.h"

struct sns;

struct sns *sns_create(struct scheduler *scheduler);
/* Frees when the last operation has replied. NULL is a no-op. */
void sns_destroy(struct sns *sns);

extern const struct resource_type sns_resource_types[]; /* deploy_sns.c */

#endif
