#include "store/engine/engine_private.h"

#include "core/file.h"
#include "core/mem.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A batch ends after so many bytes put, so that a commit takes bounded memory and time. */
#define BATCH_BYTES ((size_t)32 << 20)
/* After so much written, slots of readers that were killed are looked for: what they saw would never be free again. */
#define READER_CHECK_BYTES ((size_t)16 << 20)
#define COMMIT_BYTES ((size_t)16 << 10) /* the pages that any commit writes anew */
#define LINGER_PART 4                   /* of the time of a commit */
#define LINGER_MAX_NS UINT64_C(2000000)

static void list_append(struct job_list *list, struct write_job *job)
{
    job->next = NULL;
    if (list->head == NULL) {
        list->head = job;
    } else {
        list->last->next = job;
    }
    list->last = job;
}

/* Moves all of `from` to the end of `to`. */
static void list_join(struct job_list *to, struct job_list *from)
{
    if (from->head == NULL) {
        return;
    }
    if (to->head == NULL) {
        to->head = from->head;
    } else {
        to->last->next = from->head;
    }
    to->last = from->last;
    *from = (struct job_list){NULL, NULL};
}

static struct write_job *list_pop(struct job_list *list)
{
    struct write_job *job = list->head;
    if (job != NULL) {
        list->head = job->next;
    }
    return job;
}

/* --- writer thread --- */

/* Clients that were answered together ask again together: when the first of them are here, the writer waits for the
 * others, for a part of what a commit costs. A single client never waits. */
static void linger(struct engine *engine)
{
    uint64_t left_ns = engine->commit_ns / LINGER_PART;
    left_ns = left_ns < LINGER_MAX_NS ? left_ns : LINGER_MAX_NS;
    uint64_t end_ns = uv_hrtime() + left_ns;
    while (engine->queue_count < engine->group_count && left_ns > 0 && !engine->stops) {
        engine->wanted = engine->group_count;
        (void)uv_cond_timedwait(&engine->work, &engine->mutex, left_ns);
        uint64_t now_ns = uv_hrtime();
        left_ns = now_ns < end_ns ? end_ns - now_ns : 0;
    }
}

/* Waits for jobs; false when there are none and none will come. */
static bool take_jobs(struct engine *engine, struct job_list *todo)
{
    uv_mutex_lock(&engine->mutex);
    while (todo->head == NULL && engine->queue.head == NULL && !engine->stops) {
        engine->wanted = 1;
        uv_cond_wait(&engine->work, &engine->mutex);
    }
    if (todo->head == NULL && !engine->options.is_volatile) {
        linger(engine);
    }
    engine->wanted = 0;
    engine->queue_count = 0;
    list_join(todo, &engine->queue);
    uv_mutex_unlock(&engine->mutex);
    return todo->head != NULL;
}

static void check_readers(struct engine *engine, size_t written)
{
    engine->unchecked_bytes += written;
    if (engine->unchecked_bytes >= READER_CHECK_BYTES) {
        engine->unchecked_bytes = 0;
        env_forget_dead_readers(engine);
    }
}

/* Runs and commits the first jobs, at most `limit`; `*ret_count` took part in it, whatever came of them. */
static int run_batch(struct engine *engine, struct write_job *first, size_t limit,
                     size_t *ret_count)
{
    struct txn txn;
    size_t count = 0;
    txn_begin_write(&txn, engine);
    for (struct write_job *job = first; txn.error == 0 && job != NULL; job = job->next) {
        if (count == limit || txn.put_bytes > BATCH_BYTES || (job->is_alone && count > 0)) {
            break;
        }
        job->run(job, &txn);
        count++;
        if (job->is_alone) {
            break;
        }
    }
    *ret_count = count > 0 ? count : 1; /* could not begin: the first job fails */
    check_readers(engine, txn.put_bytes + COMMIT_BYTES);
    return txn_end_write(&txn);
}

/* Asks the loop, and waits. */
static int ask_for_care(struct engine *engine, enum care care)
{
    uv_mutex_lock(&engine->mutex);
    engine->care = care;
    uv_async_send(&engine->wake);
    while (engine->care != CARE_NONE) {
        uv_cond_wait(&engine->work, &engine->mutex);
    }
    int rc = engine->care_error;
    uv_mutex_unlock(&engine->mutex);
    return rc;
}

/* Until it has heard of a failure, and refused what it had submitted without knowing. */
static void await_loop(struct engine *engine)
{
    uv_mutex_lock(&engine->mutex);
    while (engine->failure != 0) {
        uv_cond_wait(&engine->work, &engine->mutex);
    }
    uv_mutex_unlock(&engine->mutex);
}

/* What the batch and, when it has failed, all that was taken became. */
static void complete(struct engine *engine, struct job_list *todo, size_t count, int rc)
{
    struct job_list done = {NULL, NULL};
    for (size_t i = 0; (i < count || rc != 0) && todo->head != NULL; i++) {
        struct write_job *job = list_pop(todo);
        job->status = rc == 0 ? STATUS_OK : STATUS_UNAVAILABLE;
        if (rc == 0 && job->committed != NULL) {
            job->committed(job);
        }
        list_append(&done, job);
    }
    uv_mutex_lock(&engine->mutex);
    list_join(&engine->done, &done);
    engine->commits += rc == 0 ? 1 : 0;
    engine->jobs += rc == 0 ? count : 0;
    engine->has_committed = engine->has_committed || rc == 0;
    engine->failure = rc;
    uv_mutex_unlock(&engine->mutex);
    uv_async_send(&engine->wake);
    if (rc != 0) {
        await_loop(engine);
    }
}

static void commit_first(struct engine *engine, struct job_list *todo)
{
    size_t limit = SIZE_MAX;
    bool was_reopened = false;
    for (;;) {
        size_t count;
        uint64_t start_ns = uv_hrtime();
        int rc = run_batch(engine, todo->head, limit, &count);
        engine->commit_ns = uv_hrtime() - start_ns;
        engine->group_count = count;
        if (rc == MDB_TXN_FULL && count > 1) {
            limit = count / 2;
            continue;
        }
        if (rc == MDB_MAP_FULL || rc == MDB_MAP_RESIZED) {
            rc = ask_for_care(engine, CARE_GROW);
            if (rc == 0) {
                continue;
            }
        }
        if (rc == MDB_PANIC && !was_reopened) {
            was_reopened = true;
            rc = ask_for_care(engine, CARE_REOPEN);
            if (rc == 0) {
                continue;
            }
        }
        complete(engine, todo, count, rc);
        return;
    }
}

static void write_all(void *arg)
{
    struct engine *engine = arg;
    struct job_list todo = {NULL, NULL};
    while (take_jobs(engine, &todo)) {
        env_sync_new(engine);
        commit_first(engine, &todo);
    }
}

/* --- loop thread: submitting --- */

/* What came in during one turn of the loop goes to the writer at once: one signal, one group. */
static void hand_over(struct engine *engine)
{
    uv_prepare_stop(&engine->prepare);
    uv_check_stop(&engine->check);
    uv_mutex_lock(&engine->mutex);
    list_join(&engine->queue, &engine->fresh);
    engine->queue_count += engine->fresh_count;
    bool wakes = engine->wanted > 0 && engine->queue_count >= engine->wanted;
    uv_mutex_unlock(&engine->mutex);
    engine->fresh_count = 0;
    if (wakes) {
        uv_cond_signal(&engine->work);
    }
}

static void on_prepare(uv_prepare_t *handle)
{
    hand_over(CONTAINER_OF(handle, struct engine, prepare));
}

static void on_check(uv_check_t *handle)
{
    hand_over(CONTAINER_OF(handle, struct engine, check));
}

void engine_submit(struct engine *engine, struct write_job *job)
{
    assert(!engine->options.is_read_only && !engine->is_stopped);
    if (engine->fresh.head == NULL) {
        uv_prepare_start(&engine->prepare, on_prepare);
        uv_check_start(&engine->check, on_check);
    }
    list_append(&engine->fresh, job);
    engine->fresh_count++;
    if (engine->pending++ == 0 && !engine->holds_alarms) {
        engine->holds_alarms = true;
        alarms_hold(engine->context->alarms);
    }
}

size_t engine_pending(const struct engine *engine)
{
    return engine->pending;
}

/* --- loop thread: completing --- */

/* One line when writing begins to fail, one when it works again. */
static void tell_failures(struct engine *engine, int failure, bool has_committed)
{
    if (failure != 0 && !engine->is_failing) {
        engine->is_failing = true;
        engine->lost_jobs = 0;
        log_line(engine->context->log, LOG_ERROR,
                 "store cannot write, requests are refused until it can file=%s reason=\"%s\"",
                 engine->path, mdb_strerror(failure));
    } else if (failure == 0 && has_committed && engine->is_failing) {
        engine->is_failing = false;
        log_line(engine->context->log, LOG_WARN, "store writes again file=%s refused=%llu",
                 engine->path, (unsigned long long)engine->lost_jobs);
    }
}

void engine_take_care(struct engine *engine)
{
    if (engine->care_due == CARE_NONE || engine->reads > 0 || engine->long_reads > 0) {
        return;
    }
    reads_forget_past(engine);
    int rc;
    if (engine->care_due == CARE_GROW) {
        reads_drop_idle(engine);
        rc = env_grow(engine);
    } else {
        reads_drop_idle(engine);
        rc = env_reopen(engine);
    }
    engine->care_due = CARE_NONE;
    reads_committed(engine);
    uv_mutex_lock(&engine->mutex);
    engine->care = CARE_NONE;
    engine->care_error = rc;
    uv_mutex_unlock(&engine->mutex);
    uv_cond_signal(&engine->work);
    reads_start_long(engine);
}

static void complete_next(struct engine *engine, struct job_list *done)
{
    struct write_job *job = list_pop(done);
    engine->pending--;
    engine->lost_jobs += job->status != STATUS_OK;
    job->done(job, job->status);
}

/* The writer waits: nothing else is under way. */
static void complete_failed(struct engine *engine, struct job_list *failed)
{
    hand_over(engine);
    uv_mutex_lock(&engine->mutex);
    list_join(failed, &engine->queue);
    engine->queue_count = 0;
    engine->failure = 0;
    uv_mutex_unlock(&engine->mutex);
    uv_cond_signal(&engine->work);
    for (struct write_job *job = failed->head; job != NULL; job = job->next) {
        job->status = STATUS_UNAVAILABLE;
        if (job->refused != NULL) {
            job->refused(job);
        }
    }
    while (failed->head != NULL) {
        complete_next(engine, failed);
    }
}

static void on_wake(uv_async_t *handle)
{
    struct engine *engine = CONTAINER_OF(handle, struct engine, wake);
    struct job_list done = {NULL, NULL};
    uv_mutex_lock(&engine->mutex);
    list_join(&done, &engine->done);
    bool has_committed = engine->has_committed;
    int failure = engine->failure;
    engine->has_committed = false;
    engine->care_due = engine->care;
    uv_mutex_unlock(&engine->mutex);

    if (has_committed) {
        reads_committed(engine);
    }
    tell_failures(engine, failure, has_committed);
    while (done.head != NULL && done.head->status == STATUS_OK) {
        complete_next(engine, &done);
    }
    if (failure != 0) {
        complete_failed(engine, &done);
    }
    if (engine->pending == 0 && engine->holds_alarms) {
        engine->holds_alarms = false;
        alarms_release(engine->context->alarms);
    }
    engine_take_care(engine);
    engine_maybe_stop(engine);
}

/* --- opening and closing --- */

static void engine_free(struct engine *engine)
{
    reads_forget_past(engine);
    reads_drop_idle(engine);
    env_close(engine);
    uv_cond_destroy(&engine->work);
    uv_mutex_destroy(&engine->mutex);
    mem_free(engine->path);
    mem_free(engine->dir);
    mem_free(engine);
}

static void stop_writer(struct engine *engine)
{
    uv_mutex_lock(&engine->mutex);
    engine->stops = true;
    uv_mutex_unlock(&engine->mutex);
    uv_cond_signal(&engine->work);
    uv_thread_join(&engine->thread);
}

static enum status fail_open(struct engine *engine, enum status status)
{
    engine_free(engine);
    return status;
}

enum status engine_open(struct context *context, const struct engine_options *options,
                        struct engine **ret_engine, struct fault *reterr)
{
    struct engine *engine = mem_zalloc(sizeof *engine);
    engine->context = context;
    engine->options = *options;
    engine->lock_fd = -1;
    engine->dir = mem_strdup(options->dir);
    engine->options.dir = engine->dir;
    size_t path_size = strlen(options->dir) + sizeof "/store.mdb";
    engine->path = mem_alloc(path_size);
    snprintf(engine->path, path_size, "%s/store.mdb", options->dir);
    if (uv_mutex_init(&engine->mutex) != 0 || uv_cond_init(&engine->work) != 0) {
        abort(); /* out of memory; core/mem.h's policy */
    }
    enum status status = env_open(engine, reterr);
    if (status != STATUS_OK) {
        return fail_open(engine, status);
    }
    /* The thread before the handle: what libuv was given can only be closed later. */
    int rc = options->is_read_only ? 0 : uv_thread_create(&engine->thread, write_all, engine);
    if (rc == 0) {
        rc = uv_async_init(context->loop, &engine->wake, on_wake);
        if (rc != 0 && !options->is_read_only) {
            stop_writer(engine);
        }
    }
    if (rc != 0) {
        return fail_open(
            engine, fault_set(reterr, STATUS_UNAVAILABLE, "%s: %s", engine->path, uv_strerror(rc)));
    }
    uv_prepare_init(context->loop, &engine->prepare);
    uv_check_init(context->loop, &engine->check);
    reads_committed(engine);
    *ret_engine = engine;
    return STATUS_OK;
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct engine *engine = handle->data;
    if (--engine->open_handles > 0) {
        return;
    }
    void (*on_closed)(void *ctx) = engine->on_closed;
    void *ctx = engine->closed_ctx;
    engine_free(engine);
    if (on_closed != NULL) {
        on_closed(ctx);
    }
}

static void close_handle(struct engine *engine, uv_handle_t *handle)
{
    handle->data = engine;
    engine->open_handles++;
    uv_close(handle, on_handle_closed);
}

/* When all that was accepted is completed, also what done() added meanwhile. */
void engine_maybe_stop(struct engine *engine)
{
    if (!engine->is_closing || engine->is_stopped || engine->pending > 0 ||
        engine->long_reads > 0 || engine->waiting != NULL) {
        return;
    }
    engine->is_stopped = true;
    if (!engine->options.is_read_only) {
        stop_writer(engine);
    }
    close_handle(engine, (uv_handle_t *)&engine->wake);
    close_handle(engine, (uv_handle_t *)&engine->prepare);
    close_handle(engine, (uv_handle_t *)&engine->check);
}

void engine_close(struct engine *engine, void (*on_closed)(void *ctx), void *ctx)
{
    assert(!engine->is_closing);
    engine->is_closing = true;
    engine->on_closed = on_closed;
    engine->closed_ctx = ctx;
    engine_maybe_stop(engine);
}
