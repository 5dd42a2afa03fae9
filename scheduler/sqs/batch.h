/* What the batch operations share: their entries' ids, and how those that failed are told.
 *
 * Source  SQS API Reference, SendMessageBatch, DeleteMessageBatch, ChangeMessageVisibilityBatch. */
#ifndef SLS_SCHEDULER_SQS_BATCH_H
#define SLS_SCHEDULER_SQS_BATCH_H

#include "core/api/result.h"
#include "scheduler/sqs/wire.h"

struct batch_entry {
    struct slice id;
    const struct refusal *refusal; /* NULL: it succeeded */
};

/* One entry each, in the arena. `name` is that of their type, without "Entry". */
MUST_CHECK const struct refusal *sqs_batch_check(struct arena *arena, const struct field *entries,
                                                 const char *name,
                                                 struct batch_entry **ret_entries);
/* Opens "Successful"; false when none did. */
MUST_CHECK bool sqs_batch_open_successful(struct result *result, const struct batch_entry *entries,
                                          size_t count, const char *flat);
void sqs_batch_write_failed(struct result *result, const struct batch_entry *entries, size_t count);

#endif
