#include "scheduler/mapping/lane_private.h"

#include "core/mem.h"

#include <assert.h>

/* --- checkpoints --- */

struct checkpoint lane_checkpoint(const struct lane *lane)
{
    struct checkpoint checkpoint = {
        .after = sequence_text(&lane->after),
        .lanes = lane->spec.count,
        .is_ended = lane->state == LANE_ENDED,
    };
    checkpoint_set_window(&checkpoint, &lane->window);
    return checkpoint;
}

static struct checkpoint_place place_of(const struct lane *lane)
{
    return (struct checkpoint_place){
        .mapping_uuid = slice_from(lane->spec.mapping->config.uuid),
        .shard_id = lane->spec.shard_id,
        .lane = lane->spec.index,
    };
}

static void save(struct lane *lane)
{
    lane->skipped = 0;
    if (!lane->spec.mapping->is_forgotten) {
        const struct checkpoint_place place = place_of(lane);
        const struct checkpoint checkpoint = lane_checkpoint(lane);
        checkpoint_write(lane->spec.mapping->scheduler, &place, &checkpoint, NULL, NULL, NULL);
    }
}

/* The batch has moved on: so has the lane. */
static void advance_checkpoint(struct lane *lane)
{
    struct batch *batch = &lane->batch;
    if (!batch_is_started(batch)) {
        lane->after = lane->read_after; /* with what was skipped behind its last record */
        batch_clear(batch);
    } else if (batch->first > 0) {
        sequence_set(&lane->after, batch_sequence(batch, batch->first - 1));
    }
}

/* --- states --- */

static void rest(struct lane *lane, enum lane_state state)
{
    alarm_clear(lane->spec.mapping->scheduler->context->alarms, &lane->alarm);
    lane->is_pausing = false;
    lane->state = state;
    lane->spec.on_rest(lane->spec.ctx, lane);
}

static void pause_now(struct lane *lane)
{
    batch_clear(&lane->batch);
    if (lane->skipped > 0) {
        save(lane);
    }
    lane->read_after = lane->after;
    rest(lane, LANE_PAUSED);
}

static void end(struct lane *lane)
{
    lane->state = LANE_ENDED;
    save(lane);
    rest(lane, LANE_ENDED);
}

static void wait_until(struct lane *lane, enum lane_state state, int64_t at_ms)
{
    struct alarms *alarms = lane->spec.mapping->scheduler->context->alarms;
    lane->state = state;
    if (at_ms == ALARM_NEVER) {
        alarm_clear(alarms, &lane->alarm);
    } else {
        alarm_set(alarms, &lane->alarm, at_ms);
    }
}

/* --- reading --- */

/* What follows from a reading that found nothing for the function. */
static bool end_reading_empty(struct lane *lane, const struct reading *reading, int64_t now_ms)
{
    struct window *window = &lane->window;
    int64_t window_over_ms = window->is_open ? window->end_ms + WINDOW_GRACE_MS : ALARM_NEVER;
    lane->after = lane->read_after;
    lane->skipped += reading->skipped;
    if (window->is_open && (window->is_terminated || reading->is_past_window || reading->is_end ||
                            window_over_ms <= now_ms)) {
        batch_start_final(&lane->batch, window->is_terminated ? now_ms : window->end_ms);
        return true;
    }
    if (reading->is_end) {
        end(lane);
        return false;
    }
    if (lane->skipped >= SKIPPED_PER_CHECKPOINT) {
        save(lane);
    }
    wait_until(lane, LANE_READING, reading->has_more ? now_ms : window_over_ms);
    return false;
}

static void start_batch(struct lane *lane)
{
    uint32_t tumbling_s = lane->spec.mapping->config.tumbling_s;
    if (tumbling_s > 0 && !lane->window.is_open) {
        window_open(&lane->window, lane->batch.records[0].arrived_ms, tumbling_s);
    }
    memset(&lane->last, 0, sizeof lane->last);
    batch_start(&lane->batch);
}

/* True when a batch was started. */
static bool read_batch(struct lane *lane)
{
    const struct mapping_config *config = &lane->spec.mapping->config;
    int64_t now_ms = scheduler_now_ms(lane->spec.mapping->scheduler);
    struct batch *batch = &lane->batch;
    bool was_empty = batch->count == 0;
    struct reading reading = {.lane = lane};
    if (!lane->window.is_terminated) {
        lane_read(lane, &reading);
    }
    if (batch->count == 0) {
        return end_reading_empty(lane, &reading, now_ms);
    }
    if (was_empty) {
        lane->gathered_ms = now_ms;
    }
    int64_t until_ms = lane->gathered_ms + (int64_t)config->window_s * 1000;
    if (reading.is_full || reading.is_past_window || reading.is_end || now_ms >= until_ms) {
        start_batch(lane);
        return true;
    }
    wait_until(lane, LANE_READING, reading.has_more ? now_ms : until_ms);
    return false;
}

/* --- the next thing to do --- */

static struct batch_policy policy_of(const struct lane *lane)
{
    const struct mapping_config *config = &lane->spec.mapping->config;
    return (struct batch_policy){
        .bisects = config->bisects,
        .retries_max = config->retries_max,
        .age_max_ms = config->age_max_s > 0 ? (int64_t)config->age_max_s * 1000 : 0,
        .retention_ms = lane->spec.source->kind->retention_ms(lane->spec.source),
    };
}

static void go_on(struct lane *lane);

static void on_settled(void *ctx, enum status status)
{
    struct lane *lane = ctx;
    struct scheduler *scheduler = lane->spec.mapping->scheduler;
    assert(lane->state == LANE_SETTLING);
    if (status == STATUS_OK) {
        arena_reset(&lane->settling.arena);
        go_on(lane);
    } else if (lane->is_pausing) {
        lane->after = lane->settling.before; /* the next start gives it up again */
        pause_now(lane);
    } else {
        wait_until(lane, LANE_SETTLING, scheduler_now_ms(scheduler) + RETRY_FIRST_MS);
    }
}

static void settle(struct lane *lane)
{
    const struct checkpoint_place place = place_of(lane);
    const struct checkpoint checkpoint = lane_checkpoint(lane);
    lane->state = LANE_SETTLING;
    checkpoint_write(lane->spec.mapping->scheduler, &place, &checkpoint, &lane->settling.failure,
                     on_settled, lane);
}

/* True when the lane may go on at once. */
static bool discard(struct lane *lane, const struct batch_task *task)
{
    struct mapping *mapping = lane->spec.mapping;
    bool has_failure = lane_give_up(lane, task);
    lane->settling.before = lane->after;
    if (lane->batch.is_final) {
        window_close(&lane->window);
    }
    batch_discarded(&lane->batch, task->end);
    advance_checkpoint(lane);
    if (has_failure && !mapping->is_forgotten) {
        settle(lane);
        return false;
    }
    save(lane);
    return true;
}

static void go_on(struct lane *lane)
{
    struct batch_policy policy = policy_of(lane);
    for (;;) {
        if (lane->is_pausing) {
            pause_now(lane);
            return;
        }
        if (!batch_is_started(&lane->batch) && !read_batch(lane)) {
            return;
        }
        struct batch_task task =
            batch_next(&lane->batch, &policy, scheduler_now_ms(lane->spec.mapping->scheduler));
        switch (task.step) {
        case BATCH_INVOKE:
            lane->state = LANE_INVOKING;
            lane_invoke(lane, &task);
            return;
        case BATCH_WAIT:
            wait_until(lane, LANE_WAITING, task.at_ms);
            return;
        case BATCH_DISCARD:
            if (!discard(lane, &task)) {
                return;
            }
            break;
        case BATCH_DONE:
            assert(false);
            return;
        }
    }
}

static void on_due(struct alarm *alarm)
{
    struct lane *lane = CONTAINER_OF(alarm, struct lane, alarm);
    if (lane->state == LANE_SETTLING) {
        settle(lane);
    } else {
        go_on(lane);
    }
}

/* --- what an invocation came to --- */

void lane_succeeded(struct lane *lane)
{
    if (lane->batch.is_final && lane->window.is_terminated) {
        window_renew(&lane->window);
    } else if (lane->batch.is_final) {
        window_close(&lane->window);
    }
    batch_succeeded(&lane->batch);
    advance_checkpoint(lane);
    save(lane);
    go_on(lane);
}

void lane_failed(struct lane *lane, size_t at, bool is_hopeless)
{
    struct batch_policy policy = policy_of(lane);
    size_t first = lane->batch.first;
    batch_failed(&lane->batch, &policy, at, is_hopeless,
                 scheduler_now_ms(lane->spec.mapping->scheduler));
    if (lane->batch.first != first) {
        advance_checkpoint(lane);
        save(lane);
    }
    go_on(lane);
}

void lane_throttled(struct lane *lane)
{
    batch_throttled(&lane->batch, scheduler_now_ms(lane->spec.mapping->scheduler));
    go_on(lane);
}

/* --- life --- */

struct lane *lane_create(const struct lane_spec *spec, const struct checkpoint *checkpoint)
{
    struct lane *lane = mem_zalloc(sizeof *lane);
    lane->spec = *spec;
    lane->state = checkpoint->is_ended ? LANE_ENDED : LANE_PAUSED;
    lane->alarm.on_due = on_due;
    sequence_set(&lane->after, checkpoint->after);
    lane->read_after = lane->after;
    batch_init(&lane->batch);
    window_init(&lane->window);
    arena_init(&lane->settling.arena, 1024);
    buf_init(&lane->event, EVENT_LEN_MAX + RECORD_LEN_MAX);
    if (checkpoint->has_window) {
        lane->window.is_open = true;
        lane->window.is_terminated = checkpoint->is_terminated;
        lane->window.start_ms = checkpoint->window_start_ms;
        lane->window.end_ms = checkpoint->window_end_ms;
        buf_append(&lane->window.state, checkpoint->window_state);
    }
    return lane;
}

void lane_destroy(struct lane *lane)
{
    if (lane == NULL) {
        return;
    }
    assert(lane_is_at_rest(lane));
    batch_finish(&lane->batch);
    window_finish(&lane->window);
    arena_finish(&lane->settling.arena);
    buf_finish(&lane->event);
    mem_free(lane);
}

void lane_start(struct lane *lane)
{
    if (lane->state == LANE_PAUSED) {
        lane->state = LANE_READING;
        go_on(lane);
    }
}

void lane_pause(struct lane *lane)
{
    switch (lane->state) {
    case LANE_PAUSED:
    case LANE_ENDED:
        return;
    case LANE_READING:
    case LANE_WAITING:
        pause_now(lane);
        return;
    case LANE_INVOKING:
        lane->is_pausing = true;
        return;
    case LANE_SETTLING:
        lane->is_pausing = true;
        if (alarm_is_set(&lane->alarm)) {
            on_settled(lane, STATUS_UNAVAILABLE);
        }
        return;
    }
}

void lane_look(struct lane *lane)
{
    if (lane->state == LANE_READING) {
        go_on(lane);
    }
}

void lane_hurry(struct lane *lane)
{
    if (lane->state == LANE_WAITING) {
        batch_hurry(&lane->batch);
        go_on(lane);
    }
}

bool lane_is_at_rest(const struct lane *lane)
{
    return lane->state == LANE_PAUSED || lane->state == LANE_ENDED;
}

bool lane_has_ended(const struct lane *lane)
{
    return lane->state == LANE_ENDED;
}
