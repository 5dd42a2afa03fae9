#include "scheduler/mapping/settlement.h"

#include "core/mem.h"
#include "scheduler/mapping/limits.h"

#include <assert.h>

static void submit(struct settlement *settlement, struct queue *queue);

static void finish(struct settlement *settlement)
{
    mem_free(settlement->receipts);
    mem_free(settlement);
}

static void end(struct settlement *settlement)
{
    settlement->on_end(settlement);
    finish(settlement);
}

static struct queue *find_queue(const struct settlement *settlement)
{
    return queues_find(settlement->scheduler->queues, settlement->queue_id);
}

static void work(struct queue_job *job, struct queue_txn *q)
{
    const struct settlement *settlement = CONTAINER_OF(job, struct settlement, job);
    const struct queue_put_back undone = {.at_ms = q->now_ms, .is_undone = true};
    for (size_t i = 0; i < settlement->accepted; i++) {
        if (queue_drop(q, settlement->receipts[i], settlement->must_hold) != STATUS_OK) {
            continue; /* gone already, or out again */
        }
    }
    for (size_t i = settlement->cap - settlement->released; i < settlement->cap; i++) {
        if (queue_put_back(q, settlement->receipts[i], &undone) != STATUS_OK) {
            continue; /* it lapsed meanwhile */
        }
    }
}

static void on_written(struct queue_job *job, enum status status)
{
    struct settlement *settlement = CONTAINER_OF(job, struct settlement, job);
    if (status == STATUS_UNAVAILABLE && !settlement->is_last_try) {
        alarm_set(settlement->scheduler->context->alarms, &settlement->alarm,
                  scheduler_now_ms(settlement->scheduler) + SETTLE_AGAIN_MS);
    } else {
        end(settlement);
    }
}

static void on_due(struct alarm *alarm)
{
    struct settlement *settlement = CONTAINER_OF(alarm, struct settlement, alarm);
    struct queue *queue = find_queue(settlement);
    if (queue != NULL && !settlement->is_last_try) {
        submit(settlement, queue);
    } else {
        end(settlement);
    }
}

static void submit(struct settlement *settlement, struct queue *queue)
{
    settlement->job.work = work;
    settlement->job.done = on_written;
    queue_submit(queue, &settlement->job);
}

struct settlement *settlement_create(struct scheduler *scheduler, size_t cap)
{
    struct settlement *settlement = mem_zalloc(sizeof *settlement);
    settlement->scheduler = scheduler;
    settlement->alarm.on_due = on_due;
    settlement->receipts = mem_array(cap, sizeof *settlement->receipts);
    settlement->cap = cap;
    return settlement;
}

void settlement_accept(struct settlement *settlement, struct queue_receipt receipt)
{
    assert(settlement->accepted + settlement->released < settlement->cap);
    settlement->receipts[settlement->accepted++] = receipt;
}

void settlement_release(struct settlement *settlement, struct queue_receipt receipt)
{
    assert(settlement->accepted + settlement->released < settlement->cap);
    settlement->receipts[settlement->cap - ++settlement->released] = receipt;
}

bool settlement_submit(struct settlement *settlement)
{
    struct queue *queue = find_queue(settlement);
    if (queue == NULL || settlement->accepted + settlement->released == 0) {
        finish(settlement);
        return false;
    }
    submit(settlement, queue);
    return true;
}

void settlement_abandon(struct settlement *settlement)
{
    settlement->is_last_try = true;
    if (alarm_is_set(&settlement->alarm)) {
        alarm_set(settlement->scheduler->context->alarms, &settlement->alarm,
                  scheduler_now_ms(settlement->scheduler));
    }
}
