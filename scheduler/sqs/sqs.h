/* The Simple Queue Service: queues by name, in both protocols, and the queues of a template.
 *
 * Lifecycle  sqs_create() reads the queues, which are there from then on; sqs_start() lets move tasks go on.
 * Thread     Loop thread only.
 * Source     SQS API Reference and Developer Guide; reference/events.md section 2. */
#ifndef SLS_SCHEDULER_SQS_H
#define SLS_SCHEDULER_SQS_H

#include "scheduler/deploy.h"
#include "scheduler/parts.h"

struct sqs;

struct sqs *sqs_create(struct scheduler *scheduler);
void sqs_start(struct sqs *sqs);
/* Answers those who wait, and lets nobody wait from now on. */
void sqs_end_polls(struct sqs *sqs);
void sqs_destroy(struct sqs *sqs); /* NULL is a no-op */

extern const struct resource_type sqs_resource_types[];

#endif
