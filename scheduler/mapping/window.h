/* A tumbling window: records that arrived between two multiples of its length share a state, which the function
 * returns with each response and gets with the next event.
 *
 * Ends       When a record behind its end comes, or when its end has passed: the function is invoked once more, without
 *            records, and the state is dropped. (AWS waits up to two minutes for late records; here a record is in the
 *            stream as soon as it is accepted.)
 * Too large  A state over WINDOW_STATE_LEN_MAX terminates the window early: the function is told so in an invocation
 *            of its own, and the window goes on with a fresh state.
 * Readers    One for each shard: AWS takes no ParallelizationFactor beside windows (draft.c refuses it).
 * Source     Lambda Developer Guide, "Implementing stateful Kinesis Data Streams processing in Lambda";
 *            aws-lambda-go's TimeWindowProperties (termination). */
#ifndef SLS_SCHEDULER_MAPPING_WINDOW_H
#define SLS_SCHEDULER_MAPPING_WINDOW_H

#include "core/json_writer.h"

struct window {
    bool is_open;
    bool is_terminated; /* early: the next invocation tells */
    int64_t start_ms, end_ms;
    struct buf state; /* JSON; empty: {} */
};

void window_init(struct window *window);
void window_finish(struct window *window);
int64_t window_end_of(int64_t arrived_ms, uint32_t length_s);
/* The window of a record that arrived then. */
void window_open(struct window *window, int64_t arrived_ms, uint32_t length_s);
void window_close(struct window *window);
struct slice window_state(const struct window *window);

/* The response of an invocation with records: false when it has no state. */
MUST_CHECK bool window_take_state(struct window *window, struct slice response);
/* After the invocation that told of the termination: a fresh state. */
void window_renew(struct window *window);

/* The members of an event besides its Records. */
void window_print(struct json_writer *w, const struct window *window, struct slice shard_id,
                  struct slice source_arn, bool is_final);

#endif
