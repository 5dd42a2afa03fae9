/* A lane: one reader of a shard, one batch at a time, in order. A shard has one, or with a parallelisation factor
 * several: then a lane sees only the records whose key hashes to it, and has a checkpoint of its own.
 *
 *     READING -> INVOKING -> (SETTLING) -> READING ...      WAITING: for the next attempt at the same batch
 *
 * Blocking   While a batch is neither done nor given up nothing behind it is looked at.
 * Memory     A lane holds one batch and nothing else.
 * Pause      Ends with what is under way; records that are not finished are read again.
 * Thread     Loop thread only. */
#ifndef SLS_SCHEDULER_MAPPING_LANE_H
#define SLS_SCHEDULER_MAPPING_LANE_H

#include "scheduler/mapping/checkpoint.h"
#include "scheduler/mapping/mapping.h"

struct lane;

struct lane_spec {
    struct mapping *mapping;
    struct source *source;
    struct slice shard_id; /* borrowed */
    uint32_t index, count; /* among the shard's lanes */
    /* Once for each pause, or when the shard has ended. May destroy the lane. */
    void (*on_rest)(void *ctx, struct lane *lane);
    void *ctx;
};

/* At rest. */
struct lane *lane_create(const struct lane_spec *spec, const struct checkpoint *checkpoint);
void lane_destroy(struct lane *lane); /* at rest */
void lane_start(struct lane *lane);
void lane_pause(struct lane *lane);
/* There may be something to do: records have come, or the configuration has changed. */
void lane_look(struct lane *lane);
/* There is reason to try again at once: the function may be there now. */
void lane_hurry(struct lane *lane);
bool lane_is_at_rest(const struct lane *lane);
bool lane_has_ended(const struct lane *lane);
/* Where it goes on. Slices are valid until the lane is started or destroyed. */
struct checkpoint lane_checkpoint(const struct lane *lane);

#endif
