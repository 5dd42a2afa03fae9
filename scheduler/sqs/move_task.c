#include "scheduler/sqs/move_task.h"

#include "core/json_scan.h"
#include "core/json_writer.h"
#include "core/mem.h"
#include "scheduler/state.h"

#include <assert.h>

#define RECORD_MAX 4096
#define AGAIN_MS 1000         /* after a piece could not be written */
#define INTERVALS_A_SECOND 10 /* pieces of a task with a rate, at most */

static const char *const status_names[] = {"RUNNING", "COMPLETED", "CANCELLING", "CANCELLED",
                                           "FAILED"};
static const char no_queue[] = "AWS.SimpleQueueService.NonExistentQueue";
static const char no_source[] = "CouldNotDetermineMessageSource";
static const char *const failures[] = {"", no_queue, no_source};

struct move_tasks {
    struct sqs *sqs;
    struct move_task *newest;
    bool is_closing;
};

/* Messages of one destination on their way. All that the writer needs, by value. */
struct move_piece {
    struct move_task *task;
    struct queue_settings source, destination;
    struct slice mark;    /* only messages of this one; ptr NULL: whatever they carry */
    bool has_destination; /* else it only makes visible what is due */
    int64_t now_ms;
    uint32_t max;
    uint64_t moved_before;
    char ids[MOVE_PIECE_MAX][MESSAGE_ID_LEN]; /* of the new messages */
    struct arena arena;
    /* results */
    uint32_t moved;
    bool is_empty; /* nothing is left that could be moved now */
    bool is_source_gone, is_destination_gone;
    struct queue_outcome outcomes[2];
};

static void on_alarm(struct alarm *alarm);

const char *move_status_name(enum move_status status)
{
    return status_names[status];
}

static bool is_active(const struct move_task *task)
{
    return task->status == MOVE_RUNNING || task->status == MOVE_CANCELLING;
}

/* --- records --- */

/* On either thread: reads the task's constants, and what is given. */
static void put_record(struct txn *txn, const struct move_task *task, enum move_status status,
                       uint64_t moved, const char *failure)
{
    AUTO_BUF json = BUF_INIT(RECORD_MAX);
    struct json_writer w = json_writer_init(&json);
    json_open(&w, '{');
    json_put_string(&w, "SourceArn", task->source_arn);
    json_put_string(&w, "DestinationArn", task->destination_arn);
    json_put_i64(&w, "Rate", task->rate);
    json_put_i64(&w, "Started", task->started_ms);
    json_put_i64(&w, "ToMove", (int64_t)task->to_move);
    json_put_i64(&w, "Moved", (int64_t)moved);
    json_put_text(&w, "Status", status_names[status]);
    json_put_text(&w, "Failure", failure);
    json_close(&w, '}');
    state_put(txn, STATE_MOVE_TASK, slice_from(task->id), buf_slice(&json));
}

static struct move_task *make_task(struct move_tasks *tasks, struct slice id,
                                   struct slice source_arn, struct slice destination_arn)
{
    struct move_task *task = mem_zalloc(sizeof *task + source_arn.len + destination_arn.len);
    char *at = (char *)(task + 1);
    memcpy(at, source_arn.ptr, source_arn.len);
    task->source_arn = slice_of(at, source_arn.len);
    at += source_arn.len;
    if (destination_arn.len > 0) {
        memcpy(at, destination_arn.ptr, destination_arn.len);
    }
    task->destination_arn = slice_of(at, destination_arn.len);
    memcpy(task->id, id.ptr, id.len < ID_UUID_MAX ? id.len : ID_UUID_MAX - 1);
    task->failure = failures[0];
    task->tasks = tasks;
    task->alarm.on_due = on_alarm;
    return task;
}

static size_t index_of(const char *const *words, size_t count, struct slice word)
{
    size_t i = 0;
    while (i + 1 < count && !slice_is(word, words[i])) {
        i++;
    }
    return i;
}

/* In its place among the others: the newest first. */
static void insert(struct move_tasks *tasks, struct move_task *task)
{
    struct move_task **at = &tasks->newest;
    while (*at != NULL && (*at)->started_ms > task->started_ms) {
        at = &(*at)->next;
    }
    task->next = *at;
    *at = task;
}

static void on_record(void *ctx, struct slice key, struct slice json)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct move_tasks *tasks = ctx;
    struct move_task *task = make_task(tasks, key, json_text_member(&arena, json, "SourceArn"),
                                       json_text_member(&arena, json, "DestinationArn"));
    task->rate = (uint32_t)json_i64_member(json, "Rate", 0);
    task->started_ms = json_i64_member(json, "Started", 0);
    task->to_move = (uint64_t)json_i64_member(json, "ToMove", 0);
    task->moved = (uint64_t)json_i64_member(json, "Moved", 0);
    task->status = (enum move_status)index_of(status_names, COUNT_OF(status_names),
                                              json_text_member(&arena, json, "Status"));
    task->failure =
        failures[index_of(failures, COUNT_OF(failures), json_text_member(&arena, json, "Failure"))];
    insert(tasks, task);
}

/* --- jobs: a task has one at a time --- */

static void submit(struct move_task *task, void (*run)(struct write_job *, struct txn *),
                   void (*done)(struct write_job *, enum status))
{
    assert(!task->is_busy);
    task->is_busy = true;
    task->job = (struct write_job){.run = run, .done = done};
    sqs_use(task->tasks->sqs);
    engine_submit(task->tasks->sqs->scheduler->engine, &task->job);
}

/* --- the end of a task --- */

static void run_end(struct write_job *job, struct txn *txn)
{
    const struct move_task *task = CONTAINER_OF(job, struct move_task, job);
    put_record(txn, task, task->status, task->moved, task->failure);
}

static void tell_cancelled(struct move_task *task, enum status status)
{
    void (*on_cancelled)(void *ctx, enum status status) = task->on_cancelled;
    task->on_cancelled = NULL;
    if (on_cancelled != NULL) {
        on_cancelled(task->cancelled_ctx, status);
    }
}

/* The last thing that a job's done() does. */
static void leave(struct move_task *task)
{
    struct sqs *sqs = task->tasks->sqs;
    if (task->tasks->is_closing) {
        tell_cancelled(task, STATUS_UNAVAILABLE);
        mem_free(task);
    }
    sqs_unuse(sqs);
}

static void on_ended(struct write_job *job, enum status status)
{
    struct move_task *task = CONTAINER_OF(job, struct move_task, job);
    (void)status; /* unwritten, it runs once more after a restart and finds nothing to do */
    task->is_busy = false;
    leave(task);
}

static void end_task(struct move_task *task, enum move_status status, const char *failure)
{
    task->status = status;
    task->failure = failure;
    submit(task, run_end, on_ended);
}

static void wait(struct move_task *task, int64_t ms)
{
    struct sqs *sqs = task->tasks->sqs;
    alarm_set(sqs->scheduler->context->alarms, &task->alarm, sqs_now_ms(sqs) + ms);
}

/* It was told that it is cancelled when that is on disk; until then it may go on. */
static void on_cancelling(struct write_job *job, enum status status)
{
    struct move_task *task = CONTAINER_OF(job, struct move_task, job);
    task->is_busy = false;
    tell_cancelled(task, status);
    if (status != STATUS_OK) {
        task->status = MOVE_RUNNING;
    }
    if (!task->tasks->is_closing && status == STATUS_OK) {
        end_task(task, MOVE_CANCELLED, "");
    } else if (!task->tasks->is_closing) {
        wait(task, AGAIN_MS);
    }
    leave(task);
}

static void write_cancelling(struct move_task *task)
{
    task->status = MOVE_CANCELLING;
    submit(task, run_end, on_cancelling);
}

/* --- a piece: writer thread --- */

/* As a new message: nothing of it but its contents goes on. */
static void put_anew(struct move_piece *piece, struct queue_txn *destination, struct arena *arena,
                     const struct queue_message *queued)
{
    struct message message;
    struct queue_put put = {.delay_ms = -1, .head = queued->head, .body = queued->body};
    if (sqs_message_read(arena, queued->head, &message)) {
        memcpy(message.id, piece->ids[piece->moved], MESSAGE_ID_LEN);
        memcpy(put.ident, message.id, MESSAGE_ID_LEN);
        put.head = sqs_message_write(arena, &message);
        put.group = queued->group_hash.len > 0 ? message.group : SLICE("");
    }
    queue_put(destination, &put);
}

static void move_messages(struct move_piece *piece, struct queue_txn *source,
                          struct queue_txn *destination)
{
    size_t bytes = 0;
    while (piece->moved < piece->max && bytes < MOVE_PIECE_BYTES) {
        AUTO_ARENA arena = ARENA_INIT;
        struct queue_message queued;
        if (!queue_first(source, &arena, &queued)) {
            piece->is_empty = true;
            return;
        }
        if (piece->mark.ptr != NULL && !slice_eq(queued.mark, piece->mark)) {
            return; /* one for another queue */
        }
        if (queue_drop(source, queued.receipt, false) != STATUS_OK) {
            return; /* the transaction has failed */
        }
        put_anew(piece, destination, &arena, &queued);
        bytes += queued.body.len + queued.head.len;
        piece->moved++;
    }
}

static void run_piece(struct write_job *job, struct txn *txn)
{
    struct move_task *task = CONTAINER_OF(job, struct move_task, job);
    struct move_piece *piece = task->piece;
    struct queue_txn source, destination;
    int64_t next_ms;
    piece->moved = 0;
    piece->is_empty = false;
    piece->is_destination_gone = false;
    piece->is_source_gone = queue_begin(&source, txn, &piece->source, piece->now_ms) != STATUS_OK;
    if (piece->is_source_gone) {
        return;
    }
    bool has_due = queue_expire(&source, &next_ms);
    has_due = queue_settle(&source) || has_due;
    if (piece->has_destination) {
        piece->is_destination_gone =
            queue_begin(&destination, txn, &piece->destination, piece->now_ms) != STATUS_OK;
        if (!piece->is_destination_gone) {
            move_messages(piece, &source, &destination);
            queue_end(&destination, &piece->outcomes[1]);
        }
    } else {
        AUTO_ARENA arena = ARENA_INIT;
        struct queue_message queued;
        piece->is_empty = !queue_first(&source, &arena, &queued);
    }
    piece->is_empty = piece->is_empty && !has_due;
    queue_end(&source, &piece->outcomes[0]);
    put_record(txn, task, MOVE_RUNNING, piece->moved_before + piece->moved, "");
}

/* --- from piece to piece --- */

static void start_piece(struct move_task *task);

static uint32_t piece_max(const struct move_task *task)
{
    return task->rate == 0 ? MOVE_PIECE_MAX
                           : (task->rate + INTERVALS_A_SECOND - 1) / INTERVALS_A_SECOND;
}

static void go_on(struct move_task *task, const struct move_piece *piece)
{
    struct queues *queues = task->tasks->sqs->scheduler->queues;
    task->moved += piece->moved;
    if (!piece->is_source_gone) {
        queues_committed(queues, &piece->outcomes[0]);
    }
    if (piece->moved > 0) {
        queues_committed(queues, &piece->outcomes[1]);
    }
    if (task->on_cancelled != NULL) {
        write_cancelling(task);
    } else if (piece->is_source_gone || piece->is_destination_gone) {
        end_task(task, MOVE_FAILED, no_queue);
    } else if (piece->is_empty) {
        end_task(task, MOVE_COMPLETED, "");
    } else if (task->rate > 0 && piece->moved > 0) {
        wait(task, 1000 * (int64_t)piece->moved / task->rate);
    } else {
        start_piece(task);
    }
}

static void on_piece(struct write_job *job, enum status status)
{
    struct move_task *task = CONTAINER_OF(job, struct move_task, job);
    struct move_piece *piece = task->piece;
    task->piece = NULL;
    task->is_busy = false;
    if (!task->tasks->is_closing && status == STATUS_OK) {
        go_on(task, piece);
    } else if (!task->tasks->is_closing && task->on_cancelled != NULL) {
        write_cancelling(task);
    } else if (!task->tasks->is_closing) {
        wait(task, AGAIN_MS);
    }
    arena_finish(&piece->arena);
    mem_free(piece);
    leave(task);
}

/* What the first message says of where it came from; ptr NULL: nothing is available now. */
static struct slice first_mark(struct sqs *sqs, const struct queue_settings *settings,
                               struct arena *arena)
{
    struct engine *engine = sqs->scheduler->engine;
    struct txn *txn = engine_read_begin(engine, 0);
    struct queue_txn q;
    struct queue_message queued = {.mark = SLICE_NULL};
    if (queue_begin(&q, txn, settings, sqs_now_ms(sqs)) != STATUS_OK ||
        !queue_first(&q, arena, &queued)) {
        queued.mark = SLICE_NULL;
    }
    engine_read_end(engine, txn);
    return queued.mark;
}

/* By value, without the text of a queue that may be gone when the job runs. */
static struct queue_settings settings_for_job(const struct sqs_queue *queue)
{
    struct queue_settings settings = *queue_settings(queue->queue);
    settings.dead_letter_mark = SLICE("");
    return settings;
}

/* NULL, and where to; or why the task fails. */
static const char *find_destination(struct move_task *task, struct move_piece *piece)
{
    struct sqs *sqs = task->tasks->sqs;
    struct slice arn = task->destination_arn;
    if (arn.len == 0) {
        arn = piece->mark = first_mark(sqs, &piece->source, &piece->arena);
        if (arn.ptr == NULL) {
            return NULL;
        }
        if (arn.len == 0) {
            return no_source;
        }
    }
    const struct sqs_queue *destination = sqs_find_arn(sqs, arn);
    if (destination == NULL) {
        return no_queue;
    }
    piece->destination = settings_for_job(destination);
    piece->has_destination = true;
    return NULL;
}

static void start_piece(struct move_task *task)
{
    struct sqs *sqs = task->tasks->sqs;
    const struct sqs_queue *source = sqs_find_arn(sqs, task->source_arn);
    if (source == NULL) {
        end_task(task, MOVE_FAILED, no_queue);
        return;
    }
    struct move_piece *piece = mem_zalloc(sizeof *piece);
    arena_init(&piece->arena, 512);
    piece->source = settings_for_job(source);
    piece->now_ms = sqs_now_ms(sqs);
    piece->moved_before = task->moved;
    piece->max = piece_max(task);
    for (uint32_t i = 0; i < piece->max; i++) {
        sqs_message_make_id(piece->ids[i]);
    }
    const char *failure = find_destination(task, piece);
    if (failure != NULL) {
        arena_finish(&piece->arena);
        mem_free(piece);
        end_task(task, MOVE_FAILED, failure);
        return;
    }
    task->piece = piece;
    submit(task, run_piece, on_piece);
}

static void on_alarm(struct alarm *alarm)
{
    struct move_task *task = CONTAINER_OF(alarm, struct move_task, alarm);
    if (task->status == MOVE_CANCELLING) {
        end_task(task, MOVE_CANCELLED, "");
    } else {
        start_piece(task);
    }
}

/* --- starting and cancelling --- */

struct starting {
    struct write_job job;
    struct move_task *task;
    move_started_fn *on_started;
    void *ctx;
};

static void run_start(struct write_job *job, struct txn *txn)
{
    const struct move_task *task = CONTAINER_OF(job, struct starting, job)->task;
    put_record(txn, task, MOVE_RUNNING, 0, "");
}

/* No more than some are remembered of a queue. */
static void forget_old(struct move_tasks *tasks, struct slice source_arn)
{
    size_t kept = 0;
    struct move_task **at = &tasks->newest;
    while (*at != NULL) {
        struct move_task *task = *at;
        bool is_of_source = slice_eq(task->source_arn, source_arn);
        kept += is_of_source;
        if (is_of_source && kept > MOVE_TASKS_KEPT && !is_active(task) && !task->is_busy) {
            *at = task->next;
            state_write(tasks->sqs->scheduler, STATE_MOVE_TASK, slice_from(task->id), SLICE_NULL,
                        NULL, NULL);
            mem_free(task);
        } else {
            at = &task->next;
        }
    }
}

static void on_start(struct write_job *job, enum status status)
{
    struct starting *starting = CONTAINER_OF(job, struct starting, job);
    struct move_task *task = starting->task;
    struct move_tasks *tasks = task->tasks;
    struct sqs *sqs = tasks->sqs;
    if (status == STATUS_OK && !tasks->is_closing) {
        insert(tasks, task);
        forget_old(tasks, task->source_arn);
        starting->on_started(starting->ctx, status, task);
        start_piece(task);
    } else {
        starting->on_started(starting->ctx, status, task);
        mem_free(task);
    }
    mem_free(starting);
    sqs_unuse(sqs);
}

void move_task_start(struct move_tasks *tasks, const struct move_start *start,
                     move_started_fn *on_started, void *ctx)
{
    char id[ID_UUID_MAX];
    struct move_task *task =
        make_task(tasks, slice_from(id_uuid(id)), start->source_arn, start->destination_arn);
    task->rate = start->rate;
    task->to_move = start->to_move;
    task->started_ms = sqs_now_ms(tasks->sqs);
    struct starting *starting = mem_zalloc(sizeof *starting);
    *starting = (struct starting){.job = {.run = run_start, .done = on_start},
                                  .task = task,
                                  .on_started = on_started,
                                  .ctx = ctx};
    sqs_use(tasks->sqs);
    engine_submit(tasks->sqs->scheduler->engine, &starting->job);
}

bool move_task_can_be_cancelled(const struct move_task *task)
{
    return task->status == MOVE_RUNNING && task->on_cancelled == NULL;
}

void move_task_cancel(struct move_task *task, void (*on_cancelled)(void *ctx, enum status status),
                      void *ctx)
{
    assert(move_task_can_be_cancelled(task));
    task->on_cancelled = on_cancelled;
    task->cancelled_ctx = ctx;
    if (!task->is_busy) { /* it waits, or has not been started again yet */
        alarm_clear(task->tasks->sqs->scheduler->context->alarms, &task->alarm);
        write_cancelling(task);
    }
}

/* --- finding --- */

struct move_task *move_task_next(const struct move_tasks *tasks, struct slice source_arn,
                                 const struct move_task *after)
{
    struct move_task *task = after != NULL ? after->next : tasks->newest;
    while (task != NULL && !slice_eq(task->source_arn, source_arn)) {
        task = task->next;
    }
    return task;
}

struct move_task *move_task_find(const struct move_tasks *tasks, struct slice id)
{
    struct move_task *task = tasks->newest;
    while (task != NULL && !slice_is(id, task->id)) {
        task = task->next;
    }
    return task;
}

/* --- life --- */

struct move_tasks *move_tasks_create(struct sqs *sqs)
{
    struct move_tasks *tasks = mem_zalloc(sizeof *tasks);
    tasks->sqs = sqs;
    state_each(sqs->scheduler, STATE_MOVE_TASK, on_record, tasks);
    return tasks;
}

void move_tasks_start(struct move_tasks *tasks)
{
    for (struct move_task *task = tasks->newest; task != NULL; task = task->next) {
        if (is_active(task) && !task->is_busy && !alarm_is_set(&task->alarm)) {
            wait(task, 0);
        }
    }
}

void move_tasks_close(struct move_tasks *tasks)
{
    struct alarms *alarms = tasks->sqs->scheduler->context->alarms;
    tasks->is_closing = true;
    while (tasks->newest != NULL) {
        struct move_task *task = tasks->newest;
        tasks->newest = task->next;
        alarm_clear(alarms, &task->alarm);
        if (!task->is_busy) {
            mem_free(task);
        }
    }
}

void move_tasks_free(struct move_tasks *tasks)
{
    mem_free(tasks);
}
