#include "cli/api_records.h"

#include "core/mem.h"
#include "store/engine/engine.h"

/* Of DB_STATE's keys, whose first byte says what they are; scheduler/state.h has the others. */
#define KIND_API '\x7f'

static struct slice whole_key(char bytes[ENGINE_KEY_MAX], struct slice key)
{
    size_t len = key.len < ENGINE_KEY_MAX ? key.len : ENGINE_KEY_MAX - 1;
    bytes[0] = KIND_API;
    memcpy(bytes + 1, key.ptr, len);
    return slice_of(bytes, len + 1);
}

static void each(void *ctx, void (*take)(void *take_ctx, struct slice key, struct slice json),
                 void *take_ctx)
{
    struct engine *engine = store_engine(ctx);
    const char kind = KIND_API;
    struct slice from = slice_of(&kind, 1);
    struct txn *txn = engine_read_begin(engine, 0);
    {
        AUTO_CURSOR cursor;
        cursor_open(&cursor, txn, DB_STATE);
        for (bool has = cursor_seek(&cursor, from); has && slice_starts_with(cursor.key, from);
             has = cursor_next(&cursor)) {
            take(take_ctx, slice_skip(cursor.key, 1), cursor.value);
        }
    }
    engine_read_end(engine, txn);
}

struct records_job {
    struct write_job job;
    struct arena arena;
    struct control_record *records;
    size_t count;
    void (*on_written)(void *ctx, enum status status);
    void *ctx;
};

static void run(struct write_job *job, struct txn *txn)
{
    const struct records_job *records = CONTAINER_OF(job, struct records_job, job);
    char bytes[ENGINE_KEY_MAX];
    for (size_t i = 0; i < records->count; i++) {
        struct slice key = whole_key(bytes, records->records[i].key);
        if (records->records[i].json.ptr != NULL) {
            txn_put(txn, DB_STATE, key, records->records[i].json);
        } else {
            (void)txn_delete(txn, DB_STATE, key);
        }
    }
}

static void done(struct write_job *job, enum status status)
{
    struct records_job *records = CONTAINER_OF(job, struct records_job, job);
    records->on_written(records->ctx, status);
    arena_finish(&records->arena);
    mem_free(records);
}

static void write_records(void *ctx, const struct control_record *records, size_t count,
                          void (*on_written)(void *written_ctx, enum status status),
                          void *written_ctx)
{
    struct records_job *job = mem_zalloc(sizeof *job);
    arena_init(&job->arena, 4096);
    job->job.run = run;
    job->job.done = done;
    job->records = arena_array(&job->arena, count, sizeof *job->records);
    job->count = count;
    job->on_written = on_written;
    job->ctx = written_ctx;
    for (size_t i = 0; i < count; i++) {
        job->records[i].key = arena_copy(&job->arena, records[i].key);
        job->records[i].json =
            records[i].json.ptr != NULL ? arena_copy(&job->arena, records[i].json) : SLICE_NULL;
    }
    engine_submit(store_engine(ctx), &job->job);
}

struct control_records api_records(struct store *store)
{
    return (struct control_records){each, write_records, store};
}
