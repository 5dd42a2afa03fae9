/* The queues of a template, and their policies. Private to this folder.
 *
 * Source  CloudFormation Template Reference, AWS::SQS::Queue, AWS::SQS::QueuePolicy. */
#ifndef SLS_SCHEDULER_SQS_DEPLOY_SQS_H
#define SLS_SCHEDULER_SQS_DEPLOY_SQS_H

#include "scheduler/sqs/service.h"

void deploy_queue_policy(struct scheduler *scheduler, const struct resource *resource,
                         struct resource_run *run);
void withdraw_queue_policy(struct scheduler *scheduler, const struct resource *resource,
                           struct resource_run *run);

#endif
