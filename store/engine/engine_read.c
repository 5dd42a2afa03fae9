#include "store/engine/engine_private.h"

#include "core/mem.h"

#include <assert.h>

/* --- read transactions: reset ones are renewed, which costs a fraction of a begin --- */

static struct txn *take(struct engine *engine)
{
    struct txn *txn = engine->free_txns;
    if (txn != NULL) {
        engine->free_txns = txn->next;
    } else {
        txn = mem_zalloc(sizeof *txn);
        txn->engine = engine;
    }
    txn->error = engine->env == NULL ? MDB_PANIC : 0;
    txn->next = NULL;
    return txn;
}

static int begin(struct txn *txn)
{
    return txn->lmdb != NULL ? mdb_txn_renew(txn->lmdb)
                             : mdb_txn_begin(txn->engine->env, NULL, MDB_RDONLY, &txn->lmdb);
}

/* The newest state. A txn that could not be begun says so by txn_failed(). */
static struct txn *take_newest(struct engine *engine)
{
    struct txn *txn = take(engine);
    if (txn->error != 0) {
        return txn;
    }
    int rc = begin(txn);
    if (rc == MDB_MAP_RESIZED && engine->options.is_read_only && engine->reads == 0 &&
        engine->long_reads == 0 && mdb_env_set_mapsize(engine->env, 0) == 0) {
        rc = begin(txn); /* the writing process has grown the file beyond our map */
    }
    txn->is_active = rc == 0;
    txn->error = rc;
    return txn;
}

static void give_back(struct txn *txn)
{
    if (txn->is_active) {
        mdb_txn_reset(txn->lmdb);
        txn->is_active = false;
    }
    txn->next = txn->engine->free_txns;
    txn->engine->free_txns = txn;
}

void reads_drop_idle(struct engine *engine)
{
    while (engine->free_txns != NULL) {
        struct txn *txn = engine->free_txns;
        engine->free_txns = txn->next;
        if (txn->lmdb != NULL) {
            mdb_txn_abort(txn->lmdb);
        }
        mem_free(txn);
    }
}

/* --- the past --- */

static void snapshot_drop(struct snapshot *snapshot)
{
    for (size_t i = 0; i < COUNT_OF(snapshot->txns); i++) {
        struct txn *txn = snapshot->txns[i];
        txn->is_kept = false;
        if (txn->users == 0) {
            give_back(txn);
        }
    }
}

void reads_forget_past(struct engine *engine)
{
    for (size_t i = 0; i < engine->snapshot_count; i++) {
        snapshot_drop(&engine->snapshots[i]);
    }
    engine->snapshot_count = 0;
}

static void forget_at(struct engine *engine, size_t index)
{
    snapshot_drop(&engine->snapshots[index]);
    engine->snapshot_count--;
    memmove(&engine->snapshots[index], &engine->snapshots[index + 1],
            (engine->snapshot_count - index) * sizeof engine->snapshots[0]);
}

/* False when a commit came between two of its transactions: its own notice makes the next. */
static bool snapshot_take(struct engine *engine, struct snapshot *snapshot)
{
    bool is_whole = true;
    for (size_t i = 0; i < COUNT_OF(snapshot->txns); i++) {
        snapshot->txns[i] = take_newest(engine);
        snapshot->txns[i]->is_kept = true;
        is_whole = is_whole && snapshot->txns[i]->is_active &&
                   mdb_txn_id(snapshot->txns[i]->lmdb) == mdb_txn_id(snapshot->txns[0]->lmdb);
    }
    if (!is_whole) {
        snapshot_drop(snapshot);
    }
    return is_whole;
}

/* Keeps what a reader of an age up to lag_max_ms may ask for, and one that is older. Of states close together the
 * last one stays, so the newest state is always kept and no reader ever goes back in time. */
void reads_committed(struct engine *engine)
{
    uint64_t lag_ns = engine->options.lag_max_ms * UINT64_C(1000000);
    struct snapshot snapshot = {.time_ns = clock_monotonic_ns(engine->context->clock)};
    if (lag_ns == 0 || engine->care_due != CARE_NONE || !snapshot_take(engine, &snapshot)) {
        return;
    }
    const struct snapshot *kept = engine->snapshots;
    size_t count = engine->snapshot_count;
    if (count >= 2 && snapshot.time_ns - kept[count - 2].time_ns < lag_ns / (SNAPSHOTS_MAX / 3)) {
        forget_at(engine, count - 1);
    }
    while (engine->snapshot_count >= 2 && snapshot.time_ns - kept[1].time_ns >= lag_ns) {
        forget_at(engine, 0);
    }
    if (engine->snapshot_count == SNAPSHOTS_MAX) {
        forget_at(engine, 0);
    }
    engine->snapshots[engine->snapshot_count++] = snapshot;
}

/* NULL when nothing is kept. */
static struct snapshot *find_past(struct engine *engine, uint32_t age_ms)
{
    uint64_t now_ns = clock_monotonic_ns(engine->context->clock);
    size_t index = engine->snapshot_count;
    if (index == 0) {
        return NULL;
    }
    do {
        index--;
    } while (index > 0 && now_ns - engine->snapshots[index].time_ns < age_ms * UINT64_C(1000000));
    return &engine->snapshots[index];
}

/* --- on the loop --- */

struct txn *engine_read_begin(struct engine *engine, uint32_t age_ms)
{
    struct snapshot *snapshot = age_ms > 0 ? find_past(engine, age_ms) : NULL;
    struct txn *txn = snapshot != NULL ? snapshot->txns[0] : take_newest(engine);
    txn->users++;
    engine->reads++;
    return txn;
}

static void release(struct txn *txn)
{
    assert(txn->users > 0);
    txn->users--;
    if (txn->users == 0 && !txn->is_kept) {
        give_back(txn);
    }
}

void engine_read_end(struct engine *engine, struct txn *txn)
{
    assert(engine->reads > 0);
    engine->reads--;
    release(txn);
    if (engine->care_due != CARE_NONE) {
        engine_take_care(engine);
    }
}

/* --- on the pool --- */

static struct txn *take_for_pool(struct engine *engine, uint32_t age_ms)
{
    struct snapshot *snapshot = age_ms > 0 ? find_past(engine, age_ms) : NULL;
    struct txn *txn = NULL;
    for (size_t i = 1; snapshot != NULL && i < COUNT_OF(snapshot->txns); i++) {
        if (snapshot->txns[i]->users == 0) {
            txn = snapshot->txns[i];
            break;
        }
    }
    txn = txn != NULL ? txn : take_newest(engine);
    txn->users++;
    return txn;
}

static void on_pool(uv_work_t *work)
{
    struct long_read_task *task = CONTAINER_OF(work, struct long_read_task, work);
    task->read->read(task->read, task->txn);
}

static void on_long_read_done(uv_work_t *work, int status)
{
    struct long_read_task *task = CONTAINER_OF(work, struct long_read_task, work);
    struct engine *engine = task->engine;
    struct long_read *read = task->read;
    assert(status == 0); /* nobody cancels */
    release(task->txn);
    mem_free(task);
    read->engine_private = NULL;
    read->done(read);
    engine->long_reads--; /* now, so that the engine cannot end inside done() */
    engine_take_care(engine);
    reads_start_long(engine);
    engine_maybe_stop(engine);
}

void reads_start_long(struct engine *engine)
{
    while (engine->waiting != NULL && engine->long_reads < LONG_READS_MAX &&
           engine->care_due == CARE_NONE) {
        struct long_read_task *task = engine->waiting;
        engine->waiting = task->next;
        engine->long_reads++;
        task->txn = take_for_pool(engine, task->read->age_ms);
        int rc = uv_queue_work(engine->context->loop, &task->work, on_pool, on_long_read_done);
        assert(rc == 0); /* fails without a callback only */
        (void)rc;
    }
}

void engine_read_long(struct engine *engine, struct long_read *read)
{
    assert(read->engine_private == NULL);
    struct long_read_task *task = mem_zalloc(sizeof *task);
    *task = (struct long_read_task){.engine = engine, .read = read};
    read->engine_private = task;
    if (engine->waiting == NULL) {
        engine->waiting = task;
    } else {
        engine->waiting_last->next = task;
    }
    engine->waiting_last = task;
    reads_start_long(engine);
}
