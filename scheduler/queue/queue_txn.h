/* The one durable queue underneath everything, as the writer thread sees it: inside a job, in the job's transaction.
 *
 *     put -> visible -> take -> held (in flight) -> drop
 *              ^                  |  hide: held for longer or shorter; put back: hidden without a holder
 *              '---- lapse -------'
 *
 * Queues of SQS, lanes of deliveries and asynchronous invocations are all of this kind. Several queues may be worked
 * on in one transaction, together with anything else of the store: an event and its deliveries are one commit.
 *
 *     struct queue_txn q;
 *     if (queue_begin(&q, txn, settings, now_ms) == STATUS_OK) {
 *         queue_put(&q, &put);
 *         queue_end(&q, &outcome);    // later, on the loop: queues_committed(queues, &outcome)
 *     }
 *
 * Groups   A message with a group becomes available only when it is the oldest of its group that is left, and is
 *          visible: so a hidden or held message keeps back all later ones of its group, and no earlier one. A message
 *          without a group is a group of its own. Groups of one queue are taken in the order of their oldest messages.
 * Lapse    What was hidden until an instant is visible from then on. Takes move what is due back among the visible,
 *          a bounded piece at a time; nothing scans, however long the queue is.
 * Counts   Kept in the same transactions, so they are exact.
 * Five minutes  A text that was put once (`unique`) is known for QUEUE_WINDOW_MS, whatever became of its message.
 *
 * In DB_MESSAGES, numbers BE; a `space` is the queue's number of its messages (changed by a purge) << 8 | kind:
 *
 *     0 << 8 | 'Q', queue               the queue: its counts, next sequence number and message space
 *     0 << 8 | 'X', space number        garbage: what queues that were purged or removed left behind
 *     space 'M', seq                    the message as it was put
 *     space 'S', seq                    what became of it: receives, hidden until... absent when nothing did
 *     space 'A', seq                    available: the oldest message of its group, and visible
 *     space 'H', until_ms, seq          hidden until then: held, delayed or put back
 *     space 'G', hash of group, seq     the messages of a group
 *     space 'E', kept from ms, seq      messages older than those put before them: the rest expires in order of seq
 *     id << 8 | 'D', five minutes, hash texts known for five minutes
 *
 * Ownership  What is given is copied into the transaction. Settings and results are plain data.
 * Thread     Writer thread; queue_count() and queue_exists() on any transaction.
 * Errors     NOT_FOUND: the queue, or the message, is not there any more. I/O errors fail the transaction itself.
 * Limits     limits.h. */
#ifndef SLS_SCHEDULER_QUEUE_TXN_H
#define SLS_SCHEDULER_QUEUE_TXN_H

#include "core/arena.h"
#include "core/buf.h"
#include "store/engine/engine.h"

#define QUEUE_WINDOW_MS INT64_C(300000)
/* Of a take: held until it is dropped, put back or released at the next start (queue_release()). */
#define QUEUE_FOR_EVER (INT64_MAX / 4)

/* What a queue is told with each piece of work: its owner's, by value. */
struct queue_settings {
    uint64_t id;          /* of queue_make() */
    int64_t retention_ms; /* since a message was put; 0: for ever */
    int64_t delay_ms;     /* of messages that name none */
    int64_t hold_max_ms;  /* since it was taken; 0: no limit */
    uint32_t held_max;    /* at once; 0: no limit */
    /* A message that was received so often is moved instead of taken; 0: never. */
    uint32_t receives_max;
    uint64_t dead_letter_id;       /* where to; 0: nowhere */
    struct slice dead_letter_mark; /* what a message that is moved carries from then on */
    bool dead_letter_restarts_age; /* its retention there begins with the move (FIFO) */
};

/* What a job did to a queue, for the loop. */
struct queue_outcome {
    uint64_t id;
    uint32_t available; /* groups that became available */
    int64_t due_ms; /* the first instant at which what it hid is visible; QUEUE_FOR_EVER: none */
    bool has_put;
    bool has_garbage;
    uint64_t dead_letter_id; /* 0: nothing was moved */
    uint32_t dead_letters;
};

struct queue_record { /* as it stands under 'Q' */
    uint64_t space;
    uint64_t next_seq;
    uint64_t total; /* of messages */
    uint64_t held;
    uint64_t delayed;  /* hidden without a holder */
    int64_t newest_ms; /* the youngest message's kept_from_ms */
};

/* A queue opened in a transaction; one at a time for each queue. */
struct queue_txn {
    struct txn *txn;
    const struct queue_settings *settings;
    int64_t now_ms;
    struct queue_record loaded; /* as it was */
    struct queue_record record;
    struct queue_outcome outcome;
};

/* --- queues --- */

/* A new queue, empty. Its number is never used again. */
uint64_t queue_make(struct txn *txn);
/* Invisible at once; its messages go in pieces (queue_sweep()). Not there: nothing happens. */
void queue_remove(struct txn *txn, uint64_t id);
bool queue_exists(struct txn *txn, uint64_t id);

/* `settings` is borrowed until queue_end(). NOT_FOUND: it was removed. */
MUST_CHECK enum status queue_begin(struct queue_txn *q, struct txn *txn,
                                   const struct queue_settings *settings, int64_t now_ms);
void queue_end(struct queue_txn *q, struct queue_outcome *ret_outcome);

/* --- messages --- */

struct queue_put {
    struct slice group;         /* empty: a group of its own */
    struct slice unique;        /* known already: nothing is put; empty: always put */
    struct slice unique_before; /* another text by which it may be known, or empty */
    int64_t delay_ms;           /* negative: the queue's */
    int64_t sent_ms;            /* for the taker; 0: now */
    struct slice head; /* two texts of the owner's, given back with the message; may be empty */
    struct slice body;
    char ident[16]; /* the message's id */
    /* results: of the first one when it is a duplicate */
    bool is_duplicate;
    uint64_t seq;
    char first_ident[16];
};
void queue_put(struct queue_txn *q, struct queue_put *put);

/* Who holds a message: not valid any more when it was taken again since. */
struct queue_receipt {
    uint64_t seq;
    uint32_t receives;
};

struct queue_message {
    struct queue_receipt receipt; /* receives: how often it was taken, this one included */
    int64_t sent_ms;
    int64_t first_received_ms;
    uint64_t note;           /* of queue_put_back(); 0 at first */
    struct slice group_hash; /* 16 bytes; empty: no group */
    struct slice mark;       /* of the queue it was moved from as a dead letter, or empty */
    struct slice head;
    struct slice body;
};

struct queue_take {
    uint32_t max;        /* messages */
    size_t bytes_max;    /* of heads and bodies; one message is always given; 0: no limit */
    int64_t hold_ms;     /* 0: it is given and stays visible */
    bool is_one_a_group; /* else a group's visible messages are taken in a row */
    /* The same attempt within five minutes gets the same messages with the same receipts, if all are still held as
     * it left them; empty: none. */
    struct slice attempt;
    /* results */
    struct queue_message *messages; /* in the arena */
    uint32_t count;
    bool is_limited; /* `held_max` was met before anything was taken */
    bool has_more;   /* it stopped at one of its limits: there may be more */
    int64_t due_ms;  /* the next lapse, but for what this take hides itself; QUEUE_FOR_EVER: none */
};
void queue_take(struct queue_txn *q, struct arena *arena, struct queue_take *take);

/* CONFLICT: `must_hold`, and the receipt is an old one or the message is visible again. Without, whatever the receipt. */
MUST_CHECK enum status queue_drop(struct queue_txn *q, struct queue_receipt receipt,
                                  bool must_hold);
/* Changes how long it is held; `until_ms` up to now: visible at once. CONFLICT: not held by this receipt; LIMIT: that
 * were longer than `hold_max_ms`. */
MUST_CHECK enum status queue_hide(struct queue_txn *q, struct queue_receipt receipt,
                                  int64_t until_ms);
/* Gives a held message back: visible at `at_ms` (up to now: at once), with a note for the next taker. `is_undone`: this
 * receive does not count. CONFLICT: not held by this receipt. */
struct queue_put_back {
    int64_t at_ms;
    bool is_undone;
    uint64_t note;
};
MUST_CHECK enum status queue_put_back(struct queue_txn *q, struct queue_receipt receipt,
                                      const struct queue_put_back *put_back);
/* The first available message, untouched: its receipt drops it. False when none is. */
MUST_CHECK bool queue_first(struct queue_txn *q, struct arena *arena,
                            struct queue_message *ret_message);
void queue_purge(struct queue_txn *q); /* held ones too; known texts stay known */

/* --- in pieces: true when there is more to do --- */

/* What was taken for ever is visible again. */
MUST_CHECK bool queue_release(struct queue_txn *q, bool is_undone);
/* Makes visible what is due. */
MUST_CHECK bool queue_settle(struct queue_txn *q);
/* Drops what is older than the retention. `*ret_next_ms`: when the next is; QUEUE_FOR_EVER: none. */
MUST_CHECK bool queue_expire(struct queue_txn *q, int64_t *ret_next_ms);

/* The messages of queues that were purged or removed. */
MUST_CHECK bool queue_sweep(struct txn *txn);
bool queue_has_garbage(struct txn *txn); /* any transaction */

/* --- reading --- */

struct queue_counts {
    uint64_t visible; /* FIFO: those that wait behind others of their group too */
    uint64_t held;
    uint64_t delayed;
    bool is_estimate; /* too much is due to be counted now: queue_settle() */
};
/* Any transaction. NOT_FOUND: the queue was removed. */
MUST_CHECK enum status queue_count(struct txn *txn, uint64_t id, int64_t now_ms,
                                   struct queue_counts *ret_counts);

#endif
