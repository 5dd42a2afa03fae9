#include "scheduler/events/replay.h"

#include "core/json_scan.h"
#include "core/mem.h"
#include "scheduler/arn.h"
#include "scheduler/events/envelope.h"
#include "scheduler/events/routing.h"

#define DAY_MS INT64_C(86400000)

static const struct stored_member replay_members[] = {
    STORED(struct replay_record, STORED_TEXT, "Description", description),
    STORED(struct replay_record, STORED_TEXT, "State", state),
    STORED(struct replay_record, STORED_TEXT, "StateReason", state_reason),
    STORED(struct replay_record, STORED_TEXT, "EventSourceArn", event_source_arn),
    STORED(struct replay_record, STORED_JSON, "Destination", destination),
    STORED(struct replay_record, STORED_NUMBER, "ArchiveId", archive_id),
    STORED(struct replay_record, STORED_TIME, "EventStartTime", event_start_ms),
    STORED(struct replay_record, STORED_TIME, "EventEndTime", event_end_ms),
    STORED(struct replay_record, STORED_TIME, "EventLastReplayedTime", last_event_ms),
    STORED(struct replay_record, STORED_NUMBER, "LastNumber", last_number),
    STORED(struct replay_record, STORED_TIME, "ReplayStartTime", started_ms),
    STORED(struct replay_record, STORED_TIME, "ReplayEndTime", ended_ms),
};

struct slice replay_print(struct arena *arena, const struct replay_record *record)
{
    return stored_print(arena, replay_members, COUNT_OF(replay_members), record);
}

void replay_tell(struct json_writer *w, const struct replay *replay, const char *const *names)
{
    stored_tell(w, replay_members, COUNT_OF(replay_members), &replay->record, names);
}

bool replay_is_active(const struct replay *replay)
{
    return replay->record.ended_ms == 0;
}

/* --- a step --- */

struct step {
    struct write_job job;
    struct replay *replay;
    struct events *events;
    struct arena arena;
    struct routing routing;
    struct event_bus *bus; /* NULL: it is gone */
    struct slice only_rules;
    struct replay_record
        record; /* as it is behind the step; printed before anything can change it */
    struct slice key;
    struct slice json;
    size_t count;
    size_t bytes;
    bool has_more;
};

static bool take_event(void *ctx, struct archive_position position, struct slice envelope)
{
    struct step *step = ctx;
    if (step->count == REPLAY_STEP_EVENTS || step->bytes > REPLAY_STEP_BYTES) {
        step->has_more = true;
        return false;
    }
    const struct routed_event event = {
        .envelope = envelope_replay(&step->arena, envelope, step->replay->name),
        .time_ms = position.time_ms,
        .only_rules = step->only_rules,
    };
    routing_event(&step->routing, step->bus, &event);
    step->record.last_event_ms = position.time_ms;
    step->record.last_number = (int64_t)position.number;
    step->count++;
    step->bytes += envelope.len;
    return true;
}

static void run(struct write_job *job, struct txn *txn)
{
    struct step *step = CONTAINER_OF(job, struct step, job);
    routing_put(txn, &step->routing);
    state_put(txn, STATE_REPLAY, step->key, step->json);
}

/* What the step wrote, unless the replay was cancelled meanwhile: that was written behind it. */
static void settle(struct replay *replay, struct slice json)
{
    bool is_cancelled = slice_is(replay->record.state, "CANCELLING");
    replay_load(replay, json);
    if (is_cancelled && !slice_is(replay->record.state, "CANCELLED")) {
        struct replay_record record = replay->record;
        record.state = SLICE("CANCELLING");
        record.ended_ms = 0;
        replay_apply(replay, &record);
    }
}

void replay_wait(struct replay *replay)
{
    struct scheduler *scheduler = replay->events->scheduler;
    alarm_set(scheduler->context->alarms, &replay->next,
              scheduler_now_ms(scheduler) + REPLAY_AGAIN_MS);
}

static void done(struct write_job *job, enum status status)
{
    struct step *step = CONTAINER_OF(job, struct step, job);
    struct events *events = step->events;
    struct replay *replay = step->replay;
    replay->is_stepping = false;
    if (status == STATUS_OK && !events->is_destroyed) {
        routing_committed(&step->routing);
    }
    if (replay->is_gone) {
        replay_destroy(replay);
    } else if (status == STATUS_OK) {
        settle(replay, step->json);
        replay_go_on(replay);
    } else {
        replay_wait(replay);
    }
    arena_finish(&step->arena);
    mem_free(step);
    events_job_ended(events);
}

static void read_events(struct step *step)
{
    struct engine *engine = step->events->scheduler->engine;
    const struct replay_record *record = &step->replay->record;
    struct archive_position from = {record->last_event_ms, (uint64_t)record->last_number};
    if (record->last_event_ms < record->event_start_ms) {
        from = (struct archive_position){record->event_start_ms, 0};
    }
    struct txn *txn = engine_read_begin(engine, 0);
    archive_read(txn, (uint64_t)record->archive_id, from, record->event_end_ms, take_event, step);
    engine_read_end(engine, txn);
}

static void finish(struct step *step, const char *state)
{
    step->record.state = slice_from(state);
    step->record.ended_ms = scheduler_now_ms(step->events->scheduler);
}

static void begin_step(struct replay *replay)
{
    struct events *events = replay->events;
    struct step *step = mem_zalloc(sizeof *step);
    arena_init(&step->arena, 4096);
    step->job = (struct write_job){.run = run, .done = done};
    step->replay = replay;
    step->events = events;
    step->record = replay->record;
    step->key = arena_copy(&step->arena, replay->name);
    step->bus =
        event_bus_find(events, json_text_member(&step->arena, replay->record.destination, "Arn"));
    if (!json_raw_find(replay->record.destination, "FilterArns", &step->only_rules)) {
        step->only_rules = SLICE("");
    }
    routing_begin(&step->routing, events, &step->arena);
    if (slice_is(replay->record.state, "CANCELLING")) {
        finish(step, "CANCELLED");
    } else if (step->bus == NULL) {
        finish(step, "FAILED");
        step->record.state_reason = SLICE("The destination event bus does not exist.");
    } else {
        step->record.state = SLICE("RUNNING");
        read_events(step);
        if (!step->has_more) {
            finish(step, "COMPLETED");
        }
    }
    step->json = replay_print(&step->arena, &step->record);
    replay->is_stepping = true;
    events_job_begun(events);
    engine_submit(events->scheduler->engine, &step->job);
}

/* A finished replay is forgotten after a time. */
static void forget(struct replay *replay)
{
    struct events *events = replay->events;
    state_write(events->scheduler, STATE_REPLAY, replay->name, SLICE_NULL, NULL, NULL);
    replay_destroy(replay);
}

static void on_next(struct alarm *alarm)
{
    struct replay *replay = CONTAINER_OF(alarm, struct replay, next);
    if (replay_is_active(replay)) {
        begin_step(replay);
    } else {
        forget(replay);
    }
}

void replay_go_on(struct replay *replay)
{
    struct scheduler *scheduler = replay->events->scheduler;
    if (!replay->events->is_started || replay->is_stepping) {
        return;
    }
    int64_t at_ms = replay_is_active(replay) ? scheduler_now_ms(scheduler)
                                             : replay->record.ended_ms + REPLAY_KEPT_DAYS * DAY_MS;
    alarm_set(scheduler->context->alarms, &replay->next, at_ms);
}

/* --- life --- */

void replay_load(struct replay *replay, struct slice json)
{
    struct arena old = replay->record_arena;
    arena_init(&replay->record_arena, 256);
    replay->record = (struct replay_record){.archive_id = 0};
    stored_parse(&replay->record_arena, json, replay_members, COUNT_OF(replay_members),
                 &replay->record);
    arena_finish(&old);
}

void replay_apply(struct replay *replay, const struct replay_record *record)
{
    AUTO_ARENA arena = ARENA_INIT;
    replay_load(replay, replay_print(&arena, record));
}

struct replay *replay_create(struct events *events, struct slice name)
{
    const struct scheduler_options *options = &events->scheduler->options;
    struct replay *replay = mem_zalloc(sizeof *replay);
    arena_init(&replay->arena, 256);
    arena_init(&replay->record_arena, 256);
    replay->events = events;
    replay->next.on_due = on_next;
    replay->name = arena_copy(&replay->arena, name);
    replay->arn = arn_make(&replay->arena, "events", slice_from(options->region),
                           slice_from(options->account_id),
                           arena_printf(&replay->arena, "replay/%.*s", SLICE_ARG(name)));
    name_index_add(&events->replays, &replay->name);
    return replay;
}

void replay_destroy(struct replay *replay)
{
    if (replay == NULL) {
        return;
    }
    if (!replay->is_gone) {
        name_index_remove(&replay->events->replays, &replay->name);
        alarm_clear(replay->events->scheduler->context->alarms, &replay->next);
        replay->is_gone = true;
    }
    if (replay->is_stepping) {
        return; /* done() comes back here */
    }
    arena_finish(&replay->record_arena);
    arena_finish(&replay->arena);
    mem_free(replay);
}
