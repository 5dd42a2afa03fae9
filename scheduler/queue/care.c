#include "scheduler/queue/queue_private.h"

#include "core/mem.h"
#include "scheduler/queue/limits.h"

/* --- retention: an alarm at the end of the oldest message's --- */

void expiry_start(struct queue *queue, int64_t at_ms)
{
    if (queue->settings->settings.retention_ms == 0) {
        return;
    }
    if (queue->is_expiring) {
        queue->expiry_wanted_ms = at_ms < queue->expiry_wanted_ms ? at_ms : queue->expiry_wanted_ms;
    } else if (!alarm_is_set(&queue->expiry) || at_ms < queue->expiry.at_ms) {
        alarm_set(queue->queues->context->alarms, &queue->expiry, at_ms);
    }
}

static void work_expiry(struct queue_job *job, struct queue_txn *q)
{
    struct queue *queue = CONTAINER_OF(job, struct queue, expiry_job);
    queue->expiry_has_more = queue_expire(q, &queue->expiry_next_ms);
}

static void on_expired(struct queue_job *job, enum status status)
{
    struct queue *queue = CONTAINER_OF(job, struct queue, expiry_job);
    queue->is_expiring = false;
    if (queue->is_closed) {
        queue_free(queue);
        return;
    }
    int64_t now_ms = queues_now_ms(queue->queues);
    int64_t next_ms = status == STATUS_UNAVAILABLE ? now_ms + QUEUE_EXPIRY_AGAIN_MS
                      : status != STATUS_OK        ? QUEUE_FOR_EVER
                      : queue->expiry_has_more     ? now_ms
                                                   : queue->expiry_next_ms;
    next_ms = queue->expiry_wanted_ms < next_ms ? queue->expiry_wanted_ms : next_ms;
    if (next_ms != QUEUE_FOR_EVER) {
        expiry_start(queue, next_ms);
    }
}

void on_expiry_due(struct alarm *alarm)
{
    struct queue *queue = CONTAINER_OF(alarm, struct queue, expiry);
    queue->is_expiring = true;
    queue->expiry_wanted_ms = QUEUE_FOR_EVER;
    queue->expiry_job.work = work_expiry;
    queue->expiry_job.done = on_expired;
    queue_submit(queue, &queue->expiry_job);
}

/* --- garbage: one piece after the other, for all queues --- */

static void run_sweep(struct write_job *write, struct txn *txn)
{
    struct queues *queues = CONTAINER_OF(write, struct queues, sweep);
    queues->sweep_has_more = queue_sweep(txn);
}

static void on_swept(struct write_job *write, enum status status)
{
    struct queues *queues = CONTAINER_OF(write, struct queues, sweep);
    queues->is_sweeping = false;
    if (status == STATUS_OK && (queues->sweep_has_more || queues->sweep_again) &&
        !queues->is_closing) {
        queues_sweep(queues);
    }
    queues_unuse(queues);
}

void queues_sweep(struct queues *queues)
{
    queues->sweep_again = queues->is_sweeping;
    if (queues->is_sweeping) {
        return;
    }
    queues->is_sweeping = true;
    queues->sweep = (struct write_job){.run = run_sweep, .done = on_swept};
    queues_use(queues);
    engine_submit(queues->engine, &queues->sweep);
}

/* --- work in pieces on one queue --- */

struct piece_job {
    struct queue_job job;
    bool (*piece)(struct queue_txn *q, bool is_undone);
    bool is_undone;
    bool has_more;
    void (*on_released)(void *ctx, enum status status);
    void *ctx;
};

static void work_piece(struct queue_job *job, struct queue_txn *q)
{
    struct piece_job *piece = CONTAINER_OF(job, struct piece_job, job);
    piece->has_more = piece->piece(q, piece->is_undone);
}

static void on_piece(struct queue_job *job, enum status status)
{
    struct piece_job *piece = CONTAINER_OF(job, struct piece_job, job);
    struct queue *queue = queues_find(job->queues, job->outcome.id);
    if (status == STATUS_OK && piece->has_more && queue != NULL) {
        queue_submit(queue, job);
        return;
    }
    if (piece->on_released != NULL) {
        piece->on_released(piece->ctx, status);
    }
    mem_free(piece);
}

static void start_pieces(struct queue *queue, const struct piece_job *described)
{
    struct piece_job *piece = mem_alloc(sizeof *piece);
    *piece = *described;
    piece->job.work = work_piece;
    piece->job.done = on_piece;
    queue_submit(queue, &piece->job);
}

void queue_release_all(struct queue *queue, bool is_undone,
                       void (*on_released)(void *ctx, enum status status), void *ctx)
{
    start_pieces(queue, &(struct piece_job){.piece = queue_release,
                                            .is_undone = is_undone,
                                            .on_released = on_released,
                                            .ctx = ctx});
}

static bool settle_piece(struct queue_txn *q, bool is_undone)
{
    (void)is_undone;
    return queue_settle(q);
}

void settle_start(struct queue *queue)
{
    start_pieces(queue, &(struct piece_job){.piece = settle_piece});
}
