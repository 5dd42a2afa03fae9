/* Queues over an engine in a directory of its own, with a clock that stands still until it is turned. */
#ifndef SLS_TESTS_QUEUE_WORLD_H
#define SLS_TESTS_QUEUE_WORLD_H

#include "scheduler/queue/queue.h"

#define START_MS INT64_C(1767225600000) /* 2026-01-01 */

struct queue_world {
    uv_loop_t loop;
    struct clock clock;
    struct log log;
    struct context context;
    char dir[64];
    struct engine *engine;
    struct queues *queues;
    bool is_closed;
    uint64_t damages;   /* what the check at the end must find, done by the test itself */
    struct arena arena; /* of what took() found last */
};

void queue_world_begin(struct queue_world *world);
/* Checks what is there, as a reopening does. */
void queue_world_end(struct queue_world *world);
/* Closes and opens the engine; queues must be opened again. */
void queue_world_reopen(struct queue_world *world);
/* Runs the loop until nothing is queued on the engine and nothing is due. */
void settle_down(struct queue_world *world);
/* Turns the clock, meeting what is due on the way. */
void turn(struct queue_world *world, int64_t ms);

uint64_t make_queue(struct queue_world *world);
/* With settings of nothing but its id. */
struct queue *open_queue(struct queue_world *world, uint64_t id);

/* One transaction on a queue: `work` runs at once, as one job. */
typedef void queue_work_fn(void *ctx, struct queue_txn *q);
enum status work_on(struct queue_world *world, struct queue *queue, queue_work_fn *work, void *ctx);

/* Shorthands, each one transaction. */
uint64_t put_text(struct queue_world *world, struct queue *queue, const char *group,
                  const char *body);
struct queue_put put_with(struct queue_world *world, struct queue *queue, struct queue_put put);
/* Takes up to `max` for `hold_ms`; "a b c": the bodies. */
const char *took(struct queue_world *world, struct queue *queue, uint32_t max, int64_t hold_ms);
const char *took_with(struct queue_world *world, struct queue *queue, struct queue_take *take);
/* Of the message that the last took() found at `index`. */
struct queue_message taken(const struct queue_world *world, size_t index);
enum status drop(struct queue_world *world, struct queue *queue, struct queue_receipt receipt,
                 bool must_hold);
enum status hide(struct queue_world *world, struct queue *queue, struct queue_receipt receipt,
                 int64_t for_ms);
enum status put_back(struct queue_world *world, struct queue *queue, struct queue_receipt receipt,
                     struct queue_put_back how);
/* "visible 1 held 2 delayed 3" */
const char *counted(struct queue_world *world, struct queue *queue);
/* Keys in DB_MESSAGES. */
size_t key_count(struct queue_world *world);

#endif
