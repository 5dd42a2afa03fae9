/* Kinesis Data Streams: the service "kinesis" on the edge, and the streams of templates.
 *
 * Records live in DB_RECORDS (record.h), what describes the streams in STATE_STREAM (stream.h). A stream is ACTIVE as
 * soon as it is made. Readers in process use stream_log.h.
 *
 * Source  Kinesis Data Streams API reference (2013-12-02); reference/events.md section 7. */
#ifndef SLS_SCHEDULER_KINESIS_KINESIS_H
#define SLS_SCHEDULER_KINESIS_KINESIS_H

#include "scheduler/deploy.h"

struct kinesis;

/* Reads the streams and registers the service. */
struct kinesis *kinesis_create(struct scheduler *scheduler);
/* Changes of tables begin to flow into streams. */
void kinesis_start(struct kinesis *kinesis);
/* Subscriptions end, and new ones with what is there. */
void kinesis_end_subscriptions(struct kinesis *kinesis);
/* Nothing is begun any more; a part of the scheduler until what is with the writer has come back. Subscriptions are over,
 * with the calls that made them. */
void kinesis_stop(struct kinesis *kinesis);
/* Every reader has unwatched. NULL is a no-op. */
void kinesis_destroy(struct kinesis *kinesis);

extern const struct resource_type kinesis_resources[];

#endif
