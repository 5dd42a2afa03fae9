#include "scheduler/delivery/lane_private.h"

#include "core/mem.h"

#include <assert.h>

static void on_write_again(struct alarm *alarm);

void lane_attempt_begin(struct lane *lane, const struct queue_message *message)
{
    struct lanes *lanes = lane->lanes;
    struct lane_attempt *attempt = mem_zalloc(sizeof *attempt);
    arena_init(&attempt->arena, message->head.len + message->body.len + 1024);
    attempt->scheduler = lanes->scheduler;
    attempt->lane = lane;
    attempt->name = lane->name;
    attempt->head = arena_copy(&attempt->arena, message->head);
    attempt->body = arena_copy(&attempt->arena, message->body);
    attempt->receipt = message->receipt;
    attempt->attempts = message->receipt.receives;
    attempt->note = message->note;
    attempt->accepted_ms = message->sent_ms;
    attempt->seed = slice_hash(attempt->name) ^ message->receipt.seq;
    attempt->again.on_due = on_write_again;
    attempt->next = lanes->attempts;
    if (attempt->next != NULL) {
        attempt->next->prev = attempt;
    }
    lanes->attempts = attempt;
    lane->under_way++;
    lane->class->attempt(attempt);
}

static void free_attempt(struct lane_attempt *attempt)
{
    struct lane *lane = attempt->lane;
    struct lanes *lanes = lane->lanes;
    if (attempt->next != NULL) {
        attempt->next->prev = attempt->prev;
    }
    *(attempt->prev != NULL ? &attempt->prev->next : &lanes->attempts) = attempt->next;
    lane->under_way--;
    arena_finish(&attempt->arena);
    mem_free(attempt);
    lane_receive(lane);
    lanes_close_if_quiet(lanes);
}

/* --- the verdict --- */

static void run(struct write_job *job, struct txn *txn)
{
    struct lane_attempt *attempt = CONTAINER_OF(job, struct lane_attempt, job);
    const struct lane_verdict *verdict = &attempt->verdict;
    struct queue_txn q;
    if (queue_begin(&q, txn, &attempt->settings, attempt->ended_ms) != STATUS_OK) {
        return; /* the transaction has failed: lanes are never removed */
    }
    const struct queue_put_back put_back = {
        .at_ms = verdict->at_ms, .is_undone = verdict->is_undone, .note = verdict->note};
    enum status status = verdict->is_over ? queue_drop(&q, attempt->receipt, false)
                                          : queue_put_back(&q, attempt->receipt, &put_back);
    (void)status; /* nobody else takes from a lane */
    queue_end(&q, &attempt->outcome);
    lane_put_all(txn, verdict->puts);
}

static void on_written(struct write_job *job, enum status status)
{
    struct lane_attempt *attempt = CONTAINER_OF(job, struct lane_attempt, job);
    struct lanes *lanes = attempt->lane->lanes;
    if (status == STATUS_OK) {
        queues_committed(lanes->scheduler->queues, &attempt->outcome);
        lane_committed(lanes->scheduler, attempt->verdict.puts);
    } else if (!lanes->is_stopped) {
        alarm_set(lanes_alarms(lanes), &attempt->again,
                  scheduler_now_ms(lanes->scheduler) + LANE_AGAIN_MS);
        return;
    }
    free_attempt(attempt);
}

static void write_verdict(struct lane_attempt *attempt)
{
    attempt->job = (struct write_job){.run = run, .done = on_written};
    engine_submit(attempt->scheduler->engine, &attempt->job);
}

static void on_write_again(struct alarm *alarm)
{
    struct lane_attempt *attempt = CONTAINER_OF(alarm, struct lane_attempt, again);
    if (attempt->lane->lanes->is_stopped) {
        free_attempt(attempt);
    } else {
        write_verdict(attempt);
    }
}

void lane_attempt_end(struct lane_attempt *attempt, const struct lane_verdict *verdict)
{
    attempt->verdict = *verdict;
    attempt->settings = *queue_settings(attempt->lane->queue);
    attempt->ended_ms = scheduler_now_ms(attempt->scheduler);
    write_verdict(attempt);
}

void lane_attempt_leave(struct lane_attempt *attempt)
{
    assert(attempt->scheduler->is_stopping);
    free_attempt(attempt);
}

void lane_attempts_stop(struct lanes *lanes)
{
    for (struct lane_attempt *each = lanes->attempts; each != NULL; each = each->next) {
        if (alarm_is_set(&each->again)) {
            alarm_set(lanes_alarms(lanes), &each->again, scheduler_now_ms(lanes->scheduler));
        }
    }
}
