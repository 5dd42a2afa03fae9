/* What the files of lanes share; nobody else includes it.
 *
 *     lane.c          lanes by their names, on disk and here; how they are emptied
 *     lane_attempt.c  one attempt at a message, to its verdict */
#ifndef SLS_SCHEDULER_LANE_PRIVATE_H
#define SLS_SCHEDULER_LANE_PRIVATE_H

#include "scheduler/delivery/lane.h"

#define LANE_AGAIN_MS 1000 /* after something could not be read or written */

struct lane {
    struct lanes *lanes;
    const struct lane_class *class;
    struct slice name; /* owned */
    struct queue *queue;
    struct receiver receiver;
    struct alarm again;
    bool is_releasing; /* what an earlier process held; nothing is taken until then */
    size_t under_way;
    struct lane *next;
    struct lane *next_in_slot;
};

struct lanes {
    struct scheduler *scheduler;
    const struct lane_class *const *classes;
    struct lane *first;
    struct lane **slots; /* by the hash of their names */
    size_t slot_count;   /* a power of two, or 0 */
    size_t count;
    struct lane_attempt *attempts;
    size_t releasing; /* lanes */
    size_t sendings;  /* with the engine */
    bool is_started, is_stopped, is_closing;
    void (*on_closed)(void *ctx);
    void *closed_ctx;
};

static inline struct alarms *lanes_alarms(const struct lanes *lanes)
{
    return lanes->scheduler->context->alarms;
}

/* Takes what there is room for. */
void lane_receive(struct lane *lane);
void lane_attempt_begin(struct lane *lane, const struct queue_message *message);
/* What could not be written stays as it is, for the next process. */
void lane_attempts_stop(struct lanes *lanes);
void lanes_close_if_quiet(struct lanes *lanes);

#endif
