#include "scheduler/mapping/checkpoint.h"

#include "core/json_scan.h"
#include "core/mem.h"
#include "scheduler/mapping/limits.h"
#include "scheduler/state.h"

struct slice checkpoint_key(struct arena *arena, const struct checkpoint_place *place)
{
    return arena_printf(arena, "%.*s/%.*s/%u", SLICE_ARG(place->mapping_uuid),
                        SLICE_ARG(place->shard_key), place->reader);
}

struct slice checkpoint_json(struct arena *arena, const struct checkpoint *checkpoint)
{
    AUTO_BUF json = BUF_INIT(CHECKPOINT_JSON_MAX);
    struct json_writer w = json_writer_init(&json);
    json_open(&w, '{');
    json_put_string(&w, "After", checkpoint->after);
    json_put_i64(&w, "Readers", checkpoint->readers);
    json_put_bool(&w, "Ended", checkpoint->is_ended);
    if (checkpoint->has_window) {
        json_key_text(&w, "Window");
        json_open(&w, '{');
        json_put_i64(&w, "Start", checkpoint->window_start_ms);
        json_put_i64(&w, "End", checkpoint->window_end_ms);
        json_put_bool(&w, "Terminated", checkpoint->is_terminated);
        if (checkpoint->window_state.len > 0) {
            json_put_raw(&w, "State", checkpoint->window_state);
        }
        json_close(&w, '}');
    }
    json_close(&w, '}');
    return arena_copy(arena, buf_slice(&json));
}

static bool read_i64(struct slice object, const char *key, int64_t *ret_value)
{
    return json_raw_i64(json_raw_member(object, key), ret_value);
}

bool checkpoint_read(struct arena *arena, struct slice json, struct checkpoint *ret_checkpoint)
{
    struct checkpoint checkpoint = {.is_ended = json_bool_member(json, "Ended")};
    struct slice after = json_text_member(arena, json, "After");
    struct slice window = json_raw_member(json, "Window");
    int64_t readers = json_i64_member(json, "Readers", 0);
    if (after.ptr == NULL || after.len > SEQUENCE_TEXT_MAX || readers < 1 ||
        readers > READERS_MAX) {
        return false;
    }
    checkpoint.after = arena_copy(arena, after);
    checkpoint.readers = (uint32_t)readers;
    if (window.ptr != NULL) {
        checkpoint.has_window = read_i64(window, "Start", &checkpoint.window_start_ms) &&
                                read_i64(window, "End", &checkpoint.window_end_ms);
        checkpoint.is_terminated = json_bool_member(window, "Terminated");
        checkpoint.window_state = arena_copy(arena, json_raw_member(window, "State"));
    }
    *ret_checkpoint = checkpoint;
    return true;
}

void checkpoint_set_window(struct checkpoint *checkpoint, const struct window *window)
{
    checkpoint->has_window = window->is_open;
    checkpoint->window_start_ms = window->start_ms;
    checkpoint->window_end_ms = window->end_ms;
    checkpoint->window_state = buf_slice(&window->state);
    checkpoint->is_terminated = window->is_terminated;
}

struct walk {
    checkpoint_fn *each;
    void *ctx;
    size_t uuid_len;
};

static void on_state(void *ctx, struct slice key, struct slice json)
{
    const struct walk *walk = ctx;
    AUTO_ARENA arena = ARENA_INIT;
    struct checkpoint checkpoint;
    uint64_t reader;
    struct slice rest = slice_skip(key, walk->uuid_len + 1);
    size_t slash = slice_rfind(rest, '/');
    if (slash != SLICE_NPOS && slice_to_u64(slice_skip(rest, slash + 1), &reader) &&
        reader < READERS_MAX && checkpoint_read(&arena, json, &checkpoint)) {
        walk->each(walk->ctx, slice_take(rest, slash), (uint32_t)reader, &checkpoint);
    }
}

void checkpoint_each(struct scheduler *scheduler, struct slice mapping_uuid, checkpoint_fn *each,
                     void *ctx)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct walk walk = {each, ctx, mapping_uuid.len};
    struct slice prefix = arena_printf(&arena, "%.*s/", SLICE_ARG(mapping_uuid));
    state_each_under(scheduler, STATE_CHECKPOINT, prefix, on_state, &walk);
}

struct checkpoint_job {
    struct write_job job;
    struct scheduler *scheduler;
    struct arena arena;
    struct slice key, json;
    struct prepared_delivery *failure;
    void (*on_written)(void *ctx, enum status status);
    void *ctx;
};

static void run(struct write_job *job, struct txn *txn)
{
    struct checkpoint_job *self = CONTAINER_OF(job, struct checkpoint_job, job);
    state_put(txn, STATE_CHECKPOINT, self->key, self->json);
    delivery_put(txn, self->failure);
}

static void done(struct write_job *job, enum status status)
{
    struct checkpoint_job *self = CONTAINER_OF(job, struct checkpoint_job, job);
    if (status == STATUS_OK && self->failure != NULL) {
        delivery_committed(self->scheduler, self->failure);
    }
    if (self->on_written != NULL) {
        self->on_written(self->ctx, status);
    }
    arena_finish(&self->arena);
    mem_free(self);
}

void checkpoint_write(struct scheduler *scheduler, const struct checkpoint_place *place,
                      const struct checkpoint *checkpoint, const struct delivery *failure,
                      void (*on_written)(void *ctx, enum status status), void *ctx)
{
    struct checkpoint_job *self = mem_zalloc(sizeof *self);
    arena_init(&self->arena, 512);
    self->job = (struct write_job){.run = run, .done = done};
    self->scheduler = scheduler;
    self->key = checkpoint_key(&self->arena, place);
    self->json = checkpoint_json(&self->arena, checkpoint);
    if (failure != NULL) {
        delivery_prepare(scheduler, &self->arena, failure, &self->failure);
    }
    self->on_written = on_written;
    self->ctx = ctx;
    engine_submit(scheduler->engine, &self->job);
}

/* --- all readers of a shard --- */

struct replacement {
    struct write_job job;
    struct arena arena;
    struct slice under; /* the keys of the shard begin with it */
    struct slice *keys, *jsons;
    uint32_t count;
};

static void run_replacement(struct write_job *job, struct txn *txn)
{
    const struct replacement *self = CONTAINER_OF(job, struct replacement, job);
    state_delete_under(txn, STATE_CHECKPOINT, self->under);
    for (uint32_t i = 0; i < self->count; i++) {
        state_put(txn, STATE_CHECKPOINT, self->keys[i], self->jsons[i]);
    }
}

static void on_replaced(struct write_job *job, enum status status)
{
    struct replacement *self = CONTAINER_OF(job, struct replacement, job);
    (void)status; /* those that are on disk are as good, only older */
    arena_finish(&self->arena);
    mem_free(self);
}

void checkpoint_replace(struct scheduler *scheduler, const struct checkpoint_place *place,
                        const struct checkpoint *checkpoints, uint32_t count)
{
    struct replacement *self = mem_zalloc(sizeof *self);
    struct checkpoint_place each = *place;
    arena_init(&self->arena, 1024);
    self->job = (struct write_job){.run = run_replacement, .done = on_replaced};
    self->under = arena_printf(&self->arena, "%.*s/%.*s/", SLICE_ARG(place->mapping_uuid),
                               SLICE_ARG(place->shard_key));
    self->count = count;
    self->keys = arena_array(&self->arena, count, sizeof *self->keys);
    self->jsons = arena_array(&self->arena, count, sizeof *self->jsons);
    for (each.reader = 0; each.reader < count; each.reader++) {
        self->keys[each.reader] = checkpoint_key(&self->arena, &each);
        self->jsons[each.reader] = checkpoint_json(&self->arena, &checkpoints[each.reader]);
    }
    engine_submit(scheduler->engine, &self->job);
}
