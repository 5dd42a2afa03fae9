/* Queues on the loop: who waits for their messages, and what wakes him.
 *
 *     struct queues --- struct queue, one for each that somebody works with --- struct receiver, waiting
 *
 * Messages are in the store alone (queue_txn.h); a queue on the loop is its settings, who waits and what is known about
 * when something comes.
 *
 * Wake-ups   A receiver that finds nothing is parked until a commit makes something available, something hidden is due
 *            (one alarm a queue, set only while somebody waits) or its time is up. Nothing polls.
 * Leaving    A receiver that is cancelled takes nothing; if its take is with the writer already, what it took is put
 *            back at once as if it had not been received.
 * Retention  One alarm a queue that holds something drops what is too old.
 * Ownership  Queues belong to queues; receivers and jobs are embedded in their owners.
 * Thread     Loop thread; queue_job.work() on the writer's.
 * Errors     NOT_FOUND (the queue was closed or removed), CANCELLED, UNAVAILABLE (it could not be written).
 * Source     SQS Developer Guide, "Amazon SQS short and long polling", "visibility timeout". */
#ifndef SLS_SCHEDULER_QUEUE_H
#define SLS_SCHEDULER_QUEUE_H

#include "core/context.h"
#include "scheduler/queue/queue_txn.h"

struct kept_settings; /* shared by a queue and its jobs */
struct queues;
struct queue;

struct queues *queues_create(struct context *context, struct engine *engine);
/* Ends those who wait with CANCELLED. Frees when the last job is done; `on_closed` may be NULL. NULL is a no-op. */
void queues_destroy(struct queues *queues, void (*on_closed)(void *ctx), void *ctx);

/* For a queue of queue_make(), after its commit; once. Settings are copied. */
struct queue *queue_open(struct queues *queues, const struct queue_settings *settings);
/* Those who wait are told NOT_FOUND. The queue itself stays in the store. NULL is a no-op. */
void queue_close(struct queue *queue);
struct queue *queues_find(struct queues *queues, uint64_t id); /* NULL when it is not open */
/* Valid until queue_change(). */
const struct queue_settings *queue_settings(const struct queue *queue);
void queue_change(struct queue *queue, const struct queue_settings *settings); /* same id; copied */
/* After the commit of a job that worked on queues itself: wakes who waits. */
void queues_committed(struct queues *queues, const struct queue_outcome *outcome);

/* After the commit of a queue_remove() outside a queue_job. */
void queues_sweep(struct queues *queues);

/* --- work on one queue --- */

struct queue_job {
    /* Writer thread. May run more than once: starts from its input. */
    void (*work)(struct queue_job *job, struct queue_txn *q);
    /* Exactly once, later. NOT_FOUND: the queue is gone, and nothing was done. */
    void (*done)(struct queue_job *job, enum status status);

    /* private */
    struct write_job write;
    struct queues *queues;
    struct kept_settings *settings;
    int64_t now_ms;
    struct queue_outcome outcome;
    bool is_gone;
};
/* Owned by the caller until done(). */
void queue_submit(struct queue *queue, struct queue_job *job);

/* --- receiving --- */

enum receiver_state { RECEIVER_IDLE, RECEIVER_TAKING, RECEIVER_PARKED, RECEIVER_ENDED };

struct receiver {
    struct queue_take take; /* its inputs; texts live until on_messages() */
    int64_t wait_ms;        /* how long it may find nothing; QUEUE_FOR_EVER: until cancelled */
    /* Exactly once for each queue_receive(), later. `take` has the messages (none: the time is up, or
     * take.is_limited); they are valid until the receiver is used again or finished. It may be used again from inside. */
    void (*on_messages)(struct receiver *receiver, enum status status);

    /* private; zeroed before the first use */
    enum receiver_state state;
    enum status status; /* how it ends, unless its take says otherwise */
    bool is_cancelled;
    uint64_t number; /* who came first is woken first */
    int64_t until_ms;
    struct queues *queues;
    struct queue *queue; /* NULL: closed meanwhile */
    struct alarm alarm;
    struct queue_job job;
    struct arena arena;
    struct receiver *prev, *next; /* in the queue's list of those parked, or taking */
};
void queue_receive(struct queue *queue, struct receiver *receiver);
/* Ends it with CANCELLED, later; one that is idle is left alone. */
void receiver_cancel(struct receiver *receiver);
void receiver_finish(struct receiver *receiver); /* idle; frees the messages */

/* --- care --- */

/* Makes visible what was taken for ever by those who died with the last process; `on_released` runs once, later. */
void queue_release_all(struct queue *queue, bool is_undone,
                       void (*on_released)(void *ctx, enum status status), void *ctx);
/* NOT_FOUND: it was removed; UNAVAILABLE: it could not be read. */
MUST_CHECK enum status queue_counts(struct queue *queue, struct queue_counts *ret_counts);

#endif
