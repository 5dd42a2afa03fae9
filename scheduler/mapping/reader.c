#include "scheduler/mapping/reader_private.h"

#include "core/mem.h"

#include <assert.h>

/* --- checkpoints --- */

struct checkpoint reader_checkpoint(const struct reader *reader)
{
    struct checkpoint checkpoint = {
        .after = sequence_text(&reader->after),
        .readers = reader->spec.count,
        .is_ended = reader->state == READER_ENDED,
    };
    checkpoint_set_window(&checkpoint, &reader->window);
    return checkpoint;
}

static struct checkpoint_place place_of(const struct reader *reader)
{
    return (struct checkpoint_place){
        .mapping_uuid = slice_from(reader->spec.mapping->config.uuid),
        .shard_key = reader->spec.shard_key,
        .reader = reader->spec.index,
    };
}

static void save(struct reader *reader)
{
    reader->skipped = 0;
    if (!reader->spec.mapping->is_forgotten) {
        const struct checkpoint_place place = place_of(reader);
        const struct checkpoint checkpoint = reader_checkpoint(reader);
        checkpoint_write(reader->spec.mapping->scheduler, &place, &checkpoint, NULL, NULL, NULL);
    }
}

/* The batch has moved on: so has the reader. */
static void advance_checkpoint(struct reader *reader)
{
    struct batch *batch = &reader->batch;
    if (!batch_is_started(batch)) {
        reader->after = reader->read_after; /* with what was skipped behind its last record */
        batch_clear(batch);
    } else if (batch->first > 0) {
        sequence_set(&reader->after, batch_sequence(batch, batch->first - 1));
    }
}

/* --- states --- */

static void rest(struct reader *reader, enum reader_state state)
{
    alarm_clear(reader->spec.mapping->scheduler->context->alarms, &reader->alarm);
    reader->is_pausing = false;
    reader->state = state;
    reader->spec.on_rest(reader->spec.ctx, reader);
}

static void pause_now(struct reader *reader)
{
    batch_clear(&reader->batch);
    if (reader->skipped > 0) {
        save(reader);
    }
    reader->read_after = reader->after;
    rest(reader, READER_PAUSED);
}

static void end(struct reader *reader)
{
    reader->state = READER_ENDED;
    save(reader);
    rest(reader, READER_ENDED);
}

static void wait_until(struct reader *reader, enum reader_state state, int64_t at_ms)
{
    struct alarms *alarms = reader->spec.mapping->scheduler->context->alarms;
    reader->state = state;
    if (at_ms == ALARM_NEVER) {
        alarm_clear(alarms, &reader->alarm);
    } else {
        alarm_set(alarms, &reader->alarm, at_ms);
    }
}

/* --- reading --- */

/* What follows from a reading that found nothing for the function. */
static bool end_reading_empty(struct reader *reader, const struct reading *reading, int64_t now_ms)
{
    struct window *window = &reader->window;
    int64_t window_over_ms = window->is_open ? window->end_ms + WINDOW_GRACE_MS : ALARM_NEVER;
    reader->after = reader->read_after;
    reader->skipped += reading->skipped;
    if (window->is_open && (window->is_terminated || reading->is_past_window || reading->is_end ||
                            window_over_ms <= now_ms)) {
        batch_start_final(&reader->batch, window->is_terminated ? now_ms : window->end_ms);
        return true;
    }
    if (reading->is_end) {
        end(reader);
        return false;
    }
    if (reader->skipped >= SKIPPED_PER_CHECKPOINT) {
        save(reader);
    }
    wait_until(reader, READER_READING, reading->has_more ? now_ms : window_over_ms);
    return false;
}

static void start_batch(struct reader *reader)
{
    uint32_t tumbling_s = reader->spec.mapping->config.tumbling_s;
    if (tumbling_s > 0 && !reader->window.is_open) {
        window_open(&reader->window, reader->batch.records[0].arrived_ms, tumbling_s);
    }
    memset(&reader->last, 0, sizeof reader->last);
    batch_start(&reader->batch);
}

/* True when a batch was started. */
static bool read_batch(struct reader *reader)
{
    const struct mapping_config *config = &reader->spec.mapping->config;
    int64_t now_ms = scheduler_now_ms(reader->spec.mapping->scheduler);
    struct batch *batch = &reader->batch;
    bool was_empty = batch->count == 0;
    struct reading reading = {.reader = reader};
    if (batch->count > config->batch_size) { /* it was lowered meanwhile: they are read again */
        batch_clear(batch);
        reader->read_after = reader->after;
    }
    if (!reader->window.is_terminated) {
        reader_read(reader, &reading);
    }
    if (batch->count == 0) {
        return end_reading_empty(reader, &reading, now_ms);
    }
    if (was_empty) {
        reader->gathered_ms = now_ms;
    }
    int64_t until_ms = reader->gathered_ms + (int64_t)config->window_s * 1000;
    bool is_due = now_ms >= until_ms && (config->window_s > 0 || !reading.has_more);
    if (reading.is_full || reading.is_past_window || reading.is_end || is_due) {
        start_batch(reader);
        return true;
    }
    wait_until(reader, READER_READING, reading.has_more ? now_ms : until_ms);
    return false;
}

/* --- the next thing to do --- */

static struct batch_policy policy_of(const struct reader *reader)
{
    const struct mapping_config *config = &reader->spec.mapping->config;
    return (struct batch_policy){
        .bisects = config->bisects,
        .retries_max = config->retries_max,
        .age_max_ms = config->age_max_s > 0 ? (int64_t)config->age_max_s * 1000 : 0,
        .retention_ms = reader->spec.source->kind->retention_ms(reader->spec.source),
    };
}

static void go_on(struct reader *reader);

static void on_settled(void *ctx, enum status status)
{
    struct reader *reader = ctx;
    struct scheduler *scheduler = reader->spec.mapping->scheduler;
    assert(reader->state == READER_SETTLING);
    if (status == STATUS_OK) {
        arena_reset(&reader->settling.arena);
        go_on(reader);
    } else if (reader->is_pausing) {
        reader->after = reader->settling.before; /* the next start gives it up again */
        pause_now(reader);
    } else {
        wait_until(reader, READER_SETTLING, scheduler_now_ms(scheduler) + RETRY_FIRST_MS);
    }
}

static void settle(struct reader *reader)
{
    const struct checkpoint_place place = place_of(reader);
    const struct checkpoint checkpoint = reader_checkpoint(reader);
    reader->state = READER_SETTLING;
    checkpoint_write(reader->spec.mapping->scheduler, &place, &checkpoint,
                     &reader->settling.failure, on_settled, reader);
}

/* True when the reader may go on at once. */
static bool discard(struct reader *reader, const struct batch_task *task)
{
    struct mapping *mapping = reader->spec.mapping;
    bool has_failure = reader_give_up(reader, task);
    event_count_add(mapping, has_failure ? EVENTS_TO_DESTINATION : EVENTS_DROPPED,
                    task->end - task->first);
    reader->settling.before = reader->after;
    if (reader->batch.is_final) {
        window_close(&reader->window);
    }
    batch_discarded(&reader->batch, task->end);
    advance_checkpoint(reader);
    if (has_failure && !mapping->is_forgotten) {
        settle(reader);
        return false;
    }
    save(reader);
    return true;
}

static void go_on(struct reader *reader)
{
    struct batch_policy policy = policy_of(reader);
    alarm_clear(reader->spec.mapping->scheduler->context->alarms, &reader->alarm);
    for (;;) {
        if (reader->is_pausing) {
            pause_now(reader);
            return;
        }
        if (!batch_is_started(&reader->batch) && !read_batch(reader)) {
            return;
        }
        struct batch_task task =
            batch_next(&reader->batch, &policy, scheduler_now_ms(reader->spec.mapping->scheduler));
        switch (task.step) {
        case BATCH_INVOKE:
            reader->state = READER_INVOKING;
            reader_invoke(reader, &task);
            return;
        case BATCH_WAIT:
            wait_until(reader, READER_WAITING, task.at_ms);
            return;
        case BATCH_DISCARD:
            if (!discard(reader, &task)) {
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
    struct reader *reader = CONTAINER_OF(alarm, struct reader, alarm);
    if (reader->state == READER_SETTLING) {
        settle(reader);
    } else {
        go_on(reader);
    }
}

/* --- what an invocation came to --- */

void reader_succeeded(struct reader *reader)
{
    if (reader->batch.is_final && reader->window.is_terminated) {
        window_renew(&reader->window);
    } else if (reader->batch.is_final) {
        window_close(&reader->window);
    }
    batch_succeeded(&reader->batch);
    advance_checkpoint(reader);
    save(reader);
    go_on(reader);
}

void reader_failed(struct reader *reader, size_t at, bool is_hopeless)
{
    struct batch_policy policy = policy_of(reader);
    size_t first = reader->batch.first;
    batch_failed(&reader->batch, &policy, at, is_hopeless,
                 scheduler_now_ms(reader->spec.mapping->scheduler));
    if (reader->batch.first != first) {
        advance_checkpoint(reader);
        save(reader);
    }
    go_on(reader);
}

void reader_throttled(struct reader *reader)
{
    batch_throttled(&reader->batch, scheduler_now_ms(reader->spec.mapping->scheduler));
    go_on(reader);
}

/* --- life --- */

struct reader *reader_create(const struct reader_spec *spec, const struct checkpoint *checkpoint)
{
    struct reader *reader = mem_zalloc(sizeof *reader);
    reader->spec = *spec;
    reader->state = checkpoint->is_ended ? READER_ENDED : READER_PAUSED;
    reader->alarm.on_due = on_due;
    sequence_set(&reader->after, checkpoint->after);
    reader->read_after = reader->after;
    batch_init(&reader->batch);
    window_init(&reader->window);
    arena_init(&reader->settling.arena, 1024);
    buf_init(&reader->event, BATCH_EVENT_MAX + RECORD_LEN_MAX);
    if (checkpoint->has_window) {
        reader->window.is_open = true;
        reader->window.is_terminated = checkpoint->is_terminated;
        reader->window.start_ms = checkpoint->window_start_ms;
        reader->window.end_ms = checkpoint->window_end_ms;
        buf_append(&reader->window.state, checkpoint->window_state);
    }
    return reader;
}

void reader_destroy(struct reader *reader)
{
    if (reader == NULL) {
        return;
    }
    assert(reader_is_at_rest(reader));
    batch_finish(&reader->batch);
    window_finish(&reader->window);
    arena_finish(&reader->settling.arena);
    buf_finish(&reader->event);
    mem_free(reader);
}

void reader_start(struct reader *reader)
{
    if (reader->state == READER_PAUSED) {
        reader->state = READER_READING;
        go_on(reader);
    }
}

void reader_pause(struct reader *reader)
{
    switch (reader->state) {
    case READER_PAUSED:
    case READER_ENDED:
        return;
    case READER_READING:
    case READER_WAITING:
        pause_now(reader);
        return;
    case READER_INVOKING:
        reader->is_pausing = true;
        return;
    case READER_SETTLING:
        reader->is_pausing = true;
        if (alarm_is_set(&reader->alarm)) {
            on_settled(reader, STATUS_UNAVAILABLE);
        }
        return;
    }
}

void reader_look(struct reader *reader)
{
    if (reader->state == READER_READING) {
        go_on(reader);
    }
}

void reader_hurry(struct reader *reader)
{
    if (reader->state == READER_WAITING) {
        batch_hurry(&reader->batch);
        go_on(reader);
    }
}

bool reader_is_at_rest(const struct reader *reader)
{
    return reader->state == READER_PAUSED || reader->state == READER_ENDED;
}

bool reader_has_ended(const struct reader *reader)
{
    return reader->state == READER_ENDED;
}
