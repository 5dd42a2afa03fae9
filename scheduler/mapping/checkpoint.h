/* How far a reader has come in its shard, so that a restart goes on from there.
 *
 *     STATE_CHECKPOINT   <mapping uuid>/<shard>/<reader> -> {"After":"...","Readers":1,"Ended":true,"Window":{...}}
 *
 * What is behind `After` may be delivered again; what is before never is. A batch that is given up is written down
 * together with its failure record, in one commit; so are all readers of a shard when there is another number of them.
 *
 * Thread  Loop thread. */
#ifndef SLS_SCHEDULER_MAPPING_CHECKPOINT_H
#define SLS_SCHEDULER_MAPPING_CHECKPOINT_H

#include "scheduler/delivery/delivery.h"
#include "scheduler/mapping/source.h"
#include "scheduler/mapping/window.h"

struct checkpoint_place {
    struct slice mapping_uuid;
    struct slice shard_key; /* source.h */
    uint32_t reader;
};

struct checkpoint {
    struct slice after; /* sequence number; empty: before the first record */
    uint32_t readers;   /* how many the shard is divided into */
    bool is_ended;      /* the shard has no more */
    bool has_window;    /* an open one */
    int64_t window_start_ms, window_end_ms;
    struct slice window_state; /* JSON; empty: {} */
    bool is_terminated;
};

struct slice checkpoint_key(struct arena *arena, const struct checkpoint_place *place);
struct slice checkpoint_json(struct arena *arena, const struct checkpoint *checkpoint);
/* False for what checkpoint_json() did not write. Slices are in the arena. */
MUST_CHECK bool checkpoint_read(struct arena *arena, struct slice json,
                                struct checkpoint *ret_checkpoint);
void checkpoint_set_window(struct checkpoint *checkpoint, const struct window *window);

/* Calls `each` for all of a mapping. */
typedef void checkpoint_fn(void *ctx, struct slice shard_key, uint32_t reader,
                           const struct checkpoint *checkpoint);
void checkpoint_each(struct scheduler *scheduler, struct slice mapping_uuid, checkpoint_fn *each,
                     void *ctx);

/* Of all readers of the shard (place->reader is not looked at), instead of those there were; 0: the shard is gone. */
void checkpoint_replace(struct scheduler *scheduler, const struct checkpoint_place *place,
                        const struct checkpoint *checkpoints, uint32_t count);

/* `failure` NULL: none. `on_written` runs once, later; NULL: nobody waits. Everything is copied. */
void checkpoint_write(struct scheduler *scheduler, const struct checkpoint_place *place,
                      const struct checkpoint *checkpoint, const struct delivery *failure,
                      void (*on_written)(void *ctx, enum status status), void *ctx);

#endif
