/* Shared by the files of a lane: lane.c (what is next), lane_read.c (records into the batch), lane_invoke.c (the
 * batch to the function, and its answer). */
#ifndef SLS_SCHEDULER_MAPPING_LANE_PRIVATE_H
#define SLS_SCHEDULER_MAPPING_LANE_PRIVATE_H

#include "scheduler/mapping/batch.h"
#include "scheduler/mapping/lane.h"

enum lane_state {
    LANE_PAUSED,
    LANE_READING,  /* waits for records, or for the batching window's end */
    LANE_INVOKING, /* the function runs */
    LANE_WAITING,  /* until the next attempt */
    LANE_SETTLING, /* a batch that was given up is being written down */
    LANE_ENDED     /* the shard has no more */
};

struct lane {
    struct lane_spec spec;
    enum lane_state state;
    bool is_pausing;
    struct sequence after;      /* all up to here is finished */
    struct sequence read_after; /* all up to here is in the batch, or was skipped */
    uint64_t skipped; /* records since the last checkpoint was written, of no interest here */
    struct batch batch;
    int64_t gathered_ms; /* when the first record of the batch was read */
    struct window window;
    struct alarm alarm;

    struct buf event; /* of the invocation that runs */
    struct {
        char request_id[ID_UUID_MAX];
        char version[32];
        struct slice function_error; /* literal; empty: failed items */
        bool was_answered;
    } last; /* invocation of the batch */
    struct {
        struct arena arena;
        struct delivery failure;
        struct sequence before; /* where the lane was */
    } settling;
};

/* One reading. */
struct reading {
    struct lane *lane;
    size_t scanned;
    size_t skipped;
    bool is_full;        /* the batch takes no more */
    bool is_past_window; /* the next record belongs to a later tumbling window */
    bool has_more;       /* it stopped to let others go on */
    bool is_end;         /* of the shard */
};
void lane_read(struct lane *lane, struct reading *reading);

/* Ends in one of the next three, later. */
void lane_invoke(struct lane *lane, const struct batch_task *task);
void lane_succeeded(struct lane *lane);
void lane_failed(struct lane *lane, size_t at, bool is_hopeless);
void lane_throttled(struct lane *lane);

/* Tells the page; true when there is a failure record to deliver, in lane->settling. */
bool lane_give_up(struct lane *lane, const struct batch_task *task);

#endif
