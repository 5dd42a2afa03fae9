#include "scheduler/queue/queue_check.h"
#include "scheduler/scheduler.h"

static void inspect(void *ctx, struct txn *txn)
{
    queue_check_all(txn, ctx);
}

enum status scheduler_check(const char *data_dir, void (*print)(void *ctx, const char *line),
                            void *ctx, struct scheduler_check *ret_check, struct fault *reterr)
{
    struct queue_check queues = {.print = print, .ctx = ctx};
    enum status status = store_inspect(data_dir, inspect, &queues, reterr);
    *ret_check = (struct scheduler_check){
        .queues = queues.queues, .messages = queues.messages, .problems = queues.problems};
    return status;
}
