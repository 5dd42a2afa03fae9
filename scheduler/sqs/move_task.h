/* Message move tasks: what became dead letters goes back, piece by piece.
 *
 *     RUNNING -> COMPLETED | FAILED | CANCELLING -> CANCELLED
 *
 * A message leaves one queue and enters the other in one commit, as a new message (another id, another age, never
 * received), together with the task's own record; so a task goes on where it stood after a restart.
 *
 * Thread  Loop thread; pieces are jobs.
 * Source  SQS API Reference, StartMessageMoveTask; Developer Guide, "Configure a dead-letter queue redrive". */
#ifndef SLS_SCHEDULER_SQS_MOVE_TASK_H
#define SLS_SCHEDULER_SQS_MOVE_TASK_H

#include "core/id.h"
#include "scheduler/sqs/message.h"
#include "scheduler/sqs/service.h"

enum move_status { MOVE_RUNNING, MOVE_COMPLETED, MOVE_CANCELLING, MOVE_CANCELLED, MOVE_FAILED };

struct move_task {
    char id[ID_UUID_MAX];
    struct slice source_arn;
    struct slice destination_arn; /* empty: each to the queue that it came from */
    uint32_t rate;                /* messages a second; 0: as fast as it goes */
    int64_t started_ms;
    uint64_t to_move, moved;
    enum move_status status;
    const char *failure; /* FAILED: why, as the API tells it; else "" */

    /* private */
    struct move_tasks *tasks;
    struct move_task *next; /* the one started before */
    struct alarm alarm;
    struct write_job job;
    struct move_piece *piece;                            /* with the writer */
    bool is_busy;                                        /* a job is with the writer */
    void (*on_cancelled)(void *ctx, enum status status); /* NULL: nobody has asked for it */
    void *cancelled_ctx;
};

struct move_tasks *move_tasks_create(struct sqs *sqs);
void move_tasks_start(struct move_tasks *tasks); /* those that were running go on */
/* Ends what runs; jobs under way hold the service. */
void move_tasks_close(struct move_tasks *tasks);
void move_tasks_free(struct move_tasks *tasks);

struct move_start {
    struct slice source_arn, destination_arn;
    uint32_t rate;
    uint64_t to_move;
};
/* `on_started` runs once, later, when it is on disk; the task lives as long as it is listed. */
typedef void move_started_fn(void *ctx, enum status status, const struct move_task *task);
void move_task_start(struct move_tasks *tasks, const struct move_start *start,
                     move_started_fn *on_started, void *ctx);
/* Active, and nobody has asked for it yet. */
bool move_task_can_be_cancelled(const struct move_task *task);
/* `on_cancelled` runs once, later: OK when it is on disk, else the task goes on. */
void move_task_cancel(struct move_task *task, void (*on_cancelled)(void *ctx, enum status status),
                      void *ctx);
/* The newest first; NULL: no more. `after` NULL: the first. */
struct move_task *move_task_next(const struct move_tasks *tasks, struct slice source_arn,
                                 const struct move_task *after);
struct move_task *move_task_find(const struct move_tasks *tasks, struct slice id);
const char *move_status_name(enum move_status status); /* "RUNNING" */

#endif
