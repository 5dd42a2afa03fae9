/* Control records: what a service has to remember of each queue, topic, rule, schedule... besides its messages.
 *
 *     DB_STATE   kind u8 | key -> JSON object
 *
 * A part reads its kinds when it is created and keeps them in memory; each change is written behind it and answered
 * when it is on disk.
 *
 * Refused  A change that cannot be written (disk full) has been in memory already, and so have all that were under way
 *          behind it: they are refused together (engine.h), and each thing becomes again what its record on disk says,
 *          before the first of them is answered. So a refusal has no effect, and what is asked for again is written.
 * Thread   state_put() and state_delete() on the writer thread, inside a job; the rest on the loop.
 * Limits   Keys of STATE_KEY_MAX bytes: longer names are hashed by the caller. */
#ifndef SLS_SCHEDULER_STATE_H
#define SLS_SCHEDULER_STATE_H

#include "scheduler/parts.h"

#define STATE_KEY_MAX (ENGINE_KEY_MAX - 1)

/* Values are the file's format: never reused, never reordered. */
enum state_kind {
    STATE_COUNTERS = 1,      /* key: name -> u64 BE */
    STATE_DEPLOYED = 2,      /* key: logical id */
    STATE_QUEUE = 3,         /* SQS; key: queue name */
    STATE_MOVE_TASK = 4,     /* SQS message move tasks */
    STATE_LANE = 5,          /* delivery/: a target's queue of deliveries */
    STATE_INVOKE_CONFIG = 6, /* EventInvokeConfig; key: function:qualifier */
    STATE_POLICY = 7,        /* resource policies of functions */
    STATE_MAPPING = 8,       /* event source mappings; key: UUID */
    STATE_CHECKPOINT = 9,    /* mapping and shard */
    STATE_BUCKET = 10,
    STATE_TOPIC = 11,
    STATE_SUBSCRIPTION = 12,
    STATE_BUS = 13,
    STATE_RULE = 14,
    STATE_ARCHIVE = 15,
    STATE_REPLAY = 16,
    STATE_SCHEDULE = 17,
    STATE_SCHEDULE_GROUP = 18,
    STATE_STREAM = 19, /* Kinesis; key: stream name, or "/" and the id of a deleted one */
    STATE_LOG_GROUP = 21,
    STATE_LOG_STREAM = 22,
    STATE_SUBSCRIPTION_FILTER = 23,
    STATE_TICK = 24,         /* when a rule or schedule fired last */
    STATE_CONNECTION = 25,   /* EventBridge connections and API destinations */
    STATE_RECURSION = 26,    /* RecursiveLoop settings of functions */
    STATE_MAPPING_TAGS = 27, /* of event source mappings; key: UUID */
    STATE_MAPPING_RESULT = 28,
    STATE_FUNCTION_URL = 29, /* made by the API; key: function:qualifier */
    STATE_KIND_END
    /* 127: APIs made by request, no kind of this folder (cli/api_records.c) */
};

/* --- writer thread --- */

void state_put(struct txn *txn, enum state_kind kind, struct slice key, struct slice json);
void state_delete(struct txn *txn, enum state_kind kind, struct slice key);
/* All whose keys begin with `prefix`. */
void state_delete_under(struct txn *txn, enum state_kind kind, struct slice prefix);
/* Any transaction; valid until its next put. False when absent. */
bool state_get(struct txn *txn, enum state_kind kind, struct slice key, struct slice *ret_json);
/* The next number of a counter that is never used again, from 1. */
uint64_t state_next_number(struct txn *txn, const char *counter);

/* --- loop thread --- */

/* Calls `each` for every record of a kind, in the order of their keys. `json` is valid during the call. */
void state_each(struct scheduler *scheduler, enum state_kind kind,
                void (*each)(void *ctx, struct slice key, struct slice json), void *ctx);
/* Those whose keys begin with `prefix`. */
void state_each_under(struct scheduler *scheduler, enum state_kind kind, struct slice prefix,
                      void (*each)(void *ctx, struct slice key, struct slice json), void *ctx);

/* A kind that is in memory: `load` makes what is there into what the record says, without submitting anything; `json`
 * SLICE_NULL: there is none. It is given records whose change was refused, until the scheduler closes. What is gone may
 * have taken others with it: whoever is made anew by `load` loads those, too. */
typedef void state_load_fn(void *part, struct slice key, struct slice json);
void state_keep(struct scheduler *scheduler, enum state_kind kind, state_load_fn *load, void *part);
/* The same for the refused() of a job of its own. */
void state_restore(struct scheduler *scheduler, enum state_kind kind, struct slice key);

/* One record in a job of its own; `json` SLICE_NULL deletes it. `on_written` runs once, later (OK or UNAVAILABLE);
 * NULL: nobody waits. Everything is copied. */
typedef void state_written_fn(void *ctx, enum status status);
void state_write(struct scheduler *scheduler, enum state_kind kind, struct slice key,
                 struct slice json, state_written_fn *on_written, void *ctx);

/* Deletes a record, with what else goes in the same commit (`also`: writer thread). */
typedef void state_also_fn(struct txn *txn, struct slice key);
void state_erase(struct scheduler *scheduler, enum state_kind kind, struct slice key,
                 state_also_fn *also, state_written_fn *on_written, void *ctx);

/* For who has nothing to change, since all is as it is asked for: it may be on its way to the disk still. */
void state_wait(struct scheduler *scheduler, state_written_fn *on_written, void *ctx);

#endif
