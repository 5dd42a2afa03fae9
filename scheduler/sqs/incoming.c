#include "scheduler/sqs/incoming.h"

static struct slice number(struct arena *arena, int64_t value)
{
    return arena_printf(arena, "%lld", (long long)value);
}

/* As a dead letter a message is told from others by its id. */
static struct slice deduplication_id(struct arena *arena, const struct queue_message *queued,
                                     const struct message *message)
{
    char id[ID_UUID_MAX];
    return queued->mark.len > 0
               ? arena_copy(arena, slice_from(sqs_message_id_text(id, message->id)))
               : message->deduplication_id;
}

size_t incoming_system_attributes(struct arena *arena, bool is_fifo,
                                  const struct queue_message *queued, const struct message *message,
                                  struct system_attribute out[SYSTEM_ATTRIBUTES_MAX])
{
    const struct system_attribute all[] = {
        {"SenderId", message->sender},
        {"ApproximateFirstReceiveTimestamp", number(arena, queued->first_received_ms)},
        {"ApproximateReceiveCount", number(arena, queued->receipt.receives)},
        {"SentTimestamp", number(arena, queued->sent_ms)},
        {"SequenceNumber", is_fifo ? sqs_sequence_text(arena, queued->receipt.seq) : SLICE("")},
        {"MessageDeduplicationId", is_fifo ? deduplication_id(arena, queued, message) : SLICE("")},
        {"MessageGroupId", message->group},
        {"AWSTraceHeader", message->trace},
        {"DeadLetterQueueSourceArn", queued->mark},
    };
    size_t count = 0;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (all[i].value.len > 0) {
            out[count++] = all[i];
        }
    }
    return count;
}
