/* The record of a batch that was given up, as its on-failure destination gets it.
 *
 * Forms   Queues and topics get what is known of the batch; a bucket gets the event besides.
 * Source  reference/events.md section 3.3; Lambda Developer Guide, "Retain discarded batch records". */
#ifndef SLS_SCHEDULER_MAPPING_FAILURE_RECORD_H
#define SLS_SCHEDULER_MAPPING_FAILURE_RECORD_H

#include "core/arena.h"
#include "core/json_writer.h"
#include "scheduler/mapping/batch.h"

struct failure_record {
    enum batch_condition condition;
    struct slice request_id;   /* of the last invocation */
    struct slice function_arn; /* unqualified */
    uint32_t invocations;
    bool was_answered;           /* by the function, at least once: there is a responseContext */
    struct slice version;        /* that ran: "$LATEST" */
    struct slice function_error; /* "Unhandled"; empty: it answered with failed items */
    int64_t now_ms;
    const char *batch_info; /* "KinesisBatchInfo" */
    bool has_arrival_ms;
    struct slice shard_id;
    struct slice stream_arn;
    const struct batch *batch;
    size_t first, end;    /* at least one record */
    struct slice payload; /* the event; empty: it is left out */
};

void failure_record_print(struct buf *buf, const struct failure_record *record);

/* "aws/lambda/<uuid>/<shard>/2026/02/18/2026-02-18T11.19.29-<uuid>" */
struct slice failure_object_key(struct arena *arena, struct slice mapping_uuid,
                                struct slice shard_id, int64_t now_ms);

#endif
