/* The scheduler from the inside: what its parts share. Private to this folder.
 *
 * Each part is a folder: X_create() reads its records (state.h) and registers its service, X_destroy() ends it. A part
 * reaches another service by its public operations (delivery/target.h over api_internal_call()), never by its headers.
 * Common ground are the headers of this folder, queue/, delivery/, pattern/, time/ and metrics/, which counts what
 * others do. Two things are no requests: mappings read their sources in process (sqs/event_source.h,
 * kinesis/stream_log.h), and events for functions go to async/async.h. tests/layers holds it. */
#ifndef SLS_SCHEDULER_PARTS_H
#define SLS_SCHEDULER_PARTS_H

#include "scheduler/scheduler.h"
#include "store/engine/engine.h"

struct events;
struct metrics;
struct logs;
struct s3;

struct scheduler {
    struct context *context;
    struct scheduler_options options; /* texts are in `arena` */
    struct arena arena;
    struct store *store;
    struct engine *engine; /* the store's */
    struct edge *edge;
    struct state_keeper *keepers; /* state.h; NULL: none yet */
    struct queues *queues;        /* queue/ */
    struct sqs *sqs;
    struct metrics *metrics;
    struct logs *logs;
    struct deliveries *deliveries; /* NULL: closed */
    struct async *async;
    struct tickers *tickers;
    struct events *events;
    struct schedules *schedules;
    struct s3 *s3;
    struct kinesis *kinesis;
    struct mappings *mappings;
    struct sns *sns;
    bool is_started;  /* scheduler_start() was called */
    bool is_stopping; /* scheduler_stop() was: nothing is asked of functions any more */
    bool is_closing;
    size_t open_parts; /* that close asynchronously, and deployments under way */
    void (*on_closed)(void *ctx);
    void *closed_ctx;
};

static inline int64_t scheduler_now_ms(const struct scheduler *scheduler)
{
    return clock_epoch_ms(scheduler->context->clock);
}

/* The scheduler is there until all is closed. For a part that closes asynchronously: opened in its X_destroy(), closed
 * when its last handle is. */
void scheduler_part_opened(struct scheduler *scheduler);
void scheduler_part_closed(void *scheduler);

/* A line for the page, and only there: what was dropped, and why. */
void scheduler_notice(struct scheduler *scheduler, struct slice about, const char *format, ...)
    PRINTF_LIKE(3, 4);

#endif
