/* A message on its way into a queue: checked, digested and put into the queue's form. */
#ifndef SLS_SCHEDULER_SQS_OUTGOING_H
#define SLS_SCHEDULER_SQS_OUTGOING_H

#include "scheduler/sqs/message.h"
#include "scheduler/sqs/service.h"

struct outgoing {
    struct queue_put put;
    char body_md5[MD5_LEN];
    bool has_attributes, has_system_attributes;
    char attributes_md5[MD5_LEN];
    char system_md5[MD5_LEN];
};

/* Bytes of body and attributes, as quotas count them. */
size_t outgoing_size(const struct record *input);
/* `input`: of SendMessage, or an entry of its batch. Texts live as long as the call. */
MUST_CHECK const struct refusal *outgoing_prepare(struct api_call *call,
                                                  const struct sqs_queue *queue,
                                                  const struct record *input,
                                                  struct outgoing *ret_outgoing);
/* What refuses a whole batch for one entry: FIFO queues need a group, and something to tell duplicates by. */
MUST_CHECK const struct refusal *
outgoing_check_fifo(struct arena *arena, const struct sqs_queue *queue, const struct record *entry);

#endif
