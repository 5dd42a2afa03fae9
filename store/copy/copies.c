#include "store/copy/copy.h"

#include "core/mem.h"

#include <assert.h>

#define CARE_MS (60 * 1000) /* between two looks at what is out of date */

struct copies {
    struct store *store;
    struct copy *first; /* all that are under way */
    uv_timer_t care;
    bool has_resumed;
};

/* --- one copy --- */

struct copy *copy_create(struct store *store, const struct copy_kind *kind)
{
    struct copy *copy = mem_zalloc(sizeof(*copy));
    arena_init(&copy->arena, 1024);
    copy->store = store;
    copy->kind = kind;
    copy->data_dir = arena_cstr(&copy->arena, slice_from(store_options(store)->data_dir));
    copy->copies = store_copies(store);
    if (copy->copies != NULL) {
        copy->next = copy->copies->first;
        copy->copies->first = copy;
    }
    atomic_init(&copy->is_stopped, copy->copies == NULL); /* the store is about to close */
    return copy;
}

static void leave(struct copy *copy)
{
    if (copy->copies == NULL) {
        return; /* they went first */
    }
    struct copy **at = &copy->copies->first;
    while (*at != copy) {
        at = &(*at)->next;
    }
    *at = copy->next;
}

void copy_free(struct copy *copy)
{
    leave(copy);
    spool_close(&copy->spool);
    table_unref(copy->tables[0]);
    table_unref(copy->tables[1]);
    arena_finish(&copy->arena);
    mem_free(copy);
}

bool copy_must_end(struct copy *copy)
{
    return atomic_load(&copy->is_stopped) || copy->spool.has_failed;
}

/* --- writing, batch after batch --- */

static void run_batch(struct write_job *job, struct txn *txn)
{
    struct copy *copy = CONTAINER_OF(job, struct copy, job);
    AUTO_ARENA arena = ARENA_INIT;
    struct spool_record record;
    size_t bytes = 0;
    size_t count = 0;
    copy->is_last = copy->kind->put == NULL;
    if (!copy->is_last) {
        spool_seek(&copy->spool, copy->position);
    }
    while (!copy->is_last && count < BACKGROUND_BATCH && bytes < COPY_BATCH_BYTES) {
        copy->is_last = !spool_next(&copy->spool, &record);
        if (!copy->is_last) {
            copy->kind->put(copy, txn, &arena, &record);
            bytes += record.item.len;
            count++;
            arena_reset(&arena);
        }
    }
    if (copy->kind->put != NULL) {
        copy->next_position = spool_position(&copy->spool);
    }
    if (copy->is_last && !copy->spool.has_failed && copy->kind->complete != NULL) {
        copy->kind->complete(copy, txn);
    }
}

static void end(struct copy *copy, bool is_ok)
{
    copy->kind->done(copy, atomic_load(&copy->is_stopped) ? COPY_STOPPED
                           : is_ok                        ? COPY_COMPLETE
                                                          : COPY_FAILED);
}

static void on_batch_done(struct write_job *job, enum status status)
{
    struct copy *copy = CONTAINER_OF(job, struct copy, job);
    bool is_ok = status == STATUS_OK && !copy->spool.has_failed;
    if (!is_ok || copy->is_last || atomic_load(&copy->is_stopped)) {
        end(copy, is_ok);
        return;
    }
    copy->position = copy->next_position;
    engine_submit(store_engine(copy->store), &copy->job);
}

/* --- reading --- */

static void run_read(struct copy *copy, struct txn *txn)
{
    if (copy->kind->put != NULL) {
        spool_open(&copy->spool, copy->data_dir);
    }
    copy->has_read = !copy_must_end(copy) && copy->kind->read(copy, txn) && !copy_must_end(copy) &&
                     (txn == NULL || !txn_failed(txn));
}

static void on_read(struct copy *copy)
{
    bool is_stopped = atomic_load(&copy->is_stopped);
    if (copy->kind->on_read != NULL) {
        copy->kind->on_read(copy, copy->has_read && !is_stopped);
    }
    if (!copy->has_read || is_stopped) {
        end(copy, false);
        return;
    }
    copy->job = (struct write_job){.run = run_batch, .done = on_batch_done};
    engine_submit(store_engine(copy->store), &copy->job);
}

static void read_snapshot(struct long_read *self, struct txn *txn)
{
    run_read(CONTAINER_OF(self, struct copy, long_read), txn);
}

static void on_snapshot_read(struct long_read *self)
{
    on_read(CONTAINER_OF(self, struct copy, long_read));
}

static void read_files(uv_work_t *work)
{
    run_read(CONTAINER_OF(work, struct copy, work), NULL);
}

static void on_files_read(uv_work_t *work, int status)
{
    assert(status == 0); /* nobody cancels */
    on_read(CONTAINER_OF(work, struct copy, work));
}

void copy_start(struct copy *copy)
{
    if (atomic_load(&copy->is_stopped)) {
        end(copy, false);
        return;
    }
    if (copy->kind->reads_files) {
        int rc =
            uv_queue_work(store_context(copy->store)->loop, &copy->work, read_files, on_files_read);
        assert(rc == 0);
        (void)rc;
        return;
    }
    copy->long_read = (struct long_read){.read = read_snapshot, .done = on_snapshot_read};
    engine_read_long(store_engine(copy->store), &copy->long_read);
}

/* --- all of them --- */

static void resume(struct copies *copies)
{
    copies->has_resumed = true;
    backups_resume(copies->store);
    restores_resume(copies->store);
    exports_resume(copies->store);
    imports_resume(copies->store);
}

/* The first time at once: what the store was doing when it ended last. */
static void on_care(uv_timer_t *timer)
{
    struct copies *copies = timer->data;
    if (!copies->has_resumed) {
        resume(copies);
    }
    backups_expire(copies->store);
}

static void on_care_closed(uv_handle_t *handle)
{
    mem_free(handle->data);
}

struct copies *copies_create(struct store *store)
{
    struct copies *copies = mem_zalloc(sizeof(*copies));
    copies->store = store;
    int rc = uv_timer_init(store_context(store)->loop, &copies->care);
    assert(rc == 0);
    (void)rc;
    copies->care.data = copies;
    (void)uv_timer_start(&copies->care, on_care, 0, CARE_MS);
    uv_unref((uv_handle_t *)&copies->care);
    return copies;
}

void copies_destroy(struct copies *copies)
{
    if (copies == NULL) {
        return;
    }
    for (struct copy *copy = copies->first; copy != NULL; copy = copy->next) {
        atomic_store(&copy->is_stopped, true);
        copy->copies = NULL;
    }
    uv_close((uv_handle_t *)&copies->care, on_care_closed);
}
