#include "scheduler/s3/bodies_private.h"

#include "core/mem.h"
#include "scheduler/s3/body_reader_private.h"
#include "scheduler/s3/number.h"

#include <assert.h>
#include <unistd.h>

#define RUN_RECORD_LEN 5

static void body_key(char key[9], uint64_t id)
{
    key[0] = 'B';
    number_write(key + 1, id);
}

void body_put(struct txn *txn, const struct body *body, struct slice bytes)
{
    char key[9];
    if (body->id != 0) {
        body_key(key, body->id);
        txn_put(txn, DB_OBJECTS, slice_of(key, sizeof(key)), body->is_inline ? bytes : SLICE(""));
    }
}

void body_delete(struct txn *txn, const struct body *body)
{
    char key[9];
    if (body->id != 0) {
        body_key(key, body->id);
        (void)txn_delete(txn, DB_OBJECTS, slice_of(key, sizeof(key)));
    }
}

bool body_bytes(struct txn *txn, const struct body *body, struct slice *ret_bytes)
{
    char key[9];
    if (body->id == 0) {
        *ret_bytes = SLICE("");
        return true;
    }
    body_key(key, body->id);
    return txn_get(txn, DB_OBJECTS, slice_of(key, sizeof(key)), ret_bytes);
}

const struct crc_tables *bodies_crc_tables(const struct bodies *bodies)
{
    return &bodies->crc_tables;
}

/* --- runs --- */

struct mark {
    struct write_job job;
    char record[RUN_RECORD_LEN];
};

static void run_mark(struct write_job *job, struct txn *txn)
{
    struct mark *mark = CONTAINER_OF(job, struct mark, job);
    txn_put(txn, DB_OBJECTS, SLICE("r"), slice_of(mark->record, RUN_RECORD_LEN));
}

static void mark_done(struct write_job *job, enum status status)
{
    (void)
        status; /* a full disk: the next start takes the same number, whose files nobody refers to */
    mem_free(CONTAINER_OF(job, struct mark, job));
}

static void write_mark(struct bodies *bodies, bool may_leave_files)
{
    struct mark *mark = mem_zalloc(sizeof(*mark));
    mark->job.run = run_mark;
    mark->job.done = mark_done;
    for (int i = 0; i < 4; i++) {
        mark->record[i] = (char)(bodies->run >> (24 - 8 * i));
    }
    mark->record[4] = may_leave_files;
    engine_submit(bodies->scheduler->engine, &mark->job);
}

static void read_mark(struct bodies *bodies)
{
    struct txn *txn = engine_read_begin(bodies->scheduler->engine, 0);
    struct slice record;
    uint32_t run = 0;
    if (txn_get(txn, DB_OBJECTS, SLICE("r"), &record) && record.len == RUN_RECORD_LEN) {
        for (int i = 0; i < 4; i++) {
            run = run << 8 | (uint8_t)record.ptr[i];
        }
        bodies->needs_sweep = record.ptr[4] != 0;
    }
    bodies->run = run + 1;
    engine_read_end(bodies->scheduler->engine, txn);
}

uint64_t bodies_new_id(struct bodies *bodies)
{
    if (!bodies->is_marked) {
        bodies->is_marked = true;
        write_mark(bodies, true);
    }
    return (uint64_t)bodies->run << 32 | ++bodies->counter;
}

void bodies_path(const struct bodies *bodies, uint64_t id, char path[BODY_PATH_MAX])
{
    int len = snprintf(path, BODY_PATH_MAX, "%s/%02x/%016llx", bodies->dir, (unsigned)(id & 0xFF),
                       (unsigned long long)id);
    assert(len > 0 && len < BODY_PATH_MAX);
    (void)len;
}

/* --- life --- */

struct bodies *bodies_create(struct scheduler *scheduler)
{
    struct bodies *bodies = mem_zalloc(sizeof(*bodies));
    size_t len = strlen(scheduler->options.data_dir) + sizeof("/objects");
    bodies->scheduler = scheduler;
    bodies->dir = mem_alloc(len);
    snprintf(bodies->dir, len, "%s/objects", scheduler->options.data_dir);
    crc_tables_build(&bodies->crc_tables);
    read_mark(bodies);
    return bodies;
}

void bodies_start(struct bodies *bodies)
{
    if (bodies->needs_sweep) {
        body_sweep_start(bodies);
    }
}

static void maybe_close(struct bodies *bodies)
{
    if (!bodies->is_closing || bodies->work > 0) {
        return;
    }
    assert(bodies->readers == NULL);
    if (bodies->is_marked && !bodies->needs_sweep) {
        write_mark(bodies, false); /* nothing is left behind */
    }
    void (*on_closed)(void *ctx) = bodies->on_closed;
    void *ctx = bodies->closed_ctx;
    mem_free(bodies->dir);
    mem_free(bodies);
    on_closed(ctx);
}

void bodies_destroy(struct bodies *bodies, void (*on_closed)(void *ctx), void *ctx)
{
    bodies->is_closing = true;
    bodies->on_closed = on_closed;
    bodies->closed_ctx = ctx;
    maybe_close(bodies);
}

void bodies_work_begun(struct bodies *bodies)
{
    bodies->work++;
    alarms_hold(bodies->scheduler->context->alarms);
}

void bodies_work_ended(struct bodies *bodies)
{
    assert(bodies->work > 0);
    bodies->work--;
    alarms_release(bodies->scheduler->context->alarms);
    maybe_close(bodies);
}

/* --- files that go --- */

struct unlinking {
    uv_work_t work;
    struct bodies *bodies;
    size_t count;
    uint64_t ids[];
};

static void unlink_all(uv_work_t *work)
{
    struct unlinking *unlinking = CONTAINER_OF(work, struct unlinking, work);
    char path[BODY_PATH_MAX];
    for (size_t i = 0; i < unlinking->count; i++) {
        bodies_path(unlinking->bodies, unlinking->ids[i], path);
        (void)unlink(path); /* what stays is swept at another start */
    }
}

static void on_unlinked(uv_work_t *work, int status)
{
    struct unlinking *unlinking = CONTAINER_OF(work, struct unlinking, work);
    struct bodies *bodies = unlinking->bodies;
    (void)status;
    mem_free(unlinking);
    bodies_work_ended(bodies);
}

void bodies_unlink(struct bodies *bodies, const uint64_t *ids, size_t count)
{
    if (count == 0) {
        return;
    }
    struct unlinking *unlinking = mem_zalloc(sizeof(*unlinking) + count * sizeof(ids[0]));
    unlinking->bodies = bodies;
    unlinking->count = count;
    memcpy(unlinking->ids, ids, count * sizeof(ids[0]));
    bodies_work_begun(bodies);
    uv_queue_work(bodies->scheduler->context->loop, &unlinking->work, unlink_all, on_unlinked);
}

/* --- readers --- */

void bodies_hold(struct bodies *bodies, struct body_reader *reader)
{
    reader->previous = NULL;
    reader->next = bodies->readers;
    if (reader->next != NULL) {
        reader->next->previous = reader;
    }
    bodies->readers = reader;
}

void bodies_unhold(struct bodies *bodies, struct body_reader *reader)
{
    if (reader->previous != NULL) {
        reader->previous->next = reader->next;
    } else {
        bodies->readers = reader->next;
    }
    if (reader->next != NULL) {
        reader->next->previous = reader->previous;
    }
    struct doomed *doomed = reader->doomed;
    if (doomed != NULL && --doomed->holders == 0) {
        bodies_unlink(bodies, doomed->ids, doomed->count);
        mem_free(doomed);
    }
}

static bool has_id(const struct doomed *doomed, uint64_t id)
{
    size_t i = 0;
    while (i < doomed->count && doomed->ids[i] != id) {
        i++;
    }
    return i < doomed->count;
}

/* The bodies of an object go together, so its first stands for all. */
void bodies_release(struct bodies *bodies, const struct body *list, size_t count)
{
    struct doomed *doomed = mem_zalloc(sizeof(*doomed) + count * sizeof(doomed->ids[0]));
    for (size_t i = 0; i < count; i++) {
        if (list[i].id != 0 && !list[i].is_inline) {
            doomed->ids[doomed->count++] = list[i].id;
        }
    }
    for (struct body_reader *reader = doomed->count > 0 ? bodies->readers : NULL; reader != NULL;
         reader = reader->next) {
        if (reader->doomed == NULL && has_id(doomed, reader->list[0].id)) {
            reader->doomed = doomed;
            doomed->holders++;
        }
    }
    if (doomed->holders == 0) {
        bodies_unlink(bodies, doomed->ids, doomed->count);
        mem_free(doomed);
    }
}
