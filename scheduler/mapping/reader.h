/* A reader of a shard: one batch at a time, in order. A shard has one, or with a parallelisation factor several:
 * then each sees only the records whose key hashes to it, and has a checkpoint of its own.
 *
 *     READING -> INVOKING -> (SETTLING) -> READING ...      WAITING: for the next attempt at the same batch
 *
 * Blocking   While a batch is neither done nor given up nothing behind it is looked at.
 * Memory     A reader holds one batch and nothing else.
 * Pause      Ends with what is under way; records that are not finished are read again.
 * Thread     Loop thread only. */
#ifndef SLS_SCHEDULER_MAPPING_READER_H
#define SLS_SCHEDULER_MAPPING_READER_H

#include "scheduler/mapping/checkpoint.h"
#include "scheduler/mapping/mapping.h"

struct reader;

struct reader_spec {
    struct mapping *mapping;
    struct source *source;
    struct slice shard_id, shard_key; /* borrowed */
    uint32_t index, count;            /* among the shard's readers */
    /* Once for each pause, or when the shard has ended. May destroy the reader. */
    void (*on_rest)(void *ctx, struct reader *reader);
    void *ctx;
};

/* At rest. */
struct reader *reader_create(const struct reader_spec *spec, const struct checkpoint *checkpoint);
void reader_destroy(struct reader *reader); /* at rest */
void reader_start(struct reader *reader);
void reader_pause(struct reader *reader);
/* There may be something to do: records have come, or the configuration has changed. */
void reader_look(struct reader *reader);
/* There is reason to try again at once: the function may be there now. */
void reader_hurry(struct reader *reader);
bool reader_is_at_rest(const struct reader *reader);
bool reader_has_ended(const struct reader *reader);
/* Where it goes on. Slices are valid until the reader is started or destroyed. */
struct checkpoint reader_checkpoint(const struct reader *reader);

#endif
