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

/* --- what is in memory --- */

struct state_keeper {
    state_load_fn *load; /* NULL: nobody keeps this kind */
    void *part;
};

void state_keep(struct scheduler *scheduler, enum state_kind kind, state_load_fn *load, void *part)
{
    if (scheduler->keepers == NULL) {
        scheduler->keepers =
            arena_array(&scheduler->arena, STATE_KIND_END, sizeof *scheduler->keepers);
    }
    scheduler->keepers[kind] = (struct state_keeper){load, part};
}

void state_restore(struct scheduler *scheduler, enum state_kind kind, struct slice key)
{
    const struct state_keeper *keeper = &scheduler->keepers[kind];
    if (keeper->load == NULL || scheduler->is_closing) {
        return;
    }
    AUTO_ARENA arena = ARENA_INIT;
    struct txn *txn = engine_read_begin(scheduler->engine, 0);
    struct slice json;
    json = state_get(txn, kind, key, &json) ? arena_copy(&arena, json) : SLICE_NULL;
    bool is_known = !txn_failed(txn);
    engine_read_end(scheduler->engine, txn);
    if (is_known) {
        keeper->load(keeper->part, key, json);
    }
}

/* --- jobs --- */

struct state_job {
    struct write_job job;
    struct scheduler *scheduler;
    enum state_kind kind; /* 0: nothing to write */
    struct slice key;
    struct slice json;
    struct arena arena;
    state_also_fn *also;
    state_written_fn *on_written;
    void *ctx;
};

static void run(struct write_job *job, struct txn *txn)
{
    struct state_job *state = CONTAINER_OF(job, struct state_job, job);
    if (state->kind == 0) {
        return;
    }
    if (state->json.ptr == NULL) {
        state_delete(txn, state->kind, state->key);
    } else {
        state_put(txn, state->kind, state->key, state->json);
    }
    if (state->also != NULL) {
        state->also(txn, state->key);
    }
}

static void refused(struct write_job *job)
{
    struct state_job *state = CONTAINER_OF(job, struct state_job, job);
    state_restore(state->scheduler, state->kind, state->key);
}

static void done(struct write_job *job, enum status status)
{
    struct state_job *state = CONTAINER_OF(job, struct state_job, job);
    struct scheduler *scheduler = state->scheduler;
    if (state->on_written != NULL) {
        state->on_written(state->ctx, status);
    }
    arena_finish(&state->arena);
    mem_free(state);
    scheduler_part_closed(scheduler);
}

static void submit(struct scheduler *scheduler, struct state_job job)
{
    struct state_job *state = mem_alloc(sizeof *state);
    *state = job;
    arena_init(&state->arena, job.key.len + job.json.len + 64);
    state->job = (struct write_job){.run = run, .refused = refused, .done = done};
    state->scheduler = scheduler;
    state->key = arena_copy(&state->arena, job.key);
    state->json = job.json.ptr != NULL ? arena_copy(&state->arena, job.json) : SLICE_NULL;
    scheduler_part_opened(scheduler);
    engine_submit(scheduler->engine, &state->job);
}

void state_write(struct scheduler *scheduler, enum state_kind kind, struct slice key,
                 struct slice json, state_written_fn *on_written, void *ctx)
{
    submit(scheduler,
           (struct state_job){
               .kind = kind, .key = key, .json = json, .on_written = on_written, .ctx = ctx});
}

void state_erase(struct scheduler *scheduler, enum state_kind kind, struct slice key,
                 state_also_fn *also, state_written_fn *on_written, void *ctx)
{
    submit(scheduler,
           (struct state_job){
               .kind = kind, .key = key, .also = also, .on_written = on_written, .ctx = ctx});
}

void state_wait(struct scheduler *scheduler, state_written_fn *on_written, void *ctx)
{
    submit(scheduler, (struct state_job){.on_written = on_written, .ctx = ctx});
}
