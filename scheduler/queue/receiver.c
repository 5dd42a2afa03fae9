#include "scheduler/queue/queue_private.h"

#include "core/mem.h"

#include <assert.h>

/* IDLE -> TAKING -> (messages) IDLE
 *           |  ^
 *    nothing|  |woken
 *           v  |
 *         PARKED -> ENDED (time is up, cancelled, closed) -> IDLE
 *
 * What a take finds is the state behind all commits that were told before its own, so after one that found nothing
 * nothing is there until the next that tells of something, or until what is hidden is due. */

static void list_remove(struct receivers *list, struct receiver *receiver)
{
    *(receiver->prev != NULL ? &receiver->prev->next : &list->first) = receiver->next;
    *(receiver->next != NULL ? &receiver->next->prev : &list->last) = receiver->prev;
    receiver->prev = NULL;
    receiver->next = NULL;
}

/* In the order of their numbers: a new one is the last, one that was woken in vain among the first. */
static void list_insert(struct receivers *list, struct receiver *receiver)
{
    struct receiver *before = NULL;
    if (list->last != NULL && list->last->number > receiver->number) {
        before = list->first;
        while (before->number < receiver->number) {
            before = before->next;
        }
    }
    receiver->next = before;
    receiver->prev = before != NULL ? before->prev : list->last;
    *(receiver->prev != NULL ? &receiver->prev->next : &list->first) = receiver;
    *(before != NULL ? &before->prev : &list->last) = receiver;
}

static struct alarms *alarms_of(const struct receiver *receiver)
{
    return receiver->queues->context->alarms;
}

/* --- ending --- */

static void forget_results(struct queue_take *take)
{
    take->messages = NULL;
    take->count = 0;
    take->is_limited = false;
    take->has_more = false;
}

static void complete(struct receiver *receiver, enum status status)
{
    struct queues *queues = receiver->queues;
    alarm_clear(queues->context->alarms, &receiver->alarm);
    receiver->state = RECEIVER_IDLE;
    receiver->queue = NULL;
    receiver->on_messages(receiver, status);
    queues_unuse(queues);
}

/* Not inside the call that ends it. */
static void end_later(struct receiver *receiver, enum status status)
{
    receiver->state = RECEIVER_ENDED;
    receiver->status = status;
    forget_results(&receiver->take);
    alarm_set(alarms_of(receiver), &receiver->alarm, queues_now_ms(receiver->queues));
}

static void on_receiver_due(struct alarm *alarm)
{
    struct receiver *receiver = CONTAINER_OF(alarm, struct receiver, alarm);
    if (receiver->state == RECEIVER_PARKED) {
        list_remove(&receiver->queue->parked, receiver);
        receivers_arm(receiver->queue);
        receiver->status = STATUS_OK;
    }
    complete(receiver, receiver->status);
}

/* --- what was taken for somebody who has left --- */

struct return_job {
    struct queue_job job;
    uint32_t count;
    struct returned {
        struct queue_receipt receipt;
        uint64_t note;
    } messages[];
};

static void work_return(struct queue_job *job, struct queue_txn *q)
{
    const struct return_job *returning = CONTAINER_OF(job, struct return_job, job);
    for (uint32_t i = 0; i < returning->count; i++) {
        const struct queue_put_back put_back = {.is_undone = true,
                                                .note = returning->messages[i].note};
        if (queue_put_back(q, returning->messages[i].receipt, &put_back) != STATUS_OK) {
            continue; /* it lapsed meanwhile */
        }
    }
}

static void on_returned(struct queue_job *job, enum status status)
{
    (void)status; /* what could not be returned lapses */
    mem_free(CONTAINER_OF(job, struct return_job, job));
}

static void return_messages(struct receiver *receiver)
{
    const struct queue_take *take = &receiver->take;
    if (take->count == 0) {
        return;
    }
    struct return_job *returning =
        mem_zalloc(sizeof *returning + take->count * sizeof returning->messages[0]);
    returning->job.work = work_return;
    returning->job.done = on_returned;
    returning->count = take->count;
    for (uint32_t i = 0; i < take->count; i++) {
        returning->messages[i] =
            (struct returned){take->messages[i].receipt, take->messages[i].note};
    }
    queue_job_submit(receiver->queues, receiver->job.settings, &returning->job);
}

/* --- taking --- */

static void work_take(struct queue_job *job, struct queue_txn *q)
{
    struct receiver *receiver = CONTAINER_OF(job, struct receiver, job);
    struct queue_take *take = &receiver->take;
    arena_reset(&receiver->arena);
    queue_take(q, &receiver->arena, take);
    /* Whatever it made available itself it has taken, unless it stopped. */
    bool is_left = take->has_more || (take->hold_ms == 0 && take->count > 0);
    uint32_t left = q->outcome.available > take->count ? q->outcome.available - take->count : 1;
    q->outcome.available = is_left && take->count > 0 ? left : 0;
}

static void start_take(struct receiver *receiver)
{
    receiver->state = RECEIVER_TAKING;
    list_insert(&receiver->queue->taking, receiver);
    queue_submit(receiver->queue, &receiver->job);
}

static void park(struct receiver *receiver)
{
    receiver->state = RECEIVER_PARKED;
    list_insert(&receiver->queue->parked, receiver);
    if (receiver->until_ms != QUEUE_FOR_EVER) {
        alarm_set(alarms_of(receiver), &receiver->alarm, receiver->until_ms);
    }
    receivers_arm(receiver->queue);
}

static void go_on(struct receiver *receiver)
{
    struct queue *queue = receiver->queue;
    const struct queue_take *take = &receiver->take;
    const struct queue_outcome *outcome = &receiver->job.outcome;
    queue->due_ms = take->due_ms < outcome->due_ms ? take->due_ms : outcome->due_ms;
    receivers_arm(queue);
    if (receiver->is_cancelled) {
        return_messages(receiver);
        forget_results(&receiver->take);
        complete(receiver, STATUS_CANCELLED);
    } else if (take->count > 0 || take->is_limited) {
        complete(receiver, STATUS_OK);
    } else if (take->has_more) {
        start_take(receiver);
    } else {
        queue->is_empty = true;
        if (queues_now_ms(receiver->queues) >= receiver->until_ms) {
            complete(receiver, STATUS_OK);
        } else {
            park(receiver);
        }
    }
}

static void on_taken(struct queue_job *job, enum status status)
{
    struct receiver *receiver = CONTAINER_OF(job, struct receiver, job);
    if (status != STATUS_OK) {
        forget_results(&receiver->take);
    }
    if (receiver->queue == NULL) { /* closed meanwhile, and taken off its list */
        return_messages(receiver);
        forget_results(&receiver->take);
        complete(receiver, receiver->status);
        return;
    }
    list_remove(&receiver->queue->taking, receiver);
    if (status != STATUS_OK) {
        complete(receiver, receiver->is_cancelled ? STATUS_CANCELLED : status);
        return;
    }
    go_on(receiver);
}

/* --- what queues say --- */

void receivers_arm(struct queue *queue)
{
    struct alarms *alarms = queue->queues->context->alarms;
    if (queue->parked.first == NULL || queue->due_ms == QUEUE_FOR_EVER) {
        alarm_clear(alarms, &queue->wake);
    } else if (!alarm_is_set(&queue->wake) || queue->wake.at_ms != queue->due_ms) {
        alarm_set(alarms, &queue->wake, queue->due_ms);
    }
}

void receivers_wake(struct queue *queue, uint64_t count)
{
    for (; count > 0 && queue->parked.first != NULL; count--) {
        struct receiver *receiver = queue->parked.first;
        list_remove(&queue->parked, receiver);
        alarm_clear(alarms_of(receiver), &receiver->alarm);
        start_take(receiver);
    }
    receivers_arm(queue);
}

void on_wake_due(struct alarm *alarm)
{
    struct queue *queue = CONTAINER_OF(alarm, struct queue, wake);
    queue->is_empty = false;
    queue->due_ms = QUEUE_FOR_EVER; /* its take will say */
    receivers_wake(queue, 1);
}

void receivers_end(struct queue *queue, enum status status)
{
    while (queue->parked.first != NULL) {
        struct receiver *receiver = queue->parked.first;
        list_remove(&queue->parked, receiver);
        receiver->queue = NULL;
        end_later(receiver, status);
    }
    while (queue->taking.first != NULL) {
        struct receiver *receiver = queue->taking.first;
        list_remove(&queue->taking, receiver);
        receiver->queue = NULL;
        receiver->status = receiver->is_cancelled ? STATUS_CANCELLED : status;
    }
}

/* --- receiving --- */

void queue_receive(struct queue *queue, struct receiver *receiver)
{
    struct queues *queues = queue->queues;
    assert(receiver->state == RECEIVER_IDLE && receiver->take.max > 0);
    int64_t now_ms = queues_now_ms(queues);
    queues_use(queues);
    receiver->queues = queues;
    receiver->queue = queue;
    receiver->number = queues->next_number++;
    receiver->until_ms =
        receiver->wait_ms == QUEUE_FOR_EVER ? QUEUE_FOR_EVER : now_ms + receiver->wait_ms;
    receiver->is_cancelled = false;
    receiver->alarm.on_due = on_receiver_due;
    receiver->job.work = work_take;
    receiver->job.done = on_taken;
    forget_results(&receiver->take);
    if (!queue->is_empty || now_ms >= queue->due_ms) {
        start_take(receiver);
    } else if (receiver->wait_ms > 0) {
        park(receiver);
    } else {
        end_later(receiver, STATUS_OK);
    }
}

void receiver_cancel(struct receiver *receiver)
{
    switch (receiver->state) {
    case RECEIVER_IDLE:
        return;
    case RECEIVER_TAKING:
        receiver->is_cancelled = true;
        receiver->status = STATUS_CANCELLED;
        return;
    case RECEIVER_PARKED:
        list_remove(&receiver->queue->parked, receiver);
        receivers_arm(receiver->queue);
        end_later(receiver, STATUS_CANCELLED);
        return;
    case RECEIVER_ENDED:
        receiver->status = STATUS_CANCELLED;
        return;
    }
}

void receiver_finish(struct receiver *receiver)
{
    assert(receiver->state == RECEIVER_IDLE);
    arena_finish(&receiver->arena);
}
