/* A message on its way out, as ReceiveMessage and the events of functions show it. */
#ifndef SLS_SCHEDULER_SQS_INCOMING_H
#define SLS_SCHEDULER_SQS_INCOMING_H

#include "scheduler/sqs/message.h"
#include "scheduler/sqs/service.h"

/* The system attributes of a message, in the arena: those that it has. */
struct system_attribute {
    const char *name;
    struct slice value;
};
#define SYSTEM_ATTRIBUTES_MAX 9

/* `is_fifo`: with sequence number, group and deduplication id. */
size_t incoming_system_attributes(struct arena *arena, bool is_fifo,
                                  const struct queue_message *queued, const struct message *message,
                                  struct system_attribute out[SYSTEM_ATTRIBUTES_MAX]);

#endif
