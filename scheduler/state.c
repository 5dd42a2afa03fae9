#include "scheduler/state.h"

#include "core/mem.h"

#include <assert.h>

struct state_key {
    char bytes[ENGINE_KEY_MAX];
    size_t len;
};

static struct slice key_of(struct state_key *key, enum state_kind kind, struct slice name)
{
    assert(name.len <= STATE_KEY_MAX);
    key->bytes[0] = (char)kind;
    if (name.len > 0) {
        memcpy(key->bytes + 1, name.ptr, name.len);
    }
    key->len = 1 + name.len;
    return slice_of(key->bytes, key->len);
}

void state_put(struct txn *txn, enum state_kind kind, struct slice key, struct slice json)
{
    struct state_key whole;
    txn_put(txn, DB_STATE, key_of(&whole, kind, key), json);
}

void state_delete(struct txn *txn, enum state_kind kind, struct slice key)
{
    struct state_key whole;
    (void)txn_delete(txn, DB_STATE, key_of(&whole, kind, key));
}

void state_delete_under(struct txn *txn, enum state_kind kind, struct slice prefix)
{
    struct state_key whole;
    struct slice from = key_of(&whole, kind, prefix);
    for (bool has = true; has && !txn_failed(txn);) {
        struct state_key found;
        AUTO_CURSOR cursor;
        cursor_open(&cursor, txn, DB_STATE);
        has = cursor_seek(&cursor, from) && slice_starts_with(cursor.key, from);
        if (has) {
            struct slice key = key_of(&found, kind, slice_skip(cursor.key, 1));
            (void)txn_delete(txn, DB_STATE, key);
        }
    }
}

bool state_get(struct txn *txn, enum state_kind kind, struct slice key, struct slice *ret_json)
{
    struct state_key whole;
    return txn_get(txn, DB_STATE, key_of(&whole, kind, key), ret_json);
}

uint64_t state_next_number(struct txn *txn, const char *counter)
{
    struct state_key whole;
    struct slice key = key_of(&whole, STATE_COUNTERS, slice_from(counter));
    struct slice value;
    uint64_t number = 0;
    if (txn_get(txn, DB_STATE, key, &value) && value.len == 8) {
        for (size_t i = 0; i < 8; i++) {
            number = number << 8 | (uint8_t)value.ptr[i];
        }
    }
    number++;
    char bytes[8];
    for (size_t i = 0; i < 8; i++) {
        bytes[i] = (char)(number >> (56 - 8 * i));
    }
    txn_put(txn, DB_STATE, key, slice_of(bytes, sizeof bytes));
    return number;
}

void state_each_under(struct scheduler *scheduler, enum state_kind kind, struct slice prefix,
                      void (*each)(void *ctx, struct slice key, struct slice json), void *ctx)
{
    struct txn *txn = engine_read_begin(scheduler->engine, 0);
    {
        AUTO_CURSOR cursor;
        struct state_key whole;
        struct slice from = key_of(&whole, kind, prefix);
        cursor_open(&cursor, txn, DB_STATE);
        for (bool has = cursor_seek(&cursor, from); has && slice_starts_with(cursor.key, from);
             has = cursor_next(&cursor)) {
            each(ctx, slice_skip(cursor.key, 1), cursor.value);
        }
    }
    engine_read_end(scheduler->engine, txn);
}

void state_each(struct scheduler *scheduler, enum state_kind kind,
                void (*each)(void *ctx, struct slice key, struct slice json), void *ctx)
{
    state_each_under(scheduler, kind, SLICE(""), each, ctx);
}

struct state_job {
    struct write_job job;
    enum state_kind kind;
    struct slice key;
    struct slice json;
    struct arena arena;
    state_written_fn *on_written;
    void *ctx;
};

static void run(struct write_job *job, struct txn *txn)
{
    struct state_job *state = CONTAINER_OF(job, struct state_job, job);
    if (state->json.ptr == NULL) {
        state_delete(txn, state->kind, state->key);
    } else {
        state_put(txn, state->kind, state->key, state->json);
    }
}

static void done(struct write_job *job, enum status status)
{
    struct state_job *state = CONTAINER_OF(job, struct state_job, job);
    if (state->on_written != NULL) {
        state->on_written(state->ctx, status);
    }
    arena_finish(&state->arena);
    mem_free(state);
}

void state_write(struct scheduler *scheduler, enum state_kind kind, struct slice key,
                 struct slice json, state_written_fn *on_written, void *ctx)
{
    struct state_job *state = mem_zalloc(sizeof *state);
    arena_init(&state->arena, key.len + json.len + 64);
    state->job.run = run;
    state->job.done = done;
    state->kind = kind;
    state->key = arena_copy(&state->arena, key);
    state->json = json.ptr != NULL ? arena_copy(&state->arena, json) : SLICE_NULL;
    state->on_written = on_written;
    state->ctx = ctx;
    engine_submit(scheduler->engine, &state->job);
}

/* --- behind --- */

struct behind_job {
    struct scheduler *scheduler;
    struct arena arena;
    struct state_change change;
    size_t restores; /* of the scheduler, when it was submitted */
    state_written_fn *on_written;
    void *ctx;
};

static void restore(const struct behind_job *behind)
{
    const struct state_change *change = &behind->change;
    struct engine *engine = behind->scheduler->engine;
    AUTO_ARENA arena = ARENA_INIT;
    struct txn *txn = engine_read_begin(engine, 0);
    struct slice json;
    json = state_get(txn, change->kind, change->key, &json) ? arena_copy(&arena, json) : SLICE_NULL;
    engine_read_end(engine, txn);
    change->restore(change->part, change->key, json);
    behind->scheduler->restores++;
}

static void on_written_behind(void *ctx, enum status status)
{
    struct behind_job *behind = ctx;
    struct scheduler *scheduler = behind->scheduler;
    if (status != STATUS_OK) {
        restore(behind);
    } else if (behind->restores != scheduler->restores) { /* maybe of this one, to before it */
        behind->change.restore(behind->change.part, behind->change.key, behind->change.json);
    }
    if (behind->on_written != NULL) {
        behind->on_written(behind->ctx, status);
    }
    arena_finish(&behind->arena);
    mem_free(behind);
    scheduler_part_closed(scheduler);
}

void state_write_behind(struct scheduler *scheduler, const struct state_change *change,
                        state_written_fn *on_written, void *ctx)
{
    struct behind_job *behind = mem_zalloc(sizeof *behind);
    scheduler_part_opened(scheduler);
    arena_init(&behind->arena, change->key.len + change->json.len + 64);
    behind->scheduler = scheduler;
    behind->change = *change;
    behind->change.key = arena_copy(&behind->arena, change->key);
    behind->change.json =
        change->json.ptr != NULL ? arena_copy(&behind->arena, change->json) : SLICE_NULL;
    behind->restores = scheduler->restores;
    behind->on_written = on_written;
    behind->ctx = ctx;
    state_write(scheduler, change->kind, behind->change.key, behind->change.json, on_written_behind,
                behind);
}
