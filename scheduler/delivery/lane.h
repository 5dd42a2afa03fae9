/* Lanes: one durable queue for each target, and the courier that empties it.
 *
 *     lane_put() in somebody's commit -> queue of the lane -> attempt -> drop, or again at an instant
 *
 * What an attempt is, its class knows: a delivery calls a target (delivery.c), an asynchronous invocation a function
 * (async.c). A lane takes as many messages at once as its class allows, one of each group, and sleeps when it is empty.
 *
 *     DB_STATE   STATE_LANE | MD5 of class and name -> {"Class":"delivery","Name":"arn:...","Queue":7}
 *
 * Restart    What was under way when the process died counts as not tried and is tried again after lanes_start().
 * Failures   What could not be read or written (disk full) is tried again until it can be.
 * Thread     lane_put_all() on the writer thread; the rest on the loop. */
#ifndef SLS_SCHEDULER_LANE_H
#define SLS_SCHEDULER_LANE_H

#include "scheduler/parts.h"
#include "scheduler/queue/queue.h"

#define LANE_KEY_LEN 32 /* hexadecimal digits */

struct lanes;
struct lane;
struct lane_attempt;

struct lane_class {
    const char *name; /* in records */
    /* Ends with lane_attempt_end(), exactly once, at once or later. */
    void (*attempt)(struct lane_attempt *attempt);
    /* How many attempts may be under way; at least 1. */
    size_t (*parallel)(struct scheduler *scheduler, struct slice name);
};

struct lanes *lanes_create(struct scheduler *scheduler, const struct lane_class *const *classes);
/* From now on lanes are emptied, also those that an earlier process has filled. */
void lanes_start(struct lanes *lanes);
/* No further attempt is begun; what is put from now on waits for the next start. */
void lanes_stop(struct lanes *lanes);
/* `on_closed` runs when the attempts under way have ended. NULL is a no-op. */
void lanes_destroy(struct lanes *lanes, void (*on_closed)(void *ctx), void *ctx);

/* --- putting --- */

struct lane_put {
    const struct lane_class *class;
    struct slice name;  /* of the lane: an ARN, a URL, a function */
    struct slice group; /* empty: no order */
    struct slice head;  /* JSON of the class */
    struct slice body;
    struct lane_put *next;
    /* private; the first two are results of the writer */
    uint64_t queue_id;
    struct queue_outcome outcome;
    char key[LANE_KEY_LEN + 1];
    int64_t now_ms;
};

/* Loop thread, before the job: fills in the private part. Texts are borrowed. */
void lane_prepare(struct scheduler *scheduler, struct lane_put *put);
void lane_put_all(struct txn *txn, struct lane_put *list); /* writer thread */
/* After the commit. */
void lane_committed(struct scheduler *scheduler, const struct lane_put *list);

/* For who has nothing else to write: a job of its own, with what it puts in its arena. */
struct lane_sending {
    struct arena arena;
    /* private */
    struct write_job job;
    struct scheduler *scheduler;
    struct lane_put *list;
    void (*on_kept)(void *ctx, enum status status);
    void *ctx;
};
struct lane_sending *lane_sending_create(struct scheduler *scheduler, size_t arena_len);
/* `on_kept` runs once, later: OK or UNAVAILABLE; NULL: nobody waits. The sending is gone then. */
void lane_send(struct lane_sending *sending, struct lane_put *list,
               void (*on_kept)(void *ctx, enum status status), void *ctx);

/* --- attempts --- */

struct lane_verdict {
    bool is_over; /* it leaves the lane; otherwise it is tried again: */
    int64_t at_ms;
    bool is_undone;        /* this attempt does not count */
    uint64_t note;         /* for the next attempt */
    struct lane_put *puts; /* what follows from it, in the same commit; of the attempt's arena */
};

struct lane_attempt {
    struct scheduler *scheduler;
    struct arena arena; /* of the attempt */
    struct slice name;  /* of its lane */
    struct slice head;
    struct slice body;
    uint32_t attempts; /* this one included; those that were undone are not */
    uint64_t note;     /* what the last attempt left, 0 at first */
    int64_t accepted_ms;
    uint64_t seed; /* the same for all attempts of one message */
    void *state;   /* the class's own, in the arena */
    /* private */
    struct lane *lane;
    struct queue_receipt receipt;
    struct lane_verdict verdict; /* once it has ended */
    int64_t ended_ms;
    struct write_job job;
    struct queue_settings settings;
    struct queue_outcome outcome;
    struct alarm again;
    struct lane_attempt *prev, *next;
};

/* The attempt and its arena are gone, soon. */
void lane_attempt_end(struct lane_attempt *attempt, const struct lane_verdict *verdict);
/* The process is ending: the message stays as it is, for the next one. */
void lane_attempt_leave(struct lane_attempt *attempt);

#endif
