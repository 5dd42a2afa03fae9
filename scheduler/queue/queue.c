#include "scheduler/queue/queue_private.h"

#include "core/mem.h"

#include <assert.h>

#define PLACES_FIRST 64

/* --- settings --- */

struct kept_settings *settings_keep(const struct queue_settings *settings)
{
    size_t mark_len = settings->dead_letter_mark.len;
    struct kept_settings *kept = mem_zalloc(sizeof *kept + mark_len);
    kept->settings = *settings;
    kept->users = 1;
    if (mark_len > 0) {
        char *mark = (char *)(kept + 1);
        memcpy(mark, settings->dead_letter_mark.ptr, mark_len);
        kept->settings.dead_letter_mark = slice_of(mark, mark_len);
    }
    return kept;
}

void settings_unkeep(struct kept_settings *settings)
{
    if (--settings->users == 0) {
        mem_free(settings);
    }
}

const struct queue_settings *queue_settings(const struct queue *queue)
{
    return &queue->settings->settings;
}

void queue_change(struct queue *queue, const struct queue_settings *settings)
{
    assert(settings->id == queue->settings->settings.id);
    settings_unkeep(queue->settings);
    queue->settings = settings_keep(settings);
    queue->is_empty = false; /* a limit may be another now */
    expiry_start(queue, queues_now_ms(queue->queues));
    receivers_wake(queue, 1);
}

/* --- the queues by their ids --- */

static struct queue **place_of(const struct queues *queues, uint64_t id)
{
    uint64_t mixed = id * UINT64_C(0x9E3779B97F4A7C15);
    return &queues->places[(mixed >> 32) & (queues->place_count - 1)];
}

static void grow(struct queues *queues)
{
    struct queue **old = queues->places;
    size_t old_count = queues->place_count;
    queues->place_count = old_count > 0 ? 2 * old_count : PLACES_FIRST;
    queues->places = mem_array(queues->place_count, sizeof(struct queue *));
    for (size_t i = 0; i < old_count; i++) {
        while (old[i] != NULL) {
            struct queue *queue = old[i];
            struct queue **place = place_of(queues, queue->settings->settings.id);
            old[i] = queue->next;
            queue->next = *place;
            *place = queue;
        }
    }
    mem_free(old);
}

struct queue *queues_find(struct queues *queues, uint64_t id)
{
    struct queue *queue = queues->place_count > 0 ? *place_of(queues, id) : NULL;
    while (queue != NULL && queue->settings->settings.id != id) {
        queue = queue->next;
    }
    return queue;
}

static void take_out(struct queue *queue)
{
    struct queue **at = place_of(queue->queues, queue->settings->settings.id);
    while (*at != queue) {
        at = &(*at)->next;
    }
    *at = queue->next;
    queue->queues->count--;
}

/* --- life --- */

struct queues *queues_create(struct context *context, struct engine *engine)
{
    assert(context->alarms != NULL);
    struct queues *queues = mem_zalloc(sizeof *queues);
    queues->context = context;
    queues->engine = engine;
    queues->users = 1;
    struct txn *txn = engine_read_begin(engine, 0);
    bool has_garbage = queue_has_garbage(txn);
    engine_read_end(engine, txn);
    if (has_garbage) {
        queues_sweep(queues);
    }
    return queues;
}

void queues_use(struct queues *queues)
{
    queues->users++;
}

void queues_unuse(struct queues *queues)
{
    if (--queues->users > 0) {
        return;
    }
    void (*on_closed)(void *ctx) = queues->on_closed;
    void *ctx = queues->ctx;
    assert(queues->count == 0);
    mem_free(queues->places);
    mem_free(queues);
    if (on_closed != NULL) {
        on_closed(ctx);
    }
}

struct queue *queue_open(struct queues *queues, const struct queue_settings *settings)
{
    assert(queues_find(queues, settings->id) == NULL);
    struct queue *queue = mem_zalloc(sizeof *queue);
    queue->queues = queues;
    queue->settings = settings_keep(settings);
    queue->due_ms = QUEUE_FOR_EVER;
    queue->wake.on_due = on_wake_due;
    queue->expiry.on_due = on_expiry_due;
    if (queues->count >= queues->place_count) {
        grow(queues);
    }
    struct queue **place = place_of(queues, settings->id);
    queue->next = *place;
    *place = queue;
    queues->count++;
    queues_use(queues);
    expiry_start(queue, queues_now_ms(queues)); /* finds out when its oldest message ends */
    return queue;
}

void queue_free(struct queue *queue)
{
    struct queues *queues = queue->queues;
    settings_unkeep(queue->settings);
    mem_free(queue);
    queues_unuse(queues);
}

static void end_queue(struct queue *queue, enum status status)
{
    struct alarms *alarms = queue->queues->context->alarms;
    take_out(queue);
    queue->is_closed = true;
    alarm_clear(alarms, &queue->wake);
    alarm_clear(alarms, &queue->expiry);
    receivers_end(queue, status);
    if (!queue->is_expiring) {
        queue_free(queue);
    }
}

void queue_close(struct queue *queue)
{
    if (queue != NULL) {
        end_queue(queue, STATUS_NOT_FOUND);
    }
}

void queues_destroy(struct queues *queues, void (*on_closed)(void *ctx), void *ctx)
{
    if (queues == NULL) {
        return;
    }
    queues->on_closed = on_closed;
    queues->ctx = ctx;
    queues->is_closing = true;
    for (size_t i = 0; i < queues->place_count; i++) {
        while (queues->places[i] != NULL) {
            end_queue(queues->places[i], STATUS_CANCELLED);
        }
    }
    queues_unuse(queues);
}

enum status queue_counts(struct queue *queue, struct queue_counts *ret_counts)
{
    struct engine *engine = queue->queues->engine;
    struct txn *txn = engine_read_begin(engine, 0);
    enum status status =
        queue_count(txn, queue->settings->settings.id, queues_now_ms(queue->queues), ret_counts);
    status = txn_failed(txn) ? STATUS_UNAVAILABLE : status;
    engine_read_end(engine, txn);
    if (status == STATUS_OK && ret_counts->is_estimate) {
        settle_start(queue);
    }
    return status;
}

/* --- jobs, and what commits tell --- */

/* What is known after a commit: something is available, or will be at `due_ms`. */
static void tell(struct queue *queue, uint64_t available, int64_t due_ms)
{
    if (queue == NULL) {
        return;
    }
    if (due_ms < queue->due_ms) {
        queue->due_ms = due_ms;
        receivers_arm(queue);
    }
    if (available > 0) {
        queue->is_empty = false;
        receivers_wake(queue, available);
    }
}

void queues_committed(struct queues *queues, const struct queue_outcome *outcome)
{
    struct queue *queue = queues_find(queues, outcome->id);
    tell(queue, outcome->available, outcome->due_ms);
    if (queue != NULL && outcome->has_put) {
        expiry_start(queue, queues_now_ms(queues) + queue->settings->settings.retention_ms);
    }
    if (outcome->dead_letters > 0) {
        struct queue *dead_letters = queues_find(queues, outcome->dead_letter_id);
        tell(dead_letters, outcome->dead_letters, QUEUE_FOR_EVER);
        if (dead_letters != NULL) {
            expiry_start(dead_letters, queues_now_ms(queues));
        }
    }
    if (outcome->has_garbage) {
        queues_sweep(queues);
    }
}

static void run(struct write_job *write, struct txn *txn)
{
    struct queue_job *job = CONTAINER_OF(write, struct queue_job, write);
    struct queue_txn q;
    job->is_gone = queue_begin(&q, txn, &job->settings->settings, job->now_ms) == STATUS_NOT_FOUND;
    if (!job->is_gone) {
        job->work(job, &q);
        queue_end(&q, &job->outcome);
    }
}

static void done(struct write_job *write, enum status status)
{
    struct queue_job *job = CONTAINER_OF(write, struct queue_job, write);
    struct queues *queues = job->queues;
    struct kept_settings *settings = job->settings;
    if (status == STATUS_OK && job->is_gone) {
        status = STATUS_NOT_FOUND;
    } else if (status == STATUS_OK) {
        queues_committed(queues, &job->outcome);
    }
    job->done(job, status); /* which may submit it again, or free it */
    settings_unkeep(settings);
    queues_unuse(queues);
}

void queue_job_submit(struct queues *queues, struct kept_settings *settings, struct queue_job *job)
{
    job->write = (struct write_job){.run = run, .done = done};
    job->queues = queues;
    job->settings = settings;
    job->now_ms = queues_now_ms(queues);
    settings->users++;
    queues_use(queues);
    engine_submit(queues->engine, &job->write);
}

void queue_submit(struct queue *queue, struct queue_job *job)
{
    queue_job_submit(queue->queues, queue->settings, job);
}
