/* What the files of the queue on the loop share; nobody else includes it.
 *
 *     queue.c     the queues, their settings, jobs on them and what commits tell
 *     receiver.c  who waits
 *     care.c      retention, garbage, release */
#ifndef SLS_SCHEDULER_QUEUE_PRIVATE_H
#define SLS_SCHEDULER_QUEUE_PRIVATE_H

#include "scheduler/queue/queue.h"

struct kept_settings {
    struct queue_settings settings;
    size_t users;
};

struct receivers {
    struct receiver *first, *last;
};

struct queue {
    struct queues *queues;
    struct kept_settings *settings;
    struct queue *next; /* in its place of the map */

    struct receivers parked; /* in the order of their numbers */
    struct receivers taking;
    bool is_empty;  /* nothing is available, as far as commits were heard of, before `due_ms` */
    int64_t due_ms; /* when something hidden is visible, if `is_empty` */
    struct alarm wake;

    struct alarm expiry;
    struct queue_job expiry_job;
    int64_t expiry_next_ms; /* what the job found */
    bool expiry_has_more;
    int64_t expiry_wanted_ms; /* what was asked for meanwhile */
    bool is_expiring;         /* the job is with the writer */
    bool is_closed;           /* waits for it */
};

struct queues {
    struct context *context;
    struct engine *engine;
    struct queue **places; /* by id */
    size_t place_count;    /* a power of two */
    size_t count;
    uint64_t next_number;
    size_t users; /* jobs, receivers and queues that still need it, and its owner */
    struct write_job sweep;
    bool is_sweeping;
    bool sweep_has_more; /* what the job found */
    bool sweep_again;    /* what was asked for meanwhile */
    bool is_closing;
    void (*on_closed)(void *ctx);
    void *ctx;
};

static inline int64_t queues_now_ms(const struct queues *queues)
{
    return clock_epoch_ms(queues->context->clock);
}

/* queue.c */
void queues_use(struct queues *queues);
void queues_unuse(struct queues *queues);
/* For a queue that may be closed meanwhile. */
void queue_job_submit(struct queues *queues, struct kept_settings *settings, struct queue_job *job);
struct kept_settings *settings_keep(const struct queue_settings *settings);
void settings_unkeep(struct kept_settings *settings);
void queue_free(struct queue *queue);

/* receiver.c */
void receivers_wake(struct queue *queue, uint64_t count);
void receivers_end(struct queue *queue, enum status status); /* all of them */
void receivers_arm(struct queue *queue);                     /* the alarm, if somebody waits */
void on_wake_due(struct alarm *alarm);

/* care.c */
void expiry_start(struct queue *queue, int64_t at_ms); /* not later than then */
void on_expiry_due(struct alarm *alarm);
void settle_start(struct queue *queue);

#endif
